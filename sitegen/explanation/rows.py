"""Published tables as questions see them: rows of facts, with the names that each row and column has."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from functools import cached_property

from sitegen.changes.published import PageFacts, ShownTable
from sitegen.context import Context, Fact
from sitegen.definitions import Column, Field
from sitegen.explanation.names import (
    EXCLUDING,
    FAULTS,
    GENERIC,
    MAXIMUM,
    MINIMUM,
    Name,
    key,
    other_names,
    says_no,
    spellings,
    texts_in,
    words,
)
from sitegen.facts import LIBRARIES, PRODUCTS, Record, is_exclusion, items_of, versions_field
from sitegen.findings import Place
from sitegen.frozen import Remembering, frozen, frozen_apart
from sitegen.rows import TableRow, row_groups
from sitegen.templates import BrokenError, MissingError
from sitegen.values import Support, Type, Value, Versions
from sitegen.version_ranges import Range
from sitegen.versions import VersionSet


@frozen
class CellFact:
    """A fact of a cell: its value, the declared type, and the record that it is of."""

    value: Value
    places: tuple[Place, ...]
    type: Type
    record: Record

    @property
    def is_own_range(self) -> bool:
        """Whether these are the versions that a release of a ladder stands for."""
        return self.type.name in ("version", "versions") and not self.type.ladder


@frozen_apart
class ColumnNames(Remembering):
    """A column: its header, and the words of it that name what the column is about.

    `generic` are words that do not, and `roles` the keys of the product and the library.
    """

    header: str
    field: str
    column: Column
    generic: frozenset[str]
    roles: frozenset[str]

    @cached_property
    def subject(self) -> frozenset[str]:
        """The words of the header that are not generic, and no name of the product or the library."""
        return frozenset(words(self.header)) - self.generic

    @cached_property
    def hints(self) -> frozenset[str]:
        """The words of the header and of the field's name."""
        return frozenset((*words(self.header), *words(self.field)))

    @cached_property
    def keys(self) -> frozenset[str]:
        """The keys of the names by which people ask for the column; `Windows (deprecated)` is not just `Windows`."""
        bare = " ".join(word for word in self.header.rstrip("? ").split() if word.casefold() not in GENERIC)
        texts = {self.field, *(text for text, _ in spellings(bare))}
        if says_no(self.header):
            texts = {text for text in texts if says_no(text)}
        return frozenset(key(text) for text in texts if set(words(text)) - GENERIC) - self.roles

    @property
    def negative(self) -> bool:
        """Whether a Yes in the column may mean that something is not supported."""
        return says_no(self.header, self.field)

    @property
    def excluding(self) -> bool:
        """Whether versions in the column may be those that do not work."""
        return self.negative or "blocked" in self.hints

    @property
    def lists_faults(self) -> bool:
        """Whether versions in the column are no more than they say: `Blocked versions`, and not `Removed in`."""
        return not self.hints.isdisjoint(FAULTS) and self.hints.isdisjoint(MINIMUM)

    @property
    def denies(self) -> bool:
        """Whether the column says nothing but what does not work: what it leaves out does not concern it."""
        told = frozenset(words(self.header))
        return not told.isdisjoint(EXCLUDING) and told <= GENERIC | EXCLUDING

    def meant(self, versions: VersionSet, *, single: bool) -> tuple[Range, ...] | None:
        """The versions that a cell stands for: a minimum stands for all that follow it.

        None where one version in a field for a single one does not say whether others are meant, too.
        """
        if versions.bare:
            if self.hints & MINIMUM:
                return versions.as_minimum.ranges
            if self.hints & MAXIMUM:
                return (Range(None, versions.ranges[0].high),)
            if single:
                return None
        return versions.ranges


@frozen_apart
class PublishedRow(Remembering):
    """A row: its records, the facts of each column, and its names by key.

    `names` are those that the page shows, `others` are ids, aliases, and names at another time or place. `releases` are
    the versions of the releases among its records, by dataset.
    """

    table: PublishedTable
    records: tuple[Record, ...]
    cells: tuple[tuple[CellFact, ...], ...]
    names: ReadOnly[str, Name]
    others: ReadOnly[str, Name]
    releases: ReadOnly[str, tuple[Range, ...]]
    notes: tuple[Fact, ...]

    def needs_versions(self, name: Name | None) -> bool:
        """Whether what has a name in the row is supported in some versions of the library, as capabilities are."""
        facts = (fact for cell in self.cells for fact in cell if name and fact.record.dataset == name.dataset)
        return any(fact.type.ladder and isinstance(fact.value, Support) for fact in facts)


