"""What is published, asked in the terms of claims: what fits a runtime and a platform, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cached_property, lru_cache
from typing import NamedTuple

from sitegen.indexes.interface import Floor, Index, Line
from sitegen.indexes.releases import Published, Release, within
from sitegen.verification.file_sets import File, FileSet, file_set, first_match
from sitegen.versions import VersionSet

_ENDLESS = 1000  # stands for a line that is not there yet


class Wheel(NamedTuple):
    """The name of a file, and the platforms that it is built for."""

    name: str
    platforms: tuple[str, ...]


class Evidence:
    """The releases of a package until a day, as the index has them now."""

    def __init__(self, index: Index, published: Published, day: date) -> None:
        self.index = index
        self.published = published
        self.day = day.isoformat()
        self.out = [release for release in published.releases if release.day <= self.day]
        self.offered = [release for release in self.out if release.stable]
        self._within: dict[VersionSet, list[Release]] = {}
        self._heads: dict[str, int] = {}
        self._files: dict[str, FileSet] = {}
        self._lines: dict[tuple[str, VersionSet], tuple[Line, ...]] = {}

    def within(self, versions: VersionSet) -> list[Release]:
        """The releases of a set that an installer took unasked on the day, in order."""
        if versions not in self._within:
            self._within[versions] = within(self.offered, versions)
        return self._within[versions]

    # --- what is installed

    def wheels(self, release: Release, runtime: str, line: Line) -> list[Wheel]:
        """The files of a release that are built for a line of a runtime, and admit it."""
        files = self.files(release).fitting(runtime, line).files
        return [Wheel(self._name(file, release), file.artifact.platforms) for file in files]

    def wheel(self, release: Release, runtime: str, line: Line, patterns: tuple[str, ...]) -> str | None:
        """The name of such a file for a platform, or None."""
        files, platforms = self.files(release).fitting(runtime, line)
        found = first_match(platforms, patterns)
        return None if found is None else self._name(files[found], release)

    def has_wheel(self, release: Release, runtime: str, line: Line, patterns: tuple[str, ...]) -> bool:
        """Whether there is such a file."""
        return first_match(self.files(release).fitting(runtime, line).platforms, patterns) is not None

    def source(self, release: Release, line: Line) -> str | None:
        """The name of a file of a release that can be built on a line, or None."""
        file = self.files(release).source(line)
        return None if file is None else self._name(file, release)

    def admits(self, release: Release, line: Line) -> bool:
        """Whether any file of a release admits a line."""
        return self.files(release).admits(line)

    def requirements(self, release: Release) -> tuple[str, ...]:
        """What the files of a release require of the runtime."""
        return tuple(requirement for requirement in self.files(release).requirements if requirement)

    def files(self, release: Release) -> FileSet:
        """The files of a release."""
        if release.files not in self._files:
            self._files[release.files] = file_set(
                self.index,
                tuple(
                    (requirement, tuple(map(self._split, patterns)))
                    for requirement, patterns in self.published.files[release.files].items()
                ),
            )
        return self._files[release.files]

    def _split(self, pattern: str) -> tuple[int, str]:
        head, star, rest = pattern.partition("-*")
        if not star:
            head, rest = "", pattern
        return self._heads.setdefault(head, len(self._heads)), star + rest

    def _name(self, file: File, release: Release) -> str:
        return list(self._heads)[file.head] + file.rest.replace("*", release.version)

    # --- lines of runtimes

    @cached_property
    def lines(self) -> frozenset[tuple[str, Line]]:
        """All lines of runtimes that any file of a release is built for by name, until the day."""
        first = {release.files: release for release in self.out}
        return frozenset().union(*(self.files(release).lines for release in first.values()))

    def built_lines(self, release: Release) -> list[tuple[str, Line]]:
        """The lines that files of a release are built for by name, and admit."""
        return sorted(line for line in self.files(release).lines if self.files(release).fitting(*line).files)

    def claimed_lines(self, runtime: str, versions: VersionSet) -> tuple[Line, ...]:
        """The lines of a set of versions of a runtime: those that are known, and those at its ends."""
        key = (runtime, versions)
        if key not in self._lines:
            known = {line for tag, line in self.lines if tag == runtime} | set(_ends(versions))
            self._lines[key] = tuple(sorted(line for line in known if _holds_line(versions, line)))
        return self._lines[key]

    def last_line(self, release: Release, line: Line) -> Line | None:
        """The last line that a release admits, from one on; None where its metadata sets no end."""
        major = line[0]
        if self.admits(release, (major, _ENDLESS)):
            return None
        admitted = [minor for minor in range(line[1], line[1] + 100) if self.admits(release, (major, minor))]
        return (major, admitted[-1]) if admitted else None

    # --- since when

    def last(
        self, releases: Sequence[Release], runtime: str, line: Line, patterns: tuple[str, ...] | None
    ) -> Release | None:
        """The last of the releases with a wheel for a line and a platform; without patterns, with a source."""
        tried = set()
        for release in reversed(releases):
            if release.files not in tried:
                tried.add(release.files)
                if patterns is None and self.source(release, line) is not None:
                    return release
                if patterns is not None and self.has_wheel(release, runtime, line, patterns):
                    return release
        return None

    def first(
        self, releases: Sequence[Release], runtime: str, line: Line, patterns: tuple[str, ...]
    ) -> tuple[Release, str] | None:
        """The first of the releases with a wheel for a line and a platform, and that wheel."""
        tried = set()
        for release in releases:
            if release.files not in tried:
                tried.add(release.files)
                name = self.wheel(release, runtime, line, patterns)
                if name is not None:
                    return release, name
        return None

    # --- floors

    def floors(
        self, release: Release, runtime: str, lines: tuple[Line, ...], patterns: tuple[str, ...]
    ) -> dict[Floor, tuple[list[Line], str]]:
        """The oldest systems that the wheels of a release for a platform run on, with the lines that need them.

        A file shows each.
        """
        found = self.files(release).floors(runtime, lines, patterns)
        return {floor: (needed.lines, self._name(needed.file, release)) for floor, needed in found.items()}

    def floor_steps(
        self, releases: Sequence[Release], runtime: str, lines: tuple[Line, ...], patterns: tuple[str, ...]
    ) -> list[tuple[Release, Floor]]:
        """From the newest release back: each highest floor, and the first of the releases that needs it."""
        tried: dict[str, Floor | None] = {}
        steps: list[tuple[Release, Floor]] = []
        for release in reversed(releases):
            if release.files not in tried:
                tried[release.files] = max(self.files(release).floors(runtime, lines, patterns), default=None)
            floor = tried[release.files]
            if floor is None:
                break
            if steps and steps[-1][1] == floor:
                steps.pop()
            steps.append((release, floor))
        return steps


@lru_cache(maxsize=65536)
def _ends(versions: VersionSet) -> tuple[Line, ...]:
    """The lines at the ends of each range, and those between where both ends are of one major version."""
    found: list[Line] = []
    for low, high in versions.ranges:
        ends = [bound.version.release for bound in (low, high) if bound is not None]
        found += [(end[0], end[1]) for end in ends if len(end) > 1]
        if len(ends) == 2 and ends[0][0] == ends[1][0] and min(map(len, ends)) > 1:
            found += [(ends[0][0], minor) for minor in range(ends[0][1], min(ends[1][1], ends[0][1] + 100))]
    return tuple(found)


@lru_cache(maxsize=65536)
def _holds_line(versions: VersionSet, line: Line) -> bool:
    """Whether a set holds any version of a line: `>=3.9.2` holds some of 3.9."""
    number = ".".join(map(str, line))
    return f"{number}.0" in versions or f"{number}.{_ENDLESS}" in versions
