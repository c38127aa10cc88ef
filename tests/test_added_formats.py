"""Formats that other packages add with entry points."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sites import ROOT, write_files

DOCUMENT = (ROOT / "docs/more-formats.md").read_text("utf-8").partition("## A format of your own")[2]
MODULE = re.findall(r"^```python\n(.*?)^```$", DOCUMENT, re.MULTILINE | re.DOTALL)[0]
ENTRY_POINT = re.findall(r"^acme = \"(.*)\"$", DOCUMENT, re.MULTILINE)[0]
SITE = {
    "sitegen.yaml": "formats: [html, acme]\npartials: {grid: {path: << library.id >>/grid, tables: [grid], each: library}}\n",
    "content/facts.yaml": """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text}, records: {python: {name: Python}}}
things: {fields: {name: text}, records: {a: {name: "A | b"}}}
tables: {grid: {caption: Things, from: things, columns: [{header: Name, field: name}]}}
""",
    "content/page.md": "---\ntitle: Page\n---\n> [!NOTE]\n> Text.\n\n<< tables.grid >>\n",
}


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A folder with the package of the documentation, as pip installs it."""
    points = f"[sitegen.formats]\nacme = {ENTRY_POINT}\nbroken = acme_format:NOTHING\n"
    metadata = "Metadata-Version: 2.1\nName: acme-format\nVersion: 1.0\n"
    info = {"entry_points.txt": points, "METADATA": metadata}
    files = {f"acme_format-1.0.dist-info/{name}": text for name, text in info.items()}
    write_files(tmp_path / "package", {"acme_format.py": MODULE, **files})
    write_files(tmp_path / "site", SITE)
    return tmp_path


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run sitegen with the package installed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder / "package"), str(ROOT)])}
    command = [sys.executable, "-m", "sitegen", *arguments, "--root", str(folder / "site")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def test_a_package_adds_the_format_of_the_documentation(package: Path) -> None:
    output = package / "site/output"
    built = run(package, "build")
    assert (built.returncode, built.stderr) == (0, "")
    page = (output / "acme/web/python.md").read_text("utf-8")
    assert "[note]\nText.\n[/]" in page
    assert "| A &#124; b |" in page
    assert "| A &#124; b |" in (output / "acme/partials/python/grid.md").read_text("utf-8")
    assert run(package, "build", "--check").returncode == 0
    module = package / "package/acme_format.py"
    module.write_text(module.read_text("utf-8").replace("[/]", "[end]"), "utf-8")
    assert run(package, "build").stdout.startswith("1 written")
    assert "[end]" in (output / "acme/web/python.md").read_text("utf-8")
    assert run(package, "build").stdout.startswith("0 written")
    assert run(package, "clean").returncode == 0
    assert not output.exists()


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("unknown", "unknown format 'unknown': no installed package has it"),
        ("broken", "unknown format 'broken': module 'acme_format' has no attribute 'NOTHING'"),
    ],
)
def test_a_format_that_no_package_adds_is_a_finding(package: Path, name: str, problem: str) -> None:
    (package / "site/sitegen.yaml").write_text(f"formats: [html, {name}]\n", "utf-8")
    built = run(package, "build")
    assert built.returncode == 2
    assert f"error[unknown-choice]: {problem}\n --> sitegen.yaml:1:17" in built.stderr


def test_entry_points_are_only_read_for_an_unknown_format(package: Path) -> None:
    (package / "site/sitegen.yaml").write_text("formats: [html, github]\n", "utf-8")
    (package / "package/acme_format.py").write_text("raise SystemError", "utf-8")
    assert run(package, "build").returncode == 0
