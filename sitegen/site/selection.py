"""The pages of a site: the libraries on a day, the products of each, and the page file of each product."""

from __future__ import annotations

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


def in_force(site: Site, day: date) -> list[str]:
    """The ids of the libraries of a day, in their order."""
    found = site.facts.datasets.get(LIBRARIES)
    return [library.id for library in found.records.values() if library.in_force(day)] if found else []


def product_contexts(shared: Context, report: Report) -> list[Context]:
    """A context for each product that a library has on a day."""
    products = shared.datasets.get(PRODUCTS)
    in_force = [p for p in products.records.values() if p.in_force(shared.day)] if products else []
    return [shared.of(p.id) for p in in_force if _offers(shared, p, report)]


def _offers(shared: Context, product: Record, report: Report) -> bool:
    """Whether a library has a product: its field `products`, where there is one, names them."""
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
    """The page file of a context: the edition with the latest first day."""
    holding = sorted(
        (page for page in site.pages if page.applies(context.ids, context.day)),
        key=lambda page: page.since or date.min,
        reverse=True,
    )
    for _, group in groupby(holding[:2], key=lambda page: page.since):
        first, *others = group
        for other in others:
            message = f"two pages are for the same product from the same date; the other is {first.file}"
            hint = "give one of them a later 'from' or another 'for'"
            report(Finding("same-path", message, other.place, hint, shown_on=(context.name,)))
        return first
    return None
