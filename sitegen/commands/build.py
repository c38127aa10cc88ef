"""`sitegen build`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date

from sitegen.commands.edge import OK, Options, dialects, load, refuse_sources, report
from sitegen.commands.writing import tell_drift, tell_outcome
from sitegen.loading import Site
from sitegen.output import Planned, write
from sitegen.rules import MEANING, judged
from sitegen.site import Build, build_site


def run(options: Options) -> int:
    """Write every page and fragment, or compare them with what is there."""
    started = time.perf_counter()
    names = dialects(options.only)
    folder = options.output or options.root / "output"
    refuse_sources(options.root, folder)
    site, texts, day = load(options)
    result = build_site(site, day, names)
    code = report(judged(site, texts, day, result, MEANING), texts, options)
    if code != OK:
        return code
    planned = _planned(result)
    if options.check or options.diff:
        return tell_drift(folder, planned, names, lambda past: _built(site, past, names), options)
    as_of = dict.fromkeys(names, day.isoformat())
    outcome = write(folder, planned, as_of, refuse=() if options.force else ("foreign",))
    return tell_outcome(outcome, folder, planned, started, options)


def _built(site: Site, day: date, names: Sequence[str]) -> Mapping[str, Planned]:
    return _planned(build_site(site, day, names))


def _planned(result: Build) -> Mapping[str, Planned]:
    return {path: Planned(file.parts, file.dialect) for path, file in result.files.items()}
