"""Rules about the Markdown of pages and texts: links that lead nowhere, headings, list items and rows of tables."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import unquote

from sitegen.documents.fillings import slug, slug_of_hugo
from sitegen.facts.datasets import LINKS, Dataset, Record
from sitegen.facts.values import Link, Support
from sitegen.findings import Edit, Finding, Fix, Place, did_you_mean, number_of
from sitegen.markdown.raw_page import MASK, without_code
from sitegen.markdown.scanner import heading_at

if TYPE_CHECKING:
    from sitegen.rules.parts import Common, Part

_FEW = 4  # records with addresses of their own, among which one that two share is a slip


def same_links(part: Part) -> Iterator[Finding]:
    """One address on two records: one of them is a copy, or has the address of the other.

    In a dataset other than `links`, only where all other records have an address of their own.
    """
    for name in part.seen_by:
        dataset = part.datasets[name]
        for field, kind in dataset.fields.items():
            if kind.name == "link":
                yield from _shared(dataset, field)


def _shared(dataset: Dataset, field: str) -> Iterator[Finding]:
    places: dict[str, list[tuple[Record, Place]]] = defaultdict(list)
    for record in dataset.records.values():
        for alternative in record.alternatives(field)[-1:]:
            if isinstance(alternative.value, Link):
                places[alternative.value.text].append((record, alternative.place))
    shared = [found for found in places.values() if len(found) > 1]
    alone = len(places) - len(shared)
    slip = len(shared) == 1 and len(shared[0]) == 2 and alone >= _FEW
    for (one, first), *others in shared if dataset.name == LINKS or slip else ():
        for record, place in others:
            if record.until is None and one.until is None:
                message = f"'{one.id}' and '{record.id}' of {dataset.name} have the same address"
                hint = f"keep one record, or correct the address; the other is at {first}"
                yield Finding("same-link", message, place, hint, subject=record.subject)


# --- targets that lead nowhere ---------------------------------------------------------

_TWICE = re.compile(r"\bhttps?:/*(?=https?:?/)", re.IGNORECASE)
_TARGET = re.compile(r"(?<!\\)\[[^\[\]]*\]\((?P<target>[^()\s]*(?:\([^()]*\)[^()\s]*)*)[^()]*\)")
_APART = re.compile(r"(?<!\\)\[[^\[\]]+\] \((?:https?://|/|#)[^()\s]*\)")
_SLASHES = re.compile(r"(?<=\]\()(?P<scheme>https?)(?::/?(?![/\s)])|//)(?!https?:)", re.IGNORECASE)
_OPEN = re.compile(r"(?<!\\)\[[^\[\]]+\]\((?:https?://|/|#)[^()\s]*(?=\s|$)(?![^()]*\))")


def broken_links(part: Part) -> Iterator[Finding]:
    """A link whose target cannot be one, or leads to a heading that no page has.

    On pages, a link that is not closed, or has its scheme twice: other checks know their targets.
    """
    ids = part.common.once(_ids)
    for statement in part.statements:
        for start, length, message, hint in _broken(statement.text, ids) if statement.markdown else ():
            place = part.place_in(statement, start, length)
            yield Finding("broken-link", message, place, hint, subject=statement.subject)
    linked = part.common.once(_linked_fields)
    for record in part.records:
        for alternative in (a for field in linked[record.dataset] for a in record.alternatives(field)):
            value = alternative.value
            target = value.text if isinstance(value, Link) else value.link if isinstance(value, Support) else ""
            problem = _problem(target, ids) if target else None
            if problem:
                yield Finding("broken-link", problem[0], alternative.place, problem[1], subject=record.subject)
    for source in part.pages:
        for number, line in enumerate(source.without_code, 1):
            if "](" in line or "] (" in line or "http" in line:
                for start, length, message, hint in _malformed(line):
                    yield Finding("broken-link", message, source.place(number, start, length), hint)


def _linked_fields(common: Common) -> dict[str, list[str]]:
    """For each dataset the fields whose values may have an address."""
    return {
        name: [field for field, kind in dataset.fields.items() if kind.name in ("link", "support", "stage")]
        for name, dataset in common.shared.items()
    }


_Found = tuple[int, int, str, str]


def _broken(text: str, ids: list[re.Pattern[str]]) -> Iterator[_Found]:
    """What is wrong with the links of a text of Markdown: where, how long, a message and a hint."""
    text = without_code(text)
    yield from _malformed(text)
    for match in _TARGET.finditer(text) if "](" in text else ():
        target = match["target"]
        problem = _problem(target, ids)
        if problem and not _TWICE.search(target):
            yield match.start("target"), max(1, len(target)), *problem


def _problem(target: str, ids: list[re.Pattern[str]]) -> tuple[str, str] | None:
    """A message and a hint about a target, or None."""
    if _TWICE.match(target):
        return next(((message, hint) for _, _, message, hint in _twice(target)), None)
    id_ = unquote(target[1:]) if target.startswith("#") else ""
    if id_ and id_ != "top" and not any(pattern.fullmatch(id_) for pattern in ids):
        plain = (pattern.pattern.removesuffix("(?:-[0-9]+)?").replace("\\", "") for pattern in ids)
        hint = did_you_mean(id_, [known for known in plain if ".*" not in known])
        return f"no page has a heading with the id '{id_}'", hint
    return None


def _malformed(text: str) -> Iterator[_Found]:
    for match in _APART.finditer(text):
        yield match.start(), len(match.group()), "this is not a link: a blank is before its target", "remove the blank"
    for match in _OPEN.finditer(text):
        yield match.start(), len(match.group()), "the target of this link is not closed", "close it with ')'"
    for match in _SLASHES.finditer(text):
        message, hint = "the address lacks '://' behind its scheme", f"write '{match['scheme']}://'"
        yield match.start(), len(match.group()), message, hint
    yield from _twice(text)


def _twice(text: str) -> Iterator[_Found]:
    for match in _TWICE.finditer(text):
        yield match.start(), len(match.group()), "the address has its scheme twice", f"remove '{match.group()}'"


# --- the ids of headings ---------------------------------------------------------------

_VALUE = re.compile(r"<<.*?>>|<%.*?%>")
_ID = re.compile(r"""\bid\s*=\s*["']([^"']+)["']|\{#([\w-]+)""")


def _ids(common: Common) -> list[re.Pattern[str]]:
    """The ids that headings, tables and tags of pages have. A value in a heading may be any text.

    A page that cannot be read may have any id, and so may the pages of others that include partials.
    """
    unread = {file for file in common.pages if "/_" not in file} - {page.file for page in common.site.pages}
    if common.site.settings.partials or unread:
        return [re.compile(".*")]
    found = {r"(?:table|list)-.*"}
    for source in common.pages.values():
        for line in source.lines:
            heading = heading_at(line)
            if heading:
                parts = _VALUE.split(heading.text)
                found.add(re.escape(slug(parts[0])) if len(parts) == 1 else ".*".join(map(_part_of_slug, parts)))
                found.add(".*".join(re.escape(slug_of_hugo(part)) for part in parts))
            found.update(re.escape(one or other) for one, other in _ID.findall(line))
    return [re.compile(rf"{pattern}(?:-[0-9]+)?") for pattern in sorted(found)]


def _part_of_slug(text: str) -> str:
    return re.escape(re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-"))


# --- headings, list items, rows --------------------------------------------------------

_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]+[.)])(?:\s|$)")


