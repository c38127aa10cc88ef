"""`--format sarif` and `--format github`: what code scanning on GitHub requires, and paths in a repository."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from sitegen import HOMEPAGE
from sitegen.schema.documentation import rows_of
from tests.support.commands import Capture, Said, do, edit
from tests.support.requirements import need
from tests.support.sites import ROOT
from tests.support.small_site import small_site

RULES = "Sarif;Ghas"  # those of the standard, and those of GitHub


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small site with errors, in a folder of the current one whose name a URL must encode."""
    monkeypatch.chdir(tmp_path)
    folder = small_site(tmp_path / "the docs")
    edit(folder / "content/facts.yaml", "since: 1.10", "since: 1.10, snice: 1.10")
    (folder / "content/more.yaml").write_text("links: {fields: {target: link}, records: {a: {target: b c}}}\n", "utf-8")
    return folder


def run_of(said: Said) -> dict[str, Any]:
    (run,) = json.loads(said.out)["runs"]
    assert isinstance(run, dict)
    return run


def check(capsys: Capture, format_: str = "sarif", root: str | Path = "the docs") -> Said:
    return do(capsys, "check", "--root", root, "--as-of", "2026-04-01", "--format", format_)


def test_a_finding_has_a_description_and_a_whole_region(site: Path, capsys: Capture) -> None:
    run = run_of(check(capsys))
    assert run["tool"]["driver"]["informationUri"] == HOMEPAGE
    assert run["columnKind"] == "unicodeCodePoints"
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules.keys() == {"unknown-field", "bad-link"}
    for rule in rules.values():
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["text"].startswith(rule["fullDescription"]["text"])
        assert rule["help"]["markdown"].startswith(rule["fullDescription"]["text"].split("`")[0])
    assert "`" not in str([rule["shortDescription"] for rule in rules.values()])
    result = next(result for result in run["results"] if result["ruleId"] == "unknown-field")
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "the%20docs/content/facts.yaml"
    line = (site / "content/facts.yaml").read_text("utf-8").splitlines()[where["region"]["startLine"] - 1]
    assert line[where["region"]["startColumn"] - 1 : where["region"]["endColumn"] - 1] == "snice"


def test_a_fingerprint_does_not_depend_on_the_lines_above(site: Path, capsys: Capture) -> None:
    def prints() -> list[str]:
        found = [
            result["partialFingerprints"]["primaryLocationLineHash"] for result in run_of(check(capsys))["results"]
        ]
        assert len(set(found)) == len(found)
        return found

    before = prints()
    for name in ("facts", "more"):
        path = site / f"content/{name}.yaml"
        path.write_text("# A comment.\n\n" + path.read_text("utf-8"), "utf-8")
    assert prints() == before
    edit(site / "content/facts.yaml", "snice: 1.10", "sicne: 1.10")
    assert prints() != before


def test_every_documented_code_has_a_description() -> None:
    """The descriptions come from the tables of docs/findings.md."""
    text = (ROOT / "docs/findings.md").read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `")]
    read = [*rows_of(text)]
    assert len(read) == len(rows) > 100
    assert all(len(codes) == 1 and meaning.endswith(".") and todo.endswith(".") for codes, meaning, todo in read)


@pytest.mark.parametrize(
    ("where", "root", "file"), [("", "the docs", "the docs/"), ("the docs", ".", ""), ("other", "..", "")]
)
def test_paths_are_those_from_the_current_folder(
    where: str, root: str, file: str, site: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that does not contain the site has no path to it; then the path in the site is used."""
    root = str(site) if where == "other" else root
    (site.parent / where).mkdir(exist_ok=True)
    monkeypatch.chdir(site.parent / where)
    said = check(capsys, "github", root)
    assert said.code == 1
    assert {line.split("file=")[1].split(",")[0] for line in said.out.splitlines()} == {
        f"{file}content/facts.yaml",
        f"{file}content/more.yaml",
    }


def _validate(npm: Path, log: Path) -> list[str]:
    """The problems that Microsoft's validator finds."""
    program = npm / "node_modules/@microsoft/sarif-multitool-linux/Sarif.Multitool"
    if not program.exists():
        need("the validator of SARIF runs on Linux with x86-64 only")
    program.chmod(0o755)
    done = subprocess.run(
        [program, "validate", log, "--rule-kind", RULES, "-o", log.with_suffix(".report"), "--log", "ForceOverwrite"],
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert "Analysis completed successfully." in done.stdout, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if ": error " in line or ": warning " in line]


def test_the_validator_of_sarif_accepts_every_log(site: Path, npm: Path, tmp_path: Path, capsys: Capture) -> None:
    log = tmp_path / "log.sarif"
    log.write_text(check(capsys).out, "utf-8")
    assert _validate(npm, log) == []
    (site / "content/facts.yaml").write_text("a: [\n", "utf-8")
    log.write_text(check(capsys).out, "utf-8")
    assert _validate(npm, log) == []
    log.write_text(
        do(capsys, "build", "--root", ROOT, "-o", tmp_path / "new", "--check", "--format", "sarif").out, "utf-8"
    )
    assert '"missing-file"' in log.read_text("utf-8")
    assert _validate(npm, log) == []

    run = json.loads(log.read_text("utf-8"))
    del run["runs"][0]["tool"]["driver"]["rules"][0]["help"]
    log.write_text(json.dumps(run), "utf-8")
    assert any("GH2012" in line for line in _validate(npm, log)), "the rules of GitHub are applied"
