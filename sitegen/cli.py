"""The command line: arguments in, exit code out. What the commands do stands in `commands`."""

from __future__ import annotations

import argparse
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

    _command(commands, "check", "read the whole content and tell everything that is wrong with it")

    verify = _command(commands, "verify", "hold the facts against what package indexes have published")
    verify.add_argument(
        "--update", action="store_true", help="ask the indexes, and write what they say beside the facts"
    )

    clean = _command(commands, "clean", "remove the files that builds have written", content=False)
    _output(clean, "the folder to clean (default: ROOT/output)")
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, help_: str, *, content: bool = True
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
            "--format", choices=("text", "json", "github", "sarif"), default="text", help="of findings"
        )
    return command


def _output(command: argparse.ArgumentParser, help_: str) -> None:
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help=help_)


if __name__ == "__main__":
    sys.exit(main())
