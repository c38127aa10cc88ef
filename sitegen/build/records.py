"""What builds pass on: inputs, compiled units, the linked site, and the state that the next build starts from.

State is a cache. It is pickled, and read back with nothing but the records of sitegen allowed, so that a file that
somebody else has written cannot run code. One that is damaged or of another version counts as none.
"""

from __future__ import annotations

import binascii
import hashlib
import io
import pickle
from collections.abc import Mapping
from importlib import import_module
from itertools import chain
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from datetime import date

    from sitegen.facts.datasets import Exports
    from sitegen.findings import Finding
    from sitegen.rules import UnitLint
    from sitegen.site.library import LibraryBuild

T = TypeVar("T")


class Input(NamedTuple):
    """A source as a build has read it: the digest of its bytes, and its `stat_of`, or nothing where that is racy."""

    digest: str
    stat: str = ""


class Entry(NamedTuple):
    """A file of the output: its mark, its group, and its `stat_of` on disk.

    A group is what is built together: a format, or the partials in the tree of another site.
    """

    mark: str
    group: str
    stat: str = ""


class ChangedError(Exception):
    """A source or a file of the output was changed while a build was at work; the site has to be built again."""


Kind = Literal["first", "cache", "option", "key", "shared", "own", "output", "read", "interface", "meanwhile"]


class Reason(NamedTuple):
    """Why a unit, or all of them, are compiled.

    `names` are sources, files of the output, options or libraries; for `key` they are the entries that differ.
    """

    kind: Kind
    names: tuple[str, ...] = ()


class Packed(Generic[T]):
    """A value that is unpickled when somebody asks for it."""

    __slots__ = ("_data", "_value")

    def __init__(self, value: T | None, data: bytes = b"") -> None:
        self._value = value
        self._data = data

    def get(self) -> T:
        """The value. Raises ValueError where it cannot be read."""
        if self._value is None:
            self._value = _loads(self._data)
        return self._value

    def __getstate__(self) -> bytes:
        return self._data or pickle.dumps(self._value, pickle.HIGHEST_PROTOCOL)

    def __setstate__(self, data: bytes) -> None:
        self._value, self._data = None, data


class UnitObject(NamedTuple):
    """A compiled library: what linking needs, without texts.

    `own_files` are the sources that contain only its records, and `exports` what these define for all libraries.
    `reads` are the libraries whose facts it shows. `files` are the outputs with their marks. `interface` is a digest
    of all that linking sees of it. `build` has the paths, navigation and usages that an interface is made of.
    """

    library: str
    own_files: tuple[str, ...]
    exports: Exports | None
    reads: frozenset[str]
    files: Mapping[str, Entry]
    findings: tuple[Finding, ...]
    lint: UnitLint | None
    interface: str
    build: Packed[LibraryBuild]
    days: frozenset[date] = frozenset()

    @property
    def seen(self) -> object:
        """What other units see of this one."""
        return self.exports, sorted(self.own_files)


class SiteObject(NamedTuple):
    """What linking adds to the units: files, findings, and a digest of the interfaces that it has seen."""

    files: Mapping[str, Entry]
    findings: tuple[Finding, ...]
    interface: str
    days: frozenset[date] = frozenset()


class State(NamedTuple):
    """What a build leaves for the next one. `files` are those on disk, of all groups; `as_of` is the day of each group.

    `groups` are those that the last build wrote, and `findings` all that it reported. `own` are the sources that only
    one library is compiled from, with that library. `units` is the checksum of the units, which are kept apart.
    """

    key: Mapping[str, str]
    inputs: Mapping[str, Input]
    files: Mapping[str, Entry]
    as_of: Mapping[str, str]
    groups: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    own: Mapping[str, str] = {}
    units: bytes = b""


Units = tuple[Mapping[str, UnitObject], SiteObject]
NOTHING = State(MappingProxyType({}), MappingProxyType({}), MappingProxyType({}), MappingProxyType({}))


# --- the codec -----------------------------------------------------------------------


def dumps(value: object) -> bytes:
    """A record as text behind its checksum: Hugo takes a file below its layouts for a template, whatever its name."""
    data = binascii.b2a_base64(pickle.dumps(value, pickle.HIGHEST_PROTOCOL))
    return hashlib.sha256(data).hexdigest().encode() + b"\n" + data


def loads(data: bytes) -> Any:
    """The record that `dumps` wrote; None for anything else."""
    checksum, _, data = data.partition(b"\n")
    if hashlib.sha256(data).hexdigest().encode() != checksum:
        return None
    try:
        return _loads(binascii.a2b_base64(data))
    except ValueError:
        return None


def is_state(state: Any) -> bool:
    """Whether something has all fields of a state, each of its type: not one of another version, or forged."""
    if not isinstance(state, State) or len(state) != len(State._fields):
        return False
    kinds = {"key": str, "inputs": Input, "files": Entry, "as_of": str, "own": str}
    tables = {name: getattr(state, name) for name in kinds}
    return (
        all(type(table) is dict and {*map(type, table.values())} <= {kinds[name]} for name, table in tables.items())
        and all({*map(type, chain(table, *table.values()))} <= {str} for table in tables.values())
        and (type(state.groups), type(state.findings), type(state.units)) == (frozenset, tuple, bytes)
    )


def _loads(data: bytes) -> Any:
    reader = _Records(io.BytesIO(data))
    try:
        return reader.load()
    except Exception as error:
        raise ValueError("damaged") from error
    finally:
        reader.restore()


_PLAIN = (("collections", "Counter"), ("datetime", "date"))


class _Records(pickle.Unpickler):
    """Reads records of sitegen and plain data."""

    def __init__(self, file: io.BytesIO) -> None:
        super().__init__(file)
        self._classes: dict[type, dict[str, object]] = {}

    def find_class(self, module: str, name: str) -> Any:
        is_allowed = module.startswith("sitegen.") or (module, name) in _PLAIN
        found: Any = getattr(import_module(module), name, None) if is_allowed else None
        is_record = isinstance(found, type) and (
            hasattr(found, "__dataclass_fields__") or issubclass(found, (tuple, str, bytes, Packed))
        )
        if not is_record and (found is None or (module, name) not in _PLAIN):
            raise pickle.UnpicklingError(f"{module}.{name}")
        self._classes.setdefault(found, {**vars(found)})
        return found

    def restore(self) -> None:
        """Undo what a forged pickle has assigned to classes."""
        for found, before in self._classes.items():
            now = {**vars(found)}
            for name in (name for name in now.keys() | before if now.get(name) is not before.get(name)):
                setattr(found, name, before[name]) if name in before else delattr(found, name)
