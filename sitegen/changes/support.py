"""What values of tables promise of support, and how they change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import starmap
from typing import Literal, NamedTuple

from sitegen.facts.lifecycles import level_in_words
from sitegen.facts.schemes import Scheme
from sitegen.facts.statements import Statement, is_verbatim, scheme_of, statements
from sitegen.facts.values import (
    STAGES,
    STATES,
    Absent,
    Day,
    Level,
    Lifecycle,
    Link,
    List,
    Markdown,
    Notes,
    Qualified,
    Simple,
    Support,
    Text,
    Value,
    Versions,
)
from sitegen.facts.version_ranges import Bound, Range, complement, has_release, intersect, normalize, parse_version
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.languages.catalogue import english

EVERYTHING: tuple[Range, ...] = (Range(None, None),)
ZERO = Bound(parse_version("0"), True, "0")  # no release is lower

Kind = Literal[
    "added", "removed", "raised", "lowered", "widened", "narrowed",
    "changed", "level changed", "date moved", "wording", "order",
]  # fmt: skip


class ValueChange(NamedTuple):
    """The kind of a change of a value. `shrinks` means that less is supported than before."""

    kind: Kind
    shrinks: bool = False


class DatedValue(NamedTuple):
    """A value on a day. `ahead` is true for a future day, on which a next level with `by` may have begun or not."""

    value: Value
    day: date
    ahead: bool = False


def change_between(old: DatedValue, new: DatedValue) -> ValueChange | None:
    """Classify the change of a value. Returns None if both mean the same and have the same text.

    - minimums are `raised` or `lowered`: sets without an upper end, and single versions
    - other sets of versions, and lists, are `widened` or `narrowed`; `changed` if some are added and others removed
    - support begins with `added` and ends with `removed`; between yes and partial it is `narrowed` or `widened`
    - a change from or to a stage is `level changed`; so is one between two states without support
    - of several states or values with conditions, what they promise is compared in the same way
    - a day, or a level that begins on another day, is `date moved`
    - a reference is `changed`, and any other text is `wording`
    """
    before, after = _in_order(old.value, scheme_of(new.value)), new.value
    if isinstance(before, Lifecycle) and isinstance(after, Lifecycle):
        level, new_level = before.at(old.day), after.at(new.day)
        if (level and level.key) != (new_level and new_level.key):
            return ValueChange("level changed", is_supported(old) and not is_supported(new))
        return None if before == after else ValueChange("date moved")
    if before == after:
        return None
    if isinstance(before, Absent) or isinstance(after, Absent):
        return ValueChange("added") if isinstance(before, Absent) else ValueChange("removed", is_supported(old))
    if isinstance(before, Versions) and isinstance(after, Versions):
        return _change_of_sets(all_versions_of(before), all_versions_of(after))
    if isinstance(before, Support) and isinstance(after, Support):
        return _change_of_support(before, after)
    if isinstance(before, Day) and isinstance(after, Day):
        return ValueChange("wording" if replace(before, text=after.text) == after else "date moved")
    if (stated := statements(before)) and (new_stated := statements(after)):
        return _change_of_statements(stated, new_stated)
    if isinstance(before, List) and isinstance(after, List):
        items, others = set(before.items), set(after.items)
        return _change_of_size(others >= items, items >= others)
    if isinstance(after, (Text, Markdown, Link, Notes)) and isinstance(before, (Text, Markdown, Link, Notes)):
        return ValueChange("wording") if before.text != after.text else None
    return ValueChange("changed", is_supported(old) and not is_supported(new))


def _in_order(value: Value, scheme: Scheme) -> Value:
    """A value of a declared order of names, read in one that has other names, too, or fewer."""
    if isinstance(value, List):
        return List(tuple(_in_order(item, scheme) for item in value.items))
    if isinstance(value, Qualified):
        return replace(value, value=_single_in_order(value.value, scheme))
    return _single_in_order(value, scheme) if isinstance(value, (Versions, Support)) else value


def _single_in_order(value: Simple, scheme: Scheme) -> Simple:
    if isinstance(value, Versions):
        return replace(value, set=_set_in_order(value.set, scheme))
    if isinstance(value, Support) and value.versions:
        return replace(value, versions=_set_in_order(value.versions, scheme))
    return value


def _set_in_order(versions: VersionSet, scheme: Scheme) -> VersionSet:
    was, now = versions.scheme.names, scheme.names
    is_same_order = [name for name in was if name in now] == [name for name in now if name in was]
    return (versions.read_as(scheme) or versions) if was and now and is_same_order else versions


def in_full(value: Value, other: Value) -> str:
    """A value with what distinguishes it from another of the same text: the days of its levels, its link, its id."""
    if isinstance(value, Lifecycle):
        others = other.levels if isinstance(other, Lifecycle) else ()
        own = {level.key: level for level in value.levels}
        differing = {*value.levels} ^ {*others}
        labels = {level.key: level.label for level in (*value.levels, *others) if level in differing}
        return ", ".join(
            level_in_words(own[key], english()) if key in own else f"no {label}" for key, label in labels.items()
        )
    if isinstance(value, List) and isinstance(other, List):
        paired = other.items if len(other.items) == len(value.items) else value.items
        return ", ".join(starmap(in_full, zip(value.items, paired, strict=True)))
    if isinstance(value, Qualified) and isinstance(other, Qualified):
        text = in_full(value.value, other.value)
        text = value.in_words(text) if value.when == other.when else f"{text} ({value.when})"
        notes = [each.note.text if each.note else "" for each in (value, other)]
        return text if notes[0] == notes[1] else f"{text} (note: {notes[0] or 'none'})"
    if isinstance(value, Support) and isinstance(other, Support) and value.link != other.link:
        return f"{value.text} ({value.link or 'no link'})"
    return value.text


def kind_of_text(value: Value, other: Value) -> str:
    """What distinguishes a value from another of the same text: the scheme of its versions, or its type."""
    return str(scheme_of(value)) if scheme_of(value) != scheme_of(other) else type(value).__name__.lower()


def is_supported(at: DatedValue) -> bool:
    """Whether a value promises support on its day."""
    value = at.value
    if isinstance(value, Lifecycle):
        level = value.at(at.day)
        return level is not None and level.is_supported and not (at.ahead and _may_have_ended(value, level, at.day))
    if stated := statements(value):
        return any(strength_of(each.state) > 0 for each in stated)
    return isinstance(value, List) and value.items != () and not is_verbatim(value)


def _may_have_ended(lifecycle: Lifecycle, level: Level, day: date) -> bool:
    """Whether the next level is one without support that may have begun on an unknown or an expected day."""
    following = lifecycle.following(level)
    if following is None or following.is_supported:
        return False
    on = following.on
    return following.by or on is None or ((on.expected or on.first < on.last) and on.first <= day)


def strength_of(state: str) -> int:
    """How much a state of support promises: 2 for yes and for supported stages, 1 for partial, else 0."""
    if state in STAGES:
        return 2 if STAGES[state][1] else 0
    return {"yes": 2, "partial": 1}.get(state, 0)


def _change_of_support(old: Support, new: Support) -> ValueChange:
    before, after = strength_of(old.state), strength_of(new.state)
    everything = parse_versions("any", (old.versions or new.versions or parse_versions("any")).scheme)
    was, now = old.versions or everything, new.versions or everything
    # Only a promise can shrink: "no" for fewer versions is more support.
    shrinks = before > 0 and (after < before or not now.covers(was))
    if old.state == new.state:
        if old.versions != new.versions:
            return _change_of_sets(was, now)._replace(shrinks=shrinks)
        return ValueChange("date moved" if old.on != new.on else "wording")
    if not (old.state in STATES and new.state in STATES) or before == after:
        return ValueChange("level changed", shrinks)
    if not before or not after:
        return ValueChange("removed" if before else "added", shrinks)
    if after > before:
        return ValueChange("changed" if shrinks else "widened", shrinks)
    return ValueChange("narrowed" if was.covers(now) else "changed", shrinks)


def _change_of_statements(old: Sequence[Statement], new: Sequence[Statement]) -> ValueChange:
    """The change of several states, or of states with conditions. A condition in other words is another condition."""
    was, now = (any(strength_of(each.state) for each in stated) for stated in (old, new))
    if was != now:
        return ValueChange("added" if now else "removed", shrinks=was)
    sets = [each.versions for each in (*old, *new) if each.versions]
    if not all(each.is_comparable(sets[0]) for each in sets):
        return ValueChange("changed", shrinks=True)
    cases = [(when, strength) for when in {"", *(each.when for each in (*old, *new))} for strength in (1, 2)]
    promises = [(_promised(old, *case), _promised(new, *case)) for case in cases]
    shrinks = any(_has_releases(before, complement(after)) for before, after in promises)
    grows = any(_has_releases(after, complement(before)) for before, after in promises)
    if not grows and not shrinks:
        return ValueChange(
            "wording" if {each.state for each in old} == {each.state for each in new} else "level changed"
        )
    return _change_of_size(not shrinks, not grows)


def _promised(stated: Sequence[Statement], when: str, strength: int) -> tuple[Range, ...]:
    """The versions that are supported on a condition, or without any, with at least some strength.

    What is stated on the condition precedes other statements about the same versions.
    """
    found: dict[bool, tuple[Range, ...]] = {True: (), False: ()}
    denied: tuple[Range, ...] = ()
    for each in stated:
        ranges = each.versions.ranges if each.versions else EVERYTHING
        if each.when in ("", when):
            on = bool(each.when)
            if strength_of(each.state) >= strength:
                found[on] = normalize((*found[on], *ranges))
            elif on:
                denied = normalize((*denied, *ranges))
    general = () if intersect(found[False], found[True]) else intersect(found[False], complement(denied))
    return normalize((*general, *found[True]))


def _has_releases(one: tuple[Range, ...], other: tuple[Range, ...]) -> bool:
    """Whether a release is in both of two lists of ranges."""
    return any(has_release(Range(item.low or ZERO, item.high)) for item in intersect(one, other))


def all_versions_of(value: Versions) -> VersionSet:
    """The versions of a value; a single version means all from there on."""
    return value.set.as_minimum if value.single else value.set


def _change_of_sets(old: VersionSet, new: VersionSet) -> ValueChange:
    low, new_low = old.minimum, new.minimum
    if low and new_low and old.open and new.open and old.is_comparable(new):
        before, after = (low.version, not low.inclusive), (new_low.version, not new_low.inclusive)
        if before == after:
            return ValueChange("wording")
        return ValueChange("raised", shrinks=True) if after > before else ValueChange("lowered")
    return _change_of_size(new.covers(old), old.covers(new))


def _change_of_size(wider: bool, narrower: bool) -> ValueChange:
    """The change to a set that contains the former one (`wider`), that is contained in it (`narrower`), or both."""
    if wider:
        return ValueChange("wording" if narrower else "widened")
    return ValueChange("narrowed" if narrower else "changed", shrinks=True)


_HIGHEST = re.compile(r"(?:^|[._-])(?:last|latest|newest|final|current|max|maximum|high)(?:$|[._-])")


def is_highest(field: str) -> bool:
    """Whether a field has the last version of something, such as `latest` or `last_patch`, and not a minimum."""
    return _HIGHEST.search(field) is not None
