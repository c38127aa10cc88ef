"""All of YAML: nodes from the events of a parser, and in plain words what is wrong.

Anchors, aliases, tags, merge keys, repeated keys and several documents in a file are findings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import yaml

from sitegen.findings import Finding, Place, Report
from sitegen.nodes import FORBIDDEN, Mapping, Node, Scalar, Sequence
from sitegen.yaml_slips import Slip, missing_colon, slip_near, wrong_indentation

MAX_DEPTH = 40
MAX_NODES = 500_000


def read_events(text: str, file: str, report: Report, first_line: int) -> Node | None:
    """Read one YAML document. Returns None for an empty one or after a syntax error."""
    reader = _Reader(file, report, first_line, text)
    try:
        return reader.document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except _Stop:
        return None
    except yaml.YAMLError as error:
        report(_syntax_finding(error, text, file, first_line))
        return None


class _Stop(Exception):
    """Reading this file further would say nothing more."""


class _Reader:
    """Builds nodes from parser events, with an eye on everything that is not allowed."""

    def __init__(self, file: str, report: Report, first_line: int, text: str) -> None:
        self.file = file
        self.report = report
        self.first_line = first_line
        self.text = text
        self.count = 0

    def document(self, events: Iterator[Any]) -> Node | None:
        root: Node | None = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fail("yaml-documents", "a file holds one YAML document", event, "remove the '---'")
            elif isinstance(event, (yaml.ScalarEvent, yaml.SequenceStartEvent, yaml.MappingStartEvent)):
                root = self._node(event, events, 1)
            elif isinstance(event, yaml.AliasEvent):
                self._fail("yaml-alias", "aliases are not allowed", event, "write the value once and refer to its id")
        if isinstance(root, Scalar) and root.plain and not root.text:
            return None
        return root

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            self._fail("too-large", f"more than {MAX_NODES:,} values in one file", event)
        if depth > MAX_DEPTH:
            self._fail("too-deep", f"nested deeper than {MAX_DEPTH} levels", event)
        if isinstance(event, yaml.AliasEvent):
            self._say("yaml-alias", "aliases are not allowed", event, "write the value once and refer to its id")
            return Scalar("", self._place(event))
        if event.anchor is not None:
            self._say("yaml-anchor", "anchors are not allowed", event, "write the value once and refer to its id")
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        self._refuse_tag(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(child := next(events), yaml.SequenceEndEvent):
                items.append(self._node(child, events, depth + 1))
            return Sequence(tuple(items), self._place(event))
        return self._mapping(event, events, depth)

    def _scalar(self, event: Any) -> Scalar:
        plain = not event.style
        bad = FORBIDDEN.search(event.value)
        if bad:
            self._say(
                "bad-character", f"character U+{ord(bad.group()):04X} is not allowed in a text", event, "remove it"
            )
            return Scalar(FORBIDDEN.sub("", event.value), self._place(event), plain)
        if plain and event.value.startswith("-"):
            self._item_without_blank(event)
        self._refuse_tag(event)
        return Scalar(event.value, self._place(event), plain)

    def _mapping(self, event: Any, events: Iterator[Any], depth: int) -> Mapping:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Place] = {}
        while not isinstance(child := next(events), yaml.MappingEndEvent):
            key = self._node(child, events, depth + 1)
            if isinstance(key, Scalar) and key.text == "<<" and key.plain:
                self._say("yaml-merge", "merge keys are not allowed", child, "write the value once and refer to its id")
                _skip(events)
                continue
            following = next(events)
            value = self._node(following, events, depth + 1)
            self._missing_blank(child, following)
            if not isinstance(key, Scalar):
                braces = child.start_mark.index == event.start_mark.index + 1
                hint = "quote the value" if braces else "quote it if it is meant as text"
                self._say("yaml-key", "a key is a plain text", event if braces else child, hint)
                continue
            name = unicodedata.normalize("NFC", key.text)
            if name in seen:
                self.report(
                    Finding(
                        "duplicate-key",
                        f"the key '{key.text}' is said twice; first at {seen[name]}",
                        key.place,
                        "keep one of the two",
                    )
                )
                continue
            seen[name] = key.place
            entries.append((key, value))
        return Mapping(tuple(entries), self._place(event))

    def _missing_blank(self, key: Any, value: Any) -> None:
        """Refuse `since:1.4.0` inside braces, which YAML reads as a key without a value."""
        bare = all(isinstance(event, yaml.ScalarEvent) and not event.style for event in (key, value))
        if bare and not value.value and value.start_mark.index == key.end_mark.index:
            name, sign, rest = key.value.partition(":")
            if sign and rest and not rest.startswith("//"):
                hint = f"write '{name}: {rest}'"
                self._say("yaml-syntax", f"not YAML: a blank is missing after '{name}:'", key, hint)

    def _item_without_blank(self, event: Any) -> None:
        """Refuse `-one` on a line of its own, which YAML reads as a text, together with the lines below."""
        begin = self.text.rfind("\n", 0, event.start_mark.index) + 1
        alone = not self.text[begin : event.start_mark.index].strip()
        if alone and re.match(r"-[^\s-]", event.value):
            hint = f"write '- {event.value[1:].split()[0]}', or quote it if the sign is part of the text"
            self._fail("yaml-syntax", "not YAML: a blank is missing after '-'", event, hint)

    def _refuse_tag(self, event: Any) -> None:
        if event.tag is not None:
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            known = tag.startswith("!!")
            hint = "remove it; every value is read as text" if known else "quote the text if it begins with !"
            self._say("yaml-tag", f"the tag '{tag}' is not allowed", event, hint)

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.file, start.line + self.first_line, start.column + 1, max(1, length))

    def _say(self, code: str, message: str, event: Any, hint: str = "") -> None:
        self.report(Finding(code, message, self._place(event), hint))

    def _fail(self, code: str, message: str, event: Any, hint: str = "") -> None:
        self._say(code, message, event, hint)
        raise _Stop


def _skip(events: Iterator[Any]) -> None:
    """Pass over the events of one value."""
    depth = 0
    for event in events:
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth == 0:
            return


# --- syntax errors -------------------------------------------------------------------

# What libyaml says; whether the fault is where libyaml began to read (else where it gave up);
# what a writer is told, with the sign at that place; the hint.
_BEGIN = "a value cannot begin with '{}'"
_PLAIN_WORDS = (
    (r"character that cannot start any token|a block node", False, _BEGIN, "quote the value"),
    (r"scanning (?:a block scalar|an alias|an anchor|a tag|a directive)", True, _BEGIN, "quote the value"),
    (r"scanning a quoted scalar", True, "this quote is not closed", "close it, or write the text without quotes"),
    (r"scanning a simple key", True, "a ':' is missing here", ""),
    (r"(?:sequence entries|mapping keys) are not allowed", False, "'{}' is not expected here", "quote the value"),
)
_INDENTATION_HINT = "begin the line in the column of its neighbours"
_QUOTE_ALL = "quote the whole value"


def _syntax_finding(error: yaml.YAMLError, text: str, file: str, first_line: int) -> Finding:
    """Say in plain words what libyaml says in its own, at the place that a writer has to change."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return Finding("yaml-syntax", "not YAML: it cannot be read", Place(file, first_line, 1))
    mark, message, hint = _explained(error, text)
    place = Place(file, mark.line + first_line, mark.column + 1)
    quoted = _quoted_before(text, error.problem_mark)
    slip = _slip(error, text) if quoted is None else None
    if quoted is not None:
        hint = f"the next quote is in line {quoted.end_mark.line + first_line}"
        place = Place(file, quoted.start_mark.line + first_line, quoted.start_mark.column + 1)
        message = "this quote is not closed in its line"
    elif slip is not None:
        place, hint = Place(file, slip.line + first_line, slip.column + 1), slip.hint
        message = slip.message.format(slip.like + first_line)
    return Finding("yaml-syntax", f"not YAML: {message}", place, hint)


