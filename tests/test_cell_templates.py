"""Templates in cells: texts around values (`show`), and computed links. Alternatives of words, links and layouts."""

from __future__ import annotations

from datetime import date

import pytest

from sitegen.changes.published import published_facts
from sitegen.tables.grids import Table, plain_text
from tests.support.sites import build, checked, load, tiny

DAY = date(2026, 4, 1)


def table_of(facts: str, id_: str = "shown", day: date = DAY, product: str = "web", **files: str) -> Table:
    """A table on the page of a product."""
    site = load(tiny(facts, f"<< tables.{id_} >>\n", **files))
    assert site.findings == ()
    documents = build(site, str(day)).documents
    document = next(document for document in documents.values() if document.about.page == f"{product}/python")
    return next(table for table in document.slots.values() if isinstance(table, Table))


def column(facts: str, index: int = 1) -> list[str]:
    """The cells of a column of the table `shown`, each as Markdown without escapes."""
    return [
        "; ".join(
            "".join(
                f"[{span.text}]({span.target})" if span.target else _marked(span.kind, plain_text((span,)))
                for span in line.spans
            )
            for line in row.cells[index].lines
        )
        for row in table_of(facts).rows
    ]


def _marked(kind: str, text: str) -> str:
    return f"`{text}`" if kind == "code" else text


def site_of(kind: str, values: list[str], keys: str, fields: str = "", more: str = "") -> str:
    """Facts with a record for each value of a field, and a table with this field in its second column."""
    records = "".join(f"    r{index}: {{name: R{index}, value: {value}{more}}}\n" for index, value in enumerate(values))
    return f"""\
rows:
  fields: {{name: text, value: {kind}{fields}}}
  records:
{records}
tables:
  shown:
    caption: Shown
    from: rows
    columns: [{{header: Name, field: name}}, {{header: Value, field: value, {keys}}}]
"""


@pytest.mark.parametrize(
    ("kind", "values", "keys", "expected"),
    [
        ("version", ["8.4"], "show: GCC << value >>.x", ["GCC 8.4.x"]),
        ("versions", ["'>=8'", "'2, 4'"], "show: GCC << value >>", ["GCC `>=8`", "GCC 2, 4"]),
        ("version", ["8.4"], "show: '<< record.name >>-<< value >>', code: yes", ["R0-`8.4`"]),
        ("list of text", ["[a, b]"], "show: '(<< value >>)'", ["(a), (b)"]),
        ("optional text", ["none", "a"], "show: '(<< value >>)'", ["", "(a)"]),
        ("optional text", ["none", "a"], "show: '(<< value >>)', words: {none: any}", ["any", "(a)"]),
        ("support", ["no", "1.2"], "show: '<< value >>!', words: {no: never}", ["never!", "1.2!"]),
        ("text", ["a", "b"], "show: '<< value >><% if value == \"b\" %>*<% endif %>'", ["a", "b*"]),
        ("text", ["a"], "show: '<< value | capitalized >>'", ["A"]),
        ("text", ["a"], "show: '<< rows.name >>: << value >>'", ["R0: a"]),
        ("text", ["<b>"], "show: '<i><< value >></i>'", ["<i><b></i>"]),
        ("version", ["{is: 8.4, when: Linux}"], "show: GCC << value >>", ["GCC 8.4 (Linux)"]),
        ("version", ["{all: [8.4, {is: 9.1, when: Arm}]}"], "show: GCC << value >>", ["GCC 8.4, GCC 9.1 (Arm)"]),
        ("version", ["{verbatim: any C compiler}"], "show: GCC << value >>", ["any C compiler"]),
        ("lifecycle", ["{ga: 2026-01-01}", "{ga: 2027-01-01}"], "show: '(<< value >>)'", ["(General Availability)"]),
    ],
)
def test_show_adds_text_to_values(kind: str, values: list[str], keys: str, expected: list[str]) -> None:
    assert column(site_of(kind, values, keys)) == expected


