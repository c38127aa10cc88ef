"""Agreement: what is emitted, read back with the tools that publish it, says what the tables say.

It holds for the tables of this site on each of its days, and for sites made of hostile
values: text that is syntax in YAML, Markdown, HTML, Go templates, Hugo or Markdoc. Such
a value comes out as itself wherever a site can show it, and nothing in it runs.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from sitegen.dialects.style import Style
from sitegen.documents import Document, Partial
from sitegen.grids import Cell, Span, Table
from sitegen.inline import plain
from sitegen.pages import Alert, Block, Slot
from sitegen.site import Build, Site, build_site
from sitegen.values import STATES
from tests.readers import (
    PLANTED,
    Element,
    Grid,
    blocks,
    front_matter,
    links,
    lists,
    one_space,
    pipe_tables,
    read_html,
    read_with_hugo,
    read_with_markdoc,
    tables,
)
from tests.sites import DAYS, ROOT, build, load, own_build, own_site

HUGO, MARKDOC, FRAGMENT = "hugo", "markdoc", "fragment"
DAY = date(2026, 4, 1)


# --- what a reader of a table must find ------------------------------------------------


def expected_text(cell: Cell, where: str, style: Style) -> str:
    """The text of a cell as a dialect shows it."""
    lines = [(line.level, "".join(_span_text(span, where, style) for span in line.spans)) for line in cell.lines]
    if where == MARKDOC:
        text, before = "", 0
        for level, line in lines:
            text += (": " if level > before else ", ") * bool(text) + line
            before = level
        return one_space(text)
    indent = "→ " if where == FRAGMENT else style.indent.replace("--", "–")  # as Hugo's typographer shows it
    return one_space(" ".join((indent if level else "") + line for level, line in lines))


def _span_text(span: Span, where: str, style: Style) -> str:
    if span.kind == "state":
        if where == FRAGMENT:
            return STATES[span.text]
        return style.words.get(span.text, span.text).replace("{{< X >}}", "yes")
    if span.kind == "markdown":
        return plain(span.inline, str)
    return span.text


def expected_grid(table: Table, where: str, style: Style) -> Grid:
    """A table as rows of texts, its headers first; a list has none."""
    rows = [[expected_text(cell, where, style) for cell in row.cells] for row in table.rows]
    if table.layout == "list":
        return rows
    return [[expected_text(cell, where, style) for cell in table.headers], *rows]


def shown_tables(document: Document, dialect: str) -> Iterator[tuple[Table, str]]:
    """The tables of a page in order, each with where it is written: in the page, or in a fragment."""
    for slot in _slots(document.blocks):
        found = document.slots[slot.index]
        if isinstance(found, Partial):
            yield from ((table, FRAGMENT if dialect == HUGO else dialect) for table in found.tables)
        else:
            yield found, dialect


def _slots(found: Sequence[Block]) -> Iterator[Slot]:
    for block in found:
        if isinstance(block, Slot):
            yield block
        elif isinstance(block, Alert):
            yield from _slots(block.blocks)


def check_tables(root: Element, shown: Sequence[tuple[Table, str]], style: Style) -> None:
    """The tables and lists of a page are those of its document, cell by cell."""
    grids = [(table, expected_grid(table, where, style)) for table, where in shown]
    read = tables(root)
    assert [found.rows for found in read] == [grid for table, grid in grids if table.layout == "table"]
    for rows in [*(found.rows for found in read), *(grid for _, grid in grids)]:
        assert len({len(row) for row in rows}) <= 1
    for table, grid in grids:
        if table.layout == "list":
            assert [one_space(" ".join(row)) for row in grid] in lists(root)


# --- this site -------------------------------------------------------------------------


def hugo_files(built: Build) -> dict[str, str]:
    """The files of a Hugo site, by their path there."""
    return {path.removeprefix("hugo/"): file.text for path, file in built.files.items() if file.dialect == HUGO}


def pages_of(built: Build, dialect: str) -> dict[str, Document]:
    """The documents of a dialect by the path of their page."""
    return {path: document for path, document in built.documents.items() if built.files[path].dialect == dialect}


@pytest.mark.parametrize("day", DAYS)
def test_hugo_shows_the_tables_of_this_site(day: str, hugo: Path, tmp_path: Path) -> None:
    built = own_build(day)
    pages = read_with_hugo(hugo, tmp_path, hugo_files(built), "html")
    documents = pages_of(built, HUGO)
    assert pages.keys() == {path.removeprefix("hugo/content/") for path in documents}
    for path, document in documents.items():
        page = pages[path.removeprefix("hugo/content/")]
        check_tables(page.main, list(shown_tables(document, HUGO)), own_site().settings.styles[HUGO])


@pytest.mark.parametrize("day", DAYS)
def test_markdoc_reads_the_tables_of_this_site(day: str, node: Path, markdoc: Path) -> None:
    built = own_build(day)
    texts = {path: file.text for path, file in built.files.items() if file.dialect == MARKDOC}
    read = read_with_markdoc(node, markdoc, texts)
    style = own_site().settings.styles[MARKDOC]
    for path, page in read.items():
        assert page.problems == [], path
    for path, document in pages_of(built, MARKDOC).items():
        check_tables(read[path].tree, list(shown_tables(document, MARKDOC)), style)
        check_headings(read[path].tree, document)
    for partial in built.partials.values():
        tree = read[f"markdoc/partials/{partial.path}.md"].tree
        check_tables(tree, [(table, MARKDOC) for table in partial.tables], style)


@pytest.mark.parametrize("day", DAYS)
def test_the_fragments_of_this_site_are_sound_html(day: str) -> None:
    built = own_build(day)
    assert built.partials
    for partial in built.partials.values():
        text = built.files[f"hugo/layouts/partials/{partial.path}.html"].text
        check_fragment(text, partial, own_site().settings.styles[HUGO])


def check_fragment(text: str, partial: Partial, style: Style) -> None:
    """A fragment shows its tables to a browser, with a caption and scopes, and has no empty line."""
    root = read_html(text, fragment=True)
    check_tables(root, [(table, FRAGMENT) for table in partial.tables], style)
    grids = [table for table in partial.tables if table.layout == "table"]
    assert [found.caption for found in tables(root)] == [one_space(table.caption) for table in grids]
    for table in root.all("table"):
        assert all(cell.attributes.get("scope") in ("col", "row") for cell in table.all("th"))
        assert all(next(row.all("th"), None) is not None for row in table.all("tr"))
    assert all(line.strip() for line in text.removesuffix("\n").split("\n"))


def check_headings(root: Element, document: Document) -> None:
    """Markdoc gives each heading below the title the id that the document knows."""
    first = 1 if document.title else 0
    read = [heading.attributes.get("id", "") for heading in root.all("h1", "h2", "h3", "h4", "h5", "h6")]
    assert read[first:] == list(document.anchors)


# --- hostile values --------------------------------------------------------------------

HOSTILE = (
    "{{ readFile `secret.txt` }}", '{{ readFile "secret.txt" }}', "{{ os.Getenv `HUGO_X` }}", "{{ 1 | safeHTML }}",
    "{{< X >}}", "{{< X", "X >}}", "{{% X %}}", "{{</* X */>}}", "{{%/* X */%}}", "{{/* x */}}", "{{- x -}}",
    "{{", "}}", "{", "}", "{%", "%}", "{{<", ">}}", "`{{< X >}}`",
    "{% if %}", "{% if $x %}", "{% /alert %}", "{% alert %}", "{% #id %}", "{% .cls %}", "{% $x %}", "{% f() %}",
    "{% comment %}", "{#id}", "{.cls}", "{# x #}", "{x=y}", "a{", "{b", "b}", "a {.cls}", "a {% #id %}",
    "<< x >>", "<<", ">>", "<% x %>", "<# x #>", "<%", "[[ x ]]",
    "a|b", "|", "||", "| a | b |", "|---|", ":-", ":-:", "-:", "\\|", "a\\|b",
    "`", "``", "```", "`a`", "a`b", "``a`b``", "`a", "a`", "~~~", "```go",
    "<script>alert(1)</script>", "</td></tr></table>", "<b>x</b>", "<br>", "<!-- x -->", "-->", "<!--", "<a",
    "<https://example.com>", "<a@b.de>", "<x", "x>", "a<b", "<?x?>", "<![CDATA[x]]>", "</main>", "\" onload=\"x",
    "---", "- - -", "***", "* * *", "___", "_ _ _", "===", "==", "=", "--", "---x", "+++", "...", "....", "..",
    "3.10", "1.20", "010", "1_000", "1:30", "no", "yes", "null", "~", "true", "1e3", "0x1F", ".inf", "2026-05-31",
    "1. x", "1.", "1)", "1) x", "123456789. x", "- x", "-", "-x", "* x", "*", "+ x", "+", "+x", "# x", "#", "#x",
    "###### x", "> x", ">", ">x", ": x", ":", ":x", "~ x", "= x", "[ ] x", "[x] y", "a #", "a ##", "C #", "C#", "F##",
    "*x*", "**x**", "*x", "x*", "_x_", "__x__", "x_y_z", "***x***", "a*b*c", "__init__", "*", "2*3*4",
    "[a](b)", "[a]", "[a][b]", "[a]: b", "[^1]", "[^1]: x", "![a](b)", "![a]", "[a](b \"c\")", "](b)", "[", "]", "](",
    "[feedback]", "[!NOTE]", "[x](javascript:alert(1))", "javascript:alert(1)",
    "https://example.com", "http://example.com/a_b_c?d=e&f=g", "www.example.com", "WWW.EXAMPLE.COM", "ftp://a.de",
    "mailto:a@b.de", "a@b.de", "@a", "xmpp:a@b.de", "//example.com", "x:y", "::",
    ":smile:", ":+1:", ":a:b:", ":e-mail:", "::smile::",
    "\"quoted\"", "it's", "'x'", "\"", "'", "(c)", "(tm)", "1/2", "<<x>>", "a -- b", "a --- b", "'90s", "5'10\"",
    "&amp;", "&#65;", "&#x41;", "&copy;", "&", "&&", "&x", "AT&T", "&amp", "&#", "&lt;b&gt;", "&nbsp;",
    "\\", "\\\\", "a\\", "\\*", "\\a", "C:\\x\\", "\\n", "\\{", "\\`",
    "$x$", "$$x$$", "$", "$x", "\\(x\\)", "\\[x\\]", "~~x~~", "~x~", "==x==", "^x^", "++x++", "H~2~O", "x^2^",
    "😀", "👩‍💻", "🇩🇪", "שלום עולם", "مرحبا", "e\u0301", "\u0301x", "a\u200db", "\u200d", "\u200b", "\u202ex\u202c",
    "中文", "ａ｜ｂ", "“x”", "‘x’", "–", "—", "…", "x\u00a0y", "x\u00ady", "\u2066x\u2069", "ﬁ", "𝒳", "İ", "ß", "\u00b7",
    "a\tb", "a  b", "a   b", "%s", "%(x)s", "{0}", "${x}", "$(x)", "#{x}", "%7B", "a%20b", "!x", "@x", "%x", "!", "?",
    "x86-64, AArch64", "Software Composition Analysis (SCA)", "http.client", "3.9+", ">=2.0,<3", "2.7, 3.5-3.11",
)  # fmt: skip
_ATOMS = (
    *"!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", *"aZ09éß中😀", " ", " ", " ", "  ", "\t", "word", "x86", "3.10", "1.",
    "--", "---", "...", "{{", "}}", "{{<", ">}}", "{{%", "%}}", "{%", "%}", "<!--", "-->", "](", "![", "[^", "]:",
    "<<", ">>", "<%", "%>", "``", "```", "~~", "**", "__", "&amp;", "&#", ";", "http://", "https://", "www.",
    "a@b.de", ":a:", "$$", "||", "\\|", "<a href=x>", "</td>", "<script>", "javascript:", "\u0301", "\u200d",
    "\u200b", "\u202e", "\u00a0", "ש", "م", "“", "’", "—", "\u00ad",
)  # fmt: skip
BATCHES, PAGES, THINGS = 4, 20, 40


def hostile_values(batch: int) -> list[str]:
    """As many different values as the pages of a batch hold: the known ones first, then such as are made of their parts."""
    chance = random.Random(batch)  # noqa: S311 - the same values every time
    found = dict.fromkeys(HOSTILE[batch::BATCHES])
    while len(found) < PAGES * THINGS:
        kind = chance.random()
        if kind < 0.2:
            text = chance.choice(("", " ")).join(chance.choices(HOSTILE, k=2))
        elif kind < 0.3:
            text = "".join(chr(chance.choice((chance.randrange(32, 127), chance.randrange(160, 0x3000)))) for _ in "1234")
        else:
            text = "".join(chance.choices(_ATOMS, k=chance.randrange(1, 7)))
        text = re.sub(r"[\u2028\u2029]", "", text).strip()
        if text:
            found[text] = None
    return list(found)


TARGETS = (
    "/a/", "#b", "https://example.com/c", "mailto:a@b.de", "/a(b)", "/a(b", "/a)b", "/?a=1&b=2", "/?a&amp;b", "/?a&copy=1",
    "/?a&copy;b", "/*a*_b_~c~", "/a[b]", "/a]b", "/a$b$", "/a%20b", "/a%b", "/é", "/a:b:c", "/a--b", "/a...", "/a#b#c",
    "/a!b", "/a;b", "/a,b", "/x@y.de", "/==a==", "/a%7B%7B", "/a$",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Construct:
    """A piece of prose around values, and what stands on the page then: blocks, and links with their targets."""

    source: str
    blocks: tuple[tuple[str, str], ...]
    links: tuple[tuple[str, str], ...] = ()
    only: str = ""

    def in_page(self) -> str:
        """The piece as a page file holds it."""
        source = re.sub("«(.)»", r"<< \1 >>", self.source)
        return f'<% if dialect == "{self.only}" %>\n{source}\n<% endif %>' if self.only else source


# «v» and «w» are values; in the source of a page `<< v >>` and `<< w >>`.
PROSE = (
    Construct("## «v»", (("h2", "«v»"),)),
    Construct("A paragraph with «v» in it.", (("p", "A paragraph with «v» in it."),)),
    Construct("«v»", (("p", "«v»"),)),
    Construct("«v»«w», then (x«v»x).", (("p", "«v»«w», then (x«v»x)."),)),
    Construct("Two lines, the second\n«v»\n«w»", (("p", "Two lines, the second «v» «w»"),)),
    Construct("- «v»\n- an item with «v»\n  «v»", (("li", "«v»"), ("li", "an item with «v» «v»"))),
    Construct("1. «v»\n2. «w» and more", (("li", "«v»"), ("li", "«w» and more"))),
    Construct("> «v»\n> «w»", (("p", "«v» «w»"),)),
    Construct("> [!NOTE]\n> «v»\n> «w»", (("p", "«v» «w»"),)),
    Construct("Code `«v»`, `pip install «v»==«w»`.", (("p", "Code «v», pip install «v»==«w»."),)),
    Construct("**«v»** and *«v»* and **about «v»**", (("p", "«v» and «v» and about «v»"),)),
    Construct("[«v»](/a/)", (("p", "«v»"),), (("«v»", "/a/"),)),
    Construct("[a «v» `«w»`](/a/)", (("p", "a «v» «w»"),), (("a «v» «w»", "/a/"),)),
    Construct("![«v»](/b.png)", (("p", "«v»"),), (("«v»", "/b.png"),), HUGO),
    Construct("[to](/c/«v»/d.html?e=«w»#f)", (("p", "to"),), (("to", "/c/«v»/d.html?e=«w»#f"),)),
    Construct("### About «v»", (("h3", "About «v»"),)),
)
FILE_OF_PAGES = """---
for: [{products}]
title: << product.name >>
description: << product.first >>
labels: [<< product.name >>, a << product.first >> b]
further:
  - text: << product.second >>
    link: /a/
