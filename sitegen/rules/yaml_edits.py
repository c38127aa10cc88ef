"""Edits of YAML by exact place: what stands around stays as it is, comments and layout too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sitegen.findings import Edit, Fix, Place


def without_alternative(lines: Sequence[str], place: Place, *, alone: bool) -> Fix | None:
    """The edit that takes an alternative out of its list; None where the text does not show for certain what goes.

    `place` is that of its value, behind `is:`. `alone` says that one value is left then, which needs no list.
    """
    line = lines[place.line - 1] if 0 < place.line <= len(lines) else ""
    found = _in_line(line, place.column - 1)
    if found is None:
        return None
    start, end, opening = found
    if re.fullmatch(r"\s*- ", line[:start]) and re.fullmatch(r"\s*(?:#.*)?", line[end:]):
        if alone:
            return _last_of_block(lines, place)
        return Fix("remove it", (Edit(place.file, (place.line, 1), (place.line + 1, 1), ""),))
    before = re.search(r",\s*$", line[:start])
    if before is None or opening is None:
        return None
    if alone:
        close = line.find("]", end)
        only = line[opening + 1 : before.start()].strip()
        if line[end:close].strip() or close < 0 or re.match(r"[\[{]", only) or "," in only:
            return None
        return Fix("remove it", (Edit(place.file, (place.line, opening + 1), (place.line, close + 2), only),))
    return Fix("remove it", (Edit(place.file, (place.line, before.start() + 1), (place.line, end + 1), ""),))


def _last_of_block(lines: Sequence[str], place: Place) -> Fix | None:
    """`key:`, one plain item, and the alternative that goes: the item comes behind the key."""
    if place.line < 3:
        return None
    key, item = lines[place.line - 3], lines[place.line - 2]
    name, value = re.fullmatch(r"(\s*)(?:- )?[\w.-]+:\s*", key), re.fullmatch(r"\s*- ([^\s#{\[].*?)\s*", item)
    if name is None or value is None or " #" in value[1]:
        return None
    edit = Edit(
        place.file,
        (place.line - 2, len(key.rstrip()) + 1),
        (place.line, len(lines[place.line - 1]) + 1),
        f" {value[1]}",
    )
    return Fix("remove it", (edit,))


def _in_line(line: str, column: int) -> tuple[int, int, int | None] | None:
    """The mapping in braces around a column: its start and end, and the bracket of the list around it."""
    opened: list[tuple[str, int]] = []
    quote = ""
    inside: tuple[int, int | None] | None = None
    for index, sign in enumerate(line):
        if index == column:
            braces = [(s, at) for s, at in opened if s in "{["]
            if not braces or braces[-1][0] != "{":
                return None
            outer = braces[-2] if len(braces) > 1 else None
            if outer is not None and outer[0] != "[":
                return None
            inside = (braces[-1][1], outer[1] if outer else None)
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "\"'" and (index == 0 or line[index - 1] in " {[,"):
            quote = sign
        elif sign in "{[":
            opened.append((sign, index))
        elif sign in "}]" and opened:
            _, at = opened.pop()
            if inside is not None and at == inside[0]:
                return at, index + 1, inside[1]
        elif sign == "#" and index and line[index - 1] == " ":
            return None
    return None
