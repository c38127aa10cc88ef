"""The arrangement of evaluated rows: sections, cells that span several rows, and transposed tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import pairwise

from sitegen.tables.grids import Cell, Line, Row, Table, no_value
from sitegen.tables.rows import TableRow

Evaluated = tuple[Row, "list[TableRow]"]
"""A row, and the rows from which it was merged."""


def is_blank(cell: Cell) -> bool:
    """Whether a cell has no value, and no words for that."""
    return cell.lines in (no_value(), no_value(cell.lines[0].spans[0].name)) if cell.lines else False


def in_sections(rows: Iterable[Evaluated]) -> Iterator[Evaluated]:
    """The rows of each section together: those without one first, then sections in the order of their first rows.

    The last cell of each row is its section. It replaces the first cell of a single row if that is blank.
    """
    sections: dict[tuple[Line, ...], list[Evaluated]] = {(): []}
    for row, sources in rows:
        lines = row.cells[-1].lines
        sections.setdefault(() if is_blank(row.cells[-1]) else lines, []).append((row, sources))
    for lines, members in sections.items():
        cells = [row.cells[-1] for row, _ in members]
        notes = dict.fromkeys(note for cell in cells for note in cell.notes)
        places = tuple(place for cell in cells for place in cell.places)
        section = replace(cells[0], places=places, notes=tuple(notes)) if lines else None
        for row, sources in members:
            first, *others = row.cells[:-1]
            if section is not None and len(members) == 1 and is_blank(first):
                first = replace(section, notes=(*section.notes, *first.notes))
                yield replace(row, cells=(first, *others)), sources
            else:
                yield replace(row, cells=(first, *others), section=section), sources


def with_spans(rows: list[Row], columns: Iterable[int]) -> list[Row]:
    """Rows in which equal neighbouring cells of some columns are one cell: it spans several rows, the others none.

    A cell does not span rows that differ in one of these columns before it, or that are in different sections.
    """
    found = [list(row.cells) for row in rows]
    starts = {0, *(i for i, (one, two) in enumerate(pairwise(rows), 1) if one.section is not two.section or one.number)}
    for column in columns:
        starts |= {i for i, (one, two) in enumerate(pairwise(found), 1) if one[column].lines != two[column].lines}
        for start, end in pairwise([*sorted(starts), len(rows)]):
            cells = [cells[column] for cells in found[start:end]]
            notes = dict.fromkeys(note for cell in cells for note in cell.notes)
            places = dict.fromkeys(place for cell in cells for place in cell.places)
            for index in range(start, end):
                found[index][column] = replace(found[index][column], rows=0)
            first = replace(cells[0], places=tuple(places), notes=tuple(notes), rows=end - start)
            found[start][column] = first
    return [replace(row, cells=tuple(cells)) for row, cells in zip(rows, found, strict=True)]


def transposed(table: Table) -> Table:
    """A table whose rows are the columns of another one. Its rows have numbers and all records of the other one."""
    if not table.headers:
        return table
    above = tuple(row.section for row in table.rows)
    headers = tuple(replace(row.cells[0], rows=1) for row in table.rows)
    keys = tuple((row.records, row.number) for row in table.rows)
    records = tuple(dict.fromkeys(key for row in table.rows for key in row.records))
    libraries = tuple(dict.fromkeys(library for row in table.rows for library in row.libraries))
    names = tuple(dict.fromkeys(name for row in table.rows for name in row.names))
    rows = tuple(
        Row(
            records,
            (header, *(replace(row.cells[index], rows=1) for row in table.rows)),
            names,
            libraries,
            index,
            table.above[index],
        )
        for index, header in enumerate(table.headers)
        if index
    )
    timeline = table.timeline
    if timeline is not None:
        timeline = replace(timeline, rows=tuple((-1, label, lifecycle) for _, label, lifecycle in timeline.rows))
    body = replace(table.body, rows=rows, timeline=timeline, leading=0)
    return replace(
        table,
        layout="table",
        columns=(table.columns[0], *keys),
        headers=(table.headers[0], *headers),
        above=(None, *above),
        body=body,
    )
