"""YAML and front matter in, nodes out; where a text is not YAML, a finding that says in plain words what is wrong.

Values are built from the events of PyYAML's parser, so that text stays as it was written. Anchors, aliases, tags,
merge keys, repeated keys and several documents in a file are findings.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import yaml

from sitegen.findings import Finding, Place, Report, number_of
from sitegen.source.nodes import FORBIDDEN, Mapping, Node, Scalar, Sequence, place_at

MAX_DEPTH = 40
MAX_NODES = 500_000
FRONT_MATTER_END = re.compile(r"^---[ ]*$", re.MULTILINE)


def split_front_matter(text: str, file: str, report: Report) -> tuple[Mapping | None, str, int]:
    """Split a page into front matter, body and the line the body begins on."""
    if not text.startswith("---\n"):
        place = Place(file, 1, 1)
        report(Finding("no-front-matter", "a page begins with front matter", place, "begin the file with '---'"))
        return None, text, 1
    start = Place(file, 1, 1, 3)
    end = FRONT_MATTER_END.search(text, 4)
    if end is None:
        report(Finding("no-front-matter", "the front matter has no end", start, "close it with a line '---'"))
        return None, "", 1
    found: list[Finding] = []
    node = parse_yaml(text[4 : end.start()], file, found.append, first_line=2)
    body = text[end.end() + 1 :]
    line = text.count("\n", 0, end.end()) + 2
    for finding in found:
        report(finding)
    if node is None:
        return (None if found else Mapping((), start)), body, line
    if not isinstance(node, Mapping):
        report(Finding("bad-front-matter", "front matter must be a mapping of keys to values", node.place))
        return None, body, line
    return node, body, line


def parse_yaml(text: str, file: str, report: Report, first_line: int = 1) -> Node | None:
    """Read one YAML document. Returns None for an empty one or after a syntax error."""
    if "\t" in text:
        place = place_at(text, text.index("\t"), file)
        place = place._replace(line=place.line + first_line - 1)
        report(Finding("yaml-tab", "YAML does not mix with tabs", place, "use spaces"))
        return None
    try:
        return _Reader(text, file, report, first_line).document()
    except _Stop:
        return None
    except yaml.YAMLError as error:
        fault = _fault(error, text, first_line)
        place = Place(file, fault.line + first_line, fault.column + 1)
        report(Finding("yaml-syntax", f"not YAML: {fault.message}", place, fault.hint))
        return None


class _Stop(Exception):
    """Reading this file further would report nothing more."""


_WRITE_ONCE = "write the value once and refer to its id"


class _Reader:
    """Builds nodes from parser events, and reports everything that is not allowed."""

    def __init__(self, text: str, file: str, report: Report, first_line: int) -> None:
        self.next_event: Callable[[], Any] = yaml.CBaseLoader(text).get_event
        self.text = text
        self.file = file
        self.report = report
        self.first_line = first_line
        self.count = 0

    def document(self) -> Node | None:
        root: Node | None = None
        documents = 0
        while (event := self.next_event()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._fail("yaml-documents", "a file holds one YAML document", event, "remove the '---'")
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 1)
                if isinstance(event, yaml.AliasEvent):
                    return None
        if isinstance(root, Scalar) and root.plain and not root.text:
            return None
        return root

    def _node(self, event: Any, depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            self._fail("too-large", f"more than {MAX_NODES:,} values in one file", event)
        if depth > MAX_DEPTH:
            self._fail("too-deep", f"nested deeper than {MAX_DEPTH} levels", event)
        kind = type(event)
        if kind is yaml.AliasEvent:
            self._say("yaml-alias", "aliases are not allowed", event, _WRITE_ONCE)
            return Scalar("", self._place(event))
        if event.anchor is not None:
            self._say("yaml-anchor", "anchors are not allowed", event, _WRITE_ONCE)
        if kind is yaml.ScalarEvent:
            return self._scalar(event)
        if event.tag is not None:
            self._refuse_tag(event)
        if kind is yaml.MappingStartEvent:
            return self._mapping(event, depth)
        items = []
        while type(child := self.next_event()) is not yaml.SequenceEndEvent:
            items.append(self._node(child, depth + 1))
        return Sequence(tuple(items), self._place(event))

    def _scalar(self, event: Any) -> Scalar:
        text = event.value
        plain = not event.style
        if event.style == '"' and (bad := FORBIDDEN.search(text)):  # as an escape; files are free of them
            message = f"character U+{ord(bad.group()):04X} is not allowed in a text"
            self._say("bad-character", message, event, "remove it")
            return Scalar(FORBIDDEN.sub("", text), self._place(event), plain)
        if plain and text.startswith("-"):
            self._refuse_item_without_blank(event)
        if event.tag is not None:
            self._refuse_tag(event)
        return Scalar(text, self._place(event), plain)

    def _mapping(self, event: Any, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while type(child := self.next_event()) is not yaml.MappingEndEvent:
            key = self._node(child, depth + 1)
            if isinstance(key, Scalar) and key.text == "<<" and key.plain:
                self._say("yaml-merge", "merge keys are not allowed", child, _WRITE_ONCE)
                self._skip()
                continue
            following = self.next_event()
            value = self._node(following, depth + 1)
            if isinstance(value, Scalar) and not value.text:
                self._refuse_missing_blank(child, following)
            if not isinstance(key, Scalar):
                braces = child.start_mark.index == event.start_mark.index + 1
                hint = "quote the value" if braces else "quote it if it is meant as text"
                self._say("yaml-key", "a key is a plain text", event if braces else child, hint)
                continue
            name = unicodedata.normalize("NFC", key.text)
            if name in entries:
                message = f"the key '{key.text}' is said twice; first at {entries[name][0].place}"
                self.report(Finding("duplicate-key", message, key.place, "keep one of the two"))
                continue
            entries[name] = key, value
        return Mapping(tuple(entries.values()), self._place(event))

    def _skip(self) -> None:
        """Pass over the events of one value."""
        depth = 0
        while (event := self.next_event()) is not None:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth == 0:
                return

    def _refuse_missing_blank(self, key: Any, value: Any) -> None:
        """Refuse `since:1.4.0` inside braces, which YAML reads as a key without a value."""
        bare = all(isinstance(event, yaml.ScalarEvent) and not event.style for event in (key, value))
        if bare and not value.value and value.start_mark.index == key.end_mark.index:
            name, sign, rest = key.value.partition(":")
            if sign and rest and not rest.startswith("//"):
                hint = f"write '{name}: {rest}'"
                self._say("yaml-syntax", f"not YAML: a blank is missing after '{name}:'", key, hint)

    def _refuse_item_without_blank(self, event: Any) -> None:
        """Refuse `-one` on a line of its own, which YAML reads as a text, together with the lines below."""
        begin = self.text.rfind("\n", 0, event.start_mark.index) + 1
        alone = not self.text[begin : event.start_mark.index].strip()
        if alone and re.match(r"-[^\s-]", event.value):
            hint = f"write '- {event.value[1:].split()[0]}', or quote it if the sign is part of the text"
            self._fail("yaml-syntax", "not YAML: a blank is missing after '-'", event, hint)

    def _refuse_tag(self, event: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        hint = (
            "remove it; every value is read as text" if tag.startswith("!!") else "quote the text if it begins with !"
        )
        self._say("yaml-tag", f"the tag '{tag}' is not allowed", event, hint)

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        line = start.line
        length = end.column - start.column if end.line == line else 1
        return Place(self.file, line + self.first_line, start.column + 1, length or 1)

    def _say(self, code: str, message: str, event: Any, hint: str = "") -> None:
        self.report(Finding(code, message, self._place(event), hint))

    def _fail(self, code: str, message: str, event: Any, hint: str = "") -> None:
        self._say(code, message, event, hint)
        raise _Stop


# --- syntax errors -------------------------------------------------------------------


class _Fault(NamedTuple):
    """What a writer has to change: the line and column, number_of from 0, what is wrong, and what to write."""

    line: int
    column: int
    message: str
    hint: str = ""


def _fault(error: yaml.YAMLError, text: str, first_line: int) -> _Fault:
    """What libyaml reports, in plain words and at the place that a writer has to change."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return _Fault(0, 0, "it cannot be read")
    return _open_quote(error, text, first_line) or _typing_error(error, text, first_line) or _explained(error, text)


