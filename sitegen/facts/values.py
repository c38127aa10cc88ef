"""The closed set of field types: what a value may be, and how it is read.

A declared type is a short text: `text`, `version?`, `list of link`, `one of Linux / macOS`, `reference to releases`,
`support of releases`. `parse_type` reads it; `Type.read` makes a frozen value of a node, which keeps its author's text.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import field
from datetime import date, timedelta
from functools import lru_cache
from typing import ClassVar

from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import VersionSet, parse_minimum, parse_single, parse_versions
from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at

# Levels in the order in which a release passes through them: word -> (label, is it supported).
STAGES: dict[str, tuple[str, bool]] = {
    "planned": ("Planned", False),
    "experimental": ("Experimental", False),
    "private beta": ("Private beta", False),
    "beta": ("Beta", False),
    "preview": ("Preview", False),
    "ga": ("General Availability", True),
    "lts": ("Long-Term Support", True),
    "maintenance": ("Maintenance", True),
    "deprecated": ("Deprecated", True),
    "eol": ("End of Life", False),
    "removed": ("Removed", False),
}
STATES = {word: word for word in ("yes", "partial", "no", "unknown", "not applicable", "not tested")}
# The types whose versions may be those of a ladder of releases: `since: support of releases`.
MEASURED = ("version", "versions", "support")
ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@frozen
class Absent:
    """Meant absence, written `none`."""

    text: ClassVar[str] = ""


@frozen
class Text:
    """A piece of text; also the value of a choice."""

    text: str


@frozen
class Markdown:
    """A piece of inline Markdown, the author's own."""

    text: str


@frozen
class Link:
    """The target of a link: a URL, a path that begins with `/`, or a fragment."""

    text: str


@frozen
class Versions:
    """A version or a set of versions; `text` is the author's notation. `single` values are of the type `version`."""

    set: VersionSet
    single: bool = False

    @property
    def text(self) -> str:
        return self.set.text


@frozen
class Support:
    """A state of support: a word of STATES or STAGES, perhaps with versions (one alone is a minimum), a day, a link."""

    state: str
    versions: VersionSet | None = None
    on: Day | None = None
    link: str = ""

    @property
    def text(self) -> str:
        label = STAGES[self.state][0] if self.state in STAGES else STATES[self.state]
        if self.versions is None:
            return label
        return self.versions.text if self.state == "yes" else f"{label} ({self.versions.text})"


@frozen
class Day:
    """A day, month, quarter or year, firm or expected; `first` and `last` are its days."""

    text: str
    first: date
    last: date
    expected: bool = False


@frozen
class Level:
    """The day a level began; with `by` it held on that day and its beginning is not known."""

    stage: str
    day: date
    by: bool


@frozen
class Lifecycle:
    """The levels of a release, in order."""

    levels: tuple[Level, ...]

    def at(self, day: date) -> Level | None:
        """The level that holds on a day, or None before the first."""
        holding = [level for level in self.levels if level.day <= day]
        return holding[-1] if holding else None

    def ends(self, level: Level) -> date | None:
        """The last day of a level, where the next one begins on an exact day."""
        following = [other for other in self.levels if other.day > level.day]
        if not following or following[0].by:
            return None
        return following[0].day - timedelta(days=1)


@frozen
class Reference:
    """A record of another dataset."""

    dataset: str
    id: str
    place: Place = field(compare=False)

    @property
    def text(self) -> str:
        return self.id


@frozen
class List:
    """Several values of one type."""

    items: tuple[Value, ...]

    @property
    def text(self) -> str:
        return ", ".join(item.text for item in self.items if not isinstance(item, Lifecycle))


Value = Absent | Text | Markdown | Link | Versions | Support | Day | Lifecycle | Reference | List


