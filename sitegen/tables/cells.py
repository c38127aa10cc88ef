"""Values as spans of a cell: the notation, the words and the dates that a column declares."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sitegen.dates import long_date
from sitegen.evaluation.context import day_in_words
from sitegen.facts.values import Day, Lifecycle, List, Support, Value, Versions
from sitegen.facts.version_ranges import Range, normalize
from sitegen.facts.versions import VersionSet, notation
from sitegen.tables.grids import NONE, Span

if TYPE_CHECKING:
    from sitegen.tables.definitions import Column


def stated_versions(value: Value) -> tuple[Range, ...]:
    """The versions that a value states something of, as ranges in order; none where it names no versions.

    One version alone is a minimum in a field of type `version` or `support`, and means this version and all later ones.
    """
    if isinstance(value, List):
        return normalize([found for item in value.items for found in stated_versions(item)])
    if isinstance(value, Versions):
        return value.set.as_minimum.ranges if value.single else value.set.ranges
    return value.versions.ranges if isinstance(value, Support) and value.versions is not None else ()


def version_spans(versions: VersionSet, column: Column, *, written: bool = False) -> tuple[Span, ...]:
    """Versions in the notation of the column, or as `written`, as code or as text."""
    versions = versions if written else notation(versions, column.notation)
    code = versions.compares if column.code is None else column.code
    spans: list[Span] = []
    for part in versions.parts:
        if part.separator:
            spans.append(Span("text", part.separator))
        spans.append(Span("code" if code else "text", part.text))
    return tuple(spans)


def support_spans(value: Support, column: Column) -> tuple[Span, ...]:
    """A state with its versions, day and link."""
    label = _state_span(value.state, column)
    if value.versions is None:
        spans: tuple[Span, ...] = (label,)
    elif value.state == "yes":
        spans = version_spans(value.versions, column)
    else:
        spans = (label, Span("text", " ("), *version_spans(value.versions, column), Span("text", ")"))
    if value.on is not None:
        spans = (*spans, Span("text", f" ({day_text(value.on, column)})"))
    if value.link:
        spans = tuple(replace(span, target=value.link) for span in spans)
    return tuple(span for span in spans if span.text or span.kind == "state")


def _state_span(state: str, column: Column) -> Span:
    return Span("state", state, words=column.words.get(state))


def none_spans(column: Column) -> tuple[Span, ...]:
    """The words of a column for meant absence; nothing where it has none."""
    return (Span("state", NONE, words=column.words[NONE]),) if column.words.get(NONE) else ()


def day_text(value: Day, column: Column) -> str:
    """A date as the column writes dates: in words, or as its author wrote it."""
    return day_in_words(value) if column.long_dates else value.text


def lifecycle_spans(value: Lifecycle, column: Column, day: date) -> tuple[Span, ...]:
    """The level on a day, and its last day if that is exact."""
    level = value.at(day)
    if level is None:
        return ()
    label = _state_span(level.stage, column)
    last = value.ends(level)
    if last is None:
        return (label,)
    return label, Span("text", f" (until {long_date(last) if column.long_dates else last.isoformat()})")
