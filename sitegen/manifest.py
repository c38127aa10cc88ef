"""The manifest of an output folder: which files sitegen wrote there, and how to see that they are still the same.

It stands in `.sitegen/manifest` as JSON: for each file its path, its group, the hash of what it
holds, and its signature. That is what a change of a file shows in: times, size and inode. A file
with the signature that is noted need not be read. An empty signature says nothing.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from sitegen.halving import Copy, LostError, can_fork, cores

STATE = ".sitegen"
MANIFEST, PENDING = "manifest", "pending"  # Hugo takes a name with an ending for a template
_VERSION = 2
_MANY = 4000  # files; to look at more takes longer than to make a second process


class Entry(NamedTuple):
    """What the manifest knows of a file. `group` names what it is built together with: its dialect."""

    hash: str
    group: str
    signature: str = ""


class Manifest(NamedTuple):
    """The files that sitegen wrote, and for each group the day its build spoke of."""

    files: Mapping[str, Entry] = MappingProxyType({})
    as_of: Mapping[str, str] = MappingProxyType({})


def hash_of(data: bytes) -> str:
    """The hash by which the manifest knows what a file holds."""
    return hashlib.sha256(data).hexdigest()


def read(data: bytes) -> Manifest | None:
    """Read a manifest. None where it cannot be understood; anybody may have edited it."""
    try:
        state = json.loads(data)
        if state["version"] not in (1, _VERSION):
            return None
        files = dict(_rows_of_version_1(state["files"]) if state["version"] == 1 else _rows(state))
        as_of = {str(group): str(day) for group, day in state["as_of"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return None
    return Manifest(files, as_of)


def _rows(state: Mapping[str, list[str]]) -> Iterable[tuple[str, Entry]]:
    groups = [state["groups"][number] for number in state["group"]]  # type: ignore[call-overload]
    return _entries(state["path"], state["sha256"], groups, state["signature"])


def _rows_of_version_1(files: Mapping[str, Mapping[str, str]]) -> Iterable[tuple[str, Entry]]:
    """A manifest without signatures."""
    hashes, groups = ([item[key] for item in files.values()] for key in ("sha256", "group"))
    return _entries([*files], hashes, groups, [""] * len(files))


def _entries(paths: list[str], *columns: list[str]) -> Iterable[tuple[str, Entry]]:
    """What each path has in the columns. Raises TypeError where something there is no text, and ValueError."""
    if any(set(map(type, column)) - {str} for column in (paths, *columns)):
        raise TypeError
    return zip(paths, map(Entry._make, zip(*columns, strict=True)), strict=True)


def written(manifest: Manifest) -> bytes:
    """A manifest as it stands on disk: in columns, which are read fast."""
    paths = sorted(manifest.files)
    entries = [manifest.files[path] for path in paths]
    groups = sorted({entry.group for entry in entries})
    number = {group: index for index, group in enumerate(groups)}
    state = {
        "version": _VERSION,
        "as_of": dict(sorted(manifest.as_of.items())),
        "groups": groups,
        "path": paths,
        "group": [number[entry.group] for entry in entries],
        "sha256": [entry.hash for entry in entries],
        "signature": [entry.signature for entry in entries],
    }
    return (json.dumps(state, separators=(",", ":")) + "\n").encode()


# --- on disk -------------------------------------------------------------------------


def sign(status: os.stat_result, before: int | None = None) -> str:
    """The signature of a file.

    It is empty where the file changed so late that it may change again in the same tick of the
    clock: not `before` a time of the file system.
    """
    if before is not None and max(status.st_mtime_ns, status.st_ctime_ns) >= before:
        return ""
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size} {status.st_ino}"


def folders_of(root: str, paths: Iterable[str]) -> dict[str, bool]:
    """The folders that paths lie in and for which something stands there: whether that is a real folder.

    Links are not followed; what lies below one is not looked at.
    """
    wanted = _by_parent(paths)
    found = {"": True}
    real = [""]
    for above in real:  # which grows meanwhile
        prefix = f"{above}/" if above else ""
        for name, is_real in _folders_in(f"{root}/{above}", wanted.get(above, set())):
            folder = prefix + name
            found[folder] = is_real
            if is_real and folder in wanted:
                real.append(folder)
    return found


def _by_parent(paths: Iterable[str]) -> dict[str, set[str]]:
    """The names of the folders that paths lie in, by the folder that they lie in themselves."""
    names: dict[str, set[str]] = {}
    for parent in {path.rpartition("/")[0] for path in paths}:
        folder = parent
        while folder:
            above, _, name = folder.rpartition("/")
            siblings = names.setdefault(above, set())
            if name in siblings:
                break
            siblings.add(name)
            folder = above
    return names


def _folders_in(folder: str, names: Collection[str]) -> Iterator[tuple[str, bool]]:
    """Those of some names that stand in a folder, and whether each is a real folder."""
    listed: dict[str, bool] = {}
    if len(names) > 3:  # one listing costs as much as a few looks
        try:
            with os.scandir(folder) as entries:
                listed = {entry.name: entry.is_dir(follow_symlinks=False) for entry in entries if entry.name in names}
        except OSError:  # such as one that may be entered but not listed
            listed = {}
    yield from listed.items()
    for name in names:
        if name not in listed:  # a file system may list a name in another case
            try:
                yield name, stat.S_ISDIR(os.lstat(f"{folder}/{name}").st_mode)
            except FileNotFoundError:
                continue


def differing(root: str, files: Mapping[str, Entry]) -> list[str]:
    """The paths of the files that do not stand in real folders there with the signature that is noted.

    Of many, a second process looks at half. Raises OSError and ValueError for what cannot be looked at.
    """
    items = list(files.items())
    if len(items) < _MANY or cores() < 2 or not can_fork():
        return _differing(root, items)
    middle = len(items) // 2
    try:
        second = Copy(lambda end: end.send(_differing(root, items[middle:])))
    except OSError:
        return _differing(root, items)
    found = _differing(root, items[:middle])
    try:
        return [*found, *second.receive()]
    except LostError:
        return found + _differing(root, items[middle:])
    finally:
        second.close()


def _differing(root: str, items: Collection[tuple[str, Entry]]) -> list[str]:
    found = []
    folders = folders_of(root, [path for path, _ in items])
    for path, entry in items:
        try:
            real = folders.get(path.rpartition("/")[0])
            same = real and sign(os.lstat(f"{root}/{path}")) == entry.signature
        except FileNotFoundError:
            same = False
        if not same:
            found.append(path)
    return found
