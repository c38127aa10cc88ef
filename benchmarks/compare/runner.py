"""Interleaved builds of all peers, with their time and memory. The published pages are checked after each build."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.compare import measured
from benchmarks.compare.peer import Peer, write, write_site
from benchmarks.compare.reading import differences
from benchmarks.compare.workload import Library, Product, Workload, fresh

Scenario = Literal["cold", "nothing", "fact", "page"]
SCENARIOS: tuple[Scenario, ...] = ("cold", "nothing", "fact", "page")
SAMPLE = 30
NUMBERS = ("second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


class WrongOutputError(Exception):
    """A peer failed, or published something other than the workload; the message states what."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One build: seconds, seconds of processor time, bytes of its largest process."""

    pages: int
    peer: str
    scenario: Scenario
    place: str
    round: int
    wall: float
    cpu: float
    memory: int


@dataclass(frozen=True, slots=True)
class Site:
    """The site of a peer in one round, with its output folder."""

    peer: Peer
    load: Workload
    folder: Path

    @property
    def source(self) -> Path:
        """The folder of the sources."""
        return self.folder / "site"

    @property
    def output(self) -> Path:
        """The output folder."""
        return self.folder / "out"

    def edit(self, scenario: Scenario, number: int) -> None:
        """Make the edit of a scenario, in the only file that it affects."""
        if scenario == "fact":
            self.load.version = f"11.{number}.5"
            write(self.source, *self.peer.facts(self.load, self.load.libraries[0]))
        elif scenario == "page":
            self.load.sentence = f"Reviewed by the {NUMBERS[number % 9]} team{' again' * (number // 9)}."
            write(self.source, *self.peer.page(self.load))

    def build(self) -> dict[str, float]:
        """Build in a separate process. Raises WrongOutputError if the build fails."""
        command = self.peer.command(self.source, self.output)
        said = self.folder / "said"
        launcher = [sys.executable, "-S", "-E", str(Path(measured.__file__)), str(said), *command.arguments]
        environment = {**os.environ, **command.environment}
        result = subprocess.run(
            launcher, cwd=self.source, env=environment, check=True, stdout=subprocess.PIPE, text=True
        )
        took: dict[str, float] = json.loads(result.stdout)
        if took.pop("code"):
            raise WrongOutputError(f"{self.peer.label} failed:\n{said.read_text('utf-8')[-2000:]}")
        return took

    def check(self, paths: Sequence[tuple[Library, Product]]) -> None:
        """Check some pages. Raises WrongOutputError if they differ from the expected content."""
        products = tuple(product.name for product in self.load.products)
        for library, product in paths:
            path = self.peer.published(library, product)
            if not (self.output / path).is_file():
                raise WrongOutputError(f"{self.peer.label} did not write {path}")
            html = (self.output / path).read_text("utf-8")
            wrong = differences(html, self.load.page(library, product), products, contents=self.peer.contents)
            if wrong:
                lines = "\n".join(f"  {line}" for line in wrong[:10])
                raise WrongOutputError(f"{self.peer.label} has published {path} wrong:\n{lines}")

    def check_edges(self) -> None:
        """Check the first and the last page of the first library, and the last page of all libraries."""
        first, *_ = self.load.libraries
        one, *_, last = self.load.products
        self.check([(first, one), (first, last), (self.load.libraries[-1], last)])

    def check_sample(self) -> None:
        """Check that every page exists, and the content of some of them."""
        paths = list(self.load.paths())
        missing = [path for path in paths if not (self.output / self.peer.published(*path)).is_file()]
        if missing:
            raise WrongOutputError(f"{self.peer.label} did not write {len(missing)} of {len(paths)} pages")
        self.check(random.Random(len(paths)).sample(paths, min(SAMPLE, len(paths))))

    def check_same(self, sites: Sequence[Site]) -> None:
        """Compare all files with those of the peer with the same output. Raises WrongOutputError."""
        for other in sites:
            if other.peer.name == self.peer.same_as:
                mine, theirs = _contents(self.output), _contents(other.output)
                differing = sorted(path for path in mine.keys() | theirs.keys() if mine.get(path) != theirs.get(path))
                if differing:
                    both = f"{self.peer.label} and {other.peer.label}"
                    raise WrongOutputError(f"{both} differ in {len(differing)} files; the first is {differing[0]}")

    def published_bytes(self) -> float:
        """The average size of a page in a sample, in bytes."""
        paths = list(self.load.paths())
        some = random.Random(1).sample(paths, min(SAMPLE, len(paths)))
        return sum((self.output / self.peer.published(*path)).stat().st_size for path in some) / len(some)


def _contents(folder: Path) -> dict[str, bytes]:
    """The digest of each file below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).digest() for path in files}


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run: the number of pages, the peers, the rounds, the folder. Some peers build only once, cold."""

    pages: int
    peers: tuple[Peer, ...]
    rounds: int
    place: str
    root: Path
    once: frozenset[str] = frozenset()


def warm_up(peers: Sequence[Peer], root: Path) -> None:
    """Build a small site with each peer, so that one-time costs are not measured."""
    for peer in peers:
        site = Site(peer, fresh(5), root / "warm-up" / peer.name)
        write_site(peer, site.load, site.source)
        site.build()
        site.check_sample()


def run(plan: Plan, say: Callable[[str], None], bytes_of: dict[str, float]) -> Iterator[Sample]:
    """Run all builds of a plan. Adds the page size of each peer to `bytes_of`. Raises WrongOutputError."""
    root = plan.root / f"{plan.pages}"
    for peer in plan.peers:
        write_site(peer, fresh(plan.pages), root / "sources" / peer.name)
    for number in range(plan.rounds):
        peers = [peer for peer in plan.peers if number == 0 or peer.name not in plan.once]
        sites = [_new_site(plan, peer, number) for peer in (peers if number % 2 == 0 else reversed(peers))]
        for scenario in SCENARIOS:
            for site in sites:
                if scenario != "cold" and site.peer.name in plan.once:
                    continue
                site.edit(scenario, number)
                if plan.place == "disk":
                    os.sync()
                took = site.build()
                site.check_edges()
                sample = Sample(
                    plan.pages,
                    site.peer.name,
                    scenario,
                    plan.place,
                    number,
                    took["wall"],
                    took["cpu"],
                    int(took["memory"]),
                )
                say(f"{plan.pages} pages, {plan.place}, {scenario}: {site.peer.label} {sample.wall:.3f} s")
                yield sample
        for site in sites:
            if number in (0, plan.rounds - 1):
                site.check_sample()
                site.check_same(sites)
                bytes_of[site.peer.name] = site.published_bytes()
        for site in sites:
            if plan.place == "memory":  # on a disk, removing files may slow down the next round
                shutil.rmtree(site.folder)


def _new_site(plan: Plan, peer: Peer, number: int) -> Site:
    """A copy of the site of a peer, in a folder without output."""
    root = plan.root / f"{plan.pages}"
    site = Site(peer, fresh(plan.pages), root / f"round-{number}" / peer.name)
    shutil.copytree(root / "sources" / peer.name, site.source)
    return site
