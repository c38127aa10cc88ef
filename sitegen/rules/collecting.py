"""What records say, collected in one pass: their texts, their days, what they name, what has which versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from sitegen.alternatives import Alternative
from sitegen.facts import LINKS, Record, records_of
from sitegen.findings import Place
from sitegen.rules.evidence import DayUse
from sitegen.rules.markdown_source import link_names
from sitegen.rules.material import Common
from sitegen.rules.sentences import said_versions
from sitegen.values import Absent, Day, Lifecycle, Link, List, Markdown, Reference, Support, Text, Value, Versions

# How many years after all others a day may lie; levels of support are planned for long.
_LATER, _LEVEL_LATER = 4, 12
_SILENT = frozenset((Absent, Day, Link, Support, Versions))  # values without words, days and references
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:(?:rc|a|b)[0-9]+)?")


@dataclass(slots=True)
class Collected:
    """What some records say.

    `texts` are those of values, notes and reasons, with the places of the values; `named` are the records and links
    that they refer to; `versions` has those of each thing that a page says a version of.
    """

    texts: list[tuple[str, Place]] = field(default_factory=list)
    days: list[DayUse] = field(default_factory=list)
    named: set[tuple[str, str]] = field(default_factory=set)
    versions: dict[str, set[str]] = field(default_factory=dict)


def collected_of_common(common: Common) -> Collected:
    """What the common records say."""
    return collected(common, records_of(common.shared))


def collected(common: Common, records: Iterable[Record]) -> Collected:
    """What records say. Texts that a common record has already are left out."""
    found = Collected()
    asked = common.once(_asked)
    for record in records:
        base = common.shared[record.dataset].records.get(record.id)
        known = _places(base) if base is not None and base is not record else ()
        days = len(found.days)
        for varying in record.facts.values():
            for alternative in varying.alternatives:
                value, fresh = alternative.value, not known or alternative.place not in known
                if type(value) not in _SILENT:
                    _add_value(found, value, alternative.place, fresh)
                if alternative.since or alternative.note or alternative.source or alternative.reason:
                    _add_papers(found, alternative, fresh)
        if record.since or record.until:
            _add_period(found, record, leveled=any(use.most == _LEVEL_LATER for use in found.days[days:]))
        if record.source:
            found.named.add((LINKS, record.source.text))
        if asked:
            _add_versions(found, record, common.titles.get(record.dataset, ""), asked)
    return found


def _add_period(found: Collected, record: Record, *, leveled: bool) -> None:
    """The days of a record; it begins with its first level, where it has levels."""
    for day in (record.until, None if leveled else record.since):
        if day is not None:
            found.days.append(DayUse(day, record.place, _LATER))


def _places(record: Record) -> frozenset[Place]:
    return frozenset(a.place for varying in record.facts.values() for a in varying.alternatives)


def _add_papers(found: Collected, alternative: Alternative[Value], fresh: bool) -> None:
    place = alternative.place
    for text in (alternative.note, alternative.reason):
        if text and fresh:
            found.texts.append((text, place))
    if "[" in alternative.note:
        found.named.update((LINKS, name) for name in link_names(alternative.note))
    if alternative.since is not None:
        found.days.append(DayUse(alternative.since, place, _LATER))
    if alternative.source is not None:
        found.named.add((LINKS, alternative.source.text))


def _add_value(found: Collected, value: Value, place: Place, fresh: bool) -> None:
    if isinstance(value, (Text, Markdown)):
        if fresh:
            found.texts.append((value.text, place))
        if "[" in value.text and isinstance(value, Markdown):
            found.named.update((LINKS, name) for name in link_names(value.text))
    elif isinstance(value, List):
        for item in value.items:
            _add_value(found, item, place, fresh)
    elif isinstance(value, Reference):
        found.named.add((value.dataset, value.id))
    elif isinstance(value, Lifecycle):
        found.days += (DayUse(level.day, place, _LEVEL_LATER) for level in value.levels)


# --- versions ------------------------------------------------------------------------


class _Asked:
    """The sentences of pages that say a version, and which names stand in one."""

    def __init__(self, common: Common) -> None:
        self._text = "\n\n".join(dict.fromkeys(said.sentence for said in common.once(said_versions)))
        self.names = cache(lambda name: name in self._text)

    def __bool__(self) -> bool:
        return bool(self._text)


def _asked(common: Common) -> _Asked:
    return _Asked(common)


def _add_versions(found: Collected, record: Record, title: str, asked: _Asked) -> None:
    """The versions of a record, where a sentence that says a version names it."""
    varying = record.facts.get(title)
    for alternative in varying.alternatives if varying else ():
        value = alternative.value
        if isinstance(value, Text) and len(value.text) > 3 and asked.names(value.text):
            versions = [
                text for other in record.facts.values() for a in other.alternatives for text in numbers_of(a.value)
            ]
            if versions:
                found.versions.setdefault(value.text, set()).update(versions)


def numbers_of(value: Value) -> Iterator[str]:
    """The numbers of the versions that a value says."""
    if isinstance(value, List):
        for item in value.items:
            yield from numbers_of(item)
    versions = value.versions if isinstance(value, Support) else value.set if isinstance(value, Versions) else None
    if versions is not None:
        yield from _NUMBER.findall(versions.text)
