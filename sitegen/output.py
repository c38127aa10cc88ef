"""The output folder: compare it with what should be there, write it, clean it.

The only module that writes. What is in the folder and belongs to sitegen is named in
`.sitegen/manifest` with its hash; nothing else is ever changed or removed. Writing
happens under a kernel lock: first every new file beside its place, then the renames,
last the manifest. `.sitegen/pending` names the files that are on their way; where
a run was killed, the next one finds it there and first makes the manifest true again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Literal

from sitegen.output_paths import path_problem

STATE = ".sitegen"
_MANIFEST, _PENDING, _LOCK = "manifest", "pending", "lock"  # Hugo takes a name with an ending for a template
_VERSION = 1
_LOCKED_BYTE = 1 << 20
_NO_FILE = "not a file"  # stands for the hash of a link, a pipe or a device
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
    """What a write did. Files edited by hand are `kept` where they have no page any more, else `overwritten`."""

    written: int
    unchanged: int
    removed: int
    kept: tuple[str, ...]
    overwritten: tuple[str, ...] = ()


# --- comparing -----------------------------------------------------------------------


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder; one that is damaged or of another version counts as none."""
    return _read_state(folder, _MANIFEST) or Manifest()


def compare(folder: Path, files: Mapping[str, Planned], groups: Sequence[str]) -> list[Difference]:
    """Compare a folder with the files that should be there. Files of other groups do not count.

    Raises OutputError where a path of the folder cannot be used, and OSError.
    """
    _is_folder(folder / STATE)
    manifest = read_manifest(folder)
    pending = _read_state(folder, _PENDING) or Manifest()
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
    target = folder / path
    if target.is_symlink():
        return f"a link to {target.readlink()}"
    return target.read_bytes().decode("utf-8", "replace") if target.is_file() else _NO_FILE


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _hash_on_disk(folder: Path, path: str) -> str | None:
    """The hash of a file below the folder; None where there is none. Links are not followed."""
    current = folder
    *parents, name = path.split("/")
    for part in parents:
        current = current / part
        if not _is_folder(current):
            return None
    target = current / name
    try:
        mode = target.lstat().st_mode
        if stat.S_ISDIR(mode):
            raise OutputError(f"{target} is a folder; a file is to be written there")
        return _hash(target.read_bytes()) if stat.S_ISREG(mode) else _NO_FILE
    except FileNotFoundError:
        return None


def _is_folder(path: Path) -> bool:
    """Whether there is a folder. Raises OutputError where something else is there, such as a link to one."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        what = "a link" if stat.S_ISLNK(mode) else "not a folder"
        raise OutputError(f"{path} is {what}; sitegen writes below real folders only")
    return True


def _read_state(folder: Path, name: str) -> Manifest | None:
    """Read a manifest. None where there is none and where it cannot be understood; anybody may have edited it."""
    try:
        data = json.loads((folder / STATE / name).read_bytes())
        if data["version"] != _VERSION:
            return None
        files = {str(path): Entry(str(item["sha256"]), str(item["group"])) for path, item in data["files"].items()}
        as_of = {str(group): str(day) for group, day in data["as_of"].items()}
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return Manifest({path: entry for path, entry in files.items() if not path_problem(path)}, as_of)


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
        _recover(folder)
        differences = compare(folder, files, groups)
        refused = [difference for difference in differences if difference.kind in refuse]
        if refused:
            return refused
        manifest = read_manifest(folder)
        changed = [d.path for d in differences if d.kind in ("missing", "stale", "edited", "foreign")]
        removed = [d.path for d in differences if d.kind == "left over"]
        kept = tuple(d.path for d in differences if d.kind == "edited left over")
        overwritten = tuple(d.path for d in differences if d.kind == "edited")
        others = {path: entry for path, entry in manifest.files.items() if entry.group not in groups or path in kept}
        entries = {path: Entry(_hash(item.data), item.group) for path, item in files.items()}
        after = Manifest({**others, **entries}, {**manifest.as_of, **as_of})
        if changed or removed or after != manifest:
            _commit(folder, files, changed, removed, after)
            _remove_empty_folders(folder, manifest.files.keys() - after.files.keys())
            _finish(folder, after)
        return Written(len(changed), len(files) - len(changed), len(removed), kept, overwritten)


def clean(folder: Path, *, wait: float = 10.0) -> Written:
    """Remove the files that the manifest names, and the folders that are empty then.

    A file that was edited by hand is kept. Raises as `write` does.
    """
    if not _is_folder(folder / STATE):
        return Written(0, 0, 0, ())
    with _locked(folder, wait):
        manifest = folder / STATE / _MANIFEST
        if manifest.exists() and _read_state(folder, _MANIFEST) is None:
            raise OutputError(f"{manifest} cannot be read; build with --force to write it again, then clean")
        _recover(folder)
        known = read_manifest(folder).files
        differences = compare(folder, {}, tuple({entry.group for entry in known.values()}))
        removed = [d.path for d in differences if d.kind == "left over"]
        kept = tuple(d.path for d in differences if d.kind == "edited left over")
        for path in removed:
            (folder / path).unlink()
        _remove_empty_folders(folder, known)
        if kept:
            _replace(manifest, _state(Manifest({path: known[path] for path in kept}, read_manifest(folder).as_of)))
        else:
            manifest.unlink(missing_ok=True)
    return Written(0, 0, len(removed), kept)


def _recover(folder: Path) -> None:
    """After a run that was killed: note which files it had put in their places, and sweep the others."""
    for name in (_MANIFEST, _PENDING):
        _temporary(folder / STATE / name).unlink(missing_ok=True)
    pending = _read_state(folder, _PENDING)
    if pending is None:
        return
    manifest = read_manifest(folder)
    files = dict(manifest.files)
    for path, entry in pending.files.items():
        if _hash_on_disk(folder, path) == entry.hash:
            files[path] = entry
        _temporary(folder / path).unlink(missing_ok=True)
    _remove_empty_folders(folder, pending.files)
    _finish(folder, Manifest(files, manifest.as_of))


def _commit(
    folder: Path, files: Mapping[str, Planned], changed: Sequence[str], removed: Sequence[str], after: Manifest
) -> None:
    """Put the changed files in their places and remove others. A fault before the first rename changes nothing."""
    pending = folder / STATE / _PENDING
    staged: list[Path] = []
    made: list[Path] = []
    renaming = False
    _replace(pending, _state(Manifest({path: after.files[path] for path in changed})))
    try:
        for path in changed:
            _make_folders((folder / path).parent, made)
            staged.append(folder / path)
            _stage(folder / path, files[path].data)
        renaming = True
        for target in staged:
            _unstage(target)
    except BaseException:
        untouched = not renaming or all(_temporary(target).exists() for target in staged)
        with contextlib.suppress(OSError):
            for target in staged:
                _temporary(target).unlink(missing_ok=True)
            if untouched:
                pending.unlink()
        for created in reversed(made):
            with contextlib.suppress(OSError):
                created.rmdir()
        raise
    for path in removed:
        (folder / path).unlink(missing_ok=True)


def _finish(folder: Path, manifest: Manifest) -> None:
    _replace(folder / STATE / _MANIFEST, _state(manifest))
    (folder / STATE / _PENDING).unlink()


def _state(manifest: Manifest) -> bytes:
    files = {path: {"sha256": e.hash, "group": e.group} for path, e in sorted(manifest.files.items())}
    data = {"version": _VERSION, "as_of": dict(sorted(manifest.as_of.items())), "files": files}
    return (json.dumps(data, indent=1) + "\n").encode()


def _temporary(target: Path) -> Path:
    return target.with_name(f"{_TEMPORARY}-{target.name}")


def replace_file(target: Path, data: bytes) -> None:
    """Write a file of the site itself, as a whole or not at all. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _replace(target, data)


