"""`sitegen diff`."""

from __future__ import annotations

import re
import sys
from datetime import date

from sitegen.changes.changelog import Side, Sides, as_json, as_markdown, as_text, breaking_lines
from sitegen.changes.differences import SiteState, compare_sites
from sitegen.commands.exit_codes import FINDINGS, OK, Options, UsageError
from sitegen.commands.inputs import day_of, require_site
from sitegen.commands.reporting import exit_code, report_as_text, use_color
from sitegen.commands.revisions import merge_base, texts_at
from sitegen.data.library import release_files
from sitegen.facts.values import exact_day, looks_like_day
from sitegen.files.sources import read_content
from sitegen.findings import Finding, sorted_findings
from sitegen.site.loading import Site, Texts, load_site

_WORKING_TREE = "the working tree"


def run(options: Options) -> int:
    """List the facts that changed. With `--breaking`, fail if support is reduced without a new reason."""
    require_site(options.root)
    sides = _sides(options)
    loaded = _load(sides, options)
    for side, (site, texts) in zip(sides, loaded, strict=True):
        if exit_code(site.findings, options) != OK:
            return _report(side, list(site.findings), texts, options)
    old, new = (
        SiteState(site, date.fromisoformat(side.day), texts) for side, (site, texts) in zip(sides, loaded, strict=True)
    )
    findings: tuple[list[Finding], list[Finding]] = ([], [])
    comparison = compare_sites(old, new, findings[0].append, findings[1].append, release_files)
    for side, (site, texts), found in zip(sides, loaded, findings, strict=True):
        code = _report(side, [*site.findings, *found], texts, options)
        if code != OK:
            return code
    if options.format != "text":
        print({"json": as_json, "markdown": as_markdown}[options.format](comparison, sides))
    elif not options.quiet:
        print(as_text(comparison, sides, color=use_color(options, sys.stdout)))
    if options.breaking and comparison.breaking:
        print("support is reduced, and no new 'reason' explains it:", file=sys.stderr)
        for line in breaking_lines(comparison):
            print(f"  {line}", file=sys.stderr)
        return FINDINGS
    return OK


def _sides(options: Options) -> Sides:
    """Both sides: A and B, or a range such as `main...` in place of A. Raises UsageError."""
    today = day_of(options.as_of)
    match = re.fullmatch(r"(.*?)(\.{2,3})(.*)", options.old)
    if match is None:
        return _side(options.old, today), _side(options.new, today)
    first, dots, last = match.groups()
    if last and options.new is not None:
        raise UsageError(f"'{options.old}' is already a range; remove '{options.new}'")
    new = last or options.new
    if dots == "..":
        return _side(first or "HEAD", today), _side(new, today)
    tips = first or "HEAD", new or "HEAD"
    for tip in tips:
        if exact_day(tip) is not None:
            raise UsageError(f"'...' compares with a merge base of two revisions, and {tip} is a date; write '..'")
    commit = merge_base(options.root, *tips)
    name = f"the merge base of {tips[0]} and {tips[1]} ({commit[:10]})"
    return Side(name, today.isoformat(), commit), _side(new, today)


def _side(name: str | None, today: date) -> Side:
    """The side for an argument A or B: a date, a revision, or none. Raises UsageError if it is empty or no date."""
    if name is None:
        return Side(_WORKING_TREE, today.isoformat())
    if not name:  # such as a variable of a pipeline that is not set
        raise UsageError("unknown revision ''; expected a commit, a branch, a tag or a date")
    if exact_day(name) is not None:
        return Side(name, name)
    if looks_like_day(name):
        raise UsageError(f"the date {name} does not exist")
    return Side(name, today.isoformat(), name)


def _load(sides: Sides, options: Options) -> list[tuple[Site, Texts]]:
    """The sites of both sides with their sources. Each revision is loaded once. Raises UsageError and OSError."""
    loaded: dict[str, tuple[Site, Texts]] = {}
    for revision in {side.revision: None for side in sides}:
        read = texts_at(options.root, revision) if revision else read_content(options.root)
        loaded[revision] = load_site(read), read
    return [loaded[side.revision] for side in sides]


def _report(side: Side, findings: list[Finding], texts: Texts, options: Options) -> int:
    """Print the findings of a side below its name. Returns the exit code."""
    if findings:
        print(f"sitegen: {side}:", file=sys.stderr)
    return report_as_text(sorted_findings(findings), texts, options)
