"""A site as of a day: every page and fragment, in every dialect, as a value.

    facts + a day -> tables -> documents -> text, for each product, library and dialect

Nothing here reads a clock or the environment, and nothing reads or writes a file.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Collection, Container, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import groupby

from sitegen.context import Context, Lookup
from sitegen.definitions import Definition
from sitegen.derived import TableView
from sitegen.dialects import DIALECTS
from sitegen.dialects.style import Style
from sitegen.documents import About, Document, NavItem, Partial, PartialView, assemble
from sitegen.facts import LIBRARIES, PRODUCTS, Record
from sitegen.findings import Finding, Place, Report, in_order
from sitegen.grids import Table
from sitegen.loading import Site
from sitegen.output_paths import Claims, path_problem
from sitegen.pages import Page
from sitegen.settings import PartialSettings
from sitegen.tables import Filled, evaluate, fill_text
from sitegen.templates import BrokenError, MissingError, TemplateProblem
from sitegen.values import List, Reference


@dataclass(frozen=True, slots=True)
class File:
    """One file of the output: the parts of its text, which files may share; its dialect; whether it is a fragment."""

    parts: tuple[str, ...]
    dialect: str
    fragment: bool

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.parts)


@dataclass(frozen=True, slots=True)
class Build:
    """What a build gives: files by path below the output folder, and everything that was found."""

    files: ReadOnly[str, File]
    findings: tuple[Finding, ...]
    documents: ReadOnly[str, Document]
    partials: ReadOnly[str, Partial]
    shown: ReadOnly[tuple[str, str], Collection[str]] = field(default_factory=dict)

    def with_pages(self, findings: Iterable[Finding]) -> list[Finding]:
        """Findings in order, each with the pages and partials that show the record it is about."""
        return in_order(
            replace(f, shown_on=tuple(sorted(self.shown.get(f.subject, ())))) if f.subject and not f.shown_on else f
            for f in findings
        )


def build_site(
    site: Site, day: date, dialects: Iterable[str], *, libraries: Container[str] | None = None, text: bool = True
) -> Build:
    """Build every page and fragment of a site as of a day, in the given dialects.

    `libraries` limits it to some of them. Without `text`, there are documents and partials, and no files.
    """
    builder = _Builder(site, day, tuple(dialects), libraries, text=text)
    builder.run()
    made = Build(builder.files, (), builder.documents, builder.partials, builder.shown)
    return replace(made, findings=tuple(made.with_pages([*site.findings, *builder.findings])))


# --- which pages there are -----------------------------------------------------------


def shared_contexts(site: Site, day: date, libraries: Container[str] | None = None) -> Iterator[Context]:
    """A context for each library of a day, for what is the same for all products."""
    found = site.facts.datasets.get(LIBRARIES)
    for library in found.records.values() if found else ():
        if library.in_force(day) and (libraries is None or library.id in libraries):
            yield Context(site.facts.of(library.id), day, "", library.id)


def product_contexts(shared: Context, report: Report) -> list[Context]:
    """A context for each product that a library has on a day."""
    products = shared.datasets.get(PRODUCTS)
    in_force = [p for p in products.records.values() if p.in_force(shared.day)] if products else []
    return [replace(shared, product=p.id, used=set()) for p in in_force if _offers(shared, p, report)]


def _offers(shared: Context, product: Record, report: Report) -> bool:
    """Whether a library has a product: its field `products`, where there is one, names them."""
    library = shared.datasets[LIBRARIES].records[shared.library]
    if "products" not in library.facts:
        return True
    try:
        value = shared.fact(library, "products", shared.ids).value
    except BrokenError:
        return False
    except MissingError as error:
        place = library.facts["products"].alternatives[0].place
        report(Finding("missing-value", str(error), place, "add a value for the days before"))
        return False
    items = value.items if isinstance(value, List) else (value,)
    return any(isinstance(item, Reference) and item.id == product.id for item in items)


def edition(site: Site, context: Context, report: Report) -> Page | None:
    """The page file that stands for a context: the edition with the latest first day."""
    holding = sorted(
        (page for page in site.pages if page.holds(context.ids, context.day)),
        key=lambda page: page.since or date.min,
        reverse=True,
    )
    for _, group in groupby(holding[:2], key=lambda page: page.since):
        first, *others = group
        for other in others:
            message = f"two pages stand for one product from the same day; the other is {first.file}"
            hint = "give one of them a later 'from' or another 'for'"
            report(Finding("same-path", message, other.place, hint, shown_on=(context.name,)))
        return first
    return None


class _Builder:
    """One build: contexts, the tables each of them asks for, and the files that come of it."""

    def __init__(
        self, site: Site, day: date, dialects: tuple[str, ...], libraries: Container[str] | None, *, text: bool
    ) -> None:
        self.site = site
        self.day = day
        self.dialects = dialects
        self.libraries = libraries
        self.text = text
        self.findings: list[Finding] = []
        self.files: dict[str, File] = {}
        self.claims = Claims()
        self.told: set[tuple[str, Place, str]] = set()
        self.partial_claims = Claims(nested=True)
        self.documents: dict[str, Document] = {}
        self.partials: dict[str, Partial] = {}
        self.partials_of: dict[tuple[str, str, str], Partial | None] = {}
        self.shown: dict[tuple[str, str], set[str]] = {}
        self.tables: dict[tuple[str, str, str], Table] = {}

    def run(self) -> None:
        contexts: list[Context] = []
        for shared in shared_contexts(self.site, self.day, self.libraries):
            self._emit_partials(shared, each_product=False)
            contexts += product_contexts(shared, self.findings.append)
        for context in contexts:
            self._emit_partials(context, each_product=True)
        pages = [
            (page, context)
            for context in contexts
            if (page := edition(self.site, context, self.findings.append)) is not None
        ]
        self._tell_pageless(contexts, pages)
        for name in self.dialects:
            self._emit_dialect(name, pages)

    def _tell_pageless(self, contexts: list[Context], pages: list[tuple[Page, Context]]) -> None:
        """A product for which no page stands on this day may be meant, or forgotten."""
        told = {context.product for _, context in pages}
        for context in contexts if pages else ():
            if context.product not in told:
                told.add(context.product)
                record = context.datasets[PRODUCTS].records[context.product]
                message = f"no page stands for the product '{record.id}' on {self.day}"
                hint = "write a page with 'for:', or give the product a 'from:'"
                self.findings.append(Finding("no-page", message, record.place, hint, severity="notice"))

    def _definition(self, id_: str) -> Definition:
        """The definition of a table. Raises BrokenError for one that could not be read."""
        definition = self.site.tables[id_]
        if definition is None:
            raise BrokenError
        return definition

    def _table(self, id_: str, context: Context, page: str) -> Table:
        definition = self._definition(id_)
        key = (id_, context.product, context.library)
        if key not in self.tables:
            self.tables[key] = evaluate(definition, context, self.findings.append)
        table = self.tables[key]
        for row in table.rows:
            for record in row.records:
                self.shown.setdefault(record, set()).add(page)
        return table

    def _table_view(self, id_: str, context: Context, page: str) -> TableView:
        return TableView(self._definition(id_), context, lambda: self._table(id_, context, page))

    def _partial(self, settings: PartialSettings, context: Context, page: str) -> Partial:
        """A partial in a context. Its path is filled and claimed once."""
        if not settings.each_product:
            context = replace(context, product="", used=set())
        if any(name.text not in self.site.tables for name in settings.tables):
            raise BrokenError
        tables = tuple(self._table(name.text, context, page) for name in settings.tables)
        key = (settings.id, context.product, context.library)
        if key not in self.partials_of:
            self.partials_of[key] = self._new_partial(settings, context, tables)
        partial = self.partials_of[key]
        if partial is None:
            raise BrokenError
        return partial

    def _new_partial(self, settings: PartialSettings, context: Context, tables: tuple[Table, ...]) -> Partial | None:
        template = self.site.partial_paths.get(settings.id)
        if template is None:
            return None
        path = fill_text(template, context.names(), settings.path.place, self.findings.append)
        if path is None or not any(table.rows for table in tables):
            return None if path is None else Partial(settings.id, path.text, tables, frozenset(), ())
        finding = self.partial_claims.claim(path.text, settings.id, _place_of(path, settings.path.place))
        if finding is not None:
            self.findings.append(finding)
            return None
        places = frozenset(path.places).union(*(table.places for table in tables))
        sources = {file for table in tables for file in table.sources}
        partial = Partial(settings.id, path.text, tables, places, tuple(sorted(sources)), context.name)
        self.partials[partial.path] = partial
        return partial

    def _emit_partials(self, context: Context, *, each_product: bool) -> None:
        for settings in self.site.settings.partials.values():
            if settings.each_product != each_product:
                continue
            try:
                partial = self._partial(settings, context, f"partials/{settings.id}")
            except BrokenError:
                continue
            for name in self.dialects if any(table.rows for table in partial.tables) else ():
                dialect = DIALECTS[name]
                if dialect.fragment is None:
                    continue
                file = None
                try:
                    if self.text:
                        text = dialect.fragment(partial, self._style(name), self.site.templates[name])
                        file = File((text,), name, fragment=True)
                except TemplateProblem as problem:
                    self.findings.append(problem.finding())
                    continue
                path = f"{self.site.settings.fragments[name]}/{partial.path}{dialect.fragment_suffix}"
                self._add(path, file, settings.path.place, settings.id)

    def _emit_dialect(self, name: str, pages: list[tuple[Page, Context]]) -> None:
        """Every page in one dialect, and what it has beside them."""
        if name not in self.site.page_paths:
            return
        dialect = DIALECTS[name]
        paths = [self._path(name, context) for _, context in pages]
        found = [(page, context, path) for (page, context), path in zip(pages, paths, strict=True) if path is not None]
        items = [_nav_item(path, context) for _, context, path in found]
        nav = tuple(items) if dialect.site is not None else ()
        nav_places = frozenset(place for item in nav for place in item.places)
        made: dict[str, Document] = {}
        for (page, context, path), item in zip(found, items, strict=True):
            about = replace(self._about(item, context), dialect=name, nav=nav, places=nav_places)
            document = self._emit_page(page, context, name, about, path)
            if document is None:
                continue
            made[path] = document
            if dialect.twin and self.text:
                self._emit_page(page, context, dialect.twin, about, f"{path.rpartition('/')[0]}/index.md", beside=name)
        self.documents.update(made)
        if dialect.site is not None and self.text:
            try:
                extra = dialect.site(made, self._style(name), self.site.templates[name])
            except TemplateProblem as problem:
                self.findings.append(problem.finding())
                return
            for path, text in extra.items():
                self._add(path, File((text,), name, fragment=False), self.site.settings.pages[name].place, name)

    def _about(self, item: NavItem, context: Context) -> About:
        root = item.path.partition("/")[0]
        title, day = self.site.settings.title, self.day.isoformat()
        return About(item.path, root, title, context.name, "", item.product, item.library, day)

    def _emit_page(
        self, page: Page, context: Context, dialect: str, about: About, path: str, *, beside: str = ""
    ) -> Document | None:
        """One page. `beside` names the dialect whose files it goes with, where that is another."""
        context = context.recording()
        names = self._names(context, dialect)
        document = assemble(page, context, dialect, names, about, self.findings.append)
        if document is None:
            self._note_tables(page, context)
            return None
        self._check_slots(document, context)
        own = beside or dialect
        place = self.site.settings.pages[own].place
        if not self.text:
            self._add(path, None, place, own)
            return document
        try:
            text = DIALECTS[dialect].page(document, self._style(dialect), self.site.templates[dialect])
        except TemplateProblem as problem:
            self.findings.append(problem.finding())
            return None
        self._add(path, File((text,), own, fragment=False), place, own)
        return document

    def _style(self, dialect: str) -> Style:
        return self.site.settings.styles[dialect]

    def _path(self, dialect: str, context: Context) -> str | None:
        place = self.site.settings.pages[dialect].place
        path = fill_text(self.site.page_paths[dialect], context.names(), place, self.findings.append)
        return None if path is None else path.text

    def _note_tables(self, page: Page, context: Context) -> None:
        """Evaluate the tables that a broken page names, so that findings can tell where things are shown."""
        for text in (page.body.source, *page.body.includes.values()):
            for kind, id_ in re.findall(r"\b(tables|partials)(?:\.|\[[\"'])([\w.-]+)", text):
                with contextlib.suppress(BrokenError):
                    if kind == "tables" and id_ in self.site.tables:
                        self._table(id_, context, context.name)
                    elif kind == "partials" and id_ in self.site.settings.partials:
                        self._partial(self.site.settings.partials[id_], context, context.name)

    def _names(self, context: Context, dialect: str) -> dict[str, object]:
        """What the prose of a page may name."""
        partials, page = self.site.settings.partials, context.name
        return {
            **context.names(),
            "dialect": dialect,
            "tables": Lookup("tables", self.site.tables, lambda id_: self._table_view(id_, context, page)),
            "partials": Lookup(
                "partials", partials, lambda id_: PartialView(id_, lambda: self._partial(partials[id_], context, page))
            ),
        }

    def _check_slots(self, document: Document, context: Context) -> None:
        """A table without rows or columns is no table, unless its records could not be read."""
        for slot in document.slots.values():
            for table in slot.tables if isinstance(slot, Partial) else (slot,):
                definition = self.site.tables.get(table.id)
                if definition is None or any(context.datasets[name].broken for name in definition.datasets):
                    continue
                what = "column" if not table.headers else "row" if not table.rows else ""
                if what:
                    message = f"the table '{table.id}' shows no {what} on {self.day}"
                    self.findings.append(Finding("empty-table", message, definition.place, shown_on=(context.name,)))

    def _add(self, path: str, file: File | None, place: Place, owner: str) -> None:
        """Claim a path of the output for a file; for none where texts are not asked for."""
        finding = self.claims.claim(path, owner, place)
        if finding is None:
            self.files |= {path: file} if file is not None else {}
        elif (finding.code, place, owner) not in self.told:
            self.told.add((finding.code, place, owner))
            self.findings.append(finding)


def _place_of(path: Filled, setting: Place) -> Place:
    """Where a path is at fault: at the value that is no part of one, else where the path is set."""
    for fact in path.facts:
        if fact.places and path_problem(str(fact)):
            return fact.places[0]
    return setting


def _nav_item(path: str, context: Context) -> NavItem:
    """A page with the names of its product and library, or their ids where they have none."""
    names: list[str] = []
    places: list[Place] = []
    for dataset, id_ in ((PRODUCTS, context.product), (LIBRARIES, context.library)):
        try:
            fact = context.fact(context.datasets[dataset].records[id_], "name", context.ids)
        except MissingError:
            names.append(id_)
        else:
            names.append(str(fact))
            places += fact.places
    return NavItem(path, names[0], names[1], tuple(places))
