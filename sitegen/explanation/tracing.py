"""From a place in the sources to the fact that stands there, and on to everything that shows it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly

from sitegen.alternatives import Varying
from sitegen.cells import plain_text
from sitegen.documents import Document, Partial
from sitegen.facts import Facts, Record
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.grids import Cell, Table
from sitegen.values import STAGES, Lifecycle, List, Value


@frozen
class Origin:
    """A fact by its names: the field of a record."""

    record: Record
    field: str
    fact: Varying[Value]


@frozen
class Appearance:
    """Where a fact is shown: an output, what of it (a table and its row, or a sentence), and the text that shows it.

    `page` is the name of the page, `aap/python`, and `title` that of its product and library in words. `computed`
    says that the text is computed from the fact, and others.
    """

    path: str
    dialect: str
    page: str
    title: str
    where: str
    text: str
    computed: bool


def every_fact(facts: Facts) -> Iterator[Origin]:
    """Every fact of every record, and those that the files of a library change."""
    for record in facts.records():
        for field, fact in record.facts.items():
            yield Origin(record, field, fact)


def origins(facts: Facts) -> dict[Place, Origin]:
    """Every fact by the place of each of its alternatives."""
    found: dict[Place, Origin] = {}
    for origin in every_fact(facts):
        for alternative in origin.fact.alternatives:
            found.setdefault(alternative.place, origin)
    return found


def appearances(documents: ReadOnly[str, Document], places: Iterable[Place]) -> Iterator[Appearance]:
    """Every cell and sentence that shows, or is computed from, what stands at any of the places."""
    wanted = frozenset(places)
    for path, document in documents.items():
        about = document.about
        title = f"{about.product} · {about.library}"
        for where, text, computed in _shown(document, wanted):
            yield Appearance(path, about.dialect, about.page, title, where, text, computed)


def _shown(document: Document, wanted: frozenset[Place]) -> Iterator[tuple[str, str, bool]]:
    for insert in document.inserts.values():
        if not wanted.isdisjoint(insert.places):
            yield "sentence", insert.plain, len(insert.places) > 1
    for slot in document.slots.values():
        for table in slot.tables if isinstance(slot, Partial) else (slot,):
            if not wanted.isdisjoint(table.places):
                for where, text in _shown_in_table(table, wanted):
                    yield where, text, False


def _shown_in_table(table: Table, wanted: frozenset[Place]) -> Iterator[tuple[str, str]]:
    name = table.caption or table.id
    for cell in table.headers:
        if not wanted.isdisjoint(cell.places):
            yield name, _text(cell)
    for row in table.rows:
        for cell in row.cells:
            if not wanted.isdisjoint(cell.places):
                yield f"{name}: {_text(row.cells[0])}", _text(cell)
    for note in table.notes:
        if not wanted.isdisjoint(note.places):
            yield f"{name}: note {note.number}", note.title


def _text(cell: Cell) -> str:
    return " ".join(plain_text(line.spans) for line in cell.lines)


def value_text(value: Value) -> str:
    """A value in plain words, a lifecycle level by level."""
    if isinstance(value, Lifecycle):
        levels = [f"{STAGES[level.stage][0]} {'by' if level.by else 'from'} {level.day}" for level in value.levels]
        return ", ".join(levels)
    if isinstance(value, List):
        return ", ".join(value_text(item) for item in value.items)
    return value.text
