"""Findings: problems with their places, and their output as text, JSON and workflow commands of GitHub.

Every module that reads or derives something takes a `Report` (a callable) and passes findings to it instead of raising
exceptions, so that one run reports all problems.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from sitegen.frozen import frozen

Severity = Literal["error", "warning", "notice"]

_MAX_LINE = 1000  # characters of a source line that are printed
_MAX_PAGES = 8  # pages that are listed in text output; a fact may be on thousands


class Place(NamedTuple):
    """A place in a source file. Line and column count from 1, in characters.

    A default value has one place in the sources, and a value at this place `of` each record that uses it.
    """

    file: str
    line: int
    column: int
    length: int = 1
    of: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def declared(self) -> Place:
        """The place itself, for all records."""
        return self._replace(of="")


class Edit(NamedTuple):
    """Replaces the text from `start` up to `end`, each a (line, column), in a file."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@frozen
class Fix:
    """A safe fix of a finding. `what` describes it in a verb phrase, such as `remove it`."""

    what: str
    edits: tuple[Edit, ...]


@frozen
class Finding:
    """One problem. `subject` is the dataset and the id of the record that has it, if any; without an id, all records.

    `library` is set if only the values or pages of this library have the problem. `details` are further lines, such as
    evidence. `shown_on` are the pages that are affected.
    """

    code: str
    message: str
    place: Place
    hint: str = ""
    severity: Severity = "error"
    subject: tuple[str, str] | None = None
    shown_on: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    fix: Fix | None = None
    library: str = ""


Report = Callable[[Finding], None]
SEVERAL = 4  # records with the same problem for one finding about all of them
_MAX_DETAILS = 8


def as_details(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Findings as details of another one: the first of them, and how many more there are."""
    more = [f"and {len(findings) - _MAX_DETAILS} more"] if len(findings) > _MAX_DETAILS else []
    return *(f"{finding.place}: {finding.message}" for finding in findings[:_MAX_DETAILS]), *more


def joined(names: Iterable[str], most: int | None = None, last: str = " and ") -> str:
    """Names as part of a sentence; only the first few if there are more than `most`."""
    all_names = list(names)
    if most is not None and len(all_names) > most:
        return f"{', '.join(all_names[: most - 1])} and {len(all_names) - most + 1} more"
    return last.join(filter(None, (", ".join(all_names[:-1]), *all_names[-1:])))


def number_of(number: int, noun: str) -> str:
    """A number with its noun: `1 file`, `2 files`."""
    return f"{number} {noun}{'s' if number != 1 else ''}"


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """The known words that are most similar to a misspelt one, best first. `cutoff` is from 0 to 1 for equal words."""
    import difflib  # noqa: PLC0415 - most sites have no misspelt word

    choices = sorted(set(known))
    # Swapped letters are the most common typing error, and `difflib` ranks them low.
    near = [choice for choice in choices if sorted(choice) == sorted(word)]
    near += difflib.get_close_matches(word, choices, n=1, cutoff=cutoff)
    return near + [choice for choice in choices if len(word) > 2 and choice.startswith(word)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the known word most similar to `word`, or with all of them if few. A tuple keeps its order."""
    choices = known if isinstance(known, tuple) else sorted(set(known))
    near = nearest(word, choices)
    if near:
        return f"did you mean '{near[0]}'?"
    if 0 < len(choices) <= 14:
        return "expected one of: " + ", ".join(choices)
    return ""


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by place, without duplicates; `shown_on` of duplicates are merged."""
    unique: dict[tuple[Place, str, str], Finding] = {}
    for finding in findings:
        key = (finding.place.declared, finding.code, finding.message)
        shown_on = {*unique.get(key, finding).shown_on, *finding.shown_on}
        unique[key] = replace(unique.get(key, finding), shown_on=tuple(sorted(shown_on)))
    return [unique[key] for key in sorted(unique)]


_COLORS = {"error": "1;31", "warning": "1;33", "notice": "1;36", "rule": "1;34"}


def as_text(finding: Finding, lines: Mapping[str, Sequence[str]], *, color: bool = False) -> str:
    """A finding with its code frame, as compilers print it. `lines` are the lines of each source file."""

    def paint(text: str, style: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if color else text

    place = finding.place
    source = lines.get(place.file, ())
    out = [paint(f"{finding.severity}[{finding.code}]", finding.severity) + f": {finding.message}"]
    gutter = len(str(place.line))
    bar = " " * gutter + " " + paint("|", "rule")
    out.append(" " * gutter + paint("-->", "rule") + f" {place}")
    has_frame = 0 < place.line <= len(source)
    if has_frame:
        out.append(bar)
        first = max(0, place.column - 1 - _MAX_LINE // 2) if len(source[place.line - 1]) > _MAX_LINE else 0
        for number in (place.line - 1, place.line):
            if number > 0:
                text = _excerpt(source[number - 1], first)
                out.append(paint(f"{number:>{gutter}} |", "rule") + (f" {text}" if text else ""))
        text, start = _excerpt(source[place.line - 1], first), place.column - 1 - first
        marks = "^" * max(1, _width(text[start : start + place.length]))
        pointer = paint(f"{marks} {finding.hint}".rstrip(), finding.severity)
        out.append(f"{bar} {' ' * _width(text[:start])}{pointer}")
    elif finding.hint:
        out.append(f"{' ' * gutter} = {finding.hint}")
    indent = " " * gutter + (" = " if has_frame else " ")
    out += [indent + _printable(line) for line in finding.details]
    if finding.shown_on:
        shown, more = finding.shown_on[:_MAX_PAGES], len(finding.shown_on[_MAX_PAGES:])
        out.append(f"{' ' * gutter} = shown on: " + ", ".join(shown) + (f" and {more} more" if more else ""))
    if finding.fix:
        out.append(f"{' ' * gutter} = check --fix can {finding.fix.what}")
    return "\n".join(out)


def as_json(findings: Sequence[Finding], more: Mapping[str, object] | None = None) -> str:
    """Findings and other results of a command as a JSON document with a stable schema."""
    return json.dumps({"version": 1, "findings": [_as_dict(f) for f in findings], **(more or {})}, indent=2)


def as_github(finding: Finding) -> str:
    """A finding as a workflow command of GitHub Actions."""

    def escape(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    place = finding.place
    file = escape(place.file).replace(":", "%3A").replace(",", "%2C")
    return (
        f"::{finding.severity} file={file},line={place.line},col={place.column},"
        f"title={finding.code}::{escape(message_with_hint(finding))}"
    )


def message_with_hint(finding: Finding) -> str:
    """Message, hint and details, for formats with a single text."""
    text = finding.message + (f" ({finding.hint})" if finding.hint else "")
    return "\n".join((text, *finding.details))


def _as_dict(finding: Finding) -> dict[str, object]:
    result = {
        "code": finding.code,
        "severity": finding.severity,
        "message": finding.message,
        "file": finding.place.file,
        "line": finding.place.line,
        "column": finding.place.column,
        "hint": finding.hint,
        "shown_on": list(finding.shown_on),
        **({"fix": finding.fix.what} if finding.fix else {}),
    }
    return {**result, "details": list(finding.details)} if finding.details else result


def _excerpt(line: str, first: int) -> str:
    """The printed part of a line that may be long, from the offset `first`."""
    return _printable(line[first : first + _MAX_LINE])


def _width(text: str) -> int:
    """The number of terminal columns of a text."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.category(c) in ("Mn", "Me") for c in text)


def _printable(line: str) -> str:
    """A line without control characters, which could move the cursor; each tab is one space."""
    return "".join(c if c.isprintable() else " " if c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)
