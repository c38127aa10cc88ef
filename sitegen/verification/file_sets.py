"""The files of a release as their names tell them: what they were built for, and what that fits.

Releases of one package, and packages that are built in the same way, have the same files but for their names.
They share one `FileSet`, so that what was asked once is known.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import NamedTuple

from sitegen.indexes.interface import Artifact, Floor, Index, Line
from sitegen.indexes.releases import unfold
from sitegen.verification.lines import line_of, line_range
from sitegen.version_ranges import intersect

# By requirement: the names, each as the number of its head, which is the name of the package, and the rest.
Content = tuple[tuple[str, tuple[tuple[int, str], ...]], ...]


class File(NamedTuple):
    """A file: what it requires, the two parts of its name, and what it states."""

    requirement: str
    head: int
    rest: str
    artifact: Artifact


class Fitting(NamedTuple):
    """The files that fit a line of a runtime, and the platforms of each; None where the index does not state them."""

    files: tuple[File, ...]
    platforms: tuple[tuple[str, ...] | None, ...]


class Needed(NamedTuple):
    """The lines of a runtime that need a system, and a file that shows it."""

    lines: list[Line]
    file: File


class FileSet:
    """The files of a release."""

    def __init__(self, index: Index, content: Content) -> None:
        self.index = index
        self.requirements = tuple(requirement for requirement, _ in content)
        self._content = content
        self._fitting: dict[tuple[str, Line], Fitting] = {}
        self._sources: dict[Line, File | None] = {}
        self._floors: dict[tuple[str, tuple[Line, ...], tuple[str, ...]], dict[Floor, Needed]] = {}

    @cached_property
    def by_builds(self) -> ReadOnly[tuple[str, ...], list[File]]:
        """The files by what they are built for."""
        found: dict[tuple[str, ...], list[File]] = {}
        for requirement, patterns in self._content:
            for head, pattern in patterns:
                for rest in unfold((pattern,)):
                    artifact = self.index.artifact(rest)
                    found.setdefault(artifact.builds, []).append(File(requirement, head, rest, artifact))
        return found

    def fitting(self, runtime: str, line: Line) -> Fitting:
        """The files that are built for a line of a runtime, and admit it."""
        key = (runtime, line)
        if key not in self._fitting:
            files = tuple(
                file
                for builds, built in self.by_builds.items()
                if self.index.fits(builds, runtime, line)
                for file in built
                if admits(self.index, file.requirement, line)
            )
            self._fitting[key] = Fitting(files, tuple(file.artifact.platforms for file in files))
        return self._fitting[key]

    def source(self, line: Line) -> File | None:
        """The file that can be built on a line, or None."""
        if line not in self._sources:
            sources = (file for file in self.by_builds.get((), ()) if file.artifact.source)
            admitted = (file for file in sources if admits(self.index, file.requirement, line))
            self._sources[line] = next(admitted, None)
        return self._sources[line]

    def floors(self, runtime: str, lines: tuple[Line, ...], patterns: tuple[str, ...]) -> dict[Floor, Needed]:
        """The oldest systems that the files for a platform run on."""
        key = (runtime, lines, patterns)
        if key not in self._floors:
            found = self._floors[key] = {}
            for line in lines:
                files, platforms = self.fitting(runtime, line)
                known = _oldest(self.index.floor, platforms, patterns)
                if known is not None:
                    found.setdefault(known[0], Needed([], files[known[1]])).lines.append(line)
        return self._floors[key]

    @cached_property
    def lines(self) -> frozenset[tuple[str, Line]]:
        """The lines of runtimes that files are built for by name."""
        return frozenset(
            line for _, patterns in self._content for _, pattern in patterns for line in self.index.lines(pattern)
        )

    @cached_property
    def named(self) -> frozenset[tuple[str, Line]]:
        """The lines that files are built for, and those that a requirement begins with."""
        first = next(iter(self.index.runtimes))
        ranges = [item for requirement in self.requirements for item in self.index.accepted(requirement) or ()]
        return self.lines | {(first, line_of(low, self.index.depth)) for low, _ in ranges if low is not None}


@lru_cache(maxsize=16384)
def file_set(index: Index, content: Content) -> FileSet:
    """The file set of a content; the same for the same content."""
    return FileSet(index, content)


@lru_cache(maxsize=65536)
def admits(index: Index, requirement: str, line: Line) -> bool:
    """Whether a requirement accepts any version of a line. One that cannot be read accepts all, as in installers."""
    accepted = index.accepted(requirement)
    return accepted is None or bool(intersect(accepted, (line_range(line),)))


@lru_cache(maxsize=65536)
def any_match(platforms: tuple[str, ...] | None, patterns: tuple[str, ...]) -> bool:
    """Whether a file for these platforms fits one of the patterns. No platforms mean all, and so do unknown ones."""
    return not platforms or any(fnmatchcase(platform, pattern) for platform in platforms for pattern in patterns)


@lru_cache(maxsize=65536)
def first_match(files: tuple[tuple[str, ...] | None, ...], patterns: tuple[str, ...]) -> int | None:
    """Which of some files, by their platforms, is the first that fits the patterns."""
    return next((at for at, platforms in enumerate(files) if any_match(platforms, patterns)), None)


@lru_cache(maxsize=65536)
def _oldest(
    floor_of: Callable[[str], Floor | None], files: tuple[tuple[str, ...] | None, ...], patterns: tuple[str, ...]
) -> tuple[Floor, int] | None:
    """The oldest system that any of some files allows, and which; None where one of them fits every system."""
    found = []
    for at, platforms in enumerate(files):
        floors = [floor_of(platform) for platform in platforms or () if any_match((platform,), patterns)]
        if None in floors or not platforms:
            return None
        found += [(floor, at) for floor in floors if floor is not None]
    return min(found, default=None)
