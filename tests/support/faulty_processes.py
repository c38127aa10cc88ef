"""Commands in processes that are killed, or whose system calls fail, at a given point."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

# Answers each line of jobs with a line of their results. A job runs the command in a fork of this process. It counts the
# system calls of the command below one folder, reports them, and kills the command or fails the call given in the job.
_SERVER = """
import errno, gc, json, os, resource, signal, sys, traceback
from sitegen.cli import main

CALLS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.chmod"}
WRITES = os.O_WRONLY | os.O_RDWR

def interfere(job, log):
    count, first = 0, os.getpid()
    def hook(call, values):
        nonlocal count
        if call not in CALLS or (os.getpid() != first) != job["in_worker"]:
            return
        path = "" if isinstance(values[0], int) else os.fsdecode(values[0])
        if path and not path.startswith(job["below"]):
            return
        count += 1
        name = "open to write" if call == "open" and values[2] & WRITES else call
        target = os.fsdecode(values[1]) if call == "os.rename" else path
        os.write(log, json.dumps([name, target]).encode() + b"\\n")
        if count == job["at"]:
            if job["fault"] == "SIGKILL of the parent":
                return os.kill(os.getppid(), signal.SIGKILL)
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
    """The result of a process, and its system calls."""

    code: int
    out: str
    err: str
    calls: tuple[tuple[str, str], ...]


class Processes:
    """Runs the command in processes that fail at a given point."""

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
        in_worker: bool = False,
    ) -> Ended:
        """Run a process. Its system call number `at` below a folder fails, or files are limited to `limit` bytes.

        With `in_worker`, only the calls of worker processes count. Returns after these have ended, too.
        """
        job = {"arguments": arguments, "below": str(below), "at": at, "fault": fault, "limit": limit, "user": user}
        return self._ask([{**job, "in_worker": in_worker}])[0]

    def run_together(self, several: Sequence[Sequence[str]], below: Path) -> list[Ended]:
        """Run several processes at the same time."""
        rest = {"below": str(below), "at": 0, "fault": "", "limit": None, "user": None, "in_worker": False}
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


@contextmanager
def faulty_processes(*warm: str) -> Iterator[Processes]:
    """Processes that are forked from one that has run a command, so that the modules are loaded."""
    command = [sys.executable, "-c", _SERVER, *warm]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8") as server:
        yield Processes(server)
        assert server.stdin is not None
        server.stdin.close()
