"""Regions: a hand-written file shows a partial between two comments, and nothing else of it ever changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import markdown
import pytest

from tests.support.commands import Capture, Said, do, edit
from tests.support.git import commit, git
from tests.support.readers import (
    Element,
    Grid,
    read_as_github,
    read_as_mkdocs,
    read_as_rst,
    read_html,
    read_with_hugo,
    read_with_markdoc,
    read_with_mdx,
    tables,
    text_of,
)

SETTINGS = """\
title: Facts
formats: [markdoc]
partials:
  features: {path: << library.id >>/features, tables: [features], each: library}
regions: REGIONS
"""
FACTS = """\
libraries:
  fields: {name: text}
  records:
    java: {name: Java}
    go: {name: Go}

features:
  fields: {name: text, flag: code, since: support}
  records:
    one: {name: One | *two* <b>, flag: a|b, since: 1.0.0, note: Not on _Windows_}
    two: {name: "- three: x_y_ {z} [^1]", flag: --flag, since: 2.0.0}

tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}, {header: Flag, field: flag}, {header: Since, field: since}]
"""
JAVA = """\
library: java

features:
  records:
    three: {name: Three, flag: c, since: 3.0.0}
"""
COMMENTS = {"mdx": ("{/* ", " */}"), "rst": (".. ", ""), "markdoc": ('[//]: # "', '"')}
SHOWN = [
    ["Feature", "Flag", "Since"],
    ["One | *two* <b>", "a|b", "1.0.0"],
    ["- three: x_y_ {z} [^1]", "--flag", "2.0.0"],
    ["Three", "c", "3.0.0"],
]


def region(name: str = "java/features", format_name: str = "github") -> str:
    """The comments of an empty region."""
    opening, closing = COMMENTS.get(format_name, ("<!-- ", " -->"))
    return f"{opening}sitegen begin {name}{closing}\n\n{opening}sitegen end{closing}\n"


def write_site(root: Path, regions: str = "github: ../README.md") -> Path:
    """Write a site into the folder `facts` of a repository."""
    (root / "facts/content").mkdir(parents=True)
    (root / "facts/sitegen.yaml").write_text(SETTINGS.replace("REGIONS", f"{{{regions}}}"))
    (root / "facts/content/facts.yaml").write_text(FACTS)
    (root / "facts/content/java.yaml").write_text(JAVA)
    (root / "facts/content/page.md").write_text("---\ntitle: << library.name >>\neach: library\n---\nText.\n")
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with a site and a README with a region."""
    write_site(tmp_path)
    (tmp_path / "README.md").write_text(f"# Title\n\nAbove\n\n{region()}\nBelow\n")
    return tmp_path


def run(capsys: Capture, root: Path, command: str = "build", *more: str) -> Said:
    """Run a command for the site of a repository."""
    return do(capsys, command, "--root", root / "facts", "--as-of", "2026-04-01", *more)


def build(capsys: Capture, root: Path, *more: str) -> Said:
    """Build, which must succeed."""
    said = run(capsys, root, "build", *more)
    assert said.err == ""
    assert said.code == 0
    return said


def codes(capsys: Capture, root: Path, command: str = "check", *more: str) -> list[str]:
    """The findings of a command: code, place."""
    said = run(capsys, root, command, "--format", "json", *more)
    found = json.loads(said.out)["findings"]
    return [f"{each['code']} {each['file']}:{each['line']}:{each['column']}" for each in found]


def shown(path: Path) -> list[Grid]:
    """The tables of a README."""
    return [table.rows for table in tables(read_as_github(path.read_text()))]


# --- what readers see ----------------------------------------------------------------


def page(format_name: str) -> str:
    """A page with two regions, between paragraphs."""
    title = "Title\n=====" if format_name == "rst" else "# Title"
    front = "---\ntitle: Title\n---\n" if format_name == "hugo" else ""
    regions = f"{region('java/features', format_name)}\nBetween\n\n{region('go/features', format_name)}"
    return f"{front}{title}\n\nAbove\n\n{regions}\nBelow\n"


