"""The output folder: compare it with the linked site, write it, clean it.

A file belongs to sitegen if its mark shows that (`ownership`); no other file is ever changed or removed. Files are
staged in `.sitegen` and then, under a lock, renamed into place. The state of the last build is removed before the first
of these renames, and the new state is written after the last, so that after a crash the next build starts from what is
on disk. `.sitegen` is a cache: it ignores itself in git, and can be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from sitegen.build.link import Linked
from sitegen.build.project import Layout
from sitegen.build.records import ChangedError, Entry, Input, State
from sitegen.build.scan import digest, stat_of
from sitegen.build.staging import FolderStage
from sitegen.build.state import read_state, write_state
from sitegen.files.atomic import (
    STATE,
    Folders,
    HalfWrittenError,
    OutputError,
    is_file,
    locked,
    move,
    next_tick,
    remove,
    remove_empty_folders,
    remove_tree,
    replace,
)
from sitegen.files.output_paths import path_problem
from sitegen.files.ownership import Mark, digest_of, is_conflict, read_mark
from sitegen.frozen import frozen
from sitegen.site.regions import Refreshed
from sitegen.site.settings import Settings

_WAIT = 10.0  # seconds for the lock
_ABANDONED = 86_400.0  # seconds after which staged files are those of a build that was killed

DifferenceKind = Literal[
    "unchanged", "missing", "outdated", "other title", "edited", "foreign", "orphaned", "orphaned (edited)"
]
_TO_WRITE = ("missing", "outdated", "other title", "edited", "foreign")


@frozen
class Difference:
    """How a path of the folder differs from the linked site; or a file with regions, which differs from `line` on."""

    path: str
    kind: DifferenceKind
    line: int = 0


@frozen
class WriteSummary:
    """What a write changed: the numbers of files, and the paths of some.

    `kept` are orphaned files that were edited.
    """

    written: int
    unchanged: int
    removed: int
    kept: tuple[str, ...]


# The differences of each file of the site, and of each orphaned file; no summary if nothing was written.
Outcome = tuple[list[Difference], WriteSummary | None]


# --- comparing -----------------------------------------------------------------------


class _DiskFile(NamedTuple):
    """A file on disk: its mark with the digest of its content, its stat, and whether it is as sitegen wrote it.

    A file without a mark has no tag.
    """

    mark: Mark
    stat: str
    is_intact: bool


class _OutputFolder:
    """The files of an output folder. Links are not followed.

    `needs_scan` states that there may be files that no state lists: nothing is known, or known files have changed, as
    after a checkout.
    """

    def __init__(self, folder: Path, known: Mapping[str, Entry], now: int) -> None:
        self.root = str(folder)
        self.folders = Folders(self.root)
        self._known = known
        self._now = now
        self.needs_scan = not known

    def inspect(self, path: str) -> _DiskFile | None:
        """A file; None if it is missing. One whose stat is known is not read. Raises OSError and OutputError."""
        if not self.folders.exists(path.rpartition("/")[0]):
            return None
        target = f"{self.root}/{path}"
        try:
            status = os.lstat(target)
            known = self._known.get(path)
            if known is not None and known.stat and stat_of(status) == known.stat:
                tag, _, digest = known.mark.partition(":")
                return _DiskFile(Mark(tag, digest), known.stat, is_intact=True)
            self.needs_scan |= known is not None
            if stat.S_ISDIR(status.st_mode):
                raise OutputError(f"{Path(target)} is a folder, but a file must be written there")
            if not stat.S_ISREG(status.st_mode):
                return _DiskFile(Mark("", ""), "", is_intact=False)
            data = Path(target).read_bytes()
        except FileNotFoundError:
            return None
        mark, content = read_mark(data)
        actual = Mark(mark.tag if mark else "", digest_of(content))
        return _DiskFile(actual, stat_of(status, self._now), is_intact=actual == mark or is_conflict(data))

    def is_same_file(self, path: str, other: str | None) -> bool:
        """Whether two paths lead to one file, as those that differ only in case do on macOS and Windows."""
        target = f"{self.root}/{other}"
        return other is not None and os.path.lexists(target) and os.path.samefile(f"{self.root}/{path}", target)  # noqa: PTH121

    def unlisted(
        self, known: Collection[str], files: Collection[str], settings: Settings, layout: Layout
    ) -> Iterator[str]:
        """Files of a site that no state lists, such as those of a clone, or of a build that was killed."""
        folders = [root for root in layout.roots(settings) if self.folders.exists(root)]
        for folder in folders:  # grows in the loop
            for entry in _entries(f"{self.root}/{folder}"):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False) and not entry.name.startswith("."):
                    folders.append(path)
                elif path not in known and path not in files and entry.is_file(follow_symlinks=False):
                    with contextlib.suppress(PermissionError):
                        file = self.inspect(path)
                        if file is not None and file.mark.tag and layout.is_own(settings, path, file.mark.tag):
                            yield path


def _entries(folder: str) -> Sequence[os.DirEntry[str]]:
    """The entries of a folder by name; none if this user may not read it, so that none of their builds wrote it."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return ()


