"""Parts of values: the levels of a lifecycle as dates, the bounds of versions, and what a state of support contains.

Paths of tables, conditions and templates name a part after a field: `support.eol`, `versions.low`. Whatever reads the
field of a record by its name reads `support.eol` like a field of its own.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from datetime import date
from functools import lru_cache

from sitegen.facts.alternatives import Alternative
from sitegen.facts.field_types import Type
from sitegen.facts.values import (
    ENDED,
    STAGES,
    STATES,
    Absent,
    Lifecycle,
    Link,
    List,
    Qualified,
    Simple,
    Support,
    Text,
    Value,
    Verbatim,
    Versions,
)
from sitegen.facts.version_ranges import Bound, VersionError
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.findings import did_you_mean
from sitegen.languages.catalogue import Language, english

CURRENT = "current"
_BOUNDS = ("low", "high")
# States of versions that are not supported: these have no bounds, so that nobody reads them as a minimum.
_WITHOUT_BOUNDS = (*(state for state in STATES if state not in ("yes", "partial")), "planned", *ENDED)


def names_of(fields: ReadOnly[str, Type]) -> dict[str, object]:
    """The names that templates can use of a record with some fields, with those of their parts."""
    return {"note": None, "id": None, **{name: parts_of(kind) or None for name, kind in fields.items()}}


@lru_cache(maxsize=1024)
def parts_of(kind: Type | None) -> ReadOnly[str, Type]:
    """The parts of the values of a type, each with its own type; empty if it has none."""
    inner = kind and (kind.item or kind)
    if kind is None or inner is None or inner.name not in ("lifecycle", "versions", "support"):
        return {}
    if inner.name == "lifecycle":
        names = (*STAGES, *(name for name, _ in inner.levels))
        parts = {CURRENT: Type("stage", True, levels=inner.levels), **dict.fromkeys(names, Type("date", True))}
    else:
        parts = dict.fromkeys(_BOUNDS, Type("version", True, inner.of))
    if inner.name == "support":
        whole = {"state": Type("support"), "versions": Type("versions", True, inner.of)}
        parts |= whole | {"on": Type("date", True), "link": Type("link", True)}
    return parts if kind.item is None else {name: Type("list", kind.optional, item=of) for name, of in parts.items()}


def unknown_part(name: str, part: str, kind: Type | None) -> tuple[str, str]:
    """The message and the hint about a part that the values of a field do not have."""
    return f"'{name}' has no part '{part}'", did_you_mean(part, tuple(parts_of(kind)))


def base_of(field: str, fields: Container[str]) -> str:
    """The field of a path such as `support.eol`: one of some `fields`."""
    return field if field in fields else field.partition(".")[0]


def with_part(
    alternative: Alternative[Value], part: str, day: date, language: Language | None = None
) -> Alternative[Value]:
    """An alternative with a part of its value on a day; unchanged if the part is empty."""
    return replace(alternative, value=part_of(alternative.value, part, day, language)) if part else alternative


def on_any_day(value: Value, part: str, since: date | None) -> Iterator[Value]:
    """What a part of a value of a record may be on some day: for `current`, each level. Without a part, the value.

    The record exists `since` a day: before its first level, it has none.
    """
    if part == CURRENT and isinstance(value, Lifecycle):
        yield from (Support(level.stage, name=level.name) for level in value.levels)
        if since is not None and value.at(since) is None:
            yield Absent()
    else:
        yield part_of(value, part, date.max) if part else value


def part_of(value: Value, part: str, day: date, language: Language | None = None) -> Value:
    """A part of a value on a day, `none` if the value does not have it; for a list, those of its items.

    A part has the condition of the value. A verbatim text has no parts, and stands for each. The release that a level
    depends on is in words of a language, by default English.
    """
    if isinstance(value, List):
        items = (part_of(item, part, day, language) for item in value.items)
        return List(tuple(item for item in items if not isinstance(item, Absent)))
    if isinstance(value, Qualified):
        found = part_of(value.value, part, day, language)
        return found if isinstance(found, Absent) or not isinstance(found, Simple) else replace(value, value=found)
    if isinstance(value, Verbatim):
        return value
    if isinstance(value, Lifecycle):
        return _part_of_lifecycle(value, part, day, language or english())
    if isinstance(value, Versions):
        return _bound(value.set, part)
    return _part_of_support(value, part) if isinstance(value, Support) else Absent()


def _part_of_lifecycle(value: Lifecycle, part: str, day: date, language: Language) -> Value:
    level = value.at(day) if part == CURRENT else next((each for each in value.levels if each.key == part), None)
    if level is None:
        return Absent()
    if part == CURRENT:
        return Support(level.stage, name=level.name)
    if level.on is None:
        return Text(language.text("release", name=level.after.name) if level.after else "")
    return replace(level.on, text=f"by {level.on.text}") if level.by else level.on


def _part_of_support(value: Support, part: str) -> Value:
    if part == "on":
        return value.on or Absent()
    if part == "link":
        return Link(value.link) if value.link else Absent()
    if part == "state" or (part in _BOUNDS and value.state in _WITHOUT_BOUNDS):
        return Support(value.state)
    if value.versions is None:
        return Absent()
    return Versions(value.versions) if part == "versions" else _bound(value.versions, part)


def _bound(versions: VersionSet, part: str) -> Value:
    """The lowest or the highest version of a set in the notation of its author; `<3` if the set ends before it."""
    low, high = versions.ranges[0].low, versions.ranges[-1].high
    if part == "low":
        return Versions(parse_versions(low.first, versions.scheme), single=True) if low else Absent()
    return Versions(_highest(versions, high), single=True) if high else Absent()


def _highest(versions: VersionSet, high: Bound) -> VersionSet:
    if high.inclusive:
        return parse_versions(high.text, versions.scheme)
    for part in versions.parts:
        number = rf"(?:{versions.scheme.number})(?:\.[xX*])*|[0-9][\w.*+!]*"
        numbers = re.findall(number, part.text, re.IGNORECASE) if part.ranges[-1].high == high else []
        try:
            last = parse_versions(numbers[-1], versions.scheme) if numbers else None
        except VersionError:
            continue
        if last is not None and last.ranges[-1].high == high:  # `3.11` in `3.5-3.11` ends before 3.12, too
            return last
    return parse_versions(f"<{high.text}", versions.scheme)
