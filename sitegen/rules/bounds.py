"""The rule about pairs of fields with a lower and an upper bound, such as `min_version` and `max_version`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

from sitegen.facts.datasets import Dataset
from sitegen.facts.values import Day, Value, Versions
from sitegen.facts.version_ranges import Range, intersect
from sitegen.findings import Finding
from sitegen.rules.context import LintUnit
from sitegen.rules.periods import overlap, periods

_UPPER = {
    "low": "high", "lower": "upper", "lowest": "highest", "min": "max", "minimum": "maximum", "first": "last",
    "oldest": "newest", "earliest": "latest", "start": "end", "starts": "ends",
}  # fmt: skip


def reversed_bounds(unit: LintUnit) -> Iterator[Finding]:
    """A lower bound that is above the upper one of the same record: versions or dates of two fields."""
    for record in unit.records:
        ids = (unit.library, record.id)
        for low, high in _pairs(unit.datasets[record.dataset]):
            for one, other in product(periods(record, low, ids), periods(record, high, ids)):
                texts = _reversed(one.alternative.value, other.alternative.value)
                if texts and overlap(one.days, other.days):
                    message = f"'{low}' is {texts[0]}, which is above '{high}', {texts[1]}"
                    place, hint = one.alternative.place, "correct one of the two"
                    yield Finding("reversed-bounds", message, place, hint, subject=record.subject)


def _pairs(dataset: Dataset) -> Iterator[tuple[str, str]]:
    """The fields with a lower bound, each with the field of the upper one: their names differ in one word."""
    for name, kind in dataset.fields.items():
        words = re.split("([._-])", name) if kind.name in ("version", "date") else []
        for index, word in enumerate(words):
            other = "".join((*words[:index], _UPPER.get(word, ""), *words[index + 1 :]))
            if word in _UPPER and other in dataset.fields and dataset.fields[other].name == kind.name:
                yield name, other


def _reversed(low: Value, high: Value) -> tuple[str, str] | None:
    """The texts of two bounds if the lower one is above the upper one."""
    if isinstance(low, Versions) and isinstance(high, Versions):
        is_above = not intersect([Range(low.set.minimum, None)], [Range(None, high.set.ranges[-1].high)])
        return (low.text, high.text) if is_above else None
    return (low.text, high.text) if isinstance(low, Day) and isinstance(high, Day) and low.first > high.last else None
