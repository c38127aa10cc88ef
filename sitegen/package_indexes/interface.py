"""What a kind of package index provides: the record that modules of this folder fill in."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from typing import TYPE_CHECKING, NamedTuple

from sitegen.frozen import frozen_apart

if TYPE_CHECKING:
    from sitegen.facts.version_ranges import Range

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


@frozen_apart
class Index:
    """A kind of package index: its terms, and functions that read what releases and files state.

    The functions have defaults for an index that does not state such a thing.
    """

    # The field in which a release states the versions of the runtime it accepts, such as Requires-Python.
    requirement: str
    # The names of runtimes by the tags that sites map them to, such as CPython for `cp`. Requirements are of the first.
    runtimes: ReadOnly[str, str]
    # How many numbers a line of the runtime has: 2 for Python 3.11, 1 for Node.js 18.
    depth: int
    # The versions of the runtime that exist or may come; a claim of others is not compared with a requirement.
    existing: tuple[Range, ...]
    # What a file is called that installs without a build, such as wheel, and a release that was withdrawn.
    file: str
    withdrawn: str
    # The module in this folder that asks the index, and the packages that it needs.
    client: str
    client_needs: str
    # What the name of a file states; `*` may replace its version.
    artifact: Callable[[str], Artifact]
    # The versions of the runtime that a requirement accepts; None where it states none or cannot be read.
    accepted: Callable[[str], tuple[Range, ...] | None]
    # What a file is called that has to be built first; empty where there are none.
    source: str = ""
    # The normalized name of a package.
    spelling: Callable[[str], str] = str
    # The lines of runtimes that a name, or several folded names, are built for.
    lines: Callable[[str], frozenset[tuple[str, Line]]] = lambda _pattern: frozenset()
    # Whether a file that is built for these runs on a line of a runtime.
    fits: Callable[[tuple[str, ...], str, Line], bool] = lambda _builds, _runtime, _line: True
    # A platform tag without the version of its system.
    family: Callable[[str], str] = str
    # The oldest system that a platform tag allows; None where it states none.
    floor: Callable[[str], Floor | None] = lambda _platform: None
