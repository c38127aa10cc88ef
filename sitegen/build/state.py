"""The state of the last build in an output folder: read it, and write it.

It is in `.sitegen/state`, and the units are in `.sitegen/units`. This module imports little, since a build with nothing
to do needs no more.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from sitegen.build.records import NO_STATE, State, Units, dumps, is_state, loads
from sitegen.files.atomic import STATE, is_file, replace

_CHECKSUM = 64  # hexadecimal digits at the beginning of packed units


def read_state(folder: Path) -> State:
    """The state that the last build left in a folder; `NO_STATE` if there is none that can be read."""
    records = loads(_read(folder, "state"))
    return records[0] if len(records) == 1 and is_state(records[0]) else NO_STATE


def read_units(folder: Path, state: State) -> Units | None:
    """The units that belong to a state; None if they belong to another one or are damaged."""
    data = _read(folder, "units")
    records = loads(data) if state.units and data[:_CHECKSUM] == state.units else []
    return ({unit.library: unit for unit in records[1:]}, records[0]) if records else None


def _read(folder: Path, name: str) -> bytes:
    path = f"{folder}/{STATE}/{name}"
    with contextlib.suppress(OSError):
        if is_file(path):
            return Path(path).read_bytes()
    return b""


def write_state(folder: Path, state: State, units: Units) -> None:
    """Write the state of a build with its units. Errors are ignored, since the state is a cache."""
    packed = dumps(units[1], *units[0].values())
    data = dumps(state._replace(units=packed[:_CHECKSUM]))
    with contextlib.suppress(OSError):
        if _read(folder, "state") != data:
            replace(f"{folder}/{STATE}/units", packed)
            replace(f"{folder}/{STATE}/state", data)