def empty_bullets(part: Part) -> Iterator[Finding]:
    """A list item without a text."""
    for source in part.pages:
        for number, line in enumerate(source.lines, 1):
            if not re.fullmatch(r"\s*[-*+][ \t]*", line):
                continue
            before = source.with_code[number - 2].strip(MASK) if number > 1 else ""
            after = source.lines[number] if number < len(source.lines) else ""
            inside = len(line) - len(line.lstrip()) + 1
            if after.strip() and len(after) - len(after.lstrip()) > inside - 1 + (not after.startswith(" ")):
                continue  # its text is below
            if (
                before.strip()
                and not _ITEM.match(before)
                and line.strip() == "-"
                and not before.startswith((" ", "\t"))
            ):
                continue  # the line below a heading
            keep = "\n" if after.strip() and not _ITEM.match(after) else ""
            fix = Fix("remove it", (Edit(source.file, (number, 1), (number + 1, 1), keep),))
            place = source.place(number, len(line) - len(line.lstrip()), 1)
            yield Finding("empty-bullet", "this list item says nothing", place, "remove it", fix=fix)


def skipped_levels(part: Part) -> Iterator[Finding]:
    """A heading more than one level below the one before. A page has its title above, of the first level."""
    for source in part.pages:
        levels = [heading.level for _, heading in source.headings]
        # A page whose first headings are all of the third level has that as its own first one.
        titled = not source.file.rpartition("/")[2].startswith("_") and 2 in levels
        before = 1 if titled else 0
        includes = ((number, None) for number, _ in source.includes)
        for number, heading in sorted([*source.headings, *includes], key=lambda found: found[0]):
            if heading is None:
                before = 0  # what is included may have headings
            else:
                level = heading.level
                if 0 < before < level - 1:
                    message = f"this heading is of level {level}, below one of level {before}"
                    place = source.place(number, heading.column, level)
                    yield Finding("skipped-level", message, place, f"write '{'#' * (before + 1)}'")
                before = level


def ragged_rows(part: Part) -> Iterator[Finding]:
    """A row of a typed table without its closing pipe, or with another number of cells than the header."""
    for source in part.pages:
        for table in source.tables:
            for line, cells in table.rows:
                text = source.lines[line - 1]
                start = len(text) - len(text.lstrip())
                closed = text.rstrip().endswith("|")
                if len(cells) != len(table.header):
                    own, wanted = (number_of(len(row), "cell") for row in (cells, table.header))
                    message = f"this row has {own}, and its table {wanted}"
                    yield Finding("ragged-row", message, source.place(line, start, len(text.strip())), "say each cell")
                elif table.closed and not closed:
                    end = len(text.rstrip())
                    fix = Fix("close it", (Edit(source.file, (line, end + 1), (line, len(text) + 1), " |"),))
                    place = source.place(line, start, len(text.strip()))
                    yield Finding("ragged-row", "this row does not end with '|'", place, "close it", fix=fix)
