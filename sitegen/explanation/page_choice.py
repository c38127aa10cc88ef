"""Which pages a question is about: those of the products and the libraries that it names. The names on a page."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from sitegen.changes.published import PageFacts, published_facts
from sitegen.evaluation.context import Context
from sitegen.explanation.names import GENERIC, key, other_names, words
from sitegen.explanation.pages import SearchPage
from sitegen.explanation.terms import NoQuestionError, Term
from sitegen.facts.datasets import LIBRARIES, PRODUCTS
from sitegen.findings import Report
from sitegen.site.loading import Site
from sitegen.site.selection import COMMON, libraries_on, product_contexts


def libraries_named(site: Site, question: str) -> frozenset[str] | None:
    """The libraries that a question names; None for a question that names none, and so is about all."""
    dataset = site.facts.datasets.get(LIBRARIES)
    text = f" {' '.join(words(re.sub('[<=>]', ' ', question)))} "
    found = set()
    for record in dataset.records.values() if dataset else ():
        names = {name for name, _ in other_names(record)}
        names |= {each.value.text for each in record.all_alternatives if hasattr(each.value, "text")}
        if any(key(name) and f" {' '.join(words(name))} " in text for name in names):
            found.add(record.id)
    return frozenset(found) or None


def about_site(terms: list[Term], site: Site, pages: Iterable[SearchPage]) -> list[Term]:
    """Terms; in a site without libraries, versions of what its title names are those of the releases.

    A header above names, such as `PostgreSQL version` next to columns of releases, is no other name for them.
    """
    subject = _subject(site)
    other = {term.key for term in terms for page in pages if term.known and not page.is_only_above_names(term.key)}
    own = [term for term in terms if subject and set(words(term.name)) - GENERIC == subject]
    named = [term for term in own if term.key not in other and not (term.known and term.versions is None)]
    others = [term for term in terms if term not in named]
    versions = [Term("", term.versions, library=True) for term in named if term.versions is not None]
    return [*versions, *others] or terms


def _subject(site: Site) -> frozenset[str]:
    """The words of the title that name the subject of a site without libraries."""
    return frozenset() if LIBRARIES in site.facts.datasets else frozenset(words(site.settings.title)) - GENERIC


def search_pages(site: Site, day: date, named: frozenset[str] | None, report: Report) -> Iterator[SearchPage]:
    """For each product and library what its pages show, and what pages without a product or a library show of it."""
    found: dict[tuple[str, str], list[PageFacts]] = {}
    for facts in published_facts(site, day, report, named and named | {COMMON}).values():
        found.setdefault((facts.context.product, facts.context.library), []).append(facts)
    for library in libraries_on(site, day, named) or [COMMON]:
        shared = Context(site.facts, day, "", library)
        for context in product_contexts(shared, lambda _: None) or [shared]:
            pairs = dict.fromkeys(itertools.product((context.product, ""), (library, COMMON)))
            about = [facts for pair in pairs for facts in found.get(pair, ())]
            if about:
                of = about[0].context.switched(context.product, library)
                tables = {id_: table for facts in reversed(about) for id_, table in facts.tables.items()}
                page = about[0].page if len({facts.page for facts in about}) == 1 else ""
                shown = replace(about[0], context=of, tables=tables, page=page)
                yield SearchPage(shown, about[0].name, _subject(site))


def chosen_pages(pages: Sequence[SearchPage], terms: Sequence[Term]) -> tuple[list[SearchPage], list[Term]]:
    """The pages of the products and the libraries that a question names, and the other terms of the question."""
    left = list(terms)
    chosen = list(pages)
    for role in (PRODUCTS, LIBRARIES):
        named = [(term, _named(pages, role, term.key)) for term in left if term.name and term.known]
        named = [(term, found) for term, found in named if found]
        alone = [(term, found) for term, found in named if not any(in_tables(page, term.key) for page in found)]
        for term, _ in alone or named[:1]:
            if term.versions is None and not term.library:
                left.remove(term)
        ids = {id(page) for _, found in alone or named[:1] for page in found}
        chosen = [page for page in chosen if id(page) in ids] if ids else chosen
    if not left:
        raise NoQuestionError("the question names only a product or a library; add a name or a version")
    return chosen, left


def _named(pages: Sequence[SearchPage], role: str, name_key: str) -> list[SearchPage]:
    """The pages whose product or library has a name; its other texts count if no table has such a name."""
    by_name = [page for page in pages if name_key in page.roles[role][0]]
    if by_name or any(in_tables(page, name_key) for page in pages):
        return by_name
    return [page for page in pages if name_key in page.roles[role][1]]


def in_tables(page: SearchPage, name_key: str) -> bool:
    """Whether a row or a column of a page has a name."""
    return bool(page.rows_of(name_key) or page.columns_of(name_key))


def names_on(page: SearchPage) -> Iterator[tuple[str, str]]:
    """The keys of all names that a question about a page may use, each with its text."""
    rows = [(found, name) for row in page.rows for found, name in row.names.items()]
    rows.sort(key=lambda each: each[1].alias)
    named = itertools.chain((found for names in (*page.role_names, page.unavailable) for found in names.items()), rows)
    yield from ((found, name.text) for found, name in named)
    for table in page.tables:
        yield from ((found, column.header.rstrip("?")) for column in table.columns for found in column.keys)


def words_on(page: SearchPage) -> Iterator[str]:
    """The words in names of rows, and in headers above versions of anything but the library."""
    for _, _, name in page.shown_names:
        yield from words(name.text)
    for table in page.tables:
        yield from (word for column in table.columns if column.has_versions for word in words(column.header))
