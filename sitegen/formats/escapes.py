"""Escapes: values in Markdown, HTML and URLs, so that pages show them unchanged."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from sitegen.markdown.inline import Hole, Parts
from sitegen.templates.placeholders import PlaceholderError, deferrable, has_placeholder, known

_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SYNTAX = re.compile(
    r"""
    [&<>\\`*_{}\[\]|~^$@]
  | (?<=[-=:.])[-=:.]                      # the second character of a run, such as -- ... ::
  | (?<=\+)(?<!\w\+)\+|(?<=\+)\+(?=[\w+])  # of ++ too, but not in C++
  | :(?=//|[\w+-]+:)|^:|:$                 # in a URL; around the name of an emoji, which two values may form
  | (?<=www)\.                             # in a host name without a scheme
  | ^(?:[-+:](?=\s|$)|=(?=\s*$)|\#)         # the start of a list, a definition, an underline or a heading
  | (?<=\s)\#(?=\#*$)                       # the end of a heading
  | ^(?P<number>[0-9]{1,9})(?P<dot>[.)])(?=\s|$)   # the start of a numbered list
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTES = re.compile(r"[\"']")


def _entity(sign: str) -> str:
    return _NAMED.get(sign) or f"&#{ord(sign)};"


@lru_cache(maxsize=16384)
@deferrable
def escape_text(text: str) -> str:
    """A value in Markdown. Characters of the syntax become entities, which work in tables and in HTML too."""

    def written(match: re.Match[str]) -> str:
        return match["number"] + _entity(match["dot"]) if match["number"] else _entity(match.group())

    return _SYNTAX.sub(written, text.replace("\n", " "))


@deferrable
def escape_quotes(text: str) -> str:
    """An escaped text with its straight quotes escaped, for renderers that make them curly."""
    return _QUOTES.sub(lambda match: _entity(match.group()), text)


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
    return escape_url(quote(text, safe="/:?#&=%+,;@~.-_!$*"))


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
