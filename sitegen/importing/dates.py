"""Dates as pages write them: by a pattern of CLDR for each precision."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnly
from datetime import datetime
from functools import lru_cache

from sitegen.languages.date_styles import ordinal_sign

# Patterns that a column may have, for days and for months. The first one is ISO 8601, which needs none.
PATTERNS: tuple[ReadOnly[str, str], ...] = (
    {},
    *({"day": day, "month": month} for month, days in (
        ("MMMM yyyy", ("MMMM d, yyyy", "MMMM dd, yyyy", "d MMMM yyyy", "dd MMMM yyyy", "MMMM do, yyyy", "MMMM do yyyy",
                       "do MMMM yyyy")),
        ("MMM yyyy", ("MMM d, yyyy", "MMM dd, yyyy", "d MMM yyyy", "dd MMM yyyy", "dd-MMM-yyyy", "MMM d yyyy",
                      "MMM dd yyyy", "MMM do, yyyy", "MMM do yyyy", "do MMM yyyy")),
        ("MMMM, yyyy", ("MMMM d, yyyy", "MMMM, d yyyy")),
        ("MMM, yyyy", ("MMM d, yyyy", "MMM, d yyyy")),
        ("MM/yyyy", ("MM/dd/yyyy", "M/d/yyyy", "dd/MM/yyyy", "yyyy/MM/dd", "dd.MM.yyyy", "d.M.yyyy")),
    ) for day in days),
)  # fmt: skip
_LETTERS = {"MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%m", "dd": "%d", "d": "%d", "yyyy": "%Y"}
_ISO = {"day": r"\d{4}-\d\d-\d\d", "month": r"\d{4}-\d\d", "quarter": r"\d{4}-Q[1-4]"}


def read_day(text: str, pattern: ReadOnly[str, str]) -> tuple[str, str] | None:
    """The date of a text by the patterns of a column, as facts write it; None if it is not one.

    Returns also the unit for which the column needs its pattern, if any.
    """
    if text.startswith("~") and (found := read_day(text[1:].lstrip(), pattern)):
        return f"~{found[0]}", found[1]
    if re.fullmatch(r"\d{4}", text):
        return text, ""
    if not pattern:
        return (text, "") if any(re.fullmatch(iso, text) and _exists(text) for iso in _ISO.values()) else None
    if quarter := re.fullmatch(r"Q([1-4]) (\d{4})", text):
        return f"{quarter[2]}-Q{quarter[1]}", ""
    for unit, form in (("day", "%Y-%m-%d"), ("month", "%Y-%m")):
        if (day := _parsed(text, pattern[unit])) is not None:
            return day.strftime(form), unit
    return None


def is_ambiguous(texts: list[str], pattern: ReadOnly[str, str]) -> bool:
    """Whether days and months of dates in digits could be swapped."""
    day = pattern.get("day", "")
    swapped = {**pattern, "day": re.sub("d+|M+", lambda sign: "dM"["d" in sign.group()] * len(sign.group()), day)}
    if not re.search(r"^d+[./]M+|^M+[./]d+", day):
        return False
    pairs = {(read_day(text, swapped) is not None, read_day(text, pattern) is not None) for text in texts}
    return "/" in day and ((True, False) in pairs or all(other for other, _ in pairs))


@lru_cache(maxsize=65536)
def _parsed(text: str, pattern: str) -> datetime | None:
    """The date of a text that a pattern writes in the same way."""
    if "do" in pattern:
        plain = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", text)
        day = None if plain == text else _parsed(plain, pattern.replace("do", "d"))
        return day if day and f"{day.day}{ordinal_sign(day.day)}" in text else None
    form = re.sub("M+|d+|y+", lambda sign: _LETTERS[sign.group()], pattern)
    if ("dd" not in pattern and re.search(r"\b0\d\b", text)) or (
        "dd" in pattern and re.search(r"(?<!\d)\d(?!\d)", text)
    ):
        return None
    try:
        day = datetime.strptime(text, form)
    except ValueError:
        return None
    return day if all(day.strftime(name) in text for name in ("%B", "%b") if name in form) else None


def _exists(text: str) -> bool:
    try:
        datetime.fromisoformat(text if len(text) == 10 else f"{text[:4]}-01-01")
    except ValueError:
        return False
    return len(text) != 7 or "Q" in text or 1 <= int(text[5:]) <= 12
