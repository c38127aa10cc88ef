"""Rules about repetition: alternatives that change nothing, one thing as two records, two pages that differ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from itertools import chain, combinations
from typing import TYPE_CHECKING, TypeVar

from sitegen.facts.alternatives import Alternative, Varying
from sitegen.facts.datasets import LINKS, Dataset, Record
from sitegen.facts.values import Value, Versions
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import parse_versions
from sitegen.findings import Finding, Place
from sitegen.rules.fixes import without_alternative
from sitegen.rules.parts import Common, Part, overlap, period_of_file, periods, title_field

if TYPE_CHECKING:
    from sitegen.markdown.raw_page import TypedTable
    from sitegen.tables.definitions import Column, Rows

T = TypeVar("T")


def same_values(part: Part) -> Iterator[Finding]:
    """An alternative in a record or a table that is equal to what applies without it."""
    for record in part.records:
        for fact in record.facts.values():
            if len(fact.alternatives) > 1:
                yield from _same(part, fact, lambda value: value, record.subject)
    for text in part.table_texts:
        yield from _same(part, text, lambda template: template.source)
    for table in part.tables:
        if table.rows is not None:
            yield from _same(part, table.rows, _ids)


def _ids(rows: ReadOnly[str, Rows]) -> object:
    return {name: [[scalar.text for scalar in group] for group in found.groups] for name, found in rows.items()}


def _same(
    part: Part, varying: Varying[T], key: Callable[[T], object], subject: tuple[str, str] | None = None
) -> Iterator[Finding]:
    found = _redundant(varying, key)
    if found is not None:
        alternative, before = found
        message = f"this value is equal to the one at {before.place}, which it replaces"
        place = alternative.place
        fix = without_alternative(part.lines_of(place.file), place, alone=len(varying.alternatives) == 2)
        yield Finding("same-value", message, place, "remove it", subject=subject, fix=fix)


def _redundant(varying: Varying[T], key: Callable[[T], object]) -> tuple[Alternative[T], Alternative[T]] | None:
    """An alternative without which the same would apply for everyone on every day, and the one that would apply."""
    alternatives = varying.alternatives
    if not 1 < len(alternatives) <= 40:
        return None
    days = [date.min, *sorted({a.since for a in alternatives if a.since})]
    for index, alternative in enumerate(alternatives[1:], 1):
        equal = [a for a in alternatives[:index] if _like(a, alternative, key)]
        if equal and alternative.source is None:
            rest = Varying((*alternatives[:index], *alternatives[index + 1 :]))
            if all(_like(varying.at(ids, day), rest.at(ids, day), key) for ids in _contexts(varying) for day in days):
                return alternative, equal[-1]
    return None


def _contexts(varying: Varying[T]) -> list[frozenset[str]]:
    """The ids for which a value may differ: none, each that a scope names, and each two of these."""
    ids = sorted({id_ for alternative in varying.alternatives for id_ in alternative.scope})
    return [*map(frozenset, chain.from_iterable(combinations(ids, size) for size in range(3 if len(ids) <= 12 else 2)))]


def _like(one: Alternative[T] | None, other: Alternative[T] | None, key: Callable[[T], object]) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or (key(one.value) == key(other.value) and one.note == other.note)


def same_columns(part: Part) -> Iterator[Finding]:
    """Two columns of a table that have one header at the same time."""
    for table in part.tables:
        columns = table.columns if table.layout == "table" else ()
        for index, column in enumerate(columns):
            before = next((one for one in columns[:index] if _is_same(one, column)), None)
            if before is not None:
                message = f"two columns have the header '{_headers(column)[-1]}'"
                hint = f"remove one, or name it otherwise; the other is at {before.place}"
                yield Finding("same-column", message, column.place, hint)


def _is_same(one: Column, other: Column) -> bool:
    scopes = [{scalar.text for scalar in column.scope} for column in (one, other)]
    apart = all(scopes) and not scopes[0] & scopes[1]
    together = not apart and overlap((one.since, one.until), (other.since, other.until))
    return together and _headers(one) == _headers(other)


def _headers(column: Column) -> list[str]:
    return [alternative.value.source for alternative in column.header.alternatives]


# --- one thing as two records --------------------------------------------------------

_VALUES = ("support", "version", "stage", "lifecycle", "date", "link")
_MINIMUM = re.compile(r"(?:^|[._-])(?:min|minimum|since|first|required|requires|needs|lowest)(?:$|[._-])")


def two_values(part: Part) -> Iterator[Finding]:
    """One thing stated as two records with values that differ."""
    for one, other, dataset in part.once(_namesakes):
        differing = _differing(one, other, dataset)
        if differing:
            message = f"'{_name(other, dataset)}' is two records of {dataset.name}, and their '{differing[0]}' differs"
            place = other.alternatives(differing[0])[0].place
            hint = f"write one record, with 'for' and 'reason' where it differs; the other is at {one.place}"
            yield Finding("two-values", message, place, hint, subject=other.subject)


def same_records(part: Part) -> Iterator[Finding]:
    """Two records of one name whose values are the same."""
    for one, other, dataset in part.once(_namesakes):
        if not _differing(one, other, dataset):
            message = f"'{_name(other, dataset)}' is two records of {dataset.name}, which say the same"
            hint = f"keep one of the two; the other is at {one.place}"
            yield Finding("same-record", message, other.place, hint, subject=other.subject)


def _namesakes(part: Part) -> list[tuple[Record, Record, Dataset]]:
    """Two records of one dataset that only values of support distinguish, on a day on which both exist."""
    found = []
    for name, library in part.seen_by.items():
        dataset, field = part.datasets[name], part.common.titles.get(name)
        known: set[tuple[str, str]] = set()
        for records in _by_name(dataset, field) if field is not None and name != LINKS else ():
            for index, other in enumerate(records[1:8], 1):
                for one in records[:index]:
                    if (one.id, other.id) not in known and _one_thing(one, other, dataset, field or "", library):
                        known.add((one.id, other.id))
                        found.append((one, other, dataset))
                        break
    return found


def _by_name(dataset: Dataset, field: str) -> list[list[Record]]:
    """The records of each name that several have."""
    named = [
        (text, record)
        for record in dataset.records.values()
        for alternative in record.alternatives(field)
        if (text := _text(alternative)) is not None
    ]
    groups: dict[str, dict[str, Record]] = {}
    for name, record in named if len(dict(named)) < len(named) else ():
        groups.setdefault(name, {})[record.id] = record
    return [list(records.values()) for records in groups.values() if len(records) > 1]


def _text(alternative: Alternative[Value]) -> str | None:
    text: str | None = getattr(alternative.value, "text", None)
    return text if text is None else text.casefold()


def _one_thing(one: Record, other: Record, dataset: Dataset, field: str, library: str) -> bool:
    """Whether two records of one name are one thing: of that name on one day, and not distinguished by a field."""
    together = any(
        overlap(p.days, q.days)
        for p in periods(one, field, (library,))
        for q in periods(other, field, (library,))
        if isinstance(p.alternative.value, type(q.alternative.value)) and _text(p.alternative) == _text(q.alternative)
    )
    others = (name for name in dataset.fields if name != field)
    return together and not any(_distinguishes(name, one, other, dataset) for name in others)


def _distinguishes(field: str, one: Record, other: Record, dataset: Dataset) -> bool:
    """Whether two records are two things by a field, such as another edition or disjoint versions.

    A version shows which edition a record is of, where it is no minimum, or other values differ with it.
    """
    kind = dataset.fields[field]
    mine, theirs = ([alternative.value for alternative in record.alternatives(field)] for record in (one, other))
    if mine == theirs:
        return False
    if kind.name == "version" and not kind.ladder and mine and theirs:
        return not _MINIMUM.search(field) or len(_differing(one, other, dataset)) > 1
    if kind.name == "versions":
        sets = [(a.set, b.set) for a in mine for b in theirs if isinstance(a, Versions) and isinstance(b, Versions)]
        return bool(sets) and not any(a.common(b) for a, b in sets)
    return kind.name not in _VALUES


def _differing(one: Record, other: Record, dataset: Dataset) -> list[str]:
    """The fields that both records have, with other values, scopes or days."""
    both = (name for name in dataset.fields if name in one.facts and name in other.facts)
    return [name for name in both if _plain(one, name) != _plain(other, name)]


def _plain(record: Record, field: str) -> list[tuple[Value, frozenset[str], date | None]]:
    return [(a.value, a.scope, a.since) for a in record.alternatives(field)]


def _name(record: Record, dataset: Dataset) -> str:
    alternatives = record.alternatives(title_field(dataset) or "")
    return str(getattr(alternatives[-1].value if alternatives else None, "text", record.id))


# --- tables that were typed on several pages -----------------------------------------


def two_cells(part: Part) -> Iterator[Finding]:
    """The same row and column of typed tables on two pages of one day, with other versions."""
    known: dict[tuple[str, str], list[tuple[str, Place]]] = defaultdict(list)
    for source in part.pages:
        for table in source.tables:
            for line, row, column, text, start in _version_cells(table):
                place = source.place(line, start, len(text))
                for before, there in known[row, column]:
                    if not _agree(before, text) and there.file != source.file and _together(part.common, there, place):
                        message = f"'{row}' has {text} here and {before} at {there}"
                        yield Finding("two-values", message, place, "make it one fact, with a reason where it differs")
                        break
                known[row, column].append((text, place))


def _version_cells(table: TypedTable) -> Iterator[tuple[int, str, str, str, int]]:
    names = [cells[0].text for _, cells in table.rows if cells]
    for line, cells in table.rows:
        if not cells or names.count(cells[0].text) > 1:
            continue
        for header, cell in zip(table.header[1:], cells[1:], strict=False):
            if re.search("[0-9]", cell.text) and header.text:
                yield line, cells[0].text, header.text, cell.text, cell.column


def _agree(one: str, other: str) -> bool:
    if one == other:
        return True
    try:
        mine, theirs = parse_versions(one), parse_versions(other)
    except VersionError:
        return False
    return mine.covers(theirs) and theirs.covers(mine)


def _together(common: Common, one: Place, other: Place) -> bool:
    return overlap(period_of_file(common.site, one.file), period_of_file(common.site, other.file))
