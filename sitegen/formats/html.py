"""The HTML site: pages for people, with an index, a support timeline, and an index for finding.

Prose is Markdown by the rules of CommonMark, so that every other dialect reads it the same; its
text is compiled once for all pages that differ in their values only. The frame of a page and of
the index are templates of the theme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from functools import lru_cache
from html import escape

from sitegen.dates import iso_in_words
from sitegen.documents.documents import About, Document, NavItem, Partial
from sitegen.formats.commonmark import inline_to_html, markdown_of, to_html
from sitegen.formats.compiled import Compiled, CompiledBodies, Gaps, shared_target
from sitegen.formats.escapes import escape_target
from sitegen.formats.html_tables import TableWriter
from sitegen.formats.search_index import Findable, find_index, find_libraries, find_library
from sitegen.formats.style import Style
from sitegen.formats.twin import TwinWriter
from sitegen.markdown.blocks import Alert, Blank, Block, Fence, Heading, Prose, Slot
from sitegen.markdown.inline import Anchor, Hole, Inline, Parts, joined, numbers
from sitegen.templates.template import MARK, FileTemplates, Raw, mark

DEFAULTS = Style(
    words={"yes": "yes", "no": "no"},
    levels={"note": "Note", "tip": "Tip", "important": "Important", "warning": "Warning", "caution": "Caution"},
)
# Stand around an annotated value that is Markdown. To its markup they are punctuation, as other neighbours may be.
_BEGIN, _END = "\u2e22", "\u2e23"
_MARKED = re.compile(f"{MARK.pattern}{_BEGIN}(.*?){_END}{MARK.pattern}", re.DOTALL)
_TAG_OR_MARK = re.compile(f"<[^>]*>|{MARK.pattern}")
_MARK_IN_TAG = re.compile(f"{MARK.pattern}|%EF%B7%90([0-9]+)%EF%B7%91")  # in a URL it is encoded
_CONTENT = "\ufdd8"  # stands in the frame for the content of a page
_escaped = lru_cache(maxsize=16384)(escape)


class Writer:
    """Writes the pages of a build, and the files beside them."""

    def __init__(self, style: Style, theme: FileTemplates) -> None:
        self.style = style
        self.theme = theme
        self.tables = TableWriter(style)
        self._twins = TwinWriter(style)
        self._bodies: CompiledBodies[_Page] = CompiledBodies(lambda document: _Body(style, document).compiled())
        self._found: dict[str, list[Findable]] = {}
        # The links of the last page to its neighbours, with what they depend on.
        self._links: tuple[tuple[NavItem, ...], str, list[dict[str, object]]] = ((), "", [])

    def page(self, document: Document) -> tuple[str, ...]:
        """A page of the site."""
        page = _Page(document, self.tables)
        inserts = document.inserts
        content = self._bodies.fill(document, page, lambda index: _escaped(inserts[index].text))
        about = document.about
        contents = list(page.contents())
        found = Findable(
            about.product, about.library, document.title, about.path.removeprefix(f"{about.root}/"), contents, page.rows
        )
        self._found.setdefault(about.library_id, []).append(found)
        names = {
            "title": document.title,
            "tab": _tab(document.title, about),
            "product": about.product,
            "library": about.library,
            "site": about.site,
            "as_of": about.as_of,
            "day": iso_in_words(about.as_of),
            "root": _up(about.path, about.root),
            "canonical": _absolute(self.style, about.path, about.root),
            "alternate": "index.md",
            "content": Raw(_CONTENT),
            "contents": [{"id": id_, "level": level, "text": text} for level, id_, text in contents if level < 4],
            "nav": self._nav(about),
            "sources": ", ".join(document.sources),
        }
        first, *others = self.theme.render("page.html", names).split(_CONTENT)
        return (first, *(part for other in others for part in (*content, other)))

    def twin(self, document: Document) -> tuple[str, ...]:
        """The same page in plain Markdown."""
        return self._twins.page(document)

    def _nav(self, about: About) -> list[dict[str, object]]:
        """The pages of the library as links. Those outside of the page's folder are the same for all its neighbours."""
        folder = about.path.rpartition("/")[0]
        above = folder.rpartition("/")[0]
        nav, from_above, links = self._links
        if nav is not about.nav or from_above != above:
            links = [_link(f"../{relative(item.path, above)}", item) for item in about.nav]
            self._links = (about.nav, above, links)
        inside = f"{folder}/"
        return [
            {**_link(relative(item.path, folder), item), "current": item.path == about.path}
            if item.path.startswith(inside)
            else link
            for item, link in zip(about.nav, links, strict=True)
        ]

    def library(self, id_: str, root: str) -> dict[str, str]:
        """What a library has beside its pages: what can be found on them. Asked for once, when all are written."""
        found = self._found.pop(id_, [])
        return {f"{root}/{find_library(id_)}": find_index(id_, found)} if found else {}

    def site(self, root: str, title: str, as_of: str, libraries: ReadOnly[str, tuple[NavItem, ...]]) -> dict[str, str]:
        """What a site has beside its pages: an index, a site map, what can be found where, the theme's files.

        `libraries` has the pages of each library by its id.
        """
        listed = [
            {
                "name": pages[0].library,
                "pages": [{"href": item.path.removeprefix(f"{root}/"), "text": item.product} for item in pages],
            }
            for pages in libraries.values()
        ]
        names = {
            "site": title,
            "as_of": as_of,
            "day": iso_in_words(as_of),
            "libraries": listed,
            "canonical": _absolute(self.style, f"{root}/index.html", root),
            "root": "",
        }
        files = {f"{root}/index.html": self.theme.render("index.html", names)}
        files[f"{root}/assets/find-index.js"] = find_libraries(libraries)
        for name in self.theme.names:
            if name.startswith("assets/"):
                files[f"{root}/{name}"] = self.theme.text(name)
        if self.style.url:
            pages = [item.path for items in libraries.values() for item in items]
            addresses = [_absolute(self.style, path, root) for path in (f"{root}/index.html", *pages)]
            entries = "".join(f"  <url><loc>{escape(address)}</loc></url>\n" for address in addresses)
            files[f"{root}/sitemap.xml"] = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
            )
        return files


