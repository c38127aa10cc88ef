"""Columns across the records of a dataset: which columns and rows there are, and whose values the cells show."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sitegen.changes.differences import SiteState, compare_sites
from sitegen.explanation.answers import answer_question
from sitegen.explanation.facts import explain, facts_named
from sitegen.explanation.terms import UnclearError
from sitegen.tables.grids import Table
from tests.support.changes import refuse
from tests.support.compared_site import JAVA, compared, in_words, rows
from tests.support.sites import body, build, built, load, tiny

DAY = date(2026, 4, 1)
MATRIX = """\
hadoop:
  fields: {version: version, works: support}
  records:
    h27: {version: 2.7.0, works: [no, {is: yes, for: [b1, b2]}, {is: partial, for: b2, from: 2026-06-01, note: With a patch.}]}
    h31: {version: 3.1.0, works: [no, {is: yes, for: b2}, {is: not tested, for: b3}]}
hbase:
  fields: {version: version, status: lifecycle}
  records:
    b1: {version: 1.2.0, status: {ga: 2020-01-01}, until: 2026-07-01}
    b2: {version: 1.3.0, status: {ga: 2021-01-01, eol: 2025-01-01}, note: Not for production.}
    b3: {version: 2.0.0, status: {ga: 2022-01-01}}
    b4: {version: 3.0.0, status: {ga: 2027-01-01}}
tables:
  hadoop:
    caption: Hadoop and HBase
    from: hadoop
    columns:
      - {header: Hadoop, field: hadoop.version}
      - {across: ACROSS, header: HBase << hbase.version >>, field: works}
"""


def matrix(across: str = "hbase", facts: str = MATRIX) -> dict[str, bytes]:
    return tiny(facts.replace("ACROSS", across), "<< tables.hadoop >>\n")


def table(texts: dict[str, bytes], path: str = "markdoc/web/python.md", day: str = "2026-04-01") -> Table:
    found = built(texts, day).documents[path].slots[0]
    assert isinstance(found, Table)
    return found


def grid(texts: dict[str, bytes], path: str = "markdoc/web/python.md", day: str = "2026-04-01") -> list[list[str]]:
    found = table(texts, path, day)
    return [[in_words(cell) for cell in found.headers], *rows(found)]


def test_each_record_that_exists_has_a_column_with_its_values() -> None:
    assert grid(matrix()) == [
        ["Hadoop", "HBase 1.2.0", "HBase 1.3.0", "HBase 2.0.0"],
        ["2.7.0", "yes", "yes", "no"],
        ["3.1.0", "no", "yes", "not tested"],
    ]
    assert grid(matrix(), day="2027-01-01") == [
        ["Hadoop", "HBase 1.3.0", "HBase 2.0.0", "HBase 3.0.0"],
        ["2.7.0", "partial", "no", "no"],
        ["3.1.0", "yes", "not tested", "no"],
    ]


def test_notes_of_a_column_and_of_a_cell_say_what_they_are_about() -> None:
    text = body(matrix(), "2027-01-01")
    assert "**Note** (HBase 1.3.0): Not for production." in text
    assert "**Note** (2.7.0, HBase 1.3.0): With a patch." in text


@pytest.mark.parametrize(
    ("across", "headers"),
    [
        ("{from: hbase, rows: [b3, b1]}", ["2.0.0", "1.2.0"]),
        ("{from: hbase, order: -version}", ["2.0.0", "1.3.0", "1.2.0"]),
        ("{from: hbase, where: {version: 1.3.0}}", ["1.3.0"]),
        ("{from: hbase, rows: [b1, {is: [b2], from: 2026-03-01}]}", None),
        ("{from: hbase, rows: [[b1], {is: [b2], from: 2026-03-01}]}", ["1.3.0"]),
    ],
)
def test_the_records_of_columns_are_selected_as_those_of_rows(across: str, headers: list[str] | None) -> None:
    if headers is None:
        assert load(matrix(across)).findings
    else:
        assert grid(matrix(across))[0] == ["Hadoop", *(f"HBase {header}" for header in headers)]


def test_rows_above_the_others_show_fields_of_the_columns() -> None:
    across = "{from: hbase, rows: [b3, b2], head: [{header: Since, field: status.ga}, {header: Status, field: status}]}"
    facts = MATRIX + "      - {header: Again, field: hadoop.version}\n"
    assert grid(matrix(across, facts)) == [
        ["Hadoop", "HBase 2.0.0", "HBase 1.3.0", "Again"],
        ["Since", "January 1, 2022", "January 1, 2021", ""],
        ["Status", "General Availability", "End of Life", ""],
        ["2.7.0", "no", "yes", "2.7.0"],
        ["3.1.0", "not tested", "yes", "3.1.0"],
    ]


FEATURES = """\
features:
  fields: {name: text, since: support}
  records:
    retries: {name: Retries, since: [no, {is: 9.0.0, for: sec, reason: it came late}]}
    failover: {name: Failover, since: no}
