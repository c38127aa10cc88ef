"""The way of a build that has nothing to do: it is seen from the record of the last one.

Nothing of what reads, builds and writes a site is loaded for that. Where anything is not as the record says,
the command goes its usual way.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
import time
from collections.abc import Iterable, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from sitegen import __version__, build_record
from sitegen import manifest as manifests
from sitegen.build_record import RECORD, Look, Record, Source
from sitegen.commands.phases import Phases
from sitegen.manifest import MANIFEST, PENDING, STATE, hash_of, sign
from sitegen.reasons import Reason, differing
from sitegen.sources import all_files, read_noted, read_source, templates_folder

if TYPE_CHECKING:
    from datetime import date

    from sitegen.commands.account import Account
    from sitegen.findings import Finding

# The packages that a build stands on.
_PACKAGES = ("jinja2", "markdown_it", "markupsafe", "mdurl", "packaging", "yaml")


def run(options: argparse.Namespace) -> int | None:
    """Tell that there is nothing to do, and return the exit code. None where that is not certain."""
    phases = Phases()
    phases.begin("comparing")
    if not records(options) or options.force or (options.verbose and not getattr(options, "why", None)):
        return None
    keeper = Keeper(options)
    last = keeper.last()
    folder = output_folder(options)
    if isinstance(last, Reason) or build_record.changed(last.record, last.now) or not _stands(str(folder), last):
        return None
    record, now = last.record, last.now
    try:
        told_of = {str(finding["place"][0]) for finding in record.findings}
        texts = {name: keeper.read(name) for name in told_of & now.keys()}
    except OSError:
        return None
    if now != record.sources:
        _note_again(folder, record, now)
    code = _tell_findings(record, texts, options)
    if code == 0 and not options.quiet and options.format == "text":
        print(summary(0, record.files, 0, phases.started))
    if getattr(options, "profile", False) or getattr(options, "why", None):
        code = _tell_of_nothing(folder, record, now, phases, options) or code
    return code


def _tell_of_nothing(
    folder: Path, record: Record, now: Mapping[str, Source], phases: Phases, options: argparse.Namespace
) -> int:
    """Tell what is asked for of a build that has had nothing to do. Returns the exit code that this calls for."""
    from sitegen.commands.account import Account  # noqa: PLC0415 - seldom needed

    unread = [name for name, source in now.items() if source is record.sources[name]]
    account = Account(Reason("nothing"), now, record.sections, unread=unread, unchanged=record.files)
    return tell_account(account, phases, folder, options)


def tell_account(account: Account, phases: Phases, folder: Path, options: argparse.Namespace) -> int:
    """Tell what `--why` and `--profile` ask for. Returns the exit code that this calls for."""
    code = 0
    if options.why:
        from sitegen.commands.why import tell_why  # noqa: PLC0415 - seldom needed

        code = tell_why(account, folder, options)
    if options.profile:
        from sitegen.commands.account import tell_profile  # noqa: PLC0415

        tell_profile(account, phases, options)
    return code


def summary(written: int, unchanged: int, removed: int, started: float) -> str:
    """What a write has done, in a line."""
    return f"{written} written, {unchanged} unchanged, {removed} removed in {time.perf_counter() - started:.2f} s"


def output_folder(options: argparse.Namespace) -> Path:
    """The folder that a command writes to."""
    folder: Path = options.output or options.root / "output"
    return folder


def records(options: argparse.Namespace) -> bool:
    """Whether a command is a plain write: one that leaves a record, and may have nothing to do."""
    return not (options.check or options.diff or getattr(options, "watch", False))


def key(options: argparse.Namespace) -> dict[str, str]:
    """What a build depends on beside its sources. Raises OSError, ValueError and OverflowError."""
    return {
        "command": options.command,
        "root": os.path.realpath(options.root),
        "output": os.path.realpath(output_folder(options)),
        "dialects": " ".join(sorted(set(getattr(options, "only", None) or ()))),
        "day": options.as_of if options.as_of is not None else day_by_clock(),
        "python": sys.version,
        "sitegen": f"{__version__} {_engine()}",
    }


def day_by_clock() -> str:
    """The day of `SOURCE_DATE_EPOCH`, else today, in UTC. Raises ValueError, OverflowError and OSError."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    at = time.gmtime(int(epoch)) if epoch else time.gmtime()
    return f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}"


