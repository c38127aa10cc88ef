"""The HTML site in Chromium, from the file system."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.browser import (
    NARROW,
    WIDE,
    focused,
    moves,
    opened,
    settled,
    shown_rows,
    sideways,
    started,
    violations,
    written,
)
from tests.support.sites import built, own_build, tiny

DAY = "2026-11-20"
INDEX, AAP, IAST = "index.html", "aap/python/index.html", "iast/python/index.html"
PAGES = (INDEX, AAP, IAST, "asm/python/index.html")
FIND, FILTER = "Find a page, a heading or a row", "Filter the rows of this page"


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    with started(chromium) as browser:
        yield browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This repository's HTML site."""
    root = written(own_build(DAY), tmp_path_factory.mktemp("site"))
    assert {path.relative_to(root).as_posix() for path in root.rglob("*.html")} == set(PAGES)
    return root


# --- every page ------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_on_a_page_in_light_and_dark_mode(name: str, browser: Browser, site: Path, axe: Path) -> None:
    with opened(browser, site / name) as page:
        assert violations(page, axe) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, axe) == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_nothing_during_filter_and_search(
    size: ViewportSize, browser: Browser, site: Path, axe: Path
) -> None:
    with opened(browser, site / IAST, size) as page:
        page.get_by_label(FILTER).fill("linux")
        page.get_by_label(FIND).fill("django")
        expect(page.locator(".found a").first).to_be_visible()
        assert violations(page, axe) == []
        page.emulate_media(color_scheme="dark")
        assert violations(page, axe) == []


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", [INDEX, AAP])
def test_a_page_loads_without_layout_shifts(name: str, size: ViewportSize, browser: Browser, site: Path) -> None:
    with opened(browser, site / name, size) as page:
        assert page.evaluate("PerformanceObserver.supportedEntryTypes.includes('layout-shift')")
        settled(page)
        assert moves(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways_at_any_width(name: str, browser: Browser, site: Path) -> None:
    with opened(browser, site / name) as page:
        for width in (320, 640, 768, 800, 992, 1440, 3840):
            page.set_viewport_size({"width": width, "height": 700})
            assert sideways(page) == 0, width


@pytest.mark.parametrize("name", [INDEX, AAP])
def test_dark_mode_has_light_text_on_a_dark_background(name: str, browser: Browser, site: Path) -> None:
    lightness = """() => [getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]
      .map((colour) => colour.match(/[0-9]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3)"""
    with opened(browser, site / name) as page:
        text, ground = page.evaluate(lightness)
        assert ground - text > 150
        page.emulate_media(color_scheme="dark")
        text, ground = page.evaluate(lightness)
        assert text - ground > 150


def test_the_title_of_a_tab_names_the_page_and_the_site(browser: Browser, site: Path, tmp_path: Path) -> None:
    whole = "Compatibility of the tracing libraries"
    with opened(browser, site / AAP) as page:
        expect(page).to_have_title(f"Python Compatibility Requirements · App and API Protection · {whole}")
        page.goto((site / INDEX).as_uri())
        expect(page).to_have_title(whole)
    texts = tiny("", "Text.\n")
    texts["content/page.md"] = texts["content/page.md"].replace(b"Page", b"The web for << library.name >>")
    with opened(browser, written(built(texts), tmp_path) / "web/python/index.html") as page:
        expect(page).to_have_title("The web for Python")
        page.goto((tmp_path / "html/api/python/index.html").as_uri())
        expect(page).to_have_title("The web for Python · API")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_its_date_in_words(name: str, browser: Browser, site: Path) -> None:
    with opened(browser, site / name) as page:
        expect(page.locator(".lead time")).to_have_text("November 20, 2026")
        expect(page.locator(".lead time")).to_have_attribute("datetime", DAY)
        assert DAY not in page.locator("body").inner_text()


def test_links_of_the_index_and_to_rows_have_unique_names(browser: Browser, site: Path, tmp_path: Path) -> None:
    texts = tiny("", "Text.\n")
    texts["content/roles.yaml"] += b"    java: {name: Java}\n"
    with opened(browser, written(built(texts), tmp_path) / INDEX) as page:
        for name in ("Web for Python", "Web for Java", "API for Python", "API for Java"):
            link = page.get_by_role("main").get_by_role("link", name=name, exact=True)
            expect(link).to_have_text(name.partition(" ")[0])
        page.goto((site / AAP).as_uri())
        for table in page.locator("table").all():
            names = table.locator("tbody .anchor").evaluate_all("(links) => links.map((link) => link.ariaLabel)")
            assert len(set(names)) == len(names)
        expect(page.locator("#table-capabilities-sca .anchor")).to_have_accessible_name(
            re.compile("^Link to the row [^,]+$")
        )


# --- the boxes -------------------------------------------------------------------------


def test_a_reader_finds_a_row_of_another_page_with_the_mouse(browser: Browser, site: Path) -> None:
    with opened(browser, site / INDEX) as page:
        page.get_by_label(FIND).click()
        page.keyboard.type("flask protection")
        expect(page.locator(".find").get_by_role("status")).to_have_text("1 found")
        page.get_by_role("list", name="Found on all pages").get_by_role("link").click()
        page.wait_for_url("**/aap/python/index.html#table-web_frameworks-flask")
        expect(page.locator("tr:target")).to_be_in_viewport()
        expect(page.locator("tr:target th")).to_contain_text("Flask")


def test_a_reader_searches_with_the_keyboard_only(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        page.keyboard.press("/")
        expect(page.get_by_label(FIND)).to_be_focused()
        page.keyboard.type("d/b")
        expect(page.get_by_label(FIND)).to_have_value("d/b")
        expect(page.locator(".found")).to_have_text("Nothing found in titles, headings and rows")
        page.get_by_label(FIND).fill("flask")
        hits = page.get_by_role("list", name="Found on all pages").get_by_role("link")
        expect(hits).to_have_count(3)
        for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0)):
            page.keyboard.press(key)
            expect(hits.nth(place)).to_be_focused()
        page.keyboard.press("ArrowUp")
        expect(page.get_by_label(FIND)).to_be_focused()
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Escape")
        expect(page.locator(".found")).to_be_hidden()
        expect(page.get_by_label(FIND)).to_be_focused()
        expect(page.get_by_label(FIND)).to_have_value("")
        page.keyboard.type("flask")
        page.keyboard.press("Enter")
        page.wait_for_url("**/aap/python/index.html#table-*-flask")
        expect(page.locator("tr:target")).to_be_in_viewport()


