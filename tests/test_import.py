"""`sitegen import`: what each reader finds, which types columns get, and what is read back."""

from __future__ import annotations

import csv
import html
import io
import json
import sys
import textwrap
from datetime import date
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sitegen.importing import Imported, import_site
from sitegen.importing.columns import ColumnPlan
from sitegen.importing.inference import plans
from sitegen.importing.kinds import kind_of
from sitegen.importing.model import SourceFile
from tests.support.commands import Capture, do

DAY = date(2026, 4, 1)


def text(source: str) -> str:
    return textwrap.dedent(source).lstrip("\n")


def imported(**sources: str) -> Imported:
    """An import of files; `__` in a name is a slash, `_` before the ending a dot, such as `a__b_md`."""
    files = []
    for name, source in sources.items():
        path, _, ending = name.replace("__", "/").rpartition("_")
        files.append(SourceFile(f"{path}.{ending}", text(source), path))
    return import_site(files, DAY)


def of(result: Imported) -> list[str]:
    """The fields with their types."""
    return [f"{field.name}: {field.first.type}" for dataset in result.datasets for field in dataset.fields]


def codes(result: Imported) -> list[str]:
    return [finding.code for finding in result.findings]


def is_whole(result: Imported) -> bool:
    """Whether all cells are facts, and equal to the original."""
    return result.numbers.proven == result.numbers.cells > 0 and result.numbers.raw == 0


# --- readers -------------------------------------------------------------------------

PIPES = """
    ## Databases

    | Database | Version | Works |
    | -------- | ------- | ----- |
    | [Redis][1] | 6.2+ | yes |
    | MySQL | >=5.7,<9 | no
    | Oracle | 19

    Text with a [link][1] and << no value >>.

    [1]: https://redis.example/
    """


def test_markdown_becomes_facts_and_a_page() -> None:
    result = imported(databases_md=PIPES)
    assert is_whole(result)
    assert of(result) == ["name: text", "version: versions", "works: support"]
    page = result.files["content/databases.md"]
    assert "<< tables.databases >>" in page
    assert "[link][1] and <% raw %><<% endraw %>< no value >>." in page
    assert "redis: {name: Redis, name_link: https://redis.example/" in result.files["content/facts/databases.yaml"]


def test_hugo_keeps_shortcodes_in_targets_of_links(tmp_path: Path, capsys: Capture) -> None:
    link = "[the source](<https://a.example/v{{% param vers %}}/a_(b).md>)"
    (tmp_path / "page.md").write_text(f"---\ntitle: T\n---\n{link}\n\n| A | B |\n|---|---|\n| 1.0.0 | yes |\n")
    do(capsys, "import", tmp_path / "page.md", "-o", tmp_path / "site")
    do(capsys, "build", "--root", tmp_path / "site")
    built = (tmp_path / "site/output/hugo/content/page.md").read_text()
    assert "[the source](https://a.example/v{{% param vers %}}/a_%28b%29.md)" in built


