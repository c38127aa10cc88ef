"""Tables as HTML fragments: cells written here, their frame by the templates of `partials/`."""

from __future__ import annotations

from itertools import groupby
from weakref import WeakKeyDictionary

from sitegen.dialects.commonmark import inline_to_html, markdown_of
from sitegen.dialects.markdown import escape_html, in_comment
from sitegen.documents import Partial
from sitegen.grids import Cell, Line, Span, Table, TableBody, state_class
from sitegen.inline import Inline
from sitegen.templates import FileTemplates, Raw

_CODED = str.maketrans({"{": "&#123;", "}": "&#125;", "`": "&#96;"})
_SIGNS = {"yes": "✓", "no": "✗", "partial": "◐"}


class FragmentWriter:
    """Writes HTML fragments, and keeps the cells of their tables as long as these are there."""

    def __init__(self, templates: FileTemplates) -> None:
        self._templates = templates
        self._rows: WeakKeyDictionary[TableBody, list[list[Raw]]] = WeakKeyDictionary()

    def fragment(self, partial: Partial) -> str:
        """An HTML fragment, without empty lines. Raises TemplateProblem."""
        tables = [self._table(table) for table in partial.tables]
        names = {"tables": tables, "sources": in_comment(partial.sources), "id": partial.id}
        text = self._templates.render("fragment.html", names)
        return "\n".join([line.rstrip() for line in text.split("\n") if line.strip()]) + "\n"

    def _table(self, table: Table) -> dict[str, object]:
        rows = self._rows.get(table.body)
        if rows is None:
            rows = self._rows[table.body] = [[Raw(_cell(cell)) for cell in row.cells] for row in table.rows]
        return {
            "caption": table.caption,
            "layout": table.layout,
            "headers": [Raw(_cell(cell)) for cell in table.headers],
            "rows": rows,
            "notes": [{"title": note.title, "text": Raw(_inline(note.inline))} for note in table.notes],
        }


def _cell(cell: Cell) -> str:
    return "<br>".join(_line(line) for line in cell.lines)


def _line(line: Line) -> str:
    """Spans beside each other that lead to one target are one link."""
    out = ["→ "] if line.level else []
    for target, spans in groupby(line.spans, key=lambda span: span.target):
        html = "".join(_span(span) for span in spans)
        out.append(f'<a href="{escape_html(target)}">{html}</a>' if target else html)
    return "".join(out)


def _span(span: Span) -> str:
    if span.kind == "state":
        return _state(span)
    if span.kind == "markdown":
        return _inline(span.inline)
    if span.kind == "code":
        return f"<code>{escape_html(span.text)}</code>"
    return escape_html(span.text)


def _state(span: Span) -> str:
    """A state as a sign with a name, or in words; in those of its column it keeps its class."""
    sign = _SIGNS.get(span.text)
    if span.words:
        return f'<span class="{state_class(span)}">{escape_html(span.words)}</span>'
    return f'<span role="img" aria-label="{span.label}">{sign}</span>' if sign else escape_html(span.label)


def _inline(inline: Inline) -> str:
    """Markdown of a fact. Braces and backticks are encoded after it is HTML, wherever they stand."""
    source = markdown_of(inline, lambda _: "", lambda anchor: "".join(map(str, anchor.target)))
    return inline_to_html(source).translate(_CODED)