---
<% for i in range({things}) %>
<% set v = things[product.id ~ "-" ~ i].plain %>
<% set w = things[product.id ~ "-" ~ i].other %>

{prose}
<% endfor %>

<< tables.grid >>

<< tables.items >>

The same as a fragment:

<< partials.grid >>
"""
SETTINGS = """
partials:
  grid: {path: << product.id >>/<< library.id >>/grid, tables: [grid, items]}
dialects:
  hugo:
    links: reference
    words: {yes: "{{< X >}}", no: ""}
    partial: '{{< partial name="{path}" >}}'
"""
WITHOUT_HTML = """
    links: inline
    alert: ["> [!{level}]", ""]
"""


@dataclass(frozen=True, slots=True)
class Generated:
    """A site made of values: its build, and the values by product."""

    built: Build
    site: Site
    values: Mapping[str, Sequence[str]]

    def style(self, dialect: str) -> Style:
        return self.site.settings.styles[dialect]


def quoted(text: str) -> str:
    """A text as a YAML scalar in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def generate(values: Mapping[str, Sequence[str]], *, html: bool = True) -> Generated:
    """Build a site whose pages, one for each product, show values in every place that can show one."""
    products, things, rows = [], [], []
    for product, texts in values.items():
        name, first, second = (quoted(text) for text in (texts[0], texts[1], texts[2]))
        products.append(f"    {product}: {{name: {name}, first: {first}, second: {second}}}")
        ids = [f"{product}-{i}" for i in range(len(texts))]
        rows.append(f"      - {{is: [{', '.join(ids)}], for: {product}}}")
        for i, (id_, text) in enumerate(zip(ids, texts, strict=True)):
            other = quoted(texts[i - 1])
            note = ", note: More below." if i % 10 == 0 else ""
            things.append(
                f"    {id_}: {{plain: {quoted(text)}, other: {other}, parts: [{other}, {quoted(text)}],"
                f" target: {quoted(TARGETS[i % len(TARGETS)])}, state: {('yes', 'no', 'preview >=2', '1.2')[i % 4]},"
                f' rich: "**Bold**, `a|b` and [a link](/a/)"{note}}}'
            )
    longest = max(len(texts) for texts in values.values())
    stacked = "{header: Stacked, fields: [plain, parts]}" if html else "{header: Parts, field: parts}"
    facts = "\n".join(
        [
            "products:", "  fields: {name: text, first: text, second: text}", "  records:", *products,
            "libraries: {fields: {name: text}, records: {python: {name: Python}}}",
            "things:",
            "  fields: {plain: text, other: text, parts: list of text, target: link, state: support, rich: markdown}",
            "  records:", *things,
            "tables:",
            "  grid:", "    caption: << product.second >>", "    from: things",
            "    rows:", *rows,
            "    columns:",
            "      - {header: << product.first >>, field: plain}",
            "      - {header: << product.name >> and << product.second >>, field: plain, code: yes}",
            "      - {header: << product.second >>, field: plain, link: target}",
            f"      - {stacked}",
            "      - {header: State, field: state}",
            "      - {header: Rich, field: rich}",
            "  items:", "    layout: list", "    from: things",
            "    rows:", *rows,
            "    columns: [{field: plain}, {field: other, code: yes}]",
        ]
    )  # fmt: skip
    prose = "\n\n".join(construct.in_page() for construct in PROSE)
    page = FILE_OF_PAGES.format(products=", ".join(values), things=longest, prose=prose)
    texts_of_site = {
        "sitegen.yaml": SETTINGS if html else SETTINGS.replace("\n    links: reference\n", WITHOUT_HTML),
        "content/facts.yaml": facts,
        "content/page.md": page,
        **{f"partials/{path.name}": path.read_text("utf-8") for path in (ROOT / "partials").glob("*.html")},
    }
    site = load({path: text.encode() for path, text in texts_of_site.items()})
    built = build_site(site, DAY, (HUGO, MARKDOC))
    assert built.findings == ()
    return Generated(built, site, values)