def _replace(target: Path, data: bytes) -> None:
    try:
        _stage(target, data)
        _unstage(target)
    except BaseException:
        with contextlib.suppress(OSError):
            _temporary(target).unlink()
        raise


def _stage(target: Path, data: bytes) -> None:
    """Write a file beside its place, with the same mode whatever the umask."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    with _naming(target):
        _temporary(target).unlink(missing_ok=True)
        with os.fdopen(os.open(_temporary(target), flags, 0o644), "wb") as file:
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), 0o644)
            file.write(data)


def _unstage(target: Path) -> None:
    """Put a file that was written beside its place into it."""
    with _naming(target):
        _temporary(target).replace(target)


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Let an error of the system name the file that it is about."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise


def _make_folders(folder: Path, made: list[Path]) -> None:
    """Make a folder and its parents, and note those that are new."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for path in reversed(missing):
        path.mkdir()
        made.append(path)


def _remove_empty_folders(folder: Path, paths: Iterable[str]) -> None:
    """Remove the folders of files that are gone, where nothing else is in them."""
    parents = {parent for path in paths for parent in PurePosixPath(path).parents if parent.name}
    for parent in sorted(parents, key=lambda parent: len(parent.parts), reverse=True):
        with contextlib.suppress(OSError):
            (folder / parent).rmdir()


@contextlib.contextmanager
def _locked(folder: Path, wait: float) -> Iterator[None]:
    """Hold the kernel lock of a folder; it ends with the process, however that ends."""
    deadline = time.monotonic() + wait
    path = folder / STATE / _LOCK
    while (descriptor := _lock(path, deadline)) is None:
        pass
    try:
        with contextlib.suppress(OSError):  # only those that wait want to know who holds it
            os.write(descriptor, f"{os.getpid():<20}\n".encode())  # of one length, since to truncate is slow
        yield
    finally:
        if not any((folder / STATE / name).exists() for name in (_MANIFEST, _PENDING)):
            with contextlib.suppress(OSError):
                path.unlink()
                path.parent.rmdir()
        os.close(descriptor)


def _lock(path: Path, deadline: float) -> int | None:
    """Lock a file and return its descriptor; None where another process removed the file meanwhile."""
    try:
        if not _is_folder(path.parent):
            path.parent.mkdir(parents=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    except (FileExistsError, FileNotFoundError):
        return None
    except OSError:
        with contextlib.suppress(OSError):
            path.parent.rmdir()
        raise
    try:
        with _naming(path):
            while not _try_lock(descriptor):
                if time.monotonic() >= deadline:
                    holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
                    name = f" (process {holder})" if holder else ""
                    raise BusyError(f"another build{name} holds {path.parent.parent}; try again when it is done")
                time.sleep(0.05)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.lstat()):
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

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)  # a locked byte cannot be read, so none that is written
            try:
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
            finally:
                os.lseek(descriptor, 0, os.SEEK_SET)
        else:
            import fcntl  # noqa: PLC0415 - not on Windows

            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True
