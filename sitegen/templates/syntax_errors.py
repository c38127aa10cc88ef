"""Why a template cannot be read, in plain words, and where: from what Jinja2 says of it."""

from __future__ import annotations

import re
from typing import NamedTuple

_CLOSING = {"<<": ">>", "<%": "%>", "<#": "#>"}
_ENDS = ("'end of print statement'", "'end of statement block'", "expected name or number")


class Slip(NamedTuple):
    """What is wrong with the text of a template, from an offset on."""

    message: str
    offset: int
    hint: str = ""
    length: int = 2


def explained(said: str, text: str, offset: int, sign: int) -> Slip:
    """What is wrong where Jinja2 says something of the token at an offset, behind the `<<` or `<%` at `sign`."""
    opened = re.search(r"needs to be closed is '(\w+)'", said)
    unknown = re.match(r"Encountered unknown tag '(\w+)'", said)
    if opened:
        hint = f"close it with <% end{opened[1]} %>"
        if unknown:
            return Slip(f"'{opened[1]}' is not closed before '{unknown[1]}'", sign, hint)
        return Slip(f"'{opened[1]}' is not closed", _last_open(text, opened[1]), hint)
    if unknown:
        return Slip(f"there is no statement '{unknown[1]}'", sign)
    begin = text[sign : sign + 2]
    closing = _CLOSING.get(begin, "")
    closed = re.compile(f"{closing}|<[<%#]").search(text, sign + 2)
    if closing and (closed is None or closed[0] != closing):
        return Slip(f"'{begin}' is not closed", sign, f"close it with {closing}")
    if char := re.fullmatch(r"unexpected char .(.+). at (\d+)", said):
        message = "this quote is not closed" if char[1] in "\"'" else f"'{char[1]}' is not expected here"
        return Slip(message, int(char[2]), length=1)
    if said.endswith(_ENDS) and (last := re.search(r"(<[<%]|\w+|[=!<>]=|\S)[-+]?\s*$", text[sign:offset])):
        what = "a filter" if last[1] == "|" else "something"
        return Slip(f"{what} is missing behind '{last[1]}'", sign + last.start(1), length=len(last[1]))
    got = re.search(r"(?:got|unexpected) '(.+)'$", said)
    at = text.find(got[1], offset, closed.start() if closed else None) if got else -1
    if at < 0 and got and text.startswith(got[1], offset):
        at = offset  # it is a part of what closes the statement
    if got and at >= 0:
        wanted = re.search(r"expected token '(\w+)'", said)
        message = f"'{wanted[1]}' is expected here, not '{got[1]}'" if wanted else f"'{got[1]}' is not expected here"
        inside = closed is not None and closed.start() <= at < closed.end()
        return Slip(message, at, "is a bracket not closed?" if inside else "", len(got[1]))
    return Slip(re.sub(r" at \d+$", "", said), sign)


def _last_open(text: str, tag: str) -> int:
    """Where the last statement of a kind begins that is not closed."""
    opened = [0]
    for match in re.finditer(r"<%[-+]?\s*(\w+)", text):
        if match[1] == tag:
            opened.append(match.start())
        elif match[1] == f"end{tag}" and len(opened) > 1:
            opened.pop()
    return opened[-1]
