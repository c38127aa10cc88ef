"""JSON Schemas for editors: of the files of facts of a site, by its own datasets, and of its settings.

The descriptions are those of the documentation, so that they are written once. A schema finds misspelt keys, ids and
words while an author types; everything else is left to `check`.

May import: facts, markdown, tables, formats, site, rules, package_indexes.
"""

from sitegen.schema.fact_files import facts_schema
from sitegen.schema.settings_file import settings_schema

__all__ = ["facts_schema", "settings_schema"]
