"""`sitegen check`."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from datetime import date

from sitegen.commands.edge import load
from sitegen.commands.outcome import OK, Options
from sitegen.commands.telling import report, results_stream
from sitegen.dialects import DIALECTS
from sitegen.facts import LIBRARIES
from sitegen.findings import Finding, in_order
from sitegen.loading import Site, Texts, load_site
from sitegen.rules import ALL, judge
from sitegen.rules.fixes import mended, write
from sitegen.site import Build, build_site

_TRIED = 10


def run(options: Options) -> int:
    """Tell everything that is wrong with the content; with `--fix`, mend first what can be."""
    site, texts, day = load(options)
    result, findings = _checked(site, texts, day)
    if options.fix:
        mended_texts = _mend(texts, findings, day, options)
        if mended_texts is not None:
            texts = mended_texts
            result, findings = _checked(load_site(texts), texts, day)
    code = report(findings, texts, options)
    if code == OK and not options.quiet and options.format == "text":
        only = " but what is told above" if findings else ""
        pages = {document.about.page for document in result.documents.values()}
        made = f"{_count(len(pages), 'page')} and {_count(len(result.partials), 'partial')}"
        print(f"{made} can be built as of {day}; nothing is wrong{only}")
    return code


def _checked(site: Site, texts: Texts, day: date) -> tuple[Build, list[Finding]]:
    result = _built(site, day)
    return result, judge(site, texts, day, result, ALL)


def _built(site: Site, day: date) -> Build:
    """The site in all dialects. Of a site of many libraries, the frames of pages are tried with a few of them only.

    Where no page asks for its dialect and none has tags, its documents are the same in each.
    """
    found = site.facts.datasets.get(LIBRARIES)
    few = list(found.records)[:_TRIED] if found else []
    tried = build_site(site, day, tuple(DIALECTS), libraries=few)
    if found is None or len(found.records) <= _TRIED:
        return tried
    sources = [text for page in site.pages for text in (page.body.source, *page.body.includes.values())]
    special = any(page.own for page in site.pages) or any(re.search(r"\bdialect\b|\{[{%]", text) for text in sources)
    whole = build_site(site, day, tuple(DIALECTS) if special else tuple(DIALECTS)[:1], text=False)
    errors = [finding for finding in tried.findings if finding.severity == "error"]
    return replace(whole, findings=tuple(in_order([*errors, *whole.findings])))


def _mend(texts: Texts, findings: list[Finding], day: date, options: Options) -> Texts | None:
    """Write the fixes that there are, and tell each. Fixes that would make an error are not written."""
    changed, done = mended(texts, findings)
    if not done:
        return None
    after = {**texts, **changed}
    if _errors(_checked(load_site(after), after, day)[1]) > _errors(findings):
        print("nothing was fixed: what can be fixed would make an error elsewhere", file=sys.stderr)
        return None
    write(options.root, changed)
    for finding in done:
        if finding.fix and not options.quiet:
            what = f"fixed {finding.place}: {finding.fix.what} [{finding.code}]"
            print(what, file=results_stream(options))
    return after


def _errors(findings: list[Finding]) -> int:
    return sum(finding.severity == "error" for finding in findings)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
