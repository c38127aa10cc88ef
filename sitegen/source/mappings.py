"""The keys of mappings: unknown ones, those without their indentation, and the texts below them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from sitegen.findings import Finding, Place, Report, did_you_mean, nearest
from sitegen.source.nodes import Mapping, Node, Scalar, items_at


def known_keys(node: Mapping, known: Iterable[str], what: str, report: Report) -> bool:
    """Report unknown keys of a mapping. Returns whether all are known."""
    unknown = [(key, value.place) for key, value in node.entries if key.text not in known]
    for key, place in unknown:
        hint = did_you_mean(key.text, known)
        if not hint.startswith("did") and place[1:3] == (key.place.line, key.place.column + key.place.length):  # no ':'
            hint = "if the comma belongs to the value before it, quote that value"
        report(Finding("unknown-key", f"unknown key '{key.text}' in {what}", key.place, hint))
    return not unknown


def with_corrected_keys(node: Mapping, known: Iterable[str]) -> Mapping:
    """A mapping with each unknown key replaced by the most similar known one that is missing."""
    present = {key.text for key, _ in node.entries}
    entries = []
    for key, value in node.entries:
        near = () if key.text in known else nearest(key.text, known)
        name = near[0] if near and near[0] not in present else key.text
        present.add(name)
        entries.append((key._replace(text=name), value))
    return node._replace(entries=tuple(entries))


def split_key(text: str) -> tuple[str, str]:
    """The possible key and value of a text without a ':', such as `name Login` or `since= 1.2`."""
    key, *rest = re.split(r"\s*[ =]\s*", text, maxsplit=1)
    return key, "".join(rest)


def scalars_at(node: Mapping, key: str, report: Report) -> tuple[Scalar, ...] | None:
    """The ids under a key: a single one or a list. Reports anything else, and returns None."""
    value = node.get(key)
    if value is None:
        return ()
    items = items_at(value)
    if not items or not all(isinstance(item, Scalar) and item.text for item in items):
        report(Finding("wrong-shape", f"'{key}' must be an id or a list of ids", value.place))
        return None
    return tuple(item for item in items if isinstance(item, Scalar))


def scalar_at(node: Mapping, key: str, report: Report) -> Scalar | None:
    """The text under a key with its place, or None. Reports anything else."""
    value = node.get(key)
    if value is None or isinstance(value, Scalar):
        return value
    report(Finding("wrong-shape", f"'{key}' must be a text", value.place))
    return None


def text_at(node: Mapping, key: str, report: Report) -> str:
    """The text under a key, or an empty one."""
    scalar = scalar_at(node, key, report)
    return "" if scalar is None else scalar.text.strip()


def place_at(node: Mapping, key: str) -> Place:
    """The place of the value under a key, or that of the mapping if it is missing."""
    return (node.get(key) or node).place


def mapping_at(node: Mapping, key: str, report: Report) -> Mapping:
    """The mapping at a key; empty if there is none. Reports other values."""
    value = node.get(key)
    if isinstance(value, Mapping):
        return value
    if value is not None:
        report(Finding("wrong-shape", f"'{key}' must be a mapping", value.place))
    return Mapping((), node.place)


def with_indented(
    entries: Iterable[tuple[Scalar, Node]], parts: Collection[str], report: Report
) -> list[tuple[Scalar, Node]]:
    """Entries in which mappings under the keys `parts`, which lack their indentation, are in the entry before them.

    Reports these. A mapping that has such parts itself only has the name of one.
    """
    found: list[tuple[Scalar, Node]] = []
    for key, node in entries:
        below = node.entries if isinstance(node, Mapping) else ()
        if not found or key.text not in parts or not below or any(name.text in parts for name, _ in below):
            found.append((key, node))
            continue
        owner, others = found[-1]
        hint = f"indent it, and the lines below it, as a part of '{owner.text}'"
        report(Finding("wrong-shape", f"'{key.text}' is not indented", key.place, hint))
        own = others.entries if isinstance(others, Mapping) else ()
        found[-1] = owner, Mapping((*own, (key, node)), others.place)
    return found


def with_outdented(node: Mapping, owner: str, part: str, report: Report) -> Mapping:
    """A mapping with what is below the key `part`, which is below the key `owner` by mistake. Reports it.

    If the lines below it were not indented with it, they are entries of `owner`, too.
    """
    below = node.get(owner)
    entries = below.entries if isinstance(below, Mapping) else ()
    index = next((index for index, (key, _) in enumerate(entries) if key.text == part), len(entries))
    if not entries[index:] or node.get(part) is not None:
        return node
    (key, value), *others = entries[index:]
    if isinstance(value, Scalar) and not value.text and others:
        value, others = Mapping(tuple(others), others[0][0].place), []
    if not isinstance(value, Mapping):
        return node
    report(
        Finding("wrong-shape", f"'{part}' is indented as a part of '{owner}'", key.place, f"indent it like '{owner}'")
    )
    left = Mapping((*entries[:index], *others), node.place)
    return node._replace(entries=(*((k, left if v is below else v) for k, v in node.entries), (key, value)))


def with_parent(node: Mapping, parent: str, known: Collection[str], report: Report) -> Mapping:
    """A mapping in which all mappings under unknown keys are below the key `parent`, if this key is missing.

    Reports it once. A misspelt key is not one of these.
    """
    stray = [
        entry
        for entry in node.entries
        if isinstance(entry[1], Mapping) and entry[0].text not in known and not nearest(entry[0].text, known)
    ]
    if not stray or node.get(parent) is not None:
        return node
    first = stray[0][0]
    report(Finding("wrong-shape", f"'{parent}:' is missing above '{first.text}'", first.place, f"add '{parent}:'"))
    kept = (entry for entry in node.entries if entry not in stray)
    return Mapping((*kept, (Scalar(parent, first.place), Mapping(tuple(stray), first.place))), node.place)
