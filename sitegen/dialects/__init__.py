"""The dialects: how a document is written down. A new one is a module and a line in `DIALECTS`."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from types import MappingProxyType

from sitegen.dialects import html, hugo, markdoc
from sitegen.dialects.style import Style
from sitegen.documents import Document, Partial
from sitegen.templates import FileTemplates


@dataclass(frozen=True, slots=True)
class Dialect:
    """Writes documents and fragments as text, and cannot see facts.

    `templates` is the folder of its templates, `site` makes the files that stand beside
    its pages, and `twin` is the dialect whose pages stand beside its own.
    """

    page: Callable[[Document, Style, FileTemplates], str]
    defaults: Style
    pages: str
    templates: str = "partials/"
    fragment: Callable[[Partial, Style, FileTemplates], str] | None = None
    fragments: str = ""
    fragment_suffix: str = ""
    site: Callable[[ReadOnly[str, Document], Style, FileTemplates], dict[str, str]] | None = None
    twin: str = ""


_PLACE = "<< product.id >>/<< library.id >>"
DIALECTS: ReadOnly[str, Dialect] = MappingProxyType(
    {
        "hugo": Dialect(
            hugo.page,
            hugo.DEFAULTS,
            pages=f"hugo/content/{_PLACE}.md",
            fragment=hugo.fragment,
            fragments="hugo/layouts/partials",
            fragment_suffix=".html",
        ),
        "markdoc": Dialect(
            markdoc.page,
            markdoc.DEFAULTS,
            pages=f"markdoc/{_PLACE}.md",
            fragment=markdoc.fragment,
            fragments="markdoc/partials",
            fragment_suffix=".md",
        ),
        "html": Dialect(
            html.page,
            html.DEFAULTS,
            pages=f"html/{_PLACE}/index.html",
            templates="themes/default/",
            site=html.site,
            twin="markdoc",
        ),
    }
)
