"""Rules about days: expired promises, days that do not exist, and years that are probably typos."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from sitegen.facts.alternatives import ROLES, Alternative, Varying, in_period
from sitegen.facts.datasets import Record, lifecycle_field
from sitegen.facts.statements import prose_in
from sitegen.facts.values import Day, Level, Lifecycle, Reference, Support, Value, plain_items
from sitegen.findings import Finding, Place
from sitegen.languages.catalogue import Language
from sitegen.rules.context import DayUse, LintContext, LintUnit, Subject, UnitSummary
from sitegen.rules.periods import period_of_file
from sitegen.rules.texts import NEAR, sentence_at
from sitegen.rules.words import month_of, pattern, patterns

_END_FIELD = re.compile(
    r"ends?|eol|eos|until|expires|end[._-]of[._-](?:life|support)|support(?:ed)?[._-](?:ends?|until)"
)


def past_dates(unit: LintUnit) -> Iterator[Finding]:
    """A text that refers to a past day as a future one, or an end that has passed without effect."""
    day, language = unit.context.day, unit.context.language
    for record in unit.records:
        if record.in_force(day):
            for varying in record.facts.values():
                yield from _past_dates_in_texts(varying, day, record.subject, language)
            yield from _past_ends(record, unit)
    published = _published_files(unit.context) if unit.pages else ()
    for page in unit.pages:
        for number, line in enumerate(page.prose, 1) if page.file in published else ():
            for match in _past_promises(line, day, language):
                yield _past_promise(match.group(), page.place_of(match, number))


def _published_files(context: LintContext) -> set[str]:
    """The pages that are published on the day, and the snippets that they include."""
    site = context.site
    return context.with_included(p.file for p in site.pages if in_period(*period_of_file(site, p.file), context.day))


def _past_dates_in_texts(varying: Varying[Value], day: date, subject: Subject, language: Language) -> Iterator[Finding]:
    for index, alternative in enumerate(varying.alternatives):
        if any(a.since and a.since <= day and not a.scope.parts for a in varying.alternatives[index + 1 :]):
            continue  # replaced
        for text in (
            prose.text for value in (alternative.value, alternative.note) if value for prose in prose_in(value)
        ):
            for match in _past_promises(text, day, language):
                yield _past_promise(match.group(), alternative.place, subject)


def _past_ends(record: Record, unit: LintUnit) -> Iterator[Finding]:
    """An end date that has passed although the lifecycle states support."""
    day, level = unit.context.day, _level(record, unit)
    for field, alternative, value in _current_values(record, unit):
        stated = value.on if isinstance(value, Support) else value
        if not isinstance(stated, Day) or stated.last >= day:
            continue
        if not stated.expected and _END_FIELD.fullmatch(field) and level is not None and level.is_supported:
            message = f"'{field}' is {stated.text}, which has passed, but the level is still {level.label}"
            hint = "add the end of life to the lifecycle, or correct the date"
            yield Finding("past-date", message, alternative.place, hint, subject=record.subject)


def passed_expectations(unit: LintUnit) -> Iterator[Finding]:
    """An expected date that has passed: of a field, a state or a level."""
    day = unit.context.day
    for record in unit.records:
        if record.until is not None and record.until <= day:
            continue
        for _, alternative, value in _current_values(record, unit):
            for what, expected in _expectations(value):
                if expected.last < day:
                    date_text = expected.text.removeprefix("~").removeprefix("expected ")
                    message, hint = (
                        f"the expected date {date_text}{what} has passed",
                        "write the actual date, or a later one",
                    )
                    yield Finding("expected-date-passed", message, alternative.place, hint, subject=record.subject)


def _expectations(value: Value) -> Iterator[tuple[str, Day]]:
    """The expected dates in a value, each with what it is about, for a message."""
    on = value.on if isinstance(value, Support) else value
    if isinstance(value, Lifecycle):
        dated = ((level, level.on) for level in value.levels if level.after is None)
        yield from ((f" of '{level.stage}'", on) for level, on in dated if on is not None and on.expected)
    elif isinstance(on, Day) and (on.expected or (isinstance(value, Support) and value.state == "planned")):
        yield "", on


def ended_references(unit: LintUnit) -> Iterator[Finding]:
    """A reference to a record that has ended, from one that has not."""
    day = unit.context.day
    for record in unit.records:
        level = _level(record, unit)
        if not record.in_force(day) or (level is not None and not level.is_supported):
            continue
        for field, _, value in _current_values(record, unit):
            target = _referred(value, unit) if isinstance(value, Reference) else None
            if isinstance(value, Reference) and target and target.until and target.until <= day:
                what = f"{target.dataset} '{target.id}'"
                message = f"'{field}' refers to {what}, which no longer exists as of {target.until}"
                hint = "remove it, or give its replacement a date with 'from'"
                yield Finding("ended-reference", message, value.place, hint, subject=record.subject)


def _referred(value: Reference, unit: LintUnit) -> Record | None:
    """The record that a value refers to, unless it is a product or a library."""
    if value.dataset in ROLES.values() or value.dataset not in unit.datasets:
        return None
    return unit.datasets[value.dataset].records.get(value.id)


def _current_values(record: Record, unit: LintUnit) -> Iterator[tuple[str, Alternative[Value], Value]]:
    """The values of a record on the day, those in lists one by one, each with its field and its alternative."""
    ids = frozenset((unit.library, record.id))
    for field, varying in record.facts.items():
        if found := varying.at(ids, unit.context.day):
            yield from ((field, found, value) for value in plain_items(found.value))


def _level(record: Record, unit: LintUnit) -> Level | None:
    """The level of support of a record on the day, if it has a lifecycle."""
    varying = record.facts.get(lifecycle_field(unit.datasets[record.dataset]) or "")
    found = varying.at(frozenset((unit.library, record.id)), unit.context.day) if varying else None
    return found.value.at(unit.context.day) if found and isinstance(found.value, Lifecycle) else None


def impossible_days(unit: LintUnit) -> Iterator[Finding]:
    """A day in prose that does not exist."""
    language = unit.context.language
    for page in unit.pages:
        for number, line in enumerate(page.prose, 1):
            for date_ in patterns(language, "dates") if "20" in line else ():
                for match in re.finditer(date_, line):
                    if _day(match, language) is None:
                        message = f"the date {match.group()} does not exist"
                        yield Finding("impossible-day", message, page.place_of(match, number))


def _past_promise(text: str, place: Place, subject: Subject | None = None) -> Finding:
    message = f"the text treats {text} as a future date, but it has passed"
    return Finding("past-date", message, place, "describe the current state, or use a fact with dates", subject=subject)


def _past_promises(text: str, day: date, language: Language) -> Iterator[re.Match[str]]:
    """The days before `day` to which a text refers as future."""
    before, after, past = (pattern(language, key) for key in ("before", "after", "past"))
    for date_ in patterns(language, "dates", "months and years") if "20" in text else ():
        for match in re.finditer(date_, text):
            found, start = _day(match, language), match.start()
            is_past = found and found < day and not past.search(sentence_at(text, start))
            if is_past and (before.search(text, max(0, start - NEAR), start) or after.match(text, match.end())):
                yield match


def _day(match: re.Match[str], language: Language) -> date | None:
    groups = {"day": "", "month": "", "number": "", **match.groupdict()}
    named = month_of(groups["month"], language) if groups["month"] else 12
    year, month = int(match["year"]), int(groups["number"] or named)
    try:
        return date(year, month, int(groups["day"] or calendar.monthrange(year, month)[1]))
    except ValueError:
        return None


# --- years ---------------------------------------------------------------------------

# By so many years a day may be before or after all others; levels of support are planned far ahead.
_EARLIER, _LATER, _LEVEL_LATER = 12, 4, 12


def far_days(_: LintContext, summary: UnitSummary) -> Iterator[Finding]:
    """A day whose year is far from those of all other days of the site."""
    counts = Counter(summary.years)
    for day, place, most in summary.days if counts.total() > 4 else ():
        if counts[day.year] == 1:
            before = max((year for year in counts if year < day.year), default=day.year)
            after = min((year for year in counts if year > day.year), default=day.year)
            is_far = max(day.year - before - most, after - day.year - _EARLIER) > 0
            if is_far and day.year in (before, after):  # the first or the last year
                yield Finding("far-day", f"the date {day} is years away from all others", place, "check the year")


def days_of(unit: LintUnit) -> tuple[tuple[int, ...], tuple[DayUse, ...]]:
    """The years of the days in the records of a unit, and the days that are the only ones of their year."""
    days = [use for record in unit.records for use in _days_in(record)]
    years = [use.day.year for use in days]
    counts = Counter(years)
    return tuple(years), tuple(use for use in days if counts[use.day.year] == 1)


def _days_in(record: Record) -> Iterator[DayUse]:
    has_levels = False
    for alternative in record.all_alternatives:
        for value in plain_items(alternative.value):
            if isinstance(value, Lifecycle):
                has_levels = True
                dated = (level.on.first for level in value.levels if level.on is not None and level.after is None)
                yield from (DayUse(day, alternative.place, _LEVEL_LATER) for day in dated)
        if alternative.since is not None:
            yield DayUse(alternative.since, alternative.place, _LATER)
    # A record with levels begins with the first of them.
    for day in (record.until, None if has_levels else record.since):
        if day is not None:
            yield DayUse(day, record.place, _LATER)
