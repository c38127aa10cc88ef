"""The output folder: compare it with the files that should be there, write them, clean it.

A file belongs to sitegen if its mark says so (`ownership`); nothing else is ever changed or removed. Files are staged
in `.sitegen` and then, under a lock, renamed into their places. The state of the last build is removed before the first
of these renames, and the new one is written after the last, so that after a crash the next build starts from what is on
disk. `.sitegen` is a cache: it ignores itself in git, and can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any, Literal, NamedTuple

from sitegen.build.records import NOTHING, ChangedError, Entry, State, dumps, is_state, loads
from sitegen.build.scan import stat_of
from sitegen.frozen import frozen
from sitegen.output_paths import path_problem
from sitegen.ownership import digest_of, read_mark
from sitegen.replacing import (
    STATE,
    BusyError,
    Folders,
    HalfWrittenError,
    OutputError,
    is_file,
    is_folder,
    locked,
    move,
    next_tick,
    remove,
    remove_empty_folders,
    replace,
    write_new,
)

_WAIT = 10.0  # seconds for the lock
CHECKSUM = 64  # hexadecimal digits at the beginning of packed units

Kind = Literal["unchanged", "missing", "stale", "edited", "foreign", "left over", "edited left over"]
_TO_WRITE = ("missing", "stale", "edited", "foreign")


@frozen
class Planned:
    """The files that should be in a folder, of the groups whose days are in `as_of`.

    `kept` are those that the last build left and nobody has touched since; all others are in `stage`, where they are to
    be written. Below the folders `roots`, files with a mark that `is_own`, and that no state knows, are orphaned.
    """

    files: Mapping[str, Entry]
    as_of: Mapping[str, str]
    kept: Collection[str] = ()
    roots: Sequence[str] = ()
    is_own: Callable[[str, str], bool] = lambda *_: False


@frozen
class Difference:
    """How a path of the folder differs from what should be there."""

    path: str
    kind: Kind


@frozen
class Written:
    """What a write did. `kept` are orphaned files that were edited, `overwritten` those that `--force` took over.

    `differences` has each file that was planned, and each orphaned one, as it was before.
    """

    written: int
    unchanged: int
    removed: int
    kept: tuple[str, ...]
    overwritten: tuple[str, ...] = ()
    differences: Sequence[Difference] = field(default=(), repr=False, compare=False)


# --- the state -----------------------------------------------------------------------


def read_state(folder: Path) -> State:
    """The state that the last build left in a folder; `NOTHING` where there is none that can be read."""
    state = loads(_read(folder, "state"))
    return state if is_state(state) else NOTHING


def read_units(folder: Path, state: State) -> Any:
    """The units that belong to a state; None where they are those of another one, or damaged."""
    data = _read(folder, "units")
    return loads(data) if state.units and data[:CHECKSUM] == state.units else None


def packed(units: object) -> bytes:
    """Units as bytes, which begin with their checksum."""
    return dumps(units)


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


# --- staging -------------------------------------------------------------------------


class Stage:
    """A folder of files on their way to the output. Those whose digest is `known` to be in place are not staged.

    Worker processes share it: each writes files of its own.
    """

    is_shared = True

    def __init__(self, folder: Path, known: Mapping[str, str]) -> None:
        self.folder = f"{folder}/{STATE}/stage-{os.getpid()}"
        self._known = known
        self._output = folder
        self._is_made = False

    def put(self, path: str, digest: str, data: bytes) -> None:
        """Stage a file of the output. Raises OSError, OutputError and ChangedError."""
        if self._known.get(path) == digest:
            return
        if not self._is_made:
            if is_folder(f"{self._output}/{STATE}"):
                is_folder(self.folder)
            Path(self.folder).mkdir(parents=True, exist_ok=True)
            self._is_made = True
        try:
            write_new(self.place(path), data)
        except FileNotFoundError as error:  # the whole folder is gone, since somebody cleans the output
            raise ChangedError(path) from error

    def place(self, path: str) -> str:
        """Where a file is staged."""
        return f"{self.folder}/{path.replace('/', '!')}"

    def kept(self, files: Mapping[str, Entry]) -> set[str]:
        """Those of some files that are known to be in place."""
        return {path for path, entry in files.items() if self._known.get(path) == entry.digest}

    def text(self, path: str) -> str:
        """The text of a staged file. Raises ChangedError and OSError."""
        try:
            return Path(self.place(path)).read_text("utf-8")
        except FileNotFoundError as error:
            raise ChangedError(path) from error

    def close(self) -> None:
        """Remove what is still staged, and the folders that were made for nothing else."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for folder in (f"{self._output}/{STATE}", str(self._output)):
            with contextlib.suppress(OSError):
                os.rmdir(folder)  # noqa: PTH106


