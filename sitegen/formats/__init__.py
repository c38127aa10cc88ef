"""Output formats: how a document is written as Hugo Markdown, Markdoc, HTML and others. Formats do not read records.

A new format is a module and an entry in `FORMATS`. Other packages add formats with entry points.

May import: frozen, findings, languages, templates, facts, markdown, tables, documents.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from sitegen.formats import github, html, hugo, markdoc, mdx, mkdocs, rst
from sitegen.formats.markdown import MarkdownWriter
from sitegen.formats.style import STYLE_KEYS
from sitegen.frozen import frozen

if TYPE_CHECKING:
    from sitegen.documents.documents import About, Document, NavItem, Partial
    from sitegen.formats.html import Content
    from sitegen.formats.style import Style
    from sitegen.templates.template import FileTemplates


class FormatWriter(Protocol):
    """Writes the documents of one build in a format, and keeps the texts that they share."""

    def write(self, document: Document) -> str | Content:
        """The text of a page. For a page of a site, its content without the frame, and its twin in plain Markdown."""


class FragmentWriter(FormatWriter, Protocol):
    """A writer of a format that has fragments: partials in files of their own."""

    def fragment(self, partial: Partial) -> str:
        """The text of a fragment. Raises TemplateProblem."""

    def region(self, partial: Partial) -> str:
        """The same tables for a file written by hand, without a comment. Raises TemplateProblem."""


class SiteWriter(FormatWriter, Protocol):
    """A writer of a format whose pages form a site."""

    def page(self, content: Content, about: About) -> str:
        """The text of a page with its frame. Raises TemplateProblem."""

    def redirect(self, content: Content, about: About, path: str) -> dict[str, str]:
        """The files that lead from a former path of a page to the page."""

    def library(self, id_: str, root: str) -> dict[str, str]:
        """The other files of a library by path, requested once after its pages are written."""

    def site(self, root: str, title: str, as_of: str, libraries: ReadOnly[str, tuple[NavItem, ...]]) -> dict[str, str]:
        """The other files of the site by path. `libraries` are the pages by library id. Raises TemplateProblem."""


@frozen
class Format:
    """An output format.

    `pages` and `fragments` are the default paths; without `fragments`, the format has none. `comment` is the syntax of
    a comment on a line of its own. `templates` is the folder of its templates. `site` is true if its pages form a site;
    then each page has a twin. `redirects` is true if readers of a former path of a page reach the page. `settings` are
    the keys of the style that the format uses.
    """

    writer: Callable[[Style, FileTemplates], FormatWriter]
    defaults: Style
    pages: str
    templates: str = "partials/"
    fragments: str = ""
    fragment_suffix: str = ""
    comment: tuple[str, str] = ("<!-- ", " -->")
    site: bool = False
    redirects: bool = False
    settings: tuple[str, ...] = STYLE_KEYS


# The formats of a site that does not choose any.
USUAL = ("hugo", "markdoc", "html")
_USUAL_SETTINGS = ("words", "levels", "alert")
_PATH = "<< product.id >>/<< library.id >>"
_FORMATS: dict[str, Format] = {
    "hugo": Format(
        hugo.HugoWriter,
        hugo.DEFAULTS,
        pages=f"hugo/content/{_PATH}.md",
        fragments="hugo/layouts/partials",
        fragment_suffix=".html",
        redirects=True,
        settings=(*_USUAL_SETTINGS, "unsafe", "indent", "links", "partial", "tables"),
    ),
    "markdoc": Format(
        partial(MarkdownWriter, markdoc.MarkdocDocumentWriter),
        markdoc.DEFAULTS,
        pages=f"markdoc/{_PATH}.md",
        fragments="markdoc/partials",
        fragment_suffix=".md",
        comment=('[//]: # "', '"'),  # it shows comments of HTML as text
        settings=(*_USUAL_SETTINGS, "unsafe"),
    ),
    "html": Format(
        html.HtmlWriter,
        html.DEFAULTS,
        pages=f"html/{_PATH}/index.html",
        templates="themes/default/",
        site=True,
        redirects=True,
        settings=("words", "levels", "url", "data"),
    ),
    "github": Format(
        partial(MarkdownWriter, github.GitHubDocumentWriter),
        github.DEFAULTS,
        pages=f"github/{_PATH}.md",
        fragments="github/partials",
        fragment_suffix=".md",
        settings=(*_USUAL_SETTINGS, "indent"),
    ),
    "mdx": Format(
        partial(MarkdownWriter, mdx.MdxDocumentWriter),
        mdx.DEFAULTS,
        pages=f"mdx/{_PATH}.mdx",
        fragments="mdx/_partials",
        fragment_suffix=".mdx",
        comment=("{/* ", " */}"),
        settings=(*_USUAL_SETTINGS, "unsafe", "indent"),
    ),
    "mkdocs": Format(
        partial(MarkdownWriter, mkdocs.MkDocsDocumentWriter),
        mkdocs.DEFAULTS,
        pages=f"mkdocs/docs/{_PATH}.md",
        fragments="mkdocs/partials",
        fragment_suffix=".md",
        settings=(*_USUAL_SETTINGS, "unsafe", "indent"),
    ),
    "rst": Format(
        partial(MarkdownWriter, rst.RstDocumentWriter),
        rst.DEFAULTS,
        pages=f"rst/{_PATH}.rst",
        fragments="rst/partials",
        fragment_suffix=".inc",
        comment=(".. ", ""),
        settings=_USUAL_SETTINGS,
    ),
}
FORMATS: ReadOnly[str, Format] = MappingProxyType(_FORMATS)
_GROUP = "sitegen.formats"
_packages: set[str] = set()  # those that added formats


def add_format(name: str) -> str:
    """Add a format that another package names in an entry point. Returns the problem, or an empty text."""
    from importlib.metadata import entry_points  # noqa: PLC0415 - few sites need it, and the import takes long

    try:
        for point in entry_points(group=_GROUP, name=name):
            format_ = point.load()
            if not isinstance(format_, Format):
                return f"{point.value} is not a Format"
            _FORMATS[name] = format_
            _packages.add(point.module.partition(".")[0])
            return ""
    except Exception as error:  # noqa: BLE001 - any error of another package
        return str(error)
    return "no installed package has it"


def added_files() -> list[str]:
    """The modules of packages that added formats, which output depends on."""
    loaded = [module for name, module in sys.modules.items() if _packages and name.partition(".")[0] in _packages]
    return sorted(file for module in loaded if (file := getattr(module, "__file__", None)))
