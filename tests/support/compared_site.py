"""A site with two products and three libraries, whose own files have values of shared features and a feature."""

from __future__ import annotations

from sitegen.tables.grids import Cell, Table, plain_text
from tests.support.sites import tiny

ROLES = """\
products: {fields: {name: text}, records: {apm: {name: APM}, sec: {name: SEC}}}
libraries:
  fields: {name: text, package: optional text}
  records: {java: {name: Java}, python: {name: Python}, ruby: {name: Ruby}}
"""
FEATURES = """\
features:
  fields: {name: text, since: support}
  records:
    retries: {name: Retries, since: [no, {is: 9.0.0, for: sec, reason: it came late}]}
    failover: {name: Failover, since: no}
tables:
  compared:
    caption: Compared
    from: [features, libraries]
    columns: [{header: Feature, field: features.name}, {header: Library, field: libraries.name}, {header: Since, field: since}]
"""
JAVA = """\
library: java
features:
  records:
    retries: {since: 1.4.0, note: "Java only."}
    pooling: {name: Pooling, since: 1.5.0}
"""
PYTHON = """\
library: python
features:
  records:
    retries: {since: 2.0.0}
    failover: {since: [2.1.0, {is: 3.0.0, for: sec, reason: it came late}]}
"""


def compared(page: str = "<< tables.compared >>\n", facts: str = FEATURES, **files: str) -> dict[str, bytes]:
    """A site with a table of features and libraries."""
    own = {"content__libraries__java_yaml": JAVA, "content__libraries__python_yaml": PYTHON}
    return tiny(facts, page, content__roles_yaml=ROLES, **{**own, **files})


def rows(table: Table) -> list[list[str]]:
    """The cells of a table as plain text."""
    return [[in_words(cell) for cell in row.cells] for row in table.rows]


def in_words(cell: Cell) -> str:
    return "; ".join(plain_text(line.spans) for line in cell.lines)
