"""The site `examples/tracers`: five libraries, two products, and pages that cover all libraries of a product."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest
from yamllint import linter
from yamllint.config import YamlLintConfig

from tests.support.browser import NARROW, opened, sideways, started, violations, written
from tests.support.cells import Grid, by_first_cell, grids, nearest
from tests.support.commands import Capture, do, edit
from tests.support.sites import ROOT, checked, example_build, example_texts

FOLDER = ROOT / "examples/tracers"
DAY = "2026-04-01"
LIBRARIES = {"java": "Java", "nodejs": "Node.js", "go": "Go", "dotnet": ".NET", "python": "Python"}
TRACED = [library for library in LIBRARIES if library != "python"]  # which APM covers
PAGES = {
    *("aap.md", "apm.md", "libraries.md"),
    *(f"aap/{library}.md" for library in LIBRARIES),
    *(f"apm/{library}.md" for library in TRACED),
}

# Cells of the published tables. A blank cell for "no" is "–", a line break in a list is "; ", and the text of levels is left out.
PUBLISHED: Mapping[str, list[dict[str, list[list[str]]]]] = json.loads(
    (ROOT / "tests/tracers/published.json").read_text("utf-8")
)
# All cells that differ: the page, the published cell, and the cell of this site.
DIFFERENT = {
    # one word for a missing version on all pages of a library
    ("aap/java", "", "N/A"),
    # a state, in words of its own
    ("aap/java", "N/A", "not applicable"),
    # a range whose end is a minimum is a minimum
    ("aap/java", "3.0-4.0+", "3.0+"),
    ("apm/java", "3.0-4.0+", "3.0+"),
    # one word in one notation
    ("apm/java", "latest", "Latest"),
    # typing errors
    (
        "apm/java",
        "Windows (x86, x86-64); Linux (x86, x86-, arm64); Mac (x86, x86-64, arm64)",
        "Windows (x86, x86-64); Linux (x86, x86-64, arm64); Mac (x86, x86-64, arm64)",
    ),
    ("apm/java", "restlet-http.", "restlet-http"),
    ("apm/java", "okhttp, okhttp-2,okhttp-3", "okhttp, okhttp-2, okhttp-3"),
}


def tables(page: str) -> list[Grid]:
    return list(grids(example_build(DAY).files[f"hugo/content/{page}.md"].text))


@pytest.mark.parametrize("day", [DAY, "2026-11-30"])
def test_the_site_has_no_findings_in_any_format(day: str) -> None:
    assert example_build(day).findings == ()
    assert checked(example_texts(), date.fromisoformat(day), formats=("hugo", "markdoc", "html")) == []


def test_each_format_has_a_page_for_each_product_and_library() -> None:
    paths = set(example_build(DAY).files)
    assert {p.removeprefix("hugo/content/") for p in paths if p.startswith("hugo/")} == PAGES
    assert {p.removeprefix("markdoc/") for p in paths if p.startswith("markdoc/")} == PAGES
    html = {p.removeprefix("html/") for p in paths if p.endswith("/index.html") and p != "html/index.html"}
    assert html == {p.replace(".md", "/index.html") for p in PAGES}


def test_yamllint_accepts_the_files() -> None:
    config = YamlLintConfig((ROOT / ".yamllint.yaml").read_text("utf-8"))
    paths = sorted(FOLDER.rglob("*.yaml"))
    assert len(paths) >= 9
    assert [f"{p}:{problem}" for p in paths for problem in linter.run(p.read_text("utf-8"), config)] == []


def _pairs(page: str) -> list[tuple[str, str]]:
    """The published cells of a page with those of this site. The order of rows is that of the site."""
    found = [by_first_cell(table) for table in tables(page)]
    pairs = []
    for published in PUBLISHED[page]:
        wanted = by_first_cell(published["rows"])
        table = nearest(wanted, found)
        assert len(table) == len(wanted), (page, published["title"])
        pairs += [pair for row, other in zip(wanted, table, strict=True) for pair in zip(row, other, strict=False)]
    return pairs


def test_cells_are_as_published_except_known_differences() -> None:
    pairs = [(page, wanted, found) for page in PUBLISHED for wanted, found in _pairs(page)]
    different = [(page, wanted, found) for page, wanted, found in pairs if wanted != found]
    assert set(different) == DIFFERENT
    assert len(pairs) == 808
    assert len(different) <= len(pairs) // 100


# --- pages for all libraries -----------------------------------------------------------


def _column(table: Grid, index: int) -> dict[str, str]:
    return {row[0]: row[index] for row in table[1:]}


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_page_of_a_product_shows_the_values_of_each_library(library: str) -> None:
    matrix, deployments, sca = tables("aap")[:3]
    name = LIBRARIES[library]
    own = tables(f"aap/{library}")
    across = _column(matrix, matrix[0].index(name))
    stated = _column(own[0], 1)
    assert len(stated) >= 5
    assert {capability: across[capability] for capability in stated} == stated
    assert {across[capability] for capability in across.keys() - stated.keys()} <= {"not stated"}
    if own[1][0][0] == "Type":  # Java has a list of deployment types
        types = _column(own[1], 1)
        assert {type_: _column(deployments, deployments[0].index(name))[type_] for type_ in types} == types
        if len(own[1][0]) == 3:
            types = _column(own[1], 2)
            assert {type_: _column(sca, sca[0].index(name))[type_] for type_ in types} == types


@pytest.mark.parametrize("product", ["aap", "apm"])
def test_the_page_of_a_product_lists_each_integration_of_each_library(product: str) -> None:
    table = tables(product)[-1]
    section, library, listed = "", "", set()
    for row in table[1:]:
        if not any(row[1:]):
            section = row[0]
            continue
        library = row[0] or library
        assert section, "each row is in a section"
        listed.add((library, row[1]))
    for id_ in LIBRARIES if product == "aap" else TRACED:
        name = LIBRARIES[id_]
        own = {row[0] for grid in tables(f"{product}/{id_}") for row in grid[1:]}
        names = {integration for library, integration in listed if library == name}
        assert names
        assert names <= own


# --- the HTML site ---------------------------------------------------------------------


@pytest.mark.slow
def test_pages_in_the_browser_are_accessible_and_fit_a_narrow_window(chromium: Path, axe: Path, tmp_path: Path) -> None:
    root = written(example_build(DAY), tmp_path)
    with started(chromium) as browser:
        for name in ("index.html", "libraries/index.html", "aap/index.html", "apm/dotnet/index.html"):
            for scheme in ("light", "dark"):
                with opened(browser, root / name) as page:
                    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                    assert violations(page, axe) == [], (name, scheme)
                    rest = "(end) => document.documentElement.scrollHeight - end.getBoundingClientRect().bottom"
                    assert page.locator("main").evaluate(rest) < 200, "the page ends with its text"
            with opened(browser, root / name, NARROW) as page:
                assert sideways(page) == 0, name
        with opened(browser, root / "aap/index.html") as page:
            table = page.get_by_role("region", name="Integrations of all libraries")
            table.evaluate("(region) => region.scrollTo(0, 700)")
            top = "(part) => part.getBoundingClientRect().top - part.closest('.table').getBoundingClientRect().top"
            assert table.locator("thead th").first.evaluate(top) == pytest.approx(1, abs=1)
            below = table.locator("thead").evaluate("(head) => head.offsetHeight")
            labels = table.locator("th[rowspan]", has_text="Node.js").locator("span").all()
            assert [place for label in labels if below < (place := label.evaluate(top)) < below + 40], "still visible"


# --- commands --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Code Security, Go", "App and API Protection, Go, as of 2026-04-01: No"),
        ("Cassandra, Java, APM", "APM, Java, as of 2026-04-01: Yes"),
        ("gRPC Monitoring, Python", "App and API Protection, Python, as of 2026-04-01: No"),
        ("Threat Detection, Java", "App and API Protection, Java, as of 2026-04-01: Yes"),
        ("Exploit Prevention, Java", "App and API Protection, Java, as of 2026-04-01: Not stated"),
        ("express 3, Node.js, aap", "App and API Protection, Node.js, as of 2026-04-01: No"),
        ("Tomcat 5.5, Java, APM", "APM, Java, as of 2026-04-01: Yes"),
        ("http2, Node.js, APM", "APM, Node.js, as of 2026-04-01: Partly"),
        ("webbrowser, Python, SSRF", "App and API Protection, Python, as of 2026-04-01: No"),
    ],
)
def test_explain_answers(question: str, answer: str, capsys: Capture) -> None:
    said = do(capsys, "explain", question, "--root", FOLDER, "--as-of", DAY)
    assert said.out.splitlines()[0] == answer, said


def test_explain_shows_where_the_value_of_a_library_is_used(capsys: Capture) -> None:
    said = do(capsys, "explain", "go.yaml:4", "--root", FOLDER, "--as-of", DAY)
    assert said.code != 0, "the path is that from the folder of the site"
    said = do(capsys, "explain", "content/libraries/go.yaml:4", "--root", FOLDER, "--as-of", DAY)
    assert "threat-detection" in said.out
    assert "aap/go" in said.out
    assert "aap/*" in said.out


@pytest.mark.slow
def test_a_changed_library_updates_the_page_of_the_product(tmp_path: Path, capsys: Capture) -> None:
    root, out = tmp_path / "site", tmp_path / "out"
    shutil.copytree(FOLDER, root, ignore=shutil.ignore_patterns("output"))
    command = ("build", "--root", root, "-o", out, "--as-of", DAY)
    assert do(capsys, *command).code == 0
    assert do(capsys, *command).out.startswith("0 written"), "nothing has changed"
    before = {path: path.read_bytes() for path in out.rglob("*.md")}
    edit(root / "content/libraries/go.yaml", "since: 1.47.0", "since: 1.48.0")
    assert do(capsys, *command).code == 0
    after = {path: path.read_bytes() for path in out.rglob("*.md")}
    changed = {path.relative_to(out).as_posix() for path, text in after.items() if before[path] != text}
    assert {"hugo/content/aap.md", "hugo/content/aap/go.md", "html/aap/index.md", "markdoc/aap.md"} <= changed
    assert changed.isdisjoint({"hugo/content/aap/java.md", "hugo/content/apm/go.md", "hugo/content/libraries.md"})
    assert b"1.48.0" in after[out / "hugo/content/aap.md"]
    clean = tmp_path / "clean"
    assert do(capsys, "build", "--root", root, "-o", clean, "--as-of", DAY).code == 0
    assert {p.relative_to(clean): p.read_bytes() for p in clean.rglob("*.md")} == {
        path.relative_to(out): text for path, text in after.items()
    }
