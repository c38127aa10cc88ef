"""Datasets, records and facts: what the YAML says, typed, frozen, each with its place.

A fact is the value of a field of a record. It may have alternatives for products,
libraries, other records of the row, and days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from sitegen.alternatives import (
    ALTERNATIVE_KEYS,
    Varying,
    known_keys,
    period_of,
    read_varying,
    scalar_at,
    scalars_at,
    text_at,
)
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.output_paths import is_device
from sitegen.source import Mapping, Node, Scalar
from sitegen.values import ID, Lifecycle, Type, Value, parse_type

PRODUCTS, LIBRARIES, LINKS = "products", "libraries", "links"
_NOTE = Type("markdown", optional=True)
_RECORD_KEYS = ("from", "until", "source", "note", "was", "reason")
_NO_FACTS = frozenset(_RECORD_KEYS) - {"note"}
_RESERVED = ("as_of", "dialect", "library", "partials", "product")
_DATASET_KEYS = ("fields", "records", "source")


@dataclass(frozen=True, slots=True)
class Record:
    """One thing. In force from `since` (or the first level of its lifecycle) until the day before `until`.

    `was` are the ids that it had before, and `reason` says why it ends.
    """

    dataset: str
    id: str
    place: Place
    facts: ReadOnly[str, Varying[Value]]
    since: date | None = None
    until: date | None = None
    source: Scalar | None = None
    broken: frozenset[str] = frozenset()
    was: tuple[Scalar, ...] = ()
    reason: str = ""

    def in_force(self, day: date) -> bool:
        """Whether the record exists on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named list of records of one kind, in the order of the file.

    `types` are the places of the declared types; `broken` says that some records could not be read.
    """

    name: str
    place: Place
    fields: ReadOnly[str, Type]
    types: ReadOnly[str, Place]
    records: ReadOnly[str, Record]
    source: Scalar | None = None
    broken: bool = False


Datasets = ReadOnly[str, Dataset]


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything the YAML says. `of(library)` is what holds for one library."""

    datasets: Datasets
    by_library: ReadOnly[str, Datasets]
    tables: tuple[tuple[Scalar, Node], ...]

    def of(self, library: str) -> Datasets:
        """The datasets with the values that a library's own files add."""
        return self.by_library.get(library, self.datasets)

    def everywhere(self) -> Iterator[Datasets]:
        """The shared datasets and those of each library that has files of its own."""
        yield self.datasets
        yield from self.by_library.values()

    def records(self) -> Iterator[Record]:
        """Every record, and every record as the files of a library change it; each once."""
        yield from records_of(self.datasets)
        for datasets in self.by_library.values():
            yield from own_records(self.datasets, datasets)


def own_records(shared: Datasets, own: Datasets) -> Iterator[Record]:
    """The records that the files of a library add or change."""
    for name, dataset in own.items():
        if dataset is not shared[name]:
            below = shared[name].records
            yield from (record for id_, record in dataset.records.items() if below.get(id_) is not record)


def kinds_of_ids(facts: Facts) -> dict[str, set[str]]:
    """For each record id the names of the datasets it stands in."""
    kinds: dict[str, set[str]] = {}
    for record in facts.records():
        kinds.setdefault(record.id, set()).add(record.dataset)
    return kinds


def lifecycle_field(dataset: Dataset) -> str | None:
    """The field that holds the levels of the records of a dataset, or None."""
    return next((name for name, kind in dataset.fields.items() if kind.name == "lifecycle"), None)


def versions_field(dataset: Dataset) -> str | None:
    """The field that holds the versions that a record of a ladder stands for, or None."""
    own = (name for name, kind in dataset.fields.items() if kind.name == "versions" and not kind.of)
    return next(own, None)


def records_of(datasets: Datasets) -> Iterator[Record]:
    """Every record of every dataset."""
    for dataset in datasets.values():
        yield from dataset.records.values()


# --- loading -------------------------------------------------------------------------


