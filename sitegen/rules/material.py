"""What rules look at: the loaded site, its texts, its ladders; each computed once and shared."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal, NamedTuple, TypeVar

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
from sitegen.findings import Finding, Severity
from sitegen.loading import Site, Texts
from sitegen.rules.markdown_source import MarkdownSource
from sitegen.sources import source_lines
from sitegen.values import STAGES, Lifecycle, Markdown, Reference, Text, Value, Versions
from sitegen.versions import VersionSet

Group = Literal["meaning", "time"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its code, when it is asked, how bad its findings are, and what finds them.

    Rules of meaning depend on the sources alone; those of time on the day too. One that asks for the `whole` tells what
    nothing names: where something is an error, it is not asked.
    """

    code: str
    group: Group
    severity: Severity
    find: Callable[[Material], Iterator[Finding]]
    whole: bool = False


class Period(NamedTuple):
    """A value, and the days on which it holds: from `since` to the day before `until`."""

    alternative: Alternative[Value]
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a ladder for some days: the versions that it stands for, and its levels of support."""

    record: Record
    alternative: Alternative[Value]
    versions: VersionSet
    since: date | None
    until: date | None
    levels: Lifecycle | None

    def supported(self, day: date) -> bool:
        """Whether somebody supports it on a day."""
        level = self.levels.at(day) if self.levels else None
        return level is not None and STAGES[level.stage][1]

    def together(self, other: Branch) -> bool:
        """Whether there is a day on which both are in force."""
        return overlap((self.since, self.until), (other.since, other.until))


@dataclass(frozen=True, slots=True)
class Ladder:
    """The branches of a dataset of releases, as a library and a product see them."""

    dataset: Dataset
    branches: tuple[Branch, ...]


@dataclass(frozen=True)
class View:
    """What a library sees. `shared` says that it has no files of its own, and stands for all such."""

    datasets: Datasets
    library: str
    shared: bool


class Material:
    """A site and a day, and what several rules need of them."""

    def __init__(self, site: Site, texts: Texts, day: date) -> None:
        self.site = site
        self.texts = texts
        self.day = day
        self._ladders: dict[tuple[int, str, str], Ladder] = {}

    @cached_property
    def views(self) -> list[View]:
        """What libraries see: the shared facts, where any library sees just these, and those of each with own files."""
        facts = self.site.facts
        found = facts.datasets.get(LIBRARIES)
        libraries = list(found.records) if found else []
        plain = [id_ for id_ in libraries if id_ not in facts.by_library]
        views = [View(facts.datasets, plain[0] if plain else "", shared=True)] if plain or not libraries else []
        return views + [View(facts.of(id_), id_, shared=False) for id_ in libraries if id_ in facts.by_library]

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The ids of the products."""
        found = self.site.facts.datasets.get(PRODUCTS)
        return tuple(found.records) if found else ()

    def records(self) -> Iterator[tuple[View, Record]]:
        """Each record once, and once more where a library's files change it, with who sees it."""
        shared = self.site.facts.datasets
        first = self.views[0] if self.views else View(shared, "", shared=True)
        for record in records_of(shared):
            yield first, record
        for view in self.views:
            if not view.shared:
                for record in own_records(shared, view.datasets):
                    yield view, record

    def ladders(self) -> Iterator[Ladder]:
        """Every ladder as each library, and each product with values of its own there, sees it; each once."""
        seen: set[int] = set()
        for view in self.views:
            for dataset in view.datasets.values():
                if id(dataset) in seen or lifecycle_field(dataset) is None or versions_field(dataset) is None:
                    continue
                seen.add(id(dataset))
                scopes = {id_ for record in dataset.records.values() for id_ in scope_ids(record)}
                for product in ["", *(id_ for id_ in self.products if id_ in scopes)]:
                    yield self.ladder(view, dataset.name, product)

    def ladder(self, view: View, name: str, product: str = "") -> Ladder:
        """A ladder as a library and a product see it."""
        dataset = view.datasets[name]
        key = (id(dataset), view.library, product)
        if key not in self._ladders:
            self._ladders[key] = Ladder(dataset, tuple(_branches(dataset, {view.library, product})))
        return self._ladders[key]

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
    def lines(self) -> dict[str, list[str]]:
        """The lines of each source."""
        return source_lines({name: data for name, data in self.texts.items() if not name.startswith("themes/")})

    @cached_property
    def pages(self) -> list[MarkdownSource]:
        """The pages and snippets as their authors wrote them."""
        return [
            MarkdownSource(name, "\n".join(self.lines[name]))
            for name in sorted(self.lines)
            if name.startswith("content/") and name.endswith(".md")
        ]


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
                yield Branch(record, alternative, alternative.value.set, begin, until, cycle)


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
