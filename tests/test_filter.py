"""The filter of the HTML site, in Chromium: which rows it shows, and how the rest of the page changes."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from packaging.version import Version
from playwright.sync_api import Browser, Page, ViewportSize, expect

from sitegen.facts.version_ranges import VersionError, intersect
from sitegen.facts.versions import VersionSet, parse_minimum, parse_versions
from tests.support.browser import NARROW, WIDE, opened, settled, shown_rows, started, violations, written
from tests.support.sites import build, built, load, own_build, tiny

DAY = "2026-11-20"
FILTER = "Filter the rows of this page"


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    with started(chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def aap(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of this repository's site with 53 rows."""
    return written(own_build(DAY), tmp_path_factory.mktemp("site")) / "aap/python/index.html"


def shown(page: Page, query: str) -> list[str]:
    """The ids of the rows that are shown for a query, without the name of their table."""
    page.get_by_label(FILTER).fill(query)
    ids: list[str] = page.locator("tbody tr:visible").evaluate_all("(rows) => rows.map((row) => row.id)")
    return [id_.removeprefix("table-").partition("-")[2] for id_ in ids]


def asked(page: Page, queries: Sequence[str]) -> list[list[int]]:
    """The numbers of the rows that are shown for each of several queries."""
    found: list[list[int]] = page.evaluate(
        """(queries) => {
          const input = document.querySelector("[data-filter] input");
          const rows = [...document.querySelectorAll("tbody tr")];
          return queries.map((query) => {
            input.value = query;
            input.dispatchEvent(new Event("input"));
            return rows.flatMap((row, number) => (row.checkVisibility() ? [number] : []));
          });
        }""",
        queries,
    )
    return found


def status(page: Page) -> str:
    """The status of the filter, as soon as there is one."""
    found = page.locator(".filter").get_by_role("status")
    expect(found).not_to_have_text("")
    return found.inner_text()


# --- rows of this site -----------------------------------------------------------------

RUNTIMES = [f"cpython-{n}-{os}" for n in (4, 3, 2, 1) for os in ("linux", "macos", "windows")]
MINIMUMS = {
    "http-monitoring": "1.16.0", "exploit-prevention": "2.20.0", "api-security": "4.6.0",
    "account-takeover-protection": "2.11.0", "runtime-activation": "1.6.0", "sca": "1.5.0", "code-security": "3.15.0",
}  # fmt: skip


def test_a_version_shows_the_rows_whose_sets_include_it(browser: Browser, aap: Path) -> None:
    with opened(browser, aap) as page:
        enough = [id_ for id_, minimum in MINIMUMS.items() if Version(minimum) <= Version("3.12")]
        assert shown(page, "3.12") == [*enough, "v3", *RUNTIMES[:9]]
        assert status(page) == "Showing 15 of 53 rows; 38 hidden"
        assert shown(page, "3.8") == [*enough, "v3", *RUNTIMES[3:]]
        assert shown(page, "2.7") == ["http-monitoring", "runtime-activation", "sca", "v2", *RUNTIMES[6:]]
        assert shown(page, "6.0") == [*MINIMUMS, *RUNTIMES[:6]]


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("cpython 3.12 linux", ["cpython-4-linux", "cpython-3-linux", "cpython-2-linux"]),
        ("Linux, CPython 3.13.1", ["cpython-4-linux", "cpython-3-linux", "cpython-2-linux"]),
        ("macos 2.x", ["cpython-2-macos", "cpython-1-macos"]),
        ("windows v3.5", ["cpython-3-windows", "cpython-1-windows"]),
        ("windows <3", ["cpython-2-windows", "cpython-1-windows"]),
        ("windows >= 5", ["cpython-4-windows", "cpython-3-windows"]),
        ("windows >=2.6, <2.7", ["cpython-2-windows"]),
        ("windows 2.7, 3.5-3.7", ["cpython-3-windows", "cpython-2-windows", "cpython-1-windows"]),
        ("agent 7.30", ["v4", "v3", "v2"]),
        ("ddtrace==2.6.0", ["v2", *RUNTIMES[6:9]]),
        ("ddtrace 2.6", ["v2", *RUNTIMES[6:9]]),
        ("cpython3.4", RUNTIMES[3:6]),
        ("64bit 3.14", ["cpython-4-windows", "cpython-3-windows"]),
        ("i686", ["cpython-3-linux", "cpython-2-linux", "cpython-1-linux"]),
        ("X86‑64, ＡArch64", ["cpython-4-linux", "cpython-3-linux", "cpython-2-linux", "cpython-1-linux"]),
        ("darwin 3.7", ["cpython-3-macos", "cpython-2-macos", "cpython-1-macos"]),
        ("django http monitoring", ["django"]),
        ("not supported", ["grpc-monitoring", "graphql-monitoring"]),
        ("API Security Inventory", ["api-security"]),
        ("`http.client`", ["http-client"]),
        ("“pathlib”", ["pathlib"]),
        ("#", []),
        ("nothing", []),
    ],
)
def test_all_words_and_versions_of_a_query_must_match(query: str, rows: list[str], browser: Browser, aap: Path) -> None:
    with opened(browser, aap) as page:
        found = shown(page, query)
        assert [id_ for id_ in found if query != "ddtrace 2.6" or id_ not in MINIMUMS] == rows


