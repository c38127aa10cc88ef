"""Cases of incremental builds as text: edits of a small site, and what each build must rebuild.

A file of `tests/incremental/` has the site of its cases, and then the cases:

    A description of the file.

    [file content/facts.yaml]
    ...
    [case a fact of one library]
    [change content/libraries/java.yaml]
    -    login: {since: 2.0.0}
    +    login: {since: 2.1.0}
    [rebuilt]
    java
    [interface]
    [written]
    markdoc/web/java.md

A case begins with a build of the whole site. Its steps follow. Each step consists of edits, a build, and the expected
result of this build:

| section | meaning |
|---|---|
| `[file PATH]` | before the first step, a file of the site; in a step, the new content of the file |
| `[change PATH]` | replaces lines of a file, as in a diff; the lines with `-` must occur once, consecutively |
| `[delete PATH]`, `[touch PATH]` | deletes the file, or changes its modification time |
| `[date]` | the as-of date of this and the following builds |
| `[options]` | the options of this and the following builds |
| `[rebuilt]` | ends the edits of a step: the ids of the libraries that are rebuilt, or `all`, or `nothing` |
| `[interface]` | the libraries whose interface changed; by default none |
| `[written]` | all output files that are written, and, after a `-`, those that are removed; optional |
| `[exit]` | the exit code (default: 0) |

A path below `output/` is an output file. Lines below `[case ...]` describe the case.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from tests.support.edit_sequences import Outcome, in_process

FIRST_DAY = "2026-04-01"
OUTPUT = "output"
_SECTION = re.compile(r"^\[([a-z]+)(?: (.+))?\]$")
_EDITS = ("file", "change", "delete", "touch", "date", "options")
_WITH_NAME = ("case", "file", "change", "delete", "touch")
_WITHOUT_TEXT = ("delete", "touch")


class CaseError(Exception):
    """A case file is invalid; the message contains the line number."""


class Section(NamedTuple):
    """A section of a case file: its kind, its name, its lines, and the number of its first line."""

    kind: str
    name: str
    lines: list[str]
    line: int

    @property
    def text(self) -> str:
        """The lines as text of a file."""
        return "".join(f"{line}\n" for line in self.lines)

    @property
    def words(self) -> list[str]:
        """The words of all lines."""
        return self.text.split()


@dataclass(slots=True)
class Step:
    """Edits, a build, and its expected result. `written` is compared only if it is set."""

    line: int
    edits: list[Section] = field(default_factory=list)
    rebuilt: frozenset[str] = frozenset()
    interface: frozenset[str] = frozenset()
    written: frozenset[str] | None = None
    exit: int = 0


@dataclass(slots=True)
class Case:
    """A case: its site, its first build, and its steps."""

    name: str
    site: list[Section]
    steps: list[Step]


# --- reading -------------------------------------------------------------------------


def read_cases(text: str) -> list[Case]:
    """The cases of a file. Raises CaseError."""
    common: list[Section] = []
    cases: list[Case] = []
    edits: list[Section] = []
    for section in _sections(text):
        if section.kind == "case":
            _refuse_open(edits if cases else [])
            cases.append(Case(section.name, [*common], []))
            edits = []
        elif not cases:
            _require(section.kind in ("file", "date", "options"), section, "comes before the first [case ...]")
            common.append(section)
        elif section.kind in _EDITS:
            edits.append(section)
        elif section.kind == "rebuilt":
            _require(bool(section.words), section, "needs ids of libraries, 'all' or 'nothing'")
            rebuilt = frozenset(section.words) - {"nothing"}
            cases[-1].steps.append(Step(section.line, edits, rebuilt))
            edits = []
        else:
            _require(bool(cases[-1].steps) and not edits, section, "comes before the [rebuilt] of its step")
            _expect(cases[-1].steps[-1], section)
    _refuse_open(edits)
    for case in cases:
        if not case.steps:
            raise CaseError(f"the case '{case.name}' has no [rebuilt]")
    return cases


def _expect(step: Step, section: Section) -> None:
    """Add the expectation of a section to a step."""
    if section.kind == "interface":
        step.interface = frozenset(section.words)
    elif section.kind == "written":
        step.written = frozenset(section.lines)
    else:
        _require(len(section.words) == 1 and section.words[0].isdecimal(), section, "needs a number")
        step.exit = int(section.words[0])


def _sections(text: str) -> Iterator[Section]:
    """The sections of a file, without the empty lines at their ends."""
    found: list[Section] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = _SECTION.match(line)
        if match:
            found.append(Section(match[1], match[2] or "", [], number))
        elif found:
            found[-1].lines.append(line)
    for section in found:
        while section.lines and not section.lines[-1]:
            section.lines.pop()
        known = section.kind in (*_EDITS, "case", "rebuilt", "interface", "written", "exit")
        _require(known, section, "is not known")
        _require(bool(section.name) == (section.kind in _WITH_NAME), section, "needs a name, or has one too many")
        _require(not (section.kind in _WITHOUT_TEXT and section.lines), section, "has no text of its own")
        yield section


def _require(good: bool, section: Section, problem: str) -> None:
    if not good:
        raise CaseError(f"line {section.line}: [{section.kind}] {problem}")


def _refuse_open(edits: Sequence[Section]) -> None:
    """Raise CaseError if edits are not followed by a build."""
    for section in edits:
        _require(False, section, "is not followed by [rebuilt]")


# --- running -------------------------------------------------------------------------


def _account(outcome: Outcome) -> dict[str, object]:
    """The profile of a build: the last line of stderr, as JSON."""
    account: dict[str, object] = json.loads(outcome.err.splitlines()[-1])["build"]
    return account


def rebuilt(outcome: Outcome) -> set[str]:
    """The libraries that a build rebuilt; `all` for a full rebuild."""
    return {"all"} if _account(outcome)["full"] else _ids(outcome, "rebuilt")


def interface(outcome: Outcome) -> set[str]:
    """The libraries whose interface differs from that of the last build."""
    return _ids(outcome, "interface")


def _ids(outcome: Outcome, key: str) -> set[str]:
    found = _account(outcome)[key]
    assert isinstance(found, list), outcome
    return set(found)


class Mismatch(AssertionError):
    """The result of a build differs from that of its case."""


class Runner:
    """Runs the steps of a case in a folder: builds in place, and compares each build with a clean one."""

    def __init__(self, case: Case, folder: Path) -> None:
        self.case = case
        self.folder = folder
        self.root = folder / "site"
        self.output = self.root / OUTPUT
        self.day = FIRST_DAY
        self.options: list[str] = []

    def run(self) -> None:
        """Build the site, then run each step. Raises Mismatch."""
        for section in self.case.site:
            self._edit(section)
        self._ends(self._build(self.output), 0, 0)
        for step in self.case.steps:
            self._step(step)

    def _step(self, step: Step) -> None:
        for section in step.edits:
            self._edit(section)
        before = _stamps(self.output)
        outcome = self._build(self.output, "--profile", "--format", "json")
        after = _stamps(self.output)
        self._ends(outcome, step.exit, step.line)
        where = (self.case.name, step.line)
        self._compare(*where, "rebuilt", set(step.rebuilt), rebuilt(outcome))
        self._compare(*where, "interface", set(step.interface), interface(outcome))
        if step.written is not None:
            written = {path for path, stamp in after.items() if before.get(path) != stamp}
            removed = {f"- {path}" for path in before.keys() - after.keys()}
            self._compare(*where, "written", set(step.written), written | removed)
        if step.exit:
            self._compare(*where, "output", before, after)
        else:
            self._compare_with_clean_build(*where)

    def _ends(self, outcome: Outcome, code: int, line: int) -> None:
        if outcome.code != code:
            expected = f"expected the exit code {code}, found {outcome.code}"
            raise Mismatch(f"{self.case.name}, line {line}: {expected}\n{outcome.out}{outcome.err}")

    def _compare_with_clean_build(self, name: str, line: int) -> None:
        clean, site = self.folder / f"clean-{line}", _contents(self.root)
        self._build(clean)
        self._compare(name, line, "files with regions, compared with a clean build", site, _contents(self.root))
        there, wanted = _contents(self.output), _contents(clean)
        differing = {path for path in there.keys() | wanted.keys() if there.get(path) != wanted.get(path)}
        self._compare(name, line, "files that differ from a clean build", set(), differing)

    def _build(self, output: Path, *arguments: str) -> Outcome:
        return in_process(self.root, output, "--as-of", self.day, *self.options, *arguments)

    def _edit(self, section: Section) -> None:
        path = self.root / section.name
        if section.kind == "file":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(section.text, "utf-8")
        elif section.kind == "change":
            path.write_text(changed(path.read_text("utf-8"), section), "utf-8")
        elif section.kind == "delete":
            path.unlink()
        elif section.kind == "touch":
            status = path.stat()
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 5_000_000_000))
        elif section.kind == "date":
            (self.day,) = section.words
        else:
            self.options = section.words

    @staticmethod
    def _compare(name: str, line: int, what: str, expected: object, found: object) -> None:
        if expected != found:
            raise Mismatch(f"{name}, line {line}: {what}: expected {_shown(expected)}, found {_shown(found)}")


def changed(text: str, change: Section) -> str:
    """Replace the lines with `-` by those with `+`. Raises CaseError."""
    _require(all(line[:1] in ("-", "+", " ") for line in change.lines), change, "has lines without '-', '+' or ' '")
    old = "".join(f"{line[1:]}\n" for line in change.lines if line[0] != "+")
    new = "".join(f"{line[1:]}\n" for line in change.lines if line[0] != "-")
    count = f"\n{text}".count(f"\n{old}")
    _require(count == 1, change, f"has lines that {change.name} contains {count} times")
    return f"\n{text}".replace(f"\n{old}", f"\n{new}")[1:]


def _shown(value: object) -> str:
    if isinstance(value, set):
        return " ".join(sorted(value)) or "nothing"
    return str(value)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """The files of an output folder by name, without the cache."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".sitegen" not in path.relative_to(folder).parts:
            yield path.relative_to(folder).as_posix(), path


def _stamps(folder: Path) -> dict[str, tuple[int, int]]:
    """The modification time and the inode of each output file."""
    return {name: (path.stat().st_mtime_ns, path.stat().st_ino) for name, path in _files(folder)}


def _contents(folder: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in _files(folder)}
