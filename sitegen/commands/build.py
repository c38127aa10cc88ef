"""`sitegen build`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import field, replace
from datetime import date

from sitegen.build_record import Source, changes
from sitegen.commands.account import Account
from sitegen.commands.edge import UsageError, day_of, dialects, read, refuse_sources
from sitegen.commands.progress import Progress
from sitegen.commands.shortcut import Keeper, output_folder, tell_account
from sitegen.commands.telling import OK, Options, report, verdict
from sitegen.commands.writing import tell_drift, tell_outcome
from sitegen.findings import Finding
from sitegen.frozen import frozen
from sitegen.halves import ApartError, Asked, Both, Second, halves
from sitegen.halving import LostError, can_fork, cores
from sitegen.loading import Site, Texts, load_site
from sitegen.manifest import Entry, Manifest, hash_of
from sitegen.output import ChangedError, Planned, Written, intact, read_manifest, write
from sitegen.reasons import Reason
from sitegen.remembering import part_to_build, sections, seen_otherwise
from sitegen.rules import MEANING, Judged, judge
from sitegen.site import Build, build_site

_MUCH = 32 * 1024  # bytes of facts; from there on, a second process takes less time than it saves


@frozen
class _Made:
    """What has been built, of which sources, and why.

    Where it is a part of the site, `unread` are sources that it was not made of, and `told` those of them that findings
    are in; `kept` is what stays, and `manifest` the hash of the manifest that names it. A `second` process has built
    half of it.
    """

    site: Site
    texts: Texts
    day: date
    planned: Mapping[str, Planned]
    findings: Sequence[Finding]
    sections: Mapping[str, str]
    libraries: Collection[str]
    reason: Reason
    unread: Mapping[str, Source] = field(default_factory=dict)
    told: Texts = field(default_factory=dict)
    kept: Mapping[str, Entry] = field(default_factory=dict)
    manifest: str = ""
    second: Second | None = None

    def close(self) -> None:
        """End the second process."""
        if self.second is not None:
            self.second.close()


def run(options: Options) -> int:
    """Write every page and fragment, or compare them with what is there."""
    with Progress(options) as progress:
        names = dialects(options.only)
        folder = output_folder(options)
        refuse_sources(options.root, folder)
        if options.why and (options.check or options.diff):
            raise UsageError("--why tells what a build has done; --check and --diff build nothing")
        keeper = Keeper(options)
        part = _part(options, names, keeper, progress)
        if isinstance(part, _Made):
            try:
                return _finish(part, names, keeper, progress, options)
            except ChangedError:
                keeper, part = Keeper(options), Reason("meanwhile")
        made = _whole(options, names, part, progress)
        try:
            return _finish(made, names, keeper, progress, options)
        except LostError:
            made.close()
            made = _at_once(made.texts, made.day, names, part, progress)
            return _finish(made, names, keeper, progress, options)
        finally:
            made.close()


def _finish(made: _Made, names: Sequence[str], keeper: Keeper, progress: Progress, options: Options) -> int:
    """Write what was built or compare it, if all is well so far; then tell what is asked for of the build."""
    folder = output_folder(options)
    before = read_manifest(folder) if options.why else Manifest()
    progress.hide()
    written = None
    if options.why and verdict(made.findings, options) == OK:
        from sitegen.commands.why import refuse_unknown  # noqa: PLC0415 - seldom needed

        unknown = refuse_unknown({*made.planned, *made.kept, *before.files}, folder, options)
        if unknown != OK:
            return unknown
    if options.check or options.diff:
        code = _tell_findings(made, options) or _compare(made, names, progress, options)
    else:
        code, written = _write(made, names, keeper, progress, options)
    if not (options.profile or options.why):
        return code
    sources = {*made.texts, *made.unread}
    account = Account(
        made.reason, sources, made.sections, before, made.unread, made.libraries, made.planned, made.kept, written
    )
    told = tell_account(account, progress, folder, options)
    return code or told


def _tell_findings(made: _Made, options: Options) -> int:
    return report(made.findings, {**made.texts, **made.told}, options)


def _compare(made: _Made, names: Sequence[str], progress: Progress, options: Options) -> int:
    progress.begin("comparing")
    progress.hide()
    folder = output_folder(options)
    return tell_drift(folder, made.planned, names, lambda past: _built(made.site, past, names), options)


def _write(
    made: _Made, names: Sequence[str], keeper: Keeper, progress: Progress, options: Options
) -> tuple[int, Written | None]:
    """Write what was built, unless an error was found. Returns the exit code, and what was written.

    Findings are told once it is certain that the build need not be made again.
    """
    if verdict(made.findings, options) != OK:
        return _tell_findings(made, options), None
    folder, planned, files = output_folder(options), made.planned, len(made.planned) + len(made.kept)
    progress.begin("writing")
    try:
        outcome = write(
            folder,
            planned,
            dict.fromkeys(names, made.day.isoformat()),
            kept=made.kept,
            manifest=made.manifest,
            refuse=() if options.force else ("foreign",),
            record=lambda manifest: keeper.record(
                made.texts, made.unread, made.day, made.findings, files, manifest, made.sections
            ),
            tick=progress.tick,
            elsewhere=made.second,
        )
    except OSError:
        progress.hide()
        _tell_findings(made, options)
        raise
    if isinstance(outcome, list) and any(planned[difference.path].elsewhere for difference in outcome):
        raise LostError  # what would have been written is to be shown
    progress.hide()
    _tell_findings(made, options)
    code = tell_outcome(outcome, folder, planned, progress.started, options, kept=made.kept)
    return code, outcome if isinstance(outcome, Written) else None


def _whole(options: Options, names: Sequence[str], reason: Reason, progress: Progress) -> _Made:
    """Build the whole site, in two processes where that takes less time."""
    texts, day = read(options, progress.begin)
    if not _large(texts, options):
        return _at_once(texts, day, names, reason, progress)
    here, there = halves(texts)
    asked = Asked(day, names, MEANING)
    try:
        second = Second(there, asked)
    except OSError:
        return _at_once(texts, day, names, reason, progress)
    try:
        both = second.build(here, asked, progress.tick, progress.begin)
        return _checked(both, texts, day, reason, progress, second)
    except (ApartError, LostError):
        second.close()
        return _at_once(texts, day, names, reason, progress)
    except BaseException:
        second.close()
        raise


def _large(texts: Texts, options: Options) -> bool:
    """Whether two processes build a site."""
    if not can_fork() or options.check or options.diff:  # which look at all texts here
        return False
    if options.processes is not None:
        return bool(options.processes == 2)
    return cores() > 1 and sum(len(data) for name, data in texts.items() if name.endswith((".yaml", ".yml"))) >= _MUCH


def _at_once(texts: Texts, day: date, names: Sequence[str], reason: Reason, progress: Progress) -> _Made:
    """Build the whole site in this process."""
    progress.begin("loading")
    site = load_site(texts)
    progress.begin("building")
    made = build_site(site, day, names, documents=False, tick=progress.tick)
    return _checked(Both(site, made, Judged()), texts, day, reason, progress)


def _checked(
    both: Both,
    texts: Texts,
    day: date,
    reason: Reason,
    progress: Progress,
    second: Second | None = None,
) -> _Made:
    """What has been built, with what the rules find in it."""
    progress.begin("checking")
    site, made, known = both
    told = judge(site, texts, day, made, MEANING, known)
    later = sections(site, made, told)
    return _Made(site, texts, day, _planned(made), told.findings, later, {*made.libraries}, reason, second=second)


def _part(options: Options, names: Sequence[str], keeper: Keeper, progress: Progress) -> _Made | Reason:
    """Build the libraries whose files have changed. Where the whole site is to be built, the reason for it."""
    progress.begin("comparing")
    asked = tuple(f"--{name}" for name in ("check", "diff", "force") if getattr(options, name))
    last = Reason("option", asked) if asked else keeper.last()
    if isinstance(last, Reason):
        return last
    record, now = last.record, last.now
    there = intact(output_folder(options), names)
    changed = changes(record, now)
    part = part_to_build(record, changed, there.keys())
    if isinstance(part, Reason):
        return part._replace(changes=changed)
    reason = part.reason._replace(changes=changed)
    progress.begin("reading")
    texts = {name: keeper.read(name) for name in now if name not in part.unread}
    day = day_of(options.as_of)
    if day.isoformat() != record.key["day"] or any(hash_of(text) != now[name].hash for name, text in texts.items()):
        return Reason("meanwhile")  # it is midnight, or somebody saves a source
    progress.begin("loading")
    others = {id_: one.known for id_, one in part.others.items()}
    site = load_site(texts, lambda _, known: {**known, **others})
    if site.compares_libraries:
        return reason._replace(kind="compared")
    progress.begin("building")
    result = build_site(site, day, names, libraries=part.libraries, documents=False, beside=False, tick=progress.tick)
    progress.begin("checking")
    site = replace(site, own_files={**site.own_files, **part.unread})
    told = judge(site, texts, day, part.laid_over(result), MEANING, part.judged)
    otherwise = seen_otherwise(part, record, site, result)
    if otherwise:
        return reason._replace(kind="seen", names=otherwise)
    if not part.tells_all(site, told.findings):
        return reason._replace(kind="found")
    lines = {name: keeper.read(name) for name in part.unread.keys() & {f.place.file for f in told.findings}}
    if any(hash_of(text) != now[name].hash for name, text in lines.items()):
        return Reason("meanwhile")
    later = sections(site, result, told, record.sections, part.beside)
    kept = {path: there[path] for path in part.paths}
    unread = {name: now[name] for name in part.unread}
    planned, manifest = _planned(result), record.manifest
    return _Made(site, texts, day, planned, told.findings, later, part.libraries, reason, unread, lines, kept, manifest)


def _built(site: Site, day: date, names: Sequence[str]) -> Mapping[str, Planned]:
    return _planned(build_site(site, day, names, documents=False))


def _planned(result: Build) -> Mapping[str, Planned]:
    return {path: Planned(file.parts, file.dialect, file.elsewhere) for path, file in result.files.items()}
