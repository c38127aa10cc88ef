"""Evaluated tables: grids of cells, each with the places of its facts. They are the input of the formats."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from functools import cached_property
from itertools import groupby, islice, product
from typing import Literal

from sitegen.facts.values import Lifecycle
from sitegen.facts.version_ranges import Range
from sitegen.findings import Place
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.markdown.inline import Inline, plain
from sitegen.tables.styles import TableStyle

NONE = "none"  # in place of a state of support: there is no value
SpanKind = Literal["text", "unbroken", "code", "state", "markdown"]
CellKind = Literal["typed", "name", "text", "verbatim"]
"""What a cell contains: values of a type, a name in the first column, other text, or verbatim text."""


@frozen
class Span:
    """A piece of a cell. `unbroken` text, such as a date, stays in one line.

    The `text` of a `state` is a key of STATES or STAGES, or NONE for a cell without a value; the sign for it depends on
    the format. `words` are those of the column for the state, or None. `name` is the state in the language of the site.
    """

    kind: SpanKind
    text: str
    target: str = ""
    inline: Inline = ()
    words: str | None = None
    name: str = ""

    @property
    def label(self) -> str:
        """A state in words: those of the column, or the default ones. Empty for a missing value."""
        return self.words or self.name


def state_class(span: Span) -> str:
    """The classes of a state in HTML: `state`, and its text."""
    return f"state {span.text.replace(' ', '-')}"


@frozen
class Line:
    """One line of a cell. `level` is its depth of indentation. `versions` are the ranges in its value."""

    level: int
    spans: tuple[Span, ...]
    versions: tuple[Range, ...] = ()


def write_spans(spans: tuple[Span, ...], write: Callable[[Span], str], link: Callable[[str, str], str]) -> str:
    """Spans as text. Consecutive spans with the same target become one link: `link(text, target)`."""
    if len(spans) == 1 and not spans[0].target:  # the common case
        return write(spans[0])
    out = []
    for target, group in groupby(spans, key=lambda span: span.target):
        text = "".join([write(span) for span in group])
        out.append(link(text, target) if target else text)
    return "".join(out)


def plain_text(spans: tuple[Span, ...], state: Callable[[Span], str] = lambda span: span.label) -> str:
    """Spans as plain text, without markup. `state` returns the words for a state."""
    return "".join([_plain_span(span, state) for span in spans])


def _plain_span(span: Span, state: Callable[[Span], str]) -> str:
    if span.kind == "markdown":
        return plain(span.inline, lambda _: "")
    return state(span) if span.kind == "state" else span.text


def no_value(words: str | None = None) -> tuple[Line, ...]:
    """The lines of a cell without a value. Formats show it differently from "no"."""
    return (Line(0, (Span("state", NONE, words=words, name=words or ""),)),)


@frozen
class Cell:
    """A cell of a row and a column, with the places of its facts, the numbers of its notes, and its alignment.

    A header has the `width` of its column, in CSS. A cell is shown once for `rows` rows; with 0, a cell above it shows
    the same. `kind` is what its values are.
    """

    lines: tuple[Line, ...]
    places: tuple[Place, ...] = ()
    notes: tuple[int, ...] = ()
    align: str = ""
    rows: int = 1
    kind: CellKind = "typed"
    width: str = ""


@frozen
class Note:
    """A note below a table, in Markdown. `title` is the text that it is about."""

    number: int
    title: str
    inline: Inline
    places: tuple[Place, ...]


@frozen
class Row:
    """The cells of a row, and the (dataset, id) of its records. `names` are other search terms, such as former names.

    `was` are the former ids of each record. `libraries` are those whose values it shows. A row that is not one of
    records has a `number` from 1. Rows of a `section` follow each other, and have the same object as their section.
    """

    records: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    names: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    number: int = 0
    section: Cell | None = None
    was: tuple[tuple[str, ...], ...] = ()

    @property
    def own_id(self) -> str:
        """An id for the row in its table."""
        return f"row-{self.number}" if self.number else "-".join(record for _, record in self.records)

    @property
    def former_ids(self) -> Iterator[str]:
        """The ids that it had under former ids of its records."""
        ids = ((record, *was) for (_, record), was in zip(self.records, self.was, strict=False))
        return islice(map("-".join, product(*ids)), 1, None)

    @property
    def all_cells(self) -> tuple[Cell, ...]:
        """The section and the cells."""
        return self.cells if self.section is None else (self.section, *self.cells)


@frozen
class Timeline:
    """The as-of date, and the lifecycles of a table, each with the number of its row (-1 for none) and a label."""

    day: date
    rows: tuple[tuple[int, str, Lifecycle], ...]


@frozen
class TableHead:
    """The caption of a table, its headers, those above them, and their notes.

    `unmarked` are the notes about the header of each column that is not shown: of sections, or in a list.
    """

    caption: str
    headers: tuple[Cell, ...]
    above: tuple[Cell | None, ...]
    notes: tuple[Note, ...]
    unmarked: tuple[tuple[int, ...], ...]


@frozen_without_eq
class TableBody(WithCachedProperties):
    """The rows of a table, all its notes, its timeline, and the places of all facts that were read for them.

    `leading` is the number of columns whose cells span several rows, before the one that names a row. `in_columns` are
    the records of its columns, each with the library whose values they show. Tables that differ only in their headers
    share it. Equality is identity.
    """

    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    timeline: Timeline | None
    places: frozenset[Place]
    in_columns: frozenset[tuple[str, tuple[str, str]]] = frozenset()
    leading: int = 0

    @cached_property
    def records(self) -> ReadOnly[str, frozenset[tuple[str, str]]]:
        """The (dataset, id) of all records in rows and columns, by the library whose values they show."""
        libraries = dict.fromkeys(library for row in self.rows for library in row.libraries)
        in_rows = ((library, key) for row in self.rows for library in row.libraries for key in row.records)
        shown = {*self.in_columns, *in_rows}
        return {library: frozenset(key for of, key in shown if of == library) for library in libraries}

    @property
    def sections(self) -> Iterator[tuple[Cell | None, list[Row]]]:
        """The rows of each section together."""
        for _, rows in groupby(self.rows, key=lambda row: id(row.section)):
            members = list(rows)
            yield members[0].section, members

    @cached_property
    def kinds(self) -> Counter[CellKind]:
        """The number of cells of each kind."""
        return Counter(cell.kind for row in self.rows for cell in row.all_cells)


@frozen_without_eq
class Table(WithCachedProperties):
    """A grid: each row has a cell for each header. `files` contain its definition. Equality is identity.

    `columns` are the keys of its columns, which are the same on all days. `above` are the headers above those of the
    columns, if any; neighbours below one header have the same object. `style` is that of its definition.
    """

    id: str
    files: frozenset[str]
    caption: str
    layout: str
    columns: tuple[object, ...]
    headers: tuple[Cell, ...]
    above: tuple[Cell | None, ...]
    body: TableBody
    head_places: frozenset[Place]
    style: TableStyle = TableStyle()

    @property
    def widths(self) -> tuple[str, ...]:
        """The widths of its columns; empty if none has one."""
        widths = tuple(cell.width for cell in self.headers)
        return widths if any(widths) else ()

    @property
    def header_groups(self) -> Iterator[tuple[Cell | None, int]]:
        """The headers above those of the columns, each with the number of its columns."""
        for _, cells in groupby(self.above, key=id):
            first, *others = cells
            yield from [(first, len(others) + 1)] if first is not None else [(None, 1)] * (len(others) + 1)

    @property
    def rows(self) -> tuple[Row, ...]:
        """The rows."""
        return self.body.rows

    @property
    def notes(self) -> tuple[Note, ...]:
        """The notes below it."""
        return self.body.notes

    @property
    def timeline(self) -> Timeline | None:
        """The lifecycles of its rows."""
        return self.body.timeline

    @property
    def places(self) -> frozenset[Place]:
        """The places of all facts that were read for it."""
        return self.head_places | self.body.places

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The files with its definition and its facts."""
        return tuple(sorted({*self.files, *(place.file for place in self.places)}))
