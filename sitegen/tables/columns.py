"""Columns of tables: the fields they show, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sitegen.facts.alternatives import (
    Varying,
    check_scope,
    known_keys,
    note_at,
    period_of,
    read_varying,
    scalars_at,
)
from sitegen.facts.presentation import PLAIN, PRESENTATION_KEYS, Presentation, read_presentation
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Mapping as ReadOnly

    from sitegen.tables.paths import FieldPath, PathReader
    from sitegen.templates.template import Template

_COLUMN_KEYS = ("header", "field", "fields", "link", "note", "for", "from", "until", *PRESENTATION_KEYS)


@frozen
class Column:
    """A column: its header, the fields it shows, and when and for which products it exists.

    `presentations` are those of its fields, with what the column changes.
    """

    header: Varying[Template]
    fields: tuple[FieldPath, ...]
    scope: tuple[Scalar, ...]
    since: date | None
    until: date | None
    presentations: tuple[Presentation, ...]
    link: FieldPath | None
    note: str
    place: Place

    @property
    def presentation(self) -> Presentation:
        """The presentation of its last field."""
        return self.presentations[-1]

    def of_field(self, index: int) -> Column:
        """The column with the presentation of one of its fields only."""
        shown = self.presentations[index]
        return self if shown == self.presentation else replace(self, presentations=(shown,))


def check_link(path: FieldPath, place: Place, report: Report) -> None:
    """Report a path to values that are no links."""
    if path.kind is not None and path.kind.name not in ("link", ""):
        message = f"the field '{'.'.join(path.path)}' does not contain links"
        report(Finding("wrong-shape", message, place))


class ColumnReader:
    """Reads the columns of a table. `template` reads a header, and `kinds` are the datasets of each record id."""

    def __init__(
        self,
        paths: PathReader,
        template: Callable[[Node, Report], Template | None],
        kinds: ReadOnly[str, set[str]],
        report: Report,
    ) -> None:
        self.paths = paths
        self.template = template
        self.kinds = kinds
        self.report = report

    def read(self, node: Node, *, bare: bool) -> Column | None:
        """Read a column. If the layout is a list, columns are `bare`: a header is not required."""
        if not isinstance(node, Mapping):
            self._report("wrong-shape", "a column must be a mapping", node.place)
            return None
        if known_keys(node, _COLUMN_KEYS, "a column", self.report) and not bare and node.get("header") is None:
            self._report("no-header", "this column has no header", node.place, "add 'header:'")
        header = read_varying(node.get("header") or Scalar("", node.place), self.template, self.report)
        for alternative in header.alternatives if header else ():
            check_scope(alternative.scope_places, self.kinds, self.report)
        fields = self._fields(node)
        since, until = period_of(node, self.report)
        scope = scalars_at(node, "for", self.report)
        check_scope(scope or (), self.kinds, self.report)
        link = self._link(node, fields or ())
        inherited = [field.declared.presentation if field.declared else PLAIN for field in fields or ()]
        presentations = tuple(read_presentation(node, shown, self.report) for shown in inherited or (PLAIN,))
        if header is None or fields is None or scope is None:
            return None
        note = note_at(node, self.report)
        return Column(header, fields, scope, since, until, presentations, link, note, node.place)

    def _link(self, node: Mapping, fields: tuple[FieldPath, ...]) -> FieldPath | None:
        """The path to the target of links: that of the column, or that of its only field."""
        link_node = node.get("link")
        declared = fields[0].declared if len(fields) == 1 else None
        if link_node is None and declared is not None and declared.link is not None:
            path = (fields[0].dataset, *fields[0].path[:-1], declared.link.text)
            link_node = declared.link._replace(text=".".join(path))
        link = self.paths.read(link_node) if link_node is not None else None
        if link is not None and link_node is not None:
            check_link(link, link_node.place, self.report)
        return link

    def _fields(self, node: Mapping) -> tuple[FieldPath, ...] | None:
        one, several = node.get("field"), node.get("fields")
        items = several.items if isinstance(several, Sequence) else (one,) if one else ()
        if not items or (one and several):
            self._report("no-field", "a column must have either 'field' or 'fields'", node.place)
            return None
        fields = [self.paths.read(item) for item in items]
        if any(field is None for field in fields):
            return None
        return tuple(field for field in fields if field is not None)

    def _report(self, code: str, message: str, place: Place, hint: str = "") -> None:
        self.report(Finding(code, message, place, hint))
