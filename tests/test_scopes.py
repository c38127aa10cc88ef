"""Scopes: values, columns, headers and pages for products and libraries, and records that exist only for some of them."""

from __future__ import annotations

import random
import re
from datetime import date
from typing import NamedTuple

import pytest

from sitegen.changes.differences import SiteState, compare_sites
from sitegen.explanation.answers import answer_question
from sitegen.explanation.facts import explain, facts_named
from sitegen.facts.alternatives import EVERYWHERE, Scope
from tests.support.changes import refuse
from tests.support.sites import build, built, checked, load, tiny

DAY = date(2026, 4, 1)
PRODUCTS, LIBRARIES = ("aap", "apm", "iast"), ("go", "java", "ruby")
ROLES = """\
products: {fields: {name: text}, records: {aap: {name: AAP}, apm: {name: APM}, iast: {name: IAST}}}
libraries: {fields: {name: text}, records: {go: {name: Go}, java: {name: Java}, ruby: {name: Ruby}}}
"""


class Written(NamedTuple):
    """A scope as it is written, and the products and libraries to which it applies."""

    text: str
    products: frozenset[str]
    libraries: frozenset[str]
    both: bool

    def applies(self, product: str, library: str) -> bool:
        if self.both:
            return product in self.products and library in self.libraries
        return product in self.products or library in self.libraries or not (self.products or self.libraries)


def scope(choose: random.Random) -> Written:
    """A random scope."""
    products = choose.sample(PRODUCTS, choose.randrange(3))
    libraries = choose.sample(LIBRARIES, choose.randrange(3))
    if products and libraries and choose.random() < 0.7:
        one = products[0] if len(products) == 1 else f"[{', '.join(products)}]"
        text = f"{{product: {one}, library: [{', '.join(libraries)}]}}"
        return Written(text, frozenset(products), frozenset(libraries), both=True)
    text = f"[{', '.join((*products, *libraries))}]" if products or libraries else ""
    return Written(text, frozenset(products), frozenset(libraries), both=False)


def _for(written: Written) -> str:
    return f", for: {written.text}" if written.text else ""


@pytest.mark.parametrize("seed", range(12))
def test_a_page_shows_the_last_value_that_applies_and_the_records_that_exist(seed: int) -> None:
    choose = random.Random(seed)
    values = {f"f{number}": [scope(choose) for _ in range(choose.randrange(1, 4))] for number in range(4)}
    limits = {id_: scope(choose) for id_ in values}
    records = []
    for id_, scopes in values.items():
        others = "".join(f", {{is: v{n}, reason: r{_for(each)}}}" for n, each in enumerate(scopes))
        records.append(f"    {id_}: {{name: {id_.upper()}, value: [base{others}]{_for(limits[id_])}}}\n")
    header, column = scope(choose), scope(choose)
    facts = (
        f"things:\n  fields: {{name: text, value: text}}\n  records:\n    all: {{name: ALL, value: base}}\n{''.join(records)}"
        "tables:\n  things:\n    caption: Things\n    from: things\n    columns:\n"
        f"      - {{header: [Thing, {{is: Special{_for(header)}}}], field: name}}\n      - {{header: Value, field: value}}\n"
        f"      - {{header: More, field: name{_for(column)}}}\n"
    )
    page = "<% for each in things %><< each.name >>=<< each.value >> <% endfor %>\n\n<< tables.things >>\n"
    site = load(tiny(facts, page, content__roles_yaml=ROLES))
    made = build(site, DAY.isoformat())
    assert {finding.code for finding in made.findings} <= {"never-applies"}
    # A value that a later one covers is an error, which leaves the rest of the file as it is.
    for product in PRODUCTS:
        for library in LIBRARIES:
            wanted = {"ALL": "base"}
            for id_, scopes in values.items():
                if limits[id_].applies(product, library):
                    last = [f"v{number}" for number, each in enumerate(scopes) if each.applies(product, library)]
                    wanted[id_.upper()] = (["base", *last])[-1]
            text = made.files[f"markdoc/{product}/{library}.md"].text
            assert dict(re.findall(r"(\w+)=(\w+)", text)) == wanted, (seed, product, library)
            rows = [re.findall(r"\w+", line) for line in text.splitlines() if re.match(r"\| [A-Z]", line)]
            more = column.applies(product, library)
            first = "Special" if header.applies(product, library) else "Thing"
            assert rows[0] == [first, "Value", *(["More"] if more else [])]
            assert rows[1:] == [[name, value, *([name] if more else [])] for name, value in wanted.items()]


def test_one_scope_covers_another_only_if_it_applies_wherever_that_one_does() -> None:
    aap, either = Scope((frozenset({"aap"}),)), Scope((frozenset({"aap", "java"}),))
    both = Scope((frozenset({"aap"}), frozenset({"java"})))
    narrow = (aap, either, both, EVERYWHERE)
    wanted = [(aap, aap), (aap, both), (either, aap), (either, either), (either, both), (both, both)]
    wanted += [(EVERYWHERE, one) for one in narrow]
    assert sorted((narrow.index(x), narrow.index(y)) for x in narrow for y in narrow if x.covers(y)) == sorted(
        (narrow.index(x), narrow.index(y)) for x, y in wanted
    )
    assert [one.words for one in narrow] == [("aap",), ("aap", "java"), ("aap/java",), ()]


