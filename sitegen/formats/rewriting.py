"""Prose that is parsed as CommonMark and rewritten, for readers that do not follow CommonMark."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sitegen.documents.documents import EMPTY, Document
from sitegen.findings import Finding, Place
from sitegen.formats.commonmark import NESTED, inline_tokens, markdown_of, source_of, tokens, until
from sitegen.formats.escapes import Where, escape_target, known_beginning
from sitegen.formats.markdown import DocumentWriter
from sitegen.formats.style import Style
from sitegen.markdown.blocks import Alert, Block, Fence, Heading, Slot
from sitegen.markdown.inline import Anchor, Hole, Inline, joined
from sitegen.markdown.scanner import decoded
from sitegen.tables.grids import TableBody
from sitegen.templates.placeholders import deferrable, known, placeholder
from sitegen.templates.template import MARK, TemplateProblem, mark

if TYPE_CHECKING:
    from sitegen.formats.commonmark import Token

_LATER = placeholder("")[-1]  # the end of a text that is known later
_NAMES = {"hr": "a rule between blocks", "ordered_list_open": "a list that begins with this number"}


def _start(token: Token) -> str:
    """How the source of a token begins."""
    if token.type == "fence":
        return f"{token.markup}{token.info}\n"
    return f"{token.attrs['start']}{token.markup} " if "start" in token.attrs else token.markup[:3]


@deferrable
def hanging(text: str, beginning: str, indent: str = "") -> str:
    """A text after the beginning of its first line; its other lines are indented, as far as the beginning is wide."""
    indent = indent or " " * len(beginning)
    return beginning + indented(text, indent).removeprefix(indent)


def plain_of(token: Token) -> str:
    """The text of a token without markup."""
    return "".join(map(plain_of, token.children)) if token.children else token.content


@deferrable
def indented(text: str, indent: str) -> str:
    """A text with each line indented."""
    return "\n".join(indent + line if line else indent.rstrip(" ") for line in text.split("\n"))


class RewritingWriter(DocumentWriter):
    """Writes documents in a format whose reader does not follow CommonMark. Subclasses write the tokens."""

    names: tuple[str, str]  # of the reader and the format
    separator: str  # between lists
    after_colon = ""

    def __init__(
        self, style: Style, shared_rows: WeakKeyDictionary[TableBody, str], document: Document = EMPTY
    ) -> None:
        super().__init__(style, shared_rows, document)
        self.nested: list[str] = []  # blocks in lists
        self.targets: list[str] = []  # of links in the source of prose, by number
        self.places: tuple[Place, ...] = ()  # of the facts of the current cell or note

    # What a format decides.

    @abstractmethod
    def block(self, token: Token, inner: list[Token]) -> str | None:
        """A block that begins with a token; None if there is no equivalent."""

    @abstractmethod
    def span(self, kind: str, token: Token, inner: list[Token]) -> str | None:
        """A span of text, such as a link; None if there is no equivalent."""

    # Blocks.

    def text(self) -> str:
        return "\n\n".join(self.written(self.document.blocks, is_top=True))

    def written(self, blocks: tuple[Block, ...], *, is_top: bool = False) -> Iterator[str]:
        """Blocks of a page. Those at the top are not in an alert."""
        prose: list[str] = []
        for block in (*blocks, None):
            if (source := source_of(block, self.source, self.nested, self.one_block)) is not None:
                prose.append(source)
                continue
            found = tokens("\n".join(prose))
            yield from self.from_tokens(found)
            prose.clear()
            if isinstance(block, Fence) and found:  # a list may go on below a blank line
                yield from self.from_tokens(self._fence(block), found[-1].type.replace("close", "open"))
            elif isinstance(block, (Heading, Alert, Fence, Slot)):
                yield self.one_block(block, is_top=is_top)

    def one_block(self, block: Heading | Alert | Fence | Slot, *, is_top: bool = False) -> str:
        """A block that is not prose, or is in a list."""
        if isinstance(block, Fence):
            return "\n\n".join(self.from_tokens(self._fence(block)))
        return "\n".join(self._block(block))

    def _fence(self, block: Fence) -> list[Token]:
        return tokens(known(self.document.text(block.parts)))

    def continues_list(self, token: Token) -> bool:
        """Whether a reader would read a block below a list as a part of the list."""
        return token.type.endswith("list_open")

    def from_tokens(self, found: list[Token], before: str = "") -> Iterator[str]:
        """Blocks of Markdown below a block of another type. A separator keeps them apart from a list."""
        ahead = iter(found)
        for token in ahead:
            inner = until(ahead, token) if token.nesting == 1 else []
            if before.endswith("list_open") and self.continues_list(token):
                yield self.separator
            nested = NESTED.match(token.content) if token.type == "html_block" else None
            written = self.nested[int(nested[1])] if nested else self.block(token, inner)
            if written is None:
                markup = "HTML" if token.type == "html_block" else _NAMES.get(token.type, "this block")
                raise self.problem(markup, token, *[each for each in inner if each.content][:1])
            if written:
                yield written
            before = token.type

    def list_of(self, token: Token, inner: list[Token], between: str, indent: str = "") -> str:
        """A list. `between` separates its items and what is in them."""
        items, ahead = [], iter(inner)
        for number, item in enumerate(ahead, int(token.attrs.get("start", 1))):
            bullet = "- " if token.type == "bullet_list_open" else f"{number}. "
            items.append(hanging(between.join(self.from_tokens(until(ahead, item))), bullet, indent))
        return between.join(items)

    def problem(self, markup: str, *found: Token) -> TemplateProblem:
        """The problem of some markup, in a fact or in the tokens of a page."""
        message = f"{self.names[0]} has no equivalent of {MARK.sub('<< >>', markup)}"
        hint = f'write it differently, or in other formats only: <% if dialect != "{self.names[1]}" %>'
        place = self.places[0] if self.places else Place("", 1, 1)
        text = "".join(f"{_start(token)}{token.content}" for token in found)
        return TemplateProblem(Finding("no-equivalent", message, place, hint), re.sub(f"{MARK.pattern}.*", "<<", text))

    # Prose.

    def source(self, inline: Inline) -> str:
        """A paragraph as Markdown, with marks for its values, and numbers for the targets of links."""
        return markdown_of(inline, self._hole, self._number)

    def _hole(self, hole: Hole) -> str:
        insert = self.document.inserts[hole.index]
        return mark(hole.index) if insert.inline is None else self.source(insert.inline)

    def _number(self, piece: Anchor) -> str:
        known_beginning(piece.target, self.document.text)
        target = joined(piece.target, lambda index: escape_target(self.document.inserts[index].text))
        self.targets.append(self.document.links.get(piece.name, "") if piece.name else decoded(target))
        return f"#{len(self.targets) - 1}"

    def target_of(self, token: Token) -> str:
        """The target of a link or an image."""
        target = str(token.attrs["src" if token.type == "image" else "href"])
        if number := re.fullmatch("#([0-9]+)", target):
            target = self.targets[int(number[1])]
        return self.target(target, image=token.type == "image")

    def inline(self, inline: Inline, before: str = " text ") -> str:
        where: Where = "line" if before.strip() else "start"
        return self.spans(inline_tokens(self.source(inline)), where).replace("\n", " ")

    def spans(self, found: list[Token], where: Where) -> str:
        """The content of a paragraph. `where` is the place of its first text."""
        out, ahead = "", iter(found)
        for token in ahead:
            kind = token.type.removesuffix("_open")
            if kind == "text":
                at: Where = where if not out else "start" if out.endswith("\n") else "line"
                out += self.filled(token.content, None, at)
                continue
            inner = until(ahead, token) if token.nesting == 1 else []
            written = self.span(kind, token, inner)
            if written is None:
                markup = f"'{token.content}'" if kind == "html_inline" else f"'{token.markup}text{token.markup}'"
                raise self.problem(markup, token, *inner[:1])
            out += written
        return out

    def filled(self, text: str, write: Callable[[str], str] | None, where: Where = "line") -> str:
        """A text with values instead of marks; escaped, unless the values are written by `write`."""
        out, is_one_value = "", False
        for index, part in enumerate(MARK.split(text)):
            if not part:
                continue
            content = self.document.inserts[int(part)].text if index % 2 else part
            is_start = where != "line" and (not out or (is_one_value and content[:1] in (".", ")")))
            is_one_value = not out and index % 2 == 1
            out += self.after_colon if write is None and out.endswith(":") and not content[:1].isspace() else ""
            if write is not None:
                out += write(content)
            else:
                out += self.escape(content, "start" if is_start or out.endswith((":", _LATER)) else "line")
        return out
