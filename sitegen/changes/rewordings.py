"""What reads differently in one document than in another: cell by cell, sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

from sitegen.documents.documents import EMPTY, Document, Insert, MetaValue, Partial, Typed
from sitegen.frozen import frozen
from sitegen.markdown.blocks import Alert, Block, Fence, Heading, Prose
from sitegen.markdown.inline import Anchor, Code, Hole, Inline, Parts, numbers, numbers_in
from sitegen.tables.grids import Cell, Row, Span, Table

if TYPE_CHECKING:
    from sitegen.findings import Place

What = Literal[
    "page", "front matter", "navigation", "sentence", "link",
    "table", "caption", "header", "row", "cell", "note", "order",
]  # fmt: skip
_DAY = "\ufdd5"  # stands for the day of the build, which is another one in every document
_BETWEEN = " · "
_DATED = ("front matter", "caption", "header")  # what may print the day of the build as a text of its own
_NEAR = 0.6  # from which share of common text on a sentence is taken for another wording of one


@frozen
class Rewording:
    """One piece that reads differently; `old` or `new` is empty where it came or went.

    `where` is the heading above a sentence, the key of front matter, or the caption of a table. In a table, `table`
    is its id, `row` the first cell of a row, and `column` a header. `partial` says that the page shows it by a partial.
    `navigation` is the list of the pages of a library in an HTML site. `places` are those of the facts of both sides,
    as far as they are known.
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


def reworded(old: Document | None, new: Document | None) -> Iterator[Rewording]:
    """What reads differently in a page. None is a missing page; a page that came or went is one piece."""
    if old is None or new is None:
        yield Rewording("page", "", old.title if old else "", new.title if new else "")
        return
    days = old.about.as_of, new.about.as_of
    meta = _meta("", dict(old.meta), dict(new.meta))
    yield from (replace(found, places=old.used | new.used) for found in _other_texts(meta, days))
    yield from _sentences(old, new, days)
    for name, target in old.links.items():  # that are on both sides; others come or go with their sentence
        if new.links.get(name, target) != target:
            yield Rewording("link", name, target, new.links[name])
    yield from _other_texts(_tables(_shown(old), _shown(new)), days)


def reworded_partial(old: Partial | None, new: Partial | None, day: str) -> Iterator[Rewording]:
    """What reads differently in a partial. None is a missing one; `day` is that of the new build."""
    before, after = ({(t.id, 0): (t, False) for t in one.tables if t.rows} if one else {} for one in (old, new))
    return _other_texts(_tables(before, after), (day, day))


def _other_texts(found: Iterable[Rewording], days: tuple[str, str]) -> Iterator[Rewording]:
    """Without captions, headers and front matter that differ in nothing but the day of their build."""
    for one in found:
        alike = one.old == one.new or one.old.replace(days[0], _DAY) == one.new.replace(days[1], _DAY)
        if one.what not in _DATED or not alike:
            yield one


# --- pages ---------------------------------------------------------------------------


def _meta(key: str, old: MetaValue | None, new: MetaValue | None) -> Iterator[Rewording]:
    """Each key of front matter, whether its value differs or not."""
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
    before, after = (list(_Reader(document).sentences(document.blocks)) for document in (old, new))
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        for was, now in _pairs(before[i:j], after[k:m]) if tag != "equal" else ():
            plain = was is None or now is None or was.text != now.text
            texts = [(one.text if plain else one.source) if one else "" for one in (was, now)]
            texts = [text.replace(_DAY, day) for text, day in zip(texts, days, strict=True)]
            heading = next(one.heading for one in (now, was) if one)
            places = frozenset().union(*(one.places for one in (was, now) if one))
            yield Rewording("sentence", heading, texts[0], texts[1], places=places)


@frozen
class _Sentence:
    """A sentence as people read it, with all its markup, the heading above it, and the places of its facts."""

    heading: str = field(compare=False)
    text: str
    source: str
    places: frozenset[Place] = field(default=frozenset(), compare=False)


