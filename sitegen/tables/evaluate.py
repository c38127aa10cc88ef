"""Evaluates tables: definitions to grids of cells. A missing value is a finding, and its cell is empty."""

from __future__ import annotations

import html
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sitegen.evaluation.context import Context, Fact, SharedResults, display
from sitegen.evaluation.views import Names
from sitegen.facts.alternatives import Varying
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
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.markdown.inline import Anchor, Inline, Tag, link_names, parse_inline, pieces_of, resolved
from sitegen.tables.cells import (
    day_text,
    lifecycle_spans,
    merged_versions,
    none_spans,
    ranges_of,
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
    TableHead,
    Timeline,
    plain_text,
)
from sitegen.tables.rows import TableRow, columns_of, may_have_owners, row_groups, steps_of
from sitegen.templates.placeholders import known
from sitegen.templates.template import MARK, BrokenError, MissingError, Template, TemplateProblem

if TYPE_CHECKING:
    from sitegen.tables.definitions import Column, Definition, FieldPath


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
            head = _TableEvaluator(definition, fresh, self._report).head(columns)
            places = frozenset(fresh.reads.places)
            body = self._body(definition, fresh, columns, head)
            file = definition.place.file
            table = Table(definition.id, file, head.caption, definition.layout, head.headers, body, places)
            self._tables.add(key, fresh, table)
            context.add_reads(fresh)
        return table

    def _body(self, definition: Definition, context: Context, columns: list[Column], head: TableHead) -> TableBody:
        """The rows below a head. They are not shared if the head has notes, since notes are numbered from there."""
        key = (definition.id, context.library, head.notes, tuple(map(id, columns)))
        body = None if head.notes else self._bodies.find(key, context)
        if body is None:
            fresh = context.fresh()
            body = _TableEvaluator(definition, fresh, self._report).body(columns, head.notes)
            self._bodies.add(key, fresh, body)
            context.add_reads(fresh)
        return body


_COMMA = Span("text", ", ")


