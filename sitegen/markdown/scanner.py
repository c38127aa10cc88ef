"""The Markdown scanner: syntax in a text with its offsets, and what single lines are.

`scan` finds code spans, links, autolinks and tags by the rules of CommonMark 0.31. The parser of pages and the rules
of `sitegen check` both use it. Scanning takes time proportional to the length of the text: no quantifier can read
again what another has read.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

MAX_LINK_DEPTH = 3  # of links in the texts of links; deeper brackets are text

Kind = Literal["code", "unclosed code", "hugo", "markdoc", "comment", "html", "autolink", "mark", "link", "image"]


class SyntaxSpan(NamedTuple):
    """A piece of syntax between two offsets of a text.

    `text` are the offsets of what is inside the backticks of code or inside the brackets of a link. A link has either
    the match of its `target` or the `name` of one.
    """

    kind: Kind
    start: int
    end: int
    text: tuple[int, int] = (0, 0)
    target: re.Match[str] | None = None
    name: str = ""

    @property
    def is_bare(self) -> bool:
        """Whether the span is a link that is written `[name]`."""
        return self.name != "" and self.end == self.text[1] + 1


_START = re.compile(
    r"""
    (?=[\\`{<!\[\]\ufdd0])(?:                           # lets Python search for these characters only
      \\[!-/:-@\[-`{-~]                                 # an escaped character
    | (?P<code>`+)
    | (?P<hugo>\{\{[<%])
    | (?P<markdoc>\{%)
    | (?P<autolink><(?:[A-Za-z][A-Za-z0-9+.-]+:[^\s<>]*|[^\s<>:\\]+@[\w.-]+)>)
    | (?P<comment><!--)
    | (?P<html></?[A-Za-z][A-Za-z0-9-]*(?:\s(?:="[^"\n]*"|='[^'\n]*'|[^<>])*+|/?)>)
    | (?P<bracket>!?\[)
    | (?P<close>\])
    | (?P<mark>\ufdd0[0-9]+\ufdd1)
    )
    """,
    re.VERBOSE | re.DOTALL,
)
# What closes a tag, and its length.
_CLOSE = {"hugo": (re.compile(r"[%>]\}\}"), 3), "markdoc": (re.compile(r"%\}"), 2), "comment": (re.compile("-->"), 3)}
_TITLE = r"""(?:"(?P<t1>(?:[^"\\]|\\.)*+)"|'(?P<t2>(?:[^'\\]|\\.)*+)'|\((?P<t3>(?:[^()\\]|\\.)*+)\))"""
_TARGET = re.compile(
    rf"""\(\s*+(?:<(?P<angle>[^<>\n]*)>|(?P<bare>(?:[^\s()\\]|\\.|\([^\s()]*\))*+))(?:\s++{_TITLE})?\s*+\)"""
)
_NAME = re.compile(r"\[([^\[\]]*)\]")
_ALERT_TYPE = re.compile(r"!(?!\[)")
_ITEM = re.compile(r"\n[ \t>]*+(?:[-*+]|[0-9]{1,9}[.)]|\|)(?=[ \t])")


def scan(text: str, is_link: Callable[[str], bool]) -> Iterator[SyntaxSpan]:
    """The syntax in a paragraph, in order, without that inside the texts of links.

    `is_link` decides whether a bare `[name]` is a link.
    """
    ends = _Ends(text)
    position = 0
    while match := _START.search(text, position):
        span = _span(match, ends, is_link)
        if span is not None:
            yield span
        position = _next(match) if span is None else span.end


def scan_all(text: str, offset: int = 0, depth: int = 0) -> Iterator[SyntaxSpan]:
    """The syntax in a paragraph, including that inside the texts of links. Each bare `[name]` counts as a link.

    The match of a `target` has the offsets within the text of its link.
    """
    for span in scan(text, (lambda _: True) if depth == 0 else (lambda _: False)):
        inside = (span.text[0] + offset, span.text[1] + offset)
        yield span._replace(start=span.start + offset, end=span.end + offset, text=inside)
        if span.kind in ("link", "image") and depth < MAX_LINK_DEPTH:
            yield from scan_all(text[span.text[0] : span.text[1]], inside[0], depth + 1)


def _span(match: re.Match[str], ends: _Ends, is_link: Callable[[str], bool]) -> SyntaxSpan | None:
    """The syntax that begins with a match; None if the match is text."""
    kind, start = match.lastgroup, match.start()
    if kind is None or kind == "close":
        return None
    if kind == "bracket":
        return _link(match, ends, is_link)
    end = ends.of(match)
    if kind == "code":
        if end is None:
            return SyntaxSpan("unclosed code", start, match.end())
        return SyntaxSpan("code", start, end, (match.end(), end - len(match.group())))
    return None if end is None else SyntaxSpan(kind, start, end)  # type: ignore[arg-type]


def _link(match: re.Match[str], ends: _Ends, is_link: Callable[[str], bool]) -> SyntaxSpan | None:
    text, inside = match.string, match.end()
    end = ends.brackets.get(inside)
    if end is None:
        return None
    kind: Kind = "image" if match.group() == "![" else "link"
    label = text[inside:end]
    if direct := _TARGET.match(text, end + 1):
        return SyntaxSpan(kind, match.start(), direct.end(), (inside, end), direct)
    if (named := _NAME.match(text, end + 1)) and not _ALERT_TYPE.match(label):
        return SyntaxSpan(kind, match.start(), named.end(), (inside, end), None, normalized(named[1] or label))
    if "[" not in label and is_link(normalized(label)):
        return SyntaxSpan(kind, match.start(), end + 1, (inside, end), None, normalized(label))
    return None


def normalized(label: str) -> str:
    """The name of a link for lookup: case and runs of blanks do not matter."""
    return " ".join(label.split()).casefold()


class _Ends:
    """Where the code spans, tags and brackets of a text end, each found without reading the text again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._tags: dict[str, list[int]] = {}

    def of(self, match: re.Match[str]) -> int | None:
        """The end of the code span or tag that begins with a match; None if nothing closes it."""
        kind, length = match.lastgroup, len(match.group())
        if kind == "code":
            closing = self._runs.get(length, [])
        elif kind in _CLOSE:
            pattern, length = _CLOSE[kind]
            if kind not in self._tags:
                self._tags[kind] = [found.start() for found in pattern.finditer(self.text)]
            closing = self._tags[kind]
        else:
            return match.end()
        index = bisect_left(closing, match.end())
        if index == len(closing) or (kind == "code" and self._item_after(match.end()) < closing[index]):
            return None
        return closing[index] + length

    def _item_after(self, offset: int) -> int:
        """The next item of a list or row of a table, which ends the paragraph."""
        index = bisect_left(self._items, offset)
        return self._items[index] if index < len(self._items) else len(self.text)

    @cached_property
    def _items(self) -> list[int]:
        return [found.start() for found in _ITEM.finditer(self.text)]

    @cached_property
    def _runs(self) -> dict[int, list[int]]:
        """The starts of runs of backticks by their length."""
        runs = defaultdict(list)
        for match in re.finditer("`+", self.text):
            runs[len(match.group())].append(match.start())
        return runs

    @cached_property
    def brackets(self) -> dict[int, int]:
        """The offset of each closing bracket by the offset after its opening bracket."""
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


def _next(match: re.Match[str]) -> int:
    """Where to continue after a match that is text."""
    return match.start() + 1 if match.lastgroup in _CLOSE else match.end()


# --- lines ---------------------------------------------------------------------------

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_EXPLICIT_ID = re.compile("\\{#([A-Za-z](?:[A-Za-z0-9_-]|\ufdd0[0-9]+\ufdd1)*)\\}$")
_OPEN_FENCE = re.compile(r"[ \t>]*(?:[-*+][ \t]+|[0-9]+[.)][ \t]+)?(?P<fence>`{3,}|~{3,})(?P<info>[^`\n]*)")
_DEFINITION = re.compile(
    r" {0,3}\[(?P<name>[^\[\]^]+)\]:[ \t]*(?:<(?P<angle>[^<>\n]*)>|(?P<bare>[^\s<]\S*))"
    rf"(?:(?:[ \t]+|[ \t]*\n[ \t]*){_TITLE})?[ \t]*"
)


# The definition of a link in a text: its name and its title. It may have several lines, also in a list or a quote.
LINK_DEFINITION = re.compile(
    r"""^[ \t>]*\[(?!\^)([^\[\]]+)\]:[ \t]*(?:\n[ \t>]*)?(?:<[^<>\n]*>|[^\s<]\S*)"""
    r"""((?:[ \t]+|[ \t]*\n[ \t>]*)(?:"[^"]*"|'[^']*'|\([^()]*\)))?[ \t]*(?:\n|\Z)""",
    re.MULTILINE,
)


class HeadingLine(NamedTuple):
    """A heading as written: its level, the column of its first `#` (from 0), its text, and the id in `{#id}`."""

    level: int
    column: int
    text: str
    id: str


def heading_at(line: str) -> HeadingLine | None:
    """The heading on a line, or None."""
    heading = _HEADING.fullmatch(line)
    if heading is None:
        return None
    text = heading[2].rstrip(" \t")
    opened = text.rstrip("#")
    if opened.endswith((" ", "\t")) or not opened:  # closing number signs
        text = opened.rstrip(" \t")
    explicit = _EXPLICIT_ID.search(text)
    if explicit:
        text = text[: explicit.start()].rstrip()
    return HeadingLine(len(heading[1]), heading.start(1), text, explicit[1] if explicit else "")


_ENCODED = re.compile(r"&#?\w+;|\\([!-/:-@\[-`{-~])")
_PERCENT = {" ": "%20", "(": "%28", ")": "%29"}


class LinkDefinition(NamedTuple):
    """The definition of a link: its name, target and title, and the number of its lines."""

    name: str
    target: str
    title: str
    lines: int


def definition_at(lines: Sequence[str], index: int) -> LinkDefinition | None:
    """The definition of a link that begins on a line, such as `[name]: target "title"`, or None.

    The title may be on the next line.
    """
    for count in (2, 1) if "]:" in lines[index] else ():
        found = _DEFINITION.fullmatch("\n".join(lines[index : index + count]))
        if found is not None:
            target = without_blanks(decoded(found["angle"] or found["bare"] or ""))
            return LinkDefinition(normalized(found["name"]), target, title_of(found), count)
    return None


def decoded(target: str) -> str:
    """The target of a link without entities and backslash escapes."""
    return _ENCODED.sub(lambda match: match[1] or html.unescape(match[0]), target)


def without_blanks(target: str) -> str:
    """A target as it is written without angle brackets. Shortcodes are kept."""
    return re.sub(r"\{\{%.*?%\}\}|[ ()]", lambda found: _PERCENT.get(found[0], found[0]), target)


def title_of(found: re.Match[str]) -> str:
    """The title of a link, as in double quotes; empty if it has none."""
    return re.sub(r'\\?"', "&quot;", found["t1"] or found["t2"] or found["t3"] or "")


def with_fences(lines: list[str]) -> Iterator[tuple[int, int, re.Match[str] | None]]:
    """Each line, or fenced code as a whole: the index of its first line, the index after it, the match of its fence."""
    index = 0
    while index < len(lines):
        fence = open_fence(lines[index])
        end = end_of_fence(lines, index, fence) if fence else index + 1
        yield index, end, fence
        index = end


def open_fence(line: str) -> re.Match[str] | None:
    """The match of a line that opens fenced code: the groups `fence` and `info`."""
    return _OPEN_FENCE.fullmatch(line) if "```" in line or "~~~" in line else None


def end_of_fence(lines: list[str], index: int, opening: re.Match[str]) -> int:
    """The index after fenced code that opens at an index. Code in a quote ends with the quote at the latest."""
    sign, count = opening["fence"][0], len(opening["fence"])
    quoted = ">" in lines[index][: opening.start("fence")]
    close = re.compile(rf"[ \t{'>' if quoted else ''}]*{sign}{{{count},}}[ \t]*")
    for end in range(index + 1, len(lines)):
        if quoted and not lines[end].lstrip(" ").startswith(">"):
            return end
        if close.fullmatch(lines[end]):
            return end + 1
    return len(lines)
