"""Builds the pages and fragments of a library as of a date, in all formats.

    facts + a date -> tables -> documents -> text, for each product and format

Each library is built independently of the others: pages only need the paths and names of pages of the same library.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from contextlib import suppress
from dataclasses import field, replace
from typing import TYPE_CHECKING, NamedTuple, cast, get_args

from sitegen.documents.documents import About, Document, NavItem, Partial, in_words
from sitegen.evaluation.context import Context
from sitegen.evaluation.views import Names
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.findings import Finding, Place, sorted_findings
from sitegen.formats import FORMATS, FormatWriter, FragmentWriter, SiteWriter
from sitegen.frozen import frozen
from sitegen.site.pages import PageRenderer, Requested
from sitegen.site.redirects import former_paths
from sitegen.site.selection import edition, page_contexts
from sitegen.site.slots import PartialPath, Slots
from sitegen.tables.grids import CellKind
from sitegen.tables.texts import fill_text
from sitegen.templates.placeholders import PlaceholderError
from sitegen.templates.template import BrokenError, MissingError, TemplateProblem

if TYPE_CHECKING:
    from sitegen.formats.html import Content
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site


@frozen
class File:
    """A file of the output: its text, its format, and whether it is a fragment.

    The text of a file that `is_staged` is empty.
    """

    text: str
    format: str
    fragment: bool
    is_staged: bool = False


class Output(NamedTuple):
    """The path of an output with its file, its owner (a format or a partial), and the place of the setting of the path.

    With `redirect`, it leads from a former path to a page; for some formats, the page itself does that without a file.
    `file` is None in a build without writers. `partial` is the number of the partial of a fragment, and `page` the name
    of a page, such as `aap/python`.
    """

    path: str
    file: File | None
    owner: str
    place: Place
    partial: int = -1
    page: str = ""
    redirect: bool = False


class ShownRecords(NamedTuple):
    """Records with the values of a library, and the names of the pages and partials that show them."""

    records: frozenset[tuple[str, str]]
    pages: tuple[str, ...]
    library: str


def with_pages(
    findings: Iterable[Finding], shown: Iterable[Sequence[ShownRecords]], own_files: ReadOnly[str, str]
) -> list[Finding]:
    """The findings by place, each with the pages and partials that show its subject.

    `shown` are the records that each library shows; it is consumed only if a finding has a subject. If a finding
    concerns one library, or is in one of its `own_files`, only pages of this library are added.
    """
    findings = list(findings)
    subjects = {finding.subject for finding in findings if finding.subject}
    whole = {subject for subject in subjects if not subject[1]}
    pages: dict[tuple[tuple[str, str], str], set[str]] = {}
    for groups in shown if subjects else ():
        for records, names, library in groups:
            datasets = {dataset for dataset, _ in records} if whole else ()
            for record in records & subjects | {subject for subject in whole if subject[0] in datasets}:
                pages.setdefault((record, library), set()).update(names)
                pages.setdefault((record, ""), set()).update(names)

    def shown_on(finding: Finding) -> tuple[str, ...]:
        if finding.subject is None or finding.shown_on:
            return finding.shown_on
        library = finding.library or own_files.get(finding.place.file, "")
        return tuple(sorted(pages.get((finding.subject, library), ())))

    return sorted_findings(replace(finding, shown_on=shown_on(finding)) for finding in findings)


@frozen
class LibraryBuild:
    """The result of building a library.

    `nav` are the pages of each format whose pages form a site. `products` are those of the library, with the places of
    their records, and `products_with_page` those with a page. `cells` are the numbers of cells of each kind.
    `regions` are the texts of partials for files written by hand, by format and path.
    """

    library: str
    outputs: tuple[Output, ...]
    partials: tuple[PartialPath, ...]
    documents: ReadOnly[str, Document]
    nav: ReadOnly[str, tuple[NavItem, ...]]
    shown: tuple[ShownRecords, ...]
    findings: tuple[Finding, ...]
    products: ReadOnly[str, Place]
    products_with_page: frozenset[str]
    cells: ReadOnly[str, int]
    regions: ReadOnly[tuple[str, str], str] = field(default_factory=dict)


def build_library(
    site: Site,
    shared: Context,
    formats: Sequence[str],
    writers: ReadOnly[str, FormatWriter],
    regions: Collection[tuple[str, str]] = (),
) -> LibraryBuild:
    """Build the pages and fragments of a unit: of the library of a context without a product, or those without one.

    Without `writers`, there are no texts. `regions` are the formats and paths of partials for files written by hand.
    """
    builder = _LibraryBuilder(site, shared, formats, writers, regions)
    builder.run()
    return LibraryBuild(
        shared.library,
        tuple(builder.outputs),
        tuple(builder.slots.partials),
        builder.documents,
        builder.nav,
        tuple(builder.shown()),
        tuple(
            replace(f, library=f.library or shared.library) if f.subject else f
            for f in _without_repeats(builder.findings)
        ),
        {id_: shared.datasets[PRODUCTS].records[id_].place for id_ in builder.products},
        frozenset(context.product for _, context in builder.pages if context.product),
        {kind: sum(body.kinds[kind] for body in builder.slots.shown) for kind in get_args(CellKind)},
        builder.regions,
    )


class _LibraryBuilder:
    """Builds a library, and collects its contexts, pages, partials and files."""

    def __init__(
        self,
        site: Site,
        shared: Context,
        formats: Sequence[str],
        writers: ReadOnly[str, FormatWriter],
        requested: Collection[tuple[str, str]],
    ) -> None:
        self.site = site
        self.shared = shared
        self.formats = formats
        self.writers = writers
        self.requested = requested
        self.regions: dict[tuple[str, str], str] = {}
        self.findings: list[Finding] = []
        self.outputs: list[Output] = []
        self.documents: dict[str, Document] = {}
        self.nav: dict[str, tuple[NavItem, ...]] = {}
        self.products: dict[str, Context] = {}
        self.pages: list[tuple[Page, Context]] = []
        self.slots = Slots(site, shared, self.findings.append)
        self._renderer = PageRenderer(site, self.slots, writers, self.findings.append)

    def run(self) -> None:
        """Build the partials, and the paths of all pages, which navigations contain; then the pages."""
        report = self.findings.append
        self._add_partials(self.shared, each_product=False)
        contexts = [*page_contexts(self.site, self.shared, report)]
        for context, _ in contexts:
            if context.product and self.products.setdefault(context.product, context) is context:
                self._add_partials(context, each_product=True)
        editions = [(edition(self.site, context, kind, report), context) for context, kind in contexts]
        self.pages = [(page, context) for page, context in editions if page is not None]
        nav = {name: self._nav_items(name) for name in self.formats}
        for number, (page, context) in enumerate(self.pages):
            items = {name: item for name, nav_items in nav.items() if (item := nav_items[number]) is not None}
            abouts = {name: self._about(page, context, name, item) for name, item in items.items()}
            self._write_page(page, context, abouts)
        for name in self.nav if self.writers else ():
            writer, root = cast("SiteWriter", self.writers[name]), _root(self.nav[name][0].path)
            for path, text in writer.library(self.shared.library, root).items():
                self._add_page_file(path, text, name)

    def shown(self) -> Iterator[ShownRecords]:
        """The records in tables, with the pages and partials that show them."""
        for body, pages in self.slots.shown.items():
            for library, records in body.records.items():
                yield ShownRecords(records, tuple(pages), library)

    # Partials.

    def _add_partials(self, context: Context, *, each_product: bool) -> None:
        """Build the partials that are created for each product, or not for a product."""
        for settings in self.site.settings.partials.values():
            each = self.site.kind_of(settings.kind).each
            if ("product" in each) != each_product or ("library" in each) != bool(context.library):
                continue
            requested = Requested()
            try:
                partial = self._partial(settings.id, context, requested)
            except BrokenError:
                continue
            finally:
                self.slots.add_shown(requested.tables, f"partials/{settings.id}")
            has_rows = any(table.rows for table in partial.tables)
            self._add_regions(partial, has_rows=has_rows)
            for name in self.formats if has_rows else ():
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
                self.outputs.append(Output(path, file, settings.id, settings.path.place, len(self.slots.partials) - 1))

    def _add_regions(self, partial: Partial, *, has_rows: bool) -> None:
        """Write a partial in each format in which a file written by hand shows it; one without rows is empty."""
        for key in self.requested and [(name, partial.path) for name in FORMATS]:
            if key in self.requested:
                self.regions[key] = ""
                try:
                    if has_rows:
                        self.regions[key] = cast("FragmentWriter", self.writers[key[0]]).region(partial).strip()
                except TemplateProblem as problem:
                    self.findings.append(problem.finding())

    def _partial(self, id_: str, context: Context, requested: Requested) -> Partial:
        """A partial. If no fragment is written, it is evaluated in an open context, so that products share it."""
        if self.writers and not self.requested and not any(FORMATS[name].fragments for name in self.formats):
            with suppress(PlaceholderError):
                return self.slots.partial(id_, context.fresh(is_open=bool(context.product)), requested)
        return self.slots.partial(id_, context, requested)

    # Pages.

    def _nav_items(self, format_name: str) -> list[NavItem | None]:
        """The paths and names of the pages in a format; None for a page with an invalid path."""
        items: list[NavItem | None] = []
        for page, context in self.pages:
            template = self.site.paths(page.kind).get(format_name)
            names = Names(context.fresh(), page={"id": page.kind.page})
            path = fill_text(template, names, self.findings.append) if template else None
            items.append(
                None if path is None else _nav_item(path.text, context, page.kind.page, self.site.settings.title)
            )
        valid = tuple(item for item in items if item is not None)
        if FORMATS[format_name].site and valid:
            self.nav[format_name] = valid
        return items

    def _about(self, page: Page, context: Context, format_name: str, item: NavItem) -> About:
        return About(
            item.path,
            _root(item.path),
            self.site.settings.title,
            context.page_name(page.kind.page),
            format_name,
            item.product,
            item.library,
            context.library,
            context.day.isoformat(),
            self.nav.get(format_name, ()),
            former_paths(self.site, page, context, format_name, item.path),
        )

    def _write_page(self, page: Page, context: Context, abouts: ReadOnly[str, About]) -> None:
        """Add the files of a page in all formats; in a build without writers, its documents."""
        if self.writers:
            pages: ReadOnly[str, str | Content | None] = self._renderer.texts(page, context, abouts)
        else:
            documents = self._renderer.documents(page, context, abouts)
            self.documents |= {abouts[name].path: document for name, document in documents.items()}
            pages = dict.fromkeys(documents)
        for name, written in pages.items():
            about, path = abouts[name], abouts[name].path
            if written is None or isinstance(written, str):
                self._add_page_file(path, written, name, about.page)
                self._add_redirects(about, {})
                continue
            writer = cast("SiteWriter", self.writers[name])
            try:
                text = writer.page(written, about)
                redirects = {former: writer.redirect(written, about, former) for former in about.former}
            except TemplateProblem as problem:
                self.findings.append(problem.finding())
            else:
                self._add_page_file(path, text, name, about.page)
                self._add_page_file(f"{path.rpartition('/')[0]}/index.md", written.twin, name)
                self._add_redirects(about, redirects)

    def _add_redirects(self, about: About, files: ReadOnly[str, ReadOnly[str, str]]) -> None:
        """Add the former paths of a page, and their files, if there are any."""
        for former, place in about.former.items():
            for path, text in files.get(former, {former: ""}).items():
                file = File(text, about.format, fragment=False) if text else None
                self.outputs.append(Output(path, file, "a redirect", place, redirect=True))

    def _add_page_file(self, path: str, text: str | None, format_name: str, page: str = "") -> None:
        file = None if text is None else File(text, format_name, fragment=False)
        self.outputs.append(Output(path, file, format_name, self.site.settings.pages[format_name].place, page=page))


def _without_repeats(findings: Sequence[Finding]) -> Iterator[Finding]:
    """The findings without missing values in prose that are also reported for a record."""
    reported = {finding.message for finding in findings if finding.subject}
    return (f for f in findings if f.subject or f.code != "missing-value" or f.message not in reported)


def _root(path: str) -> str:
    return path.partition("/")[0]


def _nav_item(path: str, context: Context, page: str, title: str) -> NavItem:
    """A page with the names of its product and library; their ids if they have no names."""
    names: list[str] = []
    places: list[Place] = []
    for dataset, id_ in ((PRODUCTS, context.product), (LIBRARIES, context.library)):
        try:
            fact = context.fact(context.datasets[dataset].records[id_], "name") if id_ else None
        except MissingError:
            fact = None
        if fact is None:
            names.append(id_)
        else:
            names.append(str(fact))
            places += fact.places
    label = " · ".join(filter(None, (names[0], in_words(page))))
    return NavItem(path, names[0], names[1], tuple(places), label or names[1] or title or "Home")
