"""The output folder: compare it with the files that should be there, write them, clean it.

A file belongs to sitegen if its mark says so (`ownership`); nothing else is ever changed or removed. Files are staged
in `.sitegen` and then, under a lock, renamed into their places. The state of the last build is removed before the first
of these renames, and the new one is written after the last, so that after a crash the next build starts from what is on
disk. `.sitegen` is a cache: it ignores itself in git, and can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from sitegen.build.records import ChangedError, Entry, State
from sitegen.build.scan import stat_of
from sitegen.build.state import read_state, write_state
from sitegen.files.atomic import (
    STATE,
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
    remove_tree,
    replace,
    write_new,
)
from sitegen.files.ownership import Mark, digest_of, is_conflict, read_mark
from sitegen.frozen import frozen

if TYPE_CHECKING:
    from sitegen.build.link import Linked
    from sitegen.build.project import Layout
    from sitegen.site.settings import Settings

_WAIT = 10.0  # seconds for the lock
_ABANDONED = 86_400.0  # seconds after which nobody builds any more what was staged

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


def planned_for(settings: Settings, layout: Layout) -> Planned:
    """What a layout needs to recognize the files of a site, without files."""
    return Planned({}, {}, (), layout.roots(settings), lambda path, tag: layout.is_own(settings, path, tag))


def planned_of(linked: Linked, kept: Collection[str] = ()) -> Planned:
    """The files of a site, for `output.write`."""
    planned = planned_for(linked.project.site.settings, linked.project.layout)
    return replace_fields(planned, files=linked.files, as_of=linked.as_of, kept=kept)


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


# --- staging -------------------------------------------------------------------------


class Stage:
    """A folder of files on their way to the output. Those whose mark is `known` to be in place are not staged.

    Worker processes share it: each writes files of its own.
    """

    is_shared = True

    def __init__(self, folder: Path, known: Mapping[str, str]) -> None:
        self.folder = f"{folder}/{STATE}/stage-{os.getpid()}"
        self._known = known
        self._output = folder
        self._is_made = False

    def put(self, path: str, mark: str, data: bytes) -> None:
        """Stage a file of the output. Raises OSError, OutputError and ChangedError."""
        if self._known.get(path) == mark:
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
        return {path for path, entry in files.items() if self._known.get(path) == entry.mark}

    def text(self, path: str) -> str:
        """The text of a staged file. Raises ChangedError and OSError."""
        try:
            return Path(self.place(path)).read_text("utf-8")
        except FileNotFoundError as error:
            raise ChangedError(path) from error

    def close(self) -> None:
        """Remove what is still staged, and the folders that were made for nothing else."""
        remove_tree(self.folder)
        for folder in (f"{self._output}/{STATE}", str(self._output)):
            with contextlib.suppress(OSError):
                os.rmdir(folder)  # noqa: PTH106


class Memory:
    """The same in memory. Of files whose mark is `known`, none is kept."""

    is_shared = False

    def __init__(self, known: Mapping[str, str]) -> None:
        self.files: dict[str, bytes] = {}
        self._known = known

    def put(self, path: str, mark: str, data: bytes) -> None:
        """Keep a file."""
        if self._known.get(path) != mark:
            self.files[path] = data

    def text(self, path: str) -> str:
        """The text of a file."""
        return self.files[path].decode()

    def close(self) -> None:
        """Nothing is left to do."""


# --- comparing -----------------------------------------------------------------------


class _Found(NamedTuple):
    """A file on disk: its mark, with the digest that it should have, its stat, and whether sitegen wrote it like this.

    A file without a mark has no tag.
    """

    mark: Mark
    stat: str
    is_intact: bool


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
                tag, _, digest = known.mark.partition(":")
                return _Found(Mark(tag, digest), known.stat, is_intact=True)
            self.is_touched |= known is not None
            if stat.S_ISDIR(status.st_mode):
                raise OutputError(f"{Path(target)} is a folder; a file is to be written there")
            if not stat.S_ISREG(status.st_mode):
                return _Found(Mark("", ""), "", is_intact=False)
            data = Path(target).read_bytes()
            mark, content = read_mark(data)
        except FileNotFoundError:
            return None
        found = Mark(mark.tag if mark else "", digest_of(content))
        return _Found(found, stat_of(status, self._now), is_intact=found == mark or is_conflict(data))

    def are_one(self, path: str, other: str | None) -> bool:
        """Whether two paths lead to one file, as those that differ in case only do on macOS and Windows."""
        there = f"{self.root}/{other}"
        return other is not None and os.path.lexists(there) and os.path.samefile(f"{self.root}/{path}", there)  # noqa: PTH121


class _Compared(NamedTuple):
    """What differs, and the files that are in place, with their stat."""

    differences: list[Difference]
    in_place: dict[str, Entry]


def _known(state: State, key: Mapping[str, str]) -> Mapping[str, Entry]:
    """The files that a state knows of; none where it is of another site, whose files are not orphaned."""
    return state.files if state.key.get("root") == key.get("root") else {}


def compare(folder: Path, before: State, planned: Planned, after: State) -> list[Difference]:
    """Compare a folder with the files that should be there. `before` is the state that a build left.

    Raises OutputError where a path of the folder cannot be used, and OSError.
    """
    known = _known(before, after.key)
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
    by_case = {path.casefold(): path for path in planned.files} if orphaned else {}
    for path in sorted(orphaned):
        there = disk.look(path) if is_possible(path) else None
        if there is not None and not disk.are_one(path, by_case.get(path.casefold())):
            found.append(Difference(path, "left over" if there.is_intact else "edited left over"))
    return _Compared(found, in_place)


def _kind(there: _Found | None, entry: Entry, *, is_known: bool) -> tuple[Kind, str]:
    """How a file on disk differs from a planned one, and its stat."""
    if there is None:
        return "missing", ""
    if there.is_intact:
        return ("unchanged" if str(there.mark) == entry.mark else "stale"), there.stat
    if not there.mark.tag and entry.mark.endswith(f":{there.mark.digest}"):
        return "stale", ""  # the same but for its mark
    return ("edited" if is_known or there.mark.tag else "foreign"), ""


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
                    if there is not None and there.mark.tag and planned.is_own(path, there.mark.tag):
                        yield path


def _entries(folder: str) -> Sequence[os.DirEntry[str]]:
    """What is in a folder, in order; nothing where this user may not read it, so that no build of theirs wrote it."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return ()


