"""The result of a comparison of two states of a site: changes of facts, records, tables and pages."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping as ReadOnly
from datetime import date
from typing import NamedTuple

from sitegen.changes.support import Kind
from sitegen.frozen import frozen

UNSTATED, COVERED = "unstated", "covered by other rows"


class ChangeReason(NamedTuple):
    """The reason for a change, or an empty text. It is new if it was written for this change, not for an older one."""

    text: str = ""
    is_new: bool = False


@frozen
class Change:
    """One change of a fact; of a whole record if `field` is empty; of a table if `dataset` is empty.

    `label` is the name of the record, `title` the header above the field, `table` the id of the table that shows it
    (empty for prose), and `heading` its caption. `old` and `new` are texts for people, `unstated` for a missing value,
    and `covered by other rows` for a removed record if other rows promise the same. `facts` are the other facts of an
    added or removed record, as pairs of title and text. `shrinks` means that less is supported than before, and
    `excused` that `reason` is new. `since` is the day from which the change shows, and `shrinks_from` the day from
    which support shrinks; both are None for the day of the comparison. `pages` are in the order of the site. `sides`
    distinguishes several changes of one field.
    """

    kind: Kind
    table: str
    heading: str
    old: str
    new: str
    pages: tuple[str, ...]
    dataset: str = ""
    id: str = ""
    field: str = ""
    beside: str = ""
    label: str = ""
    title: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    shrinks: bool = False
    reason: str = ""
    excused: bool = False
    since: date | None = None
    shrinks_from: date | None = None
    sides: object = dataclasses.field(default=None, compare=False, repr=False)

    @property
    def breaking(self) -> bool:
        """Whether support shrinks without a new reason."""
        return self.shrinks and not self.excused


@frozen
class PageChange:
    """A page that was `added` or removed, or a removed path of it; with the names of its product and library.

    `path` is empty for a whole page, and `moved` is the path that replaces it.
    """

    page: str
    product: str
    library: str
    added: bool
    reason: ChangeReason = ChangeReason()
    path: str = ""
    moved: str = ""
    since: date | None = None

    @property
    def breaking(self) -> bool:
        """Whether it was removed without a new reason."""
        return not self.added and not self.reason.is_new


@frozen
class Comparison:
    """All changes. `pages` has the names of the product and the library of each page of either side, in order."""

    page_changes: tuple[PageChange, ...]
    changes: tuple[Change, ...]
    pages: ReadOnly[str, tuple[str, str]]

    @property
    def breaking(self) -> int:
        """The number of changes that shrink support without a new reason."""
        return sum(change.breaking for change in self.changes) + sum(page.breaking for page in self.page_changes)
