"""Exit codes, and the errors of the edge that become one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from sitegen.files.atomic import BusyError, HalfWrittenError, OutputError

OK, FINDINGS, USAGE, IO, BUSY = 0, 1, 2, 3, 75
Options = argparse.Namespace


class UsageError(Exception):
    """What was asked for cannot be done; the message says why."""


def fail(message: str, code: int) -> int:
    """Say why a command cannot go on. Returns its exit code."""
    print(f"sitegen: {message}", file=sys.stderr)
    return code


def guarded(command: Callable[[Options], int], options: Options) -> int:
    """Run a command, and turn what the edge may raise into one line and an exit code."""
    try:
        return command(options)
    except (UsageError, OutputError) as error:
        return fail(str(error), USAGE)
    except BusyError as error:
        return fail(str(error), BUSY)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        done = "".join(f"\n  {path}" for path in error.paths) if isinstance(error, HalfWrittenError) else ""
        more = f"; the next build completes the output. Written or removed before that:{done}" if done else ""
        return fail(f"{where}{error.strerror or error}{more}", IO)
