"""Periods of days: of values, and of pages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from sitegen.facts.alternatives import Alternative
    from sitegen.facts.datasets import Record
    from sitegen.facts.values import Value
    from sitegen.site.loading import Site

Days = tuple[date | None, date | None]  # the first day, and the day after the last


def overlap(one: Days, other: Days) -> bool:
    """Whether two periods have a day in common."""
    since = max(one[0] or date.min, other[0] or date.min)
    return since < min(one[1] or date.max, other[1] or date.max)


def intersection(one: Days, other: Days) -> Days:
    """The days that two periods have in common."""
    since = max((day for day in (one[0], other[0]) if day), default=None)
    return since, min((day for day in (one[1], other[1]) if day), default=None)


def period_of_file(site: Site, file: str) -> Days:
    """The days on which a page may be published: until the next edition with the same scope begins."""
    page = next((page for page in site.pages if page.file == file), None)
    if page is None:
        return None, None
    others = [p for p in site.pages if (p.kind, p.scope) == (page.kind, page.scope)]
    later = [p.since for p in others if p.since and p.since > (page.since or date.min)]
    return intersection((page.since, page.until), (None, min(later, default=None)))


class ValuePeriod(NamedTuple):
    """A value, and the days on which it applies: from `since` to the day before `until`."""

    alternative: Alternative[Value]
    since: date | None
    until: date | None

    @property
    def days(self) -> Days:
        """The days on which the value applies."""
        return self.since, self.until


def periods(record: Record, field: str, ids: Iterable[str] = ()) -> list[ValuePeriod]:
    """The values of a field that apply to some ids, each with its days, while the record exists."""
    varying = record.facts.get(field)
    context = frozenset(filter(None, ids))
    if varying is None or not record.scope.applies(context):
        return []
    days = sorted({a.since for a in varying.alternatives if a.since is not None})
    found: list[ValuePeriod] = []
    for between in zip([None, *days], [*days, None], strict=True):
        alternative = varying.at(context, between[0] or date.min)
        since, until = intersection(between, (record.since, record.until))
        if alternative is None or (since is not None and until is not None and since >= until):
            continue
        if found and found[-1].alternative is alternative:
            found[-1] = found[-1]._replace(until=until)
        else:
            found.append(ValuePeriod(alternative, since, until))
    return found
