"""Pages without a library or a product, further pages, and sites without products or libraries."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from sitegen.changes.differences import SiteState, compare_sites
from sitegen.changes.forecast import forecast
from sitegen.changes.published import published_facts
from sitegen.cli import main
from sitegen.explanation.answers import answer_question
from sitegen.explanation.facts import explain, facts_named
from sitegen.site.combine import Build
from tests.support.changes import refuse
from tests.support.edited_site import COMMON_SITE
from tests.support.sites import build, built, default_templates, load, tiny, write_files

DAY = date(2026, 4, 1)
ROLES = """\
products: {fields: {name: text}, records: {apm: {name: APM}, sec: {name: SEC}}}
libraries:
  fields: {name: text, package: text}
  records: {go: {name: Go, package: dd-go}, java: {name: Java, package: dd-java}}
"""
FACTS = """\
features:
  fields: {name: text, since: support, status: optional lifecycle}
  records:
    retries: {name: Retries, since: [1.0.0, {is: no, for: {product: sec, library: java}, reason: it came late}], status: none}
    traces: {name: Traces, since: [preview, {is: 2.0.0, from: 2026-06-01}], status: {ga: 2025-01-01, eol: 2026-07-01}}
agents:
  fields: {name: text, link: optional text}
  records: {a1: {name: Agent 1}}
tables:
  compared:
    caption: Features of << product.name >>
    from: [features, libraries]
    columns: [{header: Feature, field: features.name}, {header: Library, field: libraries.name}, {header: Since, field: since}]
  agents: {caption: Agents, from: agents, columns: [{header: Agent, field: name}]}
""".replace(", link: optional text", "")
OF_PRODUCT = "---\ntitle: << product.name >> everywhere\neach: product\n---\n<< tables.compared >>\n"
SETUP = "---\ntitle: Setup of << product.name >> for << library.name >>\npage: setup\n---\nAbout << page.id >>.\n"
OF_LIBRARY = "---\ntitle: << library.name >>\neach: library\n---\nInstall << library.package >>.\n"
OF_SITE = "---\ntitle: All agents\neach: site\n---\n<< tables.agents >>\n\nJava is << libraries.java.package >>.\n"


def site(**files: str) -> dict[str, bytes]:
    """A site with all kinds of pages."""
    pages = {"content__of-product_md": OF_PRODUCT, "content__setup_md": SETUP, "content__of-library_md": OF_LIBRARY}
    others = {**pages, "content__of-site_md": OF_SITE, "content__roles_yaml": ROLES, **files}
    return tiny(FACTS, "<< tables.agents >>\n", **others)


def text_of(made: Build, path: str) -> str:
    """The text of a page below its title."""
    return made.files[path].text.split("---\n", 2)[2].split("\n", 3)[3]


def test_each_kind_of_page_has_a_path_of_its_own() -> None:
    files = built(site()).files
    assert [path for path in sorted(files) if path.startswith("markdoc/")] == [
        *("markdoc/apm.md", "markdoc/apm/go.md", "markdoc/apm/go/setup.md", "markdoc/apm/java.md"),
        *("markdoc/apm/java/setup.md", "markdoc/go.md", "markdoc/java.md", "markdoc/sec.md", "markdoc/sec/go.md"),
        *("markdoc/sec/go/setup.md", "markdoc/sec/java.md", "markdoc/sec/java/setup.md", "markdoc/site.md"),
    ]
    html = [path for path in sorted(files) if re.fullmatch(r"html/.*/index\.html", path)]
    assert {"html/apm/index.html", "html/go/index.html", "html/site/index.html", "html/sec/go/setup/index.html"} < {
        *html
    }
    assert len(html) == 13


def test_settings_name_a_path_for_each_kind() -> None:
    settings = """\
base-url: https://docs.example.com
pages:
  markdoc: markdoc/<< library.id >>/<< product.id >>.md
  product: {markdoc: markdoc/products/<< product.id >>.md}
  library: {markdoc: markdoc/libraries/<< library.package >>.md}
  site: {markdoc: markdoc/all.md}
