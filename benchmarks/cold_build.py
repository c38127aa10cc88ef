"""Measure a full build of this site from a cold start, relative to starting the Python interpreter.

`python benchmarks/cold_build.py [RUNS]` prints medians, and the median ratio within a run.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def seconds(command: list[str]) -> float:
    """The wall time of a command."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    return time.perf_counter() - started


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    bare, cold, again = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(runs):
            output = Path(folder) / str(run)
            build = [sys.executable, "-m", "sitegen", "build", "-q", "-o", str(output)]
            bare.append(seconds([sys.executable, "-c", "pass"]))
            cold.append(seconds(build))
            again.append(seconds(build))
            shutil.rmtree(output)
    for name, times in (("bare interpreter", bare), ("cold build", cold), ("nothing changed", again)):
        ratio = statistics.median(a / b for a, b in zip(times, bare, strict=True))
        print(f"{name:<18} {statistics.median(times):.3f} s   {ratio:5.1f} x the interpreter")


if __name__ == "__main__":
    main()
