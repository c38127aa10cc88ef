"""Telling what a write has done, or would do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from pathlib import Path

from sitegen.commands.edge import known_day
from sitegen.commands.shortcut import summary
from sitegen.commands.telling import FINDINGS, OK, Options, results_stream
from sitegen.output import Difference, Kind, Planned, Written, compare, read_manifest, read_on_disk


def tell_outcome(
    outcome: Written | list[Difference],
    folder: Path,
    planned: Mapping[str, Planned],
    started: float,
    options: Options,
    kept: Collection[str] = (),
) -> int:
    """Tell what a write has done, or refused to do. `kept` are files that it left. Returns the exit code."""
    if isinstance(outcome, list):
        for difference in outcome:
            _print_refused(folder, difference, planned)
        return FINDINGS
    for path in outcome.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    for path in outcome.overwritten:
        print(f"overwritten, though it was edited by hand: {folder / path}", file=sys.stderr)
    if options.verbose and not getattr(options, "why", None):  # which names the sources instead
        for path in sorted({*planned, *kept}):
            print(folder / path, file=results_stream(options))
    if not options.quiet and options.format == "text":
        print(summary(outcome.written, outcome.unchanged, outcome.removed, started))
    return OK


_REFUSALS: Mapping[Kind, str] = {
    "foreign": "error[foreign-file]: {path} stands there already and was not written by sitegen",
    "edited": "error[edited-file]: {path} was edited by hand since sitegen wrote it",
}


def _print_refused(folder: Path, difference: Difference, planned: Mapping[str, Planned]) -> None:
    print(_REFUSALS[difference.kind].format(path=folder / difference.path), file=sys.stderr)
    sys.stderr.writelines(f"  {line}\n" for line in _diff(folder, difference, planned))
    print("  = nothing was written; --force takes the file over", file=sys.stderr)


def _diff(folder: Path, difference: Difference, planned: Mapping[str, Planned]) -> list[str]:
    import difflib  # noqa: PLC0415 - for --diff and refusals only

    path = difference.path
    before = "" if difference.kind == "missing" else read_on_disk(folder, path)
    after = planned[path].data.decode() if path in planned else ""
    return list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), f"there/{path}", f"built/{path}", lineterm="")
    )


def tell_drift(
    folder: Path,
    planned: Mapping[str, Planned],
    groups: Sequence[str],
    rebuild: Callable[[date], Mapping[str, Planned]],
    options: Options,
) -> int:
    """List what a write would change; apart what differs only because a day has passed."""
    drift = [d for d in compare(folder, planned, groups) if d.kind != "unchanged"]
    days = read_manifest(folder).as_of
    past = {group: day for group in groups if (day := known_day(days.get(group, ""))) is not None}
    builds = {day: rebuild(day) for day in sorted(set(past.values()))} if drift else {}
    dated: dict[str, date] = {}
    for difference in drift:
        for group, day in past.items():
            before, now = builds[day].get(difference.path), planned.get(difference.path)
            concerned = before or now
            if concerned and concerned.group == group and _is_on_disk(folder, difference.path, before):
                dated[difference.path] = day
    for difference in drift:
        if difference.path not in dated:
            print(f"{difference.kind:<16} {folder / difference.path}", file=results_stream(options))
            _print_diff(folder, difference, planned, options)
    for difference in drift:
        if difference.path in dated:
            line = f"{'a day has passed':<16} {folder / difference.path} (built as of {dated[difference.path]})"
            print(line, file=results_stream(options))
            _print_diff(folder, difference, planned, options)
    if not drift and not options.quiet and options.format == "text":
        print(f"{len(planned)} files are up to date")
    return FINDINGS if drift else OK


def _is_on_disk(folder: Path, path: str, file: Planned | None) -> bool:
    """Whether a file stands there as it is given, or not at all where none is given."""
    try:
        there = (folder / path).read_bytes()
    except FileNotFoundError:
        return file is None
    except OSError:
        return False
    return file is not None and there == file.data


def _print_diff(folder: Path, difference: Difference, planned: Mapping[str, Planned], options: Options) -> None:
    if options.diff:
        for line in _diff(folder, difference, planned):
            print(f"  {line}", file=results_stream(options))
