"""Tables as grids of cells: what renderers see. Complete, frozen, each cell with the places of its facts."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import Literal

from sitegen.findings import Place
from sitegen.frozen import Remembering, frozen, frozen_apart
from sitegen.inline import Inline
from sitegen.values import Lifecycle
from sitegen.version_ranges import Range

SpanKind = Literal["text", "code", "state", "markdown"]


@frozen
class Span:
    """A piece of a cell. A `state` span holds a word of STATES, which each dialect signs its own way."""

    kind: SpanKind
    text: str
    target: str = ""
    inline: Inline = ()


@frozen
class Line:
    """One line of a cell; `level` counts the lines it stands below. `versions` is the set that its text states."""

    level: int
    spans: tuple[Span, ...]
    versions: tuple[Range, ...] = ()


@frozen
class Cell:
    """What stands in a row and a column, the places of the facts, and the numbers of its notes."""

    lines: tuple[Line, ...]
    places: tuple[Place, ...] = ()
    notes: tuple[int, ...] = ()


@frozen
class Note:
    """A note below a table, in Markdown, about `title`."""

    number: int
    title: str
    inline: Inline
    places: tuple[Place, ...]


@frozen
class Row:
    """The cells of a row, the (dataset, id) of the records they are of, and other names by which people look for it."""

    records: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    names: tuple[str, ...] = ()


@frozen
class Timeline:
    """The lifecycles of a table, each with the number of its row and a label, and the day of the build."""

    day: date
    rows: tuple[tuple[int, str, Lifecycle], ...]


@frozen_apart
class TableBody(Remembering):
    """The rows of a table, all its notes, its timeline, and the places of every fact that these come from.

    Tables that differ in their headers only share one; it is equal to itself alone.
    """

    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    timeline: Timeline | None
    places: frozenset[Place]

    @cached_property
    def records(self) -> frozenset[tuple[str, str]]:
        """The (dataset, id) of all records in the rows."""
        return frozenset(record for row in self.rows for record in row.records)

    @cached_property
    def files(self) -> frozenset[str]:
        """The files of the places."""
        return frozenset(place.file for place in self.places)


@frozen_apart
class Table(Remembering):
    """A grid: every row has a cell for every header. `file` is where it is defined; equal to itself alone."""

    id: str
    file: str
    caption: str
    layout: str
    headers: tuple[Cell, ...]
    body: TableBody
    head_places: frozenset[Place]

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
        """The places of every fact that anything in it was read or computed from."""
        return self.head_places | self.body.places

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The files that it comes from."""
        return tuple(sorted({self.file, *(place.file for place in self.head_places), *self.body.files}))
