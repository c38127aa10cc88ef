"""How long it takes from saving a fact to the new page in a browser.

`python -m benchmarks.preview [EDITS]` serves a copy of this site, opens a page in Chromium, edits a version
again and again, and prints how long after the save the scripts of the new page have run. It also counts the
edits that never came to be seen.
"""

from __future__ import annotations

import random
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Page

from tests.browser import started
from tests.conftest import CHROMIUM
from tests.previews import serving
from tests.sites import ROOT

VERSION = "4.6.0"
# Runs in every page before its own scripts, and keeps when these have run.
NOTE_TIME = "addEventListener('DOMContentLoaded', () => { window.executed = Date.now() / 1000 })"


def copy_of_the_site(folder: Path) -> Path:
    """The facts file of a copy of this site."""
    for name in ("content", "partials"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "sitegen.yaml", folder)
    return folder / "content/facts.yaml"


def seconds_until_shown(page: Page, facts: Path, text: str, version: str) -> float:
    """Save one version in the facts. Returns the seconds until the new page has run."""
    saved = time.time()
    facts.write_text(text.replace(VERSION, version), "utf-8")
    page.get_by_role("cell", name=version, exact=True).first.wait_for(timeout=10_000)
    executed: float | None = None
    while executed is None:
        executed = page.evaluate("() => window.executed")
    return executed - saved


def main() -> None:
    """Measure, and print one line."""
    edits = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as name, started(chromium()) as browser:
        facts = copy_of_the_site(Path(name))
        text = facts.read_text("utf-8")
        with serving(Path(name)) as preview:
            page = browser.new_page()
            page.add_init_script(NOTE_TIME)
            page.goto(f"{preview.url}aap/python/")
            times = []
            for edit in range(edits):
                time.sleep(chance.uniform(0.2, 0.6))
                times.append(seconds_until_shown(page, facts, text, f"4.6.{edit + 1}"))
    times.sort()
    p95 = times[int(len(times) * 0.95) - 1]
    print(f"{edits} edits, all shown: median {statistics.median(times):.3f} s, p95 {p95:.3f} s, most {times[-1]:.3f} s")


def chromium() -> Path:
    """The Chromium of this machine."""
    return Path(next(filter(None, map(shutil.which, CHROMIUM))))


if __name__ == "__main__":
    main()
