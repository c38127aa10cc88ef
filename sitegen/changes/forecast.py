"""What the pages of a site will say otherwise when days have passed, though nobody changes a fact.

The days on which anything may change are collected from the sources. The site is built for the first
day and for each of those, for the libraries concerned only, and documents and partials are compared.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field, replace
from datetime import date

from sitegen.changes.days import Event, days_of_change, events_of_all, events_of_library
from sitegen.changes.published import asks_dialect
from sitegen.changes.rewordings import Rewording, reworded, reworded_partial
from sitegen.context import Context
from sitegen.dialects import DIALECTS
from sitegen.documents import Document, Partial
from sitegen.facts import LIBRARIES, PRODUCTS
from sitegen.findings import Finding, Place
from sitegen.frozen import frozen
from sitegen.loading import Site
from sitegen.site import Build, build_site
from sitegen.tables import fill_text
from sitegen.templates import BrokenError, MissingError


@frozen
class Upcoming:
    """One change of what is published, on a day.

    `what` says what reads otherwise, with its old and its new text. `pages` and `dialects` show it, `partials` hold
    it, each for the page in `owners`, and `files` are the outputs that differ by it. `events` are what it comes from.
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
        partials = [
            (path, page)
            for path, page in zip(self.partials, self.owners, strict=True)
            if _library(page) == event.library
        ]
        return replace(
            self, pages=pages, partials=tuple(path for path, _ in partials), owners=tuple(page for _, page in partials)
        )


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
    dialects = _dialects(site)
    events = _events(site)
    first = build_site(site, start, dialects, libraries=frozenset().union(*concerned.values()), text=False)
    state = _State(first.documents, first.partials)
    known = {(finding.code, finding.message) for finding in first.findings}
    changes: list[Upcoming] = []
    wrong: list[tuple[date, Finding]] = []
    for day in sorted(concerned):
        libraries = concerned[day]
        build = build_site(site, day, dialects, libraries=libraries, text=False)
        found_on_day = list(_Day(site, day).changes(state, build, libraries))
        changes += (_with_events(change, events.get(day, ())) for change in found_on_day)
        found = [f for f in build.findings if f.severity == "error" and (f.code, f.message) not in known]
        wrong += [(day, finding) for finding in found]
        known.update((finding.code, finding.message) for finding in found)
        state = state.updated(build, libraries)
    days = {page: change.day for change in changes for page in _pages(change)}
    names = {page: _names(site, page, day) for page, day in days.items()}
    return Forecast(start, end, tuple(changes), first.findings, tuple(wrong), names)


def _events(site: Site) -> dict[date, list[Event]]:
    """What begins or ends on each day."""
    found: dict[date, list[Event]] = {}
    own = (event for library in site.facts.by_library for event in events_of_library(site, library))
    for event in (*events_of_all(site), *own):
        found.setdefault(event.day, []).append(event)
    return found


def _with_events(change: Upcoming, events: Sequence[Event]) -> Upcoming:
    """A change with what it comes from: events of its facts, else of tables and pages, else all of the day."""
    libraries = {"", *(_library(page) for page in _pages(change))}
    near = [event for event in events if event.library in libraries]
    of_facts = [event for event in near if not event.places.isdisjoint(change.what.places)]
    return replace(change, events=tuple(of_facts or [event for event in near if not event.places] or near))


def _pages(change: Upcoming) -> tuple[str, ...]:
    return (*change.pages, *change.owners)


def _names(site: Site, page: str, day: date) -> tuple[str, str]:
    """The names of the product and of the library of a page, with the package that it documents."""
    product, _, library = page.rpartition("/")
    context = Context(site.facts, day, product, library)
    names = [_name(context, PRODUCTS, product, "name"), _name(context, LIBRARIES, library, "name")]
    package = _name(context, LIBRARIES, library, "package", "")
    return names[0], f"{names[1]} ({package})" if package else names[1]


def _name(context: Context, dataset: str, id_: str, field: str, otherwise: str | None = None) -> str:
    known = context.datasets.get(dataset)
    record = known.records.get(id_) if known else None
    try:
        return str(context.fact(record, field)) if record else id_
    except (MissingError, BrokenError):
        return id_ if otherwise is None else otherwise


def _dialects(site: Site) -> tuple[str, ...]:
    """The dialects to build: all of them, or one where no page differs from dialect to dialect."""
    known = tuple(site.page_paths)
    return known if any(asks_dialect(page) for page in site.pages) else known[:1]


