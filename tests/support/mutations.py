"""Changes of one scalar at a time in the facts of the site of this repository."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from sitegen.facts.datasets import Record
from sitegen.facts.values import Lifecycle
from sitegen.findings import Place
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.source.yaml_reader import parse_yaml
from tests.support.sites import own_site, own_texts

FILE = "content/facts.yaml"
NEXT_STAGE = {"ga": "lts", "maintenance": "deprecated", "eol": "removed", "private beta": "beta"}


@dataclass(frozen=True)
class Mutation:
    """One scalar of a fact, its new text, and the place of the whole fact.

    `partly` means that a cell may show the fact without this scalar.
    """

    fact: Place
    scalar: Scalar
    text: str
    partly: bool = False

    def apply(self) -> dict[str, bytes]:
        texts = dict(own_texts())
        lines = texts[FILE].decode().split("\n")
        place = self.scalar.place
        line = lines[place.line - 1]
        new = self.text if self.scalar.plain else f'"{self.text}"'
        lines[place.line - 1] = line[: place.column - 1] + new + line[place.column - 1 + place.length :]
        texts[FILE] = "\n".join(lines).encode()
        return texts


def mutated(kind: str, text: str) -> str:
    """Another valid value of a type."""
    if text == "none":
        return {"version": "9.9", "link": "https://example.com/zq"}.get(kind, "zq")
    if kind in ("support", "lifecycle") and text in ("yes", "no"):
        return {"yes": "no", "no": "yes"}[text]
    if kind == "lifecycle":
        day = date.fromisoformat(text.removeprefix("by ")) + timedelta(days=1)
        return str(day)
    if kind in ("support", "version", "versions") and re.search(r"[0-9]", text):
        return re.sub(r"[0-9]+(?=[^0-9]*$)", lambda match: str(int(match[0]) + 1), text)
    return NEXT_STAGE.get(text, text + "zq")


def nodes(node: Node) -> Iterator[Node]:
    yield node
    children = node.items if isinstance(node, Sequence) else ()
    if isinstance(node, Mapping):
        children = tuple(value for _, value in node.entries)
    for child in children:
        yield from nodes(child)


def fact_nodes() -> dict[Place, Node]:
    tree = parse_yaml(own_texts()[FILE].decode(), FILE, pytest.fail)
    assert tree is not None
    return {node.place: node for node in nodes(tree)}


def mutations(record: Record) -> Iterator[Mutation]:
    """Mutations of each scalar of each fact of a record; of a lifecycle, each exact date and each level."""
    by_place = fact_nodes()
    fields = own_site().facts.datasets[record.dataset].fields
    for field, varying in record.facts.items():
        kind = fields.get(field)
        name = "text" if kind is None else (kind.item or kind).name
        for alternative in varying.alternatives:
            node = by_place[alternative.place]
            if isinstance(alternative.value, Lifecycle) and isinstance(node, Mapping):
                for key, value in node.entries:
                    assert isinstance(value, Scalar)
                    yield Mutation(alternative.place, key, NEXT_STAGE[key.text], partly=True)
                    if not value.text.startswith("by "):
                        yield Mutation(alternative.place, value, mutated(name, value.text), partly=True)
                continue
            for leaf in nodes(node):
                if isinstance(leaf, Scalar):
                    yield Mutation(alternative.place, leaf, mutated(name, leaf.text))
