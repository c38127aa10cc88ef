"""Paths from a row to a value, as tables name them: `name`, `vendor.site`, `runtimes.name`."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from sitegen.facts.datasets import is_by_record
from sitegen.facts.parts import parts_of, unknown_part
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.source.nodes import Node, Scalar

if TYPE_CHECKING:
    from sitegen.facts.datasets import Facts
    from sitegen.facts.declarations import Declaration
    from sitegen.facts.field_types import Type


@frozen
class FieldPath:
    """A path from a row to a value: a dataset of the row, a field, and fields of the records it refers to.

    The last field may end in a part of its values: `support.eol`. `kind` is the type of the values, None for a note;
    `declared` is the declaration of the field.
    """

    dataset: str
    path: tuple[str, ...]
    place: Place
    kind: Type | None = field(compare=False)
    declared: Declaration | None = field(default=None, compare=False)


@frozen
class PathReader:
    """Reads paths that begin in one of the datasets of a row. `across` are those that a column goes across."""

    facts: Facts
    datasets: tuple[str, ...]
    report: Report
    across: tuple[str, ...] = ()

    def read(self, node: Node) -> FieldPath | None:
        """Read a path. Reports an invalid one, and returns None."""
        if not isinstance(node, Scalar):
            self._report("wrong-shape", "the name of a field must be a text", node.place)
            return None
        path = tuple(node.text.split("."))
        is_named = len(path) > 1 and path[0] in self.datasets
        dataset, rest = (path[0], path[1:]) if is_named else (self.datasets[0], path)
        if not is_named and len(self.datasets) > 1:
            found = ((name, self.facts.datasets[name].fields.get(path[0])) for name in self.datasets)
            by = {name: kind.by for name, kind in found if kind is not None}
            owners = [name for name in by if by[name] in self.across] or [*by]  # one has a value for each column
            if len(owners) > 1:
                hint = f"write '{owners[0]}.{node.text}' or '{owners[1]}.{node.text}'"
                self._report("ambiguous-field", f"'{node.text}' is a field of several datasets", node.place, hint)
                return None
            dataset = owners[0] if owners else dataset
        current, kind, declared = dataset, None, None
        for index, name in enumerate(rest):
            fields = self.facts.datasets[current].fields
            kind, declared = fields.get(name), self.facts.datasets[current].declared.get(name)
            if not fields:
                return None  # datasets without fields are reported elsewhere
            if kind is None and name != "note":
                message = f"{current} has no field '{name}'"
                self._report("unknown-field", message, node.place, did_you_mean(name, fields))
                return None
            if kind is not None and is_by_record(kind) and not self._has(kind.by, current):
                message = f"'{name}' has a value for each record of '{kind.by}', which this row does not name"
                self._report("wrong-shape", message, node.place, f"show it in a column with 'across: {kind.by}'")
                return None
            if index + 1 < len(rest):
                if parts := parts_of(kind):
                    part = ".".join(rest[index + 1 :])
                    if part in parts:
                        return FieldPath(dataset, (*rest[:index], f"{name}.{part}"), node.place, parts[part], declared)
                    message, hint = unknown_part(name, part, kind)
                    self._report("unknown-field", message, node.place, hint)
                    return None
                inner = kind.item or kind if kind is not None else None
                if inner is None or inner.name != "reference" or inner.of[0] not in self.facts.datasets:
                    self._report("unknown-field", f"'{name}' does not refer to records", node.place)
                    return None
                current = inner.of[0]
        return FieldPath(dataset, rest, node.place, kind, declared)

    def _has(self, by: str, owner: str) -> bool:
        """Whether rows have a record of a dataset, in addition to the one of the dataset `owner`."""
        return by not in self.facts.datasets or by in self.across or (by in self.datasets and by != owner)

    def _report(self, code: str, message: str, place: Place, hint: str = "") -> None:
        self.report(Finding(code, message, place, hint))
