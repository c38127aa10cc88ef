"""Rules about names: those typed on a page that serves several, and names that state a level or a version."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sitegen.facts import LIBRARIES, LINKS, PRODUCTS, Record
from sitegen.findings import Finding, Place
from sitegen.rules.collecting import numbers_of
from sitegen.rules.markdown_source import MASK, MarkdownSource
from sitegen.rules.material import Common, Overview, Part
from sitegen.rules.sentences import LABELS
from sitegen.rules.statements import Statement, place_in, statements
from sitegen.values import Text

# --- names on pages ------------------------------------------------------------------

# Names that are words of all days, too.
_COMMON_WORDS = """
agent api app apps browser c cloud client core dart data desktop docs enterprise express go host infrastructure library
logs main metrics mobile next node platform product profiler r rust security server services swift tracer tracing web
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_BRANCHES = re.compile(r"<%-?\s*(?P<word>if|for|endif|endfor)\b(?P<test>[^%]*)%>")


def typed_names(overview: Overview) -> Iterator[Finding]:
    """The name of a library or product on a page that serves several: it is wrong for the others."""
    common = overview.common
    for source, served in _served(common):
        for dataset, ids in served.items():
            names = _names(common, dataset, ids)
            if names:
                yield from _typed(source, names, dataset)


def _typed(source: MarkdownSource, names: set[str], dataset: str) -> Iterator[Finding]:
    """The names in a text. A section that names several compares them, and so do sections that are each about one."""
    listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])")
    sections: dict[int, dict[str, Place]] = {}
    for first, text in source.texts:
        for match in pattern.finditer(text):
            place = source.at(first, text, match.start(), len(match.group()))
            section = source.sections[place.line - 1] if place.line >= source.first else -1
            sections.setdefault(section, {}).setdefault(match.group(), place)
    heads = {name for name in names for line in source.lines if line.startswith("#") and name in line}
    for found in sections.values():
        for name, place in found.items():
            compares = len(found) > 1 or (len(heads) > 1 and name in heads)
            if not compares and not _is_guarded(source, place, dataset):
                word = "library" if dataset == LIBRARIES else "product"
                message = f"'{name}' is typed on a page for several {dataset}"
                yield Finding("typed-name", message, place, f"write << {word}.name >>")


def _served(common: Common) -> Iterator[tuple[MarkdownSource, dict[str, set[str]]]]:
    """Each page and snippet with the products and libraries that it serves."""
    everything = {PRODUCTS: set(common.products), LIBRARIES: set(common.libraries)}
    sources = {source.file: source for source in common.pages}
    served: dict[str, dict[str, set[str]]] = {}
    for page in common.site.pages:
        scope = {kind: ids & page.scope or ids for kind, ids in everything.items()}
        waiting, seen = [page.file], set()
        while waiting:
            file = waiting.pop()
            if file in sources and file not in seen:
                seen.add(file)
                waiting += [name for _, name in sources[file].includes]
                for kind, ids in scope.items():
                    served.setdefault(file, {PRODUCTS: set(), LIBRARIES: set()})[kind] |= ids
    return ((sources[file], kinds) for file, kinds in served.items())


def _names(common: Common, dataset: str, ids: set[str]) -> set[str]:
    """The names of some records, without those that are words of all days."""
    found = set()
    for id_ in ids:
        varying = common.shared[dataset].records[id_].facts.get("name")
        for alternative in varying.alternatives if varying else ():
            if isinstance(alternative.value, Text) and alternative.value.text:
                found.add(alternative.value.text)
    return {name for name in found if name.lower() not in _COMMON} if len(found) > 1 else set()


def _is_guarded(source: MarkdownSource, place: Place, dataset: str) -> bool:
    """Whether a place is in a condition on the product or library of the page."""
    word = "product" if dataset == PRODUCTS else "librar"
    opened: list[str] = []
    *lines, last = source.text.split("\n")[: place.line]
    text = "\n".join((*lines, last[: place.column - 1]))
    for branch in _BRANCHES.finditer(text):
        if not branch["word"].startswith("end"):
            opened.append(branch["test"])
        elif opened:
            opened.pop()
    return any(word in test for test in opened)


