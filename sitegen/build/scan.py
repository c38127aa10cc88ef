"""Scanning the sources: by stat if a source has not changed, else by digest."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection, Mapping, Sequence

from sitegen.build.records import ChangedError, Input
from sitegen.files.sources import RegionPath, RegionSetting, read_source

# Nanoseconds. A file that changed later than this may change again with the same times; git calls it racily clean.
_RACY = 2_000_000_000


def stat_of(status: os.stat_result, before: int | None = None) -> str:
    """What differs when a file changes: times in nanoseconds, size, inode.

    Empty if the file changed at or after `before`, so that it may change again with the same times.
    """
    if before is not None and max(status.st_mtime_ns, status.st_ctime_ns) >= before:
        return ""
    return f"{status.st_mtime_ns} {status.st_ctime_ns} {status.st_size} {status.st_ino}"


class DiskSources:
    """Sources on disk, each read at most once. The scan does not read a source whose stat is that in `known`.

    `paths` are the sources by name, in the order of the site, with links followed. `regions` are those with regions,
    and `setting` is the setting that names these. `inputs` has the digest and the stat of each. Raises OSError.
    """

    def __init__(
        self,
        paths: Mapping[str, str],
        known: Mapping[str, Input],
        setting: RegionSetting = (),
        regions: Sequence[RegionPath] = (),
    ) -> None:
        racy = time.time_ns() - _RACY
        self.setting, self.regions = setting, regions
        self.inputs: dict[str, Input] = {}
        self._paths = {**paths, **{path.name: path.path for path in regions}}
        self._read: dict[str, bytes] = {}
        for name, path in self._paths.items():
            status = os.lstat(path)
            before = known.get(name)
            if before is not None and before.stat and before.stat == stat_of(status):
                self.inputs[name] = before
            else:
                self._read[name] = data = read_source(path)
                self.inputs[name] = Input(digest(data), stat_of(status, racy))

    def read(self, names: Collection[str]) -> dict[str, bytes]:
        """The bytes of some sources, in order. Raises OSError, and ChangedError if one has changed since the scan."""
        for name in names:
            if name not in self._read:
                data = read_source(self._paths[name])
                if digest(data) != self.inputs[name].digest:
                    raise ChangedError(name)
                self._read[name] = data
        return {name: self._read[name] for name in self._paths if name in names}


class TextSources:
    """Sources in memory."""

    setting: RegionSetting = ()
    regions: Sequence[RegionPath] = ()

    def __init__(self, texts: Mapping[str, bytes]) -> None:
        self.inputs = {name: Input(digest(data)) for name, data in texts.items()}
        self._texts = texts

    def read(self, names: Collection[str]) -> dict[str, bytes]:
        """The bytes of some sources, in order."""
        return {name: data for name, data in self._texts.items() if name in names}


Sources = DiskSources | TextSources


def digest(data: bytes) -> str:
    """The digest of a source."""
    return hashlib.sha256(data).hexdigest()
