"""What every command needs of the world: its options, the day, the sources, and where findings go."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TextIO

from sitegen import __version__
from sitegen.dialects import DIALECTS
from sitegen.findings import Finding, as_github, as_json, as_sarif, as_text, did_you_mean
from sitegen.loading import Site, Texts, load_site, read_texts, source_lines
from sitegen.replacing import BusyError, OutputError
from sitegen.settings import FILE
from sitegen.source import parser_missing
from sitegen.values import exact_day

OK, FINDINGS, USAGE, IO, BUSY = 0, 1, 2, 3, 75
Options = argparse.Namespace


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


def guarded(command: Callable[[Options], int], options: Options) -> int:
    """Run a command, and turn what the edge may raise into one line and an exit code."""
    try:
        return command(options)
    except (UsageError, OutputError) as error:
        return fail(str(error), USAGE)
    except BusyError as error:
        return fail(str(error), BUSY)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        return fail(f"{where}{error.strerror or error}", IO)


def fail(message: str, code: int) -> int:
    """Say why a command cannot go on. Returns its exit code."""
    print(f"sitegen: {message}", file=sys.stderr)
    return code


# --- loading -------------------------------------------------------------------------


def dialects(only: Sequence[str] | None) -> tuple[str, ...]:
    """The dialects that `--only` names, or all of them. Raises UsageError."""
    for name in only or ():
        if name not in DIALECTS:
            raise UsageError(f"there is no dialect '{name}'; {did_you_mean(name, DIALECTS)}")
    return tuple(name for name in DIALECTS if not only or name in only)


def day_of(as_of: str | None) -> date:
    """The day to speak of: `--as-of`, else `SOURCE_DATE_EPOCH`, else today in UTC. Raises UsageError."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if as_of is not None:
        day = known_day(as_of)
        if day is None:
            raise UsageError(f"--as-of takes a day such as 2026-04-01, not '{as_of}'")
        return day
    if epoch:
        try:
            return datetime.fromtimestamp(int(epoch), UTC).date()
        except (ValueError, OverflowError, OSError):
            raise UsageError(f"SOURCE_DATE_EPOCH is a number of seconds, not '{epoch}'") from None
    return datetime.now(UTC).date()


def known_day(text: str) -> date | None:
    """An exact day, or None where the text is none."""
    try:
        return exact_day(text)
    except ValueError:
        return None


def templates_folder() -> Path:
    """The folder that holds the default `partials`: inside the wheel, or beside the package in a clone."""
    package = Path(__file__).resolve().parents[1]
    return package if (package / "partials").is_dir() else package.parent


def load(options: Options) -> tuple[Site, Texts, date]:
    """Load the site at `--root`. Raises UsageError and OSError."""
    require_site(options.root)
    day = day_of(options.as_of)
    texts = read_texts(options.root, templates_folder())
    return load_site(texts), texts, day


def require_site(root: Path) -> None:
    """Raise UsageError where there is no site, or nothing to read it with."""
    missing = parser_missing()
    if missing:
        raise UsageError(missing)
    if not (root / FILE).is_file():
        raise UsageError(f"{root / FILE} is not there; a site is a folder with {FILE}, content/ and partials/")


def refuse_sources(root: Path, folder: Path) -> None:
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


def report(findings: Sequence[Finding], texts: Texts, options: Options) -> int:
    """Show findings in the format that is asked for. Returns the exit code that they call for."""
    if options.format == "json":
        print(as_json(findings))
    elif options.format == "sarif":
        print(as_sarif(findings, __version__))
    elif options.format == "github":
        for finding in findings:
            print(as_github(finding))
    elif findings:
        lines = source_lines(texts)
        color = use_color(options, sys.stderr)
        print("\n\n".join(as_text(f, lines, color=color) for f in findings), file=sys.stderr)
        print(f"\n{_summary(findings)}", file=sys.stderr)
    wrong = [f for f in findings if f.severity == "error" or (options.strict and f.severity == "warning")]
    if not wrong:
        return OK
    return USAGE if any(f.place.file == FILE for f in wrong) else FINDINGS


def report_beside(findings: Sequence[Finding], texts: Texts, options: Options) -> int:
    """The same where findings are not the result: they are text, whatever the format of that is."""
    return report(findings, texts, argparse.Namespace(**{**vars(options), "format": "text"}))


def _summary(findings: Sequence[Finding]) -> str:
    counts = {kind: sum(f.severity == kind for f in findings) for kind in ("error", "warning", "notice")}
    words = [f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in counts.items() if n]
    files = len({f.place.file for f in findings})
    return f"{', '.join(words)} in {files} file{'s' if files != 1 else ''}"


def use_color(options: Options, stream: object) -> bool:
    """Whether to write colour to a stream."""
    if options.color != "auto":
        return bool(options.color == "always")
    return not os.environ.get("NO_COLOR") and getattr(stream, "isatty", bool)()


def results_stream(options: Options) -> TextIO:
    """Where text goes that tells a result: out of the way of what other programs read."""
    return sys.stdout if options.format == "text" else sys.stderr
