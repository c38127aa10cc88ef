"""Exit codes, and the exceptions that end a command with a message."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from sitegen.files.atomic import BusyError, HalfWrittenError, OutputError

OK, FINDINGS, USAGE, IO, BUSY = 0, 1, 2, 3, 75
Options = argparse.Namespace


class UsageError(Exception):
    """The command cannot do what its arguments or the settings request; the message states why."""


def fail(message: str, code: int) -> int:
    """Print why a command cannot continue. Returns its exit code."""
    print(f"sitegen: {message}", file=sys.stderr)
    return code


def run_guarded(command: Callable[[Options], int], options: Options) -> int:
    """Run a command. Returns its exit code. For an exception that has one, prints the message."""
    try:
        return command(options)
    except (UsageError, OutputError) as error:
        print(f"sitegen {options.command}: error: {error}", file=sys.stderr)
        return USAGE
    except BusyError as error:
        return fail(str(error), BUSY)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        done = "".join(f"\n  {path}" for path in error.paths) if isinstance(error, HalfWrittenError) else ""
        more = (
            f"; the next build completes the output. Files written or removed before the error:{done}" if done else ""
        )
        return fail(f"{where}{error.strerror or error}{more}", IO)
