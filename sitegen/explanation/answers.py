"""A question answered on one page: each table answers with a row, and the versions of the library join the answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

from sitegen.explanation.asked_page import AskedPage
from sitegen.explanation.claims import (
    ALL,
    ASK,
    EXCLUDED,
    NOT_STATED,
    ORDER,
    Claim,
    Ground,
    Wanted,
    answer_of,
    claims_of,
    worst,
)
from sitegen.explanation.names import Name, key
from sitegen.explanation.reasons import Demand, Fit, TableAnswer, demands, disagreement, sentence
from sitegen.explanation.rows import PublishedRow, PublishedTable
from sitegen.explanation.terms import Term, UnclearError
from sitegen.facts import LIBRARIES, PRODUCTS
from sitegen.frozen import frozen
from sitegen.values import STAGES, Versions
from sitegen.version_ranges import Range, VersionError, complement, intersect, range_text
from sitegen.versions import VersionSet, parse_versions


@frozen
class Answer:
    """The answer of a page: `yes`, `no`, `not-stated` or a state, the state behind it, and what it rests on.

    `unstated` are the terms that no table of the page answers.
    """

    page: str
    product: str
    library: str
    answer: str
    state: str
    sentence: str
    unstated: tuple[str, ...]
    demands: tuple[Demand, ...]
    fits: tuple[Fit, ...]


def answer(page: AskedPage, terms: Sequence[Term]) -> Answer:
    """Answer a question on a page. Raises UnclearError where the page asks back."""
    return _Asked(page, terms).answer()


class _Asked:
    """A question on a page. `version` are the versions of the library that it asks for."""

    def __init__(self, page: AskedPage, terms: Sequence[Term]) -> None:
        self.page = page
        self.day = page.facts.context.day
        self.keys = frozenset(term.key for term in terms if term.name)
        self.version: VersionSet | None = None
        self.unstated: list[str] = []
        self.terms = [term for term in map(self._placed, terms) if term is not None]

    # --- what the versions of a question are of ---

    def _placed(self, term: Term) -> Term | None:
        """A term with versions only where they are those of what it names; versions of the library are kept apart."""
        if not term.known or term.versions is None:
            return term
        self._check_no_longer_name(term)
        if term.library or self._is_measured(term.key):
            self._of_library(term.versions)
            return None
        if term.name and self._takes_versions(term.key):
            return term
        if any(term.key in names for names in self.page.library):
            self._check_not_a_part(term)
            self._of_library(term.versions)
            return None
        if term.name and not self._is_bare_beside(term):
            self.unstated.append(term.text)
            return None
        self._bare(term.versions)
        return Term(term.name) if term.name and not any(term.key in names for names in self.page.product) else None

    def _of_library(self, versions: VersionSet) -> None:
        if self.version is not None and self.version.text != versions.text:
            message = f"'{self.version.text}' and '{versions.text}' are both versions of the library; name one"
            raise UnclearError(message)
        self.version = versions

    def _check_not_a_part(self, term: Term) -> None:
        """Ask back where a row with versions has a name that contains the library's, as CPython contains Python."""
        for name in self._names_with_versions():
            if term.key in key(name.text):
                either = f"'{term.name} library {_text(term.versions)}' or '{name.text} {_text(term.versions)}'"
                raise UnclearError(f"'{term.text}' may mean two things; write {either}")

    def _check_no_longer_name(self, term: Term) -> None:
        """Ask back where versions may belong to a name, as `Log4j 2.17` may mean `Log4j 2`."""
        for name in (name for table in self.page.tables for row in table.rows for name in row.names.values()):
            start, _, number = name.text.rpartition(" ")
            if key(start) != term.key or term.versions is None:
                continue
            with contextlib.suppress(VersionError):
                if intersect(parse_versions(number).ranges, term.versions.ranges):
                    raise UnclearError(f"'{term.text}' may mean two things; write '{name.text}' or another name")

    def _names_with_versions(self) -> Iterator[Name]:
        for table in self.page.tables:
            for row in table.rows:
                yield from (name for name in row.names.values() if table.versions_of(name))

    def _takes_versions(self, wanted: str) -> bool:
        """Whether a table states versions of what has a name, or a column of that name has versions."""
        for table in self.page.tables:
            names = (self.page.name_in(row, wanted) for row in table.rows)
            if any(name is not None and table.versions_of(name) for name in names):
                return True
            if any(wanted in header.keys and table.has_versions(index) for index, header in enumerate(table.columns)):
                return True
        return False

    def _is_measured(self, wanted: str) -> bool:
        """Whether a name is that of columns with versions of the library, and of nothing else."""
        columns = [(table, index) for table in self.page.tables for index in table.asked_columns(wanted)]
        rows = any(self.page.rows_of(table, wanted) for table in self.page.tables)
        return bool(columns) and not rows and all(table.is_measured(index) for table, index in columns)

    def _is_bare_beside(self, term: Term) -> bool:
        """Whether versions beside a name are not its own but those of a product, or apart from it.

        Beside what needs a version of the library they may be either, and the page asks back.
        """
        if term.loose or any(term.key in names for names in self.page.product):
            return True
        rows = [row for table in self.page.tables for row in self.page.rows_of(table, term.key)]
        if rows and all(row.needs_versions(self.page.name_in(row, term.key)) for row in rows):
            either = self.page.facts.label((LIBRARIES, self.page.facts.context.library))
            raise UnclearError(
                f"'{term.text}' does not say what it is a version of; write '{either} library {_text(term.versions)}'"
            )
        return False

    def _bare(self, versions: VersionSet) -> None:
        """Versions without a name are those of the library, where they can be nothing else."""
        library = any(intersect(release.versions.ranges, versions.ranges) for release in self.page.releases)
        readings = dict.fromkeys(
            name.text
            for table in self.page.tables
            for row in table.rows
            for found, name in row.names.items()
            if any(found in self.keys or _may_include(row, index, versions) for index in table.versions_of(name))
        )
        if library and not readings:
            self._of_library(versions)
        elif readings:
            label = self.page.facts.label((LIBRARIES, self.page.facts.context.library))
            own = [f"{label} library"] if library else []
            either = " or ".join(f"'{name} {versions.text}'" for name in [*own, *readings][:4])
            raise UnclearError(f"'{versions.text}' does not say what it is a version of; write {either}")
        else:
            self.unstated.append(versions.text)

    # --- what tables claim ---

    def answer(self) -> Answer:
        """The answer of the page."""
        here = [(t, self.page.unavailable[t.key]) for t in self.terms if t.key in self.page.unavailable]
        known = [term for term in self.terms if not any(term is other for other, _ in here)]
        tables = self._tables(known)
        covered = frozenset(found for table in tables for found in table.known)
        versioned = frozenset(found for table in tables for found in table.versioned)
        for term in known:
            missing = term.key not in covered
            out = self._complete_without(term) if missing else None
            if out is not None:
                because = Ground(
                    term.text, out.title, "not listed, and the list is complete", (out.shown.definition.place,)
                )
                tables.append(TableAnswer(out, frozenset(), (term.text,), (Claim("no", (because,), (), (because,)),)))
            elif missing or (term.versions is not None and term.key not in versioned):
                self.unstated.append(term.text)
        if self.version is not None and not (tables and self.page.releases):
            self.unstated.append(self.version.text)
        for term, name in here:
            product = self.page.facts.label((PRODUCTS, self.page.facts.context.product))
            because = Ground(product, "Unavailable", name.text, (name.place,))
            tables.append(
                TableAnswer(self.page.tables[0], frozenset(), (term.text,), (Claim("no", (because,), (), (because,)),))
            )
        return self._joined(tables)

    def _complete_without(self, term: Term) -> PublishedTable | None:
        """A table that answers No for a term, since it lists all that is supported."""
        if out := self.page.leaving_out(term.key):
            return out
        alone = len(self.terms) == 1 and not term.known and not self.page.is_elsewhere(term.key)
        return self.page.tables[0] if alone and self.page.is_complete else None

    def _tables(self, terms: Sequence[Term]) -> list[TableAnswer]:
        """The tables that know some of the terms, each with its claims."""
        knowing = []
        for table in self.page.tables:
            rows = [term for term in terms if self.page.rows_of(table, term.key)]
            columns = [term for term in terms if term not in rows and table.asked_columns(term.key)]
            released = self.version is not None and any(self.page.ladder in row.releases for row in table.rows)
            if rows or released:
                knowing.append((table, rows, columns))
        found = []
        for table, rows, columns in knowing:
            own = {term.key for term in (*rows, *columns)}
            wider = any(own < {term.key for term in (*more, *wide)} for _, more, wide in knowing)
            others = "skip" if wider else "open" if self._is_open(table, own) else "count"
            found.append(self._claims(table, rows, columns, others))
        return found

    def _is_open(self, table: PublishedTable, own: set[str]) -> bool:
        """Whether the columns of a table are about others than what the question asks of its rows.

        They are where a term that the table does not know is a column of another table, or is listed in one beside
        what a column of this table is about: columns for some capabilities do not answer for another.
        """
        subjects = [header.keys for index, header in enumerate(table.columns) if table.is_specific(index)]
        for term in self.terms if subjects else ():
            if term.key in own:
                continue
            for other in self.page.tables:
                if any(other.is_specific(index) for index in other.asked_columns(term.key)):
                    return True
                beside = any(self.page.rows_of(other, found) for keys in subjects for found in keys)
                if beside and self.page.rows_of(other, term.key):
                    return True
        return False

    def _claims(
        self, table: PublishedTable, terms: Sequence[Term], columns: Sequence[Term], others: str
    ) -> TableAnswer:
        """What the rows claim in which all of some terms match, for the columns that are asked for."""
        asked = tuple(
            (index, term.versions if table.has_versions(index) else None)
            for term in columns
            for index in table.asked_columns(term.key)
            if not (terms and table.has_names(index))
        )
        headers = [table.asked_columns(term.key) for term in columns if terms]
        headers = [found for found in headers if all(map(table.has_names, found))]
        claims: list[Claim] = []
        by_alias: dict[frozenset[str], set[object]] = {}
        versioned = {term.key for term in columns if any(table.has_versions(i) for i in table.asked_columns(term.key))}
        for row in table.rows:
            names = [self.page.name_in(row, term.key) for term in terms]
            if not all(names) or (self.version and not self._is_of(row, self.version)):
                continue
            versions = []
            for term, name in zip(terms, names, strict=True):
                if term.versions is not None and name is not None and (found := table.versions_of(name)):
                    versions += [(index, term.versions) for index in found]
                    versioned.add(term.key)
            wanted = Wanted(tuple(versions), asked, others, self.version is not None)
            given = claims_of(row, [name for name in names if name], wanted, self.day)
            if any({name.column for name in names if name}.isdisjoint(found) for found in headers):
                given = [Claim(NOT_STATED, claim.grounds, claim.limits) for claim in given]
            claims += given
            aliases = (name for name in names if name and self.page.is_alias(row, name))
            called = frozenset(label for name in aliases for label in self.page.labels(row, name.dataset))
            by_alias.setdefault(called, set()).update((claim.state, claim.limits) for claim in given)
        if len(set(map(frozenset, by_alias.values()))) > 1:  # one alias of several things
            claims.append(Claim(ASK, tuple(ground for claim in claims for ground in claim.grounds)))
        texts = tuple(term.text for term in (*terms, *columns)) or (_text(self.version),)
        if not claims:
            because = Ground(", ".join(texts), table.title, "not listed", (table.shown.definition.place,))
            claims = [_no(because) if table.complete else Claim(NOT_STATED, (because,))]
        known = frozenset(term.key for term in (*terms, *columns))
        return TableAnswer(table, known, texts, tuple(claims), frozenset(versioned))

    def _is_of(self, row: PublishedRow, versions: VersionSet) -> bool:
        """Whether a row may be about versions of the library: it is of no release, or of one that has some of them."""
        own = row.releases.get(self.page.ladder)
        return own is None or bool(intersect(own, versions.ranges))

    # --- the join ---

    def _joined(self, tables: Sequence[TableAnswer]) -> Answer:
        """The worst state of all tables, for the best release or for those of the versions that are asked for."""
        joint = [Claim("yes", ())]
        for table in tables:
            strong = [claim for claim in table.claims if claim.state != EXCLUDED]
            both = [one.limited(dict(other.limits), other.state, other.grounds) for one in joint for other in strong]
            joint = list({(c.state, c.limits): c for c in both if c is not None}.values())
        ladder = self.page.ladder
        limited = self.version is not None or any(ladder in dict(c.limits) for table in tables for c in table.claims)
        states: list[tuple[Fit | None, str]] = []
        for release in self.page.releases if limited else ():
            ranges = release.versions.ranges
            if self.version is not None:
                ranges = intersect(ranges, self.version.ranges)
            if ranges:
                state, left = self._state_in(ranges, tables, joint)
                state = worst(state, release.level or "yes")
                fit = Fit(release, " || ".join(map(range_text, left)), state) if left else None
                states.append((fit, state))
        if not states:
            state = self._state_in(self.version.ranges if self.version else ALL, tables, joint)[0]
            if limited and self.page.releases and state != EXCLUDED:
                state = NOT_STATED
            states = [(None, state)]
        return self._answer(tables, states, joint)

    def _state_in(
        self, ranges: tuple[Range, ...], tables: Sequence[TableAnswer], joint: Sequence[Claim]
    ) -> tuple[str, tuple[Range, ...]]:
        """The state in some versions of the library, and those of them that it is the state in."""
        ladder = self.page.ladder
        alone = [table.at(ladder, ranges) for table in tables]
        if NOT_STATED in alone:
            return NOT_STATED, ()
        claims = [claim for claim in joint if intersect(claim.within(ladder), ranges)]
        if EXCLUDED in alone or not claims:
            return EXCLUDED, ()
        if len({answer_of(claim.state) for claim in claims}) > 1 and _overlap(claims):
            return ASK, ()
        left = intersect(ranges, [item for claim in claims for item in claim.within(ladder)])
        if self.version is None:
            best = max((claim.state for claim in claims), key=ORDER.index)
            return best, left
        mixed = len({answer_of(claim.state) for claim in claims}) > 1 or bool(intersect(ranges, complement(left)))
        state = worst(*(claim.state for claim in claims))
        return (worst(state, "partial") if mixed and answer_of(state) != NOT_STATED else state), left

    def _answer(
        self,
        tables: Sequence[TableAnswer],
        states: Sequence[tuple[Fit | None, str]],
        joint: Sequence[Claim],
    ) -> Answer:
        given = [state for _, state in states]
        if self.version is None:
            state = max(given, key=ORDER.index)
            supported = [s for fit, s in states if fit is None or STAGES.get(fit.release.level, ("", True))[1]]
            if state == EXCLUDED and NOT_STATED in supported:
                state = NOT_STATED
        else:
            state = worst(*given)
            if len(set(map(answer_of, given))) > 1 and answer_of(state) != NOT_STATED:
                state = worst("partial", *(s for s in given if answer_of(s) not in ("yes", "no")))
        if self.unstated or not tables:
            state = NOT_STATED
        if ASK in given and state != NOT_STATED:
            raise UnclearError(disagreement(joint))
        unstated = list(dict.fromkeys(self.unstated))
        for table in tables:
            if state == NOT_STATED and not unstated and any(claim.state == NOT_STATED for claim in table.claims):
                unstated += table.terms
        fits = tuple(fit for fit, _ in states if fit is not None)
        facts = self.page.facts
        context = facts.context
        return Answer(
            context.name,
            facts.label((PRODUCTS, context.product)),
            facts.label((LIBRARIES, context.library)),
            answer_of(state),
            state,
            sentence(state, unstated, tables, fits, self.version),
            tuple(unstated),
            tuple(demands(tables, joint)),
            fits,
        )


def _no(because: Ground) -> Claim:
    return Claim("no", (because,), (), (because,))


def _text(versions: VersionSet | None) -> str:
    return versions.text if versions else ""


def _may_include(row: PublishedRow, index: int, versions: VersionSet) -> bool:
    """Whether a cell has some of the versions."""
    header = row.table.columns[index]
    for fact in row.cells[index]:
        if isinstance(fact.value, Versions):
            meant = header.meant(fact.value.set, single=fact.type.name == "version")
            if intersect(versions.ranges, fact.value.set.ranges if meant is None else meant):
                return True
    return False


def _overlap(claims: Sequence[Claim]) -> bool:
    """Whether claims with different answers are about the same versions."""
    for index, one in enumerate(claims):
        for other in claims[index + 1 :]:
            if answer_of(one.state) != answer_of(other.state) and one.limited(dict(other.limits), "yes", ()):
                return True
    return False
