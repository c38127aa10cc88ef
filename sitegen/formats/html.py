"""The HTML site: pages, the index of the site, the search index and the site map.

Prose is converted by CommonMark, which the other formats follow too. The frame of a page and the index of the site are
templates of the theme.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly

from sitegen.documents.documents import About, Document, NavItem, Partial
from sitegen.formats.commonmark import inline_to_html, markdown_of, to_html
from sitegen.formats.escapes import escape_markup as escape
from sitegen.formats.escapes import escape_target, escape_text, known_beginning, url_word
from sitegen.formats.html_tables import HtmlTableWriter
from sitegen.formats.search_index import (
    Findable,
    libraries_script,
    library_script,
    script_name,
    script_path,
    texts_script,
)
from sitegen.formats.site_data import site_data
from sitegen.formats.style import Style
from sitegen.formats.twin import TwinWriter
from sitegen.frozen import frozen
from sitegen.markdown.blocks import Alert, Blank, Block, Fence, Heading, Prose, Slot
from sitegen.markdown.inline import Anchor, Hole, Inline, joined
from sitegen.templates.placeholders import deferrable, has_placeholder, known
from sitegen.templates.template import MARK, FileTemplates, Raw, mark

DEFAULTS = Style(levels=dict.fromkeys(("note", "tip", "important", "warning", "caution"), ""))
# Around an annotated value that is Markdown. For CommonMark they are punctuation, like most neighbours of a value.
_BEGIN, _END = "\u2e22", "\u2e23"
_MARKED = re.compile(f"{MARK.pattern}{_BEGIN}(.*?){_END}{MARK.pattern}", re.DOTALL)
_TAG_OR_MARK = re.compile(f"<[^>]*?(?:\ufdd0|%EF%B7%90)[^>]*>|{MARK.pattern}")  # a tag that contains a mark
_MARK_IN_TAG = re.compile(f"{MARK.pattern}|%EF%B7%90([0-9]+)%EF%B7%91")  # in a URL, CommonMark encodes it
_CONTENT = "\ufdd8"  # marks the content of a page in its frame


@frozen
class Content:
    """A page without its frame, and its twin in plain Markdown.

    `headings` are (level, id, text), without the title. `rows` are the rows of each table as (id, text, other names).
    """

    title: str
    text: str
    twin: str
    headings: tuple[tuple[int, str, str], ...]
    rows: tuple[tuple[tuple[str, str, str], ...], ...]
    sources: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts that may contain placeholders."""
        return (self.title, self.text, self.twin, *(text for _, *texts in self.headings for text in texts))

    def filled(self, texts: Iterator[str]) -> Content:
        """The content with other texts, in the order of `texts`."""
        title, text, twin = next(texts), next(texts), next(texts)
        headings = tuple((level, next(texts), next(texts)) for level, _, _ in self.headings)
        return Content(title, text, twin, headings, self.rows, self.sources)


