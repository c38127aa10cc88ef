"""Values that templates set in loops, and lose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class _Variable(NamedTuple):
    """A variable where it is set or read, with its token, the loops around it, and the assignment that it is in."""

    name: str
    token: int
    loops: tuple[int, ...]
    assignment: int


def lost_sets(tree: Any) -> Iterator[tuple[str, int]]:
    """The names that a loop sets in vain, with their tokens: what is read is still the value from before the loop.

    Jinja2 forgets what is set in a loop at the end of each round.
    """
    sets, reads = _names(tree)
    for own in sets:
        others = [other for other in sets if other.name == own.name and other is not own]
        inside = [other for other in others if _is_around(own, other)]
        if not any(other.token < own.token and _is_around(other, own) and other not in inside for other in others):
            continue
        for read in (read for read in reads if read.name == own.name):
            if _is_around(own, read):
                is_before = read.token < own.token or read.assignment == own.assignment
                is_lost = is_before and not any(other.token < read.token for other in inside)
            else:
                between = (other for other in others if own.token < other.token < read.token)
                is_after = read.token > own.token and _is_around(read, own)
                is_lost = is_after and not any(_is_around(other, read) for other in between)
            if is_lost:
                yield own.name, own.token
                break


def _is_around(outer: _Variable, inner: _Variable) -> bool:
    """Whether all loops around a name are around another one, too."""
    return inner.loops[: len(outer.loops)] == outer.loops


def _names(tree: Any) -> tuple[list[_Variable], list[_Variable]]:
    """The names that a template sets by assignment, and those that it reads."""
    sets: list[_Variable] = []
    reads: list[_Variable] = []
    ahead: list[tuple[Any, tuple[int, ...], int]] = [(tree, (), 0)]
    for node, loops, assignment in ahead:  # the list grows; recursion could exceed the limit of Python
        kind, own = type(node).__name__, assignment
        if kind == "Name" and node.ctx == "load":
            reads.append(_Variable(node.name, node.lineno, loops, assignment))
        if kind in ("Assign", "AssignBlock"):
            own = node.lineno
            names = (each.name for each in (node.target, *node.target.iter_child_nodes()) if _is_name(each))
            sets += [_Variable(name, own, loops, own) for name in names]
        within = (*loops, node.lineno) if kind == "For" else loops
        ahead.extend((child, within, own) for child in node.iter_child_nodes())
    return sets, reads


def _is_name(node: Any) -> bool:
    return type(node).__name__ == "Name"
