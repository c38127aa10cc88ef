"""Values of facts never change the structure of an HTML page, and its links lead to the other pages of its library."""

from __future__ import annotations

import json
import posixpath
import random
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest

from tests.support.readers import Element, one_space, read_html, text_of
from tests.support.sites import built, tiny

COLUMNS, ROWS, CHUNKS = 5, 400, 5
PROSE = 20  # this number of values of each chunk is also in paragraphs
PAGE = "html/web/python/index.html"
NAMED = {"aria-label"}  # the attributes that contain values

_PIECES = (
    "<script>", "</script>", "<img src=x onerror=alert(1)>", '"><b>', "'><i>", '" onload="x', "' onload='x", "<!--", "-->",
    "<![CDATA[", "]]>", "<?x", "</td>", "</tr></table>", "</main>", "</title>", "</style>", "<svg>", "<a href=x>", "<plaintext>",
    "<textarea>", "<template>", "<", ">", "&", '"', "'", "`", "=", "/", "\\", "&lt;", "&#60;", "&amp", "&notit;", "{{", "}}",
    "{%", "%}", "<%", "%>", "<<", ">>", "[a](b)", "![a](b)", "<https://a.b>", "**a**", "_a_", "| a |", "# a", "- a", "1. a",
    "[^1]", "~~~", "javascript:alert(1)", "\\u003c", "é", "中", "😀", "word", "3.10", " ", "  ",
)  # fmt: skip


def hostile_values(chunk: int) -> list[str]:
    """Different values that look like markup, the same in every run."""
    chance = random.Random(chunk)
    found: dict[str, None] = {}
    while len(found) < COLUMNS * ROWS:
        text = "".join(chance.choices(_PIECES, k=chance.randrange(1, 6))).strip()
        if text:
            found[text] = None
    return list(found)


def parsed(values: Sequence[str]) -> Element:
    """The page of a site with the values in its rows and paragraphs."""
    names = [f"c{column}" for column in range(COLUMNS)]
    records = []
    for row in range(ROWS):
        cells = zip(names, values[row * COLUMNS : (row + 1) * COLUMNS], strict=True)
        records.append(
            f"    r{row}: {{{', '.join(f'{name}: {json.dumps(value, ensure_ascii=False)}' for name, value in cells)}}}\n"
        )
    facts = (
        f"things:\n  fields: {{{', '.join(f'{name}: text' for name in names)}}}\n  records:\n{''.join(records)}"
        "tables:\n  grid:\n    caption: Things\n    from: things\n    columns:\n"
        + "".join(f"      - {{header: {name}, field: {name}}}\n" for name in names)
    )
    prose = "".join(f"Some << things.r{row}.c0 >> **here << things.r{row}.c1 >>**.\n\n" for row in range(PROSE))
    return read_html(built(tiny(facts, prose + "<< tables.grid >>\n")).files[PAGE].text)


def structure(page: Element) -> Counter[tuple[str, tuple[tuple[str, str], ...]]]:
    """The number of each element with its attributes on a page."""
    return Counter(
        (one.name, tuple(sorted((name, "" if name in NAMED else value) for name, value in one.attributes.items())))
        for one in page.all()
    )


@cache
def harmless() -> Counter[tuple[str, tuple[tuple[str, str], ...]]]:
    return structure(parsed([f"word {number}" for number in range(COLUMNS * ROWS)]))


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_hostile_values_change_no_element_and_no_attribute(chunk: int) -> None:
    values = hostile_values(chunk)
    page = parsed(values)
    assert structure(page) == harmless()
    cells = [cell for row in page.all("tr") for cell in row.all("th", "td")][COLUMNS:]
    assert [text_of(cell) for cell in cells] == [one_space(value) for value in values]


def test_at_least_ten_thousand_values_are_tested() -> None:
    assert sum(len(hostile_values(chunk)) for chunk in range(CHUNKS)) >= 10_000


FOLDERS = """\
products:
  fields: {name: text, folder: text}
  records:
    web: {name: Web, folder: web}
    deep: {name: Deep, folder: web/deep}
    deeper: {name: Deeper, folder: web/deep/er/still}
    apart: {name: Apart, folder: apart/web}
libraries: {fields: {name: text}, records: {go: {name: Go}, java: {name: Java}}}
"""


def test_each_page_links_to_all_pages_of_its_library_whatever_their_paths() -> None:
    settings = "pages: {html: site/<< library.id >>/<< product.folder >>/index.html}\n"
    files = built(tiny("", "Text.", content__roles_yaml=FOLDERS, sitegen_yaml=settings)).files
    pages = [path for path in files if path.endswith("/index.html") and path.count("/") > 1]
    assert len(pages) == 8
    for path in pages:
        (nav,) = (one for one in read_html(files[path].text).all("nav") if one.attributes["class"] == "pages")
        links = list(nav.all("a"))
        led = [posixpath.normpath(f"{path}/../{link.attributes['href']}") for link in links]
        assert led == [other for other in pages if other.split("/")[1] == path.split("/")[1]]
        assert [to for to, link in zip(led, links, strict=True) if "aria-current" in link.attributes] == [path]
