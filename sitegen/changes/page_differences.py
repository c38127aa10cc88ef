"""The differences between the facts of a page and those of the same page in another state of the site."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

from sitegen.changes.comparison import COVERED, UNSTATED, Change, ChangeReason
from sitegen.changes.promises import Promise, is_covered, promises_of
from sitegen.changes.published import PageFacts
from sitegen.changes.reasons import best_of, reason_of_change, reason_of_end, reason_of_rows
from sitegen.changes.shown_tables import FactKey, Key, ShownRow, ShownTable, parts_of_head, renamed_in
from sitegen.changes.support import (
    DatedValue,
    Kind,
    ValueChange,
    change_between,
    in_full,
    is_highest,
    is_supported,
    kind_of_text,
)
from sitegen.documents.documents import in_words
from sitegen.facts.alternatives import Alternative
from sitegen.facts.datasets import is_exclusion, is_warning, lifecycle_field, versions_field
from sitegen.facts.values import STATES, Absent, Lifecycle, Link, Reference, Support, Value, Versions, plain_items
from sitegen.findings import joined


class PagePair:
    """A page of the old side, and the same one of the new side."""

    def __init__(self, old: PageFacts, new: PageFacts) -> None:
        self.old = old
        self.new = new
        self._sides = new, old
        self._compared: set[FactKey] = set()
        self._listed: set[Key] = set()
        self._whole_records: set[Key] = set()
        self._distinctive_field = cache(self._find_distinctive_field)

    def changes(self) -> Iterator[Change]:
        """All changes, in the order of the tables; those that only prose shows come last."""
        for table in self._tables():
            old, new = self.old.tables.get(table), self.new.tables.get(table)
            yield from (*self._heads(old, new), *self._columns(old, new)) if old and new else ()
            for key, kind in self._records(table):
                yield from self._whole_record(kind, table, key) if kind else self._fields(table, key)
            yield from self._order(old, new) if old and new else ()
        for fact in dict.fromkeys((*self.new.facts, *self.old.facts)):
            sides = [side for side in (self.old, self.new) if fact in side.facts]
            is_whole = fact.record in self._whole_records
            if len(sides) == 2 or (not is_whole and is_supported(_dated(sides[0], sides[0].facts[fact]))):
                yield from self._fact("", fact)

    def records(self) -> Iterator[Change]:
        """The added and removed records."""
        for table in self._tables():
            for key, kind in self._records(table):
                yield from self._whole_record(kind, table, key) if kind else ()

    def _tables(self) -> Iterable[str]:
        return dict.fromkeys((*self.new.tables, *self.old.tables))

    def _records(self, table: str) -> Iterator[tuple[Key, Kind | None]]:
        """The records of a table of either side, each with its kind if it was added or removed.

        A record that another table or the prose shows on the side without this table is neither.
        """
        old, new = (side.tables[table].records if table in side.tables else {} for side in (self.old, self.new))
        for key in {**new, **old}:
            if key not in old and (table in self.old.tables or key not in self.old.named):
                yield key, "added"
            elif key not in new and (table in self.new.tables or key not in self.new.named):
                yield key, "removed"
            else:
                yield key, None

    @cached_property
    def _new_columns(self) -> frozenset[Key]:
        """The records that have columns in tables of both sides, but only on one of them.

        Each is a change by itself, so their cells are not.
        """
        old, new = (
            {
                key
                for id_ in self._tables()
                if all(id_ in each.tables for each in self._sides)
                for key in side.tables[id_].beside
            }
            for side in self._sides
        )
        return frozenset(old ^ new)

    # Tables.

    def _heads(self, old: ShownTable, new: ShownTable) -> Iterator[Change]:
        """The changes of a caption, of headers, and of settings of a column."""
        before = parts_of_head(old)
        for key, (title, source, text) in parts_of_head(new).items():
            _, was, text_before = before.get(key, ("", source, text))
            if was != source and text_before != text:  # else a fact in it changed, which is a change of its own
                sides = was, source
                yield self._of_table(_kind_of_text(text_before, text), new, key[0], title, (text_before, text), sides)

    def _columns(self, old: ShownTable, new: ShownTable) -> Iterator[Change]:
        """The columns of one side whose facts are no changes: names, and what the page states elsewhere, too."""
        both = self.old.named & self.new.named
        one_sided = (key for key in self.old.facts.keys() ^ self.new.facts.keys() if key.record in both)
        listed = {key.field for key in one_sided if key.field != self._label_field(key.dataset)}
        for side, other in ((new, old), (old, new)):
            shown = {path for column in other.columns for path in other.paths_of(column)}
            for column in side.columns:
                paths = side.paths_of(column)
                fields = {field for path in paths for field in path.fields}
                is_record = any(not self._new_columns.isdisjoint(path.beside) for path in paths)
                if shown.isdisjoint(paths) and listed.isdisjoint(fields) and not is_record:
                    texts = ["", side.column_header(column)][:: 1 if side is new else -1]
                    yield self._of_table(_kind_of_text(*texts), new, "column", "column", texts, paths)

    def _order(self, old: ShownTable, new: ShownTable) -> Iterator[Change]:
        """Another order of the rows or the columns that both sides have: from the first to the last one that moved."""
        rows = [[row.keys for row in table.rows] for table in (old, new)]
        columns = [{table.paths_of(c): table.column_header(c) for c in table.columns} for table in (old, new)]
        kinds: tuple[tuple[str, Sequence[Collection[Any]], Callable[[Any], str]], ...] = (
            ("rows", rows, lambda keys: " · ".join(map(self._label, keys))),
            ("columns", columns, columns[1].__getitem__),
        )
        for what, orders, label in kinds:
            known = set(orders[0]) & set(orders[1])
            before, after = (list(dict.fromkeys(one for one in order if one in known)) for order in orders)
            moved = [index for index, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
            if moved:
                between = slice(moved[0], moved[-1] + 1)
                texts = [", ".join(map(label, order[between])) for order in (before, after)]
                yield self._of_table("order", new, what, f"order of {what}", texts, what)

    def _of_table(
        self, kind: Kind, table: ShownTable, field: str, title: str, texts: Iterable[str], sides: object
    ) -> Change:
        old, new = (text or UNSTATED for text in texts)
        id_, pages = table.definition.id, (self.new.name,)
        return Change(kind, id_, table.title, old, new, pages, field=field, title=title, sides=sides)

    # Records.

    def _whole_record(self, kind: Kind, table: str, key: Key) -> Iterator[Change]:
        """An added or removed record with its facts; once, unless the other side still shows it elsewhere."""
        side, other = (self.new, self.old) if kind == "added" else (self.old, self.new)
        self._whole_records.add(key)
        if key in self._listed:
            return
        tables = [side.tables[table]]
        if key not in other.named:
            self._listed.add(key)
            tables += [shown for shown in side.tables.values() if key in shown.records]
        facts: dict[FactKey, tuple[str, str]] = {}
        for shown in tables:
            for fact_key, beside, fact in _facts_of(side, shown, key):
                if fact_key.field != side.label_field(key[0]) and not isinstance(fact.value, (Absent, Link)):
                    facts.setdefault(fact_key, (shown.header(key[0], fact_key.field, beside), side.text(fact.value)))
        state, promised = _state(side, table, key)
        old, new, shrinks, why = UNSTATED, state, False, ChangeReason()
        if kind == "removed":
            shrinks = promised and not self._still_promised(key)
            old, new = state, COVERED if promised and not shrinks else UNSTATED
            rows = reason_of_rows(self.old.tables.get(table), self.new.tables.get(table))
            why = best_of(reason_of_end(self.old, self.new, key), rows)
        yield Change(
            kind, table, side.tables[table].title, old, new, (self.new.name,), *key,
            label=self._label(key), facts=tuple(facts.values()), sides=kind,
            shrinks=shrinks, reason=why.text, excused=why.is_new,
        )  # fmt: skip

    def _fields(self, table: str, key: Key) -> Iterator[Change]:
        """The changes of the fields that a table shows of a record of both sides."""
        shown = [side.tables[table] for side in self._sides if table in side.tables]
        alone = not any(each.has_combinations for each in shown)
        for name in dict.fromkeys((*(name for each in shown for name in each.fields(key[0])), "note")):
            for beside in [""] if alone else self._besides(key, name):
                yield from self._fact(table, FactKey(*key, name, beside))
            self._compared.add(FactKey(*key, name))

    def _besides(self, key: Key, name: str) -> list[str]:
        """The ids of records of a row for each of which to compare a field; `""` for all that have no own value.

        Where one side has no such others, each row is compared: the other side may have an own value for each.
        """
        own = self._own_keys(key, name)
        is_usual = [FactKey(*key, name) in side.facts for side in self._sides]
        if not own or all(is_usual) or not any(is_usual):
            return ["", *sorted({id_ for _, id_ in own})]
        datasets = {dataset for dataset, _ in own}
        rows = ((*row.keys, *table.beside) for table in self._combined for row in table.rows if key in row.keys)
        return sorted({id_ for keys in rows for dataset, id_ in keys if dataset in datasets and (dataset, id_) != key})

    def _own_keys(self, key: Key, name: str) -> set[Key]:
        """The records of a row for which a field has a value of its own on either side."""
        known = {k for table in self._combined for k in table.records}
        return {k for k in known if any(FactKey(*key, name, k[1]) in side.facts for side in self._sides)}

    @cached_property
    def _combined(self) -> list[ShownTable]:
        """The tables of either side in which a value may differ for another record of the row."""
        return [table for side in self._sides for table in side.tables.values() if table.has_combinations]

    # Facts.

    def _fact(self, table: str, key: FactKey) -> Iterator[Change]:
        """The change of a fact, if any; once for the page."""
        if key in self._compared or any(key.beside == id_ for _, id_ in self._new_columns):
            return
        self._compared.add(key)
        old, new = (side.facts.get(key) or _usual(side, key) for side in (self.old, self.new))
        if old is new and (old is None or not isinstance(old.value, Lifecycle)):
            return
        change = self._change_of_value(key, old, new)
        found = self._change(change, table, key, old, new) if change else None
        if found is not None and (found.kind != "wording" or found.old != found.new):
            yield found
        was, now = (each.note.text if each and each.note else "" for each in (old, new))
        if old is not None and new is not None and was != now:
            note = self._change(ValueChange(_kind_of_text(was, now)), table, key, old, new)
            texts = was or UNSTATED, now or UNSTATED
            title = f"note on {note.title}"
            yield replace(note, field=f"{key.field} note", old=texts[0], new=texts[1], title=title, sides=texts)

    def _change_of_value(
        self, key: FactKey, old: Alternative[Value] | None, new: Alternative[Value] | None
    ) -> ValueChange | None:
        """The kind of a change, and whether the page promises less than before; None if both mean the same."""
        before, after = _dated(self.old, old) if old else None, _dated(self.new, new) if new else None
        excludes = is_exclusion(key.field)
        if before and after:
            change = change_between(before, after)
            is_last = isinstance(after.value, Versions) and after.value.single and is_highest(key.field)
            if change and (is_last or excludes):
                back = change_between(after, before)
                change = change._replace(shrinks=back is not None and back.shrinks)
            elif change and isinstance(after.value, Reference):  # of another release, a row promises something else
                dataset = self.new.context.datasets[after.value.dataset]
                change = change._replace(shrinks=bool(versions_field(dataset) and lifecycle_field(dataset)))
        else:
            value = before or after
            if value is None or isinstance(value.value, Absent) or key.field == self._label_field(key.dataset):
                return None
            change = ValueChange("removed" if before else "added", is_supported(value) and bool(before) != excludes)
        if change and is_warning(key.field):
            return change._replace(shrinks=False)
        if change and change.shrinks and not excludes:
            return change._replace(shrinks=not self._still_promised(key.record, key.field, key.beside))
        return change

    def _change(
        self,
        change: ValueChange,
        table: str,
        key: FactKey,
        old: Alternative[Value] | None,
        new: Alternative[Value] | None,
    ) -> Change:
        shown = self.new.tables.get(table) or self.old.tables.get(table)
        columns = shown.beside if shown else {}
        named = (*columns, *(k for side in self._sides for k in side.named))
        beside = next((k for k in named if key.beside and k[1] == key.beside), None)
        is_usual = shown and shown.has_combinations and not key.beside
        own = sorted(self._own_keys(key.record, key.field) - self._new_columns) if is_usual else ()
        left = [each for each in columns if each not in own] if own else []
        column = beside if beside in columns else left[0] if len(left) == 1 else None
        title = shown.header(key.dataset, key.field, column) if shown else in_words(key.field)
        title += f" for {self._label(beside)}" if beside and not column else ""
        title += f" except for {joined(map(self._label, own), 4)}" if own and not column else ""
        texts = _text(self.old, key, old), _text(self.new, key, new)
        if old and new and texts[0] == texts[1]:
            texts = in_full(old.value, new.value), in_full(new.value, old.value)
            if texts[0] == texts[1] and change.kind != "wording":
                kinds = kind_of_text(old.value, new.value), kind_of_text(new.value, old.value)
                texts = f"{texts[0]} ({kinds[0]})", f"{texts[1]} ({kinds[1]})"
        why = ChangeReason(new.reason if new else "")
        if change.shrinks:
            why = reason_of_change(self.old, self.new, key, new)
        return Change(
            change.kind, table, shown.title if shown else in_words(key.dataset), *texts, (self.new.name,), *key,
            label=self._label(key.record), title=title, sides=(old and old.value, new and new.value),
            shrinks=change.shrinks, reason=why.text, excused=why.is_new,
        )  # fmt: skip

    # Promises.

    @cached_property
    def _promises(self) -> tuple[list[tuple[ShownRow, list[Promise]]], ...]:
        """The rows of the old and of the new side, each with what it promises."""
        return tuple(
            [
                (row, list(promises_of(row, side.context.day, ahead=side.ahead)))
                for table in side.tables.values()
                for row in table.rows
            ]
            for side in (self.old, self.new)
        )

    def _still_promised(self, record: Key, field: str = "", beside: str = "") -> bool:
        """Whether the rows that read a record, or a field of it, promise no less on the new side.

        Other rows may replace them. False if no row reads it: then there is nothing to compare.
        """
        old, new = self._promises
        reading = [each for each in old if any(key == record and field in ("", name) for key, name in each[0].reads)]
        affected = [each for each in reading if any(id_ == beside for _, id_ in each[0].keys)] or reading
        others = [promise for _, promises in new for promise in promises]
        needed = (promise for _, promises in affected for promise in promises if promise.strength > 0)
        return bool(affected) and all(is_covered(promise, others) for promise in needed)

    # Labels.

    def _label_field(self, dataset: str) -> str:
        return self.new.label_field(dataset) or self.old.label_field(dataset)

    def _label(self, key: Key) -> str:
        """The name of a record; with the value of a distinctive field if several records have this name."""
        side = self.old if key in self.old.named - self.new.named else self.new
        label = side.label(key)
        others = ((each, k) for each in (self.old, self.new) for k in each.named if k[0] == key[0] and k != key)
        fact = side.facts.get(FactKey(*key, self._distinctive_field(key[0])))
        return f"{label} ({side.text(fact.value)})" if fact and label in (s.label(k) for s, k in others) else label

    def _find_distinctive_field(self, dataset: str) -> str:
        """The first field that has another value in each record of a dataset, and that did not change."""
        shown = (name for side in self._sides for table in side.tables.values() for name in table.fields(dataset))
        for field in dict.fromkeys(shown):
            texts = {
                (key.record, side.text(fact.value))
                for side in self._sides
                for key, fact in side.facts.items()
                if (key.dataset, key.field, key.beside) == (dataset, field, "")
            }
            is_unique = len(texts) == len({record for record, _ in texts}) == len({text for _, text in texts})
            if texts and is_unique and field != self._label_field(dataset):
                return field
        return ""


def _dated(side: PageFacts, fact: Alternative[Value]) -> DatedValue:
    """A fact of a page on its day, with the keys of references as on the new side."""
    return DatedValue(renamed_in(fact.value, side.renamings), side.context.day, side.ahead)


def _text(side: PageFacts, key: FactKey, fact: Alternative[Value] | None) -> str:
    """A fact in words; a plain Yes or No of a field such as `deprecated` does not state support."""
    if fact is None:
        return UNSTATED
    is_other = is_exclusion(key.field) or is_warning(key.field)
    return fact.value.text if is_other and isinstance(fact.value, Support) else side.text(fact.value)


def _usual(side: PageFacts, key: FactKey) -> Alternative[Value] | None:
    """The value that applies to all records, for the key of a value that applies next to one record."""
    if not key.beside or all(id_ != key.beside for _, id_ in side.named):
        return None
    return side.facts.get(key._replace(beside=""))


def _kind_of_text(old: str, new: str) -> Kind:
    return "wording" if old and new else "added" if new else "removed"


def _facts_of(side: PageFacts, table: ShownTable, key: Key) -> Iterator[tuple[FactKey, Key | None, Alternative[Value]]]:
    """The facts of a record in a table, each with the record of its column if it is the value for that one only."""
    for name in table.fields(key[0]):
        for beside in (None, *table.beside):
            fact_key = FactKey(*key, name, beside[1] if beside else "")
            if fact := side.facts.get(fact_key):
                yield fact_key, beside, fact


def _state(side: PageFacts, table: str, key: Key) -> tuple[str, bool]:
    """The support of a record in words, and whether it is supported: by its states; being listed is enough."""
    shown, record = side.tables[table], side.record(key)
    facts = [fact for _, _, fact in _facts_of(side, shown, key)]
    if record is not None:  # of columns such as `support.eol`, the whole lifecycle
        of_parts = {name.partition(".")[0] for name in shown.fields(key[0]) if name not in record.facts}
        facts += filter(None, (side.context.alternative(record, name) for name in of_parts))
    states = [fact for fact in facts if any(isinstance(item, (Support, Lifecycle)) for item in plain_items(fact.value))]
    if not states or any(is_supported(_dated(side, fact)) for fact in states):
        return "supported", True
    value = states[0].value
    text = side.text(value)
    return (text if isinstance(value, Support) and value.state in STATES else text.lower()), False
