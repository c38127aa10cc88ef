"""What rules look at: the common sources, the records of a part of the site, and a summary of all parts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field
from datetime import date
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple, TypeVar, cast

from sitegen.facts.datasets import (
    LIBRARIES,
    PRODUCTS,
    Dataset,
    Datasets,
    Record,
    items_of,
    lifecycle_field,
    own_records,
    records_of,
    versions_field,
)
from sitegen.facts.values import STAGES, Level, Lifecycle, Markdown, Reference, Text, Value, Versions
from sitegen.files.sources import source_lines
from sitegen.frozen import frozen
from sitegen.markdown.raw_page import RawPage
from sitegen.rules.suppressions import SIGN, Suppression, suppressions

if TYPE_CHECKING:
    from sitegen.facts.alternatives import Alternative, Varying
    from sitegen.facts.versions import VersionSet
    from sitegen.findings import Place
    from sitegen.site.loading import Site, Texts
    from sitegen.tables.definitions import Definition
    from sitegen.templates.template import Template

Subject = tuple[str, str]
T = TypeVar("T")
S = TypeVar("S", bound="_Sources")


# --- what is summarized --------------------------------------------------------------


class Use(NamedTuple):
    """A word in a source; `certain` means that the place is exactly that of the word."""

    word: str
    place: Place
    certain: bool


class DayUse(NamedTuple):
    """A day in a record, and how many years it may be later than all others."""

    day: date
    place: Place
    most: int


class Release(NamedTuple):
    """The branch that contains some versions: the id of its record, and its levels of support."""

    versions: str
    id: str
    stages: tuple[str, ...]


@frozen
class Summary:
    """What rules for the whole site need to know about the records of a part. Summaries are merged by `merged`.

    - `words`: how often each long word occurs; `uses`: the places of words that may be misspelt.
    - `years`: the years of all days; `days`: those that are the only ones of their year.
    - `versions`: names with their versions, where a page states a version of that name.
    - `releases`: the branches that contain the versions for which a page states a level.
    - `named`: records and links that these records use, of those that no page and no table shows.
    - `suppressions`: the comments that allow findings.
    """

    words: ReadOnly[str, int] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    years: tuple[int, ...] = ()
    days: tuple[DayUse, ...] = ()
    versions: frozenset[tuple[str, str]] = frozenset()
    releases: tuple[Release, ...] = ()
    named: frozenset[Subject] = frozenset()
    suppressions: tuple[Suppression, ...] = ()


def merged(summaries: Sequence[Summary]) -> Summary:
    """The summary of several parts, in their order."""
    words: Counter[str] = Counter()
    for one in summaries:
        words.update(one.words)
    return Summary(
        words,
        tuple(chain.from_iterable(one.uses for one in summaries)),
        tuple(chain.from_iterable(one.years for one in summaries)),
        tuple(chain.from_iterable(one.days for one in summaries)),
        frozenset().union(*(one.versions for one in summaries)),
        tuple(chain.from_iterable(one.releases for one in summaries)),
        frozenset().union(*(one.named for one in summaries)),
        tuple(chain.from_iterable(one.suppressions for one in summaries)),
    )


# --- the common sources --------------------------------------------------------------


class _Sources:
    """Some files, with the results of functions that use no more than these."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self._known: dict[object, object] = {}
        self._lines: dict[str, list[str]] = {}

    def lines_of(self, file: str) -> list[str]:
        """The lines of a source; none of an unknown one."""
        if file not in self._lines:
            self._lines[file] = source_lines({file: self.texts[file]})[file] if file in self.texts else []
        return self._lines[file]

    def once(self: S, compute: Callable[[S], T]) -> T:
        """The result of a function, which is called once."""
        if compute not in self._known:
            self._known[compute] = compute(self)
        return cast("T", self._known[compute])


