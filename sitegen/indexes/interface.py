"""What a kind of package index provides: the one interface of the modules in this folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

from sitegen.indexes.releases import Published
from sitegen.version_ranges import Range

# A line of a runtime: 3.11 is (3, 11), which includes all its patch releases; Node.js 18 is (18,).
Line = tuple[int, ...]
# Called while an answer arrives: how many bytes of how many, 0 where the index does not state it.
Progress = Callable[[int, int], None]


class IndexProblem(Exception):
    """An index that cannot be reached, or an answer that cannot be used; the message is one line."""


class Artifact(NamedTuple):
    """What the name of a file states: the runtimes it was built for, and its platform tags.

    `builds` are in the index's own terms. No platforms mean all of them; `None` that the index does not state them.
    `source` means that the file has to be built first.
    """

    source: bool
    builds: tuple[str, ...] = ()
    platforms: tuple[str, ...] | None = ()


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
        """The name of the field in which a release states the runtimes it accepts, such as Requires-Python."""

    @property
    def RUNTIMES(self) -> dict[str, str]:  # noqa: N802
        """The names of runtimes by the tags that sites map them to, such as CPython for `cp`."""

    @property
    def DEPTH(self) -> int:  # noqa: N802
        """How many numbers a line of the runtime has: 2 for Python 3.11, 1 for Node.js 18."""

    @property
    def FILE(self) -> str:  # noqa: N802
        """What a file is called that installs without a build, such as wheel."""

    @property
    def SOURCE(self) -> str:  # noqa: N802
        """What a file is called that has to be built first; empty where there are none."""

    @property
    def WITHDRAWN(self) -> str:  # noqa: N802
        """What a release is called that its authors no longer want to be installed, such as yanked."""

    @property
    def EXISTING(self) -> tuple[Range, ...]:  # noqa: N802
        """The versions of the runtime that exist or may come; a claim of others is not compared with a requirement."""

    def __hash__(self) -> int:
        """One kind is one object."""

    def spelling(self, package: str) -> str:
        """The normalized name of a package."""

    def artifact(self, name: str) -> Artifact:
        """What the name of a file states; `*` may replace its version."""

    def lines(self, pattern: str) -> frozenset[tuple[str, Line]]:
        """The lines of runtimes that a name, or several folded names, are built for."""

    def all_lines(self, named: frozenset[Line]) -> tuple[Line, ...]:
        """All lines of a runtime that exist, where these are named by files and requirements."""

    def fits(self, builds: tuple[str, ...], runtime: str, line: Line) -> bool:
        """Whether a file that is built for these runs on a line of a runtime."""

    def accepted(self, requirement: str) -> tuple[Range, ...] | None:
        """The versions of the runtime that a requirement accepts; None where it states none or cannot be read."""

    def family(self, platform: str) -> str:
        """A platform tag without the version of its system."""

    def floor(self, platform: str) -> Floor | None:
        """The oldest system that a platform tag allows; None where it states none."""

    def fetch(self, package: str, known: Published | None, progress: Progress) -> Published | None:
        """Ask the index for the releases of a package; None where nothing changed. Raises IndexProblem."""
