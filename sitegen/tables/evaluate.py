"""Evaluating tables: a definition, in a context, becomes a grid of cells, shared by all contexts where it is the same.

A missing value is a finding, and its cell stays empty.
"""

from __future__ import annotations

import html
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sitegen.evaluation.context import Context, Fact, SharedResults, display
from sitegen.evaluation.views import Names
from sitegen.facts.alternatives import Varying, in_period
from sitegen.facts.datasets import PRODUCTS, Record, items_of
from sitegen.facts.values import (
    Absent,
    Day,
    Lifecycle,
    Link,
    List,
    Markdown,
    Reference,
    Support,
    Text,
    Value,
    Versions,
    is_target,
)
from sitegen.facts.version_ranges import normalize
from sitegen.facts.versions import unite
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.markdown.inline import Anchor, Inline, Tag, link_names, parse_inline, pieces_of, resolved
from sitegen.tables.cells import (
    day_text,
    lifecycle_spans,
    none_spans,
    stated_versions,
    support_spans,
    version_spans,
)
from sitegen.tables.grids import (
    NO_VALUE,
    NOT_STATED,
    Cell,
    Line,
    Note,
    Row,
    Span,
    Table,
    TableBody,
    Timeline,
    plain_text,
)
from sitegen.tables.rows import TableRow, may_name, row_groups, steps_of
from sitegen.templates.placeholders import known
from sitegen.templates.template import MARK, BrokenError, MissingError, Template, TemplateProblem

if TYPE_CHECKING:
    from sitegen.tables.definitions import Column, Definition, Field


