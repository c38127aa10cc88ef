"""What the pages and partials of a site say on a day, as facts: the records of each table, and every field it shows.

Nothing is rendered. A page is filled, so that it tells which tables and which facts it asks for.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import NamedTuple, NoReturn

from sitegen.alternatives import Alternative, Varying
from sitegen.context import Context, Fact, Lookup, Names, day_in_words
from sitegen.definitions import Column, Definition, Field
from sitegen.derived import TableView
from sitegen.dialects import DIALECTS
from sitegen.facts import Record, items_of
from sitegen.fillings import PartialView
from sitegen.findings import Finding, Report
from sitegen.frozen import Remembering, frozen
from sitegen.library import edition, product_contexts
from sitegen.loading import Site
from sitegen.pages import MetaTemplate, MetaText, Page, parse_body
from sitegen.rows import TableRow, row_groups
from sitegen.settings import PartialSettings
from sitegen.site import shared_contexts
from sitegen.tables import columns_of, fill_text
from sitegen.templates import BrokenError, MissingError, Template, TemplateProblem
from sitegen.values import STAGES, Absent, Day, Lifecycle, List, Reference, Support, Value

Key = tuple[str, str]
"""The dataset and the id of a record."""


Path = tuple[str, tuple[str, ...]]
"""The dataset of a row and the fields that lead from its record to a value."""


class FactKey(NamedTuple):
    """A field of a record; `beside` is the id of another record of the row where the value is for that one alone."""

    dataset: str
    id: str
    field: str
    beside: str = ""

    @property
    def record(self) -> Key:
        """The record that the field is of."""
        return self.dataset, self.id


@frozen
class ShownRow:
    """A row of a table: its records, what its columns show, and which fields of which records they read.

    `values` has the values for each path.
    """

    records: tuple[Key, ...]
    values: ReadOnly[Path, tuple[Value, ...]]
    reads: frozenset[tuple[Key, str]]


@frozen
class ShownTable(Remembering):
    """A table that a page shows: its columns, the records of its rows in order, and those of each row."""

    definition: Definition
    context: Context
    columns: tuple[Column, ...]
    records: tuple[Key, ...]
    members: tuple[TableRow, ...] = ()

    @cached_property
    def rows(self) -> tuple[ShownRow, ...]:
        """Its rows."""
        paths = [path for column in self.columns for path in column.fields]
        return tuple(_row(paths, row) for row in self.members)

    @property
    def title(self) -> str:
        """The caption; where there is none, the id in words."""
        caption = self.definition.caption
        return self._filled(caption) if caption else in_words(self.definition.id)

    def fields(self, dataset: str) -> tuple[str, ...]:
        """The fields of a dataset that the columns show, in order."""
        return tuple(dict.fromkeys(path.path[0] for path in self.paths() if path.dataset == dataset))

    def header(self, dataset: str, name: str) -> str:
        """The header above a field; where several fields share a column, the name of the field in words."""
        for column in self.columns:
            if len(column.fields) == 1 and (column.fields[0].dataset, column.fields[0].path[0]) == (dataset, name):
                return self.column_header(column)
        return in_words(name)

    def column_header(self, column: Column) -> str:
        """The header of a column; where it has none, the name of its first field in words."""
        return self._filled(column.header) or in_words(column.fields[0].path[0])

    @property
    def reason(self) -> str:
        """Why the table has these rows."""
        rows = self.definition.rows
        chosen = rows.at(self.context.ids, self.context.day) if rows else None
        return chosen.reason if chosen else ""

    def sources(self) -> Iterator[tuple[tuple[str, object], str]]:
        """The sources of the caption and of what the table and its columns state of themselves, by what they are of."""
        yield ("complete", None), "yes" if self.definition.complete else ""
        if self.definition.caption:
            yield ("caption", None), self._source(self.definition.caption)
        for column in self.columns:
            of = _paths(column)
            yield ("header", of), self._source(column.header)
            yield ("note", of), column.note
            yield ("words", of), ", ".join(f"{state}: {word}" for state, word in column.words.items())

    def texts(self) -> Iterator[tuple[tuple[str, object], str, str, str]]:
        """What these are of, with a title, the source, and the text."""
        headers: dict[object, str] = {_paths(column): self._filled(column.header) for column in self.columns}
        for (kind, of), source in self.sources():
            header = headers.get(of, "")
            title = {"note": f"note on the header {header}", "words": f"words of {header}"}.get(kind, kind)
            text = {"caption": self.title, "header": header}.get(kind, source)
            yield (kind, of), title, source, text

    def paths(self) -> Iterator[Field]:
        """What the columns show, and where their links lead."""
        for column in self.columns:
            yield from column.fields
            if column.link is not None:
                yield column.link

    def _filled(self, text: Varying[Template]) -> str:
        chosen = text.at(self.context.ids, self.context.day)
        filled = fill_text(chosen.value, self.context.names(), chosen.place, _told_elsewhere) if chosen else None
        return filled.text if filled else ""

    def _source(self, text: Varying[Template]) -> str:
        chosen = text.at(self.context.ids, self.context.day)
        return chosen.value.source if chosen else ""


@frozen
class PageFacts:
    """What the page and the partials of a product and library say: tables by id, facts by key.

    `stated` has all alternatives of these facts. `named` are all records of which anything is said, in a table or in
    prose. `paths` are the outputs by what they are: the page in a dialect, or a partial.
    """

    context: Context
    tables: ReadOnly[str, ShownTable]
    facts: ReadOnly[FactKey, Alternative[Value]]
    named: frozenset[Key]
    paths: ReadOnly[str, str]
    stated: ReadOnly[FactKey, Varying[Value]]

    def record(self, key: Key) -> Record | None:
        """A record of the page's datasets, shown or not; or of another library, which a row may name."""
        if key[0] not in self.context.datasets:
            return None
        views = (self.context.datasets, *self.context.facts.everywhere())
        return next((view[key[0]].records[key[1]] for view in views if key[1] in view[key[0]].records), None)

    def label_field(self, dataset: str) -> str:
        """The field that people know a record by: its name, or what its first column shows."""
        known = self.context.datasets.get(dataset)
        if known is not None and "name" in known.fields:
            return "name"
        return next((fields[0] for table in self.tables.values() if (fields := table.fields(dataset))), "")

    def label(self, key: Key) -> str:
        """What people call a record; its id where it has no name."""
        record = self.record(key)
        varying = record.facts.get(self.label_field(key[0])) if record else None
        chosen = varying.at(self.context.ids | {key[1]}, self.context.day) if varying else None
        return (self.text(chosen.value) if chosen else "") or key[1]

    def text(self, value: Value) -> str:
        """A value for people, as it is on the day of the page."""
        if isinstance(value, List):
            return ", ".join(self.text(item) for item in value.items)
        if isinstance(value, Lifecycle):
            level = value.at(self.context.day)
            return STAGES[level.stage][0] if level else "not yet released"
        if isinstance(value, Reference):
            return self.label((value.dataset, value.id))
        if isinstance(value, Absent):
            return "none"
        if isinstance(value, Day):
            return day_in_words(value)
        if isinstance(value, Support):
            words = {"yes": "supported", "no": "not supported"} if value.versions is None else {}
            text = words.get(value.state, value.text)
            return f"{text} ({self.text(value.on)})" if value.on else text
        return value.text