class _TableEvaluator:
    """Evaluates the head or the body of a table in a context."""

    def __init__(self, definition: Definition, context: Context, report: Report) -> None:
        self.definition = definition
        self.context = context
        self.report = report
        self.names = Names(context)
        self.notes: list[Note] = []
        self._referred_records: list[Record] = []

    def head(self, columns: list[Column]) -> TableHead:
        headers = tuple(self._header(column) for column in columns)
        caption = self._text(self.definition.caption).text if self.definition.caption else ""
        return TableHead(caption, headers, tuple(self.notes))

    def body(self, columns: list[Column], notes: tuple[Note, ...]) -> TableBody:
        self.notes += notes
        rows: list[Row] = []
        sources: list[list[TableRow]] = []
        for group in row_groups(self.definition, self.context, self._report_missing) if columns else ():
            evaluated = [self._row(columns, row) for row in group]
            for row, merged in _merged(evaluated, columns, group) if len(evaluated) > 1 else ((evaluated[0], group),):
                rows.append(row)
                sources.append(merged)
        timeline = self._timeline(columns, rows, sources)
        return TableBody(tuple(rows), tuple(self.notes), timeline, frozenset(self.context.reads.places))

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
                    fact = self._fact(record, field.path[0], source)
                    if fact is not None and isinstance(fact.value, Lifecycle):
                        label = self._cell(columns[0], source, None) if len(merged) > 1 else row.cells[0]
                        lifecycles.append((number, _text_of(label, record.id), fact.value))
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
        """The number of a note. The same note is listed once."""
        inline = self._inline(text, places, context, subject)
        for note in self.notes:
            if (note.title, note.inline) == (title, inline):
                return note.number
        self.notes.append(Note(len(self.notes) + 1, title, inline, places))
        return len(self.notes)

    def _inline(
        self, text: str, places: tuple[Place, ...], context: Context, subject: tuple[str, str] | None = None
    ) -> Inline:
        """The parsed Markdown of a cell or a note, with resolved links. Reports problems in it."""
        inline = resolved(parse_inline(text, context.link_names.__contains__), context.link)
        for piece in pieces_of(inline):
            if isinstance(piece, Tag):
                tag = "".join(str(part) for part in piece.parts)
                self.report(Finding("foreign-tag", f"'{tag}' is not allowed in the Markdown of a fact", places[0]))
            elif isinstance(piece, Anchor) and not piece.name:
                target = "".join(str(part) for part in piece.target)
                if not is_target(html.unescape(target)):
                    self.report(Finding("bad-link", f"'{target}' is not a valid link target", places[0]))
        for name in link_names(inline):
            try:
                context.target(name)
            except BrokenError:
                pass  # reported elsewhere
            except MissingError as error:
                hint = did_you_mean(name, context.link_names) if error.code == "unknown-link" else ""
                place, library = places[0] if places else self.definition.place, context.library if subject else ""
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
                    title = _text_of(cells[0], record.id)
                    number = self._note(title, fact.value.text, fact.places, row.context, record.subject)
                    cells[0] = replace(cells[0], notes=(*cells[0].notes, number))
        ids = tuple(record.subject for record in row.records)
        return Row(ids, tuple(cells), self._names(columns[0], row), row.context.library)

    def _names(self, first: Column, row: TableRow) -> tuple[str, ...]:
        """Former names and aliases of the records in a row and of those it refers to, and the ids of the latter."""
        names = dict.fromkeys([record.id for record in self._referred_records])
        for record in (*row.records, *self._referred_records):
            names.update(dict.fromkeys([scalar.text for scalar in (*record.was, *record.aliases)]))
            ids = row.ids | {record.id}
            for name in dict.fromkeys(["name", *(f.path[0] for f in first.fields if f.dataset == record.dataset)]):
                names.update(dict.fromkeys(row.context.former(record, name, ids)))
        return tuple(names)

    def _fact(self, record: Record, field: str, row: TableRow) -> Fact | None:
        try:
            return row.context.fact(record, field, row.ids)
        except BrokenError:
            return None
        except MissingError as error:
            self._report_missing(row, record, field, str(error))
            return None

    def _report_missing(self, row: TableRow, record: Record, field: str, message: str) -> None:
        """Report that a record has no value for a field, or none that applies in the context."""
        if may_have_owners(self.definition, self.context.facts):
            product = row.context.product if PRODUCTS in self.definition.datasets else ""
            message += f" for {row.context.switched(product, row.context.library).name}"
        place = record.place
        kind = self.context.datasets[record.dataset].fields.get(field)
        hint = f"add '{field}:'" + (", or 'none' for intentional absence" if kind and kind.optional else "")
        if not row.context.has(record):
            hint = "do not refer to it here, or add to its 'for'"
        elif field in record.facts:
            first = record.facts[field].alternatives[0]
            place, is_later = first.place, first.since is not None and first.since > self.context.day
            hint = "add a value for earlier dates" if is_later else "add a value that applies here"
        library = row.context.library
        self.report(Finding("missing-value", message, place, hint, subject=record.subject, library=library))

    def _facts(self, field: FieldPath, row: TableRow) -> list[tuple[Fact, TableRow]]:
        """The facts at the end of a path, each with its row. A list of references leads to several."""
        if len(field.path) == len(row.records) == 1:  # the common case
            fact = self._fact(row.records[0], field.path[0], row) if row.records[0].dataset == field.dataset else None
            return [] if fact is None else [(fact, row)]
        (_, records), *following = steps_of(field, row, lambda source, record, name: self._fact(record, name, source))
        for _, records in following:
            self._referred_records += [record for record, _ in records]
        facts = [(self._fact(record, field.path[-1], source), source) for record, source in records]
        return [(fact, source) for fact, source in facts if fact is not None]

    def _cell(self, column: Column, row: TableRow, first: Cell | None) -> Cell:
        """The cell of a row in a column. `first` is the first cell of the row, the title of notes about values."""
        facts = [self._facts(field, row) for field in column.fields]
        if len(facts) == len(facts[0]) == 1 and not facts[0][0][0].note and column.link is None:  # the common case
            fact, source = facts[0][0]
            spans = self._spans(fact.value, column, fact.places, source)
            lines = (Line(0, spans, ranges_of(fact.value)),) if spans else self._no_value(column)
            return Cell(lines, fact.places)
        return self._general_cell(column, row, facts, first)

    def _general_cell(
        self, column: Column, row: TableRow, facts: list[list[tuple[Fact, TableRow]]], first: Cell | None
    ) -> Cell:
        """The cell of any number of facts. `facts` are those of each field of the column."""
        lines: list[Line] = []
        places: list[Place] = []
        notes: list[int] = []
        stacked = len(column.fields) > 1
        level = 0
        for field_facts in facts:
            pieces: list[Line] = []
            for fact, source in field_facts:
                places.extend(fact.places)
                values = items_of(fact.value) if stacked else (fact.value,)
                shown = ((self._spans(value, column, fact.places, source), value) for value in values)
                pieces.extend(Line(level, spans, ranges_of(value)) for spans, value in shown if spans)
                if fact.note:
                    title = _text_of(first, str(fact))
                    notes.append(self._note(title, fact.note, fact.places, source.context, row.records[0].subject))
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
        """The lines of a cell without a value. Among states it is in words, since a blank could mean "no"."""
        if self.definition.layout == "list":
            return ()
        states = any(field.kind is not None and field.kind.name == "support" for field in column.fields)
        return NOT_STATED if states else NO_VALUE

    def _linked(self, line: Line, field: FieldPath, row: TableRow, places: list[Place]) -> Line:
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
            referred = row.referred(value)
            if referred is None:  # reported elsewhere
                return ()
            record, source = referred
            self._referred_records.append(record)
            fact = self._fact(record, "name", source)
            return (Span("text", display(fact.value)),) if fact else ()
        if isinstance(value, Link):
            return (Span("text", value.text, value.text),)
        if isinstance(value, Markdown):
            return (Span("markdown", value.text, "", self._inline(value.text, places, row.context)),)
        text = day_text(value, column) if isinstance(value, Day) else value.text
        return (Span("code" if column.code else "text", text),) if text else ()


def _text_of(cell: Cell | None, default: str) -> str:
    """The text of the first line of a cell; `default` if there is none."""
    return plain_text(cell.lines[0].spans) if cell is not None and cell.lines else default


def _merged(rows: list[Row], columns: list[Column], group: list[TableRow]) -> list[tuple[Row, list[TableRow]]]:
    """Merge consecutive rows that differ in one column of adjacent versions only. Returns rows with their sources."""
    merged = rows[:1]
    sources = [group[:1]]
    for row, source in zip(rows[1:], group[1:], strict=True):
        before = merged[-1]
        differing = [i for i, cell in enumerate(row.cells) if cell.lines != before.cells[i].lines]
        lines = None
        if len(differing) == 1:
            lines = merged_versions(columns[differing[0]], [*sources[-1], source])
        if lines is None:
            merged.append(row)
            sources.append([source])
            continue
        sources[-1].append(source)
        cells = [
            replace(cell, places=(*before.cells[i].places, *cell.places), lines=lines if i in differing else cell.lines)
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
