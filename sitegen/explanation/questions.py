"""Questions about compatibility, answered from facts: `Python 3.8, Linux i686, API Security, AAP?`

A question is a list of terms. One may name a product or a library. Each other one names a
record by the words of its texts, perhaps with a version that one of its sets of versions
holds. What a record says in versions of a ladder (a dataset of releases with lifecycles)
narrows the releases that fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from sitegen.changes.published import PageFacts, published
from sitegen.context import Context
from sitegen.definitions import Definition
from sitegen.facts import LIBRARIES, LINKS, PRODUCTS, Record
from sitegen.findings import Place, Report, did_you_mean, nearest
from sitegen.frozen import frozen
from sitegen.library import product_contexts
from sitegen.loading import Site
from sitegen.rows import row_groups
from sitegen.site import shared_contexts
from sitegen.values import STAGES, Lifecycle, List, Support, Text, Value, Versions
from sitegen.version_ranges import Range, VersionError, intersect, parse_version, range_text

Row = tuple[Record, ...]


class UnknownTermError(ValueError):
    """A term that names nothing; the message says what is near."""


@frozen
class Ground:
    """A fact that an answer rests on: what of, what it says, where it stands, and whether anything is supported.

    Where it counts versions of a ladder, `ranges` are those.
    """

    subject: str
    text: str
    places: tuple[Place, ...]
    supported: bool
    ladder: str = ""
    ranges: tuple[Range, ...] = ()


@frozen
class Demand:
    """What a question asks of releases: some terms, and the grounds, any of which is enough."""

    terms: tuple[str, ...]
    grounds: tuple[Ground, ...]


@frozen
class Fit:
    """A release branch that fits: its versions as written, those of them that fit, and its level of support."""

    branch: str
    versions: str
    level: str
    supported: bool
    place: Place


@frozen
class Answer:
    """The answer of one page: the releases that fit, and why. It says nothing of `unstated` terms.

    `measured` says that there are releases to fit.
    """

    page: str
    product: str
    library: str
    unstated: tuple[str, ...]
    demands: tuple[Demand, ...]
    fits: tuple[Fit, ...]
    measured: bool

    @property
    def verdict(self) -> str:
        """`yes`, `no`, `unstated`, or `unsupported` where only releases fit that are no longer supported."""
        if self.unstated:
            return "unstated"
        if not all(any(ground.supported for ground in demand.grounds) for demand in self.demands):
            return "no"
        if not self.measured:
            return "yes"
        return "no" if not self.fits else "yes" if any(fit.supported for fit in self.fits) else "unsupported"


def ask(site: Site, day: date, question: str, report: Report) -> list[Answer]:
    """Answer a question on each page that it may be about. Raises UnknownTermError."""
    terms = [term for term in (part.strip(" ?") for part in re.split(r"[,;]", question)) if term]
    contexts = [c for shared in shared_contexts(site, day) for c in product_contexts(shared, report)]
    for dataset, role in ((PRODUCTS, "product"), (LIBRARIES, "library")):
        for term in [t for t in terms if any(_is_named(context, dataset, role, t) for context in contexts)]:
            contexts = [context for context in contexts if _is_named(context, dataset, role, term)]
            terms.remove(term)
    _check_terms(terms, contexts, day)
    pages = published(site, day, report, frozenset(context.library for context in contexts)).pages
    return [_Asked(site, pages[c.name]).answer(terms) for c in contexts if c.name in pages]


def _is_named(context: Context, dataset: str, role: str, term: str) -> bool:
    """Whether a term is a name of the product or the library of a context, and nothing more."""
    record = context.datasets[dataset].records[getattr(context, role)]
    texts = [record.id, *(text for text, _ in _texts(record, context, frozenset((record.id,))))]
    return term.casefold() in (text.casefold() for text in texts)


def _check_terms(terms: Sequence[str], contexts: Sequence[Context], day: date) -> None:
    for term in terms:
        if any(_candidates(term, context) for context in contexts):
            continue
        known = {
            text for context in contexts for record in _records(context) for text, _ in _all_texts(record, context)
        }
        texts = [text for text in known if len(text) < 60]
        words = {word for text in texts for word in re.split(r"[\s(),/]+", text.casefold()) if word}
        near = [*nearest(term, texts), *nearest(term.casefold(), words)]
        hint = f"did you mean '{near[0]}'?" if near else did_you_mean(term, texts)
        raise UnknownTermError(f"nothing is called '{term}' on {day}" + (f"; {hint}" if hint else ""))


def _records(context: Context) -> Iterator[Record]:
    for name, dataset in context.datasets.items():
        if name not in (PRODUCTS, LIBRARIES, LINKS):
            yield from (record for record in dataset.records.values() if record.in_force(context.day))


def _texts(record: Record, context: Context, ids: frozenset[str]) -> Iterator[tuple[str, Place]]:
    """The texts that a record has for the ids of a row, with their places."""
    for fact in record.facts.values():
        found = fact.at(context.ids | ids | {record.id}, context.day)
        if found is not None:
            yield from ((text, found.place) for text in _words_of(found.value))


def _all_texts(record: Record, context: Context) -> Iterator[tuple[str, Place]]:
    """The texts that a record has in any row."""
    for fact in record.facts.values():
        for alternative in fact.alternatives:
            if alternative.since is None or alternative.since <= context.day:
                yield from ((text, alternative.place) for text in _words_of(alternative.value))


def _words_of(value: Value) -> tuple[str, ...]:
    if isinstance(value, List):
        return tuple(text for item in value.items for text in _words_of(item))
    return (value.text,) if isinstance(value, Text) else ()


def _candidates(term: str, context: Context) -> list[Record]:
    """The records that a term may mean: those of that name, else those that have all its words."""
    named, like = [], []
    for record in _records(context):
        texts = list(_all_texts(record, context))
        if any(text.casefold() == term.casefold() for text, _ in texts):
            named.append(record)
        elif _matches(term, record, context, texts) is not None:
            like.append(record)
    return named or like


def _matches(
    term: str, record: Record, context: Context, texts: Iterable[tuple[str, Place]], ids: frozenset[str] = frozenset()
) -> tuple[Place, ...] | None:
    """The places of what a record says of each word of a term, or None where it does not say one."""
    said = [(word, place) for text, place in texts for word in re.split(r"[\s(),/]+", text.casefold()) if word]
    places = []
    for word in term.casefold().split():
        place = next((p for s, p in said if s == word or (len(word) > 3 and s.endswith(word))), None)
        place = place or _version_place(word, record, context, ids)
        if place is None:
            return None
        places.append(place)
    return tuple(places)


def _version_place(word: str, record: Record, context: Context, ids: frozenset[str]) -> Place | None:
    """Where a record says that a version is among its own."""
    try:
        parse_version(word)
    except VersionError:
        return None
    for name, fact in record.facts.items():
        found = fact.at(context.ids | ids | {record.id}, context.day)
        if found is None or _ladder(context, record, name):
            continue
        versions = found.value.set if isinstance(found.value, Versions) else None
        if versions is not None and word in versions:
            return found.place
    return None


def _ladder(context: Context, record: Record, name: str) -> str:
    """The dataset of releases whose versions a field counts, or nothing."""
    kind = context.datasets[record.dataset].fields.get(name)
    return kind.ladder if kind else ""


class _Asked:
    """A question in one context."""

    def __init__(self, site: Site, page: PageFacts) -> None:
        self.site = site
        self.page = page
        self.context = page.context

    def answer(self, terms: Sequence[str]) -> Answer:
        """What fits, and why."""
        context = self.context
        meant = {term: _candidates(term, context) for term in terms}
        said = {term: [r for r in found if (r.dataset, r.id) in self.page.named] for term, found in meant.items()}
        demands = list(self._demands({term: found for term, found in said.items() if found}))
        return Answer(
            context.name,
            self.page.label((PRODUCTS, context.product)),
            self.page.label((LIBRARIES, context.library)),
            tuple(term for term, found in said.items() if not found),
            tuple(demands),
            tuple(self._fits(demands)),
            any(True for ladder in _ladders(demands) for _ in self._branches(ladder)),
        )

    def _branches(self, ladder: str) -> Iterator[Record]:
        """The releases of a ladder that are there on the day."""
        return (
            record for record in self.context.datasets[ladder].records.values() if record.in_force(self.context.day)
        )

    def _demands(self, meant: dict[str, list[Record]]) -> Iterator[Demand]:
        left = dict(meant)
        for table in self.site.tables.values():
            if table is None or len(table.datasets) < 2:
                continue
            joint = tuple(term for term, found in left.items() if {r.dataset for r in found} & set(table.datasets))
            if joint:
                yield Demand(joint, tuple(self._grounds_in_rows(joint, table)))
                left = {term: found for term, found in left.items() if term not in joint}
        for term, found in left.items():
            grounds = [g for record in found for g in self._grounds((record,), (term,))]
            yield Demand((term,), tuple(grounds))

    def _grounds_in_rows(self, terms: tuple[str, ...], table: Definition) -> Iterator[Ground]:
        for row in (row for group in row_groups(table, self.context) for row in group):
            yield from self._grounds(row.records, terms)

    def _grounds(self, row: Row, terms: tuple[str, ...]) -> Iterator[Ground]:
        """What a row says in versions of a ladder, where it has all the terms."""
        ids = frozenset(record.id for record in row)
        places: list[Place] = []
        for term in terms:
            found = [_matches(term, r, self.context, _texts(r, self.context, ids), ids) for r in row]
            first = next((matched for matched in found if matched is not None), None)
            if first is None:
                return
            places.extend(first)
        said = list(self._said(row, ids))
        subject = ", ".join(dict.fromkeys(self._name(record, ids) for record in row))
        for text, place, ladder, ranges in said:
            yield Ground(subject, text, tuple(dict.fromkeys((place, *places))), bool(ranges), ladder, ranges)
        if not said:
            states = list(self._states(row, ids))
            text = "; ".join(f"{header.rstrip('?')}: {self.page.text(value)}" for header, value, _ in states)
            supported = not states or any(value.state != "no" for _, value, _ in states)
            yield Ground(subject, text, tuple(dict.fromkeys((*(p for _, _, p in states), *places))), supported)

    def _states(self, row: Row, ids: frozenset[str]) -> Iterator[tuple[str, Support, Place]]:
        """The states of support that the page shows of the records of a row, each with its header."""
        for record in row:
            for table in self.page.tables.values():
                for name in table.fields(record.dataset):
                    found = (
                        record.facts[name].at(self.context.ids | ids, self.context.day)
                        if name in record.facts
                        else None
                    )
                    if found is not None and isinstance(found.value, Support):
                        yield table.header(record.dataset, name), found.value, found.place

    def _name(self, record: Record, ids: frozenset[str]) -> str:
        """What a record is called: its name, or its first text."""
        if "name" in record.facts:
            return self.page.label((record.dataset, record.id))
        return next((text for text, _ in _texts(record, self.context, ids)), record.id)

    def _said(self, row: Row, ids: frozenset[str]) -> Iterator[tuple[str, Place, str, tuple[Range, ...]]]:
        for record in row:
            for name, fact in record.facts.items():
                ladder = _ladder(self.context, record, name)
                found = fact.at(self.context.ids | ids, self.context.day)
                if ladder and found is not None:
                    yield self.page.text(found.value), found.place, ladder, _ranges(found.value)

    def _fits(self, demands: Sequence[Demand]) -> Iterator[Fit]:
        for ladder in _ladders(demands):
            found = (self._fit(record, ladder, demands) for record in self._branches(ladder))
            yield from (fit for fit in found if fit is not None)

    def _fit(self, branch: Record, ladder: str, demands: Sequence[Demand]) -> Fit | None:
        facts = [(fact.at(self.context.ids | {branch.id}, self.context.day)) for fact in branch.facts.values()]
        values = [(found.value, found.place) for found in facts if found is not None]
        versions = next(((v.set, p) for v, p in values if isinstance(v, Versions)), None)
        lifecycle = next((v for v, _ in values if isinstance(v, Lifecycle)), None)
        level = lifecycle.at(self.context.day) if lifecycle else None
        if versions is None or level is None:
            return None
        left = versions[0].ranges
        for demand in demands:
            grounds = [ground for ground in demand.grounds if ground.ladder == ladder]
            if grounds:
                left = intersect(left, [item for ground in grounds for item in ground.ranges])
        if not left:
            return None
        stage, supported = STAGES[level.stage]
        return Fit(versions[0].text, " || ".join(map(range_text, left)), stage, supported, versions[1])


def _ladders(demands: Iterable[Demand]) -> list[str]:
    """The ladders whose versions a question asks for."""
    return list(dict.fromkeys(g.ladder for demand in demands for g in demand.grounds if g.ladder))


def _ranges(value: Value) -> tuple[Range, ...]:
    """The versions that a value stands for: a bare one under support is the first of all that follow."""
    if isinstance(value, Versions):
        return value.set.ranges
    if not isinstance(value, Support) or value.state in ("no", "unknown", "not applicable", "not tested"):
        return ()
    if value.versions is None:
        return (Range(None, None),)
    low = value.versions.minimum
    return (Range(low, None),) if value.versions.bare and low is not None else value.versions.ranges


# --- written down --------------------------------------------------------------------

_VERDICTS = {
    "yes": "Yes",
    "no": "No: no release has all of it",
    "unsupported": "Only with releases that are no longer supported",
    "unstated": "Nobody says",
}


def as_text(answers: Iterable[Answer], day: date) -> str:
    """Write answers for a terminal, each with the chain of facts behind it."""
    return "\n\n".join("\n".join(_lines(answer, day)) for answer in answers)


def _lines(answer: Answer, day: date) -> Iterator[str]:
    yield f"{answer.product}, {answer.library}, as of {day}"
    yield f"  {_VERDICTS[answer.verdict]}"
    for fit in answer.fits:
        same = "" if fit.versions == fit.branch else f": {fit.versions}"
        yield f"    {fit.branch} ({fit.level}){same}"
    for term in answer.unstated:
        yield f"  {term}: the page does not speak of it"
    for demand in answer.demands:
        yield f"  {', '.join(demand.terms)}" + ("" if demand.grounds else ": the facts have no such row")
        for ground in demand.grounds:
            yield f"    {ground.subject}" + (f" – {ground.text}" if ground.text else " is on the page")
            yield f"      {', '.join(map(str, ground.places))}"


def as_dict(answer: Answer) -> dict[str, object]:
    """An answer for other programs."""
    return {
        "page": answer.page,
        "product": answer.product,
        "library": answer.library,
        "answer": answer.verdict,
        "unstated": list(answer.unstated),
        "releases": [
            {
                "branch": fit.branch,
                "versions": fit.versions,
                "level": fit.level,
                "supported": fit.supported,
                "place": str(fit.place),
            }
            for fit in answer.fits
        ],
        "because": [
            {
                "terms": list(demand.terms),
                "facts": [
                    {"subject": ground.subject, "text": ground.text, "places": [str(place) for place in ground.places]}
                    for ground in demand.grounds
                ],
            }
            for demand in answer.demands
        ],
    }
