"""A whole build by two processes, each of which loads, builds, judges and writes half of the libraries.

    texts -> two halves -> in each: facts -> libraries -> texts, evidence
                        -> in the first: one build, findings

A half has the common sources, and the own files of its libraries. What it has to know of other libraries, the halves
tell each other. The texts of pages stay in the process that has made them.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from functools import cache
from typing import NamedTuple

from sitegen.facts import Known
from sitegen.findings import Finding
from sitegen.frozen import frozen
from sitegen.halving import Copy, End, LostError
from sitegen.library import File, LibraryBuild
from sitegen.loading import Site, Texts, load_site
from sitegen.output import hashes_of
from sitegen.rules import Group, Judged, lint_units
from sitegen.rules.parts import Common
from sitegen.site import Build, build_libraries, in_force, put_together

_LIBRARY = re.compile(rb"^library:[ \t]+([A-Za-z0-9._-]+)[ \t]*\r?$", re.MULTILINE)


class ApartError(Exception):
    """A site cannot be loaded in halves: something has to be known of all of it at once."""


@frozen
class Half:
    """The texts of half of a site, the own files among them with their libraries, and which half it is."""

    texts: Texts
    own_files: ReadOnly[str, str]
    second: bool = False

    def libraries(self, site: Site, day: date) -> set[str]:
        """The libraries of the half on a day: those with own files here, and half of those without any."""
        mine = {*self.own_files.values()}
        libraries = in_force(site, day)
        others = [id_ for id_ in libraries if id_ not in site.facts.known]
        middle = (len(others) + 1) // 2
        return {id_ for id_ in libraries if id_ in mine}.union(others[middle:] if self.second else others[:middle])


@frozen
class Asked:
    """What a whole build is asked for."""

    day: date
    dialects: Sequence[str]
    groups: Collection[Group]


class _Given(NamedTuple):
    """What the second half gives, without the texts of files."""

    own_files: ReadOnly[str, str]
    findings: tuple[Finding, ...]
    builds: ReadOnly[str, LibraryBuild]
    judged: Judged


class Both(NamedTuple):
    """What both halves give. `known` is what rules have found of their libraries."""

    site: Site
    made: Build
    known: Judged


def halves(texts: Texts) -> tuple[Half, Half]:
    """A site in halves of about one size, as far as can be seen without reading it."""
    own = {
        name: match[1].decode()
        for name, data in texts.items()
        if name.startswith("content/") and name.endswith((".yaml", ".yml")) and (match := _LIBRARY.search(data))
    }
    sizes: Counter[str] = Counter()
    for name, library in own.items():
        sizes[library] += len(texts[name])
    first: set[str] = set()
    size = 0
    for library in sizes:
        if first and size + sizes[library] / 2 > sizes.total() / 2:
            break
        first.add(library)
        size += sizes[library]

    def half(libraries: Collection[str], *, second: bool) -> Half:
        mine = {name: library for name, library in own.items() if library in libraries}
        return Half({name: data for name, data in texts.items() if name in mine or name not in own}, mine, second)

    return half(first, second=False), half(sizes.keys() - first, second=True)


class Second:
    """The second half of a build, in a process of its own. Raises OSError where none can be made.

    It holds the texts of its files, as `output.write` asks for them.
    """

    def __init__(self, half: Half, asked: Asked) -> None:
        self._copy = Copy(lambda end: _build_second(end, half, asked))

    def build(self, half: Half, asked: Asked, tick: Callable[[int, int], None], begin: Callable[[str], None]) -> Both:
        """Build the first half here, and put both together. Raises ApartError and LostError."""

        def exchange(own_files: ReadOnly[str, str], known: ReadOnly[str, Known]) -> ReadOnly[str, Known]:
            theirs: ReadOnly[str, Known] = self._copy.receive()
            if own_files != half.own_files:
                raise ApartError
            self._copy.send(known)
            return {**known, **theirs}

        begin("loading")
        site = load_site(half.texts, exchange)
        common = {name for name, dataset in site.facts.datasets.items() if dataset.place.file not in half.own_files}
        if not common or not all(known.ids.keys() <= common for known in site.facts.known.values()):
            raise ApartError
        if site.facts.beside or site.compares_libraries:  # a common file speaks of a library, or a page of several
            raise ApartError
        begin("building")
        every = in_force(site, asked.day)
        mine = build_libraries(
            site,
            asked.day,
            asked.dialects,
            libraries=half.libraries(site, asked.day),
            documents=False,
            tick=lambda done, of: tick(done * len(every) // (of or 1), len(every)),  # the other half is about as far
        )
        judged = _judge_half(site, half, asked)  # as the other does meanwhile
        theirs: _Given = self._copy.receive()
        findings = (*site.findings, *theirs.findings)
        site = replace(site, own_files={**site.own_files, **theirs.own_files}, findings=findings)
        made = put_together(site, asked.day, asked.dialects, {**mine, **theirs.builds})
        if made.libraries.keys() != {*every}:
            raise ApartError
        return Both(site, made, Judged((), {**judged.units, **theirs.judged.units}))

    def ask(self, paths: Sequence[str], root: str = "") -> None:
        """Ask for the hashes of files. Below a `root` they are to be staged, too."""
        self._copy.send((paths, root))

    def answer(self) -> dict[str, str]:
        """The hashes of these files. Raises OSError and LostError."""
        hashes: dict[str, str] | OSError = self._copy.receive()
        if isinstance(hashes, OSError):
            raise hashes
        return hashes

    def close(self) -> None:
        """End the process."""
        self._copy.close()


def _build_second(end: End, half: Half, asked: Asked) -> None:
    """What the second process does: build its half, and write those of its files that it is asked for.

    Where that cannot be done it ends, and the first one goes on alone.
    """
    first = os.getppid()

    def exchange(own_files: ReadOnly[str, str], known: ReadOnly[str, Known]) -> ReadOnly[str, Known]:
        if own_files != half.own_files:
            raise ApartError
        end.send(known)
        return {**end.receive(), **known}

    site = load_site(half.texts, exchange)
    if not site.facts.datasets or site.compares_libraries:
        raise ApartError  # nothing could be read, or a page needs what the other half has
    libraries = half.libraries(site, asked.day)
    made = build_libraries(site, asked.day, asked.dialects, libraries=libraries, documents=False)
    parts: dict[str, tuple[str, ...]] = {}
    for one in made.values():
        for output in one.outputs:
            if output.file is not None:
                parts.setdefault(output.path, output.file.parts)
    builds = {library: _without_texts(one) for library, one in made.items()}
    end.send(_Given(site.own_files, site.findings, builds, _judge_half(site, half, asked)))

    def while_needed(paths: Sequence[str]) -> Iterator[str]:
        for path in paths:
            if os.getppid() != first:
                raise LostError  # nobody would put the files into their places
            yield path

    while True:
        paths, root = end.receive()
        try:
            end.send(dict(hashes_of(parts, while_needed(paths), root)))
        except OSError as error:
            end.send(error)


def _judge_half(site: Site, half: Half, asked: Asked) -> Judged:
    """What rules find of the libraries of a half, where its facts can be read."""
    if any(finding.severity == "error" for finding in site.findings):
        return Judged()
    return Judged((), lint_units(Common(site, half.texts, asked.day), asked.groups))


def _without_texts(made: LibraryBuild) -> LibraryBuild:
    outputs = (
        output._replace(file=output.file and _elsewhere(output.file.dialect, output.file.fragment))
        for output in made.outputs
    )
    return replace(made, outputs=tuple(outputs))


@cache  # so that it is sent once
def _elsewhere(dialect: str, fragment: bool) -> File:
    return File((), dialect, fragment, elsewhere=True)