def filled(capsys: Capture, root: Path, format_name: str) -> str:
    """A page with regions after a build."""
    write_site(root, f"{format_name}: ../docs/*.txt")
    (root / "docs").mkdir()
    path = root / "docs/page.txt"
    path.write_text(page(format_name))
    build(capsys, root)
    text = path.read_text()
    assert build(capsys, root).out.startswith("0 written, ")
    assert build(capsys, root, "--check").out.endswith("files are up to date\n")
    assert path.read_text() == text
    return text


def assert_shown(main: Element) -> None:
    rows = [[[cell.removesuffix("[^1]").strip() for cell in row] for row in table.rows] for table in tables(main)]
    wanted = [[[cell.removesuffix("[^1]").strip() for cell in row] for row in each] for each in (SHOWN, SHOWN[:3])]
    assert rows == wanted
    text = text_of(main)
    assert [text.count(word) for word in ("Above", "Between", "Below", "Title")] == [1, 1, 1, 1]
    assert text.count("Not on Windows") == 2
    assert "sitegen" not in text


@pytest.mark.parametrize(
    ("format_name", "read"), [("github", read_as_github), ("mkdocs", read_as_mkdocs), ("rst", read_as_rst)]
)
def test_readers_see_the_cells_of_the_facts(
    format_name: str, read: Callable[[str], Element], tmp_path: Path, capsys: Capture
) -> None:
    assert_shown(read(filled(capsys, tmp_path, format_name)))


@pytest.mark.parametrize(("format_name", "read"), [("github", read_as_github), ("mkdocs", read_as_mkdocs)])
def test_a_region_needs_no_empty_lines_around_it(
    format_name: str, read: Callable[[str], Element], tmp_path: Path, capsys: Capture
) -> None:
    root, path = write_site(tmp_path, f"{format_name}: ../README.md"), tmp_path / "README.md"
    tight = region(format_name=format_name).replace("\n\n", "\n")
    path.write_text(f"- item\n{tight}text\n\n1. one\n2. two\n{tight}# Title\n")
    build(capsys, root)
    main = read(path.read_text())
    assert [len(table.rows) for table in tables(main)] == [4, 4]
    assert [text_of(item) for item in main.all("li")][:3] == ["item", "one", "two"]
    assert "text" in [text_of(paragraph) for paragraph in main.all("p")]
    assert [text_of(heading) for heading in main.all("h1")] == ["Title"]


def test_marks_of_notes_do_not_refer_to_footnotes_of_the_author(tmp_path: Path, capsys: Capture) -> None:
    """Many sites of MkDocs enable the extension `footnotes`."""
    text = filled(capsys, tmp_path, "mkdocs") + "\nMine[^1]\n\n[^1]: A footnote of the author.\n"
    html = markdown.markdown(text, extensions=["tables", "footnotes"])
    assert html.count('href="#fn:1"') == 1
    assert_shown(read_html(f"<main>{html}</main>", fragment=True))


@pytest.mark.parametrize("configuration", ["html", "no html"])
def test_hugo_shows_the_cells(hugo: Path, configuration: str, tmp_path: Path, capsys: Capture) -> None:
    text = filled(capsys, tmp_path / "site", "hugo")
    files = {"content/web/page.md": text}
    assert_shown(read_with_hugo(hugo, tmp_path / "hugo", files, configuration)["web/page.md"].main)


def test_the_oldest_hugo_shows_the_cells(oldest_hugo: Path, tmp_path: Path, capsys: Capture) -> None:
    text = filled(capsys, tmp_path / "site", "hugo")
    files = {"content/web/page.md": text}
    assert_shown(read_with_hugo(oldest_hugo, tmp_path / "hugo", files, "no html")["web/page.md"].main)


def test_mdx_shows_the_cells(node: Path, npm: Path, tmp_path: Path, capsys: Capture) -> None:
    assert_shown(read_with_mdx(node, npm, {"page": filled(capsys, tmp_path, "mdx")})["page"])


def test_markdoc_shows_the_cells(node: Path, markdoc: Path, tmp_path: Path, capsys: Capture) -> None:
    read = read_with_markdoc(node, markdoc, {"page": filled(capsys, tmp_path, "markdoc")})["page"]
    assert read.problems == []
    assert_shown(read.tree)


# --- the rest of the file ------------------------------------------------------------

