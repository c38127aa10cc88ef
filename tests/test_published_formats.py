"""The setting `formats`: which formats a site publishes."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from sitegen.files.sources import read_texts
from sitegen.preview.state import Preview
from tests.support.commands import Capture, do, edit
from tests.support.sites import ROOT

SETTINGS = "title: T\nformats: [hugo]\npartials: {f: {path: tables/f, tables: [f], each: site}}\n"
PAGE = """\
---
title: Compare
each: site
page: compare
---
{{% alert %}}
See [others]({{< relref "other.md" >}}).
{{% /alert %}}

<< partials.f >>
"""
FACTS = """\
f:
  fields: {name: text, since: support}
  records:
    alpha: {name: Alpha, since: 1.2.0}
tables:
  f: {caption: F, from: f, columns: [{header: N, field: name}, {header: Since, field: since}]}
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with shortcodes that publishes only Hugo."""
    (tmp_path / "site/content").mkdir(parents=True)
    for name, text in {"sitegen.yaml": SETTINGS, "content/compare.md": PAGE, "content/f.yaml": FACTS}.items():
        (tmp_path / "site" / name).write_text(text)
    return tmp_path / "site"


def paths(folder: Path) -> list[str]:
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(path for path in files if not path.startswith(".sitegen/"))


def test_only_published_formats_are_checked_and_built(site: Path, capsys: Capture) -> None:
    assert do(capsys, "check", "--root", site).out.startswith("No problems. 1 page and 1 partial can be built")
    assert do(capsys, "build", "--root", site).code == 0
    assert paths(site / "output") == ["hugo/content/compare.md", "hugo/layouts/partials/tables/f.html"]
    edit(site / "sitegen.yaml", "[hugo]", "[hugo, markdoc]")
    assert "error[foreign-tag]" in do(capsys, "check", "--root", site).err


def test_a_format_that_is_no_longer_published_is_removed(site: Path, capsys: Capture) -> None:
    edit(site / "content/compare.md", PAGE, PAGE.replace("{{% alert %}}", "").replace("{{% /alert %}}", ""))
    edit(site / "content/compare.md", 'See [others]({{< relref "other.md" >}}).', "")
    edit(site / "sitegen.yaml", "formats: [hugo]\n", "")
    assert do(capsys, "build", "--root", site).code == 0
    assert {path.partition("/")[0] for path in paths(site / "output")} == {"hugo", "html", "markdoc"}
    (site / "output/html/own.txt").write_text("mine")
    edit(site / "output/markdoc/compare.md", "Alpha", "Beta")
    edit(site / "sitegen.yaml", "title: T\n", "title: T\nformats: [hugo]\n")
    assert "orphaned          " in do(capsys, "build", "--root", site, "--check").out
    said = do(capsys, "build", "--root", site)
    assert said.code == 0
    assert "kept (edited by hand): " in said.err
    assert paths(site / "output") == [
        "html/own.txt", "hugo/content/compare.md", "hugo/layouts/partials/tables/f.html", "markdoc/compare.md",
    ]  # fmt: skip
    assert "1 file is up to date" not in do(capsys, "build", "--root", site, "--check").out  # an edited file is left


def test_other_formats_cannot_be_requested(site: Path, capsys: Capture) -> None:
    said = do(capsys, "build", "--root", site, "--only", "html")
    assert (said.code, said.err) == (
        2, "sitegen build: error: --only: the site does not publish 'html'; add it to 'formats' in sitegen.yaml\n"
    )  # fmt: skip
    edit(site / "sitegen.yaml", "[hugo]", "[html]")
    assert "no published format has partials" in do(capsys, "partials", "--root", site, "-o", site / "p").err


def test_partials_in_another_format(site: Path, capsys: Capture) -> None:
    edit(site / "content/compare.md", PAGE, "---\ntitle: X\neach: site\n---\n")
    edit(site / "sitegen.yaml", "[hugo]", "[hugo, markdoc]")
    out = site.parent / "other"
    assert do(capsys, "partials", "--root", site, "-o", out).code == 0
    assert do(capsys, "partials", "--root", site, "-o", out, "--only", "markdoc").code == 0
    assert paths(out) == ["tables/f.html", "tables/f.md"]
    assert do(capsys, "partials", "--root", site, "-o", out, "--check").out == "1 file is up to date\n"
    said = do(capsys, "partials", "--root", site, "-o", out, "--only", "markdoc", "--only", "hugo")
    assert (said.code, said.err.endswith("name one format of the partials with --only\n")) == (2, True)
    edit(site / "sitegen.yaml", "[hugo, markdoc]", "[markdoc]")
    assert do(capsys, "partials", "--root", site, "-o", out, "--check").out == "1 file is up to date\n"
    assert do(capsys, "clean", "--root", site, "-o", out).out == "2 removed\n"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("[hugoo]", "unknown format 'hugoo'"),
        ("{a: b}", "'formats' must be a list of formats"),
        ("[]", "'formats' is empty"),
    ],
)
def test_a_wrong_setting_is_reported(site: Path, capsys: Capture, value: str, message: str) -> None:
    edit(site / "sitegen.yaml", "[hugo]", value)
    said = do(capsys, "check", "--root", site)
    assert (said.code, message in said.err, "Traceback" in said.err) == (2, True, False)


def test_the_preview_shows_the_html_site_and_no_findings_of_it(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sitegen.preview.state._PAUSE", 0)
    preview = Preview(lambda: read_texts(site, ROOT), lambda: date(2026, 4, 1))
    *_, snapshot = preview.refresh()
    assert (snapshot.findings, snapshot.shows) == ((), "all")
    assert sorted({entry.group for entry in snapshot.outputs.entries.values()}) == ["html", "hugo"]
    later = preview.snapshot(date(2027, 4, 1))
    assert (later.findings, later.outputs.pages) == ((), snapshot.outputs.pages)


def test_diff_reports_the_pages_of_a_format_that_ends(site: Path, capsys: Capture) -> None:
    git = ["git", "-C", str(site), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    edit(site / "content/compare.md", PAGE, "---\ntitle: X\neach: site\n---\n<< tables.f >>\n")
    edit(site / "sitegen.yaml", "formats: [hugo]\n", "")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *arguments], check=True)
    edit(site / "sitegen.yaml", "title: T\n", "title: T\nformats: [hugo]\n")
    said = do(capsys, "diff", "HEAD", "--breaking", "--root", site)
    assert (said.code, "markdoc/site.md" in said.err, "html/site/index.html" in said.err) == (1, True, True)
