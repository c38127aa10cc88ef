"""Rules about the lives of branches: their order, times without any support, and patches outside of their branch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

from sitegen.findings import Finding, Place
from sitegen.rules.ladders import by_calendar, whole
from sitegen.rules.material import Branch, Ladder, Part, owner
from sitegen.values import STAGES, Day, Lifecycle, Value, Versions
from sitegen.version_ranges import complement, has_release, low_key, normalize, parse_version


def disorder(part: Part) -> Iterator[Finding]:
    """A newer branch that ends, or a newer one that begins, before an older one surely does.

    Compared are branches of one major version, such as 3.8 and 3.9, and those of whole ones, such as 2.x and 3.x: a
    branch 2.7 may outlive 3.3.
    """
    for ladder in part.ladders():
        groups: dict[tuple[tuple[str, ...], int | None], list[Branch]] = {}
        for branch in sorted(ladder.branches, key=lambda branch: low_key(branch.versions.minimum)):
            if branch.levels is not None and branch.until is None:
                key = owner(branch.record), _line(branch, ladder.branches)
                groups.setdefault(key, []).append(branch)
        for group in groups.values():
            if whole(group) or not by_calendar(group):
                yield from _ends_early(group)
            yield from _begins_late(group)


def _line(branch: Branch, others: Sequence[Branch]) -> int | None:
    """The major version that a branch is only a part of; None where it has all that there is of one or several."""
    low, high = branch.versions.ranges[0].low, branch.versions.ranges[-1].high
    if low is None or high is None or high.version > parse_version(str(low.version.major + 1)):
        return None
    number = low.version.major
    alone = all(other is branch or not _is_in(other, number) for other in others)
    return None if alone and high.version.major > number else number


def _is_in(branch: Branch, major: int) -> bool:
    low = branch.versions.minimum
    return low is not None and low.version.major == major


def _ends_early(group: list[Branch]) -> Iterator[Finding]:
    longest: Branch | None = None
    for branch in group:
        end = branch.end
        if longest is not None and end is not None and end.day < _surely_supported_until(longest):
            older = f"the older '{longest.versions.text}' is supported after"
            message = f"'{branch.versions.text}' ends on {end.day}, and {older}"
            hint = f"which of the two days is right? the older branch is at {longest.alternative.place}"
            yield Finding("ladder-order", message, _place_of(branch), hint, subject=branch.subject)
        lives = branch.levels is not None and not any(level.stage == "lts" for level in branch.levels.levels)
        if lives and (longest is None or _surely_supported_until(branch) > _surely_supported_until(longest)):
            longest = branch


def _begins_late(group: list[Branch]) -> Iterator[Finding]:
    latest: Branch | None = None
    for branch in group:
        begin = branch.begin
        before = latest.begin if latest else None
        if latest is not None and begin and before and not before.by and begin.day < before.day:
            message = f"'{branch.versions.text}' begins on {begin.day}, before the older '{latest.versions.text}'"
            hint = f"which of the two days is right? the older branch is at {latest.alternative.place}"
            yield Finding("ladder-order", message, _place_of(branch), hint, subject=branch.subject)
        if begin and not begin.by and (before is None or begin.day > before.day):
            latest = branch


def _place_of(branch: Branch) -> Place:
    for varying in branch.record.facts.values():
        for alternative in varying.alternatives:
            if isinstance(alternative.value, Lifecycle):
                return alternative.place
    return branch.alternative.place


def _surely_supported_until(branch: Branch) -> date:
    """The first day on which a branch may be without support: one after the last level began, if it has no end."""
    levels = branch.levels.levels if branch.levels else ()
    supported = [level for level in levels if STAGES[level.stage][1]]
    end = branch.end
    if not supported:
        return date.min
    return end.day if end is not None and not end.by else supported[-1].day + timedelta(days=1)


# --- times without support -------------------------------------------------------------


def support_gaps(part: Part) -> Iterator[Finding]:
    """A time between the end of a branch and the beginning of the next in which no branch is supported.

    An end on the day before the beginning is none. Between branches that do not follow each other, others may have been
    supported.
    """
    for ladder in part.ladders():
        groups: dict[tuple[str, ...], list[Branch]] = {}
        for branch in ladder.branches:
            if branch.begin is not None and branch.until is None:
                groups.setdefault(owner(branch.record), []).append(branch)
        for group in groups.values():
            yield from _unsupported(sorted(group, key=_first_day), ladder)


def _first_day(branch: Branch) -> date:
    return branch.begin.day if branch.begin else date.min


def _unsupported(group: list[Branch], ladder: Ladder) -> Iterator[Finding]:
    last: Branch | None = None
    for branch in group:
        begin, end = branch.begin, last.end if last else None
        if last and begin and not begin.by and end and (begin.day - end.day).days > 1 and _follow(last, branch):
            until = begin.day - timedelta(days=1)
            message = f"no branch of {ladder.dataset.name} is supported from {end.day} to {until}"
            hint = f"which of the two days is right? the branch before is at {last.alternative.place}"
            yield Finding("support-gap", message, _place_of(branch), hint, subject=branch.subject)
        if last is None or (last.end and (branch.end is None or branch.end.day > last.end.day)):
            last = branch


def _follow(one: Branch, other: Branch) -> bool:
    """Whether no version is between two branches; a major version may begin with any."""
    for missing in complement(normalize((*one.versions.ranges, *other.versions.ranges))):
        low, high = missing.low, missing.high
        if low and high and has_release(missing) and low.version != parse_version(str(high.version.major)):
            return False
    return True


# --- patches ---------------------------------------------------------------------------

_OF_BRANCH = re.compile(r"(?:^|[._-])(?:last|latest|newest|final)(?:$|[._-])")


def outside_branches(part: Part) -> Iterator[Finding]:
    """A version or a date of a patch that is not of the branch whose record has it.

    Which fields have such is told by their names, or by most of the records.
    """
    for ladder in part.ladders():
        for field, kind in ladder.dataset.fields.items():
            if kind.name == "version" and kind.ladder == ladder.dataset.name:
                yield from _outside(ladder, field, _other_branch)
            elif kind.name == "date":
                yield from _outside(ladder, field, _after_end)


def _outside(ladder: Ladder, field: str, judge: Callable[[Branch, Value], str | None]) -> Iterator[Finding]:
    """The values of a field that `judge` has a message about; None is of no value that can be judged."""
    judged = [
        (branch, alternative.place, message)
        for branch in ladder.branches
        if branch.until is None and field in branch.record.facts
        for alternative in branch.record.facts[field].alternatives[-1:]
        if (message := judge(branch, alternative.value)) is not None
    ]
    wrong = [found for found in judged if found[2]]
    if _OF_BRANCH.search(field) or 2 * len(wrong) <= len(judged):
        for branch, place, message in wrong:
            yield Finding("outside-branch", message, place, "correct it, or the branch", subject=branch.subject)


def _other_branch(branch: Branch, value: Value) -> str | None:
    if not isinstance(value, Versions):
        return None
    inside = branch.versions.common(value.set)
    return "" if inside else f"{value.text} is not a version of '{branch.versions.text}'"


def _after_end(branch: Branch, value: Value) -> str | None:
    if branch.end is None or not isinstance(value, Day):
        return None
    late = value.first > branch.end.day
    return f"{value.text} is after the end of '{branch.versions.text}' on {branch.end.day}" if late else ""