def _pairs(gone: Sequence[_Sentence], come: Sequence[_Sentence]) -> Iterator[tuple[_Sentence | None, _Sentence | None]]:
    """Pair sentences that went with those that came in their place: the ones that have most of their text in common."""
    if len(gone) == len(come) == 1:
        yield gone[0], come[0]
        return
    left = list(come)
    for was in gone:
        near = [now for now in left if SequenceMatcher(None, was.text, now.text, autojunk=False).ratio() > _NEAR]
        if near:
            yield from ((None, now) for now in left[: left.index(near[0])])
            left = left[left.index(near[0]) + 1 :]
        yield was, near[0] if near else None
    yield from ((None, now) for now in left)


class _Reader:
    """Reads the sentences of a document, its headings too."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.heading = ""

    def sentences(self, blocks: Iterable[Block]) -> Iterator[_Sentence]:
        """Every sentence in order. Each line of a paragraph is one at least."""
        for block in blocks:
            if isinstance(block, Alert):
                yield from self.sentences(block.blocks)
            elif isinstance(block, Fence):
                places = self._places(numbers(block.parts))
                lines = self._joined(block.parts).split("\n")
                yield from (_Sentence(self.heading, line, line, places) for line in lines)
            elif isinstance(block, (Prose, Heading)):
                whole = self.text(block.inline), self.text(block.inline, markup=True)
                pieces = [re.split(r"\n|(?<=[.!?])\s+", text) for text in whole]
                if len(pieces[0]) != len(pieces[1]):  # they cannot be paired
                    pieces = [[text] for text in whole]
                places = self._places(numbers_in(block.inline))
                for text, source in zip(*pieces, strict=True):
                    if text.strip() or source.strip():
                        yield _Sentence(self.heading, " ".join(text.split()), " ".join(source.split()), places)
                if isinstance(block, Heading):
                    self.heading = whole[0]

    def text(self, inline: Inline, *, markup: bool = False) -> str:
        """A paragraph as people read it; with its `markup`, which is the targets of its links and its tags."""
        out = []
        for piece in inline:
            if isinstance(piece, str):
                out.append(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", piece))
            elif isinstance(piece, Hole):
                out.append(self._value(piece))
            elif isinstance(piece, Code):
                out.append(self._joined(piece.parts))
            elif isinstance(piece, Anchor):
                text = self.text(piece.text, markup=markup)
                target = f"{piece.name or self._joined(piece.target)}{self._joined(piece.title)}"
                out.append(f"[{text}]({target})" if markup else text)
            elif markup:
                out.append(self._joined(piece.parts))
        return "".join(out)

    def _places(self, indexes: Iterable[int]) -> frozenset[Place]:
        return frozenset(place for index in indexes for place in self.document.inserts[index].places)

    def _joined(self, parts: Parts) -> str:
        return "".join(part if isinstance(part, str) else self._value(part) for part in parts)

    def _value(self, hole: Hole) -> str:
        insert: Insert = self.document.inserts[hole.index]
        is_today = not insert.places and insert.text == self.document.about.as_of
        return _DAY if is_today else insert.text


# --- tables --------------------------------------------------------------------------

_Shown = ReadOnly[tuple[str, int], tuple[Table, bool]]


def _shown(document: Document) -> _Shown:
    """The tables of a page by id and number, and whether each is part of a partial."""
    found: dict[tuple[str, int], tuple[Table, bool]] = {}
    count: Counter[str] = Counter()
    for slot in document.slots.values():
        for table in slot.tables if isinstance(slot, Partial) else (slot,):
            found[table.id, count[table.id]] = table, isinstance(slot, Partial)
            count[table.id] += 1
    return found


def _tables(old: _Shown, new: _Shown) -> Iterator[Rewording]:
    """What reads differently in tables. Captions and headers are compared by who asks for them."""
    for key in dict.fromkeys((*new, *old)):
        if key in old and key in new:
            yield from _Pair(old[key][0], *new[key]).reworded()
        else:
            table, partial = new.get(key) or old[key]
            rows = _BETWEEN.join(map(_label, table.rows))
            texts = ("", rows) if key in new else (rows, "")
            yield Rewording("table", table.caption, *texts, table.id, partial=partial, places=table.places)


class _Pair:
    """Compares a table with what it was."""

    def __init__(self, old: Table, new: Table, partial: bool) -> None:
        self.old = old
        self.new = new
        self.partial = partial

    def reworded(self) -> Iterator[Rewording]:
        """Each piece."""
        old, new = self.old, self.new
        if old == new:
            return
        yield self._piece("caption", old.caption, new.caption, places=old.head_places | new.head_places)
        pairs = _columns(old.headers, new.headers)
        for i, k in pairs:
            before = old.headers[i] if i is not None else Cell(())
            after = new.headers[k] if k is not None else Cell(())
            yield self._piece("header", _text(before), _text(after), places=(*before.places, *after.places))
        rows, later = ({row.records: row for row in table.rows} for table in (old, new))
        for key in dict.fromkeys((*later, *rows)):
            if key in rows and key in later:
                yield from self._cells(rows[key], later[key], pairs)
            else:
                row = later.get(key) or rows[key]
                texts = ("", _whole(row)) if key in later else (_whole(row), "")
                places = (place for cell in row.cells for place in cell.places)
                yield self._piece("row", *texts, self._row(row), places=places)
        kept, order = [key for key in rows if key in later], [key for key in later if key in rows]
        if kept != order:
            was, now = (_BETWEEN.join(_label(later[key]) for key in keys) for keys in (kept, order))
            yield self._piece("order", was, now)
        yield from self._notes()

    def _piece(
        self, what: What, old: str, new: str, row: str = "", column: str = "", places: Iterable[Place] = ()
    ) -> Rewording:
        known = frozenset(places)
        return Rewording(what, self.new.caption, old, new, self.new.id, row, column, self.partial, known)

    def _cells(self, old: Row, new: Row, pairs: Sequence[tuple[int | None, int | None]]) -> Iterator[Rewording]:
        for i, k in pairs:
            if i is None or k is None or old.cells[i].lines == new.cells[k].lines:
                continue
            was, now = old.cells[i], new.cells[k]
            targets = _text(was) == _text(now)
            texts = _text(was, targets=targets), _text(now, targets=targets)
            yield self._piece("cell", *texts, self._row(new), _text(self.new.headers[k]), (*was.places, *now.places))

    def _row(self, row: Row) -> str:
        """What distinguishes a row: its first cell, or all of them where several rows begin so."""
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


def _columns(old: Sequence[Cell], new: Sequence[Cell]) -> list[tuple[int | None, int | None]]:
    """Pairs of columns: by position where their number is the same, else by header."""
    if len(old) == len(new):
        return [(index, index) for index in range(len(new))]
    before, after = [_text(cell) for cell in old], [_text(cell) for cell in new]
    pairs: list[tuple[int | None, int | None]] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        pairs += zip(range(i, j), range(k, m), strict=True) if tag == "equal" else []
        pairs += [(index, None) for index in range(i, j) if tag != "equal"]
        pairs += [(None, index) for index in range(k, m) if tag != "equal"]
    return pairs


def _label(row: Row) -> str:
    return _text(row.cells[0]) if row.cells else ""


def _whole(row: Row) -> str:
    return _BETWEEN.join(map(_text, row.cells))


def _text(cell: Cell, *, targets: bool = False) -> str:
    """A cell as plain text, states in words; with `targets`, where its links lead."""
    lines = []
    for line in cell.lines:
        texts = (_span(span) + (f" ({span.target})" if targets and span.target else "") for span in line.spans)
        lines.append("".join(texts))
    return ", ".join(lines)


def _span(span: Span) -> str:
    if span.kind == "markdown":
        return _inline(span.inline)
    return span.label if span.kind == "state" else span.text


def _inline(inline: Inline) -> str:
    """Markdown of a fact, which contains no values, with its links."""
    return _Reader(EMPTY).text(inline, markup=True)
