"""Facts as one page sees them: on a day, for a product and a library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from sitegen.dates import long_date
from sitegen.facts.datasets import LIBRARIES, LINKS, PRODUCTS, Datasets, Facts, Record
from sitegen.facts.values import Absent, Day, Lifecycle, Link, List, Markdown, Reference, Text, Value
from sitegen.findings import Place
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.templates.placeholders import is_line, placeholder
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.facts.alternatives import Alternative, Varying

T = TypeVar("T")


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


class Reads:
    """What has been read in a context: the places of facts, and what decides for which other products it is the same.

    `scopes` are the sets of products that values are limited to by `for:`. `fields` are the fields of the product that
    were left open, each with the files of its value.
    """

    __slots__ = ("fields", "places", "scopes")

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self.scopes: set[frozenset[str]] = set()
        self.fields: dict[str, tuple[str, ...]] = {}


class _OpenPlace(Place):
    """The place of a field that is left open. Its file is known, and its text is a placeholder."""

    field: str

    def __str__(self) -> str:
        return placeholder(place_name(self.field))


@frozen
class Context(WithCachedProperties):
    """A day, a product and a library. An empty product means: the same for all products.

    `reads` is the one part that changes: every method adds what it has read. For the reads of one evaluation, use a
    `fresh` context. If it `is_open`, templates that only print fields of the product get placeholders for them.
    """

    facts: Facts
    day: date
    product: str
    library: str
    is_open: bool = False
    reads: Reads = field(default_factory=Reads, compare=False)

    @cached_property
    def datasets(self) -> Datasets:
        """The datasets with the values of the library."""
        return self.facts.of(self.library)

    def fresh(self, *, is_open: bool | None = None) -> Context:
        """The same context without reads, and with all that it has computed."""
        again = Context(self.facts, self.day, self.product, self.library, self.is_open if is_open is None else is_open)
        _ = self._open_fields
        again.__dict__.update(self.__dict__)  # where cached properties are kept
        return again

    def of(self, product: str) -> Context:
        """The same day and library for a product, without reads."""
        return Context(self.facts, self.day, product, self.library)

    def is_same_for(self, other: Context) -> bool:
        """Whether all that was read here is the same in a context of the same day and library, but for open fields."""
        if self.product == other.product:
            return True
        if not self.product or not other.product:
            return False
        return all((self.product in scope) == (other.product in scope) for scope in self.reads.scopes) and all(
            (fact := other.open_field(name)) is not None and files == files_of(fact)
            for name, files in self.reads.fields.items()
        )

    def add_reads(self, other: Context) -> None:
        """Add what limits the products for which another context is the same."""
        self.reads.scopes |= other.reads.scopes
        self.reads.fields |= other.reads.fields

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
        """The context of a product and a library on the same day. It shares the reads."""
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
                    self.reads.places.add(chosen.place)
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
        """The alternative that applies here and to the ids of a row; None if none does."""
        alternatives = varying.alternatives
        if len(alternatives) == 1 and not alternatives[0].scope:  # the common case
            since = alternatives[0].since
            return alternatives[0] if since is None or since <= self.day else None
        for alternative in alternatives:
            self.read_scope(alternative.scope)
        return varying.at(self.ids | ids, self.day)

    def stated(self, record: Record, field: str, ids: frozenset[str]) -> Alternative[Value] | None:
        """The alternative of a field that applies here and to the ids of a row; None if none does."""
        return self.holding(record.facts[field], ids) if field in record.facts else None

    def read_scope(self, ids: Iterable[str]) -> None:
        """Note that something is read that applies to some ids only."""
        scope = self._products.intersection(ids)
        if scope:
            self.reads.scopes.add(scope)

    @cached_property
    def _products(self) -> frozenset[str]:
        """The ids of all products."""
        products = self.datasets.get(PRODUCTS)
        return frozenset(products.records if products else ())

    def read_product(self) -> None:
        """Note that something is read that is different for every product."""
        self.reads.scopes.add(frozenset((self.product,)))

    @cached_property
    def _open_fields(self) -> dict[str, Fact | None]:
        return {}

    def open_field(self, name: str) -> Fact | None:
        """A field of the product that can be left open, since its value is one line of text; None if it cannot be."""
        if name not in self._open_fields:
            self._open_fields[name] = self.fresh()._line(name)
        return self._open_fields[name]

    def field_values(self, names: Iterable[str]) -> dict[str, str]:
        """The values of the placeholders for fields of the product, and of those for their places."""
        values = {}
        for name in names:
            fact = self.open_field(name)
            if fact is not None:
                values[name] = str(fact)
                values[place_name(name)] = "".join(map(str, fact.places))
        return values

    def _line(self, name: str) -> Fact | None:
        if name == "id":
            return Fact(Text(self.product))
        try:
            fact = self.fact(self.datasets[PRODUCTS].records[self.product], name, frozenset((self.product,)))
            if isinstance(fact.value, (Absent, Markdown, Reference)):
                return None
            text = display(fact.value)
        except MissingError:
            return None
        return fact if is_line(text) else None

    def left_open(self, name: str) -> Fact | None:
        """A placeholder for a field of the product; None if it cannot be left open."""
        fact = self.open_field(name)
        if fact is None:
            return None
        places = tuple(_OpenPlace(*place) for place in fact.places)
        for place in places:
            place.field = name
        self.reads.fields[name] = files_of(fact)
        self.reads.places.update(places)
        return Fact(Text(placeholder(name)), places)

    def fact(self, record: Record, field: str, ids: frozenset[str] = _NO_IDS) -> Fact:
        """The value of a field, for the ids of a row too. Raises MissingError."""
        varying = record.facts.get(field)
        alternative = self.holding(varying, ids) if varying is not None else None
        if alternative is None:
            if field in record.broken:
                raise BrokenError
            raise MissingError(f"{record.dataset} '{record.id}' has no '{field}' on {self.day}")
        self.reads.places.add(alternative.place)
        return Fact(alternative.value, (alternative.place,), alternative.note)

    def former(self, record: Record, field: str, ids: frozenset[str] = _NO_IDS) -> list[str]:
        """The texts of a field before the one that applies here."""
        varying = record.facts.get(field)
        if varying is None or len(varying.alternatives) == 1:
            return []
        for alternative in varying.alternatives:
            self.read_scope(alternative.scope)
        applied = [a for a in varying.alternatives if a.applies(self.ids | ids, self.day)][:-1]
        self.reads.places.update(alternative.place for alternative in applied)
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
        """The target of a link by its name. Raises MissingError with the reason if there is none."""
        if name not in self.link_names:
            raise MissingError(f"there is no link named '{name}'", "unknown-link")
        value = self.fact(self.datasets[LINKS].records[name], "target").value
        if not isinstance(value, Link):
            raise MissingError(f"the 'target' of {LINKS} '{name}' is not a link")
        return value.text


class SharedResults(Generic[T]):
    """Results by key, each for all products for which it would be the same."""

    def __init__(self) -> None:
        self._results: dict[object, list[tuple[Context, T]]] = {}

    def find(self, key: object, context: Context) -> T | None:
        """A result for a context, to which the reads of its evaluation are added."""
        for evaluated, result in self._results.get(key, ()):
            if evaluated.is_same_for(context):
                context.add_reads(evaluated)
                return result
        return None

    def add(self, key: object, evaluated: Context, result: T) -> None:
        """Keep the result of an evaluation in a context."""
        self._results.setdefault(key, []).append((evaluated, result))


def files_of(fact: Fact) -> tuple[str, ...]:
    """The files of the places of a fact."""
    return tuple(place.file for place in fact.places)


def place_name(field: str) -> str:
    """The name of the placeholder for the place of a field of the product."""
    return f"{field} place"


def display(value: Value) -> str:
    """A value as text in prose."""
    if isinstance(value, Lifecycle):
        raise MissingError("a lifecycle cannot be printed in a text; show it in a table")
    if isinstance(value, List):
        return ", ".join(display(item) for item in value.items)
    return value.text


def day_in_words(value: Day) -> str:
    """A day as `May 31, 2026` or `expected May 31, 2026`; a month, a quarter or a year as its author wrote it."""
    if value.first != value.last:
        return value.text
    return f"expected {long_date(value.first)}" if value.expected else long_date(value.first)
