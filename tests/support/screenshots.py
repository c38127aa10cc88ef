"""Take the screenshots of the README: `python -m tests.support.screenshots [FOLDER]`."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.support.browser import started
from tests.support.previews import serving
from tests.support.requirements import CHROMIUM
from tests.support.sites import ROOT

DAY = "2026-04-01"
SIZE = {"width": 1180, "height": 720}


def page(page: Page, site: Path) -> None:
    """A page of the published HTML site."""
    page.evaluate("() => { document.getElementById('sitegen-preview').remove(); }")


def facts(page: Page, site: Path) -> None:
    """The preview, with the facts of a sentence."""
    page.get_by_role("heading", name="Supported deployment types").scroll_into_view_if_needed()
    page.locator("td", has_text="4.6.0").click()
    expect(page.locator("#sitegen-preview .panel")).to_be_visible()


def timeline(page: Page, site: Path) -> None:
    """The support timeline of the releases."""
    page.evaluate("() => { document.getElementById('sitegen-preview').remove(); }")
    page.locator("svg.timeline").scroll_into_view_if_needed()


def overlay(page: Page, site: Path) -> None:
    """An error over the last successful build."""
    path = site / "content/facts.yaml"
    path.write_text(
        path.read_text("utf-8").replace("sinse: ", "since: ").replace("since: 1.16.0", "sinse: 1.16.0"), "utf-8"
    )
    expect(page.locator("#sitegen-preview dialog")).to_be_visible()


PICTURES: dict[str, tuple[Callable[[Page, Path], None], str]] = {
    "page.png": (page, "light"),
    "page-dark.png": (page, "dark"),
    "timeline.png": (timeline, "light"),
    "facts.png": (facts, "light"),
    "overlay.png": (overlay, "dark"),
}


def take(browser: Browser, folder: Path) -> None:
    """Take all screenshots. The overlay is last, since it breaks the site."""
    with tempfile.TemporaryDirectory() as place:
        site = Path(place) / "site"
        shutil.copytree(ROOT / "content", site / "content")
        shutil.copytree(ROOT / "partials", site / "partials")
        shutil.copy(ROOT / "sitegen.yaml", site)
        with serving(site, "--as-of", DAY) as preview:
            for name, (prepare, scheme) in PICTURES.items():
                shown = browser.new_page(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")
                shown.goto(f"{preview.url}aap/python/")
                expect(shown.locator("#sitegen-preview .bar")).to_be_visible()
                prepare(shown, site)
                target = shown.locator("figure") if prepare is timeline else shown
                target.screenshot(path=folder / name)
                shown.close()


if __name__ == "__main__":
    chromium = next(filter(None, map(shutil.which, CHROMIUM)))
    with started(Path(chromium)) as browser:
        take(browser, Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs/images")
