"""The changes of the pages of a site on later days, without an edit.

The days on which pages may change are collected from the sources. The site is built as of the first day and as of each
of these, only for the affected libraries, and documents and partials are compared.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from typing import NamedTuple, TypeVar

from sitegen.changes.days import Event, days_of_change, events_of
from sitegen.changes.rewordings import Rewording, rewordings, rewordings_of_partial
from sitegen.documents.documents import Document, Partial
from sitegen.evaluation.context import Context
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.findings import Finding
from sitegen.formats import FORMATS
from sitegen.frozen import frozen
from sitegen.site.combine import build_site
from sitegen.site.loading import Site
from sitegen.site.selection import ids_of_page
from sitegen.templates.template import MissingError


@frozen
class Upcoming:
    """One change of the output on a day.

    `what` is the text that changes. `pages` are the names of the pages that show it, `partials` the partials that
    contain it, each with the name of its page; `formats` and `files` are the affected formats and output files.
    `events` are the causes, and `libraries` those of the pages.
    """

    day: date
    what: Rewording
    pages: tuple[str, ...]
    partials: ReadOnly[str, str]
    formats: tuple[str, ...]
    files: tuple[str, ...]
    events: tuple[Event, ...] = ()
    libraries: ReadOnly[str, str] = field(default_factory=dict, compare=False)

    def of(self, event: Event) -> Upcoming:
        """The change with only the pages that an event affects."""
        if not event.library:
            return self
        pages = tuple(page for page in self.pages if self.libraries[page] == event.library)
        partials = {name: page for name, page in self.partials.items() if self.libraries[page] == event.library}
        return replace(self, pages=pages, partials=partials)


@frozen
class Forecast:
    """All changes after `start`, up to and including `end`; `now` are the findings at the start, `wrong` later errors.

    `names` are the names of the product and the library of each page, the latter with its package, if any.
    """

    start: date
    end: date
    changes: tuple[Upcoming, ...]
    now: tuple[Finding, ...]
    wrong: tuple[tuple[date, Finding], ...]
    names: ReadOnly[str, tuple[str, str]] = field(default_factory=dict)


def forecast(site: Site, start: date, end: date) -> Forecast:
    """All changes of the output after a day, up to and including another one."""
    affected = {day: libraries for day, libraries in days_of_change(site).items() if start < day <= end}
    formats, events = site.formats, _events(site)
    first = build_site(site, start, formats, libraries=frozenset().union(*affected.values()))
    documents, partials = first.documents, first.partials
    known = {(finding.code, finding.message) for finding in first.findings}
    changes: list[Upcoming] = []
    wrong: list[tuple[date, Finding]] = []
    for day, libraries in sorted(affected.items()):
        build = build_site(site, day, formats, libraries=libraries)
        before, documents = _replaced(site, documents, build.documents, libraries)
        before_partials, partials = _replaced(site, partials, build.partials, libraries)
        on_pages = _on_pages(site, before, build.documents)
        in_partials = _in_partials(site, before_partials, build.partials)
        upcoming = _united(site, day, (*on_pages, *in_partials, *_in_navigation(before, build.documents)))
        changes += (_with_events(change, events.get(day, ())) for change in upcoming)
        new = [f for f in build.findings if f.severity == "error" and (f.code, f.message) not in known]
        wrong += [(day, finding) for finding in new]
        known.update((finding.code, finding.message) for finding in new)
    days = {page: change.day for change in changes for page in (*change.pages, *change.partials.values())}
    names = {page: _names(site, page, day) for page, day in days.items()}
    return Forecast(start, end, tuple(changes), first.findings, tuple(wrong), names)


def _events(site: Site) -> dict[date, list[Event]]:
    """The events of each day."""
    events: dict[date, list[Event]] = {}
    for event in events_of(site):
        events.setdefault(event.day, []).append(event)
    return events


def _with_events(change: Upcoming, events: Sequence[Event]) -> Upcoming:
    """A change with its causes: the events of its facts, else of tables and pages, else all events of the day."""
    libraries = {"", *change.libraries.values()}
    near = [event for event in events if event.library in libraries]
    of_facts = [event for event in near if not event.places.isdisjoint(change.what.places)]
    return replace(change, events=tuple(of_facts or [event for event in near if not event.places] or near))


def _names(site: Site, page: str, day: date) -> tuple[str, str]:
    """The names of the product and of the library of a page, with the package that it documents."""
    product, library = ids_of_page(site.facts, page)
    context = Context(site.facts, day, product, library)
    name = _text(context, LIBRARIES, library, "name", library)
    package = _text(context, LIBRARIES, library, "package", "")
    return _text(context, PRODUCTS, product, "name", product), f"{name} ({package})" if package else name


def _text(context: Context, dataset: str, id_: str, field: str, default: str) -> str:
    try:
        return str(context.fact(context.datasets[dataset].records[id_], field))
    except (KeyError, MissingError):
        return default


# --- differences between two builds --------------------------------------------------

T = TypeVar("T", Document, Partial)


def _replaced(
    site: Site, former: ReadOnly[str, T], built: ReadOnly[str, T], libraries: Container[str]
) -> tuple[dict[str, T], dict[str, T]]:
    """The former documents or partials of some libraries, and those of the whole site after a rebuild of these."""
    pages = (
        (path, item, item.about.page if isinstance(item, Document) else item.page) for path, item in former.items()
    )
    before = {path: item for path, item, page in pages if ids_of_page(site.facts, page)[1] in libraries}
    return before, {**{path: item for path, item in former.items() if path not in before}, **built}


class _Occurrence(NamedTuple):
    """Where a rewording is: on a page or in a partial of a page, in which formats, and in which files."""

    what: Rewording
    page: str
    formats: Iterable[str]
    files: Iterable[str]
    partial: str = ""


def _united(site: Site, day: date, occurrences: Iterable[_Occurrence]) -> Iterator[Upcoming]:
    """Each change once, with all its occurrences."""
    occurrences_of: dict[Rewording, list[_Occurrence]] = {}
    for occurrence in occurrences:
        occurrences_of.setdefault(replace(occurrence.what, partial=False), []).append(occurrence)
    for what, group in occurrences_of.items():
        whole = replace(what, places=frozenset().union(*(each.what.places for each in group)))
        pages = dict.fromkeys(each.page for each in group if each.page and not each.partial)
        partials = {each.partial: each.page for each in group if each.partial}
        names = {name for each in group for name in each.formats}
        formats = tuple(name for name in FORMATS if name in names)
        files = tuple(sorted({file for each in group for file in each.files}))
        libraries = {page: ids_of_page(site.facts, page)[1] for page in (*pages, *partials.values())}
        yield Upcoming(day, whole, tuple(pages), partials, formats, files, libraries=libraries)


def _on_pages(site: Site, old: ReadOnly[str, Document], new: ReadOnly[str, Document]) -> Iterator[_Occurrence]:
    """The differences on pages."""
    found: dict[object, list[Rewording]] = {}  # formats share the text and the front matter of a page
    for path in dict.fromkeys((*new, *old)):
        before, after = old.get(path), new.get(path)
        about = (after or old[path]).about
        twin = [f"{path.rpartition('/')[0]}/index.md"] if FORMATS[about.format].site else []
        key = about.page, *(each and (id(each.inserts), id(each.meta)) for each in (before, after))
        if key not in found:
            found[key] = list(rewordings(before, after))
        for what in found[key]:
            is_included = what.partial and site.settings.styles[about.format].partial
            yield _Occurrence(what, about.page, (about.format,), twin if is_included else [path, *twin])


def _in_partials(site: Site, old: ReadOnly[str, Partial], new: ReadOnly[str, Partial]) -> Iterator[_Occurrence]:
    """The differences in partials."""
    formats = site.settings.formats
    endings = {name: FORMATS[name].fragment_suffix for name in formats if FORMATS[name].fragments}
    for path in dict.fromkeys((*new, *old)):
        partial = new.get(path) or old[path]
        for what in rewordings_of_partial(old.get(path), new.get(path)):
            files = [f"{site.settings.fragments[name]}/{partial.path}{ending}" for name, ending in endings.items()]
            yield _Occurrence(what, partial.page, endings, files, partial.path)


def _in_navigation(old: ReadOnly[str, Document], new: ReadOnly[str, Document]) -> Iterator[_Occurrence]:
    """The differences in the list of the pages of a library, which each of its pages in an HTML site contains."""
    before, after = _titles_by_library(old.values()), _titles_by_library(new.values())
    for path, document in new.items():
        about, library = document.about, document.about.library_id
        was, now = (", ".join(titles.get(library, {}).values()) for titles in (before, after))
        if FORMATS[about.format].site and was and was != now:
            yield _Occurrence(Rewording("navigation", "", was, now), about.page, (about.format,), (path,))


def _titles_by_library(documents: Iterable[Document]) -> dict[str, dict[str, str]]:
    """The titles of the pages of each library, by page."""
    pages: dict[str, dict[str, str]] = {}
    for document in documents:
        about = document.about
        pages.setdefault(about.library_id, {})[about.page] = about.subject
    return pages
