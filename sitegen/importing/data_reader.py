"""Data: CSV, and lists in JSON and YAML. Each list of things is a table."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from typing import Any

from sitegen.findings import Finding, Place, Report
from sitegen.importing.cells import escaped
from sitegen.importing.model import SourceBlock, SourceCell, SourceFile, SourceHeading, SourcePage, SourceTable
from sitegen.source.nodes import Mapping, Node, Scalar
from sitegen.source.nodes import Sequence as List
from sitegen.source.yaml_reader import parse_yaml


def read_data(source: SourceFile, report: Report) -> SourcePage | None:
    """Read a file as a page of tables. Reports one without a list of things, and returns None."""
    if source.name.lower().endswith((".csv", ".tsv")):
        rows = _csv(source, report)
        if rows is None:
            return None
        lists = [("", rows)]
    elif source.name.lower().endswith(".json"):
        try:
            lists = [*_lists(json.loads(source.text, parse_float=_Number, parse_int=_Number, parse_constant=str))]
        except json.JSONDecodeError as error:
            report(_lost(error.msg, Place(source.name, error.lineno, error.colno)))
            return None
        except (ValueError, RecursionError) as error:
            report(_lost(str(error), Place(source.name, 1, 1)))
            return None
    else:
        findings: list[Finding] = []
        node = parse_yaml(source.text, source.name, findings.append)
        for finding in findings:
            report(_lost(finding.message, finding.place, finding.hint))
        lists = [*_lists(_plain(node))] if node is not None and not findings else []
        if findings:
            return None
    title = source.page.rpartition("/")[2].replace("-", " ").replace("_", " ").capitalize()
    blocks: list[SourceBlock] = []
    for name, things in lists:
        table = _table(source, things, name or title)
        if table is not None:
            blocks += [SourceHeading(2, escaped(name))] * bool(name) + [table]
    if not blocks:
        report(_lost("it has no list of things", Place(source.name, 1, 1)))
        return None
    return SourcePage(source, "data", title, {}, tuple(blocks), {})


def _lost(problem: str, place: Place, hint: str = "") -> Finding:
    return Finding("import-lost", f"this file is not imported: {problem}", place, hint, severity="warning")


_Row = dict[str, str]
_Rows = list[tuple[int, _Row]]


def _csv(source: SourceFile, report: Report) -> _Rows | None:
    delimiter = "\t" if source.name.lower().endswith(".tsv") else ";" if _is_semicolon(source.text) else ","
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    lines: list[tuple[int, list[str]]] = []
    try:
        lines += [(reader.line_num, cells) for cells in reader if any(cells)]
    except csv.Error as error:
        report(_lost(str(error), Place(source.name, reader.line_num, 1), "check the quotes above"))
        return None
    header, width = lines[0][1] if lines else [], max((len(cells) for _, cells in lines), default=0)
    names: list[str] = []
    for at, name in enumerate([*header, *[""] * (width - len(header))]):
        names.append(name if name and name not in names else f"column {at + 1}")
        if name and name != names[at]:
            message = f"the header '{name}' occurs twice; the second one is '{names[at]}'"
            report(Finding("import-changed", message, Place(source.name, 1, 1), severity="notice"))
    return [(line, dict(zip(names, cells + [""] * (width - len(cells)), strict=True))) for line, cells in lines[1:]]


def _is_semicolon(text: str) -> bool:
    first = text.partition("\n")[0]
    return first.count(";") > first.count(",")


def _plain(node: Node) -> Any:
    """A node of YAML as lists, mappings and texts. A mapping has the number of its line."""
    if isinstance(node, Scalar):
        return "" if node.plain and node.text in ("null", "~") else node.text
    if isinstance(node, Mapping):
        return _Lined(node.place.line, {key.text: _plain(value) for key, value in node.entries})
    return [_plain(item) for item in node.items] if isinstance(node, List) else ""


class _Number(str):
    """A number of JSON as it is written."""


class _Lined(dict[str, Any]):
    """A mapping with its line."""

    def __init__(self, line: int, values: dict[str, Any]) -> None:
        super().__init__(values)
        self.line = line


def _lists(value: Any) -> Iterator[tuple[str, _Rows]]:
    """The lists of things in a value: itself, those at its keys, or a mapping of mappings by their keys.

    Other values are a list of keys and values, before those at the keys.
    """
    if _is_things(value):
        yield from _things("", [({}, item) for item in value])
    elif isinstance(value, list):
        yield "", [(_line(item), {"value": _text(item)}) for item in value]
    elif isinstance(value, dict) and len(value) > 1 and _is_things([*value.values()]):
        yield from _things("", [({"id": str(key)}, item) for key, item in value.items()])
    elif isinstance(value, dict):
        deeper = {key: item for key, item in value.items() if isinstance(item, dict) or _is_things(item)}
        others = [key for key in value if key not in deeper]
        yield "", [(_line(value), {"key": str(key), "value": _text(value[key])}) for key in others]
        for key, item in deeper.items():
            for name, rows in _lists(item):
                yield f"{key} {name}".strip(), rows


def _things(name: str, items: Sequence[tuple[_Row, ReadOnly[str, Any]]]) -> Iterator[tuple[str, _Rows]]:
    """A list of things, and those in it, each with the first text of the thing that contains it."""
    inner = dict.fromkeys(key for _, item in items for key, each in item.items() if _is_things(each))
    rows = [
        (_line(item), {**own, **{str(key): _text(each) for key, each in item.items() if key not in inner}})
        for own, item in items
    ]
    yield name, rows
    for key in inner:
        children = [(row, each) for (_, row), (_, item) in zip(rows, items, strict=True) for each in _listed(item, key)]
        of = name or next(iter(rows[0][1]), "")
        of = f"{of} of {key}" if any(of in each for _, each in children) else of
        labelled = [({of: next(iter(row.values()), "")}, each) for row, each in children]
        yield from _things(f"{name} {key}".strip(), labelled)


def _listed(item: ReadOnly[str, Any], key: str) -> Sequence[dict[str, Any]]:
    """The things at a key. Another value there is a thing with it as its only value."""
    value: Any = item.get(key)
    things: list[dict[str, Any]] = value if _is_things(value) else [{key: value}]
    return things if value not in (None, "", []) else []


def _line(value: Any) -> int:
    return value.line if isinstance(value, _Lined) else 1


def _is_things(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) and item for item in value)


def _text(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list) and not any(isinstance(item, (list, dict)) for item in value):
        return ", ".join(map(_text, value))
    return value if isinstance(value, str) else _json(value)


def _json(value: Any) -> str:
    """A value as JSON, with numbers as they are written."""
    if isinstance(value, list):
        return f"[{', '.join(map(_json, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_json(key)}: {_json(item)}" for key, item in value.items()) + "}"
    return value if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)


def _table(source: SourceFile, rows: Sequence[tuple[int, _Row]], caption: str) -> SourceTable | None:
    names = list(dict.fromkeys(name for _, row in rows for name in row))
    if not rows or not names:
        return None
    first = Place(source.name, 1, 1)
    cells = tuple(
        tuple(SourceCell(_cell(row.get(name, "")), Place(source.name, line, 1)) for name in names) for line, row in rows
    )
    return SourceTable(first, "", tuple(SourceCell(escaped(name), first) for name in names), cells, caption=caption)


def _cell(text: str) -> str:
    """A plain text as Markdown. Lines stay lines; an address is a link, as pages show it."""
    lines = [
        f"<{line}>" if line.startswith(("https://", "http://")) and not set(line) & set(" <>") else escaped(line)
        for line in text.split("\n")
    ]
    return "<br>".join(filter(None, lines))
