"""What is upcoming, written down: as text for a terminal, as JSON, as a calendar."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby

from sitegen import __version__
from sitegen.changes.forecast import Forecast, Upcoming

_MANY = 6  # pages that a line names one by one


def as_text(forecast: Forecast, *, color: bool = False) -> str:
    """Write for a terminal: by day, then by what stands together."""

    def bold(text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if color else text

    out = []
    for day, changes in groupby(forecast.changes, key=lambda change: change.day):
        left = (day - forecast.start).days
        out += [bold(f"{day}, in {left} day{'s' if left != 1 else ''}")]
        for heading, found in groupby(changes, key=_heading):
            out.append(f"  {heading}")
            for title, same in groupby(found, key=lambda change: (_title(change), _shown_on(change))):
                indent = "      " if title[0] else "    "
                out += [f"    {title[0]}"] if title[0] else []
                lines = [line for change in same for line in _texts(change)]
                out += [indent + line for line in (*lines, *title[1])]
        out.append("")
    count = len(forecast.changes)
    what = {0: "nothing changes by itself", 1: "1 change"}.get(count, f"{count} changes")
    return "\n".join([*out, f"{what} until {forecast.end}"])


def as_json(forecast: Forecast) -> str:
    """Write for other programs. `version` is that of this shape; keys may be added to it, none will go."""
    changes = [
        {
            "id": id_,
            "day": change.day.isoformat(),
            "what": change.what.what,
            "where": change.what.where,
            "table": change.what.table,
            "row": change.what.row,
            "column": change.what.column,
            "old": change.what.old,
            "new": change.what.new,
            "pages": list(change.pages),
            "partials": list(change.partials),
            "dialects": list(change.dialects),
            "files": list(change.files),
        }
        for id_, change in _with_ids(forecast.changes)
    ]
    span = {"as_of": forecast.start.isoformat(), "until": forecast.end.isoformat()}
    return json.dumps({"version": 1, **span, "changes": changes}, indent=2, ensure_ascii=False)


def as_calendar(forecast: Forecast, title: str) -> str:
    """Write an iCalendar (RFC 5545) with a whole-day event for each change.

    Ids come from what changes and not from its day, so that an event moves when its day does. The stamp is the day
    that was looked ahead from, so that the same forecast gives the same bytes.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//sitegen//sitegen {__version__}//EN",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escaped(title)}",
    ]
    for id_, change in _with_ids(forecast.changes):
        lines += [
            "BEGIN:VEVENT",
            f"UID:{id_}@sitegen",
            f"DTSTAMP:{forecast.start:%Y%m%d}T000000Z",
            f"DTSTART;VALUE=DATE:{change.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{change.day + timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_escaped(_summary(change))}",
            f"DESCRIPTION:{_escaped(chr(10).join((*_texts(change), *_shown_on(change))))}",
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
    """What changes, below its heading; empty for a sentence, which tells itself."""
    what = change.what
    if what.what == "cell":
        return f"{what.row} – {what.column}"
    if what.what in ("row", "note"):
        return f"{what.what}: {what.row}"
    if what.what in ("front matter", "link"):
        return what.where
    return "" if what.what in ("sentence", "page", "navigation") else what.what


def _summary(change: Upcoming) -> str:
    text = _plain(change.what.new) or f"gone: {_plain(change.what.old)}"
    return f"{title}: {text}" if (title := _title(change)) else text


def _texts(change: Upcoming) -> list[str]:
    what = change.what
    return [*([f"was  {_plain(what.old)}"] if what.old else []), f"now  {_plain(what.new) if what.new else 'gone'}"]


def _plain(text: str) -> str:
    """A sentence without the signs of a list or of emphasis."""
    return re.sub(r"^(?:[-*+]|[0-9]+[.)]) +|\*\*|(?<!\w)_|_(?!\w)", "", text)


def _shown_on(change: Upcoming) -> tuple[str, ...]:
    """Where a change shows, a line for pages and a line for partials."""
    lines = []
    if change.pages:
        lines.append(f"on   {_some(change.pages)} ({', '.join(change.dialects)})")
    if change.partials:
        lines.append(f"in   {_some(change.partials)} (partial{'s' if len(change.partials) > 1 else ''})")
    return tuple(lines)


def _some(names: tuple[str, ...]) -> str:
    if len(names) <= _MANY:
        return ", ".join(names)
    return f"{', '.join(names[: _MANY - 1])} and {len(names) - _MANY + 1} more"


# --- calendars -----------------------------------------------------------------------


def _with_ids(changes: Iterable[Upcoming]) -> Iterator[tuple[str, Upcoming]]:
    """Each change with an id of its content; those of the same content are numbered in their order."""
    count: Counter[str] = Counter()
    for change in changes:
        what = change.what
        content = "\0".join((what.what, what.where, what.table, what.row, what.column, what.new or f"gone {what.old}"))
        count[content] += 1
        yield hashlib.sha256(f"{content}\0{count[content]}".encode()).hexdigest()[:32], change


def _escaped(text: str) -> str:
    """A text as a value (RFC 5545, 3.3.11)."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """A line in pieces of at most 75 octets, no character cut (RFC 5545, 3.1)."""
    pieces, piece, size = [], "", 0
    for character in line:
        length = len(character.encode())
        if size + length > 75:
            pieces.append(piece)
            piece, size = " ", 1
        piece, size = piece + character, size + length
    return "\r\n".join([*pieces, piece])
