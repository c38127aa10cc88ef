"""The differences between the texts of two documents: cell by cell, sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from difflib import SequenceMatcher
from typing import Literal

from sitegen.documents.documents import EMPTY, Document, Insert, MetaValue, Partial, Typed
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.markdown.blocks import Alert, Block, Fence, Heading, Prose
from sitegen.markdown.inline import Anchor, Code, Hole, Inline, joined, numbers, numbers_in
from sitegen.tables.grids import Cell, Row, Span, Table, plain_text, write_spans

What = Literal[
    "page", "front matter", "navigation", "sentence", "link",
    "table", "caption", "header", "row", "cell", "note", "order",
]  # fmt: skip
_DAY = "\ufdd5"  # replaces the day of the build, which differs in the two documents
_BETWEEN = " · "
_DATED = ("front matter", "caption", "header")  # may print the day of the build
_NEAR = 0.6  # the least share of common text of two wordings of one sentence


@frozen
class Rewording:
    """One piece of text that differs; `old` is empty if it was added, and `new` if it was removed.

    `where` is the heading above a sentence, the key of front matter, or the caption of a table. In a table, `table`
    is its id, `row` the first cell of a row, and `column` a header. `partial` is true if the page shows it in a
    partial. `navigation` is the list of the pages of a library in an HTML site. `places` are the known places of the
    facts of both sides.
    """

    what: What
    where: str
    old: str
    new: str
    table: str = ""
    row: str = ""
    column: str = ""
    partial: bool = False
    places: frozenset[Place] = field(default=frozenset(), compare=False, repr=False)


def rewordings(old: Document | None, new: Document | None) -> Iterator[Rewording]:
    """The differences between two texts of a page. None is a missing page; then the whole page is one piece."""
    if old is None or new is None:
        yield Rewording("page", "", old.title if old else "", new.title if new else "")
        return
    days = old.about.as_of, new.about.as_of
    meta = _meta("", dict(old.meta), dict(new.meta))
    yield from (replace(piece, places=old.used | new.used) for piece in _other_texts(meta, days))
    yield from _sentences(old, new, days)
    for name, target in old.links.items():  # others are added or removed with their sentence
        if new.links.get(name, target) != target:
            yield Rewording("link", name, target, new.links[name])
    yield from _other_texts(_tables(_shown(old), _shown(new)), days)


def rewordings_of_partial(old: Partial | None, new: Partial | None) -> Iterator[Rewording]:
    """The differences between two texts of a partial. None is a missing one."""
    before, after = (
        {(t.id, 0): (t, False) for t in partial.tables if t.rows} if partial else {} for partial in (old, new)
    )
    days = old.as_of if old else "", new.as_of if new else ""
    return _other_texts(_tables(before, after), days)


def _other_texts(pieces: Iterable[Rewording], days: tuple[str, str]) -> Iterator[Rewording]:
    """All differences but those of captions, headers and front matter that contain only the day of their build."""
    for piece in pieces:
        is_same = piece.old == piece.new or piece.old.replace(days[0], _DAY) == piece.new.replace(days[1], _DAY)
        if piece.what not in _DATED or not is_same:
            yield piece


# --- pages ---------------------------------------------------------------------------


def _meta(key: str, old: MetaValue | None, new: MetaValue | None) -> Iterator[Rewording]:
    """Each key of front matter, with the same or with another value."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _meta(f"{key}.{name}" if key else name, old.get(name), new.get(name))
    else:
        yield Rewording("front matter", key, _meta_text(old), _meta_text(new))


def _meta_text(value: MetaValue | None) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_meta_text(item)}" for key, item in value.items())
    if isinstance(value, tuple):
        return "; ".join(_meta_text(item) for item in value)
    return value.text if isinstance(value, Typed) else value or ""


def _sentences(old: Document, new: Document, days: tuple[str, str]) -> Iterator[Rewording]:
    before, after = (list(_SentenceReader(document).sentences(document.blocks)) for document in (old, new))
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for was, now in _pairs(before[i:j], after[k:m]) if tag != "equal" else ():
            plain = was is None or now is None or was.text != now.text
            texts = [(sentence.text if plain else sentence.source) if sentence else "" for sentence in (was, now)]
            texts = [text.replace(_DAY, day) for text, day in zip(texts, days, strict=True)]
            heading = next(sentence.heading for sentence in (now, was) if sentence)
            places = frozenset().union(*(sentence.places for sentence in (was, now) if sentence))
            yield Rewording("sentence", heading, texts[0], texts[1], places=places)


@frozen
class _Sentence:
    """A sentence without and with its markup, the heading above it, and the places of its facts."""

    heading: str = field(compare=False)
    text: str
    source: str
    places: frozenset[Place] = field(default=frozenset(), compare=False)