def test_every_row_is_shown_for_the_text_of_each_of_its_cells(browser: Browser, aap: Path) -> None:
    with opened(browser, aap) as page:
        cells: list[list[str]] = page.locator("tbody tr").evaluate_all(
            "(rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.replace(/#$/, '')))"
        )
        queries = [(number, text) for number, row in enumerate(cells) for text in (*row, " ".join(row)) if text.strip()]
        found = asked(page, [text for _, text in queries])
        assert len(queries) > 150
        assert [query for query, rows in zip(queries, found, strict=True) if query[0] not in rows] == []


# --- generated rows --------------------------------------------------------------------

GRID = """
things:
  fields: {name: text, versions: optional versions, since: optional support, least: optional version, several: optional list of versions}
  records:
%s
tables:
  grid:
    caption: Everything
    from: things
    columns:
      - {header: Name, field: name}
      - {header: One, field: versions}
      - {header: Two, field: since}
      - {header: Three, field: least}
      - {header: Four, field: several}
"""


def a_number(chance: random.Random) -> str:
    """A version with a few small numbers, so that versions are often close to each other."""
    number = ".".join(str(chance.choice((0, 1, 2, 3, 9, 10, 11))) for _ in range(chance.choice((1, 2, 2, 3))))
    suffix = chance.choice(("rc1", "a2", ".dev1", ".post1", "b3", "+local", "-beta.2", ".1.1"))
    return ("v" if chance.random() < 0.1 else "") + number + (suffix if chance.random() < 0.15 else "")


def a_set(chance: random.Random) -> str:
    """A set of versions in a plausible notation."""
    number, other = a_number(chance), a_number(chance)
    forms = (
        number, f"{number}+", f"{number} or later", f"{number} and lower", f">={number}", f"> {number}", f"<{number}",
        f"<={number}", f"!={number}", f"^{number}", f"~{number}", f"~={number}", f"=={number}", f"{number}.x",
        f"{number}.*", f">={number},<{other}", f">={number} <{other}", f"{number}-{other}", f"{number} to {other}",
        f"{number.partition('+')[0]}–{other}", f"{number}, {other}", f"{number} || >={other}", f">={number}, !={other}", f"≥{number}",
        f"{number} or {other}", f"<{number}, {other}-{number}", f">{number}.*", f"<={number}.x",
    )  # fmt: skip
    return chance.choice(forms)


def sets(chance: random.Random, many: int, read: Callable[[str], VersionSet] = parse_versions) -> list[str]:
    """Texts that are sets of versions."""
    found: list[str] = []
    while len(found) < many:
        text = a_set(chance)
        try:
            read(text)
        except VersionError:
            continue
        found.append(text)
    return found


ARRANGED = """
systems:
  fields: {family: text, name: text, kind: text, versions: versions}
  records:
    u20: {family: Ubuntu, name: Focal, kind: server, versions: 2-3}
    u22: {family: Ubuntu, name: Jammy, kind: server, versions: 3+}
    r9: {family: RHEL, name: Plow, kind: server, versions: 3+}
tables:
  grid:
    caption: Systems
    from: systems
    columns:
      - {field: family, group: section}
      - {header: Kind, field: kind, group: span}
      - {header: System, columns: [{header: Name, field: name}, {header: Versions, field: versions}]}
"""


