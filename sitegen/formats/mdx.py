"""MDX, as Docusaurus reads it: Markdown in which `{` begins an expression and `<` an element."""

from __future__ import annotations

import re

from sitegen.formats.github import GitHubDocumentWriter
from sitegen.formats.style import Style
from sitegen.markdown.inline import Anchor, Code, Hole, Tag
from sitegen.templates.placeholders import known

DEFAULTS = Style(
    words={"yes": "✓ yes"},
    levels={"note": "note", "tip": "tip", "important": "info", "warning": "warning", "caution": "danger"},
    alert=(":::{level}", ":::"),
    indent="→ ",
)
_VOID = ("area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
# What an author writes as text: an escaped sign, a sign that begins syntax of MDX, a word that begins a module.
_TEXT = re.compile(r"\\[^\w\s]|[{}<]|:(?=[^\W\d]|::)|(?m:^(?:im|ex)port(?=[ \t{*]))")


class MdxDocumentWriter(GitHubDocumentWriter):
    """Writes pages in MDX."""

    reader = "mdx"
    has_front_matter = True
    line_break = "<br />"
    comment = ("{/* ", " */}")
    id_ = " \\{{#{}}}"

    def title(self) -> str:
        return ""  # the front matter has it

    def alert(self, level: str, lines: list[str]) -> list[str]:
        """An alert. A directive that contains others has more colons than these."""
        opening, *inner, closing = super().alert(level, lines)
        colons = max((len(found[0]) + 1 for line in lines if (found := re.match(":{3,}", known(line)))), default=3)
        return [re.sub("^:::", ":" * colons, opening), *inner, re.sub("^:::", ":" * colons, closing)]

    def _piece(self, piece: str | Hole | Code | Anchor | Tag, before: str) -> str:
        if isinstance(piece, str):
            return piece if self.is_source else _TEXT.sub(_escaped, piece)
        if isinstance(piece, Hole):  # a value is not source
            is_source, self.is_source = self.is_source, False
            value = super()._piece(piece, before)
            self.is_source = is_source
            return value
        if isinstance(piece, Tag):
            return _element(super()._piece(piece, before))
        return super()._piece(piece, before)


def _escaped(match: re.Match[str]) -> str:
    """A text of an author that MDX would take for syntax."""
    text = match[0]
    if text.startswith("\\"):
        return text
    return f"&#{ord(text[0])};{text[1:]}"


def _element(tag: str) -> str:
    """A tag or comment of HTML in the syntax of JSX."""
    if tag.startswith("<!--"):
        return "{/*" + tag[4:-3].replace("*/", "* /") + "*/}"
    name = re.match("<([a-z]+)", tag, re.IGNORECASE)
    if name and name[1].lower() in _VOID and not tag.endswith("/>"):
        return f"{tag[:-1].rstrip()} />"
    return tag
