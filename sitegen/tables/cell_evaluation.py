"""Evaluates cells: the facts at the end of the paths of a column, as lines of spans."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import cast

from sitegen.evaluation.context import Context, Fact, display
from sitegen.facts.alternatives import Alternative
from sitegen.facts.datasets import PRODUCTS, Record
from sitegen.facts.parts import base_of
from sitegen.facts.statements import is_verbatim
from sitegen.facts.values import (
    Absent,
    Day,
    Lifecycle,
    Link,
    List,
    Markdown,
    Notes,
    Qualified,
    Reference,
    Support,
    Value,
    Verbatim,
    Versions,
    items_in,
    plain_items,
    unqualified,
)
from sitegen.facts.version_ranges import normalize
from sitegen.findings import SEVERAL, Finding, Place, Report, as_details
from sitegen.tables.cell_templates import CellTemplates
from sitegen.tables.cells import (
    day_text,
    lifecycle_spans,
    merged_versions,
    none_spans,
    notes_in,
    ranges_of,
    support_spans,
    text_of_other,
    version_spans,
    with_condition,
)
from sitegen.tables.columns import Column
from sitegen.tables.definitions import Definition
from sitegen.tables.grids import NONE, Cell, CellKind, Line, Span, no_value, plain_text
from sitegen.tables.notes import NoteList
from sitegen.tables.paths import FieldPath
from sitegen.tables.rows import Found, TableRow, may_have_owners, row_of_cell, steps_of
from sitegen.tables.texts import header_text
from sitegen.templates.placeholders import known
from sitegen.templates.template import BrokenError, MissingError, Template


class CellEvaluator:
    """Evaluates the cells of a table in a context. Missing values are findings, once `report_missing_values` is called.

    `referred_records` are the records to which the cells of the current row refer.
    """

    def __init__(self, definition: Definition, context: Context, report: Report) -> None:
        self.definition = definition
        self.context = context
        self.notes = NoteList(definition, report)
        self.report = report
        self.language = context.facts.language
        self.templates = CellTemplates(report)
        self.referred_records: list[Record] = []
        self.missing: dict[tuple[str, str], list[Finding]] = {}  # by field and code

    def fact(self, record: Record, field: str, row: TableRow) -> Fact | None:
        try:
            return row.context.fact(record, field, row.ids)
        except BrokenError:
            return None
        except MissingError as error:
            self.report_missing(row, record, field, error)
            return None

    def report_missing_values(self, rows: int) -> None:
        """Report the missing values of a number of rows: one finding for a field of which most rows have no value."""
        for (field, _), found in self.missing.items():
            records = len({finding.subject for finding in found})
            if records < SEVERAL or 2 * records <= rows:
                for finding in found:
                    self.report(finding)
                continue
            message = f"{records} of {rows} rows of the table '{self.definition.id}' have no '{field}'"
            place, hint = self.definition.place, f"{found[0].hint}; or select the rows with 'rows' or 'where'"
            self.report(replace(found[0], message=message, place=place, hint=hint, details=as_details(found)))

    def report_missing(self, row: TableRow, record: Record, field: str, error: MissingError) -> None:
        """Report that a record has no value for a field, or none that applies in the context.

        If it has a value for an unknown record, this is reported instead.
        """
        kind = self.context.datasets[record.dataset].fields.get(base_of(field, record.facts))
        by = kind.by if kind is not None else ""
        known = self.context.facts.ids.get(by, {}).keys()
        written = record.facts[field].alternatives if by and field in record.facts else ()
        if any(dataset == by and id_.text not in known for each in written for dataset, id_ in each.scope.written):
            return
        message = str(error)
        if len(self.definition.selections) > 1 and error.code == "missing-value":
            others = sorted(row.ids - {record.id, row.context.product, row.context.library})
            message += " for " + " and ".join(map(repr, others)) if others else ""
        if error.code == "missing-value" and may_have_owners(self.definition.all_datasets, self.context.facts):
            product = row.context.product if PRODUCTS in self.definition.all_datasets else ""
            message += f" for {row.context.switched(product, row.context.library).name}"
        place = record.place
        field = base_of(field, record.facts)
        hint = f"add '{field}:'" + (", or write 'none' if there is no value" if kind and kind.optional else "")
        subject = record.subject
        if not row.context.has(record):
            hint = "remove the reference, or extend the 'for' of that record"
            place, subject = next(_references_to(record, row), (place, subject))
        elif field in record.facts:
            first = record.facts[field].alternatives[0]
            named = sorted(row.ids & known)
            place, is_later = first.place, first.since is not None and first.since > self.context.day
            hint = "add a value for earlier dates" if is_later else "add a value that applies here"
            hint = f"add '{named[0]}:'" if named and not is_later else hint
        library = row.context.library
        hint = error.hint or hint
        finding = Finding(error.code, message, place, hint, subject=subject, library=library)
        self.missing.setdefault((field, error.code), []).append(finding)

    def _facts(self, field: FieldPath, row: TableRow) -> list[Found]:
        """The facts at the end of a path. A list of references leads to several."""
        if len(field.path) == len(row.records) == 1:  # the common case
            record = row.records[0]
            fact = self.fact(record, field.path[0], row) if record.dataset == field.dataset else None
            return [] if fact is None else [Found(fact, record, row)]
        (_, records), *following = steps_of(field, row, lambda source, record, name: self.fact(record, name, source))
        for _, records in following:
            self.referred_records += [record for record, _ in records]
        facts = [(self.fact(record, field.path[-1], source), record, source) for record, source in records]
        return [Found(fact, record, source) for fact, record, source in facts if fact is not None]

    def cell(self, column: Column, row: TableRow, first: Cell | None) -> Cell:
        """The cell of a row in a column. `first` is the first cell of the row, the title of notes about values."""
        of_cell = row_of_cell(row, column, self.context)
        if of_cell is None:
            spans = none_spans(column)
            return Cell((Line(0, spans),) if spans else no_value(self.language.text("not stated")))
        own_notes = self._own_notes(column, row, of_cell, first) if column.across_rows else ()
        row = of_cell
        facts = [self._facts(field, row) for field in column.fields]
        kind: CellKind = "typed" if column.is_typed else "text" if first else "name"
        fact, _, source = facts[0][0] if len(facts) == len(facts[0]) == 1 else (None, None, row)
        is_plain = column.is_plain and fact is not None and not isinstance(fact.value, (List, Qualified, Verbatim))
        if fact is not None and is_plain and not fact.note:  # the common case
            spans = self._spans(fact.value, column, fact.places, source)
            lines = (Line(0, spans, ranges_of(fact.value)),) if spans else self._no_value(column)
            kind = "typed" if first and isinstance(fact.value, Absent) else kind  # `none` does not count as text
            return Cell(lines, fact.places, own_notes, column.presentation.align, kind=kind)
        if any(is_verbatim(found.fact.value) for several in facts for found in several):
            kind = "verbatim"
        cell = self._general_cell(column, row, facts, first)
        return replace(cell, notes=tuple(dict.fromkeys((*cell.notes, *own_notes))), kind=kind)

    def _own_notes(self, column: Column, row: TableRow, of_cell: TableRow, first: Cell | None) -> tuple[int, ...]:
        """The notes that the records of a row have only in a column, such as those of an own file of its library."""
        usual = {record.dataset: record.facts.get("note") for record in row.records}
        numbers: list[int] = []
        for record in of_cell.records:
            if record.dataset in usual and (note := self.note_of(record, of_cell)) is not None:
                known = usual[record.dataset]
                shown = row.context.applicable(known, row.ids) if known else None
                if shown is None or note.place != shown.place:
                    title = self._title(column, first, record.id)
                    text, places = note.value, (note.place,)
                    numbers += self.notes.numbers(title, text, places, of_cell.context, record.subject)
        return tuple(numbers)

    def note_of(self, record: Record, row: TableRow) -> Alternative[Notes] | None:
        """The notes of a record in a row, with the shared ones as texts; None if there are none."""
        if "note" not in record.facts or self.fact(record, "note", row) is None:
            return None
        found = row.alternative(record, "note")
        return cast("Alternative[Notes]", found) if found is not None and isinstance(found.value, Notes) else None

    def _title(self, column: Column, first: Cell | None, default: str) -> str:
        """The title of a note about a cell: the first cell of the row, and the header of a column of a record."""
        heads = [head for head in (column.above, column) if head is not None] if column.across_rows else []
        header = ": ".join(known(header_text(head, self.context, self.report).text) for head in heads)
        return ", ".join(filter(None, (text_of(first, default), header)))

    def _general_cell(self, column: Column, row: TableRow, facts: list[list[Found]], first: Cell | None) -> Cell:
        """The cell of any number of facts. `facts` are those of each field of the column."""
        lines: list[Line] = []
        places: list[Place] = []
        notes: list[int] = []
        stacked = len(column.fields) > 1 or column.presentation.joiner == ("\n", "\n")
        level = 0
        for part, field_facts in zip(column.by_field, facts, strict=True):
            pieces: list[Line] = []
            for found in field_facts:
                fact = found.fact
                places.extend(fact.places)
                values = items_in(fact.value) if stacked else (fact.value,)
                shown = ((self._shown(value, part, found, row, places), value) for value in values)
                pieces.extend(Line(level, spans, ranges_of(value)) for spans, value in shown if spans)
                title = self._title(column, first, str(fact)) if fact.note or notes_in(fact.value) else ""
                all_notes = [(title, fact.note)] if fact.note else []
                all_notes += [(f"{title}, {item.text}", item.note) for item in notes_in(fact.value) if item.note]
                context, subject = found.row.context, row.records[0].subject
                for about, each in all_notes:
                    notes += self.notes.numbers(about, each, fact.places, context, subject)
            if stacked or len(pieces) == 1:
                lines.extend(pieces)
            elif pieces:
                joined = self._joined([piece.spans for piece in pieces], column)
                lines.append(Line(0, joined, normalize([r for piece in pieces for r in piece.versions])))
            level += 1 if pieces else 0
        if isinstance(column.link, FieldPath) and lines:
            lines[0] = self._linked(lines[0], column.link, row, places)
        found_lines = tuple(lines) or self._no_value(column)
        return Cell(found_lines, tuple(places), tuple(dict.fromkeys(notes)), column.presentation.align)

    def _shown(
        self, value: Value, column: Column, found: Found, row: TableRow, places: list[Place]
    ) -> tuple[Span, ...]:
        """A value with the text and the link that the templates of the column give it. Adds their facts to `places`."""
        if isinstance(value, List):
            return self._joined([self._shown(item, column, found, row, places) for item in value.items], column)
        if isinstance(value, Qualified):
            spans = self._shown(value.value, column, found, row, places)
            return self._on_condition(spans, value.when, column, found.fact.places, found.row)
        spans = self._spans(value, column, found.fact.places, found.row)
        if not spans or isinstance(value, Absent):
            return spans
        column = replace(column, shows=(None,)) if isinstance(value, Verbatim) else column
        return self.decorated(spans, column, found, row, places)

    def decorated(
        self, spans: tuple[Span, ...], column: Column, found: Found, row: TableRow, places: list[Place]
    ) -> tuple[Span, ...]:
        """The spans of a value with the text and the link of the column."""
        if column.show is not None:
            spans, read = self.templates.shown(
                column.show, spans, found, row, partial(text_of_other, column, self.language)
            )
            places.extend(read)
        if isinstance(column.link, Template):
            target, read = self.templates.target(column.link, found, row)
            places.extend(read)
            spans = tuple(replace(span, target=target) for span in spans) if target else spans
        return spans

    def merged(self, column: Column, rows: list[TableRow]) -> tuple[Line, ...] | None:
        """The lines of a cell for several rows, as `merged_versions`; None also if their texts or links differ."""
        lines = merged_versions(column, rows)
        if lines is None or column.is_plain:
            return lines
        found: list[Line] = []
        for row in rows:
            places: list[Place] = []
            spans = self.decorated(lines[0].spans, column, self._facts(column.fields[0], row)[0], row, places)
            line = replace(lines[0], spans=spans)
            found.append(self._linked(line, column.link, row, places) if isinstance(column.link, FieldPath) else line)
        return (found[0],) if all(line == found[0] for line in found) else None

    def _no_value(self, column: Column) -> tuple[Line, ...]:
        """The lines of a cell without a value. Among states it is in words, since a blank could mean "no".

        It is blank if the words of the column for `none` are, and HTML still shows that there is no value.
        """
        if self.definition.layout_in(self.context) == "list":
            return ()
        states = any(field.kind is not None and field.kind.name == "support" for field in column.fields)
        return no_value(column.presentation.words.get(NONE, self.language.text("not stated") if states else None))

    def _linked(self, line: Line, field: FieldPath, row: TableRow, places: list[Place]) -> Line:
        for fact, _, _ in self._facts(field, row):
            places.extend(fact.places)
            if isinstance(link := unqualified(fact.value), Link):
                target = link.text
                return replace(line, spans=tuple(replace(span, target=target) for span in line.spans))
        return line

    def _joined(self, parts: list[tuple[Span, ...]], column: Column) -> tuple[Span, ...]:
        comma, last = column.presentation.joiner or (self.language.text("list.comma"),) * 2
        shown = [spans for spans in parts if spans]
        between = ["", *[comma] * (len(shown) - 2), last][: len(shown)]
        joined = zip(between, shown, strict=True)
        return tuple(span for text, spans in joined for span in (*([Span("text", text)] if text else []), *spans))

    def _on_condition(
        self, spans: tuple[Span, ...], when: str, column: Column, places: tuple[Place, ...], row: TableRow
    ) -> tuple[Span, ...]:
        """The spans of a value with its condition, if it has one."""
        inline = self.notes.inline(when, places, row.context) if when else ()
        return with_condition(spans, Span("markdown", when, "", inline), column) if when else spans

    def _spans(self, value: Value, column: Column, places: tuple[Place, ...], row: TableRow) -> tuple[Span, ...]:
        if isinstance(value, Absent):
            return none_spans(column)
        if isinstance(value, Versions):
            return version_spans(value.set, column, written=value.single)
        if isinstance(value, Support):
            return support_spans(value, column, self.language)
        if isinstance(value, Lifecycle):
            return lifecycle_spans(value, column, self.context.day, self.language)
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
        if isinstance(value, Day):
            return (Span("code" if column.presentation.code else "unbroken", day_text(value, column, self.language)),)
        return (Span("code" if column.presentation.code else "text", value.text),) if value.text else ()


def text_of(cell: Cell | None, default: str) -> str:
    """The text of the first line of a cell; `default` if there is none."""
    return plain_text(cell.lines[0].spans) if cell is not None and cell.lines else default


def _references_to(record: Record, row: TableRow) -> Iterator[tuple[Place, tuple[str, str]]]:
    """The places in the records of a row where they refer to a record, each with the record that does."""
    for owner in row.records:
        for name in owner.facts:
            found = row.alternative(owner, name)
            for item in plain_items(found.value) if found is not None else ():
                if isinstance(item, Reference) and (item.dataset, item.id) == record.subject:
                    yield item.place, owner.subject
