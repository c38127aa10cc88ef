"""Markdoc, as published for language models: heading ids, tags for alerts, whole URLs, no HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sitegen.formats.escapes import escape_text
from sitegen.formats.markdown import MarkdownPages, MarkdownWriter, front_matter
from sitegen.formats.style import Style

if TYPE_CHECKING:
    from sitegen.documents.documents import Document, Partial
    from sitegen.templates.template import FileTemplates

DEFAULTS = Style(
    words={"yes": "yes", "no": ""},
    levels={"note": "info", "tip": "success", "important": "info", "warning": "warning", "caution": "danger"},
    alert=('{% alert level="{level}" %}', "{% /alert %}"),
)


class _Writer(MarkdownWriter):
    def target(self, target: str, *, image: bool) -> str:
        """Whole URLs; a page of the site is read as its `.md` twin."""
        if not target.startswith("/") or not self.style.base_url:
            return target
        path, hash_, fragment_ = target.partition("#")
        path, query, parameters = path.partition("?")
        name = path.rstrip("/").rsplit("/", 1)[-1]
        if not image and "." not in name and path != "/":
            path = path.rstrip("/") + ".md"
        return self.style.whole(path) + query + parameters + hash_ + fragment_

    def heading(self, level: int, text: str, anchor: str, *, explicit: bool) -> str:
        return f"{'#' * level} {text}" + (f"{{% #{anchor} %}}" if anchor else "")

    def alert(self, level: str, lines: list[str]) -> list[str]:
        opening, closing = (part.replace("{level}", self.style.levels.get(level, level)) for part in self.style.alert)
        return [opening, *lines, closing]


class Writer(MarkdownPages):
    """Writes the pages and fragments of a build."""

    writer = _Writer

    def __init__(self, style: Style, templates: FileTemplates) -> None:
        super().__init__(style)

    def write(self, document: Document) -> str:
        """A page as Markdoc reads it; its title is above the text."""
        title = f"# {escape_text(document.title)}\n\n" if document.title else ""
        head = front_matter(document.meta, document.sources) + "\n" + title
        return f"{head}{self.writer_of(document).text()}\n"

    def fragment(self, partial: Partial) -> str:
        """A fragment: its tables, below a front matter that names their sources."""
        return f"{front_matter({}, partial.sources)}\n{self.writer_of().partial(partial)}\n"
