"""Selections: which records of some datasets a table shows, in rows or in columns, and in which order."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly

from sitegen.facts.alternatives import Varying
from sitegen.frozen import frozen
from sitegen.source.nodes import Scalar
from sitegen.tables.order import OrderKey
from sitegen.tables.paths import FieldPath


@frozen
class RowSelection:
    """The ids of a dataset in order, in groups. The rows of a group can be merged into one."""

    groups: tuple[tuple[Scalar, ...], ...]


@frozen
class Selection:
    """The combinations of records of some datasets that match `where`, all of them or those in `rows`, by `order`."""

    datasets: tuple[str, ...]
    where: tuple[tuple[FieldPath, tuple[Scalar, ...]], ...]
    rows: Varying[ReadOnly[str, RowSelection]] | None
    order: tuple[OrderKey, ...]
