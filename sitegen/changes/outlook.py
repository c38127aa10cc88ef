"""Compares two states of a site on a day, and on each later day on which either of them changes by itself.

An edit may take effect on a day that has not come. Nobody commits anything on that day, so it is compared now.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sitegen.changes.days import days_of_change
from sitegen.changes.differences import Change, Comparison, PageChange, compare, page_by_page, renamings, told_once
from sitegen.changes.published import published
from sitegen.facts import LIBRARIES
from sitegen.findings import Report
from sitegen.loading import Site


class Dated(NamedTuple):
    """A site, and the day that it is read as of."""

    site: Site
    day: date


def compare_from(old: Dated, new: Dated, report_old: Report, report_new: Report) -> Comparison:
    """Compare two states of a site, and what they will be. Reports of each what cannot be filled on its day."""
    before, after = published(old.site, old.day, report_old), published(new.site, new.day, report_new)
    if old.site is new.site:
        return compare(before, after)
    found = _Found()
    found.add(page_by_page(before, after), None)
    start = max(old.day, new.day)
    renamed = [(was, now) for (dataset, was), (_, now) in renamings(before, after).items() if dataset == LIBRARIES]
    days = [days_of_change(side.site) for side in (old, new)]
    for day in sorted(day for day in {*days[0], *days[1]} if day > start):
        concerned = {library for found_days in days for library in found_days.get(day, ())}
        concerned |= {id_ for pair in renamed if not concerned.isdisjoint(pair) for id_ in pair}
        sides = [published(side.site, day, lambda _: None, concerned) for side in (old, new)]
        found.add(page_by_page(*sides, ahead=True), day)
    changes = tuple(told_once(found.changes.values(), found.pages))
    return Comparison(tuple(found.page_changes.values()), changes, found.pages)


class _Found:
    """What has been found so far: each change once, with the day on which it shows first."""

    def __init__(self) -> None:
        self.changes: dict[object, Change] = {}
        self.page_changes: dict[tuple[str, str, bool], PageChange] = {}
        self.pages: dict[str, tuple[str, str]] = {}

    def add(self, comparison: Comparison, day: date | None) -> None:
        """Add what differs on a day; None is the day of the comparison itself."""
        self.pages |= {name: titles for name, titles in comparison.pages.items() if name not in self.pages}
        for page in comparison.page_changes:
            self.page_changes.setdefault((page.page, page.path, page.came), replace(page, since=day))
        for change in comparison.changes:
            what = change.table if not change.field or not change.dataset else ""
            key = (change.pages, change.dataset, change.id, change.field, change.beside, what, change.sides)
            known = self.changes.get(key)
            if known is None:
                self.changes[key] = replace(change, since=day, shrinks_from=day if change.shrinks else None)
            elif change.shrinks and (change.breaking or not known.shrinks) and not known.breaking:
                self.changes[key] = replace(
                    known, shrinks=True, shrinks_from=day, reason=change.reason, excused=change.excused
                )
