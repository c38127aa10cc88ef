"""Work in two processes gives what one gives, whatever becomes of the second."""

from __future__ import annotations

import errno
import gc
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sitegen.halving import Copy, End, LostError, can_fork
from tests.support.sites import ROOT

needs_fork = pytest.mark.skipif(not can_fork(), reason="needs a system with a safe fork; Linux has one")


def answering(answer: Callable[[object], object]) -> Callable[[End], None]:
    def work(end: End) -> None:
        while True:
            end.send(answer(end.receive()))

    return work


@needs_fork
@pytest.mark.parametrize("value", [None, "", [1, 2], {"a": b"b" * 3_000_000}])
def test_what_is_sent_comes_back(value: object) -> None:
    copy = Copy(answering(lambda asked: (asked, os.getpid())))
    copy.send(value)
    given, process = copy.receive()
    copy.close()
    assert given == value
    assert process != os.getpid()


@needs_fork
def test_a_copy_that_fails_is_told() -> None:
    copy = Copy(answering(lambda _: 1 / 0))
    copy.send("anything")
    with pytest.raises(LostError):
        copy.receive()
    copy.close()


@needs_fork
def test_a_copy_that_has_ended_is_told() -> None:
    copy = Copy(lambda end: end.send("all"))
    assert copy.receive() == "all"
    with pytest.raises(LostError):
        copy.receive()
    with pytest.raises(LostError):
        copy.send("more")
    copy.close()


@needs_fork
@pytest.mark.parametrize("call", ["fork", "pipe"])
def test_where_no_copy_can_be_made_nothing_is_left_of_it(call: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused() -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    before = len([*Path("/proc/self/fd").iterdir()])
    with monkeypatch.context() as patched:
        patched.setattr(os, call, refused)
        with pytest.raises(OSError, match="unavailable"):
            Copy(lambda end: end.send(1))
    assert len([*Path("/proc/self/fd").iterdir()]) == before
    assert gc.get_freeze_count() == 0


@needs_fork
def test_a_copy_ends_with_the_process_that_made_it() -> None:
    code = (
        "import os, signal\n"
        "from sitegen.halving import Copy\n"
        "def work(end):\n    print(os.getpid(), flush=True)\n    end.send(0)\n    end.receive()\n"
        "copy = Copy(work)\ncopy.receive()\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    process = int(ended.stdout)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{process}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not Path(f"/proc/{process}").exists()


@needs_fork
def test_a_build_in_two_processes_writes_the_same(tmp_path: Path) -> None:
    def build(processes: int) -> dict[str, bytes]:
        output = tmp_path / str(processes)
        command = [
            sys.executable,
            "-m",
            "sitegen",
            "build",
            "--root",
            str(ROOT),
            "-o",
            str(output),
            "--as-of",
            "2026-04-01",
        ]
        subprocess.run([*command, "--processes", str(processes), "-q"], check=True)
        return {
            path.relative_to(output).as_posix(): path.read_bytes()
            for path in output.rglob("*")
            if path.is_file() and ".sitegen" not in path.parts
        }

    one, two = build(1), build(2)
    assert one == two
    assert len(one) > 20


@needs_fork
@pytest.mark.parametrize("processes", [1, 2])
def test_as_many_processes_build_as_are_asked_for(processes: int, tmp_path: Path) -> None:
    code = (
        "import resource, sys\n"
        "from sitegen.cli import main\n"
        "code = main()\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss > 0)\n"
        "sys.exit(code)\n"
    )
    arguments = ["build", "--root", str(ROOT), "-o", str(tmp_path), "-q", "--processes", str(processes)]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout == f"{processes == 2}\n"


@needs_fork
def test_a_build_whose_parent_ignores_the_end_of_processes_is_good(tmp_path: Path) -> None:
    arguments = [sys.executable, "-m", "sitegen", "build", "--root", str(ROOT), "-o", str(tmp_path), "--processes", "2"]
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
        told, _ = process.communicate()
    finally:
        signal.signal(signal.SIGCHLD, before)
    assert told.endswith(" s\n")
    assert told.count("\n") == 1
