"""Statements: values of a field with conditions, several of them (`all`), and verbatim texts.

    since: {is: 4.18.0, when: Node.js 16+}
    since: {all: [{is: 4.18.0, when: Node.js 16+}, {is: 5.0.0, when: Node.js 18+}]}
    since: {verbatim: 8 service refresh 5+}

Whatever reads states and versions reads the `statements` of a value.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from sitegen.facts.schemes import PEP440, Scheme
from sitegen.facts.values import (
    Day,
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


def are_compatible(items: Sequence[Value], place: Place, report: Report) -> bool:
    """Whether states of support without a condition are about different versions. Reports the first two that are not.

    Sets of versions may overlap, but not so that a minimum and a maximum together include any version.
    """
    sets = [unqualified(item) for item in items if not (isinstance(item, Qualified) and item.when)]
    ends = [each.set for each in sets if isinstance(each, Versions) and not each.single and len(each.set.ranges) == 1]
    for low, high in itertools.permutations(ends, 2):
        if low.open and high.minimum is None and low.minimum and (between := low.common(high)):
            hint = f"write '{range_text(between[0])}' for the versions between them"
            report(Finding("bad-versions", f"'{low.text}' and '{high.text}' together are any version", place, hint))
            return False
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
        report(Finding("overlapping-states", f"'{one}' and '{other}' apply to the same versions", place, hint))
        return False
    return True
