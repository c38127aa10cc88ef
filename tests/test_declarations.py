"""Declarations of fields: optional types, defaults, and the presentation that columns inherit."""

from __future__ import annotations

from datetime import date

import pytest

from sitegen.explanation.facts import all_facts, appearances, explain, facts_named, origins
from sitegen.facts.fact_files import load_own_facts
from sitegen.findings import Place
from sitegen.rules.fixes import apply_fixes
from sitegen.source.yaml_reader import parse_yaml
from tests.support.sites import body, build, built, checked, load, tiny

DAY = date(2026, 4, 1)
COLUMNS = "{header: Name, field: name}, {header: Since, field: since}"


def things(declared: str, *records: str, columns: str = COLUMNS) -> str:
    lines = "".join(f"    {record}\n" for record in records)
    table = f"tables:\n  t:\n    caption: Things\n    from: things\n    columns: [{columns}]\n"
    return f"things:\n  fields: {{name: text, {declared}}}\n  records:\n{lines}{table}"


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines[2:]]


@pytest.mark.parametrize(
    ("written", "type_"),
    [
        ("text?", "optional text"),
        ("optional text", "optional text"),
        ("list of text?", "optional list of text"),
        ("optional list of version", "optional list of version"),
        ("one of a / b?", "optional one of a / b"),
        ("reference to things?", "optional reference to things"),
        ("date?", "optional date"),
        ("optional lifecycle?", "optional lifecycle"),
        ("'text?'", "optional text"),
        ('"text ?"', "optional text"),
    ],
)
def test_an_optional_type_is_rewritten(written: str, type_: str) -> None:
    texts = tiny(things(f"since: text, more: {written}", "a: {name: A, since: x}"), "<< tables.t >>")
    assert str(load(texts).facts.datasets["things"].fields["more"]) == type_
    found = [finding for finding in checked(texts, DAY) if finding.code == "deprecated-notation"]
    assert len(found) == written.strip("'\"").endswith("?")
    fixed, _ = apply_fixes(texts, found)
    text = (fixed or texts)["content/facts.yaml"].decode()
    quote = written[0] if written[0] in "'\"" else ""
    assert f"more: {quote}{type_}{quote}}}" in text
    assert "deprecated-notation" not in {finding.code for finding in checked({**texts, **fixed}, DAY)}


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("name: A", "Python: never, Java: never"),
        ("name: A, since: 1.2", "Python: 1.2, Java: 1.2"),
        ("name: A, since: [{is: 1.2, for: java}]", "Python: never, Java: 1.2"),
        ("name: A, since: {is: 1.2, from: 2026-05-01}", "Python: never, Java: never"),
        ("name: A, since: [{is: 1.2, from: 2026-03-01}]", "Python: 1.2, Java: 1.2"),
        ("name: A, since: none", "Python: gone, Java: gone"),
    ],
)
def test_a_default_applies_where_no_value_of_the_record_does(record: str, expected: str) -> None:
    java = "library: java\nlibraries: {records: {java: {name: Java}}}\n"
    facts = things("since: {type: optional support, default: no, words: {none: gone, no: never}}", f"a: {{{record}}}")
    texts = tiny(facts, "<< tables.t >>", content__more_yaml=java)
    shown = [(name, rows(body(texts, path=f"markdoc/web/{name.lower()}.md"))[0][1]) for name in ("Python", "Java")]
    assert ", ".join(f"{name}: {text}" for name, text in shown) == expected


def test_a_default_can_have_alternatives() -> None:
    default = "[no, {is: preview, from: 2026-02-01}]"
    facts = things(
        f"since: {{type: support, default: {default}, words: {{no: No}}}}", "a: {name: A}", "b: {name: B, since: 1.2}"
    )
    texts = tiny(facts, "<< tables.t >>")
    assert rows(body(texts, "2026-01-01")) == [["A", "No"], ["B", "1.2"]]
    assert rows(body(texts, "2026-02-01")) == [["A", "Preview"], ["B", "1.2"]]


OWN = """\
library: java
things:
  records:
    a: {other: 2}
    c: {name: C, other: 3}
"""


def test_a_default_of_a_shared_record_stays_below_the_values_of_a_library() -> None:
    facts = things(
        "since: {type: support, default: no, words: {no: No}}, other: {type: version, default: 1}",
        "a: {name: A, since: 1.2}",
    )
    java = "libraries: {records: {java: {name: Java}}}\n"
    columns = COLUMNS + ", {header: Other, field: other}"
    texts = tiny(facts.replace(COLUMNS, columns), "<< tables.t >>", content__more_yaml=java, content__own_yaml=OWN)
    assert rows(body(texts)) == [["A", "1.2", "1"]]
    assert rows(body(texts, path="markdoc/web/java.md")) == [["A", "1.2", "2"], ["C", "No", "3"]]
    site = load(texts)
    document = parse_yaml(OWN, "content/own.yaml", lambda _: None)
    again = load_own_facts(site.facts, [document], lambda _: None) if document else None
    assert again is not None
    assert again.of("java")["things"].records == site.facts.of("java")["things"].records