@frozen_apart
class PublishedTable(Remembering):
    """A table that a page shows."""

    page: PageFacts
    title: str
    complete: bool
    datasets: tuple[str, ...]
    columns: tuple[ColumnNames, ...]
    shown: ShownTable

    @cached_property
    def rows(self) -> tuple[PublishedRow, ...]:
        """The rows, in order, without those about another product or library."""
        context = self.shown.context
        groups = row_groups(self.shown.definition, context)
        own = (context.product, context.library)
        rows = (row for group in groups for row in group)
        return tuple(_row(self, row) for row in rows if (row.context.product, row.context.library) == own)

    @property
    def negative(self) -> bool:
        """Whether the caption may mean that what is listed is not supported."""
        return says_no(self.title) or "blocked" in words(self.title)

    def versions_of(self, name: Name) -> list[int]:
        """The columns with the versions of what a name of a row stands for, by their numbers.

        Their headers are about the row alone: `Versions`, or `Runtime version` where names have the header `Runtime`.
        """
        found = []
        own = {word for text in (name.dataset, name.text) for word in words(text.replace("-", " "))}
        own |= {word.removesuffix("s") for word in own}
        naming = [index for index in range(len(self.columns)) if self.has_names(index)]
        of_dataset = [index for index in naming if self.columns[index].column.fields[0].dataset == name.dataset]
        for index in of_dataset[:1] if name.column is None else (name.column,):
            own |= self.columns[index].subject
        for index, header in enumerate(self.columns):
            kind = self._type(header.column.fields[0])
            measured = kind is not None and kind.name in ("version", "versions") and not kind.ladder
            if measured and header.column.fields[0].dataset == name.dataset and header.subject <= own:
                found.append(index)
        return found

    def has_names(self, index: int) -> bool:
        """Whether a column has texts, and no versions or states."""
        kind = self._type(self.columns[index].column.fields[0])
        return kind is not None and (kind.item or kind).name in ("text", "one of", "reference", "markdown", "link")

    def has_versions(self, index: int) -> bool:
        """Whether a column has versions of anything but the library, or states with such versions."""
        kind = self._type(self.columns[index].column.fields[0])
        return kind is not None and kind.name in ("version", "versions", "support") and not self.is_of_library(kind)

    def is_specific(self, index: int) -> bool:
        """Whether a column has states of something that its header names."""
        kind = self._type(self.columns[index].column.fields[0])
        return (
            bool(self.columns[index].subject) and kind is not None and (kind.item or kind).name in ("support", "stage")
        )

    def is_measured(self, index: int) -> bool:
        """Whether a column has versions of the library, or states with such versions."""
        kind = self._type(self.columns[index].column.fields[0])
        return kind is not None and self.is_of_library(kind)

    def is_of_library(self, kind: Type) -> bool:
        """Whether versions of a type are those of the library, and not of something else that has releases."""
        return bool(kind.ladder) and kind.ladder == self.ladder

    @cached_property
    def ladder(self) -> str:
        """The dataset with the releases of the library, or an empty text."""
        return ladder_of(self.page)

    def leaves_out(self, wanted: str) -> bool:
        """Whether the table lists all that is supported, and not a record of its datasets that has a name."""
        if not self.complete or any(wanted in names for row in self.rows for names in (row.names, row.others)):
            return False
        records = (r for name in self.datasets for r in self.page.context.datasets[name].records.values())
        return any(wanted == key(text) for record in records for text, _ in other_names(record))

    def asked_columns(self, wanted: str) -> list[int]:
        """The columns with a name, by its key."""
        return [index for index, header in enumerate(self.columns) if wanted in header.keys]

    def _type(self, field: Field) -> Type | None:
        dataset = self.page.context.datasets.get(field.dataset)
        return dataset.fields.get(field.path[-1]) if dataset and len(field.path) == 1 else None


def published_tables(page: PageFacts) -> tuple[PublishedTable, ...]:
    """The tables of a page."""
    found = []
    roles = [names for role in (PRODUCTS, LIBRARIES) for names in role_names(page, role)]
    generic = GENERIC.union(word for names in roles for name in names.values() for word in words(name.text))
    keys = frozenset(found for names in roles for found in names)
    for shown in page.tables.values():
        columns = tuple(
            ColumnNames(shown.column_header(column), column.fields[0].path[-1], column, generic, keys)
            for column in shown.columns
        )
        definition = shown.definition
        found.append(PublishedTable(page, shown.title, definition.complete, definition.datasets, columns, shown))
    return tuple(found)


