"""reStructuredText for docutils and Sphinx. Prose is parsed as CommonMark and written anew.

Markup that reStructuredText cannot express is a finding: markup in bold or emphasized text, elements of HTML.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from unicodedata import east_asian_width
from urllib.parse import unquote

from sitegen.documents.documents import EMPTY, Document, Partial
from sitegen.findings import Finding, Place
from sitegen.formats.commonmark import NESTED, cells_of, inline_tokens, markdown_of, source_of, tokens, until
from sitegen.formats.escapes import Where, escape_target, in_comment, known_beginning
from sitegen.formats.markdown import NOTE_MARK, DocumentWriter, MarkdownWriter
from sitegen.formats.style import Style
from sitegen.markdown.blocks import Alert, Block, Fence, Heading, Slot
from sitegen.markdown.inline import Anchor, Hole, Inline, joined
from sitegen.templates.placeholders import deferrable, known, placeholder
from sitegen.templates.template import MARK, TemplateProblem, mark

if TYPE_CHECKING:
    from weakref import WeakKeyDictionary

    from sitegen.formats.commonmark import Token
    from sitegen.tables.grids import Cell, Line, Span, Table, TableBody

DEFAULTS = Style(
    words={"yes": "✓ yes"},
    levels={level: level for level in ("note", "tip", "important", "warning", "caution")},
    alert=(".. {level}::", ""),
)
_SIGNS = "=-~^\"'"  # below titles, by level
_EDGE = "\ufdd9"  # before and after inline markup; next to other text, it becomes an escaped space
_PLAIN = {"strong": "**", "em": "*"}
_LATER = placeholder("")[-1]  # the end of a text that is known later
_LINE_BREAKS = re.compile("[\n\r\t\v\f\x1c-\x1e\x85\u2028\u2029]+")
_MARKUP = re.compile(r"[\\*`|@]|_(?![^\W_])|(?<=:):|(?<=[A-Za-z:]):(?=\S)|:(?=:|//)")
_ENUMERATOR = re.compile(r"\(?(?:[0-9]+|[A-Za-z]|[ivxlcdmIVXLCDM]+|#)[.)](?=\s|$)")


@deferrable
def _escaped(text: str, where: Where) -> str:
    """A value as text. At the start of a line, its first character begins no block."""
    text = _MARKUP.sub(r"\\\g<0>", _LINE_BREAKS.sub(" ", text))
    return text if where == "line" else _guarded(text)


def _guarded(line: str) -> str:
    """A line that begins with text, so that it begins no list, directive or other block."""
    if re.fullmatch(r"\\+", line):  # the line above a title
        return rf"\ {line}"
    is_block = re.match(r"[^\w\s\\]", line) or _ENUMERATOR.match(line)
    return f"\\{line}" if is_block else line


@deferrable
def _code(text: str) -> str:
    """A code span; as an interpreted text, if it contains what would end it."""
    text = _LINE_BREAKS.sub(" ", text)
    if not text.strip() or text != text.strip():
        return _escaped(text, "line")
    if "``" in text or text.startswith("`") or text.endswith(("`", "\\")):
        escaped = re.sub(r"[\\`]", r"\\\g<0>", text)
        return f"{_EDGE}:literal:`{escaped}`{_EDGE}"
    return f"{_EDGE}``{text}``{_EDGE}"


@deferrable
def _in_link(text: str) -> str:
    """The text of a link, in which no `<` begins a target."""
    return text.replace("<", r"\<")


@deferrable
def _spaced(text: str) -> str:
    """A text in which inline markup is apart from other text."""
    parts = re.sub(f"{_EDGE}+", _EDGE, text).split(_EDGE)
    out = parts[0]
    for part in parts[1:]:
        is_apart = not out or out[-1].isspace() or not part or part[0].isspace()
        is_apart |= out[-1:] in ("*", "`", "_", "|") and part[:1] in (".", ",", ";", "!", "?", ")")
        out += part if is_apart else rf"\ {part}"
    return out


@deferrable
def _section(text: str, sign: str) -> str:
    """A title with its underline, which is at least as wide."""
    return f"{text}\n{sign * sum(2 if east_asian_width(letter) in 'WF' else 1 for letter in text)}"


@deferrable
def _indented(text: str, indent: str) -> str:
    return "\n".join(f"{indent}{line}".rstrip(" ") for line in text.split("\n"))


@deferrable
def _hanging(text: str, beginning: str) -> str:
    """A text after the beginning of its first line; its other lines are indented."""
    indent = " " * len(beginning)
    return beginning + "\n".join(f"{indent}{line}".rstrip(" ") for line in text.split("\n")).removeprefix(indent)


class _RstDocumentWriter(DocumentWriter):
    has_footnotes = True

    def __init__(
        self, style: Style, shared_rows: WeakKeyDictionary[TableBody, str], document: Document = EMPTY
    ) -> None:
        super().__init__(style, shared_rows, document)
        self._nested: list[str] = []  # blocks in lists
        self.targets: list[str] = []  # of links in the source of prose, by number
        self.places: tuple[Place, ...] = ()  # of the facts of the current cell or note

    def page(self) -> str:
        title = self.document.title
        above = [_section(_spaced(_escaped(title, "start")), _SIGNS[0]), ""] if title else []
        return "\n".join([self.head(self.document.sources), *above, self.text(), self._definitions()])

    def head(self, sources: tuple[str, ...]) -> str:
        """A comment that names the sources of the file."""
        return f".. Generated by sitegen from {in_comment(sources)}; do not edit.\n"

    def fragment(self, partial: Partial) -> str:
        """The tables of a partial, below a comment that names their sources."""
        return f"{self.head(partial.sources)}\n{self.region(partial)}"

    def with_notes(self, text: str) -> str:
        return text + self._definitions()

    def _definitions(self) -> str:
        return "".join(f"\n{note}\n" for note in self.notes)

    def _problem(self, markup: str, *found: Token) -> TemplateProblem:
        """The problem of some markup, in a fact or in the tokens of a page."""
        message = f"reStructuredText has no equivalent of {markup}"
        hint = 'write it differently, or in other formats only: <% if dialect != "rst" %>'
        place = self.places[0] if self.places else Place("", 1, 1)
        text = "".join(token.markup[:3] + token.content for token in found)
        return TemplateProblem(Finding("no-equivalent", message, place, hint), re.sub(f"{MARK.pattern}.*", "<<", text))

    # Blocks.

    def text(self) -> str:
        return "\n\n".join(self._blocks(self.document.blocks, is_top=True))

    def _blocks(self, blocks: tuple[Block, ...], *, is_top: bool) -> Iterator[str]:
        prose: list[str] = []
        for block in (*blocks, None):
            if (source := source_of(block, self._source, self._nested, self._one_block)) is not None:
                prose.append(source)
                continue
            yield from self._from_tokens(tokens("\n".join(prose)))
            prose.clear()
            if isinstance(block, (Heading, Alert, Fence, Slot)):
                yield self._one_block(block, is_top=is_top)

    def _one_block(self, block: Heading | Alert | Fence | Slot, *, is_top: bool = False) -> str:
        if isinstance(block, Heading):
            return self._heading(block, is_top=is_top)
        if isinstance(block, Alert):
            inner = "\n\n".join(self._blocks(block.blocks, is_top=False))
            return f"{self.alert_ends(block.level)[0]}\n\n{_indented(inner, '   ')}"
        if isinstance(block, Fence):
            text = known(self.document.text(block.parts))
            return "\n\n".join(self._from_tokens(tokens(text)))
        slot = self.document.slots[block.index]
        return self.partial(slot) if isinstance(slot, Partial) else self.table(slot)

    def _heading(self, block: Heading, *, is_top: bool) -> str:
        number = next(self.heading_numbers)
        text = self.line_of(block.inline)
        if not is_top:
            return f".. rubric:: {text}"
        anchor = self.document.anchors[number]
        label = f".. _`{self._label(anchor)}`:\n\n" if anchor else ""
        return label + _section(text, _SIGNS[self.document.body.levels[number] - 1])

    def _label(self, anchor: str) -> str:
        """The label of a heading, which differs between pages."""
        return f"{self.document.about.page}/{anchor}" if self.document.about.page else anchor

    def _from_tokens(self, found: list[Token]) -> Iterator[str]:
        """Blocks of Markdown."""
        ahead = iter(found)
        for token in ahead:
            inner = until(ahead, token) if token.nesting == 1 else []
            if token.type in ("paragraph_open", "heading_open"):
                text = _spaced(self._inline(inner[0].children or [], "start"))
                yield f".. rubric:: {text}" if token.type == "heading_open" else text
            elif token.type in ("bullet_list_open", "ordered_list_open"):
                yield self._list(token, inner)
            elif token.type == "blockquote_open":
                yield "..\n\n" + _indented("\n\n".join(self._from_tokens(inner)), "   ")
            elif token.type in ("fence", "code_block"):
                language = re.match(r"[\w+-]+", token.info.strip())
                code = self._filled_marks(token.content.rstrip("\n"), lambda text: text)
                yield f".. code-block:: {language[0] if language else 'text'}\n\n{_indented(code, '   ')}"
            elif token.type == "table_open":
                rows = [[_spaced(self._inline(one.children or [], "start")) for one in row] for row in cells_of(inner)]
                yield "\n".join(self._list_table("", rows))
            elif token.type == "html_block" and (nested := NESTED.match(token.content)):
                yield self._nested[int(nested[1])]
            elif token.type == "html_block" and token.content.startswith("<!--"):
                yield _hanging(self._filled_marks(token.content.strip()[4:-3].strip(), lambda text: text), ".. ")
            else:
                raise self._problem("HTML" if token.type == "html_block" else "a rule between blocks", token)

    def _list(self, token: Token, inner: list[Token]) -> str:
        items, ahead = [], iter(inner)
        for number, item in enumerate(ahead, int(token.attrs.get("start", 1))):
            text = "\n\n".join(self._from_tokens(until(ahead, item)))
            bullet = "- " if token.type == "bullet_list_open" else f"{number}. "
            items.append(_hanging(text, bullet))
        return "\n\n".join(items)

    # Prose.

    def _source(self, inline: Inline) -> str:
        """A paragraph as Markdown, with marks for its values, and numbers for the targets of links."""
        return markdown_of(inline, self._hole, self._number)

    def _hole(self, hole: Hole) -> str:
        insert = self.document.inserts[hole.index]
        return mark(hole.index) if insert.inline is None else self._source(insert.inline)

    def _number(self, piece: Anchor) -> str:
        known_beginning(piece.target, self.document.text)
        target = joined(piece.target, lambda index: escape_target(self.document.inserts[index].text))
        target = re.sub(r"&#?\w+;", lambda match: html.unescape(match[0]), target)
        self.targets.append(self.document.links.get(piece.name, "") if piece.name else target)
        return f"#{len(self.targets) - 1}"

    def line_of(self, inline: Inline) -> str:
        """A heading or a text of a fact as one line."""
        return _spaced(self._inline(inline_tokens(self._source(inline)), "start")).replace("\n", " ")

    def inline(self, inline: Inline, before: str = " text ") -> str:
        where: Where = "line" if before.strip() else "start"
        return self._inline(inline_tokens(self._source(inline)), where).replace("\n", " ")

    def _inline(self, found: list[Token], where: Where) -> str:
        """The content of a paragraph. `where` is the place of its first text."""
        out, ahead = "", iter(found)
        for token in ahead:
            kind = token.type.removesuffix("_open")
            at: Where = where if not out else "start" if out.endswith("\n") else "line"
            if kind == "text":
                out += self._filled_marks(token.content, None, at)
            elif kind in ("softbreak", "hardbreak"):
                out += "\n"
            elif kind == "code_inline":
                out += _code(self._filled_marks(token.content, lambda text: text))
            elif kind in _PLAIN:
                text = self._plain(until(ahead, token), token)
                out += f"{_EDGE}{_PLAIN[kind]}{text}{_PLAIN[kind]}{_EDGE}" if text else ""
            elif kind == "link":
                text = self._inline(until(ahead, token), "line").replace("\n", " ")
                out += self.link(text, self.target(self.targets[int(str(token.attrs["href"])[1:])], image=False), "")
            elif kind == "image":
                out += self._image(token)
            elif not (kind == "html_inline" and token.content.startswith("<!--")):
                markup = f"'{token.content}'" if kind == "html_inline" else f"'{token.markup}text{token.markup}'"
                raise self._problem(markup, token, *until(ahead, token)[:1])
        return out

    def _filled_marks(self, text: str, write: Callable[[str], str] | None, where: Where = "line") -> str:
        """A text with values instead of marks; escaped, unless the values are written by `write`."""
        out, is_one_value = "", False
        for index, part in enumerate(MARK.split(text)):
            if not part:
                continue
            content = self.document.inserts[int(part)].text if index % 2 else part
            is_start = where != "line" and (not out or (is_one_value and content[:1] in (".", ")")))
            is_one_value = not out and index % 2 == 1
            out += r"\ " if write is None and out.endswith(":") and not content[:1].isspace() else ""  # no URL
            if write is not None:
                out += write(content)
            else:
                out += self.escape(content, "start" if is_start or out.endswith((":", _LATER)) else "line")
        return out

    def escape(self, text: str, where: Where = "line") -> str:
        return _escaped(text, where)

    def _plain(self, found: list[Token], opening: Token) -> str:
        """The content of bold or emphasized text, which is without markup."""
        text = self._inline([token for token in found if token.type != "html_inline"], "line").replace("\n", " ")
        if _EDGE in text:
            kind = "bold" if opening.tag == "strong" else "emphasized"
            raise self._problem(f"markup in {kind} text", opening, *found[:1])
        return text

    def link(self, text: str, target: str, title: str) -> str:
        """A link. A text with markup is a substitution."""
        if _EDGE not in text:
            return f"{_EDGE}`{_in_link(text)} <{target}>`__{_EDGE}"
        name = f"{self.note_prefix}link-{len(self.notes) + 1}"
        self.notes.append(f".. |{name}| replace:: {_spaced(text)}\n.. _{name}: {target}")
        return f"{_EDGE}|{name}|_{_EDGE}"

    def target(self, target: str, *, image: bool) -> str:
        """A URL, or the name of the label of a heading of the page."""
        if target.startswith("#") and (id_ := unquote(known(target)[1:])) in self.document.anchors and not image:
            return f"{self._label(id_)}_"
        url = self.style.absolute(target).replace(" ", "%20")
        url = url if re.match(r"[^/@]*:", url) else url.replace("@", "%40")  # which docutils takes for an address
        return re.sub(r"[\\`<>]|_$", r"\\\g<0>", url)

    def _image(self, token: Token) -> str:
        name = f"{self.note_prefix}image-{len(self.notes) + 1}"
        target = self.target(self.targets[int(str(token.attrs["src"])[1:])], image=True)
        alt = self._filled_marks(token.content, lambda text: _LINE_BREAKS.sub(" ", text))
        self.notes.append(f".. |{name}| image:: {target}\n   :alt: {alt}")
        return f"{_EDGE}|{name}|{_EDGE}"

    # Tables.

    def table(self, table: Table) -> str:
        names = [f"{self.note_prefix}note-{next(self.footnotes)}" for _ in table.notes]

        def written(text: str) -> str:
            return _cell_text(NOTE_MARK.sub(lambda match: f"{_EDGE}[#{names[int(match[1]) - 1]}]_{_EDGE}", text))

        if table.layout == "list":
            text = "\n".join(f"- {written(self._item(row))}" for row in table.rows)
        else:
            headers = [
                self.cell(cell) if above is None else f"{self.cell(above)}: {self.cell(cell, 'line')}"
                for above, cell in zip(table.above, table.headers, strict=True)
            ]
            rows = [[*map(written, row)] for row in (headers, *self._grid(table))]
            text = "\n".join(self._list_table(_spaced(_escaped(table.caption, "start")), rows))
        for name, note in zip(names, table.notes, strict=True):
            self.places = note.places
            title = f" ({self.escape(note.title)})" if note.title else ""
            word = self.escape(self.style.language.text("note"))
            self.notes.append(f".. [#{name}] {_spaced(f'**{word}**{_EDGE}{title}: {self.inline(note.inline)}')}")
        self.places = ()
        return text

    def cell(self, cell: Cell, where: Where = "alone") -> str:
        self.places = cell.places
        return super().cell(cell, where)

    def _grid(self, table: Table) -> Iterator[list[str]]:
        """The rows of a table, and the titles of its sections in rows of their own."""
        for section, members in table.body.sections:
            if section is not None:
                yield [self._title(section), *[""] * (len(members[0].cells) - 1)]
            yield from ([self.cell(cell) if cell.rows else "" for cell in row.cells] for row in members)

    def _title(self, section: Cell) -> str:
        text = self.cell(section, "line")
        return text if _EDGE in known(text) or not text else f"{_EDGE}**{text}**{_EDGE}"

    def _list_table(self, caption: str, rows: list[list[str]]) -> Iterator[str]:
        yield f".. list-table:: {caption}".rstrip()
        if len(rows) > 1:
            yield "   :header-rows: 1"
        yield ""
        for row in rows:
            for index, cell in enumerate(row):
                yield f"   {'* -' if index == 0 else '  -'} {cell}".rstrip(" ")

    def _line(self, line: Line, where: Where) -> str:
        return super()._line(line, "line" if where == "line" else "start" if len(line.spans) > 1 else where)

    def cell_link(self, text: str, target: str) -> str:
        return self.link(text, self.target(target, image=False), "")

    def _span(self, span: Span, where: Where) -> str:
        return _code(span.text) if span.kind == "code" else super()._span(span, where)


_BLOCK = re.compile(r"(?:[-+*•‣⁃]|\.\.|__|>>>|\|)(?=\s|$)|:(?=[^:\s])|([!-/:-@\[-^`{-~])\1*$")


@deferrable
def _cell_text(text: str) -> str:
    """The content of a cell, which begins no list or other block."""
    is_block = not text.startswith(_EDGE) and (_BLOCK.match(text) or _ENUMERATOR.match(text))
    return _spaced(f"\\{text}" if is_block else text)


class RstWriter(MarkdownWriter):
    """Writes the pages and fragments of a build in reStructuredText."""

    document_writer = _RstDocumentWriter

    def fragment(self, partial: Partial) -> str:
        """The tables of a partial, below a comment that names their sources. Raises TemplateProblem."""
        return _RstDocumentWriter(self._style, self._rows).fragment(partial)
