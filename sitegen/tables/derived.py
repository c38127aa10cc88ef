"""Values that the prose of a page computes from the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from datetime import date
from typing import TYPE_CHECKING

from sitegen.evaluation.context import Context, Fact, display
from sitegen.evaluation.views import SlotView
from sitegen.facts.values import STAGES, Absent, Lifecycle, List, Support, Text, Value, Versions
from sitegen.facts.version_ranges import Bound, Range, contains, intersect, low_key
from sitegen.findings import Place, did_you_mean
from sitegen.tables.rows import TableRow, row_groups
from sitegen.templates.template import BrokenError, MissingError, kind_of

if TYPE_CHECKING:
    from sitegen.facts.datasets import Record
    from sitegen.facts.versions import VersionSet
    from sitegen.tables.definitions import Definition
    from sitegen.tables.grids import Table


class TableView(SlotView):
    """A table as prose sees it: what can be computed over the rows that a page shows."""

    def __init__(self, definition: Definition, context: Context, ask: Callable[[], Table]) -> None:
        self.definition = definition
        self._context = context
        self._ask = ask

    @property
    def table(self) -> Table:
        """The table itself, for a slot."""
        return self._ask()

    def _values(self, field: str, *types: str) -> Iterator[tuple[Record, Fact, TableRow]]:
        """The facts of a field in order of the rows, each with its record and its row.

        Raises MissingError for a field of another type than `types`.
        """
        known = {n: k for d in self.definition.datasets for n, k in self._context.datasets[d].fields.items()}
        if field not in known:
            message = f"the rows of '{self.definition.id}' have no field '{field}'"
            raise MissingError(message, "unknown-field", str(field), did_you_mean(str(field), known))
        if types and known[field].name not in (*types, ""):
            message = f"'{field}' is of type '{known[field]}', not {' or '.join(types)}"
            raise MissingError(message, "template-error", field)
        for group in row_groups(self.definition, self._context):
            for row in group:
                owners = [record for record in row.records if field in record.facts]
                if any(field in record.broken for record in row.records):
                    raise BrokenError
                if not owners:
                    record = row.records[0]
                    raise MissingError(f"{record.dataset} '{record.id}' has no '{field}' on {self._context.day}")
                yield owners[0], row.context.fact(owners[0], field, row.ids), row

    def highest(self, field: str) -> Fact:
        """The first version from which on all rows have what they name; what is not supported does not count.

        Raises MissingError where no version has all of it: one that some row has for a while only.
        """
        lows: list[Bound] = []
        places: list[Place] = []
        for record, fact, _ in self._values(field, "support", "version", "versions"):
            places.extend(fact.places)
            versions = supported_versions(fact.value, self._context.day)
            last = versions.ranges[-1] if versions else Range(None, None)
            if versions and last.high is not None:
                message = f"no version meets all minimums: {record.dataset} '{record.id}' is in {versions.text} only"
                hint = "show the versions in the table, or exclude this row"
                raise MissingError(message, "no-single-version", field, hint)
            lows += [last.low] if last.low else []
        best = max(lows, key=low_key, default=None)
        return Fact(Text(best.first) if best else Absent(), tuple(places))

    def unsupported(self, field: str) -> Fact:
        """The names of the records that are not supported.

        If other rows of a record differ, the name includes the other records of the row: "Tracing (Java)".
        """
        found = [(record, fact, row, _is_no(fact.value)) for record, fact, row in self._values(field, "support")]
        partly = {record.id for record, _, _, unsupported in found if not unsupported}
        names: dict[str, None] = {}
        places: list[Place] = []
        for record, fact, row, unsupported in found:
            places.extend(fact.places)
            if unsupported:
                others = [other for other in row.records if other is not record and record.id in partly]
                name, *more = [_name(named, row, places) for named in (record, *others)]
                names[name + (f" ({', '.join(more)})" if more else "")] = None
        return Fact(List(tuple(map(Text, names))), tuple(places))

    def supported(self, field: str) -> Fact:
        """How many records are supported: by the level of their lifecycle, or by their state."""
        count = 0
        places: list[Place] = []
        for _, fact, _ in self._values(field, "lifecycle", "support", "stage"):
            places.extend(fact.places)
            count += _is_supported(fact.value, self._context.day)
        return Fact(Text(str(count)), tuple(places))

    def names(self) -> Fact:
        """The names of the rows, in order; a record that has several rows is named once."""
        found = list(self._values("name"))
        places = tuple(place for _, fact, _ in found for place in fact.places)
        names = {(record.id, display(fact.value)): None for record, fact, _ in found}
        return Fact(List(tuple(Text(name) for _, name in names)), places)

    def first_supported(self, minimum: object, field: str, versions: str) -> Fact:
        """The lowest version with what `minimum` names that a supported release has.

        The rows are releases; `field` is their lifecycle and `versions` their set of versions.
        """
        if not isinstance(minimum, Fact):
            kind = "a text" if isinstance(minimum, str) else kind_of(minimum)
            message = f"the first argument of 'first_supported' must be a field of a record, not {kind}"
            raise MissingError(message, "template-error", str(minimum), "write a field, such as features.cpu.since")
        next(self._values(versions), None)  # raises MissingError for a misspelt name
        wanted = supported_versions(minimum.value, self._context.day)
        lows: list[Bound | None] = []
        places = list(minimum.places)
        for record, fact, row in self._values(field, "lifecycle", "support", "stage"):
            branch = row.context.fact(record, versions, row.ids)
            places.extend((*fact.places, *branch.places))
            if wanted and isinstance(branch.value, Versions) and _is_supported(fact.value, self._context.day):
                common = intersect(wanted.ranges, branch.value.set.ranges)
                lows += [item.low for item in common if _has_first(item)][:1]
        best = min(lows, key=low_key, default=None)  # an open end has no first version
        return Fact(Text(best.first) if best else Absent(), tuple(places))


def supported_versions(value: Value, day: date) -> VersionSet | None:
    """The versions that a value states as supported on a day, or None.

    One version alone is a minimum in a field of the type `version` or `support`. A preview, what is partial, planned or
    removed is not supported.
    """
    if isinstance(value, Versions):
        return value.set.as_minimum if value.single else value.set
    return value.versions if isinstance(value, Support) and _is_promise(value, day) else None


TABLE_ATTRIBUTES: ReadOnly[str, None] = dict.fromkeys(
    ("highest", "unsupported", "supported", "names", "first_supported")
)


def _has_first(item: Range) -> bool:
    """Whether a range has the version that it begins with: `>=3.0.0rc1,<3` has no pre-release of 3, and so nothing."""
    low, high = item
    return low is None or contains(Range(None, high), low.version)


def _name(record: Record, row: TableRow, places: list[Place]) -> str:
    """The name of a record of a row, the places of which are added."""
    fact = row.context.fact(record, "name", row.ids)
    places.extend(fact.places)
    return display(fact.value)


def _is_no(value: Value) -> bool:
    return isinstance(value, Support) and value.state == "no"


def _is_supported(value: Value, day: date) -> bool:
    if isinstance(value, Lifecycle):
        level = value.at(day)
        return level is not None and STAGES[level.stage][1]
    return isinstance(value, Support) and _is_promise(value, day)


def _is_promise(value: Support, day: date) -> bool:
    """Whether a state is supported on a day: one that begins later, or was only expected to have begun, is not."""
    if value.on is not None and value.state != "deprecated" and (value.on.expected or value.on.first > day):
        return False
    return value.state == "yes" or STAGES.get(value.state, ("", False))[1]
