"""Decoding of sources, merge conflicts, and the nodes of YAML with their places.

A node keeps the text of its source (`3.10`, `no`, `010`); the declared type of a field determines its meaning later.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from importlib.machinery import PathFinder
from typing import NamedTuple

from sitegen.files.sources import MAX_BYTES
from sitegen.findings import Finding, Place, Report

# Not allowed in texts: control characters, a byte order mark inside of a text, and the noncharacters of Unicode, which
# sitegen uses as marks:
#
#     FDD0 FDD1            a value that a template prints        templates/template.py
#     FDD2 FDD3            a table or a partial                  markdown/pages.py
#     FDD4                 escapes `<%` in fenced code           markdown/pages.py
#     FDD5                 the date of a build                   changes/rewordings.py
#     FDD5-FDD7 FDDC FDDD  a placeholder                         templates/placeholders.py
#     FDD8                 the content of a page in its frame    formats/html.py
#     FDDA FDDB            separate the cells of a table         formats/markdown.py
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff\ufdd0-\ufdef\ufffe\uffff\u2028\u2029\x85]")


class Scalar(NamedTuple):
    """A text; `plain` if it is written without quotes."""

    text: str
    place: Place
    plain: bool = True


class Sequence(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    place: Place


class Mapping(NamedTuple):
    """Keys and values, in the order of the file."""

    entries: tuple[tuple[Scalar, Node], ...]
    place: Place

    def get(self, key: str) -> Node | None:
        for name, value in self.entries:
            if name.text == key:
                return value
        return None


Node = Scalar | Sequence | Mapping


def items_at(node: Node | None) -> tuple[Node, ...]:
    """The items of a list, a single node as one item, and no items for None."""
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


def parser_missing() -> str:
    """A message if PyYAML or libyaml is missing, else an empty text."""
    yaml = PathFinder.find_spec("yaml")
    if yaml is None or PathFinder.find_spec("yaml._yaml", yaml.submodule_search_locations) is None:
        return "PyYAML is installed without libyaml; install a wheel of PyYAML, or libyaml-dev before building it"
    return ""


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Decode UTF-8, without a byte order mark and with `\\n` as line ending. Returns None if the text is invalid."""
    if len(data) > MAX_BYTES:
        report(Finding("too-large", f"the file has more than {MAX_BYTES:,} bytes", Place(file, 1, 1)))
        return None
    data = data.removeprefix(BOM_UTF8)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        message = f"byte 0x{data[error.start]:02x} is not UTF-8"
        report(Finding("not-utf-8", message, place_at(before, len(before), file), "save the file as UTF-8"))
        return None
    text = text.replace("\r\n", "\n")
    bad = FORBIDDEN.search(text)
    if bad:
        hint = "end lines with a line feed" if bad.group() == "\r" else "remove it"
        message = f"character U+{ord(bad.group()):04X} is not allowed in a text"
        report(Finding("bad-character", message, place_at(text, bad.start(), file), hint))
        return None
    conflict = merge_conflict(text, file)
    if conflict is not None:
        report(conflict)
        return None
    return text


def place_at(text: str, offset: int, file: str) -> Place:
    """The place of a character of a text."""
    return Place(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


_MARKER = re.compile(r"^(?:<{7}|>{7}|={7}|\|{7})(?: .*)?$", re.MULTILINE)


def merge_conflict(text: str, file: str) -> Finding | None:
    """The first merge conflict of a text, or the remaining markers of one, as a finding at its first marker.

    In Markdown, a line of `=` or `|` is a marker only before one of `>`; alone it is a heading or a row.
    """
    alone = "<>=|" if file.endswith(".yaml") else "<>"
    if not any(sign * 7 in text for sign in alone):
        return None
    markers = list(_MARKER.finditer(text))
    ends = [marker for marker in markers if marker.group()[0] in "<>"]
    ends = ends or [marker for marker in markers if marker.group()[0] in alone]
    if not ends:
        return None
    first = ends[0]
    sides = [first.group()[8:]]
    if first.group()[0] == "<":
        sides += [marker.group()[8:] for marker in ends[1:2] if marker.group()[0] == ">"]
    else:
        middle = [marker for marker in markers if marker.start() < first.start()]
        separator = next((marker for marker in reversed(middle) if marker.group() == "======="), first)
        base = [marker for marker in middle if marker.group()[0] == "|" and marker.start() < separator.start()]
        first = base[-1] if base else separator
    named = " / ".join(filter(None, sides))
    place = place_at(text, first.start(), file)._replace(length=len(first.group()))
    hint = "keep the correct lines, and remove the markers"
    return Finding("merge-conflict", "unresolved merge conflict" + (f" ({named})" if named else ""), place, hint)
