"""Rules about the Markdown of pages and texts: broken links, headings, list items and rows of tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from sitegen.documents.fillings import id_of
from sitegen.facts.values import Link, Support
from sitegen.findings import Edit, Finding, Fix, did_you_mean, number_of
from sitegen.markdown.inline import parse_inline, plain
from sitegen.markdown.raw_page import MASK, RawPage, without_code
from sitegen.markdown.scanner import heading_at, scan_all
from sitegen.rules.context import LintContext, LintUnit, cached
from sitegen.rules.texts import TextProblem

# --- links ---------------------------------------------------------------------------

_TWICE = re.compile(r"\bhttps?:/*(?=https?:?/)", re.IGNORECASE)
_SPACED = re.compile(r"(?<!\\)\[[^\[\]]+\] \((?:https?://|/|#)[^()\s]*\)")
_NO_SLASHES = re.compile(r"(?<=\]\()(?P<scheme>https?)(?::/?(?![/\s)])|//)(?!https?:)", re.IGNORECASE)
_UNCLOSED = re.compile(r"(?<!\\)\[[^\[\]]+\]\((?:https?://|/|#)[^()\s]*(?=\s|$)(?![^()]*\))")


def broken_links(unit: LintUnit) -> Iterator[Finding]:
    """A link with a malformed target, or with the id of a heading that no page has.

    On pages only malformed links: other checks report targets that do not exist.
    """
    ids = _heading_ids(unit.context)
    for text in unit.fact_texts:
        for problem in _broken_links(text.text, ids) if text.is_markdown else ():
            yield problem.in_fact("broken-link", unit, text)
    for record in unit.records:
        for place, value in record.all_items:
            target = value.text if isinstance(value, Link) else value.link if isinstance(value, Support) else ""
            for problem in _broken_target(target, ids) if target else ():
                yield Finding("broken-link", problem.message, place, problem.hint, subject=record.subject)
    for page in unit.pages:
        for number, line in enumerate(page.without_code, 1):
            if "](" in line or "] (" in line or "http" in line:
                for problem in _malformed_links(line):
                    yield problem.on_page("broken-link", page, number, line)


def _broken_links(text: str, ids: list[re.Pattern[str]]) -> Iterator[TextProblem]:
    yield from _malformed_links(without_code(text))
    for span in scan_all(text) if "](" in text else ():
        if span.target:
            group = "angle" if span.target["bare"] is None else "bare"
            target, start = span.target[group], span.text[1] + 1 + span.target.start(group) - span.target.start()
            for problem in _broken_target(target, ids) if not _TWICE.search(target) else ():
                yield problem._replace(start=start)


def _broken_target(target: str, ids: list[re.Pattern[str]]) -> Iterator[TextProblem]:
    """The problem of a target: a repeated scheme, or an id that no heading has."""
    if _TWICE.match(target):
        yield from list(_repeated_schemes(target))[:1]
        return
    id_ = unquote(target[1:]) if target.startswith("#") else ""
    if id_ and id_ != "top" and not any(pattern.fullmatch(id_) for pattern in ids):
        plain = (pattern.pattern.removesuffix("(?:-[0-9]+)?").replace("\\", "") for pattern in ids)
        hint = did_you_mean(id_, [known for known in plain if ".*" not in known])
        yield TextProblem(0, len(target), f"no page has a heading with the id '{id_}'", hint)


def _malformed_links(text: str) -> Iterator[TextProblem]:
    problems = (
        (_SPACED, "this is not a link, because of the space before its target", "remove the space"),
        (_UNCLOSED, "the target of this link is not closed", "close it with ')'"),
    )
    for pattern, message, hint in problems:
        for match in pattern.finditer(text):
            yield TextProblem(match.start(), len(match.group()), message, hint)
    for match in _NO_SLASHES.finditer(text):
        message, hint = "the address has no '://' after its scheme", f"write '{match['scheme']}://'"
        yield TextProblem(match.start(), len(match.group()), message, hint)
    yield from _repeated_schemes(text)


def _repeated_schemes(text: str) -> Iterator[TextProblem]:
    for match in _TWICE.finditer(text):
        message, hint = "the address has its scheme twice", f"remove '{match.group()}'"
        yield TextProblem(match.start(), len(match.group()), message, hint)


_TEMPLATE = re.compile(r"<<.*?>>|<%.*?%>")
_ID = re.compile(r"""\bid\s*=\s*["']([^"']+)["']|\{#([\w-]+)""")


@cached
def _heading_ids(context: LintContext) -> list[re.Pattern[str]]:
    """The ids of headings, tables and tags of pages. A value in a heading may be any text.

    A page that cannot be read may have any id, and so may pages of other sites that include partials.
    """
    unread = {file for file in context.pages if "/_" not in file} - {page.file for page in context.site.pages}
    if context.site.settings.partials or unread:
        return [re.compile(".*")]
    found = {r"(?:table|list)-.*"}
    for page in context.pages.values():
        for line in page.lines:
            heading = heading_at(line)
            if heading:
                parts = [plain(parse_inline(part, bool), str) for part in _TEMPLATE.split(heading.text)]
                found.add(".*".join(re.escape(id_of(part)) for part in parts) or "heading")
            found.update(re.escape(one or other) for one, other in _ID.findall(line))
    return [re.compile(rf"{pattern}(?:-[0-9]+)?") for pattern in sorted(found)]


# --- headings, list items, rows of tables --------------------------------------------

_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]+[.)])(?:\s|$)")


