"""Sources that are links: links inside the site are read, and links out of it are refused."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from sitegen.files.sources import Disk, Kind, all_files, files_below, read_source, read_texts, templates_folder
from sitegen.site.loading import load_site
from sitegen.verification import lock_path
from tests.support.commands import Capture, Said, do
from tests.support.sites import tiny

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a system where anybody may make symbolic links")

DAY = "2026-04-01"
PLANTED = "planted-4711"
TABLES = """\
tables:
  features:
    caption: Features
    from: features
    columns: [{header: Feature, field: name}]
"""
FACTS = f"""\
features:
  fields: {{name: text}}
  records:
    login: {{name: Log in}}
{TABLES}"""
PAGE = "---\ntitle: Page\n---\n<< tables.features >>\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site with a page and a fact, next to a folder with secrets."""
    folder = tmp_path / "site"
    for name, data in tiny(FACTS, "<< tables.features >>\n").items():
        if name.startswith(("content/", "sitegen")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "page.md").write_text(f"---\ntitle: {PLANTED}\n---\n", "utf-8")
    (secrets / "facts.yaml").write_text(f"api_key: {PLANTED}\n", "utf-8")
    for name in ("fragment.html", "site.css", "logo.svg"):
        (secrets / name).write_text(f"<% {PLANTED} %>", "utf-8")
    return folder


def link(path: Path, target: str | Path) -> None:
    """Create a link and its parent folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def everywhere(folder: Path) -> bytes:
    """All bytes of all files in a folder."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def said_and_written(capsys: Capture, site: Path, *more: str) -> tuple[Said, bytes]:
    """The results of a build and a check, and the content of the output."""
    checked = do(capsys, "check", "--root", site, "--as-of", DAY, *more)
    built = do(capsys, "build", "--root", site, "--as-of", DAY, *more)
    assert PLANTED not in checked.err + checked.out + built.err + built.out
    return Said(built.code, checked.out, checked.err), everywhere(site / "output")


SOURCES = """\
content content/away content/deep/er/away content/page.md content/facts.yaml content/renamed.yaml sitegen.yaml
partials partials/fragment.html themes themes/default themes/default/assets/site.css themes/default/assets/extra.css
themes/default/assets/logo.svg"""


@pytest.mark.parametrize("where", SOURCES.split())
@pytest.mark.parametrize("way", ["direct", "relative", "through a link in the site"])
def test_files_outside_the_site_are_refused_and_never_shown(where: str, way: str, site: Path, capsys: Capture) -> None:
    path = site / where
    target = site.parent / "secrets"
    if "." in path.name:
        target /= {".md": "page.md", ".yaml": "facts.yaml", ".html": "fragment.html", ".css": "site.css"}.get(
            path.suffix, "logo.svg"
        )
    if path.is_dir():
        path.rename(site.parent / "old")
    path.unlink(missing_ok=True)
    if way == "relative":
        target = Path(os.path.relpath(target, path.parent))
    elif way == "through a link in the site":
        link(site / "aside/way", target)
        target = site / "aside/way"
    link(path, target)
    said, written = said_and_written(capsys, site)
    assert said.code == (2 if where == "sitegen.yaml" else 1)
    assert f"error[refused-link]: this link leads out of the site\n --> {where}:1:1\n" in said.err
    assert said.err.count("error[") == 1, "the consequences are not reported"
    assert written == b""


@pytest.mark.parametrize("name", [".env", ".git/config", "aside/.hidden/page.md"])
def test_links_to_hidden_files_of_the_site_are_refused(name: str, site: Path, capsys: Capture) -> None:
    (site / name).parent.mkdir(parents=True, exist_ok=True)
    (site / name).write_text(f"---\ntitle: {PLANTED}\n---\n", "utf-8")
    link(site / "content/other.md", site / name)
    said, written = said_and_written(capsys, site)
    assert (said.code, written) == (1, b"")
    assert "error[refused-link]: this link leads to a hidden file or folder\n --> content/other.md:1:1\n" in said.err


