"""What the pages and partials of a site state on a day, as facts: the records of each table, and every field it shows.

Nothing is rendered. A page is filled, so that it names the tables and the facts that it uses.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Container, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from sitegen.documents.fillings import PartialView
from sitegen.evaluation.context import Context, Fact, day_in_words
from sitegen.evaluation.views import Lookup, Names
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Record
from sitegen.facts.values import STAGES, Absent, Day, Lifecycle, List, Reference, Support, Value
from sitegen.formats import DIALECTS
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.markdown.pages import Page, parse_body, templates_of
from sitegen.site.selection import edition, in_force, product_contexts
from sitegen.tables.derived import TableView
from sitegen.tables.evaluate import columns_of, fill_text
from sitegen.tables.rows import TableRow, row_groups, steps_of
from sitegen.templates.template import BrokenError, MissingError, Template, TemplateProblem

if TYPE_CHECKING:
    from sitegen.facts.alternatives import Alternative, Varying
    from sitegen.findings import Report
    from sitegen.site.loading import Site
    from sitegen.site.settings import PartialSettings
    from sitegen.tables.definitions import Column, Definition, Field

Key = tuple[str, str]
"""The dataset and the id of a record."""

Keys = ReadOnly[Key, Key]
"""From the keys of records to those that they have in another state of the site."""

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


class ShownRow(NamedTuple):
    """A row of a table: its records, the values of each path that its columns show, and the fields that these read."""

    records: tuple[Key, ...]
    values: ReadOnly[Path, tuple[Value, ...]]
    reads: frozenset[tuple[Key, str]]


@frozen
class ShownTable(WithCachedProperties):
    """A table that a page shows. Its records have the keys to which `renamed` leads."""

    definition: Definition
    context: Context
    columns: tuple[Column, ...]
    members: tuple[TableRow, ...]
    renamed: Keys = field(default_factory=dict)

    @cached_property
    def keys(self) -> tuple[tuple[Key, ...], ...]:
        """The records of each row."""
        return tuple(self._keys(row.records) for row in self.members)

    @cached_property
    def records(self) -> ReadOnly[Key, None]:
        """The records of all rows, in order."""
        return dict.fromkeys(itertools.chain(*self.keys))

    @cached_property
    def rows(self) -> tuple[ShownRow, ...]:
        """What the columns show of each row."""
        return tuple(map(self._row, self.members, self.keys))

    def _row(self, row: TableRow, keys: tuple[Key, ...]) -> ShownRow:
        values: dict[Path, tuple[Value, ...]] = {}
        reads: set[tuple[Key, str]] = set()
        for path in (path for column in self.columns for path in column.fields):
            for name, found in steps_of(path, row):
                reads.update((key, name) for key in self._keys(record for record, _ in found))
            facts = [of.stated(record, name) for record, of in found]
            values[path.dataset, path.path] = tuple(renamed_in(fact.value, self.renamed) for fact in facts if fact)
        return ShownRow(keys, values, frozenset(reads))

    def _keys(self, records: Iterable[Record]) -> tuple[Key, ...]:
        keys = (record.subject for record in records)
        return tuple(self.renamed.get(key, key) for key in keys)

    @property
    def title(self) -> str:
        """The caption; where there is none, the id in words."""
        caption = self.definition.caption
        return self.filled(caption) if caption else in_words(self.definition.id)

    def fields(self, dataset: str) -> tuple[str, ...]:
        """The fields of a dataset that the columns show, in order."""
        return tuple(dict.fromkeys(path.path[0] for path in self.paths() if path.dataset == dataset))

    def paths(self) -> Iterator[Field]:
        """What the columns show, and where their links lead."""
        for column in self.columns:
            yield from column.fields
            if column.link is not None:
                yield column.link

    def header(self, dataset: str, name: str) -> str:
        """The header above a field; where several fields share a column, the name of the field in words."""
        for column in self.columns:
            if len(column.fields) == 1 and (column.fields[0].dataset, column.fields[0].path[0]) == (dataset, name):
                return self.column_header(column)
        return in_words(name)

    def column_header(self, column: Column) -> str:
        """The header of a column; where it has none, the name of its first field in words."""
        return self.filled(column.header) or in_words(column.fields[0].path[0])

    def filled(self, text: Varying[Template]) -> str:
        """A header or a caption. A build reports what is wrong with it."""
        chosen = text.at(self.context.ids, self.context.day)
        filled = fill_text(chosen.value, Names(self.context), chosen.place, lambda _: None) if chosen else None
        return filled.text if filled else ""

    def source(self, text: Varying[Template]) -> str:
        """The template of a header or a caption."""
        chosen = text.at(self.context.ids, self.context.day)
        return chosen.value.source if chosen else ""


@frozen
class PageFacts(WithCachedProperties):
    """What the page and the partials of a product and library state: tables by id, facts by key.

    `stated` has all alternatives of these facts. `named` are all records of which anything is stated, in a table or in
    prose. `paths` are the outputs by what they are: the page in a dialect, or a partial. Records have the keys to which
    `renamed` leads. `ahead` says that the day has not come.
    """

    context: Context
    tables: ReadOnly[str, ShownTable]
    facts: ReadOnly[FactKey, Alternative[Value]]
    stated: ReadOnly[FactKey, Varying[Value]]
    named: frozenset[Key]
    paths: ReadOnly[str, str]
    renamed: Keys = field(default_factory=dict)
    ahead: bool = False

    def called(self, renamed: Keys, *, ahead: bool) -> PageFacts:
        """The same with other keys of records."""
        if not renamed:
            return replace(self, ahead=ahead)
        ids = {old[1]: new[1] for old, new in renamed.items()}

        def called(key: FactKey) -> FactKey:
            return FactKey(*renamed.get(key.record, key.record), key.field, ids.get(key.beside, key.beside))

        tables = {id_: replace(table, renamed=renamed) for id_, table in self.tables.items()}
        facts = {called(key): fact for key, fact in self.facts.items()}
        stated = {called(key): fact for key, fact in self.stated.items()}
        named = frozenset(key.record for key in facts)
        return PageFacts(self.context, tables, facts, stated, named, self.paths, renamed, ahead)

    @property
    def roles(self) -> tuple[Key, Key]:
        """The product and the library."""
        product, library = (PRODUCTS, self.context.product), (LIBRARIES, self.context.library)
        return self.renamed.get(product, product), self.renamed.get(library, library)

    @property
    def name(self) -> str:
        """The name of the page, such as `aap/python`."""
        return "/".join(id_ for _, id_ in self.roles)

    @property
    def title(self) -> tuple[str, str]:
        """The names of the product and the library."""
        product, library = map(self.label, self.roles)
        return product, library

    @cached_property
    def _own(self) -> Keys:
        return {new: old for old, new in self.renamed.items()}

    def record(self, key: Key) -> Record | None:
        """A record of the page's datasets, shown or not; or of another library, which a row may name."""
        return self._record(self._own.get(key, key))

    def _record(self, own: Key) -> Record | None:
        if own[0] not in self.context.datasets:
            return None
        views = (self.context.datasets, *self.context.facts.views())
        return next((view[own[0]].records[own[1]] for view in views if own[1] in view[own[0]].records), None)

    def label_field(self, dataset: str) -> str:
        """The field that people know a record by: its name, or what its first column shows."""
        known = self.context.datasets.get(dataset)
        if known is not None and "name" in known.fields:
            return "name"
        return next((fields[0] for table in self.tables.values() if (fields := table.fields(dataset))), "")

    def label(self, key: Key) -> str:
        """What people call a record; its id where it has no name."""
        return self._label(self._own.get(key, key))

    def _label(self, own: Key) -> str:
        record = self._record(own)
        varying = record.facts.get(self.label_field(own[0])) if record else None
        chosen = varying.at(self.context.ids | {own[1]}, self.context.day) if varying else None
        return (self.text(chosen.value) if chosen else "") or own[1]

    def text(self, value: Value) -> str:
        """A value for people, as it is on the day of the page."""
        if isinstance(value, List):
            return ", ".join(self.text(item) for item in value.items)
        if isinstance(value, Lifecycle):
            level = value.at(self.context.day)
            return STAGES[level.stage][0] if level else "not yet released"
        if isinstance(value, Reference):
            return self._label((value.dataset, value.id))
        if isinstance(value, Absent):
            return "none"
        if isinstance(value, Day):
            return day_in_words(value)
        if isinstance(value, Support):
            words = {"yes": "supported", "no": "not supported"} if value.versions is None else {}
            text = words.get(value.state, value.text)
            return f"{text} ({self.text(value.on)})" if value.on else text
        return value.text


