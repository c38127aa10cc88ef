"""Filling a template for the products of a library: it runs once, where nothing but what it prints differs by product.

A template may print fields of its product and ask nothing else of it, and no fact that it asks for may be said for some
products only. Then its text is the same for all of them, and what it prints of the product is read anew.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from typing import Any

from sitegen.context import Context, FieldFact, PrintedView, SlotView, printed
from sitegen.facts import PRODUCTS
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.templates import MissingError, Template

Names = ReadOnly[str, object]


@frozen
class _Run:
    """What a template has printed for one product, and the places that are the same for all.

    In `values`, tables and partials are named by their keys; `own` are the numbers of those and of product fields.
    """

    text: str
    values: tuple[Any, ...]
    own: tuple[int, ...]
    places: frozenset[Place]


class Refilling:
    """Fills the templates of one library."""

    def __init__(self) -> None:
        self._runs: dict[tuple[int, str], _Run] = {}

    def fill(self, template: Template, context: Context, names: Names, key: str = "") -> tuple[str, tuple[Any, ...]]:
        """As `template.fill(names)`. `names` are those of the context, which notes what is asked for.

        Names that differ though neither library nor product does are told apart by `key`.
        """
        asks_more = "product" in template.names and "product" not in template.printed
        if template.compiled is None or not context.product or asks_more:
            return template.fill(names)
        product = PrintedView(context.recording(), context.datasets[PRODUCTS].records[context.product])
        run = self._runs.get((id(template), key))
        if run is None:
            text, values = template.fill({**names, "product": product})
            own = tuple(index for index, value in enumerate(values) if isinstance(value, (FieldFact, SlotView)))
            if not context.used.product:
                kept = tuple(value.key if isinstance(value, SlotView) else value for value in values)
                self._runs[id(template), key] = _Run(text, kept, own, frozenset(context.used.places))
        else:
            context.used.places.update(run.places)
            try:
                text, values, own = run.text, tuple(_again(run, product, names)), run.own
            except MissingError:  # to run the template says where
                return template.fill({**names, "product": product})
        for index in own:
            context.used.places.update(values[index].places if isinstance(values[index], FieldFact) else ())
        return text, values


def _again(run: _Run, product: PrintedView, names: Names) -> list[object]:
    """What another product prints."""
    values = list(run.values)
    for index in run.own:
        value = values[index]
        if isinstance(value, FieldFact):
            values[index] = printed(product[value.field])
        else:
            kind, id_ = value
            values[index] = names[kind][id_]  # type: ignore[index]
    return values
