"""The output and the state of builds in a folder. What writes files is imported when there is something to write."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build import state as states
from sitegen.build.records import dumps

if TYPE_CHECKING:
    from collections.abc import Callable

    from sitegen.build.link import Linked
    from sitegen.build.output import Difference, Kind, Memory, Stage, Written
    from sitegen.build.records import State, Units


class FolderStore:
    """A folder. With `force`, files are overwritten that sitegen did not write or somebody edited."""

    is_compared = False

    def __init__(
        self, folder: Path, *, force: bool = False, tick: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        self.folder = folder
        self._force = force
        self._tick = tick
        self.texts: dict[str, str] = {}  # of the files that the last commit refused to write, or compared

    def state(self) -> State:
        """The state that the last build left."""
        return states.read_state(self.folder)

    def units(self, state: State) -> Units | None:
        """The units of a state; None where they are lost."""
        return states.read_units(self.folder, state)

    def modified(self, state: State) -> Collection[str]:
        """The files of the output that are not as the last build left them."""
        return states.modified(self.folder, state.files, state.groups)

    def stage(self, known: Mapping[str, str]) -> Stage | Memory:
        """A folder for the files of this build."""
        from sitegen.build.output import Stage  # noqa: PLC0415

        return Stage(self.folder, known)

    def commit(self, before: State, linked: Linked, state: State, stage: Stage | Memory) -> Written | list[Difference]:
        """Move the files into place. See `output.write` for what it raises."""
        from sitegen.build.output import Stage, planned_of, write  # noqa: PLC0415

        assert isinstance(stage, Stage)  # noqa: S101 - from this store
        units = dumps((linked.units, linked.site))
        new = state._replace(units=units[: states.CHECKSUM])
        refuse: tuple[Kind, ...] = () if self._force else ("foreign", "edited")
        planned = planned_of(linked, stage.kept(linked.files))
        done = write(self.folder, before, planned, stage, (new, units), refuse=refuse, tick=self._tick)
        if isinstance(done, list):
            for difference in done:
                self.texts[difference.path] = stage.text(difference.path)
        return done

    def keep(self, before: State, state: State) -> None:
        """Keep a state that differs in the stat of sources only."""
        if state != before:
            states.keep_state(self.folder, before, state)
