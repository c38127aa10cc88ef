"""Documents: a page for a product, a library, a date and a format, with all values filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnly
from dataclasses import field
from functools import cached_property

from sitegen.findings import Place
from sitegen.frozen import WithCachedProperties, frozen, frozen_without_eq
from sitegen.markdown.blocks import Block, Body
from sitegen.markdown.inline import Inline, Parts, joined, plain
from sitegen.tables.grids import Table


@frozen
class Partial:
    """The tables of a fragment. `path` has no suffix. `page` is the name of the context, such as `aap/python`."""

    id: str
    path: str
    tables: tuple[Table, ...]
    path_places: frozenset[Place]
    page: str = ""

    @property
    def places(self) -> frozenset[Place]:
        """The places of all facts that were read for it."""
        return self.path_places.union(*(table.places for table in self.tables))

    @property
    def sources(self) -> tuple[str, ...]:
        """The files with its facts and definitions."""
        return tuple(sorted({file for table in self.tables for file in table.sources}))


@frozen
class Insert:
    """A value in prose, with the places of its facts. `inline` is the parsed value if it is Markdown."""

    text: str
    inline: Inline | None
    places: tuple[Place, ...]

    @property
    def plain(self) -> str:
        """The text without markup."""
        return self.text if self.inline is None else plain(self.inline, lambda _: "")


@frozen_without_eq
class Filling(WithCachedProperties):
    """The filled text of a page file for a product, a library and a date. Formats share it unless it uses `dialect`.

    `inserts` and `slots` are by the numbers in the body. `headings` are the texts of the headings in order, `anchors`
    their ids, and `links` the targets of links by name. `used` are the places of the facts in the text.
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
        """The files with its facts and definitions."""
        return frozenset(place.file for place in self.used).union(*(slot.sources for slot in self.slots.values()))


@frozen
class Typed:
    """A number or a boolean in front matter, as written."""

    text: str


MetaValue = str | Typed | tuple["MetaValue", ...] | dict[str, "MetaValue"]


@frozen
class FrontMatter:
    """The front matter of a page, and the places of the facts in it."""

    meta: ReadOnly[str, MetaValue]
    used: frozenset[Place]


def in_words(name: str) -> str:
    """A name from the YAML in words: `user_events` becomes User events."""
    return re.sub("[-_.]+", " ", name[:1].upper() + name[1:])


def title_of_page(product: str, library: str) -> str:
    """The names of a product and a library, either of which may be missing: `AAP for Java`."""
    return " for ".join(filter(None, (product, library)))


@frozen
class NavItem:
    """A page in a navigation: its path, the names of its product and library with their places, and its own name."""

    path: str
    product: str
    library: str
    places: tuple[Place, ...] = ()
    label: str = ""


@frozen
class About:
    """What describes a page: its path, the folder of its format, names, and the as-of date.

    `page` is its name in findings, such as `aap/python`. `nav` are the pages of its library. `former` are the paths
    that lead to it, in a format with redirects, with their places.
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
    former: ReadOnly[str, Place] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """What the page is about: `AAP for Java`; empty for the whole site."""
        return title_of_page(self.product, self.library)

    @property
    def places(self) -> frozenset[Place]:
        """The places of the names in `nav`."""
        return frozenset(place for item in self.nav for place in item.places)


@frozen_without_eq
class Document(WithCachedProperties):
    """A page: its front matter and its text. `sources` are the files from which it is built.

    `used` are the places of the facts in the front matter.
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
        """Parts of its blocks as text, with unescaped values."""
        return joined(parts, lambda index: self.filling.inserts[index].text)

    @property
    def places(self) -> frozenset[Place]:
        """The places of all facts that were read for it."""
        return self.filling.used.union(self.used, self.about.places, *(slot.places for slot in self.slots.values()))


EMPTY = Document("", {}, Filling(Body((), {}), {}, {}, (), (), {}, frozenset()), frozenset(), ())
