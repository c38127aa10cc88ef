"""Tables as grids of cells: what renderers see. Complete, frozen, each cell with the places of its facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sitegen.findings import Place
from sitegen.inline import Inline
from sitegen.values import Lifecycle

SpanKind = Literal["text", "code", "state", "markdown"]


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a cell. A `state` span holds a word of STATES, which each dialect signs its own way."""

    kind: SpanKind
    text: str
    target: str = ""
    inline: Inline = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a cell; `level` counts the lines it stands below."""

    level: int
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """What stands in a row and a column, the places of the facts, and the numbers of its notes."""

    lines: tuple[Line, ...]
    places: tuple[Place, ...] = ()
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A note below a table, in Markdown, about `title`."""

    number: int
    title: str
    inline: Inline
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row, and the (dataset, id) of the records they are of."""

    records: tuple[tuple[str, str], ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Timeline:
    """The lifecycles of the rows of a table, and the day of the build."""

    day: date
    rows: tuple[tuple[str, Lifecycle], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A grid: every row has a cell for every header.

    `places` are those of every fact that anything in it was read or computed from.
    """

    id: str
    caption: str
    layout: str
    headers: tuple[Cell, ...]
    rows: tuple[Row, ...]
    notes: tuple[Note, ...]
    timeline: Timeline | None
    places: frozenset[Place]
    sources: tuple[str, ...]