class Memory:
    """The same in memory. Of files whose digest is `known`, none is kept."""

    is_shared = False

    def __init__(self, known: Mapping[str, str]) -> None:
        self.files: dict[str, bytes] = {}
        self._known = known

    def put(self, path: str, digest: str, data: bytes) -> None:
        """Keep a file."""
        if self._known.get(path) != digest:
            self.files[path] = data

    def text(self, path: str) -> str:
        """The text of a file."""
        return self.files[path].decode()

    def close(self) -> None:
        """Nothing is left to do."""


# --- comparing -----------------------------------------------------------------------


class _Found(NamedTuple):
    """A file on disk: the digest of its content, its mark, its stat, and whether it is as sitegen wrote it."""

    digest: str
    tag: str
    stat: str
    is_intact: bool
    is_marked: bool = True


class _Disk:
    """The files of a folder. Links are not followed.

    `is_touched` states that files are not as the `known` ones were left, as after a checkout, or nothing is known.
    """

    def __init__(self, folder: Path, known: Mapping[str, Entry], now: int) -> None:
        self.root = str(folder)
        self.folders = Folders(self.root)
        self._known = known
        self._now = now
        self.is_touched = not known

    def look(self, path: str) -> _Found | None:
        """A file; None where there is none. One with the stat that is known is not read. Raises OutputError."""
        if not self.folders.exists(path.rpartition("/")[0]):
            return None
        target = f"{self.root}/{path}"
        try:
            status = os.lstat(target)
            known = self._known.get(path)
            if known is not None and known.stat and stat_of(status) == known.stat:
                return _Found(known.digest, "", known.stat, is_intact=True)
            self.is_touched |= known is not None
            if stat.S_ISDIR(status.st_mode):
                raise OutputError(f"{Path(target)} is a folder; a file is to be written there")
            if not stat.S_ISREG(status.st_mode):
                return _Found("", "", "", is_intact=False, is_marked=False)
            mark, content = read_mark(Path(target).read_bytes())
        except FileNotFoundError:
            return None
        digest = digest_of(content)
        if mark is None:
            return _Found(digest, "", "", is_intact=False, is_marked=False)
        return _Found(digest, mark.tag, stat_of(status, self._now), is_intact=mark.digest == digest)


class _Compared(NamedTuple):
    """What differs, and the files that are in place, with their stat."""

    differences: list[Difference]
    in_place: dict[str, Entry]


def compare(folder: Path, known: Mapping[str, Entry], planned: Planned) -> list[Difference]:
    """Compare a folder with the files that should be there. `known` are those that a build left.

    Raises OutputError where a path of the folder cannot be used, and OSError.
    """
    disk = _Disk(folder, known, 0)
    disk.is_touched = True
    return _compare(disk, known, planned).differences


