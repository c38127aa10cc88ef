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

from sitegen.documents.documents import About, Document, Filling, Front, NavItem, Partial
from sitegen.documents.fillings import PartialView, assemble, check, fill_page, front_matter
from sitegen.evaluation.context import Context, SharedResults
from sitegen.evaluation.views import Lookup, Names
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.files.output_paths import path_problem
from sitegen.findings import Finding, Place, Report, in_order
from sitegen.formats import DIALECTS, PageWriter, SiteWriter, Writer
from sitegen.frozen import frozen
from sitegen.site.selection import edition, product_contexts
from sitegen.tables.derived import TableView
from sitegen.tables.evaluate import Tables
from sitegen.tables.filled_texts import Filled, Texts
from sitegen.templates.placeholders import Form, PlaceholderError, placeholder
from sitegen.templates.template import BrokenError, MissingError, TemplateProblem

if TYPE_CHECKING:
    from sitegen.formats.html import Content
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site
    from sitegen.site.settings import PartialSettings
    from sitegen.tables.definitions import Definition
    from sitegen.tables.grids import Table, TableBody


@frozen
class File:
    """One file of the output: its text, its dialect, and whether it is a fragment.

    The text of a file that `is_staged` is not here.
    """

    text: str
    dialect: str
    fragment: bool
    is_staged: bool = False


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

    return in_order(replace(finding, shown_on=shown_on(finding)) for finding in found)


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


class _Formats(NamedTuple):
    """The front matters and texts of a page, by dialect, or under '' for all dialects. None is a text with problems."""

    fronts: dict[str, Front]
    fillings: dict[str, Filling | None]


class _Plan(NamedTuple):
    """A page file as it is written for a product, with placeholders where it is written in an open context.

    `pages` are by dialect. `problems` is not empty where the values of a product cause some. `tables` and `partials`
    are those that it shows.
    """

    pages: ReadOnly[str, str | Content]
    problems: str
    tables: tuple[Table, ...]
    partials: tuple[str, ...]


