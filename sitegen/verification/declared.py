"""The settings of `sitegen verify`: which fields are claims about a package, and the tags of runtimes and platforms.

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

Tags are keyed by the ids of records; `*` matches anything. If libraries are on several indexes, `for:` lists
those of one kind.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Mapping as ReadOnly
from fnmatch import fnmatchcase
from typing import NamedTuple, TypeVar

from sitegen.facts.datasets import LIBRARIES, Facts
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.package_indexes import INDEXES
from sitegen.source.mappings import known_keys, scalars_at
from sitegen.source.nodes import Mapping, Node, Scalar, items_at

T = TypeVar("T")

_KEYS = ("package", "for", "branches", "minimums", "runtimes", "platforms")
_TEXTS = ("text", "list", "one of", "reference")
_VERSIONS = ("version", "versions")


class FieldName(NamedTuple):
    """A field of a dataset."""

    dataset: str
    field: str


class BranchFields(NamedTuple):
    """The fields of release branches: their versions, and their levels of support."""

    versions: FieldName
    levels: FieldName | None


class RuntimeFields(NamedTuple):
    """The fields that state which releases run on which versions of a runtime.

    `tags` maps ids of records to runtimes of the index.
    """

    versions: FieldName
    releases: FieldName
    tags: ReadOnly[str, str]


class PlatformFields(NamedTuple):
    """The fields of platforms. `tags` maps ids of records, then CPUs, to patterns of platform tags.

    A record without CPUs has an empty CPU as its key.
    """

    dataset: str
    name: FieldName | None
    cpus: FieldName | None
    floor: FieldName | None
    tags: ReadOnly[str, ReadOnly[str, tuple[str, ...]]]


def tag_of(tags: ReadOnly[str, T], id_: str) -> T | None:
    """The entry for the id of a record; keys may contain `*`. None without one."""
    return next((tag for pattern, tag in tags.items() if fnmatchcase(id_, pattern)), None)


@frozen
class Declared:
    """The settings of one kind of index. `libraries` are those on it; None means all with a package."""

    kind: str
    package: FieldName
    libraries: tuple[str, ...] | None
    branches: BranchFields | None
    minimums: tuple[FieldName, ...]
    runtimes: RuntimeFields | None
    platforms: PlatformFields | None


def read_declared(node: Mapping, facts: Facts, report: Report) -> tuple[Declared, ...]:
    """Read `verify` in the settings. Reports problems, and omits the index that has one."""
    known_keys(node, INDEXES, "'verify'", report)
    found: list[Declared] = []
    for key, below in node.entries:
        if key.text in INDEXES and isinstance(below, Mapping):
            declared = _SettingsReader(key.text, facts, report).declared(key.place, below)
            if declared is not None and _is_separate(declared, found, key.place, report):
                found.append(declared)
        elif key.text in INDEXES:
            report(Finding("wrong-shape", f"'{key.text}' must be a mapping", below.place))
    return tuple(found)


def _is_separate(declared: Declared, others: list[Declared], place: Place, report: Report) -> bool:
    """Whether no other kind of index uses the same field for the same library. Reports it otherwise."""
    for other in others:
        both = set(declared.libraries or ()) & set(other.libraries or ())
        if other.package == declared.package and (both or None in (declared.libraries, other.libraries)):
            message = f"'{other.kind}' and '{declared.kind}' use the same field for the same libraries"
            report(Finding("two-indexes", message, place, "list the libraries of each with 'for:'"))
            return False
    return True


class _SettingsReader:
    """Reads the settings of one kind of index. Reports unknown fields."""

    def __init__(self, kind: str, facts: Facts, report: Report) -> None:
        self.kind = kind
        self.datasets = facts.datasets
        self.ids = facts.ids
        self.report = report

    def declared(self, place: Place, node: Mapping) -> Declared | None:
        known_keys(node, _KEYS, f"'{self.kind}'", self.report)
        package = self.needed(node, "package", ("text",), place)
        if package is not None and package.dataset != LIBRARIES:
            message = "'package' must name a field of 'libraries'"
            self.report(Finding("unknown-field", message, node.place, f"write '{LIBRARIES}.package'"))
            return None
        fields = [self.named(item, "minimums", (*_VERSIONS, "support")) for item in items_at(node.get("minimums"))]
        minimums = tuple(field for field in fields if field)
        libraries = self.libraries(node) if node.get("for") is not None else None
        branches = self.below(node, "branches", self.branches, ("versions", "levels"))
        runtimes = self.below(node, "runtimes", self.runtimes, ("versions", "releases", "tags"))
        platforms = self.below(node, "platforms", self.platforms, ("name", "cpus", "floor", "tags"))
        if package is None:
            return None
        return Declared(self.kind, package, libraries, branches, minimums, runtimes, platforms)

    def libraries(self, node: Mapping) -> tuple[str, ...]:
        """The libraries that `for` lists."""
        found = scalars_at(node, "for", self.report) or ()
        for item in found:
            if item.text not in self.ids[LIBRARIES]:
                hint = did_you_mean(item.text, self.ids[LIBRARIES])
                self.report(Finding("unknown-id", f"{LIBRARIES} has no record '{item.text}'", item.place, hint))
        return tuple(item.text for item in found)

    def branches(self, node: Mapping) -> BranchFields | None:
        versions = self.needed(node, "versions", ("versions",))
        levels = self.field(node, "levels", ("lifecycle",))
        return BranchFields(versions, levels) if versions else None

    def runtimes(self, node: Mapping) -> RuntimeFields | None:
        versions, releases = self.needed(node, "versions", _VERSIONS), self.needed(node, "releases", _VERSIONS)
        tags, known = {}, INDEXES[self.kind].runtimes
        for key, value in self.tags(node, versions.dataset if versions and releases else None):
            written = value.text if isinstance(value, Scalar) else ""
            if written in known:
                tags[key.text] = written
            elif written:
                message = f"'{written}' is not a runtime tag of {self.kind}"
                self.report(Finding("unknown-choice", message, value.place, did_you_mean(written, known)))
            else:
                self.report(Finding("wrong-shape", f"'{key.text}' must be a runtime tag", value.place))
        return RuntimeFields(versions, releases, tags) if versions and releases else None

    def platforms(self, node: Mapping) -> PlatformFields | None:
        name, cpus = self.field(node, "name", _TEXTS), self.field(node, "cpus", _TEXTS)
        floor = self.field(node, "floor", (*_VERSIONS, "support"))
        dataset = next((field.dataset for field in (cpus, name, floor) if field), None)
        tags = {}
        for key, value in self.tags(node, dataset):
            by_cpu = value.entries if isinstance(value, Mapping) else ((Scalar("", key.place), value),)
            read = {cpu.text: self.texts(patterns) for cpu, patterns in by_cpu}
            tags[key.text] = {cpu: patterns for cpu, patterns in read.items() if patterns}
        if dataset is None:
            message = "'platforms' refers to no field"
            self.report(Finding("no-field", message, node.place, "add 'cpus:' or 'name:'"))
            return None
        return PlatformFields(dataset, name, cpus, floor, tags)

    def below(self, node: Mapping, key: str, read: Callable[[Mapping], T | None], known: tuple[str, ...]) -> T | None:
        """Read the mapping below a key; None where there is none."""
        value = node.get(key)
        if isinstance(value, Mapping):
            known_keys(value, known, f"'{key}'", self.report)
            return read(value)
        if value is not None:
            self.report(Finding("wrong-shape", f"'{key}' must be a mapping", value.place))
        return None

    def tags(self, node: Mapping, dataset: str | None) -> tuple[tuple[Scalar, Node], ...]:
        """The tags by the ids of records, which the dataset has."""
        tags = node.get("tags")
        entries = tags.entries if isinstance(tags, Mapping) else ()
        ids = self.ids[dataset] if dataset else ()
        for key, _ in entries if dataset else ():
            if not any(fnmatchcase(id_, key.text) for id_ in ids):
                hint = did_you_mean(key.text, ids)
                self.report(Finding("unknown-id", f"{dataset} has no record '{key.text}'", key.place, hint))
        return entries

    def texts(self, node: Node) -> tuple[str, ...]:
        items = items_at(node)
        for item in items:
            if not isinstance(item, Scalar) or not item.text:
                self.report(Finding("wrong-shape", "expected a tag or a list of tags", item.place))
        return tuple(item.text for item in items if isinstance(item, Scalar) and item.text)

    def field(self, node: Mapping, key: str, kinds: tuple[str, ...]) -> FieldName | None:
        value = node.get(key)
        return None if value is None else self.named(value, key, kinds)

    def needed(self, node: Mapping, key: str, kinds: tuple[str, ...], place: Place | None = None) -> FieldName | None:
        if node.get(key) is None:
            hint = f"add '{key}: dataset.field'"
            self.report(Finding("no-field", f"missing '{key}'", place or node.place, hint))
        return self.field(node, key, kinds)

    def named(self, node: Node, key: str, kinds: tuple[str, ...]) -> FieldName | None:
        """A field by its name, `dataset.field`."""
        text = node.text if isinstance(node, Scalar) else ""
        dataset, _, name = text.partition(".")
        found = self.datasets.get(dataset)
        kind = found.fields.get(name) if found else None
        if kind is None:
            known = [f"{d.name}.{f}" for d in self.datasets.values() for f in d.fields]
            message = f"'{key}' refers to the undeclared field '{text}'"
            self.report(Finding("unknown-field", message, node.place, did_you_mean(text, known)))
        elif kind.name not in kinds:
            message = f"'{key}' cannot use '{text}' of type '{kind}'"
            self.report(Finding("unknown-type", message, node.place, f"name a field of type {' or '.join(kinds)}"))
            return None
        elif kind.scheme and str(kind.scheme) not in ("pep440", *(("semver",) if self.kind == "npm" else ())):
            message = f"'{key}' cannot use '{text}': {self.kind} has no versions of the scheme '{kind.scheme}'"
            self.report(Finding("unknown-scheme", message, node.place))
            return None
        return FieldName(dataset, name) if kind else None
