"""What each command does. The edge of the program: the clock, the environment, the disk and the terminal."""

from __future__ import annotations

import argparse
import difflib
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from sitegen import __version__
from sitegen.dialects import DIALECTS
from sitegen.findings import Finding, as_github, as_json, as_sarif, as_text, did_you_mean
from sitegen.loading import Site, Texts, load_site, read_texts, source_lines
from sitegen.output import (
    BusyError,
    Difference,
    Kind,
    OutputError,
    Planned,
    Written,
    compare,
    read_manifest,
    read_on_disk,
    write,
)
from sitegen.output import clean as clean_output
from sitegen.settings import FILE
from sitegen.site import Build, File, build_site
from sitegen.source import parser_missing
from sitegen.values import exact_day

OK, FINDINGS, USAGE, IO, BUSY = 0, 1, 2, 3, 75
Options = argparse.Namespace


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


def _guarded(command: Callable[[Options], int]) -> Callable[[Options], int]:
    """Turn what the edge may raise into one line and an exit code."""

    def run(options: Options) -> int:
        try:
            return command(options)
        except (UsageError, OutputError) as error:
            return _fail(str(error), USAGE)
        except BusyError as error:
            return _fail(str(error), BUSY)
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            return _fail(f"{where}{error.strerror or error}", IO)

    return run


def _fail(message: str, code: int) -> int:
    print(f"sitegen: {message}", file=sys.stderr)
    return code


# --- commands ------------------------------------------------------------------------


@_guarded
def build(options: Options) -> int:
    """Write every page and fragment, or compare them with what is there."""
    started = time.perf_counter()
    dialects = _dialects(options.only)
    folder = options.output or options.root / "output"
    _refuse_sources(options.root, folder)
    site, texts, day = _load(options)
    result = build_site(site, day, dialects)
    code = _report(result.findings, texts, options)
    if code != OK:
        return code
    planned = {path: _plan(file) for path, file in result.files.items()}
    if options.check or options.diff:
        return _check(folder, planned, dialects, lambda past: _whole(site, past, dialects), options)
    as_of = dict.fromkeys(dialects, day.isoformat())
    outcome = write(folder, planned, as_of, refuse=() if options.force else ("foreign",))
    return _tell(outcome, folder, planned, started, options)


@_guarded
def partials(options: Options) -> int:
    """Write the fragments into a Hugo tree that has files of its own."""
    before = _snapshot(options.root)
    code = _partials_once(options)
    if not options.watch or options.check or options.diff:
        return code
    again = _guarded(_partials_once)
    while True:
        time.sleep(0.2)
        now = _snapshot(options.root)
        if now != before:
            before = now
            again(options)


@_guarded
def check(options: Options) -> int:
    """Tell everything that is wrong with the content."""
    site, texts, day = _load(options)
    result = build_site(site, day, tuple(DIALECTS))
    code = _report(result.findings, texts, options)
    if code == OK and not options.quiet and options.format == "text":
        print(f"{len(result.files)} files would be built as of {day}; nothing is wrong")
    return code


@_guarded
def clean(options: Options) -> int:
    """Remove the files that builds have written."""
    folder = options.output or options.root / "output"
    outcome = clean_output(folder)
    for path in outcome.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{outcome.removed} removed")
    return FINDINGS if outcome.kept else OK


# --- loading -------------------------------------------------------------------------


def _dialects(only: Sequence[str] | None) -> tuple[str, ...]:
    for name in only or ():
        if name not in DIALECTS:
            raise UsageError(f"there is no dialect '{name}'; {did_you_mean(name, DIALECTS)}")
    return tuple(name for name in DIALECTS if not only or name in only)


def _day(as_of: str | None) -> date:
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if as_of is not None:
        day = _known_day(as_of)
        if day is None:
            raise UsageError(f"--as-of takes a day such as 2026-04-01, not '{as_of}'")
        return day
    if epoch:
        try:
            return datetime.fromtimestamp(int(epoch), UTC).date()
        except (ValueError, OverflowError, OSError):
            raise UsageError(f"SOURCE_DATE_EPOCH is a number of seconds, not '{epoch}'") from None
    return datetime.now(UTC).date()


def _known_day(text: str) -> date | None:
    try:
        return exact_day(text)
    except ValueError:
        return None


def templates_folder() -> Path:
    """The folder that holds the default `partials`: inside the wheel, or beside the package in a clone."""
    package = Path(__file__).resolve().parent
    return package if (package / "partials").is_dir() else package.parent


def _load(options: Options) -> tuple[Site, Texts, date]:
    missing = parser_missing()
    if missing:
        raise UsageError(missing)
    day = _day(options.as_of)
    if not (options.root / FILE).is_file():
        raise UsageError(f"{options.root / FILE} is not there; a site is a folder with {FILE}, content/ and partials/")
    texts = read_texts(options.root, templates_folder())
    return load_site(texts), texts, day


def _whole(site: Site, day: date, dialects: Sequence[str]) -> Mapping[str, Planned]:
    return {path: _plan(file) for path, file in build_site(site, day, dialects).files.items()}


def _plan(file: File) -> Planned:
    return Planned(file.text.encode(), file.dialect)


def _refuse_sources(root: Path, folder: Path) -> None:
    """An output folder is neither the site's own folder, nor above it, nor inside its sources."""
    site, output = root.resolve(), folder.resolve()
    if output == site or output in site.parents or output == _home():
        raise UsageError(f"the output folder {folder} holds more than output; name a folder of its own")
    for name in ("content", "partials", "themes", ".git", "sitegen"):
        source = site / name
        if source.is_dir() and (output == source or source in output.parents):
            raise UsageError(f"the output folder {folder} is inside the sources in {name}/")


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without one, as in a container
        return None