BEGIN, END = b"<!-- sitegen begin java/features -->", b"<!-- sitegen end -->"


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("around", [(b"", b""), (b"a\n\n\tb  \n", b"\nc\x0c"), (b"a\r\n", b"\n\nd\n")])
def test_the_rest_is_kept_byte_by_byte(
    root: Path, capsys: Capture, ending: bytes, mark: bytes, around: tuple[bytes, bytes]
) -> None:
    """In particular line endings, a byte order mark, and no line break at the end."""
    readme, (above, below) = root / "README.md", around
    below = below.replace(b"\x0c", b" ")
    readme.write_bytes(mark + above + BEGIN + ending + END + below)
    build(capsys, root)
    data = readme.read_bytes()
    assert data.startswith(mark + above + BEGIN[:-4] + b" [")
    assert data.endswith(ending + ending + END + below)
    inside = data[len(mark + above) : -len(END + below) or None]
    assert inside.count(b"\n") == inside.count(ending) == 10
    assert shown(readme) == [SHOWN]
    edit(root / "facts/content/java.yaml", "3.0.0", "3.1.0")
    assert build(capsys, root).out.startswith("2 written, ")
    after = readme.read_bytes()
    assert (after[: len(mark + above)], after[-len(END + below) :]) == (mark + above, END + below)


def test_links_and_modes_are_kept(root: Path, capsys: Capture) -> None:
    real = root / "docs/front page.md"
    real.parent.mkdir()
    (root / "README.md").rename(real)
    (root / "README.md").symlink_to("docs/front page.md")
    real.chmod(0o640)
    build(capsys, root)
    assert (root / "README.md").readlink() == Path("docs/front page.md")
    assert real.stat().st_mode & 0o777 == 0o640
    assert shown(real) == [SHOWN]
    assert [path.name for path in real.parent.iterdir()] == ["front page.md"]


def test_a_filled_region_that_is_checked_out_with_other_line_endings_is_not_edited(root: Path, capsys: Capture) -> None:
    build(capsys, root)
    readme = root / "README.md"
    readme.write_bytes(readme.read_bytes().replace(b"\n", b"\r\n"))
    assert codes(capsys, root) == []
    edit(root / "facts/content/java.yaml", "3.0.0", "3.1.0")
    assert build(capsys, root).out.startswith("2 written, ")
    assert readme.read_bytes().count(b"\n") == readme.read_bytes().count(b"\r\n")


# --- edits ---------------------------------------------------------------------------


def test_an_edited_region_is_an_error_before_anything_is_written(root: Path, capsys: Capture) -> None:
    build(capsys, root)
    edit(root / "README.md", "3.0.0", "9.9.9")
    edit(root / "facts/content/java.yaml", "3.0.0", "3.1.0")
    before = (root / "README.md").read_bytes(), (root / "facts/output/markdoc/java.md").read_bytes()
    for command in (["check"], ["build"], ["build", "--check"]):
        assert codes(capsys, root, *command) == ["edited-region ../README.md:5:1"]
        assert run(capsys, root, *command).code == 1
    assert before == ((root / "README.md").read_bytes(), (root / "facts/output/markdoc/java.md").read_bytes())
    forced = run(capsys, root, "build", "--force")
    assert (forced.code, forced.out[:2]) == (0, "2 ")
    assert forced.err.startswith("overwritten (edited by hand): ")
    assert shown(root / "README.md")[0][3] == ["Three", "c", "3.1.0"]


def test_an_emptied_region_is_filled_again(root: Path, capsys: Capture) -> None:
    build(capsys, root)
    lines = (root / "README.md").read_text().split("\n")
    (root / "README.md").write_text("\n".join([*lines[:5], *lines[lines.index(END.decode()) :]]))
    assert shown(root / "README.md") == []
    build(capsys, root)
    assert (root / "README.md").read_text().split("\n") == lines


@pytest.mark.parametrize("mark", [True, False])
def test_a_region_with_the_current_rows_needs_only_its_mark(root: Path, capsys: Capture, mark: bool) -> None:
    """As after a merge of two branches, or if the comment was restored by hand."""
    build(capsys, root)
    text = (root / "README.md").read_text()
    start = text.index(" [")
    damaged = text[: start + 11] + "0" * 24 + text[start + 35 :] if mark else text[:start] + text[start + 36 :]
    (root / "README.md").write_text(damaged)
    assert damaged != text
    assert codes(capsys, root) == []
    build(capsys, root)
    assert (root / "README.md").read_text() == text