class _Unreadable(Type):
    """The type of a field whose declaration could not be read: its values are not judged."""

    def read(self, node: Node, report: Report) -> None:
        """No value, and no finding."""


@dataclass(slots=True)
class _Draft:
    """A dataset while files are being read: its schema, and what each file says of its records."""

    name: str
    place: Place
    fields: dict[str, Type] = field(default_factory=dict)
    fields_place: Place | None = None
    types: dict[str, Place] = field(default_factory=dict)
    source: Scalar | None = None
    mentions: list[_Mention] = field(default_factory=list)
    broken: bool = False


@dataclass(frozen=True, slots=True)
class _Mention:
    """What one file says of a record, and the library it says it for."""

    key: Scalar
    node: Mapping
    library: str


def load_facts(documents: Iterable[Node], report: Report) -> Facts:
    """Build facts from the YAML documents of a site, checked against their declared types."""
    drafts: dict[str, _Draft] = {}
    tables: list[tuple[Scalar, Node]] = []
    libraries: list[Scalar] = []
    for document in documents:
        library = _read_document(document, drafts, tables, report)
        libraries += [library] if library else []
    for required in (PRODUCTS, LIBRARIES):
        if required not in drafts:
            report(Finding("no-dataset", f"the facts have no dataset '{required}'", Place("content", 1, 1)))
    facts = _assemble(drafts, tuple(tables), report)
    known = facts.datasets[LIBRARIES].records if LIBRARIES in facts.datasets else {}
    for library in libraries:
        if library.text not in known:
            message = f"the file is for the library '{library.text}', which is not known"
            report(Finding("unknown-id", message, library.place, did_you_mean(library.text, known)))
    return facts


def _read_document(
    document: Node, drafts: dict[str, _Draft], tables: list[tuple[Scalar, Node]], report: Report
) -> Scalar | None:
    """Read a file of facts. Returns the library that it is for, where it says one."""
    if not isinstance(document, Mapping):
        report(Finding("wrong-shape", "a file of facts must be a mapping of dataset names", document.place))
        return None
    library = scalar_at(document, "library", report)
    for key, node in document.entries:
        if key.text == "library":
            continue
        if key.text in _RESERVED:
            report(Finding("reserved-name", f"'{key.text}' has a meaning of its own", key.place, "rename the dataset"))
        elif not isinstance(node, Mapping):
            report(Finding("wrong-shape", f"'{key.text}' must be a mapping", node.place))
        elif key.text == "tables":
            tables.extend(node.entries)
        elif not ID.fullmatch(key.text):
            report(_bad_id(key))
        else:
            _read_dataset(key, node, library.text if library else "", drafts, report)
    return library


def _read_dataset(key: Scalar, node: Mapping, library: str, drafts: dict[str, _Draft], report: Report) -> None:
    draft = drafts.setdefault(key.text, _Draft(key.text, key.place))
    draft.broken |= not known_keys(node, _DATASET_KEYS, f"dataset '{key.text}'", report)
    fields, records = node.get("fields"), node.get("records")
    if fields is not None:
        _read_fields(draft, fields, report)
    draft.source = scalar_at(node, "source", report) or draft.source
    if records is not None and not isinstance(records, Mapping):
        report(Finding("wrong-shape", "'records' must be a mapping of ids to records", records.place))
        draft.broken = True
    for name, record in records.entries if isinstance(records, Mapping) else ():
        finding = _record_problem(draft, name, record)
        if finding is None and isinstance(record, Mapping):
            own = "" if key.text == LIBRARIES and name.text == library else library
            draft.mentions.append(_Mention(name, record, own))
        elif finding is not None:
            report(finding)
            draft.broken = True


def _record_problem(draft: _Draft, key: Scalar, node: Node) -> Finding | None:
    if not ID.fullmatch(key.text):
        return _bad_id(key)
    if draft.name in (PRODUCTS, LIBRARIES) and is_device(key.text):
        return Finding("bad-id", f"'{key.text}' names a device on Windows", key.place, "use another id")
    if not isinstance(node, Mapping):
        return Finding("wrong-shape", f"the record '{key.text}' must be a mapping of fields", node.place)
    return None


