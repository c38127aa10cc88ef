"""Stores that write nothing: the preview keeps files in memory, and `--check` compares them with a folder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from sitegen.build import output
from sitegen.build.output import Difference, Memory, Stage, Written, planned_of
from sitegen.build.records import NOTHING, Entry, State, Units
from sitegen.build.store import FolderStore

if TYPE_CHECKING:
    from sitegen.build.link import Linked


class CheckStore(FolderStore):
    """A folder that is compared and not written. The units of the last build are not trusted."""

    is_compared = True

    def stage(self, known: Mapping[str, str]) -> Stage | Memory:
        """Memory, for a diff."""
        return Memory(known)

    def commit(self, before: State, linked: Linked, state: State, stage: Stage | Memory) -> Written | list[Difference]:
        """Compare. Raises OSError and OutputError."""
        found = output.compare(self.folder, before, planned_of(linked), state)
        changed = (d.path for d in found if d.kind != "unchanged" and d.path in linked.files)
        self.texts = {path: stage.text(path) for path in changed}
        return found


class MemoryStore:
    """Memory: files by path, as the preview shows them."""

    def __init__(self) -> None:
        self.files: Mapping[str, bytes] = {}
        self.linked: Linked | None = None
        self._state = NOTHING

    def state(self) -> State:
        """The state that the last build left."""
        return self._state

    def units(self, _: State) -> Units | None:
        """The units of the last build."""
        return (self.linked.units, self.linked.site) if self.linked is not None else None

    def modified(self, _: State) -> Collection[str]:
        """Nothing: nobody else writes here."""
        return ()

    def stage(self, known: Mapping[str, str]) -> Stage | Memory:
        """Memory for the files of this build."""
        return Memory(known)

    def commit(self, before: State, linked: Linked, state: State, stage: Stage | Memory) -> Written | list[Difference]:
        """Replace the files, all at once."""
        assert isinstance(stage, Memory)  # noqa: S101 - from this store
        self.files = {path: stage.files.get(path) or self.files[path] for path in linked.files}
        entries = {path: Entry(entry.mark, entry.group, "memory") for path, entry in linked.files.items()}
        self._state, self.linked = state._replace(files=entries), linked
        written = len(stage.files)
        return Written(written, len(entries) - written, 0, ())

    def keep(self, before: State, state: State) -> None:
        """Keep a state that differs in the stat of sources only."""
        self._state = state