tables:
  compared:
    caption: Compared
    from: features
    columns:
      - {header: Feature, field: features.name}
      - {across: libraries, field: since}
"""
OF_APM = [
    ["Feature", "Java", "Python", "Ruby"],
    ["Retries", "1.4.0", "2.0.0", "no"],
    ["Failover", "no", "2.1.0", "no"],
    ["Pooling", "1.5.0", "not stated", "not stated"],
]


@pytest.mark.parametrize("library", ["java", "python", "ruby"])
def test_the_library_of_the_column_decides_on_every_page(library: str) -> None:
    assert grid(compared(facts=FEATURES), f"markdoc/apm/{library}.md") == OF_APM
    assert grid(compared(facts=FEATURES), f"markdoc/sec/{library}.md") == [
        *OF_APM[:1],
        ["Retries", "1.4.0", "2.0.0", "9.0.0"],
        ["Failover", "no", "3.0.0", "no"],
        *OF_APM[3:],
    ]


def test_a_plain_column_never_shows_what_only_another_library_states() -> None:
    facts = FEATURES.replace("      - {across", "      - {header: Here, field: since}\n      - {across")
    assert grid(compared(facts=facts), "markdoc/apm/java.md")[3] == ["Pooling", "1.5.0", "1.5.0", *["not stated"] * 2]
    assert grid(compared(facts=facts), "markdoc/apm/ruby.md")[3] == [
        "Pooling",
        "not stated",
        "1.5.0",
        *["not stated"] * 2,
    ]


def test_a_record_of_a_library_without_a_column_has_no_row() -> None:
    facts = FEATURES.replace("across: libraries", "across: {from: libraries, rows: [python, ruby]}")
    for library in ("python", "ruby"):
        assert [row[0] for row in grid(compared(facts=facts), f"markdoc/apm/{library}.md")] == [
            "Feature",
            "Retries",
            "Failover",
        ]


def test_the_note_of_a_library_is_at_its_column() -> None:
    text = body(compared(facts=FEATURES), path="markdoc/apm/ruby.md")
    assert "**Note** (Retries, Java): Java only." in text


def test_a_column_of_a_product_shows_its_values_and_its_name() -> None:
    facts = FEATURES.replace(
        "{across: libraries, field: since}",
        '{across: products, header: "<< products.name >> = << product.name >>, << library.name >>", field: since}',
    )
    for product in ("apm", "sec"):
        assert grid(compared(facts=facts), f"markdoc/{product}/ruby.md") == [
            ["Feature", "APM = APM, Ruby", "SEC = SEC, Ruby"],
            ["Retries", "no", "9.0.0"],
            ["Failover", "no", "no"],
        ]


def test_two_columns_go_across_different_datasets() -> None:
    facts = FEATURES.replace("{across: libraries", "{across: products, field: since}\n      - {across: libraries")
    assert grid(compared(facts=facts), "markdoc/apm/ruby.md")[:2] == [
        ["Feature", "APM", "SEC", "Java", "Python", "Ruby"],
        ["Retries", "no", "9.0.0", "1.4.0", "2.0.0", "no"],
    ]


def test_columns_of_releases_that_only_own_files_define() -> None:
    facts = """\
releases:
  fields: {name: text, level: stage}
  records: {}
tables:
  compared:
    caption: Compared
    from: libraries
    columns:
      - {header: Library, field: libraries.name}
      - {across: releases, field: level}
