"""What rules look at: the common sources of a site, and parts of its records; what several need is computed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from functools import cached_property
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeVar, cast

from sitegen.alternatives import Alternative, Varying
from sitegen.facts import (
    LIBRARIES,
    PRODUCTS,
    Dataset,
    Datasets,
    Record,
    lifecycle_field,
    own_records,
    records_of,
    versions_field,
)
from sitegen.findings import Finding, Place, Severity
from sitegen.frozen import frozen
from sitegen.loading import Site, Texts
from sitegen.rules.evidence import Evidence
from sitegen.rules.markdown_source import MarkdownSource
from sitegen.rules.suppressions import suppressions
from sitegen.sources import source_lines
from sitegen.values import STAGES, Level, Lifecycle, Markdown, Reference, Text, Value, Versions
from sitegen.versions import VersionSet

Group = Literal["meaning", "time"]
T = TypeVar("T")
S = TypeVar("S", bound="_Known")
_NONE: Texts = MappingProxyType({})


@frozen
class Rule:
    """A rule: its code, when it is asked, how bad its findings are, and what finds them.

    Rules of meaning depend on the sources alone; those of time on the day too.

    `each` looks at the common records, and at those of each library, which need not know of each other. `site` looks at
    what stands once, such as pages, and at what the evidence tells of all libraries. A rule has one of them, or both.

    One that asks for the `whole` tells what nothing names: where something is an error, it is not asked. What is told
    `once` of a place is not told again for another library.
    """

    code: str
    group: Group
    severity: Severity
    each: Callable[[Part], Iterator[Finding]] | None = None
    site: Callable[[Overview], Iterator[Finding]] | None = None
    whole: bool = False
    once: bool = False


class Period(NamedTuple):
    """A value, and the days on which it holds: from `since` to the day before `until`."""

    alternative: Alternative[Value]
    since: date | None
    until: date | None


@frozen
class Branch:
    """A branch of a ladder for some days: the versions that it stands for, and its levels of support."""

    record: Record
    alternative: Alternative[Value]
    versions: VersionSet
    since: date | None
    until: date | None
    levels: Lifecycle | None
    begin: Level | None  # the first level with support
    end: Level | None  # the first level without support after that

    @property
    def subject(self) -> tuple[str, str]:
        """What a finding about it is about."""
        return self.record.dataset, self.record.id

    def supported(self, day: date) -> bool:
        """Whether somebody supports it on a day."""
        level = self.levels.at(day) if self.levels else None
        return level is not None and STAGES[level.stage][1]

    def together(self, other: Branch) -> bool:
        """Whether there is a day on which both are in force."""
        return overlap((self.since, self.until), (other.since, other.until))


@frozen
class Ladder:
    """The branches of a dataset of releases, as a library and a product see them."""

    dataset: Dataset
    branches: tuple[Branch, ...]


class _Known:
    """What functions find in something that does not change, each asked once."""

    def __init__(self) -> None:
        self._known: dict[object, object] = {}

    def once(self: S, compute: Callable[[S], T]) -> T:
        """What a function finds; the next time it is known."""
        if compute not in self._known:
            self._known[compute] = compute(self)
        return cast("T", self._known[compute])


class Common(_Known):
    """The common sources of a site and a day, and what several rules need of them. It sees no library's own records."""

    def __init__(self, site: Site, texts: Texts, day: date) -> None:
        super().__init__()
        self.site = site
        self.shared = site.facts.datasets
        self.texts = {name: data for name, data in texts.items() if not name.startswith("themes/")}
        self.day = day
        self._lines: dict[str, list[str]] = {}

    def lines_of(self, file: str) -> list[str]:
        """The lines of a source; none where it is not known."""
        if file not in self._lines:
            self._lines[file] = source_lines({file: self.texts[file]})[file] if file in self.texts else []
        return self._lines[file]

    @cached_property
    def libraries(self) -> tuple[str, ...]:
        """The ids of the libraries."""
        found = self.shared.get(LIBRARIES)
        return tuple(found.records) if found else ()

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The ids of the products."""
        found = self.shared.get(PRODUCTS)
        return tuple(found.records) if found else ()

    @cached_property
    def ladders(self) -> frozenset[str]:
        """The names of the datasets of releases."""
        found = self.shared.values()
        return frozenset(d.name for d in found if lifecycle_field(d) is not None and versions_field(d) is not None)

    @cached_property
    def titles(self) -> dict[str, str]:
        """For each dataset the field that names its records, where there is one."""
        return {name: field for name, dataset in self.shared.items() if (field := title_field(dataset)) is not None}

    @cached_property
    def live_files(self) -> set[str]:
        """The pages that stand on the day, and the snippets that they include."""
        tomorrow = date.fromordinal(self.day.toordinal() + 1)
        included = {source.file: {file for _, file in source.includes} for source in self.pages}
        pages = {page.file for page in self.site.pages}
        live = {file for file in pages if overlap(period_of_file(self.site, file), (self.day, tomorrow))}
        waiting = list(live)
        while waiting:
            for file in included.get(waiting.pop(), set()) - live:
                live.add(file)
                waiting.append(file)
        return live

    @cached_property
    def pages(self) -> list[MarkdownSource]:
        """The pages and snippets as their authors wrote them."""
        return [
            MarkdownSource(name, "\n".join(self.lines_of(name)))
            for name in sorted(self.texts)
            if name.startswith("content/") and name.endswith(".md")
        ]


@frozen
class Overview:
    """What rules of the site look at: the common sources, and the evidence of each library that has own records.

    The evidence is in the order of the libraries.
    """

    common: Common
    evidence: ReadOnly[str, Evidence]


class Part(_Known):
    """Records that are judged together: the common ones, or those that the own files of a library add or change.

    `datasets` are those that its records stand among. `seen_by` has the datasets that are judged here, with the library
    whose values count there.
    """

    def __init__(
        self,
        common: Common,
        datasets: Datasets,
        seen_by: ReadOnly[str, str],
        library: str = "",
        texts: Texts = _NONE,
    ) -> None:
        super().__init__()
        self.common = common
        self.datasets = datasets
        self.seen_by = seen_by
        self.library = library
        self.texts = texts
        self._ladders: dict[tuple[str, str], Ladder] = {}
        self._lines: dict[str, list[str]] = {}
        self._allowed: dict[str, frozenset[tuple[str, int]]] = {}

    @property
    def own(self) -> bool:
        """Whether these are the records of a library."""
        return self.datasets is not self.common.shared

    @cached_property
    def records(self) -> list[Record]:
        """Its records."""
        return list(own_records(self.common.shared, self.datasets) if self.own else records_of(self.datasets))

    def lines_of(self, file: str) -> list[str]:
        """The lines of a source: of the library's own files, or of a common one."""
        if file not in self.texts:
            return self.common.lines_of(file)
        if file not in self._lines:
            self._lines[file] = source_lines({file: self.texts[file]})[file]
        return self._lines[file]

    def allowed(self, code: str, place: Place) -> bool:
        """Whether a comment allows the findings of a code on the line of a place."""
        if place.file not in self._allowed:
            found = suppressions([place.file], self.lines_of)
            self._allowed[place.file] = frozenset((one.code, one.line) for one in found)
        return (code, place.line) in self._allowed[place.file]

    def ladders(self) -> list[Ladder]:
        """The ladders that are judged here, and each again for a product with values of its own there."""
        return self.once(_ladders)

    def ladder(self, name: str, product: str = "") -> Ladder:
        """A ladder as a product sees it."""
        if (name, product) not in self._ladders:
            dataset = self.datasets[name]
            found = tuple(_branches(dataset, {self.seen_by.get(name, self.library), product}))
            self._ladders[name, product] = Ladder(dataset, found)
        return self._ladders[name, product]