def test_a_default_is_one_place_but_each_record_has_a_fact_of_its_own() -> None:
    facts = things("since: {type: support, default: no}", "a: {name: A}", "b: {name: B}", "c: {name: C, since: 1}")
    texts = tiny(facts, "A needs << things.a.since >>.\n\n<< tables.t >>")
    site, documents = load(texts), built(texts).documents
    (fact,) = facts_named(site, "things.a.since")
    shown = {appearance.where for appearance in explain(site, documents, [fact])[0].shown}
    assert shown == {"sentence", "Things: A"}
    place = Place("content/facts.yaml", 2, 56, 2)
    assert str(fact.fact.alternatives[0].place) == str(place)
    assert {appearance.where for appearance in appearances(documents, (place,))} == {
        "sentence",
        "Things: A",
        "Things: B",
    }
    declared = origins(site.facts)[place]
    assert (declared.record.subject, declared.field) == (("things", "default"), "since")
    assert facts_named(site, str(place)) == [declared]
    assert len({origin.record.id for origin in all_facts(site.facts) if origin.field == "since"}) == 4


def test_columns_inherit_the_presentation_of_their_field() -> None:
    declared = "since: {type: support, words: {no: not yet, ga: done}, notation: plus, code: yes}, out: {type: date, dates: iso}"
    columns = (
        "{header: N, field: name}, {header: S, field: since}, {header: D, field: out}, "
        "{header: T, field: since, words: {no: never}, code: no}, {header: U, fields: [out, since]}, "
        "{header: V, fields: [out, since], dates: long}"
    )
    records = ("a: {name: A, since: '>=1.2', out: 2026-03-01}", "b: {name: B, since: no, out: 2026-03-02}")
    assert rows(body(tiny(things(declared, *records, columns=columns), "<< tables.t >>"))) == [
        ["A", "`1.2+`", "2026-03-01", "1.2+", "2026-03-01: `1.2+`", "March 1, 2026: `1.2+`"],
        ["B", "not yet", "2026-03-02", "never", "2026-03-02: not yet", "March 2, 2026: not yet"],
    ]


def test_identifiers_are_printed_as_code() -> None:
    declared = "package: code, names: {type: list of code, code: no}, more: optional list of code"
    columns = "{header: P, field: package}, {header: N, field: names}, {header: M, field: more}"
    record = "a: {name: A, package: my_lib, names: [a-b, c-d], more: ['@x/y', z.on]}"
    assert rows(body(tiny(things(declared, record, columns=columns), "<< tables.t >>"))) == [
        ["`my_lib`", "a-b, c-d", "`@x/y`, `z.on`"]
    ]


def test_a_column_inherits_the_link_of_its_field() -> None:
    facts = """
vendors:
  fields: {name: {type: text, link: site}, site: link}
  records: {ibm: {name: IBM, site: https://ibm.example.com}}
things:
  fields: {name: text, vendor: reference to vendors, page: link}
  records: {a: {name: A, vendor: ibm, page: /a/}}
tables:
  t:
    caption: Things
    from: things
    columns:
      - {header: Name, field: name}
      - {header: Vendor, field: vendor.name}
      - {header: Own, field: vendor.name, link: page}
      - {header: Both, fields: [name, vendor.name]}
"""
    cells = rows(body(tiny(facts, "<< tables.t >>"), path="markdoc/web/python.md"))[0]
    assert cells[1:3] == ["[IBM](https://ibm.example.com)", "[IBM](https://docs.example.com/a.md)"]
    assert "](" not in cells[3]


def test_a_misspelt_word_of_a_default_is_one_finding() -> None:
    facts = things("since: {type: text, default: Expermental build}", "a: {name: A}", "b: {name: B}")
    found = checked(tiny(facts, "<< tables.t >>"), DAY)
    assert [(f.code, str(f.place)) for f in found] == [("near-word", "content/facts.yaml:2:53")]


def test_a_missing_value_of_a_default_is_reported_once() -> None:
    facts = things("since: {type: support, default: {is: no, for: api, reason: R}}", "a: {name: A}", "b: {name: B}")
    found = build(load(tiny(facts, "<< tables.t >>")), "2026-04-01").findings
    assert {(f.code, str(f.place)) for f in found} == {("missing-value", "content/facts.yaml:2:61")}
