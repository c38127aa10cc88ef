"""What the facts claim of a package on a day: which releases run where, and from which release on something is there.

A claim keeps the place of the fact that makes it. Values for one product are claims too, once for each place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeVar

from sitegen.context import Context, Fact, display
from sitegen.facts import LIBRARIES, PRODUCTS, Facts, Record, items_of, records_of
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.indexes import INDEXES
from sitegen.sources import FILE
from sitegen.templates import BrokenError, MissingError
from sitegen.values import STAGES, Absent, Lifecycle, List, Markdown, Reference, Support, Text, Value, Versions
from sitegen.verification.declared import BranchFields, Declared, FieldName, PlatformFields, RuntimeFields
from sitegen.version_grammar import Part
from sitegen.versions import VersionSet, parse_versions

T = TypeVar("T")
Subject = tuple[str, str]
ANY = parse_versions("any")
NO_TAG = f"no tag in {FILE}"


class Said(NamedTuple):
    """A set of versions, and the fact that states it."""

    versions: VersionSet
    place: Place
    subject: Subject


class PlatformClaim(NamedTuple):
    """A platform and CPU with the patterns of its tags; none where the settings have none.

    `floor` is the oldest system that is documented, `prose` all that the record states in words.
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
    """These releases run on these versions of a runtime, on these platforms.

    `unknown` is why that cannot be compared with an index, empty where it can.
    """

    name: str
    tag: str
    versions: Said
    releases: Said
    platforms: tuple[PlatformClaim, ...]
    unknown: str = ""

    def text(self, package: str) -> str:
        """The claim in words."""
        return f"{self.name} {self.versions.versions.text} with {package} {self.releases.versions.text}"


class MinimumClaim(NamedTuple):
    """From this release on, something is there. `version` is None where no single one is named, as in `<2`."""

    what: str
    version: str | None
    part: Part
    planned: bool
    place: Place
    subject: Subject

    def text(self, package: str) -> str:
        """The claim in words."""
        return f"{self.what} with {package} {self.part.text}"


class BranchClaim(NamedTuple):
    """There are releases of these versions; `supported` is the first day on which they are, where it is stated.

    `coming` branches are not supported yet, `current` ones are.
    """

    releases: Said
    supported: date | None
    level: str
    coming: bool = False
    current: bool = True

    def text(self, package: str) -> str:
        """The claim in words."""
        since = f" has {self.level} since {self.supported}" if self.supported else ""
        return f"release branch {package} {self.releases.versions.text}{since}"


class FloorClaim(NamedTuple):
    """The oldest system that a platform needs, by the facts."""

    platform: str
    said: Said

    def text(self, package: str) -> str:
        """The claim in words."""
        return f"{package} on {self.platform} from {self.said.versions.text} on"


class OtherClaim(NamedTuple):
    """A value with versions of the library, in a field that the settings do not name."""

    what: str
    field: str
    place: Place

    def text(self, package: str) -> str:
        """The claim in words."""
        return f"{self.what} with {package}"


class KnownPlatform(NamedTuple):
    """A platform that the facts know, on this day or not."""

    name: str
    patterns: tuple[str, ...]
    place: Place


@frozen
class Claims:
    """Everything that the facts claim of one package. Without an index, `package` is the name of the library."""

    kind: str
    package: str
    place: Place
    library: str
    runtimes: tuple[RuntimeClaim, ...]
    minimums: tuple[MinimumClaim, ...]
    branches: tuple[BranchClaim, ...]
    platforms: tuple[KnownPlatform, ...]
    platforms_place: Place | None
    others: tuple[OtherClaim, ...]
    indexed: bool = True

    @property
    def floors(self) -> tuple[FloorClaim, ...]:
        """The oldest systems that are documented, each once."""
        found = {
            platform.floor.place: FloorClaim(platform.name, platform.floor)
            for runtime in self.runtimes
            for platform in runtime.platforms
            if platform.floor is not None and platform.patterns
        }
        return tuple(found.values())

    @property
    def comparable(self) -> tuple[RuntimeClaim, ...]:
        """The claims about runtimes that an index can confirm or contradict."""
        return tuple(claim for claim in self.runtimes if not claim.unknown)

    def coming(self, versions: VersionSet) -> bool:
        """Whether versions belong to a branch that is not supported yet."""
        return any(branch.coming and branch.releases.versions.common(versions) for branch in self.branches)


def claims_of(facts: Facts, declared: tuple[Declared, ...], day: date) -> Iterator[Claims]:
    """The claims of each library about its package on each kind of index; about no index where it has none."""
    libraries = facts.datasets[LIBRARIES].records if LIBRARIES in facts.datasets else {}
    scopes = _scopes(facts)
    for library in libraries.values():
        if not library.in_force(day):
            continue
        readers = [_Reader(facts, fields, library.id, day, scopes) for fields in declared]
        found = [(reader, package) for reader in readers if (package := reader.package()) is not None]
        for reader, package in found:
            yield reader.claims(display(package.value), package.places[0])
        if readers and not found:
            yield replace(readers[0].claims(library.id, library.place), indexed=False)