def published(site: Site, day: date, report: Report, libraries: Container[str] | None = None) -> dict[str, PageFacts]:
    """What each page and its partials state on a day, by its name; of all or of some libraries.

    Reports what cannot be filled.
    """
    pages: dict[str, PageFacts] = {}
    for library in in_force(site, day):
        if libraries is not None and library not in libraries:
            continue
        for context in product_contexts(Context(site.facts, day, "", library), report):
            page = edition(site, context, report)
            facts = _PageReader(site, context, report).read(page)
            if page is not None or facts.tables:
                pages[context.name] = facts
    return pages


def in_words(name: str) -> str:
    """A name of the YAML for people: `user_events` reads User events."""
    text = re.sub("[-_.]+", " ", name)
    return text[:1].upper() + text[1:]


def joined(names: Iterable[str], most: int, last: str = " and ") -> str:
    """Names as part of a sentence: all of them, or the first few where there are more than `most`."""
    known = list(names)
    if len(known) > most:
        return f"{', '.join(known[: most - 1])} and {len(known) - most + 1} more"
    return last.join(filter(None, (", ".join(known[:-1]), *known[-1:])))


def renamed_in(value: Value, renamed: Keys) -> Value:
    """A value with its references by other keys."""
    if isinstance(value, List) and renamed:
        return List(tuple(renamed_in(item, renamed) for item in value.items))
    if isinstance(value, Reference) and (value.dataset, value.id) in renamed:
        return replace(value, id=renamed[value.dataset, value.id][1])
    return value


