"""Tables as HTML fragments: cells written here, their frame by the templates of `partials/`."""

from __future__ import annotations

import re

from sitegen.dialects.markdown import escape_html
from sitegen.documents import Partial
from sitegen.grids import Cell, Line, Span, Table
from sitegen.inline import Anchor, Code, Inline
from sitegen.templates import FileTemplates, Raw
from sitegen.values import STATES

_EMPHASIS = str.maketrans({"\ufdd0": "<strong>", "\ufdd1": "</strong>", "\ufdd2": "<em>", "\ufdd3": "</em>"})
_SIGNS = {"yes": "✓", "no": "✗", "partial": "◐"}


def render_fragment(partial: Partial, templates: FileTemplates) -> str:
    """An HTML fragment, without empty lines. Raises TemplateProblem."""
    tables = [_table(table) for table in partial.tables]
    names = {"tables": tables, "sources": ", ".join(partial.sources), "id": partial.id}
    text = templates.render("fragment.html", names)
    return "\n".join(line.rstrip() for line in text.split("\n") if line.strip()) + "\n"


def _table(table: Table) -> dict[str, object]:
    return {
        "caption": table.caption,
        "layout": table.layout,
        "headers": [Raw(_cell(cell)) for cell in table.headers],
        "rows": [[Raw(_cell(cell)) for cell in row.cells] for row in table.rows],
        "notes": [{"title": note.title, "text": Raw(_inline(note.inline))} for note in table.notes],
    }


def _cell(cell: Cell) -> str:
    return "<br>".join(_line(line) for line in cell.lines)


def _line(line: Line) -> str:
    return ("→ " if line.level else "") + "".join(_span(span) for span in line.spans)


def _span(span: Span) -> str:
    if span.kind == "state":
        html = _state(span.text)
    elif span.kind == "markdown":
        html = _inline(span.inline)
    elif span.kind == "code":
        html = f"<code>{escape_html(span.text)}</code>"
    else:
        html = escape_html(span.text)
    return f'<a href="{escape_html(span.target)}">{html}</a>' if span.target else html


def _state(state: str) -> str:
    sign = _SIGNS.get(state)
    if sign is None:
        return escape_html(STATES[state])
    return f'<span role="img" aria-label="{STATES[state]}">{sign}</span>'


def _inline(inline: Inline) -> str:
    out = []
    for piece in inline:
        if isinstance(piece, str):
            text = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", piece)
            text = re.sub(r"\*\*(.+?)\*\*", "\ufdd0\\1\ufdd1", text)
            text = escape_html(re.sub(r"\*(.+?)\*", "\ufdd2\\1\ufdd3", text))
            out.append(text.translate(_EMPHASIS))
        elif isinstance(piece, Code):
            out.append("<code>" + escape_html("".join(str(part) for part in piece.parts)) + "</code>")
        elif isinstance(piece, Anchor):
            target = "".join(str(part) for part in piece.target)
            out.append(f'<a href="{escape_html(target)}">{_inline(piece.text)}</a>')
    return "".join(out)
