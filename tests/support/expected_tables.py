"""The tables that a page should have, by its document. They are compared with those that a program shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate, zip_longest

from sitegen.documents.documents import Document, Partial
from sitegen.facts.values import STAGES, STATES
from sitegen.formats.style import Style
from sitegen.markdown.blocks import Alert, Block, Slot
from sitegen.markdown.inline import plain
from sitegen.tables.grids import Cell, Span, Table
from tests.support.hostile_site import FRAGMENT, HTML, HUGO, MARKDOC, MKDOCS, RST
from tests.support.readers import Element, Grid, lists, one_space, tables


def expected_text(cell: Cell, where: str, style: Style, notes: int = 0) -> str:
    """The text of a cell in a format. On a page of Markdoc, it has marks for its notes, after the `notes` above it."""
    lines = [(line.level, "".join(_span_text(span, where, style) for span in line.spans)) for line in cell.lines]
    marks = "".join(f"[^{notes + number}]" for number in cell.notes) if where in (MARKDOC, MKDOCS) else ""
    if where in (MARKDOC, RST) or (where == HUGO and not style.unsafe):
        text, before = "", 0
        for level, line in lines:
            text += (": " if level > before else ", ") * bool(text) + line
            before = level
        return one_space(text + marks)
    indents = {FRAGMENT: "→ ", HTML: "", HUGO: style.indent.replace("--", "–")}  # as the typographer of Hugo shows it
    indent = indents.get(where, style.indent)
    return one_space(" ".join((indent if level else "") + line for level, line in lines) + marks)


def _span_text(span: Span, where: str, style: Style) -> str:
    if span.kind == "state":
        usual = {**STATES, **{stage: label for stage, (label, _) in STAGES.items()}, "none": ""}[span.text]
        if where == HTML:  # which has no blank cells
            return span.words or style.words.get(span.text) or usual or "not stated"
        if span.words is not None:
            return span.words
        return usual if where == FRAGMENT else style.words.get(span.text, usual).replace("{{< X >}}", "yes")
    if span.kind == "markdown":
        return plain(span.inline, str)
    return span.text


def expected_grid(table: Table, where: str, style: Style, notes: int = 0) -> Grid:
    """A table as rows of texts. The first row has the headers, except for a list."""
    rows: Grid = []
    for section, members in table.body.sections:
        if section is not None:
            rows.append([expected_text(section, where, style, notes), *[""] * (len(members[0].cells) - 1)])
        rows += [
            [expected_text(cell, where, style, notes) if cell.rows else "" for cell in row.cells] for row in members
        ]
    if table.layout == "list":
        return rows
    headers = zip(table.above, table.headers, strict=True)
    above = [[expected_text(cell, where, style, notes) for cell in cells if cell is not None] for cells in headers]
    return [[": ".join(texts) for texts in above], *rows]


def shown_tables(document: Document, format_name: str) -> Iterator[tuple[Table, str]]:
    """The tables of a page in order, each with the file that contains it: the page, or a partial."""
    for slot in _slots(document.blocks):
        found = document.slots[slot.index]
        if isinstance(found, Partial):
            yield from ((table, FRAGMENT if format_name == HUGO else format_name) for table in found.tables)
        else:
            yield found, format_name


def _slots(found: Sequence[Block]) -> Iterator[Slot]:
    for block in found:
        if isinstance(block, Slot):
            yield block
        elif isinstance(block, Alert):
            yield from _slots(block.blocks)


def check_tables(root: Element, shown: Sequence[tuple[Table, str]], style: Style) -> None:
    """Compare the tables and lists of a page with those of its document, cell by cell."""
    above = accumulate((len(table.notes) for table, _ in shown), initial=0)
    grids = [
        (table, expected_grid(table, where, style, notes)) for (table, where), notes in zip(shown, above, strict=False)
    ]
    read = tables(root)
    wanted = [grid for table, grid in grids if table.layout == "table"]
    assert len(read) == len(wanted)
    for grid, found in zip(wanted, read, strict=True):
        assert_same(grid, found.rows)
    for _, grid in grids:
        assert len({len(row) for row in grid}) <= 1
    for table, grid in grids:
        if table.layout == "list":
            assert [one_space(" ".join(row)) for row in grid] in lists(root)


def assert_same(wanted: Sequence[object], found: Sequence[object]) -> None:
    """Compare two lists, and show the first few differences."""
    differing = [f"wanted {a!r}\n found {b!r}" for a, b in zip_longest(wanted, found) if a != b]
    assert not differing, "\n".join(differing[:5])
