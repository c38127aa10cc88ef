"""Cells with several lines: what each line states."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from sitegen.facts.values import Versions
from sitegen.facts.version_ranges import normalize
from sitegen.importing.columns import ColumnPlan, Entry, value_of, verbatim

_STATEMENTS = ("support", "version", "versions", "list of versions", "stage")  # types that answer questions


def without_firsts(plan: ColumnPlan, cells: Sequence[tuple[str, ...]]) -> ColumnPlan:
    """A plan of states or versions in which the first of several lines is a verbatim text."""
    if plan.type not in _STATEMENTS:
        return plan
    pairs = zip(plan.values, cells, strict=True)
    values = (value if len(each) < 2 else verbatim(each)[0] for value, each in pairs)
    return replace(plan, values=tuple(values))


def with_lines(plan: ColumnPlan, cells: Sequence[tuple[str, ...]]) -> ColumnPlan:
    """A plan for all lines as one for the cells. If lines mean something else together, they are verbatim texts."""
    rest = iter(plan.values)
    values: list[Entry] = []
    for each in cells:
        several = tuple(islice(rest, len(each) or 1))
        is_one = len(several) == 1
        texts = [str(value["is"] if isinstance(value, ReadOnly) and "is" in value else value) for value in several]
        values.append(several[0] if is_one else {"all": several if is_union(texts, plan.scheme) else verbatim(each)})
    return replace(plan, values=tuple(values), options=(*plan.options, ("joiner", r'"\n"')))


def is_union(texts: Sequence[str], scheme: str = "") -> bool:
    """Whether several versions mean the same together as one by one; `1.2+` and `2.4+` may be of two branches."""
    read = [value_of("versions", text, scheme) for text in (*texts, ", ".join(texts))]
    *alone, together = [value.set.ranges if isinstance(value, Versions) else () for value in read]
    return all(alone) and normalize(item for ranges in alone for item in ranges) == together
