"""Values that templates compute from the rows of a table."""

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
    """A table in a template. It fills a slot, and has functions that compute values from its rows."""

    def __init__(self, definition: Definition, context: Context, evaluate: Callable[[], Table]) -> None:
        self.definition = definition
        self._context = context
        self._evaluate = evaluate

    @property
    def table(self) -> Table:
        """The table for a slot, evaluated on each access."""
        return self._evaluate()

    def _values(self, field: str, *types: str) -> Iterator[tuple[Record, Fact, TableRow]]:
        """The facts of a field in the order of the rows, each with its record and its row.

        Raises MissingError if there is no such field, a row has no value, or the type is not in `types`.
        """
        fields = {n: k for d in self.definition.datasets for n, k in self._context.datasets[d].fields.items()}
        if field not in fields:
            message = f"the rows of '{self.definition.id}' have no field '{field}'"
            raise MissingError(message, "unknown-field", str(field), did_you_mean(str(field), fields))
        if types and fields[field].name not in (*types, ""):
            message = f"'{field}' has the type '{fields[field]}', not {' or '.join(types)}"
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
        """The highest of the minimum versions of all rows. Rows that are not supported are ignored.

        Raises MissingError if a row is supported only up to some version.
        """
        lows: list[Bound] = []
        places: list[Place] = []
        for record, fact, _ in self._values(field, "support", "version", "versions"):
            places.extend(fact.places)
            versions = supported_versions(fact.value, self._context.day)
            last = versions.ranges[-1] if versions else Range(None, None)
            if versions and last.high is not None:
                message = f"no minimum version: {record.dataset} '{record.id}' is supported in {versions.text} only"
                hint = "show the versions in the table, or remove this row from it"
                raise MissingError(message, "no-single-version", field, hint)
            lows += [last.low] if last.low else []
        best = max(lows, key=low_key, default=None)
        return Fact(Text(best.first) if best else Absent(), tuple(places))

    def unsupported(self, field: str) -> Fact:
        """The names of the records that are not supported.

        For a record that is supported in other rows, the names of the other records follow: "Tracing (Java)".
        """
        values = [(record, fact, row, _is_no(fact.value)) for record, fact, row in self._values(field, "support")]
        partly = {record.id for record, _, _, unsupported in values if not unsupported}
        names: dict[str, None] = {}
        places: list[Place] = []
        for record, fact, row, unsupported in values:
            places.extend(fact.places)
            if unsupported:
                others = [other for other in row.records if other is not record and record.id in partly]
                name, *more = [_name(each, row, places) for each in (record, *others)]
                names[name + (f" ({', '.join(more)})" if more else "")] = None
        return Fact(List(tuple(map(Text, names))), tuple(places), language=self._context.facts.language)

    def supported(self, field: str) -> Fact:
        """The number of supported rows, by the level of their lifecycle or by their state."""
        count = 0
        places: list[Place] = []
        for _, fact, _ in self._values(field, "lifecycle", "support", "stage"):
            places.extend(fact.places)
            count += _is_supported(fact.value, self._context.day)
        return Fact(Text(str(count)), tuple(places))

    def names(self) -> Fact:
        """The names of the records in the order of the rows, without duplicates."""
        values = list(self._values("name"))
        places = tuple(place for _, fact, _ in values for place in fact.places)
        names = {(record.id, display(fact.value)): None for record, fact, _ in values}
        return Fact(List(tuple(Text(name) for _, name in names)), places, language=self._context.facts.language)

    def first_supported(self, minimum: object, field: str, versions: str) -> Fact:
        """The lowest version of a supported release that satisfies `minimum`, a field of versions or support.

        The rows are releases. `field` is their lifecycle, and `versions` their versions.
        """
        if not isinstance(minimum, Fact):
            kind = "a text" if isinstance(minimum, str) else kind_of(minimum)
            message = f"the first argument of 'first_supported' must be a field of a record, not {kind}"
            raise MissingError(message, "template-error", str(minimum), "write a field, such as features.cpu.since")
        next(self._values(versions), None)  # raises MissingError for a misspelt name
        accepted = supported_versions(minimum.value, self._context.day)
        lows: list[Bound | None] = []
        places = list(minimum.places)
        for record, fact, row in self._values(field, "lifecycle", "support", "stage"):
            branch = row.context.fact(record, versions, row.ids)
            places.extend((*fact.places, *branch.places))
            if accepted and isinstance(branch.value, Versions) and _is_supported(fact.value, self._context.day):
                common = intersect(accepted.ranges, branch.value.set.ranges)
                lows += [item.low for item in common if _has_first(item)][:1]
        best = min(lows, key=low_key, default=None)  # an open end has no first version
        return Fact(Text(best.first) if best else Absent(), tuple(places))


def supported_versions(value: Value, day: date) -> VersionSet | None:
    """The versions that are supported on a date according to a value, or None.

    A single version in a field of type `version` or `support` is a minimum. The states preview, partial, planned and
    removed do not count as supported.
    """
    if isinstance(value, Versions):
        return value.set.as_minimum if value.single else value.set
    return value.versions if isinstance(value, Support) and _is_promise(value, day) else None


TABLE_ATTRIBUTES: ReadOnly[str, None] = dict.fromkeys(
    ("highest", "unsupported", "supported", "names", "first_supported")
)


def _has_first(item: Range) -> bool:
    """Whether a range contains its lower bound. `>=3.0.0rc1,<3` does not, since `<3` excludes pre-releases of 3."""
    low, high = item
    return low is None or contains(Range(None, high), low.version)


def _name(record: Record, row: TableRow, places: list[Place]) -> str:
    """The name of a record of a row. Adds its places to `places`."""
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
    """Whether a state is one of support on a date. A state with a later or an expected date is not."""
    if value.on is not None and value.state != "deprecated" and (value.on.expected or value.on.first > day):
        return False
    return value.state == "yes" or STAGES.get(value.state, ("", False))[1]
