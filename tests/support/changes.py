"""The reverse of changes, and a report that accepts no finding."""

from __future__ import annotations

from collections.abc import Mapping

from sitegen.changes.support import Kind
from sitegen.findings import Finding

# The reverse of each kind of change.
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
    """A report that fails for any finding."""
    raise AssertionError(finding)
