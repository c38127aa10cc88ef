"""An expected date is printed as expected in cells of every format, sentences, differences and calendars."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from sitegen.cli import main
from tests.support.sites import built, tiny

FACTS = """
releases:
  fields: {name: text, planned: date, since: support}
  records:
    v5: {name: five, planned: [~2026-05-05, {is: ~2026-05-15, from: 2026-06-01}], since: {is: preview >=5.1, on: expected 2027-01-31}}
    v6: {name: six, planned: expected 2026-05-06, since: {is: planned, on: ~2027-02-28, link: /six/}}
    v7: {name: seven, planned: 2026-05-07, since: {is: yes, on: 2027-03-31}}
    v8: {name: eight, planned: ~2026-Q3, since: {is: beta, on: expected 2027}, from: 2026-06-01}
    v9: {name: nine, planned: ~2026-05-09, since: 9.0, from: 2026-06-01}
tables:
  t:
    caption: Releases
    from: releases
    columns: [{header: Name, field: name}, {header: Planned, field: planned}, {header: Since, field: since}]
  iso:
    caption: Releases again
    from: releases
    columns: [{header: Name, field: name}, {header: Planned, field: planned, dates: iso}]
"""
PAGE = "Five comes << releases.v5.planned >>, six << releases.v6.planned >>.\n\n<< tables.t >>\n\n<< tables.iso >>\n"
SETTINGS = "base-url: https://docs.example.com\npartials: {t: {path: << product.id >>/t, tables: [t, iso]}}\n"
# The dates that are not confirmed, in all notations, after a word that marks them.
UNFIRM = ("May 5, 2026", "May 15, 2026", "May 6, 2026", "May 9, 2026", "January 31, 2027", "February 28, 2027")
UNFIRM_ISO = ("2026-05-05", "2026-05-15", "2026-05-06", "2026-05-09", "2026-Q3", "2027-01-31", "2027-02-28")


def texts() -> dict[str, bytes]:
    return tiny(FACTS, PAGE, sitegen_yaml=SETTINGS)


def unmarked(text: str) -> list[str]:
    """The unconfirmed dates of a text without a mark before them, with the preceding text."""
    text = re.sub(r"&#126;|&#x7e;", "~", text)
    found = [text[max(0, at.start() - 12) : at.end()] for date in UNFIRM for at in re.finditer(date, text)]
    iso = [text[max(0, at.start() - 12) : at.end()] for date in UNFIRM_ISO for at in re.finditer(date, text)]
    assert found or iso, "the text contains expected dates"
    return [near for near in found if "expected" not in near] + [
        near for near in iso if "expected" not in near and not re.search(r"~\S+$", near)
    ]


@pytest.mark.parametrize("day", ["2026-04-01", "2026-06-02"])
def test_every_output_marks_expected_dates(day: str) -> None:
    files = built(texts(), day).files
    shown = {path: out.text for path, out in files.items() if "planned" in out.text.lower() and "five" in out.text}
    assert {path.split("/")[0] for path in shown} >= {"hugo", "markdoc", "html"}
    for path, text in shown.items():
        assert unmarked(text) == [], path


def test_a_column_prints_dates_in_words_or_as_written() -> None:
    text = built(texts(), "2026-06-02").files["markdoc/web/python.md"].text.replace("&#126;", "~")
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.split("\n") if line.startswith("|")]
    assert ["five", "expected May 15, 2026", "Preview (`>=5.1`) (expected January 31, 2027)"] in cells
    assert ["seven", "May 7, 2026", "yes (March 31, 2027)"] in [[c.replace("Yes", "yes") for c in row] for row in cells]
    assert ["eight", "~2026-Q3", "Beta (expected 2027)"] in cells
    assert [row[1] for row in cells if len(row) == 2][2:4] == ["~2026-05-15", "expected 2026-05-06"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, data in texts().items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.mark.parametrize("form", ["text", "json", "ics"])
def test_upcoming_marks_expected_dates(form: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["upcoming", "--root", str(root), "--as-of", "2026-05-01", "--format", form]) == 0
    out = capsys.readouterr().out.replace("\r\n ", "").replace("\\,", ",")
    assert "expected May 9, 2026" in out
    assert unmarked(out) == []


def test_explain_marks_expected_dates(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["explain", "--root", str(root), "--as-of", "2026-05-01", "--format", "json", "releases.v5.planned"])
    out = capsys.readouterr().out
    assert json.loads(out)
    assert unmarked(out) == []


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_diff_marks_expected_dates(form: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "--root", str(root), "--format", form, "2026-05-01", "2026-06-02"]) == 0
    out = capsys.readouterr().out
    assert "expected May 5, 2026" in out
    assert "expected May 15, 2026" in out
    assert unmarked(out) == []
