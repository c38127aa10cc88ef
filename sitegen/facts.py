"""Datasets, records and facts: what the YAML says, typed, frozen, each with its place.

A fact is the value of a field of a record. It may have alternatives for products,
libraries, other records of the row, and days.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from sitegen.alternatives import ALTERNATIVE_KEYS, Varying, known_keys, period_of, read_varying, text_at
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.source import Mapping, Node, Scalar
from sitegen.values import ID, Lifecycle, Type, Value, parse_type

PRODUCTS, LIBRARIES, LINKS = "products", "libraries", "links"
_NOTE = Type("markdown", optional=True)
_RECORD_KEYS = ("from", "until", "source", "note")
_DATASET_KEYS = ("fields", "records", "source")


@dataclass(frozen=True, slots=True)
class Record:
    """One thing. In force from `since` (or the first level of its lifecycle) until the day before `until`."""

    dataset: str
    id: str
    place: Place
    facts: ReadOnly[str, Varying[Value]]
    since: date | None = None
    until: date | None = None
    source: str = ""
    broken: frozenset[str] = frozenset()

    def in_force(self, day: date) -> bool:
        """Whether the record exists on a day."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Dataset:
    """A named list of records of one kind, in the order of the file."""

    name: str
    place: Place
    fields: ReadOnly[str, Type]
    records: ReadOnly[str, Record]
    source: str = ""


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


def kinds_of_ids(facts: Facts) -> dict[str, set[str]]:
    """For each record id the names of the datasets it stands in."""
    kinds: dict[str, set[str]] = {}
    for datasets in facts.everywhere():
        for record in records_of(datasets):
            kinds.setdefault(record.id, set()).add(record.dataset)
    return kinds


def records_of(datasets: Datasets) -> Iterator[Record]:
    """Every record of every dataset."""
    for dataset in datasets.values():
        yield from dataset.records.values()


# --- loading -------------------------------------------------------------------------


@dataclass(slots=True)
class _Draft:
    """A dataset while files are being read: its schema, and for each library its records."""

    name: str
    place: Place
    fields: dict[str, Type] = field(default_factory=dict)
    fields_place: Place | None = None
    source: str = ""
    records: list[tuple[str, Scalar, Mapping, str]] = field(default_factory=list)


def load_facts(documents: Iterable[Node], report: Report) -> Facts:
    """Build facts from the YAML documents of a site, checked against their declared types."""
    drafts: dict[str, _Draft] = {}
    tables: list[tuple[Scalar, Node]] = []
    for document in documents:
        _read_document(document, drafts, tables, report)
    for required in (PRODUCTS, LIBRARIES):
        if required not in drafts:
            report(Finding("no-dataset", f"the facts have no dataset '{required}'", Place("content", 1, 1)))
    return _assemble(drafts, tuple(tables), report)


def _read_document(
    document: Node, drafts: dict[str, _Draft], tables: list[tuple[Scalar, Node]], report: Report
) -> None:
    if not isinstance(document, Mapping):
        report(Finding("wrong-shape", "a file of facts is a mapping of dataset names", document.place))
        return
    library = text_at(document, "library", report)
    for key, node in document.entries:
        if key.text == "library":
            continue
        if not isinstance(node, Mapping):
            report(Finding("wrong-shape", f"'{key.text}' is a mapping", node.place))
        elif key.text == "tables":
            tables.extend(node.entries)
        elif not ID.fullmatch(key.text):
            report(_bad_id(key))
        else:
            _read_dataset(key, node, library, drafts, report)


def _read_dataset(key: Scalar, node: Mapping, library: str, drafts: dict[str, _Draft], report: Report) -> None:
    draft = drafts.setdefault(key.text, _Draft(key.text, key.place))
    known_keys(node, _DATASET_KEYS, f"dataset '{key.text}'", report)
    fields, records = node.get("fields"), node.get("records")
    if fields is not None:
        _read_fields(draft, fields, report)
    draft.source = text_at(node, "source", report) or draft.source
    if isinstance(records, Mapping):
        for name, record in records.entries:
            if not ID.fullmatch(name.text):
                report(_bad_id(name))
            elif isinstance(record, Mapping):
                own = "" if key.text == LIBRARIES and name.text == library else library
                draft.records.append((own, name, record, draft.source))
            else:
                report(Finding("wrong-shape", f"record '{name.text}' is a mapping of fields", record.place))
    elif records is not None:
        report(Finding("wrong-shape", "'records' is a mapping of ids to records", records.place))


