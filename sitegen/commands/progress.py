"""A line on the terminal that shows how far a build is.

It is drawn over itself, and wiped before anything else is printed. A build of less than a second shows none.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Mapping
from types import FrameType, TracebackType
from typing import Any

from sitegen.commands.phases import Phases
from sitegen.commands.telling import Options

_FIRST, _EACH = 1.0, 0.1  # seconds: before the first line, and between two
_UNITS: Mapping[str, str] = {"building": "libraries", "writing": "files"}


class Progress(Phases):
    """The phases of a command, shown on standard error while they last; but only on a terminal.

    Each phase and each tick may draw, and so does a timer, since some phases do not tick. Where a system has no
    such timer, the line stands still meanwhile.
    """

    def __init__(self, options: Options) -> None:
        super().__init__()
        self._file = sys.stderr.fileno() if _wanted(options) else None
        self._next = self.started + _FIRST
        self._phase, self._done, self._all = "", 0, 0
        self._width = 0
        self._before: Any = None

    def __enter__(self) -> Progress:
        if self._file is not None and _has_timer():
            self._before = signal.signal(signal.SIGALRM, self._alarm)
            signal.setitimer(signal.ITIMER_REAL, _FIRST, _EACH)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.hide()
        if self._file is not None and _has_timer():
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, self._before or signal.SIG_DFL)

    def begin(self, name: str) -> None:
        """Begin a phase, and show it from now on."""
        super().begin(name)
        self._phase, self._done, self._all = name, 0, 0
        self._draw()

    def tick(self, done: int, all_: int) -> None:
        """Note how far the phase is."""
        self._done, self._all = done, all_
        self._draw()

    def hide(self) -> None:
        """Wipe the line, and show none until the next phase begins."""
        self._phase = ""
        self._write("")

    def _alarm(self, _signal: int, _frame: FrameType | None) -> None:
        self._draw()

    def _draw(self) -> None:
        if self._file is None or not self._phase or self.clock() < self._next:
            return
        self._next = self.clock() + _EACH
        with contextlib.suppress(OSError):
            columns = os.get_terminal_size(self._file).columns or 80
            self._write(line(self._phase, self._done, self._all)[: columns - 1])

    def _write(self, text: str) -> None:
        """Write over the last line. The cursor goes back, so that what a terminal says of Ctrl-C is wiped too.

        The signal may come while the line is written, so it goes past the buffer of the stream.
        """
        if self._file is None or not (text or self._width):
            return
        self._width = max(self._width, len(text))
        with contextlib.suppress(OSError):
            os.write(self._file, f"\r{text.ljust(self._width)}\r".encode("ascii"))
        if not text:
            self._width = 0


def line(phase: str, done: int, all_: int) -> str:
    """What is shown of a phase."""
    if not all_:
        return phase
    return f"{phase}  {done:,}/{all_:,} {_UNITS.get(phase, '')}  {100 * done // all_}%"


def _wanted(options: Options) -> bool:
    """Whether somebody looks who is glad of it."""
    if options.quiet or options.format != "text" or os.environ.get("CI") or os.environ.get("TERM") == "dumb":
        return False
    try:
        return sys.stderr.isatty() and sys.stderr.fileno() >= 0
    except (AttributeError, OSError, ValueError):  # none, or one that is closed
        return False


def _has_timer() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
