"""Why an answer is what it is: the grounds of each table, and one sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sitegen.explanation.asked_page import Release
from sitegen.explanation.claims import EXCLUDED, NOT_STATED, ORDER, Claim, Ground, answer_of
from sitegen.explanation.rows import PublishedTable
from sitegen.frozen import frozen
from sitegen.values import STAGES
from sitegen.version_ranges import Range, intersect
from sitegen.versions import VersionSet


@frozen
class Demand:
    """What a question asks of a table: some terms, and the grounds that the table gives for the answer."""

    terms: tuple[str, ...]
    grounds: tuple[Ground, ...]


@frozen
class Fit:
    """A release branch that an answer is about: those of its versions that fit, and the state in them."""

    release: Release
    versions: str
    state: str


@frozen
class TableAnswer:
    """What a table knows of a question, and what its rows claim. `known` are keys of terms; `versioned` of those whose
    versions it states.
    """

    table: PublishedTable
    known: frozenset[str]
    terms: tuple[str, ...]
    claims: tuple[Claim, ...]
    versioned: frozenset[str] = frozenset()

    def at(self, ladder: str, ranges: tuple[Range, ...]) -> str:
        """Whether rows claim anything of versions of the library: `yes`, `excluded` or `not-stated`."""
        found = {claim.state for claim in self.claims if intersect(claim.within(ladder), ranges)}
        return "yes" if found - {EXCLUDED} else EXCLUDED if found else NOT_STATED


def disagreement(claims: Iterable[Claim]) -> str:
    """What to ask instead, where rows or columns give different answers."""
    found = dict.fromkeys(
        f"{ground.subject}, {ground.header}: {ground.text}"
        for claim in claims
        for ground in claim.grounds
        if ground.header
    )
    return "the tables give several answers; name the row and the column: " + "; ".join([*found][:6])


def demands(tables: Sequence[TableAnswer], joint: Sequence[Claim]) -> Iterator[Demand]:
    """What each table gives as grounds, each once: those of rows that the answer rests on, else of all."""
    used = {ground for claim in joint for ground in claim.grounds}
    seen: set[Ground] = set()
    for table in tables:
        grounds = dict.fromkeys(ground for claim in table.claims for ground in claim.grounds)
        kept = [ground for ground in grounds if ground in used] or list(grounds)
        kept = [ground for ground in kept if ground not in seen]
        seen.update(kept)
        if kept:
            yield Demand(table.terms, tuple(kept))


def _causes(claims: Iterable[Claim], state: str) -> str:
    """The facts that make claims of a state what they are."""
    found = dict.fromkeys(ground for claim in claims if claim.state == state for ground in claim.causes)
    texts: dict[str, list[str]] = {}
    for ground in [ground for ground in found if ground.header] or found:
        texts.setdefault(f"{ground.subject}, {ground.header}: " if ground.header else ground.subject, []).append(
            ground.text
        )
    return "; ".join(what + " or ".join(dict.fromkeys(several)) for what, several in texts.items())


def sentence(
    state: str,
    unstated: Sequence[str],
    tables: Sequence[TableAnswer],
    fits: Sequence[Fit],
    version: VersionSet | None,
) -> str:
    """Why the answer is what it is."""
    given = answer_of(state)
    if given == NOT_STATED:
        return f"No published row answers {', '.join(map(repr, unstated))}."
    branches = ", ".join(
        fit.release.versions.text + (f" ({STAGES[fit.release.level][0]})" if fit.release.level else "")
        for fit in fits
        if answer_of(fit.state) == given
    )
    claims = [claim for table in tables for claim in table.claims]
    if given == "yes":
        subjects = dict.fromkeys(g.subject for claim in claims for g in claim.grounds if not g.header and not g.text)
        listed = f"Listed: {', '.join(subjects)}." if subjects else ""
        return " ".join(filter(None, (listed, branches and f"Works with {branches}.")))
    if state == EXCLUDED:
        out = [table for table in tables if all(claim.state == EXCLUDED for claim in table.claims)]
        if causes := "; ".join(_causes(table.claims, EXCLUDED) for table in out):
            return f"Outside of what is listed: {causes}."
        best = [
            (table, max((claim.state for claim in table.claims), key=ORDER.index)) for table in tables if table.known
        ]
        needs = "; ".join(dict.fromkeys(filter(None, (_causes(table.claims, state) for table, state in best))))
        return f"No release{f' in {version.text}' if version else ''} meets all of this: {needs}."
    if causes := _causes(claims, state):
        return f"{causes}."
    if state == "partial" and version is not None:
        needs = "; ".join(dict.fromkeys(filter(None, (_causes(table.claims, "yes") for table in tables))))
        return f"Of {version.text}, only {', '.join(fit.versions for fit in fits)}: {needs}."
    return f"The only releases are {branches}." if version is None else f"{version.text} is in {branches}."
