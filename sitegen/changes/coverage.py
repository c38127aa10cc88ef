"""What rows of tables promise together, whatever the way it is divided into rows.

A row promises something for all combinations of the values in its columns: `Django`, versions `>=2,<4`, on `x86-64`.
Two rows for `>=2,<3` and `>=3,<4` promise the same as one row for both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly

from sitegen.changes.published import Key, Path, ShownRow
from sitegen.changes.steps import At, promises, strength
from sitegen.facts import is_exclusion, items_of
from sitegen.frozen import frozen
from sitegen.values import Day, Lifecycle, Link, List, Markdown, Reference, Support, Text, Value, Versions
from sitegen.version_ranges import Bound, Range, complement, has_release, intersect, normalize, parse_version

Axis = tuple[Range, ...] | frozenset[object]
"""The values that a row has in a column: ranges of versions, or anything else that can be counted."""

EVERYTHING: tuple[Range, ...] = (Range(None, None),)
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


def claims(row: ShownRow, at: At) -> Iterator[Claim]:
    """What a row promises. `at` has the day."""
    axes: dict[Path, Axis] = {}
    named: set[Path] = set()
    promised: list[tuple[Path, int, Axis]] = []
    stated = False
    for path, values in row.values.items():
        for value in values:
            if isinstance(value, (Support, Lifecycle)):
                stated = True
                if promises(at._replace(value=value)):
                    promised.append((path, _strength(value), versions_axis(value)))
        field = path[1][-1]
        axis = axis_of(field, values)
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
        other = first.get(path)
        common = None if other is None else _common(axis, other)
        if other is None or not common:
            return _covered(box, rest)
        if beyond := without(axis, other):
            outside.append({**inside, path: beyond})
        inside[path] = common
    return all(_covered(piece, rest) for piece in outside)


def _common(axis: Axis, other: Axis) -> Axis:
    if isinstance(axis, frozenset) or isinstance(other, frozenset):
        return axis & other if isinstance(axis, frozenset) and isinstance(other, frozenset) else frozenset()
    return intersect(axis, other)


def without(axis: Axis, other: Axis) -> Axis:
    """What is in an axis and not in another; gaps without any release do not count."""
    if isinstance(axis, frozenset) or isinstance(other, frozenset):
        return axis - other if isinstance(axis, frozenset) and isinstance(other, frozenset) else axis
    return tuple(
        item for item in intersect(axis, complement(other)) if has_release(Range(item.low or _ZERO, item.high))
    )


def axis_of(field: str, values: Sequence[Value]) -> Axis | None:
    """The values of a row in a field as an axis; None where they do not limit what it promises."""
    items = [item for value in values for item in items_of(value)]
    if items and all(isinstance(item, Versions) for item in items):
        return normalize([r for item in items if isinstance(item, Versions) for r in _ranges(field, item)])
    return frozenset(items) if items and all(isinstance(item, (Text, Reference)) for item in items) else None


def _ranges(field: str, value: Versions) -> tuple[Range, ...]:
    """The versions of a value. A single one is the first of many, or the last."""
    if not value.single:
        return value.set.ranges
    return (Range(None, value.set.ranges[-1].high),) if is_highest(field) else value.set.as_minimum.ranges


def versions_axis(value: Value) -> tuple[Range, ...]:
    """The versions in which a state is promised; all of them where it names none."""
    return value.versions.ranges if isinstance(value, Support) and value.versions else EVERYTHING


def _strength(value: Support | Lifecycle) -> int:
    return strength(value.state) if isinstance(value, Support) else 2


_HIGHEST = re.compile(r"(?:^|[._-])(?:last|latest|newest|final|current|max|maximum)(?:$|[._-])")


def is_highest(field: str) -> bool:
    """Whether a field has the last version of something, such as `latest` or `last_patch`, and not a minimum."""
    return _HIGHEST.search(field) is not None
