"""Rules about what is typed in prose or names though facts state it: counts, versions, levels, names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from collections.abc import Mapping as ReadOnly
from typing import TYPE_CHECKING, NamedTuple

from sitegen.facts.datasets import LIBRARIES, LINKS, PRODUCTS, Record, items_of
from sitegen.facts.field_types import Type
from sitegen.facts.values import STAGES, Markdown, Support, Text, Value, Versions
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import VersionSet, parse_versions
from sitegen.findings import Finding, Place, number_of
from sitegen.rules.markdown_source import MASK, NEAR, MarkdownSource, sentence_at
from sitegen.rules.parts import Branch, Common, Linked, Part, Release, Statement

if TYPE_CHECKING:
    from sitegen.tables.definitions import Column, Definition

_WORD = re.compile(r"[A-Za-z]+")


def _tables_near(common: Common, source: MarkdownSource, line: int, depth: int = 0) -> list[Definition]:
    """The tables in the slots of the section of a line; a snippet is in the sections that include it."""
    section = source.sections[line - 1]
    ids = []
    for number, kind, id_ in source.slots:
        if source.sections[number - 1] == section:
            partial = common.site.settings.partials.get(id_)
            ids += [id_] if kind == "tables" else [name.text for name in partial.tables] if partial else []
    found = [table for id_ in ids if (table := common.site.tables.get(id_)) is not None]
    for page, number in common.including.get(source.file, ()) if depth < 4 else ():
        found += _tables_near(common, page, number, depth + 1)
    return found


def _header_words(column: Column) -> set[str]:
    """The words in the header of a column."""
    headers = (re.sub("<<.*?>>", "", a.value.source).lower() for a in column.header.alternatives)
    return {word for header in headers for word in _WORD.findall(header)}


# --- counts --------------------------------------------------------------------------

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNT = re.compile(
    rf"(?<![\w.,:>=<-])(?P<number>both|{'|'.join(_NUMBERS)}|[1-9][0-9]?)[ \n]+(?!of\b)"
    r"(?P<words>(?:[A-Za-z-]+[ \n]+){0,3}[A-Za-z-]+)",
    re.IGNORECASE,
)
_GENERIC = frozenset(
    ("supported", "minimum", "maximum", "name", "names", "table", "tables", "list", "lists", "version")
)
_LISTING = re.compile(
    r":\s*$|\b(?:is|are|has|have|supports?|covers?|works? with|following|these|below|above|listed)\b", re.IGNORECASE
)
_CONDITION = re.compile(r"\s*(?:if|when|where|with|at least|for each)\b", re.IGNORECASE)


def typed_counts(part: Part) -> Iterator[Finding]:
    """A number word that counts the rows of a table in its section does not change when the rows do."""
    common = part.common
    for source in part.pages:
        for first, text in source.paragraphs():
            for match in _COUNT.finditer(text):
                written = match["number"]
                if not _counts(written, sentence_at(text, match.start())):
                    continue
                place = source.place_of(match, first, "number")
                nouns = {_singular(word) for word in _WORD.findall(match["words"].lower())}
                near = [t for t in source.tables if source.sections[t.line - 1] == source.sections[first - 1]]
                typed = next((t for t in near if t.header and nouns & _nouns(t.header[0].text)), None)
                table = next((t for t in _tables_near(common, source, first) if nouns & _row_nouns(t)), None)
                if typed is not None and _number(written) != len(typed.rows):
                    rows = number_of(len(typed.rows), "row")
                    message = f"'{written}' is said, and the table in line {typed.line} has {rows}"
                    yield Finding("typed-count", message, place, "say how many there are, or let facts make the table")
                elif table is not None and typed is None:
                    message = f"'{written}' is typed, and does not follow the rows of the table '{table.id}'"
                    yield Finding("typed-count", message, place, _count_hint(table, common))


def _counts(number: str, sentence: str) -> bool:
    """Whether a sentence states how many there are, rather than how many a reader has."""
    if number.lower() in ("one", "1", "both") and not sentence.rstrip().endswith(":"):
        return False
    return _LISTING.search(sentence) is not None and _CONDITION.match(sentence) is None


def _number(text: str) -> int:
    word = text.lower().replace("both", "two")
    return int(word) if word.isdecimal() else _NUMBERS.index(word) + 1


def _count_hint(table: Definition, common: Common) -> str:
    fields = common.shared[table.datasets[0]].fields
    asked = next((name for name, kind in fields.items() if kind.name in ("lifecycle", "stage")), None)
    if asked is None:
        return "say it without a number"
    return f'write << tables.{table.id}.supported("{asked}") | count(...) >>'


def _singular(word: str) -> str:
    """A word without the end of its plural."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _nouns(*texts: str) -> set[str]:
    words = {_singular(word) for text in texts for word in _WORD.findall(text.lower()) if len(word) > 3}
    return words - _GENERIC


