"""The same sources and as-of date produce the same bytes on any machine, at any time, in any locale."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.commands import edit
from tests.support.sites import DAYS, build, load, own_build, own_texts
from tests.support.small_site import DAY, only_pages, small_site, tree, unmarked

# Builds a site with shuffled directory listings, as on another file system.
_SHUFFLED = """
import os, random, sys

class Shuffled:
    def __init__(self, entries):
        self.entries = iter(entries)
    def __iter__(self):
        return self
    def __next__(self):
        return next(self.entries)
    def close(self):
        pass
    def __enter__(self):
        return self
    def __exit__(self, *error):
        pass

def scandir(*arguments, real=os.scandir):
    with real(*arguments) as entries:
        found = list(entries)
    random.shuffle(found)
    return Shuffled(found)

os.scandir = scandir
from sitegen.cli import main
sys.exit(main())
"""


def own_site_in(folder: Path) -> Path:
    """A copy of the site of this repository."""
    for name, data in own_texts().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def expected() -> dict[str, bytes]:
    """The output of a build of the site of this repository."""
    return {path: file.text.encode() for path, file in own_build(DAY).files.items()}


def build_in(
    root: Path,
    output: Path,
    *,
    python: tuple[str, ...] = ("-m", "sitegen"),
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    umask: int = 0o022,
) -> None:
    """Build a site in a separate process."""
    command = [sys.executable, *python, "build", "-q", "--as-of", DAY, "--root", str(root), "-o", str(output)]
    done = subprocess.run(
        command,
        env=dict(os.environ if env is None else env),
        cwd=cwd,
        umask=umask if os.name != "nt" else -1,
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def assert_as_expected(output: Path) -> None:
    """Compare an output folder with the expected files, their content and their permissions."""
    files = only_pages(tree(output))
    assert {path: unmarked(data) for path, data in files.items()} == expected()
    if os.name != "nt":
        assert {stat.S_IMODE((output / path).stat().st_mode) for path in files} == {0o644}


def languages() -> list[str]:
    """Some locales of this system: the two that every system has, and some others."""
    locale = shutil.which("locale")
    listed = subprocess.run([locale, "-a"], capture_output=True, check=False).stdout.decode() if locale else ""
    others = sorted({name for name in listed.split() if not name.upper().startswith(("C.", "C", "POSIX"))})
    wanted = [name for name in others if name.startswith(("tr", "de", "ja", "ar", "az"))] or others
    return ["C", "C.UTF-8", *wanted[:4]]


@pytest.mark.parametrize("number", range(6))
def test_environment_variables_do_not_change_the_output(number: int, tmp_path: Path) -> None:
    root = own_site_in(tmp_path / ("site" if number % 2 else "a path/with – signs/and much more in it"))
    zones = ("UTC", "Pacific/Kiritimati", "America/St_Johns", "Asia/Kolkata")
    every = languages()
    env = {
        **os.environ,
        "PYTHONHASHSEED": str(number),
        "TZ": zones[number % len(zones)],
        "LC_ALL": every[number % len(every)],
        "LANGUAGE": "tr:de",
        "COLUMNS": str(40 + number),
    }
    build_in(root, tmp_path / "output", env=env, umask=(0o022, 0o077, 0o000)[number % 3])
    assert_as_expected(tmp_path / "output")


@pytest.mark.parametrize("language", languages())
def test_locales_do_not_change_the_output(language: str, tmp_path: Path) -> None:
    root = own_site_in(tmp_path / "site")
    env = {**os.environ, "LC_ALL": language, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    build_in(root, tmp_path / "output", env=env)
    assert_as_expected(tmp_path / "output")


def test_no_default_encoding_is_used_and_there_are_no_warnings(tmp_path: Path) -> None:
    root = own_site_in(tmp_path / "site")
    strict = ("-X", "warn_default_encoding", "-X", "dev", "-W", "error", "-m", "sitegen")
    build_in(root, tmp_path / "output", python=strict)
    build_in(root, tmp_path / "output", python=strict)
    assert_as_expected(tmp_path / "output")


@pytest.mark.parametrize("flags", [("-OO",), ("-B", "-s")])
def test_options_of_python_do_not_change_the_output(flags: tuple[str, ...], tmp_path: Path) -> None:
    root = own_site_in(tmp_path / "site")
    build_in(root, tmp_path / "output", python=(*flags, "-m", "sitegen"))
    assert_as_expected(tmp_path / "output")


@pytest.mark.skipif(os.name == "nt", reason="Windows starts no program without an environment")
def test_an_empty_environment_does_not_change_the_output(tmp_path: Path) -> None:
    root = own_site_in(tmp_path / "site")
    build_in(root, tmp_path / "output", env={})
    assert_as_expected(tmp_path / "output")


def test_the_working_directory_does_not_change_the_output(tmp_path: Path) -> None:
    root = own_site_in(tmp_path / "deep/er/site")
    for number, (standing, named) in enumerate(((root, Path()), (root / "content", Path("..")), (tmp_path, root))):
        build_in(named, tmp_path / str(number), cwd=standing)
        assert_as_expected(tmp_path / str(number))


def test_the_order_of_directory_entries_does_not_change_the_output(tmp_path: Path) -> None:
    root = own_site_in(tmp_path / "site")
    for number in range(2):
        build_in(root, tmp_path / str(number), python=("-c", _SHUFFLED))
        assert_as_expected(tmp_path / str(number))


def test_marks_do_not_change_either(tmp_path: Path) -> None:
    for number in ("1", "2"):
        site = small_site(tmp_path / number)
        build_in(site, site / "output", env={**os.environ, "PYTHONHASHSEED": number})
    assert tree(tmp_path / "1/output") == tree(tmp_path / "2/output")


@pytest.mark.parametrize("form", ["CRLF", "BOM", "BOM and CRLF", "no last line end"])
def test_line_endings_and_byte_order_marks_do_not_change_the_output(form: str) -> None:
    def saved(name: str, data: bytes) -> bytes:
        if "CRLF" in form:
            data = data.replace(b"\n", b"\r\n")
        if "BOM" in form:
            data = b"\xef\xbb\xbf" + data
        # Templates are printed unchanged, including their last line ending.
        return (
            data.rstrip(b"\n") if form == "no last line end" and not name.startswith(("partials/", "themes/")) else data
        )

    texts = {name: saved(name, data) for name, data in own_texts().items()}
    assert texts != own_texts()
    made = build(load(texts), DAY)
    assert made.findings == own_build(DAY).findings
    assert {path: file.text.encode() for path, file in made.files.items()} == expected()


def test_earlier_builds_do_not_change_the_output() -> None:
    site = load(own_texts())
    for day in (*DAYS, *reversed(DAYS)):
        assert build(site, day).files == build(load(own_texts()), day).files


def test_the_order_of_the_sources_does_not_change_the_output() -> None:
    texts = dict(reversed(own_texts().items()))
    assert list(texts) != list(own_texts())
    made = build(load(texts), DAY)
    assert {path: file.text.encode() for path, file in made.files.items()} == expected()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_the_default_date_is_today_in_utc(zone: str, tmp_path: Path) -> None:
    site = small_site(tmp_path)
    edit(site / "content/page.md", "A page is longer", "<< as_of >>: a page is longer")
    env = {key: value for key, value in os.environ.items() if key != "SOURCE_DATE_EPOCH"}
    before = datetime.now(UTC).date().isoformat()
    subprocess.run(
        [sys.executable, "-m", "sitegen", "build", "-q", "--root", str(site)], check=True, env={**env, "TZ": zone}
    )
    after = datetime.now(UTC).date().isoformat()
    page = (site / "output/hugo/alpha.md").read_text("utf-8")
    assert f"{before}: a page" in page or f"{after}: a page" in page
