"""`sitegen explain`."""

from __future__ import annotations

import json

from sitegen.commands.edge import UsageError, load
from sitegen.commands.telling import OK, Options, report_beside
from sitegen.dialects import DIALECTS
from sitegen.explanation import facts, questions
from sitegen.site import build_site


def run(options: Options) -> int:
    """Explain facts, or answer a question."""
    site, texts, day = load(options)
    code = report_beside(site.findings, texts, options)
    if code != OK:
        return code
    named = facts.facts_named(site, options.what)
    if named:
        documents = build_site(site, day, tuple(DIALECTS), text=False).documents
        explanations = [facts.explain(site, documents, origin) for origin in named]
        text = facts.as_text(explanations, day)
        found = {"facts": [facts.as_dict(each) for each in explanations]}
    else:
        try:
            answers = questions.ask(site, day, options.what, lambda _: None)
        except questions.UnknownTermError as error:
            raise UsageError(str(error)) from None
        text = questions.as_text(answers, day)
        found = {"answers": [questions.as_dict(answer) for answer in answers]}
    if options.format == "json":
        text = json.dumps({"version": 1, "as_of": day.isoformat(), **found}, indent=2, ensure_ascii=False)
    print(text)
    return OK
