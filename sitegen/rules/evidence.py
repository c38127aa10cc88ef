"""What rules that look at the whole site need to know of the records of a library: small, and the same from JSON."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Mapping as ReadOnly
from dataclasses import field
from datetime import date
from typing import Any, NamedTuple

from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.rules.suppressions import Suppression


class Use(NamedTuple):
    """A word as it is written somewhere; `certain` says that the place is that of the word alone."""

    word: str
    place: Place
    certain: bool


class DayUse(NamedTuple):
    """A day in a record, and how many years it may lie after all others."""

    day: date
    place: Place
    most: int


class Release(NamedTuple):
    """A branch of a ladder: the id of its record, and the levels that it goes through."""

    id: str
    stages: tuple[str, ...]


@frozen
class Evidence:
    """What is known of the records that the own files of one library add or change.

    What the common sources say already is left out, so evidence goes with the common sources that it was gathered with.

    - `changed`: the datasets that these records stand in.
    - `words`: how often each long word occurs; `uses`: where those stand that may be slips.
    - `years`: how many days lie in each year; `days`: those that are alone in theirs.
    - `versions`: the versions of each thing that a page says a version of.
    - `releases`: the branch that holds the versions which a page says a level of.
    - `named`: the common records and links that they name, and that nothing in the common sources shows.
    - `suppressions`: the comments that allow findings.
    """

    changed: frozenset[str] = frozenset()
    words: ReadOnly[str, int] = field(default_factory=dict)
    uses: tuple[Use, ...] = ()
    years: ReadOnly[int, int] = field(default_factory=dict)
    days: tuple[DayUse, ...] = ()
    versions: ReadOnly[str, frozenset[str]] = field(default_factory=dict)
    releases: ReadOnly[str, Release] = field(default_factory=dict)
    named: frozenset[tuple[str, str]] = frozenset()
    suppressions: tuple[Suppression, ...] = ()

    def as_data(self) -> dict[str, Any]:
        """The same as plain data for JSON. A place names its file by its number in a list."""
        files = {place.file: 0 for place in self._places()}
        files = {file: number for number, file in enumerate(files)}

        def written(place: Place) -> list[int]:
            return [files[place.file], *place[1:]]

        return {
            "files": list(files),
            "changed": sorted(self.changed),
            "words": dict(self.words),
            "uses": [[use.word, written(use.place), use.certain] for use in self.uses],
            "years": [[year, count] for year, count in self.years.items()],
            "days": [[use.day.isoformat(), written(use.place), use.most] for use in self.days],
            "versions": {name: sorted(versions) for name, versions in self.versions.items()},
            "releases": {asked: [release.id, *release.stages] for asked, release in self.releases.items()},
            "named": sorted([dataset, id_] for dataset, id_ in self.named),
            "suppressions": [[s.code, s.reason, written(s.place), s.line] for s in self.suppressions],
        }

    @staticmethod
    def from_data(data: ReadOnly[str, Any]) -> Evidence:
        """What `as_data` wrote."""
        files: list[str] = data["files"]

        def place(written: list[int]) -> Place:
            return Place(files[written[0]], *written[1:])

        return Evidence(
            frozenset(data["changed"]),
            data["words"],
            tuple(Use(word, place(at), certain) for word, at, certain in data["uses"]),
            {year: count for year, count in data["years"]},  # noqa: C416
            tuple(DayUse(date.fromisoformat(day), place(at), most) for day, at, most in data["days"]),
            {name: frozenset(versions) for name, versions in data["versions"].items()},
            {asked: Release(id_, tuple(stages)) for asked, (id_, *stages) in data["releases"].items()},
            frozenset((dataset, id_) for dataset, id_ in data["named"]),
            tuple(Suppression(code, reason, place(at), line) for code, reason, at, line in data["suppressions"]),
        )

    def _places(self) -> Iterable[Place]:
        for uses in (self.uses, self.days, self.suppressions):
            yield from (use.place for use in uses)
