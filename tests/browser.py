"""Pages of the HTML site in a real browser, and what a reader meets there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Dialog, Page, ViewportSize, expect, sync_playwright

from sitegen.site import Build

LOUD = ("error", "warning")
WIDE: ViewportSize = {"width": 1440, "height": 700}
NARROW: ViewportSize = {"width": 320, "height": 640}

expect.set_options(timeout=20_000)  # milliseconds; other tests and their builds run beside


@contextmanager
def started(chromium: Path) -> Iterator[Browser]:
    """A headless browser."""
    arguments = ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


def written(build: Build, folder: Path) -> Path:
    """Write the HTML site of a build below a folder; its root."""
    for path, file in build.files.items():
        if path.startswith("html/"):
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(file.text.encode())
    return folder / "html"


@contextmanager
def opened(browser: Browser, file: Path, size: ViewportSize = WIDE, **options: Any) -> Iterator[Page]:
    """A page from the file system. When it is left, it has complained of nothing and asked for nothing but files."""
    options = {"viewport": size, "reduced_motion": "reduce", **options}
    context = browser.new_context(**options)
    complaints: list[str] = []

    def dismissed(dialog: Dialog) -> None:
        complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    context.on("console", lambda said: complaints.append(said.text) if said.type in LOUD else None)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    context.on("dialog", dismissed)
    context.on("request", lambda request: None if request.url.startswith("file:") else complaints.append(request.url))
    # A page that is left for another one does not wait for its icon.
    aborted = "net::ERR_ABORTED"
    context.on(
        "requestfailed",
        lambda request: None if request.failure == aborted else complaints.append(f"{request.url}: {request.failure}"),
    )
    context.add_init_script(
        "window.shifts = []; new PerformanceObserver((list) => window.shifts.push(...list.getEntries()"
        ".map((entry) => entry.value))).observe({type: 'layout-shift', buffered: true})"
    )
    page = context.new_page()
    page.set_default_timeout(5000)
    page.goto(file.as_uri())
    yield page
    if options.get("java_script_enabled", True):  # without it no frame is ever reported
        settled(page)
    context.close()
    assert not complaints, "\n".join(complaints)


def settled(page: Page) -> None:
    """Wait until what was asked of a page has been drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def violations(page: Page, axe: Path) -> list[str]:
    """What axe finds on a page as it is shown now."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=axe)
    found = page.evaluate("axe.run({preload: false, resultTypes: ['violations']}).then((result) => result.violations)")
    return [f"{rule['id']}: {node['html']}\n{node['failureSummary']}" for rule in found for node in rule["nodes"]]


def shown_rows(page: Page) -> list[str]:
    """The first cells of the rows that are shown."""
    cells: list[str] = page.locator("tbody tr:visible th").evaluate_all(
        "(cells) => cells.map((cell) => cell.firstChild.textContent.trim())"
    )
    return cells


def sideways(page: Page) -> int:
    """How far a page can be scrolled sideways."""
    return int(page.evaluate("document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"))


def focused(page: Page) -> dict[str, Any]:
    """The element that has the focus: what it is, and how a reader sees that it has."""
    found: dict[str, Any] = page.evaluate(
        """() => {
          const it = document.activeElement;
          const style = getComputedStyle(it);
          const box = it.getClientRects()[0];
          const [x, y] = [box.left + Math.min(box.width / 2, 20), box.top + Math.min(box.height / 2, 20)];
          const top = document.elementFromPoint(x, y);
          return {
            name: it.tagName.toLowerCase(), href: it.getAttribute("href") ?? "", label: it.getAttribute("aria-label") ?? "",
            text: it.textContent.trim(), outlined: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
            opaque: style.opacity === "1", covered: !(top && (it.contains(top) || top.contains(it))),
          };
        }"""
    )
    return found
