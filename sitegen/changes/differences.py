"""What changed between two states of a site: facts, not text, each told once for all pages that it changed on."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date

from sitegen.alternatives import Alternative
from sitegen.changes.coverage import is_highest
from sitegen.changes.published import FactKey, Key, Published, in_words, keys_of
from sitegen.changes.sides import Side, Why, still_promised, why_changed, why_ended, why_gone, why_left
from sitegen.changes.steps import At, Kind, Step, promises, step
from sitegen.context import long_date
from sitegen.facts import is_exclusion
from sitegen.frozen import frozen
from sitegen.values import STAGES, STATES, Absent, Lifecycle, Link, Support, Value, Versions

UNSTATED, COVERED = "unstated", "covered by other rows"


@frozen
class Change:
    """One change of a fact, of a whole record where `field` is empty, or of a table where `dataset` is empty.

    `label` is what people call the record, `title` the header above the field, `table` the id of the table that
    shows it (empty for prose), `heading` its caption. `old` and `new` are for people; what is not stated on one side
    reads `unstated`, and a record whose promises other rows keep `covered by other rows`. `facts` are the other facts
    of a record that is added or removed, as pairs of title and text. `shrinks` says that less is supported than before,
    `reason` why; `excused` that the reason is given for this change. `since` is the day from which the change shows,
    and `shrinks_from` the one from which support shrinks, where these are later than the day of the comparison. `pages`
    are in the order of the site. `sides` tell one change of a field from another.
    """

    kind: Kind
    dataset: str
    id: str
    field: str
    beside: str
    table: str
    old: str
    new: str
    label: str
    title: str
    heading: str
    facts: tuple[tuple[str, str], ...]
    shrinks: bool
    reason: str
    excused: bool
    pages: tuple[str, ...]
    since: date | None = None
    shrinks_from: date | None = None
    sides: object = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def breaking(self) -> bool:
        """Whether support shrinks and no reason is given for it."""
        return self.shrinks and not self.excused


@frozen
class PageChange:
    """A page that came or went, or a path that is gone: its name, and the names of its product and library.

    `path` is empty for a whole page, and `moved` the path that took the place of one.
    """

    page: str
    product: str
    library: str
    came: bool
    why: Why = Why()
    path: str = ""
    moved: str = ""
    since: date | None = None

    @property
    def breaking(self) -> bool:
        """Whether it went and no reason is given for that."""
        return not self.came and not self.why.given


@frozen
class Comparison:
    """What changed. `pages` are the names of product and library of each page on either side, in order."""

    page_changes: tuple[PageChange, ...]
    changes: tuple[Change, ...]
    pages: ReadOnly[str, tuple[str, str]]

    @property
    def breaking(self) -> int:
        """How many changes shrink support without a reason."""
        return sum(change.breaking for change in self.changes) + sum(page.breaking for page in self.page_changes)


def compare(old: Published, new: Published) -> Comparison:
    """Compare what two states of a site state on a day. A record that got another id is the same record."""
    found = page_by_page(old, new)
    return replace(found, changes=tuple(told_once(found.changes, found.pages)))


def page_by_page(old: Published, new: Published, *, ahead: bool = False) -> Comparison:
    """The same with each change once for each page. `ahead` says that the day has not come."""
    renamed = renamings(old, new)
    before = {side.name: side for side in (Side.of(page, renamed, ahead=ahead) for page in old.pages.values())}
    after = {side.name: side for side in (Side.of(page, {}) for page in new.pages.values())}
    order = [*after, *(name for name in before if name not in after)]
    page_changes: list[PageChange] = []
    found: list[Change] = []
    for name in order:
        if name in before and name in after:
            found += _Pair(name, before[name], after[name]).changes()
            continue
        came = name in after
        side, others = (after[name], before) if came else (before[name], after)
        why = Why() if came else why_gone(side, iter(after.values()))
        page_changes.append(PageChange(name, *side.title, came, why))
        # A page that came or went is told with those of its records that no other page of its library has.
        told = [other.named for other in others.values() if other.library == side.library]
        nothing = replace(side, tables={}, records={}, facts={}, named=frozenset().union(*told))
        records = _Pair(name, *((nothing, side) if came else (side, nothing))).records()
        found += (
            replace(change, reason=change.reason or why.reason, excused=change.excused or why.given)
            for change in records
        )
    page_changes += _paths_gone(before, after)
    titles = {name: (after.get(name) or before[name]).title for name in order}
    return Comparison(tuple(page_changes), tuple(found), titles)


def _paths_gone(before: ReadOnly[str, Side], after: ReadOnly[str, Side]) -> Iterator[PageChange]:
    """The outputs of pages that stay whose paths are gone; those of a library are told once."""
    known = {path for side in after.values() for path in side.page.paths.values()}
    for name, side in before.items():
        for what, path in side.page.paths.items() if name in after else ():
            if path not in known:
                known.add(path)
                why = why_gone(side, iter([after[name]]))
                moved = after[name].page.paths.get(what, "")
                yield PageChange(name, *side.title, came=False, why=why, path=path, moved=moved)


def renamings(old: Published, new: Published) -> dict[Key, Key]:
    """What records of the old side are called on the new one, where that differs; either side may say `was`."""
    forward = {was: now for was, now in new.former.items() if was in old.ids and was not in new.ids}
    backward = {now: was for was, now in old.former.items() if was in new.ids and now not in new.ids}
    return {**backward, **forward}


def told_once(found: Iterable[Change], order: Iterable[str]) -> Iterator[Change]:
    """Unite what is the same on several pages. `order` are the names of all pages."""
    united: dict[Change, list[Change]] = {}
    for change in found:
        key = replace(change, label="", title="", heading="", reason="", excused=False, pages=())
        united.setdefault(key, []).append(change)
    position = {name: index for index, name in enumerate(order)}
    for same in united.values():
        pages = sorted({page for change in same for page in change.pages}, key=position.__getitem__)
        # Where pages call it by names of their own, it is called as in the facts.
        titles, headings = {change.title for change in same}, {change.heading for change in same}
        title = same[0].title if len(titles) == 1 else in_words(same[0].field)
        heading = same[0].heading if len(headings) == 1 else in_words(same[0].table or same[0].dataset)
        reason = same[0].reason if all(change.reason for change in same) else ""
        excused = all(change.excused for change in same)
        yield replace(same[0], pages=tuple(pages), title=title, heading=heading, reason=reason, excused=excused)


class _Pair:
    """Compares a page on the old side with the same on the new one."""

    def __init__(self, name: str, old: Side, new: Side) -> None:
        self.name = name
        self.old = old
        self.new = new
        self.done: set[FactKey] = set()
        self.told: set[Key] = set()
        self.whole: set[Key] = set()
        self.labels: dict[str, str] = {}

    def changes(self) -> Iterator[Change]:
        """Every change, in the order of the tables, and last what prose tells."""
        for table in dict.fromkeys((*self.new.tables, *self.old.tables)):
            yield from self._head(table)
            for key in self._records(table):
                kind = self._came_or_went(table, key)
                yield from self._whole(kind, table, key) if kind else self._fields(table, key)
            yield from self._order(table)
        for fact in dict.fromkeys((*self.new.facts, *self.old.facts)):
            sides = [side for side in (self.old, self.new) if fact in side.facts]
            if len(sides) == 2 or (fact.record not in self.whole and promises(sides[0].value(fact))):
                yield from self._fact("", fact)

    def records(self) -> Iterator[Change]:
        """The records that came or went."""
        for table in dict.fromkeys((*self.new.tables, *self.old.tables)):
            for key in self._records(table):
                kind = self._came_or_went(table, key)
                if kind:
                    yield from self._whole(kind, table, key)

    def _records(self, table: str) -> Iterable[Key]:
        """The records of a table of either side."""
        return dict.fromkeys((*self.new.records.get(table, ()), *self.old.records.get(table, ())))

    def _came_or_went(self, table: str, key: Key) -> Kind | None:
        """Whether a record is new in a table or gone from it, and no other table has taken its place."""
        in_old, in_new = key in self.old.records.get(table, ()), key in self.new.records.get(table, ())
        if in_new and not in_old and (table in self.old.tables or key not in self.old.named):
            return "added"
        if in_old and not in_new and (table in self.new.tables or key not in self.new.named):
            return "removed"
        return None

    def _head(self, table: str) -> Iterator[Change]:
        """The changes of a caption, of headers, and of what columns state of all their values."""
        old, new = self.old.tables.get(table), self.new.tables.get(table)
        if old is None or new is None or list(old.sources()) == list(new.sources()):
            return
        was = {key: (source, text) for key, _, source, text in old.texts()}
        for key, title, source, text in new.texts():
            before = was.get(key, (source, text))
            if before[0] != source and before[1] != text:  # else a fact in it changed, which is told as such
                found = _note_step(before[1], text)
                field = title.partition(" ")[0]
                yield self._of_table(found.kind, table, field, title, before[1], text, (before[0], source))

    def _order(self, table: str) -> Iterator[Change]:
        """Another order of the rows that are on both sides: the first to the last of those that moved."""
        if table not in self.old.tables or table not in self.new.tables:
            return
        orders = [
            dict.fromkeys(
                tuple(side.ids.get(key, key) for key in keys_of(row.records)) for row in side.tables[table].members
            )
            for side in (self.old, self.new)
        ]
        old, new = ([row for row in order if all(row in o for o in orders)] for order in orders)
        moved = [index for index, (was, now) in enumerate(zip(old, new, strict=True)) if was != now]
        if moved:
            shown = slice(moved[0], moved[-1] + 1)
            texts = [", ".join(" · ".join(map(self._label, row)) for row in order[shown]) for order in (old, new)]
            yield self._of_table("order", table, "order", "order of rows", texts[0], texts[1], "order")

    def _of_table(self, kind: Kind, table: str, field: str, title: str, old: str, new: str, sides: object) -> Change:
        return Change(
            kind, "", "", field, "", table, old=old or UNSTATED, new=new or UNSTATED,
            label="", title=title, heading=self.new.tables[table].title, facts=(),
            shrinks=False, reason="", excused=False, pages=(self.name,), sides=sides,
        )  # fmt: skip

    def _whole(self, kind: Kind, table: str, key: Key) -> Iterator[Change]:
        """A record that came or went, with what is told of it; once, unless only its place in a table is concerned."""
        side, other = (self.new, self.old) if kind == "added" else (self.old, self.new)
        self.whole.add(key)
        if key in self.told:
            return
        tables = [table]
        if key not in other.named:
            self.told.add(key)
            tables += [id_ for id_, records in side.records.items() if key in records]
        label_field = side.page.label_field(key[0])
        facts: dict[FactKey, tuple[str, str]] = {}
        for shown in (side.tables[id_] for id_ in tables):
            for name in shown.fields(key[0]):
                fact = FactKey(*key, name)
                value = side.facts[fact].value if fact in side.facts and name != label_field else Absent()
                if not isinstance(value, (Absent, Link)):
                    facts.setdefault(fact, (shown.header(key[0], name), side.text(fact)))
        state, promised = _state(side, table, key)
        kept = kind == "removed" and promised and still_promised(self.old, self.new, key)
        why = Why() if kind == "added" else self._why_gone(table, key)
        yield Change(
            kind, *key, "", "", table,
            old=UNSTATED if kind == "added" else state,
            new=state if kind == "added" else COVERED if kept else UNSTATED,
            label=self._label(key), title="", heading=side.tables[table].title, facts=tuple(facts.values()),
            shrinks=kind == "removed" and promised and not kept,
            reason=why.reason, excused=why.given,
            pages=(self.name,),
            sides=kind,
        )  # fmt: skip

    def _why_gone(self, table: str, key: Key) -> Why:
        found = why_ended(self.old, self.new, key), why_left(self.old.tables.get(table), self.new.tables.get(table))
        return next((why for why in found if why.given), next((why for why in found if why.reason), Why()))

    def _fields(self, table: str, key: Key) -> Iterator[Change]:
        """The changes of what a table shows of a record that stays."""
        sides = [side.tables[table] for side in (self.new, self.old) if table in side.tables]
        fields = dict.fromkeys(itertools.chain(*(shown.fields(key[0]) for shown in sides), ("note",)))
        alone = all(len(shown.definition.datasets) == 1 for shown in sides)
        for name in fields:
            for beside in ("",) if alone else self._besides(key, name):
                yield from self._fact(table, FactKey(*key, name, beside))

    def _besides(self, key: Key, name: str) -> list[str]:
        """The records of a row for which a field has a value of its own on either side; first that for all others."""
        found = {
            fact.beside
            for side in (self.new, self.old)
            for table in side.tables.values()
            if len(table.definition.datasets) > 1
            for _, other in side.records[table.definition.id]
            if (fact := FactKey(*key, name, other)) in side.facts
        }
        return ["", *sorted(found)]

    def _fact(self, table: str, key: FactKey) -> Iterator[Change]:
        """The change of one fact, if there is one; told once on a page."""
        if key in self.done:
            return
        self.done.add(key)
        old = self.old.facts.get(key) or self._usual(self.old, key)
        new = self.new.facts.get(key) or self._usual(self.new, key)
        if old is new and (old is None or not isinstance(old.value, Lifecycle)):
            return
        found = self._step(key, old, new)
        if found is not None:
            yield self._change(found, table, key, old, new)
        if old is not None and new is not None and old.note != new.note:
            note = self._change(_note_step(old.note, new.note), table, key, old, new)
            texts = old.note or UNSTATED, new.note or UNSTATED
            title = f"note on {note.title}"
            yield replace(note, field=f"{key.field} note", old=texts[0], new=texts[1], title=title, sides=texts)

    def _step(self, key: FactKey, old: Alternative[Value] | None, new: Alternative[Value] | None) -> Step | None:
        """What kind of change it is, and whether the page promises less by it."""
        before = self.old.value(key, old) if old else None
        after = self.new.value(key, new) if new else None
        if before is None or after is None:
            at = before or after
            if at is None or isinstance(at.value, Absent) or key.field == self._label_field(key.dataset):
                return None
            less = promises(at) and (after if is_exclusion(key.field) else before) is not None
            found: Step | None = Step("removed" if before else "added", less)
        else:
            found = step(before, after)
            highest = isinstance(after.value, Versions) and after.value.single and is_highest(key.field)
            if highest or is_exclusion(key.field):
                back = step(after, before)
                found = found and found._replace(shrinks=back is not None and back.shrinks)
        if found and found.shrinks and not is_exclusion(key.field):
            kept = still_promised(self.old, self.new, key.record, key.field, key.beside)
            return found._replace(shrinks=not kept)
        return found

    def _usual(self, side: Side, key: FactKey) -> Alternative[Value] | None:
        """For a value beside another record: what held for all, where that other record was there."""
        if not key.beside or all(id_ != key.beside for _, id_ in side.named):
            return None
        return side.facts.get(key._replace(beside=""))

    def _change(
        self, found: Step, table: str, key: FactKey, old: Alternative[Value] | None, new: Alternative[Value] | None
    ) -> Change:
        shown = self.new.tables.get(table) or self.old.tables.get(table)
        beside = next(
            (k for side in (self.new, self.old) for k in side.named if key.beside and k[1] == key.beside), None
        )
        texts = [self.old.page.text(old.value) if old else UNSTATED, self.new.page.text(new.value) if new else UNSTATED]
        if old and new and texts[0] == texts[1]:
            texts = [_in_full(old.value, new.value), _in_full(new.value, old.value)]
        why = why_changed(self.old, self.new, key, new) if found.shrinks else Why(new.reason if new else "")
        return Change(
            found.kind, key.dataset, key.id, key.field, key.beside, table,
            old=texts[0],
            new=texts[1],
            label=self._label(key.record),
            title=(shown.header(key.dataset, key.field) if shown else in_words(key.field))
            + (f" for {self._label(beside)}" if beside else ""),
            heading=shown.title if shown else in_words(key.dataset),
            facts=(),
            shrinks=found.shrinks,
            reason=why.reason, excused=why.given,
            pages=(self.name,),
            sides=(old and old.value, new and new.value),
        )  # fmt: skip

    def _label_field(self, dataset: str) -> str:
        return self.new.page.label_field(dataset) or self.old.page.label_field(dataset)

    def _label(self, key: Key) -> str:
        """What people call a record. Where several have one name, what else tells them apart goes with it."""
        side = self.new if key in self.new.named else self.old
        label = side.label(key)
        apart = self._apart(key[0])
        fact = FactKey(*key, apart)
        if apart and self._is_shared(key, label) and fact in side.facts:
            return f"{label} ({side.text(fact)})"
        return label

    def _is_shared(self, key: Key, label: str) -> bool:
        return any(
            other[0] == key[0] and other != key and side.label(other) == label
            for side in (self.old, self.new)
            for other in side.named
        )

    def _apart(self, dataset: str) -> str:
        """The first field that no two records of a dataset have the same, and that did not change."""
        if dataset not in self.labels:
            self.labels[dataset] = next((n for n in self._field_names(dataset) if self._tells_apart(dataset, n)), "")
        return self.labels[dataset]

    def _field_names(self, dataset: str) -> list[str]:
        shown = (table.fields(dataset) for side in (self.new, self.old) for table in side.tables.values())
        return [name for name in dict.fromkeys(itertools.chain(*shown)) if name != self._label_field(dataset)]

    def _tells_apart(self, dataset: str, name: str) -> bool:
        texts: dict[Key, set[str]] = {}
        for side in (self.old, self.new):
            for key in side.facts:
                if key.dataset == dataset and key.field == name and not key.beside:
                    texts.setdefault(key.record, set()).add(side.text(key))
        every = [text for found in texts.values() for text in found]
        return bool(every) and len(every) == len(texts) == len(set(every))


def _note_step(old: str, new: str) -> Step:
    return Step("wording" if old and new else "added" if new else "removed")


def _in_full(value: Value, other: Value) -> str:
    """What sets a value apart from another that reads the same: the days of its levels, its link, its id."""
    if isinstance(value, Lifecycle):
        others = other.levels if isinstance(other, Lifecycle) else ()
        own = {level.stage: level for level in value.levels}
        differing = {*value.levels} ^ {*others}
        stages = [level.stage for level in (*value.levels, *others) if level in differing]
        return ", ".join(
            f"{STAGES[stage][0]} {'by' if own[stage].by else 'from'} {long_date(own[stage].day)}"
            if stage in own
            else f"no {STAGES[stage][0]}"
            for stage in dict.fromkeys(stages)
        )
    if isinstance(value, Support):
        return f"{value.text} ({value.link or 'no link'})"
    return value.text


def _state(side: Side, table: str, key: Key) -> tuple[str, bool]:
    """How a record was supported, in words, and whether it was: by its states and levels; being listed is enough."""
    at: list[At] = [
        side.value(fact)
        for name in side.tables[table].fields(key[0])
        if (fact := FactKey(*key, name)) in side.facts and isinstance(side.facts[fact].value, (Support, Lifecycle))
    ]
    promised = next((one for one in at if promises(one)), None)
    if at and promised is None:
        text = side.page.text(at[0].value)
        return (text if isinstance(at[0].value, Support) and at[0].value.state in STATES else text.lower()), False
    return "supported", True
