"""This site compared with its five published editions, cell by cell."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import html5lib
import pytest
import yaml

from tests.support.sites import ROOT, own_build

Grid = list[list[str]]
PUBLISHED = sorted((ROOT / "tests/published").glob("*.json"))
EDITIONS = {path.stem: json.loads(path.read_text("utf-8")) for path in PUBLISHED}


def _text(path: str, day: str) -> str:
    return own_build(day).files[path].text


def _front_matter(text: str) -> tuple[dict[str, Any], str]:
    front, body = re.fullmatch(r"---\n(.*?)\n---\n(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    return yaml.safe_load(front), body


def _cell(text: str) -> str:
    """The text of a cell without emphasis, links, marks of notes, code spans, line breaks, and spaces after comparators."""
    text = re.sub(r"\[\^[0-9]+\]", "", text.replace("{{< X >}}", "yes"))
    text = re.sub(r"<br\s*/?>", " ", text).replace("-->", " ").replace("→", " ").replace("`", "")
    text = re.sub(r"\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])", r"\1", html.unescape(text))
    return " ".join(re.sub(r"([<>=]=?) +", r"\1", text).split())


def _tables(body: str) -> Iterator[Grid]:
    for block in re.findall(r"(?:^\|.*\n)+", body, re.MULTILINE):
        rows = [line.strip()[1:-1].split("|") for line in block.splitlines()]
        del rows[1]
        yield [[_cell(cell) for cell in row] for row in rows]


def _html_table(text: str) -> Grid:
    tree = html5lib.parse(re.sub(r"\{\{/\*.*?\*/ -\}\}", "", text, flags=re.DOTALL), namespaceHTMLElements=False)
    return [[_cell("".join(cell.itertext())) for cell in row if cell.tag in ("th", "td")] for row in tree.iter("tr")]


@pytest.mark.parametrize("name", EDITIONS)
def test_every_cell_is_as_published(name: str) -> None:
    edition = EDITIONS[name]
    _, body = _front_matter(_text(edition["path"], edition["as_of"]))
    assert list(_tables(body)) == edition["tables"]


@pytest.mark.parametrize("path", EDITIONS["aap-2025-07-01"]["partial_tables"])
def test_every_cell_of_the_partials_is_as_published(path: str) -> None:
    edition = EDITIONS["aap-2025-07-01"]
    expected = edition["partial_tables"][path]
    assert _html_table(_text(f"hugo/layouts/partials/{path}", edition["as_of"])) == expected
    twin = _text(f"markdoc/partials/{path.removesuffix('.html')}.md", edition["as_of"])
    assert list(_tables(twin)) == [expected]


def test_all_published_cells_are_tested() -> None:
    grids = [grid for edition in EDITIONS.values() for grid in edition["tables"]]
    grids += EDITIONS["aap-2025-07-01"]["partial_tables"].values()
    assert sum(len(row) for grid in grids for row in grid) == 508


@pytest.mark.parametrize("name", EDITIONS)
def test_headings_links_and_front_matter_are_as_published(name: str) -> None:
    edition = EDITIONS[name]
    meta, body = _front_matter(_text(edition["path"], edition["as_of"]))
    headings = re.findall(r"^#{1,6} .*$", body, re.MULTILINE)
    assert [re.sub(r"\{%.*?%\}", "", heading) for heading in headings] == edition["headings"]
    anchors = [(re.findall(r"\{% #(\S+) %\}", heading) or [""])[0] for heading in headings]
    assert anchors == edition["anchors"]
    assert list(meta) == edition["keys"]
    assert meta["title"] == edition["title"]
    targets = re.findall(r"\]\(([^)\s]+)\)", body) + re.findall(r"^\[\d+\]: (\S+)$", body, re.MULTILINE)
    assert sorted(set(targets)) == edition["links"]
    assert re.findall(r'partial name="([^"]+)"', body) == edition["partials"]


def test_no_fact_is_typed_into_a_page_or_a_template() -> None:
    """Versions, dates and support levels come from the facts, never from the text of a page."""
    levels = r"General Availability|Maintenance|End of Life|private beta|\bPreview\b"
    typed = re.compile(rf"\b\d+\.\d+(?:\.\d+)?\b|\b\d{{4}}-\d{{2}}-\d{{2}}\b|[<>]=?\s?\d|{levels}")
    for path in [*Path(ROOT / "content").glob("*.md"), *Path(ROOT / "partials").glob("*.html")]:
        text = path.read_text("utf-8")
        body = text.split("\n---\n", 1)[1] if text.startswith("---\n") else text
        assert typed.findall(body) == [], path.name
