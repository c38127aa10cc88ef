"""MkDocs: Markdown for Python-Markdown with the extensions `toc`, `tables` and `fenced_code`.

Python-Markdown does not follow CommonMark, so the Markdown of pages is parsed as CommonMark and rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from sitegen.formats.commonmark import cells_of, opens_block
from sitegen.formats.escapes import Where, escape_html, escape_quotes, escape_url
from sitegen.formats.github import GitHubDocumentWriter
from sitegen.formats.markdown import CELL, ROW, DocumentWriter, pipe_table
from sitegen.formats.rewriting import RewritingWriter, indented, plain_of
from sitegen.formats.style import Style
from sitegen.markdown.blocks import Block
from sitegen.markdown.inline import Inline, Parts, Piece
from sitegen.tables.grids import Span
from sitegen.templates.placeholders import deferrable, has_placeholder, known
from sitegen.templates.template import MARK

if TYPE_CHECKING:
    from sitegen.formats.commonmark import Token

DEFAULTS = Style(
    words={"yes": "✓ yes"},
    levels={"note": "note", "tip": "tip", "important": "info", "warning": "warning", "caution": "danger"},
    alert=("> **{title}**\n>", ""),
    indent="→ ",
)
_INDENT = "    "  # of what is in a list
# The words after the backticks of fenced code that Python-Markdown reads.
_INFO = re.compile(r"""\{[^\n]*\}|\.?[\w#.+-]*(?:[ ]+hl_lines=("|').*?\1)?(?=[ ]|$)""")
_ELEMENTS = {"strong": "strong", "em": "em", "s": "del"}
_FLAT = ("inline", "list_item_open", "bullet_list_open", "ordered_list_open")  # in lists without blank lines


class MkDocsDocumentWriter(RewritingWriter, GitHubDocumentWriter):
    """Writes pages for MkDocs."""

    reader = "mkdocs"
    has_front_matter = True
    names = ("MkDocs", "mkdocs")
    separator = "<!-- -->"
    has_footnotes = False
    mark = r"\[^{}]"  # no reference to a footnote of the author in a file with a region
    is_nested = False  # whether the current block is in an alert

    def link(self, text: str, target: str, title: str) -> str:
        """A link. Its target has no `&#`, at which the HTML parser of Python-Markdown stops."""
        return super().link(text, target.replace("&#", "&amp;#"), title)

    # Blocks.

    def text(self) -> str:
        return DocumentWriter.text(self) if self.style.unsafe else super().text()

    def body(self, blocks: tuple[Block, ...]) -> list[str]:
        """The lines of the blocks of an alert, or of a page that is source."""
        if self.style.unsafe:
            return super().body(blocks)
        is_nested, self.is_nested = self.is_nested, True
        lines = "\n\n".join(self.written(blocks)).split("\n")
        self.is_nested = is_nested
        return lines

    def written(self, blocks: tuple[Block, ...], *, is_top: bool = False) -> Iterator[str]:
        """Blocks of a page. A separator keeps quotes apart, which would be one quote."""
        before = ""
        for text in super().written(blocks, is_top=is_top):
            last = before.rpartition("\n")[2]  # it or the text may be known later; then each page is written alone
            if (last[:1] == ">" or has_placeholder(last)) and known(text[:1]) == ">" and known(last)[:1] == ">":
                yield self.separator
            yield text
            before = text

    def block(self, token: Token, inner: list[Token]) -> str | None:
        if token.type in ("paragraph_open", "heading_open"):
            text = self.spans(inner[0].children or [], "start").lstrip()  # else it would be code
            return f"{'#' * int(token.tag[1])} {text}".replace("\n", " ") if token.type == "heading_open" else text
        if token.type == "bullet_list_open" or (token.type == "ordered_list_open" and "start" not in token.attrs):
            self._check_items(inner)
            is_flat = all(one.hidden or one.type in _FLAT or one.nesting < 0 for one in inner)
            return self.list_of(token, inner, "\n" if is_flat else "\n\n", _INDENT)
        if token.type == "blockquote_open":
            return indented("\n\n".join(self.from_tokens(inner)), "> ")
        if token.type in ("fence", "code_block"):
            return self._code_block(token)
        if token.type == "table_open":
            rows = [[self.spans(one.children or [], "line") for one in row] for row in cells_of(inner)]
            aligns = [str(one.attrs.get("style", "")).partition(":")[2] for one in inner if one.type == "th_open"]
            return pipe_table("".join(ROW + CELL.join(row) for row in rows[1:]), CELL.join(aligns), *rows[0])
        if token.type == "html_block":
            if opens_block(token.content):  # Python-Markdown does not parse what follows
                raise self.problem("Markdown between HTML tags", token)
            return self._html(token).rstrip("\n")
        return "---" if token.type == "hr" else None

    def _check_items(self, found: list[Token]) -> None:
        """Report items that Python-Markdown reads as text or as the line below a heading."""
        for item, first in pairwise(found):
            if item.type == "list_item_open" and first.type in ("fence", "code_block"):
                raise self.problem("code at the start of an item", first)
            if item.type == "list_item_open" and first.type == "list_item_close":
                raise self.problem("an empty item", item)

    def continues_list(self, token: Token) -> bool:
        return super().continues_list(token) or self._is_indented(token)

    def _is_indented(self, token: Token) -> bool:
        return token.type in ("fence", "code_block") and bool(token.level or self.is_nested)

    def _code_block(self, token: Token) -> str:
        """Fenced code, which Python-Markdown reads only outside of lists and quotes; there, indented code."""
        code = self.filled(token.content.rstrip("\n"), str)
        if self._is_indented(token):
            return indented(code, _INDENT)
        info = _INFO.match(token.info.strip())
        return f"{token.markup or '```'}{info[0] if info else ''}\n{code}\n{token.markup or '```'}"

    # Prose.

    def inline(self, inline: Inline, before: str = " text ") -> str:
        return DocumentWriter.inline(self, inline, before) if self.is_source else super().inline(inline, before)

    def _piece(self, piece: Piece, before: str) -> str:
        return piece if self.is_source and isinstance(piece, str) else super()._piece(piece, before)

    def _code(self, parts: Parts) -> str:
        text = self.document.text(parts)
        return _code_element(text, self.escape(text))

    def spans(self, found: list[Token], where: Where) -> str:
        return _with_images(self._inner(found, where))

    def _inner(self, found: list[Token], where: Where = "line") -> str:
        return _with_signs(super().spans(found, where))

    def span(self, kind: str, token: Token, inner: list[Token]) -> str | None:
        if kind in ("softbreak", "hardbreak"):
            return "\n" if kind == "softbreak" else "  \n"
        if kind == "code_inline":
            text = self.filled(token.content, str)
            return _code_element(text, self.escape(text))
        if kind in _ELEMENTS:
            return f"<{_ELEMENTS[kind]}>{self._inner(inner)}</{_ELEMENTS[kind]}>"
        if kind not in ("link", "image"):
            return self._html(token)
        target = escape_url(self.target_of(token)).replace(" ", "%20").replace('"', "%22")
        title = self.filled(str(token.attrs.get("title", "")), lambda text: escape_quotes(self.escape(text)))
        title = title and f' "{title}"'
        if kind == "link":
            return self.link(self._inner(inner), target, title)
        return _IMAGE + self.link(self.filled(plain_of(token), None), target, title)

    def _html(self, token: Token) -> str:
        return MARK.sub(lambda match: escape_html(self.document.inserts[int(match[1])].text), token.content)

    def _span(self, span: Span, where: Where) -> str:
        return _code_element(span.text, self.escape(span.text)) if span.kind == "code" else super()._span(span, where)


_IMAGE = "\ufde1"  # before an image
_EMPHASIS = re.compile(r"(?<![\w*_>~`])<(em|strong)>(?!\s)([^<>*_`\n]+)(?<!\s)</\1>(?![\w*_<])")


@deferrable
def _with_signs(text: str) -> str:
    """A text with `*` in place of elements, where Python-Markdown reads both in the same way. No link is an image."""
    text = text.replace("![", "&#33;[")
    return _EMPHASIS.sub(lambda found: f"{(sign := '*' * len(found[1][::5]))}{found[2]}{sign}", text)


@deferrable
def _with_images(text: str) -> str:
    return text.replace(_IMAGE, "!")


@deferrable
def _code_element(text: str, escaped: str) -> str:
    """A code span, or an element if Python-Markdown would change the code."""
    is_safe = not re.search(r"[`|\\\n]|<[A-Za-z/!?]|&#|\]:|!\[", text) and text.strip() == text != ""
    return f"`{text}`" if is_safe else f"<code>{escaped}</code>"
