"""A page file as written, before its templates run: its prose, links, headings and Markdown tables with their places.

Syntax that is not prose is masked: each of its characters is replaced by `MASK`, so that columns do not change.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import NamedTuple

from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.markdown.scanner import (
    HeadingLine,
    LinkDefinition,
    SyntaxSpan,
    definition_at,
    heading_at,
    scan_all,
    with_fences,
)
from sitegen.source.yaml_reader import FRONT_MATTER_END

MASK = "\ufffc"
# Delimiters that nothing closes are searched for at most 2000 characters, since a page may have thousands of them.
_TEMPLATE = re.compile(r"<<.{0,2000}?>>|<%.{0,2000}?%>|<#.*?(?:#>|\Z)", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)  # unclosed, it continues to the end of the page
_URL = re.compile(r"\b(?:https?://|mailto:|www\.)[^\s<>)\]]+|</?[A-Za-z][^<>]*>|\{#[\w-]+\}")
_SLOT = re.compile(r"""\s*<<-?\s*(tables|partials)(?:\.([\w-]+)|\[\s*["']([^"']+)["']\s*\])\s*-?>>\s*""")
_INCLUDE = re.compile(r"""<%-?\s*include\s+["']([^"']+)["']""")
_META = re.compile(r"\s*(?:- )?(?:title|text|description):\s*")
_MARKER = re.compile(r"\s*(?:[-*+]|[0-9]+[.)]|>|#{1,6})\s")
_QUOTED = re.compile(r" {0,3}>\s(?!\s*(?:[-*+]|[0-9]+[.)]|#{1,6})\s)")
_DELIMITER_CELL = re.compile(r"\s*:?-+:?\s*")
_TAGS = ("hugo", "markdoc", "comment", "html", "autolink")
_VERSION = re.compile(r"`v?[0-9]+(?:\.[0-9]+)+`")
_NOT_BREAK = re.compile(r"[^\n]")


@frozen
class MarkdownCell:
    """A cell of a Markdown table: its text without markup, and the offset of that in its line."""

    text: str
    column: int


@frozen
class MarkdownTable:
    """A table in Markdown. `rows` are the numbers of its lines with their cells.

    It is `closed` if its header ends with a pipe.
    """

    line: int
    header: tuple[MarkdownCell, ...]
    rows: tuple[tuple[int, tuple[MarkdownCell, ...]], ...]
    closed: bool


class TextBlock(NamedTuple):
    """A paragraph, a list item, a heading or a row of a table: the number of its first line, its text and syntax."""

    line: int
    text: str
    spans: tuple[SyntaxSpan, ...]


_CELL = re.compile(r"<t[dh]\b", re.IGNORECASE)


class RawPage:
    """The body of a page or snippet. Lines are numbered from 1, as in the file."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        end = FRONT_MATTER_END.search(text, 4) if text.startswith("---\n") else None
        self.first = text.count("\n", 0, end.end()) + 2 if end else 1
        self._start = end.end() + 1 if end else 0

    @cached_property
    def lines(self) -> list[str]:
        """The lines as written; those of front matter and fenced code are empty."""
        lines = [""] * (self.first - 1) + self.text[self._start :].split("\n")
        for start, end, fence in [*with_fences(lines)]:
            if fence:
                lines[start:end] = [""] * (end - start)
        return lines

    @cached_property
    def without_templates(self) -> list[str]:
        """The lines without templates and comments."""
        return _masked("\n".join(self.lines), _TEMPLATE, _COMMENT).split("\n")

    @cached_property
    def blocks(self) -> list[TextBlock]:
        """The paragraphs, list items, headings and rows of tables, without definitions of links."""
        found: list[tuple[int, list[str]]] = []
        begins = True
        for number, line in enumerate(self.without_templates, 1):
            is_row = number in self.table_lines
            if not line.strip() or definition_at(self.lines, number - 1):
                begins = True
                continue
            quoted = _QUOTED.match(line) is not None and not begins and _QUOTED.match(found[-1][1][-1]) is not None
            if begins or is_row or (_MARKER.match(line) and not quoted):
                found.append((number, []))
            found[-1][1].append(line)
            begins = is_row or heading_at(line) is not None
        texts = ((number, "\n".join(lines)) for number, lines in found)
        return [TextBlock(number, text, tuple(scan_all(text))) for number, text in texts]

    @cached_property
    def with_code(self) -> list[str]:
        """The lines without templates, tags, URLs and the targets of links."""
        return self._lines_of((block.line, _without_markup(block.text, block.spans)) for block in self.blocks)

    @cached_property
    def without_code(self) -> list[str]:
        """The lines without templates and code spans."""
        return self._lines_of((block.line, _mask(block.text, _code(block.spans))) for block in self.blocks)

    @cached_property
    def prose(self) -> list[str]:
        """The lines as in `with_code`, without code spans except those that are one version."""
        return self._lines_of((block.line, _prose(block.text, block.spans, versions=True)) for block in self.blocks)

    def _lines_of(self, texts: Iterable[tuple[int, str]]) -> list[str]:
        lines = [""] * len(self.lines)
        for number, text in texts:
            part = text.split("\n")
            lines[number - 1 : number - 1 + len(part)] = part
        return lines

    @cached_property
    def paragraphs(self) -> list[tuple[int, str]]:
        """The paragraphs, list items and headings: first line and prose, without the texts of links.

        A sentence about the target of a link is not about its text.
        """
        found = []
        for block in self.blocks:
            if block.line not in self.table_lines and not _CELL.search(block.text):
                links = (span for span in block.spans if span.kind in ("link", "image") and not span.is_bare)
                text = _mask(self.text_of(block, self.prose), ((span.start, span.end, MASK) for span in links))
                found.append((block.line, text))
        return found

    @cached_property
    def texts(self) -> list[tuple[int, str]]:
        """The texts of the front matter, and the prose of paragraphs, list items, headings and rows of tables."""
        blocks = sorted(self.blocks, key=lambda block: block.line in self.table_lines)
        return [*self.meta, *((block.line, self.text_of(block, self.prose)) for block in blocks)]

    def text_of(self, block: TextBlock, lines: Sequence[str]) -> str:
        """The text of a block in a variant of the lines, such as `prose`."""
        return "\n".join(lines[block.line - 1 : block.line + block.text.count("\n")])

    @cached_property
    def meta(self) -> list[tuple[int, str]]:
        """The lines of the front matter with a title, a text or a description; all but the text is masked."""
        found = []
        for number, line in enumerate(self.text.split("\n")[1 : max(1, self.first - 2)], 2):
            key = _META.match(line)
            if key:
                found.append((number, MASK * key.end() + prose_of(line[key.end() :])))
        return found

    @cached_property
    def headings(self) -> list[tuple[int, HeadingLine]]:
        """The headings with the numbers of their lines."""
        found = ((number, heading_at(line)) for number, line in enumerate(self.without_templates, 1) if "#" in line)
        return [(number, heading) for number, heading in found if heading]

    @cached_property
    def sections(self) -> list[int]:
        """For each line the number of its section: each heading begins one."""
        numbers = {number for number, _ in self.headings}
        return [*accumulate(int(number in numbers) for number in range(1, len(self.lines) + 1))]

    @cached_property
    def slots(self) -> list[tuple[int, str, str]]:
        """The slots: line, `tables` or `partials`, and the id."""
        matches = ((number, _SLOT.fullmatch(line)) for number, line in enumerate(self.lines, 1) if "<<" in line)
        return [(number, match[1], match[2] or match[3]) for number, match in matches if match]

    @cached_property
    def includes(self) -> list[tuple[int, str]]:
        """The included snippets: line and file."""
        found = ((number, _INCLUDE.findall(line)) for number, line in enumerate(self.lines, 1) if "include" in line)
        return [(number, f"content/{name}") for number, names in found for name in names]

    @cached_property
    def definitions(self) -> list[tuple[int, LinkDefinition]]:
        """The definitions of links outside of comments, with their lines."""
        lines = (number for number, line in enumerate(self.without_templates, 1) if "[" in line)
        found = ((number, definition_at(self.lines, number - 1)) for number in lines)
        return [(number, definition) for number, definition in found if definition]

    @cached_property
    def link_names(self) -> set[str]:
        """The names that links refer to."""
        return {span.name for block in self.blocks for span in block.spans if span.name}

    @cached_property
    def tables(self) -> list[MarkdownTable]:
        """The tables in Markdown."""
        found = []
        for first, end in self._table_ranges:
            rows = tuple((number, tuple(_cells(self.with_code[number - 1]))) for number in range(first + 2, end))
            header = tuple(_cells(self.with_code[first - 1]))
            found.append(MarkdownTable(first, header, rows, self.lines[first - 1].rstrip().endswith("|")))
        return found

    @cached_property
    def _table_ranges(self) -> list[tuple[int, int]]:
        """The number of the first line of each Markdown table, and of the line after it."""
        found = []
        number = 1
        while number < len(self.lines):
            delimiters = [cell.text for cell in _cells(self.without_templates[number])]
            if (
                "|" in self.lines[number - 1]
                and len(delimiters) > 1
                and all(map(_DELIMITER_CELL.fullmatch, delimiters))
            ):
                end = number + 2
                while end <= len(self.lines) and "|" in self.lines[end - 1]:
                    end += 1
                found.append((number, end))
                number = end - 1
            number += 1
        return found

    @cached_property
    def table_lines(self) -> set[int]:
        """The numbers of the lines of Markdown tables."""
        return {number for first, end in self._table_ranges for number in range(first, end)}

    def place(self, line: int, start: int, length: int) -> Place:
        """The place of an offset in a line."""
        return Place(self.file, line, start + 1, max(1, length))

    def place_in(self, first: int, text: str, offset: int, length: int) -> Place:
        """The place of an offset in a text that begins on a line."""
        line = text.count("\n", 0, offset)
        return self.place(first + line, offset - (text.rfind("\n", 0, offset) + 1), length)

    def place_of(self, match: re.Match[str], first: int, group: str | int = 0) -> Place:
        """The place of a match in a text that begins on a line."""
        return self.place_in(first, match.string, match.start(group), len(match[group]))


