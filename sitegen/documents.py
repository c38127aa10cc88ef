"""Documents: a page for one product, one library, one day and one dialect, with nothing left to look up."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnly
from functools import lru_cache
from urllib.parse import unquote

from sitegen.context import Context, SlotView
from sitegen.fillings import Family, Filling, Insert, Partial, slug
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import Remembering, frozen, frozen_apart
from sitegen.grids import Table
from sitegen.inline import Anchor, Hole, Piece, Tag, pieces_of
from sitegen.pages import Block, Body, Fence, MetaTemplate, MetaText, Page
from sitegen.templates import MARK, BrokenError, Fill, MissingError, Template, TemplateProblem
from sitegen.values import TARGET_HINT, is_target


@frozen
class Typed:
    """A number or a truth value of front matter, as it was written."""

    text: str


MetaValue = str | Typed | tuple["MetaValue", ...] | dict[str, "MetaValue"]


@frozen
class Front:
    """The front matter of a page, and the places of the facts that it asks for."""

    meta: ReadOnly[str, MetaValue]
    used: frozenset[Place]


@frozen
class NavItem:
    """A page of the site as others name it."""

    path: str
    product: str
    library: str
    places: tuple[Place, ...] = ()


@frozen
class About:
    """Where a page stands among the others: its path, the folder of its dialect, names, and the day it speaks of.

    `page` is its name in findings, `aap/python`, and `dialect` the one that it is written in. `nav` are the pages of
    its library.
    """

    path: str = ""
    root: str = ""
    site: str = ""
    page: str = ""
    dialect: str = ""
    product: str = ""
    library: str = ""
    library_id: str = ""
    as_of: str = ""
    nav: tuple[NavItem, ...] = ()

    @property
    def places(self) -> frozenset[Place]:
        """The places of the facts that the names in `nav` come from."""
        return frozenset(place for item in self.nav for place in item.places)


@frozen_apart
class Document(Remembering):
    """A complete page: its front matter and its text. `sources` are the files that it comes from.

    `used` are the places of the facts that its front matter asks for.
    """

    title: str
    meta: ReadOnly[str, MetaValue]
    filling: Filling
    used: frozenset[Place]
    sources: tuple[str, ...]
    about: About = About()

    @property
    def body(self) -> Body:
        """The blocks, which pages share; what differs between these stands beside them."""
        return self.filling.body

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks in order."""
        return self.filling.body.blocks

    @property
    def inserts(self) -> ReadOnly[int, Insert]:
        """The values by their numbers in the blocks."""
        return self.filling.inserts

    @property
    def slots(self) -> ReadOnly[int, Table | Partial]:
        """The tables and partials by their numbers in the blocks."""
        return self.filling.slots

    @property
    def anchors(self) -> tuple[str, ...]:
        """The ids of the headings in order."""
        return self.filling.anchors

    @property
    def links(self) -> ReadOnly[str, str]:
        """The targets of links by their names."""
        return self.filling.links

    @property
    def places(self) -> frozenset[Place]:
        """The places of every fact that anything in it was read or computed from."""
        return self.filling.used.union(self.used, self.about.places, *(slot.places for slot in self.slots.values()))


EMPTY = Document("", {}, Filling(Body((), {}, frozenset()), {}, {}, (), (), {}, frozenset()), frozenset(), ())


def front_matter(
    page: Page,
    dialect: str,
    context: Context,
    names: ReadOnly[str, object],
    report: Report,
    fill: Fill = Template.fill,
) -> Front:
    """Fill the front matter of a page for a dialect. Reports what is wrong.

    `context` has recorded nothing yet, and `names` are what it gives.
    """
    entries = {**page.meta, **page.own.get(dialect, {})}
    meta = {key: _meta(value, names, context, report, fill) for key, value in entries.items()}
    return Front(meta, frozenset(context.used.places))


def assemble(page: Page, front: Front, filling: Filling, about: About) -> Document:
    """Put front matter above a text."""
    title = front.meta["title"]
    return Document(
        title.text if isinstance(title, Typed) else title if isinstance(title, str) else "",
        front.meta,
        filling,
        front.used,
        tuple(sorted({page.file, *(place.file for place in front.used), *filling.files})),
        about,
    )


