"""A second process: a copy of this one, by `fork`, which does half of the work.

What goes from one to the other are pickles, through pipes that nobody else can reach.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any


class LostError(Exception):
    """The other process has ended, or has not said all of something."""


def can_fork() -> bool:
    """Whether a copy of this process is safe: not beside other threads, and not on macOS, where it may hang."""
    threading = sys.modules.get("threading")
    alone = threading is None or threading.active_count() == 1
    return hasattr(os, "fork") and sys.platform != "darwin" and alone


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class End:
    """One end of the pipes between two processes. A long message waits until the other end takes it."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading = reading
        self._writing = writing

    def send(self, value: object) -> None:
        """Send a value that can be pickled. Raises LostError."""
        import pickle  # noqa: PLC0415 - one process alone needs none, and it takes a while to load

        data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        left = memoryview(len(data).to_bytes(8, "big") + data)
        try:
            while left:
                left = left[os.write(self._writing, left) :]
        except BrokenPipeError:
            raise LostError from None

    def receive(self) -> Any:
        """What the other end has sent, when it has. Raises LostError."""
        import pickle  # noqa: PLC0415

        size = int.from_bytes(self._read(8), "big")
        return pickle.loads(self._read(size))  # noqa: S301 - from our own copy

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        left = memoryview(data)
        while left:
            read = os.readv(self._reading, [left])
            if not read:
                raise LostError
            left = left[read:]
        return data

    def close(self) -> None:
        """Close both pipes."""
        _close(self._reading, self._writing)


class Copy(End):
    """The end of a copy of this process, which does some work and ends. Raises OSError where none can be made."""

    def __init__(self, work: Callable[[End], None]) -> None:
        here = os.pipe()
        try:
            there = os.pipe()
        except OSError:
            _close(*here)
            raise
        gc.freeze()  # so that the copy does not touch, and so double, what both share
        try:
            self._process = os.fork()
        except OSError:
            gc.unfreeze()
            _close(*here, *there)
            raise
        if self._process == 0:
            _close(here[0], there[1])
            _end_with(work, End(there[0], here[1]))
        _close(here[1], there[0])
        super().__init__(here[0], there[1])
        self._closed = False

    def close(self) -> None:
        """Close both pipes, which ends the copy where it waits, and wait for its end. Once is enough."""
        if not self._closed:
            self._closed = True
            super().close()
            with suppress(ChildProcessError):  # where the system was told to forget copies that have ended
                os.waitpid(self._process, 0)
            gc.unfreeze()


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _end_with(work: Callable[[End], None], end: End) -> None:
    """Do the work, and end this process."""
    code = 1
    with suppress(BaseException):
        work(end)
        code = 0
    os._exit(code)
