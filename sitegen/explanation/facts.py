"""A fact explained: where it stands, what it was over time, what shows it, and what is computed from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date

from sitegen.alternatives import Alternative
from sitegen.changes.days import days_of_fact
from sitegen.documents import Document
from sitegen.explanation.tracing import Appearance, Origin, appearances, every_fact, value_text
from sitegen.facts import LIBRARIES, PRODUCTS, Record
from sitegen.frozen import frozen
from sitegen.loading import Site
from sitegen.values import STAGES, Lifecycle, Value

History = tuple[tuple[date | None, str], ...]
"""What a fact says from each day on; None stands for ever before, and an empty text for nothing."""


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
        names = {*ids, *(f"{id_}.{origin.field}" for id_ in ids)}
        for alternative in origin.fact.alternatives:
            place = alternative.place
            names |= {str(place), f"{place.file}:{place.line}"}
        names |= {value_text(a.value) for a in _alternatives(record, "name")}
        if wanted in {name.casefold() for name in names}:
            found.append(origin)
    return found


def is_name(site: Site, words: str) -> bool:
    """Whether a text is the id or the name of a record, and not `dataset.record.field` or a place."""
    wanted = words.strip().casefold()
    return any(
        wanted in {record.id, *(value_text(a.value).casefold() for a in _alternatives(record, "name"))}
        for record in site.facts.records()
    )


def _alternatives(record: Record, field: str) -> tuple[Alternative[Value], ...]:
    return record.facts[field].alternatives if field in record.facts else ()


def explain(site: Site, documents: ReadOnly[str, Document], origin: Origin) -> Explanation:
    """Explain a fact. `documents` are those of a day."""
    places = [alternative.place for alternative in origin.fact.alternatives]
    groups: dict[History, list[str]] = {}
    for name, history in _histories(site, origin):
        groups.setdefault(history, []).append(name)
    histories = tuple((tuple(names), history) for history, names in groups.items())
    return Explanation(origin, histories, tuple(appearances(documents, places)))


def _histories(site: Site, origin: Origin) -> Iterator[tuple[str, History]]:
    """What a fact says over time on the page of each product and library."""
    datasets = site.facts.datasets
    products = datasets[PRODUCTS].records.values() if PRODUCTS in datasets else ()
    for library in datasets[LIBRARIES].records if LIBRARIES in datasets else ():
        own = site.facts.of(library)[origin.record.dataset].records.get(origin.record.id)
        if own is None or own.facts.get(origin.field) != origin.fact:
            continue
        for product in products:
            known = (origin.record.since, origin.record.until, product.since, product.until)
            days = sorted({day for day in (*known, *days_of_fact(origin.fact)) if day})
            told: list[tuple[date | None, str]] = []
            for day in (None, *days):
                at = day or date.min
                shown = origin.record.in_force(at) and product.in_force(at)
                text = _text_at(origin, frozenset((product.id, library)), at) if shown else ""
                if text != (told[-1][1] if told else ""):
                    told.append((day, text))
            if told:
                yield f"{product.id}/{library}", tuple(told)


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
    shown = dict(_together(explanation.appearances))
    for heading, computed in ((f"shown as of {day}", False), ("computed from it", True)):
        lines = [line for (is_computed, line), _ in shown.items() if is_computed == computed]
        yield from [heading, *(f"  {line} ({', '.join(shown[computed, line])})" for line in lines)] if lines else []
    if not shown:
        yield f"shown nowhere as of {day}"


def _together(found: Iterable[Appearance]) -> Iterator[tuple[tuple[bool, str], list[str]]]:
    """The same thing in several dialects is told once."""
    groups: dict[tuple[bool, str], list[str]] = {}
    for one in found:
        groups.setdefault((one.computed, f"{one.page}, {one.where}: {one.text}"), []).append(one.dialect)
    yield from ((key, list(dict.fromkeys(dialects))) for key, dialects in groups.items())


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
        "shown": [
            {
                "page": one.page,
                "dialect": one.dialect,
                "path": one.path,
                "where": one.where,
                "text": one.text,
                "computed": one.computed,
            }
            for one in explanation.appearances
        ],
    }
