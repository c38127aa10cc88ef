"""The end of a test run: a list of skipped tests, and of what to install for them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sites import ROOT

TESTS = """\
import pytest
from tests.support.requirements import need, needs_links

@pytest.fixture
def browser():
    need("Chromium is not installed; run: apt install chromium")

@pytest.mark.parametrize("page", range(12))
def test_a_page_in_a_browser(browser, page): ...

@pytest.mark.skipif(True, reason="needs a system with named pipes")
def test_a_pipe(): ...

def test_an_index():
    need("the index does not answer. It says:\\nno route")

def test_nothing_is_needed(): ...
"""
END = """\
12  Chromium is not installed; run: apt install chromium
 1  needs a system with named pipes
 1  the index does not answer. It says:
    no route
"""


def run_tests(folder: Path, text: str, *options: str, ci: str = "") -> subprocess.CompletedProcess[str]:
    """Run tests in a separate process."""
    (folder / "test_some.py").write_text(text, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.support.skipped_tests", "-p", "no:cacheprovider"]
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    return subprocess.run(
        [*command, *options, folder], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("processes", ["0", "1"])
def test_a_run_ends_with_the_skipped_tests_and_what_to_install(processes: str, tmp_path: Path) -> None:
    done = run_tests(tmp_path, TESTS, "-n", processes)
    assert done.returncode == 0, done.stdout + done.stderr
    _, title, end = done.stdout.partition(" 14 skipped ")
    assert title
    listed, last = end.partition("\n")[2].rstrip().rsplit("\n", 1)
    assert sorted(listed.splitlines()) == sorted(END.splitlines())
    assert listed.startswith(END.splitlines()[0]), "the reason of most skips is first"
    assert last.startswith("1 passed, 14 skipped")


def test_a_run_without_skipped_tests_ends_as_usual(tmp_path: Path) -> None:
    done = run_tests(tmp_path, "def test_it(): ...\n", "-n0")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "skipped" not in done.stdout


def test_a_run_without_slow_tests_prints_their_command(tmp_path: Path) -> None:
    done = run_tests(tmp_path, "def test_it(): ...\n", "-n0", "-m", "not slow")
    assert done.stdout.splitlines()[-2] == "Slow tests were left out; run: python3 run.py test-slow"
    assert done.stdout.splitlines()[-1].startswith("1 passed")


def test_missing_requirements_fail_in_ci(tmp_path: Path) -> None:
    done = run_tests(tmp_path, TESTS, "-n0", ci="1")
    assert done.returncode == 1
    assert "Failed: Chromium is not installed; run: apt install chromium" in done.stdout
