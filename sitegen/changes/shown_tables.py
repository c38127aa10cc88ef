"""The tables that a page shows, with the values of each row."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from sitegen.documents.documents import in_words
from sitegen.evaluation.context import Context
from sitegen.evaluation.notes import shared_notes
from sitegen.evaluation.views import Names
from sitegen.facts.alternatives import Varying
from sitegen.facts.datasets import Record
from sitegen.facts.field_types import Type
from sitegen.facts.parts import base_of
from sitegen.facts.values import Lifecycle, List, Notes, Reference, Value
from sitegen.findings import Place
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.tables.columns import Column
from sitegen.tables.definitions import Definition
from sitegen.tables.paths import FieldPath
from sitegen.tables.rows import TableRow, row_of_cell, steps_of
from sitegen.tables.texts import fill_text, header_names
from sitegen.templates.template import Template

Key = tuple[str, str]
"""The dataset and the id of a record."""

Renamings = ReadOnly[Key, Key]
"""The keys that records have in another state of the site, where they differ."""


class Path(NamedTuple):
    """The dataset of a row and the fields that lead from its record to a value.

    `beside` are the keys of the records of the column, if it goes across any.
    """

    dataset: str
    fields: tuple[str, ...]
    beside: tuple[Key, ...] = ()


class FactKey(NamedTuple):
    """A field of a record. `beside` is the id of another record of the row if the value applies to that one only."""

    dataset: str
    id: str
    field: str
    beside: str = ""

    @property
    def record(self) -> Key:
        """The key of the record."""
        return self.dataset, self.id


class RowFact(NamedTuple):
    """A value in a row, its declared type, its place, the record that has it, and its notes."""

    value: Value
    type: Type
    place: Place
    record: Record
    note: Notes | None


@frozen_without_eq
class ShownRow(WithCachedProperties):
    """A row of a table, with the keys of its records."""

    source: TableRow
    keys: tuple[Key, ...]
    columns: tuple[Column, ...]
    context: Context
    renamings: Renamings
    where: Sequence[tuple[FieldPath, object]] = ()

    @cached_property
    def facts(self) -> ReadOnly[Path, tuple[RowFact, ...]]:
        """The values that the columns show, by path; a list of references leads to several."""
        return {
            self.path(column, path): tuple(self._facts(path, row)) if (row := self.row_of(column)) else ()
            for column in self.columns
            for path in column.fields
        }

    @cached_property
    def selected(self) -> ReadOnly[Path, tuple[Value, ...]]:
        """The references by which the table selects the row, such as that to the release whose systems it lists."""
        where = [path for path, _ in self.where if path.kind is not None and path.kind.name == "reference"]
        return {Path(each.dataset, each.path): tuple(f.value for f in self._facts(each, self.source)) for each in where}

    def path(self, column: Column, path: FieldPath) -> Path:
        """The path of a field of a column; for a current level, that of its lifecycle, which states the same."""
        beside = tuple(self.renamings.get(key, key) for key in column.records)
        *before, last = path.path
        return Path(path.dataset, (*before, last.removesuffix(".current")), beside)

    def row_of(self, column: Column) -> TableRow | None:
        """The row to which the cell of a column belongs; None if there is no such combination."""
        return row_of_cell(self.source, column, self.context)

    def _facts(self, path: FieldPath, row: TableRow) -> Iterator[RowFact]:
        *_, (name, found) = steps_of(path, row)
        for record, of in found:
            whole = of.alternative(record, base_of(name, record.facts))
            if whole and isinstance(whole.value, Lifecycle):  # a level states support, however it is shown
                yield RowFact(whole.value, Type("lifecycle"), whole.place, record, whole.note)
            elif chosen := of.alternative(record, name):
                kind = path.kind or Type("markdown")
                value = renamed_in(chosen.value, self.renamings)
                yield RowFact(value, kind, chosen.place, record, chosen.note)

    @cached_property
    def reads(self) -> frozenset[tuple[Key, str]]:
        """The fields that the columns read, those of references to other records included."""
        rows = ((path, row) for column in self.columns if (row := self.row_of(column)) for path in column.fields)
        steps = (step for path, row in rows for step in steps_of(path, row))
        subjects = [(record.subject, name) for name, found in steps for record, _ in found]
        subjects += [(key, "") for column in self.columns for key in column.records]
        return frozenset((self.renamings.get(subject, subject), name) for subject, name in subjects)


@frozen
class ShownTable(WithCachedProperties):
    """A table that a page shows."""

    definition: Definition
    context: Context
    columns: tuple[Column, ...]
    rows: tuple[ShownRow, ...]

    @cached_property
    def records(self) -> ReadOnly[Key, None]:
        """The keys of the records of all columns and rows, in order."""
        return dict.fromkeys(itertools.chain(self.beside, *(row.keys for row in self.rows)))

    @cached_property
    def beside(self) -> ReadOnly[Key, Column]:
        """The keys of the records that columns go across, each with the first column."""
        renamings = self.rows[0].renamings
        found = ((renamings.get(key, key), column) for column in self.columns for key in column.records)
        return dict(reversed([*found]))

    @cached_property
    def paths(self) -> tuple[FieldPath, ...]:
        """What the columns show and link to, in order."""
        return tuple(path for column in self.columns for path in column.paths)

    @cached_property
    def title(self) -> str:
        """The caption; the id in words for a table without one."""
        caption = self.definition.caption
        return self.filled(caption) if caption else in_words(self.definition.id)

    def paths_of(self, column: Column) -> tuple[Path, ...]:
        """What a column shows: the paths of its fields."""
        return tuple(self.rows[0].path(column, path) for path in column.fields)

    def fields(self, dataset: str) -> Iterable[str]:
        """The fields of a dataset that the columns show or link to, in order."""
        return dict.fromkeys(path.path[0] for path in self.paths if path.dataset == dataset)

    @property
    def has_combinations(self) -> bool:
        """Whether a value may differ for another record of the row or the column."""
        return len(self.definition.datasets) > 1 or len(self.definition.selections) > 1

    def header(self, dataset: str, name: str, beside: Key | None = None) -> str:
        """The header above a field, in the column of a record if any; its name in words if this is not one column."""
        for column in self.columns:
            is_one = len(column.fields) == 1 and (column.fields[0].dataset, column.fields[0].path[0]) == (dataset, name)
            keys = {self.rows[0].renamings.get(key, key) for key in column.records}
            if is_one and (beside in keys if keys or beside else True):
                return self.column_header(column)
        return in_words(name)

    def column_header(self, column: Column) -> str:
        """The header of a column; the name of its first field in words if the header is empty."""
        own = self.filled(column.header, column) or in_words(column.fields[0].path[0])
        return own if column.above is None else f"{self.filled(column.above.header, column.above)}: {own}"

    def filled(self, text: Varying[Template], column: Column | None = None) -> str:
        """The text of a header or a caption; empty if it cannot be filled, which is a finding of the build."""
        context, names = header_names(column, self.context) if column else (self.context, Names(self.context))
        chosen = context.applicable(text)
        filled = fill_text(chosen.value, names, lambda _: None) if chosen else None
        return filled.text if filled else ""


def parts_of_head(table: ShownTable) -> dict[tuple[str, object], tuple[str, str, str]]:
    """The parts of a table above its rows: for each kind and column its title, its template, and its text."""
    parts: dict[tuple[str, object], tuple[str, str, str]] = {}
    complete = "yes" if table.definition.complete else ""
    layout = table.definition.layout_in(table.context)
    parts["complete", None] = "complete", complete, complete
    parts["layout", None] = "layout", layout, layout
    if table.definition.caption:
        parts["caption", None] = "caption", _source(table, table.definition.caption), table.title
    known = [table.paths_of(column) for column in table.columns]
    for index, column in enumerate(table.columns):
        of = known[index], known[:index].count(known[index])  # columns may show the same
        header = table.filled(column.header, column)
        notes = shared_notes(table.context, column.note).text if column.note else ""
        shown, link = (text.source if isinstance(text, Template) else "" for text in (column.show, column.link))
        parts["header", of] = "header", _source(table, column.header), header
        parts["show", of] = f"text around {header}", shown, shown
        parts["link", of] = f"link of {header}", link, link
        parts["note", of] = f"note on the header {header}", notes, notes
        for name, text in (*column.presentation.settings, ("group", column.group)):
            parts[name, of] = f"{name} of {header}", text, text
    return parts


def _source(table: ShownTable, text: Varying[Template]) -> str:
    chosen = table.context.applicable(text)
    return chosen.value.source if chosen else ""


def renamed_in(value: Value, renamings: Renamings) -> Value:
    """A value with the keys of its references renamed."""
    if isinstance(value, List) and renamings:
        return List(tuple(renamed_in(item, renamings) for item in value.items))
    if isinstance(value, Reference) and (value.dataset, value.id) in renamings:
        return replace(value, id=renamings[value.dataset, value.id][1])
    return value
