"""The YAML of this repository means the same to every common parser: its content, the sites of tests, the examples of docs."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from collections.abc import Callable, Iterator
from collections.abc import Mapping as ReadOnly
from functools import cache, partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import yaml
from ruamel.yaml import YAML
from yamllint import linter
from yamllint.config import YamlLintConfig

from sitegen.source.nodes import Mapping, Node, Scalar, Sequence
from sitegen.source.yaml_reader import parse_yaml
from tests.support.changes import refuse
from tests.support.edited_site import COMPARED_SITE, SITE
from tests.support.sites import ROOT, large_site

_FENCE = re.compile(r"^ *```ya?ml\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_CASE = re.compile(r"^=== (\S+\.yaml)\n(.*?)(?=^=== )", re.MULTILINE | re.DOTALL)
_FRONT = re.compile(r"---\n(.*?)^---$", re.MULTILINE | re.DOTALL)
# Of the notations that other parsers reject, which sitegen reads for now.
NOT_TAUGHT = ("tests/test_declarations.py", "tests/test_hints.py", "tests/test_source.py", "docs/rules.md")


@cache
def files() -> dict[str, str]:
    """The YAML files of this repository."""
    folders = (ROOT / name for name in ("content", "tests", "examples", "docs", "benchmarks"))
    paths = [path for folder in folders for pattern in ("*.yaml", "*.yml") for path in folder.rglob(pattern)]
    paths = [path for path in paths if "node_modules" not in path.parts]
    return {name_of(path): path.read_text("utf-8") for path in (*paths, ROOT / "sitegen.yaml", ROOT / ".yamllint.yaml")}


@cache
def examples() -> dict[str, str]:
    """The examples in docs, and the front matter of pages."""
    found = {}
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        for number, match in enumerate(_FENCE.finditer(path.read_text("utf-8")), 1):
            found[f"{name_of(path)}, example {number}"] = dedent(match[1])
    for path in sorted((ROOT / "content").rglob("*.md")):
        if front := _FRONT.match(path.read_text("utf-8")):
            found[name_of(path)] = front[1]
    return found


def sites_of_tests() -> Iterator[tuple[str, str]]:
    """The YAML in tests: of sites with everything, of invalid content, and of texts in modules."""
    sites: dict[str, ReadOnly[str, object]] = {"SITE": SITE, "COMPARED_SITE": COMPARED_SITE, "large": large_site(3)}
    for name, site in sites.items():
        texts = ((path, text) for path, text in site.items() if path.endswith(".yaml"))
        yield from (
            (f"{name}: {path}", text.decode() if isinstance(text, bytes) else str(text)) for path, text in texts
        )
    for path in sorted((ROOT / "tests/bad_content").glob("*.txt")):
        for file, text in _CASE.findall(path.read_text("utf-8")):
            yield f"{path.name}: {file}", text
    for path in sorted((ROOT / "tests").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and "fields: {" in node.value:
                yield f"{name_of(path)}:{node.lineno}", node.value


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def texts() -> dict[str, str]:
    """All YAML that sitegen reads without a finding."""
    found = {}
    for name, text in (*files().items(), *examples().items(), *sites_of_tests()):
        problems: list[object] = []
        tree = parse_yaml(text, name, problems.append)
        if tree is not None and not problems and not name.startswith(NOT_TAUGHT):
            found[name] = text
    return found


def written(value: Any) -> Any:
    """A value with each scalar as text; an empty one may be None."""
    if isinstance(value, dict):
        return {str(key): written(item) for key, item in value.items()}
    return [*map(written, value)] if isinstance(value, list) else "" if value is None else str(value)


def as_read(node: Node | None) -> Any:
    """A value as sitegen reads it."""
    if isinstance(node, Mapping):
        return {key.text: as_read(value) for key, value in node.entries}
    if isinstance(node, Sequence):
        return [as_read(item) for item in node.items]
    return node.text if isinstance(node, Scalar) else ""


def reading(text: str, *, typed: bool) -> dict[str, Any]:
    """What each parser of Python reads: the scalars as texts, or its error; also that of its default types if `typed`."""
    found: dict[str, Any] = {"sitegen": as_read(parse_yaml(text, "", refuse))}
    readers: dict[str, tuple[Callable[[str], Any], Callable[[str], Any]]] = {
        "PyYAML": (partial(yaml.load, Loader=yaml.BaseLoader), yaml.safe_load),
        "libyaml": (partial(yaml.load, Loader=yaml.CBaseLoader), partial(yaml.load, Loader=yaml.CSafeLoader)),
        "ruamel.yaml": (YAML(typ="base", pure=True).load, YAML(typ="safe", pure=True).load),
    }
    for name, (base, safe) in readers.items():
        try:
            found[name] = written(base(text))
            if typed:
                safe(text)
        except Exception as error:  # noqa: BLE001 - each parser has its own
            found[name] = f"{type(error).__name__}: {error}"
    return found


@pytest.mark.slow
def test_every_parser_of_python_reads_the_same() -> None:
    assert len(texts()) > 200
    different = {}
    for name, text in texts().items():
        read = reading(text, typed=name in files() or name in examples())  # an invalid date is not a date for any
        if any(other != read["sitegen"] for other in read.values()):
            different[name] = read
    assert different == {}


def test_js_yaml_reads_the_same(node: Path, npm: Path) -> None:
    command: list[str | Path] = [node, ROOT / "tests/npm/read_yaml.mjs", npm]
    result = subprocess.run(command, input=json.dumps(texts()).encode(), capture_output=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr.decode()
    answers = json.loads(result.stdout)
    assert {name: answer["error"] for name, answer in answers.items() if answer["error"]} == {}
    wanted = {name: as_read(parse_yaml(text, "", refuse)) for name, text in texts().items()}
    assert {name: answer for name, answer in answers.items() if written(answer["value"]) != wanted[name]} == {}


@pytest.mark.slow
def test_yamllint_accepts_the_files_and_the_examples() -> None:
    config = YamlLintConfig((ROOT / ".yamllint.yaml").read_text("utf-8"))
    taught = {name: text for name, text in (*files().items(), *examples().items()) if not name.startswith(NOT_TAUGHT)}
    assert [f"{name}:{problem}" for name, text in taught.items() for problem in linter.run(text, config)] == []
