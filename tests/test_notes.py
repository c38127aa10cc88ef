"""Notes: several for a record, a value or a header; shared ones, which each table lists once; their marks in cells."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from sitegen.changes.differences import SiteState, compare_sites
from sitegen.cli import main
from sitegen.explanation.facts import appearances
from tests.support.changes import refuse
from tests.support.readers import Element, read_html, read_with_hugo, read_with_markdoc, tables
from tests.support.sites import body, build, built, checked, load, tiny, write_files

FACTS = """\
notes:
  fields: {text: markdown}
  records:
    server-only: {text: "Only on **servers**."}
    flag: {text: [Needs a flag., {is: Needs the flag `x`., from: 2026-02-01}]}
things:
  fields: {name: text, since: support}
  records:
    a: {name: A, since: {is: preview >=1.2, note: [server-only, flag]}, note: [server-only, Its own note.]}
    b: {name: B, since: {is: yes, note: server-only}}
    c: {name: C, since: no, note: [Alone., flag]}
    d: {name: D, since: 2.0}
tables:
  first:
    caption: First
    from: things
    columns: [{header: Name, field: name, note: [flag, About names.]}, {header: Since, field: since}]
  second:
    caption: Second
    from: things
    columns: [{header: Name, field: name}, {header: Since, field: since}]
"""
PAGE = "The author [^1].\n\n<< tables.first >>\n\n<< tables.second >>\n\n<< partials.both >>\n"
PARTIALS = "partials: {both: {path: << product.id >>/both, tables: [first, second]}}"
SITE = tiny(FACTS, PAGE, sitegen_yaml=PARTIALS)
MARKS = 16  # in the cells of both tables


def test_a_shared_note_is_below_a_table_once_and_its_mark_in_each_cell() -> None:
    text = body(SITE)
    first = text.split("\n| ---")[1]
    assert [" ".join(line.split()) for line in first.split("\n") if line.startswith(("| A", "| B", "| C", "[^"))] == [
        "| A[^4][^5] | Preview (`>=1.2`)[^4][^2] |",
        "| B | yes[^4] |",
        "| C[^6][^2] | no |",
        "[^2] **Note**: Needs the flag `x`.",
        "[^3] **Note** (Name): About names.",
        "[^4] **Note**: Only on **servers**.",
        "[^5] **Note** (A): Its own note.",
        "[^6] **Note** (C): Alone.",
    ]
    numbers = re.findall(r"^\[\^(\d+)\] ", text, re.MULTILINE)
    assert numbers == [str(number) for number in range(2, 2 + len(numbers))]  # 1 is the author's


def check_links(root: Element, marks: int) -> None:
    """Check that each mark leads to a note, each note back to a mark, and that all ids differ."""
    ids = [element.attributes["id"] for element in root.all() if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
    targets = [a.attributes["href"] for a in root.all("a") if a.attributes.get("href", "").startswith("#")]
    assert {target[1:] for target in targets} <= {*ids, "content"}
    assert len([a for sup in root.all("sup") for a in sup.all("a")]) == marks


def test_marks_and_notes_are_linked_in_html_and_in_a_partial() -> None:
    made = built(SITE)
    root = read_html(made.files["html/web/python/index.html"].text)
    check_links(root, 2 * MARKS)
    fragment = read_html(made.files["hugo/layouts/partials/web/both.html"].text, fragment=True)
    check_links(fragment, MARKS)
    assert [len(list(found.all("li"))) for found in fragment.all("ol")] == [5, 4]


def test_hugo_shows_notes_as_footnotes_with_marks_in_the_cells(hugo: Path, tmp_path: Path) -> None:
    made = built(SITE)
    files = {path.removeprefix("hugo/"): file.text for path, file in made.files.items() if file.format == "hugo"}
    main = read_with_hugo(hugo, tmp_path, files, "html")["web/python.md"].main
    check_links(main, 2 * MARKS)
    assert [table.rows[1] for table in tables(main)[:2]] == [["A", "Preview (>=1.2)"]] * 2
    (footnotes,) = (div for div in main.all("div") if div.attributes.get("role") == "doc-endnotes")
    assert len(list(footnotes.all("li"))) == 9


@pytest.mark.slow
def test_markdoc_shows_marks_and_notes(node: Path, markdoc: Path) -> None:
    page = read_with_markdoc(node, markdoc, {"page": built(SITE).files["markdoc/web/python.md"].text})["page"]
    assert page.problems == []
    assert [table.rows[1][0] for table in tables(page.tree)[:2]] == ["A[^4][^5]", "A[^7][^8]"]


def test_merged_rows_have_the_marks_of_all_their_notes() -> None:
    facts = """
notes: {fields: {text: markdown}, records: {old: {text: Old.}}}
releases:
  fields: {versions: versions, level: stage}
  records:
    r2: {versions: ">=1,<2", level: {is: eol, note: old}, note: Two.}
    r1: {versions: <1, level: {is: eol, note: [old, One.]}}
tables:
  releases:
    caption: Releases
    from: releases
    rows: [[r2, r1]]
    columns: [{header: Release, field: versions}, {header: Level, field: level}]
