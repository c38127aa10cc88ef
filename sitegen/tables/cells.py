"""Values as spans of a cell, with the notation, the words and the date format of the column."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from sitegen.evaluation.context import display
from sitegen.facts.lifecycles import day_in_words, end_in_words
from sitegen.facts.schemes import PEP440
from sitegen.facts.values import (
    Day,
    Level,
    Lifecycle,
    List,
    Qualified,
    Support,
    Value,
    Versions,
    items_in,
    level_label,
    unqualified,
)
from sitegen.facts.version_ranges import Range, VersionPart, normalize
from sitegen.facts.versions import VersionSet, notation, unite
from sitegen.languages.catalogue import Language
from sitegen.tables.columns import Column
from sitegen.tables.grids import NONE, Line, Span, plain_text
from sitegen.tables.rows import TableRow


def ranges_of(value: Value) -> tuple[Range, ...]:
    """The versions in a value as sorted ranges; empty if it contains none.

    A single version in a field of type `version` or `support` is a minimum: it includes all later versions.
    """
    if isinstance(value, List):
        return normalize([versions for item in value.items for versions in ranges_of(item)])
    value = unqualified(value)
    if isinstance(value, Versions):
        return _searchable(value.set.as_minimum if value.single else value.set)
    return _searchable(value.versions) if isinstance(value, Support) and value.versions is not None else ()


def _searchable(versions: VersionSet) -> tuple[Range, ...]:
    """The ranges of a set if numbers that readers type can be compared with them: plain ones, or those of PEP 440."""
    if versions.scheme == PEP440:
        return versions.ranges
    ends = (end.version for part in versions.ranges for end in part if end is not None)
    is_plain = versions.scheme.is_numeric and not any(end.is_prerelease or end.local for end in ends)
    return versions.ranges if is_plain else ()


def version_spans(versions: VersionSet, column: Column, *, written: bool = False) -> tuple[Span, ...]:
    """Versions as code or as text, in the notation of the column or as `written` by the author."""
    versions = versions if written else notation(versions, column.presentation.notation)
    code = versions.compares if column.presentation.code is None else column.presentation.code
    spans: list[Span] = []
    for part in versions.parts:
        if part.separator:
            spans.append(Span("text", part.separator))
        text = _with_sign(part, column.presentation.ranges)
        spans.append(Span("code" if code else "unbroken" if _BREAK.search(text) else "text", text))
    return tuple(spans)


_BREAK = re.compile(r"[\s-]")  # where browsers may break a line
# A range from one version to another. A single version may contain a hyphen, too, but then its lower end does.
_RANGE = re.compile(r"(?P<low>\S+?)(?:\s*[-\u2013\u2014]+\s*|\s+(?:to|through)\s+)(?P<high>\S+)")


def _with_sign(part: VersionPart, sign: str) -> str:
    """A part of a set of versions, with the range sign of the column if it is a range."""
    match, low = (_RANGE.fullmatch(part.text), part.ranges[0].low) if sign else (None, None)
    return f"{match['low']}{sign}{match['high']}" if match and low and low.text == match["low"] else part.text


def merged_versions(column: Column, rows: list[TableRow]) -> tuple[Line, ...] | None:
    """The lines of a cell for several rows: the union of their versions; None if that is not one range."""
    sets = []
    field = column.fields[0]
    for row in rows:
        record = next(record for record in row.records if record.dataset == field.dataset)
        alternative = row.alternative(record, field.path[0]) if len(field.path) == 1 else None
        if alternative is None or not isinstance(alternative.value, Versions) or alternative.value.single:
            return None
        sets.append(alternative.value.set)
    union = unite(sets)
    return (Line(0, version_spans(union, column), union.ranges),) if union is not None else None


def support_spans(value: Support, column: Column, language: Language) -> tuple[Span, ...]:
    """A state with its versions, date and link."""
    label = _state_span(value.state, column, language, value.name)
    if value.versions is None:
        spans: tuple[Span, ...] = (label,)
    elif value.state == "yes":
        spans = version_spans(value.versions, column)
    else:
        spans = (label, Span("text", " ("), *version_spans(value.versions, column), Span("text", ")"))
    if value.on is not None:
        spans = (*spans, Span("text", " "), Span("unbroken", f"({day_text(value.on, column, language)})"))
    if value.link:
        spans = tuple(replace(span, target=value.link) for span in spans)
    return tuple(span for span in spans if span.text or span.kind == "state")


def with_condition(value: tuple[Span, ...], condition: Span, column: Column) -> tuple[Span, ...]:
    """A value and its condition, in the pattern of the column."""
    before, between, after, value_first = column.presentation.when
    first, second = (value, (condition,)) if value_first else ((condition,), value)
    spans = (Span("text", before), *first, Span("text", between), *second, Span("text", after))
    return tuple(span for span in spans if span.text)


def notes_in(value: Value) -> list[Qualified]:
    """The items of a value that have notes of their own."""
    return [item for item in items_in(value) if isinstance(item, Qualified) and item.note]


def _state_span(state: str, column: Column, language: Language, name: str = "") -> Span:
    own = level_label(state, name) if name else None
    words = column.presentation.words.get(name or state, own)
    return Span("state", state, words=words, name=language.label(state))


def named_level(level: Level, column: Column) -> Level:
    """A level with the word of a column as its name, if the column has one; a sign such as a check mark is none."""
    word = column.presentation.words.get(level.key, "")
    return replace(level, name=word) if any(map(str.isalpha, word)) else level


def none_spans(column: Column) -> tuple[Span, ...]:
    """The words of a column for the value `none`; empty if it has none."""
    return (Span("state", NONE, words=column.presentation.words[NONE]),) if column.presentation.words.get(NONE) else ()


def day_text(value: Day, column: Column, language: Language) -> str:
    """A date in the style of the column."""
    return day_in_words(value, language, column.presentation.dates)


def text_of_other(column: Column, language: Language, value: Value) -> str:
    """Another value in a cell of a column: dates and ranges as in the column, the rest as in sentences."""
    if isinstance(value, Day):
        return day_text(value, column, language)
    if isinstance(value, Versions):
        return plain_text(version_spans(value.set, column, written=True))
    return display(value, language)


def lifecycle_spans(value: Lifecycle, column: Column, day: date, language: Language) -> tuple[Span, ...]:
    """The level on a date, with its end if that is known; empty before the first level."""
    level = value.at(day)
    if level is None:
        return ()
    label = _state_span(level.stage, column, language, level.name)
    end = value.ends(level) if column.presentation.ends else None
    if end is None:
        return (label,)
    return label, Span("text", " "), Span("unbroken", f"({end_in_words(end, language, column.presentation.dates)})")
