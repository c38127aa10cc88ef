"""The states that a cell states on a day, each with its versions and conditions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from sitegen.explanation.claims import ALL, NOT_STATED, answer_of, worst
from sitegen.explanation.columns import CellFact
from sitegen.facts.values import Qualified, Support, Verbatim, Versions, items_in, unqualified
from sitegen.facts.version_ranges import Range, complement, intersect, normalize

BEFORE = ("yes", "ga", "lts", "maintenance", "partial", "preview", "beta", "private beta", "experimental")
"""States that begin with their first version. Versions outside of theirs are not supported."""


class Part(NamedTuple):
    """A state in some versions (None: no versions are stated). `sure` if other versions are not supported."""

    state: str
    ranges: tuple[Range, ...] | None
    sure: bool
    when: str = ""


def parts_of(fact: CellFact) -> list[Part]:
    """The states that a fact states on the day of its page, each with its versions. Nothing is certain on a condition.

    Yes remains in versions that no condition denies or limits, else it becomes `partial`: in `5.0`, and `6.0` on Arm,
    5.5 is partial.
    """
    parts = list(_parts(fact))
    limits = [part for part in parts if part.when]
    if not limits:
        return parts
    certain = [part for part in parts if not part.when]
    yes = [part for part in certain if answer_of(part.state) == "yes"]
    kept = [part for part in certain if part not in yes]
    kept += [part._replace(ranges=left) for part in yes if (left := _without_limits(part.ranges or ALL, limits))]
    stated = normalize(item for part in (*limits, *yes) for item in part.ranges or ALL)
    rest = intersect(stated, complement(normalize(item for part in kept for item in part.ranges or ALL)))
    state = "partial" if yes else worst("partial", *(limit.state for limit in limits if limit.state != "no"))
    sure = all(part.sure for part in parts)
    return [*kept, *([Part(state, None if rest == ALL else rest, sure)] if rest else [])]


def _without_limits(ranges: tuple[Range, ...], limits: Iterable[Part]) -> tuple[Range, ...]:
    """Those of some versions that no condition denies; of a condition that supports some of them, only these."""
    for limit in limits:
        supported = limit.ranges or ALL if answer_of(limit.state) == "yes" else complement(limit.ranges or ALL)
        both = intersect(ranges, supported)
        ranges = both if both or answer_of(limit.state) != "yes" else ranges
    return ranges


def _parts(fact: CellFact) -> Iterator[Part]:
    for item in items_in(fact.value):
        value, when = unqualified(item), item.when if isinstance(item, Qualified) else ""
        if isinstance(value, Support):
            ranges = value.versions.ranges if value.versions else None
            yield Part(_state_on(value, fact.day), ranges, value.state in (*BEFORE, "planned"), when)
        elif isinstance(value, Versions):
            yield Part("yes", *fact.included(value.set), when)
        elif isinstance(value, Verbatim):
            yield Part(NOT_STATED, None, sure=False)


def _state_on(support: Support, day: date) -> str:
    """A state on a day: `planned` before its first day, and not stated if that day was only expected."""
    if support.on is None or support.state not in BEFORE:
        return support.state
    return "planned" if support.on.first > day else NOT_STATED if support.on.expected else support.state
