"""`sitegen check`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from sitegen.build import check_site
from sitegen.build.project import Layout
from sitegen.commands.edge import read
from sitegen.commands.outcome import OK, Options
from sitegen.commands.telling import report, results_stream
from sitegen.findings import Finding, number_of
from sitegen.formats import DIALECTS
from sitegen.rules import ALL
from sitegen.rules.fixes import apply_fixes, write
from sitegen.site.loading import Texts

if TYPE_CHECKING:
    from sitegen.build.link import Linked


def run(options: Options) -> int:
    """Tell everything that is wrong with the content; with `--fix`, mend first what can be."""
    texts, day = read(options)
    checked = _checked(texts, day)
    if options.fix:
        texts, checked = _mended(texts, checked, day, options)
    code = report(checked.findings, texts, options)
    if code == OK and not options.quiet and options.format == "text":
        only = " but what is told above" if checked.findings else ""
        made = [unit.build.get() for unit in checked.units.values()]
        pages = {output.page for one in made for output in one.outputs if output.page}
        partials = {partial.path for one in made for partial in one.partials}
        number = f"{number_of(len(pages), 'page')} and {number_of(len(partials), 'partial')}"
        print(f"{number} can be built as of {day}; nothing is wrong{only}")
    return code


def _checked(texts: Texts, day: date) -> Linked:
    return check_site(texts, day, Layout(tuple(DIALECTS)), ALL)


def _mended(texts: Texts, checked: Linked, day: date, options: Options) -> tuple[Texts, Linked]:
    """Write the fixes that there are, and tell each. Fixes that would make an error are not written."""
    changed, done = apply_fixes(texts, checked.findings)
    if not done:
        return texts, checked
    after = {**texts, **changed}
    again = _checked(after, day)
    if _errors(again.findings) > _errors(checked.findings):
        print("nothing was fixed: what can be fixed would make an error elsewhere", file=sys.stderr)
        return texts, checked
    write(options.root, changed)
    for finding in done:
        if finding.fix and not options.quiet:
            what = f"fixed {finding.place}: {finding.fix.what} [{finding.code}]"
            print(what, file=results_stream(options))
    return after, again


def _errors(findings: Sequence[Finding]) -> int:
    return sum(finding.severity == "error" for finding in findings)
