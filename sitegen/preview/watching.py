"""Watching sources by polling: no event is lost, also where a file system tells of none.

A look at the sources is compared with the one before. Names, times of change, sizes and
inodes are looked at, so that a restored time and a replaced folder are seen as well.
A change in the same tick of the clock of files as a look can be invisible. So nothing is
built until SETTLE after the last look, which is longer than a tick of any but old file systems.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

# Seconds. A look may take a twentieth of the time between two looks, so that watching costs 5 % of a core at most.
PAUSE, PAUSE_FACTOR = 0.025, 20
# Sources are at rest when two looks, that far apart, are the same; what never rests is taken as it is.
SETTLE, SETTLE_AT_MOST = 0.012, 1.0

Look = Mapping[str, object]
"""What a change of sources shows in, by path and whatever else may change."""


class Status(NamedTuple):
    """What a change of a file shows in: times in nanoseconds, size, inode."""

    modified: int
    changed: int
    size: int
    inode: int


def look_at(files: Iterable[tuple[str, str]]) -> dict[str, Status | None]:
    """The status of each file by its path; None for one that is gone."""
    return {path: _status(path) for _, path in files}


def _status(path: str) -> Status | None:
    try:
        status = os.lstat(path)  # links have been followed
    except OSError:
        return None
    return Status(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def changes(look: Callable[[], Look], stop: threading.Event) -> Iterator[None]:
    """Yield at once, and again after each change of what `look` returns; once for a burst. Ends when `stop` is set.

    What changes while the caller is at work is yielded next: the look that later ones are compared with is older.
    A look may raise OSError; it differs from one that does not.
    """
    seen, took = _timed(look)
    stop.wait(SETTLE)
    yield
    while not stop.wait(max(PAUSE, PAUSE_FACTOR * took)):
        now, took = _timed(look)
        if now == seen:
            continue
        before, latest = seen, time.monotonic() + SETTLE_AT_MOST
        moving = True
        while moving and not stop.wait(max(SETTLE, took)) and time.monotonic() < latest:
            seen, (now, took) = now, _timed(look)
            moving = now != seen or _half_written(before, now)
        seen = now
        if not stop.is_set():
            yield


def _half_written(before: Look, now: Look) -> bool:
    """Whether a file has just become empty: most programs empty a file before they write it."""
    for path, status in now.items():
        if isinstance(status, Status) and status.size == 0:
            old = before.get(path)
            if isinstance(old, Status) and old.size > 0:
                return True
    return False


def _timed(look: Callable[[], Look]) -> tuple[Look, float]:
    started = time.perf_counter()
    try:
        seen = look()
    except OSError as error:  # a folder may be closed to us for a while
        seen = {"error": (error.errno, error.filename)}
    return seen, time.perf_counter() - started
