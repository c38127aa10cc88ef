"""Why a build makes what it makes: the whole site, some libraries, or nothing.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

_SHOWN = 3

Kind = Literal[
    "nothing",  # sources and output are as the last build left them
    "libraries",  # only own files of libraries have changed, or their output
    "first",
    "no record",
    "option",
    "key",
    "common",
    "beside",
    "many",
    "compared",
    "found",
    "seen",
    "meanwhile",
]


class Reason(NamedTuple):
    """Why a build makes what it makes.

    `names` are the sources, options or libraries that it is about, `paths` files of the output. `differs` are
    entries of the key of the record, with what each was and what it is now. `changes` say of each source that is not
    as it was what has become of it, as far as the build has compared them.
    """

    kind: Kind
    names: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    differs: tuple[tuple[str, str, str], ...] = ()
    changes: Mapping[str, str] = MappingProxyType({})

    @property
    def way(self) -> Literal["nothing", "libraries", "whole"]:
        """What the build makes."""
        return self.kind if self.kind in ("nothing", "libraries") else "whole"


def differing(before: Mapping[str, str], now: Mapping[str, str]) -> Reason:
    """The reason of a build with another key than the last one."""
    names = sorted(before.keys() | now.keys())
    pairs = [(name, str(before.get(name, "")), str(now.get(name, ""))) for name in names]
    return Reason("key", differs=tuple(pair for pair in pairs if pair[1] != pair[2]))


def clause(reason: Reason) -> str:
    """What stands behind "since"."""
    changes = reason.changes
    if reason.kind == "key":
        return ", and ".join(_entry(*entry) for entry in reason.differs)
    if reason.kind in ("libraries", "many"):
        parts = [changed(reason.names, changes)] if reason.names else []
        parts += [_not_as_left(reason.paths)] if reason.paths else []
        parts += ["that concerns more than half of the libraries"] if reason.kind == "many" else []
        return ", and ".join(parts)
    if reason.kind == "compared":
        return f"{changed(reason.names, changes)}, and every page may show values of other libraries"
    if reason.kind == "common":
        return f"{changed(reason.names, changes)}, and more than one library may depend on that"
    if reason.kind == "beside":
        return f"{_not_as_left(reason.paths)}, which no library gives alone"
    if reason.kind == "seen":
        libraries = listed([f"'{name}'" for name in reason.names])
        return f"the pages, records or files of {libraries} are others, which all pages may name"
    if reason.kind == "option":
        return f"{listed(reason.names)} asks for that"
    return _CLAUSES[reason.kind]


_CLAUSES: Mapping[Kind, str] = {
    "nothing": "sources and output are as the last build left them",
    "first": "this is the first build into this folder",
    "no record": "there is no record of the last build that can be used",
    "found": "something was found in what has changed that may concern all pages",
    "meanwhile": "sources or the output were changed meanwhile",
}


def _entry(name: str, before: str, now: str) -> str:
    """What it means that an entry of the key differs."""
    if name == "day":
        return f"the day is {now}, and was {before}"
    if name == "dialects":
        return f"the build is of {_dialects(now)}, and the last one was of {_dialects(before)}"
    if name == "command":
        return f"the last command that wrote here was 'sitegen {before}'"
    if name in ("root", "output"):
        return f"the folder of the {'site' if name == 'root' else 'output'} was {before}"
    return f"{'Python' if name == 'python' else 'sitegen, or a package below it,'} is another version"


def _dialects(names: str) -> str:
    return listed(names.split()) if names else "all dialects"


def _not_as_left(paths: Sequence[str]) -> str:
    return f"{listed(paths)} {'is' if len(paths) == 1 else 'are'} not as the last build left {_them(len(paths))}"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def changed(names: Sequence[str], changes: Mapping[str, str]) -> str:
    """Which sources have changed, come or gone."""
    kinds = {changes.get(name, "has changed") for name in names}
    if len(names) == 1 or len(kinds) > 1:
        each = [f"{name} {changes.get(name, 'has changed')}" for name in names]
        return listed(each)
    return f"{listed(names)} {kinds.pop().replace('has', 'have').replace('is', 'are')}"


def listed(names: Sequence[str]) -> str:
    """A few names, and how many more there are."""
    if len(names) > _SHOWN + 1:
        return f"{', '.join(names[:_SHOWN])} and {len(names) - _SHOWN} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
