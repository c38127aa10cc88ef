"""What a package index has published of a package, and the lock file that keeps it.

A lock is one JSON document, made to be read in a diff: a line for each release, and a line for each group of files.

    {
     "format": 1,
     "index": "pypi",
     "package": "tracer",
     "files": {
      "1.0.0": {
       ">=3.9": [
        "tracer-*-{cp39-cp39,cp310-cp310}-win_amd64.whl",
        "tracer-*.tar.gz"
       ]
      }
     },
     "releases": {
      "1.0.0": {"day": "2026-01-01", "files": "1.0.0"},
      "1.0.1": {"day": "2026-01-09", "files": "1.0.0", "yanked": "broken on Windows"}
     }
    }

`files` has the names of the files by what they require of the runtime, `""` for nothing; `*` replaces the version.
Releases with the same files name the first of them, so a release that changes nothing adds one line. `latest` is the
version that the index itself installs by default, where it states one; it takes no higher one unasked.
"""

from __future__ import annotations

import bisect
import itertools
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from sitegen.facts.version_ranges import Bound, VersionError, parse_version
from sitegen.facts.versions import VersionSet
from sitegen.frozen import frozen
from sitegen.source.nodes import merge_conflict

FORMAT = 1
# The names of files by what they require of the runtime; `*` in a name replaces the version.
Files = ReadOnly[str, tuple[str, ...]]


