"""Markdown as Hugo, Markdoc, GitHub, MkDocs and MDX read it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sitegen.documents.fillings import slug
from sitegen.findings import Finding, Place, Report
from sitegen.formats.commonmark import block_tokens, markdown_of, to_html
from sitegen.importing import front_matter
from sitegen.importing.cells import unescaped, without_look
from sitegen.importing.html_reader import alert, tables_in
from sitegen.importing.model import (
    Kind,
    Row,
    SourceAlert,
    SourceBlock,
    SourceCell,
    SourceFile,
    SourceHeading,
    SourcePage,
    SourceProse,
    SourceTable,
)
from sitegen.markdown.inline import parse_inline, plain, resolved
from sitegen.markdown.scanner import LINK_DEFINITION, heading_at, normalized

_LEVELS = {"info": "note", "success": "tip", "warning": "warning", "danger": "caution"}
_ALERT = re.compile(r'\{% alert level="(\w+)" %\}')
_LISTS = re.compile(r"\{%\s*table\b(.*?)%\}\n(?!\s*\|)(.*?)\n\s*\{%\s*/table\s*%\}", re.DOTALL)
_INCLUDE = re.compile(
    r"""\{\{[<%]\s*(?:partial|include|readfile|md-include|snippet)\b.*?["']?(?P<hugo>[\w./-]+\.\w+)["']?\s*[^"]*?/?[>%]\}\}"""
    r"""|\{%\s*(?:partial|include|include-markdown)\b.*?["']?(?P<tag>[\w./-]+\.\w+)["']?.*?%\}"""
    r"""|-+8<-+\s*["'](?P<snippet>[^"']+)["']|\[!INCLUDE\s*\[.*?\]\((?P<include>[^)]+)\)\]"""
    r"""|import\s+\w+\s+from\s+["'](?P<mdx>[^"']+\.mdx?)["'];?"""
)
_OF_LISTS = ("bullet_list_open", "bullet_list_close", "list_item_close", "paragraph_open", "paragraph_close")
_INDENTED_TAG = re.compile(
    r"^[ \t]+(?=</?(?:t[a-z]+|caption|colgroup|col|ul|ol|li|p|br|a|b|code|strong|em)\b)", re.MULTILINE
)
_ID = re.compile(
    r"""\s*(?:\{%\s*#(?P<tag>[\w-]+)\s*%\}|\\?\{\s*#(?P<brace>[\w-]+)\s*\}|<a id="(?P<anchor>[\w-]+)"></a>)$"""
)


def read_markdown(source: SourceFile, kind: Kind, report: Report) -> SourcePage:
    """Read a page. Reports what cannot be kept as it is."""
    meta, body, first = front_matter.split(source.text, source.name, report)
    reader = _Reader(source, kind, body, first, report)
    blocks = tuple(_merged(reader.blocks()))
    title = front_matter.text_at(meta, "title") or front_matter.text_at(meta, "Title")
    h1 = next((block.text for block in blocks if isinstance(block, SourceHeading) and block.level == 1), "")
    title = title or plain(parse_inline(h1, lambda _: False), str).strip()
    return SourcePage(source, kind, title, meta, blocks, reader.links)


def _merged(blocks: Iterator[SourceBlock]) -> Iterator[SourceBlock]:
    """Blocks with neighbouring prose as one."""
    last: SourceProse | None = None
    for block in blocks:
        if isinstance(block, SourceProse):
            last = SourceProse(f"{last.text}\n{block.text}") if last else block
            continue
        if last is not None:
            yield last
            last = None
        yield block
    if last is not None:
        yield last


_STRUCK = re.compile(r"(?<![~\\\w])~(?![~\s])[^~]+(?<!\s)~(?![~\w])")


class _Reader:
    def __init__(self, source: SourceFile, kind: Kind, body: str, first: int, report: Report) -> None:
        self.source, self.kind, self.first, self.report = source, kind, first, report
        self.lines = body.split("\n")
        self.tags = self._tags_of_tables() if kind == "hugo" else {}
        self.end = 0  # the line after the current block
        read = ["" if self.tags.get(number) == line else line for number, line in enumerate(self.lines)]
        self.tokens, references = block_tokens("\n".join(read))
        self.links = {normalized(name): target for name, target in references.items()}

    def place(self, line: int, column: int = 1) -> Place:
        """The place of a line, counted from 0, of the body."""
        return Place(self.source.name, line + self.first, column)

    def _tags_of_tables(self) -> dict[int, str]:
        """The tags of Hugo on the line of a header, which they leave, and those below the last row of a table."""
        tags: dict[int, str] = {}
        for number, line in enumerate(self.lines):
            after = self.lines[number + 1] if number + 1 < len(self.lines) else ""
            is_header = "|" in after and "-" in after and not after.strip("|:- \t")
            if is_header and (found := re.match(r"\{\{[<%][^{}]*[>%]\}\}(?=[ \t]*\|)", line)):
                tags[number], self.lines[number] = found.group(), line[found.end() :]
            elif re.fullmatch(r"\{\{[<%]\s*/[^{}]*[>%]\}\}\s*", line) and "|" in self.lines[number - 1]:
                tags[number] = line
        return tags

    def blocks(self) -> Iterator[SourceBlock]:
        self._report_tildes()
        at = 0
        for index, token in enumerate(self.tokens):
            if token.level or token.map is None or token.map[0] < at or token.nesting < 0:
                continue
            yield from self._gap(at, token.map[0])
            self.end = token.map[1]
            yield from self._block(index, token)
            at = self.end
        yield from self._gap(at, len(self.lines))

    def _report_tildes(self) -> None:
        """Report texts between single `~`, which sitegen does not strike through."""
        for token in self.tokens if self.kind in ("hugo", "github", "mdx") else ():
            for child in token.children or ():
                if child.type == "text" and (found := _STRUCK.search(child.content)) and token.map:
                    message = f"'{found.group()}' is no longer struck through; for that, write ~~"
                    self.report(Finding("import-changed", message, self.place(token.map[0]), severity="warning"))

    def _gap(self, start: int, end: int) -> Iterator[SourceBlock]:
        """Empty lines and definitions of links, which are in `links`, and of footnotes, which are kept."""
        text = "\n".join(self.lines[start:end])
        for found in LINK_DEFINITION.finditer(text):
            if found[2]:
                place = self.place(start + text.count("\n", 0, found.start()))
                self.report(Finding("import-changed", "the title of a link is omitted", place, severity="notice"))
        if start < end:
            yield SourceProse(LINK_DEFINITION.sub("", text))

    def _block(self, index: int, token: Any) -> Iterator[SourceBlock]:
        """The blocks of a token. If they end after it, sets `end`."""
        start, end = token.map
        first = self.lines[start]
        if token.type == "table_open":
            if start in self.tags:
                yield SourceProse(f"{self.tags[start]}\n")
            yield self._table(index, token)
        elif token.type == "heading_open":
            yield self._heading(index, token)
        elif token.type == "html_block" and re.match(r"(?!<!--)(?s:.)*<table", token.content, re.IGNORECASE):
            yield from self._html(start)
        elif token.type == "html_block" and (block := alert(token.content)):
            yield block
        elif token.type == "paragraph_open" and self.kind == "markdoc" and (opening := _ALERT.fullmatch(first.strip())):
            yield from self._alert(opening, start)
        elif token.type == "paragraph_open" and self.kind == "markdoc" and first.lstrip().startswith("{% table"):
            yield from self._lists(start)
        elif token.type == "paragraph_open" and (found := _INCLUDE.fullmatch(first.strip())) and end == start + 1:
            target = next(filter(None, found.groups()))
            message = f"the file '{target}' is not imported; the line that includes it is kept"
            hint = "import it as a page, or add it"
            self.report(Finding("import-missing", message, self.place(start), hint, severity="warning"))
            yield SourceProse(first)
        else:
            yield from self._prose(index, token)

    # Kinds of blocks.

    def _prose(self, index: int, token: Any) -> Iterator[SourceBlock]:
        """Any other block, with the tables that it contains."""
        start, end = token.map
        if token.type == "code_block" and self.kind == "mkdocs":
            inner = block_tokens(textwrap.dedent(token.content))[0]
            ranges = [found.map for found in inner if found.type == "table_open"]
            ranges = [[start + low, start + high] for low, high in ranges]
        else:
            after = self.tokens[index + 1 :]
            inside = [
                found for found in after if found.map and found.map[0] >= start and found.map[1] <= end and found.level
            ]
            ranges = [found.map for found in inside if found.type == "table_open"]
        for low, high in ranges:
            if low > start:
                yield SourceProse("\n".join(self.lines[start:low]))
            text = "\n".join(self.lines[low:high])
            yield SourceTable(self.place(low), text, (), (), problem="it is inside a list, a quote or another block")
            start = high
        if start < end:
            yield SourceProse("\n".join(self.lines[start:end]))

    def _heading(self, index: int, token: Any) -> SourceBlock:
        line = self.lines[token.map[0]]
        text = " ".join(self.tokens[index + 1].content.split())
        found = _ID.search(text)
        id_ = (found["tag"] or found["brace"] or found["anchor"]) if found else ""
        plain_id = slug(plain(parse_inline(text[: found.start()] if found else text, lambda _: False), str))
        if found and (id_ == plain_id or re.match("[A-Za-z]", id_)):
            text = text[: found.start()]
        else:
            id_ = ""
        if heading_at(line) is None and token.markup in "=-":
            message = "an underlined heading is now written with '#'"
            self.report(Finding("import-changed", message, self.place(token.map[0]), severity="notice"))
        return SourceHeading(int(token.tag[1]), text, "" if id_ == plain_id else id_)

    def _alert(self, opening: re.Match[str], start: int) -> Iterator[SourceBlock]:
        end = next((at for at in range(start, len(self.lines)) if self.lines[at].strip() == "{% /alert %}"), None)
        level = _LEVELS.get(opening[1])
        if end is None or level is None:
            self.end = start + 1
            yield SourceProse(self.lines[start])
            return
        self.end = end + 1
        yield SourceAlert(level, "\n".join(self.lines[start + 1 : end]))

    def _html(self, start: int) -> Iterator[SourceBlock]:
        """A piece of HTML with tables, up to the line on which its last table ends."""
        text = "\n".join(self.lines[start:])
        depth, end = 0, len(text)
        begin = text.lower().index("<table")
        for tag in re.finditer(r"<(/?)table\b[^>]*>", text, re.IGNORECASE):
            depth += -1 if tag[1] else 1
            if depth == 0:
                end = tag.end()
                break
        before, piece, rest = text[:begin], text[begin:end], text[end:].partition("\n")[0]
        if before.strip():
            yield SourceProse(before.rstrip("\n"))
        place = self.place(start + before.count("\n"))
        if re.search(r"\n\s*\n", piece):  # what follows a blank line is Markdown, but an indented tag is not code
            piece = _INDENTED_TAG.sub("", piece)
            definitions = "".join(f"[{name}]: <{target}>\n" for name, target in self.links.items())
            found = [
                replace(each, text=piece)
                for each in tables_in(to_html(f"{piece}\n\n{definitions}"), place, self._html_cell)
            ]
        else:
            found = tables_in(piece, place, self._html_cell)
        if len(found) == 1 and depth == 0:
            yield from found
        else:
            yield SourceTable(place, piece, (), (), problem="its HTML cannot be read as one table")
        if rest.strip():
            yield SourceProse(rest)
        self.end = start + text[:end].count("\n") + 1

    def _html_cell(self, text: str) -> str:
        """A cell of an HTML table, in which tags of Hugo and Markdoc and expressions of MDX are what they are."""
        tag = r"\\\{.*?\\\}" if self.kind == "mdx" else r"\\\{(?:\\\{.*?\\\}|%.*?%)\\\}"
        return self.resolve(re.sub(tag, lambda found: unescaped(found[0]), text))

    # Tables.

    def _table(self, index: int, token: Any) -> SourceTable:
        start, end = token.map
        rows: list[list[str]] = []
        lines: list[int] = []
        for found in self.tokens[index:]:
            if found.type == "tr_open":
                rows.append([])
                lines.append(found.map[0])
            elif found.type == "inline" and rows:
                rows[-1].append(found.content)
            elif found.type == "table_close":
                break
        grid = [self._row(row, line) for row, line in zip(rows, lines, strict=True)]
        long = next((at for at in lines if _cells_in(self.lines[at]) > len(grid[0])), None)
        problem = "it has no rows" if len(grid) == 1 else ""
        problem = f"line {long + self.first} has more cells than the header" if long is not None else problem
        return SourceTable(
            self.place(start), "\n".join(self.lines[start:end]), grid[0], tuple(grid[1:]), problem=problem
        )

    def _lists(self, start: int) -> Iterator[SourceBlock]:
        """A table of Markdoc: a list for each row, with lines between them."""
        found = _LISTS.match("\n".join(self.lines[start:]).lstrip())
        if found is None:  # a tag around a pipe table
            self.end = start + 1
            yield SourceProse(self.lines[start])
            return
        self.end = start + found.group().count("\n") + 1
        rows: list[list[SourceCell]] = [[]]
        problem = "its tag has attributes" if found[1].strip() else ""
        for token in block_tokens(textwrap.dedent(found[2]))[0]:
            place = self.place(start + 1 + token.map[0]) if token.map else self.place(start)
            if token.type == "hr":
                rows.append([])
            elif token.level > 3:
                problem = problem or "a cell contains a list or another block"
            elif token.type == "list_item_open":
                rows[-1].append(SourceCell("", place))
            elif token.type == "inline" and rows[-1]:
                problem = problem or ("a cell has several paragraphs" if rows[-1][-1].text else "")
                rows[-1][-1] = SourceCell(self.resolve(" ".join(token.content.split())), rows[-1][-1].place)
            elif token.type not in _OF_LISTS:
                problem = problem or "a part of it is not a list"
        rows = [row for row in rows if row]
        width = len(rows[0]) if rows else 0
        problem = problem or ("" if len(rows) > 1 else "it has no rows")
        problem = problem or ("a row has more cells than the header" if any(len(r) > width for r in rows) else "")
        blank = SourceCell("", self.place(start))
        grid = [(*row, *[blank] * (width - len(row))) for row in rows] or [()]
        yield SourceTable(self.place(start), found.group(), grid[0], tuple(grid[1:]), problem=problem)

    def _row(self, texts: list[str], line: int) -> Row:
        cells: list[SourceCell] = []
        at = 0
        for text in texts:
            found = self.lines[line].find(text.replace("|", "\\|"), at)
            at = max(found, at)
            plain = without_look(text.strip(), has_lines=True).strip()
            cells.append(SourceCell(self.resolve(plain), self.place(line, at + 1)))
        return tuple(cells)

    def resolve(self, text: str) -> str:
        """A cell with the targets of the links that the page defines."""
        if "[" not in text or not self.links:
            return text
        inline = parse_inline(text, self.links.__contains__)
        linked = resolved(inline, self.links.get)
        return (
            text if linked == inline else markdown_of(linked, lambda _: "", lambda link: "".join(map(str, link.target)))
        )


def _cells_in(line: str) -> int:
    """The number of cells on a line of a pipe table, without blank ones at its end."""
    inner = re.sub(r"\\\|", "", line).strip().removeprefix("|")
    return len(re.sub(r"[\s|]+$", "", inner).split("|")) if inner else 0
