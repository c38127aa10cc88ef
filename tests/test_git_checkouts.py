"""Committed output: each build of the same sources produces it, in every clone and on every branch.

The site is in a Git repository, with its output and its partials in the tree of a Hugo site.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.commands import Capture, Said, do, edit
from tests.support.git import commit, git
from tests.support.small_site import DAY, STATE, building, small_site, tree

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

FACTS, PARTIALS = "content/facts.yaml", "docs/layouts/partials"
LOW, HIGH = "low: {name: Low, since: 1.10}", "high: {name: High – and more, since: 3.0}"


def commands(root: Path) -> list[list[str]]:
    """The commands that build a checkout: pages, and partials in the tree of a Hugo site."""
    return [building(root), ["partials", "--root", str(root), "-o", str(root / PARTIALS), "--as-of", DAY]]


def build(capsys: Capture, root: Path, *more: str) -> list[Said]:
    """Build pages and partials, or compare them."""
    return [do(capsys, *command, *more) for command in commands(root)]


def assert_up_to_date(capsys: Capture, root: Path) -> None:
    """Check that `--check` finds no difference, and that a build leaves the checkout clean."""
    assert git(root, "status", "--porcelain") == ""
    for _ in range(2):
        assert [(said.code, said.out) for said in build(capsys, root, "--check", "-q")] == [(0, ""), (0, "")]
        for said in build(capsys, root):
            assert (said.code, said.err) == (0, "")
            assert said.out.startswith("0 written, ")
            assert " 0 removed" in said.out
    assert git(root, "status", "--porcelain") == ""


@pytest.fixture
def repository(tmp_path: Path, capsys: Capture) -> Path:
    """A repository of a site with its output, committed."""
    root = small_site(tmp_path / "site")
    git(root, "init", "-q")
    assert [said.code for said in build(capsys, root)] == [0, 0]
    commit(root, "A site")
    return root


def clone(repository: Path, *options: str) -> Path:
    """A fresh clone."""
    folder = repository.with_name("clone")
    git(repository, "clone", "-q", *options, repository, folder)
    return folder


# --- the same sources ----------------------------------------------------------------


def test_the_cache_is_not_committed(repository: Path, capsys: Capture) -> None:
    assert (repository / "output" / STATE).is_dir()
    assert [name for name in git(repository, "ls-files").split() if STATE in name] == []
    assert_up_to_date(capsys, repository)


def _without_cache(repository: Path) -> Path:
    for folder in ("output", PARTIALS):
        shutil.rmtree(repository / folder / STATE, ignore_errors=True)
    return repository


def _with_other_times(repository: Path) -> Path:
    for path in repository.rglob("*"):
        if ".git" not in path.parts:
            os.utime(path)
    return repository


def _cleaned_by_git(repository: Path) -> Path:
    git(repository, "clean", "-fdxq")
    return repository


CHECKOUTS: dict[str, Callable[[Path], Path]] = {
    "without the cache": _without_cache,
    "with other times": _with_other_times,
    "cleaned by git": _cleaned_by_git,
    "a clone": clone,
    "a clone with CRLF": lambda repository: clone(repository, "-c", "core.autocrlf=true"),
    "a shallow clone": lambda repository: clone(repository, "--depth", "1", "--no-local"),
}


@pytest.mark.parametrize("name", CHECKOUTS)
def test_a_build_of_committed_sources_leaves_a_clean_checkout(name: str, repository: Path, capsys: Capture) -> None:
    root = CHECKOUTS[name](repository)
    if "CRLF" in name:
        assert b"\r\n" in (root / "output/hugo/alpha.md").read_bytes()
    assert_up_to_date(capsys, root)


def test_a_change_in_a_clone_with_crlf_changes_only_its_lines(repository: Path, capsys: Capture) -> None:
    root = clone(repository, "-c", "core.autocrlf=true")
    edit(root / FACTS, LOW, LOW.replace("1.10", "1.11"))
    assert [said.code for said in build(capsys, root)] == [0, 0]
    git(root, "add", "-A")
    changes = git(root, "diff", "--cached", "--numstat").splitlines()
    assert changes
    for change in changes:
        added, removed, path = change.split("\t")
        assert (int(added), int(removed)) == ((1, 1) if path == FACTS else (2, 2)), path  # a line, and that of the mark
    commit(root)
    assert_up_to_date(capsys, root)


def test_a_cache_committed_by_an_older_version_is_harmless(repository: Path, capsys: Capture) -> None:
    old = {f"output/{STATE}/manifest": b'{"version": 2}', f"output/{STATE}/lock": b"1", f"output/{STATE}/build": b"{}"}
    _without_cache(repository)
    for name, data in old.items():
        (repository / name).parent.mkdir(exist_ok=True)
        (repository / name).write_bytes(data)
    git(repository, "add", "-f", *old)
    commit(repository)
    for root in (repository, clone(repository)):
        assert [said.code for said in build(capsys, root)] == [0, 0]
        assert build(capsys, root, "--check", "-q") == [Said(0, "", "")] * 2
        # Only files that sitegen still uses are shown as changed, until the old files are removed from the repository.
        assert git(root, "status", "--porcelain").split() in ([], ["M", f"output/{STATE}/lock"])
        git(root, "rm", "-rq", "--cached", f"output/{STATE}")
        commit(root)
        assert_up_to_date(capsys, root)


# --- other sources -------------------------------------------------------------------


def test_merges_of_branches_conflict_only_in_marks(repository: Path, capsys: Capture) -> None:
    """Each branch changes a different fact. The facts are far apart, since Git cannot merge adjacent changes."""
    for number in range(12):
        edit(repository / FACTS, f"    {HIGH}", f"    level-{number}: {{name: Level {number}, since: 2.0}}\n    {HIGH}")
    build(capsys, repository)
    commit(repository)
    git(repository, "switch", "-qc", "other")
    edit(repository / FACTS, LOW, LOW.replace("1.10", "1.11"))
    build(capsys, repository)
    commit(repository)
    git(repository, "switch", "-q", "main")
    edit(repository / FACTS, HIGH, HIGH.replace("3.0", "3.1"))
    build(capsys, repository)
    commit(repository)

    with pytest.raises(AssertionError, match="CONFLICT"):
        git(repository, "merge", "-q", "other")
    conflicting = git(repository, "diff", "--name-only", "--diff-filter=U").split()
    assert FACTS not in conflicting
    for name in conflicting:
        ours, theirs = (
            (repository / name)
            .read_text("utf-8")
            .split("<<<<<<< HEAD\n")[1]
            .split(">>>>>>> other\n")[0]
            .split("=======\n")
        )
        assert [part.count("\n") for part in (ours, theirs)] == [1, 1]
        assert "Generated by sitegen" in ours
        assert "Generated by sitegen" in theirs

    assert [said.code for said in build(capsys, repository)] == [0, 0]
    page = (repository / "output/hugo/alpha.md").read_text("utf-8")
    assert "1.11" in page
    assert "3.1" in page
    commit(repository)
    assert_up_to_date(capsys, repository)


def _codes(text: str) -> list[str]:
    return [line.partition("[")[2].partition("]")[0] for line in text.splitlines() if line.startswith("error[")]


def test_switching_between_branches_needs_no_force(repository: Path, capsys: Capture) -> None:
    git(repository, "switch", "-qc", "second")
    small_site(repository, "second")
    assert [said.code for said in build(capsys, repository)] == [0, 0]
    commit(repository)
    for branch in ("main", "second", "main"):
        git(repository, "switch", "-q", branch)
        assert_up_to_date(capsys, repository)


def test_a_pulled_change_is_up_to_date(repository: Path, capsys: Capture) -> None:
    root = clone(repository)
    build(capsys, root)
    small_site(repository, "second")
    build(capsys, repository)
    commit(repository)
    git(root, "pull", "-q")
    assert_up_to_date(capsys, root)


def test_a_pulled_change_of_sources_alone_is_drift(repository: Path, capsys: Capture) -> None:
    root = clone(repository)
    build(capsys, root)
    edit(repository / FACTS, LOW, LOW.replace("1.10", "1.11"))
    commit(repository)
    git(root, "pull", "-q")
    checked = build(capsys, root, "--check")
    assert [said.code for said in checked] == [1, 1]
    assert all(line.startswith("outdated ") for said in checked for line in said.out.splitlines())
    assert [said.code for said in build(capsys, root)] == [0, 0]
    assert build(capsys, root, "--check", "-q") == [Said(0, "", "")] * 2


# --- edits by others ----------------------------------------------------------


def _files(said: Said, format_: str) -> set[tuple[str, str]]:
    """The codes and files of the findings that a command reports."""
    if format_ == "json":
        return {(one["code"], one["file"]) for one in json.loads(said.out)["findings"]}
    if format_ == "sarif":
        (run,) = json.loads(said.out)["runs"]
        where = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
        return {
            (result["ruleId"], uri.removeprefix("file://")) for result, uri in zip(run["results"], where, strict=True)
        }
    if format_ == "github":
        found = [line.partition("file=")[2].split(",") for line in said.out.splitlines()]
        return {(part[3].removeprefix("title=").partition("::")[0], part[0]) for part in found}
    places = [line.partition("--> ")[2].removesuffix(":1:1") for line in said.err.splitlines() if "-->" in line]
    return set(zip(_codes(said.err), places, strict=True))


@pytest.mark.parametrize("format_", ["text", "json", "github", "sarif"])
@pytest.mark.parametrize("options", [(), ("-c", "core.autocrlf=true")])
def test_a_hand_edit_is_found_in_a_fresh_clone(
    options: Sequence[str], format_: str, repository: Path, capsys: Capture
) -> None:
    edited = ["output/hugo/alpha.md", f"{PARTIALS}/alpha/levels.html"]
    for name in edited:
        edit(repository / name, "1.10", "1.99")
    commit(repository)
    root = clone(repository, *options)
    before = tree(root / "output")
    names = [str(root / name) for name in edited]

    for more in ((), ("--check",)):
        for said, name in zip(build(capsys, root, "--format", format_, *more), names, strict=True):
            assert said.code == 1
            if format_ == "text" and more:
                assert said.out == f"{'edited':<17} {name}\n"
            else:
                assert _files(said, format_) == {("edited-file", name)}
    assert tree(root / "output") == before

    assert [said.code for said in build(capsys, root, "--force")] == [0, 0]
    assert all(b"1.10" in (root / name).read_bytes() for name in edited)
    assert build(capsys, root, "--check", "-q") == [Said(0, "", "")] * 2


@pytest.mark.parametrize("format_", ["text", "json"])
def test_an_orphaned_file_in_a_fresh_clone_is_reported_and_removed(
    format_: str, repository: Path, capsys: Capture
) -> None:
    small_site(repository, "second")  # without beta
    commit(repository)
    root = clone(repository)
    orphaned = [
        {f"output/{name}" for name in ("hugo/beta.md", "hugo/layouts/partials/beta/levels.html", "markdoc/beta.md")},
        {f"{PARTIALS}/beta/levels.html"},
    ]
    orphaned[0].add("output/markdoc/partials/beta/levels.md")
    for said, names in zip(build(capsys, root, "--check", "--format", format_), orphaned, strict=True):
        assert said.code == 1
        wanted = {("orphaned-file", str(root / name)) for name in names}
        if format_ == "text":
            lines = {f"{'orphaned':<17} {path}" for _, path in wanted}
            assert {line for line in said.out.splitlines() if line.startswith("orphaned")} == lines
        else:
            assert {found for found in _files(said, format_) if found[0] == "orphaned-file"} == wanted
    assert [said.code for said in build(capsys, root)] == [0, 0]
    assert not any((root / name).exists() for names in orphaned for name in names)
    assert build(capsys, root, "--check", "-q") == [Said(0, "", "")] * 2


@pytest.mark.parametrize("cache", [True, False])
def test_copies_and_files_of_another_site_are_unchanged(cache: bool, repository: Path, capsys: Capture) -> None:
    """The other site has a different title, and writes to the same folders."""
    other = small_site(repository / "other", "third")
    edit(other / "sitegen.yaml", "pages:", "title: Other\npages:")
    edit(other / "sitegen.yaml", "hugo/<< product.id >>.md", "hugo/other/<< product.id >>.md")
    edit(other / "sitegen.yaml", "markdoc/<< product.id >>.md", "markdoc/other/<< product.id >>.md")
    edit(other / "sitegen.yaml", "<< product.id >>/levels", "other/<< product.id >>/levels")
    theirs = [building(other, "-o", str(repository / "output")), commands(other)[1]]
    theirs[1][4] = str(repository / PARTIALS)
    copies = {"output/hugo/alpha.md": "output/hugo/copy.md", f"{PARTIALS}/beta/levels.html": f"{PARTIALS}/copy.html"}
    for name, copy in copies.items():
        shutil.copy(repository / name, repository / copy)
    for command in theirs:
        if not cache:
            _without_cache(repository)
        assert do(capsys, *command).code == 0
    before = tree(repository / "output"), tree(repository / PARTIALS)
    for command in [*commands(repository), *theirs, *commands(repository)]:
        if not cache:
            _without_cache(repository)
        said = do(capsys, *command)
        assert (said.code, said.err) == (0, "")
        assert said.out.startswith("0 written, ")
        assert (tree(repository / "output"), tree(repository / PARTIALS)) == before
