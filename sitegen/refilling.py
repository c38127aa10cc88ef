"""Filling a template for the products of a library: it runs once, where nothing but what it prints differs by product.

A template may print fields of its product and ask nothing else of it, and no fact that it asks for may be said for some
products only. Then its text is the same for all of them, and what it prints of the product is read anew.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from typing import Any

from sitegen.context import Context, FieldFact, PrintedView, SlotView
from sitegen.facts import PRODUCTS
from sitegen.findings import Place
from sitegen.templates import Template

Names = ReadOnly[str, object]


@dataclass(frozen=True, slots=True)
class _Run:
    """What a template has printed for one product, and the places that are the same for all."""

    text: str
    values: tuple[Any, ...]
    own: tuple[int, ...]
    places: frozenset[Place]


class Refilling:
    """Fills the templates of one library. `slot` gives what stands for a table or a partial in another context."""

    def __init__(self, slot: Callable[[SlotView, Context], SlotView]) -> None:
        self._slot = slot
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
                self._runs[id(template), key] = _Run(text, values, own, frozenset(context.used.places))
        else:
            context.used.places.update(run.places)
            text, values, own = run.text, tuple(self._again(run, product, context)), run.own
        for index in own:
            context.used.places.update(values[index].places if isinstance(values[index], FieldFact) else ())
        return text, values

    def _again(self, run: _Run, product: PrintedView, context: Context) -> list[object]:
        """What another product prints."""
        values = list(run.values)
        for index in run.own:
            value = values[index]
            values[index] = product[value.field] if isinstance(value, FieldFact) else self._slot(value, context)
        return values
