"""The record of a build: a build with nothing to do says so at once, and one with something to do does it."""

from __future__ import annotations

import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest

from sitegen import build_record
from sitegen.build_record import Look, Record, Source, changed, read, sources_now, written
from sitegen.cli import main
from sitegen.commands import shortcut
from tests.test_commands import Capture, Said, do, edit, run
from tests.test_output import DAY, building, needs_links, only_pages, other_bytes, small_site, tree

RECORD = "output/.sitegen/build"


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """A small site, built in two dialects. Its sources are old."""
    site = small_site(tmp_path / "site")
    (site / "content/more").mkdir()
    (site / "content/more/_part.md").write_bytes(b"A part of a page.\n")
    with (site / "content/page.md").open("ab") as page:
        page.write(b'\n<% include "more/_part.md" %>\n')
    (site / "themes/own").mkdir(parents=True)
    (site / "themes/own/site.css").write_bytes(b"p { color: red }\n")
    age(site)
    assert main(building(site, "-q")) == 0
    return site


def age(site: Path) -> None:
    """Make the sources of a site older than a record has to doubt."""
    for path in site.rglob("*"):
        if path.is_file() and "output" not in path.parts:
            os.utime(path, (1_700_000_000, 1_700_000_000))


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the builds of these tests take place when their sources are old."""
    monkeypatch.setattr(build_record, "time", SimpleNamespace(time_ns=lambda: time.time_ns() + 10**10))


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Which way each command goes: the short one or the usual."""
    gone: list[str] = []
    short = shortcut.run

    def way(options: object) -> int | None:
        code = short(options)  # type: ignore[arg-type]
        gone.append("usual" if code is None else "short")
        return code

    monkeypatch.setattr(shortcut, "run", way)
    return gone


def same_but_time(said: Said) -> Said:
    """What was said, without the time that it took."""
    return said._replace(out=re.sub(r"in \d+\.\d\d s", "in 0.00 s", said.out))


def test_a_build_with_nothing_to_do_is_seen_from_the_record(built: Path, ways: list[str], capsys: Capture) -> None:
    before = tree(built / "output")
    said = do(capsys, *building(built))
    assert ways == ["short"]
    assert same_but_time(said) == Said(0, "0 written, 8 unchanged, 0 removed in 0.00 s\n", "")
    assert tree(built / "output") == before
    assert do(capsys, *building(built, "-q")) == Said(0, "", "")
    assert ways == ["short", "short"]


FORMATS = [(), ("-q",), ("--format", "json"), ("--format", "sarif"), ("--format", "github"), ("--color", "always")]


@pytest.mark.parametrize("flags", FORMATS)
def test_what_is_said_is_what_the_usual_way_says(flags: tuple[str, ...], built: Path, capsys: Capture) -> None:
    short = same_but_time(do(capsys, *building(built, *flags)))
    (built / RECORD).unlink()
    assert same_but_time(do(capsys, *building(built, *flags))) == short


_LOADED = """
import sys
from sitegen.cli import main
code = main(sys.argv[1:])
print(*sys.modules)
sys.exit(code)
"""


def loaded(*arguments: str) -> tuple[str, set[str], set[str]]:
    """What a command says in a process of its own, the modules of this package that it loads there, and all others."""
    command = [sys.executable, "-S", "-c", _LOADED, *arguments]
    path = os.pathsep.join(sys.path)
    done = subprocess.run(
        command, capture_output=True, check=True, encoding="utf-8", env={**os.environ, "PYTHONPATH": path}
    )
    line, modules = done.stdout.splitlines()
    ours = {name for name in modules.split() if name.startswith("sitegen.")}
    return line, ours, set(modules.split()) - ours - {"__main__", "sitegen"}


def packages(modules: set[str]) -> set[str]:
    """The packages of modules that do not come with Python."""
    return {name.partition(".")[0] for name in modules} - sys.stdlib_module_names


