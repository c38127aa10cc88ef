"""Rules about versions in fields such as `support of releases`, whose versions belong to release branches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sitegen.dates import long_date
from sitegen.facts.alternatives import in_period
from sitegen.facts.datasets import LIBRARIES, Record
from sitegen.facts.values import ENDED
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
    range_text,
)
from sitegen.facts.versions import VersionSet
from sitegen.findings import Finding, Place
from sitegen.rules.branch_rules import gaps_between
from sitegen.rules.branches import Branches, ReleaseBranch, version_sets
from sitegen.rules.context import LintUnit, title_of
from sitegen.rules.periods import ValuePeriod, overlap, periods
from sitegen.tables.derived import supported_versions


def uncovered_versions(unit: LintUnit) -> Iterator[Finding]:
    """Versions that are in no release branch."""
    seen: set[tuple[Place, str]] = set()
    for record, field, period, branches in _versions_of_releases(unit):
        place = period.alternative.place
        for versions in version_sets(period.alternative.value):
            missing = _uncovered(unit, versions, period, branches)
            if missing and (place, versions.text) not in seen:
                seen.add((place, versions.text))
                kind = unit.datasets[record.dataset].fields[field]
                text = versions.text if versions.bare else range_text(missing)
                message = f"no branch of {kind.ladder} contains {text}{_for_library(unit, record)}"
                hint = f"a field of the type '{kind}' takes versions of {kind.ladder}"
                yield Finding("uncovered-versions", message, place, hint, subject=record.subject)


def _uncovered(unit: LintUnit, versions: VersionSet, period: ValuePeriod, all_branches: Branches) -> Range | None:
    """The first versions of a set that are in no branch. An open end is limited to the branches."""
    branches = [branch for branch in all_branches if overlap(branch.period.days, period.days)]
    if not branches:
        return None  # no branch is known for these days
    covered = normalize(item for branch in branches for item in branch.versions.ranges)
    wanted = versions.as_minimum.ranges
    last = wanted[-1]
    if last.high is None:  # a minimum: only its lower end matters
        if last.low is not None and not any(_contains(branch, last.low) for branch in branches):
            return last
        wanted = wanted[:-1]
    if wanted and wanted[0].low is None:
        wanted = (*(intersect(wanted[:1], (Range(covered[0].low, None),)) or wanted[:1]), *wanted[1:])
    missing = intersect(wanted, complement(covered))
    if missing and not unit.is_suppressed("uncovered-versions", period.alternative.place):
        accepted = (
            gap
            for gap, above, is_natural in gaps_between(all_branches)
            if is_natural or unit.is_suppressed("ladder-gap", above.place)
        )
        missing = intersect(missing, complement(normalize(accepted)))
    return next((item for item in missing if has_release(item)), None)


def _contains(branch: ReleaseBranch, low: Bound) -> bool:
    """Whether a branch contains a version, or for a pre-release the release that follows it."""
    return any(contains(item, first_release(low.version)) for item in branch.versions.ranges)


def dead_minimums(unit: LintUnit) -> Iterator[Finding]:
    """Minimum versions that are all in unsupported branches."""
    seen: set[Place] = set()
    day = unit.context.day
    for record, field, period, branches in _versions_of_releases(unit):
        place = period.alternative.place
        kind = unit.datasets[record.dataset].fields[field]
        if kind.ladder == record.dataset or not record.in_force(day) or place in seen:
            continue  # the versions of a branch itself are not a minimum
        versions = supported_versions(period.alternative.value, day)
        if versions and versions[-1].high is None and in_period(*period.days, day):
            problem = _dead_minimum(versions, branches, day)
            if problem is not None:
                seen.add(place)
                message, hint = problem
                message += _for_library(unit, record)
                yield Finding("dead-minimum", message, place, hint, subject=record.subject)


def _dead_minimum(versions: tuple[Range, ...], branches: Branches, day: date) -> tuple[str, str] | None:
    """A message and a hint about a set if the branches of all its minimums have ended."""
    branches = [branch for branch in branches if in_period(*branch.period.days, day)]
    low: Bound | None = None
    branch: ReleaseBranch | None = None
    for item in versions:  # the message is about the last one
        low = item.low
        lines = [b for b in branches if low and _contains(b, low)]  # several if lines share numbers
        branch = lines[0] if lines else None
        levels = [b.lifecycle.at(day) for b in lines]
        if branch is None or not all(level and level.stage in ENDED for level in levels):
            return None
    level = branch.lifecycle.at(day) if branch else None
    if low is None or branch is None or level is None:
        return None
    on = level.on
    since = "" if level.by or not on else f" since {long_date(on.first) if on.first == on.last else on.text}"
    message = f"{low.text} is in '{branch.versions.text}', which is {level.label}{since}"
    supported = (b for b in branches if (current := b.lifecycle.at(day)) and current.is_supported)
    found = (intersect(versions, b.versions.ranges) for b in supported)
    first = min((ranges[0].low for ranges in found if ranges and ranges[0].low), key=low_key, default=None)
    hint = f"the first supported release that meets it is {first.first}" if first else "no supported release meets it"
    return message, hint


def _for_library(unit: LintUnit, record: Record) -> str:
    """The library whose branches a shared record is compared with, for a message."""
    if not unit.is_library or record is not unit.context.shared[record.dataset].records.get(record.id):
        return ""
    libraries = unit.context.shared[LIBRARIES]
    return f", for {title_of(libraries.records[unit.library], libraries)}"


def _versions_of_releases(unit: LintUnit) -> Iterator[tuple[Record, str, ValuePeriod, Branches]]:
    """The values of fields with versions of release branches, each with the branches as a product sees them.

    For a library these are the values of its own records, and the shared ones if the library changes the branches.
    """
    for record, field, name in _fields_to_compare(unit):
        library = unit.checked.get(name, unit.library)
        for product in unit.products_of([record]):
            branches = unit.branches_of(name, product)
            for period in periods(record, field, {library, product, record.id}):
                yield record, field, period, branches


def _fields_to_compare(unit: LintUnit) -> Iterator[tuple[Record, str, str]]:
    """Records, their fields with versions of release branches, and the datasets of these branches."""
    for name, dataset in unit.datasets.items():
        shared = unit.context.shared[name].records
        fields = [(field, kind.ladder) for field, kind in dataset.fields.items() if kind.ladder]
        checked = [(field, releases) for field, releases in fields if releases in unit.checked]
        for id_, record in dataset.records.items() if checked or (fields and dataset.records is not shared) else ():
            is_own = unit.is_library and shared.get(id_) is not record
            for field, releases in fields if is_own else checked:
                if field in record.facts:
                    yield record, field, releases
