"""Parts of values: levels as dates, the bounds of versions, the contents of a state; in tables, conditions and prose."""

from __future__ import annotations

import re
from datetime import date

import pytest

from sitegen.changes.differences import SiteState, compare_sites
from sitegen.explanation.answers import answer_question
from sitegen.facts.parts import part_of
from sitegen.facts.support import read_support
from sitegen.facts.values import Absent, List, Versions
from sitegen.facts.versions import parse_versions
from sitegen.formats import USUAL
from tests.support.changes import refuse
from tests.support.sites import body, checked, load, tiny

RELEASES = """\
releases:
  fields: {versions: versions, status: lifecycle, runtime: versions, tested: list of versions}
  records:
    v3: {versions: 3.x, status: {ga: 2026-02-01, lts: 2026-09-01}, runtime: "3.9-3.12, 3.14", tested: [8+, 11-17]}
    v2: {versions: 2.x, status: {ga: 2024-02-01, eol: 2026-09-01}, runtime: ">=3.5,<3.11", tested: 8}
    v1: {versions: 1.x, status: {ga: by 2022-02-01, eol: 2025-09-01}, runtime: any, tested: any}
tools:
  fields: {name: text, since: support}
  records:
    run: {name: Run, since: 1.2}
    test: {name: Test, since: {is: preview 2.4+, on: 2026-01-01}}
    lint: {name: Lint, since: no 5+}
tables:
  dates:
    caption: Dates
    from: releases
    columns:
      - {header: Release, field: versions}
      - {header: Begin, field: status.ga, dates: iso}
      - {header: LTS, field: status.lts}
      - {header: End, field: status.eol, words: {none: not announced}}
      - {header: Level, field: status.current, words: {eol: ended}}
  bounds:
    caption: Bounds
    from: releases
    columns:
      - {header: Release, field: versions}
      - {header: From, field: runtime.low}
      - {header: To, field: runtime.high}
      - {header: Tested, field: tested.low}
  since:
    caption: Since
    from: tools
    columns:
      - {header: Tool, field: name}
      - {header: State, field: since.state}
      - {header: Versions, field: since.versions}
      - {header: Low, field: since.low}
      - {header: Date, field: since.on}
  supported: {caption: Supported, from: releases, where: {status: [ga, lts]}, columns: [{header: Release, field: versions}]}
  ended: {caption: Ended, from: releases, where: {status.current: eol}, columns: [{header: Release, field: versions}]}
"""
PAGE = (
    "<< tables.dates >>\n\n<< tables.bounds >>\n\n<< tables.since >>\n\n<< tables.supported >>\n\n<< tables.ended >>\n"
)