def test_a_region_with_other_content_is_not_filled(root: Path, capsys: Capture) -> None:
    edit(root / "README.md", "\n\n<!-- sitegen end", "\n\nNot of sitegen\n\n<!-- sitegen end")
    assert codes(capsys, root, "build") == ["edited-region ../README.md:5:1"]
    assert "Not of sitegen" in (root / "README.md").read_text()


def test_a_large_file_is_reported_since_its_end_is_not_searched(root: Path, capsys: Capture) -> None:
    (root / "README.md").write_text("x" * 8 * 1024 * 1024 + "\n" + region())
    said = do(capsys, "build", "--root", root / "facts", "-q")
    assert (said.code, said.err.splitlines()[0]) == (0, "warning[too-large]: the file has more than 8,388,608 bytes")


def test_a_file_that_changes_during_the_build_is_read_again(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sitegen.build import output  # noqa: PLC0415 - only this test replaces something in it

    compare = output._compare

    def compare_and_edit(*arguments: object) -> object:
        if "Above" in (text := (root / "README.md").read_text()):
            (root / "README.md").write_text(text.replace("Above", "Edited meanwhile"))
        return compare(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(output, "_compare", compare_and_edit)
    build(capsys, root)
    assert "Edited meanwhile" in (root / "README.md").read_text()
    assert shown(root / "README.md") == [SHOWN]


# --- checks --------------------------------------------------------------------------


def test_check_reports_outdated_regions_like_files(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(capsys, root)
    edit(root / "facts/content/java.yaml", "3.0.0", "3.1.0")
    monkeypatch.chdir(root)
    arguments = ("build", "--root", "facts", "--as-of", "2026-04-01", "--check")
    said = do(capsys, *arguments, "--diff")
    assert said.code == 1
    assert "outdated          README.md\n" in said.out
    assert said.out.count("  -| Three ") == 2
    assert "  --- disk/README.md\n  +++ built/README.md\n" in said.out
    assert said.err == "2 files differ; build and commit the result\n"
    assert (
        "::error file=README.md,line=5,col=1,title=outdated-file::" in do(capsys, *arguments, "--format", "github").out
    )
    results = json.loads(do(capsys, *arguments, "--format", "sarif").out)["runs"][0]["results"]
    places = [each["locations"][0]["physicalLocation"] for each in results]
    assert places[-1]["artifactLocation"]["uri"] == "README.md"
    assert places[-1]["region"]["startLine"] == 5
    text = (root / "README.md").read_text()
    assert "3.0.0" in text


def test_findings_name_the_file_from_the_current_folder(
    root: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(root / "README.md", "java/features", "java/feature")
    monkeypatch.chdir(root)
    said = do(capsys, "check", "--root", "facts", "--format", "github")
    assert said.out.startswith("::error file=README.md,line=5,col=1,title=unknown-partial::")


# --- which files and builds ----------------------------------------------------------


def test_patterns_find_files_in_folders(tmp_path: Path, capsys: Capture) -> None:
    root = write_site(tmp_path, "github: [../README.md, ../docs/**/*.md, ../*.md]")
    for name in ("README.md", "docs/a.md", "docs/b/c.md"):
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(region())
    (root / "docs/without.md").write_bytes(b"\xff no region")
    assert build(capsys, root).out.startswith("7 written, ")
    assert all(shown(root / name) == [SHOWN] for name in ("README.md", "docs/a.md", "docs/b/c.md"))
    (root / "docs/new.md").write_text(region("go/features"))
    assert build(capsys, root).out.startswith("1 written, ")
    assert shown(root / "docs/new.md") == [SHOWN[:3]]
    (root / "docs/a.md").unlink()
    assert build(capsys, root).out.startswith("0 written, ")


def test_generated_files_and_sources_are_not_hand_written(tmp_path: Path, capsys: Capture) -> None:
    """A page may show the comments; the file that is built from it has no regions."""
    root = write_site(tmp_path, "github: '**/*.md'")
    (root / "facts/README.md").write_text(region())
    with (root / "facts/content/page.md").open("a") as page:
        page.write(f"\n{region()}")
    for output in (root / "facts/output", root / "facts/other"):
        build(capsys, root, "-o", str(output))
        assert build(capsys, root, "-o", str(output)).out.startswith("0 written, ")
        shutil.rmtree(output / ".sitegen")  # as in a clone
        said = [build(capsys, root, "-o", str(output), "--profile").out for _ in range(2)]
        assert [each[:10] for each in said] == ["0 written,"] * 2
        assert "Nothing to do" in said[1]
        shutil.rmtree(output)
    assert shown(root / "facts/README.md") == [SHOWN]


@pytest.mark.parametrize("pattern", ["../packages/**/README.md", "../**/**/README.md", "../packages/**"])
def test_packages_that_link_to_each_other_are_read_once(root: Path, capsys: Capture, pattern: str) -> None:
    """As in a workspace of pnpm, where a walk along the links would not end."""
    (root / "README.md").unlink()
    for name in "abc":
        (root / "packages" / name / "node_modules").mkdir(parents=True)
        (root / "packages" / name / "README.md").write_text(region())
        for other in {*"abc"} - {name}:
            (root / "packages" / name / "node_modules" / other).symlink_to(f"../../{other}")
    edit(root / "facts/sitegen.yaml", "../README.md", f'"{pattern}"')
    edit(root / "facts/sitegen.yaml", "[markdoc]", "[]")
    assert build(capsys, root).out.startswith("3 written, ")
    assert build(capsys, root, "--check").out == "3 files are up to date\n"


def test_only_other_formats_leave_regions(root: Path, capsys: Capture) -> None:
    before = (root / "README.md").read_bytes()
    build(capsys, root, "--only", "markdoc")
    do(capsys, "partials", "--root", root / "facts", "-o", root / "partials", "--only", "markdoc")
    assert (root / "README.md").read_bytes() == before
    do(capsys, "partials", "--root", root / "facts", "-o", root / "facts/output", "--only", "markdoc")
    build(capsys, root)
    assert shown(root / "README.md") == [SHOWN]
    assert do(capsys, "clean", "--root", root / "facts").code == 0
    assert shown(root / "README.md") == [SHOWN]


@pytest.mark.parametrize(
    "how", ["--jobs=1", "--jobs=2", "--jobs=4", "--executor=concurrent.futures:ThreadPoolExecutor"]
)
def test_a_build_refreshes_the_regions_that_show_a_changed_fact(root: Path, capsys: Capture, how: str) -> None:
    readme = root / "README.md"
    readme.write_text(f"{region()}\n{region('go/features')}\n{region()}")
    build(capsys, root, how)
    assert shown(readme) == [SHOWN, SHOWN[:3], SHOWN]
    edit(root / "facts/content/java.yaml", "3.0.0", "3.1.0")
    said = build(capsys, root, how, "--profile")
    assert "Rebuilt 1 of 2 libraries: content/java.yaml changed." in said.out
    assert [table[-1][2] for table in shown(readme)] == ["3.1.0", "2.0.0", "3.1.0"]
    edit(root / "facts/content/facts.yaml", "since: 2.0.0", "since: 2.1.0")
    build(capsys, root, how)
    assert [table[2][2] for table in shown(readme)] == ["2.1.0"] * 3


def test_an_edit_of_prose_rebuilds_nothing(root: Path, capsys: Capture) -> None:
    build(capsys, root)
    edit(root / "README.md", "Above", "Elsewhere")
    said = build(capsys, root, "--profile")
    assert said.out.startswith("0 written, ")
    assert "Rebuilt" not in said.out
    edit(root / "README.md", "Below\n", f"Below\n\n{region('go/features')}")
    said = build(capsys, root, "--profile")
    assert "Full rebuild: shared source ../README.md changed." in said.out
    assert shown(root / "README.md") == [SHOWN, SHOWN[:3]]
    assert "Nothing to do" in build(capsys, root, "--profile").out


def test_regions_may_be_all_that_a_site_publishes(root: Path, capsys: Capture) -> None:
    """A clone without output is up to date."""
    edit(root / "facts/sitegen.yaml", "formats: [markdoc]", "formats: []")
    assert build(capsys, root).out.startswith("1 written, 0 unchanged, 0 removed")
    shutil.rmtree(root / "facts/output")
    assert build(capsys, root, "--check").out == "1 file is up to date\n"
    edit(root / "facts/content/java.yaml", "3.0.0", "3.1.0")
    assert run(capsys, root, "build", "--check").code == 1
    assert codes(capsys, root) == []


def test_a_partial_without_rows_empties_its_region(root: Path, capsys: Capture) -> None:
    build(capsys, root)
    edit(root / "facts/content/facts.yaml", "from: features\n", "from: features\n    where: {name: Nowhere}\n")
    assert "empty-region ../README.md:5:1" in codes(capsys, root)
    assert run(capsys, root).code == 0
    assert shown(root / "README.md") == []
    edit(root / "facts/content/facts.yaml", "    where: {name: Nowhere}\n", "")
    build(capsys, root)
    assert shown(root / "README.md") == [SHOWN]


def test_two_sites_keep_regions_in_one_file(root: Path, capsys: Capture) -> None:
    """Each fills its own, as long as the names of their partials differ."""
    other = write_site(root / "other")
    edit(other / "facts/sitegen.yaml", "title: Facts", "title: Others")
    edit(other / "facts/sitegen.yaml", "path: ", "path: other/")
    edit(other / "facts/sitegen.yaml", "../README.md", "../../README.md")
    build(capsys, root)
    with (root / "README.md").open("a") as readme:
        readme.write(f"\n{region('other/go/features')}")
    build(capsys, other)
    build(capsys, root)
    assert shown(root / "README.md") == [SHOWN, SHOWN[:3]]
    for each in (root, other):
        assert build(capsys, each, "--check").out.endswith("up to date\n")
    edit(other / "facts/sitegen.yaml", "path: other/", "path: ")
    edit(root / "README.md", "other/go", "go")
    assert codes(capsys, root, "build") == ["edited-region ../README.md:19:1"]


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
def test_a_clone_and_a_merge_keep_regions(root: Path, capsys: Capture) -> None:
    """Either side of a conflict in a region may be kept."""
    git(root, "init", "-q")
    build(capsys, root)
    commit(root)
    clone = root.with_name(f"{root.name}-clone")
    git(root, "clone", "-q", root, clone)
    assert build(capsys, clone, "--check").code == 0
    assert build(capsys, clone).out.startswith("0 written, ")
    assert git(clone, "status", "--porcelain") == ""
    git(root, "switch", "-qc", "other")
    edit(root / "facts/content/java.yaml", "3.0.0", "3.1.0")
    build(capsys, root)
    commit(root)
    git(root, "switch", "-q", "main")
    edit(root / "facts/content/facts.yaml", "since: 2.0.0", "since: 2.1.0")
    build(capsys, root)
    commit(root)
    with pytest.raises(AssertionError, match="CONFLICT"):
        git(root, "merge", "-q", "other")
    assert "merge-conflict ../README.md:5:1" in codes(capsys, root)
    git(root, "checkout", "-q", "--ours", "README.md", "facts/output")
    build(capsys, root)
    assert [row[2] for row in shown(root / "README.md")[0]] == ["Since", "1.0.0", "2.1.0", "3.1.0"]
    commit(root, "Merge")
    assert git(root, "status", "--porcelain") == ""


# --- comments that are not those of a region -----------------------------------------

RST = """\
Title
=====

Write this::

    .. sitegen begin java/features
    .. sitegen end

.. code-block:: rst
   :linenos:

   .. sitegen begin java/features

   .. sitegen end

.. sitegen begin java/features

.. sitegen end
"""
GITHUB = f"""\
# Title

1. Write `<!-- sitegen begin a/b -->`:

   ```html
   {BEGIN.decode()}
   {END.decode()}
   ```

~~~~markdown
{BEGIN.decode()}
```
~~~
{END.decode()}
~~~~

{region()}"""


LAST = f"{region()}\n```\n{BEGIN.decode()}\n{END.decode()}\n```"


@pytest.mark.parametrize(
    ("format_name", "text"), [("rst", RST), ("github", GITHUB), ("mkdocs", GITHUB), ("github", LAST)]
)
def test_a_file_can_document_regions(tmp_path: Path, capsys: Capture, format_name: str, text: str) -> None:
    root = write_site(tmp_path, f"{format_name}: ../README.md")
    (root / "README.md").write_text(text)
    build(capsys, root)
    after = (root / "README.md").read_text()
    assert after.count("| One") + after.count("* - One") == 1
    if not text.startswith("<"):
        assert after.startswith(text[: text.rindex("java/features")])


PROBLEMS = {
    "in a list": ("github", f"- a\n\n  {region()}", ["bad-region 3:3"]),
    "in a quote": ("github", f"> {BEGIN.decode()}\n> {END.decode()}\n", ["bad-region 1:1", "bad-region 2:1"]),
    "in a numbered list": ("github", f"1. {region()}", ["bad-region 1:1"]),
    "in a line": ("mdx", f"<b>{region(format_name='mdx')}", ["bad-region 1:1"]),
    "no end": ("github", f"a\n\n{BEGIN.decode()}\n", ["bad-region 3:1"]),
    "no end, twice": ("github", f"{BEGIN.decode()}\n{region()}", ["bad-region 1:1"]),
    "no begin": ("github", f"a\n\n{END.decode()}\n", ["bad-region 3:1"]),
    "no name": ("github", region(""), ["bad-region 1:1"]),
    "two names": ("github", region("a/b c/d"), ["bad-region 1:1"]),
    "a broken mark": ("github", region("java/features [1f0c2a9b:5d4]"), ["bad-region 1:1"]),
    "text after it": ("github", region().replace(" -->\n\n", " --> text\n\n"), ["bad-region 1:1"]),
    "two lines": ("github", "<!-- sitegen begin\njava/features -->\n" + END.decode(), ["bad-region 1:1"]),
    "an unknown name": ("github", region("java/feature"), ["unknown-partial 1:1"]),
    "in a paragraph": ("rst", f"a\n{region('java/features', 'rst')}", ["bad-region 2:1"]),
    "before a paragraph": ("rst", f"{region('java/features', 'rst')}a\n", ["bad-region 3:1"]),
    "before a quote": ("rst", f"{region('java/features', 'rst')}\n  a\n", ["bad-region 3:1"]),
    "in a note": ("rst", ".. note::\n\n   .. sitegen begin java/features\n\n.. sitegen end\n", ["bad-region 3:4"]),
    "twice with notes": (
        "rst",
        f"{region('java/features', 'rst')}\n{region('java/features', 'rst')}",
        ["bad-region 5:1"],
    ),
    "in a paragraph of Markdoc": ("markdoc", f"a\n{region('java/features', 'markdoc')}", ["bad-region 2:1"]),
}


@pytest.mark.parametrize("name", PROBLEMS)
def test_problems_have_places_and_change_nothing(tmp_path: Path, capsys: Capture, name: str) -> None:
    format_name, text, wanted = PROBLEMS[name]
    root = write_site(tmp_path, f"{format_name}: ../README.md")
    (root / "README.md").write_text(text)
    found = codes(capsys, root, "build")
    assert found == [each.replace(" ", " ../README.md:") for each in wanted]
    assert (root / "README.md").read_text() == text
    assert not (root / "facts/output").exists()


SETTINGS_PROBLEMS = {
    "github: ../MISSING.md": "no-region sitegen.yaml:5:19",
    "github: '../*.rst'": "no-region sitegen.yaml:5:19",
    "mdx: ../README.md": "no-region sitegen.yaml:5:16",
    "github: content/page.md": "no-region sitegen.yaml:5:19",
    "github: [../README.md, output/markdoc/java.md]": "no-region sitegen.yaml:5:34",
    "{github: ../README.md, mkdocs: ../README.md}": "bad-region sitegen.yaml:5:41",
    "html: ../README.md": "unknown-key sitegen.yaml:5:11",
    "github: {a: b}": "wrong-shape sitegen.yaml:5:19",
}


@pytest.mark.parametrize("regions", SETTINGS_PROBLEMS)
def test_problems_of_the_setting(root: Path, capsys: Capture, regions: str) -> None:
    build(capsys, root)
    flow = regions if regions.startswith("{") else f"{{{regions}}}"
    edit(root / "facts/sitegen.yaml", "regions: {github: ../README.md}", f"regions: {flow}")
    assert codes(capsys, root, "build") == [SETTINGS_PROBLEMS[regions]]
    assert run(capsys, root).code == 2
