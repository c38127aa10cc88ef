"""What `sitegen explain` says of facts, and how it answers questions."""

from __future__ import annotations

import contextlib
import json
from datetime import date

import pytest

from sitegen.cli import main
from sitegen.explanation.facts import explain, facts_named
from sitegen.explanation.questions import Answer, UnknownTermError, ask
from sitegen.explanation.tracing import every_fact, origins
from sitegen.findings import Finding
from tests.sites import ROOT, load, own_build, own_site, tiny

DAY = date(2026, 4, 1)


def answers(question: str, day: date = DAY) -> dict[str, Answer]:
    """The answers of this site to a question, by page."""
    wrong: list[Finding] = []
    found = {answer.page: answer for answer in ask(own_site(), day, question, wrong.append)}
    assert wrong == []
    return found


def verdicts(question: str, day: date = DAY) -> dict[str, str]:
    return {page: answer.verdict for page, answer in answers(question, day).items()}


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
    assert "4.6.0" in text, "the line that this test names"
    (origin,) = facts_named(own_site(), words)
    assert (origin.record.dataset, origin.record.id, origin.field) == ("capabilities", "api-security", "since")


def test_a_record_and_a_name_stand_for_all_fields() -> None:
    for words in ("capabilities.api-security", "api-security", "API Security"):
        assert [origin.field for origin in facts_named(own_site(), words)] == ["name", "since"]


def test_every_fact_of_this_site_is_found_by_each_of_its_places() -> None:
    site = own_site()
    for place, origin in origins(site.facts).items():
        assert origin in facts_named(site, str(place))
    assert {o.fact for o in origins(site.facts).values()} == {o.fact for o in every_fact(site.facts)}


def test_the_history_of_a_fact_is_told_for_each_product() -> None:
    (origin,) = facts_named(own_site(), "capabilities.api-security.since")
    found = explain(own_site(), own_build(str(DAY)).documents, origin)
    assert {name: steps for names, steps in found.histories for name in names} == {
        "asm/python": ((date(2025, 7, 1), "2.6.0"),),
        "iast/python": ((date(2026, 4, 1), "2.6.0"),),
        "aap/python": ((date(2025, 7, 1), "2.6.0"), (date(2026, 4, 1), "4.6.0")),
    }


def test_what_shows_a_fact_and_what_is_computed_from_it_are_told_apart() -> None:
    (origin,) = facts_named(own_site(), "capabilities.api-security.since")
    found = explain(own_site(), own_build(str(DAY)).documents, origin)
    on_aap = {(one.computed, one.text) for one in found.appearances if one.page == "aap/python"}
    assert (False, "4.6.0") in on_aap
    assert (True, "4.6.0") in on_aap, "the sentence with the highest of the minimums"
    assert {one.dialect for one in found.appearances} == {"hugo", "markdoc", "html"}


def test_the_level_of_a_release_is_told_from_day_to_day() -> None:
    (origin,) = facts_named(own_site(), "releases.v3.support")
    found = explain(own_site(), {}, origin)
    steps = {name: steps for names, steps in found.histories for name in names}["aap/python"]
    assert [text for _, text in steps] == ["General Availability", "Maintenance", "End of Life"]


# --- questions -------------------------------------------------------------------------


def test_a_question_is_answered_from_the_facts_of_a_product() -> None:
    (answer,) = answers("Python 3.8, Linux i686, API Security, AAP?").values()
    assert answer.verdict == "no"
    assert answer.fits == ()
    runtime, capability = answer.demands
    assert [ground.text for ground in runtime.grounds] == [">=3, <4", ">=2,<3", "<2"]
    assert [ground.text for ground in capability.grounds] == ["4.6.0"]
    lines = (ROOT / "content/facts.yaml").read_text("utf-8").splitlines()
    assert all(
        "4.6.0" in lines[place.line - 1] or "API" in lines[place.line - 1] for place in capability.grounds[0].places
    )


def test_without_a_product_each_page_answers() -> None:
    assert verdicts("Python 3.8, Linux i686, API Security") == {
        "asm/python": "unstated",
        "iast/python": "yes",
        "aap/python": "no",
    }


