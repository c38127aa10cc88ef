"""Rules about what is typed in prose though facts say it: counts, versions, levels."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as ReadOnly

from sitegen.definitions import Definition
from sitegen.facts import Record
from sitegen.findings import Finding
from sitegen.rules.collecting import collected_of_common, numbers_of
from sitegen.rules.evidence import Release
from sitegen.rules.markdown_source import MarkdownSource, TypedTable
from sitegen.rules.material import Branch, Common, Overview, Part, common_part
from sitegen.rules.sentences import LABEL, LABELS, asked_releases, said_levels, said_versions, sentence_at
from sitegen.values import STAGES, Markdown, Support, Text
from sitegen.versions import VersionSet, parse_versions

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_COUNT = re.compile(
    rf"(?<![\w.,:>=<-])(?P<number>both|{'|'.join(_NUMBERS)}|[1-9][0-9]?)[ \n]+(?!of\b)"
    r"(?P<words>(?:[A-Za-z-]+[ \n]+){0,3}[A-Za-z-]+)",
    re.IGNORECASE,
)
_WORD = re.compile(r"[A-Za-z]+")
_GENERIC = frozenset(
    ("supported", "minimum", "maximum", "name", "names", "table", "tables", "list", "lists", "version")
)


def typed_counts(overview: Overview) -> Iterator[Finding]:
    """A number word that counts the rows of a table beside it stays as it is when the rows change."""
    common = overview.common
    beside = Beside(common)
    for source in common.pages:
        for first, text in source.paragraphs():
            for match in _COUNT.finditer(text):
                if not _counts(match["number"], sentence_at(text, match.start())):
                    continue
                place = source.at(first, text, match.start(), len(match["number"]))
                nouns = {singular(word) for word in _WORD.findall(match["words"].lower())}
                number = _number(match["number"])
                typed = next((t for t in beside.typed(source, first) if nouns & _row_nouns(t)), None)
                table = next((t for t in beside.tables(source, first) if nouns & row_nouns(t)), None)
                if typed is not None and number != len(typed.rows):
                    message = f"'{match['number']}' is said, and the table in line {typed.line} has {_rows(typed)}"
                    yield Finding("typed-count", message, place, "say how many there are, or let facts make the table")
                elif table is not None and typed is None:
                    message = f"'{match['number']}' is typed, and does not follow the rows of the table '{table.id}'"
                    yield Finding("typed-count", message, place, _count_hint(table, common))


_LISTING = re.compile(
    r":\s*$|\b(?:is|are|has|have|supports?|covers?|works? with|following|these|below|above|listed)\b", re.IGNORECASE
)
_CONDITION = re.compile(r"\s*(?:if|when|where|with|at least|for each)\b", re.IGNORECASE)


def _counts(number: str, sentence: str) -> bool:
    """Whether a sentence says how many there are, and does not speak of some that a reader has."""
    if number.lower() in ("one", "1", "both") and not sentence.rstrip().endswith(":"):
        return False
    return _LISTING.search(sentence) is not None and _CONDITION.match(sentence) is None


def _rows(table: TypedTable) -> str:
    return f"{len(table.rows)} row{'s' if len(table.rows) != 1 else ''}"


def _number(text: str) -> int:
    word = text.lower().replace("both", "two")
    return int(word) if word.isdecimal() else _NUMBERS.index(word) + 1


def _count_hint(table: Definition, common: Common) -> str:
    fields = common.shared[table.datasets[0]].fields
    asked = next((name for name, kind in fields.items() if kind.name in ("lifecycle", "stage")), None)
    if asked is None:
        return "say it without a number"
    return f'write << tables.{table.id}.supported("{asked}") | count(...) >>'


def singular(word: str) -> str:
    """A word without the end of its plural."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word


def _nouns(*texts: str) -> set[str]:
    words = {singular(word) for text in texts for word in _WORD.findall(text.lower()) if len(word) > 3}
    return words - _GENERIC


def _row_nouns(table: TypedTable) -> set[str]:
    return _nouns(table.header[0].text) if table.header else set()


def row_nouns(table: Definition) -> set[str]:
    """What the rows of a table may be called in a sentence."""
    headers = table.columns[0].header.alternatives if table.columns else ()
    return _nouns(table.id, *table.datasets, *(re.sub("<<.*?>>", "", a.value.source) for a in headers))


class Beside:
    """Which tables stand in the section of a line; a snippet stands where it is included."""

    def __init__(self, common: Common) -> None:
        self._site = common.site
        self._pages = {source.file: source for source in common.pages}
        self._included: dict[str, list[tuple[MarkdownSource, int]]] = {}
        for source in common.pages:
            for line, file in source.includes:
                self._included.setdefault(file, []).append((source, line))

    def tables(self, source: MarkdownSource, line: int, depth: int = 0) -> list[Definition]:
        """The tables in the slots of a section."""
        section = source.sections[line - 1]
        ids = []
        for number, kind, id_ in source.slots:
            if source.sections[number - 1] == section:
                partial = self._site.settings.partials.get(id_)
                ids += [id_] if kind == "tables" else [name.text for name in partial.tables] if partial else []
        found = [table for id_ in ids if (table := self._site.tables.get(id_)) is not None]
        for page, number in self._included.get(source.file, ()) if depth < 4 else ():
            found += self.tables(page, number, depth + 1)
        return found

    def typed(self, source: MarkdownSource, line: int) -> list[TypedTable]:
        """The tables that are typed in a section."""
        section = source.sections[line - 1]
        return [table for table in source.tables if source.sections[table.line - 1] == section]