def _slip(error: yaml.MarkedYAMLError, text: str) -> Slip | None:
    """What a writer most likely did, where the lines show it."""
    said = f"{error.context}: {error.problem}"
    lines = text.split("\n")
    mark: Any = error.problem_mark
    begun: Any = error.context_mark or mark
    row = min(mark.line, len(lines) - 1)
    if "scanning a simple key" in said:
        row = begun.line
        return slip_near(lines, row) or missing_colon(lines, row)
    if "mapping values are not allowed" in said:
        begins = not lines[row][: mark.column].strip().count(" ")
        return slip_near(lines, row) or (wrong_indentation(lines, row) if begins else None)
    if ("expected key" in said or "expected '-'" in said) and "flow" not in said:
        begins = mark.column == len(lines[row]) - len(lines[row].lstrip(" "))
        return slip_near(lines, row) or (wrong_indentation(lines, row) if begins else None)
    return None


def _explained(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    """The mark of a fault, the message and the hint."""
    said = f"{error.context}: {error.problem}"
    mark: Any = error.problem_mark
    begun: Any = error.context_mark or mark
    for pattern, at_begin, message, hint in _PLAIN_WORDS:
        if re.search(pattern, said):
            place = begun if at_begin else mark
            return place, message.format(text[place.index : place.index + 1]), hint
    if "parsing a quoted scalar" in said:
        start = text.rfind("\\", 0, mark.index + 1)
        return mark, f"'{text[start : start + 2]}' is no escape", "write the text in single quotes"
    if "parsing a flow" in said:
        return _explained_flow(error, text)
    sign = text[mark.index : mark.index + 1]
    *above, line = text[: mark.index].rstrip(" ").split("\n")
    if "mapping values are not allowed" in said:
        hint = _colon_hint(line, next((before for before in reversed(above) if before.strip()), ""))
        return mark, "':' is not expected here", hint
    if "expected key" not in said and "expected '-'" not in said:
        return mark, str(error.problem), ""
    if line:
        return mark, f"'{sign}' is not expected here", "remove it" if sign in "]}" else _QUOTE_ALL
    if mark.column == begun.column:
        return mark, "list items and keys cannot be in one column", "begin each of the lines with '- ', or none"
    return mark, "this indentation fits no line above", _INDENTATION_HINT


def _colon_hint(line: str, above: str) -> str:
    """What to do about a `:` that is not expected: by the text before it and the line above."""
    if ": " in line:
        return "quote the value"
    return _INDENTATION_HINT if ":" in above else "is a ':' missing on the line above?"


def _explained_flow(error: yaml.MarkedYAMLError, text: str) -> tuple[Any, str, str]:
    """A fault inside brackets: they are not closed, or something in them is wrong."""
    opening = _unclosed(text)
    if opening is not None:
        return opening, f"this '{text[opening.index]}' is not closed", ""
    mark: Any = error.problem_mark
    missing = (error.problem or "").removeprefix("did not find expected ")
    if text.startswith(":", mark.index):
        return mark, "':' is not expected here", "quote the value, or is a ',' missing?"
    if missing == "node content":
        return mark, "a value is missing here", ""
    before = text[text.rfind("\n", 0, mark.index) + 1 : mark.index].rstrip()
    if re.search(r"'\w+'$", before):
        return mark, f"a {missing} is missing here", "write '' for an apostrophe in single quotes, or use double quotes"
    return mark, f"a {missing} is missing here", _QUOTE_ALL if before.endswith(("'", '"', "]", "}")) else ""


def _quoted_before(text: str, mark: Any) -> Any | None:
    """The quoted text of several lines that ends where a fault is, or None: its first quote is open, most likely."""
    found = None
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"') and token.end_mark.index <= mark.index:
                found = token
    except yaml.YAMLError:
        pass  # as below
    if (
        found is None
        or found.start_mark.line == found.end_mark.line
        or text[found.end_mark.index : mark.index].strip(" ")
    ):
        return None
    return found


def _unclosed(text: str) -> Any | None:
    """The mark of the last bracket that is opened and not closed, or None."""
    pairs = {
        yaml.FlowSequenceEndToken: yaml.FlowSequenceStartToken,
        yaml.FlowMappingEndToken: yaml.FlowMappingStartToken,
    }
    opened: list[Any] = []
    try:
        for token in yaml.scan(text, Loader=yaml.CSafeLoader):
            if type(token) in pairs.values():
                opened.append(token)
            elif type(token) in pairs and opened:
                if not isinstance(opened[-1], pairs[type(token)]):
                    break
                opened.pop()
    except yaml.YAMLError:
        pass  # what was opened until here is what matters
    return opened[-1].start_mark if opened else None
