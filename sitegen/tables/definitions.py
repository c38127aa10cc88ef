"""Table definitions: the records that are shown as rows, and the fields that are shown as columns."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from sitegen.evaluation.context import Context
from sitegen.facts.alternatives import Varying, read_varying
from sitegen.facts.datasets import Facts
from sitegen.facts.field_types import Type
from sitegen.facts.parts import CURRENT, parts_of
from sitegen.facts.presentation import PRESENTATION_KEYS, one_of
from sitegen.facts.values import STAGES, STATES
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.frozen import frozen
from sitegen.source.mappings import known_keys, mapping_at, place_at, text_at, with_corrected_keys
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at
from sitegen.tables.columns import Column, ColumnReader
from sitegen.tables.inheritance import with_inherited
from sitegen.tables.order import read_order
from sitegen.tables.paths import FieldPath, PathReader
from sitegen.tables.selections import RowSelection, Selection
from sitegen.tables.styles import TableStyle
from sitegen.templates.template import Compiler, Schema, Template

_NO_NAMES: Schema = MappingProxyType({})
LAYOUTS = ("table", "transposed", "list")
ACROSS_KEYS = ("from", "where", "rows", "order", "head")
_STYLE_CHOICES: ReadOnly[str, tuple[str, ...]] = MappingProxyType(
    {"caption": ("visible", "hidden", "none"), "ids": ("yes", "no")}
)
_CLASSES = re.compile(r"[\w:/.%#()\[\]-]+(?: [\w:/.%#()\[\]-]+)*", re.ASCII)
TABLE_KEYS = (
    *("like", "from", "where", "rows", "order", "columns", "caption", "layout", "complete", "style"),
    *PRESENTATION_KEYS,
)


@frozen
class Definition(Selection):
    """The definition of a table. If the table is `complete`, records that it does not list are not supported.

    `like` is the id of the table from which it has inherited keys, or an empty text; `files` contain all its keys.
    """

    id: str
    place: Place
    files: frozenset[str]
    like: str
    columns: tuple[Column, ...]
    caption: Varying[Template] | None
    layout: Varying[str]
    complete: bool = False
    style: TableStyle = TableStyle()

    def layout_in(self, context: Context) -> str:
        """The layout in a context; `table` if no alternative applies."""
        chosen = context.applicable(self.layout)
        return chosen.value if chosen else "table"

    @property
    def templates(self) -> Iterator[Template]:
        """The templates of its caption, its headers and its cells."""
        for varying in self.texts:
            yield from (alternative.value for alternative in varying.alternatives)
        found = (template for column in self.all_columns for template in (*column.shows, *column.all_links))
        yield from (template for template in found if isinstance(template, Template))

    @property
    def texts(self) -> Iterator[Varying[Template]]:
        """Its caption and its headers."""
        yield from () if self.caption is None else (self.caption,)
        yield from (column.header for column in self.all_columns)

    @property
    def all_columns(self) -> Iterator[Column]:
        """The columns, each followed by those below its header and the rows above the others."""
        for column in self.columns:
            yield from (column, *column.head, *column.inner)

    @property
    def leaves(self) -> Iterator[Column]:
        """The columns with fields."""
        for column in self.columns:
            yield from column.inner or (column,)

    @property
    def selections(self) -> tuple[Selection, ...]:
        """The selection of the rows, and those of the columns."""
        return (self, *(column.across for column in self.all_columns if column.across))

    @property
    def all_datasets(self) -> tuple[str, ...]:
        """The datasets of the rows, and those across which columns go."""
        return tuple(dict.fromkeys(name for selection in self.selections for name in selection.datasets))


def load_tables(facts: Facts, compiler: Compiler, schema: Schema, report: Report) -> dict[str, Definition]:
    """Read the table definitions, and check the names of datasets, fields and records in them."""
    nodes: dict[str, tuple[Scalar, Mapping]] = {}
    for key, node in facts.tables:
        if key.text in nodes:
            first = nodes[key.text][0].place
            report(Finding("duplicate", f"duplicate table '{key.text}'; first defined at {first}", key.place))
        elif isinstance(node, Mapping):
            nodes[key.text] = key, node
        else:
            report(Finding("wrong-shape", f"the table '{key.text}' must be a mapping", node.place))
    reported: set[tuple[str, Place]] = set()

    def report_once(finding: Finding) -> None:  # and not for each table that inherits it
        if (finding.code, finding.place) not in reported:
            reported.add((finding.code, finding.place))
            report(finding)

    reader = _DefinitionReader(facts, compiler, schema, report_once)
    for dataset in facts.datasets.values():
        reader.columns((dataset.name,)).check_declared(dataset)
    complete = with_inherited({id_: node for id_, (_, node) in nodes.items()}, report)
    read: dict[str, Definition | None] = {}
    for id_, node in complete.items():  # each after the one that it is like
        base = text_at(node, "like", report)
        read[id_] = None if base and read[base] is None else reader.read(nodes[id_][0], node)
    return {id_: definition for id_ in nodes if (definition := read.get(id_)) is not None}


def read_table_style(node: Mapping, key: str, report: Report) -> TableStyle:
    """Read the style of tables in the mapping at a key. Reports what is invalid."""
    mapping = mapping_at(node, key, report)
    known_keys(mapping, ("class", "wrapper", *_STYLE_CHOICES), f"'{key}'", report)
    classes = [_classes(mapping, name, report) for name in ("class", "wrapper")]
    return TableStyle(*classes, *(one_of(mapping, name, words, report) for name, words in _STYLE_CHOICES.items()))


def _classes(node: Mapping, key: str, report: Report) -> str:
    text, value = text_at(node, key, report), node.get(key)
    if not text or _CLASSES.fullmatch(text) or value is None:
        return text
    report(Finding("wrong-shape", f"'{text}' is not a list of classes", value.place, "write class names: table wide"))
    return ""


@frozen
class _DefinitionReader:
    """Reads a table definition."""

    facts: Facts
    compiler: Compiler
    schema: Schema
    report: Report

    def read(self, key: Scalar, node: Mapping) -> Definition | None:
        keys_are_valid = known_keys(node, TABLE_KEYS, f"table '{key.text}'", self.report)
        if not keys_are_valid:
            node = with_corrected_keys(node, TABLE_KEYS)
        datasets = self._datasets(key, node)
        if datasets is None:
            return None
        columns = node.get("columns")
        if isinstance(columns, Mapping):
            hint = "write a list, or name the table in 'like'"
            self._report("wrong-shape", "a mapping can only change the columns of another table", columns.place, hint)
            return None
        if not isinstance(columns, Sequence) or not columns.items:
            if keys_are_valid:
                self._report("no-columns", f"the table '{key.text}' has no columns", key.place, "add 'columns:'")
            return None
        layout = read_varying(node.get("layout") or Scalar("table", node.place), self._layout, self.report)
        layouts = {alternative.value for alternative in layout.alternatives} if layout else set()
        column_reader = self.columns(datasets)
        read_columns = [column_reader.read(item, node, bare=layouts == {"list"}) for item in columns.items]
        selection, caption_node = self._selection(node, column_reader), node.get("caption")
        complete = one_of(node, "complete", ("true", "false"), self.report) == "true"
        caption = read_varying(caption_node, self._template, self.report) if caption_node else None
        column_reader.check_scopes(caption, layout)
        if layouts != {"list"} and caption_node is None and keys_are_valid:
            self._report("no-caption", f"the table '{key.text}' has no caption", key.place, "add 'caption:'")
        shown = [column for column in read_columns if column is not None]
        if layout is None or len(shown) < len(read_columns) or not self._can_arrange(shown, layouts):
            return None
        return Definition(
            *(selection.datasets, selection.where, selection.rows, selection.order),
            key.text,
            key.place,
            frozenset(place.file for place in (key.place, *(name.place for name, _ in node.entries))),
            text_at(node, "like", self.report),
            tuple(shown),
            caption,
            layout,
            complete,
            read_table_style(node, "style", self.report),
        )

    def _can_arrange(self, columns: list[Column], layouts: set[str]) -> bool:
        """Whether the groups of columns can be shown. Reports those that cannot."""
        sections = [column for column in columns if column.group == "section"]
        plain = [column for column in columns if not column.across and column.group != "section"]
        heads = [column for column in columns if column.head]
        for column in columns:
            message = hint = ""
            if column.group and ("list" in layouts or column.across):
                message, hint = "only a plain column of a table can have a 'group'", "remove 'group'"
            elif column.across and "list" in layouts:
                message, hint = "a list has no headers, so it cannot show which record a value is for", "write a table"
            elif column in sections[1:]:
                message, hint = "only one column can have 'group: section'", "write 'group: span'"
            elif sections == columns:
                message, hint = "a table needs a column next to its sections", "add a column"
            elif column in heads[:1] and not plain:
                message, hint = "no column can show the headers of 'head'", "add a column without 'across'"
            if message:
                self._report("wrong-shape", message, column.place, hint)
                return False
        return True

    def columns(self, datasets: tuple[str, ...]) -> ColumnReader:
        """A reader of columns that show fields of some datasets."""
        paths = PathReader(self.facts, datasets, self.report)
        return ColumnReader(paths, self._template, self._across, self.report)

    def _report(self, code: str, message: str, place: Place, hint: str = "") -> None:
        self.report(Finding(code, message, place, hint))

    def _layout(self, node: Node, report: Report) -> str:
        text = node.text if isinstance(node, Scalar) else ""
        if text in LAYOUTS:
            return text
        report(Finding("unknown-layout", f"unknown layout '{text}'", node.place, did_you_mean(text, LAYOUTS)))
        return "table"

    def _datasets(self, key: Scalar, node: Mapping) -> tuple[str, ...] | None:
        names = tuple(item for item in items_at(node.get("from")) if isinstance(item, Scalar))
        if not names:
            self._report("no-rows", f"the table '{key.text}' has no dataset", key.place, "add 'from:'")
            return None
        for name in names:
            if name.text not in self.facts.datasets:
                hint = did_you_mean(name.text, self.facts.datasets)
                self._report("unknown-dataset", f"unknown dataset '{name.text}'", name.place, hint)
                return None
        return tuple(name.text for name in names)

    def _across(self, node: Node) -> tuple[Selection, tuple[Node, ...]] | None:
        """The records that a column goes across, and the rows above the others that show them."""
        mapping = Mapping(((Scalar("from", node.place), node),), node.place) if isinstance(node, Scalar) else node
        if not isinstance(mapping, Mapping) or mapping.get("from") is None:
            self._report("wrong-shape", "'across' must be a dataset, or a mapping with 'from'", node.place)
            return None
        known_keys(mapping, ACROSS_KEYS, "'across'", self.report)
        datasets = self._datasets(Scalar("across", node.place), mapping)
        if datasets is None:
            return None
        if len(datasets) > 1:
            hint = "write a column with 'across' for each dataset"
            self._report("wrong-shape", "'across' must be a single dataset", place_at(mapping, "from"), hint)
            return None
        return self._selection(mapping, self.columns(datasets)), items_at(mapping.get("head"))

    def _selection(self, node: Mapping, columns: ColumnReader) -> Selection:
        """The selection of records in a definition or in `across`, of the datasets that columns show."""
        paths, rows_node, order = columns.paths, node.get("rows"), node.get("order")
        rows = read_varying(rows_node, partial(self._rows, paths.datasets), self.report) if rows_node else None
        columns.check_scopes(rows)
        keys = read_order(order, paths, self.report) if order else ()
        return Selection(paths.datasets, self._where(node, paths), rows, keys)

    def _where(self, node: Mapping, paths: PathReader) -> tuple[tuple[FieldPath, tuple[Scalar, ...]], ...]:
        """The conditions for rows: fields of their records, each with the texts of which the value must match one."""
        where = node.get("where")
        conditions = []
        for key, value in where.entries if isinstance(where, Mapping) else ():
            path = paths.read(key)
            if path is None:
                continue
            if path.kind is not None and path.kind.name == "lifecycle":
                names = (*path.path[:-1], f"{path.path[-1]}.{CURRENT}")
                path = replace(path, path=names, kind=parts_of(path.kind)[CURRENT])
            kind = path.kind
            if kind is None:
                self._report("wrong-shape", f"'where' cannot use '{key.text}'", key.place, "use a field with a text")
                continue
            expected = [item for item in items_at(value) if isinstance(item, Scalar)]
            known = self._known_values(kind)
            likely: list[Scalar] = []  # so that their rows are not reported, too
            for item in expected:
                if known and item.text not in known:
                    states = "write a state or a stage" if (kind.item or kind).name in ("support", "stage") else ""
                    hint = did_you_mean(item.text, known) or states
                    self._report("unknown-choice", f"'{item.text}' is not a value of '{key.text}'", item.place, hint)
                    likely += [item._replace(text=text) for text in nearest(item.text, known)[:1] or known]
                else:
                    likely.append(item)
            conditions.append((path, tuple(likely)))
        if where is not None and not isinstance(where, Mapping):
            self._report("wrong-shape", "'where' must be a mapping of fields to values", where.place)
        return tuple(conditions)

    def _known_values(self, kind: Type) -> tuple[str, ...]:
        """The possible values of a field; empty if it can be any text."""
        inner = kind.item or kind
        known: tuple[str, ...] = inner.of if inner.name == "one of" else ()
        if inner.name in ("support", "stage"):
            known = (*STATES, *STAGES, *(name for name, _ in inner.levels))
        if inner.name == "reference" and inner.of[0] in self.facts.datasets:
            known = tuple(self.facts.ids[inner.of[0]])
        return (*known, *(("none",) if known and kind.optional else ()))

    def _rows(self, datasets: tuple[str, ...], node: Node, report: Report) -> ReadOnly[str, RowSelection] | None:
        if isinstance(node, Mapping):
            known_keys(node, datasets, "'rows'", report)
            pairs = [(key.text, value) for key, value in node.entries]
        elif len(datasets) == 1:
            pairs = [(datasets[0], node)]
        else:
            report(Finding("wrong-shape", "'rows' of several datasets must be a mapping of datasets", node.place))
            return None
        rows = {}
        for name, value in pairs:
            items = value.items if isinstance(value, Sequence) else ()
            groups = [items_at(item) for item in items]
            ids = tuple(tuple(item for item in group if isinstance(item, Scalar)) for group in groups)
            others = (item for group in groups for item in group if not isinstance(item, Scalar))
            wrong = next(others, None) if isinstance(value, Sequence) else value
            if wrong is not None:
                report(Finding("wrong-shape", "'rows' must be a list of ids", wrong.place))
                return None
            self._check_rows(name, itertools.chain.from_iterable(ids), report)
            rows[name] = RowSelection(ids)
        return rows

    def _check_rows(self, name: str, ids: Iterable[Scalar], report: Report) -> None:
        """Report ids without a record in the dataset, and duplicates."""
        seen: set[str] = set()
        for scalar in ids:
            if name not in self.facts.datasets_by_id.get(scalar.text, ()):
                known = self.facts.datasets[name].records if name in self.facts.datasets else {}
                hint = did_you_mean(scalar.text, known)
                report(Finding("unknown-id", f"{name} has no record '{scalar.text}'", scalar.place, hint))
            elif scalar.text in seen:
                report(Finding("duplicate", f"duplicate row '{scalar.text}'", scalar.place))
            seen.add(scalar.text)

    def _template(self, node: Node, report: Report, names: Schema = _NO_NAMES) -> Template | None:
        if not isinstance(node, Scalar):
            report(Finding("wrong-shape", "expected a text", node.place))
            return None
        return self.compiler.compile(node.text, node.place, {**self.schema, **names}, report, column=True)
