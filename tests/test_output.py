"""The safe write: whatever stops a build, files are whole, others keep theirs, and the next build repairs.

Most tests here run the command in processes of their own, forked from one that has the program
loaded, because each of them dies, fails or competes at a point that the test names.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import threading
import time
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sitegen import manifest
from sitegen.cli import main
from sitegen.loading import load_site
from sitegen.output import (
    ChangedError,
    Difference,
    Planned,
    Written,
    clean,
    compare,
    intact,
    read_manifest,
    write,
)
from sitegen.output_paths import path_problem
from sitegen.replacing import OutputError
from sitegen.site import build_site
from tests.support.requirements import needs_fork, needs_links, slow
from tests.support.small_site import (
    DAY,
    EDITIONS,
    FACTS,
    FRAGMENT,
    building,
    folder_for_all,
    only_pages,
    other_bytes,
    share,
    small_site,
    stamps,
    tree,
)

# --- a small site --------------------------------------------------------------------


def dice(number: int) -> random.Random:
    """Chance that falls the same way in every run."""
    return random.Random(number)


def state(files: Mapping[str, Planned], **other: object) -> bytes:
    """A manifest as it is on disk, with files as they would be named in it."""
    named = {
        path: {"sha256": hashlib.sha256(file.data).hexdigest(), "group": file.group} for path, file in files.items()
    }
    return json.dumps({"version": 1, "as_of": {}, "files": named, **other}).encode()


# --- processes -----------------------------------------------------------------------

# Answers each line of jobs with a line of how they ended. A job runs the command in a fork of
# this process. It counts what the command asks of the system below one folder, tells it, and
# kills or fails the call that the job names.
_SERVER = """
import errno, gc, json, os, resource, signal, sys, traceback
from sitegen.cli import main

CALLS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod"}
WRITES = os.O_WRONLY | os.O_RDWR

def interfere(job, log):
    count = 0
    def hook(call, values):
        nonlocal count
        if call not in CALLS:
            return
        path = "" if isinstance(values[0], int) else os.fsdecode(values[0])
        if path and not path.startswith(job["below"]):
            return
        count += 1
        name = "open to write" if call == "open" and values[2] & WRITES else call
        target = os.fsdecode(values[1]) if call == "os.rename" else path
        os.write(log, json.dumps([name, target]).encode() + b"\\n")
        if count == job["at"]:
            if job["fault"] == "SIGKILL":
                os.kill(os.getpid(), signal.SIGKILL)
            number = getattr(errno, job["fault"])
            raise OSError(number, os.strerror(number), *([path] if path else []))
    sys.addaudithook(hook)

def child(job, out, err, log):
    os.dup2(out, 1)
    os.dup2(err, 2)
    sys.stdout = open(1, "w", encoding="utf-8")
    sys.stderr = open(2, "w", encoding="utf-8")
    code = 70
    try:
        if job["limit"] is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_DFL if job["fault"] == "SIGXFSZ" else signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            resource.setrlimit(resource.RLIMIT_FSIZE, (job["limit"], job["limit"]))
        if job["user"] is not None:
            os.setgroups([])
            os.setgid(job["user"])
            os.setuid(job["user"])
        interfere(job, log)
        code = main(job["arguments"])
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)

def start(job):
    pipes = [os.pipe() for _ in range(3)]
    pid = os.fork()
    if pid == 0:
        child(job, *(write for _, write in pipes))
    for _, write in pipes:
        os.close(write)
    return pid, [open(read, encoding="utf-8") for read, _ in pipes]

def end(pid, pipes):
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    told = []
    for pipe in pipes:
        with pipe:
            told.append(pipe.read())
    return [code, *told]

main(sys.argv[1:])
gc.freeze()
for line in sys.stdin:
    started = [start(job) for job in json.loads(line)]
    print(json.dumps([end(*one) for one in started]), flush=True)
