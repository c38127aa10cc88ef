"""Facts as one page sees them: on a day, for a product and a library."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from contextlib import contextmanager
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from sitegen.dates import long_date
from sitegen.facts.datasets import LIBRARIES, LINKS, PRODUCTS, Datasets, Facts, Record
from sitegen.facts.values import Absent, Day, Lifecycle, Link, List, Reference, Text, Value
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.templates.template import NONCHARACTER, BrokenError, MissingError, kind_of

if TYPE_CHECKING:
    from sitegen.facts.alternatives import Alternative, Varying
    from sitegen.findings import Place

T = TypeVar("T")

_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


@frozen_without_eq
class Fact:
    """A value, and the places of everything that it was read or computed from.

    Templates may compare it with a text, test it, and go through it where it is a list.
    """

    value: Value
    places: tuple[Place, ...] = ()
    note: str = ""

    def __str__(self) -> str:
        return display(self.value)

    def __bool__(self) -> bool:
        return not isinstance(self.value, Absent) and self.value != List(())

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, (str, Fact)) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __iter__(self) -> Iterator[Fact]:
        if not isinstance(self.value, List):
            raise MissingError(f"'{self}' is not a list", "template-error")
        return (Fact(item, self.places) for item in self.value.items)

    def __len__(self) -> int:
        return len(list(iter(self)))


_NO_IDS: frozenset[str] = frozenset()


class Uses:
    """What a context was asked for: the places of facts, and whether an answer may be another for another product."""

    __slots__ = ("places", "product")

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self.product = False

    @contextmanager
    def apart(self) -> Iterator[Uses]:
        """What is asked for inside the `with`, alone; behind it, that is added to what was asked for before."""
        before = self.places, self.product
        self.places, self.product = set(), False
        own = Uses()
        try:
            yield own
        finally:
            own.places, own.product = self.places, self.product
            self.places, self.product = before[0] | own.places, before[1] or own.product


@frozen
class Context(WithCachedProperties):
    """Where a table or a page stands. An empty product means: the same for all of them.

    `used` is the one part that changes: every answer notes there which facts it comes from, and whether it may be
    another for another product. Who wants to know that of one evaluation asks a `recording` context.
    """

    facts: Facts
    day: date
    product: str
    library: str
    used: Uses = field(default_factory=Uses, compare=False)

    @cached_property
    def datasets(self) -> Datasets:
        """The datasets with the values of the library."""
        return self.facts.of(self.library)

    def recording(self) -> Context:
        """The same context with nothing used yet, and with all that it has computed."""
        again = Context(self.facts, self.day, self.product, self.library)
        again.__dict__.update(self.__dict__)  # where cached properties are kept
        return again

    def of(self, product: str) -> Context:
        """The same day and library for a product, with nothing used yet."""
        return Context(self.facts, self.day, product, self.library)

    def of_row(self, *records: Record) -> Context:
        """The context whose values a row takes: that of the library and the product that its records name.

        A record names what it is, or else the one that its fields refer to. Where none is named, this context.
        """
        product = self._named(PRODUCTS, records) or self.product
        library = self._named(LIBRARIES, records) or self.library
        return self.at(product, library)

    def referred(self, value: Value) -> tuple[Record, Context] | None:
        """The record that a value refers to, and the context whose values it has; None for one that is not known.

        A library or a product has its own values; any other record is a part of the row that refers to it.
        """
        dataset = self.datasets.get(value.dataset) if isinstance(value, Reference) else None
        record = dataset.records.get(value.id) if dataset and isinstance(value, Reference) else None
        if record is None:
            return None
        if record.dataset not in (PRODUCTS, LIBRARIES):
            return record, self
        own = self.of_row(record)
        return own.datasets[record.dataset].records.get(record.id, record), own

    def at(self, product: str, library: str) -> Context:
        """The same day for a product and a library; what is used there, is used here."""
        if (product, library) == (self.product, self.library):
            return self
        return replace(self, product=product, library=library)

    def _named(self, role: str, records: Iterable[Record]) -> str:
        """The id of the library or product that records name; empty for none, or several."""
        found: set[str] = set()
        for record in records:
            if record.dataset == role:
                return record.id
            for name in self.facts.owner_fields.get(record.dataset, {}).get(role, ()):
                chosen = self.stated(record, name, frozenset((record.id,)))
                value = chosen.value if chosen is not None else None
                if chosen is not None and isinstance(value, Reference) and self._has(role, value.id, record):
                    self.used.places.add(chosen.place)
                    found.add(value.id)
        return found.pop() if len(found) == 1 else ""

    def _has(self, role: str, id_: str, record: Record) -> bool:
        """Whether a library or product is known, and has a record: one of another library's own file names nobody."""
        if role not in self.facts.datasets or id_ not in self.facts.datasets[role].records:
            return False
        return role == PRODUCTS or record.id in self.facts.of(id_)[record.dataset].records

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids that `for:` of an alternative may name."""
        return frozenset(id_ for id_ in (self.product, self.library) if id_)

    @property
    def name(self) -> str:
        """The context as findings name it: `aap/python`."""
        return "/".join(id_ for id_ in (self.product, self.library) if id_)

    def holding(self, varying: Varying[T], ids: frozenset[str] = _NO_IDS) -> Alternative[T] | None:
        """The alternative that holds here, for the ids of a row too; None if there is none."""
        alternatives = varying.alternatives
        if len(alternatives) == 1 and not alternatives[0].scope:  # as nearly all are
            since = alternatives[0].since
            return alternatives[0] if since is None or since <= self.day else None
        self.scoped(id_ for alternative in alternatives for id_ in alternative.scope)
        return varying.at(self.ids | ids, self.day)

    def stated(self, record: Record, field: str, ids: frozenset[str]) -> Alternative[Value] | None:
        """The alternative of a field that holds here, for the ids of a row too; None if there is none."""
        return self.holding(record.facts[field], ids) if field in record.facts else None

    def scoped(self, ids: Iterable[str]) -> None:
        """Note that something is asked for that is said for some ids only."""
        products = self.datasets.get(PRODUCTS)
        if products is not None and any(id_ in products.records for id_ in ids):
            self.used.product = True

    def fact(self, record: Record, field: str, ids: frozenset[str] = _NO_IDS) -> Fact:
        """The value of a field, for the ids of a row too. Raises MissingError."""
        varying = record.facts.get(field)
        alternative = self.holding(varying, ids) if varying is not None else None
        if alternative is None:
            if field in record.broken:
                raise BrokenError
            raise MissingError(f"{record.dataset} '{record.id}' has no '{field}' on {self.day}")
        self.used.places.add(alternative.place)
        return Fact(alternative.value, (alternative.place,), alternative.note)

    def former(self, record: Record, field: str, ids: frozenset[str] = _NO_IDS) -> list[str]:
        """The texts of a field before the one that applies here."""
        varying = record.facts.get(field)
        if varying is None or len(varying.alternatives) == 1:
            return []
        self.scoped(id_ for alternative in varying.alternatives for id_ in alternative.scope)
        applied = [a for a in varying.alternatives if a.applies(self.ids | ids, self.day)][:-1]
        self.used.places.update(alternative.place for alternative in applied)
        return [display(a.value) for a in applied if isinstance(a.value, (Text, List))]

    @cached_property
    def link_names(self) -> frozenset[str]:
        """The names of the links that prose may name: the records of the dataset `links`."""
        dataset = self.datasets.get(LINKS)
        return frozenset(dataset.records if dataset else ())

    def link(self, name: str) -> str | None:
        """The target of a link by its name, the field `target` of its record."""
        try:
            return self.target(name)
        except MissingError:
            return None

    def target(self, name: str) -> str:
        """The same. Raises MissingError, which says why there is none."""
        if name not in self.link_names:
            raise MissingError(f"there is no link named '{name}'", "unknown-link")
        value = self.fact(self.datasets[LINKS].records[name], "target").value
        if not isinstance(value, Link):
            raise MissingError(f"the 'target' of {LINKS} '{name}' is no link")
        return value.text

    def names(self, **others: object) -> Names:
        """What templates may name: `product`, `library`, the day, each dataset, and others."""
        return Names(self, others)


class Names(ReadOnly[str, object]):
    """What templates may name in a context. Each is made when it is asked for, since a template asks for few."""

    __slots__ = ("_context", "_others")

    def __init__(self, context: Context, others: ReadOnly[str, object]) -> None:
        self._context = context
        self._others = others

    def __getitem__(self, name: str) -> object:
        context = self._context
        if name in self._others:
            return self._others[name]
        if name == "product" and context.product:
            return _ProductView(context, context.datasets[PRODUCTS].records[context.product])
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
    """What stands in a slot of a page rather than in its text: a table or a partial.

    `key` is by which names a template asks for it, such as `("tables", "releases")`.
    """

    kind = "table"
    key: tuple[str, str]

    def __str__(self) -> str:
        raise MissingError(f"a {self.kind} has no text of its own; show it in the prose", "template-error")


class Lookup:
    """Tables or partials as templates see them: by name. `kind` is the word for all of them."""

    def __init__(self, kind: str, known: Container[str], get: Callable[[str], object]) -> None:
        self._kind = kind
        self._known = known
        self._get = get

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            raise KeyError(name)
        return self._get(name)

    def __str__(self) -> str:
        raise MissingError(f"a list of {self._kind} has no text of its own; name one of them", "template-error")


class RecordView:
    """A record as a template sees it: fields by name, and `id`. One that names a library or product has its values."""

    __slots__ = ("_context", "_record")

    def __init__(self, context: Context, record: Record) -> None:
        self._context = context.of_row(record)
        self._record = record
        if self._context is not context:
            self._record = self._context.datasets[record.dataset].records.get(record.id, record)

    def __getitem__(self, field: str) -> object:
        if field == "id":
            return self._record.id
        context = self._context
        fact = context.fact(self._record, field, frozenset((self._record.id,)))
        if not isinstance(fact.value, Reference):
            return fact
        referred = context.referred(fact.value)
        if referred is None:
            raise BrokenError
        record, context = referred
        return RecordView(context, record)

    def __str__(self) -> str:
        raise MissingError(_RECORD, "template-error")


def _exists(view: RecordView) -> bool:
    """Whether the record of a view exists on the day."""
    return view._record.in_force(view._context.day)


class _ProductView(RecordView):
    """The product of the context: whatever is asked of it differs by product."""

    __slots__ = ()

    def __getitem__(self, field: str) -> object:
        self._context.used.product = True
        return super().__getitem__(field)


@frozen_without_eq
class FieldFact(Fact):
    """A fact that is printed and nothing else, with the field that it is of."""

    field: str = ""


class PrintedView:
    """A record of which a template prints fields and asks nothing else, so that any such record would do."""

    def __init__(self, context: Context, record: Record) -> None:
        self._view = RecordView(context, record)

    def __getitem__(self, field: str) -> FieldFact:
        fact = as_fact(self._view[field])
        return FieldFact(fact.value, fact.places, fact.note, field)


class DatasetView:
    """A dataset as a template sees it: its records by id, and in order those in force."""

    __slots__ = ("_context", "_name")

    def __init__(self, context: Context, name: str) -> None:
        self._context = context
        self._name = name

    def __getitem__(self, id_: str) -> RecordView:
        record = self._context.datasets[self._name].records.get(id_)
        view = RecordView(self._context, record) if record is not None else None
        if view is None or not _exists(view):
            raise MissingError(f"{self._name} has no '{id_}' on {self._context.day}")
        return view

    def __iter__(self) -> Iterator[RecordView]:
        views = (RecordView(self._context, r) for r in self._context.datasets[self._name].records.values())
        return filter(_exists, views)

    def __str__(self) -> str:
        raise MissingError(_RECORD, "template-error")


_RECORD = "a record has no text of its own; name one of its fields"


def display(value: Value) -> str:
    """A value as text in prose."""
    if isinstance(value, Lifecycle):
        raise MissingError("a lifecycle has no text of its own; show it in a table")
    if isinstance(value, List):
        return ", ".join(display(item) for item in value.items)
    return value.text


def day_in_words(value: Day) -> str:
    """A day as `May 31, 2026` or `expected May 31, 2026`; a month, a quarter or a year as its author wrote it."""
    if value.first != value.last:
        return value.text
    return f"expected {long_date(value.first)}" if value.expected else long_date(value.first)


# --- filters -------------------------------------------------------------------------


def _on_text(change: Callable[[str], str]) -> Callable[[object], Fact]:
    def apply(value: object) -> Fact:
        fact = as_fact(value)
        return Fact(Text(change(str(fact))), fact.places)

    return apply


def as_fact(value: object) -> Fact:
    """A value of a template as a fact. Raises MissingError for what has no text."""
    if isinstance(value, Fact):
        return value
    if isinstance(value, str) and NONCHARACTER.search(value):
        raise MissingError("text that holds values cannot pass through 'set', 'filter' or 'macro'", "template-error")
    if isinstance(value, (str, int)) and not isinstance(value, bool):
        return Fact(Text(str(value)))
    if isinstance(value, (RecordView, DatasetView, SlotView, Lookup)):
        str(value)  # raises, and says what to write
    if callable(value):
        raise MissingError("a function has no text of its own; write brackets behind it", "template-error")
    raise MissingError(f"{kind_of(value)} has no text of its own", "template-error")


def printed(value: object) -> Fact | SlotView:
    """What a template prints: a fact with a text, or something for a slot. Raises MissingError."""
    return value if isinstance(value, SlotView) else printed_fact(value)


def printed_fact(value: object) -> Fact:
    """A fact with a text, as a template prints it. Raises MissingError."""
    fact = as_fact(value)
    if isinstance(fact.value, Absent):
        raise MissingError("the value to print here is 'none'; guard it with <% if %>")
    display(fact.value)
    return fact


def in_words(number: int) -> str:
    """A number as a word, up to twelve."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else str(number)


def _count(value: object, singular: str, plural: str) -> Fact:
    """`2 | count("branch is", "branches are")` gives "two branches are"."""
    fact = as_fact(value)
    if not re.fullmatch("[0-9]{1,9}", str(fact)):
        raise MissingError(f"'count' takes a number, not '{fact}'", "template-error")
    number = int(str(fact))
    return Fact(Text(f"{in_words(number)} {singular if number == 1 else plural}"), fact.places)


def _sentence(value: object, word: str = "and") -> Fact:
    """A list as part of a sentence: "A, B, and C"."""
    fact = as_fact(value)
    items = [display(item) for item in fact.value.items] if isinstance(fact.value, List) else [str(fact)]
    if len(items) > 2:
        text = ", ".join(items[:-1]) + f", {word} {items[-1]}"
    else:
        text = f" {word} ".join(items)
    return Fact(Text(text), fact.places)


FILTERS: ReadOnly[str, Callable[..., object]] = {
    "capitalized": _on_text(lambda text: text[:1].upper() + text[1:]),
    "lowered": _on_text(str.lower),
    "count": _count,
    "sentence": _sentence,
}
