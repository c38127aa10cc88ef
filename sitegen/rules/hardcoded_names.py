"""Rules about hard-coded names on pages for several products, and about levels and versions in names of records."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as ReadOnly

from sitegen.facts.alternatives import ROLES
from sitegen.facts.datasets import LIBRARIES, LINKS, PRODUCTS, Record
from sitegen.facts.field_types import Type
from sitegen.facts.values import Text
from sitegen.findings import Finding, Place
from sitegen.markdown.raw_page import MASK, RawPage
from sitegen.rules.context import FactText, LintContext, LintUnit, UnitSummary
from sitegen.rules.hardcoded import LEVEL_NAMES, version_numbers
from sitegen.rules.texts import TextProblem

# Names that are also common words.
_COMMON_WORDS = """
agent api app apps browser c cloud client core dart data desktop docs enterprise express go host infrastructure library
logs main metrics mobile next node platform product profiler r rust security server services swift tracer tracing web
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_CONDITION = re.compile(r"<%-?\s*(?P<word>if|for|endif|endfor)\b(?P<test>[^%]*)%>")


def hardcoded_names(context: LintContext, _: UnitSummary) -> Iterator[Finding]:
    """The name of a library or product on a page for several of them, where it is wrong for the others."""
    for file, audience in _audiences(context).items():
        for dataset, ids in audience.items():
            values = (a.value for id_ in ids for a in context.shared[dataset].records[id_].alternatives("name"))
            names = {value.text for value in values if isinstance(value, Text) and value.text}
            special = {name for name in names if name.lower() not in _COMMON} if len(names) > 1 else ()
            if special:
                yield from _names_on(context.pages[file], special, dataset)


def _audiences(context: LintContext) -> dict[str, dict[str, set[str]]]:
    """The ids of the products and libraries for which each page and snippet is published."""
    everyone = {"product": set(context.products), "library": set(context.libraries)}
    found: dict[str, dict[str, set[str]]] = {}
    for page in context.site.pages:
        for file in context.with_included([page.file]):
            for role in page.kind.each:  # a page without a library names libraries
                ids = found.setdefault(file, {}).setdefault(ROLES[role], set())
                ids.update(everyone[role] & page.scope.ids or everyone[role])
    return found


def _names_on(page: RawPage, names: Collection[str], dataset: str) -> Iterator[Finding]:
    """The names in a text, except in sections that compare several names, and in sections about one name each."""
    listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])")
    sections: dict[int, dict[str, Place]] = {}
    for first, text in page.texts:
        for match in pattern.finditer(text):
            place = page.place_of(match, first)
            section = page.sections[place.line - 1] if place.line >= page.first else -1
            sections.setdefault(section, {}).setdefault(match.group(), place)
    titles = {name for name in names for line in page.lines if line.startswith("#") and name in line}
    for found in sections.values():
        for name, place in found.items():
            compares = len(found) > 1 or (len(titles) > 1 and name in titles)
            if not compares and not _is_conditional(page, place, dataset):
                message = f"hard-coded name '{name}' on a page for several {dataset}"
                word = "library" if dataset == LIBRARIES else "product"
                yield Finding("typed-name", message, place, f"write << {word}.name >>")


def _is_conditional(page: RawPage, place: Place, dataset: str) -> bool:
    """Whether a place is in a condition on the product or library of the page."""
    word = "product" if dataset == PRODUCTS else "librar"
    opened: list[str] = []
    *lines, last = page.text.split("\n")[: place.line]
    for tag in _CONDITION.finditer("\n".join((*lines, last[: place.column - 1]))):
        if not tag["word"].startswith("end"):
            opened.append(tag["test"])
        elif opened:
            opened.pop()
    return any(word in test for test in opened)


# --- levels and versions in names ----------------------------------------------------

_LEVELS = {label for label, word in LEVEL_NAMES.items() if word not in ("lts", "planned", "removed")}
_LEVELS |= {"ga", "alpha", "eol", "end of life", "end-of-life", "early access", "tech preview"}
_ANY_LEVEL = "|".join(sorted(map(re.escape, _LEVELS), key=len, reverse=True))
_DEFINED = (*_LEVELS, "generally available")  # "End of Life (EOL)" is the name of the level itself
# In brackets, after a dash or before a colon; elsewhere only words that are not part of a name: "Link preview" is one.
_LEVEL_IN_NAME = re.compile(
    rf"[(\[](?P<a>{_ANY_LEVEL})[)\]]|\s[-–—]\s(?P<b>{_ANY_LEVEL})$|^(?P<c>{_ANY_LEVEL})\s*(?::|[-–—]\s)"
    r"|\s(?P<d>beta|alpha|deprecated|experimental|EOL|GA)$",
    re.IGNORECASE,
)
_DOTTED = r"[0-9]+(?:\.[0-9]+){1,20}(?:rc[0-9]+)?"
_LATER = r"(?:\+| (?:or|and) (?:later|newer|higher|above|up)\b)"
_VERSION_IN_NAME = re.compile(
    rf"[(\[](?:(?:since|from|as of) )?(?:v|>=? ?)?{_DOTTED}{_LATER}?[)\]]|(?:>=|<=|[<>]) ?{_DOTTED}|\b{_DOTTED}{_LATER}"
    rf"|\b(?:since|from) {_DOTTED}"
)
_LAST = re.compile(rf"(?<=\s)v?(?P<number>{_DOTTED})$")


def levels_in_names(unit: LintUnit) -> Iterator[Finding]:
    """A level of support in the name of a record, where it does not change with the level."""
    for name in _names(unit):
        match = _LEVEL_IN_NAME.search(name.text)
        if match and name.text[: match.start()].strip().lower() not in _DEFINED:
            group = match.lastgroup or ""
            message = f"hard-coded level '{match[group]}' in the name"
            hint = "use a field of the type support, stage or lifecycle"
            yield TextProblem(match.start(group), len(match[group]), message, hint).in_fact("typed-level", unit, name)


def versions_in_names(unit: LintUnit) -> Iterator[Finding]:
    """A version in the name of a record: a minimum, or one that a field of the record states as well."""
    for name in _names(unit):
        dataset, id_ = name.subject
        fields = unit.datasets[dataset].fields
        if not any(kind.name in ("support", "version", "versions") for kind in fields.values()):
            continue
        match = _VERSION_IN_NAME.search(name.text)
        last = None if match else _LAST.search(name.text)
        if last and last["number"] in _versions_of(unit.datasets[dataset].records[id_], fields):
            match = last
        if match:
            message = f"hard-coded version '{match.group().strip('()[]')}' in the name"
            hint = "use a field of the type support or version"
            yield TextProblem(match.start(), len(match.group()), message, hint).in_fact("typed-version", unit, name)


def _names(unit: LintUnit) -> Iterator[FactText]:
    titles = unit.context.titles
    for text in unit.fact_texts:
        dataset = text.subject[0]
        if dataset != LINKS and text.field == titles.get(dataset) and MASK not in text.text:
            yield text


def _versions_of(record: Record, fields: ReadOnly[str, Type]) -> set[str]:
    """The numbers in the fields of a record that state its support or versions of releases."""
    named = (n for n in record.facts if n in fields and (fields[n].name == "support" or fields[n].ladder))
    return version_numbers(a for name in named for a in record.alternatives(name))
