"""Lifecycles: dates of any precision, expected dates, levels after the release of another record, paid support."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.changes.agenda import as_calendar
from sitegen.changes.differences import SiteState, compare_sites
from sitegen.changes.forecast import forecast
from sitegen.evaluation.context import Context
from sitegen.explanation.answers import answer_question
from sitegen.explanation.facts import appearances, explain, facts_named
from sitegen.facts.values import Lifecycle
from sitegen.formats import USUAL
from tests.support.changes import refuse
from tests.support.sites import body, build, built, checked, load, tiny

RELEASES = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r121: {versions: "1.21", support: {ga: 2021-04-08, eol: 2022-04}}
    r122: {versions: "1.22", support: {ga: 2021-08, eol: ~2022-10}}
    r123: {versions: "1.23", support: {ga: 2021-12-07, eol: expected 2023-02-28}}
    r124: {versions: "1.24", support: {ga: 2022-05-03, eol: after r126}}
    r125: {versions: "1.25", support: {ga: 2022-08-23, maintenance: 2022-Q4, eol: 2024}}
    r126: {versions: "1.26", support: {ga: R126, eol: by 2024-02-28}}
tables:
  releases:
    caption: Releases
    from: releases
    columns: [{header: Release, field: versions}, {header: Support, field: support}]
  dates:
    caption: Dates
    from: releases
    columns: [{header: Release, field: versions}, {header: Released, field: support.ga}, {header: End, field: support.eol}]
"""
PAGE = '<< tables.releases.supported("support") >> supported.\n\n<< tables.releases >>\n\n<< tables.dates >>\n'
GA = "General Availability"


def site(r126: str = "~2022-12", facts: str = RELEASES, page: str = PAGE, **files: str) -> dict[str, bytes]:
    return tiny(facts.replace("R126", r126), page, **files)


def rows(texts: dict[str, bytes], day: str) -> dict[str, str]:
    """The support of each release in the first table of a page."""
    lines = [line for line in body(texts, day).partition("| Release | Released")[0].split("\n") if line[:3] == "| 1"]
    return {line.split("|")[1].strip(): line.split("|")[2].strip() for line in lines}


def dates(texts: dict[str, bytes], day: str) -> dict[str, list[str]]:
    lines = [line for line in body(texts, day).partition("| Release | Released")[2].split("\n") if line[:3] == "| 1"]
    return {line.split("|")[1].strip(): [cell.strip() for cell in line.split("|")[2:4]] for line in lines}


@pytest.mark.parametrize(
    ("r126", "day", "expected"),
    [
        ("~2022-12", "2021-08-31", {"1.21": f"{GA} (until April 2022)"}),
        ("~2022-12", "2022-04-30", {"1.21": f"{GA} (until April 2022)", "1.22": f"{GA} (expected until October 2022)"}),
        ("~2022-12", "2022-05-01", {"1.21": "End of Life"}),
        ("~2022-12", "2023-06-01", {"1.22": f"{GA} (expected until October 2022)"}),
        ("~2022-12", "2023-06-01", {"1.23": f"{GA} (expected until February 27, 2023)"}),
        ("~2022-12", "2023-06-01", {"1.24": f"{GA} (until Release of 1.26)"}),
        ("2022-12-09", "2022-06-01", {"1.24": f"{GA} (until December 8, 2022)"}),
        ("2022-12-09", "2022-12-09", {"1.24": "End of Life", "1.26": GA}),
        ("2022-12", "2022-12-31", {"1.24": f"{GA} (until December 2022)"}),
        ("2022-12", "2023-01-01", {"1.24": "End of Life", "1.26": GA}),
        ("by 2022-12-09", "2022-12-08", {"1.24": GA}),
        ("by 2022-12-09", "2022-12-09", {"1.24": "End of Life"}),
        ("~2022-12", "2022-12-31", {"1.25": f"{GA} (until Q4 2022)"}),
        ("~2022-12", "2023-01-01", {"1.25": "Maintenance (until 2024)"}),
        ("~2022-12", "2024-12-31", {"1.25": "Maintenance (until 2024)"}),
        ("~2022-12", "2025-01-01", {"1.25": "End of Life"}),
    ],
)
def test_a_period_counts_when_it_is_over_and_an_expectation_never(
    r126: str, day: str, expected: dict[str, str]
) -> None:
    found = rows(site(r126), day)
    assert {name: found[name] for name in expected} == expected


