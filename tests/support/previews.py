"""A preview server in a process of its own, and what it says."""

from __future__ import annotations

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Serving:
    """A preview that is being served. `url` ends with a slash."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def port(self) -> int:
        """The port it listens on."""
        return urlsplit(self.url).port or 80

    def said(self) -> str:
        """What it has printed as results so far."""
        return (self.folder / "out").read_text("utf-8", "replace")

    def complaints(self) -> str:
        """What it has printed to stderr so far."""
        return (self.folder / "err").read_text("utf-8", "replace")

    def lines(self) -> list[str]:
        """All lines so far: first the results, then what went to stderr."""
        return [*self.said().splitlines(), *self.complaints().splitlines()]

    def builds(self) -> int:
        """How many builds were good so far."""
        return sum(" built " in line for line in self.said().splitlines())

    def until(self, what: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, f"the server has ended\n{self._all()}"
            assert time.monotonic() < deadline, f"not within {seconds} s\n{self._all()}"
            time.sleep(0.01)

    def wait_for(self, text: str, seconds: float = 20) -> None:
        """Wait until a text has been printed."""
        self.until(lambda: text in self._all(), seconds)

    def interrupt(self, seconds: float = 10) -> int:
        """Press Ctrl-C; its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)

    def _all(self) -> str:
        return "\n".join(self.lines())


@contextmanager
def serving(root: Path, *options: str, seconds: float = 20) -> Iterator[Serving]:
    """Serve a site on a free port, where `options` name no other, until left.

    Yields after the first build, for which it has some `seconds`.
    """
    command = [sys.executable, "-m", "sitegen", "serve", "--port", "0", "--root", str(root), *options]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background may not have it
        try:
            with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
                process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        finally:
            signal.signal(signal.SIGINT, before)
        with process:
            try:
                starting = Serving("", process, folder)
                starting.wait_for("Serving ", seconds)
                line = next(line for line in starting.lines() if line.startswith("Serving "))
                # The page in the browser may be there before the whole build is told of.
                starting.until(
                    lambda: bool({"-q", "--quiet"} & {*options} or starting.builds() or starting.complaints()), seconds
                )
                yield Serving(line.split()[1], process, folder)
            finally:
                process.kill()
