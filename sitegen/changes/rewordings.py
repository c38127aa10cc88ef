"""What reads otherwise in one document than in another: cell by cell, sentence by sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from difflib import SequenceMatcher
from typing import Literal

from sitegen.documents import EMPTY, Document, Insert, MetaValue, Partial, Typed
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.grids import Cell, Row, Span, Table
from sitegen.inline import Anchor, Code, Hole, Inline, Parts, Tag, numbers, numbers_in
from sitegen.pages import Alert, Block, Fence, Heading, Prose

What = Literal[
    "page", "front matter", "navigation", "sentence", "link",
    "table", "caption", "header", "row", "cell", "note", "order",
]  # fmt: skip
_DAY = "\ufdd5"  # stands for the day of the build, which is another one in every document
_BETWEEN = " · "
_NEAR = 0.6  # from which share of common text on a sentence is taken for another wording of one


@frozen
class Rewording:
    """One piece that reads otherwise; `old` or `new` is empty where it came or went.

    `where` is the heading above a sentence, the key of front matter, or the caption of a table. In a table, `table`
    is its id, `row` the first cell of a row, and `column` a header. `partial` says that the page shows it by a partial.
    `navigation` is what an HTML site tells of its other pages. `places` are those of the facts of both sides, as far as
    they are known.
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
    """What reads otherwise in a page. None is a page that is not there; a page that came or went is one piece."""
    if old is None or new is None:
        yield Rewording("page", "", old.title if old else "", new.title if new else "")
        return
    days = old.about.as_of, new.about.as_of
    yield from (replace(found, places=old.used | new.used) for found in _meta("", dict(old.meta), dict(new.meta), days))
    yield from _sentences(old, new)
    yield from _links(old.links, new.links)
    yield from _tables(_shown(old), _shown(new), days)


def reworded_partial(old: Partial | None, new: Partial | None, day: str) -> Iterator[Rewording]:
    """What reads otherwise in a partial. None is one that is not there; `day` is that of the new build."""
    before, after = ({(t.id, 0): (t, False) for t in one.tables if t.rows} if one else {} for one in (old, new))
    yield from _tables(before, after, (day, day))


# --- pages ---------------------------------------------------------------------------


def _meta(key: str, old: MetaValue | None, new: MetaValue | None, days: tuple[str, str]) -> Iterator[Rewording]:
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys((*old, *new)):
            yield from _meta(f"{key}.{name}" if key else name, old.get(name), new.get(name), days)
        return
    before, after = _meta_text(old), _meta_text(new)
    if not _alike(before, after, days):
        yield Rewording("front matter", key, before, after)


def _meta_text(value: MetaValue | None) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_meta_text(item)}" for key, item in value.items())
    if isinstance(value, tuple):
        return "; ".join(_meta_text(item) for item in value)
    return value.text if isinstance(value, Typed) else value or ""


def _links(old: ReadOnly[str, str], new: ReadOnly[str, str]) -> Iterator[Rewording]:
    """Targets of links by name that are in both; others go or come with their sentence."""
    for name, target in old.items():
        if new.get(name, target) != target:
            yield Rewording("link", name, target, new[name])