def test_a_level_may_have_no_duration_unless_it_is_the_only_one_with_support() -> None:
    facts = RELEASES.replace(
        "{ga: 2021-04-08, eol: 2022-04}", "{ga: 2021-04-08, maintenance: 2022-04-01, eol: 2022-04-01}"
    )
    assert rows(site(facts=facts), "2022-03-31")["1.21"] == f"{GA} (until March 31, 2022)"
    assert rows(site(facts=facts), "2022-04-01")["1.21"] == "End of Life"
    facts = RELEASES.replace("{ga: 2021-04-08, eol: 2022-04}", "{ga: 2022-04-01, eol: 2022-04-01}")
    assert "bad-lifecycle" in [finding.code for finding in checked(site(facts=facts), date(2022, 6, 1))]


def test_a_release_without_a_certain_level_is_not_shown() -> None:
    assert "1.26" not in rows(site("~2022-12"), "2024-02-27")
    assert "1.22" not in rows(site(), "2021-08-31"), "it is certain when the month is over"
    assert "1.22" in rows(site(), "2021-09-01")


def test_dates_are_shown_as_columns_in_each_form() -> None:
    assert dates(site(), "2023-01-15") == {
        "1.21": ["April 8, 2021", "2022-04"],
        "1.22": ["2021-08", "~2022-10"],
        "1.23": ["December 7, 2021", "expected February 28, 2023"],
        "1.24": ["May 3, 2022", "Release of 1.26"],
        "1.25": ["August 23, 2022", "2024"],
    }
    released = dates(site("2022-12-09"), "2023-01-15")
    assert (released["1.24"][1], released["1.26"][1]) == ("December 9, 2022", "by February 28, 2024")


def test_supported_counts_certain_levels_only() -> None:
    assert "4 supported." in body(site("~2022-12"), "2023-06-01")
    assert "4 supported." in body(site("2022-12-09"), "2023-06-01")  # 1.26 in place of 1.24


def codes(texts: dict[str, bytes], day: str) -> list[str]:
    found = checked(texts, date.fromisoformat(day), ("meaning", "time"), USUAL)
    return [f"{finding.code}: {finding.message}" for finding in found]


def test_an_expected_date_that_has_passed_is_reported() -> None:
    assert codes(site(), "2022-10-31") == []
    passed = "expected-date-passed: the expected date {} has passed"
    assert codes(site(), "2022-11-01") == [passed.format("2022-10 of 'eol'")]
    assert codes(site("2022-12-09"), "2023-03-01") == [
        passed.format("2022-10 of 'eol'"),
        passed.format("2023-02-28 of 'eol'"),
    ]
    assert passed.format("2022-12 of 'ga'") in codes(site(), "2023-01-01"), "the release is not shown"


def test_a_page_changes_on_the_days_on_which_levels_begin() -> None:
    found = forecast(load(site("2022-12")), date(2022, 1, 1), date(2025, 12, 31))
    days = {
        (str(change.day), change.what.old, change.what.new) for change in found.changes if change.what.what == "cell"
    }
    assert days == {
        ("2022-05-01", f"{GA} (until April 2022)", "End of Life"),
        ("2023-01-01", f"{GA} (until December 2022)", "End of Life"),
        ("2023-01-01", f"{GA} (until Q4 2022)", "Maintenance (until 2024)"),
        ("2024-02-28", GA, "End of Life"),
        ("2025-01-01", "Maintenance (until 2024)", "End of Life"),
    }
    calendar = as_calendar(found, "Support")
    assert "DTSTART;VALUE=DATE:20230101" in calendar
    assert "9999" not in calendar