@frozen
class Published:
    """What all pages say on a day, by their names, such as `aap/python`.

    `ids` are all records of the site, and `former` leads from what was the id of one to what it is.
    """

    day: date
    pages: ReadOnly[str, PageFacts]
    ids: frozenset[Key]
    former: ReadOnly[Key, Key]


def published(site: Site, day: date, report: Report, libraries: Container[str] | None = None) -> Published:
    """Collect what every page and partial says on a day, of all or of some libraries. Reports what cannot be filled."""
    pages: dict[str, PageFacts] = {}
    for shared in shared_contexts(site, day, libraries):
        for context in product_contexts(shared, report):
            page = edition(site, context, report)
            facts = _PageReader(site, context, report).read(page)
            if page is not None or any(table.records for table in facts.tables.values()):
                pages[context.name] = facts
    records = list(site.facts.records())
    former = {(record.dataset, was.text): (record.dataset, record.id) for record in records for was in record.was}
    return Published(day, pages, frozenset((record.dataset, record.id) for record in records), former)


def in_words(name: str) -> str:
    """A name of the YAML for people: `user_events` reads User events."""
    text = re.sub("[-_.]+", " ", name)
    return text[:1].upper() + text[1:]


@frozen
class _Asking(Context):
    """A context that remembers which fields it was asked for."""

    asked: dict[FactKey, Record] = field(default_factory=dict, compare=False)

    def fact(self, record: Record, field: str, ids: frozenset[str] = frozenset()) -> Fact:
        self.asked[FactKey(record.dataset, record.id, field)] = record
        return Context.fact(self, record, field, ids)  # `super()` would look for the class without slots


