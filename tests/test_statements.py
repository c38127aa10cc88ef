"""Statements: conditions, several values, histories of support and verbatim texts, and all that reads them."""

from __future__ import annotations

from datetime import date

import pytest

from sitegen.evaluation.context import Context
from sitegen.explanation.answers import answer_question
from sitegen.facts.statements import statements
from sitegen.facts.values import List, Qualified, Support, Verbatim
from sitegen.findings import Finding
from sitegen.site.library import build_library
from sitegen.tables.grids import plain_text
from tests.support.sites import build, checked, load, tiny

DAY = date(2026, 11, 29)
LADDER = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r26: {versions: ">=26,<27", support: {ga: 2025-09-15}}
    r17: {versions: ">=17,<26", support: {ga: 2023-09-15}}
    r4: {versions: ">=4,<17", support: {ga: 2020-09-15}}
"""
TABLE = """\
tables:
  feats: {caption: Features, from: feats, columns: [{header: Feature, field: name}, {header: Since, field: since%s}]}
"""


def facts_of(*values: str, kind: str = "support of releases", column: str = "") -> str:
    """The facts of features f0, f1, ... with some values, and a table of them."""
    records = "".join(
        f"    f{index}:\n      name: F{index}\n      since: {value}\n" for index, value in enumerate(values)
    )
    return f"{LADDER}feats:\n  fields: {{name: text, since: {kind}}}\n  records:\n{records}{TABLE % column}"


def shown(value: str, column: str = "", kind: str = "support of releases") -> str:
    """The text of the cell of a value."""
    site = load(tiny(facts_of(value, kind=kind, column=column), "<< tables.feats >>\n"))
    assert site.findings == ()
    documents = build(site, str(DAY)).documents
    table = next(slot for document in documents.values() for slot in document.slots.values())
    (row,) = table.rows  # type: ignore[union-attr]
    return " / ".join(plain_text(line.spans) for line in row.cells[1].lines)


@pytest.mark.parametrize(
    ("value", "column", "expected"),
    [
        ("{is: 10, when: SBOM only}", "", "10 (SBOM only)"),
        ("{is: 4.4.0, when: Node.js 16+}", ", when: << value >> for << when >>", "4.4.0 for Node.js 16+"),
        (
            "{all: [{is: 4.18.0, when: Node.js 16+}, {is: 5.0.0, when: Node.js 18+}]}",
            ", when: << value >> on << when >>",
            "4.18.0 on Node.js 16+, 5.0.0 on Node.js 18+",
        ),
        (
            "{all: [{is: 4.30.0, when: Node.js 16+}, {is: 5.6.0, when: Node.js 18+}]}",
            ', when: << value >> for << when >>, joiner: ", or "',
            "4.30.0 for Node.js 16+, or 5.6.0 for Node.js 18+",
        ),
        (
            "{all: [{is: 0.7.0, when: 4.3+}, {is: 1.8.0, when: 4.0+}, {is: 1.45.0, when: 5.0+}]}",
            ', joiner: " "',
            "0.7.0 (4.3+) 1.8.0 (4.0+) 1.45.0 (5.0+)",
        ),
        ("{all: [{is: 1.33.0, when: experimental}, {is: 1.34.0, when: GA}]}", "", "1.33.0 (experimental), 1.34.0 (GA)"),
        ("{is: no, when: development only}", ', when: "<< value >>, << when >>"', "no, development only"),
        (
            "{is: 1.27.0, when: .NET 5+ only}",
            ', when: "<< when >>, added in << value >>"',
            ".NET 5+ only, added in 1.27.0",
        ),
        ("{is: yes, when: synchronous calls via `Call#execute()`}", "", "yes (synchronous calls via Call#execute())"),
        ('"preview >=17.4,<26; 26+"', "", "Preview (>=17.4,<26), 26+"),
        ('"preview >=17.4,<26, 26+"', "", "Preview (>=17.4,<26), 26+"),
        ('"partial >=4,<25; >=25"', "", "partial (>=4,<25), >=25"),
        ("preview 1.x, 2.x", "", "Preview (1.x, 2.x)"),
        ("{verbatim: 8 service refresh 5+ (build 2.9 or 8.0.5.0)}", "", "8 service refresh 5+ (build 2.9 or 8.0.5.0)"),
        ("{verbatim: latest (>= 2.20.0)}", "", "latest (>= 2.20.0)"),
        ("{is: preview, when: Linux, on: 2026-02-01}", "", "Preview (February 1, 2026) (Linux)"),
    ],
)
def test_a_cell_shows_each_statement(value: str, column: str, expected: str) -> None:
    assert shown(value, column) == expected


def test_a_typed_column_keeps_its_type_next_to_an_odd_value() -> None:
    kinds = {"versions": "{all: [2, 3, {is: 4, when: 4.4+ since 1.22.0}]}", "date": "{verbatim: soon}"}
    assert shown(kinds["versions"], kind="versions") == "2, 3, 4 (4.4+ since 1.22.0)"
    assert shown(kinds["date"], kind="date") == "soon"
    assert shown("{verbatim: after the next release}", kind="lifecycle") == "after the next release"
    assert shown('{verbatim: "x86, mostly"}', kind="list of text") == "x86, mostly"


def test_values_are_read_into_statements() -> None:
    site = load(tiny(facts_of('"preview >=17.4,<26; 26+"', "{is: 17, when: Linux}", "{verbatim: odd}"), "text\n"))
    values = [record.facts["since"].alternatives[0].value for record in site.facts.datasets["feats"].records.values()]
    assert isinstance(values[0], List)
    assert all(isinstance(item, Support) for item in values[0].items)
    assert isinstance(values[1], Qualified)
    assert values[2] == Verbatim("odd")
    assert [str(each) for each in statements(values[0])] == ["preview >=17.4,<26", "26+"]
    assert [(str(each), each.when) for each in statements(values[1])] == [("17", "Linux")]
    assert statements(values[2]) == ()


# --- computed values ---


def sentence(template: str, *values: str, kind: str = "support of releases") -> str:
    """What a page prints for a template; the message if it cannot be filled."""
    site = load(tiny(facts_of(*values, kind=kind), f"It: << {template} >>\n\n<< tables.feats >>\n"))
    assert site.findings == ()
    result = build(site, str(DAY))
    if result.findings:
        return result.findings[0].message
    text = result.files["markdoc/web/python.md"].text
    return next(line for line in text.splitlines() if line.startswith("It: ")).removeprefix("It: ")


HIGHEST = 'tables.feats.highest("since")'


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (['"preview >=17.4,<26; 26+"'], "26"),
        (["[26.0.0, 'preview >=17.4,<26']"], "26.0.0"),
        (['[">=25", "partial >=4,<25", ">=1,<4"]', "17.0"], "25"),
        (["{all: [{is: 4.18.0, when: Node.js 16+}, {is: 5.0.0, when: Node.js 18+}]}"], "5.0.0"),
        (["{all: [26, {is: 24, when: with the flag}]}"], "26"),
        (["{all: [17, {is: 26, when: on ARM}]}"], "26"),
        (["{all: [17+, {is: 4-5, when: on ARM}]}"], "17"),
        (["preview 26", "17"], "17"),
        (
            ["{all: [{is: 4.x, when: Node.js 16}, {is: 5+, when: Node.js 18}]}"],
            "no minimum version: feats 'f0' is supported in 4.x, 5+ only",
        ),
        (["{verbatim: 17 or so}"], "feats 'f0' has a verbatim 'since', which states nothing"),
    ],
)
def test_the_highest_minimum_satisfies_each_condition(values: list[str], expected: str) -> None:
    kind = "list of support of releases" if values[0].startswith("[") else "support of releases"
    assert sentence(HIGHEST, *values, kind=kind) == expected


def test_only_what_is_supported_without_a_condition_is_counted() -> None:
    values = ["17", '"no <17; 17+"', "{is: 17, when: Linux}", "no", "{is: no, when: Linux}"]
    assert sentence('tables.feats.supported("since")', *values) == "2"
    assert sentence('tables.feats.unsupported("since")', *values) == "F3"


# --- questions ---


def answer(question: str, *values: str, kind: str = "support of releases") -> tuple[str, str]:
    """The answer to a question, and its sentence."""
    site = load(tiny(facts_of(*values, kind=kind), "<< tables.feats >>\n"))
    assert site.findings == ()
    wrong: list[Finding] = []
    (found, *_) = answer_question(site, DAY, question, wrong.append)
    assert wrong == []
    return found.answer, found.sentence


HISTORY = '"preview >=17.4,<26; 26+"'


@pytest.mark.parametrize(
    ("question", "value", "expected"),
    [
        ("F0", HISTORY, "yes"),
        ("F0, library 26.1", HISTORY, "yes"),
        ("F0, library 17.5", HISTORY, "preview"),
        ("F0, library 17.0", HISTORY, "no"),
        ("F0, library 4", HISTORY, "no"),
        ("F0", "{is: yes, when: Linux}", "partial"),
        ("F0, library 26", "{is: 17, when: Linux}", "partial"),
        ("F0, library 5", "{is: 17, when: Linux}", "no"),
        ("F0", "{is: no, when: Linux}", "partial"),
        ("F0", "{is: planned, when: Linux}", "no"),
        ("F0, library 26", "{all: [26, {is: 17, when: with the flag}]}", "yes"),
        ("F0, library 18", "{all: [26, {is: 17, when: with the flag}]}", "partial"),
        ("F0, library 18", "{all: [17, {is: 26, when: ARM}]}", "partial"),
        ("F0, library 26", "{all: [17, {is: 26, when: ARM}]}", "yes"),
        ("F0, library 26", "{all: [17, {is: no, when: ARM}]}", "partial"),
        ("F0", "{verbatim: Yes}", "not-stated"),
        ("F0, library 26", "{verbatim: 26+}", "not-stated"),
    ],
)
def test_the_statement_about_the_version_answers(question: str, value: str, expected: str) -> None:
    assert answer(question, value, "17")[0] == expected


def test_the_sentence_names_conditions_and_other_states() -> None:
    assert answer("F0", HISTORY) == (
        "yes",
        "Listed: F0. Works with >=26,<27 (General Availability). F0, Since: Preview (>=17.4,<26), 26+.",
    )
    assert answer("F0", "{is: yes, when: Linux}") == ("partial", "F0, Since: supported (Linux).")


@pytest.mark.parametrize(
    ("question", "fields", "expected"),
    [
        ("F0", "node: {all: [16, {is: 18+, when: since 26.1}]}", "yes"),
        ("F0, Node.js 16", "node: {all: [16, {is: 18+, when: since 26.1}]}", "yes"),
        ("F0, Node.js 18", "node: {all: [16, {is: 18+, when: since 26.1}]}", "partial"),
        ("F0, Node.js 17", "node: {all: [16, {is: 18+, when: since 26.1}]}", "no"),
        ("F0", "node: {is: 18+, when: since 26.1}", "partial"),
        ("F0", "node: {verbatim: LTS}", "not-stated"),
        ("F0, Linux", "platform: {is: Linux, when: on Arm}", "partial"),
        ("F0, Linux", "platform: [Linux, macOS]", "yes"),
        ("F0, Linux", "platform: {all: [Linux, {is: macOS, when: on Arm}]}", "yes"),
        ("F0, macOS", "platform: {all: [Linux, {is: macOS, when: on Arm}]}", "partial"),
        ("F0", "ends: {is: 2026-01-01, when: for free}", "partial"),
        ("F0", "ends: {verbatim: soon}", "not-stated"),
    ],
)
def test_conditions_and_verbatim_texts_of_other_columns_limit_the_answer(
    question: str, fields: str, expected: str
) -> None:
    name = fields.partition(":")[0]
    kind = {"node": "versions", "platform": "list of text", "ends": "date"}[name]
    facts = (
        LADDER
        + f"""