# --- what is shown -------------------------------------------------------------------


@frozen
class _State:
    """What is shown on a day: documents and partials by their paths."""

    documents: ReadOnly[str, Document]
    partials: ReadOnly[str, Partial]

    def updated(self, build: Build, libraries: Container[str]) -> _State:
        """The same with all that a build of some libraries gives."""
        documents = {path: d for path, d in self.documents.items() if _library(d.about.page) not in libraries}
        partials = {path: p for path, p in self.partials.items() if _library(p.page) not in libraries}
        return _State({**documents, **build.documents}, {**partials, **build.partials})


def _library(page: str) -> str:
    return page.rpartition("/")[2]


@dataclass(slots=True)
class _Found:
    """Where a rewording shows, while pages are being compared."""

    pages: dict[str, None] = field(default_factory=dict)
    places: set[Place] = field(default_factory=set)
    partials: dict[str, str] = field(default_factory=dict)
    dialects: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)


class _Day:
    """Compares what is shown from a day on with what was shown before."""

    def __init__(self, site: Site, day: date) -> None:
        self.site = site
        self.day = day
        self.one_for_all = len(_dialects(site)) == 1
        self.found: dict[Rewording, _Found] = {}

    def changes(self, before: _State, build: Build, libraries: Container[str]) -> Iterator[Upcoming]:
        """Each change once, with all that shows it."""
        for path in dict.fromkeys((*build.documents, *before.documents)):
            old, new = before.documents.get(path), build.documents.get(path)
            document = new or old
            if document is not None and _library(document.about.page) in libraries:
                rewordings = list(reworded(old, new))
                paths = self._paths(path, document) if rewordings else {}
                for what in rewordings:
                    self._on_page(what, document.about.page, paths)
        for path in dict.fromkeys((*build.partials, *before.partials)):
            was, now = before.partials.get(path), build.partials.get(path)
            partial = now or was
            if partial is not None and _library(partial.page) in libraries:
                for what in reworded_partial(was, now, self.day.isoformat()):
                    self._in_partial(what, partial)
        self._navigation(before, build, libraries)
        for what, found in self.found.items():
            dialects = tuple(name for name in DIALECTS if name in found.dialects)
            files = tuple(sorted(found.files))
            whole = replace(what, places=frozenset(found.places))
            owners = tuple(found.partials.values())
            yield Upcoming(self.day, whole, tuple(found.pages), tuple(found.partials), dialects, files, owners)

    def _on_page(self, what: Rewording, page: str, paths: ReadOnly[str, str]) -> None:
        found = self.found.setdefault(replace(what, partial=False), _Found())
        found.pages[page] = None
        found.places |= what.places
        for name, own in paths.items():
            found.dialects.add(name)
            if not (what.partial and self.site.settings.styles[name].partial):
                found.files.add(own)
            if DIALECTS[name].site:
                found.files.add(f"{own.rpartition('/')[0]}/index.md")

    def _in_partial(self, what: Rewording, partial: Partial) -> None:
        found = self.found.setdefault(replace(what, partial=False), _Found())
        found.partials[partial.path] = partial.page
        found.places |= what.places
        for name, dialect in DIALECTS.items():
            if dialect.fragments:
                found.dialects.add(name)
                folder = self.site.settings.fragments[name]
                found.files.add(f"{folder}/{partial.path}{dialect.fragment_suffix}")

    def _navigation(self, before: _State, build: Build, libraries: Container[str]) -> None:
        """The pages of each library, as every page of an HTML site names them."""
        old, new = _pages_of(before.documents.values()), _pages_of(build.documents.values())
        for library in (library for library in new if library in old and library in libraries):
            lists = [", ".join(found[library].values()) for found in (old, new)]
            if lists[0] == lists[1]:
                continue
            found = self.found.setdefault(Rewording("navigation", "", lists[0], lists[1]), _Found())
            for path, document in build.documents.items():
                if _library(document.about.page) == library:
                    paths = self._paths(path, document)
                    named = {name: own for name, own in paths.items() if DIALECTS[name].site}
                    found.pages.update(dict.fromkeys([document.about.page] if named else []))
                    found.dialects.update(named)
                    found.files.update(named.values())

    def _paths(self, path: str, document: Document) -> dict[str, str]:
        """The path of a page in each dialect that its document stands for."""
        about = document.about
        paths = {about.dialect: path}
        if self.one_for_all:
            product, _, library = about.page.partition("/")
            names = Context(self.site.facts, self.day, product, library).names()
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
