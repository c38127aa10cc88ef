"""The content that every peer publishes: libraries with facts, products, six tables and a shared page of prose.

It is independent of the peers. `page` returns the expected content of a page, for the check of the output.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from benchmarks.compare.prose import BLOCKS, TITLE, Heading, Items, Slot, Text

Kind = Literal["text", "code", "link"]
SIZES: Mapping[int, tuple[int, int]] = {5: (1, 5), 100: (10, 10), 1000: (100, 10), 10_000: (1000, 10)}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its header, its field, and for a link the field of its target."""

    header: str
    field: str
    kind: Kind
    target: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its minimum and maximum number of rows, and its columns."""

    id: str
    caption: str
    fewest: int
    most: int
    columns: tuple[Column, ...]

    @property
    def each_product(self) -> bool:
        """Whether the table differs by product."""
        return any("{product}" in column.header for column in self.columns)


SINCE = Column("Since version", "since", "text")
TABLES = (
    Table(
        "capabilities",
        "Capabilities of {library}",
        9,
        9,
        (
            Column("Capability", "name", "link", "guide"),
            Column("Minimum version for {product}", "since", "text"),
            Column("Setting", "setting", "code"),
        ),
    ),
    Table(
        "deployments",
        "Deployments of {library}",
        5,
        5,
        (Column("Deployment", "name", "text"), Column("Setting", "setting", "code"), SINCE),
    ),
    Table(
        "releases",
        "Releases of {package}",
        4,
        4,
        (Column("Release", "branch", "code"), Column("Level", "level", "text"), Column("Agent", "agent", "text")),
    ),
    Table(
        "runtimes",
        "Runtimes of {library}",
        12,
        12,
        (Column("Runtime", "name", "text"), Column("Runtime versions", "accepts", "code"), SINCE),
    ),
    Table(
        "frameworks",
        "Frameworks for {library}",
        4,
        8,
        (Column("Framework", "name", "link", "site"), Column("Framework versions", "accepts", "code"), SINCE),
    ),
    Table(
        "stores",
        "Data stores for {library}",
        8,
        8,
        (Column("Data store", "name", "link", "site"), Column("Driver", "driver", "code"), SINCE),
    ),
)
FIELDS = {
    table.id: tuple(dict.fromkeys(name for c in table.columns for name in (c.field, c.target) if name))
    for table in TABLES
}
# The names of each table; a library uses as many as the table has rows.
NAMES = {
    "capabilities": "Threat Detection,Query Tracing,Log Injection,Runtime Metrics,Error Tracking,Remote Setup,"
    "Header Capture,Data Masking,Span Sampling",
    "deployments": "Docker,Kubernetes,Serverless,Bare Metal,Fargate",
    "runtimes": "CPython,PyPy,HotSpot,GraalVM,OpenJ9,Node.js,Deno,Bun,CoreCLR,Mono,YARV,JRuby",
    "frameworks": "Django,Flask,Express,Spring,Rails,Laravel,Gin,Phoenix",
    "stores": "PostgreSQL,MySQL,Redis,MongoDB,Cassandra,Elasticsearch,Memcached,SQLite",
}
PRODUCTS = (
    "Tracing,Profiler,Threat Guard,Code Scanner,Log Lens,Error Desk,Test Radar,Data Streams,Service Map,Cost View"
)
LANGUAGES = "Python,Java,Node.js,Go,Ruby,PHP,.NET,Rust,Elixir,C++"
LEVELS = {"ga": "General Availability", "maintenance": "Maintenance", "eol": "End of Life"}
Record = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Product:
    """A product. Each library has a page for each product."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Library:
    """A library with its facts: the records of each table."""

    id: str
    name: str
    package: str
    records: Mapping[str, tuple[Record, ...]]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a page."""

    kind: Kind
    text: str
    target: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """The expected content of a page."""

    title: str
    headings: tuple[str, ...]
    prose: tuple[str, ...]
    headers: Mapping[str, tuple[str, ...]]
    cells: Mapping[str, tuple[tuple[Cell, ...], ...]]


@dataclass(slots=True)
class Workload:
    """A site with a page for every product of every library. Edits change it together with the files of a peer."""

    libraries: list[Library]
    products: list[Product]
    sentence: str = "Reviewed by the first team."
    version: str = field(default="1.4.0")  # of the first capability of the first library

    @property
    def pages(self) -> int:
        """The number of pages."""
        return len(self.libraries) * len(self.products)

    def paths(self) -> Iterator[tuple[Library, Product]]:
        """The library and the product of each page."""
        for library in self.libraries:
            for product in self.products:
                yield library, product

    def page(self, library: Library, product: Product) -> Page:
        """The expected page of a library and a product."""

        def said(text: str) -> str:
            return plain(filled(text, library, product)).replace("{sentence}", self.sentence)

        lines = [line for block in BLOCKS for line in _lines(block)]
        headings = [block.text for block in BLOCKS if isinstance(block, Heading)]
        return Page(
            said(TITLE),
            tuple(said(text) for text in headings),
            tuple(said(text) for text in lines),
            {table.id: tuple(said(column.header) for column in table.columns) for table in TABLES},
            {
                table.id: tuple(self._cells(table, record) for record in self.records(library, table))
                for table in TABLES
            },
        )

    def records(self, library: Library, table: Table) -> tuple[Record, ...]:
        """The records of a table, after the last edit."""
        records = library.records[table.id]
        if library is self.libraries[0] and table.id == "capabilities":
            records = ({**records[0], "since": self.version}, *records[1:])
        return records

    def _cells(self, table: Table, record: Record) -> tuple[Cell, ...]:
        return tuple(
            Cell(column.kind, record[column.field], record[column.target] if column.target else "")
            for column in table.columns
        )


def _lines(block: object) -> tuple[str, ...]:
    """The paragraphs of a block."""
    if isinstance(block, Text):
        return (block.text,)
    return block.items if isinstance(block, Items) else ()


def filled(text: str, library: Library, product: Product) -> str:
    """A text of the prose, with the names of a page filled in."""
    return text.format(library=library.name, product=product.name, package=library.package, sentence="{sentence}")


def noted(text: str, notation: Mapping[str, str]) -> str:
    """A text of the prose, with the notation of a peer for each name."""
    return re.sub(r"\{(\w+)\}", lambda match: notation[match[1]], text)


def plain(markdown: str) -> str:
    """The visible text of a paragraph."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", markdown)
    return re.sub(r"[`*]", "", text)


