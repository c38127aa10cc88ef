"""What a kind of package index has to tell: the one interface of the modules in this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from sitegen.indexes.releases import Published

# A line of a runtime: 3.11 is (3, 11), which stands for all its patch releases.
Line = tuple[int, ...]
# Told while an answer arrives: how many bytes of how many, 0 where the index does not say.
Progress = Callable[[int, int], None]


class IndexProblem(Exception):
    """An index that cannot be asked, or an answer that cannot be used; the message says why in one line."""


class Artifact(NamedTuple):
    """What the name of a file says: the runtimes it was built for, and its platform tags.

    `builds` are in the index's own terms. No platforms mean all of them. `source` means: it is built first.
    """

    source: bool
    builds: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()


class Floor(NamedTuple):
    """The oldest version of a system that a platform tag allows, such as glibc 2.17."""

    system: str
    version: tuple[int, ...]

    def __str__(self) -> str:
        return f"{self.system} {'.'.join(map(str, self.version))}"


class Index(Protocol):
    """A kind of package index. A module of this folder is one."""

    @property
    def REQUIREMENT(self) -> str:  # noqa: N802 - a constant of a module
        """What a file says of the runtimes it accepts is called so, such as Requires-Python."""

    @property
    def RUNTIMES(self) -> dict[str, str]:  # noqa: N802
        """The names of runtimes by the tags that sites map them to, such as CPython for `cp`."""

    def __hash__(self) -> int:
        """One kind is one thing."""

    def spelling(self, package: str) -> str:
        """The one spelling of the name of a package."""

    def artifact(self, name: str) -> Artifact:
        """What the name of a file says; `*` may stand for its version."""

    def lines(self, pattern: str) -> frozenset[tuple[str, Line]]:
        """The lines of runtimes that a name, or several that are folded, is built for by name."""

    def fits(self, builds: tuple[str, ...], runtime: str, line: Line) -> bool:
        """Whether what is built for these runs on a line of a runtime."""

    def admits(self, requirement: str, line: Line) -> bool:
        """Whether a requirement leaves any version of a line."""

    def family(self, platform: str) -> str:
        """A platform tag without the version of its system."""

    def floor(self, platform: str) -> Floor | None:
        """The oldest system that a platform tag allows; None where it says nothing of it."""

    def fetch(self, package: str, known: Published | None, progress: Progress) -> Published | None:
        """Ask the index what it has published; None where nothing changed. Raises IndexProblem."""
