"""Atomic writes, folders without links, and the lock of an output folder."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

STATE = ".sitegen"
_LOCK = f"{STATE}/lock"
_LOCKED_BYTE = 1 << 20
_TICK = 0.02  # seconds; the clocks of all but old file systems tick more often
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class OutputError(Exception):
    """The output folder cannot be used; the message states why and what to do."""


class BusyError(Exception):
    """Another process holds the lock; the message names it."""


class HalfWrittenError(OSError):
    """A write failed after some files had been written or removed; `paths` are those files."""

    def __init__(self, error: OSError, paths: Iterable[str]) -> None:
        super().__init__(error.errno, error.strerror or str(error), error.filename)
        self.paths = tuple(paths)


# --- files ---------------------------------------------------------------------------


def write_new(path: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file. Its mode does not depend on the umask. Raises OSError with the name of the file."""
    try:
        descriptor = os.open(path, _NEW, 0o644)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            while data := data[os.write(descriptor, data) :]:
                pass
        finally:
            os.close(descriptor)
    except OSError as error:
        error.filename = path  # the system sets it only if the file cannot be opened
        raise


def move(path: str, target: str) -> None:
    """Move a file, and replace the target if it exists. Raises OSError with the name of the target."""
    try:
        os.replace(path, target)  # noqa: PTH105 - thousands of times
    except OSError as error:
        error.filename, error.filename2 = target, None
        raise


def replace(target: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file atomically: through a temporary file in the same folder. Raises OSError."""
    folder, separator, name = target.rpartition("/")
    temporary = f"{folder}{separator}.sitegen-new-{name}"
    try:
        write_new(temporary, data, mode)
        move(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            remove(temporary)
        if isinstance(error, OSError):
            error.filename = target
        raise


def replace_file(target: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file atomically, and create its folder if necessary. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target.as_posix(), data, mode)


def is_file(path: str) -> bool:
    """Whether a path is a regular file. Links are not followed."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def remove(path: str) -> None:
    """Remove a file if it exists."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 - thousands of times


# --- folders -------------------------------------------------------------------------


def is_folder(path: str) -> bool:
    """Whether a folder exists. Raises OutputError if the path is something else, such as a link to a folder."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        what = "a link" if stat.S_ISLNK(mode) else "not a folder"
        raise OutputError(f"{Path(path)} is {what}; sitegen writes to real folders only")
    return True


class Folders:
    """The folders below a root, with a cache of those that exist. Paths are relative; links are not followed."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._exists: dict[str, bool] = {"": Path(root).is_dir()}

    def exists(self, folder: str) -> bool:
        """Whether a folder exists. Raises OutputError if it or a parent is something else."""
        if folder not in self._exists:
            self._exists[folder] = self.exists(folder.rpartition("/")[0]) and is_folder(f"{self._root}/{folder}")
        return self._exists[folder]

    def make(self, folder: str, created: list[str]) -> None:
        """Create a folder with its parents, and add the new ones to `created`. Raises OSError and OutputError."""
        if self.exists(folder):
            return
        self.make(folder.rpartition("/")[0], created)
        full = f"{self._root}/{folder}"
        try:
            os.mkdir(full)  # noqa: PTH102
            created.append(full)
        except FileExistsError:
            is_folder(full)
        self._exists[folder] = True


def remove_empty_folders(root: str, paths: Iterable[str]) -> None:
    """Remove the folders of removed files that are empty."""
    parents: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in parents:
            parents.add(folder)
            folder = folder.rpartition("/")[0]
    for folder in sorted(parents, key=lambda folder: folder.count("/"), reverse=True):
        with contextlib.suppress(OSError):
            os.rmdir(f"{root}/{folder}")  # noqa: PTH106


def remove_tree(folder: str) -> None:
    """Remove a folder with its content. Ignores what cannot be removed."""
    import shutil  # noqa: PLC0415 - a build without changes does not need it

    shutil.rmtree(folder, ignore_errors=True)


# --- the lock ------------------------------------------------------------------------


def next_tick(folder: Path) -> int:
    """Wait for the next tick of the file system's clock, so that later changes have later time stamps.

    Returns the time of the tick in nanoseconds, or 0 if the clock cannot be read. Does not wait for a slow clock.
    """
    deadline = time.monotonic() + _TICK
    before = now = _clock(folder)
    while now == before and time.monotonic() < deadline:
        time.sleep(0.001)
        now = _clock(folder)
    return now


def _clock(folder: Path) -> int:
    path = folder / _LOCK
    try:
        os.utime(path)
        return path.stat().st_mtime_ns
    except OSError:
        return 0


@contextlib.contextmanager
def locked(folder: Path, wait: float) -> Iterator[None]:
    """Lock a folder by a lock of the operating system, which ends with the process.

    Raises BusyError after `wait` seconds, OSError and OutputError. The lock file is not removed, since other processes
    may wait for it.
    """
    path = folder / _LOCK
    deadline = time.monotonic() + wait
    while True:
        descriptor = _open_lock(path)
        try:
            while not _try_lock(descriptor, path):
                if time.monotonic() >= deadline:
                    holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
                    name = f" (process {holder})" if holder else ""
                    raise BusyError(f"another build{name} is using {folder}; try again when it has finished")
                time.sleep(0.05)
            if not _is_at(path, descriptor):  # `clean` has removed it
                continue
            with contextlib.suppress(OSError):  # it is for the message above only
                os.write(descriptor, f"{os.getpid():<20}\n".encode())  # padded, since truncating is slow
            yield
            return
        finally:
            os.close(descriptor)


def _open_lock(path: Path) -> int:
    while True:
        if not is_folder(str(path.parent)):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
        except FileNotFoundError:  # `clean` has just removed the folder
            if path.parent.is_dir():
                raise


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether an open file is still at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _try_lock(descriptor: int, path: Path) -> bool:
    try:
        if os.name == "nt":
            import msvcrt  # noqa: PLC0415 - Windows only

            os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)  # unused, since locked bytes cannot be read
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
        error.filename = str(path)
        raise
    return True
