"""Results that products share."""

from __future__ import annotations

from typing import Generic, TypeVar

from sitegen.evaluation.context import Context

T = TypeVar("T")


class SharedResults(Generic[T]):
    """Results by key. Each is used for all products for which it would be the same."""

    def __init__(self) -> None:
        self._results: dict[object, list[tuple[Context, T]]] = {}

    def find(self, key: object, context: Context) -> T | None:
        """The result for a context, or None. Adds the reads of its evaluation to the context."""
        for evaluated, result in self._results.get(key, ()):
            if evaluated.is_same_for(context):
                context.add_reads(evaluated)
                return result
        return None

    def add(self, key: object, evaluated: Context, result: T) -> None:
        """Add the result of an evaluation in a context."""
        self._results.setdefault(key, []).append((evaluated, result))
