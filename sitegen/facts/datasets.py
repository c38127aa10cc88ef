"""Datasets, records and facts: what the YAML says, typed, frozen, each with its place; and the reading of a record.

A fact is the value of a field of a record. It may have alternatives for products,
libraries, other records of the row, and days.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

from sitegen.facts.alternatives import (
    Alternative,
    Varying,
    first_word,
    lasts,
    period_of,
    read_varying,
    scalar_at,
    scalars_at,
    text_at,
)
from sitegen.facts.field_types import Type
from sitegen.facts.values import ID, Lifecycle, List, Value
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.frozen import WithCachedProperties, frozen

if TYPE_CHECKING:
    from sitegen.source.nodes import Mapping, Node, Scalar

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

    @property
    def all_alternatives(self) -> Iterator[Alternative[Value]]:
        """Every value of every field."""
        for varying in self.facts.values():
            yield from varying.alternatives

    def in_force(self, day: date) -> bool:
        """Whether the record exists on a day."""
        return lasts(self.since, self.until, day)

    def alternatives(self, field: str) -> tuple[Alternative[Value], ...]:
        """The values of a field; none where the record lacks it."""
        varying = self.facts.get(field)
        return varying.alternatives if varying else ()

    def with_own(self, own: Record) -> Record:
        """The record with what the files of a library say of it: its values come last, so that they win."""
        facts = dict(self.facts)
        for name, varying in own.facts.items():
            below = facts[name].alternatives if name in facts else ()
            facts[name] = Varying((*below, *varying.alternatives))
        return replace(
            self,
            facts=MappingProxyType(facts),
            since=own.since or self.since,
            until=own.until or self.until,
            broken=self.broken | own.broken,
            was=(*self.was, *own.was),
            reason=own.reason or self.reason,
            aliases=(*self.aliases, *own.aliases),
        )


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
class Facts(WithCachedProperties):
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


# --- reading a record ----------------------------------------------------------------

RECORD_KEYS = ("from", "until", "source", "note", "was", "aliases", "reason")
_NO_FACTS = frozenset(RECORD_KEYS) - {"note"}
_NOTE = Type("markdown", optional=True)


class RecordReader:
    """Reads the records of a dataset. `fields` is None where it declares none."""

    def __init__(self, dataset: str, fields: ReadOnly[str, Type] | None, report: Report) -> None:
        self.dataset = dataset
        self.declares = fields is not None
        self.fields = fields or {}
        self.required = {name for name, kind in self.fields.items() if not kind.optional}
        self.lifecycles = [name for name, kind in self.fields.items() if kind.name == "lifecycle"]
        self.report = report

    def read(self, key: Scalar, node: Mapping, elsewhere: Collection[str]) -> Record:
        """Read what files say of a record; of a field that is there twice, the last value.

        `elsewhere` are fields that have values in other files.
        """
        subject = (self.dataset, key.text)

        def say(finding: Finding) -> None:
            self.report(replace(finding, subject=subject))

        facts: dict[str, Varying[Value]] = {}
        broken = self._missing(key, node, elsewhere, say)
        is_plain = True
        for name, value in node.entries:
            if name.text in _NO_FACTS:
                is_plain = False
                continue
            field_ = name.text
            report: Report = say
            kind = _NOTE if field_ == "note" else self.fields.get(field_)
            if kind is None:
                if self.declares:
                    say(self._unknown_field(key, name, value))
                # It is read as the declared field that is most likely meant, so that neither is missed.
                field_ = next((near for near in nearest(field_, self.fields) if node.get(near) is None), "")
                kind, report = self.fields.get(field_), lambda _: None
            varying: Varying[Value] | None = read_varying(value, kind.read, report) if kind else None
            if varying is not None:
                facts[field_] = varying
                _check_order(varying, say)
            elif kind is not None:
                broken.add(field_)
        since = self._first_level(facts) if self.lifecycles else None
        record = Record(*subject, key.place, MappingProxyType(facts), since, broken=frozenset(broken))
        return record if is_plain else _with_extras(record, node, say)

    def _missing(self, key: Scalar, node: Mapping, elsewhere: Collection[str], report: Report) -> set[str]:
        """The required fields that no file gives a record. Reports them; a misspelt one is reported as such."""
        written = {name.text for name, _ in node.entries}
        missing = self.required.difference(written, elsewhere)
        if missing:
            words = {word for name in written - self.fields.keys() for word in (name, first_word(name)[0])}
            misspelt = {field for word in words for field in nearest(word, self.fields)}
            for name in sorted(missing - misspelt):
                message = f"{self.dataset} '{key.text}' has no '{name}'"
                report(Finding("missing-field", message, key.place, f"add '{name}:'"))
        return missing

    def _unknown_field(self, record: Scalar, name: Scalar, value: Node) -> Finding:
        message = f"unknown field '{name.text}' in {self.dataset} '{record.text}'"
        place = name.place
        if value.place[1:3] == (place.line, place.column + place.length):  # no ':' is between them
            key, rest = first_word(name.text)
            near = nearest(key, self.fields) if rest else ()
            hint = f"write '{near[0]}: {rest}'" if near else "quote the value before it, if the comma is a part of that"
        else:
            hint = did_you_mean(name.text, [*self.fields, *RECORD_KEYS])
        return Finding("unknown-field", message, place, hint)

    def _first_level(self, facts: ReadOnly[str, Varying[Value]]) -> date | None:
        """The first day of a lifecycle of a record."""
        found = [facts[name] for name in self.lifecycles if name in facts]
        values = (alternative.value for varying in found for alternative in varying.alternatives)
        days = (level.day for value in values if isinstance(value, Lifecycle) for level in value.levels)
        return min(days, default=None)


def _with_extras(record: Record, node: Mapping, report: Report) -> Record:
    """A record with what is written under the keys that are no fields."""
    since, until = period_of(node, report)
    source, reason = scalar_at(node, "source", report), text_at(node, "reason", report)
    was, aliases = scalars_at(node, "was", report) or (), scalars_at(node, "aliases", report) or ()
    for scalar in was:
        if not ID.fullmatch(scalar.text):
            report(bad_id(scalar))
    since = since or record.since
    return replace(record, since=since, until=until, source=source, was=was, reason=reason, aliases=aliases)


def bad_id(key: Scalar) -> Finding:
    """What is wrong with a key that is not an id."""
    return Finding("bad-id", f"'{key.text}' is not an id", key.place, "use a-z, 0-9 and single - . _ between them")


def _check_order(varying: Varying[Value], report: Report) -> None:
    """An alternative that a later one of the same scope and an earlier day replaces never holds."""
    for index, alternative in enumerate(varying.alternatives):
        for later in varying.alternatives[index + 1 :]:
            covers = not later.scope or (alternative.scope and alternative.scope <= later.scope)
            if covers and (later.since is None or (alternative.since is not None and later.since <= alternative.since)):
                message = f"this value never holds: the one at {later.place} replaces it"
                hint = "order alternatives by their day, the general ones first"
                report(Finding("never-holds", message, alternative.place, hint))
                break
