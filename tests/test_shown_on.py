"""The pages in "shown on" of a finding."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from sitegen.findings import Finding, Place, as_text
from tests.support.sites import checked, default_templates

DAY = date(2026, 11, 20)

FACTS = """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text}, records: {java: {name: Java}, go: {name: Go}}}
tools:
  fields: {name: text}
  records: {}
tables: {tools: {caption: Tools, from: tools, columns: [{header: Tool, field: name}]}}
"""
ONE, TWICE = "records: {ant: {name: Ant}}", "records: {make: {name: Ant}, ant: {name: Ant}}"


def found(files: Mapping[str, str]) -> list[Finding]:
    """The findings of a site with these files."""
    texts = {
        "sitegen.yaml": b"",
        "content/facts.yaml": FACTS.encode(),
        "content/page.md": b"---\ntitle: T << library.name >>\n---\n<< tables.tools >>\n",
        **{name: text.encode() for name, text in files.items()},
    }
    return checked({**default_templates(), **texts}, DAY, ("meaning",))


def test_a_record_of_a_library_is_shown_on_its_own_pages_even_if_another_library_has_the_same_id() -> None:
    go, java = f"library: go\ntools: {{{ONE}}}\n", f"library: java\ntools: {{{TWICE}}}\n"
    (finding,) = found({"content/go.yaml": go, "content/java.yaml": java})
    assert (finding.code, finding.place.file, finding.shown_on) == ("same-record", "content/java.yaml", ("web/java",))


def test_a_shared_record_is_shown_on_the_pages_of_all_libraries() -> None:
    (finding,) = found({"content/facts.yaml": FACTS.replace("records: {}", TWICE)})
    assert (finding.code, finding.shown_on) == ("same-record", ("web/go", "web/java"))


def test_the_text_of_a_finding_lists_only_a_few_of_many_pages() -> None:
    pages = tuple(f"web/l{number}" for number in range(9, 0, -1))
    assert "= shown on: " + ", ".join(pages[:8]) + " and 1 more" in as_text(_shown_on(pages), {}).splitlines()[-1]
    assert as_text(_shown_on(pages[:8]), {}).endswith(", ".join(pages[:8]))


def _shown_on(pages: tuple[str, ...]) -> Finding:
    return Finding("same-record", "twice", Place("content/facts.yaml", 1, 1), shown_on=pages)
