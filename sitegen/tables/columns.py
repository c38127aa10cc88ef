"""Columns of tables: the fields they show, and how; and the records of a dataset that they go across."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from sitegen.facts.alternatives import (
    EVERYWHERE,
    Alternative,
    Scope,
    Varying,
    check_scope,
    notes_at,
    period_of,
    read_varying,
    scope_at,
)
from sitegen.facts.parts import names_of
from sitegen.facts.presentation import PLAIN, PRESENTATION_KEYS, Presentation, Words, one_of, read_presentation
from sitegen.facts.values import TARGET_HINT, is_target
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.source.mappings import known_keys, place_at, with_corrected_keys
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at
from sitegen.tables.paths import FieldPath, PathReader
from sitegen.templates.template import Template

if TYPE_CHECKING:
    from sitegen.facts.datasets import Dataset
    from sitegen.facts.values import Notes
    from sitegen.tables.rows import TableRow
    from sitegen.tables.selections import Selection

Target = FieldPath | Template  # of a link
CompileText = Callable[..., Template | None]  # (node, report, more names)
_NO_PATH = re.compile(r"<[<%]|[/:#]")  # in a link target or a template
COLUMN_KEYS = (
    *("header", "field", "fields", "columns", "across", "group", "link", "note", "for", "from", "until"),
    *PRESENTATION_KEYS,
)
_OF_WHOLE = ("align", "width", "joiner")
FIELD_KEYS = ("field", *(key for key in PRESENTATION_KEYS if key not in _OF_WHOLE))  # of one of several fields


@frozen
class Column(WithCachedProperties):
    """A column: its header, the fields it shows, and when and for which products it exists.

    `presentations` are those of its fields, with what the column changes; `shows` are templates around their values.
    `link` is a path or a template. If it has several alternatives, these are in `links`.

    With `across`, it becomes a column for each of the selected records, and `head` are the fields of these in rows
    above the others. With `inner` columns, it has a header above theirs and no fields. `group` is `section`, `span` or
    empty. In a context, `across_rows` are the rows of the records that it goes across, and `above` is the column whose
    header is above its own.
    """

    header: Varying[Template]
    fields: tuple[FieldPath, ...]
    scope: Scope
    since: date | None
    until: date | None
    presentations: tuple[Presentation, ...]
    shows: tuple[Template | None, ...]
    link: Target | None
    links: Varying[Target] | None
    note: Notes | None
    place: Place
    across: Selection | None = None
    head: tuple[Column, ...] = ()
    inner: tuple[Column, ...] = ()
    group: str = ""
    across_rows: tuple[TableRow, ...] = ()
    above: Column | None = None

    @property
    def records(self) -> tuple[tuple[str, str], ...]:
        """The (dataset, id) of the records that it goes across."""
        return tuple(record.subject for row in self.across_rows for record in row.records)

    @property
    def key(self) -> object:
        """What distinguishes it from the other columns of its table, on all days."""
        return self.place, self.records

    @property
    def paths(self) -> Iterator[FieldPath]:
        """The paths to what it shows and links to."""
        yield from self.fields
        yield from (self.link,) if isinstance(self.link, FieldPath) else ()

    @property
    def presentation(self) -> Presentation:
        """The presentation of its last field."""
        return self.presentations[-1]

    @property
    def show(self) -> Template | None:
        """The template around the values of its last field."""
        return self.shows[-1]

    @cached_property
    def is_plain(self) -> bool:
        """Whether it adds neither text nor links to values."""
        return self.link is None and not any(self.shows)

    @cached_property
    def is_typed(self) -> bool:
        """Whether its values are more than text. A path without a type leads to a note."""
        kinds = [field.kind.item or field.kind for field in self.fields if field.kind is not None]
        return any(kind.name not in ("text", "markdown") for kind in kinds)

    @property
    def all_links(self) -> tuple[Target, ...]:
        """All alternatives of the link."""
        one = () if self.link is None else (self.link,)
        return tuple(alternative.value for alternative in self.links.alternatives) if self.links else one

    @cached_property
    def by_field(self) -> tuple[Column, ...]:
        """For each field the column with the presentation of this field only. The first field has the link."""
        each = zip(self.presentations, self.shows, (self.link, *(None for _ in self.fields[1:])), strict=True)
        return tuple(replace(self, presentations=(one,), shows=(show,), link=link) for one, show, link in each)

    @cached_property
    def varying(self) -> tuple[Varying[Any] | None, ...]:
        """The alternatives of the link, and those of the words of each field; empty if none has several."""
        varying = self.links, *(shown.words_by_context for shown in self.presentations)
        return varying if any(varying) else ()

    def applied(self, chosen: tuple[Alternative[Any] | None, ...]) -> Column:
        """The column with the alternatives that apply, of those in `varying`."""
        link, *words = chosen
        shown = zip(self.presentations, words, strict=True)
        presentations = tuple(one.with_words(own.value) if own else one for one, own in shown)
        return replace(self, presentations=presentations, link=link.value if link else self.link)


def _written_fields(column: Mapping) -> tuple[Node, ...]:
    """The field or the fields of a column as written: names, or mappings with a name and how it is shown."""
    one, several = column.get("field"), column.get("fields")
    return several.items if isinstance(several, Sequence) else (one,) if one else ()


def source_of(value: Target | Words | str) -> str:
    """A template, a path, words or a layout as a text, without its place."""
    if isinstance(value, (str, Template)):
        return value if isinstance(value, str) else value.source
    return ".".join((value.dataset, *value.path)) if isinstance(value, FieldPath) else str(dict(value))


@frozen
class ColumnReader:
    """Reads the columns of a table.

    `template` reads a header, and `read_across` a selection of records. The records of datasets that columns go across
    have names in headers.
    """

    paths: PathReader
    template: CompileText
    read_across: Callable[[Node], tuple[Selection, tuple[Node, ...]] | None]
    report: Report

    def read(self, node: Node, table: Mapping, *, bare: bool) -> Column | None:
        """Read a column of a table. If the layout is a list, columns are `bare`: a header is not required."""
        if not isinstance(node, Mapping):
            self._report("wrong-shape", "a column must be a mapping", node.place)
            return None
        if not known_keys(node, COLUMN_KEYS, "a column", self.report):
            node = with_corrected_keys(node, COLUMN_KEYS)
        written = node.get("across")
        if written is None:
            return self._column(node, table, bare=bare)
        found = self.read_across(written)
        if found is None:
            return None
        selection, head = found
        column = self._within((*self.paths.datasets, *selection.datasets), selection)._column(node, table, bare=bare)
        above = self._within(selection.datasets, selection)
        rows = [above.read(item, table, bare=False) for item in head]
        if column is None or any(row is None for row in rows):
            return None
        return replace(column, across=selection, head=tuple(row for row in rows if row is not None))

    def _within(self, datasets: tuple[str, ...], selection: Selection) -> ColumnReader:
        """The reader of what shows records of some datasets, below a header that names those of a selection."""
        across = (*self.paths.across, *selection.datasets)
        return replace(self, paths=replace(self.paths, datasets=tuple(dict.fromkeys(datasets)), across=across))

    def _header(self, node: Mapping) -> Node | None:
        """The header as written; the name of a record if there is none."""
        written = node.get("header")
        if written is None and self.paths.across and "name" in self.paths.facts.datasets[self.paths.across[-1]].fields:
            return Scalar(f"<< {self.paths.across[-1]}.name >>", node.place)
        return written

    def _template(self, node: Node, report: Report) -> Template | None:
        """A header. The name of a dataset is the record of the column, or contains the other records by id."""
        facts, names = self.paths.facts, {}
        for dataset in self.paths.across:
            fields = names_of(facts.datasets[dataset].fields)
            names[dataset] = {**dict.fromkeys(facts.ids[dataset], fields), **fields}
        return self.template(node, report, names)

    def _column(self, node: Mapping, table: Mapping, *, bare: bool) -> Column | None:
        keys_are_valid = all(key.text in COLUMN_KEYS for key, _ in node.entries)
        group = one_of(node, "group", ("section", "span"), self.report)
        inner = self._inner(node, table, bare=bare)
        written = self._header(node)
        if keys_are_valid and not bare and written is None and (group == "span" or node.get("group") is None):
            self._report("no-header", "this column has no header", node.place, "add 'header:'")
        header = read_varying(written or Scalar("", node.place), self._template, self.report)
        fields = self._fields(node) if node.get("columns") is None else ()
        since, until = period_of(node, self.report)
        scope = scope_at(node, self.report)
        check_scope(scope or EVERYWHERE, self.paths.facts.datasets_by_id, self.report)
        inherited = [field.declared.presentation if field.declared else PLAIN for field in fields or ()]
        of_table = [self._of_table(table, shown) for shown in inherited or (PLAIN,)]
        of_column = [read_presentation(node, shown, self.report) for shown in of_table]
        own = itertools.zip_longest(of_column, _written_fields(node)[: len(of_column)])
        presentations = tuple(
            read_presentation(item, shown, self.report) if isinstance(item, Mapping) else shown for shown, item in own
        )
        if header is None or fields is None or scope is None or inner is None:
            return None
        shows = tuple(self._show(*shown) for shown in zip(fields, presentations, strict=False))
        links = self._links(fields, node.get("link")) if fields else None
        self.check_scopes(header, links, *(shown.words_by_context for shown in presentations))
        link = links.always if links else None
        links = links if link is None else None
        note = notes_at(node, self.report)
        how = presentations, shows, link, links, note, node.place
        return Column(header, fields, scope, since, until, *how, inner=inner, group=group)

    def _inner(self, node: Mapping, table: Mapping, *, bare: bool) -> tuple[Column, ...] | None:
        """The columns below the header of a column. Reports others than columns with fields."""
        written = node.get("columns")
        if written is None:
            return ()
        columns = [self.read(item, table, bare=bare) for item in items_at(written)]
        wrong = next((key for key in ("field", "fields", "link", "group") if node.get(key) is not None), None)
        nested = next((column for column in columns if column and (column.inner or column.group or column.head)), None)
        if wrong is not None or nested is not None:
            what = f"cannot have '{wrong}'" if wrong else "cannot contain groups of columns or rows"
            place = place_at(node, wrong) if wrong else written.place
            self._report("wrong-shape", f"a column with 'columns' {what}", place)
            return None
        found = tuple(column for column in columns if column is not None)
        return found if len(found) == len(columns) else None

    def _of_table(self, table: Mapping, shown: Presentation) -> Presentation:
        """The presentation of a field in a table, whose words may be for levels that other fields declare."""
        if table.get("words") is None:
            return read_presentation(table, shown, self.report)
        declared = (one for dataset in self.paths.facts.datasets.values() for one in dataset.declared.values())
        known = replace(shown, levels=tuple(level for one in declared for level in one.presentation.levels))
        return replace(read_presentation(table, known, self.report), levels=shown.levels)

    def check_declared(self, dataset: Dataset) -> None:
        """Report declarations whose templates or links are invalid, also of fields that no column shows."""
        for name, declared in dataset.declared.items():
            field = FieldPath(dataset.name, (name,), declared.place, declared.type, declared)
            self._show(field, declared.presentation)
            self.check_scopes(declared.presentation.words_by_context, self._links((field,), None))

    def check_scopes(self, *texts: Varying[Any] | None) -> None:
        """Report what the alternatives of some texts cannot be for."""
        for alternative in (alternative for varying in texts if varying for alternative in varying.alternatives):
            check_scope(alternative.scope, self.paths.facts.datasets_by_id, self.report)

    def _show(self, field: FieldPath, shown: Presentation) -> Template | None:
        if shown.show is None:
            return None
        template = self.template(shown.show, self.report, {**self._names(field), "value": None})
        is_link = field.kind is not None and (field.kind.item or field.kind).name == "link"  # it may have another text
        if template is not None and "value" not in template.names and not is_link:
            self._report("no-value", "'show' omits the value", shown.show.place, "print << value >>")
        return template

    def _links(self, fields: tuple[FieldPath, ...], written: Node | None) -> Varying[Target] | None:
        """The links of the column, or those of its only field; a declared path begins at the record of the field."""
        base: tuple[str, ...] = ()
        if written is None and len(fields) == 1 and fields[0].declared is not None:
            written, base = fields[0].declared.link, (fields[0].dataset, *fields[0].path[:-1])
        if written is None:
            return None
        return read_varying(written, partial(self._link, fields[0], base), self.report)

    def _link(self, field: FieldPath, base: tuple[str, ...], node: Node, report: Report) -> Target | None:
        if not isinstance(node, Scalar) or not _NO_PATH.search(node.text):
            named = node._replace(text=".".join((*base, node.text))) if isinstance(node, Scalar) else node
            path = self.paths.read(named)
            if path is not None and path.kind is not None and path.kind.name not in ("link", ""):
                message = f"the field '{'.'.join(path.path)}' does not contain links"
                report(Finding("wrong-shape", message, node.place))
            return path
        template = self.template(node, report, self._names(field))
        if template is not None and template.compiled is None and not is_target(node.text):
            report(Finding("bad-link", f"'{node.text}' is not a valid link target", node.place, TARGET_HINT))
            return None
        return template

    def _names(self, field: FieldPath) -> dict[str, object]:
        """The names that templates in cells can use in addition to those of headers: records, with their fields."""
        datasets = self.paths.facts.datasets
        owner = field.dataset
        for name in field.path[:-1]:
            kind = datasets[owner].fields[name]
            owner = (kind.item or kind).of[0]
        records = {name: name for name in self.paths.datasets} | {"record": owner}
        return {name: names_of(datasets[of].fields) for name, of in records.items()}

    def _fields(self, node: Mapping) -> tuple[FieldPath, ...] | None:
        items = _written_fields(node)
        if not items or (node.get("field") and node.get("fields")):
            self._report("no-field", "a column must have either 'field' or 'fields'", node.place)
            return None
        fields = [self._one_of_several(item) if node.get("fields") else self.paths.read(item) for item in items]
        if any(field is None for field in fields):
            return None
        return tuple(field for field in fields if field is not None)

    def _one_of_several(self, item: Node) -> FieldPath | None:
        """A field by its name, or in a mapping that also has keys for how it is shown."""
        if isinstance(item, Mapping):
            known_keys(item, FIELD_KEYS, "one of several fields", self.report)
            return self.paths.read(item.get("field") or item)
        return self.paths.read(item)

    def _report(self, code: str, message: str, place: Place, hint: str = "") -> None:
        self.report(Finding(code, message, place, hint))
