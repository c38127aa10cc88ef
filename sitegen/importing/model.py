"""What every reader produces: a page as front matter and blocks in order."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from typing import Literal

from sitegen.findings import Finding, Place
from sitegen.frozen import frozen

Kind = Literal["hugo", "markdoc", "github", "mkdocs", "mdx", "rst", "html", "data"]


@frozen
class MetaLeaf:
    """A value of front matter; `plain` if it is not quoted, so that it may be a number, a boolean or null."""

    text: str
    plain: bool = True


Meta = MetaLeaf | tuple["Meta", ...] | dict[str, "Meta"]


@frozen
class SourceFile:
    """A file to import. `name` is its path; `page` is the path of the page, without an extension.

    `tables` are the texts of the CSV files that it names, by the names that it uses.
    """

    name: str
    text: str
    page: str
    since: date | None = None
    tables: ReadOnly[str, str] = field(default_factory=dict)


@frozen
class SourceCell:
    """A cell: one line of Markdown, and where it is in the source."""

    text: str
    place: Place


Row = tuple[SourceCell, ...]


@frozen
class SourceTable:
    """A table. `above` are the headers above the headers, empty texts if there are none.

    The cells of the columns in `spans` that repeat the one above were one cell, or blank, in the source. `sections` are
    the titles above the rows, if any. A table with a `problem` cannot be represented. `text` is its source, and `wide`
    the text of a cell over several columns, which is repeated in each of them. A `turned` table has the rows of its
    source as columns. `changes` are the findings about what its facts show differently.
    """

    place: Place
    text: str
    headers: Row
    rows: tuple[Row, ...]
    above: tuple[str, ...] = ()
    spans: frozenset[int] = frozenset()
    sections: tuple[str, ...] = ()
    caption: str = ""
    problem: str = ""
    wide: str = ""
    turned: bool = False
    changes: tuple[Finding, ...] = ()

    def transposed(self) -> SourceTable:
        """The table with rows and columns swapped."""
        first, *others = zip(self.headers, *self.rows, strict=True)
        return replace(self, headers=first, rows=tuple(others), turned=not self.turned)


@frozen
class SourceProse:
    """Text that the page contains as it is."""

    text: str


@frozen
class SourceHeading:
    """A heading, with the id that the author wrote, if any."""

    level: int
    text: str
    id: str = ""


@frozen
class SourceAlert:
    """An alert with its Markdown."""

    level: str
    text: str


SourceBlock = SourceProse | SourceHeading | SourceAlert | SourceTable


@frozen
class SourcePage:
    """A page as it was read. `links` are the targets of the links that it defines by name."""

    source: SourceFile
    kind: Kind
    title: str
    meta: ReadOnly[str, Meta]
    blocks: tuple[SourceBlock, ...]
    links: ReadOnly[str, str]
