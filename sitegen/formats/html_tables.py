"""Tables as HTML: those of the HTML site, and those of fragments that other sites include. Each is written once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sitegen.formats.commonmark import inline_to_html, markdown_of
from sitegen.formats.escapes import escape_html as escape_everywhere
from sitegen.formats.escapes import escape_markup as escape
from sitegen.formats.escapes import in_comment
from sitegen.formats.timeline import timeline_svg
from sitegen.frozen import frozen
from sitegen.markdown.inline import Inline, plain
from sitegen.tables.grids import NONE, Cell, Line, Row, Span, Table, TableBody, state_class, write_spans
from sitegen.templates.placeholders import deferrable
from sitegen.templates.template import FileTemplates, Raw

if TYPE_CHECKING:
    from sitegen.documents.documents import Partial
    from sitegen.facts.version_ranges import Range
    from sitegen.findings import Place
    from sitegen.formats.style import Style

_SIGNS = {"yes": "✓", "no": "✗", "partial": "◐"}
_MORE_SIGNS = {**_SIGNS, "unknown": "?", "not applicable": "–", "not tested": "?", NONE: "–"}
_CODED = str.maketrans({"{": "&#123;", "}": "&#125;", "`": "&#96;"})


class _CellWriter:
    """Writes what is in a cell. `escape` writes a value, and `below` begins a line that stands below another one."""

    escape: Callable[[str], str]
    below = "→ "

    def line(self, line: Line) -> str:
        """A line of a cell."""
        return (self.below if line.level else "") + write_spans(line.spans, self._span, self._link)

    def _span(self, span: Span) -> str:
        if span.kind == "text":
            return self.escape(span.text)
        if span.kind == "code":
            return f"<code>{self.escape(span.text)}</code>"
        return self.inline(span.inline) if span.kind == "markdown" else self.state(span)

    def _link(self, text: str, target: str) -> str:
        return f'<a href="{self.escape(self.whole(target))}">{text}</a>'

    def inline(self, inline: Inline) -> str:
        """Markdown of a fact, whose links are resolved."""
        source = markdown_of(inline, lambda _: "", lambda anchor: self.whole("".join(map(str, anchor.target))))
        return inline_to_html(source)

    def whole(self, target: str) -> str:
        """The target of a link as it is written."""
        return target

    def state(self, state: Span) -> str:
        """A state of support."""
        raise NotImplementedError


@frozen
class WrittenTable:
    """A table or list as HTML, the ids in it, and its rows as (id, text, other names)."""

    text: str
    ids: frozenset[str]
    rows: tuple[tuple[str, str, str], ...]


class TableWriter(_CellWriter):
    """Writes tables of the site: captions, scopes, ids for rows and notes.

    Rows that have been written are kept as long as the tables exist.
    """

    escape = staticmethod(escape)
    below = '<span class="below" aria-hidden="true">→ </span>'

    def __init__(self, style: Style) -> None:
        self.style = style
        self._bodies: WeakKeyDictionary[TableBody, WrittenTable] = WeakKeyDictionary()

    def table(self, table: Table, taken: set[str]) -> WrittenTable:
        """A table for a page on which some ids are taken already. Those of the table are taken then."""
        usual = f"{'list' if table.layout == 'list' else 'table'}-{table.id}"
        written = self._written(table, usual, set())
        if not written.ids.isdisjoint(taken):
            written = self._written(table, free(usual, taken), taken)
        taken |= written.ids
        return written

    def _written(self, table: Table, id_: str, taken: set[str]) -> WrittenTable:
        write = self._list if table.layout == "list" else self._table
        return write(table, id_, _Ids(id_, taken))

    def _list(self, table: Table, id_: str, ids: _Ids) -> WrittenTable:
        items = "\n".join(f"<li>{self._item(row, id_, ids)}</li>" for row in table.rows)
        return WrittenTable(f"<ul>\n{items}\n</ul>{self._notes(table, id_)}", ids.given(), ())

    def _table(self, table: Table, id_: str, ids: _Ids) -> WrittenTable:
        cells = [
            f'<th scope="col"{self.facts(cell.places)}>{self._cell(cell, id_, ids)}</th>' for cell in table.headers
        ]
        head = (
            f'<div class="table" role="region" aria-labelledby="{id_}" tabindex="0">\n<table>\n'
            f'<caption id="{id_}">{escape(table.caption)}</caption>\n<thead>\n<tr>{"".join(cells)}</tr>\n</thead>\n'
        )
        shared = ids.fresh and not any(cell.notes for cell in table.headers)
        body = self._bodies.get(table.body) if shared else None
        if body is None:
            body = self._body(table, id_, ids)
            if shared:
                self._bodies[table.body] = body
        return WrittenTable(head + body.text, ids.given() | body.ids, body.rows)

    def _body(self, table: Table, id_: str, ids: _Ids) -> WrittenTable:
        words = [[text for cell in row.cells if (text := self._words(cell))] for row in table.rows]
        own = [ids.free(f"{id_}-{'-'.join(record for _, record in row.records)}") for row in table.rows]
        names = _beginnings(words)
        rows = "\n".join(
            self._row(row, id_, ids, at, name) for row, at, name in zip(table.rows, own, names, strict=True)
        )
        figure = f"\n<figure>\n{timeline_svg(table.timeline, id_)}\n</figure>" if table.timeline else ""
        text = f"<tbody>\n{rows}\n</tbody>\n</table>\n</div>{self._notes(table, id_)}{figure}"
        others = [", ".join(row.names) for row in table.rows]
        return WrittenTable(text, ids.given(), tuple(zip(own, map(" · ".join, words), others, strict=True)))

    def _row(self, row: Row, table: str, ids: _Ids, id_: str, name: str) -> str:
        link = f' <a class="anchor" href="#{id_}" aria-label="Link to the row {escape(name)}">#</a>'
        first, *others = row.cells
        cells = [f'<th scope="row"{self.facts(first.places)}{_sought(row)}>{self._cell(first, table, ids)}{link}</th>']
        cells += [f"<td{self.facts(cell.places)}>{self._cell(cell, table, ids)}</td>" for cell in others]
        return f'<tr id="{id_}">{"".join(cells)}</tr>'

    def _item(self, row: Row, id_: str, ids: _Ids) -> str:
        cells = [(self._cell(cell, id_, ids), self.facts(cell.places)) for cell in row.cells]
        return " ".join(f"<span{facts}>{text}</span>" if facts else text for text, facts in cells)

    def _words(self, cell: Cell) -> str:
        """A cell as plain text."""
        return " ".join(["".join([self._plain(span) for span in line.spans]) for line in cell.lines])

    def _cell(self, cell: Cell, table: str, ids: _Ids) -> str:
        html = "<br>".join([self.line(line) for line in cell.lines])
        if len(cell.lines) > 1 and any(line.versions for line in cell.lines):
            html = "<br>".join(
                f'<span data-versions="{_intervals(line.versions)}">{self.line(line)}</span>' for line in cell.lines
            )
        for number in cell.notes:
            id_ = f' id="{table}-reference-{number}"' if ids.first(f"{table}-reference-{number}") else ""
            html += f'<sup><a{id_} href="#{table}-note-{number}" aria-label="Note {number}">{number}</a></sup>'
        return html

    def whole(self, target: str) -> str:
        return self.style.whole(target)

    def state(self, state: Span) -> str:
        sign = f'<span aria-hidden="true">{_MORE_SIGNS[state.text]}</span> ' if state.text in _MORE_SIGNS else ""
        return f'<span class="{state_class(state)}">{sign}{escape(self.style.word(state))}</span>'

    def _plain(self, span: Span) -> str:
        if span.kind == "state":
            return self.style.word(span) if span.text != NONE or span.words else ""
        return plain(span.inline, lambda _: "") if span.kind == "markdown" else span.text

    def _notes(self, table: Table, id_: str) -> str:
        if not table.notes:
            return ""
        items = "\n".join(
            f'<li id="{id_}-note-{note.number}"{self.facts(note.places)}>'
            + (f"<strong>{escape(note.title)}</strong>: " if note.title else "")
            + self.inline(note.inline)
            + f' <a class="back" href="#{id_}-reference-{note.number}" aria-label="Back to the table">↩</a></li>'
            for note in table.notes
        )
        return f'\n<ol class="notes" aria-label="Notes">\n{items}\n</ol>'

    def facts(self, places: Iterable[Place]) -> str:
        """The attribute that tells a preview where a value comes from."""
        if not self.style.annotate or not places:
            return ""
        return _facts(*map(str, dict.fromkeys(places)))


@deferrable
def _facts(*places: str) -> str:
    return f' data-facts="{escape(json.dumps(places))}"'


def _sought(row: Row) -> str:
    """Attributes by which the script of a theme finds a row: versions, each after the number of its cell, and names.

    A cell of several lines has the versions in itself.
    """
    stated = [
        _intervals(cell.lines[0].versions, str(number))
        for number, cell in enumerate(row.cells)
        if len(cell.lines) == 1 and cell.lines[0].versions
    ]
    versions = f' data-versions="{" ".join(stated)}"' if stated else ""
    return versions + (f' data-names="{escape(", ".join(row.names))}"' if row.names else "")


@lru_cache(maxsize=16384)
def _intervals(ranges: tuple[Range, ...], before: str = "") -> str:
    """Ranges as intervals, such as `[2.7,2.8) [3.5,)`."""
    texts = []
    for low, high in ranges:
        start = f"{'[' if low.inclusive else '('}{low.version}" if low else "("
        end = f"{high.version}{']' if high.inclusive else ')'}" if high else ")"
        texts.append(f"{before}{start},{end}")
    return " ".join(texts)


def _beginnings(rows: list[list[str]]) -> list[str]:
    """As many of the first cells of each row as tell it from the other rows."""
    many = 1
    found = [", ".join(row[:1]) for row in rows]
    while len(set(found)) < len(found) and any(len(row) > many for row in rows):
        many += 1
        often = Counter(found)
        found = [text if often[text] == 1 else ", ".join(row[:many]) for text, row in zip(found, rows, strict=True)]
    return found


class _Ids:
    """The ids on a page while a table is written."""

    def __init__(self, id_: str, before: set[str]) -> None:
        self._before = before
        self._taken = {*before, id_}

    @property
    def fresh(self) -> bool:
        """Whether nothing was taken before the table."""
        return not self._before

    def given(self) -> frozenset[str]:
        """The ids of the table so far, its own included."""
        return frozenset(self._taken - self._before)

    def free(self, id_: str) -> str:
        """The id, or one like it that is free."""
        found = free(id_, self._taken)
        self._taken.add(found)
        return found

    def first(self, id_: str) -> bool:
        """Whether nothing has an id so far."""
        new = id_ not in self._taken
        self._taken.add(id_)
        return new


def free(id_: str, taken: set[str]) -> str:
    """The id, or one with a number that is free."""
    number, found = 0, id_
    while found in taken:
        number += 1
        found = f"{id_}-{number}"
    return found


# --- fragments -----------------------------------------------------------------------


class FragmentWriter(_CellWriter):
    """Writes fragments: cells here, their frame by a template of `partials/`. It keeps the cells with the tables."""

    escape = staticmethod(escape_everywhere)

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
            rows = self._rows[table.body] = [[Raw(self._cell(cell)) for cell in row.cells] for row in table.rows]
        return {
            "caption": table.caption,
            "layout": table.layout,
            "headers": [Raw(self._cell(cell)) for cell in table.headers],
            "rows": rows,
            "notes": [{"title": note.title, "text": Raw(self.inline(note.inline))} for note in table.notes],
        }

    def _cell(self, cell: Cell) -> str:
        return "<br>".join(self.line(line) for line in cell.lines)

    def state(self, state: Span) -> str:
        """A state as a sign with a name, or in words; in those of its column it keeps its class."""
        sign = _SIGNS.get(state.text)
        if state.words:
            return f'<span class="{state_class(state)}">{self.escape(state.words)}</span>'
        return f'<span role="img" aria-label="{state.label}">{sign}</span>' if sign else self.escape(state.label)

    def inline(self, inline: Inline) -> str:
        """The same. Braces and backticks are encoded after it is HTML, wherever they stand."""
        return super().inline(inline).translate(_CODED)
