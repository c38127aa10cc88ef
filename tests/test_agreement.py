"""Agreement: output that is read back with the tools that publish it contains the cells of the tables.

This is tested for the tables of this site on each of its dates, and for sites of hostile values:
text that is syntax in YAML, Markdown, HTML, Go templates, Hugo or Markdoc. Such a value appears
unchanged wherever a site can show it, and nothing in it is executed.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.documents.documents import Document, Partial
from sitegen.formats.commonmark import to_html
from sitegen.formats.style import Style
from sitegen.site.combine import Build
from tests.support.expected_tables import assert_same, check_tables, expected_grid, expected_text, shown_tables
from tests.support.hostile_site import (
    BATCHES,
    FRAGMENT,
    GITHUB,
    HOSTILE,
    HTML,
    HUGO,
    MARKDOC,
    MDX,
    MKDOCS,
    PROSE,
    RST,
    TARGETS,
    TEMPLATES,
    WORDS,
    Construct,
    Generated,
    errors,
    generate,
    hostile,
    quoted,
)
from tests.support.readers import (
    PLANTED,
    Element,
    blocks,
    front_matter,
    links,
    lists,
    one_space,
    pipe_tables,
    read_as_github,
    read_as_mkdocs,
    read_as_rst,
    read_html,
    read_with_hugo,
    read_with_markdoc,
    read_with_mdx,
    tables,
    text_of,
)
from tests.support.requirements import slow
from tests.support.sites import (
    DAYS,
    ROOT,
    build,
    build_site,
    example_build,
    example_site,
    load,
    own_build,
    own_site,
    tiny,
)

# --- this site, and the one in `examples` ----------------------------------------------

SITES = {f"this site, {day}": (own_site, own_build, day) for day in DAYS}
SITES["the site in examples"] = (example_site, example_build, "2026-04-01")


def made_of(name: str) -> tuple[Build, Mapping[str, Style]]:
    """A site in every format, and the styles of the formats."""
    site, build_of, day = SITES[name]
    return build_of(day), site().settings.styles


def hugo_files(made: Build) -> dict[str, str]:
    """The files of a Hugo site by path."""
    return {path.removeprefix("hugo/"): file.text for path, file in made.files.items() if file.format == HUGO}


def pages_of(made: Build, format_name: str) -> dict[str, Document]:
    """The documents of a format by the path of their page."""
    return {path: document for path, document in made.documents.items() if made.files[path].format == format_name}


@pytest.mark.parametrize("name", SITES)
def test_hugo_shows_the_tables_of_a_site(name: str, hugo: Path, tmp_path: Path) -> None:
    made, styles = made_of(name)
    pages = read_with_hugo(hugo, tmp_path, hugo_files(made), "html")
    documents = pages_of(made, HUGO)
    assert pages.keys() == {path.removeprefix("hugo/content/") for path in documents}
    for path, document in documents.items():
        page = pages[path.removeprefix("hugo/content/")]
        check_tables(page.main, list(shown_tables(document, HUGO)), styles[HUGO])


@pytest.mark.parametrize("day", DAYS)
def test_tables_of_this_site_need_no_html_unless_cells_have_several_lines(day: str, hugo: Path, tmp_path: Path) -> None:
    made, style = own_build(day), own_site().settings.styles[HUGO]
    pages = read_with_hugo(hugo, tmp_path, hugo_files(made), "no html", warnings=True)
    for path, document in pages_of(made, HUGO).items():
        shown = [(table, where) for table, where in shown_tables(document, HUGO) if table.layout == "table"]
        read = tables(pages[path.removeprefix("hugo/content/")].main)
        assert len(read) == len(shown)
        for (table, where), found in zip(shown, read, strict=True):
            if all(len(cell.lines) < 2 for row in table.rows for cell in row.cells):
                assert_same(expected_grid(table, where, style), found.rows)


@pytest.mark.parametrize("name", SITES)
def test_markdoc_shows_the_tables_of_a_site(name: str, node: Path, markdoc: Path) -> None:
    made, styles = made_of(name)
    texts = {path: file.text for path, file in made.files.items() if file.format == MARKDOC}
    read = read_with_markdoc(node, markdoc, texts)
    style = styles[MARKDOC]
    for path, page in read.items():
        assert page.problems == [], path
    for path, document in pages_of(made, MARKDOC).items():
        check_tables(read[path].tree, list(shown_tables(document, MARKDOC)), style)
        check_headings(read[path].tree, document)
    for partial in made.partials.values():
        tree = read[f"markdoc/partials/{partial.path}.md"].tree
        check_tables(tree, [(table, MARKDOC) for table in partial.tables], style)


@pytest.mark.parametrize("day", DAYS)
def test_the_partials_of_this_site_are_valid_html(day: str) -> None:
    made = own_build(day)
    assert made.partials
    for partial in made.partials.values():
        text = made.files[f"hugo/layouts/partials/{partial.path}.html"].text
        check_fragment(text, partial, own_site().settings.styles[HUGO])


@pytest.mark.parametrize("name", SITES)
def test_a_browser_shows_the_tables_of_a_site(name: str) -> None:
    made, styles = made_of(name)
    documents = pages_of(made, HTML)
    assert documents
    for path, document in documents.items():
        main = next(read_html(made.files[path].text).all("main"))
        check_tables(main, list(shown_tables(document, HTML)), styles[HTML])


def check_fragment(text: str, partial: Partial, style: Style) -> Element:
    """Check the tables of a partial in a browser, with captions and scopes; it has no empty line. Returns its tables."""
    root = read_html(text, fragment=True)
    check_tables(root, [(table, FRAGMENT) for table in partial.tables], style)
    grids = [table for table in partial.tables if table.layout == "table"]
    assert [found.caption for found in tables(root)] == [one_space(table.caption) for table in grids]
    for table in root.all("table"):
        assert all(cell.attributes.get("scope") in ("col", "colgroup", "row", "rowgroup") for cell in table.all("th"))
        assert all(next(row.all("th"), None) is not None for row in table.all("tr"))
    assert all(line.strip() for line in text.removesuffix("\n").split("\n"))
    return root


def check_headings(root: Element, document: Document) -> None:
    """Compare the ids of the headings below the title with those of the document."""
    first = 1 if document.title else 0
    assert [id_.removeprefix("Section-") for id_ in heading_ids(root)[first:]] == list(document.anchors)


def heading_ids(root: Element) -> list[str]:
    """The ids of the headings of a page, in order."""
    return [heading.attributes.get("id", "") for heading in root.all("h1", "h2", "h3", "h4", "h5", "h6")]


# --- hostile values --------------------------------------------------------------------


def sound(texts: Mapping[str, bytes]) -> Build:
    """Build a small site without findings."""
    made = build(load(texts), "2026-04-01")
    assert errors(made) == []
    return made


def filled(text: str, v: str, w: str) -> str:
    """The text of a construct that shows two values."""
    return re.sub("«(.)»", lambda match: {"v": v, "w": w}[match[1]], text)


def prose_of(texts: Sequence[str], format_name: str) -> Iterator[tuple[str, str, Construct]]:
    """The pieces of prose of a page, each with its two values."""
    for i, v in enumerate(texts):
        for construct in PROSE:
            if construct.only in ("", format_name):
                yield v, texts[i - 1], construct


def check_page(root: Element, texts: Sequence[str], document: Document, format_name: str, style: Style) -> None:
    """Check that a page shows its values in prose, links, notes, lists and tables, and nothing else."""
    wanted = [
        (name, one_space(filled(text, v, w)))
        for v, w, construct in prose_of(texts, format_name)
        for name, text in construct.blocks
    ]
    titles, count = [one_space(text) for text in texts[::10]], len(texts[::10])

    def notes(number: int) -> list[tuple[str, str]]:
        """The notes of a table, and in formats without footnotes the number of the first one."""
        if format_name in (MARKDOC, MKDOCS):
            return [("p", f"[^{number + i}] Note ({title}): More below.") for i, title in enumerate(titles)]
        return [
            ("li", f"{title}: More below." if format_name == HTML else f"Note ({title}): More below.")
            for title in titles
        ]

    def items(number: int) -> list[tuple[str, str]]:
        """The items of the list."""
        marked = format_name in (MARKDOC, MKDOCS)
        marks = [f"[^{number + i // 10}]" if marked and i % 10 == 0 else "" for i in range(len(texts))]
        return [("li", one_space(f"{text}{marks[i]} {texts[i - 1]}")) for i, text in enumerate(texts)]

    if format_name == HUGO:  # whose notes of the page are footnotes
        of_fragment = [*notes(0), *items(0), *notes(0), *notes(0)]
        wanted += [*items(0), ("p", "The same as a fragment:"), *of_fragment]
        wanted += [("p", f"{text}\xa0") for _, text in (*notes(0), *notes(0), *notes(0))]
    elif format_name in (GITHUB, MDX, RST):  # which have no other partial
        wanted += [*items(0), ("p", "The same as a fragment:"), *items(0)]
        wanted += [("p", text) for _ in range(2) for _, text in (*notes(0), *notes(0), *notes(0))]
    else:
        for first in (1, 1 + 3 * count):
            wanted += [] if first == 1 else [("p", "The same as a fragment:")]
            wanted += [*notes(first), *items(first + count), *notes(first + count), *notes(first + 2 * count)]
    frame = [("p", one_space(f"{texts[0]} for Python, as of April 1, 2026"))] if format_name == HTML else []
    frame += (
        [("p", "Note")] if format_name in (HTML, MKDOCS, RST) else [("h2", "Footnotes")] if format_name == MDX else []
    )
    found = [block for block in blocks(root) if block not in frame and block[0] != "h1"]
    if format_name in (MKDOCS, RST):  # which have paragraphs in the items of some lists
        wanted, found = ([(name.replace("li", "p"), text) for name, text in each] for each in (wanted, found))
    assert_same(wanted, found)
    targets = [
        (one_space(filled(text, v, w)), unquote(filled(target, v, w)))
        for v, w, construct in prose_of(texts, format_name)
        for text, target in construct.links
    ]
    read = [(text, unquote(target)) for text, target in links(root)]
    if format_name in (GITHUB, MDX):  # which link addresses, even if their signs are entities
        addresses = ((text, to, unquote(text)) for text, to in read)
        read = [(text, to) for text, to, own in addresses if to not in (text, own, f"mailto:{own}", f"http://{own}")]
        targets = [(text, target) for text, target in targets if text != target]
    assert_same(targets, read[: len(targets)])
    in_cells = {(one_space(text), unquote(TARGETS[i % len(TARGETS)])) for i, text in enumerate(texts)}
    if format_name == RST:  # where a link to a heading leads to its label
        in_cells = {(text, target) for text, target in in_cells if target != "#b"}
    assert in_cells - {(text, unquote(target)) for text, target in links(root)} == set()
    shown = list(shown_tables(document, format_name))
    assert [expected_text(replace(row.cells[0], notes=()), format_name, style) for row in shown[0][0].rows] == [
        one_space(text) for text in texts
    ]
    check_tables(root, shown, style)


def check_lines(text: str) -> None:
    """Check that all lines of a pipe table have the same number of cells, and that no internal mark is left."""
    found = pipe_tables(text)
    assert found
    assert all(len(set(table)) == 1 for table in found)
    assert not re.search("[\ufdd0-\ufdef]", text)


@pytest.mark.parametrize(
    ("batch", "configuration"),
    [(0, "everything"), *(slow(batch, "everything") for batch in range(1, BATCHES)), slow(0, "no html")],
)
def test_hugo_shows_hostile_values_unchanged(batch: int, configuration: str, hugo: Path, tmp_path: Path) -> None:
    site = hostile(batch, HUGO, html=configuration != "no html")
    pages = read_with_hugo(hugo, tmp_path, hugo_files(site.made), configuration)
    assert pages.keys() == {f"{product}/python.md" for product in site.values}
    harmless = elements(pages[f"{WORDS}/python.md"].main)
    for product, texts in site.values.items():
        page, path = pages[f"{product}/python.md"], f"hugo/content/{product}/python.md"
        assert PLANTED not in page.html
        assert page.title == texts[0]
        assert page.params["description"] == texts[1]
        assert page.params["labels"] == [texts[0], f"a {texts[1]} b"]
        assert page.params["further"] == [{"text": texts[2], "link": "/a/"}]
        check_page(page.main, texts, site.made.documents[path], HUGO, site.style(HUGO))
        assert [table.caption for table in tables(page.main)] == ["", "", one_space(texts[2]), one_space(texts[1])]
        assert elements(page.main) == harmless
        check_lines(site.made.files[path].text)
    if configuration == "everything":
        check_fragments(site)


def check_fragments(site: Generated) -> None:
    """Check that a browser shows the hostile values of a partial unchanged."""
    found = {}
    for product in site.values:
        text = site.made.files[f"hugo/layouts/partials/{product}/python/grid.html"].text
        root = check_fragment(text, site.made.partials[f"{product}/python/grid"], site.style(HUGO))
        found[product] = elements(root, but=())
    assert found == dict.fromkeys(found, found[WORDS])


@pytest.mark.parametrize("batch", range(BATCHES))
def test_markdoc_shows_hostile_values_unchanged(batch: int, node: Path, markdoc: Path) -> None:
    site = hostile(batch, MARKDOC)
    texts = {path: file.text for path, file in site.made.files.items() if file.format == MARKDOC}
    read = read_with_markdoc(node, markdoc, texts)
    harmless = elements(read[f"markdoc/{WORDS}/python.md"].tree)
    for product, values in site.values.items():
        path = f"markdoc/{product}/python.md"
        page, document = read[path], site.made.documents[path]
        assert page.front == front_matter(texts[path])
        assert page.front["labels"] == [values[0], f"a {values[1]} b"]
        assert next(blocks(page.tree)) == ("h1", one_space(values[0]))
        check_page(page.tree, values, document, MARKDOC, site.style(MARKDOC))
        assert elements(page.tree) == harmless
        check_lines(texts[path])
        partial = site.made.partials[f"{product}/python/grid"]
        tree = read[f"markdoc/partials/{partial.path}.md"].tree
        check_tables(tree, [(table, MARKDOC) for table in partial.tables], site.style(MARKDOC))
    for path, page in read.items():
        assert page.problems == [], path
        if path in site.made.documents:
            check_headings(page.tree, site.made.documents[path])


READERS: Mapping[str, Callable[[str], Element]] = {GITHUB: read_as_github, MKDOCS: read_as_mkdocs, RST: read_as_rst}


@pytest.mark.parametrize(
    ("format_name", "batch"),
    [slow(RST, 0), *(slow(name, batch) for name in (GITHUB, MKDOCS) for batch in range(BATCHES))],
)
def test_other_readers_show_hostile_values_unchanged(format_name: str, batch: int) -> None:
    site = hostile(batch, format_name)
    check_read(site, format_name, {path: READERS[format_name](file.text) for path, file in site.made.files.items()})


@pytest.mark.parametrize("batch", range(BATCHES))
def test_mdx_shows_hostile_values_unchanged(batch: int, node: Path, npm: Path) -> None:
    site = hostile(batch, MDX)
    check_read(site, MDX, read_with_mdx(node, npm, {path: file.text for path, file in site.made.files.items()}))


def check_read(site: Generated, format_name: str, read: Mapping[str, Element]) -> None:
    """Check the pages and partials of a site of hostile values, as read."""
    paths = {document.about.page.partition("/")[0]: path for path, document in site.made.documents.items()}
    harmless = elements(read[paths[WORDS]])
    for product, values in site.values.items():
        page, document = read[paths[product]], site.made.documents[paths[product]]
        if format_name != MDX:  # where the title is in the front matter
            assert next(blocks(page)) == ("h1", one_space(values[0]))
        check_page(page, values, document, format_name, site.style(format_name))
        assert elements(page) == harmless or format_name in (GITHUB, MDX, RST)  # which link addresses, or split code
        if format_name in (MKDOCS, MDX):  # cmark adds no ids, and docutils halts at an unknown label
            headings = [*page.all("h1", "h2", "h3", "h4", "h5", "h6")][format_name != MDX :]
            taken: set[str] = set()  # MkDocs creates one id for headings that differ only in punctuation
            for anchor, heading in zip(document.anchors, headings, strict=False):  # footnotes have a heading, too
                ids = {each.attributes.get("id", "") for each in (heading, *heading.all())}
                assert anchor in ids or anchor in taken
                taken |= ids
    for path, file in site.made.files.items():
        if format_name != RST:
            check_lines(file.text)
        for partial in (partial for partial in site.made.partials.values() if file.fragment and partial.path in path):
            check_tables(read[path], [(table, format_name) for table in partial.tables], site.style(format_name))


@pytest.mark.parametrize("batch", [0, slow(1)])
def test_a_browser_shows_hostile_values_unchanged(batch: int) -> None:
    site = hostile(batch, HTML)
    pages = {product: read_html(site.made.files[f"html/{product}/python/index.html"].text) for product in site.values}
    harmless = elements(pages[WORDS], but=())
    for product, texts in site.values.items():
        main = next(pages[product].all("main"))
        document = site.made.documents[f"html/{product}/python/index.html"]
        assert next(blocks(main)) == ("h1", one_space(texts[0]))
        check_page(main, texts, document, HTML, site.style(HTML))
        check_headings(main, document)
        assert elements(pages[product], but=()) == harmless


def elements(root: Element, *, but: Sequence[str] = ("code",)) -> Counter[tuple[str, ...]]:
    """Count each element with its attributes on a page.

    Code spans of Markdown do not count: a value that cannot be in one is written as text. Nor do the anchors of
    headings, which some texts need.
    """
    found = ((element.name, *sorted(element.attributes)) for element in root.all() if element.name not in but)
    return Counter(each for each in found if each != ("a", "id"))


# --- hostile values in small sites -----------------------------------------------------


@given(
    st.lists(
        st.text(
            st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Cn"], exclude_characters="\ufeff"), min_size=1
        )
        .map(str.strip)
        .filter(bool),
        min_size=3,
        max_size=8,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_is_unchanged_in_a_partial(texts: list[str]) -> None:
    site = generate({"p": texts}, HUGO)
    text = site.made.files["hugo/layouts/partials/p/python/grid.html"].text
    partial = site.made.partials["p/python/grid"]
    rows = tables(check_fragment(text, partial, site.style(HUGO)))[0].rows
    assert [row[0] for row in rows[1:]] == [one_space(value) for value in texts]
    assert rows[0][0] == one_space(texts[1])


FACTS = """
things:
  fields: {{text: text, rich: optional markdown}}
  records:
{records}
tables:
  grid:
    caption: Things
    from: things
    columns: [{{header: Text, field: text}}, {{header: Rich, field: rich}}]