def check(
    document: Document,
    page: Page,
    context: Context,
    names: ReadOnly[str, object],
    report: Report,
    checked: Family | None = None,
) -> None:
    """Report what is wrong with a document in its dialect.

    Of a text whose family has been `checked` in the dialect, only what the family leaves open is looked at.
    """
    check = _Check(document, page.body, context, names, document.about.dialect, report)
    check.run() if checked is None else check.run_again(checked)


def _meta(value: MetaTemplate, names: ReadOnly[str, object], context: Context, report: Report, fill: Fill) -> MetaValue:
    if isinstance(value, MetaText):
        try:
            text, facts = fill(value.template, names)
        except BrokenError:
            return ""
        except TemplateProblem as problem:
            report(problem.finding(context.name))
            return ""
        try:
            filled = MARK.sub(lambda match: str(facts[int(match[1])]), text)
        except MissingError as error:  # a table
            index = next(index for index, fact in enumerate(facts) if isinstance(fact, SlotView))
            place = value.template.place_of(index, names)
            report(Finding(error.code, str(error), place, shown_on=(context.name,)))
            return ""
        return Typed(filled) if value.typed else filled
    if isinstance(value, dict):
        return {key: _meta(item, names, context, report, fill) for key, item in value.items()}
    return tuple(_meta(item, names, context, report, fill) for item in value)


# --- checks --------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _slugs(text: str) -> frozenset[str]:
    """The ids of the lines of a text, if they were headings."""
    return frozenset(slug(line.strip(" \t#>*-")) for line in text.split("\n"))


_UNSAFE_IN_FENCE = re.compile(r"\{\{[<%]|\{%|`{3}|~{3}|\n")
_TAG_VALUE = re.compile(r"[\w ./:,+-]*")
_TAGS = {"hugo": "shortcode of Hugo", "markdoc": "tag of Markdoc"}