@pytest.mark.parametrize(
    ("values", "link", "expected"),
    [
        (["a"], "https://e.example/<< record.value >>", ["[a](https://e.example/a)"]),
        (["a b/c#d?e&f+g%"], "https://e.example/<< record.value >>", ["[a b/c#d?e&f+g%](https://e.example/a%20b/c%23d%3Fe%26f%2Bg%25)"]),
        (["é", "@a/b"], "/<< record.value >>/", ["[é](/%C3%A9/)", "[@a/b](/@a/b/)"]),
        (["none", "a"], "https://e.example/<< record.value >>", ["", "[a](https://e.example/a)"]),
        (["a"], "https://e.example/", ["[a](https://e.example/)"]),
        (["a", "b"], "<% if record.value == 'b' %>/<< record.value >>/<% endif %>", ["a", "[b](/b/)"]),
    ],
)  # fmt: skip
def test_a_link_may_contain_values(values: list[str], link: str, expected: list[str]) -> None:
    quoted = [value if value == "none" else f'"{value}"' for value in values]

    assert column(site_of("optional text", quoted, f'link: "{link}"')) == expected


def test_a_value_of_the_type_link_is_not_encoded() -> None:
    facts = site_of(
        "text",
        ["a"],
        'link: "<< record.site >>#<< record.value >>"',
        ", site: link",
        ", site: 'https://e.example/?q=x+y'",
    )

    assert column(facts) == ["[a](https://e.example/?q=x+y#a)"]


def test_each_value_of_a_list_has_its_own_record() -> None:
    facts = """\
makers: {fields: {name: text}, records: {a: {name: A}, b: {name: B}}}
rows:
  fields: {name: text, makers: list of reference to makers}
  records: {r0: {name: R0, makers: [a, b]}}
tables:
  shown:
    caption: Shown
    from: rows
    columns:
      - {header: Name, field: name}
      - {header: Makers, field: makers.name, link: "/<< record.id >>/", show: "<< rows.name >> by << value >>"}
"""
    assert column(facts) == ["[R0 by A](/a/), [R0 by B](/b/)"]


def test_neighbouring_texts_are_escaped_together() -> None:
    facts = site_of("text", ["-a"], 'show: "x-<< value >>-<< record.name >>"')

    assert [span.text for span in table_of(facts).rows[0].cells[1].lines[0].spans] == ["x--a-R0"]


def test_a_cell_has_the_places_of_all_its_facts() -> None:
    facts = site_of(
        "text", ["a"], 'show: "<< record.name >> << value >>", link: "/<< record.more >>"', ", more: text", ", more: m"
    )

    assert len(set(table_of(facts).rows[0].cells[1].places)) == 3


BUILDS = """\
builds:
  fields: {versions: versions, level: stage, name: text}
  records:
    b1: {versions: <1, level: eol, name: one}
    b2: {versions: ">=1,<2", level: eol, name: two}
tables:
  shown:
    caption: Builds
    from: builds
    rows: [[b1, b2]]
    columns: [{header: Level, field: level}, {header: Build, field: versions, KEYS}]
"""


def test_rows_merge_only_if_their_texts_and_links_are_equal() -> None:
    assert column(BUILDS.replace("KEYS", 'show: "Build << value >>", link: /builds/')) == [
        "[Build ](/builds/)[<2](/builds/)"
    ]
    assert len(column(BUILDS.replace("KEYS", 'link: "/<< record.name >>/"'))) == 2
    assert len(column(BUILDS.replace("KEYS", 'show: "<< record.name >> << value >>"'))) == 2


def test_values_in_templates_are_those_of_the_row() -> None:
    facts = """\
features:
  fields: {name: text, page: [text, text]}
  records: {r0: {name: R0, page: [all, {is: ours, for: linux}, {is: api, for: api, reason: it moved}]}}
systems: {fields: {os: text}, records: {linux: {os: Linux}, macos: {os: macOS}}}
tables:
  shown:
    caption: Shown
    from: [features, systems]
    columns:
      - {header: System, field: os}
      - {header: Feature, field: name, link: "/<< record.page >>/", show: "<< value >> on << systems.os >> for << product.name >>"}
""".replace("[text, text]", "text")
    texts = [
        [plain_text(row.cells[1].lines[0].spans) for row in table_of(facts, product=p).rows] for p in ("web", "api")
    ]

    assert texts == [["R0 on Linux for Web", "R0 on macOS for Web"], ["R0 on Linux for API", "R0 on macOS for API"]]
    assert [row.cells[1].lines[0].spans[0].target for row in table_of(facts).rows] == ["/ours/", "/all/"]
    assert [row.cells[1].lines[0].spans[0].target for row in table_of(facts, product="api").rows] == ["/api/", "/api/"]


