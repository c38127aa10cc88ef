"""Evaluates cells: the facts at the end of the paths of a column, as lines of spans."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sitegen.evaluation.context import Context, Fact, display
from sitegen.facts.datasets import PRODUCTS, Record
from sitegen.facts.parts import base_of
from sitegen.facts.statements import is_verbatim
from sitegen.facts.values import (
    Absent,
    Lifecycle,
    Link,
    List,
    Markdown,
    Qualified,
    Reference,
    Support,
    Text,
    Value,
    Verbatim,
    Versions,
)
from sitegen.facts.version_ranges import normalize
from sitegen.findings import Finding, Place, Report
from sitegen.tables.cells import (
    day_text,
    lifecycle_spans,
    none_spans,
    notes_in,
    ranges_of,
    support_spans,
    version_spans,
    with_condition,
)
from sitegen.tables.grids import Cell, CellKind, Line, Span, no_value, plain_text
from sitegen.tables.rows import TableRow, may_have_owners, steps_of
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.facts.field_types import Type
    from sitegen.tables.columns import Column
    from sitegen.tables.definitions import Definition
    from sitegen.tables.notes import NoteList
    from sitegen.tables.paths import FieldPath


class CellEvaluator:
    """Evaluates the cells of a table in a context. A missing value is a finding.

    `referred_records` are the records to which the cells of the current row refer.
    """

    def __init__(self, definition: Definition, context: Context, notes: NoteList, report: Report) -> None:
        self.definition = definition
        self.context = context
        self.notes = notes
        self.report = report
        self.language = context.facts.language
        self.referred_records: list[Record] = []

    def fact(self, record: Record, field: str, row: TableRow) -> Fact | None:
        try:
            return row.context.fact(record, field, row.ids)
        except BrokenError:
            return None
        except MissingError as error:
            self.report_missing(row, record, field, str(error))
            return None

    def report_missing(self, row: TableRow, record: Record, field: str, message: str) -> None:
        """Report that a record has no value for a field, or none that applies in the context."""
        if may_have_owners(self.definition, self.context.facts):
            product = row.context.product if PRODUCTS in self.definition.datasets else ""
            message += f" for {row.context.switched(product, row.context.library).name}"
        place = record.place
        field = base_of(field, record.facts)
        kind = self.context.datasets[record.dataset].fields.get(field)
        hint = f"add '{field}:'" + (", or 'none' for intentional absence" if kind and kind.optional else "")
        if field in record.facts:
            first = record.facts[field].alternatives[0]
            place, is_later = first.place, first.since is not None and first.since > self.context.day
            hint = "add a value for earlier dates" if is_later else "add a value that applies here"
        library = row.context.library
        self.report(Finding("missing-value", message, place, hint, subject=record.subject, library=library))

    def _facts(self, field: FieldPath, row: TableRow) -> list[tuple[Fact, TableRow]]:
        """The facts at the end of a path, each with its row. A list of references leads to several."""
        if len(field.path) == len(row.records) == 1:  # the common case
            fact = self.fact(row.records[0], field.path[0], row) if row.records[0].dataset == field.dataset else None
            return [] if fact is None else [(fact, row)]
        (_, records), *following = steps_of(field, row, lambda source, record, name: self.fact(record, name, source))
        for _, records in following:
            self.referred_records += [record for record, _ in records]
        facts = [(self.fact(record, field.path[-1], source), source) for record, source in records]
        return [(fact, source) for fact, source in facts if fact is not None]

    def cell(self, column: Column, row: TableRow, first: Cell | None) -> Cell:
        """The cell of a row in a column. `first` is the first cell of the row, the title of notes about values."""
        facts = [self._facts(field, row) for field in column.fields]
        kind: CellKind = (
            "typed" if any(is_typed(field.kind) for field in column.fields) else "text" if first else "name"
        )
        fact, source = facts[0][0] if len(facts) == len(facts[0]) == 1 else (None, row)
        is_plain = fact is not None and not isinstance(fact.value, (List, Qualified, Verbatim))
        if fact is not None and is_plain and not fact.note and column.link is None:  # the common case
            spans = self._spans(fact.value, column, fact.places, source)
            lines = (Line(0, spans, ranges_of(fact.value)),) if spans else self._no_value(column)
            return Cell(lines, fact.places, align=column.presentation.align, kind=kind)
        if any(is_verbatim(fact.value) for found in facts for fact, _ in found):
            kind = "verbatim"
        return replace(self._general_cell(column, row, facts, first), kind=kind)

    def _general_cell(
        self, column: Column, row: TableRow, facts: list[list[tuple[Fact, TableRow]]], first: Cell | None
    ) -> Cell:
        """The cell of any number of facts. `facts` are those of each field of the column."""
        lines: list[Line] = []
        places: list[Place] = []
        notes: list[int] = []
        stacked = len(column.fields) > 1
        level = 0
        for index, field_facts in enumerate(facts):
            part = column.of_field(index)
            pieces: list[Line] = []
            for fact, source in field_facts:
                places.extend(fact.places)
                values = fact.value.items if stacked and isinstance(fact.value, List) else (fact.value,)
                shown = ((self._spans(value, part, fact.places, source), value) for value in values)
                pieces.extend(Line(level, spans, ranges_of(value)) for spans, value in shown if spans)
                title = text_of(first, str(fact)) if fact.note or notes_in(fact.value) else ""
                noted = [(title, fact.note)] if fact.note else []
                noted += [(f"{title}, {item.text}", item.note) for item in notes_in(fact.value)]
                for about, note in noted:
                    notes.append(self.notes.number(about, note, fact.places, source.context, row.records[0].subject))
            if stacked or len(pieces) == 1:
                lines.extend(pieces)
            elif pieces:
                joined = self._joined([piece.spans for piece in pieces], column)
                lines.append(Line(0, joined, normalize([r for piece in pieces for r in piece.versions])))
            level += 1 if pieces else 0
        if column.link is not None and lines:
            lines[0] = self._linked(lines[0], column.link, row, places)
        lines = lines or [*self._no_value(column)]
        return Cell(tuple(lines), tuple(places), tuple(notes), column.presentation.align)

    def _no_value(self, column: Column) -> tuple[Line, ...]:
        """The lines of a cell without a value. Among states it is in words, since a blank could mean "no"."""
        if self.definition.layout == "list":
            return ()
        states = any(field.kind is not None and field.kind.name == "support" for field in column.fields)
        return no_value(self.language.text("not stated") if states else None)

    def _linked(self, line: Line, field: FieldPath, row: TableRow, places: list[Place]) -> Line:
        for fact, _ in self._facts(field, row):
            places.extend(fact.places)
            if isinstance(fact.value, Link):
                target = fact.value.text
                return replace(line, spans=tuple(replace(span, target=target) for span in line.spans))
        return line

    def _joined(self, parts: list[tuple[Span, ...]], column: Column) -> tuple[Span, ...]:
        joiner = Span("text", column.presentation.joiner or self.language.text("list.comma"))
        return tuple(span for spans in parts for span in (joiner, *spans))[1:]

    def _spans(self, value: Value, column: Column, places: tuple[Place, ...], row: TableRow) -> tuple[Span, ...]:
        if isinstance(value, (Text, Verbatim)):
            return (Span("code" if column.presentation.code else "text", value.text),) if value.text else ()
        if isinstance(value, Absent):
            return none_spans(column)
        if isinstance(value, Versions):
            return version_spans(value.set, column, written=value.single)
        if isinstance(value, Support):
            return support_spans(value, column, self.language)
        if isinstance(value, Lifecycle):
            return lifecycle_spans(value, column, self.context.day, self.language)
        if isinstance(value, List):
            return self._joined([self._spans(item, column, places, row) for item in value.items], column)
        if isinstance(value, Qualified):
            spans = self._spans(value.value, column, places, row)
            condition = Span("markdown", value.when, "", self.notes.inline(value.when, places, row.context))
            return with_condition(spans, condition, column) if value.when else spans
        if isinstance(value, Reference):
            referred = row.referred(value)
            if referred is None:  # reported elsewhere
                return ()
            record, source = referred
            self.referred_records.append(record)
            fact = self.fact(record, "name", source)
            return (Span("text", display(fact.value)),) if fact else ()
        if isinstance(value, Link):
            return (Span("text", value.text, value.text),)
        if isinstance(value, Markdown):
            return (Span("markdown", value.text, "", self.notes.inline(value.text, places, row.context)),)
        return (Span("code" if column.presentation.code else "unbroken", day_text(value, column, self.language)),)


def is_typed(kind: Type | None) -> bool:
    """Whether values of a type are more than text; None is the type of a note."""
    return kind is not None and (kind.item or kind).name not in ("text", "markdown")


def text_of(cell: Cell | None, default: str) -> str:
    """The text of the first line of a cell; `default` if there is none."""
    return plain_text(cell.lines[0].spans) if cell is not None and cell.lines else default
