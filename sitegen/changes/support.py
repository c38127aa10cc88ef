"""What values and rows of tables promise of support: how a value changes, and what rows promise together.

A row promises support for all combinations of the values in its columns: `Django`, versions `>=2,<4`, on `x86-64`.
Two rows for `>=2,<3` and `>=3,<4` promise the same as one row for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from itertools import starmap
from typing import Literal, NamedTuple

from sitegen.changes.shown_tables import Key, Path, ShownRow
from sitegen.facts.datasets import is_exclusion
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
    Reference,
    Simple,
    Support,
    Text,
    Value,
    Verbatim,
    Versions,
    items_in,
    plain_items,
    unqualified,
)
from sitegen.facts.version_ranges import Bound, Range, complement, has_release, intersect, normalize, parse_version
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.frozen import frozen
from sitegen.languages.catalogue import english

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
        return _change_of_sets(_all_versions(before), _all_versions(after))
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
        return any(_strength(each.state) > 0 for each in stated)
    return isinstance(value, List) and value.items != () and not is_verbatim(value)


def _may_have_ended(lifecycle: Lifecycle, level: Level, day: date) -> bool:
    """Whether the next level is one without support that may have begun on an unknown or an expected day."""
    following = lifecycle.following(level)
    if following is None or following.is_supported:
        return False
    on = following.on
    return following.by or on is None or ((on.expected or on.first < on.last) and on.first <= day)


def _strength(state: str) -> int:
    """How much a state of support promises: 2 for yes and for supported stages, 1 for partial, else 0."""
    if state in STAGES:
        return 2 if STAGES[state][1] else 0
    return {"yes": 2, "partial": 1}.get(state, 0)


def _change_of_support(old: Support, new: Support) -> ValueChange:
    before, after = _strength(old.state), _strength(new.state)
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
    was, now = (any(_strength(each.state) for each in stated) for stated in (old, new))
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
        ranges = each.versions.ranges if each.versions else _EVERYTHING
        if each.when in ("", when):
            on = bool(each.when)
            if _strength(each.state) >= strength:
                found[on] = normalize((*found[on], *ranges))
            elif on:
                denied = normalize((*denied, *ranges))
    general = () if intersect(found[False], found[True]) else intersect(found[False], complement(denied))
    return normalize((*general, *found[True]))


def _has_releases(one: tuple[Range, ...], other: tuple[Range, ...]) -> bool:
    """Whether a release is in both of two lists of ranges."""
    return any(has_release(Range(item.low or _ZERO, item.high)) for item in intersect(one, other))


def _all_versions(value: Versions) -> VersionSet:
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


# --- rows ----------------------------------------------------------------------------

Axis = tuple[Range, ...] | frozenset[object]
"""The values of a row in a column: ranges of versions, or a set of anything else."""

_EVERYTHING: tuple[Range, ...] = (Range(None, None),)
_ZERO = Bound(parse_version("0"), True, "0")  # no release is lower
_ROW = Path("", ())  # the column of the promise that a row makes by being listed


@frozen
class Promise:
    """What a row promises in one column on a day, with a strength, for all combinations of its axes.

    `named` are the axes of names and references. They are not compared with those of a row of the same records.
    """

    column: Path
    strength: int
    axes: ReadOnly[Path, Axis]
    named: frozenset[Path]
    records: frozenset[Key]
    when: str = ""

    def of(self, dataset: str) -> frozenset[Key]:
        """The records of the row that belong to a dataset."""
        return frozenset(key for key in self.records if key[0] == dataset)


def promises_of(row: ShownRow, day: date, *, ahead: bool) -> Iterator[Promise]:
    """What a row promises on a day: in each of its states, or by being listed if it has none."""
    axes: dict[Path, Axis] = {}
    named: set[Path] = set()
    states: list[tuple[Path, Value]] = []
    for path, facts in row.facts.items():
        values, field = [fact.value for fact in facts], path.fields[-1]
        states += [
            (path, value) for value in values if any(isinstance(v, (Support, Lifecycle)) for v in plain_items(value))
        ]
        axis = _axis(field, values)
        if axis is None and (not axes or field == "name"):  # it identifies the row, whatever its type
            axis = frozenset(value for value in values if isinstance(value, (Markdown, Link, Day))) or None
        if axis is not None and not is_exclusion(field):
            axes[path] = axis
            named |= {path} if not any(isinstance(value, (Versions, List)) for value in values) else set()
    records = frozenset(row.keys)
    axes = axes or {_ROW: records}
    supported = [(path, value) for path, value in states if is_supported(DatedValue(value, day, ahead))]
    if supported or not states:  # in a row with states, being listed promises nothing more
        yield Promise(_ROW, 0 if states else 1, axes, frozenset(named), records)
    for path, value in supported:
        stated = statements(value) or (Statement("yes"),)  # a lifecycle
        others = "; ".join(sorted(each.when for each in stated))  # may limit what has no condition
        for each in stated:
            own = {**axes, path: each.versions.ranges if each.versions else _EVERYTHING}
            when = each.when or (f"except {others}" if others.strip("; ") else "")
            if _strength(each.state):
                yield Promise(path, _strength(each.state), own, frozenset(named), records, when)


def is_covered(promise: Promise, others: Iterable[Promise]) -> bool:
    """Whether other rows together promise all that a promise contains."""
    boxes = []
    for other in others:
        is_same = other.column == promise.column and other.when in ("", promise.when)
        if is_same and (other.strength >= promise.strength or promise.column == _ROW):
            shared = (path for path in promise.named if promise.of(path.dataset) == other.of(path.dataset))
            own = {path: promise.axes[path] for path in shared}
            boxes.append({**other.axes, **own})
    return _is_covered(promise.axes, boxes)


def _is_covered(box: ReadOnly[Path, Axis], others: Sequence[ReadOnly[Path, Axis]]) -> bool:
    """Whether each point of a box is in one of several others."""
    if not others:
        return False
    first, *rest = others
    inside: dict[Path, Axis] = dict(box)
    outside: list[ReadOnly[Path, Axis]] = []
    for path, axis in box.items():
        common, beyond = _split(axis, first.get(path))
        if not common:
            return _is_covered(box, rest)
        if beyond:
            outside.append({**inside, path: beyond})
        inside[path] = common
    return all(_is_covered(piece, rest) for piece in outside)


def _split(axis: Axis, other: Axis | None) -> tuple[Axis, Axis]:
    """What two axes have in common, and what only the first one has; gaps without any release do not count."""
    if isinstance(axis, frozenset) and isinstance(other, frozenset):
        return axis & other, axis - other
    if isinstance(axis, tuple) and isinstance(other, tuple):
        beyond = intersect(axis, complement(other))
        return intersect(axis, other), tuple(r for r in beyond if has_release(Range(r.low or _ZERO, r.high)))
    return (), axis


def _axis(field: str, values: Sequence[Value]) -> Axis | None:
    """The values of a row in a field as an axis; None if they do not limit what the row promises."""
    items = [item for value in values for item in items_in(value)]
    if items and all(isinstance(item, Versions) for item in items):
        return normalize([r for item in items if isinstance(item, Versions) for r in _ranges(field, item)])
    is_named = all(isinstance(unqualified(item), (Text, Reference, Versions, Verbatim)) for item in items)
    return frozenset(items) if items and is_named else None


def _ranges(field: str, value: Versions) -> tuple[Range, ...]:
    """The versions of a value. A single one is the first of many, or the last."""
    if value.single and is_highest(field):
        return (Range(None, value.set.ranges[-1].high),)
    return _all_versions(value).ranges


_HIGHEST = re.compile(r"(?:^|[._-])(?:last|latest|newest|final|current|max|maximum|high)(?:$|[._-])")


def is_highest(field: str) -> bool:
    """Whether a field has the last version of something, such as `latest` or `last_patch`, and not a minimum."""
    return _HIGHEST.search(field) is not None
