"""Exit codes do not depend on what reads the output of a command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.small_site import DAY, small_site

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a shell of Unix")

FORMATS = ("text", "json", "github", "sarif")
COMMANDS: dict[str, tuple[tuple[str, ...], int]] = {
    **{f"check {name}": (("check", "--format", name), 1) for name in FORMATS},
    "build sarif": (("build", "--format", "sarif"), 1),
    "build --check": (("build", "--check"), 1),
    "partials": (("partials", "-o", "elsewhere"), 1),
    "explain json": (("explain", "levels", "--format", "json"), 1),
    "upcoming ics": (("upcoming", "--format", "ics"), 1),
    "diff": (("diff", "2026-01-01"), 1),
    "no such option": (("check", "--nothing"), 2),
    "help": (("--help",), 0),
    "help of a command": (("build", "--help"), 0),
    "version": (("--version",), 0),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with many errors."""
    site = small_site(tmp_path_factory.mktemp("site"))
    facts = (site / "content/facts.yaml").read_text("utf-8")
    records = "".join(f"    l{i}: {{nmae: x, since: 1.0}}\n" for i in range(300))
    facts = facts.replace("    low: ", records + "    low: ")
    (site / "content/facts.yaml").write_text(facts, "utf-8")
    return site


def ended(arguments: Sequence[str], site: Path, redirected: str) -> int:
    """The exit code of a command with redirected streams."""
    options = () if arguments[-1] in ("--help", "--version") else ("--root", str(site))
    if "--as-of" not in arguments and options:
        options = (*options, "--as-of", DAY)
    command = [sys.executable, "-m", "sitegen", *arguments, *options]
    line = f'"$@" {redirected}'
    return subprocess.run(["bash", "-c", line, "bash", *command], check=False, timeout=60, cwd=site).returncode


# The exit code of the command itself, not that of the reader.
GONE = ("2>/dev/null | true; exit ${PIPESTATUS[0]}", "2>&1 >/dev/null | true; exit ${PIPESTATUS[0]}")
CLOSED = (">&- 2>/dev/null", "2>&- >/dev/null", ">&- 2>&-")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_closed_pipe_does_not_change_the_exit_code(name: str, broken: Path) -> None:
    arguments, code = COMMANDS[name]
    for redirected in (*GONE, *CLOSED) if name == "check text" else (GONE[0], CLOSED[0]):
        assert ended(arguments, broken, redirected) == code, redirected


@pytest.mark.parametrize("name", ["check json", "check text", "help", "version", "build sarif"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, of Linux")
def test_a_full_disk_is_exit_code_3(name: str, broken: Path) -> None:
    arguments, _ = COMMANDS[name]
    full = "2>/dev/full >/dev/null" if name == "check text" else ">/dev/full 2>/dev/null"
    assert ended(arguments, broken, full) == 3
    assert ended(arguments, broken, ">/dev/full 2>/dev/full") == 3


def test_a_site_without_errors_succeeds_with_a_closed_pipe(tmp_path: Path) -> None:
    site = small_site(tmp_path / "site")
    for arguments in (("build", "-v"), ("upcoming", "--format", "ics")):
        for redirected in (GONE[0], CLOSED[2]):
            assert ended(arguments, site, redirected) == 0, (arguments, redirected)
    assert (site / "output/hugo/alpha.md").exists()


def test_nothing_is_printed_elsewhere_if_stderr_is_closed(broken: Path) -> None:
    command = [sys.executable, "-m", "sitegen", "diff", "2026-01-01", "--format", "json", "--root", str(broken)]
    line = '"$@" 2>&-'
    done = subprocess.run(["bash", "-c", line, "bash", *command], check=False, capture_output=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, b"")
