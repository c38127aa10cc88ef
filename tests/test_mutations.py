"""If one fact in the YAML changes, exactly what shows it or is computed from it changes, in all output."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from sitegen.documents.documents import Partial
from sitegen.facts.datasets import Record, records_of
from sitegen.site.combine import Build
from sitegen.tables.grids import Table
from tests.support.mutations import Mutation, mutations
from tests.support.sites import DAYS, build, load, own_build, own_site


def slots(made: Build) -> Iterator[tuple[str, Table]]:
    """Every table, with the output that shows it."""
    for path, document in made.documents.items():
        for number, slot in document.slots.items():
            for table in slot.tables if isinstance(slot, Partial) else (slot,):
                yield f"{path}#{number}/{table.id}", table


def beside_pages(made: Build) -> set[str]:
    """The other files of the format `html`: Markdown twins and the search index."""
    twins = {path.replace("index.html", "index.md") for path in made.documents if path.startswith("html/")}
    return {"html/assets/find/python.js", "html/index.html"} | twins


def check_table(name: str, before: Table, after: Table, mutation: Mutation) -> bool:
    """Check that the cells that show the fact differ, and no others. Returns whether any cell does.

    A cell of merged rows, and a level of a lifecycle, may show only a part of the fact.
    """
    fact = mutation.fact
    if len(before.rows) != len(after.rows):
        assert fact in before.places, f"{name}: rows were added or removed without the fact"
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
                assert united or mutation.partly, f"{name}: {old.lines} shows the fact and did not change"
    return changed


@pytest.mark.slow
@pytest.mark.parametrize("end", [-1, 0], ids=["the last day", "the first day"])
@pytest.mark.parametrize(
    "record", list(records_of(own_site().facts.datasets)), ids=lambda record: f"{record.dataset}.{record.id}"
)
def test_a_changed_fact_changes_what_shows_it_and_nothing_else(record: Record, end: int) -> None:
    for mutation in itertools.islice(mutations(record), end + 1, None, 2):  # the others with the other end
        site = load(mutation.apply())
        showing = [day for day in DAYS if is_shown(mutation, own_build(day))]
        is_source = record.dataset == "links" and record.id.endswith("-page")
        assert bool(showing) is not is_source, f"{mutation.scalar.place} is not shown anywhere"
        # Only some levels of a lifecycle are shown on a day.
        days = set(DAYS) if mutation.partly and end == 0 else {*showing[end:][:1]} or {DAYS[end]}
        shown = [check_day(mutation, own_build(day), build(site, day), day) for day in sorted(days)]
        assert any(shown) or is_source or (mutation.partly and end), (
            f"{mutation.scalar.text!r} at {mutation.scalar.place}"
        )


def is_shown(mutation: Mutation, made: Build) -> bool:
    """Whether any output shows the fact."""
    return any(mutation.fact in each.places for each in (*made.documents.values(), *made.partials.values()))


def check_day(mutation: Mutation, before: Build, after: Build, day: str) -> bool:
    """Check what differs on a day. Returns whether anything does."""
    assert [finding.message for finding in after.findings] == []
    shown = False
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
    return shown
