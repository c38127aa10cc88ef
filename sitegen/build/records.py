"""What builds pass on: inputs, compiled units, the linked site, and the state that the next build starts from.

State is a cache. It is pickled, and reading it allows only records of sitegen, so that a forged file cannot run code.
A file that is damaged or of another version counts as missing.
"""

from __future__ import annotations

import binascii
import hashlib
import io
import pickle
from collections.abc import Iterable, Mapping
from importlib import import_module
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from sitegen.facts.datasets import Exports
    from sitegen.files.sources import RegionSetting
    from sitegen.findings import Finding
    from sitegen.rules import UnitLint
    from sitegen.site.library import LibraryBuild


class Input(NamedTuple):
    """A source as a build has read it: the digest of its bytes, and its `stat_of`, or nothing if that is racy."""

    digest: str
    stat: str = ""


class Entry(NamedTuple):
    """A file of the output: its mark, its group, and its `stat_of` on disk.

    The files of a group are built together. It is a format, or the partials in the tree of another site.
    """

    mark: str
    group: str
    stat: str = ""


class ChangedError(Exception):
    """A source or a file of the output changed during a build; the site has to be built again."""


ReasonKind = Literal["first", "cache", "option", "key", "shared", "own", "output", "read", "interface", "meanwhile"]


class Reason(NamedTuple):
    """Why a unit, or every unit, is compiled.

    `names` are sources, files of the output, options or libraries; for `key`, the entries that differ.
    """

    kind: ReasonKind
    names: tuple[str, ...] = ()


class UnitObject(NamedTuple):
    """A compiled library: what linking needs, without texts.

    `own_files` are the sources that contain only its records, and `exports` what these define for all libraries.
    `reads` are the libraries whose facts it shows. `files` are the outputs with their marks. `interface` is a digest
    of all that linking reads of it. `build` has the paths, navigation and usages that the interface is computed from.
    `packed` is its pickle if it was read from a cache.
    """

    library: str
    own_files: tuple[str, ...]
    exports: Exports | None
    reads: frozenset[str]
    files: Mapping[str, Entry]
    findings: tuple[Finding, ...]
    lint: UnitLint | None
    interface: str
    build: LibraryBuild
    packed: bytes = b""

    @property
    def visible(self) -> object:
        """What other units depend on."""
        return self.exports, sorted(self.own_files)


class SiteObject(NamedTuple):
    """What linking adds to the units: files, findings, and a digest of the interfaces of all units."""

    files: Mapping[str, Entry]
    findings: tuple[Finding, ...]
    interface: str


class State(NamedTuple):
    """What a build leaves for the next one.

    `files` are those on disk, of all groups, and `as_of` is the date of each group.
    `groups` are those that the last build wrote, and `findings` all that it reported. `own` maps the sources that only
    one library is compiled from to that library. `units` is the checksum of the units, which are in another file.
    `regions` is the setting.
    """

    key: Mapping[str, str]
    inputs: Mapping[str, Input]
    files: Mapping[str, Entry]
    as_of: Mapping[str, str]
    groups: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    own: Mapping[str, str] = {}
    units: bytes = b""
    regions: RegionSetting = ()


Units = tuple[Mapping[str, UnitObject], SiteObject]
NO_STATE = State(MappingProxyType({}), MappingProxyType({}), MappingProxyType({}), MappingProxyType({}))


# --- the codec -----------------------------------------------------------------------


def dumps(*records: object) -> bytes:
    """Records as text behind its checksum: text, because Hugo reads any file below its layouts as a template.

    Each record is pickled on its own: pickle remembers all objects of one, which takes several times their memory.
    A unit that was read is not pickled again.
    """
    packed = (isinstance(each, UnitObject) and each.packed for each in records)
    pickles = (
        known or pickle.dumps(each, pickle.HIGHEST_PROTOCOL) for known, each in zip(packed, records, strict=True)
    )
    data = binascii.b2a_base64(b"".join(pickles))
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def loads(data: bytes) -> list[Any]:
    """The records that `dumps` wrote; none for anything else. No class but those of records is created."""
    checksum, _, data = data.partition(b"\n")
    if hashlib.sha256(data).hexdigest().encode() != checksum:
        return []
    classes: dict[tuple[str, str], tuple[type, dict[str, object]]] = {}
    records: list[Any] = []
    try:
        data = binascii.a2b_base64(data)
        file = io.BytesIO(data)
        while (begin := file.tell()) < len(data):
            record = _RecordUnpickler(file, classes).load()
            is_unit = isinstance(record, UnitObject)
            records.append(record._replace(packed=data[begin : file.tell()]) if is_unit else record)
    except Exception:  # noqa: BLE001 - a forged pickle can raise any
        return []
    finally:
        _restore(classes.values())
    return records


def is_state(state: Any) -> bool:
    """Whether a value has all fields of a state with their types. One of another version of sitegen may not."""
    if not isinstance(state, State) or len(state) != len(State._fields):
        return False
    kinds = {"key": str, "inputs": Input, "files": Entry, "as_of": str, "own": str}
    tables = {name: getattr(state, name) for name in kinds}
    return (
        all(type(table) is dict and {*map(type, table.values())} <= {kinds[name]} for name, table in tables.items())
        and all({*map(type, chain(table, *table.values()))} <= {str} for table in tables.values())
        and (type(state.groups), type(state.findings), type(state.units)) == (frozenset, tuple, bytes)
        and type(state.regions) is tuple
        and all(type(each) is tuple and [*map(type, each)] == [str, str] for each in state.regions)
        and _are_findings(state.findings)
    )


def _are_findings(findings: Any) -> bool:
    """Whether values are findings that can be printed."""
    try:
        return all(
            [*map(type, finding.place)] == [str, int, int, int, str]
            and {*map(type, (finding.code, finding.message, finding.hint, finding.library))} == {str}
            and {*map(type, (*finding.shown_on, *finding.details))} <= {str}
            and (finding.fix is None or type(finding.fix.what) is str)
            and finding.severity in ("error", "warning", "notice")
            for finding in findings
        )
    except (AttributeError, TypeError):
        return False


_PLAIN = (("collections", "Counter"), ("datetime", "date"))


class _RecordUnpickler(pickle.Unpickler):
    """Reads records of sitegen and plain data. Adds the `classes` that it uses with their attributes."""

    def __init__(self, file: io.BytesIO, classes: dict[tuple[str, str], tuple[type, dict[str, object]]]) -> None:
        super().__init__(file)
        self._classes = classes

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._classes:
            is_allowed = module.startswith("sitegen.") or (module, name) in _PLAIN
            cls: Any = getattr(import_module(module), name, None) if is_allowed else None
            is_record = isinstance(cls, type) and (
                hasattr(cls, "__dataclass_fields__") or issubclass(cls, (tuple, str, bytes))
            )
            if not is_record and (module, name) not in _PLAIN:
                raise pickle.UnpicklingError(f"{module}.{name}")
            self._classes[module, name] = cls, {**vars(cls)}
        return self._classes[module, name][0]


def _restore(classes: Iterable[tuple[type, Mapping[str, object]]]) -> None:
    """Undo assignments to classes, which a forged pickle can make."""
    for cls, before in classes:
        now = {**vars(cls)}
        for name in (name for name in now.keys() | before if now.get(name) is not before.get(name)):
            setattr(cls, name, before[name]) if name in before else delattr(cls, name)
