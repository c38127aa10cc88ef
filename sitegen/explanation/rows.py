"""The claims of a row of a table about a question: the state in which versions of the library."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from sitegen.explanation.claims import (
    ALL,
    ASK,
    EXCLUDED,
    NOT_STATED,
    UNSURE,
    Ground,
    RowClaim,
    answer_of,
    best,
    claim,
    guarded_claims,
    joint_claims,
    worst,
)
from sitegen.explanation.columns import NAMING, STATED, CellFact, Name, SearchColumn
from sitegen.explanation.names import is_refusal, says_no, word_set, words
from sitegen.explanation.pages import SearchPage, SearchRow, SearchTable
from sitegen.explanation.states import BEFORE, parts_of
from sitegen.facts.statements import is_verbatim
from sitegen.facts.values import (
    STAGES,
    STATES,
    Absent,
    Day,
    Lifecycle,
    Markdown,
    Qualified,
    Reference,
    Support,
    Text,
    Verbatim,
    Versions,
    items_in,
    plain_items,
    unqualified,
)
from sitegen.facts.version_ranges import Range, complement, has_release, intersect, normalize
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.frozen import frozen


@frozen
class Criteria:
    """What a question asks of the rows of a table.

    `versions` are versions of the things that rows name, by column. `columns` are the columns in the question, some
    with versions; `several` are those of each term. `others` defines the effect of states in other columns: they
    `count`, are ignored (`skip`), or leave the question `open`. `of_library` are versions of the library in the
    question, and `keyed` is true if versions in the first column select the row.
    """

    versions: tuple[tuple[SearchColumn, VersionSet], ...]
    columns: tuple[tuple[SearchColumn, VersionSet | None], ...]
    several: tuple[frozenset[SearchColumn], ...]
    others: str
    of_library: VersionSet | None
    keyed: bool


def claims_of(row: SearchRow, names: Sequence[Name], criteria: Criteria) -> list[RowClaim]:
    """The claims of a row about a question. `names` are the names of the row in the question."""
    if any(_may_exclude(fact, criteria) for fact in row.facts):  # another row may be about the version
        return [*UNSURE] if row.table.shown.definition.complete else []
    listed = tuple(Ground(name.text, "", "", (name.place,)) for name in names)
    alternatives: list[Sequence[RowClaim]] = [[RowClaim("yes", (*listed, *row.notes), (), listed)]]
    about_faults = any(found and all(column.negative for column in found) for found in criteria.several)
    blank = [column for column, _ in criteria.versions if _states_nothing(row.cells[column])]
    stated = [each for each in criteria.versions if each[0] not in blank]
    alternatives += [compared(row.cells[column], versions) for column, versions in stated]
    claims = joint_claims(alternatives)
    excluded = all(each.state == EXCLUDED for each in claims)
    doubtful = about_faults or _is_doubtful(row, names, criteria, excluded=excluded)
    specific = any(column.is_specific for column, _ in criteria.columns)
    states = list(_states(row, criteria, specific=specific))
    columns = dict(criteria.columns)
    if excluded:
        own = (options for column, options in states if column in columns or not column.subject)
        offers = all(any(each.state in BEFORE for each in options) for options in own)
        return claims if offers and not doubtful else []  # nothing is known about other versions
    whole = [(column, options) for column, options in states if column not in columns and not column.subject]
    if whole and not names and not columns:  # the question is only about a release
        states = whole
    others = [(column, options) for column, options in states if column not in columns]
    aside = [found for c, found in others if c.subject and (whole or c.names_other(row.table.columns[0]))]
    alternatives = [claims, _measured(row, criteria), *_left_out(row, criteria)]
    alternatives += [options for _, options in states if options not in aside]
    alternatives += _limited(row, names, criteria)
    alternatives += _in_releases(row.table.page, columns)
    unclear = not specific and (_disagree(others) or any(column.negative for column, _ in others))
    if doubtful or (blank and not (stated and all(column.is_maximum for column in blank))):
        alternatives.append(UNSURE)
    if not specific and criteria.others == "open":
        alternatives.append(UNSURE)
    if any(
        _disagree([each for each in states if each[0] in found and each[0].is_one_of_several])
        for found in criteria.several
    ):
        alternatives.append([RowClaim(ASK)])
    if columns:
        unstated = len(states) == len(others) or any(_is_blank(c, row.cells[c]) for c in columns)
    else:
        unstated = not states and criteria.others == "count" and (_has_states(row.table) or _is_qualified(row, names))
    if unstated:
        shown = [fact.ground for column in columns for fact in row.cells[column] if not isinstance(fact.value, Absent)]
        alternatives.append([claim(NOT_STATED, shown)])
    found = _without_unread(joint_claims(alternatives), row, criteria)
    if unclear and criteria.others != "open":
        found = [each if each.state == EXCLUDED and whole else replace(each, state=ASK) for each in found]
    return guarded_claims(found, joint_claims(aside))


def _without_unread(claims: list[RowClaim], row: SearchRow, criteria: Criteria) -> list[RowClaim]:
    """Claims without those that a text may limit, such as one below `Maximum version` next to a minimum."""
    comparing = {column for column, versions in criteria.columns if versions is not None}
    columns = (column for found in criteria.several if comparing & found for column in found if column.has_names)
    facts = (fact for column in columns for fact in row.cells[column] if not isinstance(fact.value, Absent))
    said = tuple(fact.ground for fact in facts)
    return [replace(c, state=NOT_STATED, causes=said) if said and c.state != EXCLUDED else c for c in claims]


# --- versions ---


def compared(cell: Iterable[CellFact], wanted: VersionSet) -> Sequence[RowClaim]:
    """Whether a cell includes the versions of a question."""
    found = []
    for fact in cell:
        own = wanted.read_as(fact.scheme)
        if own is None:
            found.append(RowClaim(NOT_STATED, (fact.ground,)))
            continue
        parts = parts_of(fact)
        about = [part for part in parts if part.ranges is None or intersect(part.ranges, own.ranges)]
        for part in about or parts:
            inside = (
                _inclusion(own, part.ranges, part.sure) if part.ranges and fact.column.owns_versions else NOT_STATED
            )
            if part.state == "no" and part.ranges is None:  # no version works
                inside = "no"
            found.append(claim(inside if inside == EXCLUDED else worst(inside, part.state), [fact.ground]))
    return found or UNSURE


def _inclusion(wanted: VersionSet, ranges: tuple[Range, ...], sure: bool) -> str:
    """Whether a range includes the versions of a question: `yes`, `excluded`, or `partial` for some of them.

    By PEP 440, `<=3.12` excludes 3.12.4, but its author may have meant all of 3.12. Then the answer is not certain.
    """
    if not any(map(has_release, intersect(wanted.ranges, ranges))):
        ends = (parse_versions(high.text, wanted.scheme).ranges for _, high in ranges if high and high.inclusive)
        return EXCLUDED if sure and not any(intersect(wanted.ranges, end) for end in ends) else NOT_STATED
    if not any(map(has_release, intersect(wanted.ranges, complement(ranges)))):
        return "yes"
    return "partial" if sure else NOT_STATED


def _facts(row: SearchRow, criteria: Criteria) -> Iterator[CellFact]:
    """The facts of a row, except those of records that the question does not name and that columns go across."""
    named = {column for column, _ in criteria.columns}
    return (fact for fact in row.facts if fact.column in named or not fact.column.is_one_of_several)


def _measured(row: SearchRow, criteria: Criteria) -> list[RowClaim]:
    """The versions of the library to which a row applies, and those that it excludes.

    A row of a release applies to its own versions; other versions are not excluded, but belong to other rows.
    """
    limits = dict(row.releases)
    grounds: list[Ground] = []
    excluded: list[RowClaim] = []
    for fact in _facts(row, criteria):
        ladder = fact.type.ladder
        if fact.supported and ladder and not fact.column.excluding:
            ranges, sure = fact.supported
            grounds.append(fact.ground)
            limits[ladder] = intersect(limits.get(ladder, ALL), ranges)
            excluded.append(claim(EXCLUDED if sure else NOT_STATED, grounds[-1:], {ladder: complement(ranges)}))
    return [claim("yes", grounds, limits), *excluded]


def _in_releases(page: SearchPage, columns: Iterable[SearchColumn]) -> Iterator[Sequence[RowClaim]]:
    """The limit to the releases of the library that columns in the question are for."""
    about = (page.releases_in(across).get(page.ladder, ()) for column in columns for across in column.shown.across_rows)
    if ranges := normalize(item for found in about for item in found):
        others = {page.ladder: complement(ranges)}
        yield [claim("yes", (), {page.ladder: ranges}), claim(EXCLUDED, (), others)]


def _limited(row: SearchRow, names: Sequence[Name], criteria: Criteria) -> Iterator[Sequence[RowClaim]]:
    """What conditions and verbatim texts leave of the claims of a row. Those in columns of states are read there."""
    compared = {column for column, _ in (*criteria.versions, *criteria.columns)}
    compared |= {column for column in row.cells if criteria.keyed and column.subject}  # about something else
    for fact in _facts(row, criteria):
        if fact.kind in STATED or fact.column.excluding or fact.column in compared:
            continue
        if is_verbatim(fact.value) and fact.kind not in NAMING:
            yield [claim(NOT_STATED, [fact.ground])]
        elif (ladder := fact.type.ladder) and fact.supported:
            parts = [part for part in parts_of(fact) if part.ranges]
            if any(part.state != "yes" for part in parts):
                rest = complement(fact.supported[0])
                yield [*(claim(part.state, [fact.ground], {ladder: part.ranges or ALL}) for part in parts),
                       *([claim(EXCLUDED, [fact.ground], {ladder: rest})] if rest else [])]  # fmt: skip
        else:
            items = items_in(fact.value)
            asked = {name.text for name in names if name.column is fact.column}
            items = tuple(item for item in items if fact.column.page.facts.text(unqualified(item)) in asked) or items
            if items and all(isinstance(item, Qualified) and item.when for item in items):
                yield [claim("partial", [fact.ground])]


def _left_out(row: SearchRow, criteria: Criteria) -> Iterator[list[RowClaim]]:
    """The versions of the library in columns such as `Removed since` and `Blocked versions`.

    All other versions are supported if the header is only about what does not work.
    """
    for fact, ranges in _not_working(row, criteria):
        if ladder := fact.type.ladder:
            because, others = [fact.ground], "yes" if fact.column.denies else NOT_STATED
            yield [
                claim(NOT_STATED, because, {ladder: ranges}),
                claim(others, because, {ladder: complement(ranges)}),
            ]


def _not_working(row: SearchRow, criteria: Criteria) -> Iterator[tuple[CellFact, tuple[Range, ...]]]:
    """The versions in columns of what does not work; also later ones, unless the column lists single faults."""
    for fact in _facts(row, criteria):
        for value in plain_items(fact.value) if fact.column.excluding else ():
            if isinstance(value, Versions):
                yield fact, value.set.ranges if fact.column.lists_faults else value.set.onwards


# --- states ---

ColumnClaims = tuple[SearchColumn, Sequence[RowClaim]]
"""A column, and the claims of a cell in it."""


def _disagree(states: Iterable[ColumnClaims]) -> bool:
    """Whether columns have different answers."""
    answers = {frozenset(answer_of(each.state) for each in options if each.state != EXCLUDED) for _, options in states}
    return len(answers) > 1


def _states_nothing(cell: Sequence[CellFact]) -> bool:
    """Whether a cell is blank, and no word of its column says why."""
    return all(isinstance(fact.value, Absent) and not any(_texts(fact)) for fact in cell)


def _is_blank(column: SearchColumn, cell: Sequence[CellFact]) -> bool:
    """Whether a cell states nothing, in a column of states or for one of several records."""
    return (column.has_states or column.is_one_of_several) and all(isinstance(fact.value, Absent) for fact in cell)


def _has_states(table: SearchTable) -> bool:
    return any(column.has_states and not (column.negative and column.denies) for column in table.columns)


def _states(row: SearchRow, criteria: Criteria, *, specific: bool) -> Iterator[ColumnClaims]:
    """The claims of the columns that matter for a question.

    A column without a subject, such as `Minimum version`, is about the whole row and always counts. A column with a
    subject counts if the question does not name specific columns. A plain No under `Deprecated` does not count.
    """
    versions_of: dict[SearchColumn, list[VersionSet | None]] = {}
    for column, versions in criteria.columns:  # a question may name two versions of one thing
        versions_of.setdefault(column, []).append(versions)
    answered = specific or criteria.keyed or any(versions is not None for _, versions in criteria.columns)
    for column, cell in row.cells.items():
        if column not in versions_of:
            if column.negative and column.denies and all(_is_no(fact) for fact in cell):
                continue
            if column.subject and (criteria.others != "count" or answered):
                continue
        for versions in versions_of.get(column, (None,)):
            for fact in cell:
                if versions is not None and not row.table.page.is_measured(fact.type):
                    yield column, compared(cell, versions)
                elif options := list(_claims_in(fact, criteria)):
                    yield column, options


def _is_no(fact: CellFact) -> bool:
    return isinstance(fact.value, Support) and fact.value.state == "no" and fact.value.versions is None


def _claims_in(fact: CellFact, criteria: Criteria) -> Iterator[RowClaim]:
    """The states of a fact, each with the versions of the library to which it applies."""
    if isinstance(fact.value, Lifecycle):
        level = fact.value.at(fact.day)
        yield claim(level.stage if level else NOT_STATED, [fact.ground])
        return
    parts = parts_of(fact) if fact.kind in STATED else []
    ladder, left, because = fact.type.ladder, ALL, [fact.ground] if parts else []
    if not ladder and len(parts) > 1:
        asked = criteria.versions or criteria.of_library
        yield claim(NOT_STATED if asked else best(part.state for part in parts), because)
        return
    for part in parts:
        if part.ranges is None:
            left = ()
            word = fact.column.shown.presentation.words.get(part.state, "")
            yield claim(NOT_STATED if part.state == "yes" and says_no(word) else part.state, because)
        elif ladder:
            left = intersect(left, complement(part.ranges))
            yield claim(part.state, because, {ladder: part.ranges})
        else:  # versions of something unknown
            left = ()
            own_sets = [wanted.read_as(fact.scheme) for _, wanted in criteria.versions]
            inside = fact.column.may_be_of_library or all(
                own is not None and _inclusion(own, part.ranges, sure=True) == "yes" for own in own_sets
            )
            yield claim(part.state if inside and not criteria.of_library else NOT_STATED, because)
    if parts and left:
        before = all(part.sure for part in parts)
        yield claim(EXCLUDED if before else NOT_STATED, because, {ladder: left})


# --- texts and dates that qualify support ---

_STATUS = word_set("status state level support supported availability compatible compatibility")
_POSITIVE = word_set(
    "yes y true supported support full fully ga general generally availability available stable active actively lts "
    "long term maintenance maintained current compatible complete certified recommended official officially "
    "production ready works tested sts standard and ✓ ✔ ✅ ☑ x"
)
_LABELS = frozenset(word.casefold() for word in (*STATES, *STAGES)) - {"yes", "ga", "lts", "maintenance"}
_DENIALS = word_set("no none never false n n/a - – —")
_ENDS = word_set("end ends until through expires expiry expiration eos")


def _is_doubtful(row: SearchRow, names: Sequence[Name], criteria: Criteria, *, excluded: bool) -> bool:
    """Whether a name, the caption, a status, a known issue or a date may restrict the claims of a row.

    `Unsupported versions` are no doubt if the versions in the question are `excluded`.
    """
    versions = [wanted for _, wanted in (*criteria.versions, *criteria.columns) if wanted is not None]
    listed = [each for each in _not_working(row, criteria) if not (excluded and each[0].column.refuses)]
    broken = [(fact.scheme, ranges) for fact, ranges in listed if not fact.type.ladder]
    asked = [(wanted.read_as(scheme), ranges) for wanted in versions for scheme, ranges in broken]
    named, title = {name.column for name in names}, row.table.shown.title
    return (
        (says_no(title) and not row.has_ended)
        or "blocked" in words(title)
        or any(name.qualifier or is_refusal(name.text) or (name.column and name.column.negative) for name in names)
        or any(own is None or intersect(own.ranges, ranges) for own, ranges in asked)
        or any(_warns(fact, [] if fact.column in named else [*_texts(fact)]) for fact in _facts(row, criteria))
    )


def _may_exclude(fact: CellFact, criteria: Criteria) -> bool:
    """Whether a fact excludes the versions of the library in a question, if its versions are those of the library."""
    if criteria.of_library is None or not fact.column.may_be_of_library or fact.column in dict(criteria.versions):
        return False
    return all(each.state == EXCLUDED for each in compared([fact], criteria.of_library))


def _warns(fact: CellFact, texts: Sequence[str]) -> bool:
    """Whether a status, a known issue or a date restricts the support of a row, for any question."""
    column, header = fact.column, frozenset(words(fact.column.header))
    # texts are states of the row below `Status` and `Support level`, and not below `Supported versions`
    status = not column.subject and not _STATUS.isdisjoint(header) and header.isdisjoint(("version", "versions", "in"))
    if status and not _POSITIVE.issuperset(word for text in texts for word in words(text.replace("-", " "))):
        return True
    if column.negative and not all(text in _DENIALS or text.startswith(("no ", "not ")) for text in texts):
        return True
    if not isinstance(fact.value, Day):
        return False
    ends = says_no(column.header) or not _ENDS.isdisjoint(header)
    return fact.value.last < fact.day if ends else fact.value.first > fact.day


def _is_qualified(row: SearchRow, names: Sequence[Name]) -> bool:
    """Whether a text of a row in a column outside of the question may restrict its support."""
    named = {name.column for name in names}
    for column, cell in row.cells.items():
        other = column in named or column.negative or (column.subject and column.has_versions)
        texts = [] if other else [text for fact in cell for text in _texts(fact)]
        if texts and all(text in _LABELS or says_no(text) for text in texts):
            return True
    return False


def _texts(fact: CellFact) -> Iterator[str]:
    """The texts in a cell, except versions and states."""
    for item in items_in(fact.value):
        value = unqualified(item)
        if isinstance(value, (Text, Markdown, Reference, Verbatim)):
            yield fact.column.page.facts.text(item).casefold()
        elif isinstance(value, Absent) and (word := fact.column.shown.presentation.words.get("none")):
            yield word.casefold()
