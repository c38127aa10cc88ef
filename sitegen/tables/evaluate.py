"""Evaluates tables: definitions to grids of cells. A missing value is a finding, and its cell is empty."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sitegen.evaluation.context import Context
from sitegen.evaluation.notes import shared_notes
from sitegen.evaluation.sharing import SharedResults
from sitegen.evaluation.views import Names
from sitegen.facts.alternatives import ROLES
from sitegen.facts.datasets import LIBRARIES
from sitegen.facts.values import Lifecycle
from sitegen.findings import Finding, Report
from sitegen.tables.arrangement import in_sections, is_blank, transposed, with_spans
from sitegen.tables.cell_evaluation import CellEvaluator, text_of
from sitegen.tables.cells import named_level
from sitegen.tables.columns import Column
from sitegen.tables.definitions import Definition
from sitegen.tables.grids import (
    Cell,
    Line,
    Row,
    Span,
    Table,
    TableBody,
    TableHead,
    Timeline,
    no_value,
)
from sitegen.tables.rows import TableRow, columns_of, is_shown, omitted, row_groups
from sitegen.tables.texts import header_text, varying_text
from sitegen.templates.placeholders import known


class Tables:
    """The tables of a site on a date. Each is evaluated once for all products for which it is the same.

    Rows are shared separately from headers, since headers often contain the name of the product.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tables: SharedResults[Table] = SharedResults()
        self._bodies: SharedResults[TableBody] = SharedResults()

    def table(self, definition: Definition, context: Context) -> Table:
        """A table in a context. Reports missing values; their cells are empty."""
        key = (definition.id, context.library, context.is_open)
        table = self._tables.find(key, context)
        if table is None:
            fresh = context.fresh()
            columns = _columns(definition, fresh)
            self._report_omitted(definition, fresh)
            layout = definition.layout_in(fresh)
            head = _TableEvaluator(definition, fresh, self._report).head(columns, layout)
            places = frozenset(fresh.reads.places)
            body = self._body(definition, fresh, head)
            keys = tuple(column.key for column in _shown(columns))
            about = definition.id, definition.files, head.caption, layout, keys
            table = Table(*about, head.headers, head.above, body, places, definition.style)
            if layout == "transposed":
                table = transposed(table)
            self._tables.add(key, fresh, table)
            context.add_reads(fresh)
        return table

    def _report_omitted(self, definition: Definition, context: Context) -> None:
        for role, dataset in ROLES.items():
            if ids := [*omitted(definition, context, role)]:
                message = (
                    f"the table '{definition.id}' omits {', '.join(ids)} on pages without a {role}: only some have it"
                )
                hint = f"show the table on pages of a {role}, or add '{dataset}' to 'from'"
                code = "no-library" if dataset == LIBRARIES else "no-product"
                finding = Finding(code, message, definition.place, hint, severity="warning")
                self._report(finding)

    def _body(self, definition: Definition, context: Context, head: TableHead) -> TableBody:
        """The rows below a head. They are not shared if the head has notes, since notes are numbered from there."""
        key = (definition.id, context.library, head.notes)
        body = None if head.notes else self._bodies.find(key, context)
        if body is None:
            fresh = context.fresh(is_open=False)  # the values of templates in cells are not placeholders
            body = _TableEvaluator(definition, fresh, self._report).body(_columns(definition, fresh), head)
            self._bodies.add(key, fresh, body)
            context.add_reads(fresh)
        return body


def _columns(definition: Definition, context: Context) -> list[Column]:
    """The columns in a context; that of the sections is the last one."""
    return sorted(columns_of(definition, context), key=lambda column: column.group == "section")


def _shown(columns: list[Column]) -> list[Column]:
    """The columns without that of the sections, which is the last one."""
    return columns[:-1] if columns and columns[-1].group == "section" else columns


def _leading(columns: list[Column]) -> int:
    """The index of the column that names a row: the first one whose cells do not span several rows."""
    return next((index for index, column in enumerate(columns) if column.group != "span"), len(columns) - 1)


def _marked(cell: Cell, notes: tuple[int, ...]) -> Cell:
    """A cell with more notes, unless it is blank."""
    return (
        cell if is_blank(cell) or not cell.lines else replace(cell, notes=tuple(dict.fromkeys((*notes, *cell.notes))))
    )