def _reported(error: yaml.MarkedYAMLError) -> tuple[str, Any, Any]:
    """The words of libyaml, the mark where it gave up, and the one where it began to read what it could not."""
    return f"{error.context}: {error.problem}", error.problem_mark, error.context_mark or error.problem_mark


def _tokens(text: str) -> Iterator[Any]:
    """The tokens of a text, up to one that cannot be read."""
    with suppress(yaml.YAMLError):
        yield from yaml.scan(text, Loader=yaml.CSafeLoader)


def _open_quote(error: yaml.MarkedYAMLError, text: str, first_line: int) -> _Fault | None:
    """A quoted text of several lines that ends where libyaml gave up: its first quote is open, most likely."""
    found = None
    end = _reported(error)[1].index
    for token in _tokens(text):
        if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"') and token.end_mark.index <= end:
            found = token
    if found is None or found.start_mark.line == found.end_mark.line or text[found.end_mark.index : end].strip(" "):
        return None
    hint = f"the next quote is in line {found.end_mark.line + first_line}"
    return _Fault(found.start_mark.line, found.start_mark.column, "this quote is not closed in its line", hint)


# What the words of libyaml mean; whether the fault is where libyaml began to read (else where it gave up);
# the message, with the sign at that place; the hint.
_BEGIN = "a value cannot begin with '{}'"
_MEANINGS = (
    (r"character that cannot start any token|a block node", False, _BEGIN, "quote the value"),
    (r"scanning (?:a block scalar|an alias|an anchor|a tag|a directive)", True, _BEGIN, "quote the value"),
    (r"scanning a quoted scalar", True, "this quote is not closed", "close it, or write the text without quotes"),
    (r"scanning a simple key", True, "a ':' is missing here", ""),
    (r"(?:sequence entries|mapping keys) are not allowed", False, "'{}' is not expected here", "quote the value"),
)
_INDENTATION_HINT = "begin the line in the column of its neighbours"
_QUOTE_ALL = "quote the whole value"