def test_results_that_begin_with_the_words_are_first(browser: Browser, site: Path) -> None:
    with opened(browser, site / INDEX) as page:
        page.get_by_label(FIND).fill("python")
        expect(page.locator(".found a").first).to_have_text("Python Compatibility RequirementsASM · Python")
        expect(page.locator(".found a")).to_have_count(20)
        expect(page.locator(".found li").last).to_contain_text("more; write another word to find fewer")


def test_results_on_this_page_and_in_its_library_are_first(browser: Browser, tmp_path: Path) -> None:
    facts = "things:\n  fields: {name: text}\n  records:\n    t: {name: Thing}\n"
    texts = tiny(facts, "## << product.name >> and the Words\n")
    texts["content/roles.yaml"] += b"    java: {name: Java}\n"
    root = written(built(texts), tmp_path)
    found = {
        "web/python": ["Web · Python", "API · Python", "Web · Java", "API · Java"],
        "api/java": ["API · Java", "Web · Java", "Web · Python", "API · Python"],
    }
    for name, order in found.items():
        with opened(browser, root / name / "index.html") as page:
            page.get_by_label(FIND).fill("words")
            expect(page.locator(".found a small")).to_have_text(order)
            page.get_by_label(FIND).fill("page java")
            expect(page.locator(".found a small")).to_have_count(2)
            page.get_by_label(FIND).fill("api")
            expect(page.locator(".found a").first).to_contain_text("API and the Words")


def test_results_always_match_the_last_input(browser: Browser, site: Path) -> None:
    with opened(browser, site / INDEX) as page:
        page.get_by_label(FIND).press_sequentially("flask")
        for _ in range(5):
            page.keyboard.press("Backspace")
        page.keyboard.type("tornado")
        expect(page.locator(".found a").first).to_contain_text("Tornado")
        settled(page)
        texts = page.locator(".found a").all_text_contents()
        assert all(text.startswith("Tornado") for text in texts)
        page.get_by_label(FIND).fill("")
        expect(page.locator(".found")).to_be_hidden()


