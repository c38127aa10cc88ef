"""Claims of the facts about packages on a date: which releases run where, and which release introduced a feature.

A claim has the place of its fact. A value scoped to a product is a claim too, once for each place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeVar

from sitegen.evaluation.context import Context, Fact, display
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Facts, Record, records_of
from sitegen.facts.schemes import PEP440
from sitegen.facts.statements import all_versions, is_conditional, prose_in, statements
from sitegen.facts.values import Absent, Lifecycle, List, Reference, plain_items
from sitegen.facts.version_ranges import VersionPart
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.files.sources import FILE
from sitegen.findings import Finding, Place, Severity
from sitegen.frozen import frozen
from sitegen.package_indexes import INDEXES
from sitegen.verification.declared import BranchFields, Declared, FieldName, PlatformFields, RuntimeFields, tag_of

F = TypeVar("F")
T = TypeVar("T")
ANY = parse_versions("any")
NO_TAG = f"no tag in {FILE}"


@frozen
class PackageClaim:
    """A claim in words, with the place and the record of its fact."""

    text: str
    place: Place
    subject: tuple[str, str]

    def finding(
        self, code: str, message: str, severity: Severity = "error", hint: str = "", details: Iterable[str] = ()
    ) -> Finding:
        """A finding at this fact."""
        return Finding(code, message, self.place, hint, severity, self.subject, details=tuple(details))


@frozen
class VersionClaim(PackageClaim):
    """A claim about a set of versions."""

    versions: VersionSet


@frozen
class PlatformClaim(PackageClaim):
    """A runtime claim for one platform and CPU, with the patterns of its platform tags; empty without tags.

    `floor` is the documented oldest system, `prose` the text and notes of the record.
    """

    name: str
    cpu: str
    patterns: tuple[str, ...]
    floor: VersionClaim | None = None
    prose: str = ""

    @property
    def label(self) -> str:
        """The platform and CPU in words."""
        return f"{self.name} {self.cpu}".rstrip()


@frozen
class RuntimeClaim(VersionClaim):
    """These releases run on these versions of a runtime, on these platforms.

    `unknown` is the reason why an index cannot confirm it, or empty.
    """

    name: str
    tag: str
    releases: VersionClaim
    platforms: tuple[PlatformClaim, ...]
    unknown: str = ""


@frozen
class MinimumClaim(PackageClaim):
    """A feature exists from this release on. `version` is None if the text has no single minimum, as in `<2`."""

    what: str
    version: str | None
    part: VersionPart
    planned: bool


@frozen
class BranchClaim(VersionClaim):
    """A release branch has releases; `supported` is the first day of support, if stated.

    A `coming` branch is not supported yet, a `current` one is supported.
    """

    supported: date | None = None
    level: str = ""
    coming: bool = False
    current: bool = True


@frozen
class OtherClaim(PackageClaim):
    """A value with versions of the library, in a field that the settings do not name."""

    field: str


class KnownPlatform(NamedTuple):
    """A platform in the facts, whether it applies on the date or not."""

    name: str
    patterns: tuple[str, ...]
    place: Place


@frozen
class PackageClaims:
    """All claims about one package. Without an index, `package` is the name of the library."""

    kind: str
    package: str
    place: Place
    runtimes: tuple[RuntimeClaim, ...]
    minimums: tuple[MinimumClaim, ...]
    branches: tuple[BranchClaim, ...]
    others: tuple[OtherClaim, ...]
    platforms: tuple[KnownPlatform, ...]
    platforms_place: Place
    indexed: bool

    @property
    def floors(self) -> Iterable[VersionClaim]:
        """The documented oldest systems, each once."""
        platforms = [platform for runtime in self.runtimes for platform in runtime.platforms if platform.patterns]
        return {platform.floor.place: platform.floor for platform in platforms if platform.floor}.values()

    @property
    def all(self) -> Iterator[PackageClaim]:
        """Every claim, in the order in which they are judged."""
        yield from self.branches
        yield from self.minimums
        for runtime in self.runtimes:
            yield runtime
            yield from runtime.platforms
        yield from self.floors
        yield from self.others

    @property
    def comparable(self) -> tuple[RuntimeClaim, ...]:
        """The claims about runtimes that an index can confirm or contradict."""
        return tuple(claim for claim in self.runtimes if not claim.unknown)

    def coming(self, versions: VersionSet) -> bool:
        """Whether any of the versions belong to a branch that is not supported yet."""
        return any(branch.coming and branch.versions.common(versions) for branch in self.branches)


def claims_of(facts: Facts, declared: tuple[Declared, ...], day: date) -> Iterator[PackageClaims]:
    """The claims of each library about its package in each kind of index, or without an index if it has none."""
    libraries = facts.datasets[LIBRARIES].records if LIBRARIES in facts.datasets else {}
    scopes = _scopes(facts)
    for library in libraries.values():
        if not library.in_force(day):
            continue
        readers = [_ClaimReader(facts, fields, library.id, day, scopes) for fields in declared]
        found = [reader.claims() for reader in readers if reader.indexed]
        yield from found or [reader.claims() for reader in readers[:1]]


class _ClaimReader:
    """Reads the claims of one library, in the context of each of its products."""

    def __init__(
        self, facts: Facts, declared: Declared, library: str, day: date, scopes: ReadOnly[str, set[str]]
    ) -> None:
        self.scopes = scopes
        self.declared = declared
        self.day = day
        self.shared = Context(facts, day, "", library)
        record = self.shared.datasets[LIBRARIES].records[library]
        named = self.fact(self.shared, record, "products")
        # The products in force; limited by the library's field `products`, if set.
        products = _references(named) if named is not None and isinstance(named.value, List) else set()
        self.products = [r.id for r in self.records(PRODUCTS, self.shared) if named is None or r.id in products]
        on_this = declared.libraries is None or library in declared.libraries
        package = self.fact(self.shared, record, declared.package.field) if on_this else None
        self.indexed = package is not None and not isinstance(package.value, Absent)
        self.package = display(package.value) if package and self.indexed else library
        self.place = package.places[0] if package and self.indexed else record.place

    def claims(self) -> PackageClaims:
        """All claims of the library."""
        declared, datasets = self.declared, self.shared.datasets
        runtimes, platforms, branches = declared.runtimes, declared.platforms, declared.branches
        where = [runtimes.versions.dataset] if runtimes else []
        where += [platforms.dataset] if platforms else []
        known = datasets.get(platforms.dataset) if platforms else None
        return PackageClaims(
            kind=declared.kind,
            package=self.package,
            place=self.place,
            runtimes=self._once(runtimes, self._runtimes, where),
            minimums=self._once(declared.minimums, self._minimums, [name.dataset for name in declared.minimums]),
            branches=self._once(branches, self._branches, [branches.versions.dataset] if branches else []),
            others=self._once(branches, self._others, datasets),
            platforms=tuple(self._known(platforms)) if platforms else (),
            platforms_place=known.place if known else self.place,
            indexed=self.indexed,
        )

    def _once(
        self, fields: F | None, read: Callable[[F, Context], Iterator[tuple[object, T]]], datasets: Iterable[str]
    ) -> tuple[T, ...]:
        """The claims read without a product, then for each product that values of the datasets are scoped to."""
        if fields is None:
            return ()
        named = {id_ for name in datasets for id_ in self.scopes.get(name, ())}
        found: dict[object, T] = {}
        for id_ in ("", *(id_ for id_ in self.products if id_ in named)):
            for key, claim in read(fields, replace(self.shared, product=id_)):
                found.setdefault(key, claim)
        return tuple(found.values())

    def records(self, dataset: str, context: Context) -> Iterator[Record]:
        """The records of a dataset that exist in a context, without those that refer to another library."""
        found = self.shared.datasets.get(dataset)
        if found is None:
            return
        kinds = {name: kind.item or kind for name, kind in found.fields.items()}
        naming = [name for name, kind in kinds.items() if (kind.name, kind.of) == ("reference", (LIBRARIES,))]
        for record in found.records.values():
            if context.has(record):
                facts = [self.fact(self.shared, record, name) for name in naming]
                named = {id_ for fact in facts if fact is not None for id_ in _references(fact)}
                if not named or self.shared.library in named:
                    yield record

    def fact(self, context: Context, record: Record, field: str, *others: Record) -> Fact | None:
        """The value of a field in a row of records, or None. Without a product, it is what most products have."""
        found = context.alternative(record, field, context.ids | {record.id, *(other.id for other in others)})
        return None if found is None else Fact(found.value, (found.place, *found.more))

    def _stated(self, context: Context, record: Record, name: FieldName, *others: Record) -> VersionClaim | None:
        """The versions that a field states, with the author's text; None if it states none."""
        fact = self.fact(context, record, name.field, *others)
        versions = _for_index(all_versions(fact.value)) if fact else None
        if fact is None or versions is None:
            return None
        return VersionClaim(versions.text, fact.places[0], record.subject, versions)

    def _name(self, context: Context, record: Record, name: FieldName | None) -> str:
        fact = self.fact(context, record, name.field) if name else None
        return display(fact.value) if fact else record.id

    # --- runtimes and platforms

    def _runtimes(self, fields: RuntimeFields, context: Context) -> Iterator[tuple[object, RuntimeClaim]]:
        for record in self.records(fields.versions.dataset, context):
            stated = self._stated(context, record, fields.versions)
            if stated is None:
                continue
            tag = tag_of(fields.tags, record.id) or ""
            unknown = "" if tag else NO_TAG
            releases = self._stated(context, record, fields.releases)
            if releases is None:
                releases, unknown = replace(stated, versions=ANY), "no releases are stated for it"
            facts = [self.fact(context, record, name.field) for name in (fields.versions, fields.releases)]
            if any(fact is not None and is_conditional(fact.value) for fact in facts):
                unknown = "its versions have conditions"
            name = INDEXES[self.declared.kind].runtimes[tag] if tag else record.id
            text = f"{name} {stated.text} with {self.package} {releases.versions.text}"
            platforms = tuple(self._platforms(context, record, text))
            claim = RuntimeClaim(
                text, stated.place, stated.subject, stated.versions, name, tag, releases, platforms, unknown
            )
            yield (stated.place, releases.place, platforms), claim

    def _platforms(self, context: Context, runtime: Record, text: str) -> Iterator[PlatformClaim]:
        """The platforms of a runtime, one claim per CPU, with its tags from the settings."""
        fields = self.declared.platforms
        if fields is None:
            return
        for record in self.records(fields.dataset, context):
            patterns = tag_of(fields.tags, record.id) or {}
            cpus = self.fact(context, record, fields.cpus.field, runtime) if fields.cpus else None
            name = self._name(context, record, fields.name)
            floor = self._stated(context, record, fields.floor, runtime) if fields.floor else None
            if floor is not None:
                floor = replace(floor, text=f"{self.package} on {name} from {floor.text} on")
            place, subject = cpus.places[0] if cpus else record.place, record.subject
            prose = self._prose(context, record)
            values = plain_items(cpus.value) if cpus else ()
            for cpu in map(display, values) if values else ("",):
                on = f"{text} on {f'{name} {cpu}'.rstrip()}"
                yield PlatformClaim(on, place, subject, name, cpu, patterns.get(cpu, ()), floor, prose)

    def _prose(self, context: Context, record: Record) -> str:
        """The texts and notes of a record."""
        facts = [self.fact(context, record, field) for field in record.facts]
        values = [value for fact in facts if fact is not None for value in (fact.value, fact.note) if value is not None]
        return "\n".join(prose.text for value in values for prose in prose_in(value))

    def _known(self, fields: PlatformFields) -> Iterator[KnownPlatform]:
        for record in self.shared.datasets[fields.dataset].records.values():
            patterns = tuple(pattern for found in (tag_of(fields.tags, record.id) or {}).values() for pattern in found)
            cpus = self.fact(self.shared, record, fields.cpus.field) if fields.cpus else None
            place = cpus.places[0] if cpus and record.in_force(self.day) else record.place
            yield KnownPlatform(self._name(self.shared, record, fields.name), patterns, place)

    # --- releases

    def _minimums(self, fields: Iterable[FieldName], context: Context) -> Iterator[tuple[object, MinimumClaim]]:
        for name in fields:
            for record in self.records(name.dataset, context):
                fact = self.fact(context, record, name.field)
                if fact is None or _for_index(all_versions(fact.value)) is None:
                    continue
                what = self._name(context, record, FieldName(name.dataset, "name"))
                place, subject = fact.places[0], record.subject
                stated = [(each.state == "planned", _for_index(each.versions)) for each in statements(fact.value)]
                for part, planned in [(part, is_) for is_, versions in stated if versions for part in versions.parts]:
                    low = part.ranges[0].low
                    version = low.text if low and low.inclusive and low.text in part.text else None
                    text = f"{what} with {self.package} {part.text}"
                    yield (place, part.text), MinimumClaim(text, place, subject, what, version, part, planned)

    def _others(self, branches: BranchFields, context: Context) -> Iterator[tuple[object, OtherClaim]]:
        """Versions measured on the release branches, in fields that the settings do not name."""
        runtimes = self.declared.runtimes
        named = {*self.declared.minimums, *(runtimes[:2] if runtimes else ())}
        for dataset in self.shared.datasets.values():
            for name in (FieldName(dataset.name, field) for field in dataset.fields):
                if name in named or dataset.fields[name.field].ladder != branches.versions.dataset:
                    continue
                for record in self.records(dataset.name, context):
                    stated = self._stated(context, record, name)
                    if stated is not None:
                        what = self._name(context, record, FieldName(dataset.name, "name"))
                        text = f"{what} {stated.text} with {self.package}"
                        yield stated.place, OtherClaim(text, stated.place, stated.subject, ".".join(name))

    def _branches(self, fields: BranchFields, context: Context) -> Iterator[tuple[object, BranchClaim]]:
        for record in self.records(fields.versions.dataset, context):
            stated = self._stated(context, record, fields.versions)
            levels = self.fact(context, record, fields.levels.field) if fields.levels else None
            if stated is None:
                continue
            text = f"release branch {self.package} {stated.text}"
            claim = BranchClaim(text, stated.place, stated.subject, stated.versions)
            if levels is not None and isinstance(levels.value, Lifecycle):
                claim = _with_levels(claim, levels.value, self.day)
            yield stated.place, claim