@settings(max_examples=40, deadline=None)
@given(st.dates(date(2021, 4, 8), date(2026, 1, 1)), st.sampled_from(["~2022-12", "2022-12-09", "2022-12", "2022"]))
def test_no_page_changes_on_another_day(day: date, r126: str) -> None:
    texts = site(r126)
    changed = {change.day for change in forecast(load(texts), day, day + timedelta(days=1)).changes}
    is_same = body(texts, str(day)) == body(texts, str(day + timedelta(days=1)))
    assert is_same == (changed == set())


def test_a_fact_is_explained_with_all_levels() -> None:
    shown = {}
    for name in ("r121", "r122", "r123", "r124", "r125"):
        (origin,) = (each for each in facts_named(load(site()), f"releases.{name}.support"))
        shown[name] = explain(load(site()), {}, [origin])[0].alternatives[0].text
    assert shown == {
        "r121": f"{GA} from 2021-04-08, End of Life in 2022-04",
        "r122": f"{GA} in 2021-08, End of Life expected in 2022-10",
        "r123": f"{GA} from 2021-12-07, End of Life expected on 2023-02-28",
        "r124": f"{GA} from 2022-05-03, End of Life from Release of 1.26",
        "r125": f"{GA} from 2022-08-23, Maintenance in 2022-Q4, End of Life in 2024",
    }


def test_a_cell_depends_on_the_release_that_it_names() -> None:
    """The panel of a fact lists cells that name the release; another page is built again if it changes."""
    site_ = load(site())
    origin = next(each for each in facts_named(site_, "releases.r126.versions"))
    uses = appearances(build(site_, "2023-01-15").documents, [origin.fact.alternatives[0].place])
    assert {use.text for use in uses} >= {f"{GA} (until Release of 1.26)", "Release of 1.26"}


@pytest.mark.parametrize(
    ("r126", "day", "answer"),
    [
        ("~2022-12", "2023-01-15", "yes"),
        ("2022-12-09", "2022-12-08", "yes"),
        ("2022-12-09", "2022-12-09", "eol"),
        ("2022-12", "2022-12-31", "yes"),
        ("2022-12", "2023-01-01", "eol"),
    ],
)
def test_questions_are_answered_by_certain_levels(r126: str, day: str, answer: str) -> None:
    facts = RELEASES.replace("versions: versions, ", "name: text, versions: versions, ")
    for number in range(21, 27):
        facts = facts.replace(f'versions: "1.{number}"', f'name: R{number}, versions: "1.{number}"')
    facts = facts.replace("columns: [", "columns: [{header: Name, field: name}, ")
    found = answer_question(load(site(r126, facts)), date.fromisoformat(day), "R24", refuse)
    assert {each.answer for each in found} == {answer}


def changes(old: str, new: str, day: str = "2022-06-01") -> set[tuple[str, str, str, str, bool]]:
    states = [SiteState(load(texts), date.fromisoformat(day)) for texts in (site(old), site(new))]
    found = compare_sites(states[0], states[1], refuse, refuse).changes
    return {(change.kind, change.label, change.old, change.new, change.shrinks) for change in found}


def test_diff_reports_the_date_of_a_release_where_it_is_shown() -> None:
    assert ("date moved", "1.24", "End of Life from Release of 1.26", "End of Life from December 9, 2022", False) in (
        changes("~2022-12", "2022-12-09")
    )
    assert ("date moved", "1.24", "December 9, 2022", "2022-12", False) in changes("2022-12-09", "2022-12")


def test_a_library_has_releases_of_its_own() -> None:
    own = "library: python\nreleases: {records: {r126: {support: {ga: 2022-12-09}}}}\n"
    texts = site("~2023-04", content__python_yaml=own)
    assert rows(texts, "2023-01-15")["1.24"] == "End of Life"
    loaded = load(texts)
    shared = loaded.facts.datasets["releases"].records
    assert loaded.facts.of("python")["releases"].records["r121"] is shared["r121"]
    fact = Context(loaded.facts, date(2023, 1, 15), "web", "python").fact(
        loaded.facts.of("python")["releases"].records["r124"], "support"
    )
    assert {place.file for place in fact.places} == {"content/facts.yaml", "content/python.yaml"}