"""
    files = built(site(sitegen_yaml=settings)).files
    assert {path for path in files if path.startswith("markdoc/") and "apm" not in path and "sec" not in path} == {
        *("markdoc/libraries/dd-go.md", "markdoc/libraries/dd-java.md", "markdoc/all.md"),
    }
    assert {"markdoc/products/sec.md", "markdoc/java/sec.md", "markdoc/java/sec/setup.md"} <= files.keys()


def test_a_page_without_a_library_shows_the_values_of_each_library_in_rows() -> None:
    own = "library: go\nfeatures:\n  records:\n    retries: {since: 1.5.0}\n    pools: {name: Pools, since: 1.6.0, status: none}\n"
    made = built(site(content__libraries__go_yaml=own))
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text_of(made, "markdoc/sec.md").splitlines()]
    assert rows[2:] == [
        ["Retries", "Go", "1.5.0"],
        ["Retries", "Java", "no"],  # no
        ["Traces", "Go", "Preview"],
        ["Traces", "Java", "Preview"],
        ["Pools", "Go", "1.6.0"],
    ]
    assert "Java is dd-java." in made.files["markdoc/site.md"].text
    assert "Install dd-go." in made.files["markdoc/go.md"].text
    assert "About setup." in made.files["markdoc/apm/go/setup.md"].text


@pytest.mark.parametrize(
    ("value", "differs"),
    [
        ("[Agent 1, {is: Other, for: java}]", True),
        ("[Agent 1, {is: Other, for: [apm, java], reason: r}]", False),
        ("[Agent 1, {is: Other, for: {product: apm, library: java}, reason: r}]", True),
        ("[Agent 1, {is: Other, for: {product: sec, library: java}, reason: r}]", False),
        ("[Agent 1, {is: Other, for: apm, reason: r}]", False),
        ("[Agent 1, {is: Other, for: java, from: 2026-05-01}]", False),
        ("[{is: Other, for: java}, Agent 1]", False),
    ],
)
def test_a_value_that_differs_by_library_is_never_shown_without_one(value: str, differs: bool) -> None:
    facts = FACTS.replace("a1: {name: Agent 1}", f"a1: {{name: {value}}}")
    page = "---\ntitle: All\neach: product\nfor: apm\n---\n<< tables.agents >>\n"
    files = {"content__facts_yaml": facts, "content__of-product_md": page, "content__of-site_md": page.replace("each: product", "page: x")}  # fmt: skip
    found = [f for f in build(load(site(**files)), DAY.isoformat()).findings if f.code == "no-library"]
    assert [(f.severity, f.shown_on[:1]) for f in found] == ([("error", ("apm/*",))] if differs else [])


def test_a_library_without_the_product_of_the_page_has_no_rows_and_no_columns() -> None:
    roles = ROLES.replace("{name: text, package: text}", "{name: text, package: text, products: optional list of reference to products}")  # fmt: skip
    roles = roles.replace("package: dd-go}", "package: dd-go, products: [apm]}")
    page = OF_PRODUCT + "\n<< tables.across >>\n"
    across = "  across: {caption: A, from: features, columns: [{header: F, field: name}, {across: libraries, header: << libraries.name >>, field: since}]}\n"
    files = {"content__roles_yaml": roles, "content__facts_yaml": FACTS + across, "content__of-product_md": page}
    made = built(site(**files))
    for product, libraries in (("apm", ["Go", "Java"]), ("sec", ["Java"])):
        lines = made.files[f"markdoc/{product}.md"].text.splitlines()
        assert [library for library in ("Go", "Java") if any(f"| {library} " in line for line in lines if "Retries" in line)] == libraries  # fmt: skip
        (header,) = [re.findall(r"\w+", line) for line in lines if line.startswith("| F ")]
        assert header == ["F", *libraries]


def test_a_table_reports_the_records_that_only_some_libraries_or_products_have() -> None:
    others = (
        "a2: {name: Agent 2, for: java}, a4: {name: A4, for: apm}, a5: {name: A5, for: {product: apm, library: go}}"
    )
    facts = FACTS.replace("a1: {name: Agent 1}", f"a1: {{name: Agent 1}}, {others}")
    own = "library: go\nagents:\n  records:\n    a3: {name: Agent 3}\n"
    made = build(load(site(content__facts_yaml=facts, content__libraries__go_yaml=own)), DAY.isoformat())
    assert [(finding.code, finding.severity, finding.message) for finding in made.findings] == [
        ("no-library", "warning", "the table 'agents' omits a2, a5, a3 on pages without a library: only some have it"),
        ("no-product", "warning", "the table 'agents' omits a4, a5 on pages without a product: only some have it"),
    ]
    assert "Agent 2" not in made.files["markdoc/site.md"].text
    assert "Agent 2" in made.files["markdoc/apm/java.md"].text


@pytest.mark.parametrize(("datasets", "page", "names"), [
    ("", "site", ("", "")),
    ("products: {fields: {name: text}, records: {node: {name: Node.js}}}\n", "node", ("Node.js", "")),
    ("libraries: {fields: {name: text}, records: {node: {name: Node.js}}}\n", "node", ("", "Node.js")),
])  # fmt: skip
def test_a_site_needs_neither_products_nor_libraries(datasets: str, page: str, names: tuple[str, str]) -> None:
    facts = """\