class Common(_Sources):
    """The common sources of a site and a day, without the records of any library."""

    def __init__(self, site: Site, texts: Texts, day: date) -> None:
        super().__init__({name: data for name, data in texts.items() if not name.startswith("themes/")})
        self.site = site
        self.shared = site.facts.datasets
        self.day = day

    @cached_property
    def libraries(self) -> tuple[str, ...]:
        """The ids of the libraries."""
        return tuple(self.shared[LIBRARIES].records) if LIBRARIES in self.shared else ()

    @cached_property
    def products(self) -> tuple[str, ...]:
        """The ids of the products."""
        return tuple(self.shared[PRODUCTS].records) if PRODUCTS in self.shared else ()

    @cached_property
    def titles(self) -> dict[str, str]:
        """For each dataset the field that names its records, where there is one."""
        return {name: field for name, dataset in self.shared.items() if (field := title_field(dataset)) is not None}

    @cached_property
    def tables(self) -> list[Definition]:
        """The definitions of tables that could be read."""
        return [table for table in self.site.tables.values() if table is not None]

    @cached_property
    def table_texts(self) -> list[Varying[Template]]:
        """The headers and captions of tables."""
        found = (text for table in self.tables for text in (*(c.header for c in table.columns), table.caption))
        return [text for text in found if text is not None]

    @cached_property
    def pages(self) -> dict[str, RawPage]:
        """The pages and snippets as their authors wrote them, by file."""
        return {
            name: RawPage(name, "\n".join(self.lines_of(name)))
            for name in sorted(self.texts)
            if name.startswith("content/") and name.endswith(".md")
        }

    @cached_property
    def including(self) -> dict[str, list[tuple[RawPage, int]]]:
        """The pages and snippets that include each snippet, with the line."""
        found: dict[str, list[tuple[RawPage, int]]] = {}
        for source in self.pages.values():
            for line, file in source.includes:
                found.setdefault(file, []).append((source, line))
        return found

    def with_included(self, files: Iterable[str], *, including: bool = False) -> set[str]:
        """Some pages and all snippets that they include; with `including`, also all that include any of these."""
        found = set[str]()
        waiting = list(files)
        while waiting:
            file = waiting.pop()
            if file not in found and file in self.pages:
                found.add(file)
                waiting += (name for _, name in self.pages[file].includes)
                waiting += (source.file for source, _ in self.including.get(file, ()) if including)
        return found


# --- parts ---------------------------------------------------------------------------


class Statement(NamedTuple):
    """A text of a value, a note or a reason. `field` is the name of the field; `markdown` whether it has markup."""

    text: str
    place: Place
    subject: Subject
    field: str
    markdown: bool


class Part(_Sources):
    """The common sources, or the files of one library: what a rule looks at.

    `datasets` contain the records of the part, and those around them. `seen_by` has the datasets to check here, each
    with the library whose values count. `texts` are its files. Only the common sources have pages and tables.
    """

    def __init__(
        self, common: Common, datasets: Datasets, seen_by: ReadOnly[str, str], library: str, texts: Texts
    ) -> None:
        super().__init__(texts)
        self.common = common
        self.datasets = datasets
        self.seen_by = seen_by
        self.library = library
        self.own = datasets is not common.shared  # whether it is that of a library
        self.pages = [] if self.own else list(common.pages.values())
        self.tables = [] if self.own else common.tables
        self.table_texts = [] if self.own else common.table_texts
        self._allowed: dict[str, frozenset[tuple[str, int]]] = {}
        self._ladders: dict[tuple[str, str], Ladder] = {}

    @cached_property
    def records(self) -> list[Record]:
        """Its records."""
        return list(own_records(self.common.shared, self.datasets) if self.own else records_of(self.datasets))

    @cached_property
    def statements(self) -> list[Statement]:
        """The texts of its records. Those of a library do not repeat the texts of common records."""
        found = []
        for record in self.records:
            base = self.common.shared[record.dataset].records.get(record.id) if self.own else None
            known = {a.place for varying in base.facts.values() for a in varying.alternatives} if base else ()
            subject = record.subject
            for name, varying in record.facts.items():
                for alternative in varying.alternatives:
                    place = alternative.place
                    if place in known:
                        continue
                    found += [
                        Statement(value.text, place, subject, name, isinstance(value, Markdown))
                        for value in items_of(alternative.value)
                        if isinstance(value, (Text, Markdown))
                    ]
                    if alternative.note:
                        found.append(Statement(alternative.note, place, subject, "note", markdown=True))
                    if alternative.reason:
                        found.append(Statement(alternative.reason, place, subject, "reason", markdown=False))
        return found

    @cached_property
    def suppressions(self) -> list[Suppression]:
        """The comments in its files that allow findings."""
        files = [file for file, data in self.texts.items() if SIGN in data]
        return [one for file in files for one in suppressions(file, self.lines_of(file))]

    def lines_of(self, file: str) -> list[str]:
        """The lines of a source: of its own files, or of a common one."""
        return super().lines_of(file) if self.own and file in self.texts else self.common.lines_of(file)

    def line_at(self, place: Place) -> str:
        """The line of a place; empty where it is unknown."""
        lines = self.lines_of(place.file)
        return lines[place.line - 1] if 0 < place.line <= len(lines) else ""

    def allowed(self, code: str, place: Place) -> bool:
        """Whether a comment allows the findings of a code on the line of a place."""
        if place.file not in self._allowed:
            found = suppressions(place.file, self.lines_of(place.file))
            self._allowed[place.file] = frozenset((one.code, one.line) for one in found)
        return (code, place.line) in self._allowed[place.file]

    def ladder(self, name: str, product: str = "") -> Ladder:
        """A dataset of releases as a product sees it."""
        if (name, product) not in self._ladders:
            dataset = self.datasets[name]
            branches = tuple(_branches(dataset, {self.seen_by.get(name, self.library), product}))
            self._ladders[name, product] = Ladder(dataset, branches)
        return self._ladders[name, product]

    @cached_property
    def ladders(self) -> list[Ladder]:
        """The ladders to check here, and each again for a product with values of its own there."""
        return [
            self.ladder(name, product)
            for name in self.seen_by
            if lifecycle_field(dataset := self.datasets[name]) is not None and versions_field(dataset) is not None
            for product in products_of(self, dataset.records.values())
        ]

    def place_in(self, statement: Statement, start: int, length: int) -> Place:
        """The place of a piece of a statement, if its text is on one line as it is; else that of the statement."""
        place = statement.place
        at = self.line_at(place).find(statement.text, place.column - 1)
        return place if at < 0 else place._replace(column=at + start + 1, length=length)


