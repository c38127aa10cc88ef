"""Measure `check`, `diff` and `upcoming` for a site with many libraries, each with a file of its own.

`python benchmarks/large_site.py [LIBRARIES]` prints the times of whole processes.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.support.sites import large_site  # noqa: E402

COMMANDS = (
    ("check", "--as-of", "2026-04-01"),
    ("diff", "2026-01-01", "2026-06-01"),
    ("diff", "HEAD"),
    ("upcoming", "--as-of", "2026-04-01"),  # each library changes on a different day
    ("upcoming", "--as-of", "2027-05-01"),  # all libraries change on the same day
)


def seconds(command: tuple[str, ...], folder: Path) -> tuple[float, float]:
    """The wall time and the processor time of a command."""
    started, before = time.perf_counter(), os.times()
    subprocess.run([sys.executable, "-m", "sitegen", *command], check=True, stdout=subprocess.DEVNULL, cwd=folder)
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return time.perf_counter() - started, used


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, data in large_site(count).items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
        who = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        for step in (["init", "-q"], ["add", "-A"], [*who, "commit", "-q", "-m", "A site"]):
            subprocess.run(["git", *step], check=True, cwd=folder)
        facts = folder / "content/facts.yaml"
        facts.write_bytes(facts.read_bytes().replace(b"since: 1.3.0", b"since: 1.4.0"))
        for command in COMMANDS:
            wall, used = min(seconds(command, folder) for _ in range(3))
            print(f"{' '.join(command):<36} {wall:5.2f} s   {used:5.2f} s of processor time")


if __name__ == "__main__":
    main()
