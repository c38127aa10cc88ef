"""Real sites of MkDocs and Sphinx take the pages and the partials, without a warning."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from sitegen.site.combine import Build
from tests.support.readers import Element, read_html, tables
from tests.support.sites import DAYS, build_site, own_site, write_files

pytestmark = pytest.mark.slow
PARTIAL = "trace_collection/python/supported_versions"


def site_in(format_name: str, folder: Path) -> Build:
    """Write the site of this repository in a format below a folder, without the name of the format."""
    made = build_site(own_site(), date.fromisoformat(DAYS[-2]), (format_name,))
    write_files(folder, {path.removeprefix(f"{format_name}/"): file.text for path, file in made.files.items()})
    return made


def run(folder: Path, *command: str) -> str:
    """Run a Python module. It must succeed. Returns what it prints."""
    result = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def main_of(page: Path) -> Element:
    """The content of a page without its frame."""
    root = read_html(page.read_text("utf-8"))
    return next(element for element in root.all() if element.attributes.get("role") == "main")


def check(page: Path, own: Path, made: Build) -> None:
    """Check that a page has the tables of its document, and a page of the site those of a partial."""
    document = next(document for path, document in made.documents.items() if "aap/python" in path)
    shown = [table for slot in document.slots.values() for table in getattr(slot, "tables", (slot,))]
    grids = [table for table in shown if table.layout == "table"]
    assert len(tables(main_of(page))) == len(grids)
    read = tables(main_of(own))
    assert [len(table.rows) for table in read] == [1 + len(table.rows) for table in made.partials[PARTIAL].tables]


def test_mkdocs_takes_pages_and_partials(tmp_path: Path) -> None:
    made = site_in("mkdocs", tmp_path)
    extension = {"pymdownx.snippets": {"base_path": ["partials"], "check_paths": True}}
    settings = f"site_name: Docs\nmarkdown_extensions: [{extension}]\n"
    write_files(tmp_path, {"mkdocs.yml": settings, "docs/index.md": f'# Versions\n\n--8<-- "{PARTIAL}.md"\n'})
    assert "WARNING" not in run(tmp_path, "mkdocs", "build", "--strict")
    check(tmp_path / "site/aap/python/index.html", tmp_path / "site/index.html", made)


def test_sphinx_takes_pages_and_partials(tmp_path: Path) -> None:
    made = site_in("rst", tmp_path)
    index = f"Versions\n========\n\n.. include:: /partials/{PARTIAL}.inc\n\n.. toctree::\n   :glob:\n\n   */*\n"
    write_files(tmp_path, {"conf.py": "smartquotes = False\n", "index.rst": index})
    run(tmp_path, "sphinx", "-W", "-q", "-b", "html", ".", "out")
    check(tmp_path / "out/aap/python.html", tmp_path / "out/index.html", made)
