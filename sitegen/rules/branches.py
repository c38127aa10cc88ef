"""Release branches: the versions of the records of a dataset of releases, with their levels of support."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Dataset, Record, lifecycle_field, versions_field
from sitegen.facts.values import ENDED, Level, Lifecycle, Reference, Support, Value, Versions, plain_items
from sitegen.facts.versions import VersionSet
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.rules.periods import ValuePeriod, periods


@frozen
class ReleaseBranch:
    """A release branch during a period: its versions, and its levels of support.

    `owner` are the libraries and products that it belongs to; branches of different owners are independent.
    """

    dataset: Dataset
    record: Record
    owner: tuple[str, ...]
    period: ValuePeriod
    versions: VersionSet
    lifecycle: Lifecycle
    begin: Level | None  # the first level with support, if it is certain
    end: Level | None  # the first level that ends support, if it is certain

    @property
    def place(self) -> Place:
        """The place of its versions."""
        return self.period.alternative.place

    @property
    def levels(self) -> tuple[Level, ...]:
        """Its levels of support that are certain; empty without a lifecycle."""
        return tuple(level for level in self.lifecycle.levels if level.is_certain)

    @property
    def is_long_term(self) -> bool:
        """Whether it has long-term support."""
        return any(level.stage == "lts" for level in self.levels)


Branches = Sequence[ReleaseBranch]


def release_branches(dataset: Dataset, ids: set[str]) -> Branches:
    """The branches of a dataset of releases, with the values that apply to a library and a product."""
    return [branch for record in dataset.records.values() for branch in _branches(dataset, record, ids)]


def _branches(dataset: Dataset, record: Record, ids: set[str]) -> Iterator[ReleaseBranch]:
    """The branches of a record: one for each period of its versions."""
    ids = ids | {record.id}
    field = lifecycle_field(dataset) or ""
    levels = record.facts[field].at(frozenset(ids), date.max) if field in record.facts else None
    lifecycle = levels.value if levels and isinstance(levels.value, Lifecycle) else Lifecycle(())
    first = lifecycle.levels[0] if lifecycle.levels else None
    begin = _certain(next((level for level in lifecycle.levels if level.is_supported), None))
    end = _certain(next((level for level in lifecycle.levels if level.stage in ENDED), None))
    for period in periods(record, versions_field(dataset) or "", ids):
        value = period.alternative.value
        if isinstance(value, Versions):
            if first and first.by and period.since == first.day:  # the real first day is unknown
                period = period._replace(since=None)  # noqa: PLW2901
            yield ReleaseBranch(dataset, record, _owner(record), period, value.set, lifecycle, begin, end)


def _certain(level: Level | None) -> Level | None:
    return level if level is not None and level.is_certain else None


def _owner(record: Record) -> tuple[str, ...]:
    values = (alternative.value for alternative in record.all_alternatives)
    owners = (v for v in values if isinstance(v, Reference) and v.dataset in (LIBRARIES, PRODUCTS))
    return tuple(sorted(f"{owner.dataset}/{owner.id}" for owner in owners))


def version_sets(value: Value) -> Iterator[VersionSet]:
    """The sets of versions in a value."""
    for item in plain_items(value):
        versions = item.versions if isinstance(item, Support) else item.set if isinstance(item, Versions) else None
        if versions is not None:
            yield versions
