"""How a value is written, so that a reader of Markdown or HTML shows it as it is."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import quote

from sitegen.markdown.inline import Hole, Parts, joined
from sitegen.templates.placeholders import PlaceholderError, deferrable, has_placeholder, known

_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_SYNTAX = re.compile(
    r"""
    [&<>\\`*_{}\[\]|~^$@]
  | (?<=[-=:.])[-=:.]                      # the second sign of a run, such as -- ... ::
  | (?<=\+)(?<!\w\+)\+|(?<=\+)\+(?=[\w+])  # of ++ too, but not in C++
  | :(?=//|[\w+-]+:)|^:|:$                 # in a URL; around an emoji's name, which may be that of two values
  | (?<=www)\.                             # in a bare host
  | ^(?:[-+:](?=\s|$)|=(?=\s*$)|\#)         # what would begin a list, a definition, an underline, a heading
  | (?<=\s)\#(?=\#*$)                       # or end a heading
  | ^(?P<number>[0-9]{1,9})(?P<dot>[.)])(?=\s|$)   # or a numbered list
    """,
    re.VERBOSE | re.IGNORECASE,
)
_QUOTES = re.compile(r"[\"']")


def _entity(sign: str) -> str:
    return _NAMED.get(sign) or f"&#{ord(sign)};"


@lru_cache(maxsize=16384)
@deferrable
def escape_text(text: str) -> str:
    """Write a value so that Markdown shows it as it is. Entities, since they work in tables and HTML too."""

    def written(match: re.Match[str]) -> str:
        return match["number"] + _entity(match["dot"]) if match["number"] else _entity(match.group())

    return _SYNTAX.sub(written, text.replace("\n", " "))


@deferrable
def escape_quotes(text: str) -> str:
    """Escape straight quotes too, for renderers that turn them into curly ones."""
    return _QUOTES.sub(lambda match: _entity(match.group()), text)


@deferrable
def code_or(text: str, escaped: str) -> str:
    """A code span, or the escaped text where it cannot be in one in every renderer."""
    return code_span(text) or escaped


def code_span(text: str) -> str | None:
    """A code span, or None where the text could not stand in one in every renderer."""
    if not text.strip() or text != text.strip() or re.search(r"[`|{}\\\n]|\]:", text):
        return None
    return f"`{text}`"


@deferrable
def escape_html(text: str) -> str:
    """Text for HTML that a template engine reads next: each brace and backtick is encoded too."""
    return re.sub(r"[&<>\"'{}`]", lambda match: _entity(match.group()), text)


escape_markup = lru_cache(maxsize=16384)(deferrable(html.escape))


def in_comment(names: tuple[str, ...]) -> str:
    """Names of files in a comment, which they do not end, whatever they are."""
    text = ", ".join(names).replace("*/", "* /")
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def escape_target(text: str) -> str:
    """A value as part of a link's target, behind its beginning."""
    if has_placeholder(text):
        return url_word(text)
    return escape_url(quote(text, safe="/:?#&=%+,;@~.-_!$*"))


@deferrable
def url_word(text: str) -> str:
    """A value that is the same in every URL and separates nothing in it. Raises PlaceholderError for another one."""
    if not re.fullmatch(r"[\w-]+", text, re.ASCII):
        raise PlaceholderError(text)
    return text


# A URL whose host is not complete; what follows a host is written in another way.
_UNFINISHED_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:|(?=//))(?!//[^/]+/)", re.ASCII | re.IGNORECASE)


def known_beginning(target: Parts, value: Callable[[int], str]) -> None:
    """Raise PlaceholderError if a placeholder decides where the target of a link leads, or what kind of one it is."""
    if target and (isinstance(target[0], Hole) or _UNFINISHED_HOST.match(target[0])):
        known(joined(target, value))


def escape_url(url: str) -> str:
    """A URL between the parentheses of a link: what reads as an entity there, and parentheses."""
    return re.sub(r"&(?=#?\w+;)", "&amp;", url).replace("(", "%28").replace(")", "%29")
