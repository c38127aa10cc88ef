"""Documents: a page for one product, one library, one day and one dialect, with nothing left to look up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass

from sitegen.context import Context, Fact, SlotView
from sitegen.derived import TableView
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.grids import Table
from sitegen.inline import Anchor, Hole, Inline, Piece, Tag, link_names, parse_inline, pieces_of, plain
from sitegen.pages import (
    SLOT,
    Alert,
    Block,
    Body,
    Fence,
    Heading,
    MetaTemplate,
    MetaText,
    Page,
    inlines,
    parse_body,
    slot_mark,
)
from sitegen.templates import MARK, BrokenError, Template, TemplateProblem
from sitegen.values import Markdown


@dataclass(frozen=True, slots=True)
class Partial:
    """A fragment: a few tables for a context, at a path without its ending."""

    id: str
    path: str
    tables: tuple[Table, ...]
    places: frozenset[Place]
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
class NavItem:
    """A page of the site as others name it."""

    path: str
    product: str
    library: str
    places: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class About:
    """Where a page stands among the others: its path, the folder of its dialect, names, and the day it speaks of."""

    path: str = ""
    root: str = ""
    site: str = ""
    product: str = ""
    library: str = ""
    as_of: str = ""
    nav: tuple[NavItem, ...] = ()

    @property
    def places(self) -> set[Place]:
        """The places of the facts that the names of pages come from."""
        return {place for item in self.nav for place in item.places}


@dataclass(frozen=True, slots=True)
class Document:
    """A complete page. Blocks are shared between pages; what differs stands beside them.

    `inserts` and `slots` answer the numbers in the blocks, `anchors` the headings in
    order, `links` the names of links. `places` are those of every fact that anything in
    it was read or computed from.
    """

    title: str
    meta: ReadOnly[str, MetaValue]
    blocks: tuple[Block, ...]
    inserts: ReadOnly[int, Insert]
    slots: ReadOnly[int, Table | Partial]
    anchors: tuple[str, ...]
    links: ReadOnly[str, str]
    places: frozenset[Place]
    sources: tuple[str, ...]
    about: About = About()


EMPTY = Document("", {}, (), {}, {}, (), {}, frozenset(), ())


class PartialView(SlotView):
    """A partial as prose names it, for a slot."""

    def __init__(self, id_: str, ask: Callable[[], Partial]) -> None:
        self.id = id_
        self._ask = ask

    @property
    def partial(self) -> Partial:
        """The partial itself."""
        return self._ask()


def assemble(
    page: Page, context: Context, dialect: str, names: ReadOnly[str, object], about: About, report: Report
) -> Document | None:
    """Fill a page for a context. Reports what is wrong and returns None then.

    `context` has recorded nothing yet, and `names` are what it gives.
    """
    meta = {
        key: _meta(value, names, context, report) for key, value in {**page.meta, **page.own.get(dialect, {})}.items()
    }
    try:
        text, values = page.body.fill(names)
        slots = {
            index: value.table if isinstance(value, TableView) else value.partial
            for index, value in enumerate(values)
            if isinstance(value, (TableView, PartialView))
        }
    except BrokenError:
        return None
    except TemplateProblem as problem:
        report(_problem(problem, page.body, context))
        return None
    known_links = context.link_names
    inserts = {index: _insert(value, known_links) for index, value in enumerate(values) if index not in slots}
    if slots:
        text = MARK.sub(lambda m: slot_mark(int(m[1])) if int(m[1]) in slots else m[0], text)
    body = parse_body(text, known_links)
    places = context.used.union(*(slot.places for slot in slots.values()))
    links = {name: target for name in _used_links(body, inserts) if (target := context.link(name)) is not None}
    title = meta["title"]
    document = Document(
        title=title if isinstance(title, str) else "",
        meta=meta,
        blocks=body.blocks,
        inserts=inserts,
        slots=slots,
        anchors=tuple(anchors(body.blocks, inserts)),
        links={**links, **body.definitions},
        places=frozenset(places | context.used | about.places),
        sources=tuple(sorted({page.file, *_files(slots, places | context.used)})),
        about=about,
    )
    _check(document, page, dialect, report)
    return document


def _problem(problem: TemplateProblem, template: Template, context: Context) -> Finding:
    place = template.place(problem.line, problem.name)
    return Finding(problem.code, str(problem), place, shown_on=(context.name,))


def _insert(fact: Fact, links: frozenset[str]) -> Insert:
    shown = str(fact)
    inline = parse_inline(shown, links.__contains__) if isinstance(fact.value, Markdown) else None
    return Insert(shown, inline, fact.places)


def _used_links(body: Body, inserts: ReadOnly[int, Insert]) -> set[str]:
    used = set(body.link_names)
    for insert in inserts.values():
        used.update(link_names(insert.inline or ()))
    return used - body.definitions.keys()


def _files(slots: ReadOnly[int, Table | Partial], places: set[Place]) -> set[str]:
    return {place.file for place in places}.union(*(slot.sources for slot in slots.values()))


def _meta(value: MetaTemplate, names: ReadOnly[str, object], context: Context, report: Report) -> MetaValue:
    if isinstance(value, MetaText):
        try:
            text, facts = value.template.fill(names)
        except BrokenError:
            return ""
        except TemplateProblem as problem:
            report(_problem(problem, value.template, context))
            return ""
        filled = MARK.sub(lambda match: str(facts[int(match[1])]), text)
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


def _check(document: Document, page: Page, dialect: str, report: Report) -> None:
    """Links without a target, slots inside a line, tags that the dialect does not understand."""
    found = list(inlines(document.blocks))
    found += [insert.inline for insert in document.inserts.values() if insert.inline is not None]
    for block in document.blocks:
        if isinstance(block, Fence):
            for part in block.parts:
                if isinstance(part, Hole) and _UNSAFE_IN_FENCE.search(document.inserts[part.index].text):
                    message = f"the value '{document.inserts[part.index].text}' cannot stand in fenced code"
                    report(Finding("unsafe-value", message, page.body.find("values"), "write it outside of the code"))
    for inline in found:
        for piece in pieces_of(inline):
            finding = _piece_problem(piece, document, page.body, dialect)
            if finding is not None:
                report(finding)


def _piece_problem(piece: Piece, document: Document, body: Template, dialect: str) -> Finding | None:
    if isinstance(piece, Anchor) and piece.name and piece.name not in document.links:
        hint = did_you_mean(piece.name, document.links)
        return Finding("unknown-link", f"there is no link named '{piece.name}'", body.find(f"[{piece.name}]"), hint)
    if isinstance(piece, Tag) and piece.language not in ("html", dialect):
        text = "".join(part if isinstance(part, str) else "<< >>" for part in piece.parts)
        what = {"hugo": "shortcode of Hugo", "markdoc": "tag of Markdoc"}[piece.language]
        hint = f'put it between <% if dialect == "{piece.language}" %> and <% endif %>'
        message = f"the {what} '{text}' reaches the dialect '{dialect}'"
        return Finding("foreign-tag", message, body.find(text), hint)
    if isinstance(piece, Tag) and piece.language != "html":
        for part in piece.parts:
            if isinstance(part, Hole) and not _TAG_VALUE.fullmatch(document.inserts[part.index].text):
                message = f"the value '{document.inserts[part.index].text}' cannot stand inside a tag"
                return Finding("unsafe-value", message, body.find("<<"), "write it outside of the tag")
    if isinstance(piece, str) and SLOT.search(piece):
        hint = "put an empty line before and after it"
        return Finding("slot-in-line", "a table or a partial stands alone on its line", body.find("<<"), hint)
    return None


_UNSAFE_IN_FENCE = re.compile(r"\{\{[<%]|\{%|`{3}|~{3}|\n")
_TAG_VALUE = re.compile(r"[\w ./:,+-]*")
