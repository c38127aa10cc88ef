"""The texts of tables that are templates: captions and headers, with the records that columns go across."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import NamedTuple

from sitegen.evaluation.context import Context, Fact
from sitegen.evaluation.views import NamedRecord, Names, SlotView
from sitegen.facts.alternatives import Varying
from sitegen.findings import Finding, Place, Report
from sitegen.tables.columns import Column
from sitegen.templates.template import MARK, BrokenError, MissingError, Template, TemplateProblem


def varying_text(
    varying: Varying[Template], context: Context, names: ReadOnly[str, object], report: Report
) -> FilledText:
    """The text that applies in a context. Reports a problem; the text is empty then."""
    alternative = context.applicable(varying)
    if alternative is None:
        message, place = f"no text applies on {context.day}", varying.alternatives[0].place
        report(Finding("missing-value", message, place, "add a text for earlier dates"))
        return FilledText("", ())
    return fill_text(alternative.value, names, report) or FilledText("", ())


def header_text(column: Column, context: Context, report: Report) -> FilledText:
    """The header of a column. Reports a problem."""
    return varying_text(column.header, *header_names(column, context), report)


def header_names(column: Column, context: Context) -> tuple[Context, Names]:
    """The context for the header of a column, and the names in it: those of the record that it goes across, too.

    The library and the product are those of this record, if any. Another product than that of the page is not open,
    since placeholders are for that of the page.
    """
    views = {record.dataset: NamedRecord(row.context, record) for row in column.across_rows for record in row.records}
    if column.across_rows:
        own = column.across_rows[-1].context
        is_open = context.is_open and own.product == context.product
        context = replace(context.switched(own.product, own.library), is_open=is_open)
    return context, Names(context, **views)


class FilledText(NamedTuple):
    """The text of a filled template, and the facts that it prints."""

    text: str
    facts: tuple[Fact, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of the facts."""
        return tuple(place for fact in self.facts for place in fact.places)


def fill_text(template: Template, names: ReadOnly[str, object], report: Report, *shown_on: str) -> FilledText | None:
    """Fill a template of plain text, such as a header or a path. Reports a problem, and returns None then.

    `shown_on` are the pages that it affects.
    """
    try:
        text, facts = template.fill(names)
    except BrokenError:
        return None
    except TemplateProblem as problem:
        report(problem.finding(*shown_on))
        return None
    try:
        return FilledText(MARK.sub(lambda match: str(facts[int(match[1])]), text), facts)
    except MissingError as error:  # the value is a table
        index = next(index for index, fact in enumerate(facts) if isinstance(fact, SlotView))
        report(Finding(error.code, str(error), template.place_of(index, names), shown_on=shown_on))
        return None