# --- levels and versions in names ------------------------------------------------------

_WORDS = {label: word for label, word in LABELS.items() if word not in ("lts", "planned", "removed")}
_WORDS |= {word: word for word in ("ga", "alpha", "eol", "end of life", "end-of-life", "early access", "tech preview")}
_LABEL = "|".join(sorted(map(re.escape, _WORDS), key=len, reverse=True))
_DEFINED = (*_WORDS, "generally available")  # "End of Life (EOL)" is the name of the level itself
# In brackets, behind a dash or before a colon; without these only words that are no part of a name: "Link preview" is.
_LEVEL = re.compile(
    rf"[(\[](?P<a>{_LABEL})[)\]]|\s[-–—]\s(?P<b>{_LABEL})$|^(?P<c>{_LABEL})\s*(?::|[-–—]\s)"
    r"|\s(?P<d>beta|alpha|deprecated|experimental|EOL|GA)$",
    re.IGNORECASE,
)
_NUMBER = r"[0-9]+(?:\.[0-9]+){1,20}(?:rc[0-9]+)?"
_LATER = r"(?:\+| (?:or|and) (?:later|newer|higher|above|up)\b)"
_VERSION = re.compile(
    rf"[(\[](?:(?:since|from|as of) )?(?:v|>=? ?)?{_NUMBER}{_LATER}?[)\]]|(?:>=|<=|[<>]) ?{_NUMBER}|\b{_NUMBER}{_LATER}"
    rf"|\b(?:since|from) {_NUMBER}"
)
_LAST = re.compile(rf"(?<=\s)v?(?P<number>{_NUMBER})$")


def levels_in_names(part: Part) -> Iterator[Finding]:
    """A level of support in the name of a record: it stays there when the level changes."""
    for statement in _titles(part):
        match = _LEVEL.search(statement.text)
        rest = statement.text[: match.start()].strip().lower() if match else ""
        if match and rest not in _DEFINED:
            group = next(name for name, found in match.groupdict().items() if found)
            place = place_in(part, statement, match.start(group), len(match[group]))
            message = f"the level '{match[group]}' is typed in the name"
            hint = "state it in a field of the type support, stage or lifecycle"
            yield Finding("typed-level", message, place, hint, subject=statement.subject)


def versions_in_names(part: Part) -> Iterator[Finding]:
    """A version in the name of a record: one that the record is required from, or that a field of it states, too."""
    versioned = {
        name
        for name, dataset in part.datasets.items()
        if any(kind.name in ("support", "version", "versions") for kind in dataset.fields.values())
    }
    for statement in _titles(part):
        dataset, id_ = statement.subject
        if dataset not in versioned:
            continue
        match = _VERSION.search(statement.text)
        last = None if match else _LAST.search(statement.text)
        if last and last["number"] in _numbers(part.datasets[dataset].records[id_], part):
            match = last
        if match:
            place = place_in(part, statement, match.start(), len(match.group()))
            message = f"the version '{match.group().strip('()[]')}' is typed in the name"
            hint = "state it in a field of the type support or version"
            yield Finding("typed-version", message, place, hint, subject=statement.subject)


def _titles(part: Part) -> Iterator[Statement]:
    """The names of records."""
    titles = part.common.titles
    for statement in part.once(statements):
        dataset = statement.subject[0]
        if dataset != LINKS and statement.field == titles.get(dataset) and MASK not in statement.text:
            yield statement


def _numbers(record: Record, part: Part) -> set[str]:
    """The versions from which on something has a record, as its fields state."""
    fields = part.datasets[record.dataset].fields
    return {
        number
        for name, varying in record.facts.items()
        if name in fields and (fields[name].name == "support" or fields[name].ladder)
        for alternative in varying.alternatives
        for number in numbers_of(alternative.value)
    }
