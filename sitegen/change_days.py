"""The days on which a site may change by itself: what a build as of a day depends on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from sitegen.alternatives import Varying
from sitegen.definitions import Definition
from sitegen.facts import records_of
from sitegen.loading import Site
from sitegen.values import Lifecycle


def change_days(site: Site) -> list[date]:
    """Each day on which something of the site begins or ends, in order.

    Between two of them, only the as-of day that pages print can change.
    """
    days = {*_of_facts(site), *_of_tables(site.tables.values())}
    days |= {day for page in site.pages for day in (page.since, page.until) if day}
    return sorted(days)


def _of_facts(site: Site) -> Iterator[date]:
    for datasets in site.facts.everywhere():
        for record in records_of(datasets):
            yield from (day for day in (record.since, record.until) if day)
            for fact in record.facts.values():
                yield from _of_varying(fact)


def _of_varying(varying: Varying[Any]) -> Iterator[date]:
    for alternative in varying.alternatives:
        if alternative.since:
            yield alternative.since
        if isinstance(alternative.value, Lifecycle):
            yield from (level.day for level in alternative.value.levels)


def _of_tables(tables: Iterable[Definition | None]) -> Iterator[date]:
    for table in tables:
        if table is None:
            continue
        for varying in (table.rows, table.caption, *(column.header for column in table.columns)):
            yield from _of_varying(varying) if varying is not None else ()
        for column in table.columns:
            yield from (day for day in (column.since, column.until) if day)