def test_an_import_does_not_import_what_it_wrote(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.md").write_text("# T\n\n| A | B |\n|---|---|\n| x | 1.0.0 |\n")
    assert do(capsys, "import", ".", "-o", "facts").out.endswith("3 files written to facts.\n")
    said = do(capsys, "import", ".", "-o", "facts", "--force")
    assert said.out.endswith("3 files written to facts.\n")
    assert "the folder 'facts' is not imported, since it is a site of sitegen" in said.err


def test_a_footnote_of_one_word_is_not_the_definition_of_a_link() -> None:
    result = imported(
        page_md="# T\n\nSee[^2] and [x].\n\n| A | B |\n|---|---|\n| x | 1.0.0[^1] |\n\n"
        "[^1]: Experimental\n\n[^2]: https://a.example\n\n[x]: /x/\n[y]: /y/ 'Title'\n"
    )
    assert is_whole(result)
    assert [f"{each.message} {each.place}" for each in result.findings] == [
        "the title of a link is omitted page.md:14:1"
    ]
    assert "[^1]: Experimental\n\n[^2]: https://a.example\n\n" in result.files["content/page.md"]


def test_definitions_of_links_may_have_two_lines() -> None:
    """As Prettier writes them."""
    result = imported(
        page_md="# T\n\nSee [x], [y] and [z].\n\n| A | B |\n|---|---|\n| x | 1.0.0 |\n\n"
        "- item\n\n  [z]:\n    /z/\n\n[x]:\n  https://a.example/long\n[y]:\n  </y/>\n"
    )
    assert is_whole(result)
    assert codes(result) == []
    page = result.files["content/page.md"]
    assert page.endswith("- item\n\n[z]: /z/\n[x]: https://a.example/long\n[y]: /y/\n")


def test_definitions_of_links_in_a_quote_define_links() -> None:
    result = imported(
        page_md="# T\n\n> [!NOTE]\n> See [x] and [y][].\n>\n> [x]: /x/\n> [y]: <https://y.example>\n\nAlso [x].\n"
    )
    assert codes(result) == []
    assert (
        "> See [x] and [y][].\n>\n\nAlso [x].\n\n[x]: /x/\n[y]: https://y.example\n" in result.files["content/page.md"]
    )


def test_hugo_keeps_shortcodes_and_front_matter() -> None:
    result = imported(
        page_md="""
        +++
        title = "Deployments"
        weight = 3
        page = "own"
        +++
        {{< tabs >}}

        | Type | Support |
        |------|---------|
        | Docker | {{< X >}} |
        | Lambda | |

        <div class="alert alert-warning">Read <a href="/policy/">the policy</a>.</div>

        {{< include "more.md" >}}
        """
    )
    assert is_whole(result)
    assert of(result) == ["name: text", "support: support"]
    assert codes(result) == ["import-missing"]
    page = result.files["content/page.md"]
    assert "weight: 3\nhugo:\n  page: own\neach: site" in page
    assert "{{< tabs >}}" in page
    assert "> [!WARNING]\n> Read [the policy](/policy/)." in page
    assert '{{< include "more.md" >}}' in page
    assert 'words: {yes: "{{< X >}}"}' in result.files["sitegen.yaml"]


def test_html_tables_have_rows_over_several_lines_and_two_headers() -> None:
    result = imported(
        page_html="""
        <!DOCTYPE html><title>Systems</title><nav>Menu</nav><main><h1>Systems</h1><p>Some <b>text</b> &lt; 5.</p>
        <table><caption>All systems</caption>
        <thead><tr><th rowspan=2>System<th colspan=2>Agent<th>Note</tr><tr><th>First<th>Last<th></tr></thead>
        <tr><td rowspan=2>Linux<td>1.0<td>2.0<td>a</tr><tr><td>1.1<td>2.1</tr><tr><td>macOS</br><td>1.2<td></table></main>
        """
    )
    assert is_whole(result)
    assert of(result) == ["name: text", "first: support", "last: versions", "note_value: text"]
    assert "- {header: Agent, columns: [" in result.files["content/facts/systems.yaml"]
    assert "field: name, group: span" in result.files["content/facts/systems.yaml"]
    assert "Some **text** < 5." in result.files["content/page.md"]


def test_rows_of_header_cells_are_headers() -> None:
    heads = "<tr><th rowspan=2>Driver<th colspan=2>Server<tr><th>5.0<th>6.0"
    rows = "<tr><th colspan=3>Old ones<tr><th>Go<td>1.8<td>1.9<tr><th>C<td>2.0<td>2.1"
    result = imported(page_html=f"<h1>T</h1><table>{heads}{rows}</table>")
    assert is_whole(result)
    facts = result.files["content/facts/drivers.yaml"]
    assert "header: Server, columns: [{header: 5.0, field: column_5_0}, {header: 6.0, field: column_6_0}]" in facts
    assert ("driver:" in facts, "section_title: Old ones" in facts) == (False, True)


def test_restructured_text() -> None:
    result = imported(
        page_rst="""
        Runtimes
        ========

        Needs ``pip`` and :ref:`the policy <policy>`, see `Python <https://python.example>`_.

        .. warning:: Not on Windows.

        .. list-table:: Runtimes
           :header-rows: 1

           * - Runtime
             - Since
           * - CPython
             - 3.9
           * - PyPy
             - not supported

        .. unheard-of:: thing

        +-------+-------+
        | Level | Ends  |
        +=======+=======+
        | GA    | 2026  |
        +-------+-------+
        """
    )
    assert is_whole(result)
    assert of(result) == ["name: text", "since: support", "name: stage", "ends: date"]
    page = result.files["content/page.md"]
    assert "Needs `pip` and the policy, see [Python](https://python.example)." in page
    assert "> [!WARNING]\n> Not on Windows." in page
    assert "```\n.. unheard-of:: thing\n```" in page
    assert codes(result) == ["import-changed", "import-changed"]


def test_footnotes_of_restructured_text(tmp_path: Path, capsys: Capture) -> None:
    """References become those of Markdown. A note that only a header refers to stays text."""
    source = """
        Runtimes
        ========

        See the policy [1]_.

        =======  ==============  ===========
        Runtime  Since           Arm [#arm]_
        =======  ==============  ===========
        A        1.0 [#early]_   yes
        B        1.1             no
        =======  ==============  ===========

        .. [1] In *parts*.

           Two paragraphs.
        .. [#early] Only Linux.
        .. [#arm] Only 64 bits.
        """
    (tmp_path / "page.rst").write_text(text(source))
    said = do(capsys, "import", tmp_path / "page.rst", "-o", tmp_path / "site")
    assert said.err.count("the header 'Arm [") == 1
    page = (tmp_path / "site/content/page.md").read_text()
    assert "See the policy [^footnote-1]." in page
    assert "[^footnote-1]: In *parts*.\n\n    Two paragraphs.\n\n\n[^early]: Only Linux.\n" in page
    assert "\\[3\\] Only 64 bits." in page
    assert 'since: {is: 1.0, when: "[^early]"}' in (tmp_path / "site/content/facts/runtimes.yaml").read_text()
    assert do(capsys, "check", "--root", tmp_path / "site").err == ""


def test_markdoc_and_mdx_and_mkdocs_are_recognized() -> None:
    assert kind_of(SourceFile("a.md", '## A {% #a %}\n{% alert level="info" %}', "a")) == "markdoc"
    assert kind_of(SourceFile("a.mdx", "# A", "a")) == "mdx"
    assert kind_of(SourceFile("a.md", '!!! note "A"\n    text', "a")) == "mkdocs"
    assert kind_of(SourceFile("a.md", "---\ntitle: A\n---\nimport X from 'x';\n", "a")) == "mdx"
    assert kind_of(SourceFile("a.md", "# A\n\n```js\nimport X from 'x';\n```\n", "a")) == "github"


def test_markdoc_alerts_and_tags() -> None:
    source = """
        ---
        title: Runtimes
        ---

        # Runtimes

        {% callout %}
        ## Note{% #note %}

        {% alert level="danger" %}
        Not on **Windows**.
        {% /alert %}

        {% /callout %}

        | Runtime | Versions |
        | ------- | -------- |
        | CPython | `>=3.9`  |
        """
    result = imported(page_md=source)
    assert is_whole(result)
    assert codes(result) == []
    assert "> [!CAUTION]\n> Not on **Windows**." in result.files["content/page.md"]
    assert "formats: [markdoc]" in result.files["sitegen.yaml"]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("data_csv", "name,since,url\nA,1.2,https://a.example\nB,no,\n"),
        ("data_json", '[{"name": "A", "since": 1.20}, {"name": "B", "since": "no", "more": null}]'),
        ("data_yaml", "- name: A\n  since: 1.2\n- name: B\n  since: no\n"),
        ("data_yml", "a: {name: A, since: 1.2}\nb: {name: B, since: no}\n"),
    ],
)
def test_data_becomes_a_table(name: str, source: str) -> None:
    result = imported(**{name: source})
    assert is_whole(result)
    assert "since: support" in of(result)


def test_lines_of_a_header_are_words() -> None:
    result = imported(
        page_html="<table><tr><th>Model<br>family</th><th>Since</th></tr><tr><td>A</td><td>1.2</td></tr></table>"
    )
    assert is_whole(result)
    assert "header: Model family" in "".join(result.files.values())


def test_footnotes_of_cells_are_conditions_and_headers_stay_with_their_table() -> None:
    source = """
        | Name | Since |
        |---|---|
        | A | 14+ [^1] |
        | B | 15+ |
        | C | Some of these [^1] |
        | D | 16+ |

        | Name | Since[^2] |
        |---|---|
        | A | 14+ |

        [^1]: Deprecated since 15.
        [^2]: See [A](https://a.example).
        """
    result = imported(page_md=source)
    assert [finding.code for finding in result.findings if finding.severity == "warning"] == ["import-raw"]
    assert result.numbers.proven == result.numbers.cells == 8
    facts = result.files["content/facts/pages.yaml"]
    assert 'since: {is: 14+, when: "[^1]"}' in facts
    assert 'when: "<< value >> << when >>"' in facts
    assert '{verbatim: Some of these, when: "[^1]"}' in facts
    for line in text(source).splitlines()[7:]:
        assert line in result.files["content/page.md"]


def test_markdown_in_cells_of_html_is_read_as_markdown() -> None:
    result = imported(
        page_md="""
        <table><thead><tr><th>Name</th><th>Since</th></tr></thead>
        <tr><td>

        [A][a]

        </td><td>

        1.2

        </td></tr></table>

        [a]: https://a.example
        """
    )
    assert is_whole(result)
    assert "name_link: https://a.example" in result.files["content/facts/pages.yaml"]


def test_substitutions_that_the_site_defines() -> None:
    result = imported(
        page_rst="""
        .. |both| replace:: one |br| two

        ====  ========
        Name  Since
        ====  ========
        A     |both|
        B     1 |br| 2
        C     |new|
        ====  ========
        """
    )
    assert is_whole(result)
    assert codes(result) == ["import-changed"] * 2
    facts = "".join(result.files.values())
    assert ("since_more: [two]" in facts, "|new|" in facts) == (True, True)


def test_the_default_role_is_emphasis() -> None:
    table = """
        =====  =======
        Name   Branch
        =====  =======
        A      `main`
        B      `4.x`, old
        =====  =======
        """
    result = imported(page_rst=table)
    assert is_whole(result)
    assert 'branch: "*4.x*, old"' in "".join(result.files.values())


def test_names_of_files_and_folders(tmp_path: Path, capsys: Capture) -> None:
    for name in ("site/en/a.md", "public/b.md", "docs/@v2/Guides & more/c.md", "node_modules/d.md"):
        (tmp_path / "in" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "in" / name).write_text(text(PIPES), encoding="utf-8")
    (tmp_path / "in/public/index.html").write_text("<p>Output")
    out = do(capsys, "import", tmp_path / "in", "-o", tmp_path / "site")
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.md")}
    assert pages == {"content/docs/v2/Guides-more/c.md", "content/site/en/a.md"}
    assert "import-changed" in out.err
    assert "import-lost" in out.err
    assert do(capsys, "build", "--root", tmp_path / "site").code == 0


