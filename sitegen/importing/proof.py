"""The proof: the new site is built in memory, and its pages are read back and compared with the imported ones."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from sitegen.build import Progress, Workers
from sitegen.build.link import link
from sitegen.build.pool import compile_units
from sitegen.build.project import Layout, Project
from sitegen.build.staging import MemoryStage
from sitegen.findings import Finding
from sitegen.formats.commonmark import to_html
from sitegen.frozen import frozen
from sitegen.importing.cells import normal, shape_of
from sitegen.importing.datasets import Grid
from sitegen.importing.markdown_reader import read_markdown
from sitegen.importing.model import SourceFile, SourceHeading, SourcePage, SourceTable
from sitegen.importing.site_writer import NewSite
from sitegen.site.loading import Texts


@frozen
class Proof:
    """The result of the proof: the number of equal cells, the columns and grids that differ, and why, and pages."""

    cells: int
    columns: Mapping[tuple[int, int], str]
    grids: Mapping[int, str]
    pages: Mapping[int, str]
    errors: tuple[Finding, ...]


def prove(site: NewSite, templates: Texts, pages: Sequence[SourcePage], grids: Sequence[Grid], day: date) -> Proof:
    """Build a site as of the first day of each edition, and read its pages back on the day that they begin.

    A page without a date is read on the last of these days, or on `day`.
    """
    texts = {**templates, **{name: text.encode() for name, text in site.files.items()}}
    last = max((page.source.since for page in pages if page.source.since), default=day)
    by_day: dict[date, list[int]] = {}
    for number, page in enumerate(pages):
        by_day.setdefault(page.source.since or last, []).append(number)
    columns: dict[tuple[int, int], str] = {}
    bad_grids: dict[int, str] = {}
    differing: dict[int, str] = {}
    errors: list[Finding] = []
    cells = 0
    for as_of, numbers in sorted(by_day.items()):
        files, findings = _built(texts, as_of, site.formats)
        errors += [finding for finding in findings if finding.severity == "error" or finding.code in site.relaxed]
        for number in numbers:
            if site.outputs[number] not in files:
                differing[number] = "it is not built"
                continue
            page = pages[number]
            kind = page.kind if page.kind not in ("rst", "html", "data") else "hugo"
            name = site.outputs[number]
            back = read_markdown(SourceFile(name, files[name], page.source.page), kind, lambda _: None)
            own = {grid.block: at for at, grid in enumerate(grids) if grid.page == number}
            raw = {block for block, at in own.items() if at not in site.shown}
            for at, found in _aligned(page, back, {block for block in own if block not in raw}):
                equal, different, reason = _compared(grids[own[at]], found)
                cells += equal
                columns |= {(own[at], column): why for column, why in different.items()}
                bad_grids |= {own[at]: reason} if reason else {}
            if problem := _difference(_words(page), _words(back)):
                differing[number] = problem
    return Proof(cells, columns, bad_grids, differing, tuple(errors))


def _built(texts: Texts, day: date, formats: tuple[str, ...]) -> tuple[dict[str, str], Sequence[Finding]]:
    """The files of a site, and the findings."""
    stage = MemoryStage({})
    project = Project(texts, {}, day, Layout(formats), ("meaning",))
    linked = link(project, compile_units(project, None, stage, Workers(1), Progress()), None, stage)
    return {path: data.decode() for path, (_, data) in stage.files.items() if path in linked.files}, linked.findings


def _aligned(page: SourcePage, back: SourcePage, shown: set[int]) -> Iterator[tuple[int, SourceTable | None]]:
    """The tables of a page that are facts, by the number of the block, each with the one that is read back."""
    found = [block for block in back.blocks if isinstance(block, SourceTable)]
    numbers = [number for number, block in enumerate(page.blocks) if isinstance(block, SourceTable)]
    if len(found) == len(numbers):
        yield from ((number, table) for number, table in zip(numbers, found, strict=True) if number in shown)
        return
    at = 0
    for number, block in enumerate(page.blocks):
        if not isinstance(block, SourceTable):
            continue
        table = found[at] if at < len(found) else None
        if number in shown:
            yield number, table
            at += 1
        elif table is not None and block.text.split()[:20] == table.text.split()[:20]:
            at += 1


def _compared(grid: Grid, back: SourceTable | None) -> tuple[int, dict[int, str], str]:
    """The number of equal cells, the columns that differ with a reason, and a reason if the whole table differs."""
    if back is None or back.problem:
        return 0, {}, "the new table cannot be read" + (f": {back.problem}" if back is not None else "")
    back = back.transposed() if grid.table.turned else back
    above = ("",) * len(grid.table.headers) if not grid.table.above else grid.table.above
    headers = [shape_of(cell.text).text for cell in grid.table.headers]
    headers = [f"{shape_of(top).text}: {text}" if top else text for top, text in zip(above, headers, strict=True)]
    if headers != [shape_of(cell.text).text for cell in back.headers]:
        return 0, {}, "its headers would change"
    rows = list(_rows(grid))
    if len(rows) != len(back.rows):
        return 0, {}, f"it has {len(rows)} rows, but the new table has {len(back.rows)}"
    different: dict[int, str] = {}
    equal = 0
    last: dict[int, str] = {}
    for (is_title, row), found in zip(rows, back.rows, strict=True):
        for at, (text, cell) in enumerate(zip(row, found, strict=True)):
            shown = cell.text
            if at + grid.sections in grid.spans:
                shown = last[at] = shown or last.get(at, "")
            if normal(text) == normal(shown):
                equal += not is_title
            else:
                column = 0 if is_title else at + grid.sections
                different.setdefault(column, f"{text!r} would become {shown!r}")
    return equal, different, ""


def _rows(grid: Grid) -> Iterator[tuple[bool, list[str]]]:
    """The texts of the rows, and of those that are titles of sections."""
    section = ""
    for row in zip(*grid.columns, strict=True):
        texts = [cell.text for cell in row]
        if grid.sections and texts[0] != section:
            section = texts[0]
            title = section if shape_of(section).marked else f"**{section}**"
            yield True, [title, *[""] * (len(texts) - 2)]
        yield False, texts[grid.sections :]


# --- prose ---------------------------------------------------------------------------


# Comments, and the signs of alerts, which each format writes in its own way.
_ALERT = re.compile(r"<!--.*?-->|\{/\*.*?\*/\}|\[!\w+\]|\{% /?alert.*?%\}|:::+(?:\w+(?:\[.*?\])?)?|!!! \w+", re.DOTALL)


def _words(page: SourcePage) -> list[str]:
    """The words of a page without its tables, with the targets of links and images."""
    parts = []
    is_first = True
    for block in page.blocks:
        if isinstance(block, SourceHeading):
            if not (is_first and block.level == 1 and block.text.strip() == page.title):
                parts.append(f"{'#' * block.level} {block.text}")
            is_first = False
        elif not isinstance(block, SourceTable) or (block.problem and not block.headers):
            parts.append(block.text)
    links = "".join(f"[{name}]: <{target}>\n" for name, target in page.links.items())
    shown = to_html("\n\n".join([*parts, links]))
    shown = _ALERT.sub(" ", shown)
    shown = re.sub(r"<(h\d)>", r" \1: ", shown)
    return html.unescape(re.sub(r"<(?!a |img )[^<>]*>", " ", shown)).split()


def _difference(before: list[str], after: list[str]) -> str:
    """The first difference of two texts; empty if there is none."""
    if before == after:
        return ""
    at = next(
        (at for at, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]),
        min(len(before), len(after)),
    )
    return f"'{' '.join(before[max(0, at - 2) : at + 5])}' becomes '{' '.join(after[max(0, at - 2) : at + 5])}'"
