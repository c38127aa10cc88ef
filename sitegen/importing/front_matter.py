"""Front matter in YAML, TOML or JSON."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping as ReadOnly

from sitegen.findings import Finding, Place, Report
from sitegen.importing.model import Meta, MetaLeaf
from sitegen.source.nodes import Node, Scalar, Sequence
from sitegen.source.yaml_reader import FRONT_MATTER_END, split_front_matter


def split(text: str, file: str, report: Report) -> tuple[dict[str, Meta], str, int]:
    """Split a page into front matter, body and the first line of the body. Reports front matter that is not read."""
    if text.startswith("---\n") and FRONT_MATTER_END.search(text, 4):
        findings: list[Finding] = []
        node, body, line = split_front_matter(text, file, findings.append)
        if node is None:
            _report_unread(text[: len(text) - len(body)].rstrip("\n"), findings[0].message, findings[0].place, report)
        return {key.text: _meta(value) for key, value in node.entries} if node else {}, body, line
    if text.startswith("+++\n") and (stop := text.find("\n+++", 3)) > 0:
        after = text.find("\n", stop + 1) + 1 or len(text)
        values: dict[str, object] = {}
        try:
            values = tomllib.loads(text[4 : stop + 1])
        except tomllib.TOMLDecodeError as error:
            _report_unread(text[:after], str(error), Place(file, 1, 1), report)
        return {key: of_value(value) for key, value in values.items()}, text[after:], text.count("\n", 0, after) + 1
    return {}, text, 1


def _report_unread(text: str, message: str, place: Place, report: Report) -> None:
    report(Finding("import-lost", f"the front matter is not imported: {message}", place, f"add by hand: {text!r:.300}"))


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
