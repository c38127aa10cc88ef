"""The layouts of docs/layouts.md in real git repositories: a clone, a merge and a pull, read by the real Hugo."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

import pytest

from tests.support.commands import Capture, do, edit
from tests.support.git import commit, git
from tests.support.hugo_sites import run_hugo, write_hugo_site

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="needs git")

DAY = "2026-04-01"
JAVA = "content/libraries/java.yaml"
FEATURES = "monitoring/java/features.html"
PAGE = '---\ntitle: Requirements\n---\n{{< partial name="compat/monitoring/java/features.html" >}}\n'


def partials(capsys: Capture, facts: Path, docs: Path, *more: str) -> tuple[int, str, str]:
    """Write the partials of a site into a Hugo site, or compare them."""
    return do(capsys, "partials", "--root", facts, "-o", docs / "layouts/partials/compat", "--as-of", DAY, *more)


def new_docs(folder: Path) -> Path:
    """A repository of a Hugo site with a page that shows a partial."""
    write_hugo_site(folder)
    (folder / "content").mkdir()
    (folder / "content/requirements.md").write_text(PAGE)
    (folder / ".gitignore").write_text("/public/\n.hugo_build.lock\n")
    git(folder, "init", "-q")
    return folder


def shown(hugo: Path, docs: Path) -> str:
    return (run_hugo(hugo, docs) / "requirements/index.html").read_text(encoding="utf-8")


def assert_clean(capsys: Capture, facts: Path, docs: Path) -> None:
    """Check that the committed partials are those of the facts, and that a run changes nothing."""
    assert partials(capsys, facts, docs, "--check")[:2] == (0, "6 files are up to date\n")
    code, out, err = partials(capsys, facts, docs)
    assert (code, out.partition(" in ")[0], err) == (0, "0 written, 6 unchanged, 0 removed", "")
    assert git(docs, "status", "--porcelain") == ""


def test_facts_in_the_docs_repository(hugo: Path, tmp_path: Path, capsys: Capture) -> None:
    docs = new_docs(tmp_path / "docs")
    assert do(capsys, "new", docs / "facts", "-q").code == 0
    partials(capsys, docs / "facts", docs)
    commit(docs)
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", docs, "clone")
    clone = tmp_path / "clone"
    assert_clean(capsys, clone / "facts", clone)

    git(clone, "switch", "-qc", "java")  # a branch in the clone, and another change in the origin
    edit(clone / "facts" / JAVA, "traces: {since: 2.1.0}", "traces: {since: 2.1.7}")
    partials(capsys, clone / "facts", clone)
    commit(clone)
    edit(docs / "facts/content/facts.yaml", "name: Monitoring", "name: Observing")
    partials(capsys, docs / "facts", docs)
    commit(docs)
    git(clone, "fetch", "-q")
    try:  # both changed the same partial: Git may leave a conflict in it, but not in the facts
        git(clone, "merge", "-q", "origin/main")
    except AssertionError:
        assert {path.split("/")[0] for path in git(clone, "diff", "--name-only", "--diff-filter=U").split()} == {
            "layouts"
        }
    code, _, err = partials(capsys, clone / "facts", clone)
    assert (code, err) == (0, "")
    commit(clone, "Merge")
    assert_clean(capsys, clone / "facts", clone)
    git(docs, "pull", "-q", clone, "java")
    assert_clean(capsys, docs / "facts", docs)
    html = shown(hugo, docs)
    assert "2.1.7" in html
    assert "Features of Observing for Java" in html
    assert git(docs, "status", "--porcelain") == ""


def test_partials_from_another_repository(hugo: Path, tmp_path: Path, capsys: Capture) -> None:
    facts, docs = tmp_path / "facts", new_docs(tmp_path / "docs")
    do(capsys, "new", facts, "-q")
    git(facts, "init", "-q")
    commit(facts)
    git(facts, "tag", "v1")
    git(tmp_path, "clone", "-q", "--branch", "v1", facts, "checkout")
    partials(capsys, tmp_path / "checkout", docs)
    commit(docs)
    git(tmp_path, "clone", "-q", docs, "clone")
    clone = tmp_path / "clone"
    assert_clean(capsys, facts, clone)  # of another checkout of the facts

    edit(facts / JAVA, "traces: {since: 2.1.0}", "traces: {since: 2.1.7}")
    edit(facts / "sitegen.yaml", "    path: << library.id >>/releases", "    path: << library.id >>/versions")
    commit(facts)
    git(tmp_path / "checkout", "pull", "-q", "origin", "main")
    assert "2 removed" in partials(capsys, tmp_path / "checkout", clone)[1]
    commit(clone)
    git(docs, "pull", "-q", clone, "main")
    assert_clean(capsys, tmp_path / "checkout", docs)
    assert "2.1.7" in shown(hugo, docs)


def test_partials_from_a_release_artifact(hugo: Path, tmp_path: Path, capsys: Capture) -> None:
    facts, docs = tmp_path / "facts", new_docs(tmp_path / "docs")
    do(capsys, "new", facts, "-q")
    do(capsys, "build", "--root", facts, "--as-of", DAY)
    with tarfile.open(tmp_path / "partials.tar", "w") as archive:
        archive.add(facts / "output/hugo/layouts/partials", "compat")
    with tarfile.open(tmp_path / "partials.tar") as archive:
        archive.extractall(docs / "layouts/partials", filter="data")
    commit(docs)
    assert_clean(capsys, facts, docs)
    assert "Features of Monitoring for Java" in shown(hugo, docs)
    git(docs, "rm", "-q", f"layouts/partials/compat/{FEATURES}")
    code, out, _ = partials(capsys, facts, docs, "--check")
    assert (code, out) == (1, f"missing           {docs}/layouts/partials/compat/{FEATURES}\n")


SITE = """\
title: Requirements
formats: [hugo]
pages: {site: {hugo: content/<< page.id >>.md}}
fragments: {hugo: layouts/partials/compat}
partials:
  tools: {path: tools, tables: [tools], each: site}
