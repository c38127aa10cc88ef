"""The output folder: if a build stops, files are complete, files of others are kept, and the next build repairs it."""

from __future__ import annotations

import binascii
import errno
import hashlib
import os
import pickle
import random
import re
import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from sitegen.build.records import Entry, State, dumps, loads
from sitegen.cli import main
from sitegen.findings import Finding, Place
from tests.support.commands import Capture, Said, do, edit
from tests.support.edited_site import SITE
from tests.support.faulty_processes import Processes, faulty_processes
from tests.support.requirements import needs_fork, needs_links
from tests.support.sites import write_files
from tests.support.small_site import (
    DAY,
    EDITIONS,
    STATE,
    building,
    folder_for_all,
    only_pages,
    other_bytes,
    share,
    small_site,
    stamps,
    tree,
)

# --- three editions of a site --------------------------------------------------------


class Sites(NamedTuple):
    """Three editions of a site, the output of each, and an output folder."""

    roots: dict[str, Path]
    trees: dict[str, dict[str, bytes]]
    folder: Path

    def build(self, edition: str, *more: str) -> list[str]:
        """The arguments that build an edition into the folder."""
        return building(self.roots[edition], "-o", str(self.folder), *more)

    def partials(self, edition: str, *more: str) -> list[str]:
        """The arguments that write the partials of an edition into the folder."""
        return ["partials", "--root", str(self.roots[edition]), "-o", str(self.folder), "--as-of", DAY, *more]

    def clean(self) -> list[str]:
        """The arguments that clean the folder."""
        return ["clean", "--root", str(self.roots["first"]), "-o", str(self.folder)]

    def start(self, edition: Literal["first"] | None) -> None:
        """Restore the folder as after a build of the first edition, or remove it."""
        shutil.rmtree(self.folder, ignore_errors=True)
        if edition:
            shutil.copytree(self.roots["second"] / "output", self.folder)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Three editions. The output of the second edition is built from the sources of the first one."""
    base = tmp_path_factory.mktemp("sites")
    roots = {edition: small_site(base / edition, edition) for edition in EDITIONS}
    for root in roots.values():
        assert main(building(root, "-q")) == 0
    trees = {edition: tree(root / "output") for edition, root in roots.items()}
    small_site(roots["second"], "first")
    assert main(building(roots["second"], "-q")) == 0
    small_site(roots["second"], "second")
    return Sites(roots, trees, base / "there")


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Processes that fail at a given point."""
    with faulty_processes(*building(small_site(tmp_path_factory.mktemp("warm")), "-q")) as found:
        yield found


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site before its first build."""
    return small_site(tmp_path / "site")


@pytest.fixture
def built(site: Path) -> Path:
    """A small site after a build in two formats."""
    assert main(building(site, "-q")) == 0
    return site


def there(folder: Path) -> dict[str, bytes]:
    """The tree of a folder, which may not exist."""
    return tree(folder) if folder.exists() else {}


def all_or_nothing(found: Mapping[str, bytes], *editions: Mapping[str, bytes]) -> bool:
    """Whether each file is the complete output of one of the editions."""
    return all(any(edition.get(path) == data for edition in editions) for path, data in only_pages(found).items())


# --- writing -------------------------------------------------------------------------


@pytest.mark.parametrize("flags", [(), ("-v",), ("--force",)])
def test_a_second_build_writes_nothing(flags: tuple[str, ...], built: Path, capsys: Capture) -> None:
    before = stamps(built / "output")
    assert "0 written, 8 unchanged, 0 removed in " in do(capsys, *building(built, *flags)).out
    assert stamps(built / "output") == before


def test_only_what_changed_is_replaced(built: Path, capsys: Capture) -> None:
    before = stamps(built / "output")
    edit(
        built / "content/page.md",
        "A page is longer",
        "<% if product.id == 'beta' %>Beta.<% endif %>\n\nA page is longer",
    )
    assert do(capsys, *building(built)).code == 0
    after = stamps(built / "output")
    replaced = {path for path in after if after[path] != before[path]}
    assert {"hugo/beta.md", "markdoc/beta.md"} < replaced
    assert not [path for path in replaced if "levels" in path]


@pytest.mark.skipif(os.name == "nt", reason="needs modes of Unix")
def test_files_are_readable_by_all_whatever_the_umask(site: Path) -> None:
    before = os.umask(0o077)
    try:
        assert main(building(site, "-q")) == 0
    finally:
        os.umask(before)
    assert stat.S_IMODE((site / "output/hugo/alpha.md").stat().st_mode) == 0o644


def test_each_file_of_the_output_has_one_mark(built: Path) -> None:
    assert main(["build", "-q", "--root", str(built), "--as-of", DAY]) == 0
    found = only_pages(tree(built / "output"))
    assert {path.rpartition(".")[2] for path in found} >= {"md", "html", "css", "js"}
    for path, data in found.items():
        assert len(re.findall(rb"Generated by sitegen\b.*; do not edit\. \[[0-9a-f]{8}:[0-9a-f]{24}\]", data)) == 1, (
            path
        )


def test_a_removed_page_is_kept_if_it_was_edited(built: Path, capsys: Capture) -> None:
    edited = built / "output/hugo/beta.md"
    edited.write_bytes(edited.read_bytes() + b"mine")
    small_site(built, "second")
    kept = f"kept (edited by hand): {edited}\n"
    said = do(capsys, *building(built))
    assert (said.code, said.err) == (0, kept)
    assert "8 written, 0 unchanged, 3 removed" in said.out
    assert edited.read_bytes().endswith(b"mine")
    for lost in (False, True):
        if lost:
            shutil.rmtree(built / "output" / STATE)
        assert do(capsys, *building(built), "--check").out == f"{'orphaned (edited)':<17} {edited}\n"
        assert do(capsys, *building(built)).err == kept
        assert do(capsys, *building(built)).err == kept
    edited.unlink()
    assert do(capsys, *building(built)).err == ""
    assert do(capsys, *building(built), "--check").code == 0


def test_a_removed_file_is_written_again_whatever_was_built_in_between(built: Path, capsys: Capture) -> None:
    page = built / "output/markdoc/alpha.md"
    for between in ((), ("build", "--root", built, "--as-of", DAY, "--only", "hugo"), (*building(built), "--check")):
        if between:
            do(capsys, *between)
        page.unlink()
        assert do(capsys, *building(built)).out.startswith("1 written, 7 unchanged")
    page.unlink()
    assert do(capsys, "build", "--root", built, "--as-of", "2026-05-01", "--only", "markdoc").code == 0
    assert page.exists()


def test_force_overwrites_an_edit_without_a_change_of_sources(built: Path, capsys: Capture) -> None:
    page = built / "output/markdoc/alpha.md"
    before = page.read_bytes()
    page.write_bytes(b"mine")
    refused = do(capsys, *building(built))
    assert (refused.code, page.read_bytes()) == (1, b"mine")
    assert refused.err.startswith(f"error[edited-file]: {page} was edited by hand since sitegen wrote it\n")
    page.write_bytes(before.rstrip(b"\n"))
    assert "\n  -\\ No newline at end of file\n" in do(capsys, *building(built)).err
    said = do(capsys, *building(built), "--force")
    assert (said.code, said.err) == (0, f"overwritten (edited by hand): {page}\n")
    assert page.read_bytes() == before


@pytest.mark.parametrize(
    "path", ["index.md", "<< product.id >>.md", "<< product.id >>/page.md", "x-<< product.id >>/page.md"]
)
def test_pages_can_be_anywhere_below_the_folder(path: str, site: Path, capsys: Capture) -> None:
    edit(site / "sitegen.yaml", "hugo/<< product.id >>.md", path)
    facts = (site / "content/facts.yaml").read_text("utf-8")
    edit(site / "content/facts.yaml", "    beta: {name: Beta}\n", "")
    alone = path == "index.md"
    if not alone:
        (site / "content/facts.yaml").write_text(facts, "utf-8")
    assert do(capsys, *building(site)).code == 0
    shutil.rmtree(site / "output" / STATE)
    if not alone:
        edit(site / "content/facts.yaml", "    beta: {name: Beta}\n", "")
        assert len(re.findall("orphaned", do(capsys, *building(site), "--check").out)) == 4
    assert do(capsys, *building(site)).out.startswith(f"0 written, 4 unchanged, {0 if alone else 4} removed")
    assert do(capsys, *building(site), "--check").code == 0


@needs_fork
def test_no_file_of_the_output_is_read_if_nothing_changed(built: Path, processes: Processes) -> None:
    folder = built / "output"
    pages = {str(folder / path) for path in only_pages(tree(folder))}

    def opened() -> set[str]:
        return pages & {path for call, path in processes.run(building(built), folder).calls if call == "open"}

    assert opened() == set()
    os.utime(folder / "hugo/alpha.md")
    assert opened() == {str(folder / "hugo/alpha.md")}
    time.sleep(0.03)
    processes.run(building(built), folder)
    assert opened() == set()


# --- edits by hand -------------------------------------------------------------------


def _of_the_same_size_and_time(path: Path) -> None:
    before = path.stat()
    path.write_bytes(other_bytes(path))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _by_a_new_file_with_the_same_time(path: Path) -> None:
    before = path.stat()
    new = path.with_name("new")
    new.write_bytes(other_bytes(path))
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(path)


def _without_its_mark(path: Path) -> None:
    path.write_bytes(re.sub(rb" \[[0-9a-f:]{33}\]", b"", path.read_bytes()) + b"more")


EDITS = (_of_the_same_size_and_time, _by_a_new_file_with_the_same_time, _without_its_mark)


@pytest.mark.skipif(os.name == "nt", reason="needs a time of change that nobody can set")
@pytest.mark.parametrize("wait", [0.0, 0.05])
@pytest.mark.parametrize("change", EDITS)
def test_an_edit_is_detected(change: Callable[[Path], None], wait: float, built: Path, capsys: Capture) -> None:
    page = built / "output/hugo/alpha.md"
    for _ in range(8):
        time.sleep(wait)
        change(page)
        assert do(capsys, *building(built), "--check").out == f"{'edited':<17} {page}\n"
        assert do(capsys, *building(built)).code == 1
        assert do(capsys, *building(built), "--force").out.startswith("1 written, 7 unchanged, 0 removed")


@pytest.mark.parametrize("times", [1, 30])
def test_an_edit_within_a_tick_of_the_clock_is_detected(
    times: int, site: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    if times == 1:  # like an old file system with long clock ticks
        set_time, now = os.utime, time.time_ns()
        monkeypatch.setattr(os, "utime", lambda path, ns=(now, now): set_time(path, ns=ns))
    page = site / "output/hugo/alpha.md"
    for _ in range(times):
        assert do(capsys, *building(site), "--force").code == 0
        page.write_bytes(other_bytes(page))
        assert do(capsys, *building(site)).code == 1


def test_an_edit_right_after_the_write_is_detected(
    site: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = os.replace

    def edited(source: str, target: str) -> None:
        rename(source, target)
        if target.endswith("hugo/alpha.md"):
            Path(target).write_bytes(other_bytes(Path(target)))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", edited)
        assert do(capsys, *building(site)).code == 0
    assert do(capsys, *building(site)).code == 1


def test_a_copy_of_an_output_folder_is_up_to_date(built: Path, tmp_path: Path, capsys: Capture) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(built / "output", copy)
    assert do(capsys, *building(built), "-o", copy, "--check").code == 0
    assert do(capsys, *building(built), "-o", copy).out.startswith("0 written, 8 unchanged, 0 removed")


def test_another_title_changes_the_marks(built: Path, tmp_path: Path, capsys: Capture) -> None:
    edit(built / "sitegen.yaml", "pages:", "title: Other\npages:")
    assert do(capsys, *building(built), "--check").out.count("outdated ") == 8
    shutil.rmtree(built / "output" / STATE)  # as in a folder of another site
    assert do(capsys, *building(built), "--check").out.count("other title ") == 8
    said = do(capsys, *building(built))
    assert said.out.startswith("8 written, 0 unchanged, 0 removed")
    first = min(path for path in (built / "output").rglob("*.*") if STATE not in path.parts)
    assert said.err == f"overwritten (generated for a site with another title): {first} and 7 more\n"
    assert do(capsys, *building(built), "-o", tmp_path / "new").code == 0
    assert tree(built / "output") == tree(tmp_path / "new")


def test_a_path_that_differs_only_in_case_may_be_the_same_file(built: Path, capsys: Capture) -> None:
    (built / "output/Hugo").mkdir()
    for name in ("alpha.md", "beta.md"):  # as on a case-insensitive file system
        os.link(built / "output/hugo" / name, built / "output/Hugo" / name)
    edit(built / "sitegen.yaml", "hugo: hugo/", "hugo: Hugo/")
    assert do(capsys, *building(built)).out.startswith("2 written, 6 unchanged, 0 removed")
    assert (built / "output/hugo/alpha.md").exists()


def test_files_that_lack_only_their_mark_get_one(built: Path, capsys: Capture) -> None:
    wanted = tree(built / "output")
    for path in only_pages(wanted):
        (built / "output" / path).write_bytes(re.sub(rb" \[[0-9a-f:]{33}\]", b"", wanted[path]))
    shutil.rmtree(built / "output" / STATE)
    assert do(capsys, *building(built)).out.startswith("8 written, 0 unchanged")
    assert tree(built / "output") == wanted


def test_builds_and_partials_in_one_folder_do_not_affect_each_other(built: Path, capsys: Capture) -> None:
    folder = built / "output"
    partials = ["partials", "--root", str(built), "-o", str(folder), "--as-of", DAY]
    for lost in (False, True, True):
        if lost:
            shutil.rmtree(folder / STATE)
        assert do(capsys, *partials).code == 0
        assert len(only_pages(tree(folder))) == 10
        if lost:
            shutil.rmtree(folder / STATE)
        for _ in range(2):
            assert do(capsys, *building(built)).out.startswith("0 written, 8 unchanged, 0 removed")
        assert do(capsys, *partials, "--check").code == 0
    assert do(capsys, "clean", "--root", built) == Said(0, "10 removed\n", "")


# --- kills ---------------------------------------------------------------------------


def after_a_kill(sites: Sites, old: Literal["first"] | None, where: str) -> None:
    """Check the output after a build of the second edition was killed that replaced the output of the old one."""
    second = only_pages(sites.trees["second"])
    found = there(sites.folder)
    assert all_or_nothing(found, sites.trees[old] if old else {}, second), where

    ready = only_pages(found) == second
    assert main(sites.build("second", "--check", "-q")) == (0 if ready else 1), where
    assert there(sites.folder) == found, where

    # The next build may use the same sources, or the earlier ones.
    copy = sites.folder.with_name("copy")
    shutil.rmtree(copy, ignore_errors=True)
    if sites.folder.exists():
        shutil.copytree(sites.folder, copy)
    for edition in ("second", old or "third"):
        sites.start(None)
        if copy.exists():
            shutil.copytree(copy, sites.folder)
        assert main(sites.build(edition, "-q")) == 0, (where, edition)
        assert only_pages(tree(sites.folder)) == only_pages(sites.trees[edition]), (where, edition)


@pytest.mark.slow
@needs_fork
@pytest.mark.parametrize(("old", "part"), [("first", 0), ("first", 1), (None, 2)])
def test_a_kill_leaves_complete_files_and_the_next_build_repairs_the_output(
    old: Literal["first"] | None, part: int, sites: Sites, processes: Processes
) -> None:
    sites.start(old)
    calls = processes.run(sites.build("second"), sites.folder).calls
    assert len(calls) >= 45

    for at in range(1 + part, len(calls) + 1, 3):
        sites.start(old)
        killed = processes.run(sites.build("second"), sites.folder, at=at, fault="SIGKILL")
        assert killed.code == -9
        after_a_kill(sites, old, f"killed at {at}: {calls[at - 1]}")


@pytest.mark.slow
@needs_fork
def test_a_kill_in_the_middle_of_a_file_leaves_complete_files(sites: Sites, processes: Processes) -> None:
    points = set()
    for limit in range(0, max(map(len, sites.trees["second"].values())), 350):
        sites.start("first")
        killed = processes.run(sites.build("second"), sites.folder, limit=limit, fault="SIGXFSZ")
        assert killed.code < 0
        points.add(len(killed.calls))
        after_a_kill(sites, "first", f"killed after {limit} bytes of a file, at call {len(killed.calls)}")
    assert len(points) >= 2


@pytest.mark.slow
@needs_fork
@pytest.mark.parametrize("command", ["build", "partials"])
def test_files_of_killed_builds_do_not_count_as_edited(command: str, sites: Sites, processes: Processes) -> None:
    arguments = {edition: getattr(sites, command)(edition) for edition in EDITIONS}
    sites.start(None)
    calls = {edition: len(processes.run(arguments[edition], sites.folder).calls) for edition in EDITIONS}
    expected = only_pages(tree(sites.folder))

    chance = random.Random(5)
    for _ in range(15):
        sites.start(None)
        assert main([*arguments["first"], "-q"]) == 0
        points = [chance.randint(1, calls[edition]) for edition in ("second", "third")]
        for edition, at in zip(("second", "third"), points, strict=True):
            processes.run(arguments[edition], sites.folder, at=at, fault="SIGKILL")
        assert main([*arguments["third"], "-q"]) == 0, points
        assert only_pages(tree(sites.folder)) == expected, points


@needs_fork
@pytest.mark.parametrize("old", ["first", None])
def test_clean_removes_the_files_of_a_killed_build(
    old: Literal["first"] | None, sites: Sites, processes: Processes
) -> None:
    sites.start(old)
    calls = processes.run(sites.build("second"), sites.folder).calls

    for at in range(1, len(calls) + 1, 4):
        sites.start(old)
        processes.run(sites.build("second"), sites.folder, at=at, fault="SIGKILL")
        cleaned = processes.run(sites.clean(), sites.folder)
        assert cleaned.code == 0, (at, cleaned)
        assert only_pages(there(sites.folder)) == {}, (at, calls[at - 1])
        assert not (sites.folder / STATE).exists()


@needs_fork
def test_a_killed_clean_can_be_repeated(sites: Sites, processes: Processes) -> None:
    sites.start("first")
    calls = processes.run(sites.clean(), sites.folder).calls
    assert len(calls) >= 10

    for at in range(1, len(calls) + 1):
        sites.start("first")
        assert processes.run(sites.clean(), sites.folder, at=at, fault="SIGKILL").code == -9
        assert all_or_nothing(there(sites.folder), sites.trees["first"])
        assert processes.run(sites.clean(), sites.folder).code == 0
        assert only_pages(there(sites.folder)) == {}, (at, calls[at - 1])
        assert not (sites.folder / STATE).exists()


@needs_fork
@pytest.mark.parametrize("fault", ["SIGKILL", "ENOSPC"])
def test_a_failing_worker_process_is_reported(fault: str, sites: Sites, processes: Processes, tmp_path: Path) -> None:
    site = small_site(tmp_path)
    edit(
        site / "content/facts.yaml", "    python: {name: Python}", "    python: {name: Python}\n    java: {name: Java}"
    )
    edit(site / "sitegen.yaml", "<< product.id >>.md", "<< product.id >>/<< library.id >>.md")
    edit(site / "sitegen.yaml", "<< product.id >>/levels", "<< product.id >>/<< library.id >>/levels")
    assert main(building(site, "-q")) == 0
    sites.start(None)
    build = building(site, "-o", str(sites.folder), "--jobs", "2")
    calls = processes.run(build, sites.folder, in_worker=True).calls
    assert len(calls) >= 8
    codes = set()
    for at in range(1, len(calls) // 2, 2):
        sites.start(None)
        ended = processes.run(build, sites.folder, in_worker=True, at=at, fault=fault)
        codes.add(ended.code)
        if ended.code == 0:
            assert ended.err == ""
            assert tree(sites.folder) == tree(site / "output")
        else:
            assert is_one_line(ended.err, sites.folder)
            assert not sites.folder.exists()
    assert codes == ({0} if fault == "SIGKILL" else {0, 3})


@needs_fork
def test_a_kill_ends_the_worker_processes(sites: Sites, processes: Processes, tmp_path: Path) -> None:
    site = write_files(tmp_path, SITE)
    build = building(site, "-o", str(sites.folder), "--jobs", "3")
    sites.start(None)
    ended = processes.run(build, sites.folder, in_worker=True, at=2, fault="SIGKILL of the parent")
    assert ended.code == -9
    assert [path.name[:6] for path in (sites.folder / STATE).iterdir()] == ["stage-"]

    assert processes.run(build, sites.folder).code == 0
    assert main([*build, "--check", "-q"]) == 0


# --- faults --------------------------------------------------------------------------


def has_begun(calls: Sequence[tuple[str, str]]) -> bool:
    """Whether a build has moved the first file into place."""
    return any(call == "os.rename" and f"/{STATE}/" not in path for call, path in calls)


def is_one_line(text: str, folder: Path) -> bool:
    """Whether a message is one line of sitegen that contains a path in the folder."""
    return text.startswith("sitegen: ") and text.count("\n") == 1 and str(folder) in text


def names_what_changed(text: str, folder: Path, before: Mapping[str, bytes]) -> bool:
    """Whether a message contains a path in the folder, followed by exactly the files that were added or removed."""
    after = only_pages(there(folder))
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path)}
    first, *named = text.splitlines()
    ending = "; the next build completes the output. Files written or removed before the error:"
    if not changed and not named:
        return is_one_line(text, folder)
    return (
        first.startswith(f"sitegen: {folder}/")
        and first.endswith(ending)
        and {*named} == {f"  {folder}/{path}" for path in changed}
    )


# One fault is injected into odd calls and the other one into even calls, since they need not both be tried at each.
TURNS = {"EIO": 1, "EROFS": 0}


@pytest.mark.slow
@needs_fork
@pytest.mark.parametrize(
    ("fault", "old"),
    [("ENOSPC", "first"), ("EACCES", "first"), ("EIO", "first"), ("EROFS", "first"), ("ENOSPC", None)],
)
def test_a_failed_system_call_leaves_the_last_good_output(
    fault: str, old: Literal["first"] | None, sites: Sites, processes: Processes
) -> None:
    sites.start(old)
    before = only_pages(sites.trees[old]) if old else {}
    after = only_pages(sites.trees["second"])
    calls = processes.run(sites.build("second"), sites.folder).calls

    for at, (call, path) in enumerate(calls, 1):
        if at % 2 != TURNS.get(fault, at % 2):
            continue
        sites.start(old)
        where = f"{fault} at {at}: {call} {path}"
        ended = processes.run(sites.build("second"), sites.folder, at=at, fault=fault)
        found = there(sites.folder)
        if ended.code == 0:
            # An existing folder, one that cannot be removed, and a build without a cache are harmless.
            assert call in ("os.mkdir", "os.rmdir") or f"/{STATE}/" in (path or calls[at - 2][1]), where
            assert only_pages(found) == after, where
        else:
            assert ended.code == 3, (where, ended)
            assert names_what_changed(ended.err, sites.folder, before), (where, ended.err)
            assert ended.out == "", where
            if has_begun(calls[: at - 1]):
                assert all_or_nothing(found, before, after), where
            else:
                assert only_pages(found) == before, where
        if fault == "ENOSPC":
            assert main(sites.build("second", "-q")) == 0, where
            assert only_pages(tree(sites.folder)) == after, where


@needs_fork
def test_a_file_size_limit_keeps_the_last_output(sites: Sites, processes: Processes) -> None:
    named = set()
    for limit in range(0, 4000, 300):
        sites.start("first")
        ended = processes.run(sites.build("second"), sites.folder, limit=limit)
        assert ended.code == 3
        assert is_one_line(ended.err, sites.folder), ended.err
        assert tree(sites.folder) == sites.trees["first"]
        named.add(ended.err)
    assert len(named) >= 2


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs /proc, in which no folder can be created")
def test_a_folder_that_cannot_be_created_is_reported(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(building(built, "-o", "/proc/output")) == 3
    assert capsys.readouterr().err == f"sitegen: /proc/output: {os.strerror(errno.ENOENT)}\n"


def test_a_full_disk_keeps_the_last_output(built: Path) -> None:
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("the command unshare is missing, which mounts a small disk; run: apt install util-linux")
    folder = built / "disk"
    folder.mkdir()
    edited = built / "edited.md"
    edited.write_text("---\ntitle: Page\n---\n" + "A much longer page. " * 8000, "utf-8")
    script = (
        'mount -t tmpfs -o size=256k none "$1" || exit 77; cp -r "$2/output/." "$1"; cp "$3" "$2/content/page.md"; '
    )
    script += 'page=$1/hugo/alpha.md; shift 3; "$@"; code=$?; cat "$page"; exit $code'
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    command = [unshare, *user, "--mount", "sh", "-c", script, "sh", *map(str, (folder, built, edited))]
    command += [sys.executable, "-m", "sitegen", *building(built, "-o", str(folder))]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8")
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this user may not mount a small disk in a namespace of its own")
    assert done.returncode == 3, done
    assert done.stderr.startswith(f"sitegen: {folder}/")
    assert done.stderr.endswith(f": {os.strerror(errno.ENOSPC)}\n")
    assert done.stdout.endswith((built / "output/hugo/alpha.md").read_text("utf-8"))


@needs_fork
@pytest.mark.parametrize("what", ["folder", "sub folder", "state"])
def test_a_read_only_folder_is_reported_in_one_line_and_nothing_changes(what: str, processes: Processes) -> None:
    user = 65534 if os.geteuid() == 0 else None
    with folder_for_all() as site:
        small_site(site)
        assert main(building(site, "-q")) == 0
        folder = site / "output"
        share(site)
        assert processes.run(building(site), folder, user=user).code == 0
        closed = {"folder": folder, "sub folder": folder / "hugo", "state": folder / STATE}[what]
        closed.chmod(0o555)
        assert processes.run(building(site), folder, user=user).code == 0
        small_site(site, "second")
        before = tree(folder)

        ended = processes.run(building(site), folder, user=user)

        closed.chmod(0o777)
        if what == "folder":  # its content can still be changed
            assert ended.code == 0, ended
        else:
            assert ended.code == 3, ended
            assert is_one_line(ended.err, folder)
            assert tree(folder) == before


@needs_fork
def test_unreadable_files_do_not_belong_to_sitegen(processes: Processes) -> None:
    user = 65534 if os.geteuid() == 0 else None
    with folder_for_all() as site:
        small_site(site)
        assert main(building(site, "-q")) == 0
        share(site)
        theirs = [site / "output/hugo/theirs.md", site / "output/hugo/folder"]
        theirs[0].write_bytes(b"theirs")
        theirs[1].mkdir()
        for path in theirs:
            path.chmod(0)
        shutil.rmtree(site / "output" / STATE)
        for more in ("--check", "-v"):
            assert processes.run(building(site, more), site / "output", user=user).code == 0


# --- concurrency -----------------------------------------------------------------


@pytest.mark.slow
@needs_fork
def test_concurrent_builds_leave_the_output_of_one_of_them(sites: Sites, processes: Processes) -> None:
    chance = random.Random(8)
    for _ in range(4):
        sites.start(chance.choice(("first", None)))
        editions = [chance.choice(("first", "second", "third")) for _ in range(6)]
        ended = processes.run_together([sites.build(edition) for edition in editions], sites.folder)
        assert [(one.code, one.err) for one in ended] == [(0, "")] * 6
        assert any(tree(sites.folder) == sites.trees[edition] for edition in editions)


@pytest.mark.slow
@needs_fork
def test_concurrent_builds_and_cleans_never_fail(sites: Sites, processes: Processes) -> None:
    chance = random.Random(9)
    sites.start("first")
    for _ in range(3):
        several = [chance.choice((sites.build("first"), sites.build("second"), sites.clean())) for _ in range(6)]
        ended = processes.run_together(several, sites.folder)
        assert [(one.code, one.err) for one in ended] == [(0, "")] * 6
        found = only_pages(there(sites.folder))
        assert found in ({}, *(only_pages(sites.trees[edition]) for edition in ("first", "second")))


def test_concurrent_processes_leave_the_output_of_one_of_them(sites: Sites) -> None:
    sites.start("first")
    editions = ["second", "third", "second", "third"]
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "sitegen", *sites.build(edition)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
        for edition in editions
    ]
    assert [(one.communicate()[1], one.returncode) for one in started] == [(b"", 0)] * 4
    assert tree(sites.folder) in [sites.trees[edition] for edition in editions]


@needs_fork
def test_a_build_starts_again_after_a_build_in_between(
    sites: Sites, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    import fcntl  # noqa: PLC0415 - not on Windows

    lock = fcntl.flock
    started: list[int] = []

    def locked(descriptor: int, how: int) -> None:
        if not started:
            started.append(1)
            assert main(sites.build("second", "-q")) == 0
        lock(descriptor, how)

    sites.start("first")
    monkeypatch.setattr(fcntl, "flock", locked)
    said = do(capsys, *sites.build("third", "--profile"))
    assert (said.code, said.err) == (0, "")
    assert "Full rebuild: sources or output files changed during the build.\n" in said.out
    assert tree(sites.folder) == sites.trees["third"]


_HOLDER = """
import fcntl, os, sys
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
os.write(lock, f"{os.getpid():<20}".encode())
print("locked", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(site: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that holds the lock of the output."""
    (site / "output" / STATE).mkdir(parents=True)
    command = [sys.executable, "-c", _HOLDER, str(site / "output" / STATE / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"locked"
        yield process
        process.kill()


@needs_fork
def test_a_held_lock_is_exit_code_75_and_its_owner_is_reported(
    site: Path, holder: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sitegen.build.output._WAIT", 0.2)  # the real timeout is ten seconds
    for arguments in (["build", "--as-of", DAY], ["partials", "-o", str(site / "output")], ["clean"]):
        for flag in ((), ("-q",), ("-v",)):
            said = do(capsys, *arguments, "--root", site, *flag)
            assert (said.code, said.out) == (75, "")
            assert said.err.startswith(f"sitegen: another build (process {holder.pid}) is using {site / 'output'};")
            assert said.err.count("\n") == 1
    assert tree(site / "output") == {}


@needs_fork
def test_a_build_waits_for_the_lock_and_a_comparison_does_not_need_it(
    site: Path, holder: subprocess.Popen[bytes], capsys: Capture
) -> None:
    assert do(capsys, *building(site), "--check").code == 1
    before = time.monotonic()
    threading.Timer(0.3, holder.kill).start()
    assert do(capsys, *building(site)).code == 0
    assert 0.2 < time.monotonic() - before < 9


# --- files of others ----------------------------------------------------------


def plant(folder: Path, outside: Path) -> list[Path]:
    """Add files, links and folders of others to the output. Returns all of them."""
    (outside / "kept").mkdir(parents=True)
    (outside / "kept/file.txt").write_bytes(b"outside")
    files = [".git/config", ".git/objects/ab/cdef", "hugo/mine.md", "hugo/layouts/.hidden", "notes.txt", "x/y/z"]
    files += ["markdoc/partials/alpha/mine.html", "alpha/mine.html"]
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"mine: {name}".encode())
    planted = [folder / name for name in (*files, ".git", ".git/objects", ".git/objects/ab", "x", "x/y")]
    (folder / "empty/inside").mkdir(parents=True)
    links = {"hugo/link.md": outside / "kept/file.txt", "hugo/linked": outside / "kept", "broken": outside / "nowhere"}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    planted += [folder / name for name in ("empty", "empty/inside", *links)]
    return [*planted, outside / "kept", outside / "kept/file.txt"]


def seen(paths: Sequence[Path]) -> list[object]:
    """All properties of some files, links and folders, except for the times of folders."""
    found: list[object] = []
    for path in paths:
        status = path.lstat()
        what: object = None
        if path.is_symlink():
            what = path.readlink()
        elif path.is_file():
            what = (path.read_bytes(), status.st_mtime_ns)
        found.append((path, status.st_ino, status.st_mode, what))
    return found


@needs_links
def test_files_of_others_are_never_changed(sites: Sites, tmp_path: Path) -> None:
    chance = random.Random(11)
    sites.start(None)
    planted = plant(sites.folder, tmp_path / "outside")
    before = seen(planted)
    mine = {str(path.relative_to(sites.folder)) for path in planted if sites.folder in path.parents}
    for _ in range(60):
        edition = chance.choice([*EDITIONS])
        commands = {
            "build": sites.build(edition, "-q"),
            "partials": sites.partials(edition, "-q"),
            "hugo": ["build", "-q", "--root", str(sites.roots[edition]), "-o", str(sites.folder), "--only", "hugo"],
            "clean": sites.clean(),
        }
        name = chance.choice([*commands, "build"])
        assert main(commands[name]) == 0
        assert seen(planted) == before
        found = {path: data for path, data in only_pages(tree(sites.folder)).items() if path not in mine}
        if name == "build":
            assert found.items() >= only_pages(sites.trees[edition]).items()
        elif name == "clean":
            assert found == {}
        if chance.random() < 0.3:
            shutil.rmtree(sites.folder / STATE, ignore_errors=True)
    sites.start(None)


@needs_links
def test_a_page_that_is_a_link_is_not_followed(site: Path, tmp_path: Path, capsys: Capture) -> None:
    theirs = tmp_path / "theirs.md"
    theirs.write_bytes(b"theirs")
    (site / "output/hugo").mkdir(parents=True)
    page = site / "output/hugo/alpha.md"
    for target in (theirs, tmp_path / "nowhere", tmp_path):
        page.symlink_to(target)
        said = do(capsys, *building(site))
        assert said.code == 1
        assert f"error[foreign-file]: {page} " in said.err
        assert page.readlink() == target
        assert not (site / "output/markdoc").exists()

        assert main(building(site, "--force")) == 0
        assert not page.is_symlink()
        assert theirs.read_bytes() == b"theirs"
        assert not (tmp_path / "nowhere").exists()
        assert main(["clean", "--root", str(site)]) == 0
        page.parent.mkdir(parents=True)


@needs_links
def test_a_file_that_became_a_link_is_detected(built: Path, tmp_path: Path, capsys: Capture) -> None:
    page, folder = built / "output/hugo/alpha.md", built / "output/markdoc"
    page.rename(tmp_path / "alpha.md")
    page.symlink_to(tmp_path / "alpha.md")
    assert do(capsys, *building(built)).err.startswith(f"error[edited-file]: {page} ")
    page.unlink()
    assert do(capsys, *building(built)).code == 0
    folder.rename(tmp_path / "markdoc")  # the files in the folder are the same, with the same times
    folder.symlink_to(tmp_path / "markdoc")
    edit(built / "content/page.md", "A page", "Each page")
    for command in (building(built), building(built, "--check"), ["clean", "--root", str(built)]):
        said = do(capsys, *command)
        assert (said.code, said.err.partition(";")[0]) == (2, f"sitegen {command[0]}: error: {folder} is a link")


@needs_links
@pytest.mark.parametrize("name", ["hugo", "hugo/layouts", "hugo/layouts/partials/alpha", STATE])
def test_a_folder_that_is_a_link_is_refused(name: str, site: Path, tmp_path: Path, capsys: Capture) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    link = site / "output" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    before = tree(site / "output")

    for force in ((), ("--force",)):
        said = do(capsys, *building(site, *force))
        assert said.code == 2
        assert said.err.startswith(f"sitegen build: error: {link} is a link")
        assert list(outside.iterdir()) == []
        assert only_pages(tree(site / "output")) == only_pages(before)


@needs_links
def test_the_output_folder_itself_can_be_a_link(site: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (site / "output").symlink_to(tmp_path / "elsewhere")
    assert main(building(site)) == 0
    assert (tmp_path / "elsewhere/hugo/alpha.md").is_file()


@pytest.mark.parametrize("name", ["hugo", "hugo/layouts/partials", STATE])
def test_a_file_in_the_place_of_a_folder_is_refused(name: str, site: Path, capsys: Capture) -> None:
    file = site / "output" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(b"theirs")
    said = do(capsys, *building(site), "--force")
    assert said.code == 2
    assert said.err.startswith(f"sitegen build: error: {file} is not a folder")
    assert file.read_bytes() == b"theirs"
    assert only_pages(tree(site / "output")).keys() <= {name}


def test_a_folder_in_the_place_of_a_file_is_refused(site: Path, capsys: Capture) -> None:
    (site / "output/hugo/alpha.md/theirs").mkdir(parents=True)
    said = do(capsys, *building(site), "--force")
    assert said.code == 2
    assert said.err.startswith(f"sitegen build: error: {site / 'output/hugo/alpha.md'} is a folder")
    assert only_pages(tree(site / "output")) == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with named pipes")
def test_a_pipe_in_the_place_of_a_file_is_not_read(site: Path) -> None:
    pipe = site / "output/hugo/alpha.md"
    pipe.parent.mkdir(parents=True)
    os.mkfifo(pipe)
    done = subprocess.run(
        [sys.executable, "-m", "sitegen", *building(site)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=30,
    )
    assert done.returncode == 1
    assert f"error[foreign-file]: {pipe} " in done.stderr
    assert stat.S_ISFIFO(pipe.lstat().st_mode)


@pytest.mark.parametrize("paths", [("hugo/a/b.md", "hugo/a"), ("hugo/a", "hugo/a/b.md")])
def test_a_file_can_become_a_folder_after_a_clean(paths: tuple[str, str], site: Path, capsys: Capture) -> None:
    old, new = paths
    edit(site / "content/facts.yaml", "    beta: {name: Beta}\n", "")
    edit(site / "sitegen.yaml", "hugo/<< product.id >>.md", old)
    assert do(capsys, *building(site)).code == 0
    before = tree(site / "output")
    edit(site / "sitegen.yaml", f"hugo: {old}\n", f"hugo: {new}\n")
    refused = do(capsys, *building(site))
    assert refused.code == 2
    assert "folder" in refused.err
    assert tree(site / "output") == before
    assert do(capsys, "clean", "--root", site).code == 0
    assert do(capsys, *building(site)).code == 0
    assert new in only_pages(tree(site / "output"))


# --- the cache -----------------------------------------------------------------------


def packed(value: object) -> bytes:
    """A value as stored in the cache."""
    return sealed(pickle.dumps(value))


def sealed(data: bytes) -> bytes:
    """A pickle as text after its checksum."""
    text = binascii.b2a_base64(data)
    return hashlib.sha256(text).hexdigest().encode() + b"\n" + text


def state_of(files: Any) -> State:
    """A state with files of the output."""
    return State({}, {}, files, {}, frozenset({"hugo"}))


class Of:
    """An object that is pickled as the call of a function."""

    def __init__(self, function: Callable[..., object], *values: object) -> None:
        self.call = function, values

    def __reduce__(self) -> tuple[Callable[..., object], tuple[object, ...]]:
        return self.call


def test_the_cache_ignores_itself_and_is_text(built: Path) -> None:
    found = {path.name: path.read_bytes() for path in (built / "output" / STATE).iterdir()}
    assert found.keys() == {".gitignore", "lock", "state", "units"}
    assert found[".gitignore"] == b"*\n"
    assert b"".join(found.values()).isascii()


def test_staged_files_of_a_killed_build_are_removed_after_a_day(built: Path, capsys: Capture) -> None:
    killed, running = (built / "output" / STATE / name for name in ("stage-1", "stage-2"))
    for stage in (killed, running):
        stage.mkdir()
        (stage / "hugo!alpha.md").write_bytes(b"staged")
    os.utime(killed, (0, 0))
    small_site(built, "second")
    assert do(capsys, *building(built)).code == 0
    assert not killed.exists()
    assert running.exists()


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda data: data[:40],
    "cut at its end": lambda data: data[:-7],
    "not text": lambda _: b"\xff\xfe{}" * 50,
    "a mapping": lambda _: packed({"files": {}, "key": {}}),
    "nothing": lambda _: packed(None),
    "a call of the system": lambda _: packed(Of(os.mkdir, "MADE")),
    "a call of a function of sitegen": lambda _: packed(Of(main, ["build", "-o", "MADE"])),
    "an import": lambda _: sealed(b"\x80\x02cforged\nANY\n."),
    "of a version with other fields": lambda _: sealed(b"\x80\x02csitegen.build.records\nState\n)\x81."),
    "an assignment to a class": lambda _: sealed(b"\x80\x02csitegen.build.records\nState\nN}U\x03keyK\x01s\x86b."),
    "an assignment to a constant": lambda _: sealed(
        b"\x80\x02csitegen.build.records\nNO_STATE\nN}U\x03keyK\x01s\x86b."
    ),
    "a state with another type": lambda _: packed(state_of({"hugo/alpha.md": 5})),
    "a state with another type inside": lambda _: packed(state_of({"hugo/alpha.md": Entry(*[5] * 3)})),
}


@pytest.mark.parametrize("file", ["state", "units"])
@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_cache_is_harmless(
    name: str, file: str, built: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(built)
    monkeypatch.syspath_prepend(built)
    (built / "forged.py").write_text("import os; os.mkdir('MADE')")
    folder = built / "output"
    good = tree(folder)
    cache = folder / STATE / file
    damaged = DAMAGED[name](cache.read_bytes())

    cache.write_bytes(damaged)
    assert do(capsys, *building(built), "--check").code == 0
    assert do(capsys, *building(built)).out.startswith("0 written, 8 unchanged, 0 removed")
    assert tree(folder) == good
    assert file == "units" or cache.read_bytes() != damaged

    cache.write_bytes(damaged)
    small_site(built, "second")
    assert do(capsys, *building(built), "--check").code == 1
    assert do(capsys, *building(built)).out.startswith("8 written, 0 unchanged, 4 removed")
    assert do(capsys, *building(built), "--check").code == 0

    cache.write_bytes(damaged)
    assert do(capsys, "clean", "--root", built) == Said(0, "8 removed\n", "")
    assert not folder.exists()
    assert not (built / "MADE").exists()


@pytest.mark.parametrize("findings", [(5,), (Finding.__new__(Finding),), (Finding(5, "", Place("a", 1, 1)),)])  # type: ignore[arg-type]
def test_forged_findings_are_not_printed(findings: tuple[Any, ...], built: Path, capsys: Capture) -> None:
    cache = built / "output" / STATE / "state"
    (state,) = loads(cache.read_bytes())
    cache.write_bytes(dumps(state._replace(findings=findings)))
    said = do(capsys, *building(built), "--profile")
    assert (said.code, said.err) == (0, "")
    assert "\nFull rebuild: this folder has no cache of an earlier build.\n" in said.out


def test_marks_in_another_notation_are_outdated(built: Path, capsys: Capture) -> None:
    cache = built / "output" / STATE / "state"
    (state,) = loads(cache.read_bytes())
    files = {path: entry._replace(mark=entry.mark[-24:]) for path, entry in state.files.items()}
    cache.write_bytes(dumps(state._replace(files=files)))
    small_site(built, "second")
    assert do(capsys, *building(built)).out.startswith("8 written, 0 unchanged, 4 removed")
    assert do(capsys, *building(built), "--check").code == 0


def test_a_cache_with_an_impossible_path_is_harmless(built: Path, capsys: Capture) -> None:
    cache = built / "output" / STATE / "state"
    cache.write_bytes(packed(state_of({"\0": Entry("", "hugo", "1")})))
    small_site(built, "second")
    assert do(capsys, *building(built)).code == 0
    assert do(capsys, "clean", "--root", built).code == 0


@pytest.mark.parametrize("command", ["build", "clean"])
def test_a_forged_cache_cannot_reach_files_outside(command: str, built: Path) -> None:
    folder = built / "output"
    state = folder / STATE / "state"
    data = binascii.a2b_base64(state.read_bytes().partition(b"\n")[2])
    names = {"hugo/alpha.md": "../outside.md", "markdoc/alpha.md": ".git/outside.md1", "hugo/beta.md": "hugo/../x.md"}
    for name, forged in names.items():
        assert len(name) == len(forged)
        (folder / forged).parent.mkdir(exist_ok=True)
        shutil.copy(folder / name, folder / forged)
        data = data.replace(name.encode(), forged.encode())
    (built / "empty").mkdir()
    state.write_bytes(sealed(data))

    if command == "build":
        small_site(built, "third")
    assert main(building(built, "-q") if command == "build" else ["clean", "--root", str(built), "-q"]) == 0

    assert [forged for forged in names.values() if not os.path.lexists(os.path.normpath(folder / forged))] == []
    assert (built / "empty").is_dir()