"""
PARTIALS = "partials: {grid: {path: << product.id >>/grid, tables: [grid]}}"


def small_site(page: str, texts: Sequence[str], rich: Sequence[str] = (), **files: str) -> dict[str, bytes]:
    """A site whose page may use `things.v0.text` and so on, the table `grid` and the partial `grid`."""
    records = [
        f"    v{i}: {{text: {quoted(text)}, rich: {quoted(rich[i]) if rich else 'none'}}}"
        for i, text in enumerate(texts)
    ]
    return tiny(FACTS.format(records="\n".join(records)), page, **{"sitegen_yaml": PARTIALS, **files})


ReadBack = Callable[[Mapping[str, bytes]], dict[str, Element]]


@pytest.fixture
def read_back(hugo: Path, node: Path, markdoc: Path, tmp_path: Path) -> ReadBack:
    """Build a small site, and parse its page in each format and its partial."""

    def read(texts: Mapping[str, bytes]) -> dict[str, Element]:
        made = sound(texts)
        page = read_with_markdoc(node, markdoc, {"page": made.files["markdoc/web/python.md"].text})["page"]
        assert page.problems == []
        main = read_with_hugo(hugo, tmp_path, hugo_files(made), "html")["web/python.md"].main
        fragment = read_html(made.files["hugo/layouts/partials/web/grid.html"].text, fragment=True)
        return {HUGO: main, MARKDOC: page.tree, FRAGMENT: fragment}

    return read


def test_a_planted_file_is_included_only_by_templates_of_authors(hugo: Path, tmp_path: Path) -> None:
    attacks = [
        "{{ readFile `secret.txt` }}",
        '{{ readFile "secret.txt" }}',
        "{{ os.ReadFile `secret.txt` }}",
        "{{< X >}}",
    ]
    page = "<< partials.grid >>\n\n<< tables.grid >>\n\n" + "".join(
        f"<< things.v{i}.text >> `<< things.v{i}.text >>`\n\n" for i in range(len(attacks))
    )
    texts = small_site(page, attacks)
    main = read_with_hugo(hugo, tmp_path / "values", hugo_files(sound(texts)), "everything")["web/python.md"].main
    assert [row[0] for table in tables(main) for row in table.rows[1:]] == attacks * 2
    assert PLANTED not in text_of(main)
    assert not [element for element in main.all("span") if "role" in element.attributes]
    texts["partials/fragment.html"] = b"{{ readFile `secret.txt` }}"
    main = read_with_hugo(hugo, tmp_path / "template", hugo_files(sound(texts)), "html")["web/python.md"].main
    assert PLANTED in text_of(main)


ORDINARY = (
    "x86-64, AArch64", "Software Composition Analysis (SCA)", "1.9.0", "http.client", "3.9+", "C#", "C++", ".NET", "F# 8",
    "Node.js 18.x", "2.7, 3.5-3.11", "mysql-connector-python", "Linux (GNU)", "private beta", "API Security: Inventory",
    "AWS Lambda / Fargate", "10% of 3", "Is it? Yes!", "a, b; c", "50 = fifty", "version 1.0, 2.0.", "ASP.NET Core 3.1+",
    "naïve café", "日本語", "π ≈ 3", "N/A", "1.x", "(GA)", "<2", "schema_url", "Call#execute()", "RHEL & CentOS",
    "a < b > c", "C:\\Windows", "5 * 3", "#1", "a_b_c", "1.2-rc_1",
)  # fmt: skip
# Nothing in a cell, but a list, a quote or a heading at the start of a line, or markup next to other text.
IN_CELLS = (
    "AT&T", "+", "-", "@", ">=4", ">= 4.0, < 5", "~2024-07, ~2024-09", "~> 2.3", "~=1.4", "^1.2, ^2.0", "7u60+*, 8u40+", "4.*", "- x",
    "+ x", "1. x", "# x", "> x", "= x", "x {y}", "/{id}/", "$HOME", "=1.0", "*", "**", "_x", "100%", "@angular/core", "a]",
    "1..2", "Node:", ":", "==", "checkout@v4",
)  # fmt: skip


def test_ordinary_text_is_emitted_unchanged() -> None:
    texts = small_site(
        "<< tables.grid >>\n\n" + "".join(f"- << things.v{i}.text >>\n" for i in range(len(ORDINARY))), ORDINARY
    )
    for path, file in sound(texts).files.items():
        if path.startswith(("hugo/content/web", "markdoc/web")):
            lines = file.text.splitlines()
            assert [line.removeprefix("- ") for line in lines if line.startswith("- ")] == list(ORDINARY)
            cells = [line.split("|")[1].strip() for line in lines if line.startswith("|")]
            assert cells[2:] == list(ORDINARY)


def test_what_a_reader_misreads_only_elsewhere_is_emitted_unchanged_in_a_cell(read_back: ReadBack) -> None:
    page = "<< tables.grid >>\n\n" + "".join(f"- << things.v{i}.text >>\n" for i in range(len(IN_CELLS)))
    texts = small_site(page, IN_CELLS)
    files = {path: file for path, file in sound(texts).files.items() if path.endswith("web/python.md")}
    assert len(files) == 2
    for path, file in files.items():
        cells = [line.split("|")[1].strip() for line in file.text.splitlines() if line.startswith("|")]
        kept = IN_CELLS if path.startswith(MARKDOC) else [text for text in IN_CELLS if text != "=="]
        assert_same(kept, [text for text in cells[2:] if "&#" not in text])
    for root in read_back(texts).values():
        assert [row[0] for row in tables(root)[0].rows[1:]] == list(IN_CELLS)
        if root.name != "main":
            continue
        assert list(IN_CELLS) in lists(root)


SIGNS = (*"*_~^$+-=:<>&#@[]{}%!\\`|.'\"", "..", "--", "{{", "{%")
PIECES = ("a", "b", "amp", "copy;", "x", "1", "2.", "www", "http", "://", "10.", " ", " ", "é")


def text_of_signs(chance: random.Random, signs: Sequence[str]) -> str:
    """A text of a few signs, words and spaces."""
    while True:
        text = "".join(chance.choices((*signs, *signs, *PIECES), k=chance.randrange(1, 9))).strip()
        if text and not re.search(r"\w\+\+(?![\w+])", text):
            return text


@pytest.mark.parametrize("seed", [1, *map(slow, range(2, 6))])
def test_values_of_any_signs_are_unchanged_next_to_each_other(
    seed: int, hugo: Path, node: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    chance = random.Random(seed)
    pairs = []
    for _ in range(150):
        signs = chance.sample(SIGNS, 2)  # few, so that a value often continues what the one before it begins
        pairs.append((text_of_signs(chance, signs), text_of_signs(chance, signs)))
    page, wanted = "", []
    for i, (v, w) in enumerate(pairs):
        first, second = f"<< things.v{2 * i}.text >>", f"<< things.v{2 * i + 1}.text >>"
        page += f"{first}\n\nSay {first}{second} (x{first}x)\n\n- {first}\n- {second}\n\n**{first}** or *{second}*\n\n"
        page += f"## {first}\n\ntext\n{first}\n{second}\n\n"
        wanted += [("p", v), ("p", f"Say {v}{w} (x{v}x)"), ("li", v), ("li", w), ("p", f"{v} or {w}"), ("h2", v)]
        wanted += [("p", f"text {v} {w}")]
    texts = [text for pair in pairs for text in pair]
    made = sound(small_site(page + "<< tables.grid >>", texts))
    roots = [
        read_with_hugo(hugo, tmp_path / name, hugo_files(made), name)["web/python.md"].main
        for name in ("html", "everything")
    ]
    if seed > 1:  # Markdoc is slow to install
        text = made.files["markdoc/web/python.md"].text
        roots.append(read_with_markdoc(node, request.getfixturevalue("markdoc"), {"page": text})["page"].tree)
    for root in roots:
        found = [block for block in blocks(root) if block[0] != "h1"]
        assert_same([(name, one_space(text)) for name, text in wanted], found)
        assert_same(list(map(one_space, texts)), [row[0] for row in tables(root)[0].rows[1:]])


def test_versions_keep_the_notation_of_the_author() -> None:
    versions = ("1.9.0", "3.10", ">=4.0,<5", "2.7, 3.5-3.11", "3.9+", "2.x", "<2", ">=2, except 2.3.1")
    facts = "\n".join(
        ["things:", "  fields: {versions: versions}", "  records:"]
        + [f"    v{i}: {{versions: {quoted(text)}}}" for i, text in enumerate(versions)]
        + ["tables: {grid: {caption: Versions, from: things, columns: [{header: Versions, field: versions}]}}"]
    )
    for path, file in sound(tiny(facts, "<< tables.grid >>")).files.items():
        if path.startswith(("hugo/content/web", "markdoc/web")):
            cells = [line.strip("| ").replace("`", "") for line in file.text.splitlines() if line.startswith("|")]
            assert cells[2:] == list(versions)


FRONT = (
    *HOSTILE, "a\ndraft: true", "---", "a\n---\nb", "a\n...\nb", "\n", "\n\n", "a\n", "\na", " a ", "a: b", "a:", ": a",
    "a #b", "#a", "- a", "? a", "! a", "!!int 3", "& a", "*a", "%TAG", "@a", "{a", "[a", "a]", ",a", "|", "|-\n a", ">", ">-",
    "'a", '"a', "a\\nb", "\t", "a\tb\n", "aliases: [/b/]", "url: /b/", "layout: b", "=", "<", "y", "n", "on", "off", "NaN",
    "+1", "-1", "0o7", "1_0", "12:30:45", "2026-05-31T00:00:00Z", "Null", "~", "", "🙂\n\ud7ff\ue000", "\u200b", "\u202e",
    "a" * 500, "word " * 100, "\\", "\\u0041", "\xa0", "\u3000a",
)  # fmt: skip


def front_values(page: int) -> list[str]:
    """Texts for the front matter of a page: some that try to break out of it, and random ones."""
    chance = random.Random(page)
    signs = [chr(code) for code in (*range(32, 127), 9, 10, 10, 0xA0, *range(0x2000, 0x2028), 0x1F600, 0x10FFFD)]
    made = ["".join(chance.choices(signs, k=chance.randrange(1, 12))) for _ in range(40)]
    return [text for text in (*FRONT[page::10], *made) if not re.search("<[<%#]", text)]


def test_front_matter_can_contain_any_text(hugo: Path, node: Path, markdoc: Path, tmp_path: Path) -> None:
    pages = {f"p{i}": front_values(i) for i in range(20)}
    files = {
        f"content/{product}.md": f"---\nfor: {product}\ntitle: {quoted('t' + texts[0])}\nlabels: {flow(texts)}\n"
        f"deep: {{one: {{two: {flow(texts[:3])}}}, three: [{{four: {quoted(texts[-1])}}}]}}\n"
        "number: 7\nflag: true\n---\nText.\n"
        for product, texts in pages.items()
    }
    roles = (
        f"products: {{fields: {{name: text}}, records: {{{', '.join(f'{p}: {{name: P}}' for p in pages)}}}}}\n"
        "libraries: {fields: {name: text}, records: {python: {name: Python}}}\n"
    )
    texts_of_site = {"sitegen.yaml": "", "content/roles.yaml": roles, **files}
    made = sound({**TEMPLATES, **{path: text.encode() for path, text in texts_of_site.items()}})
    read = read_with_hugo(hugo, tmp_path, hugo_files(made), "html")
    assert read.keys() == {f"{product}/python.md" for product in pages}
    by_markdoc = read_with_markdoc(
        node, markdoc, {product: made.files[f"markdoc/{product}/python.md"].text for product in pages}
    )
    for product, texts in pages.items():
        wanted = {
            "title": f"t{texts[0]}",
            "labels": texts,
            "deep": {"one": {"two": texts[:3]}, "three": [{"four": texts[-1]}]},
            "number": 7,
            "flag": True,
        }
        page = read[f"{product}/python.md"]
        assert {key: page.params[key] for key in wanted} == wanted
        assert page.title == wanted["title"]
        assert front_matter(made.files[f"hugo/content/{product}/python.md"].text) == wanted
        assert by_markdoc[product].front == wanted


def flow(texts: Sequence[str]) -> str:
    """Texts as a YAML list on one line."""
    return "[" + ", ".join(quoted(text) for text in texts) + "]"


def test_headers_captions_and_words_of_a_table_can_contain_any_text(read_back: ReadBack) -> None:
    texts = [text for text in HOSTILE if not re.search("<[<%#]", text)]
    columns = "".join(
        f"      - {{header: {quoted(text)}, field: plain, words: {{no: {quoted(text)}}}}}\n" for text in texts
    )
    facts = (
        "things:\n  fields: {plain: support}\n  records: {a: {plain: no}}\n"
        f"tables:\n  grid:\n    caption: {quoted(' '.join(texts))}\n    from: things\n    columns:\n{columns}"
    )
    pages = read_back(tiny(facts, "<< tables.grid >>", sitegen_yaml=PARTIALS))
    for page in pages.values():
        assert_same([[one_space(text) for text in texts]] * 2, tables(page)[0].rows)
    assert tables(pages[FRAGMENT])[0].caption == one_space(" ".join(texts))


def test_a_cell_without_a_value_is_emitted(read_back: ReadBack) -> None:
    for page in read_back(small_site("<< tables.grid >>", ["a", "b"])).values():
        assert tables(page)[0].rows == [["Text", "Rich"], ["a", ""], ["b", ""]]


# --- Markdown of facts -----------------------------------------------------------------

MARKDOWN = {
    "Plain text": "Plain text",
    "**Bold**, *light* and ***both***": "Bold, light and both",
    "__Bold__ and _light_": "Bold and light",
    "**a *b* c** and *a **b** c*": "a b c and a b c",
    "**`code`** and *[a](/b/)*": "code and a",
    "~~gone~~": "gone",
    "~~1 `a` [b](/c/)~~ ~~2~~ 3 ~~ 4 ~~": "1 a b 2 3 ~~ 4 ~~",
    "snake_case_name": "snake_case_name",
    "2 * 3 * 4": "2 * 3 * 4",
    r"\*a\* \_b\_ \`c\` \[d\] 1\. e": "*a* _b_ `c` [d] 1. e",
    "AT&T &amp; &copy; &#65;": "AT&T & © A",
    "a | b": "a | b",
    r"a \| b": "a | b",
    r"a \\| b \\\| c \\\\| d": r"a \| b \| c \\| d",
    r"`a\|b`, `\\|` and [a `c\|d`](/e/)": r"a\|b, \\| and a c\|d",
    "`a|b` and `` a`b ``": "a|b and a`b",
    "`<b>` and `{a}` and `&amp;`": "<b> and {a} and &amp;",
    "[a *b* `c|d`](/e/)": "a b c|d",
    "<https://example.com/> <a@b.de>": "https://example.com/ a@b.de",
    "[a](/b/ (c)) and [a [b](/c/)](/d/)": "a and [a b](/d/)",
    r"\!\"\#\$\%\'\+\,\/\:\;\=\?\@\^\~\& a\'s": "!\"#$%'+,/:;=?@^~& a's",
    "a*b*c, __d__e and *f*.": "abc, __d__e and f.",
    "~5 or ~6~ and ~a~": "~5 or ~6~ and ~a~",
    "a:b, :smile: and C::D": "a:b, :smile: and C::D",
    "a <": "a <",
    "5 < 6 > 4": "5 < 6 > 4",
    "a {{ b }} { c": "a {{ b }} { c",
    "two  blanks": "two blanks",
}

NOT_IN_RST = ("***", "**a *b*", "**`code`", "~~")  # what reStructuredText cannot express


def test_markdown_of_a_fact_renders_the_same_in_every_format(read_back: ReadBack) -> None:
    page = "<< tables.grid >>\n\nBelow.\n"
    pages = read_back(small_site(page, ["x"] * len(MARKDOWN), list(MARKDOWN)))
    for where, root in pages.items():
        found = [row[1] for row in tables(root)[0].rows[1:]]
        assert_same([(where, text) for text in MARKDOWN.values()], [(where, text) for text in found])


@pytest.mark.parametrize("format_name", READERS)
def test_other_readers_render_markdown_of_a_fact_the_same(format_name: str) -> None:
    shown = {
        text: plain
        for text, plain in MARKDOWN.items()
        if format_name != RST or not any(sign in text for sign in NOT_IN_RST)
    }
    site = load(small_site("<< tables.grid >>\n", ["x"] * len(shown), list(shown)))
    made = build_site(site, date(2026, 4, 1), (format_name,))
    page = made.files[next(iter(made.documents))].text
    found = [row[1] for row in tables(READERS[format_name](page))[0].rows[1:]]
    assert_same([("", text) for text in shown.values()], [("", text) for text in found])


def test_an_image_in_markdown_of_a_fact_is_rendered(read_back: ReadBack) -> None:
    for page in read_back(small_site("<< tables.grid >>", ["x"], ["See ![a](/b.png)"])).values():
        assert [(image.attributes["alt"], image.attributes["src"]) for image in page.all("img")] == [("a", "/b.png")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{{< X >}}", "foreign-tag"),
        ("{% x %}", "foreign-tag"),
        ("<script>alert(1)</script>", "foreign-tag"),
        ("[a](javascript:b)", "bad-link"),
    ],
)
@pytest.mark.parametrize("place", ["rich: {}", "note: {}"])
def test_markdown_of_a_fact_rejects_what_a_partial_cannot_show(text: str, code: str, place: str) -> None:
    record = place.format(quoted(text))
    facts = (
        f"things:\n  fields: {{text: text, rich: optional markdown}}\n  records: {{a: {{text: x, {record}}}}}\n"
        "tables: {grid: {caption: Things, from: things, columns: [{header: Text, field: text}"
        + (", {header: Rich, field: rich}" if "rich" in place else "")
        + "]}}"
    )
    made = build(load(tiny(facts, "<< tables.grid >>", sitegen_yaml=PARTIALS)), "2026-04-01")
    assert {(error.code, error.place.file) for error in errors(made)} == {(code, "content/facts.yaml")}


# --- prose -----------------------------------------------------------------------------


def test_text_next_to_a_table_is_not_part_of_it(read_back: ReadBack) -> None:
    pages = read_back(small_site("Above\n<< tables.grid >>\nBelow\n", ["a"]))
    for where in (HUGO, MARKDOC):
        assert tables(pages[where])[0].rows == [["Text", "Rich"], ["a", ""]]
        assert list(blocks(pages[where]))[-2:] == [("p", "Above"), ("p", "Below")]


def test_values_work_in_titles_and_definitions_of_links(read_back: ReadBack) -> None:
    value = 'a " & b'
    page = '[x](/y/ "<< things.v0.text >>")\n\nSee [z].\n\n[z]: /z/<< things.v1.text >>/\n\n<< tables.grid >>'
    pages = read_back(small_site(page, [value, "w"]))
    for where in (HUGO, MARKDOC):
        assert next(pages[where].all("a")).attributes.get("title") == value
        assert ("z", "/z/w/") in links(pages[where])


AUTHORS_LINKS = {
    "[x](/a/)": ("x", "/a/", ""),
    "[x]( /a/ )": ("x", "/a/", ""),
    "[x](</a b/>)": ("x", "/a b/", ""),
    "[x](/a_(b))": ("x", "/a_(b)", ""),
    r"[x](/a\)b)": ("x", "/a)b", ""),
    '[x](/a/ "t")': ("x", "/a/", "t"),
    "[x](/a/ 't \"u\"')": ("x", "/a/", 't "u"'),
    "[x](/a/?b=1&copy=2&amp;c)": ("x", "/a/?b=1&copy=2&c", ""),
    r"[x `]` \] y](/a/)": ("x ] ] y", "/a/", ""),
    "[x](/a/)[y](/b/)": ("x", "/a/", ""),
    "<https://example.com/*a*/_b_/~~c~~>": (
        "https://example.com/*a*/_b_/~~c~~",
        "https://example.com/*a*/_b_/~~c~~",
        "",
    ),
    "<mailto:a@b.de>": ("mailto:a@b.de", "mailto:a@b.de", ""),
}


def test_links_of_authors_lead_to_their_targets(read_back: ReadBack) -> None:
    pages = read_back(small_site("\n\n".join(AUTHORS_LINKS) + "\n\n<< tables.grid >>", ["x"]))
    for where in (HUGO, MARKDOC):
        paragraphs = [next(found.all("a"), found) for found in pages[where].all("p")]
        read = [
            (text_of(link), unquote(link.attributes.get("href", "")), link.attributes.get("title", ""))
            for link in paragraphs
        ]
        assert_same(list(AUTHORS_LINKS.values()), read[: len(AUTHORS_LINKS)])


# Blocks that some readers misread as written here.
BLOCKS = (
    "- a\n  - b\n\n    c\n- d",
    "1. a\n\n   ```sh\n   x\n\n     y\n   ```\n2. b",
    "1. a\n   - b\n     - c",
    "- a\n\n      code",
    "    code\n\n    {% x %} <b>\n\ntext",
    "    a\tb\n\nc\n\n  \td",
    "Title of *two*\nlines\n---\n\ntext",
    "a  \nb\\\nc\n\n- d  \n  e",
    "a\n- b",
    "* a\n\n+ b",
    "> a\n>\n> - b\n>   - c",
    "> ```\n> code\n> ```",
    "a <!-- b --> c\n\n<!-- x\n\n# y -->\n\nd",
    "| a | b |\n|:--|--:|\n| `x` | *c*d |",
    '```js title="a"\n{% x %}\n```',
    "- use ` here\n- and `[a](b)`",
    "::note\n\n:::tip\n\n*a **b** c*.",
    "-\ta\n\n\tb\n\n1.\tc\n\n\t```sh\n\td\n\t```",
    "- a\n  - b\n\n  ```\n  c\n  ```",
    "> - a\n>\n> ```\n> b\n> ```",
    '[![a](https://b.de/c.png "d")](https://b.de/?e="f") and **![g](https://b.de/c.png) h**',
    '[![a](https://b.de/c.png)][d], [e] and [f]\n\n[d]: https://b.de/ "x"\n[e]: </g (h)/>\n  (y)\n[f]: /&auml;\\*/',
    " ```\n a\n  b\n ```",
    "***\n---\n\na",
    "> a\n\n> b",
    "-\n  a\n-\n  b",
    "&#9;a\n\n<!-- b --> <!-- c -->",
)


@pytest.mark.parametrize("format_name", [HUGO, HTML, GITHUB, MKDOCS, RST, slow(MARKDOC), slow(MDX)])
def test_blocks_of_authors_mean_the_same_to_all_readers(
    format_name: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    written = [text for text in BLOCKS if format_name != RST or "**" not in text]
    page = "\n\n".join(f"## Part\n\n{text}" for text in written) + "\n"
    made = build_site(load(small_site(page, ["x"])), date(2026, 4, 1), (format_name,))
    assert errors(made) == []
    path = next(iter(made.documents))
    text = made.files[path].text
    if format_name == HUGO:
        root = read_with_hugo(request.getfixturevalue("hugo"), tmp_path, hugo_files(made), "html")["web/python.md"].main
    elif format_name == HTML:
        root = next(read_html(text).all("main"))
    elif format_name == MARKDOC:
        node, npm = request.getfixturevalue("node"), request.getfixturevalue("npm")
        root = read_with_markdoc(node, npm, {path: text})[path].tree
    elif format_name == MDX:
        root = read_with_mdx(request.getfixturevalue("node"), request.getfixturevalue("npm"), {path: text})[path]
    else:
        root = READERS[format_name](text)
    wanted, found = [*structure(read_html(to_html(page), fragment=True))], [*structure(root)]
    assert_same(wanted, found[found.index("Part") - 1 :])


def structure(root: Element) -> Iterator[str]:
    """The texts of a page, and the kinds of the blocks that contain them."""
    line: list[Element | str] = []
    for child in (*root.children, None):
        is_block = isinstance(child, Element) and (child.name in KINDS or next(child.all(*KINDS), None) is not None)
        if (is_block or child is None) and (text := text_of(Element("p", {}, tuple(line)))):
            yield text
        if is_block or child is None:
            line.clear()
        if isinstance(child, Element) and is_block:
            name = re.sub("^h[1-6]$", "heading", child.name).replace("th", "td")
            yield from [f"<{name}>"] * (name in ("heading", "ul", "ol", "pre", "blockquote", "td"))
            yield from structure(child)
        elif child is not None:
            line.append(child)


@pytest.mark.parametrize(
    ("format_name", "page", "line"),
    [
        (MKDOCS, "1. a\n\nb\n\n2. *c*\n", 8),
        (MKDOCS, "a\n\n<details>\n<summary>b</summary>\n\n*c*\n\n</details>", 6),
        (MKDOCS, "a\n\n- ```\n  b\n  ```", 6),
        (MKDOCS, "- a\n-\n- b", 4),
        (RST, "a\n\n<!-- b --> *c*", 6),
        (RST, "a\n\n[b]()", 6),
    ],
)
def test_markup_without_an_equivalent_is_a_finding(format_name: str, page: str, line: int) -> None:
    problems = build_site(load(small_site(page, ["x"])), date(2026, 4, 1), (format_name,)).findings
    assert [(each.code, each.place.line) for each in problems] == [("no-equivalent", line)]


@pytest.mark.parametrize("format_name", [HTML, MKDOCS, RST])
def test_a_footnote_is_text_where_there_are_none(format_name: str) -> None:
    made = build_site(
        load(small_site("a[^1]\n\n[^1]: b\n[^2]: https://c.de\n", ["x"])), date(2026, 4, 1), (format_name,)
    )
    text = made.files[next(iter(made.documents))].text
    read = next(read_html(text).all("main")) if format_name == HTML else READERS[format_name](text)
    assert [text for name, text in blocks(read) if name == "p"][-2:] == ["a[^1]", "[^1]: b [^2]: https://c.de"]


def test_mkdocs_parses_markdown_in_html_with_an_attribute() -> None:
    page = '<div markdown class="x">\n\n*a*\n\n</div>\n\n<p>b</p>'
    assert build_site(load(small_site(page, ["x"])), date(2026, 4, 1), (MKDOCS,)).findings == ()


def test_a_heading_without_text_is_no_section_of_restructuredtext() -> None:
    made = build_site(load(small_site("##\n\na\n\n- ##\n- b\n\n##\n", ["x"])), date(2026, 4, 1), (RST,))
    page = read_as_rst(made.files[next(iter(made.documents))].text)
    assert [text for _, text in blocks(page) if text] == ["Page", "a", "b"]


def test_prose_is_mkdocs_itself_if_a_setting_allows_it() -> None:
    page = '!!! note "A"\n\n    Text.\n\n[x](https://a.de){ .md-button }\n\n- a\n    - b\n\nH~2~O'
    settings = {"sitegen_yaml": "dialects: {mkdocs: {unsafe: true}}"}
    made = build_site(load(small_site(page, ["x"], **settings)), date(2026, 4, 1), (MKDOCS,))
    assert made.files[next(iter(made.documents))].text.endswith(f"# Page\n\n{page}\n")


def test_a_value_before_a_link_does_not_make_it_an_image(read_back: ReadBack) -> None:
    texts = small_site("<< things.v0.text >>[a](/b/)\n", ["x!"])
    roots = read_back(texts)
    roots[MKDOCS] = read_as_mkdocs(
        build_site(load(texts), date(2026, 4, 1), (MKDOCS,)).files["mkdocs/docs/web/python.md"].text
    )
    for where in (HUGO, MARKDOC, MKDOCS):
        assert ("p", "x!a") in list(blocks(roots[where]))


KINDS = ("h1", "h2", "h3", "p", "ul", "ol", "li", "pre", "blockquote", "tr", "td", "th", "dl")


def test_fenced_code_of_authors_is_unchanged(read_back: ReadBack) -> None:
    code = "[a]: /b/\n<< x >> <% y %> <# z #>\n# no heading\n> [!NOTE]\n| a | b |\n&amp; \\* <b> $x$ --"
    pages = read_back(small_site(f"```text\n{code}\n```\n\n<< tables.grid >>", ["x"]))
    for where in (HUGO, MARKDOC):
        assert [text_of(found) for found in pages[where].all("pre")] == [one_space(code)]


STEPS = """\
1. First

   ```sh
   run << things.v0.text >>
     --twice
   ```

   > [!NOTE]
   > Beware.

   After.