feats:
  fields: {{name: text, since: support of releases, {name}: {kind}}}
  records:
    f0: {{name: F0, since: 17, {fields}}}
tables:
  feats:
    caption: Features
    from: feats
    columns:
      - {{header: Feature, field: name}}
      - {{header: Since, field: since}}
      - {{header: {"Node.js" if name == "node" else name.capitalize()}, field: {name}}}
"""
    )
    site = load(tiny(facts, "<< tables.feats >>\n"))
    assert site.findings == ()
    found = answer_question(site, DAY, question, lambda _: None)
    assert found[0].answer == expected, found[0].sentence


# --- rules, differences, tables ---


def codes(*values: str, kind: str = "support of releases") -> list[tuple[str, str]]:
    """The codes and messages of the findings about some values."""
    found = checked(tiny(facts_of(*values, kind=kind), "<< tables.feats >>\n"), DAY)
    return [(each.code, each.message) for each in found if each.code != "unused-field"]


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ('"partial 3-5; 17+"', "uncovered-versions"),
        ("{all: [17, {is: 3-5, when: Linux}]}", "uncovered-versions"),
        ("{all: [{is: 17, when: Linux}, {is: planned 26, when: macOS, on: 2026-01}]}", "expected-date-passed"),
        ("{all: [{is: 17, when: Linux, link: https://https://example.com}, {is: 26, when: macOS}]}", "broken-link"),
        ("{is: 17, when: available until June 2025}", "past-date"),
        ("{verbatim: 1.2 or so}", ""),
        ("{all: [{is: 17, when: Linux}, {is: 17, when: macOS}]}", ""),
        ('"preview >=17.4,<26; 26+"', ""),
    ],
)
def test_rules_read_each_statement_and_no_verbatim_text(value: str, code: str) -> None:
    assert [found for found, _ in codes(value)] == ([code] if code else [])


def test_a_minimum_is_dead_if_no_supported_release_meets_a_condition() -> None:
    ended = LADDER.replace("{ga: 2020-09-15}", "{ga: 2020-09-15, eol: 2024-01-01}")
    facts = facts_of("{all: [{is: 4.1.0, when: Linux}, {is: 5.0.0, when: macOS}]}").replace(LADDER, ended)
    found = [each.message for each in checked(tiny(facts, "<< tables.feats >>\n"), DAY) if each.code == "dead-minimum"]
    assert found == ["5.0.0 is in '>=4,<17', which is End of Life since January 1, 2024"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("where: {since: preview}", ["F1", "F2"]),
        ("where: {since: yes}", ["F0", "F1", "F3"]),
        ("order: since", ["F3", "F0", "F1", "F2"]),
    ],
)
def test_a_table_selects_and_sorts_by_all_statements(more: str, expected: list[str]) -> None:
    values = ["17", '"preview >=17.4,<26; 26+"', "preview 26", "{all: [{is: 4.1, when: a}, {is: 26, when: b}]}"]
    facts = facts_of(*values).replace("from: feats,", f"from: feats, {more},")
    site = load(tiny(facts, "<< tables.feats >>\n"))
    assert site.findings == ()
    table = next(slot for document in build(site, str(DAY)).documents.values() for slot in document.slots.values())
    assert [plain_text(row.cells[0].lines[0].spans) for row in table.rows] == expected  # type: ignore[union-attr]


def test_parts_have_the_condition_of_their_value() -> None:
    facts = facts_of("{all: [{is: preview 4.1, when: a}, {is: 26+, when: b}]}", "{verbatim: odd}")
    facts = facts.replace("field: since}", "field: since.low}, {header: State, field: since.state}")
    site = load(tiny(facts, "<< tables.feats >>\n"))
    assert site.findings == ()
    table = next(slot for document in build(site, str(DAY)).documents.values() for slot in document.slots.values())
    rows = [[plain_text(cell.lines[0].spans) for cell in row.cells] for row in table.rows]  # type: ignore[union-attr]
    assert rows == [["F0", "4.1 (a), 26 (b)", "Preview (a), yes (b)"], ["F1", "odd", "odd"]]


def test_the_number_of_cells_of_each_kind_is_known() -> None:
    facts = facts_of("17", "{verbatim: odd}", "{all: [17, {verbatim: odd}]}", "{is: 17, when: a}")
    facts = facts.replace("field: since}", "field: since}, {header: Remark, field: name}")
    site = load(tiny(facts, "<< tables.feats >>\n"))
    shared = Context(site.facts, DAY, "", "python")
    assert build_library(site, shared, ("hugo",), {}).cells == {"name": 4, "typed": 2, "verbatim": 2, "text": 4}
