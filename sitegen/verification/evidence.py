"""Published files in the terms of claims: which files fit a runtime and a platform, and which system they need.

Most releases of a package have the same files except for the version in their names. They share one `FileSet`,
which caches its results.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Mapping as ReadOnly
from datetime import date
from fnmatch import fnmatchcase
from functools import cache, cached_property, lru_cache
from typing import NamedTuple

from sitegen.facts.version_ranges import Range, intersect, normalize, parse_version
from sitegen.facts.versions import VersionSet
from sitegen.package_indexes.interface import Artifact, Floor, Index, Line
from sitegen.package_indexes.releases import Published, Release, unfold, within
from sitegen.verification.lines import Ranges, all_lines, line_of, line_range, lines_within

# By requirement: the names, each as the number of its head, which is the name of the package, and the rest.
Content = tuple[tuple[str, tuple[tuple[int, str], ...]], ...]
Patterns = tuple[str, ...]


# --- the files of a release ----------------------------------------------------------


class ReleaseFile(NamedTuple):
    """A file: what it requires, the two parts of its name, and what it states."""

    requirement: str
    head: int
    rest: str
    artifact: Artifact


class Needed(NamedTuple):
    """The lines of a runtime that need a system, and a file as evidence."""

    lines: list[Line]
    file: ReleaseFile


class FileSet:
    """The files of a release. A file that installs without a build is called a wheel here, for every index."""

    def __init__(self, index: Index, content: Content) -> None:
        self.index = index
        self._content = content
        self.wheels = cache(self._wheels)
        self.floors = cache(self._floors)

    @cached_property
    def _by_builds(self) -> ReadOnly[tuple[str, ...], list[ReleaseFile]]:
        """The files by what they are built for."""
        found: dict[tuple[str, ...], list[ReleaseFile]] = {}
        for requirement, patterns in self._content:
            for head, pattern in patterns:
                for rest in unfold((pattern,)):
                    artifact = self.index.artifact(rest)
                    found.setdefault(artifact.builds, []).append(ReleaseFile(requirement, head, rest, artifact))
        return found

    def _wheels(self, runtime: str, line: Line) -> list[ReleaseFile]:
        """The wheels built for a line of a runtime whose requirement accepts it."""
        return [
            file
            for builds, built in self._by_builds.items()
            if self.index.fits(builds, runtime, line)
            for file in built
            if admits(self.index, file.requirement, line)
        ]

    def wheel(self, runtime: str, line: Line, patterns: Patterns = ("*",)) -> ReleaseFile | None:
        """The first such wheel for a platform, or for any platform; None without one."""
        return next((f for f in self.wheels(runtime, line) if any_match(f.artifact.platforms, patterns)), None)

    def source(self, line: Line) -> ReleaseFile | None:
        """The file that can be built on a line, or None."""
        sources = (file for file in self._by_builds.get((), ()) if file.artifact.source)
        return next((file for file in sources if admits(self.index, file.requirement, line)), None)

    def _floors(self, runtime: str, lines: tuple[Line, ...], patterns: Patterns) -> dict[Floor, Needed]:
        """The oldest systems that the wheels for a platform run on."""
        found: dict[Floor, Needed] = {}
        for line in lines:
            oldest = self._oldest(self.wheels(runtime, line), patterns)
            if oldest is not None:
                found.setdefault(oldest[0], Needed([], oldest[1])).lines.append(line)
        return found

    def _oldest(self, files: Sequence[ReleaseFile], patterns: Patterns) -> tuple[Floor, ReleaseFile] | None:
        """The oldest system that the files allow, and the file that allows it; None if one runs on every system."""
        found = []
        for file in files:
            platforms = file.artifact.platforms or ()
            floors = [self.index.floor(platform) for platform in platforms if any_match((platform,), patterns)]
            if None in floors or not platforms:
                return None
            found += [(floor, file) for floor in floors if floor is not None]
        return min(found, key=lambda item: item[0], default=None)

    @cached_property
    def accepted(self) -> tuple[Ranges, str]:
        """The versions of the runtime that the files accept, by what they require; and why this is uncertain, if so."""
        found: list[Range] = []
        unknown = ""
        for requirement, _ in self._content:
            ranges = self.index.accepted(requirement)
            found += ranges or ()
            if ranges is None:
                what = f"'{requirement}' cannot be read" if requirement else "is not stated"
                unknown = f"{self.index.requirement} {what}"
        return normalize(found), unknown

    @property
    def requirements(self) -> str:
        """What the files require of the runtime, in words."""
        return " or ".join(requirement for requirement, _ in self._content if requirement) or "none"

    @cached_property
    def _built_for(self) -> frozenset[tuple[str, Line]]:
        """The lines of runtimes that files are built for by name."""
        return frozenset(
            line for _, patterns in self._content for _, pattern in patterns for line in self.index.lines(pattern)
        )

    @cached_property
    def built_lines(self) -> list[tuple[str, Line]]:
        """The lines with wheels, in order."""
        return sorted(line for line in self._built_for if self.wheels(*line))

    @cached_property
    def named(self) -> frozenset[tuple[str, Line]]:
        """The lines that files are built for, and those at the start of a requirement."""
        first = next(iter(self.index.runtimes))
        ranges = [item for requirement, _ in self._content for item in self.index.accepted(requirement) or ()]
        return self._built_for | {(first, line_of(low, self.index.depth)) for low, _ in ranges if low is not None}


_file_set = lru_cache(maxsize=16384)(FileSet)


@lru_cache(maxsize=65536)
def admits(index: Index, requirement: str, line: Line) -> bool:
    """Whether a requirement accepts any version of a line. An unreadable one accepts all, as in installers."""
    accepted = index.accepted(requirement)
    return accepted is None or bool(intersect(accepted, (line_range(line),)))


@lru_cache(maxsize=65536)
def any_match(platforms: tuple[str, ...] | None, patterns: Patterns) -> bool:
    """Whether a file for these platforms matches a pattern. No platforms, or unknown ones, match all."""
    return not platforms or any(fnmatchcase(platform, pattern) for platform in platforms for pattern in patterns)


# --- the releases of a package -------------------------------------------------------


class Choice(NamedTuple):
    """The releases of a set in order: those that an installer selects, else withdrawn ones, else pre-releases."""

    releases: tuple[Release, ...]
    withdrawn: bool = False
    pre: bool = False


class Evidence:
    """The releases of a package up to a date, from its lock file.

    `named` are the runtime lines in the names and requirements of these releases; `share_lines` adds those of other
    packages.
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
        self.choice = cache(self._choice)
        self._heads: dict[str, int] = {}
        self._file_set = cache(self._new_file_set)
        self.named = frozenset[tuple[str, Line]]().union(*(self.files(r).named for r in distinct(self.out)))

    def _choice(self, versions: VersionSet) -> Choice:
        """The releases of a set that claims about it are compared with."""
        offered = within(self.offered, versions)
        final = offered or within(self.final, versions)
        found = final or within(self.out, versions)
        return Choice(tuple(found), bool(final and not offered), bool(found and not final))

    def files(self, release: Release) -> FileSet:
        """The files of a release."""
        return self._file_set(release.files)

    def _new_file_set(self, files: str) -> FileSet:
        content: list[tuple[str, tuple[tuple[int, str], ...]]] = []
        for requirement, patterns in self.published.files[files].items():
            parts = (pattern.partition("-*") for pattern in patterns)
            split = ((head, star + rest) if star else ("", head) for head, star, rest in parts)
            names = ((self._heads.setdefault(head, len(self._heads)), rest) for head, rest in split)
            content.append((requirement, tuple(names)))
        return _file_set(self.index, tuple(content))

    def name(self, release: Release, file: ReleaseFile | None) -> str:
        """The name of a file of a release; empty for none."""
        return list(self._heads)[file.head] + file.rest.replace("*", release.version) if file else ""

    def lines(self, runtime: str, ranges: Ranges) -> tuple[Line, ...]:
        """The lines of ranges of a runtime: existing ones, and those at the ends of the ranges."""
        named = frozenset(line for tag, line in self.named if tag == runtime)
        return lines_within(ranges, all_lines(self.index.existing, named, self.index.depth), self.index.depth)

    def existing(self, versions: VersionSet) -> Ranges:
        """The versions of a set that exist or may be released; a range without any is kept as a whole."""
        found: list[Range] = []
        for item in versions.ranges:
            found += intersect((item,), self.index.existing) or (item,)
        return normalize(found)

    def floor_change(
        self, releases: Sequence[Release], runtime: str, lines: tuple[Line, ...], patterns: Patterns
    ) -> tuple[Release, Floor] | None:
        """The first release that needs the highest floor of the newest one, and the floor before it.

        None if all need the same, or the release before needs none.
        """
        highest: dict[str, Floor | None] = {}
        since = releases[-1]
        for release in reversed(releases):
            if release.files not in highest:
                highest[release.files] = max(self.files(release).floors(runtime, lines, patterns), default=None)
            floor = highest[release.files]
            if floor != highest[since.files]:
                return (since, floor) if floor else None
            since = release
        return None


def distinct(releases: Iterable[Release]) -> Iterable[Release]:
    """The first release with each set of files, in the given order."""
    found: dict[str, Release] = {}
    for release in releases:
        found.setdefault(release.files, release)
    return found.values()


def share_lines(evidence: Sequence[Evidence]) -> None:
    """Add to each package the runtime lines that other packages of its index name."""
    for index in {item.index for item in evidence}:
        same = [item for item in evidence if item.index is index]
        named = frozenset[tuple[str, Line]]().union(*{item.named for item in same})
        for item in same:
            item.named = named
