"""The state of the last build in an output folder: read it, write it, and compare it with the files on disk.

It is in `.sitegen/state`, and the units are in `.sitegen/units`. This module imports little, since a build with nothing
to do needs no more.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping
from pathlib import Path

from sitegen.build.records import NO_STATE, Entry, State, Units, dumps, is_state, loads
from sitegen.build.scan import stat_of
from sitegen.files.atomic import STATE, BusyError, OutputError, is_file, locked, replace

_CHECKSUM = 64  # hexadecimal digits at the beginning of packed units


def read_state(folder: Path) -> State:
    """The state that the last build left in a folder; `NO_STATE` if there is none that can be read."""
    state = loads(_read(folder, "state"))
    return state if is_state(state) else NO_STATE


def read_units(folder: Path, state: State) -> Units | None:
    """The units that belong to a state; None if they belong to another one or are damaged."""
    data = _read(folder, "units")
    units: Units | None = loads(data) if state.units and data[:_CHECKSUM] == state.units else None
    return units


def _read(folder: Path, name: str) -> bytes:
    path = f"{folder}/{STATE}/{name}"
    with contextlib.suppress(OSError):
        if is_file(path):
            return Path(path).read_bytes()
    return b""


def modified(folder: Path, files: Mapping[str, Entry], groups: Collection[str]) -> set[str]:
    """The files of some groups whose stat differs from that of their entry, or that are missing."""
    modified = set()
    root = str(folder)
    for path, entry in files.items():
        if entry.group not in groups:
            continue
        try:
            same = entry.stat and stat_of(os.lstat(f"{root}/{path}")) == entry.stat
        except (OSError, ValueError):  # such as a path with a character that no name may have
            same = False
        if not same:
            modified.add(path)
    return modified


def write_state(folder: Path, state: State, units: Units) -> None:
    """Write the state of a build with its units. Errors are ignored, since the state is a cache."""
    packed = dumps(units)
    data = dumps(state._replace(units=packed[:_CHECKSUM]))
    with contextlib.suppress(OSError):
        if _read(folder, "state") != data:
            replace(f"{folder}/{STATE}/units", packed)
            replace(f"{folder}/{STATE}/state", data)


def keep_state(folder: Path, before: State, state: State) -> None:
    """Write a state in which only the stat of sources differs, unless another build is running."""
    with contextlib.suppress(OSError, OutputError, BusyError), locked(folder, 0):
        if read_state(folder).units == before.units:
            replace(f"{folder}/{STATE}/state", dumps(state))
