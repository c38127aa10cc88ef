"""The GitHub action, the hooks of pre-commit, and the completion of shells, each run by the real program."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.support.actions import ACTION, Runner
from tests.support.commands import Capture, do, edit, run
from tests.support.project_files import copy_project
from tests.support.requirements import need
from tests.support.sites import ROOT

HOOKS = YAML(typ="safe", pure=True).load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
NO_INSTALLATION = ("Install sitegen",)


def git(folder: Path, *arguments: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder: Path, message: str) -> str:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def runner(tmp_path: Path, capsys: Capture) -> Runner:
    """A runner with a repository that has a site in a folder."""
    repository = tmp_path / "repository"
    assert do(capsys, "new", repository / "my docs").code == 0
    git(repository, "init", "-q", "-b", "main")
    commit(repository, "A site")
    runner = Runner(repository, tmp_path / "runner")
    runner.comments_file.write_text(json.dumps([{"id": 1, "body": "LGTM"}]), "utf-8")
    return runner


def facts_of(runner: Runner) -> Path:
    return runner.repository / "my docs/content/libraries/java.yaml"


# --- the GitHub action ---------------------------------------------------------------


@pytest.mark.slow
def test_a_pull_request_gets_one_comment_that_is_updated(runner: Runner) -> None:
    base = git(runner.repository, "rev-parse", "HEAD")
    options = {"root": "my docs", "skip": NO_INSTALLATION}
    assert runner.run(base, **options) == 0, runner.printed
    assert runner.comments == ["LGTM"], "nothing has changed"

    edit(facts_of(runner), "metrics: {since: 2.0.0}", "metrics: {since: 2.0.1}")
    commit(runner.repository, "Raise")
    assert runner.run(base, **options) == 0, runner.printed
    _, first = runner.comments
    assert first.startswith("<!-- sitegen diff my_docs -->\n## Changes from ")
    assert "2.0.0 → 2.0.1" in first
    assert "2.0.0 → 2.0.1" in (runner.temp / "summary.md").read_text("utf-8")

    edit(facts_of(runner), "metrics: {since: 2.0.1}", "metrics: {since: 2.0.2}")
    commit(runner.repository, "Raise again")
    assert runner.run(base, **options) == 0, runner.printed
    _, second = runner.comments
    assert "2.0.0 → 2.0.2" in second

    git(runner.repository, "revert", "--no-edit", "HEAD", "HEAD~1")
    assert runner.run(base, **options) == 0, runner.printed
    _, third = runner.comments
    assert "Nothing changed." in third


def test_findings_annotate_the_pull_request_and_fail(runner: Runner) -> None:
    base = git(runner.repository, "rev-parse", "HEAD")
    edit(facts_of(runner), "traces: {since: 2.1.0}", "traces: {sinse: 2.1.0}")
    commit(runner.repository, "Misspell")
    assert runner.run(base, root="my docs", skip=NO_INSTALLATION) == 1
    assert "::error file=my docs/content/libraries/java.yaml,line=14,col=14,title=unknown-field::" in runner.printed
    assert runner.comments == ["LGTM"], "facts with errors are not compared"


def test_reduced_support_fails_and_is_shown(runner: Runner) -> None:
    base = git(runner.repository, "rev-parse", "HEAD")
    edit(facts_of(runner), "traces: {since: 2.1.0}", "traces: {since: no}")
    commit(runner.repository, "Reduce")
    options = {"root": "my docs", "skip": NO_INSTALLATION}
    assert runner.run(base, **options) == 0
    assert runner.run(base, breaking="true", **options) == 1
    assert "support is reduced" in runner.printed
    assert "2.1.0 → no" in runner.comments[1]
    assert len(runner.comments) == 2


def test_a_pull_request_of_a_fork_has_a_summary_instead(runner: Runner) -> None:
    base = git(runner.repository, "rev-parse", "HEAD")
    edit(facts_of(runner), "metrics: {since: 2.0.0}", "metrics: {since: 2.0.1}")
    commit(runner.repository, "Raise")
    runner.comments_file.unlink()
    assert runner.run(base, root="my docs", skip=NO_INSTALLATION) == 0
    assert "::warning title=sitegen::The comment was not written." in runner.printed
    assert "2.0.0 → 2.0.1" in (runner.temp / "summary.md").read_text("utf-8")


@pytest.mark.slow
def test_a_long_comment_refers_to_the_summary(runner: Runner) -> None:
    base = git(runner.repository, "rev-parse", "HEAD")
    more = "".join(
        f"    f{number}: {{name: Feature number {number} of {'many ' * 20}, logs: yes}}\n" for number in range(800)
    )
    facts = runner.repository / "my docs/content/facts.yaml"
    edit(facts, "    metrics: {name", f"{more}    metrics: {{name")
    edit(facts, "since: support of releases", "since: {type: support of releases, default: no}")
    commit(runner.repository, "Add many")
    assert runner.run(base, root="my docs", skip=NO_INSTALLATION) == 0, runner.printed
    comment = runner.comments[1]
    assert len(comment) < 51_000
    assert comment.endswith("The whole list is in the summary of the workflow run.\n")
    assert "Feature number 799" in (runner.temp / "summary.md").read_text("utf-8")


def test_generated_files_must_be_up_to_date(runner: Runner, capsys: Capture) -> None:
    base = git(runner.repository, "rev-parse", "HEAD")
    options = {"root": "my docs", "skip": NO_INSTALLATION, "output": "true", "event": "push"}
    assert runner.run(base, **options) == 1
    assert "title=missing-file::" in runner.printed
    assert do(capsys, "build", "--root", runner.repository / "my docs", "-q").code == 0
    assert runner.run(base, **options) == 0, runner.printed
    assert runner.comments == ["LGTM"], "a push has no pull request"


@pytest.mark.slow
def test_the_action_installs_itself(runner: Runner) -> None:
    runner.path.clear()
    assert runner.run("HEAD", root="my docs", strict="true") == 0, runner.printed
    assert runner.path == [str(runner.temp / "sitegen/bin")]


def test_the_inputs_of_the_action_are_described() -> None:
    for name, declared in ACTION["inputs"].items():
        assert declared["description"].endswith("."), name


# --- pre-commit ----------------------------------------------------------------------


@pytest.mark.slow
def test_pre_commit_runs_the_hooks(runner: Runner, tmp_path: Path, capsys: Capture) -> None:
    hooks = copy_project(tmp_path / "hooks")
    git(hooks, "init", "-q")
    revision = commit(hooks, "sitegen")
    repository = runner.repository
    chosen = "\n".join(f"      - id: {hook['id']}\n        args: [--root, my docs]" for hook in HOOKS)
    (repository / ".pre-commit-config.yaml").write_text(
        f"repos:\n  - repo: {hooks}\n    rev: {revision}\n    hooks:\n{chosen}\n", "utf-8"
    )
    (repository / "my docs/.gitignore").unlink()
    assert do(capsys, "build", "--root", repository / "my docs", "-q").code == 0
    git(repository, "add", "-A")

    def pre_commit() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "run", "--all-files", "--color", "never"],
            cwd=repository,
            env={**os.environ, "PRE_COMMIT_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    first = pre_commit()
    if "pip" in first.stdout and first.returncode == 3:
        need(f"pip needs a network or its cache. It says:\n{first.stdout[-600:]}")
    assert first.returncode == 0, first.stdout + first.stderr
    assert first.stdout.count("Passed") == len(HOOKS)
    edit(facts_of(runner), "metrics: {since: 2.0.0}", "metrics: {since: 2.0.1}")
    git(repository, "add", "-A")
    second = pre_commit()
    assert second.returncode == 1
    assert second.stdout.count("Passed") == 1
    assert "outdated " in second.stdout
    edit(facts_of(runner), "metrics: {since:", "metrics: {sinse:")
    git(repository, "add", "-A")
    third = pre_commit()
    assert "unknown field 'sinse'" in third.stdout
    assert "Passed" not in third.stdout


# --- completion ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["sitegen", "bu"], {"build"}),
        (["sitegen", "check", "--for"], {"--format"}),
        (["sitegen", "check", "--format", "s"], {"sarif"}),
        (["sitegen", "schema", ""], {"facts", "settings"}),
        (["sitegen", "build", "--root", "fol"], {"folder"}),
    ],
)
def test_bash_completes_commands_options_values_and_folders(
    words: list[str], expected: set[str], tmp_path: Path
) -> None:
    bash = shutil.which("bash") or need("bash is not installed")
    said = run("--print-completion", "bash")
    assert (said.code, said.err) == (0, "")
    (tmp_path / "sitegen.bash").write_text(said.out, "utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folk.txt").touch()
    quoted = " ".join(f"'{word}'" for word in words)
    script = f"""
    source ./sitegen.bash
    COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; COMP_LINE="{" ".join(words)}"; COMP_POINT=${{#COMP_LINE}}
    $(complete -p sitegen | sed 's/.*-F \\([^ ]*\\) .*/\\1/') sitegen "${{COMP_WORDS[COMP_CWORD]}}" "${{COMP_WORDS[COMP_CWORD-1]}}"
    printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    done = subprocess.run([bash, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert expected <= {line.strip() for line in done.stdout.splitlines()}
    assert "folk.txt" not in done.stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_each_shell_has_a_script(shell: str) -> None:
    said = run("--print-completion", shell)
    assert (said.code, said.err) == (0, "")
    for command in ("build", "schema", "new"):
        assert command in said.out


def test_an_unknown_shell_is_reported() -> None:
    said = run("--print-completion", "fish")
    assert (said.code, said.out) == (2, "")
    assert "unknown value for --print-completion: 'fish'; expected one of: bash, zsh, tcsh" in said.err


# --- the guide -----------------------------------------------------------------------


def test_the_guide_uses_the_action_and_the_hooks_as_they_are() -> None:
    guide = (ROOT / "docs/pipeline.md").read_text("utf-8")
    blocks = [YAML(typ="safe", pure=True).load(text) for text in re.findall(r"```yaml\n(.*?)```", guide, re.DOTALL)]
    steps = [step for block in blocks if "jobs" in block for step in block["jobs"]["facts"]["steps"]]
    (used,) = [step for step in steps if step["uses"].startswith("OWNER/sitegen@")]
    assert used["with"].keys() <= ACTION["inputs"].keys()
    described = re.findall(r"^\| `(\w+)` \| .*? \| (.*?) \|$", guide, re.MULTILINE)
    assert {name for name, _ in described} == ACTION["inputs"].keys()
    for name, default in described:
        written = ACTION["inputs"][name]["default"]
        assert default == f"`{written}`" or written.startswith("${{"), name
    hooks = [hook["id"] for block in blocks if "repos" in block for repo in block["repos"] for hook in repo["hooks"]]
    assert hooks == [hook["id"] for hook in HOOKS]
