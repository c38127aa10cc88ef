"""Measure the time from saving a fact to the new page in a browser.

`python -m benchmarks.preview [EDITS]` serves a copy of this site, opens a page in Chromium, edits a version several
times, and prints the time from each save until the scripts of the new page have run. It stops with an error if an edit
is never shown. `--pages 10000` uses the site of `benchmarks.compare`, with the version in the file of one library.
"""

from __future__ import annotations

import argparse
import random
import shutil
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.compare.sitegen_site import Sitegen
from benchmarks.compare.workload import SIZES, fresh
from tests.support.browser import started
from tests.support.previews import serving
from tests.support.requirements import CHROMIUM
from tests.support.sites import ROOT

PATIENCE = 600  # seconds until an edit counts as lost, and for the first build
# Runs in every page before its own scripts, and records the time at which they have run.
NOTE_TIME = "addEventListener('DOMContentLoaded', () => { window.executed = Date.now() / 1000 })"


@dataclass(frozen=True, slots=True)
class Edited:
    """A file of facts, the key before the edited version, the version, and the path of a page that shows it."""

    file: Path
    key: str
    version: str
    page: str


def copy_of_the_site(folder: Path) -> Edited:
    """A copy of this site."""
    for name in ("content", "partials"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "sitegen.yaml", folder)
    return Edited(folder / "content/facts.yaml", "is: ", "4.6.0", "aap/python/")


def site_of_size(folder: Path, pages: int) -> Edited:
    """A site with this number of pages: a tenth as many libraries, each with a file of its own."""
    peer, load = Sitegen(()), fresh(pages)
    files = {**peer.others(load), **dict([peer.page(load), *(peer.facts(load, library) for library in load.libraries)])}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    library, product = load.libraries[0], load.products[0]
    return Edited(folder / peer.facts(load, library)[0], "since: ", load.version, f"{library.id}/{product.id}/")


def seconds_until_shown(page: Page, edited: Edited, text: str, version: str) -> float:
    """Save a version in the facts. Returns the seconds until the scripts of the new page have run."""
    changed = text.replace(f"{edited.key}{edited.version}", f"{edited.key}{version}")
    saved = time.time()
    edited.file.write_text(changed, "utf-8")
    page.get_by_role("cell", name=version, exact=True).first.wait_for(timeout=PATIENCE * 1000)
    executed: float | None = None
    while executed is None:
        executed = page.evaluate("() => window.executed")
    return executed - saved


def main() -> None:
    """Measure, and print the result in one line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preview", description=__doc__)
    parser.add_argument("edits", nargs="?", type=int, default=60, help="number of edits (default: 60)")
    parser.add_argument(
        "--pages", type=int, choices=sorted(SIZES), help="use the site of benchmarks.compare with this number of pages"
    )
    options = parser.parse_args()
    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as name, started(chromium()) as browser:
        folder = Path(name)
        edited = site_of_size(folder, options.pages) if options.pages else copy_of_the_site(folder)
        text = edited.file.read_text("utf-8")
        with serving(folder, seconds=PATIENCE) as preview:
            page = browser.new_page()
            page.add_init_script(NOTE_TIME)
            page.goto(preview.url + edited.page)
            times = []
            for edit in range(options.edits):
                time.sleep(chance.uniform(0.2, 0.6))
                times.append(seconds_until_shown(page, edited, text, f"4.6.{edit + 1}"))
    times.sort()
    p95 = times[int(len(times) * 0.95) - 1]
    median = statistics.median(times)
    print(f"{options.edits} edits, all shown: median {median:.3f} s, p95 {p95:.3f} s, most {times[-1]:.3f} s")


def chromium() -> Path:
    """The Chromium of this machine."""
    return Path(next(filter(None, map(shutil.which, CHROMIUM))))


if __name__ == "__main__":
    main()
