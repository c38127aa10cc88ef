"""YAML that people edit: one line for each record, quotes only where they are needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly

from sitegen.importing.model import Meta, MetaLeaf

Tree = str | None | tuple["Tree", ...] | list["Tree"] | ReadOnly[str, "Tree"]  # None is `none`; a tuple is on one line


class Yaml(str):
    """A text that is YAML already."""

    __slots__ = ()


_PLAIN = re.compile(r"[A-Za-z0-9<.](?:[\w.()/+<=@ -]|:(?=\S))*", re.ASCII)
_WIDTH = 118


def scalar(text: str) -> str:
    """A text: plain if each YAML reader takes it for the same text as sitegen does, else in double quotes."""
    if _PLAIN.fullmatch(text) and text == text.strip() and text != "none" and text not in ("null", "Null", "NULL"):
        return text
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f").replace("\u0085", "\\u0085")


def flow(tree: Tree) -> str:
    """A value on one line."""
    if tree is None:
        return "none"
    if isinstance(tree, str):
        return str(tree) if isinstance(tree, Yaml) else scalar(tree)
    if isinstance(tree, ReadOnly):
        return "{" + ", ".join(f"{key}: {flow(value)}" for key, value in tree.items()) + "}"
    return "[" + ", ".join(map(flow, tree)) + "]"


def block(tree: ReadOnly[str, Tree], indent: str = "") -> Iterator[str]:
    """The lines of a mapping. A key that begins with `#` is a comment."""
    for key, value in tree.items():
        if key.startswith("#"):
            yield f"{indent}{key}"
            continue
        line = f"{indent}{key}: {flow(value)}"
        if (
            isinstance(value, ReadOnly)
            and value
            and (len(line) > _WIDTH or not indent or key == "records" or _is_deep(value))
        ):
            yield f"{indent}{key}:"
            yield from block(value, f"{indent}  ")
        elif isinstance(value, list) and value and (len(line) > _WIDTH or any(isinstance(i, ReadOnly) for i in value)):
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {flow(item)}" for item in value)
        else:
            yield line


def _is_deep(tree: ReadOnly[str, Tree]) -> bool:
    return any(isinstance(value, (ReadOnly, list)) or key.startswith("#") for key, value in tree.items())


def meta_lines(meta: ReadOnly[str, Meta], indent: str = "") -> Iterator[str]:
    """The lines of front matter."""
    for key, value in meta.items():
        if isinstance(value, dict) and value:
            yield f"{indent}{_key(key)}:"
            yield from meta_lines(value, f"{indent}  ")
        elif isinstance(value, tuple) and value and all(isinstance(item, dict) and item for item in value):
            yield f"{indent}{_key(key)}:"
            for item in value:
                first, *others = meta_lines(item, f"{indent}    ")  # type: ignore[arg-type]
                yield f"{indent}  - {first.strip()}"
                yield from others
        else:
            yield f"{indent}{_key(key)}: {_leaf(value)}"


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z_][\w-]*", key, re.ASCII) else json.dumps(key, ensure_ascii=False)


def _leaf(value: Meta) -> str:
    if isinstance(value, MetaLeaf):
        if value.plain and re.fullmatch(r"-?\d+(?:\.\d+)?|true|false|null|~?", value.text):
            return value.text
        text = re.sub("<(?=[<%#])", '<< "<" >>', value.text)
        is_word = value.plain or not re.fullmatch(r"(?i)[\d.:+-]+|true|false|yes|no|on|off|null", text)
        return scalar(text) if is_word and text else json.dumps(text, ensure_ascii=False)
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_leaf, value)) + "]"
    return "{" + ", ".join(f"{_key(key)}: {_leaf(item)}" for key, item in value.items()) + "}"
