"""Questions about compatibility, answered from published tables: `Python 3.8, Linux i686, API Security, AAP?`

Each table that knows some of the terms answers with a row, or with rows that agree, in which all of these terms match.
The versions of the library join the answers of several tables, and the worst state wins. A term without a row leaves
the question unanswered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sitegen.changes.published import published
from sitegen.explanation.answers import Answer, answer
from sitegen.explanation.asked_page import AskedPage
from sitegen.explanation.claims import EXCLUDED, answer_of
from sitegen.explanation.names import key, near, other_names, words
from sitegen.explanation.terms import NothingAskedError, Term, UnclearError, parse_question
from sitegen.facts import LIBRARIES
from sitegen.findings import Report
from sitegen.loading import Site
from sitegen.values import STAGES

YES, NO, NOT_STATED, NOT_UNDERSTOOD = 0, 1, 4, 2


def ask(site: Site, day: date, question: str, report: Report) -> list[Answer]:
    """Answer a question on each page that it may be about. Raises UnclearError for one that is not understood."""
    found = published(site, day, report, _libraries_named(site, question))
    pages = [AskedPage(facts) for facts in found.values()]
    known: dict[str, str] = {}
    for name, text in (each for page in pages for each in page.names()):
        known.setdefault(name, text)
    terms = parse_question(question, known, {word for page in pages for word in page.words()})
    for term in terms:
        if term.known or any(page.leaving_out(term.key) for page in pages):
            continue
        like = near(term.name, set(known.values()))
        if like or len(terms) == 1:
            names = ", ".join(f"'{name}'" for name in like)
            raise UnclearError(
                f"nothing is called '{term.name}' on {day}" + (f"; did you mean {names}?" if like else "")
            )
    pages, terms = _pages(pages, terms)
    return [answer(page, terms) for page in pages]


def _libraries_named(site: Site, question: str) -> frozenset[str] | None:
    """The libraries that a question names; None where it names none, and is about all."""
    dataset = site.facts.datasets.get(LIBRARIES)
    asked = " ".join(words(question.replace("=", " ").replace(">", " ").replace("<", " ")))
    found = set()
    for record in dataset.records.values() if dataset else ():
        texts = {text for text, _ in other_names(record)}
        texts |= {a.value.text for fact in record.facts.values() for a in fact.alternatives if hasattr(a.value, "text")}
        if any(key(text) and f" {' '.join(words(text))} " in f" {asked} " for text in texts):
            found.add(record.id)
    return frozenset(found) or None


def _pages(pages: Sequence[AskedPage], terms: Sequence[Term]) -> tuple[list[AskedPage], list[Term]]:
    """The pages of the products and libraries that a question names, and its other terms."""
    left = list(terms)
    chosen = list(pages)
    for role in ("product", "library"):
        named = [(term, _named(pages, role, term.key)) for term in left if term.name and term.known]
        named = [(term, found) for term, found in named if found]
        alone = [(term, found) for term, found in named if not any(_in_tables(page, term.key) for page in found)]
        for term, _ in alone or named[:1]:
            if term.versions is None and not term.library:
                left.remove(term)
        wanted = {id(page) for _, found in alone or named[:1] for page in found}
        chosen = [page for page in chosen if id(page) in wanted] if wanted else chosen
    if not left:
        raise NothingAskedError("the question names a page; add what to ask of it, such as a name or a version")
    return chosen, left


def _named(pages: Sequence[AskedPage], role: str, wanted: str) -> list[AskedPage]:
    """The pages whose product or library has a name; its other texts count where no table has such a name."""
    by_name = [page for page in pages if wanted in getattr(page, role)[0]]
    if by_name or any(_in_tables(page, wanted) for page in pages):
        return by_name
    return [page for page in pages if wanted in getattr(page, role)[1]]


def _in_tables(page: AskedPage, wanted: str) -> bool:
    """Whether a row or a column of a page has a name."""
    return any(page.rows_of(table, wanted) or table.asked_columns(wanted) for table in page.tables)


# --- written down --------------------------------------------------------------------

_WORDS = {"yes": "Yes", "no": "No", "not-stated": "Not stated", "unknown": "Unknown", "partial": "Partly"}


def exit_code(answers: Iterable[Answer]) -> int:
    """0 where each answer is Yes, 1 where one is No or a state, else 4."""
    codes = {{"yes": YES, "not-stated": NOT_STATED}.get(each.answer, NO) for each in answers}
    return NO if NO in codes else max(codes, default=NOT_STATED)


def verdict(found: Answer) -> str:
    """An answer in words, with the state that it comes from: `Yes (Deprecated)`."""
    word = _WORDS.get(found.answer) or (
        STAGES[found.answer][0] if found.answer in STAGES else found.answer.capitalize()
    )
    if found.state in STAGES and found.state not in ("ga", found.answer):
        return f"{word} ({STAGES[found.state][0]})"
    return word


def as_text(answers: Iterable[Answer], day: date) -> str:
    """Write answers for a terminal, each with the chain of facts behind it."""
    return "\n\n".join("\n".join(_lines(found, day)) for found in answers)


def _lines(found: Answer, day: date) -> Iterator[str]:
    yield f"{found.product}, {found.library}, as of {day}: {verdict(found)}"
    yield f"  {found.sentence}"
    for demand in found.demands:
        yield f"  {', '.join(demand.terms)}"
        for ground in demand.grounds:
            what = f"{ground.subject} – {ground.header}" if ground.header else ground.subject
            text = f"{what}: {ground.text}" if ground.text else what
            yield f"    {text}  ({', '.join(map(str, ground.places))})"


def as_dict(found: Answer) -> dict[str, object]:
    """An answer for other programs."""
    return {
        "page": found.page,
        "product": found.product,
        "library": found.library,
        "answer": found.answer,
        "state": "no" if found.state == EXCLUDED else found.state,
        "sentence": found.sentence,
        "unstated": list(found.unstated),
        "releases": [
            {
                "branch": fit.release.versions.text,
                "versions": fit.versions,
                "level": fit.release.level,
                "answer": answer_of(fit.state),
                "place": str(fit.release.place),
            }
            for fit in found.fits
        ],
        "because": [
            {
                "terms": list(demand.terms),
                "facts": [
                    {
                        "subject": ground.subject,
                        "header": ground.header,
                        "text": ground.text,
                        "places": [str(place) for place in ground.places],
                    }
                    for ground in demand.grounds
                ],
            }
            for demand in found.demands
        ],
    }