class _Reader:
    """Reads the claims of one library, in the context of each of its products."""

    def __init__(
        self, facts: Facts, declared: Declared, library: str, day: date, scopes: ReadOnly[str, set[str]]
    ) -> None:
        self.scopes = scopes
        self.declared = declared
        self.day = day
        self.shared = Context(facts, day, "", library)
        self.record = self.shared.datasets[LIBRARIES].records[library]
        self.products = tuple(self._products())

    def package(self) -> Fact | None:
        """The name of the package on this kind of index, or None."""
        if self.declared.libraries is not None and self.shared.library not in self.declared.libraries:
            return None
        package = self.fact(self.shared, self.record, self.declared.package.field)
        return None if package is None or isinstance(package.value, Absent) else package

    def _products(self) -> Iterator[str]:
        """The products of the library: those in force, or of them those that its field `products` names."""
        named = self.fact(self.shared, self.record, "products")
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
            tuple(self._once(self._others, *self.shared.datasets)),
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
        """The records of a dataset that are in force, without those that name another library."""
        found = self.shared.datasets.get(dataset)
        if found is None:
            return
        kinds = {name: kind.item or kind for name, kind in found.fields.items()}
        naming = [name for name, kind in kinds.items() if (kind.name, kind.of) == ("reference", (LIBRARIES,))]
        for record in found.records.values():
            if record.in_force(self.day) and not self._of_another(record, naming):
                yield record

    def _of_another(self, record: Record, naming: Iterable[str]) -> bool:
        """Whether fields that name libraries name others than this one."""
        facts = [self.fact(self.shared, record, name) for name in naming]
        values = [fact.value for fact in facts if fact is not None]
        items = [item for value in values for item in items_of(value)]
        named = {item.id for item in items if isinstance(item, Reference)}
        return bool(named) and self.shared.library not in named

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
            versions = self._said(context, record, fields.versions) if fields else None
            if fields is None or versions is None:
                continue
            tag = fields.tag(record.id) or ""
            releases = self._said(context, record, fields.releases)
            unknown = "" if releases else "the facts name no releases for it"
            releases = releases or versions._replace(versions=ANY)
            platforms = tuple(self._platforms(context, record))
            name = INDEXES[self.declared.kind].runtimes[tag] if tag else record.id
            claim = RuntimeClaim(name, tag, versions, releases, platforms, unknown or ("" if tag else NO_TAG))
            yield (versions.place, releases.place, platforms), claim

    def _platforms(self, context: Context, runtime: Record) -> Iterator[PlatformClaim]:
        """The platforms of a runtime: each CPU with the tags that the settings have for it."""
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
                yield PlatformClaim(name, cpu, patterns.get(cpu, ()), place, subject, floor, prose)

    def _prose(self, context: Context, record: Record) -> str:
        """What a record states in words: its texts and notes."""
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
                fact = self.fact(context, record, name.field)
                versions = versions_in(fact.value) if fact else None
                if fact is None or versions is None:
                    continue
                what = self._name(context, record, FieldName(name.dataset, "name"))
                planned = isinstance(fact.value, Support) and fact.value.state == "planned"
                place, subject = fact.places[0], (record.dataset, record.id)
                for part in versions.parts:
                    low = part.ranges[0].low
                    version = low.text if low and low.inclusive and low.text in part.text else None
                    yield (place, part.text), MinimumClaim(what, version, part, planned, place, subject)

    def _others(self, context: Context) -> Iterator[tuple[object, OtherClaim]]:
        """Versions measured on the release branches, in fields that the settings do not name."""
        branches, runtimes = self.declared.branches, self.declared.runtimes
        named = {*self.declared.minimums, *(runtimes[:2] if runtimes else ())}
        for dataset in self.shared.datasets.values() if branches else ():
            fields = [
                name for name, kind in dataset.fields.items() if branches and kind.ladder == branches.versions.dataset
            ]
            for field in (field for field in fields if FieldName(dataset.name, field) not in named):
                for record in self.records(dataset.name):
                    said = self._said(context, record, FieldName(dataset.name, field))
                    if said is not None:
                        what = f"{self._name(context, record, FieldName(dataset.name, 'name'))} {said.versions.text}"
                        yield said.place, OtherClaim(what, f"{dataset.name}.{field}", said.place)

    def _branches(self, context: Context) -> Iterator[tuple[object, BranchClaim]]:
        fields = self.declared.branches
        for record in self.records(fields.versions.dataset) if fields else ():
            said = self._said(context, record, fields.versions) if fields else None
            levels = self.fact(context, record, fields.levels.field) if fields and fields.levels else None
            if said is None:
                continue
            if levels is None or not isinstance(levels.value, Lifecycle):
                yield said.place, BranchClaim(said, None, "")
                continue
            day, level = first_supported(levels.value) or (None, "")
            at = levels.value.at(self.day)
            current = at is not None and STAGES[at.stage][1]
            coming = not current and (day is None or day > self.day)
            yield said.place, BranchClaim(said, day, level, coming, current)


def _scopes(facts: Facts) -> dict[str, set[str]]:
    """The ids in `for:` of any value, by dataset."""
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
    """The first day on which a release is supported by its lifecycle, and the level it has then."""
    if isinstance(value, Lifecycle):
        for level in value.levels:
            label, supported = STAGES[level.stage]
            if supported:
                return level.day, label
    return None
