"""Facts on a date, for a product, a library and the other records of a row, and values computed from them."""

from __future__ import annotations

from textwrap import dedent

import pytest

from tests.support.sites import body, build, built, load, tiny

TABLE = """
tables:
  t:
    caption: Things
    from: things
    columns: [{header: Name, field: name}, {header: Since, field: since}]
"""


def things(fields: str, *records: str, table: str = TABLE) -> str:
    lines = "".join(f"    {record}\n" for record in records)
    return f"things:\n  fields: {{name: text, {fields}}}\n  records:\n{lines}{table}"


def rows(text: str) -> list[list[str]]:
    """The rows of the first table of a page, without its header."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    "written",
    ["3.10", "1.20", "7.28", "010", "1.0", "2026.05", "0x10", "1e3", "1_000", "12:30", "no", "NO", "on", "~x"],
)
def test_text_is_printed_as_written(written: str) -> None:
    page = body(tiny(things("since: text", f"a: {{name: A, since: {written}}}"), "<< tables.t >>"))
    assert rows(page)[0][1] == written


@pytest.mark.parametrize(
    ("day", "expected"), [("2025-12-31", "1.0"), ("2026-01-01", "2.0"), ("2026-06-01", "2.0"), ("2026-06-02", "3.0")]
)
def test_a_value_applies_until_the_next_one_begins(day: str, expected: str) -> None:
    record = "a: {name: A, since: [1.0, {is: 2.0, from: 2026-01-01}, {is: 3.0, from: 2026-06-02}]}"
    assert rows(body(tiny(things("since: version", record), "<< tables.t >>"), day)) == [["A", expected]]


def test_a_value_for_a_product_applies_only_to_it() -> None:
    record = "a: {name: A, since: [1.0, {is: 2.0, for: api, reason: it counts anew}]}"
    texts = tiny(things("since: version", record), "<< tables.t >>")
    assert rows(body(texts)) == [["A", "1.0"]]
    assert rows(body(texts, path="markdoc/api/python.md")) == [["A", "2.0"]]


def test_several_ids_mean_any_of_them() -> None:
    record = "a: {name: A, since: [1.0, {is: 2.0, for: [api, web], reason: both count anew}]}"
    assert rows(body(tiny(things("since: version", record), "<< tables.t >>"))) == [["A", "2.0"]]


@pytest.mark.parametrize(("day", "expected"), [("2025-12-31", []), ("2026-01-01", ["A"]), ("2026-02-01", [])])
def test_a_record_exists_from_its_first_day_until_the_day_before_until(day: str, expected: list[str]) -> None:
    facts = things(
        "since: version", "a: {name: A, since: 1, from: 2026-01-01, until: 2026-02-01}", "b: {name: B, since: 1}"
    )
    names = [row[0] for row in rows(body(tiny(facts, "<< tables.t >>"), day))]
    assert names == [*expected, "B"]


def test_a_value_can_be_for_another_record_of_the_row() -> None:
    facts = """
runtimes:
  fields: {runtime: text, versions: versions}
  records: {old: {runtime: CPython, versions: 3.8}, new: {runtime: CPython, versions: 3.9+}}
platforms:
  fields: {os: text, cpu: list of text}
  records:
    linux: {os: Linux, cpu: [[x86, arm], {is: [arm], for: new}]}
    mac: {os: macOS, cpu: [arm]}
tables:
  t:
    caption: Runtimes
    from: [runtimes, platforms]
    columns: [{header: OS, field: os}, {header: CPU, field: cpu}, {header: Version, field: versions}]
"""
    assert rows(body(tiny(facts, "<< tables.t >>"))) == [
        ["Linux", "x86, arm", "3.8"],
        ["macOS", "arm", "3.8"],
        ["Linux", "arm", "3.9+"],
        ["macOS", "arm", "3.9+"],
    ]


RELEASES = """
releases:
  fields: {name: text, versions: versions, support: lifecycle, agent: optional version}
  records:
    v3: {name: three, versions: ">=3,<4", support: {ga: by 2025-01-01, maintenance: 2026-03-01, eol: 2026-06-01}, agent: 7.28}
    v2: {name: two, versions: ">=2,<3", support: {maintenance: by 2025-01-01, eol: by 2026-01-01}, agent: none}
    v1: {name: one, versions: ">=1,<2", support: {eol: by 2025-01-01}, agent: none}
tables:
  t:
    caption: Releases
    from: releases
    rows: [v3, [v2, v1]]
    columns: [{header: Release, field: versions}, {header: Level, field: support}, {header: Agent, field: agent}]