def test_rows_of_sections_and_spans_are_found_with_their_section_and_all_cells(
    browser: Browser, tmp_path: Path, axe: Path
) -> None:
    site = written(built(tiny(ARRANGED, "## Part\n\n<< tables.grid >>\n")), tmp_path) / "web/python/index.html"
    with opened(browser, site) as page:
        assert violations(page, axe) == []
        assert shown(page, "") == ["", "u20", "u22", "", "r9"]
        assert shown(page, "ubuntu") == ["", "u20", "u22"]
        assert shown(page, "jammy server") == ["", "u22"]
        assert page.locator("#table-grid-u22 :is(th, td):visible").all_inner_texts()[0] == "server"
        assert shown(page, "plow") == ["", "r9"]
        assert shown(page, "2.5") == ["", "u20"]
        assert violations(page, axe) == []
        assert shown(page, "") == ["", "u20", "u22", "", "r9"]
        assert page.locator("#table-grid-u22 :is(th, td):visible").count() == 2


def test_the_script_and_python_agree_on_matching_sets_of_versions(browser: Browser, tmp_path: Path) -> None:
    chance = random.Random(7)
    records, stated = [], []
    for number in range(120):
        name = "".join("abcdefghij"[int(digit)] for digit in f"{number:03}")
        one, *several = sets(chance, 3)
        two = sets(chance, 1, parse_minimum)[0]
        least = a_number(chance)
        state = chance.choice(("", "", "no ", "preview "))
        shown = [chance.random() < share for share in (0.6, 0.4, 0.3, 0.2)]
        fields = [
            f'versions: "{one}"',
            f'since: "{state}{two}"',
            f'least: "{least}"',
            f"several: {several}".replace("'", '"'),
        ]
        fields = [
            field if kept else field.partition(":")[0] + ": none" for field, kept in zip(fields, shown, strict=True)
        ]
        records.append(f"    t{number}: {{name: {name}, {', '.join(fields)}}}")
        ranges = [
            parse_versions(one).ranges,
            parse_versions(f">={two}" if parse_versions(two).bare else two).ranges,
            parse_versions(f">={least}").ranges,
            tuple(part for text in several for part in parse_versions(text).ranges),
        ]
        stated.append([part for found, kept in zip(ranges, shown, strict=True) if kept for part in found])
    texts = tiny(GRID % "\n".join(records), "<< tables.grid >>\n")
    queries = sets(chance, 200)
    with opened(browser, written(built(texts), tmp_path) / "web/python/index.html") as page:
        found = asked(page, queries)
    wrong = [
        (query, records[number], number in rows)
        for query, rows in zip(queries, found, strict=True)
        for number in range(len(records))
        if (number in rows) != bool(intersect(stated[number], parse_versions(query).ranges))
    ]
    assert wrong == []
    assert 0.2 < sum(map(len, found)) / (len(queries) * len(records)) < 0.8


def test_the_script_orders_versions_as_python_does(browser: Browser, tmp_path: Path) -> None:
    chance = random.Random(3)
    parts = (("", "1!"), ("0", "1.0", "1", "1.0.0", "1.2", "1.10", "01.2", "99999999999999999999"), ("", "a1", "b", "rc2"),
             ("", ".post0", ".post2"), ("", ".dev0", ".dev3"), ("", "+a", "+a.1", "+1", "+10", "+b2"))  # fmt: skip
    versions = ["".join(chance.choice(part) for part in parts) for _ in range(100)]
    records = "\n".join(
        f"    t{i}: {{name: x, versions: 1, since: none, least: none, several: none}}" for i in range(100)
    )
    with opened(
        browser, written(built(tiny(GRID % records, "<< tables.grid >>\n")), tmp_path) / "web/python/index.html"
    ) as page:
        page.evaluate(
            """(versions) => document.querySelectorAll("tbody tr").forEach((row, number) => {
              row.cells[0].dataset.versions = `1[${versions[number]},${versions[number]}]`;
            })""",
            [str(Version(version)) for version in versions],
        )
        found = asked(page, [f">={version}" for version in versions])
    for version, rows in zip(versions, found, strict=True):
        assert rows == [number for number, row in enumerate(versions) if Version(row) >= Version(version)], version


LETTERS = (
    "a",
    "b",
    "é",
    "É",
    "ñ",
    "ß",
    "ﬁ",
    "İ",
    "Σ",
    "ς",
    "Å",
    "ü",
    "-",
    "–",
    "‑",
    "’",
    "'",
    "中",
    "한",
    "é",
    "­",
    "\u200b",
)


def as_typed(text: str) -> str:
    """A text with normalized case, accents, dashes and quotes."""
    text = "".join(c for c in unicodedata.normalize("NFKD", text) if unicodedata.category(c) not in ("Mn", "Cf"))
    return re.sub("[‐-―−]", "-", text).replace("’", "'").casefold()


