"""The output and the documents of this site, compared with files that people review.

`UPDATE_GOLDENS=1 python -m pytest tests/test_goldens.py` updates them.
"""

from __future__ import annotations

import html
import json
import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from sitegen.documents.documents import Document, Partial
from sitegen.files.sources import read_texts
from sitegen.formats import USUAL
from sitegen.tables.grids import Cell, Table
from tests.support.sites import ROOT, build, default_templates, load, own_build

DAYS = ("2023-03-15", "2026-04-01")
FOLDER = ROOT / "tests/goldens"


def model(document: Document) -> str:
    """A document as text: front matter, values, anchors, links and every cell with its places."""
    out = [f"title: {document.title}"]
    out += [f"meta {key}: {value}" for key, value in document.meta.items()]
    out += [f"value {index}: {insert.text} <- {places(insert.places)}" for index, insert in document.inserts.items()]
    out += [f"anchor: {anchor}" for anchor in document.anchors]
    out += [f"link {name}: {target}" for name, target in sorted(document.links.items())]
    for slot in document.slots.values():
        if isinstance(slot, Partial):
            out.append(f"partial {slot.path}")
        for table in slot.tables if isinstance(slot, Partial) else (slot,):
            out += table_model(table)
    return "\n".join(out) + "\n"


def table_model(table: Table) -> list[str]:
    out = [f"table {table.id} ({table.layout}): {table.caption}"]
    for cells in (table.headers, *(row.cells for row in table.rows)):
        out.append("  row")
        out += [f"    {cell_model(cell)}" for cell in cells]
    return out


def cell_model(cell: Cell) -> str:
    lines = [
        f"{line.level}:"
        + "".join(f"<{span.kind} {span.text!r}{' -> ' + span.target if span.target else ''}>" for span in line.spans)
        for line in cell.lines
    ]
    return " / ".join(lines) + f" <- {places(cell.places)}"


def places(found: tuple[object, ...]) -> str:
    return ", ".join(str(place).removeprefix("content/") for place in found) or "-"


def produced(day: str) -> dict[str, str]:
    build = own_build(day)
    texts = {path: file.text for path, file in build.files.items() if "html/assets/" not in path}  # of the theme
    return texts | {f"model/{path}.txt": model(document) for path, document in build.documents.items()}


@pytest.mark.parametrize("day", DAYS)
def test_output_and_documents_match_the_goldens(day: str) -> None:
    folder = FOLDER / day
    texts = produced(day)
    if os.environ.get("UPDATE_GOLDENS"):
        for path, text in texts.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, "utf-8")
    golden = {path.relative_to(folder).as_posix(): path for path in Path(folder).rglob("*") if path.is_file()}
    assert sorted(golden) == sorted(texts)
    for path, file in golden.items():
        assert texts[path] == file.read_text("utf-8"), f"{path}: UPDATE_GOLDENS=1 updates the goldens"


def escapes(texts: Iterable[str]) -> dict[str, int]:
    """How often each character is escaped in pages in Markdown, below their front matter."""
    found = (entity for text in texts for entity in re.findall(r"&#?\w+;", text.split("\n---\n")[-1]))
    return dict(sorted(Counter(map(html.unescape, found)).items()))


def test_few_characters_are_escaped_on_the_example_sites() -> None:
    builds = {f"this site, {day}": own_build(day) for day in DAYS}
    for folder in sorted((ROOT / "examples").glob("*/")):
        builds[folder.name] = build(load({**default_templates(), **read_texts(folder, folder)}), DAYS[-1])
    counts = {
        name: {
            format_name: escapes(
                file.text for path, file in made.files.items() if file.format == format_name and path.endswith(".md")
            )
            for format_name in USUAL
        }
        for name, made in builds.items()
    }
    golden, text = FOLDER / "escapes.json", json.dumps(counts, indent=2, ensure_ascii=False) + "\n"
    if os.environ.get("UPDATE_GOLDENS"):
        golden.write_text(text, "utf-8")
    assert text == golden.read_text("utf-8"), f"{golden}: UPDATE_GOLDENS=1 updates the goldens"
