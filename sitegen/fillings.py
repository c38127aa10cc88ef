"""The text of a page file for a product, a library and a day: what its prose prints, and which tables stand in it.

Pages whose texts differ in fields of their products only are a family: what they share is worked out for the first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from functools import cached_property, lru_cache
from urllib.parse import quote

from sitegen.context import Context, Fact, SlotView
from sitegen.derived import TableView
from sitegen.findings import Place, Report
from sitegen.frozen import Remembering, frozen, frozen_apart
from sitegen.grids import Table
from sitegen.inline import Anchor, Inline, Parts, Tag, link_names, numbers, parse_inline, plain
from sitegen.pages import Body, Fence, Heading, Page, parse_body
from sitegen.templates import MARK, BrokenError, Fill, Template, TemplateProblem
from sitegen.values import Markdown


@frozen
class Partial:
    """A fragment: a few tables for a context, at a path without its ending; `page` is the name of that context."""

    id: str
    path: str
    tables: tuple[Table, ...]
    path_places: frozenset[Place]
    page: str = ""

    @property
    def places(self) -> frozenset[Place]:
        """The places of every fact that anything in it was read or computed from."""
        return self.path_places.union(*(table.places for table in self.tables))

    @property
    def sources(self) -> tuple[str, ...]:
        """The files that it comes from."""
        return tuple(sorted({file for table in self.tables for file in table.sources}))


@frozen
class Insert:
    """A value in prose: text, or inline Markdown of its author, with the places of its facts."""

    text: str
    inline: Inline | None
    places: tuple[Place, ...]

    @property
    def plain(self) -> str:
        """The text that a reader sees, without markup."""
        return self.text if self.inline is None else plain(self.inline, lambda _: "")


@frozen_apart
class Family(Remembering):
    """Pages of a library with one text, but for what they print of their products: the values with the numbers `own`.

    `headings` are the numbers of those that print some of it or have it in their ids, `fences` and `tags` what holds
    some of it, and `used` the places of the facts that all of the pages ask for.
    """

    own: frozenset[int]
    headings: frozenset[int]
    fences: tuple[Fence, ...]
    tags: tuple[Tag, ...]
    used: frozenset[Place]

    @cached_property
    def files(self) -> frozenset[str]:
        """The files of these."""
        return frozenset(place.file for place in self.used)


@frozen_apart
class Filling(Remembering):
    """The text of a page file for a product, a library and a day. Dialects share it where the text does not name one.

    `inserts` and `slots` answer the numbers in the body; `headings` are the texts of its headings in order, `anchors`
    their ids, and `links` the targets of links by name. `used` are the places of the facts that its prose asks for.
    """

    body: Body
    inserts: ReadOnly[int, Insert]
    slots: ReadOnly[int, Table | Partial]
    headings: tuple[str, ...]
    anchors: tuple[str, ...]
    links: ReadOnly[str, str]
    used: frozenset[Place]
    family: Family | None = None

    @cached_property
    def files(self) -> frozenset[str]:
        """The files that it comes from."""
        shared, used = (self.family.files, self.used - self.family.used) if self.family else (frozenset(), self.used)
        return shared.union((place.file for place in used), *(slot.sources for slot in self.slots.values()))


class PartialView(SlotView):
    """A partial as prose names it, for a slot."""

    kind = "partial"

    def __init__(self, id_: str, ask: Callable[[], Partial]) -> None:
        self.id = id_
        self.key = ("partials", id_)
        self._ask = ask

    @property
    def partial(self) -> Partial:
        """The partial itself."""
        return self._ask()


def fill_page(
    page: Page, context: Context, names: ReadOnly[str, object], report: Report, fill: Fill = Template.fill
) -> Filling | None:
    """Fill the text of a page. Reports what is wrong and returns None then.

    `context` has recorded nothing yet, and `names` are what it gives.
    """
    try:
        text, values = fill(page.body, names)
        slots = slots_of(enumerate(values))
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
        frozenset(context.used.places),
    )


def slots_of(values: Iterable[tuple[int, object]]) -> dict[int, Table | Partial]:
    """The tables and partials among numbered values. Raises BrokenError and TemplateProblem."""
    return {
        index: value.table if isinstance(value, TableView) else value.partial
        for index, value in values
        if isinstance(value, (TableView, PartialView))
    }


def family_of(filling: Filling, own: Iterable[int]) -> Family | None:
    """The family of a text that prints fields of its product with the numbers `own`.

    None where these may change more than what stands in their places: which link is meant, or where one leads.
    """
    body, mine = filling.body, frozenset(own)

    def any_own(parts: Parts) -> bool:
        return any(number in mine for number in numbers(parts))

    names = (*body.definitions.values(), *(piece.name for piece in body.pieces if isinstance(piece, Anchor)))
    if any(map(MARK.search, names)) or any(any_own(anchor.target) for anchor in body.filled_targets):
        return None
    if any(filling.inserts[number].inline is not None for number in mine):
        return None
    return Family(
        mine,
        frozenset(number for number, heading in enumerate(body.headings) if any_own((*heading.plain, *heading.named))),
        tuple(fence for fence in body.fences if any_own(fence.parts)),
        tuple(piece for piece in body.pieces if isinstance(piece, Tag) and any_own(piece.parts)),
        filling.used,
    )


def refill(
    first: Filling, family: Family, own: ReadOnly[int, Fact], slots: ReadOnly[int, Table | Partial]
) -> Filling | None:
    """The text of another page of a family: what it prints of its product, and its tables.

    None where it does not belong to the family, since a heading makes the id of another one be a repeat.
    """
    inserts = {**first.inserts, **{number: Insert(str(fact), None, fact.places) for number, fact in own.items()}}
    headings, texts, ids = first.body.headings, first.headings, first.anchors
    if family.headings:
        texts = tuple(
            _heading_text(headings[number], inserts) if number in family.headings else text
            for number, text in enumerate(texts)
        )
        ids = tuple(_anchors(headings, texts, inserts))
        if any(id_ != ids[number] and number not in family.headings for number, id_ in enumerate(first.anchors)):
            return None
    used = family.used.union(*(fact.places for fact in own.values()))
    return Filling(first.body, inserts, slots, texts, ids, first.links, used, family)


def _insert(fact: Fact, links: frozenset[str]) -> Insert:
    shown = str(fact)
    inline = parse_inline(shown, links.__contains__) if isinstance(fact.value, Markdown) else None
    return Insert(shown, inline, fact.places)


def _definition(target: str, inserts: ReadOnly[int, Insert]) -> str:
    """The target of a link that a page defines, with its values."""
    return MARK.sub(lambda match: quote(inserts[int(match[1])].text), target)


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
    """What a reader sees of a heading, without markup."""
    return "".join(part if isinstance(part, str) else inserts[part.index].plain for part in heading.plain)


@lru_cache(maxsize=16384)
def slug(text: str) -> str:
    """Lower case, without accents, runs of other characters to `-`; it begins with a letter, as Markdoc wants."""
    folded = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", folded).strip("-")
    return found if found[:1].isalpha() else f"section-{found}".rstrip("-")
