"""Stages: where the files of a build wait until the build is committed.

Other processes of this machine can use a stage that `is_shared`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from pathlib import Path

from sitegen.build.records import ChangedError, Entry
from sitegen.files.atomic import STATE, is_folder, remove_tree, write_new

_ATTEMPTS = 100


class FolderStage:
    """A folder next to the output. Files that are in place already, with their mark in `in_place`, are not staged.

    Worker processes share it: each writes files of its own.
    """

    is_shared = True

    def __init__(self, folder: Path, in_place: Mapping[str, str]) -> None:
        self.folder = f"{folder}/{STATE}/stage-{os.getpid()}"
        self._in_place = in_place
        self._output = folder
        self._exists = False

    def put(self, path: str, mark: str, data: bytes) -> None:
        """Stage a file of the output. Raises OSError, OutputError and ChangedError."""
        if self._in_place.get(path) == mark:
            return
        if not self._exists:
            if is_folder(f"{self._output}/{STATE}"):
                is_folder(self.folder)
            _create(Path(self.folder))
            self._exists = True
        try:
            write_new(self.place(path), data)
        except FileNotFoundError as error:  # another process has cleaned the output
            raise ChangedError(path) from error

    def place(self, path: str) -> str:
        """The path of a staged file."""
        return f"{self.folder}/{path.replace('/', '!')}"

    def kept(self, files: Mapping[str, Entry]) -> set[str]:
        """The paths of those `files` that are in place already."""
        return {path for path, entry in files.items() if self._in_place.get(path) == entry.mark}

    def text(self, path: str) -> str:
        """The text of a staged file. Raises ChangedError and OSError."""
        try:
            return Path(self.place(path)).read_text("utf-8")
        except FileNotFoundError as error:
            raise ChangedError(path) from error

    def close(self) -> None:
        """Remove the staged files, and the folders around them if nothing else is in these."""
        remove_tree(self.folder)
        for folder in (f"{self._output}/{STATE}", str(self._output)):
            with contextlib.suppress(OSError):
                os.rmdir(folder)  # noqa: PTH106


def _create(folder: Path) -> None:
    """Create a folder, again if another process that ends has removed an empty folder above it in between."""
    for _ in range(_ATTEMPTS):
        with contextlib.suppress(FileNotFoundError):
            folder.mkdir(parents=True, exist_ok=True)
            return
    folder.mkdir(parents=True, exist_ok=True)


class MemoryStage:
    """Memory. `files` has the mark and the bytes of each file, except for those with a mark in `in_place`."""

    is_shared = False

    def __init__(self, in_place: Mapping[str, str]) -> None:
        self.files: dict[str, tuple[str, bytes]] = {}
        self._in_place = in_place

    def put(self, path: str, mark: str, data: bytes) -> None:
        """Keep a file."""
        if self._in_place.get(path) != mark:
            self.files[path] = mark, data

    def text(self, path: str) -> str:
        """The text of a file."""
        return self.files[path][1].decode()

    def close(self) -> None:
        """Do nothing."""


class NoStage:
    """Nowhere: files are discarded."""

    is_shared = True

    def put(self, path: str, mark: str, data: bytes) -> None:
        """Discard a file."""


Stage = FolderStage | MemoryStage | NoStage