"""
    own = {
        f"content__libraries__{name}_yaml": f"library: {name}\nreleases: {{records: {records}}}\n"
        for name, records in (
            ("java", "{r1: {name: R1, level: ga}}"),
            ("python", "{r1: {name: R1, level: eol}, r2: {name: R2, level: ga}}"),
        )
    }
    for page in ("java", "python", "ruby"):
        assert grid(compared(facts=facts, **own), f"markdoc/apm/{page}.md") == [
            ["Library", "R1", "R2"],
            ["Java", "General Availability", "not stated"],
            ["Python", "End of Life", "General Availability"],
            ["Ruby", "not stated", "not stated"],
        ]


def test_columns_below_a_library_are_those_of_its_own_records() -> None:
    facts = """\
features: {fields: {name: text, works: support}, records: {f: {name: F, works: [no, {is: yes, for: {library: java}}]}}}
releases: {fields: {name: text}, records: {}}
tables:
  compared:
    caption: Compared
    from: features
    columns:
      - {header: Feature, field: features.name}
      - header: Releases of << library.name >>
        across: {from: libraries, rows: [python, java]}
        columns: [{across: {from: releases, order: -releases.name}, field: works}]
"""
    own = {
        f"content__libraries__{name}_yaml": f"library: {name}\nreleases: {{records: {{{records}}}}}\n"
        for name, records in (("java", "r1: {name: J1}, r3: {name: J3}"), ("python", "r1: {name: P1}, r2: {name: P2}"))
    }
    for page in ("java", "python", "ruby"):
        found = table(compared(facts=facts, **own), f"markdoc/apm/{page}.md")
        above = [in_words(cell) for cell in found.above if cell is not None]
        assert above == [*["Releases of Python"] * 2, *["Releases of Java"] * 2]
        assert [in_words(cell) for cell in found.headers] == ["Feature", "P2", "P1", "J3", "J1"]
        assert rows(found) == [["F", "no", "no", "yes", "yes"]]


def test_a_table_goes_across_the_dataset_of_its_rows() -> None:
    facts = """\
features:
  fields: {name: text, works: support}
  records:
    a: {name: A, works: not applicable}
    b: {name: B, works: [not applicable, {is: yes, for: a}]}
    c: {name: C, works: [not applicable, {is: no, for: a}, {is: partial, for: b}]}
tables:
  hadoop:
    caption: Together
    from: features
    columns: [{header: Feature, field: name}, {across: features, field: works}]