def test_a_page_can_be_for_one_library_of_a_product() -> None:
    special = "---\ntitle: Special\nfor: {product: aap, library: [go, java]}\n---\nHere.\n"
    page = "---\ntitle: Other\nfor: {product: [apm, iast]}\n---\nThere.\n"
    site = tiny("x: {fields: {name: text}, records: {a: {name: A}}}\n", content__roles_yaml=ROLES)
    made = build(load({**site, "content/page.md": page.encode(), "content/s.md": special.encode()}), DAY.isoformat())
    markdoc = {path: file.text for path, file in made.files.items() if path.startswith("markdoc/")}
    assert "markdoc/aap/ruby.md" not in markdoc
    assert {path for path, text in markdoc.items() if "Special" in text} == {"markdoc/aap/go.md", "markdoc/aap/java.md"}
    assert len(markdoc) == 8


TOOLS = """\
tools:
  fields: {name: text, since: support}
  records:
    ant: {name: Ant, since: 1.2.0, for: java}
    make: {name: Make, since: [1.0.0, {is: 2.0.0, for: {product: aap, library: go}, reason: it came late}]}
tables:
  tools:
    caption: Tools
    from: tools
    complete: true
    columns: [{header: Tool, field: name}, {header: Since, field: since}]
"""
PAGE = "<< tables.tools >>\n"


def test_a_question_about_a_record_of_another_library_is_answered_with_no() -> None:
    site = load(tiny(TOOLS, PAGE, content__roles_yaml=ROLES))
    verdicts = {}
    for library in ("java", "go"):
        (answer,) = answer_question(site, DAY, f"Ant AAP {library}", refuse)
        verdicts[library] = answer.answer
    assert verdicts == {"java": "yes", "go": "no"}


def test_the_history_of_a_fact_lists_only_the_pages_of_its_record() -> None:
    site = load(tiny(TOOLS, PAGE, content__roles_yaml=ROLES))
    documents = build(site, DAY.isoformat()).documents
    (ant,) = facts_named(site, "tools.ant.since")
    (history,) = explain(site, documents, [ant])[0].over_time
    assert history.pages == ("aap/java", "apm/java", "iast/java")
    (make,) = facts_named(site, "tools.make.since")
    (told,) = explain(site, documents, [make])
    assert [alternative.scope for alternative in told.alternatives] == [(), ("aap/go",)]
    assert [history.pages for history in told.over_time if history.steps[0].text == "2.0.0"] == [("aap/go",)]


def test_a_narrower_scope_of_a_record_removes_it_from_the_other_pages() -> None:
    old = load(tiny(TOOLS.replace(", for: java", ", for: [java, go]"), PAGE, content__roles_yaml=ROLES))
    for reason, breaking in (("", 2), ("reason: it never worked there, ", 0)):
        new = load(tiny(TOOLS.replace("for: java", f"{reason}for: {{library: java, product: [aap, apm]}}"), PAGE, content__roles_yaml=ROLES))  # fmt: skip
        compared = compare_sites(SiteState(old, DAY), SiteState(new, DAY), refuse, refuse)
        removed = [change for change in compared.changes if change.kind == "removed"]
        assert {page for change in removed for page in change.pages} == {"aap/go", "apm/go", "iast/go", "iast/java"}
        assert bool(compared.breaking) == bool(breaking)


def test_rules_check_a_record_only_where_it_exists() -> None:
    twice = TOOLS.replace("    make:", "    ant2: {name: Ant, since: 1.3.0, for: go}\n    make:")
    assert checked(tiny(twice, PAGE, content__roles_yaml=ROLES), DAY) == []
    everywhere = twice.replace(", for: java", "").replace(", for: go}\n", "}\n")
    assert [f.code for f in checked(tiny(everywhere, PAGE, content__roles_yaml=ROLES), DAY)] == ["two-values"]


def test_a_link_can_exist_for_one_library() -> None:
    links = "links: {fields: {target: link}, records: {ant: {target: /ant/, for: java}}}\n"
    page = '<% if library.id == "java" %>See [ant].<% endif %>\n\n<< tables.tools >>\n'
    made = built(tiny(TOOLS + links, page, content__roles_yaml=ROLES))
    assert "/ant" in made.files["markdoc/aap/java.md"].text
    found = build(load(tiny(TOOLS + links, "See [ant].\n", content__roles_yaml=ROLES)), DAY.isoformat()).findings
    assert {finding.message for finding in found if finding.severity == "error"} == {
        f"links 'ant' does not exist for {product}/{library}" for product in PRODUCTS for library in ("go", "ruby")
    }
