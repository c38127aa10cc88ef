"""Values with alternatives for products, libraries and dates.

A list that contains a mapping with `is`, `all` or `verbatim`, or one such mapping, is a value with alternatives. The
last alternative that applies wins. Headers, rows and captions of tables have alternatives, too.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Collection
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from functools import partial
from typing import Generic, TypeGuard, TypeVar, cast

from sitegen.facts.field_types import Type
from sitegen.facts.lifecycles import parse_day
from sitegen.facts.statements import are_compatible
from sitegen.facts.values import (
    Absent,
    Day,
    Link,
    List,
    Markdown,
    Notes,
    Qualified,
    Reference,
    Simple,
    Support,
    Text,
    Value,
    Verbatim,
    Versions,
    items_in,
    noted,
)
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.source.mappings import known_keys, place_at, scalar_at, scalars_at, text_at
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence

T = TypeVar("T")

_TEXT, _DATE, _LINK = Type("text"), Type("date"), Type("link")
_NOTES, _WHEN = Type("notes", optional=True), Type("markdown", optional=True)
VALUE_KEYS = ("is", "all", "verbatim")  # the key of the value of an alternative
ITEM_KEYS = ("is", "verbatim", "when", "note", "on", "link")  # of a value of `all`
ALTERNATIVE_KEYS = (*VALUE_KEYS, "when", "for", "from", "reason", "source", "note", "on", "link")


ROLES: ReadOnly[str, str] = {"product": "products", "library": "libraries"}
"""What a page is about, with the datasets."""


@frozen
class Scope:
    """What something is limited to: it applies where each of the parts has an id; without parts, everywhere.

    `written` are the ids, each with the dataset that the author names, if any.
    """

    parts: tuple[frozenset[str], ...] = ()
    written: tuple[tuple[str, Scalar], ...] = field(default=(), compare=False, repr=False)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def applies(self, ids: Collection[str]) -> bool:
        """Whether this scope contains a context of ids."""
        return all(not part.isdisjoint(ids) for part in self.parts) if self.parts else True

    def covers(self, other: Scope) -> bool:
        """Whether this scope applies wherever another one does."""
        return all(any(theirs <= part for theirs in other.parts) for part in self.parts)

    @property
    def ids(self) -> frozenset[str]:
        """All ids of the scope."""
        return frozenset().union(*self.parts)

    @property
    def words(self) -> tuple[str, ...]:
        """What it contains: ids, such as `aap`, or combinations, such as `aap/java`."""
        return tuple(map("/".join, itertools.product(*map(sorted, self.parts)))) if self.parts else ()


EVERYWHERE = Scope()
_PLAIN = (Text, Versions, Link, Support)  # values without references and notes


@frozen
class Alternative(Generic[T]):
    """A value with its scope, the first day it applies, and where it is from.

    `more` are the places of other facts that it was read from.
    """

    value: T
    place: Place
    scope: Scope = EVERYWHERE
    since: date | None = None
    reason: str = ""
    source: Scalar | None = None
    note: Notes | None = None
    more: tuple[Place, ...] = field(default=(), compare=False, repr=False)

    @property
    def references(self) -> tuple[Reference, ...]:
        """The records to which the value and its notes refer."""
        if self.note is None and isinstance(self.value, _PLAIN):  # the common case
            return ()
        values = self.value.items if isinstance(self.value, List) else (self.value,)
        notes = (*noted(self.value), *([self.note] if self.note else ()))  # type: ignore[arg-type]
        named = (*values, *(item for each in notes for item in each.items))
        return tuple(each for each in named if isinstance(each, Reference))

    def applies(self, ids: frozenset[str], day: date) -> bool:
        """Whether this alternative applies in a context of ids on a day."""
        return (self.since is None or self.since <= day) and self.scope.applies(ids)


@frozen
class Varying(Generic[T]):
    """The alternatives of a value, in the order of the file."""

    alternatives: tuple[Alternative[T], ...]

    def at(self, ids: frozenset[str], day: date) -> Alternative[T] | None:
        """The last alternative that applies, or None."""
        return next((item for item in reversed(self.alternatives) if item.applies(ids, day)), None)

    @property
    def in_use(self) -> tuple[Alternative[T], ...]:
        """The alternatives that apply anywhere, on any day: none of those before the last one without a condition."""
        always = [index for index, one in enumerate(self.alternatives) if not one.scope.parts and one.since is None]
        return self.alternatives[always[-1] :] if always else self.alternatives

    @property
    def is_same_everywhere(self) -> bool:
        """Whether there is one alternative only, for all products and libraries."""
        return len(self.alternatives) == 1 and not self.alternatives[0].scope.parts

    @property
    def always(self) -> T | None:
        """The value if it is the only one, and applies everywhere and on all days; else None."""
        first = self.alternatives[0]
        return first.value if self.is_same_everywhere and first.since is None else None


def read_varying(node: Node, read: Callable[[Node, Report], T | None], report: Report) -> Varying[T] | None:
    """Read a value or its alternatives. Returns None if one of them is invalid."""
    if isinstance(node, Mapping) and any(node.get(key) is not None for key in VALUE_KEYS):
        nodes: tuple[Node, ...] = (node,)
    elif isinstance(node, Sequence) and any(_is_alternative(item) for item in node.items):
        nodes = node.items
    else:
        value = read(node, report)
        return None if value is None else Varying((Alternative(value, node.place),))
    alternatives = [_read_alternative(item, read, report) for item in nodes]
    valid = tuple(item for item in alternatives if item is not None)
    return Varying(valid) if len(valid) == len(alternatives) else None


def _read_by_id(node: Mapping, by: str, read: Callable[[Node, Report], T | None], report: Report) -> Varying[T] | None:
    """Read a mapping of ids of the dataset `by` to values or their alternatives, as alternatives `for` these ids."""
    found: list[Alternative[T]] = []
    each = [(key, read_varying(value, read, report)) for key, value in node.entries]
    for key, varying in each:
        for alternative in varying.alternatives if varying is not None else ():
            own = alternative.scope
            scope = Scope((frozenset((key.text,)), *own.parts), ((by, key), *own.written))
            found.append(replace(alternative, scope=scope))
    return Varying(tuple(found)) if found and all(varying is not None for _, varying in each) else None


def _is_alternative(node: Node) -> TypeGuard[Mapping]:
    """Whether an item of a list is an alternative; `is` may be missing."""
    return isinstance(node, Mapping) and any(key.text in ALTERNATIVE_KEYS for key, _ in node.entries)


def _read_alternative(node: Node, read: Callable[[Node, Report], T | None], report: Report) -> Alternative[T] | None:
    if not _is_alternative(node):
        value = read(node, report)
        return None if value is None else Alternative(value, node.place)
    given = [(key, value) for key, value in node.entries if key.text in VALUE_KEYS]
    if len(given) > 1:
        keys = " and ".join(f"'{key.text}'" for key, _ in given)
        report(Finding("wrong-shape", f"this alternative has {keys}", given[1][0].place, "keep one of them"))
        return None
    if not given:
        unknown = [key.text for key, _ in node.entries if key.text not in ALTERNATIVE_KEYS]
        hint = f"replace '{unknown[0]}' with 'is'" if len(unknown) == 1 else "write the value under 'is'"
        report(Finding("wrong-shape", "this alternative has no 'is'", node.place, hint))
        return None
    has_known_keys = known_keys(node, ALTERNATIVE_KEYS, "an alternative", report)
    written = given[0][1]
    value = read(written if given[0][0].text == "is" else node._replace(entries=tuple(given)), report)
    scope = scope_at(node, report)
    since = parse_day(node.get("from"), report)
    reason, source, note = text_at(node, "reason", report), scalar_at(node, "source", report), notes_at(node, report)
    if value is None or scope is None or not has_known_keys or (since is None and node.get("from") is not None):
        return None
    return Alternative(with_extras(value, node, report), written.place, scope, since, reason, source, note)


def with_extras(value: T, node: Mapping, report: Report, note: Notes | None = None) -> T:
    """A value with the condition of its mapping, and notes of its own; a state also with the date and the link."""
    on, link = node.get("on"), node.get("link")
    if isinstance(value, Support):
        day = _DATE.read(on, report) if on else None
        target = _LINK.read(link, report) if link else None
        on_day = day if isinstance(day, Day) else value.on
        value = replace(value, on=on_day, link=target.text if isinstance(target, Link) else value.link)
    elif (key := next((key for key, _ in node.entries if key.text in ("on", "link")), None)) is not None:
        hint = "write it in the values of 'all'" if isinstance(value, List) else ""
        report(Finding("unknown-key", "'on' and 'link' are only allowed with a state of support", key.place, hint))
    when = node.get("when")
    items = items_in(cast("Value", value))
    simple = [item for item in items if isinstance(item, Simple) and not isinstance(item, (Absent, Reference))]
    if when is not None and (len(simple) < len(items) or not items):
        hint = "write it in the values of 'all'" if isinstance(value, List) else ""
        report(Finding("unknown-key", "'when' is not allowed with this value", when.place, hint))
    elif when is not None or note:
        conditional = tuple(Qualified(item, _condition(when, report), note) for item in simple)
        value = cast("T", List(conditional) if isinstance(value, List) else conditional[0])  # a list is a history
    return value


def _condition(node: Node | None, report: Report) -> str:
    """The condition in `when`: one line of inline Markdown. Reports anything else."""
    if node is None:
        return ""
    read = _WHEN.read(node, report)
    if isinstance(read, Markdown) and (not read.text or "\n" in read.text):
        report(Finding("bad-text", "a condition must be one line of text", node.place, "write more in a note"))
    return read.text if isinstance(read, Markdown) else ""


def scope_at(node: Mapping, report: Report) -> Scope | None:
    """The scope under the key `for`: ids of which any matches, or a mapping of roles, of which each must match."""
    value = node.get("for")
    if not isinstance(value, Mapping):
        ids = scalars_at(node, "for", report)
        return None if ids is None else _scope([("", ids)] if ids else [])
    parts = [(ROLES.get(key.text, ""), scalars_at(value, key.text, report)) for key, _ in value.entries]
    if not parts:
        report(Finding("wrong-shape", "'for' must name products or libraries", value.place))
    is_valid = known_keys(value, ROLES, "'for'", report) and parts and all(ids for _, ids in parts)
    return _scope([(dataset, ids or ()) for dataset, ids in parts]) if is_valid else None


def _scope(parts: list[tuple[str, tuple[Scalar, ...]]]) -> Scope:
    sets = tuple(frozenset(scalar.text for scalar in ids) for _, ids in parts)
    return Scope(sets, tuple((dataset, scalar) for dataset, ids in parts for scalar in ids))


def notes_at(node: Mapping, report: Report) -> Notes | None:
    """The notes under the key `note`, if any."""
    written = node.get("note")
    notes = None if written is None else _NOTES.read(written, report)
    return notes if isinstance(notes, Notes) else None


def in_period(since: date | None, until: date | None, day: date) -> bool:
    """Whether a day is in a period, from `since` to the day before `until`; None is an open end."""
    return (since is None or since <= day) and (until is None or day < until)


def period_of(node: Mapping, report: Report) -> tuple[date | None, date | None]:
    """Read `from` and `until`: the first day of a period, and the day after its last one. Reports an empty period."""
    since, until = parse_day(node.get("from"), report), parse_day(node.get("until"), report)
    if since and until and until <= since:
        message = f"'until' {until} is not after 'from' {since}"
        report(Finding("empty-period", message, place_at(node, "until")))
        return since, None
    return since, until


def check_scope(
    scope: Scope, by_id: ReadOnly[str, set[str]], report: Report, subject: tuple[str, str] | None = None
) -> None:
    """Report ids of a scope that are unknown or ambiguous. `by_id` are the datasets of each id; if empty, none is."""
    for dataset, scalar in scope.written if by_id else ():
        datasets = sorted(by_id.get(scalar.text, ()))
        if not datasets or (dataset and dataset not in datasets):
            known = [id_ for id_, names in by_id.items() if not dataset or dataset in names]
            message = f"unknown record '{scalar.text}' in 'for'"
            message = f"{dataset} has no record '{scalar.text}'" if dataset else message
            hint = did_you_mean(scalar.text, known)
            report(Finding("unknown-id", message, scalar.place, hint, subject=subject))
        elif len(datasets) > 1 and (dataset in ("", *ROLES.values()) or not {*ROLES.values()}.isdisjoint(datasets)):
            message = f"'{scalar.text}' in 'for' is ambiguous: a record of {' and of '.join(datasets)}"
            report(Finding("ambiguous-id", message, scalar.place, "rename one of the records", subject=subject))


# --- values of fields ----------------------------------------------------------------


def read_alternatives(kind: Type, node: Node, report: Report) -> Varying[Value] | None:
    """A value with its alternatives; by the type, it may be a mapping of the ids of records to values."""
    read = partial(read_value, kind)
    if kind.by and isinstance(node, Mapping) and node.entries and not any(map(node.get, VALUE_KEYS)):
        return _read_by_id(node, kind.by, read, report)
    varying: Varying[Value] | None = read_varying(node, read, report)
    return varying


def read_value(kind: Type, node: Node, report: Report) -> Value | None:
    """Read a value of a type, the statements below `all`, or a verbatim text. Reports problems, and returns None."""
    if isinstance(node, Mapping):
        if (several := node.get("all")) is not None:
            return _read_all(kind, several, report)
        if (text := node.get("verbatim")) is not None:
            return _read_verbatim(text, report)
    value = kind.read(node, report)
    return value if not isinstance(value, List) or are_compatible(value.items, node.place, report) else None


def _read_verbatim(node: Node, report: Report) -> Verbatim | None:
    if not isinstance(node, Scalar) or not node.text:
        report(Finding("wrong-shape", "'verbatim' must be a text", node.place, "write the text of the cell"))
        return None
    read = _TEXT.read(node._replace(plain=False), report)
    return Verbatim(read.text) if isinstance(read, Text) else None


def _read_all(kind: Type, node: Node, report: Report) -> List | None:
    """Read the values below `all`; each is a value of the type, or a mapping with `is` or `verbatim`."""
    item_kind = kind.item or kind
    nodes = node.items if isinstance(node, Sequence) else ()
    message, hint = "", ""
    if item_kind.name in ("lifecycle", "reference"):
        message = f"a field of the type '{kind}' cannot have 'all'"
        hint = "write a list without 'all'" if kind.item else ""
    elif len(nodes) < 2:
        message, hint = "'all' must be a list of at least two values", "write a single value without 'all'"
    if message:
        report(Finding("wrong-shape", message, node.place, hint))
        return None
    read = [_read_item(item_kind, item, report) for item in nodes]
    items = tuple(item for value in read if value is not None for item in items_in(value))
    return List(items) if None not in read and are_compatible(items, node.place, report) else None


def _read_item(kind: Type, node: Node, report: Report) -> Value | None:
    """Read one of the values below `all`."""
    written = node if not isinstance(node, Mapping) or node.get("verbatim") is not None else node.get("is")
    if written is None:
        report(Finding("wrong-shape", "this value of 'all' has no 'is'", node.place, "write the value under 'is'"))
        return None
    value = read_value(kind, written, report)
    if isinstance(value, Absent):
        report(Finding("no-value", "'none' is not allowed in 'all'", node.place, "omit it, or write 'no'"))
        return None
    if isinstance(node, Mapping) and value is not None:
        is_known = known_keys(node, ITEM_KEYS, "a value of 'all'", report)
        return with_extras(value, node, report, notes_at(node, report)) if is_known else None
    return value
