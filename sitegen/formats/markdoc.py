"""Markdoc, as published for language models: heading ids, tags for alerts, absolute URLs, no HTML."""

from __future__ import annotations

import re
from urllib.parse import unquote

from sitegen.formats.markdown import DocumentWriter
from sitegen.formats.style import Style
from sitegen.markdown.blocks import Block, Fence
from sitegen.markdown.inline import Piece, Tag
from sitegen.templates.placeholders import deferrable, known

DEFAULTS = Style(
    levels={"note": "info", "tip": "success", "important": "info", "warning": "warning", "caution": "danger"},
    alert=('{% alert level="{level}" %}', "{% /alert %}"),
)


class MarkdocDocumentWriter(DocumentWriter):
    """Writes pages for Markdoc."""

    def target(self, target: str, *, image: bool) -> str:
        """An absolute URL. A page of the site is linked as Markdown, with the ending `.md`."""
        if target.startswith("#") and (id_ := unquote(known(target)[1:])) in self.document.anchors:
            return f"#{_id_of_markdoc(id_).removesuffix(id_)}{target[1:]}"
        if not target.startswith("/") or not self.style.base_url:
            return target
        path, hash_, fragment_ = target.partition("#")
        path, query, parameters = path.partition("?")
        name = path.rstrip("/").rsplit("/", 1)[-1]
        if not image and "." not in name and path != "/":
            path = path.rstrip("/") + ".md"
        return self.style.absolute(path) + query + parameters + hash_ + fragment_

    def _piece(self, piece: Piece, before: str) -> str:
        is_comment = isinstance(piece, Tag) and str(piece.parts[0]).startswith("<!--")  # which Markdoc would show
        return "" if is_comment else super()._piece(piece, before)

    def _block(self, block: Block) -> list[str]:
        lines = super()._block(block)
        is_source = isinstance(block, Fence) and "{%" in known("\n".join(lines[1:])) and "{%" not in lines[0]
        return [lines[0] + " {% process=false %}", *lines[1:]] if is_source else lines

    def heading_id(self, anchor: str, text: str, *, explicit: bool) -> str:
        return _id_tag(anchor) if anchor else ""

    def alert(self, level: str, lines: list[str]) -> list[str]:
        opening, closing = self.alert_ends(level)
        return [opening, *lines, closing]


def _id_of_markdoc(anchor: str) -> str:
    """The id of a heading. In Markdoc, it must begin with a letter of ASCII; no other id begins with a capital one."""
    return anchor if re.match("[a-z]", anchor, re.IGNORECASE | re.ASCII) else f"Section-{anchor}"


@deferrable
def _id_tag(anchor: str) -> str:
    """The tag of a heading with its id."""
    id_ = _id_of_markdoc(anchor)
    return f"{{% #{id_} %}}" if id_.isascii() else f'{{% id="{id_}" %}}'
