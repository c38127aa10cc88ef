"""The commands: their effects, their output and its streams, and their exit codes."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from sitegen import __version__
from sitegen.cli import main
from tests.support.commands import Capture, Said, do, edit, run, run_in_terminal
from tests.support.requirements import needs_terminal
from tests.support.sites import ROOT, own_build, own_texts
from tests.support.small_site import DAY, STATE, building, folder_for_all, only_pages, share, small_site, tree, unmarked

COMMON = ["-h", "--help", "--root", "-q", "--quiet", "-v", "--verbose", "--color"]
CONTENT = ["--as-of", "-s", "--strict", "--format"]
OPTIONS = {
    "new": ["--from", "-h", "--help", "-q", "--quiet", "-v", "--verbose", "--color"],
    "build": [
        *COMMON,
        *CONTENT,
        "-o",
        "--output",
        "--only",
        "--check",
        "--diff",
        "--force",
        "-j",
        "--jobs",
        "--executor",
        "--profile",
        "--why",
    ],
    "partials": [*COMMON, *CONTENT, "-o", "--output", "--only", "--check", "--diff", "--watch", "--force"],
    "check": [*COMMON, *CONTENT, "--fix"],
    "serve": [*COMMON, "--as-of", "--port", "--host", "--allowed-host", "--open"],
    "explain": [*COMMON, *CONTENT],
    "diff": [*COMMON, *CONTENT, "--breaking"],
    "upcoming": [*COMMON, *CONTENT, "--days"],
    "verify": [*COMMON, *CONTENT, "--update"],
    "schema": COMMON,
    "clean": [*COMMON, "-o", "--output"],
}


def usage_error(command: str, message: str) -> str:
    """What is printed about a command line that cannot be parsed."""
    program = f"sitegen {command}".strip()
    return f"{program}: error: {message}\nRun '{program} --help' for help.\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A small site before its first build."""
    return small_site(tmp_path / "site")


@pytest.fixture
def built(site: Path) -> Path:
    """A small site after a build in two formats."""
    assert main(building(site, "-q")) == 0
    return site


def broken(site: Path) -> Path:
    """Add an error to the facts of a site."""
    edit(site / "content/facts.yaml", "since: 1.10", "since: 1.10, snice: 1.10")
    return site


# --- help and usage ------------------------------------------------------------------


@pytest.mark.parametrize("command", OPTIONS)
def test_help_names_and_explains_every_option(command: str, capsys: Capture) -> None:
    said = do(capsys, command, "--help")
    assert said.code == 0
    assert said.err == ""
    assert f"\nexamples:\n  sitegen {command}" in said.out
    assert "exit codes:" not in said.out, "these are in the help of the whole program"
    listed = re.findall(r"^  (-.+?)(?:  +(\S.*)|\n {10,}(\S.*))?$", said.out, re.MULTILINE)
    named = {name for names, *_ in listed for name in re.findall(r"(?<![\w-])--?[a-z][a-z-]*", names)}
    assert named == set(OPTIONS[command])
    assert [names for names, same_line, next_line in listed if not (same_line or next_line)] == []


def test_help_names_every_command(capsys: Capture) -> None:
    said = do(capsys, "--help")
    assert said.code == 0
    assert set(OPTIONS) <= set(re.findall(r"^    (\w+) ", said.out, re.MULTILINE))
    for code in ("0", "1", "2", "3", "4", "75", "130"):
        assert re.search(rf"(?:^| ){code} +\w", said.out.partition("exit codes:")[2], re.MULTILINE)


def test_version_is_printed_without_loading_the_engine() -> None:
    assert run("--version") == Said(0, f"sitegen {__version__}\n", "")
    loads = "import sys\nfrom sitegen.cli import main\ntry: main(['--version'])\nfinally: print({'yaml', 'jinja2'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", loads], capture_output=True, check=True, encoding="utf-8")
    assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize(
    "arguments", [(), ("bulid",), ("build", "--outptu", "x"), ("partials",), ("check", "--format", "xml"), ("-x",)]
)
def test_a_wrong_command_line_is_exit_code_2(arguments: Sequence[str], capsys: Capture) -> None:
    said = do(capsys, *arguments)
    assert said.code == 2
    assert said.out == ""
    assert re.fullmatch(r"(sitegen(?: \w+)?): error: .+\nRun '\1 --help' for help\.\n", said.err)


# --- exit codes ----------------------------------------------------------------------


def _as_it_is(site: Path) -> None:
    """Change nothing."""


def _lock_out(site: Path) -> None:
    (site / "file").write_bytes(b"")


def _settings(site: Path) -> None:
    edit(site / "sitegen.yaml", "partials:", "partial:")


def _drift(site: Path) -> None:
    edit(site / "content/facts.yaml", "since: 1.10", "since: 1.11")


def _foreign(site: Path) -> None:
    (site / "output/hugo/alpha.md").write_bytes(b"mine")
    shutil.rmtree(site / "output/.sitegen")


def _edited(site: Path) -> None:
    (site / "output/hugo/alpha.md").write_bytes(b"mine")