@cache
def hostile(batch: int, *, html: bool = True) -> Generated:
    """A batch of hostile values as a site."""
    texts = hostile_values(batch)
    return generate({f"p{i}": texts[i::PAGES] for i in range(PAGES)}, html=html)


def filled(text: str, v: str, w: str) -> str:
    """What a reader finds where a construct shows two values."""
    return one_space(re.sub("«(.)»", lambda match: {"v": v, "w": w}[match[1]], text))


def prose_of(texts: Sequence[str], dialect: str) -> Iterator[tuple[str, str, Construct]]:
    """The pieces of prose of a page, each with its two values."""
    for i, v in enumerate(texts):
        for construct in PROSE:
            if construct.only in ("", dialect):
                yield v, texts[i - 1], construct


def check_prose(root: Element, texts: Sequence[str]) -> None:
    """The blocks and links of a page are those that its values were put into."""
    wanted = [
        (name, filled(text, v, w)) for v, w, construct in prose_of(texts) for name, text in construct.blocks
    ]
    assert differences(wanted, list(blocks(root))[: len(wanted)]) == []
    wanted = [(filled(text, v, w), filled(to, v, w)) for v, w, piece in prose_of(texts) for text, to in piece.links]
    found = [(text, unquote(to).removeprefix("https://pages.test")) for text, to in links(root)[: len(wanted)]]
    assert differences([(text, unquote(to)) for text, to in wanted], found) == []


def differences(wanted: Sequence[object], found: Sequence[object]) -> list[tuple[object, object]]:
    """The first few places where two lists differ."""
    pairs = [(a, b) for a, b in zip(wanted, found, strict=False) if a != b]
    return [*pairs[:5], *([("as many", len(wanted), len(found))] if len(wanted) != len(found) else [])]
