"""What rules look at: the shared sources, the records of a unit, and a summary of all units."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Mapping as ReadOnly
from datetime import date
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, cast

from sitegen.facts.alternatives import Alternative, Varying
from sitegen.facts.datasets import (
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
from sitegen.facts.statements import prose_in
from sitegen.facts.values import Markdown
from sitegen.files.sources import source_lines
from sitegen.markdown.raw_page import RawPage, prose_of
from sitegen.rules.branches import Branches, release_branches
from sitegen.rules.suppressions import MARKER, Suppression, suppressions

if TYPE_CHECKING:
    from sitegen.facts.values import Value
    from sitegen.findings import Place
    from sitegen.site.loading import Site, Texts
    from sitegen.tables.definitions import Definition
    from sitegen.templates.template import Template

Subject = tuple[str, str]
T = TypeVar("T")
S = TypeVar("S", bound="_Files")


# --- summaries -----------------------------------------------------------------------


class WordUse(NamedTuple):
    """A word in a source; `certain` means that the place is exactly that of the word."""

    word: str
    place: Place
    certain: bool


class DayUse(NamedTuple):
    """A day in a record, and by how many years it may be later than all other days."""

    day: date
    place: Place
    most: int


class BranchLevels(NamedTuple):
    """The branch that contains some versions: the id of its record, and its levels of support."""

    versions: str
    id: str
    stages: tuple[str, ...]


class UnitSummary(NamedTuple):
    """What rules for the whole site need to know about the records of a unit.

    - `words`: how often each long word occurs; `uses`: the places of words that may be misspelt.
    - `years`: the years of all days; `days`: those that are the only ones of their year.
    - `versions`: names with their versions, for names in sentences of pages that state a version.
    - `branches`: the branches that contain the versions for which a page states a level of support.
    - `named`: records and links to which these records refer, of those that no page and no table shows.
    - `suppressions`: the comments that suppress findings.
    """

    words: ReadOnly[str, int] = {}
    uses: tuple[WordUse, ...] = ()
    years: tuple[int, ...] = ()
    days: tuple[DayUse, ...] = ()
    versions: frozenset[tuple[str, str]] = frozenset()
    branches: tuple[BranchLevels, ...] = ()
    named: frozenset[Subject] = frozenset()
    suppressions: tuple[Suppression, ...] = ()


def merged(summaries: Sequence[UnitSummary]) -> UnitSummary:
    """The summary of several units, in their order."""
    return UnitSummary(*map(_merged_field, zip(*summaries, strict=True)))


def _merged_field(values: tuple[Any, ...]) -> Any:
    if isinstance(values[0], frozenset):
        return frozenset().union(*values)
    if isinstance(values[0], Mapping):
        counts: Counter[str] = Counter()
        for words in values:
            counts.update(words)
        return counts
    return tuple(chain.from_iterable(values))


# --- the shared sources --------------------------------------------------------------


class _Files:
    """Source files, and the cached results of functions of them."""

    def __init__(self, texts: Texts) -> None:
        self.texts = texts
        self.results: dict[object, object] = {}
        self._lines: dict[str, list[str]] = {}

    def lines_of(self, file: str) -> list[str]:
        """The lines of a source; empty for an unknown one."""
        if file not in self._lines:
            self._lines[file] = source_lines({file: self.texts[file]})[file] if file in self.texts else []
        return self._lines[file]


def cached(compute: Callable[[S], T]) -> Callable[[S], T]:
    """A function of a context or a unit that computes its result once."""

    def get(files: S) -> T:
        if compute not in files.results:
            files.results[compute] = compute(files)
        return cast("T", files.results[compute])

    return get


class LintContext(_Files):
    """The shared sources of a site on a day, without the records of any library."""

    def __init__(self, site: Site, texts: Texts, day: date) -> None:
        super().__init__({name: data for name, data in texts.items() if not name.startswith("themes/")})
        self.site = site
        self.shared = site.facts.datasets
        self.language = site.settings.language
        self.day = day
        self.libraries = tuple(self.shared[LIBRARIES].records) if LIBRARIES in self.shared else ()
        self.products = tuple(self.shared[PRODUCTS].records) if PRODUCTS in self.shared else ()

    @cached_property
    def titles(self) -> dict[str, str]:
        """For each dataset the field that names its records, if any."""
        return {name: field for name, dataset in self.shared.items() if (field := title_field(dataset)) is not None}

    @cached_property
    def tables(self) -> list[Definition]:
        """The definitions of tables that could be read."""
        return [table for table in self.site.tables.values() if table is not None]

    @cached_property
    def table_texts(self) -> list[Varying[Template]]:
        """The headers and captions of tables, and the texts around values; inherited ones once."""
        columns = [column for table in self.tables for column in table.all_columns]
        found = [text for table in self.tables for text in table.texts]
        found += [Varying((Alternative(show, show.place),)) for column in columns for show in column.shows if show]
        return [*{text.alternatives[0].place: text for text in found}.values()]

    @cached_property
    def pages(self) -> dict[str, RawPage]:
        """The pages and snippets as written, by file."""
        return {
            name: RawPage(name, "\n".join(self.lines_of(name)))
            for name in sorted(self.texts)
            if name.startswith("content/") and name.endswith(".md")
        }

    @cached_property
    def including(self) -> dict[str, list[tuple[RawPage, int]]]:
        """The pages and snippets that include each snippet, with the line."""
        found: dict[str, list[tuple[RawPage, int]]] = {}
        for page in self.pages.values():
            for line, file in page.includes:
                found.setdefault(file, []).append((page, line))
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
                waiting += (page.file for page, _ in self.including.get(file, ()) if including)
        return found


# --- units ---------------------------------------------------------------------------


class FactText(NamedTuple):
    """A text in a fact: a value, a note or a reason. `field` is the name of its field, or `note` or `reason`."""

    text: str
    place: Place
    subject: Subject
    field: str
    is_markdown: bool

    @property
    def prose(self) -> str:
        """The text in which all Markdown syntax is masked."""
        return prose_of(self.text) if self.is_markdown else self.text


class LintUnit(_Files):
    """The shared sources, or the files of one library.

    `datasets` contain the records of the unit and those that it can refer to. `checked` are the datasets to check here,
    each with the library whose values apply. `texts` are the files of the unit. Only the shared sources have pages and
    tables.
    """

    def __init__(
        self, context: LintContext, datasets: Datasets, checked: ReadOnly[str, str], library: str, texts: Texts
    ) -> None:
        super().__init__(texts)
        self.context = context
        self.datasets = datasets
        self.checked = checked
        self.library = library
        self.is_library = datasets is not context.shared
        self.pages = [] if self.is_library else list(context.pages.values())
        self.tables = [] if self.is_library else context.tables
        self.table_texts = [] if self.is_library else context.table_texts
        self._suppressions: dict[str, list[Suppression]] = {}
        self._branches: dict[tuple[str, str], Branches] = {}

    @cached_property
    def records(self) -> list[Record]:
        """The records of the unit."""
        return list(own_records(self.context.shared, self.datasets) if self.is_library else records_of(self.datasets))

    @cached_property
    def fact_texts(self) -> list[FactText]:
        """The texts of the records; for a library, without those of shared records."""
        defaults = self._texts_of_defaults() if not self.is_library else ()
        return [*(text for record in self.records for text in self._texts_of(record)), *defaults]

    def _texts_of_defaults(self) -> Iterator[FactText]:
        """The texts of default values, once for all records that use them."""
        for dataset in self.datasets.values():
            for name, declared in dataset.declared.items():
                for alternative in declared.default.alternatives if declared.default else ():
                    yield from _texts_in(alternative, (dataset.name, ""), name)

    def _texts_of(self, record: Record) -> Iterator[FactText]:
        base = self.context.shared[record.dataset].records.get(record.id) if self.is_library else None
        shared = {alternative.place for alternative in base.all_alternatives} if base else ()
        for name, varying in record.facts.items():
            for alternative in varying.alternatives:
                if alternative.place not in shared and not alternative.place.of:
                    yield from _texts_in(alternative, record.subject, name)

    def may_apply(self, alternative: Alternative[Any]) -> bool:
        """Whether an alternative may apply on a page of the library of the unit; without a library, always."""
        libraries = self.context.shared[LIBRARIES].records if LIBRARIES in self.context.shared else {}
        parts = alternative.scope.parts if self.library else ()
        return all(self.library in part or part.isdisjoint(libraries) for part in parts)

    @cached_property
    def suppressions(self) -> list[Suppression]:
        """The comments in the files of the unit that suppress findings."""
        files = [file for file, data in self.texts.items() if MARKER in data]
        return [found for file in files for found in self.suppressions_in(file)]

    def suppressions_in(self, file: str) -> list[Suppression]:
        """The comments in a file that suppress findings."""
        if file not in self._suppressions:
            self._suppressions[file] = [*suppressions(file, self.lines_of(file))]
        return self._suppressions[file]

    def lines_of(self, file: str) -> list[str]:
        """The lines of a source of the unit, or of a shared one."""
        return super().lines_of(file) if self.is_library and file in self.texts else self.context.lines_of(file)

    def line_at(self, place: Place) -> str:
        """The line of a place; empty if it is unknown."""
        lines = self.lines_of(place.file)
        return lines[place.line - 1] if 0 < place.line <= len(lines) else ""

    def is_suppressed(self, code: str, place: Place) -> bool:
        """Whether a comment suppresses the findings of a code on the line of a place."""
        return any((found.code, found.line) == (code, place.line) for found in self.suppressions_in(place.file))

    def branches_of(self, name: str, product: str = "") -> Branches:
        """The branches of a dataset of releases as a product sees them."""
        if (name, product) not in self._branches:
            ids = {self.checked.get(name, self.library), product}
            self._branches[name, product] = release_branches(self.datasets[name], ids)
        return self._branches[name, product]

    @cached_property
    def releases(self) -> list[Branches]:
        """The branches of each dataset of releases to check, and those of each product with values of its own."""
        return [
            self.branches_of(name, product)
            for name in self.checked
            if lifecycle_field(dataset := self.datasets[name]) is not None and versions_field(dataset) is not None
            for product in self.products_of(dataset.records.values())
        ]

    def products_of(self, records: Iterable[Record]) -> list[str]:
        """An empty id, for no product, and the ids of the products for which some records have values of their own."""
        limited = [scope for record in records for scope in (record.scope, *(a.scope for a in record.all_alternatives))]
        scopes = frozenset[str]().union(*(scope.ids for scope in limited))
        return ["", *(id_ for id_ in self.context.products if id_ in scopes)]


def _texts_in(alternative: Alternative[Value], subject: Subject, field: str) -> Iterator[FactText]:
    place = alternative.place
    for prose in prose_in(alternative.value):
        yield FactText(prose.text, place, subject, field, isinstance(prose, Markdown))
    for note in alternative.note.items if alternative.note else ():
        if isinstance(note, Markdown):
            yield FactText(note.text, place, subject, "note", is_markdown=True)
    if alternative.reason:
        yield FactText(alternative.reason, place, subject, "reason", is_markdown=False)


def library_unit(context: LintContext, library: str, datasets: Datasets, texts: Texts) -> LintUnit:
    """The unit of a library: `datasets` are the shared ones with its own records, `texts` its own files."""
    changed = [name for name, dataset in datasets.items() if dataset is not context.shared[name]]
    return LintUnit(context, datasets, dict.fromkeys(changed, library), library, texts)


def shared_unit(context: LintContext, changed: ReadOnly[str, frozenset[str]]) -> LintUnit:
    """The unit of the shared sources. `changed` are the datasets that the files of each library change.

    A dataset is checked with the values of the first library that changes no dataset, or at least not this one. A
    dataset that every library changes is not checked, since no page shows it unchanged.
    """
    own = context.site.own_files
    texts = {file: data for file, data in context.texts.items() if own.get(file) not in changed}
    changed = {id_: changed.get(id_, frozenset()) for id_ in context.libraries}
    libraries = [*(id_ for id_ in changed if not changed[id_]), *changed]
    checked = {
        name: next((id_ for id_ in libraries if name not in changed[id_]), None) if libraries else ""
        for name in context.shared
    }
    return LintUnit(context, context.shared, {k: v for k, v in checked.items() if v is not None}, "", texts)


# --- names ---------------------------------------------------------------------------


def title_of(record: Record, dataset: Dataset) -> str:
    """The name of a record for messages, or its id."""
    alternatives = record.alternatives(title_field(dataset) or "")
    return str(getattr(alternatives[-1].value if alternatives else None, "text", record.id))


def title_field(dataset: Dataset) -> str | None:
    """The field that names a record: `name`, or the first text."""
    if "name" in dataset.fields:
        return "name"
    return next((name for name, kind in dataset.fields.items() if kind.name in ("text", "markdown")), None)