_SYNTAX = re.compile(r"[`<{\[]|://|mailto:|www\.")


@lru_cache(maxsize=1 << 15)
def prose_of(text: str) -> str:
    """A text of Markdown in which code, templates, tags, URLs and the targets of links are masked."""
    if not _SYNTAX.search(text):
        return text
    text = _masked(text, _TEMPLATE, _COMMENT)
    return _prose(text, [*scan_all(text)])


def without_code(text: str) -> str:
    """A text of Markdown in which code spans are masked."""
    return _mask(text, _code(scan_all(text))) if "`" in text else text


def _prose(text: str, spans: Sequence[SyntaxSpan], *, versions: bool = False) -> str:
    """A text without markup and code; with `versions`, code that is one version stays, without its backticks."""
    kept = [span for span in spans if versions and _VERSION.fullmatch(text[span.start : span.end])]
    starts = {span.start for span in kept}
    ticks = ((at, at + 1, " ") for span in kept for at in (span.start, span.end - 1))
    return _mask(_without_markup(text, spans), [*ticks, *_code(span for span in spans if span.start not in starts)])


def _without_markup(text: str, spans: Sequence[SyntaxSpan]) -> str:
    """A text without tags, URLs and the targets of links."""
    tags = ((span.start, span.end, MASK) for span in spans if span.kind in _TAGS)
    links = (span for span in spans if span.kind in ("link", "image") and not span.is_bare)
    return _masked(_mask(text, [*tags, *((span.text[1], span.end, MASK) for span in links)]), _URL)