def _row_nouns(table: Definition) -> set[str]:
    """What the rows of a table may be called in a sentence."""
    headers = _header_words(table.columns[0]) if table.columns else ()
    return _nouns(table.id, *table.datasets, *headers)


# --- versions in sentences -----------------------------------------------------------

_VERSION = re.compile(
    r"(?<![\w.<>=/~^!+-])(?:[><=~^]=?[ ]?)?v?(?P<number>[0-9]+(?:\.[0-9]+)+(?:(?:rc|a|b)[0-9]+)?)"
    r"(?![\w/%]|\.[0-9]|-[0-9])"
)
_LEADS = re.compile(
    r"(?:versions?|releases?|from|since|needs?|requires?|required|is|are|least|tracer|library|minimum|or|than|in|to)[\s:]*$",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(r"\+|\s+(?:or|and)\s+(?:later|newer|higher|above|up|upper)\b", re.IGNORECASE)
_UNIT = re.compile(r"\s*(?:%|(?:times|percent|[kMGT]i?B|ms|s|seconds?|minutes?|hours?|days?|million|billion)\b)")
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:(?:rc|a|b)[0-9]+)?")
_PLAIN_HEADER = frozenset(("minimum", "version", "versions", "supported", "support", "since", "first", "required"))


class _StatedVersion(NamedTuple):
    """A version that a page states: the number, its sentence, the page, the first line of the paragraph, its place."""

    number: str
    sentence: str
    source: MarkdownSource
    first: int
    place: Place


def _stated_versions(common: Common) -> list[_StatedVersion]:
    """The versions that sentences of pages state as what something needs or has."""
    found = []
    for source in common.pages.values():
        for first, text in source.paragraphs():
            for match in _VERSION.finditer(text):
                start, end = match.span()
                before, after = text[max(0, start - NEAR) : start], text[end : end + NEAR]
                if not _UNIT.match(after) and (_LEADS.search(before) or _FOLLOWS.match(after)):
                    place = source.place_of(match, first, "number")
                    found.append(_StatedVersion(match["number"], sentence_at(text, start), source, first, place))
    return found


def typed_versions(linked: Linked) -> Iterator[Finding]:
    """A version in prose that differs from the facts which the sentence is about."""
    names: dict[str, set[str]] = {}
    for name, version in linked.summary.versions:
        names.setdefault(name, set()).add(version)
    for stated in linked.common.once(_stated_versions):
        about, known = _of_facts(names, stated.sentence) or _of_tables(stated, linked.common)
        if about and stated.number not in known:
            listed = " or ".join(sorted(known)[:3]) + (" ..." if len(known) > 3 else "")
            message = f"'{stated.number}' is typed, and {about} {listed}"
            yield Finding("typed-version", message, stated.place, "print the fact: << ... >>")


def _of_facts(names: ReadOnly[str, set[str]], sentence: str) -> tuple[str, set[str]] | None:
    """What the facts state about the records that a sentence names."""
    near = sorted((name for name in names if name in sentence), key=len, reverse=True)
    found = re.findall(rf"(?<!\w)(?:{'|'.join(map(re.escape, near))})(?!\w)", sentence) if near else []
    if not found:
        return None
    return f"the facts of '{found[0]}' say", set().union(*(names[name] for name in found))


