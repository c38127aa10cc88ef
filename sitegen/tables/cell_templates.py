"""Templates in cells: texts around values (`show`), and links that contain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from sitegen.evaluation.context import Fact
from sitegen.evaluation.views import NONE_PRINTED, Names, RecordView
from sitegen.facts.values import TARGET_HINT, Link, Text, Value, is_target
from sitegen.findings import Finding, Place, Report
from sitegen.tables.columns import Column
from sitegen.tables.grids import Span, plain_text
from sitegen.tables.rows import Found, TableRow, steps_of
from sitegen.templates.template import MARK, BrokenError, Template, TemplateProblem

_SAFE = "/:@!$*(),~"  # in a path, and without another meaning in a query


class CellTemplates:
    """Fills templates of cells. In them, `record` is the record that has the value; the name of a dataset of the row is
    the record of the row. Problems are reported, with the record as their subject.
    """

    def __init__(self, report: Report) -> None:
        self.report = report

    def shown(
        self, template: Template, spans: tuple[Span, ...], found: Found, row: TableRow, write: Callable[[Value], str]
    ) -> tuple[tuple[Span, ...], tuple[Place, ...]]:
        """The spans of a value with the text of `show` around them, and the places of the facts in this text.

        `write` returns the text of another value in it. A text without the value of a link is linked.
        """
        value = Fact(Text(plain_text(spans)), found.fact.places)
        filled = self._filled(template, found, row, value=value)
        if filled is None:
            return spans, ()
        text, facts = filled
        if not text.strip():
            self._report(Finding("no-value", "'show' omits the value", template.place, "print << value >>"), found)
        pieces: list[Span] = []
        target = "" if any(fact is value for fact in facts) else spans[0].target
        for index, part in enumerate(MARK.split(text)):
            fact = facts[int(part)] if index % 2 else part
            for span in (
                spans
                if fact is value
                else (Span("text", fact if isinstance(fact, str) else write(fact.value), target),)
            ):
                last = pieces[-1] if pieces else None
                if last is not None and span == replace(last, text=span.text) and span.kind == "text":
                    pieces[-1] = replace(last, text=last.text + span.text)  # formats escape each span on its own
                elif span.text:
                    pieces.append(span)
        return tuple(pieces), tuple(place for fact in facts for place in fact.places)

    def target(self, template: Template, found: Found, row: TableRow) -> tuple[str, tuple[Place, ...]]:
        """The target of a link, and the places of the facts in it; an empty text if it uses a value `none`.

        Values are encoded, except those of the type `link`.
        """
        text, facts = self._filled(template, found, row) or ("", ())
        target = MARK.sub(lambda match: _in_target(facts[int(match[1])]), text).strip()
        if target and not is_target(target):
            finding = Finding("bad-link", f"'{target}' is not a valid link target", template.place, TARGET_HINT)
            self._report(finding, found)
            return "", ()
        return target, tuple(place for fact in facts for place in fact.places)

    def read(self, column: Column, row: TableRow) -> None:
        """Fill the templates of a column for each value of a row, in a context that records what they read."""
        value = Fact(Text(""))
        for part, path in zip(column.by_field, column.fields, strict=True):
            for template in (part.show, part.link):
                if isinstance(template, Template):
                    *_, (_, found) = steps_of(path, row)
                    for record, source in found:
                        self._filled(template, Found(value, record, source), row, value=value)

    def _filled(
        self, template: Template, found: Found, row: TableRow, **value: Fact
    ) -> tuple[str, tuple[Any, ...]] | None:
        """The text of a template with marks, and the facts that it prints; None if that fails, which is reported."""
        records = {record.dataset: RecordView(row.context, record, row.ids) for record in row.records}
        view = RecordView(found.row.context, found.record, found.row.ids)
        try:
            return template.fill(Names(row.context, **{**records, "record": view, **value}))
        except BrokenError:
            return None
        except TemplateProblem as problem:
            finding = problem.finding()
            if value or finding.message != NONE_PRINTED:  # a link without its value is none
                self._report(finding, found)
            return None

    def _report(self, finding: Finding, found: Found) -> None:
        subject = f"{found.record.dataset} '{found.record.id}'"
        message = finding.message if finding.message.startswith(subject) else f"{subject}: {finding.message}"
        library = found.row.context.library
        self.report(replace(finding, message=message, subject=found.record.subject, library=library))


def _in_target(fact: Fact) -> str:
    return fact.value.text if isinstance(fact.value, Link) else quote(str(fact), safe=_SAFE)
