"""The wheel: its contents, and that it works on its own."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import sitegen
from tests.support.project_files import copy_project
from tests.support.requirements import need
from tests.support.sites import ROOT, write_files

SITE = {
    "sitegen.yaml": "partials:\n  minimums: {path: << library.id >>/minimums, tables: [minimums]}\n",
    "content/facts.yaml": """\
products:
  fields: {name: text}
  records:
    profiler: {name: Profiler}
libraries:
  fields: {name: text}
  records:
    go: {name: Go}
features:
  fields: {name: text, since: support}
  records:
    heap: {name: Heap profiles, since: 1.20}
tables:
  minimums:
    caption: Features of the profiler
    from: features
    columns: [{header: Feature, field: name}, {header: Since, field: since}]
""",
}


def _run(*command: str | Path, cwd: Path) -> str:
    result = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=120, check=False)
    if result.returncode and "pip" in command:
        need(f"pip needs a network or its cache. It says:\n{result.stderr[-600:]}")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A wheel of the files of the repository."""
    source = copy_project(tmp_path / "source")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", *isolation]
    _run(*pip, "--wheel-dir", tmp_path, source, cwd=tmp_path)
    (built,) = tmp_path.glob("*.whl")
    return built


@pytest.mark.slow
def test_a_wheel_builds_a_site_without_its_own_templates(wheel: Path, tmp_path: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"sitegen/partials/{path.name}" for path in (ROOT / "partials").glob("*.html")}
    expected |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "sitegen").rglob("*.py")}
    assert len(expected) > 10
    assert expected | {"sitegen/py.typed"} <= carried
    assert not [name for name in carried if name.startswith(("tests", "content", "output", "docs"))]

    venv, folder = tmp_path / "venv", write_files(tmp_path / "site", SITE)
    _run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=tmp_path)
    bin_ = venv / ("Scripts" if sys.platform == "win32" else "bin")
    _run(sys.executable, "-m", "pip", "--python", bin_ / "python", "install", "-q", wheel, cwd=tmp_path)

    version = f"sitegen {sitegen.__version__}\n"
    assert _run(bin_ / "sitegen", "--version", cwd=folder) == version
    assert _run(bin_ / "python", "-m", "sitegen", "--version", cwd=folder) == version
    assert _run(bin_ / "sitegen", "build", "--as-of", "2026-04-01", cwd=folder).startswith("2 written, ")
    fragment = (folder / "output/hugo/layouts/partials/go/minimums.html").read_text(encoding="utf-8")
    assert '<th scope="row">Heap profiles</th>' in fragment
    assert "<td>1.20</td>" in fragment

    _run(sys.executable, "-m", "sitegen", "build", "--as-of", "2026-04-01", "-o", "../clone", cwd=folder)
    from_clone = (tmp_path / "clone/hugo/layouts/partials/go/minimums.html").read_text(encoding="utf-8")
    assert from_clone == fragment