def _of_tables(stated: _StatedVersion, common: Common) -> tuple[str, set[str]]:
    """What the tables near a sentence state, if the sentence is about the versions in one of their columns."""
    words = set(_WORD.findall(stated.sentence.lower()))
    for table in _tables_near(common, stated.source, stated.first) if {"version", "versions"} & words else ():
        for column in table.columns:
            field = column.fields[0]
            dataset = common.shared[field.dataset]
            kind = dataset.fields.get(field.path[0])
            special = _header_words(column) - _PLAIN_HEADER
            if kind is None or kind.name not in ("support", "version") or len(field.path) > 1:
                continue
            values = (a.value for record in dataset.records.values() for a in record.alternatives(field.path[0]))
            known = {number for value in values for number in _numbers(value)} if special and special <= words else ()
            if known:
                return f"the table '{table.id}' says", set(known)
    return "", set()


def versions_of(part: Part) -> frozenset[tuple[str, str]]:
    """The names of records with their versions, where a sentence that states a version contains the name."""
    found = set()
    sentences = "\n\n".join(dict.fromkeys(stated.sentence for stated in part.common.once(_stated_versions)))
    for record in part.records if sentences else ():
        for alternative in record.alternatives(part.common.titles.get(record.dataset, "")):
            name = alternative.value
            if isinstance(name, Text) and len(name.text) > 3 and name.text in sentences:
                values = (a.value for varying in record.facts.values() for a in varying.alternatives)
                found |= {(name.text, number) for value in values for number in _numbers(value)}
    return frozenset(found)


def _numbers(value: Value) -> Iterator[str]:
    """The numbers of the versions in a value."""
    for item in items_of(value):
        versions = item.versions if isinstance(item, Support) else item.set if isinstance(item, Versions) else None
        if versions is not None:
            yield from _NUMBER.findall(versions.text)


# --- levels in sentences -------------------------------------------------------------

_LABELS = {label.lower(): word for word, (label, _) in STAGES.items()} | {"end-of-life": "eol"}
_LABEL = re.compile(rf"\b(?:{'|'.join(sorted(_LABELS, key=len, reverse=True))})\b", re.IGNORECASE)
_LEVEL = ("ga", "lts", "maintenance", "eol")  # the others are common words: "version 3 removed it"
_STATED_OF = re.compile(r"(?:\b(?:is|are|in|now)|[|:(])\s*(?:a\s+)?$", re.IGNORECASE)
_SET = r"(?P<set>[><]=?\s?[0-9][\w.]*(?:\s?,\s?<=?\s?[0-9][\w.]*)?)"


class _StatedLevel(NamedTuple):
    """A level that a page states: its words, their place, and the versions that it may be about, in their order."""

    label: str
    place: Place
    versions: tuple[str, ...]


def _stated_levels(common: Common) -> list[_StatedLevel]:
    """The levels that paragraphs and rows of typed tables state about versions, one of each."""
    packages = _packages(common)
    found = []
    for source in common.pages.values():
        code = source.with_code
        texts = [(at, "\n".join(code[at - 1 : at + text.count("\n")])) for at, text in source.paragraphs()]
        for first, text in [*texts, *((number, code[number - 1]) for number in sorted(source.table_lines))]:
            label = _label(text)
            if label is not None:
                sentence = sentence_at(text, label.start())
                matches = _pattern(packages, text).finditer(text)
                versions = [_versions(match) for match in matches if sentence_at(text, match.start()) == sentence]
                found.append(_StatedLevel(label.group(), source.place_of(label, first), tuple(filter(None, versions))))
    return found


def _label(text: str) -> re.Match[str] | None:
    for found in _LABEL.finditer(text):
        level = _LABELS[found.group().lower()] in _LEVEL
        if level or _STATED_OF.search(text, max(0, found.start() - NEAR), found.start()):
            return found
    return None


