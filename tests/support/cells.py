"""Cells of Markdown tables as plain text, to compare them with the cells of published tables."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

Grid = list[list[str]]

_PATTERNS = (
    (r"\[\^\w+\]", ""),  # a mark of a note
    (r"<br ?/?>", " "),
    (r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1"),
    (r"`|\*\*", ""),
)


def plain(cell: str) -> str:
    """The text of a cell without links, emphasis, code and marks of notes."""
    for pattern, text in _PATTERNS:
        cell = re.sub(pattern, text, cell)
    return " ".join(html.unescape(cell).split())


def grids(page: str) -> Iterator[Grid]:
    """The tables of a Markdown page, each with its header as the first row."""
    for block in re.findall(r"(?:^\|.*(?:\n|\Z))+", page, re.MULTILINE):
        rows = [re.split(r"(?<!\\)\|", line.strip()[1:-1]) for line in block.splitlines()]
        yield [[plain(cell.replace("\\|", "|")) for cell in row] for row in (rows[0], *rows[2:])]


def equal_cells(wanted: Grid, found: Grid) -> int:
    """The number of cells that two tables share, by position."""
    return sum(a == b for row, other in zip(wanted, found, strict=False) for a, b in zip(row, other, strict=False))


def nearest(wanted: Grid, found: Sequence[Grid]) -> Grid:
    """The table that shares the most cells with another one."""
    return max(found, key=lambda table: equal_cells(wanted, table), default=[])


def by_first_cell(table: Grid) -> Grid:
    """A table with its rows in the order of their cells, below the header."""
    return [*table[:1], *sorted(table[1:])]