"""


class Ended(NamedTuple):
    """How a process ended, and what it asked of the system until then."""

    code: int
    out: str
    err: str
    calls: tuple[tuple[str, str], ...]


class Processes:
    """Runs the command in processes that can be told to fail."""

    def __init__(self, server: subprocess.Popen[str]) -> None:
        self._server = server

    def run(
        self,
        arguments: Sequence[str],
        below: Path,
        *,
        at: int = 0,
        fault: str = "",
        limit: int | None = None,
        user: int | None = None,
    ) -> Ended:
        """Run one. Its call number `at` below a folder gets the fault, or files may have `limit` bytes."""
        job = {"arguments": arguments, "below": str(below), "at": at, "fault": fault, "limit": limit, "user": user}
        return self._ask([job])[0]

    def run_together(self, several: Sequence[Sequence[str]], below: Path) -> list[Ended]:
        """Run several at once."""
        rest = {"below": str(below), "at": 0, "fault": "", "limit": None, "user": None}
        return self._ask([{"arguments": arguments, **rest} for arguments in several])

    def _ask(self, jobs: Sequence[Mapping[str, object]]) -> list[Ended]:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(jobs) + "\n")
        self._server.stdin.flush()
        answers = json.loads(self._server.stdout.readline())
        return [
            Ended(code, out, err, tuple((call, path) for call, path in map(json.loads, calls.splitlines())))
            for code, out, err, calls in answers
        ]


@pytest.fixture(scope="module")
def processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Processes that fail where they are told to."""
    site = small_site(tmp_path_factory.mktemp("warm"))
    command = [sys.executable, "-c", _SERVER, *building(site, "-q")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as server:
        yield Processes(server)
        assert server.stdin is not None
        server.stdin.close()


class Sites(NamedTuple):
    """The same site in three editions, what each of them builds to, and a folder for output."""

    roots: dict[str, Path]
    trees: dict[str, dict[str, bytes]]
    folder: Path

    def build(self, edition: str, *more: str) -> list[str]:
        """The arguments that build an edition into the folder."""
        return building(self.roots[edition], "-o", str(self.folder), *more)

    def partials(self, edition: str, *more: str) -> list[str]:
        """The arguments that write the fragments of an edition into the folder."""
        return ["partials", "--root", str(self.roots[edition]), "-o", str(self.folder), "--as-of", DAY, *more]

    def start(self, edition: str | None) -> None:
        """Make the folder what it is after a build of an edition, or nothing."""
        restore(self.folder, self.trees[edition] if edition else None)


def restore(folder: Path, there: Mapping[str, bytes] | None) -> None:
    """Make a folder what `tree` told of it; nothing where there was none."""
    shutil.rmtree(folder, ignore_errors=True)
    if there is not None:
        folder.mkdir()
        for path, data in sorted(there.items()):
            if data == b"a folder":
                (folder / path).mkdir()
            else:
                (folder / path).write_bytes(data)


@pytest.fixture(scope="module")
def sites(tmp_path_factory: pytest.TempPathFactory) -> Sites:
    """Three editions, built."""
    base = tmp_path_factory.mktemp("sites")
    roots = {edition: small_site(base / edition, edition) for edition in EDITIONS}
    for root in roots.values():
        assert main(building(root, "-q")) == 0
    return Sites(roots, {edition: tree(root / "output") for edition, root in roots.items()}, base / "there")


def all_or_nothing(found: Mapping[str, bytes], editions: Sequence[Mapping[str, bytes]]) -> bool:
    """Whether each file is wholly what one of the editions makes of it; files on their way do not count."""
    return all(
        any(edition.get(path) == data for edition in editions)
        for path, data in only_pages(found).items()
        if not PurePosixPath(path).name.startswith(".sitegen-new-")
    )


# --- writing -------------------------------------------------------------------------


def test_the_second_build_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = small_site(tmp_path)
    assert main(building(site)) == 0
    before = stamps(site / "output")
    for command in (building(site), building(site, "-v"), building(site, "--force")):
        capsys.readouterr()

        assert main(command) == 0

        assert "0 written, 8 unchanged, 0 removed in " in capsys.readouterr().out
        after = stamps(site / "output")
        noted = {str(site / "output/.sitegen"), str(site / "output/.sitegen/build")}
        assert {path: stamp for path, stamp in after.items() if path not in noted} == {
            path: stamp for path, stamp in before.items() if path not in noted
        }


def test_only_what_changed_is_replaced(tmp_path: Path) -> None:
    files = {name: Planned((name,), "hugo") for name in ("a.md", "b/c.md", "b/d.md")}
    write(tmp_path, files, {"hugo": DAY})
    before = stamps(tmp_path)

    outcome = write(tmp_path, files | {"b/c.md": Planned(("new",), "hugo")}, {"hugo": DAY})

    assert outcome == Written(1, 2, 0, ())
    after = stamps(tmp_path)
    changed = {str(Path(path).relative_to(tmp_path).as_posix()) for path in after if after[path] != before[path]}
    assert changed == {"b", "b/c.md", ".sitegen", ".sitegen/manifest"}


def test_files_may_be_read_by_all_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        write(tmp_path / "out", {"a/b.md": Planned(("b",), "hugo")}, {"hugo": DAY})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "out/a/b.md").stat().st_mode) == (0o666 if os.name == "nt" else 0o644)


def test_another_group_is_left_alone(tmp_path: Path) -> None:
    write(
        tmp_path, {"a.md": Planned(("a",), "hugo"), "b.md": Planned(("b",), "markdoc")}, {"hugo": DAY, "markdoc": DAY}
    )

    assert write(tmp_path, {"c.md": Planned(("c",), "hugo")}, {"hugo": DAY}) == Written(1, 0, 1, ())

    assert only_pages(tree(tmp_path)) == {"b.md": b"b", "c.md": b"c"}


def test_a_page_edited_by_hand_is_kept_when_its_page_goes_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = small_site(tmp_path)
    assert main(building(site)) == 0
    edited = site / "output/hugo/beta.md"
    edited.write_bytes(b"mine now")
    small_site(tmp_path, "second")
    capsys.readouterr()

    assert main(building(site)) == 0

    told = capsys.readouterr()
    assert told.err == f"kept, since it was edited by hand: {edited}\n"
    assert "8 written, 0 unchanged, 3 removed" in told.out
    assert edited.read_bytes() == b"mine now"
    assert not (site / "output/markdoc/beta.md").exists()


# --- signatures ----------------------------------------------------------------------


@pytest.fixture
def signed(tmp_path: Path) -> Path:
    """A folder of three files, which the manifest has signatures of."""
    write(tmp_path, SIGNED, {"hugo": DAY})
    assert all(entry.signature for entry in read_manifest(tmp_path).files.values())
    return tmp_path


SIGNED = {name: Planned((name, " – its text"), "hugo") for name in ("a.md", "b/c.md", "b/d.md")}


def kinds(folder: Path, files: Mapping[str, Planned] = SIGNED) -> dict[str, str]:
    """How the files of a folder stand to those that should be there."""
    return {difference.path: difference.kind for difference in compare(folder, files, ("hugo",))}


def test_a_file_with_the_signature_that_is_noted_is_not_read(signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    whole = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or whole(path))

    assert write(signed, SIGNED, {"hugo": DAY}) == Written(0, 3, 0, ())
    assert set(read) == {"manifest"}

    os.utime(signed / "a.md")
    assert write(signed, SIGNED, {"hugo": DAY}) == Written(0, 3, 0, ())
    assert "a.md" in read

    # Its new signature is noted, unless the time is too short to trust it.
    time.sleep(0.03)
    write(signed, SIGNED, {"hugo": DAY})
    read.clear()
    write(signed, SIGNED, {"hugo": DAY})
    assert "a.md" not in read


