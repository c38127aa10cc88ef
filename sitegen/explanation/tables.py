"""The answer of a table to a question: the claims of the rows that match all of its terms."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import replace

from sitegen.explanation.claims import ALL, ASK, EXCLUDED, NOT_STATED, Ground, RowClaim, TableAnswer, answer_of, claim
from sitegen.explanation.columns import CellFact, Name, SearchColumn
from sitegen.explanation.pages import SearchRow, SearchTable
from sitegen.explanation.rows import Criteria, claims_of, compared
from sitegen.explanation.terms import Term
from sitegen.facts.schemes import Scheme
from sitegen.facts.values import Absent, Versions, plain_items
from sitegen.facts.version_ranges import Range, complement, covers, intersect, normalize
from sitegen.facts.versions import VersionSet, parse_versions


def names_cell(table: SearchTable, terms: Sequence[Term], version: VersionSet | None) -> bool:
    """Whether terms that no row has as a name select cells of a table: by versions in one column, and another column.

    The versions are those of the library, those in the first column, or any if the other column is for a record.
    """
    found = [(term.versions, table.columns_of(term.key)) for term in terms]
    keyed = any(versions is not None and _keys(table, columns) for versions, columns in found)
    measured = version is not None and any(row.about is not None for row in table.rows)
    if (keyed and len(terms) > 1) or (measured and terms):
        return True
    versioned = any(versions is not None and any(c.has_versions for c in columns) for versions, columns in found)
    return versioned and any(
        versions is None and any(c.is_one_of_several for c in columns) for versions, columns in found
    )


def _keys(table: SearchTable, columns: Sequence[SearchColumn]) -> list[SearchColumn]:
    """Those of some columns whose versions say what the rows are about: the first one."""
    return [column for column in columns if column in table.columns[:1] and column.has_versions]


def _not_listed(table: SearchTable, texts: Sequence[str], *, certain: bool) -> RowClaim:
    """The claim of a table without a row for some terms: No if these are `certain` to be about one row."""
    definition = table.shown.definition
    ground = Ground(", ".join(texts), table.shown.title, "not listed", (definition.place,))
    return claim("no", [ground]) if definition.complete and certain else RowClaim(NOT_STATED, (ground,))


def _headers(table: SearchTable, terms: Sequence[Term]) -> list[tuple[Term, list[SearchColumn]]]:
    """The columns that some terms name: of several for one term, those that other terms name, too."""
    found = [(term, table.columns_of(term.key)) for term in terms]
    naming = {
        column: {term.key for term, columns in found if column in columns} for _, each in found for column in each
    }
    return [
        (term, [column for column in columns if not any(naming[column] < other for other in naming.values())])
        for term, columns in found
    ]


def headers_of(table: SearchTable) -> list[str]:
    """The headers of a table. Tables with the same headers are parts of one table."""
    return [column.header for column in table.columns]


def joined_parts(found: Sequence[tuple[SearchTable, TableAnswer]]) -> Iterator[TableAnswer]:
    """The answers of tables, with one answer for those with the same columns, such as one table for each branch.

    These are no further conditions: only one of them may list the versions. If they disagree, the question is unclear.
    """
    by_columns: dict[tuple[object, ...], list[tuple[SearchTable, TableAnswer]]] = {}
    for table, answer in found:
        by_columns.setdefault((answer.known, *headers_of(table)), []).append((table, answer))
    for several in by_columns.values():
        listed = [each for each in several if each[1].listed or each[1].claims[0].state == "no"] or several
        unsure = [answer for _, answer in listed if _outcome(answer) & {NOT_STATED, ASK}]
        if len(listed) == 1 or unsure:
            yield from unsure or [answer for _, answer in listed]
        elif all(answer.of_branch for _, answer in listed):  # nothing is known about other branches
            claims = [RowClaim(NOT_STATED, each.grounds) for _, answer in listed for each in answer.claims]
            yield _union([answer for _, answer in listed], claims)
        elif len({_outcome(answer) for _, answer in listed}) == 1 or any(c.limits for _, a in listed for c in a.claims):
            yield _union([answer for _, answer in listed], [c for _, answer in listed for c in answer.claims])
        else:
            grounds = tuple(
                replace(ground, header=f"{table.shown.title}, {ground.header}")
                for table, answer in listed for each in answer.claims for ground in each.grounds if ground.header
            )  # fmt: skip
            yield _union([answer for _, answer in listed], [RowClaim(ASK, grounds)])


def _outcome(answer: TableAnswer) -> frozenset[str]:
    """What a table answers: excluded versions count only if all claims exclude them."""
    states = {each.state for each in answer.claims}
    return frozenset(state if state in (EXCLUDED, ASK) else answer_of(state) for state in states - {EXCLUDED} or states)


def _union(answers: Sequence[TableAnswer], claims: Iterable[RowClaim]) -> TableAnswer:
    """One answer with some claims in place of several."""
    versioned = frozenset(itertools.chain.from_iterable(each.versioned for each in answers))
    return replace(answers[0], claims=tuple(dict.fromkeys(claims)), versioned=versioned)


_RowFacts = tuple[SearchRow, Sequence[CellFact]]
"""A row, with the facts of it that a question is about."""


class TableQuestion:
    """A question about a table: the names of rows and of columns, and the versions of the library in it.

    `others` is the effect of states in other columns. `keys` are versions in the first column: they select the rows in
    place of names. `in_columns` are the other columns in the question, each with the versions to compare with its
    cells.
    """

    def __init__(
        self,
        table: SearchTable,
        terms: Sequence[Term],
        columns: Sequence[Term],
        others: str,
        version: VersionSet | None,
    ) -> None:
        self.table, self.terms, self.columns, self.others, self.version = table, terms, columns, others, version
        self.headers = _headers(table, columns)
        self.asked = {column for _, found in self.headers for column in found}
        self.released = table.columns_at(version.ranges) if version and terms and not columns else []
        self.keys = [
            (column, term.versions)
            for term, found in self.headers if term.versions is not None
            for column in _keys(table, found)
        ]  # fmt: skip
        keys = {column for column, _ in self.keys}
        self.in_columns = [
            (column, term.versions if column.has_versions else None)
            for term, found in self.headers
            for column in found
            if column not in keys and not (terms and column.has_names)
        ]
        of_rows = dict(self._versions_of_rows())
        self.beside = frozenset(() if columns else of_rows)
        self.in_columns = [(column, versions or of_rows.get(column)) for column, versions in self.in_columns]
        self.in_columns += of_rows.items() if not columns else ()
        self.in_columns += [(column, None) for column in self.released if column not in of_rows] if terms else []
        self.versioned = {term.asked for term, found in self.headers if any(column.has_versions for column in found)}
        self.versioned |= {term.asked for term in terms if term.versions in of_rows.values()}

    def _versions_of_rows(self) -> Iterator[tuple[SearchColumn, VersionSet]]:
        """The columns for other records with versions of what rows name, each with those in the question."""
        for term in self.terms:
            if term.versions is None or any(self.table.versions_of(name) for _, name in self.table.rows_of(term.key)):
                continue
            for column in self.released or self.table.columns:
                if column in self.released:
                    compares = column.has_versions
                else:
                    open_ = not self.columns and self.table.page.ladder not in column.datasets
                    compares = column.compares_rows and (column in self.asked or open_)
                if compares:
                    yield column, term.versions

    def answer(self) -> TableAnswer:
        """The answer of the table."""
        claims: list[RowClaim] = []
        vague: list[RowClaim] = []
        superseded: list[RowClaim] = []
        by_row: list[tuple[SearchRow, list[RowClaim]]] = []
        by_alias: dict[frozenset[str], set[object]] = {}
        taking = [term for term in self.terms if term.versions is not None and self.table.takes(term.key)]
        for row in self.table.rows:
            names = [name for term in self.terms if (name := row.name(term.key))]
            if len(names) == len(self.terms) and self._is_about(row):
                of_row = self._claims(row, named := dict(zip(self.terms, names, strict=True)))
                untaken = any(term in taking and not self.table.versions_of(name) for term, name in named.items())
                if untaken or self._is_superseded(row):
                    doubts = vague if untaken else superseded
                    doubts += [RowClaim(NOT_STATED, each.grounds, each.limits) for each in of_row]
                    continue
                by_row.append((row, of_row))
                claims += of_row
                by_alias.setdefault(_aliased(row, names), set()).update((each.state, each.limits) for each in of_row)
        bounds = claims and all(column.is_bound for column, _ in self.in_columns)
        vague += [] if bounds else superseded  # a lower minimum of a former row permits nothing
        claims += [] if any(each.state != EXCLUDED for each in claims) else vague
        claims += self._unstated(claims)
        of_branch = self._is_of_branch(claims, [row for row, _ in by_row])
        if self._is_contradictory(claims) or self._is_by_version(claims, by_row) or self._is_unreleased(claims):
            claims = [RowClaim(NOT_STATED, each.grounds) for each in claims]
        if len(set(map(frozenset, by_alias.values()))) > 1:  # an alias of several things
            claims.append(RowClaim(ASK, tuple(ground for each in claims for ground in each.grounds)))
        if self.keys and len({all(each.state == EXCLUDED for each in of_row) for _, of_row in by_row}) > 1:
            about = (each for row, _ in by_row for found in self._compared(row) for each in found)
            whole = all(each.state == "yes" for each in about)
            grounds = tuple(ground for each in claims for ground in each.causes if ground.header)
            claims = [RowClaim(ASK if whole else "partial", grounds, (), grounds)]
        if not self.terms and not self.keys and all(each.state == EXCLUDED for each in claims) and self._is_cell():
            claims = []  # no row is about these versions
        own = (*self.terms, *self.columns)
        texts = tuple(term.text for term in own) or (self.version.text if self.version else "",)
        known = frozenset(term.asked for term in own)
        stated = [column for column in self.table.columns if column.has_states and column not in self.asked]
        whole = any(not column.subject for column in stated)
        states = "rows" if whole else "other" if stated and not self.asked and self.others == "count" else ""
        listed = bool(claims)
        if not listed:
            self.versioned |= known
            several = any(one & other for one, other in itertools.combinations(map(self._columns_with, self.terms), 2))
            release = (self.version.text,) if own and self.version and any(row.about for row in self.table.rows) else ()
            claims = [_not_listed(self.table, (*release, *texts), certain=not several)]
        return TableAnswer(texts, tuple(claims), known, frozenset(self.versioned), states, listed, of_branch)

    def _columns_with(self, term: Term) -> set[SearchColumn]:
        """The columns that have the name of a term; an alias is of the first one."""
        return {name.column or self.table.columns[0] for _, name in self.table.rows_of(term.key)}

    def _is_contradictory(self, claims: Sequence[RowClaim]) -> bool:
        """Whether only one row for each of several versions of a thing would match: `Java 5, Java 4, Linux`."""
        keys = Counter(term.key for term in self.terms)
        same = [term for term in self.terms if keys[term.key] > 1]
        if not same or not claims or any(each.state != EXCLUDED for each in claims):
            return False
        alone = ([each for each in self.terms if each == term or each not in same] for term in same)
        found = (TableQuestion(self.table, terms, self.columns, self.others, self.version) for terms in alone)
        return all(any(each.state != EXCLUDED for each in question.answer().claims) for question in found)

    def _is_by_version(self, claims: Sequence[RowClaim], by_row: Sequence[tuple[SearchRow, list[RowClaim]]]) -> bool:
        """Whether rows are about single branches, such as 1.x and 2.x, and none is about the one in the question.

        Then nothing is known about other branches. For the same library, two such rows have no version in common.
        """
        if not self._is_open(claims):
            return False
        if not all(of_row for _, of_row in by_row):  # a row without claims may be about the versions
            return True
        for versions, found in self._compared_in([row for row, _ in by_row]):
            rows = [(row, facts) for row, facts in found if facts]
            if not any(self._includes(facts, versions) for _, facts in rows) and any(
                self._are_apart(one, other) for one, other in itertools.combinations(rows, 2)
            ):
                return True
        return False

    def _is_of_branch(self, claims: Sequence[RowClaim], rows: Sequence[SearchRow]) -> bool:
        """Whether the only row with all the names is about a single branch, and not the one in the question."""
        if len(rows) != 1 or not self._is_open(claims):
            return False
        facts = [fact for _, found in self._compared_in(rows) for row, each in found if row is rows[0] for fact in each]
        ranges = [item for fact in facts for item in (fact.supported or ((), 0))[0]]
        return bool(ranges) and _is_branch(ranges, facts[0].scheme)

    def _is_open(self, claims: Sequence[RowClaim]) -> bool:
        """Whether all claims exclude the versions in the question, and other rows may exist."""
        return not self.table.shown.definition.complete and all(each.state == EXCLUDED for each in claims)

    def _is_unreleased(self, claims: Sequence[RowClaim]) -> bool:
        """Whether only a release without versions, such as a development branch, has the versions in the question."""
        asked = [(column, versions) for column, versions in self.in_columns if versions is not None]
        if self.version is not None or not asked or any(each.state != EXCLUDED for each in claims):
            return False
        rows = [row for row in self.table.rows if row.about == ()]
        return any(all(self._includes(row.cells[column], versions) for column, versions in asked) for row in rows)

    def _compared_in(self, rows: Sequence[SearchRow]) -> Iterator[tuple[VersionSet, list[_RowFacts]]]:
        """Versions in the question, each with the facts that it is compared with. `rows` have all the names in it."""
        for term in self.terms:
            if term.versions is not None:
                yield term.versions, [(row, self._about(row, term)) for row in self.table.rows]
        for column, versions in self.in_columns:
            if versions is not None:
                yield versions, [(row, row.cells[column]) for row in rows]

    def _are_apart(self, one: _RowFacts, other: _RowFacts) -> bool:
        """Whether two rows are for the same versions of the library, but for other versions of what they name."""
        library = self.version.ranges if self.version else ALL
        for row, facts in (one, other):
            if all(fact.record.dataset != self.table.page.ladder for fact in facts):
                library = intersect(library, row.library_versions)
        own, others = ([each for fact in facts for each in (fact.supported or ((), 0))[0]] for _, facts in (one, other))
        apart = bool(library and own and others) and not intersect(own, others)
        return apart and (_is_branch(own, one[1][0].scheme) or _is_branch(others, other[1][0].scheme))

    def _includes(self, facts: Sequence[CellFact], versions: VersionSet) -> bool:
        """Whether facts may include some versions."""
        return any(each.state != EXCLUDED for each in compared(facts, versions))

    def _about(self, row: SearchRow, term: Term) -> list[CellFact]:
        """The facts of a row with the versions of what a term names."""
        columns = self.table.versions_of(name) if (name := row.name(term.key)) else ()
        return [fact for column in columns for fact in row.cells[column]]

    def _unstated(self, claims: Sequence[RowClaim]) -> list[RowClaim]:
        """The claims of rows with blank cells in place of names, for versions of the library without other claims."""
        ladder = self.table.page.ladder
        stated = normalize(item for each in claims if each.state != EXCLUDED for item in each.within(ladder))
        unstated = RowClaim(NOT_STATED, (), ((ladder, complement(stated)),))
        columns = {term: {name.column for _, name in self.table.rows_of(term.key)} for term in self.terms}
        found = []
        for row in self.table.rows if claims else ():
            blank = {column for column, cell in row.cells.items() if all(isinstance(f.value, Absent) for f in cell)}
            named = {term: name for term in self.terms if (name := row.name(term.key))}
            others = [columns[term] for term in self.terms if term not in named]
            if others and all(blank.issuperset(each) for each in others) and self._is_about(row):
                found += [each for each in self._claims(row, named) if each.state != EXCLUDED]
        return [both for each in found if (both := each.joined(unstated))]

    def _is_cell(self) -> bool:
        return self.version is None and names_cell(self.table, self.columns, None)

    def _compared(self, row: SearchRow) -> Iterator[Sequence[RowClaim]]:
        """The claims of the cells of a row about the versions that select rows."""
        return (compared(row.cells[column], versions) for column, versions in self.keys)

    def _is_about(self, row: SearchRow) -> bool:
        """Whether a row is about the versions in the question, of the library or in the first column."""
        if any(each.state in (EXCLUDED, NOT_STATED) for found in self._compared(row) for each in found):
            return False
        release = ALL if row.about is None else row.about
        return bool(intersect(release, self.version.ranges if self.version else ALL))

    def _is_superseded(self, row: SearchRow) -> bool:
        """Whether a row is for all later versions, such as 4.2+, and another one begins before those in the question.

        Then its author may have meant only the versions in between.
        """
        shown = row.shown_keys
        others = [other for other in self.table.rows if other.shown_keys == shown]
        for column, versions in self.keys:
            for own in _sets(row.cells[column]):
                asked = versions.read_as(own.scheme)
                later = ((Range(other.minimum, None),) for each in others for other in _sets(each.cells[column]))
                later = (begin for begin in later if covers(own.ranges, begin) and not covers(begin, own.ranges))
                if asked and any(covers(begin, asked.ranges) for begin in later):
                    return True
        return False

    def _claims(self, row: SearchRow, named: ReadOnly[Term, Name]) -> list[RowClaim]:
        """The claims of a row that has the names of some terms."""
        versions, names = [*self.keys], [*named.values()]
        for term, name in named.items():
            if term.versions is not None and (found := self.table.versions_of(name)):
                versions += [(column, term.versions) for column in found]
                self.versioned.add(term.asked)
        several = (*(frozenset(found) for _, found in self.headers), frozenset(self.released), self.beside)
        of_library = None if self.released else self.version
        criteria = Criteria(tuple(versions), tuple(self.in_columns), several, self.others, of_library, bool(self.keys))
        of_row = claims_of(row, names, criteria)
        beside = any(n.column and n.column.is_one_of_several and n.column not in self.asked for n in names)
        naming = [found for _, found in self.headers if self.terms and all(column.has_names for column in found)]
        apart = [found for found in naming if {name.column for name in names}.isdisjoint(found)]
        if beside or apart:  # a text is not an answer, but the reader may see it
            said = tuple(f.ground for found in apart for column in found for f in row.cells[column])
            of_row = [RowClaim(NOT_STATED, (*each.grounds, *said), each.limits, said) for each in of_row]
        return of_row


def _sets(cell: Iterable[CellFact]) -> list[VersionSet]:
    """The sets of versions in a cell."""
    return [item.set for fact in cell for item in plain_items(fact.value) if isinstance(item, Versions)]


def _aliased(row: SearchRow, names: Sequence[Name]) -> frozenset[str]:
    """The things in a row that the question names by an alias."""
    aliases = {name.dataset for name in names if name.alias}
    records = (record for record in row.shown.source.records if record.dataset in aliases)
    return frozenset(row.table.page.facts.label(record.subject) for record in records)


def _is_branch(ranges: Sequence[Range], scheme: Scheme) -> bool:
    """Whether ranges are one release branch, such as 3.x or 3.12, and not an interval between bounds."""
    low = ranges[0].low
    return low is not None and not intersect(ranges, complement(parse_versions(low.text, scheme).ranges))