class _TableEvaluator:
    """Evaluates the head or the body of a table in a context."""

    def __init__(self, definition: Definition, context: Context, report: Report) -> None:
        self.definition = definition
        self.context = context
        self.report = report
        self.cells = CellEvaluator(definition, context, report)
        self.notes = self.cells.notes

    def head(self, columns: list[Column], layout: str) -> TableHead:
        found: dict[int, Cell] = {}
        for column in _shown(columns):
            if column.above is not None and id(column.above) not in found:
                found[id(column.above)] = self._header(column.above)
        above = tuple(found.get(id(column.above)) for column in _shown(columns))
        headers = tuple(self._header(column) for column in _shown(columns))
        sections = tuple(self._header(column).notes for column in columns[len(headers) :])
        notes_of = [(*(one.notes if one else ()), *two.notes) for one, two in zip(above, headers, strict=True)]
        unmarked = (*(notes if layout == "list" else () for notes in notes_of), *sections)
        caption, names = self.definition.caption, Names(self.context)
        caption_text = varying_text(caption, self.context, names, self.report).text if caption else ""
        return TableHead(caption_text, headers, above, tuple(self.notes.notes), unmarked)

    def body(self, columns: list[Column], head: TableHead) -> TableBody:
        self.notes.notes += head.notes
        found: list[tuple[Row, list[TableRow]]] = []
        number = 0
        for group in row_groups(self.definition, self.context, self.cells.report_missing) if _shown(columns) else ():
            number += len(group)
            evaluated = [self._row(columns, row, head.unmarked) for row in group]
            found += self._merged(evaluated, columns, group) if group[1:] else [(evaluated[0], group)]
        if len(_shown(columns)) < len(columns):
            found = list(in_sections(found, _leading(_shown(columns))))
        columns = _shown(columns)
        above = list(self._rows_above(columns))
        rows = [*above, *(row for row, _ in found)]
        timeline = self._timeline(columns, rows, [*([] for _ in above), *(sources for _, sources in found)])
        spans = [index for index, column in enumerate(columns) if column.group == "span"]
        leading = _leading(columns)
        if spans:
            not_stated = no_value(self.cells.language.text("not stated"))
            rows = with_spans(rows, [index for index in spans if index != leading], not_stated)
        self.cells.report_missing_values(number)
        places = frozenset(self.context.reads.places)
        of_columns = tuple((row.context.library, row.records) for column in columns for row in column.across_rows)
        shown = frozenset((library, record.subject) for library, records in of_columns for record in records)
        return TableBody(tuple(rows), tuple(self.notes.notes), timeline, places, shown, leading)

    def _rows_above(self, columns: list[Column]) -> Iterator[Row]:
        """The rows above the others, with fields of the records that columns go across."""
        heads = [row for column in self.definition.all_columns for row in column.head]
        labelled = next((index for index, column in enumerate(columns) if not column.across_rows), -1)
        for number, above in enumerate(heads, 1):
            if is_shown(above, self.context):
                cells = [
                    self.cells.cell(above, (column.above or column).across_rows[-1], None)
                    if any(above is each for each in (column.above or column).head)
                    else replace(self._header(above) if index == labelled else Cell(()), kind="name")
                    for index, column in enumerate(columns)
                ]
                yield Row((), tuple(cells), number=number)

    def _timeline(self, columns: list[Column], rows: list[Row], sources: list[list[TableRow]]) -> Timeline | None:
        """The lifecycles that a column shows, labeled with the name of the row; None if there are none.

        Their levels have the words of the column. `sources` are the rows that were merged into each row.
        """
        lifecycles = []
        for column in columns:
            field = column.fields[0]
            kind = self.context.datasets[field.dataset].fields.get(field.path[0])
            if kind is None or kind.name != "lifecycle" or column.across_rows:
                continue
            for number, (row, merged) in enumerate(zip(rows, sources, strict=True)):
                for source in merged:
                    record = next(record for record in source.records if record.dataset == field.dataset)
                    fact = self.cells.fact(record, field.path[0], source)
                    if fact is not None and isinstance(fact.value, Lifecycle):
                        name = _leading(columns)
                        label = self.cells.cell(columns[name], source, None) if len(merged) > 1 else row.cells[name]
                        shown = Lifecycle(tuple(named_level(level, column) for level in fact.value.levels))
                        lifecycles.append((number, text_of(label, record.id), shown))
        return Timeline(self.context.day, tuple(lifecycles)) if lifecycles else None

    def _header(self, column: Column) -> Cell:
        filled = header_text(column, self.context, self.report)
        texts = [(shared_notes(self.context, column.note), (column.place,))] if column.note else []
        is_shown_above = column.above is not None and column.above.across_rows == column.across_rows
        for row in () if is_shown_above else column.across_rows[-1:]:
            notes = [note for record in row.records if (note := self.cells.note_of(record, row)) is not None]
            texts += [(note.value, (note.place,)) for note in notes]
        title = known(filled.text) if texts else ""
        numbers = [n for text, places in texts for n in self.notes.numbers(title, text, places, self.context)]
        lines, notes_of = (Line(0, (Span("text", filled.text),)),), tuple(dict.fromkeys(numbers))
        look = column.presentation
        return Cell(lines, filled.places, notes_of, look.align, width=look.width)

    def _row(self, columns: list[Column], row: TableRow, unmarked: tuple[tuple[int, ...], ...]) -> Row:
        cells: list[Cell] = []
        self.cells.referred_records.clear()
        shown = _shown(columns)
        section = self.cells.cell(columns[-1], row, None) if len(shown) < len(columns) else None
        leading = _leading(shown)
        for index, column in enumerate(shown):
            first = cells[min(leading, index - 1)] if cells else None
            cells.append(self.cells.cell(column, row, section if first and section and is_blank(first) else first))
            if index == leading:
                title = section if section and is_blank(cells[index]) else cells[index]
                cells[index] = self._with_notes(cells[index], title, row)
        ids = tuple(record.subject for record in row.records)
        libraries = (row.context.library, *(each.context.library for column in columns for each in column.across_rows))
        cells += () if section is None else (section,)
        if any(unmarked):
            cells = [_marked(cell, notes) for cell, notes in zip(cells, unmarked, strict=True)]
        was = tuple(tuple(former.text for former in record.was) for record in row.records)
        return Row(ids, tuple(cells), self._names(columns[0], row), tuple(dict.fromkeys(libraries)), was=was)

    def _with_notes(self, first: Cell, title: Cell, row: TableRow) -> Cell:
        """The cell that names a row with the notes about its records."""
        for record in row.records:
            if (note := self.cells.note_of(record, row)) is not None:
                about, places = text_of(title, record.id), (note.place,)
                numbers = self.notes.numbers(about, note.value, places, row.context, record.subject)
                first = replace(first, notes=tuple(dict.fromkeys((*first.notes, *numbers))))
        return first

    def _names(self, first: Column, row: TableRow) -> tuple[str, ...]:
        """Former names and aliases of the records in a row and of those it refers to, and the ids of the latter."""
        names = [record.id for record in self.cells.referred_records]
        for record in (*row.records, *self.cells.referred_records):
            names += [scalar.text for scalar in (*record.was, *record.aliases)]
            ids = row.ids | {record.id}
            for name in ("name", *(f.path[0] for f in first.fields if f.dataset == record.dataset)):
                names += row.context.former(record, name, ids)
        return tuple(dict.fromkeys(names))

    def _merged(
        self, rows: list[Row], columns: list[Column], group: list[TableRow]
    ) -> list[tuple[Row, list[TableRow]]]:
        """Merge consecutive rows that differ in one column of adjacent versions only. Returns each with its sources."""
        merged = rows[:1]
        sources = [group[:1]]
        for row, source in zip(rows[1:], group[1:], strict=True):
            before = merged[-1]
            differing = [i for i, cell in enumerate(row.cells) if cell.lines != before.cells[i].lines]
            lines = None
            if len(differing) == 1:
                lines = self.cells.merged(columns[differing[0]], [*sources[-1], source])
            if lines is None:
                merged.append(row)
                sources.append([source])
                continue
            sources[-1].append(source)
            cells = [
                Cell(
                    lines if i in differing else cell.lines,
                    (*before.cells[i].places, *cell.places),
                    tuple(dict.fromkeys((*before.cells[i].notes, *cell.notes))),
                )
                for i, cell in enumerate(row.cells)
            ]
            names = tuple(dict.fromkeys((*before.names, *row.names)))
            records, was = (*before.records, *row.records), (*before.was, *row.was)
            merged[-1] = replace(before, records=records, cells=tuple(cells), names=names, was=was)
        return [*zip(merged, sources, strict=True)]