"""
    assert grid(matrix(facts=facts)) == [
        ["Feature", "A", "B", "C"],
        ["A", "not applicable", "not applicable", "not applicable"],
        ["B", "yes", "not applicable", "not applicable"],
        ["C", "no", "partial", "not applicable"],
    ]


def test_a_missing_value_names_the_row_and_the_column() -> None:
    facts = MATRIX.replace("works: [no, {is: yes, for: b2}", "works: [{is: yes, for: b2}")
    found = {finding.message for finding in build(load(matrix(facts=facts)), "2026-04-01").findings}
    assert found == {f"hadoop 'h31' has no 'works' on 2026-04-01 for '{column}'" for column in ("b1",)}


def test_prose_computes_from_the_cells_of_all_columns() -> None:
    texts = matrix() | tiny("", '<< tables.hadoop.unsupported("works") | sentence >>\n')
    facts = (
        matrix()["content/facts.yaml"].decode().replace("version: version", "name: text").replace("version: ", "name: ")
    )
    facts = facts.replace("hadoop.version", "hadoop.name").replace("hbase.version", "hbase.name")
    assert body(texts | {"content/facts.yaml": facts.encode()}) == "2.7.0 (2.0.0) and 3.1.0 (1.2.0)"


def test_rows_with_several_values_are_not_counted() -> None:
    texts = matrix() | tiny("", '<< tables.hadoop.supported("works") >> supported.\n')
    texts["content/facts.yaml"] = matrix()["content/facts.yaml"]
    (finding,) = build(load(texts), "2026-04-01").findings
    assert finding.message == "'works' has several values in each row of 'hadoop', in columns across a dataset"
    assert finding.hint == "count the rows of a table with one value in each row"


def test_products_share_only_what_is_the_same_for_both() -> None:
    facts = MATRIX.replace("b1: {version: 1.2.0,", "b1: {version: [1.2.0, {is: 9.9.0, for: api, reason: r}],").replace(
        "{is: yes, for: [b1, b2]}", "{is: yes, for: [b1, b2], note: With << >> care.}".replace("<< >> ", "")
    )
    texts = matrix("{from: hbase, rows: [b1], head: [{header: Number, field: hbase.version}]}", facts)
    for product, version in (("web", "1.2.0"), ("api", "9.9.0")):
        found = table(texts, f"markdoc/{product}/python.md")
        assert [in_words(cell) for cell in found.headers] == ["Hadoop", f"HBase {version}"]
        assert rows(found)[0] == ["Number", version]
        assert found.notes[-1].title == f"2.7.0, HBase {version}"


# --- questions -------------------------------------------------------------------------


def answer(texts: dict[str, bytes], question: str) -> dict[str, str]:
    return {each.page: each.answer for each in answer_question(load(texts), DAY, question, refuse)}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("h27, HBase 1.2.0", "yes"),
        ("h27, HBase 2.0.0", "no"),
        ("h27, b1", "yes"),
        ("h31, b1", "no"),
        ("h31, b2", "yes"),
        ("h31, b3", "not tested"),
        ("h27, b1, b2", "yes"),
        ("h27, b1, b3", "no"),
    ],
)
def test_a_question_about_a_row_and_a_column_finds_the_cell(question: str, expected: str) -> None:
    assert set(answer(matrix(), question).values()) == {expected}


def test_a_question_without_the_column_asks_back() -> None:
    with pytest.raises(UnclearError, match="name the row and the column"):
        answer(matrix(), "h27")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Retries, Java, APM", {"apm/java": "yes"}),
        ("Failover, Java, APM", {"apm/java": "no"}),
        ("Failover, Python, APM", {"apm/python": "yes"}),
        ("Retries, Ruby, APM", {"apm/ruby": "no"}),
        ("Retries, Ruby, SEC", {"sec/ruby": "yes"}),
        ("Pooling, Java, APM", {"apm/java": "yes"}),
        ("Pooling, Python, APM", {"apm/python": "not-stated"}),
    ],
)
def test_the_column_of_the_library_answers(question: str, expected: dict[str, str]) -> None:
    assert answer(compared(facts=FEATURES), question) == expected


def test_on_a_site_without_libraries_the_column_of_the_product_answers() -> None:
    facts = """products: {fields: {name: text}, records: {apm: {name: APM}, sec: {name: SEC}}}
regions:
  fields: {name: text, works: support by products}
  records: {us: {name: us-1, works: {apm: yes, sec: preview}}}
tables:
  regions: {caption: Regions, from: regions, columns: [{header: Region, field: name}, {across: products, field: works}]}
"""
    texts = tiny(facts, "\n<< tables.regions >>\n")
    del texts["content/roles.yaml"]
    assert answer(texts, "us-1, APM") == {"apm": "yes"}
    assert answer(texts, "us-1, SEC") == {"sec": "preview"}


# --- changes ---------------------------------------------------------------------------


def changes(old: dict[str, bytes], new: dict[str, bytes]) -> list[str]:
    found = compare_sites(SiteState(load(old), DAY), SiteState(load(new), DAY), refuse, refuse).changes
    return [
        f"{c.kind} {c.label}: {c.title}: {c.old} -> {c.new}{' !' if c.breaking else ''}" for c in found if not c.since
    ]


def test_a_change_of_a_cell_names_its_column() -> None:
    new = MATRIX.replace("{is: yes, for: [b1, b2]}", "{is: yes, for: [b1, b2]}, {is: no, for: b1}")
    assert changes(matrix(), matrix(facts=new)) == ["removed 2.7.0: HBase 1.2.0: supported -> not supported !"]
    new = MATRIX.replace("{is: not tested, for: b3}", "{is: yes, for: b3}")
    assert changes(matrix(), matrix(facts=new)) == ["added 3.1.0: HBase 2.0.0: not tested -> supported"]


def test_an_added_and_a_removed_column_are_changes_of_one_record() -> None:
    three, two = matrix("{from: hbase, rows: [b1, b2, b3]}"), matrix("{from: hbase, rows: [b1, b3]}")
    assert changes(two, three) == ["added HBase 1.3.0: : unstated -> supported"]
    assert changes(three, two) == ["removed HBase 1.3.0: : supported -> unstated !"]


def test_a_change_of_one_library_is_found_on_the_pages_of_all() -> None:
    old = compared(facts=FEATURES)
    new = old | {"content/libraries/java.yaml": JAVA.replace("1.4.0", "1.5.0").encode()}
    found = compare_sites(SiteState(load(old), DAY), SiteState(load(new), DAY), refuse, refuse).changes
    assert {(c.label, c.title, c.old, c.new) for c in found} == {("Retries", "Java", "1.4.0", "1.5.0")}
    assert {page for c in found for page in c.pages} == {
        f"{product}/{library}" for product in ("apm", "sec") for library in ("java", "python", "ruby")
    }


# --- a value for each record -----------------------------------------------------------

BY = """\
hadoop:
  fields: {version: version, works: {type: support by hbase, default: no}}
  records:
    h27: {version: 2.7.0, works: {b1: yes, b2: [yes, {is: partial, from: 2026-06-01, note: With a patch.}]}}
    h31: {version: 3.1.0, works: {b2: yes, b3: not tested}}
