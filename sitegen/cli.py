"""The command line: parse the arguments, run a command, return its exit code. The commands are in `commands`."""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import io
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from keyword import iskeyword
from pathlib import Path

from sitegen import __version__
from sitegen.arguments import CommandParser, Group, PrintCompletion, add_choice, add_date, integer

EXIT_CODES = """exit codes:
  0    no problems; explain: yes, or a fact
  1    errors, or files that differ; explain: no, or another state
  2    wrong usage or settings, or a question that is not understood
  3    a file cannot be read or written, or an index cannot be reached
  4    explain: not stated
  75   another build is writing to the output folder
  130  interrupted"""

_MAX_DAYS = 3660
_MAX_JOBS = 256


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns its exit code. Raises SystemExit for wrong usage and for `--help`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # pages may have characters that the terminal cannot encode
    try:
        try:
            return _run(arguments)
        finally:
            if sys.stdout is not None:  # it may be closed
                sys.stdout.flush()
    except OSError as error:  # such as a full disk
        return _fail(3, f"sitegen: {error.strerror or error}")
    except KeyboardInterrupt:
        return _fail(130, "interrupted")


def _fail(code: int, message: str) -> int:
    with contextlib.suppress(OSError):  # standard error may be on the full disk
        print(message, file=sys.stderr)
    return code


def _run(arguments: Sequence[str] | None) -> int:
    given = [*(sys.argv[1:] if arguments is None else arguments)]
    options = _parser(given[0] if given else "").parse(given)
    # Collecting garbage often costs a third of the time, since a command keeps most of its objects until it ends.
    gc.set_threshold(100_000, 50, 100)
    # Imported here, so that `--help` and `--version` are fast, and a command loads only what it needs.
    exit_codes = importlib.import_module("sitegen.commands.exit_codes")
    module = f"sitegen.commands.{options.command}{'_' * iskeyword(options.command)}"
    command = importlib.import_module(module)
    code: int = exit_codes.run_guarded(command.run, options)
    return code


# --- parsing -------------------------------------------------------------------------