def _row(table: PublishedTable, row: TableRow) -> PublishedRow:
    records, context, ids = row
    cells = tuple(
        tuple(fact for field in header.column.fields for fact in _facts(field, row)) for header in table.columns
    )
    names: dict[str, Name] = {}
    others: dict[str, Name] = {}
    for index, cell in enumerate(cells):
        for fact in cell:
            texts = [(text, fact.places[0]) for text in texts_in(fact.value)]
            texts += [named for target, _ in _targets(fact.value, context) for named in other_names(target)]
            for text, place in texts:
                _add(names, text, place, fact.record.dataset, index)
    for record in records:
        name = _fact(record, "name", ids, context)
        for text in texts_in(name.value) if name else ():
            _add(names, text, name.places[0] if name else record.place, record.dataset)
        for text, place in other_names(record):
            _add(others, text, place, record.dataset)
    releases = {}
    for record in records:
        own = versions_field(context.datasets[record.dataset])
        versions = _fact(record, own, ids, context) if own and is_ladder(table.page, record.dataset) else None
        if versions is not None and isinstance(versions.value, Versions):
            releases[record.dataset] = versions.value.set.ranges
    notes = [_fact(record, "note", ids, context) for record in records if "note" in record.facts]
    return PublishedRow(table, records, cells, names, others, releases, tuple(note for note in notes if note))


def _add(names: dict[str, Name], text: str, place: Place, dataset: str, column: int | None = None) -> None:
    for spelling, qualifier in spellings(text):
        if found := key(spelling):
            before = names.get(found)
            if before is None or (before.qualifier and not qualifier):
                names[found] = Name(text, place, dataset, qualifier, column)


def _facts(field: Field, row: TableRow) -> Iterator[CellFact]:
    """The facts at the end of a path; a list of references leads to several."""
    found = [(record, row.context) for record in row.records if record.dataset == field.dataset]
    for name in field.path[:-1]:
        facts = [(_fact(record, name, row.ids, context), context) for record, context in found]
        found = [target for fact, context in facts if fact for target in _targets(fact.value, context)]
    for record, context in found:
        fact = _fact(record, field.path[-1], row.ids, context)
        kind = context.datasets[record.dataset].fields.get(field.path[-1]) or Type("markdown")
        if fact is not None:
            yield CellFact(fact.value, fact.places, kind, record)


def _fact(record: Record, field: str, ids: frozenset[str], context: Context) -> Fact | None:
    try:
        return context.fact(record, field, ids)
    except (BrokenError, MissingError):
        return None


def _targets(value: Value, context: Context) -> Iterator[tuple[Record, Context]]:
    """The records that a value refers to, each with the context whose values it has."""
    return (target for item in items_of(value) if (target := context.referred(item)) is not None)


def role_names(page: PageFacts, role: str) -> tuple[dict[str, Name], dict[str, Name]]:
    """The names of the product or the library of a page by key, and apart from them those of its other texts."""
    context = page.context
    id_ = {PRODUCTS: context.product, LIBRARIES: context.library}[role]
    record = context.datasets[role].records[id_]
    names: dict[str, Name] = {}
    for text, place in ((record.id, record.place), *other_names(record)):
        _add(names, text, place, role)
    others: dict[str, Name] = {}
    for field in record.facts:
        fact = _fact(record, field, frozenset((id_,)), context)
        if fact is not None and not is_exclusion(field):
            for text in texts_in(fact.value):
                _add(others, text, fact.places[0], role)
    return names, others


def unavailable_at(page: PageFacts) -> dict[str, Name]:
    """Where the product of a page is unavailable, by key: what its fields such as `unavailable_sites` list."""
    record = page.context.datasets[PRODUCTS].records[page.context.product]
    names: dict[str, Name] = {}
    for field in filter(is_exclusion, record.facts):
        fact = _fact(record, field, frozenset((record.id,)), page.context)
        if fact is not None:
            for text in texts_in(fact.value):
                _add(names, text, fact.places[0], PRODUCTS)
    return names


def is_ladder(page: PageFacts, name: str) -> bool:
    """Whether a dataset has releases: its records have levels, or fields of others are measured on it."""
    datasets = page.context.datasets
    levels = any(kind.name == "lifecycle" for kind in datasets[name].fields.values())
    return levels or any(kind.ladder == name for other in datasets.values() for kind in other.fields.values())


def ladder_of(page: PageFacts) -> str:
    """The dataset with the releases of the library, or an empty text where that is not certain.

    It is the only one whose releases have versions and no names, or the only one at all.
    """
    datasets = page.context.datasets
    found = [name for name, dataset in datasets.items() if is_ladder(page, name) and versions_field(dataset)]
    naming = ("text", "one of", "reference")
    nameless = [name for name in found if not any(k.name in naming for k in datasets[name].fields.values())]
    return nameless[0] if len(nameless) == 1 else found[0] if len(found) == 1 and not nameless else ""
