"""Where tests keep their files: in memory where that has room, since most of them are small and soon gone."""

from __future__ import annotations

import os
import shutil
import tempfile

_MEMORY = "/dev/shm"  # noqa: S108 - all names in it are chosen by `tempfile`
_ROOM = 2_000_000_000


def keep_files_in_memory() -> None:
    """Let this process and those that it starts make their temporary files in memory, if nobody has said where."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return
    if shutil.disk_usage(_MEMORY).free >= _ROOM:
        os.environ["TMPDIR"] = _MEMORY
        tempfile.tempdir = None  # found anew
