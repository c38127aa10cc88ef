"""The files of this repository: those that Git tracks, and new ones that are not ignored."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from tests.support.requirements import need
from tests.support.sites import ROOT


def project_files() -> list[str]:
    """The files that a commit of everything would contain, as relative paths with `/`."""
    if not (ROOT / ".git").exists():
        need("this test reads what git tracks; run it in a clone")
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return sorted({name for name in listed if name and (ROOT / name).is_file()})


def copy_project(target: Path, *, below: tuple[str, ...] = ("",)) -> Path:
    """Copy the files of the repository whose paths begin with one of `below` into a new folder."""
    for name in project_files():
        if name.startswith(below):
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target
