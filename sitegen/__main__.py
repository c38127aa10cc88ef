"""`python -m sitegen`, and the program `sitegen`."""

from __future__ import annotations

import contextlib
import gc
import os
import sys

from sitegen.cli import main


def run() -> None:
    """Run a command in a process of its own, and end that at once: to take apart what was made is idle."""
    if sys.argv[1:2] == ["build"]:
        gc.disable()  # a build makes no garbage that holds on to itself; to look for some takes a third of its time
    code = 1
    try:
        code = main()
    except SystemExit as end:  # of argparse
        code = end.code if isinstance(end.code, int) else 1
    except Exception:  # noqa: BLE001 - it is shown as ever
        sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # full, or closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
