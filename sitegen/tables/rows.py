"""The rows and columns of a table in a context. Each row has the context in which it is evaluated."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from sitegen.evaluation.context import Context, display
from sitegen.evaluation.row_ids import RowIds
from sitegen.facts.alternatives import ROLES, in_period
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Facts, Record
from sitegen.facts.parts import base_of
from sitegen.facts.values import Absent, List, Reference, Support, Text, Value, plain_items
from sitegen.tables.order import sort_key
from sitegen.templates.template import BrokenError, MissingError

if TYPE_CHECKING:
    from sitegen.evaluation.context import Fact
    from sitegen.facts.alternatives import Alternative
    from sitegen.facts.field_types import Type
    from sitegen.tables.columns import Column
    from sitegen.tables.definitions import Definition
    from sitegen.tables.order import OrderKey, SortKey
    from sitegen.tables.paths import FieldPath
    from sitegen.tables.selections import RowSelection, Selection


class TableRow(NamedTuple):
    """The records of a row, the context in which its values are evaluated, and the ids of the records.

    The values of a row that belongs to a product or a library are those of this product or library on all pages.
    In a table with columns for products or libraries, a row may be `foreign`: its records exist only for products or
    libraries other than those of the page.
    """

    records: tuple[Record, ...]
    context: Context
    ids: RowIds
    is_foreign: bool = False

    def alternative(self, record: Record, field: str) -> Alternative[Value] | None:
        """The alternative of a field of a record that applies in the row; None if none does."""
        return self.context.alternative(record, field, self.ids)

    def referred(self, value: Value) -> tuple[Record, TableRow] | None:
        """The record that a value refers to, and the row in the context of this record; None if there is none."""
        referred = self.context.referred(value)
        return None if referred is None else (referred[0], self._replace(context=referred[1]))


class Found(NamedTuple):
    """A fact of a cell, the record that has it, and the row in which this record is evaluated."""

    fact: Fact
    record: Record
    row: TableRow


# Called if a record has no value for a field in `where`, with the field and the error.
ReportMissing = Callable[[TableRow, Record, str, MissingError], None]


def row_groups(
    definition: Definition, context: Context, report_missing: ReportMissing = lambda *_: None
) -> Iterable[list[TableRow]]:
    """The rows of a table in order, in groups of rows that can be merged."""
    columns = [
        row.context
        for selection in definition.selections[1:]
        if selection.datasets in ((PRODUCTS,), (LIBRARIES,))
        for group in _groups(selection, definition, context)
        for row in group
    ]
    products = dict.fromkeys((context.product, *(column.product for column in columns)))
    libraries = dict.fromkeys((context.library, *(column.library for column in columns)))
    others = list(itertools.starmap(context.switched, itertools.product(products, libraries))) if columns else []
    return _groups(definition, definition, context, others, report_missing)


def _groups(
    selection: Selection,
    definition: Definition,
    context: Context,
    others: Sequence[Context] = (),
    report_missing: ReportMissing = lambda *_: None,
) -> Iterable[list[TableRow]]:
    """The rows or the columns of a table. A record that the context does not have is searched in the other ones."""
    chosen = context.applicable(selection.rows) if selection.rows else None
    id_groups = [list(_id_groups(name, definition, chosen, context)) for name in selection.datasets]
    if len(id_groups) == 1:
        groups: Iterable[list[tuple[str, ...]]] = ([(id_,) for id_ in group] for group in id_groups[0])
    else:
        flat = [[id_ for group in groups for id_ in group] for groups in id_groups]
        groups = ([ids] for ids in itertools.product(*flat))
    has_owners = may_have_owners(selection.datasets, context.facts)
    selected = (
        [
            row
            for ids in group
            if (row := _row_of_any(selection.datasets, ids, (context, *others), has_owners=has_owners))
            and _matches(row, selection, report_missing)
        ]
        for group in groups
    )
    return _in_order(filter(None, selected), selection.order, report_missing)


def _in_order(
    groups: Iterable[list[TableRow]], order: Sequence[OrderKey], report_missing: ReportMissing
) -> Iterable[list[TableRow]]:
    """Groups of rows sorted by some paths. A group is sorted, too, and its first row then decides where it is.

    Groups with equal values keep their order. Those without a value are last in either direction.
    """
    if not order:
        return groups
    found = [
        [row for [row] in _in_order([[row] for row in group], order, report_missing)] if group[1:] else group
        for group in groups
    ]
    for key in reversed(order):
        keyed = [(_sort_key(key.path, group[0], report_missing), group) for group in found]
        known = [(sort_key, group) for sort_key, group in keyed if sort_key is not None]
        known.sort(key=itemgetter(0), reverse=key.descending)
        known.sort(key=lambda found: found[0][0])  # by rank
        found = [group for _, group in known] + [group for sort_key, group in keyed if sort_key is None]
    return found


def _sort_key(path: FieldPath, row: TableRow, report_missing: ReportMissing) -> SortKey | None:
    """The sort key of the values at the end of a path, with names in place of references; None if there are none."""

    def read(row: TableRow, record: Record, field: str) -> Fact | None:
        try:
            return row.context.fact(record, field, row.ids)
        except MissingError as error:  # no value is reported where a column shows it
            if error.code.startswith("no-"):  # it differs between libraries or products; the page has none
                report_missing(row, record, field, error)
            return None

    def named(value: Value, row: TableRow) -> Value:
        referred = row.referred(value)
        name = read(referred[1], referred[0], "name") if referred is not None else None
        return Text(value.text) if name is None and isinstance(value, Reference) else name.value if name else value

    *_, (name, records) = steps_of(path, row, read)
    facts = [(read(source, record, name), source) for record, source in records]
    values = [named(value, source) for fact, source in facts if fact is not None for value in plain_items(fact.value)]
    return sort_key(List(tuple(values)), path.kind)


# Returns a field of a record in a row; None if there is no value.
Read = Callable[[TableRow, Record, str], "Fact | Alternative[Value] | None"]


def steps_of(
    path: FieldPath, row: TableRow, read: Read = TableRow.alternative
) -> Iterator[tuple[str, list[tuple[Record, TableRow]]]]:
    """The fields of a path in order, each with the records that have it; each record with the row to evaluate it in."""
    records = [(record, row) for record in row.records if record.dataset == path.dataset]
    for name, following in itertools.zip_longest(path.path, path.path[1:]):
        yield name, records
        if following:
            facts = [(fact, source) for record, source in records if (fact := read(source, record, name)) is not None]
            targets = (source.referred(item) for fact, source in facts for item in plain_items(fact.value))
            records = [target for target in targets if target is not None]


def columns_of(definition: Definition, context: Context) -> list[Column]:
    """The columns of a table in a context: one for each record that a column goes across."""
    return [shown for column in definition.columns for shown in _each_column(column, definition, context)]


def _each_column(column: Column, definition: Definition, context: Context) -> Iterator[Column]:
    if not is_shown(column, context):
        return
    bound = [_applied(column, context)]
    if column.across is not None:
        has_owners = not {PRODUCTS, LIBRARIES}.isdisjoint(definition.datasets)
        rows = row_groups(definition, context) if has_owners else ()
        others = {(of.product, of.library): of for group in rows for row in group for of in (row.context,)}
        groups = _groups(column.across, definition, context, [*others.values()])
        own = (row._replace(is_foreign=False) for group in groups for row in group)
        bound = [replace(_applied(column, row.context), across_rows=(*column.across_rows, row)) for row in own]
    for each in bound:
        if not column.inner:
            yield each
        for inner in column.inner:  # in the context of the record above, if any
            below = replace(inner, across_rows=each.across_rows, above=each)
            yield from _each_column(below, definition, each.across_rows[-1].context if each.across_rows else context)


def _applied(column: Column, context: Context) -> Column:
    """A column with the words and the link that apply."""
    chosen = tuple(context.applicable(one) if one else None for one in column.varying)
    return column.applied(chosen) if chosen else column


def is_shown(column: Column, context: Context) -> bool:
    """Whether a column exists on the day of a context, and for its product or library."""
    context.track_scope(column.scope)
    return column.scope.applies(context.ids) and in_period(column.since, column.until, context.day)


def row_of_cell(row: TableRow, column: Column, context: Context) -> TableRow | None:
    """The row with the records of a row and a column, to which a cell belongs; None if there is no such combination.

    A column across the dataset of the row adds its record only to the ids, in place of that of the row. What is
    stated for others in a foreign row is only shown in the columns of these products and libraries.
    """
    if not column.across_rows:
        return None if row.is_foreign and any(is_claim(path.kind) for path in column.fields) else row
    records = [record for each in (row, *column.across_rows) for record in each.records]
    datasets = [record.dataset for record in records]
    has_owners = may_have_owners(datasets, context.facts)
    found = _row(datasets, [record.id for record in records], context, has_owners=has_owners)
    if found is None:
        return None
    first = {record.dataset: record for record in reversed(found.records)}
    return found._replace(records=tuple(first[name] for name in dict.fromkeys(datasets)))


def is_claim(kind: Type | None) -> bool:
    """Whether values of a type state what a library supports, rather than name or describe something."""
    inner = kind and (kind.item or kind)
    return inner is not None and inner.name in ("support", "version", "versions", "stage", "lifecycle", "date")


def may_have_owners(datasets: Iterable[str], facts: Facts) -> bool:
    """Whether rows of some datasets may belong to a product or a library."""
    return any(name in (PRODUCTS, LIBRARIES) or name in facts.owner_fields for name in datasets)


def _id_groups(
    name: str, definition: Definition, selection: Alternative[ReadOnly[str, RowSelection]] | None, context: Context
) -> Iterator[Sequence[str]]:
    """The ids of the records of a dataset that are in rows, in groups."""
    if selection is not None and name in selection.value:
        yield from ([scalar.text for scalar in group] for group in selection.value[name].groups)
        return
    views = [context.datasets]
    if LIBRARIES in definition.all_datasets and name != LIBRARIES:  # libraries can have records in own files
        facts = context.facts
        views = [facts.datasets, *map(facts.of, facts.datasets[LIBRARIES].records)]
    yield from ((id_,) for id_ in dict.fromkeys(id_ for view in views for id_ in view[name].records))


def _row_of_any(
    datasets: Sequence[str], ids: Sequence[str], contexts: Sequence[Context], *, has_owners: bool
) -> TableRow | None:
    """The row of some records in the first of some contexts that has it; foreign in any but the first one."""
    for index, context in enumerate(contexts):
        row = _row(datasets, ids, context, has_owners=has_owners)
        if row is not None:
            return row._replace(is_foreign=index > 0)
    return None


def _row(datasets: Sequence[str], ids: Sequence[str], context: Context, *, has_owners: bool) -> TableRow | None:
    """The row of some records; None unless all of them exist for the product and the library it belongs to."""
    if has_owners:
        owners = dict(zip(datasets, ids, strict=True))
        context = context.switched(owners.get(PRODUCTS, context.product), owners.get(LIBRARIES, context.library))
    records = _records(datasets, ids, context)
    if has_owners and records:
        row_context = context.of_row(*records)
        records = records if row_context is context else _records(datasets, ids, row_context)
        context = row_context
    if not records or not all(map(context.has, records)) or (has_owners and _lacks_product(context)):
        return None
    return TableRow(records, context, RowIds(dict(zip(datasets, ids, strict=True))))


def _lacks_product(context: Context) -> bool:
    """Whether the library of a row does not have the product of the row or the page."""
    library = context.datasets[LIBRARIES].records[context.library] if context.product and context.library else None
    products = context.alternative(library, "products") if library else None
    if products is None:
        return False
    ids = frozenset(item.id for item in plain_items(products.value) if isinstance(item, Reference))
    context.reads.scopes.add(ids)
    return context.product not in ids


def _records(datasets: Sequence[str], ids: Sequence[str], context: Context) -> tuple[Record, ...]:
    """The records with some ids; empty if one of them is missing."""
    records = [context.datasets[name].records.get(id_) for name, id_ in zip(datasets, ids, strict=True)]
    return tuple(record for record in records if record is not None) if all(records) else ()


def _matches(row: TableRow, selection: Selection, report_missing: ReportMissing) -> bool:
    """Whether a row has, for each field in `where`, one of the listed values."""

    def read(row: TableRow, record: Record, field: str) -> Fact | None:
        try:
            return row.context.fact(record, field, row.ids)
        except BrokenError:
            return None
        except MissingError as error:
            fields = row.context.datasets[record.dataset].fields
            differs = error.code.startswith("no-")  # between libraries or products; the page has none
            if differs or not fields[base_of(field, fields)].optional:
                report_missing(row, record, field, error)
            return None

    for path, expected in selection.where:
        *_, (name, records) = steps_of(path, row, read)
        facts = [fact for record, source in records if (fact := read(source, record, name)) is not None]
        texts = {text for fact in facts for text in texts_of(fact.value)}
        if texts.isdisjoint(scalar.text for scalar in expected):
            return False
    return True


def texts_of(value: Value) -> Iterator[str]:
    """The texts that match a value in `where`; those of all items for a list."""
    for item in plain_items(value):
        if isinstance(item, Support):
            yield from (item.state, item.name) if item.name else (item.state,)
        else:
            yield "none" if isinstance(item, Absent) else display(item)


def omitted(definition: Definition, context: Context, role: str) -> Iterator[str]:
    """The ids of records that only some libraries or products have, in a table and a context without them.

    The table could list them, but this would state that all of them have these records.
    """
    own = {"library": context.library, "product": context.product}
    missing = {
        name: frozenset(context.datasets[of].records)
        for name, of in ROLES.items()
        if not own[name] and of in context.datasets and of not in definition.all_datasets
    }
    if role not in missing:
        return
    everything = context.ids.union(*missing.values())
    others = context.ids.union(*(ids for name, ids in missing.items() if name != role))
    selections = [(name, selection) for selection in definition.selections for name in selection.datasets]
    for name, selection in selections:
        chosen = context.applicable(selection.rows) if selection.rows else None
        groups = chosen.value[name].groups if chosen is not None and name in chosen.value else ()
        records = context.datasets[name].records
        known = context.facts.ids[name] if role == "library" else records
        for id_ in [scalar.text for group in groups for scalar in group] or known:
            record = records.get(id_)
            if record is None:  # it is in the file of a library
                is_omitted = role == "library"
            elif record.scope.parts:
                of_role = record.exists(everything, context.day) and not record.exists(others, context.day)
                is_omitted = of_role and not context.has(record)
            else:
                is_omitted = False
            if is_omitted:
                yield id_
