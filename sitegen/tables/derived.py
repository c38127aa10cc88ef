"""Values that templates compute from the rows of a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from datetime import date

from sitegen.evaluation.context import Context, Fact, display
from sitegen.evaluation.views import SlotView
from sitegen.facts.datasets import Record
from sitegen.facts.field_types import Type
from sitegen.facts.schemes import Scheme
from sitegen.facts.statements import Statement, is_verbatim, scheme_of, statements
from sitegen.facts.values import STAGES, Absent, Lifecycle, List, Text, Value, Versions
from sitegen.facts.version_ranges import Bound, Range, contains, intersect, low_key, normalize
from sitegen.findings import Place, did_you_mean
from sitegen.tables.columns import Column
from sitegen.tables.definitions import Definition
from sitegen.tables.grids import Table
from sitegen.tables.rows import TableRow, columns_of, is_claim, row_groups, row_of_cell
from sitegen.templates.template import BrokenError, MissingError, kind_of


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

    def __bool__(self) -> bool:
        """Whether the table has rows on the day."""
        return any(row_groups(self.definition, self._context))

    def _values(self, field: str, *types: str) -> Iterator[tuple[Record, Fact, TableRow]]:
        """The facts of a field in the order of the rows, each with its record and its row.

        Raises MissingError if there is no such field, a row has no value, or a verbatim one, or the type is not in
        `types`.
        """
        fields = {n: k for d in self.definition.all_datasets for n, k in self._context.datasets[d].fields.items()}
        if field not in fields:
            message = f"the rows of '{self.definition.id}' have no field '{field}'"
            raise MissingError(message, "unknown-field", str(field), did_you_mean(str(field), fields))
        kind = fields[field].item if str(fields[field].item).startswith("support") else fields[field]
        if types and kind is not None and kind.name not in (*types, ""):
            message = f"'{field}' has the type '{fields[field]}', not {' or '.join(types)}"
            raise MissingError(message, "template-error", field)
        for group in row_groups(self.definition, self._context):
            for row in self._rows_of_cells(group, self._columns_of(field), fields[field]):
                owners = [record for record in row.records if field in record.facts]
                if any(field in record.broken for record in row.records):
                    raise BrokenError
                if not owners:
                    record = row.records[0]
                    raise MissingError(f"{record.dataset} '{record.id}' has no '{field}' on {self._context.day}")
                fact = row.context.fact(owners[0], field, row.ids)
                if types and is_verbatim(fact.value):
                    message = f"{owners[0].dataset} '{owners[0].id}' has a verbatim '{field}', which states nothing"
                    raise MissingError(message, "template-error", field, "remove this row from the table")
                yield owners[0], fact, row

    def _columns_of(self, field: str) -> list[Column]:
        """The columns that show a field of the rows."""
        columns = columns_of(self.definition, self._context)
        return [column for column in columns if any(path.path == (field,) for path in column.fields)]

    def _rows_of_cells(self, rows: Iterable[TableRow], columns: Sequence[Column], kind: Type) -> Iterator[TableRow]:
        """The rows of the cells in some columns: those for each record of a column, if it goes across any."""
        for row in rows:
            cells = [row_of_cell(row, column, self._context) for column in columns if column.across_rows]
            yield from (cell for cell in cells if cell is not None)
            if not (cells or (row.is_foreign and is_claim(kind))):
                yield row

    def highest(self, field: str) -> Fact:
        """The highest of the minimum versions of all rows. Rows that are not supported are ignored.

        Of a value with conditions, it is the version that satisfies each of them. Raises MissingError if a row is
        supported only up to some version.
        """
        lows: list[Bound] = []
        places: list[Place] = []
        first: Scheme | None = None
        for record, fact, _ in self._values(field, "support", "version", "versions"):
            places.extend(fact.places)
            ranges, scheme = supported_versions(fact.value, self._context.day), scheme_of(fact.value)
            if ranges and not scheme.is_comparable(first := first or scheme):
                message = f"versions of the schemes '{first}' and '{scheme}' have no common order"
                raise MissingError(message, "no-single-version", field, "show the versions in the table")
            last = ranges[-1] if ranges else Range(None, None)
            if ranges == () or last.high is not None:
                promises = [each for each in statements(fact.value) if _is_promise(each, self._context.day)]
                texts = ", ".join(each.versions.text for each in promises if each.versions)
                message = f"no minimum version: {record.dataset} '{record.id}' is supported in {texts} only"
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
        """The number of supported rows, by the level of their lifecycle or by their state.

        Raises MissingError if a row has several values, in columns across a dataset.
        """
        if any(column.across_rows for column in self._columns_of(field)):
            message = f"'{field}' has several values in each row of '{self.definition.id}', in columns across a dataset"
            raise MissingError(message, "template-error", field, "count the rows of a table with one value in each row")
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
                in_order = scheme_of(minimum.value).is_comparable(branch.value.set.scheme)
                common = intersect(accepted, branch.value.set.ranges) if in_order else ()
                lows += [item.low for item in common if _has_first(item)][:1]
        best = min(lows, key=low_key, default=None)  # an open end has no first version
        return Fact(Text(best.first) if best else Absent(), tuple(places))


def supported_versions(value: Value, day: date) -> tuple[Range, ...] | None:
    """The versions that are supported on a date according to a value, on each of its conditions; None if not stated.

    A single version in a field of type `version` or `support` is a minimum. The states preview, partial, planned and
    removed do not count as supported. Versions without a condition suffice if a condition has no minimum.
    """
    everything = (Range(None, None),)
    by_condition: dict[str, tuple[Range, ...]] = {}
    stated = [each for each in statements(value) if _is_promise(each, day)]
    for each in stated:
        ranges = each.versions.ranges if each.versions else everything
        by_condition[each.when] = normalize((*by_condition.get(each.when, ()), *ranges))
    certain = by_condition.pop("", None)
    found = certain or everything
    for ranges in by_condition.values():
        both = intersect(found, ranges)
        found = both if certain is None or (both and both[-1].high is None) else found
    return found if any(each.versions for each in stated) else None


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
    stated = statements(value)
    return bool(stated) and all(each.state == "no" and not each.when for each in stated)


def _is_supported(value: Value, day: date) -> bool:
    """Whether a value states support on a date, in some versions; not only on a condition."""
    if isinstance(value, Lifecycle):
        level = value.at(day)
        return level is not None and level.is_supported
    return any(_is_promise(each, day) and not each.when for each in statements(value))


def _is_promise(stated: Statement, day: date) -> bool:
    """Whether a state is one of support on a date. A state with a later or an expected date is not."""
    if stated.on is not None and stated.state != "deprecated" and (stated.on.expected or stated.on.first > day):
        return False
    return stated.state == "yes" or STAGES.get(stated.state, ("", False))[1]