class _Problem(ValueError):
    """What is wrong with a value. With an `offset`, it is that far behind the first `skip` characters of its text."""

    def __init__(self, code: str, message: str, hint: str = "", offset: int | None = None, skip: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.offset = offset
        self.skip = skip

    def finding(self, node: Node) -> Finding:
        """The same as a finding at the node of the value."""
        place = node.place
        if isinstance(node, Scalar) and self.offset is not None and self.offset < place.length:
            start = self.offset + self.skip + (0 if node.plain else 1)
            place = place._replace(column=place.column + start, length=max(1, place.length - start))
        return Finding(self.code, str(self), place, self.hint)


@frozen
class Type:
    """A declared field type. `name` is one of the words below, `of` what it refers to or is measured on."""

    name: str
    optional: bool = False
    of: tuple[str, ...] = ()
    item: Type | None = None

    def __str__(self) -> str:
        if self.item is not None:
            text = f"list of {self.item}"
        elif self.name == "one of":
            text = "one of " + " / ".join(self.of)
        elif self.name == "reference":
            text = f"reference to {self.of[0]}"
        else:
            text = " of ".join((self.name, *self.of))
        return text + ("?" if self.optional else "")

    @property
    def ladder(self) -> str:
        """The dataset of releases that versions of this type are measured on, or an empty text."""
        if self.item is not None:
            return self.item.ladder
        return self.of[0] if self.of and self.name in MEASURED else ""

    @property
    def noun(self) -> str:
        """What a value of this type is called in a message."""
        if self.name == "reference":
            return f"the id of a record of {self.of[0]}"
        if self.name == "lifecycle":
            return "a lifecycle"
        if self.item is not None:
            return f"a list of {self.item}"
        return _READERS[self.name][0] if self.name in _READERS else str(self).removesuffix("?")

    def read(self, node: Node, report: Report) -> Value | None:
        """Read a value of this type. Reports what is wrong and returns None then."""
        try:
            return self._value(node, report)
        except _Problem as problem:
            report(problem.finding(node))
            return None

    def _value(self, node: Node, report: Report) -> Value | None:
        if isinstance(node, Scalar):
            text = node.text
            if node.plain and text in ("", "none"):
                if text and self.optional:
                    return Absent()
                what = f"'none' is not allowed in a field of type '{self}'" if text else f"{self.noun} is missing"
                hint = "write a value, or 'none' for meant absence" if self.optional else "write a value"
                raise _Problem("no-value", what, hint)
            if self.name in _READERS:
                return _value_of(self.name, text)
            if self.name == "reference":
                return Reference(self.of[0], text, node.place)
            if self.name == "one of":
                if text in self.of:
                    return Text(text)
                raise _Problem("unknown-choice", f"'{text}' is not one of the choices", did_you_mean(text, self.of))
        if self.item is not None:
            return _read_list(self.item, node, report)
        if self.name == "lifecycle":
            return _read_lifecycle(node, report)
        hint = "say the value with 'is'" if isinstance(node, Mapping) else ""
        raise _Problem("wrong-shape", f"expected {self.noun}, found a {_shape(node)}", hint)


@lru_cache(maxsize=65536)
def _value_of(name: str, text: str) -> Value:
    """The value of a text by the name of its type. Libraries repeat texts, and each is read once."""
    return _READERS[name][1](text)


def parse_type(node: Node, report: Report) -> Type | None:
    """Read a declared type, such as `list of text?`."""
    if not isinstance(node, Scalar):
        report(Finding("unknown-type", "a type is a short text, such as 'text?'", node.place))
        return None
    text = node.text
    optional = text.endswith("?")
    text = text.removesuffix("?").strip()
    if text.startswith("list of "):
        item = text.removeprefix("list of ").strip()
        if item.startswith("list of "):
            report(Finding("unknown-type", "a list holds no lists", node.place, "write 'list of text', for instance"))
            return None
        inner = parse_type(Scalar(item, node.place), report)
        return None if inner is None else Type("list", optional, item=inner)
    if text.startswith("one of "):
        words = tuple(word.strip() for word in text.removeprefix("one of ").split("/"))
        if all(words):
            return Type("one of", optional, words)
    if text.startswith("reference to "):
        return Type("reference", optional, (text.removeprefix("reference to ").strip(),))
    if text in _READERS or text == "lifecycle":
        return Type(text, optional)
    name, _, ladder = text.partition(" of ")
    if name in MEASURED and ladder.strip():
        return Type(name, optional, (ladder.strip(),))
    known = [*_READERS, "lifecycle", "list of ...", "one of ...", "reference to ..."]
    hint = f"write '{name[:-1]} of {ladder.strip()}?'" if name[:-1] in MEASURED and name.endswith("?") else ""
    report(Finding("unknown-type", f"unknown type '{node.text}'", node.place, hint or did_you_mean(text, known)))
    return None


def exact_day(text: str) -> date | None:
    """A day written as 2026-05-31 (ISO 8601), or None for anything else."""
    try:
        return date.fromisoformat(text) if looks_like_day(text) else None
    except ValueError:  # there is no such day
        return None


def looks_like_day(text: str) -> bool:
    """Whether a text is written as a day is, such as 2026-05-31; the day need not exist."""
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None


def parse_day(node: Node, report: Report) -> date | None:
    """Read one exact day, as in `from: 2026-04-01`."""
    text = node.text if isinstance(node, Scalar) else ""
    message, hint = f"'{text}' is not a day", "write a day as 2026-05-31"
    if not isinstance(node, Scalar):
        message = f"expected a day, found a {_shape(node)}"
    elif looks_like_day(text):
        message, hint = f"the day {text} does not exist", ""
    day = exact_day(text)
    if day is None:
        report(Finding("bad-date", message, node.place, hint))
    return day


def _shape(node: Node) -> str:
    return {Scalar: "text", Sequence: "list", Mapping: "mapping"}[type(node)]


def _read_list(item: Type, node: Node, report: Report) -> List | None:
    if isinstance(node, Mapping) or (isinstance(node, Scalar) and not node.text):
        raise _Problem("wrong-shape", f"expected a list of {item}, found a {_shape(node)}")
    read = [item.read(child, report) for child in items_at(node)]
    values = tuple(value for value in read if value is not None)
    return List(values) if len(values) == len(read) else None


def _read_text(text: str) -> Text:
    if text != text.strip() or "\n" in text.strip():
        raise _Problem("bad-text", "a text is one line without blanks around it", "use 'markdown' for prose")
    return Text(text)


_FOREIGN_TAG = re.compile(r"(?:\{\{[<%]|\{%)(?:.*?\}+)?", re.DOTALL)


def _read_markdown(text: str) -> Markdown:
    text = text.strip()
    if re.search(r"\n\s*\n", text):
        raise _Problem("bad-text", "a markdown value is one paragraph")
    if tag := _FOREIGN_TAG.search(text):
        what = "shortcode of Hugo" if tag.group().startswith("{{") else "tag of Markdoc"
        message = f"the {what} '{tag.group()}' cannot stand in a value"
        raise _Problem("foreign-tag", message, "a value reaches every dialect; say it in words")
    return Markdown(text)


_SAFE_TARGET = re.compile(r"(?:https?://[^\s/]|mailto:[^\s]|/(?!/)|#)[^\s<>\"'`{}|\\^]*|/|#")
TARGET_HINT = "write https://..., mailto:..., /a/path/ or #a-heading"


def is_target(text: str) -> bool:
    """Whether a text can stand as the target of a link in every dialect."""
    return _SAFE_TARGET.fullmatch(text) is not None


def _read_link(text: str) -> Link:
    if not is_target(text):
        raise _Problem("bad-link", f"'{text}' is not the target of a link", TARGET_HINT)
    return Link(text)


def _read_version(text: str) -> Versions:
    try:
        return Versions(parse_single(text), single=True)
    except VersionError as error:
        hint = error.hint or "write one version, such as 1.20"
        raise _Problem("bad-version", str(error), hint) from None


def _parse_set(text: str, skip: int, read: Callable[[str], VersionSet]) -> VersionSet:
    try:
        return read(text[skip:])
    except VersionError as error:
        raise _Problem("bad-versions", str(error), error.hint, error.offset, skip) from None


def _read_support(text: str) -> Support:
    words = (*STATES, *STAGES)
    if text in words:
        return Support(text)
    for word in sorted(words, key=len, reverse=True):
        if text.startswith(f"{word} "):
            return Support(word, _parse_set(text, len(word) + 1, parse_minimum))
    if hint := _state_hint(text, words):
        raise _Problem("unknown-state", f"'{text}' is not a state of support", hint)
    return Support("yes", _parse_set(text, 0, parse_minimum))


# What people write for a state of support in tables.
_WRITTEN_FOR = {
    "yes": "\u2713 \u2714 \u2705 \u2611 \u221a \U0001f7e2 y true on supported available full",
    "no": "\u2717 \u2718 \u274c \u2715 \u2716 \u00d7 \u2612 \U0001f534 n false off unsupported",
    "partial": "limited partially \u26a0 \U0001f7e1",
    "unknown": "? ?? tbd tba",
    "not applicable": "n/a na",
    "experimental": "alpha",
    "ga": "stable",
}
_MEANT = {sign: state for state, signs in _WRITTEN_FOR.items() for sign in signs.split()}
_MEANT |= {"not supported": "no", "not available": "no", "generally available": "ga"}
_VERSION_WORD = re.compile(r"v[0-9]|(?:any|all|latest)$", re.IGNORECASE)


def _state_hint(text: str, states: tuple[str, ...]) -> str:
    """What to write for a text that is none of the `states`; an empty text where it may be versions."""
    plain = text.replace("\ufe0f", "").strip().lower()
    if plain and not plain.strip("-\u2013\u2014"):
        return "write 'no' or 'unknown', or 'none' for meant absence"
    if plain in _MEANT:
        return f"write '{_MEANT[plain]}'"
    if not text[:1].isalpha() or _VERSION_WORD.match(text):
        return ""
    return did_you_mean(plain, states) or "write a version, or one of: " + ", ".join(states)


def _read_stage(text: str) -> Support:
    if text not in STAGES:
        raise _unknown_stage(text)
    return Support(text)


def _unknown_stage(text: str) -> _Problem:
    return _Problem("unknown-stage", f"'{text}' is not a stage", did_you_mean(text, tuple(STAGES)))


_DAY = re.compile(
    r"(?P<soft>~|expected )?(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[0-9])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)


def _read_date(text: str) -> Day:
    match = _DAY.fullmatch(text)
    if match is None:
        hint = "write 2026-05-31, 2026-05, 2026-Q2 or 2026; '~' before it means expected"
        raise _Problem("bad-date", f"'{text}' is not a date", hint)
    year, month = int(match["year"]), int(match["month"] or 1)
    months = 1 if match["month"] else 12  # how many months the date stands for
    if match["quarter"]:
        month, months = 3 * int(match["quarter"]) - 2, 3
    try:
        first = date(year, month, int(match["day"] or 1))
        end = month + months - 1
        last = first if match["day"] else date(year, end, calendar.monthrange(year, end)[1])
    except ValueError:
        raise _Problem("bad-date", f"the date {text} does not exist") from None
    return Day(text, first, last, match["soft"] is not None)


def _read_lifecycle(node: Node, report: Report) -> Lifecycle | None:
    if not isinstance(node, Mapping):
        hint = "write {ga: 2025-07-01, eol: 2026-06-01}"
        raise _Problem("wrong-shape", f"expected a lifecycle, found a {_shape(node)}", hint)
    levels: list[Level] = []
    sound = True
    for key, value in node.entries:
        by = isinstance(value, Scalar) and value.text.startswith("by ")
        day = parse_day(value._replace(text=value.text[3:]) if by and isinstance(value, Scalar) else value, report)
        if key.text not in STAGES:
            report(_unknown_stage(key.text).finding(key))
        elif day is not None:
            level = Level(key.text, day, by)
            problem = _order_problem(levels[-1], level) if levels else None
            if problem is None:
                levels.append(level)
                continue
            report(Finding("bad-lifecycle", problem, key.place, "order levels as a release passes through them"))
        sound = False
    if sound and not levels:
        raise _Problem("bad-lifecycle", "a lifecycle has at least one level")
    return Lifecycle(tuple(levels)) if sound else None


def _order_problem(before: Level, level: Level) -> str | None:
    """Say why a level cannot follow another, or None."""
    order = list(STAGES)
    if order.index(level.stage) < order.index(before.stage):
        return f"'{level.stage}' comes before '{before.stage}'"
    if level.day < before.day or (level.day == before.day and not (level.by and before.by)):
        return f"'{level.stage}' begins on {level.day}, not after '{before.stage}' on {before.day}"
    return None


# The types that are read from a text alone: what a value is called in messages, and its reader.
_READERS: dict[str, tuple[str, Callable[[str], Value]]] = {
    "text": ("a text", _read_text),
    "markdown": ("a markdown value", _read_markdown),
    "link": ("the target of a link", _read_link),
    "version": ("a version", _read_version),
    "versions": ("a set of versions", lambda text: Versions(_parse_set(text, 0, parse_versions))),
    "support": ("a state of support", _read_support),
    "stage": ("a stage", _read_stage),
    "date": ("a date", _read_date),
}
