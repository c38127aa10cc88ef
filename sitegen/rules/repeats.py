"""Rules about what is said twice: alternatives that change nothing, one thing as two records, two pages that differ."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from datetime import date
from typing import TypeVar

from sitegen.alternatives import Alternative, Varying
from sitegen.definitions import Column, Rows
from sitegen.facts import LINKS, Dataset, Record
from sitegen.findings import Finding, Place
from sitegen.rules.markdown_source import TypedTable
from sitegen.rules.material import Common, Overview, Part, contexts, overlap, period_of_file, periods, title_field
from sitegen.rules.yaml_edits import without_alternative
from sitegen.values import Type, Value, Versions
from sitegen.version_ranges import VersionError
from sitegen.versions import parse_versions

T = TypeVar("T")


def same_values(part: Part) -> Iterator[Finding]:
    """An alternative that is equal to what would hold without it."""
    for record in part.records:
        for fact in record.facts.values():
            if len(fact.alternatives) > 1:
                yield from _same(part.lines_of, fact, lambda value: value, (record.dataset, record.id))


def same_headers(overview: Overview) -> Iterator[Finding]:
    """The same of headers, captions and rows of tables."""
    lines_of = overview.common.lines_of
    for table in overview.common.site.tables.values():
        texts = [*(column.header for column in table.columns), table.caption] if table else []
        for text in texts:
            yield from _same(lines_of, text, lambda template: template.source)
        yield from _same(lines_of, table.rows if table else None, _ids)


def _ids(rows: ReadOnly[str, Rows]) -> object:
    return {name: [[scalar.text for scalar in group] for group in found.groups] for name, found in rows.items()}


def _same(
    lines_of: Callable[[str], Sequence[str]],
    varying: Varying[T] | None,
    key: Callable[[T], object],
    subject: tuple[str, str] | None = None,
) -> Iterator[Finding]:
    for alternative, before in _redundant(varying, key):
        message = f"this value is equal to the one at {before.place}, which it replaces"
        place = alternative.place
        count = len(varying.alternatives) if varying else 0
        fix = without_alternative(lines_of(place.file), place, alone=count == 2)
        yield Finding("same-value", message, place, "remove it", subject=subject, fix=fix)


def _redundant(
    varying: Varying[T] | None, key: Callable[[T], object]
) -> Iterator[tuple[Alternative[T], Alternative[T]]]:
    """The alternatives without which the same would hold for everyone on every day, and what would hold instead."""
    alternatives = varying.alternatives if varying else ()
    if varying is None or not 1 < len(alternatives) <= 40:
        return
    days = [date.min, *sorted({a.since for a in alternatives if a.since})]
    for index, alternative in enumerate(alternatives[1:], 1):
        equal = [
            a for a in alternatives[:index] if key(a.value) == key(alternative.value) and a.note == alternative.note
        ]
        if not equal or alternative.source is not None:
            continue
        rest = Varying((*alternatives[:index], *alternatives[index + 1 :]))
        if all(_like(varying.at(ids, day), rest.at(ids, day), key) for ids in contexts(varying) for day in days):
            yield alternative, equal[-1]
            return


def _like(one: Alternative[T] | None, other: Alternative[T] | None, key: Callable[[T], object]) -> bool:
    if one is None or other is None:
        return one is other
    return one is other or (key(one.value) == key(other.value) and one.note == other.note)


def same_columns(overview: Overview) -> Iterator[Finding]:
    """Two columns that stand side by side under one header."""
    for table in overview.common.site.tables.values():
        columns = table.columns if table and table.layout == "table" else ()
        for index, column in enumerate(columns):
            for before in columns[:index]:
                scopes = [{scalar.text for scalar in one.scope} for one in (before, column)]
                apart = all(scopes) and not scopes[0] & scopes[1]
                together = not apart and overlap((before.since, before.until), (column.since, column.until))
                header = _headers(column)
                if together and header == _headers(before):
                    message = f"two columns have the header '{header[-1]}'"
                    hint = f"remove one, or name it otherwise; the other is at {before.place}"
                    yield Finding("same-column", message, column.place, hint)
                    break


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
            name = _name(other, dataset)
            message = f"'{name}' is two records of {dataset.name}, and their '{differing[0]}' differs"
            first = other.facts[differing[0]].alternatives[0]
            hint = f"write one record, with 'for' and 'reason' where it differs; the other is at {one.place}"
            yield Finding("two-values", message, first.place, hint, subject=(other.dataset, other.id))


def same_records(part: Part) -> Iterator[Finding]:
    """Two records of one name that say the same."""
    for one, other, dataset in part.once(_namesakes):
        if not _differing(one, other, dataset):
            message = f"'{_name(other, dataset)}' is two records of {dataset.name}, which say the same"
            hint = f"keep one of the two; the other is at {one.place}"
            yield Finding("same-record", message, other.place, hint, subject=(other.dataset, other.id))


def _namesakes(part: Part) -> list[tuple[Record, Record, Dataset]]:
    """Two records of one dataset that nothing but values of support tells apart, on a day on which both exist."""
    found = []
    for name, library in part.seen_by.items():
        dataset, field = part.datasets[name], part.common.titles.get(name)
        told: set[tuple[str, str]] = set()
        for records in _by_name(dataset, field) if field is not None and name != LINKS else ():
            for index, other in enumerate(records[1:8], 1):
                for one in records[:index]:
                    if (one.id, other.id) not in told and _one_thing(one, other, dataset, field or "", library):
                        told.add((one.id, other.id))
                        found.append((one, other, dataset))
                        break
    return found


def _by_name(dataset: Dataset, field: str) -> list[list[Record]]:
    """The records of each name that several have."""
    named = [
        (text.casefold(), record)
        for record in dataset.records.values()
        if (varying := record.facts.get(field)) is not None
        for alternative in varying.alternatives
        if (text := getattr(alternative.value, "text", None)) is not None
    ]
    groups: dict[str, dict[str, Record]] = {}
    for name, record in named if len(dict(named)) < len(named) else ():
        groups.setdefault(name, {})[record.id] = record
    return [list(records.values()) for records in groups.values() if len(records) > 1]


def _alternatives(record: Record, field: str) -> tuple[Alternative[Value], ...]:
    return record.facts[field].alternatives if field in record.facts else ()


def _one_thing(one: Record, other: Record, dataset: Dataset, field: str, library: str) -> bool:
    """Whether two records of one name are one thing: of that name on one day, and not told apart by what they are."""
    ids = (library,)
    days = [
        (p.since, p.until, q.since, q.until)
        for p in periods(one, field, ids)
        for q in periods(other, field, ids)
        if isinstance(p.alternative.value, type(q.alternative.value))
        and str(getattr(p.alternative.value, "text", "")).casefold()
        == str(getattr(q.alternative.value, "text", "")).casefold()
    ]
    if not any(overlap((a, b), (c, d)) for a, b, c, d in days):
        return False
    fields = {name: kind for name, kind in dataset.fields.items() if name != field}
    return not (
        any(_tells_apart(name, kind.name, one, other) for name, kind in fields.items())
        or any(_is_key(name, kind, one, other, dataset) for name, kind in fields.items())
    )


def _is_key(name: str, kind: Type, one: Record, other: Record, dataset: Dataset) -> bool:
    """Whether a version says which edition a record is of: it is no minimum, or other values differ with it."""
    mine, theirs = _said(one, name), _said(other, name)
    if kind.name != "version" or kind.ladder or not mine or not theirs or mine == theirs:
        return False
    return not _MINIMUM.search(name) or len(_differing(one, other, dataset)) > 1


def _tells_apart(name: str, kind: str, one: Record, other: Record) -> bool:
    """Whether a field says that two records are two things, as another edition or disjoint versions do."""
    mine, theirs = _said(one, name), _said(other, name)
    if kind in _VALUES or mine == theirs:
        return False
    if kind == "versions":
        sets = [
            (a.set, b.set)
            for a in mine or ()
            for b in theirs or ()
            if isinstance(a, Versions) and isinstance(b, Versions)
        ]
        return bool(sets) and not any(a.common(b) for a, b in sets)
    return True


def _said(record: Record, field: str) -> list[Value] | None:
    varying = record.facts.get(field)
    return None if varying is None else [alternative.value for alternative in varying.alternatives]


def _differing(one: Record, other: Record, dataset: Dataset) -> list[str]:
    return [
        name
        for name in dataset.fields
        if name in one.facts and name in other.facts and _plain(one, name) != _plain(other, name)
    ]


def _plain(record: Record, field: str) -> list[tuple[Value, frozenset[str], date | None]]:
    return [(a.value, a.scope, a.since) for a in record.facts[field].alternatives]


def _name(record: Record, dataset: Dataset) -> str:
    alternatives = _alternatives(record, title_field(dataset) or "")
    value = alternatives[-1].value if alternatives else None
    return str(getattr(value, "text", record.id))


# --- tables that were typed on several pages -----------------------------------------


def two_cells(overview: Overview) -> Iterator[Finding]:
    """The same row and column of typed tables on two pages that stand on one day, with other versions."""
    common = overview.common
    said: dict[tuple[str, str], list[tuple[str, Place]]] = defaultdict(list)
    for source in common.pages:
        for table in source.tables:
            for line, row, column, text, start in _version_cells(table):
                place = source.place(line, start, len(text))
                for before, there in said[row, column]:
                    if not _agree(before, text) and there.file != source.file and _stand_together(common, there, place):
                        message = f"'{row}' has {text} here and {before} at {there}"
                        yield Finding("two-values", message, place, "make it one fact, with a reason where it differs")
                        break
                said[row, column].append((text, place))


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


def _stand_together(common: Common, one: Place, other: Place) -> bool:
    return overlap(period_of_file(common.site, one.file), period_of_file(common.site, other.file))