VARYING = """\
rows:
  fields: {name: text, value: support, site: link}
  records: {r0: {name: R0, value: no, site: "https://e.example/"}}
tables:
  shown:
    caption: Shown
    from: rows
    layout: [table, {is: list, for: api}]
    columns:
      - {header: Name, field: name}
      - header: Value
        field: value
        words: [{no: never}, {is: {no: not yet}, from: 2026-06-01}]
        link: [site, {is: "/<< record.name | lowered >>/", for: api}]
"""


def test_words_links_and_layouts_have_alternatives() -> None:
    web, api = (table_of(VARYING, product=product) for product in ("web", "api"))
    later = table_of(VARYING, day=date(2026, 6, 1))

    assert (web.layout, api.layout) == ("table", "list")
    assert [plain_text(found.rows[0].cells[1].lines[0].spans) for found in (web, api, later)] == [
        "never",
        "never",
        "not yet",
    ]
    assert [found.rows[0].cells[1].lines[0].spans[0].target for found in (web, api)] == ["https://e.example/", "/r0/"]


def test_without_an_alternative_that_applies_there_is_no_link() -> None:
    facts = (
        VARYING.replace("link: [site, ", "link: [")
        .replace("words: [{no: never}, ", "words: [")
        .replace("[table, ", "[")
    )

    found = table_of(facts)

    assert (found.layout, found.rows[0].cells[1].lines[0].spans[0].target) == ("table", "")
    assert plain_text(found.rows[0].cells[1].lines[0].spans) == "no"


def test_templates_in_cells_count_as_uses_of_fields() -> None:
    facts = site_of("text", ["a"], 'link: "/<< record.more >>"', ", more: text", ", more: m")

    assert checked(tiny(facts, "<< tables.shown >>\n"), DAY) == []


def test_questions_and_differences_see_the_value() -> None:
    site = load(tiny(site_of("version", ["8.4"], 'show: "GCC << value >>"'), "<< tables.shown >>\n"))

    page = published_facts(site, DAY, lambda _: None)["web/python"]

    assert [page.text(fact.value) for key, fact in page.facts.items() if key.field == "value"] == ["8.4"]


def test_a_declaration_may_have_a_text_and_a_link() -> None:
    facts = """\
makers:
  fields: {name: {type: text, show: "<< value >> (<< record.id >>)", link: "/<< record.id >>/"}, site: link}
  records: {a: {name: A, site: "https://a.example/"}}
rows:
  fields: {name: {type: text, link: site}, maker: reference to makers, site: link}
  records: {r0: {name: R0, maker: a, site: "https://r.example/"}}
tables:
  shown:
    caption: Shown
    from: rows
    columns:
      - {header: Name, field: name}
      - {header: Maker, field: maker.name}
      - {header: Own, field: maker.name, show: "<< value >> of << rows.name >>", link: maker.site}
      - {header: Both, fields: [name, maker.name]}
"""
    assert column(facts, 0) == ["[R0](https://r.example/)"]
    assert column(facts, 1) == ["[A (a)](/a/)"]
    assert column(facts, 2) == ["[A of R0](https://a.example/)"]
    assert column(facts, 3) == ["R0; A (a)"]


def test_a_fact_in_a_template_is_a_fact_of_the_page() -> None:
    facts = site_of("text", ["a"], 'link: "/<< record.more >>"', ", more: text", ", more: m")

    page = published_facts(load(tiny(facts, "<< tables.shown >>\n")), DAY, lambda _: None)["web/python"]

    assert ("rows", "r0", "more", "") in page.facts


def test_each_of_several_fields_may_have_keys_of_its_own() -> None:
    facts = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records: {v1: {versions: 1-3, support: {ga: 2024-01-10, eol: ~2027}}}
tables:
  base:
    caption: Releases
    from: releases
    columns:
      - {header: Release, field: versions}
      - header: Support
        dates: iso
        fields: [{field: support.ga, show: "GA: << value >>"}, support.eol, {field: support.current, words: {ga: Yes}}]
  shown: {like: base, columns: {support.ga: {header: Dates}}}
"""
    assert column(facts) == ["GA: 2024-01-10; ~2027; Yes"]
    assert plain_text(table_of(facts).headers[1].lines[0].spans) == "Dates"
    wrong = checked(tiny(facts.replace("words: {ga: Yes}", "header: Yes"), "<< tables.shown >>\n"), DAY)
    assert wrong[0].message == "unknown key 'header' in one of several fields"


def test_a_table_has_a_presentation_for_all_its_columns() -> None:
    facts = """\
