"""One library of a site as of a day: its pages and fragments in every format.

    facts of the library + a day -> tables -> documents -> text, for each product and format

Libraries do not see each other. What a page needs from its neighbours, it needs from those of its own library.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, cast

from sitegen.documents.documents import About, Document, NavItem, Partial
from sitegen.evaluation.context import Context
from sitegen.evaluation.views import Names
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.files.output_paths import path_problem
from sitegen.findings import Finding, Place, sorted_findings
from sitegen.formats import FORMATS, FormatWriter, FragmentWriter, SiteWriter
from sitegen.frozen import frozen
from sitegen.site.pages import Pages, Requested
from sitegen.site.selection import edition, product_contexts
from sitegen.site.slots import Slots
from sitegen.tables.evaluate import Filled, fill_text
from sitegen.templates.placeholders import PlaceholderError
from sitegen.templates.template import BrokenError, MissingError, TemplateProblem

if TYPE_CHECKING:
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site


@frozen
class File:
    """One file of the output: its text, its format, and whether it is a fragment.

    The text of a file that `is_staged` is not here.
    """

    text: str
    format: str
    fragment: bool
    is_staged: bool = False


class Output(NamedTuple):
    """A file of the output at a path, its owner, and the place of the setting of the path. Without texts, it is None.

    A fragment knows the number of the partial that it is of, and a page its name.
    """

    path: str
    file: File | None
    owner: str
    place: Place
    partial: int = -1
    page: str = ""


class PartialPath(NamedTuple):
    """The path of a partial, its owner, and the place of the setting of the path."""

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
    subjects = {finding.subject for finding in found if finding.subject}
    pages: dict[tuple[tuple[str, str], str], set[str]] = {}
    for showings in shown if subjects else ():
        for records, names, library in showings:
            for record in records & subjects:
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
    """The result of building a library.

    `nav` has the pages of each format that makes a site. `products` are those that the library has, with the places
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


def build_library(
    site: Site, shared: Context, formats: Sequence[str], writers: ReadOnly[str, FormatWriter]
) -> LibraryBuild:
    """Build every page and fragment of the library of a context. Without `writers` there are no texts."""
    builder = _Builder(site, shared, formats, writers)
    builder.run()
    return LibraryBuild(
        shared.library,
        tuple(builder.outputs),
        tuple(builder.partials),
        builder.documents,
        builder.nav,
        tuple(builder.showings()),
        tuple(replace(f, library=f.library or shared.library) if f.subject else f for f in _once(builder.findings)),
        {c.product: c.datasets[PRODUCTS].records[c.product].place for c in builder.contexts},
        frozenset(context.product for _, context in builder.pages),
    )