@pytest.mark.parametrize(
    ("source", "allows"),
    [
        ("Text <b>bold</b>.", True),
        ("<details>\n<summary>More</summary>\n</details>", True),
        ("<table><tr><th>A</th></tr><tr><td><img src='/x.png'></td></tr></table>", True),
        ("<!-- a comment -->\n\n`<b>`", False),
        ("| A |\n|---|\n| b |", False),
    ],
)
def test_hugo_allows_html_if_the_pages_contain_it(source: str, allows: bool) -> None:
    result = imported(page_md=f"---\ntitle: Page\nweight: 1\n---\n\n{source}\n")
    assert ("unsafe: true" in result.files["sitegen.yaml"]) == allows
    assert ("goldmark" in result.files["sitegen.yaml"]) == allows


@pytest.mark.parametrize("cell", ["<ul><li>b</li><li>c</li></ul>", "a|b"])
def test_a_table_in_a_list_keeps_cells_that_markdown_cannot_express(cell: str) -> None:
    table = f"<table><tr><th>A</th></tr><tr><td>{cell}</td></tr></table>"
    result = imported(page_html=f"<ul><li>One{table}</li></ul>")
    assert result.numbers.raw == 1
    assert f"<td>{cell}</td>" in result.files["content/page.md"]


def test_tables_between_tags_of_hugo_without_blank_lines() -> None:
    result = imported(
        page_md="""
        # Page

        {{< table-scrollable >}}| Name | <nobr>Since</nobr> |
        |---|---|
        | <span class="x">A</span> | 1.2 |
        {{< /table-scrollable >}}

        Text
        """
    )
    assert is_whole(result)
    assert result.numbers.cells == 2
    page = result.files["content/page.md"]
    assert "{{< table-scrollable >}}\n\n<< tables.page >>\n\n{{< /table-scrollable >}}\n\nText" in page


def test_lists_of_markdoc_become_tables() -> None:
    result = imported(
        page_md="""
        # Page

        {% table %}
        * System
        * Since
        ---
        * [Linux](https://linux.example)
        * 1.2.0
        ---
        *
        * `1.3.0`
        {% /table %}

        {% table %}

        - A
        - B

        ---

        - One
        - - a list
          - of two

        {% /table %}

        Text.
        """
    )
    assert (result.numbers.tables, result.numbers.raw, result.numbers.cells, result.numbers.proven) == (2, 1, 4, 4)
    assert codes(result).count("import-raw") == 1
    assert "a cell contains a list or another block. #>" in result.files["content/page.md"]
    assert "- - a list\n  - of two" in result.files["content/page.md"]


def test_csv_files_and_broken_tables_of_restructuredtext(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "v.csv").write_text("\ufeffName,Since\nA,1.2\nB,1.3\n")
    (tmp_path / "page.rst").write_text(
        "Page\n====\n\n.. csv-table:: Versions\n   :file: v.csv\n   :header-rows: 1\n\n"
        ".. csv-table:: Others\n   :file: missing.csv\n\n"
        "====  ====\nName  Since\n====  ====\nlonger than the column\n====  ====\n"
    )
    out = do(capsys, "import", tmp_path / "page.rst", "-o", tmp_path / "site")
    assert "4 of 4 cells match the original" in out.out
    page = (tmp_path / "site/content/page.md").read_text()
    assert "missing.csv" in page
    assert "longer than the column" in page


@pytest.mark.parametrize(("name", "kind"), [("a.txt", "rst"), ("a.inc", "rst"), ("a.rst", "rst"), ("a.md", "github")])
def test_kinds_of_text_files(name: str, kind: str) -> None:
    assert kind_of(SourceFile(name, "+---+\n| A |\n+---+\n", "a")) == kind


def test_all_values_of_data_become_tables() -> None:
    result = imported(
        data_json="""
        {"updated": "2026-01-02", "channels": ["LTS", "current"], "note": {"text": "See B."},
         "families": [
           {"name": "Linux", "systems": [{"name": "Alpine", "versions": ["3.20", "3.21"]}, {"name": "Debian"}]},
           {"name": "Windows", "systems": "all"}]}
        """
    )
    assert is_whole(result)
    facts = "".join(result.files.values())
    for part in ("2026-01-02", "LTS", "See B.", "Alpine", "3.21", "Debian", "Windows", "all"):
        assert part in facts
    assert "{header: name of systems, field: key}" in facts


@pytest.mark.parametrize("source", ['["9.3", "9.2"]', '{"0.70": "https://a.example", "0.71": "https://b.example"}'])
def test_data_without_things_becomes_a_table(source: str) -> None:
    assert is_whole(imported(data_json=source))


@pytest.mark.parametrize("source", ["[]", "{}", "3", "null"])
def test_data_without_values_is_reported(source: str) -> None:
    result = imported(data_json=source)
    assert (codes(result), result.numbers.tables) == (["import-lost"], 0)


def test_csv_with_equal_headers_and_long_rows() -> None:
    result = imported(data_csv="Name,Version,Version\nA,1.2,1.3\n\nB,2.2,2.3,more\n")
    assert is_whole(result)
    assert (codes(result), result.numbers.cells) == (["import-changed"], 8)


def test_data_keeps_numbers_as_written() -> None:
    result = imported(data_json='[{"name": "A", "since": 1.20}, {"name": "B", "since": 3.10}]')
    assert "since: 1.20" in result.files["content/facts/datas.yaml"]


def test_a_page_whose_name_begins_with_an_underscore_is_a_page() -> None:
    result = imported(guides___index_md=PIPES, guides__index_md=PIPES)
    assert is_whole(result)
    assert {name for name in result.files if name.endswith(".md")} == {
        "content/guides/index.md",
        "content/guides/index-page.md",
    }
    assert "path: guides/_index" in result.files["content/products.yaml"]


