"""`sitegen upcoming`."""

from __future__ import annotations

import sys
from datetime import date, timedelta

from sitegen.changes.agenda import as_calendar, as_json, as_text
from sitegen.changes.forecast import forecast
from sitegen.commands.exit_codes import OK, Options, UsageError
from sitegen.commands.inputs import load
from sitegen.commands.reporting import report_as_text, use_color


def run(options: Options) -> int:
    """List page changes caused by upcoming dates, and the problems that builds will find then."""
    site, texts, day = load(options)
    if date.max - day < timedelta(days=options.days):
        raise UsageError(f"--days: there is no date {options.days} days after {day}")
    code = report_as_text(site.findings, texts, options)
    if code != OK:
        return code
    upcoming = forecast(site, day, day + timedelta(days=options.days))
    code = report_as_text(upcoming.now, texts, options)
    if code != OK:
        return code
    title = site.settings.title or "Upcoming"
    site_id = site.settings.styles["html"].base_url or title
    if options.format == "json":
        print(as_json(upcoming, site_id))
    elif options.format == "ics":
        sys.stdout.flush()
        sys.stdout.buffer.write(as_calendar(upcoming, title, site_id).encode())
    elif not options.quiet:
        print(as_text(upcoming, color=use_color(options, sys.stdout)))
    for later, finding in upcoming.wrong:
        print(f"\nsitegen: as of {later}:", file=sys.stderr)
        code = report_as_text([finding], texts, options)
    return code
