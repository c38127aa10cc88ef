"""Datasets, records and facts, with types and places.

A fact is the value of a field of a record. It may have alternatives for products, libraries, other records of a row,
and dates.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from sitegen.facts.alternatives import (
    EVERYWHERE,
    Alternative,
    Scope,
    Varying,
    in_period,
)
from sitegen.facts.field_types import Type
from sitegen.facts.schemes import PEP440, Scheme
from sitegen.facts.values import Lifecycle, Value, plain_items
from sitegen.findings import Place
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.languages.catalogue import Language, english

if TYPE_CHECKING:
    from sitegen.facts.declarations import Declaration
    from sitegen.source.nodes import Node, Scalar

PRODUCTS, LIBRARIES, LINKS = "products", "libraries", "links"
_ROLES = {PRODUCTS: "product", LIBRARIES: "library"}


def is_by_record(kind: Type) -> bool:
    """Whether a field has a value for each record of a dataset, of which a row must name one."""
    return kind.by not in ("", PRODUCTS, LIBRARIES)


@frozen
class Record(WithCachedProperties):
    """A record of a dataset, from `stated_since`, or the first level of its lifecycle, to the day before `until`.

    With a `scope`, it exists only for these products and libraries. `broken` are fields that are missing or invalid.
    `was` are former ids, `reason` is why it ends, and `aliases` are further names for search and questions, which no
    page prints. `scheme` is that of a library for its own files.
    """

    dataset: str
    id: str
    place: Place
    facts: ReadOnly[str, Varying[Value]]
    stated_since: date | None = None
    until: date | None = None
    source: Scalar | None = None
    broken: frozenset[str] = frozenset()
    was: tuple[Scalar, ...] = ()
    reason: str = ""
    aliases: tuple[Scalar, ...] = ()
    scope: Scope = EVERYWHERE
    scheme: Scheme | None = None

    @property
    def subject(self) -> tuple[str, str]:
        """The `subject` of findings about the record."""
        return self.dataset, self.id

    @property
    def all_alternatives(self) -> Iterator[Alternative[Value]]:
        """All values of all fields."""
        for varying in self.facts.values():
            yield from varying.alternatives

    @property
    def all_items(self) -> Iterator[tuple[Place, Value]]:
        """All values of all fields, those in lists one by one and without conditions, with their places."""
        return ((found.place, item) for found in self.all_alternatives for item in plain_items(found.value))

    @cached_property
    def since(self) -> date | None:
        """The first day of the record; `date.max` if no level of its lifecycle is certain. None if it always exists."""
        values = (alternative.value for varying in self.facts.values() for alternative in varying.in_use)
        days = (level.day for value in values if isinstance(value, Lifecycle) for level in value.levels)
        return self.stated_since or min(days, default=None)

    def in_force(self, day: date) -> bool:
        """Whether the record exists on a day, for any product and library."""
        return in_period(self.since, self.until, day)

    def exists(self, ids: frozenset[str], day: date) -> bool:
        """Whether the record exists on a day for the product and the library in a context of ids."""
        return in_period(self.since, self.until, day) and self.scope.applies(ids)

    def alternatives(self, field: str) -> tuple[Alternative[Value], ...]:
        """The alternatives of a field; empty if the record does not have it."""
        varying = self.facts.get(field)
        return varying.alternatives if varying else ()

    def with_own(self, own: Record) -> Record:
        """The record with the values of a library's own files added, which take precedence."""
        facts = dict(self.facts)
        for name, varying in own.facts.items():
            below = facts[name].alternatives if name in facts else ()
            facts[name] = Varying((*below, *varying.alternatives))
        return replace(
            self,
            facts=MappingProxyType(facts),
            stated_since=own.stated_since or self.stated_since,
            until=own.until or self.until,
            broken=self.broken | own.broken,
            was=(*self.was, *own.was),
            reason=own.reason or self.reason,
            aliases=(*self.aliases, *own.aliases),
            scope=own.scope if own.scope.parts else self.scope,
            scheme=self.scheme,
        )


@frozen
class Dataset(WithCachedProperties):
    """A named list of records with the same fields, in the order of the file. `broken` if some records are invalid."""

    name: str
    place: Place
    declared: ReadOnly[str, Declaration]
    records: ReadOnly[str, Record]
    source: Scalar | None = None
    broken: bool = False

    @cached_property
    def fields(self) -> ReadOnly[str, Type]:
        """The type of each field."""
        return {name: declaration.type for name, declaration in self.declared.items()}


Datasets = ReadOnly[str, Dataset]


@frozen
class Exports:
    """What other units use of the own files of a library.

    `ids` are the ids of all records by dataset, and `fields` are the fields that are set on shared records.
    """

    ids: ReadOnly[str, tuple[str, ...]]
    fields: ReadOnly[tuple[str, str], tuple[str, ...]]

    @staticmethod
    def merged(libraries: Iterable[Exports]) -> Exports:
        """The exports of several libraries as one."""
        ids: dict[str, tuple[str, ...]] = {}
        fields: dict[tuple[str, str], tuple[str, ...]] = {}
        for exports in libraries:
            for name, more in exports.ids.items():
                ids[name] = tuple(dict.fromkeys((*ids.get(name, ()), *more)))
            for key, more in exports.fields.items():
                fields[key] = tuple(dict.fromkeys((*fields.get(key, ()), *more)))
        return Exports(ids, fields)


