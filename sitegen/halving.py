"""Work on many things in two processes: the second half is done by a copy of this one, by `fork`.

The copy sends back what it has made as a pickle, through a pipe that nobody else can reach. Where it
fails, the work is done here, so that what is wrong shows as ever.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def can_fork() -> bool:
    """Whether a copy of this process is safe: not beside other threads, and not on macOS, where it may hang."""
    return hasattr(os, "fork") and sys.platform != "darwin" and threading.active_count() == 1


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_halves(items: Sequence[T], work: Callable[[Iterable[T]], Iterator[R]]) -> Iterator[R]:
    """What `work` makes of all items, in their order. The second half is made in a process of its own."""
    middle = (len(items) + 1) // 2
    made: list[R] | None = None
    reading, writing = os.pipe()
    gc.freeze()  # so that the copy does not touch, and so double, what both share
    try:
        child = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        yield from work(items)
        return
    if child == 0:
        _send(writing, lambda: list(work(items[middle:])))
    os.close(writing)
    with open(reading, "rb") as pipe:  # noqa: PTH123 - a descriptor
        try:
            yield from work(items[:middle])
            made = _received(pipe.read())
        finally:
            pipe.close()
            os.waitpid(child, 0)
            gc.unfreeze()
    yield from work(items[middle:]) if made is None else made


def _send(writing: int, make: Callable[[], list[R]]) -> None:
    """Write what is made into the pipe, and end this process."""
    code = 1
    with suppress(BaseException):
        data = pickle.dumps(make(), pickle.HIGHEST_PROTOCOL)
        with open(writing, "wb") as pipe:
            pipe.write(len(data).to_bytes(8, "big"))
            pipe.write(data)
        code = 0
    os._exit(code)


def _received(data: bytes) -> list[R] | None:
    """What has been sent; None where not all of it has come."""
    if len(data) < 8 or int.from_bytes(data[:8], "big") != len(data) - 8:
        return None
    made: list[R] = pickle.loads(memoryview(data)[8:])  # noqa: S301 - from our own copy
    return made
