"""Statements: values of a field with conditions, several of them (`all`), and verbatim texts; and how they are read.

    since: {is: 4.18.0, when: Node.js 16+}
    since: {all: [{is: 4.18.0, when: Node.js 16+}, {is: 5.0.0, when: Node.js 18+}]}
    since: {verbatim: 8 service refresh 5+}

Whatever reads states and versions reads the `statements` of a value.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from functools import partial
from typing import NamedTuple

from sitegen.facts.alternatives import Varying, known_keys, notes_at, read_each, read_varying, with_extras
from sitegen.facts.field_types import Type
from sitegen.facts.schemes import PEP440, Scheme
from sitegen.facts.values import (
    Absent,
    Day,
    List,
    Markdown,
    Qualified,
    SharedNote,
    Support,
    Text,
    Value,
    Verbatim,
    Versions,
    items_in,
    unqualified,
)
from sitegen.facts.version_ranges import Bound, Range, VersionPart, has_release, low_key, normalize, range_text
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.findings import Finding, Place, Report
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence

_ITEM_KEYS = ("is", "verbatim", "when", "note", "on", "link")
_TEXT = Type("text")


class Statement(NamedTuple):
    """What an item of a value states: a state (`yes` for versions alone) in some versions, and a condition in words.

    `versions` is None for all versions; a single version of a field of type `version` is a minimum.
    """

    state: str
    versions: VersionSet | None = None
    when: str = ""
    on: Day | None = None

    def __str__(self) -> str:
        """The statement as an author writes it."""
        if self.versions is None:
            return self.state
        return self.versions.text if self.state == "yes" else f"{self.state} {self.versions.text}"

    @property
    def parts(self) -> tuple[VersionPart, ...]:
        """The parts of its versions."""
        return self.versions.parts if self.versions else ()

    @property
    def lowest(self) -> Bound | None:
        """The lowest version, or None if there is none."""
        return self.versions.minimum if self.versions else None


def statements(value: Value) -> tuple[Statement, ...]:
    """The states and versions in a value; none for texts and other values."""
    return tuple(_statements(items_in(value)))


def _statements(items: Iterable[Value]) -> Iterator[Statement]:
    for item in items:
        value, when = unqualified(item), item.when if isinstance(item, Qualified) else ""
        if isinstance(value, Support):
            yield Statement(value.state, value.versions, when, value.on)
        elif isinstance(value, Versions):
            yield Statement("yes", value.set.as_minimum if value.single else value.set, when)


def scheme_of(value: Value) -> Scheme:
    """The scheme of the versions in a value; the default one if it has none."""
    return next((each.versions.scheme for each in statements(value) if each.versions), PEP440)


def is_verbatim(value: Value) -> bool:
    """Whether a value is, or contains, a verbatim text."""
    return any(isinstance(unqualified(item), Verbatim) for item in items_in(value))


def is_conditional(value: Value) -> bool:
    """Whether a value has, or contains, a condition."""
    return any(isinstance(item, Qualified) and item.when for item in items_in(value))


def all_versions(value: Value) -> VersionSet | None:
    """The versions that a value states in any state, those of several items together; None if it states none."""
    alone = unqualified(value)
    if isinstance(alone, (Versions, Support)):
        return alone.set if isinstance(alone, Versions) else alone.versions
    ranges = normalize(item for each in statements(value) if each.versions for item in each.versions.ranges)
    text = " || ".join(map(range_text, ranges)).replace("any version", "any")
    return parse_versions(text, scheme_of(value)) if ranges else None


def prose_in(value: Value) -> Iterator[Text | Markdown]:
    """The texts in a value, with the conditions and the own notes of its items; no verbatim texts."""
    for item in items_in(value):
        inner = unqualified(item)
        if isinstance(inner, (Text, Markdown, SharedNote)):
            yield inner if isinstance(inner, Text) else Markdown(inner.text)
        if isinstance(item, Qualified):
            yield from [Markdown(item.when)] if item.when else ()
            yield from prose_in(item.note) if item.note else ()


# --- reading -------------------------------------------------------------------------


def read_alternatives(kind: Type, node: Node, report: Report) -> Varying[Value] | None:
    """A value with its alternatives; by the type, it may be a mapping of the ids of records to values."""
    read = partial(read_value, kind)
    if kind.by and isinstance(node, Mapping) and node.entries and not any(map(node.get, ("is", "all", "verbatim"))):
        return read_each(node, kind.by, read, report)
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
    return value if not isinstance(value, List) or _are_compatible(value.items, node.place, report) else None


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
    return List(items) if None not in read and _are_compatible(items, node.place, report) else None


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
        is_known = known_keys(node, _ITEM_KEYS, "a value of 'all'", report)
        return with_extras(value, node, report, notes_at(node, report)) if is_known else None
    return value


def _are_compatible(items: Iterable[Value], place: Place, report: Report) -> bool:
    """Whether states of support without a condition are about different versions. Reports the first two that are not.

    A single version of another type may have any meaning, so these are not compared.
    """
    states = [each for each in _statements(i for i in items if isinstance(unqualified(i), Support)) if not each.when]
    for one, other in itertools.combinations(states, 2):
        if one.versions is None or other.versions is None:
            hint = "write the versions of each, a condition with 'when', or alternatives with 'from'"
        elif any(map(has_release, one.versions.common(other.versions))):
            first, second = sorted((one, other), key=lambda each: low_key(each.lowest))
            hint = "write 'when' for each, or versions that do not overlap"
            if first.lowest and second.lowest and low_key(first.lowest) < low_key(second.lowest):
                until = second.lowest._replace(inclusive=not second.lowest.inclusive)
                hint += f": '{first._replace(versions=None)} {range_text(Range(first.lowest, until))}'"
        else:
            continue
        report(Finding("overlapping-states", f"'{one}' and '{other}' are about the same versions", place, hint))
        return False
    return True
