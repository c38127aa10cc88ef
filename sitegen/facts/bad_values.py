"""Values that are invalid, and their findings."""

from __future__ import annotations

from sitegen.findings import Finding
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
