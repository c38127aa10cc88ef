"""Rules about what is typed in prose though facts say it: counts, versions, levels, days."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Iterator
from datetime import date

from sitegen.definitions import Definition
from sitegen.facts import LIBRARIES, Dataset, Record
from sitegen.findings import Finding, Place
from sitegen.rules.markdown_source import MASK, MarkdownSource, TypedTable
from sitegen.rules.material import Branch, Material, title_field
from sitegen.values import STAGES, List, Markdown, Support, Text, Value, Versions
from sitegen.version_ranges import VersionError
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


def typed_counts(material: Material) -> Iterator[Finding]:
    """A number word that counts the rows of a table beside it stays as it is when the rows change."""
    beside = Beside(material)
    for source in material.pages:
        for first, text in source.paragraphs():
            for match in _COUNT.finditer(text):
                if not _counts(match["number"], _sentence(text, match.start())):
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
                    yield Finding("typed-count", message, place, _count_hint(table, material))


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


def _count_hint(table: Definition, material: Material) -> str:
    fields = material.site.facts.datasets[table.datasets[0]].fields
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

    def __init__(self, material: Material) -> None:
        self._site = material.site
        self._pages = {source.file: source for source in material.pages}
        self._included: dict[str, list[tuple[MarkdownSource, int]]] = {}
        for source in material.pages:
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
_PLAIN_HEADER = frozenset(("minimum", "version", "versions", "supported", "support", "since", "first", "required"))


def typed_versions(material: Material) -> Iterator[Finding]:
    """A version in prose that the facts which the sentence is about do not say."""
    beside = Beside(material)
    names = _Names(material)
    for source in material.pages:
        for first, text in source.paragraphs():
            for match in _VERSION.finditer(text):
                before, after = text[: match.start()], text[match.end() :]
                sentence = _sentence(text, match.start())
                if _UNIT.match(after) or not (_LEADS.search(before) or _FOLLOWS.match(after)):
                    continue
                about, known = names.versions(sentence) or _tables_say(beside.tables(source, first), sentence, material)
                if about and match["number"] not in known:
                    message = f"'{match['number']}' is typed, and {about} {_or(known)}"
                    hint = "print the fact: << ... >>"
                    yield Finding(
                        "typed-version",
                        message,
                        source.at(first, text, match.start("number"), len(match["number"])),
                        hint,
                    )


def _or(known: set[str]) -> str:
    listed = sorted(known)
    return " or ".join(listed[:3]) + (" ..." if len(listed) > 3 else "")


def _sentence(text: str, offset: int) -> str:
    """The sentence of a text that holds an offset."""
    start = max((match.end() for match in re.finditer(r"[.:!?]\s", text[:offset])), default=0)
    end = re.compile(r"[.!?](?:\s|$)").search(text, offset)
    return text[start : end.start() if end else len(text)]


class _Names:
    """The names of records that have versions, and which."""

    def __init__(self, material: Material) -> None:
        self._known: dict[str, set[str]] = {}
        for _, record in material.records():
            dataset = material.site.facts.datasets[record.dataset]
            versions = set(_texts_of_versions(record, dataset))
            field = title_field(dataset)
            varying = record.facts.get(field) if field else None
            for alternative in varying.alternatives if varying and versions else ():
                if isinstance(alternative.value, Text) and len(alternative.value.text) > 3:
                    self._known.setdefault(alternative.value.text, set()).update(versions)
        words = sorted(self._known, key=len, reverse=True)
        self._pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)") if words else None

    def versions(self, sentence: str) -> tuple[str, set[str]] | None:
        """What the facts say of the records that a sentence names."""
        found = self._pattern.findall(sentence) if self._pattern else []
        if not found:
            return None
        return f"the facts of '{found[0]}' say", set().union(*(self._known[name] for name in found))


def _texts_of_versions(record: Record, dataset: Dataset) -> Iterator[str]:
    for field, varying in record.facts.items():
        kind = dataset.fields.get(field)
        if kind is not None:
            for alternative in varying.alternatives:
                yield from _bounds(alternative.value)


def _bounds(value: Value) -> Iterator[str]:
    if isinstance(value, List):
        for item in value.items:
            yield from _bounds(item)
    versions = value.versions if isinstance(value, Support) else value.set if isinstance(value, Versions) else None
    if versions is not None:
        yield from re.findall(r"[0-9]+(?:\.[0-9]+)*(?:(?:rc|a|b)[0-9]+)?", versions.text)


def _tables_say(tables: Iterable[Definition], sentence: str, material: Material) -> tuple[str, set[str]]:
    """What the tables beside a sentence say, where it speaks of the versions in one of their columns."""
    words = set(_WORD.findall(sentence.lower()))
    for table in tables:
        for column in table.columns:
            field = column.fields[0]
            dataset = material.site.facts.datasets[field.dataset]
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
        yield from _bounds(alternative.value)


# --- levels --------------------------------------------------------------------------

_LABELS = {label.lower(): word for word, (label, _) in STAGES.items()} | {"end-of-life": "eol"}
_LABEL = re.compile(rf"\b(?:{'|'.join(sorted(_LABELS, key=len, reverse=True))})\b", re.IGNORECASE)
_LEVEL = ("ga", "lts", "maintenance", "eol")  # the others are words of all days: "version 3 removed it"
_SAID_OF = re.compile(r"(?:\b(?:is|are|in|now)|[|:(])\s*(?:a\s+)?$", re.IGNORECASE)
_SET = r"(?P<set>[><]=?\s?[0-9][\w.]*(?:\s?,\s?<=?\s?[0-9][\w.]*)?)"


def typed_levels(material: Material) -> Iterator[Finding]:
    """A level of support that is typed for a branch does not change with the days."""
    branches = [branch for ladder in material.ladders() for branch in ladder.branches if branch.levels is not None]
    if branches:
        named = "|".join(["versions?", "releases?", "branch", *map(re.escape, _packages(material))])
        pattern = re.compile(rf"{_SET}|\b(?:{named})\s+v?(?P<major>[0-9]+)(?:\.x)?(?![\w.])", re.IGNORECASE)
        for source in material.pages:
            yield from _levels_of_page(source, pattern, branches)
    for branch in branches:
        yield from _levels_in_texts(branch)


def _packages(material: Material) -> set[str]:
    """What the libraries are called where they are installed: their texts but for their names."""
    dataset = material.site.facts.datasets.get(LIBRARIES)
    fields = (
        [name for name, kind in dataset.fields.items() if kind.name == "text" and name != "name"] if dataset else []
    )
    values = [
        alternative.value
        for record in (dataset.records.values() if dataset else ())
        for name in fields
        for alternative in (record.facts[name].alternatives if name in record.facts else ())
    ]
    return {value.text for value in values if isinstance(value, Text)}


def _levels_of_page(source: MarkdownSource, pattern: re.Pattern[str], branches: list[Branch]) -> Iterator[Finding]:
    for first, masked in source.paragraphs():
        lines = source.with_code[first - 1 : first + masked.count("\n")]
        yield from _levels_in(source, first, "\n".join(lines), pattern, branches)
    for number in sorted(source.table_lines):
        yield from _levels_in(source, number, source.with_code[number - 1], pattern, branches)


def _levels_in(
    source: MarkdownSource, first: int, text: str, pattern: re.Pattern[str], branches: list[Branch]
) -> Iterator[Finding]:
    labels = (
        found
        for found in _LABEL.finditer(text)
        if _LABELS[found.group().lower()] in _LEVEL or _SAID_OF.search(text[: found.start()])
    )
    label = next(labels, None)
    for match in pattern.finditer(text) if label else ():
        if label is None or _sentence(text, match.start()) != _sentence(text, label.start()):
            continue
        branch = _meant(match, branches)
        if branch is not None:
            place = source.at(first, text, label.start(), len(label.group()))
            yield Finding("typed-level", _contradiction(label.group(), branch), place, "let a table show the level")
            return


def _meant(match: re.Match[str], branches: list[Branch]) -> Branch | None:
    try:
        wanted = parse_versions(re.sub(r"\s", "", match["set"]) if match["set"] else match["major"])
    except VersionError:
        return None
    return next((branch for branch in branches if _is_of(wanted, branch.versions)), None)


def _is_of(wanted: VersionSet, branch: VersionSet) -> bool:
    return branch.covers(wanted) and (wanted.covers(branch) or wanted.bare)


def _contradiction(label: str, branch: Branch) -> str:
    levels = branch.levels.levels if branch.levels else ()
    stages = [STAGES[level.stage][0] for level in levels]
    if _LABELS[label.lower()] not in [level.stage for level in levels]:
        return f"'{label}' is typed, and '{branch.record.id}' is {' and then '.join(stages)}"
    return f"'{label}' is typed, and the level of '{branch.record.id}' follows from its days"


def _levels_in_texts(branch: Branch) -> Iterator[Finding]:
    """Texts of a release that say a level beside its lifecycle."""
    levels = branch.levels.levels if branch.levels else ()
    for varying in branch.record.facts.values():
        for alternative in varying.alternatives:
            value = alternative.value
            if isinstance(value, Support):
                wrong = value.state in STAGES and [value.state] != [level.stage for level in levels]
            else:
                wrong = isinstance(value, (Text, Markdown)) and _LABEL.match(value.text) is not None
            if wrong:
                label = STAGES[value.state][0] if isinstance(value, Support) else _label_of(value)
                subject = (branch.record.dataset, branch.record.id)
                hint = "the lifecycle tells the level of every day"
                yield Finding("typed-level", _contradiction(label, branch), alternative.place, hint, subject=subject)


def _label_of(value: Value) -> str:
    match = _LABEL.match(value.text) if isinstance(value, (Text, Markdown)) else None
    return match.group() if match else ""


# --- days ----------------------------------------------------------------------------

_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' if name != 'May' else 'May' for name in _MONTHS)})\.?"
_DATES = (
    re.compile(r"(?<![\w/.-])(?P<year>20[0-9]{2})-(?P<number>[0-9]{2})-(?P<day>[0-9]{2})(?![\w/-]|\.[0-9])"),
    re.compile(rf"\b{_MONTH}\s+(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<year>20[0-9]{{2}})\b"),
    re.compile(rf"\b(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(?P<year>20[0-9]{{2}})\b"),
)
# A month and a year stand for their last day; a year alone only right behind these words.
_MONTHS_AND_YEARS = (
    re.compile(rf"\b(?<![0-9] ){_MONTH}\s+(?P<year>20[0-9]{{2}})\b"),
    re.compile(r"\b(?<=until )(?:the end of )?(?P<year>20[0-9]{2})\b(?![-.]?[0-9])"),
    re.compile(r"\b(?<=by )the end of (?P<year>20[0-9]{2})\b(?![-.]?[0-9])"),
)
_COMING = re.compile(
    r"\b(?:until|till|through|up to|by|before|no later than|ends?(?: on)?|ending(?: on)?|expires?(?: on)?"
    r"|reach(?:es)? (?:its )?[\w -]{3,20} on"
    rf"|will [^.;{MASK}]{{0,60}}|planned for|expected (?:on|in|by)|scheduled for)\s*(?:the\s+)?$",
    re.IGNORECASE,
)


_PAST = re.compile(r"\b(?:was|were|had|did|been|became|got|came)\b", re.IGNORECASE)


def past_dates(material: Material) -> Iterator[Finding]:
    """A day that a text looks forward to, and that has passed."""
    live = material.live_files
    for source in material.pages:
        if source.file not in live:
            continue
        for number, line in enumerate(source.prose, 1):
            for start, length, text in _passed(line, material.day):
                yield _past(text, source.place(number, start, length))
    for _, record in material.records():
        for varying in record.facts.values() if record.in_force(material.day) else ():
            for index, alternative in enumerate(varying.alternatives):
                value = alternative.value
                later = varying.alternatives[index + 1 :]
                replaced = any(a.since and a.since <= material.day and not a.scope for a in later)
                texts = [value.text] if isinstance(value, (Text, Markdown)) else []
                for text in [*texts, alternative.note] if not replaced else ():
                    for _, _, passed in _passed(text, material.day):
                        yield _past(passed, alternative.place, (record.dataset, record.id))


def impossible_days(material: Material) -> Iterator[Finding]:
    """A day in prose that no calendar has."""
    for source in material.pages:
        for number, line in enumerate(source.prose, 1):
            for pattern in _DATES if "20" in line else ():
                for match in pattern.finditer(line):
                    if _day(match) is None:
                        place = source.place(number, match.start(), len(match.group()))
                        yield Finding("impossible-day", f"the day {match.group()} does not exist", place)


def _past(text: str, place: Place, subject: tuple[str, str] | None = None) -> Finding:
    hint = "say what is so now, or let a fact with days say it"
    return Finding("past-date", f"the text looks forward to {text}, which has passed", place, hint, subject=subject)


def _passed(text: str, day: date) -> Iterator[tuple[int, int, str]]:
    """The days before `day` that a text looks forward to: where, how long, and the words."""
    if "20" not in text:
        return
    for pattern in (*_DATES, *_MONTHS_AND_YEARS):
        for match in pattern.finditer(text):
            found = _day(match)
            coming = _COMING.search(text[: match.start()]) and not _PAST.search(_sentence(text, match.start()))
            if found is not None and found < day and coming:
                yield match.start(), len(match.group()), match.group()


def _day(match: re.Match[str]) -> date | None:
    groups = {"day": "", "month": "", "number": "", **match.groupdict()}
    named = [name[:3] for name in _MONTHS].index(groups["month"][:3]) + 1 if groups["month"] else 12
    year, month = int(match["year"]), int(groups["number"] or named)
    try:
        return date(year, month, int(groups["day"] or calendar.monthrange(year, month)[1]))
    except ValueError:
        return None
