"""Answers to questions about compatibility from published tables: `Python 3.8, Linux i686, API Security, AAP?`

On each page, each table that contains some of the terms answers with the rows that match all of these terms. The
answers of several tables are combined for the versions of the library that they share, and the worst state wins. A
question with a term that no row contains has no answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from datetime import date

from sitegen.explanation.claims import (
    ALL,
    EXCLUDED,
    NOT_STATED,
    FittingRelease,
    Ground,
    JointClaims,
    TableAnswer,
    TableGrounds,
    answer_of,
    claim,
)
from sitegen.explanation.columns import Name, SearchColumn
from sitegen.explanation.names import key, near, words
from sitegen.explanation.page_choice import about_site, chosen_pages, libraries_named, names_on, search_pages, words_on
from sitegen.explanation.pages import SearchPage, SearchTable
from sitegen.explanation.tables import TableQuestion, headers_of, joined_parts, names_cell
from sitegen.explanation.terms import Term, UnclearError, parse_question
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.facts.version_ranges import VersionError, intersect
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.findings import Report
from sitegen.frozen import frozen
from sitegen.languages.catalogue import DEFAULT
from sitegen.site.loading import Site


@frozen
class PageAnswer:
    """The answer of a page: `yes`, `no`, `not-stated` or a state; the state that leads to it, and the facts behind it.

    `unstated` are the terms that no table of the page answers. The names of these fields, and of the fields of the
    records in them, are the keys of the JSON.
    """

    page: str
    product: str
    library: str
    answer: str
    state: str
    sentence: str
    unstated: tuple[str, ...]
    releases: tuple[FittingRelease, ...]
    because: tuple[TableGrounds, ...]


def answer_question(site: Site, day: date, question: str, report: Report) -> list[PageAnswer]:
    """Answer a question for each page that it may be about. Raises UnclearError if the question is not understood."""
    pages = [*search_pages(site, day, libraries_named(site, question), report)]
    known: dict[str, str] = {}
    for name, text in (each for page in pages for each in names_on(page)):
        known.setdefault(name, text)
    terms = parse_question(question, known, {word for page in pages for word in words_on(page)}, site.facts.schemes)
    terms = about_site(terms, site, pages)
    for term in terms:
        if term.known or any(page.complete_without(term.key) for page in pages):
            continue
        texts = dict.fromkeys((term.text, term.name))
        like = [*dict.fromkeys(name for text in texts for name in near(text, set(known.values())))][:4]
        if like or len(terms) == 1:
            names = ", ".join(f"'{name}'" for name in like)
            raise UnclearError(f"unknown name '{term.name}' on {day}" + (f"; did you mean {names}?" if like else ""))
    pages, terms = chosen_pages(pages, terms)
    return [_PageQuestion(page, terms).answer() for page in pages]


def _denial(term: Term, ground: Ground) -> TableAnswer:
    """The answer No for a term."""
    return TableAnswer((term.text,), (claim("no", [ground]),))


def _reading(term: Term, table: SearchTable) -> Term:
    """A term as a table reads it: a name that it does not have may be one of its names with versions."""
    split = None if table.rows_of(term.key) or table.columns_of(term.key) else term.split
    return split if split and (table.rows_of(split.key) or table.columns_of(split.key)) else term


def _are_beside(table: SearchTable, terms: Sequence[Term]) -> bool:
    """Whether rows have some names only in further columns, so that they are about other things."""
    names = [name for term in terms for _, name in table.rows_of(term.key)]
    return bool(names) and all(name.column is not None and name.column not in table.columns[:1] for name in names)


def _names_in(table: SearchTable, column: SearchColumn | None) -> set[str]:
    """The keys of the names that a column shows; None for those of the records that select rows."""
    own = table.shown.definition.datasets if column is None else ()
    names = ((found, name) for row in table.rows for found, name in row.names.items() if not name.alias)
    return {found for found, name in names if name.column is column and name.dataset not in own}


def _is_for_others(table: SearchTable, other: SearchTable, asked: Name) -> bool:
    """Whether the caption of a table has another name of a column, and not the one in the question."""
    title = f" {' '.join(words(table.shown.title))} "
    names = {name.text for row in other.rows for name in row.names.values() if name.column is asked.column}
    found = {text for text in names if f" {' '.join(words(text))} " in title}
    return asked.text not in found and any(not table.page.role_words.issuperset(words(text)) for text in found)


_Matching = tuple[SearchTable, Sequence[Term], Sequence[Term], set[str]]
"""A table that contains terms: its rows, its columns, and the names of both in the question."""


class _PageQuestion:
    """A question about a page. `version` are the versions of the library in the question."""

    def __init__(self, page: SearchPage, terms: Sequence[Term]) -> None:
        self.page = page
        self.keys = frozenset(term.key for term in terms if term.name)
        self.version: VersionSet | None = None
        self.unstated: list[str] = []
        self.terms = [term for term in map(self._resolved, terms) if term is not None]

    # --- the versions in a question ---

    def _resolved(self, term: Term) -> Term | None:
        """A term with versions only if these belong to its name; versions of the library go to `version`.

        Raises UnclearError if the versions may belong to several things.
        """
        if not term.known or term.versions is None:
            return term
        self._check_no_longer_name(term, term.versions)
        if term.library and not self.page.releases and (own := self._named_by(term.versions)):
            return own
        if term.library or self._is_measured(term.key):
            self._of_library(term.versions)
            return None
        if term.name and self._takes_versions(term.key):
            return term
        role = LIBRARIES if LIBRARIES in self.page.context.datasets else PRODUCTS
        if any(term.key in names for names in self.page.roles[role]):
            self._check_not_a_part(term, term.versions)
            self._of_library(term.versions)
            return None
        of_product = any(term.key in names for names in self.page.roles[PRODUCTS])
        if term.name and not (term.loose or of_product):
            self._check_not_of_library(term, term.versions)
            self.unstated.append(term.text)
            return Term(term.name) if self.page.columns_of(term.key) else None
        if not term.name and (own := self._named_by(term.versions)):
            return own
        self._assign_bare_versions(term.versions)
        return Term(term.name) if term.name and not of_product else None

    def _is_released(self, versions: VersionSet) -> bool:
        """Whether releases of the library have some versions."""
        return any(versions.meets(each.versions.ranges, each.versions.scheme) for each in self.page.releases)

    def _named_by(self, versions: VersionSet) -> Term | None:
        """Versions that are not of the library as a row or a column that has this name, or as versions of rows."""
        if self._is_released(versions):
            return None
        name = key(versions.text)
        if self.page.rows_of(name) or self.page.columns_of(name):
            return Term(versions.text)
        first = ((row, column) for table in self.page.tables for column in table.versions for row in table.rows)
        headers = {column.header for row, column in first if any(f.includes(versions) for f in row.cells[column])}
        readings = self._readings(versions)
        return Term(headers.pop(), versions) if len(headers) == 1 and not readings else None

    def _of_library(self, versions: VersionSet) -> None:
        scheme = self.page.releases[0].versions.scheme if self.page.releases else versions.scheme
        own = versions.read_as(scheme)
        if own is None:
            raise UnclearError(f"'{versions.text}' is not a version of the library, whose scheme is '{scheme}'")
        versions = own
        if self.version is not None and self.version.text != versions.text:
            message = f"'{self.version.text}' and '{versions.text}' are both versions of the library; use one"
            raise UnclearError(message)
        self.version = versions

    def _check_not_a_part(self, term: Term, versions: VersionSet) -> None:
        """Raise UnclearError if a row with versions has a name that contains the term, as CPython contains Python."""
        for row, _, name in self.page.shown_names:
            if term.key in key(name.text) and row.table.versions_of(name):
                either = f"'{term.name} library {versions.text}' or '{name.text} {versions.text}'"
                raise UnclearError(f"'{term.text}' is ambiguous; write {either}")

    def _check_no_longer_name(self, term: Term, versions: VersionSet) -> None:
        """Raise UnclearError if the versions may be part of a name, as `Log4j 2.17` may mean `Log4j 2`.

        Releases that are named by their versions have these versions.
        """
        for name in (name for _, found, name in self.page.shown_names if not self.page.is_release(found)):
            start, _, number = name.text.rpartition(" ")
            with contextlib.suppress(VersionError):
                if (
                    start
                    and key(start) == term.key
                    and intersect(parse_versions(number, versions.scheme).ranges, versions.ranges)
                ):
                    raise UnclearError(f"'{term.text}' is ambiguous; write '{name.text}' or another name")

    def _check_not_of_library(self, term: Term, versions: VersionSet) -> None:
        """Raise UnclearError if the versions may be those of the library, since all rows with the name need one."""
        rows = self.page.rows_of(term.key) if self.version is None else ()
        if rows and all(row.needs_versions(name) for row, name in rows):
            raise self._ambiguous(term.text, versions)

    def _takes_versions(self, name_key: str) -> bool:
        """Whether a table has versions for a name, or a column with that name has versions."""
        named = self.page.rows_of(name_key)
        rows = any(row.table.versions_of(name) for row, name in named)
        rows |= any(c.item_type.name == "versions" for row, _ in named for c in row.table.columns_at(ALL))
        rows |= any(column.compares_rows for row, _ in named for column in row.table.columns)
        return rows or any(column.has_versions for column in self.page.columns_of(name_key))

    def _is_measured(self, name_key: str) -> bool:
        """Whether only columns with versions of the library have a name."""
        columns = self.page.columns_of(name_key)
        measured = bool(columns) and all(map(self.page.states_releases, columns))
        return measured and not self.page.rows_of(name_key)

    def _assign_bare_versions(self, versions: VersionSet) -> None:
        """Use versions without a name as those of the library, if they can be nothing else."""
        if readings := self._readings(versions):
            raise self._ambiguous(versions.text, versions, readings, library=self._is_released(versions))
        if self._is_released(versions):
            self._of_library(versions)
        else:
            self.unstated.append(versions.text)

    def _readings(self, versions: VersionSet) -> dict[str, None]:
        """The names in rows that may have some versions, except in rows that are about versions."""
        return dict.fromkeys(
            name.text
            for row, found, name in self.page.shown_names
            if name.dataset != self.page.ladder and not row.table.versions
            for column in row.table.versions_of(name)
            if found in self.keys or any(fact.includes(versions) for fact in row.cells[column])
        )

    def _ambiguous(
        self, text: str, versions: VersionSet, names: Iterable[str] = (), *, library: bool = True
    ) -> UnclearError:
        """The error for versions that may be those of the library, or of several names."""
        own = [f"{self.page.facts.title[1]} library".strip()] * library
        either = " or ".join(f"'{name} {versions.text}'" for name in [*own, *names][:4])
        return UnclearError(f"'{text}' is ambiguous; write {either}")

    # --- the claims of the tables ---

    def answer(self) -> PageAnswer:
        """The answer of the page."""
        unavailable = self.page.unavailable
        known = [term for term in self.terms if term.key not in unavailable]
        tables = self._tables(known)
        covered = frozenset(found for table in tables for found in table.known)
        versioned = frozenset(found for table in tables for found in table.versioned)
        for term in known:
            missing = term.asked not in covered
            if missing and (out := self._complete_without(term)):
                text, place = "not listed, and the list is complete", out.shown.definition.place
                tables.append(_denial(term, Ground(term.text, out.shown.title, text, (place,))))
            elif missing or (term.versions is not None and term.asked not in versioned):
                self.unstated.append(term.text)
        if self.version is not None and not (tables and self.page.releases):
            self.unstated.append(self.version.text)
        for term in self.terms:
            if name := unavailable.get(term.key):
                product, _ = self.page.facts.title
                tables.append(_denial(term, Ground(product, "Unavailable", name.text, (name.place,))))
        return self._answer(tables)

    def _complete_without(self, term: Term) -> SearchTable | None:
        """A table that answers No for a term, since it lists everything supported."""
        if out := self.page.complete_without(term.key):
            return out
        alone = len(self.terms) == 1 and not term.known
        return self.page.tables[0] if alone and self.page.excludes_unknown(term.key) else None

    def _tables(self, asked: Sequence[Term]) -> list[TableAnswer]:
        """The tables that contain some of the terms, each with its claims."""
        matching, unrelated, crossed = [], [], False
        for table in self.page.tables:
            terms = [_reading(term, table) for term in asked]
            rows = [term for term in terms if table.rows_of(term.key)]
            apart = len(rows) > 1 and not any(all(row.name(term.key) for term in rows) for row in table.rows)
            if apart and all(table.columns_of(term.key) for term in rows[1:]):  # records of rows and of columns
                rows, apart, crossed = rows[:1], False, True
            columns = [term for term in terms if term not in rows and table.columns_of(term.key)]
            if self.version is not None:
                released = any(self.page.ladder in row.releases for row in table.rows)
            else:  # versions of a column, in any release
                released = any(t.versions is not None for t in columns) and any(row.about for row in table.rows)
            owned = columns and {PRODUCTS, LIBRARIES}.issuperset(table.shown.definition.datasets)
            if rows or released or owned or names_cell(table, columns, self.version):
                matching.append((table, rows, columns, {term.asked for term in (*rows, *columns)}))
                if apart:
                    unrelated.append(matching[-1])
        answers = []
        matching = [each for each in matching if not (crossed and each in unrelated)]
        matching = [each for each in matching if not self._is_about_others(each, matching)]
        if any(self._has_version(table) for table, *_ in matching):
            matching = [each for each in matching if self._has_version(each[0]) in (None, True)]
        for table, rows, columns, own in matching:
            wider = any(own < other for *_, other in matching)
            if _are_beside(table, rows) and any(
                own < other
                or (own == other and not _are_beside(each, named))
                or (not other <= own and headers_of(each) == headers_of(table))  # about other rows of one table
                for each, named, _, other in matching
            ):
                continue
            if wider and (self._is_elsewhere(table, rows, columns, matching) if rows else self.version is None):
                continue
            others = "skip" if wider else "open" if self._is_open(table, own) else "count"
            answers.append((table, TableQuestion(table, rows, columns, others, self.version).answer()))
        return [*joined_parts(answers)]

    def _is_about_others(self, found: _Matching, matching: Sequence[_Matching]) -> bool:
        """Whether rows name others in place of a thing in the question: Linux of one driver is not that of another."""
        table, rows, _, own = found
        named = {name.column for term in rows for _, name in table.rows_of(term.key)}
        naming = [column for column in table.columns if column.has_names and column not in named]
        headers = {column.header for column in naming}
        known = {each for column in (*naming, None) for each in _names_in(table, column)}
        asked = ((other, term) for other, terms, _, _ in matching for term in terms if term.asked not in own)
        columns = ((other, name) for other, term in asked for _, name in other.rows_of(term.key))
        return any(
            name.column.header in headers or known & _names_in(other, name.column) or _is_for_others(table, other, name)
            for other, name in columns
            if name.column is not None
        )

    def _is_elsewhere(
        self, table: SearchTable, rows: Sequence[Term], columns: Sequence[Term], matching: Sequence[_Matching]
    ) -> bool:
        """Whether a table has versions of what rows name for other subjects only, and another one for those asked."""
        own = {term.asked for term in (*rows, *columns)}
        wider = [(other, terms) for other, terms, _, others in matching if own < others]
        covered = any(
            all(term.versions is None or other.takes(term.key) for term in terms if term.asked in own)
            for other, terms in wider
        )
        return covered and not columns and any(column.is_specific for column in table.columns)

    def _has_version(self, table: SearchTable) -> bool | None:
        """Whether a row is about the version of the library in the question; None if no row is about versions."""
        about = [row.about for row in table.rows if row.about is not None]
        wanted = self.version.ranges if self.version else ()
        return any(intersect(ranges, wanted) for ranges in about) if about and wanted else None

    def _is_open(self, table: SearchTable, own: set[str]) -> bool:
        """Whether the columns of a table may be about other things than the question.

        They are if a term that this table does not contain is a column of another table, or if another table lists it
        together with the subject of a column of this table: columns for some capabilities do not answer for another.
        """
        subjects = {found for column in table.columns if column.is_specific for found in column.keys}
        for term in self.terms if subjects else ():
            for other in self.page.tables if term.key not in own else ():
                if any(column.is_specific for column in other.columns_of(term.key)):
                    return True
                if other.rows_of(term.key) and any(other.rows_of(found) for found in subjects):
                    return True
        return False

    def _answer(self, tables: Sequence[TableAnswer]) -> PageAnswer:
        """The answer of all tables together."""
        joined = JointClaims(tables, self.page.ladder, self.page.releases, self.version)
        language = self.page.context.facts.language
        unknown = self.unstated or not tables
        foreign = not unknown and language is not None and language.tag.partition("-")[0] != DEFAULT
        state = NOT_STATED if unknown or foreign else joined.state
        if joined.disagreement and not (unknown or foreign):
            raise UnclearError(joined.disagreement)
        unstated = tuple(dict.fromkeys(self.unstated))
        if state == NOT_STATED and not unstated:
            unsure = (table for table in tables if any(each.state == NOT_STATED for each in table.claims))
            version = [self.version.text] if self.version else []
            unstated = next((table.terms for table in unsure), (*(term.text for term in self.terms), *version))
        return PageAnswer(
            self.page.name,
            *self.page.facts.title,
            answer_of(state),
            "no" if state == EXCLUDED else state,
            f"The headers are not in English; read the cells of {', '.join(map(repr, unstated))}."
            if foreign
            else joined.sentence(state, unstated),
            unstated,
            joined.fits,
            tuple(joined.grounds),
        )