@pytest.mark.parametrize("target", ["nothing", "self.md", "/nowhere/at/all", "page.md/below"])
@pytest.mark.parametrize("name", ["self.md", "folder"])
def test_a_link_that_leads_nowhere_is_an_error(name: str, target: str, site: Path, capsys: Capture) -> None:
    link(site / "content" / name, name if target == "self.md" else target)
    said, _ = said_and_written(capsys, site)
    assert said.code == 1
    assert f"error[refused-link]: the target of this link does not exist\n --> content/{name}:1:1\n" in said.err


@pytest.mark.parametrize("name", ["picture.png", ".hidden.md", "notes.txt", ".#facts.yaml"])
def test_a_link_that_is_not_a_source_is_ignored(name: str, site: Path, capsys: Capture) -> None:
    link(site / "content" / name, "nowhere")
    said, written = said_and_written(capsys, site)
    assert said == Said(0, said.out, "")
    assert b"Log in" in written


def test_a_linked_folder_in_the_site_is_read(site: Path, capsys: Capture) -> None:
    (site / "content/facts.yaml").rename(site / "facts.yaml")
    (site / "shared/deep").mkdir(parents=True)
    (site / "facts.yaml").rename(site / "shared/deep/facts.yaml")
    link(site / "content/more", "../shared")
    said, written = said_and_written(capsys, site)
    assert said == Said(0, said.out, "")
    assert b"Log in" in written
    (site / "shared/deep/facts.yaml").write_text(FACTS.replace("name: Log in", "nmae: Log in"), "utf-8")
    said, _ = said_and_written(capsys, site)
    assert " --> content/more/deep/facts.yaml:4:" in said.err
    (site / "shared/deep/facts.yaml").write_text(FACTS.replace("Log in", "Sign in"), "utf-8")
    said, written = said_and_written(capsys, site)
    assert (said.code, b"Sign in" in written, b"Log in" in written) == (0, True, False)


@pytest.mark.parametrize("folder", ["content", "content/sub", "partials", "themes", "themes/default"])
def test_folders_of_sources_can_be_links(folder: str, site: Path, capsys: Capture) -> None:
    for name, data in tiny(FACTS).items():
        if name.startswith(("themes/", "partials/")):
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_bytes(data)
    (site / "content/sub").mkdir()
    (site / "content/facts.yaml").rename(site / "content/sub/facts.yaml")
    said_and_written(capsys, site)
    (site / folder).rename(site / "real")
    link(site / folder, site / "real")
    said, written = said_and_written(capsys, site)
    assert said == Said(0, said.out, "")
    assert b"Log in" in written
    assert do(capsys, "build", "--root", site, "--as-of", DAY, "--check").code == 0


def test_the_folder_of_a_site_can_be_a_link(site: Path, capsys: Capture) -> None:
    (site / "content/facts.yaml").rename(site / "real.yaml")
    link(site / "content/facts.yaml", site / "real.yaml")
    link(site.parent / "by-link", site)
    said, _ = said_and_written(capsys, site.parent / "by-link")
    assert said == Said(0, said.out, "")


@pytest.mark.parametrize("target", ["facts.yaml", "../content/facts.yaml", "sub", "."])
def test_facts_are_not_read_twice(target: str, site: Path, capsys: Capture) -> None:
    (site / "content/sub").mkdir()
    (site / "content/roles.yaml").rename(site / "content/sub/roles.yaml")
    link(site / "content/again.yaml" if target.endswith("yaml") else site / "content/again", target)
    said, written = said_and_written(capsys, site)
    assert said.code == 0
    assert b"Log in" in written
    assert "warning[repeated-link]: the target of this link is already a source\n --> content/again" in said.err
    assert said.err.count("[") == 1


def test_the_second_of_two_links_to_the_same_facts_is_reported(site: Path, capsys: Capture) -> None:
    (site / "shared").mkdir()
    (site / "content/facts.yaml").rename(site / "shared/facts.yaml")
    for name, target in (("a", "../shared"), ("b", "../shared"), ("c.yaml", "../shared/facts.yaml")):
        link(site / "content" / name, target)
    link(site / "shared/loop", "../shared")
    said, written = said_and_written(capsys, site)
    assert said.code == 0
    assert b"Log in" in written
    assert [line for line in said.err.splitlines() if "-->" in line] == [
        " --> content/a/loop:1:1",
        " --> content/b:1:1",
        " --> content/c.yaml:1:1",
    ]