"""


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2024-12-31", None),
        (
            "2025-01-01",
            [
                ["`>=3,<4`", "General Availability (until February 28, 2026)", "7.28"],
                ["`>=2,<3`", "Maintenance", ""],
                ["`>=1,<2`", "End of Life", ""],
            ],
        ),
        (
            "2026-05-31",
            [["`>=3,<4`", "Maintenance (until May 31, 2026)", "7.28"], ["`>=1,<3`", "End of Life", ""]],
        ),
        ("2026-06-01", [["`>=3,<4`", "End of Life", "7.28"], ["`>=1,<3`", "End of Life", ""]]),
    ],
)
def test_a_level_is_derived_from_dates_and_equal_neighbors_are_merged(
    day: str, expected: list[list[str]] | None
) -> None:
    texts = tiny(RELEASES, "<% if tables.t.names() %>\n<< tables.t >>\n<% endif %>")
    assert rows(body(texts, day)) == (expected or [])


def test_minimums_of_neighbors_are_not_merged() -> None:
    facts = """
    things:
      fields: {name: text, agent: version}
      records:
        a: {name: A, agent: "1.20"}
        b: {name: A, agent: "1.21"}
    tables:
      t:
        caption: Things
        from: things
        rows: [[a, b]]
        columns: [{header: Name, field: name}, {header: Agent, field: agent}]
    """
    assert rows(body(tiny(dedent(facts), "<< tables.t >>"))) == [["A", "1.20"], ["A", "1.21"]]


@pytest.mark.parametrize(
    ("day", "sentence"),
    [
        ("2025-06-01", "Two branches are supported."),
        ("2026-05-01", "One branch is supported."),
        ("2026-07-01", "Zero branches are supported."),
    ],
)
def test_supported_branches_are_counted(day: str, sentence: str) -> None:
    prose = '<< tables.t.supported("support") | count("branch is", "branches are") | capitalized >> supported.'
    assert body(tiny(RELEASES, prose), day) == sentence


def test_the_highest_minimum_compares_versions_and_ignores_previews() -> None:
    facts = things(
        "since: support",
        "a: {name: A, since: 1.9.0}",
        "b: {name: B, since: 1.10.0}",
        "c: {name: C, since: preview >=2.0}",
        "d: {name: D, since: no}",
        "e: {name: E, since: no}",
    )
    prose = '<< tables.t.highest("since") >>; not << tables.t.unsupported("since") | sentence("or") >>'
    assert body(tiny(facts, prose)) == "1.10.0; not D or E"


@pytest.mark.parametrize(("minimum", "expected"), [("1.2", "3"), ("3.1", "3.1"), ("2.5", "3")])
def test_the_first_supported_version_with_a_feature(minimum: str, expected: str) -> None:
    facts = things("since: support", f"a: {{name: A, since: {minimum}}}", table=RELEASES)
    prose = '<< tables.t.first_supported(things.a.since, "support", "versions") >>'
    assert body(tiny(facts, prose)) == expected


@pytest.mark.parametrize(("minimum", "expected"), [("3.0", "3.0"), ("3.1", ">4.0"), ("4.0", ">4.0"), ("4.1", "4.1")])
def test_the_first_supported_version_is_in_a_branch(minimum: str, expected: str) -> None:
    releases = RELEASES.replace(">=3,<4", ">4.0,<5").replace(">=2,<3", "<=3.0").replace("maintenance: by", "ga: by")
    facts = things("since: support", f"a: {{name: A, since: {minimum}}}", table=releases)
    prose = '<< tables.t.first_supported(things.a.since, "support", "versions") >>'
    assert body(tiny(facts, prose), "2025-06-01") == expected.replace(">", "&gt;")


@pytest.mark.parametrize("versions", ["Any", "all", "V1.2", "yes Any"])
def test_versions_of_support_ignore_case(versions: str) -> None:
    facts = things("since: support", f"a: {{name: A, since: {versions}}}")
    assert body(tiny(facts, "<< things.a.since >>")) == versions.removeprefix("yes ")


def test_a_cell_can_stack_fields_and_none_takes_no_line() -> None:
    table = """
tables:
  t:
    caption: Things
    from: things
    columns: [{header: Name, fields: [area, name, parts]}]
"""
    facts = things(
        "area: optional text, parts: optional list of text",
        "a: {name: A, area: none, parts: [one, two]}",
        "b: {name: B, area: Group, parts: none}",
        table=table,
    )
    texts = tiny(facts, "<< tables.t >>")
    assert rows(body(texts)) == [["A: one, two"], ["Group: B"]]
    assert rows(built(texts).files["hugo/content/web/python.md"].text) == [["A: one, two"], ["Group: B"]]
    texts["sitegen.yaml"] += b"\ndialects: {hugo: {unsafe: true}}\n"
    hugo = built(texts).files["hugo/content/web/python.md"].text
    assert rows(hugo) == [["A<br>→ one<br>→ two"], ["Group<br>→ B"]]


def test_rows_can_be_filtered_by_a_field() -> None:
    table = TABLE.replace("from: things", "from: things\n    where: {kind: [web, store]}")
    facts = things(
        "since: version, kind: one of web / store / other",
        "a: {name: A, since: 1, kind: web}",
        "b: {name: B, since: 2, kind: other}",
        "c: {name: C, since: 3, kind: store}",
        table=table,
    )
    assert [row[0] for row in rows(body(tiny(facts, "<< tables.t >>")))] == ["A", "C"]


def test_a_column_follows_references() -> None:
    facts = """
