"""`sitegen partials`."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from datetime import date

from sitegen.commands.edge import guarded, load, refuse_sources
from sitegen.commands.shortcut import Keeper
from sitegen.commands.telling import OK, Options, report
from sitegen.commands.writing import tell_drift, tell_outcome
from sitegen.loading import Site
from sitegen.output import Kind, Planned, write
from sitegen.rules import MEANING, judge
from sitegen.site import Build, build_site
from sitegen.sources import source_files
from sitegen.watching import changes, look_at

# Fragments in a foreign tree are a group of their own, so that a build into the same folder leaves them alone.
_GROUP = "partials"


def run(options: Options) -> int:
    """Write the fragments into a Hugo tree that has files of its own."""
    code = OK
    never = threading.Event()
    for _ in changes(lambda: look_at(source_files(options.root)), never):
        code = guarded(_once, options)
        if not options.watch or options.check or options.diff:
            break
    return code


def _once(options: Options) -> int:
    started = time.perf_counter()
    refuse_sources(options.root, options.output)
    keeper = Keeper(options)
    site, texts, day = load(options)
    result = build_site(site, day, ("hugo",))
    findings = judge(site, texts, day, result, MEANING).findings
    code = report(findings, texts, options)
    if code != OK:
        return code
    planned = _fragments(site, result)
    if options.check or options.diff:

        def rebuild(past: date) -> Mapping[str, Planned]:
            return _fragments(site, build_site(site, past, ("hugo",)))

        return tell_drift(options.output, planned, (_GROUP,), rebuild, options)
    refuse: tuple[Kind, ...] = () if options.force else ("foreign", "edited")
    outcome = write(
        options.output,
        planned,
        {_GROUP: day.isoformat()},
        refuse=refuse,
        record=lambda manifest: keeper.record(texts, {}, day, findings, len(planned), manifest),
    )
    return tell_outcome(outcome, options.output, planned, started, options)


def _fragments(site: Site, result: Build) -> dict[str, Planned]:
    folder = site.settings.fragments["hugo"] + "/"
    return {
        path.removeprefix(folder): Planned(file.parts, _GROUP) for path, file in result.files.items() if file.fragment
    }
