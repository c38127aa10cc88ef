"""Tables in HTML: the content of cells, and the tables of the HTML site."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain, count, islice

from sitegen.facts.version_ranges import Range
from sitegen.findings import Place
from sitegen.formats.commonmark import inline_to_html, markdown_of
from sitegen.formats.escapes import escape_markup as escape
from sitegen.formats.style import Style
from sitegen.formats.timeline import timeline_svg
from sitegen.languages.catalogue import Language
from sitegen.markdown.inline import Inline
from sitegen.tables.grids import NONE, Cell, Line, Row, Span, Table, plain_text, state_class, write_spans
from sitegen.templates.placeholders import deferrable

SIGNS = {"yes": "✓", "no": "✗", "partial": "◐"}
_MORE_SIGNS = {**SIGNS, "unknown": "?", "not applicable": "–", "not tested": "?", NONE: "–"}


class HtmlCellWriter:
    """Writes the content of cells.

    `escape` writes a value, and `absolute` the target of a link. `below` is the text before a line of a lower level.
    """

    escape: Callable[[str], str]
    absolute: Callable[[str], str] = staticmethod(str)
    below = "→ "

    def cell(self, cell: Cell) -> str:
        """A cell without its notes."""
        return "<br>".join([self.line(line) for line in cell.lines])

    def line(self, line: Line) -> str:
        """A line of a cell."""
        return (self.below if line.level else "") + write_spans(line.spans, self._span, self._link)

    def _span(self, span: Span) -> str:
        if span.kind in ("text", "unbroken"):
            return self.escape(span.text)
        if span.kind == "code":
            return f"<code>{self.escape(span.text)}</code>"
        return self.inline(span.inline) if span.kind == "markdown" else self.state(span)

    def _link(self, text: str, target: str) -> str:
        return f'<a href="{self.escape(self.absolute(target))}">{text}</a>'

    def inline(self, inline: Inline) -> str:
        """Markdown of a fact. Its links have targets, not names."""
        source = markdown_of(inline, lambda _: "", lambda anchor: self.absolute("".join(map(str, anchor.target))))
        return inline_to_html(source)

    def state(self, state: Span) -> str:
        """A state of support."""
        raise NotImplementedError


Rows = tuple[tuple[str, str, str], ...]
"""The rows of a table as (id, text, other names)."""


class HtmlTableWriter(HtmlCellWriter):
    """Writes tables of the site: captions, scopes, ids of rows and notes."""

    escape = staticmethod(escape)
    below = '<span class="below" aria-hidden="true">→ </span>'

    def __init__(self, style: Style) -> None:
        self.style = style
        self.absolute = style.absolute

    def table(self, table: Table, taken: set[str]) -> tuple[str, Rows]:
        """A table or list for a page with ids that are `taken`, and its rows. Adds the ids of the table to them."""
        is_list = table.layout == "list"
        ids = TableIds(f"{'list' if is_list else 'table'}-{table.id}", taken)
        return (self._list(table, ids), ()) if is_list else self._table(table, ids)

    def _span(self, span: Span) -> str:
        text = super()._span(span)
        return f'<span class="unbroken">{text}</span>' if span.kind == "unbroken" else text

    def _list(self, table: Table, ids: TableIds) -> str:
        items = "\n".join(f"<li>{self._item(row, ids)}</li>" for row in table.rows)
        return f"<ul>\n{items}\n</ul>{self._notes(table, ids)}"

    def _item(self, row: Row, ids: TableIds) -> str:
        cells = [(self._cell(cell, ids), self.facts(cell.places)) for cell in row.cells]
        return " ".join(f"<span{facts}>{text}</span>" if facts else text for text, facts in cells)

    def _table(self, table: Table, ids: TableIds) -> tuple[str, Rows]:
        grouped = any(above is not None for above in table.above)
        attribute = ' class="grouped"' if grouped or table.body.leading else ""
        head = (
            f'<div class="table" role="region" aria-labelledby="{ids.table}" tabindex="0">\n<table{attribute}>\n'
            f'<caption id="{ids.table}">{escape(table.caption)}</caption>\n'
            f"{self._head(table, ids, grouped=grouped)}\n</thead>\n"
        )
        body, rows = self._body(table, ids)
        return head + body, rows

    def _head(self, table: Table, ids: TableIds, *, grouped: bool) -> str:
        """The headers, in two rows if there are headers above them."""

        def header(cell: Cell, attributes: str) -> str:
            return f"<th {attributes}{self._attributes(cell)}>{self._cell(cell, ids)}</th>"

        if not grouped:
            cells = "".join([header(cell, 'scope="col"') for cell in table.headers])
            return f"<thead>\n<tr>{cells}</tr>"
        columns, first, second = "", "", ""
        headers = iter(table.headers)
        for above, size in table.header_groups:
            columns += f'<colgroup span="{size}"></colgroup>'
            if above is None:
                first += header(next(headers), 'scope="col" rowspan="2"')
            else:
                first += header(above, f'scope="colgroup" colspan="{size}"')
                second += "".join([header(next(headers), 'scope="col"') for _ in range(size)])
        return f"{columns}\n<thead>\n<tr>{first}</tr>\n<tr>{second}</tr>"

    def _body(self, table: Table, ids: TableIds) -> tuple[str, Rows]:
        """What follows the headers, and the rows."""
        words = [
            [text for cell in (*row.cells, row.section) if cell and (text := self._words(cell))] for row in table.rows
        ]
        own = [ids.free(f"{ids.table}-{row.own_id}") for row in table.rows]
        anchors = [former_anchors(row, ids) if any(row.was) else "" for row in table.rows]
        written = zip(table.rows, own, anchors, _row_names(words), strict=True)
        lines: list[str] = []
        for section, members in table.body.sections:
            lines.append("</tbody>\n<tbody>" if lines else "<tbody>")
            if section is not None:
                size, facts = len(members[0].cells), self.facts(section.places)
                cell = f'<th scope="rowgroup" colspan="{size}"{facts}>{self._cell(section, ids)}</th>'
                lines.append(f'<tr class="section">{cell}</tr>')
            for row, id_, former, name in islice(written, len(members)):
                lines.append(self._row(row, ids, (id_, former, name), table.body.leading))
        rows = "\n".join(lines) if lines else "<tbody>\n"
        timeline = timeline_svg(table.timeline, ids.table, self.style.language) if table.timeline else ""
        figure = f"\n<figure>\n{timeline}\n</figure>" if timeline else ""
        text = f"{rows}\n</tbody>\n</table>\n</div>{self._notes(table, ids)}{figure}"
        others = [", ".join(row.names) for row in table.rows]
        return text, tuple(zip(own, map(" · ".join, words), others, strict=True))

    def _row(self, row: Row, ids: TableIds, own: tuple[str, str, str], leading: int) -> str:
        """A row with its id, anchors with former ids, and its name."""
        id_, former, name = own
        label = escape(self.style.language.text("table.row", row=name))
        link = f' <a class="anchor" href="#{id_}" aria-label="{label}">#</a>{former}'
        cells: list[str] = []
        for index, cell in enumerate(row.cells):
            if cell.rows:
                tag, facts = "th" if index <= leading else "td", self._attributes(cell)
                facts = (' scope="row"' if tag == "th" else "") + facts
                facts += self._search_terms(row) if index == leading else ""
                text = self._cell(cell, ids) + (link if index == leading else "")
                if cell.rows > 1:
                    facts, text = f'{facts} rowspan="{cell.rows}"', f'<span class="spanning">{text}</span>'
                cells.append(f"<{tag}{facts}>{text}</{tag}>")
        return f'<tr id="{id_}">{"".join(cells)}</tr>'

    def _search_terms(self, row: Row) -> str:
        """Attributes that the script of a theme searches: versions, each after the number of its cell, and names.

        The versions of a cell with several lines are in the cell. The section is one of the names.
        """
        stated = [
            _intervals(cell.lines[0].versions, str(number))
            for number, cell in enumerate(row.cells)
            if len(cell.lines) == 1 and cell.lines[0].versions
        ]
        names = row.names if row.section is None else (*row.names, self._words(row.section))
        versions = f' data-versions="{" ".join(stated)}"' if stated else ""
        return versions + (f' data-names="{escape(", ".join(names))}"' if names else "")

    def _words(self, cell: Cell) -> str:
        """A cell as plain text."""
        return " ".join([plain_text(line.spans, self._state_in_words) for line in cell.lines])

    def _state_in_words(self, state: Span) -> str:
        return self.style.word(state) if state.text != NONE or state.words else ""

    def _cell(self, cell: Cell, ids: TableIds) -> str:
        html = self.cell(cell)
        if len(cell.lines) > 1 and any(line.versions for line in cell.lines):
            html = "<br>".join(
                f'<span data-versions="{_intervals(line.versions)}">{self.line(line)}</span>' for line in cell.lines
            )
        return html + marks(cell, ids, self.style.language) if cell.notes else html

    def state(self, state: Span) -> str:
        """A state as a sign and a word. If the words of the column have no letters, as `⊛`, they are the sign."""
        sign, word = _MORE_SIGNS.get(state.text, ""), self.style.word(state)
        if word and not any(map(str.isalnum, word)):
            sign, word = word, state.name or self.style.language.text("not stated")
        shown = f'<span aria-hidden="true">{escape(sign)}</span> ' if sign else ""
        return f'<span class="{state_class(state)}">{shown}{escape(word)}</span>'

    def _notes(self, table: Table, ids: TableIds) -> str:
        if not table.notes:
            return ""
        language = self.style.language
        items = "\n".join(
            f'<li id="{ids.table}-note-{note.number}"{self.facts(note.places)}>'
            + (f"<strong>{escape(note.title)}</strong>: " if note.title else "")
            + self.inline(note.inline)
            + f' <a class="back" href="#{ids.table}-reference-{note.number}"'
            + f' aria-label="{escape(language.text("table.back"))}">↩</a></li>'
            for note in table.notes
        )
        return f'\n<ol class="notes" aria-label="{escape(language.text("table.notes"))}">\n{items}\n</ol>'

    def _attributes(self, cell: Cell) -> str:
        return (f' class="{cell.align}"' if cell.align else "") + self.facts(cell.places)

    def facts(self, places: Iterable[Place]) -> str:
        """The attribute with the places of a value, which the preview uses."""
        if not self.style.annotate or not places:
            return ""
        return _facts(*map(str, dict.fromkeys(places)))


def marks(cell: Cell, ids: TableIds, language: Language) -> str:
    """The marks of the notes of a cell, which link to the notes. The first mark of a note has an id."""
    html = ""
    for number in cell.notes:
        id_, target = f"{ids.table}-reference-{number}", f"#{ids.table}-note-{number}"
        attribute = f' id="{id_}"' if ids.first(id_) else ""
        label = escape(language.text("table.note", number=number))
        html += f'<sup><a{attribute} href="{target}" aria-label="{label}">{number}</a></sup>'
    return html


@deferrable
def _facts(*places: str) -> str:
    return f' data-facts="{escape(json.dumps(places))}"'


@lru_cache(maxsize=16384)
def _intervals(ranges: tuple[Range, ...], before: str = "") -> str:
    """Ranges as intervals, such as `[2.7,2.8) [3.5,)`."""
    texts = []
    for low, high in ranges:
        start = f"{'[' if low.inclusive else '('}{low.version}" if low else "("
        end = f"{high.version}{']' if high.inclusive else ')'}" if high else ")"
        texts.append(f"{before}{start},{end}")
    return " ".join(texts)


def former_anchors(row: Row, ids: TableIds) -> str:
    """Anchors with the former ids of a row, unless something else has them now."""
    found = [id_ for former in row.former_ids if ids.first(id_ := f"{ids.table}-{former}")]
    return "".join([f'<a id="{id_}"></a>' for id_ in found])


def _row_names(rows: list[list[str]]) -> list[str]:
    """The texts of the first cells of each row: as many cells as distinguish it from the other rows."""
    size = 1
    names = [", ".join(row[:1]) for row in rows]
    while len(set(names)) < len(names) and any(len(row) > size for row in rows):
        size += 1
        count = Counter(names)
        names = [name if count[name] == 1 else ", ".join(row[:size]) for name, row in zip(names, rows, strict=True)]
    return names


class TableIds:
    """The ids of a `table`, on a page with ids that are `taken`, to which they are added."""

    def __init__(self, table: str, taken: set[str]) -> None:
        self._taken = taken
        self.table = self.free(table)

    def free(self, id_: str) -> str:
        """Take the id, or the id with a number."""
        candidates = chain([id_], (f"{id_}-{number}" for number in count(1)))
        found = next(candidate for candidate in candidates if candidate not in self._taken)
        self._taken.add(found)
        return found

    def first(self, id_: str) -> bool:
        """Take the id. Returns whether it was free."""
        new = id_ not in self._taken
        self._taken.add(id_)
        return new