def look(folder: Path, path: str) -> str | None:
    """The mark that a file should have; None where there is none. Raises OSError and OutputError."""
    there = _Disk(folder, {}, 0).look(path)
    return str(there.mark) if there is not None else None


def is_possible(path: str) -> bool:
    """Whether a path of a state, which anybody may have written, can be one of the output."""
    from sitegen.files.output_paths import path_problem  # noqa: PLC0415 - a build that has nothing to do does not need it

    return not path_problem(path)


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
        _tidy(folder / STATE)
        state, units = after
        last = read_state(folder)
        if last.units != before.units:
            raise ChangedError(STATE)
        known = _known(last, state.key)
        disk = _Disk(folder, known, next_tick(folder))
        found, in_place = _compare(disk, known, planned)
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
        gone = {path for path, entry in known.items() if entry.group in planned.as_of} - planned.files.keys()
        remove_empty_folders(str(folder), filter(is_possible, {*gone, *removed}))
        others = {path: entry for path, entry in known.items() if path not in gone}
        others |= {path: known.get(path, Entry("", next(iter(planned.as_of)))) for path in edited}
        kept = {path: last.files[path] for path in planned.kept}
        write_state(folder, state._replace(files={**others, **kept, **in_place, **new}), units)
    overwritten = tuple(d.path for d in found if d.kind == "edited")
    return Written(len(changed), len(planned.files) - len(changed), len(removed), edited, overwritten, found)


def _tidy(cache: Path) -> None:
    """Have the cache ignore itself in git, and remove what builds have staged that were killed long ago."""
    path = cache / ".gitignore"
    if not is_file(str(path)):
        replace(str(path), b"*\n")
    for stage in cache.glob("stage-*"):
        with contextlib.suppress(FileNotFoundError):  # another build has just removed its own
            if stage.lstat().st_mtime < time.time() - _ABANDONED:
                remove_tree(str(stage))


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
        paths = set(filter(is_possible, known))
        paths.update(path for layout in layouts for path in _unknown(disk, known, layout))
        found = {path: there for path in sorted(paths) if (there := disk.look(path)) is not None}
        removed = [path for path, there in found.items() if there.is_intact]
        for path in removed:
            remove(f"{folder}/{path}")
        remove_empty_folders(str(folder), paths)
        remove_tree(f"{folder}/{STATE}")
    with contextlib.suppress(OSError):
        folder.rmdir()
    return Written(0, 0, len(removed), tuple(path for path in found if path not in removed))
