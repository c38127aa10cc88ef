"""The YAML that most files of facts are written in, read without a parser of all of YAML: in a third of the time.

It is keys or items below each other, and behind each the rest of its line: a text, quoted or not, or a list or mapping
in brackets. Where anything else stands, even a slip, there is no answer, and the parser has the word. A test holds that
both read the same.
"""

from __future__ import annotations

import re

from sitegen.findings import Place
from sitegen.nodes import Mapping, Node, Scalar, Sequence

_MAX_DEPTH = 20
_PLAIN = 3  # the group of a text without quotes
_MAX_LENGTH = 400_000  # so short a text has fewer nodes than the parser allows

# Of the signs beyond ASCII a simple text holds these and those of words, none of which is forbidden or hidden.
_OTHER = re.compile(r"[^\x00-\x7f\w‐–—‘’“”…≤≥→]")
_BRACKETS = r",{}\[\]"
_KEY = r"([A-Za-z0-9_][A-Za-z0-9_. \-]{0,99}+(?<! ))"
_QUOTED = r"\"([^\"\\\n]*+)\"|'([^'\n]*+)'"


def _plain(ends: str) -> str:
    """A text without quotes, up to one of some signs. A `:` in it has a sign after it, a `#` one before it."""
    run = rf"[^:#\n{ends}]*+"
    return rf"([\w/.~^=<(+]{run}(?:(?::[^?:#\n {_BRACKETS}]|(?<! )#){run})*+(?<! ))"


_LINE = re.compile(rf"( *)(?:(?:{_KEY}:(?: |(?=\n)))?(?:{_plain('')}|{_QUOTED}|(?=[\[{{\n]))|(?=- ))")
_ITEM = re.compile(rf"( *)(?:{_KEY}: )?(?:{_plain(_BRACKETS)}|{_QUOTED}|(?=[\[{{]))")
_PAIR = re.compile(rf"{_KEY}: (?:{_plain(_BRACKETS)}|{_QUOTED})(, |}})")
_NOTHING = re.compile(r"(?: *(?:#.*)?\n)+")

_new = tuple.__new__  # makes a named tuple in half the time that its name takes


class _OtherError(Exception):
    """The text is no simple YAML."""


def read_simple(text: str, file: str, first_line: int) -> Node | None:
    """The list or mapping that a text holds, or None where the text is not as simple as that."""
    if len(text) > _MAX_LENGTH or not text.endswith("\n") or not (text.isascii() or _OTHER.search(text) is None):
        return None
    reader = _Reader(text, file, first_line)
    try:
        root = reader.below(1, -1)
    except _OtherError:
        return None
    return root if reader.start == len(text) else None


