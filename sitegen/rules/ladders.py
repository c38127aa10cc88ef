"""Rules about ladders: branches of releases, the levels of their support, and versions that are measured on them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING

from sitegen.dates import long_date
from sitegen.facts.alternatives import in_period
from sitegen.facts.datasets import LIBRARIES, Dataset, Record, items_of
from sitegen.facts.values import STAGES, Day, Lifecycle, Support, Value, Versions
from sitegen.facts.version_ranges import (
    Bound,
    Range,
    complement,
    contains,
    first_release,
    has_release,
    intersect,
    low_key,
    normalize,
    parse_version,
    range_text,
)
from sitegen.findings import Finding, Place
from sitegen.rules.parts import (
    ENDED,
    Branch,
    Common,
    Ladder,
    Part,
    Period,
    overlap,
    periods,
    products_of,
    title_of,
)
from sitegen.tables.derived import supported_versions

if TYPE_CHECKING:
    from sitegen.facts.versions import VersionSet

# --- versions of branches ------------------------------------------------------------


def overlapping(part: Part) -> Iterator[Finding]:
    """Two branches that are in force on one day contain the same versions: which level do these have?"""
    for ladder in part.ladders:
        lows = sorted(ladder.branches, key=lambda branch: low_key(branch.versions.minimum))
        for index, lower in enumerate(lows):
            for higher in lows[index + 1 :]:
                end = lower.versions.ranges[-1].high
                low = higher.versions.minimum
                if end is not None and low is not None and low.version > end.version:
                    break
                common = [item for item in lower.versions.common(higher.versions) if has_release(item)]
                apart = lower.record is higher.record or not overlap(lower.period.days, higher.period.days)
                if not common or apart or lower.owner != higher.owner:
                    continue
                if not _two_lines(lower, higher, ladder.dataset):
                    yield _overlap(lower, higher, common[0])


def _overlap(one: Branch, other: Branch, common: Range) -> Finding:
    first, second = sorted((one, other), key=lambda branch: branch.place)
    message = (
        f"'{second.versions.text}' and '{first.versions.text}' of '{first.record.id}' both hold {range_text(common)}"
    )
    hint = f"a version is in one branch; the other is at {first.place}"
    return Finding("ladder-overlap", message, second.place, hint, subject=second.record.subject)


def _two_lines(one: Branch, other: Branch, dataset: Dataset) -> bool:
    """Whether two branches are of lines that share numbers, such as a community and a long-term one.

    A choice or a reference distinguishes lines, and so does a text that several branches have. Where the versions are
    the same, any text does, or a level `lts` that one of them has.
    """
    same = one.versions.ranges == other.versions.ranges
    for field, kind in dataset.fields.items():
        lines = kind.name in ("one of", "reference") or (kind.name == "text" and (same or _is_shared(dataset, field)))
        if lines and _values(one.record, field) != _values(other.record, field):
            return True
    return same and _long_term(one) != _long_term(other)


def _is_shared(dataset: Dataset, field: str) -> bool:
    """Whether several records have the same value in a field."""
    found = [values for record in dataset.records.values() if (values := _values(record, field))]
    return any(values in found[:index] for index, values in enumerate(found))


def _values(record: Record, field: str) -> list[Value]:
    return [alternative.value for alternative in record.alternatives(field)]


def _long_term(branch: Branch) -> bool:
    return any(level.stage == "lts" for level in branch.levels)


def _groups(
    branches: Iterable[Branch], key: Callable[[Branch], object] = lambda branch: branch.owner
) -> list[list[Branch]]:
    """The branches whose versions do not change later, by owner or another key."""
    groups: dict[object, list[Branch]] = {}
    for branch in branches:
        if branch.period.until is None:
            groups.setdefault(key(branch), []).append(branch)
    return list(groups.values())


def gaps(part: Part) -> Iterator[Finding]:
    """Versions between two branches that none contains. What only pre-releases fill is no gap."""
    for ladder in part.ladders:
        for missing, above, group in _gaps(ladder):
            if not _is_natural(missing, group):
                message = f"no branch of {ladder.dataset.name} holds {range_text(missing)}"
                hint = "let the branches meet, or allow the gap"
                yield Finding("ladder-gap", message, above.place, hint, subject=above.record.subject)


def _gaps(ladder: Ladder) -> Iterator[tuple[Range, Branch, list[Branch]]]:
    """Each range without a branch, the branch above it, and all branches of that owner."""
    for group in _groups(ladder.branches):
        for missing in complement(normalize(item for branch in group for item in branch.versions.ranges)):
            if missing.low is not None and missing.high is not None and has_release(missing):
                lows = ((b, item.low) for b in group for item in b.versions.ranges)
                yield missing, next(b for b, low in lows if low and _same(low, missing.high)), group


def _same(low: Bound, high: Bound) -> bool:
    return low.version == high.version and low.inclusive != high.inclusive


def _is_natural(missing: Range, group: Sequence[Branch]) -> bool:
    """Whether the numbers of a gap need not exist: between years, or after the last minor version of a major one."""
    if missing.low is None or missing.high is None:
        return False
    crosses = missing.high.version.major > missing.low.version.major
    return (_by_calendar(group) and not (_whole(group) and crosses)) or (crosses and _ends_a_minor(missing.low, group))


_YEARS = range(1990, 2100)


def _by_calendar(group: Sequence[Branch]) -> bool:
    """Whether the numbers of branches are years, or the years and months of their beginnings: 2026.1, 24.04.

    Such numbers are not consecutive.
    """
    lows = [(low.version.release, branch.begin) for branch in group if (low := branch.versions.minimum)]
    if all(release[0] in _YEARS for release, _ in lows):
        return bool(lows)
    return all(
        begin is not None and not begin.by and release[:2] == (begin.day.year % 100, begin.day.month)
        for release, begin in lows
    )


def _ends_a_minor(end: Bound, group: Sequence[Branch]) -> bool:
    """Whether a branch of one minor version ends here, such as 2.7: it may be the last one of its major version."""
    for branch in group:
        low, high = branch.versions.ranges[-1]
        if low is not None and high is not None and _same(end, high):
            major, minor = low.version.major, low.version.minor
            return len(low.version.release) > 1 and high.version == parse_version(f"{major}.{minor + 1}")
    return False


def _whole(group: Sequence[Branch]) -> bool:
    """Whether each branch goes on to the end of a major version, or has no end."""
    ends = [branch.versions.ranges[-1].high for branch in group]
    return all(end is None or len(end.version.release) == 1 for end in ends)


# --- versions that are measured on a ladder ------------------------------------------


def uncovered(part: Part) -> Iterator[Finding]:
    """Versions of a ladder that no branch contains."""
    seen: set[tuple[Place, str]] = set()
    for record, field, period, ladder in _measured(part):
        for value in items_of(period.alternative.value):
            versions = (
                value.set if isinstance(value, Versions) else value.versions if isinstance(value, Support) else None
            )
            missing = _uncovered(part, versions, period, ladder) if versions else None
            if versions and missing and (period.alternative.place, versions.text) not in seen:
                seen.add((period.alternative.place, versions.text))
                named = versions.text if versions.bare else range_text(missing)
                name = ladder.dataset.name
                message = f"no branch of {name} holds {named}{_whose(part, record)}"
                hint = f"a field of the type '{part.datasets[record.dataset].fields[field]}' names versions of {name}"
                place = period.alternative.place
                yield Finding("uncovered-versions", message, place, hint, subject=record.subject)


def _uncovered(part: Part, versions: VersionSet, period: Period, ladder: Ladder) -> Range | None:
    """The first versions of a set that no branch has. An open end reaches as far as the ladder."""
    branches = [branch for branch in ladder.branches if overlap(branch.period.days, period.days)]
    if not branches:
        return None  # a ladder that does not reach back to these days shows nothing about them
    covered = normalize(item for branch in branches for item in branch.versions.ranges)
    wanted = versions.as_minimum.ranges
    last = wanted[-1]
    if last.high is None:  # a minimum: what matters is where it begins
        inside = last.low is None or any(_within(last.low, branch) for branch in branches)
        if not inside:
            return last
        wanted = wanted[:-1]
    if wanted and wanted[0].low is None:
        wanted = (*(intersect(wanted[:1], (Range(covered[0].low, None),)) or wanted[:1]), *wanted[1:])
    missing = intersect(wanted, complement(covered))
    if missing and not part.allowed("uncovered-versions", period.alternative.place):
        skipped = (
            gap
            for gap, above, group in _gaps(ladder)
            if _is_natural(gap, group) or part.allowed("ladder-gap", above.place)
        )
        missing = intersect(missing, complement(normalize(skipped)))
    return next((item for item in missing if has_release(item)), None)


def _within(low: Bound, branch: Branch) -> bool:
    """Whether a branch has the release at the lower end of a range, or the one that a pre-release leads to."""
    return any(contains(item, first_release(low.version)) for item in branch.versions.ranges)


def dead_minimums(part: Part) -> Iterator[Finding]:
    """Minimums in branches that are not supported, none in another: who installs one gets what is not supported."""
    seen: set[Place] = set()
    day = part.common.day
    for record, _, period, ladder in _measured(part):
        if ladder.dataset.name == record.dataset or not record.in_force(day):
            continue  # a branch names its own versions: that is no minimum
        place = period.alternative.place
        versions = supported_versions(period.alternative.value, day)
        open_end = versions is not None and versions.ranges[-1].high is None
        if versions and open_end and in_period(*period.days, day) and place not in seen:
            dead = _dead(versions, ladder, day)
            if dead is not None:
                seen.add(place)
                message, hint = dead
                yield Finding("dead-minimum", message + _whose(part, record), place, hint, subject=record.subject)


def _dead(versions: VersionSet, ladder: Ladder, day: date) -> tuple[str, str] | None:
    """A message and a hint about a set whose minimums are all in branches that have ended; None for any other."""
    branches = [branch for branch in ladder.branches if in_period(*branch.period.days, day)]
    low: Bound | None = None
    branch: Branch | None = None
    for item in versions.ranges:  # the message is about the last one
        low = item.low
        lines = [b for b in branches if low and _within(low, b)]  # several where lines share numbers
        branch = lines[0] if lines else None
        levels = [b.cycle.at(day) for b in lines]
        if branch is None or not all(level and level.stage in ENDED for level in levels):
            return None
    if low is None or branch is None:
        return None
    found = (intersect(versions.ranges, b.versions.ranges) for b in branches if b.supported(day))
    first = min((ranges[0].low for ranges in found if ranges and ranges[0].low), key=low_key, default=None)
    level = branch.cycle.at(day)
    since = f" since {long_date(level.day)}" if level and not level.by else ""
    label = STAGES[level.stage][0] if level else "not supported"
    message = f"{low.text} is in '{branch.versions.text}', which is {label}{since}"
    hint = f"the first supported release that has it is {first.first}" if first else "no supported release has it"
    return message, hint


def _whose(part: Part, record: Record) -> str:
    """Which library has the ladder with which a common record is compared."""
    if not part.own or record is not part.common.shared[record.dataset].records.get(record.id):
        return ""
    libraries = part.common.shared[LIBRARIES]
    return f", for {title_of(libraries.records[part.library], libraries)}"


def _measured(part: Part) -> Iterator[tuple[Record, str, Period, Ladder]]:
    """The values of fields whose versions are those of a ladder, each with the ladder as a product sees both.

    For a library these are those of its own records, and the common ones together with a ladder that it changes.
    """
    for record, field, name in _measured_records(part):
        library = part.seen_by.get(name, part.library)
        for product in products_of(part, [record]):
            ladder = part.ladder(name, product)
            for period in periods(record, field, {library, product, record.id}):
                yield record, field, period, ladder


def _measured_records(part: Part) -> Iterator[tuple[Record, str, str]]:
    common = part.common
    measured = common.once(_measured_fields)
    for record in part.records if measured else ():
        for field, ladder in measured.get(record.dataset, ()):
            if field in record.facts and (part.own or ladder in part.seen_by):
                yield record, field, ladder
    for name, fields in measured.items() if part.own else ():
        changed = [(field, ladder) for field, ladder in fields if ladder in part.seen_by]
        for id_, record in common.shared[name].records.items() if changed else ():
            if part.datasets[name].records[id_] is record:
                yield from ((record, field, ladder) for field, ladder in changed if field in record.facts)


def _measured_fields(common: Common) -> dict[str, list[tuple[str, str]]]:
    """For each dataset its fields whose versions are those of a ladder, with the ladder."""
    found = {
        name: [(field, kind.ladder) for field, kind in dataset.fields.items() if kind.ladder]
        for name, dataset in common.shared.items()
    }
    return {name: fields for name, fields in found.items() if fields}


# --- the order of levels -------------------------------------------------------------


def disorder(part: Part) -> Iterator[Finding]:
    """A newer branch that ends, or a newer one that begins, before an older one surely does.

    Compared are branches of one major version, such as 3.8 and 3.9, and those of whole ones, such as 2.x and 3.x: a
    branch 2.7 may outlive 3.3.
    """
    for ladder in part.ladders:
        branches = sorted(ladder.branches, key=lambda branch: low_key(branch.versions.minimum))
        for group in _groups([branch for branch in branches if branch.levels], partial(_line, ladder)):
            if _whole(group) or not _by_calendar(group):
                yield from _ends_early(group)
            yield from _begins_late(group)


def _line(ladder: Ladder, branch: Branch) -> tuple[tuple[str, ...], int | None]:
    """The owner of a branch, and the major version that it is only a part of; None if it has all of one or several."""
    low, high = branch.versions.ranges[0].low, branch.versions.ranges[-1].high
    if low is None or high is None or high.version > parse_version(str(low.version.major + 1)):
        return branch.owner, None
    number = low.version.major
    lows = (other.versions.minimum for other in ladder.branches if other is not branch)
    alone = all(low is None or low.version.major != number for low in lows)
    return branch.owner, None if alone and high.version.major > number else number


def _ends_early(group: list[Branch]) -> Iterator[Finding]:
    longest: Branch | None = None
    for branch in group:
        end = branch.end
        if longest is not None and end is not None and end.day < _surely_supported_until(longest):
            yield _disorder(
                branch, f"ends on {end.day}, and the older '{longest.versions.text}' is supported after", longest
            )
        later = longest is None or _surely_supported_until(branch) > _surely_supported_until(longest)
        if later and not _long_term(branch):
            longest = branch


def _begins_late(group: list[Branch]) -> Iterator[Finding]:
    latest: Branch | None = None
    for branch in group:
        begin = branch.begin
        before = latest.begin if latest else None
        if latest is not None and begin and before and not before.by and begin.day < before.day:
            yield _disorder(branch, f"begins on {begin.day}, before the older '{latest.versions.text}'", latest)
        if begin and not begin.by and (before is None or begin.day > before.day):
            latest = branch


def _disorder(branch: Branch, what: str, older: Branch) -> Finding:
    message = f"'{branch.versions.text}' {what}"
    hint = f"which of the two days is right? the older branch is at {older.place}"
    return Finding("ladder-order", message, _place_of_levels(branch), hint, subject=branch.record.subject)


def _place_of_levels(branch: Branch) -> Place:
    alternatives = (a for varying in branch.record.facts.values() for a in varying.alternatives)
    return next((a.place for a in alternatives if isinstance(a.value, Lifecycle)), branch.place)


def _surely_supported_until(branch: Branch) -> date:
    """The first day on which a branch may be without support: one after the last level began, if it has no end."""
    supported = [level for level in branch.levels if STAGES[level.stage][1]]
    end = branch.end
    if not supported:
        return date.min
    return end.day if end is not None and not end.by else supported[-1].day + timedelta(days=1)


def support_gaps(part: Part) -> Iterator[Finding]:
    """A time between the end of a branch and the beginning of the next in which no branch is supported.

    An end on the day before the beginning is none. Between branches that do not follow each other, others may have been
    supported.
    """
    for ladder in part.ladders:
        for group in _groups(branch for branch in ladder.branches if branch.begin):
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
            hint = f"which of the two days is right? the branch before is at {last.place}"
            yield Finding("support-gap", message, _place_of_levels(branch), hint, subject=branch.record.subject)
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

    The names of fields show which ones have such, or most of the records.
    """
    for ladder in part.ladders:
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
        if branch.period.until is None
        for alternative in branch.record.alternatives(field)[-1:]
        if (message := judge(branch, alternative.value)) is not None
    ]
    wrong = [found for found in judged if found[2]]
    if _OF_BRANCH.search(field) or 2 * len(wrong) <= len(judged):
        for branch, place, message in wrong:
            yield Finding("outside-branch", message, place, "correct it, or the branch", subject=branch.record.subject)


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