# --- versions ------------------------------------------------------------------------

_PLAIN_HEADER = frozenset(("minimum", "version", "versions", "supported", "support", "since", "first", "required"))


def typed_versions(overview: Overview) -> Iterator[Finding]:
    """A version in prose that the facts which the sentence is about do not say."""
    common = overview.common
    beside = Beside(common)
    names = _versions_of_names(overview)
    for said in common.once(said_versions):
        tables = beside.tables(said.source, said.first)
        about, known = _facts_say(names, said.sentence) or _tables_say(tables, said.sentence, common)
        if about and said.number not in known:
            message = f"'{said.number}' is typed, and {about} {_or(known)}"
            yield Finding("typed-version", message, said.place, "print the fact: << ... >>")


def _or(known: set[str]) -> str:
    listed = sorted(known)
    return " or ".join(listed[:3]) + (" ..." if len(listed) > 3 else "")


def _versions_of_names(overview: Overview) -> dict[str, set[str]]:
    """The versions of each thing that a sentence names."""
    found = {name: set(versions) for name, versions in overview.common.once(collected_of_common).versions.items()}
    for evidence in overview.evidence.values():
        for name, versions in evidence.versions.items():
            found.setdefault(name, set()).update(versions)
    return found


def _facts_say(names: ReadOnly[str, set[str]], sentence: str) -> tuple[str, set[str]] | None:
    """What the facts say of the records that a sentence names."""
    near = sorted((name for name in names if name in sentence), key=len, reverse=True)
    found = re.findall(rf"(?<!\w)(?:{'|'.join(map(re.escape, near))})(?!\w)", sentence) if near else []
    if not found:
        return None
    return f"the facts of '{found[0]}' say", set().union(*(names[name] for name in found))


def _tables_say(tables: Iterable[Definition], sentence: str, common: Common) -> tuple[str, set[str]]:
    """What the tables beside a sentence say, where it speaks of the versions in one of their columns."""
    words = set(_WORD.findall(sentence.lower()))
    for table in tables:
        for column in table.columns:
            field = column.fields[0]
            dataset = common.shared[field.dataset]
            kind = dataset.fields.get(field.path[0])
            if kind is None or kind.name not in ("support", "version") or len(field.path) > 1:
                continue
            header = {
                w
                for a in column.header.alternatives
                for w in _WORD.findall(re.sub("<<.*?>>", "", a.value.source).lower())
            }
            special = header - _PLAIN_HEADER
            if not header or not ({"version", "versions"} & words) or not special or not special <= words:
                continue
            known = {text for record in dataset.records.values() for text in _of_field(record, field.path[0])}
            if known:
                return f"the table '{table.id}' says", known
    return "", set()


def _of_field(record: Record, field: str) -> Iterator[str]:
    varying = record.facts.get(field)
    for alternative in varying.alternatives if varying else ():
        yield from numbers_of(alternative.value)


# --- levels --------------------------------------------------------------------------


def typed_levels(overview: Overview) -> Iterator[Finding]:
    """A level of support that a page says of a branch does not change with the days."""
    releases = releases_of(common_part(overview))
    for evidence in overview.evidence.values():
        for versions, release in evidence.releases.items():
            releases.setdefault(versions, release)
    for said in overview.common.once(said_levels):
        found = [releases[versions] for versions in said.versions if versions in releases]
        if found:
            yield Finding("typed-level", _contradiction(said.label, found[0]), said.place, "let a table show the level")


def releases_of(part: Part) -> dict[str, Release]:
    """The first branch that holds the versions which a page says a level of, for each of these."""
    asked = part.common.once(asked_releases)
    branches = [branch for ladder in part.ladders() for branch in ladder.branches if branch.levels] if asked else []
    found = {}
    for text in asked if branches else ():
        wanted = parse_versions(text)
        branch = next((branch for branch in branches if _is_of(wanted, branch.versions)), None)
        if branch is not None:
            found[text] = _release(branch)
    return found


def _release(branch: Branch) -> Release:
    return Release(branch.record.id, tuple(level.stage for level in branch.levels.levels) if branch.levels else ())


def _is_of(wanted: VersionSet, branch: VersionSet) -> bool:
    return branch.covers(wanted) and (wanted.covers(branch) or wanted.bare)


def _contradiction(label: str, release: Release) -> str:
    if LABELS[label.lower()] not in release.stages:
        stages = [STAGES[stage][0] for stage in release.stages]
        return f"'{label}' is typed, and '{release.id}' is {' and then '.join(stages)}"
    return f"'{label}' is typed, and the level of '{release.id}' follows from its days"


def levels_in_texts(part: Part) -> Iterator[Finding]:
    """Texts of a release that say a level beside its lifecycle."""
    for ladder in part.ladders():
        for branch in ladder.branches:
            if branch.levels is not None:
                yield from _levels_beside(branch, [level.stage for level in branch.levels.levels])


def _levels_beside(branch: Branch, stages: list[str]) -> Iterator[Finding]:
    for varying in branch.record.facts.values():
        for alternative in varying.alternatives:
            value = alternative.value
            if isinstance(value, Support):
                label = STAGES[value.state][0] if value.state in STAGES and [value.state] != stages else ""
            else:
                match = LABEL.match(value.text) if isinstance(value, (Text, Markdown)) else None
                label = match.group() if match else ""
            if label:
                subject = (branch.record.dataset, branch.record.id)
                hint = "the lifecycle tells the level of every day"
                message = _contradiction(label, _release(branch))
                yield Finding("typed-level", message, alternative.place, hint, subject=subject)