def test_a_release_of_a_library_begins_as_its_own_and_the_shared_facts_state() -> None:
    own = "library: python\nreleases: {records: {r125: {support: {ga: after r126}}, r126: {support: {ga: ~2023-06}}}}\n"
    texts = site("~2023-04", RELEASES.replace('"1.26",', '"1.26", from: 2022-01-01,'), content__python_yaml=own)
    assert "1.26" in rows(texts, "2022-02-01"), "the shared 'from' still applies"
    assert "1.25" not in rows(texts, "2023-05-01")
    texts["content/python.yaml"] = own.replace("~2023-06", "2022-06-01").encode()
    assert rows(texts, "2022-06-01")["1.25"] == GA, "a release may begin earlier than the shared facts state"
    two = RELEASES.replace("support: lifecycle}", "support: lifecycle, paid: optional lifecycle}")
    own = "library: python\nreleases: {records: {r121: {paid: {ga: 2024-01-01}}}}\n"
    assert "1.21" in rows(site(facts=two, content__python_yaml=own), "2022-02-01"), "its first level is a shared one"
    stated = RELEASES.replace('"1.21",', '"1.21", from: 2021-04-08,')  # also the day of its shared level
    own = "library: python\nreleases: {records: {r121: {support: {ga: 2022-01-01}}}}\n"
    assert "1.21" in rows(site(facts=stated, content__python_yaml=own), "2021-06-01")


PAID = """\
releases:
  fields:
    versions: versions
    support: {type: lifecycle, levels: {security: maintenance, active lts: lts}, words: {active lts: Active LTS}}
  records:
    r4: {versions: ">=4,<5", support: {ga: 2025-01-10}}
    r3: {versions: ">=3,<4", support: {ga: 2024-01-10, active lts: 2025-01-10, maintenance: 2028-01-10}}
    r2: {versions: ">=2,<3", support: {ga: 2022-01-10, security: 2024-01-10, eol: 2028-01-01}}
    r1: {versions: ">=1,<2", support: {ga: 2020-01-10, eol: 2025-06-01, extended: 2025-06-01, removed: 2030-06-01}}
tables:
  releases:
    caption: Releases
    from: releases
    words: {security: Security}
    columns: [{header: Release, field: versions}, {header: Support, field: support, ends: no}]
  supported:
    caption: Supported
    from: releases
    where: {support: [ga, maintenance, active lts]}
    columns: [{header: Release, field: versions}, {header: Security, field: support.security}, {header: Level, field: support.current, words: {security: Fixes only}}]
"""
COUNT = '<< tables.releases.supported("support") >> supported.\n\n<< tables.releases >>\n\n<< tables.supported >>\n'


def test_paid_support_and_levels_of_ones_own() -> None:
    text = body(tiny(PAID, COUNT), "2026-04-01")
    cells = [[cell.strip() for cell in line[1:-1].split("|")] for line in text.split("\n") if line.startswith("| `")]
    assert cells == [
        ["`>=4,<5`", GA],
        ["`>=3,<4`", "Active LTS"],
        ["`>=2,<3`", "Security"],
        ["`>=1,<2`", "Extended support"],
        ["`>=4,<5`", "", GA],
        ["`>=3,<4`", "", "Active LTS"],
        ["`>=2,<3`", "January 10, 2024", "Fixes only"],
    ]
    assert "3 supported." in text, "paid support is none for others"
    assert codes(tiny(PAID, COUNT), "2026-04-01") == []


