"""Rules about hard-coded counts, versions and levels of support in prose, which facts state as well."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Mapping as ReadOnly
from typing import NamedTuple

from sitegen.facts.alternatives import Alternative
from sitegen.facts.datasets import LIBRARIES
from sitegen.facts.schemes import PEP440, Scheme
from sitegen.facts.values import STAGES, Markdown, Support, Text, Value
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.findings import Finding, Place, number_of
from sitegen.languages.catalogue import Language
from sitegen.markdown.raw_page import RawPage
from sitegen.rules.branches import ReleaseBranch, version_sets
from sitegen.rules.context import BranchLevels, LintContext, LintUnit, UnitSummary, cached
from sitegen.rules.texts import NEAR, sentence_at
from sitegen.rules.wording import UNSPACED
from sitegen.rules.words import pattern, value_of
from sitegen.tables.columns import Column
from sitegen.tables.definitions import Definition

_WORD = re.compile(r"[^\W\d_]+")


def _tables_near(context: LintContext, page: RawPage, line: int, depth: int = 0) -> list[Definition]:
    """The tables in the slots of the section of a line; a snippet belongs to the sections that include it."""
    section = page.sections[line - 1]
    ids = []
    for number, kind, id_ in page.slots:
        if page.sections[number - 1] == section:
            partial = context.site.settings.partials.get(id_)
            ids += [id_] if kind == "tables" else [name.text for name in partial.tables] if partial else []
    found = [table for id_ in ids if (table := context.site.tables.get(id_)) is not None]
    for other, number in context.including.get(page.file, ()) if depth < 4 else ():
        found += _tables_near(context, other, number, depth + 1)
    return found


def _header_words(column: Column) -> set[str]:
    headers = (re.sub("<<.*?>>", "", a.value.source).lower() for a in column.header.alternatives)
    return {word for header in headers for word in _WORD.findall(header)}


# --- counts --------------------------------------------------------------------------

_GENERIC = frozenset(
    ("supported", "minimum", "maximum", "name", "names", "table", "tables", "list", "lists", "version")
)


def hardcoded_counts(unit: LintUnit) -> Iterator[Finding]:
    """A hard-coded number of rows of a table in the same section, which does not change with the rows."""
    context = unit.context
    count = pattern(context.language, "count")
    for page in unit.pages:
        for first, text in page.paragraphs:
            for match in count.finditer(text):
                number = match["number"]
                if not _is_count(number, sentence_at(text, match.start()), context.language):
                    continue
                place = page.place_of(match, first, "number")
                nouns = {_singular(word) for word in _WORD.findall(match["words"].lower())}
                near = [t for t in page.tables if page.sections[t.line - 1] == page.sections[first - 1]]
                markdown_table = next((t for t in near if t.header and _share(nouns, _nouns(t.header[0].text))), None)
                table = next((t for t in _tables_near(context, page, first) if _share(nouns, _row_nouns(t))), None)
                if markdown_table is not None and value_of(number, context.language) != len(markdown_table.rows):
                    rows = number_of(len(markdown_table.rows), "row")
                    message = f"hard-coded count '{number}', but the table in line {markdown_table.line} has {rows}"
                    hint = "correct the number, or generate the table from facts"
                    yield Finding("typed-count", message, place, hint)
                elif table is not None and markdown_table is None:
                    message = f"hard-coded count '{number}' does not change with the rows of the table '{table.id}'"
                    yield Finding("typed-count", message, place, _count_hint(table, context))


def _is_count(number: str, sentence: str, language: Language) -> bool:
    """Whether a sentence states how many things there are, and not how many a reader has."""
    is_vague = value_of(number, language) == 1 or pattern(language, "both").fullmatch(number)
    if is_vague and not sentence.rstrip().endswith((":", "：")):
        return False
    return bool(pattern(language, "listing").search(sentence)) and not pattern(language, "condition").match(sentence)


def _share(nouns: set[str], others: set[str]) -> bool:
    """Whether two sets have a noun in common. In a language without spaces, a text may begin with a noun."""
    unspaced = [noun for noun in nouns if not noun.isascii() and UNSPACED.match(noun)]
    return bool(nouns & others) or any(noun.startswith(other) for noun in unspaced for other in others)


def _count_hint(table: Definition, context: LintContext) -> str:
    fields = context.shared[table.datasets[0]].fields
    field = next((name for name, kind in fields.items() if kind.name in ("lifecycle", "stage")), None)
    if field is None:
        return "write the sentence without a number"
    return f'write << tables.{table.id}.supported("{field}") | count(...) >>'


def _singular(word: str) -> str:
    """A word without its plural ending."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _nouns(*texts: str) -> set[str]:
    words = [word for text in texts for word in _WORD.findall(text.lower())]
    return {_singular(word) for word in words if len(word) > (1 if UNSPACED.match(word) else 3)} - _GENERIC


