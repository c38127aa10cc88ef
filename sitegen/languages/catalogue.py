"""The texts of a language: a catalogue by key, and what is composed from it."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import cast

from sitegen.frozen import frozen_without_eq
from sitegen.languages.date_styles import LONG, DateStyle, direction
from sitegen.source.nodes import Mapping, Node, Scalar, items_at
from sitegen.source.yaml_reader import parse_yaml

DEFAULT = "en"
TAG = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
Text = str | tuple[str, ...]
_FIELD = re.compile(r"\{(\w+)\}")


@frozen_without_eq
class Language:
    """A language: its tag by BCP 47, its texts by key, and patterns for rules. Equality is identity.

    Some texts are lists, such as the names of months. `rules` is empty for a language without patterns. `dates` is the
    style of dates on the site.
    """

    tag: str
    texts: ReadOnly[str, Text]
    rules: ReadOnly[str, Text]
    dates: DateStyle = LONG

    @property
    def direction(self) -> str:
        """`rtl` for a language that is written from right to left, else `ltr`."""
        return direction(self.tag) if shipped(self.tag) is None else "ltr"

    def text(self, key: str, **values: object) -> str:
        """The text at a key, with values for the words in braces."""
        text = cast("str", self.texts[key])
        if not values:
            return text
        return "".join([str(values[piece]) if index % 2 else piece for index, piece in enumerate(_pieces(text))])

    def list(self, key: str) -> tuple[str, ...]:
        """The list of texts at a key."""
        texts = self.texts[key]
        return texts if isinstance(texts, tuple) else ()

    def label(self, state: str) -> str:
        """The name of a state or a level of support; empty for another text."""
        return self.text(state) if state in self.texts else ""

    def date(self, first: date, last: date | None = None, style: DateStyle | None = None) -> str:
        """A date in the style of the site or another one, by default in words, such as `May 31, 2026`.

        With another `last` day, it is a month, a quarter or a year: `May 2026`, `Q2 2026`, `2026`.
        """
        return _date(self, first, last, style or self.dates)

    def iso(self, day: str) -> str:
        """A date in ISO 8601 in words; an empty text stays empty."""
        return self.date(date.fromisoformat(day)) if day else ""

    def name_of_page(self, product: str, library: str) -> str:
        """The name of a page for a product and a library, either of which may be missing."""
        both = product and library
        return self.text("page.name", product=product, library=library) if both else product or library

    def number(self, number: int) -> str:
        """A number as a word if the language has one for it, else in digits."""
        words = self.list("numbers")
        return words[number] if 0 <= number < len(words) else str(number)

    def enumeration(self, items: Sequence[str], word: str = "") -> str:
        """Items as part of a sentence, such as `A, B, and C`; `word` is used in place of "and"."""
        word = word or self.text("and")
        before = "list.last" if len(items) > 2 else "list.two"
        first = self.text("list.comma").join(items[:-1])
        return self.text(before, word=word).join(filter(None, (first, *items[-1:])))


@lru_cache(maxsize=1024)
def _pieces(text: str) -> list[str]:
    """The pieces of a text between words in braces, and in turn these words."""
    return _FIELD.split(text)


@lru_cache(maxsize=4096)
def _date(language: Language, first: date, last: date | None, style: DateStyle) -> str:
    days = ((last or first) - first).days
    if style.iso and not days:
        return first.isoformat()
    unit = "day" if not days else "month" if days < 31 else "quarter" if days < 92 else "year"
    month, quarter = language.list("months")[first.month - 1], (first.month + 2) // 3
    words = language.text(f"date.{unit}", year=first.year, quarter=quarter, month=month, day=first.day)
    return style.text(first, unit, language.tag) or words


@cache
def shipped(tag: str) -> Language | None:
    """A language of this package, by its tag or the first part of it; None if there is none."""
    for name in (tag, tag.partition("-")[0]):
        file = Path(__file__).with_name(f"{name}.yaml")
        if file.exists():
            node = cast("Mapping", parse_yaml(file.read_text("utf-8"), file.name, lambda _: None))
            return Language(tag, _texts(node.get("texts")), _texts(node.get("rules")))
    return None


def english() -> Language:
    """English, which has all keys."""
    return cast("Language", shipped(DEFAULT))


@cache
def with_texts(tag: str, own: tuple[tuple[str, Text], ...], dates: DateStyle = LONG) -> Language:
    """A language with the texts of a site in place of its own. It may lack some."""
    language = shipped(tag) or Language(tag, {}, {})
    return Language(tag, MappingProxyType({**language.texts, **dict(own)}), language.rules, dates)


def fields_of(text: Text) -> set[str]:
    """The words in braces of a text."""
    return {*_FIELD.findall(text)} if isinstance(text, str) else set()


def _texts(node: Node | None) -> ReadOnly[str, Text]:
    entries = node.entries if isinstance(node, Mapping) else ()
    return MappingProxyType({key.text: text for key, value in entries if (text := text_of(value)) is not None})


def text_of(node: Node) -> Text | None:
    """A text or a list of texts, each in one line; None for another node."""
    texts = tuple(item.text if isinstance(item, Scalar) else "" for item in items_at(node))
    if not all(text.strip() and "\n" not in text for text in texts):
        return None
    return texts[0] if isinstance(node, Scalar) else texts
