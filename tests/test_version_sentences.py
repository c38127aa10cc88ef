"""Versions in sentences and rules: sets with several ranges, branches that end, allowed gaps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sitegen.cli import main
from tests.support.sites import body, build, load, tiny

LADDER = """
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    r118: {versions: ">=1.18,<1.19", support: {ga: 2026-01-10}}
    r117: {versions: ">=1.17,<1.18", support: {ga: 2025-06-01, eol: 2026-10-01}}
    r116: {versions: ">=1.16,<1.17", support: {ga: 2025-01-01, eol: 2026-01-10}}
"""
TABLES = """
tables:
  releases: {caption: Releases, from: releases, columns: [{header: Release, field: versions}, {header: Level, field: support}]}
  t: {caption: Features, from: features, columns: [{header: Name, field: name}, {header: Since, field: since}]}
"""


def site(*since: str, kind: str = "support of releases", ladder: str = LADDER, prose: str = "") -> dict[str, bytes]:
    """A site with a feature for each value: f0, f1, and so on."""
    records = "".join(f"    f{i}: {{name: F{i}, since: {json.dumps(text)}}}\n" for i, text in enumerate(since))
    features = f"features:\n  fields: {{name: text, since: {kind}}}\n  records:\n{records}"
    return tiny(ladder + features + TABLES, prose + "\n\n<< tables.releases >>\n\n<< tables.t >>")


def highest(*since: str, kind: str = "support of releases") -> str:
    """The highest minimum of some values, or the code of the finding."""
    made = build(load(site(*since, kind=kind, prose='It needs << tables.t.highest("since") >>.')), "2026-11-29")
    if made.findings:
        return next(iter({finding.code for finding in made.findings}))
    return body(site(*since, kind=kind, prose='It needs << tables.t.highest("since") >>.'), "2026-11-29").split("\n")[0]


def first(since: str, day: str) -> str:
    """The first supported version for a value, or an empty text."""
    asked = 'tables.releases.first_supported(features.f0.since, "support", "versions")'
    text = body(site(since, prose=f"Install <% if {asked} %><< {asked} >><% endif %>!"), day)
    return text.split("\n")[0].removeprefix("Install ").removesuffix("!")


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ([">=1.17.9,<1.18 || >=1.18.5"], "1.18.5"),
        (["1.17.9-1.17, 1.18.5+", "1.17.2"], "1.18.5"),
        (["1.17.9+, 1.18.5+", "1.18.2"], "1.18.5"),
        (["2.1.0+, 2.0.4+, 1.7.24+"], "2.0.4"),
        (["1.7.24+, 2.0.4+, 2.1.0+", "2.1.7"], "2.1.7"),
        (["1.9", "1.10"], "1.10"),
        ([">1.0", "0.9"], ">1.0"),
        (["any", "1.2"], "1.2"),
        ([">=1.2, except 1.4"], "1.5"),
        (["1.2", "ga 1.5", "deprecated 1.6"], "1.6"),
        (["1.2", "preview >=1.18", "partial >=1.18", "removed 1.18", "planned 1.18", "no", "unknown"], "1.2"),
    ],
)
def test_the_highest_minimum_meets_the_minimums_of_all_rows(since: list[str], expected: str) -> None:
    assert highest(*since) == f"It needs {expected}."


@pytest.mark.parametrize(
    "since",
    [["1.2", ">=1.18,<1.79"], ["<1.79"], ["1.2-1.8"], ["1.2", "==1.2"], ["1.2", "1.3, 1.5"], ["deprecated <1.5"]],
)
def test_there_is_no_highest_minimum_if_a_row_has_an_end(since: list[str]) -> None:
    assert highest(*since) == "no-single-version"


def test_a_finding_names_the_row_with_an_end() -> None:
    made = build(load(site("1.2", ">=1.18,<1.79", prose='<< tables.t.highest("since") >>')), "2026-11-29")
    assert {(f.message, str(f.place)) for f in made.findings} == {
        ("no minimum version: features 'f1' is supported in >=1.18,<1.79 only", "content/page.md:4:22")
    }


def test_a_single_version_is_a_minimum_except_in_a_set() -> None:
    assert highest("1.9", "1.10", kind="version") == "It needs 1.10."
    assert highest("1.9", "1.10", kind="support") == "It needs 1.10."
    assert highest("1.9", "1.10", kind="versions") == "no-single-version"
    assert highest("1.9+", "1.10+", kind="versions") == "It needs 1.10."


@pytest.mark.parametrize(
    ("since", "day", "expected"),
    [
        (">=1.17.9,<1.18 || >=1.18.5", "2026-09-01", "1.17.9"),
        (">=1.17.9,<1.18 || >=1.18.5", "2026-11-29", "1.18.5"),
        ("1.17.9-1.17, 1.18.5+", "2026-11-29", "1.18.5"),
        ("1.17.9+, 1.18.5+", "2026-11-29", "1.18.5"),
        ("==1.17.9, ==1.18.5", "2026-11-29", "1.18.5"),
        ("1.17.2", "2026-11-29", "1.18"),
        ("1.16.2", "2026-09-01", "1.17"),
        (">=1.17.9,<1.18", "2026-11-29", ""),
        ("any", "2026-11-29", "1.18"),
        ("1.19", "2026-11-29", ""),
        ("preview >=1.17", "2026-11-29", ""),
        ("partial >=1.17", "2026-11-29", ""),
        ("removed 1.17", "2026-11-29", ""),
        ("deprecated 1.17", "2026-11-29", "1.18"),
    ],
)
def test_the_first_supported_version_is_in_the_set(since: str, day: str, expected: str) -> None:
    assert first(since, day) == expected


NUMBERS = [f"1.{minor}.{patch}" for minor in range(4) for patch in range(4)]
low = st.sampled_from(NUMBERS)
sets = st.one_of(
    low,
    low.map(lambda number: f">={number}"),
    st.tuples(low, low).filter(lambda pair: pair[0] < pair[1]).map(lambda pair: f">={pair[0]},<{pair[1]}"),
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=3, unique_by=lambda pair: pair[0]
    ).map(lambda pairs: ", ".join(f"1.{minor}.{patch}+" for minor, patch in pairs)),
    st.just("preview >=1.3.3"),
)


def test_a_pre_release_of_the_next_branch_is_not_in_an_earlier_branch() -> None:
    assert first("1.19.0rc1", "2026-04-01") == ""
    assert first("1.18.0rc1", "2026-04-01") == "1.18"


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-11-29", "2.0.0, 2"),
        ("2026-11", "2.0.0, 2"),
        ("2026-11-30", "1.0.0, 1"),
        ("~2026-11-29", "1.0.0, 1"),
        ("expected 2027-Q1", "1.0.0, 1"),
    ],
)
def test_future_and_expected_values_do_not_count_yet(on: str, expected: str) -> None:
    facts = f"""\
