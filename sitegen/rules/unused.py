"""Rules about what nothing uses: links, records, tables, snippets, fields; and about the rows that tables list."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from sitegen.facts.datasets import LIBRARIES, LINKS, PRODUCTS, Dataset, Record, items_of
from sitegen.facts.values import Reference
from sitegen.findings import Edit, Finding, Fix, Place, did_you_mean
from sitegen.rules.markdown_source import link_names
from sitegen.tables.rows import texts_of

if TYPE_CHECKING:
    from sitegen.rules.parts import Common, Linked, Part, Subject
    from sitegen.source.nodes import Scalar
    from sitegen.tables.definitions import Definition

_ROLES = (PRODUCTS, LIBRARIES, LINKS)


def unused_links(part: Part) -> Iterator[Finding]:
    """Definitions of links that nothing on their page uses, nor what it includes, nor what includes it."""
    common = part.common
    for source in part.pages:
        files = common.with_included([source.file], including=True) if source.definitions else ()
        used = {name for file in files for name in common.pages[file].link_names}
        for line, name in source.definitions:
            if name not in used:
                place = source.place(line, source.lines[line - 1].index("["), len(name) + 2)
                fix = Fix("remove the line", (Edit(source.file, (line, 1), (line + 1, 1), ""),))
                yield Finding("unused-link", f"nothing on the page uses the link '{name}'", place, "remove it", fix=fix)


# --- never shown ---------------------------------------------------------------------


def never_shown(linked: Linked) -> Iterator[Finding]:
    """Pages, snippets, tables and records that no page or partial can show."""
    common = linked.common
    yield from _snippets(common)
    yield from _editions(common)
    yield from _tables(common)
    yield from _datasets(common)
    named = linked.summary.named
    yield from (finding for key, finding in common.once(_unshown).items() if key not in named)


def named_by(part: Part) -> frozenset[Subject]:
    """The records and links that records of a part name, of those that nothing else shows."""
    unshown = part.common.once(_unshown)
    return frozenset(key for key in _named(part) if key in unshown) if unshown else frozenset()


def _named(part: Part) -> Iterator[Subject]:
    for statement in part.statements:
        if statement.markdown and "[" in statement.text:
            yield from ((LINKS, name) for name in link_names(statement.text))
    for record in part.records:
        if record.source:
            yield LINKS, record.source.text
        for varying in record.facts.values():
            for alternative in varying.alternatives:
                if alternative.source is not None:
                    yield LINKS, alternative.source.text
                yield from ((v.dataset, v.id) for v in items_of(alternative.value) if isinstance(v, Reference))


def _unshown(common: Common) -> dict[Subject, Finding]:
    """The records that no table and no template shows, with what to report where no record names them."""
    found = {}
    used, listed = _used_datasets(common), _listed(common)
    for dataset in common.shared.values():
        rows = listed.get(dataset.name)
        if rows is not None and dataset.name in used and not _goes_through(common, dataset.name):
            hint = "name it in the rows of a table, or remove it"
            for record in _not_asked(common, dataset, rows):
                message = f"no table shows {dataset.name} '{record.id}'"
                found[record.subject] = Finding("never-shown", message, record.place, hint, subject=record.subject)
    named = common.once(_links_of_pages) if LINKS in common.shared else None
    for record in _not_asked(common, common.shared[LINKS], named) if named is not None else ():
        message = f"nothing names the link '{record.id}'"
        found[record.subject] = Finding("never-shown", message, record.place, "remove it", subject=record.subject)
    return found


def _not_asked(common: Common, dataset: Dataset, shown: Collection[str]) -> Iterator[Record]:
    """The records of a dataset that are not among those shown, and that no template names."""
    asked = common.once(_asked)
    return (r for id_, r in dataset.records.items() if id_ not in shown and r.subject not in asked)


def _links_of_pages(common: Common) -> set[str] | None:
    """The names of links that pages, tables and datasets use; None where a page goes through all of them."""
    named = {dataset.source.text for dataset in common.shared.values() if dataset.source}
    for source in common.pages.values():
        named |= source.link_names
        if re.search(rf"\bin\s+{LINKS}\b|\b{LINKS}\[\s*[^\"'\s]", source.text):
            return None
    return named.union(*(link_names(column.note) for table in common.tables for column in table.columns))


def _tables(common: Common) -> Iterator[Finding]:
    if re.search(r"\btables\[\s*[^\"'\s]", common.once(_templates)):
        return  # a template asks for a table that only the page knows
    shown = {name.text for partial in common.site.settings.partials.values() for name in partial.tables}
    for table in common.tables:
        if table.id not in shown and ("tables", table.id) not in common.once(_asked):
            message = f"no page and no partial shows the table '{table.id}'"
            yield Finding("never-shown", message, table.place, "show it, or remove it")


def _snippets(common: Common) -> Iterator[Finding]:
    if any(re.search(r"<%-?\s*include\s+[^\"'\s]", source.text) for source in common.pages.values()):
        return  # a page includes what only it knows
    for file in common.pages:
        if file.rpartition("/")[2].startswith("_") and file not in common.including:
            place = Place(file, 1, 1)
            yield Finding("never-shown", "no page includes this snippet", place, "include it, or remove it")


def _editions(common: Common) -> Iterator[Finding]:
    """A page that another of the same products replaces from its first day on."""
    pages = common.site.pages
    for page in pages:
        products = [id_ for id_ in common.products if id_ in page.scope]
        if page.since is not None or not products or len(products) != len(page.scope):
            continue
        begins = [common.shared[PRODUCTS].records[id_].since for id_ in products]
        others = [p for p in pages if p is not page and (not p.scope or p.scope >= page.scope) and not p.until]
        since = [other.since for other in others if other.since]
        if any(all(begin and day <= begin for begin in begins) for day in since):
            message = "this page is never shown: an edition of the same product begins with it"
            yield Finding("never-shown", message, page.place, "give it a first day with 'from'")


def _datasets(common: Common) -> Iterator[Finding]:
    used, templates = _used_datasets(common), common.once(_templates)
    for dataset in common.shared.values():
        asked = re.search(rf"\b{re.escape(dataset.name)}(?:\.|\[)", templates)
        if dataset.name not in used and asked is None and not _goes_through(common, dataset.name):
            message = f"no table and no page shows the dataset '{dataset.name}'"
            yield Finding("never-shown", message, dataset.place, "show it, or remove it")


def _goes_through(common: Common, dataset: str) -> bool:
    """Whether a template goes through the records of a dataset, or asks for one that only the page knows."""
    name = re.escape(dataset)
    return dataset in _ROLES or (
        re.search(rf"\bin\s+{name}\b|\b{name}\[\s*[^\"'\s]", common.once(_templates)) is not None
    )


def _used_datasets(common: Common) -> set[str]:
    """Those of tables, of references, and the ladders on which versions are measured."""
    found = {name for table in common.tables for name in table.datasets}
    for dataset in common.shared.values():
        for kind in dataset.fields.values():
            inner = kind.item or kind
            found.update(inner.of if inner.name == "reference" else ())
            found.add(kind.ladder)
    return found


def _listed(common: Common) -> dict[str, set[str] | None]:
    """The ids that tables list of each dataset; None where a table shows all of them."""
    found: dict[str, set[str] | None] = {}
    for table in common.tables:
        for name in table.datasets:
            ids, before = _rows_of(table, name), found.get(name, set())
            found[name] = None if ids is None or before is None else before | ids
    ladders = (kind.ladder for dataset in common.shared.values() for kind in dataset.fields.values())
    return found | dict.fromkeys(filter(None, ladders))  # what others are measured on matters without a table


def _rows_of(table: Definition, name: str) -> set[str] | None:
    if table.rows is None or table.where or any(name not in a.value for a in table.rows.alternatives):
        return None
    groups = (group for a in table.rows.alternatives for group in a.value[name].groups)
    return {scalar.text for group in groups for scalar in group}


def unused_fields(linked: Linked) -> Iterator[Finding]:
    """A field that no column shows and no template names."""
    common = linked.common
    shown = {"name", "target", "products"}
    for table in common.tables:
        links = (column.link for column in table.columns if column.link)
        fields = (*(f for column in table.columns for f in column.fields), *links, *(f for f, _ in table.where))
        shown.update(name for field in fields for name in field.path)
    shown |= {name for owner, name in common.once(_asked) if owner not in ("tables", "partials")}
    shown |= set(re.findall(r"[\"']([\w-]+)[\"']", common.once(_templates)))
    for dataset in common.shared.values():
        for name, place in dataset.types.items():
            if name not in shown and dataset.fields[name].name != "lifecycle":
                message = f"no table and no page shows the field '{name}' of {dataset.name}"
                yield Finding("unused-field", message, place, "show it in a column, or remove it")


def _templates(common: Common) -> str:
    """All templates of the site as one text."""
    site = common.site
    templates = [*site.page_paths.values(), *site.partial_paths.values()]
    templates += [alternative.value for text in common.table_texts for alternative in text.alternatives]
    texts = [*(source.text for source in common.pages.values()), *(template.source for template in templates)]
    return "\n".join(asked for text in texts for asked in re.findall(r"<<.*?>>|<%.*?%>", text, re.DOTALL))


def _asked(common: Common) -> frozenset[Subject]:
    """The names that templates ask for below others: `tables.features`, `links["policy"]`."""
    templates = common.once(_templates)
    dotted = re.findall(r"(?<![\w-])([\w-]+)(?=\.([\w-]+))", templates)
    return frozenset([*dotted, *re.findall(r"(?<![\w-])([\w-]+)(?=\[\s*[\"']([\w.-]+)[\"'])", templates)])


# --- the rows of tables --------------------------------------------------------------

_CHECKED = ("support", "stage", "one of", "reference")  # types whose values are checked while loading


def disputed_rows(part: Part) -> Iterator[Finding]:
    """Records that match the `where` of a table and that its `rows` leave out, or that are listed and never match."""
    for table in part.common.tables:
        for dataset in table.datasets if table.rows is not None and table.where else ():
            records = [record for record in part.records if record.dataset == dataset]
            if records and any(field.dataset == dataset for field, _ in table.where):
                yield from _disputed(table, dataset, records, part.common)


def _disputed(table: Definition, dataset: str, records: Collection[Record], common: Common) -> Iterator[Finding]:
    alternatives = table.rows.alternatives if table.rows else ()
    if any(dataset not in alternative.value for alternative in alternatives):
        return  # with all of them
    listed: dict[str, Scalar] = {}
    for alternative in alternatives:
        listed |= {id_.text: id_ for group in alternative.value[dataset].groups for id_ in group}
    for record in records:
        what, subject = f"{dataset} '{record.id}'", record.subject
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
    own = ((field, wanted) for field, wanted in table.where if field.dataset == record.dataset)
    return all(not _values(record, field.path[0]).isdisjoint(scalar.text for scalar in wanted) for field, wanted in own)


def _values(record: Record, field: str) -> set[str]:
    return {text for alternative in record.alternatives(field) for text in texts_of(alternative.value)}


def _is_given(record: Record, table: Definition, common: Common) -> bool:
    """Whether the file of a library gives a record another value in a field of `where`."""
    given = {name for exports in common.site.facts.exports.values() for name in exports.fields.get(record.subject, ())}
    return any(field.path[0] in given for field, _ in table.where if field.dataset == record.dataset)


def unmatched_filters(linked: Linked) -> Iterator[Finding]:
    """A value of `where` that no record has. Where libraries have records of their own, that is unknown."""
    common = linked.common
    own = {name for exports in common.site.facts.exports.values() for name in exports.ids}
    for field, wanted in (condition for table in common.tables for condition in table.where):
        kind = field.kind
        if field.dataset in own or kind is None or (kind.item or kind).name in _CHECKED:
            continue
        name = field.path[0]
        known = set[str]().union(*(_values(record, name) for record in common.shared[field.dataset].records.values()))
        for scalar in wanted:
            if scalar.text not in known:
                message = f"no record of {field.dataset} has the {name} '{scalar.text}'"
                yield Finding("unmatched-filter", message, scalar.place, did_you_mean(scalar.text, known))