tools:
  fields: {name: text, since: support}
  records: {ant: {name: Ant, since: 1.2.0}}
tables:
  tools: {caption: Tools, from: tools, complete: true, columns: [{header: Tool, field: name}, {header: Since, field: since}]}
"""
    texts = tiny(facts, "<< tables.tools >>\n", content__roles_yaml=datasets or "empty: {fields: {name: text}}\n")
    made = built(texts)
    pages = {path for path in made.files if re.search(r"\.md$|/index\.html$", path)}
    assert pages == {
        *(f"hugo/content/{page}.md", f"markdoc/{page}.md"),
        *("html/index.html", f"html/{page}/index.html", f"html/{page}/index.md"),
    }
    shown = made.files[f"html/{page}/index.html"].text + made.files["html/index.html"].text
    assert " for " not in re.sub(r"<(?!a )[^>]*>", "", shown)
    named = next(filter(None, names), "")
    assert (f"{named}, as of" if named else "As of April") in made.files[f"html/{page}/index.md"].text
    loaded = load(texts)
    assert {name: facts.title for name, facts in published_facts(loaded, DAY, refuse).items()} == {page: names}
    (answer,) = answer_question(loaded, DAY, "Ant", refuse)
    assert (answer.page, answer.product, answer.library, answer.answer) == (page, *names, "yes")
    (told,) = explain(loaded, made.documents, facts_named(loaded, "tools.ant.since")[:1])
    assert [(history.pages, [step.text for step in history.steps]) for history in told.over_time] == [
        ((page,), ["1.2.0"])
    ]
    later = load({**texts, "content/facts.yaml": facts.replace("1.2.0", "1.3.0").encode()})
    (change,) = compare_sites(SiteState(loaded, DAY), SiteState(later, DAY), refuse, refuse).changes
    assert (change.kind, change.pages) == ("raised", (page,))


def test_diff_names_pages_without_a_library_and_further_pages() -> None:
    without = {name: text for name, text in site().items() if not re.search(r"of-product|of-site|setup", name)}
    sides = SiteState(load(without), DAY), SiteState(load(site()), DAY)
    compared = compare_sites(*sides, refuse, refuse)
    assert [(page.page, page.product, page.library) for page in compared.page_changes] == [
        *(("apm/go/setup", "APM · Setup", "Go"), ("sec/go/setup", "SEC · Setup", "Go")),
        *(("apm/java/setup", "APM · Setup", "Java"), ("sec/java/setup", "SEC · Setup", "Java")),
        *(("*/*", "", ""), ("apm/*", "APM", ""), ("sec/*", "SEC", "")),
    ]
    facts = FACTS.replace("since: [1.0.0,", "since: [1.1.0,")
    later = SiteState(load(site(content__facts_yaml=facts)), DAY)
    (change,) = compare_sites(sides[1], later, refuse, refuse).changes
    assert (change.kind, change.field, change.pages) == ("raised", "since", ("apm/*", "sec/*"))


def test_upcoming_changes_of_pages_without_a_library_are_found() -> None:
    changes = forecast(load(site()), DAY, date(2026, 12, 31)).changes
    assert {(change.day.isoformat(), change.pages) for change in changes} == {
        ("2026-06-01", ("apm/*",)),
        ("2026-06-01", ("sec/*",)),
    }


def test_questions_are_answered_with_pages_of_all_libraries() -> None:
    loaded = load(site())
    answers = {}
    for product in ("APM", "SEC"):
        for library in ("Go", "Java"):
            (answer,) = answer_question(loaded, DAY, f"Retries {product} {library}", refuse)
            answers[product, library] = answer.answer, answer.product, answer.library
    assert answers == {
        ("APM", "Go"): ("yes", "APM", "Go"),
        ("APM", "Java"): ("yes", "APM", "Java"),
        ("SEC", "Go"): ("yes", "SEC", "Go"),
        ("SEC", "Java"): ("no", "SEC", "Java"),
    }


def test_partials_of_all_libraries_are_files_of_their_own() -> None:
    settings = """\