@pytest.mark.skipif(os.name == "nt", reason="needs a time of change that nobody can set")
@pytest.mark.parametrize("wait", [0.0, 0.05])
def test_an_edit_of_the_same_size_and_time_is_seen(wait: float, signed: Path) -> None:
    path = signed / "b/c.md"
    for _ in range(20):
        time.sleep(wait)
        before = path.stat()
        path.write_bytes(other_bytes(path))
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        after = path.stat()
        assert (after.st_mtime_ns, after.st_size, after.st_ino) == (before.st_mtime_ns, before.st_size, before.st_ino)

        assert kinds(signed)["b/c.md"] == "edited"
        assert intact(signed, ("hugo",)).keys() == {"a.md", "b/d.md"}
        assert write(signed, SIGNED, {"hugo": DAY}) == Written(1, 2, 0, (), ("b/c.md",))


def test_an_edit_in_the_same_tick_as_the_write_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    for number in range(100):
        planned = {"a.md": Planned((f"{number:5}",), "hugo")}
        write(tmp_path, planned, {"hugo": DAY})
        path.write_bytes(other_bytes(path))
        assert kinds(tmp_path, planned) == {"a.md": "edited"}


def test_a_file_of_this_tick_has_no_signature(signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A clock that stands still is that of an old file system.
    now = time.time_ns()
    monkeypatch.setattr("sitegen.replacing.clock", lambda _: now)
    monkeypatch.setattr("sitegen.output.clock", lambda _: now)
    planned = SIGNED | {"a.md": Planned(("new",), "hugo")}
    write(signed, planned, {"hugo": DAY})
    os.utime(signed / "b/c.md")
    write(signed, planned, {"hugo": DAY})

    signatures = {path: bool(entry.signature) for path, entry in read_manifest(signed).files.items()}
    assert signatures == {"a.md": False, "b/c.md": False, "b/d.md": True}
    assert set(kinds(signed, planned).values()) == {"unchanged"}


def test_an_edit_before_the_signature_is_taken_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = {"a.md": Planned(("abc",), "hugo")}
    rename = os.replace

    def edited(source: str, target: str) -> None:
        rename(source, target)
        if target.endswith("a.md"):
            Path(target).write_bytes(b"xyz")

    monkeypatch.setattr(os, "replace", edited)
    write(tmp_path, planned, {"hugo": DAY})
    assert kinds(tmp_path, planned) == {"a.md": "edited"}


@needs_links
def test_what_is_a_link_by_now_is_seen(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (signed / "a.md").rename(outside / "a.md")
    (signed / "a.md").symlink_to(outside / "a.md")
    assert kinds(signed) == {"a.md": "edited", "b/c.md": "unchanged", "b/d.md": "unchanged"}
    assert intact(signed, ("hugo",)).keys() == {"b/c.md", "b/d.md"}

    # The files in the folder are the same, with the same times.
    (signed / "b").rename(outside / "b")
    (signed / "b").symlink_to(outside / "b")
    for look in (lambda: kinds(signed), lambda: intact(signed, ("hugo",)), lambda: write(signed, SIGNED, {})):
        with pytest.raises(OutputError, match="is a link"):
            look()


def test_a_file_in_the_place_of_another_with_its_time_is_seen(signed: Path) -> None:
    path = signed / "a.md"
    before = path.stat()
    (signed / "new").write_bytes(other_bytes(path))
    os.utime(signed / "new", ns=(before.st_atime_ns, before.st_mtime_ns))
    (signed / "new").replace(path)
    assert kinds(signed)["a.md"] == "edited"


def test_a_copy_of_a_folder_is_as_noted(signed: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    copy = tmp_path_factory.mktemp("copy") / "output"
    shutil.copytree(signed, copy)
    assert set(kinds(copy).values()) == {"unchanged"}
    assert {path: entry.hash for path, entry in intact(copy, ("hugo",)).items()} == {
        path: entry.hash for path, entry in read_manifest(signed).files.items()
    }
    assert write(copy, SIGNED, {"hugo": DAY}) == Written(0, 3, 0, ())


def test_a_manifest_of_the_first_version_says_what_is_there(tmp_path: Path) -> None:
    files = {"a.md": Planned(("a",), "hugo"), "b.md": Planned(("b",), "hugo")}
    write(tmp_path, files, {"hugo": DAY})
    (tmp_path / ".sitegen/manifest").write_bytes(state(files, as_of={"hugo": DAY}))
    (tmp_path / "b.md").write_bytes(b"x")
    assert kinds(tmp_path, files) == {"a.md": "unchanged", "b.md": "edited"}
    assert intact(tmp_path, ("hugo",)).keys() == {"a.md"}
    assert write(tmp_path, {"a.md": files["a.md"]}, {"hugo": DAY}) == Written(0, 1, 0, ("b.md",))
    assert read_manifest(tmp_path).files["a.md"].signature


# --- files that are kept without their texts -----------------------------------------


def test_what_is_intact_may_be_kept_without_its_text(signed: Path) -> None:
    (signed / "b/c.md").write_bytes(b"edited")
    before = stamps(signed)
    standing = intact(signed, ("hugo",))
    assert standing.keys() == {"a.md", "b/d.md"}

    outcome = write(signed, {"b/c.md": SIGNED["b/c.md"]}, {"hugo": DAY}, kept=standing)

    assert outcome == Written(1, 2, 0, (), ("b/c.md",))
    assert kinds(signed) == dict.fromkeys(SIGNED, "unchanged")
    assert all(stamps(signed)[str(signed / path)] == before[str(signed / path)] for path in standing)
    assert write(signed, {}, {"hugo": DAY}, kept=intact(signed, ("hugo",))) == Written(0, 3, 0, ())


def test_what_is_neither_built_nor_kept_is_removed(signed: Path) -> None:
    standing = intact(signed, ("hugo",))
    assert write(signed, {}, {"hugo": DAY}, kept={"a.md": standing["a.md"]}) == Written(0, 1, 2, ())
    assert only_pages(tree(signed)).keys() == {"a.md"}


def test_what_was_changed_since_it_was_looked_at_is_not_kept(signed: Path) -> None:
    standing = intact(signed, ("hugo",))
    write(signed, SIGNED | {"a.md": Planned(("another build",), "hugo")}, {"hugo": DAY})
    before = tree(signed)
    with pytest.raises(ChangedError):
        write(signed, {}, {"hugo": DAY}, kept=standing)
    assert tree(signed) == before
    clean(signed)
    with pytest.raises(ChangedError):
        write(signed, {}, {"hugo": DAY}, kept=standing)


def test_what_is_intact_is_of_the_groups_that_are_asked_for(tmp_path: Path) -> None:
    assert intact(tmp_path, ("hugo",)) == {}
    files = {"a.md": Planned(("a",), "hugo"), "b.md": Planned(("b",), "markdoc"), "c.md": Planned(("c",), "hugo")}
    write(tmp_path, files, {"hugo": DAY, "markdoc": DAY})
    (tmp_path / "c.md").unlink()
    assert intact(tmp_path, ("hugo",)).keys() == {"a.md"}
    assert intact(tmp_path, ("hugo", "markdoc")).keys() == {"a.md", "b.md"}
    (tmp_path / ".sitegen/pending").write_bytes(state(files))
    assert intact(tmp_path, ("hugo",)) == {}


# --- kills ---------------------------------------------------------------------------


def after_a_kill(sites: Sites, old: str | None, where: str) -> None:
    """What must hold when a build of the second edition died over the output of the old one."""
    first, second = only_pages(sites.trees[old]) if old else {}, only_pages(sites.trees["second"])
    found = tree(sites.folder) if sites.folder.exists() else None
    assert all_or_nothing(found or {}, (first, second)), where

    ready = only_pages(found or {}) == second
    assert main(sites.build("second", "--check", "-q")) == (0 if ready else 1), where
    assert (tree(sites.folder) if sites.folder.exists() else None) == found, where

    # The next build may be of the same sources, or of those before.
    for edition in ("second", old or "third"):
        restore(sites.folder, found)
        assert main(sites.build(edition, "-q")) == 0, (where, edition)
        assert tree(sites.folder) == sites.trees[edition], (where, edition)


@needs_fork
@pytest.mark.parametrize("part", [0, slow(1), slow(2)])
@pytest.mark.parametrize("old", ["first", slow(None)])
def test_a_kill_leaves_whole_files_and_the_next_build_repairs(
    old: str | None, part: int, sites: Sites, processes: Processes
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
def test_a_kill_in_the_middle_of_a_file_leaves_whole_files(sites: Sites, processes: Processes) -> None:
    points = set()
    for limit in range(0, max(map(len, sites.trees["second"].values())), 350):
        sites.start("first")
        killed = processes.run(sites.build("second"), sites.folder, limit=limit, fault="SIGXFSZ")
        assert killed.code < 0
        points.add(len(killed.calls))
        after_a_kill(sites, "first", f"killed after {limit} bytes of a file, at call {len(killed.calls)}")
    assert len(points) >= 3


@pytest.mark.slow
@needs_fork
def test_fragments_of_builds_that_were_killed_do_not_count_as_edited(sites: Sites, processes: Processes) -> None:
    sites.start(None)
    assert processes.run(sites.partials("first"), sites.folder).code == 0
    first = tree(sites.folder)
    counts = {}
    for edition in ("second", "third"):
        counts[edition] = len(processes.run(sites.partials(edition), sites.folder).calls)
    expected = tree(sites.folder)

    chance = dice(5)
    for _ in range(25):
        restore(sites.folder, first)
        points = [chance.randint(1, counts[edition]) for edition in ("second", "third")]
        for edition, at in zip(("second", "third"), points, strict=True):
            processes.run(sites.partials(edition), sites.folder, at=at, fault="SIGKILL")
        assert main(sites.partials("third", "-q")) == 0, points
        assert tree(sites.folder) == expected, points


@needs_fork
@pytest.mark.parametrize("old", ["first", slow(None)])
def test_clean_removes_what_a_killed_build_left(old: str | None, sites: Sites, processes: Processes) -> None:
    sites.start(old)
    calls = processes.run(sites.build("second"), sites.folder).calls

    for at in range(1, len(calls) + 1, 4):
        sites.start(old)
        processes.run(sites.build("second"), sites.folder, at=at, fault="SIGKILL")
        cleaned = processes.run(["clean", "-o", str(sites.folder)], sites.folder)
        assert cleaned.code == 0, (at, cleaned)
        assert not sites.folder.exists() or tree(sites.folder) == {}, (at, calls[at - 1])


@pytest.mark.slow
@needs_fork
def test_a_clean_that_was_killed_can_be_repeated(sites: Sites, processes: Processes) -> None:
    arguments = ["clean", "-o", str(sites.folder)]
    sites.start("first")
    calls = processes.run(arguments, sites.folder).calls

    for at in range(1, len(calls) + 1):
        sites.start("first")
        assert processes.run(arguments, sites.folder, at=at, fault="SIGKILL").code == -9
        assert all_or_nothing(tree(sites.folder), [only_pages(sites.trees["first"])])
        assert processes.run(arguments, sites.folder).code == 0
        assert tree(sites.folder) == {}, (at, calls[at - 1])


# --- faults --------------------------------------------------------------------------


def has_begun(calls: Sequence[tuple[str, str]]) -> bool:
    """Whether a build has put the first page in its place."""
    return any(call == "os.rename" and "/.sitegen/" not in path for call, path in calls)


def has_ended(calls: Sequence[tuple[str, str]]) -> bool:
    """Whether a build has put the manifest in its place; what follows is a record of it."""
    return any(call == "os.rename" and path.endswith("/.sitegen/manifest") for call, path in calls)


def is_one_line(text: str, folder: Path) -> bool:
    """Whether a message is one line of the program that names a path of the folder."""
    return text.startswith("sitegen: ") and text.count("\n") == 1 and str(folder) in text


def names_what_changed(text: str, folder: Path, before: Mapping[str, bytes]) -> bool:
    """Whether a message names a path of the folder, and below that each file that is new or gone, and no other."""
    after = only_pages(tree(folder))
    changed = {path for path in {*before, *after} if before.get(path) != after.get(path) and "." in path}
    first, *named = text.splitlines()
    ending = "; the next build completes the output. Written or removed before that:"
    if not changed and not named:
        return is_one_line(text, folder)
    return (
        first.startswith(f"sitegen: {folder}/")
        and first.endswith(ending)
        and {*named} == {f"  {folder}/{path}" for path in changed}
    )


# No call is told apart by these two: one fails the odd ones, the other one the even ones.
TURNS = {"EIO": 1, "EROFS": 0}


@needs_fork
@pytest.mark.parametrize(
    ("fault", "old"),
    [
        ("ENOSPC", "first"),
        slow("EACCES", "first"),
        slow("EIO", "first"),
        slow("EROFS", "first"),
        slow("ENOSPC", None),
    ],
)
def test_a_fault_leaves_the_last_good_output(fault: str, old: str | None, sites: Sites, processes: Processes) -> None:
    sites.start(old)
    before = sites.trees[old] if old else {}
    after = sites.trees["second"]
    calls = processes.run(sites.build("second"), sites.folder).calls

    for at, (call, path) in enumerate(calls, 1):
        if at % 2 != TURNS.get(fault, at % 2):
            continue
        sites.start(old)
        where = f"{fault} at {at}: {call} {path}"
        ended = processes.run(sites.build("second"), sites.folder, at=at, fault=fault)
        found = tree(sites.folder) if sites.folder.exists() else {}
        if ended.code == 0:
            # A folder that is there already, or that cannot be removed, does no harm; nor does a build without a record.
            of_record = path.endswith("/.sitegen/build") or has_ended(calls[: at - 1])
            assert call in ("os.mkdir", "os.rmdir") or of_record, where
            assert only_pages(found) == only_pages(after), where
            continue
        assert ended.code == 3, (where, ended)
        assert names_what_changed(ended.err, sites.folder, only_pages(before)), (where, ended.err)
        assert ended.out == "", where
        assert not [path for path in found if ".sitegen-new-" in path], where
        if has_begun(calls[: at - 1]):
            assert all_or_nothing(found, (only_pages(before), only_pages(after))), where
        else:
            assert found == before, where
        if fault == "ENOSPC":
            assert main(sites.build("second", "-q")) == 0, where
            assert tree(sites.folder) == after, where


@needs_fork
def test_a_file_that_cannot_grow_leaves_the_last_good_output(sites: Sites, processes: Processes) -> None:
    named = set()
    for limit in range(0, 4000, 300):
        sites.start("first")
        before = tree(sites.folder)
        ended = processes.run(sites.build("second"), sites.folder, limit=limit)
        assert ended.code == 3
        assert is_one_line(ended.err, sites.folder), ended.err
        assert tree(sites.folder) == before
        named.add(ended.err)
    assert len(named) >= 2


_FULL_DISK = """
import json, sys
from pathlib import Path
from sitegen.output import Planned, compare, write

folder = Path(sys.argv[1])

def held():
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.name != "lock"}

small = {f"{i}.md": Planned(("s" * 1000,), "hugo") for i in range(8)}
large = {f"{i}.md": Planned(("l" * 30000,), "hugo") for i in range(8)}
write(folder, small, {"hugo": "2026-04-01"})
before = held()
try:
    write(folder, large, {"hugo": "2026-04-01"})
    told = None
except OSError as error:
    told = [error.errno, error.filename]
print(json.dumps([told, held() == before]))
"""


def test_a_full_disk_leaves_the_last_good_output(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    script = tmp_path / "fill.py"
    script.write_bytes(_FULL_DISK.encode())
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("the command unshare is missing, which mounts a small disk; run: apt install util-linux")
    mounted = 'mount -t tmpfs -o size=128k none "$1" || exit 77; exec "$2" "$3" "$1"'
    user = [] if os.geteuid() == 0 else ["--map-root-user"]
    done = subprocess.run(
        [unshare, *user, "--mount", "sh", "-c", mounted, "sh", str(folder), sys.executable, str(script)],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this user may not mount a small disk in a namespace of its own")

    told, same = json.loads(done.stdout)
    assert told[0] == errno.ENOSPC
    assert str(told[1]).startswith(str(folder))
    assert same


@needs_fork
@pytest.mark.parametrize("what", ["folder", "sub folder", "state"])
def test_a_read_only_folder_is_one_line_and_nothing_changes(what: str, processes: Processes) -> None:
    user = 65534 if os.geteuid() == 0 else None
    with folder_for_all() as site:
        small_site(site)
        assert main(building(site, "-q")) == 0
        folder = site / "output"
        small_site(site, "second")
        share(site)
        before = tree(folder)
        closed = {"folder": folder, "sub folder": folder / "hugo", "state": folder / ".sitegen"}[what]
        closed.chmod(0o555)

        ended = processes.run(building(site), folder, user=user)

        closed.chmod(0o777)
        if what == "folder":  # what is in it may be changed all the same
            assert ended.code == 0, ended
        else:
            assert ended.code == 3, ended
            assert is_one_line(ended.err, folder)
            assert tree(folder) == before


# --- several at once -----------------------------------------------------------------


@needs_fork
def test_builds_at_once_leave_the_output_of_one_of_them(sites: Sites, processes: Processes) -> None:
    chance = dice(8)
    for _ in range(10):
        sites.start(chance.choice(("first", None)))
        editions = [chance.choice(("first", "second", "third")) for _ in range(8)]
        ended = processes.run_together([sites.build(edition) for edition in editions], sites.folder)
        assert [(one.code, one.err) for one in ended] == [(0, "")] * 8
        assert any(tree(sites.folder) == sites.trees[edition] for edition in editions)


@pytest.mark.slow
@needs_fork
def test_builds_and_cleans_at_once_never_fail(sites: Sites, processes: Processes) -> None:
    chance = dice(9)
    sites.start("first")
    for _ in range(10):
        several = [
            chance.choice((sites.build("first"), sites.build("second"), ["clean", "-o", str(sites.folder)]))
            for _ in range(8)
        ]
        ended = processes.run_together(several, sites.folder)
        assert [(one.code, one.err) for one in ended] == [(0, "")] * 8
        found = only_pages(tree(sites.folder))
        assert found in ({}, *(only_pages(sites.trees[edition]) for edition in ("first", "second")))


@pytest.mark.slow
@needs_fork
def test_real_processes_at_once_leave_the_output_of_one_of_them(sites: Sites) -> None:
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


# A build that takes until its input ends.
_HOLDER = """
import sys
from pathlib import Path
from sitegen.output import write

class Slow(dict):
    def __iter__(self):
        print("held", flush=True)
        sys.stdin.read()
        return super().__iter__()

write(Path(sys.argv[1]), Slow(), {"hugo": "2026-04-01"})
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which holds the lock of `tmp_path / "output"`."""
    command = [sys.executable, "-c", _HOLDER, str(tmp_path / "output")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == b"held"
        yield process
        process.kill()


def test_a_lock_that_is_held_is_75_and_names_who_holds_it(
    tmp_path: Path,
    holder: subprocess.Popen[bytes],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The real wait is ten seconds; nothing else differs.
    for module in ("build", "partials"):
        monkeypatch.setattr(f"sitegen.commands.{module}.write", partial(write, wait=0.2))
    monkeypatch.setattr("sitegen.output.clean", partial(clean, wait=0.2))
    site = small_site(tmp_path)
    before = tree(site / "output")
    for arguments in (["build", "--as-of", DAY], ["partials", "-o", str(site / "output")], ["clean"]):
        for flag in ((), ("-q",), ("-v",)):
            assert main([*arguments, "--root", str(site), *flag]) == 75
            told = capsys.readouterr()
            assert told.out == ""
            assert told.err.startswith(f"sitegen: another build (process {holder.pid}) holds {site / 'output'};")
            assert told.err.count("\n") == 1
    assert tree(site / "output") == before


def test_a_build_waits_for_a_lock(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    before = time.monotonic()
    threading.Timer(0.3, holder.kill).start()
    assert write(tmp_path / "output", {"a.md": Planned(("a",), "hugo")}, {"hugo": DAY}) == Written(1, 0, 0, ())
    assert 0.2 < time.monotonic() - before < 9


def test_comparing_needs_no_lock(tmp_path: Path, holder: subprocess.Popen[bytes]) -> None:
    assert compare(tmp_path / "output", {"a.md": Planned(("a",), "hugo")}, ("hugo",)) == [Difference("a.md", "missing")]


# --- what belongs to others ----------------------------------------------------------

NAMES = [f"{folder}{name}" for folder in ("", "a/", "a/b/", "c/d/e/") for name in ("one.md", "two.html", "three.json")]


def plant(folder: Path, outside: Path) -> list[Path]:
    """Put files, links and folders of somebody else among the output. Returns all of them."""
    (outside / "kept").mkdir(parents=True)
    (outside / "kept/file.txt").write_bytes(b"outside")
    files = [".git/config", ".git/objects/ab/cdef", "a/mine.md", "a/b/.hidden", "notes.txt", "c/d/e/mine.html", "x/y/z"]
    for name in files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"mine: {name}".encode())
    planted = [folder / name for name in (*files, ".git", ".git/objects", ".git/objects/ab", "x", "x/y")]
    (folder / "empty/inside").mkdir(parents=True)
    links = {"a/link.md": outside / "kept/file.txt", "linked": outside / "kept", "broken": outside / "nowhere"}
    for name, target in links.items():
        (folder / name).symlink_to(target)
    planted += [folder / name for name in ("empty", "empty/inside", *links)]
    return [*planted, outside / "kept", outside / "kept/file.txt"]


def seen(paths: Sequence[Path]) -> list[tuple[object, ...]]:
    """All that can be known of some files, links and folders, but for the time of a folder."""
    found = []
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
def test_what_others_put_there_is_never_changed(tmp_path: Path) -> None:
    chance = dice(11)
    folder = tmp_path / "output"
    planted = plant(folder, tmp_path / "outside")
    others = [path.relative_to(folder).as_posix() for path in planted if folder in path.parents and path.is_file()]
    before = seen(planted)
    there: dict[str, Planned] = {}
    for _ in range(200):
        groups = chance.choice((("hugo",), ("markdoc",), ("hugo", "markdoc")))
        names = chance.sample(NAMES, chance.randint(0, len(NAMES)))
        files = {
            name: Planned(tuple(chance.choices("aé–✓", k=chance.randint(0, 40))), chance.choice(groups))
            for name in names
            if name not in there or there[name].group in groups
        }
        kept = {name: file for name, file in there.items() if file.group not in groups}
        as_of = dict.fromkeys(groups, DAY)
        if chance.random() < 0.1:
            whole = tree(folder)
            name = chance.choice(others)
            refused = write(folder, files | {name: Planned(("new",), groups[0])}, as_of)
            assert refused == [Difference(name, "foreign")]
            assert tree(folder) == whole
        elif chance.random() < 0.1:
            assert clean(folder) == Written(0, 0, len(there), ())
            there = {}
        else:
            assert isinstance(write(folder, files, as_of), Written)
            there = kept | files
        assert seen(planted) == before
        own = {path: data for path, data in only_pages(tree(folder)).items() if folder / path not in planted}
        assert own == {path: file.data for path, file in there.items()}


@needs_links
def test_a_page_that_is_a_link_is_not_followed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = small_site(tmp_path / "site")
    theirs = tmp_path / "theirs.md"
    theirs.write_bytes(b"theirs")
    (site / "output/hugo").mkdir(parents=True)
    page = site / "output/hugo/alpha.md"
    for target in (theirs, tmp_path / "nowhere", tmp_path):
        page.symlink_to(target)

        assert main(building(site)) == 1
        told = capsys.readouterr()
        assert f"error[foreign-file]: {page} " in told.err
        assert "Traceback" not in told.err
        assert page.readlink() == target
        assert not (site / "output/markdoc").exists()

        assert main(building(site, "--force")) == 0
        assert not page.is_symlink()
        assert theirs.read_bytes() == b"theirs"
        assert not (tmp_path / "nowhere").exists()
        assert main(["clean", "--root", str(site)]) == 0
        page.parent.mkdir(parents=True)


@needs_links
@pytest.mark.parametrize("name", ["hugo", "hugo/layouts", "hugo/layouts/partials/alpha", ".sitegen"])
def test_a_folder_that_is_a_link_is_refused(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = small_site(tmp_path / "site")
    outside = tmp_path / "outside"
    outside.mkdir()
    link = site / "output" / name
    link.parent.mkdir(parents=True)
    link.symlink_to(outside)
    before = only_pages(tree(site / "output"))

    for force in ((), ("--force",)):
        assert main(building(site, *force)) == 2
        told = capsys.readouterr()
        assert told.err.startswith(f"sitegen: {link} is a link")
        assert list(outside.iterdir()) == []
        assert only_pages(tree(site / "output")) == before


@needs_links
def test_the_output_folder_itself_may_be_a_link(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    (tmp_path / "elsewhere").mkdir()
    (site / "output").symlink_to(tmp_path / "elsewhere")
    assert main(building(site)) == 0
    assert (tmp_path / "elsewhere/hugo/alpha.md").is_file()


@pytest.mark.parametrize("name", ["hugo", "hugo/layouts/partials", ".sitegen"])
def test_a_file_where_a_folder_must_be_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = small_site(tmp_path)
    there = site / "output" / name
    there.parent.mkdir(parents=True)
    there.write_bytes(b"theirs")

    assert main(building(site, "--force")) == 2

    assert capsys.readouterr().err.startswith(f"sitegen: {there} is not a folder")
    assert only_pages(tree(site / "output")) == {name: b"theirs"}


def test_a_folder_where_a_file_must_be_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = small_site(tmp_path)
    (site / "output/hugo/alpha.md/theirs").mkdir(parents=True)

    assert main(building(site, "--force")) == 2

    assert capsys.readouterr().err.startswith(f"sitegen: {site / 'output/hugo/alpha.md'} is a folder")
    assert only_pages(tree(site / "output")) == {}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a system with named pipes")
def test_a_pipe_where_a_file_must_be_is_not_read(tmp_path: Path) -> None:
    site = small_site(tmp_path)
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


@pytest.mark.parametrize("old", ["x", "x/y"])
def test_a_file_may_become_a_folder_after_a_clean(old: str, tmp_path: Path) -> None:
    new = {"x": "x/y", "x/y": "x"}[old]
    write(tmp_path, {old: Planned(("1",), "hugo")}, {"hugo": DAY})
    with pytest.raises(OutputError, match="folder"):
        write(tmp_path, {new: Planned(("2",), "hugo")}, {"hugo": DAY})
    assert only_pages(tree(tmp_path)) == {old: b"1"}
    clean(tmp_path)
    write(tmp_path, {new: Planned(("2",), "hugo")}, {"hugo": DAY})
    assert only_pages(tree(tmp_path)) == {new: b"2"}


# --- the manifest --------------------------------------------------------------------


@pytest.mark.parametrize("command", ["build", "clean"])
def test_a_manifest_that_was_edited_reaches_nothing_outside(command: str, tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    assert main(building(site, "-q")) == 0
    folder = site / "output"
    theirs = [tmp_path / "x", site / "x", folder / ".git/config", folder / "a:b", folder / ".sitegen/other"]
    for path in theirs:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"theirs")
    file = Planned(("theirs",), "hugo")
    names = ["../x", "../../x", "hugo/../../x", "./../x", str(tmp_path / "x"), "/etc/passwd", ".git/config", "a:b"]
    names += [".sitegen/other", "..\\x", "", ".", "..", "a//b", "hugo/", "x\0y", "\ud800", "n" * 5000]
    (folder / ".sitegen/manifest").write_bytes(state(dict.fromkeys(names, file)))
    (folder / ".sitegen/pending").write_bytes(state(dict.fromkeys(names, file)))

    assert main(building(site, "-q") if command == "build" else ["clean", "--root", str(site), "-q"]) == 0

    assert [path.read_bytes() for path in theirs] == [b"theirs"] * len(theirs)


COLUMNS = (
    b'{"version":2,"as_of":{},"groups":["hugo"],"path":["hugo/alpha.md","hugo/beta.md"],'
    b'"group":[0,0],"sha256":["a1","b2"],"signature":["",""]}'
)
assert manifest.read(COLUMNS)
DAMAGED = {
    "empty": b"",
    "cut": state({"hugo/alpha.md": Planned(("",), "hugo")})[:40],
    "not a mapping": b"[]",
    "a word": b'"manifest"',
    "not UTF-8": b"\xff\xfe{}",
    "deep": b"[" * 200_000,
    "another version": state({}, version=3),
    "of the second version": state({}, version=2),
    "columns of different lengths": COLUMNS.replace(b'"signature":["",""]', b'"signature":[""]'),
    "a group that is not named": COLUMNS.replace(b'"group":[0,0]', b'"group":[0,1]'),
    "a hash that is a number": COLUMNS.replace(b'"b2"', b"2"),
    "without files": b'{"version": 1, "as_of": {}}',
    "files in a list": b'{"version": 1, "as_of": {}, "files": ["hugo/alpha.md"]}',
    "a file without a hash": b'{"version": 1, "as_of": {}, "files": {"hugo/alpha.md": {}}}',
    "a file that is a word": b'{"version": 1, "as_of": {}, "files": {"hugo/alpha.md": "x"}}',
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_manifest_does_no_harm(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = small_site(tmp_path)
    folder = site / "output"
    build = building(site, "-q")
    assert main(build) == 0
    good = tree(folder)
    manifest = folder / ".sitegen/manifest"

    # Nothing but the manifest is wrong: it is written again.
    manifest.write_bytes(DAMAGED[name])
    assert main([*build, "--check"]) == 0
    assert main(build) == 0
    assert tree(folder) == good

    # The files that differ might be anybody's: they are not taken over unasked.
    manifest.write_bytes(DAMAGED[name])
    before = tree(folder)
    small_site(tmp_path, "second")
    assert main([*build, "--check"]) == 1
    assert main(build) == 1
    assert tree(folder) == before
    assert main([*build, "--force"]) == 0

    # What it would remove is not known.
    manifest.write_bytes(DAMAGED[name])
    before = tree(folder)
    capsys.readouterr()
    assert main(["clean", "--root", str(site)]) == 2
    told = capsys.readouterr()
    assert told.err.startswith(f"sitegen: {manifest} cannot be read")
    assert told.out == ""
    assert tree(folder) == before


def test_a_day_in_the_manifest_that_is_none_does_no_harm(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    build = building(site, "-q")
    assert main(build) == 0
    manifest = site / "output/.sitegen/manifest"
    manifest.write_bytes(manifest.read_bytes().replace(DAY.encode(), b"soon"))
    small_site(tmp_path, "second")
    assert main([*build, "--check"]) == 1
    assert main(build) == 0
    assert main([*build, "--check"]) == 0


# --- paths ---------------------------------------------------------------------------

SEGMENTS = st.one_of(
    st.text(max_size=8),
    st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,12}", fullmatch=True),
    st.sampled_from(
        ["", ".", "..", "...", "~", "-", ".git", ".sitegen", "a.", "a ", "C:", "a:b", "a\\b", "con", "a\n"]
    ),
    st.sampled_from(
        ["NUL", "aux.html", "Com1", "lpt9.x.y", "é", "e\u0301", "ﬁ", "İ", "ß", "\u212a", "n" * 81, "$x", "*"]
    ),
)


def names_a_device(segment: str) -> bool:
    """Whether Windows takes a name for a device, whatever follows its first dot."""
    return segment.partition(".")[0].upper() in WINDOWS_DEVICES


WINDOWS_DEVICES = {"CON", "PRN", "AUX", "NUL"} | {f"{name}{digit}" for name in ("COM", "LPT") for digit in "0123456789"}


@given(st.one_of(st.lists(SEGMENTS, max_size=6).map("/".join), st.text(max_size=250)))
@settings(max_examples=400, deadline=None)
@example("a" * 200)
@example("/".join(["a" * 66] * 3))
@example("/etc/passwd")
def test_a_path_that_is_accepted_stays_below_its_folder_everywhere(path: str) -> None:
    if path_problem(path):
        return
    root = Path("/base/output")
    segments = path.split("/")
    assert os.path.normpath(root / path) == str(root / path)
    assert root in (root / path).parents
    assert not PureWindowsPath(path).anchor
    assert PureWindowsPath(path).parts == tuple(segments)
    assert len(path) <= 200
    assert unicodedata.normalize("NFKC", path) == path
    assert path.isascii()
    assert path.isprintable()
    for segment in segments:
        assert 0 < len(segment) <= 80
        assert not segment.startswith((".", "-"))
        assert not segment.endswith((".", " "))
        assert not names_a_device(segment)
        assert not set(segment) & set('<>:"|?*\\\0')


@pytest.mark.parametrize(
    "name", [*sorted(WINDOWS_DEVICES), "con", "Aux.md", "nul.tar.gz", "COM¹", "lpt³.txt", "CONIN$"]
)
def test_devices_of_windows_are_refused(name: str) -> None:
    assert path_problem(f"a/{name}/b")
    assert path_problem(name)


@pytest.mark.parametrize("path", ["a", "A/b-c_d.e/f.html", "0", "_index.md", "console", "com10", "a" * 80, "nul-1"])
def test_common_paths_are_accepted(path: str) -> None:
    assert path_problem(path) == ""


VARIANTS = st.sampled_from(
    ["a/b", "A/b", "a/B", "a/c", "a", "A", "a.html/b", "A.HTML/B", "a.md", "a.html", "b/x", "b/x.html/y", "B/X"]
)


@given(st.lists(VARIANTS, min_size=2, max_size=4))
@settings(max_examples=60, deadline=None)
@example(["a", "a.html/b"])
@example(["a/b", "A/B"])
def test_two_outputs_never_claim_one_path(paths: list[str]) -> None:
    partials = "".join(f"  p{i}: {{path: {json.dumps(path)}, tables: [levels]}}\n" for i, path in enumerate(paths))
    facts = FACTS.replace("PRODUCTS", "alpha: {name: Alpha}").replace("SINCE", "1.0")
    site = load_site(
        {
            "sitegen.yaml": f"partials:\n{partials}".encode(),
            "content/facts.yaml": facts.encode(),
            "partials/fragment.html": FRAGMENT.encode(),
        }
    )
    assert site is not None

    built = build_site(site, date.fromisoformat(DAY), ("hugo",))

    keys = [unicodedata.normalize("NFKC", path).casefold() for path in built.files]
    assert len(set(keys)) == len(keys)
    folders = {str(parent) for key in keys for parent in PurePosixPath(key).parents}
    assert not folders & set(keys)
    assert len(built.files) + sum(finding.code == "same-path" for finding in built.findings) >= len(set(paths))
    distinct = {f"{path}.html".casefold() for path in paths}
    clash = len(distinct) < len(paths) or any(
        str(parent) in distinct for path in distinct for parent in PurePosixPath(path).parents
    )
    assert [finding.code for finding in built.findings] == (["same-path"] * len(built.findings) if clash else [])
    assert bool(built.findings) == clash
