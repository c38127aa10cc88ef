"""The releases of a library as a document of ECMA-428, the Common Lifecycle Enumeration (CLE).

Events are immutable: the document keeps those that it has, with their ids and the day on which they were published. An
event that changed is withdrawn, and a new one is added. So the last document is needed to write the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sitegen.data.releases import DatedRelease, Ladder, exact, midnight
from sitegen.data.values import Json
from sitegen.data.vers import vers_of
from sitegen.facts.values import Level
from sitegen.findings import Report

_SCHEMA = "https://ecma-tc54.github.io/ECMA-428/cle.v1.0.0.schema.json"
_POLICIES = {"standard": "Support for all users", "extended": "Extended support for users who pay for it"}
_TYPES = ("released", "endOfDevelopment", "endOfSupport", "endOfLife")


def cle_document(known: Json | None, identifier: str, ladder: Ladder, day: date, report: Report) -> Json:
    """The document after the last one, if any; the same one if there is nothing to add. Reports what it lacks.

    Raises KeyError, TypeError or ValueError if the last one is not such a document.
    """
    events: list[Json] = [*known["events"]] if known is not None else []
    withdrawn = {event["eventId"] for event in events if event["type"] == "withdrawn"}
    current = [event for event in events if event["type"] in _TYPES and event["id"] not in withdrawn]
    wanted = [event for release in ladder.releases for event in _events(release, report)]
    wanted.sort(key=lambda event: str(event["effective"]))
    added = [event for event in wanted if not any(_is_same(event, each) for each in current)]
    gone = [each["id"] for each in reversed(current) if not any(_is_same(event, each) for event in wanted)]
    reason = {"reason": "It is no longer stated, or its date has changed."}
    new = [{"type": "withdrawn", "effective": midnight(day), "eventId": id_, **reason} for id_ in gone] + added
    if known is not None and not new:
        return known
    last = max((event["id"] for event in events), default=0)
    numbered = [{"id": last + number, "published": midnight(day), **event} for number, event in enumerate(new, 1)]
    used = {event.get("supportId") for event in (*events, *numbered)}
    kept = known.get("definitions", {}) if known is not None else {}
    policies = [*kept.get("support", ())]
    missing = used - {policy["id"] for policy in policies}
    policies += [{"id": id_, "description": text} for id_, text in _POLICIES.items() if id_ in missing]
    head = {"$schema": _SCHEMA, "identifier": identifier, **(known or {}), "updatedAt": midnight(day)}
    definitions = {"definitions": {**kept, "support": policies}} if policies else {}
    return {**head, **definitions, "events": [*reversed(numbered), *events]}


def _events(release: DatedRelease, report: Report) -> Iterator[Json]:
    """The events of a release with an exact date. Reports the others."""
    low, versions = release.versions.minimum, vers_of(release.versions)
    begun = {"version": low.text} if low is not None and low.inclusive else None
    ended = {"versions": [{"range": versions}]} if versions else None
    standard, extended = ({**ended, "supportId": id_} if ended else None for id_ in _POLICIES)
    after = release.end_of_extended
    found: list[tuple[str, Level | None, Json | None]] = [
        ("released", release.begin, begun),
        ("endOfDevelopment", release.first("maintenance"), standard),
        ("endOfSupport", release.end, standard),
        ("endOfSupport", after, extended),
        ("endOfLife", after if release.extended else release.end, ended),
    ]
    for kind, level, about in found:
        day = exact(level)
        if level is not None and day is not None and about is not None:
            yield {"type": kind, "effective": midnight(day), **about}
        elif level is not None:
            lacks = "lowest version" if kind == "released" else "'vers:' range"
            why = "its date is not exact" if about is not None else f"'{release.versions.text}' has no {lacks}"
            report(release.omitted(f"the event {kind} of the release '{release.record.id}' is omitted: {why}"))


def _is_same(event: Json, known: Json) -> bool:
    """Whether an event of a document is a known one, which may have more keys."""
    return all(known.get(key) == value for key, value in event.items())
