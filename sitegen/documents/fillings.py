"""Fills the text and the front matter of a page file for a product, a library and a date, and checks the result."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from functools import lru_cache
from urllib.parse import quote, unquote

from sitegen.documents.documents import About, Document, FrontMatter, Insert, MetaValue, Partial, Typed
from sitegen.evaluation.context import Context, Fact
from sitegen.evaluation.views import SlotView
from sitegen.facts.values import TARGET_HINT, Markdown, is_target
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.markdown.blocks import Body, Heading, parse_body
from sitegen.markdown.inline import Anchor, Hole, Parts, Piece, Tag, joined, link_names, parse_inline, pieces_of
from sitegen.markdown.pages import MetaTemplate, MetaText, Page
from sitegen.tables.derived import TableView
from sitegen.tables.texts import fill_text
from sitegen.templates.placeholders import deferrable, has_placeholder, known, must_be_empty
from sitegen.templates.template import MARK, NONCHARACTER, BrokenError, MissingError, Template, TemplateProblem


class PartialView(SlotView):
    """A partial in a template. It fills a slot."""

    kind = "partial"

    def __init__(self, id_: str, evaluate: Callable[[], Partial]) -> None:
        self.id = id_
        self._evaluate = evaluate

    @property
    def partial(self) -> Partial:
        """The partial for a slot, evaluated on each access."""
        return self._evaluate()


def fill_page(page: Page, context: Context, names: ReadOnly[str, object], report: Report) -> Document | None:
    """Fill the text of a page, without its front matter. Reports problems, and returns None then.

    `context` must be without reads. `names` are the names in this context.
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
        report(problem.finding(context.page_name(page.kind.page)))
        return None
    known_links = context.link_names
    inserts = {index: _insert(value, known_links) for index, value in enumerate(values) if index not in slots}
    body = parse_body(text, known_links, frozenset(slots))
    links = {name: target for name in _used_links(body, inserts) if (target := context.link(name)) is not None}
    texts = tuple(joined(heading.plain, lambda index: inserts[index].plain) for heading in body.headings)
    return Document(
        body,
        inserts,
        slots,
        texts,
        tuple(_anchors(body.headings, texts, inserts)),
        links | {name: _defined_target(target, inserts) for name, target in body.definitions.items()},
        frozenset(context.reads.places),
    )


def _insert(fact: Fact, links: frozenset[str]) -> Insert:
    text = str(fact)
    inline = parse_inline(text, links.__contains__) if isinstance(fact.value, Markdown) else None
    return Insert(text, inline, fact.places)


def _defined_target(target: str, inserts: ReadOnly[int, Insert]) -> str:
    """The target of a link that a page defines, with the values filled in."""
    return MARK.sub(lambda match: quote(known(inserts[int(match[1])].text)), target)


def _used_links(body: Body, inserts: ReadOnly[int, Insert]) -> set[str]:
    """The names of links that a page uses and does not define."""
    used = set(body.link_names)
    for insert in inserts.values():
        used.update(link_names(insert.inline or ()))
    return used - body.definitions.keys()


# --- headings ------------------------------------------------------------------------


def _anchors(headings: tuple[Heading, ...], texts: tuple[str, ...], inserts: ReadOnly[int, Insert]) -> Iterator[str]:
    """The id of each heading in order, unique by the suffix `-1`, `-2`; empty for headings of the first level."""
    used: set[str] = set()
    for heading, text in zip(headings, texts, strict=True):
        explicit = MARK.sub(lambda match: slug(inserts[int(match[1])].text), heading.anchor) if heading.anchor else ""
        base = explicit or slug(text)
        anchor, number = base, 0
        while anchor in used:
            number += 1
            anchor = f"{base}-{number}"
        used.add(anchor)
        yield anchor if heading.level > 1 else ""


@lru_cache(maxsize=16384)
@deferrable
def slug(text: str) -> str:
    """The id of a heading with a text, as Hugo and GitHub generate it: `What's new in 3.10?` -> `whats-new-in-310`."""
    return id_of(text.strip()) or "heading"


def id_of(text: str) -> str:
    """A part of a heading in its id: letters and digits of any script in lower case, and `-` for each space."""
    kept = (sign for sign in text if sign.isalpha() or sign.isdecimal() or sign in "_- ")
    return "".join(sign.lower()[0] for sign in kept).replace(" ", "-")


# --- documents -----------------------------------------------------------------------


def front_matter(
    page: Page, format_name: str, context: Context, names: ReadOnly[str, object], report: Report
) -> FrontMatter:
    """Fill the front matter of a page for a format. Reports problems.

    `context` must be without reads. `names` are the names in this context.
    """
    name = context.page_name(page.kind.page)
    entries = {**page.meta, **page.own.get(format_name, {})}
    meta = {key: _meta(value, names, name, report) for key, value in entries.items()}
    return FrontMatter(meta, frozenset(context.reads.places))