def _explained(error: yaml.MarkedYAMLError, text: str) -> _Fault:
    """The message of libyaml in plain words."""
    said, mark, begun = _reported(error)
    for pattern, at_begin, message, hint in _MEANINGS:
        if re.search(pattern, said):
            at = begun if at_begin else mark
            return _Fault(at.line, at.column, message.format(text[at.index : at.index + 1]), hint)
    sign = text[mark.index : mark.index + 1]
    *above, line = text[: mark.index].rstrip(" ").split("\n")
    if "parsing a quoted scalar" in said:
        start = text.rfind("\\", 0, mark.index + 1)
        message, hint = f"'{text[start : start + 2]}' is no escape", "write the text in single quotes"
    elif "parsing a flow" in said:
        return _explained_flow(mark, (error.problem or "").removeprefix("did not find expected "), text)
    elif "mapping values are not allowed" in said:
        before = next((each for each in reversed(above) if each.strip()), "")
        message, hint = "':' is not expected here", _colon_hint(line, before)
    elif "expected key" not in said and "expected '-'" not in said:
        message, hint = str(error.problem), ""
    elif line:
        message, hint = f"'{sign}' is not expected here", "remove it" if sign in "]}" else _QUOTE_ALL
    elif mark.column == begun.column:
        message, hint = "list items and keys cannot be in one column", "begin each of the lines with '- ', or none"
    else:
        message, hint = "this indentation fits no line above", _INDENTATION_HINT
    return _Fault(mark.line, mark.column, message, hint)


def _colon_hint(line: str, above: str) -> str:
    """What to do about a `:` that is not expected: by the text before it and the line above."""
    if ": " in line:
        return "quote the value"
    return _INDENTATION_HINT if ":" in above else "is a ':' missing on the line above?"


def _explained_flow(mark: Any, missing: str, text: str) -> _Fault:
    """A fault inside brackets: they are not closed, or something in them is wrong."""
    opening = _unclosed(text)
    if opening is not None:
        return _Fault(opening.line, opening.column, f"this '{text[opening.index]}' is not closed")
    before = text[text.rfind("\n", 0, mark.index) + 1 : mark.index].rstrip()
    message, hint = f"a {missing} is missing here", ""
    if text.startswith(":", mark.index):
        message, hint = "':' is not expected here", "quote the value, or is a ',' missing?"
    elif missing == "node content":
        message = "a value is missing here"
    elif re.search(r"'\w+'$", before):
        hint = "write '' for an apostrophe in single quotes, or use double quotes"
    elif before.endswith(("'", '"', "]", "}")):
        hint = _QUOTE_ALL
    return _Fault(mark.line, mark.column, message, hint)


