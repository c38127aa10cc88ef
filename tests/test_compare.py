"""The benchmark against other programs: all publish the same, differences are detected, and the figures are correct."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from benchmarks.compare.chart import chart
from benchmarks.compare.figures import Key, figures
from benchmarks.compare.hugo_once_site import HugoOnce
from benchmarks.compare.hugo_site import Hugo
from benchmarks.compare.peer import Peer, write_site
from benchmarks.compare.reading import differences, read_page
from benchmarks.compare.report import Run, document, number, tables
from benchmarks.compare.runner import SCENARIOS, Plan, Sample, Scenario, Site, WrongOutputError, run
from benchmarks.compare.sitegen_site import Sitegen
from benchmarks.compare.workload import SIZES, TABLES, fresh, workload

SITEGEN = Sitegen(("html",))


def built(peer: Peer, folder: Path, pages: int = 5) -> Site:
    """A site of a peer after a build, by default the smallest one."""
    site = Site(peer, fresh(pages), folder / peer.name)
    write_site(peer, site.load, site.source)
    took = site.build()
    assert took["wall"] > 0
    assert took["memory"] > 1e6
    return site


def html_of(site: Site, product: int = 0) -> str:
    path = site.peer.published(site.load.libraries[0], site.load.products[product])
    return (site.output / path).read_text("utf-8")


# --- the workload --------------------------------------------------------------------


def test_sitegen_and_hugo_publish_the_same_cells(hugo: Path, tmp_path: Path) -> None:
    ours, theirs = built(SITEGEN, tmp_path), built(Hugo(), tmp_path)
    for site in (ours, theirs):
        site.check_sample()
    for product in range(5):
        one, other = read_page(html_of(ours, product)), read_page(html_of(theirs, product))
        assert one.tables == other.tables
        assert one.headers == other.headers
        assert one.headings == other.headings == one.contents == other.contents
        assert one.nav[-5:] == other.nav[-5:]
        assert sum(map(len, one.tables)) in range(42, 47)
    assert len({str(read_page(html_of(ours, product)).headers) for product in range(5)}) == 5


def test_both_hugo_sites_publish_the_same_files(hugo: Path, tmp_path: Path) -> None:
    usual, once = built(Hugo(), tmp_path, 100), built(HugoOnce(), tmp_path, 100)
    once.check_same([usual, once])
    for site in (usual, once):
        site.edit("fact", 3)
        site.edit("page", 3)
        site.build()
    once.check_sample()
    once.check_same([usual, once])
    (usual.output / "l0001/tracing/index.html").write_text("", "utf-8")
    (once.output / "prose.html").write_text("", "utf-8")
    usual.check_same([usual, once])
    told = "Hugo, prose rendered once and Hugo differ in 2 files; the first is l0001/tracing/index.html"
    with pytest.raises(WrongOutputError, match=told):
        once.check_same([usual, once])


@pytest.mark.slow
def test_a_run_compares_both_hugo_sites_whichever_is_built_first(hugo: Path, tmp_path: Path) -> None:
    samples = list(run(Plan(5, (Hugo(), HugoOnce()), 2, "memory", tmp_path), lambda _: None, {}))
    assert len(samples) == 2 * 2 * len(SCENARIOS)


@pytest.mark.parametrize("pages", SIZES)
def test_each_size_has_the_right_number_of_pages(pages: int) -> None:
    libraries, products = workload(pages)
    assert len(libraries) * len(products) == pages
    assert len({library.id for library in libraries}) == len(libraries)
    for table in TABLES:
        counts = {len(library.records[table.id]) for library in libraries}
        assert table.fewest <= min(counts) <= max(counts) <= table.most


# --- the check -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return built(SITEGEN, tmp_path_factory.mktemp("compare"))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("<td>1.4.0</td>", "<td>1.4.1</td>", "row 1 of capabilities"),
        ("<td>1.4.0</td>", "<td><code>1.4.0</code></td>", "row 1 of capabilities"),
        ("https://example.com/docker", "https://example.com/dock", ""),
        ("https://example.com/django", "https://example.com/flask", "row 1 of frameworks"),
        (r"<tr id=\"table-runtimes-pypy\">.*?</tr>\n", "", "runtimes has 11 rows, not 12"),
        ("Minimum version for Tracing", "Minimum version for Profiler", "capabilities has the headers"),
        (r"<table>(?=.*Data stores)", "<div>", "tables, not 6"),
        ("Turn a capability on <a", "Turn it on <a", "its headings are"),
        ("Reviewed by the first team", "Reviewed by the second team", "it does not say 'This page lists"),
        ("<code>acme check acme-python-0</code>", "<code>acme check</code>", "it does not say 'The command acme check"),
        ("keeps a thread there", "keeps a {product} there", "it still holds '{product}'"),
        (r'<nav class="contents".*?</nav>', "", "its table of contents has ()"),
        (r'id="limits-of-tracing"', 'id="limits"', "its table of contents has"),
        (r"<h1>.*?</h1>", "", "its title is ''"),
    ],
)
def test_differences_of_a_page_are_reported(site: Site, old: str, new: str, told: str) -> None:
    library, product = site.load.libraries[0], site.load.products[0]
    names = tuple(p.name for p in site.load.products)
    html = re.sub(r'<a class="home".*?</a>|<a class="skip".*?</a>', "", html_of(site))
    changed = re.sub(old, new, html, count=1, flags=re.DOTALL)
    wrong = differences(changed, site.load.page(library, product), names, contents=True)
    if told:
        assert changed != html
        assert any(line.startswith(told) or told in line for line in wrong), wrong
    else:
        assert wrong == []


@pytest.mark.parametrize("scenario", ["fact", "page"])
def test_a_missing_edit_stops_the_run(scenario: Scenario, tmp_path: Path) -> None:
    stale = built(SITEGEN, tmp_path)
    stale.check_edges()
    stale.edit(scenario, 3)
    with pytest.raises(WrongOutputError, match=r"sitegen has published html/l0000/tracing/index\.html wrong"):
        stale.check_edges()
    stale.build()
    stale.check_edges()


def test_a_missing_page_and_a_failed_build_stop_the_run(tmp_path: Path) -> None:
    site = built(SITEGEN, tmp_path)
    (site.output / "html/l0000/log-lens/index.html").unlink()
    with pytest.raises(WrongOutputError, match="sitegen did not write 1 of 5 pages"):
        site.check_sample()
    (site.source / "content/page.md").write_text("---\ntitle: << nothing >>\n---\n", "utf-8")
    with pytest.raises(WrongOutputError, match=r"sitegen failed:\n(.|\n)*nothing"):
        site.build()


# --- the figures ---------------------------------------------------------------------


def samples() -> tuple[Sample, ...]:
    """Three rounds of three peers; sitegen with all formats is only in the first."""
    walls = {"sitegen": (1.0, 4.0, 3.0), "hugo-once": (2.0, 2.0, 6.0), "hugo": (4.0, 4.0, 9.0), "sitegen-all": (6.0,)}
    return tuple(
        Sample(100, peer, scenario, "memory", number, wall, wall * 2, int(wall * 1e6))
        for scenario in SCENARIOS
        for peer, found in walls.items()
        for number, wall in enumerate(found)
    )


def a_run() -> Run:
    labels = {"sitegen": "sitegen", "hugo-once": "Hugo, once", "hugo": "Hugo", "sitegen-all": "sitegen, all formats"}
    return Run("2026-11-20", "2 cores", {"the start": 0.5}, {"hugo": "0.1"}, labels, {"hugo": 11_000.0}, samples())


def test_a_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    found = figures(samples(), "hugo-once")[Key("memory", 100, "cold")]
    assert found["sitegen"].wall == 3.0
    assert found["sitegen"].ratio == 0.5, "of 1/2, 4/2 and 3/6, and not 3/2 of the medians"
    assert found["sitegen"].cpu_ratio == 0.5
    assert found["sitegen"].memory == 4_000_000
    assert found["hugo-once"].ratio == 1.0
    assert found["hugo"].ratio == 2.0
    assert (found["sitegen-all"].ratio, found["sitegen-all"].rounds) == (3.0, 1)


def test_there_is_no_ratio_without_the_other_peer() -> None:
    alone = [sample for sample in samples() if sample.peer == "sitegen"]
    assert figures(alone, "hugo-once")[Key("memory", 100, "fact")]["sitegen"].ratio is None
    assert "| 100 | sitegen | 3.00 | 3.00 | 3.00 | 3.00 | 6.00 | 4 MB | 3 |" in tables(
        replace(a_run(), samples=tuple(alone))
    )


def test_the_tables_show_medians_and_ratios() -> None:
    told = tables(a_run()).splitlines()
    assert "| 100 | sitegen | 3.00 | 3.00 | 3.00 | 3.00 | 6.00 | 4 MB | 3 |" in told
    assert "| 100 | Hugo, once | 2.00 | 2.00 | 2.00 | 2.00 | 4.00 | 6 MB | 3 |" in told
    assert "| 100 | Hugo | 4.00 | 4.00 | 4.00 | 4.00 | 8.00 | 9 MB | 3 |" in told
    assert "The same as a multiple of Hugo, once:" in told
    assert "| 100 | Hugo | 2.00 | 2.00 | 2.00 | 2.00 | 2.00 |" in told
    assert "| 100 | sitegen | 0.50 | 0.50 | 0.50 | 0.50 | 0.50 |" in told
    assert "| 100 | sitegen, all formats | 3.00 | 3.00 | 3.00 | 3.00 | 3.00 |" in told
    assert [number(value) for value in (0.0634, 0.0949, 0.5, 9.94, 12.34, 1234.5)] == [
        *("0.063", "0.095", "0.50", "9.94", "12.3", "1,234"),
    ]


def test_a_run_can_be_stored_and_reported_again() -> None:
    run = a_run()
    assert Run.from_json(run.as_json()) == run
    assert tables(run).strip() in document(run)
    assert "{" not in document(run).replace("{% ", "")


def test_the_axes_of_the_chart_are_logarithmic() -> None:
    root = ElementTree.fromstring(chart("A & B", {"Cold": {"x": [(10, 0.1), (100, 1.0), (1000, 10.0)]}}))  # noqa: S314
    dots = [(float(dot.get("cx", "")), float(dot.get("cy", ""))) for dot in root.findall(".//{*}circle")]
    assert [x for x, _ in dots] == [0.0, 135.0, 270.0]
    assert [y for _, y in dots] == [200.0, 100.0, 0.0]
    assert "prefers-color-scheme: dark" in "".join(root.itertext())
