"""Rules about what is said twice: alternatives that change nothing, one thing as two records, two pages that differ."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from typing import TypeVar

from sitegen.alternatives import Alternative, Varying
from sitegen.definitions import Column, Rows
from sitegen.facts import Dataset, Record
from sitegen.findings import Finding, Place
from sitegen.rules.markdown_source import TypedTable
from sitegen.rules.material import Material, View, contexts, overlap, period_of_file, periods, title_field
from sitegen.rules.yaml_edits import without_alternative
from sitegen.values import Lifecycle, Value, Versions
from sitegen.version_ranges import VersionError
from sitegen.versions import parse_versions

T = TypeVar("T")


def same_values(material: Material) -> Iterator[Finding]:
    """An alternative that is equal to what would hold without it."""
    for _, record in material.records():
        for fact in record.facts.values():
            yield from _same(material, fact, lambda value: value, (record.dataset, record.id))
    for table in material.site.tables.values():
        texts = [*(column.header for column in table.columns), table.caption] if table else []
        for text in texts:
            yield from _same(material, text, lambda template: template.source)
        yield from _same(material, table.rows if table else None, _ids)


def _ids(rows: ReadOnly[str, Rows]) -> object:
    return {name: [[scalar.text for scalar in group] for group in found.groups] for name, found in rows.items()}


def _same(
    material: Material, varying: Varying[T] | None, key: Callable[[T], object], subject: tuple[str, str] | None = None
) -> Iterator[Finding]:
    for alternative, before in _redundant(varying, key):
        message = f"this value is equal to the one at {before.place}, which it replaces"
        place = alternative.place
        count = len(varying.alternatives) if varying else 0
        fix = without_alternative(material.lines.get(place.file, []), place, alone=count == 2)
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


def same_columns(material: Material) -> Iterator[Finding]:
    """Two columns that stand side by side under one header."""
    for table in material.site.tables.values():
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


def two_values(material: Material) -> Iterator[Finding]:
    """One thing stated as two records, or in the tables of two pages, with values that differ."""
    for one, other, dataset in _namesakes(material):
        differing = _differing(one, other, dataset)
        if differing:
            name = _name(other, dataset)
            message = f"'{name}' is two records of {dataset.name}, and their '{differing[0]}' differs"
            first = other.facts[differing[0]].alternatives[0]
            hint = f"write one record, with 'for' and 'reason' where it differs; the other is at {one.place}"
            yield Finding("two-values", message, first.place, hint, subject=(other.dataset, other.id))
    yield from _between_pages(material)


def same_records(material: Material) -> Iterator[Finding]:
    """Two records of one name that say the same."""
    for one, other, dataset in _namesakes(material):
        if not _differing(one, other, dataset):
            message = f"'{_name(other, dataset)}' is two records of {dataset.name}, which say the same"
            hint = f"keep one of the two; the other is at {one.place}"
            yield Finding("same-record", message, other.place, hint, subject=(other.dataset, other.id))


def _namesakes(material: Material) -> Iterator[tuple[Record, Record, Dataset]]:
    """Two records of one dataset that nothing but values of support tells apart, on a day on which both exist."""
    seen: set[int] = set()
    for view in material.views:
        for dataset in view.datasets.values():
            field = title_field(dataset)
            if id(dataset) in seen or field is None or dataset.name == "links":
                continue
            seen.add(id(dataset))
            groups: dict[str, list[Record]] = defaultdict(list)
            for record in dataset.records.values():
                for name in {a.value.text for a in _alternatives(record, field) if hasattr(a.value, "text")}:
                    groups[name.casefold()].append(record)
            told: set[tuple[str, str]] = set()
            for records in groups.values():
                for index, other in enumerate(records[1:8], 1):
                    for one in records[:index]:
                        if (one.id, other.id) not in told and _one_thing(one, other, dataset, field, view):
                            told.add((one.id, other.id))
                            yield one, other, dataset
                            break


def _alternatives(record: Record, field: str) -> tuple[Alternative[Value], ...]:
    return record.facts[field].alternatives if field in record.facts else ()


def _one_thing(one: Record, other: Record, dataset: Dataset, field: str, view: View) -> bool:
    """Whether two records of one name are one thing: of that name on one day, and not told apart by what they are."""
    ids = (view.library,)
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
    return not any(_tells_apart(name, kind.name, one, other) for name, kind in dataset.fields.items() if name != field)


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


def _between_pages(material: Material) -> Iterator[Finding]:
    """Cells of typed tables: the same row and column on two pages that stand on one day, with other versions."""
    said: dict[tuple[str, str], list[tuple[str, Place]]] = defaultdict(list)
    for source in material.pages:
        for table in source.tables:
            for line, row, column, text, start in _version_cells(table):
                place = source.place(line, start, len(text))
                for before, there in said[row, column]:
                    if (
                        not _agree(before, text)
                        and there.file != source.file
                        and _stand_together(material, there, place)
                    ):
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


def _stand_together(material: Material, one: Place, other: Place) -> bool:
    return overlap(period_of_file(material.site, one.file), period_of_file(material.site, other.file))


def far_days(material: Material) -> Iterator[Finding]:
    """A day whose year lies far from that of every other day of the site."""
    days = [found for _, record in material.records() for found in _days(record)]
    count = Counter(day.year for day, _, _ in days)
    for day, place, most in days if len(days) > 4 else ():
        before = max((year for year in count if year < day.year), default=day.year)
        after = min((year for year in count if year > day.year), default=day.year)
        far = max(day.year - before - most, after - day.year - _EARLIER)
        if count[day.year] == 1 and day.year in (before, after) and far > 0:
            message = f"the day {day} lies years from every other"
            yield Finding("far-day", message, place, "is the year right?")


# How many years before and after all others are no slip; levels of support are planned for long.
_EARLIER, _LATER, _LEVEL_LATER = 12, 4, 12


def _days(record: Record) -> Iterator[tuple[date, Place, int]]:
    """The days of a record, their places, and how many years they may lie after all others."""
    leveled = False
    for varying in record.facts.values():
        for alternative in varying.alternatives:
            if alternative.since:
                yield alternative.since, alternative.place, _LATER
            value = alternative.value
            for level in value.levels if isinstance(value, Lifecycle) else ():
                leveled = True
                yield level.day, alternative.place, _LEVEL_LATER
    for day in (record.until, None if leveled else record.since):
        if day is not None:
            yield day, record.place, _LATER