ONLY = ["--only", "hugo", "--only", "markdoc"]
CASES: dict[str, tuple[Callable[[Path], object], list[str], int]] = {
    "a build": (_as_it_is, ["build", *ONLY], 0),
    "a build of changes": (_drift, ["build", *ONLY], 0),
    "nothing to write": (_as_it_is, ["build", *ONLY, "--check"], 0),
    "a good content": (_as_it_is, ["check"], 0),
    "a clean": (_as_it_is, ["clean"], 0),
    "a finding in a build": (broken, ["build"], 1),
    "a finding in a check": (broken, ["check"], 1),
    "a finding in a comparison": (broken, ["build", "--check"], 1),
    "drift": (_drift, ["build", *ONLY, "--check"], 1),
    "drift of fragments": (_drift, ["partials", "--check", "-o", "SITE/fragments"], 1),
    "a foreign file": (_foreign, ["build"], 1),
    "an edited file that clean keeps": (_edited, ["clean"], 1),
    "facts of two days": (_as_it_is, ["diff", "2026-01-01"], 0),
    "what is upcoming": (_as_it_is, ["upcoming"], 0),
    "a finding on one side": (broken, ["diff", "2026-01-01"], 1),
    "a finding before looking ahead": (broken, ["upcoming"], 1),
    "a revision without a repository": (_as_it_is, ["diff", "main"], 2),
    "no settings": (lambda site: (site / "sitegen.yaml").unlink(), ["build"], 2),
    "no site": (_as_it_is, ["check", "--root", "SITE/content"], 2),
    "wrong settings": (_settings, ["check"], 2),
    "an unknown format": (_as_it_is, ["build", "--only", "hogu"], 2),
    "a day that is none": (_as_it_is, ["build", "--as-of", "2026-02-30"], 2),
    "output among the sources": (_as_it_is, ["build", "-o", "SITE/content/output"], 2),
    "output below a file": (_lock_out, ["build", "-o", "SITE/file/output"], 3),
    "fragments below a file": (_lock_out, ["partials", "-o", "SITE/file/output"], 3),
}


@pytest.mark.parametrize("name", CASES)
def test_exit_codes_do_not_depend_on_verbosity(name: str, built: Path, capsys: Capture) -> None:
    prepare, arguments, code = CASES[name]
    prepare(built)
    arguments = [argument.replace("SITE", str(built)) for argument in arguments]
    if arguments[0] != "clean" and "--as-of" not in arguments:
        arguments += ["--as-of", DAY]
    if "--root" not in arguments:
        arguments += ["--root", str(built)]
    before = only_pages(tree(built))
    for flags in ((), ("-q",), ("-v",), ("-q", "-v"), ("--color", "always")):
        said = do(capsys, *arguments, *flags)
        assert said.code == code, (flags, said)
        assert "Traceback" not in said.err
        if code in (2, 3):
            assert said.out == ""
        if code == 3:
            assert said.err.startswith("sitegen: ")
            assert str(built / "file") in said.err
            assert said.err.count("\n") == 1
        if code == 0:
            assert said.err == ""
            assert said.out == "" or "-q" not in flags or "-v" in flags
        else:
            assert said.err or said.out
        if code and arguments[0] != "clean":
            assert only_pages(tree(built)) == before
        if arguments[0] == "clean":
            break


def test_a_process_ends_with_the_exit_code(built: Path) -> None:
    assert run(*building(built)).code == 0
    _drift(built)
    assert run(*building(built), "--check").code == 1
    broken_day = run("build", "--root", built, "--as-of", "soon")
    assert broken_day == Said(2, "", usage_error("build", "--as-of: 'soon' is not a date such as 2026-04-01"))


