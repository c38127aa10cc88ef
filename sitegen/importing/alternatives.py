"""The values of one fact on several pages and dates, as the fewest alternatives."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sitegen.findings import Place
from sitegen.frozen import frozen


@frozen
class PageClaim:
    """A value that a page shows from its first day on, up to the next edition of the page; and where it is from.

    As an alternative, it has no end. Its page may be empty, for all pages, and its first day `date.min`, for none.
    """

    page: str
    start: date
    end: date
    value: Any
    source: Place


def _value(choices: Sequence[PageClaim], page: str, day: date) -> object:
    """The value on a page and a day: that of the last alternative that applies."""
    return next((c.value for c in reversed(choices) if c.page in ("", page) and c.start <= day), None)


def _are_met(choices: Sequence[PageClaim], claims: Iterable[PageClaim], days: Sequence[date]) -> bool:
    return all(
        _value(choices, claim.page, day) == claim.value
        for claim in claims
        for day in {claim.start, *days}
        if claim.start <= day < claim.end
    )


def choices_of(claims: Sequence[PageClaim]) -> list[PageClaim]:
    """Alternatives that meet all claims, of which those of one page agree. The first one is for all pages and days."""
    ordered = sorted(claims, key=lambda claim: claim.start)
    days = sorted({claim.start for claim in claims})
    choices = [replace(ordered[0], page="", start=date.min)]
    for number, claim in enumerate(ordered):
        if _are_met(choices, [claim], days):
            continue
        for_all = [*choices, replace(claim, page="")]
        choices = for_all if _are_met(for_all, ordered[: number + 1], days) else [*choices, claim]
    return choices