def test_a_level_of_ones_own_has_the_meaning_of_its_stage() -> None:
    loaded = load(tiny(PAID, COUNT))
    value = loaded.facts.datasets["releases"].records["r2"].alternatives("support")[0].value
    assert isinstance(value, Lifecycle)
    level = value.at(date(2026, 4, 1))
    assert level is not None
    assert (level.stage, level.key, level.label, level.is_supported) == ("maintenance", "security", "Security", True)
    (origin,) = facts_named(loaded, "releases.r2.support")
    assert "Security from 2024-01-10" in explain(loaded, {}, [origin])[0].alternatives[0].text


def test_the_timeline_names_all_levels_and_draws_certain_ones() -> None:
    for texts, words in (
        (site(), ("End of Life expected in October 2022", "End of Life from Release of 1.26", "in April 2022")),
        (tiny(PAID, COUNT), ("Active LTS", "Security", "Extended support")),
    ):
        path = "html/web/python/index.html"
        files = built({**texts, "sitegen.yaml": b"base-url: https://docs.example.com\n"}, "2026-04-01").files
        svg = next(out.text for out in files.values() if "<svg" in out.text)
        assert all(word in svg for word in words), path
        assert "9999" not in svg


def test_the_timeline_has_the_words_of_the_column() -> None:
    words = "{ga: Active, maintenance: Fixes only, eol: ✗, security: Security fixes}"
    texts = tiny(PAID.replace("ends: no", f"ends: no, words: {words}"), COUNT)
    svg = next(out.text for out in built(texts, "2026-04-01").files.values() if "<svg" in out.text)
    assert "now Security fixes" in svg
    assert "End of Life from" in svg
    assert "✗ from" not in svg
    assert "Maintenance" not in svg


def test_a_question_about_paid_support_is_answered_by_its_name() -> None:
    facts = PAID.replace("versions: versions\n", "name: text\n    versions: versions\n", 1)
    for number in (1, 2, 3, 4):
        facts = facts.replace(f"    r{number}: {{", f"    r{number}: {{name: R{number}, ")
    facts = facts.replace("columns: [", "columns: [{header: Name, field: name}, ")
    for name, answer in (("R1", "extended"), ("R2", "yes"), ("R4", "yes")):
        found = answer_question(load(tiny(facts, "<< tables.releases >>\n")), date(2026, 4, 1), name, refuse)
        assert {each.answer for each in found} == {answer}


PLANNED = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r3: {FROMversions: 3.x, support: {ga: ~2026-10, maintenance: 2027-06-01}}
    r2: {FROMversions: 2.x, support: {ga: ~2026-05, eol: ~2027-10}}
    r1: {versions: 1.x, support: {ga: 2024-01-10, lts: 2024-01-10, eol: 2026-03-01}}
tables:
  releases:
    caption: Releases
    from: releases
    columns: [{header: Release, field: versions}, {header: Start, field: support.ga}, {header: Support, field: support}]
"""


def test_a_release_with_expected_dates_only_has_a_row_from_its_first_day() -> None:
    page, day = "<< tables.releases >>\n", "2026-02-01"
    today = date.fromisoformat(day)
    hidden, shown = tiny(PLANNED.replace("FROM", ""), page), tiny(PLANNED.replace("FROM", "from: 2026-01-01, "), page)
    assert "| 2.x" not in body(hidden, day)
    assert [(each.code, each.message.partition(":")[0]) for each in checked(hidden, today)] == [
        ("never-shown", "no table shows releases 'r3' before 2027-06-01"),
        ("never-shown", "no table shows releases 'r2'"),
    ]
    assert not checked(shown, today), "an expected beginning leaves no gap in support, even if a later level is certain"
    assert "| 2.x     | 2026-05" in body(shown, day).replace("&#126;", "").replace("~", "")
    svg = next(out.text for out in built(shown, day).files.values() if "<svg" in out.text)
    assert "General Availability expected in May 2026" in svg
    named = PLANNED.replace("FROM", "").replace("eol: 2026-03-01", "eol: after r2")
    assert ["'r3'" in each.message for each in checked(tiny(named, page), today)] == [True], "a cell names r2"


def test_a_table_of_planned_releases_may_become_empty() -> None:
    facts = (
        PLANNED.replace("ga: ~2026-10", "ga: 2026-10-01")
        + """\
  planned:
    like: releases
    caption: Planned releases
    where: {support: none}
    rows: [r3]