class _Shown:
    """The tables and partials that a page has requested."""

    def __init__(self) -> None:
        self.tables: dict[Table, None] = {}
        self.partials: dict[str, None] = {}


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
        self._filled_texts = Texts(self.findings.append)
        self._tables = Tables(self.findings.append, self._filled_texts)
        self._shown: dict[TableBody, dict[str, None]] = {}
        self._partials: dict[tuple[str, str], Partial | None] = {}
        self._plans: SharedResults[tuple[_Plan, Form]] = SharedResults()
        self._unshared: set[str] = set()  # files of pages without plans

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
            items = {name: item for name, found_paths in paths.items() if (item := found_paths[number]) is not None}
            if self.writers:
                self._write_page(page, context, items)
            else:
                self._add_documents(page, context, items)
        for name in self.nav if self.writers else ():
            writer, root = cast("SiteWriter", self.writers[name]), _root(self.nav[name][0].path)
            self._emit(name, writer.library(self.shared.library, root))

    def showings(self) -> Iterator[Showing]:
        """What is shown where."""
        for body, pages in self._shown.items():
            for library, records in body.records.items():
                yield Showing(records, tuple(pages), library)

    def _definition(self, id_: str) -> Definition:
        """The definition of a table. Raises BrokenError for one that could not be read."""
        definition = self.site.tables[id_]
        if definition is None:
            raise BrokenError
        return definition

    def _table(self, id_: str, context: Context, shown: _Shown) -> Table:
        table = self._tables.table(self._definition(id_), context)
        shown.tables[table] = None
        return table

    def _note_shown(self, tables: Iterable[Table], page: str) -> None:
        for table in tables:
            self._shown.setdefault(table.body, {})[page] = None

    # Partials.

    def _partial(self, settings: PartialSettings, context: Context, shown: _Shown) -> Partial:
        """A partial in a context. Its path is filled once; in an open context, it is a placeholder."""
        if not settings.each_product:
            context = self.shared
        if any(name.text not in self.site.tables for name in settings.tables):
            raise BrokenError
        tables = tuple(self._table(name.text, context, shown) for name in settings.tables)
        key = (settings.id, context.product)
        if key not in self._partials:
            self._partials[key] = self._new_partial(settings, context, tables)
        partial = self._partials[key]
        if partial is None:
            raise BrokenError
        if not context.is_open:
            return partial
        shown.partials[settings.id] = None
        return replace(partial, path=placeholder(_path_name(settings.id)), tables=tables)

    def _new_partial(self, settings: PartialSettings, context: Context, tables: tuple[Table, ...]) -> Partial | None:
        template = self.site.partial_paths.get(settings.id)
        if template is None:
            return None
        path = self._filled_texts.fill(template, context.fresh(is_open=False), settings.path.place)
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
            shown = _Shown()
            try:
                partial = self._partial(settings, context, shown)
            except BrokenError:
                continue
            finally:
                self._note_shown(shown.tables, f"partials/{settings.id}")
            for name in self.dialects if any(table.rows for table in partial.tables) else ():
                if not DIALECTS[name].fragments:
                    continue
                path = f"{self.site.settings.fragments[name]}/{partial.path}{DIALECTS[name].fragment_suffix}"
                file = None
                try:
                    if self.writers:
                        file = File(cast("PageWriter", self.writers[name]).fragment(partial), name, fragment=True)
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
            path = self._filled_texts.fill(template, context.fresh(), place)
            found.append(None if path is None else _nav_item(path.text, context))
        items = tuple(item for item in found if item is not None)
        if DIALECTS[dialect].site and items:
            self.nav[dialect] = items
        yield from found

    def _about(self, context: Context, dialect: str, item: NavItem) -> About:
        return About(
            item.path,
            _root(item.path),
            self.site.settings.title,
            context.name,
            dialect,
            item.product,
            item.library,
            context.library,
            context.day.isoformat(),
            self.nav.get(dialect, ()),
        )

    def _add_documents(self, page: Page, context: Context, items: ReadOnly[str, NavItem]) -> None:
        """The documents of a page, where no texts are requested."""
        shown, filled = _Shown(), _Formats({}, {})
        for name, item in items.items():
            about = self._about(context, name, item)
            document, _ = self._document(page, context, about, filled, shown, self.findings.append)
            if document is not None:
                self._output(item.path, None, name, about.page)
                self.documents[item.path] = document
        self._note_shown(shown.tables, context.name)

    def _write_page(self, page: Page, context: Context, items: ReadOnly[str, NavItem]) -> None:
        """A page in all dialects, by the plan of its file if there is one for its product."""
        found = self._plans.find(page.file, context)
        pages = None if found is None else self._filled(*found, context, items)
        if pages is None and page.file not in self._unshared:
            pages = self._planned(page, context, items)
        if pages is None:
            plan = self._plan(page, context, items, self.findings.append)
            self._note_shown(plan.tables, context.name)
            pages = plan.pages
        for name, written in pages.items():
            path = items[name].path
            if isinstance(written, str):
                self._output(path, written, name, context.name)
                continue
            try:
                text = cast("SiteWriter", self.writers[name]).page(written, self._about(context, name, items[name]))
            except TemplateProblem as problem:
                self.findings.append(problem.finding())
            else:
                self._output(path, text, name, context.name)
                self._output(f"{path.rpartition('/')[0]}/index.md", written.twin, name)

    def _planned(
        self, page: Page, context: Context, items: ReadOnly[str, NavItem]
    ) -> ReadOnly[str, str | Content] | None:
        """A page by a new plan of its file; None where no plan is certain to fit or its product does not fit it."""
        own = context.fresh(is_open=True)
        findings: list[Finding] = []
        try:
            plan = self._plan(page, own, items, findings.append)
        except PlaceholderError:
            plan = None
        if plan is None or findings or plan.pages.keys() != items.keys():
            self._unshared.add(page.file)
            return None
        texts = (text for written in plan.pages.values() for text in _texts(written))
        form = Form((plan.problems, *texts))
        self._plans.add(page.file, own, (plan, form))
        context.add_reads(own)
        return self._filled(plan, form, context, items)

    def _filled(
        self, plan: _Plan, form: Form, context: Context, items: ReadOnly[str, NavItem]
    ) -> ReadOnly[str, str | Content] | None:
        """A page by a plan; None where its product does not fit the plan."""
        if plan.pages.keys() != items.keys():
            return None
        item = next(iter(items.values()))
        values = context.field_values(context.reads.fields)
        values |= {"page product": item.product, "page library": item.library}
        for id_ in plan.partials:
            partial = self._partials.get((id_, context.product))
            if partial is None:
                return None
            values[_path_name(id_)] = partial.path
        try:
            _, *parts = map("".join, form.fill(values))
        except PlaceholderError:
            return None
        self._note_shown(plan.tables, context.name)
        texts = iter(parts)
        return {
            name: next(texts) if isinstance(written, str) else written.filled(texts)
            for name, written in plan.pages.items()
        }

    def _plan(self, page: Page, context: Context, items: ReadOnly[str, NavItem], report: Report) -> _Plan:
        """A page file written for a product in all dialects. Raises PlaceholderError in an open context."""
        shown, filled, problems = _Shown(), _Formats({}, {}), []
        pages: dict[str, str | Content] = {}
        for name, item in items.items():
            about = self._about(context, name, item)
            if context.is_open:
                about = replace(about, product=placeholder("page product"), library=placeholder("page library"))
            document, problem = self._document(page, context, about, filled, shown, report)
            if document is not None:
                problems.append(problem)
                writer = self.writers[name]
                if DIALECTS[name].site:
                    pages[name] = cast("SiteWriter", writer).content(document)
                else:
                    pages[name] = cast("PageWriter", writer).page(document)
        return _Plan(pages, "".join(problems), tuple(shown.tables), tuple(shown.partials))

    def _output(self, path: str, text: str | None, owner: str, page: str = "") -> None:
        file = None if text is None else File(text, owner, fragment=False)
        self.outputs.append(Output(path, file, owner, self.site.settings.pages[owner].place, page=page))

    def _document(
        self, page: Page, context: Context, about: About, filled: _Formats, shown: _Shown, report: Report
    ) -> tuple[Document | None, str]:
        """A page in a dialect, and its problems as in `check`. It is filled once for all dialects if it names none."""
        key = about.dialect if "dialect" in page.names or about.dialect in page.own else ""
        if key not in filled.fronts:
            own = context.fresh()
            filled.fronts[key] = front_matter(page, about.dialect, own, self._names(own, about.dialect, shown), report)
            context.add_reads(own)
        front = filled.fronts[key]
        key = about.dialect if "dialect" in page.body.names else ""
        if key not in filled.fillings:
            own = context.fresh()
            filling = filled.fillings[key] = fill_page(page, own, self._names(own, about.dialect, shown), report)
            context.add_reads(own)
            if filling is None:
                self._note_tables(page, context, shown)
            else:
                self._check_slots(filling, context, report)
        filling = filled.fillings[key]
        if filling is None:
            return None, ""
        document = assemble(page, front, filling, about)
        own = context.fresh()
        return document, check(document, page, own, self._names(own, about.dialect, shown), report)

    def _emit(self, dialect: str, texts: ReadOnly[str, str]) -> None:
        place = self.site.settings.pages[dialect].place
        for path, text in texts.items():
            self.outputs.append(Output(path, File(text, dialect, fragment=False), dialect, place))

    def _note_tables(self, page: Page, context: Context, shown: _Shown) -> None:
        """Evaluate the tables that a broken page names, so that findings can tell where things are shown."""
        for text in (page.body.source, *page.body.includes.values()):
            for kind, id_ in re.findall(r"\b(tables|partials)(?:\.|\[[\"'])([\w.-]+)", text):
                with contextlib.suppress(BrokenError):
                    if kind == "tables" and id_ in self.site.tables:
                        self._table(id_, context, shown)
                    elif kind == "partials" and id_ in self.site.settings.partials:
                        self._partial(self.site.settings.partials[id_], context, shown)

    def _names(self, context: Context, dialect: str, shown: _Shown) -> Names:
        """What the prose of a page may name."""
        partials = self.site.settings.partials

        def table(id_: str) -> TableView:
            return TableView(self._definition(id_), context, lambda: self._table(id_, context, shown))

        def partial(id_: str) -> PartialView:
            return PartialView(id_, lambda: self._partial(partials[id_], context, shown))

        tables = Lookup("tables", self.site.tables, table)
        return Names(context, dialect=dialect, tables=tables, partials=Lookup("partials", partials, partial))

    def _check_slots(self, filling: Filling, context: Context, report: Report) -> None:
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
                report(Finding("empty-table", message, definition.place, shown_on=(context.name,)))


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Findings without values that a page misses and that are told at their record already."""
    told = {finding.message for finding in findings if finding.subject}
    return (f for f in findings if f.subject or f.code != "missing-value" or f.message not in told)


def _root(path: str) -> str:
    return path.partition("/")[0]


def _texts(written: str | Content) -> tuple[str, ...]:
    return (written,) if isinstance(written, str) else written.texts


def _path_name(partial: str) -> str:
    """The name of the placeholder for the path of a partial."""
    return f"{partial} path"


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
