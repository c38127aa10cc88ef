"""Tables of six other organisations: their cells come out as published, and most of them are typed.

A folder of `tests/published_tables` is a site, with the published cells in `published.json`. Remarks are in our own words, in both.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from sitegen.files.sources import read_texts
from tests.support.cells import equal_cells, grids, nearest
from tests.support.commands import Capture, do
from tests.support.sites import ROOT, build, load

FOLDERS = {path.parent.name: path.parent for path in sorted((ROOT / "tests/published_tables").glob("*/published.json"))}


class Cells(NamedTuple):
    """How many cells are equal, of how many."""

    equal: int
    all: int


def _published(folder: Path) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((folder / "published.json").read_text("utf-8"))
    return data


@cache
def cells(name: str) -> Cells:
    published = _published(FOLDERS[name])
    made = build(load(read_texts(FOLDERS[name], ROOT)), published["as_of"])
    assert [finding.message for finding in made.findings if finding.severity == "error"] == []
    (page,) = (file.text for path, file in made.files.items() if path.startswith("hugo/content/"))
    found = list(grids(page))
    equal = sum(equal_cells(table, nearest(table, found)) for table in published["tables"])
    return Cells(equal, sum(len(row) for table in published["tables"] for row in table))


def test_the_sites_are_those_of_six_organisations() -> None:
    assert [*FOLDERS] == ["elastic", "hbase", "istio", "node", "otel", "redis"]
    assert sum(cells(name).all for name in FOLDERS) == 977


@pytest.mark.parametrize("name", FOLDERS)
def test_the_cells_of_a_site_are_as_published(name: str) -> None:
    assert cells(name).equal >= 0.96 * cells(name).all, cells(name)


def test_the_cells_of_all_sites_are_as_published() -> None:
    every = [cells(name) for name in FOLDERS]
    assert sum(each.equal for each in every) >= 0.99 * sum(each.all for each in every), every


def test_most_cells_are_typed(capsys: Capture) -> None:
    counts: dict[str, int] = {}
    for folder in FOLDERS.values():
        day = _published(folder)["as_of"]
        said = do(capsys, "check", "--root", folder, "--as-of", day, "--format", "json")
        report = json.loads(said.out)
        assert [finding for finding in report["findings"] if finding["severity"] != "notice"] == [], folder.name
        for kind, count in report["cells"].items():
            counts[kind] = counts.get(kind, 0) + count
    values = counts["typed"] + counts["text"] + counts["verbatim"]
    assert counts["typed"] >= 0.9 * values, counts
