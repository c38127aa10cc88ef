"""Hugo: pages in Markdown with shortcodes, fragments as HTML for `layouts/partials`.

A fragment is a Go template for Hugo, so every brace and backtick of a value is encoded.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sitegen.formats.escapes import escape_quotes, escape_text
from sitegen.formats.html_tables import FragmentWriter
from sitegen.formats.markdown import MarkdownPages, MarkdownWriter, front_matter
from sitegen.formats.style import Style
from sitegen.markdown.blocks import inlines
from sitegen.templates.placeholders import known

if TYPE_CHECKING:
    from sitegen.documents.documents import Document, Partial
    from sitegen.templates.template import FileTemplates

DEFAULTS = Style(
    words={"yes": "{{< X >}}", "no": ""},
    levels={"note": "info", "tip": "success", "important": "info", "warning": "warning", "caution": "danger"},
    alert=('<div class="alert alert-{level}">', "</div>"),
    links="inline",
    partial='{{< partial name="{path}" >}}',
    indent="→ ",
)


class _Writer(MarkdownWriter):
    @cached_property
    def references(self) -> dict[str, int]:
        """The numbers of the targets so far."""
        return {}

    @cached_property
    def numbers(self) -> Iterator[int]:
        """The numbers that the author has not used."""
        blocks = self.document.blocks
        prose = "".join(piece for inline in inlines(blocks) for piece in inline if isinstance(piece, str))
        used = {int(number) for number in re.findall(r"\[([0-9]{1,9})\]", prose)}
        return (number for number in itertools.count(1) if number not in used)

    def escape(self, text: str) -> str:
        return escape_quotes(escape_text(text))

    def link(self, text: str, target: str, title: str) -> str:
        if title or self.style.links != "reference":
            return super().link(text, target, title)
        if known(target) not in self.references:
            self.references[target] = next(self.numbers)
        return f"[{text}][{self.references[target]}]"

    def heading(self, level: int, text: str, anchor: str, *, explicit: bool) -> str:
        return f"{'#' * level} {text}" + (f" {{#{anchor}}}" if explicit else "")

    def alert(self, level: str, lines: list[str]) -> list[str]:
        opening, closing = (part.replace("{level}", self.style.levels.get(level, level)) for part in self.style.alert)
        if opening.startswith(">"):
            return [opening, *(f"> {line}".rstrip() for line in lines)]
        return [opening, "", *lines, "", closing]

    def partial(self, partial: Partial) -> str:
        return self.style.partial.replace("{path}", f"{partial.path}.html")

    def joined(self, levels_and_lines: list[tuple[int, str]]) -> str:
        lines = [(self.style.indent if level else "") + line for level, line in levels_and_lines]
        return "<br>".join(lines)


class Writer(MarkdownPages):
    """Writes the pages and fragments of a build."""

    writer = _Writer

    def __init__(self, style: Style, templates: FileTemplates) -> None:
        super().__init__(style)
        self._fragments = FragmentWriter(templates)

    def write(self, document: Document) -> str:
        """A page as Hugo reads it."""
        # The numbers of reference links depend on the page, so that its rows are its own.
        rows = WeakKeyDictionary() if self.style.links == "reference" else self._rows
        writer = _Writer(self.style, rows, document)
        text = f"{front_matter(document.meta, document.sources)}\n{writer.text()}\n"
        numbers = "".join(f"[{number}]: {target}\n" for target, number in writer.references.items())
        return f"{text}\n{numbers}" if numbers else text

    def fragment(self, partial: Partial) -> str:
        """A fragment as a Hugo partial. Raises TemplateProblem."""
        return self._fragments.fragment(partial)
