"""The rule about notations that a later version will not read."""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.facts.field_types import OPTIONAL
from sitegen.findings import Edit, Finding, Fix
from sitegen.rules.context import LintContext, UnitSummary


def deprecated_types(context: LintContext, _: UnitSummary) -> Iterator[Finding]:
    """A declared type with `?` in place of `optional`."""
    for dataset in context.shared.values():
        for declared in dataset.declared.values():
            place = declared.place
            written = "".join(context.lines_of(place.file)[place.line - 1 : place.line])[place.column - 1 :]
            quote = written[:1] if written[:1] in "\"'" else ""
            text = written[: place.length].strip("\"'")
            if not text.endswith("?") or not declared.is_valid:
                continue
            correct = OPTIONAL + text.removesuffix("?").strip().removeprefix(OPTIONAL)
            end = place.column + len(quote + text + quote)
            edit = Edit(place.file, (place.line, place.column), (place.line, end), quote + correct + quote)
            message, fix = f"the notation '{text}' is deprecated", Fix(f"write '{correct}'", (edit,))
            yield Finding("deprecated-notation", message, place, f"write '{correct}'", fix=fix)
