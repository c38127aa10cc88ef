"""Dates and lifecycles: how they are read."""

from __future__ import annotations

import calendar
import re
from datetime import date

from sitegen.facts.bad_values import BadValueError, shape
from sitegen.facts.support import unknown_stage
from sitegen.facts.values import STAGES, Day, Level, Lifecycle, exact_day, looks_like_day
from sitegen.findings import Finding, Report
from sitegen.source.nodes import Mapping, Node, Scalar


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
        raise BadValueError("bad-date", f"the date {text} does not exist") from None
    return Day(text, first, last, match["soft"] is not None)


def read_lifecycle(node: Node, report: Report) -> Lifecycle | None:
    """Read a lifecycle. Reports an invalid level; raises BadValueError if there is none."""
    if not isinstance(node, Mapping):
        hint = "write {ga: 2025-07-01, eol: 2026-06-01}"
        raise BadValueError("wrong-shape", f"expected a lifecycle, found a {shape(node)}", hint)
    levels: list[Level] = []
    is_valid = True
    for key, value in node.entries:
        by = isinstance(value, Scalar) and value.text.startswith("by ")
        day = parse_day(value._replace(text=value.text[3:]) if by and isinstance(value, Scalar) else value, report)
        if key.text not in STAGES:
            report(unknown_stage(key.text).finding(key))
        elif day is not None:
            level = Level(key.text, day, by)
            problem = _order_problem(levels[-1], level) if levels else None
            if problem is None:
                levels.append(level)
                continue
            report(Finding("bad-lifecycle", problem, key.place, "list the levels in chronological order"))
        is_valid = False
    if is_valid and not levels:
        raise BadValueError("bad-lifecycle", "a lifecycle needs at least one level")
    return Lifecycle(tuple(levels)) if is_valid else None


def _order_problem(before: Level, level: Level) -> str | None:
    """Why a level cannot follow another, or None if it can."""
    order = list(STAGES)
    if order.index(level.stage) < order.index(before.stage):
        return f"'{level.stage}' comes before '{before.stage}'"
    if level.day < before.day or (level.day == before.day and not (level.by and before.by)):
        return f"'{level.stage}' begins on {level.day}, which is not after '{before.stage}' on {before.day}"
    return None
