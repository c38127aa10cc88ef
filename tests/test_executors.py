"""Builds with an executor, whose workers can be anywhere and return what they compile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from sitegen.cli import main
from tests.support.commands import Capture, do
from tests.support.edit_sequences import tree
from tests.support.edited_site import COMMON_SITE, COMPARED_SITE, SITE
from tests.support.sites import large_site, write_files


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_files(tmp_path, {name: data.decode() for name, data in large_site(12).items()})


def build(site: Path, folder: str, *more: str) -> dict[str, bytes]:
    """The pages of a build."""
    output = site / folder
    assert main(["build", "--root", str(site), "-o", str(output), "--as-of", "2026-04-01", "-q", *more]) == 0
    return tree(output)


def spawned() -> ProcessPoolExecutor:
    """An executor whose processes share no memory with this one."""
    return ProcessPoolExecutor(2, get_context("spawn"))


def threads() -> ThreadPoolExecutor:
    """An executor in this process."""
    return ThreadPoolExecutor(2)


@pytest.mark.parametrize("name", ["spawned", "threads"])
def test_an_executor_builds_the_same_files_as_one_process(name: str, site: Path) -> None:
    assert build(site, "elsewhere", "--executor", f"{__name__}:{name}") == build(site, "here")


def test_an_executor_rebuilds_one_library(site: Path) -> None:
    build(site, "elsewhere", "--executor", f"{__name__}:threads")
    path = site / "content/libraries/lib-3.yaml"
    path.write_text(path.read_text().replace("1.3.0", "1.3.9"))
    assert build(site, "elsewhere", "--executor", f"{__name__}:threads") == build(site, "here")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("dask", "--executor: expected dask:ADDRESS or MODULE:FUNCTION, not 'dask'"),
        ("nowhere.at.all:executor", "No module named 'nowhere'"),
        ("os:getcwd", "this returns a str, not an executor"),
        pytest.param("dask:tcp://127.0.0.1:1", "no scheduler answers at tcp://127.0.0.1:1", marks=pytest.mark.slow),
    ],
)
def test_an_executor_that_cannot_be_used_is_a_usage_error(
    name: str, message: str, site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build", "--root", str(site), "-o", str(site / "output"), "--executor", name]) == 2
    assert message in capsys.readouterr().err
    assert not (site / "output").exists()


@pytest.mark.slow
@pytest.mark.filterwarnings("default")
def test_a_dask_cluster_builds_the_same_files_as_one_process(site: Path) -> None:
    with cluster() as address:
        assert build(site, "elsewhere", "--executor", f"dask:{address}") == build(site, "here")


@contextlib.contextmanager
def cluster() -> Iterator[str]:
    """The address of the scheduler of a cluster on this machine."""
    from distributed import LocalCluster  # noqa: PLC0415 - takes a second

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made.scheduler_address


def failing() -> ThreadPoolExecutor:
    """An executor that rejects all work."""
    executor = ThreadPoolExecutor(1)
    executor.shutdown()
    return executor


def test_a_failing_executor_is_reported_in_one_line(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"{__name__}:failing"
    assert main(["build", "--root", str(site), "-o", str(site / "output"), "--executor", name]) == 3
    assert capsys.readouterr().err == (
        "sitegen: --executor failed: RuntimeError: cannot schedule new futures after shutdown\n"
    )
    assert not (site / "output").exists()


@pytest.mark.slow
@pytest.mark.parametrize("texts", [COMPARED_SITE, COMMON_SITE])
def test_libraries_that_a_table_compares_are_built_together(texts: Mapping[str, str], tmp_path: Path) -> None:
    site = write_files(tmp_path, texts)
    assert build(site, "elsewhere", "--executor", f"{__name__}:threads") == build(site, "here")


@pytest.mark.parametrize("library", ["rubi", "zig"])
def test_a_file_for_an_unknown_library_is_reported(library: str, tmp_path: Path, capsys: Capture) -> None:
    own = f"library: {library}\nfeatures:\n  records:\n    sign-in: {{since: 1.0.0}}\n"
    site = write_files(tmp_path, {**SITE, "content/libraries/other.yaml": own})
    build = ["build", "--root", site, "--as-of", "2026-04-01"]
    assert do(capsys, *build, "--executor", f"{__name__}:threads") == do(capsys, *build)


def test_a_library_whose_own_file_has_no_records(tmp_path: Path) -> None:
    site = write_files(tmp_path, {**SITE, "content/libraries/ruby.yaml": "library: ruby\n"})
    assert build(site, "elsewhere", "--executor", f"{__name__}:threads") == build(site, "here")
