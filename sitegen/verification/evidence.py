"""What is published, asked in the terms of claims: what fits a runtime and a platform, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fnmatch import fnmatchcase
from functools import cached_property, lru_cache
from typing import NamedTuple

from sitegen.indexes.interface import Artifact, Floor, Index, Line
from sitegen.indexes.releases import Published, Release, unfold
from sitegen.versions import VersionSet

_ENDLESS = 1000  # stands for a line that is not there yet


class _File(NamedTuple):
    requirement: str
    name: str
    artifact: Artifact


class Needed(NamedTuple):
    """The lines of a runtime that need a system, and a file that shows it."""

    lines: list[Line]
    name: str


class Evidence:
    """The releases of a package until a day, as the index has them now."""

    def __init__(self, index: Index, published: Published, day: date) -> None:
        self.index = index
        self.published = published
        self.day = day
        self._files: dict[str, tuple[_File, ...]] = {}
        self._wheels: dict[tuple[str, str, Line], tuple[_File, ...]] = {}
        self._sources: dict[tuple[str, Line], str | None] = {}

    def within(self, versions: VersionSet) -> list[Release]:
        """The stable releases of a set, in order, that were out on the day."""
        return [release for release in self.published.within(versions) if release.stable and self.is_out(release)]

    def is_out(self, release: Release) -> bool:
        """Whether a release was out on the day; one whose day is not known counts as old."""
        return release.day is None or release.day <= self.day

    # --- what is installed

    def wheels(self, release: Release, runtime: str, line: Line) -> tuple[_File, ...]:
        """The files of a release that are built for a line of a runtime, and admit it."""
        key = (release.files, runtime, line)
        if key not in self._wheels:
            fits, admits = self.index.fits, self.index.admits
            self._wheels[key] = tuple(
                file
                for file in self._files_of(release)
                if not file.artifact.source and fits(file.artifact, runtime, line) and admits(file.requirement, line)
            )
        return self._wheels[key]

    def wheel(self, release: Release, runtime: str, line: Line, patterns: tuple[str, ...]) -> str | None:
        """The name of such a file for a platform, or None."""
        for file in self.wheels(release, runtime, line):
            if any_match(file.artifact.platforms, patterns):
                return file.name.replace("*", release.version)
        return None

    def source(self, release: Release, line: Line) -> str | None:
        """The name of a file of a release that can be built on a line, or None."""
        key = (release.files, line)
        if key not in self._sources:
            admits = self.index.admits
            found = (f for f in self._files_of(release) if f.artifact.source and admits(f.requirement, line))
            self._sources[key] = next((file.name for file in found), None)
        name = self._sources[key]
        return None if name is None else name.replace("*", release.version)

    def admits(self, release: Release, line: Line) -> bool:
        """Whether any file of a release admits a line."""
        return any(self.index.admits(requirement, line) for requirement in self.published.files[release.files])

    def requirements(self, release: Release) -> tuple[str, ...]:
        """What the files of a release require of the runtime."""
        return tuple(requirement for requirement in self.published.files[release.files] if requirement)

    def _files_of(self, release: Release) -> tuple[_File, ...]:
        if release.files not in self._files:
            self._files[release.files] = tuple(
                _File(requirement, name, self.index.artifact(name))
                for requirement, patterns in self.published.files[release.files].items()
                for name in unfold(patterns)
            )
        return self._files[release.files]

    # --- lines of runtimes

    @cached_property
    def lines(self) -> frozenset[tuple[str, Line]]:
        """All lines of runtimes that any file of a release is built for by name, until the day."""
        used = {release.files for release in self.published.releases if self.is_out(release)}
        patterns = {name for key in used for names in self.published.files[key].values() for name in names}
        return frozenset(line for pattern in patterns for line in self.index.lines(pattern))

    def built_lines(self, release: Release) -> frozenset[tuple[str, Line]]:
        """The lines that files of a release are built for by name, and admit."""
        found = {
            (runtime, line)
            for requirement, patterns in self.published.files[release.files].items()
            for pattern in patterns
            for runtime, line in self.index.lines(pattern)
            if self.index.admits(requirement, line)
        }
        return frozenset(found)

    def claimed_lines(self, runtime: str, versions: VersionSet) -> list[Line]:
        """The lines of a set of versions of a runtime: those that are known, and those at its ends."""
        known = {line for tag, line in self.lines if tag == runtime}
        for low, high in versions.ranges:
            ends = [bound.version.release for bound in (low, high) if bound is not None]
            known |= {(end[0], end[1]) for end in ends if len(end) > 1}
            if len(ends) == 2 and ends[0][0] == ends[1][0] and min(map(len, ends)) > 1:
                known |= {(ends[0][0], minor) for minor in range(ends[0][1], ends[1][1])}
        return sorted(line for line in known if holds_line(versions, line))

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
        tried: dict[str, bool] = {}
        for release in reversed(releases):
            if release.files not in tried:
                tried[release.files] = bool(
                    self.source(release, line) if patterns is None else self.wheel(release, runtime, line, patterns)
                )
            if tried[release.files]:
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
        self, release: Release, runtime: str, lines: Sequence[Line], patterns: tuple[str, ...]
    ) -> dict[Floor, Needed]:
        """The oldest systems that the wheels of a release for a platform run on, with the lines that need them."""
        found: dict[Floor, Needed] = {}
        for line in lines:
            best: tuple[Floor, str] | None = None
            for file in self.wheels(release, runtime, line):
                tags = [tag for tag in file.artifact.platforms if any_match((tag,), patterns)]
                oldest = min((floor for tag in tags if (floor := self.index.floor(tag))), default=None)
                if oldest is not None and (best is None or oldest < best[0]):
                    best = oldest, file.name
            if best is not None:
                needed = found.setdefault(best[0], Needed([], best[1].replace("*", release.version)))
                needed.lines.append(line)
        return found

    def floor_steps(
        self, releases: Sequence[Release], runtime: str, lines: Sequence[Line], patterns: tuple[str, ...]
    ) -> list[tuple[Release, Floor]]:
        """From the newest release back: each highest floor, and the first of the releases that needs it."""
        tried: dict[str, Floor | None] = {}
        steps: list[tuple[Release, Floor]] = []
        for release in reversed(releases):
            if release.files not in tried:
                tried[release.files] = max(self.floors(release, runtime, lines, patterns), default=None)
            floor = tried[release.files]
            if floor is None:
                break
            if steps and steps[-1][1] == floor:
                steps.pop()
            steps.append((release, floor))
        return steps


def any_match(platforms: tuple[str, ...], patterns: tuple[str, ...]) -> bool:
    """Whether a file for these platforms, none of which means all, fits one of the patterns."""
    return not platforms or any(_matches(platform, pattern) for platform in platforms for pattern in patterns)


@lru_cache(maxsize=65536)
def _matches(platform: str, pattern: str) -> bool:
    return fnmatchcase(platform, pattern)


@lru_cache(maxsize=65536)
def holds_line(versions: VersionSet, line: Line) -> bool:
    """Whether a set holds any version of a line: `>=3.9.2` holds some of 3.9."""
    number = ".".join(map(str, line))
    return f"{number}.0" in versions or f"{number}.{_ENDLESS}" in versions
