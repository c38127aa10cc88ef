"""Rules about what nobody reads: links, records, tables, snippets, fields; and stray signs in pages."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from sitegen.definitions import Definition
from sitegen.facts import LIBRARIES, LINKS, PRODUCTS
from sitegen.findings import Edit, Finding, Fix, Place
from sitegen.rules.collecting import collected_of_common
from sitegen.rules.markdown_source import MASK, MarkdownSource, link_names
from sitegen.rules.material import Common, Overview

_ROLES = (PRODUCTS, LIBRARIES, LINKS)


def unused_links(overview: Overview) -> Iterator[Finding]:
    """Definitions of links that nothing on their page uses."""
    common = overview.common
    by_file = {source.file: source for source in common.pages}
    including: dict[str, list[MarkdownSource]] = {}
    for source in common.pages:
        for _, file in source.includes:
            including.setdefault(file, []).append(source)
    for source in common.pages:
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


def _links_of_pages(common: Common) -> set[str | None]:
    """The names of links that pages, tables and datasets use; None where a page goes through all of them."""
    named: set[str | None] = set()
    for source in common.pages:
        named |= source.link_names
        if re.search(rf"\bin\s+{LINKS}\b|\b{LINKS}\[\s*[^\"'\s]", source.text):
            named.add(None)
    named |= {dataset.source.text for dataset in common.shared.values() if dataset.source}
    for table in common.site.tables.values():
        for column in table.columns if table else ():
            named |= link_names(column.note)
    return named


# --- never shown ---------------------------------------------------------------------


def never_shown(overview: Overview) -> Iterator[Finding]:
    """Pages, snippets, tables and records that no page or partial can show."""
    common = overview.common
    yield from _snippets(common)
    yield from _editions(common)
    yield from _tables(common)
    yield from _datasets(common)
    named = {key for evidence in overview.evidence.values() for key in evidence.named}
    yield from (finding for key, finding in common.once(_unshown).items() if key not in named)


def missed(common: Common, named: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """What a library names and nothing in the common sources shows: records by dataset and id."""
    return frozenset(key for key in common.once(_unshown) if key in named)


def _unshown(common: Common) -> dict[tuple[str, str], Finding]:
    """The records that nothing in the common sources shows, with what is told where no library names them."""
    return dict([*_records(common), *_links(common)])


def _tables(common: Common) -> Iterator[Finding]:
    if not _asks_by_variable(common, "tables"):
        shown = {name.text for partial in common.site.settings.partials.values() for name in partial.tables}
        for table in common.site.tables.values():
            if table is not None and table.id not in shown and not _is_asked(common, "tables", table.id):
                message = f"no page and no partial shows the table '{table.id}'"
                yield Finding("never-shown", message, table.place, "show it, or remove it")


def _links(common: Common) -> Iterator[tuple[tuple[str, str], Finding]]:
    records = common.shared.get(LINKS)
    named = common.once(_links_of_pages) if records else set()
    referred = common.once(collected_of_common).named
    for record in records.records.values() if records and None not in named else ():
        key = (LINKS, record.id)
        if record.id not in named and key not in referred and not _is_asked(common, *key):
            message = f"nothing names the link '{record.id}'"
            yield key, Finding("never-shown", message, record.place, "remove it", subject=key)


def _snippets(common: Common) -> Iterator[Finding]:
    included = {file for source in common.pages for _, file in source.includes}
    dynamic = any(re.search(r"<%-?\s*include\s+[^\"'\s]", source.text) for source in common.pages)
    for source in common.pages:
        if source.file.rpartition("/")[2].startswith("_") and source.file not in included and not dynamic:
            yield Finding(
                "never-shown", "no page includes this snippet", Place(source.file, 1, 1), "include it, or remove it"
            )


def _editions(common: Common) -> Iterator[Finding]:
    """A page that another of the same products replaces from its first day on."""
    for page in common.site.pages:
        if page.since is not None:
            continue
        products = [id_ for id_ in common.products if id_ in page.scope]
        if not products or len(products) != len(page.scope):
            continue
        records = common.shared[PRODUCTS].records
        begins = [records[id_].since for id_ in products]
        others = [
            p
            for p in common.site.pages
            if p is not page and (not p.scope or p.scope >= page.scope) and p.since and not p.until
        ]
        if any(all(begin and other.since and other.since <= begin for begin in begins) for other in others):
            message = "this page is never shown: an edition of the same product begins with it"
            yield Finding("never-shown", message, page.place, "give it a first day with 'from'")


def _datasets(common: Common) -> Iterator[Finding]:
    used, names = _used_datasets(common), common.once(_names)
    for dataset in common.shared.values():
        asked = re.search(rf"\b{re.escape(dataset.name)}(?:\.|\[)", names)
        if dataset.name not in used and asked is None and not _goes_through(common, dataset.name):
            message = f"no table and no page shows the dataset '{dataset.name}'"
            yield Finding("never-shown", message, dataset.place, "show it, or remove it")


def _records(common: Common) -> Iterator[tuple[tuple[str, str], Finding]]:
    used, listed = _used_datasets(common), _listed(common)
    referred = common.once(collected_of_common).named
    for dataset in common.shared.values():
        rows = listed.get(dataset.name)
        if rows is None or dataset.name not in used or _goes_through(common, dataset.name):
            continue
        for id_, record in dataset.records.items():
            key = (dataset.name, id_)
            if id_ not in rows and key not in referred and not _is_asked(common, *key):
                message = f"no table shows {dataset.name} '{id_}'"
                hint = "name it in the rows of a table, or remove it"
                yield key, Finding("never-shown", message, record.place, hint, subject=key)


def _goes_through(common: Common, dataset: str) -> bool:
    """Whether a template goes through the records of a dataset, or asks for one that only the page knows."""
    name = re.escape(dataset)
    return dataset in _ROLES or re.search(rf"\bin\s+{name}\b|\b{name}\[\s*[^\"'\s]", common.once(_names)) is not None


def _used_datasets(common: Common) -> set[str]:
    """Those of tables, of references, and the ladders that versions are measured on."""
    found = {name for table in common.site.tables.values() if table for name in table.datasets}
    for dataset in common.shared.values():
        for kind in dataset.fields.values():
            inner = kind.item or kind
            found.update(inner.of if inner.name == "reference" else ())
            found.add(kind.ladder)
    return found


def _listed(common: Common) -> dict[str, set[str] | None]:
    """The ids that tables list of each dataset; None where a table shows all of them."""
    found: dict[str, set[str] | None] = {}
    for table in common.site.tables.values():
        for name in table.datasets if table else ():
            ids = _rows_of(table, name) if table else None
            before = found.get(name, set())
            found[name] = None if ids is None or before is None else before | ids
    for dataset in common.shared.values():
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


def unused_fields(overview: Overview) -> Iterator[Finding]:
    """A field that no column shows and no template names."""
    common = overview.common
    shown = {"name", "target", "products"} | {
        name
        for table in common.site.tables.values()
        if table
        for field in (
            *(f for c in table.columns for f in (*c.fields, *([c.link] if c.link else []))),
            *(f for f, _ in table.where),
        )
        for name in field.path
    }
    words = {name for owner, name in common.once(_asked) if owner not in ("tables", "partials")}
    words |= set(re.findall(r"[\"']([\w-]+)[\"']", common.once(_names)))
    for dataset in common.shared.values():
        for name, place in dataset.types.items():
            kind = dataset.fields[name]
            if name in shown or name in words or kind.name == "lifecycle":
                continue
            message = f"no table and no page shows the field '{name}' of {dataset.name}"
            yield Finding("unused-field", message, place, "show it in a column, or remove it")


def _names(common: Common) -> str:
    """All that templates of the site ask for, as one text."""
    site = common.site
    templates = [*site.page_paths.values(), *site.partial_paths.values()]
    for table in site.tables.values():
        for column in table.columns if table else ():
            templates += [a.value for a in column.header.alternatives]
        if table and table.caption:
            templates += [a.value for a in table.caption.alternatives]
    texts = [*(source.text for source in common.pages), *(template.source for template in templates)]
    return "\n".join(asked for text in texts for asked in re.findall(r"<<.*?>>|<%.*?%>", text, re.DOTALL))


def _is_asked(common: Common, owner: str, name: str) -> bool:
    """Whether a template asks for a name below another: `tables.features`, `links["policy"]`."""
    return (owner, name) in common.once(_asked)


def _asked(common: Common) -> frozenset[tuple[str, str]]:
    names = common.once(_names)
    dotted = re.findall(r"(?<![\w-])([\w-]+)(?=\.([\w-]+))", names)
    return frozenset([*dotted, *re.findall(r"(?<![\w-])([\w-]+)(?=\[\s*[\"']([\w.-]+)[\"'])", names)])


def _asks_by_variable(common: Common, owner: str) -> bool:
    return re.search(rf"\b{owner}\[\s*[^\"'\s]", common.once(_names)) is not None


# --- stray signs ---------------------------------------------------------------------

_ITEM = re.compile(r"\s*(?:[-*+]|[0-9]+[.)])(?:\s|$)")


def empty_bullets(overview: Overview) -> Iterator[Finding]:
    """A list item without a text."""
    for source in overview.common.pages:
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


_LEVEL = re.compile(r" {0,3}(#{1,6})[ \t]")


def skipped_levels(overview: Overview) -> Iterator[Finding]:
    """A heading more than one level below the one before. A page has its title above, of the first level."""
    for source in overview.common.pages:
        levels = [len(heading[1]) for line in source.with_code if (heading := _LEVEL.match(line))]
        # A page whose first headings are all of the third level has that as its own first one.
        titled = not source.file.rpartition("/")[2].startswith("_") and 2 in levels
        before = 1 if titled else 0
        includes = {number for number, _ in source.includes}
        for number, line in enumerate(source.with_code, 1):
            heading = _LEVEL.match(line)
            if number in includes:
                before = 0  # what is included may have headings
            elif heading:
                level = len(heading[1])
                if 0 < before < level - 1:
                    message = f"this heading is of level {level}, below one of level {before}"
                    place = source.place(number, heading.start(1), level)
                    yield Finding("skipped-level", message, place, f"write '{'#' * (before + 1)}'")
                before = level


def ragged_rows(overview: Overview) -> Iterator[Finding]:
    """A row of a typed table without its closing pipe, or with another number of cells than the header."""
    for source in overview.common.pages:
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
