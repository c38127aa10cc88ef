"""What tables claim about a question, what these claims state together, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly

from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.values import STAGES
from sitegen.version_ranges import Range, intersect
from sitegen.versions import VersionSet

ALL: tuple[Range, ...] = (Range(None, None),)
NOT_STATED, EXCLUDED, ASK = "not-stated", "excluded", "ask"
# The worst first. `not-stated` is worse than `no`: a question with a term that nothing states has no answer.
ORDER = (
    ASK, NOT_STATED, EXCLUDED, "no", "removed", "planned", "eol", "not applicable", "unknown", "not tested",
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


@frozen
class Ground:
    """A published fact that an answer rests on: of what, under which header, its text, and its places."""

    subject: str
    header: str
    text: str
    places: tuple[Place, ...]


@frozen
class Claim:
    """A state, the grounds for it, and the versions of each ladder that it is limited to.

    `causes` are the grounds that make the state what it is.
    """

    state: str
    grounds: tuple[Ground, ...] = ()
    limits: tuple[tuple[str, tuple[Range, ...]], ...] = ()
    causes: tuple[Ground, ...] = ()

    def within(self, ladder: str) -> tuple[Range, ...]:
        """The versions of a ladder that the claim is about."""
        return dict(self.limits).get(ladder, ALL)

    def joined(self, other: Claim) -> Claim | None:
        """What both claims state together, the worse of both states; None where they share no version."""
        limits = dict(self.limits)
        for ladder, ranges in other.limits:
            limits[ladder] = intersect(limits.get(ladder, ALL), ranges)
        if not all(limits.values()):
            return None
        state, causes = worst(self.state, other.state), self.causes
        if state != self.state:
            causes = other.causes
        elif state == other.state and state != EXCLUDED:  # one reason is enough for what is left out
            causes = tuple(dict.fromkeys((*causes, *other.causes)))
        grounds = tuple(dict.fromkeys((*self.grounds, *other.grounds)))
        return Claim(state, grounds, tuple(sorted(limits.items())), causes)


def claim(state: str, grounds: Iterable[Ground] = (), limits: ReadOnly[str, tuple[Range, ...]] | None = None) -> Claim:
    """A claim of which all grounds are causes."""
    because = tuple(grounds)
    return Claim(state, because, tuple((limits or {}).items()), because)


UNSURE = (Claim(NOT_STATED),)


def joint_claims(alternatives: Iterable[Iterable[Claim]]) -> list[Claim]:
    """What one claim of each alternatives state together, for every choice of them that shares a version."""
    found = [Claim("yes")]
    for several in alternatives:
        found = [both for one in found for other in several if (both := one.joined(other)) is not None]
    return found


@frozen
class TableAnswer:
    """What a table knows of a question, and what its rows claim. `known` are keys of terms; `versioned` of those whose
    versions it states.
    """

    terms: tuple[str, ...]
    claims: tuple[Claim, ...]
    known: frozenset[str] = frozenset()
    versioned: frozenset[str] = frozenset()

    def at(self, ladder: str, ranges: tuple[Range, ...]) -> str:
        """Whether rows claim anything of versions of the library: `yes`, `excluded` or `not-stated`."""
        found = {each.state for each in self.claims if intersect(each.within(ladder), ranges)}
        return "yes" if found - {EXCLUDED} else EXCLUDED if found else NOT_STATED


# --- why ---


@frozen
class Demand:
    """What a question asks of a table: some terms, and the facts that the table has for the answer."""

    terms: tuple[str, ...]
    facts: tuple[Ground, ...]


@frozen
class Fit:
    """A release branch that an answer is about: those of its versions that fit, its level, and the answer for them."""

    branch: str
    versions: str
    level: str
    answer: str
    place: Place


def disagreement(claims: Iterable[Claim]) -> str:
    """What to ask instead, where rows or columns have different answers."""
    found = dict.fromkeys(
        f"{each.subject}, {each.header}: {each.text}" for one in claims for each in one.grounds if each.header
    )
    return "the tables give several answers; name the row and the column: " + "; ".join([*found][:6])


def demands(tables: Sequence[TableAnswer], joint: Sequence[Claim]) -> Iterator[Demand]:
    """The grounds of each table, each once: those of rows that the answer rests on, else of all."""
    used = {ground for each in joint for ground in each.grounds}
    seen: set[Ground] = set()
    for table in tables:
        grounds = dict.fromkeys(ground for each in table.claims for ground in each.grounds)
        kept = [ground for ground in grounds if ground in used] or list(grounds)
        kept = [ground for ground in kept if ground not in seen]
        seen.update(kept)
        if kept:
            yield Demand(table.terms, tuple(kept))


def _causes(claims: Iterable[Claim], state: str) -> str:
    """The facts that make claims of a state what they are."""
    found = dict.fromkeys(ground for each in claims if each.state == state for ground in each.causes)
    texts: dict[str, dict[str, None]] = {}
    for ground in [ground for ground in found if ground.header] or found:
        what = f"{ground.subject}, {ground.header}: " if ground.header else ground.subject
        texts.setdefault(what, {})[ground.text] = None
    return "; ".join(what + " or ".join(several) for what, several in texts.items())


def _all_causes(causes: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, causes)))


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
    levels = [(fit.branch, STAGES[fit.level][0] if fit.level else "") for fit in fits if fit.answer == given]
    branches = ", ".join(branch + (f" ({level})" if level else "") for branch, level in levels)
    claims = [each for table in tables for each in table.claims]
    if given == "yes":
        subjects = dict.fromkeys(g.subject for each in claims for g in each.grounds if not g.header and not g.text)
        listed = f"Listed: {', '.join(subjects)}." if subjects else ""
        return " ".join(filter(None, (listed, branches and f"Works with {branches}.")))
    if state == EXCLUDED:
        out = [table for table in tables if all(each.state == EXCLUDED for each in table.claims)]
        if causes := "; ".join(_causes(table.claims, EXCLUDED) for table in out):
            return f"Outside of what is listed: {causes}."
        needs = _all_causes(_causes(t.claims, best(each.state for each in t.claims)) for t in tables if t.known)
        return f"No release{f' in {version.text}' if version else ''} meets all of this: {needs}."
    if causes := _causes(claims, state):
        return f"{causes}."
    if state == "partial" and version is not None:
        needs = _all_causes(_causes(table.claims, "yes") for table in tables)
        return f"Of {version.text}, only {', '.join(fit.versions for fit in fits)}: {needs}."
    return f"The only releases are {branches}." if version is None else f"{version.text} is in {branches}."
