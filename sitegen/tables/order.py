"""The order of rows: by which values, and how the values of each type are ordered."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sitegen.facts.values import STAGES, STATES, Absent, Day, Lifecycle, List, Support, Value, Versions, unqualified
from sitegen.facts.version_ranges import low_key
from sitegen.findings import Finding, Report
from sitegen.frozen import frozen
from sitegen.source.nodes import Node, Scalar, items_at

if TYPE_CHECKING:
    from sitegen.facts.field_types import Type
    from sitegen.facts.versions import VersionSet
    from sitegen.tables.paths import FieldPath, PathReader

SortKey = tuple[int, Any]
"""A rank, and what values of this rank are compared by. Values of a higher rank are last in either direction."""


@frozen
class OrderKey:
    """A path by whose values rows are sorted; the highest value is first if it is `descending`."""

    path: FieldPath
    descending: bool


def read_order(node: Node, paths: PathReader, report: Report) -> tuple[OrderKey, ...]:
    """Read `order`: a path or a list of them, each with `-` before it for a descending order. Reports invalid ones."""
    keys: list[OrderKey] = []
    for item in items_at(node):
        descending = isinstance(item, Scalar) and item.text.startswith("-")
        path = paths.read(_without_sign(item) if descending and isinstance(item, Scalar) else item)
        if path is not None and any(path == replace(key.path, place=path.place) for key in keys):
            message = f"'{'.'.join(path.path)}' is in 'order' twice"
            report(Finding("duplicate", message, path.place, "remove one of the two"))
        elif path is not None:
            keys.append(OrderKey(path, descending))
    return tuple(keys)


def _without_sign(item: Scalar) -> Scalar:
    start = item.place.column + 1 + (item.place.length > len(item.text))  # in quotes
    return item._replace(text=item.text[1:], place=item.place._replace(column=start, length=len(item.text) - 1))


def sort_key(value: Value, kind: Type | None) -> SortKey | None:
    """The sort key of a value, of which references are replaced by names; None for `none`, which is always last.

    Versions are sorted by their lowest one, states of support without versions in the order of the documentation,
    lifecycles by their first level, choices in the order of their declaration, and texts as people do: without case,
    and numbers in them by value, so that `v9` is before `v10`. Of several statements, the first in this order counts.
    """
    is_list = kind is not None and kind.item is not None
    kind = kind and (kind.item or kind)
    value = unqualified(value)
    if isinstance(value, List):
        keys = [key for item in value.items if (key := sort_key(item, kind)) is not None]
        return None if not keys else (0, keys) if is_list else min(keys)
    if isinstance(value, Absent):
        return None
    if isinstance(value, Versions):
        return 0, _lowest(value.set)
    if isinstance(value, Support):
        states = [*STATES, *STAGES]
        return (0, _lowest(value.versions)) if value.versions else (1, states.index(value.state))
    if isinstance(value, Day):
        return 0, value.first
    if isinstance(value, Lifecycle):
        return 0, min(level.day for level in value.levels)
    if kind is not None and kind.name == "one of" and value.text in kind.of:
        return 0, kind.of.index(value.text)
    return 2, _natural(value.text)


def _lowest(versions: VersionSet) -> object:
    return min(low_key(item.low) for item in versions.ranges)


def _natural(text: str) -> list[object]:
    """A text as words and numbers in turn: without case, and with an accent after its letter."""
    parts = re.split("([0-9]+)", unicodedata.normalize("NFKD", text).casefold())
    numbers = (number.lstrip("0") for number in parts[1::2])
    return [*zip(parts[::2], [(len(number), number) for number in numbers] + [(0, "")], strict=True)]
