"""Intervals of versions, in the order of PEP 440, and what can be computed with them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from packaging.version import InvalidVersion, Version

__all__ = [
    "Bound",
    "InvalidVersion",
    "Range",
    "Version",
    "complement",
    "has_release",
    "holds",
    "in_words",
    "intersect",
    "normalize",
]


class Bound(NamedTuple):
    """One end of a range: the version, whether it belongs to the range, and how it was written."""

    version: Version
    inclusive: bool
    text: str


class Range(NamedTuple):
    """An interval; None is an open end."""

    low: Bound | None
    high: Bound | None


def _low_key(bound: Bound | None) -> tuple[int, Version | int, int]:
    return (0, 0, 0) if bound is None else (1, bound.version, 0 if bound.inclusive else 1)


def _high_key(bound: Bound | None) -> tuple[int, Version | int, int]:
    return (1, 0, 0) if bound is None else (0, bound.version, 1 if bound.inclusive else 0)


def holds(item: Range, version: Version) -> bool:
    """Whether a range holds a version."""
    low, high = item
    if low is not None and (version < low.version or (version == low.version and not low.inclusive)):
        return False
    return high is None or version < high.version or (version == high.version and high.inclusive)


def touches(high: Bound | None, low: Bound | None) -> bool:
    """Whether a range that ends at `high` leaves no gap before one that begins at `low`."""
    if high is None or low is None:
        return True
    return low.version < high.version or (low.version == high.version and (low.inclusive or high.inclusive))


def normalize(ranges: Iterable[Range]) -> tuple[Range, ...]:
    """Sort ranges and unite those that overlap or touch."""
    merged: list[Range] = []
    for item in sorted(ranges, key=lambda r: _low_key(r.low)):
        if merged and touches(merged[-1].high, item.low):
            high = max(merged[-1].high, item.high, key=_high_key)
            merged[-1] = Range(merged[-1].low, high)
        else:
            merged.append(item)
    return tuple(merged)


def intersect(left: Iterable[Range], right: Iterable[Range]) -> tuple[Range, ...]:
    """What both hold."""
    others = tuple(right)
    found = []
    for one in left:
        for other in others:
            low = max(one.low, other.low, key=_low_key)
            high = min(one.high, other.high, key=_high_key)
            if (
                low is None
                or high is None
                or low.version < high.version
                or (low.version == high.version and low.inclusive and high.inclusive)
            ):
                found.append(Range(low, high))
    return normalize(found)


def complement(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """What disjoint ascending ranges leave out."""
    found = []
    low: Bound | None = None
    for item in ranges:
        if item.low is not None:
            found.append(Range(low, item.low._replace(inclusive=not item.low.inclusive)))
        if item.high is None:
            return tuple(found)
        low = item.high._replace(inclusive=not item.high.inclusive)
    found.append(Range(low, None))
    return tuple(found)


def has_release(item: Range) -> bool:
    """Whether a range may hold a release: one with nothing but development and pre-releases holds none.

    `<4` and `>=4.0` leave nothing out, and neither do `<=3.9` and `>=3.9.1`.
    """
    low, high = item
    if low is None or high is None:
        return True
    first = _first_release(low, len(high.version.release))
    return first < high.version or (first == high.version and high.inclusive)


def _first_release(low: Bound, precision: int) -> Version:
    """The first release from a lower end on, in the steps of a number of that many parts."""
    version = low.version
    if version.is_prerelease:
        return Version(version.base_version)
    if low.inclusive:
        return version
    release = [*version.release, *(0,) * (precision - len(version.release))]
    return Version(".".join(str(part) for part in (*release[:-1], release[-1] + 1)))


def in_words(item: Range) -> str:
    """A range as a requirement specifier writes it."""
    signs = [] if item.low is None else [(">=" if item.low.inclusive else ">") + item.low.text]
    signs += [] if item.high is None else [("<=" if item.high.inclusive else "<") + item.high.text]
    return ",".join(signs) or "any version"
