"""Documents: a page for one product, one library, one day and one dialect, with nothing left to look up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass

from sitegen.context import Context, Fact, as_fact
from sitegen.derived import TableView
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.grids import Table
from sitegen.inline import Anchor, Hole, Inline, Tag, parse_inline, plain
from sitegen.pages import Alert, Block, Heading, MetaTemplate, MetaText, Page, Prose, Slot, parse_body, slot_mark
from sitegen.templates import MARK, BrokenError, MissingError, Template, TemplateProblem, mark
from sitegen.values import Markdown


@dataclass(frozen=True, slots=True)
class Partial:
    """A fragment: a few tables for a context, at a path without its ending."""

    id: str
    path: str
    tables: tuple[Table, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Typed:
    """A number or a truth value of front matter, as it was written."""

    text: str


MetaValue = str | Typed | tuple["MetaValue", ...] | dict[str, "MetaValue"]


@dataclass(frozen=True, slots=True)
class Insert:
    """A value in prose: text, or inline Markdown of its author, with the places of its facts."""

    text: str
    inline: Inline | None
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A complete page. Blocks are shared between pages; what differs stands beside them.

    `inserts` and `slots` answer the numbers in the blocks, `anchors` the headings in
    order, `links` the names of links.
    """

    title: str
    meta: ReadOnly[str, MetaValue]
    blocks: tuple[Block, ...]
    inserts: ReadOnly[int, Insert]
    slots: ReadOnly[int, Table | Partial]
    anchors: tuple[str, ...]
    links: ReadOnly[str, str]
    fences: tuple[str, ...]
    sources: tuple[str, ...]


EMPTY = Document("", {}, (), {}, {}, (), {}, (), ())


class PartialView:
    """A partial as prose names it, for a slot."""

    def __init__(self, id_: str, ask: Callable[[], Partial]) -> None:
        self.id = id_
        self._ask = ask

    @property
    def partial(self) -> Partial:
        """The partial itself."""
        return self._ask()


def assemble(
    page: Page, context: Context, dialect: str, names: ReadOnly[str, object], report: Report
) -> Document | None:
    """Fill a page for a context. Reports what is wrong and returns None then."""
    names = {**names, "dialect": dialect}
    try:
        text, values = page.body.fill(names)
    except BrokenError:
        return None
    except TemplateProblem as problem:
        report(_problem(problem, page.body, context))
        return None
    slots: dict[int, Table | Partial] = {}
    inserts: dict[int, Insert] = {}
    names_of_links = frozenset(context.links)
    for index, value in enumerate(values):
        if isinstance(value, (TableView, PartialView)):
            try:
                slots[index] = value.table if isinstance(value, TableView) else value.partial
            except BrokenError:
                return None
        else:
            insert = _insert(value, names_of_links, page, text, index, report)
            if insert is None:
                return None
            inserts[index] = insert
    if slots:
        text = MARK.sub(lambda m: slot_mark(int(m[1])) if int(m[1]) in slots else m[0], text)
    body = parse_body(text, names_of_links)
    meta = {
        key: _meta(value, names, context, report) for key, value in {**page.meta, **page.own.get(dialect, {})}.items()
    }
    title = meta["title"]
    document = Document(
        title=title if isinstance(title, str) else "",
        meta=meta,
        blocks=body.blocks,
        inserts=inserts,
        slots=slots,
        anchors=tuple(anchors(body.blocks, inserts)),
        links={**context.links, **body.definitions},
        fences=page.fences,
        sources=_sources(page, slots, inserts),
    )
    _check(document, page, dialect, report)
    return document


def _problem(problem: TemplateProblem, template: Template, context: Context) -> Finding:
    own = problem.name == template.file
    place = template.place(problem.line) if own else Place(problem.name, problem.line, 1)
    return Finding(problem.code, str(problem), place, shown_on=(context.name,))


def _insert(value: object, links: frozenset[str], page: Page, text: str, index: int, report: Report) -> Insert | None:
    line = text.count("\n", 0, text.find(mark(index))) + 1
    try:
        fact = as_fact(value)
        shown = str(fact)
    except (TypeError, MissingError) as error:
        report(Finding("template-error", str(error), page.body.place(line)))
        return None
    if isinstance(value, Fact) and not fact:
        report(
            Finding(
                "missing-value",
                "the sentence prints a value that is 'none'",
                page.body.place(line),
                "guard it with <% if %>",
            )
        )
        return None
    if isinstance(fact.value, Markdown):
        return Insert(shown, parse_inline(shown, links.__contains__), fact.places)
    return Insert(shown, None, fact.places)


