"""How a site wants a dialect written: its settings, over the dialect's own."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import field
from types import MappingProxyType

from sitegen.frozen import frozen


@frozen
class Style:
    """Settings of one dialect.

    words: what stands for a state of support (`yes`, `no`, ...), in the dialect's own language.
    levels: what a level of alert (`note`, `warning`, ...) is called.
    alert: what opens and what closes an alert; `{level}` stands for its level.
    links: `inline` or `reference`.
    partial: how a page refers to a fragment; `{path}` stands for its path.
    indent: what stands before a line of a cell that stands below another.
    url: where the site is published, for canonical links and the site map.
    base_url: what a target that begins with `/` is put after, where the dialect wants whole URLs.
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