def _row_nouns(table: Definition) -> set[str]:
    """The nouns that a sentence may use for the rows of a table."""
    headers = _header_words(table.columns[0]) if table.columns else ()
    return _nouns(table.id, *table.datasets, *headers)


# --- versions ------------------------------------------------------------------------

_PLAIN = r"[0-9]+(?:\.[0-9]+)+(?:(?:rc|a|b)[0-9]+)?"
_STATED_VERSION = (
    r"(?<![\w.<>=/~^!+-])(?:[><=~^]=?[ ]?)?v?(?![0-9]+-bit\b)(?P<number>{number})(?![\w/%]|\.[0-9]|-[0-9])"
)
_BEFORE = re.compile(
    r"\b(?:versions?|releases?|from|since|needs?|require[sd]?|is|are|least|tracer|library|minimum|or|than|in|to)[\s:]*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\+|\s+(?:or|and)\s+(?:later|newer|higher|above|up|upper)\b", re.IGNORECASE)
_UNIT = re.compile(r"\s*(?:%|(?:times|percent|[kMGT]i?B|ms|s|seconds?|minutes?|hours?|days?|million|billion)\b)")
_NUMBER = r"[0-9]+(?:\.[0-9]+)*(?:(?:rc|a|b)[0-9]+)?"
_PLAIN_HEADER = frozenset(("minimum", "version", "versions", "supported", "support", "since", "first", "required"))


class _StatedVersion(NamedTuple):
    """A version in a sentence of a page; `first` is the first line of the paragraph."""

    number: str
    sentence: str
    page: RawPage
    first: int
    place: Place


@cached
def _stated_versions(context: LintContext) -> list[_StatedVersion]:
    """The versions that sentences of pages state as what something requires or has."""
    found = []
    pattern = _stated_pattern(context.site.facts.schemes)
    for page in context.pages.values():
        for first, text in page.paragraphs:
            for match in pattern.finditer(text):
                start, end = match.span()
                before, after = text[max(0, start - NEAR) : start], text[end : end + NEAR]
                if not _UNIT.match(after) and (_BEFORE.search(before) or _AFTER.match(after)):
                    place = page.place_of(match, first, "number")
                    found.append(_StatedVersion(match["number"], sentence_at(text, start), page, first, place))
    return found


def _stated_pattern(schemes: Iterable[Scheme]) -> re.Pattern[str]:
    """A pattern for versions in sentences: those of other schemes, then plain numbers. Names may be ordinary words."""
    others = [scheme.number for scheme in schemes if scheme != PEP440 and not scheme.names]
    number = "|".join([*(rf"(?![0-9]+(?![\w.-]*\w)){other}(?![\w.-]*\w)" for other in others), _PLAIN])
    return re.compile(_STATED_VERSION.format(number=number), re.IGNORECASE)


def hardcoded_versions(context: LintContext, summary: UnitSummary) -> Iterator[Finding]:
    """A version in prose that differs from the facts that its sentence is about."""
    names: dict[str, set[str]] = {}
    for name, version in summary.versions:
        names.setdefault(name, set()).add(version)
    for stated in _stated_versions(context):
        source, numbers = _from_records(names, stated.sentence) or _from_tables(stated, context)
        if source and stated.number not in numbers:
            listed = " or ".join(sorted(numbers)[:3]) + (" ..." if len(numbers) > 3 else "")
            message = f"hard-coded version '{stated.number}', but {source} {listed}"
            yield Finding("typed-version", message, stated.place, "print the fact: << ... >>")


