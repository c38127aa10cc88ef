"""The command line: arguments in, exit code out. What the commands do stands in `commands`."""

from __future__ import annotations

import argparse
import gc
import importlib
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from sitegen import __version__

EXIT_CODES = """exit codes:
  0  all is well            2  usage or configuration     75  another build holds the lock
  1  findings or drift      3  a file or an index cannot be read   130  interrupted"""


_MOST_DAYS = 3660


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a page may have characters that a terminal has not
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read our output has seen enough; nothing may be flushed to it at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    # A command makes much and keeps it until it ends; to look for garbage often costs a third of its time.
    gc.set_threshold(100_000, 50, 100)
    # Imported here, so that `--help` and `--version` answer at once, and a command loads what it needs only.
    edge = importlib.import_module("sitegen.commands.edge")
    command = importlib.import_module(f"sitegen.commands.{options.command}")
    code: int = edge.guarded(command.run, options)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="sitegen",
        description="Hold each compatibility fact once in YAML, and emit it wherever it is published.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"sitegen {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    _add_writing(commands)
    _add_asking(commands)
    return parser


def _add_writing(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    build = _command(commands, "build", "write every page and fragment, or compare them with what is there")
    _output(build, "the folder to write to (default: ROOT/output)")
    build.add_argument("--only", action="append", metavar="DIALECT", help="this dialect only; may be repeated")
    build.add_argument("--check", action="store_true", help="write nothing; exit 1 where a build would change a file")
    build.add_argument("--diff", action="store_true", help="like --check, and show how")
    build.add_argument("--force", action="store_true", help="take over files that sitegen did not write")

    partials = _command(
        commands, "partials", "write the fragments into the tree of a Hugo site that has files of its own"
    )
    partials.add_argument(
        "-o", "--output", type=Path, required=True, metavar="DIR", help="such as HUGO/layouts/partials"
    )
    partials.add_argument("--check", action="store_true", help="write nothing; exit 1 where a fragment would change")
    partials.add_argument("--diff", action="store_true", help="like --check, and show how")
    partials.add_argument("--watch", action="store_true", help="write again whenever the content changes")
    partials.add_argument(
        "--force", action="store_true", help="take over files that were not written by sitegen or were edited"
    )

    clean = _command(commands, "clean", "remove the files that builds have written", content=False)
    _output(clean, "the folder to clean (default: ROOT/output)")


def _add_asking(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    serve = _command(
        commands, "serve", "show the site in a browser, and build it again whenever its content changes", content=False
    )
    serve.add_argument("--as-of", metavar="DAY", help="the day to speak of, such as 2026-04-01 (default: today in UTC)")
    serve.add_argument(
        "--port", type=_port, default=8000, help="the port to listen on; 0 is any free one (default: 8000)"
    )
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: 127.0.0.1)")
    serve.add_argument(
        "--allowed-host", action="append", default=[], metavar="NAME", help="a name by which browsers may ask, too"
    )
    serve.add_argument("--open", action="store_true", help="open the site in the browser")
    serve.set_defaults(format="text", strict=False)

    check = _command(commands, "check", "read the whole content and tell everything that is wrong with it")
    check.add_argument("--fix", action="store_true", help="mend in the sources what can certainly be mended")

    verify = _command(commands, "verify", "hold the facts against what package indexes have published")
    verify.add_argument(
        "--update", action="store_true", help="ask the indexes, and write what they say beside the facts"
    )

    diff = _command(
        commands, "diff", "tell which facts changed between two days or revisions", formats=("text", "markdown", "json")
    )
    diff.add_argument("old", metavar="A", help="a day such as 2026-04-01, or a revision of git")
    diff.add_argument("new", metavar="B", nargs="?", help="the same (default: the folder as it is, on the day --as-of)")
    diff.add_argument("--breaking", action="store_true", help="exit 1 where support shrinks and no 'reason' says why")

    explain = _command(
        commands,
        "explain",
        "tell where a fact stands and what shows it, or answer a question",
        formats=("text", "json"),
    )
    explain.add_argument(
        "what",
        metavar="WHAT",
        help="a fact (dataset.record.field, FILE:LINE, a name), or a question: 'Python 3.8, Linux'",
    )

    upcoming = _command(
        commands,
        "upcoming",
        "tell what the pages will say otherwise when days have passed",
        formats=("text", "json", "ics"),
    )
    upcoming.add_argument("--days", type=_days, default=90, metavar="N", help="how far to look (default: 90)")


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    help_: str,
    *,
    content: bool = True,
    formats: tuple[str, ...] = (),
) -> argparse.ArgumentParser:
    command = commands.add_parser(
        name,
        help=help_,
        description=help_[0].upper() + help_[1:] + ".",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "--root", type=Path, default=Path(), metavar="DIR", help="the folder of the site (default: this one)"
    )
    command.add_argument("-q", "--quiet", action="store_true", help="say nothing but what is wrong")
    command.add_argument("-v", "--verbose", action="store_true", help="name each file")
    command.add_argument("--color", choices=("auto", "always", "never"), default="auto", help="of findings")
    if content:
        command.add_argument(
            "--as-of", metavar="DAY", help="the day to speak of, such as 2026-04-01 (default: today in UTC)"
        )
        command.add_argument("-s", "--strict", action="store_true", help="warnings count as errors")
        command.add_argument(
            "--format",
            choices=formats or ("text", "json", "github", "sarif"),
            default="text",
            help="of what is told" if formats else "of findings",
        )
    return command


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"'{text}' is not a port; ports are numbers from 0 to 65535")
    return port


def _days(text: str) -> int:
    number = int(text) if text.isdecimal() and text.isascii() else 0
    if not 0 < number <= _MOST_DAYS:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of days from 1 to {_MOST_DAYS}")
    return number


def _output(command: argparse.ArgumentParser, help_: str) -> None:
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help=help_)


if __name__ == "__main__":
    sys.exit(main())
