"""What a build remembers of each library, and which libraries the next build has to make again.

A library is built from the common sources and its own files, and sees no other library. So where the common
sources are the same, libraries with the same files give the same. What a site has to know of those that it does not
read stands in the record of the last build, and so does what was found there; what it sees of them is compared with
that, and where anything differs, the whole site is built.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import Any, NamedTuple

from sitegen.build_record import Record
from sitegen.codec import as_data, from_data
from sitegen.facts import Known
from sitegen.findings import Finding
from sitegen.library import Showing
from sitegen.loading import Site
from sitegen.reasons import Reason
from sitegen.rules import Judged, UnitLint
from sitegen.site import FOUND_BESIDE, Build, Summary

_BESIDE = ""  # no library has this id; its section is what stands beside all pages

Subject = tuple[str, str]


class Remembered(NamedTuple):
    """What a build remembers of a library: its own files, what is known of them, what it gave, and what was found.

    `noted` was found as its own files were read and its pages built, `lint` by rules that look at no other library.
    `shown` tells which of the subjects of all findings its pages show, and on which of them.
    """

    files: tuple[str, ...]
    known: Known
    lint: UnitLint
    summary: Summary
    noted: tuple[Finding, ...] = ()
    shown: tuple[Showing, ...] = ()


class Beside(NamedTuple):
    """What stands beside all pages: paths; what was found of the whole site; and the subjects of all findings."""

    paths: tuple[str, ...]
    findings: tuple[Finding, ...]
    subjects: frozenset[Subject]


class Part(NamedTuple):
    """The part of a site that is to be built: some libraries, without reading the files of the others.

    `kept` are all others, and `unread` their own files, with the library of each. `paths` are those of what they gave,
    and of what stands `beside`. `order` is that of all libraries, and `reason` says what has changed.
    """

    libraries: frozenset[str]
    unread: ReadOnly[str, str]
    kept: ReadOnly[str, Remembered]
    beside: Beside
    paths: tuple[str, ...]
    order: tuple[str, ...]
    reason: Reason

    @property
    def others(self) -> dict[str, Remembered]:
        """The libraries that are kept, and have own files, which are not read."""
        return {id_: one for id_, one in self.kept.items() if one.files}

    @property
    def judged(self) -> Judged:
        """What the rules know of these."""
        return Judged((), {id_: one.lint for id_, one in self.others.items()})

    def laid_over(self, made: Build) -> Build:
        """The build of the part, with what was found in what is kept, and where that is shown."""
        noted = {id_: one.noted for id_, one in self.kept.items()}
        noted |= {id_: summary.findings for id_, summary in made.libraries.items()}
        shown = {id_: one.shown for id_, one in self.kept.items()}
        # Of findings that several libraries give, the first counts.
        in_turn = (finding for id_ in self.order for finding in noted.get(id_, ()))
        findings = (*self.beside.findings, *in_turn, *made.findings)
        return replace(made, findings=findings, shown={**shown, **made.shown})

    def tells_all(self, site: Site, findings: Iterable[Finding]) -> bool:
        """Whether it is known where the subjects of these are shown.

        What an own file says is shown by its own library. Of other subjects that is remembered which had findings.
        """
        return all(
            finding.subject is None or finding.subject in self.beside.subjects or finding.place.file in site.own_files
            for finding in findings
        )


def sections(
    site: Site, made: Build, judged: Judged, before: ReadOnly[str, str] | None = None, beside: Beside | None = None
) -> dict[str, str]:
    """The sections of the record of a build.

    What it has not built is as it was `before`; what stands `beside` all pages was so, too.
    """
    files: dict[str, list[str]] = {}
    for name, library in site.own_files.items():
        files.setdefault(library, []).append(name)
    noted: dict[str, list[Finding]] = {}
    for finding in site.findings:
        noted.setdefault(site.own_files.get(finding.place.file, ""), []).append(finding)
    raw = (finding for unit in judged.units.values() for finding in unit.findings)
    subjects = {finding.subject for finding in (*judged.findings, *raw) if finding.subject}
    subjects |= beside.subjects if beside is not None else set()
    sections_ = dict(before or {})
    for library, summary in made.libraries.items():
        known = site.facts.known.get(library)
        data = [
            files.get(library, []) if known is not None else [],
            known.as_data() if known is not None else None,
            as_data(judged.units.get(library, UnitLint())),
            summary.paths,
            summary.shape,
            _as_data((*noted.get(library, ()), *summary.findings)),
            [
                [sorted(one.records & subjects), one.pages, one.library]
                for one in made.shown[library]
                if one.records & subjects
            ],
        ]
        sections_[library] = json.dumps(data, separators=(",", ":"))
    if beside is None:
        owned = {path for summary in made.libraries.values() for path in summary.paths}
        paths = [path for path in made.files if path not in owned]
        found = _as_data(finding for finding in made.findings if finding.code in FOUND_BESIDE)
        sections_[_BESIDE] = json.dumps([paths, found, sorted(subjects)])
    return sections_


def _as_data(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    return [finding.as_data() for finding in findings]


def part_to_build(record: Record, changed: Collection[str], there: Collection[str]) -> Part | Reason:
    """The part to build where some sources have changed, and the paths in `there` are as the last build left them.

    Where that is the whole site, the reason for it.
    """
    try:
        paths, found, subjects = json.loads(record.sections[_BESIDE])
        beside = Beside(_texts(paths), _findings(found), frozenset(map(tuple, subjects)))
        remembered = {id_: _read(text) for id_, text in record.sections.items() if id_ != _BESIDE}
    except (ValueError, LookupError, TypeError, AttributeError):
        return Reason("no record")
    library_of = {name: id_ for id_, one in remembered.items() for name in one.files}
    common = [name for name in changed if name not in library_of]
    if common:
        return Reason("common", tuple(sorted(common)))
    lost = [path for path in beside.paths if path not in there]
    if lost:
        return Reason("beside", paths=tuple(lost))
    again = {library_of[name] for name in changed}
    for id_, one in remembered.items():
        gone = [path for path in one.summary.paths if path not in there]
        lost += gone
        again |= {id_} if gone else set()
    reason = Reason("libraries" if again else "nothing", tuple(sorted(changed)), tuple(lost))
    if 2 * len(again) > len(remembered):
        return reason._replace(kind="many")
    kept = {id_: one for id_, one in remembered.items() if id_ not in again}
    unread = {name: id_ for id_, one in kept.items() for name in one.files}
    given = (path for one in kept.values() for path in one.summary.paths)
    return Part(frozenset(again), unread, kept, beside, (*beside.paths, *given), tuple(remembered), reason)


def seen_otherwise(part: Part, record: Record, site: Site, made: Build) -> tuple[str, ...]:
    """The libraries of a part of which others see something else than before. Then what was built is not all."""
    return tuple(library for library in sorted(part.libraries) if not _as_before(library, record, site, made))


def _as_before(library: str, record: Record, site: Site, made: Build) -> bool:
    before = _read(record.sections[library])
    own = tuple(name for name, id_ in site.own_files.items() if id_ == library)
    return (
        own == before.files
        and library in made.libraries
        and site.facts.known.get(library, _NOTHING) == before.known
        and made.libraries[library].shape == before.summary.shape
    )


_NOTHING = Known({}, {})


def _read(text: str) -> Remembered:
    """Read a section. Raises ValueError, LookupError, TypeError and AttributeError."""
    files, known, lint, paths, shape, noted, shown = json.loads(text)
    return Remembered(
        _texts(files),
        Known.from_data(known) if known is not None else _NOTHING,
        from_data(UnitLint, lint),
        Summary(_texts(paths), str(shape)),
        _findings(noted),
        tuple(Showing(frozenset(map(tuple, records)), _texts(pages), str(of)) for records, pages, of in shown),
    )


def _findings(data: Iterable[ReadOnly[str, Any]]) -> tuple[Finding, ...]:
    return tuple(map(Finding.from_data, data))


class Given(NamedTuple):
    """What a library was made of and what it gave: its own files, and the paths of the output."""

    files: tuple[str, ...]
    paths: tuple[str, ...]


def given(sections: ReadOnly[str, str]) -> dict[str, Given]:
    """What each library of a record gave; below `""` what stands beside all pages. Empty where that is not known."""
    found = {}
    try:
        for library, text in sections.items():
            data = json.loads(text)
            found[library] = (
                Given((), _texts(data[0])) if library == _BESIDE else Given(_texts(data[0]), _texts(data[3]))
            )
    except (ValueError, LookupError, TypeError):
        return {}
    return found


def _texts(items: Iterable[object]) -> tuple[str, ...]:
    return tuple(map(str, items))