class _Builder:
    """One build of a library: its contexts, pages, partials and files."""

    def __init__(
        self, site: Site, shared: Context, formats: Sequence[str], writers: ReadOnly[str, FormatWriter]
    ) -> None:
        self.site = site
        self.shared = shared
        self.formats = formats
        self.writers = writers
        self.findings: list[Finding] = []
        self.outputs: list[Output] = []
        self.documents: dict[str, Document] = {}
        self.nav: dict[str, tuple[NavItem, ...]] = {}
        self.contexts: list[Context] = []
        self.pages: list[tuple[Page, Context]] = []
        self._slots = Slots(site, shared, self.findings.append)
        self._written = Pages(site, self._slots, writers, self.findings.append)

    def run(self) -> None:
        report = self.findings.append
        self._emit_partials(self.shared, each_product=False)
        self.contexts = product_contexts(self.shared, report)
        for context in self.contexts:
            self._emit_partials(context, each_product=True)
        found = [(edition(self.site, context, report), context) for context in self.contexts]
        self.pages = [(page, context) for page, context in found if page is not None]
        paths = {name: list(self._paths(name)) for name in self.formats if name in self.site.page_paths}
        for number, (page, context) in enumerate(self.pages):
            items = {name: item for name, found_paths in paths.items() if (item := found_paths[number]) is not None}
            abouts = {name: self._about(context, name, item) for name, item in items.items()}
            if self.writers:
                self._write_page(page, context, abouts)
            else:
                self._add_documents(page, context, abouts)
        for name in self.nav if self.writers else ():
            writer, root = cast("SiteWriter", self.writers[name]), _root(self.nav[name][0].path)
            self._emit(name, writer.library(self.shared.library, root))

    @property
    def partials(self) -> Iterator[PartialPath]:
        """The paths of partials."""
        for partial, path, settings in self._slots.partials:
            yield PartialPath(partial.path, settings.id, _place_of(path, settings.path.place), partial)

    def showings(self) -> Iterator[Showing]:
        """The records of tables, with the pages and partials that show them."""
        for body, pages in self._slots.shown.items():
            for library, records in body.records.items():
                yield Showing(records, tuple(pages), library)

    # Partials.

    def _emit_partials(self, context: Context, *, each_product: bool) -> None:
        for settings in self.site.settings.partials.values():
            if settings.each_product != each_product:
                continue
            requested = Requested()
            try:
                partial = self._partial(settings.id, context, requested)
            except BrokenError:
                continue
            finally:
                self._slots.note(requested.tables, f"partials/{settings.id}")
            for name in self.formats if any(table.rows for table in partial.tables) else ():
                if not FORMATS[name].fragments:
                    continue
                path = f"{self.site.settings.fragments[name]}/{partial.path}{FORMATS[name].fragment_suffix}"
                file = None
                try:
                    if self.writers:
                        file = File(cast("FragmentWriter", self.writers[name]).fragment(partial), name, fragment=True)
                except TemplateProblem as problem:
                    self.findings.append(problem.finding())
                    continue
                self.outputs.append(Output(path, file, settings.id, settings.path.place, len(self._slots.partials) - 1))

    def _partial(self, id_: str, context: Context, requested: Requested) -> Partial:
        """A partial, whose headers are open where no file of it is written."""
        if self.writers and not any(FORMATS[name].fragments for name in self.formats):
            with suppress(PlaceholderError):
                return self._slots.partial(id_, context.fresh(is_open=bool(context.product)), requested)
        return self._slots.partial(id_, context, requested)

    # Pages.

    def _paths(self, format_name: str) -> Iterator[NavItem | None]:
        """The paths of the pages in a format."""
        place, template = self.site.settings.pages[format_name].place, self.site.page_paths[format_name]
        found = []
        for _, context in self.pages:
            path = fill_text(template, Names(context.fresh()), place, self.findings.append)
            found.append(None if path is None else _nav_item(path.text, context))
        items = tuple(item for item in found if item is not None)
        if FORMATS[format_name].site and items:
            self.nav[format_name] = items
        yield from found

    def _about(self, context: Context, format_name: str, item: NavItem) -> About:
        return About(
            item.path,
            _root(item.path),
            self.site.settings.title,
            context.name,
            format_name,
            item.product,
            item.library,
            context.library,
            context.day.isoformat(),
            self.nav.get(format_name, ()),
        )

    def _add_documents(self, page: Page, context: Context, abouts: ReadOnly[str, About]) -> None:
        """The documents of a page, where no texts are requested."""
        for name, document in self._written.documents(page, context, abouts).items():
            path = abouts[name].path
            self._output(path, None, name, context.name)
            self.documents[path] = document

    def _write_page(self, page: Page, context: Context, abouts: ReadOnly[str, About]) -> None:
        """The files of a page in all formats."""
        for name, written in self._written.texts(page, context, abouts).items():
            path = abouts[name].path
            if isinstance(written, str):
                self._output(path, written, name, context.name)
                continue
            try:
                text = cast("SiteWriter", self.writers[name]).page(written, abouts[name])
            except TemplateProblem as problem:
                self.findings.append(problem.finding())
            else:
                self._output(path, text, name, context.name)
                self._output(f"{path.rpartition('/')[0]}/index.md", written.twin, name)

    def _output(self, path: str, text: str | None, owner: str, page: str = "") -> None:
        file = None if text is None else File(text, owner, fragment=False)
        self.outputs.append(Output(path, file, owner, self.site.settings.pages[owner].place, page=page))

    def _emit(self, format_name: str, texts: ReadOnly[str, str]) -> None:
        place = self.site.settings.pages[format_name].place
        for path, text in texts.items():
            self.outputs.append(Output(path, File(text, format_name, fragment=False), format_name, place))


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings without missing values of pages that are reported at their records too."""
    reported = {finding.message for finding in findings if finding.subject}
    return (f for f in findings if f.subject or f.code != "missing-value" or f.message not in reported)


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
