"""Field types: a closed set of declared types, and how their values are read.

A type is declared by a short text: `text`, `version?`, `list of link`, `one of Linux / macOS`, `reference to releases`,
`support of releases`. `parse_type` parses it; `Type.read` reads a value from a node.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from datetime import date
from functools import lru_cache

from sitegen.facts.values import (
    STAGES,
    STATES,
    TARGET_HINT,
    Absent,
    Day,
    Level,
    Lifecycle,
    Link,
    List,
    Markdown,
    Reference,
    Support,
    Text,
    Value,
    Versions,
    exact_day,
    is_target,
    looks_like_day,
)
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import VersionSet, parse_minimum, parse_single, parse_versions
from sitegen.findings import Finding, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at

_OF_LADDERS = ("version", "versions", "support")  # types that may refer to a dataset of releases


class _BadValueError(ValueError):
    """A value is invalid. With an `offset`, the problem is so many characters after the first `skip` ones."""

    def __init__(self, code: str, message: str, hint: str = "", offset: int | None = None, skip: int = 0) -> None:
        super().__init__(message)
        self.code = code
        self.hint = hint
        self.offset = offset
        self.skip = skip

    def finding(self, node: Node) -> Finding:
        """The finding at the node of the value."""
        place = node.place
        if isinstance(node, Scalar) and self.offset is not None and self.offset < place.length:
            start = self.offset + self.skip + (0 if node.plain else 1)
            place = place._replace(column=place.column + start, length=max(1, place.length - start))
        return Finding(self.code, str(self), place, self.hint)


@frozen
class Type:
    """A declared field type. `name` is its keyword; `of` are the choices, or the dataset that it refers to."""

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
        """The dataset of releases that versions of this type refer to, or an empty text."""
        if self.item is not None:
            return self.item.ladder
        return self.of[0] if self.of and self.name in _OF_LADDERS else ""

    @property
    def noun(self) -> str:
        """A value of this type, in a message: `a text`."""
        if self.name == "reference":
            return f"the id of a record of {self.of[0]}"
        if self.name == "lifecycle":
            return "a lifecycle"
        if self.item is not None:
            return f"a list of {self.item}"
        return _READERS[self.name][0] if self.name in _READERS else str(self).removesuffix("?")

    def read(self, node: Node, report: Report) -> Value | None:
        """Read a value of this type. Reports an invalid one, and returns None."""
        try:
            return self._value(node, report)
        except _BadValueError as error:
            report(error.finding(node))
            return None

    def _value(self, node: Node, report: Report) -> Value | None:
        if isinstance(node, Scalar):
            text = node.text
            if node.plain and text in ("", "none"):
                if text and self.optional:
                    return Absent()
                message = f"'none' is not allowed in a field of type '{self}'" if text else f"{self.noun} is missing"
                hint = "write a value, or 'none' for intentional absence" if self.optional else "write a value"
                raise _BadValueError("no-value", message, hint)
            if self.name in _READERS:
                return _value_of(self.name, text)
            if self.name == "reference":
                return Reference(self.of[0], text, node.place)
            if self.name == "one of":
                if text in self.of:
                    return Text(text)
                raise _BadValueError(
                    "unknown-choice", f"'{text}' is not one of the choices", did_you_mean(text, self.of)
                )
        if self.item is not None:
            return _read_list(self.item, node, report)
        if self.name == "lifecycle":
            return _read_lifecycle(node, report)
        hint = "write the value under 'is'" if isinstance(node, Mapping) else ""
        raise _BadValueError("wrong-shape", f"expected {self.noun}, found a {_shape(node)}", hint)


@lru_cache(maxsize=65536)
def _value_of(name: str, text: str) -> Value:
    """The value of a text by the name of its type. It is cached, since libraries repeat texts."""
    return _READERS[name][1](text)


def parse_type(node: Node, report: Report) -> Type | None:
    """Parse a declared type, such as `list of text?`. Reports an invalid one, and returns None."""
    if not isinstance(node, Scalar):
        report(Finding("unknown-type", "a type must be a text, such as 'text?'", node.place))
        return None
    text = node.text
    optional = text.endswith("?")
    text = text.removesuffix("?").strip()
    if text.startswith("list of "):
        item = text.removeprefix("list of ").strip()
        if item.startswith("list of "):
            report(Finding("unknown-type", "lists cannot be nested", node.place, "write, for example, 'list of text'"))
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
    if name in _OF_LADDERS and ladder.strip():
        return Type(name, optional, (ladder.strip(),))
    known = [*_READERS, "lifecycle", "list of ...", "one of ...", "reference to ..."]
    hint = f"write '{name[:-1]} of {ladder.strip()}?'" if name[:-1] in _OF_LADDERS and name.endswith("?") else ""
    report(Finding("unknown-type", f"unknown type '{node.text}'", node.place, hint or did_you_mean(text, known)))
    return None


def parse_day(node: Node | None, report: Report) -> date | None:
    """Read an exact date, as in `from: 2026-04-01`; None if it is missing. Reports an invalid one, and returns None."""
    text = node.text if isinstance(node, Scalar) else ""
    day = exact_day(text)
    if node is not None and day is None:
        message, hint = f"'{text}' is not an exact date", "write a date such as 2026-05-31"
        if not isinstance(node, Scalar):
            message = f"expected a date, found a {_shape(node)}"
        elif looks_like_day(text):
            message, hint = f"the date {text} does not exist", ""
        report(Finding("bad-date", message, node.place, hint))
    return day


def _shape(node: Node) -> str:
    return {Scalar: "text", Sequence: "list", Mapping: "mapping"}[type(node)]


def _read_list(item: Type, node: Node, report: Report) -> List | None:
    if isinstance(node, Mapping) or (isinstance(node, Scalar) and not node.text):
        raise _BadValueError("wrong-shape", f"expected a list of {item}, found a {_shape(node)}")
    read = [item.read(child, report) for child in items_at(node)]
    values = tuple(value for value in read if value is not None)
    return List(values) if len(values) == len(read) else None


def _read_text(text: str) -> Text:
    if text != text.strip() or "\n" in text.strip():
        raise _BadValueError(
            "bad-text", "a text must be one line, without spaces around it", "use 'markdown' for prose"
        )
    return Text(text)


_FOREIGN_TAG = re.compile(r"(?:\{\{[<%]|\{%)(?:.*?\}+)?", re.DOTALL)


def _read_markdown(text: str) -> Markdown:
    text = text.strip()
    if re.search(r"\n\s*\n", text):
        raise _BadValueError("bad-text", "a markdown value must be one paragraph")
    if tag := _FOREIGN_TAG.search(text):
        kind = "Hugo shortcode" if tag.group().startswith("{{") else "Markdoc tag"
        message = f"a value cannot contain the {kind} '{tag.group()}'"
        raise _BadValueError("foreign-tag", message, "values are used in every format; write it in words")
    return Markdown(text)


def _read_link(text: str) -> Link:
    if not is_target(text):
        raise _BadValueError("bad-link", f"'{text}' is not a valid link target", TARGET_HINT)
    return Link(text)


def _read_version(text: str) -> Versions:
    try:
        return Versions(parse_single(text), single=True)
    except VersionError as error:
        hint = error.hint or "write one version, such as 1.20"
        raise _BadValueError("bad-version", str(error), hint) from None


def _parse_set(text: str, skip: int, read: Callable[[str], VersionSet]) -> VersionSet:
    try:
        return read(text[skip:])
    except VersionError as error:
        raise _BadValueError("bad-versions", str(error), error.hint, error.offset, skip) from None


def _read_support(text: str) -> Support:
    words = (*STATES, *STAGES)
    if text in words:
        return Support(text)
    for word in sorted(words, key=len, reverse=True):
        if text.startswith(f"{word} "):
            return Support(word, _parse_set(text, len(word) + 1, parse_minimum))
    if hint := _state_hint(text, words):
        raise _BadValueError("unknown-state", f"'{text}' is not a state of support", hint)
    return Support("yes", _parse_set(text, 0, parse_minimum))


# Common notations for states of support in tables.
_SYNONYMS = {
    "yes": "\u2713 \u2714 \u2705 \u2611 \u221a \U0001f7e2 y true on supported available full",
    "no": "\u2717 \u2718 \u274c \u2715 \u2716 \u00d7 \u2612 \U0001f534 n false off unsupported",
    "partial": "limited partially \u26a0 \U0001f7e1",
    "unknown": "? ?? tbd tba",
    "not applicable": "n/a na",
    "experimental": "alpha",
    "ga": "stable",
}
_STATE_OF = {sign: state for state, signs in _SYNONYMS.items() for sign in signs.split()}
_STATE_OF |= {"not supported": "no", "not available": "no", "generally available": "ga"}
_VERSION_WORD = re.compile(r"v[0-9]|(?:any|all|latest)$", re.IGNORECASE)


def _state_hint(text: str, states: tuple[str, ...]) -> str:
    """The hint for a text that is not one of the `states`; empty if it may be a set of versions."""
    plain = text.replace("\ufe0f", "").strip().lower()
    if plain and not plain.strip("-\u2013\u2014"):
        return "write 'no' or 'unknown', or 'none' for intentional absence"
    if plain in _STATE_OF:
        return f"write '{_STATE_OF[plain]}'"
    if not text[:1].isalpha() or _VERSION_WORD.match(text):
        return ""
    return did_you_mean(plain, states) or "write a version, or one of: " + ", ".join(states)


def _read_stage(text: str) -> Support:
    if text not in STAGES:
        raise _unknown_stage(text)
    return Support(text)


def _unknown_stage(text: str) -> _BadValueError:
    return _BadValueError("unknown-stage", f"'{text}' is not a stage", did_you_mean(text, tuple(STAGES)))


_DAY = re.compile(
    r"(?P<soft>~|expected )?(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[0-9])|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)


def _read_date(text: str) -> Day:
    match = _DAY.fullmatch(text)
    if match is None:
        hint = "write 2026-05-31, 2026-05, 2026-Q2 or 2026; '~' before it means expected"
        raise _BadValueError("bad-date", f"'{text}' is not a date", hint)
    year, month = int(match["year"]), int(match["month"] or 1)
    months = 1 if match["month"] else 12  # length of the period
    if match["quarter"]:
        month, months = 3 * int(match["quarter"]) - 2, 3
    try:
        first = date(year, month, int(match["day"] or 1))
        end = month + months - 1
        last = first if match["day"] else date(year, end, calendar.monthrange(year, end)[1])
    except ValueError:
        raise _BadValueError("bad-date", f"the date {text} does not exist") from None
    return Day(text, first, last, match["soft"] is not None)


def _read_lifecycle(node: Node, report: Report) -> Lifecycle | None:
    if not isinstance(node, Mapping):
        hint = "write {ga: 2025-07-01, eol: 2026-06-01}"
        raise _BadValueError("wrong-shape", f"expected a lifecycle, found a {_shape(node)}", hint)
    levels: list[Level] = []
    is_valid = True
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
            report(Finding("bad-lifecycle", problem, key.place, "list the levels in chronological order"))
        is_valid = False
    if is_valid and not levels:
        raise _BadValueError("bad-lifecycle", "a lifecycle needs at least one level")
    return Lifecycle(tuple(levels)) if is_valid else None


def _order_problem(before: Level, level: Level) -> str | None:
    """Why a level cannot follow another, or None if it can."""
    order = list(STAGES)
    if order.index(level.stage) < order.index(before.stage):
        return f"'{level.stage}' comes before '{before.stage}'"
    if level.day < before.day or (level.day == before.day and not (level.by and before.by)):
        return f"'{level.stage}' begins on {level.day}, which is not after '{before.stage}' on {before.day}"
    return None


# The types whose values are texts: the noun for messages, and the reader.
_READERS: dict[str, tuple[str, Callable[[str], Value]]] = {
    "text": ("a text", _read_text),
    "markdown": ("a markdown value", _read_markdown),
    "link": ("a link target", _read_link),
    "version": ("a version", _read_version),
    "versions": ("a set of versions", lambda text: Versions(_parse_set(text, 0, parse_versions))),
    "support": ("a state of support", _read_support),
    "stage": ("a stage", _read_stage),
    "date": ("a date", _read_date),
}
