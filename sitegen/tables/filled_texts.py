"""Templates of plain text: headers, captions and paths."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from sitegen.evaluation.context import Context, Fact, SharedResults
from sitegen.evaluation.views import Names
from sitegen.facts.values import Text
from sitegen.templates.placeholders import Form
from sitegen.templates.template import MARK, BrokenError, Template, TemplateProblem

if TYPE_CHECKING:
    from sitegen.findings import Place, Report


class Filled(NamedTuple):
    """A filled text, and the facts that it prints."""

    text: str
    facts: tuple[Fact, ...]

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of the facts."""
        return tuple(place for fact in self.facts for place in fact.places)


def fill_text(template: Template, names: ReadOnly[str, object], place: Place, report: Report) -> Filled | None:
    """Fill a template of plain text, such as a header or a path. A problem becomes a finding, and None."""
    try:
        text, facts = template.fill(names)
    except BrokenError:
        return None
    except TemplateProblem as problem:
        report(replace(problem.finding(), place=place, hint=""))
        return None
    return Filled(MARK.sub(lambda match: str(facts[int(match[1])]), text), facts)


class Texts:
    """Fills templates of plain text, each once for all products for which it is the same but for fields it prints."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._filled: SharedResults[tuple[Filled, frozenset[Place], Form]] = SharedResults()

    def fill(self, template: Template, context: Context, place: Place) -> Filled | None:
        """As `fill_text` in a context."""
        if template.compiled is None:
            return Filled(template.source, ())
        if not context.product or context.is_open:
            return fill_text(template, Names(context), place, self._report)
        key = (id(template), context.library)
        found = self._filled.find(key, context)
        if found is None:
            own = context.fresh(is_open=True)
            filled = fill_text(template, Names(own), place, self._report)
            context.add_reads(own)
            if filled is None:
                return None
            found = filled, frozenset(own.reads.places), Form((filled.text, *map(str, filled.facts)))
            self._filled.add(key, own, found)
        filled, places, form = found
        context.reads.places.update(context.closed_places(places))
        if not form.names:
            return filled
        context.read_product()
        text, *values = map("".join, form.fill(context.field_values(form.names)))
        facts = zip(values, filled.facts, strict=True)
        return Filled(
            text, tuple(Fact(Text(value), tuple(context.closed_places(fact.places))) for value, fact in facts)
        )
