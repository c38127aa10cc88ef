"""`sitegen explain`."""

from __future__ import annotations

import json

from sitegen.commands.edge import load
from sitegen.commands.outcome import OK, USAGE, Options, UsageError, fail
from sitegen.commands.telling import report_beside
from sitegen.dialects import DIALECTS
from sitegen.explanation import facts, questions
from sitegen.explanation.terms import NothingAskedError, UnclearError
from sitegen.site import build_site


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
            answers = questions.ask(site, day, options.what, lambda _: None)
        except UnclearError as error:
            if not named:
                raise UsageError(str(error)) from None
            code = OK if isinstance(error, NothingAskedError) else fail(str(error), USAGE)
        else:
            code = questions.exit_code(answers)
            text.insert(0, questions.as_text(answers, day))
            found["answers"] = [questions.as_dict(each) for each in answers]
    if options.format == "json":
        print(json.dumps({"version": 2, "as_of": day.isoformat(), **found}, indent=2, ensure_ascii=False))
    else:
        print("\n\n".join(text))
    return code