class _PageReader:
    """Collects what one page says: its slots first, then the facts that its prose asks for."""

    def __init__(self, site: Site, context: Context, report: Report) -> None:
        self.site = site
        self.context = _Asking(context.facts, context.day, context.product, context.library)
        self.report = report
        self.tables: dict[str, ShownTable] = {}
        self.facts: dict[FactKey, Alternative[Value]] = {}
        self.paths: dict[str, str] = {}
        self.stated: dict[FactKey, Varying[Value]] = {}

    def read(self, page: Page | None) -> PageFacts:
        """What a page says, and the partials of its product and library."""
        if page is not None:
            for dialect in self._dialects(page):
                self._read_prose(page, dialect)
            for dialect, path in self.site.page_paths.items():
                self._add_paths(path, self.context, {f"page {dialect}": "{path}"})
        for settings in self.site.settings.partials.values():
            self._show_partial(settings)
        for key, record in self.context.asked.items():
            self._add(record, key.field, self.context.ids | {record.id})
        named = frozenset(key.record for key in self.facts)
        return PageFacts(self.context, self.tables, self.facts, named, self.paths, self.stated)

    def _dialects(self, page: Page) -> tuple[str, ...]:
        """The dialects that a page may differ in; one stands for all where it asks for none."""
        known = tuple(self.site.page_paths) or ("hugo",)
        return known if asks_dialect(page) else known[:1]

    def _read_prose(self, page: Page, dialect: str) -> None:
        names = self._names(dialect)
        try:
            text, values = page.body.fill(names)
            for template in templates_of({**page.meta, **page.own.get(dialect, {})}):
                template.fill(names)
        except BrokenError:
            return
        except TemplateProblem as problem:
            self.report(problem.finding(self.context.name))
            return
        for value in values:
            if isinstance(value, TableView):
                self._show(value.definition, self.context)
            elif isinstance(value, PartialView):
                self._show_partial(self.site.settings.partials[value.id])
        for name in parse_body(text, self.context.link_names).link_names:
            self.context.link(name)

    def _names(self, dialect: str) -> Names:
        """What prose may name. Its tables can be asked what follows from them, and are not evaluated."""
        partials = self.site.settings.partials
        return self.context.names(
            dialect=dialect,
            tables=Lookup("tables", self.site.tables, self._table_view),
            partials=Lookup("partials", partials, lambda id_: PartialView(id_, _never)),
        )

    def _table_view(self, id_: str) -> TableView:
        definition = self.site.tables[id_]
        if definition is None:
            raise BrokenError
        return TableView(definition, self.context, _never)

    def _show_partial(self, settings: PartialSettings) -> None:
        context = self.context if settings.each_product else replace(self.context, product="")
        for name in settings.tables:
            definition = self.site.tables.get(name.text)
            if definition is not None:
                self._show(definition, context)
        path = self.site.partial_paths.get(settings.id)
        if path is not None and any(name.text in self.tables for name in settings.tables):
            folders = self.site.settings.fragments
            known = {name: dialect.fragment_suffix for name, dialect in DIALECTS.items() if dialect.fragments}
            outputs = {f"partial {settings.id} {name}": f"{folders[name]}/{{path}}{known[name]}" for name in known}
            self._add_paths(path, context, outputs)

    def _add_paths(self, template: Template, context: Context, outputs: ReadOnly[str, str]) -> None:
        """Take in the outputs whose paths have a part that is filled: `{path}`."""
        filled = fill_text(template, context.names(), template.place, _told_elsewhere)
        if filled is not None:
            self.paths |= {what: path.replace("{path}", filled.text) for what, path in outputs.items()}

    def _show(self, definition: Definition, context: Context) -> None:
        """Take in what a table shows; a page may show a table twice."""
        if definition.id in self.tables:
            return
        columns = columns_of(definition, context)
        records: dict[Key, None] = {}
        members: list[TableRow] = []
        table = ShownTable(definition, context, tuple(columns), ())
        fields = {name: (*table.fields(name), "note") for name in definition.datasets}
        longer = [path for path in table.paths() if len(path.path) > 1]
        for group in row_groups(definition, context) if columns else ():
            for row in group:
                for record in row.records:
                    records[record.dataset, record.id] = None
                    for name in fields[record.dataset]:
                        self._add(record, name, row.context.ids | row.ids, row.context)
                for path in longer:
                    self._follow(path, row)
                members.append(row)
        if records:
            self.tables[definition.id] = replace(table, records=tuple(records), members=tuple(members))
            for text in (definition.caption, *(column.header for column in columns)):
                chosen = text.at(context.ids, context.day) if text else None
                if chosen is not None and chosen.value.compiled is not None:
                    fill_text(chosen.value, context.names(), chosen.place, _told_elsewhere)

    def _follow(self, path: Field, row: TableRow) -> None:
        """Take in the fields of records that a path leads to."""
        for name, found in list(steps_along(path, row))[1:]:
            for record, context in found:
                self._add(record, name, context.ids | row.ids, context)

    def _add(self, record: Record, name: str, ids: frozenset[str], context: Context | None = None) -> None:
        """Take in a fact; one of a row in the context whose values that takes."""
        varying = record.facts.get(name)
        chosen = varying.at(ids, self.context.day) if varying else None
        if varying is None or chosen is None:
            return
        beside = "" if context is None else self._beside(record, name, chosen, ids, context)
        key = FactKey(record.dataset, record.id, name, beside)
        self.facts.setdefault(key, chosen)
        self.stated.setdefault(key, varying)

    def _beside(
        self, record: Record, name: str, chosen: Alternative[Value], ids: frozenset[str], context: Context
    ) -> str:
        """The other record of a row that a value is for, or the library or product that the row names."""
        page = self.context.ids
        here = self.context.datasets[record.dataset].records.get(record.id)
        usual = here.facts[name].at(page | {record.id}, self.context.day) if here and name in here.facts else None
        if usual is chosen:
            return ""
        named = (id_ for id_ in (context.library, context.product) if id_ and id_ not in page)
        return min(chosen.scope & (ids - page - {record.id}), default="") or next(named, "")


