"""`sitegen schema`: what an editor completes, explains and reports, with the language server that editors use."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from sitegen.facts.field_types import TYPE_NAMES
from sitegen.schema.documentation import with_examples
from tests.support.commands import Capture, do, edit
from tests.support.language_server import LanguageServer, yaml_language_server
from tests.support.sites import ROOT
from tests.support.sites import write_files as write

SITES = {"own": ROOT, "example": ROOT / "examples/tracers", "new": ROOT / "sitegen/starter"}
# A record that uses each construct, and a reference to ids that look like numbers.
MORE = {
    "sitegen.yaml": "rules: {ladder-gap: off}\ndialects: {hugo: {words: {yes: ✓ yes}}}\n",
    "content/facts.yaml": """\
# yaml-language-server: $schema=../facts.json
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries:
  fields: {name: text}
  records: {go: {name: Go, scheme: go}}
releases:
  scheme: [first, second]
  fields: {versions: versions, support: {type: lifecycle, levels: {security: maintenance}}}
  records:
    "1.0": {versions: first, support: {ga: 2024-01-10, security: by 2025-01-10, eol: ~2027-10}}
    v2: {versions: second, support: {ga: after 1.0}, from: 2025-01-01, note: [agent, Only on Linux.]}
notes:
  fields: {text: markdown}
  records: {agent: {text: Needs the agent.}}
things:
  fields:
    name: {type: text, link: page}
    page: optional link
    release: optional reference to releases
    level: one of 1.20 / 2 / high
    works: {type: support by releases, default: no}
    tags: optional list of code
    until_day: optional date
    stage: stage
  records:
    a:
      name: [A, {is: B, for: {product: web, library: [go]}, reason: it is so}]
      page: none
      release: 1.0
      level: 1.20
      works: {"1.0": yes, v2: [no, {is: preview 2+, from: 2026-01-01, note: Soon.}]}
      tags: [a, b]
      until_day: 2026-Q2
      stage: {all: [beta, {is: ga, when: on Linux}]}
      aliases: [x]
      was: y
      note: [Old., {is: none, from: 2026-01-01}]
    b: {for: web, page: /b/, name: {verbatim: b c}, release: none, level: high, works: partial, stage: ga}
tables:
  t:
    caption: [Things, {is: More, from: 2026-01-01}]
    from: things
    where: {level: [high, "2"]}
    order: -name
    columns:
      - {header: Name, field: name, words: {none: x}, for: web, note: About names.}
      - header: Works
        across: {from: releases, rows: [v2]}
        columns: [{header: Since, field: works, align: center, code: no}]
  u: {like: t, layout: transposed, columns: {name: {align: right}}, complete: true}
""",
    "content/go.yaml": "library: go\nthings:\n  records:\n    a: {level: 2}\n",
}


def schema(capsys: Capture, root: Path, what: str) -> dict[str, Any]:
    said = do(capsys, "schema", what, "--root", root)
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert isinstance(found, dict)
    return found


def files(root: Path, what: str) -> list[Path]:
    return [root / "sitegen.yaml"] if what == "settings" else sorted((root / "content").rglob("*.yaml"))


@pytest.fixture(params=[*SITES, "more"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A site without errors, or with each construct."""
    return SITES[request.param] if request.param in SITES else write(tmp_path / "site", MORE)


@pytest.mark.parametrize("what", ["facts", "settings"])
def test_correct_files_are_valid(what: str, root: Path, capsys: Capture) -> None:
    made = schema(capsys, root, what)
    jsonschema.Draft7Validator.check_schema(made)
    validator = jsonschema.Draft7Validator(made)
    for path in files(root, what):
        document = YAML(typ="rt", pure=True).load(path.read_text("utf-8"))  # by YAML 1.2, as editors
        problems = [f"{[*error.path]}: {error.message}" for error in validator.iter_errors(_plain(document))]
        assert problems == [], path


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, (str, int, float, bool)) else str(value)


@pytest.mark.parametrize("name", TYPE_NAMES)
def test_each_type_is_described(name: str) -> None:
    assert len(with_examples((ROOT / "docs/facts.md").read_text("utf-8"), f"`{name}`").splitlines()) > 2


