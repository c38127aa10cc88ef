"""The content of paragraphs: links, code spans, tags and marks of values; all other text is kept as written.

Joining the literal pieces returns the source.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import Literal

from sitegen.frozen import frozen
from sitegen.markdown.scanner import MAX_LINK_DEPTH, SyntaxSpan, scan, title_of, without_blanks
from sitegen.templates.template import MARK


@frozen
class Hole:
    """The place of value number `index`."""

    index: int


Parts = tuple["str | Hole", ...]


@frozen
class Code:
    """A code span; `parts` is the code between the backticks."""

    parts: Parts


@frozen
class Anchor:
    """A link or image: its `text`, and either a `target` or the `name` of one."""

    text: Inline
    target: Parts
    name: str
    title: Parts
    image: bool


Language = Literal["hugo", "markdoc", "html"]


@frozen
class Tag:
    """A tag that only one language understands: a Hugo shortcode, a Markdoc tag, an HTML tag."""

    language: Language
    parts: Parts


Piece = str | Hole | Code | Anchor | Tag
Inline = tuple[Piece, ...]

_LANGUAGES: dict[str, Language] = {"hugo": "hugo", "markdoc": "markdoc", "comment": "html", "html": "html"}
_SIGNS = re.compile(r"[\\`*_{}\[\]<>~|]")
_MARKUP = re.compile(r"\\([!-/:-@\[-`{-~])|(?<=\s)([*~]+(?=\s))|[*~]+|(?<![^\W_])_+|_+(?![^\W_])")


def parse_inline(text: str, is_link: Callable[[str], bool], depth: int = 0) -> Inline:
    """Parse a paragraph. `is_link` decides whether a bare `[name]` is a link."""
    pieces: list[Piece] = []
    literal = 0
    for span in scan(text, is_link):
        if span.kind == "unclosed code":
            continue
        if span.start > literal:
            pieces.append(text[literal : span.start])
        piece = _piece(text, span, depth)
        if isinstance(piece, Anchor) and _is_link(piece) and any(map(_is_link, pieces_of(piece.text))):
            pieces += ["[", *piece.text, text[span.text[1] : span.end]]  # a link contains no other
        else:
            pieces.append(piece)
        literal = span.end
    if len(text) > literal:
        pieces.append(text[literal:])
    return tuple(pieces)


def _is_link(piece: Piece) -> bool:
    return isinstance(piece, Anchor) and not piece.image


def _piece(text: str, span: SyntaxSpan, depth: int) -> Piece:
    if span.kind in ("link", "image"):
        return _anchor(text, span, depth)
    if span.kind == "mark":
        return Hole(int(text[span.start + 1 : span.end - 1]))
    if span.kind == "code":
        return Code(split_marks(text[slice(*span.text)]))
    if span.kind == "autolink":
        target = split_marks(text[span.start + 1 : span.end - 1])
        label = tuple(_SIGNS.sub(r"\\\g<0>", part) if isinstance(part, str) else part for part in target)
        is_address = re.match("[^:]*@", text[span.start : span.end])
        return Anchor(label, ("mailto:", *target) if is_address else target, "", (), False)
    return Tag(_LANGUAGES[span.kind], split_marks(text[span.start : span.end]))


def _anchor(text: str, span: SyntaxSpan, depth: int) -> Anchor:
    label = text[slice(*span.text)]
    content = parse_inline(label, lambda _: False, depth + 1) if depth < MAX_LINK_DEPTH else split_marks(label)
    direct = span.target
    if direct is None:
        return Anchor(content, (), span.name, (), span.kind == "image")
    target = without_blanks(direct["angle"]) if direct["bare"] is None else direct["bare"]
    return Anchor(content, split_marks(target), "", split_marks(title_of(direct)), span.kind == "image")


def split_marks(text: str) -> Parts:
    """Split text at the marks of values."""
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
    """Parts as one text. `value` returns the text of a value by its number."""
    return "".join(part if isinstance(part, str) else value(part.index) for part in parts)


def plain(inline: Inline, value: Callable[[int], str]) -> str:
    """The text without markup. `value` returns the text of a value by its number."""
    return joined(plain_parts(inline), value)


def plain_parts(inline: Inline) -> Parts:
    """The text without markup, with the places of its values."""
    out: list[str | Hole] = []
    for piece in inline:
        if isinstance(piece, str):
            is_sign = len(inline) == 1 and piece.strip("*~") == ""
            out.append(piece if is_sign else _MARKUP.sub(lambda m: m[1] or m[2] or "", piece))
        elif isinstance(piece, Hole):
            out.append(piece)
        elif isinstance(piece, Code):
            out += piece.parts
        elif isinstance(piece, Anchor):
            out += plain_parts(piece.text)
    return tuple(out)


def resolved(inline: Inline, link: Callable[[str], str | None]) -> Inline:
    """The content with the targets of named links; a name for which `link` returns None stays."""
    pieces: list[Piece] = []
    for piece in inline:
        if isinstance(piece, Anchor) and piece.name and (target := link(piece.name)) is not None:
            pieces.append(replace(piece, text=resolved(piece.text, link), target=(target,), name=""))
        else:
            pieces.append(piece)
    return tuple(pieces)


def titled(inline: Inline, titles: ReadOnly[str, Parts]) -> Inline:
    """The content with titles of named links."""
    pieces = (
        replace(piece, text=titled(piece.text, titles), title=titles.get(piece.name, piece.title))
        if isinstance(piece, Anchor)
        else piece
        for piece in inline
    )
    return tuple(pieces)


def pieces_of(inline: Inline) -> Iterator[Piece]:
    """Every piece, including those in the texts of links."""
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
    """The names of links in a paragraph."""
    for piece in pieces_of(inline):
        if isinstance(piece, Anchor) and piece.name:
            yield piece.name
