"""Dates and lifecycles: how they are read, and printed in words."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sitegen.facts.bad_values import BadValueError, shape, unknown_stage
from sitegen.facts.values import ENDED, STAGES, Day, Level, Lifecycle, ReleaseOf, exact_day, looks_like_day
from sitegen.findings import Finding, Report
from sitegen.source.nodes import Mapping, Node, Scalar

if TYPE_CHECKING:
    from sitegen.languages.catalogue import Language
    from sitegen.languages.date_styles import DateStyle


def parse_day(node: Node | None, report: Report) -> date | None:
    """Read an exact date, as in `from: 2026-04-01`; None if it is missing. Reports an invalid one, and returns None."""
    text = node.text if isinstance(node, Scalar) else ""
    day = exact_day(text)
    if node is not None and day is None:
        message, hint = f"'{text}' is not an exact date", "write a date such as 2026-05-31"
        if not isinstance(node, Scalar):
            message = f"expected a date, found a {shape(node)}"
        elif looks_like_day(text):
            message, hint = f"the date {text} does not exist", ""
        report(Finding("bad-date", message, node.place, hint))
    return day


_DAY = re.compile(
    r"(?P<soft>~|expected )?(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[0-9])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)


def read_date(text: str) -> Day:
    """A date, a month, a quarter or a year. Raises BadValueError."""
    match = _DAY.fullmatch(text)
    if match is None:
        hint = "write 2026-05-31, 2026-05, 2026-Q2 or 2026; '~' before it means expected"
        raise BadValueError("bad-date", f"'{text}' is not a date", hint)
    year, month = int(match["year"]), int(match["month"] or 1)
    months = 1 if match["month"] else 12  # length of the period
    if match["quarter"]:
        month, months = 3 * int(match["quarter"]) - 2, 3
    try:
        first = date(year, month, int(match["day"] or 1))
        end = month + months - 1
        last = first if match["day"] else date(year, end, calendar.monthrange(year, end)[1])
    except ValueError:
        days = f"{year}-{month:02} has {calendar.monthrange(year, month)[1]} days" if 0 < month <= 12 and year else ""
        raise BadValueError("bad-date", f"the date {text} does not exist", days) from None
    return Day(text, first, last, match["soft"] is not None)


def read_lifecycle(node: Node, own: ReadOnly[str, str], report: Report) -> Lifecycle | None:
    """Read a lifecycle. Reports an invalid level; raises BadValueError if there is none.

    `own` are the stages of levels that its field declares.
    """
    if not isinstance(node, Mapping):
        hint = "write {ga: 2025-07-01, eol: 2026-06-01}"
        raise BadValueError("wrong-shape", f"expected a lifecycle, found a {shape(node)}", hint)
    levels: list[Level] = []
    is_valid = True
    for key, value in node.entries:
        level = _read_level(own.get(key.text, key.text), value, report)
        if key.text not in STAGES and key.text not in own:
            report(unknown_stage(key.text, own).finding(key))
        elif level is not None:
            level = replace(level, name=key.text if key.text in own else "")
            problem = order_problem(levels, level)
            if problem is None:
                levels.append(level)
                continue
            report(Finding("bad-lifecycle", problem[0], key.place, problem[1]))
        is_valid = False
    if is_valid and not levels:
        raise BadValueError("bad-lifecycle", "a lifecycle needs at least one level")
    return Lifecycle(tuple(levels)) if is_valid else None


_AFTER = re.compile(r"after (?P<id>[a-z0-9]+(?:[._-][a-z0-9]+)*)")


def _read_level(stage: str, node: Node, report: Report) -> Level | None:
    """A level of a lifecycle. Reports an invalid date, and returns None."""
    text = node.text if isinstance(node, Scalar) else ""
    if match := _AFTER.fullmatch(text):
        return Level(stage, None, after=ReleaseOf(match["id"], match["id"], node.place))
    by = text.startswith("by ")
    if not isinstance(node, Scalar) or by:
        day = parse_day(node._replace(text=text[3:]) if isinstance(node, Scalar) else node, report)
        return Level(stage, Day(text[3:], day, day), by) if day else None
    try:
        return Level(stage, read_date(text))
    except BadValueError as error:
        hint = error.hint if _DAY.fullmatch(text) else f"{error.hint}; 'after ID' means the release of another record"
        if text.lower() in ("", "-", "?", "n/a", "none", "tba", "tbd", "unknown"):
            hint = "omit the level if its date is unknown, or write 'by' and a day on which it had begun"
        report(Finding(error.code, str(error), node.place, hint))
        return None


def order_problem(before: Sequence[Level], level: Level) -> tuple[str, str] | None:
    """Why a level cannot follow others, and a hint; None if it can. Levels without a date are not compared by date."""
    hint, order = "list the levels in chronological order", list(STAGES)
    last = before[-1] if before else None
    if last is not None and order.index(level.stage) < order.index(last.stage):
        if level.stage in ("lts", "maintenance") and last.stage in ENDED:
            hint = "write 'extended' for paid support after the end of life, or add a field with a lifecycle for it"
        return f"'{level.key}' must come before '{last.key}'", hint
    dated = next((other for other in reversed(before) if other.on), None)
    if dated is None or dated.on is None or level.on is None or (level.by and dated.by and level.on == dated.on):
        return None
    # A level may have no duration, as in a release with long-term support from its first day, but not all support.
    is_same = level.on.first == level.on.last == dated.on.first == dated.on.last
    is_all = level.is_supported != dated.is_supported and not any(each.is_supported for each in before if each != dated)
    is_same = is_same and (is_all or level.stage == dated.stage)
    if level.on.last < dated.on.first or is_same:
        begins = f"'{level.key}' begins on {level.on.text}"
        return f"{begins}, which is not after '{dated.key}' on {dated.on.text}", hint
    return None


def end_in_words(end: Day | ReleaseOf, language: Language, style: DateStyle | None = None) -> str:
    """The end of a level: `until May 31, 2026`, `expected until May 2026`, `until Release of 1.26`."""
    if isinstance(end, ReleaseOf):
        return language.text("until", date=language.text("release", name=end.name))
    return language.text("until.expected" if end.expected else "until", date=_period(end, language, style))


def level_name(level: Level, language: Language) -> str:
    """The name of a level: its own, or that of its stage."""
    return level.label if level.name else language.label(level.stage)


def level_in_words(level: Level, language: Language, style: DateStyle | None = None) -> str:
    """A level with its beginning: `Beta from May 31, 2026`, `Beta expected in May 2026`, `Beta from Release of 2`."""
    on, label = level.on, level_name(level, language)
    if on is None:
        name = level.after.name if level.after else ""
        return language.text("level.from", level=label, date=language.text("release", name=name)) if name else label
    begins = "by" if level.by else "in" if on.first < on.last else "on" if on.expected else "from"
    key = f"level.expected {begins}" if on.expected else f"level.{begins}"
    return language.text(key, level=label, date=_period(on, language, style))


def _period(value: Day, language: Language, style: DateStyle | None) -> str:
    """A date without the mark of an expected one."""
    if (style or language.dates).iso:
        return value.text.removeprefix("~").removeprefix("expected ")
    return language.date(value.first, value.last, style)


def day_in_words(value: Day, language: Language, style: DateStyle | None = None) -> str:
    """A date in a style, by default that of the site, such as `May 31, 2026` or `expected May 31, 2026`.

    In ISO 8601, and for a month, a quarter or a year without a pattern, it is as the author wrote it.
    """
    style = style or language.dates
    if style.iso or (value.first != value.last and not style.patterns):
        return value.text
    text = language.date(value.first, value.last, style)
    if value.expected:
        return style.expectation(text) or language.text("expected", date=text)
    return language.text("by", date=text) if value.text.startswith("by ") else text
