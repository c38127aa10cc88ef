"""Values with alternatives for products, libraries and dates, and the reading of mappings.

A list that contains a mapping with `is`, `all` or `verbatim`, or one such mapping, is a value with alternatives. The
last alternative that applies wins. Headers, rows and captions of tables have alternatives, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from datetime import date
from typing import Generic, TypeGuard, TypeVar, cast

from sitegen.facts.field_types import Type
from sitegen.facts.lifecycles import parse_day
from sitegen.facts.values import Absent, Day, Link, List, Markdown, Qualified, Reference, Simple, Support
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at

T = TypeVar("T")

_DATE, _LINK, _NOTE = Type("date"), Type("link"), Type("markdown", optional=True)
VALUE_KEYS = ("is", "all", "verbatim")  # the key of the value of an alternative
ALTERNATIVE_KEYS = (*VALUE_KEYS, "when", "for", "from", "reason", "source", "note", "on", "link")


@frozen
class Alternative(Generic[T]):
    """A value with its scope (a set of ids, empty for all), the first day it applies, and where it is from."""

    value: T
    place: Place
    scope: frozenset[str] = frozenset()
    since: date | None = None
    reason: str = ""
    source: Scalar | None = None
    note: str = ""
    scope_places: tuple[Scalar, ...] = field(default=(), compare=False, repr=False)

    def applies(self, ids: frozenset[str], day: date) -> bool:
        """Whether this alternative applies in a context of ids on a day."""
        return (not self.scope or not self.scope.isdisjoint(ids)) and (self.since is None or self.since <= day)


@frozen
class Varying(Generic[T]):
    """The alternatives of a value, in the order of the file."""

    alternatives: tuple[Alternative[T], ...]

    def at(self, ids: frozenset[str], day: date) -> Alternative[T] | None:
        """The last alternative that applies, or None."""
        return next((item for item in reversed(self.alternatives) if item.applies(ids, day)), None)


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
    scope = scalars_at(node, "for", report)
    since = parse_day(node.get("from"), report)
    reason, source, note = text_at(node, "reason", report), scalar_at(node, "source", report), note_at(node, report)
    if value is None or scope is None or not has_known_keys or (since is None and node.get("from") is not None):
        return None
    ids = frozenset(scalar.text for scalar in scope)
    return Alternative(with_extras(value, node, report), written.place, ids, since, reason, source, note, scope)


def with_extras(value: T, node: Mapping, report: Report) -> T:
    """A value with the condition of its mapping; a state of support also with the date and the link."""
    on, link = node.get("on"), node.get("link")
    if isinstance(value, Support):
        day = _DATE.read(on, report) if on else None
        target = _LINK.read(link, report) if link else None
        on_day = day if isinstance(day, Day) else value.on
        value = replace(value, on=on_day, link=target.text if isinstance(target, Link) else value.link)
    elif (key := next((key for key, _ in node.entries if key.text in ("on", "link")), None)) is not None:
        hint = "write it in the values of 'all'" if isinstance(value, List) else ""
        report(Finding("unknown-key", "'on' and 'link' are only allowed with a state of support", key.place, hint))
    return _with_condition(value, node, report)


def _with_condition(value: T, node: Mapping, report: Report) -> T:
    """A value with the condition in `when`, one line of inline Markdown. Reports a value that cannot have one."""
    written = node.get("when")
    if written is None:
        return value
    items: tuple[object, ...] = value.items if isinstance(value, List) else (value,)
    simple = [item for item in items if isinstance(item, Simple) and not isinstance(item, (Absent, Reference))]
    read = _NOTE.read(written, report)
    if len(simple) < len(items) or not items:
        hint = "write it in the values of 'all'" if isinstance(value, List) else ""
        hint = "write 'no', or another state" if isinstance(value, Absent) else hint
        report(Finding("unknown-key", "'when' is not allowed with this value", written.place, hint))
    elif not isinstance(read, Markdown) or "\n" in read.text or not read.text:
        if read is not None:
            report(Finding("bad-text", "a condition must be one line of text", written.place, "write more in a note"))
    else:
        conditional = tuple(Qualified(item, read.text) for item in simple)  # several are a history of support
        return cast("T", List(conditional) if isinstance(value, List) else conditional[0])
    return value


def known_keys(node: Mapping, known: Iterable[str], what: str, report: Report) -> bool:
    """Report unknown keys of a mapping. Returns whether all are known."""
    unknown = [key for key, _ in node.entries if key.text not in known]
    for key in unknown:
        hint = did_you_mean(key.text, known)
        report(Finding("unknown-key", f"unknown key '{key.text}' in {what}", key.place, hint))
    return not unknown


def with_corrected_keys(node: Mapping, known: Iterable[str]) -> Mapping:
    """A mapping with each unknown key replaced by the most similar known one that is missing."""
    present = {key.text for key, _ in node.entries}
    entries = []
    for key, value in node.entries:
        near = () if key.text in known else nearest(key.text, known)
        name = near[0] if near and near[0] not in present else key.text
        present.add(name)
        entries.append((key._replace(text=name), value))
    return node._replace(entries=tuple(entries))


def split_key(text: str) -> tuple[str, str]:
    """The possible key and value of a text without a ':', such as `name Login` or `since= 1.2`."""
    key, *rest = re.split(r"\s*[ =]\s*", text, maxsplit=1)
    return key, "".join(rest)


def scalars_at(node: Mapping, key: str, report: Report) -> tuple[Scalar, ...] | None:
    """The ids under a key: a single one or a list. Reports anything else, and returns None."""
    value = node.get(key)
    if value is None:
        return ()
    items = items_at(value)
    if not items or not all(isinstance(item, Scalar) and item.text for item in items):
        report(Finding("wrong-shape", f"'{key}' must be an id or a list of ids", value.place))
        return None
    return tuple(item for item in items if isinstance(item, Scalar))


def scalar_at(node: Mapping, key: str, report: Report) -> Scalar | None:
    """The text under a key with its place, or None. Reports anything else."""
    value = node.get(key)
    if value is None or isinstance(value, Scalar):
        return value
    report(Finding("wrong-shape", f"'{key}' must be a text", value.place))
    return None


def mapping_at(node: Mapping, key: str, report: Report) -> Mapping:
    """The mapping at a key; empty if there is none. Reports other values."""
    value = node.get(key)
    if isinstance(value, Mapping):
        return value
    if value is not None:
        report(Finding("wrong-shape", f"'{key}' must be a mapping", value.place))
    return Mapping((), node.place)


def text_at(node: Mapping, key: str, report: Report) -> str:
    """The text under a key, or an empty one."""
    scalar = scalar_at(node, key, report)
    return "" if scalar is None else scalar.text.strip()


def note_at(node: Mapping, report: Report) -> str:
    """The note under the key `note`, one paragraph of Markdown, or an empty text."""
    written = node.get("note")
    note = None if written is None else _NOTE.read(written, report)
    return note.text if isinstance(note, Markdown) else ""


def place_at(node: Mapping, key: str) -> Place:
    """The place of the value under a key, or that of the mapping if it is missing."""
    return (node.get(key) or node).place


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
    scope: Iterable[Scalar], kinds: ReadOnly[str, set[str]], report: Report, subject: tuple[str, str] | None = None
) -> None:
    """Report ids of a scope that are unknown or ambiguous. `kinds` are the datasets of each id; if empty, none is."""
    for scalar in scope if kinds else ():
        datasets = sorted(kinds.get(scalar.text, ()))
        if not datasets:
            message, hint = f"unknown record '{scalar.text}' in 'for'", did_you_mean(scalar.text, kinds)
            report(Finding("unknown-id", message, scalar.place, hint, subject=subject))
        elif len(datasets) > 1:
            message = f"'{scalar.text}' in 'for' is ambiguous: a record of {' and of '.join(datasets)}"
            report(Finding("ambiguous-id", message, scalar.place, "rename one of the records", subject=subject))