def _pairs(
    removed: Sequence[_Sentence], added: Sequence[_Sentence]
) -> Iterator[tuple[_Sentence | None, _Sentence | None]]:
    """Pair removed sentences with added ones that have most of their text in common, in order."""
    if len(removed) == len(added) == 1:
        yield removed[0], added[0]
        return
    remaining = list(added)
    for was in removed:
        near = [now for now in remaining if SequenceMatcher(None, was.text, now.text, autojunk=False).ratio() > _NEAR]
        if near:
            yield from ((None, now) for now in remaining[: remaining.index(near[0])])
            remaining = remaining[remaining.index(near[0]) + 1 :]
        yield was, near[0] if near else None
    yield from ((None, now) for now in remaining)


class _SentenceReader:
    """Reads the sentences of a document, including its headings."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.heading = ""

    def sentences(self, blocks: Iterable[Block]) -> Iterator[_Sentence]:
        """All sentences in order. A line of a paragraph is at least one."""
        for block in blocks:
            if isinstance(block, Alert):
                yield from self.sentences(block.blocks)
            elif isinstance(block, Fence):
                places = self._places(numbers(block.parts))
                lines = joined(block.parts, self._value).split("\n")
                yield from (_Sentence(self.heading, line, line, places) for line in lines)
            elif isinstance(block, (Prose, Heading)):
                whole = self.text(block.inline), self.text(block.inline, markup=True)
                pieces = [re.split(r"\n|(?<=[.!?])\s+", text) for text in whole]
                if len(pieces[0]) != len(pieces[1]):  # they cannot be assigned to each other
                    pieces = [[text] for text in whole]
                places = self._places(numbers_in(block.inline))
                for text, source in zip(*pieces, strict=True):
                    if text.strip() or source.strip():
                        yield _Sentence(self.heading, " ".join(text.split()), " ".join(source.split()), places)
                if isinstance(block, Heading):
                    self.heading = whole[0]

    def text(self, inline: Inline, *, markup: bool = False) -> str:
        """The text of a paragraph; with `markup`, also the targets of its links and its tags."""
        out = []
        for piece in inline:
            if isinstance(piece, str):
                out.append(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", piece))
            elif isinstance(piece, Hole):
                out.append(self._value(piece.index))
            elif isinstance(piece, Code):
                out.append(joined(piece.parts, self._value))
            elif isinstance(piece, Anchor):
                text = self.text(piece.text, markup=markup)
                target = (piece.name or joined(piece.target, self._value)) + joined(piece.title, self._value)
                out.append(f"[{text}]({target})" if markup else text)
            elif markup:
                out.append(joined(piece.parts, self._value))
        return "".join(out)

    def _places(self, indexes: Iterable[int]) -> frozenset[Place]:
        return frozenset(place for index in indexes for place in self.document.inserts[index].places)

    def _value(self, index: int) -> str:
        insert: Insert = self.document.inserts[index]
        is_today = not insert.places and insert.text == self.document.about.as_of
        return _DAY if is_today else insert.text


# --- tables --------------------------------------------------------------------------

_Shown = ReadOnly[tuple[str, int], tuple[Table, bool]]


def _shown(document: Document) -> _Shown:
    """The tables of a page by id and number, and whether each is part of a partial."""
    tables: dict[tuple[str, int], tuple[Table, bool]] = {}
    count: Counter[str] = Counter()
    for slot in document.slots.values():
        for table in slot.tables if isinstance(slot, Partial) else (slot,):
            tables[table.id, count[table.id]] = table, isinstance(slot, Partial)
            count[table.id] += 1
    return tables


def _tables(old: _Shown, new: _Shown) -> Iterator[Rewording]:
    """The differences of tables, with captions and headers that are the same: `_other_texts` leaves these out."""
    for key in dict.fromkeys((*new, *old)):
        if key in old and key in new:
            yield from _TablePair(old[key][0], *new[key]).rewordings()
        else:
            table, partial = new.get(key) or old[key]
            rows = _BETWEEN.join(map(_label, table.rows))
            texts = ("", rows) if key in new else (rows, "")
            yield Rewording("table", table.caption, *texts, table.id, partial=partial, places=table.places)


class _TablePair:
    """A table before and after a change."""

    def __init__(self, old: Table, new: Table, partial: bool) -> None:
        self.old = old
        self.new = new
        self.partial = partial

    def rewordings(self) -> Iterator[Rewording]:
        """All pieces that differ, and the caption and the headers in any case."""
        old, new = self.old, self.new
        if old == new:
            return
        yield self._piece("caption", old.caption, new.caption, places=old.head_places | new.head_places)
        pairs = _columns(old, new)
        for i, k in pairs:
            before, after = _header(old, i), _header(new, k)
            yield self._piece("header", before[0], after[0], places=(*before[1], *after[1]))
        rows, later = ({(row.records, row.number): row for row in table.rows} for table in (old, new))
        for key in dict.fromkeys((*later, *rows)):
            if key in rows and key in later:
                yield from self._cells(rows[key], later[key], pairs)
            else:
                row = later.get(key) or rows[key]
                texts = ("", _whole(row)) if key in later else (_whole(row), "")
                places = (place for cell in row.all_cells for place in cell.places)
                yield self._piece("row", *texts, self._row(row), places=places)
        kept, order = [key for key in rows if key in later], [key for key in later if key in rows]
        if kept != order:
            was, now = (_BETWEEN.join(_label(later[key]) for key in keys) for keys in (kept, order))
            yield self._piece("order", was, now)
        yield from self._notes()

    def _piece(
        self, what: What, old: str, new: str, row: str = "", column: str = "", places: Iterable[Place] = ()
    ) -> Rewording:
        known_places = frozenset(places)
        return Rewording(what, self.new.caption, old, new, self.new.id, row, column, self.partial, known_places)

    def _cells(self, old: Row, new: Row, pairs: Sequence[tuple[int | None, int | None]]) -> Iterator[Rewording]:
        sections = [row.section or Cell(()) for row in (old, new)]
        if sections[0].lines != sections[1].lines:
            places = (place for section in sections for place in section.places)
            yield self._piece("cell", _text(sections[0]), _text(sections[1]), self._row(new), "section", places)
        for i, k in pairs:
            if i is None or k is None or old.cells[i].lines == new.cells[k].lines:
                continue
            was, now = old.cells[i], new.cells[k]
            targets = _text(was) == _text(now)
            texts = _text(was, targets=targets), _text(now, targets=targets)
            yield self._piece("cell", *texts, self._row(new), _header(self.new, k)[0], (*was.places, *now.places))

    def _row(self, row: Row) -> str:
        """The first cell of a row; all its cells if another row has the same first cell."""
        others = (other for table in (self.old, self.new) for other in table.rows if other.records != row.records)
        return _whole(row) if any(_label(other) == _label(row) for other in others) else _label(row)

    def _notes(self) -> Iterator[Rewording]:
        old, new = ([(note.title, _inline(note.inline)) for note in table.notes] for table in (self.old, self.new))
        places = {place for table in (self.old, self.new) for note in table.notes for place in note.places}
        for title in dict.fromkeys(title for title, _ in (*new, *old)):
            before = [text for other, text in old if other == title and (title, text) not in new]
            after = [text for other, text in new if other == title and (title, text) not in old]
            if before or after:
                yield self._piece("note", " ".join(before), " ".join(after), title, places=places)


def _columns(old: Table, new: Table) -> list[tuple[int | None, int | None]]:
    """Pairs of columns that are the same, in order; those of only one table are in no pair."""
    pairs: list[tuple[int | None, int | None]] = []
    for tag, i, j, k, m in SequenceMatcher(None, old.columns, new.columns, autojunk=False).get_opcodes():
        pairs += zip(range(i, j), range(k, m), strict=True) if tag == "equal" else []
        pairs += [(index, None) for index in range(i, j) if tag != "equal"]
        pairs += [(None, index) for index in range(k, m) if tag != "equal"]
    return pairs


def _header(table: Table, index: int | None) -> tuple[str, tuple[Place, ...]]:
    """The header of a column with that above it, and the places of their facts."""
    found = () if index is None else (table.above[index], table.headers[index])
    cells = [cell for cell in found if cell is not None]
    return ": ".join(map(_text, cells)), tuple(place for cell in cells for place in cell.places)


def _label(row: Row) -> str:
    return _text(row.cells[0]) if row.cells else ""


def _whole(row: Row) -> str:
    return _BETWEEN.join(map(_text, row.cells))


def _text(cell: Cell, *, targets: bool = False) -> str:
    """A cell as plain text, with states in words; with `targets`, also the targets of its links."""

    def link(text: str, target: str) -> str:
        return f"{text} ({target})" if targets else text

    return ", ".join(write_spans(line.spans, _span, link) for line in cell.lines)


def _span(span: Span) -> str:
    return _inline(span.inline) if span.kind == "markdown" else plain_text((span,))


def _inline(inline: Inline) -> str:
    """Markdown of a fact, which contains no values, with the targets of its links."""
    return _SentenceReader(EMPTY).text(inline, markup=True)