def markdown(notation: Mapping[str, str], slot: Mapping[str, str]) -> str:
    """The prose of the page in the notation of a peer. `slot` returns the notation for each table."""
    out: list[str] = []
    for block in BLOCKS:
        if isinstance(block, Heading):
            out.append(f"{'#' * block.level} {noted(block.text, notation)}")
        elif isinstance(block, Slot):
            out.append(slot[block.table])
        elif isinstance(block, Items):
            out.append("\n".join(f"- {noted(item, notation)}" for item in block.items))
        else:
            out.append(noted(block.text, notation))
    return "\n\n".join(out) + "\n"


# --- generation ----------------------------------------------------------------------


@cache
def workload(pages: int) -> tuple[tuple[Library, ...], tuple[Product, ...]]:
    """The libraries and products of a site. The result is always the same."""
    libraries, products = SIZES[pages]
    names = PRODUCTS.split(",")[:products]
    return (
        tuple(_library(number) for number in range(libraries)),
        tuple(Product(name.lower().replace(" ", "-"), name) for name in names),
    )


def fresh(pages: int) -> Workload:
    """A workload without edits."""
    libraries, products = workload(pages)
    return Workload(list(libraries), list(products))


def _library(number: int) -> Library:
    chance = random.Random(number)
    language = LANGUAGES.split(",")[number % 10]
    package = f"acme-{re.sub('[^a-z]', '', language.lower())}-{number}"
    records = {table.id: tuple(_records(table, chance)) for table in TABLES}
    return Library(f"l{number:04}", f"{language} {number}", package, records)


def _records(table: Table, chance: random.Random) -> Iterator[Record]:
    count = chance.randint(table.fewest, table.most)
    if table.id == "releases":
        first = chance.randint(0, 5)
        for step, level in zip(range(count), ("eol", "eol", "maintenance", "ga"), strict=True):
            low = first + step
            yield {"branch": f">={low},<{low + 1}", "level": LEVELS[level], "agent": f"7.{chance.randint(10, 60)}.0"}
        return
    for name in NAMES[table.id].split(",")[:count]:
        yield {field: _value(field, name, chance) for field in FIELDS[table.id]}


def _value(field: str, name: str, chance: random.Random) -> str:
    word = re.sub("[^a-z0-9]+", "-", name.lower())
    if field == "name":
        return name
    if field in ("guide", "site"):
        return f"https://example.com/{word}"
    if field == "setting":
        return f"ACME_{word.upper().replace('-', '_')}"
    if field == "driver":
        return f"{word}-driver"
    low = f"{chance.randint(1, 9)}.{chance.randint(0, 40)}"
    return f">={low},<{chance.randint(10, 30)}" if field == "accepts" else f"{low}.{chance.randint(0, 9)}"
