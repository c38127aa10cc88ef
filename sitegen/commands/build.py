"""`sitegen build`."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sitegen.build_record import Source, changed
from sitegen.commands.edge import day_of, dialects, load, refuse_sources
from sitegen.commands.shortcut import Keeper, output_folder
from sitegen.commands.telling import OK, Options, report
from sitegen.commands.writing import tell_drift, tell_outcome
from sitegen.facts import LIBRARIES, PRODUCTS
from sitegen.findings import Finding
from sitegen.halving import can_fork, cores
from sitegen.loading import Site, Texts, load_site
from sitegen.manifest import Entry
from sitegen.output import ChangedError, Planned, intact, write
from sitegen.remembering import as_others_see_it, part_to_build, sections
from sitegen.rules import MEANING, judged_with_evidence
from sitegen.site import Build, build_site

_MANY = 200  # pages


@dataclass(frozen=True, slots=True)
class _Made:
    """What has been built, of which sources. Where it is a part of the site, `kept` is what stays of the last build."""

    site: Site
    texts: Texts
    day: date
    planned: Mapping[str, Planned]
    findings: Sequence[Finding]
    sections: Mapping[str, str]
    unread: Mapping[str, Source] = field(default_factory=dict)
    kept: Mapping[str, Entry] = field(default_factory=dict)


def run(options: Options) -> int:
    """Write every page and fragment, or compare them with what is there."""
    started = time.perf_counter()
    names = dialects(options.only)
    folder = output_folder(options)
    refuse_sources(options.root, folder)
    keeper = Keeper(options)
    part = _part(options, names, keeper)
    if part is not None:
        try:
            return _finish(part, names, keeper, started, options)
        except ChangedError:
            keeper = Keeper(options)
    return _finish(_whole(options, names), names, keeper, started, options)


def _finish(made: _Made, names: Sequence[str], keeper: Keeper, started: float, options: Options) -> int:
    """Tell what was found, and write what was built or compare it."""
    code = report(made.findings, made.texts, options)
    if code != OK:
        return code
    folder, planned = output_folder(options), made.planned
    if options.check or options.diff:
        return tell_drift(folder, planned, names, lambda past: _built(made.site, past, names), options)
    files = len(planned) + len(made.kept)
    outcome = write(
        folder,
        planned,
        dict.fromkeys(names, made.day.isoformat()),
        kept=made.kept,
        refuse=() if options.force else ("foreign",),
        record=lambda manifest: keeper.record(
            made.texts, made.unread, made.day, made.findings, files, manifest, made.sections
        ),
    )
    return tell_outcome(outcome, folder, planned, started, options)


def _whole(options: Options, names: Sequence[str]) -> _Made:
    """Build the whole site."""
    site, texts, day = load(options)
    result = build_site(site, day, names, documents=False, processes=_processes(site, options))
    findings, evidence = judged_with_evidence(site, texts, day, result, MEANING, {})
    return _Made(site, texts, day, _planned(result), findings, sections(site, result, evidence))


def _processes(site: Site, options: Options) -> int:
    """How many processes build a site: two where that takes less time than to make the second."""
    if options.processes is not None or not can_fork():
        return options.processes if options.processes is not None and can_fork() else 1
    libraries = site.facts.datasets[LIBRARIES].records if LIBRARIES in site.facts.datasets else ()
    products = site.facts.datasets[PRODUCTS].records if PRODUCTS in site.facts.datasets else ()
    return 2 if cores() > 1 and len(libraries) * len(products) >= _MANY else 1


def _part(options: Options, names: Sequence[str], keeper: Keeper) -> _Made | None:
    """Build the libraries whose files have changed. None where the whole site is to be built."""
    last = keeper.last() if not (options.check or options.diff or options.force or options.verbose) else None
    if last is None:
        return None
    record, now = last
    there = intact(output_folder(options), names)
    part = part_to_build(record, changed(record, now), there.keys())
    if part is None:
        return None
    texts = {name: keeper.read(name) for name in now if name not in part.unread}
    day = day_of(options.as_of)
    site = load_site(texts, {id_: one.known for id_, one in part.others.items()})
    result = build_site(site, day, names, libraries=part.libraries, documents=False, beside=False)
    evidence = {id_: one.evidence for id_, one in part.others.items()}
    findings, evidence_now = judged_with_evidence(site, texts, day, result, MEANING, evidence)
    if findings or not as_others_see_it(part, record, site, result):
        return None
    kept = {path: there[path] for path in part.kept}
    unread = {name: now[name] for name in part.unread}
    later = sections(site, result, evidence_now, record.sections)
    return _Made(site, texts, day, _planned(result), findings, later, unread, kept)


def _built(site: Site, day: date, names: Sequence[str]) -> Mapping[str, Planned]:
    return _planned(build_site(site, day, names, documents=False))


def _planned(result: Build) -> Mapping[str, Planned]:
    return {path: Planned(file.parts, file.dialect) for path, file in result.files.items()}
