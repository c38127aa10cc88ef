"""Versions, releases and platforms as findings name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sitegen.indexes.releases import Release
from sitegen.verification.claims import PlatformClaim


def span(releases: Sequence[Release]) -> str:
    """Releases from the first to the last."""
    first, last = releases[0].version, releases[-1].version
    return first if first == last else f"{first} to {last}"


def names(words: Iterable[str], joint: str = "and") -> str:
    """Names in a sentence: A, B and C."""
    *others, last = dict.fromkeys(words)
    return f"{', '.join(others)} {joint} {last}" if others else last


def together(platforms: Iterable[PlatformClaim]) -> str:
    """Platforms with their CPUs in brackets: Linux (x86-64, i686) and Windows (64bit)."""
    by_name: dict[str, list[str]] = {}
    for platform in platforms:
        by_name.setdefault(platform.name, []).append(platform.cpu)
    return names(f"{name} ({', '.join(cpus)})" if any(cpus) else name for name, cpus in by_name.items())
