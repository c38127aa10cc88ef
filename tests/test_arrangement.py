"""Sections, cells that span rows, headers above headers, and transposed tables."""

from __future__ import annotations

from datetime import date

import pytest

from sitegen.explanation.answers import answer_question
from sitegen.explanation.terms import UnclearError
from sitegen.tables.grids import Cell, Table
from tests.support.changes import refuse
from tests.support.compared_site import in_words, rows
from tests.support.readers import read_as_rst, tables
from tests.support.sites import body, build_site, built, load, tiny

FACTS = """\
areas: {fields: {name: text}, records: {traces: {name: Traces}, metrics: {name: Metrics}, baggage: {name: Baggage}}}
features:
  fields: {area: optional reference to areas, name: optional text, kind: text, kube_gpu: support, kube_vgpu: support, shift_gpu: support}
  records:
    spans: {area: traces, name: Spans, kind: core, kube_gpu: yes, kube_vgpu: no, shift_gpu: no}
    meters: {area: metrics, name: Meters, kind: core, kube_gpu: yes, kube_vgpu: yes, shift_gpu: no}
    links: {area: traces, name: Links, kind: core, kube_gpu: no, kube_vgpu: no, shift_gpu: yes, note: Only some.}
    bag: {area: baggage, name: none, kind: more, kube_gpu: yes, kube_vgpu: no, shift_gpu: no, note: Only small ones.}
    limits: {area: none, name: Limits, kind: more, kube_gpu: no, kube_vgpu: no, shift_gpu: no}
tables:
  grid:
    caption: Features
    from: features
"""
SECTIONS = """\
    columns:
      - {field: area, group: section}
      - {header: Feature, field: name}
      - {header: Kind, field: kind}
"""
SPANS = """\
    columns:
      - {header: Kind, field: kind, group: span}
      - {header: Feature, field: name, words: {none: other}}
      - {header: GPU, field: kube_gpu, group: span}
      - {header: vGPU, field: kube_vgpu, group: span}
"""
HEADERS = """\
    columns:
      - {header: Feature, field: name, words: {none: other}}
      - header: KubeVirt
        columns: [{header: GPU, field: kube_gpu}, {header: vGPU, field: kube_vgpu}]
      - {header: OpenShift, columns: [{header: GPU, field: shift_gpu}]}
      - {header: Kind, field: kind}
"""


def site(columns: str, facts: str = FACTS) -> dict[str, bytes]:
    return tiny(facts + columns, "<< tables.grid >>\n")


def table(texts: dict[str, bytes], path: str = "markdoc/web/python.md", day: str = "2026-04-01") -> Table:
    found = built(texts, day).documents[path].slots[0]
    assert isinstance(found, Table)
    return found


def words(cell: Cell | None) -> str | None:
    return None if cell is None else in_words(cell)


def lines(texts: dict[str, bytes]) -> list[str]:
    """The lines of the first table of a page."""
    return [line for line in body(texts).split("\n") if line.startswith("|")]


def test_rows_of_a_section_follow_each_other_and_those_without_one_come_first() -> None:
    found = table(site(SECTIONS))
    assert [(words(row.section), *map(in_words, row.cells)) for row in found.rows] == [
        (None, "Limits", "more"),
        ("Traces", "Spans", "core"),
        ("Traces", "Links", "core"),
        ("Metrics", "Meters", "core"),
        (None, "Baggage", "more"),
    ]
    assert [in_words(cell) for cell in found.headers] == ["Feature", "Kind"]


def test_a_section_is_a_bold_row_and_replaces_a_blank_first_cell() -> None:
    assert lines(site(SECTIONS)) == [
        "| Feature     | Kind |",
        "| ----------- | ---- |",
        "| Limits      | more |",
        "| **Traces**  |      |",
        "| Spans       | core |",
        "| Links[^1]   | core |",
        "| **Metrics** |      |",
        "| Meters      | core |",
        "| Baggage[^2] | more |",
    ]


