"""A page as questions search it: tables of facts, and the names by which people ask for a row, a column or the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from functools import cached_property
from itertools import chain

from sitegen.changes.published import PageFacts
from sitegen.changes.shown_tables import ShownRow, ShownTable
from sitegen.evaluation.context import Context, display
from sitegen.explanation.claims import ALL, DatedBranch, Ground, answer_of
from sitegen.explanation.columns import ADDED, CellFact, Name, SearchColumn, names_by_key, search_column
from sitegen.explanation.names import GENERIC, key, names_in, other_names, texts_in, words
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Record, is_exclusion, lifecycle_field, versions_field
from sitegen.facts.field_types import Type
from sitegen.facts.values import Absent, Lifecycle, SharedNote, Support, Versions, plain_items
from sitegen.facts.version_ranges import Range, intersect, normalize
from sitegen.frozen import WithCachedProperties, frozen_without_eq
from sitegen.tables.rows import TableRow


@frozen_without_eq
class SearchRow(WithCachedProperties):
    """A row of a table, with the values of one library and product."""

    table: SearchTable
    shown: ShownRow

    @cached_property
    def cells(self) -> ReadOnly[SearchColumn, tuple[CellFact, ...]]:
        """The facts of each column; a list of references leads to several."""
        facts = self.shown.facts
        return {
            column: tuple(
                CellFact(column, fact[0], column.type if column.measures(fact[1]) else fact[1], *fact[2:])
                for path in column.shown.fields
                for fact in facts[self.shown.path(column.shown, path)]
            )
            for column in self.table.columns
        }

    @property
    def facts(self) -> Iterator[CellFact]:
        """The facts of all cells."""
        return chain.from_iterable(self.cells.values())

    @cached_property
    def names(self) -> ReadOnly[str, Name]:
        """The names of the row by key: first those that it shows, then those that its records have elsewhere."""
        aliases = (
            Name(text, place, record.dataset, alias=True)
            for record in self.shown.source.records
            for text, place in other_names(record)
        )
        shown = names_by_key(self._shown_names())
        return {**shown, **names_by_key(aliases), **shown}

    @property
    def shown_keys(self) -> frozenset[str]:
        """The keys of the names that the row shows."""
        return frozenset(found for found, name in self.names.items() if not name.alias)

    def name(self, name_key: str) -> Name | None:
        """The name with a key. An alias does not count if any row of the page shows it as its name."""
        found = self.names.get(name_key)
        return None if found is None or (found.alias and name_key in self.table.page.shown_keys) else found

    @cached_property
    def releases(self) -> ReadOnly[str, tuple[Range, ...]]:
        """The versions of the releases that are records of the row, or that it is for, by dataset."""
        page, row = self.table.page, self.shown.source
        found = dict(page.releases_in(row))
        shown = [
            (c, fact.value) for c, cell in self.cells.items() for fact in cell if not (c.excluding or c.is_maximum)
        ]
        for column, value in (*((None, value) for value in chain(*self.shown.selected.values())), *shown):
            targets = [target for item in plain_items(value) if (target := row.referred(item))]
            named = [page.releases_in(of._replace(records=(record,))) for record, of in targets]
            for name in {name for each in named for name in each}:
                ranges = normalize(item for each in named for item in each.get(name, ()))
                if column and column.is_minimum and ranges:
                    ranges = (Range(ranges[0].low, None),)
                found[name] = intersect(found.get(name, ALL), ranges)
        return found

    @cached_property
    def about(self) -> tuple[Range, ...] | None:
        """The versions of the library that the row is about: of its release, or those in the first column."""
        page, first = self.table.page, self.table.columns[:1]
        if page.ladder in self.releases or not any(page.is_measured(column.type) for column in first):
            return self.releases.get(page.ladder)
        return tuple(item for column in first for fact in self.cells[column] for item in (fact.supported or ((), 0))[0])

    @cached_property
    def library_versions(self) -> tuple[Range, ...]:
        """The versions of the library to which the row applies."""
        page = self.table.page
        found = self.releases.get(page.ladder, ALL)
        for fact in self.facts:
            if page.is_measured(fact.type) and fact.supported and not fact.column.excluding:
                found = intersect(found, fact.supported[0])
        return found

    @property
    def has_ended(self) -> bool:
        """Whether the row is about releases of the library, none of which is supported."""
        releases = (each for each in self.table.page.releases if intersect(each.versions.ranges, self.about or ()))
        levels = {each.level for each in releases}
        return bool(levels) and all(level and answer_of(level) != "yes" for level in levels)

    @property
    def notes(self) -> Iterator[Ground]:
        """The notes on the records of the row."""
        for record in self.shown.source.records:
            note = self.shown.source.alternative(record, "note")
            if note is not None and not isinstance(note.value, Absent):
                for item in plain_items(note.value):
                    places = item.places if isinstance(item, SharedNote) else ()
                    yield Ground("Note", "", display(item), (note.place, *places))

    def needs_versions(self, name: Name) -> bool:
        """Whether what has a name in the row is supported in some versions of the library, as capabilities are."""
        facts = (fact for fact in self.facts if fact.record.dataset == name.dataset)
        return any(fact.type.ladder and isinstance(v, Support) for fact in facts for v in plain_items(fact.value))

    def _shown_names(self) -> Iterator[Name]:
        row = self.shown.source
        for fact in self.facts:
            targets = (row.referred(item) for item in plain_items(fact.value))
            yield from (Name(text, fact.place, fact.record.dataset, fact.column) for text in texts_in(fact.value))
            shown_as = {key(self.table.page.facts.text(item)) for item in plain_items(fact.value)}
            for text, place in (found for target in targets if target for found in other_names(target[0])):
                yield Name(text, place, fact.record.dataset, fact.column, alias=key(text) not in shown_as)
        selecting = map(row.referred, chain.from_iterable(self.shown.selected.values()))
        for record in (*row.records, *(found[0] for found in selecting if found)):
            if name := row.alternative(record, "name"):
                yield from (Name(text, name.place, record.dataset) for text in names_in(name.value))


@frozen_without_eq
class SearchTable(WithCachedProperties):
    """A table that a page shows."""

    page: SearchPage
    shown: ShownTable

    @cached_property
    def columns(self) -> tuple[SearchColumn, ...]:
        """The columns without those about another product or library, in order; sections are after their cells."""
        return tuple(
            search_column(self.page, self.shown.column_header(column), column)
            for column in sorted(self.shown.columns, key=lambda column: column.group == "section")
            if all(self._is_about(row.context, "") for row in column.across_rows)
        )

    @cached_property
    def rows(self) -> tuple[SearchRow, ...]:
        """The rows, in order, without those about another product or library."""
        return tuple(SearchRow(self, row) for row in self.shown.rows if self._has_row(row))

    def _is_about(self, context: Context, *libraries: str) -> bool:
        """Whether a context is that of the product and the library of the page, or of one of some libraries."""
        own = self.page.context
        return context.library in (own.library, *libraries) and context.product in ("", own.product)

    def _has_row(self, row: ShownRow) -> bool:
        """Whether a row, or a column in it, is about the product and the library of the page."""
        of = row.source
        if self._is_about(of.context) or (of.context.library and not of.is_foreign):
            return self._is_about(of.context)
        across = (column.shown for column in self.columns if column.shown.across_rows)
        return any(column.across_rows[-1].context.library and row.row_of(column) for column in across)

    def rows_of(self, name_key: str) -> list[tuple[SearchRow, Name]]:
        """The rows that have a name by a key, with that name."""
        return [(row, name) for row in self.rows if (name := row.name(name_key))]

    def columns_at(self, ranges: tuple[Range, ...]) -> list[SearchColumn]:
        """The columns for releases of the library that have some versions."""
        across = ((column, row) for column in self.columns for row in column.shown.across_rows)
        ladder = self.page.ladder
        return [column for column, row in across if intersect(self.page.releases_in(row).get(ladder, ()), ranges)]

    def takes(self, name_key: str) -> bool:
        """Whether the table has versions of what rows name."""
        return any(self.versions_of(name) for _, name in self.rows_of(name_key))

    def columns_of(self, name_key: str) -> list[SearchColumn]:
        """The columns with a name, by its key."""
        return [c for c in self.columns if name_key in c.keys or (name_key == key(c.header) and c in self.versions)]

    @property
    def versions(self) -> list[SearchColumn]:
        """The first column if it has versions of what the page is about, below a header such as `Version`."""
        return [column for column in self.columns[:1] if column.has_versions and not column.subject]

    def versions_of(self, name: Name) -> list[SearchColumn]:
        """The columns with the versions of what has a name in a row.

        Their headers are about the row alone: `Versions`, or `Runtime version` where names have the header `Runtime`.
        Next to `Versions`, another column is about something else, such as `Kernel` in rows of kernels.
        """
        own = {word for text in (name.dataset, name.text) for word in words(text.replace("-", " "))}
        own |= {word.removesuffix("s") for word in own}
        naming = [column for column in self.columns if column.has_names and column.dataset == name.dataset]
        for column in naming[:1] if name.column is None else (name.column,):
            own |= column.hints - GENERIC
        is_role = name.column not in (None, *naming[:1]) and any(key(name.text) in of for of in self.page.role_names)
        found = [
            column
            for column in self.columns
            if column.dataset == name.dataset
            and column.item_type.name in ("version", "versions")
            and not column.type.ladder
            and column.hints.isdisjoint(ADDED)
            and column.subject <= own
            and all(any(word in each for each in own) for word in column.roles)
            and (column.subject or not is_role)  # a row about a library has no versions of the library
        ]
        own_versions = [column for column in found if not column.may_be_of_library] or found
        return [column for column in own_versions if not column.subject] or own_versions


@frozen_without_eq
class SearchPage(WithCachedProperties):
    """What pages show about a product and a library: their tables, and the names of both.

    `name` is that of a page. `subject` are the words for the subject of a site without libraries.
    """

    facts: PageFacts
    name: str
    subject: frozenset[str]

    @property
    def context(self) -> Context:
        """The day, the product and the library."""
        return self.facts.context

    @cached_property
    def tables(self) -> tuple[SearchTable, ...]:
        """The tables that the page shows."""
        return tuple(SearchTable(self, shown) for shown in self.facts.tables.values())

    @property
    def rows(self) -> Iterator[SearchRow]:
        """The rows of all tables."""
        return (row for table in self.tables for row in table.rows)

    @property
    def shown_names(self) -> Iterator[tuple[SearchRow, str, Name]]:
        """The names that rows show, each with its row and its key."""
        return ((row, found, name) for row in self.rows for found, name in row.names.items() if not name.alias)

    @cached_property
    def shown_keys(self) -> frozenset[str]:
        """The keys of all names that rows show."""
        return frozenset(found for _, found, _ in self.shown_names)

    def rows_of(self, name_key: str) -> list[tuple[SearchRow, Name]]:
        """The rows of all tables that have a name by a key, with that name."""
        return [found for table in self.tables for found in table.rows_of(name_key)]

    def columns_of(self, name_key: str) -> list[SearchColumn]:
        """The columns of all tables with a name, by its key."""
        return [column for table in self.tables for column in table.columns_of(name_key)]

    def is_only_above_names(self, name_key: str) -> bool:
        """Whether a key is at most that of headers above texts, and of nothing else."""
        named = self.rows_of(name_key) or any(name_key in names for names in self.role_names)
        return not named and all(column.has_names for column in self.columns_of(name_key))

    # --- the product and the library ---

    @cached_property
    def roles(self) -> ReadOnly[str, tuple[ReadOnly[str, Name], ReadOnly[str, Name]]]:
        """The names of the product and of the library by key, and separately those in their other texts."""
        found: dict[str, tuple[ReadOnly[str, Name], ReadOnly[str, Name]]] = {PRODUCTS: ({}, {}), LIBRARIES: ({}, {})}
        for role, id_ in self.facts.roles:
            if not id_:  # the site has no such dataset
                continue
            record = self.context.datasets[role].records[id_]
            named = ((record.id, record.place), *other_names(record))
            names = names_by_key(Name(text, place, role) for text, place in named)
            found[role] = names, names_by_key(self._texts(record, exclusions=False))
        return found

    @property
    def role_names(self) -> Iterator[ReadOnly[str, Name]]:
        """All names of the product and the library by key."""
        return chain.from_iterable(self.roles.values())

    @cached_property
    def role_words(self) -> frozenset[str]:
        """The words of these names."""
        return frozenset(word for names in self.role_names for name in names.values() for word in words(name.text))

    @cached_property
    def unavailable(self) -> ReadOnly[str, Name]:
        """The texts in fields of the product such as `unavailable_sites`, by key."""
        product = self.context.datasets[PRODUCTS].records[self.context.product] if self.context.product else None
        return names_by_key(self._texts(product, exclusions=True) if product else ())

    def _texts(self, record: Record, *, exclusions: bool) -> Iterator[Name]:
        """The texts of the product or library: those in fields that list what is not supported, or all others."""
        for field in record.facts:
            fact = self.context.alternative(record, field)
            if fact is not None and is_exclusion(field) == exclusions:
                yield from (Name(text, fact.place, record.dataset) for text in texts_in(fact.value))

    # --- releases ---

    @cached_property
    def ladders(self) -> ReadOnly[str, str]:
        """The datasets of releases, each with the field of their versions.

        Their records have levels of support, or versions in other fields are versions of these releases.
        """
        datasets = self.context.datasets
        measured = {kind.ladder for dataset in datasets.values() for kind in dataset.fields.values()}
        return {
            name: field
            for name, dataset in datasets.items()
            if (field := versions_field(dataset)) and (name in measured or lifecycle_field(dataset))
        }

    @cached_property
    def ladder(self) -> str:
        """The dataset with the releases of the library, or an empty text if that is not certain.

        It is the only one whose releases have no names, or the only one.
        """
        types = {name: {kind.name for kind in self.context.datasets[name].fields.values()} for name in self.ladders}
        nameless = [name for name in self.ladders if types[name].isdisjoint(("text", "one of", "reference"))]
        found = nameless or [*self.ladders]
        return found[0] if len(found) == 1 else ""

    def releases_in(self, row: TableRow) -> ReadOnly[str, tuple[Range, ...]]:
        """The versions of the releases among the records of a row, by dataset: none of a release without versions."""
        found: dict[str, tuple[Range, ...]] = {}
        for record in row.records:
            field = self.ladders.get(record.dataset)
            versions = row.alternative(record, field) if field else None
            if versions is not None and isinstance(versions.value, (Versions, Absent)):
                found[record.dataset] = versions.value.set.ranges if isinstance(versions.value, Versions) else ()
        return found

    def is_release(self, name_key: str) -> bool:
        """Whether a release of the library has a name."""
        return bool(self.ladder) and self._has_record([self.ladder], name_key)

    def states_releases(self, column: SearchColumn) -> bool:
        """Whether a column has versions of the library, or releases: those of its rows, or any others."""
        field, kind = column.shown.fields[0], column.item_type
        own = (field.dataset, field.path) == (self.ladder, (self.ladders.get(self.ladder),))
        return own or self.is_measured(column.type) or (kind.name, kind.of) == ("reference", (self.ladder,))

    def is_measured(self, kind: Type) -> bool:
        """Whether versions of a type are versions of the library, and not of something else with releases."""
        return bool(kind.ladder) and kind.ladder == self.ladder

    @cached_property
    def releases(self) -> tuple[DatedBranch, ...]:
        """The releases of the library on the day."""
        day, found = self.context.day, []
        for record in self.context.datasets[self.ladder].records.values() if self.ladder else ():
            facts = {name: self.context.alternative(record, name) for name in record.facts}
            own = facts.get(self.ladders[self.ladder])
            if self.context.has(record) and own is not None and isinstance(own.value, Versions):
                levels = (fact.value.at(day) for fact in facts.values() if fact and isinstance(fact.value, Lifecycle))
                level = next(levels, None)
                found.append(DatedBranch(own.value.set, level.stage if level else "", own.place))
        return tuple(found)

    # --- complete tables ---

    def complete_without(self, name_key: str) -> SearchTable | None:
        """A table that lists everything supported, but not a record of its datasets that has a name."""
        for table in self.tables:
            listed = any(name_key in row.names for row in table.rows)
            definition = table.shown.definition
            if definition.complete and not listed and self._has_record(definition.datasets, name_key):
                return table
        return None

    def excludes_unknown(self, name_key: str) -> bool:
        """Whether each table lists everything supported, and no record of other datasets has a name."""
        definitions = [table.shown.definition for table in self.tables]
        tables = [definition for definition in definitions if self.ladder not in definition.datasets]
        about = {name for definition in definitions for name in definition.all_datasets}
        others = [name for name in self.context.datasets if name not in about]
        complete = bool(tables) and all(definition.complete for definition in tables)
        return complete and not self._has_record(others, name_key)

    def _has_record(self, datasets: Iterable[str], name_key: str) -> bool:
        """Whether a record of some datasets has a name, on any page and on any day."""
        records = (record for name in datasets for record in self.context.datasets[name].records.values())
        return any(name_key == key(text) for record in records for text, _ in other_names(record))
