"""Declarations of fields: a type, or a mapping with a type, a default, and how the values are shown."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import field, replace
from functools import partial

from sitegen.facts.alternatives import ALTERNATIVE_KEYS, Varying, read_value, read_varying
from sitegen.facts.bad_values import unknown_stage
from sitegen.facts.field_types import OPTIONAL, Type, parse_type, read_scheme
from sitegen.facts.parts import CURRENT
from sitegen.facts.presentation import PLAIN, PRESENTATION_KEYS, Presentation, read_presentation
from sitegen.facts.record_reader import RECORD_KEYS, bad_id, check_order
from sitegen.facts.schemes import Scheme
from sitegen.facts.values import ID, STAGES, Value
from sitegen.findings import Finding, Place, Report, nearest
from sitegen.frozen import frozen
from sitegen.source.mappings import known_keys, with_corrected_keys
from sitegen.source.nodes import Mapping, Node, Scalar

DECLARATION_KEYS = ("type", "default", "scheme", "link", "levels", *PRESENTATION_KEYS)
_CODE = Presentation(code=True)
_RESERVED = ("id", *RECORD_KEYS, *ALTERNATIVE_KEYS)


class _Unreadable(Type):
    """The type of a field whose declaration is invalid."""

    def read(self, node: Node, report: Report) -> None:
        """Accept any value, and return none."""


@frozen
class Declaration:
    """The declaration of a field. `place` is that of its type.

    `written` is its default as a node, and `default` the value, None if that is invalid. `link` is read where a column
    uses it.
    """

    type: Type
    place: Place
    presentation: Presentation = PLAIN
    written: Node | None = field(default=None, compare=False)
    default: Varying[Value] | None = None
    link: Node | None = None

    def resolved(self, scheme: Scheme | None, report: Report) -> Declaration:
        """The declaration with a scheme, unless it has one of its own, and with the value of its default."""
        kind = self.type.with_scheme(scheme)
        default: Varying[Value] | None = None
        if self.written is not None:
            default = read_varying(self.written, partial(read_value, kind), report)
        if default is not None:
            check_order(default, report)
        return replace(self, type=kind, default=default)

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


def _levels(node: Mapping, kind: Type | None, report: Report) -> dict[str, str]:
    """The custom levels of a lifecycle: names with the stages that they mean. Reports invalid ones."""
    written, levels = node.get("levels"), {}
    if written is not None and (not isinstance(written, Mapping) or (kind is not None and kind.name != "lifecycle")):
        message = "'levels' must be a mapping of names to stages, for a field of type 'lifecycle'"
        report(Finding("wrong-shape", message, written.place, "write {security: maintenance}"))
        return {}
    for name, stage in written.entries if isinstance(written, Mapping) else ():
        if name.text in STAGES or name.text in ("", "none", CURRENT) or "." in name.text:
            report(Finding("reserved-name", f"'{name.text}' cannot be the name of a level", name.place, "rename it"))
        elif not isinstance(stage, Scalar) or stage.text not in STAGES:
            text = stage.text if isinstance(stage, Scalar) else ""
            report(unknown_stage(text).finding(stage))
            levels[name.text] = next(iter(nearest(text, STAGES)), "ga")  # its uses are not reported, too
        else:
            levels[name.text] = stage.text
    return levels


def _read_mapping(name: Scalar, node: Mapping, report: Report) -> Declaration | None:
    written, optional = node.get("type"), node.get("optional")
    if optional is not None and isinstance(written, Scalar):
        message, hint = "unknown key 'optional' in a declaration", f"write 'type: {OPTIONAL}{written.text}'"
        report(Finding("unknown-key", message, optional.place, hint))
        return None
    if not known_keys(node, DECLARATION_KEYS, "a declaration", report):
        node = with_corrected_keys(node, DECLARATION_KEYS)
        written = node.get("type")
    if written is None:
        message = f"the declaration of '{name.text}' has no type"
        report(Finding("unknown-type", message, node.place, "add 'type:'"))
        return None
    kind = parse_type(written, report)
    levels = _levels(node, kind, report)
    inherited = _default_presentation(kind) if kind else PLAIN
    presentation = read_presentation(node, replace(inherited, levels=tuple(levels)), report)
    if kind is None:
        return None
    scheme = read_scheme(node, report)
    if scheme is None and node.get("scheme") is not None:
        return None
    if scheme is not None and not kind.has_versions:
        place = (node.get("scheme") or node).place
        report(Finding("wrong-shape", f"a {kind} has no versions, so it cannot have a scheme", place, "remove it"))
    kind = replace(kind.with_scheme(scheme), levels=tuple(levels.items()))
    return Declaration(kind, written.place, presentation, node.get("default"), None, node.get("link"))
