"""Which paths an output file may have: portable ones, that stay below their folder."""

from __future__ import annotations

import re

_SEGMENT = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")


def path_problem(path: str) -> str:
    """Say why a path, relative and with `/`, cannot be one of the output; nothing where it can."""
    if len(path) > 200:
        return "it is longer than 200 characters"
    for segment in path.split("/"):
        if not segment:
            return "a part of it is empty"
        if not _SEGMENT.fullmatch(segment) or segment.endswith("."):
            return f"'{segment}' is not a portable name; use A-Z, a-z, 0-9, - . _"
        if _DEVICES.fullmatch(segment):
            return f"'{segment}' names a device on Windows"
        if len(segment) > 80:
            return f"'{segment}' is longer than 80 characters"
    return ""
