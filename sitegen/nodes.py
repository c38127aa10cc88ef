"""The nodes of YAML: texts, lists and mappings, each with its place."""

from __future__ import annotations

import re
from typing import NamedTuple

from sitegen.findings import Place

# What no text holds: control characters, the byte order mark in mid-text, and Unicode's noncharacters, since sitegen
# marks the places of values in prose with some of its own.
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
