"""One library of a site as of a day: its pages and fragments in every dialect.

    facts of the library + a day -> tables -> documents -> text, for each product and dialect

Libraries do not see each other. What a page needs from its neighbours, it needs from those of its own library.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from sitegen.documents.documents import About, Document, Family, Filling, Front, NavItem, Partial
from sitegen.documents.fillings import PartialView, assemble, check, front_matter
from sitegen.documents.refilling import Refilling
from sitegen.evaluation.context import Context, Lookup, Names
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.files.output_paths import path_problem
from sitegen.findings import Finding, Place, sorted_findings
from sitegen.formats import DIALECTS, FragmentWriter, SiteWriter, Writer
from sitegen.frozen import frozen
from sitegen.site.selection import edition, product_contexts
from sitegen.tables.derived import TableView
from sitegen.tables.evaluate import Filled, Tables, fill_text
from sitegen.templates.template import BrokenError, MissingError, TemplateProblem

if TYPE_CHECKING:
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site
    from sitegen.site.settings import PartialSettings
    from sitegen.tables.definitions import Definition
    from sitegen.tables.grids import Table


@frozen
class File:
    """One file of the output: the parts of its text, which files may share; its dialect; whether it is a fragment.

    A file that is staged has no parts here.
    """

    parts: tuple[str, ...]
    dialect: str
    fragment: bool

    @property
    def text(self) -> str:
        """The whole text."""
        return "".join(self.parts)


class Output(NamedTuple):
    """A file, or none where texts are not asked for; who wants it at a path, and where that path is set.

    A fragment knows the number of the partial that it is of, and a page its name.
    """

    path: str
    file: File | None
    owner: str
    place: Place
    partial: int = -1
    page: str = ""


class PartialPath(NamedTuple):
    """Where a partial is to stand, who wants that, and where it is set. The partial is there where it is asked for."""

    path: str
    owner: str
    place: Place
    partial: Partial | None


class Showing(NamedTuple):
    """Records as a library has them, and the pages and partials that show them."""

    records: frozenset[tuple[str, str]]
    pages: tuple[str, ...]
    library: str


def with_pages(
    findings: Iterable[Finding], shown: Iterable[Sequence[Showing]], own_files: ReadOnly[str, str]
) -> list[Finding]:
    """Findings in order, each with the pages and partials that show the record it is about.

    `shown` has what each library shows. Nothing is taken from it where no finding is about a record.

    What is about the values of one library, or in one of its `own_files`, is shown on its pages alone, though others
    may have a record of the same id.
    """
    found = list(findings)
    asked = {finding.subject for finding in found if finding.subject}
    pages: dict[tuple[tuple[str, str], str], set[str]] = {}
    for showings in shown if asked else ():
        for records, names, library in showings:
            for record in records & asked:
                pages.setdefault((record, library), set()).update(names)
                pages.setdefault((record, ""), set()).update(names)

    def shown_on(finding: Finding) -> tuple[str, ...]:
        if finding.subject is None or finding.shown_on:
            return finding.shown_on
        library = finding.library or own_files.get(finding.place.file, "")
        return tuple(sorted(pages.get((finding.subject, library), ())))

    return sorted_findings(replace(finding, shown_on=shown_on(finding)) for finding in found)


@frozen
class LibraryBuild:
    """What the build of a library gives.

    `nav` has the pages of each dialect that makes a site. `products` are those that the library has, with the places
    of their records, and `paged` those that have a page.
    """

    library: str
    outputs: tuple[Output, ...]
    partials: tuple[PartialPath, ...]
    documents: ReadOnly[str, Document]
    nav: ReadOnly[str, tuple[NavItem, ...]]
    shown: tuple[Showing, ...]
    findings: tuple[Finding, ...]
    products: ReadOnly[str, Place]
    paged: frozenset[str]


def build_library(site: Site, shared: Context, dialects: Sequence[str], writers: ReadOnly[str, Writer]) -> LibraryBuild:
    """Build every page and fragment of the library of a context. Without `writers` there are no texts."""
    builder = _Builder(site, shared, dialects, writers)
    builder.run()
    return LibraryBuild(
        shared.library,
        tuple(builder.outputs),
        tuple(builder.claimed),
        builder.documents,
        builder.nav,
        tuple(builder.showings()),
        tuple(replace(f, library=f.library or shared.library) if f.subject else f for f in _once(builder.findings)),
        {c.product: c.datasets[PRODUCTS].records[c.product].place for c in builder.contexts},
        frozenset(context.product for _, context in builder.pages),
    )


class _Made(NamedTuple):
    """What has been made of a page so far.

    Its front matter and its text are filled by dialect, or under '' for all dialects.
    """

    fronts: dict[str, Front]
    fillings: dict[str, Filling | None]


class _Builder:
    """One build of a library: contexts, the tables each of them asks for, and the files that come of it."""

    def __init__(self, site: Site, shared: Context, dialects: Sequence[str], writers: ReadOnly[str, Writer]) -> None:
        self.site = site
        self.shared = shared
        self.dialects = dialects
        self.writers = writers
        self.findings: list[Finding] = []
        self.outputs: list[Output] = []
        self.documents: dict[str, Document] = {}
        self.claimed: list[PartialPath] = []
        self.nav: dict[str, tuple[NavItem, ...]] = {}
        self.contexts: list[Context] = []
        self.pages: list[tuple[Page, Context]] = []
        self._refilling = Refilling()
        self._tables = Tables(self.findings.append, self._refilling.within)
        self._shown: dict[Table, dict[str, None]] = {}
        self._partials: dict[tuple[str, str], Partial | None] = {}
        self._checked: set[tuple[Family | None, str]] = set()

    def run(self) -> None:
        report = self.findings.append
        self._emit_partials(self.shared, each_product=False)
        self.contexts = product_contexts(self.shared, report)
        for context in self.contexts:
            self._emit_partials(context, each_product=True)
        found = [(edition(self.site, context, report), context) for context in self.contexts]
        self.pages = [(page, context) for page, context in found if page is not None]
        paths = {name: list(self._paths(name)) for name in self.dialects if name in self.site.page_paths}
        for number, (page, context) in enumerate(self.pages):
            made = _Made({}, {})
            for name, found_paths in paths.items():
                item = found_paths[number]
                if item is not None:
                    self._emit_page(page, context, name, item, made)
        for name in self.nav if self.writers else ():
            writer, root = cast("SiteWriter", self.writers[name]), _root(self.nav[name][0].path)
            self._emit(name, writer.library(self.shared.library, root))

    def showings(self) -> Iterator[Showing]:
        """What is shown where."""
        for table, pages in self._shown.items():
            for library, records in table.body.records.items():
                yield Showing(records, tuple(pages), library)

    def _definition(self, id_: str) -> Definition:
        """The definition of a table. Raises BrokenError for one that could not be read."""
        definition = self.site.tables[id_]
        if definition is None:
            raise BrokenError
        return definition

    def _table(self, id_: str, context: Context, page: str) -> Table:
        table = self._tables.table(self._definition(id_), context)
        self._shown.setdefault(table, {})[page] = None
        return table

    def _table_view(self, id_: str, context: Context, page: str) -> TableView:
        return TableView(self._definition(id_), context, lambda: self._table(id_, context, page))

    # Partials.

    def _partial_view(self, id_: str, context: Context, page: str) -> PartialView:
        return PartialView(id_, lambda: self._partial(self.site.settings.partials[id_], context, page))

    def _partial(self, settings: PartialSettings, context: Context, page: str) -> Partial:
        """A partial in a context. Its path is filled once."""
        if not settings.each_product:
            context = self.shared
        if any(name.text not in self.site.tables for name in settings.tables):
            raise BrokenError
        tables = tuple(self._table(name.text, context, page) for name in settings.tables)
        key = (settings.id, context.product)
        if key not in self._partials:
            self._partials[key] = self._new_partial(settings, context, tables)
        partial = self._partials[key]
        if partial is None:
            raise BrokenError
        return partial

    def _new_partial(self, settings: PartialSettings, context: Context, tables: tuple[Table, ...]) -> Partial | None:
        template = self.site.partial_paths.get(settings.id)
        if template is None:
            return None
        own = context.recording()
        path = fill_text(template, own.names(), settings.path.place, self.findings.append, self._refilling.within(own))
        if path is None:
            return None
        if not any(table.rows for table in tables):
            return Partial(settings.id, path.text, tables, frozenset())
        partial = Partial(settings.id, path.text, tables, frozenset(path.places), context.name)
        place = _place_of(path, settings.path.place)
        self.claimed.append(PartialPath(partial.path, settings.id, place, partial))
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
                if not DIALECTS[name].fragments:
                    continue
                path = f"{self.site.settings.fragments[name]}/{partial.path}{DIALECTS[name].fragment_suffix}"
                file = None
                try:
                    if self.writers:
                        parts = cast("FragmentWriter", self.writers[name]).fragment(partial)
                        file = File(parts, name, fragment=True)
                except TemplateProblem as problem:
                    self.findings.append(problem.finding())
                    continue
                self.outputs.append(Output(path, file, settings.id, settings.path.place, self._number(partial)))

    def _number(self, partial: Partial) -> int:
        return next(number for number, claimed in enumerate(self.claimed) if claimed.partial is partial)

    # Pages.

    def _paths(self, dialect: str) -> Iterator[NavItem | None]:
        """Where the pages stand in a dialect."""
        place, template = self.site.settings.pages[dialect].place, self.site.page_paths[dialect]
        found = []
        for _, context in self.pages:
            own = context.recording()
            path = fill_text(template, own.names(), place, self.findings.append, self._refilling.within(own))
            found.append(None if path is None else _nav_item(path.text, context))
        items = tuple(item for item in found if item is not None)
        if DIALECTS[dialect].site and items:
            self.nav[dialect] = items
        yield from found

    def _emit_page(self, page: Page, context: Context, dialect: str, item: NavItem, made: _Made) -> None:
        """A page in a dialect, and the one that stands beside it."""
        nav = self.nav.get(dialect, ())
        title, day = self.site.settings.title, context.day.isoformat()
        about = About(
            item.path,
            _root(item.path),
            title,
            context.name,
            dialect,
            item.product,
            item.library,
            context.library,
            day,
            nav,
        )
        document = self._document(page, context, about, made)
        if document is None:
            return
        texts: dict[str, tuple[str, ...] | None] = {item.path: None}
        if self.writers:
            try:
                texts = dict(self._texts(document))
            except TemplateProblem as problem:
                self.findings.append(problem.finding())
                return
        for path, parts in texts.items():
            self._output(path, parts, dialect, about.page if path == item.path else "")
        self.documents[item.path] = document

    def _texts(self, document: Document) -> Iterator[tuple[str, tuple[str, ...]]]:
        """The text of a page, and of its twin where its dialect has twins, by path. Raises TemplateProblem."""
        about = document.about
        writer = self.writers[about.dialect]
        yield about.path, writer.page(document)
        if DIALECTS[about.dialect].site:
            yield f"{about.path.rpartition('/')[0]}/index.md", cast("SiteWriter", writer).twin(document)

    def _output(self, path: str, parts: tuple[str, ...] | None, owner: str, page: str = "") -> None:
        file = None if parts is None else File(parts, owner, fragment=False)
        self.outputs.append(Output(path, file, owner, self.site.settings.pages[owner].place, page=page))

    def _document(self, page: Page, context: Context, about: About, made: _Made) -> Document | None:
        """A page in a dialect. Its text is filled once for all dialects where it names none."""
        report = self.findings.append
        key = about.dialect if "dialect" in page.names or about.dialect in page.own else ""
        if key not in made.fronts:
            own = context.recording()
            names, fill = self._names(own, about.dialect), self._refilling.within(own, about.dialect)
            made.fronts[key] = front_matter(page, about.dialect, own, names, report, fill)
        front = made.fronts[key]
        key = about.dialect if "dialect" in page.body.names else ""
        if key not in made.fillings:
            asking = context.recording()
            asked = self._names(asking, about.dialect)
            filling = made.fillings[key] = self._refilling.page(page, asking, asked, report, key)
            if filling is None:
                self._note_tables(page, context)
            else:
                self._check_slots(filling, context)
        filling = made.fillings[key]
        if filling is None:
            return None
        document = assemble(page, front, filling, about)
        family = filling.family
        checked = family if (family, about.dialect) in self._checked else None
        if checked is None or checked.fences or checked.tags or (checked.headings and filling.body.own_targets):
            self._checked.add((family, about.dialect))
            check(document, page, context.recording(), self._names(context, about.dialect), report, checked)
        return document

    def _emit(self, dialect: str, texts: ReadOnly[str, str]) -> None:
        place = self.site.settings.pages[dialect].place
        for path, text in texts.items():
            self.outputs.append(Output(path, File((text,), dialect, fragment=False), dialect, place))

    def _note_tables(self, page: Page, context: Context) -> None:
        """Evaluate the tables that a broken page names, so that findings can tell where things are shown."""
        for text in (page.body.source, *page.body.includes.values()):
            for kind, id_ in re.findall(r"\b(tables|partials)(?:\.|\[[\"'])([\w.-]+)", text):
                with contextlib.suppress(BrokenError):
                    if kind == "tables" and id_ in self.site.tables:
                        self._table(id_, context, context.name)
                    elif kind == "partials" and id_ in self.site.settings.partials:
                        self._partial(self.site.settings.partials[id_], context, context.name)

    def _names(self, context: Context, dialect: str) -> Names:
        """What the prose of a page may name."""
        partials, page = self.site.settings.partials, context.name
        return context.names(
            dialect=dialect,
            tables=Lookup("tables", self.site.tables, lambda id_: self._table_view(id_, context, page)),
            partials=Lookup("partials", partials, lambda id_: self._partial_view(id_, context, page)),
        )

    def _check_slots(self, filling: Filling, context: Context) -> None:
        """A table without rows or columns is no table, unless its records could not be read."""
        for slot in filling.slots.values():
            for table in slot.tables if isinstance(slot, Partial) else (slot,):
                if table.headers and table.rows:
                    continue
                definition = self.site.tables.get(table.id)
                if definition is None or any(context.datasets[name].broken for name in definition.datasets):
                    continue
                what = "column" if not table.headers else "row"
                message = f"the table '{table.id}' shows no {what} on {context.day}"
                self.findings.append(Finding("empty-table", message, definition.place, shown_on=(context.name,)))


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Findings without values that a page misses and that are told at their record already."""
    told = {finding.message for finding in findings if finding.subject}
    return (f for f in findings if f.subject or f.code != "missing-value" or f.message not in told)


def _root(path: str) -> str:
    return path.partition("/")[0]


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
            fact = context.fact(context.datasets[dataset].records[id_], "name")
        except MissingError:
            names.append(id_)
        else:
            names.append(str(fact))
            places += fact.places
    return NavItem(path, names[0], names[1], tuple(places))