def library_part(common: Common, library: str, datasets: Datasets, texts: Texts) -> Part:
    """The part of a library: `datasets` are the common ones overlaid with its own, `texts` its own files."""
    changed = [name for name, dataset in datasets.items() if dataset is not common.shared[name]]
    return Part(common, datasets, dict.fromkeys(changed, library), library, texts)


def common_part(common: Common, changed: ReadOnly[str, frozenset[str]]) -> Part:
    """The part of the common sources. `changed` has the datasets that the files of each library change.

    A dataset counts as the first library sees it that changes none, or at least not this one. What every library
    changes nobody sees: it is not checked.
    """
    own = common.site.own_files
    texts = {file: data for file, data in common.texts.items() if own.get(file) not in changed}
    changed = {id_: changed.get(id_, frozenset()) for id_ in common.libraries}
    libraries = [*(id_ for id_ in changed if not changed[id_]), *changed]
    seen_by = {
        name: next((id_ for id_ in libraries if name not in changed[id_]), None) if libraries else ""
        for name in common.shared
    }
    return Part(common, common.shared, {k: v for k, v in seen_by.items() if v is not None}, "", texts)


@frozen
class Linked:
    """What rules for the whole site look at: the part of the common sources, and the summary of all parts."""

    part: Part
    summary: Summary

    @property
    def common(self) -> Common:
        """The common sources."""
        return self.part.common


# --- what several rules need ---------------------------------------------------------

Days = tuple[date | None, date | None]  # the first day, and the first day after


def overlap(one: Days, other: Days) -> bool:
    """Whether two periods have a day in common."""
    since = max(one[0] or date.min, other[0] or date.min)
    return since < min(one[1] or date.max, other[1] or date.max)


def intersection(one: Days, other: Days) -> Days:
    """The days that two periods have in common."""
    since = max((day for day in (one[0], other[0]) if day), default=None)
    return since, min((day for day in (one[1], other[1]) if day), default=None)


def period_of_file(site: Site, file: str) -> Days:
    """The days on which a page may be published: until the next edition of the same scope begins."""
    page = next((page for page in site.pages if page.file == file), None)
    if page is None:
        return None, None
    later = [p.since for p in site.pages if p.scope == page.scope and p.since and p.since > (page.since or date.min)]
    return intersection((page.since, page.until), (None, min(later, default=None)))