"""


@pytest.mark.parametrize("day", ["2026-04-01", "2027-01-01"])
def test_a_mapping_of_ids_is_alternatives_for_these_records(day: str) -> None:
    facts = BY + MATRIX[MATRIX.index("hbase:") :]
    assert grid(matrix(facts=facts), day=day) == grid(matrix(), day=day)
    assert set(answer(matrix(facts=facts), "h27, b3").values()) == {"no"}


def test_a_value_without_a_mapping_is_for_all_records() -> None:
    facts = BY.replace("{b2: yes, b3: not tested}", "yes") + MATRIX[MATRIX.index("hbase:") :]
    assert grid(matrix(facts=facts))[2] == ["3.1.0", "yes", "yes", "yes"]


def test_own_files_of_libraries_add_to_the_values_by_library() -> None:
    facts = FEATURES.replace("since: support}", "since: support by libraries}").replace(
        "since: [no, {is: 9.0.0, for: sec, reason: it came late}]", "since: {ruby: 3.0.0, java: no, python: no}"
    )
    own = {"content__libraries__python_yaml": "library: python\nfeatures: {records: {retries: {since: 2.0.0}}}\n"}
    for page in ("java", "python", "ruby"):
        assert grid(compared(facts=facts, **own), f"markdoc/apm/{page}.md")[1] == ["Retries", "1.4.0", "2.0.0", "3.0.0"]


# --- pages without a library -----------------------------------------------------------


def test_a_page_of_a_product_shows_the_columns_of_all_libraries() -> None:
    page = "---\ntitle: All\neach: product\n---\n<< tables.compared >>\n"
    texts = compared("No table.\n", FEATURES, content__all_md=page)
    made = built(texts)
    (path,) = (
        path for path in made.documents if path.startswith("markdoc/apm") and made.documents[path].title == "All"
    )
    found = made.documents[path].slots[0]
    assert isinstance(found, Table)
    assert [[in_words(cell) for cell in found.headers], *rows(found)] == OF_APM
    assert answer(texts, "Retries, Java, APM") == {"apm/java": "yes"}
    assert answer(texts, "Failover, Java, APM") == {"apm/java": "no"}
    assert answer(texts, "Pooling, Python, APM") == {"apm/python": "not-stated"}
    assert answer(texts, "Pooling, Java, APM") == {"apm/java": "yes"}


SQUARE = """\
features:
  fields: {name: text, works: {type: optional support by features, default: none}}
  records:
    cache: {name: Cache, works: {cache: yes}}
    graph: {name: Graph, works: {cache: no, graph: yes}}
    pool: {name: Pool, works: {graph: partial, pool: yes}}
tables:
  square:
    caption: Features together
    from: features
    columns:
      - {header: Feature, field: name}
      - {across: features, field: works}