def test_the_script_and_python_agree_on_texts(browser: Browser, tmp_path: Path) -> None:
    chance = random.Random(5)
    names = ["".join(chance.choices(LETTERS, k=chance.randrange(2, 7))) for _ in range(150)]
    names = [name for name in names if as_typed(name).strip("-'")]
    records = "\n".join(
        f'    t{i}: {{name: "{name}", versions: none, since: none, least: none, several: none}}'
        for i, name in enumerate(names)
    )
    queries = [chance.choice((str.upper, str.lower, str))(chance.choice(names)) for _ in range(60)]
    queries += ["".join(chance.choices(LETTERS, k=chance.randrange(1, 4))) for _ in range(200)]
    queries = [query for query in queries if as_typed(query).strip("'") == as_typed(query) != ""]
    texts = tiny(GRID % records, "<< tables.grid >>\n")
    made = written(build(load(texts), DAY), tmp_path)  # invisible characters cause a warning
    with opened(browser, made / "web/python/index.html") as page:
        found = asked(page, queries)
    for query, rows in zip(queries, found, strict=True):
        wanted = as_typed(query)
        in_all = wanted in "not stated" or wanted == "-"  # the text of the other cells of each row
        assert rows == [i for i, name in enumerate(names) if in_all or wanted in as_typed(name)], query


# --- names, and sets in other notations ----------------------------------------

NAMED = """
parts:
  fields: {name: text}
  records:
    core: {was: kernel, aliases: [nucleus], name: Core}
things:
  fields: {name: text, part: reference to parts, versions: versions, since: support, stacked: list of text}
  records:
    sign-in:
      was: login
      aliases: [SSO, Ênter 7]
      name: ['"><script>alert()</script>', {is: Log-in Tracking, from: 2025-01-01}, {is: Sign-in Tracking, from: 2026-01-01}, {is: Later, from: 2099-01-01}]
      part: core
      versions: ">=2.2"
      since: "preview 3.0"
      stacked: [Debian 9, 64bit]
    old: {name: Old, part: core, versions: ">=1.0,<1.5", since: "no <2", stacked: [HTTP/2, 32bit]}
    older: {was: oldest, name: Old, part: core, versions: <1, since: "no <2", stacked: [HTTP/2, 32bit]}
tables:
  grid:
    caption: Everything
    from: things
    rows: [sign-in, [old, older]]
    columns:
      - {header: Name, field: name}
      - {header: Part, field: part}
      - {header: Release, field: versions, notation: bare}
      - {header: Since, field: since}
      - {header: Mixed, fields: [stacked, since]}
"""


