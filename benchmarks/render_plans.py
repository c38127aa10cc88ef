"""Measure what render plans save: build a site in memory with them, and with each page rendered for its product alone.

`python -m benchmarks.render_plans [--libraries N] [--products N] [--runs N]` prints the least CPU time of each.
"""

from __future__ import annotations

import argparse
import time
from contextlib import nullcontext
from datetime import date
from unittest import mock

from sitegen.formats import USUAL
from sitegen.site.combine import build_site, writers_of
from sitegen.site.loading import load_site
from sitegen.site.pages import PageRenderer
from tests.support.sites import large_site

_PRODUCT = "    asm: {name: ASM}\n"


def site_of_size(libraries: int, products: int) -> dict[str, bytes]:
    """The texts of a site with so many libraries and products."""
    texts = large_site(libraries)
    more = "".join(f"    p-{number}: {{name: Product {number}}}\n" for number in range(products - 2))
    facts = texts["content/facts.yaml"].decode().replace(_PRODUCT, _PRODUCT + more, 1)
    return {**texts, "content/facts.yaml": facts.encode()}


def main() -> None:
    """Measure, and print two lines."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.render_plans", description=__doc__)
    parser.add_argument("--libraries", type=int, default=20)
    parser.add_argument("--products", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    texts = site_of_size(options.libraries, options.products)
    for name, patch in (
        ("with render plans", nullcontext()),
        ("without", mock.patch.object(PageRenderer, "_new_plan", return_value=None)),
    ):
        times = []
        with patch:
            for _ in range(options.runs):
                site = load_site(texts)
                started = time.process_time()
                build_site(site, date(2026, 4, 1), USUAL, writers_of(site, USUAL))
                times.append(time.process_time() - started)
        print(f"{name:<18} {min(times):.3f} s")


if __name__ == "__main__":
    main()
