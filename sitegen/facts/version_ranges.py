"""Versions in the order of PEP 440, to which other schemes are rewritten; ranges of them, and the parts of sets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

from sitegen.facts.schemes import PEP440, Scheme

MAX_LENGTH = 200


class VersionError(ValueError):
    """A text is not a valid set of versions. `offset` is the place of the error in the text."""

    def __init__(self, message: str, offset: int = 0, hint: str = "") -> None:
        super().__init__(message)
        self.offset = offset
        self.hint = hint


@lru_cache(maxsize=65536)
def parse_version(text: str, scheme: Scheme = PEP440) -> Version:
    """Parse one version. Raises VersionError."""
    plain = len(text) <= MAX_LENGTH and text == text.strip() and (text.isascii() or bool(scheme.names))
    rewritten = (text if scheme == PEP440 else scheme.rewritten(text)) if plain else None
    if rewritten is None:
        within = "" if scheme == PEP440 else f" of the scheme '{scheme}'"
        raise VersionError(f"'{text}' is not a version{within}")
    try:
        return Version(rewritten)
    except InvalidVersion:
        raise VersionError(f"'{text}' is not a version") from None


class Bound(NamedTuple):
    """One end of a range: the version, whether the range includes it, and the notation of its author."""

    version: Version
    inclusive: bool
    text: str

    @property
    def first(self) -> str:
        """The first version of a range with this lower end, or `>1.2` if it is not included."""
        return self.text if self.inclusive else f">{self.text}"


class Range(NamedTuple):
    """An interval of versions; None is an open end."""

    low: Bound | None
    high: Bound | None


def low_key(bound: Bound | None) -> tuple[int, Version | int, int]:
    """The sort key of the lower end of a range."""
    return (0, 0, 0) if bound is None else (1, bound.version, 0 if bound.inclusive else 1)


def _high_key(bound: Bound | None) -> tuple[int, Version | int, int]:
    return (1, 0, 0) if bound is None else (0, bound.version, 1 if bound.inclusive else 0)


def contains(item: Range, version: Version) -> bool:
    """Whether a range contains a version. By PEP 440, `<4` excludes the pre-releases of 4, too."""
    low, high = item
    if low is not None and (version < low.version or (version == low.version and not low.inclusive)):
        return False
    if high is None:
        return True
    if version.is_prerelease and not high.inclusive and not high.version.is_prerelease:
        version = first_release(version)
    return version < high.version or (version == high.version and high.inclusive)


def first_release(version: Version) -> Version:
    """The version itself, or the release of a pre-release."""
    return Version(version.base_version) if version.is_prerelease else version


def _touches(high: Bound | None, low: Bound | None) -> bool:
    """Whether a range that ends at `high` leaves no gap before one that begins at `low`."""
    if high is None or low is None:
        return True
    return low.version < high.version or (low.version == high.version and (low.inclusive or high.inclusive))


def normalize(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Sort ranges, and merge those that overlap or touch."""
    merged: list[Range] = []
    for item in sorted(ranges, key=lambda r: low_key(r.low)):
        if merged and _touches(merged[-1].high, item.low):
            high = max(merged[-1].high, item.high, key=_high_key)
            merged[-1] = Range(merged[-1].low, high)
        else:
            merged.append(item)
    return tuple(merged)


def intersect(left: Iterable[Range], right: Iterable[Range]) -> tuple[Range, ...]:
    """The versions that are in both lists of ranges, as disjoint ranges in order."""
    others = tuple(right)
    common = []
    for item in left:
        for other in others:
            low = max(item.low, other.low, key=low_key)
            high = min(item.high, other.high, key=_high_key)
            if (
                low is None
                or high is None
                or low.version < high.version
                or (low.version == high.version and low.inclusive and high.inclusive)
            ):
                common.append(Range(low, high))
    return normalize(common)