def _known_files(state: State, key: Mapping[str, str]) -> Mapping[str, Entry]:
    """The files of a state; none if it is that of another site, whose files are not orphaned."""
    return state.files if state.key.get("root") == key.get("root") else {}


def compare(folder: Path, before: State, linked: Linked, after: State) -> Outcome:
    """Compare a folder with a linked site. `before` is the state of the last build, `after` that of this one.

    Raises OutputError if a path of the folder cannot be used, and OSError.
    """
    known = _known_files(before, after.key)
    disk = _OutputFolder(folder, known, 0)
    disk.needs_scan = True
    differences, _ = _compare(disk, known, linked, ())
    return [*differences, *_region_differences(linked)], None


def _compare(
    disk: _OutputFolder, known: Mapping[str, Entry], linked: Linked, kept: Collection[str]
) -> tuple[list[Difference], dict[str, Entry]]:
    """The differences from a linked site, and the files that are in place, with their stat.

    The `kept` files are not compared: no file of the last build that is to be kept has changed since.
    """
    differences: list[Difference] = []
    in_place: dict[str, Entry] = {}
    for path in sorted(linked.files.keys() - set(kept)):
        kind, stat_ = _difference(disk.inspect(path), linked.files[path], is_known=path in known)
        differences.append(Difference(path, kind))
        if kind == "unchanged":
            in_place[path] = linked.files[path]._replace(stat=stat_)
    orphaned = {path for path, entry in known.items() if path not in linked.files and entry.group in linked.as_of}
    if disk.needs_scan:
        orphaned.update(disk.unlisted(known, linked.files, linked.project.site.settings, linked.project.layout))
    by_case = {path.casefold(): path for path in linked.files} if orphaned else {}
    for path in sorted(orphaned):
        file = disk.inspect(path) if _is_possible(path) else None
        if file is not None and not disk.is_same_file(path, by_case.get(path.casefold())):
            differences.append(Difference(path, "orphaned" if file.is_intact else "orphaned (edited)"))
    return differences, in_place


def _region_differences(linked: Linked) -> Iterator[Difference]:
    """The differences of the files with regions, whose paths are absolute."""
    for file in linked.refreshed:
        kind: DifferenceKind = "edited" if file.is_overwritten else "outdated"
        yield Difference(file.path.path, "unchanged" if file.before == file.after else kind, file.line)


def _difference(file: _DiskFile | None, entry: Entry, *, is_known: bool) -> tuple[DifferenceKind, str]:
    """How a file on disk differs from an entry, and its stat."""
    if file is None:
        return "missing", ""
    if file.is_intact:
        is_own = is_known or not file.mark.tag or entry.mark.startswith(f"{file.mark.tag}:")
        kind: DifferenceKind = "unchanged" if str(file.mark) == entry.mark else "outdated" if is_own else "other title"
        return kind, file.stat
    if not file.mark.tag and entry.mark.endswith(f":{file.mark.digest}"):
        return "outdated", ""  # only the mark is missing
    return ("edited" if is_known or file.mark.tag else "foreign"), ""


def _is_possible(path: str) -> bool:
    """Whether a path of a state, which may be forged, can be one of the output."""
    return not path_problem(path)


