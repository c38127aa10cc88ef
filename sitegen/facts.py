"""Datasets, records and facts: what the YAML says, typed, frozen, each with its place.

A fact is the value of a field of a record. It may have alternatives for products,
libraries, other records of the row, and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field
from datetime import date
from functools import cached_property

from sitegen.alternatives import Alternative, Varying, lasts
from sitegen.findings import Place
from sitegen.frozen import Remembering, frozen
from sitegen.source import Node, Scalar
from sitegen.values import List, Type, Value

PRODUCTS, LIBRARIES, LINKS = "products", "libraries", "links"
_ROLES = {PRODUCTS: "product", LIBRARIES: "library"}


@frozen
class Record:
    """One thing. In force from `since` (or the first level of its lifecycle) until the day before `until`.

    `was` are the ids that it had before, `reason` is why it ends, and `aliases` are other names by which people search
    and ask for it; no page prints them.
    """

    dataset: str
    id: str
    place: Place
    facts: ReadOnly[str, Varying[Value]]
    since: date | None = None
    until: date | None = None
    source: Scalar | None = None
    broken: frozenset[str] = frozenset()
    was: tuple[Scalar, ...] = ()
    reason: str = ""
    aliases: tuple[Scalar, ...] = ()

    @property
    def subject(self) -> tuple[str, str]:
        """The record as a finding names it."""
        return self.dataset, self.id

    def in_force(self, day: date) -> bool:
        """Whether the record exists on a day."""
        return lasts(self.since, self.until, day)

    def alternatives(self, field: str) -> tuple[Alternative[Value], ...]:
        """The values of a field; none where the record lacks it."""
        varying = self.facts.get(field)
        return varying.alternatives if varying else ()


@frozen
class Dataset:
    """A named list of records of one kind, in the order of the file.

    `types` are the places of the declared types; `broken` says that some records could not be read.
    """

    name: str
    place: Place
    fields: ReadOnly[str, Type]
    types: ReadOnly[str, Place]
    records: ReadOnly[str, Record]
    source: Scalar | None = None
    broken: bool = False


Datasets = ReadOnly[str, Dataset]


@frozen
class Known:
    """What a site has to know of the files of a library, though it may not have read them.

    `ids` are those of all records in them, by dataset; `given` are the fields that they give to records that all share.
    """

    ids: ReadOnly[str, tuple[str, ...]]
    given: ReadOnly[tuple[str, str], tuple[str, ...]]

    @staticmethod
    def together(libraries: Iterable[Known]) -> Known:
        """What is known of the files of several libraries, as if they were one."""
        ids: dict[str, dict[str, None]] = {}
        given: dict[tuple[str, str], dict[str, None]] = {}
        for known in libraries:
            for name, found in known.ids.items():
                ids.setdefault(name, {}).update(dict.fromkeys(found))
            for key, fields in known.given.items():
                given.setdefault(key, {}).update(dict.fromkeys(fields))
        return Known(
            {name: tuple(each) for name, each in ids.items()}, {key: tuple(each) for key, each in given.items()}
        )


@frozen
class Facts(Remembering):
    """Everything the YAML says. `of(library)` is what holds for one library.

    `by_library` are the datasets as the files of a library change them, and `known` is what is known of libraries with
    files. Those of some may not have been read: then nothing can be asked of these libraries. For those in `beside`
    there are files, too, that hold more than their own records.
    """

    datasets: Datasets
    by_library: ReadOnly[str, Datasets]
    tables: tuple[tuple[Scalar, Node], ...]
    known: ReadOnly[str, Known] = field(default_factory=dict)
    beside: frozenset[str] = frozenset()

    def of(self, library: str) -> Datasets:
        """The datasets with the values that a library's own files add. Raises KeyError where these were not read."""
        return self.by_library[library] if library in self.known else self.datasets

    @cached_property
    def ids(self) -> ReadOnly[str, ReadOnly[str, None]]:
        """The ids of all records by dataset, those of libraries that were not read too."""
        found = {name: dict.fromkeys(dataset.records) for name, dataset in self.datasets.items()}
        for known in self.known.values():
            for name, ids in known.ids.items():
                if name in found:  # else it is misspelt in a file that has not been read
                    found[name].update(dict.fromkeys(ids))
        return found

    @cached_property
    def owner_fields(self) -> ReadOnly[str, ReadOnly[str, tuple[str, ...]]]:
        """The fields by which a record names a library or a product: {dataset: {"libraries": fields, ...}}.

        A field called `library` or `product` is the only one of its dataset. Lists name no single record.
        """
        found: dict[str, dict[str, tuple[str, ...]]] = {}
        for dataset in self.datasets.values():
            for role, word in _ROLES.items() if dataset.name not in _ROLES else ():
                kinds = dataset.fields.items()
                fields = tuple(name for name, kind in kinds if kind.name == "reference" and kind.of[0] == role)
                if fields:
                    found.setdefault(dataset.name, {})[role] = (word,) if word in fields else fields
        return found

    def everywhere(self) -> Iterator[Datasets]:
        """The shared datasets and those of each library that has files of its own."""
        yield self.datasets
        yield from self.by_library.values()

    def records(self) -> Iterator[Record]:
        """Every record, and every record as the files of a library change it; each once."""
        yield from records_of(self.datasets)
        for datasets in self.by_library.values():
            yield from own_records(self.datasets, datasets)


def own_records(shared: Datasets, own: Datasets) -> Iterator[Record]:
    """The records that the files of a library add or change."""
    for name, dataset in own.items():
        if dataset is not shared[name]:
            below = shared[name].records
            yield from (record for id_, record in dataset.records.items() if below.get(id_) is not record)


def kinds_of_ids(facts: Facts) -> dict[str, set[str]]:
    """For each record id the names of the datasets it stands in."""
    kinds: dict[str, set[str]] = {}
    for name, ids in facts.ids.items():
        for id_ in ids:
            kinds.setdefault(id_, set()).add(name)
    return kinds


def lifecycle_field(dataset: Dataset) -> str | None:
    """The field that holds the levels of the records of a dataset, or None."""
    return next((name for name, kind in dataset.fields.items() if kind.name == "lifecycle"), None)


def versions_field(dataset: Dataset) -> str | None:
    """The field that holds the versions that a record of a ladder stands for, or None."""
    own = (name for name, kind in dataset.fields.items() if kind.name == "versions" and not kind.of)
    return next(own, None)


def records_of(datasets: Datasets) -> Iterator[Record]:
    """Every record of every dataset."""
    for dataset in datasets.values():
        yield from dataset.records.values()


def items_of(value: Value) -> tuple[Value, ...]:
    """The items of a list, or the one value."""
    return value.items if isinstance(value, List) else (value,)


def is_exclusion(field: str) -> bool:
    """Whether a field lists what is not supported, such as `unavailable_sites`."""
    return field.startswith(("unavailable", "unsupported", "excluded"))
