"""Applying the fixes of findings: edits of the sources at exact places, which keep comments and layout."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from sitegen.files.atomic import replace_file
from sitegen.findings import Edit, Finding, Fix, Place


def apply_fixes(texts: Mapping[str, bytes], findings: Iterable[Finding]) -> tuple[dict[str, bytes], list[Finding]]:
    """The new content of the files that fixes change, and the fixed findings.

    Of fixes that change the same text only the first is applied; the next run applies the others.
    """
    applied, fixed = dict[str, list[Edit]](), list[Finding]()
    for finding in findings:
        edits = finding.fix.edits if finding.fix else ()
        if edits and not any(_overlap(edit, other) for edit in edits for other in applied.get(edit.file, ())):
            fixed.append(finding)
            for edit in edits:
                applied.setdefault(edit.file, []).append(edit)
    return {file: edited(texts[file], edits) for file, edits in applied.items()}, fixed


def _overlap(one: Edit, other: Edit) -> bool:
    return one.start < other.end and other.start < one.end


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """The bytes of a file after some edits, with its byte order mark and line endings."""
    text = data.decode("utf-8")
    mark = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix(mark)
    starts = [0, *accumulate(len(line) + 1 for line in body.split("\n"))]
    ending = "\r\n" if "\r\n" in body else "\n"
    for edit in sorted(edits, reverse=True):
        start, end = (min(starts[line - 1] + column - 1, len(body)) for line, column in (edit.start, edit.end))
        if ending == "\r\n" and body[end - 1 : end + 1] == "\r\n" and edit.end[1] > 1:
            end -= 1
        body = body[:start] + edit.text.replace("\n", ending) + body[end:]
    return (mark + body).encode()


def write(root: Path, files: Mapping[str, bytes]) -> None:
    """Replace files below a folder, each atomically and with its mode. Raises OSError."""
    for name, data in files.items():
        path = (root / name).resolve()
        replace_file(path, data, path.stat().st_mode & 0o777)


# --- edits of YAML -------------------------------------------------------------------


def without_alternative(lines: Sequence[str], place: Place, *, alone: bool) -> Fix | None:
    """The fix that removes an alternative from its list; None if the text to remove is not certain.

    `place` is the place of its value, after `is:`. `alone` means that one value remains, which needs no list.
    """
    number = place.line
    line = lines[number - 1] if 0 < number <= len(lines) else ""
    found = _flow_mapping_at(line, place.column - 1)
    if found is None:
        return None
    start, end, opening = found
    if re.fullmatch(r"\s*- ", line[:start]) and not line[end:].strip():
        return _last_of_block(lines, place) if alone else _removal(place, (number, 1), (number + 1, 1))
    before = re.search(r",\s*$", line[:start])
    if before is None or opening is None:
        return None
    if not alone:
        return _removal(place, (number, before.start() + 1), (number, end + 1))
    close = line.find("]", end)
    only = line[opening + 1 : before.start()].strip()
    if line[end:close].strip() or close < 0 or re.match(r"[\[{]", only) or "," in only:
        return None
    return _removal(place, (number, opening + 1), (number, close + 2), only)


def _removal(place: Place, start: tuple[int, int], end: tuple[int, int], text: str = "") -> Fix:
    return Fix("remove it", (Edit(place.file, start, end, text),))


def _last_of_block(lines: Sequence[str], place: Place) -> Fix | None:
    """The fix for a key, one plain item and the alternative to remove: the item becomes the value of the key."""
    if place.line < 3:
        return None
    key, item, last = lines[place.line - 3 : place.line]
    name, value = re.fullmatch(r"(\s*)(?:- )?[\w.-]+:\s*", key), re.fullmatch(r"\s*- ([^\s#{\[].*?)\s*", item)
    if name is None or value is None or " #" in value[1]:
        return None
    return _removal(place, (place.line - 2, len(key.rstrip()) + 1), (place.line, len(last) + 1), f" {value[1]}")


_QUOTED = re.compile(r"""(?:^|(?<=[ {\[,]))(["']).*?\1""")


def _flow_mapping_at(line: str, column: int) -> tuple[int, int, int | None] | None:
    """The mapping in braces around a column: its start and end, and the opening bracket of its list, if any."""
    plain = _QUOTED.sub(lambda match: " " * len(match.group()), line).partition(" #")[0]
    opened: list[int] = []
    for index, char in enumerate(plain):
        if char in "{[":
            opened.append(index)
        elif char in "}]" and opened:
            start = opened.pop()
            if start < column <= index:
                outer = opened[-1] if opened else None
                is_item = plain[start] == "{" and (outer is None or plain[outer] == "[")
                return (start, index + 1, outer) if is_item else None
    return None
