"""Claims: states within versions, how the claims of several tables combine, and the reasons for the result."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace

from sitegen.facts.values import STAGES
from sitegen.facts.version_ranges import Range, complement, has_release, intersect, range_text
from sitegen.facts.versions import VersionSet
from sitegen.findings import Place
from sitegen.frozen import frozen

ALL: tuple[Range, ...] = (Range(None, None),)
NOT_STATED, EXCLUDED, ASK = "not-stated", "excluded", "ask"
# The worst first. `not-stated` is worse than `no`: a question with a term that nothing states has no answer.
ORDER = (
    ASK, NOT_STATED, EXCLUDED, "no", "removed", "planned", "eol", "extended", "not applicable", "unknown", "not tested",
    "experimental", "private beta", "beta", "preview", "partial", "deprecated", "maintenance", "lts", "ga", "yes",
)  # fmt: skip
_YES = ("yes", "ga", "lts", "maintenance", "deprecated")
_NO = ("no", "removed", "planned", EXCLUDED)


def answer_of(state: str) -> str:
    """The answer for a state: `yes`, `no`, `not-stated`, or the state itself."""
    return "yes" if state in _YES else "no" if state in _NO else state


def worst(*states: str) -> str:
    """The worst of some states."""
    return min(states, key=ORDER.index)


def best(states: Iterable[str]) -> str:
    """The best of some states."""
    return max(states, key=ORDER.index)


def shared(left: Iterable[Range], right: Iterable[Range]) -> tuple[Range, ...]:
    """The versions that are in both lists of ranges, without ranges that contain only pre-releases."""
    return tuple(filter(has_release, intersect(left, right)))


@frozen
class Ground:
    """A published fact that supports an answer: its subject, its header, its text, and its places."""

    subject: str
    header: str
    text: str
    places: tuple[Place, ...]


@frozen
class RowClaim:
    """A state, the facts that support it, and for each ladder the versions to which it is limited.

    `causes` are the grounds that determine the state.
    """

    state: str
    grounds: tuple[Ground, ...] = ()
    limits: tuple[tuple[str, tuple[Range, ...]], ...] = ()
    causes: tuple[Ground, ...] = ()

    def within(self, ladder: str) -> tuple[Range, ...]:
        """The versions of a ladder to which the claim applies."""
        return dict(self.limits).get(ladder, ALL)

    def joined(self, other: RowClaim) -> RowClaim | None:
        """Both claims together, with the worse state; None if they share no version."""
        limits = dict(self.limits)
        for ladder, ranges in other.limits:
            limits[ladder] = shared(limits.get(ladder, ALL), ranges)
        if not all(limits.values()):
            return None
        state, causes = worst(self.state, other.state), self.causes
        if state != self.state:
            causes = other.causes
        elif state == other.state and state != EXCLUDED:  # one reason is enough for an exclusion
            causes = tuple(dict.fromkeys((*causes, *other.causes)))
        grounds = tuple(dict.fromkeys((*self.grounds, *other.grounds)))
        return RowClaim(state, grounds, tuple(sorted(limits.items())), causes)


def claim(
    state: str, grounds: Iterable[Ground] = (), limits: ReadOnly[str, tuple[Range, ...]] | None = None
) -> RowClaim:
    """A claim with grounds that are all causes."""
    because = tuple(grounds)
    return RowClaim(state, because, tuple((limits or {}).items()), because)


UNSURE = (RowClaim(NOT_STATED),)


def joint_claims(alternatives: Iterable[Iterable[RowClaim]]) -> list[RowClaim]:
    """The combinations of one claim of each of the alternatives, where these share a version."""
    found = [RowClaim("yes")]
    for several in alternatives:
        found = [both for one in found for other in several if (both := one.joined(other)) is not None]
    return found


def guarded_claims(claims: Sequence[RowClaim], aside: Sequence[RowClaim]) -> list[RowClaim]:
    """Claims with those about things that the question does not name: if these change the answer, it is unclear."""
    return [
        both if answer_of(both.state) in (answer_of(one.state), NOT_STATED) else replace(both, state=ASK)
        for one, other in itertools.product(claims, aside)
        if (both := one.joined(other)) is not None
    ]


@frozen
class TableAnswer:
    """The claims of the rows of a table about some terms of a question.

    `known` are the keys of these terms, and `versioned` the keys of those for which the table has versions. `states`
    are about `rows`, about `other` things that the question does not name, or neither. `listed` if a row has the terms;
    `of_branch` if the only one is about another branch.
    """

    terms: tuple[str, ...]
    claims: tuple[RowClaim, ...]
    known: frozenset[str] = frozenset()
    versioned: frozenset[str] = frozenset()
    states: str = ""
    listed: bool = True
    of_branch: bool = False

    def at(self, ladder: str, ranges: tuple[Range, ...]) -> str:
        """Whether rows have claims about versions of the library: `yes`, `excluded` or `not-stated`."""
        found = {each.state for each in self.claims if shared(each.within(ladder), ranges)}
        return "yes" if found - {EXCLUDED} else EXCLUDED if found else NOT_STATED


@frozen
class DatedBranch:
    """A release branch: its versions, and its level of support, a word of STAGES or an empty text."""

    versions: VersionSet
    level: str
    place: Place


@frozen
class TableGrounds:
    """The facts of a table that support an answer, with the terms of the question that they are about."""

    terms: tuple[str, ...]
    facts: tuple[Ground, ...]


@frozen
class FittingRelease:
    """A release branch in an answer: its matching versions, its level, and the answer for these versions."""

    branch: str
    versions: str
    level: str
    answer: str
    place: Place


class JointClaims:
    """The claims of all tables, combined for the versions of the library that they share.

    `ladder` is the dataset of the `releases`, and `version` are the versions in the question.
    """

    def __init__(
        self, tables: Sequence[TableAnswer], ladder: str, releases: Sequence[DatedBranch], version: VersionSet | None
    ) -> None:
        self.tables = tables
        self.ladder = ladder
        self.version = version
        self.claims = [RowClaim("yes")]
        whole = [table.known for table in tables if table.states == "rows"]
        self.aside = [t for t in tables if t.states == "other" and any(t.known <= known for known in whole)]
        for table in sorted(tables, key=self.aside.__contains__):
            strong = [each for each in table.claims if each.state != EXCLUDED]
            aside = table in self.aside
            found = guarded_claims(self.claims, table.claims) if aside else joint_claims([self.claims, strong])
            self.claims = [*{(each.state, each.limits): each for each in found}.values()]
        self.states = list(self._states(releases))
        self.fits = tuple(fit for _, fit in self.states if fit is not None)

    def _states(self, releases: Sequence[DatedBranch]) -> Iterator[tuple[str, FittingRelease | None]]:
        """The state in each release of the question; else in all versions."""
        limited = self.version is not None or any(self.ladder in dict(c.limits) for t in self.tables for c in t.claims)
        in_question = self.version.ranges if self.version else ALL
        about = [release for release in releases if limited and intersect(release.versions.ranges, in_question)]
        for release in about:
            state, left = self._state_in(intersect(release.versions.ranges, in_question))
            state = worst(state, release.level or "yes")
            texts = " || ".join(map(range_text, left))
            fit = FittingRelease(release.versions.text, texts, release.level, answer_of(state), release.place)
            yield state, fit if left else None
        if not about:
            state, _ = self._state_in(in_question)
            unlisted = any(
                not table.listed and table.claims[0].state == "no" for table in self.tables
            )  # it is complete
            yield (NOT_STATED if limited and releases and state != EXCLUDED and not unlisted else state), None

    def _state_in(self, ranges: tuple[Range, ...]) -> tuple[str, tuple[Range, ...]]:
        """The state in some versions of the library, and those of these versions that have it."""
        alone = {(table.at(self.ladder, ranges), table in self.aside) for table in self.tables}
        if any(state == NOT_STATED for state, _ in alone):
            return NOT_STATED, ()
        claims = [each for each in self.claims if shared(each.within(self.ladder), ranges)]
        if (EXCLUDED, False) in alone or not claims:
            return EXCLUDED, ()
        mixed = len({answer_of(each.state) for each in claims}) > 1
        if mixed and _overlap(claims):
            return ASK, ()
        left = shared(ranges, [item for each in claims for item in each.within(self.ladder)])
        if self.version is None:
            return best(each.state for each in claims), left
        state = worst(*(each.state for each in claims))
        if (mixed or shared(ranges, complement(left))) and answer_of(state) != NOT_STATED:
            state = worst(state, "partial")
        return state, left

    @property
    def state(self) -> str:
        """The best state if the question has no version of the library, else the worst."""
        states = [state for state, _ in self.states]
        if self.version is None:
            supported = [state for state, fit in self.states if fit is None or STAGES.get(fit.level, ("", True))[1]]
            return NOT_STATED if best(states) == EXCLUDED and NOT_STATED in supported else best(states)
        state = worst(*states)
        if len(set(map(answer_of, states))) > 1 and answer_of(state) != NOT_STATED:
            return worst("partial", *(each for each in states if answer_of(each) not in ("yes", "no")))
        return state

    @property
    def disagreement(self) -> str:
        """The message if rows or columns have different answers; else an empty text."""
        if answer_of(self.state) == "yes" or all(state != ASK for state, _ in self.states):
            return ""
        found = dict.fromkeys(
            f"{each.subject}, {each.header}: {each.text}" for one in self.claims for each in one.grounds if each.header
        )
        facts = f": {'; '.join([*found][:6])}" if found else ""
        return f"the tables have several answers; name the row and the column{facts}"

    @property
    def grounds(self) -> Iterator[TableGrounds]:
        """The grounds of each table, each once: those of the rows that determine the answer, else of all rows."""
        used = {ground for each in self.claims for ground in each.grounds}
        seen: set[Ground] = set()
        for table in self.tables:
            grounds = dict.fromkeys(ground for each in table.claims for ground in each.grounds)
            kept = [ground for ground in grounds if ground in used] or list(grounds)
            kept = [ground for ground in kept if ground not in seen]
            seen.update(kept)
            if kept:
                yield TableGrounds(table.terms, tuple(kept))

    def sentence(self, state: str, unstated: Sequence[str]) -> str:
        """The reason for the answer in words."""
        answer = answer_of(state)
        if answer == NOT_STATED:
            said = _causes([each for each in self.claims if any(g.header for g in each.causes)], NOT_STATED)
            return f"No published row answers {', '.join(map(repr, unstated))}.{said and f' The table states: {said}.'}"
        branches = _branches(fit for fit in self.fits if fit.answer == answer)
        claims = [each for table in self.tables for each in table.claims]
        if answer == "yes":
            subjects = dict.fromkeys(g.subject for each in claims for g in each.grounds if not g.header and not g.text)
            listed = f"Listed: {', '.join(subjects)}." if subjects else ""
            others = _other_states(claims) if self.version is None else ""
            parts = (listed, branches and f"Works with {branches}.", others and f"{others}.")
            return " ".join(filter(None, parts)) or f"{_causes(claims, state)}."
        if state == EXCLUDED:
            out = [table for table in self.tables if all(each.state == EXCLUDED for each in table.claims)]
            if causes := "; ".join(_causes(table.claims, EXCLUDED) for table in out):
                return f"Excluded by: {causes}."
            needs = _all_causes(
                _causes(t.claims, best(each.state for each in t.claims))
                for t in self.tables
                if t.known and t not in self.aside
            )
            return f"No release{f' in {self.version.text}' if self.version else ''} meets all requirements: {needs}."
        if self.version is not None and len({fit.answer for fit in self.fits}) > 1 and answer in _levels(self.fits):
            return f"{self.version.text} is in {_branches(self.fits)}."
        if causes := _causes(claims, state):
            return f"{causes}."
        if state == "partial" and self.version is not None:
            needs = _all_causes(_causes(table.claims, "yes") for table in self.tables)
            return f"Of {self.version.text}, only {', '.join(fit.versions for fit in self.fits)}: {needs}."
        return (
            f"The only releases are {branches}." if self.version is None else f"{self.version.text} is in {branches}."
        )


def _branches(fits: Iterable[FittingRelease]) -> str:
    """Release branches with their levels."""
    return ", ".join(fit.branch + (f" ({STAGES[fit.level][0]})" if fit.level else "") for fit in fits)


def _levels(fits: Iterable[FittingRelease]) -> set[str]:
    """The answers for the levels of releases alone."""
    return {answer_of(fit.level) for fit in fits if fit.level}


def _overlap(claims: Sequence[RowClaim]) -> bool:
    """Whether claims with different answers share versions."""
    pairs = itertools.combinations(claims, 2)
    return any(answer_of(one.state) != answer_of(other.state) and one.joined(other) for one, other in pairs)


def _causes(claims: Iterable[RowClaim], state: str) -> str:
    """The facts that determine the claims with a state, as text."""
    found = dict.fromkeys(ground for each in claims if each.state == state for ground in each.causes)
    texts: dict[str, dict[str, None]] = {}
    for ground in [ground for ground in found if ground.header] or found:
        what = f"{ground.subject}, {ground.header}: " if ground.header else ground.subject
        texts.setdefault(what, {})[ground.text] = None
    return "; ".join(what + " or ".join(several) for what, several in texts.items())


def _other_states(claims: Sequence[RowClaim]) -> str:
    """The facts that state Yes in some versions and another state in others, as text."""
    yes = {ground for each in claims if answer_of(each.state) == "yes" for ground in each.causes}
    others = {
        each.state: None for each in claims if answer_of(each.state) != "yes" and each.state not in (ASK, EXCLUDED)
    }
    mixed = [replace(each, causes=tuple(g for g in each.causes if g in yes)) for each in claims if each.state in others]
    return _all_causes(_causes([each for each in mixed if each.causes], state) for state in others)


def _all_causes(causes: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, causes)))
