"""The preview in a real browser, while the sources change."""

from __future__ import annotations

import json
import random
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from sitegen.files.ownership import without_mark
from tests.support.browser import LOUD, blank, heard, sideways, started, violations
from tests.support.previews import Serving, serving
from tests.support.sites import DAYS, ROOT, built, own_build, tiny

DAY = "2026-04-01"
SHELL = "#sitegen-preview"
PAGE = "aap/python/"


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    with started(chromium) as browser:
        yield browser


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of this repository's site."""
    return copied(tmp_path / "site")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A preview of the site of this repository that no test changes."""
    with serving(copied(tmp_path_factory.mktemp("still") / "site"), "--as-of", DAY) as preview:
        yield preview


def copied(folder: Path) -> Path:
    for name in ("content", "partials"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "sitegen.yaml", folder)
    return folder


@contextmanager
def tab(
    browser: Browser, url: str, *, missing: bool = False, width: int = 1200, height: int = 800, **options: Any
) -> Iterator[Page]:
    """A page of a preview. At the end, checks that there were no errors and no requests to other servers.

    `missing` means that missing pages or servers are part of the test.
    """
    complaints: list[str] = []
    missed = "Failed to load resource"
    own = re.match(r"https?://[^/]+", url)
    assert own is not None
    handlers = {
        "console": lambda said: (
            complaints.append(said.text)
            if said.type in LOUD and not (missing and missed in said.text) and "WebSocket" not in said.text
            else None
        ),
        "weberror": lambda error: complaints.append(str(error.error)),
        "request": lambda request: None if request.url.startswith(own[0]) else complaints.append(request.url),
    }
    with blank(browser, {"width": width, "height": height}, **options) as page:
        page.set_default_timeout(8000)
        with heard(page, **handlers):
            page.goto(url)
            expect(bar(page)).to_be_visible()
            yield page
    assert complaints == []


def bar(page: Page) -> Locator:
    return page.locator(f"{SHELL} .bar")


def overlay(page: Page) -> Locator:
    return page.locator(f"{SHELL} dialog")


def panel(page: Page) -> Locator:
    return page.locator(f"{SHELL} .panel")


def edit(root: Path, old: str, new: str, file: str = "content/facts.yaml") -> None:
    path = root / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def cell(page: Page, text: str) -> Locator:
    return page.get_by_role("cell", name=text, exact=True)


# --- a change --------------------------------------------------------------------------


def test_a_saved_fact_is_shown_at_the_scroll_position_and_highlighted(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        page.mouse.wheel(0, 500)
        page.wait_for_function("() => scrollY === 500")
        edit(site, "4.6.0", "4.6.77")
        expect(cell(page, "4.6.77")).to_be_visible()
        expect(page.locator(".sitegen-changed")).to_have_text(["4.6.77", "4.6.77"])
        expect(bar(page).get_by_role("status")).to_have_text("2 values changed")
        assert page.evaluate("() => scrollY") == 500
        expect(page.locator(".sitegen-changed")).to_have_count(0)


def test_the_text_in_the_filter_is_kept(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        page.get_by_label("Filter the rows of this page").fill("API Security")
        edit(site, "4.6.0", "4.6.77")
        expect(cell(page, "4.6.77")).to_be_visible()
        expect(page.get_by_label("Filter the rows of this page")).to_have_value("API Security")
        assert cell(page, "1.6.0").count() == 0


def test_no_edit_is_lost_whatever_the_time_between_edits(browser: Browser, site: Path) -> None:
    chance = random.Random(7)
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        for number in range(3):
            for step in range(chance.randint(1, 3)):
                edit(
                    site,
                    *re.findall(r"4\.6\.\d+", (site / "content/facts.yaml").read_text("utf-8"))[:1],
                    f"4.6.{number}{step}7",
                )
                time.sleep(chance.choice((0, 0.01, 0.05, 0.1, 0.3)))
            expect(cell(page, f"4.6.{number}{step}7")).to_be_visible()


def test_a_text_page_of_another_format_is_shown_and_reloaded(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview:
        url = f"{preview.url}__sitegen/output/markdoc/aap/python.md"
        with tab(browser, url) as page:
            built = own_build(DAY).files["markdoc/aap/python.md"].text
            assert without_mark(page.locator("main pre").text_content() or "") == built
            edit(site, "4.6.0", "4.6.77")
            expect(page.locator("main pre")).to_contain_text("4.6.77")


def test_a_tab_reconnects_to_a_restarted_server(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as first:
        port = str(first.port)
        with tab(browser, first.url + PAGE, missing=True) as page:
            first.process.kill()
            first.process.wait()
            expect(bar(page).get_by_role("status")).to_contain_text("Disconnected; waiting for the server")
            edit(site, "4.6.0", "4.6.77")
            with serving(site, "--as-of", DAY, "--port", port):
                expect(cell(page, "4.6.77")).to_be_visible()


def test_a_tab_on_a_missing_page_shows_it_as_soon_as_it_exists(browser: Browser, tmp_path: Path) -> None:
    texts = tiny("apps:\n  fields: {name: text}\n  records:\n    shop: {name: Shop}\n", "<< product.name >>")
    for name, data in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with serving(tmp_path) as preview, tab(browser, preview.url + "cli/python/", missing=True) as page:
        expect(page.get_by_role("heading", name="Page not found")).to_be_visible()
        edit(
            tmp_path,
            "    api: {name: API}\n",
            "    api: {name: API}\n    cli: {name: Command line}\n",
            "content/roles.yaml",
        )
        expect(page.get_by_role("main")).to_contain_text("Command line")


# --- errors ---------------------------------------------------------------------


def test_errors_cover_the_last_good_page_until_they_are_fixed(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE, missing=True) as page:
        edit(site, "since: 1.9.0", "snice: 1.9.0")
        edit(site, "title: << library.name >>", "title: << library.nmae >>", "content/iast.md")
        expect(overlay(page)).to_be_visible()
        expect(overlay(page).get_by_role("heading")).to_have_text(
            re.compile(r"\d+ errors\. Showing the last successful build\.")
        )
        preview.wait_for("errors in 2 files")
        told = preview.complaints()
        for text in overlay(page).locator("pre").all_text_contents():
            assert text in told
        assert len(overlay(page).locator("pre").all_text_contents()) == told.count(" --> ")
        assert page.locator("td", has_text="4.6.0").is_visible()

        page.reload()
        expect(overlay(page)).to_be_visible()
        page.goto(preview.url + "nowhere/at/all")
        expect(overlay(page)).to_be_visible()
        page.goto(preview.url + f"@{DAYS[0]}/asm/python/index.html")
        expect(overlay(page)).to_be_visible()
        page.goto(preview.url + PAGE)
        expect(overlay(page)).to_be_visible()

        page.keyboard.press("Escape")
        expect(overlay(page)).to_be_hidden()
        expect(cell(page, "4.6.0")).to_be_visible()
        page.get_by_role("button", name=re.compile("findings")).click()
        expect(overlay(page)).to_be_visible()

        edit(site, "snice: 1.9.0", "since: 1.9.7")
        edit(site, "title: << library.nmae >>", "title: << library.name >>", "content/iast.md")
        expect(overlay(page)).to_be_hidden()
        expect(page.get_by_role("button", name=re.compile("finding"))).to_be_hidden()


def test_an_error_in_only_one_format_is_shown(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        fault = '<% if dialect == "hugo" %><< as_off >><% endif %>'
        path = site / "content/aap-2026-04-01.md"
        path.write_text(path.read_text("utf-8") + f"\n{fault}\n", "utf-8")
        expect(overlay(page)).to_contain_text("as_off")


def test_an_error_in_a_partial_opens_the_overlay_over_the_new_page(browser: Browser, site: Path) -> None:
    (site / "partials").mkdir(exist_ok=True)
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        edit(site, "4.6.0", "4.6.77")
        edit(site, "<table<<", "<table<< nope >><<", "partials/table.html")
        expect(overlay(page)).to_contain_text("nope")
        expect(overlay(page).get_by_role("heading")).to_contain_text("Another format cannot be built.")
        assert page.locator("td", has_text="4.6.77").is_visible()


def test_an_error_opens_the_overlay_over_a_text_page(browser: Browser, site: Path) -> None:
    path = "__sitegen/output/markdoc/aap/python.md"
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + path) as page:
        edit(site, "since: 1.9.0", "snice: 1.9.0")
        expect(overlay(page)).to_contain_text("did you mean 'since'?")


def test_letters_that_grow_in_lowercase_do_not_move_the_script(browser: Browser, site: Path) -> None:
    with (site / "content/aap-2026-04-01.md").open("a", encoding="utf-8") as file:
        file.write("\nİİİstanbul\n")
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        expect(page.get_by_role("main")).to_contain_text("İİİstanbul")
        assert "body>" not in page.locator("body").inner_text()


def test_a_site_with_an_initial_error_is_shown_after_the_fix(browser: Browser, site: Path) -> None:
    edit(site, "since: 1.9.0", "snice: 1.9.0")
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE, missing=True) as page:
        expect(overlay(page)).to_contain_text("did you mean 'since'?")
        expect(overlay(page).get_by_role("heading")).to_contain_text("1 error. No build has succeeded yet.")
        edit(site, "snice: 1.9.0", "since: 1.9.0")
        expect(cell(page, "4.6.0")).to_be_visible()
        expect(overlay(page)).to_be_hidden()


def test_without_javascript_an_initial_error_is_shown(browser: Browser, site: Path) -> None:
    edit(site, "since: 1.9.0", '"<b>since": 1.9.0')
    with serving(site, "--as-of", DAY) as preview:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(preview.url + PAGE)
        preview.wait_for("1 error in 1 file")
        texts = page.locator("main pre:visible").all_text_contents()
        told = preview.complaints()
        assert [text for text in texts if text not in told] == []
        assert len(texts) == told.count(" --> ") > 0
        assert page.locator("main b").count() == 0
        context.close()


@pytest.mark.parametrize("width", [360, 1200])
def test_the_text_of_an_error_wraps_and_its_marks_stay_aligned(width: int, browser: Browser, site: Path) -> None:
    long = " and more" * 40
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE, width=width) as page:
        with (site / "content/iast.md").open("a", encoding="utf-8") as file:
            file.write(f"\nFor << library.nmae >>{long}\n")
        expect(overlay(page)).to_contain_text("did you mean 'name'?")
        finding = overlay(page).locator("pre", has_text="nmae")
        assert long in (finding.text_content() or "")
        outside = """(words) => words.filter((one) => one.getBoundingClientRect().right
          > one.closest("pre").getBoundingClientRect().right).map((one) => one.textContent)"""
        assert finding.locator(".words").evaluate_all(outside) == []
        places = """(codes, wanted) => codes.filter((code) => code.textContent.includes(wanted)).map((code) => {
          const range = document.createRange();
          const at = code.textContent.indexOf(wanted);
          range.setStart(code.firstChild, at);
          range.setEnd(code.firstChild, at + 1);
          return range.getBoundingClientRect().left;
        })"""
        codes = finding.locator(".code")
        assert codes.evaluate_all(places, "nmae") == pytest.approx(codes.evaluate_all(places, "^^^^"), abs=0.5)


def test_an_unreadable_source_keeps_the_last_good_page(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        (site / "sitegen.yaml").rename(site / "away")
        expect(overlay(page)).to_contain_text("cannot be read")
        expect(overlay(page).get_by_role("heading")).to_have_text("1 error. Showing the last successful build.")
        page.reload()
        expect(overlay(page)).to_be_visible()
        (site / "away").rename(site / "sitegen.yaml")
        expect(overlay(page)).to_be_hidden()
        expect(cell(page, "4.6.0")).to_be_visible()


def test_text_of_a_finding_is_text(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        edit(site, "since: 1.9.0", '"<script>alert(1)</script><img src=x onerror=alert(2)>": 1.9.0')
        expect(overlay(page)).to_contain_text("<script>alert(1)</script>")
        assert overlay(page).locator("script, img").count() == 0


# --- facts of values ----------------------------------------------------------


def test_a_click_on_a_value_shows_its_fact(browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE) as page:
        page.locator("td", has_text="4.6.0").click()
        expect(panel(page).get_by_role("heading", level=2)).to_have_text("“4.6.0” comes from")
        expect(panel(page).get_by_role("heading", level=3)).to_have_text(["capabilities › api-security › since"])
        lines = (ROOT / "content/facts.yaml").read_text("utf-8").splitlines()
        place = re.fullmatch(
            r"Open content/facts\.yaml:(\d+):(\d+)", panel(page).locator("a.editor").text_content() or ""
        )
        assert place is not None
        assert "4.6.0" in lines[int(place[1]) - 1]
        assert panel(page).locator("article > pre").text_content() == lines[int(place[1]) - 1].strip()
        target = panel(page).locator("a.editor").get_attribute("href") or ""
        assert re.fullmatch(rf"vscode://file/.*/content/facts\.yaml:{place[1]}:{place[2]}", target)
        alternatives = panel(page).locator("article ul").first.locator("li")
        assert [text.split(" ")[0] for text in alternatives.all_text_contents()] == ["2.6.0", "4.6.0"]
        expect(alternatives.first).to_contain_text("(default")
        expect(alternatives.last).to_have_attribute("aria-current", "true")
        expect(alternatives.last).to_contain_text("for aap; from April 1, 2026; ")
        shown = panel(page).locator("article ul").last
        expect(shown).to_contain_text(
            "App and API Protection · Python, sentence: “4.6.0” in hugo markdoc html".replace("“4.6.0”", "4.6.0")
        )
        shown.get_by_role("link", name="markdoc").first.click()
        expect(page.locator("main pre")).to_contain_text("4.6.0")


def test_an_alternative_in_the_file_of_a_library_is_marked(browser: Browser, tmp_path: Path) -> None:
    facts = "apps:\n  fields: {name: text}\n  records:\n    shop: {name: Shop}\n"
    own = "library: python\n\napps:\n  records:\n    shop:\n      name: [Stall, {is: Store, for: web, reason: R}]\n"
    for name, data in tiny(facts, "<< apps.shop.name >>\n", content__python_yaml=own).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with serving(tmp_path, "--as-of", DAY) as preview, tab(browser, f"{preview.url}web/python/") as page:
        page.get_by_role("main").get_by_text("Store").click()
        expect(panel(page).locator("article ul").first.locator("li")).to_have_text(
            ["Shop (default)", "Stall (for python)", "Store (for web; in python; R)"]
        )


def test_a_value_can_be_explained_with_the_keyboard_only(browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE) as page:
        assert page.locator("[data-facts][tabindex]").count() == 0
        page.keyboard.press("i")
        expect(page.get_by_role("button", name="Facts")).to_have_attribute("aria-pressed", "true")
        first = page.evaluate("() => document.activeElement.dataset.facts")
        assert first
        page.keyboard.press("Enter")
        expect(panel(page)).to_be_focused()
        page.keyboard.press("Escape")
        expect(panel(page)).to_be_hidden()
        assert page.evaluate("() => document.activeElement.dataset.facts") == first
        page.keyboard.press("Tab")
        assert page.evaluate("() => document.activeElement.dataset.facts") != first
        page.keyboard.press("i")
        assert page.locator("[data-facts][tabindex]").count() == 0


def test_the_panel_and_the_selection_stay_open_after_an_edit(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        page.get_by_role("button", name="Facts").click()
        page.locator("td", has_text="4.6.0").click()
        expect(panel(page)).to_be_visible()
        edit(site, "4.6.0", "4.6.77")
        expect(panel(page).get_by_role("heading", level=2)).to_have_text("“4.6.77” comes from")
        expect(page.get_by_role("button", name="Facts")).to_have_attribute("aria-pressed", "true")


def test_the_editor_is_a_setting_of_the_site(browser: Browser, site: Path) -> None:
    settings = site / "sitegen.yaml"
    settings.write_text(settings.read_text("utf-8") + "\npreview:\n  editor: idea\n", "utf-8")
    with serving(site, "--as-of", DAY) as preview, tab(browser, preview.url + PAGE) as page:
        page.locator("td", has_text="4.6.0").click()
        target = panel(page).locator("a.editor").get_attribute("href") or ""
        assert re.fullmatch(r"idea://open\?file=/.*/content/facts\.yaml&line=\d+&column=\d+", target)


def test_every_value_of_a_page_leads_to_existing_facts(browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE) as page:
        places = page.locator("[data-facts]").evaluate_all(
            "(all) => all.flatMap((node) => JSON.parse(node.dataset.facts))"
        )
        assert len(set(places)) > 60
        query = "&".join(f"place={place}" for place in sorted(set(places)))
        answer = page.request.get(f"{still.url}__sitegen/facts?{query}")
        found = {fact["place"] for fact in answer.json()}
        assert found == set(places)
        assert all(fact["shown"] for fact in answer.json())


def test_a_value_in_markdown_leads_to_its_fact(browser: Browser, tmp_path: Path) -> None:
    facts = "apps:\n  fields: {name: text, about: markdown}\n  records:\n    shop: {name: Shop, about: 'a **bold** _word_ here'}\n"
    page_text = "## On << apps.shop.about >>\n\n<< apps.shop.about >> and **<< apps.shop.about >>**.\n"
    for name, data in tiny(facts, page_text).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    published = built(tiny(facts, page_text)).files["html/web/python/index.html"].text
    with serving(tmp_path, "--as-of", DAY) as preview, tab(browser, f"{preview.url}web/python/") as page:
        values = page.locator("main span[data-facts]")
        expect(values).to_have_text(["a bold word here"] * 3)
        text = re.sub(r"<span data-facts=[^>]*>(.*?)</span>", r"\1", page.request.get(page.url).text())
        for line in published.splitlines():
            assert "bold" not in line or line in text
        values.nth(1).click()
        expect(panel(page).get_by_role("heading", level=3)).to_have_text("apps › shop › about")


@pytest.mark.parametrize("day", DAYS)
def test_a_page_without_annotations_equals_the_published_one(day: str, still: Serving, browser: Browser) -> None:
    context = browser.new_context()
    for path, file in own_build(day).files.items():
        if not re.fullmatch(r"html/.*\.html", path):
            continue
        text = context.request.get(f"{still.url}@{day}/{path.removeprefix('html/')}").text()
        text = re.sub(r'<script defer src="/__sitegen/[^>]*></script>\n', "", text)
        text = re.sub(r'<span data-facts="[^"]*">([^<]*)</span>', r"\1", text)
        assert without_mark(re.sub(r' data-facts="[^"]*"', "", text)) == file.text
        assert "data-facts" not in file.text
    context.close()


# --- other days ------------------------------------------------------------------------


def test_the_time_bar_shows_the_site_as_of_another_date(browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE, missing=True) as page:
        chosen = page.get_by_role("textbox", name="As of")
        expect(chosen).to_have_value(DAY)
        expect(page.get_by_role("button", name="Today")).to_be_hidden()
        chosen.fill("2025-07-01")
        chosen.blur()
        page.wait_for_url("**/@2025-07-01/aap/python/")
        expect(page.get_by_role("heading", level=1)).to_have_text("Python App and API Protection Compatibility")
        page.get_by_role("link", name="ASM", exact=True).click()
        page.wait_for_url("**/@2025-07-01/asm/python/index.html")
        page.get_by_role("button", name="›").click()
        page.wait_for_url("**/@2026-04-01/asm/python/index.html")
        page.get_by_role("button", name="‹").click()
        page.wait_for_url("**/@2025-07-01/asm/python/index.html")
        page.goto(f"{still.url}@2023-03-15/aap/python/")
        expect(page.get_by_role("main")).to_contain_text("There is no such page as of March 15, 2023.")
        page.get_by_role("button", name="Today").click()
        page.wait_for_url(f"{still.url}aap/python/")


def test_a_date_that_does_not_exist_is_ignored(browser: Browser, still: Serving) -> None:
    with tab(browser, f"{still.url}@2027-13-01/{PAGE}", missing=True) as page:
        expect(page.get_by_role("main")).to_contain_text("2027-13-01 is not a date.")
        page.get_by_role("textbox", name="As of").fill("2025-07-01")
        page.get_by_role("textbox", name="As of").blur()
        page.wait_for_url("**/@2025-07-01/aap/python/")
        expect(cell(page, "2.6.0")).to_be_visible()


def test_a_date_can_be_typed(browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE) as page:
        page.get_by_role("textbox", name="As of").focus()
        page.keyboard.type("07012025")
        assert page.url == still.url + PAGE
        page.keyboard.press("Enter")
        page.wait_for_url("**/@2025-07-01/aap/python/")


def test_another_date_is_rebuilt_after_a_change(browser: Browser, site: Path) -> None:
    with serving(site, "--as-of", DAY) as preview, tab(browser, f"{preview.url}@2025-07-01/{PAGE}") as page:
        expect(cell(page, "2.6.0")).to_be_visible()
        edit(site, "2.6.0", "2.6.77")
        expect(cell(page, "2.6.77")).to_be_visible()


# --- accessibility ---------------------------------------------------------------------


def opened_panel(page: Page) -> None:
    page.locator("td", has_text="4.6.0").click()
    expect(panel(page)).to_be_visible()


def inspected(page: Page) -> None:
    page.keyboard.press("i")


SEEN: dict[str, tuple[str, Callable[[Page], None] | None]] = {
    "a page": (PAGE, None),
    "the panel": (PAGE, opened_panel),
    "values to choose from": (PAGE, inspected),
    "no page": ("nowhere/", None),
    "another format": ("__sitegen/output/hugo/content/aap/python.md", None),
    "another day": ("@2025-07-01/aap/python/", None),
}


def in_both_schemes(page: Page, axe: Path) -> list[str]:
    """The violations that axe finds in light and in dark mode."""
    found = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found += violations(page, axe)
    return found


@pytest.mark.parametrize("what", SEEN)
def test_axe_finds_nothing_in_the_preview(what: str, browser: Browser, still: Serving, axe: Path) -> None:
    path, prepare = SEEN[what]
    with tab(browser, still.url + path, missing=True, bypass_csp=True) as page:
        if prepare is not None:
            prepare(page)
        assert in_both_schemes(page, axe) == []


def test_axe_finds_nothing_in_the_overlay(browser: Browser, site: Path, axe: Path) -> None:
    edit(site, "since: 1.9.0", "snice: 1.9.0")
    with serving(site) as preview, tab(browser, preview.url, missing=True, bypass_csp=True) as page:
        expect(overlay(page)).to_be_visible()
        assert in_both_schemes(page, axe) == []


@pytest.mark.parametrize("width", [320, 800, 1440, 3840])
def test_the_preview_fits_every_width(width: int, browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE, width=width, height=700) as page:
        assert sideways(page) == 0
        box = bar(page).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] == 700
        page.evaluate("() => scrollTo(0, document.body.scrollHeight)")
        last = page.locator("main").last.bounding_box()
        assert last is not None
        assert last["y"] + last["height"] <= box["y"] + 1, "the end of the page is visible above the bar"


def test_a_page_loads_without_layout_shifts(browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE) as page:
        shifts = page.evaluate(
            """() => new Promise((done) => new PerformanceObserver((list) => done(list.getEntries().map((one) => one.value)))
            .observe({type: 'layout-shift', buffered: true}) || setTimeout(() => done([]), 500))"""
        )
        assert shifts == []


def test_a_printed_page_has_no_preview_controls(browser: Browser, still: Serving) -> None:
    with tab(browser, still.url + PAGE) as page:
        page.emulate_media(media="print")
        expect(bar(page)).to_be_hidden()


def test_pages_are_complete_without_javascript(browser: Browser, still: Serving) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(still.url)
    page.get_by_role("link", name="App and API Protection").click()
    expect(cell(page, "4.6.0")).to_be_visible()
    context.close()


def test_a_status_is_json_that_programs_can_read(still: Serving, browser: Browser) -> None:
    context = browser.new_context()
    status = json.loads(context.request.get(f"{still.url}__sitegen/status?path=html/aap/python/index.html").text())
    assert status["day"] == DAY
    assert not status["broken"]
    assert {"2025-07-01", "2026-04-01"} <= set(status["days"])
    assert [output["name"] for output in status["outputs"]] == ["hugo", "markdoc", "html"]
    context.close()
