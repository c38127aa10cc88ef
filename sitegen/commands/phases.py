"""How long the phases of a build take.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

import time
from collections.abc import Callable


class Phases:
    """The seconds of each phase of a command, in order. One begins where the last ends."""

    def __init__(self, clock: Callable[[], float] | None = None) -> None:
        self.seconds: dict[str, float] = {}
        self.clock = clock or time.perf_counter
        self.started = self._since = self.clock()
        self._name = ""

    def begin(self, name: str) -> None:
        """End the phase that lasts, and begin another."""
        now = self.clock()
        if self._name:
            self.seconds[self._name] = self.seconds.get(self._name, 0.0) + now - self._since
        self._name, self._since = name, now
