"""Records that nobody changes: the type checker sees to it, and nothing is paid for it while a site is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A dataclass that the type checker keeps frozen, and that is equal to another where its fields are.

    One frozen as it runs takes five times as long to make. And for each method of its own `dataclass` compiles a text,
    which takes most of the time to define a class; here it does so for `__init__` alone.
    """
    made = frozen_apart(cls)
    names = [each.name for each in fields(made) if each.compare]  # type: ignore[arg-type]
    values: Callable[[Any], Any] = attrgetter(*names) if names else _nothing

    def equal(self: T, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    def hashed(self: T) -> int:
        return hash(values(self))

    return _with(made, __eq__=equal, __hash__=hashed)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def frozen_apart(cls: type[T]) -> type[T]:
    """The same for a class without an equality of its fields: it defines its own, or none but identity."""
    return _with(dataclass(slots=True, eq=False, repr=False)(cls), __repr__=_shown)


class Remembering:
    """Has room for what a `cached_property` finds; the fields of a record leave none."""


def _with(cls: type[T], **methods: Callable[..., object]) -> type[T]:
    for name, method in methods.items():
        setattr(cls, name, method)
    return cls


def _nothing(_: object) -> tuple[()]:
    return ()


def _shown(self: Any) -> str:
    shown = ", ".join(f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{self.__class__.__qualname__}({shown})"
