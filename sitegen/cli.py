"""The command line: arguments in, exit code out. What the commands do stands in `commands`."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from sitegen import __version__

EXIT_CODES = """exit codes:
  0    no problems
  1    errors, or files that differ
  2    wrong usage or settings
  3    a file cannot be read or written, or an index cannot be reached
  75   another build is writing to the output folder
  130  interrupted"""

ANSWERS = """exit codes:
  0    yes, or a fact
  1    no, another state, or errors
  2    not understood, or wrong usage or settings
  3    a file cannot be read
  4    not stated
  130  interrupted"""

_MOST_DAYS = 3660
_MOST_JOBS = 256
# argparse formats each argument that is added, to see that it can; for the width of the terminal it loads `shutil`.
_UNSHOWN = partial(argparse.HelpFormatter, width=80)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a page may have characters that a terminal has not
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout is not None:  # it may be closed
                sys.stdout.flush()
    except OSError as error:  # such as a disk that is full, where a result was to go
        return _ended(3, f"sitegen: {error.strerror or error}")
    except KeyboardInterrupt:
        return _ended(130, "interrupted")


def _ended(code: int, why: str) -> int:
    with contextlib.suppress(OSError):  # standard error may be what is full
        print(why, file=sys.stderr)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else arguments
    parser = _parser(given[0] if given else "")
    if given and given[0] not in _COMMANDS and not given[0].startswith("-"):
        findings = importlib.import_module("sitegen.findings")
        parser.error(f"there is no command '{given[0]}'; {findings.did_you_mean(given[0], tuple(_COMMANDS))}")
    options = parser.parse_args(given)
    # A command makes much and keeps it until it ends; to look for garbage often costs a third of its time.
    gc.set_threshold(100_000, 50, 100)
    # Imported here, so that `--help` and `--version` answer at once, and a command loads what it needs only.
    outcome = importlib.import_module("sitegen.commands.outcome")
    command = importlib.import_module(f"sitegen.commands.{options.command}")
    code: int = outcome.guarded(command.run, options)
    return code


class _Parser(argparse.ArgumentParser):
    """A parser that suggests the option or the choice that a misspelt one is meant for."""

    commands: Mapping[str, argparse.ArgumentParser] = {}

    def error(self, message: str) -> NoReturn:
        """Print the usage and the message, and exit with 2."""
        choice = re.search(r"invalid choice: '?(?P<word>.*?)'? \(choose from (?P<known>.*)\)$", message)
        option = re.match(r"unrecognized arguments: (?P<word>--?[\w-]+)", message)
        known = re.split(r",\s*", choice["known"].replace("'", "")) if choice else []
        if option:
            known = [word for parser in self.commands.values() for word in parser._option_string_actions]
        found = choice or option
        near = importlib.import_module("sitegen.findings").nearest(found["word"], known) if found else ()
        super().error(f"{message}; did you mean '{near[0]}'?" if near else message)


def _parser(command: str = "") -> argparse.ArgumentParser:
    """The parser of the command line; for one command only, where it is named."""
    parser = _Parser(
        prog="sitegen",
        description="Keep each compatibility fact once in YAML, and write it wherever it is published.",
        epilog=EXIT_CODES,
        formatter_class=_UNSHOWN,
    )
    parser.add_argument("--version", action="version", version=f"sitegen {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", prog="sitegen")
    named = {command: _COMMANDS[command]} if command in _COMMANDS else _COMMANDS
    for name, (help_, add_options) in named.items():  # a build that has nothing to do takes little more than this
        added = commands.add_parser(
            name,
            help=help_,
            description=help_[0].upper() + help_[1:] + ".",
            epilog=ANSWERS if name == "explain" else EXIT_CODES,
            formatter_class=_UNSHOWN,
        )
        parser.commands = {**parser.commands, name: added}
        _add_common(added)
        add_options(added)
        added.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    return parser


def _add_common(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="folder of the site (default: the current one)"
    )
    command.add_argument("-q", "--quiet", action="store_true", help="print only problems")
    command.add_argument("-v", "--verbose", action="store_true", help="list each file")
    command.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="when to color findings")


def _add_day(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--as-of",
        metavar="DAY",
        help="use this date, such as 2026-04-01 (default: SOURCE_DATE_EPOCH, else today in UTC)",
    )


def _add_content(command: argparse.ArgumentParser, formats: tuple[str, ...] = ()) -> None:
    """What all commands take that read the content."""
    _add_day(command)
    command.add_argument("-s", "--strict", action="store_true", help="warnings count as errors")
    command.add_argument(
        "--format",
        choices=formats or ("text", "json", "github", "sarif"),
        default="text",
        help=f"output format of {'the result' if formats else 'findings'}",
    )


def _add_output(command: argparse.ArgumentParser, help_: str) -> None:
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help=help_)


def _add_build(build: argparse.ArgumentParser) -> None:
    _add_content(build)
    _add_output(build, "folder to write to (default: output/ of the site)")
    build.add_argument("--only", action="append", metavar="DIALECT", help="write this dialect only; may be repeated")
    build.add_argument(
        "--check",
        action="store_true",
        help="write nothing; list the files that a build would change, and exit with 1 if there are any",
    )
    build.add_argument("--diff", action="store_true", help="like --check, and show the differences")
    build.add_argument(
        "--force", action="store_true", help="overwrite files that were edited by hand or not written by sitegen"
    )
    build.add_argument(
        "--profile", action="store_true", help="print how long each phase took, what was rebuilt, and why"
    )
    build.add_argument(
        "--why",
        action="append",
        metavar="PATH",
        help="print why this file of the output was rebuilt or not; may be repeated",
    )
    build.add_argument(
        "-j",
        "--jobs",
        type=_jobs,
        metavar="N",
        help="compile with N worker processes (default: one for each processor if the site is large)",
    )
    build.add_argument(
        "--executor",
        metavar="NAME",
        help="compile on other machines: dask:ADDRESS of a scheduler, or MODULE:FUNCTION that returns an executor",
    )


def _add_partials(partials: argparse.ArgumentParser) -> None:
    _add_content(partials)
    partials.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder to write to, such as HUGO/layouts/partials",
    )
    partials.add_argument(
        "--check",
        action="store_true",
        help="write nothing; list the partials that would change, and exit with 1 if there are any",
    )
    partials.add_argument("--diff", action="store_true", help="like --check, and show the differences")
    partials.add_argument("--watch", action="store_true", help="keep running, and write again when a source changes")
    partials.add_argument(
        "--force", action="store_true", help="overwrite files that were edited by hand or not written by sitegen"
    )


def _add_clean(clean: argparse.ArgumentParser) -> None:
    _add_output(clean, "folder to clean (default: output/ of the site)")


def _add_serve(serve: argparse.ArgumentParser) -> None:
    _add_day(serve)
    serve.add_argument(
        "--port", type=_port, default=8000, help="the port to listen on; 0 is any free one (default: 8000)"
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serve.add_argument(
        "--allowed-host",
        action="append",
        default=[],
        metavar="NAME",
        help="additional host name to accept; may be repeated",
    )
    serve.add_argument("--open", action="store_true", help="open the site in the browser")
    serve.set_defaults(format="text", strict=False)


def _add_check(check: argparse.ArgumentParser) -> None:
    _add_content(check)
    check.add_argument("--fix", action="store_true", help="apply safe fixes to the source files")


def _add_verify(verify: argparse.ArgumentParser) -> None:
    _add_content(verify)
    verify.add_argument("--update", action="store_true", help="ask the indexes, and write lock files next to the facts")


def _add_diff(diff: argparse.ArgumentParser) -> None:
    _add_content(diff, ("text", "markdown", "json"))
    diff.add_argument("old", metavar="A", help="a day such as 2026-04-01, a revision of git, or a range: main...")
    diff.add_argument("new", metavar="B", nargs="?", help="the same (default: the folder as it is, on the day --as-of)")
    diff.add_argument(
        "--breaking", action="store_true", help="exit 1 if support shrinks and no new 'reason' explains it"
    )


def _add_explain(explain: argparse.ArgumentParser) -> None:
    _add_content(explain, ("text", "json"))
    explain.add_argument(
        "what",
        metavar="WHAT",
        help="a fact (dataset.record.field, FILE:LINE, a name), or a question: 'Python 3.8, Linux'",
    )


def _add_upcoming(upcoming: argparse.ArgumentParser) -> None:
    _add_content(upcoming, ("text", "json", "ics"))
    upcoming.add_argument("--days", type=_days, default=90, metavar="N", help="how far to look (default: 90)")


_COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "build": ("write all pages and partials, or compare them with the output folder", _add_build),
    "partials": ("write only the partials, into a Hugo site that has other files", _add_partials),
    "clean": ("remove the files that builds have written", _add_clean),
    "serve": ("show the site in a browser, and rebuild it when a source changes", _add_serve),
    "check": ("check the content and report all problems", _add_check),
    "verify": ("compare the facts with published packages", _add_verify),
    "diff": ("list the facts that changed between two days or revisions", _add_diff),
    "explain": ("show where a fact is defined and what shows it, or answer a question", _add_explain),
    "upcoming": ("list page changes caused by upcoming dates", _add_upcoming),
}


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port; ports are numbers from 0 to 65535")
    return port


def _jobs(text: str) -> int:
    number = int(text) if text.isdecimal() and text.isascii() else 0
    if not 0 < number <= _MOST_JOBS:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of processes from 1 to {_MOST_JOBS}")
    return number


def _days(text: str) -> int:
    number = int(text) if text.isdecimal() and text.isascii() else 0
    if not 0 < number <= _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of days from 1 to {_MOST_DAYS}")
    return number


if __name__ == "__main__":
    sys.exit(main())
