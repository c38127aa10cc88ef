"""Changes caused by upcoming dates: every cell and sentence, on its day, and nothing on other days."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date, timedelta

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.changes.agenda import as_calendar, as_json, as_text
from sitegen.changes.days import days_of_change
from sitegen.changes.forecast import Forecast, Upcoming, forecast
from sitegen.changes.rewordings import Rewording
from sitegen.cli import main
from sitegen.formats import USUAL
from sitegen.site.combine import Build
from sitegen.site.loading import Site
from tests.support.readers import read_html, tables
from tests.support.sites import ROOT, build, large_site, load, own_build, own_site, own_texts, tiny

Capture = pytest.CaptureFixture[str]
FLIP = "2026-06-01"


def looking(site: Site, start: str, days: int = 90) -> Forecast:
    day = date.fromisoformat(start)
    return forecast(site, day, day + timedelta(days=days))


def ahead(texts: Mapping[str, bytes], start: str, days: int = 90) -> list[tuple[str, str, str, str]]:
    """The day, kind, old text and new text of each change of a site without current or future findings."""
    found = looking(load(texts), start, days)
    assert (found.now, found.wrong) == ((), ())
    return [(str(change.day), change.what.what, change.what.old, change.what.new) for change in found.changes]


# --- a change of this site ------------------------------------------------------------------------


def flip() -> tuple[Upcoming, Upcoming]:
    """The sentence and the cell that change on June 1."""
    sentence, cell = looking(own_site(), "2026-05-01").changes
    return sentence, cell


def test_a_change_is_listed_with_both_texts_and_all_places() -> None:
    sentence, cell = flip()
    assert (sentence.day, cell.day) == (date.fromisoformat(FLIP),) * 2
    assert (sentence.what.old, sentence.what.new) == (
        "Two release branches are supported:",
        "One release branch is supported:",
    )
    assert (cell.what.row, cell.what.column) == (">=3.0,<4", "Support level")
    assert (cell.what.old, cell.what.new) == ("Maintenance (until May 31, 2026)", "End of Life")
    for change in (sentence, cell):
        assert sorted(change.pages) == ["aap/python", "asm/python", "iast/python"]
        assert change.formats == USUAL
    assert tuple(cell.partials) == ("trace_collection/python/supported_versions",)


def test_a_build_on_the_day_of_a_change_has_exactly_the_new_text() -> None:
    sentence, cell = flip()
    before, after = own_build("2026-05-31"), own_build(FLIP)
    for path in sentence.files:
        for made, text, other in (
            (before, sentence.what.old, sentence.what.new),
            (after, sentence.what.new, sentence.what.old),
        ):
            assert text in made.files[path].text
            assert other not in made.files[path].text
    for path in cell.files:
        assert cells(before, path, cell) == [cell.what.old]
        assert cells(after, path, cell) == [cell.what.new]


def cells(made: Build, path: str, change: Upcoming) -> list[str]:
    """The text of the cell of a change in an output file."""
    text = made.files[path].text
    if path.endswith(".html"):
        grids = [table.rows for table in tables(read_html(text, fragment="<html" not in text))]
    else:
        blocks = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
        grids = [[[cell.strip(" `") for cell in line.split("|")[1:-1]] for line in b.splitlines()] for b in blocks]
    plain = [[[html.unescape(cell).removesuffix(" #") for cell in row] for row in grid] for grid in grids]
    return [
        row[grid[0].index(change.what.column)]
        for grid in plain
        if change.what.column in grid[0]
        for row in grid[1:]
        if row[0] == change.what.row
    ]


def test_text_json_and_calendar_match_the_goldens() -> None:
    found = looking(own_site(), "2026-05-01")
    outputs = {"txt": as_text(found) + "\n", "json": as_json(found) + "\n", "ics": as_calendar(found, "A site")}
    for ending, text in outputs.items():
        golden = ROOT / f"tests/goldens/upcoming.{ending}"
        if os.environ.get("UPDATE_GOLDENS"):
            golden.write_bytes(text.encode())
        assert text.encode() == golden.read_bytes(), "UPDATE_GOLDENS=1 updates the goldens"


# --- nothing more, nothing less ------------------------------------------------------


def without_the_day(made: Build) -> dict[str, str]:
    """The files of a build without the as-of date and the timeline, which shows it."""
    in_html, in_twin = r"<figure>.*?</figure>|as of <time[^>]*>[^<]*</time>", r"as of \w+ [0-9]+, [0-9]{4}(?:\*\*)?$"
    telling = re.compile(f"{in_html}|{in_twin}", re.DOTALL | re.IGNORECASE | re.MULTILINE)
    return {path: telling.sub("", file.text) for path, file in made.files.items()}


def changed_files(day: date) -> set[str]:
    """The files that differ between the builds of a day and the day before."""
    before, after = (without_the_day(own_build(str(day - timedelta(days=back)))) for back in (1, 0))
    return {path for path in {*before, *after} if before.get(path) != after.get(path)}


def beside(path: str) -> bool:
    """Whether a file is generated from all pages of the site."""
    return path.startswith("html/assets/") or path in ("html/index.html", "html/sitemap.xml")


@pytest.mark.parametrize("day", sorted(days_of_change(own_site())))
def test_every_changed_file_is_explained(day: date) -> None:
    found = looking(own_site(), str(day - timedelta(days=1)), 1)
    explained = {path for change in found.changes for path in change.files}
    changed = changed_files(day)
    assert {path for path in changed if not beside(path)} <= explained
    assert explained <= changed


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(st.dates(date(2023, 1, 1), date(2028, 1, 1)))
def test_nothing_changes_on_any_other_day(day: date) -> None:
    if day not in days_of_change(own_site()):
        assert changed_files(day) == set()
        assert looking(own_site(), str(day - timedelta(days=1)), 1).changes == ()


# --- kinds of changes ----------------------------------------------------------------

FACTS = """\
features:
  fields: {name: text, since: support, area: optional text}
  records:
    login: {name: Login, since: [1.9.0, {is: 2.0.0, from: 2026-05-01}], area: Access}
    audit: {from: 2026-05-02, name: Audit, since: no, area: none}
tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}, {header: Since, field: since}]
"""
START = "2026-04-15"


def test_a_cell_and_a_row() -> None:
    assert ahead(tiny(FACTS, "<< tables.features >>\n"), START) == [
        ("2026-05-01", "cell", "1.9.0", "2.0.0"),
        ("2026-05-02", "row", "", "Audit · no"),
    ]


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (("caption: Features", "caption: [Features, {is: All, from: 2026-05-03}]"), ("caption", "Features", "All")),
        (("header: Since", "header: [Since, {is: From, from: 2026-05-03}]"), ("header", "Since", "From")),
        (("columns: [", "columns: [{header: Area, field: area, until: 2026-05-03}, "), ("header", "Area", "")),
        (("area: Access}", "area: Access, note: [A., {is: B., from: 2026-05-03}]}"), ("note", "A.", "B.")),
        (("field: since}", "field: since, words: [{no: never}, {is: {no: not yet}, from: 2026-05-03}]}"), ("cell", "never", "not yet")),
        (("field: name}", "field: name, show: \"<< value >><% if as_of == '2026-05-03' and value == 'Login' %>!<% endif %>\"}"), ("cell", "Login", "Login!")),
        (("field: name}", "field: name, link: [/a/, {is: \"/<% if record.id == 'login' %>b<% else %>a<% endif %>/\", from: 2026-05-03}]}"), ("cell", "Login (/a/)", "Login (/b/)")),
        (("    from: features", "    from: features\n    rows: [[login, audit], {is: [audit, login], from: 2026-05-03}]"), ("order", "Login · Audit", "Audit · Login")),
    ],
)  # fmt: skip
def test_the_parts_of_a_table(edit: tuple[str, str], expected: tuple[str, str, str]) -> None:
    found = ahead(tiny(FACTS.replace(*edit), "<< tables.features >>\n"), START)
    assert [change[1:] for change in found if change[0] == "2026-05-03"] == [expected]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("Needs << features.login.since >>. Stays.\n", ("sentence", "Needs 1.9.0.", "Needs 2.0.0.")),
        ("## From << features.login.since >>\n", ("sentence", "From 1.9.0", "From 2.0.0")),
        ("> [!NOTE]\n> From << features.login.since >> on.\n", ("sentence", "From 1.9.0 on.", "From 2.0.0 on.")),
        ("```sh values\nget << features.login.since >>\n```\n", ("sentence", "get 1.9.0", "get 2.0.0")),
        ("[docs](/v/<< features.login.since >>/)\n", ("sentence", "[docs](/v/1.9.0/)", "[docs](/v/2.0.0/)")),
        ('A\n<% if features.login.since == "2.0.0" %>\nB\n<% endif %>\n', ("sentence", "", "B")),
    ],
)
def test_a_sentence(page: str, expected: tuple[str, str, str]) -> None:
    assert ahead(tiny(FACTS, page), START, 16) == [("2026-05-01", *expected)]


def test_front_matter_pages_and_navigation() -> None:
    later = "---\ntitle: Later\nfor: api\nfrom: 2026-05-04\n---\nText\n"
    first = "---\ntitle: << features.login.since >>\nfor: [web]\n---\nText\n"
    found = ahead(tiny(FACTS, content__page_md=first, content__later_md=later, content__roles_yaml=ROLES), START)
    assert found[0] == ("2026-05-01", "front matter", "1.9.0", "2.0.0")
    assert ("2026-05-04", "page", "", "Later") in found
    assert ("2026-05-04", "navigation", "Web for Python", "Web for Python, API for Python") in found


ROLES = tiny("")["content/roles.yaml"].decode().replace("    api: {", "    api: {from: 2026-05-04, ")


def test_the_as_of_date_is_not_a_change_but_what_depends_on_it_is() -> None:
    assert ahead(tiny(FACTS, "As of << as_of >>.\n"), START) == []
    page = '<% if as_of == "2026-05-10" %>\nHappy day.\n<% endif %>\nAs of << as_of >>: << features.login.since >>.\n'
    assert ahead(tiny(FACTS, page), START) == [
        ("2026-05-01", "sentence", "As of 2026-04-15: 1.9.0.", "As of 2026-05-01: 2.0.0."),
        ("2026-05-10", "sentence", "", "Happy day."),
        ("2026-05-11", "sentence", "Happy day.", ""),
    ]


def test_future_findings_are_reported_with_their_day() -> None:
    facts = FACTS.replace("{name: Login", "{until: 2026-05-01, name: Login")
    found = looking(load(tiny(facts, "<< tables.features >>\n")), START)
    assert {(str(day), finding.code) for day, finding in found.wrong} == {("2026-05-01", "empty-table")}


def test_only_the_library_that_changes_is_built() -> None:
    site = load(large_site(20))
    days = days_of_change(site)
    assert days[date(2026, 3, 15)] == {"lib-2", "lib-11"}
    assert len(days[date(2027, 6, 1)]) == 20
    (flip_,) = [c for c in looking(site, "2027-05-31", 1).changes if c.what.what == "cell"]
    assert len(flip_.pages) == 40
    assert len(flip_.files) == 2 * 2 * 20 + 2 * 2 * 20
    assert set(flip_.files) <= set(build(site, "2027-06-01").files)


def test_an_end_that_the_file_of_a_library_moves_is_an_event() -> None:
    facts = FACTS.replace("from: 2026-05-02, name: Audit", "until: 2027-01-01, name: Audit")
    own = "library: python\nfeatures:\n  records:\n    audit: {until: 2026-05-02}\n"
    found = looking(load(tiny(facts, "<< tables.features >>\n", content__python_yaml=own)), "2026-05-01")
    causes = {event.about for change in found.changes for event in change.events}
    assert causes == {("library:python", "features", "audit", "ends")}


def test_the_day_in_the_caption_of_a_partial_is_no_change() -> None:
    facts = FACTS.replace("caption: Features", "caption: Features as of << as_of >>")
    settings_ = "partials:\n  some: {path: some/<< product.id >>, tables: [features]}\n"
    found = looking(load(tiny(facts, "<< tables.features >>\n", sitegen_yaml=settings_)), START)
    assert {change.what.what for change in found.changes} == {"cell", "row"}
    assert all(change.partials for change in found.changes)


# --- calendars -----------------------------------------------------------------------


def events(calendar: str) -> list[icalendar.cal.Component]:
    return icalendar.Calendar.from_ical(calendar).walk("VEVENT")


def test_a_calendar_can_be_read() -> None:
    found = looking(own_site(), "2026-05-01")
    (read,) = events(as_calendar(found, "A site"))
    assert (read.decoded("dtstart"), read.end) == (date(2026, 6, 1), date(2026, 6, 2))
    assert str(read["summary"]) == (
        "ASM, Application Security and App and API Protection for Python (ddtrace): "
        ">=3.0,<4 – Support level: End of Life"
    )
    assert str(read["description"]) == (
        "Supported Python versions\n"
        "was  Two release branches are supported:\nnow  One release branch is supported:\n"
        "on   asm/python, iast/python, aap/python (hugo, markdoc, html)\n\n"
        "Release branches of ddtrace and their support level – >=3.0,<4 – Support level\n"
        "was  Maintenance (until May 31, 2026)\nnow  End of Life\n"
        "on   asm/python, iast/python, aap/python (hugo, markdoc, html)\n"
        "in   trace_collection/python/supported_versions (partial)"
    )
    assert str(read["status"]) == "CONFIRMED"
    assert as_calendar(looking(own_site(), "2026-05-01"), "A site") == as_calendar(found, "A site")


def moved(*edits: tuple[str, str]) -> list[icalendar.cal.Component]:
    """The calendar of this site after edits of its facts and tables, on the next day."""
    texts = {**own_texts()}
    for old, new in edits:
        assert any(old.encode() in data for data in texts.values())
        texts = {name: data.replace(old.encode(), new.encode()) for name, data in texts.items()}
    return events(as_calendar(looking(load(texts), "2026-05-02"), "A site"))


def test_an_event_with_a_new_day_keeps_its_id_and_replaces_the_old_one() -> None:
    (before,) = events(as_calendar(looking(own_site(), "2026-05-01"), "A site"))
    (after,) = moved(("eol: 2026-06-01", "eol: 2026-07-01"))
    assert after.decoded("dtstart") == date(2026, 7, 1)
    assert str(before["uid"]) == str(after["uid"])
    assert int(before["sequence"]) < int(after["sequence"])
    assert before.decoded("dtstamp") < after.decoded("dtstamp")


def test_an_event_keeps_its_id_when_texts_and_its_record_are_renamed() -> None:
    (before,) = events(as_calendar(looking(own_site(), "2026-05-01"), "A site"))
    (header,) = moved(("header: Support level", "header: Level"))
    assert str(header["summary"]).endswith(">=3.0,<4 – Level: End of Life")
    (record,) = moved(
        ('    v3: {versions: ">=3.0,<4"', '    three: {was: v3, versions: "3.x"'), ("[v4, v3,", "[v4, three,")
    )
    assert str(record["summary"]).endswith("3.x – Support level: End of Life")
    assert str(before["uid"]) == str(header["uid"]) == str(record["uid"])


def test_uncertain_events_are_tentative() -> None:
    (event,) = moved(("eol: 2026-06-01", "eol: by 2026-06-01"))
    assert str(event["status"]) == "TENTATIVE"
    assert str(event["summary"]).endswith("Support level: End of Life (by this day)")


def test_calendars_of_two_sites_have_no_id_in_common() -> None:
    found = looking(own_site(), "2026-05-01")
    uids = {str(event["uid"]) for site in ("a", "b") for event in events(as_calendar(found, "A site", site))}
    assert len(uids) == 2


def test_an_event_in_the_file_of_a_library_names_only_that_library() -> None:
    found = looking(load(large_site(20)), "2026-03-10", 10)
    read = events(as_calendar(found, "A site"))
    assert [str(event["summary"]) for event in read] == [
        "ASM and App Protection for Library 2: <2 – Support: End of Life",
        "ASM and App Protection for Library 11: <2 – Support: End of Life",
    ]
    assert "on   asm/lib-11, aap/lib-11 (" in str(read[1]["description"])
    assert "lib-2" not in str(read[1]["description"])
    assert len({str(event["uid"]) for event in read}) == 2


def test_an_event_of_a_library_that_others_show_names_all_of_them() -> None:
    roles = tiny("")["content/roles.yaml"].decode() + "    ruby: {name: Ruby}\n"
    facts = FACTS.replace("since: [1.9.0, {is: 2.0.0, from: 2026-05-01}]", "since: 1.9.0").replace(
        "    from: features\n    columns: [{header: Feature, field: name}",
        "    from: [features, libraries]\n    columns: [{header: Feature, field: features.name}, {header: In, field: libraries.name}",
    )
    own = "library: ruby\nfeatures:\n  records:\n    login: {since: [1.9.0, {is: 2.0.0, from: 2026-05-01}]}\n"
    texts = tiny(facts, "<< tables.features >>\n", content__roles_yaml=roles, content__ruby_yaml=own)
    first, *_ = events(as_calendar(looking(load(texts), START), "A site"))
    assert str(first["summary"]).startswith("Web and API for Python and Ruby: ")
    assert str(first["summary"]).endswith("Since: 2.0.0")


TOGGLES = """\
features:
  fields: {name: text, since: support}
  records:
    login: {name: Login, since: [yes, {is: no, from: 2026-05-01}, {is: yes, from: 2026-06-01}, {is: no, from: 2026-07-01}]}
tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}, {header: Since, field: since}]
"""


def test_repeated_changes_are_separate_events_with_permanent_ids() -> None:
    site = load(tiny(TOGGLES, "<< tables.features >>\n"))
    calendars = [
        {event.decoded("dtstart"): str(event["uid"]) for event in events(as_calendar(looking(site, start), "A"))}
        for start in ("2026-04-15", "2026-05-01", "2026-06-15")
    ]
    assert [len(found) for found in calendars] == [3, 2, 1]
    assert len(set(calendars[0].values())) == 3
    assert all(found.items() <= calendars[0].items() for found in calendars)


PLAN = st.fixed_dictionaries(
    {},
    optional={
        name: st.tuples(
            st.lists(st.integers(1, 300), min_size=2, max_size=2, unique=True).map(sorted),
            st.one_of(st.none(), st.integers(301, 600)),
            st.one_of(st.none(), st.integers(601, 700)),
        )
        for name in ("one", "two", "three", "four")
    },
)
Plan = dict[str, tuple[list[int], int | None, int | None]]
FIRST_DAY = date(2026, 1, 1)


def planned(plan: Plan, library: bool) -> dict[str, bytes]:
    """A site of releases with the days of a plan: two levels, a value and an end for each release."""
    records = []
    for name, (levels, change, end) in plan.items():
        days = [FIRST_DAY + timedelta(days=day) for day in levels]
        value = f"[no, {{is: 2.0.0, from: {FIRST_DAY + timedelta(days=change)}}}]" if change else "no"
        until = f"until: {FIRST_DAY + timedelta(days=end)}, " if end else ""
        support = f"{{ga: by 2020-01-01, maintenance: {days[0]}, eol: {days[1]}}}"
        records.append(f"    {name}: {{{until}name: {name}, support: {support}, since: {value}}}\n")
    found = "".join(records) or "    other: {name: other, support: {ga: by 2020-01-01}, since: no}\n"
    table = "tables:\n  releases:\n    caption: Releases\n    from: releases\n    columns:\n" + "".join(
        f"      - {{header: {name}, field: {name}}}\n" for name in ("name", "support", "since")
    )
    fields = "releases:\n  fields: {name: text, support: lifecycle, since: support}\n"
    if not library:
        return tiny(f"{fields}  records:\n{found}{table}", "<< tables.releases >>\n")
    own = f"library: python\nreleases:\n  records:\n{found}"
    return tiny(fields + table, "<< tables.releases >>\n", content__python_yaml=own)


@settings(max_examples=40, deadline=None)
@given(PLAN, PLAN, st.integers(0, 500), st.integers(0, 500), st.booleans())
def test_an_id_always_belongs_to_the_same_event(
    first: Plan, second: Plan, start: int, later: int, library: bool
) -> None:
    uids: dict[str, str] = {}
    things: dict[str, str] = {}
    for plan, day in ((first, start), (second, later), (first, later)):
        site = load(planned(plan, library))
        for event in events(as_calendar(looking(site, str(FIRST_DAY + timedelta(days=day)), 800), "A")):
            uid, thing = str(event["uid"]), re.sub(r" \(until .*", "", str(event["summary"]))
            assert things.setdefault(uid, thing) == thing
            assert uids.setdefault(thing, uid) == uid
            assert thing.startswith("Web and API for Python: ")


plain = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029*_"), max_size=120)


@settings(deadline=None)
@given(plain, plain)
def test_any_text_can_be_read_from_a_calendar(old: str, new: str) -> None:
    texts = [text.strip(" -+0123456789.)") for text in (old, new)]
    what = Rewording("sentence", "", f"A{texts[0]}", f"B{texts[1]}")
    change = Upcoming(date(2026, 6, 1), what, ("a/b",), {}, ("hugo",), ())
    calendar = as_calendar(Forecast(date(2026, 5, 1), date(2026, 7, 1), (change,), (), ()), old)
    assert all(len(line.encode()) <= 75 for line in calendar.split("\r\n"))
    assert "\n" not in calendar.replace("\r\n", "")
    (event,) = events(calendar)
    assert str(event["summary"]) == f"B{texts[1]}"
    assert str(event["description"]) == f"was  A{texts[0]}\nnow  B{texts[1]}\non   a/b (hugo)"


# --- the command ---------------------------------------------------------------------


def upcoming(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    try:
        code = main(["upcoming", "--root", str(ROOT), *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    return code, *capsys.readouterr()


def test_the_window_has_the_given_number_of_days(capsys: Capture) -> None:
    assert upcoming(capsys, "--as-of", "2026-05-01", "--days", "30") == (
        0,
        "no changes until 2026-05-31\n",
        "",
    )
    assert "2026-06-01, in 31 days\n" in upcoming(capsys, "--as-of", "2026-05-01", "--days", "31")[1]
    assert upcoming(capsys, "--as-of", FLIP)[1] == "no changes until 2026-08-30\n"


@pytest.mark.parametrize("days", ["0", "-1", "x", "1.5", "4000", "٣"])
def test_an_invalid_number_of_days_is_exit_code_2(days: str, capsys: Capture) -> None:
    code, out, err = upcoming(capsys, "--days", days)
    assert (code, out) == (2, "")
    assert "is not a number from 1 to 3660" in err or "expected one argument" in err


def test_the_last_possible_date_is_exit_code_2(capsys: Capture) -> None:
    code, out, err = upcoming(capsys, "--as-of", "9999-12-01")
    assert (code, out) == (2, "")
    assert err == "sitegen upcoming: error: --days: there is no date 90 days after 9999-12-01\n"


def test_json_has_the_same_content_as_the_text(capsys: Capture) -> None:
    code, out, _ = upcoming(capsys, "--as-of", "2026-05-01", "--format", "json")
    found = json.loads(out)
    assert (code, found["version"], found["as_of"], found["until"]) == (0, 1, "2026-05-01", "2026-07-30")
    assert [change["new"] for change in found["changes"]] == ["One release branch is supported:", "End of Life"]
    assert len({change["id"] for change in found["changes"]}) == 2


def test_a_calendar_keeps_its_line_endings_in_a_pipe() -> None:
    command = [sys.executable, "-m", "sitegen", "upcoming", "--as-of", "2026-05-01", "--format", "ics"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    assert done.stderr == b""
    assert done.stdout.startswith(b"BEGIN:VCALENDAR\r\n")
    assert done.stdout.count(b"\n") == done.stdout.count(b"\r\n")
    assert len(events(done.stdout.decode())) == 1
