"""A page file becomes a document, for a product, a library and a day: its text, its front matter, and their checks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from sitegen.documents.documents import About, Document, Filling, Front, Insert, MetaValue, Partial, Typed
from sitegen.evaluation.context import Context, Fact
from sitegen.evaluation.views import SlotView
from sitegen.facts.values import TARGET_HINT, Markdown, is_target
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.markdown.blocks import Body, Fence, Heading, parse_body
from sitegen.markdown.inline import (
    Anchor,
    Hole,
    Piece,
    Tag,
    joined,
    link_names,
    parse_inline,
    pieces_of,
)
from sitegen.markdown.pages import MetaTemplate, MetaText, Page
from sitegen.tables.derived import TableView
from sitegen.templates.placeholders import deferrable, has_placeholder, known, must_be_empty
from sitegen.templates.template import MARK, BrokenError, MissingError, Template, TemplateProblem

if TYPE_CHECKING:
    pass


class PartialView(SlotView):
    """A partial as prose names it, for a slot."""

    kind = "partial"

    def __init__(self, id_: str, ask: Callable[[], Partial]) -> None:
        self.id = id_
        self._ask = ask

    @property
    def partial(self) -> Partial:
        """The partial itself."""
        return self._ask()


def fill_page(page: Page, context: Context, names: ReadOnly[str, object], report: Report) -> Filling | None:
    """Fill the text of a page. Reports problems and returns None then.

    `context` has no reads yet, and `names` are those that it has for the page.
    """
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
        report(problem.finding(context.name))
        return None
    known_links = context.link_names
    inserts = {index: _insert(value, known_links) for index, value in enumerate(values) if index not in slots}
    body = parse_body(text, known_links, frozenset(slots))
    links = {name: target for name in _used_links(body, inserts) if (target := context.link(name)) is not None}
    texts = tuple(_heading_text(heading, inserts) for heading in body.headings)
    return Filling(
        body,
        inserts,
        slots,
        texts,
        tuple(_anchors(body.headings, texts, inserts)),
        links | {name: _definition(target, inserts) for name, target in body.definitions.items()},
        frozenset(context.reads.places),
    )


def _insert(fact: Fact, links: frozenset[str]) -> Insert:
    shown = str(fact)
    inline = parse_inline(shown, links.__contains__) if isinstance(fact.value, Markdown) else None
    return Insert(shown, inline, fact.places)


def _definition(target: str, inserts: ReadOnly[int, Insert]) -> str:
    """The target of a link that a page defines, with its values."""
    return MARK.sub(lambda match: quote(known(inserts[int(match[1])].text)), target)


def _used_links(body: Body, inserts: ReadOnly[int, Insert]) -> set[str]:
    used = set(body.link_names)
    for insert in inserts.values():
        used.update(link_names(insert.inline or ()))
    return used - body.definitions.keys()


# --- headings ------------------------------------------------------------------------


def _anchors(headings: tuple[Heading, ...], texts: tuple[str, ...], inserts: ReadOnly[int, Insert]) -> Iterator[str]:
    """An id for each heading in order; a repeat gets `-1`, `-2`. A first level has none."""
    taken: set[str] = set()
    for heading, text in zip(headings, texts, strict=True):
        if heading.level == 1:
            yield ""
            continue
        own = MARK.sub(lambda match: slug(inserts[int(match[1])].text), heading.anchor) if heading.anchor else ""
        base = own or slug(text)
        anchor, number = base, 0
        while anchor in taken:
            number += 1
            anchor = f"{base}-{number}"
        taken.add(anchor)
        yield anchor


def _heading_text(heading: Heading, inserts: ReadOnly[int, Insert]) -> str:
    """The text of a heading without markup."""
    return joined(heading.plain, lambda index: inserts[index].plain)


@lru_cache(maxsize=16384)
@deferrable
def slug(text: str) -> str:
    """Lower case, without accents, runs of other characters to `-`; it begins with a letter, as Markdoc wants."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    return found if found[:1].isalpha() else f"section-{found}".rstrip("-")


# --- documents -----------------------------------------------------------------------


def front_matter(page: Page, format_name: str, context: Context, names: ReadOnly[str, object], report: Report) -> Front:
    """Fill the front matter of a page for a format. Reports problems.

    `context` has no reads yet, and `names` are those that it has for the page.
    """
    entries = {**page.meta, **page.own.get(format_name, {})}
    meta = {key: _meta(value, names, context, report) for key, value in entries.items()}
    return Front(meta, frozenset(context.reads.places))


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


def check(document: Document, page: Page, context: Context, names: ReadOnly[str, object], report: Report) -> str:
    """Report the problems of a document in its format.

    Returns what has to be filled in with the values of the product: an empty text, or a PlaceholderError.
    """
    check = _Check(document, page.body, context, names, report)
    check.run()
    anchors = [*filter(None, document.anchors)]
    later = [*check.later, _repeats(*anchors), *map(_of_table, filter(has_placeholder, anchors))]
    return "".join(map(must_be_empty, later))


@deferrable
def _repeats(*anchors: str) -> str:
    """The ids that are not unique."""
    return "" if len({*anchors}) == len(anchors) else " ".join(anchors)