def _meta(value: MetaTemplate, names: ReadOnly[str, object], context: Context, report: Report) -> MetaValue:
    if isinstance(value, MetaText):
        try:
            text, values = value.template.fill(names)
            filled = MARK.sub(lambda match: str(as_fact(values[int(match[1])])), text)
        except BrokenError:
            return ""
        except TemplateProblem as problem:
            report(_problem(problem, value.template, context))
            return ""
        except (MissingError, TypeError) as problem:
            report(Finding("template-error", str(problem), value.template.place(1), shown_on=(context.name,)))
            return ""
        return Typed(filled) if value.typed else filled
    if isinstance(value, dict):
        return {key: _meta(item, names, context, report) for key, item in value.items()}
    return tuple(_meta(item, names, context, report) for item in value)


# --- headings ------------------------------------------------------------------------


def anchors(blocks: tuple[Block, ...], inserts: ReadOnly[int, Insert]) -> Iterator[str]:
    """An id for each heading in order; a repeat gets `-1`, `-2`. A first level has none."""
    taken: set[str] = set()
    for heading in headings(blocks):
        if heading.level == 1:
            yield ""
            continue
        base = heading.anchor or slug(plain(heading.inline, lambda index: inserts[index].text))
        anchor, number = base, 0
        while anchor in taken:
            number += 1
            anchor = f"{base}-{number}"
        taken.add(anchor)
        yield anchor


def headings(blocks: tuple[Block, ...]) -> Iterator[Heading]:
    """The headings in order, those inside alerts too."""
    for block in blocks:
        if isinstance(block, Heading):
            yield block
        elif isinstance(block, Alert):
            yield from headings(block.blocks)


def slug(text: str) -> str:
    """Lower case, without accents, runs of other characters to `-`."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-") or "section"


# --- checks --------------------------------------------------------------------------

_LANGUAGES = {"hugo": ("hugo", "html"), "markdoc": ("markdoc",)}


def _check(document: Document, page: Page, dialect: str, report: Report) -> None:
    """Links without a target, slots inside a line, tags that the dialect does not understand."""
    inlines = list(_inlines(document.blocks))
    inlines += [insert.inline for insert in document.inserts.values() if insert.inline is not None]
    for inline in inlines:
        for piece in inline:
            if isinstance(piece, Anchor) and piece.name and piece.name not in document.links:
                place = find_in_page(page, f"[{piece.name}]")
                hint = did_you_mean(piece.name, document.links)
                report(Finding("unknown-link", f"there is no link named '{piece.name}'", place, hint))
            elif isinstance(piece, Tag) and piece.language not in ("html", dialect):
                text = "".join(part if isinstance(part, str) else "<< >>" for part in piece.parts)
                what = {"hugo": "shortcode of Hugo", "markdoc": "tag of Markdoc"}[piece.language]
                message = f"the {what} '{text}' reaches the dialect '{dialect}'"
                hint = f'put it between <% if dialect == "{piece.language}" %> and <% endif %>'
                report(Finding("foreign-tag", message, find_in_page(page, text), hint))
            elif isinstance(piece, str) and (stray := re.search("\ufdd2([0-9]+)\ufdd3", piece)):
                message = "a table stands alone on its line"
                report(
                    Finding(
                        "slot-in-line", message, find_in_page(page, "<<"), f"put an empty line around slot {stray[1]}"
                    )
                )


def _inlines(blocks: tuple[Block, ...]) -> Iterator[Inline]:
    for block in blocks:
        if isinstance(block, (Prose, Heading)):
            yield from _nested(block.inline)
        elif isinstance(block, Alert):
            yield from _inlines(block.blocks)


def _nested(inline: Inline) -> Iterator[Inline]:
    yield inline
    for piece in inline:
        if isinstance(piece, Anchor):
            yield from _nested(piece.text)


def find_in_page(page: Page, text: str) -> Place:
    """The first place in the body of a page where a text stands."""
    source = page.body.source
    offset = source.lower().find(text.lower())
    if offset < 0:
        return Place(page.file, page.body.first_line, 1)
    line = source.count("\n", 0, offset)
    column = offset - source.rfind("\n", 0, offset)
    return Place(page.file, page.body.first_line + line, column, len(text))


def _sources(page: Page, slots: ReadOnly[int, Table | Partial], inserts: ReadOnly[int, Insert]) -> tuple[str, ...]:
    files = {page.file}
    for slot in slots.values():
        files.update(slot.sources)
    for insert in inserts.values():
        files.update(place.file for place in insert.places)
    return tuple(sorted(files))


__all__ = ["Document", "Hole", "Insert", "Partial", "PartialView", "Slot", "Typed", "assemble"]