"""


def test_a_column_of_the_dataset_of_the_rows_shows_what_is_for_its_record() -> None:
    assert grid(tiny(SQUARE, "<< tables.square >>\n")) == [
        ["Feature", "Cache", "Graph", "Pool"],
        ["Cache", "yes", "not stated", "not stated"],
        ["Graph", "no", "yes", "not stated"],
        ["Pool", "not stated", "partial", "yes"],
    ]


def test_blank_words_for_none_make_a_blank_cell_except_in_html() -> None:
    texts = tiny(
        SQUARE.replace("    from: features\n", '    from: features\n    words: {none: ""}\n'), "<< tables.square >>\n"
    )
    assert "| Cache   | yes   |         |      |" in body(texts)
    assert "not stated" in built(texts).files["html/web/python/index.html"].text


def test_words_without_letters_are_the_sign_of_a_state_in_html() -> None:
    words = '    words: {yes: ✓, partial: ⊛, none: "-", no: none yet}\n'
    texts = tiny(SQUARE.replace("    from: features\n", f"    from: features\n{words}"), "<< tables.square >>\n")
    html = built(texts).files["html/web/python/index.html"].text
    shown = set(re.findall(r'<span aria-hidden="true">(.)</span> ([^<]+)</span></td>', html))
    assert shown == {("✓", "yes"), ("⊛", "partial"), ("-", "not stated"), ("✗", "none yet")}


def test_explain_names_the_column_and_the_record_of_a_value_for_each_record() -> None:
    site = load(tiny(SQUARE, "<< tables.square >>\n"))
    (origin,) = (origin for origin in facts_named(site, "graph.works"))
    (found,) = explain(site, built(tiny(SQUARE, "<< tables.square >>\n")).documents, [origin])
    histories = {page: [step.text for step in steps] for pages, steps in found.over_time for page in pages}
    assert {page.split()[-1]: texts for page, texts in histories.items()} == {
        "(cache)": ["no"],
        "(graph)": ["yes"],
        "(pool)": ["none"],
    }
    assert {(use.where, use.text) for use in found.shown} == {
        ("Features together: Graph, Cache", "no"),
        ("Features together: Graph, Graph", "yes"),
        ("Features together: Graph, Pool", "not stated"),
    }


OF_LIBRARIES = """\
features:
  fields: {name: text, since: {type: support, default: no}, stable: {type: support, default: no}}
  records:
    retries: {name: Retries}
    failover: {name: Failover}
tables:
  compared:
    caption: Compared
    from: libraries
    columns:
      - {header: Library, field: name}
      - {across: features, columns: [{header: Ready, field: features.since}, {header: Stable, field: stable}]}
"""


def test_a_question_about_a_library_finds_the_columns_of_its_row() -> None:
    page = "---\ntitle: All\neach: product\n---\n<< tables.compared >>\n"
    texts = compared("No table.\n", OF_LIBRARIES, content__all_md=page)
    assert answer(texts, "Java, Retries: Ready, APM") == {"apm/java": "yes"}
    assert answer(texts, "Java, Failover: Ready, APM") == {"apm/java": "no"}
    assert answer(texts, "Python, Failover: Ready, SEC") == {"sec/python": "yes"}
    (found, *_) = answer_question(load(texts), DAY, "Java, Retries: Ready, APM", refuse)
    assert found.sentence == "Retries, Retries: Ready: 1.4.0."
    site = load(texts)
    origin = next(one for one in facts_named(site, "features.failover.since") if len(one.fact.alternatives) == 1)
    shown = explain(site, built(texts).documents, [origin])[0].shown
    assert {use.where for use in shown} >= {"Compared: Java, Failover: Ready"}


OF_PRODUCTS = """\
features:
  fields: {name: text, since: support, level: stage}
  records:
    retries: {name: Retries, since: 1.0.0, level: ga}
    audit: {name: Audit, for: {product: sec, library: [java, ruby]}, since: 2.0.0, level: lts}
tables:
  compared:
    caption: Compared
    from: features
    columns:
      - {header: Feature, field: name}
      - {header: Level, field: level}
      - {across: products, field: since}
