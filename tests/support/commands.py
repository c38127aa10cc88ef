"""Run commands: in this process, in a separate process, or in a terminal."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pytest

from sitegen.cli import main

Capture = pytest.CaptureFixture[str]


class Said(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str


def do(capsys: Capture, *arguments: str | Path) -> Said:
    """Run a command in this process."""
    capsys.readouterr()
    try:
        code = main([str(argument) for argument in arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    return Said(code, *capsys.readouterr())


def run(
    *arguments: str | Path, env: Mapping[str, str] | None = None, cwd: Path | None = None, drop: Sequence[str] = ()
) -> Said:
    """Run a command in a separate process."""
    kept = {key: value for key, value in os.environ.items() if key not in drop}
    done = subprocess.run(
        [sys.executable, "-m", "sitegen", *map(str, arguments)],
        capture_output=True,
        check=False,
        encoding="utf-8",
        env={**kept, **(env or {})},
        cwd=cwd,
        timeout=60,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file."""
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new).encode())


def run_in_terminal(*arguments: str | Path, env: Mapping[str, str] | None = None) -> str:
    """Run a command in a terminal, and return its output."""
    import pty  # noqa: PLC0415 - not on Windows

    terminal, end = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    with subprocess.Popen(
        [sys.executable, "-m", "sitegen", *map(str, arguments)],
        stdin=end,
        stdout=end,
        stderr=end,
        env={**kept, "TERM": "xterm", **(env or {})},
    ) as process:
        os.close(end)
        shown = b""
        while True:
            try:
                data = os.read(terminal, 65536)
            except OSError:  # Linux reports this when the other end is closed
                break
            if not data:
                break
            shown += data
        process.wait()
    os.close(terminal)
    return shown.decode()
