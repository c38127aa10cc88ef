"""Files of facts: from nodes to datasets and records, checked against the declared types.

The facts of own files of libraries are kept separate from shared ones, so that libraries can be loaded one by one.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sitegen.facts.alternatives import ROLES
from sitegen.facts.datasets import LIBRARIES, PRODUCTS, Dataset, Datasets, Exports, Facts, Record
from sitegen.facts.declarations import Declaration, read_declarations
from sitegen.facts.field_types import Type, read_scheme
from sitegen.facts.record_reader import RecordReader, bad_id
from sitegen.facts.releases import with_releases
from sitegen.facts.schemes import Scheme
from sitegen.facts.values import ID
from sitegen.files.output_paths import is_device
from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.source.mappings import (
    known_keys,
    scalar_at,
    with_corrected_keys,
    with_indented,
    with_outdented,
    with_parent,
)
from sitegen.source.nodes import Mapping, Node, Scalar

_RESERVED = ("as_of", "dialect", "library", "page", "partials", "product")
_MISNAMED = "product"  # the reserved name that is most often used for `products` by mistake
DATASET_KEYS = ("fields", "records", "source", "scheme")


@dataclass(slots=True)
class _Draft:
    """A dataset while files are read: its schema, and the keys and nodes of its records by library and id.

    Shared records have the library ''.
    """

    name: str
    place: Place
    declared: ReadOnly[str, Declaration] = field(default_factory=dict)
    fields_place: Place | None = None
    source: Scalar | None = None
    scheme: Scheme | None = None
    records: dict[str, dict[str, tuple[Scalar, Mapping]]] = field(default_factory=dict)
    broken: bool = False


# --- which library a file is for -----------------------------------------------------


def own_library(document: Node) -> str:
    """The library of a file that contains only own records of this library, or an empty text."""
    library = document.get("library") if isinstance(document, Mapping) else None
    if not isinstance(library, Scalar) or not isinstance(document, Mapping):
        return ""
    for key, node in document.entries:
        if key.text == "library":
            continue
        records = node.get("records") if isinstance(node, Mapping) and len(node.entries) == 1 else None
        if key.text in (LIBRARIES, "tables") or not isinstance(records, Mapping):
            return ""
        # Former ids affect the whole site.
        if any(isinstance(record, Mapping) and record.get("was") is not None for _, record in records.entries):
            return ""
    return library.text


def misspelt_library(document: Mapping) -> Scalar | None:
    """A misspelt key `library` of a file, or None."""
    keys = (key for key, node in document.entries if isinstance(node, Scalar) and nearest(key.text, ("library",)))
    return next(keys, None)


def _library_of(document: Node) -> Scalar | None:
    """The library of a file, or None if it is missing or invalid."""
    library = document.get("library") if isinstance(document, Mapping) else None
    return library if isinstance(library, Scalar) else None


def _unknown_library(library: Scalar, known: Collection[str]) -> Finding:
    hint = did_you_mean(library.text, known) if known else f"add it to the dataset '{LIBRARIES}'"
    return Finding("unknown-library", f"unknown library '{library.text}'", library.place, hint)


# --- reading -------------------------------------------------------------------------


def load_facts(
    shared: Iterable[Node], own: Iterable[Node], report: Report, exports: ReadOnly[str, Exports] = MappingProxyType({})
) -> Facts:
    """Load facts from the YAML documents of a site.

    `own` are those for which `own_library` returns a library. `exports` are those of libraries whose own files are not
    among them.
    """
    reader = _FactFileReader({}, report)
    for document in shared:
        reader.read(document)
    mixed = frozenset(library.text for library in reader.libraries)
    # Own files come last, so that shared files define the order of datasets.
    known = reader.known_libraries()
    misspelt: list[Mapping] = []
    for document in own:
        library = _library_of(document)
        if isinstance(document, Mapping) and library is not None and known and library.text not in known:
            misspelt.append(document)
        else:
            reader.read(document)
    reader.read_misspelt(misspelt, known)
    for required in (PRODUCTS, LIBRARIES):
        if required not in reader.drafts:
            reader.replace_misspelt(required)
    if _MISNAMED in reader.drafts:
        report(_reserved(_MISNAMED, reader.drafts.pop(_MISNAMED).place))
    reader.check_libraries()
    return replace(_assembled(reader, exports), mixed=mixed)


def load_own_facts(facts: Facts, documents: Iterable[Node], report: Report) -> Facts | None:
    """Load the facts of some libraries again, from all their own files. The result has no other libraries.

    Returns None if shared files contain facts of these libraries, too, or a dataset is new.
    """
    shared = facts.datasets
    drafts = {
        name: _Draft(name, dataset.place, dataset.declared, dataset.place, dataset.source)
        for name, dataset in shared.items()
    }
    reader = _FactFileReader(drafts, report)
    for document in documents:
        reader.read(document)
    if drafts.keys() != shared.keys() or not facts.mixed.isdisjoint(library.text for library in reader.libraries):
        return None
    exports = _exports(drafts, {name: dataset.records.keys() for name, dataset in shared.items()})
    return Facts(shared, _views(drafts, shared, report), facts.tables, exports)


class _FactFileReader:
    """Reads files of facts into drafts of datasets. Collects the tables, and the libraries of the files."""

    def __init__(self, drafts: dict[str, _Draft], report: Report) -> None:
        self.drafts = drafts
        self.report = report
        self.tables: list[tuple[Scalar, Node]] = []
        self.libraries: list[Scalar] = []

    def _report(self, code: str, message: str, place: Place, hint: str = "") -> None:
        self.report(Finding(code, message, place, hint))

    def _report_misspelt(self, key: Scalar, word: str) -> None:
        message = f"unknown key '{key.text}' in a file of facts"
        self._report("unknown-key", message, key.place, f"did you mean '{word}'?")

    def read(self, document: Node) -> None:
        if not isinstance(document, Mapping):
            self._report("wrong-shape", "a file of facts must be a mapping of dataset names", document.place)
            return
        written = document.get("library")
        if written is None and (key := misspelt_library(document)):
            self._report_misspelt(key, "library")
            document = with_corrected_keys(document, ("library",))
            written = document.get("library")
        library = _library_of(document)
        if library is not None:
            self.libraries.append(library)
        elif written is not None:
            hint = "write a file for each library, or use 'for' in the values"
            self._report("unknown-library", "'library' must be a single library", written.place, hint)
            return
        if library is not None and not library.text:
            return
        for key, node in with_indented(document.entries, DATASET_KEYS, self.report):
            if key.text != "library":
                self._read_entry(key, node, library.text if library else "")

    def _read_entry(self, key: Scalar, node: Node, library: str) -> None:
        """Read a dataset, or the tables."""
        if key.text in _RESERVED and key.text != _MISNAMED:
            self.report(_reserved(key.text, key.place))
        elif not isinstance(node, Mapping):
            self._report("wrong-shape", f"'{key.text}' must be a mapping", node.place)
            if key.text in ROLES.values():  # without it, pages would be about something else
                self.drafts.setdefault(key.text, _Draft(key.text, key.place, fields_place=node.place, broken=True))
        elif key.text == "tables" or self._is_misspelt_tables(key, node):
            self.tables.extend(node.entries)
        elif not ID.fullmatch(key.text):
            self.report(bad_id(key))
        else:
            self._read_dataset(key, node, library)

    def _is_misspelt_tables(self, key: Scalar, node: Mapping) -> bool:
        """Whether an entry is `tables` under a misspelt key. Reports it."""
        is_dataset = any(name.text in DATASET_KEYS for name, _ in node.entries)
        if is_dataset or not node.entries or not nearest(key.text, ("tables",)):
            return False
        self._report_misspelt(key, "tables")
        return True

    def _read_dataset(self, key: Scalar, node: Mapping, library: str) -> None:
        draft = self.drafts.setdefault(key.text, _Draft(key.text, key.place))
        node = with_outdented(node, "fields", "records", self.report)
        node = with_parent(node, "records", DATASET_KEYS, self.report)
        if not known_keys(node, DATASET_KEYS, f"dataset '{key.text}'", self.report):
            draft.broken = True
            node = with_corrected_keys(node, DATASET_KEYS)
        fields, records = node.get("fields"), node.get("records")
        if fields is not None:
            self._read_fields(draft, fields)
        draft.source = scalar_at(node, "source", self.report) or draft.source
        draft.scheme = read_scheme(node, self.report) or draft.scheme
        if records is not None and not isinstance(records, Mapping):
            self._report("wrong-shape", "'records' must be a mapping of ids to records", records.place)
            draft.broken = True
        for name, record in records.entries if isinstance(records, Mapping) else ():
            finding = _record_problem(draft, name, record)
            if finding is not None:
                self.report(finding)
                draft.broken = True
            elif isinstance(record, Mapping):
                own = "" if key.text == LIBRARIES and name.text == library else library
                records_of = draft.records.setdefault(own, {})
                before = records_of.get(name.text)
                records_of[name.text] = (name, record) if before is None else self._merged(draft, *before, record)

    def _merged(self, draft: _Draft, key: Scalar, node: Mapping, more: Mapping) -> tuple[Scalar, Mapping]:
        """Merge the record of two files. Reports duplicate keys; the first one is used, and comes last."""
        first = {name.text: value.place for name, value in node.entries}
        for name, value in more.entries:
            if name.text in first:
                message = f"duplicate '{name.text}' for {draft.name} '{key.text}'; first defined at {first[name.text]}"
                subject = (draft.name, key.text)
                self.report(Finding("duplicate", message, value.place, "keep one of the two", subject=subject))
        return key, node._replace(entries=(*more.entries, *node.entries))

    def _read_fields(self, draft: _Draft, node: Node) -> None:
        if draft.fields_place is not None:
            message = f"duplicate fields of '{draft.name}'; first declared at {draft.fields_place}"
            self._report("duplicate", message, node.place)
            return
        draft.fields_place = node.place
        if not isinstance(node, Mapping):
            self._report("wrong-shape", "'fields' must be a mapping of names to types", node.place)
            return
        draft.declared = read_declarations(node, self.report)

    def known_libraries(self) -> list[str]:
        """The ids of the libraries read so far."""
        return list(self.drafts[LIBRARIES].records.get("", ())) if LIBRARIES in self.drafts else []

    def read_misspelt(self, documents: Iterable[Mapping], known: list[str]) -> None:
        """Read files of unknown libraries as files of the most similar known ones, unless these have other files."""
        taken = {library for draft in self.drafts.values() for library in draft.records}
        for document in documents:
            library = _library_of(document)
            near = nearest(library.text, known) if library is not None else []
            if library is not None and near and near[0] not in taken:
                self.report(_unknown_library(library, known))
                corrected = library._replace(text=near[0])
                entries = ((key, corrected if node is library else node) for key, node in document.entries)
                self.read(document._replace(entries=tuple(entries)))
            else:
                self.read(document)

    def replace_misspelt(self, required: str) -> None:
        """Report a dataset with a similar name, which replaces the missing one, so that uses of it are not reported."""
        # A site need not have this dataset, and one may be named `binaries` or `subproducts`.
        near = nearest(required, (name for name in self.drafts if abs(len(name) - len(required)) < 2), cutoff=0.81)
        if near:
            hint = f"did you mean '{required}'?"
            self._report("no-dataset", f"the facts have no dataset '{required}'", self.drafts[near[0]].place, hint)
            self.drafts[required] = self.drafts.pop(near[0])
            self.drafts[required].name = required

    def check_libraries(self) -> None:
        """Report files of unknown libraries, whose records are on no page."""
        known = self.known_libraries()
        for library in self.libraries:
            if library.text not in known:
                self.report(_unknown_library(library, known))
                for draft in self.drafts.values():
                    draft.broken |= library.text in draft.records


def _record_problem(draft: _Draft, key: Scalar, node: Node) -> Finding | None:
    if not ID.fullmatch(key.text):
        return bad_id(key)
    if draft.name in (PRODUCTS, LIBRARIES) and is_device(key.text):
        return Finding("bad-id", f"'{key.text}' is the name of a device on Windows", key.place, "use another id")
    if not isinstance(node, Mapping):
        return Finding("wrong-shape", f"the record '{key.text}' must be a mapping of fields", node.place)
    return None


def _reserved(name: str, place: Place) -> Finding:
    return Finding("reserved-name", f"'{name}' is a reserved name", place, "rename the dataset")


# --- from drafts to facts ------------------------------------------------------------


def _assembled(reader: _FactFileReader, exports: ReadOnly[str, Exports]) -> Facts:
    drafts = reader.drafts
    exports = {**_exports(drafts, {name: draft.records.get("", {}) for name, draft in drafts.items()}), **exports}
    set_elsewhere: dict[str, dict[str, set[str]]] = {}
    for of_library in exports.values():
        for (name, id_), fields in of_library.fields.items():
            set_elsewhere.setdefault(name, {}).setdefault(id_, set()).update(fields)
    shared: dict[str, Dataset] = {}
    for draft in drafts.values():
        resolved = (one.resolved(_scheme_of(one.type, draft, drafts), reader.report) for one in draft.declared.values())
        draft.declared = dict(zip(draft.declared, resolved, strict=True))
    for name, draft in drafts.items():
        if draft.fields_place is None:
            near = nearest(name, (other.name for other in drafts.values() if other.fields_place is not None))
            hint = f"did you mean '{near[0]}'?" if near else "add 'fields:'"
            reader.report(Finding("no-fields", f"dataset '{name}' declares no fields", draft.place, hint))
        shared[name] = Dataset(
            name,
            draft.place,
            MappingProxyType({**draft.declared}),
            MappingProxyType(_records(draft, "", set_elsewhere.get(name, {}), reader.report)),
            draft.source,
            draft.broken or draft.fields_place is None,
        )
    dated = with_releases(shared, reader.report)
    views = _views(drafts, dated, reader.report)
    return Facts(MappingProxyType(dated), MappingProxyType(views), tuple(reader.tables), MappingProxyType(exports))


def _scheme_of(kind: Type, draft: _Draft, drafts: ReadOnly[str, _Draft]) -> Scheme | None:
    """The scheme for a field without one: that of the releases to which its versions belong, or of its dataset."""
    if not kind.ladder:
        return draft.scheme
    ladder = drafts.get(kind.ladder)
    kinds = [one.type for one in ladder.declared.values()] if ladder else []
    schemes = [each.scheme for each in kinds if each.name == "versions" and not each.of]
    return (schemes[0] or ladder.scheme) if ladder and schemes else None


def _views(drafts: ReadOnly[str, _Draft], shared: Datasets, report: Report) -> dict[str, Datasets]:
    """The datasets of each library with own records, merged with the shared ones."""
    views: dict[str, dict[str, Dataset]] = {}
    for name, draft in drafts.items():
        below = shared[name].records
        # Missing fields of shared records are reported for the shared records.
        complete = dict.fromkeys(below, draft.declared)
        for library in [*draft.records]:
            records = dict(below)
            of = shared[LIBRARIES].records.get(library) if LIBRARIES in shared else None
            scheme = of.scheme if of else None
            for id_, record in _records(draft, library, complete, report, below.keys(), scheme).items():
                records[id_] = below[id_].with_own(record) if id_ in below else record
            view = views.setdefault(library, dict(shared))
            view[name] = replace(shared[name], records=MappingProxyType(records))
    return {library: with_releases(MappingProxyType(view), report, shared) for library, view in views.items()}


def _records(
    draft: _Draft,
    library: str,
    elsewhere: ReadOnly[str, Collection[str]],
    report: Report,
    adding: Collection[str] = (),
    scheme: Scheme | None = None,
) -> dict[str, Record]:
    """The own records of a library, or the shared ones. `elsewhere` are fields that other files set, by id.

    The ids in `adding` are those of records that only add to shared ones. `scheme` is that of the library.
    """
    declared = draft.declared
    if scheme is not None:
        declared = {name: replace(one, type=one.type.with_scheme(scheme)) for name, one in declared.items()}
    reader = RecordReader(draft.name, None if draft.fields_place is None else declared, report, adding)
    nodes = draft.records.pop(library, {}).items()  # frees their memory
    records = {id_: reader.read(*read, elsewhere.get(id_, ()), adds=id_ in adding) for id_, read in nodes}
    reader.report_values(len(records), library)
    return records


def _exports(drafts: ReadOnly[str, _Draft], shared: ReadOnly[str, Container[str]]) -> dict[str, Exports]:
    """The exports of the libraries whose files have been read. `shared` are the ids of the shared records."""
    ids: dict[str, dict[str, tuple[str, ...]]] = {}
    fields: dict[str, dict[tuple[str, str], tuple[str, ...]]] = {}
    for name, draft in drafts.items():
        for library, records in draft.records.items():
            if library:
                ids.setdefault(library, {})[name] = tuple(records)
                fields.setdefault(library, {}).update(
                    ((name, id_), tuple(field.text for field, _ in node.entries))
                    for id_, (_, node) in records.items()
                    if id_ in shared[name]
                )
    return {library: Exports(of_library, fields[library]) for library, of_library in ids.items()}
