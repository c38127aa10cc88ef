"""The names, records, datasets and filters that templates can use."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from functools import cache, partial

from sitegen.evaluation.context import Context, Fact, display
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Record
from sitegen.facts.field_types import Type
from sitegen.facts.parts import part_of, parts_of, unknown_part
from sitegen.facts.values import Absent, List, Reference, Text
from sitegen.frozen import frozen_without_eq
from sitegen.languages.catalogue import Language
from sitegen.templates.template import NONCHARACTER, PRINTED, BrokenError, MissingError, kind_of
from sitegen.templates.tokens import with_line_breaks

NONE_PRINTED = "cannot print 'none'; check the value with <% if %> first"


class Names(ReadOnly[str, object]):
    """The names that templates can use in a context. Values are created on access, since a template uses few."""

    __slots__ = ("_context", "_others")

    def __init__(self, context: Context, /, **others: object) -> None:
        self._context = context
        self._others = others

    def __getitem__(self, name: str) -> object:
        context = self._context
        if name in self._others:
            return self._others[name]
        if name == "product" and context.product:
            return _ProductView(context, context.datasets[PRODUCTS].records[context.product])
        if name == PRINTED + "product" and context.product and context.is_open:
            return _OpenProduct(context, context.datasets[PRODUCTS].records[context.product])
        if name == "library" and context.library:
            return RecordView(context, context.datasets[LIBRARIES].records[context.library])
        if name == "as_of":
            return Fact(Text(context.day.isoformat()))
        if name in context.datasets:
            return DatasetView(context, name)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        context = self._context
        roles = (role for role, id_ in (("product", context.product), ("library", context.library)) if id_)
        return iter(dict.fromkeys((*context.datasets, *roles, "as_of", *self._others)))

    def __len__(self) -> int:
        return len(list(iter(self)))


class SlotView:
    """A table or a partial in a template. It fills a slot of the page, and cannot be used as text."""

    kind = "table"

    def __str__(self) -> str:
        raise MissingError(f"a {self.kind} cannot be used as text; show it in the body of a page", "template-error")


class Lookup:
    """Tables or partials by name, for templates. `kind` names them in messages."""

    def __init__(self, kind: str, known: Container[str], get: Callable[[str], object]) -> None:
        self._kind = kind
        self._known = known
        self._get = get

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            raise KeyError(name)
        return self._get(name)

    def __str__(self) -> str:
        raise MissingError(f"a list of {self._kind} cannot be used as text; name one of them", "template-error")


@frozen_without_eq
class FactWithParts(Fact):
    """The value of a field in a template, with its parts: `release.support.eol`."""

    field: str = ""
    kind: Type | None = None
    day: date = date.min

    def __getitem__(self, part: str) -> Fact:
        if part not in parts_of(self.kind):
            message, hint = unknown_part(self.field, str(part), self.kind)
            raise MissingError(message, "unknown-field", str(part), hint)
        return Fact(part_of(self.value, part, self.day, self.language), self.places, self.note, self.language)


class RecordView:
    """A record in a template: its fields by name, and `id`. It has the values of its product or library, if any.

    If it is in a row of a table, `row` are the ids of the row, and it has the values of the row.
    """

    __slots__ = ("_context", "_record", "_row")

    def __init__(self, context: Context, record: Record, row: frozenset[str] | None = None) -> None:
        self._context = context if row is not None else context.of_row(record)
        self._record = record
        self._row = row
        if self._context is not context:
            self._record = self._context.datasets[record.dataset].records.get(record.id, record)

    def __getitem__(self, field: str) -> object:
        if field == "id":
            return self._record.id
        context = self._context
        fact = context.fact(self._record, field, self._row)
        if not isinstance(fact.value, Reference):
            kind = context.datasets[self._record.dataset].fields.get(field)
            parts = fact.value, fact.places, fact.note, fact.language, field, kind, context.day
            return FactWithParts(*parts) if parts_of(kind) else fact
        referred = context.referred(fact.value)
        if referred is None:
            raise BrokenError
        record, context = referred
        return RecordView(context, record)

    def __str__(self) -> str:
        raise MissingError(_RECORD, "template-error")


class FormerRecord:
    """A record in a template under a former id, with its present fields."""

    __slots__ = ("_former", "_view")

    def __init__(self, context: Context, record: Record, former: str) -> None:
        self._view = RecordView(context, record)
        self._former = former

    def __getitem__(self, field: str) -> object:
        return self._former if field == "id" else self._view[field]


def _exists(view: RecordView) -> bool:
    """Whether the record of a view exists on the date."""
    return view._context.has(view._record)


class _ProductView(RecordView):
    """The product of the context. Whatever reads its fields differs for each product."""

    __slots__ = ()

    def __getitem__(self, field: str) -> object:
        self._context.track_product()
        return super().__getitem__(field)


class _OpenProduct(_ProductView):
    """The product of an open context, for a template that only prints its fields."""

    __slots__ = ()

    def __getitem__(self, field: str) -> object:
        return self._context.field_placeholder(field) or super().__getitem__(field)


class DatasetView:
    """A dataset in a template: its records by id. Iteration yields those that exist on the date, in order."""

    __slots__ = ("_context", "_name")

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name

    def __getitem__(self, id_: str) -> RecordView:
        record = self._context.datasets[self._name].records.get(id_)
        if record is None or not _exists(view := RecordView(self._context, record)):
            limited = f" for {self._context.name}" if record is not None and record.scope.parts else ""
            raise MissingError(f"{self._name} has no '{id_}' on {self._context.day}{limited}")
        return view

    def __iter__(self) -> Iterator[RecordView]:
        views = (RecordView(self._context, r) for r in self._context.datasets[self._name].records.values())
        return filter(_exists, views)

    def __str__(self) -> str:
        raise MissingError(_RECORD, "template-error")


class NamedRecord(RecordView):
    """A record under the name of its dataset: its fields, and the other records of the dataset by id."""

    __slots__ = ()

    def __getitem__(self, name: str) -> object:
        dataset = self._context.datasets[self._record.dataset]
        known = name in ("id", "note") or name in dataset.fields
        return super().__getitem__(name) if known else DatasetView(self._context, dataset.name)[name]


_RECORD = "a record cannot be used as text; name one of its fields"


# --- filters -------------------------------------------------------------------------


def _on_text(change: Callable[[str], str]) -> Callable[[object], Fact]:
    def apply(value: object) -> Fact:
        fact = as_fact(value)
        return Fact(Text(change(str(fact))), fact.places)

    return apply


def as_fact(value: object) -> Fact:
    """A value of a template as a fact. Raises MissingError if it cannot be used as text."""
    if isinstance(value, Fact):
        return value
    if isinstance(value, str) and NONCHARACTER.search(value := with_line_breaks(value)):
        raise MissingError("text with values in it cannot be used in 'set', 'filter' or 'macro'", "template-error")
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return Fact(Text(str(value)))
    if isinstance(value, (RecordView, DatasetView, SlotView, Lookup)):
        str(value)  # raises MissingError with a hint
    if callable(value):
        raise MissingError("a function cannot be used as text; call it with parentheses", "template-error")
    hint = f"; name one of its items, such as '{next(iter(value))}'" if isinstance(value, dict) and value else ""
    raise MissingError(f"{kind_of(value)} cannot be used as text{hint}", "template-error")


def printed(value: object) -> Fact | SlotView:
    """What a template prints: a fact, or a table or partial for a slot. Raises MissingError if it cannot be printed."""
    if isinstance(value, SlotView):
        return value
    fact = as_fact(value)
    if isinstance(fact.value, Absent):
        raise MissingError(NONE_PRINTED)
    display(fact.value)
    return fact


def _count(language: Language, value: object, singular: str, plural: str) -> Fact:
    """`2 | count("branch is", "branches are")` returns "two branches are"."""
    fact = as_fact(value)
    if not re.fullmatch("[0-9]{1,9}", str(fact)):
        raise MissingError(f"'count' takes a number, not '{fact}'", "template-error")
    number = int(str(fact))
    text = language.text("count", number=language.number(number), things=singular if number == 1 else plural)
    return Fact(Text(text), fact.places)


def _sentence(language: Language, value: object, word: str = "") -> Fact:
    """A list as part of a sentence: "A, B, and C"."""
    fact = as_fact(value)
    items = [display(item, language) for item in fact.value.items] if isinstance(fact.value, List) else [str(fact)]
    if not items:
        raise MissingError("cannot print an empty list; check it with <% if %> first")
    return Fact(Text(language.enumeration(items, word)), fact.places)


_capitalized, _lowered = _on_text(lambda text: text[:1].upper() + text[1:]), _on_text(str.lower)


@cache
def filters_of(language: Language) -> ReadOnly[str, Callable[..., object]]:
    """The filters of templates, in a language. They are the same objects for each site, since engines are cached."""
    return {
        "capitalized": _capitalized,
        "lowered": _lowered,
        "count": partial(_count, language),
        "sentence": partial(_sentence, language),
    }
