"""Facts as a page sees them: on a date, for a product and a library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import TypeVar

from sitegen.evaluation.common import require_common
from sitegen.evaluation.notes import with_notes
from sitegen.evaluation.row_ids import RowIds
from sitegen.facts.alternatives import Alternative, Scope, Varying
from sitegen.facts.datasets import LIBRARIES, LINKS, PRODUCTS, Datasets, Facts, Record, is_by_record
from sitegen.facts.parts import base_of, with_part
from sitegen.facts.values import (
    Absent,
    Lifecycle,
    Link,
    List,
    Markdown,
    Notes,
    Qualified,
    Reference,
    Support,
    Text,
    Value,
)
from sitegen.findings import Place
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.languages.catalogue import Language
from sitegen.templates.placeholders import is_line, placeholder
from sitegen.templates.template import BrokenError, MissingError

T = TypeVar("T")


@frozen_without_eq
class Fact:
    """A value with its notes, and the places of all facts from which it was read or computed.

    Templates can compare it with a text, use it as a condition, and iterate over it if it is a list.
    """

    value: Value
    places: tuple[Place, ...] = ()
    note: Notes | None = None
    language: Language | None = None

    def __str__(self) -> str:
        return display(self.value, self.language)

    def __bool__(self) -> bool:
        return not isinstance(self.value, Absent) and self.value != List(())

    def __eq__(self, other: object) -> bool:
        return str(self) == str(other) if isinstance(other, (str, Fact)) else NotImplemented

    def __hash__(self) -> int:
        return hash(str(self))

    def __iter__(self) -> Iterator[Fact]:
        if not isinstance(self.value, List):
            raise MissingError(f"'{self}' is not a list", "template-error")
        return (Fact(item, self.places, language=self.language) for item in self.value.items)

    def __len__(self) -> int:
        return len(list(iter(self)))


_NO_IDS: frozenset[str] = frozenset()


class Reads:
    """What an evaluation has read. It determines for which other products the result is the same.

    `places` are those of the facts. `scopes` are the sets of products that a `for:` names. `fields` are the fields of
    the product that were replaced by placeholders, each with the files of its value.
    """

    __slots__ = ("fields", "places", "scopes")

    def __init__(self) -> None:
        self.places: set[Place] = set()
        self.scopes: set[frozenset[str]] = set()
        self.fields: dict[str, tuple[str, ...]] = {}


class _OpenPlace(Place):
    """The place of a field that is replaced by a placeholder. Its file is known; its text is a placeholder, too."""

    field: str

    def __str__(self) -> str:
        return placeholder(place_name(self.field))


@frozen
class Context(WithCachedProperties):
    """A date, a product and a library. The product is empty in the context of what all products of a library share.

    Only `reads` is mutable: each method adds what it reads. To get the reads of a single evaluation, use a `fresh`
    context. In an open context (`is_open`), templates that only print a field of the product get a placeholder for it.
    """

    facts: Facts
    day: date
    product: str
    library: str
    is_open: bool = False
    reads: Reads = field(default_factory=Reads, compare=False)

    @cached_property
    def datasets(self) -> Datasets:
        """The datasets, with the values of the library."""
        return self.facts.of(self.library)

    def fresh(self, *, is_open: bool | None = None) -> Context:
        """The same context without reads. It shares the cached properties."""
        copy = Context(self.facts, self.day, self.product, self.library, self.is_open if is_open is None else is_open)
        _ = self._open_fields  # so that copies share it
        copy.__dict__.update(self.__dict__)  # contains the cached properties
        return copy

    def for_product(self, product: str) -> Context:
        """The context of a product with the same date and library, without reads."""
        return Context(self.facts, self.day, product, self.library)

    def is_same_for(self, other: Context) -> bool:
        """Whether the reads would be the same in another context of this date and library, except for open fields."""
        if self.product == other.product:
            return True
        if not self.product or not other.product:
            return False
        return all((self.product in scope) == (other.product in scope) for scope in self.reads.scopes) and all(
            (fact := other.open_field(name)) is not None and files == files_of(fact)
            for name, files in self.reads.fields.items()
        )

    def add_reads(self, other: Context) -> None:
        """Add the scopes and fields that another context has read."""
        self.reads.scopes |= other.reads.scopes
        self.reads.fields |= other.reads.fields

    def of_row(self, *records: Record) -> Context:
        """The context for the values of a row: that of the product and the library to which its records belong.

        A product or a library belongs to itself. Any other record belongs to the one that its fields refer to, if any.
        """
        product = self._owner(PRODUCTS, records) or self.product
        library = self._owner(LIBRARIES, records) or self.library
        return self.switched(product, library)

    def referred(self, value: Value) -> tuple[Record, Context] | None:
        """The record that a value refers to, with the context for its values; None if there is no such record.

        A product or a library has a context of its own. Any other record is evaluated in this context.
        """
        dataset = self.datasets.get(value.dataset) if isinstance(value, Reference) else None
        record = dataset.records.get(value.id) if dataset and isinstance(value, Reference) else None
        if record is None:
            return None
        if record.dataset not in (PRODUCTS, LIBRARIES):
            return record, self
        context = self.of_row(record)
        return context.datasets[record.dataset].records.get(record.id, record), context

    def switched(self, product: str, library: str) -> Context:
        """The context of a product and a library on the same date. It shares the reads."""
        if (product, library) == (self.product, self.library):
            return self
        return replace(self, product=product, library=library)

    def _owner(self, role: str, records: Iterable[Record]) -> str:
        """The id of the product or library (the dataset `role`) to which records belong; empty for none, or several."""
        owners: set[str] = set()
        for record in records:
            if record.dataset == role:
                return record.id
            for name in self.facts.owner_fields.get(record.dataset, {}).get(role, ()):
                alternative = self.alternative(record, name)
                value = alternative.value if alternative is not None else None
                if alternative is not None and isinstance(value, Reference) and self._can_own(role, value.id, record):
                    self.reads.places.add(alternative.place)
                    owners.add(value.id)
        return owners.pop() if len(owners) == 1 else ""

    def _can_own(self, role: str, id_: str, record: Record) -> bool:
        """Whether a product or a library exists, and the record is not from an own file of another library."""
        if role not in self.facts.datasets or id_ not in self.facts.datasets[role].records:
            return False
        return role == PRODUCTS or record.id in self.facts.of(id_)[record.dataset].records

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of the product and the library. Values with one of them in `for:` apply."""
        return frozenset(id_ for id_ in (self.product, self.library) if id_)

    @property
    def name(self) -> str:
        """The context as findings name it: `aap/python`."""
        return "/".join(id_ for id_ in (self.product, self.library) if id_)

    def page_name(self, page: str = "") -> str:
        """The name of a page in this context, such as `aap/python` or `aap/*`, with the id of a further page."""
        datasets = self.facts.datasets
        ids = [id_ or "*" for name, id_ in ((PRODUCTS, self.product), (LIBRARIES, self.library)) if name in datasets]
        return "/".join([*(ids or ["site"]), *([page] if page else [])])

    def applicable(self, varying: Varying[T], ids: frozenset[str] = _NO_IDS) -> Alternative[T] | None:
        """The alternative that applies in this context, in a row with the given ids; None if none does."""
        if varying.is_same_everywhere:  # the common case
            first = varying.alternatives[0]
            return first if first.since is None or first.since <= self.day else None
        for alternative in varying.alternatives:
            self.track_scope(alternative.scope)
        return varying.at(self.ids | ids, self.day)

    def alternative(self, record: Record, field: str, ids: frozenset[str] | None = None) -> Alternative[Value] | None:
        """The alternative of a field that applies in this context; None if none does.

        `ids` are those of the row, by default that of the record only. The field may end in a part: `support.eol`.
        """
        varying = record.facts.get(field)
        if varying is not None:
            if record.scope.parts and not self.has(record):
                return None
            if varying.is_same_everywhere:
                return with_notes(self, self.applicable(varying))
            ids = frozenset((record.id,)) if ids is None else self.selecting(record, field, ids)
            return with_notes(self, self.applicable(varying, ids))
        base, _, part = field.partition(".")
        found = self.alternative(record, base, ids) if part else None
        return None if found is None else with_part(found, part, self.day, self.facts.language)

    def selecting(self, record: Record, field: str, ids: frozenset[str]) -> frozenset[str]:
        """The ids of a row that select a value of a field."""
        kind = self.datasets[record.dataset].fields.get(field)
        if kind is None or not kind.by or not isinstance(ids, RowIds):
            return ids
        return ids.among(kind.by, self.facts.ids.get(kind.by, {}))

    def has(self, record: Record) -> bool:
        """Whether a record exists on the day for the product and the library."""
        self.track_scope(record.scope)
        return record.exists(self.ids, self.day)

    def track_scope(self, scope: Scope) -> None:
        """Add a scope to the reads: the products in each part of it."""
        for part in scope.parts:
            if products := self._products & part:
                self.reads.scopes.add(products)

    @cached_property
    def _products(self) -> frozenset[str]:
        """The ids of all products."""
        products = self.datasets.get(PRODUCTS)
        return frozenset(products.records if products else ())

    def track_product(self) -> None:
        """Add a scope to the reads: only this product, since something differs for each product."""
        self.reads.scopes.add(frozenset((self.product,)))

    @cached_property
    def _open_fields(self) -> dict[str, Fact | None]:
        return {}

    def open_field(self, name: str) -> Fact | None:
        """A field of the product if it can be a placeholder, since its value is one line of text; else None."""
        if name not in self._open_fields:
            self._open_fields[name] = self.fresh()._one_line_field(name)
        return self._open_fields[name]

    def field_values(self, names: Iterable[str]) -> dict[str, str]:
        """The values of the placeholders for fields of the product and for their places."""
        values = {}
        for name in names:
            if (fact := self.open_field(name)) is not None:
                values[name] = str(fact)
                values[place_name(name)] = "".join(map(str, fact.places))
        return values

    def _one_line_field(self, name: str) -> Fact | None:
        if name == "id":
            return Fact(Text(self.product))
        try:
            fact = self.fact(self.datasets[PRODUCTS].records[self.product], name)
            if isinstance(fact.value, (Absent, Markdown, Reference)):
                return None
            text = str(fact)
        except MissingError:
            return None
        return fact if is_line(text) else None

    def field_placeholder(self, name: str) -> Fact | None:
        """A placeholder for a field of the product; None if there cannot be one."""
        fact = self.open_field(name)
        if fact is None:
            return None
        places = tuple(_OpenPlace(*place) for place in fact.places)
        for place in places:
            place.field = name
        self.reads.fields[name] = files_of(fact)
        self.reads.places.update(places)
        return Fact(Text(placeholder(name)), places)

    def fact(self, record: Record, field: str, ids: frozenset[str] | None = None) -> Fact:
        """The value of a field. `ids` are those of the row, by default that of the record only.

        Raises BrokenError if the value could not be read, and MissingError if there is none.
        """
        alternative = self.alternative(record, field, ids)
        if alternative is None:
            if record.scope.parts and not self.has(record):
                raise MissingError(f"{record.dataset} '{record.id}' does not exist for {self.name}")
            base = base_of(field, record.broken)
            if base in record.broken:
                raise BrokenError
            raise MissingError(f"{record.dataset} '{record.id}' has no '{base}' on {self.day}")
        base = base_of(field, record.facts)
        if ids is None and (kind := self.datasets[record.dataset].fields.get(base)) and is_by_record(kind):
            message = f"'{base}' of {record.dataset} '{record.id}' has a value for each record of '{kind.by}'"
            raise MissingError(message, hint=f"show it in a table with 'across: {kind.by}'")
        if (not self.library or not self.product) and self._open_roles:
            row = self.ids | (frozenset((record.id,)) if ids is None else self.selecting(record, base, ids))
            require_common(record, base, row, self.day, self._open_roles, self.facts.exports)
        places = (alternative.place, *alternative.more) if alternative.more else (alternative.place,)
        self.reads.places.update(places)
        value = Markdown(alternative.value.text) if isinstance(alternative.value, Notes) else alternative.value
        return Fact(value, places, alternative.note, self.facts.language)

    @cached_property
    def _open_roles(self) -> dict[str, list[str]]:
        """`library` and `product` if the site has them and the page has none, with all ids."""
        roles = {"library": (LIBRARIES, self.library), "product": (PRODUCTS, self.product)}
        datasets = self.facts.datasets
        return {name: [*datasets[of].records] for name, (of, own) in roles.items() if not own and of in datasets}

    def former(self, record: Record, field: str, ids: frozenset[str]) -> list[str]:
        """The texts of a field before the one that applies in a row with the given ids."""
        varying = record.facts.get(field)
        if varying is None or len(varying.alternatives) == 1:
            return []
        for alternative in varying.alternatives:
            self.track_scope(alternative.scope)
        applied = [a for a in varying.alternatives if a.applies(self.ids | ids, self.day)][:-1]
        self.reads.places.update(alternative.place for alternative in applied)
        return [display(a.value) for a in applied if isinstance(a.value, (Text, List))]

    @cached_property
    def link_names(self) -> frozenset[str]:
        """The names of links that prose can use: the ids of the records of the dataset `links`."""
        dataset = self.datasets.get(LINKS)
        return frozenset(dataset.records if dataset else ())

    def link(self, name: str) -> str | None:
        """The target of a link by its name; None if there is none."""
        try:
            return self.target(name)
        except MissingError:
            return None

    def target(self, name: str) -> str:
        """The target of a link by its name: the field `target` of its record. Raises MissingError with the reason."""
        if name not in self.link_names:
            raise MissingError(f"unknown link '{name}'", "unknown-link")
        value = self.fact(self.datasets[LINKS].records[name], "target").value
        if not isinstance(value, Link):
            raise MissingError(f"the 'target' of {LINKS} '{name}' is not a link")
        return value.text


def files_of(fact: Fact) -> tuple[str, ...]:
    """The files of the places of a fact."""
    return tuple(place.file for place in fact.places)


def place_name(field: str) -> str:
    """The name of the placeholder for the place of a field of the product."""
    return f"{field} place"


def display(value: Value, language: Language | None = None) -> str:
    """A value as text in prose, with states in a language, by default English. Raises MissingError for a lifecycle."""
    if isinstance(value, Lifecycle):
        raise MissingError("a lifecycle cannot be used as text; show it in a table")
    if isinstance(value, List):
        comma = language.text("list.comma") if language else ", "
        return comma.join(display(item, language) for item in value.items)
    if isinstance(value, Qualified):
        return value.in_words(display(value.value, language))
    if language and isinstance(value, Support) and not value.name:
        return value.in_words(language.label(value.state))
    return value.text
