"""How a site wants a format written: its settings, over the format's own."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import field
from types import MappingProxyType
from typing import TYPE_CHECKING

from sitegen.frozen import frozen

if TYPE_CHECKING:
    from sitegen.tables.grids import Span


@frozen
class Style:
    """Settings of one format.

    words: how a state of support (`yes`, `no`, ...) is written, in the language of the format.
    levels: what a level of alert (`note`, `warning`, ...) is called.
    alert: the text before and after an alert; `{level}` is replaced by its level.
    links: `inline` or `reference`.
    partial: how a page refers to a fragment; `{path}` is replaced by its path.
    indent: the text before a line of a cell that belongs to the line above.
    url: where the site is published, for canonical links and the site map.
    base_url: what a target that begins with `/` is put after, where the format wants whole URLs.
    annotate: whether values carry the places of their facts, as a preview wants. Never in what is published.
    """

    words: ReadOnly[str, str] = field(default_factory=lambda: MappingProxyType({}))
    levels: ReadOnly[str, str] = field(default_factory=lambda: MappingProxyType({}))
    alert: tuple[str, str] = ("", "")
    links: str = "inline"
    partial: str = ""
    indent: str = ""
    base_url: str = ""
    url: str = ""
    annotate: bool = False

    def whole(self, target: str) -> str:
        """The target of a link, below the site's URL where it begins with `/`."""
        return self.base_url.rstrip("/") + target if target.startswith("/") else target

    def word(self, state: Span) -> str:
        """The word for a state: the column's, else the site's, else the usual one. No cell is blank."""
        return state.words or self.words.get(state.text) or state.label or "not stated"
