"""A real Hugo site that does not allow HTML in Markdown takes pages and partials."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.commands import Capture, do, edit
from tests.support.hugo_sites import (
    ATTRIBUTES,
    LANGUAGES,
    OLDEST,
    RENDER_HOOK,
    page_with,
    run_hugo,
    serving_hugo,
    write_hugo_site,
)
from tests.support.readers import read_html, tables
from tests.support.sites import ROOT

SETTINGS = """\
title: T
formats: [hugo]
pages: {site: {hugo: content/en/<< page.id >>.md}}
fragments: {hugo: layouts/partials}
partials:
  f: {path: tables/f, tables: [f], each: site}
  plain: {path: tables/plain, tables: [plain], each: site}
dialects:
  hugo:
    tables: {class: table table-striped, wrapper: table-responsive, caption: hidden, ids: yes}
"""
FACTS = """\
f:
  fields: {name: text, since: support, parts: list of text}
  records:
    alpha: {was: a, name: Alpha, since: 1.2.0, parts: [x, y]}
    beta: {name: "{{ Beta }} & <b>", since: no, parts: [z]}
tables:
  f:
    caption: Features & "more"
    from: f
    columns:
      - {header: Name, field: name, width: 30%}
      - {header: Since, field: since}
      - {header: Parts, fields: [name, parts], width: 12.5em}
  plain: {like: f, style: {class: plain, caption: none, ids: no}}
"""
PAGE = """\
---
title: Compare
each: site
page: compare
weight: 30
menu:
  main: {weight: 5, name: 'Compare: all', params: {icon: [a, "b: c"]}}
date: 2026-04-01T10:00:00+02:00
draft: false
params:
  nested: {list: [1, two, true]}
---
{{% alert %}}Shortcode with [a link]({{< relref "other.md" >}}).{{% /alert %}}

> [!WARNING]
> Mind the *step*.

<< partials.f >>

## Again

