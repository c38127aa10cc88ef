"""Rules about repetition: redundant alternatives, duplicate records, Markdown tables that contradict each other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from itertools import chain, combinations, product
from typing import TypeVar

from sitegen.facts.alternatives import Alternative, Scope, Varying
from sitegen.facts.datasets import LINKS, Dataset, Record
from sitegen.facts.values import Link, Value
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import parse_versions
from sitegen.findings import Finding, Place
from sitegen.markdown.raw_page import MarkdownTable
from sitegen.rules.branches import version_sets
from sitegen.rules.context import LintUnit, Subject, cached, title_of
from sitegen.rules.fixes import without_alternative
from sitegen.rules.periods import overlap, period_of_file, periods
from sitegen.tables.columns import Column, source_of
from sitegen.tables.selections import RowSelection

T = TypeVar("T")
_Key = Callable[[T], object]


# --- alternatives --------------------------------------------------------------------


def same_values(unit: LintUnit) -> Iterator[Finding]:
    """An alternative in a record or a table that is equal to the value without it."""
    for record in unit.records:
        for fact in record.facts.values():
            if len(fact.alternatives) > 1:
                yield from _redundant(unit, fact, lambda value: value, record.subject)
    for text in unit.table_texts:
        yield from _redundant(unit, text, source_of)
    for table in unit.tables:
        if table.rows is not None:
            yield from _redundant(unit, table.rows, _ids)
        for varying in (table.layout, *(one for column in table.columns for one in column.varying if one)):
            yield from _redundant(unit, varying, source_of)


def _ids(rows: ReadOnly[str, RowSelection]) -> object:
    return {name: [[scalar.text for scalar in group] for group in found.groups] for name, found in rows.items()}


def _redundant(unit: LintUnit, varying: Varying[T], key: _Key[T], subject: Subject | None = None) -> Iterator[Finding]:
    """The first alternative without which the same value applies to everyone on every day."""
    alternatives = varying.alternatives
    if not 1 < len(alternatives) <= 40:
        return
    days = [date.min, *sorted({a.since for a in alternatives if a.since})]
    for index, alternative in enumerate(alternatives[1:], 1):
        equal = [a for a in alternatives[:index] if _are_equal(a, alternative, key)]
        if equal and alternative.source is None:
            rest = Varying((*alternatives[:index], *alternatives[index + 1 :]))
            contexts = ((ids, day) for ids in _contexts(varying) for day in days)
            if all(_are_equal(varying.at(ids, day), rest.at(ids, day), key) for ids, day in contexts):
                message = f"this value is equal to the one that it replaces, at {equal[-1].place}"
                place = alternative.place
                fix = without_alternative(unit.lines_of(place.file), place, alone=len(alternatives) == 2)
                yield Finding("same-value", message, place, "remove it", subject=subject, fix=fix)
                return


def _contexts(varying: Varying[T]) -> list[frozenset[str]]:
    """The contexts in which a value may differ: no id, the ids of each scope, and those of each pair of scopes."""
    parts = [alternative.scope.parts for alternative in varying.alternatives if alternative.scope.parts]
    chosen = sorted({tuple(sorted(ids)) for each in parts for ids in product(*each)})
    sizes = range(3 if len(chosen) <= 12 else 2)
    return [frozenset().union(*ids) for size in sizes for ids in combinations(chosen, size)]


def _are_equal(one: Alternative[T] | None, other: Alternative[T] | None, key: _Key[T]) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or (key(one.value) == key(other.value) and one.note == other.note)


# --- columns and links ---------------------------------------------------------------


def same_columns(unit: LintUnit) -> Iterator[Finding]:
    """Two columns of a table with the same header at the same time."""
    for table in unit.tables:
        columns = table.columns if any(one.value != "list" for one in table.layout.alternatives) else ()
        for index, column in enumerate(columns):
            before = next((other for other in columns[:index] if _are_same_column(other, column)), None)
            if before is not None:
                message = f"two columns have the header '{_headers(column)[-1]}'"
                hint = f"remove or rename one of them; the other is at {before.place}"
                yield Finding("same-column", message, column.place, hint)


def _are_same_column(one: Column, other: Column) -> bool:
    parts = product(one.scope.parts, other.scope.parts)
    apart = one.scope != other.scope and any(part.isdisjoint(others) for part, others in parts)
    together = not apart and overlap((one.since, one.until), (other.since, other.until))
    return together and _headers(one) == _headers(other) and _is_all(one) == _is_all(other)


def _is_all(column: Column) -> tuple[str, ...] | Column | None:
    """What a column goes across: the datasets if it shows all of their records, else itself."""
    if column.across is None:
        return None
    return column if column.across.rows or column.across.where else column.across.datasets


def _headers(column: Column) -> list[str]:
    return [alternative.value.source for alternative in column.header.alternatives]


_FEW = 4  # so many records with addresses of their own make one shared address a mistake


def same_links(unit: LintUnit) -> Iterator[Finding]:
    """Two records with the same address: one is a duplicate, or its address is wrong.

    In a dataset other than `links`, only if all other records have addresses of their own.
    """
    for name in unit.checked:
        dataset = unit.datasets[name]
        for field in (field for field, kind in dataset.fields.items() if kind.name == "link"):
            places: dict[str, list[tuple[Record, Place]]] = defaultdict(list)
            for record in dataset.records.values():
                for alternative in record.alternatives(field)[-1:]:
                    if isinstance(alternative.value, Link):
                        places[alternative.value.text].append((record, alternative.place))
            shared = [found for found in places.values() if len(found) > 1]
            is_mistake = len(shared) == 1 and len(shared[0]) == 2 and len(places) - len(shared) >= _FEW
            for (first, there), *others in shared if name == LINKS or is_mistake else ():
                for record, place in others:
                    if record.until is None and first.until is None:
                        message = f"'{first.id}' and '{record.id}' of {name} have the same address"
                        hint = f"remove one record, or correct the address; the other is at {there}"
                        yield Finding("same-link", message, place, hint, subject=record.subject)


# --- duplicate records ---------------------------------------------------------------

_VALUES = ("support", "version", "stage", "lifecycle", "date", "link")
_MINIMUM = re.compile(r"(?:^|[._-])(?:min|minimum|since|first|required|requires|needs|lowest)(?:$|[._-])")


def two_values(unit: LintUnit) -> Iterator[Finding]:
    """Two records of one thing with different values."""
    for one, other, dataset in _duplicates(unit):
        differing = _differing_fields(one, other, dataset)
        if differing:
            message = f"'{title_of(other, dataset)}' has two records in {dataset.name} with different '{differing[0]}'"
            place = other.alternatives(differing[0])[0].place
            hint = f"write one record, with 'for' and 'reason' where it differs; the other is at {one.place}"
            yield Finding("two-values", message, place, hint, subject=other.subject)


def same_records(unit: LintUnit) -> Iterator[Finding]:
    """Two records with the same name and values."""
    for one, other, dataset in _duplicates(unit):
        if not _differing_fields(one, other, dataset):
            message = f"'{title_of(other, dataset)}' has two equal records in {dataset.name}"
            hint = f"remove one of them; the other is at {one.place}"
            yield Finding("same-record", message, other.place, hint, subject=other.subject)


@cached
def _duplicates(unit: LintUnit) -> list[tuple[Record, Record, Dataset]]:
    """Pairs of records of one dataset that have the same name on one day, and are distinguished only by support."""
    found = []
    for name, library in unit.checked.items():
        dataset, field = unit.datasets[name], unit.context.titles.get(name)
        seen: set[tuple[str, str]] = set()
        for records in _by_name(dataset, field) if field is not None and name != LINKS else ():
            for index, other in enumerate(records[1:8], 1):
                for one in records[:index]:
                    if (one.id, other.id) not in seen and _are_one_thing(one, other, dataset, field or "", library):
                        seen.add((one.id, other.id))
                        found.append((one, other, dataset))
                        break
    return found


def _by_name(dataset: Dataset, field: str) -> list[list[Record]]:
    """The records of each name that several records have."""
    groups: dict[str, dict[str, Record]] = {}
    for record in dataset.records.values():
        for alternative in record.alternatives(field):
            if text := _text(alternative):  # records without a name are not one thing
                groups.setdefault(text, {})[record.id] = record
    return [list(records.values()) for records in groups.values() if len(records) > 1]


def _text(alternative: Alternative[Value]) -> str | None:
    text: str | None = getattr(alternative.value, "text", None)
    return text if text is None else text.casefold()


def _are_one_thing(one: Record, other: Record, dataset: Dataset, field: str, library: str) -> bool:
    """Whether two records have the same name on one day, and no field distinguishes them."""
    together = any(
        overlap(p.days, q.days)
        for p in periods(one, field, (library,))
        for q in periods(other, field, (library,))
        if isinstance(p.alternative.value, type(q.alternative.value)) and _text(p.alternative) == _text(q.alternative)
    )
    others = (name for name in dataset.fields if name != field)
    return together and not any(_distinguishes(name, one, other, dataset) for name in others)


def _distinguishes(field: str, one: Record, other: Record, dataset: Dataset) -> bool:
    """Whether a field shows that two records are two things, such as editions or disjoint versions.

    A version does so if it is not a minimum, or if other values differ, too.
    """
    kind = dataset.fields[field]
    mine, theirs = ([alternative.value for alternative in record.alternatives(field)] for record in (one, other))
    if mine == theirs:
        return False
    if kind.name == "version" and not kind.ladder and mine and theirs:
        return not _MINIMUM.search(field) or len(_differing_fields(one, other, dataset)) > 1
    if kind.name == "versions":
        sets = list(product(chain(*map(version_sets, mine)), chain(*map(version_sets, theirs))))
        releases = [(a, b) for a, b in sets if a.bare and b.bare and a.ranges != b.ranges]  # such as 24.04 and 24.04.2
        return bool(sets) and not any(a.common(b) for a, b in sets if (a, b) not in releases)
    return kind.name not in _VALUES


def _differing_fields(one: Record, other: Record, dataset: Dataset) -> list[str]:
    """The fields of both records with different values, scopes or days."""
    both = (name for name in dataset.fields if name in one.facts and name in other.facts)
    return [name for name in both if _comparable(one, name) != _comparable(other, name)]


def _comparable(record: Record, field: str) -> list[tuple[Value, Scope, date | None]]:
    return [(a.value, a.scope, a.since) for a in record.alternatives(field)]


# --- Markdown tables --------------------------------------------------------------------


def two_cells(unit: LintUnit) -> Iterator[Finding]:
    """The same row and column in Markdown tables of two pages of one day, with different versions."""
    site = unit.context.site
    seen: dict[tuple[str, str], list[tuple[str, Place]]] = defaultdict(list)
    for page in unit.pages:
        for table in page.tables:
            for line, row, column, text, start in _version_cells(table):
                place = page.place(line, start, len(text))
                for other, there in seen[row, column]:
                    days = period_of_file(site, there.file)
                    is_other = there.file != place.file and not _are_same_versions(other, text)
                    if is_other and overlap(days, period_of_file(site, place.file)):
                        message = f"'{row}' has {text} here but {other} at {there}"
                        hint = "define one fact, with a reason where it differs"
                        yield Finding("two-values", message, place, hint)
                        break
                seen[row, column].append((text, place))


def _version_cells(table: MarkdownTable) -> Iterator[tuple[int, str, str, str, int]]:
    """The cells with numbers: line, row, header, text, and the offset in the line."""
    names = [cells[0].text for _, cells in table.rows if cells]
    for line, cells in table.rows:
        if not cells or names.count(cells[0].text) > 1:
            continue
        for header, cell in zip(table.header[1:], cells[1:], strict=False):
            if re.search("[0-9]", cell.text) and header.text:
                yield line, cells[0].text, header.text, cell.text, cell.column


def _are_same_versions(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        mine, theirs = parse_versions(one), parse_versions(other)
    except VersionError:
        return False
    return mine.covers(theirs) and theirs.covers(mine)
