"""The npm registry: ranges of `engines`, `os` and `cpu`, and a local server that answers like a registry."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sitegen.cli import main
from sitegen.facts.version_ranges import range_text
from sitegen.package_indexes import fetch, npm, npm_registry
from sitegen.package_indexes.interface import Artifact, IndexProblem
from sitegen.package_indexes.releases import Published, read_lock, write_lock
from tests.support.index_server import Response, Server
from tests.support.requirements import need
from tests.support.sites import write_files


@pytest.mark.parametrize(
    ("written", "ranges"),
    [
        (">=18", [">=18"]),
        (">= 18.0.0", [">=18.0.0"]),
        ("18", [">=18,<19"]),
        ("v18.2", [">=18.2,<18.3"]),
        ("18.2.1", [">=18.2.1,<=18.2.1"]),
        ("=18", [">=18,<19"]),
        ("16.x", [">=16,<17"]),
        ("16.X.x", [">=16,<17"]),
        ("16.*", [">=16,<17"]),
        ("*", ["any version"]),
        ("x", ["any version"]),
        (">16", [">=17"]),
        (">16.2.1", [">16.2.1"]),
        ("<=16", ["<17"]),
        ("<=16.2.1", ["<=16.2.1"]),
        ("<16", ["<16"]),
        ("^18", [">=18,<19"]),
        ("^18.2.0", [">=18.2.0,<19"]),
        ("^0.2.3", [">=0.2.3,<0.3"]),
        ("^0.0.3", [">=0.0.3,<0.0.4"]),
        ("~18.2.1", [">=18.2.1,<18.3"]),
        ("~18", [">=18,<19"]),
        ("~> 18.2", [">=18.2,<18.3"]),
        ("18 - 20", [">=18,<21"]),
        ("18.1.0 - 20.2.0", [">=18.1.0,<=20.2.0"]),
        (">=14 <21", [">=14,<21"]),
        (">=14 <16 || >=18", [">=14,<16", ">=18"]),
        ("^18 || >=20", [">=18,<19", ">=20"]),
        ("^18.18.0||^20.9.0||>=21.1.0", [">=18.18.0,<19", ">=20.9.0,<21", ">=21.1.0"]),
        (">=18.0.0-0", [">=18.0.0"]),
        ("<21.0.0-0", ["<21.0.0"]),
        ("^18 ^20", []),
    ],
)
def test_ranges_of_npm(written: str, ranges: list[str]) -> None:
    found = npm.accepted(written)
    assert found is not None
    assert [range_text(item) for item in found] == ranges


@pytest.mark.parametrize(
    "written", ["", "node >= 18", "lts/*", "latest", ">=12,<20", "=18.0.0-rc.1", ">", "18 -", '["node"]', "1.2.3.4"]
)
def test_unknown_ranges_are_none(written: str) -> None:
    assert npm.accepted(written) is None


@pytest.mark.parametrize(
    ("entry", "platforms"),
    [
        ("tarball", None),
        ("tarball os=linux cpu=x64", ("linux-x64",)),
        ("tarball os=darwin,linux cpu=arm64", ("darwin-arm64", "linux-arm64")),
        ("tarball os=linux cpu=x64 libc=musl", ("linux-x64-musl",)),
    ],
)
def test_os_cpu_and_libc_are_platforms(entry: str, platforms: tuple[str, ...] | None) -> None:
    assert npm.artifact(entry) == Artifact(source=False, platforms=platforms)


def test_a_list_can_contain_exclusions() -> None:
    platforms = npm.artifact("tarball os=!win32 cpu=x64").platforms
    assert platforms is not None
    assert "linux-x64" in platforms
    assert not [platform for platform in platforms if platform.startswith("win32")]


# --- the client ----------------------------------------------------------------------


def document(**versions: dict[str, object]) -> dict[str, object]:
    """The document of a package; `v1_0_0={...}` is the version 1.0.0."""
    named = {name[1:].replace("_", ".").replace("..", "-"): fields for name, fields in versions.items()}
    days = {version: f"2026-01-{at + 1:02}T23:30:00.000Z" for at, version in enumerate(named)}
    return {"name": "pkg", "dist-tags": {"latest": "1.1.0"}, "versions": named, "time": {"created": "", **days}}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A registry that npm is configured for, without npm itself."""
    found = Server()
    for name in [name for name in os.environ if re.match("(?i)npm_config_|.*_proxy$", name)]:
        monkeypatch.delenv(name)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", f"{found.url}/npm/")
    yield found
    found.http.shutdown()
    found.http.server_close()


def serve(server: Server, path: str, content: object, **headers: str) -> None:
    server.answers[path] = Response(json.dumps(content).encode(), kind="application/json", headers=headers)


def ask(package: str = "pkg", known: Published | None = None) -> Published | None:
    return fetch("npm", package, known, lambda _done, _size: None)


def test_a_document_is_read_as_releases(server: Server) -> None:
    content = document(
        v1_0_0={"engines": {"node": ">= 14"}, "deprecated": "use 1.1.0"},
        v1_1_0={"engines": {"node": ">=18", "npm": ">=9"}, "os": ["!win32"], "cpu": ["x64", "arm64"]},
        v2_0_0={"engines": {}, "deprecated": False},
        v2_0_1={"engines": ["node >= 0.4"], "os": "linux"},
        v3_0_0__beta_1={"engines": {"node": "*"}},
        v3_0_0__nightly_x_1={},
        v3_0_0__1={},
    )
    serve(server, "/npm/pkg", content)
    found = ask()
    assert found is not None
    assert (found.index, found.package, found.latest) == ("npm", "pkg", "1.1.0")
    assert {release.version: (release.day, release.yanked) for release in found.releases} == {
        "1.0.0": ("2026-01-01", "use 1.1.0"),
        "1.1.0": ("2026-01-02", None),
        "2.0.0": ("2026-01-03", None),
        "2.0.1": ("2026-01-04", None),
        "3.0.0b1": ("2026-01-05", None),
    }
    stated = {release.version: list(found.names(release)) for release in found.releases}
    assert stated == {
        "1.0.0": [(">= 14", "tarball")],
        "1.1.0": [(">=18", "tarball os=!win32 cpu=x64,arm64")],
        "2.0.0": [("", "tarball")],
        "2.0.1": [('["node >= 0.4"]', "tarball os=linux")],
        "3.0.0b1": [("*", "tarball")],
    }
    assert read_lock(write_lock(found)) == found


