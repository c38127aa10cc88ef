"""Sites for tests: this repository's own, and small ones made of texts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from sitegen.dialects import DIALECTS
from sitegen.site import Build, Site, build_site, load_site, read_texts

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
    """Load a site that has settings."""
    site = load_site(texts)
    assert site is not None
    return site


def build(site: Site, day: str) -> Build:
    """Build a loaded site in every dialect."""
    return build_site(site, date.fromisoformat(day), tuple(DIALECTS))