def assemble(page: Page, front: FrontMatter, text: Document, about: About) -> Document:
    """Combine front matter and text."""
    title, files = front.meta["title"], {place.file for place in text.in_text | front.used}
    return replace(
        text,
        title=title.text if isinstance(title, Typed) else title if isinstance(title, str) else "",
        meta=front.meta,
        used=front.used,
        sources=tuple(sorted(files.union((page.file,), *(slot.sources for slot in text.slots.values())))),
        about=about,
    )


def check(document: Document, page: Page, context: Context, names: ReadOnly[str, object], report: Report) -> str:
    """Report the problems of a document in its format.

    Returns a text with placeholders for the checks that depend on values of the product. Filled in with these values,
    it is empty, or raises PlaceholderError.
    """
    checker = _DocumentChecker(document, page.body, context, names, report)
    checker.run()
    anchors = [*filter(None, document.anchors)]
    deferred = [*checker.deferred, _repeated(*anchors), *map(_table_id, filter(has_placeholder, anchors))]
    return "".join(map(must_be_empty, deferred))


@deferrable
def _repeated(*anchors: str) -> str:
    """The ids of a page if they are not unique; empty if they are."""
    return "" if len({*anchors}) == len(anchors) else " ".join(anchors)


@deferrable
def _table_id(anchor: str) -> str:
    """An id if a table could have it, too; else empty."""
    return anchor if anchor.startswith(("table-", "list-")) else ""


def _meta(value: MetaTemplate, names: ReadOnly[str, object], page: str, report: Report) -> MetaValue:
    if isinstance(value, MetaText):
        filled = fill_text(value.template, names, report, page)
        if filled is None:
            return ""
        return Typed(known(filled.text)) if value.typed else filled.text
    if isinstance(value, dict):
        return {key: _meta(item, names, page, report) for key, item in value.items()}
    return tuple(_meta(item, names, page, report) for item in value)


# --- checks --------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _slugs(text: str) -> frozenset[str]:
    """The ids that the lines of a text would have as headings."""
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


_WITHOUT_HTML = {"hugo": "Hugo omits the HTML '{}' in Markdown", "markdoc": "Markdoc shows the HTML '{}' as text"}
_TAGS = {"hugo": "Hugo shortcode", "markdoc": "Markdoc tag"}
_MAX_HINTS = 20  # of missing ids on a page; to find a similar one takes long on a long page