def test_an_unreadable_source_is_exit_code_3_and_reported(
    built: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (built / "content/odd.yaml").write_text("", "utf-8")
    opened = os.open

    def failing(path: str, flags: int, *more: int) -> int:
        if str(path).endswith("odd.yaml"):
            raise OSError(errno.EIO, "Input/output error", path)
        return opened(path, flags, *more)

    monkeypatch.setattr(os, "open", failing)
    before = only_pages(tree(built / "output"))
    said = do(capsys, *building(built))
    assert said.code == 3
    assert said.out == ""
    assert said.err.startswith(f"sitegen: {built / 'content/odd.yaml'}: ")
    assert said.err.count("\n") == 1
    assert only_pages(tree(built / "output")) == before


def test_results_go_to_stdout_and_problems_to_stderr(built: Path) -> None:
    said = run(*building(built), "-v")
    *paths, last = said.out.splitlines()
    assert paths == sorted(str(built / "output" / path) for path in only_pages(tree(built / "output")))
    assert re.fullmatch(r"0 written, 8 unchanged, 0 removed in \d+\.\d\d s", last)
    assert said.err == ""

    said = run("build", "--root", broken(built), "--as-of", DAY, "-q")
    assert said.out == ""
    assert said.err.startswith("error[unknown-field]: ")
    assert re.search(r"^ *--> content/facts\.yaml:\d+:\d+$", said.err, re.MULTILINE)


def test_warnings_are_errors_when_strict(site: Path, capsys: Capture) -> None:
    assert do(capsys, "check", "--root", site, "--as-of", DAY, "--strict").code == 0


# --- color --------------------------------------------------------------------------


def test_output_into_a_pipe_has_no_color(site: Path) -> None:
    said = run("check", "--root", broken(site), drop=["NO_COLOR"])
    assert said.err.startswith("error[")
    assert "\x1b" not in said.err + said.out


def test_color_can_be_enabled(site: Path) -> None:
    said = run("check", "--root", broken(site), "--color", "always", env={"NO_COLOR": "1"})
    assert said.err.startswith("\x1b[")
    assert re.sub(r"\x1b\[[0-9;]*m", "", said.err) == run("check", "--root", site).err


@needs_terminal
def test_a_terminal_shows_color_unless_disabled(site: Path) -> None:
    check = ("check", "--root", broken(site))
    assert "\x1b[1;31merror" in run_in_terminal(*check)
    assert "\x1b" not in run_in_terminal(*check, env={"NO_COLOR": "1"})
    assert "\x1b" not in run_in_terminal(*check, "--color", "never")
    assert "\x1b" in run_in_terminal(*check, env={"NO_COLOR": ""})


# --- build ---------------------------------------------------------------------------


def test_the_default_site_is_the_current_folder(site: Path) -> None:
    said = run("build", *ONLY, "--as-of", DAY, "-v", cwd=site)
    assert said.code == 0
    assert said.out.splitlines()[0] == str(Path("output/hugo/alpha.md"))
    assert len(only_pages(tree(site / "output"))) == 8


def test_only_does_not_change_files_of_other_formats(built: Path, capsys: Capture) -> None:
    before = tree(built / "output")
    small_site(built, "second")

    said = do(capsys, "build", "--root", built, "--as-of", DAY, "--only", "hugo")

    assert said.code == 0
    assert said.out.startswith("4 written, 0 unchanged, 2 removed")
    after = tree(built / "output")
    theirs = {path for path in before if path.startswith("markdoc")}
    assert {path for path in after if path.startswith("markdoc")} == theirs
    assert all(after[path] == before[path] for path in theirs)
    assert b"1.20" in after["hugo/alpha.md"]

    assert do(capsys, "build", "--root", built, "--as-of", DAY, "--only", "hugo", "--check").code == 0
    said = do(capsys, *building(built), "--check")
    assert said.code == 1
    assert "hugo" not in said.out.replace(str(built), "")
    assert do(capsys, "build", "--root", built, "--as-of", DAY, "--only", "markdoc", "--only", "hugo").code == 0
    assert do(capsys, *building(built), "--check").code == 0


def test_an_unknown_format_is_reported_with_a_suggestion(site: Path, capsys: Capture) -> None:
    said = do(capsys, "build", "--root", site, "--only", "markdok")
    assert said == Said(2, "", "sitegen build: error: --only: unknown format 'markdok'; did you mean 'markdoc'?\n")
    assert not (site / "output").exists()


def test_a_misspelt_command_is_reported_with_a_suggestion(capsys: Capture) -> None:
    assert do(capsys, "biuld") == Said(2, "", usage_error("", "unknown command 'biuld'; did you mean 'build'?"))
    said = do(capsys, "xyz", "--root", "site")
    assert said.code == 2
    assert "unknown command 'xyz'; expected one of: new, build, partials, import, clean, " in said.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("build", "--strcit"), "unknown option '--strcit'; did you mean '--strict'?"),
        (("build", "--outptu=x"), "unknown option '--outptu'; did you mean '--output'?"),
        (("build", "-Z"), "unknown option '-Z'"),
        (("build", "extra"), "unexpected argument 'extra'"),
        (("check", "--format", "jsn"), "unknown value for --format: 'jsn'; did you mean 'json'?"),
        (("diff", "main", "--format", "x"), "unknown value for --format: 'x'; expected one of: text, markdown, json"),
        (("verify", "--format", "'"), "unknown value for --format: '''; expected one of: text, json, github, sarif"),
        (
            ("verify", "--color", "a (choose from b)"),
            "unknown value for --color: 'a (choose from b)'; expected one of: auto, always, never",
        ),
        (("build", "--only"), "--only: expected one argument"),
        (("build", "-o"), "--output: expected one argument"),
        (("build", "-j", "0"), "--jobs: '0' is not a number from 1 to 256"),
        (("serve", "--port", "70000"), "--port: '70000' is not a number from 0 to 65535"),
        (("upcoming", "--days", "soon"), "--days: 'soon' is not a number from 1 to 3660"),
        (("partials",), "missing argument: --output"),
        (("explain",), "missing argument: WHAT"),
        (("--versoin",), "unknown option '--versoin'; did you mean '--version'?"),
        (("-q", "build"), "write '-q' after the command"),
        (("--root", "site", "build"), "write '--root' after the command"),
        (("--root=site", "build"), "write '--root' after the command"),
        (("--foo", "build"), "unknown option '--foo'"),
        (("--", "build"), "unknown option '--'"),
        ((), "missing command"),
    ],
)
def test_usage_errors_have_one_form_and_a_suggestion(arguments: Sequence[str], message: str, capsys: Capture) -> None:
    command = arguments[0] if arguments and arguments[0] in OPTIONS else ""
    assert do(capsys, *arguments) == Said(2, "", usage_error(command, message))


def test_an_output_that_is_a_file_is_refused(site: Path, capsys: Capture) -> None:
    file = site / "sitegen.yaml"
    said = do(capsys, "build", "--root", site, "-o", file)
    assert said == Said(2, "", f"sitegen build: error: the output folder {file} is a file; name a folder\n")


