"""Redirects from former paths: renamed products, libraries and records, and changed settings of paths."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.support.commands import Capture, do, edit
from tests.support.hugo_sites import LANGUAGES, run_hugo, write_hugo_site
from tests.support.small_site import tree

SETTINGS = """\
title: T
base-url: https://docs.example.com
partials:
  feats: {path: << product.id >>/<< library.id >>/feats, tables: [feats]}
dialects: {html: {url: https://docs.example.com/compat}}
"""
FACTS = """\
products:
  fields: {name: text}
  records:
    office: {name: Office}
    mail: {name: Mail & more}
libraries:
  fields: {name: text}
  records:
    rhine: {name: Rhine}
    elbe: {name: Elbe}
feats:
  fields: {name: text, since: support}
  records:
    a: {name: Alpha, since: 1.2.0}
    b: {name: Beta, since: 1.3.0}
tables:
  feats: {caption: F, from: feats, columns: [{header: N, field: name}, {header: Since, field: since}]}
"""
PAGE = """\
---
title: << product.name >> for << library.name >>
hugo: {aliases: [/own/<< product.id >>-<< library.id >>/]}
---
## Part one

<< partials.feats >>
"""
RENAMED = {
    "office: {name": "ms-office: {was: [bureau, office], name",
    "rhine: {name": "rhine-sdk: {was: rhine, name",
    "a: {name": "alpha: {was: [a, first], name",
}


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with two products and two libraries in a git repository, before anything is renamed."""
    folder = tmp_path / "site"
    (folder / "content").mkdir(parents=True)
    for name, text in {"sitegen.yaml": SETTINGS, "content/base.yaml": FACTS, "content/page.md": PAGE}.items():
        (folder / name).write_text(text)
    git = ["git", "-C", str(folder), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *arguments], check=True)
    return folder


def rename(site: Path) -> None:
    for old, new in RENAMED.items():
        edit(site / "content/base.yaml", f"    {old}", f"    {new}")


def pages(folder: Path) -> set[str]:
    """The folders of the HTML site that contain a page."""
    return {path.parent.relative_to(folder / "html").as_posix() for path in (folder / "html").rglob("index.html")}


def test_each_former_path_leads_to_the_page(site: Path, capsys: Capture) -> None:
    assert do(capsys, "build", "--root", site).code == 0
    before = pages(site / "output")
    rename(site)
    assert do(capsys, "build", "--root", site).code == 0
    html = site / "output/html"
    assert pages(site / "output") >= before
    for folder in ("bureau/rhine-sdk", "bureau/rhine", "office/rhine-sdk", "office/rhine"):
        text = (html / folder / "index.html").read_text()
        assert '<link rel="canonical" href="https://docs.example.com/compat/ms-office/rhine-sdk/">' in text
        assert '<meta name="robots" content="noindex">' in text
        assert '<meta http-equiv="refresh" content="0; url=../../ms-office/rhine-sdk/index.html">' in text
        assert '<a id="target" href="../../ms-office/rhine-sdk/index.html">Office for Rhine</a>' in text
        twin = (html / folder / "index.md").read_text()
        assert twin.startswith("[Office for Rhine](../../ms-office/rhine-sdk/index.md)\n\n")
    assert "url=../rhine-sdk/index.html" in (html / "mail/rhine/index.html").read_text()
    assert "<title>Mail &amp; more for Rhine</title>" in (html / "mail/rhine/index.html").read_text()
    assert "office/elbe" in (html / "sitemap.xml").read_text()
    assert "<loc>https://docs.example.com/compat/office" not in (html / "sitemap.xml").read_text()


def test_rows_keep_their_former_ids(site: Path, capsys: Capture) -> None:
    do(capsys, "build", "--root", site)
    page = site / "output/html/mail/elbe/index.html"
    before = {*re.findall(r' id="(.*?)"', page.read_text())}
    edit(site / "content/base.yaml", "    a: {name", "    alpha: {was: [a, first, b-was], name")
    do(capsys, "build", "--root", site)
    text = page.read_text()
    ids = re.findall(r' id="(.*?)"', text)
    assert {*ids} > before
    assert len(ids) == len({*ids})
    assert re.search(r'<tr id="table-feats-alpha">.*<a id="table-feats-a"></a><a id="table-feats-first"></a>', text)
    assert '<tr id="table-feats-b">' in text


def test_redirects_follow_the_facts(site: Path, capsys: Capture) -> None:
    """They belong to sitegen, are the same after an incremental build, and go with `was`."""
    do(capsys, "build", "--root", site)
    without = tree(site / "output")
    rename(site)
    do(capsys, "build", "--root", site)
    do(capsys, "build", "--root", site, "-o", site.parent / "anew")
    built = {path: text for path, text in tree(site / "output").items() if ".sitegen" not in path}
    assert built == {path: text for path, text in tree(site.parent / "anew").items() if ".sitegen" not in path}
    assert do(capsys, "build", "--root", site, "--check").code == 0
    edit(site / "output/html/office/rhine/index.html", "noindex", "index")
    assert "edited-file" in do(capsys, "build", "--root", site).err
    do(capsys, "build", "--root", site, "--force")
    subprocess.run(["git", "-C", str(site), "checkout", "-q", "content"], check=True)
    do(capsys, "build", "--root", site)
    assert {**tree(site / "output")}.keys() == without.keys()


def test_hugo_redirects_from_each_former_address(site: Path, capsys: Capture, hugo: Path, tmp_path: Path) -> None:
    rename(site)
    edit(site / "sitegen.yaml", "title: T\n", """\
title: T
formats: [hugo]
pages:
  hugo:
    - content/en/compat/<< product.id >>/<< library.id >>.md
    - content/en/<< product.id >>/<< library.id >>/_index.md
fragments: {hugo: layouts/partials}
""")  # fmt: skip
    edit(site / "sitegen.yaml", "dialects: {html: {url: https://docs.example.com/compat}}\n", "")
    said = do(capsys, "build", "--root", site, "-o", tmp_path / "hugo")
    assert (said.code, said.err) == (0, "")
    text = (tmp_path / "hugo/content/en/compat/mail/rhine-sdk.md").read_text()
    assert (
        'aliases:\n  - "/own/mail-rhine-sdk/"\n  - rhine/\n  - "../../mail/rhine-sdk/"\n  - "../../mail/rhine/"\n'
        in text
    )
    write_hugo_site(tmp_path / "hugo", LANGUAGES)
    public = run_hugo(hugo, tmp_path / "hugo")
    for folder in ("compat/office/rhine", "compat/bureau/rhine-sdk", "office/rhine", "ms-office/rhine-sdk"):
        assert "/en/compat/ms-office/rhine-sdk/" in (public / "en" / folder / "index.html").read_text()
    assert "/en/compat/office" not in (public / "en/compat/office/elbe/index.html").read_text()
    assert "/en/compat/ms-office/elbe/" in (public / "en/own/ms-office-elbe/index.html").read_text()


def test_a_page_with_a_url_of_its_own_has_no_redirects(site: Path, capsys: Capture) -> None:
    edit(
        site / "content/page.md",
        "hugo: {aliases: [/own/<< product.id >>-<< library.id >>/]}",
        "hugo: {url: /<< product.id >>.html}",
    )
    rename(site)
    do(capsys, "build", "--root", site)
    assert "aliases" not in (site / "output/hugo/content/ms-office/rhine-sdk.md").read_text()
    assert "hugo/content/office/elbe.md, moved" in do(capsys, "diff", "HEAD", "--breaking", "--root", site).err


def test_a_former_path_may_be_any_file(site: Path, capsys: Capture) -> None:
    paths = "html/<< product.id >>/<< library.id >>/index.html, html/<< product.id >>-<< library.id >>.html"
    edit(site / "sitegen.yaml", "title: T\n", f"title: T\npages: {{html: [{paths}]}}\n")
    said = do(capsys, "build", "--root", site)
    assert (said.code, said.err) == (0, "")
    assert 'url=mail/elbe/index.html"' in (site / "output/html/mail-elbe.html").read_text()
    assert not (site / "output/html/index.md").exists()


def test_own_aliases_are_merged(site: Path, capsys: Capture) -> None:
    rename(site)
    for written, expected in {
        "/x/": ["/x/", "../office/elbe/", "../bureau/elbe/"],
        "[../office/elbe/, /x/]": ["../office/elbe/", "/x/", "../bureau/elbe/"],
        "[]": ["../office/elbe/", "../bureau/elbe/"],
    }.items():
        page = re.sub(r"aliases: .*}", f"aliases: {written}}}", PAGE)
        (site / "content/page.md").write_text(page)
        assert do(capsys, "build", "--root", site).code == 0
        text = (site / "output/hugo/content/ms-office/elbe.md").read_text()
        assert sorted(re.findall(r'^  - "(.*)"$', text, re.MULTILINE)) == sorted(expected)


@pytest.mark.parametrize(
    ("edits", "finding"),
    [
        (
            {"office: {name": "ms-office: {was: office, name", "mail: {name": "office: {name"},
            "error[former-id]: the former id 'office' is still a record of products",
        ),
        (
            {"office: {name": "ms-office: {was: old, name", "mail: {name": "mail: {was: old, name"},
            "error[duplicate]: duplicate former id 'old' in products",
        ),
    ],
)
def test_a_former_id_belongs_to_one_record(site: Path, capsys: Capture, edits: dict[str, str], finding: str) -> None:
    for old, new in edits.items():
        edit(site / "content/base.yaml", f"    {old}", f"    {new}")
    assert finding in do(capsys, "check", "--root", site).err


def test_a_former_path_of_an_existing_page_is_an_error(site: Path, capsys: Capture) -> None:
    edit(site / "content/base.yaml", "    office: {name: Office}", "    ms-office: {was: office, name: Office, f: x}")
    edit(site / "content/base.yaml", "    mail: {name: Mail & more}", "    mail: {name: Mail & more, f: office}")
    edit(
        site / "content/base.yaml",
        "  fields: {name: text}\n  records:\n    ms",
        "  fields: {name: text, f: text}\n  records:\n    ms",
    )
    edit(
        site / "sitegen.yaml",
        "title: T\n",
        "title: T\npages: {hugo: [content/<< product.f >>/<< library.id >>.md, content/<< product.id >>/<< library.id >>.md]}\n",
    )
    said = do(capsys, "check", "--root", site)
    assert (said.code, said.err.count("error[")) == (1, 1)
    assert (
        "error[same-path]: two outputs have the path 'content/office/rhine.md': a redirect and hugo (sitegen.yaml:2:16)"
        in said.err
    )
    assert "--> content/base.yaml:4:22" in said.err


def test_diff_reports_paths_without_a_redirect(site: Path, capsys: Capture) -> None:
    rename(site)
    said = do(capsys, "diff", "HEAD", "--breaking", "--root", site)
    assert said.code == 1
    assert "hugo/content/" not in said.err.replace("hugo/layouts", "")
    assert "html/" not in said.err
    moved = "removed: the path hugo/layouts/partials/office/rhine/feats.html, moved to hugo/layouts/partials/ms-office/rhine-sdk/feats.html"
    assert moved in said.err
    edit(site / "sitegen.yaml", "title: T\n", "title: T\nformats: [hugo, html]\n")
    edit(
        site / "sitegen.yaml",
        "partials:\n  feats: {path: << product.id >>/<< library.id >>/feats, tables: [feats]}\n",
        "",
    )
    edit(site / "content/page.md", "partials.feats", "tables.feats")
    said = do(capsys, "diff", "HEAD", "--breaking", "--root", site)
    assert {*re.findall(r"the path (\w+)/", said.err)} == {"markdoc", "hugo"}
    assert "hugo/content" not in said.err


def test_diff_reports_changed_settings_of_paths(site: Path, capsys: Capture) -> None:
    edit(
        site / "sitegen.yaml",
        "title: T\n",
        "title: T\npages:\n  html: html/c/<< product.id >>/<< library.id >>/index.html\n",
    )
    said = do(capsys, "diff", "HEAD", "--breaking", "--root", site)
    assert "removed: the path html/mail/elbe/index.html, moved to html/c/mail/elbe/index.html" in said.err
    edit(
        site / "sitegen.yaml",
        "  html: html/c/<< product.id >>/<< library.id >>/index.html",
        "  html: [html/c/<< product.id >>/<< library.id >>/index.html, html/<< product.id >>/<< library.id >>/index.html]",
    )
    assert do(capsys, "diff", "HEAD", "--breaking", "--root", site).code == 0
    do(capsys, "build", "--root", site)
    assert "../../c/mail/elbe/index.html" in (site / "output/html/mail/elbe/index.html").read_text()


def test_diff_reports_the_pages_of_a_product_that_another_one_replaces(site: Path, capsys: Capture) -> None:
    """It existed next to the other one, so that it has not only another id."""
    edit(site / "content/base.yaml", "    office: {name: Office}\n", "")
    edit(site / "content/base.yaml", "    mail: {name", "    mail: {was: office, name")
    said = do(capsys, "diff", "HEAD", "--breaking", "--root", site)
    assert (said.code, "removed: the page office/elbe\n" in said.err) == (1, True)


def test_diff_reports_moved_json(site: Path, capsys: Capture) -> None:
    edit(site / "sitegen.yaml", "compat}}", "compat, data: [api]}}")
    subprocess.run(
        ["git", "-C", str(site), "-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qam", "b"], check=True
    )
    rename(site)
    said = do(capsys, "diff", "HEAD", "--breaking", "--root", site)
    moved = "the path html/api/v1/pages/office/rhine.json, moved to html/api/v1/pages/ms-office/rhine-sdk.json"
    assert moved in said.err
    assert do(capsys, "build", "--root", site).code == 0
    assert (site / "output/html/api/v1/pages/ms-office/rhine-sdk.json").exists()


RELEASES = """\
releases:
  fields: {version: versions, status: lifecycle}
  records:
    v1: {version: 1.x, status: {ga: 2024-01-01, eol: 2027-01-01}}
"""


def test_diff_reports_moved_and_removed_files_about_releases(site: Path, capsys: Capture) -> None:
    edit(site / "sitegen.yaml", "compat}}", "compat, data: [endoflife, calendar, feed]}}")
    (site / "content/releases.yaml").write_text(RELEASES)
    git = ["git", "-C", str(site), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "b"], check=True)
    arguments = ("diff", "HEAD", "--breaking", "--root", site, "--as-of", "2026-04-01")
    assert do(capsys, *arguments).code == 0
    rename(site)
    do(capsys, "build", "--root", site, "--as-of", "2026-04-01")
    files = {path.relative_to(site / "output").as_posix() for path in (site / "output/html").rglob("*")}
    said = do(capsys, *arguments)
    moved = dict(re.findall(r"removed: the path (html/\S*rhine\.\w+), moved to (\S+)$", said.err, re.MULTILINE))
    assert moved == {
        "html/api/endoflife/rhine.json": "html/api/endoflife/rhine-sdk.json",
        "html/api/endoflife/v1/products/rhine.json": "html/api/endoflife/v1/products/rhine-sdk.json",
        "html/calendar/rhine.ics": "html/calendar/rhine-sdk.ics",
        "html/feed/rhine.xml": "html/feed/rhine-sdk.xml",
    }
    assert {*moved.values()} <= files
    assert said.code == 1
    edit(site / "content/base.yaml", "was: rhine, name", "was: rhine, reason: Announced in March., name")
    assert "rhine.xml" not in do(capsys, *arguments).err
    edit(site / "sitegen.yaml", ", calendar, feed", "")
    assert "html/feed/elbe.xml" in do(capsys, *arguments).err


def test_a_problem_of_a_format_is_a_finding_on_a_page_with_former_paths(site: Path, capsys: Capture) -> None:
    rename(site)
    edit(site / "content/page.md", "## Part one", "**bold `code`**")
    (site / "sitegen.yaml").write_text(f"formats: [html, rst]\n{SETTINGS}")
    said = do(capsys, "check", "--root", site)
    assert said.code == 1
    assert "error[no-equivalent]: reStructuredText has no equivalent of markup in bold text" in said.err + said.out
