"""`sitegen upcoming`."""

from __future__ import annotations

import sys
from datetime import date, timedelta

from sitegen.changes.agenda import as_calendar, as_json, as_text
from sitegen.changes.forecast import forecast
from sitegen.commands.edge import load
from sitegen.commands.outcome import OK, Options, UsageError
from sitegen.commands.telling import report_beside, use_color


def run(options: Options) -> int:
    """Tell what the pages will say otherwise when days have passed, and what will be wrong then."""
    site, texts, day = load(options)
    if date.max - day < timedelta(days=options.days):
        raise UsageError(f"the calendar ends before {options.days} days after {day}")
    code = report_beside(site.findings, texts, options)
    if code != OK:
        return code
    found = forecast(site, day, day + timedelta(days=options.days))
    code = report_beside(found.now, texts, options)
    if code != OK:
        return code
    title = site.settings.title or "Upcoming"
    site_id = site.settings.styles["html"].base_url or title
    if options.format == "json":
        print(as_json(found, site_id))
    elif options.format == "ics":
        sys.stdout.flush()
        sys.stdout.buffer.write(as_calendar(found, title, site_id).encode())
    elif not options.quiet:
        print(as_text(found, color=use_color(options, sys.stdout)))
    for later, finding in found.wrong:
        print(f"\nsitegen: from {later} on:", file=sys.stderr)
        code = report_beside([finding], texts, options)
    return code
