"""`sitegen check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date

from sitegen.build.causes import check
from sitegen.build.link import Linked
from sitegen.build.project import Layout, Project
from sitegen.commands.exit_codes import OK, Options
from sitegen.commands.inputs import chosen_formats, read
from sitegen.commands.reporting import report, severity_counts, text_stream
from sitegen.files.sources import read_source, region_paths
from sitegen.findings import Finding, number_of
from sitegen.formats import FORMATS
from sitegen.rules import ALL
from sitegen.rules.fixes import apply_fixes, write
from sitegen.site.loading import Texts, settings_of
from sitegen.site.regions import read_regions


def run(options: Options) -> int:
    """Check the content and report all problems. With `--fix`, apply safe fixes first."""
    texts, day = read(options)
    checked = _check(texts, day, options)
    if options.fix:
        texts, checked = _fix(texts, checked, day, options)
    builds = [unit.build for unit in checked.units.values()]
    cells = {kind: sum(build.cells[kind] for build in builds) for kind in builds[0].cells} if builds else {}
    sources = {**texts, **{file.path.name: file.before for file in checked.refreshed}}
    code = report(checked.findings, sources, options, {"cells": cells})
    if code == OK and not options.quiet and options.format == "text":
        pages = {output.page for build in builds for output in build.outputs if output.page}
        partials = {partial.path for build in builds for partial in build.partials}
        counts = f"{number_of(len(pages), 'page')} and {number_of(len(partials), 'partial')}"
        problems = f"{', '.join(severity_counts(checked.findings))}, no errors" if checked.findings else "No problems"
        print(f"{problems}. {counts} can be built (as of {day}).{_shares(**cells) if cells else ''}")
    return code


def _shares(*, typed: int, name: int, text: int, verbatim: int) -> str:  # noqa: ARG001 - names are not counted
    """A line with the numbers of typed and verbatim cells; the names of rows are not counted. Empty without others."""
    counted = typed + text + verbatim
    if not counted:
        return ""
    are = "are" if counted != 1 else "is"
    share = f"{typed} of {number_of(counted, 'cell')} {are} typed ({100 * typed // counted}%)"
    return f"\n{share}, {verbatim} verbatim. Row names are not counted."


def _check(texts: Texts, day: date, options: Options) -> Linked:
    setting = tuple((name, path.text) for name, path in settings_of(texts).regions)
    regions = [read_regions(path, read_source(path.path)) for path in region_paths(options.root, setting)]
    layout = Layout(chosen_formats(None, texts), regions=tuple(FORMATS))
    return check(Project(texts, {}, day, layout, ALL, regions=layout.requested(regions)), regions)


def _fix(texts: Texts, checked: Linked, day: date, options: Options) -> tuple[Texts, Linked]:
    """Write the fixes of the findings, and print each, unless they cause an error. Returns what is checked then."""
    changed, fixed = apply_fixes(texts, checked.findings)
    if not fixed:
        return texts, checked
    after = {**texts, **changed}
    again = _check(after, day, options)
    if _errors(again.findings) > _errors(checked.findings):
        print("no fixes were applied: they would cause an error elsewhere", file=sys.stderr)
        return texts, checked
    write(options.root, changed)
    for finding in fixed:
        if finding.fix and not options.quiet:
            print(f"fixed {finding.place}: {finding.fix.what} [{finding.code}]", file=text_stream(options))
    return after, again


def _errors(findings: Sequence[Finding]) -> int:
    return sum(finding.severity == "error" for finding in findings)
