"""Source texts: decoding, merge conflicts, and the nodes that YAML is read into, each with its place.

A node keeps the text as it was written (`3.10`, `no`, `010`). What a value means is decided
later, by the declared type of its field.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from importlib.machinery import PathFinder
from typing import NamedTuple

from sitegen.files.sources import MAX_BYTES
from sitegen.findings import Finding, Place, Report

# What no text holds: control characters, the byte order mark in mid-text, and Unicode's noncharacters, since sitegen
# marks places in text with them:
#
#     FDD0 FDD1  a value that a template prints              templates.py
#     FDD2 FDD3  a table or a partial                        pages.py
#     FDD4       keeps `<%` in fenced code from being a tag  pages.py
#     FDD5       the day of a build                          changes/rewordings.py
#     FDD6 FDD7  a gap in a text that is written once        dialects/compiled.py
#     FDD8       the content of a page in its frame          dialects/html.py
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ufeff\ufdd0-\ufdef\ufffe\uffff\u2028\u2029\x85]")


class Scalar(NamedTuple):
    """A piece of text; `plain` says that it was written without quotes."""

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
    """The items of a list, or the one node; none where there is no node."""
    if node is None:
        return ()
    return node.items if isinstance(node, Sequence) else (node,)


def parser_missing() -> str:
    """Say what is wrong with the installed PyYAML, or nothing."""
    yaml = PathFinder.find_spec("yaml")
    if yaml is None or PathFinder.find_spec("yaml._yaml", yaml.submodule_search_locations) is None:
        return "PyYAML is installed without libyaml; install a wheel of PyYAML, or libyaml-dev before building it"
    return ""


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Decode UTF-8 text, without byte order mark and with `\\n` at line ends."""
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
    """The first unresolved merge conflict of a text, or what a half-resolved one left, at its first marker.

    A line of `=` or `|` in Markdown is a marker only in front of one of `>`: alone it is a heading or a row.
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
    hint = "keep the lines that are right, and remove the markers"
    return Finding("merge-conflict", "unresolved merge conflict" + (f" ({named})" if named else ""), place, hint)
