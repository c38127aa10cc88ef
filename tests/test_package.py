"""The wheel: its contents, and that it works on its own."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import threading
import tomllib
import urllib.request
import zipfile
from collections.abc import Mapping
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


README = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
NAME = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]


def _run(*command: str | Path, cwd: Path, env: Mapping[str, Path] | None = None) -> str:
    all_env = {**os.environ, **{name: str(path) for name, path in (env or {}).items()}}
    result = subprocess.run(command, cwd=cwd, env=all_env, capture_output=True, text=True, timeout=120, check=False)
    if result.returncode and "install" in command:
        need(f"pip needs a network or its cache. It says:\n{result.stderr[-600:]}")
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the files of the repository."""
    folder = tmp_path_factory.mktemp("wheel")
    source = copy_project(folder / "source")
    isolation = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    pip = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", *isolation]
    _run(*pip, "--wheel-dir", folder, source, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


def _installed(wheel: Path, folder: Path, tool: str) -> Path:
    """Install a wheel with a tool. Returns the folder of its programs."""
    venv, bin_ = folder / "venv", folder / "programs"
    if tool == "pip":
        _run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=folder)
        bin_ = venv / ("Scripts" if sys.platform == "win32" else "bin")
        _run(sys.executable, "-m", "pip", "--python", bin_ / "python", "install", "-q", wheel, cwd=folder)
        return bin_
    (command,) = [line for line in README if line.startswith(tool)]
    command = command.partition(" #")[0].strip()
    assert command.endswith(f" {NAME}")
    env = {"PIPX_HOME": venv, "PIPX_BIN_DIR": bin_, "UV_TOOL_DIR": venv, "UV_TOOL_BIN_DIR": bin_}
    program, *arguments = shlex.split(command.replace(NAME, shlex.quote(str(wheel))))
    _run(Path(sys.executable).with_name(program), *arguments, cwd=folder, env=env)
    return bin_


@pytest.mark.slow
def test_a_wheel_builds_a_site_without_its_own_templates(wheel: Path, tmp_path: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    expected = {f"sitegen/partials/{path.name}" for path in (ROOT / "partials").glob("*.html")}
    expected |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "sitegen").rglob("*.py")}
    assert len(expected) > 10
    assert expected | {"sitegen/py.typed"} <= carried
    assert not [name for name in carried if name.startswith(("tests", "content", "output", "docs"))]

    folder, bin_ = write_files(tmp_path / "site", SITE), _installed(wheel, tmp_path, "pip")

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


@pytest.mark.slow
@pytest.mark.parametrize("tool", ["pip", "pipx", "uv"])
def test_a_new_site_of_an_installed_wheel_needs_no_edit(tool: str, wheel: Path, tmp_path: Path) -> None:
    bin_, home = _installed(wheel, tmp_path, tool), tmp_path / "home"
    home.mkdir()
    bash = shutil.which("bash") or need("bash is not installed")
    path = os.pathsep.join([str(bin_), os.environ["PATH"]])
    commands = "sitegen new demo && cd demo && sitegen check --strict && sitegen build && sitegen serve --port 0"
    with subprocess.Popen(
        [bash, "-c", commands],
        cwd=home,
        env={**os.environ, "PATH": path, "PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        end = threading.Timer(90, os.killpg, (process.pid, signal.SIGKILL))
        end.start()
        lines = []
        try:
            for line in process.stdout or ():
                lines.append(line)
                if re.match(r"[0-9:]+ built ", line):
                    break
            url = next((match[1] for line in lines if (match := re.match(r"Serving (\S+) as of", line))), "")
            assert url, "".join(lines)
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - it is http
                assert answer.status == 200
        finally:
            end.cancel()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    printed = "".join(lines)
    assert "Created demo/ with 6 files" in printed
    assert "\nNo problems. 4 pages and 6 partials can be built" in printed
    assert not re.search("warning|notice|error\\b", printed.replace("No problems", ""))