def _ladders(part: Part) -> list[Ladder]:
    found = []
    for name in part.seen_by:
        if name in part.common.ladders:
            scopes = {id_ for record in part.datasets[name].records.values() for id_ in scope_ids(record)}
            found += [
                part.ladder(name, product) for product in ["", *(id_ for id_ in part.common.products if id_ in scopes)]
            ]
    return found


def common_part(overview: Overview) -> Part:
    """The common records. A dataset counts as the first library sees it that changes none, or at least not this one.

    What every library changes nobody sees: it is not judged.
    """
    common, evidence = overview.common, overview.evidence
    if not common.libraries:
        return Part(common, common.shared, dict.fromkeys(common.shared, ""))
    changed = {id_: evidence[id_].changed if id_ in evidence else frozenset() for id_ in common.libraries}
    libraries = [*(id_ for id_ in common.libraries if not changed[id_]), *common.libraries]
    seen_by = {}
    for name in common.shared:
        first = next((id_ for id_ in libraries if name not in changed[id_]), None)
        if first is not None:
            seen_by[name] = first
    return Part(common, common.shared, seen_by)


def library_part(common: Common, library: str, datasets: Datasets, texts: Texts) -> Part:
    """The records of a library: `datasets` are the common ones with its own laid over them, `texts` its own files."""
    changed = [name for name, dataset in datasets.items() if dataset is not common.shared[name]]
    return Part(common, datasets, dict.fromkeys(changed, library), library, texts)


