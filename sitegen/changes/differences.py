"""The differences between two states of a site: facts, not text, each listed once for all pages that show it.

An edit may take effect on a later day, on which nobody commits anything. So the states are also compared on each later
day on which either of them changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

from sitegen.changes.comparison import Change, ChangeReason, Comparison, PageChange
from sitegen.changes.days import days_of_change
from sitegen.changes.page_differences import PagePair
from sitegen.changes.published import FilesOf, PageFacts, page_titles, published_facts
from sitegen.changes.reasons import reason_of_missing_page
from sitegen.changes.shown_tables import Key, Renamings
from sitegen.documents.documents import in_words
from sitegen.facts.datasets import LIBRARIES
from sitegen.findings import Report
from sitegen.site.loading import Site, Texts
from sitegen.site.selection import COMMON


class SiteState(NamedTuple):
    """A site, the day as of which it is compared, and the sources of the site, if only changed libraries are read."""

    site: Site
    day: date
    sources: Texts = MappingProxyType({})


def compare_sites(
    old: SiteState, new: SiteState, report_old: Report, report_new: Report, files: FilesOf = lambda *_: {}
) -> Comparison:
    """Compare two states of a site as of their days, and on each later day on which one of them changes.

    A record with a new id is the same record if `was` names the former id. Each report gets the templates of its side
    that cannot be filled. `files` returns the paths of further files of a library.
    """
    read = partial(published_facts, files=files)
    renamings = _renamings(old.site, new.site)
    changed = _changed_units(old, new)
    before = read(old.site, old.day, report_old, changed, renamings)
    comparison = _compare(before, read(new.site, new.day, report_new, changed))
    if changed is not None:
        comparison = replace(comparison, pages={**comparison.pages, **page_titles(new.site, new.day, changed)})
    found: list[tuple[date | None, Comparison]] = [(None, comparison)]
    days = [] if old.site is new.site else [days_of_change(side.site) for side in (old, new)]
    libraries = [{was[1], now[1]} for was, now in renamings.items() if was[0] == LIBRARIES]
    for day in sorted(day for day in set().union(*days) if day > max(old.day, new.day)):
        affected = frozenset().union(*(of_site.get(day, ()) for of_site in days))
        affected = affected.union(*(pair for pair in libraries if not affected.isdisjoint(pair)))
        affected = affected if changed is None else affected & changed
        before = read(old.site, day, lambda _: None, affected, renamings, ahead=True)
        found.append((day, _compare(before, read(new.site, day, lambda _: None, affected))))
    return _merged(found)


def _changed_units(old: SiteState, new: SiteState) -> frozenset[str] | None:
    """The units whose pages may differ on a day; None for all. A library depends on what it does in a build."""
    if old.day != new.day or old.site.facts.exports != new.site.facts.exports:
        return None
    if not old.sources or any(side.site.compares_libraries for side in (old, new)):
        return None
    names = (name for name in {**old.sources, **new.sources} if old.sources.get(name) != new.sources.get(name))
    owners = {side.site.own_files.get(name) for name in names for side in (old, new)}
    return None if None in owners else frozenset((COMMON, *filter(None, owners)))


def _merged(comparisons: Iterable[tuple[date | None, Comparison]]) -> Comparison:
    """The changes of several days, each once, with the first day on which it shows; None is that of the comparison."""
    changes: dict[object, Change] = {}
    page_changes: dict[tuple[str, str, bool], PageChange] = {}
    pages: dict[str, tuple[str, str]] = {}
    for day, comparison in comparisons:
        for name, titles in comparison.pages.items():
            pages.setdefault(name, titles)
        for page in comparison.page_changes:
            page_changes.setdefault((page.page, page.path, page.added), replace(page, since=day))
        for change in comparison.changes:
            table = change.table if not change.field or not change.dataset else ""
            key = (change.pages, change.dataset, change.id, change.field, change.beside, table, change.sides)
            known = changes.get(key)
            if known is None:
                changes[key] = replace(change, since=day, shrinks_from=day if change.shrinks else None)
            elif change.shrinks and (change.breaking or not known.shrinks) and not known.breaking:
                changes[key] = replace(
                    known, shrinks=True, shrinks_from=day, reason=change.reason, excused=change.excused
                )
    return Comparison(tuple(page_changes.values()), tuple(_united(changes.values(), pages)), pages)


def _compare(before: ReadOnly[str, PageFacts], after: ReadOnly[str, PageFacts]) -> Comparison:
    """Compare two states on a day. A change of several pages is listed for each of them."""
    page_changes: list[PageChange] = []
    found: list[Change] = []
    pages = {name: (after.get(name) or before[name]).title for name in (*after, *before)}
    for name in pages:
        was, now = before.get(name), after.get(name)
        if was and now:
            found += PagePair(was, now).changes()
        elif page := now or was:
            why = reason_of_missing_page(page, after.values()) if was else ChangeReason()
            page_changes.append(PageChange(name, *page.title, added=was is None, reason=why))
            changes = _records_of_page(page, (before if now else after).values(), added=was is None)
            found += (replace(c, reason=c.reason or why.text, excused=c.excused or why.is_new) for c in changes)
    page_changes += _missing_paths(before, after)
    return Comparison(tuple(page_changes), tuple(found), pages)


def _records_of_page(page: PageFacts, others: Iterable[PageFacts], *, added: bool) -> Iterator[Change]:
    """The records of a new or removed page that no other page of its library shows."""
    named = frozenset[Key]().union(*(other.named for other in others if other.roles[1] == page.roles[1]))
    empty = replace(page, tables={}, facts={}, named=named)
    return (PagePair(empty, page) if added else PagePair(page, empty)).records()


def _missing_paths(before: ReadOnly[str, PageFacts], after: ReadOnly[str, PageFacts]) -> Iterator[PageChange]:
    """The former output paths of pages that still exist; paths that several pages share are listed once."""
    known = {path for page in after.values() for path in (*page.paths.values(), *page.redirects)}
    for name, page in before.items():
        for kind, path in page.paths.items() if name in after else ():
            if path not in known:
                known.add(path)
                why, moved = reason_of_missing_page(page, [after[name]]), after[name].paths.get(kind, "")
                yield PageChange(name, *page.title, added=False, reason=why, path=path, moved=moved)


def _renamings(old: Site, new: Site) -> Renamings:
    """The new keys of the records of the old side that have another id on the new one; `was` of either side counts.

    A record that replaces another one, and existed next to it, is not the same record.
    """
    ids, former = zip(*map(_ids, (old, new)), strict=True)
    gone, added = ids[0] - ids[1], ids[1] - ids[0]
    forward = {was: now for was, now in former[1].items() if was in gone and now in added}
    backward = {now: was for was, now in former[0].items() if was in added and now in gone}
    return {**backward, **forward}


def _ids(site: Site) -> tuple[set[Key], dict[Key, Key]]:
    """The keys of all records of a site, and the present key for each former one."""
    keys = [(record.subject, record.was) for record in site.facts.records()]
    return {key for key, _ in keys}, {(key[0], was.text): key for key, former in keys for was in former}


def _united(changes: Iterable[Change], order: Iterable[str]) -> Iterator[Change]:
    """Unite the changes that are the same on several pages. `order` are the names of all pages."""
    united: dict[Change, list[Change]] = {}
    for change in changes:
        key = replace(change, label="", title="", heading="", reason="", excused=False, pages=())
        united.setdefault(key, []).append(change)
    position = {name: index for index, name in enumerate(order)}
    for same in united.values():
        first, titles, headings = same[0], {change.title for change in same}, {change.heading for change in same}
        yield replace(
            first,
            pages=tuple(sorted({page for change in same for page in change.pages}, key=position.__getitem__)),
            # where pages have different names for it, the name that it has in the facts
            title=first.title if len(titles) == 1 else in_words(first.field),
            heading=first.heading if len(headings) == 1 else in_words(first.table or first.dataset),
            reason=first.reason if all(change.reason for change in same) else "",
            excused=all(change.excused for change in same),
        )
