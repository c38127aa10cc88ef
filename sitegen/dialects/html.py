"""HTML: a static site that needs nothing but its files.

Prose is turned from Markdown before values are put in, so that pages which differ only
in values share the work, and no value is ever read as Markdown or HTML.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from html import escape
from itertools import groupby
from posixpath import relpath

from sitegen.dialects.commonmark import inline_to_html, markdown_of, to_html
from sitegen.dialects.markdown import escape_target
from sitegen.dialects.style import Style
from sitegen.dialects.timeline import timeline_svg
from sitegen.documents import Document, Partial
from sitegen.findings import Place
from sitegen.grids import Cell, Line, Row, Span, Table
from sitegen.inline import Anchor, Hole, Inline, Parts, plain
from sitegen.pages import Alert, Blank, Block, Fence, Heading, Prose, Slot
from sitegen.templates import MARK, FileTemplates, Raw, mark
from sitegen.values import STATES

DEFAULTS = Style(
    words={"yes": "yes", "no": "no"},
    levels={"note": "Note", "tip": "Tip", "important": "Important", "warning": "Warning", "caution": "Caution"},
)
# Stand around an annotated value that is Markdown. To its markup they are punctuation, as other neighbours may be.
_BEGIN, _END = "\u2e22", "\u2e23"
_MARKED = re.compile(f"{MARK.pattern}{_BEGIN}(.*?){_END}{MARK.pattern}", re.DOTALL)
_TAG_OR_MARK = re.compile(f"<[^>]*>|{MARK.pattern}")
_SIGNS = {"yes": "✓", "no": "✗", "partial": "◐", "unknown": "?", "not applicable": "–", "not tested": "?"}


def page(document: Document, style: Style, theme: FileTemplates) -> str:
    """A page of the site."""
    writer = _Writer(style, document)
    content = writer.blocks(document.blocks)
    here = document.about.path
    root = _up(here, document.about.root)
    names = {
        "title": document.title,
        "product": document.about.product,
        "library": document.about.library,
        "site": document.about.site,
        "as_of": document.about.as_of,
        "root": root,
        "canonical": _absolute(style, here, document.about.root),
        "alternate": "index.md",
        "content": Raw(content),
        "contents": [{"id": id_, "level": level, "text": text} for level, id_, text in writer.contents if level < 4],
        "nav": [
            {"href": relpath(item.path, here.rpartition("/")[0]), "text": item.product, "current": item.path == here}
            for item in document.about.nav
            if item.library == document.about.library
        ],
        "sources": ", ".join(document.sources),
    }
    return theme.render("page.html", names)


def site(documents: ReadOnly[str, Document], style: Style, theme: FileTemplates) -> dict[str, str]:
    """What a site has beside its pages: an index, a site map, the index for finding, and the theme's files."""
    first = next(iter(documents.values()), None)
    if first is None:
        return {}
    root = first.about.root
    libraries: dict[str, list[dict[str, str]]] = {}
    for item in first.about.nav:
        entry = {"href": relpath(item.path, root), "text": item.product}
        libraries.setdefault(item.library, []).append(entry)
    names = {
        "site": first.about.site,
        "as_of": first.about.as_of,
        "libraries": [{"name": name, "pages": pages} for name, pages in libraries.items()],
        "canonical": _absolute(style, f"{root}/index.html", root),
        "root": "",
    }
    files = {f"{root}/index.html": theme.render("index.html", names)}
    files[f"{root}/assets/find-index.js"] = _find_index(documents, root)
    for name in theme.names:
        if name.startswith("assets/"):
            files[f"{root}/{name}"] = theme.text(name)
    if style.url:
        addresses = [_absolute(style, path, root) for path in (f"{root}/index.html", *documents)]
        entries = "".join(f"  <url><loc>{escape(address)}</loc></url>\n" for address in addresses)
        files[f"{root}/sitemap.xml"] = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
        )
    return files


def _up(path: str, root: str) -> str:
    """What leads from a page to the root of the site."""
    return "../" * (path.count("/") - root.count("/") - 1)


def _absolute(style: Style, path: str, root: str) -> str:
    if not style.url:
        return ""
    return style.url.rstrip("/") + "/" + without_index(path.removeprefix(root + "/"))


def without_index(path: str) -> str:
    """The address of a page: that of its folder, where it is the first page of one."""
    folder, slash, name = path.rpartition("/")
    return folder + slash if name == "index.html" else path


def _find_index(documents: ReadOnly[str, Document], root: str) -> str:
    """Every heading and row with where it stands, as a script, so that it can be read from the file system too."""
    entries = []
    for path, document in documents.items():
        where = f"{document.about.product} · {document.about.library}"
        writer = _Writer(Style(), document)
        writer.blocks(document.blocks)
        address = relpath(path, root)
        entries.append([where, document.title, address])
        entries += [[where, text, f"{address}#{id_}"] for _, id_, text in writer.contents]
        entries += [[where, text, f"{address}#{id_}"] for id_, text in writer.rows]
    lines = ",\n".join(json.dumps(entry, ensure_ascii=True) for entry in entries)
    return f"window.findIndex = [\n{lines}\n];\n".replace("<", "\\u003c")


