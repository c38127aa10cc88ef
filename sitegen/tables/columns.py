"""Columns of tables: the fields they show, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import cached_property, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sitegen.facts.alternatives import (
    Alternative,
    Varying,
    check_scope,
    known_keys,
    note_at,
    period_of,
    read_varying,
    scalars_at,
)
from sitegen.facts.presentation import PLAIN, PRESENTATION_KEYS, Presentation, Words, read_presentation
from sitegen.facts.values import TARGET_HINT, is_target
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence

if TYPE_CHECKING:
    from collections.abc import Mapping as ReadOnly

    from sitegen.tables.paths import FieldPath, PathReader
    from sitegen.templates.template import Template

CompileText = Callable[..., "Template | None"]  # (node, report, more names)
_NO_PATH = re.compile(r"<[<%]|[/:#]")  # in a link target or a template
_COLUMN_KEYS = ("header", "field", "fields", "link", "note", "for", "from", "until", *PRESENTATION_KEYS)


@frozen
class Column(WithCachedProperties):
    """A column: its header, the fields it shows, their presentation, and when and for which products it exists.

    `link` is a path or a template. If it has several alternatives, these are in `links`.
    """

    header: Varying[Template]
    fields: tuple[FieldPath, ...]
    scope: tuple[Scalar, ...]
    since: date | None
    until: date | None
    presentation: Presentation
    show: Template | None
    link: FieldPath | Template | None
    note: str
    place: Place
    links: Varying[FieldPath | Template] | None = None

    @property
    def all_links(self) -> tuple[FieldPath | Template, ...]:
        """All alternatives of the link."""
        one = () if self.link is None else (self.link,)
        return tuple(alternative.value for alternative in self.links.alternatives) if self.links else one

    @property
    def varying(self) -> tuple[Varying[Words] | None, Varying[FieldPath | Template] | None]:
        """The words and the link if they have alternatives."""
        return self.presentation.words_by_context, self.links

    def applied(self, words: Alternative[Words] | None, link: Alternative[FieldPath | Template] | None) -> Column:
        """The column with the alternatives that apply; the same object each time."""
        key = id(words), id(link)
        if key not in self._applied:
            own = self.presentation
            chosen = replace(own, words=MappingProxyType({**own.words, **(words.value if words else {})}))
            self._applied[key] = replace(self, presentation=chosen, link=link.value if link else self.link)
        return self._applied[key]

    @cached_property
    def _applied(self) -> dict[tuple[int, int], Column]:
        return {}


class ColumnReader:
    """Reads the columns of a table. `template` reads a header, and `kinds` are the datasets of each record id."""

    def __init__(
        self,
        paths: PathReader,
        template: CompileText,
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
        fields = self._fields(node)
        since, until = period_of(node, self.report)
        scope = scalars_at(node, "for", self.report)
        check_scope(scope or (), self.kinds, self.report)
        presentation = read_presentation(node, PLAIN, self.report)
        link_node = node.get("link")
        if header is None or fields is None or scope is None:
            return None
        names = self._names(fields) if link_node or presentation.show else {}
        links: Varying[FieldPath | Template] | None = None
        if link_node is not None:
            links = read_varying(link_node, partial(self._link, names), self.report)
        show = self._show(presentation.show, names) if presentation.show else None
        self._check_scopes(header, presentation.words_by_context, links)
        link = links.always if links else None
        note = note_at(node, self.report)
        links = links if link is None else None
        return Column(header, fields, scope, since, until, presentation, show, link, note, node.place, links)

    def _check_scopes(self, *texts: Varying[Any] | None) -> None:
        for alternative in (alternative for varying in texts if varying for alternative in varying.alternatives):
            check_scope(alternative.scope_places, self.kinds, self.report)

    def _names(self, fields: tuple[FieldPath, ...]) -> dict[str, object]:
        """The names that templates in cells can use besides those of headers: records, with their fields."""
        datasets = self.paths.facts.datasets
        owners = [field.dataset for field in fields]
        for index, field in enumerate(fields):
            for name in field.path[:-1]:
                kind = datasets[owners[index]].fields[name]
                owners[index] = (kind.item or kind).of[0]
        own = {name: dict.fromkeys((*datasets[name].fields, "note", "id")) for name in (*owners, *self.paths.datasets)}
        common = [name for name in own[owners[0]] if all(name in own[owner] for owner in owners)]
        return {**{name: own[name] for name in self.paths.datasets}, "record": dict.fromkeys(common)}

    def _link(self, names: ReadOnly[str, object], node: Node, report: Report) -> FieldPath | Template | None:
        if not isinstance(node, Scalar) or not _NO_PATH.search(node.text):
            path = self.paths.read(node)
            if path is not None and path.kind is not None and path.kind.name not in ("link", ""):
                message = f"the field '{'.'.join(path.path)}' does not contain links"
                report(Finding("wrong-shape", message, node.place))
            return path
        template = self.template(node, report, names)
        if template is not None and template.compiled is None and not is_target(node.text):
            report(Finding("bad-link", f"'{node.text}' is not a valid link target", node.place, TARGET_HINT))
            return None
        return template

    def _show(self, written: Scalar, names: ReadOnly[str, object]) -> Template | None:
        template = self.template(written, self.report, {**names, "value": None})
        if template is not None and "value" not in template.names:
            self._report("wrong-shape", "'show' does not contain the value", written.place, "write << value >> in it")
        return template

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
