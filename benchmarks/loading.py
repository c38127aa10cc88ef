"""Measure loading the facts of 1,000 libraries, from text to typed facts, relative to the loader of PyYAML.

`python -m benchmarks.loading [RUNS]` prints seconds of processor time and the ratio. The facts are those that
`benchmarks.compare` writes for 10,000 pages.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from itertools import pairwise

import yaml

from benchmarks.compare.sitegen_site import Sitegen
from benchmarks.compare.workload import fresh
from sitegen.facts.fact_files import load_facts, own_library
from sitegen.facts.references import check_references, check_scopes
from sitegen.findings import Finding
from sitegen.source.yaml_reader import parse_yaml

PAGES = 10_000
PHASES = ("text to nodes", "nodes to facts", "references", "total", "PyYAML")


def texts() -> dict[str, str]:
    """The files of facts by name."""
    load, peer = fresh(PAGES), Sitegen(())
    files = dict(peer.facts(load, library) for library in load.libraries)
    files |= {name: text for name, text in peer.others(load).items() if name.startswith("content/")}
    return files


def measured() -> list[float]:
    """The seconds of each phase, in a process that has not read any file before."""
    gc.set_threshold(100_000, 50, 100)  # as in `sitegen.cli`
    files = texts()
    findings: list[Finding] = []
    gc.collect()
    times = [time.process_time()]
    nodes = [parse_yaml(text, name, findings.append) for name, text in files.items()]
    times.append(time.process_time())
    read = [node for node in nodes if node is not None]
    own = [node for node in read if own_library(node)]
    facts = load_facts([node for node in read if not own_library(node)], own, findings.append)
    times.append(time.process_time())
    check_references(facts, findings.append)
    check_scopes(facts, findings.append)
    times.append(time.process_time())
    if findings:
        raise ValueError(findings[0])
    del facts, nodes
    gc.collect()
    started = time.process_time()
    for text in files.values():
        yaml.load(text, Loader=yaml.CSafeLoader)
    plain = time.process_time() - started
    return [*(after - before for before, after in pairwise(times)), times[-1] - times[0], plain]


def main() -> None:
    if sys.argv[1:] == ["--once"]:
        print(*measured())
        return
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    command = [sys.executable, "-m", "benchmarks.loading", "--once"]
    found = [
        [float(word) for word in subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()]
        for _ in range(runs)
    ]
    least = [min(times) for times in zip(*found, strict=True)]
    for name, seconds in zip(PHASES, least, strict=True):
        print(f"{name:<16} {seconds:6.3f} s   {seconds / least[-1]:5.2f} x PyYAML")


if __name__ == "__main__":
    main()
