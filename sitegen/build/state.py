"""The state of the last build in an output folder: reading and writing it, and comparing it with the files on disk.

It is in `.sitegen/state`, and the units in `.sitegen/units`. This module imports little, since a build that has nothing
to do needs no more.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from sitegen.build.records import NOTHING, Entry, State, Units, dumps, is_state, loads
from sitegen.build.scan import stat_of
from sitegen.files.atomic import STATE, BusyError, OutputError, is_file, locked, replace

CHECKSUM = 64  # hexadecimal digits at the beginning of packed units


def read_state(folder: Path) -> State:
    """The state that the last build left in a folder; `NOTHING` where there is none that can be read."""
    state = loads(_read(folder, "state"))
    return state if is_state(state) else NOTHING


def read_units(folder: Path, state: State) -> Units | None:
    """The units that belong to a state; None where they are those of another one, or damaged."""
    data = _read(folder, "units")
    return loads(data) if state.units and data[:CHECKSUM] == state.units else None


def _read(folder: Path, name: str) -> bytes:
    path = f"{folder}/{STATE}/{name}"
    with contextlib.suppress(OSError):
        if is_file(path):
            return Path(path).read_bytes()
    return b""


def modified(folder: Path, files: Mapping[str, Entry], groups: Collection[str]) -> set[str]:
    """The files of some groups that are not on disk as a build left them, as their stat shows."""
    found = set()
    root = str(folder)
    for path, entry in files.items():
        if entry.group not in groups:
            continue
        try:
            same = entry.stat and stat_of(os.lstat(f"{root}/{path}")) == entry.stat
        except (OSError, ValueError):  # such as a path with a character that no name may have
            same = False
        if not same:
            found.add(path)
    return found


def write_state(folder: Path, state: State, units: bytes) -> None:
    """Write the state of a build. It is a cache: a build is good without."""
    with contextlib.suppress(OSError):
        data = dumps(state)
        if _read(folder, "state") != data:
            replace(f"{folder}/{STATE}/units", units)
            replace(f"{folder}/{STATE}/state", data)


def keep_state(folder: Path, before: State, state: State) -> None:
    """Write a state in which only the stat of sources differs, unless another build is at work."""
    with contextlib.suppress(OSError, OutputError, BusyError), locked(folder, 0):
        if read_state(folder).units == before.units:
            replace(f"{folder}/{STATE}/state", dumps(state))
