"""The order of rows: `order` sorts them by the values of some paths."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.changes.published import published_facts
from sitegen.tables.grids import plain_text
from tests.support.sites import build, checked, load, tiny

DAY = date(2026, 4, 1)


def first_cells(facts: str, library: str = "python", **files: str) -> list[str]:
    """The first cell of each row of the table `shown`, on the page of a library."""
    site = load(tiny(facts, "<< tables.shown >>\n", **files))
    assert site.findings == ()
    documents = build(site, str(DAY)).documents
    document = next(document for path, document in documents.items() if f"web/{library}" in path)
    table = next(slot for slot in document.slots.values())
    return [plain_text(row.cells[0].lines[0].spans) for row in getattr(table, "rows")]  # noqa: B009 - a table


def site_of(kind: str, values: Sequence[str], order: str, more: str = "") -> str:
    """Facts with a record r0, r1, ... for each value of a field, and a table that is sorted by it."""
    records = "".join(f"    r{index}: {{name: r{index}, value: {value}}}\n" for index, value in enumerate(values))
    return f"""\
names: {{fields: {{name: text}}, records: {{n1: {{name: Zulu}}, n2: {{name: alpha}}}}}}
rows:
  fields: {{name: text, value: {kind}}}
  records:
{records}
tables:
  shown:
    caption: Shown
    from: rows
    order: {order}
{more}    columns: [{{header: Name, field: name}}, {{header: Value, field: value}}]
"""


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("versions", ["3.10", "3.9", "'>=3.11,<4'", "3.8", "any", "<3.9"], "r4 r5 r3 r1 r0 r2"),
        ("version", ["1.10.0", "1.9.0", "2.0rc1", "2.0"], "r1 r0 r2 r3"),
        ("date", ["2026-05", "2026-04-30", "2026-Q2", "2025"], "r3 r2 r1 r0"),
        ("text", ["v10", "V9", "a", "B", "v9", "é", "f", "v09"], "r2 r3 r5 r6 r1 r4 r7 r0"),
        ("reference to names", ["n1", "n2"], "r1 r0"),
        ("list of text", ["[b, a]", "[a, c]", "[a]"], "r2 r1 r0"),
        ("lifecycle", ["{ga: 2026-02-01}", "{preview: 2024-01-01, ga: 2026-03-01}"], "r1 r0"),
        ("stage", ["eol", "ga", "planned"], "r2 r1 r0"),
        ("support", ["no", "2.1", "yes", "1.9", "partial 1.2"], "r4 r3 r1 r2 r0"),
        (
            "version",
            ["{is: 3, when: X}", "{verbatim: none at all}", "{all: [1, {is: 4, when: X}]}", "2"],
            "r2 r3 r0 r1",
        ),
        ("one of high / low / none at all", ["low", "none at all", "high"], "r2 r0 r1"),
    ],
)
def test_values_are_sorted_by_their_type(kind: str, values: list[str], expected: str) -> None:
    assert first_cells(site_of(kind, values, "value")) == expected.split()


def test_missing_values_are_last_in_either_direction() -> None:
    values = ["none", "2", "1", "none"]

    assert first_cells(site_of("versions?", values, "value")) == ["r2", "r1", "r0", "r3"]
    assert first_cells(site_of("versions?", values, "-value")) == ["r1", "r2", "r0", "r3"]


def test_a_path_may_end_in_a_part() -> None:
    values = ["{ga: 2024-01-01, eol: 2027-01-01}", "{ga: 2025-01-01}", "{ga: 2026-01-01, eol: 2026-03-01}"]

    assert first_cells(site_of("lifecycle", values, "value.eol")) == ["r2", "r0", "r1"]
    assert first_cells(site_of("support", ["'1.2'", "no", "'>=1,<3'"], "-value.low")) == ["r0", "r2", "r1"]


def test_states_without_versions_are_after_versions_in_either_direction() -> None:
    values = ["no", "2.1", "yes", "1.9", "{verbatim: soon}"]

    assert first_cells(site_of("support", values, "value")) == ["r3", "r1", "r2", "r0", "r4"]
    assert first_cells(site_of("support", values, "-value")) == ["r1", "r3", "r0", "r2", "r4"]


def test_ties_keep_the_order_of_the_file_or_follow_the_next_path() -> None:
    values = ["b", "a", "b", "A"]

    assert first_cells(site_of("text", values, "-value")) == ["r0", "r2", "r1", "r3"]
    assert first_cells(site_of("text", values, "[value, -name]")) == ["r3", "r1", "r2", "r0"]


def test_rows_select_and_order_sorts() -> None:
    rows = "    rows: [r2, r0]\n"

    assert first_cells(site_of("text", ["a", "b", "c"], "value", rows)) == ["r0", "r2"]


def test_a_group_of_rows_is_sorted_by_its_first_row() -> None:
    facts = """\
