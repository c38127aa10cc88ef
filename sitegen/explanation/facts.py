"""The explanation of a fact: where it is defined, its values over time, what shows it, and what is computed from it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from datetime import date
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

from sitegen.changes.days import days_of_fact
from sitegen.documents.documents import Document, Insert, Partial
from sitegen.evaluation.context import Context
from sitegen.facts.alternatives import Varying
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Facts, Record, is_by_record
from sitegen.facts.lifecycles import level_in_words
from sitegen.facts.values import Lifecycle, List, Value
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.languages.catalogue import english
from sitegen.languages.date_styles import ISO
from sitegen.markdown.inline import plain
from sitegen.site.loading import Site
from sitegen.tables.grids import Cell, Note, Table, plain_text

_Key = tuple[str, str, str, tuple[Place, ...]]


@frozen
class Origin:
    """A field of a record, with its fact."""

    record: Record
    field: str
    fact: Varying[Value]

    @property
    def key(self) -> _Key:
        """Equal if the field of the same record has the same values, which libraries may share."""
        return self.record.dataset, self.record.id, self.field, tuple(each.place for each in self.fact.alternatives)


@frozen
class Appearance:
    """A text that shows a fact: its output, the table and the row (or that it is in a sentence), and the text.

    `page` is a name such as `aap/python`. `computed` means that the text is computed from several facts.
    """

    page: str
    format: str
    path: str
    where: str
    text: str
    computed: bool


def all_facts(facts: Facts) -> Iterator[Origin]:
    """All facts of all records, also as the files of a library change them; and the defaults of fields."""
    for record in facts.records():
        for field, fact in record.facts.items():
            yield Origin(record, field, fact)
    for dataset in facts.datasets.values():
        for field, declared in dataset.declared.items():
            if declared.default is not None:
                record = Record(dataset.name, "default", declared.place, MappingProxyType({field: declared.default}))
                yield Origin(record, field, declared.default)


def origins(facts: Facts) -> dict[Place, Origin]:
    """All facts by the places of their alternatives; at the place of a default is the fact of the declaration."""
    found: dict[Place, Origin] = {}
    for origin in all_facts(facts):
        for alternative in origin.fact.alternatives:
            if not alternative.place.of:
                found.setdefault(alternative.place, origin)
    return found


def appearances(documents: ReadOnly[str, Document], places: Iterable[Place]) -> Iterator[Appearance]:
    """All cells and sentences that show a value that is defined at one of the places, or that are computed from it.

    The place of a default is that of all records that use it.
    """
    return (appearance for _, appearance in _uses(documents, frozenset(places), ()))


def _uses(
    documents: ReadOnly[str, Document], places: frozenset[Place], partials: Iterable[Partial]
) -> Iterator[tuple[frozenset[Place], Appearance]]:
    """The appearances of values that are defined at the places, each with those of the places that it shows.

    Of `partials`, those on a document are left out.
    """

    def shown(part: Insert | Table | Cell | Note) -> frozenset[Place]:
        found = part.places
        return places.intersection(found) | places.intersection(place.declared for place in found if place.of)

    for path, document in documents.items():
        about = document.about
        for insert in document.inserts.values():
            if found := shown(insert):
                text, computed = insert.plain, len(insert.places) > 1
                yield found, Appearance(about.page, about.format, path, "sentence", text, computed)
        tables = chain(*(slot.tables if isinstance(slot, Partial) else (slot,) for slot in document.slots.values()))
        for found, where, text in _cells_that(shown, tables):
            yield found, Appearance(about.page, about.format, path, where, text, computed=False)
    slots = chain.from_iterable(document.slots.values() for document in documents.values())
    on_pages = {slot.path for slot in slots if isinstance(slot, Partial)}
    for partial in partials:
        for found, where, text in _cells_that(shown, partial.tables) if partial.path not in on_pages else ():
            yield found, Appearance(partial.page, "partial", partial.path, where, text, computed=False)


def _cells_that(
    shown: Callable[[Table | Cell | Note], frozenset[Place]], tables: Iterable[Table]
) -> Iterator[tuple[frozenset[Place], str, str]]:
    """The cells and notes of tables that match: the places, where each is, and its text."""
    for table in filter(shown, tables):
        name = table.caption or table.id
        above = {id(cell): cell for cell in table.above if cell is not None}.values()
        for cell in (*above, *table.headers):
            if found := shown(cell):
                yield found, name, _text(cell)
        names = list(_columns_of_records(table))
        for row in table.rows:
            for column, cell in zip([""] * (len(row.all_cells) - len(names)) + names, row.all_cells, strict=True):
                if found := shown(cell):
                    where = ", ".join(filter(None, (_text(row.cells[table.body.leading]), column)))
                    yield found, f"{name}: {where}", _text(cell)
        for note in table.notes:
            if found := shown(note):
                yield found, f"{name}: note {note.number}", note.title or plain(note.inline, str)


def _columns_of_records(table: Table) -> Iterator[str]:
    """For each column the header and the one above, if they have values such as the name of a record; else nothing."""
    for index, pair in enumerate(zip(table.above, table.headers, strict=True)):
        heads = [head for head in pair if head is not None]
        yield ": ".join(map(_text, heads)) if index and any(head.places for head in heads) else ""


def _text(cell: Cell) -> str:
    return " ".join(plain_text(line.spans) for line in cell.lines)


def value_text(value: Value) -> str:
    """A value as text; of a lifecycle, all levels."""
    if isinstance(value, Lifecycle):
        return ", ".join(level_in_words(level, english(), ISO) for level in value.levels)
    if isinstance(value, List):
        return ", ".join(map(value_text, value.items))
    return value.text


class HistoryEntry(NamedTuple):
    """The text of a fact from a day on: no day for the first entry, and an empty text while there is no value."""

    since: date | None
    text: str


class History(NamedTuple):
    """The texts of a fact over time, and the pages to which they apply."""

    pages: tuple[str, ...]
    steps: tuple[HistoryEntry, ...]


class AlternativeText(NamedTuple):
    """An alternative of a fact as text."""

    place: Place
    text: str
    scope: tuple[str, ...]
    since: date | None
    reason: str


@frozen
class Explanation:
    """A fact, its history for each group of pages, and all texts that show it. The fields are those of the JSON."""

    dataset: str
    record: str
    field: str
    alternatives: tuple[AlternativeText, ...]
    over_time: tuple[History, ...]
    shown: tuple[Appearance, ...]


def facts_named(site: Site, words: str) -> list[Origin]:
    """The facts named by `dataset.record.field`, by a part of that, by `file:line`, or by the name of a record.

    A fact that all libraries share is listed once, also if own files add other fields to its record.
    """
    wanted = words.strip().casefold()
    found: dict[_Key, Origin] = {}
    for origin in all_facts(site.facts):
        record = origin.record
        ids = (record.id, f"{record.dataset}.{record.id}")
        places = [alternative.place for alternative in origin.fact.alternatives if not alternative.place.of]
        names = {*ids, *(f"{id_}.{origin.field}" for id_ in ids), *_names(record)}
        names |= {text for place in places for text in (str(place), f"{place.file}:{place.line}")}
        if wanted in {name.casefold() for name in names}:
            found.setdefault(origin.key, origin)
    return [*found.values()]


def is_name(site: Site, words: str) -> bool:
    """Whether a text is the id or the name of a record, rather than `dataset.record.field` or a place."""
    wanted = words.strip().casefold()
    return any(wanted == name.casefold() for record in site.facts.records() for name in (record.id, *_names(record)))


def _names(record: Record) -> Iterator[str]:
    """The names of a record in all contexts and on all days."""
    return (value_text(alternative.value) for alternative in record.alternatives("name"))


def explain(
    site: Site, documents: ReadOnly[str, Document], origins: Sequence[Origin], partials: Iterable[Partial] = ()
) -> list[Explanation]:
    """Explain facts. `documents` and `partials` are those of one day."""
    places = [frozenset(alternative.place for alternative in origin.fact.alternatives) for origin in origins]
    uses: dict[Place, dict[int, Appearance]] = {}  # by number, in the order of the documents
    for number, (found, appearance) in enumerate(_uses(documents, frozenset().union(*places), partials)):
        for place in found:
            uses.setdefault(place, {})[number] = appearance
    shown = [{number: use for place in own for number, use in uses.get(place, {}).items()} for own in places]
    libraries = _libraries_by_fact(site, origins)
    return [
        _explanation(site, origin, libraries[origin.key], found) for origin, found in zip(origins, shown, strict=True)
    ]


def _libraries_by_fact(site: Site, origins: Iterable[Origin]) -> ReadOnly[_Key, list[str]]:
    """The libraries that have each of the facts."""
    found: dict[_Key, list[str]] = {origin.key: [] for origin in origins}
    fields = {(origin.record.dataset, origin.record.id, origin.field) for origin in origins}
    for library in site.facts.datasets[LIBRARIES].records if LIBRARIES in site.facts.datasets else ("",):
        datasets = site.facts.of(library)
        for dataset, id_, field in fields:
            record = datasets[dataset].records.get(id_)
            if record is not None and field in record.facts:
                found.setdefault(Origin(record, field, record.facts[field]).key, []).append(library)
    return found


def _explanation(site: Site, origin: Origin, libraries: Iterable[str], shown: ReadOnly[int, Appearance]) -> Explanation:
    alternatives = tuple(
        AlternativeText(each.place, value_text(each.value), each.scope.words, each.since, each.reason)
        for each in origin.fact.alternatives
    )
    groups: dict[tuple[HistoryEntry, ...], list[str]] = {}
    for page, steps in _histories(site, origin, libraries):
        groups.setdefault(steps, []).append(page)
    over_time = tuple(History(tuple(pages), steps) for steps, pages in groups.items())
    uses = tuple(shown[number] for number in sorted(shown))
    return Explanation(origin.record.dataset, origin.record.id, origin.field, alternatives, over_time, uses)


def _histories(site: Site, origin: Origin, libraries: Iterable[str]) -> Iterator[tuple[str, tuple[HistoryEntry, ...]]]:
    """The texts of a fact over time, for the page of each product and library, and for each record that it is for."""
    datasets = site.facts.datasets
    kind = datasets[origin.record.dataset].fields.get(origin.field)
    each_id = [*datasets[kind.by].records] if kind and is_by_record(kind) else [""]
    products = datasets[PRODUCTS].records.values() if PRODUCTS in datasets else (None,)
    for library in libraries:
        for product, id_ in itertools.product(products, each_id):
            known = [day for record in (origin.record, product) if record for day in (record.since, record.until)]
            days = sorted({day for day in (*known, *days_of_fact(origin.fact)) if day and day < date.max})
            context = Context(site.facts, date.min, product.id if product else "", library)
            steps: list[HistoryEntry] = []
            for day in (None, *days):
                at = day or date.min
                shown = origin.record.exists(context.ids, at) and (product is None or product.in_force(at))
                text = _text_at(origin, context.ids | {id_ or origin.record.id}, at) if shown else ""
                if text != (steps[-1].text if steps else ""):
                    steps.append(HistoryEntry(day, text))
            if steps:
                yield context.page_name() + (f" ({id_})" if id_ else ""), tuple(steps)


def _text_at(origin: Origin, ids: frozenset[str], day: date) -> str:
    found = origin.fact.at(ids, day)
    if found is None:
        return ""
    if isinstance(found.value, Lifecycle):
        level = found.value.at(day)
        return level.label if level else ""
    return value_text(found.value) or "none"