def empty_bullets(unit: LintUnit) -> Iterator[Finding]:
    """A list item without text."""
    for page in unit.pages:
        for number, line in enumerate(page.without_templates, 1):
            if re.fullmatch(r"\s*[-*+][ \t]*", line) and _is_empty_item(page, number, line):
                after = page.lines[number] if number < len(page.lines) else ""
                kept = "\n" if after.strip() and not _ITEM.match(after) else ""
                fix = Fix("remove it", (Edit(page.file, (number, 1), (number + 1, 1), kept),))
                place = page.place(number, len(line) - len(line.lstrip()), 1)
                yield Finding("empty-bullet", "this list item is empty", place, "remove it", fix=fix)


def _is_empty_item(page: RawPage, number: int, line: str) -> bool:
    """Whether a bullet has no text on the next line, and is not the underline of a heading."""
    before = page.with_code[number - 2].strip(MASK) if number > 1 else ""
    after = page.lines[number] if number < len(page.lines) else ""
    inside = len(line) - len(line.lstrip()) + (not after.startswith(" "))
    if after.strip() and len(after) - len(after.lstrip()) > inside:
        return False
    is_text = before.strip() and not _ITEM.match(before) and not before.startswith((" ", "\t"))
    return not (is_text and line.strip() == "-")


def skipped_levels(unit: LintUnit) -> Iterator[Finding]:
    """A heading more than one level below the one before. The title of a page is of the first level."""
    for page in unit.pages:
        # If the first headings of a page are all of the third level, that is its own first level.
        has_title = not page.file.rpartition("/")[2].startswith("_")
        before = 1 if has_title and any(heading.level == 2 for _, heading in page.headings) else 0
        includes = ((number, None) for number, _ in page.includes)
        for number, heading in sorted([*page.headings, *includes], key=lambda found: found[0]):
            if heading is not None and 0 < before < heading.level - 1:
                message = f"this heading has level {heading.level}, but the previous one has level {before}"
                place = page.place(number, heading.column, heading.level)
                yield Finding("skipped-level", message, place, f"write '{'#' * (before + 1)}'")
            before = heading.level if heading else 0  # an included file may have headings


def ragged_rows(unit: LintUnit) -> Iterator[Finding]:
    """A row of a Markdown table without its closing pipe, or with another number of cells than the header."""
    for page in unit.pages:
        for table in page.tables:
            for line, cells in table.rows:
                text = page.lines[line - 1]
                end = len(text.rstrip())
                place = page.place(line, len(text) - len(text.lstrip()), len(text.strip()))
                if len(cells) != len(table.header):
                    actual, expected = (number_of(len(row), "cell") for row in (cells, table.header))
                    message = f"this row has {actual}, but the header has {expected}"
                    yield Finding("ragged-row", message, place, "write a cell for each column")
                elif table.closed and text[end - 1] != "|":
                    fix = Fix("close it", (Edit(page.file, (line, end + 1), (line, len(text) + 1), " |"),))
                    yield Finding("ragged-row", "this row does not end with '|'", place, "close it", fix=fix)
