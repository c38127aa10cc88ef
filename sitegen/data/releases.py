"""The releases of a library and their levels of support, with what is known about each on the day of the build."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sitegen.documents.documents import in_words
from sitegen.evaluation.context import Context, display
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Dataset, Record, lifecycle_field, versions_field
from sitegen.facts.values import ENDED, Level, Lifecycle, Versions
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import frozen
from sitegen.templates.template import BrokenError, MissingError

_MAINTAINED = ("maintenance", "deprecated")


def exact(level: Level | None) -> date | None:
    """The day on which a level begins, if its exact date is known; None for a month, an expected date, or `by`."""
    on = level.on if level is not None and not level.by else None
    return on.first if on is not None and on.first == on.last and not on.expected else None


def midnight(day: date) -> str:
    """The begin of a day in UTC, in the notation of RFC 3339."""
    return f"{day.isoformat()}T00:00:00Z"


@frozen
class DatedRelease:
    """A release branch: its record, its versions and its lifecycle. `place` is that of the lifecycle."""

    record: Record
    versions: VersionSet
    lifecycle: Lifecycle
    place: Place

    @property
    def begin(self) -> Level | None:
        """The first level with support."""
        return next((level for level in self.lifecycle.levels if level.is_supported), None)

    @property
    def end(self) -> Level | None:
        """The first level after the end of support."""
        return self.first(*ENDED)

    @property
    def long_term(self) -> Level | None:
        """Long-term support."""
        return self.first("lts")

    @property
    def end_of_active(self) -> Level | None:
        """The first level with less than active support."""
        return self.first(*_MAINTAINED)

    @property
    def extended(self) -> Level | None:
        """The support after the end of support, for those who pay."""
        return self.first("extended")

    @property
    def end_of_extended(self) -> Level | None:
        """The level after extended support."""
        return self.lifecycle.following(self.extended) if self.extended else None

    def first(self, *stages: str) -> Level | None:
        """The first level of some stages."""
        return next((level for level in self.lifecycle.levels if level.stage in stages), None)

    def omitted(self, message: str) -> Finding:
        """A finding about data that the files of a library lack."""
        return Finding("omitted-data", message, self.place, severity="notice", subject=self.record.subject)

    @property
    def cycle(self) -> str:
        """The shortest number with which all of its versions begin, and no others; the id if there is none."""
        low = self.versions.minimum
        numbers = low.version.release if low is not None and low.inclusive else ()
        for length in range(1, len(numbers) + 1):
            number = ".".join(map(str, numbers[:length]))
            try:
                same = parse_versions(number, self.versions.scheme)
            except VersionError:
                continue
            if same.covers(self.versions) and self.versions.covers(same):
                return number
        return self.record.id


@frozen
class Ladder:
    """The releases of a library. `name` is the name of its files, `title` the name of the library."""

    name: str
    title: str
    releases: tuple[DatedRelease, ...]


def ladders(context: Context, report: Report, *, ended: bool = False) -> Iterator[Ladder]:
    """The ladders of a unit; none of the pages without a library, on a site with libraries.

    Reports the releases that they lack, since their values differ between products or cannot be read.
    With `ended`, they contain the releases whose records have ended.
    """
    if not context.library and LIBRARIES in context.datasets:
        return
    known = {name: each for name, each in context.datasets.items() if lifecycle_field(each) and versions_field(each)}
    for name, dataset in known.items():
        releases = tuple(_releases(dataset, context, report, ended=ended))
        parts = [context.library, *([name] if len(known) > 1 or not context.library else [])]
        if releases:
            yield Ladder("-".join(filter(None, parts)), _title(context, name), releases)


def _title(context: Context, dataset: str) -> str:
    library = context.datasets[LIBRARIES].records.get(context.library) if context.library else None
    chosen = context.alternative(library, "name") if library is not None else None
    return display(chosen.value) if chosen else context.library or in_words(dataset)


def _releases(dataset: Dataset, context: Context, report: Report, *, ended: bool) -> Iterator[DatedRelease]:
    products = context.datasets[PRODUCTS].records if PRODUCTS in context.datasets else ()
    for record in dataset.records.values():
        row = context.of_row(record)
        is_over = not ended and record.until is not None and record.until <= context.day
        if is_over or row.library != context.library or not record.scope.applies({context.library, *products}):
            continue
        try:
            facts = [row.fact(record, name or "") for name in (lifecycle_field(dataset), versions_field(dataset))]
        except BrokenError:
            continue
        except MissingError as error:
            message = f"the release '{record.id}' is not in the data of the site: {error}"
            report(Finding("omitted-data", message, record.place, severity="notice", subject=record.subject))
            continue
        levels, versions = facts[0].value, facts[1].value
        if isinstance(levels, Lifecycle) and isinstance(versions, Versions):
            yield DatedRelease(record, versions.set, levels, facts[0].places[0])
