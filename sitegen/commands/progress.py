"""The time of each phase of a build or of a download, and a progress line on the terminal.

The line is drawn over itself, and erased before anything else is printed. A build of less than a second shows none.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Mapping

from sitegen.build import Progress
from sitegen.commands.exit_codes import Options

_DELAY, _INTERVAL = 1.0, 0.1  # seconds: before the first line, and between two
_UNITS: Mapping[str, str] = {"reading": "pages", "building": "libraries", "writing": "files", "downloading": "kB"}


class ProgressBar(Progress, contextlib.AbstractContextManager["ProgressBar"]):
    """The `seconds` of each phase, in order. The current phase is shown on standard error, if that is a terminal."""

    def __init__(self, options: Options, clock: Callable[[], float] = time.perf_counter) -> None:
        self.seconds: dict[str, float] = {}
        self.clock = clock
        self.started = self._since = clock()
        self._is_shown = _is_wanted(options)
        self._next = self.started + _DELAY
        self._phase = ""
        self._width = 0

    def __exit__(self, *_: object) -> None:
        self.hide()

    def begin(self, name: str) -> None:
        """End the current phase, and begin another unless the name is empty."""
        now = self.clock()
        if self._phase:
            self.seconds[self._phase] = self.seconds.get(self._phase, 0.0) + now - self._since
        self._phase, self._since = name, now
        self.tick(0, 0)

    def tick(self, done: int, of: int) -> None:
        """Show how much of the phase is done."""
        if self._is_shown and self._phase and self.clock() >= self._next:
            self._next = self.clock() + _INTERVAL
            with contextlib.suppress(OSError):
                columns = os.get_terminal_size(sys.stderr.fileno()).columns or 80
                self._write(line(self._phase, done, of)[: columns - 1])

    def hide(self) -> None:
        """Erase the line, and draw no other, since something else is printed."""
        self._is_shown = False
        if self._width:
            self._write("")
            self._width = 0

    def _write(self, text: str) -> None:
        self._width = max(self._width, len(text))
        with contextlib.suppress(OSError):
            sys.stderr.write(f"\r{text.ljust(self._width)}\r")  # Ctrl-C prints at the cursor
            sys.stderr.flush()


def line(phase: str, done: int, of: int) -> str:
    """The progress line of a phase."""
    if not done and not of:
        return phase
    unit = _UNITS.get(phase.partition(" ")[0], "")
    return f"{phase}  {done:,}/{of:,} {unit}  {100 * done // of}%" if of else f"{phase}  {done:,} {unit}"


def _is_wanted(options: Options) -> bool:
    """Whether to draw a progress line: standard error is an interactive terminal, and no option prevents it."""
    if options.quiet or options.format != "text" or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return sys.stderr.isatty() and sys.stderr.fileno() >= 0
    except (AttributeError, OSError, ValueError):  # none, or one that is closed
        return False
