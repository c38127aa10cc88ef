"""From a place in the sources to the fact that stands there, and on to everything that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass

from sitegen.alternatives import Varying
from sitegen.documents import Document, Partial
from sitegen.facts import Facts, records_of
from sitegen.findings import Place
from sitegen.grids import Cell, Line, Span, Table
from sitegen.values import STAGES, STATES, Lifecycle, List, Value


@dataclass(frozen=True, slots=True)
class Origin:
    """A fact by its names: the field of a record of a dataset. `library` is the one whose own file says it."""

    dataset: str
    record: str
    field: str
    fact: Varying[Value]


@dataclass(frozen=True, slots=True)
class Appearance:
    """Where a fact is shown: a page, what of it (a table and its row, or a sentence), and the text that shows it."""

    path: str
    product: str
    library: str
    where: str
    text: str


def origins(facts: Facts) -> dict[Place, Origin]:
    """Every fact by the place of each of its alternatives."""
    found: dict[Place, Origin] = {}
    for datasets in facts.everywhere():
        for record in records_of(datasets):
            for field, fact in record.facts.items():
                origin = Origin(record.dataset, record.id, field, fact)
                for alternative in fact.alternatives:
                    found.setdefault(alternative.place, origin)
    return found


def appearances(documents: ReadOnly[str, Document], places: Iterable[Place]) -> Iterator[Appearance]:
    """Every cell and sentence that shows, or is computed from, what stands at any of the places."""
    wanted = frozenset(places)
    for path, document in documents.items():
        about = document.about
        for where, text, used in _shown(document):
            if not wanted.isdisjoint(used):
                yield Appearance(path, about.product, about.library, where, text)


def _shown(document: Document) -> Iterator[tuple[str, str, tuple[Place, ...]]]:
    for insert in document.inserts.values():
        yield "sentence", insert.text, insert.places
    for slot in document.slots.values():
        for table in slot.tables if isinstance(slot, Partial) else (slot,):
            yield from _shown_in_table(table)


def _shown_in_table(table: Table) -> Iterator[tuple[str, str, tuple[Place, ...]]]:
    name = table.caption or table.id
    for cell in table.headers:
        yield name, cell_text(cell), cell.places
    for row in table.rows:
        label = cell_text(row.cells[0]) if row.cells else ""
        for cell in row.cells:
            yield f"{name}: {label}", cell_text(cell), cell.places
    for note in table.notes:
        yield f"{name}: note {note.number}", note.title, note.places


def cell_text(cell: Cell) -> str:
    """A cell in plain words."""
    return " ".join(_line_text(line) for line in cell.lines)


def _line_text(line: Line) -> str:
    return "".join(_span_text(span) for span in line.spans)


def _span_text(span: Span) -> str:
    return STATES[span.text] if span.kind == "state" else span.text


def value_text(value: Value) -> str:
    """A value in plain words, a lifecycle level by level."""
    if isinstance(value, Lifecycle):
        levels = [f"{STAGES[level.stage][0]} {'by' if level.by else 'from'} {level.day}" for level in value.levels]
        return ", ".join(levels)
    if isinstance(value, List):
        return ", ".join(value_text(item) for item in value.items)
    return value.text
