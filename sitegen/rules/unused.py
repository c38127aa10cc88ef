"""Rules about unused content: links, records, tables, snippets, fields; and about the rows that tables list."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from datetime import date

from sitegen.facts.datasets import LIBRARIES, LINKS, PRODUCTS, Dataset, Record
from sitegen.facts.parts import base_of, on_any_day
from sitegen.facts.values import NOTES, Lifecycle
from sitegen.findings import Edit, Finding, Fix, Place, did_you_mean
from sitegen.markdown.inline import link_names, parse_inline
from sitegen.rules.context import LintContext, LintUnit, Subject, UnitSummary, cached
from sitegen.source.nodes import Scalar
from sitegen.tables.paths import FieldPath
from sitegen.tables.rows import texts_of
from sitegen.tables.selections import Selection

_ROLES = (PRODUCTS, LIBRARIES, LINKS, NOTES)
_COMPUTED_KEY = r"\[\s*[^\"'\s]"  # as in `tables[name]`: only a filled page shows what that is


def unused_links(unit: LintUnit) -> Iterator[Finding]:
    """A definition of a link that its page does not use, nor what it includes, nor what includes it."""
    context = unit.context
    for page in unit.pages:
        files = context.with_included([page.file], including=True) if page.definitions else ()
        used = {name for file in files for name in context.pages[file].link_names}
        for line, definition in page.definitions:
            if (name := definition.name) not in used:
                place = page.place(line, page.lines[line - 1].index("["), len(name) + 2)
                fix = Fix("remove it", (Edit(page.file, (line, 1), (line + definition.lines, 1), ""),))
                yield Finding("unused-link", f"the link '{name}' is never used", place, "remove it", fix=fix)


# --- content that no page shows ------------------------------------------------------


def never_shown(context: LintContext, summary: UnitSummary) -> Iterator[Finding]:
    """Pages, snippets, tables and records that no page and no partial can show."""
    yield from _unused_snippets(context)
    yield from _replaced_pages(context)
    yield from _unused_tables(context)
    yield from _unused_datasets(context)
    yield from (finding for subject, finding in _unused_records(context).items() if subject not in summary.named)


def named_by(unit: LintUnit) -> frozenset[Subject]:
    """The records and links to which records of a unit refer, of those that are not shown anywhere else."""
    unused = _unused_records(unit.context)
    return frozenset(subject for subject in _references(unit) if subject in unused) if unused else frozenset()


def _references(unit: LintUnit) -> Iterator[Subject]:
    for text in unit.fact_texts:
        if text.is_markdown and "[" in text.text:
            yield from ((LINKS, name) for name in _link_names(text.text))
    for record in unit.records:
        for alternative in record.all_alternatives:
            yield from ((reference.dataset, reference.id) for reference in alternative.references)
        sources = (record.source, *(alternative.source for alternative in record.all_alternatives))
        yield from ((LINKS, source.text) for source in sources if source)


def _link_names(text: str) -> set[str]:
    """The names that links in a text of Markdown refer to."""
    return {*link_names(parse_inline(text, lambda _: True))}


@cached
def _unused_records(context: LintContext) -> dict[Subject, Finding]:
    """The records that no table and no template shows, with the finding if no other record refers to them."""
    found = {}
    used, listed = _used_datasets(context), _listed_ids(context)
    for dataset in context.shared.values():
        ids = listed.get(dataset.name)
        if ids is not None and dataset.name in used and not _is_iterated(context, dataset.name):
            for record in _records_without(context, dataset, ids):
                message, hint = f"no table shows {dataset.name} '{record.id}'", "list it in a table, or remove it"
                found[record.subject] = Finding("never-shown", message, record.place, hint, subject=record.subject)
        for record in _records_without_day(context, dataset) if dataset.name in used else ():
            until = f" before {record.since}" if record.since != date.max else ""
            message = f"no table shows {dataset.name} '{record.id}'{until}: its first level has no certain date"
            hint = "to show it before its release, write the first day of the record, as in 'from: 2026-01-01'"
            found[record.subject] = Finding("never-shown", message, record.place, hint, subject=record.subject)
    named = {LINKS: _links_of_pages(context) if LINKS in context.shared else None, NOTES: _notes_of_columns(context)}
    for role, ids in named.items():
        unnamed = (
            _records_without(context, context.shared[role], ids) if role in context.shared and ids is not None else ()
        )
        for record in unnamed:
            message = f"the {role.removesuffix('s')} '{record.id}' is never used"
            found[record.subject] = Finding("never-shown", message, record.place, "remove it", subject=record.subject)
    return found


def _records_without(context: LintContext, dataset: Dataset, ids: Collection[str]) -> Iterator[Record]:
    """The records of a dataset that are not among some ids, and that no template names."""
    named = _template_names(context)
    return (r for id_, r in dataset.records.items() if id_ not in ids and r.subject not in named)


def _records_without_day(context: LintContext, dataset: Dataset) -> Iterator[Record]:
    """The records that begin with a level without a certain date, and that no other level names, as in `after v4`."""
    levels = {id_: [*_lifecycles(record)] for id_, record in dataset.records.items()}
    named = {level.after.id for each in levels.values() for one in each for level in one.levels if level.after}
    for record in _records_without(context, dataset, named):
        firsts = [one.levels[0] for one in levels[record.id]]
        if firsts and not any(level.is_certain for level in firsts) and record.stated_since is None:
            yield record


def _lifecycles(record: Record) -> Iterator[Lifecycle]:
    return (each.value for each in record.all_alternatives if isinstance(each.value, Lifecycle))


def _links_of_pages(context: LintContext) -> set[str] | None:
    """The names of links that pages, tables and datasets use; None if a page iterates over all links."""
    named = {dataset.source.text for dataset in context.shared.values() if dataset.source}
    for page in context.pages.values():
        named |= page.link_names
        if re.search(rf"\bin\s+{LINKS}\b|\b{LINKS}{_COMPUTED_KEY}", page.text):
            return None
    return named.union(*(_link_names(note) for note in _notes_of_columns(context)))


def _notes_of_columns(context: LintContext) -> set[str]:
    """The notes about headers, as texts and ids."""
    columns = (column for table in context.tables for column in table.all_columns)
    return {note.text for column in columns if column.note for note in column.note.items}


def _unused_tables(context: LintContext) -> Iterator[Finding]:
    if re.search(rf"\btables{_COMPUTED_KEY}", _templates(context)):
        return
    shown = {name.text for partial in context.site.settings.partials.values() for name in partial.tables}
    shown |= {table.like for table in context.tables}
    for table in context.tables:
        if table.id not in shown and ("tables", table.id) not in _template_names(context):
            message = f"no page and no partial shows the table '{table.id}'"
            yield Finding("never-shown", message, table.place, "add it to a page, or remove it")


def _unused_snippets(context: LintContext) -> Iterator[Finding]:
    if any(re.search(r"<%-?\s*include\s+[^\"'\s]", page.text) for page in context.pages.values()):
        return  # the name of an included file is computed
    for file in context.pages:
        if file.rpartition("/")[2].startswith("_") and file not in context.including:
            message, hint = "no page includes this snippet", "include it, or remove it"
            yield Finding("never-shown", message, Place(file, 1, 1), hint)


def _replaced_pages(context: LintContext) -> Iterator[Finding]:
    """A page that another page of the same products replaces from their first day on."""
    pages = context.site.pages
    for page in pages:
        products = [id_ for id_ in context.products if id_ in page.scope.ids]
        if page.since is not None or not products or len(products) != len(page.scope.ids):
            continue
        begins = [context.shared[PRODUCTS].records[id_].since for id_ in products]
        others = [
            p for p in pages if p is not page and p.kind == page.kind and p.scope.covers(page.scope) and not p.until
        ]
        since = [other.since for other in others if other.since]
        if any(all(begin and day <= begin for begin in begins) for day in since):
            message = "this page is never published: another edition begins on the first day of the product"
            yield Finding("never-shown", message, page.place, "add 'from:' with the first day of this page")


def _unused_datasets(context: LintContext) -> Iterator[Finding]:
    used, templates = _used_datasets(context), _templates(context)
    for dataset in context.shared.values():
        is_named = re.search(rf"\b{re.escape(dataset.name)}(?:\.|\[)", templates)
        if dataset.name not in used and not is_named and not _is_iterated(context, dataset.name):
            message = f"no table and no page shows the dataset '{dataset.name}'"
            yield Finding("never-shown", message, dataset.place, "add it to a table, or remove it")


def _is_iterated(context: LintContext, dataset: str) -> bool:
    """Whether a template iterates over the records of a dataset, or computes the id of a record."""
    name = re.escape(dataset)
    pattern = rf"\bin\s+{name}\b|\b{name}{_COMPUTED_KEY}"
    return dataset in _ROLES or re.search(pattern, _templates(context)) is not None


@cached
def _used_datasets(context: LintContext) -> set[str]:
    """The datasets of tables, of references, and of release branches to which versions belong."""
    found = {name for table in context.tables for name in table.all_datasets}
    for kind in (kind for dataset in context.shared.values() for kind in dataset.fields.values()):
        inner = kind.item or kind
        found.update(inner.of if inner.name == "reference" else (), (kind.ladder,))
    return found


def _listed_ids(context: LintContext) -> dict[str, set[str] | None]:
    """The ids of each dataset that tables list; None if all records are shown."""
    found: dict[str, set[str] | None] = {}
    for selection in (selection for table in context.tables for selection in table.selections):
        for name in selection.datasets:
            ids, before = _ids_in_rows(selection, name), found.get(name, set())
            found[name] = None if ids is None or before is None else before | ids
    releases = (kind.ladder for dataset in context.shared.values() for kind in dataset.fields.values())
    return found | dict.fromkeys(filter(None, releases))


def _ids_in_rows(selection: Selection, name: str) -> set[str] | None:
    if selection.rows is None or selection.where or any(name not in a.value for a in selection.rows.alternatives):
        return None
    return {scalar.text for a in selection.rows.alternatives for group in a.value[name].groups for scalar in group}


def unused_fields(context: LintContext, _: UnitSummary) -> Iterator[Finding]:
    """A field that no column shows and no template names. Notes show their texts without either."""
    shown = {"name", "target", "products"}
    for table in context.tables:
        columns = list(table.all_columns)
        links = (link for column in columns for link in column.all_links if isinstance(link, FieldPath))
        shown_fields = (field for column in columns for field in column.fields)
        wanted = (field for selection in table.selections for field, _ in selection.where)
        ordered = (key.path for selection in table.selections for key in selection.order)
        fields = (*shown_fields, *links, *wanted, *ordered)
        shown.update(part for field in fields for name in field.path for part in (name, name.partition(".")[0]))
    shown |= {name for owner, name in _template_names(context) if owner not in ("tables", "partials")}
    shown |= set(re.findall(r"[\"']([\w-]+)[\"']", _templates(context)))
    for dataset in context.shared.values():
        for name, declared in dataset.declared.items() if dataset.name != NOTES else ():
            if name not in shown and declared.is_valid and declared.type.name != "lifecycle":
                message = f"no table and no page shows the field '{name}' of {dataset.name}"
                yield Finding("unused-field", message, declared.place, "show it in a column, or remove it")


def unused_defaults(context: LintContext, _: UnitSummary) -> Iterator[Finding]:
    """A default in place of which each record has a value, unless libraries have records of their own."""
    exports = context.site.facts.exports.values()
    for dataset in context.shared.values():
        own = {id_ for library in exports for id_ in library.ids.get(dataset.name, ())}
        used = {a.place.declared for record in dataset.records.values() for a in record.all_alternatives if a.place.of}
        for name, declared in dataset.declared.items() if own <= dataset.records.keys() else ():
            default = declared.default.alternatives if declared.default else ()
            if default and dataset.records and used.isdisjoint(alternative.place for alternative in default):
                message = f"each record of {dataset.name} has a value for '{name}', so the default is never used"
                yield Finding("unused-default", message, default[0].place, "remove it")


@cached
def _templates(context: LintContext) -> str:
    """All templates of the site as one text."""
    templates = [template for kind in context.site.page_paths for template in context.site.paths(kind).values()]
    templates += context.site.partial_paths.values()
    templates += [template for table in context.tables for template in table.templates]
    texts = [*(page.text for page in context.pages.values()), *(template.source for template in templates)]
    return "\n".join(found for text in texts for found in re.findall(r"<<.*?>>|<%.*?%>", text, re.DOTALL))


@cached
def _template_names(context: LintContext) -> frozenset[Subject]:
    """The attributes that templates use: `tables.features`, `links["policy"]`."""
    templates = _templates(context)
    dotted = re.findall(r"(?<![\w-])([\w-]+)(?=\.([\w-]+))", templates)
    return frozenset([*dotted, *re.findall(r"(?<![\w-])([\w-]+)(?=\[\s*[\"']([\w.-]+)[\"'])", templates)])


# --- the rows of tables --------------------------------------------------------------

_CHECKED = ("support", "stage", "one of", "reference")  # types whose values are checked while loading


def row_mismatches(unit: LintUnit) -> Iterator[Finding]:
    """Records that match the `where` of a table but are not in its `rows`, or that are listed but never match."""
    selections = [(table.id, each) for table in reversed(unit.context.tables) for each in table.selections]
    written = {(each.rows and each.rows.alternatives[0].place, each.where): (id_, each) for id_, each in selections}
    for table, selection in written.values():  # without tables that inherit both
        for dataset in selection.datasets if selection.rows is not None and selection.where else ():
            records = [record for record in unit.records if record.dataset == dataset]
            if records and any(field.dataset == dataset for field, _ in selection.where):
                yield from _mismatches(table, selection, dataset, records, unit)


def _mismatches(
    table: str, selection: Selection, dataset: str, records: list[Record], unit: LintUnit
) -> Iterator[Finding]:
    context = unit.context
    alternatives = [each for each in selection.rows.alternatives if unit.may_apply(each)] if selection.rows else []
    if any(dataset not in alternative.value for alternative in alternatives):
        return  # without a list, all records are shown
    are_all_shown = not any(each.scope.applies((unit.library,)) for each in alternatives)  # where none of them applies
    listed: dict[str, Scalar] = {}
    for alternative in alternatives:
        listed |= {id_.text: id_ for group in alternative.value[dataset].groups for id_ in group}
    for record in records:
        name, subject = f"{dataset} '{record.id}'", record.subject
        matches = _may_match(record, selection)
        is_left_out = matches and record.id not in listed and not are_all_shown
        if is_left_out and (record.until is None or record.until > context.day):
            message = f"{name} matches the 'where' of the table '{table}', but is not in its 'rows'"
            hint = f"add '{record.id}' to the rows, or write '# sitegen: allow row-mismatch: reason' above them"
            yield Finding("row-mismatch", message, alternatives[-1].place, hint, subject=subject)
        elif not matches and record.id in listed and not _is_overridden(record, selection, context):
            message = f"the table '{table}' lists {name}, which does not match its 'where'"
            yield Finding("row-mismatch", message, listed[record.id].place, "remove it from the rows", subject=subject)


def _may_match(record: Record, selection: Selection) -> bool:
    """Whether a record has an expected value in each field of `where`, on any day and for anyone."""
    own = ((f, wanted) for f, wanted in selection.where if f.dataset == record.dataset and len(f.path) == 1)
    return all(not _values(record, field.path[0]).isdisjoint(scalar.text for scalar in wanted) for field, wanted in own)


def _values(record: Record, field: str) -> set[str]:
    base = base_of(field, record.facts)
    values = [alternative.value for alternative in record.alternatives(base)]
    part = field[len(base) + 1 :]
    return {text for value in values for one in on_any_day(value, part, record.since) for text in texts_of(one)}


def _is_overridden(record: Record, selection: Selection, context: LintContext) -> bool:
    """Whether the file of a library overrides a field of `where` in a record."""
    exports = context.site.facts.exports.values()
    fields = {name for library in exports for name in library.fields.get(record.subject, ())}
    return any(base_of(f.path[0], fields) in fields for f, _ in selection.where if f.dataset == record.dataset)


def unmatched_filters(context: LintContext, _: UnitSummary) -> Iterator[Finding]:
    """A value of `where` that no record has, unless libraries have records of their own."""
    own = {name for exports in context.site.facts.exports.values() for name in exports.ids}
    selections = (selection for table in context.tables for selection in table.selections)
    for field, wanted in (condition for selection in selections for condition in selection.where):
        kind = field.kind
        if field.dataset in own or len(field.path) > 1 or kind is None or (kind.item or kind).name in _CHECKED:
            continue
        name = field.path[0]
        values = set[str]().union(*(_values(record, name) for record in context.shared[field.dataset].records.values()))
        for scalar in wanted:
            if scalar.text not in values:
                message = f"no record of {field.dataset} has the {name} '{scalar.text}'"
                yield Finding("unmatched-filter", message, scalar.place, did_you_mean(scalar.text, values))
