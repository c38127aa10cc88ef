"""Valid paths of output files: portable, below their folder, and unique."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from sitegen.findings import Finding, Place

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def is_device(name: str) -> bool:
    """Whether a name, with any extension, is a device on Windows."""
    return _DEVICES.fullmatch(name) is not None


def path_problem(path: str) -> str:
    """Why a relative path with `/` is not valid in the output; an empty text if it is valid."""
    if len(path) > 200:
        return "it is longer than 200 characters"
    if path.startswith("/"):
        return "it begins with '/'"
    return next(filter(None, map(_segment_problem, path.split("/"))), "")


def path_hint(path: str) -> str:
    """The hint for an invalid path, or an empty text."""
    if path.startswith("/"):
        return "remove the '/' at its beginning"
    braces = re.search(r"\{\{\s*([^{}]*?)\s*\}\}", path)
    return f"write << {braces[1]} >>" if braces else ""


@lru_cache(maxsize=8192)  # many paths have the same folders
def _segment_problem(segment: str) -> str:
    if not segment:
        return "it has an empty part"
    if not _SEGMENT.fullmatch(segment) or segment.endswith("."):
        return f"'{segment}' is not a portable name; use A-Z, a-z, 0-9, - . _"
    if is_device(segment):
        return f"'{segment}' names a device on Windows"
    if len(segment) > 80:
        return f"'{segment}' is longer than 80 characters"
    return ""


class ClaimedPaths:
    """The paths of output files with their owners. Paths that differ in case or Unicode normalization are equal.

    With `nested`, a path may be below another one: they receive an extension later.
    """

    def __init__(self, *, nested: bool = False) -> None:
        self._nested = nested
        self._files: dict[str, tuple[str, str, Place]] = {}
        self._folders: dict[str, tuple[str, str, Place]] = {}

    def claim(self, path: str, owner: str, place: Place, missing: str = "") -> Finding | None:
        """Claim a path for an owner whose path is set at a place. Returns a finding if it is invalid or claimed.

        `missing` are the ids that the setting may lack if it claims a path twice.
        """
        problem = path_problem(path)
        if problem:
            return Finding("bad-path", f"invalid path '{path}': {problem}", place, path_hint(path))
        key = unicodedata.normalize("NFKC", path).casefold()
        parts = key.split("/")
        is_valid = self._nested or key.rpartition("/")[0] in self._folders  # then no parent is a file
        parents = [] if is_valid else ["/".join(parts[:count]) for count in range(1, len(parts))]
        taken = self._files.get(key)
        message = f"two outputs have the path '{path}'"
        if taken is None and key in self._folders:
            taken, message = self._folders[key], f"'{path}' is a folder of other outputs"
        for folder in parents:
            if taken is None and folder in self._files:
                taken = self._files[folder]
                message = f"'{path}' is below the file '{taken[0]}'"
        if taken is None:
            self._files[key] = (path, owner, place)
            for folder in parents:
                self._folders.setdefault(folder, (path, owner, place))
            return None
        _, other, first = taken
        if first == place:
            hint = "add what differs to the path" + (f", such as {missing}" if missing else "")
            return Finding("same-path", f"'{owner}' writes '{path}' more than once", place, hint)
        hint = "use different paths"
        return Finding("same-path", f"{message}: {owner} and {other} ({first})", place, hint)
