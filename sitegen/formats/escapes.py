"""How a value is written, so that a reader of Markdown or HTML shows it as it is."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import quote

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
def escape_text(text: str, *, quotes: bool = False) -> str:
    """Write a value so that Markdown shows it as it is. Entities, since they hold in tables and HTML too.

    With `quotes` also straight quotes, for renderers that turn them into curly ones.
    """

    def written(match: re.Match[str]) -> str:
        return match["number"] + _entity(match["dot"]) if match["number"] else _entity(match.group())

    text = _SYNTAX.sub(written, text.replace("\n", " "))
    return _QUOTES.sub(lambda match: _entity(match.group()), text) if quotes else text


def code_span(text: str) -> str | None:
    """A code span, or None where the text could not stand in one in every renderer."""
    if not text.strip() or text != text.strip() or re.search(r"[`|{}\\\n]|\]:", text):
        return None
    return f"`{text}`"


def escape_html(text: str) -> str:
    """Text for HTML that a template engine reads next: each brace and backtick is encoded too."""
    return re.sub(r"[&<>\"'{}`]", lambda match: _entity(match.group()), text)


def in_comment(names: tuple[str, ...]) -> str:
    """Names of files in a comment, which they do not end, whatever they are."""
    text = ", ".join(names).replace("*/", "* /")
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def escape_target(text: str) -> str:
    """A value as part of a link's target."""
    return escape_url(quote(text, safe="/:?#&=%+,;@~.-_!$*"))


def escape_url(url: str) -> str:
    """A URL between the parentheses of a link: what reads as an entity there, and parentheses."""
    return re.sub(r"&(?=#?\w+;)", "&amp;", url).replace("(", "%28").replace(")", "%29")