def period_of_file(site: Site, file: str) -> tuple[date | None, date | None]:
    """The days on which a page may stand: until the next edition of the same scope begins."""
    page = next((page for page in site.pages if page.file == file), None)
    if page is None:
        return None, None
    later = [p.since for p in site.pages if p.scope == page.scope and p.since and p.since > (page.since or date.min)]
    return page.since, _earlier(page.until, min(later, default=None))


def scope_ids(record: Record) -> set[str]:
    """The ids that any value of a record is limited to."""
    return {
        id_ for varying in record.facts.values() for alternative in varying.alternatives for id_ in alternative.scope
    }


def overlap(one: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Whether two periods have a day in common; each is a first day and the first day without."""
    since = max(one[0] or date.min, other[0] or date.min)
    return since < min(one[1] or date.max, other[1] or date.max)


def periods(record: Record, field: str, ids: Iterable[str] = ()) -> list[Period]:
    """The values of a field that hold for some ids, each with its days, where the record exists."""
    varying = record.facts.get(field)
    if varying is None:
        return []
    known = frozenset(id_ for id_ in ids if id_)
    days = sorted({day for a in varying.alternatives if (day := a.since) is not None})
    found: list[Period] = []
    for since, until in zip([None, *days], [*days, None], strict=True):
        alternative = varying.at(known, since or date.min)
        begin, end = _later(since, record.since), _earlier(until, record.until)
        if alternative is None or (begin is not None and end is not None and begin >= end):
            continue
        if found and found[-1].alternative is alternative:
            found[-1] = found[-1]._replace(until=end)
        else:
            found.append(Period(alternative, begin, end))
    return found


def _later(one: date | None, other: date | None) -> date | None:
    return max(one, other) if one and other else one or other


def _earlier(one: date | None, other: date | None) -> date | None:
    return min(one, other) if one and other else one or other


def contexts(varying: Varying[T], more: Collection[str] = ()) -> list[frozenset[str]]:
    """The ids for which a value may differ: none, each that a scope names, and each two of these."""
    ids = sorted({id_ for alternative in varying.alternatives for id_ in alternative.scope} | set(more))
    pairs = [frozenset((one, other)) for one in ids for other in ids if one < other] if len(ids) <= 12 else []
    return [frozenset(), *(frozenset((id_,)) for id_ in ids), *pairs]


def _branches(dataset: Dataset, ids: set[str]) -> Iterator[Branch]:
    versions, lifecycle = versions_field(dataset), lifecycle_field(dataset) or ""
    for record in dataset.records.values():
        known = ids | {record.id}
        levels = record.facts[lifecycle].at(frozenset(known), date.max) if lifecycle in record.facts else None
        cycle = levels.value if levels and isinstance(levels.value, Lifecycle) else None
        first = cycle.levels[0] if cycle else None
        for alternative, since, until in periods(record, versions or "", known):
            if isinstance(alternative.value, Versions):
                # Since when a branch exists whose first level is known `by` a day, nobody knows.
                begin = None if first and first.by and since == first.day else since
                yield Branch(record, alternative, alternative.value.set, begin, until, cycle, *_bounds(cycle))


def _bounds(cycle: Lifecycle | None) -> tuple[Level | None, Level | None]:
    """The first level with support, and the first one that ends it."""
    begin = end = None
    for level in cycle.levels if cycle else ():
        if begin is None and STAGES[level.stage][1]:
            begin = level
        if end is None and level.stage in ("eol", "removed"):
            end = level
    return begin, end


def owner(record: Record) -> tuple[str, ...]:
    """The libraries and products that a record says it is of; records of different ones do not meet."""
    found = []
    for varying in record.facts.values():
        for alternative in varying.alternatives:
            value = alternative.value
            if isinstance(value, Reference) and value.dataset in (LIBRARIES, PRODUCTS):
                found.append(f"{value.dataset}/{value.id}")
    return tuple(sorted(found))


def title_field(dataset: Dataset) -> str | None:
    """The field that names a record: `name`, or the first text."""
    if "name" in dataset.fields:
        return "name"
    return next((name for name, kind in dataset.fields.items() if kind.name in ("text", "markdown")), None)


def title(record: Record, dataset: Dataset) -> str:
    """A record's name as a message says it, or its id."""
    varying = record.facts.get(title_field(dataset) or "")
    value = varying.alternatives[-1].value if varying else None
    return value.text if isinstance(value, (Text, Markdown)) else record.id
