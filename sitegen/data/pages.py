"""The tables of each page as JSON: the values of their cells, with where they are from.

The values are those of the page: the same rows and columns, evaluated for its product, its library and its date.
"""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.changes.published import PageFacts, published_facts
from sitegen.changes.shown_tables import ShownTable
from sitegen.data.values import Json, ValueWriter
from sitegen.evaluation.context import Context
from sitegen.facts.alternatives import Alternative
from sitegen.facts.datasets import Record
from sitegen.facts.parts import base_of
from sitegen.facts.values import Notes, Value
from sitegen.findings import Finding, Report
from sitegen.formats.site_data import GENERATED, VERSION, as_json, data_path
from sitegen.site.loading import Site
from sitegen.tables.columns import Column
from sitegen.tables.rows import TableRow, is_shown, steps_of
from sitegen.templates.template import BrokenError, MissingError


def page_files(site: Site, context: Context, report: Report) -> Iterator[tuple[str, str]]:
    """The JSON of each HTML page of a unit, with its path. Reports versions that have no range."""
    for facts in published_facts(site, context.day, lambda _: None, {context.library}).values():
        path = facts.paths.get("page html")
        if path is not None:
            root, _, address = path.partition("/")
            yield f"{root}/{data_path(address)}", as_json(_PageWriter(site, facts, report).page(address))


class _PageWriter:
    """Writes a page."""

    def __init__(self, site: Site, facts: PageFacts, report: Report) -> None:
        self.style = site.settings.styles["html"]
        self.facts = facts
        self.context = facts.context
        self.report = report
        self.values = ValueWriter(self.context.day, self.style.absolute)

    def page(self, address: str) -> Json:
        roles = dict(zip(("product", "library"), self.facts.roles, strict=True))
        names = {role: {"id": key[1], "name": self.facts.label(key)} for role, key in roles.items() if key[1]}
        return {
            "$schema": "../" * (data_path(address).count("/") - 2) + "schema.json",
            "generated": GENERATED,
            "version": VERSION,
            "as_of": self.context.day.isoformat(),
            "page": self.facts.name,
            "path": address,
            **names,
            "tables": [self._table(table) for table in self.facts.tables.values()],
        }

    def _table(self, table: ShownTable) -> Json:
        rows = [
            {
                "records": [{"dataset": dataset, "id": id_} for dataset, id_ in row.keys],
                **self._notes(row.source),
                "cells": [self._cell(column, row.row_of(column)) for column in table.columns],
            }
            for row in table.rows
        ]
        columns = [self._column(column, table) for column in table.columns]
        return {"id": table.definition.id, "title": table.title, "columns": columns, "rows": rows}

    def _column(self, column: Column, table: ShownTable) -> Json:
        found: Json = {"header": table.column_header(column)}
        if column.across_rows:
            found["records"] = [{"dataset": dataset, "id": id_} for dataset, id_ in column.records]
            top = column.above or column
            heads = [self._cell(head, top.across_rows[-1]) for head in top.head if is_shown(head, self.context)]
            found |= {"head": heads} if heads else {}
        return found

    def _notes(self, row: TableRow) -> Json:
        """The notes about the records of a row."""
        found = (self._chosen(record, "note", row) for record in row.records if "note" in record.facts)
        values = (note.value for note in found if note is not None)
        notes = [item.text for value in values if isinstance(value, Notes) for item in value.items]
        return {"notes": notes} if notes else {}

    def _cell(self, column: Column, row: TableRow | None) -> list[Json] | None:
        """The values of a cell; None if there is no such combination of records."""
        if row is None:
            return None
        found: list[Json] = []
        for path in column.fields:
            *_, (name, records) = steps_of(path, row)
            for record, of in records:
                chosen = self._chosen(record, name, of)
                if chosen is not None:
                    found.append(self._value(chosen, record, name, of))
        return found

    def _chosen(self, record: Record, name: str, row: TableRow) -> Alternative[Value] | None:
        """A field of a record in a row; None if the page does not show a value, either."""
        try:
            row.context.fact(record, name, row.ids)
        except (BrokenError, MissingError):  # a finding of the build
            return None
        return row.alternative(record, name)

    def _value(self, chosen: Alternative[Value], record: Record, name: str, row: TableRow) -> Json:
        is_derived = bool(chosen.more) or base_of(name, record.facts) != name
        found = {"field": f"{record.dataset}.{name}", "record": record.id, **self.values.value(chosen.value, row)}
        found["origin"] = "derived" if is_derived else "authored"
        source = chosen.source or record.source or row.context.datasets[record.dataset].source
        if source is not None:
            target = row.context.link(source.text) if source.text in row.context.link_names else source.text
            found |= {"source": self.style.absolute(target)} if target else {}
        while self.values.without_range:
            versions = self.values.without_range.pop()
            message = f"'{versions.text}' of the scheme '{versions.scheme}' has no 'vers:' range in the JSON"
            self.report(Finding("omitted-data", message, chosen.place, severity="notice", subject=record.subject))
        return found | ({"note": chosen.note.text} if chosen.note else {})
