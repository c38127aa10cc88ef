"""The releases of a library in the formats of endoflife.date: of its API v0, which Renovate reads, and of v1.

Only exact dates are printed. A release without the exact day of its first support is left out, and reported.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sitegen.data.releases import DatedRelease, Ladder, exact
from sitegen.data.values import Json
from sitegen.facts.values import Level
from sitegen.findings import Report
from sitegen.formats.site_data import GENERATED, as_json

_SCHEMA_V1 = "1.2.1"  # the version of the API whose keys are written
_CATEGORY = "library"  # the API requires one


def endoflife_files(ladder: Ladder, day: date, url: str, report: Report) -> Iterator[tuple[str, str]]:
    """The files of both versions below the folder of the site, by path; v1 needs the URL of the site."""
    known = [(begun, release) for release in ladder.releases if (begun := _first_day(release, day, report)) is not None]
    known.sort(key=lambda item: item[0], reverse=True)
    names = [name for _, each in known for name in {each.cycle, each.record.id}]
    cycles = {(each.cycle if names.count(each.cycle) == 1 else each.record.id): each for _, each in known}
    if not known:
        return
    v0: list[Json] = [_cycle_v0(name, release, day) for name, release in cycles.items()]
    v0[0]["generated"] = GENERATED
    yield f"api/endoflife/{ladder.name}.json", as_json(v0)
    if url:
        result = {
            "name": ladder.name,
            "label": ladder.title,
            "aliases": [],
            "category": _CATEGORY,
            "tags": [_CATEGORY],
            "versionCommand": None,
            "identifiers": [],
            "labels": {"eoas": "Active support", "discontinued": None, "eol": "Support", "eoes": "Extended support"},
            "links": {"icon": None, "html": url, "releasePolicy": None},
            "releases": [_cycle_v1(name, release, day) for name, release in cycles.items()],
        }
        times = dict.fromkeys(("generated_at", "last_modified"), f"{day.isoformat()}T00:00:00+00:00")
        head = {"generated": GENERATED, "schema_version": _SCHEMA_V1, **times}
        yield f"api/endoflife/v1/products/{ladder.name}.json", as_json({**head, "result": result})


def _first_day(release: DatedRelease, day: date, report: Report) -> date | None:
    """The day of a release; None if it, or its record, is unknown or in the future. Reports the dates that it lacks."""
    begun = exact(release.begin)
    ends = {"end of support": release.end, "end of active support": release.end_of_active}
    ends["end of extended support"] = release.end_of_extended
    named = f"the release '{release.record.id}'"
    if begun is not None and (begun > day or not release.record.in_force(day)):
        return None
    if begun is None:
        left_out = [f"{named} is not in the files for endoflife.date: {_why(release.begin, 'first day of support')}"]
    else:
        unknown = {what: end for what, end in ends.items() if end and not exact(end) and not _is_over(end, day)}
        left_out = [
            f"{named} lacks a date in the files for endoflife.date: {_why(end, what)}" for what, end in unknown.items()
        ]
    for message in left_out:
        report(release.omitted(message))
    return begun


def _why(level: Level | None, what: str) -> str:
    """Why there is no exact date."""
    if level is None or level.by or level.on is None:
        return f"its {what} is not known"
    return f"its {what}, {level.on.text}, is {'expected' if level.on.expected else 'not an exact date'}"


def _is_over(level: Level | None, day: date) -> bool:
    """Whether a level has begun for certain."""
    return level is not None and level.is_certain and level.day <= day


def _iso(level: Level | None) -> str | None:
    day = exact(level)
    return day.isoformat() if day else None


def _cycle_v0(name: str, release: DatedRelease, day: date) -> Json:
    """A cycle: a date where it is known, else whether the day has been reached."""
    found: Json = {"cycle": name, "releaseDate": _iso(release.begin)}
    found["eol"] = _iso(release.end) or _is_over(release.end, day)
    if release.end_of_active is not None:
        found["support"] = _iso(release.end_of_active) or not _is_over(release.end_of_active, day)
    if release.long_term is not None:
        found["lts"] = _iso(release.long_term) or _is_over(release.long_term, day)
    if release.extended is not None:
        end = release.end_of_extended
        found["extendedSupport"] = _iso(end) or not _is_over(end, day)
    return found


def _cycle_v1(name: str, release: DatedRelease, day: date) -> Json:
    begin, end, lts = release.begin, release.end, release.long_term
    current = release.lifecycle.at(day)
    found: Json = {
        "name": name,
        "codename": None,
        "label": name,
        "releaseDate": _iso(begin),
        "isLts": _is_over(lts, day),
        "ltsFrom": _iso(lts) if lts is not begin and _is_over(lts, day) else None,
        "isEol": _is_over(end, day),
        "eolFrom": _iso(end),
        "isMaintained": current is not None and (current.is_supported or current.stage == "extended"),
        "latest": None,
        "custom": None,
    }
    if release.end_of_active is not None:
        found |= {"isEoas": _is_over(release.end_of_active, day), "eoasFrom": _iso(release.end_of_active)}
    if release.extended is not None:
        after = release.end_of_extended
        found |= {"isEoes": _is_over(after, day), "eoesFrom": _iso(after)}
    return found