def _with_levels(claim: BranchClaim, lifecycle: Lifecycle, day: date) -> BranchClaim:
    """The claim about a branch with what its lifecycle states: since when it is supported, and whether it is."""
    begin = next((level for level in lifecycle.levels if level.is_supported and level.is_certain), None)
    at = lifecycle.at(day)
    current = at is not None and at.is_supported
    coming = not current and (begin is None or begin.day > day)
    if begin is None or begin.on is None:
        return replace(claim, coming=coming, current=current)
    text = f"{claim.text} has {begin.label} since {begin.on.text}"
    return replace(claim, text=text, supported=begin.on.last, level=begin.label, coming=coming, current=current)


def _scopes(facts: Facts) -> dict[str, set[str]]:
    """The ids in `for:` of any value, by dataset."""
    found: dict[str, set[str]] = {}
    for datasets in facts.views():
        for record in records_of(datasets):
            for scope in (record.scope, *(alternative.scope for alternative in record.all_alternatives)):
                if scope.parts:
                    found.setdefault(record.dataset, set()).update(scope.ids)
    return found


def _references(fact: Fact) -> set[str]:
    """The ids of the records that a value refers to."""
    return {item.id for item in plain_items(fact.value) if isinstance(item, Reference)}


def _for_index(versions: VersionSet | None) -> VersionSet | None:
    """Versions in the order of package indexes; None if they have no place in it."""
    return versions.read_as(PEP440) if versions else None