@deferrable
def _of_table(anchor: str) -> str:
    """An id that a table may have too."""
    return anchor if anchor.startswith(("table-", "list-")) else ""


def _meta(value: MetaTemplate, names: ReadOnly[str, object], context: Context, report: Report) -> MetaValue:
    if isinstance(value, MetaText):
        try:
            text, facts = value.template.fill(names)
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
        return Typed(known(filled)) if value.typed else filled
    if isinstance(value, dict):
        return {key: _meta(item, names, context, report) for key, item in value.items()}
    return tuple(_meta(item, names, context, report) for item in value)


# --- checks --------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _slugs(text: str) -> frozenset[str]:
    """The ids of the lines of a text, if they were headings."""
    return frozenset(slug(line.strip(" \t#>*-")) for line in text.split("\n"))


@deferrable
def _unsafe_in_fence(value: str) -> str:
    """The part of a value that is not allowed in fenced code; empty if there is none."""
    unsafe = re.search(r"\{\{[<%]|\{%|`{3}|~{3}|\n", value)
    return unsafe.group() if unsafe else ""


@deferrable
def _unsafe_in_tag(value: str) -> str:
    """The characters of a value that are not allowed in a tag."""
    return re.sub(r"[\w ./:,+-]", "", value)


_TAGS = {"hugo": "shortcode of Hugo", "markdoc": "tag of Markdoc"}


@frozen
class _Check:
    """Links without a target, slots inside a line, tags that the format does not understand."""

    document: Document
    template: Template
    context: Context
    names: ReadOnly[str, object]
    report: Report
    later: list[str] = field(default_factory=list)  # problems that depend on values that are known later

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

    def _printed(self, index: int) -> Place:
        return self.template.place_of(index, self.names)

    def _fence(self, fence: Fence) -> None:
        for part in fence.parts:
            if isinstance(part, Hole) and self._is(_unsafe_in_fence(self.document.inserts[part.index].text)):
                message = f"the value '{self.document.inserts[part.index].text}' cannot stand in fenced code"
                self.report(Finding("unsafe-value", message, self._printed(part.index), "write it outside of the code"))

    def _is(self, problem: str) -> bool:
        """Whether there is a problem, unless that is known later."""
        later = has_placeholder(problem)
        if later:
            self.later.append(problem)
        return bool(problem) and not later

    def _own_targets(self) -> None:
        """Links to places on the page itself: no heading, table or tag makes some of these, in any format."""
        there = {"": True, "top": True, **dict.fromkeys(self.document.anchors, True)}
        for anchor in self.document.body.own_targets:
            target = self.document.text(anchor.target)
            id_ = unquote(target[1:])
            if id_ not in there:
                known("".join((id_, *self.document.anchors, *(i.text for i in self.document.inserts.values()))))
                there[id_] = self._may_be_there(id_)
            if there[id_]:
                continue
            place = self.template.find(f"({target}")
            place = place._replace(column=place.column + 1, length=len(target)) if place.length > 1 else place
            message = f"nothing on this page has the id '{id_}'"
            hint = did_you_mean(id_, filter(None, self.document.anchors))
            self.report(Finding("unknown-anchor", message, place, hint, severity="warning"))

    def _may_be_there(self, id_: str) -> bool:
        """Whether a table of the page, a tag, or a heading that only a format takes for one may have an id."""
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
            target = self.document.text(piece.target)
            if not is_target(known(target)):
                place, hint = self._printed(piece.target[0].index), TARGET_HINT
                self.report(Finding("bad-link", f"'{target}' is not the target of a link", place, hint))
        elif isinstance(piece, Tag) and piece.language not in ("html", self.document.about.format):
            text = joined(piece.parts, lambda _: "<< >>")
            # The message does not name the format, so that there is one finding for all formats.
            message = f"the {_TAGS[piece.language]} '{text}' reaches formats other than '{piece.language}'"
            hint = f'put it between <% if dialect == "{piece.language}" %> and <% endif %>'
            hole = next((part for part in piece.parts if isinstance(part, Hole)), None)
            guard = rf'<%-? if dialect == "{piece.language}" .*?<% endif'
            place = self._printed(hole.index) if hole else self.template.find(text, guard)
            self.report(Finding("foreign-tag", message, place, hint))
        elif isinstance(piece, Tag) and piece.language != "html":
            for part in piece.parts:
                if isinstance(part, Hole) and self._is(_unsafe_in_tag(self.document.inserts[part.index].text)):
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
            self.report(Finding("foreign-tag", message, place, "a value reaches every format; write it in words"))

    def _link(self, name: str, place: Place) -> None:
        """Report why a name has no target."""
        try:
            self.context.target(name)
        except BrokenError:
            pass  # reported elsewhere
        except MissingError as error:
            known = [*self.context.link_names, *self.document.body.definitions]
            hint = did_you_mean(name, known) if error.code == "unknown-link" else ""
            self.report(Finding(error.code, MARK.sub("<< >>", str(error)), place, hint))


def slug_of_hugo(heading: str) -> str:
    """The id that Hugo and GitHub generate for a heading without one."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
