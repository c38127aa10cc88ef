"""Measure `sitegen verify` for this site, and for sites with 1,000 libraries with parts of the lock of this site.

`python benchmarks/verify.py [RUNS]` prints medians. Two of the sites have 60 consecutive releases per library. Most
claims of the first are verified; the second has all claims of this site, so that nearly all are contradicted.
"""

from __future__ import annotations

import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sitegen.package_indexes.releases import Published, read_lock, write_lock

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES, RELEASES = 1000, 60


def seconds(root: Path) -> tuple[float, float]:
    """The wall time and the processor time of the process."""
    command = [sys.executable, "-m", "sitegen", "verify", "-q", "--root", str(root), "--as-of", "2026-11-20"]
    before, started = os.times(), time.perf_counter()
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, used


def many(folder: Path, published: Published, releases: int, *, agreeing: bool) -> Path:
    """A site with many libraries, each with its own lock."""
    facts = (ROOT / "content/facts.yaml").read_text("utf-8")
    records = "".join(f"    lib{n}: {{name: Lib {n}, package: package{n}}}\n" for n in range(LIBRARIES))
    facts = re.sub(r"(libraries:\n.*?records:\n).*?\n\n", rf"\g<1>{records}\n", facts, count=1, flags=re.DOTALL)
    settings = (ROOT / "sitegen.yaml").read_text("utf-8")
    settings = settings[settings.index("verify:") :]
    if agreeing:
        settings = re.sub(r"    (?:minimums|branches): .*\n", "", settings)
        facts = facts[: facts.index("runtimes:")] + AGREEING + facts[facts.index("integrations:") :]
    (folder / "content/locks/pypi").mkdir(parents=True)
    (folder / "sitegen.yaml").write_text(settings, "utf-8")
    (folder / "content/facts.yaml").write_text(facts, "utf-8")
    first = next(n for n, release in enumerate(published.releases) if release.version == "3.0.0") if agreeing else 0
    for number in range(LIBRARIES):
        start = first or random.Random(number).randrange(len(published.releases) - releases + 1)
        some = published.releases[start : start + releases]
        files = {name: published.files[name] for name in sorted({release.files for release in some})}
        lock = write_lock(Published("pypi", f"package{number}", some, files))
        renamed = lock.replace(b"ddtrace-", f"package{number}-".encode())
        (folder / f"content/locks/pypi/package{number}.json").write_bytes(renamed)
    return folder


AGREEING = """\
runtimes:
  fields: {name: text, versions: versions, library_versions: versions}
  records:
    cpython-3: {name: CPython, versions: 3.8-3.13, library_versions: ">=3,<4"}
platforms:
  fields: {os: text, cpu: list of text}
  records:
    linux: {os: Linux (glibc 2.17), cpu: [x86-64, i686, AArch64]}
    alpine: {os: Alpine (musl 1.2), cpu: [x86-64]}
    macos: {os: macOS 12, cpu: [Intel, Apple Silicon]}
    windows: {os: Windows, cpu: [64bit]}

"""


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    published = read_lock((ROOT / "content/locks/pypi/ddtrace.json").read_bytes())
    with tempfile.TemporaryDirectory() as folder:
        sites = {
            "this site": ROOT,
            "1,000 libraries, agreeing": many(Path(folder) / "a", published, RELEASES, agreeing=True),
            "1,000 libraries, refuted": many(Path(folder) / "b", published, RELEASES, agreeing=False),
            f"1,000 x {len(published.releases)} releases": many(
                Path(folder) / "c", published, len(published.releases), agreeing=False
            ),
        }
        for name, root in sites.items():
            wall, used = (statistics.median(times) for times in zip(*(seconds(root) for _ in range(runs)), strict=True))
            print(f"{name:<28} {wall:.2f} s   {used:.2f} s of a processor")


if __name__ == "__main__":
    main()
