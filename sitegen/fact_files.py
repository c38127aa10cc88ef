"""Files of facts: from the nodes of their YAML to datasets and records, checked against the declared types.

What a file says for one library is kept apart from what holds for all, so that libraries can be loaded one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from sitegen.alternatives import (
    ALTERNATIVE_KEYS,
    Varying,
    as_meant,
    first_word,
    known_keys,
    period_of,
    read_varying,
    scalar_at,
    scalars_at,
    text_at,
)
from sitegen.facts import LIBRARIES, PRODUCTS, Dataset, Datasets, Facts, Known, Record
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.library_files import for_known_library, own_library, unknown_library, with_library
from sitegen.output_paths import is_device
from sitegen.source import Mapping, Node, Scalar
from sitegen.values import ID, Lifecycle, Type, Value, parse_type

_NOTE = Type("markdown", optional=True)
_RECORD_KEYS = ("from", "until", "source", "note", "was", "aliases", "reason")
_NO_FACTS = frozenset(_RECORD_KEYS) - {"note"}
_RESERVED = ("as_of", "dialect", "library", "partials", "product")
_MISNAMED = "product"  # of these, what `products` are most often called by mistake
_DATASET_KEYS = ("fields", "records", "source")


class _Unreadable(Type):
    """The type of a field whose declaration could not be read: its values are not judged."""

    def read(self, node: Node, report: Report) -> None:
        """No value, and no finding."""


@dataclass(slots=True)
class _Draft:
    """A dataset while files are being read: its schema, and what the files say of its records for each library.

    Under '' stands what holds for all.
    """

    name: str
    place: Place
    fields: dict[str, Type] = field(default_factory=dict)
    fields_place: Place | None = None
    types: dict[str, Place] = field(default_factory=dict)
    source: Scalar | None = None
    mentions: dict[str, list[_Mention]] = field(default_factory=dict)
    broken: bool = False


class _Mention(NamedTuple):
    """What one file says of a record."""

    key: Scalar
    node: Mapping


def load_facts(
    common: Iterable[Node],
    own: Iterable[Node],
    report: Report,
    everywhere: Callable[[ReadOnly[str, Known]], ReadOnly[str, Known]] = lambda known: known,
) -> Facts:
    """Build facts from the YAML documents of a site, checked against their declared types.

    `own` are those that hold no more than records of one library, as `own_library` tells. `everywhere` is told what
    is known of the libraries that files are for, and gives what is known of all.
    """
    drafts: dict[str, _Draft] = {}
    tables: list[tuple[Scalar, Node]] = []
    libraries: list[Scalar] = []
    for document in common:
        libraries += _read_document(document, drafts, tables, report)
    beside = frozenset(library.text for library in libraries)
    # What libraries say comes last, so that a dataset stands where all share it.
    known = [mention.key.text for mention in drafts[LIBRARIES].mentions.get("", ())] if LIBRARIES in drafts else []
    misspelt: list[Mapping] = []
    for document in own:
        if isinstance(document, Mapping) and known and own_library(document) not in known:
            misspelt.append(document)
        else:
            libraries += _read_document(document, drafts, tables, report)
    taken = {library for draft in drafts.values() for library in draft.mentions}
    for document in misspelt:
        meant = for_known_library(document, known, taken.__contains__, report)
        libraries += _read_document(meant, drafts, tables, report)
    for required in (PRODUCTS, LIBRARIES):
        if required not in drafts:
            _tell_no_dataset(required, drafts, report)
    if _MISNAMED in drafts:
        report(_reserved(_MISNAMED, drafts.pop(_MISNAMED).place))
    _check_libraries(libraries, drafts, report)
    return replace(_assemble(drafts, tuple(tables), everywhere, report), beside=beside)


def _tell_no_dataset(required: str, drafts: dict[str, _Draft], report: Report) -> None:
    """A dataset that is missing. One whose name is near takes its place, so that what names it is no news."""
    near = nearest(required, drafts)
    place = drafts[near[0]].place if near else Place("content", 1, 1)
    hint = f"did you mean '{required}'?" if near else ""
    report(Finding("no-dataset", f"the facts have no dataset '{required}'", place, hint))
    if near:
        drafts[required] = drafts.pop(near[0])
        drafts[required].name = required


def _check_libraries(libraries: Iterable[Scalar], drafts: ReadOnly[str, _Draft], report: Report) -> None:
    """Files that are for libraries which are not known: no page shows their records."""
    if LIBRARIES not in drafts:
        return
    known = [mention.key.text for mention in drafts[LIBRARIES].mentions.get("", ())]
    for library in libraries:
        if library.text not in known:
            report(unknown_library(library, known))
            for draft in drafts.values():
                draft.broken |= library.text in draft.mentions


def load_own_facts(facts: Facts, documents: Iterable[Node], report: Report) -> Facts | None:
    """Build the facts of some libraries anew, from all their own files. Those of all others are not among them.

    None where files that are not their own speak of these libraries too, or a dataset is new.
    """
    shared = facts.datasets
    drafts = {
        name: _Draft(name, dataset.place, dict(dataset.fields), dataset.place, dict(dataset.types), dataset.source)
        for name, dataset in shared.items()
    }
    libraries = [library.text for document in documents for library in _read_document(document, drafts, [], report)]
    if drafts.keys() != shared.keys() or not facts.beside.isdisjoint(libraries):
        return None
    known = _known(drafts, {name: dataset.records.keys() for name, dataset in shared.items()})
    return Facts(shared, _views(drafts, shared, report), facts.tables, known)


def _read_document(
    document: Node, drafts: dict[str, _Draft], tables: list[tuple[Scalar, Node]], report: Report
) -> list[Scalar]:
    """Read a file of facts. Returns the library that it is for, where it says one."""
    if not isinstance(document, Mapping):
        report(Finding("wrong-shape", "a file of facts must be a mapping of dataset names", document.place))
        return []
    if document.get("library") is None:
        document = with_library(document, report)
    library = document.get("library")
    if library is not None and not isinstance(library, Scalar):
        hint = "write a file for each library, or 'for' beside the values"
        report(Finding("wrong-shape", "'library' takes one library", library.place, hint))
        return []
    if library is not None and not library.text:
        return [library]
    for key, node in document.entries:
        if key.text == "library":
            continue
        if key.text in _RESERVED and key.text != _MISNAMED:
            report(_reserved(key.text, key.place))
        elif not isinstance(node, Mapping):
            report(Finding("wrong-shape", f"'{key.text}' must be a mapping", node.place))
        elif key.text == "tables" or _is_misspelt_tables(key, node, report):
            tables.extend(node.entries)
        elif not ID.fullmatch(key.text):
            report(_bad_id(key))
        else:
            _read_dataset(key, node, library.text if library else "", drafts, report)
    return [library] if library else []


def _is_misspelt_tables(key: Scalar, node: Mapping, report: Report) -> bool:
    """Whether a dataset without any of its keys is the tables under a misspelt key. Reports it."""
    if not node.entries or any(said.text in _DATASET_KEYS for said, _ in node.entries):
        return False
    if not nearest(key.text, ("tables",)):
        return False
    message = f"unknown key '{key.text}' in a file of facts"
    report(Finding("unknown-key", message, key.place, "did you mean 'tables'?"))
    return True


def _read_dataset(key: Scalar, node: Mapping, library: str, drafts: dict[str, _Draft], report: Report) -> None:
    draft = drafts.setdefault(key.text, _Draft(key.text, key.place))
    if not known_keys(node, _DATASET_KEYS, f"dataset '{key.text}'", report):
        draft.broken = True
        node = as_meant(node, _DATASET_KEYS)
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
            draft.mentions.setdefault(own, []).append(_Mention(name, record))
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


def _reserved(name: str, place: Place) -> Finding:
    return Finding("reserved-name", f"'{name}' has a meaning of its own", place, "rename the dataset")


def _bad_id(key: Scalar) -> Finding:
    return Finding("bad-id", f"'{key.text}' is not an id", key.place, "use a-z, 0-9 and single - . _ between them")


def _assemble(
    drafts: dict[str, _Draft],
    tables: tuple[tuple[Scalar, Node], ...],
    everywhere: Callable[[ReadOnly[str, Known]], ReadOnly[str, Known]],
    report: Report,
) -> Facts:
    said = {draft.name: {mention.key.text for mention in draft.mentions.get("", ())} for draft in drafts.values()}
    known = everywhere(_known(drafts, said))
    given: dict[tuple[str, str], set[str]] = {}
    for of_library in known.values():
        for key, fields in of_library.given.items():
            given.setdefault(key, set()).update(fields)
    shared: dict[str, Dataset] = {}
    for draft in drafts.values():
        if draft.fields_place is None:
            near = nearest(draft.name, (other.name for other in drafts.values() if other.fields_place is not None))
            hint = f"did you mean '{near[0]}'?" if near else "add 'fields:'"
            report(Finding("no-fields", f"dataset '{draft.name}' declares no fields", draft.place, hint))
        found = _read_records(draft, draft.mentions.get("", []), given, report)
        shared[draft.name] = Dataset(
            draft.name,
            draft.place,
            MappingProxyType(draft.fields),
            MappingProxyType(draft.types),
            MappingProxyType(found),
            draft.source,
            draft.broken,
        )
    views = _views(drafts, shared, report)
    return Facts(MappingProxyType(shared), MappingProxyType(views), tables, MappingProxyType(known))


def _views(drafts: ReadOnly[str, _Draft], shared: Datasets, report: Report) -> dict[str, Datasets]:
    """What each library sees of whose records files speak."""
    own: dict[str, dict[str, dict[str, Record]]] = {}
    for draft in drafts.values():
        # Fields that a record shares with all libraries are missing there, if they are.
        complete = dict.fromkeys(((draft.name, id_) for id_ in shared[draft.name].records), draft.fields.keys())
        for library in [*filter(None, draft.mentions)]:
            said = draft.mentions.pop(library)  # what has been read makes room
            own.setdefault(library, {})[draft.name] = _read_records(draft, said, complete, report)
    return {library: _overlay(shared, groups) for library, groups in own.items()}


def _known(drafts: ReadOnly[str, _Draft], shared: ReadOnly[str, Container[str]]) -> dict[str, Known]:
    """What is known of the libraries whose files have been read. `shared` are the ids of records that all share."""
    ids: dict[str, dict[str, tuple[str, ...]]] = {}
    given: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {}
    for draft in drafts.values():
        for library, mentions in draft.mentions.items():
            if not library:
                continue
            ids.setdefault(library, {})[draft.name] = tuple(dict.fromkeys(key.text for key, _ in mentions))
            for key, node in mentions:
                if key.text in shared[draft.name]:
                    fields = given.setdefault(library, {}).get((draft.name, key.text), ())
                    given[library][draft.name, key.text] = (*fields, *(name.text for name, _ in node.entries))
    return {library: Known(found, given.get(library, {})) for library, found in ids.items()}


def _read_records(
    draft: _Draft,
    mentions: list[_Mention],
    given: ReadOnly[tuple[str, str], Collection[str]],
    report: Report,
) -> dict[str, Record]:
    """The records of a dataset that hold for one library, or for all; what several files say of one is united.

    `given` are the fields that records get elsewhere.
    """
    records: dict[str, Record] = {}
    said: dict[str, dict[str, Place]] = {}
    for mention in mentions:
        read = _read_record(draft, mention, report)
        if read.id not in records:  # as nearly always
            records[read.id] = read
            said[read.id] = {key.text: value.place for key, value in mention.node.entries}
            continue
        records[read.id] = _join(records[read.id], read)
        first = said[read.id]
        for key, value in mention.node.entries:
            if first.setdefault(key.text, value.place) != value.place:
                message = f"'{key.text}' of {draft.name} '{read.id}' is said twice; first at {first[key.text]}"
                subject = (draft.name, read.id)
                report(Finding("said-twice", message, value.place, "keep one of the two", subject=subject))
    required = {name for name, kind in draft.fields.items() if not kind.optional}
    for id_, written in said.items():
        missing = required - written.keys()
        missing -= set(given.get((draft.name, id_), ()))
        if missing:
            key = next(mention.key for mention in mentions if mention.key.text == id_)
            _tell_missing(draft, key, missing, written.keys() - draft.fields.keys(), report)
            records[id_] = replace(records[id_], broken=records[id_].broken | missing)
    return records


def _tell_missing(draft: _Draft, key: Scalar, missing: set[str], unknown: Collection[str], report: Report) -> None:
    """Required fields that no file gives a record; a misspelt one is told as such."""
    words = {word for name in unknown for word in (name, first_word(name)[0])}
    misspelt = {field for word in words for field in nearest(word, draft.fields)}
    for name in sorted(missing - misspelt):
        message = f"{draft.name} '{key.text}' has no '{name}'"
        subject = (draft.name, key.text)
        report(Finding("missing-field", message, key.place, f"add '{name}:'", subject=subject))


def _read_record(draft: _Draft, mention: _Mention, report: Report) -> Record:
    key, node = mention.key, mention.node
    subject = (draft.name, key.text)

    def say(finding: Finding) -> None:
        report(replace(finding, subject=subject))

    facts: dict[str, Varying[Value]] = {}
    broken = set()
    plain = True
    for name, value in node.entries:
        if name.text in _NO_FACTS:
            plain = False
            continue
        field_, kind = name.text, _NOTE if name.text == "note" else draft.fields.get(name.text)
        if kind is not None:
            varying: Varying[Value] | None = read_varying(value, kind.read, say)
        else:
            if draft.fields_place is not None:
                say(_unknown_field(draft, key, name, value))
            field_, varying = _read_misspelt(name.text, value, node, draft)
        if varying is not None:
            facts[field_] = varying
            if len(varying.alternatives) > 1:
                _check_order(varying, say)
        elif field_:
            broken.add(field_)
    frozen = MappingProxyType(facts)
    if plain:  # as nearly all are
        return Record(draft.name, key.text, key.place, frozen, _first_level(facts), None, None, frozenset(broken))
    since, until = period_of(node, say)
    if since is None:
        since = _first_level(facts)
    source, reason = scalar_at(node, "source", say), text_at(node, "reason", say)
    was, aliases = _former_ids(node, say), scalars_at(node, "aliases", say) or ()
    told = source, frozenset(broken), was, reason, aliases
    return Record(draft.name, key.text, key.place, frozen, since, until, *told)


def _unknown_field(draft: _Draft, record: Scalar, name: Scalar, value: Node) -> Finding:
    message = f"unknown field '{name.text}' in {draft.name} '{record.text}'"
    place = name.place
    if value.place[1:3] == (place.line, place.column + place.length):  # no ':' is between them
        key, rest = first_word(name.text)
        near = nearest(key, draft.fields) if rest else ()
        hint = f"write '{near[0]}: {rest}'" if near else "quote the value before it, if the comma is a part of that"
    else:
        hint = did_you_mean(name.text, [*draft.fields, *_RECORD_KEYS])
    return Finding("unknown-field", message, place, hint)


def _read_misspelt(name: str, value: Node, record: Mapping, draft: _Draft) -> tuple[str, Varying[Value] | None]:
    """The declared field that one of a record is most likely meant for, and its value, so that neither is missed."""
    meant = next((near for near in nearest(name, draft.fields) if record.get(near) is None), "")
    return meant, read_varying(value, draft.fields[meant].read, lambda _: None) if meant else None


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
        aliases=(*before.aliases, *more.aliases),
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
        aliases=(*base.aliases, *own.aliases),
    )
