r"""Invalid content: the exact text on stderr, and an output folder that does not change.

A file of `bad_content/` has a description, the files of a site that differ from those in
`bad_content/base/`, the exit code and the text on stderr:

    The record has a field that its dataset does not declare.

    === content/features.yaml
    ...
    === exit 1
    === expected
    error[unknown-field]: ...

`\xff` in a file of the site stands for that byte, and `=== content/big.md * 1000` repeats
the text below it. The folder of the site reads as `SITE`. When wording changes,

    UPDATE_GOLDENS=1 python -m pytest tests/test_bad_content.py

writes the current output; read the diff before you keep it.
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
    """Put what the command says now in the place of what a case file expects."""
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
    """Everything below an output folder, but for the cache: when it was changed, and what it contains."""
    return {
        path.relative_to(folder).as_posix(): (path.stat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in [folder, *folder.rglob("*")]
        if ".sitegen" not in path.relative_to(folder).parts
    }


def build(site: Path) -> list[str]:
    """The arguments that build a site."""
    return ["build", "--root", str(site), "--as-of", "2026-04-01"]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site without a fault, built."""
    folder = tmp_path_factory.mktemp("built") / "site"
    shutil.copytree(BASE, folder)
    assert main([*build(folder), "-q"]) == 0
    return folder


@pytest.fixture
def site(built: Path, tmp_path: Path) -> Path:
    """A copy of it, to be edited."""
    shutil.copytree(built, tmp_path, dirs_exist_ok=True)
    return tmp_path


@pytest.mark.parametrize("name", sorted(path.stem for path in CASES.glob("*.txt")))
def test_a_problem_is_reported_and_the_output_is_kept(
    name: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = tree(site / "output")
    write_files(site, read_case(name).files)

    exit_code = main(build(site))
    output = capsys.readouterr()
    stderr = output.err.replace(str(site), "SITE")
    if os.environ.get("UPDATE_GOLDENS"):
        update_case(name, exit_code, stderr)

    case = read_case(name)
    assert stderr == case.stderr
    assert exit_code == case.exit_code
    assert output.out == ""
    assert "Traceback" not in stderr
    assert tree(site / "output") == before


def test_a_process_prints_the_same(site: Path) -> None:
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
