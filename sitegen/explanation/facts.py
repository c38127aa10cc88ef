"""A fact explained: where it is defined, what it was over time, what shows it, and what is computed from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from itertools import chain

from sitegen.alternatives import Varying
from sitegen.cells import plain_text
from sitegen.changes.days import days_of_fact
from sitegen.documents import Document
from sitegen.facts import LIBRARIES, PRODUCTS, Facts, Record
from sitegen.fillings import Insert, Partial
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.grids import Cell, Note, Table
from sitegen.loading import Site
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
    """Every cell and sentence that shows, or is computed from, what is defined at any of the places."""
    wanted = frozenset(places)
    for path, document in documents.items():
        about = document.about
        title = f"{about.product} · {about.library}"
        for where, text, computed in _shown(document, lambda part: not wanted.isdisjoint(part.places)):
            yield Appearance(path, about.dialect, about.page, title, where, text, computed)


def _shown(
    document: Document, shows: Callable[[Insert | Table | Cell | Note], bool]
) -> Iterator[tuple[str, str, bool]]:
    for insert in filter(shows, document.inserts.values()):
        yield "sentence", insert.plain, len(insert.places) > 1
    slots = document.slots.values()
    for table in filter(shows, chain(*(slot.tables if isinstance(slot, Partial) else (slot,) for slot in slots))):
        name = table.caption or table.id
        for cell in filter(shows, table.headers):
            yield name, _text(cell), False
        for row in table.rows:
            for cell in filter(shows, row.cells):
                yield f"{name}: {_text(row.cells[0])}", _text(cell), False
        for note in filter(shows, table.notes):
            yield f"{name}: note {note.number}", note.title, False


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


History = tuple[tuple[date | None, str], ...]
"""The text of a fact from each day on; None for the time before, and an empty text where there is none."""


@frozen
class Explanation:
    """A fact, its history for each group of products and libraries, and all that shows it."""

    origin: Origin
    histories: tuple[tuple[tuple[str, ...], History], ...]
    appearances: tuple[Appearance, ...]


def facts_named(site: Site, words: str) -> list[Origin]:
    """The facts that are meant by `dataset.record.field`, by a part of that, by `file:line`, or by a name."""
    wanted = words.strip().casefold()
    found = []
    for origin in every_fact(site.facts):
        record = origin.record
        ids = (record.id, f"{record.dataset}.{record.id}")
        places = [alternative.place for alternative in origin.fact.alternatives]
        names = {*ids, *(f"{id_}.{origin.field}" for id_ in ids), *_names(record)}
        names |= {text for place in places for text in (str(place), f"{place.file}:{place.line}")}
        if wanted in {name.casefold() for name in names}:
            found.append(origin)
    return found


def is_name(site: Site, words: str) -> bool:
    """Whether a text is the id or the name of a record, and not `dataset.record.field` or a place."""
    wanted = words.strip().casefold()
    return any(wanted == name.casefold() for record in site.facts.records() for name in (record.id, *_names(record)))


def _names(record: Record) -> Iterator[str]:
    """The names of a record, everywhere and at any time."""
    named = record.facts.get("name")
    yield from (value_text(alternative.value) for alternative in named.alternatives) if named else ()


def explain(site: Site, documents: ReadOnly[str, Document], origin: Origin) -> Explanation:
    """Explain a fact. `documents` are those of a day."""
    places = [alternative.place for alternative in origin.fact.alternatives]
    groups: dict[History, list[str]] = {}
    for name, history in _histories(site, origin):
        groups.setdefault(history, []).append(name)
    histories = tuple((tuple(names), history) for history, names in groups.items())
    return Explanation(origin, histories, tuple(appearances(documents, places)))


def _histories(site: Site, origin: Origin) -> Iterator[tuple[str, History]]:
    """The text of a fact over time on the page of each product and library."""
    datasets = site.facts.datasets
    products = datasets[PRODUCTS].records.values() if PRODUCTS in datasets else ()
    for library in datasets[LIBRARIES].records if LIBRARIES in datasets else ():
        own = site.facts.of(library)[origin.record.dataset].records.get(origin.record.id)
        if own is None or own.facts.get(origin.field) != origin.fact:
            continue
        for product in products:
            known = (origin.record.since, origin.record.until, product.since, product.until)
            days = sorted({day for day in (*known, *days_of_fact(origin.fact)) if day})
            steps: list[tuple[date | None, str]] = []
            for day in (None, *days):
                at = day or date.min
                shown = origin.record.in_force(at) and product.in_force(at)
                text = _text_at(origin, frozenset((product.id, library)), at) if shown else ""
                if text != (steps[-1][1] if steps else ""):
                    steps.append((day, text))
            if steps:
                yield f"{product.id}/{library}", tuple(steps)


def _text_at(origin: Origin, ids: frozenset[str], day: date) -> str:
    found = origin.fact.at(ids | {origin.record.id}, day)
    if found is None:
        return ""
    if isinstance(found.value, Lifecycle):
        level = found.value.at(day)
        return STAGES[level.stage][0] if level else ""
    return value_text(found.value) or "none"


# --- written down --------------------------------------------------------------------


def as_text(found: Iterable[Explanation], day: date) -> str:
    """Write explanations for a terminal."""
    return "\n\n".join("\n".join(_lines(each, day)) for each in found)


def _lines(explanation: Explanation, day: date) -> Iterator[str]:
    origin = explanation.origin
    yield f"{origin.record.dataset} › {origin.record.id} › {origin.field}"
    for alternative in origin.fact.alternatives:
        scope = f" for {', '.join(sorted(alternative.scope))}" if alternative.scope else ""
        since = f" from {alternative.since}" if alternative.since else ""
        reason = f": {alternative.reason}" if alternative.reason else ""
        yield f"  {alternative.place}  {value_text(alternative.value) or 'none'}{scope}{since}{reason}"
    if explanation.histories:
        yield "over time"
    for names, history in explanation.histories:
        steps = (f"from {since} {text or 'nothing'}" if since else text for since, text in history)
        yield f"  {', '.join(names)}: {', '.join(steps)}"
    shown: dict[tuple[bool, str], dict[str, None]] = {}  # what several dialects show is one line
    for one in explanation.appearances:
        shown.setdefault((one.computed, f"{one.page}, {one.where}: {one.text}"), {})[one.dialect] = None
    for heading, wanted in ((f"shown as of {day}", False), ("computed from it", True)):
        found = [(line, dialects) for (computed, line), dialects in shown.items() if computed == wanted]
        yield from [heading, *(f"  {line} ({', '.join(dialects)})" for line, dialects in found)] if found else []
    if not shown:
        yield f"shown nowhere as of {day}"


_SHOWN = ("page", "dialect", "path", "where", "text", "computed")


def as_dict(explanation: Explanation) -> dict[str, object]:
    """An explanation for other programs."""
    origin = explanation.origin
    return {
        "dataset": origin.record.dataset,
        "record": origin.record.id,
        "field": origin.field,
        "alternatives": [
            {
                "place": str(each.place),
                "text": value_text(each.value),
                "for": sorted(each.scope),
                "from": each.since.isoformat() if each.since else None,
                "reason": each.reason,
            }
            for each in origin.fact.alternatives
        ],
        "over_time": [
            {
                "pages": list(names),
                "steps": [{"from": since.isoformat() if since else None, "text": text} for since, text in history],
            }
            for names, history in explanation.histories
        ],
        "shown": [{key: getattr(one, key) for key in _SHOWN} for one in explanation.appearances],
    }
