"""Tables that are like another one inherit its keys."""

from __future__ import annotations

from datetime import date

from sitegen.changes.published import published_facts
from sitegen.tables.grids import Table, plain_text
from tests.support.sites import build, checked, load, tiny

DAY = date(2026, 4, 1)
FACTS = """\
rows:
  fields: {name: text, since: support, kind: text}
  records: {r1: {name: R1, since: 1.0, kind: old}, r2: {name: R2, since: no, kind: new}}
tables:
  new:
    like: all
    caption: New
    where: {kind: new}
    columns:
      since: {words: {no: never}}
      kind: none
"""
ALL = """\
tables:
  all:
    caption: All
    from: rows
    order: -name
    columns:
      - {header: Name, field: name}
      - {header: Since, field: since, notation: plus}
      - {header: Kind, field: kind}
  newest: {like: new, layout: list}
"""
PAGE = "<< tables.all >>\n\n<< tables.new >>\n\n<< tables.newest >>\n"


def table(id_: str, facts: str = FACTS) -> Table:
    """A table on the page of a product."""
    site = load(tiny(facts, PAGE, content__all_yaml=ALL))
    assert site.findings == ()
    document = next(iter(build(site, str(DAY)).documents.values()))
    return next(table for table in document.slots.values() if isinstance(table, Table) and table.id == id_)


def cells(found: Table) -> list[list[str]]:
    """The headers and the cells of a table."""
    return [
        [plain_text(cell.lines[0].spans) for cell in row] for row in (found.headers, *(r.cells for r in found.rows))
    ]


def test_a_table_inherits_the_keys_that_it_does_not_have() -> None:
    assert cells(table("all")) == [["Name", "Since", "Kind"], ["R2", "no", "new"], ["R1", "1.0+", "old"]]
    assert cells(table("new")) == [["Name", "Since"], ["R2", "never"]]
    assert table("new").caption == "New"


def test_chains_inherit_from_the_nearest_table() -> None:
    found = table("newest")

    assert (found.layout, cells(found)) == ("list", [["Name", "Since"], ["R2", "never"]])


def test_a_table_can_omit_the_filter_of_the_other_one() -> None:
    facts = FACTS + "  every: {like: new, caption: Every, where: none}\n"
    site = load(tiny(facts, "<< tables.every >>\n", content__all_yaml=ALL))
    document = next(iter(build(site, str(DAY)).documents.values()))
    (found,) = document.slots.values()
    assert isinstance(found, Table)
    assert cells(found) == [["Name", "Since"], ["R2", "never"], ["R1", "1.0+"]]


def test_the_sources_of_a_table_are_all_files_with_its_keys() -> None:
    assert {"content/all.yaml", "content/facts.yaml"} <= {*table("new").sources}
    assert "content/facts.yaml" in table("newest").sources


def test_a_table_that_only_others_are_like_is_used() -> None:
    texts = tiny(FACTS, "<< tables.newest >>\n", content__all_yaml=ALL)

    assert checked(texts, DAY) == []


def test_rules_report_an_inherited_mistake_once() -> None:
    tables = """\
tables:
  all: {caption: All, from: rows, rows: [r1, r2], where: {kind: new}, columns: [{header: Name, field: name}]}
  copy: {like: all, caption: Copy}
"""
    page = "<< tables.all >>\n\n<< tables.copy >>\n"
    texts = tiny(FACTS.partition("tables:")[0], page, content__all_yaml=tables)

    found = [(finding.code, str(finding.place)) for finding in checked(texts, DAY)]

    assert ("row-mismatch", "content/all.yaml:2:42") in found
    assert [code for code, _ in found].count("row-mismatch") == 1


def test_a_page_has_the_facts_of_both() -> None:
    site = load(tiny(FACTS, PAGE, content__all_yaml=ALL))

    tables = published_facts(site, DAY, lambda _: None)["web/python"].tables

    assert {id_: len(shown.rows) for id_, shown in tables.items()} == {"all": 2, "new": 1, "newest": 1}