def _pattern(packages: Collection[str], text: str) -> re.Pattern[str]:
    """What names versions in a text. Of all packages, only those in the text are searched."""
    lowered = text.lower()
    named = [re.escape(name) for name in sorted(packages) if name.lower() in lowered]
    things = "|".join(("versions?", "releases?", "branch", *named))
    return re.compile(
        rf"{_SET}|\b(?:{things})\s+v?(?:(?P<minor>[0-9]+\.[0-9]+)|(?P<major>[0-9]+))(?:\.x)?(?!\w|\.\w)", re.IGNORECASE
    )


def _versions(match: re.Match[str]) -> str:
    """The versions that are named; empty where these are none."""
    text = re.sub(r"\s", "", match["set"] or "") or match["major"] or f"{match['minor']}.x"  # ".x": the whole branch
    try:
        parse_versions(text)
    except VersionError:
        return ""
    return text


def _packages(common: Common) -> set[str]:
    """The names under which the libraries are installed: their texts other than their names."""
    if LIBRARIES not in common.shared:
        return set()
    dataset = common.shared[LIBRARIES]
    fields = [name for name, kind in dataset.fields.items() if kind.name == "text" and name != "name"]
    records = dataset.records.values()
    values = (a.value for record in records for name in fields for a in record.alternatives(name))
    return {value.text for value in values if isinstance(value, Text)}


def typed_levels(linked: Linked) -> Iterator[Finding]:
    """A level of support that a page states about a branch does not change over time."""
    releases = {release.versions: release for release in reversed(linked.summary.releases)}  # the first one counts
    for stated in linked.common.once(_stated_levels):
        found = [releases[versions] for versions in stated.versions if versions in releases]
        if found:
            message = _contradiction(stated.label, found[0])
            yield Finding("typed-level", message, stated.place, "let a table show the level")


def releases_of(part: Part) -> tuple[Release, ...]:
    """The first branch that contains the versions for which a page states a level, for each of these."""
    stated = {versions: None for level in part.common.once(_stated_levels) for versions in level.versions}
    branches = [branch for ladder in part.ladders for branch in ladder.branches if branch.levels] if stated else []
    found = []
    for text in stated if branches else ():
        wanted = parse_versions(text)
        branch = next((branch for branch in branches if _is_of(wanted, branch.versions)), None)
        if branch is not None:
            found.append(_release(branch, text))
    return tuple(found)


def _release(branch: Branch, versions: str = "") -> Release:
    return Release(versions, branch.record.id, tuple(level.stage for level in branch.levels))


def _is_of(wanted: VersionSet, branch: VersionSet) -> bool:
    return branch.covers(wanted) and (wanted.covers(branch) or wanted.bare)


def _contradiction(label: str, release: Release) -> str:
    if _LABELS[label.lower()] not in release.stages:
        stages = [STAGES[stage][0] for stage in release.stages]
        return f"'{label}' is typed, and '{release.id}' is {' and then '.join(stages)}"
    return f"'{label}' is typed, and the level of '{release.id}' follows from its days"


def levels_in_texts(part: Part) -> Iterator[Finding]:
    """Values of a release that state a level though its lifecycle does."""
    for branch in (branch for ladder in part.ladders for branch in ladder.branches if branch.levels):
        stages = [level.stage for level in branch.levels]
        for alternative in (a for varying in branch.record.facts.values() for a in varying.alternatives):
            value = alternative.value
            if isinstance(value, Support):
                label = STAGES[value.state][0] if value.state in STAGES and [value.state] != stages else ""
            else:
                match = _LABEL.match(value.text) if isinstance(value, (Text, Markdown)) else None
                label = match.group() if match else ""
            if label:
                message, hint = _contradiction(label, _release(branch)), "the lifecycle tells the level of every day"
                yield Finding("typed-level", message, alternative.place, hint, subject=branch.record.subject)


# --- names ---------------------------------------------------------------------------