def _compare(disk: _Disk, known: Mapping[str, Entry], planned: Planned) -> _Compared:
    found: list[Difference] = []
    in_place: dict[str, Entry] = {}
    for path in sorted(planned.files.keys() - set(planned.kept)):
        kind, stat_ = _kind(disk.look(path), planned.files[path], is_known=path in known)
        found.append(Difference(path, kind))
        if kind == "unchanged":
            in_place[path] = planned.files[path]._replace(stat=stat_)
    orphaned = {path for path, entry in known.items() if path not in planned.files and entry.group in planned.as_of}
    if disk.is_touched:
        orphaned |= set(_unknown(disk, known, planned))
    for path in sorted(orphaned):
        there = disk.look(path) if not path_problem(path) else None
        if there is not None:
            found.append(Difference(path, "left over" if there.is_intact else "edited left over"))
    return _Compared(found, in_place)


def _kind(there: _Found | None, entry: Entry, *, is_known: bool) -> tuple[Kind, str]:
    """How a file on disk differs from a planned one, and its stat."""
    if there is None:
        return "missing", ""
    if there.is_intact:
        return ("unchanged" if there.digest == entry.digest else "stale"), there.stat
    if there.digest == entry.digest and not there.is_marked:
        return "stale", ""  # the same but for its mark
    return ("edited" if is_known or there.is_marked else "foreign"), ""


def _unknown(disk: _Disk, known: Mapping[str, Entry], planned: Planned) -> Iterator[str]:
    """Files of this site that no build knows of, such as those of a clone, or of a build that was killed."""
    folders = [root for root in planned.roots if disk.folders.exists(root)]
    for folder in folders:  # which grows meanwhile
        for entry in _entries(f"{disk.root}/{folder}"):
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                folders.append(path)
            elif path not in known and path not in planned.files and entry.is_file(follow_symlinks=False):
                with contextlib.suppress(PermissionError):
                    there = disk.look(path)
                    if there is not None and there.tag and planned.is_own(path, there.tag):
                        yield path


def _entries(folder: str) -> Sequence[os.DirEntry[str]]:
    """What is in a folder, in order; nothing where this user may not read it, so that no build of theirs wrote it."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return ()


def look(folder: Path, path: str) -> str | None:
    """The digest of the content of a file; None where there is none. Raises OSError and OutputError."""
    there = _Disk(folder, {}, 0).look(path)
    return there.digest if there is not None else None


def read_on_disk(folder: Path, path: str) -> str:
    """The text of a file of the folder, for a diff."""
    target = folder / path
    if target.is_symlink():
        return f"a link to {target.readlink()}"
    return target.read_bytes().decode("utf-8", "replace") if target.is_file() else "not a file"


# --- writing -------------------------------------------------------------------------


def write(
    folder: Path,
    before: State,
    planned: Planned,
    stage: Stage,
    after: tuple[State, bytes],
    *,
    refuse: Sequence[Kind],
    tick: Callable[[int, int], None] = lambda *_: None,
) -> Written | list[Difference]:
    """Make the folder contain the planned files, and leave a state with the files of all groups.

    `before` is the state that the plan was made from, `after` the next one with its packed units. Returns the
    differences of the kinds in `refuse`, and changes nothing then. Raises ChangedError where the folder has another
    state by now or a file is not staged, OutputError, BusyError, OSError, and HalfWrittenError where files are new or
    gone by then.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, _WAIT):
        _ignore_itself(folder)
        known = read_state(folder)
        if known.units != before.units:
            raise ChangedError(STATE)
        for other in {*folder.glob(f"{STATE}/stage-*")} - {Path(stage.folder)}:  # killed, or to be built again
            shutil.rmtree(other, ignore_errors=True)
        disk = _Disk(folder, known.files, next_tick(folder))
        found, in_place = _compare(disk, known.files, planned)
        if refused := [difference for difference in found if difference.kind in refuse]:
            return refused
        changed = [d.path for d in found if d.kind in _TO_WRITE]
        removed = [d.path for d in found if d.kind == "left over"]
        edited = tuple(d.path for d in found if d.kind == "edited left over")
        done: list[str] = []
        try:
            new = _commit(disk, planned, stage, changed, removed, tick, done)
        except OSError as error:
            if done:
                raise HalfWrittenError(error, [f"{folder}/{path}" for path in done]) from None
            raise
        gone = {path for path, entry in known.files.items() if entry.group in planned.as_of} - planned.files.keys()
        remove_empty_folders(str(folder), [path for path in {*gone, *removed} if not path_problem(path)])
        others = {path: entry for path, entry in known.files.items() if path not in gone}
        others |= {path: known.files.get(path, Entry("", next(iter(planned.as_of)))) for path in edited}
        kept = {path: known.files[path] for path in planned.kept}
        state, units = after
        _write_state(folder, replace_fields(state, files={**others, **kept, **in_place, **new}), units)
    overwritten = tuple(d.path for d in found if d.kind == "edited")
    return Written(len(changed), len(planned.files) - len(changed), len(removed), edited, overwritten, found)


