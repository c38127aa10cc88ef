"""One side of a comparison: what a page states, with its records by the ids that they have on the new side."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import NamedTuple

from sitegen.alternatives import Alternative, Varying
from sitegen.changes.coverage import Claim, claims, covered
from sitegen.changes.published import FactKey, Key, PageFacts, ShownTable
from sitegen.changes.steps import At
from sitegen.facts import LIBRARIES, PRODUCTS, Record
from sitegen.frozen import Remembering, frozen
from sitegen.values import List, Reference, Value


class Why(NamedTuple):
    """The reason of a change, or an empty text; and whether it is given for this change, not for an older one."""

    reason: str = ""
    given: bool = False


class Promises(NamedTuple):
    """What a row promises, the ids of its records, and which fields of which records it reads."""

    ids: frozenset[str]
    reads: frozenset[tuple[Key, str]]
    claims: tuple[Claim, ...]


@frozen
class Side(Remembering):
    """A page on one side. `ids` lead from the ids that records have here to those on the new side, `own` back.

    `ahead` says that its day has not come.
    """

    page: PageFacts
    product: str
    library: str
    tables: ReadOnly[str, ShownTable]
    records: ReadOnly[str, ReadOnly[Key, None]]
    facts: ReadOnly[FactKey, Alternative[Value]]
    named: frozenset[Key]
    ids: ReadOnly[Key, Key]
    own: ReadOnly[Key, Key]
    ahead: bool = False

    @classmethod
    def of(cls, page: PageFacts, renamed: ReadOnly[Key, Key], *, ahead: bool = False) -> Side:
        """The side of a page whose records may have been renamed."""
        context = page.context
        product = renamed.get((PRODUCTS, context.product), (PRODUCTS, context.product))[1]
        library = renamed.get((LIBRARIES, context.library), (LIBRARIES, context.library))[1]
        records = {id_: dict.fromkeys(table.records) for id_, table in page.tables.items()}
        if not renamed:
            return cls(page, product, library, page.tables, records, page.facts, page.named, {}, {}, ahead)
        ids = {old[1]: new[1] for old, new in renamed.items()}
        facts = {
            FactKey(*renamed.get(key.record, key.record), key.field, ids.get(key.beside, key.beside)): fact
            for key, fact in page.facts.items()
        }
        moved = {id_: dict.fromkeys(renamed.get(key, key) for key in found) for id_, found in records.items()}
        own = {new: old for old, new in renamed.items()}
        named = frozenset(key.record for key in facts)
        return cls(page, product, library, page.tables, moved, facts, named, renamed, own, ahead)

    @property
    def name(self) -> str:
        """The name of the page."""
        return f"{self.product}/{self.library}"

    @property
    def title(self) -> tuple[str, str]:
        """The names of the product and the library."""
        return self.label((PRODUCTS, self.product)), self.label((LIBRARIES, self.library))

    @property
    def day(self) -> date:
        """The day of the page."""
        return self.page.context.day

    def label(self, key: Key) -> str:
        """What people call a record."""
        return self.page.label(self.own.get(key, key))

    def record(self, key: Key) -> Record | None:
        """A record, shown or not."""
        return self.page.record(self.own.get(key, key))

    def value(self, key: FactKey, fact: Alternative[Value] | None = None) -> At:
        """A fact of the page, or another of the same field, with references by the ids of the new side."""
        return At(self._renamed((fact or self.facts[key]).value), self.day, self.ahead)

    def text(self, key: FactKey) -> str:
        """A fact of the page for people."""
        return self.page.text(self.facts[key].value)

    def stated(self, key: FactKey) -> Varying[Value] | None:
        """All alternatives of a field, shown or not."""
        own = self.own.get(key.record, key.record)
        beside = next((old[1] for new, old in self.own.items() if key.beside and new[1] == key.beside), key.beside)
        shown = self.page.stated.get(FactKey(*own, key.field, beside))
        record = self.record(key.record)
        return shown or (record.facts.get(key.field) if record else None)

    def _renamed(self, value: Value) -> Value:
        if isinstance(value, List) and self.ids:
            return List(tuple(self._renamed(item) for item in value.items))
        if isinstance(value, Reference) and (value.dataset, value.id) in self.ids:
            return replace(value, id=self.ids[value.dataset, value.id][1])
        return value

    @cached_property
    def promises(self) -> tuple[Promises, ...]:
        """What each row of the tables promises."""
        at = At(List(()), self.day, ahead=self.ahead)
        return tuple(
            Promises(
                frozenset(self.ids.get(key, key)[1] for key in row.records),
                frozenset((self.ids.get(key, key), name) for key, name in row.reads),
                tuple(claims(row, at, self.ids)),
            )
            for table in self.tables.values()
            for row in table.rows
        )


def still_promised(old: Side, new: Side, record: Key, field: str = "", beside: str = "") -> bool:
    """Whether the rows that read a record, or a field of one, promise no less on the new side.

    Other rows may take their place. False where no row reads it: then there is nothing to compare.
    """
    reading = [row for row in old.promises if any(key == record and field in ("", name) for key, name in row.reads)]
    concerned = [row for row in reading if beside in row.ids] or reading
    lost = (
        claim
        for row in concerned
        for claim in row.claims
        if claim.strength and not covered(claim, (other for row in new.promises for other in row.claims))
    )
    return bool(concerned) and next(lost, None) is None


def why_changed(old: Side, new: Side, key: FactKey, fact: Alternative[Value] | None) -> Why:
    """The reason of another value of a field: that of the value, else that of its record.

    It is given for the change if the old side has no such reason for the field, or if both sides state the same and
    days have passed.
    """
    was, now = old.stated(key), new.stated(key)
    if fact is not None and fact.reason:
        same = was is not None and now is not None and _stated(was) == _stated(now)
        known = () if was is None or same else tuple(alternative.reason for alternative in was.alternatives)
        if fact.reason not in known:
            return Why(fact.reason, given=True)
    own = why_ended(old, new, key.record)
    return own if own.given or fact is None else Why(fact.reason or own.reason)


def why_ended(old: Side, new: Side, key: Key) -> Why:
    """The reason of the end of a record, as the record gives it."""
    before, after = old.record(key), new.record(key)
    if after is None or not after.reason:
        return Why()
    ended = before is not None and not after.in_force(new.day)
    days_passed = before is not None and ended and (before.since, before.until) == (after.since, after.until)
    return Why(after.reason, before is None or before.reason != after.reason or days_passed)


def why_left(old: ShownTable | None, new: ShownTable | None) -> Why:
    """The reason of other rows of a table, as its definition gives it."""
    if new is None or not new.reason:
        return Why()
    known = () if old is None or _chosen(old) == _chosen(new) else _reasons(old)
    return Why(new.reason, new.reason not in known)


def _reasons(table: ShownTable) -> tuple[str, ...]:
    rows = table.definition.rows
    return tuple(alternative.reason for alternative in rows.alternatives) if rows else ()


def _chosen(table: ShownTable) -> object:
    """What a definition states of its rows, wherever it is in the file."""
    rows, where = table.definition.rows, table.definition.where
    named = [
        (one.scope, one.since, {name: [[s.text for s in group] for group in r.groups] for name, r in one.value.items()})
        for one in (rows.alternatives if rows else ())
    ]
    return named, [(field.dataset, field.path, wanted) for field, wanted in where]


def _stated(varying: Varying[Value]) -> list[tuple[object, ...]]:
    """What a fact states, wherever it is in the file."""
    return [(one.value, one.scope, one.since, one.reason) for one in varying.alternatives]


def why_gone(old: Side, others: Iterator[Side]) -> Why:
    """The reason of a page that is gone: of its product, its library, or the products that the library has."""
    side = next(others, None)
    if side is None:
        return Why()
    found = [why_ended(old, side, key) for key in ((PRODUCTS, old.product), (LIBRARIES, old.library))]
    key = FactKey(LIBRARIES, old.library, "products")
    record = side.record(key.record)
    offered = record.facts.get("products") if record else None
    fact = offered.at(side.page.context.ids, side.day) if offered else None
    found.append(why_changed(old, side, key, fact) if fact else Why())
    return next((why for why in found if why.given), next((why for why in found if why.reason), Why()))