"""
    assert body(tiny(facts, "<< tables.releases >>")).split("\n")[2:] == [
        "| `<2`[^1] | End of Life[^2][^3] |",
        "",
        "[^1] **Note** (>=1,<2): Two.",
        "",
        "[^2] **Note**: Old.",
        "",
        "[^3] **Note** (<1): One.",
    ]


def test_a_word_is_a_note_on_a_site_without_shared_notes() -> None:
    facts = FACTS.split("things:")[1].replace("[server-only, flag]", "flag").replace(", note: [flag, About names.]", "")
    assert "**Note** (A): flag" in body(tiny(f"things:{facts}", "<< tables.second >>"))


def test_a_file_of_a_library_can_replace_a_shared_note() -> None:
    own = "library: python\nnotes: {records: {server-only: {text: On no server.}}}\n"
    text = body({**SITE, "content/python.yaml": own.encode()})
    assert "On no server." in text
    assert "servers" not in text


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("note: server-only}}", "note: server-onyl}}", "unknown-id"),
        ("note: [server-only, Its", "note: [server-onyl, Its", "unknown-id"),
        ("note: [flag, About", "note: [falg, About", "unknown-id"),
        ("text: [Needs a flag., {is", "text: [{is", "missing-value"),
        ("note: [Alone., flag]", "note: {a: b}", "wrong-shape"),
        ("note: [Alone., flag]", "note: [Alone., [x]]", "wrong-shape"),
        ("note: [Alone., flag]", 'note: [Alone., "{{< x >}}"]', "foreign-tag"),
        ('text: "Only on **servers**."', "txt: x", "unknown-field"),
    ],
)
def test_a_wrong_note_is_a_finding(old: str, new: str, code: str) -> None:
    texts = {path: data.replace(old.encode(), new.encode()) for path, data in SITE.items()}
    found = [finding for finding in build(load(texts), "2026-01-15").findings if finding.severity == "error"]
    assert {finding.code for finding in found} == {code}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command prints."""
    main([*arguments, "--as-of", "2026-04-01"])
    return capsys.readouterr().out


def test_answers_show_all_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = write_files(tmp_path / "site", {path: data.decode() for path, data in SITE.items()})
    assert "Since: supported (note: Only on **servers**.)" in run(
        capsys, "explain", "--root", str(site), "Is B supported?"
    )
    answer = run(capsys, "explain", "--root", str(site), "Is C supported?")
    assert "Note: Alone." in answer
    assert "Note: Needs the flag `x`." in answer


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Only on **servers**.", "Only on hosts.", ["Only on servers. Its own note.", "Only on hosts. Its own note."]),
        ("[server-only, Its own note.]", "server-only", ["Only on servers. Its own note.", "Only on servers."]),
        ("yes, note: server-only", "yes", ["Only on servers.", "unstated"]),
        ("About names.", "On names.", ["Needs the flag x. About names.", "Needs the flag x. On names."]),
    ],
)
def test_diff_shows_a_changed_note(old: str, new: str, said: list[str]) -> None:
    texts = {path: data.replace(old.encode(), new.encode()) for path, data in SITE.items()}
    before, after = (SiteState(load(each), date(2026, 4, 1)) for each in (SITE, texts))
    found = compare_sites(before, after, refuse, refuse)
    assert said in [[re.sub("[*`]", "", text) for text in (change.old, change.new)] for change in found.changes]
    assert not [change for change in found.changes if change.dataset == "notes"], "it is listed where it is shown"
    assert {change.kind for change in found.changes} <= {"wording", "removed"}
    moved = {path: b"# A comment.\n" + data if path.endswith("facts.yaml") else data for path, data in SITE.items()}
    assert not compare_sites(before, SiteState(load(moved), date(2026, 4, 1)), refuse, refuse).changes


def test_the_fact_panel_shows_all_notes_and_where_a_shared_one_is_shown() -> None:
    site = load(SITE)
    day = date(2026, 4, 1)
    place = site.facts.datasets["things"].records["a"].facts["since"].alternatives[0].place
    shared = site.facts.datasets["notes"].records["server-only"].facts["text"].alternatives[0].place
    found = [*appearances(build(site, str(day)).documents, (shared,))]
    assert {one.where for one in found if one.format == "markdoc"} == {"First: note 3", "Second: note 1"}
    assert [*appearances(build(site, str(day)).documents, (place,))]


def test_a_shared_note_that_nothing_names_is_reported() -> None:
    texts = {path: data.replace(b"    flag:", b"    rare: {text: Rare.}\n    flag:") for path, data in SITE.items()}
    assert [f.message for f in checked(SITE, date(2026, 4, 1)) if f.code == "never-shown"] == []
    assert [f.message for f in checked(texts, date(2026, 4, 1)) if f.code == "never-shown"] == [
        "the note 'rare' is never used"
    ]


def test_the_texts_of_notes_are_no_unused_field() -> None:
    assert [f.message for f in checked(SITE, date(2026, 4, 1)) if f.code == "unused-field"] == []
