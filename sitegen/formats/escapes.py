"""Escapes: values in Markdown, HTML and URLs, so that pages show them unchanged."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from functools import lru_cache
from typing import Literal
from urllib.parse import quote

from sitegen.markdown.inline import Hole, Parts
from sitegen.templates.placeholders import PlaceholderError, deferrable, has_placeholder, known

Where = Literal["start", "line", "alone"]  # at the start of a line, in a line, or the whole content of a cell

_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What CommonMark and its tables read as syntax. `pair`: only with another one; `free`: not even then.
_CORE = r"""
    [`|] | &(?=(?P<entity>\#?[A-Za-z0-9]+))
  | <(?=[A-Za-z/!?]|$)
  | \\(?![^\W_]|[ \t])
  | (?P<free>(?<=[^\W_])_+(?=[^\W_])|(?<=[ \t])[*_~](?=[ \t]))
  | (?P<pair>[*_~])
"""
# Next to other text: in or around a link, an entity that continues there, the end of a heading.
_BESIDE = r"[\[\]] | &(?=\#?[A-Za-z0-9]*$) | (?<!\S)\#(?=\#*$)"
_ALONE = r"\[(?=.*\])"
_START = r"""
    ^(?:[-+:](?=[ \t]|$)|[-=:](?=[-=: \t]*$)|>|\#(?=\#{0,5}(?:[ \t]|$)))
  | (?P<dot>^[0-9]{1,9}[.)])(?=[ \t]|$)
"""
_MARKDOC, _MARKDOC_BESIDE = r"\{(?=%)", r"\{$|^%"
# What Hugo changes (quotes, dashes, dots), links (URLs, addresses), or reads if a site enables it (emoji, ++, ==, ^).
_HUGO = r"""
    ["'] | (?<=-)- | (?<==)= | (?<=<)< | (?<=>)> | (?<=\.\.)\.
  | (?<=\+)(?<!\w\+)\+|(?<=\+)\+(?=[\w+])    # not in C++
  | :(?=//|[\w+-]+:) | (?<=[Ww][Ww][Ww])\. | (?<=[\w.+-])@(?=[\w-]+\.) | \{(?=\{)
  | (?P<more>[$^])                           # only with another one
"""
_HUGO_BESIDE = r"\{ | (?<=\.)\. | ^[+=:] | [->]$ | :(?=[\w+-]*$) | ^@(?=\w) | (?<=[\w.+-])@(?=[\w-]*$)"


# What GitHub, MDX and extensions of Python-Markdown link, or read as an emoji; as a formula, a mark or a key.
_LINKED = r":(?=//|[\w+-]+:) | (?<=[Ww][Ww][Ww])\. | (?<=[\w.+-])@(?=[\w-]+\.)"
_LINKED_BESIDE = r":(?=[\w+-]*$) | ^@(?=\w) | (?<=[\w.+-])@(?=[\w-]*$)"
_MARKED = r"(?<=\+)(?<!\w\+)\+|(?<=\+)\+(?=[\w+]) | (?<==)= | (?P<more>[$^])"
_EXTENDED, _EXTENDED_BESIDE = f"{_LINKED} | {_MARKED}", rf"^[+=:] | {_LINKED_BESIDE}"
# Expressions, elements, directives in a line, and modules. Docusaurus links what entities spell, but not across `{}`.
_MDX = rf"(?P<linked>{_LINKED}) | [{{}}<] | :(?=[^ !-/:-@\[-^`{{-~]) | {_MARKED}"
_MDX_BESIDE = rf"(?P<beside>^: | {_LINKED_BESIDE}) | ^[+=]"
_MDX_START = r"| (?:^[ie](?=mport\b|xport\b))"
# A heading needs no space before or after its text; attributes; blocks of extensions. Its HTML parser stops at `&#`.
_MKDOCS = rf"[{{}}] | &(?=\#) | <(?=[^ <>!]+@) | {_EXTENDED}"
_MKDOCS_BESIDE = rf"\#(?=\#*$) | <(?=[^ ]*$) | {_EXTENDED_BESIDE}"
_MKDOCS_START = r"| ^(?:\# | !(?=!!) | \?(?=\?\?) | -(?=-+8<))"


def _syntax(anywhere: str, beside: str, start: str = "") -> ReadOnly[str, str]:
    """What a reader takes for syntax, by where the text is, as patterns. Most programs use few of them."""
    line = f"{beside}|{_BESIDE}|{anywhere}|{_CORE}"
    return {"start": f"{line}|{_START}{start}", "line": line, "alone": f"{anywhere}|{_CORE}|{_ALONE}"}


Reader = Literal["markdoc", "hugo", "github", "mdx", "mkdocs"]
_SYNTAX: ReadOnly[str, ReadOnly[str, str]] = {
    "markdoc": _syntax(_MARKDOC, _MARKDOC_BESIDE),
    "hugo": _syntax(_HUGO, _HUGO_BESIDE),
    "github": _syntax(_EXTENDED, _EXTENDED_BESIDE),
    "mdx": _syntax(_MDX, _MDX_BESIDE, _MDX_START),
    "mkdocs": _syntax(_MKDOCS, _MKDOCS_BESIDE, _MKDOCS_START),
}


def _entity(sign: str) -> str:
    return _NAMED.get(sign) or f"&#{ord(sign)};"


def _is_paired(sign: str, text: str) -> bool:
    """Whether a sign that could begin markup is followed by one that could end it."""
    if sign == "$":
        return text.count("$") > 1
    sign = re.escape(sign)
    return re.search(rf"{sign}(?=[^ \t{sign}]).*(?<=[^ \t{sign}]){sign}", text) is not None


@lru_cache(maxsize=16384)
@deferrable
def escape_text(text: str, where: Where = "line", reader: Reader = "markdoc") -> str:
    """A value in Markdown. What the `reader` would take for syntax `where` it is becomes entities.

    Markdoc reads no more than CommonMark.
    """
    text = text.replace("\n", " ")

    def written(match: re.Match[str]) -> str:
        sign, kind = match.group(), match.lastgroup
        if kind in ("linked", "beside"):
            return "{}." if sign == "." else f"{sign}{{}}"
        if kind == "dot":
            return sign[:-1] + _entity(sign[-1])
        if kind == "entity" and html.unescape(f"&{match[kind]};") == f"&{match[kind]};":
            return sign
        if kind == "free" or (kind in ("pair", "more") and where == "alone" and not _is_paired(sign, text)):
            return sign
        return _entity(sign)

    return re.sub(_SYNTAX[reader][where], written, text, flags=re.VERBOSE)


@deferrable
def escape_quotes(text: str) -> str:
    """An escaped text with its straight quotes escaped."""
    return re.sub("[\"']", lambda match: _entity(match.group()), text)


@deferrable
def escape_end(text: str) -> str:
    """An escaped text before a link, which a `!` would make an image."""
    return f"{text[:-1]}{_entity('!')}" if text.endswith("!") else text


@deferrable
def code_or(text: str, escaped: str) -> str:
    """A code span, or the `escaped` text if some renderer does not support the text in a code span."""
    return code_span(text) or escaped


def code_span(text: str) -> str | None:
    """A code span, or None if some renderer does not support the text in a code span."""
    if not text.strip() or text != text.strip() or re.search(r"[`|{}\\\n]|\]:", text):
        return None
    return f"`{text}`"


def fenced(text: str) -> str:
    """A code span between as many backticks as the text needs."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}"


@deferrable
def escape_html(text: str) -> str:
    """Text for HTML that a template engine processes: each brace and backtick is encoded too."""
    return re.sub(r"[&<>\"'{}`]", lambda match: _entity(match.group()), text)


escape_markup = lru_cache(maxsize=16384)(deferrable(html.escape))


def in_comment(names: tuple[str, ...]) -> str:
    """Names of files for a comment. No name can end the comment."""
    text = ", ".join(names).replace("*/", "* /")
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def escape_target(text: str) -> str:
    """A value in the target of a link, after its beginning."""
    if has_placeholder(text):
        return url_word(text)
    return escape_url(re.sub("%(?![0-9A-Fa-f]{2})", "%25", quote(text, safe="/:?#&=%+,;@~.-_!$*")))


@deferrable
def url_word(text: str) -> str:
    """A value that is the same when encoded for a URL. Raises PlaceholderError for any other value."""
    if not re.fullmatch(r"[\w-]+", text, re.ASCII):
        raise PlaceholderError(text)
    return text


# A URL that ends in its host, or before it. What follows a host is encoded differently.
_UNFINISHED_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:|(?=//))(?!//[^/]+/)", re.ASCII | re.IGNORECASE)


def known_beginning(target: Parts, text: Callable[[Parts], str]) -> None:
    """Raise PlaceholderError if the beginning of a link target, with its scheme and host, has placeholders."""
    if target and (isinstance(target[0], Hole) or _UNFINISHED_HOST.match(target[0])):
        known(text(target))


def escape_url(url: str) -> str:
    """A URL for the parentheses of a link: parentheses and what looks like an entity are escaped."""
    return re.sub(r"&(?=#?\w+;)", "&amp;", url).replace("(", "%28").replace(")", "%29")
