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


class _Lasting(io.FileIO):
    """A stream that may lose its reader, as in `sitegen check | head`. What comes later is dropped, and no error."""

    _lost = False

    def write(self, data: Any, /) -> int:
        """Write bytes."""
        if not self._lost:
            try:
                return super().write(data)
            except OSError as error:
                if error.errno != errno.EPIPE and not (os.name == "nt" and error.errno == errno.EINVAL):
                    raise
                self._lost = True
        return len(data)


def _lasting(name: str) -> None:
    """Let a standard stream outlast its reader, so that the exit code is that of the command."""
    stream = getattr(sys, name)
    if stream is None:  # it is closed
        setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    elif type(getattr(stream.buffer, "raw", stream.buffer)) is io.FileIO:
        buffer = io.BufferedWriter(_Lasting(stream.fileno(), "wb", closefd=False))
        lines = stream.line_buffering or stream.write_through
        setattr(sys, name, io.TextIOWrapper(buffer, stream.encoding, "backslashreplace", line_buffering=lines))


def run() -> None:
    """Run a command in a process of its own, and end that at once: to take apart what was made is idle."""
    if sys.argv[1:2] == ["build"]:
        gc.disable()  # a build makes no garbage that holds on to itself; to look for some takes a third of its time
    _lasting("stdout")
    _lasting("stderr")
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
