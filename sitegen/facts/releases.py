"""Levels that begin with the release of another record: `eol: after r126`. They get its date as soon as it has one."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from sitegen.facts.alternatives import Alternative, Varying
from sitegen.facts.datasets import Dataset, Datasets, Record, lifecycle_field, versions_field
from sitegen.facts.lifecycles import order_problem
from sitegen.facts.values import Level, Lifecycle, ReleaseOf, Value
from sitegen.findings import Finding, Place, Report, did_you_mean


def with_releases(datasets: Datasets, report: Report, known: Datasets = MappingProxyType({})) -> Datasets:
    """Datasets with the dates of levels that begin after a release. Those that are `known` have them."""
    changed = {
        name: dated
        for name, dataset in datasets.items()
        if dataset is not known.get(name)
        and lifecycle_field(dataset)
        and any(_levels_after(record) for record in dataset.records.values())
        and (dated := _Releases(dataset, report).dated()) is not dataset
    }
    return MappingProxyType({**datasets, **changed}) if changed else datasets


def _levels_after(record: Record) -> bool:
    values = (alternative.value for alternative in record.all_alternatives)
    return any(level.after for value in values if isinstance(value, Lifecycle) for level in value.levels)


def _content(varying: Varying[Value]) -> list[object]:
    return [(alternative.value, alternative.more) for alternative in varying.alternatives]


class _Releases:
    """Finds the dates of releases in a dataset."""

    def __init__(self, dataset: Dataset, report: Report) -> None:
        self.dataset = dataset
        self.report = report
        self.field = lifecycle_field(dataset) or ""
        self.broken = dataset.broken
        self.rings: set[frozenset[str]] = set()

    def dated(self) -> Dataset:
        records = {id_: self._dated_record(record) for id_, record in self.dataset.records.items()}
        if self.broken == self.dataset.broken and all(
            self.dataset.records[id_] is each for id_, each in records.items()
        ):
            return self.dataset
        return replace(self.dataset, records=MappingProxyType(records), broken=self.broken)

    def _dated_record(self, record: Record) -> Record:
        facts = {
            name: Varying(tuple(self._dated(record, each) for each in varying.alternatives))
            for name, varying in record.facts.items()
            if any(isinstance(each.value, Lifecycle) for each in varying.alternatives)
        }
        if all(_content(facts[name]) == _content(record.facts[name]) for name in facts):
            return record
        return replace(record, facts=MappingProxyType({**record.facts, **facts}))

    def _dated(self, record: Record, alternative: Alternative[Value]) -> Alternative[Value]:
        value = alternative.value
        if not isinstance(value, Lifecycle) or not any(level.after for level in value.levels):
            return alternative
        levels: list[Level] = []
        places: list[Place] = []
        for level in value.levels:
            if level.after is not None:
                after = level.after
                level = self._begun(level, after, record, places)  # noqa: PLW2901
                if level.on is not None and (problem := order_problem(levels, level)):
                    hint = f"one of the dates is wrong; that of '{after.id}' is at {places[-1]}"
                    self._report("bad-lifecycle", problem[0], level, record, hint)
                    level = replace(level, on=None)  # noqa: PLW2901
            levels.append(level)
        return replace(alternative, value=Lifecycle(tuple(levels)), more=tuple(dict.fromkeys(places)))

    def _begun(self, level: Level, after: ReleaseOf, record: Record, places: list[Place]) -> Level:
        """A level after a release with its name and its date. Adds the places of these."""
        target, path = self.dataset.records.get(after.id), list[str]()
        if target is None:
            hint = did_you_mean(after.id, self.dataset.records)
            self._report("unknown-id", f"{self.dataset.name} has no record '{after.id}'", level, record, hint)
            return level
        named = self._certain(target, versions_field(self.dataset), places) or self._certain(target, "name", places)
        name = named.text if named is not None and not isinstance(named, Lifecycle) else after.id
        found: Level | None = level
        while found is not None and found.after is not None:
            if found.after.id in path:
                self._report_ring(path[path.index(found.after.id) :], level, record)
                return replace(level, on=None)
            path.append(found.after.id)
            found = self._first(found.after.id, level, record, places)
        on = found.on if found is not None and found.is_certain else None
        return replace(level, on=on, by=found.by if found and on else False, after=replace(after, name=name))

    def _first(self, id_: str, after: Level, record: Record, places: list[Place]) -> Level | None:
        """The first level of support of a release, which is the same on all days and wherever the record exists."""
        target = self.dataset.records.get(id_)
        if target is None or not target.alternatives(self.field):
            return None
        value = self._certain(target, self.field, places) if target.scope.covers(record.scope) else None
        if value is None:
            message = f"the release of '{id_}' has no single date: it has alternatives, or exists for some pages only"
            self._report("several-dates", message, after, record, "write the date instead of 'after'")
        levels = value.levels if isinstance(value, Lifecycle) else ()
        return next((level for level in levels if level.is_supported), None)

    def _certain(self, record: Record, field: str | None, places: list[Place]) -> Value | None:
        """The value of a field if it is the same on all days and for all pages."""
        last = record.alternatives(field or "")[-1:]
        if not last or last[0].scope or last[0].since:
            return None
        places.append(last[0].place)
        return last[0].value

    def _report_ring(self, ring: list[str], level: Level, record: Record) -> None:
        """Report releases that depend on each other, once, at one of them."""
        ids = frozenset(ring)
        if record.id in ids and ids not in self.rings:
            self.rings.add(ids)
            start = ring.index(record.id)
            path = " -> ".join([*ring[start:], *ring[:start], record.id])
            message = f"the release of '{record.id}' depends on itself: {path}"
            self._report("cycle", message, level, record, "write its date")

    def _report(self, code: str, message: str, level: Level, record: Record, hint: str) -> None:
        self.broken = True
        if level.after is not None:
            self.report(Finding(code, message, level.after.place, hint, subject=record.subject))