def _read_fields(draft: _Draft, node: Node, report: Report) -> None:
    if draft.fields_place is not None:
        message = f"the fields of '{draft.name}' are declared at {draft.fields_place} already"
        report(Finding("said-twice", message, node.place))
        return
    draft.fields_place = node.place
    if not isinstance(node, Mapping):
        report(Finding("wrong-shape", "'fields' must be a mapping of names to types", node.place))
        return
    for name, declared in node.entries:
        kind: Type | None = None
        if name.text in ("id", *_RECORD_KEYS, *ALTERNATIVE_KEYS):
            report(Finding("reserved-name", f"'{name.text}' has a meaning of its own", name.place, "rename the field"))
        elif not ID.fullmatch(name.text):
            report(_bad_id(name))
        else:
            kind = parse_type(declared, report)
            if kind is not None:
                draft.types[name.text] = declared.place
        draft.fields[name.text] = kind or _Unreadable("", optional=True)


def _bad_id(key: Scalar) -> Finding:
    return Finding("bad-id", f"'{key.text}' is not an id", key.place, "use a-z, 0-9 and single - . _ between them")


def _assemble(drafts: dict[str, _Draft], tables: tuple[tuple[Scalar, Node], ...], report: Report) -> Facts:
    shared: dict[str, Dataset] = {}
    own: dict[str, dict[str, dict[str, Record]]] = {}
    for draft in drafts.values():
        if draft.fields_place is None:
            report(Finding("no-fields", f"dataset '{draft.name}' declares no fields", draft.place, "add 'fields:'"))
        groups = _read_records(draft, report)
        shared[draft.name] = Dataset(
            draft.name,
            draft.place,
            MappingProxyType(draft.fields),
            MappingProxyType(draft.types),
            MappingProxyType(groups.pop("", {})),
            draft.source,
            draft.broken,
        )
        for library, group in groups.items():
            own.setdefault(library, {})[draft.name] = group
    views = {library: _overlay(shared, groups) for library, groups in own.items()}
    return Facts(MappingProxyType(shared), MappingProxyType(views), tables)


def _read_records(draft: _Draft, report: Report) -> dict[str, dict[str, Record]]:
    """The records of a dataset for each library, '' for what holds for all; what several files say is united."""
    groups: dict[str, dict[str, Record]] = {}
    said: dict[tuple[str, str, str], Place] = {}
    mentions: dict[str, list[_Mention]] = {}
    for mention in draft.mentions:
        read = _read_record(draft, mention, report)
        group = groups.setdefault(mention.library, {})
        before = group.get(read.id)
        group[read.id] = read if before is None else _join(before, read)
        mentions.setdefault(read.id, []).append(mention)
        for key, value in mention.node.entries:
            first = said.setdefault((mention.library, read.id, key.text), value.place)
            if first != value.place:
                message = f"'{key.text}' of {draft.name} '{read.id}' is said twice; first at {first}"
                subject = (draft.name, read.id)
                report(Finding("said-twice", message, value.place, "keep one of the two", subject=subject))
    for id_, found in mentions.items():
        missing = _missing_fields(draft, found, report)
        for group in groups.values():
            if id_ in group:
                group[id_] = replace(group[id_], broken=group[id_].broken | missing)
    return groups


def _missing_fields(draft: _Draft, mentions: list[_Mention], report: Report) -> set[str]:
    """Required fields that no file gives a record; a misspelt one is told as such."""
    written = {key.text for mention in mentions for key, _ in mention.node.entries}
    misspelt = {word for name in written - draft.fields.keys() for word in nearest(name, draft.fields)}
    missing = {name for name, kind in draft.fields.items() if not kind.optional} - written
    key = mentions[0].key
    for name in sorted(missing - misspelt):
        message = f"{draft.name} '{key.text}' has no '{name}'"
        subject = (draft.name, key.text)
        report(Finding("missing-field", message, key.place, f"add '{name}:'", subject=subject))
    return missing