def _read_fields(draft: _Draft, node: Node, report: Report) -> None:
    if draft.fields_place is not None:
        message = f"the fields of '{draft.name}' are declared at {draft.fields_place} already"
        report(Finding("said-twice", message, node.place))
        return
    draft.fields_place = node.place
    if not isinstance(node, Mapping):
        report(Finding("wrong-shape", "'fields' is a mapping of names to types", node.place))
        return
    for name, declared in node.entries:
        if name.text in (*_RECORD_KEYS, *ALTERNATIVE_KEYS):
            report(Finding("reserved-name", f"'{name.text}' has a meaning of its own", name.place, "rename the field"))
        elif not ID.fullmatch(name.text):
            report(_bad_id(name))
        elif kind := parse_type(declared, report):
            draft.fields[name.text] = kind


def _bad_id(key: Scalar) -> Finding:
    return Finding("bad-id", f"'{key.text}' is not an id", key.place, "use a-z, 0-9 and single - . _ between them")


def _assemble(drafts: dict[str, _Draft], tables: tuple[tuple[Scalar, Node], ...], report: Report) -> Facts:
    shared: dict[str, Dataset] = {}
    own: dict[str, dict[str, dict[str, Record]]] = {}
    for draft in drafts.values():
        if draft.fields_place is None:
            report(Finding("no-fields", f"dataset '{draft.name}' declares no fields", draft.place, "add 'fields:'"))
        records: dict[str, dict[str, Record]] = {}
        mentions = Counter(key.text for _, key, _, _ in draft.records)
        for library, key, node, source in draft.records:
            read = _read_record(draft, key, node, source, mentions[key.text] == 1, report)
            group = records.setdefault(library, {})
            before = group.get(key.text)
            group[key.text] = read if before is None else _join(before, read, report)
        shared[draft.name] = Dataset(
            draft.name, draft.place, MappingProxyType(draft.fields), MappingProxyType(records.pop("", {})), draft.source
        )
        for library, group in records.items():
            own.setdefault(library, {})[draft.name] = group
    _check_file_libraries(drafts, shared, report)
    views = {library: _overlay(shared, groups) for library, groups in own.items()}
    return Facts(MappingProxyType(shared), MappingProxyType(views), tables)


def _check_file_libraries(drafts: dict[str, _Draft], shared: dict[str, Dataset], report: Report) -> None:
    known = shared[LIBRARIES].records if LIBRARIES in shared else {}
    seen = set()
    for draft in drafts.values():
        for library, key, _, _ in draft.records:
            if library and library not in known and (library, key.place.file) not in seen:
                seen.add((library, key.place.file))
                place = Place(key.place.file, 1, 1)
                report(
                    Finding(
                        "unknown-id",
                        f"the file is for the library '{library}', which is not known",
                        place,
                        did_you_mean(library, known),
                    )
                )


def _read_record(draft: _Draft, key: Scalar, node: Mapping, source: str, complete: bool, report: Report) -> Record:
    """Read what one file says of a record; `complete` says that no other file tells more of it."""
    subject = (draft.name, key.text)

    def say(finding: Finding) -> None:
        report(replace(finding, subject=subject))

    since, until = period_of(node, say)
    facts: dict[str, Varying[Value]] = {}
    broken = set()
    misspelt: set[str] = set()
    for name, value in node.entries:
        if name.text in ("from", "until", "source"):
            continue
        kind = _NOTE if name.text == "note" else draft.fields.get(name.text)
        if kind is None:
            if draft.fields_place is not None:
                known = [*draft.fields, *_RECORD_KEYS]
                misspelt.update(nearest(name.text, known))
                message = f"unknown field '{name.text}' in {draft.name} '{key.text}'"
                say(Finding("unknown-field", message, name.place, did_you_mean(name.text, known)))
            continue
        varying: Varying[Value] | None = read_varying(value, kind.read, say)
        if varying is None:
            broken.add(name.text)
        else:
            facts[name.text] = varying
            _check_order(varying, say)
    for name_, kind in draft.fields.items():
        if complete and not kind.optional and node.get(name_) is None:
            broken.add(name_)
            if name_ not in misspelt:
                message = f"{draft.name} '{key.text}' has no '{name_}'"
                say(Finding("missing-field", message, key.place, f"add '{name_}:'"))
    if since is None:
        since = _first_level(facts)
    own_source = text_at(node, "source", say) or source
    return Record(draft.name, key.text, key.place, MappingProxyType(facts), since, until, own_source, frozenset(broken))


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


def _join(before: Record, more: Record, report: Report) -> Record:
    """Unite what two places say of one record; a thing said twice is a finding."""
    for name in before.facts.keys() & more.facts.keys():
        first, second = before.facts[name].alternatives[0].place, more.facts[name].alternatives[0].place
        message = f"'{name}' of {before.dataset} '{before.id}' is said twice; first at {first}"
        report(Finding("said-twice", message, second, "keep one of the two", subject=(before.dataset, before.id)))
    return replace(
        before,
        facts=MappingProxyType({**more.facts, **before.facts}),
        since=before.since or more.since,
        until=before.until or more.until,
        source=before.source or more.source,
        broken=before.broken | more.broken,
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
    )