def _paths(column: Column) -> tuple[Path, ...]:
    return tuple((shown.dataset, shown.path) for shown in column.fields)


def keys_of(records: Iterable[Record]) -> tuple[Key, ...]:
    """The keys of records."""
    return tuple((record.dataset, record.id) for record in records)


def _row(paths: Iterable[Field], row: TableRow) -> ShownRow:
    values: dict[Path, tuple[Value, ...]] = {}
    reads: set[tuple[Key, str]] = set()
    for path in paths:
        steps = list(steps_along(path, row))
        reads.update((key, name) for name, found in steps for key in keys_of(record for record, _ in found))
        name, found = steps[-1]
        facts = [context.holding(record.facts[name], row.ids) for record, context in found if name in record.facts]
        values[path.dataset, path.path] = tuple(fact.value for fact in facts if fact is not None)
    return ShownRow(keys_of(row.records), values, frozenset(reads))


def steps_along(path: Field, row: TableRow) -> Iterator[tuple[str, list[tuple[Record, Context]]]]:
    """Each field of a path, with the records that it is read of, each in the context whose values it takes."""
    found = [(record, row.context) for record in row.records if record.dataset == path.dataset]
    for name in path.path:
        yield name, found
        found = [target for record, context in found for target in _targets(record, name, row.ids, context)]


def _targets(record: Record, name: str, ids: frozenset[str], context: Context) -> Iterator[tuple[Record, Context]]:
    """The records that a field refers to, each in the context whose values it takes."""
    chosen = context.holding(record.facts[name], ids) if name in record.facts else None
    values = () if chosen is None else items_of(chosen.value)
    yield from (target for value in values if (target := context.referred(value)) is not None)


def _told_elsewhere(_: Finding) -> None:
    """A build tells what is wrong with headers and paths."""


def _never() -> NoReturn:
    raise MissingError("tables are not evaluated here")


def asks_dialect(page: Page) -> bool:
    """Whether a page may differ from dialect to dialect."""
    texts = (page.body.source, *page.body.includes.values(), *(t.source for t in templates_of(page.meta)))
    return bool(page.own) or any("dialect" in text for text in texts)


def templates_of(meta: MetaTemplate | ReadOnly[str, MetaTemplate]) -> Iterator[Template]:
    """The templates of front matter."""
    if isinstance(meta, MetaText):
        yield meta.template
    else:
        for item in meta.values() if isinstance(meta, ReadOnly) else meta:
            yield from templates_of(item)
