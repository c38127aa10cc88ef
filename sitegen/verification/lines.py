"""Ranges of runtime versions as lines (3.11, 18): whole lines, parts of lines, and how both are written."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from sitegen.facts.version_ranges import Bound, Range, intersect, parse_version, range_text
from sitegen.package_indexes.interface import Line

Ranges = tuple[Range, ...]


class LineRun(NamedTuple):
    """Consecutive lines; `last` None means all later ones too. Or, with a `part`, a part of one line."""

    first: Line
    last: Line | None
    part: Range | None = None

    def __str__(self) -> str:
        if self.part is not None:
            return self._part_text(self.part)
        if self.last is None:
            return f"{number(self.first)} and later"
        return number(self.first) if self.first == self.last else f"{number(self.first)} to {number(self.last)}"

    def _part_text(self, part: Range) -> str:
        (low, high), (start, end) = part, line_range(self.first)
        if low and high and low.version == high.version:
            return low.text
        words = []
        if low and start and (low.version > start.version or not low.inclusive):
            words.append(f"{'from' if low.inclusive else 'after'} {low.text}")
        if high and end and high.version < end.version:
            words.append(f"{'up to' if high.inclusive else 'before'} {high.text}")
        return " ".join((number(self.first), " and ".join(words))).rstrip()


def number(line: Line) -> str:
    """A line as text: 3.11."""
    return ".".join(map(str, line))


@lru_cache(maxsize=4096)
def line_range(line: Line) -> Range:
    """All versions of a line."""
    low, high = number(line), number(_next(line))
    return Range(Bound(parse_version(low), True, low), Bound(parse_version(high), False, high))


def _next(line: Line, step: int = 1) -> Line:
    return (*line[:-1], line[-1] + step)


def line_of(bound: Bound, depth: int) -> Line:
    """The line of a bound."""
    return (*bound.version.release, 0, 0)[:depth]


def _begins(bound: Bound, depth: int) -> bool:
    """Whether a bound is the start of a line."""
    return not any(bound.version.release[depth:])


def _endless(high: Bound | None, depth: int) -> bool:
    """Whether a bound leaves its last line open: 4.0 is the end of all lines of Python 3."""
    return high is None or (depth > 1 and not any(high.version.release[1:]))


@lru_cache(maxsize=65536)
def runs_of(ranges: Ranges, depth: int) -> tuple[LineRun, ...]:
    """The whole lines of ranges and the parts of other lines, in order. An open lower bound starts at line 0."""
    found: list[LineRun] = []
    for item in ranges:
        low, high = item
        first = line_of(low, depth) if low else (0,) * depth
        whole = low is None or (low.inclusive and _begins(low, depth))
        if not whole:
            found += [LineRun(first, first, part) for part in intersect((item,), (line_range(first),))]
        start = first if whole else _next(first)
        if high is None or _endless(high, depth):
            found.append(LineRun(start, None))
            continue
        end = line_of(high, depth)
        if start < end:
            found.append(LineRun(start, _next(end, -1)))
        if (high.inclusive or not _begins(high, depth)) and (whole or end != first):
            found += [LineRun(end, end, part) for part in intersect((item,), (line_range(end),))]
    return tuple(found)


def all_lines(existing: Ranges, named: Iterable[Line], depth: int) -> tuple[Line, ...]:
    """The lines of the existing versions; without an upper bound, up to the newest named line."""
    found: list[Line] = []
    for first, last, _ in runs_of(existing, depth):
        same = [line for line in named if line[:-1] == first[:-1]]
        newest = last or max(same, default=_next(first, -1))
        found += [(*first[:-1], number) for number in range(first[-1], newest[-1] + 1)]
    return tuple(found)


@lru_cache(maxsize=65536)
def lines_within(ranges: Ranges, known: tuple[Line, ...], depth: int) -> tuple[Line, ...]:
    """The lines of ranges: those at their bounds, and the known ones within."""
    found: set[Line] = set()
    for first, last, _ in runs_of(ranges, depth):
        found |= {first, *(line for line in known if first <= line and (last is None or line <= last))}
        if last and last[:-1] == first[:-1]:
            found |= {(*first[:-1], minor) for minor in range(first[-1], min(last[-1], first[-1] + 99) + 1)}
    return tuple(sorted(found))


def notation(ranges: Ranges, depth: int) -> str:
    """Ranges in the notation of facts: `3.9-3.14`, `20+`; as comparators if they do not end with lines."""
    runs = runs_of(ranges, depth)
    if any(run.part for run in runs):
        return " || ".join(
            f"{low.text}+" if low and low.inclusive and _endless(high, depth) else range_text(Range(low, high))
            for low, high in ranges
        )
    return ", ".join(f"{number(run.first)}+" if run.last is None else str(run).replace(" to ", "-") for run in runs)


def numbers(lines: Iterable[Line]) -> str:
    """Lines as short text: 2.7, 3.5-3.7."""
    runs: list[LineRun] = []
    for line in sorted(set(lines)):
        if runs and runs[-1].last == _next(line, -1):
            runs[-1] = runs[-1]._replace(last=line)
        else:
            runs.append(LineRun(line, line))
    return ", ".join(map(str, runs)).replace(" to ", "-")
