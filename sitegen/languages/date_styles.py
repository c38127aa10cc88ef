"""Date styles: how dates are written. Patterns are those of CLDR, such as `MMM d, yyyy`."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from sitegen.findings import Finding, Report, nearest
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar

if TYPE_CHECKING:
    from babel import Locale

# The units of dates, each with the letters that only it and finer units have.
_LETTERS = {"year": "Gy", "quarter": "Qq", "month": "ML", "day": "dEc"}
_KNOWN = {*"".join(_LETTERS.values())}
_CORRECT = str.maketrans("YDm", "ydM")
_FIELD = re.compile(r"'(?:[^']|'')*'|(?P<letter>[A-Za-z])(?P=letter)*")  # what is quoted has no letters
_ORDINAL = re.compile(r"('(?:[^']|'')*')|do")  # no pattern of CLDR has ordinals
_DATE = re.compile(r"<<\s*date\s*>>")


@frozen
class DateStyle:
    """How dates are written: by the patterns of their units, in words if there is none, or in ISO 8601 (`iso`).

    `expected` is the text around an expected date, with `<< date >>`; empty for that of the language.
    """

    patterns: tuple[tuple[str, str], ...] = ()
    expected: str = ""
    iso: bool = False

    def __str__(self) -> str:
        texts = dict(self.patterns) | ({"expected": self.expected} if self.expected else {})
        return ", ".join(f"{unit}: {text}" for unit, text in texts.items()) or ("iso" if self.iso else "long")

    def text(self, first: date, unit: str, tag: str) -> str:
        """The unit of time that begins on a day, in a language; empty if the style has no pattern for it.

        Without a pattern of its own, a month, a quarter or a year is written as usual in the language.
        """
        patterns = dict(self.patterns)
        if not patterns or (unit == "day" and unit not in patterns):
            return ""
        months = re.search("[ML]+", patterns.get("day", "MMM"))
        usual = {"month": f"y{months[0] if months else 'MMM'}"[:5], "quarter": "yQQQ", "year": "y"}
        return _formatted(first, patterns.get(unit, ""), usual.get(unit, ""), tag)

    def expectation(self, text: str) -> str:
        """The text for an expected date; empty for that of the language."""
        return _DATE.sub(lambda _: text, self.expected)


LONG, ISO = DateStyle(), DateStyle(iso=True)
_NAMED = {"long": LONG, "iso": ISO}


def read_date_style(node: Node, report: Report) -> DateStyle | None:
    """Read a style: `long`, `iso`, a pattern, or a mapping of patterns. Reports another one, and returns None."""
    if isinstance(node, Scalar):
        if node.text in _NAMED:
            return _NAMED[node.text]
        used = _letters(node.text)
        unit = next((unit for unit in reversed(_LETTERS) if used & {*_LETTERS[unit]}), "day")
        texts = dict.fromkeys([*_LETTERS][[*_LETTERS].index(unit) :], node)  # a day by the pattern of its month
    else:
        entries = node.entries if isinstance(node, Mapping) else ()
        texts = {key.text: value for key, value in entries if isinstance(value, Scalar)}
        unknown = next((key for key, _ in entries if key.text not in (*_LETTERS, "expected")), None)
        if unknown is not None or len(texts) < len(entries) or not texts:
            place, hint = (unknown or node).place, f"the keys are {', '.join(_LETTERS)} and expected"
            report(Finding("bad-date-style", "'dates' must be a text or a mapping of patterns", place, hint))
            return None
    for unit, text in texts.items():
        if problem := _problem(text.text, unit):
            report(Finding("bad-date-style", problem[0], text.place, problem[1]))
            return None
    expected = texts.pop("expected", None)
    return DateStyle(tuple((unit, text.text) for unit, text in texts.items()), expected.text if expected else "")


def _problem(text: str, unit: str) -> tuple[str, str] | None:
    """The problem of the pattern of a unit, and a hint; None if it is valid."""
    if unit == "expected":
        is_valid = len(_DATE.findall(text)) == 1 and "\n" not in text
        return None if is_valid else (f"'{text}' must contain << date >>", "write ~<< date >> (expected), for example")
    finer = "".join(_LETTERS.values()).partition(_LETTERS[unit])[2]
    used = _letters(text)
    near, correct = nearest(text, _NAMED), text.translate(_CORRECT)
    hint = f"did you mean '{near[0]}'?" if near else "write long, iso, or a pattern of CLDR, such as MMM d, yyyy"
    for letter in sorted(used - _KNOWN):
        message = f"'{letter}' is not part of a pattern for dates"
        return message, hint if near or _letters(correct) - _KNOWN else f"write {correct}"
    for letter in sorted(used & {*finer}):
        return f"the pattern of a {unit} cannot contain '{letter}'", "use only letters for this unit and longer units"
    try:
        _formatted(date(2000, 1, 1), text, "", "en")
    except ValueError as error:
        return f"'{text}' is not a pattern: {error}".replace("Invalid", "invalid"), hint
    return None if used and "\n" not in text else (f"'{text}' is not a pattern for dates", hint)


def _letters(pattern: str) -> set[str]:
    return {match["letter"] for match in _FIELD.finditer(_plain(pattern))} - {None}


def _plain(pattern: str) -> str:
    """A pattern with the number of the day in place of its ordinal."""
    return _ORDINAL.sub(lambda found: found[1] or "d", pattern)


@lru_cache(maxsize=4096)
def _formatted(day: date, pattern: str, skeleton: str, tag: str) -> str:
    """A date by a pattern, or else by a skeleton. In a language without data, months are numbers."""
    from babel.dates import format_date, format_skeleton  # noqa: PLC0415 - slow to import, and few sites have patterns

    if tag.startswith("en"):
        pattern = _ORDINAL.sub(lambda found: found[1] or f"d'{ordinal_sign(day.day)}'", pattern)
    pattern, locale = _plain(pattern), _locale(tag)
    return format_date(day, pattern, locale) if pattern else format_skeleton(skeleton, day, locale=locale)


def direction(tag: str) -> str:
    """The direction in which a language is written: `ltr` or `rtl`."""
    return _locale(tag).text_direction


def _locale(tag: str) -> Locale:
    """The data of a language in CLDR; those that all languages share if there are none."""
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - slow to import

    try:
        return Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("root")


def ordinal_sign(number: int) -> str:
    """The end of an ordinal number in English, such as `st` for 21."""
    return "th" if number // 10 == 1 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
