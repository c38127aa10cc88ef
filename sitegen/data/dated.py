"""The dated events of releases: a calendar (RFC 5545) and an Atom feed (RFC 4287) of a library.

An event is a level of support that begins on an exact day. Its id depends on the release and the level, not on the day.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import date
from html import escape

from sitegen.changes.agenda import CalendarEntry, stable_hash
from sitegen.changes.days import former_id
from sitegen.data.releases import Ladder, exact, midnight
from sitegen.formats.site_data import GENERATED
from sitegen.languages.catalogue import Language


def events_of(ladder: Ladder, site: str, language: Language) -> list[CalendarEntry]:
    """The events of a ladder by day. `site` is part of their ids, so that they differ between sites."""
    entries = []
    for release in ladder.releases:
        about = (site, ladder.name, former_id(release.record))
        for level in release.lifecycle.levels:
            day = exact(level)
            if day is not None:
                label = level.label if level.name else language.label(level.stage)
                summary = f"{ladder.title} {release.versions.text}: {label}"
                entries.append(CalendarEntry(stable_hash(*about, level.key), day, summary, label))
    return sorted(entries, key=lambda entry: entry.day)


def feed(entries: list[CalendarEntry], ladder: Ladder, author: str, site: str, url: str, day: date) -> str:
    """The feed of the events up to a day, the latest first. `url` is that of the feed; empty if it is not known."""
    past = [entry for entry in reversed(entries) if entry.day <= day]
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        f"<!-- {GENERATED} -->",
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"  <title>{escape(ladder.title)}</title>",
        f"  <id>{_id(stable_hash(site, ladder.name))}</id>",
        f"  <updated>{midnight(past[0].day if past else day)}</updated>",
        f"  <author><name>{escape(author or ladder.title)}</name></author>",
        *([f'  <link rel="self" href="{escape(url)}"/>'] if url else []),
    ]
    return "\n".join([*lines, *(line for entry in past for line in _entry(entry)), "</feed>", ""])


def _entry(entry: CalendarEntry) -> Iterator[str]:
    yield "  <entry>"
    yield f"    <title>{escape(entry.summary)}</title>"
    yield f"    <id>{_id(entry.uid)}</id>"
    yield f"    <updated>{midnight(entry.day)}</updated>"
    yield f"    <content>{escape(entry.summary)} ({entry.day.isoformat()})</content>"
    yield "  </entry>"


def _id(text: str) -> str:
    return uuid.uuid5(uuid.NAMESPACE_URL, text).urn