def _engine() -> str:
    """A hash of what the files of the program and of the packages below it show of a change."""
    files = [*_modules(os.path.dirname(os.path.dirname(__file__)))]  # noqa: PTH120 - pathlib takes longer
    for name in _PACKAGES:
        spec = PathFinder.find_spec(name)
        if spec is None or spec.origin is None:
            raise ValueError(name)
        files.append(spec.origin)
    return hash_of("\n".join(f"{path} {sign(os.stat(path))}" for path in files).encode())  # noqa: PTH116


def _modules(folder: str) -> Iterable[str]:
    with os.scandir(folder) as entries:
        found = sorted((entry.path, entry.is_dir()) for entry in entries)
    for path, is_folder in found:
        if path.endswith(".py"):
            yield path
        elif is_folder and not path.endswith("__pycache__"):
            yield from _modules(path)


def _stands(folder: str, last: Last) -> bool:
    """Whether the files of the last build stand there as it left them."""
    if os.path.lexists(f"{folder}/{STATE}/{PENDING}"):
        return False
    manifest = manifests.read(last.manifest)
    try:
        return manifest is not None and not manifests.differing(folder, manifest.files)
    except (OSError, ValueError):
        return False


# --- keeping -------------------------------------------------------------------------


class Last(NamedTuple):
    """The record of the last build of the same kind, the sources as they are now, and the manifest that it left."""

    record: Record
    now: Mapping[str, Source]
    manifest: bytes


class Keeper:
    """Knows the last build of the same kind, and makes the record of one that is about to read its sources."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self._key: dict[str, str] = {}
        self._look = Look(0, {})
        self._paths: dict[str, str] = {}
        with contextlib.suppress(OSError, ValueError, OverflowError):
            if records(options):
                self._paths = all_files(options.root, templates_folder())
                self._look = build_record.look(self._paths)
                self._key = key(options)

    def last(self) -> Last | Reason:
        """The last build of the same kind; where there is none, why the whole site is to be built."""
        state = f"{output_folder(self._options)}/{STATE}"
        try:
            record = build_record.read(read_noted(f"{state}/{RECORD}")) if self._key else None
            if record is None:
                return Reason("no record" if os.path.lexists(f"{state}/{MANIFEST}") else "first")
            if record.key != self._key:
                return differing(record.key, self._key)
            manifest = read_noted(f"{state}/{MANIFEST}")
            if hash_of(manifest) != record.manifest:
                return Reason("no record")  # it speaks of other files than those that stand there
            now = build_record.sources_now(record, self._look, lambda name: hash_of(self.read(name)))
        except OSError:
            return Reason("no record")
        return Last(record, now, manifest)

    def read(self, name: str) -> bytes:
        """What a source holds now. Raises OSError."""
        return read_source(self._paths[name])

    def record(
        self,
        texts: Mapping[str, bytes],
        unread: Mapping[str, Source],
        day: date,
        findings: Iterable[Finding],
        files: int,
        manifest: str,
        sections: Mapping[str, str] = MappingProxyType({}),
    ) -> bytes | None:
        """The record of a build of these texts, and of sources that it has not read. None where one came between."""
        names = self._look.signatures
        if self._key.get("day") != day.isoformat() or {*texts, *unread} != names.keys():
            return None
        sources = {
            name: Source(hash_of(texts[name]), self._look.lasting(name)) if name in texts else unread[name]
            for name in names
        }
        found = [finding.as_data() for finding in findings]
        return build_record.written(Record(self._key, manifest, files, sources, found, sections))


def _note_again(folder: Path, record: Record, now: Mapping[str, Source]) -> None:
    """Note the new signatures of sources that hold the same."""
    from sitegen.output import note  # noqa: PLC0415 - seldom needed

    note(folder, build_record.written(record._replace(sources=now)), manifest=record.manifest)


# --- findings ------------------------------------------------------------------------


def _tell_findings(record: Record, texts: Mapping[str, bytes], options: argparse.Namespace) -> int:
    """Tell again what the build has found. Returns the exit code."""
    if not record.findings and options.format == "text":
        return 0
    from sitegen.commands.telling import report  # noqa: PLC0415 - seldom needed
    from sitegen.findings import Finding  # noqa: PLC0415

    return report([Finding.from_data(data) for data in record.findings], texts, options)
