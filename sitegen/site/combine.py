"""A site as of a date, combined from the results of its libraries.

Pure functions: nothing here reads the clock or the environment, or reads or writes a file.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import cast

from sitegen.documents.documents import Document, NavItem, Partial
from sitegen.evaluation.context import Context
from sitegen.facts.datasets import PRODUCTS
from sitegen.files.output_paths import ClaimedPaths
from sitegen.findings import Finding, Place
from sitegen.formats import FORMATS, FormatWriter, SiteWriter
from sitegen.frozen import frozen
from sitegen.markdown.kinds import BOTH
from sitegen.site.library import File, LibraryBuild, Output, build_library, with_pages
from sitegen.site.loading import Site
from sitegen.site.page_paths import DEFAULT
from sitegen.site.selection import units_on
from sitegen.templates.template import TemplateProblem


@frozen
class Build:
    """A built site: its files by path below the output folder, and its findings."""

    files: ReadOnly[str, File]
    findings: tuple[Finding, ...]
    documents: ReadOnly[str, Document]
    partials: ReadOnly[str, Partial]


def build_site(
    site: Site,
    day: date,
    formats: Sequence[str],
    writers: ReadOnly[str, FormatWriter] = MappingProxyType({}),
    libraries: Container[str] | None = None,
) -> Build:
    """The documents and partials of all or some units as of a date. With `writers`, also the files."""
    contexts = (Context(site.facts, day, "", library) for library in units_on(site, day, libraries))
    builds = [build_library(site, context, formats, writers) for context in contexts]
    build = combine(site, day, writers, builds)
    findings = [finding for library in builds for finding in library.findings]
    findings = without_consequences([*site.findings, *findings, *build.findings])
    return replace(build, findings=tuple(with_pages(findings, (library.shown for library in builds), site.own_files)))


def combine(site: Site, day: date, writers: ReadOnly[str, FormatWriter], builds: Iterable[LibraryBuild]) -> Build:
    """Combine the results of libraries, in their order. `findings` are only those that concern several libraries."""
    combination = _Combination(site, day, writers)
    for build in builds:
        combination.add(build)
    combination.finish()
    return Build(combination.files, tuple(combination.findings), combination.documents, combination.partials)


_CAUSES = ("empty-file", "unknown-library")
# Findings that such a file probably causes: something that it should define is missing.
_CONSEQUENCES = (
    *("no-dataset", "no-fields", "no-rows", "no-ladder", "missing-field", "missing-value", "empty-table"),
    *("undefined-name", "unknown-dataset", "unknown-field", "unknown-id", "unknown-link", "unknown-source"),
    "unknown-table",
)


def without_consequences(findings: list[Finding]) -> list[Finding]:
    """The findings without those that are probably caused by an empty file, or a file for an unknown library.

    The causes become errors then. Findings that suggest another spelling are kept.
    """
    if not any(f.code in _CAUSES for f in findings):
        return findings
    of_empty = ("unknown-library",) if any(f.code == "empty-file" for f in findings) else ()
    consequences = (*_CONSEQUENCES, *of_empty)
    kept = [f for f in findings if f.code not in consequences or f.hint.startswith("did you mean")]
    if len(kept) == len(findings):
        return findings
    return [replace(f, severity="error") if f.code in _CAUSES else f for f in kept]


def writers_of(site: Site, formats: Sequence[str]) -> dict[str, FormatWriter]:
    """A writer for each format."""
    return {name: FORMATS[name].writer(site.settings.styles[name], site.templates[name]) for name in formats}


class _Combination:
    """The combined results of libraries, with unique paths, and the files of the whole site."""

    def __init__(self, site: Site, day: date, writers: ReadOnly[str, FormatWriter]) -> None:
        self.site = site
        self.day = day
        self.writers = writers
        self.findings: list[Finding] = []
        self.files: dict[str, File] = {}
        self.documents: dict[str, Document] = {}
        self.partials: dict[str, Partial] = {}
        self._nav: dict[str, dict[str, tuple[NavItem, ...]]] = {}
        self._claims = ClaimedPaths()
        self._redirects: list[Output] = []
        self._partial_claims = ClaimedPaths(nested=True)
        self._missing_ids = _missing_ids(site)
        self._reported: set[tuple[str, Place, str]] = set()
        self._products: dict[str, Place] = {}
        self._products_with_page: set[str] = set()

    def add(self, build: LibraryBuild) -> None:
        """Add the result of a library."""
        self.documents |= build.documents
        for name, items in build.nav.items():
            self._nav.setdefault(name, {})[build.library] = items
        self._products = {**build.products, **self._products}
        self._products_with_page |= build.products_with_page
        rejected: set[int] = set()
        for number, (path, owner, place, partial) in enumerate(build.partials):
            finding = self._partial_claims.claim(path, owner, place, self._missing_ids[owner])
            if finding is not None:
                rejected.add(number)
                self._report(finding, owner)
            elif partial is not None:
                self.partials[path] = partial
        for output in build.outputs:
            if output.redirect:
                self._redirects.append(output)
            elif output.partial not in rejected:
                self._add(output)

    def finish(self) -> None:
        """Claim the former paths of pages, add the files of the whole site, and report products without pages."""
        for redirect in self._redirects:
            self._add(redirect)
        has_invalid_page = any(finding.place.file.endswith(".md") for finding in self.site.findings)
        datasets = self.site.facts.datasets
        expected = self._products or (datasets and PRODUCTS not in datasets)
        if expected and not self.site.pages and not has_invalid_page:
            self._report_no_pages()
        records = datasets[PRODUCTS].records.values() if PRODUCTS in datasets else ()
        without_library = {record.id: record.place for record in records if record.in_force(self.day)}
        products = {**without_library, **self._products}
        for product, place in products.items() if self._products_with_page else ():
            if product not in self._products_with_page:
                message = f"the product '{product}' has no page on {self.day}"
                how = "write a page with 'for:'" if product in self._products else "add it to 'products' of a library"
                hint = f"{how}, or give the product a 'from:'"
                self.findings.append(Finding("no-page", message, place, hint, severity="notice"))
        for name, libraries in self._nav.items() if self.writers else ():
            place = self.site.settings.pages[name].place
            root = next(iter(libraries.values()))[0].path.partition("/")[0]
            title, day = self.site.settings.title, self.day.isoformat()
            try:
                texts = cast("SiteWriter", self.writers[name]).site(root, title, day, libraries)
            except TemplateProblem as problem:
                self.findings.append(problem.finding())
                continue
            for path, text in texts.items():
                self._add(Output(path, File(text, name, fragment=False), name, place))

    def _report_no_pages(self) -> None:
        """Report that no product has a page, if the settings have paths of pages, or no partials."""
        explicit = [path.place for path in self.site.settings.pages.values() if path.place != DEFAULT]
        if explicit or not self.site.settings.partials:
            place = explicit[0] if explicit else DEFAULT
            hint = "write a page in content/, such as content/page.md"
            message = f"{'no product has a' if self._products else 'there is no'} page on {self.day}"
            self.findings.append(Finding("no-page", message, place, hint, severity="warning"))

    def _add(self, output: Output) -> None:
        """Claim a path of the output, and add its file if it has one."""
        finding = self._claims.claim(output.path, output.owner, output.place, self._missing_ids.get(output.owner, ""))
        if finding is not None:
            self._report(finding, output.owner)
        elif output.file is not None:
            self.files[output.path] = output.file

    def _report(self, finding: Finding, owner: str) -> None:
        """Report a problem with a path, once for each setting."""
        if (finding.code, finding.place, owner) not in self._reported:
            self._reported.add((finding.code, finding.place, owner))
            self.findings.append(finding)


def _missing_ids(site: Site) -> dict[str, str]:
    """What to add to the paths of pages and partials to make them unique, by format or partial."""
    required = {name: (path.text, BOTH) for name, path in site.settings.pages.items()}
    required |= {name: (partial.path.text, partial.kind) for name, partial in site.settings.partials.items()}
    return {
        name: "/".join(f"<< {role}.id >>" for role in site.kind_of(kind).each if f"{role}.id" not in path)
        for name, (path, kind) in required.items()
    }