2. Second
   ```
   x
   ```
3. Third

   << tables.grid >>

   - Inner

     > [!TIP]
     > Deep.

> Quoted
>
> ```
> q
> ```

<< tables.grid >>
"""


def check_steps(main: Element) -> None:
    steps = next(main.all("ol"))
    assert [child.name for child in steps.children if isinstance(child, Element)] == ["li"] * 3
    assert [text_of(each) for each in steps.all("pre")] == ["run << things.v0.text >> --twice", "x"]
    assert [len([*each.all("table")]) for each in (steps, main)] == [1, 2]
    assert [each in text_of(steps) for each in ("Beware.", "After.", "Deep.", "Quoted")] == [True, True, True, False]


def test_code_and_tables_and_alerts_in_a_list_stay_in_it(read_back: ReadBack) -> None:
    pages = read_back(small_site(STEPS, ["a|b"]))
    check_steps(pages[HUGO])
    check_steps(pages[MARKDOC])


def test_other_formats_keep_what_is_in_a_list() -> None:
    made = build_site(load(small_site(STEPS, ["a|b"])), date(2026, 4, 1), (HTML, GITHUB, RST))
    page = made.files["html/web/python/index.html"].text
    assert '<pre><code class="language-sh">run &lt;&lt; things.v0.text &gt;&gt;\n  --twice\n</code></pre>' in page
    check_steps(next(read_html(page).all("main")))
    check_steps(read_as_github(made.files["github/web/python.md"].text))
    check_steps(read_as_rst(made.files["rst/web/python.rst"].text))


def test_numbers_in_brackets_stay_text(read_back: ReadBack) -> None:
    files = {"sitegen_yaml": f"{PARTIALS}\ndialects: {{hugo: {{links: reference}}}}"}
    pages = read_back(small_site("Say [1], then [a](/b/) and [2].\n\n<< tables.grid >>", ["x"], **files))
    for where in (HUGO, MARKDOC):
        assert links(pages[where]) == [("a", "/b/")]
        assert ("p", "Say [1], then a and [2].") in list(blocks(pages[where]))


@pytest.mark.parametrize(
    "target", ["javascript:alert(1)", "JaVaScRiPt:x", "data:text/html,x", "vbscript:x", "//evil.example"]
)
def test_an_unsafe_value_is_not_a_link_target(target: str) -> None:
    made = build(load(small_site("[x](<< things.v0.text >>)", [target])), "2026-04-01")
    assert {(error.code, error.place.file) for error in errors(made)} == {("bad-link", "content/page.md")}


def test_headings_have_ids_that_markdoc_accepts(node: Path, markdoc: Path) -> None:
    page = "\n\n".join(
        [
            "## Same",
            "### Same",
            "## Same",
            "## same 1",
            "## 3.10",
            "## 3.10",
            "## << things.v0.text >>",
            "## 日本語",
            "## Own {#same}",
        ]
    )
    made = sound(small_site(page, ["2.7, 3.5-3.11"]))
    path = "markdoc/web/python.md"
    read = read_with_markdoc(node, markdoc, {"page": made.files[path].text})["page"]
    assert read.problems == []
    check_headings(read.tree, made.documents[path])
    anchors = made.documents[path].anchors
    assert anchors[:3] == ("same", "same-1", "same-2")
    assert len(set(anchors)) == len(anchors)


SCRIPTS = (
    "Größen", "対応バージョン", "Über uns", "目次", "हिन्दी भाषा", "שלום עולם", "مرحبا", "İstanbul ΣΑΣ", "ǅ", "e\u0301x", "ﬁ", "Ⅷ ² ①", "٣.١٠",
    "한국어", "Ελληνικά", "👩‍💻 code", "!!!", "3.10", "a_b __c__", "**Bold** `code_x`", "a -- b", "A & B", "1 < 2", "What's *new*?",
    "[Link text](/url/) x", "~~gone~~ x", r"a\*b", "x &amp; y", "C++ 17", "ＡＢ", "e-mail", "section 310", "Section 310", "a--b", "...",
)  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
def test_headings_of_any_script_have_the_ids_that_the_reader_of_each_format_generates(
    seed: int, read_back: ReadBack
) -> None:
    chance = random.Random(seed)
    letters = [chr(code) for code in range(0x21, 0x3100) if chr(code).isalpha()] + [" ", " ", "-", "_", ".", "7"]
    values = [re.sub(r"^_+|_+$", "", "".join(chance.choices(letters, k=6)).strip()) or "x" for _ in range(40)]
    values += ["C++ >=4", "it's", *SCRIPTS[:14]]
    written = [
        *SCRIPTS,
        *chance.choices(SCRIPTS, k=8),
        *values,
        *(f"<< things.v{i}.text >>" for i in range(len(values))),
    ]
    values.append("a {.b}")  # which is an attribute if it is not a value
    written.append(f"<< things.v{len(values) - 1}.text >>")
    chance.shuffle(written)
    made = sound(small_site("\n\n".join(f"## {text}" for text in written) + "\n\n<< tables.grid >>", values))
    anchors = made.documents["html/web/python/index.html"].anchors
    assert len(set(anchors)) == len(written)
    page = "\n\n".join(f"## {text}\n\n[to](#{id_})" for text, id_ in zip(written, anchors, strict=True))
    texts = small_site(page + "\n\n<< tables.grid >>", values)
    made = sound(texts)
    assert made.findings == ()
    roots = read_back(texts)
    roots[HTML] = next(read_html(made.files["html/web/python/index.html"].text).all("main"))
    for where in (HUGO, HTML, MARKDOC):
        ids = [id_ for id_ in heading_ids(roots[where]) if id_][-len(written) :]
        assert_same(anchors, [id_.removeprefix("Section-") if where == MARKDOC else id_ for id_ in ids])
        assert_same(ids, [unquote(target[1:]) for text, target in links(roots[where]) if text == "to"])
    hugo = made.files["hugo/content/web/python.md"].text
    assert "## 対応バージョン\n" in hugo, "an id that Hugo generates is not written"


@pytest.mark.parametrize("id_", ["nope", "gross", "groen", "größe", "Größen"])
def test_a_link_to_an_id_that_no_heading_has_is_a_finding(id_: str) -> None:
    made = build(load(small_site(f"## Größen\n\n[x](#größen) [y](#{id_})", ["x"])), "2026-04-01")
    assert [(finding.code, finding.message) for finding in made.findings] == [
        ("unknown-anchor", f"nothing on this page has the id '{id_}'")
    ]


def test_a_value_can_be_part_of_the_id_of_a_heading(read_back: ReadBack) -> None:
    pages = read_back(small_site("## Heading {#id-<< things.v0.text >>}\n\n<< tables.grid >>", ["w"]))
    for where in (HUGO, MARKDOC):
        heading = next(pages[where].all("h2"))
        assert (text_of(heading), heading.attributes["id"]) == ("Heading", "id-w")


FENCES = (
    "```text values\n{value}\n```\n",
    "~~~text values\nrun {value} now\n~~~\n",
    "> [!NOTE]\n> ```text values\n> {value}\n> ```\n",
    "- item\n\n  ```text values\n  {value}\n  ```\n",
)


@pytest.mark.parametrize("fence", FENCES)
def test_values_in_fenced_code_are_unchanged_or_refused(fence: str, read_back: ReadBack) -> None:
    def site(texts: Sequence[str]) -> dict[str, bytes]:
        values = [f"<< things.v{i}.text >>" for i in range(len(texts))]
        return small_site("\n".join(fence.format(value=value) for value in values) + "\n<< tables.grid >>", texts)

    made = build(load(site(HOSTILE)), "2026-04-01")
    refused = {text for text in HOSTILE for error in errors(made) if f"'{text}'" in error.message}
    assert all(re.search(r"\{|`|~~~", text) for text in refused)
    kept = [text for text in HOSTILE if text not in refused]
    pages = read_back(site(kept))
    wanted = [one_space(f"run {text} now" if "run" in fence else text) for text in kept]
    for where in (HUGO, MARKDOC):
        assert_same(wanted, [text_of(code) for code in pages[where].all("pre")])


@pytest.mark.parametrize(
    ("format_name", "tag", "element"),
    [
        (HUGO, '{{< say "<< value >>" >}}', "q"),
        (HUGO, '<i title="<< value >>">x</i>', "i"),
        (MARKDOC, '{% placeholder "<< value >>" /%}', "placeholder"),
    ],
)
def test_values_in_tags_are_unchanged_or_refused(format_name: str, tag: str, element: str, read_back: ReadBack) -> None:
    def site(texts: Sequence[str]) -> dict[str, bytes]:
        written = [tag.replace("value", f"things.v{i}.text") for i in range(len(texts))]
        body = f'<% if dialect == "{format_name}" %>\n' + "\n\n".join(written) + "\n<% endif %>\n\n<< tables.grid >>"
        return small_site(body, texts)

    made = build(load(site(HOSTILE)), "2026-04-01")
    refused = {text for text in HOSTILE for error in errors(made) if f"'{text}'" in error.message}
    assert refused.isdisjoint({"x86-64, AArch64", "3.9+", "http.client"})
    kept = [text for text in HOSTILE if text not in refused]
    root = read_back(site(kept))[format_name]
    found = [
        text_of(one) or one.attributes.get("primary", "") if element != "i" else one.attributes["title"]
        for one in root.all(element)
    ]
    assert_same([one_space(text) for text in kept], [one_space(text) for text in found])


@pytest.mark.parametrize(
    "name",
    [
        "content/a*/ }}{{ readFile `secret.txt` }}.yaml",
        "content/a\ndraft: true.yaml",
        "content/a\u2028draft: true.yaml",
        "content/not-utf-8-\udcff.yaml",
    ],
)
def test_the_name_of_a_source_stays_in_its_comment(name: str, hugo: Path, tmp_path: Path) -> None:
    texts = small_site("<< partials.grid >>", ["x"])
    texts[name] = texts.pop("content/facts.yaml")
    pages = read_with_hugo(hugo, tmp_path, hugo_files(sound(texts)), "html")
    assert pages.keys() == {"web/python.md", "api/python.md"}
    assert [table.rows for table in tables(pages["web/python.md"].main)] == [[["Text", "Rich"], ["x", ""]]]


def test_the_lock_file_of_npm_names_no_host() -> None:
    lock = (ROOT / "tests/npm/package-lock.json").read_text("utf-8")
    assert '"@markdoc/markdoc"' in lock
    assert not re.search(r"://|resolved|registry", lock)