def _from_records(names: ReadOnly[str, set[str]], sentence: str) -> tuple[str, set[str]] | None:
    """The versions of the records that a sentence names, and where they come from."""
    near = sorted((name for name in names if name in sentence), key=len, reverse=True)
    found = re.findall(rf"(?<!\w)(?:{'|'.join(map(re.escape, near))})(?!\w)", sentence) if near else []
    if not found:
        return None
    return f"the facts of '{found[0]}' state", set().union(*(names[name] for name in found))


def _from_tables(stated: _StatedVersion, context: LintContext) -> tuple[str, set[str]]:
    """The versions in a column of a table near a sentence, if the sentence is about these."""
    words = set(_WORD.findall(stated.sentence.lower()))
    for table in _tables_near(context, stated.page, stated.first) if {"version", "versions"} & words else ():
        for column in table.leaves:
            field = column.fields[0]
            dataset = context.shared[field.dataset]
            kind = dataset.fields.get(field.path[0])
            special = _header_words(column) - _PLAIN_HEADER
            is_version = kind is not None and kind.name in ("support", "version") and len(field.path) == 1
            if not is_version or not special or not special <= words:
                continue
            records = dataset.records.values()
            numbers = version_numbers(a for record in records for a in record.alternatives(field.path[0]))
            if numbers:
                return f"the table '{table.id}' states", numbers
    return "", set()


def stated_versions_of(unit: LintUnit) -> frozenset[tuple[str, str]]:
    """The names of records with their versions, for names in sentences that state a version."""
    found = set()
    sentences = "\n\n".join(dict.fromkeys(stated.sentence for stated in _stated_versions(unit.context)))
    for record in unit.records if sentences else ():
        for alternative in record.alternatives(unit.context.titles.get(record.dataset, "")):
            name = alternative.value
            if isinstance(name, Text) and len(name.text) > 3 and name.text in sentences:
                found |= {(name.text, number) for number in version_numbers(record.all_alternatives)}
    return frozenset(found)


def version_numbers(alternatives: Iterable[Alternative[Value]]) -> set[str]:
    """The numbers of the versions in some values."""
    sets = (versions for alternative in alternatives for versions in version_sets(alternative.value))
    numbers = ((_NUMBER if each.scheme == PEP440 else each.scheme.number, each.text) for each in sets)
    return {number for pattern, text in numbers for number in re.findall(pattern, text, re.IGNORECASE)}


# --- levels of support ---------------------------------------------------------------

LEVEL_NAMES = {label.lower(): word for word, (label, _) in STAGES.items()} | {"end-of-life": "eol"}
_LABEL = re.compile(rf"\b(?:{'|'.join(sorted(LEVEL_NAMES, key=len, reverse=True))})\b", re.IGNORECASE)
_DISTINCT = ("ga", "lts", "maintenance", "eol")  # the others are common words: "version 3 removed it"
_STATED = re.compile(r"(?:\b(?:is|are|in|now)|[|:(])\s*(?:a\s+)?$", re.IGNORECASE)
_SET = r"(?P<set>[><]=?\s?[0-9][\w.]*(?:\s?,\s?<=?\s?[0-9][\w.]*)?)"


class _StatedLevel(NamedTuple):
    """A level in a sentence of a page: its text, its place, and the versions that it may refer to, in their order."""

    label: str
    place: Place
    versions: tuple[str, ...]


@cached
def _stated_levels(context: LintContext) -> list[_StatedLevel]:
    """The levels that paragraphs and rows of Markdown tables state about versions, the first one of each."""
    packages = _package_names(context)
    found = []
    for page in context.pages.values():
        for block in page.blocks:
            text = page.text_of(block, page.with_code)
            label = _label_in(text)
            if label is not None:
                sentence = sentence_at(text, label.start())
                matches = _version_pattern(packages, text).finditer(text)
                versions = [_versions_in(match) for match in matches if sentence_at(text, match.start()) == sentence]
                place = page.place_of(label, block.line)
                found.append(_StatedLevel(label.group(), place, tuple(filter(None, versions))))
    return found


def _label_in(text: str) -> re.Match[str] | None:
    for found in _LABEL.finditer(text):
        is_distinct = LEVEL_NAMES[found.group().lower()] in _DISTINCT
        if is_distinct or _STATED.search(text, max(0, found.start() - NEAR), found.start()):
            return found
    return None


