"""How the pages of the new site are addressed, and in which formats they are written."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence

from sitegen.formats import FORMATS
from sitegen.frozen import frozen
from sitegen.importing.datasets import id_of, unique
from sitegen.importing.model import Kind, SourcePage

_ID = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")


_OTHERS = ("html", "rst")  # which readers turn into Markdown


def formats_of(pages: Sequence[SourcePage]) -> dict[Kind, str]:
    """The format of the pages of each kind: their own, if it is Markdown and keeps their front matter."""
    formats: dict[Kind, str] = {
        page.kind: page.kind for page in pages if page.kind in FORMATS and page.kind not in _OTHERS
    }
    if "hugo" in formats or any(page.kind == "github" and page.meta for page in pages):
        formats = {kind: "hugo" if kind == "github" else name for kind, name in formats.items()}
    usual = next((name for name in formats.values() if name != "markdoc"), "hugo")
    return {page.kind: formats.get(page.kind, usual) for page in pages}


def output_of(format_: str, path: str) -> str:
    """The path of a page in the output."""
    return FORMATS[format_].pages.replace("<< product.id >>/<< library.id >>", path)


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


def by_page(paths: Sequence[str], records: Collection[str] = ()) -> SiteLayout:
    """A layout in which each page is a product, so that values can differ between pages; no record has its id."""
    taken: set[str] = set()
    ids = {path: id_of(path) or "page" for path in dict.fromkeys(paths)}
    names = {path: f"{id_}-page" if id_ in records else id_ for path, id_ in ids.items()}
    return SiteLayout("product", {path: (unique(name, taken, "-"),) for path, name in names.items()})
