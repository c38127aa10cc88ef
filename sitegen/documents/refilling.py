"""Filling a template for the products of a library: it runs once, where nothing but what it prints differs by product.

A template may print fields of its product and ask nothing else of it, and no fact that it asks for may be said for some
products only. Then its text is the same for all of them, and what it prints of the product is read anew.

    `<< product.name >> needs << library.package >> << features.login.since >>.`

The first product runs this. The run keeps the text with its three marks, the values of the last two, and that the first
is the field `name` of the product. For the next product `name` is read, and put to the other two. Had `since` a value
`for:` a product, or did the template ask `<% if product.name == "Web" %>`, each product would run it.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as ReadOnly
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from sitegen.documents.fillings import family_of, fill_page, refill, slots_of
from sitegen.evaluation.context import Context, Fact, FieldFact, PrintedView, SlotView, printed_fact
from sitegen.facts.datasets import PRODUCTS
from sitegen.frozen import frozen
from sitegen.templates.template import Fill, MissingError, Template, TemplateProblem

if TYPE_CHECKING:
    from sitegen.documents.documents import Family, Filling
    from sitegen.findings import Place, Report
    from sitegen.markdown.pages import Page

Names = ReadOnly[str, object]


@frozen
class _Run:
    """What a template has printed for one product, and the places that are the same for all.

    `fields` are the fields of the product by the numbers of the values that print them, and `slots` the keys of tables
    and partials.
    """

    text: str
    values: tuple[Any, ...]
    fields: ReadOnly[int, str]
    slots: ReadOnly[int, tuple[str, str]]
    places: frozenset[Place]


class _Filled(NamedTuple):
    """What a template gives for a product, and which of it are fields of the product."""

    text: str
    values: tuple[Any, ...]
    fields: Iterable[int] = ()

    def places(self) -> frozenset[Place]:
        """The places of the fields."""
        return frozenset(place for index in self.fields for place in self.values[index].places)


class Refilling:
    """Fills the templates of one library."""

    def __init__(self) -> None:
        self._runs: dict[tuple[int, str], _Run] = {}
        self._first: dict[tuple[int, str], tuple[Filling, Family]] = {}

    def fill(self, template: Template, context: Context, names: Names, key: str = "") -> tuple[str, tuple[Any, ...]]:
        """As `template.fill(names)`. `names` are those of the context, which notes what is asked for.

        Names that differ though neither library nor product does are told apart by `key`.
        """
        filled = self._fill(template, context, names, key)
        context.used.places.update(filled.places())
        return filled.text, filled.values

    def within(self, context: Context, dialect: str = "") -> Fill:
        """How templates are filled in a context, for a page in a dialect."""

        def fill(template: Template, names: Names) -> tuple[str, tuple[Any, ...]]:
            return self.fill(template, context, names, dialect if "dialect" in template.names else "")

        return fill

    def page(self, page: Page, context: Context, names: Names, report: Report, key: str = "") -> Filling | None:
        """As `fill_page` of a page. Texts of one run are a family, if they can be."""
        place = (id(page.body), key)
        run = self._runs.get(place)
        if run is not None and place in self._first:
            with suppress(MissingError, TemplateProblem):  # to fill the page says where
                slots = slots_of(_slots(run, names).items())
                again = refill(*self._first[place], _fields(run, _product(context)), slots)
                if again is not None:
                    return again
        filled = _Filled("", ())

        def fill(template: Template, names: Names) -> tuple[str, tuple[Any, ...]]:
            nonlocal filled
            filled = self._fill(template, context, names, key)
            return filled.text, filled.values

        filling = fill_page(page, context, names, report, fill)
        if filling is None:
            return None
        run, family = self._runs.get(place), None
        if place not in self._first and run is not None and run.text == filled.text and not context.used.product:
            family = family_of(filling, filled.fields)
        filling = replace(filling, used=filling.used | filled.places(), family=family)
        if family is not None:
            self._first[place] = (filling, family)
        return filling

    def _fill(self, template: Template, context: Context, names: Names, key: str) -> _Filled:
        asks_more = "product" in template.names and "product" not in template.printed
        if template.compiled is None or not context.product or asks_more:
            return _Filled(*template.fill(names))
        run = self._runs.get((id(template), key))
        if run is not None:
            with suppress(MissingError):  # to run the template says where
                values = list(run.values)
                for index, value in (*_fields(run, _product(context)).items(), *_slots(run, names).items()):
                    values[index] = value
                context.used.places.update(run.places)
                return _Filled(run.text, tuple(values), run.fields)
        with context.used.apart() as used:
            text, given = template.fill(template.select(names) | {"product": _product(context)})
        fields = {index: value.field for index, value in enumerate(given) if isinstance(value, FieldFact)}
        if run is None and not used.product:
            slots = {index: value.key for index, value in enumerate(given) if isinstance(value, SlotView)}
            kept = tuple(None if isinstance(value, SlotView) else value for value in given)
            self._runs[id(template), key] = _Run(text, kept, fields, slots, frozenset(used.places))
        return _Filled(text, given, fields)


def _product(context: Context) -> PrintedView:
    """The product of a context. What is asked of it is not noted there, since it is not the same for all products."""
    return PrintedView(context.recording(), context.datasets[PRODUCTS].records[context.product])


def _fields(run: _Run, product: PrintedView) -> dict[int, Fact]:
    """The fields that a run prints, of another product. Raises MissingError."""
    facts = {field: printed_fact(product[field]) for field in dict.fromkeys(run.fields.values())}
    return {index: facts[field] for index, field in run.fields.items()}


def _slots(run: _Run, names: Names) -> dict[int, object]:
    """The tables and partials that a run prints, among other names."""
    return {index: names[kind][id_] for index, (kind, id_) in run.slots.items()}  # type: ignore[index]