def mark_on_disk(folder: Path, path: str) -> str | None:
    """The mark that fits the content of a file; None if there is no file. Raises OSError and OutputError."""
    file = _OutputFolder(folder, {}, 0).inspect(path)
    return str(file.mark) if file is not None else None


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
    linked: Linked,
    stage: FolderStage,
    state: State,
    *,
    refuse: Collection[DifferenceKind],
    tick: Callable[[int, int], None],
) -> Outcome:
    """Write a linked site into the folder, and its state, which gets the files of all groups.

    `before` is the state that the build started from. If there are differences of a kind in `refuse`, returns only
    these, and changes nothing. Raises ChangedError if the folder has another state by now or a file is not staged,
    OutputError, BusyError, OSError, and HalfWrittenError if some files are written or removed already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, _WAIT):
        _tidy(folder / STATE)
        last = read_state(folder)
        if last.units != before.units:
            raise ChangedError(STATE)
        known = _known_files(last, state.key)
        disk = _OutputFolder(folder, known, next_tick(folder))
        kept, new = stage.kept(linked.files), dict[str, Entry]()
        differences, in_place = _compare(disk, known, linked, kept)
        if refused := [difference for difference in differences if difference.kind in refuse]:
            return refused, None
        changed = [d.path for d in differences if d.kind in _TO_WRITE]
        removed = [d.path for d in differences if d.kind == "orphaned"]
        edited = tuple(d.path for d in differences if d.kind == "orphaned (edited)")
        regions = [file for file in linked.refreshed if file.before != file.after]
        if changed or removed or regions:
            new = _move_into_place(disk, linked.files, stage, changed, removed, regions, tick)
        gone = {path for path, entry in known.items() if entry.group in linked.as_of} - linked.files.keys()
        remove_empty_folders(str(folder), filter(_is_possible, {*gone, *removed}))
        files = {path: entry for path, entry in known.items() if path not in gone}
        files |= {path: known.get(path, Entry("", next(iter(linked.as_of)))) for path in edited}
        files |= {path: last.files[path] for path in kept} | in_place | new
        inputs = {**state.inputs, **{file.path.name: Input(digest(file.after)) for file in regions}}
        write_state(folder, state._replace(files=files, inputs=inputs), (linked.units, linked.site))
    differences += _region_differences(linked)
    unchanged = len(linked.files) - len(changed)
    return differences, WriteSummary(len(changed) + len(regions), unchanged, len(removed), edited)


def _tidy(cache: Path) -> None:
    """Make the cache ignore itself in git, and remove the staged files of builds that were killed long ago."""
    path = cache / ".gitignore"
    if not is_file(str(path)):
        replace(str(path), b"*\n")
    for stage in cache.glob("stage-*"):
        with contextlib.suppress(FileNotFoundError):  # another build has just removed its own
            if stage.lstat().st_mtime < time.time() - _ABANDONED:
                remove_tree(str(stage))


def _move_into_place(
    disk: _OutputFolder,
    files: Mapping[str, Entry],
    stage: FolderStage,
    changed: Sequence[str],
    removed: Sequence[str],
    regions: Sequence[Refreshed],
    tick: Callable[[int, int], None],
) -> dict[str, Entry]:
    """Move the changed files from the stage into place, remove others, and replace those with regions.

    Returns the entries of the changed files.

    An error before the first rename changes nothing. Raises HalfWrittenError for a later OSError.
    """
    made: list[str] = []
    done: list[str] = []
    try:
        for path in changed:
            if not os.path.lexists(stage.place(path)):
                raise ChangedError(path)
            disk.folders.make(path.rpartition("/")[0], made)
        for file in regions:
            if Path(file.path.path).read_bytes() != file.before:
                raise ChangedError(file.path.name)
        remove(f"{disk.root}/{STATE}/state")
        written_before = next_tick(Path(disk.root))
        for file in regions:
            replace(file.path.path, file.after, stat.S_IMODE(os.stat(file.path.path).st_mode))  # noqa: PTH116
            done.append(file.path.path)
        for number, path in enumerate(changed):
            tick(number, len(changed))
            move(stage.place(path), f"{disk.root}/{path}")
            done.append(f"{disk.root}/{path}")
        for path in removed:
            remove(f"{disk.root}/{path}")
            done.append(f"{disk.root}/{path}")
    except BaseException as error:
        for created in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(created)  # noqa: PTH106
        if done and isinstance(error, OSError):
            raise HalfWrittenError(error, done) from None
        raise
    return _with_stat(Path(disk.root), {path: files[path] for path in changed}, written_before)


def _with_stat(folder: Path, files: Mapping[str, Entry], written_before: int) -> dict[str, Entry]:
    """The entries of files that have just been written, with their stat, unless they were changed again since."""
    now = next_tick(folder)
    entries = dict(files)
    for path, entry in files.items():
        with contextlib.suppress(OSError):
            status = os.lstat(f"{folder}/{path}")
            if status.st_mtime_ns < written_before:
                entries[path] = entry._replace(stat=stat_of(status, now))
    return entries


def clean(folder: Path, settings: Settings, layouts: Sequence[Layout]) -> WriteSummary:
    """Remove the files that builds wrote with some layouts, and the folders that are empty then.

    A file that was edited is kept. Raises OutputError, BusyError and OSError.
    """
    if not folder.is_dir():
        return WriteSummary(0, 0, 0, ())
    with locked(folder, _WAIT):
        known = read_state(folder).files
        remove(f"{folder}/{STATE}/state")
        disk = _OutputFolder(folder, known, 0)
        paths = set(filter(_is_possible, known))
        paths.update(path for layout in layouts for path in disk.unlisted(known, (), settings, layout))
        files = {path: file for path in sorted(paths) if (file := disk.inspect(path)) is not None}
        removed = [path for path, file in files.items() if file.is_intact]
        for path in removed:
            remove(f"{folder}/{path}")
        remove_empty_folders(str(folder), paths)
        remove_tree(f"{folder}/{STATE}")
    with contextlib.suppress(OSError):
        folder.rmdir()
    return WriteSummary(0, 0, len(removed), tuple(path for path in files if path not in removed))
