"""Steps between values seen from the later side, and a report that accepts no finding."""

from __future__ import annotations

from collections.abc import Mapping

from sitegen.changes.support import Kind
from sitegen.findings import Finding

# What each kind is when one looks from the later side.
MIRRORED: Mapping[Kind, Kind] = {
    "added": "removed",
    "removed": "added",
    "raised": "lowered",
    "lowered": "raised",
    "widened": "narrowed",
    "narrowed": "widened",
    "changed": "changed",
    "level changed": "level changed",
    "date moved": "date moved",
    "wording": "wording",
    "order": "order",
}


def refuse(finding: Finding) -> None:
    """A report for what has no finding."""
    raise AssertionError(finding)
