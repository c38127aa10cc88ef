"""Markdoc, as published for language models: heading ids, tags for alerts, whole URLs, no HTML."""

from __future__ import annotations

from sitegen.dialects.markdown import MarkdownPages, MarkdownWriter, escape_text, front_matter
from sitegen.dialects.style import Style
from sitegen.documents import Document, Partial
from sitegen.templates import FileTemplates

DEFAULTS = Style(
    words={"yes": "yes", "no": ""},
    levels={"note": "info", "tip": "success", "important": "info", "warning": "warning", "caution": "danger"},
    alert=('{% alert level="{level}" %}', "{% /alert %}"),
)


class Writer:
    """Writes the pages and fragments of a build."""

    def __init__(self, style: Style, templates: FileTemplates) -> None:
        self.style = style
        self._pages = MarkdownPages(lambda document, tables, gaps: _Writer(style, document, tables, gaps))

    def page(self, document: Document) -> tuple[str, ...]:
        """A page as Markdoc reads it; its title stands above the text."""
        title = f"# {escape_text(document.title)}\n\n" if document.title else ""
        head = front_matter(document.meta, document.sources) + "\n" + title
        return (head, *self._pages.body(document), "\n")

    def fragment(self, partial: Partial) -> tuple[str, ...]:
        """A fragment: its tables, below a front matter that names their sources."""
        writer = _Writer(self.style, tables=self._pages.tables)
        return front_matter({}, partial.sources) + "\n", writer.partial(partial), "\n"


class _Writer(MarkdownWriter):
    def escape(self, text: str) -> str:
        return escape_text(text)

    def target(self, target: str, *, image: bool) -> str:
        """Whole URLs; a page of the site is read as its `.md` twin."""
        if not target.startswith("/") or not self.style.base_url:
            return target
        path, hash_, fragment_ = target.partition("#")
        path, query, parameters = path.partition("?")
        name = path.rstrip("/").rsplit("/", 1)[-1]
        if not image and "." not in name and path != "/":
            path = path.rstrip("/") + ".md"
        return self.style.base_url.rstrip("/") + path + query + parameters + hash_ + fragment_

    def link(self, text: str, target: str, title: str) -> str:
        return f"[{text}]({target}" + (f' "{title}")' if title else ")")

    def heading(self, level: int, text: str, anchor: str, *, explicit: bool) -> str:
        return f"{'#' * level} {text}" + (f"{{% #{anchor} %}}" if anchor else "")

    def alert(self, level: str, lines: list[str]) -> list[str]:
        opening, closing = (part.replace("{level}", self.style.levels.get(level, level)) for part in self.style.alert)
        return [opening, *lines, closing]

    def partial(self, partial: Partial) -> str:
        return "\n\n".join(self.table(table) for table in partial.tables)

    def joined(self, levels_and_lines: list[tuple[int, str]]) -> str:
        return joined_lines(levels_and_lines)


def joined_lines(levels_and_lines: list[tuple[int, str]]) -> str:
    """The lines of a cell as one, without HTML: `a: b, c`."""
    text = ""
    before = 0
    for level, line in levels_and_lines:
        text += (": " if level > before else ", ") + line if text else line
        before = level
    return text
