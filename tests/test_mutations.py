"""Change one fact in the YAML, and exactly what shows it or is computed from it changes, everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from sitegen.documents import Partial
from sitegen.facts import Record, records_of
from sitegen.findings import Place
from sitegen.grids import Table
from sitegen.site import Build
from sitegen.source import Mapping, Node, Scalar, Sequence, parse_yaml
from sitegen.values import Lifecycle
from tests.sites import DAYS, build, load, own_build, own_site, own_texts

FILE = "content/facts.yaml"
NEXT_STAGE = {"ga": "lts", "maintenance": "deprecated", "eol": "removed", "private beta": "beta"}


@dataclass(frozen=True)
class Mutation:
    """One scalar of a fact, what it becomes, and the place of the whole fact.

    `partly` says that a cell may show the fact without showing this scalar.
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
    """Each scalar of each fact of a record; of a lifecycle each exact day and each level."""
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


def slots(made: Build) -> Iterator[tuple[str, Table]]:
    """Every table with the output that shows it."""
    for path, document in made.documents.items():
        for number, slot in document.slots.items():
            for table in slot.tables if isinstance(slot, Partial) else (slot,):
                yield f"{path}#{number}/{table.id}", table


def beside_pages(made: Build) -> set[str]:
    """What the html dialect has beside its pages: their twins, and what can be found on them."""
    twins = {path.replace("index.html", "index.md") for path in made.documents if path.startswith("html/")}
    return {"html/assets/find/python.js", "html/index.html"} | twins


def check_table(name: str, before: Table, after: Table, mutation: Mutation) -> bool:
    """The cells that show the fact differ, and no others. Returns whether one does.

    A cell of united rows, and a level of a lifecycle, may show no more than a part of the fact.
    """
    fact = mutation.fact
    if len(before.rows) != len(after.rows):
        assert fact in before.places, f"{name}: rows come and go without the fact"
        return True
    changed = False
    rows = [(False, before.headers, after.headers)]
    for old_row, new_row in zip(before.rows, after.rows, strict=True):
        datasets = [dataset for dataset, _ in old_row.records]
        rows.append((len(datasets) > len(set(datasets)), old_row.cells, new_row.cells))
    for united, old_cells, new_cells in rows:
        for old, new in zip(old_cells, new_cells, strict=True):
            if old.lines != new.lines:
                changed = True
                assert fact in old.places, f"{name}: {old.lines} became {new.lines}"
            elif fact in old.places:
                assert united or mutation.partly, f"{name}: {old.lines} shows the fact and stays"
    return changed


@pytest.mark.parametrize(
    "record", list(records_of(own_site().facts.datasets)), ids=lambda record: f"{record.dataset}.{record.id}"
)
def test_a_fact_changes_what_shows_it_and_nothing_else(record: Record) -> None:
    for mutation in mutations(record):
        site = load(mutation.apply())
        shown = False
        for day in DAYS:
            if not record.in_force(date.fromisoformat(day)):
                continue
            before, after = own_build(day), build(site, day)
            assert [finding.message for finding in after.findings] == []
            showing = {path for path, document in before.documents.items() if mutation.fact in document.places}
            fragments = {path for path, partial in before.partials.items() if mutation.fact in partial.places}
            for path in before.files:
                if before.files[path] != after.files.get(path):
                    shown = True
                    own = path in showing or any(f"/{fragment}." in path for fragment in fragments)
                    own = own or (path in beside_pages(before) and bool(showing))
                    assert own, f"{path} changed on {day}"
            tables = dict(slots(after))
            for name, table in slots(before):
                if name in tables:
                    shown |= check_table(name, table, tables[name], mutation)
            for path, document in before.documents.items():
                other = after.documents.get(path)
                if other is not None and other.blocks == document.blocks:
                    for index, insert in document.inserts.items():
                        same = insert.text == other.inserts[index].text
                        assert same or mutation.fact in insert.places, f"{path}: {insert.text}"
        is_source = record.dataset == "links" and record.id.endswith("-page")
        assert shown is not is_source, f"{mutation.scalar.text!r} at {mutation.scalar.place} shows nowhere"