def _link(href: str, item: NavItem) -> dict[str, object]:
    return {"href": href, "text": item.product, "current": False}


def _tab(title: str, about: About) -> str:
    """What a tab of the browser says of a page: its title, what that does not say of product and library, the site."""
    said = f" {title.casefold()} "
    others = [name for name in (about.product, about.library) if f" {name.casefold()} " not in said]
    return " · ".join([title, *others, about.site] if about.site else [title, *others])


def _up(path: str, root: str) -> str:
    """What leads from a page to the root of the site."""
    return "../" * (path.count("/") - root.count("/") - 1)


def relative(path: str, folder: str) -> str:
    """What leads from a folder of the site to a path."""
    up = 0
    while folder and not path.startswith(f"{folder}/"):
        folder = folder.rpartition("/")[0]
        up += 1
    return "../" * up + (path[len(folder) + 1 :] if folder else path)


def _absolute(style: Style, path: str, root: str) -> str:
    if not style.url:
        return ""
    return style.url.rstrip("/") + "/" + without_index(path.removeprefix(root + "/"))


def without_index(path: str) -> str:
    """The address of a page: that of its folder, where it is the first page of one."""
    folder, slash, name = path.rpartition("/")
    return folder + slash if name == "index.html" else path


# --- prose ---------------------------------------------------------------------------


class _Page:
    """What one page fills into the compiled text of its body."""

    def __init__(self, document: Document, tables: TableWriter) -> None:
        self.document = document
        self.tables = tables
        self.taken = set(document.anchors)
        self.rows: list[tuple[tuple[str, str, str], ...]] = []

    def contents(self) -> Iterator[tuple[int, str, str]]:
        """The level, the id and the text of each heading below the title."""
        filling = self.document.filling
        for level, id_, text in zip(filling.body.levels, filling.anchors, filling.headings, strict=True):
            if id_:
                yield level, id_, text

    def slot(self, index: int, parts: list[str]) -> None:
        """The tables of a slot."""
        slot = self.document.slots[index]
        for number, table in enumerate(slot.tables if isinstance(slot, Partial) else (slot,)):
            written = self.tables.table(table, self.taken)
            parts += ("\n", *written.parts) if number else written.parts
            self.rows.append(written.rows)

    def facts(self, index: int) -> str:
        """The attribute that tells a preview where a value comes from."""
        return self.tables.facts(self.document.inserts[index].places)

    def annotated(self, index: int) -> str:
        """A value with where it comes from."""
        facts, text = self.facts(index), escape(self.document.inserts[index].text)
        return f"<span{facts}>{text}</span>" if facts else text

    def fence(self, parts: Parts) -> str:
        """Fenced code."""
        return _code(self.document.text(parts))