@pytest.fixture(scope="module")
def named(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of records with former names."""
    return (
        written(built(tiny(NAMED, "<< tables.grid >>\n")), tmp_path_factory.mktemp("named")) / "web/python/index.html"
    )


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        ("login", ["sign-in"]),
        ("log-in tracking", ["sign-in"]),
        ("later", []),
        ("sso 2.3", ["sign-in"]),
        ("enter 7", ["sign-in"]),
        ("nucleus", ["sign-in", "old-older"]),
        ("older", ["old-older"]),
        ("oldest", ["old-older"]),
        ("kernel", ["sign-in", "old-older"]),
        ("2.5", ["sign-in"]),
        ("1.4", ["old-older"]),
        ("release 1.4", ["old-older"]),
        ("preview 3.7", ["sign-in"]),
        ("debian 9.13", ["sign-in"]),
        ("debian 1.8", []),
        ("64", ["sign-in"]),
    ],
)
def test_rows_are_found_by_former_names_and_by_their_versions(
    query: str, rows: list[str], browser: Browser, named: Path
) -> None:
    with opened(browser, named) as page:
        assert shown(page, query) == rows


def test_former_names_are_not_visible(browser: Browser, named: Path) -> None:
    with opened(browser, named) as page:
        assert shown(page, "kernel") == ["sign-in", "old-older"]
        assert "login" not in page.locator("body").inner_text()
        assert "login" not in (page.locator("main").aria_snapshot())
        assert page.locator("main script").count() == 0


@pytest.mark.parametrize("query", ["login", "log-in", "sso", "nucleus sign-in"])
def test_the_search_of_a_site_finds_rows_by_the_same_names(query: str, browser: Browser, named: Path) -> None:
    with opened(browser, named) as page:
        page.get_by_label("Find a page, a heading or a row").fill(query)
        expect(page.locator(".found a").first).to_have_text(re.compile("^Sign-in Tracking"))
        expect(page.locator(".found a")).to_have_count(2)  # on the pages of two products


# --- the rest of the page --------------------------------------------------------------


def named_rows(page: Page, query: str) -> list[str]:
    """The first cells of the rows that are shown for a query."""
    page.get_by_label(FILTER).fill(query)
    return shown_rows(page)


def headings(page: Page) -> list[str]:
    """The ids of the headings that are shown, below the title."""
    ids: list[str] = page.locator("main :is(h2, h3, h4):visible").evaluate_all("(all) => all.map((one) => one.id)")
    return ids


SECTIONS = """
things:
  fields: {name: text, support: lifecycle, remark: text}
  records:
    a: {name: Apple, support: {ga: 2024-01-01}, remark: Fruit, note: Grows on *trees*.}
    b: {name: Beet, support: {ga: 2025-01-01, eol: 2026-01-01}, remark: Root}
    c: {name: Carrot, support: {ga: by 2023-01-01}, remark: Root}
tables:
  fruit: {caption: Fruit, from: things, rows: [a], columns: [{header: Name, field: name}]}
  roots: {caption: Roots, from: things, rows: [b, c], columns: [{header: Name, field: name}]}
  support:
    caption: Support
    from: things
    columns: [{header: Name, field: name}, {header: Support, field: support}, {header: Remark, field: remark}]
"""
SECTIONS_PAGE = """\
## First

### Bare

<< tables.fruit >>

### Explained

Grow them:

<< tables.roots >>

### Alerted

> [!NOTE]
> << tables.fruit >>

## Second

### Only a table

<< tables.roots >>

#### Deeper

<< tables.fruit >>

## Third

<< tables.support >>

## Only text

Text.
"""


@pytest.fixture(scope="module")
def sections(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page of sections with and without text."""
    root = written(built(tiny(SECTIONS, SECTIONS_PAGE)), tmp_path_factory.mktemp("sections"))
    return root / "web/python/index.html"


def test_tables_without_rows_are_hidden_with_headings_that_have_no_other_content(
    browser: Browser, sections: Path
) -> None:
    with opened(browser, sections) as page:
        everything = ["first", "bare", "explained", "alerted", "second", "only-a-table", "deeper", "third", "only-text"]
        assert headings(page) == everything
        assert named_rows(page, "beet") == ["Beet"] * 3
        assert headings(page) == ["first", "explained", "second", "only-a-table", "third", "only-text"]
        assert named_rows(page, "apple") == ["Apple"] * 4
        assert headings(page) == everything
        expect(page.get_by_text("2 rows hidden by the filter.").locator("visible=true")).to_have_count(2)
        assert shown(page, "nothing") == []
        assert headings(page) == ["first", "explained", "only-text"]
        listed = page.get_by_role("navigation", name="On this page").get_by_role("link").locator("visible=true")
        assert [text.lower() for text in listed.all_inner_texts()] == ["first", "explained", "only text"]
        expect(page.locator("main :is(table, thead, caption, figure, .notes, .alert):visible")).to_have_count(0)
        expect(page.locator("main").get_by_text("Grow them:")).to_be_visible()
        expect(page.get_by_text("hidden by the filter").locator("visible=true")).to_have_text(
            ["2 rows hidden by the filter."]
        )
        shown(page, "")
        assert headings(page) == everything
        expect(page.locator("main .alert")).to_be_visible()


def test_the_caption_of_a_table_states_that_rows_are_hidden(browser: Browser, sections: Path) -> None:
    with opened(browser, sections) as page:
        shown(page, "beet")
        expect(page.get_by_role("region", name="Support: 1 of 3 rows")).to_be_visible()
        shown(page, "")
        expect(page.get_by_role("region", name="Support", exact=True)).to_be_visible()


def test_a_timeline_shows_the_rows_that_its_table_shows(browser: Browser, sections: Path) -> None:
    with opened(browser, sections) as page:
        timeline = page.get_by_role("img", name="Support timeline")
        whole = timeline.bounding_box()
        words = timeline.locator(".release:visible")
        expect(words).to_have_text(["Apple", "Beet", "Carrot"])
        shown(page, "root")
        expect(words).to_have_text(["Beet", "Carrot"])
        expect(timeline).to_have_accessible_description(re.compile("^Beet: .*now End of Life. Carrot: "))
        tops = words.evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
        bars = timeline.locator(".level:visible").evaluate_all(
            "(all) => all.map((one) => one.getBoundingClientRect().top)"
        )
        above = timeline.locator(".year").first.bounding_box()
        assert whole is not None
        assert above is not None
        assert tops[1] - tops[0] == pytest.approx(52, abs=1)
        assert [bar - top for bar, top in zip(bars, (tops[0], tops[0], tops[1]), strict=True)] == pytest.approx(
            [20] * 3, abs=4
        )
        assert tops[0] - above["y"] < 40
        legend = page.locator("figcaption").bounding_box()
        assert legend is not None
        assert 0 < legend["y"] - tops[1] < 70
        shown(page, "nothing")
        expect(page.locator("figure")).to_be_hidden()
        shown(page, "")
        expect(words).to_have_text(["Apple", "Beet", "Carrot"])
        assert timeline.bounding_box()["height"] == whole["height"]  # type: ignore[index]


def test_a_note_belongs_to_its_row(browser: Browser, sections: Path) -> None:
    with opened(browser, sections) as page:
        assert named_rows(page, "trees") == ["Apple"] * 4
        assert shown(page, "1") == []


def test_a_printed_page_shows_all_rows(browser: Browser, sections: Path) -> None:
    with opened(browser, sections) as page:
        height = "document.querySelector('main').getBoundingClientRect().height"
        page.emulate_media(media="print")
        before = page.evaluate(height), shown_rows(page)
        page.emulate_media(media="screen")
        assert named_rows(page, "beet") == ["Beet"] * 3
        page.emulate_media(media="print")
        assert (page.evaluate(height), shown_rows(page)) == before
        expect(page.get_by_text("hidden by the filter").locator("visible=true")).to_have_count(0)


# --- the box ---------------------------------------------------------------------------


def test_the_filter_announces_its_result_once_and_not_for_each_key(browser: Browser, aap: Path) -> None:
    with opened(browser, aap) as page:
        page.evaluate(
            """() => { window.said = []; new MutationObserver(() => said.push(document.querySelector(".filter .status").textContent))
              .observe(document.querySelector(".filter .status"), {childList: true, subtree: true}); }"""
        )
        page.get_by_label(FILTER).press_sequentially("windows 3.12", delay=5)
        page.wait_for_function("said.length > 0")
        assert page.evaluate("said") == ["Showing 3 of 53 rows; 50 hidden"]
        expect(page.locator(".filter").get_by_role("status")).to_have_attribute("role", "status")


def test_a_button_and_the_escape_key_show_all_rows(browser: Browser, aap: Path) -> None:
    with opened(browser, aap) as page:
        everything = shown_rows(page)
        button = page.get_by_role("button", name="Show all rows")
        expect(button).to_be_hidden()
        assert shown(page, "flask") == ["flask"]
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        assert shown_rows(page) == everything
        expect(page.get_by_label(FILTER)).to_be_focused()
        expect(page.get_by_label(FILTER)).to_have_value("")
        expect(page.locator(".filter").get_by_role("status")).to_have_text("")
        expect(button).to_be_hidden()
        shown(page, "flask")
        page.get_by_label(FILTER).press("Escape")
        assert shown_rows(page) == everything


def test_a_link_to_a_hidden_row_shows_it(browser: Browser, aap: Path) -> None:
    with opened(browser, aap) as page:
        for follow in (
            "location.hash = '#table-capabilities-sca'",
            "document.querySelector('#table-capabilities-sca .anchor').click()",
        ):
            page.get_by_label(FILTER).fill("windows")
            expect(page.locator("#table-capabilities-sca")).to_be_hidden()
            page.evaluate(follow)
            expect(page.locator("#table-capabilities-sca")).to_be_in_viewport()
            expect(page.get_by_label(FILTER)).to_have_value("")


def test_the_filter_is_kept_when_the_reader_navigates_back(browser: Browser, aap: Path) -> None:
    with opened(browser, aap) as page:
        assert shown(page, "windows 3.12") == ["cpython-4-windows", "cpython-3-windows", "cpython-2-windows"]
        status(page)
        page.goto(aap.parent.parent.parent.joinpath("index.html").as_uri())
        page.go_back()
        expect(page.get_by_label(FILTER)).to_have_value("windows 3.12")
        assert len(shown_rows(page)) == 3
        page.reload()
        assert len(shown_rows(page)) == 3
        page.get_by_role("button", name="Show all rows").click()
        page.reload()
        assert len(shown_rows(page)) == 53


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_on_a_filtered_page(size: ViewportSize, browser: Browser, aap: Path, axe: Path) -> None:
    with opened(browser, aap, size) as page:
        shown(page, "agent 7.30")
        status(page)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            assert violations(page, axe) == []
        settled(page)
