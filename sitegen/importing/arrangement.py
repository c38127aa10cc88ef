"""Tables as pages write them to tables as facts need them. Each change is reported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sitegen.findings import Finding, Place, Report, Severity
from sitegen.importing.cells import is_expressible, lines_of, shape_of, with_addresses, with_superscripts, without_look
from sitegen.importing.columns import BLANKS, TYPES
from sitegen.importing.inference import plans
from sitegen.importing.model import Row, SourceCell, SourceTable

_ICON = re.compile(r" *(?<![\w:]):[a-z][\w+-]*:(?![\w:])")
_EMPHASIS = re.compile(r"^(\*\*|__|\*|_)(?=[^\s*_])([^*_]*[^\s*_])\1$")


def arranged(table: SourceTable, caption: str, address: str, report: Report, *, is_data: bool) -> SourceTable:
    """A table with a caption, sections for rows of a single bold cell, and groups for blank first cells.

    Data has no groups: what is blank there is blank. Relative links begin at the `address` of the page, if
    it has one.
    """
    table = _with_marks(replace(table, caption=table.caption or caption), report)
    table = _without_icons(table, report)
    table = _with_addresses(_without_blank_rows(table, report), address, report)
    table = _without_emphasis(table, report)
    if not table.sections:
        table = _with_sections(table, report)
    if _has_typed_rows(table):
        table = table.transposed()
        _notice(report, table.place, "each row has a type, but the columns do not; the new table is transposed")
    if 0 not in table.spans and not is_data:
        table = _with_groups(table, report)
    if table.wide:
        _notice(report, table.place, f"cells over several columns are repeated in each of them, such as '{table.wide}'")
    if not any(cell.text for cell in table.headers):
        _notice(report, table.place, "the table has no headers; those of the new table are blank")
    _report_look(table, report)
    for cell in table.headers:
        shape = shape_of(cell.text)
        if shape.marked or shape.code or shape.link:
            message = f"the header '{cell.text}' is written as text"
            severity: Severity = "warning" if shape.link or "](" in cell.text else "notice"
            report(Finding("import-changed", message, cell.place, severity=severity))
    for cell in (cell for row in table.rows for cell in row):
        if re.search(r"^\s*</?br|<br\s*/?>\s*(?:$|</?br)", cell.text, re.IGNORECASE) and lines_of(cell.text):
            _notice(report, cell.place, f"empty lines of the cell '{cell.text}' are omitted")
    return table


def _report_look(table: SourceTable, report: Report) -> None:
    """Report what cells looked like, as facts have no look."""
    if without_look(table.text) != table.text or re.search(r"<(?:div|p) (?!class=.line)(?:class|style)=", table.text):
        _notice(report, table.place, "the look of cells is omitted, such as the style of <span>, and so are comments")
    if re.search(r"<[uo]l\b", table.text):
        _notice(report, table.place, "lists in cells are written as lines, without bullets and numbers")
    if titles := {*re.findall(r"<(?:span|nobr)\b[^<>]*\btitle=[\"']([^\"'<>]+)", table.text)}:
        message = f"titles of <span> are omitted: {', '.join(map(repr, sorted(titles)))}"
        report(Finding("import-changed", message, table.place, severity="warning"))


def _notice(report: Report, place: Place, message: str) -> None:
    report(Finding("import-changed", message, place, severity="notice"))


def _with_marks(table: SourceTable, report: Report) -> SourceTable:
    """The table with marks of footnotes as signs."""
    raised = [tuple(replace(cell, text=with_superscripts(cell.text)) for cell in row) for row in _all_rows(table)]
    if raised != _all_rows(table):
        _notice(report, table.place, "marks of footnotes in <sup> are written as signs, such as ¹")
    return replace(table, headers=raised[0], rows=tuple(raised[1:]))


def _without_icons(table: SourceTable, report: Report) -> SourceTable:
    """The table without icons next to the text of a header, which is plain, such as `:octicons-link-16:`."""
    plain = [_ICON.sub("", cell.text) for cell in table.headers]
    texts = [text if shape_of(text).text else cell.text for text, cell in zip(plain, table.headers, strict=True)]
    for text, cell in zip(texts, table.headers, strict=True):
        if text != cell.text:
            _notice(report, cell.place, f"the icon of the header '{cell.text}' is omitted")
    pairs = zip(table.headers, texts, strict=True)
    return replace(table, headers=tuple(replace(cell, text=text) for cell, text in pairs))


def _without_blank_rows(table: SourceTable, report: Report) -> SourceTable:
    """The table without rows that only set others apart."""
    kept = [at for at, row in enumerate(table.rows) if any(cell.text for cell in row)]
    if not kept or len(kept) == len(table.rows):
        return table
    _notice(report, table.place, "blank rows are omitted")
    sections = tuple(table.sections[at] for at in kept) if table.sections else ()
    return replace(table, rows=tuple(table.rows[at] for at in kept), sections=sections)


def _all_rows(table: SourceTable) -> list[Row]:
    return [table.headers, *table.rows]


def _with_addresses(table: SourceTable, address: str, report: Report) -> SourceTable:
    """The table with absolute links; without an address, with links that are relative to each page that shows them."""
    rows = tuple(tuple(replace(cell, text=with_addresses(cell.text, address)) for cell in row) for row in table.rows)
    if rows != table.rows:
        message = f"relative links of the table are now absolute, beginning at {address}"
        hint = "" if address else "to share the facts with pages of other folders, make them absolute with --base"
        message = message if address else "relative links of the table begin with a dot"
        report(Finding("import-changed", message, table.place, hint, severity="notice"))
    return replace(table, rows=rows)


def _without_emphasis(table: SourceTable, report: Report) -> SourceTable:
    """The table without emphasis of all values of a column that have a type."""
    for at, header in enumerate(table.headers):
        texts = [row[at].text.strip() for row in table.rows]
        plain = [_EMPHASIS.sub(r"\2", text) for text in texts]
        is_same = all(one != other or one in BLANKS for one, other in zip(texts, plain, strict=True))
        if is_same and _typed([header.text, *plain], table):
            pairs = zip(table.rows, plain, strict=True)
            rows = ((*row[:at], replace(row[at], text=text), *row[at + 1 :]) for row, text in pairs)
            table = replace(table, rows=tuple(rows))
            _notice(report, header.place, f"the emphasis of all values below '{header.text}' is omitted")
    return table


def _typed(texts: Sequence[str], table: SourceTable) -> int:
    """The number of values of a column with a type, if it has several; its first text is the header."""
    about = " ".join([table.caption, *(cell.text for cell in table.headers)])
    plan = next(plans(shape_of(texts[0]).text, [texts[1:]], about=about), (None,))[0]
    found = sum(value is not None for value in plan.values) - plan.verbatim if plan and plan.type in TYPES else 0
    return found if found > 1 else 0


def _has_typed_rows(table: SourceTable) -> bool:
    """Whether its rows have types rather than its columns, below different headers."""
    headers, firsts = [cell.text for cell in table.headers[1:]], [row[0].text for row in table.rows]
    shapes = [shape_of(text) for text in firsts]
    repeated = any(len({*texts}) < len(texts) for texts in (headers, firsts))
    if table.above or table.spans or table.sections or len(headers) < 2 or repeated:
        return False
    if not all(headers) or any(shape.marked or shape.link or shape.code for shape in shapes):
        return False
    rows = [[cell.text for cell in row] for row in (table.headers, *table.rows)]
    straight = sum(_typed(column, table) for column in [*zip(*rows, strict=True)][1:])
    cells = sum(bool(text) for row in rows[1:] for text in row[1:])
    return straight * 3 < cells and sum(_typed(row, table) for row in rows[1:]) - straight > max(cells / 3, 3)


def _with_sections(table: SourceTable, report: Report) -> SourceTable:
    """The table without rows that have only a bold first cell, which are the titles of sections."""
    rows: list[Row] = []
    titles: list[str] = []
    title = ""
    for row in table.rows:
        found = re.fullmatch(r"(\*\*|__)([^*_]+)\1", row[0].text)
        if len(row) > 1 and found and not any(cell.text for cell in row[1:]):
            title = found[2].strip()
        else:
            rows.append(row)
            titles.append(title)
    different = {*titles} - {""}
    is_plain = all(is_expressible(each) and not shape_of(each).marked for each in different)
    if not different or not is_plain or len(different) < len(table.rows) - len(rows):  # two titles, or one twice
        return table
    _notice(report, table.place, f"rows with a single cell are read as titles of sections, such as '{min(different)}'")
    return replace(table, rows=tuple(rows), sections=tuple(titles))


def _with_groups(table: SourceTable, report: Report) -> SourceTable:
    """The table with the values of blank first cells, if these mean "as above"."""
    firsts = [row[0].text for row in table.rows]
    blank = [row for row in table.rows if not row[0].text]
    repeats = any(one and one == other for one, other in pairwise(firsts))
    if not blank or not firsts[0] or repeats or any(not any(cell.text for cell in row) for row in blank):
        return table
    rows: list[Row] = []
    for row in table.rows:
        rows.append(row if row[0].text else (SourceCell(rows[-1][0].text, row[0].place), *row[1:]))
    _notice(report, blank[0][0].place, f"blank first cells are read as the cell above, such as '{firsts[0]}'")
    return replace(table, rows=tuple(rows), spans=table.spans | {0})
