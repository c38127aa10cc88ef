"""How the pages of the new site are addressed, and in which formats they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sitegen.formats import FORMATS
from sitegen.frozen import frozen
from sitegen.importing.datasets import id_of, unique
from sitegen.importing.model import Kind

_ID = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_FORMAT_OF: Mapping[Kind, str] = {"markdoc": "markdoc"}
_HTML = {"html"}


def format_of(kind: Kind) -> str:
    """The format that a page of a kind is written in."""
    return kind if kind in FORMATS and kind not in _HTML else _FORMAT_OF.get(kind, "hugo")


def output_of(format_: str, path: str) -> str:
    """The path of the output of a page in a format."""
    folder = {"hugo": "content/", "mkdocs": "docs/"}.get(format_, "")
    return f"{format_}/{folder}{path}.{'mdx' if format_ == 'mdx' else 'md'}"


@frozen
class SiteLayout:
    """What distinguishes the pages of the new site: `product, library`, `product` (each page is one), or `site`.

    `pages` has the product and the library of each page, or its id alone, by its path.
    """

    kind: str
    pages: Mapping[str, tuple[str, ...]]
    prefix: str = ""


def layout_of(paths: Sequence[str]) -> SiteLayout:
    """The layout that the paths of the pages show: PRODUCT/LIBRARY if libraries repeat, else single pages."""
    parts = {path: path.split("/") for path in paths}
    shortest = min((len(each) for each in parts.values()), default=0)
    common = 0
    while common < shortest - 1 and len({each[common] for each in parts.values()}) == 1:
        common += 1
    rest = {path: tuple(each[common:]) for path, each in parts.items()}
    prefix = "".join(f"{part}/" for part in next(iter(parts.values()), [])[:common])
    has_two = all(len(each) == 2 and all(map(_ID.fullmatch, each)) for each in rest.values())
    if has_two and len({each[-1] for each in rest.values()}) < len(rest):
        return SiteLayout("product, library", rest, prefix)
    if all(_ID.fullmatch(part) for each in rest.values() for part in each):
        return SiteLayout("site", {path: (".".join(each),) for path, each in rest.items()}, prefix)
    return by_page(paths)


def by_page(paths: Sequence[str]) -> SiteLayout:
    """A layout in which each page is a product, so that values can differ between pages."""
    taken: set[str] = set()
    return SiteLayout("product", {path: (unique(id_of(path) or "page", taken, "-"),) for path in dict.fromkeys(paths)})