class _Reader:
    """`start` is where the line begins that is read next, and `line` its number."""

    def __init__(self, text: str, file: str, first_line: int) -> None:
        self.text = text
        self.file = file
        self.line = first_line
        self.start = 0

    def below(self, depth: int, above: int) -> Node:
        """What stands on the next lines: keys further right than the column `above`, or items that may begin there."""
        match = self._next()
        if match is None or depth > _MAX_DEPTH:
            raise _OtherError
        indent = len(match[1])
        if match[2] is None and indent >= above:
            return self._items(match, indent, depth)
        if match[2] is None or indent <= above:
            raise _OtherError
        return self._keys(match, indent, depth)

    def _keys(self, match: re.Match[str] | None, indent: int, depth: int) -> Mapping:
        """Keys in a column, from the one that was matched on."""
        place = Place(self.file, self.line, indent + 1)
        entries: dict[str, tuple[Scalar, Node]] = {}
        while match is not None and (not entries or len(match[1]) == indent) and (key := match[2]) is not None:
            if key in entries:
                raise _OtherError
            name = self._scalar(key, match.start(2), plain=True)
            value = self._rest(match, depth)
            entries[key] = name, self.below(depth + 1, indent) if value is None else value
            match = self._next()
        if match is not None and len(match[1]) >= indent:
            raise _OtherError
        return Mapping(tuple(entries.values()), place)

    def _items(self, match: re.Match[str] | None, indent: int, depth: int) -> Sequence:
        """Items in a column. What stands behind the sign of one may be the first of several keys."""
        place = Place(self.file, self.line, indent + 1)
        items: list[Node] = []
        while match is not None and len(match[1]) == indent and self.text.startswith("- ", match.end(1)):
            item = _LINE.match(self.text, match.end(1) + 2)
            if item is None or item[1] or depth >= _MAX_DEPTH:
                raise _OtherError
            if item[2] is not None:
                items.append(self._keys(item, indent + 2, depth + 1))
            elif (value := self._rest(item, depth)) is not None:
                items.append(value)
            else:
                raise _OtherError
            match = self._next()
        if not items or (match is not None and len(match[1]) > indent):
            raise _OtherError
        return Sequence(tuple(items), place)

    def _next(self) -> re.Match[str] | None:
        """The next line with a key or an item, or None at the end of the text."""
        if nothing := _NOTHING.match(self.text, self.start):
            self.line += self.text.count("\n", self.start, nothing.end())
            self.start = nothing.end()
        if self.start == len(self.text):
            return None
        match = _LINE.match(self.text, self.start)
        if match is None:
            raise _OtherError
        return match

    def _rest(self, match: re.Match[str], depth: int) -> Node | None:
        """What stands on the rest of a line, to its end; None where nothing does."""
        value, end = self._value(match, depth)
        if self.text[end] != "\n":
            raise _OtherError
        self.start = end + 1
        self.line += 1
        return value

    def _value(self, match: re.Match[str], depth: int) -> tuple[Node | None, int]:
        """What stands after a key, and where it ends; None where nothing does."""
        end = match.end()
        kind = match.lastindex
        if kind == _PLAIN:
            return self._scalar(match[3], match.start(3), plain=True), end
        if kind is not None and kind > _PLAIN:
            return self._scalar(match[kind], match.start(kind) - 1, plain=False), end
        if self.text[end] not in "[{":
            return None, end
        return self._pairs(end) or self._brackets(end, depth + 1)

    def _pairs(self, at: int) -> tuple[Mapping, int] | None:
        """A mapping of texts on one line, as most records are written, and where it ends: all pairs at once."""
        text, file, line = self.text, self.file, self.line
        column = at - self.start + 2
        place = Place(file, line, column - 1)
        entries = {}
        end = text.find("}", at) + 1
        found = _PAIR.findall(text, at + 1, end) if text[at] == "{" else ()
        for key, plain, double, single, sign in found:
            name = _new(Scalar, (key, _new(Place, (file, line, column, len(key))), True))
            column += len(key) + 2
            value = plain or double or single
            length = len(value) if plain else len(value) + 2
            entries[key] = name, _new(Scalar, (value, _new(Place, (file, line, column, length)), plain != ""))
            column += length + len(sign)
        # What was found is all that stands there if it is as long as that.
        if self.start + column - 1 != end or len(entries) < len(found):
            return None
        return Mapping(tuple(entries.values()), place), end

    def _brackets(self, at: int, depth: int) -> tuple[Node, int]:
        """A list or mapping on one line, and where it ends."""
        text = self.text
        closing = "}" if text[at] == "{" else "]"
        place = Place(self.file, self.line, at - self.start + 1)
        items: list[Node] = []
        entries: dict[str, tuple[Scalar, Node]] = {}
        end = at
        while end == at or text[end] == ",":
            match = _ITEM.match(text, end + 1)
            if match is None or depth > _MAX_DEPTH:
                raise _OtherError
            value, end = self._value(match, depth)
            key = match[2]
            if value is None or (key is None) == (closing == "}") or key in entries:
                raise _OtherError
            if key is None:
                items.append(value)
            else:
                entries[key] = self._scalar(key, match.start(2), plain=True), value
        if text[end] != closing:
            raise _OtherError
        return Mapping(tuple(entries.values()), place) if entries else Sequence(tuple(items), place), end + 1

    def _scalar(self, text: str, at: int, *, plain: bool) -> Scalar:
        length = len(text) if plain else len(text) + 2
        place = _new(Place, (self.file, self.line, at - self.start + 1, length))
        return _new(Scalar, (text, place, plain))
