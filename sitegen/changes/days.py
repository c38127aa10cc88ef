"""The dated events of a site: the days on which its pages change without an edit, and the causes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import chain
from typing import Any

from sitegen.facts.alternatives import Varying
from sitegen.facts.datasets import LIBRARIES, Record, own_records, records_of
from sitegen.facts.values import Lifecycle, Value
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.markdown.pages import Page, templates_of
from sitegen.site.loading import Site
from sitegen.site.selection import COMMON
from sitegen.tables.columns import source_of
from sitegen.tables.definitions import Definition
from sitegen.templates.template import Template


@frozen
class Event:
    """Something that begins or ends on a day.

    `about` identifies it by its subject, such as a level of a lifecycle, a value of a field, or a record. It never
    contains the day, so that the event keeps its identity if the day moves. `places` are the places of the facts that
    change. If there is a `library`, only pages of it change. `open` describes a day that is not certain.
    """

    day: date
    about: tuple[str, ...]
    places: frozenset[Place] = frozenset()
    open: str = ""
    library: str = ""


def days_of_change(site: Site) -> dict[date, frozenset[str]]:
    """Each day on which pages may change, with the units of these pages."""
    datasets = site.facts.datasets
    all_units = frozenset(datasets[LIBRARIES].records if LIBRARIES in datasets else ())
    all_units |= {COMMON} if site.has_common else frozenset()
    days: dict[date, frozenset[str]] = {}
    for event in events_of(site):
        days[event.day] = days.get(event.day, frozenset()) | ({event.library} if event.library else all_units)
    return days


def days_of_fact(fact: Varying[Value]) -> Iterator[date]:
    """The days on which a fact may change: the first days of its alternatives and of levels."""
    return (event.day for event in _events_of_fact(fact))


def events_of(site: Site) -> Iterator[Event]:
    """The events of the common sources, and those in the files of each library."""
    records = map(_events_of_record, records_of(site.facts.datasets))
    tables = map(_events_of_table, filter(None, site.tables.values()))
    yield from _numbered(chain.from_iterable(chain(records, tables, map(_events_of_page, site.pages))))
    for library in site.facts.by_library:
        yield from _events_of_library(site, library)


def _events_of_library(site: Site, library: str) -> Iterator[Event]:
    """The events in the files of a library, without those of common facts."""
    shared = site.facts.datasets
    library_record = shared[LIBRARIES].records[library]
    for record in own_records(shared, site.facts.of(library)):
        common = shared[record.dataset].records.get(record.id)
        known = {(event.about, event.day) for event in _numbered(_events_of_record(common))} if common else ()
        for event in _numbered(_events_of_record(record)):
            if (event.about, event.day) not in known:
                about = (f"library:{former_id(library_record)}", *event.about)
                yield replace(event, about=about, library="" if site.compares_libraries else library)


def former_id(record: Record) -> str:
    """The first id of a record."""
    return record.was[0].text if record.was else record.id


def _numbered(events: Iterable[Event]) -> Iterator[Event]:
    """Number the events with the same subject, in the order of their source."""
    known: dict[tuple[str, ...], list[date]] = {}
    for event in events:
        days = known.setdefault(event.about, [])
        if event.day not in days:
            days.append(event.day)
            yield event if len(days) == 1 else replace(event, about=(*event.about, str(len(days))))


def _events_of_record(record: Record) -> Iterator[Event]:
    about = (record.dataset, former_id(record))
    events = [event for name, fact in record.facts.items() for event in _events_of_fact(fact, (*about, name))]
    yield from events
    begins = record.since if record.since != date.max else None
    begins = None if any(event.day == begins for event in events) else begins  # else its first level begins
    if begins or record.until:
        places = frozenset(alternative.place for fact in record.facts.values() for alternative in fact.alternatives)
        yield from _events_of_period(begins, record.until, about, places)


def _events_of_period(
    since: date | None, until: date | None, about: tuple[str, ...], places: frozenset[Place] = frozenset()
) -> Iterator[Event]:
    for what, day in (("begins", since), ("ends", until)):
        if day:
            yield Event(day, (*about, what), places)


def _events_of_fact(fact: Varying[Value], about: tuple[str, ...] = ()) -> Iterator[Event]:
    for alternative in fact.alternatives:
        value = alternative.value
        if not (alternative.since or isinstance(value, Lifecycle)):  # most facts
            continue
        places = frozenset((alternative.place,))
        named = (*about, *alternative.scope.words)
        if alternative.since:
            text = "lifecycle" if isinstance(value, Lifecycle) else f"is {value.text}"
            yield Event(alternative.since, (*named, text), places)
        for level in value.levels if isinstance(value, Lifecycle) else ():
            if level.is_certain:
                yield Event(level.day, (*named, level.key), places, open="by this day" if level.by else "")


def _events_of_table(definition: Definition) -> Iterator[Event]:
    about = ("tables", definition.id)
    for column in definition.all_columns:
        shown = (*about, "column", *(".".join((path.dataset, *path.path)) for path in column.fields))
        yield from _events_of_period(column.since, column.until, (*shown, *column.scope.words))
        yield from _events_of_texts(column.header, (*shown, "header"))
        for varying in filter(None, column.varying):
            yield from _events_of_texts(varying, (*shown, "keys"))
        for template in (column.link, *column.shows):
            yield from _named_days(template, shown) if isinstance(template, Template) else ()
    selected = (selection.rows for selection in definition.selections if selection.rows)
    for chosen in (alternative for rows in selected for alternative in rows.alternatives):
        if chosen.since:
            named = (
                f"{name}: {[[s.text for s in group] for group in rows.groups]}" for name, rows in chosen.value.items()
            )
            yield Event(chosen.since, (*about, "rows", *chosen.scope.words, *named))
    yield from _events_of_texts(definition.layout, (*about, "layout"))
    if definition.caption:
        yield from _events_of_texts(definition.caption, (*about, "caption"))


def _events_of_texts(varying: Varying[Any], about: tuple[str, ...]) -> Iterator[Event]:
    """The events of alternatives of a template, of words, of a link, or of a layout."""
    for alternative in varying.alternatives:
        value = alternative.value
        if alternative.since:
            yield Event(alternative.since, (*about, *alternative.scope.words, source_of(value)))
        if isinstance(value, Template):
            yield from _named_days(value, about)


def _events_of_page(page: Page) -> Iterator[Event]:
    about = ("pages", page.file)
    yield from _events_of_period(page.since, page.until, about)
    templates = (page.body, *(template for meta in (page.meta, *page.own.values()) for template in templates_of(meta)))
    yield from (event for template in templates for event in _named_days(template, about))


def _named_days(template: Template, about: tuple[str, ...]) -> Iterator[Event]:
    """Days that a template may compare with the day of the build. It may change on each, and on the day after."""
    for text in (template.source, *template.includes.values()) if template.compiled is not None else ():
        for written in re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) if "as_of" in text else ():
            try:
                day = date.fromisoformat(written)
            except ValueError:
                continue
            yield Event(day, (*about, "text", written))
            yield Event(day + timedelta(days=1), (*about, "text", f"after {written}"))
