"""Reads records: their fields by type, and the keys that are no fields."""

from __future__ import annotations

from collections.abc import Collection
from collections.abc import Mapping as ReadOnly
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from sitegen.facts.alternatives import (
    EVERYWHERE,
    Varying,
    period_of,
    read_alternatives,
    scope_at,
)
from sitegen.facts.datasets import LIBRARIES, Record
from sitegen.facts.field_types import OPTIONAL, Type, read_scheme
from sitegen.facts.values import ID, Qualified, Value
from sitegen.findings import SEVERAL, Finding, Report, as_details, did_you_mean, nearest
from sitegen.source.mappings import scalar_at, scalars_at, split_key, text_at
from sitegen.source.nodes import Mapping

if TYPE_CHECKING:
    from sitegen.facts.declarations import Declaration
    from sitegen.source.nodes import Node, Scalar


RECORD_KEYS = ("from", "until", "source", "note", "was", "aliases", "reason", "for")
_NOT_FACTS = frozenset(RECORD_KEYS) - {"note"}
_NOTES = Type("notes", optional=True)


class RecordReader:
    """Reads the records of a dataset. `declared` is None if it does not declare any fields.

    `shared` are the ids of shared records, to which an own file of a library may add. Problems of values are reported
    after all records have been read, by `report_values`.
    """

    def __init__(
        self,
        dataset: str,
        declared: ReadOnly[str, Declaration] | None,
        report: Report,
        shared: Collection[str] = (),
    ) -> None:
        self.dataset = dataset
        self.shared = shared
        self.declares = declared is not None
        self.declared = declared or {}
        self.found: dict[tuple[str, str, str], list[Finding]] = {}  # by field, code, and message without quoted texts
        self.fields = {name: declaration.type for name, declaration in (declared or {}).items()}
        self.defaults = {name: one.default for name, one in (declared or {}).items() if one.written is not None}
        self.required = {name for name, kind in self.fields.items() if not kind.optional} - self.defaults.keys()
        self.unreadable = {name for name, one in (declared or {}).items() if not one.is_valid}
        # Keys that are declared as fields are reported there; their values are not read as anything else.
        self.not_facts = (_NOT_FACTS | {"scheme"} if dataset == LIBRARIES else _NOT_FACTS) - self.fields.keys()
        self.report = report

    def read(self, key: Scalar, node: Mapping, elsewhere: Collection[str], *, adds: bool = False) -> Record:
        """Read a record. If a field occurs twice, its last value is used.

        `elsewhere` are the fields that other files set. A record that `adds` to another one has no defaults.
        """
        subject = (self.dataset, key.text)

        def report_record(finding: Finding) -> None:
            self.report(replace(finding, subject=subject))

        facts: dict[str, Varying[Value]] = {}
        broken = self._missing(key, node, elsewhere) | self.unreadable
        is_plain = True
        for name, value in node.entries:
            if name.text in self.not_facts:
                is_plain = False
                continue
            field_ = name.text
            report: Report = partial(self._keep, field_, subject)
            kind = _NOTES if field_ == "note" else self.fields.get(field_)
            if kind is None:
                if self.declares:
                    self._keep(field_, subject, self._unknown_field(key, name, value))
                else:
                    broken.add(field_)
                # Read it as the most similar missing field, so that this is not reported as missing.
                field_ = next((near for near in nearest(field_, self.fields) if node.get(near) is None), "")
                kind, report = self.fields.get(field_), lambda _: None
            varying = read_alternatives(kind, value, report) if kind else None
            if varying is not None:
                facts[field_] = varying
                check_order(varying, report_record)
            elif kind is not None:
                broken.add(field_)
        if self.defaults and not adds:
            self._add_defaults(facts, broken, ".".join(subject))
        record = Record(*subject, key.place, MappingProxyType(facts), broken=frozenset(broken))
        if "scheme" in self.not_facts:
            record = replace(record, scheme=read_scheme(node, report_record))
        if is_plain:
            return record
        keys = Mapping(tuple(entry for entry in node.entries if entry[0].text in self.not_facts), node.place)
        return _with_record_keys(record, keys, report_record)

    def _add_defaults(self, facts: dict[str, Varying[Value]], broken: set[str], record: str) -> None:
        """Add the defaults of fields below the values of a record, unless these always apply."""
        for name, default in self.defaults.items():
            own = facts[name].alternatives if name in facts else ()
            if default is None and not own:
                broken.add(name)
            elif default is not None and name not in broken and all(a.scope or a.since for a in own):
                below = (replace(a, place=a.place._replace(of=record)) for a in default.alternatives)
                facts[name] = Varying((*below, *own))

    def _keep(self, name: str, subject: tuple[str, str], finding: Finding) -> None:
        """Keep a finding about a field for `report_values`, or report it if it can be fixed."""
        finding = replace(finding, subject=subject)
        if finding.fix is None:
            said = "".join(finding.message.split("'")[::2])
            self.found.setdefault((name, finding.code, said), []).append(finding)
        else:
            self.report(finding)

    def report_values(self, records: int, library: str) -> None:
        """Report the problems of values in all records, the own ones of a library or the shared ones.

        A problem that most of them have is one finding, for shared records at the declaration of the field. So is a
        field that several records have, and that is not declared.
        """
        for (name, code, _), found in self.found.items():
            number = len({finding.subject for finding in found})
            is_cause = code == "unknown-field" or (name in self.fields and 2 * number > records)
            some = f"{number} of {records} records of '{self.dataset}'"
            united = [self._united(name, found, some, library)] if number >= SEVERAL and is_cause else found
            for finding in united:
                self.report(finding)

    def _united(self, name: str, found: list[Finding], some: str, library: str) -> Finding:
        """One finding about the values of a field in several records."""
        first, declared = found[0], self.declared.get(name)
        if declared is None:
            near = f"{first.hint} If not, " if first.hint.startswith("did you mean") else ""
            message, hint = f"{some} have the undeclared field '{name}'", f"{near}declare it below 'fields:'"
        elif first.code == "missing-field":
            message = f"{some} have no '{name}'"
            hint = f"add '{name}:' to each, or declare a default or '{OPTIONAL}{declared.type}'"
        else:
            each = f": {first.hint}" if first.hint and len({finding.hint for finding in found}) == 1 else ""
            message = f"{some} have an invalid '{name}'"
            hint = f"correct the type '{declared.type}', or each value{each}"
        place = first.place if library or declared is None else declared.place
        subject = (self.dataset, "")
        return replace(first, message=message, place=place, hint=hint, subject=subject, details=as_details(found))

    def _missing(self, key: Scalar, node: Mapping, elsewhere: Collection[str]) -> set[str]:
        """The required fields that no file sets. Keeps findings about those that are not just misspelt."""
        written = {name.text for name, _ in node.entries}
        missing = self.required.difference(written, elsewhere)
        if missing:
            words = {word for name in written - self.fields.keys() for word in (name, split_key(name)[0])}
            misspelt = {field for word in words for field in nearest(word, self.fields)}
            near = [] if elsewhere else nearest(key.text, self.shared)
            likely = f"did you mean '{near[0]}'? If not, " if near else ""
            for name in sorted(missing - misspelt):
                message = f"{self.dataset} '{key.text}' has no '{name}'"
                finding = Finding("missing-field", message, key.place, f"{likely}add '{name}:'")
                self._keep(name, (self.dataset, key.text), finding)
        return missing

    def _unknown_field(self, record: Scalar, name: Scalar, value: Node) -> Finding:
        message = f"unknown field '{name.text}' in {self.dataset} '{record.text}'"
        place = name.place
        if value.place[1:3] == (place.line, place.column + place.length):  # no ':' is between them
            key, rest = split_key(name.text)
            near = nearest(key, self.fields) if rest else ()
            hint = (
                f"write '{near[0]}: {rest}'"
                if near
                else "if the comma belongs to the value before it, quote that value"
            )
        else:
            hint = did_you_mean(name.text, [*self.fields, *RECORD_KEYS])
        return Finding("unknown-field", message, place, hint)


