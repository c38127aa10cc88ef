"""A page as its author wrote it: prose without code, links and templates, typed tables, link definitions.

What is masked becomes as many signs, so that every column stays what it is.
"""

from __future__ import annotations

import re
from functools import cached_property

from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.markdown.inline import normalized

MASK = "\ufffc"  # replaces each character of what is no prose
_FENCE = re.compile(r"^[ \t>]*(`{3,}|~{3,})")
# Signs that nothing closes are looked behind for no more than so many characters, since there may be thousands of them.
_ANY = ".{0,2000}?"
_TEMPLATE = re.compile(rf"<<{_ANY}>>|<%{_ANY}%>|<#.*?(?:#>|\Z)", re.DOTALL)
_OPEN_COMMENT = r"<!--.*?(?:-->|\Z)"  # to the end of the page, as CommonMark reads it
_TAGS = re.compile(
    rf"\{{\{{[<%]{_ANY}[%>]\}}\}}|\{{%{_ANY}%\}}|{_OPEN_COMMENT}|</?[A-Za-z][^<>]*>|\{{#[\w-]+\}}", re.DOTALL
)
_COMMENT = re.compile(_OPEN_COMMENT, re.DOTALL)
_CODE = re.compile(r"(?<!`)(?P<ticks>`+)(?!`)(?:.*?[^`\n])??(?P=ticks)(?!`)")
_LINK_END = re.compile(r"\]\([^()\s]*(?:\([^()]*\))?[^()]*\)|\]\[[^\[\]\n]*\]")
_LINK_TEXT = re.compile(rf"\[[^\[\]]*(?={MASK})")
_URL = re.compile(r"\b(?:https?://|mailto:|www\.)[^\s<>)\]]+")
_DEFINITION = re.compile(r" {0,3}\[([^\[\]^]+)\]:[ \t]*<?(\S+?)>?[ \t]*")
_SLOT = re.compile(r"""\s*<<-?\s*(tables|partials)(?:\.([\w-]+)|\[\s*["']([^"']+)["']\s*\])\s*-?>>\s*""")
_INCLUDE = re.compile(r"""<%-?\s*include\s+["']([^"']+)["']""")
_META = re.compile(r"\s*(?:- )?(?:title|text|description):\s*")
_QUOTED = re.compile(r" {0,3}>\s(?!\s*(?:[-*+]|[0-9]+[.)]|#{1,6})\s)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]")
_RULE_CELL = re.compile(r"\s*:?-+:?\s*")
_BARE_LINK = re.compile(r"\[([^\[\]\n]+)\](?![\[(:])")
_FULL_LINK = re.compile(r"\][ ]?\[([^\[\]\n]+)\]")
_COLLAPSED = re.compile(r"\[([^\[\]\n]+)\]\[\]")


@frozen
class Cell:
    """A cell of a typed table: its text without markup signs, and where that begins."""

    text: str
    column: int


@frozen
class TypedTable:
    """A table that was typed in Markdown; `rows` are its lines with their cells."""

    file: str
    line: int
    header: tuple[Cell, ...]
    rows: tuple[tuple[int, tuple[Cell, ...]], ...]
    closed: bool


