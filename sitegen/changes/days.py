"""The days on which the pages of a site may change though nobody changes a fact."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

from sitegen.alternatives import Varying
from sitegen.changes.published import templates_of
from sitegen.facts import LIBRARIES, Datasets, Record, own_records, records_of
from sitegen.loading import Site
from sitegen.pages import Page
from sitegen.templates import Template
from sitegen.values import Lifecycle, Value


def days_of_change(site: Site) -> dict[date, frozenset[str]]:
    """Each day on which a page may change by itself, with the libraries whose pages that are."""
    facts = site.facts
    everybody = frozenset(facts.datasets[LIBRARIES].records) if LIBRARIES in facts.datasets else frozenset()
    found: dict[date, frozenset[str]] = dict.fromkeys(days_of_all(site), everybody)
    for library, own in facts.by_library.items():
        for day in days_of_library(facts.datasets, own):
            found[day] = everybody if site.compares_libraries else found.get(day, frozenset()) | {library}
    return found


def days_of_all(site: Site) -> frozenset[date]:
    """Each day on which the pages of all libraries may change, since the common sources name it."""
    shared = (day for record in records_of(site.facts.datasets) for day in _days_of_record(record))
    pages = (day for page in site.pages for day in _days_of_page(page))
    return frozenset((*shared, *_days_of_tables(site), *pages))


def days_of_library(shared: Datasets, own: Datasets) -> frozenset[date]:
    """Each day on which the pages of a library may change, since its own records name it."""
    return frozenset(day for record in own_records(shared, own) for day in _days_of_record(record))


def _days_of_record(record: Record) -> Iterator[date]:
    yield from (day for day in (record.since, record.until) if day)
    for fact in record.facts.values():
        yield from days_of_fact(fact)


def days_of_fact(fact: Varying[Value]) -> Iterator[date]:
    """The days on which a fact may say something else: the first ones of its alternatives, and of levels."""
    for alternative in fact.alternatives:
        if alternative.since:
            yield alternative.since
        if isinstance(alternative.value, Lifecycle):
            yield from (level.day for level in alternative.value.levels)


def _days_of_tables(site: Site) -> Iterator[date]:
    for definition in site.tables.values():
        for column in definition.columns if definition else ():
            yield from (day for day in (column.since, column.until) if day)
            yield from _days_of_templates(column.header)
        if definition and definition.rows:
            yield from (chosen.since for chosen in definition.rows.alternatives if chosen.since)
        if definition and definition.caption:
            yield from _days_of_templates(definition.caption)


def _days_of_templates(varying: Varying[Template]) -> Iterator[date]:
    for alternative in varying.alternatives:
        if alternative.since:
            yield alternative.since
        yield from _named_days(alternative.value)


def _days_of_page(page: Page) -> Iterator[date]:
    yield from (day for day in (page.since, page.until) if day)
    for template in (page.body, *templates_of(page.meta), *(t for own in page.own.values() for t in templates_of(own))):
        yield from _named_days(template)


def _named_days(template: Template) -> Iterator[date]:
    """Days that a template may compare the day of the build with; it may change on each, and on the day after."""
    for text in (template.source, *template.includes.values()) if template.compiled is not None else ():
        for written in re.findall(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) if "as_of" in text else ():
            try:
                day = date.fromisoformat(written)
            except ValueError:
                continue
            yield from (day, day + timedelta(days=1))
