"""Documents: a page for a product, a library, a date and a format, with all values filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping as ReadOnly
from dataclasses import field

from sitegen.findings import Place
from sitegen.frozen import frozen, frozen_without_eq
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
    as_of: str = ""

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
class Document:
    """A page: its text and, in a format, its front matter. `sources` are the files from which it is built.

    Pages with different values share a body. `inserts` and `slots` are by the numbers in it. `headings` are the texts
    of the headings in order, `anchors` their ids, and `links` the targets of links by name. `in_text` are the places of
    the facts in the text, and `used` those in the front matter.
    """

    body: Body
    inserts: ReadOnly[int, Insert] = field(default_factory=dict)
    slots: ReadOnly[int, Table | Partial] = field(default_factory=dict)
    headings: tuple[str, ...] = ()
    anchors: tuple[str, ...] = ()
    links: ReadOnly[str, str] = field(default_factory=dict)
    in_text: frozenset[Place] = frozenset()
    title: str = ""
    meta: ReadOnly[str, MetaValue] = field(default_factory=dict)
    used: frozenset[Place] = frozenset()
    sources: tuple[str, ...] = ()
    about: About = About()

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The blocks in order."""
        return self.body.blocks

    def text(self, parts: Parts) -> str:
        """Parts of its blocks as text, with unescaped values."""
        return joined(parts, lambda index: self.inserts[index].text)

    @property
    def places(self) -> frozenset[Place]:
        """The places of all facts that were read for it."""
        return self.in_text.union(self.used, self.about.places, *(slot.places for slot in self.slots.values()))


EMPTY = Document(Body((), {}))
