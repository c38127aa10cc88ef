"""The folder of temporary files: in memory if there is space, since most of them are small and short-lived."""

from __future__ import annotations

import os
import sys
import tempfile

_MEMORY = "/dev/shm"  # noqa: S108 - all names in it are chosen by `tempfile`
_ROOM = 2_000_000_000


def keep_files_in_memory() -> None:
    """Use memory for the temporary files of this process and its children, unless a folder is configured."""
    if "TMPDIR" in os.environ or sys.platform == "win32" or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    about = os.statvfs(_MEMORY)
    runs_programs = not about.f_flag & os.ST_NOEXEC
    if runs_programs and about.f_bavail * about.f_frsize >= _ROOM:
        os.environ["TMPDIR"] = _MEMORY
        tempfile.tempdir = None  # computed again on the next use