def test_a_scoped_package_is_one_name_and_can_have_its_own_registry(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server, "/npm/@scope%2Fpkg", document(v1_0_0={}))
    assert ask("@scope/pkg") is not None
    monkeypatch.setenv("npm_config_@scope:registry", f"{server.url}/own")
    serve(server, "/own/@scope%2Fpkg", document(v2_0_0={}))
    found = ask("@scope/pkg")
    assert found is not None
    assert [release.version for release in found.releases] == ["2.0.0"]


def test_unchanged_documents_are_not_sent_again(server: Server) -> None:
    serve(server, "/npm/pkg", document(v1_0_0={}), ETag='"a1"')
    found = ask()
    assert found is not None
    server.answers["/npm/pkg"] = lambda tag: Response(code=304 if tag == '"a1"' else 500)
    assert ask(known=read_lock(write_lock(found))) is None


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Response(code=404), "the index has no package 'pkg'"),
        (Response(b"{", kind="application/json"), "cannot read the index's response for 'pkg'"),
        (Response(b"[1]", kind="application/json"), "cannot read the index's response for 'pkg'"),
        (Response(b'{"error": "x"}', kind="application/json"), "cannot read the index's response for 'pkg'"),
        (
            Response(b'{"versions": {"1.0.0": 3}}', kind="application/json"),
            "cannot read the index's response for 'pkg'",
        ),
        (Response(b'{"versions": {}}', kind="application/json"), "the index lists no versions of 'pkg'"),
    ],
)
def test_an_unusable_answer_is_reported_in_one_line(answer: Response, said: str, server: Server) -> None:
    server.answers["/npm/pkg"] = answer
    with pytest.raises(IndexProblem) as told:
        ask()
    assert str(told.value) == said


def test_the_settings_come_from_npm(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A program that prints what `npm config list --json` prints."""
    program = tmp_path / "npm.py"
    program.write_text("import json; print(json.dumps({'registry': 'file:///srv', 'timing': True}))")
    found = [sys.executable, str(program)]
    monkeypatch.setattr("shutil.which", lambda _name: "npm")
    run = npm_registry.subprocess.run
    monkeypatch.setattr(npm_registry.subprocess, "run", lambda command, **more: run([*found, *command[1:]], **more))
    assert npm_registry.npm_settings() == {"registry": "file:///srv"}
    with pytest.raises(IndexProblem, match="without an https or http URL"):
        ask()


SITE = {
    "sitegen.yaml": "verify: {npm: {package: libraries.package, runtimes: {versions: runtimes.versions, releases: runtimes.releases, tags: {node: node}}}}\n",
    "content/facts.yaml": """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text, package: text}, records: {nodejs: {name: Node.js, package: PACKAGE}}}
runtimes: {fields: {versions: versions, releases: versions}, records: {node: {versions: 16+, releases: "RELEASES"}}}
""",
}


def site(folder: Path, package: str, releases: str) -> Path:
    facts = SITE["content/facts.yaml"].replace("PACKAGE", package).replace("RELEASES", releases)
    return write_files(folder, {**SITE, "content/facts.yaml": facts})


def test_the_command_asks_the_registry_and_compares(
    server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = site(tmp_path, '"@scope/pkg"', ">=1")
    serve(
        server,
        "/npm/@scope%2Fpkg",
        document(v1_0_0={"engines": {"node": ">=14"}}, v1_1_0={"engines": {"node": ">=18"}}),
    )
    assert main(["verify", "--update", "--root", str(root), "--as-of", "2026-11-20"]) == 0
    assert (root / "content/locks/npm/%40scope%2Fpkg.json").exists()
    assert main(["verify", "--root", str(root), "--as-of", "2026-11-20"]) == 1
    told = capsys.readouterr()
    assert "Node.js 16+ with @scope/pkg >=1: @scope/pkg 1.1.0 does not accept Node.js 16 to 17" in told.err
    assert "Node.js 17: 1.0.0 is the last release that accepts it" in told.err


@pytest.mark.slow
def test_the_real_registry_answers_in_the_expected_format(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Express 4 accepts Node.js 0.10 and later, and Express 5 no Node.js before 18."""
    root = site(tmp_path, "express", ">=5.0.0,<=5.1.0")
    code = main(["verify", "--update", "--root", str(root)])
    told = capsys.readouterr()
    if code == 3 and re.search("cannot be asked|not asked over", told.err):
        need(f"the registry that npm is configured for cannot be asked: {told.err}")
    assert (code, told.err) == (0, "")
    published = read_lock((root / "content/locks/npm/express.json").read_bytes())
    accepted = {release.version: [req for req, _ in published.names(release)] for release in published.releases}
    assert accepted["4.18.0"] == [">= 0.10.0"]
    assert accepted["5.1.0"] == [">= 18"]
    assert published.latest
    assert main(["verify", "--root", str(root)]) == 1
    assert "does not accept Node.js 16 to 17" in capsys.readouterr().err
