r"""Invalid content: the exact text that the author reads, and unchanged output.

A file of `bad_content/` describes the problem, then contains the files of a site that differ
from those in `bad_content/base/`, then the exit code and the text on stderr:

    The record has a field that its dataset does not declare.

    === content/features.yaml
    ...
    === exit 1
    === expected
    error[unknown-field]: ...

`\xff` in a file of the site stands for that byte, and `=== content/big.md * 1000` repeats
the text below it. `SITE` stands for the folder of the site. If messages change,

    UPDATE_GOLDENS=1 python -m pytest tests/test_bad_content.py

updates the expected texts; review the diff.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from sitegen.cli import main

CASES = Path(__file__).with_name("bad_content")
BASE = CASES / "base"


class Case(NamedTuple):
    files: dict[str, bytes]
    exit_code: int
    stderr: str


def read_case(name: str) -> Case:
    """Read a case file."""
    _, *blocks = re.split(r"^=== (.+)\n", _text_of(name), flags=re.MULTILINE)
    files = {}
    exit_code, stderr = 0, ""
    for header, body in zip(blocks[::2], blocks[1::2], strict=True):
        if header == "expected":
            stderr = body
        elif header.startswith("exit "):
            exit_code = int(header.removeprefix("exit "))
        else:
            path, _, times = header.partition(" * ")
            data = re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), body.encode())
            files[path] = data * int(times or 1)
    return Case(files, exit_code, stderr)


def update_case(name: str, exit_code: int, stderr: str) -> None:
    """Replace the expected text of a case file."""
    kept = re.split(r"^=== (?:exit|expected)", _text_of(name), maxsplit=1, flags=re.MULTILINE)[0]
    (CASES / f"{name}.txt").write_bytes(f"{kept}=== exit {exit_code}\n=== expected\n{stderr}".encode())


def _text_of(name: str) -> str:
    return (CASES / f"{name}.txt").read_bytes().decode()


def write_files(folder: Path, files: dict[str, bytes]) -> None:
    """Write files below a folder."""
    for path, data in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)


def tree(folder: Path) -> dict[str, tuple[int, bytes]]:
    """The modification time and content of everything in an output folder, except for the cache."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in [folder, *folder.rglob("*")]
        if ".sitegen" not in path.relative_to(folder).parts
    }


def build(site: Path) -> list[str]:
    """The arguments of a build."""
    return ["build", "--root", str(site), "--as-of", "2026-04-01"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site without errors, after a build."""
    folder = tmp_path_factory.mktemp("built") / "site"
    shutil.copytree(BASE, folder)
    assert main([*build(folder), "-q"]) == 0
    return folder


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy of that site, for edits."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.txt")))
def test_each_error_is_reported_and_the_output_is_unchanged(
    name: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(site / "output")
    write_files(site, read_case(name).files)

    exit_code = main(build(site))
    told = capsys.readouterr()
    stderr = told.err.replace(str(site), "SITE")
    if os.environ.get("UPDATE_GOLDENS"):
        update_case(name, exit_code, stderr)

    case = read_case(name)
    assert stderr == case.stderr
    assert exit_code == case.exit_code
    assert told.out == ""
    assert "Traceback" not in stderr
    assert tree(site / "output") == before


def test_a_separate_process_reports_the_same(site: Path) -> None:
    before = tree(site / "output")
    case = read_case("eight-faults")
    write_files(site, case.files)

    done = subprocess.run(
        [sys.executable, "-m", "sitegen", *build(site)], capture_output=True, check=False, encoding="utf-8"
    )

    assert done.stderr == case.stderr
    assert done.returncode == case.exit_code
    assert done.stdout == ""
    assert tree(site / "output") == before
