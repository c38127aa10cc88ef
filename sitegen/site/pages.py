"""Renders the pages of a library. A page file is rendered once for all products that differ only in printed fields.

For the first product, it is rendered in an open context: where a template prints a field of the product, the text has a
placeholder. The result is a render plan. For other products with the same reads, the placeholders are filled in. A page
is rendered for each product separately if its content depends on a placeholder, or if there are findings.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sitegen.documents.documents import About, Document, FrontMatter, Partial
from sitegen.documents.fillings import assemble, check, fill_page, front_matter
from sitegen.evaluation.context import Context
from sitegen.evaluation.sharing import SharedResults
from sitegen.facts.alternatives import ROLES
from sitegen.findings import Finding, Report
from sitegen.templates.placeholders import Form, PlaceholderError, placeholder
from sitegen.templates.template import BrokenError, TemplateProblem

if TYPE_CHECKING:
    from sitegen.formats import FormatWriter
    from sitegen.formats.html import Content
    from sitegen.markdown.pages import Page
    from sitegen.site.loading import Site
    from sitegen.site.slots import Slots
    from sitegen.tables.definitions import Definition
    from sitegen.tables.grids import Table


class Requested:
    """The tables in a page, and the partials of its product in it."""

    def __init__(self) -> None:
        self.tables: dict[Table, None] = {}
        self.partials: dict[str, None] = {}


class _RenderPlan(NamedTuple):
    """A page with placeholders by format, its texts as a form, and the tables and partials in it."""

    pages: ReadOnly[str, str | Content]
    form: Form
    requested: Requested


class PageRenderer:
    """Renders the page files of a library."""

    def __init__(self, site: Site, slots: Slots, writers: ReadOnly[str, FormatWriter], report: Report) -> None:
        self._site = site
        self._slots = slots
        self._writers = writers
        self._report = report
        self._plans: SharedResults[_RenderPlan] = SharedResults()
        self._without_plan: set[str] = set()  # page files

    def documents(self, page: Page, context: Context, abouts: ReadOnly[str, About]) -> dict[str, Document]:
        """The documents of a page by format, without those with errors in the text."""
        filled = _FilledPage(self._site, self._slots, page, context, self._report)
        documents = {name: filled.document(about) for name, about in abouts.items()}
        self._slots.add_shown(filled.requested.tables, context.page_name(page.kind.page))
        return {name: document for name, document in documents.items() if document is not None}

    def texts(self, page: Page, context: Context, abouts: ReadOnly[str, About]) -> ReadOnly[str, str | Content]:
        """The rendered page by format, without formats in which the text has errors."""
        if any(about.former for about in abouts.values()):  # which differ between products
            return self._rendered(page, context, abouts)
        plan = self._plans.find(page.file, context)
        if plan is None and page.file not in self._without_plan:
            plan = self._new_plan(page, context, abouts)
        pages = None if plan is None else self._from_plan(plan, context, abouts)
        return self._rendered(page, context, abouts) if pages is None else pages

    def _rendered(self, page: Page, context: Context, abouts: ReadOnly[str, About]) -> dict[str, str | Content]:
        """The page of a single product by format. A problem of a format is a finding."""
        pages: dict[str, str | Content] = {}
        for name, document in self.documents(page, context, abouts).items():
            try:
                pages[name] = self._writers[name].write(document)
            except TemplateProblem as problem:
                finding = problem.finding(document.about.page)
                self._report(finding if finding.place.file else replace(finding, place=page.body.find(problem.text)))
        return pages

    def _new_plan(self, page: Page, context: Context, abouts: ReadOnly[str, About]) -> _RenderPlan | None:
        """A plan of a page file, for this product and others; None if there cannot be one."""
        open_context = context.fresh(is_open=True)
        findings: list[Finding] = []
        filled = _FilledPage(self._site, self._slots, page, open_context, findings.append)
        about = next(iter(abouts.values()), About())
        product, library = (placeholder(f"page {role}") if getattr(about, role) else "" for role in ROLES)
        pages: dict[str, str | Content] = {}
        try:
            for name, about in abouts.items():
                name_of_page = placeholder("page name") if about.page else ""
                document = filled.document(replace(about, product=product, library=library, page=name_of_page))
                if document is not None:
                    pages[name] = self._writers[name].write(document)
        except (PlaceholderError, TemplateProblem):
            pages = {}
        if findings or not pages or len(pages) < len(abouts):
            self._without_plan.add(page.file)
            return None
        texts = (text for rendered in pages.values() for text in _texts(rendered))
        plan = _RenderPlan(pages, Form(("".join(filled.checks), *texts)), filled.requested)
        self._plans.add(page.file, open_context, plan)
        context.add_reads(open_context)
        return plan

    def _from_plan(
        self, plan: _RenderPlan, context: Context, abouts: ReadOnly[str, About]
    ) -> ReadOnly[str, str | Content] | None:
        """The page of a product from a plan; None if a value of the product does not fit into it."""
        paths = self._slots.path_values(plan.requested.partials, context.product)
        if paths is None or plan.pages.keys() != abouts.keys():
            return None
        about = next(iter(abouts.values()))
        names = {"page product": about.product, "page library": about.library, "page name": about.page}
        try:
            _, *texts = plan.form.fill({**context.field_values(context.reads.fields), **paths, **names})
        except PlaceholderError:
            return None
        self._slots.add_shown(plan.requested.tables, about.page)
        remaining = iter(texts)
        return {
            name: next(remaining) if isinstance(rendered, str) else rendered.filled(remaining)
            for name, rendered in plan.pages.items()
        }


def _texts(rendered: str | Content) -> tuple[str, ...]:
    return (rendered,) if isinstance(rendered, str) else rendered.texts


class _FilledPage:
    """A page file with the values of a context.

    `requested` are the tables and partials in it, and `checks` the results of `check` by document. Front matter and
    text are filled once for all formats, unless they depend on the format.
    """

    def __init__(self, site: Site, slots: Slots, page: Page, context: Context, report: Report) -> None:
        self.requested = Requested()
        self.checks: list[str] = []
        self._site = site
        self._slots = slots
        self._page = page
        self._context = context
        self._report = report
        self._fronts: dict[str, FrontMatter] = {}
        self._texts: dict[str, Document | None] = {}

    def document(self, about: About) -> Document | None:
        """The page in a format; None if its text has errors."""
        front, text = self._front(about.format), self._text(about.format)
        if text is None:
            return None
        document = assemble(self._page, front, text, about)
        fresh = self._context.fresh()
        names = self._slots.names(fresh, about.format, self.requested, self._page.kind)
        self.checks.append(check(document, self._page, fresh, names, self._report_published(about.format)))
        return document

    def _report_published(self, format_name: str) -> Report:
        """Reports findings. Tags of other formats do not matter in a preview, and HTML does not where it is allowed."""
        settings = self._site.settings
        hidden = {"foreign-tag"} if format_name not in settings.formats else set()
        hidden |= {"omitted-html"} if hidden or settings.styles[format_name].unsafe else set()
        return lambda finding: None if finding.code in hidden else self._report(finding)

    def _front(self, format_name: str) -> FrontMatter:
        key = format_name if "dialect" in self._page.names or format_name in self._page.own else ""
        if key not in self._fronts:
            fresh = self._context.fresh()
            names = self._slots.names(fresh, format_name, self.requested, self._page.kind)
            self._fronts[key] = front_matter(self._page, format_name, fresh, names, self._report)
            self._context.add_reads(fresh)
        return self._fronts[key]

    def _text(self, format_name: str) -> Document | None:
        key = format_name if "dialect" in self._page.body.names else ""
        if key not in self._texts:
            fresh = self._context.fresh()
            names = self._slots.names(fresh, format_name, self.requested, self._page.kind)
            text = self._texts[key] = fill_page(self._page, fresh, names, self._report)
            self._context.add_reads(fresh)
            if text is None:
                self._request_all()
            else:
                self._check_slots(text)
        return self._texts[key]

    def _request_all(self) -> None:
        """Evaluate the tables that a page with errors names, so that findings about their records list the page."""
        body = self._page.body
        for text in (body.source, *body.includes.values()):
            for kind, id_ in re.findall(r"\b(tables|partials)(?:\.|\[[\"'])([\w.-]+)", text):
                with contextlib.suppress(BrokenError):
                    if kind == "tables" and id_ in self._site.tables:
                        self._slots.table(id_, self._context, self.requested)
                    elif kind == "partials" and self._slots.has_partial(id_, self._page.kind):
                        self._slots.partial(id_, self._context, self.requested)

    def _check_slots(self, document: Document) -> None:
        """Report tables without rows or columns, unless a record of their datasets could not be read."""
        context = self._context
        for slot in document.slots.values():
            for table in slot.tables if isinstance(slot, Partial) else (slot,):
                if table.headers and table.rows:
                    continue
                definition = self._site.tables.get(table.id)
                if definition is None or any(context.datasets[name].broken for name in definition.datasets):
                    continue
                missing, on = "rows" if table.headers else "columns", (context.page_name(self._page.kind.page),)
                message = f"the table '{table.id}' has no {missing} on {context.day}"
                hint = _hint_about_rows(definition) if table.headers else ""
                self._report(Finding("empty-table", message, definition.place, hint, shown_on=on))


def _hint_about_rows(definition: Definition) -> str:
    """What to do about a table without rows."""
    wanted = (value.text for selection in definition.selections for _, values in selection.where for value in values)
    expected = "a release that begins on an expected date needs 'from:'; " if "none" in wanted else ""
    name = f".{definition.id}" if definition.id.isidentifier() else f'["{definition.id}"]'
    return f"{expected}if the table may have no rows, write '<% if tables{name} %>' before it"
