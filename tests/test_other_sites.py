"""Real sites of Docusaurus, MkDocs and Sphinx take the pages and the partials, without a warning."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from sitegen.formats.style import Style
from sitegen.site.combine import Build
from sitegen.site.loading import Site
from tests.support.example_sites import PUBLISHED
from tests.support.expected_tables import check_tables, shown_tables
from tests.support.hostile_site import HOSTILE, MDX, generate
from tests.support.readers import Element, blocks, links, one_space, read_html, tables, without_front_matter
from tests.support.requirements import needs_links
from tests.support.sites import DAYS, ROOT, build_site, example_site, load, own_site, tiny, write_files

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


# --- Docusaurus ------------------------------------------------------------------------

DOCUSAURUS = {
    "title": "Docs",
    "url": "https://docs.example.com",
    "baseUrl": "/",
    "onBrokenLinks": "warn",  # the links of hostile pages lead nowhere
    "onBrokenAnchors": "warn",
    "markdown": {"hooks": {"onBrokenMarkdownLinks": "throw", "onBrokenMarkdownImages": "throw"}},
    "plugins": [["@docusaurus/plugin-content-docs", {"routeBasePath": "/"}]],
    "themes": ["@docusaurus/theme-classic"],
    "future": {"faster": {"mdxCrossCompilerCache": True}},  # compile each page once, not for server and browser
}
FACTS = """\
things:
  fields: {name: text, versions: versions, state: support}
  records:
    a: {name: "a@b.de, www.9 and :smile:", versions: ">=2,<3", state: {all: [yes, {is: 2+, when: "`--x`"}]}, note: Alpha.}
    b: {name: "{b} <c>", versions: 1.x, state: no, note: Beta.}
tables:
  grid:
    caption: Things
    from: things
    columns: [{header: Name, field: name}, {header: Versions, fields: [versions, state]}]
"""
LEVELS = {"note": "note", "tip": "tip", "important": "info", "warning": "warning", "caution": "danger"}
PAGE = """\
## First steps & more {#start}

See [the start](#start), and [the end](#the-end).

ALERTS

<< tables.grid >>

## The end

## The end

<!-- a comment --> A line,<br>and another.
""".replace("ALERTS", "\n\n".join(f"> [!{level.upper()}]\n> Read the {level}." for level in LEVELS))


def sites_of_docusaurus() -> dict[str, tuple[Site, Build]]:
    """Sites by their folders: this one, the ones with published tables, a small one, and one of hostile values."""
    small = load(tiny(FACTS, PAGE))
    sites = {
        "": (own_site, DAYS[-2]),
        "examples/": (example_site, "2026-04-01"),
        "small/": (lambda: small, "2026-04-01"),
    }
    sites |= {f"{name}/": each for name, each in PUBLISHED.items()}
    made = {
        folder: (site(), build_site(site(), date.fromisoformat(day), (MDX,))) for folder, (site, day) in sites.items()
    }
    hostile = generate({f"p{i}": (HOSTILE * 2)[i : 9 * 38 + i : 9] for i in (0, 4, 7)}, MDX)
    return {**made, "hostile/": (hostile.site, hostile.made)}


def write_docusaurus(folder: Path, sites: Mapping[str, tuple[Site, Build]]) -> None:
    """Write a site of Docusaurus with the pages of `sites`, a page with the example of the documentation, and link targets."""
    (example,) = re.findall(r"```mdx\n(.*?)```", (ROOT / "docs/more-formats.md").read_text("utf-8"), re.DOTALL)
    pages = {
        "index.mdx": f"---\nslug: /\n---\n\n# Versions\n\n{example}",
        "reference/method-sampling-based.md": "# A page to which a table of Elastic links\n",
        "reference/config-core.md": "# Another one\n\n## Bytecode {#config-instrument-ancient-bytecode}\n",
    }
    for prefix, (_, made) in sites.items():
        for path, file in made.files.items():
            text = file.text
            if prefix == "hostile/":  # Docusaurus does not read all of its front matter
                text = f"---\ntitle: Hostile\n---\n{without_front_matter(text)}"
            pages[prefix + path.removeprefix("mdx/")] = text
    settings = {"package.json": "{}", "docusaurus.config.js": f"module.exports = {json.dumps(DOCUSAURUS)};"}
    write_files(folder, {**settings, **{f"docs/{path}": text for path, text in pages.items()}})


def content_of(site: Path, page: str) -> Element:
    """The content of a page that Docusaurus built."""
    root = read_html((site / "build" / page.removesuffix(".mdx") / "index.html").read_text("utf-8"))
    return next(element for element in root.all("div") if "theme-doc-markdown" in element.attributes.get("class", ""))


@needs_links
def test_docusaurus_takes_pages_and_partials(node: Path, docusaurus: Path, tmp_path: Path) -> None:
    sites = sites_of_docusaurus()
    write_docusaurus(tmp_path, sites)
    (tmp_path / "node_modules").symlink_to(docusaurus / "node_modules")
    command = [node, docusaurus / "node_modules/@docusaurus/core/bin/docusaurus.mjs", "build", "--no-minify"]
    settings = {"DOCUSAURUS_NO_PERSISTENT_CACHE": "true", "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1"}
    result = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, **settings}, capture_output=True, text=True, check=False
    )
    printed = result.stdout + result.stderr
    assert result.returncode == 0, printed
    assert set(re.findall(r"source page path = (/\w*)", printed)) == {"/hostile"}, printed
    assert len(re.findall("WARNING", printed)) == 2, printed  # the links and the anchors of these pages
    for folder, (site, made) in sites.items():
        style = site.settings.styles[MDX]
        for path, document in made.documents.items():
            content = content_of(tmp_path, folder + path.removeprefix("mdx/"))
            check_tables(content, list(shown_tables(document, MDX)), style)
            ids = [heading.attributes["id"] for heading in content.all("h2", "h3", "h4", "h5", "h6")]
            assert [id_ for id_ in ids if id_ != "footnote-label"] == list(document.anchors)
            if folder == "hostile/":
                values = {cells[0] for cells in tables(content)[0].rows[1:]}
                shown = {text for _, text in blocks(content)}
                assert {one_space(f"A paragraph with {value} in it.") for value in values} <= shown
    partial = sites[""][1].partials[PARTIAL]
    check_tables(content_of(tmp_path, ""), [(table, MDX) for table in partial.tables], Style())
    check_small_page(content_of(tmp_path, "small/web/python"))


def check_small_page(content: Element) -> None:
    """Check the alerts, links and notes of a page."""
    classes = [" ".join(each.attributes.get("class", "").split()) for each in content.all("div")]
    assert [level for each in classes for level in re.findall(r"theme-admonition-(\w+)", each)] == [*LEVELS.values()]
    texts = [text for _, text in blocks(content)]
    assert [text for text in texts if text.startswith("Read")] == [f"Read the {level}." for level in LEVELS]
    assert [text for text in texts if "Note (" in text] == [
        "Note (a@b.de, www.9 and :smile:): Alpha.",
        "Note ({b} <c>): Beta.",
    ]
    assert ("the end", "#the-end") in links(content)
    assert "A line, and another." in texts
