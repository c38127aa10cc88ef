"""Fragments for Hugo: partials as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sitegen.documents.documents import Partial
from sitegen.formats.escapes import escape_html, in_comment
from sitegen.formats.html_tables import SIGNS, HtmlCellWriter, TableIds, former_anchors, marks
from sitegen.formats.style import Style
from sitegen.markdown.inline import Inline
from sitegen.tables.grids import Cell, Row, Span, Table, state_class
from sitegen.tables.styles import TableStyle
from sitegen.templates.template import FileTemplates, Raw

_ENCODED = str.maketrans({"{": "&#123;", "}": "&#125;", "`": "&#96;"})


class _FragmentCell(NamedTuple):
    """A cell for a template. Its attributes are the number of rows that it spans, and its alignment."""

    text: Raw
    attributes: Raw
    is_header: bool


class _Section(NamedTuple):
    """A section for a template: its title, if any, and its rows with their attributes.

    The rows are without the cells that one above spans.
    """

    title: Raw | None
    rows: list[list[_FragmentCell]]
    columns: int
    attributes: list[Raw]


_NOTHING = Raw("")


def _attributes(style: TableStyle, id_: str, caption: str) -> Raw:
    """The attributes of a table. A hidden caption is its name for programs that read the page aloud."""
    named = escape_html(caption) if style.caption == "hidden" else ""
    attributes = {"id": id_ if style.ids == "yes" else "", "class": style.classes, "aria-label": named}
    return Raw("".join(f' {name}="{value}"' for name, value in attributes.items() if value))


def _alignment(cell: Cell) -> Raw:
    """The attribute for the alignment of a cell."""
    return Raw(f' style="text-align: {cell.align}"') if cell.align else _NOTHING


def _cell(cell: Cell, text: Raw, *, is_header: bool) -> _FragmentCell:
    attributes = Raw(f'{_alignment(cell).text} rowspan="{cell.rows}"') if cell.rows > 1 else _alignment(cell)
    return _FragmentCell(text, attributes, is_header)


class HtmlFragmentWriter(HtmlCellWriter):
    """Writes fragments for Hugo, with a template of `partials/`."""

    escape = staticmethod(escape_html)

    def __init__(self, templates: FileTemplates, style: Style) -> None:
        self._templates = templates
        self._language = style.language
        self._style = style.tables

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
        headers = [self._marked(cell, ids) for cell in table.headers if table.layout != "list"]
        style = table.style.over(self._style)
        with_ids = style.ids == "yes"
        sections = [self._section(*found, table.body.leading, ids, with_ids=with_ids) for found in table.body.sections]
        notes = [
            {"title": note.title, "text": Raw(self.inline(note.inline)), "number": note.number, "table": ids.table}
            for note in table.notes
        ]
        return {
            "caption": table.caption if style.caption in ("", "visible") else "",
            "attributes": _attributes(style, ids.table, table.caption),
            "wrapper": style.wrapper,
            "widths": [Raw(f' style="width: {width}"') if width else _NOTHING for width in table.widths],
            "layout": table.layout,
            "above": [{"text": text, "columns": size} for text, size in above if any(text for text, _ in above)],
            "headers": headers,
            "align": [_alignment(cell) for cell in table.headers],
            "sections": sections,
            "rows": [[cell.text for cell in row] for section in sections for row in section.rows],
            "notes": notes,
        }

    def _section(
        self, section: Cell | None, rows: Sequence[Row], leading: int, ids: TableIds, *, with_ids: bool
    ) -> _Section:
        title = None if section is None else self._marked(section, ids)
        own = [ids.free(f"{ids.table}-{row.own_id}") if with_ids else "" for row in rows]
        cells = [
            [
                _cell(cell, self._marked(cell, ids), is_header=index <= leading)
                for index, cell in enumerate(row.cells)
                if cell.rows
            ]
            for row in rows
        ]
        for row, shown in zip(rows, cells, strict=True) if with_ids else ():
            shown[0] = shown[0]._replace(text=Raw(shown[0].text.text + former_anchors(row, ids)))
        attributes = [Raw(f' id="{id_}"') if id_ else _NOTHING for id_ in own]
        return _Section(title, cells, len(rows[0].cells), attributes)

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
