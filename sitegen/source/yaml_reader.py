"""Reads YAML and front matter into nodes, and explains syntax errors.

Nodes are built from the events of PyYAML's parser, so that values keep their text. Anchors, aliases, tags, merge keys,
duplicate keys and several documents in a file are findings.
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
    """Split a page into front matter, body and the first line of the body. The first is None if it is invalid."""
    if not text.startswith("---\n"):
        place = Place(file, 1, 1)
        report(Finding("no-front-matter", "the page has no front matter", place, "begin the file with '---'"))
        return None, text, 1
    start = Place(file, 1, 1, 3)
    end = FRONT_MATTER_END.search(text, 4)
    if end is None:
        report(Finding("no-front-matter", "the front matter is not closed", start, "close it with a line '---'"))
        return None, "", 1
    node = parse_yaml(text[4 : end.start()], file, report, first_line=2, empty=Mapping((), start))
    body = text[end.end() + 1 :]
    line = text.count("\n", 0, end.end()) + 2
    if node is not None and not isinstance(node, Mapping):
        report(Finding("bad-front-matter", "front matter must be a mapping of keys to values", node.place))
        return None, body, line
    return node, body, line


def parse_yaml(text: str, file: str, report: Report, first_line: int = 1, empty: Node | None = None) -> Node | None:
    """Parse a YAML document. Returns `empty` if it is empty, and None if it is invalid."""
    if "\t" in text:
        place = place_at(text, text.index("\t"), file)
        place = place._replace(line=place.line + first_line - 1)
        report(Finding("yaml-tab", "tabs are not allowed in YAML", place, "use spaces"))
        return None
    try:
        return _YamlReader(text, file, report, first_line).document(empty)
    except _AbortedError:
        return None
    except yaml.YAMLError as error:
        fault = _syntax_fault(error, text, first_line)
        place = Place(file, fault.line + first_line, fault.column + 1)
        report(Finding("yaml-syntax", f"invalid YAML: {fault.message}", place, fault.hint))
        return None


class _AbortedError(Exception):
    """The rest of the file cannot be read; the reason is reported."""


_WRITE_ONCE = "write the value once and refer to its id"


class _YamlReader:
    """Builds nodes from parser events, and reports YAML features that are not allowed."""

    def __init__(self, text: str, file: str, report: Report, first_line: int) -> None:
        self.next_event: Callable[[], Any] = yaml.CBaseLoader(text).get_event
        self.text = text
        self.file = file
        self.report = report
        self.first_line = first_line
        self.count = 0

    def document(self, empty: Node | None) -> Node | None:
        root: Node | None = None
        while (event := self.next_event()) is not None:
            if isinstance(event, yaml.DocumentStartEvent):
                if root is not None:
                    self._fail("yaml-documents", "a file contains only one YAML document", event, "remove the '---'")
            elif isinstance(event, yaml.NodeEvent):
                root = self._node(event, 1)
                if isinstance(event, yaml.AliasEvent):
                    return None
        is_empty = root is None or (isinstance(root, Scalar) and root.plain and not root.text)
        return empty if is_empty else root

    def _node(self, event: Any, depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            self._fail("too-large", f"more than {MAX_NODES:,} values in one file", event)
        if depth > MAX_DEPTH:
            self._fail("too-deep", f"nested deeper than {MAX_DEPTH} levels", event)
        kind = type(event)
        if kind is yaml.AliasEvent:
            self._report("yaml-alias", "aliases are not allowed", event, _WRITE_ONCE)
            return Scalar("", self._place(event))
        if event.anchor is not None:
            self._report("yaml-anchor", "anchors are not allowed", event, _WRITE_ONCE)
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
        if event.style == '"' and (bad := FORBIDDEN.search(text)):  # written as an escape sequence
            message = f"character U+{ord(bad.group()):04X} is not allowed in a text"
            self._report("bad-character", message, event, "remove it")
            return Scalar(FORBIDDEN.sub("", text), self._place(event), plain)
        if plain and text.startswith("-"):
            self._refuse_item_without_space(event)
        if event.tag is not None:
            self._refuse_tag(event)
        return Scalar(text, self._place(event), plain)

    def _mapping(self, event: Any, depth: int) -> Mapping:
        entries: dict[str, tuple[Scalar, Node]] = {}
        while type(child := self.next_event()) is not yaml.MappingEndEvent:
            key = self._node(child, depth + 1)
            if isinstance(key, Scalar) and key.text == "<<" and key.plain:
                self._report("yaml-merge", "merge keys are not allowed", child, _WRITE_ONCE)
                self._skip()
                continue
            following = self.next_event()
            value = self._node(following, depth + 1)
            if isinstance(value, Scalar) and not value.text:
                self._refuse_missing_space(child, following)
            if not isinstance(key, Scalar):
                braces = child.start_mark.index == event.start_mark.index + 1
                hint = "quote the value" if braces else "quote it to use it as text"
                self._report("yaml-key", "a key must be a text", event if braces else child, hint)
                continue
            name = unicodedata.normalize("NFC", key.text)
            if name in entries:
                message = f"duplicate key '{key.text}'; first defined at {entries[name][0].place}"
                self.report(Finding("duplicate-key", message, key.place, "keep one of the two"))
                continue
            entries[name] = key, value
        return Mapping(tuple(entries.values()), self._place(event))

    def _skip(self) -> None:
        """Skip the events of a value."""
        depth = 0
        while (event := self.next_event()) is not None:
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth == 0:
                return

    def _refuse_missing_space(self, key: Any, value: Any) -> None:
        """Refuse `since:1.4.0` inside braces, which YAML reads as a key without a value."""
        bare = all(isinstance(event, yaml.ScalarEvent) and not event.style for event in (key, value))
        if bare and not value.value and value.start_mark.index == key.end_mark.index:
            name, sign, rest = key.value.partition(":")
            if sign and rest and not rest.startswith("//"):
                hint = f"write '{name}: {rest}'"
                self._report("yaml-syntax", f"invalid YAML: a space is missing after '{name}:'", key, hint)

    def _refuse_item_without_space(self, event: Any) -> None:
        """Refuse `-one` on a line of its own, which YAML reads as a text together with the lines below."""
        begin = self.text.rfind("\n", 0, event.start_mark.index) + 1
        alone = not self.text[begin : event.start_mark.index].strip()
        if alone and re.match(r"-[^\s-]", event.value):
            hint = f"write '- {event.value[1:].split()[0]}', or quote it if the sign is part of the text"
            self._fail("yaml-syntax", "invalid YAML: a space is missing after '-'", event, hint)

    def _refuse_tag(self, event: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        is_type = tag.startswith("!!")
        hint = "remove it; every value is read as text" if is_type else "quote the text if it begins with !"
        self._report("yaml-tag", f"the tag '{tag}' is not allowed", event, hint)

    def _place(self, event: Any) -> Place:
        start, end = event.start_mark, event.end_mark
        length = end.column - start.column if end.line == start.line else 1
        return Place(self.file, start.line + self.first_line, start.column + 1, length or 1)

    def _report(self, code: str, message: str, event: Any, hint: str = "") -> None:
        self.report(Finding(code, message, self._place(event), hint))

    def _fail(self, code: str, message: str, event: Any, hint: str = "") -> None:
        self._report(code, message, event, hint)
        raise _AbortedError


class _YamlFault(NamedTuple):
    """A syntax error at the place that an author has to change. `line` and `column` count from 0."""

    line: int
    column: int
    message: str
    hint: str = ""


def _syntax_fault(error: yaml.YAMLError, text: str, first_line: int) -> _YamlFault:
    """Explain an error of libyaml."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return _YamlFault(0, 0, "it cannot be parsed")
    problem, mark = f"{error.context}: {error.problem}", error.problem_mark
    begin = error.context_mark or mark  # of the construct that libyaml was parsing
    return (
        _open_quote(mark, text, first_line)
        or _typing_error(problem, mark, begin, text, first_line)
        or _explained(problem, mark, begin, text)
    )


