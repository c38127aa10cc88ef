"""Placeholders: texts with parts that are known later, such as the name of a product on a page that products share.

    escape(placeholder("name") + " & Co")  ->  "<a call of escape>"

A function with the decorator `deferrable` returns a placeholder for its result if it gets one. So code that joins texts
need not know about them. A `Form` makes the calls as soon as the values are known:

    Form(["<b>" + escape(placeholder("name")) + "</b>"]).fill({"name": "A < B"})  ->  ["<b>A &lt; B</b>"]

Code that decides by a text calls `known` first.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as ReadOnly
from functools import wraps

# A placeholder is a name, or a function and its arguments, between noncharacters, which no source has.
_BEGIN, _NEXT, _END = "\ufdd6", "\ufdd5", "\ufdd7"
_INNERMOST = re.compile(f"{_BEGIN}([^{_BEGIN}{_END}]*){_END}")
_NUMBER = re.compile("\ufddc([0-9]+)\ufddd")
_FUNCTIONS: dict[str, Callable[..., str]] = {}


class PlaceholderError(Exception):
    """A decision depends on a text that has placeholders, or a value does not fit where its placeholder is."""


def placeholder(name: str) -> str:
    """The text that stands for the value `name`."""
    return f"{_BEGIN}{name}{_END}"


def has_placeholder(text: str) -> bool:
    """Whether some of a text is known later."""
    return _BEGIN in text


def known(text: str) -> str:
    """The text itself. Raises PlaceholderError if it has placeholders."""
    if _BEGIN in text:
        raise PlaceholderError(text)
    return text


def is_line(text: str) -> bool:
    """Whether a value leaves the lines around its placeholder what they are."""
    return text != "" and text == text.strip() and "\n" not in text


def deferrable(function: Callable[..., str]) -> Callable[..., str]:
    """Let a function of texts return a placeholder if an argument has one."""
    name = function.__qualname__
    assert name not in _FUNCTIONS, name  # noqa: S101 - a mistake of a programmer
    _FUNCTIONS[name] = function

    @wraps(function)
    def call(*texts: str) -> str:
        for text in texts:
            if _BEGIN in text:
                return f"{_BEGIN}{_NEXT.join((name, *texts))}{_END}"
        return function(*texts)

    return call


@deferrable
def must_be_empty(problem: str) -> str:
    """An empty text. Raises PlaceholderError for a text that is not empty."""
    if problem:
        raise PlaceholderError(problem)
    return problem


class Form:
    """Texts with placeholders, prepared to be filled many times."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._numbers: dict[str, int] = {}  # of names and calls; a call has numbers of earlier ones in its arguments
        self._texts = [_Parts(self._numbered(text)) for text in texts]
        steps = (text.split(_NEXT) for text in self._numbers)
        self._steps = [(name, [*map(_Parts, arguments)]) for name, *arguments in steps]

    def fill(self, values: ReadOnly[str, str]) -> list[str]:
        """The texts with the value of each name. Raises PlaceholderError."""
        results: list[str] = []
        for name, arguments in self._steps:
            if arguments:
                results.append(_FUNCTIONS[name](*[argument.text(results) for argument in arguments]))
            else:
                results.append(values[name])
        return [text.text(results) for text in self._texts]

    def _numbered(self, text: str) -> str:
        """A text with numbers for its placeholders."""
        count = 1
        while count:
            text, count = _INNERMOST.subn(self._number, text)
        return text

    def _number(self, match: re.Match[str]) -> str:
        return f"\ufddc{self._numbers.setdefault(match[1], len(self._numbers))}\ufddd"


class _Parts:
    """A text split at its numbers."""

    def __init__(self, text: str) -> None:
        self._parts = _NUMBER.split(text)
        self._numbers = [int(number) for number in self._parts[1::2]]

    def text(self, results: list[str]) -> str:
        if not self._numbers:  # the common case
            return self._parts[0]
        parts = self._parts.copy()
        parts[1::2] = [results[number] for number in self._numbers]
        return "".join(parts)
