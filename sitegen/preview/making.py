"""How a preview makes a site anew: the libraries whose own files have changed, laid over the last good site.

    texts, the last good ones -> load -> Work -> build -> pages, judge -> findings, days_of

A library is built from the common sources and its own files, and sees no other library. So where nothing else has
changed, and others see the same of these libraries, what was made of all others still holds. Each step does the whole
work where that is not so; what comes of it is the same either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date

from sitegen.changes.days import days_of_all, days_of_library
from sitegen.facts import Known
from sitegen.findings import in_order
from sitegen.frozen import frozen
from sitegen.loading import Site, Texts, load_site, with_own_files
from sitegen.rules import MEANING, Judged, judge
from sitegen.site import FOUND_BESIDE, Build, build_site

NOTHING = Build({}, (), {}, {})
_ALL = ""  # no library has this id


@frozen
class Good:
    """Sources without an error, and all that was made of them for a day.

    `known` is what is known of the files of all libraries together. Under `""`, `days` has those of all libraries.
    """

    texts: Texts
    day: date
    site: Site
    known: Known
    html: Build
    others: Build
    judged: Judged
    days: ReadOnly[str, frozenset[date]]


@frozen
class Work:
    """A site that is to be built as of a day. With `last`, it is as that was but for some `libraries`."""

    texts: Texts
    day: date
    site: Site
    last: Good | None = None
    libraries: frozenset[str] = frozenset()


def load(texts: Texts, day: date, last: Good | None) -> Work:
    """Load a site: of the last good one, only what has changed."""
    part = _part(texts, last) if last is not None and last.day == day else None
    return part or Work(texts, day, load_site(texts))


def _part(texts: Texts, last: Good) -> Work | None:
    """Load the libraries whose own files have changed. None where more than that is to be loaded."""
    before = last.site
    if before.compares_libraries:
        return None
    changed = [name for name, data in texts.items() if last.texts.get(name) != data]
    if len(texts) != len(last.texts) or not before.own_files.keys() >= {*changed}:
        return None
    libraries = frozenset(before.own_files[name] for name in changed)
    own = {name: texts[name] for name, library in before.own_files.items() if library in libraries}
    site = with_own_files(before, own, last.known)
    return Work(texts, last.day, site, last, libraries) if site is not None else None


def build(work: Work, site: Site, dialects: Sequence[str], last: Build | None) -> Build:
    """Build the pages of a site in some dialects. What is wrong with the sources themselves is not told again.

    `last` is what was built of the last good one.
    """
    site = replace(site, findings=())
    if work.last is not None and last is not None:
        part = build_site(site, work.day, dialects, libraries=work.libraries, documents=False, beside=False)
        if _as_others_saw(part, last, work.libraries):
            return _laid_over(last, part)
    return build_site(site, work.day, dialects, documents=False)


def _as_others_saw(part: Build, last: Build, libraries: Iterable[str]) -> bool:
    """Whether others see the same of some libraries as before."""
    before, now = last.libraries, part.libraries
    return all(id_ in before and id_ in now and before[id_].shape == now[id_].shape for id_ in libraries)


def _laid_over(last: Build, part: Build) -> Build:
    libraries = {**last.libraries, **part.libraries}
    beside = (finding for finding in last.findings if finding.code in FOUND_BESIDE)
    return Build(
        {**last.files, **part.files},
        (*beside, *(finding for library in libraries.values() for finding in library.findings)),
        {},
        {**last.partials, **part.partials},
        {**last.shown, **part.shown},
        libraries,
        last.pages,
    )


def over(below: Build, above: Build) -> Build:
    """Two builds of different dialects as one. The summaries of libraries are still those of one of them."""
    shown = {id_: (*showings, *above.shown.get(id_, ())) for id_, showings in below.shown.items()}
    return Build(
        {**below.files, **above.files},
        tuple(in_order((*below.findings, *above.findings))),
        {},
        {**below.partials, **above.partials},
        {**above.shown, **shown},
        {**below.libraries, **above.libraries},
        {**below.pages, **above.pages},
    )


def with_findings(site: Site, made: Build) -> Build:
    """A build that also tells what is wrong with the sources themselves."""
    return replace(made, findings=tuple(made.with_pages([*site.findings, *made.findings], site.own_files)))


def judged(work: Work, made: Build) -> Judged:
    """What a build found, and what the rules find, with what they know then of each library."""
    known = Judged()
    if work.last is not None:
        units = work.last.judged.units
        known = Judged((), {id_: unit for id_, unit in units.items() if id_ not in work.libraries})
    return judge(work.site, work.texts, work.day, made, MEANING, known)


def days_of(work: Work) -> dict[str, frozenset[date]]:
    """The days on which the pages of each library may change by themselves, and those of all under `""`."""
    facts = work.site.facts
    if work.last is None:
        own = {id_: days_of_library(facts.datasets, view) for id_, view in facts.by_library.items()}
        return {_ALL: days_of_all(work.site), **own}
    again = {id_: view for id_, view in facts.by_library.items() if id_ in work.libraries}
    return {**work.last.days, **{id_: days_of_library(facts.datasets, view) for id_, view in again.items()}}


def good(work: Work, html: Build, others: Build, judged: Judged, days: ReadOnly[str, frozenset[date]]) -> Good:
    """What the next work may stand on."""
    known = work.last.known if work.last is not None else _together(work.site.facts.known.values())
    return Good(work.texts, work.day, work.site, known, html, others, judged, days)


def _together(libraries: Iterable[Known]) -> Known:
    """What is known of the files of several libraries, as if they were one."""
    ids: dict[str, dict[str, None]] = {}
    given: dict[tuple[str, str], dict[str, None]] = {}
    for known in libraries:
        for name, found in known.ids.items():
            ids.setdefault(name, {}).update(dict.fromkeys(found))
        for key, fields in known.given.items():
            given.setdefault(key, {}).update(dict.fromkeys(fields))
    return Known(
        {name: tuple(found) for name, found in ids.items()}, {key: tuple(found) for key, found in given.items()}
    )
