"""Immutable records: `@frozen` classes are dataclasses that the type checker protects from assignment.

`dataclass(frozen=True)` checks each assignment at run time, and its instances take five times as long to create.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A dataclass with slots. Two records are equal if they have the same class and equal fields.

    The methods are defined here, since `dataclass` compiles source text for each one, which dominates its cost.
    """
    record = frozen_without_eq(cls)
    names = [item.name for item in fields(record) if item.compare]  # type: ignore[arg-type]
    values: Callable[[Any], Any] = attrgetter(*names) if names else lambda _: ()

    def equal(self: T, other: object) -> Any:
        return values(self) == values(other) if other.__class__ is self.__class__ else NotImplemented

    record.__eq__ = equal  # type: ignore[assignment, method-assign]
    record.__hash__ = lambda self: hash(values(self))  # type: ignore[method-assign]
    return record


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def frozen_without_eq(cls: type[T]) -> type[T]:
    """The same for a class that is compared by identity, or by a method of its own."""
    record = dataclass(slots=True, eq=False, repr=False)(cls)
    record.__repr__ = _repr  # type: ignore[method-assign]
    return record


class WithCachedProperties:
    """Base class of records with a `cached_property`: it adds the `__dict__` that slots leave out."""


def _repr(self: Any) -> str:
    values = ", ".join(f"{item.name}={getattr(self, item.name)!r}" for item in fields(self) if item.repr)
    return f"{self.__class__.__qualname__}({values})"