def test_a_build_with_nothing_to_do_loads_nothing_else(built: Path) -> None:
    line, ours, others = loaded(*building(built))
    assert line.startswith("0 written, 8 unchanged, 0 removed in ")
    assert not packages(others)
    assert ours == {
        "sitegen.build_record",
        "sitegen.cli",
        "sitegen.commands",
        "sitegen.commands.phases",
        "sitegen.commands.shortcut",
        "sitegen.halving",
        "sitegen.manifest",
        "sitegen.reasons",
        "sitegen.sources",
    }


# What answers other questions than a build, and what reads YAML that is not simple.
_OF_OTHERS = (
    "sitegen.changes", "sitegen.explanation", "sitegen.indexes", "sitegen.preview", "sitegen.verification",
    "sitegen.commands.check", "sitegen.commands.diff", "sitegen.commands.explain", "sitegen.commands.partials",
    "sitegen.commands.serve", "sitegen.commands.upcoming", "sitegen.commands.why",
    "sitegen.watching", "sitegen.yaml_events",
)  # fmt: skip
_SLOW = {"asyncio", "concurrent", "difflib", "email", "http", "multiprocessing", "socket", "ssl", "subprocess", "xml"}


def test_a_build_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    line, ours, others = loaded(*building(site))
    assert line.startswith("8 written, ")
    assert packages(others) == {"jinja2", "markdown_it", "markupsafe", "mdurl", "packaging"}
    assert not {name for name in ours if name.startswith(_OF_OTHERS)}
    assert not others & _SLOW
    edit(site / "content/facts.yaml", ", since: 3.0}", ",\n      since: 3.0}")
    _, _, others = loaded(*building(site))
    assert "yaml" in packages(others), "not all YAML is simple"


def test_whole_processes_leave_a_record_and_use_it(tmp_path: Path) -> None:
    site = small_site(tmp_path)
    age(site)
    for expected in ("8 written, 0 unchanged", "0 written, 8 unchanged"):
        assert run(*building(site)).out.startswith(expected)
    edit(site / "content/facts.yaml", "1.10", "1.11")
    for expected in ("8 written, 0 unchanged", "0 written, 8 unchanged"):
        said = run(*building(site))
        assert said.code == 0
        assert said.out.startswith(expected)


# --- what a build depends on ---------------------------------------------------------


def _same_size(site: Path) -> None:
    path = site / "content/facts.yaml"
    before = path.stat()
    edit(path, "since: 1.10", "since: 1.11")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replaced(site: Path) -> None:
    path = site / "content/facts.yaml"
    before = path.stat()
    (site / "aside").write_bytes(path.read_bytes().replace(b"1.10", b"1.11"))
    os.utime(site / "aside", ns=(before.st_atime_ns, before.st_mtime_ns))
    (site / "aside").replace(path)


EDITS: dict[str, Callable[[Path], object]] = {
    "facts": lambda site: edit(site / "content/facts.yaml", "1.10", "1.11"),
    "facts, of the same size and time": _same_size,
    "facts, by a file with the same time": _replaced,
    "a page": lambda site: edit(site / "content/page.md", "A page is longer", "A page is much longer"),
    "an include": lambda site: edit(site / "content/more/_part.md", "A part", "Another part"),
    "a source more": lambda site: (site / "content/more.yaml").write_bytes(b"{}\n"),
    "a source in a new folder": lambda site: shutil.copytree(site / "content/more", site / "content/less"),
    "a source less": lambda site: (site / "themes/own/site.css").unlink(),
    "a name": lambda site: (site / "content/page.md").rename(site / "content/page-2.md"),
    "a hidden name": lambda site: (site / "themes/own/site.css").rename(site / "themes/own/.site.css"),
    "a hidden folder": lambda site: (site / "themes/own").rename(site / "themes/.own"),
    "the settings": lambda site: edit(site / "sitegen.yaml", "/levels", "/all-levels"),
    "a template": lambda site: edit(site / "partials/fragment.html", "<ul>", "<ol>"),
    "a template more": lambda site: (site / "partials/table.html").write_bytes(b"<table></table>\n"),
    "a theme": lambda site: edit(site / "themes/own/site.css", "red", "tan"),
}