def test_the_releases_that_fit_are_told_with_what_of_them_fits() -> None:
    (answer,) = answers("Python 3.8, Linux i686, API Security, iast").values()
    assert [(fit.branch, fit.versions, fit.supported) for fit in answer.fits] == [
        (">=3.0,<4", ">=3.0,<4", True),
        (">=2.0,<3", ">=2.6.0,<3", False),
    ]


def test_only_dead_releases_are_no_plain_yes() -> None:
    assert set(verdicts("Python 3.8, Linux i686, API Security, iast", date(2026, 6, 1)).values()) == {"unsupported"}
    assert set(verdicts("Python 2.7, Linux").values()) == {"unsupported"}


def test_what_is_not_supported_is_no() -> None:
    assert verdicts("gRPC Monitoring, AAP") == {"aap/python": "no"}
    assert verdicts("AWS Lambda, ASM") == {"asm/python": "yes"}


def test_a_value_for_another_row_is_taken_into_account() -> None:
    assert [g.text for g in answers("Linux i686, Python 3.9, AAP")["aap/python"].demands[0].grounds] == [
        ">=3, <4",
        ">=2,<3",
        "<2",
    ], "no i686 from 4 on"


def test_the_day_of_the_question_counts() -> None:
    assert verdicts("Alpine", date(2023, 3, 15)) == {"asm/python": "yes"}
    with pytest.raises(UnknownTermError, match="nothing is called 'Alpine' on 2026-04-01"):
        answers("Alpine")


def test_a_term_that_names_nothing_is_told_with_what_is_near() -> None:
    with pytest.raises(UnknownTermError, match="nothing is called 'Djagno' on 2026-04-01; did you mean 'Django'"):
        answers("Djagno, AAP")


def test_a_term_that_is_near_a_word_of_a_name_is_told_with_that() -> None:
    site = load(tiny("apps:\n  fields: {name: text}\n  records:\n    pooling: {name: Connection pooling}\n"))
    with pytest.raises(UnknownTermError, match="nothing is called 'Poling' on 2026-04-01; did you mean 'pooling'"):
        ask(site, DAY, "Poling", lambda _: None)


@pytest.mark.parametrize(
    "question", ["", " ,?; ", "AAP", "Python", "AAP, ASM", "9" * 400, ">=1", "<script>", "3.8", "\ud800"]
)
def test_odd_questions_are_answered_or_refused_in_words(question: str) -> None:
    with contextlib.suppress(UnknownTermError):
        assert all(answer.verdict for answer in ask(own_site(), DAY, question, lambda _: None))


def test_a_site_without_ladders_answers_too() -> None:
    facts = "apps:\n  fields: {name: text, works: support}\n  records:\n    shop: {name: Shop, works: no}\n"
    table = "tables:\n  apps:\n    from: apps\n    caption: Apps\n    columns: [{header: App, field: name}, {header: Works, field: works}]\n"
    site = load(tiny(facts + table, "<< tables.apps >>"))
    assert site.findings == ()
    assert {answer.verdict for answer in ask(site, DAY, "Shop", lambda _: None)} == {"no"}


# --- the command -----------------------------------------------------------------------


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    root = ["--root", str(ROOT), "--as-of", str(DAY), "--format", "json"]
    assert main(["explain", "api-security.since", *root]) == 0
    (fact,) = json.loads(capsys.readouterr().out)["facts"]
    assert [each["text"] for each in fact["alternatives"]] == ["2.6.0", "4.6.0"]
    assert main(["explain", "API Security, Python 3.8, AAP", *root]) == 0
    (answer,) = json.loads(capsys.readouterr().out)["answers"]
    assert answer["answer"] == "no"
    assert answer["because"][-1]["facts"][0]["text"] == "4.6.0"


def test_what_is_not_known_is_one_line_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "Djagno", "--root", str(ROOT), "--as-of", str(DAY)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "sitegen: nothing is called 'Djagno' on 2026-04-01; did you mean 'Django'?\n"
