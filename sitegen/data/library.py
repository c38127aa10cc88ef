"""The data of a library: what its pages and its releases add to the HTML site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from urllib.parse import quote

from sitegen.changes.agenda import calendar
from sitegen.data.dated import events_of, feed
from sitegen.data.endoflife import endoflife_files
from sitegen.data.pages import page_files
from sitegen.data.releases import Ladder, ladders
from sitegen.evaluation.context import Context
from sitegen.findings import Finding, Report
from sitegen.formats.site_data import GENERATED
from sitegen.site.library import File, LibraryBuild, Output
from sitegen.site.loading import Site
from sitegen.site.selection import units_on


def with_data(site: Site, context: Context, build: LibraryBuild) -> LibraryBuild:
    """The result of a library with the data that the settings ask for; unchanged if it has errors."""
    if any(f.severity == "error" for f in (*site.findings, *build.findings)):
        return build
    findings: list[Finding] = []
    place = site.settings.pages["html"].place
    outputs = tuple(
        Output(path, File(text, "html", fragment=False), "html", place)
        for path, text in _files(site, context, findings.append)
    )
    findings = [replace(finding, library=context.library) for finding in findings]
    return replace(build, outputs=(*build.outputs, *outputs), findings=(*build.findings, *findings))


def all_ladders(site: Site, day: date) -> Iterator[tuple[Ladder, list[Finding]]]:
    """The ladders of all libraries, with the releases whose records have ended, each with the findings about it."""
    for library in units_on(site, day):
        found: list[Finding] = []
        yield from [
            (ladder, found) for ladder in ladders(Context(site.facts, day, "", library), found.append, ended=True)
        ]


def release_files(site: Site, context: Context) -> dict[str, str]:
    """The paths of the files about the releases of a library, by a key that does not depend on its id."""
    if "html" not in site.formats:
        return {}
    files = _files_of_releases(site, context, lambda _: None)
    return {path.replace(context.library, "", 1): path for path, _ in files}


def _files(site: Site, context: Context, report: Report) -> Iterator[tuple[str, str]]:
    """The paths and the texts of the files."""
    if "api" in site.settings.styles["html"].data:
        yield from page_files(site, context, report)
    yield from _files_of_releases(site, context, report)


def _files_of_releases(site: Site, context: Context, report: Report) -> Iterator[tuple[str, str]]:
    style, day = site.settings.styles["html"], context.day
    root = site.settings.pages["html"].text.partition("/")[0]
    url = f"{style.url.rstrip('/')}/" if style.url else ""
    id_ = style.url or site.settings.title
    if not {"endoflife", "calendar", "feed"} & {*style.data}:
        return
    for ladder in ladders(context, report):
        entries = events_of(ladder, id_, style.language)
        if "endoflife" in style.data:
            for path, text in endoflife_files(ladder, day, url, report):
                yield f"{root}/{path}", text
        if "calendar" in style.data and entries:
            yield f"{root}/calendar/{ladder.name}.ics", calendar(entries, ladder.title, day, GENERATED)
        if "feed" in style.data and entries:
            name = f"feed/{ladder.name}.xml"
            text = feed(entries, ladder, site.settings.title, id_, url and f"{url}{quote(name)}", day)
            yield f"{root}/{name}", text
