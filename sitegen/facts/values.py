"""The values of facts: immutable, each with the notation of its author in `text`."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import date, timedelta
from typing import TYPE_CHECKING, ClassVar

from sitegen.frozen import frozen

if TYPE_CHECKING:
    from sitegen.facts.versions import VersionSet
    from sitegen.findings import Place

# Levels in the order of the life of a release: word -> (label, whether it is supported).
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
    "extended": ("Extended support", False),  # for those who pay; for all others, support has ended
    "removed": ("Removed", False),
}
ENDED = ("eol", "extended", "removed")  # the levels after the end of support
STATES = {word: word for word in ("yes", "partial", "no", "unknown", "not applicable", "not tested")}
_MARKUP = re.compile(r"`|\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])")
ID = re.compile(r"[a-z0-9]+(?:[._-][a-z0-9]+)*")


@frozen
class Absent:
    """Intentional absence, written `none`."""

    text: ClassVar[str] = ""


@frozen
class Text:
    """A text; also the value of a choice."""

    text: str


@frozen
class Markdown:
    """Inline Markdown."""

    text: str


@frozen
class Link:
    """The target of a link: a URL, a path that begins with `/`, or a fragment."""

    text: str


@frozen
class Versions:
    """A set of versions; `single` if its type is `version`."""

    set: VersionSet
    single: bool = False

    @property
    def text(self) -> str:
        return self.set.text


@frozen
class Support:
    """A state of support from STATES or STAGES, with optional versions (a single one is a minimum), date and link.

    The current level of a lifecycle may have a `name` of its own.
    """

    state: str
    versions: VersionSet | None = None
    on: Day | None = None
    link: str = ""
    name: str = ""

    @property
    def text(self) -> str:
        """The state in English, or its versions."""
        return self.in_words(level_label(self.state, self.name) if self.state in STAGES else STATES[self.state])

    def in_words(self, label: str) -> str:
        """The label of the state, with its versions."""
        if self.versions is None:
            return label
        return self.versions.text if self.state == "yes" else f"{label} ({self.versions.text})"


@frozen
class Day:
    """A day, month, quarter or year with its first and last day; `expected` if it is not certain."""

    text: str
    first: date
    last: date
    expected: bool = False


@frozen
class ReleaseOf:
    """The release of another record of a dataset, as the beginning of a level. `name` is its versions or its name."""

    id: str
    name: str
    place: Place = field(compare=False)


@frozen
class Level:
    """A level and when it begins; with `by`, it began on an unknown day before.

    A level `after` a release begins when that does. Its `on` is None as long as the release has no certain date. A
    level that a field declares has a `name`, and means the same as its `stage`.
    """

    stage: str
    on: Day | None
    by: bool = False
    after: ReleaseOf | None = None
    name: str = ""

    @property
    def day(self) -> date:
        """The first day on which it certainly is the level, after a month, a quarter or a year; else `date.max`."""
        if self.on is None or self.on.expected or self.on.last == date.max:
            return date.max
        return self.on.first if self.on.first == self.on.last else self.on.last + timedelta(days=1)

    @property
    def is_certain(self) -> bool:
        """Whether it has begun, or begins for certain, on its `day`."""
        return self.day < date.max

    @property
    def key(self) -> str:
        """Its name in the facts."""
        return self.name or self.stage

    @property
    def label(self) -> str:
        """Its name on pages."""
        return level_label(self.stage, self.name)

    @property
    def is_supported(self) -> bool:
        """Whether the release is supported for everyone."""
        return STAGES[self.stage][1]


@frozen
class Lifecycle:
    """The levels of a release, in order. Some may not be certain."""

    levels: tuple[Level, ...]

    def at(self, day: date) -> Level | None:
        """The level on a day, or None before the first."""
        return next((level for level in reversed(self.levels) if level.day <= day), None)

    def following(self, level: Level) -> Level | None:
        """The next level after one of the levels."""
        later = self.levels[self.levels.index(level) + 1 :]
        return next((other for other in later if not other.is_certain or other.day > level.day), None)

    def ends(self, level: Level) -> Day | ReleaseOf | None:
        """The end of a level: its last day, or the period or the release in which it ends; None if that is unknown."""
        following = self.following(level)
        if following is None or following.by:
            return None
        on = following.on
        if on is None or on.first < on.last or on.first == date.min:
            return on or following.after
        last = on.first - timedelta(days=1)
        return Day(last.isoformat(), last, last, on.expected)


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
class Verbatim:
    """A text in a field of any type. It is shown as it is, and means nothing to rules and questions."""

    text: str


NOTES = "notes"  # the dataset of shared notes


@frozen
class SharedNote:
    """The text of a shared note, with its places."""

    text: str
    places: tuple[Place, ...]


@frozen
class Notes:
    """Notes about a record, a value or a header: texts, and shared ones by their id or, once resolved, their text."""

    items: tuple[Markdown | Reference | SharedNote, ...]

    @property
    def text(self) -> str:
        return " ".join(item.text for item in self.items)

    @property
    def places(self) -> tuple[Place, ...]:
        """The places of the shared ones."""
        return tuple(place for item in self.items if isinstance(item, SharedNote) for place in item.places)


@frozen
class Qualified:
    """A value of a list, or one alone, with a condition in inline Markdown (empty for none) and notes of its own."""

    value: Simple
    when: str = ""
    note: Notes | None = None

    @property
    def text(self) -> str:
        return self.in_words(self.value.text)

    def in_words(self, value: str) -> str:
        """A text for the value, with the condition as plain text, without the markup of code and links."""
        return f"{value} ({re.sub(_MARKUP, lambda match: match[1] or '', self.when)})" if self.when else value


@frozen
class List:
    """Several values of one type."""

    items: tuple[Value, ...]

    @property
    def text(self) -> str:
        return ", ".join(item.text for item in self.items if not isinstance(item, Lifecycle))


Simple = Absent | Text | Markdown | Link | Versions | Support | Day | Reference | Verbatim
Value = Simple | Qualified | Lifecycle | List | Notes | SharedNote


def items_in(value: Value) -> tuple[Value, ...]:
    """The items of a list or of notes, or a single value as one item, with their conditions."""
    return value.items if isinstance(value, (List, Notes)) else (value,)


def unqualified(value: Value) -> Value:
    """A value without its condition and its note."""
    return value.value if isinstance(value, Qualified) else value


def plain_items(value: Value) -> tuple[Value, ...]:
    """The items of a list or of notes, or a single value as one item, without their conditions."""
    return tuple(map(unqualified, items_in(value))) if isinstance(value, (List, Notes, Qualified)) else (value,)


def noted(value: Value) -> tuple[Notes, ...]:
    """The notes that a value is or contains."""
    if not isinstance(value, (List, Qualified, Notes)):  # the common case
        return ()
    items = value.items if isinstance(value, List) else (value,)
    notes = (item.note if isinstance(item, Qualified) else item for item in items)
    return tuple(each for each in notes if isinstance(each, Notes))


def level_label(stage: str, name: str = "") -> str:
    """The label of a stage, or of a level with a name of its own."""
    return name[:1].upper() + name[1:] if name else STAGES[stage][0]


def exact_day(text: str) -> date | None:
    """A date written as 2026-05-31 (ISO 8601), or None for another text."""
    try:
        return date.fromisoformat(text) if looks_like_day(text) else None
    except ValueError:  # the date does not exist
        return None


def looks_like_day(text: str) -> bool:
    """Whether a text has the form of a date, such as 2026-05-31; the date may not exist."""
    return re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) is not None


_SAFE_TARGET = re.compile(r"(?:https?://[^\s/]|mailto:[^\s]|\.{0,2}/(?!/)|#)[^\s<>\"'`{}|\\^]*|/|#")
TARGET_HINT = "write https://..., mailto:..., /a/path/ or #a-heading"


def is_target(text: str) -> bool:
    """Whether a text is valid as the target of a link in every format."""
    return _SAFE_TARGET.fullmatch(text) is not None