things:
  fields: {{name: text, since: support}}
  records:
    a: {{name: A, since: 1.0.0}}
    b: {{name: B, since: {{is: 2.0.0, on: {on}}}}}
    c: {{name: C, since: {{is: no, on: {on}}}}}
tables:
  t: {{caption: T, from: things, columns: [{{header: Name, field: name}}, {{header: Since, field: since}}]}}
"""
    prose = '<< tables.t.highest("since") >>, << tables.t.supported("since") >>\n\n<< tables.t >>'
    assert body(tiny(facts, prose), "2026-11-29").split("\n")[0] == expected


def contains(text: str, number: str) -> bool:
    """Whether a generated set contains a version, computed without ranges. Previews do not count."""
    parts = text.replace("==", "").split(", ")
    if text.startswith("preview"):
        return True
    if "+" in text:
        lows = [part.removesuffix("+") for part in parts]
        return number >= max(lows) or any(number >= low and number[:3] == low[:3] for low in lows)
    if "<" in text:
        begin, end = text.removeprefix(">=").split(",<")
        return begin <= number < end
    return number >= text.removeprefix(">=")


@settings(max_examples=40, deadline=None)
@given(st.lists(sets, min_size=1, max_size=3))
def test_the_highest_minimum_is_the_lowest_version_that_meets_all_minimums(since: list[str]) -> None:
    last = [*NUMBERS, "1.4.0"]  # all sets are the same from here on
    good = [
        number
        for index, number in enumerate(last)
        if all(contains(text, later) for text in since for later in last[index:])
    ]
    said = highest(*since)
    if set(since) == {"preview >=1.3.3"}:
        assert said == "missing-value"
    elif not good:
        assert said == "no-single-version"
    else:
        lowest = said.removeprefix("It needs ").removesuffix(".")
        named = [low for text in since for low in text.replace(">=", "").replace("+", "").replace("<", "").split(",")]
        assert lowest in {low.strip() for low in named}
        assert good[0] == max(lowest, NUMBERS[0])


@settings(max_examples=40, deadline=None)
@given(sets, st.sets(st.integers(0, 3), min_size=1))
def test_the_first_supported_version_is_the_lowest_in_a_supported_branch(since: str, supported: set[int]) -> None:
    levels = {minor: "ga: 2025-01-01" if minor in supported else "eol: 2025-01-01" for minor in range(4)}
    records = "".join(f'    r{m}: {{versions: "1.{m}", support: {{{level}}}}}\n' for m, level in levels.items())
    ladder = f"releases:\n  fields: {{versions: versions, support: lifecycle}}\n  records:\n{records}"
    asked = 'tables.releases.first_supported(features.f0.since, "support", "versions")'
    text = body(site(since, ladder=ladder, prose=f"<% if {asked} %><< {asked} >><% endif %>!"))
    said = text.split("\n")[0].removesuffix("!")
    good = [n for n in NUMBERS if int(n[2]) in supported and contains(since, n) and not since.startswith("preview")]
    assert (said + ".0" if said.count(".") == 1 else said) == (good[0] if good else "")


@pytest.mark.parametrize(
    ("kind", "style", "expected"),
    [
        ("support", "specifier", ["`>=1.9`", "`<79`", "`>=1.7.4,<1.8 || >=2.0.4`"]),
        ("support", "plus", ["1.9+", "`<79`", "1.7.4+, 2.0.4+"]),
        ("support", "bare", ["1.9", "`<79`", "1.7.4+, 2.0.4+"]),
        ("versions", "specifier", ["`>=1.9,<1.10`", "`<79`", "`>=1.7.4,<1.8 || >=2.0.4`"]),
        ("versions", "plus", ["1.9", "`<79`", "1.7.4+, 2.0.4+"]),
        ("version", "specifier", ["1.9"]),
        ("version", "plus", ["1.9"]),
    ],
)
def test_another_notation_neither_removes_nor_adds_an_end(kind: str, style: str, expected: list[str]) -> None:
    values = ["1.9", "<79", "1.7.4+, 2.0.4+"][: len(expected)]
    texts = site(*values, kind=kind)
    texts["content/facts.yaml"] = texts["content/facts.yaml"].replace(
        b"field: since}", f"field: since, notation: {style}}}".encode()
    )
    page = body(texts, "2026-09-01").replace("&#124;", "|").replace("` || `", " || ")
    assert [
        line.split("|", 2)[2].rstrip("| ").strip()
        for line in page.split("\n")
        if line.startswith("| F") and "Feature" not in line
    ] == expected


# --- rules ---------------------------------------------------------------------------

SKIPPED = """
releases:
  fields: {versions: versions, support: lifecycle}
  records:
    # sitegen: allow ladder-gap: numbers 19 to 78 were skipped
    e79: {versions: ">=79", support: {ga: 2020-01-15}}
    e12: {versions: ">=12,<19", support: {ga: 2015-07-29, eol: 2021-03-09}}
