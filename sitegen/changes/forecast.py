"""How the pages of a site will differ when days have passed, though nobody changes a fact.

The days on which anything may change are collected from the sources. The site is built for the first
day and for each of those, for the libraries concerned only, and documents and partials are compared.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from sitegen.changes.days import Event, days_of_change, events_of_all, events_of_library
from sitegen.changes.published import asks_dialect
from sitegen.changes.rewordings import Rewording, reworded, reworded_partial
from sitegen.documents.documents import Document, Partial
from sitegen.evaluation.context import Context
from sitegen.evaluation.views import Names
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.formats import DIALECTS
from sitegen.frozen import frozen
from sitegen.site.combine import build_site
from sitegen.tables.evaluate import fill_text
from sitegen.templates.template import MissingError

if TYPE_CHECKING:
    from sitegen.findings import Finding
    from sitegen.site.loading import Site


@frozen
class Upcoming:
    """One change of what is published, on a day.

    `what` is what differs, with its old and its new text. `pages` and `dialects` show it, `partials` contain it, each
    for the page in `owners`, and `files` are the outputs that differ by it. `events` are what it comes from.
    """

    day: date
    what: Rewording
    pages: tuple[str, ...]
    partials: tuple[str, ...]
    dialects: tuple[str, ...]
    files: tuple[str, ...]
    owners: tuple[str, ...] = ()
    events: tuple[Event, ...] = ()

    def of(self, event: Event) -> Upcoming:
        """The same for the pages that an event concerns."""
        if not event.library:
            return self
        pages = tuple(page for page in self.pages if _library(page) == event.library)
        concerned = [_library(page) == event.library for page in self.owners]
        partials, owners = (tuple(compress(names, concerned)) for names in (self.partials, self.owners))
        return replace(self, pages=pages, partials=partials, owners=owners)


@frozen
class Forecast:
    """Every change after `start`, up to and with `end`; `now` is what is wrong at first, `wrong` what will be.

    `names` are those of the product and the library of each page, the latter with its package if it has one.
    """

    start: date
    end: date
    changes: tuple[Upcoming, ...]
    now: tuple[Finding, ...]
    wrong: tuple[tuple[date, Finding], ...]
    names: ReadOnly[str, tuple[str, str]] = field(default_factory=dict)


def forecast(site: Site, start: date, end: date) -> Forecast:
    """Look ahead from a day."""
    concerned = {day: found for day, found in days_of_change(site).items() if start < day <= end}
    dialects, events = _dialects(site), _events(site)
    first = build_site(site, start, dialects, libraries=frozenset().union(*concerned.values()))
    documents, partials = first.documents, first.partials
    known = {(finding.code, finding.message) for finding in first.findings}
    changes: list[Upcoming] = []
    wrong: list[tuple[date, Finding]] = []
    for day, libraries in sorted(concerned.items()):
        build = build_site(site, day, dialects, libraries=libraries)
        before, documents = _replaced(documents, build.documents, libraries)
        before_partials, partials = _replaced(partials, build.partials, libraries)
        shown = _Day(site, day, dialects)
        on_pages = shown.on_pages(before, build.documents)
        in_partials = shown.in_partials(before_partials, build.partials)
        found = _united(day, (*on_pages, *in_partials, *shown.in_navigation(before, build.documents)))
        changes += (_with_events(change, events.get(day, ())) for change in found)
        new = [f for f in build.findings if f.severity == "error" and (f.code, f.message) not in known]
        wrong += [(day, finding) for finding in new]
        known.update((finding.code, finding.message) for finding in new)
    days = {page: change.day for change in changes for page in (*change.pages, *change.owners)}
    names = {page: _names(site, page, day) for page, day in days.items()}
    return Forecast(start, end, tuple(changes), first.findings, tuple(wrong), names)


def _dialects(site: Site) -> tuple[str, ...]:
    """The dialects to build: all of them, or one where no page differs from dialect to dialect."""
    known = tuple(site.page_paths)
    return known if any(asks_dialect(page) for page in site.pages) else known[:1]


def _events(site: Site) -> dict[date, list[Event]]:
    """What begins or ends on each day."""
    found: dict[date, list[Event]] = {}
    own = (event for library in site.facts.by_library for event in events_of_library(site, library))
    for event in (*events_of_all(site), *own):
        found.setdefault(event.day, []).append(event)
    return found


def _with_events(change: Upcoming, events: Sequence[Event]) -> Upcoming:
    """A change with what it comes from: events of its facts, else of tables and pages, else all of the day."""
    libraries = {"", *map(_library, (*change.pages, *change.owners))}
    near = [event for event in events if event.library in libraries]
    of_facts = [event for event in near if not event.places.isdisjoint(change.what.places)]
    return replace(change, events=tuple(of_facts or [event for event in near if not event.places] or near))


def _names(site: Site, page: str, day: date) -> tuple[str, str]:
    """The names of the product and of the library of a page, with the package that it documents."""
    product, _, library = page.rpartition("/")
    context = Context(site.facts, day, product, library)
    name = _text(context, LIBRARIES, library, "name", library)
    package = _text(context, LIBRARIES, library, "package", "")
    return _text(context, PRODUCTS, product, "name", product), f"{name} ({package})" if package else name


def _text(context: Context, dataset: str, id_: str, field: str, default: str) -> str:
    try:
        return str(context.fact(context.datasets[dataset].records[id_], field))
    except (KeyError, MissingError):
        return default


# --- what is shown -------------------------------------------------------------------

T = TypeVar("T", Document, Partial)


def _library(page: str) -> str:
    return page.rpartition("/")[2]


def _replaced(
    shown: ReadOnly[str, T], built: ReadOnly[str, T], libraries: Container[str]
) -> tuple[dict[str, T], dict[str, T]]:
    """What was shown of some libraries, and all that is shown once these are built again."""
    pages = ((path, one, one.about.page if isinstance(one, Document) else one.page) for path, one in shown.items())
    before = {path: one for path, one, page in pages if _library(page) in libraries}
    return before, {**{path: one for path, one in shown.items() if path not in before}, **built}


class _Sighting(NamedTuple):
    """Where a rewording shows: on a page, or in the partial of one; in which dialects, and in which files."""

    what: Rewording
    page: str
    dialects: Iterable[str]
    files: Iterable[str]
    partial: str = ""


def _united(day: date, sightings: Iterable[_Sighting]) -> Iterator[Upcoming]:
    """Each change once, with all that shows it."""
    found: dict[Rewording, list[_Sighting]] = {}
    for sighting in sightings:
        found.setdefault(replace(sighting.what, partial=False), []).append(sighting)
    for what, group in found.items():
        whole = replace(what, places=frozenset().union(*(one.what.places for one in group)))
        pages = dict.fromkeys(one.page for one in group if one.page and not one.partial)
        partials = {one.partial: one.page for one in group if one.partial}
        shown = {name for one in group for name in one.dialects}
        dialects = tuple(name for name in DIALECTS if name in shown)
        files = tuple(sorted({file for one in group for file in one.files}))
        yield Upcoming(day, whole, tuple(pages), tuple(partials), dialects, files, tuple(partials.values()))


class _Day:
    """Finds what is shown from a day on and was not before. One dialect may stand for all."""

    def __init__(self, site: Site, day: date, dialects: Sequence[str]) -> None:
        self.site = site
        self.day = day
        self.one_for_all = len(dialects) == 1

    def on_pages(self, old: ReadOnly[str, Document], new: ReadOnly[str, Document]) -> Iterator[_Sighting]:
        """What reads differently on pages."""
        for path in dict.fromkeys((*new, *old)):
            document = new.get(path) or old[path]
            rewordings = list(reworded(old.get(path), new.get(path)))
            paths = self._paths(path, document) if rewordings else {}
            twins = [f"{own.rpartition('/')[0]}/index.md" for name, own in paths.items() if DIALECTS[name].site]
            for what in rewordings:
                apart = {name for name in paths if what.partial and self.site.settings.styles[name].partial}
                files = [own for name, own in paths.items() if name not in apart]
                yield _Sighting(what, document.about.page, paths, [*files, *twins])

    def in_partials(self, old: ReadOnly[str, Partial], new: ReadOnly[str, Partial]) -> Iterator[_Sighting]:
        """What reads differently in partials."""
        endings = {name: dialect.fragment_suffix for name, dialect in DIALECTS.items() if dialect.fragments}
        for path in dict.fromkeys((*new, *old)):
            partial = new.get(path) or old[path]
            for what in reworded_partial(old.get(path), new.get(path), self.day.isoformat()):
                folders = self.site.settings.fragments
                files = [f"{folders[name]}/{partial.path}{ending}" for name, ending in endings.items()]
                yield _Sighting(what, partial.page, endings, files, partial.path)

    def in_navigation(self, old: ReadOnly[str, Document], new: ReadOnly[str, Document]) -> Iterator[_Sighting]:
        """The pages of each library, as every page of an HTML site names them."""
        before, after = _pages_of(old.values()), _pages_of(new.values())
        for library in (library for library in after if library in before):
            lists = [", ".join(found[library].values()) for found in (before, after)]
            what = Rewording("navigation", "", lists[0], lists[1])
            for path, document in new.items() if lists[0] != lists[1] else ():
                page = document.about.page
                if _library(page) == library:
                    paths = {name: own for name, own in self._paths(path, document).items() if DIALECTS[name].site}
                    yield _Sighting(what, page if paths else "", paths, paths.values())

    def _paths(self, path: str, document: Document) -> dict[str, str]:
        """The path of a page in each dialect that its document stands for."""
        paths = {document.about.dialect: path}
        if self.one_for_all:
            product, _, library = document.about.page.partition("/")
            names = Names(Context(self.site.facts, self.day, product, library))
            for name, template in self.site.page_paths.items():
                filled = fill_text(template, names, self.site.settings.pages[name].place, lambda _: None)
                paths.setdefault(name, filled.text if filled else "")
        return paths


def _pages_of(documents: Iterable[Document]) -> dict[str, dict[str, str]]:
    """The names of the products and the library of each page, by library."""
    pages: dict[str, dict[str, str]] = {}
    for document in documents:
        about = document.about
        pages.setdefault(_library(about.page), {})[about.page] = f"{about.product} for {about.library}"
    return pages