def _version_pattern(packages: Collection[str], text: str) -> re.Pattern[str]:
    """A pattern for versions, also after the names of packages in the text."""
    lowered = text.lower()
    named = [re.escape(name) for name in sorted(packages) if name.lower() in lowered]
    nouns = "|".join(("versions?", "releases?", "branch", *named))
    return re.compile(
        rf"{_SET}|\b(?:{nouns})\s+v?(?:(?P<minor>[0-9]+\.[0-9]+)|(?P<major>[0-9]+))(?:\.x)?(?!\w|\.\w)", re.IGNORECASE
    )


def _versions_in(match: re.Match[str]) -> str:
    """The versions that a match names; empty if they are not versions."""
    text = re.sub(r"\s", "", match["set"] or "") or match["major"] or f"{match['minor']}.x"  # ".x": the whole branch
    try:
        parse_versions(text)
    except VersionError:
        return ""
    return text


def _package_names(context: LintContext) -> set[str]:
    """The names under which libraries are installed: their texts other than `name`."""
    if LIBRARIES not in context.shared:
        return set()
    dataset = context.shared[LIBRARIES]
    fields = [name for name, kind in dataset.fields.items() if kind.name == "text" and name != "name"]
    records = dataset.records.values()
    values = (a.value for record in records for name in fields for a in record.alternatives(name))
    return {value.text for value in values if isinstance(value, Text)}


def hardcoded_levels(context: LintContext, summary: UnitSummary) -> Iterator[Finding]:
    """A hard-coded level of support of a branch, which does not change over time."""
    branches = {branch.versions: branch for branch in reversed(summary.branches)}  # the first one counts
    for stated in _stated_levels(context):
        found = [branches[versions] for versions in stated.versions if versions in branches]
        if found:
            message = _level_message(stated.label, found[0])
            yield Finding("typed-level", message, stated.place, "show the level in a table")


def stated_branches_of(unit: LintUnit) -> tuple[BranchLevels, ...]:
    """The first branch that contains the versions for which a page states a level, for each of these."""
    stated = {versions: None for level in _stated_levels(unit.context) for versions in level.versions}
    branches = _branches_with_levels(unit) if stated else []
    found = []
    for text in stated if branches else ():
        wanted = parse_versions(text)
        branch = next((branch for branch in branches if _is_branch_of(branch.versions, wanted)), None)
        if branch is not None:
            found.append(_levels_of(branch, text))
    return tuple(found)


def _branches_with_levels(unit: LintUnit) -> list[ReleaseBranch]:
    return [branch for branches in unit.releases for branch in branches if branch.levels]


def _levels_of(branch: ReleaseBranch, versions: str = "") -> BranchLevels:
    return BranchLevels(versions, branch.record.id, tuple(level.stage for level in branch.lifecycle.levels))


def _is_branch_of(branch: VersionSet, wanted: VersionSet) -> bool:
    return branch.covers(wanted) and (wanted.covers(branch) or wanted.bare)


def _level_message(label: str, branch: BranchLevels) -> str:
    if LEVEL_NAMES[label.lower()] not in branch.stages:
        stages = ", then ".join(STAGES[stage][0] for stage in branch.stages)
        return f"hard-coded level '{label}', but the lifecycle of '{branch.id}' is {stages}"
    return f"hard-coded level '{label}' does not change with the lifecycle of '{branch.id}'"


def levels_in_fields(unit: LintUnit) -> Iterator[Finding]:
    """A value of a release that states a level, which its lifecycle states as well."""
    for branch in _branches_with_levels(unit):
        stages = [level.stage for level in branch.lifecycle.levels]
        for place, value in branch.record.all_items:
            if isinstance(value, Support):
                label = STAGES[value.state][0] if value.state in STAGES and [value.state] != stages else ""
            else:
                match = _LABEL.match(value.text) if isinstance(value, (Text, Markdown)) else None
                label = match.group() if match else ""
            if label:
                message, hint = _level_message(label, _levels_of(branch)), "the lifecycle states the level of each day"
                yield Finding("typed-level", message, place, hint, subject=branch.record.subject)
