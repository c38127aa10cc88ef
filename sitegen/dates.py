"""Dates in English words, in every locale."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def long_date(day: date) -> str:
    """A date as `May 31, 2026`."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"


def period_in_words(first: date, last: date) -> str:
    """A month, a quarter or a year by its first and last day: `May 2026`, `Q2 2026`, `2026`."""
    if first.month == last.month:
        return f"{MONTHS[first.month - 1]} {first.year}"
    return str(first.year) if last.month - first.month > 2 else f"Q{last.month // 3} {first.year}"


@lru_cache(maxsize=16)
def iso_in_words(day: str) -> str:
    """An ISO 8601 date, such as `2026-05-31`, as `May 31, 2026`; an empty text stays empty."""
    return long_date(date.fromisoformat(day)) if day else ""
