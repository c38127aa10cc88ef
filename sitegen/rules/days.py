"""Rules about days: promises that have expired, days that no calendar has, and years that are slips."""

from __future__ import annotations

import calendar
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

from sitegen.dates import MONTHS
from sitegen.facts.alternatives import in_period
from sitegen.facts.datasets import Record, items_of, lifecycle_field
from sitegen.facts.values import STAGES, Day, Level, Lifecycle, Markdown, Support, Text
from sitegen.findings import Finding, Place
from sitegen.rules.markdown_source import MASK, NEAR, sentence_at
from sitegen.rules.parts import Common, DayUse, Linked, Part, period_of_file

_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' if name != 'May' else 'May' for name in MONTHS)})\.?"
# Expressions that are compiled where a text may hold a year: many sites have none.
_DATES = (
    r"(?<![\w/.-])(?P<year>20[0-9]{2})-(?P<number>[0-9]{2})-(?P<day>[0-9]{2})(?![\w/-]|\.[0-9])",
    rf"\b{_MONTH}\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20[0-9]{{2}})\b",
    rf"\b(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(?P<year>20[0-9]{{2}})\b",
)
# A month and a year mean their last day; a year alone only right behind these words.
_MONTHS_AND_YEARS = (
    rf"\b(?<![0-9] ){_MONTH}\s+(?P<year>20[0-9]{{2}})\b",
    r"\b(?<=until )(?:the end of )?(?P<year>20[0-9]{2})\b(?![-.]?[0-9])",
    r"\b(?<=by )the end of (?P<year>20[0-9]{2})\b(?![-.]?[0-9])",
)
_COMING = re.compile(
    r"(?i)\b(?:until|till|through|up to|by|before|no later than|ends?(?: on)?|ending(?: on)?|expires?(?: on)?"
    r"|reach(?:es)? (?:its )?[\w -]{3,20} on"
    rf"|will [^.;{MASK}]{{0,60}}|planned for|expected (?:on|in|by)|scheduled for)\s*(?:the\s+)?$"
)
_PAST = r"(?i)\b(?:was|were|had|did|been|became|got|came)\b"


def past_dates(part: Part) -> Iterator[Finding]:
    """A day that a text looks forward to, or an expected date, that has passed."""
    day = part.common.day
    for record in part.records:
        if record.in_force(day):
            yield from _passed_in_texts(record, day)
            yield from _passed_expectations(record, part)
    live = _live_files(part.common) if part.pages else ()
    for source in part.pages:
        for number, line in enumerate(source.prose, 1) if source.file in live else ():
            for start, length, text in _passed(line, day):
                yield _past(text, source.place(number, start, length))


def _live_files(common: Common) -> set[str]:
    """The pages that are published on the day, and the snippets that they include."""
    pages = {page.file for page in common.site.pages}
    return common.with_included(file for file in pages if in_period(*period_of_file(common.site, file), common.day))


def _passed_in_texts(record: Record, day: date) -> Iterator[Finding]:
    for varying in record.facts.values():
        for index, alternative in enumerate(varying.alternatives):
            value = alternative.value
            later = varying.alternatives[index + 1 :]
            replaced = any(a.since and a.since <= day and not a.scope for a in later)
            texts = [value.text] if isinstance(value, (Text, Markdown)) else []
            for text in [*texts, alternative.note] if not replaced else ():
                for _, _, passed in _passed(text, day):
                    yield _past(passed, alternative.place, record.subject)


def _passed_expectations(record: Record, part: Part) -> Iterator[Finding]:
    """An expected date that has passed, and an end that has passed though the lifecycle states support."""
    day = part.common.day
    ids = frozenset((part.library, record.id))
    level = _level(record, part, ids)
    for field, varying in record.facts.items():
        alternative = varying.at(ids, day)
        value = alternative.value if alternative else None
        stated = value.on if isinstance(value, Support) else value
        if alternative is None or not isinstance(stated, Day) or stated.last >= day:
            continue
        if stated.expected or (isinstance(value, Support) and value.state == "planned"):
            message = f"{stated.text.removeprefix('~').removeprefix('expected ')} was expected, and has passed"
            hint = "write the date on which it happened, or a later one"
            yield Finding("past-date", message, alternative.place, hint, subject=record.subject)
        elif _END_FIELD.fullmatch(field) and level is not None and STAGES[level.stage][1]:
            message = f"'{field}' is {stated.text}, which has passed, and the level is still {STAGES[level.stage][0]}"
            hint = "add the end of life to the lifecycle, or correct the date"
            yield Finding("past-date", message, alternative.place, hint, subject=record.subject)


