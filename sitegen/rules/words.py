"""The words of a language that rules search for, as patterns. One that a language does not have matches nothing."""

from __future__ import annotations

import re
from functools import cache

from sitegen.languages.catalogue import Language
from sitegen.markdown.raw_page import MASK


@cache
def pattern(language: Language, key: str) -> re.Pattern[str]:
    """The pattern at a key. It ignores case."""
    found = language.rules.get(key)
    return re.compile(_filled(found, language) if isinstance(found, str) else "(?!)", re.IGNORECASE)


@cache
def patterns(language: Language, *keys: str) -> tuple[str, ...]:
    """The patterns in the lists at some keys. They are strings, since few sites have texts to search."""
    found = (language.rules.get(key, ()) for key in keys)
    return tuple(_filled(text, language) for texts in found if isinstance(texts, tuple) for text in texts)


def value_of(number: str, language: Language) -> int:
    """The value of a number in words or digits."""
    word = number.lower()
    if pattern(language, "both").fullmatch(word):
        return 2
    return int(word) if word.isdecimal() else _numbers(language).index(word) + 1


def month_of(name: str, language: Language) -> int:
    """The number of a month by its name or the beginning of it."""
    return [month[:3] for month in language.list("months")].index(name[:3]) + 1


def _numbers(language: Language) -> tuple[str, ...]:
    """The words for numbers from one."""
    own = language.rules.get("numbers")
    return own if isinstance(own, tuple) else language.list("numbers")[1:]


def _filled(text: str, language: Language) -> str:
    months = "|".join(f"{name[:3]}(?:{name[3:]})?" if name[3:] else name for name in language.list("months"))
    values = {"numbers": "|".join(_numbers(language)), "month": rf"(?P<month>{months})\.?", "mask": MASK}
    return re.sub(r"\{(numbers|month|mask)\}", lambda match: values[match[1]], text)
