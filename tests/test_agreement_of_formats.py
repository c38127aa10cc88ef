"""Agreement in the formats for other programs: every cell that their readers find is that of the facts.

For MDX, see `tests/test_other_sites.py`.
"""

from __future__ import annotations

from datetime import date

import pytest

from tests.support.example_sites import SITES
from tests.support.expected_tables import check_tables, shown_tables
from tests.support.readers import read_as_github, read_as_mkdocs, read_as_rst
from tests.support.requirements import slow
from tests.support.sites import build_site

READERS = {"github": read_as_github, "mkdocs": read_as_mkdocs, "rst": read_as_rst}
FAST = [(format_name, name) for format_name in ("github", "mkdocs") for name in ("elastic", "istio", "otel", "redis")]


@pytest.mark.parametrize(
    ("format_name", "name"),
    [*FAST, *(slow(reader, name) for reader in READERS for name in SITES if (reader, name) not in FAST)],
)
def test_readers_find_the_cells_of_the_facts(format_name: str, name: str) -> None:
    site, day = SITES[name]
    made = build_site(site(), date.fromisoformat(day), (format_name,))
    style = site().settings.styles[format_name]
    read = {path: READERS[format_name](file.text) for path, file in made.files.items()}
    assert made.documents
    for path, document in made.documents.items():
        check_tables(read[path], list(shown_tables(document, format_name)), style)
    fragments = [path for path, file in made.files.items() if file.fragment]
    assert len(fragments) == len(made.partials)
    for path in fragments:
        partial = next(partial for partial in made.partials.values() if f"/{partial.path}." in path)
        check_tables(read[path], [(table, format_name) for table in partial.tables], style)