"""


def test_a_record_for_one_product_has_a_row_where_this_product_has_a_column() -> None:
    own = {f"content__libraries__{id_}_yaml": f"library: {id_}\n" for id_ in ("java", "python")}
    page = "---\ntitle: All\neach: library\n---\n<< tables.compared >>\n"
    texts = compared("<< tables.compared >>\n", OF_PRODUCTS, content__all_md=page, **own)
    retries = ["Retries", "General Availability", "1.0.0", "1.0.0"]
    for path in ("markdoc/java.md", "markdoc/apm/java.md", "markdoc/apm/ruby.md"):
        assert rows(table(texts, path)) == [retries, ["Audit", "not stated", "not stated", "2.0.0"]]
    assert rows(table(texts, "markdoc/sec/java.md"))[1] == ["Audit", "Long-Term Support", "not stated", "2.0.0"]
    for path in ("markdoc/python.md", "markdoc/sec/python.md"):
        assert rows(table(texts, path)) == [retries]
    assert answer(texts, "Audit, Java, SEC") == {"sec/java": "yes"}
    assert answer(texts, "Audit, Java, APM") == {"apm/java": "not-stated"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [("Graph, Cache", "no"), ("Pool, Graph", "partial"), ("Graph, Pool", "not-stated"), ("Pool, Cache", "not-stated")],
)
def test_a_question_with_two_records_of_a_dataset_is_about_a_row_and_a_column(question: str, expected: str) -> None:
    facts = SQUARE + "  list: {caption: All, from: features, columns: [{header: Feature, field: name}]}\n"
    texts = tiny(facts, "<< tables.square >>\n\n<< tables.list >>\n")
    assert set(answer(texts, question).values()) == {expected}


SAME_IDS = """\
clients:
  fields: {version: versions, works: support by servers}
  records:
    v2: {version: 2.x, works: {v1: no, v2: yes}}
    v1: {version: 1.x, works: {v2: partial, v1: yes}}
servers:
  fields: {version: versions, works: text}
  records: {v2: {version: 8.0, works: well}, v1: {version: 7.0, works: well}}
tables:
  clients:
    caption: Clients and servers
    from: clients
    columns: [{header: Client, field: clients.version}, {across: servers, header: Server << servers.version >>, field: works}]
"""


def test_a_value_for_each_record_is_for_the_column_even_if_the_row_or_another_record_has_the_same_id() -> None:
    texts = tiny(SAME_IDS, "<< tables.clients >>\n")
    assert grid(texts) == [
        ["Client", "Server 8.0", "Server 7.0"],
        ["2.x", "yes", "no"],
        ["1.x", "partial", "yes"],
    ]
    new = tiny(SAME_IDS.replace("v1: no", "v1: yes"), "<< tables.clients >>\n")
    assert changes(texts, new) == ["added 2.x: Server 7.0: not supported -> supported"]


@pytest.mark.parametrize("name", ["series", "releases"])  # a field may have the name of a dataset
def test_a_choice_has_a_value_for_each_record(name: str) -> None:
    facts = """\
kernels:
  fields: {kernel: version, series: {type: optional one of main / next by releases, default: none, words: {none: –}}}
  records:
    k6: {kernel: 6.8, series: {noble: main, jammy: next}}
    k5: {kernel: 5.15, series: {jammy: main}}
releases:
  fields: {version: versions}
  records: {noble: {version: 24.04}, jammy: {version: 22.04}}
tables:
  kernels:
    caption: Kernels
    from: kernels
    columns: [{header: Kernel, field: kernel}, {across: releases, header: << releases.version >>, field: series}]
"""
    texts = tiny(facts.replace("series", name), "<< tables.kernels >>\n")
    assert grid(texts) == [["Kernel", "24.04", "22.04"], ["6.8", "main", "next"], ["5.15", "–", "main"]]


def test_where_follows_references_to_the_current_level_of_another_record() -> None:
    facts = """\
lines:
  fields: {version: versions, support: lifecycle, kind: text}
  records:
    q2: {version: 2.x, support: {ga: 2026-01-01}, kind: new}
    q1: {version: 1.x, support: {ga: 2024-01-01, eol: 2026-03-01}, kind: old}
patches:
  fields: {line: optional reference to lines, patch: versions}
  records:
    p3: {line: q2, patch: 2.1}
    p2: {line: q1, patch: 1.1}
    p1: {line: none, patch: 0.1}
tables:
  patches:
    caption: Patches
    from: patches
    where: {line.support: WANTED}
    columns: [{header: Patch, field: patch}]
"""
    page = "<< tables.patches >>\n"
    assert grid(tiny(facts.replace("WANTED", "ga"), page)) == [["Patch"], ["2.1"]]
    assert grid(tiny(facts.replace("WANTED", "eol"), page)) == [["Patch"], ["1.1"]]
    assert grid(tiny(facts.replace("WANTED", "ga"), page), day="2026-02-01") == [["Patch"], ["2.1"], ["1.1"]]
    assert grid(tiny(facts.replace("line.support: WANTED", "line.kind: new"), page)) == [["Patch"], ["2.1"]]
