"""Compare sitegen with Hugo and Eleventy: `python -m benchmarks.compare`.

Prints the medians, the ratios and the memory as Markdown tables, and stores every sample as JSON. `--document` writes
docs/performance.md and its chart. `--quick` takes at most two minutes.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.compare.eleventy_site import Eleventy
from benchmarks.compare.hugo_once_site import HugoOnce
from benchmarks.compare.hugo_site import Hugo
from benchmarks.compare.peer import MissingPeerError, Peer
from benchmarks.compare.report import PICTURE, Run, document, picture, tables
from benchmarks.compare.runner import Plan, Sample, WrongOutputError, run, warm_up
from benchmarks.compare.sitegen_site import Sitegen
from benchmarks.compare.workload import SIZES

ROOT = Path(__file__).resolve().parents[2]
MEMORY_DISK = Path("/dev/shm")  # noqa: S108 - a new folder is created there
PEERS: dict[str, Peer] = {peer.name: peer for peer in (Sitegen(("html",)), HugoOnce(), Hugo(), Eleventy())}
ALL_FORMATS = Sitegen(())
ROUNDS = {5: 15, 100: 9, 1000: 7, 10_000: 3}
QUICK = {5: 5, 100: 3, 1000: 1}


def main() -> int:
    """Run the benchmark. Returns the exit code."""
    options = _options()
    if options.json_from:
        found = Run.from_json(options.json_from.read_text("utf-8"))
    else:
        try:
            found = _run(options)
        except (WrongOutputError, MissingPeerError) as problem:
            print(f"compare: {problem}", file=sys.stderr)
            return 1
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(found.as_json(), "utf-8")
    print(tables(found))
    if options.document:
        (ROOT / "docs/performance.md").write_text(document(found), "utf-8")
        (ROOT / "docs/images" / PICTURE).write_text(picture(found), "utf-8")
    return 0


def _run(options: argparse.Namespace) -> Run:
    peers = [PEERS[name] for name in options.peers]
    everyone = [*peers, ALL_FORMATS] if PEERS["sitegen"] in peers and not options.quick else peers
    versions = {peer.name: peer.version() for peer in peers}
    samples: list[Sample] = []
    sizes: dict[str, float] = {}
    loads = {"the start": os.getloadavg()[0]}
    places = _places(options)
    for folder in places.values():  # fail before minutes are spent in the first folder
        folder.mkdir(parents=True, exist_ok=True)
    for place, folder in places.items():
        with tempfile.TemporaryDirectory(dir=folder, prefix="compare-") as name:
            warm_up(everyone, Path(name))
            for pages, rounds in options.rounds.items():
                once = frozenset([ALL_FORMATS.name])
                plan = Plan(pages, tuple(everyone), rounds, place, Path(name), once)
                samples += run(plan, _say, sizes)
                loads[f"the end of {pages:,} pages"] = os.getloadavg()[0]
    labels = {peer.name: peer.label for peer in everyone}
    day = datetime.now(UTC).date().isoformat()
    return Run(day, _machine(), loads, versions, labels, sizes, tuple(samples))


def _places(options: argparse.Namespace) -> dict[str, Path]:
    """The folders to build in: a memory disk if there is one, and a real disk if there is none or `--disk` is given."""
    disk = options.disk or Path(tempfile.gettempdir())
    places = {"memory": MEMORY_DISK} if MEMORY_DISK.is_dir() else {"disk": disk}
    return {**places, "disk": disk} if options.disk else places


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _machine() -> str:
    """The processors, memory and system of this machine."""
    info = Path("/proc/cpuinfo")
    names = (
        [line.partition(":")[2].strip() for line in info.read_text("utf-8").splitlines() if "model name" in line]
        if (info.is_file())
        else []
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores ({names[0] if names else platform.machine()}), {memory:.0f} GB, {platform.system()}"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5, 100 and 1,000 pages, few rounds: at most two minutes")
    parser.add_argument("--pages", type=_pages, help="numbers of pages, from 5,100,1000,10000")
    parser.add_argument(
        "--peers", type=_peers, default=list(PEERS), help="programs, from sitegen,hugo-once,hugo,eleventy"
    )
    parser.add_argument(
        "--rounds", type=_rounds, metavar="N[,N...]", help="number of rounds, or one number for each of --pages"
    )
    parser.add_argument("--disk", type=Path, nargs="?", const=Path(tempfile.gettempdir()), metavar="DIR")
    parser.add_argument("--json", type=Path, default=ROOT / ".cache/compare.json", help="file for all samples")
    parser.add_argument(
        "--from", type=Path, dest="json_from", metavar="JSON", help="report an earlier run; build nothing"
    )
    parser.add_argument("--document", action="store_true", help="write docs/performance.md and its chart")
    options = parser.parse_args()
    options.pages = options.pages or list(QUICK if options.quick else SIZES)
    usual = QUICK if options.quick else ROUNDS
    rounds = options.rounds or [usual.get(pages, 1) for pages in options.pages]
    rounds = rounds * len(options.pages) if len(rounds) == 1 else rounds
    if len(rounds) != len(options.pages):
        parser.error("--rounds takes one number, or one for each of --pages")
    options.rounds = dict(zip(options.pages, rounds, strict=True))
    return options


def _pages(text: str) -> list[int]:
    found = [int(part) for part in text.split(",") if part.isdecimal()]
    if not found or any(pages not in SIZES for pages in found) or len(found) != len(text.split(",")):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(map(str, SIZES))}")
    return sorted(set(found))


def _rounds(text: str) -> list[int]:
    found = [int(part) for part in text.split(",") if part.isdecimal()]
    if not found or 0 in found or len(found) != len(text.split(",")):
        raise argparse.ArgumentTypeError("expected numbers from 1 on")
    return found


def _peers(text: str) -> list[str]:
    found = text.split(",")
    if any(name not in PEERS for name in found):
        raise argparse.ArgumentTypeError(f"expected some of {', '.join(PEERS)}")
    return list(dict.fromkeys(found))


if __name__ == "__main__":
    sys.exit(main())
