"""From one value of a fact to another: what kind of step that is, and whether support shrinks by it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Literal, NamedTuple

from sitegen.values import (
    STAGES,
    STATES,
    Absent,
    Day,
    Level,
    Lifecycle,
    Link,
    List,
    Markdown,
    Support,
    Text,
    Value,
    Versions,
)
from sitegen.versions import VersionSet, parse_versions

Kind = Literal[
    "added", "removed", "raised", "lowered", "widened", "narrowed",
    "changed", "level changed", "date moved", "wording", "order",
]  # fmt: skip


class Step(NamedTuple):
    """A kind of change. `shrinks` says that less is supported than before."""

    kind: Kind
    shrinks: bool = False


class At(NamedTuple):
    """A value on a day.

    `ahead` says that the day has not come, so that nothing is known between a level and the next one with `by`.
    """

    value: Value
    day: date
    ahead: bool = False


def step(old: At, new: At) -> Step | None:
    """Classify the change of a value. Returns None where both mean and say the same.

    - minimums are `raised` or `lowered`: sets without an upper end, and single versions
    - other sets of versions, and lists, are `widened` or `narrowed`, or `changed` where some go and others come
    - support begins with `added` and ends with `removed`; between yes and partial it is `narrowed` or `widened`
    - what is or becomes a stage is `level changed`; so is one state without support that becomes another
    - a day, or a level that begins on another day, is `date moved`
    - a reference is `changed`, and any other text is `wording`
    """
    before, after = old.value, new.value
    if isinstance(before, Lifecycle) and isinstance(after, Lifecycle):
        return _lifecycle_step(old, new, before.at(old.day), after.at(new.day))
    if before == after:
        return None
    if isinstance(before, Absent) or isinstance(after, Absent):
        return Step("added") if isinstance(before, Absent) else Step("removed", promises(old))
    if isinstance(before, Versions) and isinstance(after, Versions):
        return _set_step(_minimums(before), _minimums(after))
    if isinstance(before, Support) and isinstance(after, Support):
        return _support_step(before, after)
    if isinstance(before, Day) and isinstance(after, Day):
        same = replace(before, text="") == replace(after, text="")
        return Step("wording" if same else "date moved")
    if isinstance(before, List) and isinstance(after, List):
        return _list_step(before, after)
    if isinstance(after, (Text, Markdown, Link)) and isinstance(before, (Text, Markdown, Link)):
        return Step("wording") if before.text != after.text else None
    return Step("changed", promises(old) and not promises(new))


def promises(at: At) -> bool:
    """Whether a value says that something is supported on its day."""
    value = at.value
    if isinstance(value, Lifecycle):
        level = value.at(at.day)
        return level is not None and STAGES[level.stage][1] and not (at.ahead and _may_have_ended(value, level))
    if isinstance(value, Support):
        return strength(value.state) > 0
    return isinstance(value, Versions) or (isinstance(value, List) and value.items != ())


def _may_have_ended(lifecycle: Lifecycle, level: Level) -> bool:
    """Whether the next level is one without support, of which only a day is known by which it has begun."""
    following = next((other for other in lifecycle.levels if other.day > level.day), None)
    return following is not None and following.by and not STAGES[following.stage][1]


def strength(state: str) -> int:
    """How much a state of support promises: 2 for yes and for stages that are supported, 1 for partial, else 0."""
    if state in STAGES:
        return 2 if STAGES[state][1] else 0
    return {"yes": 2, "partial": 1}.get(state, 0)


def _support_step(old: Support, new: Support) -> Step:
    before, after = strength(old.state), strength(new.state)
    everything = parse_versions("any")
    was, now = old.versions or everything, new.versions or everything
    # What is not supported in fewer versions is supported in more of them; only a promise can shrink.
    shrinks = before > 0 and (after < before or not now.covers(was))
    if old.state != new.state:
        if not (old.state in STATES and new.state in STATES) or before == after:
            return Step("level changed", shrinks)
        if not before or not after:
            return Step("removed" if before else "added", shrinks)
        if after > before:
            return Step("changed" if shrinks else "widened", shrinks)
        return Step("narrowed" if was.covers(now) else "changed", shrinks)
    if old.versions != new.versions:
        return _set_step(was, now)._replace(shrinks=shrinks)
    return Step("date moved" if old.on != new.on else "wording")


def _minimums(value: Versions) -> VersionSet:
    """The versions of a value; a single version is the first one."""
    return value.set.as_minimum if value.single else value.set


def _set_step(old: VersionSet, new: VersionSet) -> Step:
    low, new_low = old.minimum, new.minimum
    if low and new_low and old.open and new.open:
        before, after = (low.version, not low.inclusive), (new_low.version, not new_low.inclusive)
        if before == after:
            return Step("wording")
        return Step("raised", shrinks=True) if after > before else Step("lowered")
    wider, narrower = new.covers(old), old.covers(new)
    if wider or narrower:
        return Step("wording" if wider and narrower else "widened") if wider else Step("narrowed", shrinks=True)
    return Step("changed", shrinks=True)


def _list_step(old: List, new: List) -> Step:
    before, after = set(old.items), set(new.items)
    if before == after:
        return Step("wording")
    if before < after:
        return Step("widened")
    return Step("narrowed" if after < before else "changed", shrinks=True)


def _lifecycle_step(old: At, new: At, before: Level | None, after: Level | None) -> Step | None:
    if (before.stage if before else "") != (after.stage if after else ""):
        return Step("level changed", promises(old) and not promises(new))
    return None if old.value == new.value else Step("date moved")