# --- prose ---------------------------------------------------------------------------


class _Writer:
    """Writes one document, and collects what a table of contents and a search need."""

    def __init__(self, style: Style, document: Document) -> None:
        self.style = style
        self.document = document
        self.anchors = iter(document.anchors)
        self.contents: list[tuple[int, str, str]] = []
        self.rows: list[tuple[str, str]] = []
        self.level = 1
        self.taken: set[str] = set(document.anchors)

    def blocks(self, blocks: tuple[Block, ...]) -> str:
        """The HTML of blocks."""
        out: list[str] = []
        prose: list[str] = []
        for block in blocks:
            if isinstance(block, Prose):
                prose.append(self._source(block.inline))
            elif isinstance(block, Blank):
                prose.append("")
            else:
                out += self._prose(prose)
                prose.clear()
                out.append(self._block(block))
        return "\n".join([*out, *self._prose(prose)])

    def _prose(self, lines: list[str]) -> Iterator[str]:
        text = "\n".join(lines).strip("\n")
        if text:
            yield self._filled(to_html(text))

    def _block(self, block: Heading | Alert | Slot | Fence) -> str:
        if isinstance(block, Heading):
            return self._heading(block)
        if isinstance(block, Alert):
            name = escape(self.style.levels.get(block.level, block.level))
            inner = self.blocks(block.blocks)
            return f'<div class="alert {block.level}" role="note">\n<p class="alert-title">{name}</p>\n{inner}\n</div>'
        if isinstance(block, Fence):
            return self._fence(block)
        slot = self.document.slots[block.index]
        return "\n".join(self.table(table) for table in (slot.tables if isinstance(slot, Partial) else (slot,)))

    def _heading(self, block: Heading) -> str:
        id_ = next(self.anchors)
        text = plain(block.inline, lambda index: self.document.inserts[index].plain)
        html = self._filled(inline_to_html(self._source(block.inline)))
        if not id_:
            return f'<p class="title">{html}</p>'
        # No level is left out for those who go from heading to heading.
        self.level = level = min(block.level, self.level + 1)
        self.contents.append((level, id_, text))
        link = f'<a class="anchor" href="#{id_}" aria-label="Link to {escape(text)}">#</a>'
        return f'<h{level} id="{id_}">{html} {link}</h{level}>'

    def _fence(self, block: Fence) -> str:
        lines = self._joined(block.parts, str).split("\n")
        opening = re.match(r"[ \t>]*[`~]{3,}\s*([\w+-]*)", lines[0])
        language = f' class="language-{escape(opening[1])}"' if opening and opening[1] else ""
        return f"<pre><code{language}>{escape(chr(10).join(lines[1:-1]))}\n</code></pre>"

    def _filled(self, html: str) -> str:
        return _TAG_OR_MARK.sub(self._value, _MARKED.sub(self._marked, html) if self.style.annotate else html)

    def _marked(self, match: re.Match[str]) -> str:
        """A value that is Markdown of its author, with the places of its facts."""
        return f"<span{self._facts(self.document.inserts[int(match[1])].places)}>{match[2]}</span>"

    def _value(self, match: re.Match[str]) -> str:
        """The value that a mark stands for; inside a tag it stands alone."""
        if not match[1]:
            return MARK.sub(lambda inner: escape(self.document.inserts[int(inner[1])].text), match[0])
        insert = self.document.inserts[int(match[1])]
        facts = self._facts(insert.places)
        return f"<span{facts}>{escape(insert.text)}</span>" if facts else escape(insert.text)

    def _facts(self, places: Iterable[Place]) -> str:
        """The attribute that tells a preview where a value comes from."""
        if not self.style.annotate or not places:
            return ""
        return f' data-facts="{escape(json.dumps([str(place) for place in dict.fromkeys(places)]))}"'

    def _joined(self, parts: Parts, write: Callable[[str], str]) -> str:
        inserts = self.document.inserts
        return "".join(part if isinstance(part, str) else write(inserts[part.index].text) for part in parts)

    def _source(self, inline: Inline) -> str:
        """A paragraph as Markdown with marks for its values."""
        return markdown_of(inline, self._hole, self._target)

    def _hole(self, hole: Hole) -> str:
        insert = self.document.inserts[hole.index]
        if insert.inline is None:
            return mark(hole.index)
        source = self._source(insert.inline)
        around = mark(hole.index)
        return f"{around}{_BEGIN}{source}{_END}{around}" if self._facts(insert.places) else source

    def _target(self, piece: Anchor) -> str:
        target = self.document.links.get(piece.name, "") if piece.name else self._joined(piece.target, escape_target)
        return self.style.base_url.rstrip("/") + target if target.startswith("/") else target

    # Tables.

    def table(self, table: Table) -> str:
        """A table with a caption, header scopes, an id for each row and its notes; or a list."""
        if table.layout == "list":
            id_ = self._free(f"list-{table.id}")
            items = "\n".join(f"<li>{self._item(row, id_)}</li>" for row in table.rows)
            return f"<ul>\n{items}\n</ul>" + self._notes(table, id_)
        id_ = self._free(f"table-{table.id}")
        head = "".join(
            f'<th scope="col"{self._facts(cell.places)}>{self._cell(cell, id_)}</th>' for cell in table.headers
        )
        rows = "\n".join(self._row(row, id_) for row in table.rows)
        notes = self._notes(table, id_)
        timeline = f"\n<figure>\n{timeline_svg(table.timeline, id_)}\n</figure>" if table.timeline else ""
        return (
            f'<div class="table" role="region" aria-labelledby="{id_}" tabindex="0">\n<table>\n'
            f'<caption id="{id_}">{escape(table.caption)}</caption>\n'
            f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{rows}\n</tbody>\n</table>\n</div>{notes}{timeline}"
        )

    def _free(self, id_: str) -> str:
        number, free = 0, id_
        while free in self.taken:
            number += 1
            free = f"{id_}-{number}"
        self.taken.add(free)
        return free

    def _row(self, row: Row, table: str) -> str:
        id_ = self._free(f"{table}-{'-'.join(record for _, record in row.records)}")
        texts = [self._words(cell) for cell in row.cells]
        self.rows.append((id_, " · ".join(text for text in texts if text)))
        link = f' <a class="anchor" href="#{id_}" aria-label="Link to the row {escape(texts[0])}">#</a>'
        first, *others = row.cells
        cells = [f'<th scope="row"{self._facts(first.places)}>{self._cell(first, table)}{link}</th>']
        cells += [f"<td{self._facts(cell.places)}>{self._cell(cell, table)}</td>" for cell in others]
        return f'<tr id="{id_}">{"".join(cells)}</tr>'

    def _item(self, row: Row, id_: str) -> str:
        cells = [(self._cell(cell, id_), self._facts(cell.places)) for cell in row.cells]
        return " ".join(f"<span{facts}>{text}</span>" if facts else text for text, facts in cells)

    def _words(self, cell: Cell) -> str:
        """A cell as plain text."""
        lines = ("".join(self._plain(span) for span in line.spans) for line in cell.lines)
        return " ".join(lines)

    def _cell(self, cell: Cell, table: str) -> str:
        html = "<br>".join(self._line(line) for line in cell.lines)
        for number in cell.notes:
            reference = f"{table}-reference-{number}"
            id_ = "" if reference in self.taken else f' id="{reference}"'
            self.taken.add(reference)
            html += f'<sup><a{id_} href="#{table}-note-{number}" aria-label="Note {number}">{number}</a></sup>'
        return html

    def _line(self, line: Line) -> str:
        sub = '<span class="below" aria-hidden="true">→ </span>' if line.level else ""
        out = [sub]
        for target, spans in groupby(line.spans, key=lambda span: span.target):
            html = "".join(self._span(span) for span in spans)
            whole = self.style.base_url.rstrip("/") + target if target.startswith("/") else target
            out.append(f'<a href="{escape(whole)}">{html}</a>' if target else html)
        return "".join(out)

    def _span(self, span: Span) -> str:
        if span.kind == "state":
            sign = _SIGNS.get(span.text, "")
            kind = span.text.replace(" ", "-")
            word = escape(self._word(span))
            html = f'<span class="state {kind}"><span aria-hidden="true">{sign}</span> {word}</span>' if word else ""
        elif span.kind == "markdown":
            html = inline_to_html(self._source(span.inline))
        elif span.kind == "code":
            html = f"<code>{escape(span.text)}</code>"
        else:
            html = escape(span.text)
        return html

    def _plain(self, span: Span) -> str:
        if span.kind == "state":
            return self._word(span)
        return plain(span.inline, lambda _: "") if span.kind == "markdown" else span.text

    def _word(self, state: Span) -> str:
        """The word for a state: the site's, else the usual one."""
        return self.style.words.get(state.text, STATES[state.text])

    def _notes(self, table: Table, id_: str) -> str:
        if not table.notes:
            return ""
        items = "\n".join(
            f'<li id="{id_}-note-{note.number}"{self._facts(note.places)}>'
            + (f"<strong>{escape(note.title)}</strong>: " if note.title else "")
            + inline_to_html(self._source(note.inline))
            + f' <a class="back" href="#{id_}-reference-{note.number}" aria-label="Back to the table">↩</a></li>'
            for note in table.notes
        )
        return f'\n<ol class="notes" aria-label="Notes">\n{items}\n</ol>'
