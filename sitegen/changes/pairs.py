"""A page in two states of a site: which of its facts differ, whether support shrinks by that, and the reasons given."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple

from sitegen.alternatives import Alternative
from sitegen.changes.coverage import Claim, claims, covered, is_highest
from sitegen.changes.published import FactKey, Key, PageFacts, ShownRow, ShownTable, in_words, renamed_in
from sitegen.changes.steps import At, Kind, Step, promises, step
from sitegen.context import long_date
from sitegen.definitions import Column
from sitegen.facts import is_exclusion
from sitegen.frozen import frozen
from sitegen.values import STAGES, STATES, Absent, Lifecycle, Link, List, Support, Value, Versions

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
    table: str
    heading: str
    old: str
    new: str
    pages: tuple[str, ...]
    dataset: str = ""
    id: str = ""
    field: str = ""
    beside: str = ""
    label: str = ""
    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    shrinks: bool = False
    reason: str = ""
    excused: bool = False
    since: date | None = None
    shrinks_from: date | None = None
    sides: object = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def breaking(self) -> bool:
        """Whether support shrinks and no reason is given for it."""
        return self.shrinks and not self.excused


class Why(NamedTuple):
    """The reason of a change, or an empty text; and whether it is given for this change, not for an older one."""

    reason: str = ""
    given: bool = False


class Pair:
    """Compares a page on the old side with the same on the new one."""

    def __init__(self, old: PageFacts, new: PageFacts) -> None:
        self.old = old
        self.new = new
        self.done: set[FactKey] = set()
        self.listed: set[Key] = set()
        self.whole: set[Key] = set()
        self._apart = cache(self._distinctive)

    def changes(self) -> Iterator[Change]:
        """Every change, in the order of the tables, and last what prose alone shows."""
        for table in self._tables():
            yield from self._head(table)
            for key in self._records(table):
                kind = self._came_or_went(table, key)
                yield from self._whole(kind, table, key) if kind else self._fields(table, key)
            yield from self._order(table)
        for fact in dict.fromkeys((*self.new.facts, *self.old.facts)):
            sides = [side for side in (self.old, self.new) if fact in side.facts]
            if len(sides) == 2 or (fact.record not in self.whole and promises(_at(sides[0], sides[0].facts[fact]))):
                yield from self._fact("", fact)

    def records(self) -> Iterator[Change]:
        """The records that came or went."""
        for table in self._tables():
            for key in self._records(table):
                if kind := self._came_or_went(table, key):
                    yield from self._whole(kind, table, key)

    def _tables(self) -> Iterable[str]:
        return dict.fromkeys((*self.new.tables, *self.old.tables))

    def _records(self, table: str) -> Iterable[Key]:
        """The records of a table of either side."""
        return dict.fromkeys(key for side in (self.new, self.old) for key in _records(side, table))

    def _came_or_went(self, table: str, key: Key) -> Kind | None:
        """Whether a record is new in a table or gone from it, and no other table has taken its place."""
        in_old, in_new = key in _records(self.old, table), key in _records(self.new, table)
        if in_new and not in_old and (table in self.old.tables or key not in self.old.named):
            return "added"
        if in_old and not in_new and (table in self.new.tables or key not in self.new.named):
            return "removed"
        return None

    # Tables.

    def _head(self, table: str) -> Iterator[Change]:
        """The changes of a caption, of headers, and of what columns state of all their values."""
        old, new = self.old.tables.get(table), self.new.tables.get(table)
        if old is None or new is None:
            return
        before = _heads(old)
        for (kind, of), (source, column) in _heads(new).items():
            was, column_before = before.get((kind, of), (source, column))
            if was == source:
                continue
            header = new.filled(column.header) if column else ""
            texts = (old.title, new.title) if kind == "caption" else (was, source)
            if kind == "header" and column_before:
                texts = old.filled(column_before.header), header
            if texts[0] != texts[1]:  # else a fact in it changed, which is a change of its own
                title = {"note": f"note on the header {header}", "words": f"words of {header}"}.get(kind, kind)
                yield self._of_table(_rewording(*texts), table, kind, title, texts, (was, source))

    def _order(self, table: str) -> Iterator[Change]:
        """Another order of the rows that are on both sides: the first to the last of those that moved."""
        if table not in self.old.tables or table not in self.new.tables:
            return
        orders = [dict.fromkeys(side.tables[table].keys) for side in (self.old, self.new)]
        old, new = ([row for row in order if all(row in o for o in orders)] for order in orders)
        moved = [index for index, (was, now) in enumerate(zip(old, new, strict=True)) if was != now]
        if moved:
            shown = slice(moved[0], moved[-1] + 1)
            texts = [", ".join(" · ".join(map(self._label, row)) for row in order[shown]) for order in (old, new)]
            yield self._of_table("order", table, "order", "order of rows", texts, "order")

    def _of_table(self, kind: Kind, table: str, field: str, title: str, texts: Iterable[str], sides: object) -> Change:
        old, new = (text or UNSTATED for text in texts)
        heading, pages = self.new.tables[table].title, (self.new.name,)
        return Change(kind, table, heading, old, new, pages, field=field, title=title, sides=sides)

    # Records.

    def _whole(self, kind: Kind, table: str, key: Key) -> Iterator[Change]:
        """A record that came or went, with its facts; once, unless only its place in a table is concerned."""
        side, other = (self.new, self.old) if kind == "added" else (self.old, self.new)
        self.whole.add(key)
        if key in self.listed:
            return
        tables = [table]
        if key not in other.named:
            self.listed.add(key)
            tables += [id_ for id_, shown in side.tables.items() if key in shown.records]
        label_field = side.label_field(key[0])
        facts: dict[FactKey, tuple[str, str]] = {}
        for shown in (side.tables[id_] for id_ in tables):
            for name in shown.fields(key[0]):
                fact = FactKey(*key, name)
                value = side.facts[fact].value if fact in side.facts and name != label_field else Absent()
                if not isinstance(value, (Absent, Link)):
                    facts.setdefault(fact, (shown.header(key[0], name), side.text(value)))
        state, promised = _state(side, table, key)
        kept, why = False, Why()
        if kind == "removed":
            kept = promised and self._still_promised(key)
            lefts = self.old.tables.get(table), self.new.tables.get(table)
            why = best_of(why_ended(self.old, self.new, key), why_left(*lefts))
        yield Change(
            kind, table, side.tables[table].title,
            *((UNSTATED, state) if kind == "added" else (state, COVERED if kept else UNSTATED)),
            (self.new.name,), *key,
            label=self._label(key), facts=tuple(facts.values()), sides=kind,
            shrinks=kind == "removed" and promised and not kept, reason=why.reason, excused=why.given,
        )  # fmt: skip

    def _fields(self, table: str, key: Key) -> Iterator[Change]:
        """The changes of what a table shows of a record that stays."""
        sides = [side.tables[table] for side in (self.new, self.old) if table in side.tables]
        fields = dict.fromkeys((*(name for shown in sides for name in shown.fields(key[0])), "note"))
        alone = all(len(shown.definition.datasets) == 1 for shown in sides)
        for name in fields:
            for beside in ("",) if alone else self._besides(key, name):
                yield from self._fact(table, FactKey(*key, name, beside))

    def _besides(self, key: Key, name: str) -> list[str]:
        """The records of a row for which a field has a value of its own on either side; first that for all others."""
        found = {
            other
            for side in (self.new, self.old)
            for table in side.tables.values()
            if len(table.definition.datasets) > 1
            for _, other in table.records
            if FactKey(*key, name, other) in side.facts
        }
        return ["", *sorted(found)]

    # Facts.

    def _fact(self, table: str, key: FactKey) -> Iterator[Change]:
        """The change of one fact, if there is one; once on a page."""
        if key in self.done:
            return
        self.done.add(key)
        old, new = (side.facts.get(key) or _usual(side, key) for side in (self.old, self.new))
        if old is new and (old is None or not isinstance(old.value, Lifecycle)):
            return
        found = self._step(key, old, new)
        if found is not None:
            yield self._change(found, table, key, old, new)
        if old is not None and new is not None and old.note != new.note:
            note = self._change(Step(_rewording(old.note, new.note)), table, key, old, new)
            texts = old.note or UNSTATED, new.note or UNSTATED
            title = f"note on {note.title}"
            yield replace(note, field=f"{key.field} note", old=texts[0], new=texts[1], title=title, sides=texts)

    def _step(self, key: FactKey, old: Alternative[Value] | None, new: Alternative[Value] | None) -> Step | None:
        """What kind of change it is, and whether the page promises less by it."""
        before, after = _at(self.old, old) if old else None, _at(self.new, new) if new else None
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
            return found._replace(shrinks=not self._still_promised(key.record, key.field, key.beside))
        return found

    def _change(
        self, found: Step, table: str, key: FactKey, old: Alternative[Value] | None, new: Alternative[Value] | None
    ) -> Change:
        shown = self.new.tables.get(table) or self.old.tables.get(table)
        named = (k for side in (self.new, self.old) for k in side.named if key.beside and k[1] == key.beside)
        title = shown.header(key.dataset, key.field) if shown else in_words(key.field)
        title += "".join(f" for {self._label(beside)}" for beside in itertools.islice(named, 1))
        texts = self.old.text(old.value) if old else UNSTATED, self.new.text(new.value) if new else UNSTATED
        if old and new and texts[0] == texts[1]:
            texts = _in_full(old.value, new.value), _in_full(new.value, old.value)
        why = why_changed(self.old, self.new, key, new) if found.shrinks else Why(new.reason if new else "")
        return Change(
            found.kind, table, shown.title if shown else in_words(key.dataset), *texts, (self.new.name,), *key,
            label=self._label(key.record), title=title, sides=(old and old.value, new and new.value),
            shrinks=found.shrinks, reason=why.reason, excused=why.given,
        )  # fmt: skip

    # Promises.

    @cached_property
    def _claims(self) -> tuple[list[tuple[ShownRow, list[Claim]]], ...]:
        """The rows of each side, each with what it promises."""
        return tuple(
            [
                (row, list(claims(row, At(List(()), side.context.day, side.ahead))))
                for table in side.tables.values()
                for row in table.rows
            ]
            for side in (self.old, self.new)
        )

    def _still_promised(self, record: Key, field: str = "", beside: str = "") -> bool:
        """Whether the rows that read a record, or a field of one, promise no less on the new side.

        Other rows may take their place. False where no row reads it: then there is nothing to compare.
        """
        old, new = self._claims
        reading = [each for each in old if any(key == record and field in ("", name) for key, name in each[0].reads)]
        concerned = [each for each in reading if any(id_ == beside for _, id_ in each[0].records)] or reading
        others = [claim for _, found in new for claim in found]
        return bool(concerned) and all(
            covered(claim, others) for _, found in concerned for claim in found if claim.strength
        )

    # Labels.

    def _label_field(self, dataset: str) -> str:
        return self.new.label_field(dataset) or self.old.label_field(dataset)

    def _label(self, key: Key) -> str:
        """What people call a record. Where several have one name, what else tells them apart goes with it."""
        side = self.new if key in self.new.named else self.old
        label = side.label(key)
        others = (
            other.label(each)
            for other in (self.old, self.new)
            for each in other.named
            if each[0] == key[0] and each != key
        )
        fact = side.facts.get(FactKey(*key, self._apart(key[0])))
        return f"{label} ({side.text(fact.value)})" if fact and label in others else label

    def _distinctive(self, dataset: str) -> str:
        """The first field that no two records of a dataset have the same, and that did not change."""
        sides = (self.new, self.old)
        shown = (name for side in sides for table in side.tables.values() for name in table.fields(dataset))
        for field in dict.fromkeys(shown):
            texts = {
                (key.record, side.text(fact.value))
                for side in sides
                for key, fact in side.facts.items()
                if (key.dataset, key.field, key.beside) == (dataset, field, "")
            }
            once = len(texts) == len({record for record, _ in texts}) == len({text for _, text in texts})
            if texts and once and field != self._label_field(dataset):
                return field
        return ""


def _at(side: PageFacts, fact: Alternative[Value]) -> At:
    """A fact of a page, with references by the keys of the new side."""
    return At(renamed_in(fact.value, side.renamed), side.context.day, side.ahead)


def _records(side: PageFacts, table: str) -> Iterable[Key]:
    return side.tables[table].records if table in side.tables else ()


def _heads(table: ShownTable) -> dict[tuple[str, object], tuple[str, Column | None]]:
    """The sources of what a table and its columns state of themselves, by what they are of, with the column."""
    definition = table.definition
    found: dict[tuple[str, object], tuple[str, Column | None]] = {}
    found["complete", None] = "yes" if definition.complete else "", None
    if definition.caption:
        found["caption", None] = table.source(definition.caption), None
    for column in table.columns:
        of = tuple((shown.dataset, shown.path) for shown in column.fields)
        found["header", of] = table.source(column.header), column
        found["note", of] = column.note, column
        found["words", of] = ", ".join(f"{state}: {word}" for state, word in column.words.items()), column
    return found


def _usual(side: PageFacts, key: FactKey) -> Alternative[Value] | None:
    """For a value beside another record: what applied to all, where that other record was there."""
    if not key.beside or all(id_ != key.beside for _, id_ in side.named):
        return None
    return side.facts.get(key._replace(beside=""))


def _rewording(old: str, new: str) -> Kind:
    return "wording" if old and new else "added" if new else "removed"


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


def _state(side: PageFacts, table: str, key: Key) -> tuple[str, bool]:
    """How a record was supported, in words, and whether it was: by its states and levels; being listed is enough."""
    facts = [side.facts.get(FactKey(*key, name)) for name in side.tables[table].fields(key[0])]
    states = [fact for fact in facts if fact and isinstance(fact.value, (Support, Lifecycle))]
    if not states or any(promises(_at(side, fact)) for fact in states):
        return "supported", True
    value = states[0].value
    text = side.text(value)
    return (text if isinstance(value, Support) and value.state in STATES else text.lower()), False


# --- reasons -------------------------------------------------------------------------


def best_of(*found: Why) -> Why:
    """The first reason that is given for the change, else the first one at all."""
    return next((why for why in found if why.given), next((why for why in found if why.reason), Why()))


def why_changed(old: PageFacts, new: PageFacts, key: FactKey, fact: Alternative[Value] | None) -> Why:
    """The reason of another value of a field: that of the value, else that of its record.

    It is given for the change if the old side has no such reason for the field, or if both sides state the same and
    days have passed.
    """
    was, now = _alternatives(old, key), _alternatives(new, key)
    if fact is not None and fact.reason:
        same = bool(was) and _stated(was) == _stated(now)
        if same or fact.reason not in [alternative.reason for alternative in was]:
            return Why(fact.reason, given=True)
    own = why_ended(old, new, key.record)
    return own if own.given or fact is None else Why(fact.reason or own.reason)


def _alternatives(side: PageFacts, key: FactKey) -> tuple[Alternative[Value], ...]:
    """All alternatives of a field, shown or not."""
    record = side.record(key.record)
    varying = side.stated.get(key) or (record.facts.get(key.field) if record else None)
    return varying.alternatives if varying else ()


def _stated(alternatives: Iterable[Alternative[Value]]) -> list[tuple[object, ...]]:
    """What alternatives state, wherever they are in the file."""
    return [(one.value, one.scope, one.since, one.reason) for one in alternatives]


def why_ended(old: PageFacts, new: PageFacts, key: Key) -> Why:
    """The reason of the end of a record, as the record states it."""
    before, after = old.record(key), new.record(key)
    if after is None or not after.reason:
        return Why()
    ended = before is not None and not after.in_force(new.context.day)
    days_passed = before is not None and ended and (before.since, before.until) == (after.since, after.until)
    return Why(after.reason, before is None or before.reason != after.reason or days_passed)


def why_left(old: ShownTable | None, new: ShownTable | None) -> Why:
    """The reason of other rows of a table, as its definition states it."""
    rows = new.definition.rows if new else None
    chosen = rows.at(new.context.ids, new.context.day) if new and rows else None
    if chosen is None or not chosen.reason:
        return Why()
    before = old.definition.rows if old else None
    same = old is not None and new is not None and _chosen(old) == _chosen(new)
    known = () if same or before is None else before.alternatives
    return Why(chosen.reason, chosen.reason not in [alternative.reason for alternative in known])


def _chosen(table: ShownTable) -> object:
    """What a definition states of its rows, wherever it is in the file."""
    rows, where = table.definition.rows, table.definition.where
    named = [
        (one.scope, one.since, {name: [[s.text for s in group] for group in r.groups] for name, r in one.value.items()})
        for one in (rows.alternatives if rows else ())
    ]
    return named, [(field.dataset, field.path, wanted) for field, wanted in where]


def why_gone(old: PageFacts, others: Iterable[PageFacts]) -> Why:
    """The reason of a page that is gone: of its product, its library, or the products that the library has."""
    side = next(iter(others), None)
    if side is None:
        return Why()
    offer = FactKey(*old.roles[1], "products")
    record = side.record(offer.record)
    offered = record.facts.get("products") if record else None
    fact = offered.at(side.context.ids, side.context.day) if offered else None
    offering = why_changed(old, side, offer, fact) if fact else Why()
    return best_of(*(why_ended(old, side, key) for key in old.roles), offering)
