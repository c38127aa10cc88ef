"""What a comparison of two states of a site finds: changes of facts, records, tables and pages, and their reasons."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from collections.abc import Mapping as ReadOnly
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from sitegen.changes.published import FactKey, Key, PageFacts, ShownTable
from sitegen.frozen import frozen

if TYPE_CHECKING:
    from sitegen.changes.support import Kind
    from sitegen.facts.alternatives import Alternative
    from sitegen.facts.values import Value

UNSTATED, COVERED = "unstated", "covered by other rows"


class Why(NamedTuple):
    """The reason of a change, or an empty text; and whether it is given for this change, not for an older one."""

    reason: str = ""
    given: bool = False


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
