"""The columns of a page as questions search them: what headers and declared types mean, and the names in cells."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from sitegen.explanation.claims import Ground
from sitegen.explanation.names import GENERIC, key, other_names, says_no, spellings, word_set, words
from sitegen.explanation.terms import UNNAMED
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.facts.field_types import Type
from sitegen.facts.parts import base_of, part_of
from sitegen.facts.schemes import Scheme
from sitegen.facts.statements import scheme_of
from sitegen.facts.values import Lifecycle, Notes, Value, Versions, noted, plain_items
from sitegen.facts.version_ranges import Range, normalize
from sitegen.frozen import frozen, frozen_without_eq

if TYPE_CHECKING:
    from datetime import date

    from sitegen.explanation.pages import SearchPage
    from sitegen.facts.datasets import Record
    from sitegen.facts.versions import VersionSet
    from sitegen.findings import Place
    from sitegen.tables.columns import Column

_EXCLUDING = word_set(
    "affected blocked broken deprecated discontinued dropped excluded incompatible removed unsupported known issues"
)
"""Words of a header above what does not work."""
_REFUSING = word_set("discontinued dropped excluded incompatible removed unsupported")
_FAULTS = word_set("affected blocked broken incompatible issue issues bug bugs problem problems vulnerable")
NAMING = ("text", "one of", "reference", "markdown", "link")
"""Types of values that may be names."""
STATED = ("support", "stage")
"""Types of states."""
_MINIMUM = word_set("minimum min minimal lowest oldest earliest first since from floor")
ADDED = word_set("since introduced added")
"""Words above the versions of the product that has something, and not above its own versions."""
_VERSION = word_set("version versions release releases")
_OF_SUBJECT = _VERSION | {"required", "requires"}
"""Words of a header above versions of what it names: `Required Java`."""
_OF_ROW = word_set("works working library package tracer driver sdk client module agent")
"""Words of a header above states of the row, in versions of the library."""
_MAXIMUM = word_set("maximum max highest newest latest last until")


@frozen
class Name:
    """A name of a record: its place, and what qualifies it, such as `3.13+` in `Arm32 (3.13+)`.

    `column` is the column that shows it, if any. An `alias` is a name that no page shows.
    """

    text: str
    place: Place
    dataset: str
    column: SearchColumn | None = None
    qualifier: str = ""
    alias: bool = False


def names_by_key(names: Iterable[Name]) -> dict[str, Name]:
    """Names by the keys of their spellings; a name without a qualifier replaces one with a qualifier."""
    found: dict[str, Name] = {}
    for name in names:
        for spelling, qualifier in spellings(name.text):
            known = key(spelling)
            before = found.get(known)
            if known and (before is None or (before.qualifier and not qualifier)):
                found[known] = replace(name, qualifier=qualifier) if qualifier else name
    return found


@frozen_without_eq
class CellFact:
    """A fact of a cell: its value, the declared type, its place, the record that has it, and its notes."""

    column: SearchColumn
    value: Value
    type: Type
    place: Place
    record: Record
    note: Notes | None

    @property
    def ground(self) -> Ground:
        """The fact as a ground for an answer."""
        facts, value = self.column.page.facts, self.value
        part = self.column.shown.fields[0].path[-1].partition(".")[2]
        if part and isinstance(value, Lifecycle):  # the column shows a level of it
            value = part_of(value, part, self.day)
        notes = [note for note in (self.note, *noted(self.value)) if note and note is not value]
        text = facts.text(value) + "".join(f" (note: {note.text})" for note in notes)
        places = (self.place, *(place for note in notes for place in note.places))
        return Ground(facts.label(self.record.subject), self.column.header.rstrip("?"), text, places)

    @property
    def day(self) -> date:
        """The day of the page."""
        return self.column.page.context.day

    @property
    def scheme(self) -> Scheme:
        """The scheme of the versions in the value."""
        return scheme_of(self.value)

    @property
    def kind(self) -> str:
        """The name of the type of the value, or of its items."""
        return (self.type.item or self.type).name

    @property
    def supported(self) -> tuple[tuple[Range, ...], bool] | None:
        """The versions that sets of versions include, and whether that is certain; None for another value.

        A minimum includes all versions after it. One version in a field for several leaves open whether it includes
        others.
        """
        items = plain_items(self.value)
        found = [self.included(item.set) for item in items if isinstance(item, Versions)]
        if not found or len(found) < len(items):
            return None
        return normalize(item for ranges, _ in found for item in ranges), all(sure for _, sure in found)

    def includes(self, versions: VersionSet) -> bool:
        """Whether the value may include some versions of a question."""
        return self.supported is not None and versions.meets(self.supported[0], self.scheme)

    def included(self, versions: VersionSet) -> tuple[tuple[Range, ...], bool]:
        """The versions that one set in the value includes, and whether that is certain.

        Below `Minimum version`, a branch such as `16.x` is a minimum, too; a list may be a minimum for each of several.
        """
        if versions.is_branch and self.column.is_minimum:
            return versions.onwards, True
        if versions.is_branch and self.column.is_maximum:
            return (Range(None, versions.ranges[0].high),), True
        if self.column.is_bound and versions.lists_branches:
            return versions.ranges, False
        return versions.ranges, not versions.bare or self.kind != "version"


@frozen_without_eq
class SearchColumn:
    """A column of a page: its header, and what the words of the header and the declared type mean.

    `dataset` is that of the rows that it is about. `type` has no name if the column shows fields of other records.
    `hints` are the words of the header and of the field's name, `subject` those of the header that are neither generic
    nor a name of the product or the library. `keys` are those of the names by which people ask for it. In a `negative`
    column, Yes may mean that something is not supported.
    """

    page: SearchPage
    header: str
    shown: Column
    dataset: str
    type: Type
    hints: frozenset[str]
    subject: frozenset[str]
    keys: frozenset[str]
    negative: bool

    @property
    def excluding(self) -> bool:
        """Whether versions in the column may be those that do not work."""
        return self.negative or "blocked" in self.hints

    @property
    def lists_faults(self) -> bool:
        """Whether the column lists single versions: `Blocked versions`, and not `Removed in`."""
        return not self.hints.isdisjoint(_FAULTS) and self.hints.isdisjoint(_MINIMUM)

    @property
    def denies(self) -> bool:
        """Whether the header is only about what does not work, so that the column does not concern anything else."""
        header = frozenset(words(self.header))
        return not header.isdisjoint(_EXCLUDING) and header <= GENERIC | _EXCLUDING

    @property
    def refuses(self) -> bool:
        """Whether the header is only about what is not supported at all."""
        return self.denies and not _REFUSING.isdisjoint(words(self.header))

    @property
    def item_type(self) -> Type:
        """The type of the values, or of their items."""
        return self.type.item or self.type

    @property
    def roles(self) -> frozenset[str]:
        """The words of the header that name the product or the library."""
        return self.page.role_words.intersection(words(self.header)) - GENERIC

    @property
    def is_maximum(self) -> bool:
        """Whether versions in the column are the highest ones."""
        return not self.hints.isdisjoint(_MAXIMUM)

    @property
    def is_minimum(self) -> bool:
        """Whether versions in the column are the lowest ones."""
        return not self.hints.isdisjoint(_MINIMUM | ADDED)

    @property
    def is_bound(self) -> bool:
        """Whether versions in the column are the lowest or the highest ones."""
        return self.is_minimum or self.is_maximum

    @property
    def has_names(self) -> bool:
        """Whether the column has texts, and no versions or states."""
        return self.item_type.name in NAMING

    @property
    def has_states(self) -> bool:
        """Whether the column has states of support."""
        return self.item_type.name in STATED

    @property
    def has_versions(self) -> bool:
        """Whether the column has versions of anything but the library, or states with such versions."""
        return self.item_type.name in ("version", "versions", "support") and not self.page.is_measured(self.type)

    def measures(self, kind: Type) -> bool:
        """Whether the header says that versions of a type are those of the library."""
        return bool(self.type.ladder) and kind.has_versions and not kind.ladder

    @property
    def may_be_of_library(self) -> bool:
        """Whether versions in the column may be those of the library, such as those below `Library version`."""
        named = not _VERSION.isdisjoint(header := words(self.header)) and not self.subject
        return named and self.has_versions and not {*self.page.role_words, "library", "package"}.isdisjoint(header)

    @property
    def owns_versions(self) -> bool:
        """Whether versions in the column are certainly those of what its header or the row names.

        States may have versions of something else: `2.8` below `Python` may be the tracer that supports it.
        """
        named = self.datasets & {PRODUCTS, LIBRARIES}
        return not self.has_states or bool(named) or not _OF_SUBJECT.isdisjoint(words(self.header))

    @property
    def is_one_of_several(self) -> bool:
        """Whether other columns are about the same, for another record or below the same header."""
        return bool(self.shown.across_rows or self.shown.above) or self.names_version

    @property
    def compares_rows(self) -> bool:
        """Whether the column has versions of what rows name: it is for a record, but not a library or a product.

        So is one with a version in its header, such as `Airflow 3.0`: its cells have no versions of Airflow.
        """
        is_other = self.datasets.isdisjoint((PRODUCTS, LIBRARIES)) if self.datasets else self.names_version
        return is_other and self.has_versions and not self.has_states

    @property
    def names_version(self) -> bool:
        """Whether the header ends in a version."""
        return re.search(r"(^|\s)v?\d[\w.]*$", self.header) is not None

    @property
    def datasets(self) -> frozenset[str]:
        """The datasets of the records that the column goes across."""
        return frozenset(record.dataset for row in self.shown.across_rows for record in row.records)

    def names_other(self, first: SearchColumn) -> bool:
        """Whether the header names something other than the row, the product and the library: `In container`.

        The header of the `first` column names the row: `Driver` next to `Driver support`.
        """
        of_page = self.page.is_measured(self.type) or self.page.role_words & self.hints
        return not (of_page or self.subject <= _OF_ROW | first.subject)

    @property
    def is_specific(self) -> bool:
        """Whether the column has states of something that its header names."""
        return bool(self.subject) and self.has_states


def search_column(page: SearchPage, header: str, shown: Column) -> SearchColumn:
    """A column of a page with the meaning of its header and its declared type."""
    dataset, path, kind = shown.fields[0].dataset, shown.fields[0].path, shown.fields[0].kind
    target, fields = dataset, page.context.datasets[dataset].fields
    for name in path[:-1]:  # a path follows references
        target = (fields[name].item or fields[name]).of[0]
        fields = page.context.datasets[target].fields
    base = fields.get(base_of(path[-1], fields)) if path[-1] not in fields else None
    is_level = base is not None and base.name == "lifecycle"  # its cells state support, whatever the header is
    in_header = frozenset(words(header))
    parts = header.split(": ", 1) if shown.above else [header]
    # `Windows (deprecated)` is not just `Windows`
    texts = set[str]()
    for part in (header.rstrip("? "), *(part.rstrip("? ") for part in parts)):
        for bare in (_without_generic(part), _without_generic(part, ends=True)):
            texts.update(text for text, _ in spellings(bare))
        named = [*itertools.dropwhile(lambda word: word.casefold() in UNNAMED, reversed(part.split()))]
        texts.add(" ".join(reversed(named)))  # also `Minimum agent` and `High availability`
    if shown.across_rows:
        texts.update(text for row in shown.across_rows for record in row.records for text, _ in other_names(record))
    else:
        texts.add(path[-1])
    texts = {text for text in texts if says_no(text) or not says_no(header)}
    keys = frozenset(key(text) for text in texts if set(words(text)) - GENERIC)
    subject = frozenset[str]() if is_level else in_header - GENERIC - page.role_words
    own = (kind if len(path) == 1 else None) or Type("")
    if len(path) > 1 and kind and page.ladder == target and path[-1] == page.ladders[target]:  # a release of the row
        own = replace(kind, of=(target,))
    return SearchColumn(
        page,
        header,
        shown,
        dataset,
        type=own if dataset == page.ladder else _measured(page, own, in_header, subject),
        hints=in_header.union(words(path[-1])),
        subject=subject,
        keys=frozenset() if is_level else keys.difference(*page.role_names),
        negative=says_no(header, path[-1]) and not is_level,
    )


def _without_generic(header: str, *, ends: bool = False) -> str:
    """A header without generic words, or only without those at its `ends`: `Plugin for vSphere` of `... version`."""
    parts = header.split()
    named = [index for index, word in enumerate(parts) if word.casefold() not in GENERIC]
    return " ".join(parts[named[0] : named[-1] + 1] if ends and named else (parts[index] for index in named))


def _measured(page: SearchPage, kind: Type, header: frozenset[str], subject: frozenset[str]) -> Type:
    """A type; versions below a header that names only the package of the library, or its tracer, are of its releases.

    The name of the library may mean the language: `Python versions`. A site without libraries is about its subject.
    """
    of_library, package = page.roles[LIBRARIES]
    own = {word for name in package.values() for word in words(name.text)}
    own -= {word for name in of_library.values() for word in words(name.text)}
    named = not subject and not header.isdisjoint({*own, "tracer"})
    if not (named or (subject and subject == page.subject)) or kind.ladder or not kind.has_versions or not page.ladder:
        return kind
    return replace(kind, item=kind.item and replace(kind.item, of=(page.ladder,)), of=(page.ladder,))
