"""Descriptions from the documentation: rows of its tables, and its paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

Docs = Mapping[str, str]  # the texts of the documentation by file name
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_EXAMPLE = re.compile(r" (?:From|Create the file) `[^`]+`:$")  # the beginning of an example
_MAX_EXAMPLES = 6


def rows_of(text: str) -> Iterator[tuple[list[str], str, str]]:
    """The rows of the tables in a text: the code in the first cell, the second cell, and the third or ''."""
    for line in text.splitlines():
        cells = [plain(cell.strip()) for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if len(cells) > 1 and (codes := re.findall(r"`([^`]+)`", cells[0])):
            yield codes, cells[1], cells[2] if len(cells) > 2 else ""


def plain(text: str) -> str:
    """A text without links, which are relative to the documentation, and with plain pipes."""
    return _LINK.sub(r"\1", text).replace("\\|", "|")


def keys_in(text: str, heading: str = "") -> dict[str, str]:
    """What the tables below a heading, or all tables, state about each key."""
    below = _section(text, heading) if heading else text
    return {code: _sentence(meaning) for codes, meaning, _ in rows_of(below) for code in codes}


def paragraph(text: str, heading: str) -> str:
    """The first paragraph below a heading."""
    blocks = _section(text, heading).strip().split("\n\n")
    prose = next((block for block in blocks if not block.startswith(("|", "```"))), "")
    return _EXAMPLE.sub("", plain(" ".join(prose.split())))


def with_examples(text: str, heading: str) -> str:
    """The first paragraph below a heading, and the examples in its table."""
    examples = [(codes, meaning) for codes, meaning, _ in rows_of(_section(text, heading))][:_MAX_EXAMPLES]
    lines = [f"- {' '.join(f'`{code}`' for code in codes)}: {meaning}" for codes, meaning in examples]
    return "\n".join([paragraph(text, heading), "", *lines]).strip()


def _section(text: str, heading: str) -> str:
    """The text below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
