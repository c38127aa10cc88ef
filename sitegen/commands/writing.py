"""What a build reports: findings, what it wrote or would write, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build.store import FolderStore
from sitegen.commands.outcome import FINDINGS, OK, USAGE

if TYPE_CHECKING:
    from datetime import date

    from sitegen.build import Result
    from sitegen.build.output import Difference
    from sitegen.build.records import Entry
    from sitegen.commands.progress import Progress
    from sitegen.findings import Finding

    # The files that would be built as of another date.
    Rebuild = Callable[[date], Mapping[str, Entry]]


def report_build(
    result: Result, store: FolderStore, progress: Progress, options: argparse.Namespace, rebuild: Rebuild
) -> int:
    """Report what a build did. Returns the exit code."""
    progress.hide()
    if store.is_compared and isinstance(result.outcome, list):
        code = _report_drift(result, store, options, rebuild)
    else:
        refused = result.outcome if isinstance(result.outcome, list) else []
        found = [*result.findings, *(as_finding(store.folder, each, store.texts) for each in refused)]
        code = _report(found, result.sources, options)
        if options.why and not _are_known(result, store.folder, options):
            return USAGE
        if code == OK and not refused:
            _report_written(result, store.folder, progress, options)
    if options.why or options.profile:
        from sitegen.commands.why import print_profile, print_reasons  # noqa: PLC0415 - seldom needed

        if options.why:
            print_reasons(result, store.folder, options)
        if options.profile:
            print_profile(result, progress, options)
    return code


def _are_known(result: Result, folder: Path, options: argparse.Namespace) -> bool:
    from sitegen.commands.why import are_known  # noqa: PLC0415 - seldom needed

    return are_known(result, folder, options)


def _report(findings: Sequence[Finding], sources: Mapping[str, bytes], options: argparse.Namespace) -> int:
    if not findings and options.format == "text":
        return OK
    from sitegen.commands.telling import report  # noqa: PLC0415 - a build that finds nothing does not need it

    return report(findings, sources, options)


def _report_written(result: Result, folder: Path, progress: Progress, options: argparse.Namespace) -> None:
    done = result.outcome
    paths = [path for path, entry in result.before.files.items() if entry.group in result.before.groups]
    counts = (0, len(paths), 0)
    if done is not None and not isinstance(done, list):
        counts = (done.written, done.unchanged, done.removed)
        paths = [*result.linked.files] if result.linked is not None else []
        for path in done.kept:
            print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
        for path in done.overwritten:
            print(f"overwritten, though it was edited by hand: {folder / path}", file=sys.stderr)
    if options.verbose and not options.why:  # which names the sources instead
        for path in sorted(paths):
            print(folder / path, file=sys.stdout if options.format == "text" else sys.stderr)
    if not options.quiet and options.format == "text":
        seconds = progress.clock() - progress.started
        print("{:,} written, {:,} unchanged, {:,} removed in {:.2f} s".format(*counts, seconds))


# --- drift ---------------------------------------------------------------------------


def as_finding(folder: Path, difference: Difference, texts: Mapping[str, str] | None = None) -> Finding:
    """A file that differs, with the lines of a diff where its text is given in `texts`."""
    from dataclasses import replace  # noqa: PLC0415 - a build that refuses nothing needs neither

    from sitegen.findings import Finding, Place  # noqa: PLC0415

    path = str(folder / difference.path)
    place = Place(path, 1, 1)
    found = {
        "missing": Finding("missing-file", f"{path} is missing", place, _BUILD),
        "stale": Finding("outdated-file", f"{path} is not what the facts say now", place, _BUILD),
        "edited": Finding("edited-file", f"{path} was edited by hand since sitegen wrote it", place, _EDITED),
        "foreign": Finding("foreign-file", f"{path} already exists and was not written by sitegen", place, _FOREIGN),
        "left over": Finding("orphaned-file", f"{path} is not generated any more", place, "a build removes it"),
        "edited left over": Finding(
            "orphaned-file", f"{path} is not generated any more, and was edited by hand", place, "remove it yourself"
        ),
    }[difference.kind]
    details = tuple(diff_lines(folder, difference, texts)) if texts is not None else ()
    return replace(found, details=details)


_BUILD = "build, and commit what that writes"
_EDITED = "bring the edit into the facts, then use --force, which overwrites the file"
_FOREIGN = "move it, or use --force, which overwrites it"


def diff_lines(folder: Path, difference: Difference, texts: Mapping[str, str]) -> list[str]:
    """How a file differs from what would be written, as a unified diff."""
    import difflib  # noqa: PLC0415

    from sitegen.build.output import read_on_disk  # noqa: PLC0415
    from sitegen.files.ownership import without_mark  # noqa: PLC0415

    path = difference.path
    before = "" if difference.kind == "missing" else read_on_disk(folder, path)
    after = texts.get(path, "")
    return list(
        difflib.unified_diff(
            without_mark(before).splitlines(),
            without_mark(after).splitlines(),
            f"there/{path}",
            f"built/{path}",
            lineterm="",
        )
    )


def _report_drift(result: Result, store: FolderStore, options: argparse.Namespace, rebuild: Rebuild) -> int:
    """List what a write would change; apart what differs only because a day has passed."""
    assert isinstance(result.outcome, list)  # noqa: S101 - a comparison
    drift = [difference for difference in result.outcome if difference.kind != "unchanged"]
    dated = _dated(result, store, drift, rebuild) if drift else {}
    if options.format == "text":
        _report(result.findings, result.sources, options)
        for difference in sorted(drift, key=lambda each: each.path in dated):
            path = store.folder / difference.path
            day = dated.get(difference.path)
            print(f"{'a day has passed':<16} {path} (built as of {day})" if day else f"{difference.kind:<16} {path}")
            for line in diff_lines(store.folder, difference, store.texts) if options.diff else ():
                print(f"  {line}")
        if not options.quiet:
            print(_advice(drift, len(result.outcome)), file=sys.stderr if drift else sys.stdout)
        return FINDINGS if drift else OK
    found = [as_finding(store.folder, each, store.texts if options.diff else None) for each in drift]
    return _report([*result.findings, *found], result.sources, options)


def _advice(drift: Sequence[Difference], compared: int) -> str:
    """How many files differ, and what to do."""
    if not drift:
        return f"{compared:,} files are up to date"
    what = "1 file differs" if len(drift) == 1 else f"{len(drift):,} files differ"
    kinds = {difference.kind for difference in drift}
    if not kinds.isdisjoint(("edited", "foreign")):
        return f"{what}; a build overwrites edited and foreign files only with --force"
    return f"{what}; build, and commit the result" if kinds != {"edited left over"} else what


def _dated(result: Result, store: FolderStore, drift: Sequence[Difference], rebuild: Rebuild) -> dict[str, date]:
    """The files on disk that were right on the day of the last build, with that day."""
    from sitegen.facts.values import exact_day  # noqa: PLC0415

    found: dict[str, date] = {}
    groups = {group: exact_day(day) for group, day in result.before.as_of.items()}
    for day in sorted({day for day in groups.values() if day is not None}):
        built = rebuild(day)
        for difference in drift:
            before, now = (
                built.get(difference.path),
                result.linked.files.get(difference.path) if result.linked else None,
            )
            concerned = before or now
            if concerned and groups.get(concerned.group) == day and _is_on_disk(store.folder, difference.path, before):
                found[difference.path] = day
    return found


def _is_on_disk(folder: Path, path: str, entry: Entry | None) -> bool:
    """Whether a file on disk has the content of an entry, or is missing where there is none."""
    from sitegen.build.output import look  # noqa: PLC0415

    return look(folder, path) == (entry.mark if entry is not None else None)