@pytest.mark.parametrize("name", EDITS)
def test_an_edit_of_the_sources_is_built(name: str, built: Path, ways: list[str], capsys: Capture) -> None:
    EDITS[name](built)

    said = do(capsys, *building(built))

    assert ways == ["usual"]
    assert said.code == 0, said.err
    assert do(capsys, *building(built, "-o", str(built / "anew"))).code == 0
    assert only_pages(tree(built / "output")) == only_pages(tree(built / "anew"))
    assert do(capsys, *building(built)).code == 0
    assert ways == ["usual", "usual", "short"]


def test_an_edit_that_is_wrong_is_told_each_time(built: Path, ways: list[str], capsys: Capture) -> None:
    edit(built / "content/facts.yaml", "since: 1.10", "since: soon")
    said = do(capsys, *building(built))
    assert said.code == 1
    assert do(capsys, *building(built)) == said
    edit(built / "content/facts.yaml", "since: soon", "since: 1.10")
    assert do(capsys, *building(built)).code == 0
    assert ways == ["usual", "usual", "short"]


def test_a_source_that_was_only_touched_is_read_once(
    built: Path, ways: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_now: list[str] = []
    whole = shortcut.read_source
    monkeypatch.setattr(shortcut, "read_source", lambda path: read_now.append(Path(path).name) or whole(path))
    os.utime(built / "content/facts.yaml")
    assert do(capsys, *building(built)).code == 0
    assert do(capsys, *building(built)).code == 0
    assert ways == ["short", "short"]
    assert read_now == ["facts.yaml"]


def test_a_source_that_has_just_been_written_is_not_trusted(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_record, "time", time)
    path = built / "content/facts.yaml"
    for number in range(11, 40):
        old = path.read_bytes()
        path.write_bytes(re.sub(rb"since: 1\.\d\d", f"since: 1.{number}".encode(), old))
        assert main(building(built, "-q")) == 0
        assert f"1.{number}".encode() in (built / "output/hugo/alpha.md").read_bytes()


def test_a_file_that_is_no_source_changes_nothing(built: Path, ways: list[str], capsys: Capture) -> None:
    (built / "notes.txt").write_bytes(b"mine")
    (built / "content/.hidden.yaml").write_bytes(b"[")
    (built / "content/notes.txt").write_bytes(b"mine")
    (built / "output/hugo/theirs.md").write_bytes(b"theirs")
    assert do(capsys, *building(built)).code == 0
    assert ways == ["short"]


OTHERS = {
    "another day": ["--as-of", "2026-04-02"],
    "one dialect": ["--only", "hugo"],
    "another dialect": ["--only", "html"],
    "another folder": ["-o", "SITE/other"],
    "strictly, with nothing to be strict about": ["--strict"],
    "told at length": ["--verbose"],
    "a comparison": ["--check"],
    "a comparison that shows how": ["--diff"],
    "by force": ["--force"],
}


@pytest.mark.parametrize("name", OTHERS)
def test_another_build_goes_its_own_way(name: str, built: Path, ways: list[str], capsys: Capture) -> None:
    more = [argument.replace("SITE", str(built)) for argument in OTHERS[name]]
    command = building(built, *more) if "--only" not in more else ["build", "--root", str(built), "--as-of", DAY, *more]
    assert do(capsys, *command).code == 0
    assert ways == ["short" if "--strict" in more else "usual"]


def test_the_day_is_that_of_the_clock(
    built: Path, ways: list[str], capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["build", "--root", built]
    for epoch, way in (("1775000000", "usual"), ("1775000001", "short"), ("1775088000", "usual")):
        monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
        assert do(capsys, *command).code == 0
        assert ways.pop() == way
    assert do(capsys, *command, "--as-of", "2026-04-02").code == 0
    assert ways.pop() == "short"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "soon")
    assert do(capsys, *command).code == 2


def test_a_build_over_midnight_leaves_no_record(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (built / RECORD).unlink()
    days = iter(["2026-04-01", "2026-04-01"])
    monkeypatch.setattr(shortcut, "day_by_clock", lambda: next(days))
    monkeypatch.setattr("sitegen.commands.edge.day_by_clock", lambda: "2026-04-02")
    assert main(["build", "--root", str(built), "-q"]) == 0
    assert not (built / RECORD).exists()


@pytest.mark.parametrize("what", ["sitegen", "package"])
def test_a_change_of_the_program_is_seen(
    what: str, built: Path, ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (built / "lib/jinja2").mkdir(parents=True)
    (built / "lib/jinja2/__init__.py").write_bytes(b"")
    if what == "package":
        monkeypatch.syspath_prepend(built / "lib")
    else:
        monkeypatch.setattr(shortcut, "_modules", lambda _: [str(built / "lib/jinja2/__init__.py")])
    for expected in ("usual", "short"):
        assert main(building(built, "-q")) == 0
        assert ways.pop() == expected
    (built / "lib/jinja2/__init__.py").write_bytes(b"# another version\n")
    assert main(building(built, "-q")) == 0
    assert ways == ["usual"]


def test_another_python_is_another_build(built: Path, ways: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version", "4.0.0")
    assert main(building(built, "-q")) == 0
    assert ways == ["usual"]


# --- what a build has left -----------------------------------------------------------


def _edited(page: Path) -> None:
    before = page.stat()
    page.write_bytes(other_bytes(page))
    os.utime(page, ns=(before.st_atime_ns, before.st_mtime_ns))


def _linked(page: Path) -> None:
    page.rename(page.parents[2] / "aside")
    page.symlink_to(page.parents[2] / "aside")


OUTPUTS: dict[str, Callable[[Path], object]] = {
    "edited": _edited,
    "gone": Path.unlink,
    "touched": os.utime,
    "replaced by a copy": lambda page: (
        shutil.copy2(page, page.with_name("copy")),
        page.with_name("copy").replace(page),
    ),
    "a link": _linked,
}


@needs_links
@pytest.mark.parametrize("name", OUTPUTS)
def test_a_file_of_the_output_that_is_not_as_it_was_left_is_looked_after(
    name: str, built: Path, ways: list[str], capsys: Capture
) -> None:
    good = only_pages(tree(built / "output"))
    page = built / "output/hugo/alpha.md"
    OUTPUTS[name](page)
    assert do(capsys, *building(built)).code == 0
    assert ways == ["usual"]
    assert only_pages(tree(built / "output")) == good
    time.sleep(0.03)
    for _ in range(2):
        assert do(capsys, *building(built)).code == 0
    assert ways[-1] == "short"


@needs_links
def test_a_folder_of_the_output_that_is_a_link_by_now_is_refused(built: Path, ways: list[str], capsys: Capture) -> None:
    (built / "output/hugo").rename(built / "aside")
    (built / "output/hugo").symlink_to(built / "aside")
    assert do(capsys, *building(built)).code == 2
    assert ways == ["usual"]


@pytest.mark.parametrize("name", ["manifest", "pending"])
def test_a_manifest_of_another_build_is_seen(name: str, built: Path, ways: list[str]) -> None:
    path = built / "output/.sitegen" / name
    path.write_bytes(path.read_bytes() + b"\n" if name == "manifest" else b"{}")
    assert main(building(built, "-q")) == 0
    assert ways == ["usual"]


def test_clean_takes_the_record_away(built: Path, capsys: Capture) -> None:
    assert (built / RECORD).is_file()
    assert do(capsys, "clean", "--root", built).code == 0
    assert tree(built / "output") == {}


def test_fragments_have_a_record_of_their_own(built: Path, ways: list[str], capsys: Capture) -> None:
    command = ["partials", "--root", str(built), "-o", str(built / "there"), "--as-of", DAY]
    assert do(capsys, *command).code == 0
    said = do(capsys, *command)
    assert same_but_time(said) == Said(0, "0 written, 2 unchanged, 0 removed in 0.00 s\n", "")
    assert ways == ["usual", "short"]
    (built / "there/alpha/levels.html").write_bytes(b"mine")
    assert do(capsys, *command).code == 1
    assert ways[-1] == "usual"


def test_fragments_and_pages_in_one_folder_are_told_apart(built: Path, capsys: Capture) -> None:
    fragments = ["partials", "--root", str(built), "-o", str(built / "output"), "--as-of", DAY]
    for command, count in ((fragments, 2), (building(built), 8), (fragments, 2), (fragments, 2), (building(built), 8)):
        said = do(capsys, *command)
        assert said.code == 0
        assert sum(map(int, re.findall(r"(\d+) (?:written|unchanged)", said.out))) == count


# --- the record itself ---------------------------------------------------------------

DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut in the first line": lambda data: data[:30],
    "cut in the middle": lambda data: data[: len(data) // 2],
    "cut at the end": lambda data: data[:-2],
    "garbage": lambda _: os.urandom(500),
    "deep": lambda _: b"[" * 200_000,
    "another version": lambda data: summed(data.partition(b"\n")[2].replace(b'"version":1', b'"version":2')),
    "a list": lambda _: summed(b"[]\n"),
    "a word": lambda _: summed(b"soon\n"),
    "edited": lambda data: data.replace(b'"files":8', b'"files":9'),
}


def summed(data: bytes) -> bytes:
    """A record whose first line is right."""
    return build_record.hash_of(data).encode() + b"\n" + data


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_record_means_a_usual_build(name: str, built: Path, ways: list[str], capsys: Capture) -> None:
    path = built / RECORD
    good = path.read_bytes()
    path.write_bytes(DAMAGES[name](good))
    said = do(capsys, *building(built))
    assert same_but_time(said) == Said(0, "0 written, 8 unchanged, 0 removed in 0.00 s\n", "")
    assert ways == ["usual"]
    assert path.read_bytes() == good


@pytest.mark.parametrize("what", ["folder", "link"])
def test_a_record_that_is_no_file_does_no_harm(what: str, built: Path, ways: list[str], capsys: Capture) -> None:
    path = built / RECORD
    path.unlink()
    if what == "folder":
        path.mkdir()
    else:
        path.symlink_to(built / "nowhere")
    assert do(capsys, *building(built)).code == 0
    assert ways == ["usual"]
    assert not (built / "nowhere").exists()


def test_a_record_is_read_as_it_was_written() -> None:
    sources = {"a.yaml": Source("1", "2 3"), "b.md": Source("4")}
    record = Record({"day": DAY}, "5", 6, sources, [{"code": "x", "place": ["a.yaml", 1, 2, 3]}], {"python": '{"é":1}'})
    assert read(written(record)) == record
    assert read(written(Record({}, "", 0, {}))) == Record({}, "", 0, {}, [])


def test_what_changed_is_known_from_signatures_and_hashes() -> None:
    names = ("same", "touched", "late", "edited", "gone")
    record = Record({}, "", 0, {name: Source(f"hash of {name}", f"signature of {name}") for name in names})
    old, late = "1 1 1 1", f"1 {10**10} 1 1"
    found = {"same": "signature of same", "touched": old, "late": late, "edited": old, "more": old}
    asked = []

    def hash_now(name: str) -> str:
        asked.append(name)
        return f"hash of {name}" if name != "edited" else "another"

    now = sources_now(record, Look(10**10 + 1, found), hash_now)
    assert asked == ["touched", "late", "edited", "more"]
    assert changed(record, now) == {"edited", "gone", "more"}
    assert now["touched"] == Source("hash of touched", old)
    assert now["late"] == Source("hash of late", "")


# --- findings ------------------------------------------------------------------------


@pytest.fixture
def warned(built: Path) -> Path:
    """A site with a warning and a notice, built."""
    (built / "themes/own/picture.png").write_bytes(b"\x89PNG")
    edit(
        built / "content/facts.yaml",
        "    python: {name: Python}",
        "    python: {name: Python}\n    python-2: {name: Pythom – ünd}",
    )
    edit(built / "sitegen.yaml", "<< product.id >>.md", "<< product.id >>-<< library.id >>.md")
    edit(built / "sitegen.yaml", "<< product.id >>/levels", "<< product.id >>/<< library.id >>")
    age(built)
    said = run(*building(built))
    assert said.code == 0
    assert "warning[" in said.err
    return built


@pytest.mark.parametrize("flags", [*FORMATS, ("--strict",), ("--strict", "--format", "json")])
def test_findings_are_told_again(flags: tuple[str, ...], warned: Path, ways: list[str], capsys: Capture) -> None:
    assert do(capsys, *building(warned)).code == 0
    ways.clear()
    short = same_but_time(do(capsys, *building(warned, *flags)))
    assert ways == ["short"]
    assert short.code == (1 if "--strict" in flags else 0)
    (warned / RECORD).unlink()
    assert same_but_time(do(capsys, *building(warned, *flags))) == short
    assert ways == ["short", "usual"]


THREE = """\
products: {fields: {name: text}, records: {web: {name: Web}}}
libraries: {fields: {name: text}, records: {java: {name: Java}, go: {name: Go}, py: {name: Py}}}
things: {fields: {name: text, more: markdown?}, records: {a: {name: A}}}
tables: {t: {caption: C, from: things, columns: [{header: H, field: name}]}}
"""


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """A site of three libraries with files of their own, built."""
    site = tmp_path / "three"
    (site / "content/libraries").mkdir(parents=True)
    (site / "sitegen.yaml").write_bytes(b"")
    (site / "content/facts.yaml").write_text(THREE)
    (site / "content/page.md").write_text("---\ntitle: T << library.name >>\n---\n<< tables.t >>\n")
    for library in ("java", "go", "py"):
        own = f"library: {library}\nthings:\n  records:\n    own: {{name: One}}\n"
        (site / f"content/libraries/{library}.yaml").write_text(own)
    age(site)
    assert main(building(site, "-q")) == 0
    return site


WORDS = "Kubernetes works. " * 3
SLIPS: dict[str, tuple[dict[str, str], dict[str, str], str, list[str]]] = {
    # what stands in the site before, and after an edit of a library's own file; how that is built; what is found
    "of another library": (
        {"java": "things: {records: {one: {name: Ant}, two: {name: Ant}}}"},
        {"go": "things: {records: {own: {name: Two}}}"},
        "libraries",
        ["same-record java"],
    ),
    "of the library": (
        {"go": "things: {records: {one: {name: Ant}, two: {name: Bee}}}"},
        {"go": "things: {records: {one: {name: Ant}, two: {name: Ant}}}"},
        "libraries",
        ["same-record go"],
    ),
    "mended in the library": (
        {"go": "things: {records: {one: {name: Ant}, two: {name: Ant}}}"},
        {"go": "things: {records: {one: {name: Ant}, two: {name: Bee}}}"},
        "libraries",
        [],
    ),
    "across libraries": (
        {"java": "things: {records: {own: {name: Kuberntees}}}"},
        {"go": f"things: {{records: {{own: {{name: {WORDS}}}}}}}"},
        "libraries",
        ["near-word java"],
    ),
    "allowed in another library": (
        {"java": "things: {records: {one: {name: Ant}, # sitegen: allow same-record: a twin\n  two: {name: Ant}}}"},
        {"go": "things: {records: {own: {name: Two}}}"},
        "libraries",
        ["same-record java"],
    ),
    "allowed in another library, on its line": (
        {"java": "things: {records: {one: {name: Ant},\n two: {name: Ant}}} # sitegen: allow same-record: a twin"},
        {"go": "things: {records: {own: {name: Two}}}"},
        "libraries",
        [],
    ),
    "hidden in another library": (
        {"java": "things: {records: {own: {name: A\u00adnt}}}"},
        {"go": "things: {records: {own: {name: Two}}}"},
        "libraries",
        ["hidden-character java"],
    ),
    "common, and still so": (
        {
            "py": "things: {records: {own: {name: One}}}",
            "facts": "links: {fields: {to: link}, records: {a: {to: /a/}}}",
        },
        {"go": "things: {records: {own: {name: Two}}}"},
        "libraries",
        ["never-shown facts"],
    ),
    "in the page of another library": (
        {"page": "## << library.name >>\n\n[Go](#go)"},
        {"go": "things: {records: {own: {name: Two}}}"},
        "libraries",
        ["unknown-anchor page"],
    ),
    "in the page, told of the first library": (
        {"page": "See [it](#nowhere).\n\n## << library.name >>"},
        {"java": "things: {records: {own: {name: Two}}}"},
        "libraries",
        ["unknown-anchor page"],
    ),
    "an error beside what others told": (
        {"page": "See [it](#nowhere).\n\n## << library.name >>"},
        {"go": "things: {records: {own: {name: One, nam: Two}}}"},
        "libraries",
        ["unknown-field go", "unknown-anchor page"],
    ),
    "common, and new": (
        {
            "py": "things: {records: {own: {name: One, more: 'See [us][a].'}}}",
            "facts": "links: {fields: {to: link}, records: {a: {to: /a/}}}",
        },
        {"py": "things: {records: {own: {name: One}}}"},
        "whole",
        ["never-shown facts"],
    ),
    "an error": (
        {"java": "things: {records: {one: {name: Ant}, two: {name: Ant}}}"},
        {"go": "things: {records: {own: {name: One, nam: Two}}}"},
        "libraries",
        ["unknown-field go"],
    ),
    "an error in YAML": ({}, {"go": "things: {records: {own: {name: One}"}, "whole", ["yaml-syntax go"]),
}


def _write(site: Path, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        if name == "page":
            (site / "content/page.md").write_text(f"---\ntitle: T\n---\n<< tables.t >>\n\n{text}\n")
        elif name == "facts":
            (site / "content/facts.yaml").write_text(f"{THREE}{text}\n")
        else:
            (site / f"content/libraries/{name}.yaml").write_text(f"library: {name}\n{text}\n")


@pytest.mark.parametrize("name", SLIPS)
def test_a_part_tells_what_the_whole_site_tells(name: str, three: Path, capsys: Capture) -> None:
    before, after, way, expected = SLIPS[name]
    _write(three, before)
    age(three)
    assert do(capsys, *building(three)).code == 0
    _write(three, after)
    said = do(capsys, *building(three, "--format", "json", "--profile"))
    assert json.loads(said.err)["way"] == way
    assert json.loads(said.out) == json.loads(do(capsys, *building(three, "--format", "json", "--force")).out)
    found = json.loads(said.out)["findings"]
    assert [f"{one['code']} {Path(one['file']).stem}" for one in found] == expected
    again = do(capsys, *building(three, "--format", "json"))
    assert again.out == said.out


def _built_anew(site: Path) -> dict[str, bytes]:
    assert main([*building(site, "-q"), "-o", str(site / "anew")]) == 0
    return only_pages(tree(site / "anew"))


def test_a_record_without_its_manifest_says_nothing(three: Path) -> None:
    record, own = (three / RECORD).read_bytes(), three / "content/libraries/java.yaml"
    text = own.read_text()
    own.write_text(text.replace("One", "Two"))
    assert main(building(three, "-q")) == 0
    (three / RECORD).write_bytes(record)  # as where a build was killed before it noted its own
    own.write_text(text)
    assert main(building(three, "-q")) == 0
    assert only_pages(tree(three / "output")) == _built_anew(three)


def test_a_common_source_that_is_saved_while_a_part_is_built_is_built_for_all(
    three: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build = importlib.import_module("sitegen.commands.build")
    look = build.intact

    def looking(*arguments: object) -> object:
        with (three / "content/page.md").open("a") as page:
            page.write("\nA new sentence.\n")
        monkeypatch.setattr(build, "intact", look)
        return look(*arguments)

    monkeypatch.setattr(build, "intact", looking)
    own = three / "content/libraries/java.yaml"
    own.write_text(own.read_text().replace("One", "Two"))
    assert main(building(three, "-q")) == 0
    assert only_pages(tree(three / "output")) == _built_anew(three)