class _Body:
    """Writes the body of a document with gaps for what differs from page to page."""

    def __init__(self, style: Style, document: Document) -> None:
        self.style = style
        self.document = document
        self.gaps: Gaps[_Page] = Gaps()
        self.headings = iter(enumerate(document.body.levels))

    def compiled(self) -> Compiled[_Page]:
        """The body in pieces."""
        return self.gaps.compiled(self._blocks(self.document.blocks))

    def _blocks(self, blocks: tuple[Block, ...]) -> str:
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
            inner = self._blocks(block.blocks)
            return f'<div class="alert {block.level}" role="note">\n<p class="alert-title">{name}</p>\n{inner}\n</div>'
        if isinstance(block, Fence):
            return self.gaps.text(numbers(block.parts), lambda page: page.fence(block.parts))
        return self.gaps.parts(lambda page, parts: page.slot(block.index, parts))

    def _heading(self, block: Heading) -> str:
        number, level = next(self.headings)
        html = self._filled(inline_to_html(self._source(block.inline)))
        if block.level == 1:
            return f'<p class="title">{html}</p>'
        id_ = self.gaps.text(numbers(block.id_parts), lambda page: page.document.anchors[number])
        text = self.gaps.text(numbers(block.plain), lambda page: escape(page.document.filling.headings[number]))
        link = f'<a class="anchor" href="#{id_}" aria-label="Link to {text}">#</a>'
        return f'<h{level} id="{id_}">{html} {link}</h{level}>'

    def _filled(self, html: str) -> str:
        """HTML with gaps for its marks."""
        html = _MARKED.sub(self._marked, html) if self.style.annotate else html
        return _TAG_OR_MARK.sub(self._value, html)

    def _marked(self, match: re.Match[str]) -> str:
        """A value that is Markdown of its author, with the places of its facts."""
        index = int(match[1])
        return f"{self.gaps.text((index,), lambda page: f'<span{page.facts(index)}>')}{match[2]}</span>"

    def _value(self, match: re.Match[str]) -> str:
        """The value that a mark stands for; inside a tag it stands alone."""
        if not match[1]:
            return _MARK_IN_TAG.sub(lambda inner: self._plain_value(int(inner[1] or inner[2])), match[0])
        index = int(match[1])
        if self.style.annotate:
            return self.gaps.text((index,), lambda page: page.annotated(index))
        return self._plain_value(index)

    def _plain_value(self, index: int) -> str:
        return self.gaps.value(index)

    def _source(self, inline: Inline) -> str:
        """A paragraph as Markdown with marks for its values."""
        return markdown_of(inline, self._hole, self._target)

    def _hole(self, hole: Hole) -> str:
        insert = self.document.inserts[hole.index]
        if insert.inline is None:
            return mark(hole.index)
        source = self._source(insert.inline)
        around = mark(hole.index)
        return f"{around}{_BEGIN}{source}{_END}{around}" if self.style.annotate else source

    def _target(self, piece: Anchor) -> str:
        if piece.name:
            target = self.document.links.get(piece.name, "")
        else:
            shared = shared_target(piece.target, self.document.inserts)
            target = joined(piece.target, mark if shared else self._in_target)
        return self.style.whole(target)

    def _in_target(self, index: int) -> str:
        return escape_target(self.document.inserts[index].text)


def _code(text: str) -> str:
    lines = text.split("\n")
    opening = re.match(r"[ \t>]*[`~]{3,}\s*([\w+-]*)", lines[0])
    language = f' class="language-{escape(opening[1])}"' if opening and opening[1] else ""
    return f"<pre><code{language}>{escape(chr(10).join(lines[1:-1]))}\n</code></pre>"
