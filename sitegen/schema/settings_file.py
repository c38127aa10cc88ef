"""The schema of `sitegen.yaml`."""

from __future__ import annotations

from sitegen.facts.datasets import Facts
from sitegen.formats import FORMATS
from sitegen.formats.style import DATA
from sitegen.markdown.kinds import KIND_NAMES
from sitegen.package_indexes import INDEXES
from sitegen.rules import RULES, SEVERITIES
from sitegen.schema.documentation import Docs, keys_in
from sitegen.schema.fact_files import SCALAR, Schema, keys, words
from sitegen.site.settings import EDITORS, PARTIAL_KEYS, SETTINGS_KEYS


def settings_schema(facts: Facts, docs: Docs) -> Schema:
    """The schema of the settings of a site."""
    text = docs["formats.md"]
    tables = words(key.text for key, _ in facts.tables)
    partial = keys(
        PARTIAL_KEYS, keys_in(text, "Partials"), {"path": SCALAR, "tables": {"type": "array", "items": tables}}
    )
    data, meanings_of_keys = {"data": {"type": "array", "items": words(DATA)}}, keys_in(text, "Settings")
    styles = {name: keys(FORMATS[name].settings, meanings_of_keys, data) for name in FORMATS}
    with_partials = [name for name in FORMATS if FORMATS[name].fragments]
    paths = {"type": "array", "items": SCALAR}
    meanings = keys_in(docs["findings.md"])
    shapes: dict[str, Schema] = {
        **dict.fromkeys(("title", "lang", "base-url"), SCALAR),
        "formats": {"type": "array", "items": words(FORMATS)},
        "pages": keys((*FORMATS, *KIND_NAMES), {}),
        "fragments": keys(FORMATS, {}, dict.fromkeys(FORMATS, SCALAR)),
        "regions": keys(with_partials, {}, {name: {"anyOf": [SCALAR, paths]} for name in with_partials}),
        "partials": {"type": "object", "additionalProperties": partial},
        "dialects": keys(FORMATS, {}, styles),
        "preview": keys(("editor",), {}, {"editor": {"anyOf": [words(EDITORS), SCALAR]}}),
        "rules": keys(RULES, meanings, dict.fromkeys(RULES, words(SEVERITIES))),
        "verify": keys(INDEXES, {}),
    }
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "The settings of a site",
        **keys(SETTINGS_KEYS, keys_in(text, "Formats"), shapes),
    }
