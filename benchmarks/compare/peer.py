"""What the runner asks of a peer: the files of its site, the one file that an edit changes, how it is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.compare.workload import Library, Product, Workload


class MissingPeerError(Exception):
    """A peer cannot be started here; the message says what to install."""


@dataclass(frozen=True, slots=True)
class Command:
    """What starts a whole build."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


class Peer(Protocol):
    """A program that publishes the workload."""

    name: str
    label: str
    contents: bool  # whether its pages have a table of contents
    same_as: str  # the name of a peer that publishes the same files; empty where there is none

    def facts(self, load: Workload, library: Library) -> tuple[str, str]:
        """The file of a library's facts: its path and its text."""

    def page(self, load: Workload) -> tuple[str, str]:
        """The file of the page that all share: its path and its text."""

    def others(self, load: Workload) -> Mapping[str, str]:
        """Every other file of its site."""

    def command(self, site: Path, output: Path) -> Command:
        """How a site is built into an output folder. Raises MissingPeerError."""

    def published(self, library: Library, product: Product) -> str:
        """Where a page stands below the output folder."""

    def version(self) -> str:
        """Which version this is."""


def write_site(peer: Peer, load: Workload, folder: Path) -> None:
    """Write all files of a peer's site."""
    write(folder, *peer.page(load))
    for path, text in peer.others(load).items():
        write(folder, path, text)
    for library in load.libraries:
        write(folder, *peer.facts(load, library))


def write(folder: Path, path: str, text: str) -> None:
    """Write one file of a site."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    (folder / path).write_text(text, "utf-8")
