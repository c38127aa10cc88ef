"""The record of a build: what it was made of, and what it found. By it the next build knows what it can leave out.

It stands in `.sitegen/build`, beside the manifest that it belongs to. The first line is a hash of all
others. The second is JSON; each further line is a section of its own, which is read by whoever needs it.
A record that was cut, edited or written by another version counts as none.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from sitegen.manifest import hash_of, sign

RECORD = "build"  # Hugo takes a name with an ending for a template
_VERSION = 1
# Nanoseconds. A time that is closer than this may be that of two changes; no file system is coarser.
_TOO_LATE = 2_000_000_000


class Source(NamedTuple):
    """A source as a build has read it: the hash of what it holds, and its signature before that."""

    hash: str
    signature: str = ""


class Record(NamedTuple):
    """A build. `key` is what it depends on beside its sources; `manifest` is the hash of the manifest that it left.

    `files` is how many it gave. Findings are plain JSON, and so are sections, each in one line.
    """

    key: Mapping[str, str]
    manifest: str
    files: int
    sources: Mapping[str, Source]
    findings: Sequence[Mapping[str, Any]] = ()
    sections: Mapping[str, str] = MappingProxyType({})


@lru_cache(maxsize=1)  # a build that finds something to do reads it again
def read(data: bytes) -> Record | None:
    """Read a record; None where it cannot be understood."""
    sum_, _, rest = data.partition(b"\n")
    if sum_.decode("ascii", "replace") != hash_of(rest):
        return None
    try:
        first, *lines = rest.decode().rstrip("\n").split("\n")
        head = json.loads(first)
        if head["version"] != _VERSION:
            return None
        columns = head["sources"]
        sources = map(Source._make, zip(columns["hash"], columns["signature"], strict=True))
        return Record(
            head["key"],
            head["manifest"],
            head["files"],
            dict(zip(columns["name"], sources, strict=True)),
            head["findings"],
            dict(zip(head["sections"], lines, strict=True)),
        )
    except (ValueError, KeyError, TypeError):
        return None


def written(record: Record) -> bytes:
    """A record as it stands on disk."""
    head = {
        "version": _VERSION,
        "key": record.key,
        "manifest": record.manifest,
        "files": record.files,
        "sources": {
            "name": [*record.sources],
            "hash": [source.hash for source in record.sources.values()],
            "signature": [source.signature for source in record.sources.values()],
        },
        "findings": record.findings,
        "sections": [*record.sections],
    }
    lines = [json.dumps(head, separators=(",", ":")), *record.sections.values()]
    rest = ("\n".join(lines) + "\n").encode()
    return hash_of(rest).encode() + b"\n" + rest


class Look(NamedTuple):
    """The signature of each source at a time. It is to be taken before the source is read."""

    at: int
    signatures: Mapping[str, str]

    def lasting(self, name: str) -> str:
        """The signature of a source; nothing where it has just been changed, and may be again with the same time."""
        modified, changed_, *_ = map(int, self.signatures[name].split())
        return self.signatures[name] if max(modified, changed_) < self.at - _TOO_LATE else ""


def look(paths: Mapping[str, str]) -> Look:
    """Look at sources. Raises OSError."""
    at = time.time_ns()
    return Look(at, {name: sign(os.lstat(path)) for name, path in paths.items()})  # links have been followed


def sources_now(record: Record, seen: Look, hash_now: Callable[[str], str]) -> dict[str, Source]:
    """The sources as they are now. One with the signature that the record has is not read for its hash."""
    now = {}
    for name, signature in seen.signatures.items():
        known = record.sources.get(name)
        if known is None or known.signature != signature:
            known = Source(hash_now(name), seen.lasting(name))
        now[name] = known
    return now


def changes(record: Record, now: Mapping[str, Source]) -> dict[str, str]:
    """What has become of each source that is not as the record says, in order."""
    words = {name: "is gone" if name not in now else "has changed" for name in record.sources}
    return {name: words.get(name, "is new") for name in sorted(changed(record, now))}


def changed(record: Record, now: Mapping[str, Source]) -> set[str]:
    """The names of the sources that are new, gone, or hold something else than the record says."""
    before = record.sources
    differ = {name for name in before.keys() & now.keys() if before[name].hash != now[name].hash}
    return differ | (before.keys() ^ now.keys())
