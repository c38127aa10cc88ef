"""Pages of the new site: the prose as it was, with what sitegen and other formats would misread escaped."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from sitegen.importing.model import (
    Meta,
    MetaLeaf,
    SourceAlert,
    SourceBlock,
    SourceHeading,
    SourcePage,
    SourceProse,
    SourceTable,
)
from sitegen.importing.yaml_text import meta_lines
from sitegen.markdown.blocks import ALERT, LEVELS
from sitegen.markdown.scanner import LINK_DEFINITION, end_of_fence, normalized, open_fence, scan_all, with_fences

_RESERVED = ("for", "from", "until", "each", "page")
_LINKED_IMAGE = re.compile(r"!\[[^\]]*\](?:\[[^\]]*\]|\([^()\s]*\))\]\[(?P<name>[^\]]+)\]")
_DELIMITER = re.compile("<(?=[<%#])")


class SourcePageWriter:
    """Writes a page file. `format_` is the format that the page was written in, `formats` are those of the site."""

    def __init__(self, page: SourcePage, format_: str, formats: tuple[str, ...]) -> None:
        self.page, self.format, self.formats = page, format_, formats

    def text(self, own: Mapping[str, Meta], slots: Mapping[int, str]) -> str:
        """The file. `own` are the keys of sitegen, `slots` the names of the tables by their number among the blocks."""
        text = "\n".join(["---", *meta_lines(self.front(own)), "---", ""])
        for index, block in enumerate(self.page.blocks):
            lines = [*self.block(block, slots.get(index, ""))]
            if lines and not lines[0] and text.endswith("\n\n"):
                del lines[0]
            elif lines and lines[0] and isinstance(self.page.blocks[index - 1], SourceAlert) and index:
                text += "\n"  # else the quote of the alert would go on
            text += "".join(f"{line}\n" for line in lines)
        text = text.rstrip("\n") + "\n"
        links = self.page.links.items()
        used = {name: target for name, target in links if f"[{name}]" in text.lower() or "][" in text}
        return text + ("\n" + "".join(f"[{name}]: {target}\n" for name, target in used.items()) if used else "")

    def front(self, own: Mapping[str, Meta]) -> dict[str, Meta]:
        """The front matter, with the keys that sitegen reads differently below the name of the format."""
        taken = {*_RESERVED, *self.formats}
        meta = dict(self.page.meta)
        for key in [key for key in meta if key != "title" and key.lower() == "title"]:
            taken |= {key} if "title" in meta else set()
        moved = {
            key: value
            for key, value in meta.items()
            if key in taken or not re.fullmatch(r"[A-Za-z_][\w-]*", key, re.ASCII)
        }
        kept = {key: value for key, value in meta.items() if key not in moved}
        title = kept.get("title")
        if not (isinstance(title, MetaLeaf) and title.text.strip()):
            kept = {"title": MetaLeaf(self.page.title, plain=False), **{k: v for k, v in kept.items() if k != "title"}}
        return {**kept, **({self.format: moved} if moved else {}), **own}

    def block(self, block: SourceBlock, slot: str) -> Iterator[str]:
        """The lines of a block."""
        if isinstance(block, SourceProse):
            yield self.prose(block.text)
        elif isinstance(block, SourceHeading):
            text = self.inline(block.text)
            heading = f"{'#' * block.level} {text}" + (f" {{#{block.id}}}" if block.id else "")
            is_title = block.level == 1 and block.text.strip() == self.page.title and self.format != "hugo"
            if not is_title:
                yield heading
            elif "hugo" in self.formats:
                yield f'<% if dialect == "hugo" %>{heading}<% endif +%>'
        elif isinstance(block, SourceAlert):
            yield f"> [!{block.level.upper()}]"
            yield from (f"> {line}".rstrip() for line in self.prose(block.text).split("\n"))
        elif slot:
            yield from ("", f"<< tables.{slot} >>", "")
        else:
            yield from self.raw(block)

    def raw(self, table: SourceTable) -> Iterator[str]:
        """A table as it was written."""
        if re.match(r"\||<table|\{% ?table", table.text):
            yield f"<# Not imported: {table.problem.replace('#>', '# >')}. #>"
        yield self.prose(table.text)

    # Prose.

    def prose(self, text: str) -> str:
        """Prose, except for fenced code, in which only its end may be missing."""
        lines = text.split("\n")
        out: list[str] = []
        paragraph: list[str] = []
        for index, end, fence in with_fences(lines):
            if fence is None and lines[index].strip():
                paragraph.append(lines[index])
                continue
            out += self._paragraph(paragraph)
            paragraph = []
            out += lines[index:end]
            if fence is not None and end == len(lines) and not _is_closed(lines, index):
                out.append(fence["fence"])
        return "\n".join([*out, *self._paragraph(paragraph)])

    def _paragraph(self, lines: list[str]) -> list[str]:
        """A paragraph without the definitions of links, which are at the end of the page."""
        text = LINK_DEFINITION.sub(
            lambda found: "" if normalized(found[1]) in self.page.links else found[0], "\n".join(lines)
        )
        return [self.inline(text.removesuffix("\n"))] if text else []

    def inline(self, text: str) -> str:
        """A paragraph: what sitegen would evaluate is escaped, and so are tags of other formats."""
        out: list[str] = []
        at = 0
        for start, end, new in sorted(self._edits(text)):
            if start >= at:
                out += (_DELIMITER.sub("<% raw %><<% endraw %>", text[at:start]), new)
                at = end
        return "".join((*out, _DELIMITER.sub("<% raw %><<% endraw %>", text[at:])))

    def _edits(self, text: str) -> Iterator[tuple[int, int, str]]:
        for match in ALERT.finditer(text):
            if match[1].lower() not in LEVELS:
                yield match.end(1), match.end(1), '<< "" >>'
        for match in _LINKED_IMAGE.finditer(text):
            if (target := self.page.links.get(normalized(match["name"]))) is not None:
                yield match.start("name") - 1, match.end(), f"({target})"
        foreign = r"(?<!\{)\{%" if self.formats == ("hugo",) else r"\{%"  # a tag, but not a shortcode
        for span in scan_all(text):
            if span.kind in ("hugo", "markdoc"):
                is_target = span.kind != self.format and text[: span.start].endswith("](")  # which it cannot be
                yield span.start - is_target, span.end, self._tag(text[span.start - is_target : span.end], span.kind)
            elif span.target is not None and self.format != "markdoc" and re.search(foreign, span.target.group()):
                yield span.start + (span.kind == "image"), span.start + (span.kind == "image"), "\\"
            elif span.name and span.name not in self.page.links and not (span.is_bare and span.kind == "link"):
                at = span.start + (span.kind == "image")
                yield at, at, "\\"

    def _tag(self, tag: str, language: str) -> str:
        if language != self.format:
            return f"<< {json.dumps(tag, ensure_ascii=False)} >>"
        return tag if self.formats == (language,) else f'<% if dialect == "{language}" %>{tag}<% endif +%>'


def _is_closed(lines: list[str], index: int) -> bool:
    """Whether the fenced code that begins at an index, and reaches the end, has a line that closes it."""
    opening = open_fence(lines[index])
    if opening is None or len(lines) == index + 1:
        return False
    return end_of_fence([*lines, ""], index, opening) == len(lines)
