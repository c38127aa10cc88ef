"""Pages of the HTML site in a real browser, and their visible state."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, ViewportSize, expect, sync_playwright

from sitegen.site.combine import Build

LOUD = ("error", "warning")
WIDE: ViewportSize = {"width": 1440, "height": 700}
NARROW: ViewportSize = {"width": 320, "height": 640}

expect.set_options(timeout=20_000)  # milliseconds; other tests and their builds run at the same time


# Pages that can be reused by the next test, by browser and options.
_waiting: dict[Browser, dict[str, list[Page]]] = {}
_FORGET = "() => { try { sessionStorage.clear(); localStorage.clear(); } catch { /* an empty page has none */ } }"


@contextmanager
def started(chromium: Path) -> Iterator[Browser]:
    """A headless browser."""
    arguments = ["--disable-gpu", "--in-process-gpu"]  # fewer processes
    arguments += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        _waiting[browser] = {}
        yield browser
        del _waiting[browser]
        browser.close()


@contextmanager
def blank(browser: Browser, size: ViewportSize, **options: Any) -> Iterator[Page]:
    """An empty page in a separate context, as if it were new.

    Opening a page takes longer than most tests, so a page is reused after a successful test.
    """
    options = {"reduced_motion": "reduce", **options}
    waiting = _waiting[browser].setdefault(repr(sorted(options.items())), [])
    page = waiting.pop() if waiting else browser.new_context(viewport=size, **options).new_page()
    page.set_viewport_size(size)
    try:
        yield page
        for other in page.context.pages:
            if other is not page:
                other.close()
        page.evaluate(_FORGET)
        page.goto("about:blank")
        page.mouse.move(0, 0)
        page.emulate_media(media="null", color_scheme=options.get("color_scheme", "light"))
        page.context.clear_cookies()
    except BaseException:
        page.context.close()
        raise
    waiting.append(page)


@contextmanager
def heard(page: Page, **handlers: Callable[[Any], object]) -> Iterator[None]:
    """Register handlers for the events of the context of a page."""
    for event, handler in handlers.items():
        page.context.on(event, handler)
    yield
    for event, handler in handlers.items():
        page.context.remove_listener(event, handler)


def written(build: Build, folder: Path) -> Path:
    """Write the HTML site of a build to a folder. Returns its root."""
    for path, file in build.files.items():
        if path.startswith("html/"):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.text.encode())
    return folder / "html"


@contextmanager
def opened(browser: Browser, file: Path, size: ViewportSize = WIDE, **options: Any) -> Iterator[Page]:
    """A page from the file system. At the end, checks that there were no errors and only requests of files."""
    complaints: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    # Navigation does not wait for the icon of the previous page.
    aborted = "net::ERR_ABORTED"
    handlers = {
        "console": lambda said: complaints.append(said.text) if said.type in LOUD else None,
        "weberror": lambda error: complaints.append(str(error.error)),
        "dialog": dismissed,
        "request": lambda request: None if request.url.startswith("file:") else complaints.append(request.url),
        "requestfailed": lambda request: (
            None if request.failure == aborted else complaints.append(f"{request.url}: {request.failure}")
        ),
    }
    with blank(browser, size, **options) as page:
        page.set_default_timeout(5000)
        with heard(page, **handlers):
            page.goto(file.as_uri())
            yield page
            if options.get("java_script_enabled", True):  # without this, no frame is reported
                settled(page)
    assert not complaints, "\n".join(complaints)


def settled(page: Page) -> None:
    """Wait until a page has been rendered."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def moves(page: Page) -> list[float]:
    """The layout shift since the page began to load."""
    found: list[float] = page.evaluate(
        """() => {
          const observer = new PerformanceObserver(() => {});
          observer.observe({type: "layout-shift", buffered: true});
          return observer.takeRecords().map((entry) => entry.value);
        }"""
    )
    return found


def violations(page: Page, axe: Path) -> list[str]:
    """The violations that axe finds on a page in its current state."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=axe)
    found = page.evaluate("axe.run({preload: false, resultTypes: ['violations']}).then((result) => result.violations)")
    return [f"{rule['id']}: {node['html']}\n{node['failureSummary']}" for rule in found for node in rule["nodes"]]


def shown_rows(page: Page) -> list[str]:
    """The first cells of the visible rows."""
    cells: list[str] = page.locator("tbody tr:visible th").evaluate_all(
        "(cells) => cells.map((cell) => cell.firstChild.textContent.trim())"
    )
    return cells


def sideways(page: Page) -> int:
    """The distance that a page can be scrolled sideways."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"))


def focused(page: Page) -> dict[str, Any]:
    """The focused element, and its visible focus style."""
    found: dict[str, Any] = page.evaluate(
        """() => {
          const it = document.activeElement;
          const style = getComputedStyle(it);
          const box = it.getClientRects()[0];
          const seen = box.height > innerHeight ? Math.max(box.top, 0) : box.top;
          const [x, y] = [box.left + Math.min(box.width / 2, 20), seen + Math.min(box.height / 2, 20)];
          const top = document.elementFromPoint(x, y);
          return {
            name: it.tagName.toLowerCase(), href: it.getAttribute("href") ?? "", label: it.getAttribute("aria-label") ?? "",
            text: it.textContent.trim(), outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            opaque: style.opacity === "1", covered: !(top && (it.contains(top) || top.contains(it))),
          };
        }"""
    )
    return found
