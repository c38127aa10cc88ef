"""The closed set of field types: what a value may be, and how it is read.

A declared type is a short text: `text`, `version?`, `list of link`, `one of Linux / macOS`, `reference to releases`,
`support of releases`. `parse_type` reads it; `Type.read` makes a frozen value of a node, which keeps its author's text.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterable
from dataclasses import field
from datetime import date, timedelta
from functools import lru_cache
from typing import ClassVar

from sitegen.findings import Finding, Place, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.source import Mapping, Node, Scalar, Sequence
from sitegen.state_words import state_hint
from sitegen.version_ranges import VersionError
from sitegen.versions import VersionSet, parse_minimum, parse_single, parse_versions

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
# What a value of a type is called in messages.
_NOUNS = {
    "text": "a text",
    "markdown": "a markdown value",
    "link": "the target of a link",
    "version": "a version",
    "versions": "a set of versions",
    "support": "a state of support",
    "stage": "a stage",
    "date": "a date",
    "lifecycle": "a lifecycle",
}
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

Reader = Callable[[Scalar, Report], Value | None]


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
        if self.item is not None:
            return f"a list of {self.item}"
        return _NOUNS.get(self.name) or str(self).removesuffix("?")

    def read(self, node: Node, report: Report) -> Value | None:
        """Read a value of this type. Reports what is wrong and returns None then."""
        if isinstance(node, Scalar):
            if node.plain and node.text in ("", "none"):
                if node.text and self.optional:
                    return Absent()
                what = f"'none' is not allowed in a field of type '{self}'" if node.text else f"{self.noun} is missing"
                hint = "write a value, or 'none' for meant absence" if self.optional else "write a value"
                report(Finding("no-value", what, node.place, hint))
                return None
            if (value := _understood(self.name, node.text)) is not None:
                return value
        if self.item is not None:
            return _read_list(self.item, node, report)
        if self.name == "lifecycle":
            return _read_lifecycle(node, report)
        if not isinstance(node, Scalar):
            hint = "say the value with 'is'" if isinstance(node, Mapping) else ""
            report(Finding("wrong-shape", f"expected {self.noun}, found a {_shape(node)}", node.place, hint))
            return None
        if self.name == "one of":
            return _read_choice(self.of, node, report)
        if self.name == "reference":
            return Reference(self.of[0], node.text, node.place)
        return _READERS[self.name](node, report)


@lru_cache(maxsize=65536)
def _understood(name: str, text: str) -> Value | None:
    """The value of a text in which nothing is wrong. Libraries repeat texts, and each is read once."""
    told: list[Finding] = []
    value = _READERS[name](Scalar(text, Place("", 1, 1)), told.append) if name in _READERS else None
    return None if told else value


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
        if inner is None:
            return None
        return Type("list", optional, item=inner)
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
    """A day written as 2026-05-31 (ISO 8601), or None. Raises ValueError for one that does not exist."""
    return date.fromisoformat(text) if looks_like_day(text) else None


def looks_like_day(text: str) -> bool:
    """Whether a text is written as a day is, such as 2026-05-31; the day need not exist."""
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None


def parse_day(node: Node, report: Report) -> date | None:
    """Read one exact day, as in `from: 2026-04-01`."""
    if isinstance(node, Scalar):
        try:
            day = exact_day(node.text)
        except ValueError:
            report(Finding("bad-date", f"the day {node.text} does not exist", node.place))
            return None
        if day is None:
            report(Finding("bad-date", f"'{node.text}' is not a day", node.place, "write a day as 2026-05-31"))
        return day
    report(Finding("bad-date", f"expected a day, found a {_shape(node)}", node.place, "write a day as 2026-05-31"))
    return None


def _shape(node: Node) -> str:
    return {Scalar: "text", Sequence: "list", Mapping: "mapping"}[type(node)]


def _read_list(item: Type, node: Node, report: Report) -> List | None:
    nodes: Iterable[Node]
    if isinstance(node, Sequence):
        nodes = node.items
    elif isinstance(node, Scalar) and node.text:
        nodes = (node,)
    else:
        report(Finding("wrong-shape", f"expected a list of {item}, found a {_shape(node)}", node.place))
        return None
    read = [item.read(child, report) for child in nodes]
    values = tuple(value for value in read if value is not None)
    return List(values) if len(values) == len(read) else None


def _read_choice(words: tuple[str, ...], node: Scalar, report: Report) -> Text | None:
    if node.text in words:
        return Text(node.text)
    hint = did_you_mean(node.text, words)
    report(Finding("unknown-choice", f"'{node.text}' is not one of the choices", node.place, hint))
    return None


def _read_text(node: Scalar, report: Report) -> Text | None:
    if node.text != node.text.strip() or "\n" in node.text.strip():
        message = "a text is one line without blanks around it"
        report(Finding("bad-text", message, node.place, "use 'markdown' for prose"))
        return None
    return Text(node.text)


_FOREIGN_TAG = re.compile(r"(?:\{\{[<%]|\{%)(?:.*?\}+)?", re.DOTALL)


def _read_markdown(node: Scalar, report: Report) -> Markdown | None:
    text = node.text.strip()
    if re.search(r"\n\s*\n", text):
        report(Finding("bad-text", "a markdown value is one paragraph", node.place))
        return None
    if tag := _FOREIGN_TAG.search(text):
        what = "shortcode of Hugo" if tag.group().startswith("{{") else "tag of Markdoc"
        message = f"the {what} '{tag.group()}' cannot stand in a value"
        report(Finding("foreign-tag", message, node.place, "a value reaches every dialect; say it in words"))
        return None
    return Markdown(text)


_SAFE_TARGET = re.compile(r"(?:https?://[^\s/]|mailto:[^\s]|/(?!/)|#)[^\s<>\"'`{}|\\^]*|/|#")
TARGET_HINT = "write https://..., mailto:..., /a/path/ or #a-heading"


def is_target(text: str) -> bool:
    """Whether a text can stand as the target of a link in every dialect."""
    return _SAFE_TARGET.fullmatch(text) is not None


def _read_link(node: Scalar, report: Report) -> Link | None:
    if is_target(node.text):
        return Link(node.text)
    report(Finding("bad-link", f"'{node.text}' is not the target of a link", node.place, TARGET_HINT))
    return None


def _read_version(node: Scalar, report: Report) -> Versions | None:
    try:
        return Versions(parse_single(node.text), single=True)
    except VersionError as error:
        report(Finding("bad-version", str(error), node.place, error.hint or "write one version, such as 1.20"))
        return None


def _read_versions(node: Scalar, report: Report) -> Versions | None:
    return Versions(versions) if (versions := _parse_set(node, 0, report, parse_versions)) else None


def _parse_set(node: Scalar, skip: int, report: Report, read: Callable[[str], VersionSet]) -> VersionSet | None:
    try:
        return read(node.text[skip:])
    except VersionError as error:
        place = node.place
        offset = error.offset + skip + (0 if node.plain else 1)
        if error.offset < place.length:
            place = place._replace(column=place.column + offset, length=max(1, place.length - offset))
        report(Finding("bad-versions", str(error), place, error.hint))
        return None


def _read_support(node: Scalar, report: Report) -> Support | None:
    text = node.text
    words = (*STATES, *STAGES)
    for word in sorted(words, key=len, reverse=True):
        rest = text.removeprefix(word)
        if rest == "" and text == word:
            return Support(word)
        if rest != text and rest.startswith(" "):
            versions = _parse_set(node, len(word) + 1, report, parse_minimum)
            return None if versions is None else Support(word, versions)
    if hint := state_hint(text, words):
        report(Finding("unknown-state", f"'{text}' is not a state of support", node.place, hint))
        return None
    versions = _parse_set(node, 0, report, parse_minimum)
    return None if versions is None else Support("yes", versions)


def _read_stage(node: Scalar, report: Report) -> Support | None:
    if node.text in STAGES:
        return Support(node.text)
    report(_unknown_stage(node))
    return None


def _unknown_stage(node: Scalar) -> Finding:
    return Finding("unknown-stage", f"'{node.text}' is not a stage", node.place, did_you_mean(node.text, tuple(STAGES)))


_DAY = re.compile(
    r"(?P<soft>~|expected )?(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[0-9])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)


def _read_date(node: Scalar, report: Report) -> Day | None:
    match = _DAY.fullmatch(node.text)
    if match is None:
        hint = "write 2026-05-31, 2026-05, 2026-Q2 or 2026; '~' before it means expected"
        report(Finding("bad-date", f"'{node.text}' is not a date", node.place, hint))
        return None
    year, month = int(match["year"]), int(match["month"] or 1)
    months = 1 if match["month"] else 12  # how many months the date stands for
    if match["quarter"]:
        month, months = 3 * int(match["quarter"]) - 2, 3
    try:
        first = date(year, month, int(match["day"] or 1))
        end = month + months - 1
        last = first if match["day"] else date(year, end, calendar.monthrange(year, end)[1])
    except ValueError:
        report(Finding("bad-date", f"the date {node.text} does not exist", node.place))
        return None
    return Day(node.text, first, last, match["soft"] is not None)


def _read_lifecycle(node: Node, report: Report) -> Lifecycle | None:
    if not isinstance(node, Mapping):
        message = f"expected a lifecycle, found a {_shape(node)}"
        report(Finding("wrong-shape", message, node.place, "write {ga: 2025-07-01, eol: 2026-06-01}"))
        return None
    levels: list[Level] = []
    sound = True
    for key, value in node.entries:
        by = isinstance(value, Scalar) and value.text.startswith("by ")
        day = parse_day(value._replace(text=value.text[3:]) if by and isinstance(value, Scalar) else value, report)
        if key.text not in STAGES:
            report(_unknown_stage(key))
        elif day is not None:
            level = Level(key.text, day, by)
            problem = _order_problem(levels[-1], level) if levels else None
            if problem is None:
                levels.append(level)
                continue
            report(Finding("bad-lifecycle", problem, key.place, "order levels as a release passes through them"))
        sound = False
    if sound and not levels:
        report(Finding("bad-lifecycle", "a lifecycle has at least one level", node.place))
        return None
    return Lifecycle(tuple(levels)) if sound else None


def _order_problem(before: Level, level: Level) -> str | None:
    """Say why a level cannot follow another, or None."""
    order = list(STAGES)
    if order.index(level.stage) < order.index(before.stage):
        return f"'{level.stage}' comes before '{before.stage}'"
    if level.day < before.day or (level.day == before.day and not (level.by and before.by)):
        return f"'{level.stage}' begins on {level.day}, not after '{before.stage}' on {before.day}"
    return None


_READERS: dict[str, Reader] = {
    "text": _read_text,
    "markdown": _read_markdown,
    "link": _read_link,
    "version": _read_version,
    "versions": _read_versions,
    "support": _read_support,
    "stage": _read_stage,
    "date": _read_date,
}
