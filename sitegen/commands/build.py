"""`sitegen build`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import date

from sitegen.commands.edge import dialects, load, refuse_sources
from sitegen.commands.shortcut import Keeper, output_folder
from sitegen.commands.telling import OK, Options, report
from sitegen.commands.writing import tell_drift, tell_outcome
from sitegen.loading import Site
from sitegen.output import Planned, write
from sitegen.rules import MEANING, judged
from sitegen.site import Build, build_site


def run(options: Options) -> int:
    """Write every page and fragment, or compare them with what is there."""
    started = time.perf_counter()
    names = dialects(options.only)
    folder = output_folder(options)
    refuse_sources(options.root, folder)
    keeper = Keeper(options)
    site, texts, day = load(options)
    result = build_site(site, day, names)
    findings = judged(site, texts, day, result, MEANING)
    code = report(findings, texts, options)
    if code != OK:
        return code
    planned = _planned(result)
    if options.check or options.diff:
        return tell_drift(folder, planned, names, lambda past: _built(site, past, names), options)
    outcome = write(
        folder,
        planned,
        dict.fromkeys(names, day.isoformat()),
        refuse=() if options.force else ("foreign",),
        record=lambda manifest: keeper.record(texts, day, findings, len(planned), manifest),
    )
    return tell_outcome(outcome, folder, planned, started, options)


def _built(site: Site, day: date, names: Sequence[str]) -> Mapping[str, Planned]:
    return _planned(build_site(site, day, names))


def _planned(result: Build) -> Mapping[str, Planned]:
    return {path: Planned(file.parts, file.dialect) for path, file in result.files.items()}