_END_FIELD = re.compile(
    r"ends?|eol|eos|until|expires|end[._-]of[._-](?:life|support)|support(?:ed)?[._-](?:ends?|until)"
)


def _level(record: Record, part: Part, ids: frozenset[str]) -> Level | None:
    """The level of support of a record on the day, where it has a lifecycle."""
    varying = record.facts.get(lifecycle_field(part.datasets[record.dataset]) or "")
    alternative = varying.at(ids, part.common.day) if varying else None
    value = alternative.value if alternative else None
    return value.at(part.common.day) if isinstance(value, Lifecycle) else None


def impossible_days(part: Part) -> Iterator[Finding]:
    """A day in prose that no calendar has."""
    for source in part.pages:
        for number, line in enumerate(source.prose, 1):
            for pattern in _DATES if "20" in line else ():
                for match in re.finditer(pattern, line):
                    if _day(match) is None:
                        message = f"the day {match.group()} does not exist"
                        yield Finding("impossible-day", message, source.place_of(match, number))


def _past(text: str, place: Place, subject: tuple[str, str] | None = None) -> Finding:
    hint = "say what is so now, or let a fact with days say it"
    return Finding("past-date", f"the text looks forward to {text}, which has passed", place, hint, subject=subject)


def _passed(text: str, day: date) -> Iterator[tuple[int, int, str]]:
    """The days before `day` that a text looks forward to: where, how long, and the words."""
    if "20" not in text:
        return
    for pattern in (*_DATES, *_MONTHS_AND_YEARS):
        for match in re.finditer(pattern, text):
            found = _day(match)
            coming = (
                found is not None and found < day and _COMING.search(text, max(0, match.start() - NEAR), match.start())
            )
            if coming and not re.search(_PAST, sentence_at(text, match.start())):
                yield match.start(), len(match.group()), match.group()


def _day(match: re.Match[str]) -> date | None:
    groups = {"day": "", "month": "", "number": "", **match.groupdict()}
    named = [name[:3] for name in MONTHS].index(groups["month"][:3]) + 1 if groups["month"] else 12
    year, month = int(match["year"]), int(groups["number"] or named)
    try:
        return date(year, month, int(groups["day"] or calendar.monthrange(year, month)[1]))
    except ValueError:
        return None


# --- years ---------------------------------------------------------------------------

# So many years before or after all others are no slip; levels of support are planned for long.
_EARLIER, _LATER, _LEVEL_LATER = 12, 4, 12


def far_days(linked: Linked) -> Iterator[Finding]:
    """A day whose year is far from that of every other day of the site."""
    counts = Counter(linked.summary.years)
    for day, place, most in linked.summary.days if counts.total() > 4 else ():
        if counts[day.year] == 1:
            before = max((year for year in counts if year < day.year), default=day.year)
            after = min((year for year in counts if year > day.year), default=day.year)
            far = max(day.year - before - most, after - day.year - _EARLIER) > 0
            if far and day.year in (before, after):  # it is the first or the last
                yield Finding("far-day", f"the day {day} lies years from every other", place, "is the year right?")


def days_of(part: Part) -> tuple[tuple[int, ...], tuple[DayUse, ...]]:
    """The years of the days in the records of a part, and the days that are the only ones of their year."""
    days = [use for record in part.records for use in _days_in(record)]
    years = [use.day.year for use in days]
    counts = Counter(years)
    return tuple(years), tuple(use for use in days if counts[use.day.year] == 1)


def _days_in(record: Record) -> Iterator[DayUse]:
    leveled = False
    for varying in record.facts.values():
        for alternative in varying.alternatives:
            for value in items_of(alternative.value):
                if isinstance(value, Lifecycle):
                    leveled = True
                    yield from (DayUse(level.day, alternative.place, _LEVEL_LATER) for level in value.levels)
            if alternative.since is not None:
                yield DayUse(alternative.since, alternative.place, _LATER)
    # A record begins with its first level, where it has levels.
    for day in (record.until, None if leveled else record.since):
        if day is not None:
            yield DayUse(day, record.place, _LATER)
