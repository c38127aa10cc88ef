"""Which pages a site has: the libraries on a date, the products of each, and the page file of each product."""

from __future__ import annotations

from collections.abc import Container
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Record, items_of
from sitegen.facts.values import Reference
from sitegen.findings import Finding, Report
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.evaluation.context import Context
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site


def libraries_on(site: Site, day: date, only: Container[str] | None = None) -> list[str]:
    """The ids of the libraries that exist on a date, in order; of all libraries or of those in `only`."""
    dataset = site.facts.datasets.get(LIBRARIES)
    libraries = [library.id for library in dataset.records.values() if library.in_force(day)] if dataset else []
    return libraries if only is None else [id_ for id_ in libraries if id_ in only]


def product_contexts(shared: Context, report: Report) -> list[Context]:
    """The contexts of the products that a library has. `shared` is the context of the library without a product."""
    dataset = shared.datasets.get(PRODUCTS)
    products = [p for p in dataset.records.values() if p.in_force(shared.day)] if dataset else []
    return [shared.for_product(p.id) for p in products if _has_product(shared, p, report)]


def _has_product(shared: Context, product: Record, report: Report) -> bool:
    """Whether the field `products` of a library contains a product; true if there is no such field."""
    library = shared.datasets[LIBRARIES].records[shared.library]
    if "products" not in library.facts:
        return True
    try:
        value = shared.fact(library, "products").value
    except BrokenError:
        return False
    except MissingError as error:
        place = library.facts["products"].alternatives[0].place
        report(Finding("missing-value", str(error), place, "add a value for earlier dates"))
        return False
    return any(isinstance(item, Reference) and item.id == product.id for item in items_of(value))


def edition(site: Site, context: Context, report: Report) -> Page | None:
    """The page file of a context: of those that apply, the one with the latest `from`; None if there is none."""
    applicable = sorted(
        (page for page in site.pages if page.applies(context.ids, context.day)),
        key=lambda page: page.since or date.min,
        reverse=True,
    )
    for _, group in groupby(applicable[:2], key=lambda page: page.since):
        first, *others = group
        for other in others:
            message = f"two pages for the same product from the same date; the other one is {first.file}"
            hint = "give one of them a later 'from' or another 'for'"
            report(Finding("same-path", message, other.place, hint, shown_on=(context.name,)))
        return first
    return None
