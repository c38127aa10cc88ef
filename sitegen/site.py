"""A site: from the texts of its folder to the texts of its output.

    texts -> facts, tables, pages        load_site, once
    facts + a day -> tables -> documents -> text, for each product, library and dialect   build_site

Nothing here reads a clock or the environment, and nothing writes.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from pathlib import Path

from sitegen.context import FILTERS, Context, printed
from sitegen.definitions import Definition, load_tables
from sitegen.derived import TABLE_ATTRIBUTES, TableView
from sitegen.dialects import DIALECTS
from sitegen.dialects.markdown import escape_html
from sitegen.documents import Document, Partial, PartialView, assemble
from sitegen.facts import LIBRARIES, PRODUCTS, Facts, Record, kinds_of_ids, load_facts
from sitegen.findings import Finding, Place, Report, did_you_mean, in_order
from sitegen.grids import Table
from sitegen.output_paths import path_problem
from sitegen.pages import Page, load_page, protect_fences
from sitegen.references import check_references, check_scopes
from sitegen.settings import FILE, PartialSettings, Settings, load_settings
from sitegen.source import decode, parse_yaml
from sitegen.tables import evaluate, fill_text
from sitegen.templates import BrokenError, Compiler, FragmentTemplates, MissingError, Template, TemplateProblem
from sitegen.values import List, Reference

Texts = ReadOnly[str, bytes]


@dataclass(frozen=True, slots=True)
class Site:
    """A loaded site: everything a build needs, and what is wrong with it so far."""

    settings: Settings
    facts: Facts
    tables: ReadOnly[str, Definition | None]
    pages: tuple[Page, ...]
    page_paths: ReadOnly[str, Template]
    partial_paths: ReadOnly[str, Template]
    fragments: FragmentTemplates
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class File:
    """One file of the output: its text, the dialect it is of, whether it is a fragment."""

    text: str
    dialect: str
    fragment: bool


@dataclass(frozen=True, slots=True)
class Build:
    """What a build gives: files by path below the output folder, and everything that was found."""

    files: ReadOnly[str, File]
    findings: tuple[Finding, ...]
    documents: ReadOnly[str, Document]
    partials: ReadOnly[str, Partial]


def read_texts(root: Path, defaults: Path) -> dict[str, bytes]:
    """Read the sources of a site: settings, content, and templates of fragments over the given defaults.

    Raises OSError.
    """
    texts = {FILE: (root / FILE).read_bytes()}
    for path in sorted((defaults / "partials").glob("*.html")):
        texts[f"partials/{path.name}"] = path.read_bytes()
    for folder, endings in (("content", (".yaml", ".yml", ".md")), ("partials", (".html",))):
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            hidden = any(part.startswith(".") for part in path.relative_to(root).parts)
            if path.suffix in endings and path.is_file() and not hidden:
                texts[name] = path.read_bytes()
    return texts


def source_lines(texts: Texts) -> dict[str, list[str]]:
    """The lines of each source, for the frames of findings."""
    return {name: data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n") for name, data in texts.items()}


def load_site(texts: Texts) -> Site:
    """Load a site from the bytes of its sources. What is wrong with it is in `findings`.

    Where a file cannot be read at all, only that is told, and the site is empty.
    """
    findings: list[Finding] = []
    report = findings.append
    decoded = {name: text for name, data in texts.items() if (text := decode(data, name, report)) is not None}
    templates = FragmentTemplates(lambda name: decoded.get(f"partials/{name}"), escape_html)
    content = {name: text for name, text in decoded.items() if name.startswith("content/")}
    nodes = [parse_yaml(text, name, report) for name, text in content.items() if name.endswith((".yaml", ".yml"))]
    unreadable = bool(findings)
    settings = load_settings(decoded.get(FILE, ""), report)
    if settings is None or unreadable:
        # Without a file of facts everything that names them would be wrong too; that is no news.
        settings = settings or Settings("", {}, {}, {}, {})
        return Site(settings, Facts({}, {}, ()), {}, (), {}, {}, templates, tuple(findings))
    facts = load_facts([node for node in nodes if node is not None], report)
    check_references(facts, report)
    check_scopes(facts, report)
    pages = {name: text for name, text in content.items() if name.endswith(".md")}
    snippets = {name: protect_fences(text) for name, text in pages.items() if name.rpartition("/")[2].startswith("_")}
    compiler = Compiler(FILTERS, snippets, printed)
    row_names = _schema(facts)
    tables: dict[str, Definition | None] = {key.text: None for key, _ in facts.tables}
    tables |= load_tables(facts, compiler, row_names, report)
    page_names = row_names | {
        "dialect": None,
        "tables": dict.fromkeys(tables, TABLE_ATTRIBUTES),
        "partials": {id_: {} for id_ in settings.partials},
    }
    kinds = kinds_of_ids(facts)
    loaded = [
        load_page(name, text, compiler, page_names, kinds, tuple(DIALECTS), report)
        for name, text in pages.items()
        if name not in snippets
    ]
    _check_partials(settings, tables, report)
    paths = {
        name: compiler.compile(s.text, s.place, row_names, report, column=True) for name, s in settings.pages.items()
    }
    partial_paths = {
        id_: compiler.compile(p.path.text, p.path.place, row_names, report, column=True)
        for id_, p in settings.partials.items()
    }
    return Site(
        settings,
        facts,
        tables,
        tuple(page for page in loaded if page is not None),
        {name: template for name, template in paths.items() if template},
        {id_: template for id_, template in partial_paths.items() if template},
        templates,
        tuple(findings),
    )


def _schema(facts: Facts) -> dict[str, object]:
    """The names that headers, paths and prose may use."""
    names: dict[str, object] = dict.fromkeys(("as_of", "product", "library"))
    for datasets in facts.everywhere():
        for dataset in datasets.values():
            fields = dict.fromkeys((*dataset.fields, "note", "id"))
            names[dataset.name] = {**names.get(dataset.name, {}), **dict.fromkeys(dataset.records, fields)}  # type: ignore[dict-item]
            if dataset.name in (PRODUCTS, LIBRARIES):
                names["product" if dataset.name == PRODUCTS else "library"] = fields
    return names


def _check_partials(settings: Settings, tables: ReadOnly[str, object], report: Report) -> None:
    for partial in settings.partials.values():
        for name in partial.tables:
            if name.text not in tables:
                message = f"the partial '{partial.id}' names the table '{name.text}', which is not defined"
                report(Finding("unknown-table", message, name.place, did_you_mean(name.text, tables)))


# --- building ------------------------------------------------------------------------


def build_site(site: Site, day: date, dialects: Iterable[str]) -> Build:
    """Build every page and fragment of a site as of a day, in the given dialects."""
    builder = _Builder(site, day, tuple(dialects))
    builder.run()
    findings = [*site.findings, *builder.findings]
    shown = builder.shown
    complete = [
        replace(f, shown_on=tuple(sorted(shown.get(f.subject, ())))) if f.subject and not f.shown_on else f
        for f in findings
    ]
    return Build(builder.files, tuple(in_order(complete)), builder.documents, builder.partials)


class _Builder:
    """One build: contexts, the tables each of them asks for, and the files that come of it."""

    def __init__(self, site: Site, day: date, dialects: tuple[str, ...]) -> None:
        self.site = site
        self.day = day
        self.dialects = dialects
        self.findings: list[Finding] = []
        self.files: dict[str, File] = {}
        self.owners: dict[str, tuple[str, Place]] = {}
        self.documents: dict[str, Document] = {}
        self.partials: dict[str, Partial] = {}
        self.shown: dict[tuple[str, str], set[str]] = {}
        self.tables: dict[tuple[str, str, str], Table] = {}

    def run(self) -> None:
        for library in self._in_force(LIBRARIES, ""):
            shared = self._context("", library.id)
            self._emit_partials(shared, each_product=False)
            for product in self._in_force(PRODUCTS, library.id):
                if _offers(library, product, shared):
                    context = self._context(product.id, library.id)
                    self._emit_partials(context, each_product=True)
                    self._emit_pages(context)

    def _in_force(self, dataset: str, library: str) -> Iterator[Record]:
        found = self.site.facts.of(library).get(dataset)
        for record in found.records.values() if found else ():
            if record.in_force(self.day):
                yield record

    def _context(self, product: str, library: str) -> Context:
        return Context(self.site.facts.of(library), self.day, product, library)

    def _table(self, id_: str, context: Context, page: str) -> Table:
        definition = self.site.tables[id_]
        if definition is None:
            raise BrokenError
        key = (id_, context.product, context.library)
        if key not in self.tables:
            self.tables[key] = evaluate(definition, context, self.findings.append)
        table = self.tables[key]
        for row in table.rows:
            for record in row.records:
                self.shown.setdefault(record, set()).add(page)
        return table

    def _table_view(self, id_: str, context: Context, page: str) -> TableView:
        definition = self.site.tables[id_]
        if definition is None:
            raise BrokenError
        return TableView(definition, context, lambda: self._table(id_, context, page))

    def _partial(self, settings: PartialSettings, context: Context, page: str) -> Partial:
        if not settings.each_product:
            context = self._context("", context.library)
        tables = tuple(
            self._table(name.text, context, page) for name in settings.tables if name.text in self.site.tables
        )
        template = self.site.partial_paths.get(settings.id)
        if template is None:
            raise BrokenError
        path, places = fill_text(template, context.names(), settings.path.place, self.findings.append)
        sources = {file for table in tables for file in table.sources}
        places_ = frozenset(places).union(*(table.places for table in tables))
        return Partial(settings.id, path, tables, places_, tuple(sorted(sources)))

    def _emit_partials(self, context: Context, *, each_product: bool) -> None:
        for settings in self.site.settings.partials.values():
            if settings.each_product != each_product:
                continue
            try:
                partial = self._partial(settings, context, f"partials/{settings.id}")
            except BrokenError:
                continue
            if not any(table.rows for table in partial.tables):
                continue
            self.partials[partial.path] = partial
            for name in self.dialects:
                dialect, folder = DIALECTS[name], self.site.settings.fragments[name]
                try:
                    text = dialect.fragment(partial, self.site.settings.styles[name], self.site.fragments)
                except TemplateProblem as problem:
                    place = Place(problem.name, problem.line, 1)
                    self.findings.append(Finding("template-error", str(problem), place))
                    continue
                path = f"{folder}/{partial.path}{dialect.fragment_suffix}"
                self._add(path, File(text, name, fragment=True), settings.path.place, settings.id)

    def _emit_pages(self, context: Context) -> None:
        page = self._edition(context)
        if page is None:
            return
        for name in self.dialects:
            if name not in self.site.page_paths:
                continue
            context = context.recording()
            names = self._names(context, name)
            document = assemble(page, context, name, names, self.findings.append)
            if document is None:
                self._note_tables(page, context)
                continue
            self._check_slots(document, context)
            place = self.site.settings.pages[name].place
            path, _ = fill_text(self.site.page_paths[name], names, place, self.findings.append)
            self.documents[path] = document
            text = DIALECTS[name].page(document, self.site.settings.styles[name])
            self._add(path, File(text, name, fragment=False), page.place, page.file)

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
            "tables": _Lookup(self.site.tables, lambda id_: self._table_view(id_, context, page)),
            "partials": _Lookup(
                partials, lambda id_: PartialView(id_, lambda: self._partial(partials[id_], context, page))
            ),
        }

    def _edition(self, context: Context) -> Page | None:
        """The page file that stands for a context: the edition with the latest first day."""
        holding = sorted(
            (page for page in self.site.pages if page.holds(context.ids, self.day)),
            key=lambda page: page.since or date.min,
            reverse=True,
        )
        for _, group in groupby(holding[:2], key=lambda page: page.since):
            first, *others = group
            for other in others:
                message = f"two pages stand for {context.name} from the same day; the other is {first.file}"
                self.findings.append(
                    Finding("same-path", message, other.place, "give one of them a later 'from' or another 'for'")
                )
            return first
        return None

    def _check_slots(self, document: Document, context: Context) -> None:
        for slot in document.slots.values():
            tables = slot.tables if isinstance(slot, Partial) else (slot,)
            for table in tables:
                definition = self.site.tables.get(table.id)
                if not table.rows and definition is not None:
                    message = f"the table '{table.id}' shows no row on {self.day} for {context.name}"
                    self.findings.append(Finding("empty-table", message, definition.place, shown_on=(context.name,)))

    def _add(self, path: str, file: File, place: Place, owner: str) -> None:
        problem = path_problem(path)
        if problem:
            self.findings.append(Finding("bad-path", f"'{path}' cannot be a path: {problem}", place))
            return
        key = unicodedata.normalize("NFKC", path).casefold()
        if key in self.owners:
            other, first = self.owners[key]
            message = f"two outputs claim '{path}': {owner} and {other} ({first})"
            self.findings.append(Finding("same-path", message, place, "give them different paths"))
            return
        self.owners[key] = (owner, place)
        self.files[path] = file


def _offers(library: Record, product: Record, context: Context) -> bool:
    """Whether a library has a product: its field `products`, where there is one, names them."""
    if "products" not in library.facts:
        return True
    try:
        value = context.fact(library, "products", context.ids).value
    except MissingError:
        return False
    items = value.items if isinstance(value, List) else (value,)
    return any(isinstance(item, Reference) and item.id == product.id for item in items)


class _Lookup:
    """Tables or partials as templates see them: by name."""

    def __init__(self, known: ReadOnly[str, object], get: Callable[[str], object]) -> None:
        self._known = known
        self._get = get

    def __getitem__(self, name: str) -> object:
        if name not in self._known:
            raise KeyError(name)
        return self._get(name)