# --- types ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "cells", "type_"),
    [
        ("Works", ["Yes", "No", "N/A", "Partially supported"], "support"),
        ("Works", ["Yes", "No, use the proxy", "No", "Yes, see [notes](/notes/)"], "support"),
        ("Works", ["✅", "❌", ""], "support"),
        ("Since", ["1.2.0", "1.4"], "support"),
        ("Since", ["1.2.0", "Preview (`>=2.21.0`)", "not supported"], "support"),
        ("Works", ["X", "X", ""], "text"),
        ("Works", ["✓", "x", "✓"], "support"),
        ("Works", ["✓", ":negative_squared_cross_mark:", "✓"], "support"),
        ("Works", ["✅ Supported", "❌ Not supported", "✅ Supported"], "support"),
        ("Released", ["March 3, 2024", "Apr 4, 2024", "March 5, 2024", "Apr 4, 2025"], "text"),
        ("Version", ["1.2.0", "v1.4"], "version"),
        ("Version", ["5", "6"], "version"),
        ("Rows", ["5", "6"], "text"),
        ("Version", ["1.2.0", "2.x", "3.9+"], "versions"),
        ("Version", ["`1.11`, `2.2`, `>=4.0`", "`3.2`"], "list of versions"),
        ("Version", ["`>=3.7.2`, `<=3.10`", "`==2.7`, `>=3.5`, `<=3.8`"], "markdown"),  # not any version
        ("Version", ["GCC 7.3.1", "GCC 9"], "version"),
        ("Kernel", ["4.18 → 5.4", "5.4 → 6.1"], "versions"),
        ("Released", ["May 3, 2024", "June 12, 2025"], "date"),
        ("Released", ["3 May 2024", "12 Jun 2025"], "date"),
        ("Released", ["2024-05-03", "2024-06"], "date"),
        ("Released", ["13/05/2024", "02/06/2024"], "date"),
        ("Released", ["03/04/2024", "02/06/2024"], "text"),
        ("Released", ["2024", "2025"], "date"),
        ("Ends", ["May 2024", "Q3 2025", "~Nov 2026"], "date"),
        ("Ends", ["~ May, 2024", "~ Jun, 2025", "~ Jun, 2025"], "date"),
        ("Ends", ["2024", "2025", "?"], "date"),
        ("End date", ["2024", "<= 2023", "?"], "text"),
        ("Go", ["+", "-", "", "+", "-", "-"], "one of + / -"),
        ("Java / Kotlin versions", ["8 / 1.6", "11 / 1.9"], "text"),
        ("Java versions", ["8 / 11", "11 / 17"], "versions"),
        ("Version", ["23Q3", "23Q4"], "text"),
        ("Ends", ["September 16th 2024", "May 1st 2025", "Q3 2025"], "date"),
        ("Ends", ["March 22nd, 2024", "May 11st, 2025"], "text"),
        ("Ends", ["May 3, 2024", "August 26, 2026 (_tentative_)", "June 1, 2026*"], "date"),
        ("Ends", ["2024-05-03", "N/A", "2025-05-03"], "date"),
        ("Windows", ["3.14.4", "N/A", "1.10*", "1.1"], "version"),
        ("Tested", ["✅", "✅ [\\[1\\]](#note)", "❌"], "support"),
        ("Level", ["Tier 1", "Tier 2", "Tier 3"], "text"),
        ("Java", ["Java 8", "Java 17"], "text"),
        ("Supported systems", ["Ubuntu 24.04", "Ubuntu 22.04"], "version"),
        ("Speedup", ["2.68", "3.00", "0.99"], "text"),
        ("Gateway", ["10.0.0.1", "192.168.0.1/24"], "text"),
        ("Public IP", ["1.1.1.1", "2.1.1.2"], "text"),
        ("Endpoint", ["10.0.0.1", "no", "yes"], "text"),
        ("Default", ["yes", "no", "2.5"], "text"),
        ("Status", ["full support", "no support", "full support"], "support"),
        ("ID", ["1.1.1", "1.1.2", "1.2.1"], "text"),
        ("Memory (GB)", ["1.5", "1.10", "4+"], "text"),
        ("File size", ["100KB", "1MB"], "text"),
        ("Port", ["2380", "6443", "179", "4789"], "text"),
        ("Average current (mA)", ["24.766", "23.99"], "text"),
        ("Minimum RAM", ["4", "8"], "text"),
        ("Minimum Java", ["8", "11"], "support"),
        ("Minimum Java", ["8.x", "11"], "versions"),  # as a state, 8.x is not a minimum
        ("Ended", ["11/30/2020", "10/08/2019", "24/11/2020"], "text"),
        ("Stage", ["Alpha", "Beta", "GA"], "stage"),
        ("Status", ["Active", "End of life", "Upcoming"], "stage"),
        ("Status", ["Active", "Inactive", "Active"], "text"),
        ("Status", ["Supported", "Not supported", "Not tested by us", "Supported", "Supported"], "support"),
        ("Level", ["GA", "End of Life", "Beta"], "stage"),
        ("CPU", ["x86-64, AArch64", "x86-64", "AArch64"], "list of text"),
        ("Kind", ["web", "rpc", "web", "rpc"], "one of rpc / web"),
        ("Package", ["`dd-trace`", "`ddtrace`"], "code"),
        ("Page", ["<https://a.example>", "<https://b.example/x>"], "link"),
        ("Remark", ["Some text.", "More text"], "text"),
        ("Remark", ["Some **text**.", "More"], "markdown"),
    ],
)
def test_a_column_has_the_most_specific_type(header: str, cells: list[str], type_: str) -> None:
    assert next(plans(header, [cells]))[0].type == type_


@pytest.mark.parametrize(("header", "type_"), [("Tool", "text"), ("Support level", "stage")])
def test_names_of_rows_are_stages_only_below_a_header_about_stages(header: str, type_: str) -> None:
    assert next(plans(header, [["Alpha", "Beta", "GA"]], is_key=True))[0].type == type_


def first_plan(header: str, *cells: str) -> ColumnPlan:
    return next(plans(header, [cells]))[0]


def test_one_odd_cell_is_verbatim_and_conditions_are_kept() -> None:
    assert first_plan("Version", "1.2", "1.3+", "2.x", "see below").values[3] == {"verbatim": "see below"}
    assert first_plan("Version", "1.2", "see below").type == "text"
    assert first_plan("Version", "1.2+ (Linux only)", "1.3").values[0] == {"is": "1.2+", "when": "Linux only"}
    assert first_plan("Works", "yes", "Yes", "no", "no").values == ("yes", {"verbatim": "Yes"}, "no", "no")


def test_marks_of_footnotes_are_conditions() -> None:
    plan = first_plan("Version", "v5.0.8", "v5.1.5\\*", "v5.2 †", "v5.3", "v5.4")
    assert plan.values == ("v5.0.8", {"is": "v5.1.5", "when": "\\*"}, {"verbatim": "v5.2 †"}, "v5.3", "v5.4")
    assert ("when", '"<< value >><< when >>"') in plan.options
    signs = first_plan("Works", "✓ (1)", "✓", "❌ (2)", "Preview (2.1)").values
    assert signs == ({"is": "yes", "when": "1"}, "yes", {"is": "no", "when": "2"}, "preview 2.1")


def test_each_line_of_a_cell_is_a_version_and_the_first_line_alone_is_none(tmp_path: Path, capsys: Capture) -> None:
    rows = "| Java | 8<br>11 (Linux)<br>17 | 1.2 |\n| Go | 1.2+<br>2.4+ | 1.0 |\n| Node | 20 | 1.1 |\n| C | 9 | 1.2<br>2.0 |\n"
    (tmp_path / "page.md").write_text(f"# T\n\n| Runtime | Supported versions | Since |\n|---|---|---|\n{rows}")
    assert (
        "12 of 12 cells match the original" in do(capsys, "import", tmp_path / "page.md", "-o", tmp_path / "site").out
    )
    facts = (tmp_path / "site/content/facts/runtimes.yaml").read_text()
    assert "supported_versions: {all: [8, {is: 11, when: Linux}, 17]}" in facts
    assert "supported_versions: {all: [{verbatim: 1.2+}, {verbatim: 2.4+}]}" in facts
    assert "since: {verbatim: 1.2}\n      since_more: [2.0]" in facts
    for question, answer in (("Java 17", "Yes"), ("Java 9", "No"), ("Go 2.3", "Not stated")):
        assert f": {answer}\n" in do(capsys, "explain", question, "--root", tmp_path / "site").out


