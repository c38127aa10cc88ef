"""Stores: where the output and the state of builds are.

`FolderStore` writes a folder, `CheckStore` compares one with the build, and `MemoryStore` is for the preview. `output`
is imported when there are files to commit, since a build with nothing to do does not need it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build.records import NO_STATE, Entry, dumps
from sitegen.build.scan import stat_of
from sitegen.build.staging import FolderStage, MemoryStage
from sitegen.build.state import read_state, read_units
from sitegen.files.atomic import STATE, BusyError, OutputError, locked, replace

if TYPE_CHECKING:
    from sitegen.build.link import Linked
    from sitegen.build.output import DifferenceKind, Outcome
    from sitegen.build.records import State, Units


class FolderStore:
    """An output folder. With `force`, the build overwrites files that were edited or not written by sitegen.

    `texts` has the new texts of the files that the last commit refused to overwrite.
    """

    def __init__(
        self, folder: Path, *, force: bool = False, tick: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        self.folder = folder
        self._force = force
        self._tick = tick
        self.texts: dict[str, str] = {}

    def state(self) -> State:
        """The state of the last build."""
        return read_state(self.folder)

    def units(self, state: State) -> Units | None:
        """The units of a state; None if they are missing or damaged."""
        return read_units(self.folder, state)

    def modified(self, state: State) -> Collection[str]:
        """The files of the output that were modified or removed since the last build."""
        modified = set()
        for path, entry in state.files.items():
            if entry.group not in state.groups:
                continue
            try:
                same = entry.stat and stat_of(os.lstat(f"{self.folder}/{path}")) == entry.stat
            except (OSError, ValueError):  # such as a path with a character that no name may have
                same = False
            if not same:
                modified.add(path)
        return modified

    def stage(self, in_place: Mapping[str, str]) -> FolderStage | MemoryStage:
        """A folder for the files of this build."""
        self._stage = FolderStage(self.folder, in_place)
        return self._stage

    def commit(self, before: State, linked: Linked, state: State) -> Outcome:
        """Move the files into place. Raises what `output.write` raises."""
        from sitegen.build.output import write  # noqa: PLC0415

        refuse: tuple[DifferenceKind, ...] = () if self._force else ("foreign", "edited")
        differences, summary = write(self.folder, before, linked, self._stage, state, refuse=refuse, tick=self._tick)
        if summary is None:
            self.texts = {difference.path: self._stage.text(difference.path) for difference in differences}
        return differences, summary

    def keep(self, before: State, state: State) -> None:
        """Keep a state in which only the stat of sources differs, unless another build is running."""
        if state != before:
            with contextlib.suppress(OSError, OutputError, BusyError), locked(self.folder, 0):
                if read_state(self.folder).units == before.units:
                    replace(f"{self.folder}/{STATE}/state", dumps(state))


class CheckStore(FolderStore):
    """An output folder that is compared with the build and not written. `texts` has the texts of files that differ."""

    def stage(self, in_place: Mapping[str, str]) -> MemoryStage:
        """Memory, for a diff."""
        self._memory = MemoryStage(in_place)
        return self._memory

    def commit(self, before: State, linked: Linked, state: State) -> Outcome:
        """Compare. Raises OSError and OutputError."""
        from sitegen.build.output import compare  # noqa: PLC0415

        differences, _ = compare(self.folder, before, linked, state)
        changed = (d.path for d in differences if d.kind != "unchanged" and d.path in linked.files)
        self.texts = {path: self._memory.text(path) for path in changed}
        self.texts |= {file.path.path: file.after.decode() for file in linked.refreshed}
        return differences, None


class MemoryStore:
    """Memory: the `files` of the last build by path, and the site that it `linked`."""

    def __init__(self) -> None:
        self.files: Mapping[str, bytes] = {}
        self.linked: Linked | None = None
        self._state = NO_STATE

    def state(self) -> State:
        """The state of the last build."""
        return self._state

    def units(self, _: State) -> Units | None:
        """The units of the last build."""
        return (self.linked.units, self.linked.site) if self.linked is not None else None

    def modified(self, _: State) -> Collection[str]:
        """Nothing: only builds write here."""
        return ()

    def stage(self, in_place: Mapping[str, str]) -> MemoryStage:
        """Memory for the files of this build."""
        self._stage = MemoryStage(in_place)
        return self._stage

    def commit(self, before: State, linked: Linked, state: State) -> Outcome:
        """Replace all files at once."""
        from sitegen.build.output import WriteSummary  # noqa: PLC0415

        new = {path: data for path, (_, data) in self._stage.files.items()}
        self.files = {path: new[path] if path in new else self.files[path] for path in linked.files}
        entries = {path: Entry(entry.mark, entry.group, "memory") for path, entry in linked.files.items()}
        self._state, self.linked = state._replace(files=entries), linked
        return [], WriteSummary(len(new), len(entries) - len(new), 0, ())

    def keep(self, before: State, state: State) -> None:
        """Keep a state in which only the stat of sources differs."""
        self._state = state


Store = FolderStore | MemoryStore
