"""Versions, releases and platforms as findings name them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sitegen.indexes.interface import Line
from sitegen.indexes.releases import Release
from sitegen.verification.claims import PlatformClaim


def number(line: Line) -> str:
    """A line of a runtime: 3.11."""
    return ".".join(map(str, line))


def numbers(lines: Iterable[Line]) -> str:
    """Lines as people write them: 2.7, 3.5-3.7."""
    runs: list[list[Line]] = []
    for line in sorted(set(lines)):
        if runs and line[:-1] == runs[-1][-1][:-1] and line[-1] == runs[-1][-1][-1] + 1:
            runs[-1].append(line)
        else:
            runs.append([line])
    return ", ".join(number(run[0]) + (f"-{number(run[-1])}" if len(run) > 1 else "") for run in runs)


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