def test_emphasis_of_all_values_is_omitted_and_that_of_some_is_kept() -> None:
    head = "# Page\n\n| Name | Version |\n|---|---|\n"
    every = imported(page_md=f"{head}| a | **v1.2** |\n| b | **v1.3** |\n")
    assert of(every) == ["name: text", "version: version"]
    assert codes(every) == ["import-changed"]
    some = imported(page_md=f"{head}| a | **v1.2** |\n| b | v1.3 |\n")
    assert is_whole(some)
    assert of(some) == ["name: text", "version: markdown"]


def test_groups_sections_and_lines_are_read() -> None:
    result = imported(
        page_md="""
        | System | CPU | Lines |
        |---|---|---|
        | **Free** | | |
        | Linux | x86-64 | a<br>b<br/>c |
        |       | ARM    | d |
        | **Paid** | | |
        | AIX | POWER | e<br/> |
        """
    )
    assert is_whole(result)
    assert codes(result) == ["import-changed"] * 4
    assert of(result)[0] == "section_title: text"


def test_marks_of_footnotes_in_elements_are_signs() -> None:
    cells = {
        "1.0 <sup>1</sup>": "¹",
        "1.1 <sup>[12]</sup>": "¹²",
        "1.2 <sup>[3](#n)</sup>": "[³](#n)",
        "1.3 [<sup>*</sup>](#n)": r"[\\*](#n)",
        "1.4 <sup>1, 2</sup>": "¹,²",
        "1.5 <sup>c</sup>": "ᶜ",
    }
    rows = "\n".join(f"| go{at} <sup>{at}</sup> | {cell} |" for at, cell in enumerate(cells))
    result = imported(
        page_md=f"# T\n\n| Tool | Version<sup>4</sup> :octicons-link-16: |\n|---|---|\n{rows}\n\n<sup>1</sup> Text.\n"
    )
    assert is_whole(result)
    assert codes(result) == ["import-changed"] * 2
    facts, signs = result.files["content/facts/tools.yaml"], "⁰¹²³⁴⁵"
    for at, mark in enumerate(cells.values()):
        name, version = f'name: "go{at} {signs[at]}"', f'version: {{is: 1.{at}, when: "{mark}"}}'
        assert f"    go{at}:\n      {name}\n      {version}\n" in facts


def test_blank_rows_are_no_records_and_do_not_end_a_group() -> None:
    rows = "| Linux | 1.0 |\n| | 1.1 |\n| | |\n| macOS | 2.0 |\n| | 2.1 |\n"
    result = imported(page_md=f"# T\n\n| System | Version |\n|---|---|\n{rows}")
    assert is_whole(result)
    assert [each.message for each in result.findings] == [
        "blank rows are omitted",
        "blank first cells are read as the cell above, such as 'Linux'",
    ]
    assert result.files["content/facts/systems.yaml"].count("name: macOS") == 2


def test_lists_in_cells_are_lines() -> None:
    items = "<ul><li>one</li><li><p>two</p></li></ul>"
    result = imported(
        page_html=f"<h1>T</h1><table><tr><th>A<th>B<tr><td>a<td>{items}<br>three<tr><td>b<td>x<br><br>y</table>"
    )
    assert is_whole(result)
    assert sorted(each.message for each in result.findings) == [
        "empty lines of the cell 'x<br><br>y' are omitted",
        "lists in cells are written as lines, without bullets and numbers",
    ]
    assert "b_more: [two, three]" in "".join(result.files.values())


def test_rows_of_an_html_table_may_be_indented_after_blank_lines() -> None:
    rows = "".join(
        f"\n\n    <tr>\n      <td>\n        {name}\n      </td>\n\n      <td>{n}.0</td>\n    </tr>"
        for name, n in (("a", 1), ("b", 2))
    )
    result = imported(
        page_md=f"# T\n\n<table>\n    <tr>\n      <th>Name</th>\n      <th>Since</th>\n    </tr>{rows}\n</table>\n"
    )
    assert is_whole(result)
    assert result.numbers.raw == 0


def test_a_comment_of_html_is_one_of_mdx() -> None:
    result = imported(page_mdx="# P\n\n<!--\nCopyright, *all*\n\nof it.\n-->\n\nText <Badge />.\n")
    assert result.numbers.pages == 1
    assert codes(result) == []


# --- what is kept --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("| A | B |\n|---|---|\n| a | <sup>th</sup> |", "contains HTML"),
        ("| A | `B` |\n|---|---|\n| <span>a</span> | [<sup>th</sup>](c) |", "contains HTML"),
        ("| A | B |\n|---|---|\n| a | {{< version >}} |", "contains a tag"),
        ("| A | <i class=x></i> |\n|---|---|\n| a | b |", "contains HTML, a tag, an image"),
        ("| A | B |\n|---|---|\n| a | [b](ftp://x.example) |", "a link of another kind"),
        ("| A | B |\n|---|---|\n| a | [b](//x.example/y) |", "a link of another kind"),
        ("| A | B |\n|---|---|\n| a | b | c |", "more cells than the header"),
        ("- x\n\n  | A | B |\n  |---|---|\n  | a | b |", "inside a list"),
        ("<table><tr><th>A<th>B<tr><td colspan=2>a<tr><td>b<td>c</table>", None),
        ("<table><tr><th>A<th>B<th>C<tr><td colspan=2>a<td>b</table>", None),
    ],
)
def test_a_table_that_cannot_be_facts_stays_as_it_is(table: str, reason: str | None) -> None:
    result = imported(page_md=f"# Page\n\n{table}\n\nEnd {{{{< x >}}}}.\n")
    assert result.numbers.raw == (reason is not None)
    if reason is not None:
        (found,) = (finding for finding in result.findings if finding.code == "import-raw")
        assert reason in found.message
        assert table.splitlines()[-1] in result.files["content/page.md"]
        assert codes(result) == ["import-raw"]


def test_a_page_that_cannot_be_built_is_left_out() -> None:
    result = imported(a_md=PIPES, b_md="# B\n\nSee [x](<{% url 'x' %}>).\n")
    assert result.numbers.pages == 1
    assert "content/a.md" in result.files
    assert not [finding for finding in result.findings if finding.severity == "error"]
    assert "import-lost" in codes(result)


def test_links_to_tags_of_another_format_stay_text() -> None:
    row = "| a | [y]({% link {{ page.v }}/b.md %}#c) |"
    result = imported(page_md=f"# Page\n\nSee [x]({{% link a.md %}}).\n\n| A | B |\n|---|---|\n{row}\n")
    assert result.numbers.pages == 1
    assert codes(result) == ["import-raw"]


