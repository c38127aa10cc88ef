"""Output formats: how a document is written as Hugo Markdown, Markdoc or HTML. A format cannot see facts.

A new format is a module and an entry in `FORMATS`.

May import: dates, frozen, findings, templates, facts, markdown, tables, documents.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from types import MappingProxyType
from typing import TYPE_CHECKING, Protocol

from sitegen.formats import html, hugo, markdoc
from sitegen.frozen import frozen

if TYPE_CHECKING:
    from sitegen.documents.documents import About, Document, NavItem, Partial
    from sitegen.formats.html import Content
    from sitegen.formats.style import Style
    from sitegen.templates.template import FileTemplates


class Writer(Protocol):
    """Writes the documents of one build in a format, and keeps what they share. It cannot see facts."""

    def write(self, document: Document) -> str | Content:
        """The text of a page. A page of a site has no frame yet, and comes with its twin in plain Markdown."""


class FragmentWriter(Writer, Protocol):
    """One that writes fragments too."""

    def fragment(self, partial: Partial) -> str:
        """The text of a fragment. Raises TemplateProblem."""


class SiteWriter(Writer, Protocol):
    """One whose pages make a site."""

    def page(self, content: Content, about: About) -> str:
        """The text of a page. Raises TemplateProblem."""

    def library(self, id_: str, root: str) -> dict[str, str]:
        """The files next to the pages of a library, requested once after these are written."""

    def site(self, root: str, title: str, as_of: str, libraries: ReadOnly[str, tuple[NavItem, ...]]) -> dict[str, str]:
        """The files next to all pages, which are given by the ids of their libraries. Raises TemplateProblem."""


@frozen
class Format:
    """How documents are written down.

    `pages` and `fragments` say where, and `templates` is the folder of its templates. A format has fragments where it
    has a place for them, and twins of its pages where these make a `site`.
    """

    writer: Callable[[Style, FileTemplates], Writer]
    defaults: Style
    pages: str
    templates: str = "partials/"
    fragments: str = ""
    fragment_suffix: str = ""
    site: bool = False


_PLACE = "<< product.id >>/<< library.id >>"
FORMATS: ReadOnly[str, Format] = MappingProxyType(
    {
        "hugo": Format(
            hugo.Writer,
            hugo.DEFAULTS,
            pages=f"hugo/content/{_PLACE}.md",
            fragments="hugo/layouts/partials",
            fragment_suffix=".html",
        ),
        "markdoc": Format(
            markdoc.Writer,
            markdoc.DEFAULTS,
            pages=f"markdoc/{_PLACE}.md",
            fragments="markdoc/partials",
            fragment_suffix=".md",
        ),
        "html": Format(
            html.Writer,
            html.DEFAULTS,
            pages=f"html/{_PLACE}/index.html",
            templates="themes/default/",
            site=True,
        ),
    }
)