@frozen
class _Check:
    """Links without a target, slots inside a line, tags that the dialect does not understand."""

    document: Document
    template: Template
    context: Context
    names: ReadOnly[str, object]
    dialect: str
    report: Report

    def run(self) -> None:
        body = self.document.body
        for index in self.document.slots.keys() - body.slots:
            message, hint = "a table or a partial stands alone on its line", "put an empty line before and after it"
            self.report(Finding("slot-in-line", message, self._printed(index), hint))
        for fence in body.fences:
            self._fence(fence)
        for piece in body.pieces:
            self._piece(piece)
        self._own_targets()
        for insert in self.document.inserts.values():
            for inner in pieces_of(insert.inline) if insert.inline else ():
                self._piece_of_value(inner, insert)

    def run_again(self, family: Family) -> None:
        """Look at what the pages of a family differ in."""
        for fence in family.fences:
            self._fence(fence)
        for tag in family.tags:
            self._piece(tag)
        if family.headings:
            self._own_targets()

    def _printed(self, index: int) -> Place:
        return self.template.place_of(index, self.names)

    def _fence(self, fence: Fence) -> None:
        for part in fence.parts:
            if isinstance(part, Hole) and _UNSAFE_IN_FENCE.search(self.document.inserts[part.index].text):
                message = f"the value '{self.document.inserts[part.index].text}' cannot stand in fenced code"
                self.report(Finding("unsafe-value", message, self._printed(part.index), "write it outside of the code"))

    def _own_targets(self) -> None:
        """Links to places on the page itself: no heading, table or tag makes some of these, in any dialect."""
        there = {"": True, "top": True, **dict.fromkeys(self.document.anchors, True)}
        for anchor in self.document.body.own_targets:
            target = "".join(p if isinstance(p, str) else self.document.inserts[p.index].text for p in anchor.target)
            id_ = unquote(target[1:])
            if id_ not in there:
                there[id_] = self._may_be_there(id_)
            if there[id_]:
                continue
            place = self.template.find(f"({target}")
            place = place._replace(column=place.column + 1, length=len(target)) if place.length > 1 else place
            message = f"nothing on this page has the id '{id_}'"
            hint = did_you_mean(id_, filter(None, self.document.anchors))
            self.report(Finding("unknown-anchor", message, place, hint, severity="warning"))

    def _may_be_there(self, id_: str) -> bool:
        """Whether a table of the page, a tag, or a heading that only a dialect takes for one may have an id."""
        tags = [piece for piece in self.document.body.pieces if isinstance(piece, Tag)]
        of_table = id_.startswith(("table-", "list-")) and bool(self.document.body.slots)
        if of_table or any(tag.language != "html" for tag in tags):
            return True
        texts = (
            self.template.source,
            *self.template.includes.values(),
            *(i.text for i in self.document.inserts.values()),
        )
        # An id that is written, one that a value is part of, and one that Hugo makes of a heading.
        written = re.compile(rf"""(?:=\s*["']?|\{{#)(?:{re.escape(id_)}\b|[\w-]*<<)""")
        return any(slug_of_hugo(heading) == id_ for heading in self.document.filling.headings) or any(
            written.search(text) or id_ in _slugs(text) for text in texts
        )

    def _piece(self, piece: Piece) -> None:
        if isinstance(piece, Anchor) and piece.name and piece.name not in self.document.links:
            value = MARK.search(piece.name)
            self._link(piece.name, self._printed(int(value[1])) if value else self.template.find(f"[{piece.name}]"))
        elif isinstance(piece, Anchor) and piece.target and isinstance(piece.target[0], Hole):
            target = "".join(p if isinstance(p, str) else self.document.inserts[p.index].text for p in piece.target)
            if not is_target(target):
                place, hint = self._printed(piece.target[0].index), TARGET_HINT
                self.report(Finding("bad-link", f"'{target}' is not the target of a link", place, hint))
        elif isinstance(piece, Tag) and piece.language not in ("html", self.dialect):
            text = "".join(part if isinstance(part, str) else "<< >>" for part in piece.parts)
            # The dialect is not named, so that what reaches several of them is told once.
            message = f"the {_TAGS[piece.language]} '{text}' reaches dialects other than '{piece.language}'"
            hint = f'put it between <% if dialect == "{piece.language}" %> and <% endif %>'
            hole = next((part for part in piece.parts if isinstance(part, Hole)), None)
            guard = rf'<%-? if dialect == "{piece.language}" .*?<% endif'
            place = self._printed(hole.index) if hole else self.template.find(text, guard)
            self.report(Finding("foreign-tag", message, place, hint))
        elif isinstance(piece, Tag) and piece.language != "html":
            for part in piece.parts:
                if isinstance(part, Hole) and not _TAG_VALUE.fullmatch(self.document.inserts[part.index].text):
                    message = f"the value '{self.document.inserts[part.index].text}' cannot stand inside a tag"
                    place, hint = self._printed(part.index), "write it outside of the tag"
                    self.report(Finding("unsafe-value", message, place, hint))

    def _piece_of_value(self, piece: Piece, insert: Insert) -> None:
        place = insert.places[0] if insert.places else self.template.place
        if isinstance(piece, Anchor) and piece.name and piece.name not in self.document.links:
            self._link(piece.name, place)
        elif isinstance(piece, Tag) and piece.language != "html":
            text = "".join(part for part in piece.parts if isinstance(part, str))
            message = f"the {_TAGS[piece.language]} '{text}' cannot stand in a value"
            self.report(Finding("foreign-tag", message, place, "a value reaches every dialect; say it in words"))

    def _link(self, name: str, place: Place) -> None:
        """Say why a name leads to no target."""
        try:
            self.context.target(name)
        except BrokenError:
            pass  # that is reported where it stands
        except MissingError as error:
            known = [*self.context.link_names, *self.document.body.definitions]
            hint = did_you_mean(name, known) if error.code == "unknown-link" else ""
            self.report(Finding(error.code, MARK.sub("<< >>", str(error)), place, hint))


def slug_of_hugo(heading: str) -> str:
    """The id that Hugo gives a heading without one, as GitHub does."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