def test_quoted_attributes_contain_the_sign_that_ends_a_tag(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.mdx").write_text('# Page\n\nSee <img alt="8+" src="/php->=8.svg" /> first.\n', encoding="utf-8")
    assert do(capsys, "import", tmp_path / "a.mdx", "-o", tmp_path / "site", "-q").code == 0
    assert do(capsys, "build", "--root", tmp_path / "site", "-q").code == 0
    (page,) = (tmp_path / "site/output").rglob("a.mdx")
    assert '<img alt="8+" src="/php->=8.svg" />' in page.read_text(encoding="utf-8")


def test_images_of_a_table_in_a_list_stay() -> None:
    table = "  ===  ===\n  A    B\n  ===  ===\n  |x|  c\n  ===  ==="
    result = imported(page_rst=f"Page\n====\n\n- a\n\n{table}\n\n.. |x| image:: /a.png\n   :alt: Alt\n")
    assert "| ![Alt](/a.png) | c |" in result.files["content/page.md"]


def test_code_of_restructured_text_and_html_keeps_its_lines_and_its_language() -> None:
    result = imported(
        a_rst="A\n=\n\n.. code-block:: python\n\n   if x:\n\n\n       y\n\n- See::\n\n   k\n     l\n",
        b_html='<main><h1>B</h1><pre class="prettyprint">p\n q</pre><pre><code class="language-sh">r\n\ns</code></pre></main>',
    )
    assert "```python\nif x:\n\n\n    y\n```" in result.files["content/a.md"]
    assert "- See:\n\n  ```\n  k\n    l\n  ```" in result.files["content/a.md"]
    assert "```\np\n q\n```" in result.files["content/b.md"]
    assert "```sh\nr\n\ns\n```" in result.files["content/b.md"]


def test_tags_in_code_of_cells_stay_and_comments_do_not() -> None:
    rows = [
        "| <!-- a --> | Shows |",
        "|---|---|",
        "| `<p>` | `a<br>b` <!-- c --> |",
        '| `<span class="x">y</span>` | b<br>c |',
    ]
    result = imported(page_md="# Page\n\n" + "\n".join(rows))
    facts = "".join(text for name, text in result.files.items() if "facts/" in name)
    assert is_whole(result)
    assert "<p>" in facts
    assert "a<br>b" in facts
    assert "y</span>" in facts
    assert "c -->" not in facts


def test_relative_links_begin_at_the_base() -> None:
    source = SourceFile("notes/a.md", "# Page\n\n| A | B |\n|---|---|\n| a | [b](../x.md#y) |\n", "notes/a")
    result = import_site([source], DAY, base="/docs/")
    assert is_whole(result)
    assert "/docs/x.md#y" in result.files["content/facts/pages.yaml"]


def test_relative_links_without_a_base_stay_relative() -> None:
    result = imported(page_md="# Page\n\n| A | B |\n|---|---|\n| a | [1.2](notes/1.2.md) |\n| b | [1.3](../x.md#y) |\n")
    assert is_whole(result)
    assert codes(result) == ["import-changed"]
    assert 'b: {name: b, b: 1.3, b_link: "../x.md#y"}' in result.files["content/facts/pages.yaml"]
    assert "b_link: ./notes/1.2.md" in result.files["content/facts/pages.yaml"]


def test_cells_over_several_columns_are_repeated() -> None:
    head = "<main><h1>Page</h1><table><tr><th>Name<th>Linux<th>macOS<th>Windows"
    result = imported(
        page_html=f"""
        {head}<tr><td colspan=4>Tools<tr><td>cmake<td colspan=2>3.10<td>3.11<tr><td colspan=4>Libraries
        <tr><td>boost<td>1.58<td>1.60<td>1.61<tr><td colspan=4>All of them are tested.</table></main>
        """
    )
    assert result.numbers.proven == result.numbers.cells == 12
    assert "name: cmake, linux: 3.10, macos: 3.10, windows: 3.11" in result.files["content/facts/pages.yaml"]
    assert "All of them are tested." in result.files["content/facts/pages.yaml"]
    assert any("over several columns are repeated" in finding.message for finding in result.findings)


def test_titles_of_states_are_reported() -> None:
    result = imported(
        page_md="""
        # Page

        | Name | Works |
        |---|---|
        | a | <span title="Supported"><nobr>&#x2705;</nobr></span> |
        | b | <span title="X icon" class="x">&#x274c;</span> |
        """
    )
    assert is_whole(result)
    assert of(result) == ["name: text", "works: support"]
    assert "titles of <span> are omitted: 'Supported', 'X icon'" in [finding.message for finding in result.findings]


def test_a_table_whose_rows_have_types_is_transposed() -> None:
    rows = """
        | Component | 6.3.3 | 6.2.0 |
        |---|---|---|
        | PyTorch | 2.4, 2.3 | 2.3 |
        | JAX | 0.4.31 | 0.4.26 |
        | Released | Feb 19, 2025 | Aug 2, 2024 |
        | Tested | ✅ | ❌ |
        | Remark | new | old |
        """
    result = imported(page_md=f"# Page\n{text(rows)}")
    assert is_whole(result)
    assert of(result) == ["name: versions", "pytorch: versions", "jax: version", *of(result)[3:]]
    assert of(result)[3:] == ["released: date", "tested: support", "remark: text"]
    assert "layout: transposed" in result.files["content/facts/components.yaml"]


def test_a_table_with_equal_first_cells_is_not_transposed() -> None:
    row = "| A | 1.1.1.1 | 4500 | C | 2.1.1.2 | 4500 | yes |\n"
    header = "| Left | Left IP | Left port | Right | Right IP | Right port | NAT |\n|-|-|-|-|-|-|-|\n"
    result = imported(page_md=f"# Page\n\n{header}{row * 4}")
    assert "layout: transposed" not in "".join(result.files.values())


def test_front_matter_that_cannot_be_read_is_reported() -> None:
    result = imported(page_md="---\ntitle: A\n\tb: c\n---\n# Page\n\n| A | B |\n|---|---|\n| a | b |\n")
    assert codes(result) == ["import-lost"]


def test_text_between_single_tildes_is_reported() -> None:
    result = imported(page_md="# Page\n\n~old~ and ~~gone~~, `~a~`, ~5 to ~10 and a~b~c\n\n- ~older~\n")
    struck = [finding.message for finding in result.findings if finding.code == "import-changed"]
    assert [message.partition(" is")[0] for message in struck] == ["'~old~'", "'~older~'"]


# --- several pages -------------------------------------------------------------------

TABLE = "---\ntitle: Page\n---\n## Systems\n\n| System | Works |\n|---|---|\n| Linux | yes |\n| Windows | {} |\n"


def test_pages_share_records_and_differences_are_alternatives() -> None:
    result = imported(web__java_md=TABLE.format("yes"), api__java_md=TABLE.format("no"), api__go_md=TABLE.format("yes"))
    assert is_whole(result)
    assert codes(result) == ["import-review"]
    facts = result.files["content/facts/systems.yaml"]
    assert "linux: {name: Linux, works: yes}" in facts
    assert "# Review works: pages differ." in facts
    assert "- {is: no, for: {product: api, library: java}, reason:" in facts


def test_without_differences_a_site_has_no_products() -> None:
    result = imported(a_md=TABLE.format("yes"), b__c_md=TABLE.format("yes"))
    assert is_whole(result)
    assert "content/products.yaml" not in result.files
    assert len(result.files) == 4


def test_pages_without_products_become_products_if_values_differ() -> None:
    result = imported(a_md=TABLE.format("yes"), b__C_md=TABLE.format("no"))
    assert is_whole(result)
    assert (
        "b-c: {name: C, path: b/C}" in result.files["content/products.yaml"]
        or "b-c: {" in result.files["content/products.yaml"]
    )


def test_editions_of_a_page_have_periods() -> None:
    old = SourceFile("old/a.md", TABLE.format("no"), "a", date(2024, 1, 1))
    new = SourceFile("new/a.md", TABLE.format("yes"), "a", date(2025, 1, 1))
    result = import_site([old, new], DAY)
    assert is_whole(result)
    assert "works: [no, {is: yes, from: 2025-01-01}]" in result.files["content/facts/systems.yaml"].replace(
        "\n        - no\n        - {is: yes, from: 2025-01-01}", " [no, {is: yes, from: 2025-01-01}]"
    )
    assert "from: 2024-01-01" in result.files["content/a-2024-01-01.md"]


# --- property ------------------------------------------------------------------------

_TEXT = st.text(st.sampled_from("abcXYZ019 .,;:-+<>=&|*_`[](){}#%$@!?/\\'\"~^é✓→"), max_size=12).map(
    lambda value: " ".join(value.split())
)
_CELL = st.one_of(
    _TEXT, st.sampled_from(["yes", "no", "1.2.3", ">=2,<3", "2024-05-01", "May 3, 2024", "GA", "", "N/A"])
)
_GRID = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=1, max_size=4)
)