def test_a_site_with_errors_has_a_schema(tmp_path: Path, capsys: Capture) -> None:
    site = write(tmp_path / "site", MORE)
    edit(site / "content/facts.yaml", "tags: optional", "tags: optonal")
    edit(site / "content/facts.yaml", "caption: [", "capton: [")
    made = schema(capsys, site, "facts")
    assert "level" in made["properties"]["things"]["properties"]["records"]["additionalProperties"]["properties"]


# --- in an editor --------------------------------------------------------------------


@pytest.fixture
def server(node: Path, npm: Path) -> Iterator[LanguageServer]:
    with yaml_language_server(node, npm) as server:
        yield server


def test_an_editor_reports_nothing_in_correct_files(
    root: Path, server: LanguageServer, tmp_path: Path, capsys: Capture
) -> None:
    for what in ("facts", "settings"):
        (tmp_path / f"{what}.json").write_text(json.dumps(schema(capsys, root, what)), "utf-8")
        for path in files(root, what):
            text = path.read_text("utf-8").replace("# yaml-language-server", "#")
            line = f"# yaml-language-server: $schema={(tmp_path / f'{what}.json').as_uri()}\n"
            assert server.open(path, line + text) == [], path


def test_an_editor_completes_explains_and_reports(server: LanguageServer, tmp_path: Path, capsys: Capture) -> None:
    site = write(tmp_path / "site", MORE)
    (site / "facts.json").write_text(json.dumps(schema(capsys, site, "facts")), "utf-8")
    path = site / "content/new.yaml"
    head = "# yaml-language-server: $schema=../facts.json\nthings:\n  records:\n    c:\n"

    def labels(text: str, line: int, character: int, where: Path = site / "content") -> set[str]:
        server.open(where / "other.yaml", text)
        found = server.at("completion", where / "other.yaml", line, character)
        server.close(where / "other.yaml")
        items = found["items"] if isinstance(found, dict) else found
        return {item["label"] for item in items}

    assert labels(f"{head}      \n", 4, 6) >= {"name", "release", "level", "works", "from", "note"}
    assert labels(f"{head}      release: \n", 4, 15) == {'"1.0"', "v2", "none"}
    assert labels(f"{head}      stage: \n", 4, 13) >= {"ga", "preview", "eol"}
    assert labels("# yaml-language-server: $schema=../facts.json\nlibrary: \n", 1, 9) >= {"go"}

    assert server.open(path, f"{head}      works: yes\n") == []
    hover = server.at("hover", path, 4, 8)["contents"]["value"].replace("&nbsp;", " ")
    assert "A state of support, optionally with versions." in hover
    assert "yes, from this version on" in hover
    server.close(path)

    found = server.open(path, f"{head}      name: C\n      relaese: v2\n      level: low\n      release: v3\n")
    assert {one["range"]["start"]["line"]: one["severity"] for one in found} == {5: 1, 6: 1, 7: 1}
    assert any("relaese is not allowed" in one["message"] for one in found)
    server.close(path)

    (site / "settings.json").write_text(json.dumps(schema(capsys, site, "settings")), "utf-8")
    path = site / "sitegen.yaml"
    head = "# yaml-language-server: $schema=settings.json\n"
    assert labels(f"{head}r\n", 1, 1, site) >= {"rules"}
    found = server.open(path, f"{head}rules: {{ladder-gap: of}}\n")
    assert [one["range"]["start"]["line"] for one in found] == [1]
    assert {"off", "warning"} <= set(re.findall(r"[a-z]+", found[0]["message"]))


def test_the_comment_for_editors_is_accepted_and_kept(tmp_path: Path, capsys: Capture) -> None:
    site = write(tmp_path / "site", MORE)
    for name in ("sitegen.yaml", "content/go.yaml"):
        path = site / name
        path.write_text("# yaml-language-server: $schema=facts.json\n" + path.read_text("utf-8"), "utf-8")
    (site / "content/page.md").write_text("---\ntitle: T\n---\n\n<< tables.t >>\n\n<< tables.u >>\n", "utf-8")
    said = do(capsys, "check", "--root", site, "--as-of", "2026-04-01")
    assert said.code == 0, said.err
