"""Rules about ladders: branches of releases, the levels of their support, and what is measured on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from sitegen.context import long_date
from sitegen.derived import supported_versions
from sitegen.facts import LIBRARIES, Record
from sitegen.findings import Finding, Place
from sitegen.rules.material import Branch, Common, Ladder, Part, Period, overlap, owner, periods, scope_ids, title
from sitegen.values import STAGES, Level, Lifecycle, List, Support, Value, Versions
from sitegen.version_ranges import (
    Bound,
    Range,
    complement,
    first_release,
    has_release,
    holds,
    intersect,
    low_key,
    normalize,
    range_text,
)
from sitegen.versions import VersionSet


def overlapping(part: Part) -> Iterator[Finding]:
    """Two branches that are in force on one day hold the same versions: which level do these have?"""
    for ladder in part.ladders():
        lows = sorted(ladder.branches, key=lambda branch: _low(branch.versions))
        for index, lower in enumerate(lows):
            for higher in lows[index + 1 :]:
                end = lower.versions.ranges[-1].high
                low = higher.versions.minimum
                if end is not None and low is not None and low.version > end.version:
                    break
                common = [item for item in lower.versions.common(higher.versions) if has_release(item)]
                if common and lower.record is not higher.record and lower.together(higher) and _meet(lower, higher):
                    yield _overlap(lower, higher, common[0])


def _overlap(one: Branch, other: Branch, common: Range) -> Finding:
    first, second = sorted((one, other), key=lambda branch: branch.alternative.place)
    message = (
        f"'{second.versions.text}' and '{first.versions.text}' of '{first.record.id}' both hold {range_text(common)}"
    )
    hint = f"a version is in one branch; the other is at {first.alternative.place}"
    return Finding("ladder-overlap", message, second.alternative.place, hint, subject=_subject(second.record))


def _meet(one: Branch, other: Branch) -> bool:
    return owner(one.record) == owner(other.record)


def _low(versions: VersionSet) -> tuple[int, object, int]:
    low = versions.minimum
    return (0, 0, 0) if low is None else (1, low.version, not low.inclusive)


def gaps(part: Part) -> Iterator[Finding]:
    """Versions between two branches that none holds. What only pre-releases fill is no gap."""
    for ladder in part.ladders():
        for missing, above in _gaps(ladder):
            message = f"no branch of {ladder.dataset.name} holds {range_text(missing)}"
            hint = "let the branches meet, or allow the gap"
            yield Finding("ladder-gap", message, above.alternative.place, hint, subject=_subject(above.record))


def _gaps(ladder: Ladder) -> Iterator[tuple[Range, Branch]]:
    """Each gap, and the branch above it."""
    groups: dict[tuple[str, ...], list[Branch]] = {}
    for branch in ladder.branches:
        if branch.until is None:
            groups.setdefault(owner(branch.record), []).append(branch)
    for group in groups.values():
        covered = normalize(item for branch in group for item in branch.versions.ranges)
        for missing in complement(covered):
            if missing.low is None or missing.high is None or not has_release(missing):
                continue
            lows = ((b, item.low) for b in group for item in b.versions.ranges)
            yield missing, next(b for b, low in lows if low and _same(low, missing.high))


def _same(low: Bound, high: Bound) -> bool:
    return low.version == high.version and low.inclusive != high.inclusive


def disorder(part: Part) -> Iterator[Finding]:
    """A newer branch that ends, or a newer one that begins, before an older one surely does."""
    for ladder in part.ladders():
        groups: dict[tuple[str, ...], list[Branch]] = {}
        for branch in sorted(ladder.branches, key=lambda branch: _low(branch.versions)):
            if branch.levels is not None and branch.until is None:
                groups.setdefault(owner(branch.record), []).append(branch)
        for group in groups.values():
            yield from _ends_early(group)
            yield from _begins_late(group)


def _ends_early(group: list[Branch]) -> Iterator[Finding]:
    longest: Branch | None = None
    for branch in group:
        end = _end(branch)
        if longest is not None and end is not None and end.day <= _surely_supported_until(longest):
            older = f"the older '{longest.versions.text}' is supported after"
            message = f"'{branch.versions.text}' ends {'by' if end.by else 'on'} {end.day}, and {older}"
            hint = f"which of the two days is right? the older branch is at {longest.alternative.place}"
            yield Finding("ladder-order", message, _place_of(branch), hint, subject=_subject(branch.record))
        lives = branch.levels is not None and not any(level.stage == "lts" for level in branch.levels.levels)
        if lives and (longest is None or _surely_supported_until(branch) > _surely_supported_until(longest)):
            longest = branch


def _begins_late(group: list[Branch]) -> Iterator[Finding]:
    latest: Branch | None = None
    for branch in group:
        begin = _begin(branch)
        before = _begin(latest) if latest else None
        if latest is not None and begin and before and not before.by and begin.day < before.day:
            begins = f"begins {'by' if begin.by else 'on'} {begin.day}"
            message = f"'{branch.versions.text}' {begins}, before the older '{latest.versions.text}'"
            hint = f"which of the two days is right? the older branch is at {latest.alternative.place}"
            yield Finding("ladder-order", message, _place_of(branch), hint, subject=_subject(branch.record))
        if begin and not begin.by and (before is None or begin.day > before.day):
            latest = branch


def _place_of(branch: Branch) -> Place:
    for varying in branch.record.facts.values():
        for alternative in varying.alternatives:
            if isinstance(alternative.value, Lifecycle):
                return alternative.place
    return branch.alternative.place


def _begin(branch: Branch) -> Level | None:
    levels = branch.levels.levels if branch.levels else ()
    return next((level for level in levels if STAGES[level.stage][1]), None)


def _end(branch: Branch) -> Level | None:
    """The first level without support after support."""
    levels = branch.levels.levels if branch.levels else ()
    return next((level for level in levels if level.stage in ("eol", "removed")), None)


def _surely_supported_until(branch: Branch) -> date:
    """The last day on which a branch is surely supported: an end that nobody has announced is no support for ever."""
    levels = branch.levels.levels if branch.levels else ()
    supported = [level for level in levels if STAGES[level.stage][1]]
    end = _end(branch)
    if not supported:
        return date.min
    return supported[-1].day if end is None or end.by else end.day


def uncovered(part: Part) -> Iterator[Finding]:
    """Versions of a ladder that no branch holds."""
    told: set[tuple[Place, str]] = set()
    for record, field, ladder_name in _measured(part):
        for period, ladder in _with_ladders(part, record, field, ladder_name):
            for versions in _sets(period.alternative.value):
                missing = _uncovered(part, versions, period, ladder)
                key = (period.alternative.place, versions.text)
                if missing is not None and key not in told:
                    told.add(key)
                    message = f"no branch of {ladder_name} holds {_named(missing, versions)}{_whose(part, record)}"
                    kind = part.datasets[record.dataset].fields[field]
                    hint = f"a field of the type '{kind}' names versions of {ladder_name}"
                    yield Finding("uncovered-versions", message, key[0], hint, subject=_subject(record))


def _named(missing: Range, versions: VersionSet) -> str:
    return versions.text if versions.bare else range_text(missing)


def _uncovered(part: Part, versions: VersionSet, period: Period, ladder: Ladder) -> Range | None:
    """The first versions of a set that no branch has. An open end reaches as far as the ladder."""
    branches = [b for b in ladder.branches if overlap((b.since, b.until), (period.since, period.until))]
    if not branches:
        return None  # a ladder that does not reach back to these days tells nothing about them
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
        skipped = (gap for gap, above in _gaps(ladder) if part.allowed("ladder-gap", above.alternative.place))
        missing = intersect(missing, complement(normalize(skipped)))
    return next((item for item in missing if has_release(item)), None)


def _within(low: Bound, branch: Branch) -> bool:
    """Whether a branch has the release at the lower end of a range, or the one that a pre-release leads to."""
    return any(holds(item, first_release(low.version)) for item in branch.versions.ranges)


def dead_minimums(part: Part) -> Iterator[Finding]:
    """Minimums in branches that nobody supports, none in another: who installs one gets what is not supported."""
    told: set[Place] = set()
    day = part.common.day
    for record, field, ladder_name in _measured(part):
        if not record.in_force(day):
            continue
        for period, ladder in _with_ladders(part, record, field, ladder_name):
            place = period.alternative.place
            versions = supported_versions(period.alternative.value)
            now = overlap((period.since, period.until), (day, date.fromordinal(day.toordinal() + 1)))
            if versions is None or versions.ranges[-1].high is not None or not now or place in told:
                continue
            dead = _dead(versions, ladder, day)
            if dead is not None:
                told.add(place)
                message, hint = dead
                yield Finding("dead-minimum", message + _whose(part, record), place, hint, subject=_subject(record))


def _dead(versions: VersionSet, ladder: Ladder, day: date) -> tuple[str, str] | None:
    """A message and a hint about a set whose minimums are all in branches that have ended; None for any other."""
    branches = list(_in_force(ladder, day))
    low: Bound | None = None
    branch: Branch | None = None
    for item in versions.ranges:  # the message is about the last one
        low = item.low
        branch = next((b for b in branches if low and _within(low, b)), None)
        if branch is None or branch.supported(day) or not _has_ended(branch, day):
            return None
    if low is None or branch is None:
        return None
    first = _first_supported(versions, branches, day)
    level = branch.levels.at(day) if branch.levels else None
    since = f" since {long_date(level.day)}" if level and not level.by else ""
    label = STAGES[level.stage][0] if level else "not supported"
    message = f"{low.text} is in '{branch.versions.text}', which is {label}{since}"
    hint = f"the first supported release that has it is {first.first}" if first else "no supported release has it"
    return message, hint


def _whose(part: Part, record: Record) -> str:
    """Which library has the ladder that a common record is held against."""
    if not part.own or record is not part.common.shared[record.dataset].records.get(record.id):
        return ""
    libraries = part.common.shared[LIBRARIES]
    return f", for {title(libraries.records[part.library], libraries)}"


def _has_ended(branch: Branch, day: date) -> bool:
    level = branch.levels.at(day) if branch.levels else None
    return level is not None and level.stage in ("eol", "removed")


def _in_force(ladder: Ladder, day: date) -> Iterator[Branch]:
    following = date.fromordinal(day.toordinal() + 1)
    return (b for b in ladder.branches if overlap((b.since, b.until), (day, following)))


def _first_supported(versions: VersionSet, branches: Iterable[Branch], day: date) -> Bound | None:
    """The lowest version of a set that a supported branch has."""
    found = (intersect(versions.ranges, branch.versions.ranges) for branch in branches if branch.supported(day))
    return min((ranges[0].low for ranges in found if ranges and ranges[0].low), key=low_key, default=None)


def _measured(part: Part) -> Iterator[tuple[Record, str, str]]:
    """The records with each of their fields whose versions are those of a ladder that somebody sees beside them.

    For a library that are its own records, and the common ones beside a ladder that it changes.
    """
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


def _with_ladders(part: Part, record: Record, field: str, ladder: str) -> Iterator[tuple[Period, Ladder]]:
    """The values of a field for each product that they may differ for, with the ladder that it sees."""
    scopes = scope_ids(record)
    library = part.seen_by.get(ladder, part.library)
    for product in ["", *(id_ for id_ in part.common.products if id_ in scopes)]:
        rungs = part.ladder(ladder, product)
        for period in periods(record, field, {library, product, record.id}):
            yield period, rungs


def _sets(value: Value) -> Iterator[VersionSet]:
    if isinstance(value, List):
        for item in value.items:
            yield from _sets(item)
    elif isinstance(value, Versions):
        yield value.set
    elif isinstance(value, Support) and value.versions is not None:
        yield value.versions


def _subject(record: Record) -> tuple[str, str]:
    return record.dataset, record.id
