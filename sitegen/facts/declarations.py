"""Declarations of fields: a type, or a mapping with a type, a default, and how the values are shown."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from functools import partial

from sitegen.facts.alternatives import (
    ALTERNATIVE_KEYS,
    Varying,
    known_keys,
    read_varying,
    scalar_at,
    with_corrected_keys,
)
from sitegen.facts.datasets import RECORD_KEYS, bad_id, check_order
from sitegen.facts.field_types import OPTIONAL, Type, parse_type
from sitegen.facts.presentation import PLAIN, PRESENTATION_KEYS, Presentation, read_presentation
from sitegen.facts.statements import read_value
from sitegen.facts.values import ID, Value
from sitegen.findings import Finding, Place, Report
from sitegen.frozen import frozen
from sitegen.source.nodes import Mapping, Node, Scalar

_KEYS = ("type", "default", "link", *PRESENTATION_KEYS)
_CODE = Presentation(code=True)
_RESERVED = ("id", *RECORD_KEYS, *ALTERNATIVE_KEYS)


class _Unreadable(Type):
    """The type of a field whose declaration is invalid."""

    def read(self, node: Node, report: Report) -> None:
        """Accept any value, and return none."""


@frozen
class Declaration:
    """The declaration of a field. `place` is that of its type.

    `has_default` without a `default` if that is invalid. `link` is a path from the record to the target of its links.
    """

    type: Type
    place: Place
    presentation: Presentation = PLAIN
    has_default: bool = False
    default: Varying[Value] | None = None
    link: Scalar | None = None

    @property
    def is_valid(self) -> bool:
        """Whether the type is known."""
        return not isinstance(self.type, _Unreadable)


def read_declarations(node: Mapping, report: Report) -> ReadOnly[str, Declaration]:
    """The declarations of fields by name. Reports invalid ones; their values are not read."""
    return {name.text: _named(name, declared, report) for name, declared in node.entries}


def _named(name: Scalar, node: Node, report: Report) -> Declaration:
    declaration = None
    if name.text in _RESERVED:
        report(Finding("reserved-name", f"'{name.text}' is a reserved name", name.place, "rename the field"))
    elif not ID.fullmatch(name.text):
        report(bad_id(name))
    else:
        declaration = _read_mapping(name, node, report) if isinstance(node, Mapping) else _read_type(node, report)
    return declaration or Declaration(_Unreadable("", optional=True), node.place)


def _read_type(node: Node, report: Report) -> Declaration | None:
    kind = parse_type(node, report)
    return None if kind is None else Declaration(kind, node.place, _default_presentation(kind))


def _default_presentation(kind: Type) -> Presentation:
    return _CODE if (kind.item or kind).name == "code" else PLAIN


def _read_mapping(name: Scalar, node: Mapping, report: Report) -> Declaration | None:
    written, optional = node.get("type"), node.get("optional")
    if optional is not None and isinstance(written, Scalar):
        message, hint = "unknown key 'optional' in a declaration", f"write 'type: {OPTIONAL}{written.text}'"
        report(Finding("unknown-key", message, optional.place, hint))
        return None
    if not known_keys(node, _KEYS, "a declaration", report):
        node = with_corrected_keys(node, _KEYS)
        written = node.get("type")
    if written is None:
        message = f"the declaration of '{name.text}' has no type"
        report(Finding("unknown-type", message, node.place, "add 'type:'"))
        return None
    kind = parse_type(written, report)
    presentation = read_presentation(node, _default_presentation(kind) if kind else PLAIN, report)
    if kind is None:
        return None
    default = node.get("default")
    read = partial(read_value, kind)
    varying: Varying[Value] | None = None if default is None else read_varying(default, read, report)
    if varying is not None:
        check_order(varying, report)
    link = scalar_at(node, "link", report)
    return Declaration(kind, written.place, presentation, default is not None, varying, link)
