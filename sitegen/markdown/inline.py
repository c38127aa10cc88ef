"""The inside of a paragraph: links, code spans, tags and marks; all else is the author's text.

Only what sitegen has to know is told apart (CommonMark 0.31 for code spans, links,
autolinks and HTML tags). Joining the literal pieces gives the source back.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Literal

from sitegen.frozen import frozen
from sitegen.templates.template import MARK


@frozen
class Hole:
    """Where value number `index` goes."""

    index: int


Parts = tuple["str | Hole", ...]


@frozen
class Code:
    """A code span; `parts` is what stands between the backticks."""

    parts: Parts


@frozen
class Anchor:
    """A link or image: `text` and either a `target` or the `name` of one."""

    text: Inline
    target: Parts
    name: str
    title: Parts
    image: bool


Language = Literal["hugo", "markdoc", "html"]


@frozen
class Tag:
    """Something only one language understands: a Hugo shortcode, a Markdoc tag, an HTML tag."""

    language: Language
    parts: Parts


Piece = str | Hole | Code | Anchor | Tag
Inline = tuple[Piece, ...]

# No quantifier may try a text again that another has read: a page may hold anything, and reading
# it takes a time that grows with its length and no faster.
_START = re.compile(
    r"""
    (?=[\\`{<!\[\]\ufdd0])(?:                           # so that Python looks for one of these
      \\[!-/:-@\[-`{-~]                                 # an escaped sign
    | (?P<code>`+)
    | (?P<hugo>\{\{[<%])
    | (?P<markdoc>\{%)
    | (?P<autolink><(?:https?|mailto):[^\s<>]*>)
    | (?P<comment><!--)
    | (?P<html></?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>)
    | (?P<bracket>!?\[)
    | (?P<close>\])
    | (?P<mark>\ufdd0[0-9]+\ufdd1)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
# What closes a tag, and its length.
_CLOSE = {"hugo": (re.compile(r"[%>]\}\}"), 3), "markdoc": (re.compile(r"%\}"), 2), "comment": (re.compile("-->"), 3)}
_LANGUAGES: dict[str, Language] = {"hugo": "hugo", "markdoc": "markdoc", "comment": "html", "html": "html"}
_TARGET = re.compile(
    r"""\(\s*+(?:<(?P<angle>[^<>\n]*)>|(?P<bare>(?:[^\s()\\]|\\.|\([^\s()]*\))*+))"""
    r"""(?:\s++(?:"(?P<t1>[^"]*)"|'(?P<t2>[^']*)'))?\s*+\)"""
)
_NAME = re.compile(r"\[([^\[\]]*)\]")
_MAX_DEPTH = 3


class _Ends:
    """Where the code spans, tags and brackets of a text end, each found without reading the text again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tags: dict[str, list[int]] = {}

    def of(self, match: re.Match[str]) -> int | None:
        """Where a code span or tag ends whose first sign matched; None if it has no end."""
        kind = match.lastgroup
        if kind == "code":
            length = len(match.group())
            start = _first(self._runs.get(length, []), match.end())
            return None if start is None else start + length
        if kind not in _CLOSE:
            return match.end()
        close, length = _CLOSE[kind]
        if kind not in self._tags:
            self._tags[kind] = [found.start() for found in close.finditer(self.text)]
        start = _first(self._tags[kind], match.end())
        return None if start is None else start + length

    @cached_property
    def _runs(self) -> dict[int, list[int]]:
        runs = defaultdict(list)
        for match in re.finditer("`+", self.text):
            runs[len(match.group())].append(match.start())
        return runs

    @cached_property
    def brackets(self) -> dict[int, int]:
        """Where each bracket is closed, by where its inside begins."""
        closed: dict[int, int] = {}
        opened: list[int] = []
        position = 0
        while match := _START.search(self.text, position):
            position = match.end()
            if match.lastgroup == "bracket":
                opened.append(position)
            elif match.lastgroup == "close":
                if opened:
                    closed[opened.pop()] = match.start()
            else:
                position = self.of(match) or _next(match)
        return closed


def _first(positions: list[int], least: int) -> int | None:
    index = bisect_left(positions, least)
    return positions[index] if index < len(positions) else None


def _next(match: re.Match[str]) -> int:
    """Where to read on behind a sign that begins nothing."""
    return match.start() + 1 if match.lastgroup in _CLOSE else match.end()


def parse_inline(text: str, defined: Callable[[str], bool], depth: int = 0) -> Inline:
    """Parse a paragraph. `defined` tells whether a bare `[name]` is a link."""
    pieces: list[Piece] = []
    position = literal = 0
    ends = _Ends(text)
    while match := _START.search(text, position):
        found = _piece(match, ends, defined, depth)
        if found is None:
            position = _next(match)
            continue
        if match.start() > literal:
            pieces.append(text[literal : match.start()])
        piece, position = found
        pieces.append(piece)
        literal = position
    if len(text) > literal:
        pieces.append(text[literal:])
    return tuple(pieces)


def _piece(match: re.Match[str], ends: _Ends, defined: Callable[[str], bool], depth: int) -> tuple[Piece, int] | None:
    """What begins with a sign, and where it ends; None if the sign is the author's text."""
    kind, sign = match.lastgroup, match.group()
    if kind is None or kind == "close":
        return None
    if kind == "bracket":
        return _anchor(ends, match.end(), sign == "![", defined, depth)
    end = ends.of(match)
    if end is None:
        return None
    if kind == "mark":
        return Hole(int(sign[1:-1])), end
    if kind == "code":
        return Code(split_marks(match.string[match.end() : end - len(sign)])), end
    if kind == "autolink":
        target = split_marks(sign[1:-1])
        shown = tuple(_SIGNS.sub(r"\\\g<0>", part) if isinstance(part, str) else part for part in target)
        return Anchor(shown, target, "", (), False), end
    return Tag(_LANGUAGES[kind], split_marks(match.string[match.start() : end])), end


_SIGNS = re.compile(r"[\\`*_{}\[\]<>~|]")


def split_marks(text: str) -> Parts:
    """Split text at its marks."""
    parts: list[str | Hole] = []
    position = 0
    for match in MARK.finditer(text):
        if match.start() > position:
            parts.append(text[position : match.start()])
        parts.append(Hole(int(match[1])))
        position = match.end()
    if position < len(text):
        parts.append(text[position:])
    return tuple(parts)


def numbers(parts: Parts) -> Iterator[int]:
    """The numbers of the values among parts."""
    return (part.index for part in parts if isinstance(part, Hole))


def joined(parts: Parts, value: Callable[[int], str]) -> str:
    """Parts as one text. `value` gives the text for a hole."""
    return "".join(part if isinstance(part, str) else value(part.index) for part in parts)


def plain(inline: Inline, value: Callable[[int], str]) -> str:
    """The text a reader sees, without markup. `value` gives the text for a hole."""
    return joined(plain_parts(inline), value)


def plain_parts(inline: Inline) -> Parts:
    """The text a reader sees, without markup, with its holes."""
    out: list[str | Hole] = []
    for piece in inline:
        if isinstance(piece, str):
            out.append(_MARKUP.sub(lambda m: m[1] or "", piece))
        elif isinstance(piece, Hole):
            out.append(piece)
        elif isinstance(piece, Code):
            out += piece.parts
        elif isinstance(piece, Anchor):
            out += plain_parts(piece.text)
    return tuple(out)


_MARKUP = re.compile(r"\\([!-/:-@\[-`{-~])|[*_~]+")


def resolved(inline: Inline, link: Callable[[str], str | None]) -> Inline:
    """The same with the targets of links in the place of their names; an unknown name stays."""
    pieces: list[Piece] = []
    for piece in inline:
        if isinstance(piece, Anchor) and piece.name and (target := link(piece.name)) is not None:
            pieces.append(replace(piece, text=resolved(piece.text, link), target=(target,), name=""))
        else:
            pieces.append(piece)
    return tuple(pieces)


def pieces_of(inline: Inline) -> Iterator[Piece]:
    """Every piece, those inside the texts of links too."""
    for piece in inline:
        yield piece
        if isinstance(piece, Anchor):
            yield from pieces_of(piece.text)


def numbers_in(inline: Inline) -> Iterator[int]:
    """The numbers of all values in a paragraph."""
    for piece in pieces_of(inline):
        if isinstance(piece, Hole):
            yield piece.index
        elif isinstance(piece, (Code, Tag)):
            yield from numbers(piece.parts)
        elif isinstance(piece, Anchor):
            yield from numbers((*piece.target, *piece.title))


def link_names(inline: Inline) -> Iterator[str]:
    """The names of links that a paragraph uses."""
    for piece in pieces_of(inline):
        if isinstance(piece, Anchor) and piece.name:
            yield piece.name


def _anchor(
    ends: _Ends, inside: int, image: bool, defined: Callable[[str], bool], depth: int
) -> tuple[Anchor, int] | None:
    """A link whose text begins at `inside`, and where it ends; None if it is none."""
    text = ends.text
    end = ends.brackets.get(inside)
    if end is None:
        return None
    target: Parts = ()
    title: Parts = ()
    name = ""
    if direct := _TARGET.match(text, end + 1):
        target = split_marks(_bare(direct["angle"]) if direct["bare"] is None else direct["bare"])
        title = split_marks((direct["t1"] or direct["t2"] or "").replace('"', "&quot;"))
        after = direct.end()
    elif (named := _NAME.match(text, end + 1)) and text[inside] != "!":
        name, after = normalized(named[1] or text[inside:end]), named.end()
    elif text.find("[", inside, end) < 0 and defined(normalized(text[inside:end])):
        name, after = normalized(text[inside:end]), end + 1
    else:
        return None
    label = text[inside:end]
    # Beyond a depth that nobody writes, brackets are text.
    content = parse_inline(label, lambda _: False, depth + 1) if depth < _MAX_DEPTH else split_marks(label)
    return Anchor(content, target, name, title, image), after


def _bare(target: str) -> str:
    """The target of `[x](</a b/>)` as it stands without angle brackets."""
    return re.sub(r"[ ()]", lambda sign: f"%{ord(sign.group()):02X}", target)


def normalized(label: str) -> str:
    """A link's name as it is looked up: case and runs of blanks do not count."""
    return " ".join(label.split()).lower()