def test_notes_of_records_stay_with_their_rows() -> None:
    text = body(site(SECTIONS))
    assert "**Note** (Links): Only some." in text
    assert "**Note** (Baggage): Only small ones." in text
    assert [row.cells[0].notes for row in table(site(SECTIONS)).rows] == [(), (), (1,), (), (2,)]


def test_equal_neighbours_are_one_cell_unless_a_span_before_them_ends() -> None:
    found = table(site(SPANS))
    assert [[cell.rows for cell in row.cells] for row in found.rows] == [
        [3, 1, 2, 1],
        [0, 1, 0, 1],
        [0, 1, 1, 1],
        [2, 1, 1, 1],
        [0, 1, 1, 1],
    ]
    assert rows(found)[1] == ["core", "Meters", "yes", "yes"], "the values are still there"


NOTED = """\
features:
  fields: {kind: optional text, name: text, since: support}
  records:
    spans: {name: Spans, kind: core, since: 1.0, note: Only some.}
    links: {name: Links, kind: {is: core, note: Since 2.}, since: 1.0}
    logs: {name: Logs, kind: {is: core, note: Since 2.}, since: {is: 1.0, note: Slow.}}
    other: {name: Other, kind: none, since: 2.0}
tables:
  grid:
    caption: Features
    from: features
    columns:
      - {header: Kind, field: kind, group: span, note: By kind.}
      - {header: Feature, field: name}
      - {header: Since, field: since, group: span}
"""


def test_a_span_has_one_value_and_the_same_notes_in_all_rows() -> None:
    assert body(tiny(NOTED, "<< tables.grid >>\n")).split("\n\n") == [
        (
            "| Kind[^1]   | Feature   | Since   |\n"
            "| ---------- | --------- | ------- |\n"
            "| core       | Spans[^2] | 1.0     |\n"
            "| core[^3]   | Links     | 1.0     |\n"
            "|            | Logs      | 1.0[^4] |\n"
            "| not stated | Other     | 2.0     |"
        ),
        "[^1] **Note** (Kind): By kind.",
        "[^2] **Note** (Spans): Only some.",
        "[^3] **Note** (core): Since 2.",
        "[^4] **Note** (Logs): Slow.",
    ]


def test_notes_about_headers_that_are_not_shown_have_marks_in_the_cells() -> None:
    in_a_list = NOTED.replace(", group: span", "").replace("from: features", "from: features\n    layout: list")
    assert body(tiny(in_a_list, "<< tables.grid >>\n")).split("\n\n")[0].split("\n") == [
        "- core[^1][^2] Spans 1.0",
        "- core[^1][^3] Links 1.0",
        "- core[^1][^3] Logs 1.0[^4]",
        "- Other 2.0",
    ]
    in_sections = tiny(NOTED.replace("span, note", "section, note"), "<< tables.grid >>\n")
    assert [line.split("|")[1].strip() for line in lines(in_sections)[2:]] == [
        "Other",
        "**core[^1]**",
        "Spans[^2]",
        "Links[^3]",
        "Logs[^3]",
    ]
    page = build_site(load(in_sections), date(2026, 4, 1), ("rst",)).files["rst/web/python.rst"].text
    cells = [cell for found in tables(read_as_rst(page)) for cell, *_ in found.rows]
    assert cells == ["Feature", "Other", "core", "Spans", "Links", "Logs"]


def test_a_section_ends_a_span() -> None:
    columns = SECTIONS.replace("kind}", "kind, group: span}")
    assert [row.cells[1].rows for row in table(site(columns)).rows] == [1, 2, 0, 1, 1]


def test_a_header_above_others_spans_their_columns() -> None:
    found = table(site(HEADERS))
    assert [(words(cell), size) for cell, size in found.header_groups] == [
        (None, 1),
        ("KubeVirt", 2),
        ("OpenShift", 1),
        (None, 1),
    ]
    headers = [text.strip() for text in lines(site(HEADERS))[0].strip("|").split("|")]
    assert headers == ["Feature", "KubeVirt: GPU", "KubeVirt: vGPU", "OpenShift: GPU", "Kind"]


