"""What the Markdown formats share: documents, pipe tables and front matter. Prose of an author is not changed."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from functools import cached_property, lru_cache
from weakref import WeakKeyDictionary

from sitegen.documents.documents import EMPTY, Document, Partial
from sitegen.formats.escapes import (
    Reader,
    Where,
    code_or,
    code_span,
    escape_end,
    escape_html,
    escape_quotes,
    escape_target,
    escape_text,
    escape_url,
    fenced,
    known_beginning,
)
from sitegen.formats.front_matter import front_matter
from sitegen.formats.style import Style
from sitegen.markdown.blocks import Alert, Blank, Block, Fence, Heading, Prose, Slot, inlines
from sitegen.markdown.inline import Anchor, Code, Hole, Inline, Parts, Tag, joined
from sitegen.tables.grids import Cell, Line, Row, Span, Table, TableBody, write_spans
from sitegen.templates.placeholders import deferrable, known

# Noncharacters, which no value contains: before each row of a table that is passed as one text, and between its cells.
CELL, ROW = "\ufdda", "\ufddb"


@deferrable
def pipe_table(rows: str, aligns: str, *header: str) -> str:
    """A pipe table, of cells in Markdown. `aligns` are the alignments of the columns, as wide as their cells."""
    widths = tuple(map(max, _widths(rows) or [3] * len(header), map(len, header)))
    line = "| " + " | ".join(f"%-{width}s" for width in widths) + " |"
    rule = " | ".join(map(_rule, aligns.split(CELL), widths))
    return f"{line % header}\n| {rule} |{_padded(rows, line)}"


@lru_cache(maxsize=1024)
def _widths(rows: str) -> list[int]:
    """The width of each column of some rows."""
    return [max(3, *map(len, column)) for column in zip(*_cells(rows), strict=True)]


@lru_cache(maxsize=1024)
def _padded(rows: str, line: str) -> str:
    """Rows in the form of a line, each after a line break."""
    return "".join([f"\n{line % tuple(row)}" for row in _cells(rows)])


def _cells(rows: str) -> list[list[str]]:
    return [row.split(CELL) for row in rows.split(ROW)[1:]]


def _rule(align: str, width: int) -> str:
    """The part of the line below a header that aligns a column."""
    start, end = ":" if align in ("left", "center") else "", ":" if align in ("right", "center") else ""
    return start + "-" * (width - len(start + end)) + end


# --- documents -----------------------------------------------------------------------


_PIPE = re.compile(r"(?<!\\)((?:\\\\)*)\|")  # one that no backslash escapes
_CLOSING = re.compile(r"(?<=[^\s~\\])~(?!~)")
NOTE_MARK = re.compile("\ufdde([0-9]+)\ufddf")  # of a note in a cell, by its number in the table
_MARKERS = re.compile(r"(?:[ \t>*+-]|[0-9]{1,9}[.)])*")  # of blocks, such as lists, at the start of a line


class DocumentWriter:
    """Writes one document in Markdown, or the tables of a fragment. Subclasses write the constructs of their format.

    `shared_rows` are the rows of pipe tables that all documents of a build share. `reader` is the program that reads
    values. With `has_footnotes`, notes of tables are footnotes; a `mark` refers to one. `line_break` is HTML in cells.
    """

    reader: Reader = "markdoc"
    has_footnotes = False
    mark = "[^{}]"
    line_break = ""
    in_cell = False  # whether the current Markdown is in a cell

    def __init__(
        self, style: Style, shared_rows: WeakKeyDictionary[TableBody, str], document: Document = EMPTY
    ) -> None:
        self.style = style
        self.shared_rows = shared_rows
        self.document = document
        self.heading_numbers = itertools.count()
        self.notes: list[str] = []  # footnotes, as far as the document is written
        self.note_prefix = ""  # of the marks of notes

    # What a format decides.

    def head(self, sources: tuple[str, ...]) -> str:
        """The beginning of a file: the front matter of the document, and the sources of the file."""
        return front_matter(self.document.meta, sources)

    def alert(self, level: str, lines: list[str]) -> list[str]:
        """The lines of an alert by the settings: a quote, an indented block as after `!!!`, or a block between tags."""
        opening, closing = ([] if not text else text.split("\n") for text in self.alert_ends(level))
        if opening and opening[0].startswith(">"):
            return [*opening, *quoted(lines)]
        if opening and opening[0].startswith(("!!!", "???")):
            return [*opening, "", *(f"    {line}".rstrip() for line in lines)]
        return [*opening, "", *lines, "", *closing]

    def heading_id(self, anchor: str, text: str, *, explicit: bool) -> str:
        """What follows the text of a heading: its id, which is `explicit` if the author wrote it."""
        return ""

    def level(self, heading: Heading, number: int) -> int:
        """The level of heading `number` of the document."""
        return heading.level

    def escape(self, text: str, where: Where = "line") -> str:
        """A value as text."""
        return escape_text(text, where, self.reader)

    def link(self, text: str, target: str, title: str) -> str:
        """A link. All arguments are Markdown; the title begins with a blank if there is one."""
        return f"[{text}]({target}{title})"

    def target(self, target: str, *, image: bool) -> str:
        """The target of a link in this format."""
        return target

    def partial(self, partial: Partial) -> str:
        """A partial in a page."""
        return "\n\n".join(self.table(table) for table in partial.tables)

    def region(self, partial: Partial) -> str:
        """The tables of a partial, for any page. Footnotes have names that do not depend on the page."""
        self.note_prefix = re.sub(r"[^\w-]+", "-", partial.path) + "-" if self.has_footnotes else ""
        return self.with_notes(f"{self.partial(partial)}\n")

    def with_notes(self, text: str) -> str:
        """A text with the footnotes of its tables."""
        return "\n".join([text, "".join(self.notes)]) if self.notes else text

    def join_lines(self, levels_and_lines: list[tuple[int, str]]) -> str:
        """The lines of a cell, each with its level, as one line: `a: b, c`, or with breaks."""
        if self.line_break:
            return self.line_break.join(self.style.indent * bool(level) + line for level, line in levels_and_lines)
        text = ""
        before = 0
        for level, line in levels_and_lines:
            text += (": " if level > before else ", ") + line if text else line
            before = level
        return text

    # Blocks.

    def alert_ends(self, level: str) -> list[str]:
        """The text before and after an alert by the settings."""
        name, title = self.level_name(level), self.escape(self.style.language.text(f"alert.{level}"))
        return [text.replace("{level}", name).replace("{title}", title) for text in self.style.alert]

    def level_name(self, level: str) -> str:
        """The name of a level of alerts by the settings."""
        return self.style.levels.get(level) or level

    def page(self) -> str:
        """The document as a file."""
        return self.with_notes(f"{self.head(self.document.sources)}\n{self.title()}{self.text()}\n")

    def fragment(self, partial: Partial) -> str:
        """The tables of a partial as a file. Raises TemplateProblem."""
        return f"{self.head(partial.sources)}\n{self.region(partial)}"

    def title(self) -> str:
        """What is before the text of the document: its title as a heading and an empty line, if it has one."""
        return f"# {self.escape(self.document.title)}\n\n" if self.document.title else ""

    def text(self) -> str:
        """The text of the document without its title and empty lines around it."""
        return "\n".join(self.body(self.document.blocks)).strip("\n")

    def body(self, blocks: tuple[Block, ...]) -> list[str]:
        """The lines of blocks."""
        lines: list[str] = []
        before: Block = Blank()
        for block in blocks:
            apart = isinstance(block, (Slot, Alert)) or isinstance(before, (Slot, Alert))
            if apart and not isinstance(block, Blank) and not isinstance(before, Blank):
                lines.append("")  # else the line next to a table would be a row of it
            indent = block.indent if isinstance(block, (Slot, Alert)) else ""
            lines.extend(indent + known(line) if indent and line else line for line in self._block(block))
            before = block
        return lines

    def _block(self, block: Block) -> list[str]:
        if isinstance(block, Blank):
            return [""]
        if isinstance(block, Prose):
            return self.inline(block.inline, "").split("\n")
        if isinstance(block, Heading):
            number = next(self.heading_numbers)
            anchor, level = self.document.anchors[number], self.level(block, number)
            text = self.inline(block.inline)
            return [f"{'#' * level} {text}{self.heading_id(anchor, text, explicit=bool(block.anchor))}"]
        if isinstance(block, Alert):
            lines = text.split("\n") if (text := "\n".join(self.body(block.blocks)).strip("\n")) else []
            return self.alert(block.level, [*map(known, lines)] if self.document.body.slots_in_alerts else lines)
        if isinstance(block, Fence):
            return self.document.text(block.parts).split("\n")
        slot = self.document.slots[block.index]
        return (self.partial(slot) if isinstance(slot, Partial) else self.table(slot)).split("\n")

    # Prose.

    def inline(self, inline: Inline, before: str = " text ") -> str:
        """A paragraph, a heading or a text of a fact. `before` is what is before it on its line."""
        out: list[str] = []
        for index, piece in enumerate(inline):
            if isinstance(piece, Anchor) and index and isinstance(inline[index - 1], Hole):
                out[-1] = escape_end(out[-1])
            out.append(self._piece(piece, before))
            before = (before + out[-1]).rpartition("\n")[2]
        return "".join(out)

    def _piece(self, piece: str | Hole | Code | Anchor | Tag, before: str) -> str:
        if isinstance(piece, str):  # a single `~` strikes text through in some readers
            return _CLOSING.sub("&#126;", before[-1:] + piece)[len(before[-1:]) :] if "~" in piece else piece
        if isinstance(piece, Hole):
            insert = self.document.inserts[piece.index]
            if insert.inline is not None:
                return self.inline(insert.inline, before)
            return self.escape(insert.text, "start" if _MARKERS.fullmatch(before) else "line")
        if isinstance(piece, Code):
            return self._code(piece.parts)
        if isinstance(piece, Tag):
            return self._filled(piece.parts, escape_html)
        return self._link(piece)

    def _link(self, piece: Anchor) -> str:
        known_beginning(piece.target, self.document.text)
        target = self._filled(piece.target, escape_target)
        if piece.name:
            target = escape_url(self.document.links.get(piece.name, ""))
        text = self.inline(piece.text)
        target = self.target(target, image=piece.image)
        title = self._filled(piece.title, lambda value: escape_quotes(self.escape(value)))
        title = title and f' "{title}"'
        return f"![{text}]({target}{title})" if piece.image else self.link(text, target, title)

    def _filled(self, parts: Parts, write: Callable[[str], str]) -> str:
        return joined(parts, lambda index: write(self.document.inserts[index].text))

    def _code(self, parts: Parts) -> str:
        text = self.document.text(parts)
        if self.in_cell and "\\|" in text:  # readers would take the backslash as the escape of the pipe
            return self.escape(text)
        return fenced(text) if all(isinstance(part, str) for part in parts) else code_or(text, self.escape(text))

    # Tables.

    def table(self, table: Table) -> str:
        """A table or, by its layout, a list, and its notes."""
        numbers = [f"{self.note_prefix}{next(self.footnotes)}" for _ in table.notes]

        def marked(text: str) -> str:
            return NOTE_MARK.sub(lambda match: self.mark.format(numbers[int(match[1]) - 1]), text) if numbers else text

        if table.layout == "list":  # in a list, blanks would not be visible
            lines = [marked(f"- {self._item(row)}") for row in table.rows]
        else:
            headers = [
                marked(self.cell(cell) if above is None else f"{self.cell(above, 'line')}: {self.cell(cell, 'line')}")
                for above, cell in zip(table.above, table.headers, strict=True)
            ]
            aligns = CELL.join(cell.align for cell in table.headers)
            lines = [pipe_table(marked(self._rows(table.body)), aligns, *headers), *self.attributes(table)]
        for number, note in zip(numbers, table.notes, strict=True):
            title = f" ({self.escape(note.title)})" if note.title else ""
            word = self.escape(self.style.language.text("note"))
            text = f"**{word}**{title}: {self.inline(note.inline)}"
            if self.has_footnotes:
                self.notes.append(f"{self.mark.format(number)}: {text}\n".replace("\n", " ", text.count("\n")))
            else:
                lines += ["", f"{self.mark.format(number)} {text}"]
        return "\n".join(lines)

    def attributes(self, table: Table) -> list[str]:
        """The lines that belong to a pipe table after its rows."""
        return []

    @cached_property
    def footnotes(self) -> Iterator[int]:
        """The numbers of notes on the page, without those that the author uses."""
        return self.free_numbers(r"\[\^([0-9]{1,9})\]")

    def free_numbers(self, pattern: str) -> Iterator[int]:
        """The numbers that match no `pattern` in the prose of the author."""
        prose = "".join(piece for each in inlines(self.document.blocks) for piece in each if isinstance(piece, str))
        used = {int(number) for number in re.findall(pattern, prose)}
        return (number for number in itertools.count(1) if number not in used)

    def _item(self, row: Row) -> str:
        """The content of an item of a list, where the first cell with a value is at the start."""
        first, *others = row.cells
        start = self.cell(first, "start")
        return " ".join(filter(None, [start, *[self.cell(cell, "line" if start else "start") for cell in others]]))

    def _rows(self, body: TableBody) -> str:
        """The rows of a pipe table as one text."""
        if body not in self.shared_rows:
            # Markdown of an author may contain pipes; in values they are escaped.
            text = "".join([ROW + CELL.join(row) for row in self._grid(body)])
            self.shared_rows[body] = _PIPE.sub(r"\1\\|", text)
        return self.shared_rows[body]

    def _grid(self, body: TableBody) -> Iterator[list[str]]:
        """The rows of a table, and the titles of its sections in rows of their own."""
        for section, members in body.sections:
            if section is not None:
                yield [self._title(section), *[""] * (len(members[0].cells) - 1)]
            yield from ([self.cell(cell) if cell.rows else "" for cell in row.cells] for row in members)

    def _title(self, section: Cell) -> str:
        """The title of a section, in bold, since a row of blank cells may be one without support."""
        has_markup = any(span.kind == "markdown" for line in section.lines for span in line.spans)
        return self.cell(section, "line") if has_markup else f"**{self.cell(section, 'line')}**"

    def cell(self, cell: Cell, where: Where = "alone") -> str:
        """A cell as one line of Markdown. If it is `alone`, and contains only a state, it may be blank."""
        where = "line" if where == "alone" and (len(cell.lines) > 1 or cell.notes) else where
        text = self.join_lines([(line.level, self._line(line, where)) for line in cell.lines])
        return text + "".join(f"\ufdde{number}\ufddf" for number in cell.notes) if cell.notes else text

    def _line(self, line: Line, where: Where) -> str:
        """A line. A state that is blank when alone is written in words next to versions, a day or a link."""
        spans = line.spans
        if where == "alone" and all(span.kind == "text" and not span.target for span in spans):
            return self.escape("".join([span.text for span in spans]), where)
        if where == "alone" and len(spans) == 1 and not spans[0].target:
            return self._span(spans[0], where)
        return write_spans(
            spans,
            lambda span: (
                self._span(span, "start" if where == "start" and span is spans[0] else "line")
                or self.escape(span.label)
            ),
            self.cell_link,
        )

    def cell_link(self, text: str, target: str) -> str:
        """A link in a cell."""
        return self.link(text, escape_url(self.target(target, image=False)), "")

    def _span(self, span: Span, where: Where) -> str:
        if span.kind == "state":
            if span.words is None and span.text in self.style.words:
                return self.style.words[span.text]
            return self.escape(span.label if span.words is None else span.words, where)
        if span.kind == "markdown":
            self.in_cell = True
            text = self.inline(span.inline).replace("\n", " ")
            self.in_cell = False
            return text
        if span.kind == "code":
            return code_span(span.text) or self.escape(span.text, where)
        return self.escape(span.text, where)


class MarkdownWriter:
    """Writes the pages of a build in a kind of Markdown. Rows of tables are kept as long as the tables."""

    def __init__(self, document_writer: type[DocumentWriter], style: Style, _templates: object = None) -> None:
        self._document_writer = document_writer
        self._style = style
        self._rows: WeakKeyDictionary[TableBody, str] = WeakKeyDictionary()

    def writer_of(self, document: Document = EMPTY) -> DocumentWriter:
        """A writer for a document."""
        return self._document_writer(self._style, self._rows, document)

    def write(self, document: Document) -> str:
        """The text of a page."""
        return self.writer_of(document).page()

    def fragment(self, partial: Partial) -> str:
        """The tables of a partial as a file. Raises TemplateProblem."""
        return self.writer_of().fragment(partial)

    def region(self, partial: Partial) -> str:
        """The tables of a partial, for a file written by hand. Raises TemplateProblem."""
        return self.writer_of().region(partial)


def quoted(lines: list[str]) -> Iterator[str]:
    """Lines in a block quote."""
    return (f"> {line}".rstrip() for line in lines)