def test_the_list_closes_when_it_loses_focus(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        page.get_by_label(FIND).fill("os · ")
        expect(page.locator(".found a").first).to_be_visible()
        page.get_by_role("heading", level=1).click()
        expect(page.locator(".found")).to_be_hidden()
        page.get_by_label(FIND).fill("tornado")
        page.locator(".found a").click()
        expect(page.locator(".found")).to_be_hidden()
        expect(page.locator("tr:target")).to_be_in_viewport()


# --- the keyboard ----------------------------------------------------------------------


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("name", [INDEX, AAP])
def test_the_tab_key_reaches_every_control_with_visible_focus(
    name: str, size: ViewportSize, browser: Browser, site: Path
) -> None:
    with opened(browser, site / name, size) as page:
        controls = page.locator("a:visible, input:visible, summary:visible, [tabindex='0']:visible").count()
        stops = []
        for _ in range(controls):
            page.keyboard.press("Tab")
            stops.append(focused(page))
        assert stops[0]["href"] == "#content"
        assert [stop for stop in stops if not stop["outlined"] or not stop["opaque"] or stop["covered"]] == []
        assert [a for a, b in pairwise(stops) if a == b] == []
        assert page.evaluate("document.activeElement.matches('footer a, .cards li:last-child a')")


def test_the_skip_link_skips_header_and_navigation(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        expect(page.get_by_label(FILTER)).to_be_focused()


def test_a_wide_table_scrolls_with_arrow_keys_next_to_its_first_column(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP, NARROW) as page:
        table = page.get_by_role("region", name="Runtimes that ddtrace supports")
        table.focus()
        page.keyboard.press("ArrowRight")
        page.wait_for_function("() => document.activeElement.scrollLeft > 0")
        left = "(cell) => cell.getBoundingClientRect().left - cell.closest('.table').getBoundingClientRect().left"
        assert table.locator("tbody th").first.evaluate(left) == pytest.approx(1, abs=1)
        assert sideways(page) == 0


@pytest.mark.parametrize("size", [NARROW, {"width": 1200, "height": 400}], ids=["narrow", "low"])
def test_in_a_small_window_a_table_only_scrolls_sideways(size: ViewportSize, browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP, size) as page:
        tables = page.locator(".table")
        heights = tables.evaluate_all("(all) => all.map((one) => [one.scrollHeight, one.clientHeight])")
        assert [(whole, seen) for whole, seen in heights if whole > seen] == []
        assert max(seen for _, seen in heights) > size["height"]


def test_in_a_large_window_a_long_table_scrolls_below_its_headers(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        table = page.get_by_role("region", name="Runtimes that ddtrace supports")
        table.evaluate("(region) => region.scrollBy(0, 200)")
        top = "(cell) => cell.getBoundingClientRect().top - cell.closest('.table').getBoundingClientRect().top"
        assert table.locator("thead th").first.evaluate(top) == pytest.approx(1, abs=1)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shadow_shows_that_a_table_continues_at_the_side(scheme: str, browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP, NARROW) as page:
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        table = page.get_by_role("region", name="Runtimes that ddtrace supports")

        def edge() -> bytes:
            """The right edge next to the caption, which has no text."""
            table.evaluate("(region) => region.scrollIntoView()")
            box = table.bounding_box()
            assert box is not None
            return page.screenshot(clip={"x": box["x"] + box["width"] - 5, "y": box["y"] + 6, "width": 3, "height": 6})

        shaded = edge()
        table.evaluate("(region) => region.scrollTo(region.scrollWidth, 0)")
        assert edge() != shaded
        unshaded = edge()
        table.evaluate(
            "(region) => { for (const part of region.querySelectorAll('thead, tbody')) part.hidden = true; }"
        )
        assert edge() == unshaded


# --- links -----------------------------------------------------------------------------

_COVERED = """(links) => links.filter((link) => {
  location.hash = link.hash;
  const target = document.querySelector(":target");
  const box = target.getBoundingClientRect();
  const seen = [box.top + 4, box.top + Math.min(box.height, 24) - 4].every((y) => {
    const there = document.elementFromPoint(box.left + 8, y);
    return there && target.contains(there);
  });
  return !seen || target.id !== decodeURIComponent(link.hash.slice(1));
}).map((link) => link.hash)"""


@pytest.mark.parametrize("size", [WIDE, {"width": 900, "height": 500}, NARROW], ids=["wide", "low", "narrow"])
def test_links_to_headings_and_rows_show_their_target(size: ViewportSize, browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP, size) as page:
        links = page.locator("main .anchor")
        headings = page.locator("main :is(h2, h3, h4, h5, h6)").count()
        assert links.count() == headings + page.locator("tbody tr").count()
        assert links.evaluate_all(_COVERED) == []


def test_a_link_to_a_row_appears_next_to_it(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        row = page.locator("#table-capabilities-sca")
        link = row.get_by_role("link", name="Link to the row")
        expect(link).to_have_css("opacity", "0")
        row.hover()
        expect(link).to_have_css("opacity", "1")
        before = row.bounding_box()
        link.click()
        assert page.url.endswith("#table-capabilities-sca")
        expect(row.locator("th")).not_to_have_css("background-color", "rgb(255, 255, 255)")
        assert before is not None


def test_every_link_within_the_site_has_a_target(browser: Browser, site: Path) -> None:
    with opened(browser, site / INDEX) as page:
        for name in PAGES:
            page.goto((site / name).as_uri())
            addresses = page.locator("a").evaluate_all("(links) => links.map((link) => link.href)")
            for address in {address for address in addresses if address.startswith("file:")}:
                path, _, fragment = address.removeprefix(site.as_uri() + "/").partition("#")
                assert (site / path).is_file(), address
                assert not fragment or f'id="{fragment}"' in (site / path).read_text("utf-8"), address


# --- without a script, on paper ---------------------------------------------------------


def test_without_javascript_all_content_is_visible_and_no_box_is_empty(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP, java_script_enabled=False) as page:
        assert page.locator("tbody tr:visible").count() == page.locator("tbody tr").count() > 40
        for several in (
            "caption",
            "main :is(h2, h3)",
            "main a",
            "nav a",
            "figure svg.timeline",
            "figcaption",
            ".alert",
        ):
            assert page.locator(f"{several} >> visible=true").count() == page.locator(several).count() > 0, several
        expect(page.locator("[data-find]")).to_be_hidden()
        expect(page.locator("[data-filter]")).to_be_hidden()
        assert page.locator("input").count() == 0


def test_the_table_of_contents_is_open_if_there_is_space(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP, java_script_enabled=False) as page:
        contents = page.get_by_role("navigation", name="On this page")
        expect(contents.get_by_role("link", name="Integrations")).to_be_visible()
        page.set_viewport_size(NARROW)
        expect(contents.get_by_role("link", name="Integrations")).to_be_hidden()
        contents.get_by_text("On this page").click()
        expect(contents.get_by_role("link", name="Integrations")).to_be_visible()


def test_a_printed_page_has_all_rows_and_no_navigation_or_sticky_parts(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP, color_scheme="dark") as page:
        page.get_by_label(FILTER).fill("flask")
        page.emulate_media(media="print")
        assert page.locator("tbody tr:visible").count() == page.locator("tbody tr").count()
        assert page.locator("header:visible, nav:visible, input:visible, footer:visible, .anchor:visible").count() == 0
        sticking = """() => [...document.querySelectorAll("body *")].filter((element) => element.checkVisibility()
          && ["sticky", "fixed"].includes(getComputedStyle(element).position)).map((element) => element.tagName)"""
        assert page.evaluate(sticking) == []
        clipped = "(all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1).length"
        assert page.locator(".table").evaluate_all(clipped) == 0
        expect(page.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")
        expect(page.locator("thead").first).to_be_visible()


# --- cells and notes -------------------------------------------------------------------

STATES = ("yes", "no", "partial", "unknown", "not applicable", "not tested", "preview", "deprecated >=2.0")
EVERYTHING = """
things:
  fields: {name: text, state: support, support: lifecycle, word: text}
  records:
%s
tables:
  grid:
    caption: Everything
    from: things
    columns:
      - {header: Name, field: name}
      - {header: State, field: state}
      - {header: Again, field: state}
      - {header: Support, field: support}
      - {header: Long, field: word}
"""


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with every state, with notes, long words and releases without an end."""
    records = "\n".join(
        f"    t{i}: {{name: {'Thing' * 12} {i}, state: {state}, word: {'word' * 30}, note: The *note* of {i}.,"
        f" support: {{ga: {2010 + i}-03-01, eol: by {2025 + i}-01-01}}}}"
        for i, state in enumerate(STATES)
    )
    texts = tiny(EVERYTHING % records, "## Part\n\n<< tables.grid >>\n\n" + "unbroken" * 40 + "\n")
    return written(built(texts), tmp_path_factory.mktemp("everything")) / "web/python/index.html"


def test_states_have_words_next_to_their_signs(browser: Browser, everything: Path) -> None:
    with opened(browser, everything) as page:
        cells = page.locator("tbody td:nth-child(2)").all_inner_texts()
        assert [re.sub(r"\d+$", "", cell.strip()) for cell in cells] == [
            "✓ yes", "✗ no", "◐ partial", "? unknown", "– not applicable", "? not tested", "Preview", "Deprecated (>=2.0)",
        ]  # fmt: skip


def test_a_page_with_every_kind_of_cell_fits_and_axe_finds_nothing(
    browser: Browser, everything: Path, axe: Path
) -> None:
    with opened(browser, everything, NARROW) as page:
        assert sideways(page) == 0
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page, axe) == []


def test_a_note_and_its_cell_link_to_each_other(browser: Browser, everything: Path) -> None:
    with opened(browser, everything, NARROW) as page:
        reference = page.locator("tbody").get_by_role("link", name="Note 5", exact=True).first
        reference.click()
        note = page.locator(".notes li:target")
        expect(note).to_be_in_viewport()
        expect(note).to_contain_text("The note of 4.")
        note.get_by_role("link", name="Back").click()
        expect(page.locator("sup a:target")).to_be_in_viewport()
        expect(page.locator("sup a:target")).to_have_text("5")


# --- the timeline ----------------------------------------------------------------------


def test_the_timeline_fits_every_width_and_keeps_its_text_size(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        for width in (320, 800, 1440):
            page.set_viewport_size({"width": width, "height": 700})
            timeline = page.locator("svg.timeline")
            box, room = timeline.bounding_box(), page.locator("figure").bounding_box()
            assert box is not None
            assert room is not None
            assert box["width"] == pytest.approx(room["width"], abs=1)
            outside = """(svg) => { const all = svg.getBoundingClientRect();
              return [...svg.querySelectorAll("text")].filter((text) => getComputedStyle(text).display !== "none")
                .filter((text) => { const box = text.getBoundingClientRect();
                  const bars = [...svg.querySelectorAll("rect")].map((bar) => bar.getBoundingClientRect());
                  return box.left < all.left - 1 || box.right > all.right + 1 || box.height < 12
                    || (text.matches(".name") && !bars.some((bar) => bar.left < box.left && box.right < bar.right
                      && bar.top < box.bottom && box.top < bar.bottom)); }).map((text) => text.textContent) }"""
            assert timeline.evaluate(outside) == [], width


def test_the_timeline_explains_its_line_and_its_signs(browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        timeline = page.get_by_role("img", name="Support timeline as of November 20, 2026")
        expect(timeline.locator("text.now")).to_have_text("November 20, 2026")
        description = re.compile(
            "^>=4.0,<5: General Availability by April 1, 2026; now General Availability. >=3.0,<4: "
        )
        expect(timeline).to_have_accessible_description(description)
        expect(page.locator("figcaption")).to_contain_text("start date unknown")
        assert timeline.locator(".torn").count() > 0


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("colours", ["light", "dark", "forced"])
def test_no_line_of_the_timeline_crosses_its_text(colours: str, media: str, browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        page.emulate_media(
            media="print" if media == "print" else "screen",
            color_scheme="dark" if colours == "dark" else "light",
            forced_colors="active" if colours == "forced" else "none",
        )
        timeline = page.locator("svg.timeline")
        assert timeline.locator(":scope > text ~ :is(line, svg)").count() == 0  # text is drawn last
        bare = """(svg) => [...svg.querySelectorAll(":scope > text")].filter((text) => {
          const style = getComputedStyle(text);
          const kind = ["supported", "unsupported"].find((kind) => text.classList.contains(kind));
          const ground = kind ? getComputedStyle(svg.querySelector(`.${kind} rect`)).fill : getComputedStyle(document.body).backgroundColor;
          return style.stroke !== ground || parseFloat(style.strokeWidth) < 6 || !style.paintOrder.startsWith("stroke");
        }).map((text) => text.textContent)"""
        assert timeline.evaluate(bare) == []
        page.emulate_media(forced_colors="none")


@pytest.mark.parametrize("media", ["screen", "print"])
def test_a_jagged_edge_is_visible_if_a_bar_has_the_color_of_the_page(media: str, browser: Browser, site: Path) -> None:
    with opened(browser, site / AAP) as page:
        page.emulate_media(media="print" if media == "print" else "screen")
        edges = "(all) => all.map((edge) => [getComputedStyle(edge).stroke, getComputedStyle(edge).fill])"
        found = page.locator("figure .torn").evaluate_all(edges)
        assert len(found) > 1
        assert all(stroke not in ("none", fill) for stroke, fill in found)
        assert page.locator("figcaption .torn").count() == 1


# --- hostile values --------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='alert(1)", "{{ 7 * 7 }}", "<% x %>",
    "javascript:alert(1)", "[x](javascript:alert(1))", "</title><script>alert(1)</script>", "</script><script>alert(1)",
    "<svg onload=alert(1)>", "<!-- x", "--><script>alert(1)</script>", "&lt;script&gt;", "${alert(1)}", "`", "\\u003cscript",
    "<iframe src=javascript:alert(1)>", "<style>*{display:none}</style>", "<base href=//x>", "]]><script>alert(1)</script>",
)  # fmt: skip


def test_no_value_is_executed_as_a_script(browser: Browser, tmp_path: Path) -> None:
    quoted = [json.dumps(text) for text in HOSTILE]
    records = "".join(
        f"    v{i}: {{name: {text}, rich: {text}, lines: [{text}, x]}}\n" for i, text in enumerate(quoted)
    )
    facts = (
        "things:\n  fields: {name: text, rich: text, lines: list of text}\n  records:\n"
        + records
        + "tables:\n  grid:\n"
        f"    caption: {json.dumps(HOSTILE[0])}\n    from: things\n    columns:\n"
        "      - {header: Name, field: name}\n      - {header: Rich, field: rich}\n      - {header: Lines, field: lines}\n"
    )
    body = "".join(f"## A << things.v{i}.name >>\n\nA << things.v{i}.name >> b.\n\n" for i in range(len(HOSTILE)))
    texts = tiny(facts, body + "<< tables.grid >>\n")
    texts["content/page.md"] = texts["content/page.md"].replace(b"title: Page", b"title: << things.v7.name >>")
    root = written(built(texts), tmp_path)
    with opened(browser, root / "web/python/index.html") as page:
        assert shown_rows(page) == list(HOSTILE)
        assert page.title().startswith(HOSTILE[7])
        page.get_by_label(FILTER).fill("<script>")
        assert shown_rows(page) == [text for text in HOSTILE if "<script>" in text]
        page.get_by_label(FIND).fill("onerror")
        expect(page.locator(".found a").first).to_contain_text(HOSTILE[1])
        _hover_and_follow(page)
        assert page.locator("script").count() == 3  # the script of the theme and the two of the search index
        assert page.locator("main :is(img, iframe, style), base, svg").count() == 0
        links = page.locator("a").evaluate_all("(links) => links.map((link) => link.protocol)")
        assert set(links) == {"file:"}


def _hover_and_follow(page: Page) -> None:
    """Hover over and follow links, to start scripts that wait for a reader."""
    page.locator(".found a").first.click()
    for row in page.locator("tbody tr:visible").all()[:4]:
        row.hover()
    settled(page)