@pytest.mark.parametrize("target", ["..", "../../site", "../up"])
def test_a_link_to_a_parent_folder_is_an_error(target: str, site: Path, capsys: Capture) -> None:
    link(site / "up", ".")
    link(site / "content/around", target)
    said, _ = said_and_written(capsys, site)
    assert said.code == 1
    assert "error[refused-link]: this link leads to a folder that contains it\n --> content/around:1:1\n" in said.err


def test_a_page_can_have_a_second_name(site: Path, capsys: Capture) -> None:
    (site / "content/page.md").write_text("---\ntitle: Page\nfor: web\n---\n<% include '_one.md' %>\n", "utf-8")
    (site / "content/other.md").write_text("---\ntitle: Page\nfor: api\n---\n<% include '_two.md' %>\n", "utf-8")
    (site / "content/_one.md").write_text("<< tables.features >>\n", "utf-8")
    link(site / "content/_two.md", "_one.md")
    said, _ = said_and_written(capsys, site)
    assert said == Said(0, said.out, "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_is_reported_and_never_opened(site: Path, capsys: Capture) -> None:
    os.mkfifo(site / "content/pipe.md")
    link(site / "content/other.md", "pipe.md")
    said, _ = said_and_written(capsys, site)
    assert said.code == 0
    assert said.err.count("warning[unread-file]: this is not a regular file\n") == 2


class Deep(Disk):
    """A chain of nested folders with a file in the last one."""

    def entries(self, folder: str) -> list[tuple[str, Kind]]:
        return [("d", "folder")] if folder.count("/") < 3000 else [("facts.yaml", "file")]


def test_folders_can_be_nested_deeper_than_the_recursion_limit() -> None:
    assert len([*files_below(Deep("site"), "site", "content")]) == 1


def test_a_file_that_became_a_link_after_the_scan_is_not_read(site: Path) -> None:
    files = all_files(site, templates_folder())
    (site / "content/facts.yaml").unlink()
    link(site / "content/facts.yaml", site.parent / "secrets/facts.yaml")
    with pytest.raises(OSError, match="symbolic link"):
        read_source(files["content/facts.yaml"])


def test_default_templates_can_be_links_of_an_installer(tmp_path: Path) -> None:
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache/fragment.html").write_text("<p>", "utf-8")
    link(tmp_path / "package/partials/fragment.html", tmp_path / "cache/fragment.html")
    package = tmp_path / "package"
    found = dict(files_below(Disk(str(package), trusted=True), str(package), "partials"))
    assert found == {"partials/fragment.html": str(tmp_path / "cache/fragment.html")}


def test_the_preview_reads_the_same_sources(site: Path) -> None:
    link(site / "content/away.md", site.parent / "secrets/page.md")
    loaded = load_site(read_texts(site, templates_folder()))
    assert [(finding.code, finding.place.file) for finding in loaded.findings] == [("refused-link", "content/away.md")]


def test_fixes_go_to_the_file_that_a_link_leads_to(site: Path, capsys: Capture) -> None:
    (site / "content/page.md").rename(site / "real.md")
    (site / "real.md").write_text("---\ntitle: Page\n---\n[a](https://example.com )\n<< tables.features >>\n", "utf-8")
    link(site / "content/page.md", "../real.md")
    do(capsys, "check", "--root", site, "--as-of", DAY, "--fix")
    assert (site / "content/page.md").is_symlink()


def test_a_link_with_a_new_target_is_read_again(site: Path, capsys: Capture) -> None:
    build = ("build", "--root", site, "--as-of", DAY)
    link(site / "way", "content")
    link(site / "content/again.yaml", "../way/facts.yaml")
    assert do(capsys, *build).err.startswith("warning[repeated-link]")
    (site / "way").unlink()
    link(site / "way", site.parent / "secrets")
    said = do(capsys, *build)
    assert (said.code, said.err.partition("\n")[0]) == (1, "error[refused-link]: this link leads out of the site")


@pytest.mark.parametrize("folder", ["content", "content/sub"])
def test_an_output_inside_linked_sources_is_refused(folder: str, site: Path, capsys: Capture) -> None:
    (site / "content").rename(site / "real")
    link(site / "content", "real")
    said = do(capsys, "build", "--root", site, "--as-of", DAY, "-o", site / "real/sub")
    assert said.code == 2
    assert "is inside the sources in content/" in said.err
    assert not (site / folder / "sub").exists()


# --- other files of the site ---------------------------------------------------------


def test_a_lock_outside_the_site_is_neither_read_nor_written(site: Path, capsys: Capture) -> None:
    settings = "verify: {pypi: {package: libraries.package, branches: {versions: releases.versions}}}\n"
    (site / "sitegen.yaml").write_text(settings, "utf-8")
    facts = FACTS + "releases: {fields: {versions: versions}, records: {v1: {versions: '>=1'}}}\n"
    (site / "content/facts.yaml").write_text(facts, "utf-8")
    roles = (site / "content/roles.yaml").read_text("utf-8")
    roles = roles.replace("libraries:\n  fields: {name: text}", "libraries:\n  fields: {name: text, package: text}")
    roles = roles.replace("{name: Python}", "{name: Python, package: pkg}")
    (site / "content/roles.yaml").write_text(roles, "utf-8")
    assert do(capsys, "verify", "--root", site, "--as-of", DAY).err.startswith("error[no-lock]")
    lock = site / lock_path("pypi", "pkg")
    (site.parent / "secrets/pkg.json").write_text(PLANTED, "utf-8")
    link(lock, site.parent / "secrets/pkg.json")
    for more in ((), ("--update",)):
        said = do(capsys, "verify", "--root", site, "--as-of", DAY, *more)
        assert said == Said(2, "", f"sitegen verify: error: {lock} leads out of the site; remove the link\n")


# --- revisions of git ----------------------------------------------------------------


def git(folder: Path, *arguments: str) -> None:
    """Run Git without the settings of the user."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    name = ["-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *name, *arguments], cwd=folder, check=True, capture_output=True, env=env)


def committed(site: Path) -> None:
    """Commit all files."""
    if not (site.parent / ".git").exists():
        git(site.parent, "init", "-q")
    git(site.parent, "add", "-A", "-f")
    git(site.parent, "commit", "-q", "-m", "State")


def test_links_in_a_revision_are_read_as_in_the_folder(site: Path, capsys: Capture) -> None:
    (site / "shared/sub").mkdir(parents=True)
    (site / "content/facts.yaml").rename(site / "shared/sub/facts.yaml")
    link(site / "by", "shared")
    link(site / "content/more", "../by/sub")
    link(site / "content/again", "more")
    link(site / "content/_two.md", "../shared/_one.md")
    (site / "shared/_one.md").write_text("<< tables.features >>\n", "utf-8")
    committed(site)
    said = do(capsys, "diff", "--root", site, "--as-of", DAY, "HEAD", "--format", "json")
    assert (said.code, json.loads(said.out)["changes"]) == (0, [])
    assert said.err.count("warning[repeated-link]") == 2, "in the folder and at the revision"
    (site / "shared/sub/facts.yaml").write_text(FACTS.replace("Log in", "Sign in"), "utf-8")
    said = do(capsys, "diff", "--root", site, "--as-of", DAY, "HEAD", "--format", "json")
    assert [(each["old"], each["new"]) for each in json.loads(said.out)["changes"]] == [("Log in", "Sign in")]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("../../secrets/facts.yaml", "this link leads out of the site"),
        ("/etc/passwd", "this link leads out of the site"),
        ("../out/facts.yaml", "this link leads out of the site"),
        ("nothing", "the target of this link does not exist"),
        ("link.yaml", "the target of this link does not exist"),
        ("../.env", "this link leads to a hidden file or folder"),
        ("..", "this link leads to a folder that contains it"),
    ],
)
def test_links_are_refused_at_a_revision_too(target: str, message: str, site: Path, capsys: Capture) -> None:
    link(site / "out", "../secrets")
    (site / ".env").write_text(f"key: {PLANTED}", "utf-8")
    link(site / "content/link.yaml", target)
    committed(site)
    (site / "content/link.yaml").unlink()
    said = do(capsys, "diff", "--root", site, "--as-of", DAY, "HEAD")
    assert said.code == 1
    assert f"error[refused-link]: {message}\n --> content/link.yaml:1:1\n" in said.err
    assert PLANTED not in said.err + said.out
