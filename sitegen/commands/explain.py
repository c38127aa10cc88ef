"""`sitegen explain`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date

from sitegen.commands.edge import UsageError, load
from sitegen.commands.telling import OK, USAGE, Options, fail, report_beside
from sitegen.dialects import DIALECTS
from sitegen.explanation import facts
from sitegen.explanation.answers import Answer, ask
from sitegen.explanation.terms import NothingAskedError, UnclearError
from sitegen.findings import Place
from sitegen.site import build_site
from sitegen.values import STAGES

_YES, _NO, _NOT_STATED = 0, 1, 4
_WORDS = {"yes": "Yes", "no": "No", "not-stated": "Not stated", "unknown": "Unknown", "partial": "Partly"}


def run(options: Options) -> int:
    """Explain facts, or answer a question: exit code 0 for Yes, 1 for No or a state, 4 where nothing states it."""
    site, texts, day = load(options)
    code = report_beside(site.findings, texts, options)
    if code != OK:
        return code
    named = facts.facts_named(site, options.what)
    found: dict[str, object] = {}
    text = []
    if named:
        documents = build_site(site, day, tuple(DIALECTS), text=False).documents
        explanations = [facts.explain(site, documents, origin) for origin in named]
        text.append(facts.as_text(explanations, day))
        found["facts"] = [facts.as_dict(each) for each in explanations]
    if not named or facts.is_name(site, options.what):
        try:
            answers = ask(site, day, options.what, lambda _: None)
        except UnclearError as error:
            if not named:
                raise UsageError(str(error)) from None
            code = OK if isinstance(error, NothingAskedError) else fail(str(error), USAGE)
        else:
            code = _exit_code(answers)
            text.insert(0, "\n\n".join("\n".join(_lines(each, day)) for each in answers))
            found["answers"] = _plain(answers)
    if options.format == "json":
        print(json.dumps({"version": 2, "as_of": day.isoformat(), **found}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(text))
    return code


def _exit_code(answers: Iterable[Answer]) -> int:
    """0 where each answer is Yes, 1 where one is No or a state, else 4."""
    codes = {{"yes": _YES, "not-stated": _NOT_STATED}.get(each.answer, _NO) for each in answers}
    return _NO if _NO in codes else max(codes, default=_NOT_STATED)


def _lines(found: Answer, day: date) -> Iterator[str]:
    """An answer for a terminal, with the facts that it rests on."""
    yield f"{found.product}, {found.library}, as of {day}: {_verdict(found)}"
    yield f"  {found.sentence}"
    for demand in found.because:
        yield f"  {', '.join(demand.terms)}"
        for fact in demand.facts:
            what = f"{fact.subject} – {fact.header}" if fact.header else fact.subject
            text = f"{what}: {fact.text}" if fact.text else what
            yield f"    {text}  ({', '.join(map(str, fact.places))})"


def _verdict(found: Answer) -> str:
    """An answer in words, with the state that it comes from: `Yes (Deprecated)`."""
    labels = {state: label for state, (label, _) in STAGES.items()}
    word = _WORDS.get(found.answer) or labels.get(found.answer, found.answer.capitalize())
    qualifies = found.state in labels and found.state not in ("ga", found.answer)
    return f"{word} ({labels[found.state]})" if qualifies else word


def _plain(value: object) -> object:
    """Records as JSON: an object with their fields. A place is its text."""
    if isinstance(value, Place):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return value
