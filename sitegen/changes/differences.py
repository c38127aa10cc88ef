"""What changed between two states of a site: facts, not text, each listed once for all pages on which it changed.

An edit may take effect on a day that has not come. Nobody commits anything on that day, so that the states are compared
on each later day, too, on which either of them changes by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from typing import NamedTuple

from sitegen.changes.days import days_of_change
from sitegen.changes.pairs import Change, Pair, Why, why_gone
from sitegen.changes.published import Key, Keys, PageFacts, in_words, published
from sitegen.facts import LIBRARIES
from sitegen.findings import Report
from sitegen.frozen import frozen
from sitegen.loading import Site


class Dated(NamedTuple):
    """A site, and the day that it is read as of."""

    site: Site
    day: date


@frozen
class PageChange:
    """A page that came or went, or a path that is gone: its name, and the names of its product and library.

    `path` is empty for a whole page, and `moved` the path that took the place of one.
    """

    page: str
    product: str
    library: str
    came: bool
    why: Why = Why()
    path: str = ""
    moved: str = ""
    since: date | None = None

    @property
    def breaking(self) -> bool:
        """Whether it went and no reason is given for that."""
        return not self.came and not self.why.given


@frozen
class Comparison:
    """What changed. `pages` are the names of product and library of each page on either side, in order."""

    page_changes: tuple[PageChange, ...]
    changes: tuple[Change, ...]
    pages: ReadOnly[str, tuple[str, str]]

    @property
    def breaking(self) -> int:
        """How many changes shrink support without a reason."""
        return sum(change.breaking for change in self.changes) + sum(page.breaking for page in self.page_changes)


def compare_from(old: Dated, new: Dated, report_old: Report, report_new: Report) -> Comparison:
    """Compare two states of a site, and what they will be. Reports of each what cannot be filled on its day.

    A record that got another id is the same record.
    """
    renamed = _renamings(old.site, new.site)
    found = _Found()
    found.add(_on_day(published(old.site, old.day, report_old), published(new.site, new.day, report_new), renamed))
    days = [] if old.site is new.site else [days_of_change(side.site) for side in (old, new)]
    libraries = [{was[1], now[1]} for was, now in renamed.items() if was[0] == LIBRARIES]
    for day in sorted(day for day in set().union(*days) if day > max(old.day, new.day)):
        concerned = frozenset().union(*(of_site.get(day, ()) for of_site in days))
        concerned = concerned.union(*(pair for pair in libraries if not concerned.isdisjoint(pair)))
        before, after = (published(side.site, day, lambda _: None, concerned) for side in (old, new))
        found.add(_on_day(before, after, renamed, ahead=True), day)
    changes = tuple(_once(found.changes.values(), found.pages))
    return Comparison(tuple(found.page_changes.values()), changes, found.pages)


class _Found:
    """What has been found so far: each change once, with the first day on which it shows."""

    def __init__(self) -> None:
        self.changes: dict[object, Change] = {}
        self.page_changes: dict[tuple[str, str, bool], PageChange] = {}
        self.pages: dict[str, tuple[str, str]] = {}

    def add(self, comparison: Comparison, day: date | None = None) -> None:
        """Add what differs on a day; None is the day of the comparison itself."""
        self.pages = {**comparison.pages, **self.pages}
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


def _on_day(
    old: ReadOnly[str, PageFacts], new: ReadOnly[str, PageFacts], renamed: Keys, *, ahead: bool = False
) -> Comparison:
    """Compare what two states state on a day, each change once for each page. `ahead` says that it has not come."""
    before = {page.name: page for page in (page.called(renamed, ahead=ahead) for page in old.values())}
    after = {page.name: page for page in new.values()}
    page_changes: list[PageChange] = []
    found: list[Change] = []
    pages = {name: page.title for name, page in {**before, **after}.items()}
    pages = {name: pages[name] for name in (*after, *before)}
    for name in pages:
        was, now = before.get(name), after.get(name)
        if was and now:
            found += Pair(was, now).changes()
        elif page := now or was:
            why = why_gone(page, after.values()) if was else Why()
            page_changes.append(PageChange(name, *page.title, came=was is None, why=why))
            changes = _of_page(page, (before if now else after).values(), came=was is None)
            found += (replace(c, reason=c.reason or why.reason, excused=c.excused or why.given) for c in changes)
    page_changes += _paths_gone(before, after)
    return Comparison(tuple(page_changes), tuple(found), pages)


def _of_page(page: PageFacts, others: Iterable[PageFacts], *, came: bool) -> Iterator[Change]:
    """The records of a page that came or went that no other page of its library has."""
    named = frozenset[Key]().union(*(other.named for other in others if other.roles[1] == page.roles[1]))
    nothing = replace(page, tables={}, facts={}, named=named)
    return (Pair(nothing, page) if came else Pair(page, nothing)).records()


def _paths_gone(before: ReadOnly[str, PageFacts], after: ReadOnly[str, PageFacts]) -> Iterator[PageChange]:
    """The outputs of pages that stay whose paths are gone; those of a library are listed once."""
    known = {path for page in after.values() for path in page.paths.values()}
    for name, page in before.items():
        for what, path in page.paths.items() if name in after else ():
            if path not in known:
                known.add(path)
                why, moved = why_gone(page, [after[name]]), after[name].paths.get(what, "")
                yield PageChange(name, *page.title, came=False, why=why, path=path, moved=moved)


def _renamings(old: Site, new: Site) -> Keys:
    """What records of the old side are called on the new one, where that differs; either side may state `was`."""
    ids, former = zip(*map(_ids, (old, new)), strict=True)
    forward = {was: now for was, now in former[1].items() if was in ids[0] and was not in ids[1]}
    backward = {now: was for was, now in former[0].items() if was in ids[1] and now not in ids[1]}
    return {**backward, **forward}


def _ids(site: Site) -> tuple[set[Key], dict[Key, Key]]:
    """All records of a site, and what each former id of one has become."""
    keys = [((record.dataset, record.id), record.was) for record in site.facts.records()]
    return {key for key, _ in keys}, {(key[0], was.text): key for key, former in keys for was in former}


def _once(found: Iterable[Change], order: Iterable[str]) -> Iterator[Change]:
    """Unite what is the same on several pages. `order` are the names of all pages."""
    united: dict[Change, list[Change]] = {}
    for change in found:
        key = replace(change, label="", title="", heading="", reason="", excused=False, pages=())
        united.setdefault(key, []).append(change)
    position = {name: index for index, name in enumerate(order)}
    for same in united.values():
        pages = sorted({page for change in same for page in change.pages}, key=position.__getitem__)
        # Where pages call it by names of their own, it is called as in the facts.
        titles, headings = {change.title for change in same}, {change.heading for change in same}
        yield replace(
            same[0],
            pages=tuple(pages),
            title=same[0].title if len(titles) == 1 else in_words(same[0].field),
            heading=same[0].heading if len(headings) == 1 else in_words(same[0].table or same[0].dataset),
            reason=same[0].reason if all(change.reason for change in same) else "",
            excused=all(change.excused for change in same),
        )
