"""Git repositories for tests, with only the settings of the test."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

CONFIGURATION = ("user.name=Writer", "user.email=writer@example.com", "init.defaultBranch=main", "commit.gpgSign=false")


def git(folder: Path, *arguments: str | Path) -> str:
    """Run Git with only the settings of the repository."""
    settings = [part for setting in CONFIGURATION for part in ("-c", setting)]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    command = ["git", *settings, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def commit(folder: Path, message: str = "Edit") -> None:
    """Commit everything that is not ignored."""
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--allow-empty", "-m", message)