@frozen
class _Recording(Context):
    """A context that records which fields it was asked for."""

    asked: dict[FactKey, Record] = field(default_factory=dict, compare=False)

    def fact(self, record: Record, field: str, ids: frozenset[str] = frozenset()) -> Fact:
        self.asked[FactKey(record.dataset, record.id, field)] = record
        return Context.fact(self, record, field, ids)  # `super()` would look for the class without slots


class _PageReader:
    """Collects what one page states: its slots first, then the facts that its prose asks for."""

    def __init__(self, site: Site, context: Context, report: Report) -> None:
        self.site = site
        self.context = _Recording(context.facts, context.day, context.product, context.library)
        self.report = report
        self.tables: dict[str, ShownTable] = {}
        self.facts: dict[FactKey, Alternative[Value]] = {}
        self.stated: dict[FactKey, Varying[Value]] = {}
        self.paths: dict[str, str] = {}

    def read(self, page: Page | None) -> PageFacts:
        """What a page states, and the partials of its product and library."""
        if page is not None:
            known = tuple(self.site.page_paths) or ("hugo",)
            for dialect in known if asks_dialect(page) else known[:1]:
                self._read_prose(page, dialect)
            for dialect, path in self.site.page_paths.items():
                self._add_paths(path, self.context, {f"page {dialect}": "{path}"})
        for settings in self.site.settings.partials.values():
            self._show_partial(settings)
        for key, record in self.context.asked.items():
            self._add(record, key.field, self.context, frozenset((record.id,)))
        named = frozenset(key.record for key in self.facts)
        return PageFacts(self.context, self.tables, self.facts, self.stated, named, self.paths)

    def _read_prose(self, page: Page, dialect: str) -> None:
        """Take in what the text and the front matter show. No table is built for that."""
        partials = self.site.settings.partials
        names = Names(
            self.context,
            dialect=dialect,
            tables=Lookup("tables", self.site.tables, self._table_view),
            partials=Lookup("partials", partials, lambda id_: PartialView(id_, _never)),
        )
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
                self._show_partial(partials[value.id])
        for name in parse_body(text, self.context.link_names).link_names:
            self.context.link(name)

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
        """Take in the outputs whose paths have a part that is filled: `{path}`. A build reports what is wrong there."""
        filled = fill_text(template, Names(context), template.place, lambda _: None)
        if filled is not None:
            self.paths |= {what: path.replace("{path}", filled.text) for what, path in outputs.items()}

    def _show(self, definition: Definition, context: Context) -> None:
        """Take in what a table shows; a page may show a table twice."""
        columns = () if definition.id in self.tables else tuple(columns_of(definition, context))
        rows = tuple(row for group in row_groups(definition, context) for row in group) if columns else ()
        if not rows:
            return
        table = self.tables[definition.id] = ShownTable(definition, context, columns, rows)
        paths = list(table.paths())
        for row in rows:
            for path in paths:
                for name, found in steps_of(path, row):
                    for record, of in found:
                        self._add(record, name, of.context, of.ids)
            for record in row.records:
                self._add(record, "note", row.context, row.ids)
        for text in (definition.caption, *(column.header for column in columns)):
            if text is not None:
                table.filled(text)  # which records the facts that it asks for

    def _add(self, record: Record, name: str, context: Context, row: frozenset[str]) -> None:
        """Take in a fact, in the context whose values it takes and for the ids of its row."""
        ids = context.ids | row
        varying = record.facts.get(name)
        chosen = varying.at(ids, context.day) if varying else None
        if varying is None or chosen is None:
            return
        # The other record of a row that the value is for, or the library or product that the row names.
        page, beside = self.context.ids, ""
        here = self.context.datasets[record.dataset].records.get(record.id)
        usual = here.facts[name].at(page | {record.id}, context.day) if here and name in here.facts else None
        if usual is not chosen:
            named = (id_ for id_ in (context.library, context.product) if id_ and id_ not in page)
            beside = min(chosen.scope & (ids - page - {record.id}), default="") or next(named, "")
        key = FactKey(record.dataset, record.id, name, beside)
        self.facts.setdefault(key, chosen)
        self.stated.setdefault(key, varying)


def _never() -> NoReturn:
    raise MissingError("tables are not evaluated here")


def asks_dialect(page: Page) -> bool:
    """Whether a page may differ from dialect to dialect."""
    texts = (page.body.source, *page.body.includes.values(), *(t.source for t in templates_of(page.meta)))
    return bool(page.own) or any("dialect" in text for text in texts)
