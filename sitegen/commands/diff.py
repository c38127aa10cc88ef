"""`sitegen diff`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import date

from sitegen.changes.changelog import Side, Sides, as_json, as_markdown, as_text, breaking_lines
from sitegen.changes.differences import compare
from sitegen.changes.published import Published, published
from sitegen.commands.edge import UsageError, day_of, known_day, require_site
from sitegen.commands.revisions import texts_at
from sitegen.commands.telling import FINDINGS, OK, Options, report_beside, use_color
from sitegen.findings import Finding, in_order
from sitegen.loading import Site, Texts, load_site
from sitegen.sources import read_texts, templates_folder
from sitegen.values import looks_like_day

_HERE = "the working tree"


def run(options: Options) -> int:
    """Tell which facts changed. With `--breaking`, fail where support shrinks without a reason."""
    require_site(options.root)
    today = day_of(options.as_of)
    sources = _Sources(options)
    found: list[Published] = []
    sides = [_side(options.old, today), _side(options.new, today)]
    for side in sides:
        site, texts = sources.at(side)
        findings: list[Finding] = []
        said = published(site, date.fromisoformat(side.day), findings.append)
        code = _report(side, [*site.findings, *findings], texts, options)
        if code != OK:
            return code
        found.append(said)
    comparison, named = compare(*found), Sides(*sides)
    if options.format == "json":
        print(as_json(comparison, named))
    elif options.format == "markdown":
        print(as_markdown(comparison, named))
    elif not options.quiet:
        print(as_text(comparison, named, color=use_color(options, sys.stdout)))
    if options.breaking and comparison.breaking:
        print("support shrinks, and no 'reason' says why:", file=sys.stderr)
        for line in breaking_lines(comparison):
            print(f"  {line}", file=sys.stderr)
        return FINDINGS
    return OK


def _side(asked: str | None, today: date) -> Side:
    """What A or B names. Raises UsageError for a day that there is not."""
    if asked is None:
        return Side(_HERE, today.isoformat())
    if known_day(asked) is not None:
        return Side(asked, asked)
    if looks_like_day(asked):
        raise UsageError(f"the day {asked} does not exist")
    return Side(asked, today.isoformat())


@dataclass
class _Sources:
    """The sites of both sides; the folder as it is is read once."""

    options: Options
    here: tuple[Site, Texts] | None = None

    def at(self, side: Side) -> tuple[Site, Texts]:
        """The site of a side, and its texts. Raises UsageError and OSError."""
        if side.name not in (_HERE, side.day):
            texts = texts_at(self.options.root, side.name)
            return load_site(texts), texts
        if self.here is None:
            read = read_texts(self.options.root, templates_folder())
            self.here = load_site(read), read
        return self.here


def _report(side: Side, findings: list[Finding], texts: Texts, options: Options) -> int:
    """Show the findings of a side, and say which it is."""
    if findings:
        print(f"sitegen: {side}:", file=sys.stderr)
    return report_beside(in_order(findings), texts, options)
