"""Which paths the files of the output may have: portable ones below their folder, each claimed once."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sitegen.findings import Finding, Place

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
# The same for a whole path at once, which is faster.
_PATH = re.compile(
    r"(?ai)(?:(?!(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:[./]|\Z))[a-z0-9_][a-z0-9._-]{0,79}(?<!\.)(?:/(?=.)|\Z))+"
)


def is_device(name: str) -> bool:
    """Whether a name means a device on Windows, whatever its ending."""
    return _DEVICES.fullmatch(name) is not None


def path_problem(path: str) -> str:
    """Say why a path, relative and with `/`, cannot be one of the output; nothing where it can."""
    if len(path) > 200:
        return "it is longer than 200 characters"
    if _PATH.fullmatch(path):
        return ""
    if path.startswith("/"):
        return "it begins with '/'"
    return next(filter(None, map(_segment_problem, path.split("/"))), "")


def path_hint(path: str) -> str:
    """What to write instead of a path that cannot be one of the output, where that is clear."""
    if path.startswith("/"):
        return "remove the '/' at its beginning"
    braces = re.search(r"\{\{\s*([^{}]*?)\s*\}\}", path)
    return f"write << {braces[1]} >>" if braces else ""


@lru_cache(maxsize=8192)  # many paths have the same folders
def _segment_problem(segment: str) -> str:
    if not segment:
        return "a part of it is empty"
    if not _SEGMENT.fullmatch(segment) or segment.endswith("."):
        return f"'{segment}' is not a portable name; use A-Z, a-z, 0-9, - . _"
    if is_device(segment):
        return f"'{segment}' names a device on Windows"
    if len(segment) > 80:
        return f"'{segment}' is longer than 80 characters"
    return ""


class Claims:
    """The paths that are claimed, and by whom. Case and the forms of Unicode do not tell paths apart.

    `nested` paths, which get an ending later, may lie below each other.
    """

    def __init__(self, *, nested: bool = False) -> None:
        self._nested = nested
        self._files: dict[str, tuple[str, str, Place]] = {}
        self._folders: dict[str, tuple[str, str, Place]] = {}

    def claim(self, path: str, owner: str, place: Place, missing: str = "") -> Finding | None:
        """Claim a path for an owner whose path is set at a place. Returns what is wrong with that.

        `missing` is what the setting may have left out, if it claims a path twice.
        """
        problem = path_problem(path)
        if problem:
            return Finding("bad-path", f"'{path}' cannot be a path: {problem}", place, path_hint(path))
        key = unicodedata.normalize("NFKC", path).casefold()
        parts = key.split("/")
        known = self._nested or key.rpartition("/")[0] in self._folders  # then no file stands above, either
        above = [] if known else ["/".join(parts[:count]) for count in range(1, len(parts))]
        taken = self._files.get(key)
        message = f"two outputs claim '{path}'"
        if taken is None and key in self._folders:
            taken, message = self._folders[key], f"'{path}' is a folder of other outputs"
        for folder in above:
            if taken is None and folder in self._files:
                taken = self._files[folder]
                message = f"'{path}' lies below the file '{taken[0]}'"
        if taken is None:
            self._files[key] = (path, owner, place)
            for folder in above:
                self._folders.setdefault(folder, (path, owner, place))
            return None
        _, other, first = taken
        if first == place:
            hint = "name in the path what differs" + (f", such as {missing}" if missing else "")
            return Finding("same-path", f"'{owner}' claims '{path}' more than once", place, hint)
        hint = "give them different paths"
        return Finding("same-path", f"{message}: {owner} and {other} ({first})", place, hint)