def _tokens(text: str) -> Iterator[Any]:
    """The tokens of a text up to an error."""
    with suppress(yaml.YAMLError):
        yield from yaml.scan(text, Loader=yaml.CSafeLoader)


def _open_quote(mark: Any, text: str, first_line: int) -> _YamlFault | None:
    """The fault of a quoted text of several lines that ends where libyaml stopped: most likely it is not closed."""
    quoted = [token for token in _tokens(text) if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"')]
    before = [token for token in quoted if token.end_mark.index <= mark.index]
    if not before or text[before[-1].end_mark.index : mark.index].strip(" "):
        return None
    start, end = before[-1].start_mark, before[-1].end_mark
    hint = f"the next quote is on line {end.line + first_line}"
    fault = _YamlFault(start.line, start.column, "this quote is not closed on its line", hint)
    return None if start.line == end.line else fault


# Messages of libyaml; whether the place is where the construct begins, or where libyaml stopped; the message of the
# finding, with the character at that place; the hint.
_BEGIN = "a value cannot begin with '{}'"
_MEANINGS = (
    (r"character that cannot start any token|a block node", False, _BEGIN, "quote the value"),
    (r"scanning (?:a block scalar|an alias|an anchor|a tag|a directive)", True, _BEGIN, "quote the value"),
    (r"scanning a quoted scalar", True, "this quote is not closed", "close it, or write the text without quotes"),
    (r"scanning a simple key", True, "a ':' is missing here", ""),
    (r"(?:sequence entries|mapping keys) are not allowed", False, "unexpected '{}'", "quote the value"),
)
_INDENTATION_HINT = "align the line with its neighbours"
_QUOTE_ALL = "quote the whole value"


def _explained(problem: str, mark: Any, begin: Any, text: str) -> _YamlFault:
    """The fault for a message of libyaml."""
    for pattern, at_begin, message, hint in _MEANINGS:
        if re.search(pattern, problem):
            at = begin if at_begin else mark
            return _YamlFault(at.line, at.column, message.format(text[at.index : at.index + 1]), hint)
    sign = text[mark.index : mark.index + 1]
    *above, line = text[: mark.index].rstrip(" ").split("\n")
    if "parsing a quoted scalar" in problem:
        start = text.rfind("\\", 0, mark.index + 1)
        message, hint = f"'{text[start : start + 2]}' is not an escape sequence", "write the text in single quotes"
    elif "parsing a flow" in problem:
        return _explained_flow(mark, problem.rpartition(": did not find expected ")[2], text)
    elif "mapping values are not allowed" in problem:
        message, hint = "unexpected ':'", _colon_hint(line, next(filter(str.strip, reversed(above)), ""))
    elif "expected key" not in problem and "expected '-'" not in problem:
        message, hint = problem.partition(": ")[2], ""
    elif line:
        message, hint = f"unexpected '{sign}'", "remove it" if sign in "]}" else _QUOTE_ALL
    elif mark.column == begin.column:
        message = "list items and keys cannot have the same indentation"
        hint = "begin all lines with '- ', or none"
    else:
        message, hint = "this indentation matches no line above", _INDENTATION_HINT
    return _YamlFault(mark.line, mark.column, message, hint)


def _colon_hint(line: str, above: str) -> str:
    """The hint for an unexpected `:`, from the text before it and the line above."""
    if ": " in line:
        return "quote the value"
    return _INDENTATION_HINT if ":" in above else "is a ':' missing on the line above?"


def _explained_flow(mark: Any, missing: str, text: str) -> _YamlFault:
    """The fault for an error inside brackets."""
    opening = _unclosed(text)
    if opening is not None:
        return _YamlFault(opening.line, opening.column, f"this '{text[opening.index]}' is not closed")
    before = text[text.rfind("\n", 0, mark.index) + 1 : mark.index].rstrip()
    message, hint = f"a {missing} is missing here", ""
    if text.startswith(":", mark.index):
        message, hint = "unexpected ':'", "quote the value, or is a ',' missing?"
    elif missing == "node content":
        message = "a value is missing here"
    elif re.search(r"'\w+'$", before):
        hint = "write '' for an apostrophe in single quotes, or use double quotes"
    elif before.endswith(("'", '"', "]", "}")):
        hint = _QUOTE_ALL
    return _YamlFault(mark.line, mark.column, message, hint)


def _unclosed(text: str) -> Any | None:
    """The mark of the last bracket that is not closed, or None."""
    opened: list[Any] = []
    for token in _tokens(text):
        if isinstance(token, (yaml.FlowSequenceStartToken, yaml.FlowMappingStartToken)):
            opened.append(token.start_mark)
        elif isinstance(token, (yaml.FlowSequenceEndToken, yaml.FlowMappingEndToken)) and opened:
            if text[opened[-1].index] + text[token.start_mark.index] not in ("[]", "{}"):
                break
            opened.pop()
    return opened[-1] if opened else None


# --- typing errors, in the lines around the place where libyaml stopped --------------

_KEY = r" *(?:- +)?(?P<key>[A-Za-z0-9_][A-Za-z0-9_.-]*)"
# A line, with its fault at `at`; the message; the hint.
_TYPING_ERRORS = (
    (rf"{_KEY}(?P<at>):(?P<rest>[^\s:/].*)", "a space is missing after '{key}:'", "write '{key}: {rest}'"),
    (r" *(?P<at>)-(?P<rest>[^\s-].*)", "a space is missing after '-'", "write '- {rest}'"),
    (rf"{_KEY}(?P<at>) +(?P<rest>[\[{{]).*", "a ':' is missing after '{key}'", "write '{key}: {rest}'"),
)
_WORD_ALONE = (rf"{_KEY}(?P<at>) *", "a ':' is missing after '{key}'", "write '{key}:'")


def _typing_error(problem: str, mark: Any, begin: Any, text: str, first_line: int) -> _YamlFault | None:
    """The likely typing error on the line of an error or on the one above, or None."""
    lines = text.split("\n")
    row = min(mark.line, len(lines) - 1)
    if "scanning a simple key" in problem:
        row, begins = begin.line, False
    elif "mapping values are not allowed" in problem:
        begins = not lines[row][: mark.column].strip().count(" ")
    elif ("expected key" in problem or "expected '-'" in problem) and "flow" not in problem:
        begins = mark.column == _indent(lines[row])
    else:
        return None
    above = next((at for at in range(row - 1, -1, -1) if _has_content(lines[at])), None)
    for at in (row, above):
        for pattern in _TYPING_ERRORS:
            if at is not None and (fault := _match(pattern, lines[at], at)):
                return fault
    if "scanning a simple key" in problem:
        return _match(_WORD_ALONE, lines[row], row)
    return _wrong_indentation(lines, row, first_line) if begins else None


def _match(pattern: tuple[str, str, str], line: str, row: int) -> _YamlFault | None:
    """The fault of a line that matches a typing error."""
    expression, message, hint = pattern
    match = re.fullmatch(expression, re.sub(r"(?:^| +)#.*$", "", line).rstrip())
    if match is None:
        return None
    groups = match.groupdict()
    if len(rest := groups.get("rest", "")) > 30:
        groups["rest"] = f"{rest[:27]}..."
    return _YamlFault(row, match.start("at"), message.format(**groups), hint.format(**groups))


def _wrong_indentation(lines: list[str], row: int, first_line: int) -> _YamlFault | None:
    """The fault of a line whose indentation matches none of the lines above.

    The most similar line above is at fault instead if no other has its indentation, and that is odd.
    """
    here = _indent(lines[row])
    columns = [(at, _indent(lines[at])) for at in range(row - 1, -1, -1) if _has_content(lines[at])]
    # The lines that may contain this one, nearest first, each with less indentation.
    outer: list[tuple[int, int]] = []
    for at, column in columns:
        if not outer or column < outer[-1][1]:
            outer.append((at, column))
    if not outer or any(column == here for _, column in outer):
        return None
    wanted, like = min(((column, at) for at, column in outer), key=lambda pair: (abs(pair[0] - here), -pair[0]))
    siblings = itertools.takewhile(lambda column: column >= wanted, (column for _, column in columns))
    alone = sum(column == wanted for column in siblings) == 1
    if alone and wanted % 2 > here % 2:
        row, here, wanted, like = like, wanted, here, row
    own, other = number_of(here, "space"), number_of(wanted, "space")
    message = f"this line is indented by {own}, and line {like + first_line} by {other}"
    return _YamlFault(row, here, message, f"indent it by {other}")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _has_content(line: str) -> bool:
    """Whether a line is neither empty nor a comment."""
    return bool(line.strip()) and not line.lstrip().startswith("#")
