"""Tables as grids of cells: what renderers see. Complete, frozen, each cell with the places of its facts."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from datetime import date
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from sitegen.facts.values import STAGES, STATES, Lifecycle
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.markdown.inline import plain

if TYPE_CHECKING:
    from sitegen.facts.version_ranges import Range
    from sitegen.findings import Place
    from sitegen.markdown.inline import Inline

NONE = "none"  # no state of support, but that nothing is stated
SpanKind = Literal["text", "code", "state", "markdown"]


@frozen
class Span:
    """A piece of a cell.

    The `text` of a `state` is a word of STATES or STAGES, or NONE for a cell without a value; each format signs it its
    own way. `words` are those that the column has for it, if any.
    """

    kind: SpanKind
    text: str
    target: str = ""
    inline: Inline = ()
    words: str | None = None

    @property
    def label(self) -> str:
        """A state in words: those of the column, else its own. A missing value has none."""
        return self.words or STATES.get(self.text) or (STAGES[self.text][0] if self.text in STAGES else "")


def state_class(span: Span) -> str:
    """The classes of a state in HTML: `state`, and its own word."""
    return f"state {span.text.replace(' ', '-')}"


@frozen
class Line:
    """One line of a cell; `level` counts the lines above that it belongs to. `versions` is the set that it states."""

    level: int
    spans: tuple[Span, ...]
    versions: tuple[Range, ...] = ()


def write_spans(spans: tuple[Span, ...], write: Callable[[Span], str], link: Callable[[str, str], str]) -> str:
    """Spans as text. Neighbours that lead to one target are one link, of their text to the target."""
    if len(spans) == 1 and not spans[0].target:  # the common case
        return write(spans[0])
    out = []
    for target, group in groupby(spans, key=lambda span: span.target):
        text = "".join([write(span) for span in group])
        out.append(link(text, target) if target else text)
    return "".join(out)


def plain_text(spans: tuple[Span, ...], state: Callable[[Span], str] = lambda span: span.label) -> str:
    """Spans as plain text, without markup. `state` returns the words for a state."""
    return "".join([_plain(span, state) for span in spans])


def _plain(span: Span, state: Callable[[Span], str]) -> str:
    if span.kind == "markdown":
        return plain(span.inline, lambda _: "")
    return state(span) if span.kind == "state" else span.text


# The lines of a cell without a value. A format distinguishes it from "no".
NO_VALUE = (Line(0, (Span("state", NONE),)),)
NOT_STATED = (Line(0, (Span("state", NONE, words="not stated"),)),)


@frozen
class Cell:
    """A cell of a row and a column, with the places of its facts and the numbers of its notes."""

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
    """The cells of a row, the (dataset, id) of its records, and other names by which people look for it.

    `library` is the one whose values it shows.
    """

    records: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]
    names: tuple[str, ...] = ()
    library: str = ""


@frozen
class Timeline:
    """The lifecycles of a table, each with the number of its row and a label, and the day of the build."""

    day: date
    rows: tuple[tuple[int, str, Lifecycle], ...]


@frozen_without_eq
class TableBody(WithCachedProperties):
    """The rows of a table, all its notes, its timeline, and the places of every fact that these come from.

    Tables that differ in their headers only share one; it is equal to itself alone.
    """

    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    timeline: Timeline | None
    places: frozenset[Place]

    @cached_property
    def records(self) -> ReadOnly[str, frozenset[tuple[str, str]]]:
        """The (dataset, id) of all records in the rows, by the library whose values they show."""
        libraries = dict.fromkeys(row.library for row in self.rows)
        return {
            library: frozenset(record for row in self.rows if row.library == library for record in row.records)
            for library in libraries
        }

    @cached_property
    def files(self) -> frozenset[str]:
        """The files of the places."""
        return frozenset(place.file for place in self.places)


@frozen_without_eq
class Table(WithCachedProperties):
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