makers:
  fields: {name: text, town: text}
  records: {x: {name: X Inc, town: Bern}, y: {name: Y Ltd, town: Oslo}}
things:
  fields: {name: text, maker: reference to makers, others: list of reference to makers}
  records: {a: {name: A, maker: x, others: [x, y]}}
tables:
  t:
    caption: Things
    from: things
    columns:
      - {header: Name, field: name}
      - {header: Maker, field: maker}
      - {header: Town, field: maker.town}
      - {header: Others, field: others.name}
"""
    assert rows(body(tiny(facts, "<< tables.t >> \n\n<< things.a.maker.town >>"))) == [
        ["A", "X Inc", "Bern", "X Inc, Y Ltd"]
    ]


def test_notes_are_below_the_table() -> None:
    facts = things(
        "since: version",
        'a: {name: A, since: 1, note: "Needs the [agent](/agent/)."}',
        "b: {name: B, since: [{is: 2, note: Not on Windows.}]}",
    )
    text = body(tiny(facts, "<< tables.t >>"))
    assert text.endswith(
        "| A[^1] | 1     |\n| B     | 2[^2] |\n\n[^1] **Note** (A): Needs the [agent](https://docs.example.com/agent.md)."
        "\n\n[^2] **Note** (B): Not on Windows."
    )


def test_a_table_can_have_the_layout_list() -> None:
    table = "tables:\n  t: {layout: list, from: things, columns: [{field: name}, {field: since}]}\n"
    facts = things("since: version", "a: {name: A, since: 1.10}", table=table)
    assert body(tiny(facts, "<< tables.t >>")) == "- A 1.10"


def test_a_file_of_a_library_applies_to_that_library() -> None:
    java = """
library: java
libraries: {records: {java: {name: Java}}}
things:
  records:
    a: {since: 1.8}
    b: {name: B, since: 2.0}
"""
    texts = tiny(things("since: version", "a: {name: A, since: 1.5}"), "<< tables.t >>", content__java_yaml=java)
    assert rows(body(texts)) == [["A", "1.5"]]
    assert rows(body(texts, path="markdoc/web/java.md")) == [["A", "1.8"], ["B", "2.0"]]


def test_a_library_can_have_only_some_products() -> None:
    roles = """
products: {fields: {name: text}, records: {web: {name: Web}, api: {name: API}}}
libraries:
  fields: {name: text, products: list of reference to products}
  records: {python: {name: Python, products: [web, api]}, c: {name: C, products: [api]}}
"""
    texts = tiny(things("since: version", "a: {name: A, since: 1}"), "Text.", content__roles_yaml=roles)
    pages = [path for path in built(texts).files if path.startswith("markdoc/")]
    assert pages == ["markdoc/web/python.md", "markdoc/api/python.md", "markdoc/api/c.md"]


def test_facts_can_be_in_several_files() -> None:
    first = things("since: version, extra: optional text", "a: {name: A, since: 1}")
    second = "things:\n  records:\n    a: {extra: more}\n    b: {name: B, since: 2}\n"
    texts = tiny(first, "<< tables.t >>\n\n<< things.a.extra >>", content__more__second_yaml=second)
    assert body(texts).endswith("more")
    assert [row[0] for row in rows(body(texts))] == ["A", "B"]


def test_every_cell_has_the_places_of_its_facts() -> None:
    record = "a: {name: A, since: [1.0, {is: 2.0, for: api, reason: it counts anew}]}"
    made = built(tiny(things("since: version", record), "<< tables.t >>"))
    places = {
        path: [str(place) for cell in slot.rows[0].cells for place in cell.places]  # type: ignore[union-attr]
        for path, document in made.documents.items()
        for slot in document.slots.values()
    }
    assert places["markdoc/web/python.md"] == ["content/facts.yaml:4:15", "content/facts.yaml:4:26"]
    assert places["markdoc/api/python.md"] == ["content/facts.yaml:4:15", "content/facts.yaml:4:36"]


def test_a_missing_value_is_reported_with_the_pages_that_show_it() -> None:
    facts = things("since: optional version", "a: {name: A}")
    made = build(load(tiny(facts, "<< tables.t >>")), "2026-04-01")
    assert [(f.code, f.message, f.shown_on) for f in made.findings] == [
        ("missing-value", "things 'a' has no 'since' on 2026-04-01", ("api/python", "web/python"))
    ]