def test_columns_of_columns_are_those_of_each_record() -> None:
    columns = """\
    columns:
      - {header: Feature, field: features.name, words: {none: other}}
      - header: For << areas.name >>
        across: {from: areas, rows: [traces, baggage], head: [{header: Id, field: areas.name}]}
        columns: [{header: GPU, field: kube_gpu}, {header: "<< areas.name >>, kind", field: kind}]
"""
    found = table(site(columns))
    assert [words(cell) for cell in found.above] == [None, *["For Traces"] * 2, *["For Baggage"] * 2]
    assert [in_words(cell) for cell in found.headers] == ["Feature", "GPU", "Traces, kind", "GPU", "Baggage, kind"]
    assert rows(found)[:2] == [
        ["Id", "Traces", "Traces", "Baggage", "Baggage"],
        ["Spans", "yes", "core", "yes", "core"],
    ]


def test_a_transposed_table_swaps_rows_and_columns_and_sections_and_headers() -> None:
    columns = HEADERS.replace(
        "    columns:\n", "    layout: transposed\n    columns:\n      - {field: area, group: section}\n", 1
    )
    found = table(site(columns))
    assert [words(cell) for cell in found.above] == [None, None, "Traces", "Traces", "Metrics", "Baggage"]
    assert [in_words(cell) for cell in found.headers] == ["Feature", "Limits", "Spans", "Links", "Meters", "other"]
    assert [(words(row.section), *rows(found)[i][:3]) for i, row in enumerate(found.rows)] == [
        ("KubeVirt", "GPU", "no", "yes"),
        ("KubeVirt", "vGPU", "no", "no"),
        ("OpenShift", "GPU", "no", "no"),
        (None, "Kind", "more", "core"),
    ]


VERSIONS = """\
hbase: {fields: {name: text}, records: {b1: {name: 1.2.x}, b2: {name: 2.0.x}}}
hadoop:
  fields: {version: versions, works: {type: support by hbase, default: no}}
  records:
    h1: {version: 2.4.x, works: {b1: yes}}
    h2: {version: 2.5.x, works: not tested}
    h3: {version: 2.6.0}
    h4: {version: 2.6.x, works: yes}
tables:
  grid:
    caption: Hadoop and HBase
    from: hadoop
    columns: [{header: Hadoop, field: version}, {across: hbase, header: HBase << hbase.name >>, field: works}]
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Hadoop 2.4.3, HBase 1.2.x", "yes"),
        ("Hadoop 2.4.3, HBase 2.0.x", "no"),
        ("Hadoop 2.5.0, HBase 2.0.x", "not tested"),
        ("Hadoop 2.6.1, HBase 2.0.x", "yes"),
        ("Hadoop 2.6.0, HBase 2.0.x", "?"),
        ("Hadoop 3.0, HBase 2.0.x", "not-stated"),
        ("Hadoop 2.4.3", "not-stated"),
        ("HBase 2.0.x", "not-stated"),
    ],
)
def test_a_question_finds_a_cell_by_the_versions_of_its_row(question: str, expected: str) -> None:
    assert answers(tiny(VERSIONS, "<< tables.grid >>\n"), question) == expected


def answers(texts: dict[str, bytes], question: str) -> str:
    """The answer, or `?` if sitegen asks back."""
    try:
        (found,) = {each.answer for each in answer_question(load(texts), date(2026, 4, 1), question, refuse)}
    except UnclearError:
        return "?"
    return found


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Spans, KubeVirt, GPU", "yes"),
        ("Spans, KubeVirt vGPU", "no"),
        ("Spans, OpenShift", "no"),
        ("Spans, OpenShift, GPU", "no"),
        ("Links, OpenShift", "yes"),
        ("Meters, KubeVirt", "yes"),
        ("Spans, KubeVirt", "?"),
        ("Spans, GPU", "?"),
        ("Spans", "?"),
    ],
)
def test_a_question_finds_the_column_below_a_header(question: str, expected: str) -> None:
    assert answers(site(HEADERS), question) == expected