def _code(spans: Iterable[SyntaxSpan]) -> Iterator[tuple[int, int, str]]:
    return ((span.start, span.end, MASK) for span in spans if span.kind == "code")


def _masked(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: _NOT_BREAK.sub(MASK, match.group()), text)
    return text


def _mask(text: str, ranges: Iterable[tuple[int, int, str]]) -> str:
    """A text with ranges in which a sign replaces each character, except line breaks."""
    pieces = []
    position = 0
    for start, end, sign in sorted(ranges):
        if end > position:
            pieces += [text[position:start], _NOT_BREAK.sub(sign, text[max(start, position) : end])]
            position = end
    return "".join((*pieces, text[position:]))


def _cells(line: str) -> list[MarkdownCell]:
    """The cells of a line of a table, without the pipes around it."""
    start = len(line) - len(line.lstrip())
    end = len(line.rstrip())
    start += line.startswith("|", start)
    if end > start and line[end - 1] == "|" and line[end - 2 : end - 1] != "\\":
        end -= 1
    cells = []
    position = start
    for part in re.split(r"(?<!\\)\|", line[start:end]):
        words = part.replace("`", "").strip(f" *_[]{MASK}")
        first = words.split()
        cells.append(MarkdownCell(words, position + max(0, part.find(first[0]) if first else 0)))
        position += len(part) + 1
    return cells
