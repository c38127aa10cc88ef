"""What values and rows of tables promise of support: the step from a value to another, and what rows promise together.

A row promises something for all combinations of the values in its columns: `Django`, versions `>=2,<4`, on `x86-64`.
Two rows for `>=2,<3` and `>=3,<4` promise the same as one row for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Literal, NamedTuple

from sitegen.facts.datasets import is_exclusion, items_of
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
    Reference,
    Support,
    Text,
    Value,
    Versions,
)
from sitegen.facts.version_ranges import Bound, Range, complement, has_release, intersect, normalize, parse_version
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.frozen import frozen

if TYPE_CHECKING:
    from sitegen.changes.published import Key, Path, ShownRow

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
    return _size_step(new.covers(old), old.covers(new))


def _list_step(old: List, new: List) -> Step:
    before, after = set(old.items), set(new.items)
    return _size_step(after >= before, before >= after)


def _size_step(wider: bool, narrower: bool) -> Step:
    """The step to a set that contains the one before (`wider`), that this one contains (`narrower`), or both."""
    if wider:
        return Step("wording" if narrower else "widened")
    return Step("narrowed" if narrower else "changed", shrinks=True)


def _lifecycle_step(old: At, new: At, before: Level | None, after: Level | None) -> Step | None:
    if (before.stage if before else "") != (after.stage if after else ""):
        return Step("level changed", promises(old) and not promises(new))
    return None if old.value == new.value else Step("date moved")


# --- rows ----------------------------------------------------------------------------

Axis = tuple[Range, ...] | frozenset[object]
"""The values that a row has in a column: ranges of versions, or anything else that can be counted."""

_EVERYTHING: tuple[Range, ...] = (Range(None, None),)
_ZERO = Bound(parse_version("0"), True, "0")  # no release is lower
_ROW: Path = ("", ())  # stands for a row that is listed, where no column has a state


@frozen
class Claim:
    """What a row promises in one column on a day, with a strength, for all combinations of its axes.

    `named` are the axes of names and references; with those of a row of the same records they are not compared.
    """

    column: Path
    strength: int
    axes: ReadOnly[Path, Axis]
    named: frozenset[Path]
    records: frozenset[Key]

    def of(self, dataset: str) -> frozenset[Key]:
        """The records of the row that are of a dataset."""
        return frozenset(key for key in self.records if key[0] == dataset)


def claims(row: ShownRow, day: date, *, ahead: bool) -> Iterator[Claim]:
    """What a row promises on a day."""
    axes: dict[Path, Axis] = {}
    named: set[Path] = set()
    promised: list[tuple[Path, int, Axis]] = []
    stated = False
    for path, values in row.values.items():
        for value in values:
            if isinstance(value, (Support, Lifecycle)):
                stated = True
                if promises(At(value, day, ahead)):
                    promised.append((path, *_degree(value)))
        field = path[1][-1]
        axis = _axis(field, values)
        if axis is None and (not axes or field == "name"):  # whatever its type, it tells the row apart
            axis = frozenset(value for value in values if isinstance(value, (Markdown, Link, Day))) or None
        if axis is not None and not is_exclusion(field):
            axes[path] = axis
            named |= {path} if not any(isinstance(value, (Versions, List)) for value in values) else set()
    records = frozenset(row.records)
    if not axes:
        axes = {_ROW: records}
    if promised or not stated:  # beside states, being listed promises nothing more
        yield Claim(_ROW, 0 if stated else 1, axes, frozenset(named), records)
    for path, degree, versions in promised:
        yield Claim(path, degree, {**axes, path: versions}, frozenset(named), records)


def covered(claim: Claim, others: Iterable[Claim]) -> bool:
    """Whether the claims of other rows together promise all that a claim does."""
    boxes = []
    for other in others:
        if other.column == claim.column and (other.strength >= claim.strength or claim.column == _ROW):
            own = {path: claim.axes[path] for path in claim.named if claim.of(path[0]) == other.of(path[0])}
            boxes.append({**other.axes, **own})
    return _covered(claim.axes, boxes)


def _covered(box: ReadOnly[Path, Axis], others: Sequence[ReadOnly[Path, Axis]]) -> bool:
    """Whether every point of a box is in one of some others."""
    if not others:
        return False
    first, *rest = others
    inside: dict[Path, Axis] = dict(box)
    outside: list[ReadOnly[Path, Axis]] = []
    for path, axis in box.items():
        common, beyond = _split(axis, first.get(path))
        if not common:
            return _covered(box, rest)
        if beyond:
            outside.append({**inside, path: beyond})
        inside[path] = common
    return all(_covered(piece, rest) for piece in outside)


def _split(axis: Axis, other: Axis | None) -> tuple[Axis, Axis]:
    """What two axes have in common, and what only the first one has; gaps without any release do not count."""
    if isinstance(axis, frozenset) and isinstance(other, frozenset):
        return axis & other, axis - other
    if isinstance(axis, tuple) and isinstance(other, tuple):
        beyond = intersect(axis, complement(other))
        return intersect(axis, other), tuple(r for r in beyond if has_release(Range(r.low or _ZERO, r.high)))
    return (), axis


def _axis(field: str, values: Sequence[Value]) -> Axis | None:
    """The values of a row in a field as an axis; None where they do not limit what it promises."""
    items = [item for value in values for item in items_of(value)]
    if items and all(isinstance(item, Versions) for item in items):
        return normalize([r for item in items if isinstance(item, Versions) for r in _ranges(field, item)])
    return frozenset(items) if items and all(isinstance(item, (Text, Reference)) for item in items) else None


def _ranges(field: str, value: Versions) -> tuple[Range, ...]:
    """The versions of a value. A single one is the first of many, or the last."""
    if value.single and is_highest(field):
        return (Range(None, value.set.ranges[-1].high),)
    return _minimums(value).ranges


def _degree(value: Support | Lifecycle) -> tuple[int, tuple[Range, ...]]:
    """How much a state promises, and in which versions; in all of them where it names none."""
    if isinstance(value, Lifecycle):
        return 2, _EVERYTHING
    return strength(value.state), value.versions.ranges if value.versions else _EVERYTHING


_HIGHEST = re.compile(r"(?:^|[._-])(?:last|latest|newest|final|current|max|maximum)(?:$|[._-])")


def is_highest(field: str) -> bool:
    """Whether a field has the last version of something, such as `latest` or `last_patch`, and not a minimum."""
    return _HIGHEST.search(field) is not None