"""
    )
    shown, hidden = facts.replace("FROM", "from: 2026-01-01, "), facts.replace("FROM", "")
    page = "<< tables.releases >>\n\n<% if tables.planned %>\nPlanned:\n\n<< tables.planned >>\n<% endif %>\n"
    assert ["Planned:" in body(tiny(shown, page), day) for day in ("2026-09-30", "2026-10-01")] == [True, False]
    assert [each.message for each in checked(tiny(shown, page), date(2026, 2, 1), ("meaning",), USUAL)] == [
        "releases 'r2' matches the 'where' of the table 'planned', but is not in its 'rows'"
    ]
    found = checked(tiny(hidden, "<< tables.planned >>\n"), date(2026, 2, 1))
    assert found[0].hint == (
        "a release that begins on an expected date needs 'from:'; "
        "if the table may have no rows, write '<% if tables.planned %>' before it"
    )


def test_a_release_that_leaves_the_table_of_ended_ones_was_not_supported() -> None:
    facts = """\
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r2: {versions: 2.x, support: {ga: 2025-01-10}}
    r1: {versions: 1.x, support: {ga: 2024-01-10, eol: 2026-03-01}}
    r0: {versions: 0.x, support: {ga: 2023-01-10, eol: 2025-03-01}}
tables:
  current:
    caption: Releases
    from: releases
    where: {support: ga}
    columns: [{header: Release, field: versions}, {header: End, field: support.eol}]
  ended: {like: current, caption: Ended, where: {support: eol}}
"""
    page, day = "<< tables.current >>\n\n<< tables.ended >>\n", date(2026, 4, 1)
    old, new = tiny(facts, page), tiny(facts.replace("2026-03-01", "2026-09-01"), page)
    found = compare_sites(SiteState(load(old), day), SiteState(load(new), day), refuse, refuse).changes
    assert [(each.old, each.shrinks) for each in found if each.kind == "removed"] == [("end of life", False)]


def test_the_history_of_a_fact_has_no_day_that_never_comes() -> None:
    loaded = load(tiny(PLANNED.replace("FROM", ""), "<< tables.releases >>\n"))
    (origin,) = facts_named(loaded, "releases.r2.support")
    assert not explain(loaded, {}, [origin])[0].over_time


def test_a_level_without_duration_has_a_date_but_is_never_the_current_one() -> None:
    text = body(tiny(PLANNED.replace("FROM", ""), "<< tables.releases >>\n"), "2024-01-10")
    assert "| 1.x     | January 10, 2024 | Long-Term Support (until February 28, 2026) |" in text
    for levels in ("maintenance: 2026-03-01, eol: 2026-03-01", "preview: 2026-03-01, ga: 2026-03-01"):
        facts = PLANNED.replace("FROM", "").replace("ga: 2024-01-10, lts: 2024-01-10, eol: 2026-03-01", levels)
        found = checked(tiny(facts, "<< tables.releases >>\n"), date(2026, 4, 1))
        assert [each.code for each in found] == ["bad-lifecycle"], levels


def test_a_release_without_a_certain_day_has_no_bar_in_the_timeline() -> None:
    facts = PAID.replace("    r4: {", "    r5: {from: 2026-01-01, versions: 5.x, support: {ga: ~2027-01}}\n    r4: {")
    page = built(tiny(facts, COUNT), "2026-04-01").files["html/web/python/index.html"].text
    bars = page.partition('<text class="')[0]
    assert (
        page.index("5.x: ") < page.index("General Availability expected in January 2027") < page.index("&gt;=4,&lt;5: ")
    )
    assert "<rect" not in bars[bars.index("5.x: ") : bars.index("&gt;=4,&lt;5: ")]
