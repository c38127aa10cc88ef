"""`sitegen explain`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date

from sitegen.commands.edge import load
from sitegen.commands.outcome import OK, USAGE, Options, UsageError, fail
from sitegen.commands.telling import report_beside
from sitegen.explanation.answers import PageAnswer, answer_question
from sitegen.explanation.facts import Explanation, explain, facts_named, is_name
from sitegen.explanation.terms import NoQuestionError, UnclearError
from sitegen.facts.values import STAGES
from sitegen.findings import Place
from sitegen.formats import DIALECTS
from sitegen.site.combine import build_site

_YES, _NO, _NOT_STATED = 0, 1, 4
_WORDS = {"yes": "Yes", "no": "No", "not-stated": "Not stated", "unknown": "Unknown", "partial": "Partly"}
_KEYS = {"scope": "for", "since": "from"}
"""Keys of the JSON that cannot be names of fields in Python."""


def run(options: Options) -> int:
    """Explain facts, or answer a question: exit code 0 for Yes, 1 for No or a state, 4 where nothing states it."""
    site, texts, day = load(options)
    code = report_beside(site.findings, texts, options)
    if code != OK:
        return code
    named = facts_named(site, options.what)
    found: dict[str, object] = {}
    text = []
    if named:
        documents = build_site(site, day, tuple(DIALECTS)).documents
        explanations = [explain(site, documents, origin) for origin in named]
        text += ["\n".join(_fact_lines(each, day)) for each in explanations]
        found["facts"] = _plain(explanations)
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
            found["answers"] = _plain(answers)
    if options.format == "json":
        print(json.dumps({"version": 2, "as_of": day.isoformat(), **found}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(text))
    return code


def _exit_code(answers: Iterable[PageAnswer]) -> int:
    """0 where each answer is Yes, 1 where one is No or a state, else 4."""
    codes = {{"yes": _YES, "not-stated": _NOT_STATED}.get(each.answer, _NO) for each in answers}
    return _NO if _NO in codes else max(codes, default=_NOT_STATED)


def _plain(value: object) -> object:
    """Records as JSON: an object with their fields. A place is its text."""
    if isinstance(value, (Place, date)):
        return str(value)
    names = [field.name for field in fields(value)] if is_dataclass(value) else getattr(value, "_fields", ())
    if names:
        return {_KEYS.get(name, name): _plain(getattr(value, name)) for name in names}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _fact_lines(found: Explanation, day: date) -> Iterator[str]:
    """A fact for a terminal."""
    yield f"{found.dataset} › {found.record} › {found.field}"
    for each in found.alternatives:
        scope = f" for {', '.join(each.scope)}" if each.scope else ""
        since = f" from {each.since}" if each.since else ""
        reason = f": {each.reason}" if each.reason else ""
        yield f"  {each.place}  {each.text or 'none'}{scope}{since}{reason}"
    if found.over_time:
        yield "over time"
    for pages, history in found.over_time:
        steps = (f"from {since} {text or 'nothing'}" if since else text for since, text in history)
        yield f"  {', '.join(pages)}: {', '.join(steps)}"
    shown: dict[tuple[bool, str], dict[str, None]] = {}  # what several dialects show is one line
    for one in found.shown:
        shown.setdefault((one.computed, f"{one.page}, {one.where}: {one.text}"), {})[one.dialect] = None
    for heading, wanted in ((f"shown as of {day}", False), ("computed from it", True)):
        lines = [(line, dialects) for (computed, line), dialects in shown.items() if computed == wanted]
        yield from [heading, *(f"  {line} ({', '.join(dialects)})" for line, dialects in lines)] if lines else []
    if not shown:
        yield f"not shown as of {day}"


def _answer_lines(found: PageAnswer, day: date) -> Iterator[str]:
    """An answer for a terminal, with the facts that it rests on."""
    yield f"{found.product}, {found.library}, as of {day}: {_verdict(found)}"
    yield f"  {found.sentence}"
    for demand in found.because:
        yield f"  {', '.join(demand.terms)}"
        for fact in demand.facts:
            what = f"{fact.subject} – {fact.header}" if fact.header else fact.subject
            text = f"{what}: {fact.text}" if fact.text else what
            yield f"    {text}  ({', '.join(map(str, fact.places))})"


def _verdict(found: PageAnswer) -> str:
    """An answer in words, with the state that it comes from: `Yes (Deprecated)`."""
    labels = {state: label for state, (label, _) in STAGES.items()}
    word = _WORDS.get(found.answer) or labels.get(found.answer, found.answer.capitalize())
    qualifies = found.state in labels and found.state not in ("ga", found.answer)
    return f"{word} ({labels[found.state]})" if qualifies else word
