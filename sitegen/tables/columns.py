"""Columns of tables: the fields they show, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
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
    known_keys,
    note_at,
    period_of,
    read_varying,
    scope_at,
)
from sitegen.facts.parts import names_of
from sitegen.facts.presentation import PLAIN, PRESENTATION_KEYS, Presentation, Words, read_presentation
from sitegen.facts.values import TARGET_HINT, is_target
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.tables.paths import FieldPath, PathReader
from sitegen.templates.template import Template

if TYPE_CHECKING:
    from collections.abc import Mapping as ReadOnly

    from sitegen.facts.datasets import Dataset

Target = FieldPath | Template  # of a link
CompileText = Callable[..., Template | None]  # (node, report, more names)
_NO_PATH = re.compile(r"<[<%]|[/:#]")  # in a link target or a template
_COLUMN_KEYS = ("header", "field", "fields", "link", "note", "for", "from", "until", *PRESENTATION_KEYS)


@frozen
class Column(WithCachedProperties):
    """A column: its header, the fields it shows, and when and for which products it exists.

    `presentations` are those of its fields, with what the column changes; `shows` are templates around their values.
    `link` is a path or a template. If it has several alternatives, these are in `links`.
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
    note: str
    place: Place

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

    @property
    def varying(self) -> tuple[Varying[Any] | None, ...]:
        """The alternatives of the link, and those of the words of each field, if there are several."""
        return self.links, *(shown.words_by_context for shown in self.presentations)

    def applied(self, chosen: tuple[Alternative[Any] | None, ...]) -> Column:
        """The column with the alternatives that apply, of those in `varying`; the same object each time."""
        key = tuple(map(id, chosen))
        if key not in self._applied:
            link, *words = chosen
            shown = zip(self.presentations, words, strict=True)
            presentations = tuple(one.with_words(own.value) if own else one for one, own in shown)
            link_value = link.value if link else self.link
            self._applied[key] = replace(self, presentations=presentations, link=link_value)
        return self._applied[key]

    @cached_property
    def _applied(self) -> dict[tuple[int, ...], Column]:
        return {}


def source_of(value: Target | Words | str) -> str:
    """A template, a path, words or a layout as a text, without its place."""
    if isinstance(value, (str, Template)):
        return value if isinstance(value, str) else value.source
    return ".".join((value.dataset, *value.path)) if isinstance(value, FieldPath) else str(dict(value))


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

    def read(self, node: Node, table: Mapping, *, bare: bool) -> Column | None:
        """Read a column of a table. If the layout is a list, columns are `bare`: a header is not required."""
        if not isinstance(node, Mapping):
            self._report("wrong-shape", "a column must be a mapping", node.place)
            return None
        if known_keys(node, _COLUMN_KEYS, "a column", self.report) and not bare and node.get("header") is None:
            self._report("no-header", "this column has no header", node.place, "add 'header:'")
        header = read_varying(node.get("header") or Scalar("", node.place), self.template, self.report)
        fields = self._fields(node)
        since, until = period_of(node, self.report)
        scope = scope_at(node, self.report)
        check_scope(scope or EVERYWHERE, self.kinds, self.report)
        inherited = [field.declared.presentation if field.declared else PLAIN for field in fields or ()]
        of_table = [read_presentation(table, shown, self.report) for shown in inherited or (PLAIN,)]
        presentations = tuple(read_presentation(node, shown, self.report) for shown in of_table)
        if header is None or fields is None or scope is None:
            return None
        shows = tuple(self._show(*shown) for shown in zip(fields, presentations, strict=True))
        links = self._links(fields, node.get("link"))
        self._check_scopes(header, links, *(shown.words_by_context for shown in presentations))
        link = links.always if links else None
        links = links if link is None else None
        note = note_at(node, self.report)
        return Column(header, fields, scope, since, until, presentations, shows, link, links, note, node.place)

    def check_declared(self, dataset: Dataset) -> None:
        """Report declarations whose templates or links are invalid, also of fields that no column shows."""
        for name, declared in dataset.declared.items():
            field = FieldPath(dataset.name, (name,), declared.place, declared.type, declared)
            self._show(field, declared.presentation)
            self._check_scopes(declared.presentation.words_by_context, self._links((field,), None))

    def _check_scopes(self, *texts: Varying[Any] | None) -> None:
        for alternative in (alternative for varying in texts if varying for alternative in varying.alternatives):
            check_scope(alternative.scope, self.kinds, self.report)

    def _show(self, field: FieldPath, shown: Presentation) -> Template | None:
        if shown.show is None:
            return None
        template = self.template(shown.show, self.report, {**self._names(field), "value": None})
        if template is not None and "value" not in template.names:
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
        """The names that templates in cells can use besides those of headers: records, with their fields."""
        datasets = self.paths.facts.datasets
        owner = field.dataset
        for name in field.path[:-1]:
            kind = datasets[owner].fields[name]
            owner = (kind.item or kind).of[0]
        records = {name: name for name in self.paths.datasets} | {"record": owner}
        return {name: names_of(datasets[of].fields) for name, of in records.items()}

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
