"""The facts that the pages and partials of a site show on a day: the records of each table, and every field it reads.

Nothing is rendered. Page files are filled only to collect the tables and the facts that they use.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

from sitegen.changes.shown_tables import FactKey, Key, Renamings, ShownRow, ShownTable
from sitegen.documents.documents import in_words
from sitegen.documents.fillings import PartialView
from sitegen.evaluation.context import Context, Fact
from sitegen.evaluation.notes import with_notes
from sitegen.evaluation.views import Lookup, Names
from sitegen.facts.alternatives import EVERYWHERE, ROLES
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Record
from sitegen.facts.lifecycles import day_in_words
from sitegen.facts.parts import base_of, with_part
from sitegen.facts.values import NOTES, Absent, Day, Lifecycle, List, Qualified, Reference, Support, Value, plain_items
from sitegen.formats import FORMATS
from sitegen.formats.site_data import data_path
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.languages.catalogue import english
from sitegen.markdown.blocks import parse_body
from sitegen.markdown.pages import Page, templates_of
from sitegen.site.redirects import former_paths
from sitegen.site.selection import edition, page_contexts, units_on
from sitegen.tables.cell_templates import CellTemplates
from sitegen.tables.derived import TableView
from sitegen.tables.rows import columns_of, row_groups, steps_of
from sitegen.tables.texts import fill_text
from sitegen.templates.template import BrokenError, MissingError, Template, TemplateProblem

if TYPE_CHECKING:
    from sitegen.facts.alternatives import Alternative
    from sitegen.findings import Report
    from sitegen.markdown.kinds import Kind
    from sitegen.site.loading import Site
    from sitegen.site.settings import PartialSettings
    from sitegen.tables.columns import Column
    from sitegen.tables.definitions import Definition
    from sitegen.tables.rows import TableRow


@frozen
class PageFacts(WithCachedProperties):
    """The facts that a page and the partials of its product and library show: tables by id, facts by key.

    `page` is the id of a further page.
    `alternatives` has all alternatives of these facts. `named` are the keys of all records with a fact. `paths` are the
    outputs by kind: the page in a format, or a partial. `redirects` are other paths that lead to the page. All keys are
    those after `renamings`. `ahead` is true for a day in the future.
    """

    context: Context
    page: str
    tables: ReadOnly[str, ShownTable]
    facts: ReadOnly[FactKey, Alternative[Value]]
    alternatives: ReadOnly[FactKey, tuple[Alternative[Value], ...]]
    named: frozenset[Key]
    paths: ReadOnly[str, str]
    redirects: frozenset[str]
    renamings: Renamings
    ahead: bool

    @cached_property
    def roles(self) -> tuple[Key, Key]:
        """The keys of the product and the library."""
        product, library = (PRODUCTS, self.context.product), (LIBRARIES, self.context.library)
        return self.renamings.get(product, product), self.renamings.get(library, library)

    @property
    def name(self) -> str:
        """The name of the page, such as `aap/python`."""
        (_, product), (_, library) = self.roles
        return self.context.switched(product, library).page_name(self.page)

    @property
    def title(self) -> tuple[str, str]:
        """The names of the product and the library."""
        product = " · ".join(filter(None, (self.label(self.roles[0]), in_words(self.page))))
        return product, self.label(self.roles[1])

    @cached_property
    def _former(self) -> Renamings:
        return {new: old for old, new in self.renamings.items()}

    def record(self, key: Key) -> Record | None:
        """The record with a key, shown or not; also one that only another library has, since a row may name it."""
        views = (self.context.datasets, *self.context.facts.views())
        keys = key, self._former.get(key, key)
        records = (view[name].records.get(id_) for name, id_ in keys if name in views[0] for view in views)
        return next(filter(None, records), None)

    def label_field(self, dataset: str) -> str:
        """The field that names the records of a dataset: `name`, or the first one that a table shows."""
        known = self.context.datasets.get(dataset)
        if known is not None and "name" in known.fields:
            return "name"
        return next((field for table in self.tables.values() for field in table.fields(dataset)), "")

    def label(self, key: Key) -> str:
        """The name of a record, or the header of its column; its id if it has none."""
        record = self.record(key)
        if record is None:
            return key[1]
        anywhere = replace(record, scope=EVERYWHERE)  # a page may show what only other libraries have
        chosen = self.context.alternative(anywhere, self.label_field(key[0]))
        headers = (table.column_header(table.beside[key]) for table in self.tables.values() if key in table.beside)
        return (self.text(chosen.value) if chosen else next(headers, "")) or record.id

    def text(self, value: Value) -> str:
        """A value in words, as of the day of the page."""
        if isinstance(value, List):
            return ", ".join(self.text(item) for item in value.items)
        if isinstance(value, Qualified):
            return value.in_words(self.text(value.value))
        if isinstance(value, Lifecycle):
            level = value.at(self.context.day)
            return level.label if level else "not yet released"
        if isinstance(value, Reference):
            return self.label((value.dataset, value.id))
        if isinstance(value, Absent):
            return "none"
        if isinstance(value, Day):
            return day_in_words(value, english())
        if isinstance(value, Support):
            words = {"yes": "supported", "no": "not supported"} if value.versions is None else {}
            text = words.get(value.state, value.text)
            return f"{text} ({self.text(value.on)})" if value.on else text
        return value.text


FilesOf = Callable[["Site", Context], ReadOnly[str, str]]
"""Returns the paths of further files of the library of a context, by kind."""


def published_facts(
    site: Site,
    day: date,
    report: Report,
    libraries: Container[str] | None = None,
    renamings: Renamings | None = None,
    *,
    ahead: bool = False,
    files: FilesOf = lambda *_: {},
) -> dict[str, PageFacts]:
    """The facts of each page by its name; of all libraries, or of some. Reports templates that cannot be filled."""
    pages: dict[str, PageFacts] = {}
    for library in units_on(site, day, libraries):
        more = files(site, Context(site.facts, day, "", library))
        for context, kind in page_contexts(site, Context(site.facts, day, "", library), report):
            page = edition(site, context, kind, report)
            facts = _PageReader(site, context, kind, renamings or {}, report).read(page, ahead=ahead)
            if page is not None or facts.tables:
                pages[facts.name] = replace(facts, paths={**facts.paths, **more}) if more else facts
    return pages


def page_titles(site: Site, day: date, but: Container[str]) -> dict[str, tuple[str, str]]:
    """The names of the product and the library of each page by its name, for all units but some."""
    titles: dict[str, tuple[str, str]] = {}
    for library in (unit for unit in units_on(site, day) if unit not in but):
        for context, kind in page_contexts(site, Context(site.facts, day, "", library), lambda _: None):
            page = edition(site, context, kind, lambda _: None)
            reader = _PageReader(site, context, kind, {}, lambda _: None)
            roles = (context.datasets[name] for name in ROLES.values() if name in context.datasets)
            has_names = page is not None and all("name" in dataset.fields for dataset in roles)
            facts = reader.facts_of_page(frozenset(), ahead=False) if has_names else reader.read(page, ahead=False)
            if page is not None or facts.tables:
                titles[facts.name] = facts.title
    return titles


@frozen
class _Recording(Context):
    """A context that records the facts that templates read."""

    read: dict[FactKey, Record] = field(default_factory=dict, compare=False)

    def fact(self, record: Record, field: str, ids: frozenset[str] | None = None) -> Fact:
        self.read[FactKey(record.dataset, record.id, field)] = record
        return Context.fact(self, record, field, ids)  # `super()` would look for the class without slots


class _PageReader:
    """Collects the facts of one page: those of its tables first, then those that its prose reads."""

    def __init__(self, site: Site, context: Context, kind: Kind, renamings: Renamings, report: Report) -> None:
        self.site = site
        self.kind = kind
        self.context = _Recording(context.facts, context.day, context.product, context.library)
        self.renamings = renamings
        self.new_ids = {old: new for (_, old), (_, new) in renamings.items()}
        self.report = report
        self.tables: dict[str, ShownTable] = {}
        self.facts: dict[FactKey, Alternative[Value]] = {}
        self.alternatives: dict[FactKey, tuple[Alternative[Value], ...]] = {}
        self.referred: dict[FactKey, Record] = {}  # records whose names are shown in cells that refer to them
        self.paths: dict[str, str] = {}
        self.redirects: set[str] = set()

    def read(self, page: Page | None, *, ahead: bool) -> PageFacts:
        """The facts of a page, and of the partials of its product and library."""
        if page is not None:
            known = self.site.formats or ("hugo",)
            for format_name in known if page.own or "dialect" in page.names | page.body.names else known[:1]:
                self._read_prose(page, format_name)
            for format_name, path in self.site.paths(self.kind).items():
                if format_name in self.site.formats:
                    self._add_paths(path, self.context, {f"page {format_name}": "{path}"})
                    now = self.paths.get(f"page {format_name}", "")
                    former = former_paths(self.site, page, self.context, format_name, now)
                    self.redirects.update(former)
                    if now and "api" in self.site.settings.styles[format_name].data:
                        root, _, address = now.partition("/")
                        self.paths["data"] = f"{root}/{data_path(address)}"
        for settings in self.site.settings.partials.values() if not self.kind.page else ():
            self._add_partial(settings)
        named = page.names | page.body.names if page is not None else frozenset()
        for key, record in self.context.read.items():
            if key.dataset == NOTES and NOTES not in named:  # a shared note is a part of what it is about
                continue
            self._add_fact(record, key.field, self.context, frozenset((record.id,)))
        records = frozenset(key.record for key in self.facts)
        for key, record in self.referred.items():
            self._add_fact(record, key.field, self.context, frozenset((record.id,)))
        return self.facts_of_page(records, ahead=ahead)

    def facts_of_page(self, named: frozenset[Key], *, ahead: bool) -> PageFacts:
        """What has been read."""
        facts, redirects = (self.facts, self.alternatives), frozenset(self.redirects)
        return PageFacts(
            self.context, self.kind.page, self.tables, *facts, named, self.paths, redirects, self.renamings, ahead
        )

    def _read_prose(self, page: Page, format_name: str) -> None:
        """Add what the text and the front matter show, without building a table."""
        partials = self.site.settings.partials
        names = Names(
            self.context,
            dialect=format_name,
            tables=Lookup("tables", self.site.tables, self._table_view),
            partials=Lookup("partials", partials, lambda id_: PartialView(id_, _not_built)),
            page={"id": self.kind.page},
        )
        try:
            text, values = page.body.fill(names)
            for template in templates_of({**page.meta, **page.own.get(format_name, {})}):
                template.fill(names)
        except BrokenError:
            return
        except TemplateProblem as problem:
            self.report(problem.finding(self.context.name))
            return
        for value in values:
            if isinstance(value, TableView):
                self._add_table(value.definition, self.context)
            elif isinstance(value, PartialView):
                self._add_partial(partials[value.id])
        for name in parse_body(text, self.context.link_names).link_names:
            self.context.link(name)

    def _table_view(self, id_: str) -> TableView:
        definition = self.site.tables[id_]
        if definition is None:
            raise BrokenError
        return TableView(definition, self.context, _not_built)

    def _add_partial(self, settings: PartialSettings) -> None:
        kind = self.site.kind_of(settings.kind)
        if not self.kind.may_show(kind):
            return
        context = self.context if "product" in kind.each else replace(self.context, product="")
        for name in settings.tables:
            definition = self.site.tables.get(name.text)
            if definition is not None:
                self._add_table(definition, context)
        path = self.site.partial_paths.get(settings.id)
        if path is not None and any(name.text in self.tables for name in settings.tables):
            folders = self.site.settings.fragments
            formats = self.site.settings.formats
            known = {name: FORMATS[name].fragment_suffix for name in formats if FORMATS[name].fragments}
            outputs = {f"partial {settings.id} {name}": f"{folders[name]}/{{path}}{known[name]}" for name in known}
            self._add_paths(path, context, outputs)

    def _add_paths(self, template: Template, context: Context, outputs: ReadOnly[str, str]) -> None:
        """Add outputs with `{path}` filled from a template. If that fails, it is a finding of the build."""
        filled = fill_text(template, Names(context, page={"id": self.kind.page}), lambda _: None)
        if filled is not None:
            self.paths |= {kind: path.replace("{path}", filled.text) for kind, path in outputs.items()}

    def _add_table(self, definition: Definition, context: Context) -> None:
        """Add the facts of a table, once even if the page shows it twice; nothing if it has no rows."""
        columns = () if definition.id in self.tables else tuple(columns_of(definition, context))
        known = {*self.context.read}
        members = [row for group in row_groups(definition, context) for row in group] if columns else []
        for key in self.context.read.keys() - known:  # what selects and sorts the rows is not shown
            del self.context.read[key]
        if not members:
            return
        shared = columns, context, self.renamings, definition.where
        rows = (ShownRow(row, tuple(map(self._key, row.records)), *shared) for row in members)
        table = self.tables[definition.id] = ShownTable(definition, context, columns, tuple(rows))
        for shown in table.rows:
            for column in columns:
                self._add_cell(column, shown.row_of(column))
            for record in shown.source.records:
                self._add_fact(record, "note", shown.source.context, shown.source.ids)
        for column in columns:
            table.column_header(column)  # records the facts that it reads
            for row in column.across_rows:
                for above in column.head:
                    self._add_cell(above, row)
                for record in row.records:
                    self._add_fact(record, "note", row.context, row.ids)
        if definition.caption is not None:
            table.filled(definition.caption)

    def _add_cell(self, column: Column, row: TableRow | None) -> None:
        """Add the facts of the cell in a column that belongs to a row, if there is one."""
        if row is None:
            return
        for path in column.paths:
            for name, found in steps_of(path, row):
                for record, of in found:
                    self._add_fact(record, name, of.context, of.ids)
                    chosen = of.alternative(record, name)
                    targets = (of.referred(item) for item in plain_items(chosen.value)) if chosen else ()
                    self.referred |= {FactKey(*target[0].subject, "name"): target[0] for target in targets if target}
        if not column.is_plain:
            CellTemplates(lambda _: None).read(column, row)

    def _key(self, record: Record) -> Key:
        return self.renamings.get(record.subject, record.subject)

    def _add_fact(self, record: Record, name: str, context: Context, row: frozenset[str]) -> None:
        """Add the value that a field has in a context, in a row with some ids."""
        base = base_of(name, record.facts)
        selecting = context.selecting(record, base, row)
        ids, own = context.ids | selecting, frozenset((record.id,) if selecting is row else ())
        varying = record.facts.get(base)
        chosen = varying.at(ids, context.day) if varying and context.has(record) else None
        chosen = with_notes(context, chosen)
        if varying is None or chosen is None:
            return
        # The other record of a row that the value is for, or the library or product that the row names.
        page, beside = self.context.ids, ""
        here = self.context.datasets[record.dataset].records.get(record.id)
        is_here = here and base in here.facts and self.context.has(here)
        usual = here.facts[base].at(page | own, context.day) if here and is_here else None
        if usual is None or usual.place != chosen.place:
            named = (id_ for id_ in (context.library, context.product) if id_ and id_ not in page)
            beside = min(chosen.scope.ids & (ids - page - own), default="") or next(named, "")
        key = FactKey(*self._key(record), name, self.new_ids.get(beside, beside))
        self.facts.setdefault(key, with_part(chosen, name[len(base) + 1 :], context.day))
        self.alternatives.setdefault(key, varying.alternatives)


def _not_built() -> NoReturn:
    raise MissingError("tables are not evaluated here")
