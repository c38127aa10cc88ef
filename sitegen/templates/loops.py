"""Values that templates set in loops, and lose."""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple


class _NameUse(NamedTuple):
    """A name that is set or read, its token, the tokens of the loops around it, and of the assignment that it is in."""

    name: str
    token: int
    loops: tuple[int, ...]
    assignment: int
    is_set: bool


def lost_sets(tree: Any) -> Iterator[tuple[str, int]]:
    """The names that a loop sets in vain, with their tokens: what is read is still the value from before the loop.

    Jinja2 forgets what is set in a loop at the end of each round.
    """
    uses: dict[str, list[_NameUse]] = defaultdict(list)
    for use in sorted(_uses(tree), key=lambda use: use.token):
        uses[use.name].append(use)
    for name, own in uses.items():
        sets: dict[tuple[int, ...], list[_NameUse]] = defaultdict(list)
        for use in own:
            if use.is_set:
                sets[use.loops].append(use)
        for loops, inside in sets.items():
            outer = (sets.get(loops[:depth], inside)[0].token for depth in range(len(loops)))
            if any(token < inside[0].token for token in outer) and (
                _is_read_before(inside[0], own) or _is_read_after(inside[-1], own)
            ):
                yield name, inside[0].token


def _is_read_before(first: _NameUse, uses: Sequence[_NameUse]) -> bool:
    """Whether a loop reads a name before it first sets it: it gets the value from before the loop in each round."""
    loops, depth = first.loops, len(first.loops)
    for use in uses[bisect(uses, loops[-1], key=lambda use: use.token) :]:
        if use.is_set and use is not first:
            return False
        if not use.is_set and use.loops[:depth] == loops:
            return use.token < first.token or use.assignment == first.token
    return False


def _is_read_after(last: _NameUse, uses: Sequence[_NameUse]) -> bool:
    """Whether a name that a loop sets is read outside of the loop, before it is set again there."""
    depth = len(last.loops)  # reads of this depth or more do not count
    for use in uses[bisect(uses, last.token, key=lambda use: use.token) :]:
        if len(use.loops) < depth and last.loops[: len(use.loops)] == use.loops:
            if not use.is_set:
                return True
            depth = len(use.loops)
        if not depth:
            break
    return False


def _uses(tree: Any) -> Iterator[_NameUse]:
    """The names that a template sets by assignment or reads, in any order."""
    ahead: list[tuple[Any, tuple[int, ...], int]] = [(tree, (), 0)]
    for node, loops, assignment in ahead:  # the list grows; recursion could exceed the limit of Python
        kind, own = type(node).__name__, assignment
        if kind == "Name" and node.ctx == "load":
            yield _NameUse(node.name, node.lineno, loops, assignment, is_set=False)
        if kind in ("Assign", "AssignBlock"):
            own = node.lineno
            names = (each.name for each in (node.target, *node.target.iter_child_nodes()) if _is_name(each))
            yield from (_NameUse(name, own, loops, own, is_set=True) for name in names)
        within = (*loops, node.lineno) if kind == "For" else loops
        outside = node.iter if kind == "For" else None  # what a loop is over
        ahead.extend((each, loops if each is outside else within, own) for each in node.iter_child_nodes())


def _is_name(node: Any) -> bool:
    return type(node).__name__ == "Name"