def _with_record_keys(record: Record, node: Mapping, report: Report) -> Record:
    """A record with the values of the keys that are not fields."""
    since, until = period_of(node, report)
    source, reason = scalar_at(node, "source", report), text_at(node, "reason", report)
    was, aliases = scalars_at(node, "was", report) or (), scalars_at(node, "aliases", report) or ()
    for scalar in was:
        if not ID.fullmatch(scalar.text):
            report(bad_id(scalar))
    scope = scope_at(node, report) or EVERYWHERE
    return replace(
        record, stated_since=since, until=until, source=source, was=was, reason=reason, aliases=aliases, scope=scope
    )


def bad_id(key: Scalar) -> Finding:
    """The finding for a key that is not an id."""
    return Finding(
        "bad-id", f"'{key.text}' is not a valid id", key.place, "use a-z and 0-9, with single - . _ between them"
    )


def check_order(varying: Varying[Value], report: Report) -> None:
    """Report alternatives that never apply, since a later one with the same scope has an earlier date."""
    for index, alternative in enumerate(varying.alternatives):
        for later in varying.alternatives[index + 1 :]:
            if not later.scope.covers(alternative.scope):
                continue
            if later.since is None or (alternative.since is not None and later.since <= alternative.since):
                message = f"this value never applies: the one at {later.place} overrides it"
                hint = "order alternatives by date, with general ones first"
                if isinstance(later.value, Qualified):
                    hint = "write 'all:' before the list to show each of its values"
                report(Finding("never-applies", message, alternative.place, hint))
                break
