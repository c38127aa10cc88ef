"""Rules about what nobody reads: links, records, tables, snippets, fields; and stray signs in pages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from sitegen.definitions import Definition
from sitegen.facts import LIBRARIES, LINKS, PRODUCTS, Record
from sitegen.findings import Edit, Finding, Fix, Place
from sitegen.rules.markdown_source import MASK, MarkdownSource, link_names
from sitegen.rules.material import Material
from sitegen.values import List, Markdown, Reference, Value

_ROLES = (PRODUCTS, LIBRARIES, LINKS)


def unused_links(material: Material) -> Iterator[Finding]:
    """Definitions of links that nothing on their page uses."""
    by_file = {source.file: source for source in material.pages}
    including: dict[str, list[MarkdownSource]] = {}
    for source in material.pages:
        for _, file in source.includes:
            including.setdefault(file, []).append(source)
    for source in material.pages:
        family = _family(source, by_file, including)
        used = {name for member in family for name in member.link_names}
        for line, name in source.definitions:
            if name not in used:
                place = source.place(line, source.lines[line - 1].index("["), len(name) + 2)
                fix = Fix("remove the line", (Edit(source.file, (line, 1), (line + 1, 1), ""),))
                yield Finding("unused-link", f"nothing on the page uses the link '{name}'", place, "remove it", fix=fix)


def _family(
    source: MarkdownSource, by_file: dict[str, MarkdownSource], including: dict[str, list[MarkdownSource]]
) -> list[MarkdownSource]:
    """A page with what it includes and what includes it."""
    found = {source.file: source}
    waiting = [source]
    while waiting:
        member = waiting.pop()
        below = [by_file[file] for _, file in member.includes if file in by_file]
        for other in [*below, *including.get(member.file, ())]:
            if other.file not in found:
                found[other.file] = other
                waiting.append(other)
    return list(found.values())


def _named_links(material: Material) -> set[str | None]:
    """The names of links that pages and facts use; None where a page goes through all of them."""
    named: set[str | None] = set()
    for source in material.pages:
        named |= source.link_names
        if re.search(rf"\bin\s+{LINKS}\b|\b{LINKS}\[\s*[^\"'\s]", source.text):
            named.add(None)
    for dataset in material.site.facts.datasets.values():
        named.add(dataset.source.text if dataset.source else "")
    for _, record in material.records():
        named.add(record.source.text if record.source else "")
        for varying in record.facts.values():
            for alternative in varying.alternatives:
                named.add(alternative.source.text if alternative.source else "")
                named |= link_names(alternative.note)
                for value in _each(alternative.value):
                    if isinstance(value, Markdown):
                        named |= link_names(value.text)
                    elif isinstance(value, Reference) and value.dataset == LINKS:
                        named.add(value.id)
    for table in material.site.tables.values():
        for column in table.columns if table else ():
            named |= link_names(column.note)
    return named


def _each(value: Value) -> tuple[Value, ...]:
    return value.items if isinstance(value, List) else (value,)


# --- never shown ---------------------------------------------------------------------


def never_shown(material: Material) -> Iterator[Finding]:
    """Pages, snippets, tables and records that no page or partial can show."""
    yield from _snippets(material)
    yield from _editions(material)
    names = _names(material)
    if not _asks_by_variable(material, "tables"):
        partials = material.site.settings.partials
        shown = {name.text for id_, partial in partials.items() for name in partial.tables}
        for table in material.site.tables.values():
            if table is not None and table.id not in shown and not _is_asked(material, "tables", table.id):
                message = f"no page and no partial shows the table '{table.id}'"
                yield Finding("never-shown", message, table.place, "show it, or remove it")
    yield from _records(material, names)
    yield from _links(material)


def _links(material: Material) -> Iterator[Finding]:
    records = material.site.facts.datasets.get(LINKS)
    named = _named_links(material) if records else set()
    for record in records.records.values() if records and None not in named else ():
        if record.id not in named and not _named_in_templates(record, material):
            message = f"nothing names the link '{record.id}'"
            yield Finding("never-shown", message, record.place, "remove it", subject=(LINKS, record.id))


def _snippets(material: Material) -> Iterator[Finding]:
    included = {file for source in material.pages for _, file in source.includes}
    dynamic = any(re.search(r"<%-?\s*include\s+[^\"'\s]", source.text) for source in material.pages)
    for source in material.pages:
        if source.file.rpartition("/")[2].startswith("_") and source.file not in included and not dynamic:
            yield Finding(
                "never-shown", "no page includes this snippet", Place(source.file, 1, 1), "include it, or remove it"
            )


def _editions(material: Material) -> Iterator[Finding]:
    """A page that another of the same products replaces from its first day on."""
    for page in material.site.pages:
        if page.since is not None:
            continue
        products = [id_ for id_ in material.products if id_ in page.scope]
        if not products or len(products) != len(page.scope):
            continue
        records = material.site.facts.datasets[PRODUCTS].records
        begins = [records[id_].since for id_ in products]
        others = [
            p
            for p in material.site.pages
            if p is not page and (not p.scope or p.scope >= page.scope) and p.since and not p.until
        ]
        if any(all(begin and other.since and other.since <= begin for begin in begins) for other in others):
            message = "this page is never shown: an edition of the same product begins with it"
            yield Finding("never-shown", message, page.place, "give it a first day with 'from'")


def _records(material: Material, names: str) -> Iterator[Finding]:
    used = _used_datasets(material)
    listed = _listed(material)
    referred = {
        (value.dataset, value.id)
        for _, record in material.records()
        for varying in record.facts.values()
        for alternative in varying.alternatives
        for value in _each(alternative.value)
        if isinstance(value, Reference)
    }
    for dataset in material.site.facts.datasets.values():
        if dataset.name in _ROLES or re.search(rf"\bin\s+{re.escape(dataset.name)}\b", names):
            continue
        if re.search(rf"\b{re.escape(dataset.name)}\[\s*[^\"'\s]", names):
            continue
        if dataset.name not in used:
            asked = re.search(rf"\b{re.escape(dataset.name)}(?:\.|\[)", names)
            if asked is None and not any(name == dataset.name for name, _ in referred):
                message = f"no table and no page shows the dataset '{dataset.name}'"
                yield Finding("never-shown", message, dataset.place, "show it, or remove it")
            continue
        rows = listed.get(dataset.name)
        for record in dataset.records.values() if rows is not None else ():
            if (
                record.id in (rows or ())
                or (dataset.name, record.id) in referred
                or _named_in_templates(record, material)
            ):
                continue
            message = f"no table shows {dataset.name} '{record.id}'"
            subject = (dataset.name, record.id)
            yield Finding(
                "never-shown", message, record.place, "name it in the rows of a table, or remove it", subject=subject
            )


def _used_datasets(material: Material) -> set[str]:
    """Those of tables, of references, and the ladders that versions are measured on."""
    found = {name for table in material.site.tables.values() if table for name in table.datasets}
    for dataset in material.site.facts.datasets.values():
        for kind in dataset.fields.values():
            inner = kind.item or kind
            found.update(inner.of if inner.name == "reference" else ())
            found.add(kind.ladder)
    return found


def _listed(material: Material) -> dict[str, set[str] | None]:
    """The ids that tables list of each dataset; None where a table shows all of them."""
    found: dict[str, set[str] | None] = {}
    for table in material.site.tables.values():
        for name in table.datasets if table else ():
            ids = _rows_of(table, name) if table else None
            before = found.get(name, set())
            found[name] = None if ids is None or before is None else before | ids
    for dataset in material.site.facts.datasets.values():
        for kind in dataset.fields.values():
            if kind.ladder:  # what others are measured on matters without a table
                found[kind.ladder] = None
    return found


def _rows_of(table: Definition, name: str) -> set[str] | None:
    if table.rows is None or table.where:
        return None
    ids: set[str] = set()
    for alternative in table.rows.alternatives:
        if name not in alternative.value:
            return None
        ids.update(scalar.text for group in alternative.value[name].groups for scalar in group)
    return ids


def unused_fields(material: Material) -> Iterator[Finding]:
    """A field that no column shows and no template names."""
    shown = {"name", "target", "products"} | {
        name
        for table in material.site.tables.values()
        if table
        for field in (
            *(f for c in table.columns for f in (*c.fields, *([c.link] if c.link else []))),
            *(f for f, _ in table.where),
        )
        for name in field.path
    }
    words = {name for owner, name in _asked(material) if owner not in ("tables", "partials")}
    words |= set(re.findall(r"[\"']([\w-]+)[\"']", _names(material)))
    for dataset in material.site.facts.datasets.values():
        for name, place in dataset.types.items():
            kind = dataset.fields[name]
            if name in shown or name in words or kind.name == "lifecycle":
                continue
            message = f"no table and no page shows the field '{name}' of {dataset.name}"
            yield Finding("unused-field", message, place, "show it in a column, or remove it")


@lru_cache(maxsize=2)
def _names(material: Material) -> str:
    """All that templates of the site ask for, as one text."""
    site = material.site
    templates = [*site.page_paths.values(), *site.partial_paths.values()]
    for table in site.tables.values():
        for column in table.columns if table else ():
            templates += [a.value for a in column.header.alternatives]
        if table and table.caption:
            templates += [a.value for a in table.caption.alternatives]
    texts = [*(source.text for source in material.pages), *(template.source for template in templates)]
    return "\n".join(asked for text in texts for asked in re.findall(r"<<.*?>>|<%.*?%>", text, re.DOTALL))


def _named_in_templates(record: Record, material: Material) -> bool:
    return _is_asked(material, record.dataset, record.id)


def _is_asked(material: Material, owner: str, name: str) -> bool:
    """Whether a template asks for a name below another: `tables.features`, `links["policy"]`."""
    return (owner, name) in _asked(material)


@lru_cache(maxsize=2)
def _asked(material: Material) -> frozenset[tuple[str, str]]:
    names = _names(material)
    dotted = re.findall(r"(?<![\w-])([\w-]+)(?=\.([\w-]+))", names)
    return frozenset([*dotted, *re.findall(r"(?<![\w-])([\w-]+)(?=\[\s*[\"']([\w.-]+)[\"'])", names)])


def _asks_by_variable(material: Material, owner: str) -> bool:
    return re.search(rf"\b{owner}\[\s*[^\"'\s]", _names(material)) is not None


# --- stray signs ---------------------------------------------------------------------

_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]+[.)])(?:\s|$)")


def empty_bullets(material: Material) -> Iterator[Finding]:
    """A list item without a text."""
    for source in material.pages:
        for number, line in enumerate(source.lines, 1):
            if not re.fullmatch(r"\s*[-*+][ \t]*", line):
                continue
            before = source.with_code[number - 2].strip(MASK) if number > 1 else ""
            after = source.lines[number] if number < len(source.lines) else ""
            inside = len(line) - len(line.lstrip()) + 1
            if after.strip() and len(after) - len(after.lstrip()) > inside - 1 + (not after.startswith(" ")):
                continue  # its text stands below
            if (
                before.strip()
                and not _ITEM.match(before)
                and line.strip() == "-"
                and not before.startswith((" ", "\t"))
            ):
                continue  # the line below a heading
            keep = "\n" if after.strip() and not _ITEM.match(after) else ""
            fix = Fix("remove it", (Edit(source.file, (number, 1), (number + 1, 1), keep),))
            place = source.place(number, len(line) - len(line.lstrip()), 1)
            yield Finding("empty-bullet", "this list item says nothing", place, "remove it", fix=fix)


def ragged_rows(material: Material) -> Iterator[Finding]:
    """A row of a typed table without its closing pipe, or with another number of cells than the header."""
    for source in material.pages:
        for table in source.tables:
            for line, cells in table.rows:
                text = source.lines[line - 1]
                start = len(text) - len(text.lstrip())
                closed = text.rstrip().endswith("|")
                if len(cells) != len(table.header):
                    message = f"this row has {_count(len(cells))}, and its table {_count(len(table.header))}"
                    yield Finding("ragged-row", message, source.place(line, start, len(text.strip())), "say each cell")
                elif table.closed and not closed:
                    end = len(text.rstrip())
                    fix = Fix("close it", (Edit(source.file, (line, end + 1), (line, len(text) + 1), " |"),))
                    place = source.place(line, start, len(text.strip()))
                    yield Finding("ragged-row", "this row does not end with '|'", place, "close it", fix=fix)


def _count(number: int) -> str:
    return f"{number} cell{'s' if number != 1 else ''}"