# Names that are common words, too.
_COMMON_WORDS = """
agent api app apps browser c cloud client core dart data desktop docs enterprise express go host infrastructure library
logs main metrics mobile next node platform product profiler r rust security server services swift tracer tracing web
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_BRANCHES = re.compile(r"<%-?\s*(?P<word>if|for|endif|endfor)\b(?P<test>[^%]*)%>")


def typed_names(linked: Linked) -> Iterator[Finding]:
    """The name of a library or product on a page that is published for several: it is wrong for the others."""
    common = linked.common
    for file, served in _served(common).items():
        for dataset, ids in served.items():
            values = (a.value for id_ in ids for a in common.shared[dataset].records[id_].alternatives("name"))
            names = {value.text for value in values if isinstance(value, Text) and value.text}
            special = {name for name in names if name.lower() not in _COMMON} if len(names) > 1 else ()
            if special:
                yield from _typed(common.pages[file], special, dataset)


def _served(common: Common) -> dict[str, dict[str, set[str]]]:
    """The products and libraries for which each page and snippet is published."""
    everything = {PRODUCTS: set(common.products), LIBRARIES: set(common.libraries)}
    served: dict[str, dict[str, set[str]]] = {}
    for page in common.site.pages:
        for file in common.with_included([page.file]):
            for kind, ids in everything.items():
                served.setdefault(file, {}).setdefault(kind, set()).update(ids & page.scope or ids)
    return served


def _typed(source: MarkdownSource, names: Collection[str], dataset: str) -> Iterator[Finding]:
    """The names in a text. A section that names several compares them, and so do sections that are each about one."""
    listed = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w-])(?:{listed})(?![\w-])")
    sections: dict[int, dict[str, Place]] = {}
    for first, text in source.texts:
        for match in pattern.finditer(text):
            place = source.place_of(match, first)
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


_LEVELS = {label: word for label, word in _LABELS.items() if word not in ("lts", "planned", "removed")}
_LEVELS |= {word: word for word in ("ga", "alpha", "eol", "end of life", "end-of-life", "early access", "tech preview")}
_ANY_LEVEL = "|".join(sorted(map(re.escape, _LEVELS), key=len, reverse=True))
_DEFINED = (*_LEVELS, "generally available")  # "End of Life (EOL)" is the name of the level itself
# In brackets, behind a dash or before a colon; without these only words that are no part of a name: "Link preview" is.
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


def levels_in_names(part: Part) -> Iterator[Finding]:
    """A level of support in the name of a record: it stays there when the level changes."""
    for statement in _titles(part):
        match = _LEVEL_IN_NAME.search(statement.text)
        if match and statement.text[: match.start()].strip().lower() not in _DEFINED:
            level = match.lastgroup or ""
            place = part.place_in(statement, match.start(level), len(match[level]))
            message = f"the level '{match[level]}' is typed in the name"
            hint = "state it in a field of the type support, stage or lifecycle"
            yield Finding("typed-level", message, place, hint, subject=statement.subject)


def versions_in_names(part: Part) -> Iterator[Finding]:
    """A version in the name of a record: one that the record is required from, or that a field of it states, too."""
    for statement in _titles(part):
        dataset, id_ = statement.subject
        fields = part.datasets[dataset].fields
        if not any(kind.name in ("support", "version", "versions") for kind in fields.values()):
            continue
        match = _VERSION_IN_NAME.search(statement.text)
        last = None if match else _LAST.search(statement.text)
        if last and last["number"] in _numbers_of(part.datasets[dataset].records[id_], fields):
            match = last
        if match:
            place = part.place_in(statement, match.start(), len(match.group()))
            message = f"the version '{match.group().strip('()[]')}' is typed in the name"
            hint = "state it in a field of the type support or version"
            yield Finding("typed-version", message, place, hint, subject=statement.subject)


def _titles(part: Part) -> Iterator[Statement]:
    """The names of records."""
    titles = part.common.titles
    for statement in part.statements:
        dataset = statement.subject[0]
        if dataset != LINKS and statement.field == titles.get(dataset) and MASK not in statement.text:
            yield statement


def _numbers_of(record: Record, fields: ReadOnly[str, Type]) -> set[str]:
    """The versions since which a record has something, by its fields."""
    named = (
        name for name in record.facts if name in fields and (fields[name].name == "support" or fields[name].ladder)
    )
    return {number for name in named for a in record.alternatives(name) for number in _numbers(a.value)}
