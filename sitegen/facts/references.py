"""Checks across files: references, cycles, sources, and the ids in scopes."""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly

from sitegen.facts.alternatives import ROLES, check_scope
from sitegen.facts.datasets import (
    LIBRARIES,
    LINKS,
    PRODUCTS,
    Datasets,
    Facts,
    Record,
    lifecycle_field,
    own_records,
    records_of,
    versions_field,
)
from sitegen.facts.field_types import Type
from sitegen.facts.schemes import PEP440
from sitegen.facts.values import Reference, is_target
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.source.nodes import Scalar


def check_references(facts: Facts, report: Report) -> None:
    """Report references, sources and former ids that are invalid."""
    for dataset in facts.datasets.values():
        for name, kind in dataset.fields.items():
            targets = ((kind.item or kind).of[0] if (kind.item or kind).name == "reference" else "", kind.by)
            for target in (target for target in targets if target and target not in facts.datasets):
                hint = did_you_mean(target, facts.datasets)
                message = f"unknown dataset '{target}' in the type of field '{name}' of '{dataset.name}'"
                report(Finding("unknown-dataset", message, dataset.declared[name].place, hint))
            if kind.ladder:
                _check_ladder(kind, dataset.declared[name].place, facts.datasets, report)
    _check_former_ids(facts, report)
    shared = _check_records(records_of(facts.datasets), facts.datasets, report)
    _check_cycles(shared, report)
    for dataset in facts.datasets.values():
        _check_source(dataset.source, None, facts.datasets, report)
    for datasets in facts.by_library.values():
        own = _check_records(own_records(facts.datasets, datasets), datasets, report)
        if own:
            _check_cycles(shared | own, report)


def _check_ladder(type_: Type, place: Place, datasets: Datasets, report: Report) -> None:
    """Report a type that refers to something else than a dataset of releases, with versions and a lifecycle.

    The versions of both must have the same scheme.
    """
    name = type_.ladder
    if name not in datasets:
        report(Finding("unknown-dataset", f"unknown dataset '{name}'", place, did_you_mean(name, datasets)))
        return
    fields = {"lifecycle": lifecycle_field(datasets[name]), "versions": versions_field(datasets[name])}
    missing = [kind for kind, field in fields.items() if field is None]
    if not missing:
        scheme = datasets[name].fields[fields["versions"] or ""].scheme
        if type_.scheme != scheme:
            message = f"the scheme of these versions is '{type_.scheme}', but that of {name} is '{scheme or PEP440}'"
            report(Finding("unknown-scheme", message, place, f"declare the scheme only in '{name}'"))
        return
    message = f"'{name}' is not a dataset of releases: it has no field of type {' or '.join(missing)}"
    ladders = [id_ for id_, other in datasets.items() if lifecycle_field(other) and versions_field(other)]
    own = next((field for field, kind in datasets[name].fields.items() if kind.name == "versions"), "")
    if missing == ["versions"] and own:
        hint = f"declare '{own}: versions' in '{name}', without 'of'"
    elif len(missing) == 1:
        hint = f"add it to the fields of '{name}', such as '{missing[0]}: {missing[0]}'"
    else:
        hint = did_you_mean(name, ladders) or f"name a dataset of releases, or add these fields to '{name}'"
    report(Finding("no-ladder", message, place, hint))


_Edges = dict[tuple[str, str], list[Reference]]


def _check_records(records: Iterator[Record], datasets: Datasets, report: Report) -> _Edges:
    """Check references, sources and former ids of records. Returns the references of each record."""
    edges: _Edges = {}
    for record in records:
        subject = record.subject
        _check_source(record.source, subject, datasets, report)
        for alternative in record.all_alternatives:
            if alternative.source is not None:
                _check_source(alternative.source, subject, datasets, report)
            for reference in alternative.references:
                if reference.dataset not in datasets:
                    continue
                others = datasets[reference.dataset].records
                if reference.id not in others:
                    message = f"{reference.dataset} has no record '{reference.id}'"
                    hint = did_you_mean(reference.id, others)
                    report(Finding("unknown-id", message, reference.place, hint, subject=subject))
                edges.setdefault(subject, []).append(reference)
        for former in record.was:
            if former.text in datasets[record.dataset].records:
                message = f"the former id '{former.text}' is still a record of {record.dataset}"
                hint = "remove it; 'was' is for ids that no longer exist"
                report(Finding("former-id", message, former.place, hint, subject=subject))
    return edges