def _ignore_itself(folder: Path) -> None:
    """Keep git away from the cache, so that it needs no line in a `.gitignore` of the site."""
    path = folder / STATE / ".gitignore"
    if not is_file(str(path)):
        replace(str(path), b"*\n")


def _write_state(folder: Path, state: State, units: bytes) -> None:
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


def _commit(
    disk: _Disk,
    planned: Planned,
    stage: Stage,
    changed: Sequence[str],
    removed: Sequence[str],
    tick: Callable[[int, int], None],
    done: list[str],
) -> dict[str, Entry]:
    """Move the changed files from the stage into place and remove others. Returns the entries of the changed files.

    What is new or gone is added to `done`. A fault before the first rename changes nothing.
    """
    folder = Path(disk.root)
    made: list[str] = []
    if not changed and not removed:
        return {}
    try:
        for path in changed:
            if not os.path.lexists(stage.place(path)):
                raise ChangedError(path)
            disk.folders.make(path.rpartition("/")[0], made)
        remove(f"{folder}/{STATE}/state")
        written_before = next_tick(folder)
        for number, path in enumerate(changed):
            tick(number, len(changed))
            move(stage.place(path), f"{disk.root}/{path}")
            done.append(path)
    except BaseException:
        for created in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(created)  # noqa: PTH106
        raise
    for path in removed:
        remove(f"{disk.root}/{path}")
        done.append(path)
    return _with_stat(folder, {path: planned.files[path] for path in changed}, written_before)


def _with_stat(folder: Path, files: Mapping[str, Entry], written_before: int) -> dict[str, Entry]:
    """The entries of files that have just been written, with their stat, unless they were changed again since."""
    now = next_tick(folder)
    found = dict(files)
    for path, entry in files.items():
        with contextlib.suppress(OSError):
            status = os.lstat(f"{folder}/{path}")
            if status.st_mtime_ns < written_before:
                found[path] = entry._replace(stat=stat_of(status, now))
    return found


def clean(folder: Path, *layouts: Planned) -> Written:
    """Remove the files that builds have written, and the folders that are empty then.

    `layouts` recognize files that no state knows of. A file that was edited is kept. Raises as `write` does.
    """
    if not folder.is_dir():
        return Written(0, 0, 0, ())
    with locked(folder, _WAIT):
        known = read_state(folder).files
        remove(f"{folder}/{STATE}/state")
        disk = _Disk(folder, known, 0)
        paths = {path for path in known if not path_problem(path)}
        paths.update(path for layout in layouts for path in _unknown(disk, known, layout))
        found = {path: there for path in sorted(paths) if (there := disk.look(path)) is not None}
        removed = [path for path, there in found.items() if there.is_intact]
        for path in removed:
            remove(f"{folder}/{path}")
        remove_empty_folders(str(folder), paths)
        shutil.rmtree(folder / STATE, ignore_errors=True)
    with contextlib.suppress(OSError):
        folder.rmdir()
    return Written(0, 0, len(removed), tuple(path for path in found if path not in removed))
