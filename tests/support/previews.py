"""A preview server in a separate process, and its output."""

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
    """A running preview. `url` ends with a slash."""

    url: str
    process: subprocess.Popen[bytes]
    folder: Path

    @property
    def port(self) -> int:
        """The port it listens on."""
        return urlsplit(self.url).port or 80

    def said(self) -> str:
        """The text printed to stdout so far."""
        return self._read("out")

    def complaints(self) -> str:
        """The text printed to stderr so far, without the line about a first build that takes long on a busy machine."""
        return self._read("err").replace("still building\n", "")

    def lines(self) -> list[str]:
        """All lines so far: first those of stdout, then those of stderr."""
        return [*self.said().splitlines(), *self._read("err").splitlines()]

    def builds(self) -> int:
        """The number of successful builds so far."""
        return sum(" built " in line for line in self.said().splitlines())

    def until(self, what: Callable[[], bool], seconds: float = 20) -> None:
        """Wait until a condition is true."""
        deadline = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, f"the server has ended\n{self._all()}"
            assert time.monotonic() < deadline, f"not within {seconds} s\n{self._all()}"
            time.sleep(0.01)

    def wait_for(self, text: str, seconds: float = 20) -> None:
        """Wait until a text has been printed."""
        self.until(lambda: text in self._all(), seconds)

    def interrupt(self, seconds: float = 10) -> int:
        """Press Ctrl-C. Returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(seconds)

    def _read(self, name: str) -> str:
        return (self.folder / name).read_text("utf-8", "replace")

    def _all(self) -> str:
        return "\n".join(self.lines())


@contextmanager
def serving(root: Path, *options: str, seconds: float = 20) -> Iterator[Serving]:
    """Serve a site, by default on a free port.

    Yields after the first build, which may take `seconds`.
    """
    command = [sys.executable, "-m", "sitegen", "serve", "--port", "0", "--root", str(root), *options]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs may ignore the signal
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
                # The browser may show the page before the build is reported.
                starting.until(
                    lambda: bool({"-q", "--quiet"} & {*options} or starting.builds() or starting.complaints()), seconds
                )
                yield Serving(line.split()[1], process, folder)
            finally:
                process.kill()