class LockError(ValueError):
    """A lock that cannot be read; `line` is where."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


class Release(NamedTuple):
    """A release: its version, the day of its first file as 2026-05-31, empty where the index gives none, and the name
    of its files.

    `yanked` is the reason why it was withdrawn (PEP 592, `deprecated` of npm), None where it was not.
    """

    version: str
    day: str
    files: str
    yanked: str | None = None

    @property
    def final(self) -> bool:
        """Whether this is a release, and not a pre-release; withdrawn or not."""
        return not _PRERELEASE.search(self.version)

    @property
    def stable(self) -> bool:
        """Whether an installer takes this release unasked: neither a pre-release nor withdrawn."""
        return self.yanked is None and self.final


_PRERELEASE = re.compile(r"(?:a|b|rc|\.dev)[0-9]")


@frozen
class Published:
    """All releases of a package in the order of their versions, and their files.

    `validators` are what the index sent to ask it again with (RFC 9110): the ETag, the day of the last change; and
    hashes of the URL and of the content that they are for.
    """

    index: str
    package: str
    releases: tuple[Release, ...]
    files: ReadOnly[str, Files]
    validators: ReadOnly[str, str] = field(default_factory=dict)
    latest: str = ""

    def names(self, release: Release) -> Iterator[tuple[str, str]]:
        """The requirement and the name of each file of a release."""
        for requirement, patterns in self.files[release.files].items():
            for name in unfold(patterns):
                yield requirement, name.replace("*", release.version)


def within(releases: Sequence[Release], versions: VersionSet) -> list[Release]:
    """Those of some releases, in the order of their versions, that are in a set of versions."""

    def position(bound: Bound, bisect_: Callable[..., int]) -> int:
        return bisect_(releases, bound.version, key=lambda release: parse_version(release.version))

    found: list[Release] = []
    for low, high in versions.ranges:
        start = 0 if low is None else position(low, bisect.bisect_left)
        end = len(releases) if high is None else position(high, bisect.bisect_right)
        inside = list(releases[start:end])
        if inside and inside[0].version not in versions:  # `>1` is without 1
            del inside[0]
        while inside and inside[-1].version not in versions:  # `<2` is without 2, and its pre-releases
            del inside[-1]
        found += inside
    return found


class PublishedFile(NamedTuple):
    """A file as an index lists it."""

    version: str
    name: str
    requirement: str
    day: date | None
    yanked: str | None


def gather(index: str, package: str, items: Iterable[PublishedFile], latest: str = "") -> Published:
    """Put the files of a package together as releases.

    A file that was yanked alone is left out, as installers do; a release is yanked where all its files are.
    """
    named: dict[tuple[tuple[str, tuple[str, ...]], ...], str] = {}
    found = []
    in_order = sorted(items, key=lambda item: parse_version(item.version))
    for order, group in itertools.groupby(in_order, key=lambda item: parse_version(item.version)):
        listed, version = list(group), str(order)
        kept = [item for item in listed if item.yanked is None]
        by_requirement: dict[str, set[str]] = {}
        for item in kept or listed:
            name = item.name.replace(f"-{version}", "-*", 1)
            by_requirement.setdefault(item.requirement, set()).add(name)
        content = tuple((key, fold(by_requirement[key])) for key in sorted(by_requirement))
        name = named.setdefault(content, version)
        days = [item.day for item in listed if item.day is not None]
        yanked = None if kept else max(item.yanked or "" for item in listed)  # any reason, and always the same
        found.append(Release(version, min(days).isoformat() if days else "", name, yanked))
    files = {name: dict(content) for content, name in named.items()}
    return Published(index, package, tuple(found), files, latest=latest)


# --- folded names --------------------------------------------------------------------


_FOLDABLE = re.compile(r"(?P<head>[^{},]*?-\*-)(?P<middle>[^{},]+)(?P<tail>-[^-{},]+)")


def fold(names: Iterable[str]) -> tuple[str, ...]:
    """Write names that differ between the version and the last part as one, in braces as a shell reads them.

    `a-*-x-1`, `a-*-y-1` become `a-*-{x,y}-1`. `unfold` gives the names back.
    """
    groups: dict[tuple[str, str], set[str]] = {}
    folded = []
    for name in names:
        match = _FOLDABLE.fullmatch(name)
        if match:
            groups.setdefault((match["head"], match["tail"]), set()).add(match["middle"])
        else:
            folded.append(name)
    for (head, tail), middles in groups.items():
        written = sorted(middles, key=natural)
        folded.append(f"{head}{{{','.join(written)}}}{tail}" if len(written) > 1 else f"{head}{written[0]}{tail}")
    return tuple(sorted(folded))


def unfold(patterns: Iterable[str]) -> Iterator[str]:
    """The names that `fold` was given, in another order."""
    for pattern in patterns:
        yield from _unfolded(pattern)


@lru_cache(maxsize=65536)
def _unfolded(pattern: str) -> tuple[str, ...]:
    head, opened, rest = pattern.partition("{")
    middles, closed, tail = rest.partition("}")
    return tuple(f"{head}{middle}{tail}" for middle in middles.split(",")) if opened and closed else (pattern,)


def natural(text: str) -> tuple[tuple[str, int], ...]:
    """A key that sorts `cp39` before `cp310`."""
    return tuple((word, int(number or 0)) for word, number in re.findall(r"([^0-9]*)([0-9]*)", text))


# --- the lock ------------------------------------------------------------------------


def write_lock(published: Published) -> bytes:
    """A lock as bytes; the same for the same content."""

    def one_line(value: object) -> str:
        return json.dumps(value, ensure_ascii=False)

    optional = {"latest": published.latest, "validators": dict(sorted(published.validators.items()))}
    head = {"format": FORMAT, "index": published.index, "package": published.package}
    head |= {key: value for key, value in optional.items() if value}
    lines = [f" {one_line(key)}: {one_line(value)}," for key, value in head.items()]
    files = json.dumps(published.files, ensure_ascii=False, indent=1).replace("\n", "\n ")
    releases = []
    for release in published.releases:
        stated = {"day": release.day or None, "files": release.files, "yanked": release.yanked}
        entry = {key: value for key, value in stated.items() if value is not None}
        releases.append(f"  {one_line(release.version)}: {one_line(entry)}")
    body = ",\n".join(releases)
    return ("{\n" + "\n".join(lines) + f'\n "files": {files},\n "releases": {{\n{body}\n }}\n}}\n').encode()


def read_lock(data: bytes) -> Published:
    """Read a lock. Raises LockError."""
    try:
        lock = json.loads(data)
    except ValueError as error:
        conflict = merge_conflict(data.decode("utf-8", "replace"), "")
        if conflict is not None:
            raise LockError(conflict.message, conflict.place.line) from None
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        raise LockError("invalid JSON", line) from None
    except RecursionError:
        raise LockError("the JSON is nested too deeply") from None
    if not isinstance(lock, dict) or lock.get("format") != FORMAT:
        raise LockError(f"not a lock file of format {FORMAT}")
    try:
        files = {name: {req: tuple(map(str, found)) for req, found in by.items()} for name, by in lock["files"].items()}
        releases = tuple(_release(version, entry, files) for version, entry in lock["releases"].items())
        versions = [parse_version(release.version) for release in releases]
        validators = {str(key): str(value) for key, value in lock.get("validators", {}).items()}
        latest = str(lock.get("latest", ""))
        if latest:
            parse_version(latest)
        published = Published(str(lock["index"]), str(lock["package"]), releases, files, validators, latest)
    except VersionError as error:
        raise LockError(str(error)) from None
    except (KeyError, TypeError, AttributeError, ValueError):
        raise LockError("invalid release entries in this lock file") from None
    if any(one >= other for one, other in itertools.pairwise(versions)):
        raise LockError("the releases of this lock file are not in version order")
    return published


def _release(version: str, entry: dict[str, str], files: ReadOnly[str, Files]) -> Release:
    release = Release(version, entry.get("day", ""), entry["files"], entry.get("yanked"))
    if release.files not in files or type(release.day) is not str or type(release.yanked or "") is not str:
        raise ValueError(version)
    if release.day:
        date.fromisoformat(release.day)
    return release
