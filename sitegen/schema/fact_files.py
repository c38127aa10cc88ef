"""The schema of files of facts: their datasets with the declared types, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sitegen.facts.alternatives import ALTERNATIVE_KEYS, ITEM_KEYS, ROLES
from sitegen.facts.datasets import LIBRARIES, Dataset, Facts
from sitegen.facts.declarations import DECLARATION_KEYS
from sitegen.facts.fact_files import DATASET_KEYS
from sitegen.facts.field_types import OPTIONAL, TYPE_NAMES, Type
from sitegen.facts.presentation import ALIGNMENTS, NOTATIONS
from sitegen.facts.record_reader import RECORD_KEYS
from sitegen.facts.schemes import SCHEMES
from sitegen.facts.values import ID, STAGES, STATES
from sitegen.schema.documentation import Docs, keys_in, paragraph, with_examples
from sitegen.tables.columns import COLUMN_KEYS, FIELD_KEYS
from sitegen.tables.definitions import LAYOUTS, TABLE_KEYS

Schema = dict[str, Any]
# Editors read `1.20` as a number and, by YAML 1.1, `yes` as a Boolean; sitegen reads texts.
SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_SCALARS: Schema = {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}
_HEADINGS_OF_TYPES = {"list": "list of", "reference": "reference to"}
_HEADINGS = {  # of docs/facts.md, by the key of a record
    **dict.fromkeys(("from", "until", "for"), "When a record exists"),
    **dict.fromkeys(("was", "aliases"), "When an id changes"),
    "note": "Notes",
    "source": "Sources",
}


def facts_schema(facts: Facts, docs: Docs) -> Schema:
    """The schema of a file of facts of a site."""
    values = _ValueSchemas(facts, docs["facts.md"])
    datasets = {name: values.dataset(dataset) for name, dataset in facts.datasets.items()}
    libraries = facts.ids.get(LIBRARIES, {})
    title = "Facts: datasets of records, and tables"
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": title,
        "type": "object",
        "properties": {
            "library": {
                **(words(libraries) if libraries else SCALAR),
                "description": paragraph(docs["facts.md"], "Files of one library"),
            },
            "tables": {
                "description": paragraph(docs["tables.md"], "Tables"),
                "type": "object",
                "additionalProperties": _table(facts, docs["tables.md"]),
            },
            **datasets,
        },
        "additionalProperties": values.dataset(None),
        "definitions": {**values.definitions, "scope": values.scope()},
    }


def words(texts: Iterable[str]) -> Schema:
    """One of some texts. An editor reads some of them as numbers or Booleans; it completes only the texts."""
    known = list(texts)
    numbers = [float(text) for text in known if re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", text)]
    read: list[Schema] = [{"type": "number", "minimum": number, "maximum": number} for number in dict.fromkeys(numbers)]
    if not {"true", "false"}.isdisjoint(known):
        read.append({"type": "boolean"})
    return {"anyOf": [{"enum": known}, *read]} if read else {"enum": known}


def keys(names: Iterable[str], descriptions: dict[str, str], shapes: dict[str, Schema] | None = None) -> Schema:
    """A mapping with some keys and no others. Values without a shape can be anything."""
    shapes = shapes or {}
    properties = {
        name: {**shapes.get(name, {}), **({"description": descriptions[name]} if name in descriptions else {})}
        for name in names
    }
    return {"type": "object", "properties": properties, "additionalProperties": False}


class _ValueSchemas:
    """The schemas of records and of values by their types."""

    def __init__(self, facts: Facts, text: str) -> None:
        self.facts = facts
        self.text = text
        self.definitions: dict[str, Schema] = {}
        self.names: dict[str, str] = {}  # of definitions, by type
        self.keys = keys_in(text, "Values that differ")
        scope = {"$ref": "#/definitions/scope"}
        self.common = {
            "for": scope,
            "from": SCALAR,
            "until": SCALAR,
            "aliases": _SCALARS,
            "was": _SCALARS,
        }

    def dataset(self, dataset: Dataset | None) -> Schema:
        """The schema of a dataset, or of one that does not exist yet."""
        record: Schema = {"type": "object"} if dataset is None else self._record(dataset)
        descriptions = keys_in(self.text, "Datasets, records, fields")
        field = {
            "anyOf": [
                self._type_names(),
                keys(
                    DECLARATION_KEYS, descriptions, {"type": self._type_names(), "scheme": _scheme(), **_presentation()}
                ),
            ]
        }
        shapes = {
            "fields": {
                "description": "The fields of the records, each with its type.",
                "type": "object",
                "additionalProperties": field,
                "propertyNames": {"pattern": f"^(?:{ID.pattern})$"},
            },
            "records": {
                "description": "The records by id.",
                "type": "object",
                "additionalProperties": record,
                "propertyNames": {"pattern": f"^(?:{ID.pattern})$"},
            },
            "source": {**SCALAR, "description": paragraph(self.text, "Sources")},
            "scheme": {**_scheme(), "description": paragraph(self.text, "Version schemes")},
        }
        what = "A dataset" if dataset is None else f"The dataset `{dataset.name}`"
        return {"description": f"{what}: a list of things of one kind.", **keys(DATASET_KEYS, {}, shapes)}

    def _record(self, dataset: Dataset) -> Schema:
        descriptions = {key: paragraph(self.text, heading) for key, heading in _HEADINGS.items()}
        descriptions["reason"] = self.keys["reason"]
        record_keys = keys(RECORD_KEYS, descriptions, self.common)["properties"]
        fields = {name: self._field(kind) for name, kind in dataset.fields.items()}
        scheme = {"scheme": _scheme()} if dataset.name == LIBRARIES else {}
        return {"type": "object", "properties": {**scheme, **record_keys, **fields}, "additionalProperties": False}

    def _field(self, kind: Type) -> Schema:
        """The schema of a field: that of its type, which several fields share."""
        name = _name(kind)
        if name not in self.names:
            self.names[name] = f"type-{len(self.names) + 1}"
            self.definitions[self.names[name]] = self._value(kind)
        return {"$ref": f"#/definitions/{self.names[name]}"}

    def _value(self, kind: Type) -> Schema:
        """A value, alternatives, or a value for each record of a dataset."""
        described = f"Type `{kind}`\n\n{with_examples(self.text, f'`{_HEADINGS_OF_TYPES.get(kind.name, kind.name)}`')}"
        if kind.by:
            one = self._field(replace(kind, by=""))
            ids = keys(self.facts.ids.get(kind.by, ()), {}, dict.fromkeys(self.facts.ids.get(kind.by, ()), one))
            return {"description": described, "anyOf": [one, ids]}
        name = f"{self.names[_name(kind)]}-value"
        self.definitions[name] = self._simple(kind)
        simple = {"$ref": f"#/definitions/{name}"}
        items = {"anyOf": [simple, keys(ITEM_KEYS, self.keys, {"is": simple})]}
        alternative = keys(
            ALTERNATIVE_KEYS, self.keys, {**self.common, "is": simple, "all": {"type": "array", "items": items}}
        )
        several = {"type": "array", "items": {"anyOf": [simple, alternative]}}
        return {"description": described, "anyOf": [simple, alternative, several]}

    def _simple(self, kind: Type) -> Schema:
        """The schema of a single value."""
        none = ("none",) if kind.optional else ()
        if kind.item is not None:
            item = self._simple(kind.item)
            return {"anyOf": [item, {"type": "array", "items": item}, *([words(none)] if none else [])]}
        if kind.name == "one of":
            return words((*kind.of, *none))
        if kind.name == "reference":
            return words((*self.facts.ids.get(kind.of[0], ()), *none))
        if kind.name in ("support", "stage"):
            known = words((*(STATES if kind.name == "support" else ()), *STAGES, *none))
            return {"anyOf": [known, SCALAR]} if kind.name == "support" else known
        if kind.name == "lifecycle":
            levels = keys((*STAGES, *(name for name, _ in kind.levels)), {}, {})
            levels["properties"] = dict.fromkeys(levels["properties"], SCALAR)
            return {"anyOf": [levels, words(none)]} if none else levels
        return SCALAR

    def _type_names(self) -> Schema:
        """The declared type of a field."""
        names = [*TYPE_NAMES, *(f"reference to {name}" for name in self.facts.datasets)]
        return {"anyOf": [words((*names, *(f"{OPTIONAL}{name}" for name in names))), {"type": "string"}]}

    def scope(self) -> Schema:
        """The scope of a value, a record or a column."""
        ids = {role: list(self.facts.ids.get(dataset, ())) for role, dataset in ROLES.items()}
        one: Schema = {"anyOf": [words([id_ for of_role in ids.values() for id_ in of_role]), SCALAR]}
        by_role = {
            role: {"anyOf": [words(known), {"type": "array", "items": words(known)}]} for role, known in ids.items()
        }
        return {"anyOf": [one, {"type": "array", "items": one}, keys(ROLES, {}, by_role)]}


def _name(kind: Type) -> str:
    """What distinguishes the values of a type."""
    return " ".join((str(kind), *(level for level, _ in kind.levels)))


def _scheme() -> Schema:
    return {"anyOf": [words(map(str, SCHEMES)), _SCALARS]}


def _presentation() -> dict[str, Schema]:
    """The keys of a column and of a declaration whose values are words."""
    return {
        "align": words(ALIGNMENTS),
        "notation": words(NOTATIONS),
        "code": words(("yes", "no")),
        "ends": words(("yes", "no")),
        **dict.fromkeys(("ranges", "when", "show"), SCALAR),
        "joiner": _SCALARS,
    }


def _table(facts: Facts, text: str) -> Schema:
    """The definition of a table."""
    dataset, scope = words(facts.datasets), {"$ref": "#/definitions/scope"}
    datasets = {"anyOf": [dataset, {"type": "array", "items": dataset}]}
    tables = words(key.text for key, _ in facts.tables)
    fields = dict.fromkeys(name for dataset in facts.datasets.values() for name in dataset.fields)
    field = {"anyOf": [words(fields), SCALAR]}
    shapes = {
        **_presentation(),
        "field": field,
        "group": words(("section", "span")),
        "for": scope,
        "from": SCALAR,
        "until": SCALAR,
        "note": _SCALARS,
    }
    descriptions = keys_in(text, "Columns")
    shapes["fields"] = {"type": "array", "items": {"anyOf": [field, keys(FIELD_KEYS, descriptions, shapes)]}}
    column = keys(COLUMN_KEYS, descriptions, shapes)
    inner = {"anyOf": [SCALAR, {**column, "properties": {**column["properties"]}}]}
    column["properties"]["columns"] = {"description": descriptions["columns"], "type": "array", "items": inner}
    table_shapes = {
        **_presentation(),
        "from": datasets,
        "like": tables,
        "complete": words(("true", "false")),
        "columns": {"anyOf": [{"type": "array", "items": {"anyOf": [column, SCALAR]}}, {"type": "object"}]},
        "layout": {"anyOf": [words(LAYOUTS), {"type": ["object", "array"]}]},
    }
    return keys(TABLE_KEYS, {**descriptions, **keys_in(text, "Tables")}, table_shapes)
