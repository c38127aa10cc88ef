"""Rules about which records a table has: what `where` and `rows` say of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from sitegen.definitions import Definition
from sitegen.facts import Record
from sitegen.findings import Finding, did_you_mean
from sitegen.rows import texts_of
from sitegen.rules.material import Common, Overview, Part
from sitegen.source import Scalar

_CHECKED = ("support", "stage", "one of", "reference")  # of whose values it is known already which there are


def disputed_rows(part: Part) -> Iterator[Finding]:
    """Records that match the `where` of a table and that its `rows` leave out, or that are listed and never match."""
    for table in part.common.site.tables.values():
        for dataset in table.datasets if table is not None and table.rows is not None and table.where else ():
            records = [record for record in part.records if record.dataset == dataset]
            if table is not None and records and any(field.dataset == dataset for field, _ in table.where):
                yield from _disputed(table, dataset, records, part.common)


def _disputed(table: Definition, dataset: str, records: Collection[Record], common: Common) -> Iterator[Finding]:
    alternatives = table.rows.alternatives if table.rows else ()
    if any(dataset not in alternative.value for alternative in alternatives):
        return  # with all of them
    listed: dict[str, Scalar] = {}
    for alternative in alternatives:
        listed |= {id_.text: id_ for group in alternative.value[dataset].groups for id_ in group}
    for record in records:
        what, subject = f"{dataset} '{record.id}'", (dataset, record.id)
        matches = _may_match(record, table)
        if matches and record.id not in listed and (record.until is None or record.until > common.day):
            message = f"{what} matches the 'where' of the table '{table.id}', and its 'rows' leave it out"
            hint = f"add '{record.id}' to the rows, or write '# sitegen: allow row-mismatch: why' above them"
            yield Finding("row-mismatch", message, alternatives[-1].place, hint, subject=subject)
        elif not matches and record.id in listed and not _is_given(record, table, common):
            message = f"the table '{table.id}' lists {what}, which does not match its 'where'"
            yield Finding("row-mismatch", message, listed[record.id].place, "remove it from the rows", subject=subject)


def _may_match(record: Record, table: Definition) -> bool:
    """Whether a record has a wanted value in each field of `where`, on any day and for anybody."""
    for field, wanted in table.where:
        if field.dataset != record.dataset:
            continue
        varying = record.facts.get(field.path[0])
        texts = {text for a in (varying.alternatives if varying else ()) for text in texts_of(a.value)}
        if texts.isdisjoint(scalar.text for scalar in wanted):
            return False
    return True


def _is_given(record: Record, table: Definition, common: Common) -> bool:
    """Whether the file of a library gives a record another value in a field of `where`."""
    key = (record.dataset, record.id)
    given = {name for known in common.site.facts.known.values() for name in known.given.get(key, ())}
    return any(field.path[0] in given for field, _ in table.where if field.dataset == record.dataset)


def unmatched_filters(overview: Overview) -> Iterator[Finding]:
    """A value of `where` that no record has. Where libraries have records of their own, nobody knows that."""
    common = overview.common
    own = {name for known in common.site.facts.known.values() for name in known.ids}
    for table in common.site.tables.values():
        for field, wanted in table.where if table is not None else ():
            kind = field.kind
            if field.dataset in own or kind is None or (kind.item or kind).name in _CHECKED:
                continue
            records = common.shared[field.dataset].records.values()
            facts = (record.facts[field.path[0]] for record in records if field.path[0] in record.facts)
            known = {text for fact in facts for a in fact.alternatives for text in texts_of(a.value)}
            for scalar in wanted:
                if scalar.text not in known:
                    message = f"no record of {field.dataset} has the {field.path[0]} '{scalar.text}'"
                    yield Finding("unmatched-filter", message, scalar.place, did_you_mean(scalar.text, known))
