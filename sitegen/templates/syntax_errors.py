"""Syntax errors of templates: the messages of Jinja2 in the words of a content author, with exact offsets."""

from __future__ import annotations

import re
from typing import NamedTuple

_CLOSING = {"<<": ">>", "<%": "%>", "<#": "#>"}
_ENDS = ("'end of print statement'", "'end of statement block'", "expected name or number")


class TemplateSyntaxFault(NamedTuple):
    """A syntax error at an offset of the text of a template."""

    message: str
    offset: int
    hint: str = ""
    length: int = 2


def explain_syntax_error(jinja_message: str, text: str, offset: int, sign: int) -> TemplateSyntaxFault:
    """Explain a message of Jinja2 about the token at an offset; `sign` is the offset of the `<<` or `<%` before it."""
    opened = re.search(r"needs to be closed is '(\w+)'", jinja_message)
    unknown = re.match(r"Encountered unknown tag '(\w+)'", jinja_message)
    if opened:
        hint = f"close it with <% end{opened[1]} %>"
        if unknown:
            return TemplateSyntaxFault(f"'{opened[1]}' is not closed before '{unknown[1]}'", sign, hint)
        return TemplateSyntaxFault(f"'{opened[1]}' is not closed", _last_open(text, opened[1]), hint)
    if unknown:
        return TemplateSyntaxFault(f"unknown statement '{unknown[1]}'", sign)
    begin = text[sign : sign + 2]
    closing = _CLOSING.get(begin, "")
    closed = re.compile(f"{closing}|<[<%#]").search(text, sign + 2)
    if closing and (closed is None or closed[0] != closing):
        return TemplateSyntaxFault(f"'{begin}' is not closed", sign, f"close it with {closing}")
    if char := re.fullmatch(r"unexpected char .(.+). at (\d+)", jinja_message):
        message = "this quote is not closed" if char[1] in "\"'" else f"unexpected '{char[1]}'"
        return TemplateSyntaxFault(message, int(char[2]), length=1)
    if jinja_message.endswith(_ENDS) and (last := re.search(r"(<[<%]|\w+|[=!<>]=|\S)[-+]?\s*$", text[sign:offset])):
        missing = "a filter" if last[1] == "|" else "an expression"
        return TemplateSyntaxFault(f"{missing} is missing after '{last[1]}'", sign + last.start(1), length=len(last[1]))
    got = re.search(r"(?:got|unexpected) '(.+)'$", jinja_message)
    at = text.find(got[1], offset, closed.start() if closed else None) if got else -1
    if at < 0 and got and text.startswith(got[1], offset):
        at = offset  # it is part of the closing sign
    if got and at >= 0:
        wanted = re.search(r"expected token '(\w+)'", jinja_message)
        message = f"expected '{wanted[1]}', found '{got[1]}'" if wanted else f"unexpected '{got[1]}'"
        inside = closed is not None and closed.start() <= at < closed.end()
        return TemplateSyntaxFault(message, at, "is a bracket not closed?" if inside else "", len(got[1]))
    return TemplateSyntaxFault(re.sub(r" at \d+$", "", jinja_message), sign)


def _last_open(text: str, tag: str) -> int:
    """The offset of the last statement of a kind that is not closed."""
    opened = [0]
    for match in re.finditer(r"<%[-+]?\s*(\w+)", text):
        if match[1] == tag:
            opened.append(match.start())
        elif match[1] == f"end{tag}" and len(opened) > 1:
            opened.pop()
    return opened[-1]
