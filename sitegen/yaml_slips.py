"""Slips of the keyboard that make a text no YAML: found in the lines around the place where a parser gave up."""

from __future__ import annotations

import itertools
import re
from typing import NamedTuple


class Slip(NamedTuple):
    """What a writer most likely did: the line and column, counted from 0, a message, and what to write.

    In the message, `{}` is for the number of the line that this one should be `like`.
    """

    line: int
    column: int
    message: str
    hint: str
    like: int = 0


_KEY = r"(?P<indent> *(?:- +)?)(?P<key>[A-Za-z0-9_][A-Za-z0-9_.-]*)"
_NO_BLANK = re.compile(rf"{_KEY}:(?P<rest>[^\s:/].*)")
_NO_COLON = re.compile(rf"{_KEY} +(?P<rest>[\[{{].*)")
_NO_ITEM = re.compile(r"(?P<indent> *)-(?P<rest>[^\s-].*)")
_WORD = re.compile(rf"{_KEY} *")


def slip_near(lines: list[str], row: int) -> Slip | None:
    """The slip in a line that a parser cannot read, or in the line above."""
    for at in (row, _above(lines, row)):
        if at is None:
            continue
        line = _without_comment(lines[at])
        if match := _NO_BLANK.fullmatch(line):
            key = match["key"]
            hint = f"write '{key}: {_short(match['rest'])}'"
            return Slip(at, match.end("key"), f"a blank is missing after '{key}:'", hint)
        if match := _NO_ITEM.fullmatch(line):
            return Slip(at, match.end("indent"), "a blank is missing after '-'", f"write '- {_short(match['rest'])}'")
        if match := _NO_COLON.fullmatch(line):
            key = match["key"]
            return Slip(at, match.end("key"), f"a ':' is missing after '{key}'", f"write '{key}: {match['rest'][0]}'")
    return None


def missing_colon(lines: list[str], row: int) -> Slip | None:
    """A line that is a word alone, where a key is expected."""
    match = _WORD.fullmatch(_without_comment(lines[row]))
    if match is None:
        return None
    return Slip(row, match.end("key"), f"a ':' is missing after '{match['key']}'", f"write '{match['key']}:'")


def wrong_indentation(lines: list[str], row: int) -> Slip | None:
    """The line whose indentation fits no other: the one that cannot be read, or the one that it should be like.

    The other one is at fault where it is alone in its column, and that is an odd one.
    """
    above = _above(lines, row)
    if above is None:
        return None
    here = _indent(lines[row])
    columns = [
        (at, _indent(lines[at])) for at in range(above, -1, -1) if lines[at].strip() and not _is_comment(lines[at])
    ]
    # The keys that the line may belong to, nearest first: each outer one is further left.
    outer: list[tuple[int, int]] = []
    for at, column in columns:
        if not outer or column < outer[-1][1]:
            outer.append((at, column))
    if any(column == here for _, column in outer):
        return None
    wanted, like = min(((column, at) for at, column in outer), key=lambda found: (abs(found[0] - here), -found[0]))
    siblings = itertools.takewhile(lambda column: column >= wanted, (column for _, column in columns))
    alone = sum(column == wanted for column in siblings) == 1
    if alone and wanted % 2 > here % 2:
        return _indented(like, wanted, here, row)
    return _indented(row, here, wanted, like)


def _indented(row: int, found: int, wanted: int, like: int) -> Slip:
    message = f"this line is indented by {_blanks(found)}, and line {{}} by {_blanks(wanted)}"
    return Slip(row, found, message, f"indent it by {_blanks(wanted)}", like)


def _blanks(number: int) -> str:
    return f"{number} blank{'s' if number != 1 else ''}"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _above(lines: list[str], row: int) -> int | None:
    """The nearest line above that has more than a comment."""
    return next((at for at in range(row - 1, -1, -1) if lines[at].strip() and not _is_comment(lines[at])), None)


def _is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _without_comment(line: str) -> str:
    return re.sub(r"(?:^| +)#.*$", "", line).rstrip()


def _short(text: str) -> str:
    return text if len(text) <= 30 else f"{text[:27]}..."
