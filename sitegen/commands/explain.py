"""`sitegen explain`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date

from sitegen.commands.exit_codes import OK, USAGE, Options, UsageError, fail
from sitegen.commands.inputs import load
from sitegen.commands.reporting import report_as_text
from sitegen.explanation.answers import PageAnswer, answer_question
from sitegen.explanation.facts import Explanation, explain, facts_named, is_name
from sitegen.explanation.terms import NoQuestionError, UnclearError
from sitegen.facts.values import STAGES
from sitegen.findings import Place
from sitegen.site.combine import build_site

_YES, _NO, _NOT_STATED = 0, 1, 4
_WORDS = {"yes": "Yes", "no": "No", "not-stated": "Not stated", "unknown": "Unknown", "partial": "Partly"}
_KEYS = {"scope": "for", "since": "from", "format": "dialect"}
"""The keys in JSON of fields that are named differently in Python."""


def run(options: Options) -> int:
    """Explain facts, or answer a question. Returns 0 for a fact or Yes, 1 for No or another state, 4 for Not stated."""
    site, texts, day = load(options)
    code = report_as_text(site.findings, texts, options)
    if code != OK:
        return code
    named = facts_named(site, options.what)
    data: dict[str, object] = {}
    text = []
    if named:
        made = build_site(site, day, site.settings.formats)
        explanations = explain(site, made.documents, named, made.partials.values())
        text += ["\n".join(_fact_lines(each, day)) for each in explanations]
        data["facts"] = _plain(explanations)
    if not named or is_name(site, options.what):
        try:
            answers = answer_question(site, day, options.what, lambda _: None)
        except UnclearError as error:
            if not named:
                raise UsageError(str(error)) from None
            code = OK if isinstance(error, NoQuestionError) else fail(str(error), USAGE)
        else:
            code = _exit_code(answers)
            text.insert(0, "\n\n".join("\n".join(_answer_lines(each, day)) for each in answers))
            data["answers"] = _plain(answers)
    if options.format == "json":
        print(json.dumps({"version": 2, "as_of": day.isoformat(), **data}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(text))
    return code


def _exit_code(answers: Iterable[PageAnswer]) -> int:
    """0 if each answer is Yes, 1 if one is No or another state, else 4."""
    codes = {{"yes": _YES, "not-stated": _NOT_STATED}.get(each.answer, _NO) for each in answers}
    return _NO if _NO in codes else max(codes, default=_NOT_STATED)


def _plain(value: object) -> object:
    """A record as plain data for JSON: an object with its fields. Places and dates are texts."""
    if isinstance(value, (Place, date)):
        return str(value)
    names = [field.name for field in fields(value)] if is_dataclass(value) else getattr(value, "_fields", ())
    if names:
        return {_KEYS.get(name, name): _plain(getattr(value, name)) for name in names}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _fact_lines(explanation: Explanation, day: date) -> Iterator[str]:
    """The explanation of a fact as text."""
    yield f"{explanation.dataset} › {explanation.record} › {explanation.field}"
    for each in explanation.alternatives:
        scope = f" for {', '.join(each.scope)}" if each.scope else ""
        since = f" from {each.since}" if each.since else ""
        reason = f": {each.reason}" if each.reason else ""
        yield f"  {each.place}  {each.text or 'none'}{scope}{since}{reason}"
    if explanation.over_time:
        yield "over time"
    for pages, history in explanation.over_time:
        steps = (f"from {since} {text or 'nothing'}" if since else text for since, text in history)
        yield f"  {', '.join(pages)}: {', '.join(steps)}"
    shown: dict[tuple[bool, str], dict[str, None]] = {}  # one line for all formats
    for use in explanation.shown:
        shown.setdefault((use.computed, f"{use.page}, {use.where}: {use.text}"), {})[use.format] = None
    for heading, is_computed in ((f"shown as of {day}", False), ("computed from it", True)):
        lines = [(line, formats) for (computed, line), formats in shown.items() if computed == is_computed]
        yield from [heading, *(f"  {line} ({', '.join(formats)})" for line, formats in lines)] if lines else []
    if not shown:
        yield f"no page and no partial shows it as of {day}"


def _answer_lines(answer: PageAnswer, day: date) -> Iterator[str]:
    """An answer as text, with the facts that it is based on."""
    yield ", ".join(filter(None, (answer.product, answer.library, f"as of {day}: {_verdict(answer)}")))
    yield f"  {answer.sentence}"
    for demand in answer.because:
        yield f"  {', '.join(demand.terms)}"
        for fact in demand.facts:
            what = f"{fact.subject} – {fact.header}" if fact.header else fact.subject
            text = f"{what}: {fact.text}" if fact.text else what
            yield f"    {text}  ({', '.join(map(str, fact.places))})"


def _verdict(answer: PageAnswer) -> str:
    """An answer in words, with the state that it is based on: `Yes (Deprecated)`."""
    labels = {state: label for state, (label, _) in STAGES.items()}
    word = _WORDS.get(answer.answer) or labels.get(answer.answer, answer.answer.capitalize())
    qualifies = answer.state in labels and answer.state not in ("ga", answer.answer)
    return f"{word} ({labels[answer.state]})" if qualifies else word
