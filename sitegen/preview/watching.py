"""Watching sources by polling, which misses no change, also on file systems without notifications.

The fingerprint of the sources is compared with the one before. It has names, times of change, sizes and inodes, so that
a restored time and a replaced folder are detected too. A change may be invisible if it is in the same tick of the file
system's clock as the fingerprint. So nothing is built until SETTLE after the last fingerprint, which is longer than a
tick of all but old file systems.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

# Seconds. The pause is 20 times the time that a fingerprint takes, so that watching costs at most 5 % of a core.
PAUSE, PAUSE_FACTOR = 0.025, 20
# Sources are at rest when two fingerprints this far apart are equal; those that never rest are built after the maximum.
SETTLE, SETTLE_AT_MOST = 0.012, 1.0

Fingerprint = Mapping[str, object]
"""What differs when a source changes, by its path, and whatever else may change."""


class FileStat(NamedTuple):
    """What differs when a file changes: times in nanoseconds, size, inode."""

    modified: int
    changed: int
    size: int
    inode: int


def fingerprint(files: Iterable[tuple[str, str]]) -> Fingerprint:
    """The stat of each file by its path; None for a missing file. `files` are pairs of a name and a path.

    If `files` raises OSError, it is the error, since a folder may be unreadable for a while.
    """
    try:
        return {path: _stat(path) for _, path in files}
    except OSError as error:
        return {"error": (error.errno, error.filename)}


def _stat(path: str) -> FileStat | None:
    try:
        status = os.lstat(path)  # links have been followed
    except OSError:
        return None
    return FileStat(status.st_mtime_ns, status.st_ctime_ns, status.st_size, status.st_ino)


def changes(take: Callable[[], Fingerprint], stop: threading.Event) -> Iterator[Fingerprint]:
    """Yield the fingerprint that `take` returns, at once and after each change; once for a burst. Ends at `stop`.

    A change while the caller is busy is yielded next, since the fingerprint before it is compared with later ones.
    """
    last, took = _timed(take)
    stop.wait(SETTLE)
    yield last
    while not stop.wait(max(PAUSE, PAUSE_FACTOR * took)):
        now, took = _timed(take)
        if now == last:
            continue
        before, deadline = last, time.monotonic() + SETTLE_AT_MOST
        moving = True
        while moving and not stop.wait(max(SETTLE, took)) and time.monotonic() < deadline:
            last, (now, took) = now, _timed(take)
            moving = now != last or _half_written(before, now)
        last = now
        if not stop.is_set():
            yield last


def _half_written(before: Fingerprint, now: Fingerprint) -> bool:
    """Whether a file has just become empty: most programs empty a file before they write it."""
    for path, stat in now.items():
        if isinstance(stat, FileStat) and stat.size == 0:
            old = before.get(path)
            if isinstance(old, FileStat) and old.size > 0:
                return True
    return False


def _timed(take: Callable[[], Fingerprint]) -> tuple[Fingerprint, float]:
    started = time.perf_counter()
    return take(), time.perf_counter() - started