class HtmlWriter:
    """Writes the pages of a build, and the other files of the site."""

    def __init__(self, style: Style, theme: FileTemplates) -> None:
        self.style = style
        self.theme = theme
        self.tables = HtmlTableWriter(style)
        self._twins = TwinWriter(style)
        self._findable: dict[str, list[Findable]] = {}
        # The navigation links of the last page. The first two items are what the links depend on.
        self._links: tuple[tuple[NavItem, ...], str, list[dict[str, object]]] = ((), "", [])

    def write(self, document: Document) -> Content:
        """A page without its frame, and its twin."""
        body = _HtmlBodyWriter(self.style, self.tables, document)
        text, filling = body.text(), document.filling
        headings = zip(filling.body.levels, filling.anchors, filling.headings, strict=True)
        return Content(
            document.title,
            text,
            self._twins.write(document),
            tuple((level, id_, text) for level, id_, text in headings if id_),
            tuple(body.rows),
            document.sources,
        )

    def page(self, content: Content, about: About) -> str:
        """A page with its frame. Raises TemplateProblem."""
        title, address = content.title, about.path.removeprefix(f"{about.root}/")
        found = Findable(about.product, about.library, title, address, content.headings, content.rows)
        self._findable.setdefault(about.library_id, []).append(found)
        names = {
            "title": title,
            "tab": _tab(title, about),
            "product": about.product,
            "library": about.library,
            "site": about.site,
            **self._frame(about.as_of, self._name(about.product, about.library)),
            "root": "../" * address.count("/"),
            "canonical": self._url(address),
            "alternate": "index.md",
            "content": Raw(_CONTENT),
            "contents": [{"id": id_, "level": level, "text": t} for level, id_, t in content.headings if level < 4],
            "nav": self._nav(about),
            "sources": ", ".join(content.sources),
        }
        return self.theme.render("page.html", names).replace(_CONTENT, content.text)

    def redirect(self, content: Content, about: About, path: str) -> dict[str, str]:
        """A page at a former path of a page that leads to the page, and its twin. Raises TemplateProblem."""
        folder, address = path.rpartition("/")[0], about.path.removeprefix(f"{about.root}/")
        target = relative(about.path, folder)
        names = {
            "lang": self.style.language.tag,
            "title": content.title,
            "target": target,
            "canonical": self._url(address) or target,
            "sources": ", ".join(content.sources),
        }
        files = {path: self.theme.render("redirect.html", names)}
        if without_index(path) != path:
            files[f"{folder}/index.md"] = (
                f"[{escape_text(content.title)}]({target.removesuffix('index.html')}index.md)\n\n"
            )
        return files

    def _frame(self, as_of: str, page: str = "") -> dict[str, object]:
        """What the frames of all pages can print: the texts of the language, and a line with the page and the date."""
        language, day = self.style.language, self.style.language.iso(as_of)
        lead = escape(language.text("page.lead" if page else "site.lead", page=page, date=_CONTENT))
        lead = lead.replace(_CONTENT, f'<time datetime="{as_of}">{escape(day)}</time>')
        return {"lang": language.tag, "text": language.texts, "as_of": as_of, "day": day, "lead": Raw(lead)}

    def _name(self, product: str, library: str) -> str:
        return self.style.language.name_of_page(product, library)

    def _url(self, address: str) -> str:
        """The URL of a file of the site; empty if the settings have no URL."""
        return f"{self.style.url.rstrip('/')}/{without_index(address)}" if self.style.url else ""

    def _nav(self, about: About) -> list[dict[str, object]]:
        """The pages of the library as links. Links to other folders are the same for all pages of a folder."""
        folder = about.path.rpartition("/")[0]
        above = folder.rpartition("/")[0]
        nav, from_above, links = self._links
        if nav is not about.nav or from_above != above:
            links = [self._link(f"../{relative(item.path, above)}", item) for item in about.nav]
            self._links = (about.nav, above, links)
        inside = f"{folder}/"
        return [
            {**self._link(relative(item.path, folder), item), "current": item.path == about.path}
            if item.path.startswith(inside)
            else link
            for item, link in zip(about.nav, links, strict=True)
        ]

    def _link(self, href: str, item: NavItem) -> dict[str, object]:
        name = self._name(item.label, item.library if item.library != item.label else "")
        return {"href": href, "text": item.label, "name": name, "current": False}

    def library(self, id_: str, root: str) -> dict[str, str]:
        """The search index of a library, by path. To be called once, when all pages of the library are written."""
        found = self._findable.pop(id_, [])
        return {f"{root}/{script_path(id_)}": library_script(script_name(id_), found)} if found else {}

    def site(self, root: str, title: str, as_of: str, libraries: ReadOnly[str, tuple[NavItem, ...]]) -> dict[str, str]:
        """The other files of the site by path: its index, its site map, the list of search indexes, files of the theme.

        `libraries` are the pages of each library by its id.
        """
        prefix = f"{root}/"
        listed = [
            (nav[0].library, [self._link(item.path.removeprefix(prefix), item) for item in nav])
            for nav in libraries.values()
        ]
        names = {
            "site": title,
            **self._frame(as_of),
            "libraries": [{"name": name, "pages": pages} for name, pages in listed],
            "canonical": self._url("index.html"),
            "root": "",
        }
        index = self.theme.render("index.html", names)
        files = {"index.html": index, "assets/find-index.js": libraries_script(map(script_name, libraries))}
        files |= {name: self.theme.text(name) for name in self.theme.names if name.startswith("assets/")}
        if "assets/site.js" in files:
            files["assets/site.js"] = texts_script(self.style.language) + files["assets/site.js"]
        if self.style.url:
            addresses = ["index.html", *(page["href"] for _, pages in listed for page in pages)]
            entries = "".join(f"  <url><loc>{escape(self._url(str(address)))}</loc></url>\n" for address in addresses)
            files["sitemap.xml"] = (
                '<?xml version="1.0" encoding="UTF-8"?>\n'
                f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{entries}</urlset>\n'
            )
        files |= site_data(self.style, title, as_of, root, libraries)
        return {prefix + name: text for name, text in files.items()}


