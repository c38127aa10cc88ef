"""Hugo: pages in Markdown with shortcodes, and fragments in HTML for `layouts/partials`.

Hugo reads a fragment as a Go template, so each brace and backtick of a value is encoded.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import cached_property
from weakref import WeakKeyDictionary

from sitegen.documents.documents import EMPTY, Document, MetaValue, Partial
from sitegen.formats.front_matter import front_matter
from sitegen.formats.html import relative
from sitegen.formats.html_fragments import HtmlFragmentWriter
from sitegen.formats.markdown import DocumentWriter, MarkdownWriter
from sitegen.formats.style import Style
from sitegen.markdown.blocks import LEVELS
from sitegen.tables.grids import Table
from sitegen.templates.placeholders import deferrable, known
from sitegen.templates.template import FileTemplates

DEFAULTS = Style(
    words={"yes": "✓ yes"},
    levels=dict.fromkeys(LEVELS, ""),
    alert=("> [!{level}]", ""),
    links="inline",
    partial='{{< partial name="{path}" >}}',
    indent="→ ",
)
# The names of levels of alerts in Bootstrap and themes based on it.
_CLASSES = {"note": "info", "tip": "success", "important": "info", "warning": "warning", "caution": "danger"}


class _HugoDocumentWriter(DocumentWriter):
    reader = "hugo"
    has_footnotes = True

    @cached_property
    def references(self) -> dict[str, int]:
        """The numbers of link targets, as far as the document is written."""
        return {}

    @cached_property
    def numbers(self) -> Iterator[int]:
        """The numbers that the author has not used for links."""
        return self.free_numbers(r"\[([0-9]{1,9})\]")

    def title(self) -> str:
        return ""  # the front matter has it

    def with_notes(self, text: str) -> str:
        numbers = "".join(f"[{number}]: {target}\n" for target, number in self.references.items())
        return "\n".join(filter(None, [super().with_notes(text), numbers]))

    def head(self, sources: tuple[str, ...]) -> str:
        return front_matter(self._meta(), sources)

    def _meta(self) -> ReadOnly[str, MetaValue]:
        """The front matter, with aliases for the former paths of the page."""
        meta, about = self.document.meta, self.document.about
        if not about.former:
            return meta
        key = next((key for key in meta if key.lower() == "aliases"), "aliases")
        own = meta.get(key, ())
        written = own if isinstance(own, tuple) else (own,) if isinstance(own, str) else ()
        added = (_alias(about.path, former) for former in about.former)
        return {**meta, key: (*written, *(alias for alias in added if alias not in written))}

    def link(self, text: str, target: str, title: str) -> str:
        if title or self.style.links != "reference":
            return super().link(text, target, title)
        if known(target) not in self.references:
            self.references[target] = next(self.numbers)
        return f"[{text}][{self.references[target]}]"

    def heading_id(self, anchor: str, text: str, *, explicit: bool) -> str:
        return f" {{#{anchor}}}" if explicit else _id_if_needed(anchor, text) if anchor else ""

    def level_name(self, level: str) -> str:
        usual = level.upper() if self.style.alert[0].startswith(">") else _CLASSES[level]
        return self.style.levels.get(level) or usual

    def attributes(self, table: Table) -> list[str]:
        classes = table.style.over(self.style.tables).classes
        return [f'{{class="{classes}"}}'] if classes else []

    def join_lines(self, levels_and_lines: list[tuple[int, str]]) -> str:
        self.line_break = "<br>" if self.style.unsafe else ""  # else Hugo omits HTML
        return super().join_lines(levels_and_lines)

    def partial(self, partial: Partial) -> str:
        return self.style.partial.replace("{path}", f"{partial.path}.html")


class _HugoRegionWriter(_HugoDocumentWriter):
    partial = DocumentWriter.partial


def _alias(path: str, former: str) -> str:
    """A former path of a page as an alias, which Hugo reads relative to the folder above the address of the page."""
    root, folder = f"/{path}".partition("/content/")[0] + "/content", _address(path).rpartition("/")[0]
    return relative(_address(former).lower(), max(folder, root) if f"/{path}".startswith(f"{root}/") else folder) + "/"


def _address(path: str) -> str:
    """The address of a page, with the folders above it."""
    return "/" + re.sub(r"(/_?index)?\.md$", "", path)


@deferrable
def _id_if_needed(anchor: str, text: str) -> str:
    """An id for a heading, unless Hugo generates it from the text, which has nothing that Hugo reads differently."""
    return f" {{#{anchor}}}" if re.search(r"[&<]|\{\{|\[\^|--", text) else ""


class HugoWriter(MarkdownWriter):
    """Writes the pages and fragments of a build for Hugo."""

    def __init__(self, style: Style, templates: FileTemplates) -> None:
        super().__init__(_HugoDocumentWriter, style)
        self._fragments = HtmlFragmentWriter(templates, style)

    def fragment(self, partial: Partial) -> str:
        return self._fragments.fragment(partial)

    def region(self, partial: Partial) -> str:
        """The tables of a partial in Markdown. A page has its own numbers of links, so there are none."""
        style = replace(self._style, links="inline")
        return _HugoRegionWriter(style, WeakKeyDictionary()).region(partial)

    def writer_of(self, document: Document = EMPTY) -> DocumentWriter:
        """A writer for a document."""
        if self._style.links == "reference":
            self._rows.clear()  # the numbers of links differ between documents
        return super().writer_of(document)
