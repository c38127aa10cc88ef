"""What a build remembers of each library, and which libraries the next build has to make again.

A library is built from the common sources and its own files, and sees no other library. So where the common
sources are the same, libraries with the same files give the same. What a site has to know of those that it does not
read stands in the record of the last build; what it sees of them is compared with that, and where anything differs, or
anything is found, the whole site is built.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from collections.abc import Mapping as ReadOnly
from typing import NamedTuple

from sitegen.build_record import Record
from sitegen.facts import Known
from sitegen.loading import Site
from sitegen.reasons import Reason
from sitegen.rules.evidence import Evidence
from sitegen.site import Build, Summary

_BESIDE = ""  # no library has this id; the paths of what stands beside all pages


class Remembered(NamedTuple):
    """What a build remembers of a library: its own files, what is known of them, and what it gave."""

    files: tuple[str, ...]
    known: Known
    evidence: Evidence
    summary: Summary


class Part(NamedTuple):
    """The part of a site that is to be built: some libraries, without reading the files of the others.

    `kept` are the paths of what all others gave. `reason` says what has changed.
    """

    libraries: frozenset[str]
    unread: frozenset[str]
    others: ReadOnly[str, Remembered]
    kept: tuple[str, ...]
    reason: Reason


def sections(
    site: Site, made: Build, evidence: ReadOnly[str, Evidence], before: ReadOnly[str, str] | None = None
) -> dict[str, str]:
    """The sections of the record of a build. What it has not built is as it was `before`."""
    files: dict[str, list[str]] = {}
    for name, library in site.own_files.items():
        files.setdefault(library, []).append(name)
    found = dict(before or {})
    for library, summary in made.libraries.items():
        known = site.facts.known.get(library)
        read = files.get(library, []) if known is not None else []
        data = [
            read,
            known.as_data() if known is not None else None,
            evidence[library].as_data() if library in evidence else None,
            summary.paths,
            summary.shape,
        ]
        found[library] = json.dumps(data, separators=(",", ":"))
    if before is None:
        owned = {path for summary in made.libraries.values() for path in summary.paths}
        found[_BESIDE] = json.dumps([path for path in made.files if path not in owned])
    return found


def part_to_build(record: Record, changed: Collection[str], there: Collection[str]) -> Part | Reason:
    """The part to build where some sources have changed, and the paths in `there` are as the last build left them.

    Where that is the whole site, the reason for it.
    """
    try:
        beside: list[str] = json.loads(record.sections[_BESIDE])
        remembered = {id_: _read(text) for id_, text in record.sections.items() if id_ != _BESIDE}
    except (ValueError, KeyError, TypeError, AttributeError):
        return Reason("no record")
    if record.findings:
        return Reason("findings")
    library_of = {name: id_ for id_, one in remembered.items() for name in one.files}
    common = [name for name in changed if name not in library_of]
    if common:
        return Reason("common", tuple(sorted(common)))
    lost = [path for path in beside if path not in there]
    if lost:
        return Reason("beside", paths=tuple(lost))
    again = {library_of[name] for name in changed}
    for id_, one in remembered.items():
        paths = [path for path in one.summary.paths if path not in there]
        lost += paths
        again |= {id_} if paths else set()
    reason = Reason("libraries" if again else "nothing", tuple(sorted(changed)), tuple(lost))
    if 2 * len(again) > len(remembered):
        return reason._replace(kind="many")
    others = {id_: one for id_, one in remembered.items() if id_ not in again and one.files}
    unread = frozenset(name for one in others.values() for name in one.files)
    kept = [path for id_, one in remembered.items() if id_ not in again for path in one.summary.paths]
    return Part(frozenset(again), unread, others, (*beside, *kept), reason)


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
    """Read a section. Raises ValueError, KeyError, TypeError and AttributeError."""
    files, known, evidence, paths, shape = json.loads(text)
    return Remembered(
        _texts(files),
        Known.from_data(known) if known is not None else _NOTHING,
        Evidence.from_data(evidence) if evidence is not None else Evidence(),
        Summary(_texts(paths), str(shape)),
    )


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
            found[library] = Given(_texts(data[0]), _texts(data[3])) if library != _BESIDE else Given((), _texts(data))
    except (ValueError, LookupError, TypeError):
        return {}
    return found


def _texts(items: Iterable[object]) -> tuple[str, ...]:
    return tuple(map(str, items))