def _sentences(old: Document, new: Document) -> Iterator[Rewording]:
    before, after = list(_Reader(old).sentences()), list(_Reader(new).sentences())
    days = old.about.as_of, new.about.as_of
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            continue
        for was, now in _pairs(before[i:j], after[k:m]):
            plain = was is None or now is None or was.text != now.text
            texts = [(one.text if plain else one.source) if one else "" for one in (was, now)]
            texts = [text.replace(_DAY, day) for text, day in zip(texts, days, strict=True)]
            heading = now.heading if now else was.heading if was else ""
            places = (was.places if was else frozenset()) | (now.places if now else frozenset())
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

    def sentences(self) -> Iterator[_Sentence]:
        """Every sentence in order."""
        yield from self._of(self.document.blocks)

    def _of(self, blocks: tuple[Block, ...]) -> Iterator[_Sentence]:
        for block in blocks:
            if isinstance(block, Alert):
                yield from self._of(block.blocks)
            elif isinstance(block, Fence):
                places = self._places(numbers(block.parts))
                yield from (
                    _Sentence(self.heading, line, line, places) for line in self._joined(block.parts).split("\n")
                )
            elif isinstance(block, (Prose, Heading)):
                yield from self._split(block.inline)
                if isinstance(block, Heading):
                    self.heading = self._text(block.inline)

    def _split(self, inline: Inline) -> Iterator[_Sentence]:
        """The sentences of a paragraph; each line of it is one at least. Where they cannot be paired, it is one."""
        texts = re.split(r"\n|(?<=[.!?])\s+", self._text(inline))
        sources = re.split(r"\n|(?<=[.!?])\s+", self.source(inline))
        if len(texts) != len(sources):
            texts, sources = [self._text(inline)], [self.source(inline)]
        places = self._places(numbers_in(inline))
        for text, source in zip(texts, sources, strict=True):
            if text.strip() or source.strip():
                yield _Sentence(self.heading, " ".join(text.split()), " ".join(source.split()), places)

    def _places(self, indexes: Iterable[int]) -> frozenset[Place]:
        return frozenset(place for index in indexes for place in self.document.inserts[index].places)

    def _text(self, inline: Inline) -> str:
        out = []
        for piece in inline:
            if isinstance(piece, str):
                out.append(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", piece))
            elif isinstance(piece, Hole):
                out.append(self._value(piece))
            elif isinstance(piece, Code):
                out.append(self._joined(piece.parts))
            elif isinstance(piece, Anchor):
                out.append(self._text(piece.text))
        return "".join(out)

    def source(self, inline: Inline) -> str:
        """A paragraph with the targets of its links and its tags."""
        out = []
        for piece in inline:
            if isinstance(piece, Anchor):
                target = piece.name or self._joined(piece.target)
                out.append(f"[{self.source(piece.text)}]({target}{self._joined(piece.title)})")
            elif isinstance(piece, Tag):
                out.append(self._joined(piece.parts))
            else:
                out.append(self._text((piece,)))
        return "".join(out)

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


def _tables(old: _Shown, new: _Shown, days: tuple[str, str]) -> Iterator[Rewording]:
    for key in dict.fromkeys((*new, *old)):
        if key in old and key in new:
            yield from _Tables(old[key][0], *new[key], days).reworded()
        else:
            (table, partial), came = (new[key], True) if key in new else (old[key], False)
            rows = _BETWEEN.join(_label(row) for row in table.rows)
            yield Rewording(
                "table", table.caption, "" if came else rows, rows if came else "", table.id,
                partial=partial, places=table.places,
            )  # fmt: skip


class _Tables:
    """Compares a table with what it was."""

    def __init__(self, old: Table, new: Table, partial: bool, days: tuple[str, str]) -> None:
        self.old = old
        self.new = new
        self.partial = partial
        self.days = days

    def reworded(self) -> Iterator[Rewording]:
        """Each piece."""
        if self.old == self.new:
            return
        old, new = self.old, self.new
        if not _alike(old.caption, new.caption, self.days):
            yield self._piece("caption", old.caption, new.caption, places=old.head_places | new.head_places)
        pairs = _columns(old.headers, new.headers)
        for i, k in pairs:
            was = old.headers[i] if i is not None else Cell(())
            now = new.headers[k] if k is not None else Cell(())
            if not _alike(_text(was), _text(now), self.days):
                yield self._piece("header", _text(was), _text(now), places=(*was.places, *now.places))
        rows = {row.records: row for row in old.rows}
        later = {row.records: row for row in new.rows}
        for records in dict.fromkeys((*later, *rows)):
            if records in rows and records in later:
                yield from self._cells(rows[records], later[records], pairs)
            else:
                row = later.get(records) or rows[records]
                text = _BETWEEN.join(_text(cell) for cell in row.cells)
                texts = ("", text) if records in later else (text, "")
                places = [place for cell in row.cells for place in cell.places]
                yield self._piece("row", *texts, self._row(row), places=places)
        kept, order = [key for key in rows if key in later], [key for key in later if key in rows]
        if kept != order:
            labels = [_BETWEEN.join(_label(later[key]) for key in keys) for keys in (kept, order)]
            yield self._piece("order", labels[0], labels[1])
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
            texts = _text(old.cells[i]), _text(new.cells[k])
            if texts[0] == texts[1]:
                texts = _text(old.cells[i], targets=True), _text(new.cells[k], targets=True)
            places = (*old.cells[i].places, *new.cells[k].places)
            yield self._piece("cell", *texts, self._row(new), _text(self.new.headers[k]), places)

    def _row(self, row: Row) -> str:
        """What tells a row apart: its first cell, or all of them where several rows begin so."""
        others = (other for table in (self.old, self.new) for other in table.rows if other.records != row.records)
        same = any(_label(other) == _label(row) for other in others)
        return _BETWEEN.join(_text(cell) for cell in row.cells) if same else _label(row)

    def _notes(self) -> Iterator[Rewording]:
        old, new = ([(note.title, _inline(note.inline)) for note in table.notes] for table in (self.old, self.new))
        places = {place for table in (self.old, self.new) for note in table.notes for place in note.places}
        titles = dict.fromkeys(title for title, _ in (*new, *old))
        for title in titles:
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
    """Markdown of a fact, which holds no values, with its links."""
    return _Reader(EMPTY).source(inline)


def _alike(old: str, new: str, days: tuple[str, str]) -> bool:
    """Whether two texts differ in nothing but the day of their build."""
    return old == new or old.replace(days[0], _DAY) == new.replace(days[1], _DAY)
