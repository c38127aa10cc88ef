"""Evaluates tables: definitions to grids of cells. A missing value is a finding, and its cell is empty."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sitegen.evaluation.context import Context, Fact, SharedResults
from sitegen.evaluation.views import Names
from sitegen.facts.alternatives import Varying
from sitegen.facts.values import (
    Lifecycle,
    Markdown,
)
from sitegen.findings import Finding, Place, Report
from sitegen.tables.cell_evaluation import CellEvaluator, text_of
from sitegen.tables.grids import (
    Cell,
    Line,
    Note,
    Row,
    Span,
    Table,
    TableBody,
    TableHead,
    Timeline,
)
from sitegen.tables.notes import NoteList
from sitegen.tables.rows import TableRow, columns_of, omitted, row_groups
from sitegen.templates.placeholders import known
from sitegen.templates.template import MARK, BrokenError, Template, TemplateProblem

if TYPE_CHECKING:
    from sitegen.tables.columns import Column
    from sitegen.tables.definitions import Definition


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
            columns = columns_of(definition, fresh)
            self._report_omitted(definition, fresh)
            head = _TableEvaluator(definition, fresh, self._report).head(columns)
            places = frozenset(fresh.reads.places)
            body = self._body(definition, fresh, columns, head)
            table = Table(
                definition.id, definition.files, head.caption, definition.layout_in(fresh), head.headers, body, places
            )
            self._tables.add(key, fresh, table)
            context.add_reads(fresh)
        return table

    def _report_omitted(self, definition: Definition, context: Context) -> None:
        ids = [*omitted(definition, context)]
        if ids:
            message = (
                f"the table '{definition.id}' omits {', '.join(ids)} on pages without a library: only some have it"
            )
            hint = "show the table on pages of a library, or add 'libraries' to 'from'"
            finding = Finding("no-library", message, definition.place, hint, severity="warning")
            self._report(finding)

    def _body(self, definition: Definition, context: Context, columns: list[Column], head: TableHead) -> TableBody:
        """The rows below a head. They are not shared if the head has notes, since notes are numbered from there."""
        key = (definition.id, context.library, head.notes, tuple(map(id, columns)))
        body = None if head.notes else self._bodies.find(key, context)
        if body is None:
            fresh = context.fresh(is_open=False)  # the values of templates in cells are not placeholders
            body = _TableEvaluator(definition, fresh, self._report).body(columns, head.notes)
            self._bodies.add(key, fresh, body)
            context.add_reads(fresh)
        return body


class _TableEvaluator:
    """Evaluates the head or the body of a table in a context."""

    def __init__(self, definition: Definition, context: Context, report: Report) -> None:
        self.definition = definition
        self.context = context
        self.report = report
        self.names = Names(context)
        self.notes = NoteList(definition, report)
        self.cells = CellEvaluator(definition, context, self.notes, report)

    def head(self, columns: list[Column]) -> TableHead:
        headers = tuple(self._header(column) for column in columns)
        caption = self._text(self.definition.caption).text if self.definition.caption else ""
        return TableHead(caption, headers, tuple(self.notes.notes))

    def body(self, columns: list[Column], notes: tuple[Note, ...]) -> TableBody:
        self.notes.notes += notes
        rows: list[Row] = []
        sources: list[list[TableRow]] = []
        for group in row_groups(self.definition, self.context, self.cells.report_missing) if columns else ():
            evaluated = [self._row(columns, row) for row in group]
            for row, merged in self._merged(evaluated, columns, group) if group[1:] else ((evaluated[0], group),):
                rows.append(row)
                sources.append(merged)
        timeline = self._timeline(columns, rows, sources)
        return TableBody(tuple(rows), tuple(self.notes.notes), timeline, frozenset(self.context.reads.places))

    def _timeline(self, columns: list[Column], rows: list[Row], sources: list[list[TableRow]]) -> Timeline | None:
        """The lifecycles that a column shows, labeled with the first cell of the row; None if there are none.

        `sources` are the rows that were merged into each row.
        """
        lifecycles = []
        for column in columns:
            field = column.fields[0]
            kind = self.context.datasets[field.dataset].fields.get(field.path[0])
            if kind is None or kind.name != "lifecycle":
                continue
            for number, (row, merged) in enumerate(zip(rows, sources, strict=True)):
                for source in merged:
                    record = next(record for record in source.records if record.dataset == field.dataset)
                    fact = self.cells.fact(record, field.path[0], source)
                    if fact is not None and isinstance(fact.value, Lifecycle):
                        label = self.cells.cell(columns[0], source, None) if len(merged) > 1 else row.cells[0]
                        lifecycles.append((number, text_of(label, record.id), fact.value))
        return Timeline(self.context.day, tuple(lifecycles)) if lifecycles else None

    def _text(self, varying: Varying[Template]) -> FilledText:
        alternative = self.context.applicable(varying)
        if alternative is None:
            message, place = f"no text applies on {self.context.day}", varying.alternatives[0].place
            self.report(Finding("missing-value", message, place, "add a text for earlier dates"))
            return FilledText("", ())
        return fill_text(alternative.value, self.names, alternative.place, self.report) or FilledText("", ())

    def _header(self, column: Column) -> Cell:
        filled = self._text(column.header)
        notes = (
            (self.notes.number(known(filled.text), column.note, (column.place,), self.context),) if column.note else ()
        )
        return Cell((Line(0, (Span("text", filled.text),)),), filled.places, notes)

    def _row(self, columns: list[Column], row: TableRow) -> Row:
        cells: list[Cell] = []
        self.cells.referred_records.clear()
        for column in columns:
            cells.append(self.cells.cell(column, row, cells[0] if cells else None))
        for record in row.records:
            if "note" in record.facts:
                fact = self.cells.fact(record, "note", row)
                if cells and fact and isinstance(fact.value, Markdown):
                    title = text_of(cells[0], record.id)
                    number = self.notes.number(title, fact.value.text, fact.places, row.context, record.subject)
                    cells[0] = replace(cells[0], notes=(*cells[0].notes, number))
        ids = tuple(record.subject for record in row.records)
        return Row(ids, tuple(cells), self._names(columns[0], row), row.context.library)

    def _names(self, first: Column, row: TableRow) -> tuple[str, ...]:
        """Former names and aliases of the records in a row and of those it refers to, and the ids of the latter."""
        names = dict.fromkeys([record.id for record in self.cells.referred_records])
        for record in (*row.records, *self.cells.referred_records):
            names.update(dict.fromkeys([scalar.text for scalar in (*record.was, *record.aliases)]))
            ids = row.ids | {record.id}
            for name in dict.fromkeys(["name", *(f.path[0] for f in first.fields if f.dataset == record.dataset)]):
                names.update(dict.fromkeys(row.context.former(record, name, ids)))
        return tuple(names)

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
                replace(
                    cell, places=(*before.cells[i].places, *cell.places), lines=lines if i in differing else cell.lines
                )
                for i, cell in enumerate(row.cells)
            ]
            names = tuple(dict.fromkeys((*before.names, *row.names)))
            merged[-1] = replace(before, records=(*before.records, *row.records), cells=tuple(cells), names=names)
        return [*zip(merged, sources, strict=True)]


class FilledText(NamedTuple):
    """The text of a filled template, and the facts that it prints."""

    text: str
    facts: tuple[Fact, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of the facts."""
        return tuple(place for fact in self.facts for place in fact.places)


def fill_text(template: Template, names: ReadOnly[str, object], place: Place, report: Report) -> FilledText | None:
    """Fill a template of plain text, such as a header or a path. Reports a problem, and returns None then."""
    try:
        text, facts = template.fill(names)
    except BrokenError:
        return None
    except TemplateProblem as problem:
        report(replace(problem.finding(), place=place, hint=""))
        return None
    return FilledText(MARK.sub(lambda match: str(facts[int(match[1])]), text), facts)
