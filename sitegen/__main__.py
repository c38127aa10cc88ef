"""`python -m sitegen`, and the program `sitegen`."""

from __future__ import annotations

import contextlib
import errno
import gc
import io
import os
import sys
from typing import Any

from sitegen.cli import main


class _PipeIO(io.FileIO):
    """A stream whose reader may exit early, as in `sitegen check | head`. Later output is dropped without an error."""

    _broken = False

    def write(self, data: Any, /) -> int:
        if not self._broken:
            try:
                return super().write(data)
            except OSError as error:
                if error.errno != errno.EPIPE and not (os.name == "nt" and error.errno == errno.EINVAL):
                    raise
                self._broken = True
        return len(data)


def _ignore_broken_pipe(name: str) -> None:
    """Make a standard stream ignore that its reader has exited, so that the exit code is that of the command."""
    stream = getattr(sys, name)
    if stream is None:  # it is closed
        setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    elif type(getattr(stream.buffer, "raw", stream.buffer)) is io.FileIO:
        buffer = io.BufferedWriter(_PipeIO(stream.fileno(), "wb", closefd=False))
        lines = stream.line_buffering or stream.write_through
        setattr(sys, name, io.TextIOWrapper(buffer, stream.encoding, "backslashreplace", line_buffering=lines))


def run() -> None:
    """Run a command, and end the process at once, without the time that it takes to delete objects."""
    if sys.argv[1:2] == ["build"]:
        gc.disable()  # a build creates few reference cycles; to search for them takes a third of its time
    _ignore_broken_pipe("stdout")
    _ignore_broken_pipe("stderr")
    code = 1
    try:
        code = main()
    except SystemExit as end:  # of argparse
        code = end.code if isinstance(end.code, int) else 1
    except Exception:  # noqa: BLE001 - printed as usual
        sys.excepthook(*sys.exc_info())
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):  # full, or closed
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