def _check_former_ids(facts: Facts, report: Report) -> None:
    """Report a former id of several records."""
    places: dict[tuple[str, str], Place] = {}
    for record in facts.records():
        for former in record.was:
            first = places.setdefault((record.dataset, former.text), former.place)
            if first != former.place:
                message = f"duplicate former id '{former.text}' in {record.dataset}; first defined at {first}"
                report(Finding("duplicate", message, former.place, "keep one of the two", subject=record.subject))


def _check_source(source: Scalar | None, subject: tuple[str, str] | None, datasets: Datasets, report: Report) -> None:
    """Report a source that is neither the name of a link nor a URL."""
    if source is None:
        return
    links = datasets[LINKS].records if LINKS in datasets else {}
    if source.text not in links and (source.text.startswith(".") or not is_target(source.text)):
        message = f"the source '{source.text}' is neither the name of a link nor a URL"
        hint = did_you_mean(source.text, links)
        report(Finding("unknown-source", message, source.place, hint, subject=subject))


def _check_cycles(edges: _Edges, report: Report) -> None:
    """Report references that form a cycle."""
    done: set[tuple[str, str]] = set()
    for start in edges:
        path: list[tuple[str, str]] = []
        stack: list[tuple[tuple[str, str], int]] = [(start, 0)]
        while stack:
            node, index = stack.pop()
            if index == 0:
                path.append(node)
            following = edges.get(node, ())
            if node in done or index >= len(following):
                done.add(path.pop())
                continue
            stack.append((node, index + 1))
            reference = following[index]
            target = (reference.dataset, reference.id)
            if target in path:
                ring = [*path[path.index(target) :], target]
                message = "references form a cycle: " + " -> ".join(id_ for _, id_ in ring)
                report(Finding("cycle", message, reference.place, subject=target))
            elif target not in done:
                stack.append((target, 0))


def check_scopes(facts: Facts, report: Report) -> None:
    """Report scopes with unknown or ambiguous ids, and values for a product without a reason."""
    by_id = facts.datasets_by_id
    _check_own_scopes(facts, report)
    for record in facts.records():
        _check_scope_of_record(record, by_id, report)
        each = ((name, alternative) for name, fact in record.facts.items() for alternative in fact.alternatives)
        for name, alternative in each:
            if not alternative.scope.parts:
                continue
            kind = facts.datasets[record.dataset].fields.get(name)
            if kind is not None and kind.by and kind.by not in facts.datasets:
                continue  # the declaration is reported
            check_scope(alternative.scope, by_id, report, record.subject)
            products = [s for _, s in alternative.scope.written if PRODUCTS in by_id.get(s.text, ())]
            if products and not alternative.reason and not (kind and kind.by == PRODUCTS):
                message = f"a value for a single product, '{products[0].text}', needs a reason"
                report(Finding("no-reason", message, alternative.place, "add 'reason:'", subject=record.subject))


def _check_own_scopes(facts: Facts, report: Report) -> None:
    """Report what an own file of a library states for other libraries only: it never applies."""
    for library, datasets in facts.by_library.items():
        for record in own_records(facts.datasets, datasets):
            shared = facts.datasets[record.dataset].records.get(record.id)
            scopes = [] if shared else [(record.scope, record.place)]
            for name, fact in record.facts.items():
                limited = [each for each in fact.alternatives if each.scope.parts and not each.place.of]
                below = shared.facts.get(name) if shared and limited else None
                known = {each.place for each in below.alternatives} if below else ()
                scopes += [(each.scope, each.place) for each in limited if each.place not in known]
            for scope, place in scopes:
                for part in scope.parts:
                    if library not in part and all(LIBRARIES in facts.datasets_by_id.get(id_, ()) for id_ in part):
                        message = f"this applies only to {' and '.join(sorted(part))}, but this file is for '{library}'"
                        hint = "move it to a file of that library, or to a shared file"
                        report(Finding("never-applies", message, place, hint, subject=record.subject))


def _check_scope_of_record(record: Record, by_id: ReadOnly[str, set[str]], report: Report) -> None:
    """Report a scope that names something else than products and libraries, or is that of one of these."""
    check_scope(record.scope, by_id, report, record.subject)
    for _, scalar in record.scope.written:
        if record.dataset in ROLES.values():
            message, hint = f"{record.dataset} cannot have 'for'", "list the products of a library in 'products'"
            report(Finding("unknown-key", message, scalar.place, hint, subject=record.subject))
        elif by_id.get(scalar.text) and by_id[scalar.text].isdisjoint(ROLES.values()):
            message = f"'{scalar.text}' in the 'for' of a record is neither a product nor a library"
            hint = "a record exists for products and libraries; limit its values instead"
            report(Finding("unknown-id", message, scalar.place, hint, subject=record.subject))
