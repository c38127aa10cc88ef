"""What a row of a table claims about a question: for which versions of the library which state is published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from datetime import date
from typing import NamedTuple

from sitegen.explanation.cautions import cautions, warns
from sitegen.explanation.names import Name, says_no
from sitegen.explanation.rows import CellFact, PublishedRow, PublishedTable
from sitegen.facts import items_of
from sitegen.findings import Place
from sitegen.frozen import frozen
from sitegen.values import Lifecycle, List, Support, Value, Versions
from sitegen.version_ranges import Range, complement, intersect
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
_BEFORE = ("yes", "ga", "lts", "maintenance", "partial", "preview", "beta", "private beta", "experimental")
"""States that begin with their first version: what is outside of their versions is not supported."""


def answer_of(state: str) -> str:
    """The answer that a state gives: `yes`, `no`, `not-stated`, or the state itself."""
    return "yes" if state in _YES else "no" if state in _NO else state


def worst(*states: str) -> str:
    """The worst of some states."""
    return min(states, key=ORDER.index)


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
    grounds: tuple[Ground, ...]
    limits: tuple[tuple[str, tuple[Range, ...]], ...] = ()
    causes: tuple[Ground, ...] = ()

    def within(self, ladder: str) -> tuple[Range, ...]:
        """The versions of a ladder that the claim is about."""
        return dict(self.limits).get(ladder, ALL)

    def limited(self, limits: ReadOnly[str, tuple[Range, ...]], state: str, grounds: Iterable[Ground]) -> Claim | None:
        """The claim where other limits apply, too; None where no version is left."""
        left = dict(self.limits)
        for ladder, ranges in limits.items():
            left[ladder] = intersect(left.get(ladder, ALL), ranges)
            if not left[ladder]:
                return None
        added = tuple(grounds)
        worse, same = ORDER.index(state) < ORDER.index(self.state), state == self.state
        more = same and state != EXCLUDED  # one reason is enough for what is left out
        causes = added if worse else (*self.causes, *added) if more else self.causes
        merged = tuple(dict.fromkeys((*self.grounds, *added)))
        ordered = tuple(sorted(left.items(), key=lambda item: item[0]))
        return Claim(worst(self.state, state), merged, ordered, tuple(dict.fromkeys(causes)))


@frozen
class Wanted:
    """What a question asks of a table: versions of the things that its rows name, by column, and columns by number.

    `columns` are those it asks for, with versions where they are asked for. Where it asks for none, `others` says
    whether states of other columns `count`, are of no interest (`skip`), or leave the question open (`open`).
    """

    versions: tuple[tuple[int, VersionSet], ...]
    columns: tuple[tuple[int, VersionSet | None], ...]
    others: str
    of_library: bool


Option = tuple[ReadOnly[str, tuple[Range, ...]], str, tuple[Ground, ...]]
"""Limits, the state within them, and the grounds for it."""


def claims_of(row: PublishedRow, names: list[Name], wanted: Wanted, day: date) -> list[Claim]:
    """What a row claims of what a question asks. `names` are those of the row that the question has."""
    table = row.table
    listed = tuple(Ground(name.text, "", "", (name.place,)) for name in names)
    notes = tuple(Ground("Note", "", str(note), note.places) for note in row.notes)
    claims = [Claim("yes", (*listed, *notes), (), listed)]
    asked_versions = [versions for _, versions in (*wanted.versions, *wanted.columns) if versions is not None]
    if any(_is_left_out(row, versions) for versions in asked_versions):
        claims = _and(claims, [({}, NOT_STATED, ())])
    if table.negative or any(name.qualifier or name.refuses for name in names) or warns(row, names, day):
        claims = _and(claims, [({}, NOT_STATED, ())])
    for index, versions in wanted.versions:
        claims = _and(claims, _compared(row, index, versions))
    if all(claim.state == EXCLUDED for claim in claims):
        return claims
    claims = _and(claims, _measured(row))
    for options in _left_out(row):
        claims = _and(claims, options)
    specific = any(table.is_specific(index) for index, _ in wanted.columns)
    states = list(_states(row, wanted, day, specific=specific))
    asked = [state for state in states if state.column in dict(wanted.columns)]
    others = [state for state in states if state not in asked]
    for state in states:
        claims = _and(claims, state.options)
    if not specific and wanted.others == "open":
        claims = _and(claims, [({}, NOT_STATED, ())])
    elif not specific and (_disagree(others) or any(table.columns[state.column].negative for state in others)):
        claims = _and(claims, [({}, ASK, ())])
    if wanted.columns:
        unstated = not asked
    else:
        unstated = not states and wanted.others == "count" and (_has_states(table) or cautions(row, names))
    return _and(claims, [({}, NOT_STATED, ())]) if unstated else claims


class _State(NamedTuple):
    column: int
    options: list[Option]


def _disagree(states: Iterable[_State]) -> bool:
    """Whether columns that a question does not ask for give different answers."""
    given = {frozenset(answer_of(state) for _, state, _ in options if state != EXCLUDED) for _, options in states}
    return len(given) > 1


def _and(claims: Iterable[Claim], options: Sequence[Option]) -> list[Claim]:
    """Claims that hold together with one of the options each."""
    if not options:
        return list(claims)
    found = [claim.limited(*option) for claim in claims for option in options]
    return [claim for claim in found if claim is not None]


def ground(row: PublishedRow, index: int, fact: CellFact) -> Ground:
    """A fact of a row as a ground."""
    page, header = row.table.page, row.table.columns[index].header.rstrip("?")
    subject = page.label((fact.record.dataset, fact.record.id))
    return Ground(subject, header, page.text(fact.value), fact.places)


def _compared(row: PublishedRow, index: int, asked: VersionSet) -> list[Option]:
    """Whether a column includes versions that are asked for."""
    header = row.table.columns[index]
    options: list[Option] = []
    for fact in row.cells[index]:
        because = (ground(row, index, fact),)
        if isinstance(fact.value, Versions):
            meant = header.meant(fact.value.set, single=fact.type.name == "version")
            exact = fact.value.set.ranges
            options.append(({}, _inclusion(asked, exact if meant is None else meant, sure=meant is not None), because))
        elif isinstance(fact.value, Support) and fact.value.versions is not None:
            inside = _inclusion(asked, fact.value.versions.ranges, sure=fact.value.state in _BEFORE)
            state = inside if inside in (EXCLUDED, NOT_STATED) else worst(inside, fact.value.state)
            options.append(({}, state, because))
        elif isinstance(fact.value, Support):
            options.append(({}, worst(NOT_STATED, fact.value.state), because))
    return options or [({}, NOT_STATED, ())]


def _inclusion(asked: VersionSet, ranges: tuple[Range, ...], *, sure: bool) -> str:
    """Whether versions are among others: `yes`, `excluded`, or `partial` where some of them are."""
    common = intersect(asked.ranges, ranges)
    if not common:
        return EXCLUDED if sure else NOT_STATED
    return "yes" if not intersect(asked.ranges, complement(ranges)) else "partial" if sure else NOT_STATED


def _measured(row: PublishedRow) -> list[Option]:
    """The versions of the library that a row is about, and those that it leaves out.

    A release is about its own versions, and leaves the others to other rows.
    """
    limits = dict(row.releases)
    grounds: list[Ground] = []
    excluded: list[Option] = []
    for index, cell in enumerate(row.cells):
        for fact in cell:
            header = row.table.columns[index]
            if isinstance(fact.value, Versions) and fact.type.ladder and not header.excluding:
                meant = header.meant(fact.value.set, single=fact.type.name == "version")
                ranges = fact.value.set.ranges if meant is None else meant
                because = ground(row, index, fact)
                grounds.append(because)
                limits[fact.type.ladder] = intersect(limits.get(fact.type.ladder, ALL), ranges)
                if rest := complement(ranges):
                    excluded.append(({fact.type.ladder: rest}, NOT_STATED if meant is None else EXCLUDED, (because,)))
    return [(limits, "yes", tuple(grounds)), *excluded]


def _left_out(row: PublishedRow) -> Iterator[list[Option]]:
    """The versions of the library in columns such as `Removed since` and `Blocked versions`.

    Other columns decide about the rest, if the header cannot mean more.
    """
    for index, cell in enumerate(row.cells):
        header = row.table.columns[index]
        for fact in cell if header.excluding else ():
            if isinstance(fact.value, Versions) and fact.type.ladder:
                ranges = _not_working(row, index, fact.value)
                because = (ground(row, index, fact),)
                others = ({fact.type.ladder: complement(ranges)}, "yes" if header.denies else NOT_STATED, because)
                yield [({fact.type.ladder: ranges}, NOT_STATED, because), others]


def _is_left_out(row: PublishedRow, asked: VersionSet) -> bool:
    """Whether versions that a question asks for are among those of a column such as `Versions with known issues`."""
    return any(
        isinstance(fact.value, Versions)
        and not fact.type.ladder
        and intersect(asked.ranges, _not_working(row, index, fact.value))
        for index, cell in enumerate(row.cells)
        for fact in (cell if row.table.columns[index].excluding else ())
    )


def _not_working(row: PublishedRow, index: int, value: Versions) -> tuple[Range, ...]:
    """The versions that may not work by a column: also those that follow, unless the column lists single faults."""
    return value.set.ranges if row.table.columns[index].lists_faults else value.set.as_minimum.ranges


def _has_states(table: PublishedTable) -> bool:
    datasets = table.page.context.datasets
    kinds = [
        datasets[header.column.fields[0].dataset].fields.get(header.column.fields[0].path[0])
        for header in table.columns
        if not (header.negative and header.denies)
    ]
    return any(kind is not None and (kind.item or kind).name in ("support", "stage") for kind in kinds)


def _states(row: PublishedRow, wanted: Wanted, day: date, *, specific: bool) -> Iterator[_State]:
    """The states of the columns that count, each with its options.

    A column without a subject, such as `Minimum version`, is about the row as a whole, and counts in any case. Those
    about something count where the question does not ask for specific ones.
    """
    asked = dict(wanted.columns)
    for index, header in enumerate(row.table.columns):
        if (
            index not in asked
            and header.negative
            and header.denies
            and all(_is_no(fact.value) for fact in row.cells[index])
        ):
            continue
        counts = index in asked or not header.subject or (wanted.others == "count" and not specific)
        for fact in row.cells[index] if counts else ():
            versions = asked.get(index)
            if versions is not None and not row.table.is_of_library(fact.type):
                yield _State(index, _compared(row, index, versions))
            elif isinstance(fact.value, (Support, Lifecycle, List)):
                options = list(_options(row, index, fact, wanted, day))
                if options:
                    yield _State(index, options)


def _options(row: PublishedRow, index: int, fact: CellFact, wanted: Wanted, day: date) -> Iterator[Option]:
    because = (ground(row, index, fact),)
    if isinstance(fact.value, Lifecycle):
        level = fact.value.at(day)
        yield {}, level.stage if level else NOT_STATED, because
        return
    supports = [item for item in items_of(fact.value) if isinstance(item, Support)]
    ladder = fact.type.ladder
    left = ALL
    for support in supports:
        state = _state_on(support, day)
        if support.versions is None:
            if state == "yes" and says_no(row.table.columns[index].column.words.get(state, "")):
                state = NOT_STATED
            yield {}, state, because
            left = ()
        elif ladder:
            ranges = support.versions.ranges
            yield {ladder: ranges}, state, because
            left = intersect(left, complement(ranges))
        else:  # nothing says whose versions these are
            inside = all(_inclusion(asked, support.versions.ranges, sure=True) == "yes" for _, asked in wanted.versions)
            yield {}, NOT_STATED if wanted.of_library or not inside else state, because
            left = ()
    if supports and left:
        before = all(support.state in (*_BEFORE, "planned") for support in supports)
        yield {ladder: left}, EXCLUDED if before else NOT_STATED, because


def _is_no(value: Value) -> bool:
    return isinstance(value, Support) and value.state == "no" and value.versions is None


def _state_on(support: Support, day: date) -> str:
    """A state on a day: one that begins later is planned, and nothing states that one began which was expected to."""
    if support.on is None or support.state not in _BEFORE:
        return support.state
    return "planned" if support.on.first > day else NOT_STATED if support.on.expected else support.state