builds:
  fields: {versions: versions, level: stage}
  records:
    b1: {versions: <1, level: eol}
    b2: {versions: ">=1,<2", level: eol}
    b3: {versions: ">=2", level: ga}
tables:
  shown:
    caption: Builds
    from: builds
    rows: [[b1, b2], b3]
    order: ORDER
    columns: [{header: Build, field: versions}, {header: Level, field: level}]
"""
    assert first_cells(facts.replace("ORDER", "versions")) == ["<2", ">=2"]
    assert first_cells(facts.replace("ORDER", "-versions")) == [">=2", "<2"]


RELEASES = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r3-10: {versions: "3.10", support: {ga: 2025-01-01}}
    r3-9: {versions: "3.9", support: {ga: 2024-01-01}}
    r3-8: {versions: "3.8", support: {ga: 2023-01-01, eol: 2025-06-01}}
tables:
  shown:
    caption: Releases
    from: releases
    order: -versions
    columns: [{header: Release, field: versions}, {header: Support, field: support}]
"""
OWN = 'library: ruby\nreleases: {records: {r3-11: {versions: "3.11", support: {ga: 2026-01-01}}}}\n'
LIBRARIES = """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text}, records: {python: {name: Python}, ruby: {name: Ruby}}}
"""


def test_a_record_of_a_library_is_at_its_place() -> None:
    files = {"content__roles_yaml": LIBRARIES, "content__ruby_yaml": OWN}

    assert first_cells(RELEASES, "ruby", **files) == ["3.11", "3.10", "3.9", "3.8"]
    assert first_cells(RELEASES, "python", **files) == ["3.10", "3.9", "3.8"]


def test_rows_of_several_datasets_are_sorted_together() -> None:
    facts = """\
systems: {fields: {os: text}, records: {linux: {os: Linux}, macos: {os: macOS}}}
chips: {fields: {cpu: text, bits: version}, records: {x86: {cpu: x86, bits: 32}, arm: {cpu: Arm, bits: 64}}}
tables:
  shown:
    caption: Shown
    from: [systems, chips]
    order: [-bits, os]
    columns: [{header: CPU, fields: [cpu]}, {header: OS, field: os}]
"""
    assert first_cells(facts) == ["Arm", "Arm", "x86", "x86"]


def test_a_path_may_follow_a_reference() -> None:
    facts = """\
makers: {fields: {name: text, rank: version}, records: {a: {name: A, rank: 2}, b: {name: B, rank: 1}}}
tools:
  fields: {name: text, maker: reference to makers?}
  records: {t0: {name: t0, maker: none}, t1: {name: t1, maker: a}, t2: {name: t2, maker: b}}
tables:
  shown:
    caption: Shown
    from: tools
    order: maker.rank
    columns: [{header: Name, field: name}]
"""
    assert first_cells(facts) == ["t2", "t1", "t0"]


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(["a1", "a10", "a9", "B", "none"]), min_size=1, max_size=7))
def test_each_row_is_kept(values: list[str]) -> None:
    found = first_cells(site_of("text?", values, "-value"))

    assert sorted(found) == [f"r{index}" for index in range(len(values))]


def test_the_order_counts_as_a_use_of_a_field() -> None:
    facts = site_of("text", ["b", "a"], "value").replace(", {header: Value, field: value}", "")

    assert [finding.code for finding in checked(tiny(facts, "<< tables.shown >>\n"), DAY)] == ["never-shown"]


def test_the_facts_of_a_page_have_the_same_order() -> None:
    site = load(tiny(RELEASES, "<< tables.shown >>\n"))

    page = published_facts(site, DAY, lambda _: None)["web/python"]

    assert [id_ for _, id_ in page.tables["shown"].records] == ["r3-10", "r3-9", "r3-8"]
