"""What is published, in the terms of claims: what fits a runtime and a platform, and since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from sitegen.indexes.interface import Floor, Index, Line
from sitegen.indexes.releases import Published, Release, within
from sitegen.verification.file_sets import File, FileSet, file_set, first_match
from sitegen.verification.lines import Ranges, all_lines, lines_within
from sitegen.version_ranges import Range, intersect, normalize, parse_version
from sitegen.versions import VersionSet


class Wheel(NamedTuple):
    """The name of a file, and the platforms that it is built for."""

    name: str
    platforms: tuple[str, ...]


class Choice(NamedTuple):
    """The releases of a set in order: those that an installer takes, else withdrawn ones, else pre-releases."""

    releases: tuple[Release, ...]
    withdrawn: bool = False
    pre: bool = False


class Accepted(NamedTuple):
    """The versions of a runtime that a release accepts, and why that is not known for sure."""

    ranges: Ranges
    unknown: str = ""


class Evidence:
    """The releases of a package until a day, as the index has them in its lock.

    `named` are the lines of each runtime that these releases name; `share_lines` adds those of other packages.
    """

    def __init__(self, index: Index, published: Published, day: date) -> None:
        self.index = index
        self.published = published
        self.day = day.isoformat()
        self.out = [release for release in published.releases if release.day <= self.day]
        latest = parse_version(published.latest) if published.latest else None
        final = [release for release in self.out if release.final]
        self.final = [r for r in final if latest is None or parse_version(r.version) <= latest]
        self.offered = [release for release in self.final if release.yanked is None]
        self._choices: dict[VersionSet, Choice] = {}
        self._heads: dict[str, int] = {}
        self._files: dict[str, FileSet] = {}
        self._accepted: dict[str, Accepted] = {}
        first = {release.files: release for release in self.out}
        self.named = frozenset[tuple[str, Line]]().union(*(self.files(release).named for release in first.values()))
        self._known: dict[str, tuple[Line, ...]] = {}

    def choice(self, versions: VersionSet) -> Choice:
        """The releases of a set that claims about it are compared with."""
        if versions not in self._choices:
            offered = within(self.offered, versions)
            final = offered or within(self.final, versions)
            found = final or within(self.out, versions)
            self._choices[versions] = Choice(tuple(found), bool(final and not offered), bool(found and not final))
        return self._choices[versions]

    # --- what is installed

    def wheels(self, release: Release, runtime: str, line: Line) -> list[Wheel]:
        """The files of a release that are built for a line of a runtime, and admit it."""
        files = self.files(release).fitting(runtime, line).files
        return [Wheel(self._name(file, release), file.artifact.platforms or ()) for file in files]

    def wheel(self, release: Release, runtime: str, line: Line, patterns: tuple[str, ...]) -> str | None:
        """The name of such a file for a platform, or None."""
        files, platforms = self.files(release).fitting(runtime, line)
        found = first_match(platforms, patterns)
        return None if found is None else self._name(files[found], release)

    def has_wheel(self, release: Release, runtime: str, line: Line, patterns: tuple[str, ...]) -> bool:
        """Whether there is such a file."""
        return first_match(self.files(release).fitting(runtime, line).platforms, patterns) is not None

    def states_platforms(self, release: Release, runtime: str, lines: tuple[Line, ...]) -> bool:
        """Whether the index states the platforms of the files of a release."""
        fitting = (self.files(release).fitting(runtime, line) for line in lines)
        return all(platforms is not None for found in fitting for platforms in found.platforms)

    def source(self, release: Release, line: Line) -> str | None:
        """The name of a file of a release that can be built on a line, or None."""
        file = self.files(release).source(line)
        return None if file is None else self._name(file, release)

    def accepted(self, release: Release) -> Accepted:
        """The versions of the runtime that the files of a release accept, by what they require."""
        if release.files not in self._accepted:
            found: list[Range] = []
            unknown = ""
            for requirement in self.published.files[release.files]:
                ranges = self.index.accepted(requirement)
                if ranges is not None:
                    found += ranges
                else:
                    what = f"'{requirement}' cannot be read" if requirement else "is not stated"
                    unknown = f"{self.index.requirement} {what}"
            self._accepted[release.files] = Accepted(normalize(found), unknown)
        return self._accepted[release.files]

    def requirements(self, release: Release) -> str:
        """What the files of a release require of the runtime, in words."""
        return " or ".join(filter(None, self.files(release).requirements)) or "none"

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

    def built_lines(self, release: Release) -> list[tuple[str, Line]]:
        """The lines that files of a release are built for by name, and accept."""
        return sorted(line for line in self.files(release).lines if self.files(release).fitting(*line).files)

    def lines(self, runtime: str, ranges: Ranges) -> tuple[Line, ...]:
        """The lines of some versions of a runtime: those that exist, and those at the ends."""
        if runtime not in self._known:
            named = frozenset(line for tag, line in self.named if tag == runtime)
            self._known[runtime] = all_lines(self.index.existing, named, self.index.depth)
        return lines_within(ranges, self._known[runtime], self.index.depth)

    def existing(self, versions: VersionSet) -> Ranges:
        """The versions of a set that exist or may come; all of a range of which none does."""
        found: list[Range] = []
        for item in versions.ranges:
            found += intersect((item,), self.index.existing) or (item,)
        return normalize(found)

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


def share_lines(evidence: Iterable[Evidence]) -> None:
    """Let the packages of each index know the lines of runtimes that the others name."""
    by_index: dict[Index, list[Evidence]] = {}
    for item in evidence:
        by_index.setdefault(item.index, []).append(item)
    for items in by_index.values():
        named = frozenset[tuple[str, Line]]().union(*{item.named for item in items})
        for item in items:
            item.named = named