@frozen
class Facts(WithCachedProperties):
    """All facts of a site. `of(library)` are those of one library.

    `by_library` are the datasets with the values of a library's own files. `exports` has all libraries with own files;
    a library whose files have not been read is not in `by_library`. The libraries in `mixed` also have files that
    contain more than own records. `language` is that of the pages.
    """

    datasets: Datasets
    by_library: ReadOnly[str, Datasets]
    tables: tuple[tuple[Scalar, Node], ...]
    exports: ReadOnly[str, Exports] = field(default_factory=dict)
    mixed: frozenset[str] = frozenset()
    language: Language = field(default_factory=english)

    def of(self, library: str) -> Datasets:
        """The datasets with the values of a library's own files. Raises KeyError if these have not been read."""
        return self.by_library[library] if library in self.exports else self.datasets

    @cached_property
    def ids(self) -> ReadOnly[str, ReadOnly[str, None]]:
        """The ids of all records by dataset, including those of libraries that have not been read."""
        all_ids = {name: dict.fromkeys(dataset.records) for name, dataset in self.datasets.items()}
        for exports in self.exports.values():
            for name, ids in exports.ids.items():
                if name in all_ids:  # else it is misspelt in a file that has not been read
                    all_ids[name].update(dict.fromkeys(ids))
        return all_ids

    @cached_property
    def datasets_by_id(self) -> ReadOnly[str, set[str]]:
        """The names of the datasets of each record id."""
        datasets: dict[str, set[str]] = {}
        for name, ids in self.ids.items():
            for id_ in ids:
                datasets.setdefault(id_, set()).add(name)
        return datasets

    @cached_property
    def owner_fields(self) -> ReadOnly[str, ReadOnly[str, tuple[str, ...]]]:
        """The fields that refer to the library or the product of a record: {dataset: {"libraries": fields, ...}}.

        If there is a field called `library` or `product`, it is the only one. Lists are not included.
        """
        owners: dict[str, dict[str, tuple[str, ...]]] = {}
        for dataset in self.datasets.values():
            for role, word in _ROLES.items() if dataset.name not in _ROLES else ():
                kinds = dataset.fields.items()
                fields = tuple(name for name, kind in kinds if kind.name == "reference" and kind.of[0] == role)
                if fields:
                    owners.setdefault(dataset.name, {})[role] = (word,) if word in fields else fields
        return owners

    def views(self) -> Iterator[Datasets]:
        """The shared datasets, and those of each library with own files."""
        yield self.datasets
        yield from self.by_library.values()

    @cached_property
    def schemes(self) -> tuple[Scheme, ...]:
        """The default version scheme, and all others that fields or libraries declare."""
        kinds = (kind for dataset in self.datasets.values() for kind in dataset.fields.values())
        libraries = self.datasets[LIBRARIES].records.values() if LIBRARIES in self.datasets else ()
        found = (*(kind.scheme for kind in kinds), *(library.scheme for library in libraries))
        return tuple(dict.fromkeys((PEP440, *(scheme for scheme in found if scheme is not None))))

    def records(self) -> Iterator[Record]:
        """All shared records, and the records that libraries add or change."""
        yield from records_of(self.datasets)
        for datasets in self.by_library.values():
            yield from own_records(self.datasets, datasets)


def own_records(shared: Datasets, own: Datasets) -> Iterator[Record]:
    """The records that the own files of a library add or change."""
    for name, dataset in own.items():
        if dataset is not shared[name]:
            below = shared[name].records
            yield from (record for id_, record in dataset.records.items() if below.get(id_) is not record)


def lifecycle_field(dataset: Dataset) -> str | None:
    """The field with the lifecycle of a dataset, or None."""
    return next((name for name, kind in dataset.fields.items() if kind.name == "lifecycle"), None)


def versions_field(dataset: Dataset) -> str | None:
    """The field with the versions of a release, or None."""
    return next((name for name, kind in dataset.fields.items() if kind.name == "versions" and not kind.of), None)


def records_of(datasets: Datasets) -> Iterator[Record]:
    """All records of all datasets."""
    for dataset in datasets.values():
        yield from dataset.records.values()


_EXCLUSIONS = (
    *("unavailable", "unsupported", "excluded", "removed", "dropped", "discontinued", "blocked", "broken"),
    "incompatible",
)


def is_exclusion(field: str) -> bool:
    """Whether a field states what is not supported, such as `unavailable_sites` or `removed_in`."""
    return field.startswith(_EXCLUSIONS)


def is_warning(field: str) -> bool:
    """Whether a field states that something will be removed, and is still supported."""
    return field.startswith("deprecated")
