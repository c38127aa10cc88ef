"""`sitegen new`."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import Capture, do
from tests.support.small_site import tree


def files_in(folder: Path) -> set[str]:
    return {name for name, data in tree(folder).items() if data != b"a folder"}


FILES = {
    ".gitignore",
    "sitegen.yaml",
    "content/facts.yaml",
    "content/libraries/java.yaml",
    "content/libraries/python.yaml",
    "content/compatibility.md",
}


@pytest.mark.parametrize("day", ["2025-03-01", "2026-11-30", "2040-01-01"])
def test_a_new_site_has_no_findings_and_builds(day: str, tmp_path: Path, capsys: Capture) -> None:
    site = tmp_path / "demo"
    said = do(capsys, "new", site)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(f"Created {site}/ with 6 files. Next:\n\n  cd {site}\n  sitegen build ")
    assert files_in(site) == FILES
    for command in ("check", "build"):
        said = do(capsys, command, "--root", site, "--as-of", day, "--strict", "-q")
        assert said == (0, "", ""), command
    page = (site / "output/markdoc/profiling/java.md").read_text("utf-8")
    assert "One release is supported" in page or day < "2026"
    assert "| Alerts  | Preview (2.3.0+) | ✓ yes      |" in page
    assert "package `com.example:agent`" in page


def test_the_output_of_a_new_site_is_ignored_by_git(tmp_path: Path, capsys: Capture) -> None:
    site = tmp_path / "demo"
    subprocess.run(["git", "init", "-q", site], check=True)
    assert do(capsys, "new", site).code == 0
    assert do(capsys, "build", "--root", site).code == 0
    listed = subprocess.run(
        ["git", "ls-files", "-o", "--exclude-standard"], cwd=site, capture_output=True, text=True, check=True
    )
    assert set(listed.stdout.splitlines()) == FILES


@pytest.mark.parametrize(
    ("name", "title"),
    [("demo", '"demo"'), ('a "b": c # d', '"a \\"b\\": c # d"'), ("Größe", '"Größe"'), ("no", '"no"')],
)
def test_the_title_is_the_name_of_the_folder(name: str, title: str, tmp_path: Path, capsys: Capture) -> None:
    site = tmp_path / name
    assert do(capsys, "new", site, "-q") == (0, "", "")
    assert f"\ntitle: {title}\n" in (site / "sitegen.yaml").read_text("utf-8")
    assert do(capsys, "check", "--root", site, "-q", "--strict") == (0, "", "")


def test_the_current_folder_can_become_a_site(tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = do(capsys, "new", ".")
    assert said.code == 0
    assert "  cd " not in said.out
    assert files_in(tmp_path) == FILES


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_exists_is_not_changed(kind: str, tmp_path: Path, capsys: Capture) -> None:
    site = tmp_path / "demo"
    if kind == "folder":
        site.mkdir()
        (site / "notes.txt").write_text("mine", "utf-8")
    else:
        site.write_text("mine", "utf-8")
    before = tree(tmp_path)
    said = do(capsys, "new", site)
    problem = "is not empty" if kind == "folder" else "is a file"
    assert said == (2, "", f"sitegen new: error: {site} {problem}; name a new folder\n")
    assert tree(tmp_path) == before


def test_a_new_site_can_be_imported(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "pages").mkdir()
    page = "---\ntitle: Drivers\n---\n\n| Driver | Since |\n|---|---|\n| Fast | 1.2.0 |\n| Slow | 1.10.0 |\n"
    (tmp_path / "pages/drivers.md").write_text(page, "utf-8")
    site = tmp_path / "demo"
    said = do(capsys, "new", site, "--from", tmp_path / "pages")
    assert (said.code, said.err) == (0, ""), said.err
    count = len(files_in(site))
    assert said.out.startswith(f"Created {site}/ from {tmp_path / 'pages'}, with {count} files. Next:\n")
    assert {".gitignore", "sitegen.yaml"} < files_in(site)
    assert do(capsys, "build", "--root", site, "-q").code == 0
    built = [path.read_text("utf-8") for path in (site / "output").rglob("*.md")]
    assert any(re.search(r"\| Fast +\| 1\.2\.0 +\|", text) for text in built)
    assert do(capsys, "new", site, "--from", tmp_path / "pages").code == 2


def test_an_import_of_nothing_creates_no_site(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "pages").mkdir()
    said = do(capsys, "new", tmp_path / "demo", "--from", tmp_path / "pages")
    assert said.code == 2
    assert "no files to import" in said.err
    assert not (tmp_path / "demo").exists()
