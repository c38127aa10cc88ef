"""The nodes of YAML: texts, lists and mappings, each with its place."""

from __future__ import annotations

import re
from typing import NamedTuple

from sitegen.findings import Place

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
