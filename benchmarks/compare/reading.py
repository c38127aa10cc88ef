"""Parse a published page, and compare its content with the expected content."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import html5lib

from benchmarks.compare.workload import TABLES, Cell, Page

_LEFT_OVER = re.compile(r"<<|>>|\{\{|\}\}|@\w+@|\{\w+\}|HAHAHUGO")


@dataclass(frozen=True, slots=True)
class Published:
    """A published page. `contents` are the links of its table of contents."""

    text: str
    title: str
    headings: tuple[str, ...]
    paragraphs: frozenset[str]
    headers: tuple[tuple[str, ...], ...]
    tables: tuple[tuple[tuple[Cell, ...], ...], ...]
    nav: tuple[str, ...]
    contents: tuple[str, ...]


def read_page(html: str) -> Published:
    """Parse a page as a browser does."""
    root = html5lib.parse(html, namespaceHTMLElements=False)
    body: Any = root.find("body")
    ids = {node.get("id") for node in body.iter()}
    links = [link for nav in body.iter("nav") for link in nav.iter("a")]
    tables = list(body.iter("table"))
    return Published(
        _text(body),
        " ".join(_text(node) for node in body.iter("h1")),
        tuple(_text(node) for node in body.iter() if node.tag in ("h2", "h3", "h4")),
        frozenset(_text(node) for node in body.iter() if node.tag in ("p", "li")),
        tuple(tuple(_text(cell) for cell in table.iterfind("thead/tr/th")) for table in tables),
        tuple(tuple(_row(row) for row in table.iterfind("tbody/tr")) for table in tables),
        tuple(_text(link) for link in links if not link.get("href", "").startswith("#")),
        tuple(_text(link) for link in links if link.get("href", "")[:1] == "#" and link.get("href", "")[1:] in ids),
    )


def _row(row: Any) -> tuple[Cell, ...]:
    return tuple(_cell(cell) for cell in row if cell.tag in ("th", "td"))


def _cell(cell: Any) -> Cell:
    text = _text(cell)
    links = [link for link in cell.iter("a") if not _is_anchor(link)]
    if len(links) == 1 and _text(links[0]) == text:
        return Cell("link", text, links[0].get("href", ""))
    codes = list(cell.iter("code"))
    return Cell("code" if len(codes) == 1 and _text(codes[0]) == text else "text", text)


def _is_anchor(node: Any) -> bool:
    """Whether an element is only a link to its own location."""
    return bool(node.tag == "a" and node.get("class") == "anchor")


def _text(node: Any) -> str:
    return " ".join("".join(_pieces(node)).split())


def _pieces(node: Any) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if isinstance(child.tag, str) and not _is_anchor(child):
            yield from _pieces(child)
        yield child.tail or ""


# --- what differs --------------------------------------------------------------------


def differences(html: str, page: Page, products: tuple[str, ...], *, contents: bool) -> list[str]:
    """The differences between a published page and its expected content."""
    found = read_page(html)
    wrong = [f"it still holds '{match}'" for match in sorted(set(_LEFT_OVER.findall(_prose(found))))]
    if found.title != page.title:
        wrong.append(f"its title is '{found.title}', not '{page.title}'")
    if found.headings != page.headings:
        wrong.append(f"its headings are {found.headings}, not {page.headings}")
    wrong += [f"it does not say '{text}'" for text in page.prose if text not in found.paragraphs]
    if found.nav != products:
        wrong.append(f"its navigation leads to {found.nav}, not {products}")
    if contents and found.contents != page.headings:
        wrong.append(f"its table of contents has {found.contents}, not {page.headings}")
    return wrong + list(_wrong_tables(found, page))


def _prose(found: Published) -> str:
    """The text without the cells, in which versions may look like template syntax."""
    return " ".join((found.title, *found.headings, *found.paragraphs))


def _wrong_tables(found: Published, page: Page) -> Iterator[str]:
    if len(found.tables) != len(TABLES):
        yield f"it has {len(found.tables)} tables, not {len(TABLES)}"
        return
    for table, headers, rows in zip(TABLES, found.headers, found.tables, strict=True):
        if headers != page.headers[table.id]:
            yield f"{table.id} has the headers {headers}, not {page.headers[table.id]}"
        expected = page.cells[table.id]
        if len(rows) != len(expected):
            yield f"{table.id} has {len(rows)} rows, not {len(expected)}"
            continue
        for number, (row, wanted) in enumerate(zip(rows, expected, strict=True), 1):
            if row != wanted:
                yield f"row {number} of {table.id} is {row}, not {wanted}"