def _unclosed(text: str) -> Any | None:
    """The mark of the last bracket that is opened and not closed, or None."""
    pairs = {
        yaml.FlowSequenceEndToken: yaml.FlowSequenceStartToken,
        yaml.FlowMappingEndToken: yaml.FlowMappingStartToken,
    }
    opened: list[Any] = []
    for token in _tokens(text):
        if type(token) in pairs.values():
            opened.append(token)
        elif type(token) in pairs and opened:
            if not isinstance(opened[-1], pairs[type(token)]):
                break
            opened.pop()
    return opened[-1].start_mark if opened else None


# --- typing errors, found in the lines around the place where libyaml gave up --------

_KEY = r" *(?:- +)?(?P<key>[A-Za-z0-9_][A-Za-z0-9_.-]*)"
# A line, with `at` where the fault is; what is wrong; what to write.
_NEAR = (
    (rf"{_KEY}(?P<at>):(?P<rest>[^\s:/].*)", "a blank is missing after '{key}:'", "write '{key}: {rest}'"),
    (r" *(?P<at>)-(?P<rest>[^\s-].*)", "a blank is missing after '-'", "write '- {rest}'"),
    (rf"{_KEY}(?P<at>) +(?P<rest>[\[{{]).*", "a ':' is missing after '{key}'", "write '{key}: {rest}'"),
)
_WORD_ALONE = (rf"{_KEY}(?P<at>) *", "a ':' is missing after '{key}'", "write '{key}:'")


def _typing_error(error: yaml.MarkedYAMLError, text: str, first_line: int) -> _Fault | None:
    """What a writer most likely did, where the lines show it: in the line of a fault or in the one above."""
    said, mark, begun = _reported(error)
    lines = text.split("\n")
    row = min(mark.line, len(lines) - 1)
    if "scanning a simple key" in said:
        row, begins = begun.line, False
    elif "mapping values are not allowed" in said:
        begins = not lines[row][: mark.column].strip().count(" ")
    elif ("expected key" in said or "expected '-'" in said) and "flow" not in said:
        begins = mark.column == _indent(lines[row])
    else:
        return None
    above = next((at for at in range(row - 1, -1, -1) if _has_content(lines[at])), None)
    for at in (row, above):
        for form in _NEAR:
            if at is not None and (found := _of_form(form, lines[at], at)):
                return found
    if "scanning a simple key" in said:
        return _of_form(_WORD_ALONE, lines[row], row)
    return _wrong_indentation(lines, row, first_line) if begins else None


def _of_form(form: tuple[str, str, str], line: str, row: int) -> _Fault | None:
    """The typing error of a line, if it is of one form."""
    pattern, message, hint = form
    match = re.fullmatch(pattern, re.sub(r"(?:^| +)#.*$", "", line).rstrip())
    if match is None:
        return None
    found = match.groupdict()
    if len(rest := found.get("rest", "")) > 30:
        found["rest"] = f"{rest[:27]}..."
    return _Fault(row, match.start("at"), message.format(**found), hint.format(**found))


def _wrong_indentation(lines: list[str], row: int, first_line: int) -> _Fault | None:
    """The line whose indentation fits no other: the one that cannot be read, or the one that it should be like.

    The other one is at fault where it is alone in its column, and that is an odd one.
    """
    here = _indent(lines[row])
    columns = [(at, _indent(lines[at])) for at in range(row - 1, -1, -1) if _has_content(lines[at])]
    # The keys that the line may belong to, nearest first: each outer one is further left.
    outer: list[tuple[int, int]] = []
    for at, column in columns:
        if not outer or column < outer[-1][1]:
            outer.append((at, column))
    if not outer or any(column == here for _, column in outer):
        return None
    wanted, like = min(((column, at) for at, column in outer), key=lambda found: (abs(found[0] - here), -found[0]))
    siblings = itertools.takewhile(lambda column: column >= wanted, (column for _, column in columns))
    alone = sum(column == wanted for column in siblings) == 1
    if alone and wanted % 2 > here % 2:
        row, here, wanted, like = like, wanted, here, row
    own, other = number_of(here, "blank"), number_of(wanted, "blank")
    message = f"this line is indented by {own}, and line {like + first_line} by {other}"
    return _Fault(row, here, message, f"indent it by {other}")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _has_content(line: str) -> bool:
    """Whether a line has more than a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")
