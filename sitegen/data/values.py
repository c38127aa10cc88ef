"""Values as JSON: what their authors wrote, and what it means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import date
from typing import Any

from sitegen.data.vers import vers_of
from sitegen.evaluation.context import display
from sitegen.facts.values import (
    Absent,
    Day,
    Level,
    Lifecycle,
    Link,
    List,
    Markdown,
    Notes,
    Qualified,
    Reference,
    SharedNote,
    Support,
    Text,
    Value,
    Versions,
)
from sitegen.facts.versions import VersionSet
from sitegen.frozen import frozen
from sitegen.tables.rows import TableRow

Json = dict[str, Any]


@frozen
class ValueWriter:
    """Writes the values of a page. `absolute` completes the target of a link.

    Sets of versions that cannot be stated as a range are added to `without_range`.
    """

    day: date
    absolute: Callable[[str], str]
    without_range: list[VersionSet] = field(default_factory=list)

    def value(self, value: Value, row: TableRow) -> Json:
        """A value in a row."""
        if isinstance(value, Qualified):
            note = {"note": value.note.text} if value.note else {}
            return self.value(value.value, row) | ({"when": value.when} if value.when else {}) | note
        if isinstance(value, (List, Notes)):
            items = [self.value(item, row) for item in value.items if not isinstance(item, Absent)]
            return {"type": "list", "items": items}
        if isinstance(value, Absent):
            return {"type": "none"}
        if isinstance(value, Support):
            return {"type": "support", **self._support(value)}
        if isinstance(value, Versions):
            found = {"text": value.text} if value.single else self._versions(value.set)  # a minimum, or the latest one
            return {"type": "versions", **found}
        if isinstance(value, Lifecycle):
            return {"type": "lifecycle", **self._lifecycle(value)}
        if isinstance(value, Day):
            return {"type": "date", **_day(value)}
        if isinstance(value, Reference):
            return {"type": "reference", "text": _name(value, row), "dataset": value.dataset, "id": value.id}
        kinds = {Text: "text", Link: "link", Markdown: "markdown", SharedNote: "markdown"}
        url = {"url": self.absolute(value.text)} if isinstance(value, Link) else {}
        return {"type": kinds.get(type(value), "verbatim"), "text": value.text, **url}

    def _versions(self, versions: VersionSet) -> Json:
        """A set of versions, with its range if there is one."""
        found = vers_of(versions)
        if found is None:
            self.without_range.append(versions)
        return {"text": versions.text} | ({"vers": found} if found else {})

    def _support(self, value: Support) -> Json:
        found: Json = {"state": value.state}
        found |= {"level": value.name} if value.name else {}
        found |= {"versions": self._versions(value.versions)} if value.versions is not None else {}
        found |= {"on": _day(value.on)} if value.on is not None else {}
        return found | ({"url": self.absolute(value.link)} if value.link else {})

    def _lifecycle(self, value: Lifecycle) -> Json:
        levels, current = [_level(level) for level in value.levels], value.at(self.day)
        end = value.ends(current) if current else None
        until = {"until": _day(end) if isinstance(end, Day) else {"text": end.name}} if end else {}
        return {"current": {**_level(current), **until} if current else None, "levels": levels}


def _level(level: Level) -> Json:
    """A level with the day it began, if that is known: `by` is a day on which it had begun."""
    found: Json = {"level": level.key, "state": level.stage, "supported": level.is_supported}
    if level.on is not None:
        found["by" if level.by else "from"] = level.on.text if level.by else _day(level.on)
    return found | ({"after": level.after.name} if level.after else {})


def _day(value: Day) -> Json:
    """A date in the notation of its author, its first and last day, and whether it is not certain."""
    if value.text.startswith("by "):  # some day until then
        return {"text": value.text, "last": value.last.isoformat()}
    found = {"text": value.text, "first": value.first.isoformat(), "last": value.last.isoformat()}
    return found | ({"expected": True} if value.expected else {})


def _name(value: Reference, row: TableRow) -> str:
    """The name of the record to which a value refers; its id if it has none."""
    referred = row.referred(value)
    chosen = referred[1].alternative(referred[0], "name") if referred is not None else None
    return display(chosen.value) if chosen is not None else value.id
