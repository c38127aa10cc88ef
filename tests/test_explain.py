"""Facts in `sitegen explain`."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from sitegen.explanation.facts import all_facts, explain, facts_named, origins
from tests.support.commands import Capture, do
from tests.support.sites import ROOT, own_build, own_site

DAY = date(2026, 4, 1)


# --- facts -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "capabilities.api-security.since",
        "api-security.since",
        "API-Security.Since",
        "content/facts.yaml:115",
        "content/facts.yaml:115:16",
    ],
)
def test_a_fact_is_found_by_its_names_and_its_place(words: str) -> None:
    text = (ROOT / "content/facts.yaml").read_text("utf-8").splitlines()[114]
    assert "4.6.0" in text, "the line in this test"
    (origin,) = facts_named(own_site(), words)
    assert (origin.record.dataset, origin.record.id, origin.field) == ("capabilities", "api-security", "since")


def test_a_record_or_a_name_selects_all_fields() -> None:
    for words in ("capabilities.api-security", "api-security", "API Security"):
        assert [origin.field for origin in facts_named(own_site(), words)] == ["name", "since"]


def test_all_facts_of_this_site_is_found_by_each_of_its_places() -> None:
    site = own_site()
    for place, origin in origins(site.facts).items():
        assert origin in facts_named(site, str(place))
    assert {o.fact for o in origins(site.facts).values()} == {o.fact for o in all_facts(site.facts)}


def test_the_history_of_a_fact_is_shown_for_each_product() -> None:
    (origin,) = facts_named(own_site(), "capabilities.api-security.since")
    (found,) = explain(own_site(), own_build(str(DAY)).documents, [origin])
    assert {name: steps for names, steps in found.over_time for name in names} == {
        "asm/python": ((date(2025, 7, 1), "2.6.0"),),
        "iast/python": ((date(2026, 4, 1), "2.6.0"),),
        "aap/python": ((date(2025, 7, 1), "2.6.0"), (date(2026, 4, 1), "4.6.0")),
    }


def test_uses_of_a_fact_and_computed_values_are_listed_separately() -> None:
    (origin,) = facts_named(own_site(), "capabilities.api-security.since")
    (found,) = explain(own_site(), own_build(str(DAY)).documents, [origin])
    on_aap = {(one.computed, one.text) for one in found.shown if one.page == "aap/python"}
    assert (False, "4.6.0") in on_aap
    assert (True, "4.6.0") in on_aap, "the sentence with the highest minimum"
    assert {one.format for one in found.shown} == {"hugo", "markdoc", "html"}


def test_the_level_of_a_release_is_shown_with_its_dates() -> None:
    (origin,) = facts_named(own_site(), "releases.v3.support")
    (found,) = explain(own_site(), {}, [origin])
    steps = {name: steps for names, steps in found.over_time for name in names}["aap/python"]
    assert [text for _, text in steps] == ["General Availability", "Maintenance", "End of Life"]


PARTIALS_ONLY = """\
tools:
  fields: {name: text, since: support}
  records: {ant: {name: Ant, since: 1.2}, bee: {name: Bee, since: 1.3}}
tables:
  tools: {caption: Tools, from: tools, columns: [{header: Tool, field: name}, {header: Since, field: since}]}
"""


def test_partials_of_a_site_without_pages_show_facts(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content/facts.yaml").write_text(PARTIALS_ONLY)
    (tmp_path / "sitegen.yaml").write_text(
        "title: T\nformats: [hugo]\npartials: {tools: {path: tools, tables: [tools]}}\n"
    )
    arguments = ("explain", "ant.since", "--root", tmp_path, "--as-of", DAY)
    assert do(capsys, *arguments).out.splitlines()[-2:] == [f"shown as of {DAY}", "  site, Tools: Ant: 1.2 (partial)"]
    (fact,) = json.loads(do(capsys, *arguments, "--format", "json").out)["facts"]
    assert [(use["dialect"], use["path"], use["text"]) for use in fact["shown"]] == [("partial", "tools", "1.2")]
    (tmp_path / "sitegen.yaml").write_text("title: T\nformats: [hugo]\n")
    assert do(capsys, *arguments).out.splitlines()[-1] == f"no page and no partial shows it as of {DAY}"
