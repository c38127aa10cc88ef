"""The Markdown twin of an HTML page: plain, with the same cells, headings, prose and links."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

from sitegen.documents.documents import Document, Partial
from sitegen.formats.timeline import timeline_sentences, timeline_title
from sitegen.languages.catalogue import english
from sitegen.markdown.inline import plain
from sitegen.site.combine import Build
from sitegen.tables.grids import Table
from tests.support.edited_site import COMMON_SITE, COMPARED_SITE, SITE
from tests.support.hostile_site import HTML, hostile
from tests.support.readers import Element, blocks, links, one_space, read_html, tables
from tests.support.sites import DAYS, SETTINGS, build, built, default_templates, load, own_build, tiny

PLAIN = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "ul", "ol", "li", "a", "em", "strong", "code", "pre", "blockquote"}
PLAIN |= {"table", "thead", "tbody", "tr", "th", "td", "img", "br", "hr"}


def read(text: str) -> Element:
    """A text parsed as CommonMark with tables; HTML in it would be shown as text."""
    return read_html(MarkdownIt("commonmark", {"html": False}).enable("table").render(text), fragment=True)


def without(element: Element, drop: frozenset[str]) -> Element:
    """An element without the elements in it that have one of some names or classes."""
    kept = [
        child if isinstance(child, str) else without(child, drop)
        for child in element.children
        if isinstance(child, str) or drop.isdisjoint((child.name, *child.attributes.get("class", "").split()))
    ]
    return replace(element, children=tuple(kept))


def tables_of(document: Document) -> Iterator[Table]:
    """The tables of a page."""
    for slot in document.slots.values():
        yield from slot.tables if isinstance(slot, Partial) else (slot,)


def of_tables(document: Document) -> set[str]:
    """The parts of tables outside of their cells, which differ between a page and its twin."""
    found = set()
    for table in tables_of(document):
        if table.layout == "table":
            found |= {table.caption}
        titles = (f" ({note.title})" if note.title else "" for note in table.notes)
        found |= {f"Note{t}: {plain(note.inline, str)}" for t, note in zip(titles, table.notes, strict=True)}
        if table.timeline is not None:
            found |= {timeline_title(table.timeline, english()), *timeline_sentences(table.timeline, english())}
    return {without_mark(text) for text in found}


def cell(text: str) -> str:
    """A cell without the separators of its lines and the marks of its notes, which differ by format."""
    return one_space(re.sub(r"[:,]|\[\^[0-9]+\]", " ", text))


def without_mark(words: str) -> str:
    """A block without the marks of notes, which only a twin has as text."""
    return one_space(re.sub(r"\[\^[0-9]+\]", "", words))


def check_twin(made: Build, path: str) -> None:
    """Check that a page and its twin have the same content."""
    text = made.files[path.replace("index.html", "index.md")].text
    document, twin = made.documents[path], read(text)
    assert {element.name for element in twin.all()} <= PLAIN
    page = next(read_html(made.files[path].text).all("main"))
    assert [[list(map(cell, row)) for row in table.rows] for table in tables(page)] == [
        [list(map(cell, row)) for row in table.rows] for table in tables(twin)
    ]
    prose = without(page, frozenset(("table", "figure", "notes", "about")))
    beside = of_tables(document)
    shown = [("h1" if name == "title" else name, words) for name, words in blocks(prose)]
    told = [(name, without_mark(words)) for name, words in blocks(without(twin, frozenset(("table",))))]
    shown = [(name, without_mark(words)) for name, words in shown]
    assert [block for block in shown if block[1] not in beside] == [block for block in told if block[1] not in beside]
    targets = {(words, unquote(target)) for words, target in links(page)}
    assert {(words, unquote(target.removeprefix("index.html"))) for words, target in links(twin)} == targets
    assert beside <= {one_space(words) for _, words in told}


def of(texts: Mapping[str, str]) -> Build:
    return build(load({**default_templates(), **{name: text.encode() for name, text in texts.items()}}), "2026-04-01")


@pytest.mark.parametrize("day", DAYS)
def test_pages_of_this_site_and_their_twins_agree(day: str) -> None:
    made = own_build(day)
    paths = [path for path in made.documents if path.startswith("html/")]
    assert paths
    for path in paths:
        check_twin(made, path)


@pytest.mark.parametrize("texts", [SITE, COMPARED_SITE, COMMON_SITE])
def test_pages_of_a_site_with_a_bit_of_everything_and_their_twins_agree(texts: Mapping[str, str]) -> None:
    made = of(texts)
    paths = [path for path in made.documents if path.startswith("html/")]
    assert len(paths) >= 11
    for path in paths:
        check_twin(made, path)


@pytest.mark.slow
def test_hostile_values_are_the_same_in_a_twin_and_on_its_page() -> None:
    made = hostile(0, HTML).made
    for path in made.documents:
        check_twin(made, path)


TWIN = """\
[//]: # "Generated by sitegen from content/facts.yaml, content/page.md; do not edit."

# Page

Web for Python, as of April 1, 2026

## The things



Go to the [things](index.html#things), *read* the [guide](https://docs.example.com/guide/).

> **Warning**
>
> Do not.

**Things**

| Name                   | Since   | Support              | Agent      |
| ---------------------- | ------- | -------------------- | ---------- |
| A &lt;i>: One, Two[^1] | yes     | General Availability | not stated |
| B                      | not yet | End of Life          | 1.0        |

[^1] **Note** (A &lt;i>): See [guide](https://docs.example.com/guide/).

**Support timeline as of April 1, 2026**

* A &lt;i>: General Availability from January 15, 2025; now General Availability.
* B: General Availability from January 15, 2025, End of Life from January 15, 2026; now End of Life.

- A &lt;i>[^2]
- B 1.0

[^2] **Note** (A &lt;i>): See [guide](https://docs.example.com/guide/).

Only in a browser.
"""


def test_the_constructs_of_a_page_in_its_twin() -> None:
    facts = """\
links: {fields: {target: link}, records: {guide: {target: /guide/}}}
things:
  fields: {name: text, parts: optional list of text, since: support, support: lifecycle, agent: optional version}
  records:
    a: {name: A <i>, parts: [One, Two], since: yes, support: {ga: 2025-01-15}, agent: none, note: "See [guide]."}
    b: {name: B, parts: none, since: no, support: {ga: 2025-01-15, eol: 2026-01-15}, agent: 1.0}
tables:
  things:
    caption: Things
    from: things
    columns:
      - {header: Name, fields: [name, parts]}
      - {header: Since, field: since, words: {no: not yet}}
      - {header: Support, field: support}
      - {header: Agent, field: agent}
  bullets: {layout: list, from: things, columns: [{field: name}, {field: agent}]}
"""
    page = """\
<div class="box">

## The things {#things}

</div>

<!-- later -->Go<br>to the [things](#things), *read* the [guide].

> [!WARNING]
> Do not.

<< tables.things >>

<< tables.bullets >>

<% if dialect == "html" %>
Only in a browser.
<% endif %>
<% if dialect == "markdoc" %>
{% callout %}
<% endif %>
"""
    settings = SETTINGS + "dialects: {hugo: {unsafe: true}, markdoc: {unsafe: true}}\n"
    made = built(tiny(facts, page, sitegen_yaml=settings))
    assert made.files["html/web/python/index.md"].text == TWIN


def test_a_page_and_its_twin_list_the_sites_where_the_product_is_unavailable() -> None:
    made = own_build("2026-04-01")
    for product, sites in (
        ("aap", ["app.ddog-gov.com", "us2.ddog-gov.com"]),
        ("iast", ["app.ddog-gov.com"]),
        ("asm", []),
    ):
        for name in ("index.html", "index.md"):
            text = made.files[f"html/{product}/python/{name}"].text
            found = re.search(r"cannot be used on these .*?Datadog sites.*?: (.*?)\.(?:</p>)?$", text, re.MULTILINE)
            assert (found[1].split(", ") if found else []) == sites, (product, name)
