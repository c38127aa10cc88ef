"""Cells in Markdown: what they show, and whether two of them show the same."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import urljoin

from sitegen.facts.values import is_target
from sitegen.formats.commonmark import inline_to_html, inline_tokens, markdown_of
from sitegen.frozen import frozen
from sitegen.markdown.inline import Anchor, Tag, parse_inline, pieces_of

_BREAK = re.compile(r"(?:\s*</?br\s*/?>\s*)+", re.IGNORECASE)
_LOOK = re.compile(  # elements that only change the look of a text, or explain it
    r"""<(span|nobr|center|font)(?:\s+(?:class|style|color|size|title)=(?:"[^"]*"|'[^']*'))*\s*>(.*?)</\1>|<!--.*?-->""",
    re.IGNORECASE,
)
_MARK = r"(?:\\?[\[(])?(\d\d?(?:, ?\d\d?)*|[a-i]|(?:\\?\*)+|[†‡§]+)(?:\\?[\])])?"  # of a footnote
_RAISED = re.compile(rf"<sup>\s*(?:{_MARK}|\[{_MARK}\](\([^()\s]+\)))\s*</sup>", re.IGNORECASE)
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱ"
CODE_OR_ESCAPE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)|\\.")
FOOTNOTE = re.compile(r"(?<!\\)\[\^([^\]\s]+)\]")
_ESCAPED = re.compile(r"([\\`*_\[\]<>&|~{}])")


@frozen
class Shape:
    """What a cell shows: its text without markup, the target of its only link, whether its text is code.

    `pieces` are the texts of several pieces of code that only commas separate. A `marked` cell has other markup.
    """

    text: str
    link: str = ""
    code: bool = False
    pieces: tuple[str, ...] = ()
    marked: bool = False


@lru_cache(maxsize=65536)
def normal(text: str) -> str:
    """A form of a cell that is equal if two cells show the same: padding, escapes and notations do not matter."""
    text = FOOTNOTE.sub(r"`^\1`", text.strip())  # which is not a text
    shown = html.unescape(_BREAK.sub("<br>", inline_to_html(text))).replace("\u00a0", " ")
    shown = shown.replace("%28", "(").replace("%29", ")")  # in links
    return " ".join(shown.split()).removeprefix("<br>").removesuffix("<br>")


def _guarded(text: str) -> str:
    """A text whose code and escapes have no tags."""
    return CODE_OR_ESCAPE.sub(lambda found: found[0].replace("<", "\0"), text)


def without_look(text: str, *, has_lines: bool = False) -> str:
    """A text without comments, and the elements that only change its look; perhaps with lines for items."""
    text = _guarded(text)
    text = re.sub(r"</?(?:ul|ol|li|p)>", "<br>", text, flags=re.IGNORECASE) if has_lines else text
    while (plain := _LOOK.sub(r"\2", text)) != text:
        text = plain
    return text.replace("\0", "<")


def with_superscripts(text: str) -> str:
    """A text with marks of footnotes as signs, which need no `<sup>`."""

    def sign(found: re.Match[str]) -> str:
        plain, linked, target = found.groups()
        mark = (plain or linked).lower().translate(str.maketrans("0123456789abcdefghi", SUPERSCRIPTS))
        mark = "\\*" * mark.count("*") or mark.replace(" ", "")
        return f"[{mark}]{target}" if target else mark

    return _RAISED.sub(sign, _guarded(text)).replace("\0", "<")


def lines_of(text: str) -> tuple[str, ...]:
    """The lines of a cell that are not empty."""
    lines = (line.strip() for line in _BREAK.split(_guarded(text)))
    return tuple(line.replace("\0", "<") for line in lines if line)


def with_addresses(text: str, address: str) -> str:
    """A cell whose relative links begin at the address of its page, or with a dot, as facts write them."""
    if "](" not in text:
        return text
    inline = parse_inline(text, lambda _: False)
    linked = tuple(
        replace(piece, target=(urljoin(address, target) if address else f"./{target}",))
        if isinstance(piece, Anchor) and (target := "".join(map(str, piece.target))) and _is_relative(target, address)
        else piece
        for piece in inline
    )
    return text if linked == inline else markdown_of(linked, lambda _: "", lambda link: "".join(map(str, link.target)))


def _is_relative(target: str, address: str) -> bool:
    """Whether a target is to begin at an address; without one, whether it has no dot yet."""
    if address and target.startswith("."):
        return True
    return not is_target(target) and not re.match(r"[a-zA-Z][\w+.-]*:|[/?]", target)


def is_expressible(text: str) -> bool:
    """Whether a fact can be this Markdown: it has no HTML, no tags of other formats, and only links of facts."""
    for piece in pieces_of(parse_inline(text, lambda _: False)):
        if isinstance(piece, Tag):
            return False
        if isinstance(piece, Anchor) and not is_target("".join(map(str, piece.target))):
            return False
    return True


def has_html(text: str) -> bool:
    """Whether a Markdown has elements or tags."""
    return any(isinstance(piece, Tag) for piece in pieces_of(parse_inline(text, lambda _: False)))


def escaped(text: str) -> str:
    """A plain text as Markdown."""
    return _ESCAPED.sub(r"\\\1", " ".join(text.split()))


def unescaped(text: str) -> str:
    """The plain text that `escaped` made Markdown."""
    return re.sub(r"\\" + _ESCAPED.pattern, r"\1", text)


@lru_cache(maxsize=65536)
def shape_of(text: str) -> Shape:
    """What a cell shows."""
    tokens = list(inline_tokens(text.strip()))
    link = ""
    if (
        len(tokens) > 2
        and tokens[0].type == "link_open"
        and tokens[-1].type == "link_close"
        and not tokens[0].attrGet("title")
    ):
        inner = tokens[1:-1]
        if not any(token.type == "link_open" for token in inner):
            link, tokens = str(tokens[0].attrGet("href")), inner
    if len(tokens) == 1 and tokens[0].type == "code_inline" and tokens[0].content.strip() == tokens[0].content:
        return Shape(tokens[0].content, link, code=True)
    shown = "".join(map(_text_of, tokens))
    if not link and len(tokens) > 2 and _is_list_of_code(tokens):
        return Shape(shown, pieces=tuple(token.content for token in tokens if token.type == "code_inline"))
    marked = any(token.type not in ("text", "softbreak") for token in tokens) or FOOTNOTE.search(text) is not None
    return Shape(" ".join(shown.split()), link, marked=marked)


def _text_of(token: Any) -> str:
    if token.type in ("softbreak", "hardbreak") or (token.type == "html_inline" and _BREAK.fullmatch(token.content)):
        return " "
    return token.content if token.type != "html_inline" else ""


def _is_list_of_code(tokens: list[Any]) -> bool:
    pattern = zip(tokens[::2], [*tokens[1::2], None], strict=False)
    is_list = all(code.type == "code_inline" and (comma is None or comma.content == ", ") for code, comma in pattern)
    return is_list and len(tokens) % 2 == 1
