"""What is wrong, where it stands, and how it is shown.

A `Finding` is the one currency for problems: every module that reads or derives
something takes a `Report` (a callable) and hands findings to it instead of raising,
so that one run tells all of them.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from sitegen.frozen import frozen

Severity = Literal["error", "warning", "notice"]

_LONG = 1000  # characters of a line that are printed
_SHOWN = 8  # pages that are named in text; a fact may be on thousands


class Place(NamedTuple):
    """Where a piece of text stands: line and column count from 1, in characters."""

    file: str
    line: int
    column: int
    length: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Edit(NamedTuple):
    """What to write at a place in a file in the stead of what stands from `start` to `end`, as (line, column)."""

    file: str
    start: tuple[int, int]
    end: tuple[int, int]
    text: str


@frozen
class Fix:
    """What certainly mends a finding: the edits, and what they do in a few words."""

    what: str
    edits: tuple[Edit, ...]


@frozen
class Finding:
    """One problem. `subject` is the (dataset, record) it is about, where there is one.

    `library` is the one whose values or pages it is about, where these are not all that share the record.
    `details` are lines that say more, such as what proves it.
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


def number_of(number: int, noun: str) -> str:
    """How many of something there are, in a message: `1 file`, `2 files`."""
    return f"{number} {noun}{'s' if number != 1 else ''}"


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The known words that are nearest to a misspelt one, best first."""
    import difflib  # noqa: PLC0415 - most sites have no misspelt word

    choices = sorted(set(known))
    # Letters in the wrong order are the commonest slip, and `difflib` rates them low.
    near = [choice for choice in choices if sorted(choice) == sorted(word)]
    near += difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return near + [choice for choice in choices if len(word) > 2 and choice.startswith(word)]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return a hint naming the known word nearest to `word`, or the few that there are; a tuple keeps its order."""
    choices = known if isinstance(known, tuple) else sorted(set(known))
    near = nearest(word, choices)
    if near:
        return f"did you mean '{near[0]}'?"
    if 0 < len(choices) <= 12:
        return "expected one of: " + ", ".join(choices)
    return ""


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by place, each finding once, with all that it is shown on."""
    unique: dict[tuple[Place, str, str], Finding] = {}
    for finding in findings:
        key = (finding.place, finding.code, finding.message)
        shown_on = {*unique.get(key, finding).shown_on, *finding.shown_on}
        unique[key] = replace(unique.get(key, finding), shown_on=tuple(sorted(shown_on)))
    return [unique[key] for key in sorted(unique)]


_COLORS = {"error": "1;31", "warning": "1;33", "notice": "1;36", "rule": "1;34"}


def as_text(finding: Finding, lines: Mapping[str, Sequence[str]], *, color: bool = False) -> str:
    """Draw a finding with its code frame. `lines` holds the lines of each source file."""

    def paint(text: str, what: str) -> str:
        return f"\x1b[{_COLORS[what]}m{text}\x1b[0m" if color else text

    place = finding.place
    source = lines.get(place.file, ())
    out = [paint(f"{finding.severity}[{finding.code}]", finding.severity) + f": {finding.message}"]
    gutter = len(str(place.line))
    bar = " " * gutter + " " + paint("|", "rule")
    out.append(" " * gutter + paint("-->", "rule") + f" {place}")
    has_frame = 0 < place.line <= len(source)
    if has_frame:
        out.append(bar)
        first = max(0, place.column - 1 - _LONG // 2) if len(source[place.line - 1]) > _LONG else 0
        for number in (place.line - 1, place.line):
            if number > 0:
                text = _part(source[number - 1], first)
                out.append(paint(f"{number:>{gutter}} |", "rule") + (f" {text}" if text else ""))
        text, start = _part(source[place.line - 1], first), place.column - 1 - first
        marks = "^" * max(1, _width(text[start : start + place.length]))
        pointer = paint(f"{marks} {finding.hint}".rstrip(), finding.severity)
        out.append(f"{bar} {' ' * _width(text[:start])}{pointer}")
    elif finding.hint:
        out.append(f"{' ' * gutter} = {finding.hint}")
    before = " " * gutter + (" = " if has_frame else " ")  # without a frame, such as the lines of a diff
    out += [before + _printable(line) for line in finding.details]
    if finding.shown_on:
        shown, more = finding.shown_on[:_SHOWN], len(finding.shown_on[_SHOWN:])
        out.append(f"{' ' * gutter} = shown on: " + ", ".join(shown) + (f" and {more} more" if more else ""))
    if finding.fix:
        out.append(f"{' ' * gutter} = check --fix can {finding.fix.what}")
    return "\n".join(out)


def as_json(findings: Sequence[Finding], more: Mapping[str, object] | None = None) -> str:
    """Write findings, and what else a command found, as one JSON document: a stable shape for other programs."""
    return json.dumps({"version": 1, "findings": [_as_dict(f) for f in findings], **(more or {})}, indent=2)


def as_github(finding: Finding) -> str:
    """Write a finding as a workflow command of GitHub Actions."""
    words = {"error": "error", "warning": "warning", "notice": "notice"}

    def escape(text: str) -> str:
        return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")

    place = finding.place
    file = escape(place.file).replace(":", "%3A").replace(",", "%2C")
    return (
        f"::{words[finding.severity]} file={file},line={place.line},col={place.column},"
        f"title={finding.code}::{escape(_in_one_text(finding))}"
    )


def as_sarif(findings: Sequence[Finding], version: str, more: Mapping[str, object] | None = None) -> str:
    """Write findings as a SARIF 2.1.0 log (OASIS standard), and what else a command found as properties of the run."""
    levels = {"error": "error", "warning": "warning", "notice": "note"}
    rules = sorted({f.code for f in findings})
    results = [
        {
            "ruleId": f.code,
            "level": levels[f.severity],
            "message": {"text": _in_one_text(f)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": f.place.file},
                        "region": {"startLine": f.place.line, "startColumn": f.place.column},
                    }
                }
            ],
        }
        for f in findings
    ]
    driver = {"name": "sitegen", "version": version, "rules": [{"id": rule} for rule in rules]}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, **({"properties": dict(more)} if more else {})}],
    }
    return json.dumps(log, indent=2)


def _in_one_text(finding: Finding) -> str:
    """What is wrong, what to do, and the details, for formats that have one text."""
    text = finding.message + (f" ({finding.hint})" if finding.hint else "")
    return "\n".join((text, *finding.details))


def _as_dict(finding: Finding) -> dict[str, object]:
    found = {
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
    return {**found, "details": list(finding.details)} if finding.details else found


def _part(line: str, first: int) -> str:
    """A line as it is printed: of a long one only a part, from a character on."""
    return _printable(line[first : first + _LONG])


def _width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.category(c) in ("Mn", "Me") for c in text)


def _printable(line: str) -> str:
    """Keep a line of hostile text from moving the cursor; tabs count as one column."""
    return "".join(c if c.isprintable() else " " if c == "\t" else "\N{REPLACEMENT CHARACTER}" for c in line)
