"""Work in two processes gives what one gives, whatever becomes of the second."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from sitegen.halving import can_fork, in_halves
from tests.sites import ROOT

needs_fork = pytest.mark.skipif(not can_fork(), reason="needs a system with a safe fork; Linux has one")


def squares(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    for number in numbers:
        yield number * number, os.getpid()


@needs_fork
@pytest.mark.parametrize("count", [0, 1, 2, 3, 1000])
def test_two_processes_make_what_one_makes(count: int) -> None:
    made = list(in_halves(range(count), squares))
    assert [square for square, _ in made] == [number * number for number in range(count)]
    assert len({process for _, process in made}) == min(count, 2)


@needs_fork
def test_what_a_second_process_fails_to_make_is_made_by_the_first() -> None:
    parent = os.getpid()

    def work(numbers: Iterable[int]) -> Iterator[int]:
        for number in numbers:
            if os.getpid() != parent:
                os._exit(9)
            yield number

    assert list(in_halves(range(10), work)) == list(range(10))


@needs_fork
def test_what_is_wrong_in_the_second_half_shows_as_ever() -> None:
    def work(numbers: Iterable[int]) -> Iterator[float]:
        for number in numbers:
            yield 1 / (7 - number)

    with pytest.raises(ZeroDivisionError):
        list(in_halves(range(10), work))


@needs_fork
def test_many_bytes_come_through() -> None:
    made = list(in_halves(range(6), lambda numbers: (bytes([number]) * 3_000_000 for number in numbers)))
    assert [len(data) for data in made] == [3_000_000] * 6


@needs_fork
def test_a_build_in_two_processes_writes_the_same(tmp_path: Path) -> None:
    def build(processes: int) -> dict[str, bytes]:
        output = tmp_path / str(processes)
        command = [
            sys.executable,
            "-m",
            "sitegen",
            "build",
            "--root",
            str(ROOT),
            "-o",
            str(output),
            "--as-of",
            "2026-04-01",
        ]
        subprocess.run([*command, "--processes", str(processes), "-q"], check=True)
        return {
            path.relative_to(output).as_posix(): path.read_bytes()
            for path in output.rglob("*")
            if path.is_file() and ".sitegen" not in path.parts
        }

    one, two = build(1), build(2)
    assert one == two
    assert len(one) > 20