"""


def checked(tmp_path: Path, texts: dict[str, bytes], capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str, str]]:
    """The findings of `sitegen check`, except for `unused-field`: code, message, hint."""
    for name, data in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    main(["check", "--root", str(tmp_path), "--as-of", "2026-11-29", "--format", "json"])
    findings = json.loads(capsys.readouterr().out)["findings"]
    return [(f["code"], f["message"], f["hint"]) for f in findings if f["code"] != "unused-field"]


@pytest.mark.parametrize("since", [">=18,<79", "12-18", "12-79", "<79", ">=12,<15 || >=79", "any", "18", "<12 || 79"])
def test_an_allowed_gap_counts_as_covered(since: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = checked(tmp_path, site(since, ladder=SKIPPED), capsys)
    expected = [("uncovered-versions", "no branch of releases contains <12")] if since == "<12 || 79" else []
    assert [(code, message) for code, message, _ in found if code != "dead-minimum"] == expected


@pytest.mark.parametrize(
    ("since", "missing"), [(">=18,<79", ">=19,<79"), ("30", "30"), ("12-18", ""), ("12-79", ">=19,<79"), ("<12", "<12")]
)
def test_a_gap_that_is_not_allowed_is_not_covered(
    since: str, missing: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ladder = "\n".join(line for line in SKIPPED.split("\n") if "allow" not in line)
    found = checked(tmp_path, site(since, ladder=ladder), capsys)
    messages = [message for code, message, _ in found if code == "uncovered-versions"]
    assert messages == ([f"no branch of releases contains {missing}"] if missing else [])
    assert [message for code, message, _ in found if code == "ladder-gap"] == [
        "no branch of releases contains >=19,<79"
    ]


def test_a_comment_that_also_allows_the_versions_is_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    facts = site(">=18,<79", ladder=SKIPPED)
    facts["content/facts.yaml"] = facts["content/facts.yaml"].replace(
        b"    f0:", b"    # sitegen: allow uncovered-versions: numbers 19 to 78 were skipped\n    f0:"
    )
    assert checked(tmp_path, facts, capsys) == []


def test_a_library_uses_the_gap_that_its_own_ladder_allows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = "library: python\n" + SKIPPED.replace("  fields: {versions: versions, support: lifecycle}\n", "")
    shared = "releases:\n  fields: {versions: versions, support: lifecycle}\n"
    texts = site(">=18,<79", ladder=shared) | {"content/python.yaml": own.encode()}
    assert checked(tmp_path, texts, capsys) == []


@pytest.mark.parametrize(
    ("since", "message", "hint"),
    [
        (
            "1.17.2",
            "1.17.2 is in '>=1.17,<1.18', which is End of Life since October 1, 2026",
            "the first supported release that meets it is 1.18",
        ),
        (">=1.17.9,<1.18 || >=1.18.5", "", ""),
        ("1.17.9+, 1.18.5+", "", ""),
        (
            "1.16.3+, 1.17.2+",
            "1.17.2 is in '>=1.17,<1.18', which is End of Life since October 1, 2026",
            "the first supported release that meets it is 1.18",
        ),
        ("preview 1.17.2", "", ""),
        ("removed 1.17.2", "", ""),
        ("1.18.3", "", ""),
    ],
)
def test_a_minimum_is_dead_if_all_of_its_branches_are(
    since: str, message: str, hint: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = checked(tmp_path, site(since), capsys)
    assert found == ([("dead-minimum", message, hint)] if message else [])


@pytest.mark.parametrize("since", ["1.18.0rc1", "1.18.0rc1+", "preview >=1.17.0b2"])
def test_a_pre_release_belongs_to_the_branch_of_its_release(
    since: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert checked(tmp_path, site(since), capsys) == []


OVERLAPPING = ["2.7.13+, 3.5+", "17, 6-14, 6-14", ">=113,<114, 113", ">=1,<2, 1.5+", "6.4.2-103", "19c", "2023-05"]


@pytest.mark.parametrize("text", OVERLAPPING)
def test_a_set_with_two_meanings_is_an_error_at_its_place(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = tiny(f'things:\n  fields: {{v: versions}}\n  records:\n    a: {{v: "{text}"}}\n')
    for name, data in texts.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    assert main(["build", "--root", str(tmp_path), "--as-of", "2026-11-29"]) == 1
    told = capsys.readouterr().err
    assert "error[bad-versions]" in told
    assert "content/facts.yaml:4:" in told
    assert "write '" in told
    assert not (tmp_path / "output").exists()


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("Version 1.17 is in Maintenance.", ["typed-level"]),
        ("Maintenance is all that release 1.17.x gets.", ["typed-level"]),
        ("Maintenance is all that users get of version 1.17.", ["typed-level"]),
        ("Version 1.17.2 is deprecated, since it loses data.", []),
        ("Maintenance windows came with version 2.4.", []),
    ],
)
def test_the_level_of_a_minor_version_that_is_a_branch_is_typed(
    sentence: str, told: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    texts = site("1.18.0", prose=sentence)
    assert [code for code, *_ in checked(tmp_path, texts, capsys) if code == "typed-level"] == told