class Tables:
    """The tables of a site on a day. Each is evaluated once for all products for which it is the same.

    Headers often print the name of the product, so rows are kept apart from them.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._tables: SharedResults[Table] = SharedResults()
        self._bodies: SharedResults[TableBody] = SharedResults()

    def table(self, definition: Definition, context: Context) -> Table:
        """What a table shows in a context. Each missing value is a finding, and its cell stays empty."""
        key = (definition.id, context.library, context.is_open)
        found = self._tables.find(key, context)
        if found is None:
            own = context.fresh()
            columns = columns_of(definition, own)
            head = _Evaluation(definition, own, self._report).head(columns)
            places = frozenset(own.reads.places)
            body = self._body(definition, own, columns, head)
            file = definition.place.file
            found = Table(definition.id, file, head.caption, definition.layout, head.headers, body, places)
            self._tables.add(key, own, found)
            context.add_reads(own)
        return found

    def _body(self, definition: Definition, context: Context, columns: list[Column], head: Head) -> TableBody:
        """The rows below a head."""
        key = (definition.id, context.library, head.notes, tuple(map(id, columns)))
        found = None if head.notes else self._bodies.find(key, context)
        if found is None:
            own = context.fresh()
            found = _Evaluation(definition, own, self._report).body(columns, head.notes)
            self._bodies.add(key, own, found)
            context.add_reads(own)
        return found


_COMMA = Span("text", ", ")


@frozen
class Head:
    """The caption of a table, its headers and their notes."""

    caption: str
    headers: tuple[Cell, ...]
    notes: tuple[Note, ...]


class _Evaluation:
    def __init__(self, definition: Definition, context: Context, report: Report) -> None:
        self.definition = definition
        self.context = context
        self.report = report
        self.names = Names(context)
        self.notes: list[Note] = []
        self._referred_records: list[Record] = []

    def head(self, columns: list[Column]) -> Head:
        headers = tuple(self._header(column) for column in columns)
        caption = self._text(self.definition.caption).text if self.definition.caption else ""
        return Head(caption, headers, tuple(self.notes))

    def body(self, columns: list[Column], notes: tuple[Note, ...]) -> TableBody:
        self.notes += notes
        rows: list[Row] = []
        members: list[list[TableRow]] = []
        for group in row_groups(self.definition, self.context, self._lacks) if columns else ():
            built = [self._row(columns, row) for row in group]
            for row, of in _unite(built, columns, group) if len(built) > 1 else ((built[0], group),):
                rows.append(row)
                members.append(of)
        timeline = self._timeline(columns, rows, members)
        return TableBody(tuple(rows), tuple(self.notes), timeline, frozenset(self.context.reads.places))

    def _timeline(self, columns: list[Column], rows: list[Row], members: list[list[TableRow]]) -> Timeline | None:
        """The lifecycles that a column shows, each with the text of the first cell of its row."""
        found = []
        for column in columns:
            field = column.fields[0]
            kind = self.context.datasets[field.dataset].fields.get(field.path[0])
            if kind is None or kind.name != "lifecycle":
                continue
            for number, (row, united) in enumerate(zip(rows, members, strict=True)):
                for member in united:
                    record = next(record for record in member.records if record.dataset == field.dataset)
                    fact = self._fact(record, field.path[0], member)
                    if fact is not None and isinstance(fact.value, Lifecycle):
                        label = self._cell(columns[0], member, None) if len(united) > 1 else row.cells[0]
                        text = plain_text(label.lines[0].spans) if label.lines else record.id
                        found.append((number, text, fact.value))
        return Timeline(self.context.day, tuple(found)) if found else None

    def _text(self, varying: Varying[Template]) -> Filled:
        alternative = self.context.holding(varying)
        if alternative is None:
            first = varying.alternatives[0].place
            message = f"no text holds on {self.context.day}"
            self.report(Finding("missing-value", message, first, "add a text for the days before"))
            return Filled("", ())
        return fill_text(alternative.value, self.names, alternative.place, self.report) or Filled("", ())

    def _header(self, column: Column) -> Cell:
        filled = self._text(column.header)
        notes = (self._note(known(filled.text), column.note, (column.place,), self.context),) if column.note else ()
        return Cell((Line(0, (Span("text", filled.text),)),), filled.places, notes)

    def _note(
        self,
        title: str,
        text: str,
        places: tuple[Place, ...],
        context: Context,
        subject: tuple[str, str] | None = None,
    ) -> int:
        inline = self._inline(text, places, context, subject)
        for note in self.notes:
            if (note.title, note.inline) == (title, inline):
                return note.number
        self.notes.append(Note(len(self.notes) + 1, title, inline, places))
        return len(self.notes)

    def _inline(
        self, text: str, places: tuple[Place, ...], context: Context, subject: tuple[str, str] | None = None
    ) -> Inline:
        """Markdown of a cell or a note, with its links resolved."""
        inline = resolved(parse_inline(text, context.link_names.__contains__), context.link)
        for piece in pieces_of(inline):
            if isinstance(piece, Tag):
                tag = "".join(str(part) for part in piece.parts)
                self.report(Finding("foreign-tag", f"'{tag}' cannot stand in the Markdown of a fact", places[0]))
            elif isinstance(piece, Anchor) and not piece.name:
                target = "".join(str(part) for part in piece.target)
                if not is_target(html.unescape(target)):
                    self.report(Finding("bad-link", f"'{target}' is not the target of a link", places[0]))
        for name in link_names(inline):
            try:
                context.target(name)
            except BrokenError:
                pass  # reported elsewhere
            except MissingError as error:
                hint = did_you_mean(name, context.link_names) if error.code == "unknown-link" else ""
                place = places[0] if places else self.definition.place
                library = context.library if subject else ""
                self.report(Finding(error.code, str(error), place, hint, subject=subject, library=library))
        return inline

    def _row(self, columns: list[Column], row: TableRow) -> Row:
        cells: list[Cell] = []
        self._referred_records.clear()
        for column in columns:
            cells.append(self._cell(column, row, cells[0] if cells else None))
        for record in row.records:
            if "note" in record.facts:
                fact = self._fact(record, "note", row)
                if cells and fact and isinstance(fact.value, Markdown):
                    title = plain_text(cells[0].lines[0].spans) if cells[0].lines else record.id
                    number = self._note(title, fact.value.text, fact.places, row.context, record.subject)
                    cells[0] = replace(cells[0], notes=(*cells[0].notes, number))
        ids = tuple(record.subject for record in row.records)
        return Row(ids, tuple(cells), self._names(columns[0], row), row.context.library)

    def _names(self, first: Column, row: TableRow) -> tuple[str, ...]:
        """Former names and aliases of the records that a row is of or refers to, and the ids of those it refers to."""
        found = dict.fromkeys([record.id for record in self._referred_records])
        for record in (*row.records, *self._referred_records):
            found.update(dict.fromkeys([scalar.text for scalar in (*record.was, *record.aliases)]))
            ids = row.ids | {record.id}
            for name in dict.fromkeys(["name", *(f.path[0] for f in first.fields if f.dataset == record.dataset)]):
                found.update(dict.fromkeys(row.context.former(record, name, ids)))
        return tuple(found)

    def _fact(self, record: Record, field: str, row: TableRow) -> Fact | None:
        try:
            return row.context.fact(record, field, row.ids)
        except BrokenError:
            return None
        except MissingError as error:
            self._lacks(row, record, field, str(error))
            return None

    def _lacks(self, row: TableRow, record: Record, field: str, message: str) -> None:
        """Report a missing value: there is none at all, or none that applies here on this day."""
        if may_name(self.definition, self.context.facts):
            product = row.context.product if PRODUCTS in self.definition.datasets else ""
            message += f" for {row.context.at(product, row.context.library).name}"
        place = record.place
        kind = self.context.datasets[record.dataset].fields.get(field)
        hint = f"add '{field}:'" + (", or 'none' for meant absence" if kind and kind.optional else "")
        if field in record.facts:
            first = record.facts[field].alternatives[0]
            place, held = first.place, first.since is not None and first.since > self.context.day
            hint = "add a value for the days before" if held else "add a value that holds here"
        library = row.context.library
        self.report(Finding("missing-value", message, place, hint, subject=record.subject, library=library))

    def _facts(self, field: Field, row: TableRow) -> list[tuple[Fact, TableRow]]:
        """The facts at the end of a path, each with the row it is of; a list of references leads to several."""
        if len(field.path) == len(row.records) == 1:  # the common case
            fact = self._fact(row.records[0], field.path[0], row) if row.records[0].dataset == field.dataset else None
            return [] if fact is None else [(fact, row)]
        (_, found), *following = steps_of(field, row, lambda of, record, name: self._fact(record, name, of))
        for _, found in following:
            self._referred_records += [record for record, _ in found]
        facts = [(self._fact(record, field.path[-1], of), of) for record, of in found]
        return [(fact, of) for fact, of in facts if fact is not None]

    def _cell(self, column: Column, row: TableRow, first: Cell | None) -> Cell:
        """The cell of a row in a column; a note about its value is titled by the row's first cell."""
        facts = [self._facts(field, row) for field in column.fields]
        if len(facts) == len(facts[0]) == 1 and not facts[0][0][0].note and column.link is None:  # the common case
            only, of = facts[0][0]
            spans = self._spans(only.value, column, only.places, of)
            lines = (Line(0, spans, stated_versions(only.value)),) if spans else self._no_value(column)
            return Cell(lines, only.places)
        return self._any_cell(column, row, facts, first)

    def _any_cell(
        self, column: Column, row: TableRow, facts: list[list[tuple[Fact, TableRow]]], first: Cell | None
    ) -> Cell:
        """The cell of any facts, listed by field."""
        lines: list[Line] = []
        places: list[Place] = []
        notes: list[int] = []
        stacked = len(column.fields) > 1
        level = 0
        for found in facts:
            pieces: list[Line] = []
            for fact, of in found:
                places.extend(fact.places)
                values = items_of(fact.value) if stacked else (fact.value,)
                written = ((self._spans(value, column, fact.places, of), value) for value in values)
                pieces.extend(Line(level, spans, stated_versions(value)) for spans, value in written if spans)
                if fact.note:
                    title = plain_text(first.lines[0].spans) if first and first.lines else str(fact)
                    notes.append(self._note(title, fact.note, fact.places, of.context, row.records[0].subject))
            if stacked or len(pieces) == 1:
                lines.extend(pieces)
            elif pieces:
                joined = [span for piece in pieces for span in (_COMMA, *piece.spans)][1:]
                lines.append(Line(0, tuple(joined), normalize([r for piece in pieces for r in piece.versions])))
            level += 1 if pieces else 0
        if column.link is not None and lines:
            lines[0] = self._linked(lines[0], column.link, row, places)
        return Cell(tuple(lines) or self._no_value(column), tuple(places), tuple(notes))

    def _no_value(self, column: Column) -> tuple[Line, ...]:
        """The lines of a cell without a value. Among states it is in words, since a blank may mean "no" there."""
        if self.definition.layout == "list":
            return ()
        states = any(field.kind is not None and field.kind.name == "support" for field in column.fields)
        return NOT_STATED if states else NO_VALUE

    def _linked(self, line: Line, field: Field, row: TableRow, places: list[Place]) -> Line:
        for fact, _ in self._facts(field, row):
            places.extend(fact.places)
            if isinstance(fact.value, Link):
                target = fact.value.text
                return replace(line, spans=tuple(replace(span, target=target) for span in line.spans))
        return line

    def _spans(self, value: Value, column: Column, places: tuple[Place, ...], row: TableRow) -> tuple[Span, ...]:
        if isinstance(value, Text):
            return (Span("code" if column.code else "text", value.text),) if value.text else ()
        if isinstance(value, Absent):
            return none_spans(column)
        if isinstance(value, Versions):
            return version_spans(value.set, column, written=value.single)
        if isinstance(value, Support):
            return support_spans(value, column)
        if isinstance(value, Lifecycle):
            return lifecycle_spans(value, column, self.context.day)
        if isinstance(value, List):
            parts = [self._spans(item, column, places, row) for item in value.items]
            return tuple(span for spans in parts for span in (_COMMA, *spans))[1:]
        if isinstance(value, Reference):
            found = row.referred(value)
            if found is None:  # which is reported where it is read
                return ()
            self._referred_records.append(found[0])
            fact = self._fact(found[0], "name", found[1])
            return (Span("text", display(fact.value)),) if fact else ()
        if isinstance(value, Link):
            return (Span("text", value.text, value.text),)
        if isinstance(value, Markdown):
            return (Span("markdown", value.text, "", self._inline(value.text, places, row.context)),)
        text = day_text(value, column) if isinstance(value, Day) else value.text
        return (Span("code" if column.code else "text", text),) if text else ()


