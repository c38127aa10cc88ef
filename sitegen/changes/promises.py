"""What rows of tables promise of support, alone and together.

A row promises support for all combinations of the values in its columns: `Django`, versions `>=2,<4`, on `x86-64`.
Two rows for `>=2,<3` and `>=3,<4` promise the same as one row for both.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from datetime import date

from sitegen.changes.shown_tables import Key, Path, ShownRow
from sitegen.changes.support import EVERYTHING, ZERO, DatedValue, all_versions_of, is_highest, is_supported, strength_of
from sitegen.facts.datasets import is_exclusion, is_warning
from sitegen.facts.statements import Statement, statements
from sitegen.facts.values import (
    Day,
    Lifecycle,
    Link,
    List,
    Markdown,
    Reference,
    Support,
    Text,
    Value,
    Verbatim,
    Versions,
    items_in,
    plain_items,
    unqualified,
)
from sitegen.facts.version_ranges import Range, complement, has_release, intersect, normalize
from sitegen.frozen import frozen

Axis = tuple[Range, ...] | frozenset[object]
"""The values of a row in a column: ranges of versions, or a set of anything else."""

DENIED = -1
_ROW = Path("", ())  # the column of the promise that a row makes by being listed


@frozen
class Promise:
    """What a row promises in one column on a day, with a strength, for all combinations of its axes.

    The strength of what it denies is DENIED. `named` are the axes of names and references. They are not compared with
    those of a row of the same records.
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
    axes: dict[Path, Axis] = {path: frozenset(values) for path, values in row.selected.items()}
    named: set[Path] = set(axes)
    states: list[tuple[Path, Value]] = []
    for path, facts in row.facts.items():
        values, field = [fact.value for fact in facts], path.fields[-1]
        if is_exclusion(field) or is_warning(field):
            continue
        states += [
            (path, value) for value in values if any(isinstance(v, (Support, Lifecycle)) for v in plain_items(value))
        ]
        axis = _axis(field, values)
        if axis is None and (not axes or field == "name"):  # it identifies the row, whatever its type
            axis = frozenset(value for value in values if isinstance(value, (Markdown, Link, Day))) or None
        if axis is not None:
            axes[path] = axis
            named |= {path} if not any(isinstance(value, (Versions, List)) for value in values) else set()
    records = frozenset(row.keys)
    axes = axes or {_ROW: records}
    supported = [(path, value) for path, value in states if is_supported(DatedValue(value, day, ahead))]
    if supported or not states:  # in a row with states, being listed promises nothing more
        yield Promise(_ROW, 0 if states else 1, axes, frozenset(named), records)
    for path, value in states:
        is_on = (path, value) in supported
        stated = statements(value) or (Statement("yes"),) * is_on  # a lifecycle
        others = "; ".join(sorted(each.when for each in stated))  # may limit what has no condition
        for each in stated:
            own = {**axes, path: each.versions.ranges if each.versions else EVERYTHING}
            when = each.when or (f"except {others}" if others.strip("; ") else "")
            strength = DENIED if each.state == "no" else strength_of(each.state)
            if strength:
                yield Promise(path, strength, own, frozenset(named), records, when)


def is_covered(promise: Promise, others: Sequence[Promise]) -> bool:
    """Whether other rows together promise all that a promise contains, and none denies a part of it."""
    same = [each for each in others if each.column == promise.column and each.when in ("", promise.when)]
    strong = [each for each in same if each.strength >= promise.strength or promise.column == _ROW]
    denied = any(_meets(promise.axes, _box(each, promise)) for each in same if each.strength == DENIED)
    return not denied and _is_covered(promise.axes, [_box(each, promise) for each in strong])


def _box(other: Promise, promise: Promise) -> ReadOnly[Path, Axis]:
    """The axes of another promise, to be compared with those of a promise."""
    shared = (path for path in promise.named if promise.of(path.dataset) == other.of(path.dataset))
    return {**other.axes, **{path: promise.axes[path] for path in shared}}


def _meets(box: ReadOnly[Path, Axis], other: ReadOnly[Path, Axis]) -> bool:
    """Whether a point is in both of two boxes."""
    return all(_split(axis, other.get(path))[0] for path, axis in box.items())


def _is_covered(box: ReadOnly[Path, Axis], others: Sequence[ReadOnly[Path, Axis]]) -> bool:
    """Whether each point of a box is in one of several others."""
    left = [(box, 0)]  # parts of it, each with the number of boxes that do not contain it
    while left:
        part, start = left.pop()
        found = ((index, _beyond(part, others[index])) for index in range(start, len(others)))
        index, outside = next(((index, each) for index, each in found if each is not None), (0, None))
        if outside is None:
            return False
        left += [(each, index + 1) for each in outside]
    return True


def _beyond(box: ReadOnly[Path, Axis], other: ReadOnly[Path, Axis]) -> list[ReadOnly[Path, Axis]] | None:
    """The parts of a box that are not in another one; None if both have no point in common."""
    inside: dict[Path, Axis] = dict(box)
    outside: list[ReadOnly[Path, Axis]] = []
    for path, axis in box.items():
        common, beyond = _split(axis, other.get(path))
        if not common:
            return None
        if beyond:
            outside.append({**inside, path: beyond})
        inside[path] = common
    return outside


def _split(axis: Axis, other: Axis | None) -> tuple[Axis, Axis]:
    """What two axes have in common, and what only the first one has; gaps without any release do not count."""
    if isinstance(axis, frozenset) and isinstance(other, frozenset):
        return axis & other, axis - other
    if isinstance(axis, tuple) and isinstance(other, tuple):
        if not any(map(has_release, axis)):  # a row about a pre-release
            return (axis, ()) if axis == other else ((), axis)
        beyond = intersect(axis, complement(other))
        return intersect(axis, other), tuple(r for r in beyond if has_release(Range(r.low or ZERO, r.high)))
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
    return all_versions_of(value).ranges