class MarkdownSource:
    """The body of a page or snippet. Lines count from 1, as in the file."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        end = re.compile(r"^---[ ]*$", re.MULTILINE).search(text, 4) if text.startswith("---\n") else None
        self.first = text.count("\n", 0, end.end()) + 2 if end else 1
        self._start = end.end() + 1 if end else 0

    @cached_property
    def lines(self) -> list[str]:
        """The lines as they are written; lines of front matter and of fenced code are empty."""
        lines = [""] * (self.first - 1) + self.text[self._start :].split("\n")
        fence = ""
        for index, line in enumerate(lines):
            found = _FENCE.match(line)
            inside = bool(fence)
            if found and not fence:
                fence = found[1]
            elif found and found[1].startswith(fence) and not line.strip(" \t>`~"):
                fence = ""
            if found or inside:
                lines[index] = ""
        return lines

    @cached_property
    def without_templates(self) -> list[str]:
        """The lines without templates and comments."""
        return _masked("\n".join(self.lines), _TEMPLATE, _COMMENT).split("\n")

    @cached_property
    def with_code(self) -> list[str]:
        """The lines without templates, tags and the targets of links."""
        lines = _masked("\n".join(self.lines), _TEMPLATE, _TAGS, _LINK_END, _URL).split("\n")
        return ["" if _DEFINITION.fullmatch(line) else found for line, found in zip(self.lines, lines, strict=True)]

    @cached_property
    def prose(self) -> list[str]:
        """The same without code spans, but for those that are one version and nothing else."""
        return [_CODE.sub(_masked_code, line) for line in self.with_code]

    @cached_property
    def sections(self) -> list[int]:
        """For each line the number of its section: a heading begins another."""
        found, number = [], 0
        for line in self.lines:
            number += _HEADING.match(line) is not None
            found.append(number)
        return found

    @cached_property
    def slots(self) -> list[tuple[int, str, str]]:
        """The slots: line, `tables` or `partials`, and the id."""
        matches = ((number, _SLOT.fullmatch(line)) for number, line in enumerate(self.lines, 1) if "<<" in line)
        return [(number, match[1], match[2] or match[3]) for number, match in matches if match]

    @cached_property
    def includes(self) -> list[tuple[int, str]]:
        """The snippets that it includes: line and file."""
        return [
            (number, f"content/{name}")
            for number, line in enumerate(self.lines, 1)
            if "include" in line
            for name in _INCLUDE.findall(line)
        ]

    @cached_property
    def definitions(self) -> list[tuple[int, str]]:
        """The links that it defines: line and name."""
        matches = ((number, _DEFINITION.fullmatch(line)) for number, line in enumerate(self.lines, 1) if "]:" in line)
        return [(number, normalized(match[1])) for number, match in matches if match]

    @cached_property
    def link_names(self) -> set[str]:
        """The names that its text may mean as links."""
        text = "\n".join(line for line in self.lines if not _DEFINITION.fullmatch(line))
        return link_names(text)

    @cached_property
    def tables(self) -> list[TypedTable]:
        """The tables that were typed."""
        found = []
        number = 1
        while number < len(self.lines):
            header, below = self.lines[number - 1], self.lines[number]
            cells = _cells(self.with_code[number - 1])
            rules = [cell.text for cell in _cells(below)]
            if "|" in header and rules and len(rules) >= 2 and all(_RULE_CELL.fullmatch(rule) for rule in rules):
                end = number + 1
                while end < len(self.lines) and "|" in self.lines[end]:
                    end += 1
                rows = tuple((line + 1, tuple(_cells(self.with_code[line]))) for line in range(number + 1, end))
                found.append(TypedTable(self.file, number, tuple(cells), rows, header.rstrip().endswith("|")))
                number = end
            number += 1
        return found

    @cached_property
    def table_lines(self) -> set[int]:
        """The numbers of the lines of typed tables."""
        return {line for table in self.tables for line in range(table.line, table.line + 2 + len(table.rows))}

    def place(self, line: int, start: int, length: int) -> Place:
        """A place by line and offset in it."""
        return Place(self.file, line, start + 1, max(1, length))

    def paragraphs(self) -> list[tuple[int, str]]:
        """The paragraphs and list items outside of tables: first line and masked text, with its line ends.

        The texts of links are masked too: the text behind a link is about it.
        """
        return [
            (number, "\n".join(_LINK_TEXT.sub(lambda match: MASK * len(match.group()), line) for line in lines))
            for number, lines in self._paragraphs
        ]

    @cached_property
    def texts(self) -> list[tuple[int, str]]:
        """The paragraphs, list items and rows of tables with the texts of links, and the texts of the front matter."""
        rows = [(number, self.prose[number - 1]) for number in sorted(self.table_lines)]
        paragraphs = [(number, "\n".join(lines)) for number, lines in self._paragraphs]
        return [*self.meta, *paragraphs, *rows]

    @cached_property
    def meta(self) -> list[tuple[int, str]]:
        """The lines of the front matter with a title, a text or a description; all but the text is masked."""
        found = []
        for number, line in enumerate(self.text.split("\n")[1 : max(1, self.first - 2)], 2):
            key = _META.match(line)
            if key:
                found.append((number, MASK * key.end() + masked(line[key.end() :])))
        return found

    @cached_property
    def _paragraphs(self) -> list[tuple[int, list[str]]]:
        found: list[tuple[int, list[str]]] = []
        fresh = True
        for number, line in enumerate(self.prose, 1):
            if not line.strip() or number in self.table_lines:
                fresh = True
                continue
            quoted = _QUOTED.match(line) is not None and not fresh and _QUOTED.match(found[-1][1][-1]) is not None
            if fresh or (re.match(r"\s*(?:[-*+]|[0-9]+[.)]|>|#{1,6})\s", line) and not quoted):
                found.append((number, []))
            found[-1][1].append(line)
            fresh = _HEADING.match(line) is not None
        return found

    def at(self, first: int, text: str, offset: int, length: int) -> Place:
        """The place of an offset in the text of a paragraph that begins on a line."""
        line = text.count("\n", 0, offset)
        return self.place(first + line, offset - (text.rfind("\n", 0, offset) + 1), length)

    def place_of(self, match: re.Match[str], first: int, group: str | int = 0) -> Place:
        """The place of a match in the text of a paragraph that begins on a line."""
        return self.at(first, match.string, match.start(group), len(match[group]))


def without_code(line: str) -> str:
    """A line with a sign in place of each one of its code spans."""
    return _CODE.sub(lambda match: MASK * len(match.group()), line) if "`" in line else line


def masked(text: str) -> str:
    """A text of Markdown without code, templates, tags, URLs and the targets of links, which become as many signs."""
    return _masked(text, _TEMPLATE, _TAGS, _LINK_END, _URL, _CODE)


def _masked(text: str, *patterns: re.Pattern[str]) -> str:
    for pattern in patterns:
        text = pattern.sub(lambda match: re.sub("[^\n]", MASK, match.group()), text)
    return text


def _masked_code(match: re.Match[str]) -> str:
    version = re.fullmatch(r"`v?[0-9]+(?:\.[0-9]+)+`", match.group())
    return f" {match.group()[1:-1]} " if version else MASK * len(match.group())


def link_names(text: str) -> set[str]:
    """The names of links that a text of Markdown may use."""
    found = {*_BARE_LINK.findall(text), *_FULL_LINK.findall(text), *_COLLAPSED.findall(text)}
    return {normalized(name) for name in found}


def _cells(line: str) -> list[Cell]:
    """The cells of a line of a table, without the pipes around it."""
    start = len(line) - len(line.lstrip())
    end = len(line.rstrip())
    start += line.startswith("|", start)
    if end > start and line[end - 1] == "|" and line[end - 2 : end - 1] != "\\":
        end -= 1
    cells = []
    position = start
    for part in re.split(r"(?<!\\)\|", line[start:end]):
        text = part.replace("`", "").strip(f" *_[]{MASK}")
        start_of_text = part.find(text.split()[0]) if text else 0
        cells.append(Cell(text, position + max(0, start_of_text)))
        position += len(part) + 1
    return cells


NEAR = 200  # characters around a word that are searched; to search all of a long text takes long
_SENTENCE_END = re.compile(r"[.!?](?:\s|$)")


def sentence_at(text: str, offset: int) -> str:
    """The sentence of a text around an offset."""
    start = max((match.end() for match in re.finditer(r"[.:!?]\s", text[:offset])), default=0)
    end = _SENTENCE_END.search(text, offset)
    return text[start : end.start() if end else len(text)]
