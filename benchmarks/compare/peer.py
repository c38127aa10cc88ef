"""The interface of a peer: the files of its site, the file that an edit changes, and the command of a build."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from benchmarks.compare.workload import Library, Product, Workload


class MissingPeerError(Exception):
    """A peer cannot be started; the message states what to install."""


@dataclass(frozen=True, slots=True)
class Command:
    """The command of a build."""

    arguments: tuple[str, ...]
    environment: Mapping[str, str]


class Peer(Protocol):
    """A program that publishes the workload."""

    name: str
    label: str
    contents: bool  # whether its pages have a table of contents
    same_as: str  # the name of a peer that publishes the same files; empty if there is none

    def facts(self, load: Workload, library: Library) -> tuple[str, str]:
        """The path and the text of the file with the facts of a library."""

    def page(self, load: Workload) -> tuple[str, str]:
        """The path and the text of the file of the shared page."""

    def others(self, load: Workload) -> Mapping[str, str]:
        """All other files of the site."""

    def command(self, site: Path, output: Path) -> Command:
        """The command that builds a site into an output folder. Raises MissingPeerError."""

    def published(self, library: Library, product: Product) -> str:
        """The path of a page below the output folder."""

    def version(self) -> str:
        """The version of the program."""


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
