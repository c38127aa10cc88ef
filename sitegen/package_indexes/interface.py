"""The interface of a kind of package index."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from typing import NamedTuple

from sitegen.facts.version_ranges import Range
from sitegen.frozen import frozen_without_eq

# A line of a runtime: 3.11 is (3, 11), which includes all its patch releases; Node.js 18 is (18,).
Line = tuple[int, ...]
# Called while a response arrives, with the bytes received and the total, 0 if unknown.
Progress = Callable[[int, int], None]


class IndexProblem(Exception):
    """An index that cannot be reached, or an unusable response; the message is one line."""


class Artifact(NamedTuple):
    """What the name of a file states: the runtimes it was built for, and its platform tags.

    `builds` are in the terms of the index. Empty `platforms` mean all of them, None that the index does not state them.
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


@frozen_without_eq
class Index:
    """A kind of package index: its terms, and functions that interpret releases and files.

    Functions have defaults for an index without such data.
    """

    # The field in which a release states the versions of the runtime it accepts, such as Requires-Python.
    requirement: str
    # The names of runtimes by the tags that sites map them to, such as CPython for `cp`. Requirements are of the first.
    runtimes: ReadOnly[str, str]
    # The number of components of a runtime line: 2 for Python 3.11, 1 for Node.js 18.
    depth: int
    # The versions of the runtime that exist or may be released. Claims about others are not compared with requirements.
    existing: tuple[Range, ...]
    # The term for a file that installs without a build, such as wheel, and for a withdrawn release.
    file: str
    withdrawn: str
    # The client module in this package, and the Python packages that it needs.
    client: str
    client_needs: str
    # What the name of a file states; `*` may replace its version.
    artifact: Callable[[str], Artifact]
    # The versions of the runtime that a requirement accepts; None if it is empty or unreadable.
    accepted: Callable[[str], tuple[Range, ...] | None]
    # The term for a file that has to be built first; empty if there are none.
    source: str = ""
    # The normalized name of a package.
    spelling: Callable[[str], str] = str
    # The runtime lines that a file name, or several folded names, are built for.
    lines: Callable[[str], frozenset[tuple[str, Line]]] = lambda _pattern: frozenset()
    # Whether a file that is built for these runs on a line of a runtime.
    fits: Callable[[tuple[str, ...], str, Line], bool] = lambda _builds, _runtime, _line: True
    # A platform tag without the version of its system.
    family: Callable[[str], str] = str
    # The oldest system that a platform tag allows; None if it states none.
    floor: Callable[[str], Floor | None] = lambda _platform: None
