"""The report of a build: findings, the files that it wrote or would write, and why."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build.store import CheckStore, FolderStore
from sitegen.commands.exit_codes import FINDINGS, OK, Options

if TYPE_CHECKING:
    from datetime import date

    from sitegen.build import Result
    from sitegen.build.output import Difference
    from sitegen.build.records import Entry
    from sitegen.commands.progress import ProgressBar
    from sitegen.findings import Finding

    # Returns the files that would be built as of another date.
    Rebuild = Callable[[date], Mapping[str, Entry]]


def report_build(result: Result, store: FolderStore, progress: ProgressBar, options: Options, rebuild: Rebuild) -> int:
    """Report what a build did. Returns the exit code."""
    progress.hide()
    if isinstance(store, CheckStore) and result.differences is not None:
        code = _report_drift(result.differences, result, store, options, rebuild)
    else:
        refused = result.differences or () if result.summary is None else ()
        refusals = [_finding(store.folder, difference, store.texts, options) for difference in refused]
        code = _report([*result.findings, *refusals], result.sources, options)
        if code == OK and not refused:
            _report_written(result, store.folder, progress, options)
    if options.why or options.profile:
        from sitegen.commands.rebuild_reasons import print_profile, print_reasons  # noqa: PLC0415 - seldom needed

        if options.why:
            print_reasons(result, store.folder, options)
        if options.profile:
            print_profile(result, progress, options)
    return code


def _report(findings: Sequence[Finding], sources: Mapping[str, bytes], options: Options) -> int:
    if not findings and options.format == "text":
        return OK
    from sitegen.commands.reporting import report  # noqa: PLC0415 - not needed without findings

    return report(findings, sources, options)


def _report_written(result: Result, folder: Path, progress: ProgressBar, options: Options) -> None:
    summary = result.summary
    paths = [path for path, entry in result.before.files.items() if entry.group in result.before.groups]
    counts = (0, len(paths), 0)
    if summary is not None:
        counts = (summary.written, summary.unchanged, summary.removed)
        paths = [*result.linked.files] if result.linked is not None else []
        for path in summary.kept:
            print(f"kept (edited by hand): {folder / path}", file=sys.stderr)
        differences = result.differences or ()
        for difference in differences:
            if difference.kind == "edited":
                print(f"overwritten (edited by hand): {_shown(folder, difference, options)}", file=sys.stderr)
        others = [_shown(folder, difference, options) for difference in differences if difference.kind == "other title"]
        if others:
            more = f" and {len(others) - 1:,} more" if len(others) > 1 else ""
            print(f"overwritten (generated for a site with another title): {others[0]}{more}", file=sys.stderr)
    if options.verbose and not options.why:  # which lists the sources instead
        for path in sorted(paths):
            print(folder / path, file=sys.stdout if options.format == "text" else sys.stderr)
    if not options.quiet and options.format == "text":
        seconds = progress.clock() - progress.started
        print("{:,} written, {:,} unchanged, {:,} removed in {:.2f} s".format(*counts, seconds))


# --- drift ---------------------------------------------------------------------------


def _shown(folder: Path, difference: Difference, options: Options) -> str:
    """The path of a file that differs, as users see it: relative if that of the site is."""
    if difference.line and not options.root.is_absolute():
        return os.path.relpath(difference.path)
    return str(folder / difference.path)


def _finding(folder: Path, difference: Difference, texts: Mapping[str, str] | None, options: Options) -> Finding:
    """The finding for a file that differs; with the new `texts`, it has the lines of a diff."""
    from dataclasses import replace  # noqa: PLC0415 - not needed without findings

    from sitegen.findings import Finding, Place  # noqa: PLC0415

    path = _shown(folder, difference, options)
    place = Place(path, difference.line or 1, 1)
    finding = {
        "missing": Finding("missing-file", f"{path} is missing", place, _BUILD),
        "outdated": Finding("outdated-file", f"{path} is outdated", place, _BUILD),
        "other title": Finding("outdated-file", f"{path} was generated for a site with another title", place, _TITLE),
        "edited": Finding("edited-file", f"{path} was edited by hand since sitegen wrote it", place, _EDITED),
        "foreign": Finding("foreign-file", f"{path} already exists and was not written by sitegen", place, _FOREIGN),
        "orphaned": Finding("orphaned-file", f"{path} is no longer generated", place, "a build removes it"),
        "orphaned (edited)": Finding(
            "orphaned-file", f"{path} is no longer generated, and was edited by hand", place, "remove it yourself"
        ),
    }[difference.kind]
    return replace(finding, details=tuple(_diff(folder, difference, texts, options)) if texts is not None else ())


_TITLE = "if another site writes to this folder, give it a folder of its own"
_BUILD = "build and commit the result"
_EDITED = "move the edit into the facts, then overwrite the file with --force"
_FOREIGN = "move it, or overwrite it with --force"


def _diff(folder: Path, difference: Difference, texts: Mapping[str, str], options: Options) -> list[str]:
    """The lines of a unified diff between a file on disk and its new text."""
    import difflib  # noqa: PLC0415

    from sitegen.build.output import read_on_disk  # noqa: PLC0415
    from sitegen.files.ownership import without_mark  # noqa: PLC0415

    path = difference.path
    before = "" if difference.kind == "missing" else read_on_disk(folder, path)
    old, new = (without_mark(text).splitlines() for text in (before, texts.get(path, "")))
    if old == new and not before.endswith("\n"):
        old.append("\\ No newline at end of file")
    name = _shown(folder, difference, options).lstrip("/") if difference.line else path
    return list(difflib.unified_diff(old, new, f"disk/{name}", f"built/{name}", lineterm=""))


def _report_drift(
    differences: Sequence[Difference], result: Result, store: CheckStore, options: Options, rebuild: Rebuild
) -> int:
    """List the files that a build would change, those last that differ only because of the date."""
    drift = [difference for difference in differences if difference.kind != "unchanged"]
    dated = _dated(result, store, drift, rebuild) if drift else {}
    if options.format != "text":
        findings = [_finding(store.folder, each, store.texts if options.diff else None, options) for each in drift]
        return _report([*result.findings, *findings], result.sources, options)
    _report(result.findings, result.sources, options)
    for difference in sorted(drift, key=lambda each: each.path in dated):
        path = _shown(store.folder, difference, options)
        day = dated.get(difference.path)
        print(f"{'date-only change':<17} {path} (built as of {day})" if day else f"{difference.kind:<17} {path}")
        for line in _diff(store.folder, difference, store.texts, options) if options.diff else ():
            print(f"  {line}")
    if not options.quiet:
        print(_advice(drift, len(differences)), file=sys.stderr if drift else sys.stdout)
    return FINDINGS if drift else OK


def _advice(drift: Sequence[Difference], compared: int) -> str:
    """The number of files that differ, and what to do."""
    if not drift:
        return "1 file is up to date" if compared == 1 else f"{compared:,} files are up to date"
    count = "1 file differs" if len(drift) == 1 else f"{len(drift):,} files differ"
    kinds = {difference.kind for difference in drift}
    if not kinds.isdisjoint(("edited", "foreign")):
        return f"{count}; a build overwrites edited and foreign files only with --force"
    return f"{count}; build and commit the result" if kinds != {"orphaned (edited)"} else count


def _dated(result: Result, store: CheckStore, drift: Sequence[Difference], rebuild: Rebuild) -> dict[str, date]:
    """The files on disk that are up to date as of the date of the last build, with that date."""
    from sitegen.build.output import mark_on_disk  # noqa: PLC0415
    from sitegen.facts.values import exact_day  # noqa: PLC0415

    dated: dict[str, date] = {}
    files = result.linked.files if result.linked is not None else {}
    groups = {group: exact_day(day) for group, day in result.before.as_of.items()}
    for day in sorted({day for day in groups.values() if day is not None}):
        built = rebuild(day)
        for path in (difference.path for difference in drift):
            before = built.get(path)
            entry = before or files.get(path)
            mark = before.mark if before is not None else None
            if entry and groups.get(entry.group) == day and mark_on_disk(store.folder, path) == mark:
                dated[path] = day
    return dated