@pytest.mark.parametrize("content", [None, "a file"])
def test_a_site_without_content_is_reported(content: str | None, tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "sitegen.yaml").write_text("partials: {t: {path: << library.id >>, tables: [t], each: library}}\n")
    if content:
        (tmp_path / "content").write_text(content)
    said = do(capsys, "check", "--root", tmp_path)
    assert said == Said(
        1,
        "",
        "error[no-dataset]: missing folder content/ with facts and pages\n --> content:1:1\n\n1 error in 1 file\n",
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n"])
def test_an_empty_file_of_facts_is_reported(text: str, site: Path, capsys: Capture) -> None:
    (site / "content/empty.yaml").write_text(text)
    said = do(capsys, "build", "--root", site, "-q", "--as-of", DAY)
    assert said.code == 0
    assert said.err.startswith("warning[empty-file]: this file is empty\n --> content/empty.yaml:1:1\n")
    assert "^ add facts, or remove it\n" in said.err


def test_missing_settings_are_reported_with_the_layout_of_a_site(tmp_path: Path, capsys: Capture) -> None:
    said = do(capsys, "build", "--root", tmp_path)
    assert said.code == 2
    assert said.err == (
        f"sitegen build: error: {tmp_path / 'sitegen.yaml'} does not exist; a site is a folder with sitegen.yaml and "
        "content/ (--root names another folder)\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "day",
    [
        "",
        "2026",
        "2026-4-1",
        "20260401",
        "2026-W14-3",
        "01.04.2026",
        "2026-04-01T00:00",
        "today",
        "٢٠٢٦-٠٤-٠١",
    ],
)
def test_dates_have_one_notation(day: str, site: Path, capsys: Capture) -> None:
    said = do(capsys, "build", "--root", site, "--as-of", day)
    assert said == Said(2, "", usage_error("build", f"--as-of: '{day}' is not a date such as 2026-04-01"))


def test_a_date_that_does_not_exist_is_reported(site: Path, capsys: Capture) -> None:
    said = do(capsys, "build", "--root", site, "--as-of", "2026-02-29")
    assert said == Said(2, "", "sitegen build: error: --as-of: the date 2026-02-29 does not exist\n")


def test_the_default_date_is_that_of_source_date_epoch(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    edit(site / "content/page.md", "A page is longer", "<< as_of >>: a page is longer")
    page = site / "output/hugo/alpha.md"
    for epoch, day in (("1775088000", "2026-04-02"), ("1775087999", "2026-04-01"), ("0", "1970-01-01")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        assert do(capsys, "build", "--root", site).code == 0
        assert f"{day}: a page" in page.read_text("utf-8")
    assert do(capsys, "build", "--root", site, "--as-of", "2023-03-15").code == 0
    assert "2023-03-15: a page" in page.read_text("utf-8")


@pytest.mark.parametrize("epoch", ["soon", "1e9", "999999999999", "99999999999999999999", "-99999999999", "1.5"])
def test_an_invalid_epoch_is_exit_code_2(
    epoch: str, site: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    said = do(capsys, "build", "--root", site)
    assert said == Said(2, "", f"sitegen build: error: SOURCE_DATE_EPOCH is not a number of seconds: '{epoch}'\n")


@pytest.mark.parametrize("command", ["build", "partials"])
@pytest.mark.parametrize("folder", [".", "..", "content", "content/new", "partials", "themes/new", "link"])
def test_an_output_folder_among_the_sources_is_refused(command: str, folder: str, site: Path, capsys: Capture) -> None:
    if folder == "link":
        try:
            (site / "link").symlink_to(site / "content")
        except OSError:
            pytest.skip("this user may not make symbolic links")
    before = tree(site.parent)
    said = do(capsys, command, "--root", site, "-o", site / folder, "--as-of", DAY)
    assert said.code == 2
    assert said.out == ""
    assert said.err.startswith(f"sitegen {command}: error: the output folder ")
    assert tree(site.parent) == before


@pytest.mark.skipif(os.name == "nt", reason="needs users with numbers")
def test_a_user_without_a_home_can_build() -> None:
    # The first build loads everything that this user may not read.
    script = (
        "import os, sys\n"
        "from sitegen.cli import main\n"
        "os.chdir(sys.argv[1])\n"
        "main(['build', '-q', '-o', 'first'])\n"
        "os.getuid() == 0 and os.setuid(54321)\n"
        "os.environ.pop('HOME', None)\n"
        "sys.exit(main(['build', '-q']))\n"
    )
    with folder_for_all() as site:
        share(small_site(site))
        done = subprocess.run(
            [sys.executable, "-c", script, str(site)], capture_output=True, check=False, encoding="utf-8"
        )
        assert done.stderr == ""
        assert done.returncode == 0
        assert (site / "output/hugo/alpha.md").is_file()


# --- build --check -------------------------------------------------------------------


def listed(said: Said, folder: Path) -> dict[str, set[str]]:
    """The paths that a comparison lists, by their label."""
    found: dict[str, set[str]] = {}
    for line in said.out.splitlines():
        match = re.fullmatch(rf"(\w[\w ()-]*?) +{re.escape(str(folder))}/(\S+)(?: \(built as of \S+\))?", line)
        assert match, line
        found.setdefault(match[1], set()).add(match[2])
    return found


def test_check_lists_what_a_build_would_change_and_changes_nothing(built: Path, capsys: Capture) -> None:
    small_site(built, "second")
    folder = built / "output"
    (folder / "markdoc/alpha.md").unlink()
    (folder / "hugo/layouts/partials/alpha/levels.html").write_bytes(b"mine")
    (folder / "markdoc/beta.md").write_bytes(b"mine")
    (folder / "hugo/gamma.md").write_bytes(b"mine")
    before = tree(folder)

    said = do(capsys, *building(built), "--check")

    assert said.code == 1
    assert said.err == "12 files differ; a build overwrites edited and foreign files only with --force\n"
    assert listed(said, folder) == {
        "outdated": {"hugo/alpha.md", "markdoc/partials/alpha/levels.md"},
        "missing": {
            "markdoc/alpha.md",
            "markdoc/gamma.md",
            "hugo/layouts/partials/gamma/levels.html",
            "markdoc/partials/gamma/levels.md",
        },
        "edited": {"hugo/layouts/partials/alpha/levels.html"},
        "foreign": {"hugo/gamma.md"},
        "orphaned": {
            "hugo/beta.md",
            "hugo/layouts/partials/beta/levels.html",
            "markdoc/partials/beta/levels.md",
        },
        "orphaned (edited)": {"markdoc/beta.md"},
    }
    assert tree(folder) == before


def test_check_creates_no_folder(site: Path, capsys: Capture) -> None:
    said = do(capsys, *building(site), "--check")
    assert said.code == 1
    assert len(listed(said, site / "output")["missing"]) == 8
    assert not (site / "output").exists()


def test_diff_shows_the_differences(built: Path, capsys: Capture) -> None:
    small_site(built, "second")
    said = do(capsys, "build", "--root", built, "--as-of", DAY, "--check", "--diff", "--only", "hugo")
    lines = said.out.splitlines()
    at = lines.index(f"{'outdated':<17} {built / 'output/hugo/alpha.md'}")
    assert lines[at + 1 : at + 3] == ["  --- disk/hugo/alpha.md", "  +++ built/hugo/alpha.md"]
    end = next(n for n in range(at + 1, len(lines)) if not lines[n].startswith("  "))
    changes = [" ".join(line.split()) for line in lines[at + 3 : end] if line.startswith(("  -", "  +"))]
    assert changes == ["-| Low | 1.10 |", "+| Low | 1.20 |"]
    assert "  -  <li><b>Low</b><b>1.10</b></li>" in lines
    assert "  +  <li><b>Low</b><b>1.20</b></li>" in lines


def own_site_in(folder: Path) -> Path:
    """A copy of the site of this repository."""
    for name, data in own_texts().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def changed(before: str, after: str) -> set[str]:
    """The output files of the site of this repository that differ between two dates, or exist on only one of them."""
    old, new = own_build(before).files, own_build(after).files
    return {path for path in old.keys() | new.keys() if old.get(path) != new.get(path)}


def test_check_distinguishes_changes_caused_only_by_the_date(tmp_path: Path, capsys: Capture) -> None:
    site = own_site_in(tmp_path)
    folder = site / "output"
    assert do(capsys, "build", "--root", site, "--as-of", "2026-04-01").code == 0
    drifted = changed("2026-04-01", "2026-06-01")
    assert drifted

    said = do(capsys, "build", "--root", site, "--as-of", "2026-06-01", "--check")
    assert said.code == 1
    assert listed(said, folder) == {"date-only change": drifted}
    assert said.out.count("(built as of 2026-04-01)") == len(drifted)

    edit(site / "content/facts.yaml", "name: HTTP Monitoring, since: 1.16.0", "name: HTTP Monitoring, since: 1.16.1")
    shown = {path for path, file in own_build("2026-04-01").files.items() if "1.16.0" in file.text}
    assert shown
    said = do(capsys, "build", "--root", site, "--as-of", "2026-06-01", "--check")
    assert said.code == 1
    assert listed(said, folder) == {"outdated": shown, "date-only change": drifted - shown}

    said = do(capsys, "build", "--root", site, "--as-of", "2026-04-01", "--check")
    assert listed(said, folder) == {"outdated": shown}


def test_check_distinguishes_pages_added_and_removed_by_the_date(tmp_path: Path, capsys: Capture) -> None:
    site = own_site_in(tmp_path)
    drifted = changed("2026-03-31", "2026-04-01")
    came = own_build("2026-04-01").files.keys() - own_build("2026-03-31").files.keys()
    assert came
    for built_on, checked_on in (("2026-03-31", "2026-04-01"), ("2026-04-01", "2026-03-31")):
        assert do(capsys, "build", "--root", site, "--as-of", built_on).code == 0
        said = do(capsys, "build", "--root", site, "--as-of", checked_on, "--check")
        assert listed(said, site / "output") == {"date-only change": drifted}


# --- formats -------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["build", "check", "partials"])
def test_findings_have_formats_for_programs(command: str, site: Path, capsys: Capture) -> None:
    arguments = [command, "--root", str(broken(site)), "--as-of", DAY]
    if command == "partials":
        arguments += ["-o", str(site / "fragments")]

    said = do(capsys, *arguments, "--format", "json")
    assert said.code == 1
    assert said.err == ""
    found = json.loads(said.out)
    assert found["version"] == 1
    finding = found["findings"][0]
    assert finding["code"] == "unknown-field"
    assert finding["severity"] == "error"
    assert finding["file"] == "content/facts.yaml"
    line = (site / "content/facts.yaml").read_text("utf-8").split("\n")[finding["line"] - 1]
    assert line[finding["column"] - 1 :].startswith("snice")

    said = do(capsys, *arguments, "--format", "sarif")
    assert said.code == 1
    log = json.loads(said.out)
    assert log["version"] == "2.1.0"
    (sarif,) = log["runs"]
    assert sarif["tool"]["driver"]["name"] == "sitegen"
    assert [result["ruleId"] for result in sarif["results"]] == [one["code"] for one in found["findings"]]
    assert {result["ruleId"] for result in sarif["results"]} == {
        rule["id"] for rule in sarif["tool"]["driver"]["rules"]
    }
    region = sarif["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {
        "startLine": finding["line"],
        "startColumn": finding["column"],
        "endLine": finding["line"],
        "endColumn": finding["column"] + len("snice"),
    }

    said = do(capsys, *arguments, "--format", "github")
    assert said.code == 1
    lines = said.out.splitlines()
    assert len(lines) == len(found["findings"])
    for line, one in zip(lines, found["findings"], strict=True):
        assert line.startswith(
            f"::error file={one['file']},line={one['line']},col={one['column']},title={one['code']}::"
        )


@pytest.mark.parametrize("format_", ["json", "sarif"])
@pytest.mark.parametrize("name", ["a build", "a good content", "drift", "nothing to write", "a foreign file"])
def test_formats_for_programs_are_never_mixed_with_text(name: str, format_: str, built: Path, capsys: Capture) -> None:
    prepare, arguments, code = CASES[name]
    prepare(built)
    for flags in ((), ("-v",)):
        said = do(capsys, *arguments, "--root", built, "--as-of", DAY, "--format", format_, *flags)
        assert said.code == code
        assert isinstance(json.loads(said.out), dict)


# --- pipes and encodings -------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        ("build", "-v"),
        ("build", *ONLY, "--check", "--diff"),
        ("check",),
        ("--help",),
        ("--version",),
        ("build", "--help"),
    ],
)
def test_a_closed_pipe_is_not_an_error(arguments: Sequence[str], built: Path) -> None:
    # The differences do not fit into a buffer, so that writing also fails in the middle.
    edit(built / "content/page.md", "A page is longer", "A page is much longer")
    read, write = os.pipe()
    os.close(read)
    root = ["-q", "--root", str(built), "--as-of", DAY] if arguments[-1] not in ("--help", "--version") else []
    try:
        done = subprocess.run(
            [sys.executable, "-m", "sitegen", *arguments, *root],
            stdout=write,
            stderr=subprocess.PIPE,
            check=False,
            encoding="utf-8",
        )
    finally:
        os.close(write)
    assert done.stderr == ""
    assert done.returncode in (0, 1)


def test_a_terminal_with_a_limited_encoding_is_not_an_error(built: Path) -> None:
    edit(built / "content/facts.yaml", "High – and more", "High – and ✓")
    said = run(*building(built), "--check", "--diff", env={"PYTHONIOENCODING": "ascii"})
    assert said.code == 1
    assert said.err == "8 files differ; build and commit the result\n"
    edit(built / "content/facts.yaml", "High – and ✓, since", "High – and ✓, sïnce")
    said = run("check", "--root", built, env={"PYTHONIOENCODING": "ascii"})
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "error[unknown-field]" in said.err


# --- partials ------------------------------------------------------------------------


def hugo_site(folder: Path) -> Path:
    """Write a Hugo site with its own partials, templates and content, which shows three partials of sitegen."""
    frame = '<!doctype html>\n<main>{{ partial "own.html" . }}{{ .Content }}</main>\n'
    files = {
        "hugo.toml": 'baseURL = "https://example.org/"\ntitle = "Docs"\n'
        'disableKinds = ["taxonomy", "term", "RSS", "sitemap", "404"]\n',
        "layouts/home.html": frame,
        "layouts/page.html": frame,
        "layouts/shortcodes/partial.html": '{{ partial (.Get "name") . }}\n',
        "layouts/partials/own.html": "<p>the site's own partial</p>\n",
        "layouts/partials/trace_collection/mine.html": "<p>mine</p>\n",
        "content/guide.md": "---\ntitle: Guide\n---\nA page of the site.\n",
        "content/_index.md": "---\ntitle: Home\n---\n"
        + "\n".join(f'{{{{< partial name="{path}.html" >}}}}\n' for path in FRAGMENTS)
        + '\n{{< partial name="trace_collection/mine.html" >}}\n',
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


FRAGMENTS = (
    "app_and_api_protection/python/capabilities",
    "trace_collection/python/supported_versions",
    "trace_collection/python/supported_runtimes",
)


def publish(hugo: Path, site: Path) -> dict[str, str]:
    """Build a Hugo site without warnings, and return its pages."""
    done = subprocess.run(
        [str(hugo), "--source", str(site), "--panicOnWarning", "--printPathWarnings", "--noBuildLock", "--quiet"],
        capture_output=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    public = site / "public"
    return {path.relative_to(public).as_posix(): path.read_text("utf-8") for path in public.rglob("*.html")}


def test_partials_work_in_an_existing_hugo_site(tmp_path: Path, hugo: Path, capsys: Capture) -> None:
    docs = hugo_site(tmp_path / "docs")
    theirs = tree(docs)
    target = docs / "layouts/partials"

    said = do(capsys, "partials", "--root", ROOT, "-o", target, "--as-of", DAY)
    assert said.code == 0
    written = {
        path.removeprefix("hugo/layouts/partials/"): file.text
        for path, file in own_build(DAY).files.items()
        if path.startswith("hugo/layouts/partials/")
    }
    assert said.out.startswith(f"{len(written)} written, 0 unchanged, 0 removed in ")
    there = tree(docs)
    assert {path: there[path] for path in theirs} == theirs
    new = only_pages({path: unmarked(data) for path, data in there.items() if path not in theirs})
    assert new == {f"layouts/partials/{path}": text.encode() for path, text in written.items()}

    pages = publish(hugo, docs)
    assert set(pages) == {"index.html", "guide/index.html"}
    assert "A page of the site." in pages["guide/index.html"]
    home = pages["index.html"]
    for path in FRAGMENTS:
        shown = written[f"{path}.html"].partition("-}}")[2].strip()
        assert "<table>" in shown
        assert shown in home
    assert "<p>the site's own partial</p>" in home
    assert "<p>mine</p>" in home
    assert "sitegen" not in home

    # Hugo finds no template in the cache of sitegen.
    unused = subprocess.run(
        [str(hugo), "--source", str(docs), "--printUnusedTemplates", "--noBuildLock"],
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    assert "code_security/python/capabilities.html is unused" in unused.stdout + unused.stderr
    assert ".sitegen" not in unused.stdout + unused.stderr

    assert do(capsys, "partials", "--root", ROOT, "-o", target, "--as-of", DAY, "--check").code == 0
    assert do(capsys, "clean", "-o", target).code == 0
    after = {path: data for path, data in tree(docs).items() if not path.startswith("public")}
    assert after == theirs


@pytest.mark.parametrize("command", ["partials", "build"])
def test_a_foreign_file_is_a_finding_until_it_is_overwritten(command: str, site: Path, capsys: Capture) -> None:
    folder = site / "there"
    path = "alpha/levels.html" if command == "partials" else "hugo/layouts/partials/alpha/levels.html"
    (folder / path).parent.mkdir(parents=True)
    (folder / path).write_bytes(b"theirs\n")
    before = tree(folder)
    arguments = [command, "--root", str(site), "-o", str(folder), "--as-of", DAY]

    for flags in ((), ("-q",)):
        said = do(capsys, *arguments, *flags)
        assert said.code == 1
        assert said.out == ""
        assert said.err.startswith(f"error[foreign-file]: {folder / path} already exists")
        assert "\n  -theirs\n" in said.err
        assert "\n  +  <li><b>Low</b><b>1.10</b></li>\n" in said.err
        assert "--force" in said.err
        assert only_pages(tree(folder)) == only_pages(before)

    assert do(capsys, *arguments, "--force").code == 0
    assert b"1.10" in (folder / path).read_bytes()
    assert do(capsys, *arguments).code == 0


def test_an_edited_partial_is_a_finding_until_it_is_overwritten(site: Path, capsys: Capture) -> None:
    folder = site / "there"
    arguments = ["partials", "--root", str(site), "-o", str(folder), "--as-of", DAY]
    assert do(capsys, *arguments).code == 0
    fragment = folder / "beta/levels.html"
    edit(fragment, "1.10", "1.99")
    edit(site / "content/facts.yaml", "since: 1.10", "since: 1.11")
    before = tree(folder)

    said = do(capsys, *arguments)
    assert said.code == 1
    assert said.err.startswith(f"error[edited-file]: {fragment} was edited by hand")
    assert "\n  -  <li><b>Low</b><b>1.99</b></li>\n  +  <li><b>Low</b><b>1.11</b></li>\n" in said.err
    assert tree(folder) == before

    said = do(capsys, *arguments, "--check", "--diff")
    assert said.code == 1
    assert f"{'edited':<17} {fragment}\n" in said.out
    assert f"{'outdated':<17} {folder / 'alpha/levels.html'}\n" in said.out
    assert "  -  <li><b>Low</b><b>1.99</b></li>\n" in said.out
    assert tree(folder) == before

    assert do(capsys, *arguments, "--force").code == 0
    assert b"1.11" in fragment.read_bytes()
    assert do(capsys, *arguments, "--check").code == 0


# --- partials --watch ----------------------------------------------------------------


class Watching(NamedTuple):
    """A process that watches a site, its output folder, and the file of its standard error."""

    process: subprocess.Popen[bytes]
    folder: Path
    complaints: Path

    def until(self, what: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        deadline = time.monotonic() + 20
        while not what():
            assert self.process.poll() is None, self.complaints.read_text("utf-8")
            assert time.monotonic() < deadline, self.complaints.read_text("utf-8")
            time.sleep(0.02)

    def shows(self, text: str) -> bool:
        """Whether the partial of a product shows a text."""
        fragment = self.folder / "alpha/levels.html"
        return fragment.is_file() and text in fragment.read_text("utf-8")


@contextmanager
def watching(site: Path) -> Iterator[Watching]:
    """Watch a site in a process that can be interrupted."""
    folder, complaints = site / "there", site / "complaints"
    command = [sys.executable, "-m", "sitegen", "partials", "--watch", "--root", str(site), "-o", str(folder)]
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs may ignore the signal
    try:
        with (
            complaints.open("wb") as errors,
            subprocess.Popen([*command, "--as-of", DAY], stdout=subprocess.DEVNULL, stderr=errors) as process,
        ):
            try:
                yield Watching(process, folder, complaints)
            finally:
                process.kill()
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.skipif(os.name == "nt", reason="needs signals between processes")
def test_watch_continues_after_errors_until_it_is_interrupted(site: Path) -> None:
    facts, settings = site / "content/facts.yaml", site / "sitegen.yaml"
    with watching(site) as watch:
        watch.until(lambda: watch.shows("1.10"))

        edit(facts, "1.10", "1.11")
        watch.until(lambda: watch.shows("1.11"))

        edit(facts, "since: 1.11", "since: 1.12, snice: 1")
        watch.until(lambda: "error[unknown-field]" in watch.complaints.read_text("utf-8"))
        assert watch.shows("1.11")
        edit(facts, "since: 1.12, snice: 1", "since: 1.13")
        watch.until(lambda: watch.shows("1.13"))

        (site / "partials/fragment.html").write_bytes(b"{{/* << sources >> */}}new: << tables[0].rows[0][1] >>\n")
        watch.until(lambda: watch.shows("new: 1.13"))

        watch.process.send_signal(signal.SIGINT)
        assert watch.process.wait(10) == 130
        assert watch.complaints.read_text("utf-8").endswith("interrupted\n")
        assert "Traceback" not in watch.complaints.read_text("utf-8")
        assert settings.is_file()


@pytest.mark.skipif(os.name == "nt", reason="needs signals between processes")
def test_watch_continues_after_missing_or_invalid_settings(site: Path) -> None:
    facts, settings = site / "content/facts.yaml", site / "sitegen.yaml"
    with watching(site) as watch:
        watch.until(lambda: watch.shows("1.10"))

        settings.rename(site / "aside")
        watch.until(lambda: "sitegen.yaml does not exist" in watch.complaints.read_text("utf-8"))
        (site / "aside").rename(settings)
        edit(facts, "1.10", "1.11")
        watch.until(lambda: watch.shows("1.11"))

        whole = settings.read_bytes()
        settings.write_bytes(b"- a list\n")
        watch.until(lambda: "settings" in watch.complaints.read_text("utf-8").partition("does not exist")[2])
        settings.write_bytes(whole)
        edit(facts, "1.11", "1.12")
        watch.until(lambda: watch.shows("1.12"))

        # A file in the place of a folder, until it is removed.
        watch.folder.rename(site / "moved")
        watch.folder.write_bytes(b"")
        edit(facts, "1.12", "1.13")
        watch.until(lambda: str(watch.folder) in watch.complaints.read_text("utf-8"))
        watch.folder.unlink()
        edit(facts, "1.13", "1.14")
        watch.until(lambda: watch.shows("1.14"))


# --- clean ---------------------------------------------------------------------------


def test_clean_removes_generated_files_and_nothing_else(built: Path, capsys: Capture) -> None:
    folder = built / "output"
    edited = (folder / "markdoc/alpha.md").read_bytes() + b"edited"
    kept = {"hugo/mine.md": b"mine", "notes.txt": b"mine", ".git/config": b"mine", "markdoc/alpha.md": edited}
    for path, data in kept.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(data)
    (folder / "empty").mkdir()

    said = do(capsys, "clean", "--root", built)

    assert said == Said(1, "7 removed\n", f"kept (edited by hand): {folder / 'markdoc/alpha.md'}\n")
    assert only_pages(tree(folder)) == kept
    assert {path for path, data in tree(folder).items() if data == b"a folder"} == {
        "hugo",
        "markdoc",
        ".git",
        "empty",
    }
    assert do(capsys, "clean", "--root", built) == Said(1, "0 removed\n", said.err)
    assert only_pages(tree(folder)) == kept


def test_clean_recognizes_files_without_a_cache(site: Path, capsys: Capture) -> None:
    text = (site / "sitegen.yaml").read_text("utf-8")
    (site / "sitegen.yaml").write_text(f"title: A site with a title\n{text}", "utf-8")
    folder, page = site / "output", site / "output/markdoc/alpha.md"
    assert main(building(site, "-q")) == 0
    shutil.rmtree(folder / STATE)
    page.write_text(page.read_text("utf-8") + "edited", "utf-8")

    kept = f"kept (edited by hand): {page}\n"
    assert do(capsys, "clean", "--root", site) == Said(1, "7 removed\n", kept)
    assert do(capsys, "clean", "--root", site) == Said(1, "0 removed\n", kept)


def test_clean_of_a_missing_folder_creates_nothing(tmp_path: Path, capsys: Capture) -> None:
    assert do(capsys, "clean", "--root", tmp_path) == Said(0, "0 removed\n", "")
    assert do(capsys, "clean", "-o", tmp_path / "none", "-q") == Said(0, "", "")
    assert list(tmp_path.iterdir()) == []


def test_a_build_after_a_clean_is_like_a_first_build(built: Path, capsys: Capture) -> None:
    before = tree(built / "output")
    assert do(capsys, "clean", "--root", built) == Said(0, "8 removed\n", "")
    assert tree(built / "output") == {}
    assert do(capsys, *building(built)).code == 0
    assert tree(built / "output") == before
