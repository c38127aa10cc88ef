"""What a site declares for `sitegen verify`: which fields are claims about a package, and which tags mean what.

    verify:
      pypi:
        package: libraries.package
        branches: {versions: releases.versions, levels: releases.support}
        minimums: [capabilities.since]
        runtimes:
          versions: runtimes.versions
          releases: runtimes.library_versions
          tags: {cpython-*: cp}
        platforms:
          name: platforms.os
          cpus: platforms.cpu
          floor: platforms.floor
          tags:
            linux: {x86-64: manylinux*_x86_64, i686: manylinux*_i686}
            windows: {64bit: win_amd64, 32bit: win32}

Tags are keyed by the ids of records; `*` matches anything. Where libraries are on several indexes, `for:` lists
those of one kind.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from fnmatch import fnmatchcase
from typing import NamedTuple

from sitegen.alternatives import known_keys
from sitegen.facts import LIBRARIES, Facts
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.indexes import INDEXES
from sitegen.source import Mapping, Node, Scalar, Sequence

_KEYS = ("package", "for", "branches", "minimums", "runtimes", "platforms")
_BRANCH_KEYS = ("versions", "levels")
_RUNTIME_KEYS = ("versions", "releases", "tags")
_PLATFORM_KEYS = ("name", "cpus", "floor", "tags")
VERIFY_KEYS = (*_KEYS, *_BRANCH_KEYS, *_RUNTIME_KEYS, *_PLATFORM_KEYS)

_TEXTS = ("text", "list", "one of", "reference")
_VERSIONS = ("version", "versions", "support")


class FieldName(NamedTuple):
    """A field of a dataset."""

    dataset: str
    field: str


class BranchFields(NamedTuple):
    """Where a site states which releases there are: their versions, and the level of support of each."""

    versions: FieldName
    levels: FieldName | None


class RuntimeFields(NamedTuple):
    """Where a site states which releases run on which versions of a runtime.

    `tags` are the runtimes of the index by the ids of records.
    """

    versions: FieldName
    releases: FieldName
    tags: ReadOnly[str, str]

    def tag(self, id_: str) -> str | None:
        """The tag of a record, or None."""
        return next((tag for pattern, tag in self.tags.items() if fnmatchcase(id_, pattern)), None)


class PlatformFields(NamedTuple):
    """Where a site states what runs where. `tags` are patterns of platform tags by the ids of records and by CPU.

    A record without CPUs has its patterns under an empty CPU.
    """

    dataset: str
    name: FieldName | None
    cpus: FieldName | None
    floor: FieldName | None
    tags: ReadOnly[str, ReadOnly[str, tuple[str, ...]]]

    def patterns(self, id_: str) -> ReadOnly[str, tuple[str, ...]]:
        """The patterns of a record by CPU; none where the settings have none."""
        return next((tags for pattern, tags in self.tags.items() if fnmatchcase(id_, pattern)), {})


@frozen
class Declared:
    """What a site declares for one kind of index. `libraries` are those on it; None means all with a package."""

    kind: str
    package: FieldName
    libraries: tuple[str, ...] | None
    branches: BranchFields | None
    minimums: tuple[FieldName, ...]
    runtimes: RuntimeFields | None
    platforms: PlatformFields | None


def read_declared(node: Mapping, facts: Facts, report: Report) -> tuple[Declared, ...]:
    """Read `verify` of the settings. What is wrong goes to the report, and its part is left out."""
    known_keys(node, INDEXES, "'verify'", report)
    reader = _Reader(facts, report)
    found: list[Declared] = []
    for key, below in node.entries:
        if key.text in INDEXES and isinstance(below, Mapping):
            declared = reader.declared(key, below)
            if declared is not None and _apart(declared, found, key.place, report):
                found.append(declared)
        elif key.text in INDEXES:
            report(Finding("wrong-shape", f"'{key.text}' must be a mapping", below.place))
    return tuple(found)


def _apart(declared: Declared, others: list[Declared], place: Place, report: Report) -> bool:
    """Whether no other kind of index reads the same field of the same library; a finding where one does."""
    for other in others:
        both = set(declared.libraries or ()) & set(other.libraries or ())
        if other.package == declared.package and (both or None in (declared.libraries, other.libraries)):
            message = f"'{other.kind}' and '{declared.kind}' read the same field for the same libraries"
            report(Finding("two-indexes", message, place, "list the libraries of each with 'for:'"))
            return False
    return True


class _Reader:
    """Reads one kind of index; reports names that no field has."""

    def __init__(self, facts: Facts, report: Report) -> None:
        self.datasets = facts.datasets
        self.ids = facts.ids
        self.report = report

    def declared(self, key: Scalar, node: Mapping) -> Declared | None:
        known_keys(node, _KEYS, f"'{key.text}'", self.report)
        package = self.field(node, "package", ("text",), key.place, needed=True)
        if package is not None and package.dataset != LIBRARIES:
            message = "the package is a field of 'libraries'"
            self.report(Finding("unknown-field", message, node.place, f"write '{LIBRARIES}.package'"))
            return None
        minimums = node.get("minimums")
        items = minimums.items if isinstance(minimums, Sequence) else () if minimums is None else (minimums,)
        fields = [self.named(item, "minimums", _VERSIONS) for item in items]
        branches, runtimes, platforms = self.branches(node), self.runtimes(key.text, node), self.platforms(node)
        libraries = self.libraries(node.get("for"))
        if package is None:
            return None
        return Declared(key.text, package, libraries, branches, tuple(f for f in fields if f), runtimes, platforms)

    def libraries(self, node: Node | None) -> tuple[str, ...] | None:
        """The libraries that `for` lists; None where it is left out."""
        if node is None:
            return None
        items = node.items if isinstance(node, Sequence) else (node,)
        found = tuple(item.text for item in items if isinstance(item, Scalar))
        for item in items:
            if not isinstance(item, Scalar) or item.text not in self.ids[LIBRARIES]:
                written = item.text if isinstance(item, Scalar) else "a list or mapping"
                hint = did_you_mean(written, self.ids[LIBRARIES])
                self.report(Finding("unknown-id", f"{LIBRARIES} has no record '{written}'", item.place, hint))
        return found

    def branches(self, node: Mapping) -> BranchFields | None:
        below = self.below(node, "branches", _BRANCH_KEYS)
        if below is None:
            return None
        versions = self.field(below, "versions", ("versions",), below.place, needed=True)
        levels = self.field(below, "levels", ("lifecycle",), below.place)
        return BranchFields(versions, levels) if versions else None

    def runtimes(self, kind: str, node: Mapping) -> RuntimeFields | None:
        below = self.below(node, "runtimes", _RUNTIME_KEYS)
        if below is None:
            return None
        versions = self.field(below, "versions", ("version", "versions"), below.place, needed=True)
        releases = self.field(below, "releases", ("version", "versions"), below.place, needed=True)
        tags, known = {}, INDEXES[kind].runtimes
        for key, value in self.tags(below):
            if isinstance(value, Scalar) and value.text in known:
                tags[key.text] = value.text
            elif isinstance(value, Scalar) and value.text:
                message = f"'{value.text}' is not the tag of a runtime of {kind}"
                self.report(Finding("unknown-choice", message, value.place, did_you_mean(value.text, known)))
            else:
                self.report(Finding("wrong-shape", f"'{key.text}' takes the tag of a runtime", value.place))
        if versions is None or releases is None:
            return None
        self.ids_exist(self.tags(below), versions.dataset)
        return RuntimeFields(versions, releases, tags)

    def platforms(self, node: Mapping) -> PlatformFields | None:
        below = self.below(node, "platforms", _PLATFORM_KEYS)
        if below is None:
            return None
        name, cpus = self.field(below, "name", _TEXTS, below.place), self.field(below, "cpus", _TEXTS, below.place)
        floor = self.field(below, "floor", _VERSIONS, below.place)
        dataset = next((field.dataset for field in (cpus, name, floor) if field), None)
        tags = {}
        for key, value in self.tags(below):
            by_cpu = value.entries if isinstance(value, Mapping) else ((Scalar("", key.place), value),)
            read = {cpu.text: self.texts(patterns) for cpu, patterns in by_cpu}
            tags[key.text] = {cpu: patterns for cpu, patterns in read.items() if patterns}
        if dataset is None:
            message = "'platforms' names no field"
            self.report(Finding("no-field", message, below.place, "add 'cpus:' or 'name:'"))
            return None
        self.ids_exist(self.tags(below), dataset)
        return PlatformFields(dataset, name, cpus, floor, tags)

    def below(self, node: Mapping, key: str, known: tuple[str, ...]) -> Mapping | None:
        value = node.get(key)
        if isinstance(value, Mapping):
            known_keys(value, known, f"'{key}'", self.report)
            return value
        if value is not None:
            self.report(Finding("wrong-shape", f"'{key}' must be a mapping", value.place))
        return None

    def tags(self, node: Mapping) -> tuple[tuple[Scalar, Node], ...]:
        tags = node.get("tags")
        return tags.entries if isinstance(tags, Mapping) else ()

    def texts(self, node: Node) -> tuple[str, ...]:
        items = node.items if isinstance(node, Sequence) else (node,)
        for item in items:
            if not isinstance(item, Scalar) or not item.text:
                self.report(Finding("wrong-shape", "tags are a text or a list of texts", item.place))
        return tuple(item.text for item in items if isinstance(item, Scalar) and item.text)

    def ids_exist(self, tags: tuple[tuple[Scalar, Node], ...], dataset: str) -> None:
        ids = self.ids[dataset]
        for key, _ in tags:
            if not any(fnmatchcase(id_, key.text) for id_ in ids):
                hint = did_you_mean(key.text, ids)
                self.report(Finding("unknown-id", f"{dataset} has no record '{key.text}'", key.place, hint))

    def field(
        self, node: Mapping, key: str, kinds: tuple[str, ...], place: Place, *, needed: bool = False
    ) -> FieldName | None:
        value = node.get(key)
        if value is None and needed:
            self.report(Finding("no-field", f"'{key}' is missing here", place, f"add '{key}: dataset.field'"))
        return None if value is None else self.named(value, key, kinds)

    def named(self, node: Node, key: str, kinds: tuple[str, ...]) -> FieldName | None:
        """A field by its name, `dataset.field`."""
        text = node.text if isinstance(node, Scalar) else ""
        dataset, _, name = text.partition(".")
        found = self.datasets.get(dataset)
        kind = found.fields.get(name) if found else None
        if kind is None:
            known = [f"{d.name}.{f}" for d in self.datasets.values() for f in d.fields]
            message = f"'{key}' names the field '{text}', which is not declared"
            self.report(Finding("unknown-field", message, node.place, did_you_mean(text, known)))
        elif kind.name not in kinds:
            message = f"'{key}' takes a field of another type; '{text}' is declared as '{kind}'"
            self.report(Finding("unknown-type", message, node.place, f"name a field of type {' or '.join(kinds)}"))
            return None
        return FieldName(dataset, name) if kind else None
