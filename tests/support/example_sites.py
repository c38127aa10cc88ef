"""Sites with tables as organisations publish them: this one, the one in `examples`, and those of other organisations."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from sitegen.files.sources import read_texts
from sitegen.site.loading import Site
from tests.support.sites import DAYS, ROOT, example_site, load, own_site

FOLDERS = {path.parent.name: path.parent for path in sorted((ROOT / "tests/published_tables").glob("*/published.json"))}


@cache
def published_site(name: str) -> Site:
    """A site with the tables of another organisation, loaded once."""
    return load(read_texts(FOLDERS[name], ROOT))


def _day(folder: Path) -> str:
    day: str = json.loads((folder / "published.json").read_text("utf-8"))["as_of"]
    return day


# Each site with a date.
PUBLISHED = {name: (partial(published_site, name), _day(folder)) for name, folder in FOLDERS.items()}
SITES: Mapping[str, tuple[Callable[[], Site], str]] = {
    **{f"this site, {day}": (own_site, day) for day in DAYS},
    "the site in examples": (example_site, "2026-04-01"),
    **PUBLISHED,
}
