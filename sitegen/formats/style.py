"""The style of a format: its default settings, which the settings of a site override."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import field
from types import MappingProxyType

from sitegen.frozen import frozen
from sitegen.languages.catalogue import Language, english
from sitegen.tables.grids import Span
from sitegen.tables.styles import TableStyle

DATA = ("api", "endoflife", "calendar", "feed", "llms")
STYLE_KEYS = ("words", "levels", "alert", "links", "partial", "indent", "url", "unsafe", "tables", "data")


@frozen
class Style:
    """Settings of one format.

    words: the words for states of support (`yes`, `no`, ...), in the syntax of the format.
    levels: the names of the levels of alerts (`note`, `warning`, ...).
    alert: the text before and after an alert; `{level}` is replaced by the name of its level.
    links: `inline` or `reference`.
    partial: how a page includes a fragment; `{path}` is replaced by its path.
    indent: the text before a line of a cell that belongs to the line above.
    url: the URL of the published site, for canonical links and the site map.
    base_url: the URL before link targets that begin with `/`, if the format needs absolute URLs.
    data: which files for machines the site has, of DATA.
    annotate: whether values have the places of their facts, for the preview.
    unsafe: whether the reader of the format keeps HTML in Markdown.
    tables: how tables look in HTML, unless they have a style of their own.
    language: the texts of the format itself.
    """

    words: ReadOnly[str, str] = field(default_factory=lambda: MappingProxyType({}))
    levels: ReadOnly[str, str] = field(default_factory=lambda: MappingProxyType({}))
    alert: tuple[str, str] = ("", "")
    links: str = "inline"
    partial: str = ""
    indent: str = ""
    base_url: str = ""
    url: str = ""
    data: tuple[str, ...] = ()
    annotate: bool = False
    unsafe: bool = False
    tables: TableStyle = TableStyle()
    language: Language = field(default_factory=english)

    def absolute(self, target: str) -> str:
        """The target of a link, with the base URL if it begins with `/`."""
        return self.base_url.rstrip("/") + target if target.startswith("/") else target

    def word(self, state: Span) -> str:
        """The word for a state: of its column, of the settings, or the default. It is never empty."""
        return state.words or self.words.get(state.text) or state.label or self.language.text("not stated")

    def alert_title(self, level: str) -> str:
        """The title of an alert: of the settings, or in the language."""
        return self.levels.get(level) or self.language.text(f"alert.{level}")
