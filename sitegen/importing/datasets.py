"""Tables to datasets: which tables show the same records, and which of their columns are one field."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from functools import lru_cache, partial

from sitegen.frozen import frozen
from sitegen.importing.cells import SUPERSCRIPTS, shape_of
from sitegen.importing.columns import ColumnPlan
from sitegen.importing.inference import meaning, plans
from sitegen.importing.model import SourceCell, SourceTable

_RESERVED_FIELDS = (
    "id", "is", "for", "from", "until", "reason", "source", "note", "on", "link", "was", "aliases", "all", "verbatim",
    "when", "section",
)  # fmt: skip
_RESERVED_SETS = (
    "as_of", "dialect", "library", "page", "partials", "product", "products", "libraries", "links", "notes", "tables",
)  # fmt: skip
_MIN_WORDS = 3  # of a header that says by itself what a column is about


@frozen
class Grid:
    """A table of a page, by number, as columns. The first column with different cells is its `key`.

    `idents` are the names of its rows, unique in the table.
    """

    page: int
    block: int
    table: SourceTable
    headers: tuple[str, ...]
    columns: tuple[tuple[SourceCell, ...], ...]
    sections: int  # the number of columns with titles of sections: 0 or 1
    spans: frozenset[int]
    idents: tuple[str, ...]
    is_unique: bool


@frozen
class PlannedField:
    """A field of a dataset: how each of the columns that show it is stored, by grid and column."""

    name: str
    header: str
    plans: ReadOnly[tuple[int, int], ColumnPlan]

    @property
    def first(self) -> ColumnPlan:
        """The plan of the first column. All have the same type."""
        return next(iter(self.plans.values()))


@frozen
class PlannedDataset:
    """A dataset: its grids by number, and its fields."""

    name: str
    grids: tuple[int, ...]
    fields: tuple[PlannedField, ...]


def grid_of(page: int, block: int, table: SourceTable) -> Grid:
    """A table as columns, with the titles of its sections as a column."""
    columns = [tuple(row[at] for row in table.rows) for at in range(len(table.headers))]
    headers = [shape_of(header.text).text for header in table.headers]
    sections = int(bool(table.sections))
    if sections:
        titles = (SourceCell(title, row[0].place) for title, row in zip(table.sections, table.rows, strict=True))
        columns, headers = [tuple(titles), *columns], ["Section", *headers]
    keys = [shape_of(cell.text).text for cell in columns[sections]]
    is_unique = len({*keys}) == len(keys) and all(keys)
    return Grid(
        page,
        block,
        table,
        tuple(headers),
        tuple(columns),
        sections,
        frozenset(at + sections for at in table.spans),
        tuple(_idents(columns, sections, is_unique)),
        is_unique,
    )


def _idents(columns: Sequence[tuple[SourceCell, ...]], first: int, is_unique: bool) -> Iterator[str]:
    """A name for each row: its key, or the least cells at its start that are different in all rows."""
    rows = [tuple(shape_of(cell.text).text for cell in row[first:]) for row in zip(*columns, strict=True)]
    width = (
        1
        if is_unique
        else next((w for w in range(1, len(rows[0]) + 1) if len({row[:w] for row in rows}) == len(rows)), 0)
    )
    seen: Counter[str] = Counter()
    for row in rows:
        ident = " ".join(filter(None, row[: width or 1])) or "row"
        seen[ident] += 1
        yield ident if seen[ident] == 1 else f"{ident} {seen[ident]}"


# --- names ---------------------------------------------------------------------------


def id_of(text: str, separator: str = "-") -> str:
    """A text as an id: its letters of ASCII and digits; empty if it has none."""
    text = re.sub(f"[{SUPERSCRIPTS}]+", " ", text)
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("+", " plus ") if re.search(r"[a-z]\+\+", plain) else plain
    return (
        re.sub(r"[^a-z0-9]+", separator, plain.replace(">=", " ").replace("<", " before "))
        .strip(separator)[:60]
        .strip(separator)
    )


def unique(name: str, taken: set[str], separator: str = "_") -> str:
    """The name, with a number if it is taken. Adds it."""
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}{separator}{number}"
    taken.add(found)
    return found


def _without_mark(header: str) -> str:
    """A header without the mark of a footnote."""
    return re.sub(rf"(?<=\w) *(?:\[\d+\]|[*†‡§{SUPERSCRIPTS}]+)$", "", header)


def _field_name(header: str, at: int) -> str:
    name = id_of(_without_mark(header), "_")
    if not name or name[0].isdigit():
        name = f"column_{name or at + 1}"
    return f"{name}_value" if name in _RESERVED_FIELDS else name


# --- which tables share records ------------------------------------------------------


def grouped(grids: Sequence[Grid]) -> list[list[int]]:
    """The numbers of the grids that show the same records, in groups."""
    groups: dict[int, list[int]] = {}  # the same list for all members of a group
    by_ident: dict[str, list[int]] = defaultdict(list)
    for at, grid in enumerate(grids):
        groups[at] = [at]
        refused: list[list[int]] = []
        others = {other for ident in grid.idents for other in by_ident[ident.lower()]}
        for other in sorted(others, key=lambda one: (grids[one].table.caption != grid.table.caption, one)):
            one, two = sorted((groups[other], groups[at]))
            if one is two or any(groups[other] is each for each in refused) or not _are_same(grids[other], grid):
                continue
            if _contradict(grids, one, two):
                refused.append(groups[other])
                continue
            one += two
            groups |= dict.fromkeys(two, one)
        for ident in grid.idents:
            by_ident[ident.lower()].append(at)
    return [sorted(group) for at, group in groups.items() if at == min(group)]


def _contradict(grids: Sequence[Grid], one: Sequence[int], other: Sequence[int]) -> bool:
    """Whether tables of a page in two groups repeat a column for the same records, which then are not the same.

    They are the same if the tables are equal in all cells, or if their headings are.
    """
    for a, b in ((grids[a], grids[b]) for a in one for b in other if grids[a].page == grids[b].page):
        pairs = _common(a, b)
        if _differences(pairs) or (pairs and a.table.caption != b.table.caption and not _are_equal(a, b)):
            return True
    return False


def _are_equal(one: Grid, other: Grid) -> bool:
    texts = [[[meaning(cell.text) for cell in column] for column in grid.columns] for grid in (one, other)]
    return one.headers == other.headers and texts[0] == texts[1]


def _common(one: Grid, other: Grid) -> list[tuple[str, str]]:
    """The cells of two tables that have the same row and the same header."""
    rows = {ident.lower(): row for row, ident in enumerate(one.idents)}
    shared = [(rows[ident.lower()], row) for row, ident in enumerate(other.idents) if ident.lower() in rows]
    return [
        (one.columns[a][low].text, other.columns[b][high].text) for low, high in shared for a, b in _same(one, other)
    ]


def _key_is_typed(grid: Grid) -> bool:
    return _is_typed(grid.headers[grid.sections], tuple(cell.text for cell in grid.columns[grid.sections]))


@lru_cache(maxsize=4096)
def _is_typed(header: str, texts: tuple[str, ...]) -> bool:
    return next(plans(header, [texts], is_key=True))[0].is_typed


def _same(one: Grid, other: Grid) -> list[tuple[int, int]]:
    """The columns of two tables with the same header, except the key."""
    heads = {_without_mark(header).lower(): at for at, header in enumerate(one.headers) if header}
    found = ((heads.get(_without_mark(header).lower()), at) for at, header in enumerate(other.headers))
    return [(first, at) for first, at in found if first is not None and at > other.sections]


def _differences(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in pairs if meaning(pair[0]) != meaning(pair[1])]


def _are_same(one: Grid, other: Grid) -> bool:
    """Whether two tables are about the same things."""
    if one.is_unique != other.is_unique or (not one.is_unique and one.headers != other.headers):
        return False
    names = {ident.lower() for ident in one.idents}
    shared = sum(ident.lower() in names for ident in other.idents)
    same = _same(one, other)
    is_key = one.headers[one.sections].lower() == other.headers[other.sections].lower()
    is_most = 2 * shared >= min(len(one.idents), len(other.idents))
    is_clear = any(len(other.headers[at].split()) >= _MIN_WORDS for _, at in same)
    is_all = shared == len(one.idents) == len(other.idents) > 2
    if not shared or not ((is_key and is_most) or (same and (is_most or is_clear)) or is_all):
        return False
    if one.page == other.page and _key_is_typed(one) != _key_is_typed(other):
        return False
    pairs = _common(one, other)
    differ = _differences(pairs)
    texts = [pair for pair in differ if not any(re.search(r"\d", shape_of(text).text) for text in pair)]
    return 2 * len(texts) <= len(pairs)


# --- fields --------------------------------------------------------------------------


def dataset_of(
    grids: Sequence[Grid], members: Sequence[int], taken: set[str], skip: dict[tuple[int, int], int]
) -> PlannedDataset:
    """The dataset of some grids. `skip` is the number of plans that failed for a column, by grid and column."""
    first = grids[members[0]]
    by_name: dict[str, list[tuple[int, int]]] = {}
    key_name = _key_name(grids, members)
    for number in members:
        used: set[str] = set()
        for at, header in enumerate(grids[number].headers):
            name = "section_title" if at < grids[number].sections else _field_name(header, at)
            is_key = at == grids[number].sections
            name = key_name if is_key else name
            by_name.setdefault(unique(name, used), []).append((number, at))
    names: set[str] = set()
    fields: list[PlannedField] = []
    for name, columns in by_name.items():
        is_key = name == key_name
        for part, plans_ in _split(grids, columns, skip, is_key=is_key):
            header = grids[part[0][0]].headers[part[0][1]]
            fields.append(PlannedField(unique(name, names), header, dict(zip(part, plans_, strict=True))))
    key = first.headers[first.sections]
    base = id_of(key, "_") if len(members) > 1 or len(key) > 2 else ""
    base = "" if base in ("name", "type", "version", "versions", "feature", "description", "column") else base
    base = base or id_of(first.table.caption, "_") or "records"
    base = f"records_{base}" if base[0].isdigit() else base
    base = (
        f"{base[:-1]}ie" if re.search("[^aeiou]y$", base) else f"{base}e" if re.search("(?:x|ch|sh)$", base) else base
    )
    base = base if base.endswith("s") else f"{base}s"
    while base in _RESERVED_SETS:
        base = f"{base}_data"
    return PlannedDataset(unique(base, taken), tuple(members), tuple(fields))


def _key_name(grids: Sequence[Grid], members: Sequence[int]) -> str:
    """The field of the key: `name`, unless that is the header of another column."""
    others = {_field_name(h, at) for n in members for at, h in enumerate(grids[n].headers) if at != grids[n].sections}
    return "name" if "name" not in others else "key"


def _split(
    grids: Sequence[Grid], columns: list[tuple[int, int]], skip: dict[tuple[int, int], int], *, is_key: bool
) -> Iterator[tuple[list[tuple[int, int]], tuple[ColumnPlan, ...]]]:
    """The columns of a field with their plans; several fields if some are typed and others are not."""
    texts = [[cell.text for cell in grids[number].columns[at]] for number, at in columns]
    header = grids[columns[0][0]].headers[columns[0][1]]
    about = " ".join({word for number, _ in columns for word in (grids[number].table.caption, *grids[number].headers)})
    nth = partial(_nth, header, about, is_key=is_key)
    found = nth(texts, max(skip.get(column, 0) for column in columns))
    if len(columns) > 1 and not found[0].is_typed and not is_key:
        alone = [nth([cells], skip.get(column, 0))[0] for column, cells in zip(columns, texts, strict=True)]
        kinds = dict.fromkeys((plan.type, plan.scheme) for plan in alone if plan.is_typed)
        if kinds:
            for kind in [*kinds, None]:
                part = [
                    column
                    for column, plan in zip(columns, alone, strict=True)
                    if (kind is None and not plan.is_typed) or (plan.type, plan.scheme) == kind
                ]
                if part:
                    inner = [[cell.text for cell in grids[number].columns[at]] for number, at in part]
                    yield part, nth(inner, max(skip.get(column, 0) for column in part))
            return
    yield columns, found


def _nth(header: str, about: str, texts: list[list[str]], number: int, *, is_key: bool) -> tuple[ColumnPlan, ...]:
    """The first plans; after a failure, those of texts; after another one, the last ones."""
    found: tuple[ColumnPlan, ...] = ()
    for each in plans(header, texts, is_key=is_key, about=about):
        found = each
        if number == 0 or (number == 1 and not each[0].is_typed):
            break
    return found