def _tab(title: str, about: About) -> str:
    """The text of the browser tab: the title of the page, product and library unless they are in it, and the site."""
    padded = f" {title.casefold()} "
    names = filter(None, (about.product, about.library))
    others = [name for name in names if f" {name.casefold()} " not in padded]
    return " · ".join([title, *others, about.site] if about.site else [title, *others])


def relative(path: str, folder: str) -> str:
    """The relative path from a folder of the site to a path."""
    up = 0
    while folder and not path.startswith(f"{folder}/"):
        folder = folder.rpartition("/")[0]
        up += 1
    return "../" * up + (path[len(folder) + 1 :] if folder else path)


def without_index(path: str) -> str:
    """The address of a page; for `index.html`, the address of its folder."""
    folder, slash, name = path.rpartition("/")
    return folder + slash if name == "index.html" else path


# --- prose ---------------------------------------------------------------------------


class _HtmlBodyWriter:
    """Writes the body of a document, and collects the `rows` of its tables."""

    def __init__(self, style: Style, tables: HtmlTableWriter, document: Document) -> None:
        self.style = style
        self.tables = tables
        self.document = document
        self.rows: list[tuple[tuple[str, str, str], ...]] = []
        self._headings = iter(enumerate(document.body.levels))
        self._taken = set(document.anchors)
        self._required: list[str] = []  # placeholders for empty texts, which check values in URLs

    def text(self) -> str:
        """The whole body."""
        return self._blocks(self.document.blocks) + "".join(self._required)

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
            name = escape(self.style.alert_title(block.level))
            inner = self._blocks(block.blocks)
            return f'<div class="alert {block.level}" role="note">\n<p class="alert-title">{name}</p>\n{inner}\n</div>'
        if isinstance(block, Fence):
            return _code(self.document.text(block.parts))
        return self._slot(block.index)

    def _slot(self, index: int) -> str:
        slot = self.document.slots[index]
        tables = slot.tables if isinstance(slot, Partial) else (slot,)
        written = [self.tables.table(table, self._taken) for table in tables]
        self.rows += [table.rows for table in written]
        return "\n".join([table.text for table in written])

    def _heading(self, block: Heading) -> str:
        number, level = next(self._headings)
        html = self._filled(inline_to_html(self._source(block.inline)))
        if block.level == 1:
            return f'<p class="title">{html}</p>'
        id_, text = self.document.anchors[number], self.document.filling.headings[number]
        name = escape(self.style.language.text("table.heading", heading=text))
        link = f'<a class="anchor" href="#{id_}" aria-label="{name}">#</a>'
        return f'<h{level} id="{id_}">{html} {link}</h{level}>'

    def _filled(self, html: str) -> str:
        """HTML with values instead of marks."""
        html = _MARKED.sub(self._marked, html) if self.style.annotate else html
        return _TAG_OR_MARK.sub(self._value, html)

    def _marked(self, match: re.Match[str]) -> str:
        """A value in Markdown, with the places of its facts."""
        return f"<span{self._facts(int(match[1]))}>{match[2]}</span>"

    def _facts(self, index: int) -> str:
        """The attribute with the places of a value, which the preview uses."""
        return self.tables.facts(self.document.inserts[index].places)

    def _value(self, match: re.Match[str]) -> str:
        """The value of a mark, annotated if it is not in a tag."""
        if not match[1]:
            return _MARK_IN_TAG.sub(lambda inner: self._escaped(int(inner[1] or inner[2])), match[0])
        index = int(match[1])
        facts, text = self._facts(index), self._escaped(index)
        return f"<span{facts}>{text}</span>" if facts else text

    def _escaped(self, index: int) -> str:
        return escape(self.document.inserts[index].text)

    def _source(self, inline: Inline) -> str:
        """A paragraph as Markdown, with marks for its values."""
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
            known_beginning(piece.target, self.document.text)
            target = joined(piece.target, self._in_target)
        return self.style.absolute(target)

    def _in_target(self, index: int) -> str:
        text = self.document.inserts[index].text
        if has_placeholder(text):
            self._required.append(_no_text(url_word(text)))
            return mark(index)
        return escape_target(text)


@deferrable
def _no_text(_: str) -> str:
    return ""


def _code(text: str) -> str:
    lines = text.split("\n")
    opening = re.match(r"[ \t>]*[`~]{3,}\s*([\w+-]*)", known(lines[0]))
    language = f' class="language-{escape(opening[1])}"' if opening and opening[1] else ""
    return f"<pre><code{language}>{escape(chr(10).join(lines[1:-1]))}\n</code></pre>"
