"""The output folder: compare it with what should be there, write it, clean it.

The only module that writes. What is in the folder and belongs to sitegen is named in
`.sitegen/manifest` with its hash; nothing else is ever changed or removed. Writing
happens under a kernel lock: first every new file beside its place, then the renames,
last the manifest. `.sitegen/pending` names the files that are on their way; where
a run was killed, the next one finds it there and first makes the manifest true again.

There may be many files, so each is made, hashed and written by itself, and one that has the
signature that the manifest notes is not read.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

from sitegen import manifest as manifests
from sitegen.build_record import RECORD
from sitegen.frozen import frozen
from sitegen.manifest import MANIFEST, PENDING, STATE, Entry, Manifest, differing, folders_of, hash_of, sign
from sitegen.output_paths import path_problem
from sitegen.replacing import (
    BusyError,
    OutputError,
    clock,
    is_folder,
    locked,
    make_folders,
    naming,
    next_tick,
    remove,
    remove_empty_folders,
    replace,
    stage,
    temporary,
    unstage,
)
from sitegen.sources import read_noted

_NO_FILE = "not a file"  # stands for the hash of a link, a pipe or a device
_ENCODED_AT_MOST = 1 << 23

Kind = Literal["unchanged", "missing", "stale", "edited", "foreign", "left over", "edited left over"]
_TO_WRITE = ("missing", "stale", "edited", "foreign")


class ChangedError(Exception):
    """What a build wanted to keep has been changed meanwhile; it has to make it again."""


@frozen
class Planned:
    """A file that should be there: the parts of its text. `group` names what it is built together with: its dialect.

    One that is `elsewhere` has no parts here.
    """

    parts: tuple[str, ...]
    group: str
    elsewhere: bool = False

    @property
    def data(self) -> bytes:
        """What the file holds."""
        return "".join(self.parts).encode()


class Elsewhere(Protocol):
    """A process that holds the texts of some files. It is asked first, and answers when it has done its work."""

    def ask(self, paths: Sequence[str], root: str = "") -> None:
        """Ask for the hashes of files. Below a `root` they are to be staged, too."""

    def answer(self) -> dict[str, str]:
        """The hashes of these files. Raises OSError, and LostError where the process has ended."""


@frozen
class Difference:
    """How one path of the folder stands to what should be there."""

    path: str
    kind: Kind


@frozen
class Written:
    """What a write did. Files edited by hand are `kept` where they have no page any more, else `overwritten`.

    `differences` say how each file that was planned, and each that is left over, stood before.
    """

    written: int
    unchanged: int
    removed: int
    kept: tuple[str, ...]
    overwritten: tuple[str, ...] = ()
    differences: Sequence[Difference] = field(default=(), repr=False, compare=False)


class _States(NamedTuple):
    """What the folder knows of itself: the manifest, and what is on its way."""

    manifest: Manifest
    pending: Manifest

    def of(self, path: str) -> list[Entry]:
        """What is known of a path."""
        return [state.files[path] for state in self if path in state.files]


class _Compared(NamedTuple):
    """What differs, and an entry for each file that should be there; without a hash where none is there yet."""

    differences: list[Difference]
    entries: dict[str, Entry]
    folders: dict[str, bool]


# --- comparing -----------------------------------------------------------------------


def read_manifest(folder: Path) -> Manifest:
    """Read the manifest of a folder; one that is damaged or of another version counts as none."""
    return _read_state(folder, MANIFEST) or Manifest()


def compare(folder: Path, files: Mapping[str, Planned], groups: Collection[str]) -> list[Difference]:
    """Compare a folder with the files that should be there. Files of other groups do not count.

    Raises OutputError where a path of the folder cannot be used, and OSError.
    """
    return _compare(folder, _states(folder), files, (), groups, 0, None).differences


def intact(folder: Path, groups: Collection[str]) -> dict[str, Entry]:
    """The files of the manifest that are on disk as it says. `write` takes these entries as files to keep.

    Raises as `compare` does. Empty after a run that was killed.
    """
    manifest, pending = _states(folder)
    if not manifest.files or pending.files:
        return {}
    now = clock(folder)
    mine = {path: entry for path, entry in manifest.files.items() if entry.group in groups}
    differ = differing(str(folder), mine)
    disk = _Disk(folder, differ, now)
    found = dict(mine)
    for path in differ:
        there = disk.look(path, None)
        if there is not None and there[0] == mine[path].hash:
            found[path] = mine[path]._replace(signature=there[1])
        else:
            del found[path]
    return found


def read_on_disk(folder: Path, path: str) -> str:
    """The text of a file of the folder, for a diff."""
    target = folder / path
    if target.is_symlink():
        return f"a link to {target.readlink()}"
    return target.read_bytes().decode("utf-8", "replace") if target.is_file() else _NO_FILE


def _compare(
    folder: Path,
    states: _States,
    files: Mapping[str, Planned],
    kept: Collection[str],
    groups: Collection[str],
    now: int,
    elsewhere: Elsewhere | None,
) -> _Compared:
    others = {*states.manifest.files, *states.pending.files}.difference(files, kept)
    disk = _Disk(folder, [*files, *others], now)
    stands = {path: disk.look(path, next(iter(states.of(path)), None)) for path in sorted(files)}
    hashes = _hashes(files, [path for path, there in stands.items() if there], elsewhere)
    found: list[Difference] = []
    entries: dict[str, Entry] = {}
    for path, there in stands.items():
        known = states.of(path)
        hash_ = hashes.get(path, "")
        signature = ""
        kind: Kind
        if there is None:
            kind = "missing"
        elif there[0] == hash_:
            kind, signature = "unchanged", there[1]
        elif any(entry.hash == there[0] for entry in known):
            kind = "stale"
        else:
            kind = "edited" if known else "foreign"
        found.append(Difference(path, kind))
        entries[path] = Entry(hash_, files[path].group, signature)
    for path in sorted(others):
        known = states.of(path)
        there = disk.look(path, known[0])
        if known[0].group in groups and there is not None:
            own = there[0] in {entry.hash for entry in known}
            found.append(Difference(path, "left over" if own else "edited left over"))
    return _Compared(found, entries, disk.folders)


def hashes_of(files: Mapping[str, tuple[str, ...]], paths: Iterable[str], root: str = "") -> Iterator[tuple[str, str]]:
    """The path and the hash of files, of which the parts are given. Below a `root` they are staged, too."""
    encoder = _Encoder()
    for path in paths:
        data = encoder.data(files[path])
        if root:
            stage(f"{root}/{path}", data)
        yield path, hash_of(data)


def _hashes(
    files: Mapping[str, Planned],
    paths: Sequence[str],
    elsewhere: Elsewhere | None,
    root: str = "",
    tick: Callable[[int], None] = lambda _: None,
) -> dict[str, str]:
    """The same, where some files are elsewhere. `tick` is told how many are done."""
    apart = [path for path in paths if files[path].elsewhere]
    if apart and elsewhere is not None:
        elsewhere.ask(apart, root)
    here = [path for path in paths if not files[path].elsewhere]
    parts = {path: files[path].parts for path in here}
    hashes = {}
    for number, (path, hash_) in enumerate(hashes_of(parts, here, root), 1):
        hashes[path] = hash_
        tick(number * len(paths) // len(here))
    return hashes | (elsewhere.answer() if apart and elsewhere is not None else {})


class _Disk:
    """What stands in the folder. Links are not followed; each folder is looked at once."""

    def __init__(self, folder: Path, paths: Iterable[str], now: int) -> None:
        self._root = str(folder)
        self._now = now
        self.folders = folders_of(self._root, paths)
        for path in sorted(path for path, real in self.folders.items() if not real):
            is_folder(f"{self._root}/{path}")

    def look(self, path: str, noted: Entry | None) -> tuple[str, str] | None:
        """The hash and the signature of a file; None where there is none. One as it is noted is not read."""
        if path.rpartition("/")[0] not in self.folders:
            return None
        target = f"{self._root}/{path}"
        try:
            status = os.lstat(target)
            if noted is not None and noted.signature and sign(status) == noted.signature:
                return noted.hash, noted.signature
            if stat.S_ISDIR(status.st_mode):
                raise OutputError(f"{Path(target)} is a folder; a file is to be written there")
            if not stat.S_ISREG(status.st_mode):
                return _NO_FILE, ""
            return hash_of(Path(target).read_bytes()), sign(status, self._now)
        except FileNotFoundError:
            return None


class _Encoder:
    """Makes bytes of parts. Many files share parts, so those are encoded once; not too many are kept."""

    def __init__(self) -> None:
        self._encoded: dict[int, tuple[str, bytes]] = {}  # with the part, whose number would be another's else
        self._size = 0

    def data(self, parts: tuple[str, ...]) -> bytes:
        """The bytes of a file."""
        if len(parts) == 1:
            return parts[0].encode()
        encoded = self._encoded
        return b"".join([(encoded.get(id(part)) or self._encode(part))[1] for part in parts])

    def _encode(self, part: str) -> tuple[str, bytes]:
        pair = part, part.encode()
        if self._size > _ENCODED_AT_MOST:
            self._encoded.clear()
            self._size = 0
        self._size += len(pair[1])
        self._encoded[id(part)] = pair
        return pair


def _states(folder: Path) -> _States:
    is_folder(f"{folder}/{STATE}")
    return _States(read_manifest(folder), _read_state(folder, PENDING) or Manifest())


def _read_state(folder: Path, name: str) -> Manifest | None:
    """A manifest, but for paths that sitegen never writes. None where there is none, or none that can be understood."""
    return _state_of(_state_bytes(folder, name))


@lru_cache(maxsize=4)  # a build reads its manifest several times, and seldom finds another one
def _state_of(data: bytes) -> Manifest | None:
    state = manifests.read(data)
    if state is None:
        return None
    return state._replace(files={path: entry for path, entry in state.files.items() if not path_problem(path)})


def _state_bytes(folder: Path, name: str) -> bytes:
    return read_noted(f"{folder}/{STATE}/{name}")


# --- writing -------------------------------------------------------------------------


def write(  # noqa: PLR0913 - each is named where it is given
    folder: Path,
    files: Mapping[str, Planned],
    as_of: Mapping[str, str],
    *,
    kept: Mapping[str, Entry] | None = None,
    manifest: str = "",
    refuse: Sequence[Kind] = ("foreign",),
    wait: float = 10.0,
    record: Callable[[str], bytes | None] | None = None,
    tick: Callable[[int, int], None] = lambda *_: None,
    elsewhere: Elsewhere | None = None,
) -> Written | list[Difference]:
    """Make the folder hold the files. The keys of `as_of` are the groups that are written.

    `kept` are files that stay as they are, with what `intact` said of them, of a `manifest` of this hash. `record`
    makes the record of the build, to be noted beside the manifest, of whose hash it is told. `tick` is told how many
    of the files that change are written. Texts that are `elsewhere` are written there. Returns the differences of the
    kinds in `refuse`, and changes nothing then. Raises ChangedError where the manifest or a kept file is another one by
    now, LostError where what is elsewhere is lost, OutputError, BusyError after `wait` seconds, and as `naming` does.
    """
    keep = kept or {}
    folder.mkdir(parents=True, exist_ok=True)
    with locked(folder, wait):
        _recover(folder)
        if manifest and hash_of(_state_bytes(folder, MANIFEST)) != manifest:
            raise ChangedError(MANIFEST)
        states = _states(folder)
        before = states.manifest
        for path, entry in keep.items():
            if path not in before.files or before.files[path].hash != entry.hash:
                raise ChangedError(path)
        compared = _compare(folder, states, files, keep, as_of.keys(), clock(folder), elsewhere)
        found = compared.differences
        if refused := [difference for difference in found if difference.kind in refuse]:
            return refused
        changed = [d.path for d in found if d.kind in _TO_WRITE]
        removed = [d.path for d in found if d.kind == "left over"]
        edited = tuple(d.path for d in found if d.kind == "edited left over")
        overwritten = tuple(d.path for d in found if d.kind == "edited")
        others = {p: entry for p, entry in before.files.items() if entry.group not in as_of or p in edited}
        after = Manifest({**others, **keep, **compared.entries}, {**before.as_of, **as_of})
        with naming(str(folder)) as done:
            if changed or removed:
                new = {path: compared.entries[path] for path in changed}
                new = _commit(folder, files, new, removed, compared.folders, tick, elsewhere, done)
                after = after._replace(files={**after.files, **new})
            if changed or removed or after != before:
                remove_empty_folders(str(folder), before.files.keys() - after.files.keys())
                _finish(folder, after)
        _note(folder, record or (lambda _: None))
        same = len(files) - len(changed) + len(keep)
        return Written(len(changed), same, len(removed), edited, overwritten, found)


def note(folder: Path, record: bytes, *, manifest: str) -> None:
    """Note the record of a build anew, if the manifest has the hash that it belongs to, and nobody holds the lock."""
    with contextlib.suppress(OSError, OutputError, BusyError), locked(folder, 0):
        if hash_of(_state_bytes(folder, MANIFEST)) == manifest:
            _note(folder, lambda _: record)


def _note(folder: Path, record: Callable[[str], bytes | None]) -> None:
    """Note the record of a build, which is no more than a help: a build is good without."""
    with contextlib.suppress(OSError):
        data = record(hash_of(_state_bytes(folder, MANIFEST)))
        if data is not None and data != _state_bytes(folder, RECORD):
            replace(f"{folder}/{STATE}/{RECORD}", data)


def clean(folder: Path, *, wait: float = 10.0) -> Written:
    """Remove the files that the manifest names, and the folders that are empty then.

    A file that was edited by hand is kept. Raises as `write` does.
    """
    if not is_folder(f"{folder}/{STATE}"):
        return Written(0, 0, 0, ())
    with locked(folder, wait):
        manifest = folder / STATE / MANIFEST
        if manifest.exists() and _read_state(folder, MANIFEST) is None:
            raise OutputError(f"{manifest} cannot be read; build with --force to write it again, then clean")
        remove(f"{folder}/{STATE}/{RECORD}")
        _recover(folder)
        known, as_of = read_manifest(folder)
        differences = compare(folder, {}, {entry.group for entry in known.values()})
        removed = [d.path for d in differences if d.kind == "left over"]
        kept = tuple(d.path for d in differences if d.kind == "edited left over")
        for path in removed:
            os.unlink(f"{folder}/{path}")  # noqa: PTH108 - thousands of times
        remove_empty_folders(str(folder), known)
        if kept:
            replace(f"{folder}/{STATE}/{MANIFEST}", manifests.written(Manifest({p: known[p] for p in kept}, as_of)))
        else:
            manifest.unlink(missing_ok=True)
    return Written(0, 0, len(removed), kept)


def _recover(folder: Path) -> None:
    """After a run that was killed: note which files it had put in their places, and sweep the others."""
    for name in (MANIFEST, PENDING, RECORD):
        remove(temporary(f"{folder}/{STATE}/{name}"))
    pending = _read_state(folder, PENDING)
    if pending is None:
        return
    manifest = read_manifest(folder)
    files = dict(manifest.files)
    disk = _Disk(folder, pending.files, 0)
    for path, entry in pending.files.items():
        there = disk.look(path, None)
        if there is not None and there[0] == entry.hash:
            files[path] = entry
        remove(temporary(f"{folder}/{path}"))
    remove_empty_folders(str(folder), pending.files)
    _finish(folder, manifest._replace(files=files))


def _commit(  # noqa: PLR0913, PLR0917 - all that a write knows
    folder: Path,
    files: Mapping[str, Planned],
    changed: Mapping[str, Entry],
    removed: Sequence[str],
    folders: dict[str, bool],
    tick: Callable[[int, int], None],
    elsewhere: Elsewhere | None,
    done: list[str],
) -> dict[str, Entry]:
    """Put the changed files in their places and remove others. A fault before the first rename changes nothing.

    Returns the whole entries of the changed files. Notes in `done` what is new or gone.
    """
    root = str(folder)
    pending = f"{root}/{STATE}/{PENDING}"
    staged = [f"{root}/{path}" for path in changed]
    made: list[str] = []
    replace(pending, manifests.written(Manifest(changed)))
    try:
        for path in changed:
            make_folders(root, path.rpartition("/")[0], folders, made)
        half = lambda number: tick(number // 2, len(changed))  # noqa: E731 - then they go into their places
        hashes = _hashes(files, list(changed), elsewhere, root, half)
        new = {path: entry._replace(hash=hashes[path]) for path, entry in changed.items()}
        replace(pending, manifests.written(Manifest(new)))
        written_before = next_tick(folder)
        for number, (path, target) in enumerate(zip(changed, staged, strict=True), len(staged)):
            tick(number // 2, len(changed))
            unstage(target)
            done.append(path)
    except BaseException:
        with contextlib.suppress(OSError):
            for target in staged:
                remove(temporary(target))
            if not done:
                remove(pending)
        for created in reversed(made):
            with contextlib.suppress(OSError):
                os.rmdir(created)  # noqa: PTH106
        raise
    for path in removed:
        remove(f"{root}/{path}")
        done.append(path)
    return _signed(folder, new, written_before)


def _signed(folder: Path, entries: Mapping[str, Entry], written_before: int) -> dict[str, Entry]:
    """The entries of files that have just been put into their places, with signatures.

    One that was changed since it was written has none, and so has one that may still be in this tick of the clock.
    """
    now = next_tick(folder)
    found = dict(entries)
    for path, entry in entries.items():
        with contextlib.suppress(OSError):
            status = os.lstat(f"{folder}/{path}")
            if status.st_mtime_ns < written_before:
                found[path] = entry._replace(signature=sign(status, now))
    return found


def _finish(folder: Path, manifest: Manifest) -> None:
    replace(f"{folder}/{STATE}/{MANIFEST}", manifests.written(manifest))
    remove(f"{folder}/{STATE}/{PENDING}")
