"""A page that a question may be about: its tables, and the names that it is asked by."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from sitegen.changes.published import PageFacts
from sitegen.explanation.names import Name, key, other_names, words
from sitegen.explanation.rows import (
    PublishedRow,
    PublishedTable,
    ladder_of,
    published_tables,
    role_names,
    unavailable_at,
)
from sitegen.facts import LIBRARIES, PRODUCTS, versions_field
from sitegen.findings import Place
from sitegen.frozen import Remembering, frozen, frozen_apart
from sitegen.values import Lifecycle, Versions
from sitegen.versions import VersionSet


@frozen
class Release:
    """A release branch: its versions as written, and its level of support, a word of STAGES or an empty text."""

    versions: VersionSet
    level: str
    place: Place


@frozen_apart
class AskedPage(Remembering):
    """A page that may answer: its tables, the names of its product and library, where the product is unavailable."""

    facts: PageFacts

    @cached_property
    def tables(self) -> tuple[PublishedTable, ...]:
        """The tables that the page shows."""
        return published_tables(self.facts)

    @cached_property
    def product(self) -> tuple[dict[str, Name], dict[str, Name]]:
        """The names of the product by key, and its other texts."""
        return role_names(self.facts, PRODUCTS)

    @cached_property
    def library(self) -> tuple[dict[str, Name], dict[str, Name]]:
        """The names of the library by key, and its other texts."""
        return role_names(self.facts, LIBRARIES)

    @cached_property
    def unavailable(self) -> dict[str, Name]:
        """Where the product is unavailable, by key."""
        return unavailable_at(self.facts)

    @cached_property
    def shown(self) -> frozenset[str]:
        """The keys of all names that rows show."""
        return frozenset(found for table in self.tables for row in table.rows for found in row.names)

    @cached_property
    def ladder(self) -> str:
        """The dataset with the releases of the library, or an empty text."""
        return ladder_of(self.facts)

    @cached_property
    def releases(self) -> tuple[Release, ...]:
        """The releases of the library on the day."""
        context = self.facts.context
        if not self.ladder:
            return ()
        dataset = context.datasets[self.ladder]
        found = []
        for record in dataset.records.values() if self.ladder else ():
            if not record.in_force(context.day):
                continue
            facts = {name: fact.at(context.ids | {record.id}, context.day) for name, fact in record.facts.items()}
            own = facts.get(versions_field(dataset) or "")
            level = next(
                (f.value.at(context.day) for f in facts.values() if f and isinstance(f.value, Lifecycle)), None
            )
            if own is not None and isinstance(own.value, Versions):
                found.append(Release(own.value.set, level.stage if level else "", own.place))
        return tuple(found)

    @property
    def is_complete(self) -> bool:
        """Whether each table lists all that is supported, so that what no table lists is not."""
        tables = [table for table in self.tables if self.ladder not in table.datasets]
        return bool(tables) and all(table.complete for table in tables)

    def is_elsewhere(self, wanted: str) -> bool:
        """Whether a name is that of a record which no table of the page is about."""
        told = {name for table in self.tables for name in table.datasets}
        others = (dataset for name, dataset in self.facts.context.datasets.items() if name not in told)
        records = (record for dataset in others for record in dataset.records.values())
        return any(wanted == key(text) for record in records for text, _ in other_names(record))

    def leaving_out(self, wanted: str) -> PublishedTable | None:
        """A complete table that does not list a record of its datasets with a name."""
        return next((table for table in self.tables if table.leaves_out(wanted)), None)

    def name_in(self, row: PublishedRow, wanted: str) -> Name | None:
        """The name that a row has by a key: one that rows show goes before ids, aliases and former names."""
        return row.names.get(wanted) or (None if wanted in self.shown else row.others.get(wanted))

    def is_alias(self, row: PublishedRow, name: Name) -> bool:
        """Whether a row does not show a name that it has."""
        return name not in row.names.values()

    def labels(self, row: PublishedRow, dataset: str) -> list[str]:
        """What people call the records of a row in a dataset."""
        return [self.facts.label((dataset, record.id)) for record in row.records if record.dataset == dataset]

    def rows_of(self, table: PublishedTable, wanted: str) -> list[PublishedRow]:
        """The rows of a table that have a name by a key."""
        return [row for row in table.rows if self.name_in(row, wanted)]

    def names(self) -> Iterator[tuple[str, str]]:
        """Every key by which the page is asked, with a text for people."""
        rows = [row for table in self.tables for row in table.rows]
        groups = (
            *self.product,
            *self.library,
            self.unavailable,
            *(row.names for row in rows),
            *(r.others for r in rows),
        )
        yield from ((found, name.text) for names in groups for found, name in names.items())
        for table in self.tables:
            yield from ((found, header.header.rstrip("?")) for header in table.columns for found in header.keys)

    def words(self) -> Iterator[str]:
        """The words of names that rows have, and of headers above versions of anything but the library."""
        for table in self.tables:
            yield from (word for row in table.rows for name in row.names.values() for word in words(name.text))
            for index, header in enumerate(table.columns):
                yield from words(header.header) if table.has_versions(index) else ()