def _read_record(draft: _Draft, mention: _Mention, report: Report) -> Record:
    key, node = mention.key, mention.node
    subject = (draft.name, key.text)

    def say(finding: Finding) -> None:
        report(replace(finding, subject=subject))

    since, until = period_of(node, say)
    facts: dict[str, Varying[Value]] = {}
    broken = set()
    for name, value in node.entries:
        if name.text in _NO_FACTS:
            continue
        kind = _NOTE if name.text == "note" else draft.fields.get(name.text)
        if kind is None:
            if draft.fields_place is not None:
                message = f"unknown field '{name.text}' in {draft.name} '{key.text}'"
                hint = did_you_mean(name.text, [*draft.fields, *_RECORD_KEYS])
                say(Finding("unknown-field", message, name.place, hint))
            continue
        varying: Varying[Value] | None = read_varying(value, kind.read, say)
        if varying is None:
            broken.add(name.text)
        else:
            facts[name.text] = varying
            _check_order(varying, say)
    if since is None:
        since = _first_level(facts)
    source, reason = scalar_at(node, "source", say), text_at(node, "reason", say)
    frozen = MappingProxyType(facts)
    was = _former_ids(node, say)
    return Record(draft.name, key.text, key.place, frozen, since, until, source, frozenset(broken), was, reason)


def _former_ids(node: Mapping, report: Report) -> tuple[Scalar, ...]:
    """Read `was:`, one former id or a list of them."""
    ids = scalars_at(node, "was", report) or ()
    for scalar in ids:
        if not ID.fullmatch(scalar.text):
            report(_bad_id(scalar))
    return ids


def _first_level(facts: ReadOnly[str, Varying[Value]]) -> date | None:
    days = [
        level.day
        for varying in facts.values()
        for alternative in varying.alternatives
        if isinstance(alternative.value, Lifecycle)
        for level in alternative.value.levels
    ]
    return min(days, default=None)


def _check_order(varying: Varying[Value], report: Report) -> None:
    """An alternative that a later one of the same scope and an earlier day replaces never holds."""
    for index, alternative in enumerate(varying.alternatives):
        for later in varying.alternatives[index + 1 :]:
            covers = not later.scope or (alternative.scope and alternative.scope <= later.scope)
            if covers and (later.since is None or (alternative.since is not None and later.since <= alternative.since)):
                report(
                    Finding(
                        "never-holds",
                        f"this value never holds: the one at {later.place} replaces it",
                        alternative.place,
                        "order alternatives by their day, the general ones first",
                    )
                )
                break


def _join(before: Record, more: Record) -> Record:
    """Unite what two files say of one record; where both say a thing, the first holds."""
    return replace(
        before,
        facts=MappingProxyType({**more.facts, **before.facts}),
        since=before.since or more.since,
        until=before.until or more.until,
        source=before.source or more.source,
        broken=before.broken | more.broken,
        was=(*before.was, *more.was),
        reason=before.reason or more.reason,
    )


def _overlay(shared: Datasets, groups: ReadOnly[str, ReadOnly[str, Record]]) -> Datasets:
    """The shared datasets with a library's own values laid over them."""
    view = dict(shared)
    for name, group in groups.items():
        records = dict(shared[name].records)
        for id_, record in group.items():
            base = records.get(id_)
            records[id_] = record if base is None else _lay_over(base, record)
        view[name] = replace(shared[name], records=MappingProxyType(records))
    return MappingProxyType(view)


def _lay_over(base: Record, own: Record) -> Record:
    facts = dict(base.facts)
    for name, varying in own.facts.items():
        below = facts[name].alternatives if name in facts else ()
        facts[name] = Varying((*below, *varying.alternatives))
    return replace(
        base,
        facts=MappingProxyType(facts),
        since=own.since or base.since,
        until=own.until or base.until,
        broken=base.broken | own.broken,
        was=(*base.was, *own.was),
        reason=own.reason or base.reason,
    )
