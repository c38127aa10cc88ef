"""Where the output and the state of builds are kept: in a folder, or in memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen import output
from sitegen.build.records import NOTHING, Entry, State, Units
from sitegen.output import Difference, Kind, Memory, Planned, Stage, Written

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitegen.build.link import Linked
    from sitegen.build.project import Layout
    from sitegen.settings import Settings


def planned_for(settings: Settings, layout: Layout) -> Planned:
    """What a layout needs to recognize the files of a site, without files."""
    return Planned({}, {}, (), layout.roots(settings), lambda path, tag: layout.is_own(settings, path, tag))


def planned_of(linked: Linked, kept: Collection[str] = ()) -> Planned:
    """The files of a site, for `output.write`."""
    planned = planned_for(linked.project.site.settings, linked.project.layout)
    return replace(planned, files=linked.files, as_of=linked.as_of, kept=kept)


class FolderStore:
    """A folder. With `force`, files are overwritten that sitegen did not write or somebody edited."""

    def __init__(
        self, folder: Path, *, force: bool = False, tick: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        self.folder = folder
        self._force = force
        self._tick = tick
        self.texts: dict[str, str] = {}  # of the files that the last commit refused to write, or compared

    def state(self) -> State:
        """The state that the last build left."""
        return output.read_state(self.folder)

    def units(self, state: State) -> Units | None:
        """The units of a state; None where they are lost."""
        found: Units | None = output.read_units(self.folder, state)
        return found

    def modified(self, state: State) -> Collection[str]:
        """The files of the output that are not as the last build left them."""
        return output.modified(self.folder, state.files, state.groups)

    def stage(self, known: Mapping[str, str]) -> Stage | Memory:
        """A folder for the files of this build."""
        return Stage(self.folder, known)

    def commit(self, before: State, linked: Linked, state: State, stage: Stage | Memory) -> Written | list[Difference]:
        """Move the files into place. See `output.write` for what it raises."""
        assert isinstance(stage, Stage)  # noqa: S101 - from this store
        units = output.packed((linked.units, linked.site))
        new = replace(state, units=units[: output.CHECKSUM])
        refuse: tuple[Kind, ...] = () if self._force else ("foreign", "edited")
        planned = planned_of(linked, stage.kept(linked.files))
        done = output.write(self.folder, before, planned, stage, (new, units), refuse=refuse, tick=self._tick)
        if isinstance(done, list):
            for difference in done:
                self.texts[difference.path] = stage.text(difference.path)
        return done

    def keep(self, before: State, state: State) -> None:
        """Keep a state that differs in the stat of sources only."""
        if state != before:
            output.keep_state(self.folder, before, state)


class CheckStore(FolderStore):
    """A folder that is compared and not written. The units of the last build are not trusted."""

    def stage(self, known: Mapping[str, str]) -> Stage | Memory:
        """Memory, for a diff."""
        return Memory(known)

    def commit(self, before: State, linked: Linked, state: State, stage: Stage | Memory) -> Written | list[Difference]:
        """Compare. Raises OSError and OutputError."""
        found = output.compare(self.folder, before, planned_of(linked), state)
        changed = (d.path for d in found if d.kind != "unchanged" and d.path in linked.files)
        self.texts = {path: stage.text(path) for path in changed}
        return found

    def has(self, path: str, entry: Entry | None) -> bool:
        """Whether a file on disk has the content of an entry, or is missing where there is none."""
        found = output.look(self.folder, path)
        return found == (entry.mark if entry is not None else None)


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
        self._state, self.linked = replace(state, files=entries), linked
        written = len(stage.files)
        return Written(written, len(entries) - written, 0, ())

    def keep(self, before: State, state: State) -> None:
        """Keep a state that differs in the stat of sources only."""
        self._state = state
