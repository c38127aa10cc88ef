"""MkDocs: Markdown for Python-Markdown with the extensions `toc`, `tables` and `fenced_code`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sitegen.formats.escapes import Where
from sitegen.formats.front_matter import front_matter
from sitegen.formats.github import GitHubDocumentWriter, GitHubWriter
from sitegen.formats.style import Style
from sitegen.markdown.inline import Parts
from sitegen.templates.placeholders import deferrable

if TYPE_CHECKING:
    from sitegen.tables.grids import Span

DEFAULTS = Style(
    words={"yes": "✓ yes"},
    levels={"note": "note", "tip": "tip", "important": "info", "warning": "warning", "caution": "danger"},
    alert=("> **{title}**\n>", ""),
    indent="→ ",
)


class _MkDocsDocumentWriter(GitHubDocumentWriter):
    reader = "mkdocs"
    has_footnotes = False
    mark = r"\[^{}]"  # no reference to a footnote of the author in a file with a region

    def page(self) -> str:
        return f"{front_matter(self.document.meta, self.document.sources)}\n{self.title()}{self.text()}\n"

    def target(self, target: str, *, image: bool) -> str:
        """The target of a link, without `&#`, at which the HTML parser of Python-Markdown stops."""
        return super().target(target, image=image).replace("&#", "&amp;#")

    def _code(self, parts: Parts) -> str:
        text = self.document.text(parts)
        return _code_element(text, self.escape(text), super()._code(parts))

    def _span(self, span: Span, where: Where) -> str:
        written = super()._span(span, where)
        return _code_element(span.text, self.escape(span.text), written) if span.kind == "code" else written


@deferrable
def _code_element(text: str, escaped: str, span: str) -> str:
    """A code span, or an element if Python-Markdown would read HTML in it, or show a backslash before a pipe in it."""
    return f"<code>{escaped}</code>" if re.search(r"\||<[A-Za-z/!?]|&#", text) else span


class MkDocsWriter(GitHubWriter):
    """Writes the pages and fragments of a build for MkDocs."""

    document_writer = _MkDocsDocumentWriter
