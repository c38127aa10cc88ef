"""Values of which a site has hundreds of thousands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: type[T]) -> type[T]:
    """A dataclass that the type checker keeps frozen. One frozen as it runs takes five times as long to make."""
    return dataclass(slots=True, unsafe_hash=True)(cls)
