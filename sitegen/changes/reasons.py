"""The reasons of changes, as the facts, the records and the tables state them."""

from __future__ import annotations

from collections.abc import Iterable

from sitegen.changes.comparison import ChangeReason
from sitegen.changes.published import PageFacts
from sitegen.changes.shown_tables import FactKey, Key, ShownTable
from sitegen.facts.alternatives import Alternative
from sitegen.facts.datasets import Record
from sitegen.facts.parts import base_of
from sitegen.facts.values import Value


def best_of(*reasons: ChangeReason) -> ChangeReason:
    """The first new reason; else the first one with a text."""
    none = ChangeReason()
    return next((one for one in reasons if one.is_new), next((one for one in reasons if one.text), none))


def reason_of_change(old: PageFacts, new: PageFacts, key: FactKey, fact: Alternative[Value] | None) -> ChangeReason:
    """The reason for another value of a field: that of the value, else that of its record.

    It is new if the old side has no such reason for the field, or if both sides define the same and only the day
    differs.
    """
    was, now = _alternatives(old, key), _alternatives(new, key)
    if fact is not None and fact.reason:
        same = bool(was) and _defined(was) == _defined(now)
        if same or fact.reason not in [alternative.reason for alternative in was]:
            return ChangeReason(fact.reason, is_new=True)
    own = reason_of_end(old, new, key.record)
    return own if own.is_new or fact is None else ChangeReason(fact.reason or own.text)


def _alternatives(side: PageFacts, key: FactKey) -> tuple[Alternative[Value], ...]:
    """All alternatives of a field, shown or not."""
    record = side.record(key.record)
    return side.alternatives.get(key) or (record.alternatives(base_of(key.field, record.facts)) if record else ())


def _defined(alternatives: Iterable[Alternative[Value]]) -> list[tuple[object, ...]]:
    """The content of alternatives without their places."""
    return [(one.value, one.scope, one.since, one.reason) for one in alternatives]


def reason_of_end(old: PageFacts, new: PageFacts, key: Key) -> ChangeReason:
    """The reason for the end of a record, as the record states it."""
    before, after = old.record(key), new.record(key)
    if after is None or not after.reason:
        return ChangeReason()
    ended = before is not None and not new.context.has(after)
    days_passed = before is not None and ended and _existence(before) == _existence(after)
    return ChangeReason(after.reason, before is None or before.reason != after.reason or days_passed)


def _existence(record: Record) -> tuple[object, ...]:
    return record.since, record.until, record.scope


def reason_of_rows(old: ShownTable | None, new: ShownTable | None) -> ChangeReason:
    """The reason for other rows of a table, as its definition states it."""
    chosen = new.context.applicable(new.definition.rows) if new and new.definition.rows else None
    if new is None or chosen is None or not chosen.reason:
        return ChangeReason()
    before = old.definition.rows.alternatives if old and old.definition.rows else ()
    same = old is not None and _selection(old) == _selection(new)
    return ChangeReason(chosen.reason, same or chosen.reason not in [alternative.reason for alternative in before])


def _selection(table: ShownTable) -> object:
    """How a definition selects its rows, without places."""
    rows, where = table.definition.rows, table.definition.where
    named = [
        (one.scope, one.since, {name: [[s.text for s in group] for group in r.groups] for name, r in one.value.items()})
        for one in (rows.alternatives if rows else ())
    ]
    return named, [(field.dataset, field.path, wanted) for field, wanted in where]


def reason_of_missing_page(old: PageFacts, others: Iterable[PageFacts]) -> ChangeReason:
    """The reason for the end of a page: of its product, its library, or the products that the library has."""
    side = next(iter(others), None)
    if side is None:
        return ChangeReason()
    key = FactKey(*old.roles[1], "products")
    record = side.record(key.record)
    fact = side.context.alternative(record, key.field) if record else None
    products = reason_of_change(old, side, key, fact) if fact else ChangeReason()
    return best_of(*(reason_of_end(old, side, role) for role in old.roles), products)