def columns_of(definition: Definition, context: Context) -> list[Column]:
    """The columns that a table has in a context."""
    day, ids = context.day, context.ids
    for column in definition.columns:
        context.read_scope([scalar.text for scalar in column.scope])
    return [
        column
        for column in definition.columns
        if (not column.scope or not ids.isdisjoint(scalar.text for scalar in column.scope))
        and in_period(column.since, column.until, day)
    ]


def _unite(rows: list[Row], columns: list[Column], group: list[TableRow]) -> list[tuple[Row, list[TableRow]]]:
    """Unite neighbours that differ in one column of versions only, where their sets touch."""
    united = rows[:1]
    members = [group[:1]]
    for row, of in zip(rows[1:], group[1:], strict=True):
        before = united[-1]
        differing = [i for i, cell in enumerate(row.cells) if cell.lines != before.cells[i].lines]
        merged = None
        if len(differing) == 1:
            merged = _united_cell(columns[differing[0]], [*members[-1], of])
        if merged is None:
            united.append(row)
            members.append([of])
            continue
        members[-1].append(of)
        cells = [
            replace(
                cell, places=(*before.cells[i].places, *cell.places), lines=merged if i in differing else cell.lines
            )
            for i, cell in enumerate(row.cells)
        ]
        names = tuple(dict.fromkeys((*before.names, *row.names)))
        united[-1] = replace(before, records=(*before.records, *row.records), cells=tuple(cells), names=names)
    return [*zip(united, members, strict=True)]


def _united_cell(column: Column, rows: list[TableRow]) -> tuple[Line, ...] | None:
    sets = []
    for row in rows:
        field = column.fields[0]
        record = next(record for record in row.records if record.dataset == field.dataset)
        found = row.stated(record, field.path[0]) if len(field.path) == 1 else None
        if found is None or not isinstance(found.value, Versions) or found.value.single:
            return None
        sets.append(found.value.set)
    whole = unite(sets)
    return (Line(0, version_spans(whole, column), whole.ranges),) if whole is not None else None


class Filled(NamedTuple):
    """A filled text, and the facts that it prints."""

    text: str
    facts: tuple[Fact, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of the facts."""
        return tuple(place for fact in self.facts for place in fact.places)


def fill_text(template: Template, names: ReadOnly[str, object], place: Place, report: Report) -> Filled | None:
    """Fill a template of plain text, such as a header or a path. A problem becomes a finding, and None."""
    try:
        text, facts = template.fill(names)
    except BrokenError:
        return None
    except TemplateProblem as problem:
        report(replace(problem.finding(), place=place, hint=""))
        return None
    return Filled(MARK.sub(lambda match: str(facts[int(match[1])]), text), facts)
