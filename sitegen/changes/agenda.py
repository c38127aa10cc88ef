"""The output of `upcoming`: text for a terminal, JSON, or a calendar."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from sitegen import __version__
from sitegen.changes.days import Event
from sitegen.findings import joined, number_of

if TYPE_CHECKING:
    from sitegen.changes.forecast import Forecast, Upcoming

_MANY = 6  # the most pages that a line names
_FEW = 3  # the most products or libraries that a summary names
_CONTENT = ("what", "where", "table", "row", "column", "old", "new")  # of a rewording
_EPOCH = date(1970, 1, 1)


def as_text(forecast: Forecast, *, color: bool = False) -> str:
    """The text for a terminal, by day and by heading."""

    def bold(text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if color else text

    out = []
    for day, changes in groupby(forecast.changes, key=lambda change: change.day):
        days = (day - forecast.start).days
        out += [bold(f"{day}, in {number_of(days, 'day')}")]
        for heading, of_heading in groupby(changes, key=_heading):
            out.append(f"  {heading}")
            for title, same in groupby(of_heading, key=lambda change: (_title(change), _shown_on(change))):
                indent = "      " if title[0] else "    "
                out += [f"    {title[0]}"] if title[0] else []
                lines = [line for change in same for line in _texts(change)]
                out += [indent + line for line in (*lines, *title[1])]
        out.append("")
    count = len(forecast.changes)
    what = {0: "no changes", 1: "1 change"}.get(count, f"{count} changes")
    return "\n".join([*out, f"{what} until {forecast.end}"])


def as_json(forecast: Forecast, site: str = "") -> str:
    """The JSON. `version` is the schema version; keys may be added, and are never removed.

    `site` is part of all ids, so that they differ between sites.
    """
    changes = [
        {
            "id": stable_hash(site, *(event.about for event in _events(change)), _content(change)),
            "events": [stable_hash(site, event.about) for event in _events(change)],
            "day": change.day,
            **dict(zip(_CONTENT, _content(change), strict=True)),
            "pages": change.pages,
            "partials": [*change.partials],
            "dialects": change.formats,
            "files": change.files,
        }
        for change in forecast.changes
    ]
    data = {"version": 1, "as_of": forecast.start, "until": forecast.end, "changes": changes}
    return json.dumps(data, indent=2, ensure_ascii=False, default=str)


def as_calendar(forecast: Forecast, title: str, site: str = "") -> str:
    """The iCalendar (RFC 5545) with a whole-day event for each thing that begins or ends.

    An id depends on the subject of the event and on `site`, not on its day or its texts, so that it never changes. No
    state is kept between calendars: the stamp and the sequence count the days until the start of the forecast, so that
    a later calendar always replaces an earlier one.
    """
    by_event: dict[Event, list[Upcoming]] = {}
    for change in forecast.changes:
        for event in _events(change):
            by_event.setdefault(event, []).append(change.of(event))
    entries = [
        CalendarEntry(
            stable_hash(site, event.about),
            event.day,
            _summary(event, changes, forecast),
            "\n".join(_description(changes)),
            is_certain=not event.open,
        )
        for event, changes in by_event.items()
    ]
    return calendar(entries, title, forecast.start)


class CalendarEntry(NamedTuple):
    """A whole-day event of a calendar. Its `uid` does not depend on its day or its texts."""

    uid: str
    day: date
    summary: str
    description: str
    is_certain: bool = True


def calendar(entries: Iterable[CalendarEntry], title: str, day: date, comment: str = "") -> str:
    """The iCalendar with some events by day, as of a day, with a comment for programs."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//sitegen//sitegen {__version__}//EN",
        "CALSCALE:GREGORIAN",
        *([f"X-COMMENT:\r\n {_escaped(comment)}"] if comment else []),
        f"X-WR-CALNAME:{_escaped(title)}",
    ]
    for entry in sorted(entries, key=lambda entry: entry.day):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{entry.uid}@sitegen",
            f"DTSTAMP:{_basic(day)}T000000Z",
            f"SEQUENCE:{(day - _EPOCH).days}",
            f"DTSTART;VALUE=DATE:{_basic(entry.day)}",  # without an end, it is one day
            f"SUMMARY:{_escaped(entry.summary)}",
            f"DESCRIPTION:{_escaped(entry.description)}",
            f"STATUS:{'CONFIRMED' if entry.is_certain else 'TENTATIVE'}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    return "".join(f"{_folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


# --- words ---------------------------------------------------------------------------


def _heading(change: Upcoming) -> str:
    what = change.what
    named = {"page": "Pages", "navigation": "Pages of the site", "front matter": "Front matter", "link": "Links"}
    return named.get(what.what) or what.where or "Text"


def _title(change: Upcoming) -> str:
    """The title of a change below its heading; empty for a sentence."""
    what = change.what
    if what.what == "cell":
        return f"{what.row} – {what.column}"
    if what.what in ("row", "note"):
        return f"{what.what}: {what.row}"
    if what.what in ("front matter", "link"):
        return what.where
    return "" if what.what in ("sentence", "page", "navigation") else what.what


def _summary(event: Event, changes: Iterable[Upcoming], forecast: Forecast) -> str:
    """The affected product and library, and the change: of a row or a cell rather than of a sentence."""
    first, *others = changes
    main = next((change for change in (first, *others) if change.what.row), first)
    what, title = main.what, _title(main)
    text = _plain(what.new) or f"removed: {_plain(what.old)}"
    if what.what == "row":
        title, text = what.where, f"{what.row} is {'added' if what.new else 'removed'}"
    pages = dict.fromkeys(page for change in (first, *others) for page in (*change.pages, *change.partials.values()))
    names = [forecast.names[page] for page in pages if page in forecast.names]
    products, libraries = (joined(filter(None, dict.fromkeys(name[i] for name in names)), _FEW) for i in (0, 1))
    who = " for ".join(filter(None, (products, libraries)))
    return f"{who}: " * bool(who) + f"{title}: " * bool(title) + text + f" ({event.open})" * bool(event.open)


def _description(changes: list[Upcoming]) -> Iterator[str]:
    """The changes, each with where it shows, and with a heading if there are several."""
    for number, change in enumerate(changes):
        if number:
            yield ""
        if len(changes) > 1:
            yield " – ".join(filter(None, (_heading(change), _title(change))))
        yield from (*_texts(change), *_shown_on(change))


def _texts(change: Upcoming) -> list[str]:
    what = change.what
    return [
        *([f"was  {_plain(what.old)}"] if what.old else []),
        f"now  {_plain(what.new) if what.new else '(removed)'}",
    ]


def _plain(text: str) -> str:
    """A sentence without the markup of a list or of emphasis."""
    return re.sub(r"^(?:[-*+]|[0-9]+[.)]) +|\*\*|(?<!\w)_|_(?!\w)", "", text)


def _shown_on(change: Upcoming) -> tuple[str, ...]:
    """A line with the pages and a line with the partials that show a change."""
    lines = []
    if change.pages:
        lines.append(f"on   {joined(change.pages, _MANY, ', ')} ({', '.join(change.formats)})")
    if change.partials:
        lines.append(f"in   {joined(change.partials, _MANY, ', ')} (partial{'s' if len(change.partials) > 1 else ''})")
    return tuple(lines)


# --- calendars -----------------------------------------------------------------------


def _events(change: Upcoming) -> tuple[Event, ...]:
    """The events that cause a change; one for the change itself if there is none."""
    return change.events or (Event(change.day, (*_content(change), change.day.isoformat())),)


def _content(change: Upcoming) -> tuple[str, ...]:
    return tuple(getattr(change.what, key) for key in _CONTENT)


def stable_hash(*parts: object) -> str:
    """A digest of an identity, for ids."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _basic(day: date) -> str:
    """A day as a value of the type DATE, whose year has four digits."""
    return day.isoformat().replace("-", "")


def _escaped(text: str) -> str:
    """A text as a value of the type TEXT (RFC 5545, 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """A line folded into pieces of at most 75 octets, without splitting a character (RFC 5545, 3.1)."""
    pieces, piece, size = [], "", 0
    for character in line:
        length = len(character.encode())
        if size + length > 75:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + character, size + length
    return "\r\n".join([*pieces, piece])
