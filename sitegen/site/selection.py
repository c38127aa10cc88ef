"""Which pages a site has: its units on a date, their products, and the page file of each kind of page."""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Facts, Record
from sitegen.facts.values import Reference, plain_items
from sitegen.findings import Finding, Report
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.evaluation.context import Context
    from sitegen.markdown.kinds import Kind
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site

COMMON = ""  # the unit of the pages without a library


def libraries_on(site: Site, day: date, only: Container[str] | None = None) -> list[str]:
    """The ids of the libraries that exist on a date, in order; of all libraries or of those in `only`."""
    dataset = site.facts.datasets.get(LIBRARIES)
    libraries = [library.id for library in dataset.records.values() if library.in_force(day)] if dataset else []
    return libraries if only is None else [id_ for id_ in libraries if id_ in only]


def units_on(site: Site, day: date, only: Container[str] | None = None) -> list[str]:
    """The units on a date, in order: the libraries, and `COMMON` if there are pages or partials without a library."""
    has_common = site.has_common and (only is None or COMMON in only)
    return [*libraries_on(site, day, only), *([COMMON] if has_common else ())]


def product_contexts(shared: Context, report: Report) -> list[Context]:
    """The contexts of the products that a library has. `shared` is the context of the library without a product."""
    dataset = shared.datasets.get(PRODUCTS)
    products = [p for p in dataset.records.values() if p.in_force(shared.day)] if dataset else []
    return [shared.for_product(p.id) for p in products if _has_product(shared, p, report)]


def _has_product(shared: Context, product: Record, report: Report) -> bool:
    """Whether the field `products` of a library contains a product; true if there is no such field, or no library."""
    library = shared.datasets[LIBRARIES].records[shared.library] if shared.library else None
    if library is None or "products" not in library.facts:
        return True
    try:
        value = shared.fact(library, "products").value
    except BrokenError:
        return False
    except MissingError as error:
        place = library.facts["products"].alternatives[0].place
        report(Finding("missing-value", str(error), place, "add a value for earlier dates"))
        return False
    return any(isinstance(item, Reference) and item.id == product.id for item in plain_items(value))


# --- kinds of pages ------------------------------------------------------------------


def page_contexts(site: Site, shared: Context, report: Report) -> Iterator[tuple[Context, Kind]]:
    """The contexts of the pages of a unit in order, each with a kind of page. `shared` has the library of the unit."""
    kinds = [kind for kind in site.kinds if ("library" in kind.each) == bool(shared.library)]
    of_product = [kind for kind in kinds if "product" in kind.each]
    yield from ((shared.for_product(""), kind) for kind in kinds if kind not in of_product)
    for context in product_contexts(shared, report) if of_product else ():
        yield from ((context if kind is of_product[0] else context.fresh(), kind) for kind in of_product)


def edition(site: Site, context: Context, kind: Kind, report: Report) -> Page | None:
    """The page file of a kind in a context: of those that apply, the one with the latest `from`; None if none does."""
    applicable = sorted(
        (page for page in site.pages if page.kind == kind and page.applies(context.ids, context.day)),
        key=lambda page: page.since or date.min,
        reverse=True,
    )
    for _, group in groupby(applicable[:2], key=lambda page: page.since):
        first, *others = group
        for other in others:
            message = f"two pages for the same product from the same date; the other one is {first.file}"
            hint = "give one of them a later 'from' or another 'for'; 'page: NAME' makes it a further page"
            report(Finding("same-path", message, other.place, hint, shown_on=(context.page_name(kind.page),)))
        return first
    return None


def ids_of_page(facts: Facts, name: str) -> tuple[str, str]:
    """The ids of the product and of the library in the name of a page, or of a partial; empty if it is for all."""
    ids = ["" if id_ == "*" else id_ for id_ in name.split("/")]
    roles = [dataset in facts.datasets for dataset in (PRODUCTS, LIBRARIES)]
    if roles == [True, True]:
        return (ids[0], ids[1]) if len(ids) > 1 else ("", ids[0])
    return (ids[0] if roles[0] else ""), (ids[0] if roles[1] else "")