def cells(text: str) -> list[list[str]]:
    """The cells of the rows of Markdown tables."""
    rows = [line for line in text.splitlines() if line.startswith("|") and not line.startswith("| --")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_parts_are_shown_as_columns() -> None:
    assert cells(body(tiny(RELEASES, PAGE))) == [
        ["Release", "Begin", "LTS", "End", "Level"],
        ["3.x", "2026-02-01", "September 1, 2026", "not announced", "General Availability"],
        ["2.x", "2024-02-01", "", "September 1, 2026", "General Availability"],
        ["1.x", "by 2022-02-01", "", "September 1, 2025", "ended"],
        ["Release", "From", "To", "Tested"],
        ["3.x", "3.9", "3.14", "8, 11"],
        ["2.x", "3.5", "`<3.11`", "8"],
        ["1.x", "", "", ""],
        ["Tool", "State", "Versions", "Low", "Date"],
        ["Run", "yes", "1.2", "1.2", ""],
        ["Test", "Preview", "2.4+", "2.4", "January 1, 2026"],
        ["Lint", "no", "5+", "no", ""],
        ["Release"], ["3.x"], ["2.x"],
        ["Release"], ["1.x"],
    ]  # fmt: skip


def test_rows_move_between_tables_on_the_day_of_a_level() -> None:
    texts = tiny(RELEASES, "<< tables.supported >>\n\n<< tables.ended >>\n")
    assert cells(body(texts, "2026-08-31")) == [["Release"], ["3.x"], ["2.x"], ["Release"], ["1.x"]]
    assert cells(body(texts, "2026-09-01")) == [["Release"], ["3.x"], ["Release"], ["2.x"], ["1.x"]]


def test_parts_are_used_in_sentences() -> None:
    page = (
        "Until << releases.v2.status.eol >> (<< releases.v2.status.current >>), << releases.v3.runtime.low >> to "
        "<< releases.v3.runtime.high >>.\n\n<% for r in releases %><% if r.status.lts %>"
        'Long: << r.id >>, << r.status["lts"] >>.<% endif %><% endfor %>\n\n<< tables.dates >>\n'
    )
    text = body(tiny(RELEASES, page))
    assert "Until 2026-09-01 (General Availability), 3.9 to 3.14." in text
    assert "Long: v3, 2026-09-01." in text


@pytest.mark.parametrize(
    ("written", "low", "high"),
    [
        ("3.5-3.11", "3.5", "3.11"),
        ("2.x", "2", "2.x"),
        ("2.7, 3.5+", "2.7", None),
        ("<=2.7", None, "2.7"),
        ("2.7 and lower", None, "2.7"),
        ("^4.1", "4.1", "<5"),
        (">1.2,<3", ">1.2", "<3"),
        ("8/11", "8", "11"),
        ("1.7.0/1", "1.7.0", "<1.7.2"),
        (">=2,!=2.3.1", "2", None),
        ("==1.9.0", "1.9.0", "1.9.0"),
        ("any", None, None),
    ],
)
def test_bounds_never_claim_a_version_outside_of_the_set(written: str, low: str | None, high: str | None) -> None:
    versions = parse_versions(written)
    for part, text in (("low", low), ("high", high)):
        found = part_of(Versions(versions), part, date.min)
        if text is None:
            assert isinstance(found, Absent)
            continue
        assert isinstance(found, Versions)
        assert found.text == text
        assert versions.common(found.set), "a bound has versions in common with its set"


@pytest.mark.parametrize("state", ["no 5+", "removed 5+", "planned 5+", "unknown 5+"])
def test_a_state_without_support_has_no_bounds(state: str) -> None:
    support = read_support(state)
    for part in ("low", "high"):
        assert part_of(support, part, date.min) == part_of(support, "state", date.min)


def test_parts_of_lists_are_those_of_their_items() -> None:
    items = List((Versions(parse_versions("8+")), Versions(parse_versions("11-17"))))
    assert part_of(items, "high", date.min).text == "17"


def differences(old: str, new: str) -> list[tuple[str, str, str, str, bool]]:
    states = (SiteState(load(tiny(text, PAGE)), date(2026, 4, 1)) for text in (old, new))
    changes = compare_sites(*states, refuse, refuse).changes
    dates = [change for change in changes if change.kind not in ("level changed", "removed")]
    return [(change.kind, change.title, change.old, change.new, change.shrinks) for change in dates if change.title]


def test_diff_names_the_part_that_changed() -> None:
    moved = RELEASES.replace("ga: 2024-02-01, eol: 2026-09-01", "ga: 2024-02-01, eol: 2026-10-01")
    assert differences(RELEASES, moved) == [("date moved", "End", "September 1, 2026", "October 1, 2026", False)]
    announced = RELEASES.replace("lts: 2026-09-01", "lts: 2026-09-01, eol: 2027-09-01")
    assert differences(RELEASES, announced) == [("added", "End", "none", "September 1, 2027", False)]
    raised = RELEASES.replace(">=3.5,<3.11", ">=3.6,<3.11")
    assert differences(RELEASES, raised) == [("raised", "From", "3.5", "3.6", True)]
    narrowed = RELEASES.replace("3.9-3.12, 3.14", "3.9-3.12")
    assert [(kind, title, shrinks) for kind, title, *_, shrinks in differences(RELEASES, narrowed)] == [
        ("lowered", "To", True)
    ]


def found(facts: str, page: str = PAGE) -> list[tuple[str, str]]:
    texts = tiny(facts, page)
    return [(each.code, each.hint) for each in checked(texts, date(2026, 4, 1), ("meaning",), USUAL)]


def test_rules_know_the_fields_of_parts() -> None:
    assert found(RELEASES) == []
    left_out = RELEASES.replace("where: {status.current: eol}", "where: {status.current: eol}, rows: [v1]")
    assert found(left_out) == [
        ("row-mismatch", "add 'v2' to the rows, or write '# sitegen: allow row-mismatch: reason' above them")
    ]


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("status.eol", "status.eoll", "unknown-field", "did you mean 'eol'?"),
        ("runtime.low", "runtime.minimum", "unknown-field", "expected one of: low, high"),
        ("since.on}", "since.on.x}", "unknown-field", "did you mean 'on'?"),
        ("where: {status.current: eol}", "where: {status.current: elo}", "unknown-choice", "did you mean 'eol'?"),
        ("where: {status: [ga, lts]}", "where: {statu: [ga, lts]}", "unknown-field", "did you mean 'status'?"),
    ],
)
def test_an_unknown_part_is_reported(old: str, new: str, code: str, hint: str) -> None:
    assert old in RELEASES
    reported = found(RELEASES.replace(old, new))
    assert code in [each for each, _ in reported]
    assert any(hint in text for _, text in reported)


def test_an_unknown_part_in_a_sentence_is_reported() -> None:
    assert found(RELEASES, PAGE + "<< releases.v2.status.eoll >>\n") == [("undefined-name", "did you mean 'eol'?")]
    assert ("unknown-field", "did you mean 'eol'?") in found(
        RELEASES, PAGE + "<% for r in releases %><< r.status.eoll >><% endfor %>\n"
    )


def test_a_part_that_a_value_does_not_have_cannot_be_printed() -> None:
    assert [code for code, _ in found(RELEASES, PAGE + "<< releases.v3.status.eol >>\n")] == ["missing-value"]
    assert re.search("Never ends", body(tiny(RELEASES, "<% if not releases.v3.status.eol %>Never ends<% endif %>\n")))


def test_explain_answers_by_the_level_that_dates_state() -> None:
    facts = """\
systems:
  fields: {name: text, status: lifecycle}
  records:
    alpine: {name: Alpine, status: {ga: 2020-01-01, eol: 2026-01-01}}
    debian: {name: Debian, status: {ga: 2020-01-01, eol: 2027-01-01}}
tables:
  systems:
    caption: Systems
    from: systems
    columns: [{header: System, field: name}, {header: Released, field: status.ga}, {header: EOL, field: status.eol}]
"""
    site = load(tiny(facts, "<< tables.systems >>\n"))
    for question, answers in (("Alpine", {"eol"}), ("Debian", {"yes"}), ("Debian, EOL", {"not-stated"})):
        assert {each.answer for each in answer_question(site, date(2026, 4, 1), question, refuse)} == answers
