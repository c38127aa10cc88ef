"""MkDocs: Markdown for Python-Markdown with the extensions `toc`, `tables` and `fenced_code`."""

from __future__ import annotations

import re

from sitegen.formats.escapes import Where
from sitegen.formats.github import GitHubDocumentWriter, GitHubWriter
from sitegen.formats.style import Style
from sitegen.markdown.inline import Inline, Parts
from sitegen.tables.grids import Span
from sitegen.templates.placeholders import deferrable

DEFAULTS = Style(
    words={"yes": "✓ yes"},
    levels={"note": "note", "tip": "tip", "important": "info", "warning": "warning", "caution": "danger"},
    alert=("> **{title}**\n>", ""),
    indent="→ ",
)


class _MkDocsDocumentWriter(GitHubDocumentWriter):
    reader = "mkdocs"
    has_front_matter = True
    has_footnotes = False
    mark = r"\[^{}]"  # no reference to a footnote of the author in a file with a region

    def target(self, target: str, *, image: bool) -> str:
        """The target of a link, without `&#`, at which the HTML parser of Python-Markdown stops."""
        return super().target(target, image=image).replace("&#", "&amp;#")

    def inline(self, inline: Inline, before: str = " text ") -> str:
        return super().inline(_with_deletions(inline), before)

    def _code(self, parts: Parts) -> str:
        text = self.document.text(parts)
        return _code_element(text, self.escape(text), super()._code(parts))

    def _span(self, span: Span, where: Where) -> str:
        written = super()._span(span, where)
        return _code_element(span.text, self.escape(span.text), written) if span.kind == "code" else written


_STRUCK = re.compile(r"(?<![\\~])~~(?=[^\s~]|\Z)"), re.compile(r"(?<![\s\\~])~~(?!~)")  # begin, end


def _with_deletions(inline: Inline) -> Inline:
    """Markdown with elements in place of `~~`, which Python-Markdown does not read."""
    pieces, at, place = list(inline), 0, 0
    found: list[tuple[int, int]] = []
    while at < len(pieces):
        piece = pieces[at]
        match = _STRUCK[len(found) % 2].search(piece, place) if isinstance(piece, str) else None
        at, place = (at, match.end()) if match else (at + 1, 0)
        found += [(at, match.start())] if match else []
    for number, (at, place) in reversed([*enumerate(found[: len(found) // 2 * 2])]):
        text = str(pieces[at])
        pieces[at] = f"{text[:place]}<{'/' * (number % 2)}del>{text[place + 2 :]}"
    return tuple(pieces)


@deferrable
def _code_element(text: str, escaped: str, span: str) -> str:
    """A code span, or an element if Python-Markdown would read HTML in it, or show a backslash before a pipe in it."""
    return f"<code>{escaped}</code>" if re.search(r"\||<[A-Za-z/!?]|&#", text) else span


class MkDocsWriter(GitHubWriter):
    """Writes the pages and fragments of a build for MkDocs."""

    document_writer = _MkDocsDocumentWriter
