"""The output folder: compare it with what should be there, write it, clean it.

The only module that writes. What is in the folder and belongs to sitegen is named in
`.sitegen/manifest.json` with its hash; nothing else is ever changed or removed. Writing
happens under a kernel lock: first every new file beside its place, then the renames,
last the manifest. What a killed run left half done, the next one finds in
`.sitegen/pending.json` and repairs.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

STATE = ".sitegen"
_VERSION = 1
_TEMPORARY = ".sitegen-new"

Kind = Literal["unchanged", "missing", "stale", "edited", "foreign", "left over", "edited left over"]


class OutputError(Exception):
    """The output folder cannot be used; the message says why and what to do."""


class BusyError(Exception):
    """Another process holds the lock; the message names it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A file that should be there. `group` names what it is built together with: its dialect."""

    data: bytes
    group: str


@dataclass(frozen=True, slots=True)
class Entry:
    """What the manifest knows of a file."""

    hash: str
    group: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """The files that sitegen wrote, and for each group the day its build spoke of."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    as_of: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    """How one path of the folder stands to what should be there."""

    path: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did."""

    written: int
    unchanged: int
    removed: int
    kept: tuple[str, ...]


# --- comparing -----------------------------------------------------------------------


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder; one that is damaged or of another version counts as none."""
    return _read_state(folder, "manifest.json") or Manifest()


def compare(folder: Path, files: Mapping[str, Planned], groups: Sequence[str]) -> list[Difference]:
    """Compare a folder with the files that should be there. Files of other groups do not count.

    Raises OutputError where a path of the folder cannot be used.
    """
    manifest = read_manifest(folder)
    pending = _read_state(folder, "pending.json") or Manifest()
    found: list[Difference] = []
    for path in sorted(files):
        disk = _hash_on_disk(folder, path)
        known = {state.files[path].hash for state in (manifest, pending) if path in state.files}
        if disk is None:
            kind: Kind = "missing"
        elif disk == _hash(files[path].data):
            kind = "unchanged"
        elif disk in known:
            kind = "stale"
        else:
            kind = "edited" if known else "foreign"
        found.append(Difference(path, kind))
    for path in sorted({*manifest.files, *pending.files} - files.keys()):
        entries = [state.files[path] for state in (manifest, pending) if path in state.files]
        disk = _hash_on_disk(folder, path)
        if entries[0].group in groups and disk is not None:
            own = disk in {entry.hash for entry in entries}
            found.append(Difference(path, "left over" if own else "edited left over"))
    return found


def read_on_disk(folder: Path, path: str) -> str:
    """The text of a file of the folder, for a diff."""
    return (folder / path).read_bytes().decode("utf-8", "replace")


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash_on_disk(folder: Path, path: str) -> str | None:
    """The hash of a file below the folder; None where there is none. Links are not followed."""
    current = folder
    *parents, name = path.split("/")
    for part in parents:
        current = current / part
        try:
            mode = current.lstat().st_mode
        except FileNotFoundError:
            return None
        if not stat.S_ISDIR(mode):
            what = "a link" if stat.S_ISLNK(mode) else "not a folder"
            raise OutputError(f"{current} is {what}; sitegen writes below real folders only")
    target = current / name
    try:
        mode = target.lstat().st_mode
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(mode):
        raise OutputError(f"{target} is a folder; a file is to be written there")
    if stat.S_ISLNK(mode):
        return "a link"
    return _hash(target.read_bytes())


def _read_state(folder: Path, name: str) -> Manifest | None:
    try:
        data = json.loads((folder / STATE / name).read_bytes())
        if data["version"] != _VERSION:
            return None
        files = {str(path): Entry(str(item["sha256"]), str(item["group"])) for path, item in data["files"].items()}
        as_of = {str(group): str(day) for group, day in data["as_of"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return Manifest({path: entry for path, entry in files.items() if _is_below(path)}, as_of)


def _is_below(path: str) -> bool:
    """Whether a path of a manifest, which anybody may have edited, stays below its folder."""
    parts = path.split("/")
    return bool(path) and not any(part in ("", ".", "..") or "\\" in part or ":" in part for part in parts)


# --- writing -------------------------------------------------------------------------


def write(
    folder: Path,
    files: Mapping[str, Planned],
    as_of: Mapping[str, str],
    *,
    refuse: Sequence[Kind] = ("foreign",),
    wait: float = 10.0,
) -> Written | list[Difference]:
    """Make the folder hold the files. The keys of `as_of` are the groups that are written.

    Returns the differences of the kinds in `refuse`, and changes nothing then. Raises
    OutputError, BusyError after `wait` seconds, and OSError.
    """
    groups = tuple(as_of)
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder, wait):
        differences = compare(folder, files, groups)
        refused = [difference for difference in differences if difference.kind in refuse]
        if refused:
            return refused
        manifest = read_manifest(folder)
        changed = [d.path for d in differences if d.kind in ("missing", "stale", "edited", "foreign")]
        removed = [d.path for d in differences if d.kind == "left over"]
        kept = tuple(d.path for d in differences if d.kind == "edited left over")
        others = {path: entry for path, entry in manifest.files.items() if entry.group not in groups}
        entries = {path: Entry(_hash(item.data), item.group) for path, item in files.items()}
        after = Manifest({**others, **entries}, {**manifest.as_of, **as_of})
        if changed or removed or after != manifest:
            _commit(folder, files, changed, removed, after)
        return Written(len(changed), len(files) - len(changed), len(removed), kept)


def clean(folder: Path, *, wait: float = 10.0) -> Written:
    """Remove the files that the manifest names, and the folders that are empty then.

    A file that was edited by hand is kept. Raises as `write` does.
    """
    if not (folder / STATE).is_dir():
        return Written(0, 0, 0, ())
    with _locked(folder, wait):
        differences = compare(folder, {}, tuple({entry.group for entry in read_manifest(folder).files.values()}))
        removed = [d.path for d in differences if d.kind == "left over"]
        kept = tuple(d.path for d in differences if d.kind == "edited left over")
        for path in removed:
            (folder / path).unlink()
        _remove_empty_folders(folder, removed)
        for name in ("manifest.json", "pending.json", "lock"):
            (folder / STATE / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (folder / STATE).rmdir()
    return Written(0, 0, len(removed), kept)


def _commit(
    folder: Path, files: Mapping[str, Planned], changed: list[str], removed: list[str], after: Manifest
) -> None:
    pending = _read_state(folder, "pending.json")
    for path in pending.files if pending else ():
        _temporary(folder / path).unlink(missing_ok=True)
    before = read_manifest(folder)
    entries = {path: after.files[path] for path in changed}
    entries |= {path: before.files[path] for path in removed if path in before.files}
    _replace(folder / STATE / "pending.json", _state(Manifest({**(pending.files if pending else {}), **entries})))
    staged: list[Path] = []
    made: list[Path] = []
    try:
        for path in changed:
            target = folder / path
            made += _make_folders(target.parent)
            staged.append(target)
            _write_new(_temporary(target), files[path].data)
    except OSError:
        for target in staged:
            _temporary(target).unlink(missing_ok=True)
        for created in reversed(made):
            with contextlib.suppress(OSError):
                created.rmdir()
        raise
    for target in staged:
        _temporary(target).replace(target)
    for path in removed:
        (folder / path).unlink(missing_ok=True)
    _remove_empty_folders(folder, removed)
    _replace(folder / STATE / "manifest.json", _state(after))
    (folder / STATE / "pending.json").unlink()


def _state(manifest: Manifest) -> bytes:
    files = {path: {"sha256": e.hash, "group": e.group} for path, e in sorted(manifest.files.items())}
    data = {"version": _VERSION, "as_of": dict(sorted(manifest.as_of.items())), "files": files}
    return (json.dumps(data, indent=1) + "\n").encode()


def _temporary(target: Path) -> Path:
    return target.with_name(f"{_TEMPORARY}-{target.name}")


def _replace(target: Path, data: bytes) -> None:
    temporary = _temporary(target)
    _write_new(temporary, data)
    temporary.replace(target)


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that must not exist, with the same mode whatever the umask."""
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o644)
    with os.fdopen(descriptor, "wb") as file:
        if hasattr(os, "fchmod"):
            os.fchmod(file.fileno(), 0o644)
        file.write(data)


def _make_folders(folder: Path) -> list[Path]:
    """Make a folder and its parents. Returns those that are new, outermost first."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir()
    return missing[::-1]


def _remove_empty_folders(folder: Path, paths: list[str]) -> None:
    for path in paths:
        parent = (folder / path).parent
        while parent != folder:
            try:
                parent.rmdir()
            except OSError:
                break
            parent = parent.parent


@contextlib.contextmanager
def _locked(folder: Path, wait: float) -> Iterator[None]:
    """Hold the kernel lock of a folder; it ends with the process, however that ends."""
    deadline = time.monotonic() + wait
    while (descriptor := _lock(folder / STATE / "lock", deadline)) is None:
        pass
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


def _lock(path: Path, deadline: float) -> int | None:
    """Lock a file and return its descriptor; None where a clean-up removed the file meanwhile."""
    path.parent.mkdir(exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    except FileNotFoundError:
        return None
    try:
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
                name = f" (process {holder})" if holder else ""
                raise BusyError(f"another build{name} holds {path.parent.parent}; try again when it is done")
            time.sleep(0.05)
        if path.exists() and os.path.samestat(os.fstat(descriptor), path.stat()):
            return descriptor
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _try_lock(descriptor: int) -> bool:
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - Windows only

            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
