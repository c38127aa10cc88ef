"""Replacing files of a folder safely: under a kernel lock, and each as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from sitegen.manifest import MANIFEST, PENDING, STATE

_LOCK = "lock"
_LOCKED_BYTE = 1 << 20
_TEMPORARY = ".sitegen-new-"
_TICK = 0.02  # seconds: longer than a tick of the clock of any but old file systems
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class OutputError(Exception):
    """The output folder cannot be used; the message says why and what to do."""


class HalfWrittenError(OSError):
    """A write failed when some files were in their places already: the `paths` of those that are new or gone."""

    def __init__(self, error: OSError, paths: Iterable[str]) -> None:
        super().__init__(error.errno, error.strerror or str(error), error.filename)
        self.paths = tuple(paths)


@contextlib.contextmanager
def naming(root: str) -> Iterator[list[str]]:
    """Let an error of the system name the paths that are in the list by then. Raises OSError, and HalfWrittenError."""
    done: list[str] = []
    try:
        yield done
    except OSError as error:
        if done:
            raise HalfWrittenError(error, [f"{root}/{path}" for path in done]) from None
        raise


class BusyError(Exception):
    """Another process holds the lock; the message names it."""


# --- files ---------------------------------------------------------------------------


def temporary(target: str) -> str:
    """Where a file is written before it is put into its place: beside it."""
    folder, separator, name = target.rpartition("/")
    return f"{folder}{separator}{_TEMPORARY}{name}"


def stage(target: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file beside its place, with the same mode whatever the umask."""
    beside = temporary(target)
    try:
        try:
            descriptor = os.open(beside, _NEW, 0o644)
        except FileExistsError:
            os.unlink(beside)  # noqa: PTH108 - here and below thousands of times
            descriptor = os.open(beside, _NEW, 0o644)
        try:
            if hasattr(os, "fchmod"):
                os.fchmod(descriptor, mode)
            while data := data[os.write(descriptor, data) :]:
                pass
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _naming(error, target) from None


def unstage(target: str) -> None:
    """Put a file that was written beside its place into it."""
    try:
        os.replace(temporary(target), target)  # noqa: PTH105
    except OSError as error:
        raise _naming(error, target) from None


def _naming(error: OSError, path: str) -> OSError:
    """Let an error of the system name the file that it is about."""
    error.filename, error.filename2 = path, None
    return error


def replace(target: str, data: bytes, mode: int = 0o644) -> None:
    """Write a file as a whole or not at all. Raises OSError."""
    try:
        stage(target, data, mode)
        unstage(target)
    except BaseException:
        with contextlib.suppress(OSError):
            remove(temporary(target))
        raise


def replace_file(target: Path, data: bytes, mode: int = 0o644) -> None:
    """Write a file of the site itself, as a whole or not at all. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    replace(target.as_posix(), data, mode)


def remove(path: str) -> None:
    """Remove a file, if it is there."""
    with contextlib.suppress(FileNotFoundError):
        os.unlink(path)  # noqa: PTH108


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


def make_folders(root: str, folder: str, there: dict[str, bool], made: list[str]) -> None:
    """Make a folder below the root with its parents, unless they are `there`. Notes those that are new."""
    missing = []
    while folder not in there:
        missing.append(folder)
        folder = folder.rpartition("/")[0]
    for path in reversed(missing):
        full = f"{root}/{path}"
        try:
            os.mkdir(full)  # noqa: PTH102
            made.append(full)
        except FileExistsError:
            is_folder(full)
        there[path] = True


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


# --- the lock ------------------------------------------------------------------------


def clock(folder: Path) -> int:
    """What the clock says that the file system gives to files, in nanoseconds; 0 where that cannot be known."""
    path = folder / STATE / _LOCK
    try:
        os.utime(path)
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def next_tick(folder: Path) -> int:
    """Wait until that clock moves on, so that whatever changes later has a later time. Gives up where it is slow."""
    deadline = time.monotonic() + _TICK
    before = now = clock(folder)
    while now == before and time.monotonic() < deadline:
        time.sleep(0.001)
        now = clock(folder)
    return now


@contextlib.contextmanager
def locked(folder: Path, wait: float) -> Iterator[None]:
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
        if not any((folder / STATE / name).exists() for name in (MANIFEST, PENDING)):
            with contextlib.suppress(OSError):
                path.unlink()
                path.parent.rmdir()
        os.close(descriptor)


def _lock(path: Path, deadline: float) -> int | None:
    """Lock a file and return its descriptor; None where another process removed the file meanwhile."""
    try:
        if not is_folder(str(path.parent)):
            path.parent.mkdir(parents=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o644)
    except (FileExistsError, FileNotFoundError):
        return None
    except OSError:
        with contextlib.suppress(OSError):
            path.parent.rmdir()
        raise
    try:
        while not _try_lock(descriptor):
            if time.monotonic() >= deadline:
                holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
                name = f" (process {holder})" if holder else ""
                raise BusyError(f"another build{name} holds {path.parent.parent}; try again when it is done")
            time.sleep(0.05)
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(descriptor), path.lstat()):
                return descriptor
    except OSError as error:
        os.close(descriptor)
        raise _naming(error, str(path)) from None
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
