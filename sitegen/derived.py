"""What follows from a table: computed over the rows that a page shows, asked for by its prose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date

from sitegen.context import Context, Fact, SlotView, display
from sitegen.definitions import Definition
from sitegen.facts import Record
from sitegen.findings import Place, did_you_mean
from sitegen.grids import Table
from sitegen.tables import row_groups
from sitegen.templates import BrokenError, MissingError, kind_of
from sitegen.values import STAGES, Absent, Lifecycle, List, Support, Text, Value, Versions
from sitegen.version_ranges import Bound, Range, intersect, low_key
from sitegen.versions import VersionSet


class TableView(SlotView):
    """A table as prose sees it: what can be computed over the rows that a page shows."""

    def __init__(self, definition: Definition, context: Context, ask: Callable[[], Table]) -> None:
        self.definition = definition
        self.key = ("tables", definition.id)
        self._context = context
        self._ask = ask

    @property
    def table(self) -> Table:
        """The table itself, for a slot."""
        return self._ask()

    def _values(self, field: str, *types: str) -> Iterator[tuple[Record, Fact]]:
        """The facts of a field in order of the rows. Raises MissingError for one of another type than `types`."""
        known = {n: k for d in self.definition.datasets for n, k in self._context.datasets[d].fields.items()}
        if field not in known:
            message = f"the rows of '{self.definition.id}' have no field '{field}'"
            raise MissingError(message, "unknown-field", str(field), did_you_mean(str(field), known))
        if types and known[field].name not in (*types, ""):
            message = f"'{field}' is of type '{known[field]}', not {' or '.join(types)}"
            raise MissingError(message, "template-error", field)
        for group in row_groups(self.definition, self._context):
            for records in group:
                owners = [record for record in records if field in record.facts]
                if any(field in record.broken for record in records):
                    raise BrokenError
                if not owners:
                    record = records[0]
                    raise MissingError(f"{record.dataset} '{record.id}' has no '{field}' on {self._context.day}")
                ids = frozenset(record.id for record in records)
                yield owners[0], self._context.fact(owners[0], field, ids)

    def highest(self, field: str) -> Fact:
        """The first version from which on all rows have what they name; what is not supported does not count.

        Raises MissingError where no version has all of it: one that some row has for a while only.
        """
        lows: list[Bound] = []
        places: list[Place] = []
        for record, fact in self._values(field, "support", "version", "versions"):
            places.extend(fact.places)
            versions = supported_versions(fact.value)
            last = versions.ranges[-1] if versions else Range(None, None)
            if versions and last.high is not None:
                message = f"no single version has all: {record.dataset} '{record.id}' is in {versions.text} only"
                hint = "show the versions in the table, or leave this row out of it"
                raise MissingError(message, "no-single-version", field, hint)
            lows += [last.low] if last.low else []
        best = max(lows, key=low_key, default=None)
        return Fact(Text(best.first) if best else Absent(), tuple(places))

    def unsupported(self, field: str) -> Fact:
        """The names of the records that are not supported."""
        names: list[Value] = []
        places: list[Place] = []
        for record, fact in self._values(field, "support"):
            places.extend(fact.places)
            if isinstance(fact.value, Support) and fact.value.state == "no":
                name = self._context.fact(record, "name", frozenset((record.id,)))
                names.append(Text(display(name.value)))
                places.extend(name.places)
        return Fact(List(tuple(names)), tuple(places))

    def supported(self, field: str) -> Fact:
        """How many records are supported: by the level of their lifecycle, or by their state."""
        count = 0
        places: list[Place] = []
        for _, fact in self._values(field, "lifecycle", "support", "stage"):
            places.extend(fact.places)
            count += _is_supported(fact.value, self._context.day)
        return Fact(Text(str(count)), tuple(places))

    def names(self) -> Fact:
        """The names of the rows, in order."""
        found = list(self._values("name"))
        places = tuple(place for _, fact in found for place in fact.places)
        return Fact(List(tuple(Text(display(fact.value)) for _, fact in found)), places)

    def first_supported(self, minimum: object, field: str, versions: str) -> Fact:
        """The lowest version with what `minimum` names that a supported release has.

        The rows are releases; `field` is their lifecycle and `versions` their set of versions.
        """
        if not isinstance(minimum, Fact):
            kind = "a text" if isinstance(minimum, str) else kind_of(minimum)
            message = f"the first argument of 'first_supported' is a field of a record, not {kind}"
            raise MissingError(message, "template-error", str(minimum), "write it as in features.cpu.since")
        next(self._values(versions), None)  # tells a misspelt name
        wanted = supported_versions(minimum.value)
        lows: list[Bound | None] = []
        places = list(minimum.places)
        for record, fact in self._values(field, "lifecycle", "support", "stage"):
            branch = self._context.fact(record, versions, frozenset((record.id,)))
            places.extend((*fact.places, *branch.places))
            if wanted and isinstance(branch.value, Versions) and _is_supported(fact.value, self._context.day):
                lows += [item.low for item in intersect(wanted.ranges, branch.value.set.ranges)[:1]]
        best = min(lows, key=low_key, default=None)  # an open end has no first version
        return Fact(Text(best.first) if best else Absent(), tuple(places))


def supported_versions(value: Value) -> VersionSet | None:
    """The versions that a value says are supported, or None.

    One version alone is a minimum in a field of the type `version` or `support`. A preview, what is partial, planned or
    removed is not supported.
    """
    if isinstance(value, Versions):
        return value.set.as_minimum if value.single else value.set
    return value.versions if isinstance(value, Support) and _is_promise(value) else None


TABLE_ATTRIBUTES: ReadOnly[str, None] = dict.fromkeys(
    ("highest", "unsupported", "supported", "names", "first_supported")
)


def _is_supported(value: Value, day: date) -> bool:
    if isinstance(value, Lifecycle):
        level = value.at(day)
        return level is not None and STAGES[level.stage][1]
    return isinstance(value, Support) and _is_promise(value)


def _is_promise(value: Support) -> bool:
    return value.state == "yes" or STAGES.get(value.state, ("", False))[1]
