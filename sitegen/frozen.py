"""Values of which a site has hundreds of thousands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A dataclass that the type checker keeps frozen. One frozen as it runs takes five times as long to make."""
    return dataclass(slots=True, unsafe_hash=True)(cls)


@dataclass_transform(frozen_default=True, eq_default=False, field_specifiers=(field,))
def frozen_apart(cls: type[T]) -> type[T]:
    """The same for a class that says itself what it is equal to."""
    return dataclass(slots=True, eq=False)(cls)