def complement(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """The versions outside of disjoint ranges in order."""
    gaps = []
    low: Bound | None = None
    for item in ranges:
        if item.low is not None:
            gaps.append(Range(low, item.low._replace(inclusive=not item.low.inclusive)))
        if item.high is None:
            return tuple(gaps)
        low = item.high._replace(inclusive=not item.high.inclusive)
    return (*gaps, Range(low, None))


def covers(outer: tuple[Range, ...], inner: Iterable[Range]) -> bool:
    """Whether ranges contain all versions of other ranges."""
    return not intersect(inner, complement(outer))


def has_release(item: Range) -> bool:
    """Whether a range can contain a release, and not only development releases and pre-releases.

    No release is between `<4` and `>=4.0`, or between `<=3.9` and `>=3.9.1`.
    """
    low, high = item
    if low is None or high is None:
        return True
    first = _first_release(low, len(high.version.release))
    return first < high.version or (first == high.version and high.inclusive)


def _first_release(low: Bound, precision: int) -> Version:
    """The first release from a lower end on, if numbers have `precision` parts."""
    version = low.version
    if low.inclusive or version.is_prerelease:
        return first_release(version)
    if version.local:  # the next build
        head, number = re.fullmatch(r"(.*?)([0-9]*)", version.local).groups()  # type: ignore[union-attr]
        return Version(f"{version.public}+{head}{int(number or 0) + 1}")
    return end_of([*version.release, *(0,) * (precision - len(version.release))]).version


def range_text(item: Range) -> str:
    """A range as a requirement specifier."""
    signs = [] if item.low is None else [(">=" if item.low.inclusive else ">") + item.low.text]
    signs += [] if item.high is None else [("<=" if item.high.inclusive else "<") + item.high.text]
    return ",".join(signs) or "any version"


# --- comparators


def bound(number: str, offset: int, scheme: Scheme = PEP440) -> Bound:
    """An inclusive end of a range. Raises VersionError with the offset of the number."""
    try:
        return Bound(parse_version(number, scheme), True, number)
    except VersionError as error:
        raise VersionError(str(error), offset) from None


def end_of(release: Sequence[int]) -> Bound:
    """The end of all versions that begin with a release: 3.11 ends before 3.12."""
    text = ".".join(map(str, (*release[:-1], release[-1] + 1)))
    return Bound(parse_version(text), False, text)


def branch_end(low: Bound) -> Bound:
    """The end of the branch of a minimum: 2.0.6 belongs to 2.0, which ends before 2.1. A single number is a branch."""
    release = low.version.release
    return end_of(release[:-1] or release)


def after(number: str, offset: int, scheme: Scheme = PEP440) -> Bound:
    """The end of all releases that begin with a number: 3.11 ends before 3.12."""
    version = bound(number, offset, scheme).version
    if version.is_prerelease or version.is_postrelease or version.local or scheme.names:
        return Bound(version, True, number)
    return end_of(version.release)


def compare(operator: str, number: str, wild: bool, offset: int, scheme: Scheme = PEP440) -> tuple[Range, ...]:
    """The ranges of a comparison; with `wild`, the number ends in `.x`. Raises VersionError."""
    low = bound(number, offset, scheme)
    end = after(number, offset, scheme)
    if operator == ">=":
        return (Range(low, None),)
    if operator == ">":
        return (Range(end._replace(inclusive=True) if wild else low._replace(inclusive=False), None),)
    if operator == "<":
        return (Range(None, low._replace(inclusive=False)),)
    if operator == "<=":
        return (Range(None, end if wild else low),)
    same = Range(low, end)
    if operator == "==":
        return (same,)
    if operator == "!=":
        return complement((same,))
    if scheme.names:
        raise VersionError(f"'{number}' is a name, which '{operator}' cannot compare", offset)
    return (Range(low, _next_release(number, operator, low.version.release, offset)),)


def _next_release(number: str, operator: str, release: tuple[int, ...], offset: int) -> Bound:
    """The upper end of `^1.2` (next major), `~1.2` (next minor), `~=1.2` (PEP 440) and `~> 1.2` (gems)."""
    if operator in ("~=", "~>"):
        if len(release) < 2 and operator == "~=":
            raise VersionError(f"'~={number}' needs a second number", offset, f"write '~={number}.0'")
        keep = max(1, len(release) - 1)
    elif operator == "^":
        keep = next((i + 1 for i, part in enumerate(release) if part), len(release))
    else:
        keep = min(2, len(release))
    return end_of(release[:keep])


# --- parts of sets -------------------------------------------------------------------


class VersionPart(NamedTuple):
    """One alternative of a set, with the separator before it. `compares` if it has comparators."""

    separator: str
    text: str
    ranges: tuple[Range, ...]
    compares: bool

    @property
    def open_end(self) -> str:
        """The direction in which a part with a single range has no end: `up`, `down`, or an empty text."""
        (low, high), *more = self.ranges
        if more or (low is None) == (high is None):
            return ""
        return "down" if low is None else "up"

    def is_inside(self, outer: VersionPart) -> bool:
        """Whether another part contains all versions of this one, and more."""
        return self.ranges != outer.ranges and covers(outer.ranges, self.ranges)

    def overlap(self, other: VersionPart) -> str:
        """How a part overlaps another one, in words."""
        if self.ranges == other.ranges:
            return f"'{self.text}' repeats '{other.text}'"
        if self.is_inside(other):
            return f"'{self.text}' is included in '{other.text}'"
        if other.is_inside(self):
            return f"'{other.text}' is included in '{self.text}'"
        return f"'{self.text}' overlaps '{other.text}'"


def limited_to_branches(parts: Iterable[VersionPart]) -> str:
    """The parts as comparators, with each minimum but the highest limited to its branch."""
    in_order = sorted(parts, key=lambda part: low_key(part.ranges[0].low))
    top = low_key(in_order[-1].ranges[0].low)
    texts = []
    for part in in_order:
        low = part.ranges[0].low
        is_limited = part.open_end == "up" and low is not None and low_key(low) < top
        ranges = (Range(low, branch_end(low)),) if is_limited and low is not None else part.ranges
        texts += [range_text(item) for item in ranges]
    return " || ".join(texts)


# --- requirements of PEP 440 ---------------------------------------------------------


def specifier_ranges(text: str) -> tuple[Range, ...] | None:
    """The versions that a requirement of PEP 440 accepts, such as `>=3.9,<3.15`; None if it is invalid."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet  # noqa: PLC0415 - slow, and for `verify` only

    try:
        specifiers = [(item.operator, item.version) for item in SpecifierSet(text)]
        ranges: tuple[Range, ...] = (Range(None, None),)
        for operator, version in specifiers:
            ranges = intersect(ranges, _specifier_ranges(operator, version))
    except (InvalidSpecifier, VersionError):
        return None
    return ranges


def _specifier_ranges(operator: str, version: str) -> tuple[Range, ...]:
    number = version.removesuffix(".*")
    if operator in ("==", "===", "!=") and number == version:  # only this version
        same = (Range(bound(number, 0), bound(number, 0)),)
        return complement(same) if operator == "!=" else same
    return compare(operator, number, number != version, 0)
