"""The nodes of YAML: texts, lists and mappings, each with its place."""

from __future__ import annotations

from typing import NamedTuple

from sitegen.findings import Place


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