base-url: https://docs.example.com
partials:
  everything: {path: all/agents, tables: [agents], each: site}
  compared: {path: all/<< product.id >>, tables: [compared], each: product}
"""
    page = "---\ntitle: P\neach: product\n---\n<< partials.compared >>\n\n<< partials.everything >>\n"
    files = built(site(sitegen_yaml=settings, **{"content__of-product_md": page})).files
    partials = {path for path in files if path.startswith("markdoc/partials/")}
    assert partials == {"markdoc/partials/all/agents.md", "markdoc/partials/all/apm.md", "markdoc/partials/all/sec.md"}
    assert '{{< partial name="all/sec.html" >}}' in files["hugo/content/sec.md"].text


def test_the_search_index_and_the_home_page_list_pages_without_a_library() -> None:
    files = built(site()).files
    assert '["_"]' in files["html/assets/find/_.js"].text
    assert '"go", "java", "_"' in files["html/assets/find-index.js"].text
    home = files["html/index.html"].text
    assert re.findall(r"<h2[^>]*>(.*?)</h2>", home) == ["Go", "Java", "All libraries"]
    assert 'href="apm/go/setup/index.html" aria-label="APM · Setup for Go">APM · Setup</a>' in home


def test_why_names_the_pages_without_a_library(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = {**{name: data.decode() for name, data in default_templates().items()}, **COMMON_SITE}
    root = write_files(tmp_path, texts)
    command = ["build", "--root", str(root), "--as-of", "2026-04-01", "--only", "markdoc"]
    assert main(command) == 0
    own = root / "content/libraries/java.yaml"
    own.write_text(own.read_text("utf-8").replace("2.3.0", "2.3.1"), "utf-8")
    capsys.readouterr()
    assert main([*command, "-q", "--why", "markdoc/web.md"]) == 0
    told = capsys.readouterr().out
    assert "Rebuilt with the pages without a library: shown facts of 'java' changed." in told
    assert "Depends on the pages without a library and" in told


def test_an_order_that_differs_by_library_is_a_finding_on_a_page_without_one() -> None:
    weights = "a1: {name: Agent 1, weight: [1, {is: 3, for: java}]}, a2: {name: Agent 2, weight: 2}"
    facts = FACTS.replace("a1: {name: Agent 1}", weights).replace(
        "fields: {name: text}", "fields: {name: text, weight: text}"
    )
    facts = facts.replace("from: agents, ", "from: agents, order: weight, ")
    found = build(load(site(content__facts_yaml=facts)), DAY.isoformat()).findings
    (finding,) = [finding for finding in found if finding.code == "no-library"]
    assert finding.message == "'weight' of agents 'a1' differs for java; this page has no library"
