"""Rules about release branches: their versions, the order of their levels of support, and their patches."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import partial

from sitegen.facts.datasets import Dataset, Record
from sitegen.facts.values import Day, Level, Lifecycle, Value, Versions
from sitegen.facts.version_ranges import (
    Bound,
    Range,
    complement,
    end_of,
    has_release,
    low_key,
    normalize,
    parse_version,
    range_text,
)
from sitegen.findings import Finding, Place
from sitegen.rules.branches import Branches, ReleaseBranch
from sitegen.rules.context import LintUnit
from sitegen.rules.periods import overlap

# --- versions ------------------------------------------------------------------------


def overlapping_branches(unit: LintUnit) -> Iterator[Finding]:
    """Two branches with the same versions on one day."""
    for branches in map(_in_order, unit.releases):
        for index, lower in enumerate(branches):
            end = lower.versions.ranges[-1].high
            for higher in branches[index + 1 :]:
                low = higher.versions.minimum
                if end is not None and low is not None and low.version > end.version:
                    break
                common = [item for item in lower.versions.common(higher.versions) if has_release(item)]
                if (
                    common
                    and lower.record is not higher.record
                    and lower.owner == higher.owner
                    and overlap(lower.period.days, higher.period.days)
                    and not _are_two_lines(lower, higher)
                ):
                    yield _overlap(lower, higher, common[0])


def _in_order(branches: Iterable[ReleaseBranch]) -> list[ReleaseBranch]:
    return sorted(branches, key=lambda branch: low_key(branch.versions.minimum))


def _overlap(one: ReleaseBranch, other: ReleaseBranch, common: Range) -> Finding:
    first, second = sorted((one, other), key=lambda branch: branch.place)
    both = f"'{second.versions.text}' and '{first.versions.text}' of '{first.record.id}'"
    hint = f"each version belongs to one branch; the other is at {first.place}"
    message = f"{both} both contain {range_text(common)}"
    return Finding("ladder-overlap", message, second.place, hint, subject=second.record.subject)


def _are_two_lines(one: ReleaseBranch, other: ReleaseBranch) -> bool:
    """Whether two branches belong to lines that share numbers, such as a community and a long-term one.

    A choice or a reference distinguishes lines, and so does a text that several records share. For branches with the
    same versions, any text does, or a level `lts` of only one of them.
    """
    same, dataset = one.versions.ranges == other.versions.ranges, one.dataset
    for field, kind in dataset.fields.items():
        is_line = kind.name in ("one of", "reference") or (kind.name == "text" and (same or _is_shared(dataset, field)))
        if is_line and _values(one.record, field) != _values(other.record, field):
            return True
    return same and one.is_long_term != other.is_long_term


def _is_shared(dataset: Dataset, field: str) -> bool:
    """Whether several records have the same values in a field."""
    found = [values for record in dataset.records.values() if (values := _values(record, field))]
    return any(values in found[:index] for index, values in enumerate(found))


def _values(record: Record, field: str) -> list[Value]:
    return [alternative.value for alternative in record.alternatives(field)]


def _groups(branches: Iterable[ReleaseBranch], key: Callable[[ReleaseBranch], object] | None = None) -> list[Branches]:
    """The branches whose versions do not change later, by owner or another key."""
    groups: dict[object, list[ReleaseBranch]] = {}
    for branch in branches:
        if branch.period.until is None:
            groups.setdefault(key(branch) if key else branch.owner, []).append(branch)
    return list(groups.values())


def branch_gaps(unit: LintUnit) -> Iterator[Finding]:
    """Versions between two branches that belong to no branch, unless these are only pre-releases."""
    for branches in unit.releases:
        for missing, above, is_natural in gaps_between(branches):
            if not is_natural and not _follows_a_release(missing, branches):
                message = f"no branch of {above.dataset.name} contains {range_text(missing)}"
                hint = "close the gap between the branches, or suppress this finding"
                yield Finding("ladder-gap", message, above.place, hint, subject=above.record.subject)


def _follows_a_release(gap: Range, branches: Branches) -> bool:
    """Whether a gap follows a single release such as 8.25.0, as in a list of releases that are no branches."""
    ranges = [item for branch in branches for item in branch.versions.ranges]
    lows = [low for low, high in ranges if low and high and gap.low and high.version == gap.low.version]
    releases = [low.version.release for low in lows]
    return any(len(each) > 2 and end_of(each).version == gap.low.version for each in releases if gap.low)


def gaps_between(branches: Branches) -> Iterator[tuple[Range, ReleaseBranch, bool]]:
    """Each range between branches of one owner, the branch above it, and whether its numbers need not exist."""
    for group in _groups(branches):
        for missing in complement(normalize(item for branch in group for item in branch.versions.ranges)):
            low, high = missing
            if low is not None and high is not None and has_release(missing):
                lows = ((b, item.low) for b in group for item in b.versions.ranges)
                above = next(branch for branch, other in lows if other and _meet(other, high))
                yield missing, above, _is_natural(low, high, group)


def _meet(low: Bound, high: Bound) -> bool:
    return low.version == high.version and low.inclusive != high.inclusive


def _is_natural(low: Bound, high: Bound, group: Branches) -> bool:
    """Whether the versions of a gap need not exist: between years, or after the last minor version of a major one."""
    crosses = high.version.major > low.version.major
    if _by_calendar(group):
        return not (crosses and _are_major(group))
    return crosses and _ends_a_minor(low, group)


_YEARS = range(1990, 2100)


def _by_calendar(group: Branches) -> bool:
    """Whether versions are years, or the years and months in which support begins: 2026.1, 24.04.

    Such numbers are not consecutive.
    """
    lows = [(low.version.release, branch.begin) for branch in group if (low := branch.versions.minimum)]
    if all(release[0] in _YEARS for release, _ in lows):
        return bool(lows)
    return all(
        begin is not None
        and begin.on is not None
        and not begin.by
        and release[:2] == (begin.on.first.year % 100, begin.on.first.month)
        for release, begin in lows
    )


def _ends_a_minor(end: Bound, group: Branches) -> bool:
    """Whether a branch of one minor version, such as 2.7, ends here: it may be the last of its major version."""
    for branch in group:
        low, high = branch.versions.ranges[-1]
        if low is not None and high is not None and _meet(end, high):
            major, minor = low.version.major, low.version.minor
            return len(low.version.release) > 1 and high.version == parse_version(f"{major}.{minor + 1}")
    return False


def _are_major(group: Branches) -> bool:
    """Whether each branch ends with a major version, or has no end."""
    ends = [branch.versions.ranges[-1].high for branch in group]
    return all(end is None or len(end.version.release) == 1 for end in ends)


# --- levels of support ---------------------------------------------------------------


def branch_order(unit: LintUnit) -> Iterator[Finding]:
    """A newer branch that ends or begins before an older one certainly does.

    Branches of one major version are compared, such as 3.8 and 3.9, and branches of whole ones, such as 2.x and 3.x:
    2.7 may be supported longer than 3.3.
    """
    for branches in unit.releases:
        with_levels = (branch for branch in _in_order(branches) if branch.levels)
        for group in _groups(with_levels, partial(_line, branches)):
            if _are_major(group) or not _by_calendar(group):
                yield from _early_ends(group)
            yield from _late_begins(group)


def _line(branches: Branches, branch: ReleaseBranch) -> tuple[tuple[str, ...], int | None]:
    """The owner of a branch, and its major version; None if it contains all of that or several ones."""
    low, high = branch.versions.ranges[0].low, branch.versions.ranges[-1].high
    if low is None or high is None or high.version > parse_version(str(low.version.major + 1)):
        return branch.owner, None
    number = low.version.major
    lows = (other.versions.minimum for other in branches if other is not branch)
    alone = all(low is None or low.version.major != number for low in lows)
    return branch.owner, None if alone and high.version.major > number else number


def _early_ends(group: Branches) -> Iterator[Finding]:
    longest: ReleaseBranch | None = None
    for branch in group:
        end = branch.end
        if longest is not None and end and end.day < _supported_until(longest) and not _share(branch, longest):
            problem = f"ends on {_written(end)}, but the older '{longest.versions.text}' is supported after that"
            yield _wrong_order(branch, problem, longest, "; with a level 'lts', it may last longer")
        later = longest is None or _supported_until(branch) > _supported_until(longest)
        if later and not branch.is_long_term:
            longest = branch


def _late_begins(group: Branches) -> Iterator[Finding]:
    latest: ReleaseBranch | None = None
    for branch in group:
        begin, before = branch.begin, latest.begin if latest else None
        is_early = begin and before and not before.by and begin.day < _earliest(before)
        if latest is not None and begin and is_early and not _share(branch, latest):
            problem = f"begins on {_written(begin)}, before the older '{latest.versions.text}'"
            yield _wrong_order(branch, problem, latest)
        if begin and not begin.by and (before is None or begin.day > before.day):
            latest = branch


def _share(one: ReleaseBranch, other: ReleaseBranch) -> bool:
    """Whether both have some versions, so that neither is the older one."""
    return any(map(has_release, one.versions.common(other.versions)))


def _wrong_order(branch: ReleaseBranch, problem: str, older: ReleaseBranch, hint: str = "") -> Finding:
    message = f"'{branch.versions.text}' {problem}"
    return _wrong_level("ladder-order", branch, message, f"the older branch is at {older.place}{hint}")


def _wrong_level(code: str, branch: ReleaseBranch, message: str, other: str) -> Finding:
    values = branch.record.all_alternatives
    place = next((a.place for a in values if isinstance(a.value, Lifecycle)), branch.place)
    return Finding(code, message, place, f"which date is correct? {other}", subject=branch.record.subject)


def _supported_until(branch: ReleaseBranch) -> date:
    """The first day on which a branch may be unsupported: without an end, the day after its last level began."""
    supported = [level for level in branch.levels if level.is_supported]
    end = branch.end
    if not supported:
        return date.min
    return _earliest(end) if end is not None and not end.by else _earliest(supported[-1]) + timedelta(days=1)


def _earliest(level: Level) -> date:
    """The first day on which a level may have begun: the first one of a month, a quarter or a year."""
    return level.on.first if level.on is not None else level.day


def _written(level: Level) -> str:
    """The date of a level as its author wrote it."""
    return level.on.text if level.on is not None else ""


def support_gaps(unit: LintUnit) -> Iterator[Finding]:
    """A time between the end of a branch and the beginning of the next one in which no branch is supported.

    An end on the day before the beginning leaves no gap. If versions are missing between the two branches, another
    branch may have been supported.
    """
    for branches in unit.releases:
        for group in _groups(branch for branch in branches if branch.begin):
            last: ReleaseBranch | None = None
            for branch in sorted(group, key=lambda branch: branch.begin.day if branch.begin else date.min):
                begin, end = branch.begin, last.end if last else None
                is_late = begin and not begin.by and end and (_earliest(begin) - end.day).days > 1
                if last and begin and end and is_late and _are_adjacent(last, branch):
                    until = _earliest(begin) - timedelta(days=1)
                    message = f"no branch of {branch.dataset.name} is supported from {end.day} to {until}"
                    yield _wrong_level("support-gap", branch, message, f"the branch before is at {last.place}")
                if last is None or (last.end and (branch.end is None or branch.end.day > last.end.day)):
                    last = branch


def _are_adjacent(one: ReleaseBranch, other: ReleaseBranch) -> bool:
    """Whether two branches follow each other without a version between; the first of a major one may be any."""
    if _share(one, other):
        return False
    for missing in complement(normalize((*one.versions.ranges, *other.versions.ranges))):
        low, high = missing
        if low and high and has_release(missing) and low.version != parse_version(str(high.version.major)):
            return False
    return True


# --- patches -------------------------------------------------------------------------

_LATEST = re.compile(r"(?:^|[._-])(?:last|latest|newest|final)(?:$|[._-])")
_PATCH = re.compile(r"(?:^|[._-])(?:first|last|latest|newest|final)(?:$|[._-])")


def outside_branches(unit: LintUnit) -> Iterator[Finding]:
    """A version or date of a patch that does not belong to the branch of its record.

    A field is checked if its name shows that it states the latest patch, or if most of its values belong to their
    branches. Dates before the branch are checked if the name shows that it states the first or the latest patch.
    """
    for branches in filter(None, unit.releases):
        dataset = branches[0].dataset
        for field, kind in dataset.fields.items():
            is_version = kind.name == "version" and kind.ladder == dataset.name
            if not is_version and kind.name != "date":
                continue
            checked = [
                (branch, alternative.place, problem)
                for branch in branches
                if branch.period.until is None
                for alternative in branch.record.alternatives(field)[-1:]
                if (problem := _problem_outside(branch, field, alternative.value)) is not None
            ]
            wrong = [found for found in checked if found[2]]
            if _LATEST.search(field) or 2 * len(wrong) <= len(checked):
                for branch, place, problem in wrong:
                    yield _outside(branch, place, problem)


def _outside(branch: ReleaseBranch, place: Place, problem: str) -> Finding:
    hint = "correct the value, or the branch"
    return Finding("outside-branch", problem, place, hint, subject=branch.record.subject)


def _problem_outside(branch: ReleaseBranch, field: str, value: Value) -> str | None:
    """A message about a version or date outside of a branch, empty if it is inside; None for what cannot be checked."""
    if isinstance(value, Versions):
        inside = branch.versions.common(value.set)
        return "" if inside else f"{value.text} is not a version of '{branch.versions.text}'"
    first = next(iter(branch.lifecycle.levels), None)
    if not isinstance(value, Day):
        return None
    if first and first.is_certain and not first.by and _PATCH.search(field) and value.last < _earliest(first):
        return f"{value.text} is before the beginning of '{branch.versions.text}' on {_written(first)}"
    if branch.end is None:
        return None
    is_late = value.first > branch.end.day
    return f"{value.text} is after the end of '{branch.versions.text}' on {_written(branch.end)}" if is_late else ""
