"""Rules about ladders: branches of releases, the levels of their support, and what is measured on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sitegen.context import long_date
from sitegen.derived import supported_versions
from sitegen.facts import LIBRARIES, Dataset, Record
from sitegen.findings import Finding, Place
from sitegen.rules.material import Branch, Common, Ladder, Part, Period, overlap, owner, periods, scope_ids, title
from sitegen.values import STAGES, List, Support, Value, Versions
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
    parse_version,
    range_text,
)
from sitegen.versions import VersionSet


def overlapping(part: Part) -> Iterator[Finding]:
    """Two branches that are in force on one day hold the same versions: which level do these have?"""
    for ladder in part.ladders():
        lows = sorted(ladder.branches, key=lambda branch: low_key(branch.versions.minimum))
        for index, lower in enumerate(lows):
            for higher in lows[index + 1 :]:
                end = lower.versions.ranges[-1].high
                low = higher.versions.minimum
                if end is not None and low is not None and low.version > end.version:
                    break
                common = [item for item in lower.versions.common(higher.versions) if has_release(item)]
                if not common or lower.record is higher.record or not lower.together(higher):
                    continue
                if _meet(lower, higher) and not _two_lines(lower, higher, ladder.dataset):
                    yield _overlap(lower, higher, common[0])


def _overlap(one: Branch, other: Branch, common: Range) -> Finding:
    first, second = sorted((one, other), key=lambda branch: branch.alternative.place)
    message = (
        f"'{second.versions.text}' and '{first.versions.text}' of '{first.record.id}' both hold {range_text(common)}"
    )
    hint = f"a version is in one branch; the other is at {first.alternative.place}"
    return Finding("ladder-overlap", message, second.alternative.place, hint, subject=second.subject)


def _meet(one: Branch, other: Branch) -> bool:
    return owner(one.record) == owner(other.record)


def _two_lines(one: Branch, other: Branch, dataset: Dataset) -> bool:
    """Whether two branches are of lines that share numbers, such as a community and a long-term one.

    A choice or a reference tells lines apart, and so does a text that several branches have. Where the versions are the
    same, any text does, or a level `lts` that one of them has.
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
    varying = record.facts.get(field)
    return [alternative.value for alternative in varying.alternatives] if varying else []


def _long_term(branch: Branch) -> bool:
    return any(level.stage == "lts" for level in branch.levels.levels) if branch.levels else False


def gaps(part: Part) -> Iterator[Finding]:
    """Versions between two branches that none holds. What only pre-releases fill is no gap."""
    for ladder in part.ladders():
        for missing, above in _gaps(ladder):
            if not _is_natural(missing, above, ladder):
                message = f"no branch of {ladder.dataset.name} holds {range_text(missing)}"
                hint = "let the branches meet, or allow the gap"
                yield Finding("ladder-gap", message, above.alternative.place, hint, subject=above.subject)


def _gaps(ladder: Ladder) -> Iterator[tuple[Range, Branch]]:
    """Each range without a branch, and the branch above it."""
    for group in _groups(ladder):
        covered = normalize(item for branch in group for item in branch.versions.ranges)
        for missing in complement(covered):
            if missing.low is not None and missing.high is not None and has_release(missing):
                lows = ((b, item.low) for b in group for item in b.versions.ranges)
                yield missing, next(b for b, low in lows if low and _same(low, missing.high))


def _groups(ladder: Ladder) -> Iterable[list[Branch]]:
    groups: dict[tuple[str, ...], list[Branch]] = {}
    for branch in ladder.branches:
        if branch.until is None:
            groups.setdefault(owner(branch.record), []).append(branch)
    return groups.values()


def _is_natural(missing: Range, above: Branch, ladder: Ladder) -> bool:
    """Whether the numbers of a gap need not exist: between years, or after the last minor version of a major one."""
    group = next(group for group in _groups(ladder) if above in group)
    if missing.low is None or missing.high is None:
        return False
    crosses = missing.high.version.major > missing.low.version.major
    return (by_calendar(group) and not (whole(group) and crosses)) or (crosses and _ends_a_minor(missing.low, group))


_YEARS = range(1990, 2100)


def by_calendar(group: Sequence[Branch]) -> bool:
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
        if low is not None and high is not None and high.version == end.version and high.inclusive != end.inclusive:
            major, minor = low.version.major, low.version.minor
            return len(low.version.release) > 1 and high.version == parse_version(f"{major}.{minor + 1}")
    return False


def whole(group: Sequence[Branch]) -> bool:
    """Whether each branch goes on to the end of a major version, or has no end."""
    ends = [branch.versions.ranges[-1].high for branch in group]
    return all(end is None or len(end.version.release) == 1 for end in ends)


def _same(low: Bound, high: Bound) -> bool:
    return low.version == high.version and low.inclusive != high.inclusive


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
        skipped = (
            gap
            for gap, above in _gaps(ladder)
            if _is_natural(gap, above, ladder) or part.allowed("ladder-gap", above.alternative.place)
        )
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
        if ladder_name == record.dataset or not record.in_force(day):
            continue  # a branch names its own versions: that is no minimum
        for period, ladder in _with_ladders(part, record, field, ladder_name):
            place = period.alternative.place
            versions = supported_versions(period.alternative.value, day)
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
        lines = [b for b in branches if low and _within(low, b)]  # several where lines share numbers
        branch = lines[0] if lines else None
        if branch is None or any(b.supported(day) or not _has_ended(b, day) for b in lines):
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
