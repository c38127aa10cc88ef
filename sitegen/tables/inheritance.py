"""Tables that are like another one: they have all keys of the other table that they do not write themselves."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from graphlib import CycleError, TopologicalSorter

from sitegen.findings import Finding, Report, did_you_mean
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at


def with_inherited(tables: ReadOnly[str, Mapping], report: Report) -> dict[str, Mapping]:
    """The tables with the keys that they inherit. Each key keeps its place.

    A table with an invalid `like` is reported and left out, and so are the tables that are like it.
    """
    likes = {id_: like for id_, node in tables.items() if (like := node.get("like")) is not None}
    bases: dict[str, Scalar] = {}
    for id_, like in likes.items():
        if isinstance(like, Scalar) and like.text in tables:
            bases[id_] = like
        elif isinstance(like, Scalar):
            hint = did_you_mean(like.text, [other for other in tables if other != id_])
            report(Finding("unknown-table", f"unknown table '{like.text}'", like.place, hint))
        else:
            report(Finding("wrong-shape", "'like' must be the id of a table", like.place))
    found: dict[str, Mapping] = {}
    for id_ in _bases_first(tables, bases, report):
        if id_ not in likes:
            found[id_] = tables[id_]
        elif id_ in bases and (base := found.get(bases[id_].text)) is not None:
            found[id_] = _merged(tables[id_], base, report)
    return found


def _bases_first(tables: ReadOnly[str, Mapping], bases: dict[str, Scalar], report: Report) -> list[str]:
    """The ids of the tables in an order to read them. Reports cycles, and removes their tables from `bases`."""
    while True:
        try:
            return [
                *TopologicalSorter({id_: [bases[id_].text] if id_ in bases else [] for id_ in tables}).static_order()
            ]
        except CycleError as error:
            ring = error.args[1][::-1]
            message = f"'like' forms a cycle: {' -> '.join(ring)}"
            report(Finding("cycle", message, bases[ring[0]].place, "remove 'like' from one of them"))
            for id_ in ring[1:]:
                del bases[id_]


def _merged(node: Mapping, base: Mapping, report: Report) -> Mapping:
    """The entries of a table and those that it inherits from another one; with `where: none`, not that one."""
    own = {key.text for key, _ in node.entries}
    columns = base.get("columns")
    entries = [
        (key, _changed(value, columns, report) if key.text == "columns" and columns else value)
        for key, value in node.entries
        if not (key.text in ("where", "rows") and isinstance(value, Scalar) and value.text == "none")
    ]
    entries += [(key, value) for key, value in base.entries if key.text not in own]
    return node._replace(entries=tuple(entries))


def _changed(changes: Node, columns: Node, report: Report) -> Node:
    """The columns of another table with changes: a mapping of their fields to keys, or to `none` for no such column."""
    if not isinstance(changes, Mapping) or not isinstance(columns, Sequence):
        return changes
    by_field: dict[str, list[int]] = {}
    changed: list[Node | None] = [*columns.items]
    for index, column in enumerate(columns.items):
        fields = items_at(column.get("field") or column.get("fields")) if isinstance(column, Mapping) else ()
        first = fields[0].get("field") if fields and isinstance(fields[0], Mapping) else next(iter(fields), None)
        if isinstance(first, Scalar):
            by_field.setdefault(first.text, []).append(index)
    for key, change in changes.entries:
        indexes = by_field.get(key.text, [])
        if len(indexes) != 1:
            message = f"the other table has {'several columns' if indexes else 'no column'} with '{key.text}'"
            hint = "list all columns" if indexes else did_you_mean(key.text, by_field)
            report(Finding("ambiguous-field" if indexes else "unknown-field", message, key.place, hint))
            continue
        column = columns.items[indexes[0]]
        if isinstance(change, Scalar) and change.text == "none":
            changed[indexes[0]] = None
        elif isinstance(change, Mapping) and isinstance(column, Mapping):
            own = {name.text for name, _ in change.entries}
            kept = (entry for entry in column.entries if entry[0].text not in own)
            changed[indexes[0]] = change._replace(entries=(*change.entries, *kept))
        else:
            report(Finding("wrong-shape", "a change of a column must be a mapping, or 'none'", change.place))
    return columns._replace(items=tuple(column for column in changed if column is not None))