def _pipe(rows: list[list[str]]) -> str:
    escaped = [["".join(f"\\{s}" if s in "\\`*_[]<>&|~{}#!" else s for s in cell) for cell in row] for row in rows]
    lines = [f"| {' | '.join(row)} |" for row in escaped]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]]) + "\n"


def _html(rows: list[list[str]]) -> str:
    lines = ["".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows]
    return "<table>" + "".join(f"<tr>{line}</tr>" for line in [lines[0].replace("td>", "th>"), *lines[1:]]) + "</table>"


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def _json(rows: list[list[str]]) -> str:
    return json.dumps([dict(zip(rows[0], row, strict=True)) for row in rows[1:]])


@pytest.mark.parametrize("write", [_pipe, _html, _csv, _json])
@settings(max_examples=12, deadline=None)
@given(grid=_GRID)
@example(grid=[["", "0"], ["", "0"], ["", "0"], ["", "0?"]])
def test_random_tables_come_back(write: object, grid: list[list[str]]) -> None:
    rows = [[f"H{at}" for at in range(len(grid[0]))], *(["k" + row[0], *row[1:]] for row in grid)]
    ending = {"_pipe": "md", "_html": "html", "_csv": "csv", "_json": "json"}[write.__name__]  # type: ignore[attr-defined]
    result = import_site([SourceFile(f"page.{ending}", write(rows), "page")], DAY)  # type: ignore[operator]
    numbers = result.numbers
    assert numbers.tables == 1
    assert not [finding for finding in result.findings if finding.severity == "error"]
    turned = (len(grid) + 1) * (len(grid[0]) - 1)  # the cells below the headers of a transposed table
    assert numbers.raw or numbers.proven == numbers.cells
    assert numbers.raw or numbers.cells in (len(grid) * len(grid[0]), turned)
    assert not numbers.raw or any(sign in str(grid) for sign in ("{{", "{%"))


# --- the command ---------------------------------------------------------------------


def test_the_command_writes_a_site_that_passes_check(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "docs/web").mkdir(parents=True)
    (tmp_path / "docs/web/java.md").write_text(text(PIPES), encoding="utf-8")
    (tmp_path / "docs/.hidden.md").write_text("# Hidden\n", encoding="utf-8")
    site = tmp_path / "site"
    dry = do(capsys, "import", tmp_path / "docs", "-o", site, "--dry-run")
    assert (dry.code, site.exists()) == (0, False)
    assert "1 page, 1 table: 1 as facts, 0 kept as they are.\n9 of 9 cells match the original; 6 are typed." in dry.out
    assert do(capsys, "import", tmp_path / "docs", "-o", site).code == 0
    assert do(capsys, "check", "--root", site).code == 0
    assert do(capsys, "build", "--root", site).code == 0
    assert "| MySQL " in (site / "output/github/web/java.md").read_text(encoding="utf-8")
    again = do(capsys, "import", tmp_path / "docs", "-o", site)
    assert again.code == 2
    assert "is a site already" in again.err
    assert do(capsys, "import", tmp_path / "docs", "-o", site, "--force", "-q").code == 0


def test_wrong_arguments_are_usage_errors(tmp_path: Path, capsys: Capture) -> None:
    assert "does not exist" in do(capsys, "import", tmp_path / "none.md", "-o", tmp_path / "site").err
    assert "no files to import" in do(capsys, "import", tmp_path, "-o", tmp_path / "site").err
    (tmp_path / "a.md").write_bytes(b"\xff")
    said = do(capsys, "import", tmp_path / "a.md", "-o", tmp_path / "site")
    assert (said.code, "it is not UTF-8" in said.err) == (1, True)


# --- what a page means ---------------------------------------------------------------