"""
TOOLS = """\
tools:
  fields: {name: text, since: support, kind: one of editor / shell / browser}
  records:
    vim: {name: Vim, since: "9.0", kind: editor}
    fish: {name: fish, since: "3.7", kind: shell}
    firefox: {name: Firefox, since: "115", kind: browser}
tables:
  tools: {caption: Tools, from: tools, columns: [{header: Tool, field: name}, {header: Since, field: since}]}
  editors: {like: tools, caption: Editors, where: {kind: editor}}
  shells: {like: tools, caption: Shells, where: {kind: shell}}
  browsers: {like: tools, caption: Browsers, where: {kind: browser}}
"""


def test_pages_by_topic_without_products_and_libraries(hugo: Path, tmp_path: Path, capsys: Capture) -> None:
    """Three tables on three pages, and no invented word in a path or a text."""
    docs = new_docs(tmp_path / "docs")
    (docs / "content/requirements.md").write_text('---\ntitle: All\n---\n{{< partial name="compat/tools.html" >}}\n')
    (docs / "facts/content").mkdir(parents=True)
    (docs / "facts/sitegen.yaml").write_text(SITE)
    (docs / "facts/content/tools.yaml").write_text(TOOLS)
    for topic in ("editors", "shells", "browsers"):
        text = f"---\ntitle: {topic}\neach: site\npage: {topic}\n---\n<< tables.{topic} >>\n"
        (docs / f"facts/content/{topic}.md").write_text(text)
    checked = do(capsys, "check", "--root", docs / "facts", "--as-of", DAY)
    assert checked.out.startswith("No problems. 3 pages and 1 partial can be built")
    build = ("build", "--root", docs / "facts", "-o", docs, "--as-of", DAY)
    assert do(capsys, *build).out.startswith("4 written")
    commit(docs)
    git(tmp_path, "clone", "-q", docs, "clone")
    clone = tmp_path / "clone"
    again = ("build", "--root", clone / "facts", "-o", clone, "--as-of", DAY)
    assert do(capsys, *again).out.startswith("0 written, 4 unchanged, 0 removed")
    assert git(clone, "status", "--porcelain") == ""
    public = run_hugo(hugo, clone)
    for topic, name in {"editors": "Vim", "shells": "fish", "browsers": "Firefox", "requirements": "Vim"}.items():
        assert f">{name}</t" in (public / topic / "index.html").read_text()
    written = "".join(path.read_text() for path in (clone / "content").glob("*.md"))
    assert "product" not in written + checked.out
    assert "library" not in written + checked.out
    for topic in ("editors", "shells", "browsers"):  # only partials are left
        (clone / f"facts/content/{topic}.md").unlink()
    assert do(capsys, *again).out.startswith("0 written, 1 unchanged, 3 removed")
    assert "0 pages and 1 partial can be built" in do(capsys, "check", "--root", clone / "facts", "--as-of", DAY).out


@pytest.mark.slow
def test_build_and_partials_treat_each_event_alike(tmp_path: Path, capsys: Capture) -> None:
    facts, docs = tmp_path / "facts", tmp_path / "docs"
    do(capsys, "new", facts, "-q")
    settings = "formats: [hugo]\nfragments: {hugo: layouts/partials/compat}\npages: {hugo: content/<< product.id >>/<< library.id >>.md}\n"
    (facts / "sitegen.yaml").write_text((facts / "sitegen.yaml").read_text() + settings)
    folder = docs / "layouts/partials/compat"
    whole = ("build", "--root", facts, "-o", docs, "--as-of", DAY)
    part = ("partials", "--root", facts, "-o", folder, "--as-of", DAY)
    for first, second in ((whole, part), (part, whole)):
        assert do(capsys, *first).code == 0
        assert " 6 unchanged" in do(capsys, *part).out or do(capsys, *whole).code == 0
        file = folder / FEATURES
        kinds = {
            "missing": lambda file=file: file.unlink(),
            "edited": lambda file=file: edit(file, "Metrics", "Measures"),
        }
        for kind, event in kinds.items():
            event()
            for command in (first, second):
                assert do(capsys, *command, "--check", "--format", "json").out.count(f'"code": "{kind}-file"') == 1, (
                    kind
                )
                assert f"title={kind}-file::" in do(capsys, *command, "--check", "--format", "github").out
                assert f'"ruleId": "{kind}-file"' in do(capsys, *command, "--check", "--format", "sarif").out
                if kind != "missing":
                    assert (do(capsys, *command).code, f"error[{kind}-file]" in do(capsys, *command).err) == (1, True)
            assert do(capsys, *second, "--force").code == 0
        edit(facts / "sitegen.yaml", "    path: << library.id >>/releases", "    path: << library.id >>/r")
        for command in (first, second):
            assert do(capsys, *command, "--check", "--format", "json").out.count('"code": "orphaned-file"') == 2
        assert "2 removed" in do(capsys, *first).out
        assert do(capsys, *second).code == 0
        edit(facts / "sitegen.yaml", "    path: << library.id >>/r\n", "    path: << library.id >>/releases\n")


def test_only_the_folder_of_a_site_may_contain_the_facts(tmp_path: Path, capsys: Capture) -> None:
    do(capsys, "new", tmp_path / "facts", "-q")
    build = ("build", "--root", tmp_path / "facts", "-o", tmp_path, "--as-of", DAY)
    said = do(capsys, *build)
    assert (said.code, "contains other files" in said.err) == (2, True)
    (tmp_path / "hugo.toml").write_text("")
    assert do(capsys, *build).code == 0
    settings = (tmp_path / "facts/sitegen.yaml").read_text()
    (tmp_path / "facts/sitegen.yaml").write_text(f"{settings}\nfragments: {{hugo: facts/partials}}\n")
    said = do(capsys, *build)
    assert (said.code, "is inside the site; write another path in sitegen.yaml" in said.err) == (2, True)
    assert not (tmp_path / "facts/partials").exists()


def test_a_diff_of_a_site_without_products_is_about_the_whole_site(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "sitegen.yaml").write_text(
        "partials: {databases: {path: databases, tables: [databases], each: site}}\n"
    )
    facts = tmp_path / "content/facts.yaml"
    facts.write_text(
        "databases:\n  fields: {name: text, since: support}\n  records:\n    mysql: {name: MySQL, since: 8.0.1}\n"
        "tables:\n  databases:\n    caption: Databases\n    from: databases\n"
        "    columns: [{header: Database, field: name}, {header: Since, field: since}]\n"
    )
    git(tmp_path, "init", "-q")
    commit(tmp_path)
    edit(facts, "8.0.1", "8.4.0")
    said = do(capsys, "diff", "HEAD", "--root", tmp_path, "--as-of", DAY, "--breaking")
    assert "\nThe whole site\n  Databases\n    raised         MySQL – Since: 8.0.1 → 8.4.0\n" in said.out
    assert "  raised: MySQL – Since: 8.0.1 → 8.4.0 (The whole site)\n" in said.err
