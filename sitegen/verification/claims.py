"""What the facts claim of a package on a day: which releases run where, and from which release on something is there.

A claim keeps the place of the fact that makes it. What a product alone says counts too, once for each place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeVar

from sitegen.context import Context, Fact, display
from sitegen.facts import LIBRARIES, PRODUCTS, Facts, Record, records_of
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.templates import BrokenError, MissingError
from sitegen.values import STAGES, Absent, Lifecycle, List, Markdown, Reference, Support, Text, Value, Versions
from sitegen.verification.declared import BranchFields, Declared, FieldName, PlatformFields, RuntimeFields
from sitegen.versions import VersionSet

T = TypeVar("T")
Subject = tuple[str, str]


class Said(NamedTuple):
    """A set of versions, and the fact that says it."""

    versions: VersionSet
    place: Place
    subject: Subject


class PlatformClaim(NamedTuple):
    """A platform and CPU with the patterns of its tags.

    `floor` is the oldest system that is documented, `prose` all that the record says in words.
    """

    name: str
    cpu: str
    patterns: tuple[str, ...]
    place: Place
    subject: Subject
    floor: Said | None = None
    prose: str = ""

    @property
    def text(self) -> str:
        return f"{self.name} {self.cpu}".rstrip()


@frozen
class RuntimeClaim:
    """These releases run on these versions of a runtime, on these platforms."""

    tag: str
    versions: Said
    releases: Said
    platforms: tuple[PlatformClaim, ...]


class MinimumClaim(NamedTuple):
    """From this release on, something is there."""

    what: str
    version: str
    place: Place
    subject: Subject


class BranchClaim(NamedTuple):
    """There are releases of these versions; `supported` is the first day on which they are, where it is said."""

    releases: Said
    supported: date | None
    level: str


class Untagged(NamedTuple):
    """A runtime or a CPU that the facts name, and that the settings have no tag for: it cannot be verified."""

    what: str
    dataset: str
    place: Place
    subject: Subject


class KnownPlatform(NamedTuple):
    """A platform that the facts know, on this day or not."""

    name: str
    patterns: tuple[str, ...]
    place: Place


@frozen
class Claims:
    """Everything that the facts claim of one package."""

    kind: str
    package: str
    place: Place
    library: str
    runtimes: tuple[RuntimeClaim, ...]
    minimums: tuple[MinimumClaim, ...]
    branches: tuple[BranchClaim, ...]
    platforms: tuple[KnownPlatform, ...]
    platforms_place: Place | None
    untagged: tuple[Untagged, ...]


def claims_of(facts: Facts, declared: Declared, day: date) -> Iterator[Claims]:
    """The claims of each library that has a package on this kind of index."""
    libraries = facts.datasets[LIBRARIES].records if LIBRARIES in facts.datasets else {}
    scopes = _scopes(facts)
    for library in libraries.values():
        if library.in_force(day):
            reader = _Reader(facts, declared, library.id, day, scopes)
            package = reader.fact(reader.shared, _library(reader.shared), declared.package.field)
            if package is not None and not isinstance(package.value, Absent):
                yield reader.claims(display(package.value), package.places[0])


def _library(context: Context) -> Record:
    return context.datasets[LIBRARIES].records[context.library]


class _Reader:
    """Reads the claims of one library, in the context of each of its products."""

    def __init__(
        self, facts: Facts, declared: Declared, library: str, day: date, scopes: ReadOnly[str, set[str]]
    ) -> None:
        self.scopes = scopes
        self.declared = declared
        self.day = day
        self.untagged: list[Untagged] = []
        self.shared = Context(facts, day, "", library)
        self.products = tuple(self._products())

    def _products(self) -> Iterator[str]:
        """The products of the library: those in force, or of them those that its field `products` names."""
        named = self.fact(self.shared, _library(self.shared), "products")
        items = named.value.items if named and isinstance(named.value, List) else ()
        ids = {item.id for item in items if isinstance(item, Reference)}
        for record in self.records(PRODUCTS):
            if named is None or record.id in ids:
                yield record.id

    def claims(self, package: str, place: Place) -> Claims:
        declared = self.declared
        dataset = self.shared.datasets.get(declared.platforms.dataset) if declared.platforms else None
        return Claims(
            declared.kind,
            package,
            place,
            self.shared.library,
            tuple(self._once(self._runtimes, *self._datasets(declared.runtimes, declared.platforms))),
            tuple(self._once(self._minimums, *(name.dataset for name in declared.minimums))),
            tuple(self._once(self._branches, *self._datasets(declared.branches))),
            tuple(self._known(declared.platforms)) if declared.platforms else (),
            dataset.place if dataset else None,
            tuple(dict.fromkeys(self.untagged)),
        )

    def _datasets(self, *fields: BranchFields | RuntimeFields | PlatformFields | None) -> Iterator[str]:
        """The datasets of declared fields."""
        for field in fields:
            if field is not None:
                yield field.dataset if isinstance(field, PlatformFields) else field.versions.dataset

    def _once(self, read: Callable[[Context], Iterator[tuple[object, T]]], *datasets: str) -> Iterable[T]:
        """What is read in the context of no product, and of each that a value of the datasets is for."""
        named = {id_ for name in datasets for id_ in self.scopes.get(name, ())}
        found: dict[object, T] = {}
        for id_ in ("", *(id_ for id_ in self.products if id_ in named)):
            for key, claim in read(replace(self.shared, product=id_)):
                found.setdefault(key, claim)
        return found.values()

    def records(self, dataset: str) -> Iterator[Record]:
        """The records of a dataset that are in force."""
        found = self.shared.datasets.get(dataset)
        for record in found.records.values() if found else ():
            if record.in_force(self.day):
                yield record

    def fact(self, context: Context, record: Record, field: str, *others: Record) -> Fact | None:
        """The value of a field in a row of records, or None."""
        try:
            return context.fact(record, field, context.ids | {record.id, *(other.id for other in others)})
        except (MissingError, BrokenError):
            return None

    def _said(self, context: Context, record: Record, name: FieldName, *others: Record) -> Said | None:
        fact = self.fact(context, record, name.field, *others)
        versions = versions_in(fact.value) if fact else None
        return Said(versions, fact.places[0], (record.dataset, record.id)) if fact and versions else None

    # --- what runs where

    def _runtimes(self, context: Context) -> Iterator[tuple[object, RuntimeClaim]]:
        fields = self.declared.runtimes
        for record in self.records(fields.versions.dataset) if fields else ():
            if fields is None:
                return
            tag = fields.tag(record.id)
            versions = self._said(context, record, fields.versions)
            releases = self._said(context, record, fields.releases)
            if tag is None and versions is not None:
                subject = (record.dataset, record.id)
                self.untagged.append(Untagged(f"the runtime '{record.id}'", record.dataset, record.place, subject))
            elif tag is not None and versions is not None and releases is not None:
                platforms = tuple(self._platforms(context, record))
                yield (versions.place, releases.place, platforms), RuntimeClaim(tag, versions, releases, platforms)

    def _platforms(self, context: Context, runtime: Record) -> Iterator[PlatformClaim]:
        """The platforms of a runtime: each CPU that the site has said the tags of."""
        fields = self.declared.platforms
        for record in self.records(fields.dataset) if fields else ():
            if fields is None:
                return
            patterns = fields.patterns(record.id)
            cpus = self.fact(context, record, fields.cpus.field, runtime) if fields.cpus else None
            values = cpus.value.items if cpus and isinstance(cpus.value, List) else (cpus.value,) if cpus else ()
            place = cpus.places[0] if cpus else record.place
            name = self._name(context, record, fields.name)
            floor = self._said(context, record, fields.floor, runtime) if fields.floor else None
            subject, prose = (record.dataset, record.id), self._prose(context, record)
            for cpu in (display(value) for value in values) if values else ("",):
                if cpu in patterns:
                    yield PlatformClaim(name, cpu, patterns[cpu], place, subject, floor, prose)
                else:
                    what = f"'{cpu}' of '{record.id}'" if cpu else f"the platform '{record.id}'"
                    self.untagged.append(Untagged(what, record.dataset, place, subject))

    def _prose(self, context: Context, record: Record) -> str:
        """What a record says in words: its texts and notes."""
        facts = [self.fact(context, record, field) for field in record.facts]
        said = [fact for fact in facts if fact is not None and isinstance(fact.value, Text | Markdown | List)]
        return "\n".join(f"{display(fact.value)}\n{fact.note}" for fact in said)

    def _known(self, fields: PlatformFields) -> Iterator[KnownPlatform]:
        dataset = self.shared.datasets[fields.dataset]
        for record in dataset.records.values():
            patterns = tuple(pattern for found in fields.patterns(record.id).values() for pattern in found)
            cpus = self.fact(self.shared, record, fields.cpus.field) if fields.cpus else None
            place = cpus.places[0] if cpus and record.in_force(self.day) else record.place
            name = self._name(self.shared, record, fields.name)
            yield KnownPlatform(name, patterns, place)

    def _name(self, context: Context, record: Record, name: FieldName | None) -> str:
        fact = self.fact(context, record, name.field) if name else None
        return display(fact.value) if fact else record.id

    # --- releases

    def _minimums(self, context: Context) -> Iterator[tuple[object, MinimumClaim]]:
        for name in self.declared.minimums:
            for record in self.records(name.dataset):
                said = self._said(context, record, name)
                minimum = said.versions.minimum if said else None
                if said is None or minimum is None or not minimum.inclusive:
                    continue
                what = self._name(context, record, FieldName(name.dataset, "name"))
                yield said.place, MinimumClaim(what, minimum.text, said.place, said.subject)

    def _branches(self, context: Context) -> Iterator[tuple[object, BranchClaim]]:
        fields = self.declared.branches
        for record in self.records(fields.versions.dataset) if fields else ():
            said = self._said(context, record, fields.versions) if fields else None
            levels = self.fact(context, record, fields.levels.field) if fields and fields.levels else None
            first = first_supported(levels.value) if levels else None
            if said is not None:
                day, level = first or (None, "")
                yield said.place, BranchClaim(said, day, level)


def _scopes(facts: Facts) -> dict[str, set[str]]:
    """The ids that any value of a dataset is for, by dataset."""
    found: dict[str, set[str]] = {}
    for datasets in facts.everywhere():
        for record in records_of(datasets):
            for varying in record.facts.values():
                for alternative in varying.alternatives:
                    if alternative.scope:
                        found.setdefault(record.dataset, set()).update(alternative.scope)
    return found


def versions_in(value: Value) -> VersionSet | None:
    """The versions that a value states."""
    if isinstance(value, Versions):
        return value.set
    return value.versions if isinstance(value, Support) else None


def first_supported(value: Value) -> tuple[date, str] | None:
    """The first day on which a lifecycle says that a release is supported, and the level it has then."""
    if isinstance(value, Lifecycle):
        for level in value.levels:
            label, supported = STAGES[level.stage]
            if supported:
                return level.day, label
    return None
