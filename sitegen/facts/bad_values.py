"""Values that are invalid, and their findings."""

from __future__ import annotations

from collections.abc import Iterable

from sitegen.facts.values import STAGES
from sitegen.findings import Finding, did_you_mean
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence


class BadValueError(ValueError):
    """A value is invalid. With an `offset`, the problem is so many characters after the first `skip` ones."""

    def __init__(self, code: str, message: str, hint: str = "", offset: int | None = None, skip: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.offset = offset
        self.skip = skip

    def finding(self, node: Node) -> Finding:
        """The finding at the node of the value."""
        place = node.place
        if isinstance(node, Scalar) and self.offset is not None and self.offset < place.length:
            start = self.offset + self.skip + (0 if node.plain else 1)
            place = place._replace(column=place.column + start, length=max(1, place.length - start))
        return Finding(self.code, str(self), place, self.hint)


def shape(node: Node) -> str:
    """The kind of a node, in a message."""
    return {Scalar: "text", Sequence: "list", Mapping: "mapping"}[type(node)]


def unknown_stage(text: str, own: Iterable[str] = ()) -> BadValueError:
    """The error for a text that is neither a stage nor one of a field's `own` levels."""
    return BadValueError("unknown-stage", f"'{text}' is not a stage", did_you_mean(text, (*STAGES, *own)))
