"""Fragments for Hugo: partials as HTML. Tables with the same body share its text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from sitegen.formats.escapes import escape_html, in_comment
from sitegen.formats.html_tables import SIGNS, HtmlCellWriter, TableIds, marks
from sitegen.markdown.inline import Inline
from sitegen.tables.grids import Cell, Row, Span, Table, TableBody, state_class
from sitegen.templates.template import FileTemplates, Raw

if TYPE_CHECKING:
    from sitegen.documents.documents import Partial
    from sitegen.languages.catalogue import Language

_ENCODED = str.maketrans({"{": "&#123;", "}": "&#125;", "`": "&#96;"})


class _FragmentCell(NamedTuple):
    """A cell for a template: it spans a number of rows; 0 means that one above spans this row."""

    text: Raw
    rows: int
    is_header: bool
    align: Raw


class _Section(NamedTuple):
    """The rows of a section for a template, with its title, if any, and the number of columns."""

    title: Raw | None
    rows: list[list[_FragmentCell]]
    columns: int

    @property
    def flat(self) -> Iterator[list[Raw]]:
        """Rows of texts: the title, and a blank for a cell that is part of one above it."""
        blank = Raw("")
        if self.title is not None:
            yield [self.title, *[blank] * (self.columns - 1)]
        yield from ([cell.text if cell.rows else blank for cell in row] for row in self.rows)


_NO_ALIGNMENT = Raw("")


def _alignment(cell: Cell) -> Raw:
    """The attribute for the alignment of a cell."""
    return Raw(f' style="text-align: {cell.align}"') if cell.align else _NO_ALIGNMENT


class HtmlFragmentWriter(HtmlCellWriter):
    """Writes fragments for Hugo, with a template of `partials/`. Rows of tables are kept as long as the tables."""

    escape = staticmethod(escape_html)

    def __init__(self, templates: FileTemplates, language: Language) -> None:
        self._templates = templates
        self._language = language
        self._sections: WeakKeyDictionary[TableBody, list[_Section]] = WeakKeyDictionary()

    def fragment(self, partial: Partial) -> str:
        """An HTML fragment, without empty lines. Raises TemplateProblem."""
        tables = [self._table(table, partial.path.replace("/", "-")) for table in partial.tables]
        sources, texts = in_comment(partial.sources), self._language.texts
        names = {"tables": tables, "sources": sources, "id": partial.id, "text": texts}
        text = self._templates.render("fragment.html", names)
        return "\n".join([line.rstrip() for line in text.split("\n") if line.strip()]) + "\n"

    def _table(self, table: Table, partial: str) -> dict[str, object]:
        ids = TableIds(f"{partial}-{table.id}", set())
        above = [(None if cell is None else self._marked(cell, ids), size) for cell, size in table.header_groups]
        headers = [self._marked(cell, ids) for cell in table.headers]
        sections = None if table.notes else self._sections.get(table.body)
        if sections is None:
            leading = table.body.leading
            sections = [self._section(*found, leading, ids) for found in table.body.sections]
            if not table.notes:
                self._sections[table.body] = sections
        notes = [
            {"title": note.title, "text": Raw(self.inline(note.inline)), "number": note.number, "table": ids.table}
            for note in table.notes
        ]
        return {
            "caption": table.caption,
            "layout": table.layout,
            "above": [{"text": text, "columns": size} for text, size in above if any(text for text, _ in above)],
            "headers": headers,
            "align": [_alignment(cell) for cell in table.headers],
            "sections": sections,
            "rows": [row for section in sections for row in section.flat],
            "notes": notes,
        }

    def _section(self, section: Cell | None, rows: Sequence[Row], leading: int, ids: TableIds) -> _Section:
        title = None if section is None else self._marked(section, ids)
        cells = [
            [
                _FragmentCell(self._marked(cell, ids), cell.rows, index <= leading, _alignment(cell))
                for index, cell in enumerate(row.cells)
            ]
            for row in rows
        ]
        return _Section(title, cells, len(cells[0]))

    def _marked(self, cell: Cell, ids: TableIds) -> Raw:
        """A cell with the marks of its notes."""
        html = self.cell(cell)
        return Raw(html + marks(cell, ids, self._language) if cell.notes else html)

    def state(self, state: Span) -> str:
        """A state as a sign with a label, or in words. The words of its column have the class of the state."""
        sign = SIGNS.get(state.text)
        if state.words:
            return f'<span class="{state_class(state)}">{self.escape(state.words)}</span>'
        return (
            f'<span role="img" aria-label="{self.escape(state.label)}">{sign}</span>'
            if sign
            else self.escape(state.label)
        )

    def inline(self, inline: Inline) -> str:
        """Markdown of a fact. Braces and backticks are encoded in the HTML, also in URLs."""
        return super().inline(inline).translate(_ENCODED)