rows:
  fields: {name: {type: text, code: yes}, since: optional date, ended: optional date}
  records: {r0: {name: R0, since: 2026-01-02, ended: none}}
tables:
  shown:
    caption: Shown
    from: rows
    dates: iso
    words: {none: "-"}
    columns: [{header: Name, field: name}, {header: Since, field: since}, {header: Ended, field: ended, words: {none: never}}]
  dashed: {like: shown, caption: Dashed, columns: {ended: {words: {}}}}
"""
    assert [column(facts, index) for index in range(3)] == [["`R0`"], ["2026-01-02"], ["never"]]
    assert [plain_text(cell.lines[0].spans) for cell in table_of(facts, "dashed").rows[0].cells] == [
        "R0",
        "2026-01-02",
        "-",
    ]


def test_the_words_of_a_table_may_be_for_levels_of_one_field() -> None:
    facts = """\
rows:
  fields: {name: text, status: {type: lifecycle, levels: {critical: maintenance}}, since: support}
  records: {r0: {name: R0, status: {ga: 2025-01-01, critical: 2026-01-01}, since: no}}
tables:
  shown:
    caption: Shown
    from: rows
    words: {critical: Critical fixes, no: never}
    columns: [{header: Name, field: name}, {header: Status, field: status}, {header: Since, field: since}]
"""
    assert [column(facts, index) for index in (1, 2)] == [["Critical fixes"], ["never"]]


def test_an_alternative_without_effect_is_reported() -> None:
    facts = VARYING.replace("{is: {no: not yet}, from: 2026-06-01}", "{is: {no: never}, for: web}")
    facts = facts.replace('{is: "/<< record.name | lowered >>/", for: api}', "{is: site, for: api}")

    found = [
        str(finding.place)
        for finding in checked(tiny(facts, "<< tables.shown >>\n"), DAY)
        if finding.code == "same-value"
    ]

    assert found == ["content/facts.yaml:13:35", "content/facts.yaml:14:27"]


def test_rules_read_the_text_around_values() -> None:
    facts = site_of("text", ["a"], "show: the the << value >>")

    assert [(f.code, f.place.column) for f in checked(tiny(facts, "<< tables.shown >>\n"), DAY)] == [
        ("doubled-word", 80)
    ]


def test_a_template_in_a_column_across_a_dataset_uses_both_records() -> None:
    facts = """\
hbase: {fields: {version: version}, records: {b1: {version: 1.2}, b2: {version: 2.0}}}
hadoop:
  fields: {version: version, works: {type: support by hbase, default: no}}
  records: {h2: {version: 2.7, works: {b1: yes}}, h3: {version: 3.1, works: {b2: yes}}}
tables:
  shown:
    caption: Shown
    from: hadoop
    order: -version
    columns:
      - {header: Hadoop, field: version, show: Hadoop-<< value >>}
      - across: hbase
        header: HBase-<< hbase.version >>
        field: works
        show: "<< value >>"
        link: /<< hadoop.version >>/<< hbase.version >>/
"""
    assert column(facts, 0) == ["Hadoop-3.1", "Hadoop-2.7"]
    assert column(facts, 1) == ["[no](/3.1/1.2/)", "[yes](/2.7/1.2/)"]
    assert column(facts, 2) == ["[yes](/3.1/2.0/)", "[no](/2.7/2.0/)"]


def test_dates_and_ranges_of_other_fields_are_written_as_in_the_column() -> None:
    facts = """\
releases:
  fields:
    lts: {type: version, show: << value >> (<< record.released >>), dates: MMMM yyyy}
    released: date
    kubernetes: {type: versions, ranges: " → ", show: "<< value >> / << record.openshift >>"}
    openshift: versions
    page: {type: link, show: Lifecycle}
  records:
    r1: {lts: 2.541.1, released: 2026-01, kubernetes: 1.31-1.35, openshift: 4.18-4.20, page: https://example.com/1}
tables:
  shown:
    caption: Releases
    from: releases
    columns: [{header: LTS, field: lts}, {header: Kubernetes / OpenShift, field: kubernetes}, {header: Policy, field: page}]
"""
    assert column(facts, 0) == ["2.541.1 (January 2026)"]
    assert column(facts) == ["1.31 → 1.35 / 4.18 → 4.20"]
    assert column(facts, 2) == ["[Lifecycle](https://example.com/1)"]
