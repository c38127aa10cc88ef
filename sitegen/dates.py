"""Dates in English words, for messages and reports. Pages have those of their language."""

from __future__ import annotations

from datetime import date

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def long_date(day: date) -> str:
    """A date as `May 31, 2026`."""
    return f"{MONTHS[day.month - 1]} {day.day}, {day.year}"
