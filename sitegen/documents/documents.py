"""Documents: a page for one product, one library, one day and one format, with nothing left to look up."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from functools import cached_property
from typing import TYPE_CHECKING

from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.markdown.blocks import Block, Body
from sitegen.markdown.inline import Inline, Parts, joined, plain

if TYPE_CHECKING:
    from sitegen.findings import Place
    from sitegen.tables.grids import Table


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


@frozen_without_eq
class Filling(WithCachedProperties):
    """The text of a page file for a product, a library and a day. Formats share it where the text does not name one.

    `inserts` and `slots` answer the numbers in the body; `headings` are the texts of its headings in order, `anchors`
    their ids, and `links` the targets of links by name. `used` are the places of the facts that its prose reads.
    """

    body: Body
    inserts: ReadOnly[int, Insert]
    slots: ReadOnly[int, Table | Partial]
    headings: tuple[str, ...]
    anchors: tuple[str, ...]
    links: ReadOnly[str, str]
    used: frozenset[Place]

    @cached_property
    def files(self) -> frozenset[str]:
        """The files that it comes from."""
        return frozenset(place.file for place in self.used).union(*(slot.sources for slot in self.slots.values()))


@frozen
class Typed:
    """A number or a truth value of front matter, as it was written."""

    text: str


MetaValue = str | Typed | tuple["MetaValue", ...] | dict[str, "MetaValue"]


@frozen
class Front:
    """The front matter of a page, and the places of the facts that it reads."""

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
    """A page among the others: its path, the folder of its format, names, and the as-of date.

    `page` is its name in findings, `aap/python`, and `format` the one that it is written in. `nav` are the pages of
    its library.
    """

    path: str = ""
    root: str = ""
    site: str = ""
    page: str = ""
    format: str = ""
    product: str = ""
    library: str = ""
    library_id: str = ""
    as_of: str = ""
    nav: tuple[NavItem, ...] = ()

    @property
    def places(self) -> frozenset[Place]:
        """The places of the facts that the names in `nav` come from."""
        return frozenset(place for item in self.nav for place in item.places)


@frozen_without_eq
class Document(WithCachedProperties):
    """A complete page: its front matter and its text. `sources` are the files that it comes from.

    `used` are the places of the facts that its front matter reads.
    """

    title: str
    meta: ReadOnly[str, MetaValue]
    filling: Filling
    used: frozenset[Place]
    sources: tuple[str, ...]
    about: About = About()

    @property
    def body(self) -> Body:
        """The parsed text. Pages with different values share it."""
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

    def text(self, parts: Parts) -> str:
        """Parts of its blocks as text, with the values as they are."""
        return joined(parts, lambda index: self.filling.inserts[index].text)

    @property
    def places(self) -> frozenset[Place]:
        """The places of every fact that anything in it was read or computed from."""
        return self.filling.used.union(self.used, self.about.places, *(slot.places for slot in self.slots.values()))


EMPTY = Document("", {}, Filling(Body((), {}), {}, {}, (), (), {}, frozenset()), frozenset(), ())
