"""The inside of a paragraph: links, code spans, tags and marks; all else is the author's text.

Only what sitegen has to know is told apart (CommonMark 0.31 for code spans, links,
autolinks and HTML tags). Joining the literal pieces gives the source back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from sitegen.templates import MARK


@dataclass(frozen=True, slots=True)
class Hole:
    """Where value number `index` goes."""

    index: int


Parts = tuple["str | Hole", ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A code span; `parts` is what stands between the backticks."""

    parts: Parts


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link or image: `text` and either a `target` or the `name` of one."""

    text: Inline
    target: Parts
    name: str
    title: str
    image: bool
    offset: int


@dataclass(frozen=True, slots=True)
class Tag:
    """Something only one language understands: a Hugo shortcode, a Markdoc tag, an HTML tag."""

    language: Literal["hugo", "markdoc", "html"]
    parts: Parts
    offset: int


Piece = str | Hole | Code | Anchor | Tag
Inline = tuple[Piece, ...]

_START = re.compile(
    r"""
    \\[!-/:-@\[-`{-~]                                   # an escaped sign
  | (?P<code>`+)
  | (?P<hugo>\{\{[<%].*?[%>]\}\})
  | (?P<markdoc>\{%.*?%\})
  | (?P<autolink><(?:https?|mailto):[^\s<>]*>)
  | (?P<html></?[A-Za-z][A-Za-z0-9-]*(?:\s[^<>]*)?/?>|<!--.*?-->)
  | (?P<bracket>!?\[)
  | (?P<mark>\ufdd0[0-9]+\ufdd1)
    """,
    re.VERBOSE | re.DOTALL,
)
_TARGET = re.compile(
    r"""\(\s*(?:<(?P<angle>[^<>\n]*)>|(?P<bare>(?:[^\s()\\]|\\.|\([^\s()]*\))*))(?:\s+(?:"(?P<t1>[^"]*)"|'(?P<t2>[^']*)'))?\s*\)"""
)
_NAME = re.compile(r"\[([^\[\]]*)\]")


def parse_inline(text: str, defined: Callable[[str], bool], offset: int = 0) -> Inline:
    """Parse a paragraph. `defined` tells whether a bare `[name]` is a link."""
    pieces: list[Piece] = []
    position = literal = 0

    def flush(end: int) -> None:
        if end > literal:
            pieces.append(text[literal:end])

    while match := _START.search(text, position):
        start, position = match.start(), match.end()
        piece: Piece | None = None
        kind = match.lastgroup
        if kind == "code":
            close = re.compile(rf"(?<!`){match['code']}(?!`)").search(text, position)
            if close is None:
                continue
            piece, position = Code(split_marks(text[position : close.start()])), close.end()
        elif kind == "bracket":
            found = _anchor(text, match.end(), match.group() == "![", defined, start + offset, offset)
            if found is None:
                continue
            piece, position = found
        elif kind == "mark":
            piece = Hole(int(match.group()[1:-1]))
        elif kind in ("hugo", "markdoc", "html"):
            language: Literal["hugo", "markdoc", "html"] = (
                "hugo" if kind == "hugo" else "markdoc" if kind == "markdoc" else "html"
            )
            piece = Tag(language, split_marks(match.group()), start + offset)
        elif kind == "autolink":
            target = split_marks(match.group()[1:-1])
            piece = Anchor(target, target, "", "", False, start + offset)
        else:
            continue
        flush(start)
        pieces.append(piece)
        literal = position
    flush(len(text))
    return tuple(pieces)


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


def plain(inline: Inline, value: Callable[[int], str]) -> str:
    """The text a reader sees, without markup. `value` gives the text for a hole."""
    out = []
    for piece in inline:
        if isinstance(piece, str):
            out.append(re.sub(r"\\([!-/:-@\[-`{-~])|[*_~]+", lambda m: m[1] or "", piece))
        elif isinstance(piece, Hole):
            out.append(value(piece.index))
        elif isinstance(piece, Code):
            out.append("".join(part if isinstance(part, str) else value(part.index) for part in piece.parts))
        elif isinstance(piece, Anchor):
            out.append(plain(piece.text, value))
    return "".join(out)


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


def link_names(inline: Inline) -> Iterator[str]:
    """The names of links that a paragraph uses."""
    for piece in pieces_of(inline):
        if isinstance(piece, Anchor) and piece.name:
            yield piece.name


def _anchor(
    text: str, inside: int, image: bool, defined: Callable[[str], bool], start: int, offset: int
) -> tuple[Anchor, int] | None:
    """A link that begins before `inside`, and where it ends; None if it is none."""
    end = _closing_bracket(text, inside)
    if end is None:
        return None
    label = text[inside:end]
    content = parse_inline(label, lambda _: False, inside + offset)
    direct = _TARGET.match(text, end + 1)
    if direct:
        target = direct["angle"] if direct["angle"] is not None else direct["bare"]
        title = direct["t1"] or direct["t2"] or ""
        return Anchor(content, split_marks(target), "", title, image, start), direct.end()
    named = _NAME.match(text, end + 1)
    if named and not label.startswith("!"):
        return Anchor(content, (), normalized(named[1] or label), "", image, start), named.end()
    if defined(normalized(label)):
        return Anchor(content, (), normalized(label), "", image, start), end + 1
    return None


def _closing_bracket(text: str, position: int) -> int | None:
    depth = 1
    end = min(len(text), position + 2000)  # a label of any length would make hostile text quadratic
    while position < end:
        sign = text[position]
        if sign == "\\":
            position += 1
        elif sign == "`":
            run = re.compile(r"`+").match(text, position)
            close = re.compile(rf"(?<!`){run.group()}(?!`)").search(text, run.end()) if run else None
            position = (close.end() if close else run.end() if run else position + 1) - 1
        elif sign == "[":
            depth += 1
        elif sign == "]":
            depth -= 1
            if depth == 0:
                return position
        position += 1
    return None


def normalized(label: str) -> str:
    """A link's name as it is looked up: case and runs of blanks do not count."""
    return " ".join(label.split()).lower()