def _parser(command: str = "") -> CommandParser:
    """The parser of the command line. With the name of a command, it has only that one, which takes less time."""
    parser = CommandParser(
        prog="sitegen",
        usage="sitegen COMMAND [OPTION ...]",
        description="Define each compatibility fact once in YAML, and publish it wherever it is needed.",
        epilog=f"{_EXAMPLES}\n{EXIT_CODES}\n\nRun 'sitegen COMMAND --help' for the options of a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    commands = parser.add_subparsers(title="commands", dest="command", metavar="COMMAND", prog="sitegen")
    for name in [command] if command in _COMMANDS else _COMMANDS:
        help_, arguments, add_options, examples = _COMMANDS[name]
        parser.commands[name] = subparser = commands.add_parser(
            name,
            usage=f"sitegen {name} {arguments}[OPTION ...]",
            help=help_,
            description=f"{help_[0].upper()}{help_[1:]}.",
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            add_help=False,
        )
        add_options(subparser)
        _add_general(subparser, has_root=name != "new")
    group = parser.add_argument_group("options")
    group.add_argument("-h", "--help", action="help", help="print this help")
    group.add_argument("--version", action="version", version=f"sitegen {__version__}", help="print the version")
    help_ = "print the completion for a shell: bash, zsh or tcsh"
    shells = ("bash", "zsh", "tcsh")
    group.add_argument("--print-completion", action=PrintCompletion, choices=shells, metavar="SHELL", help=help_)
    return parser


# --- options -------------------------------------------------------------------------
# Each option is in a group: argparse formats those outside of groups when they are added, which takes time.


def _add_general(parser: CommandParser, *, has_root: bool) -> None:
    group = parser.add_argument_group("general options")
    if has_root:
        help_ = "site folder (default: current folder)"
        group.add_argument("--root", type=Path, default=Path(), metavar="DIR", help=help_)
    group.add_argument("-q", "--quiet", action="store_true", help="print only problems")
    group.add_argument("-v", "--verbose", action="store_true", help="list each file")
    add_choice(group, "--color", "WHEN", ("auto", "always", "never"))
    group.add_argument("-h", "--help", action="help", help="print this help")


def _add_report(parser: CommandParser, formats: tuple[str, ...] = ("text", "json", "github", "sarif")) -> Group:
    group = parser.add_argument_group("report options")
    add_date(group)
    group.add_argument("-s", "--strict", action="store_true", help="treat warnings as errors")
    add_choice(group, "--format", "FORMAT", formats)
    return group


def _add_cle(parser: CommandParser) -> None:
    group = parser.add_argument_group("the document")
    group.add_argument("file", metavar="FILE", type=Path, help="a JSON file, which is created if necessary")
    group.add_argument("--identifier", default="", metavar="PURL", help="the package, for a new file: pkg:pypi/NAME")
    group.add_argument("--name", default="", metavar="NAME", help="the library, if several have releases")
    group.add_argument("--check", action="store_true", help="write nothing; exit with 1 if events are missing")
    _add_report(parser)


def _add_output(parser: CommandParser, files: str, default: str) -> Group:
    group = parser.add_argument_group("output options")
    help_ = f"folder to write to{default}"
    group.add_argument("-o", "--output", type=Path, required=not default, metavar="DIR", help=help_)
    group.add_argument("--check", action="store_true", help=f"write nothing; exit with 1 if {files} would change")
    group.add_argument("--diff", action="store_true", help="like --check, and print the differences")
    group.add_argument("--force", action="store_true", help="overwrite files edited by hand or not written by sitegen")
    return group


def _add_only(group: Group, more: str = "") -> None:
    group.add_argument("--only", action="append", metavar="FORMAT", help=f"write only this format{more}")


def _add_new(parser: CommandParser) -> None:
    group = parser.add_argument_group("what to create")
    group.add_argument("name", type=Path, metavar="NAME", help="folder of the new site")
    help_ = "import the pages and data of this folder, as 'sitegen import' does"
    group.add_argument("--from", dest="source", type=Path, metavar="FOLDER", help=help_)
    parser.set_defaults(format="text", strict=False)


def _add_build(parser: CommandParser) -> None:
    group = _add_output(parser, "files", " (default: output/ of the site)")
    _add_only(group, " (repeatable)")
    group = _add_report(parser)
    help_ = "print why this file was rebuilt or not (repeatable)"
    group.add_argument("--why", action="append", metavar="PATH", help=help_)
    group.add_argument("--profile", action="store_true", help="print the time of each phase, and what was rebuilt")
    group = parser.add_argument_group("performance options")
    jobs = partial(integer, first=1, last=_MAX_JOBS)
    group.add_argument("-j", "--jobs", type=jobs, metavar="N", help="worker processes (default: depends on the site)")
    help_ = "compile elsewhere: dask:ADDRESS or MODULE:FUNCTION"
    group.add_argument("--executor", metavar="NAME", help=help_)


def _add_partials(parser: CommandParser) -> None:
    group = _add_output(parser, "partials", "")
    _add_only(group)
    group.add_argument("--watch", action="store_true", help="keep running, and write again when a source changes")
    _add_report(parser)
    parser.set_defaults(why=None, profile=False, jobs=None, executor=None)


def _add_clean(parser: CommandParser) -> None:
    group = parser.add_argument_group("output options")
    help_ = "folder to clean (default: output/ of the site)"
    group.add_argument("-o", "--output", type=Path, metavar="DIR", help=help_)


def _add_serve(parser: CommandParser) -> None:
    group = parser.add_argument_group("server options")
    port = partial(integer, first=0, last=65535)
    group.add_argument("--port", type=port, default=8000, help="port, 0 for any free one (default: 8000)")
    group.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    help_ = "additional host name to accept (repeatable)"
    group.add_argument("--allowed-host", action="append", default=[], metavar="NAME", help=help_)
    group.add_argument("--open", action="store_true", help="open the site in the browser")
    add_date(group)
    parser.set_defaults(format="text", strict=False)


def _add_check(parser: CommandParser) -> None:
    _add_report(parser).add_argument("--fix", action="store_true", help="apply safe fixes to the source files")


def _add_import(parser: CommandParser) -> None:
    group = parser.add_argument_group("what to import")
    help_ = "a page or data; with @DATE, an edition from that date on; with PAGE=, an edition of that page"
    group.add_argument("files", nargs="+", metavar="FILE", help=help_)
    group.add_argument("-o", "--output", type=Path, required=True, metavar="SITE", help="folder of the new site")
    help_ = "address of the imported folder, such as /docs/; relative links in tables begin there"
    group.add_argument("--base", default="", metavar="ADDRESS", help=help_)
    group.add_argument("--dry-run", action="store_true", help="print the report, and write nothing")
    group.add_argument("--force", action="store_true", help="overwrite existing files")
    _add_report(parser)


def _add_schema(parser: CommandParser) -> None:
    group = parser.add_argument_group("what to describe")
    choices = ("facts", "settings")
    group.add_argument(
        "what", choices=choices, metavar="WHAT", help="facts, for content/, or settings, for sitegen.yaml"
    )
    parser.set_defaults(as_of=None)


def _add_verify(parser: CommandParser) -> None:
    help_ = "download package data, and write the lock files"
    _add_report(parser).add_argument("--update", action="store_true", help=help_)


def _add_diff(parser: CommandParser) -> None:
    group = parser.add_argument_group("what to compare")
    group.add_argument("old", metavar="A", help="a date, a Git revision, or a range such as main...")
    group.add_argument("new", metavar="B", nargs="?", help="a date or a revision (default: the working tree)")
    help_ = "exit with 1 if support is reduced without a new reason"
    _add_report(parser, ("text", "markdown", "json")).add_argument("--breaking", action="store_true", help=help_)


def _add_explain(parser: CommandParser) -> None:
    group = parser.add_argument_group("what to explain")
    group.add_argument("what", metavar="WHAT", help="dataset.record.field, FILE:LINE, a name, or a question")
    _add_report(parser, ("text", "json"))


def _add_upcoming(parser: CommandParser) -> None:
    days = partial(integer, first=1, last=_MAX_DAYS)
    group = _add_report(parser, ("text", "json", "ics"))
    group.add_argument("--days", type=days, default=90, metavar="N", help="days to look ahead (default: 90)")


# --- the commands --------------------------------------------------------------------

_EXAMPLES = """\
examples:
  sitegen new demo      create a small site in the folder demo/
  sitegen build         write the site in the current folder to output/
  sitegen serve --open  preview it in a browser while you write
  sitegen check         report all problems
"""


# The help of each command in a line, its arguments in the usage, its options, and examples.
_COMMANDS: Mapping[str, tuple[str, str, Callable[[CommandParser], None], str]] = {
    "new": (
        "create a small site, ready to build and preview",
        "NAME ",
        _add_new,
        """\
examples:
  sitegen new compatibility               create a site in the folder compatibility/
  sitegen new .                           create it in the current folder, which must be empty
  sitegen new compatibility --from pages  create it from existing pages""",
    ),
    "build": (
        "write pages and partials, or compare them with the output",
        "",
        _add_build,
        """\
examples:
  sitegen build                        write the site in the current folder to output/
  sitegen build --only hugo -o public  write only the files for Hugo, to public/
  sitegen build --check                fail if committed files are outdated
  sitegen build --why html/index.html  print why a file was rebuilt or not""",
    ),
    "partials": (
        "write only the partials, into an existing Hugo site",
        "-o DIR ",
        _add_partials,
        """\
examples:
  sitegen partials -o HUGO/layouts/partials          write the partials
  sitegen partials -o HUGO/layouts/partials --watch  write them again after each change
  sitegen partials -o HUGO/layouts/partials --diff   print what would change""",
    ),
    "import": (
        "create a site from existing pages and data",
        "FILE|FOLDER... -o SITE ",
        _add_import,
        """\
examples:
  sitegen import docs/ -o site                              import a folder
  sitegen import docs/ -o site --dry-run                    print the report, and write nothing
  sitegen import a.md@2023-03-15 b/a.md@2024-01-01 -o site  import two editions of a page""",
    ),
    "clean": (
        "remove generated files",
        "",
        _add_clean,
        """\
examples:
  sitegen clean                           clean output/ of the site
  sitegen clean -o HUGO/layouts/partials  remove the partials from a Hugo site""",
    ),
    "serve": (
        "show the site in a browser, and rebuild it when a source changes",
        "",
        _add_serve,
        """\
examples:
  sitegen serve --open                       preview the site as of today
  sitegen serve --as-of 2027-01-01 --port 0  preview another date on a free port""",
    ),
    "check": (
        "check the content and report all problems",
        "",
        _add_check,
        """\
examples:
  sitegen check                           check the site in the current folder
  sitegen check --fix                     apply safe fixes first
  sitegen check --strict --format github  annotate a pull request; warnings are errors""",
    ),
    "verify": (
        "compare the facts with published packages",
        "",
        _add_verify,
        """\
examples:
  sitegen verify --update  download package data to the lock files
  sitegen verify -v        compare, and list each claim that is not verified""",
    ),
    "schema": (
        "print a JSON Schema that editors use to complete and check files",
        "WHAT ",
        _add_schema,
        """\
examples:
  sitegen schema facts > .facts.schema.json        for the files in content/
  sitegen schema settings > .settings.schema.json  for sitegen.yaml""",
    ),
    "diff": (
        "list the facts that changed between two dates or revisions",
        "A [B] ",
        _add_diff,
        """\
examples:
  sitegen diff 2026-01-01                   changes since a date
  sitegen diff v1.0 v2.0 --format markdown  a changelog between two tags
  sitegen diff main... --breaking           fail if a branch reduces support""",
    ),
    "explain": (
        "show where a fact is defined and shown, or answer a question",
        "WHAT ",
        _add_explain,
        """\
examples:
  sitegen explain api-security.since         a fact, and where it is shown
  sitegen explain content/facts.yaml:115     the fact in a line
  sitegen explain "Python 3.8, Linux, AAP?"  whether pages state support""",
    ),
    "cle": (
        "add the lifecycle events of releases to a file (ECMA-428)",
        "FILE ",
        _add_cle,
        """\
examples:
  sitegen cle cle.json --identifier pkg:pypi/ddtrace  create the file
  sitegen cle cle.json                                add new events, and withdraw outdated ones""",
    ),
    "upcoming": (
        "list page changes caused by upcoming dates",
        "",
        _add_upcoming,
        """\
examples:
  sitegen upcoming --days 30                 changes in the next 30 days
  sitegen upcoming --format ics > dates.ics  a calendar of these dates""",
    ),
}


if __name__ == "__main__":
    sys.exit(main())