def test_an_import_needs_only_the_packages_of_its_input(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("docutils", "html5lib", "markdownify"):
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.delitem(sys.modules, "sitegen.importing.rst_reader", raising=False)
    (tmp_path / "page.md").write_text(text(PIPES) + "\n<!-- a comment -->\n")
    (tmp_path / "page.rst").write_text("Page\n====\n")
    assert do(capsys, "import", tmp_path / "page.md", "-o", tmp_path / "a").code == 0
    said = do(capsys, "import", tmp_path / "page.rst", "-o", tmp_path / "b")
    assert said.code == 2
    assert "missing packages: docutils" in said.err


def test_front_matter_that_is_broken_does_not_stop_the_other_pages(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/good.md").write_text("---\ntitle: Good\nweight: 010\n---\nText.\n")
    (tmp_path / "docs/bad.md").write_text("---\ntitle: [Bad\n---\nText.\n")
    said = do(capsys, "import", tmp_path / "docs", "-o", tmp_path / "site")
    assert said.code == 1
    assert "error[import-lost]: the front matter is not imported" in said.err
    monkeypatch.chdir(tmp_path / "site")
    assert do(capsys, "build").code == 0
    assert "\nweight: 010\n" in (tmp_path / "site/output/hugo/content/good.md").read_text()
    assert "Text." in (tmp_path / "site/output/hugo/content/bad.md").read_text()


def test_tags_in_cells_of_html_tables_stay_tags() -> None:
    tick = "<table><tr><th>A</th><th>Works</th></tr><tr><td>x</td><td>{{< X >}}</td></tr></table>"
    result = imported(a_md=f"---\nweight: 1\n---\n# A\n\n{{{{< tabs >}}}}\n\n{tick}\n")
    assert "words: {yes: '{{< X >}}'}" in result.files["sitegen.yaml"].replace('"', "'")
    assert is_whole(result)
    other = tick.replace("{{< X >}}", '{{< badge "1_0" >}}')
    result = imported(a_md=f"---\nweight: 1\n---\n# A\n\n{other}\n")
    assert codes(result) == ["import-raw"]
    assert other in result.files["content/a.md"]


def test_a_tag_for_yes_among_texts_stays_a_tag() -> None:
    result = imported(
        a_md="---\nweight: 1\n---\n# A\n\n| A | B |\n|---|---|\n| x | {{< X >}} |\n| y | words |\n| z | more |\n"
    )
    assert codes(result) == ["import-raw"]
    assert "| x | {{< X >}} |" in result.files["content/a.md"]


def test_mdx_stays_mdx(tmp_path: Path, capsys: Capture) -> None:
    source = """
        ---
        title: Setup
        ---
        import Tabs from '@theme/Tabs';

        export const since = {a: 1};

        <Tabs values={[1]}>

        Since {since.a}.

        | A     | B   |
        | ----- | --- |
        | `{x}` | 1.0 |
        | \\{y} | 2.0 |

        </Tabs>

        | C         |
        | --------- |
        | {since.a} |
    """
    (tmp_path / "setup.mdx").write_text(text(source), encoding="utf-8")
    said = do(capsys, "import", tmp_path / "setup.mdx", "-o", tmp_path / "site", "-q")
    assert "{since.a}' contains an expression" in said.err
    assert do(capsys, "build", "--root", tmp_path / "site", "-q").code == 0
    (page,) = (tmp_path / "site/output").rglob("setup.mdx")
    built = page.read_text(encoding="utf-8")
    lines = [line for line in text(source).split("\n")[3:] if line and "|" not in line]
    assert [line for line in lines if line not in built] == []
    assert "| {since.a} |" in built
    assert "| \\{y&#125;" in built
    assert "| `{x}`" in built


def test_a_condition_after_several_versions_stays_text() -> None:
    result = imported(
        a_md="# A\n\n| A | Versions |\n|---|---|\n| x | 6.0, 8.0 (LTS) |\n| y | 8.0 (LTS) |\n| z | >=4, <5 (beta) |\n| v | 9 |\n"
    )
    facts = result.files["content/facts/as.yaml"] if "content/facts/as.yaml" in result.files else str(result.files)
    assert '{verbatim: "6.0, 8.0 (LTS)"}' in facts
    assert "{is: 8.0, when: LTS}" in facts
    assert '{is: ">=4, <5", when: beta}' in facts


def test_data_has_no_cells_that_span_rows() -> None:
    result = imported(a_csv="Name,Version\nx,1.0\n,2.0\n")
    assert codes(result) == []
    assert "group: span" not in str(result.files)
    assert is_whole(result)


def test_an_open_quote_in_csv_is_an_error_with_its_line() -> None:
    result = imported(a_csv='Name,Version\nx,1.0\n"y,2.0\nz,3.0\n', b_csv="A,B\n1,2\n")
    (found,) = result.findings
    assert (found.code, found.place.file, found.place.line) == ("import-lost", "a.csv", 4)


def test_what_follows_an_alert_is_apart_from_it() -> None:
    result = imported(a_rst="A\n=\n\n.. warning:: One.\n.. note:: Two.\n\nText.\n")
    assert "> One.\n\n> [!NOTE]\n> Two.\n\nText.\n" in result.files["content/a.md"].replace("\n\n\n", "\n\n")
    result = imported(a_md='# A\n\n{% alert level="info" %}\nOne.\n{% /alert %}\nText.\n')
    assert "> One.\n\nText.\n" in result.files["content/a.md"]


def test_an_import_of_nothing_is_an_error(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.json").write_text('{"a": [1,\n2', encoding="utf-8")
    (tmp_path / "b.md").write_bytes("# A".encode("utf-16"))
    said = do(capsys, "import", tmp_path / "a.json", tmp_path / "b.md", "-o", tmp_path / "site")
    assert said.code == 1
    assert "a.json:2:2" in said.err
    assert "it is not UTF-8" in said.err
    assert not (tmp_path / "site").exists()
    said = do(capsys, "import", tmp_path / "b.md", "-o", tmp_path / "site")
    assert (said.code, "it is not UTF-8" in said.err) == (1, True)


def test_control_characters_are_reported(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "a.md").write_text("# A\n\n| B |\n| - |\n| c\x07d |\n", encoding="utf-8")
    said = do(capsys, "import", tmp_path / "a.md", "-o", tmp_path / "site")
    assert (said.code, "a.md:5:4" in said.err) == (0, True)
    assert "cd" in (tmp_path / "site/content/facts/as.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("header", "cells", "type_"),
    [
        ("Maximum", ["5.15", "6.x", "n/a"], "versions"),
        ("Latest version", ["3.2", "3.10"], "versions"),
        ("Removed in", ["4.0", "5.0", "no"], "versions"),
        ("Verified in", ["4.0.1", "5.0"], "versions"),
        ("Default version", ["4.0", "5.0"], "versions"),
        ("2.4.8-p3", ["10.6", "8", "✅", "8.3, 8.2"], "versions"),
        ("MySQL 8.0", ["10.6", "✅", "❌"], "support"),
        ("maxK8sVersion", ["1.24", "1.25"], "versions"),
        ("last_ga_patch", ["23.1.11", "23.2.6"], "versions"),
        ("Minimum tested version", ["4.0", "5.0", "no"], "support"),
        ("Deprecated", ["yes", "no"], "support"),
        ("Python", ["4.0", "no"], "support"),
    ],
)
def test_versions_are_minimums_only_where_they_can_be(header: str, cells: list[str], type_: str) -> None:
    (plan,) = next(plans(header, [cells]))
    assert plan.type == type_


def test_the_version_that_a_row_is_about_is_no_minimum() -> None:
    result = imported(a_md="# A\n\n| Version | Date |\n| - | - |\n| 3.9 | 2024-05-03 |\n| 3.10 | 2025-05-03 |\n")
    assert of(result) == ["name: versions", "date: date"]


def test_a_row_is_the_record_of_the_table_with_the_same_caption() -> None:
    head = "\n\n| OS | Version |\n|---|---|\n"
    client, server = f"## Client{head}| Linux | 1.0 |\n", f"## Server{head}| Linux | 2.0 |\n"
    result = imported(a_md=f"# A\n\n{client}\n{server}", b_md=f"# B\n\n{server}")
    assert "import-review" not in codes(result)
    facts = "".join(result.files.values())
    assert (facts.count("1.0"), facts.count("2.0"), is_whole(result)) == (1, 1, True)


def test_tables_that_contradict_each_other_share_no_records() -> None:
    """The table of the lists is like each of the others, which differ."""
    head, rows = "| Type | int | float |\n|---|---|---|\n", "| A | yes | yes |\n| B | yes | {} |\n| C | yes | yes |\n\n"
    other = "| Type | lists |\n|---|---|\n| A | 1 |\n| B | 2 |\n| C | 3 |\n\n"
    cores = head.replace("int", "int [1]") + rows.format("yes")
    result = imported(page_md=f"# T\n\n{head}{rows.format('no')}{other}## Cores\n\n{cores}")
    assert is_whole(result)
    assert codes(result) == []
    assert [dataset.grids for dataset in result.datasets] == [(0, 1), (2,)]


def test_a_column_of_two_headings_of_a_page_is_about_two_things() -> None:
    """Equal values of two releases are two facts. Versions and texts are keys of different records."""
    head = "| CPU | Linux [1] |\n|---|---|\n| x64 | Tier 1 |\n"
    result = imported(
        page_md=f"# T\n\n## One\n\n{head}| arm | Tier 1 |\n\n## Two\n\n{head}| arm | Tier 1 |\n| old | Tier 3 |\n\n"
        "## Sizes\n\n| CPU | Size |\n|---|---|\n| x64 | 64 |\n| arm | 32 |\n\n"
        "## Three\n\n| Go | Tier |\n|---|---|\n| 1.2.0 | A |\n| 1.3.0 | B |\n\n"
        "## Four\n\n| Go | CRI |\n|---|---|\n| 1.2.0 | x |\n| *1.4.0* | y |\n"
    )
    assert is_whole(result)
    assert [dataset.grids for dataset in result.datasets] == [(0, 2), (1,), (3,), (4,)]
    assert [field for field in of(result) if "name" in field] == [
        "name: text",
        "name: text",
        "name: versions",
        "name: markdown",
    ]


def test_numbers_in_lists_of_lists_stay_numbers() -> None:
    result = imported(a_json='[{"a": "x", "b": [[1.50, "2"], {"c": null}]}]')
    assert '[[1.50, \\"2\\"], {\\"c\\": null}]' in result.files["content/facts/as.yaml"]