@frozen
class _DocumentChecker:
    """Reports links without a target, slots inside a line, tags of another format, and values that are not allowed."""

    document: Document
    template: Template
    context: Context
    names: ReadOnly[str, object]
    report: Report
    deferred: list[str] = field(default_factory=list)  # texts with placeholders that must be empty

    def run(self) -> None:
        body = self.document.body
        for index in self.document.slots.keys() - body.slots:
            message, hint = "a table or a partial must be alone on its line", "put an empty line before and after it"
            self.report(Finding("slot-in-line", message, self._place_of_value(index), hint))
        for fence in body.fences:
            self._check_values(fence.parts, _unsafe_in_fence, "fenced code")
        for piece in body.pieces:
            self._check_piece(piece)
        self._check_targets_on_page()
        for insert in self.document.inserts.values():
            for inner in pieces_of(insert.inline) if insert.inline else ():
                self._check_piece_of_value(inner, insert)

    def _place_of_value(self, index: int) -> Place:
        """The place where the template prints a value."""
        return self.template.place_of(index, self.names)

    def _check_values(self, parts: Parts, unsafe: Callable[[str], str], where: str) -> None:
        """Report values in fenced code or in a tag. `unsafe` returns the part of a value that is not allowed there."""
        for hole in (part for part in parts if isinstance(part, Hole)):
            value = self.document.inserts[hole.index].text
            if self._is_problem(unsafe(value)):
                message, hint = f"the value '{value}' is not allowed in {where}", f"write it outside of {where}"
                self.report(Finding("unsafe-value", message, self._place_of_value(hole.index), hint))

    def _is_problem(self, problem: str) -> bool:
        """Whether a text describes a problem. If it has placeholders, the check is deferred."""
        is_deferred = has_placeholder(problem)
        if is_deferred:
            self.deferred.append(problem)
        return bool(problem) and not is_deferred

    def _check_targets_on_page(self) -> None:
        """Report links to ids on the page itself that do not exist in any format."""
        exists = {"": True, "top": True, **dict.fromkeys(self.document.anchors, True)}
        hints: dict[str, str] = {}
        for anchor in self.document.body.own_targets:
            target = self.document.text(anchor.target)
            id_ = unquote(target[1:])
            if id_ not in exists:
                known("".join((id_, *self.document.anchors, *(i.text for i in self.document.inserts.values()))))
                exists[id_] = self._may_exist(id_)
            if exists[id_]:
                continue
            place = self.template.find(f"({target}")
            place = place._replace(column=place.column + 1, length=len(target)) if place.length > 1 else place
            message = f"nothing on this page has the id '{id_}'"
            if id_ not in hints and len(hints) < _MAX_HINTS:
                hints[id_] = did_you_mean(id_, filter(None, self.document.anchors))
            self.report(Finding("unknown-anchor", message, place, hints.get(id_, ""), severity="warning"))

    def _may_exist(self, id_: str) -> bool:
        """Whether a table, a tag, or text that is a heading in some format could have an id."""
        tags = [piece for piece in self.document.body.pieces if isinstance(piece, Tag)]
        of_table = id_.startswith(("table-", "list-")) and bool(self.document.body.slots)
        if of_table or any(tag.language != "html" for tag in tags):
            return True
        texts = (
            self.template.source,
            *self.template.includes.values(),
            *(i.text for i in self.document.inserts.values()),
        )
        # An id in the text, and one with a value in it.
        written = re.compile(rf"""(?:=\s*["']?|\{{#)(?:{re.escape(id_)}\b|[\w-]*<<)""")
        return any(written.search(text) or id_ in _slugs(text) for text in texts)

    def _check_piece(self, piece: Piece) -> None:
        if isinstance(piece, Anchor) and piece.name and piece.name not in self.document.links:
            value = MARK.search(piece.name)
            place = self._place_of_value(int(value[1])) if value else self.template.find(f"[{piece.name}]")
            self._report_link(piece.name, place)
        elif isinstance(piece, Anchor) and piece.target and isinstance(piece.target[0], Hole):
            target = self.document.text(piece.target)
            if not is_target(known(target)):
                place, hint = self._place_of_value(piece.target[0].index), TARGET_HINT
                self.report(Finding("bad-link", f"'{target}' is not a valid link target", place, hint))
        elif isinstance(piece, Tag) and piece.language == self.document.about.format != "html":
            self._check_values(piece.parts, _unsafe_in_tag, "a tag")
        elif isinstance(piece, Tag) and piece.language != "html":
            self._report_foreign(piece)
        elif isinstance(piece, Tag) and self.document.about.format in _WITHOUT_HTML:
            self._report_html(piece)

    def _report_html(self, tag: Tag) -> None:
        """Report HTML, which Hugo omits, and Markdoc shows, unless the site allows it. Comments are not missed."""
        text = joined(tag.parts, lambda _: "<< >>")
        if re.match("<[a-z]", text, re.IGNORECASE) and not NONCHARACTER.search(text):
            message, hint = (
                _WITHOUT_HTML[self.document.about.format].format(text),
                "write Markdown, or allow HTML with 'unsafe: true'",
            )
            self.report(Finding("omitted-html", message, self.template.find(text), hint, severity="warning"))

    def _report_foreign(self, tag: Tag) -> None:
        """Report a tag of another format. The message is the same for all formats, so that there is one finding."""
        text = joined(tag.parts, lambda _: "<< >>")
        message = f"the {_TAGS[tag.language]} '{text}' is also written to formats other than '{tag.language}'"
        hint = f'put it between <% if dialect == "{tag.language}" %> and <% endif %>'
        hole = next((part for part in tag.parts if isinstance(part, Hole)), None)
        guard = rf'<%-? if dialect == "{tag.language}" .*?<% endif'
        place = self._place_of_value(hole.index) if hole else self.template.find(text, guard)
        self.report(Finding("foreign-tag", message, place, hint))

    def _check_piece_of_value(self, piece: Piece, insert: Insert) -> None:
        place = insert.places[0] if insert.places else self.template.place
        if isinstance(piece, Anchor) and piece.name and piece.name not in self.document.links:
            self._report_link(piece.name, place)
        elif isinstance(piece, Tag) and piece.language != "html":
            text = "".join(part for part in piece.parts if isinstance(part, str))
            message = f"the {_TAGS[piece.language]} '{text}' is not allowed in a value"
            self.report(Finding("foreign-tag", message, place, "values are written to all formats; use words instead"))

    def _report_link(self, name: str, place: Place) -> None:
        """Report why the link with a name has no target."""
        try:
            self.context.target(name)
        except BrokenError:
            pass  # reported elsewhere
        except MissingError as error:
            names = [*self.context.link_names, *self.document.body.definitions]
            hint = did_you_mean(name, names) if error.code == "unknown-link" else ""
            self.report(Finding(error.code, MARK.sub("<< >>", str(error)), place, hint))
