"""Markdown to HTML, by CommonMark 0.31, which Hugo and Markdoc follow too."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sitegen.formats.escapes import fenced
from sitegen.markdown.blocks import Alert, Blank, Block, Fence, Prose, Slot
from sitegen.markdown.inline import Anchor, Code, Hole, Inline, joined
from sitegen.templates.template import mark

if TYPE_CHECKING:
    from markdown_it import MarkdownIt, token

    Token = token.Token

NESTED = re.compile("(?:<|&lt;)!--\ufde0([0-9]+)--(?:>|&gt;)")  # the comment that stands for a block in a list


def source_of(
    block: Block | None, prose: Callable[[Inline], str], nested: list[str], write: Callable[[Any], str]
) -> str | None:
    """A block as Markdown, if it is prose, or in a list or a quote: code there is prose, too.

    For an alert, a table or a partial in a list, a comment has the number of the written block in `nested`.
    """
    if isinstance(block, Prose):
        return prose(block.inline)
    if isinstance(block, Fence) and block.is_nested:
        return joined(block.parts, mark)
    if isinstance(block, (Alert, Slot)) and block.indent:
        nested.append(write(block))
        return f"{block.indent}<!--\ufde0{len(nested) - 1}-->"
    return "" if isinstance(block, Blank) else None


@lru_cache(maxsize=1)
def _renderer() -> MarkdownIt:
    from markdown_it import MarkdownIt  # noqa: PLC0415 - only pages in HTML need it, and the import takes long

    return MarkdownIt("commonmark").enable(["table", "strikethrough"])


def tokens(text: str) -> list[Token]:
    """Blocks of Markdown as tokens. Marks of values are unchanged."""
    return _renderer().parse(text)


@lru_cache(maxsize=8192)
def to_html(text: str) -> str:
    """Blocks of Markdown as HTML. Marks of values are unchanged."""
    return str(_renderer().render(text)).rstrip("\n")


@lru_cache(maxsize=8192)
def inline_to_html(text: str) -> str:
    """The content of one paragraph as HTML. Marks of values are unchanged."""
    return str(_renderer().renderInline(text))


def block_tokens(text: str) -> tuple[list[Any], dict[str, str]]:
    """The tokens of a page, as markdown-it defines them, and the targets of the links that it defines by name."""
    links = _Links()
    tokens = _renderer().parse(text, {"references": links})
    return tokens, {name: str(link["href"]) for name, link in links.items()}


class _Links(dict[str, Any]):
    """The links that a page defines, without footnotes of one word: `[^1]: Experimental`."""

    def __setitem__(self, name: str, link: Any) -> None:
        if not name.startswith("^"):
            super().__setitem__(name, link)


def inline_tokens(text: str) -> list[Token]:
    """The tokens of the content of one paragraph."""
    return [token for block in _renderer().parseInline(text) for token in block.children or ()]


_FOOTNOTE = re.compile(r"^([ \t>]*)\[\^(?=[^\[\]]+\]:)", re.MULTILINE)  # CommonMark would read the definition of a link


def markdown_of(inline: Inline, hole: Callable[[Hole], str], target: Callable[[Anchor], str]) -> str:
    """A parsed paragraph as Markdown. `hole` returns the text for a value, and `target` the target of a link."""
    out = []
    for piece in inline:
        if isinstance(piece, str):
            out.append(_FOOTNOTE.sub(r"\1\\[^", piece))
        elif isinstance(piece, Hole):
            out.append(hole(piece))
        elif isinstance(piece, Code):
            out.append(fenced(joined(piece.parts, mark)))
        elif isinstance(piece, Anchor):
            text = markdown_of(piece.text, hole, target)
            title = f' "{joined(piece.title, mark)}"' if piece.title else ""
            out.append(f"{'!' if piece.image else ''}[{text}](<{target(piece)}>{title})")
        else:
            out.append(joined(piece.parts, mark))
    return "".join(out)


def until(ahead: Iterator[Token], opening: Token) -> list[Token]:
    """The tokens up to the one that closes a token."""
    found, depth = [], 1
    for token in ahead:
        depth += token.nesting
        if depth == 0:
            break
        found.append(token)
    return found


def cells_of(found: list[Token]) -> Iterator[list[Token]]:
    """The cells of a table of Markdown, by row."""
    row: list[Token] = []
    for token in found:
        if token.type == "tr_open":
            row = []
        elif token.type == "inline":
            row.append(token)
        elif token.type == "tr_close":
            yield row


_VOID = {"base", "basefont", "col", "frame", "hr", "link", "meta", "param", "source", "track"}


def opens_block(text: str) -> bool:
    """Whether HTML opens an element of a block and does not close it; not if it has the attribute `markdown`."""
    from markdown_it.common.html_blocks import block_names  # noqa: PLC0415 - as above

    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL).lower()
    opened = Counter(re.findall(r"<([a-z][\w-]*)(?=[\s>])(?![^<>]*\smarkdown\b)", text))
    closed = Counter(re.findall(r"</([a-z][\w-]*)", text))
    return not {*block_names}.difference(_VOID).isdisjoint(opened - closed)
