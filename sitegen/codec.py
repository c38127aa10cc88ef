"""Records as plain data for JSON, and back, by the types of their fields.

A field may be a text, a number, a truth value, a day or None; a tuple, a frozenset or a mapping of these; or a record
of such fields: a frozen dataclass or a NamedTuple.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")


def as_data(value: object) -> Any:
    """A record as plain data: records become lists, mappings lists of pairs, and sets are sorted."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [as_data(item) for item in value]
    if isinstance(value, frozenset):
        return sorted(as_data(item) for item in value)
    if isinstance(value, Mapping):
        return [[as_data(key), as_data(item)] for key, item in value.items()]
    if is_dataclass(value):
        return [as_data(getattr(value, each.name)) for each in fields(value)]
    return value


def from_data(kind: type[T], data: Any) -> T:
    """A record of a class from what `as_data` made of it. Raises ValueError and TypeError for anything else."""
    return cast("T", _reader(cast("Any", kind))(data))


@cache
def _reader(kind: Any) -> Callable[[Any], Any]:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Literal:
        return lambda data: _checked(str, data)
    if origin in (Union, UnionType):
        (inner,) = (_reader(arg) for arg in args if arg is not type(None))
        return lambda data: None if data is None else inner(data)
    if origin is tuple and args[-1] is not Ellipsis:
        return _record(tuple, [_reader(arg) for arg in args])
    if origin in (tuple, frozenset):
        item, make = _reader(args[0]), cast("Callable[[Any], Any]", origin)
        return lambda data: make(map(item, data))
    if origin is not None and issubclass(origin, Mapping):
        key, value = map(_reader, args)
        return lambda data: {key(k): value(v) for k, v in data}
    if kind is date:
        return date.fromisoformat
    if kind in (str, int, bool):
        return lambda data: _checked(kind, data)
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind)] if is_dataclass(kind) else kind._fields
    return _record(lambda items: kind(*items), [_reader(hints[name]) for name in names])


def _record(make: Callable[[Any], Any], readers: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    return lambda data: make(tuple(read(item) for read, item in zip(readers, data, strict=True)))


def _checked(kind: type[T], data: T) -> T:
    if not isinstance(data, kind):
        raise TypeError(f"{data!r} is no {kind.__name__}")
    return data
