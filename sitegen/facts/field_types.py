"""Field types: a closed set of declared types, and how their values are read.

A type is declared by a short text: `text`, `optional version`, `list of link`, `one of Linux / macOS`,
`reference to releases`, `support of releases`. `parse_type` parses it; `Type.read` reads a value from a node.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache, partial

from sitegen.facts.bad_values import BadValueError, shape
from sitegen.facts.lifecycles import read_date, read_lifecycle
from sitegen.facts.schemes import PEP440, SCHEMES, Scheme, declared_order
from sitegen.facts.support import parse_set, read_stage, read_support
from sitegen.facts.values import (
    ID,
    NOTES,
    STAGES,
    STATES,
    TARGET_HINT,
    Absent,
    Link,
    List,
    Markdown,
    Notes,
    Reference,
    Text,
    Value,
    Versions,
    is_target,
)
from sitegen.facts.version_ranges import VersionError
from sitegen.facts.versions import parse_single, parse_versions
from sitegen.findings import Finding, Report, did_you_mean
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence, items_at

OPTIONAL = "optional "
_OF_LADDERS = ("version", "versions", "support")  # types that may refer to a dataset of releases


@frozen
class Type:
    """A declared field type. `name` is its keyword; `of` are the choices, or the dataset that it refers to.

    `levels` are those that lifecycles have besides the stages, each with the stage that it means. `scheme` is that of
    its versions, or None for the default one. `by` is a dataset if there is a value for each of its records, or an
    empty text.
    """

    name: str
    optional: bool = False
    of: tuple[str, ...] = ()
    item: Type | None = None
    levels: tuple[tuple[str, str], ...] = ()
    scheme: Scheme | None = None
    by: str = ""

    def __str__(self) -> str:
        if self.item is not None:
            text = f"list of {self.item}"
        elif self.name == "one of":
            text = "one of " + " / ".join(self.of)
        elif self.name == "reference":
            text = f"reference to {self.of[0]}"
        else:
            text = " of ".join((self.name, *self.of))
        return OPTIONAL * self.optional + text + (f" by {self.by}" if self.by else "")

    @property
    def ladder(self) -> str:
        """The dataset of releases that versions of this type refer to, or an empty text."""
        if self.item is not None:
            return self.item.ladder
        return self.of[0] if self.of and self.name in _OF_LADDERS else ""

    @property
    def has_versions(self) -> bool:
        """Whether its values contain versions."""
        return (self.item or self).name in _OF_LADDERS

    def with_scheme(self, scheme: Scheme | None) -> Type:
        """The type with a scheme, unless it has one or has no versions."""
        if scheme is None or self.scheme is not None or not self.has_versions:
            return self
        return replace(self, scheme=scheme, item=self.item and self.item.with_scheme(scheme))

    @property
    def noun(self) -> str:
        """A value of this type, in a message: `a text`."""
        if self.name == "reference":
            return f"the id of a record of {self.of[0]}"
        if self.name in ("lifecycle", "notes"):
            return "a lifecycle" if self.name == "lifecycle" else "a note or a list of notes"
        if self.item is not None:
            return f"a list of {self.item}"
        return _READERS[self.name][0] if self.name in _READERS else str(self).removeprefix(OPTIONAL)

    def read(self, node: Node, report: Report) -> Value | None:
        """Read a value of this type. Reports an invalid one, and returns None."""
        try:
            return self._value(node, report)
        except BadValueError as error:
            report(error.finding(node))
            return None

    def _value(self, node: Node, report: Report) -> Value | None:
        if isinstance(node, Scalar):
            text = node.text
            if node.plain and text in ("", "none"):
                if text and self.optional:
                    return Absent()
                message = f"'none' is not allowed in a field of type '{self}'" if text else f"{self.noun} is missing"
                hint = "write a value, or 'none' if there is none" if self.optional else "write a value"
                hint += f", or declare 'optional {self}'" if text and not self.optional else ""
                raise BadValueError("no-value", message, hint)
            if self.name in _READERS:
                return _value_of(self.name, text, self.scheme)
            if self.name == "reference":
                return Reference(self.of[0], text, node.place)
            if self.name == "one of":
                if text in self.of:
                    return Text(text)
                raise BadValueError(
                    "unknown-choice", f"'{text}' is not one of the choices", did_you_mean(text, self.of)
                )
        if self.item is not None:
            if not items_at(node):
                hint = "or 'none' if there is none" if self.optional else f"or 'none' and declare 'optional {self}'"
                raise BadValueError("no-value", "this list has no items", f"write a value, {hint}")
            return _read_list(self.item, node, report)
        if self.name == "notes":
            return _read_notes(node, report)
        if self.name == "lifecycle":
            return read_lifecycle(node, dict(self.levels), report)
        hint = "write the value under 'is'" if isinstance(node, Mapping) else self._list_hint(node)
        raise BadValueError("wrong-shape", f"expected {self.noun}, found a {shape(node)}", hint)

    def _list_hint(self, node: Node) -> str:
        """The hint for a list in a field of single values."""
        texts = [item.text for item in items_at(node) if isinstance(item, Scalar)]
        if not texts or len(texts) < len(items_at(node)) or self.name == "markdown":
            return ""
        if self.name == "versions":
            return f'write "{", ".join(texts)}"'
        return f"for several values, write 'all:' before the list, or declare 'list of {replace(self, optional=False)}'"


@lru_cache(maxsize=65536)
def _value_of(name: str, text: str, scheme: Scheme | None) -> Value:
    """The value of a text by the name of its type. It is cached, since libraries repeat texts."""
    read = _READERS[name][1]
    return read(text) if scheme is None else read(text, scheme)


def parse_type(node: Node, report: Report) -> Type | None:
    """Parse a declared type, such as `optional list of text`. Reports an invalid one, and returns None."""
    if not isinstance(node, Scalar):
        report(Finding("unknown-type", "a type must be a text, such as 'optional text'", node.place))
        return None
    text = node.text
    optional = text.startswith(OPTIONAL) or text.endswith("?")  # a deprecated notation
    text = text.removeprefix(OPTIONAL).removesuffix("?").strip()
    before, _, by = text.rpartition(" by ")
    if before and ID.fullmatch(by):
        kind = parse_type(Scalar(before.strip(), node.place), report)
        return None if kind is None else replace(kind, optional=optional, by=by)
    if text.startswith("list of "):
        item = text.removeprefix("list of ").strip()
        if item.startswith(("list of ", OPTIONAL)):
            is_list = item.startswith("list of ")
            message = "lists cannot be nested" if is_list else "an item of a list cannot be optional"
            hint = "write, for example, 'list of text'" if is_list else f"write '{OPTIONAL}list of ...'"
            report(Finding("unknown-type", message, node.place, hint))
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
    is_marked = name[:-1] in _OF_LADDERS and name.endswith("?")
    hint = f"write '{OPTIONAL}{name[:-1]} of {ladder.strip()}'" if is_marked else ""
    report(Finding("unknown-type", f"unknown type '{node.text}'", node.place, hint or did_you_mean(text, known)))
    return None


def _read_list(item: Type, node: Node, report: Report) -> List | None:
    if isinstance(node, Mapping) or (isinstance(node, Scalar) and not node.text):
        raise BadValueError("wrong-shape", f"expected a list of {item}, found a {shape(node)}")
    read = [item.read(child, report) for child in items_at(node)]
    values = tuple(value for value in read if value is not None)
    return List(values) if len(values) == len(read) else None


def _read_notes(node: Node, report: Report) -> Notes | None:
    """Notes of a record, a value or a header. An id alone may name a shared one."""
    if isinstance(node, Mapping):
        raise BadValueError("wrong-shape", "expected a note or a list of notes, found a mapping")
    items: list[Markdown | Reference] = []
    for child in items_at(node):
        if isinstance(child, Scalar) and ID.fullmatch(child.text):
            items.append(Reference(NOTES, child.text, child.place))
        elif isinstance(note := Type("markdown").read(child, report), Markdown):
            items.append(note)
        else:
            return None
    return Notes(tuple(items))


def _read_text(text: str) -> Text:
    if text != text.strip() or "\n" in text.strip():
        raise BadValueError("bad-text", "a text must be one line, without spaces around it", "use 'markdown' for prose")
    return Text(text)


def _read_code(text: str) -> Text:
    if "`" in text or re.search(r"\s", text):
        hint = "write the identifier alone; a list takes several"
        raise BadValueError("bad-text", "code must be one identifier, without spaces and backticks", hint)
    return Text(text)


_FOREIGN_TAG = re.compile(r"(?:\{\{[<%]|\{%)(?:.*?\}+)?", re.DOTALL)


def _read_markdown(text: str) -> Markdown:
    text = text.strip()
    if re.search(r"\n\s*\n", text):
        raise BadValueError("bad-text", "a markdown value must be one paragraph")
    if tag := _FOREIGN_TAG.search(text):
        kind = "Hugo shortcode" if tag.group().startswith("{{") else "Markdoc tag"
        message = f"a value cannot contain the {kind} '{tag.group()}'"
        raise BadValueError("foreign-tag", message, "values are used in every format; write it in words")
    return Markdown(text)


def _read_link(text: str) -> Link:
    if not is_target(text):
        raise BadValueError("bad-link", f"'{text}' is not a valid link target", TARGET_HINT)
    return Link(text)


def _read_versions(text: str, scheme: Scheme = PEP440) -> Versions:
    return Versions(parse_set(text, 0, partial(parse_versions, scheme=scheme)))


def _read_version(text: str, scheme: Scheme = PEP440) -> Versions:
    try:
        return Versions(parse_single(text, scheme), single=True)
    except VersionError as error:
        hint = error.hint or "write one version, such as 1.20"
        raise BadValueError("bad-version", str(error), hint) from None


# The types whose values are texts: the noun for messages, and the reader.
_READERS: dict[str, tuple[str, Callable[..., Value]]] = {
    "text": ("a text", _read_text),
    "code": ("an identifier", _read_code),
    "markdown": ("a markdown value", _read_markdown),
    "link": ("a link target", _read_link),
    "version": ("a version", _read_version),
    "versions": ("a set of versions", _read_versions),
    "support": ("a state of support", read_support),
    "stage": ("a stage", read_stage),
    "date": ("a date", read_date),
}
TYPE_NAMES = (*_READERS, "lifecycle")  # of types without parameters


# --- schemes -------------------------------------------------------------------------


def read_scheme(node: Mapping, report: Report) -> Scheme | None:
    """The scheme under the key `scheme`: its name, or the names of versions in order. Reports an invalid one."""
    written = node.get("scheme")
    if isinstance(written, Sequence) and written.items:
        names: dict[str, str] = {}
        for item in written.items:
            name = item.text if isinstance(item, Scalar) else ""
            if name.casefold() in names:
                report(Finding("unknown-scheme", f"'{name}' is in this order twice", item.place, "use another name"))
            elif hint := _name_problem(name):
                report(Finding("unknown-scheme", f"'{name}' cannot be the name of a version", item.place, hint))
            names[name.casefold()] = name  # also if reported, so that its uses are not
        return declared_order(tuple(names.values()))
    name, known = written.text if isinstance(written, Scalar) else "", tuple(map(str, SCHEMES))
    if written is not None and name not in known:
        message = f"'{name}' is not a version scheme" if name else "a scheme must be a name, or names in order"
        report(Finding("unknown-scheme", message, written.place, did_you_mean(name, known)))
    return Scheme(name) if name in known else None


def _name_problem(name: str) -> str:
    """How to change a name that cannot be a version in a set, as `15 SP6`, `lts/hydrogen` and `24H2 (IoT)` can."""
    if name.casefold() in (*STATES, *STAGES) or re.search(_WORDS, name, re.IGNORECASE):
        return "use another name; a word of it has a meaning in versions or states"
    if not re.fullmatch(r"[^\W_](?:[\w .:/-]*\w)?(?: ?\([\w -]+\))?", name):
        return "use letters, digits, spaces, '.', ':', '/' and '-'; only a part in parentheses may follow"
    return ""


# They have a meaning in sets.
_WORDS = r"\b(?:any|all|latest|newest|current|none|and|or|to|through|except|inclusive|exclusive)\b"
