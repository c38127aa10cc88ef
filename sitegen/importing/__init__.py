"""Import: existing pages and data become a site of facts, tables and pages.

    read       files -> pages: front matter and blocks, among them tables
    infer      the columns of tables become fields of datasets, with the most specific type that reads all values
    write      datasets, tables and pages become the files of a site
    prove      the site is built, and each page is read back; what differs gets a more general type, or stays as it was

May import: frozen, findings, source, languages, facts, markdown, documents, formats, site, rules, build.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import starmap
from typing import NamedTuple
from urllib.parse import urljoin

from sitegen.build import Progress
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import frozen
from sitegen.importing.arrangement import arranged
from sitegen.importing.cells import CODE_OR_ESCAPE, FOOTNOTE, has_html, is_expressible, lines_of, shape_of
from sitegen.importing.datasets import Grid, PlannedDataset, dataset_of, grid_of, grouped, id_of
from sitegen.importing.inference import SHORTCODE, plans
from sitegen.importing.kinds import read_page
from sitegen.importing.layouts import by_page, layout_of
from sitegen.importing.model import Kind, SourceBlock, SourceFile, SourceHeading, SourcePage, SourceTable
from sitegen.importing.proof import Proof, prove
from sitegen.importing.site_writer import NewSite, NewSiteWriter
from sitegen.rules import RULES
from sitegen.site.loading import Texts

_ROUNDS = 12


class Numbers(NamedTuple):
    """The numbers of an import: `raw` tables stay as they were; `cells` are those of the others, `proven` are equal."""

    pages: int
    tables: int
    raw: int
    cells: int
    proven: int
    typed: int


@frozen
class Imported:
    """A new site: its files by name, its datasets, the numbers of the report, and what was found."""

    files: Mapping[str, str]
    datasets: tuple[PlannedDataset, ...]
    numbers: Numbers
    findings: tuple[Finding, ...]


def import_site(
    sources: Sequence[SourceFile],
    day: date,
    templates: Texts | None = None,
    progress: Progress | None = None,
    base: str = "",
) -> Imported:
    """The site that some files become.

    `day` is the date on which pages without a date are compared. `base` is the address of the imported folder, at which
    relative links in tables begin.
    """
    progress = progress or Progress()
    findings: list[Finding] = []
    pages = _with_editions([*_pages(sources, base, progress, findings.append)], findings.append)
    grids = [
        grid_of(number, at, block)
        for number, page in enumerate(pages)
        for at, block in enumerate(page.blocks)
        if isinstance(block, SourceTable) and not block.problem
    ]
    raw = {at: problem for at, grid in enumerate(grids) if (problem := _problem(grid, pages[grid.page].kind))}
    if not pages:
        return Imported({}, (), Numbers(0, 0, 0, 0, 0, 0), tuple(findings))
    site, proof, datasets, raw = _proven(pages, grids, raw, templates or {}, day, progress)
    if lost := {
        pages[site.names[error.place.file]].source.name: error for error in proof.errors if _is_lost(site, error)
    }:
        again = import_site([each for each in sources if each.name not in lost], day, templates, progress, base)
        return replace(again, findings=(*starmap(_lost, lost.items()), *again.findings))
    tables = [block for page in pages for block in page.blocks if isinstance(block, SourceTable)]
    problems = [(table.place, table.problem) for table in tables if table.problem]
    problems += [(grids[at].table.place, problem) for at, problem in raw.items()]
    for place, problem in problems:
        findings.append(Finding("import-raw", f"this table is kept as it is: {problem}", place, severity="warning"))
    for number, difference in proof.pages.items():
        place, message = Place(pages[number].source.name, 1, 1), f"the text of the page changes: {difference}"
        findings.append(Finding("import-changed", message, place, severity="warning"))
    kept = [grid for at, grid in enumerate(grids) if at not in raw]
    findings += [*(change for grid in kept for change in grid.table.changes), *site.findings, *proof.errors]
    cells = sum(len(grid.table.rows) * len(grid.table.headers) for grid in kept)
    typed = sum(
        len(grids[column[0]].table.rows) - plan.verbatim
        for dataset in datasets
        for field in dataset.fields
        for column, plan in field.plans.items()
        if plan.is_typed
    )
    numbers = Numbers(len(pages), len(tables), len(problems), cells, proof.cells, typed)
    return Imported(site.files, tuple(datasets), numbers, tuple(findings))


def _is_lost(site: NewSite, error: Finding) -> bool:
    """Whether a page cannot be built because of an error in its text."""
    return error.place.file in site.names and error.code not in RULES


def _lost(name: str, error: Finding) -> Finding:
    message = f"this page is not imported: {error.message}"
    return Finding("import-lost", message, Place(name, 1, 1), error.hint, severity="warning")


def _pages(sources: Sequence[SourceFile], base: str, progress: Progress, report: Report) -> Iterator[SourcePage]:
    """The files as pages, with tables as facts need them."""
    progress.begin("reading")
    for number, source in enumerate(sources):
        progress.tick(number, len(sources))
        page = read_page(source, report)
        if page is not None:
            yield _arranged(_with_title(page, report), urljoin(base, source.page) if base else "")


def _proven(
    pages: Sequence[SourcePage],
    grids: Sequence[Grid],
    raw: dict[int, str],
    templates: Texts,
    day: date,
    progress: Progress,
) -> tuple[NewSite, Proof, list[PlannedDataset], dict[int, str]]:
    """The site whose pages are read back unchanged. What differs gets its next plan in each round, or is kept."""
    layout = layout_of([page.source.page for page in pages])
    skip: dict[tuple[int, int], int] = {}
    relaxed: set[str] = set()
    for number in range(_ROUNDS):
        progress.begin("inferring")
        groups = grouped([grid for at, grid in enumerate(grids) if at not in raw])
        kept = [at for at in range(len(grids)) if at not in raw]
        taken: set[str] = set()
        datasets = [dataset_of(grids, [kept[at] for at in group], taken, skip) for group in groups]
        site = NewSiteWriter(pages, grids, datasets, raw, layout, relaxed).site()
        if site.differs and layout.kind == "site":
            ids = {id_of(ident) for grid in grids for ident in grid.idents}
            layout = by_page([page.source.page for page in pages], ids)
            site = NewSiteWriter(pages, grids, datasets, raw, layout, relaxed).site()
        progress.begin("proving")
        proof = prove(site, templates, pages, grids, day)
        for finding in proof.errors:
            raw |= {at: finding.message for at in _at_fault(site, finding) if finding.code not in RULES}
        broken = {finding.code for finding in proof.errors if finding.code in RULES} - relaxed
        relaxed |= broken
        if not proof.columns and not proof.grids and not broken and not any(at in raw for at in site.shown):
            break
        raw |= proof.grids
        last = {column for d in datasets for f in d.fields for column in f.plans if f.first.type == "markdown"}
        for column, reason in proof.columns.items():
            if column in last or number > _ROUNDS - 3:
                raw[column[0]] = f"column {column[1] + 1}: {reason}"
            else:
                skip[column] = skip.get(column, 0) + 1
    return site, proof, datasets, raw


def _at_fault(site: NewSite, finding: Finding) -> Sequence[int]:
    """The grids that show the record with a finding."""
    above = site.files.get(finding.place.file, "").split("\n")[: finding.place.line]
    keys = (re.match(r"    ([\w.-]+):", line) for line in reversed(above))
    id_ = next((key[1] for key in keys if key), "")
    return site.records.get((finding.place.file, id_), ())


def _problem(grid: Grid, kind: Kind) -> str:
    """Why a table cannot be facts; empty if it can."""
    for column in grid.columns:
        for cell in column:
            if ("{{" in cell.text or "{%" in cell.text) and not SHORTCODE.fullmatch(cell.text.strip()):
                return f"the cell {cell.text!r} contains a tag"
            if kind == "mdx" and "{" in CODE_OR_ESCAPE.sub("", cell.text):
                return f"the cell {cell.text!r} contains an expression"
    for header, cells in zip(grid.headers, grid.columns, strict=True):
        if next(plans(header, [[cell.text for cell in cells]]), None) is None:
            odd = next((line for cell in cells for line in lines_of(cell.text) if not is_expressible(line)), "")
            return f"the cell {odd!r} contains HTML, or a link of another kind than those of facts"
    for head in grid.table.headers:
        text = " ".join(lines_of(head.text))
        if "{{" in text or "{%" in text or has_html(text) or "![" in text or FOOTNOTE.search(text):
            return f"the header {head.text!r} contains HTML, a tag, an image or a footnote"
    return ""


def _with_title(page: SourcePage, report: Report) -> SourcePage:
    """The page; its title is the name of the file if it has none."""
    if page.title.strip():
        return page
    title = re.sub(r"[-_]+", " ", page.source.page.rpartition("/")[2]).strip().capitalize() or "Page"
    message, place = f"the page has no title; it is now '{title}'", Place(page.source.name, 1, 1)
    report(Finding("import-changed", message, place, severity="notice"))
    return replace(page, title=title)


def _with_editions(pages: Sequence[SourcePage], report: Report) -> list[SourcePage]:
    """The pages; those of several dates with the same title and format are editions of one page."""
    groups: dict[tuple[str, str], list[SourcePage]] = {}
    for page in pages:
        if page.source.since and page.title:
            groups.setdefault((page.title, page.kind), []).append(page)
    names: dict[str, str] = {}
    for group in groups.values():
        first, days = group[0].source.page, {page.source.since for page in group}
        if len({page.source.page for page in group}) == len(group) == len(days) > 1:
            names |= {page.source.name: first for page in group}
            message = f"{len(group)} files with the title '{group[0].title}' are read as editions of the page '{first}'"
            hint = "to name pages, write PAGE=FILE@DATE"
            report(Finding("import-editions", message, Place(group[1].source.name, 1, 1), hint, severity="notice"))
    return [
        replace(page, source=replace(page.source, page=names.get(page.source.name, page.source.page))) for page in pages
    ]


def _arranged(page: SourcePage, address: str) -> SourcePage:
    """The page with tables as facts need them: with a caption, and with groups instead of blank first cells."""
    caption = page.title or "Table"
    blocks: list[SourceBlock] = []
    for block in page.blocks:
        if isinstance(block, SourceHeading) and shape_of(block.text).text:
            caption = shape_of(block.text).text
        if isinstance(block, SourceTable) and not block.problem:
            changes: list[Finding] = []
            table = arranged(block, caption, address, changes.append, is_data=page.kind == "data")
            blocks.append(replace(table, changes=tuple(changes)))
        else:
            blocks.append(block)
    return replace(page, blocks=tuple(blocks))
