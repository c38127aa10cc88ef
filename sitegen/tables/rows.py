"""The rows of a table in a context: which records they are of, and whose values each of them takes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from typing import TYPE_CHECKING, NamedTuple

from sitegen.evaluation.context import Context, display
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Facts, Record, items_of
from sitegen.facts.values import Absent, Support, Value
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.evaluation.context import Fact
    from sitegen.facts.alternatives import Alternative
    from sitegen.tables.definitions import Definition, Field, Rows


class TableRow(NamedTuple):
    """The records of a row, their ids, and the context whose values it takes.

    A row that names a library or a product takes the values of that one, whatever page shows the table.
    """

    records: tuple[Record, ...]
    context: Context
    ids: frozenset[str]

    def stated(self, record: Record, field: str) -> Alternative[Value] | None:
        """The alternative of a field of a record that the row shows; None if there is none."""
        return self.context.stated(record, field, self.ids)

    def referred(self, value: Value) -> tuple[Record, TableRow] | None:
        """The record that a value refers to, with the row as this record has it; None for one that is not known."""
        found = self.context.referred(value)
        return None if found is None else (found[0], self._replace(context=found[1]))


# Told of a record that lacks a value by which rows are chosen, with the field and the message.
Missing = Callable[[TableRow, Record, str, str], None]


def row_groups(
    definition: Definition, context: Context, missing: Missing = lambda *_: None
) -> Iterator[list[TableRow]]:
    """The rows of a table in order; the rows of a group may be united."""
    chosen = context.holding(definition.rows) if definition.rows else None
    listed = [list(_ids(name, definition, chosen, context)) for name in definition.datasets]
    if len(listed) == 1:
        groups: Iterable[list[tuple[str, ...]]] = ([(id_,) for id_ in group] for group in listed[0])
    else:
        flat = [[id_ for group in groups for id_ in group] for groups in listed]
        groups = ([ids] for ids in itertools.product(*flat))
    naming = may_name(definition, context.facts)
    for group in groups:
        rows = [
            row
            for ids in group
            if (row := _row(definition.datasets, ids, context, naming=naming)) and _matches(row, definition, missing)
        ]
        if rows:
            yield rows


Read = Callable[[TableRow, Record, str], "Fact | Alternative[Value] | None"]


def steps_of(
    path: Field, row: TableRow, read: Read = TableRow.stated
) -> Iterator[tuple[str, list[tuple[Record, TableRow]]]]:
    """Each field of a path, with the records that it is read of, each with the row whose values it takes."""
    found = [(record, row) for record in row.records if record.dataset == path.dataset]
    for name, following in itertools.zip_longest(path.path, path.path[1:]):
        yield name, found
        if following:
            facts = [(fact, of) for record, of in found if (fact := read(of, record, name)) is not None]
            targets = (of.referred(item) for fact, of in facts for item in items_of(fact.value))
            found = [target for target in targets if target is not None]


def may_name(definition: Definition, facts: Facts) -> bool:
    """Whether the rows of a table may name a library or a product."""
    return any(name in (PRODUCTS, LIBRARIES) or name in facts.owner_fields for name in definition.datasets)


def _ids(
    name: str, definition: Definition, chosen: Alternative[ReadOnly[str, Rows]] | None, context: Context
) -> Iterator[Sequence[str]]:
    """The ids of a dataset that rows are made of, in groups."""
    if chosen is not None and name in chosen.value:
        yield from ([scalar.text for scalar in group] for group in chosen.value[name].groups)
        return
    views = [context.datasets]
    if LIBRARIES in definition.datasets and name != LIBRARIES:  # each of which may have records of its own
        facts = context.facts
        views = [facts.datasets, *map(facts.of, facts.datasets[LIBRARIES].records)]
    yield from ((id_,) for id_ in dict.fromkeys(id_ for view in views for id_ in view[name].records))


def _row(datasets: Sequence[str], ids: Sequence[str], context: Context, *, naming: bool) -> TableRow | None:
    """The row of some records, where all of them exist for the library and the product that it names."""
    if naming:
        named = dict(zip(datasets, ids, strict=True))
        context = context.at(named.get(PRODUCTS, context.product), named.get(LIBRARIES, context.library))
    records = _records(datasets, ids, context)
    if naming and records:
        owner = context.of_row(*records)
        records = records if owner is context else _records(datasets, ids, owner)
        context = owner
    if not records or not all(record.in_force(context.day) for record in records):
        return None
    return TableRow(records, context, frozenset(ids))


def _records(datasets: Sequence[str], ids: Sequence[str], context: Context) -> tuple[Record, ...]:
    """The records of some ids; none where one of them is missing."""
    found = [context.datasets[name].records.get(id_) for name, id_ in zip(datasets, ids, strict=True)]
    return tuple(record for record in found if record is not None) if all(found) else ()


def _matches(row: TableRow, definition: Definition, missing: Missing) -> bool:
    """Whether a row has, for each field of `where`, one of the wanted values."""
    for field, wanted in definition.where:
        record = next(record for record in row.records if record.dataset == field.dataset)
        try:
            value = row.context.fact(record, field.path[0], row.ids).value
        except BrokenError:
            return False
        except MissingError as error:
            missing(row, record, field.path[0], str(error))
            return False
        if not any(scalar.text == text for text in texts_of(value) for scalar in wanted):
            return False
    return True


def texts_of(value: Value) -> Iterator[str]:
    """What `where` may call a value; a list contains each of its items."""
    for item in items_of(value):
        yield item.state if isinstance(item, Support) else "none" if isinstance(item, Absent) else display(item)
