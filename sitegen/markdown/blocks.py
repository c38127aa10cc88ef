"""The blocks of a filled page: headings, paragraphs, fenced code, alerts, slots of tables and partials.

Prose is kept as written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from functools import cached_property, lru_cache

from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.markdown.inline import (
    Anchor,
    Inline,
    Parts,
    Tag,
    parse_inline,
    pieces_of,
    plain_parts,
    split_marks,
    titled,
)
from sitegen.markdown.scanner import (
    HeadingLine,
    LinkDefinition,
    definition_at,
    end_of_fence,
    heading_at,
    open_fence,
    with_fences,
)
from sitegen.templates.template import MARK

LEVELS = ("note", "tip", "important", "warning", "caution")


@frozen
class Prose:
    """A paragraph, a list or other text, with its line breaks."""

    inline: Inline


@frozen
class Heading(WithCachedProperties):
    """A heading; `anchor` is the explicit id, if any."""

    level: int
    inline: Inline
    anchor: str

    @cached_property
    def plain(self) -> Parts:
        """Its text without markup."""
        return plain_parts(self.inline)


@frozen
class Alert:
    """An alert, such as `> [!NOTE]`, with its content. In a list, `indent` are the blanks before it."""

    level: str
    blocks: tuple[Block, ...]
    indent: str = ""


@frozen
class Slot:
    """A table or a partial alone on its line, by the number of the value, with the blanks before it in a list."""

    index: int
    indent: str = ""


@frozen
class Fence:
    """Fenced code with its fences; only values in it are replaced. It may be in a list or a quote."""

    parts: Parts
    is_nested: bool = False


@frozen
class Blank:
    """An empty line."""


Block = Prose | Heading | Alert | Slot | Fence | Blank


@frozen_without_eq
class Body(WithCachedProperties):
    """A parsed page: its blocks, and the targets of the links that it defines.

    All pages that differ only in their values share one body. Bodies compare by identity.
    """

    blocks: tuple[Block, ...]
    definitions: ReadOnly[str, str]

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """The headings in order."""
        return tuple(block for block in all_blocks(self.blocks) if isinstance(block, Heading))

    @cached_property
    def levels(self) -> tuple[int, ...]:
        """The level of each heading in the output, where no level is skipped."""
        levels: list[int] = []
        before = 1
        for heading in self.headings:
            if heading.level > 1:
                before = min(heading.level, before + 1)
            levels.append(before if heading.level > 1 else 1)
        return tuple(levels)

    @cached_property
    def fences(self) -> tuple[Fence, ...]:
        """Fenced code in order."""
        return tuple(block for block in all_blocks(self.blocks) if isinstance(block, Fence))

    @cached_property
    def slots(self) -> frozenset[int]:
        """The numbers of the tables and partials that are alone on their lines."""
        return frozenset(block.index for block in all_blocks(self.blocks) if isinstance(block, Slot))

    @cached_property
    def slots_in_alerts(self) -> bool:
        """Whether a table or a partial is in an alert."""
        return bool(self.slots - {block.index for block in self.blocks if isinstance(block, Slot)})

    @cached_property
    def pieces(self) -> tuple[Anchor | Tag, ...]:
        """The links and tags in headings and paragraphs."""
        found = (piece for inline in inlines(self.blocks) for piece in pieces_of(inline))
        return tuple(piece for piece in found if isinstance(piece, (Anchor, Tag)))

    @cached_property
    def anchors(self) -> tuple[Anchor, ...]:
        """The links in headings and paragraphs."""
        return tuple(piece for piece in self.pieces if isinstance(piece, Anchor))

    @cached_property
    def link_names(self) -> frozenset[str]:
        """The names of links in headings and paragraphs."""
        return frozenset(anchor.name for anchor in self.anchors if anchor.name)

    @cached_property
    def own_targets(self) -> tuple[Anchor, ...]:
        """The links whose targets begin with `#`."""
        return tuple(anchor for anchor in self.anchors if anchor.target and str(anchor.target[0]).startswith("#"))


_SLOT = re.compile("\ufdd2([0-9]+)\ufdd3")  # the mark of a table or a partial, with its number
# Keeps a delimiter in fenced code from beginning a template.
FENCE_BREAK = "\ufdd4"
ALERT = re.compile(r"^ {0,3}>[ \t]*\[!([A-Za-z]+)\][ \t]*$", re.MULTILINE)
_QUOTED = re.compile(r" {0,3}> ?")
_ITEM = re.compile(r" *(?:[-*+]|[0-9]{1,9}[.)])(?: {1,4}(?! )| )")  # with more blanks, its text begins with code
_TAG = re.compile(r'[ \t]*(?:<[A-Za-z]|\{[{%]|!!!|\?\?\?|===\+? "|::|///)')  # begins a block that may be indented
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
# A line of a paragraph: no item, quote, row or tag, and no line of `*`, `-` or `_` only, which is a rule.
_PARAGRAPH = re.compile(r" {0,3}(?!(?:[-*+]|[0-9]+[.)])(?:[ \t]|$)|[>|<{]|[ ]|([-*_])(?:[ \t]*\1){2,}[ \t]*$)[^|]+")
_MAX_DEPTH = 8  # of alerts in alerts


@lru_cache(maxsize=1024)
def parse_body(text: str, names: frozenset[str], slots: frozenset[int] = frozenset()) -> Body:
    """Parse a filled page.

    `names` are the links that `[name]` may refer to, `slots` the numbers of the tables and partials among the values.
    """
    if slots:
        text = MARK.sub(lambda match: f"\ufdd2{match[1]}\ufdd3" if int(match[1]) in slots else match[0], text)
    lines = text.replace(FENCE_BREAK, "").split("\n")
    definitions: dict[str, LinkDefinition] = {}
    kept: list[str] = []
    after = 0  # the last definition
    for index, end, _ in with_fences(lines):
        if index < after:
            continue
        if definition := definition_at(lines, index):
            definitions.setdefault(definition.name, definition)
            after = index + definition.lines
        else:
            kept.extend(lines[index:end])
    links: dict[str, Parts] = dict.fromkeys(names, ())
    links |= {name: split_marks(definition.title) for name, definition in definitions.items()}
    return Body(_blocks(kept, links), {name: definition.target for name, definition in definitions.items()})


def all_blocks(blocks: tuple[Block, ...]) -> Iterator[Block]:
    """The blocks in order, including those in alerts."""
    for block in blocks:
        yield block
        if isinstance(block, Alert):
            yield from all_blocks(block.blocks)


def inlines(blocks: tuple[Block, ...]) -> Iterator[Inline]:
    """The contents of headings and paragraphs."""
    return (block.inline for block in all_blocks(blocks) if isinstance(block, (Prose, Heading)))


def _inline(text: str, links: ReadOnly[str, Parts]) -> Inline:
    """A text with the titles of the links that it may refer to."""
    return titled(parse_inline(text, links.__contains__), links)


def _blocks(lines: list[str], links: ReadOnly[str, Parts], depth: int = 0) -> tuple[Block, ...]:
    blocks: list[Block] = []
    prose: list[str] = []
    index = 0
    while index <= len(lines):
        block, end = _block(lines, index, links, depth) if index < len(lines) else (None, index + 1)
        underlined = _underlined(prose, lines[index]) if index < len(lines) and block is None else None
        if underlined:
            prose.clear()
            block = Heading(underlined.level, _inline(underlined.text, links), underlined.id)
        elif block is None and index < len(lines):
            prose.append(lines[index])
        elif prose:
            blocks.append(Prose(_inline("\n".join(prose), links)))
            prose.clear()
        if block is not None:
            blocks.append(block)
        index = end
    return tuple(blocks)


def _block(lines: list[str], index: int, links: ReadOnly[str, Parts], depth: int) -> tuple[Block | None, int]:
    """The block that begins on a line, None for prose, and the index of the line after it."""
    line, after = lines[index], index + 1
    if not line.strip():
        return Blank(), after
    if slot := _SLOT.fullmatch(line.strip()):
        return Slot(int(slot[1]), _indent(lines, index)), after
    if line.lstrip(" ").startswith("<!--") and "-->" not in line:
        after = next((end + 1 for end in range(after, len(lines)) if "-->" in lines[end]), after)
        if not all(map(str.strip, lines[index:after])):  # else it is a part of a paragraph
            return Prose(_inline("\n".join(lines[index:after]), links)), after
        after = index + 1
    if width := _code_width(lines, index):
        while after < len(lines) and (not lines[after].strip() or _width(_expanded(lines[after])) >= width):
            after += 1
        code = [_expanded(line)[width:] for line in lines[index:after]]
        sign, indent = "~~~" if "```" in "".join(code) else "```", " " * (width - 4)
        text = "\n".join((sign, *code)).rstrip() + f"\n{sign}"
        return Fence(split_marks(re.sub("(?m)^(?=.)", indent, text)), is_nested=bool(indent)), after
    if fence := open_fence(line):
        end = end_of_fence(lines, index, fence)
        is_nested = bool(line[: fence.start("fence")].strip() or _indent(lines, index))
        return Fence(split_marks("\n".join(lines[index:end])), is_nested), end
    if heading := heading_at(line):
        return Heading(heading.level, _inline(heading.text, links), heading.id), after
    indent = _indent(lines, index) if line.lstrip(" ").startswith(">") else ""
    alert = ALERT.fullmatch(line.removeprefix(indent)) if depth < _MAX_DEPTH else None
    if alert and alert[1].lower() in LEVELS:
        while after < len(lines) and _QUOTED.match(lines[after].removeprefix(indent)):
            after += 1
        inner = [_QUOTED.sub("", quoted.removeprefix(indent), count=1) for quoted in lines[index + 1 : after]]
        return Alert(alert[1].lower(), _blocks(inner, links, depth + 1), indent), after
    return None, after


def _indent(lines: list[str], index: int) -> str:
    """The blanks before a line, if it is in an item of a list."""
    line, content = _expanded(lines[index]), _content(lines, index)
    indent = line[: _width(line)]
    return indent if content and len(indent) < content + 4 else ""


def _content(lines: list[str], index: int) -> int:
    """The column of the text of the item of a list that a line belongs to; 0 if there is none."""
    least = _width(_expanded(lines[index]))  # of the lines between
    for line in (line.expandtabs(4) for line in reversed(lines[:index]) if line.strip()):
        if not least:
            break
        if (item := _ITEM.match(f"{line} ")) and item.end() <= least:
            return item.end()
        least = min(least, _width(line))
    return 0


def _code_width(lines: list[str], index: int) -> int:
    """The number of blanks before indented code that begins on a line; 0 if there is none, or it may be in a tag."""
    if lines[index][:1] not in " \t" or (index and lines[index - 1].strip()):
        return 0
    width = _content(lines, index) + 4
    not_indented = next((line for line in reversed(lines[:index]) if line[:1].strip()), "")
    return width if _width(_expanded(lines[index])) >= width and not _TAG.match(not_indented) else 0


def _underlined(prose: list[str], line: str) -> HeadingLine | None:
    """The heading that a line below a paragraph makes of it."""
    sign = line.strip()[:1]
    if not prose or not _UNDERLINE.fullmatch(line) or not all(map(_PARAGRAPH.fullmatch, prose)):
        return None
    return heading_at(f"{'#' if sign == '=' else '##'} {' '.join(map(str.strip, prose))}")


def _expanded(line: str) -> str:
    """A line with blanks instead of the tabs at its start."""
    text = line.lstrip(" \t")
    return line[: len(line) - len(text)].expandtabs(4) + text


def _width(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
