"""Files and folders on disk: written as a whole or not at all, below real folders only, under a lock."""

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
_TICK = 0.02  # seconds: longer than a tick of the clock of any but old file systems
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class OutputError(Exception):
    """The output folder cannot be used; the message states why and what to do."""


class BusyError(Exception):
    """Another process holds the lock; the message names it."""


class HalfWrittenError(OSError):
    """A write failed when some files were in place already: the `paths` of those that are new or gone."""

    def __init__(self, error: OSError, paths: Iterable[str]) -> None:
        super().__init__(error.errno, error.strerror or str(error), error.filename)
        self.paths = tuple(paths)


# --- files ---------------------------------------------------------------------------


def write_new(path: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file, with a mode whatever the umask. Raises OSError, which names the file."""
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
        error.filename = path  # the system names it only where the file cannot be opened
        raise


def move(path: str, target: str) -> None:
    """Move a file into its place. Raises OSError, which names the place."""
    try:
        os.replace(path, target)  # noqa: PTH105 - thousands of times
    except OSError as error:
        error.filename, error.filename2 = target, None
        raise


def replace(target: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file as a whole or not at all. Raises OSError."""
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
    """Write a file of the site itself, as a whole or not at all. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target.as_posix(), data, mode)


def is_file(path: str) -> bool:
    """Whether there is a regular file, and no link."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108 - thousands of times


# --- folders -------------------------------------------------------------------------


def is_folder(path: str) -> bool:
    """Whether there is a folder. Raises OutputError where something else is there, such as a link to one."""
    try:
        mode = os.lstat(path).st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISDIR(mode):
        what = "a link" if stat.S_ISLNK(mode) else "not a folder"
        raise OutputError(f"{Path(path)} is {what}; sitegen writes below real folders only")
    return True


class Folders:
    """The folders below a root, each looked at once. Links are not followed; each path is relative to the root."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._there: dict[str, bool] = {"": Path(root).is_dir()}

    def exists(self, folder: str) -> bool:
        """Whether a folder is there. Raises OutputError where it, or one above it, is something else."""
        found = self._there.get(folder)
        if found is None:
            found = self.exists(folder.rpartition("/")[0]) and is_folder(f"{self._root}/{folder}")
            self._there[folder] = found
        return found

    def make(self, folder: str, made: list[str]) -> None:
        """Make a folder with its parents. Adds those that are new to `made`. Raises OSError and OutputError."""
        if self.exists(folder):
            return
        self.make(folder.rpartition("/")[0], made)
        full = f"{self._root}/{folder}"
        try:
            os.mkdir(full)  # noqa: PTH102
            made.append(full)
        except FileExistsError:
            is_folder(full)
        self._there[folder] = True


def remove_empty_folders(root: str, paths: Iterable[str]) -> None:
    """Remove the folders of files that are gone, where nothing else is in them."""
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
    """Remove a folder with all that is in it, as far as that can be done."""
    import shutil  # noqa: PLC0415 - a build that has nothing to do does not need it

    shutil.rmtree(folder, ignore_errors=True)


# --- the lock ------------------------------------------------------------------------


def next_tick(folder: Path) -> int:
    """Wait until the clock of the file system moves on, so that whatever changes later has a later time.

    Returns that time in nanoseconds. Gives up where the clock is slow, and returns 0 where it cannot be read.
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
    """Hold the kernel lock of a folder; it ends with the process, however that ends.

    Raises BusyError after `wait` seconds, OSError and OutputError. The file of the lock stays, since others may wait,
    unless the whole folder is cleaned.
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
                    raise BusyError(f"another build{name} holds {folder}; try again when it is done")
                time.sleep(0.05)
            if not _is_at(path, descriptor):  # `clean` has removed it
                continue
            with contextlib.suppress(OSError):  # only those that wait want to know who holds it
                os.write(descriptor, f"{os.getpid():<20}\n".encode())  # of one length, since to truncate is slow
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
    """Whether a file that is open is still at a path."""
    try:
        return os.path.samestat(os.fstat(descriptor), os.lstat(path))
    except FileNotFoundError:
        return False


def _try_lock(descriptor: int, path: Path) -> bool:
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
        error.filename = str(path)
        raise
    return True
