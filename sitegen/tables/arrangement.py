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


def in_sections(rows: Iterable[Evaluated], leading: int) -> Iterator[Evaluated]:
    """The rows of each section together: those without one first, then sections in the order of their first rows.

    The last cell of each row is its section. It replaces the first cell of a single row if that is blank. Notes that
    its rows do not share move to their `leading` cells.
    """
    sections: dict[tuple[Line, ...], list[Evaluated]] = {(): []}
    for row, sources in rows:
        lines = row.cells[-1].lines
        sections.setdefault(() if is_blank(row.cells[-1]) else lines, []).append((row, sources))
    for lines, members in sections.items():
        cells = [row.cells[-1] for row, _ in members]
        notes = tuple(note for cell in cells[:1] for note in cell.notes if all(note in each.notes for each in cells))
        places = tuple(place for cell in cells for place in cell.places)
        section = replace(cells[0], places=places, notes=notes) if lines else None
        for row, sources in members:
            shown = list(row.cells[:-1])
            own = (note for note in row.cells[-1].notes if section is None or note not in notes)
            shown[leading] = replace(shown[leading], notes=tuple(dict.fromkeys((*shown[leading].notes, *own))))
            first, *others = shown
            if section is not None and len(members) == 1 and is_blank(first):
                first = replace(section, notes=(*section.notes, *first.notes))
                yield replace(row, cells=(first, *others)), sources
            else:
                yield replace(row, cells=(first, *others), section=section), sources


def with_spans(rows: list[Row], columns: Iterable[int], not_stated: tuple[Line, ...]) -> list[Row]:
    """Rows in which equal neighbouring cells of some columns are one cell: it spans several rows, the others none.

    A cell does not span rows that differ in one of these columns before it or in its notes, or that are in different
    sections. Since Markdown leaves the cells below it blank, one without a value is `not_stated`.
    """
    found = [list(row.cells) for row in rows]
    starts = {0, *(i for i, (one, two) in enumerate(pairwise(rows), 1) if one.section is not two.section or one.number)}
    for column in columns:
        for cells in found:
            cells[column] = replace(cells[column], lines=not_stated) if is_blank(cells[column]) else cells[column]
        shown = [(cells[column].lines, cells[column].notes) for cells in found]
        starts |= {i for i, (one, two) in enumerate(pairwise(shown), 1) if one != two}
        for start, end in pairwise([*sorted(starts), len(rows)]) if rows else ():
            places = dict.fromkeys(place for cells in found[start:end] for place in cells[column].places)
            for index in range(start, end):
                found[index][column] = replace(found[index][column], rows=0)
            found[start][column] = replace(found[start][column], places=tuple(places), rows=end - start)
    return [replace(row, cells=tuple(cells)) for row, cells in zip(rows, found, strict=True)]


def transposed(table: Table) -> Table:
    """A table whose rows are the columns of another one. Its rows have numbers and all records of the other one."""
    if not table.headers or not table.rows:
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