<< tables.f >>
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of facts, and the Hugo site of a team in two languages next to it, in the folder `hugo`."""
    (tmp_path / "facts/content").mkdir(parents=True)
    for name, text in {"sitegen.yaml": SETTINGS, "content/compare.md": PAGE, "content/f.yaml": FACTS}.items():
        (tmp_path / "facts" / name).write_text(text)
    hugo = tmp_path / "hugo"
    write_hugo_site(hugo, LANGUAGES + ATTRIBUTES)
    for path, text in {
        "content/en/other.md": "---\ntitle: Other\n---\nOwn.\n",
        "content/ja/other.md": "---\ntitle: 他\n---\n自分。\n",
        "layouts/shortcodes/alert.html": "**Own:** {{ .Inner }}\n",
        "layouts/_default/_markup/render-blockquote.html": RENDER_HOOK,
    }.items():
        (hugo / path).parent.mkdir(parents=True, exist_ok=True)
        (hugo / path).write_text(text, encoding="utf-8")
    return tmp_path / "facts"


def check(hugo: Path, site: Path, capsys: Capture) -> None:
    """Build both sites, and check what a browser gets."""
    team = site.parent / "hugo"
    said = do(capsys, "build", "--root", site, "-o", team)
    assert (said.code, said.err) == (0, "")
    html = (run_hugo(hugo, team) / "en/compare/index.html").read_text(encoding="utf-8")
    assert '<div class="alert alert-warning">' in html
    assert "<p>Mind the <em>step</em>.</p>" in html
    assert '<a href="/en/other/">a link</a>' in html
    assert "raw HTML omitted" not in html
    assert '<div class="table-responsive">' in html
    partial, page = tables(read_html(html))
    for table in (partial, page):
        assert table.rows[0] == ["Name", "Since", "Parts"]
    assert [row[0] for row in partial.rows] == ["Name", "Alpha", "{{ Beta }} & <b>"]
    assert [row[2] for row in page.rows] == ["Parts", "Alpha: x, y", "{{ Beta }} & <b>: z"]
    assert html.count('class="table table-striped"') == 2
    assert (
        'aria-label="Features &amp; &#34;more&#34;"' in html or 'aria-label="Features &amp; &quot;more&quot;"' in html
    )
    assert "<caption>" not in html
    assert re.findall(r"<col(?: style=\"(.*?)\")?>", html) == ["width: 30%", "", "width: 12.5em"]
    ids = re.findall(r' id="(tables-f-f.*?)"', html)
    assert ids == ["tables-f-f", "tables-f-f-alpha", "tables-f-f-a", "tables-f-f-beta"]
    params = html.partition('<p id="params">')[2]
    for text in ('"weight":30', "Compare: all", "b: c", '"draft":false', "2026-04-01"):
        assert text in params.replace("&#34;", '"'), text


def test_a_hugo_site_without_html_in_markdown_shows_everything(hugo: Path, site: Path, capsys: Capture) -> None:
    check(hugo, site, capsys)


def test_the_oldest_hugo_shows_everything(oldest_hugo: Path, site: Path, capsys: Capture) -> None:
    check(oldest_hugo, site, capsys)
    assert f"Hugo {OLDEST}" in (ROOT / "docs/formats.md").read_text(encoding="utf-8")


def test_two_languages_share_a_hugo_site(hugo: Path, site: Path, capsys: Capture) -> None:
    team, ja = site.parent / "hugo", site.parent / "facts-ja"
    shutil.copytree(site, ja)
    edit(ja / "sitegen.yaml", "title: T", "title: T (ja)\nlang: ja")
    edit(ja / "sitegen.yaml", "content/en", "content/ja")
    edit(ja / "sitegen.yaml", "fragments: {hugo: layouts/partials}", "fragments: {hugo: layouts/partials/ja}")
    edit(ja / "content/compare.md", "title: Compare", "title: 比較")
    for _ in range(2):
        for root in (site, ja):
            said = do(capsys, "build", "--root", root, "-o", team)
            assert (said.code, said.err, " 0 removed" in said.out) == (0, "", True)
    for root in (site, ja):
        assert do(capsys, "build", "--root", root, "-o", team, "--check").out == "3 files are up to date\n"
    public = run_hugo(hugo, team)
    assert "<title>Compare</title>" in (public / "en/compare/index.html").read_text(encoding="utf-8")
    assert "<title>比較</title>" in (public / "ja/compare/index.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("version", ["hugo", "oldest_hugo"])
def test_the_server_of_hugo_shows_new_partials(
    version: str, site: Path, capsys: Capture, request: pytest.FixtureRequest
) -> None:
    team = site.parent / "hugo"
    do(capsys, "build", "--root", site, "-o", team)
    with serving_hugo(request.getfixturevalue(version), team) as url:
        assert "1.2.0" in page_with(f"{url}/en/compare/", "1.2.0")
        edit(site / "content/f.yaml", "since: 1.2.0", "since: 4.5.6")
        assert do(capsys, "build", "--root", site, "-o", team).code == 0
        assert page_with(f"{url}/en/compare/", "4.5.6").count("4.5.6") == 2


def test_the_style_of_a_table_replaces_that_of_the_site(site: Path, capsys: Capture) -> None:
    do(capsys, "build", "--root", site)
    plain = (site / "output/layouts/partials/tables/plain.html").read_text()
    assert '<div class="table-responsive">\n<table class="plain">\n  <colgroup>' in plain
    assert "<caption>" not in plain
    assert "id=" not in plain
    edit(
        site / "sitegen.yaml",
        "    tables: {class: table table-striped, wrapper: table-responsive, caption: hidden, ids: yes}\n",
        "    words: {}\n",
    )
    do(capsys, "build", "--root", site)
    text = (site / "output/layouts/partials/tables/f.html").read_text()
    assert text.splitlines()[1:3] == ["<table>", "  <caption>Features &amp; &#34;more&#34;</caption>"]
    assert "{class" not in (site / "output/content/en/compare.md").read_text()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("class: table table-striped", "class: 'a\" onclick='", "'a\" onclick=' is not a list of classes"),
        ("caption: hidden", "caption: below", "'below' is not a valid value of 'caption'"),
        ("ids: yes", "id: yes", "unknown key 'id' in 'tables'"),
        ("    tables:", "    unsafe: maybe\n    tables:", "'maybe' is not a valid value of 'unsafe'"),
    ],
)
def test_wrong_settings_are_reported(site: Path, capsys: Capture, old: str, new: str, message: str) -> None:
    edit(site / "sitegen.yaml", old, new)
    said = do(capsys, "check", "--root", site)
    assert (said.code, message in said.err) == (2, True), said.err


def test_a_wrong_width_is_reported(site: Path, capsys: Capture) -> None:
    edit(site / "content/f.yaml", "width: 30%", "width: 30%;")
    assert "'30%;' is not a width" in do(capsys, "check", "--root", site).err


def test_html_that_hugo_would_omit_is_reported(site: Path, capsys: Capture) -> None:
    edit(site / "content/compare.md", "## Again", "Some <br> text, a <!-- comment -->.\n\n## Again")
    said = do(capsys, "check", "--root", site)
    assert (said.code, said.err.count("warning[omitted-html]")) == (0, 1)
    assert "Hugo omits the HTML '<br>' in Markdown" in said.err
    edit(site / "sitegen.yaml", "  hugo:\n    tables", "  hugo:\n    alert: [<div>, </div>]\n    tables")
    assert do(capsys, "check", "--root", site).err.count("warning[omitted-html]") == 2
    edit(site / "sitegen.yaml", "  hugo:\n    alert", "  hugo:\n    unsafe: true\n    alert")
    assert "omitted-html" not in do(capsys, "check", "--root", site).err
    do(capsys, "build", "--root", site)
    text = (site / "output/content/en/compare.md").read_text()
    assert "<div>\n\nMind the *step*.\n\n</div>" in text
    assert "Alpha<br>→ x<br>→ y" in text
