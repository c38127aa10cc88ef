"""Columns of tables: the fields they show, and how; and the records of a dataset that they go across."""

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
    place_at,
    read_varying,
    scalars_at,
)
from sitegen.facts.presentation import PLAIN, PRESENTATION_KEYS, Presentation, one_of, read_presentation
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at
from sitegen.tables.paths import PathReader

if TYPE_CHECKING:
    from collections.abc import Mapping as ReadOnly

    from sitegen.tables.paths import FieldPath
    from sitegen.tables.rows import TableRow
    from sitegen.tables.selections import Selection
    from sitegen.templates.template import Template

_COLUMN_KEYS = (
    "header",
    "field",
    "fields",
    "columns",
    "across",
    "group",
    "link",
    "note",
    "for",
    "from",
    "until",
    *PRESENTATION_KEYS,
)


@frozen
class Column:
    """A column: its header, the fields it shows, and when and for which products it exists.

    `presentations` are those of its fields, with what the column changes. With `across`, it becomes a column for each
    of the selected records, and `head` are the fields of these in rows above the others. With `inner` columns, it has a
    header above theirs and no fields. `group` is `section`, `span` or empty.

    In a context, `beside` are the rows of the records that it goes across, and `above` is the column with the header
    above its own.
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
    across: Selection | None = None
    head: tuple[Column, ...] = ()
    inner: tuple[Column, ...] = ()
    group: str = ""
    beside: tuple[TableRow, ...] = ()
    above: Column | None = None

    @property
    def records(self) -> tuple[tuple[str, str], ...]:
        """The (dataset, id) of the records that it goes across."""
        return tuple(record.subject for row in self.beside for record in row.records)

    @property
    def key(self) -> object:
        """What distinguishes it from the other columns of its table, on all days."""
        return self.place, self.records

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
    """Reads the columns of a table.

    `template` reads a header that may use a record of each of some datasets, `across` reads a selection of records, and
    `kinds` are the datasets of each record id.
    """

    def __init__(
        self,
        paths: PathReader,
        template: Callable[[Node, Report, tuple[str, ...]], Template | None],
        across: Callable[[Node], tuple[Selection, tuple[Node, ...]] | None],
        kinds: ReadOnly[str, set[str]],
        report: Report,
        beside: tuple[str, ...] = (),
    ) -> None:
        self.paths = paths
        self.template = template
        self.across = across
        self.kinds = kinds
        self.report = report
        self.beside = beside

    def read(self, node: Node, *, bare: bool) -> Column | None:
        """Read a column. If the layout is a list, columns are `bare`: a header is not required."""
        if not isinstance(node, Mapping):
            self._report("wrong-shape", "a column must be a mapping", node.place)
            return None
        written = node.get("across")
        if written is None:
            return self._column(node, bare=bare)
        found = self.across(written)
        if found is None:
            return None
        selection, head = found
        column = self._within((*self.paths.datasets, *selection.datasets), selection)._column(node, bare=bare)
        above = self._within(selection.datasets, selection)
        rows = [above.read(item, bare=False) for item in head]
        if column is None or any(row is None for row in rows):
            return None
        return replace(column, across=selection, head=tuple(row for row in rows if row is not None))

    def _within(self, datasets: tuple[str, ...], selection: Selection) -> ColumnReader:
        """The reader of what shows records of some datasets, below a header that names those of a selection."""
        paths = PathReader(self.paths.facts, tuple(dict.fromkeys(datasets)), self.report)
        beside = (*self.beside, *selection.datasets)
        return ColumnReader(paths, self.template, self.across, self.kinds, self.report, beside)

    def _column(self, node: Mapping, *, bare: bool) -> Column | None:
        keys_are_valid = known_keys(node, _COLUMN_KEYS, "a column", self.report)
        group = one_of(node, "group", ("section", "span"), self.report)
        inner = self._inner(node, bare=bare)
        written = node.get("header")
        if written is None and self.beside and "name" in self.paths.facts.datasets[self.beside[-1]].fields:
            written = Scalar(f"<< {self.beside[-1]}.name >>", node.place)
        if keys_are_valid and not bare and written is None and group != "section":
            self._report("no-header", "this column has no header", node.place, "add 'header:'")
        header = read_varying(
            written or Scalar("", node.place), lambda text, to: self.template(text, to, self.beside), self.report
        )
        for alternative in header.alternatives if header else ():
            check_scope(alternative.scope_places, self.kinds, self.report)
        fields = self._fields(node) if node.get("columns") is None else ()
        since, until = period_of(node, self.report)
        scope = scalars_at(node, "for", self.report)
        check_scope(scope or (), self.kinds, self.report)
        link = self._link(node, fields or ())
        inherited = [field.declared.presentation if field.declared else PLAIN for field in fields or ()]
        presentations = tuple(read_presentation(node, shown, self.report) for shown in inherited or (PLAIN,))
        if header is None or fields is None or scope is None or inner is None:
            return None
        shown = header, fields, scope, since, until, presentations, link
        return Column(*shown, note_at(node, self.report), node.place, inner=inner, group=group)

    def _inner(self, node: Mapping, *, bare: bool) -> tuple[Column, ...] | None:
        """The columns below the header of a column. Reports others than columns with fields."""
        written = node.get("columns")
        if written is None:
            return ()
        columns = [self.read(item, bare=bare) for item in items_at(written)]
        wrong = next((key for key in ("field", "fields", "link", "group") if node.get(key) is not None), None)
        nested = next((column for column in columns if column and (column.inner or column.group or column.head)), None)
        if wrong is not None or nested is not None:
            what = f"has no '{wrong}'" if wrong else "cannot contain groups of columns or rows"
            place = place_at(node, wrong) if wrong else written.place
            self._report("wrong-shape", f"a column with 'columns' {what}", place)
            return None
        found = tuple(column for column in columns if column is not None)
        return found if len(found) == len(columns) else None

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