def title_of(record: Record, dataset: Dataset) -> str:
    """A record's name as a message states it, or its id."""
    alternatives = record.alternatives(title_field(dataset) or "")
    value = alternatives[-1].value if alternatives else None
    return value.text if isinstance(value, (Text, Markdown)) else record.id


def title_field(dataset: Dataset) -> str | None:
    """The field that names a record: `name`, or the first text."""
    if "name" in dataset.fields:
        return "name"
    return next((name for name, kind in dataset.fields.items() if kind.name in ("text", "markdown")), None)


class Period(NamedTuple):
    """A value, and the days on which it applies: from `since` to the day before `until`."""

    alternative: Alternative[Value]
    since: date | None
    until: date | None

    @property
    def days(self) -> Days:
        """These days."""
        return self.since, self.until


def periods(record: Record, field: str, ids: Iterable[str] = ()) -> list[Period]:
    """The values of a field that apply to some ids, each with its days, where the record exists."""
    varying = record.facts.get(field)
    if varying is None:
        return []
    known = frozenset(id_ for id_ in ids if id_)
    days = sorted({day for a in varying.alternatives if (day := a.since) is not None})
    found: list[Period] = []
    for between in zip([None, *days], [*days, None], strict=True):
        alternative = varying.at(known, between[0] or date.min)
        since, until = intersection(between, (record.since, record.until))
        if alternative is None or (since is not None and until is not None and since >= until):
            continue
        if found and found[-1].alternative is alternative:
            found[-1] = found[-1]._replace(until=until)
        else:
            found.append(Period(alternative, since, until))
    return found


# --- release branches ----------------------------------------------------------------


@frozen
class Branch:
    """A branch of a ladder for some days: its versions, and its levels of support.

    `owner` are the libraries and products to which it belongs; branches of different owners are independent.
    """

    record: Record
    owner: tuple[str, ...]
    period: Period
    versions: VersionSet
    cycle: Lifecycle
    begin: Level | None  # the first level with support
    end: Level | None  # the first level that ends support

    @property
    def place(self) -> Place:
        """The place of its versions."""
        return self.period.alternative.place

    @property
    def levels(self) -> tuple[Level, ...]:
        """Its levels; none where it has no lifecycle."""
        return self.cycle.levels

    def supported(self, day: date) -> bool:
        """Whether it is supported on a day."""
        level = self.cycle.at(day)
        return level is not None and STAGES[level.stage][1]


ENDED = ("eol", "removed")


@frozen
class Ladder:
    """The branches of a dataset of releases, as a library and a product see them."""

    dataset: Dataset
    branches: tuple[Branch, ...]


def products_of(part: Part, records: Iterable[Record]) -> list[str]:
    """No product, and each that a value of some records is limited to."""
    scopes = {id_ for record in records for v in record.facts.values() for a in v.alternatives for id_ in a.scope}
    return ["", *(id_ for id_ in part.common.products if id_ in scopes)]


def _branches(dataset: Dataset, ids: set[str]) -> Iterator[Branch]:
    versions, lifecycle = versions_field(dataset) or "", lifecycle_field(dataset) or ""
    for record in dataset.records.values():
        known = ids | {record.id}
        levels = record.facts[lifecycle].at(frozenset(known), date.max) if lifecycle in record.facts else None
        cycle = levels.value if levels and isinstance(levels.value, Lifecycle) else Lifecycle(())
        owner, first = _owner(record), cycle.levels[0] if cycle.levels else None
        begin = next((level for level in cycle.levels if STAGES[level.stage][1]), None)
        end = next((level for level in cycle.levels if level.stage in ENDED), None)
        for period in periods(record, versions, known):
            value, since = period.alternative.value, period.since
            if isinstance(value, Versions):
                unknown = first and first.by and since == first.day  # the day on which its first level began
                yield Branch(
                    record, owner, period._replace(since=None if unknown else since), value.set, cycle, begin, end
                )


def _owner(record: Record) -> tuple[str, ...]:
    found = [
        f"{alternative.value.dataset}/{alternative.value.id}"
        for varying in record.facts.values()
        for alternative in varying.alternatives
        if isinstance(alternative.value, Reference) and alternative.value.dataset in (LIBRARIES, PRODUCTS)
    ]
    return tuple(sorted(found))
