"""What keeps a row from a plain Yes, next to its states of support: texts, and dates that have passed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from sitegen.explanation.names import Name, says_no, word_set, words
from sitegen.explanation.rows import CellFact, ColumnNames, PublishedRow
from sitegen.facts import items_of
from sitegen.values import STAGES, STATES, Absent, Day, Markdown, Reference, Text

_STATUS = word_set("status state level support supported availability compatible compatibility")
_POSITIVE = word_set(
    "yes y true supported support full fully ga general generally availability available stable active actively lts "
    "long term maintenance maintained current compatible complete certified recommended official officially "
    "production ready works tested and ✓ ✔ ✅ ☑ x"
)
_LABELS = frozenset(word.casefold() for word in (*STATES, *STAGES)) - {"yes", "ga", "lts", "maintenance"}
_DENIALS = word_set("no none never false n n/a - – —")
_ENDS = word_set("end ends until through expires expiry expiration eos")


def warns(row: PublishedRow, names: list[Name], day: date) -> bool:
    """Whether a status, a known issue or a date of a row qualifies its support, whatever the question asks for."""
    asked = {name.column for name in names}
    for index, cell in enumerate(row.cells):
        header = row.table.columns[index]
        if index not in asked and _is_status(header):
            told = [word for text in _texts(row, header, cell) for word in words(text.replace("-", " "))]
            if not _POSITIVE.issuperset(told):
                return True
        texts = [text.casefold() for text in _texts(row, header, cell)] if index not in asked else []
        if header.negative and not all(text in _DENIALS or text.startswith(("no ", "not ")) for text in texts):
            return True
        ends = says_no(header.header) or not _ENDS.isdisjoint(words(header.header))
        days = [fact.value for fact in cell if isinstance(fact.value, Day)]
        if any(each.last < day if ends else each.first > day for each in days):
            return True
    return False


def cautions(row: PublishedRow, names: list[Name]) -> bool:
    """Whether a text of a row that the question does not ask for may qualify its support."""
    asked = {name.column for name in names}
    for index, cell in enumerate(row.cells):
        header = row.table.columns[index]
        texts = list(_texts(row, header, cell)) if index not in asked and not header.negative else []
        if texts and all(text.casefold() in _LABELS or says_no(text) for text in texts):
            return True
    return False


def _is_status(header: ColumnNames) -> bool:
    """Whether texts in a column are states of the row: `Status`, `Support level`, and not `Supported versions`."""
    told = frozenset(words(header.header))
    return not header.subject and not _STATUS.isdisjoint(told) and told.isdisjoint(("version", "versions", "in"))


def _texts(row: PublishedRow, header: ColumnNames, cell: tuple[CellFact, ...]) -> Iterator[str]:
    """The texts that people read in a cell, apart from versions and states."""
    for fact in cell:
        for value in items_of(fact.value):
            if isinstance(value, (Text, Markdown, Reference)):
                yield row.table.page.text(value)
            elif isinstance(value, Absent) and (word := header.column.words.get("none")):
                yield word
