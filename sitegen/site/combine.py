"""A site as of a day, combined from its libraries.

    facts + a day -> tables -> documents -> text, for each library, product and format

Nothing here reads a clock or the environment, and nothing reads or writes a file.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, cast

from sitegen.evaluation.context import Context
from sitegen.files.output_paths import ClaimedPaths
from sitegen.files.sources import FILE
from sitegen.findings import Finding, Place
from sitegen.formats import FORMATS, FormatWriter, SiteWriter
from sitegen.frozen import frozen
from sitegen.site.library import File, LibraryBuild, Output, build_library, with_pages
from sitegen.site.selection import in_force
from sitegen.templates.template import TemplateProblem

if TYPE_CHECKING:
    from sitegen.documents.documents import Document, NavItem, Partial
    from sitegen.site.loading import Site
    from sitegen.site.settings import Settings


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
    """The documents and partials of a site as of a day, of all or of some libraries. With `writers`, also the files."""
    chosen = (id_ for id_ in in_force(site, day) if libraries is None or id_ in libraries)
    made = [build_library(site, Context(site.facts, day, "", library), formats, writers) for library in chosen]
    build = put_together(site, day, writers, made)
    found = [finding for one in made for finding in one.findings]
    found = without_consequences([*site.findings, *found, *build.findings])
    return replace(build, findings=tuple(with_pages(found, (one.shown for one in made), site.own_files)))


def put_together(site: Site, day: date, writers: ReadOnly[str, FormatWriter], made: Iterable[LibraryBuild]) -> Build:
    """Combine the results of libraries, in their order. `findings` are only those that concern several libraries."""
    builder = _Builder(site, day, writers)
    for one in made:
        builder.add(one)
    builder.finish()
    return Build(builder.files, tuple(builder.findings), builder.documents, builder.partials)


# What is wrong where something is missing: a consequence of the file that does not have it any more.
_MISSING = (
    *("no-dataset", "no-fields", "no-rows", "no-ladder", "missing-field", "missing-value", "empty-table"),
    *("undefined-name", "unknown-dataset", "unknown-field", "unknown-id", "unknown-link", "unknown-source"),
    "unknown-table",
)


def without_consequences(findings: list[Finding]) -> list[Finding]:
    """The findings without those that an emptied file, or one for an unknown library, is most likely the cause of.

    One that suggests another word has a cause of its own.
    """
    causes = [
        f for f in findings if f.code == "empty-file" or f.message.startswith(("unknown library ", "'library' must "))
    ]
    if not causes:
        return findings
    kept = [f for f in findings if f in causes or f.code not in _MISSING or f.hint.startswith("did you mean")]
    if len(kept) == len(findings):
        return findings
    return [replace(f, severity="error") if f in causes else f for f in kept]


def writers_of(site: Site, formats: Sequence[str]) -> dict[str, FormatWriter]:
    """A writer for each format."""
    return {name: FORMATS[name].writer(site.settings.styles[name], site.templates[name]) for name in formats}


class _Builder:
    """One build: the results of the libraries, with unique paths, and the files of the whole site."""

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
        self._partial_claims = ClaimedPaths(nested=True)
        self._missing = _missing_ids(site.settings)
        self._reported: set[tuple[str, Place, str]] = set()
        self._products: dict[str, Place] = {}
        self._paged: set[str] = set()

    def add(self, made: LibraryBuild) -> None:
        """Add the result of a library."""
        self.documents |= made.documents
        for name, items in made.nav.items():
            self._nav.setdefault(name, {})[made.library] = items
        self._products = {**made.products, **self._products}
        self._paged |= made.paged
        refused: set[int] = set()
        for number, (path, owner, place, partial) in enumerate(made.partials):
            finding = self._partial_claims.claim(path, owner, place, self._missing[owner])
            if finding is not None:
                refused.add(number)
                self._report(finding, owner)
            elif partial is not None:
                self.partials[path] = partial
        for output in made.outputs:
            if output.partial not in refused:
                self._add(output)

    def finish(self) -> None:
        """Add the files of the whole site, and report products without pages."""
        unread = any(finding.place.file.endswith(".md") for finding in self.site.findings)
        if self._products and not self.site.pages and not unread:
            self._report_no_page()
        for product, place in self._products.items() if self._paged else ():
            if product not in self._paged:
                message = f"no page stands for the product '{product}' on {self.day}"
                hint = "write a page with 'for:', or give the product a 'from:'"
                self.findings.append(Finding("no-page", message, place, hint, severity="notice"))
        for name, libraries in self._nav.items() if self.writers else ():
            place = self.site.settings.pages[name].place
            root = next(iter(libraries.values()))[0].path.partition("/")[0]
            title, day = self.site.settings.title, self.day.isoformat()
            try:
                beside = cast("SiteWriter", self.writers[name]).site(root, title, day, libraries)
            except TemplateProblem as problem:
                self.findings.append(problem.finding())
                continue
            for path, text in beside.items():
                self._add(Output(path, File(text, name, fragment=False), name, place))

    def _report_no_page(self) -> None:
        """Report that there is no page at all, if paths of pages are set or nothing else is built."""
        start = Place(FILE, 1, 1)  # the place of default paths
        explicit = [path.place for path in self.site.settings.pages.values() if path.place != start]
        if explicit or not self.site.settings.partials:
            place = explicit[0] if explicit else start
            hint = "write a page in content/, such as content/page.md"
            message = f"no page stands for any product on {self.day}"
            self.findings.append(Finding("no-page", message, place, hint, severity="warning"))

    def _add(self, output: Output) -> None:
        """Claim a path of the output, and add its file if it has one."""
        finding = self._claims.claim(output.path, output.owner, output.place, self._missing.get(output.owner, ""))
        if finding is not None:
            self._report(finding, output.owner)
        elif output.file is not None:
            self.files[output.path] = output.file

    def _report(self, finding: Finding, owner: str) -> None:
        """Report a problem of a path once for each setting."""
        if (finding.code, finding.place, owner) not in self._reported:
            self._reported.add((finding.code, finding.place, owner))
            self.findings.append(finding)


def _missing_ids(settings: Settings) -> dict[str, str]:
    """The ids that the paths of partials and pages do not name, by partial or format."""
    both: tuple[str, ...] = ("product.id", "library.id")
    named = {name: (path.text, both) for name, path in settings.pages.items()}
    named |= {name: (partial.path.text, partial.ids) for name, partial in settings.partials.items()}
    return {name: "/".join(f"<< {id_} >>" for id_ in ids if id_ not in path) for name, (path, ids) in named.items()}
