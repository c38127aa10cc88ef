"""What changed between two states of a site: facts, not text, each listed once for all pages that show it.

An edit may take effect on a day that has not come. Nobody commits anything on that day, so that the states are compared
on each later day, too, on which either of them changes by itself.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from functools import cache, cached_property
from typing import TYPE_CHECKING, NamedTuple

from sitegen.changes.comparison import (
    COVERED,
    UNSTATED,
    Change,
    Comparison,
    PageChange,
    Why,
    best_of,
    why_changed,
    why_ended,
    why_gone,
    why_left,
)
from sitegen.changes.days import days_of_change
from sitegen.changes.published import (
    FactKey,
    Key,
    Keys,
    PageFacts,
    ShownRow,
    ShownTable,
    in_words,
    published,
    renamed_in,
)
from sitegen.changes.support import At, Claim, Kind, Step, claims, covered, is_highest, promises, step
from sitegen.dates import long_date
from sitegen.facts.datasets import LIBRARIES, is_exclusion
from sitegen.facts.values import STAGES, STATES, Absent, Lifecycle, Link, Support, Value, Versions

if TYPE_CHECKING:
    from sitegen.facts.alternatives import Alternative
    from sitegen.findings import Report
    from sitegen.site.loading import Site
    from sitegen.tables.definitions import Column


class Dated(NamedTuple):
    """A site, and the day that it is read as of."""

    site: Site
    day: date


def compare_from(old: Dated, new: Dated, report_old: Report, report_new: Report) -> Comparison:
    """Compare two states of a site, and what they will be. Reports of each what cannot be filled on its day.

    A record that got another id is the same record.
    """
    renamed = _renamings(old.site, new.site)
    found = _Found()
    found.add(_on_day(published(old.site, old.day, report_old), published(new.site, new.day, report_new), renamed))
    days = [] if old.site is new.site else [days_of_change(side.site) for side in (old, new)]
    libraries = [{was[1], now[1]} for was, now in renamed.items() if was[0] == LIBRARIES]
    for day in sorted(day for day in set().union(*days) if day > max(old.day, new.day)):
        concerned = frozenset().union(*(of_site.get(day, ()) for of_site in days))
        concerned = concerned.union(*(pair for pair in libraries if not concerned.isdisjoint(pair)))
        before, after = (published(side.site, day, lambda _: None, concerned) for side in (old, new))
        found.add(_on_day(before, after, renamed, ahead=True), day)
    changes = tuple(_once(found.changes.values(), found.pages))
    return Comparison(tuple(found.page_changes.values()), changes, found.pages)


class _Found:
    """What has been found so far: each change once, with the first day on which it shows."""

    def __init__(self) -> None:
        self.changes: dict[object, Change] = {}
        self.page_changes: dict[tuple[str, str, bool], PageChange] = {}
        self.pages: dict[str, tuple[str, str]] = {}

    def add(self, comparison: Comparison, day: date | None = None) -> None:
        """Add what differs on a day; None is the day of the comparison itself."""
        self.pages |= {name: titles for name, titles in comparison.pages.items() if name not in self.pages}
        for page in comparison.page_changes:
            self.page_changes.setdefault((page.page, page.path, page.came), replace(page, since=day))
        for change in comparison.changes:
            what = change.table if not change.field or not change.dataset else ""
            key = (change.pages, change.dataset, change.id, change.field, change.beside, what, change.sides)
            known = self.changes.get(key)
            if known is None:
                self.changes[key] = replace(change, since=day, shrinks_from=day if change.shrinks else None)
            elif change.shrinks and (change.breaking or not known.shrinks) and not known.breaking:
                self.changes[key] = replace(
                    known, shrinks=True, shrinks_from=day, reason=change.reason, excused=change.excused
                )


def _on_day(
    old: ReadOnly[str, PageFacts], new: ReadOnly[str, PageFacts], renamed: Keys, *, ahead: bool = False
) -> Comparison:
    """Compare what two states state on a day, each change once for each page. `ahead` says that it has not come."""
    before = {page.name: page for page in (page.called(renamed, ahead=ahead) for page in old.values())}
    after = {page.name: page for page in new.values()}
    page_changes: list[PageChange] = []
    found: list[Change] = []
    pages = {name: (after.get(name) or before[name]).title for name in (*after, *before)}
    for name in pages:
        was, now = before.get(name), after.get(name)
        if was and now:
            found += _Pair(was, now).changes()
        elif page := now or was:
            why = why_gone(page, after.values()) if was else Why()
            page_changes.append(PageChange(name, *page.title, came=was is None, why=why))
            changes = _of_page(page, (before if now else after).values(), came=was is None)
            found += (replace(c, reason=c.reason or why.reason, excused=c.excused or why.given) for c in changes)
    page_changes += _paths_gone(before, after)
    return Comparison(tuple(page_changes), tuple(found), pages)


def _of_page(page: PageFacts, others: Iterable[PageFacts], *, came: bool) -> Iterator[Change]:
    """The records of a page that came or went that no other page of its library has."""
    named = frozenset[Key]().union(*(other.named for other in others if other.roles[1] == page.roles[1]))
    nothing = replace(page, tables={}, facts={}, named=named)
    return (_Pair(nothing, page) if came else _Pair(page, nothing)).records()


def _paths_gone(before: ReadOnly[str, PageFacts], after: ReadOnly[str, PageFacts]) -> Iterator[PageChange]:
    """The outputs of pages that stay whose paths are gone; those of a library are listed once."""
    known = {path for page in after.values() for path in page.paths.values()}
    for name, page in before.items():
        for what, path in page.paths.items() if name in after else ():
            if path not in known:
                known.add(path)
                why, moved = why_gone(page, [after[name]]), after[name].paths.get(what, "")
                yield PageChange(name, *page.title, came=False, why=why, path=path, moved=moved)


def _renamings(old: Site, new: Site) -> Keys:
    """What records of the old side are called on the new one, where that differs; either side may state `was`."""
    ids, former = zip(*map(_ids, (old, new)), strict=True)
    forward = {was: now for was, now in former[1].items() if was in ids[0] and was not in ids[1]}
    backward = {now: was for was, now in former[0].items() if was in ids[1] and now not in ids[1]}
    return {**backward, **forward}


def _ids(site: Site) -> tuple[set[Key], dict[Key, Key]]:
    """All records of a site, and what each former id of one has become."""
    keys = [(record.subject, record.was) for record in site.facts.records()]
    return {key for key, _ in keys}, {(key[0], was.text): key for key, former in keys for was in former}


def _once(found: Iterable[Change], order: Iterable[str]) -> Iterator[Change]:
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
        yield replace(
            same[0],
            pages=tuple(pages),
            title=same[0].title if len(titles) == 1 else in_words(same[0].field),
            heading=same[0].heading if len(headings) == 1 else in_words(same[0].table or same[0].dataset),
            reason=same[0].reason if all(change.reason for change in same) else "",
            excused=all(change.excused for change in same),
        )


class _Pair:
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
            old, new = self.old.tables.get(table), self.new.tables.get(table)
            yield from self._head(old, new) if old and new else ()
            for key, kind in self._records(table):
                yield from self._whole(kind, table, key) if kind else self._fields(table, key)
            yield from self._order(old, new) if old and new else ()
        for fact in dict.fromkeys((*self.new.facts, *self.old.facts)):
            sides = [side for side in (self.old, self.new) if fact in side.facts]
            if len(sides) == 2 or (fact.record not in self.whole and promises(_at(sides[0], sides[0].facts[fact]))):
                yield from self._fact("", fact)

    def records(self) -> Iterator[Change]:
        """The records that came or went."""
        for table in self._tables():
            for key, kind in self._records(table):
                yield from self._whole(kind, table, key) if kind else ()

    def _tables(self) -> Iterable[str]:
        return dict.fromkeys((*self.new.tables, *self.old.tables))

    def _records(self, table: str) -> Iterator[tuple[Key, Kind | None]]:
        """The records of a table of either side, and whether each came or went: no other table has taken its place."""
        old, new = (side.tables[table].records if table in side.tables else {} for side in (self.old, self.new))
        for key in {**new, **old}:
            if key not in old and (table in self.old.tables or key not in self.old.named):
                yield key, "added"
            elif key not in new and (table in self.new.tables or key not in self.new.named):
                yield key, "removed"
            else:
                yield key, None

    # Tables.

    def _head(self, old: ShownTable, new: ShownTable) -> Iterator[Change]:
        """The changes of a caption, of headers, and of what columns state of all their values."""
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
                yield self._of_table(_rewording(*texts), new, kind, title, texts, (was, source))

    def _order(self, old: ShownTable, new: ShownTable) -> Iterator[Change]:
        """Another order of the rows that are on both sides: the first to the last of those that moved."""
        orders = [dict.fromkeys(table.keys) for table in (old, new)]
        before, after = ([row for row in order if all(row in each for each in orders)] for order in orders)
        moved = [index for index, (was, now) in enumerate(zip(before, after, strict=True)) if was != now]
        if moved:
            shown = slice(moved[0], moved[-1] + 1)
            texts = [", ".join(" · ".join(map(self._label, row)) for row in order[shown]) for order in (before, after)]
            yield self._of_table("order", new, "order", "order of rows", texts, "order")

    def _of_table(
        self, kind: Kind, table: ShownTable, field: str, title: str, texts: Iterable[str], sides: object
    ) -> Change:
        old, new = (text or UNSTATED for text in texts)
        id_, pages = table.definition.id, (self.new.name,)
        return Change(kind, id_, table.title, old, new, pages, field=field, title=title, sides=sides)

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
        old, new, less, why = UNSTATED, state, False, Why()
        if kind == "removed":
            less = promised and not self._still_promised(key)
            old, new = state, COVERED if promised and not less else UNSTATED
            left = why_left(self.old.tables.get(table), self.new.tables.get(table))
            why = best_of(why_ended(self.old, self.new, key), left)
        yield Change(
            kind, table, side.tables[table].title, old, new, (self.new.name,), *key,
            label=self._label(key), facts=tuple(facts.values()), sides=kind,
            shrinks=less, reason=why.reason, excused=why.given,
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
                (row, list(claims(row, side.context.day, ahead=side.ahead)))
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
