"""What only the facts as a whole can show: references, cycles, sources, and the ids that scopes name."""

from __future__ import annotations

from collections.abc import Iterator

from sitegen.alternatives import check_scope
from sitegen.facts import LINKS, PRODUCTS, Datasets, Facts, Record, kinds_of_ids, records_of
from sitegen.findings import Finding, Report, did_you_mean
from sitegen.source import Scalar
from sitegen.values import List, Reference, is_target


def check_references(facts: Facts, report: Report) -> None:
    """Report references and sources that lead nowhere or in a circle."""
    for dataset in facts.datasets.values():
        for name, kind in dataset.fields.items():
            target = (kind.item or kind).of[0] if (kind.item or kind).name == "reference" else ""
            if target and target not in facts.datasets:
                hint = did_you_mean(target, facts.datasets)
                message = f"the field '{name}' of '{dataset.name}' refers to '{target}', which is no dataset"
                report(Finding("unknown-dataset", message, dataset.types[name], hint))
    for datasets in facts.everywhere():
        edges: dict[tuple[str, str], list[Reference]] = {}
        for record in records_of(datasets):
            for reference in _references(record):
                target_set = datasets.get(reference.dataset)
                if target_set is None:
                    continue
                if reference.id not in target_set.records:
                    message = f"{reference.dataset} has no record '{reference.id}'"
                    hint = did_you_mean(reference.id, target_set.records)
                    report(Finding("unknown-id", message, reference.place, hint, subject=(record.dataset, record.id)))
                edges.setdefault((record.dataset, record.id), []).append(reference)
        _check_cycles(edges, report)
        _check_sources(datasets, report)


def _check_sources(datasets: Datasets, report: Report) -> None:
    """A source is a link's name or a URL."""
    links = datasets[LINKS].records if LINKS in datasets else {}

    def check(source: Scalar | None, subject: tuple[str, str] | None) -> None:
        if source is not None and source.text not in links and not is_target(source.text):
            message = f"the source '{source.text}' is neither a link's name nor a URL"
            hint = did_you_mean(source.text, links)
            report(Finding("unknown-source", message, source.place, hint, subject=subject))

    for dataset in datasets.values():
        check(dataset.source, None)
    for record in records_of(datasets):
        subject = (record.dataset, record.id)
        check(record.source, subject)
        for varying in record.facts.values():
            for alternative in varying.alternatives:
                check(alternative.source, subject)


def _check_cycles(edges: dict[tuple[str, str], list[Reference]], report: Report) -> None:
    """References that lead back to where they began have no end to print."""
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
    """Report scopes that name nothing or two kinds of things, and values for a product without a reason."""
    kinds = kinds_of_ids(facts)
    for datasets in facts.everywhere():
        for record in records_of(datasets):
            for varying in record.facts.values():
                for alternative in varying.alternatives:
                    check_scope(alternative.scope_places, kinds, report, (record.dataset, record.id))
                    products = [s for s in alternative.scope_places if PRODUCTS in kinds.get(s.text, ())]
                    if products and not alternative.reason:
                        message = f"a value for the product '{products[0].text}' alone needs a reason"
                        report(
                            Finding(
                                "no-reason",
                                message,
                                alternative.place,
                                "add 'reason:'",
                                subject=(record.dataset, record.id),
                            )
                        )


def _references(record: Record) -> Iterator[Reference]:
    for varying in record.facts.values():
        for alternative in varying.alternatives:
            values = alternative.value.items if isinstance(alternative.value, List) else (alternative.value,)
            for value in values:
                if isinstance(value, Reference):
                    yield value
