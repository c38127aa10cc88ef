"""Sites for tests: this repository's own, and small ones made of texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from sitegen.dialects import DIALECTS
from sitegen.loading import Site, load_site, read_texts
from sitegen.site import Build, build_site

ROOT = Path(__file__).resolve().parent.parent

# The days on which the pages that this site reproduces were published, and one long after.
DAYS = ("2023-03-15", "2023-09-20", "2025-07-01", "2026-04-01", "2026-11-20")


@cache
def own_texts() -> Mapping[str, bytes]:
    """The sources of this repository's site."""
    return read_texts(ROOT, ROOT)


@cache
def own_site() -> Site:
    """This repository's site, loaded once."""
    return load(own_texts())


@cache
def own_build(day: str) -> Build:
    """This repository's site as of a day, in every dialect."""
    return build(own_site(), day)


def load(texts: Mapping[str, bytes]) -> Site:
    """Load a site."""
    return load_site(texts)


def build(site: Site, day: str) -> Build:
    """Build a loaded site in every dialect."""
    return build_site(site, date.fromisoformat(day), tuple(DIALECTS))


SETTINGS = """\
base-url: https://docs.example.com
"""

ROLES = """\
products:
  fields: {name: text}
  records:
    web: {name: Web}
    api: {name: API}
libraries:
  fields: {name: text}
  records:
    python: {name: Python}
"""


def tiny(facts: str, page: str = "", **files: str) -> dict[str, bytes]:
    """The texts of a small site: two products, one library, a page for each product.

    `page` is the body of the page; `files` adds or replaces, with `__` for `/` and a last `_` for the dot.
    """
    texts = {
        "sitegen.yaml": SETTINGS,
        "content/roles.yaml": ROLES,
        "content/facts.yaml": facts,
        "content/page.md": f"---\ntitle: Page\n---\n{page}",
    }
    for folder in ("partials", "themes"):
        for path in sorted((ROOT / folder).rglob("*.*")):
            texts[path.relative_to(ROOT).as_posix()] = path.read_text("utf-8")
    for name, text in files.items():
        stem, _, ending = name.replace("__", "/").rpartition("_")
        texts[f"{stem}.{ending}"] = text
    return {name: text.encode() for name, text in texts.items()}


def built(texts: Mapping[str, bytes], day: str = "2026-04-01") -> Build:
    """Build a site in which nothing is wrong."""
    made = build(load(texts), day)
    assert [f"{finding.place}: {finding.message}" for finding in made.findings] == []
    return made


def body(texts: Mapping[str, bytes], day: str = "2026-04-01", path: str = "markdoc/web/python.md") -> str:
    """The text of one page below its front matter and title."""
    text = built(texts, day).files[path].text
    return text.split("---\n", 2)[2].removeprefix("\n# Page\n").strip("\n")
