"""Front matter in YAML, TOML or JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping as ReadOnly

from sitegen.findings import Finding, Place, Report
from sitegen.importing.model import Meta, MetaLeaf
from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.source.yaml_reader import FRONT_MATTER_END, parse_yaml


def split(text: str, file: str, report: Report) -> tuple[dict[str, Meta], str, int]:
    """Split a page into front matter, body and the first line of the body. Reports front matter that is not read."""
    if text.startswith("---\n") and (end := FRONT_MATTER_END.search(text, 4)):
        findings: list[Finding] = []
        node = parse_yaml(text[4 : end.start()], file, findings.append, first_line=2)
        body, line = text[end.end() + 1 :], text.count("\n", 0, end.end()) + 2
        if not findings and (node is None or isinstance(node, Mapping)):
            return dict(_meta(node)) if node else {}, body, line  # type: ignore[arg-type]
        return {}, body, _unread(text[: end.end()], findings, file, report, line)
    if text.startswith("+++\n") and (stop := text.find("\n+++", 3)) > 0:
        after = text.find("\n", stop + 1) + 1 or len(text)
        try:
            values = tomllib.loads(text[4 : stop + 1])
        except tomllib.TOMLDecodeError as error:
            return {}, text[after:], _unread(text[:after], [str(error)], file, report, text.count("\n", 0, after) + 1)
        return {key: of_value(value) for key, value in values.items()}, text[after:], text.count("\n", 0, after) + 1
    return {}, text, 1


def _unread(text: str, problems: list[Finding] | list[str], file: str, report: Report, line: int) -> int:
    """Report front matter that cannot be read. Returns the first line after it."""
    first = problems[0] if problems else "it is not a mapping"
    message = first.message if isinstance(first, Finding) else first
    place = first.place if isinstance(first, Finding) else Place(file, 1, 1)
    report(Finding("import-lost", f"the front matter is not imported: {message}", place, f"add by hand: {text!r:.300}"))
    return line


def _meta(node: Node) -> Meta:
    if isinstance(node, Scalar):
        return MetaLeaf(node.text, node.plain)
    if isinstance(node, Sequence):
        return tuple(_meta(item) for item in node.items)
    return {key.text: _meta(value) for key, value in node.entries}


def of_value(value: object) -> Meta:
    """A value of TOML or JSON."""
    if isinstance(value, dict):
        return {str(key): of_value(item) for key, item in value.items()}
    if isinstance(value, list):
        return tuple(of_value(item) for item in value)
    if isinstance(value, str):
        return MetaLeaf(value, plain=False)
    return MetaLeaf(json.dumps(value) if value is None or isinstance(value, (bool, int, float)) else str(value))


def text_at(meta: ReadOnly[str, Meta], key: str) -> str:
    """The text at a key, without the spaces around it; empty if there is none."""
    value = meta.get(key)
    return value.text.strip() if isinstance(value, MetaLeaf) else ""