# --- telling -------------------------------------------------------------------------


def _report(findings: Sequence[Finding], texts: Texts, options: Options) -> int:
    if options.format == "json":
        print(as_json(findings))
    elif options.format == "sarif":
        print(as_sarif(findings, __version__))
    elif options.format == "github":
        for finding in findings:
            print(as_github(finding))
    elif findings:
        lines = source_lines(texts)
        color = _color(options, sys.stderr)
        print("\n\n".join(as_text(f, lines, color=color) for f in findings), file=sys.stderr)
        print(f"\n{_summary(findings)}", file=sys.stderr)
    wrong = [f for f in findings if f.severity == "error" or (options.strict and f.severity == "warning")]
    if not wrong:
        return OK
    return USAGE if any(f.place.file == FILE for f in wrong) else FINDINGS


def _summary(findings: Sequence[Finding]) -> str:
    counts = {kind: sum(f.severity == kind for f in findings) for kind in ("error", "warning", "notice")}
    words = [f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items() if n]
    files = len({f.place.file for f in findings})
    return f"{', '.join(words)} in {files} file{'s' if files != 1 else ''}"


def _color(options: Options, stream: object) -> bool:
    if options.color != "auto":
        return bool(options.color == "always")
    return not os.environ.get("NO_COLOR") and getattr(stream, "isatty", bool)()


def _tell(
    outcome: Written | list[Difference], folder: Path, planned: Mapping[str, Planned], started: float, options: Options
) -> int:
    if isinstance(outcome, list):
        for difference in outcome:
            _print_refused(folder, difference, planned)
        return FINDINGS
    for path in outcome.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    for path in outcome.overwritten:
        print(f"overwritten, though it was edited by hand: {folder / path}", file=sys.stderr)
    if options.verbose:
        for path in sorted(planned):
            print(folder / path, file=_results(options))
    if not options.quiet and options.format == "text":
        seconds = time.perf_counter() - started
        print(f"{outcome.written} written, {outcome.unchanged} unchanged, {outcome.removed} removed in {seconds:.2f} s")
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
    path = difference.path
    before = "" if difference.kind == "missing" else read_on_disk(folder, path)
    after = planned[path].data.decode() if path in planned else ""
    return list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), f"there/{path}", f"built/{path}", lineterm="")
    )


def _check(
    folder: Path,
    planned: Mapping[str, Planned],
    groups: Sequence[str],
    rebuild: Callable[[date], Mapping[str, Planned]],
    options: Options,
) -> int:
    """List what a write would change; apart what differs only because a day has passed."""
    drift = [d for d in compare(folder, planned, groups) if d.kind != "unchanged"]
    days = read_manifest(folder).as_of
    past = {group: day for group in groups if (day := _known_day(days.get(group, ""))) is not None}
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
            print(f"{difference.kind:<16} {folder / difference.path}", file=_results(options))
            _print_diff(folder, difference, planned, options)
    for difference in drift:
        if difference.path in dated:
            line = f"{'a day has passed':<16} {folder / difference.path} (built as of {dated[difference.path]})"
            print(line, file=_results(options))
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


def _results(options: Options) -> TextIO:
    """Where text goes that tells a result: out of the way of what other programs read."""
    return sys.stdout if options.format == "text" else sys.stderr


def _print_diff(folder: Path, difference: Difference, planned: Mapping[str, Planned], options: Options) -> None:
    if options.diff:
        for line in _diff(folder, difference, planned):
            print(f"  {line}", file=_results(options))


# --- partials ------------------------------------------------------------------------


# Fragments in a foreign tree are a group of their own, so that a build into the same folder leaves them alone.
_PARTIALS = "partials"


def _partials_once(options: Options) -> int:
    started = time.perf_counter()
    _refuse_sources(options.root, options.output)
    site, texts, day = _load(options)
    result = build_site(site, day, ("hugo",))
    code = _report(result.findings, texts, options)
    if code != OK:
        return code
    planned = _fragments(site, result)
    if options.check or options.diff:

        def rebuild(past: date) -> Mapping[str, Planned]:
            return _fragments(site, build_site(site, past, ("hugo",)))

        return _check(options.output, planned, (_PARTIALS,), rebuild, options)
    refuse: tuple[Kind, ...] = () if options.force else ("foreign", "edited")
    outcome = write(options.output, planned, {_PARTIALS: day.isoformat()}, refuse=refuse)
    return _tell(outcome, options.output, planned, started, options)


def _fragments(site: Site, result: Build) -> dict[str, Planned]:
    folder = site.settings.fragments["hugo"] + "/"
    return {
        path.removeprefix(folder): Planned(file.text.encode(), _PARTIALS)
        for path, file in result.files.items()
        if file.fragment
    }


def _snapshot(root: Path) -> list[tuple[str, int, int, int]]:
    """What a change of the sources shows in: name, time of change and size of each file."""
    found = []
    for name in (FILE, "content", "partials"):
        path = root / name
        for file in sorted([path, *path.rglob("*")] if path.is_dir() else [path]):
            try:
                status = file.lstat()
            except OSError:
                continue
            found.append((str(file), status.st_mtime_ns, status.st_ctime_ns, status.st_size))
    return found
