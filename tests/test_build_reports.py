"""What a build tells of itself: how far it is, what took how long, and why a file was written or left."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sitegen.cli import main
from sitegen.commands import build as build_command
from sitegen.commands import phases, progress, shortcut
from sitegen.output import ChangedError
from tests.support.commands import Capture, Said, do, edit, run
from tests.support.requirements import needs_terminal
from tests.support.sites import large_site
from tests.support.small_site import DAY, small_site, tree

OWN = "content/libraries/lib-1.yaml"
PAGE = "markdoc/asm/lib-1.md"
OTHER = "markdoc/asm/lib-2.md"


def written(folder: Path, libraries: int = 6) -> Path:
    """Write a site of some libraries, but for the templates that sitegen brings."""
    for name, data in large_site(libraries).items():
        if not name.startswith(("partials/", "themes/")):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
    return folder


def building(site: Path, *more: str | Path) -> list[str]:
    """The arguments that build a site."""
    return ["build", "--root", str(site), "--as-of", DAY, *map(str, more)]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site of six libraries, not yet built."""
    return written(tmp_path / "site")


@pytest.fixture
def built(site: Path) -> Path:
    """A site of six libraries, built."""
    assert main(building(site, "-q")) == 0
    return site


def why(capsys: Capture, site: Path, path: str, *more: str) -> str:
    """What a build says of a file, below its name."""
    said = do(capsys, *building(site, "-q", "--why", path, *more))
    assert said.code == 0, said.err
    name, _, rest = said.out.partition(f"{path} ")
    assert name == f"{site / 'output'}/"
    return rest


# --- why -----------------------------------------------------------------------------

SAME = "was made again, came out the same, and was not written.\n"
WHOLE = "  The whole site was made again, since "


def test_a_first_build_writes_everything(site: Path, capsys: Capture) -> None:
    assert why(capsys, site, PAGE) == (
        "was written.\n"
        f"{WHOLE}this is the first build into this folder.\n"
        f"  It is made of the library 'lib-1', which has 1 file of its own: {OWN};\n"
        "  and of 12 common sources, which -v names.\n"
    )


def test_a_build_with_nothing_to_do_keeps_everything(built: Path, capsys: Capture) -> None:
    (record := built / "output/.sitegen/build").touch()
    for flags in ((), ("-v",)):
        said = why(capsys, built, PAGE, *flags)
        assert said.startswith(
            "was kept, and not made again.\n"
            "  All sources and all files of the output are as the last build left them.\n"
            f"  It is made of the library 'lib-1', which has 1 file of its own: {OWN};\n"
        )
    assert said.endswith("    themes/default/page.html\n")
    assert "\n    content/facts.yaml\n" in said
    os.utime(built / "output" / PAGE)
    assert why(capsys, built, PAGE).startswith("was kept, and not made again.\n  All sources and all files")
    assert record.is_file()


def _own(site: Path) -> None:
    edit(site / OWN, "since: 1.1.5", "since: 1.1.6")


def _common(site: Path) -> None:
    edit(site / "content/facts.yaml", "Library 1}", "Library One}")


def _own_and_common(site: Path) -> None:
    _own(site)
    (site / "content/_new.md").write_bytes(b"New.\n")


def _four(site: Path) -> None:
    for number in range(4):
        edit(site / f"content/libraries/lib-{number}.yaml", "2.9.0", "2.9.1")


def _two(site: Path) -> None:
    _own(site)
    (site / "output" / OTHER).unlink()


def _another_record(site: Path) -> None:
    edit(site / OWN, "    cap-1:", "    cap-9: {name: Mine, since: 1.2.0}\n    cap-1:")


def _finding(site: Path) -> None:
    edit(site / OWN, "is: 2.9.0", "is: 2.1.0")


def _gone(path: str) -> Callable[[Path], None]:
    return lambda site: (site / path).unlink()


def _mine(path: str) -> Callable[[Path], None]:
    return lambda site: (site / path).write_bytes(b"mine\n") and None


REASONS: dict[str, tuple[Callable[[Path], None], str, list[str], str]] = {
    "own files": (_own, PAGE, [], f"was written.\n  Of the files of its library, {OWN} has changed.\n"),
    "a file of another library": (
        _own,
        OTHER,
        [],
        "was kept, and not made again.\n  The files of its library 'lib-2' and the common sources are as they were.\n",
    ),
    "a file of a library, for what stands beside": (
        _own,
        "html/index.html",
        [],
        (
            "was kept, and not made again.\n"
            "  The common sources are as they were, and so is all that it may show of libraries.\n"
            "  It stands beside the pages of all libraries, and is made of what these are;\n"
        ),
    ),
    "a common source": (
        _common,
        PAGE,
        [],
        f"was written.\n{WHOLE}content/facts.yaml has changed, and more than one library may depend on that.\n",
    ),
    "a common source that shows elsewhere": (
        _common,
        OTHER,
        [],
        f"{SAME}{WHOLE}content/facts.yaml has changed, and more than one library may depend on that.\n",
    ),
    "a common source that is new": (
        _own_and_common,
        PAGE,
        [],
        (
            f"was written.\n  Of the files of its library, {OWN} has changed.\n"
            f"{WHOLE}content/_new.md is new, and more than one library may depend on that.\n"
        ),
    ),
    "many libraries": (
        _four,
        "markdoc/asm/lib-5.md",
        [],
        (
            f"{SAME}{WHOLE}content/libraries/lib-0.yaml, {OWN}, content/libraries/lib-2.yaml and "
            "content/libraries/lib-3.yaml have changed, and that concerns more than half of the libraries.\n"
        ),
    ),
    "another record": (
        _another_record,
        PAGE,
        [],
        (
            f"was written.\n  Of the files of its library, {OWN} has changed.\n"
            f"{WHOLE}the pages, records or files of 'lib-1' are others, which all pages may name.\n"
        ),
    ),
    "a warning in another library": (_finding, OTHER, [], "was kept, and not made again.\n"),
    "edited": (_mine(f"output/{PAGE}"), PAGE, [], "was written.\n  Somebody edited it since it was written.\n  It is"),
    "removed": (
        _gone(f"output/{PAGE}"),
        PAGE,
        [],
        "was written.\n  Somebody removed it since it was written.\n  It is",
    ),
    "removed, and another library": (
        _two,
        PAGE,
        [],
        f"was written.\n  Of the files of its library, {OWN} has changed.",
    ),
    "another file was removed": (
        _gone("output/markdoc/aap/lib-1.md"),
        PAGE,
        [],
        f"{SAME}  It was made with the other files of its library, of which some were not as they were left.\n",
    ),
    "what stands beside was removed": (
        _gone("output/html/index.html"),
        "html/index.html",
        [],
        (
            "was written.\n  Somebody removed it since it was written.\n"
            f"{WHOLE}html/index.html is not as the last build left it, which no library gives alone.\n"
        ),
    ),
    "no record": (
        _gone("output/.sitegen/build"),
        PAGE,
        [],
        f"{SAME}{WHOLE}there is no record of the last build that can be used.\n",
    ),
    "another day": (
        lambda _: None,
        PAGE,
        ["--as-of", "2026-04-02"],
        f"{SAME}{WHOLE}the day is 2026-04-02, and was {DAY}.\n",
    ),
    "another day, and one dialect": (
        lambda _: None,
        PAGE,
        ["--as-of", "2026-04-02", "--only", "markdoc"],
        (
            f"{SAME}{WHOLE}the day is 2026-04-02, and was {DAY}, and "
            "the build is of markdoc, and the last one was of all dialects.\n"
        ),
    ),
    "other dialects": (
        lambda _: None,
        PAGE,
        ["--only", "hugo"],
        "was left alone: it is of 'markdoc', and this build is of others.\n",
    ),
    "by force": (lambda _: None, PAGE, ["--force"], f"{SAME}{WHOLE}--force asks for that.\n"),
}


@pytest.mark.parametrize("name", REASONS)
def test_a_file_is_told_why_it_was_written_or_left(name: str, built: Path, capsys: Capture) -> None:
    prepare, path, flags, expected = REASONS[name]
    prepare(built)
    assert why(capsys, built, path, *flags).startswith(expected)


def test_a_file_of_a_page_that_is_new_or_gone(built: Path, capsys: Capture) -> None:
    edit(built / "content/facts.yaml", "    lib-0: {name: Library 0}\n", "")
    edit(built / "content/facts.yaml", "    lib-1:", "    lib-9: {name: Library 9}\n    lib-1:")
    (built / "content/libraries/lib-0.yaml").unlink()
    _mine("output/markdoc/aap/lib-0.md")(built)
    paths = ("markdoc/asm/lib-0.md", "markdoc/aap/lib-0.md", "markdoc/asm/lib-9.md")
    said = do(capsys, *building(built, "-q", *(part for path in paths for part in ("--why", path))))
    assert said.code == 0
    of = [text.split("\n") for text in said.out.split(f"{built / 'output'}/")[1:]]
    assert of[0][0] == f"{paths[0]} was removed, since nothing is made for it any more."
    assert of[1][:2] == [
        f"{paths[1]} was kept, though nothing is made for it any more.",
        "  Somebody edited it since it was written.",
    ]
    assert of[2][:2] == [f"{paths[2]} was written.", "  No build has written it before."]
    assert of[2][2].startswith(f"{WHOLE}content/facts.yaml has changed, and ")
    assert of[2][3] == "  It is made of the library 'lib-9', which has no files of its own;"


def test_a_file_that_was_taken_over(site: Path, capsys: Capture) -> None:
    (site / "output" / PAGE).parent.mkdir(parents=True)
    _mine(f"output/{PAGE}")(site)
    said = do(capsys, *building(site, "--why", PAGE))
    assert said.code == 1
    assert said.out == f"{site / 'output' / PAGE} was left alone, since the build stopped at what is told above.\n"
    expected = "was written.\n  It stood there and was not written by sitegen; --force took it over.\n"
    assert why(capsys, site, PAGE, "--force").startswith(expected)


def test_another_program_is_told(built: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shortcut, "_engine", lambda: "another")
    said = why(capsys, built, PAGE)
    assert said.startswith(f"{SAME}{WHOLE}sitegen, or a package below it, is another version.\n")
    monkeypatch.setattr(sys, "version", "4.0.0")
    assert why(capsys, built, PAGE).startswith(f"{SAME}{WHOLE}Python is another version.\n")


def test_another_command_and_another_place_are_told(built: Path, capsys: Capture) -> None:
    assert main(["partials", "--root", str(built), "-o", str(built / "output"), "--as-of", DAY, "-q"]) == 0
    said = why(capsys, built, PAGE)
    assert said.startswith(f"{SAME}{WHOLE}the last command that wrote here was 'sitegen partials'")
    (moved := built.parent / "moved").parent.mkdir(exist_ok=True)
    built.rename(moved)
    said = why(capsys, moved, PAGE)
    assert f"since the folder of the output was {built / 'output'}, and the folder of the site was {built}.\n" in said


def test_where_an_error_is_found_the_output_is_left_alone(built: Path, capsys: Capture) -> None:
    _own(built)
    broken = do(capsys, *building(edited(built), "--why", OTHER))
    assert broken.code == 1
    assert broken.out == f"{built / 'output' / OTHER} was left alone, since the build stopped at what is told above.\n"


def edited(site: Path) -> Path:
    """A site with a mistake."""
    edit(site / OWN, "since: 1.1.6", "since: soon")
    return site


def test_a_build_that_others_disturb_is_told(built: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    whole, calls = build_command.write, []

    def disturbed(*arguments: object, **more: object) -> object:
        calls.append(1)
        if len(calls) == 1:
            raise ChangedError(PAGE)
        return whole(*arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(build_command, "write", disturbed)
    _own(built)
    said = why(capsys, built, OTHER)
    assert said.startswith(f"{SAME}{WHOLE}sources or the output were changed meanwhile.\n")


def test_a_path_is_written_in_several_ways(built: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)
    expected = why(capsys, built, PAGE)
    for path in (f"output/{PAGE}", f"./output/{PAGE}", f"./{PAGE}", str(built / "output" / PAGE), f"html/../{PAGE}"):
        said = do(capsys, *building(built, "-q", "--why", path))
        assert said == Said(0, f"{built / 'output' / PAGE} {expected}", "")


@pytest.mark.parametrize("change", [None, _own, _common])
def test_where_why_names_no_output_nothing_is_written(
    change: Callable[[Path], None] | None, built: Path, capsys: Capture
) -> None:
    if change:
        change(built)
    before = {path: path.stat() for path in (built / "output").rglob("*") if path.name != "lock"}
    said = do(capsys, *building(built, "--why", "markdoc/asm/lib1.md", "--why", PAGE, "--why", "../site/nowhere"))
    assert said.code == 2
    wrong = "sitegen: --why: markdoc/asm/lib1.md is no file of the output; did you mean 'markdoc/asm/lib-1.md'?\n"
    assert said.err == f"{wrong}sitegen: --why: ../site/nowhere is no file of the output\n"
    after = {path: path.stat() for path in (built / "output").rglob("*") if path.name != "lock"}
    assert {path: (s.st_mtime_ns, s.st_ino) for path, s in after.items()} == {
        path: (s.st_mtime_ns, s.st_ino) for path, s in before.items()
    }
    assert do(capsys, *building(built, "--check")).code == (1 if change else 0)


def test_where_why_names_no_output_the_first_build_writes_nothing(built: Path, capsys: Capture) -> None:
    shutil.rmtree(built / "output")
    assert do(capsys, *building(built, "--why", "nowhere.md")).code == 2
    assert not (built / "output").exists()


@pytest.mark.parametrize("flag", ["--check", "--diff"])
def test_a_comparison_has_no_why(flag: str, built: Path, capsys: Capture) -> None:
    said = do(capsys, *building(built, flag, "--why", PAGE))
    assert said.code == 2
    assert said.err == "sitegen: --why tells what a build has done; --check and --diff build nothing\n"


@pytest.mark.parametrize("more", [(), ("-v",), ("--profile",)])
def test_what_programs_read_is_left_alone(more: tuple[str, ...], built: Path, capsys: Capture) -> None:
    for change in (_as_it_is, _own, _common):
        change(built)
        said = do(capsys, *building(built, "--format", "json", "--why", PAGE, *more))
        assert said.code == 0
        assert json.loads(said.out) == {"version": 1, "findings": []}
        assert said.err.startswith(f"{built / 'output' / PAGE} was ")


def _as_it_is(site: Path) -> None:
    """Change nothing."""


# --- profile -------------------------------------------------------------------------


def profile(capsys: Capture, site: Path, *more: str) -> list[str]:
    """The lines of a profile, with no time in them."""
    said = do(capsys, *building(site, "-q", "--profile", *more))
    assert said.code == 0, said.err
    lines = re.sub(r" +\d+\.\d\d +\d+%", " T", said.out).splitlines()
    assert lines[1] == "phase       seconds  share"
    return [lines[0], *lines[2:]]


def test_a_profile_tells_the_way_of_a_build_and_its_phases(site: Path, capsys: Capture) -> None:
    usual = [f"{name} T" for name in ("comparing", "reading", "loading", "building", "checking")]
    phases_ = [*usual, "writing T", "all T"]
    lines = profile(capsys, site)
    files = len([path for path in (site / "output").rglob("*") if path.is_file() and ".sitegen" not in path.parts])
    assert lines == [
        "The whole site was built, since this is the first build into this folder.",
        *phases_,
        "sources     18 read, 0 known from the last build",
        "libraries   6 built, 0 kept",
        f"files       {files} written, 0 unchanged, 0 removed",
    ]
    _own(site)
    lines = profile(capsys, site)
    changed = int(lines[-1].split()[1])
    assert lines == [
        f"1 of 6 libraries was built, since {OWN} has changed.",
        *phases_,
        "sources     13 read, 5 known from the last build",
        "libraries   1 built, 5 kept",
        f"files       {changed} written, {files - changed} unchanged, 0 removed",
    ]
    lines = profile(capsys, site)
    assert lines[:3] == [
        "Nothing was built, since sources and output are as the last build left them.",
        "comparing T",
        "all T",
    ]
    assert lines[-2:] == ["libraries   0 built, 6 kept", f"files       0 written, {files} unchanged, 0 removed"]
    assert profile(capsys, site, "--check") == [
        "The whole site was built, since --check asks for that.",
        *usual,
        "all T",
        "sources     18 read, 0 known from the last build",
        "libraries   6 built, 0 kept",
    ]


def test_the_seconds_of_a_profile_add_up() -> None:
    times = iter([10.0, 10.0, 10.5, 12.5, 13.0, 13.25])
    told = phases.Phases(lambda: next(times))
    for name in ("reading", "building", "checking", "building", ""):
        told.begin(name)
    assert told.seconds == {"reading": 0.5, "building": 2.25, "checking": 0.5}


@pytest.mark.parametrize("change", [_as_it_is, _own, _common])
def test_a_profile_for_programs_is_the_last_line_beside_the_findings(
    change: Callable[[Path], None], built: Path, capsys: Capture
) -> None:
    change(built)
    said = do(capsys, *building(built, "--profile", "--format", "json"))
    assert said.code == 0
    assert json.loads(said.out) == {"version": 1, "findings": []}
    told = json.loads(said.err.splitlines()[-1])
    assert told["version"] == 1
    assert told["way"] == {_as_it_is: "nothing", _own: "libraries", _common: "whole"}[change]
    assert told["seconds"] == pytest.approx(sum(one["seconds"] for one in told["phases"]), abs=0.001)
    assert sum(told["counts"]["libraries"].values()) == 6
    assert sum(told["counts"]["sources"].values()) == 18
    assert sum(told["counts"]["files"].values()) > 30


def test_a_profile_is_told_of_a_build_that_fails(built: Path, capsys: Capture) -> None:
    _own(built)
    said = do(capsys, *building(edited(built), "--profile"))
    assert said.code == 1
    assert said.err.startswith("error[")
    assert said.out.startswith("The whole site was built, since the pages, records or files of 'lib-1' are others, ")
    assert "\nfiles " not in said.out


def test_a_profile_of_nothing_loads_nothing_else(built: Path) -> None:
    script = "import sys; from sitegen.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", script, *building(built, "--profile", "-q")]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    assert done.stdout.startswith("Nothing was built, ")
    loaded = {name for name in done.stderr.split() if name.startswith("sitegen.")}
    assert not loaded & {"sitegen.output", "sitegen.findings", "sitegen.commands.edge", "sitegen.remembering"}


# --- the line on a terminal ----------------------------------------------------------


def screen(shown: str) -> list[str]:
    """What is left on a terminal, without spaces at the end of lines."""
    lines, column = [""], 0
    for sign in shown:
        if sign == "\r":
            column = 0
        elif sign == "\n":
            lines.append("")
            column = 0
        else:
            lines[-1] = lines[-1][:column].ljust(column) + sign + lines[-1][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


def drawn(shown: str) -> list[str]:
    """The lines that were drawn in place."""
    return [text.strip() for text in re.findall(r"\r([^\r\n]*)\r(?!\n)", shown) if text.strip()]


class Terminal:
    """A pseudo-terminal for standard error, and a clock that goes on with each look."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
        import fcntl  # noqa: PLC0415 - not on Windows
        import pty  # noqa: PLC0415
        import struct  # noqa: PLC0415
        import termios  # noqa: PLC0415

        self.far, near = pty.openpty()
        fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.set_blocking(self.far, False)
        self.near = os.fdopen(near, "w", buffering=1)
        self.now, self.step = 0.0, 0.0
        self.patch = monkeypatch

    def open(self) -> None:
        """Make it the terminal of this process."""
        self.patch.setattr(sys, "stderr", self.near)
        self.patch.delenv("CI", raising=False)
        self.patch.setenv("TERM", "xterm")
        self.patch.setattr(phases, "time", SimpleNamespace(perf_counter=self.clock))
        self.patch.setattr(progress, "_has_timer", lambda: False)

    def clock(self) -> float:
        """The time."""
        self.now += self.step
        return self.now

    def shown(self) -> str:
        """What was shown since the last look."""
        found = b""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.far, 65536):
                found += data
        return found.decode()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """A terminal of 80 columns, or as many as are asked for. It is opened in the test: pytest has its own before."""
    made = Terminal(monkeypatch, getattr(request, "param", 80))
    yield made
    monkeypatch.undo()
    made.near.close()
    os.close(made.far)


LONG = SimpleNamespace(quiet=False, format="text")


@needs_terminal
def test_a_line_is_drawn_after_a_second_and_at_most_ten_times_in_one(terminal: Terminal) -> None:
    terminal.open()
    with progress.Progress(LONG) as bar:  # type: ignore[arg-type]
        bar.begin("building")
        times = []
        for done in range(2000):
            terminal.now = done / 500
            bar.tick(done, 2000)
            shown = terminal.shown()
            if shown:
                times.append(terminal.now)
                assert shown == f"\rbuilding  {done:,}/2,000 libraries  {done // 20}%\r"
        assert times[0] == 1.0
        assert 25 <= len(times) <= 30
        assert min(after - before for before, after in itertools.pairwise(times)) > 0.0999
        terminal.now = 5
        bar.begin("checking")
        terminal.now = 6
        bar.begin("writing")
        assert drawn(terminal.shown()) == ["checking", "writing"]
        bar.hide()
        assert screen(terminal.shown()) == [""]
        terminal.now = 7
        bar.tick(1, 2)
        assert terminal.shown() == ""


@needs_terminal
@pytest.mark.parametrize(("terminal", "columns"), [(20, 20), (9, 9), (2, 2)], indirect=["terminal"])
def test_a_line_fits_into_a_narrow_terminal(terminal: Terminal, columns: int) -> None:
    terminal.open()
    with progress.Progress(LONG) as bar:  # type: ignore[arg-type]
        terminal.now = 2
        bar.begin("building")
        assert drawn(terminal.shown()) == ["building"[: columns - 1]]
        terminal.now = 3
        bar.tick(1, 12_000)
        assert terminal.shown() == f"\r{'building  1/12,000 libraries'[: columns - 1]}\r"
    assert screen(terminal.shown()) == [""]


@needs_terminal
def test_each_phase_of_a_long_build_is_shown(site: Path, terminal: Terminal, capsys: Capture) -> None:
    terminal.open()
    terminal.step = 0.6
    assert main(building(site)) == 0
    shown = drawn(terminal.shown())
    assert list(dict.fromkeys(line.split()[0] for line in shown)) == [
        "comparing",
        "reading",
        "loading",
        "building",
        "checking",
        "writing",
    ]
    assert "building  5/6 libraries  83%" in shown
    assert re.fullmatch(r"writing  \d+/\d+ files  9\d%", shown[-1])


@needs_terminal
@pytest.mark.parametrize(
    ("more", "environment"),
    [
        (("-q",), {}),
        (("--format", "json"), {}),
        ((), {"TERM": "dumb"}),
        ((), {"CI": "true"}),
    ],
)
def test_nobody_who_does_not_look_is_shown_a_line(
    more: tuple[str, ...], environment: dict[str, str], site: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.open()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal.step = 0.6
    assert main(building(site, *more)) == 0
    assert terminal.shown() == ""


@needs_terminal
def test_what_is_found_is_told_where_the_line_was(site: Path, terminal: Terminal) -> None:
    edit(site / OWN, "since: 1.1.5", "since: soon")
    terminal.open()
    terminal.step = 0.6
    assert main(building(site, "--color", "never")) == 1
    shown = terminal.shown()
    assert drawn(shown)
    assert screen(shown)[0].startswith("error[unknown-state]: ")
    assert "building" not in "".join(screen(shown))


@needs_terminal
@pytest.mark.parametrize("error", [OSError(28, "No space left on device", "there"), KeyboardInterrupt()])
def test_a_line_is_wiped_when_a_build_ends_early(
    error: BaseException, site: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(build_command, "judge", fail)
    terminal.open()
    terminal.step = 0.6
    assert main(building(site)) in (3, 130)
    shown = terminal.shown()
    assert drawn(shown)[-1].startswith("checking")
    assert screen(shown) in (["sitegen: there: No space left on device", ""], ["interrupted", ""])


# Builds as the command does, but each library takes a while. The terminal is that of the process, so that Ctrl-C is its.
_SLOWLY = """
import fcntl, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from sitegen import cli, site
build_library = site.build_library
def slowly(*arguments, **more):
    time.sleep(float(sys.argv[1]))
    return build_library(*arguments, **more)
site.build_library = slowly
sys.exit(cli.main(sys.argv[2:]))
"""


def in_terminal(site: Path, pause: float, *more: str, interrupt: bool = False) -> tuple[int, str]:
    """Build in a terminal, where each library takes a while. Returns the exit code, and what is shown."""
    import pty  # noqa: PLC0415 - not on Windows

    far, near = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    shown = b""
    with subprocess.Popen(
        [sys.executable, "-c", _SLOWLY, str(pause), *building(site, *more)],
        stdin=near,
        stdout=near,
        stderr=near,
        start_new_session=True,
        env={**environment, "TERM": "xterm"},
    ) as process:
        os.close(near)
        while True:
            try:
                data = os.read(far, 65536)
            except OSError:  # Linux says so when the other end is closed
                break
            if not data:
                break
            shown += data
            if interrupt and b"building" in shown:
                os.write(far, b"\x03")
                interrupt = False
    os.close(far)
    return process.returncode, shown.decode()


@needs_terminal
@pytest.mark.parametrize("processes", ["1", "2"])
def test_a_long_build_in_a_terminal_leaves_no_trace(processes: str, site: Path) -> None:
    code, shown = in_terminal(site, 0.5, "--processes", processes)
    assert code == 0
    assert {"building  2/6 libraries  33%", "building  4/6 libraries  66%"} & {*drawn(shown)}
    (last, end) = screen(shown)
    assert re.fullmatch(r"\d+ written, 0 unchanged, 0 removed in \d+\.\d\d s", last)
    assert end == ""


@needs_terminal
def test_ctrl_c_leaves_no_trace(site: Path) -> None:
    code, shown = in_terminal(site, 0.5, interrupt=True)
    assert code == 130
    assert "^C" in shown
    assert screen(shown) == ["interrupted", ""]
    assert not (site / "output").exists()


@needs_terminal
def test_a_short_build_shows_no_line(tmp_path: Path) -> None:
    code, shown = in_terminal(small_site(tmp_path), 0)
    assert code == 0
    assert re.fullmatch(r"\d+ written, 0 unchanged, 0 removed in \d+\.\d\d s\r\n", shown)


def test_nothing_is_drawn_into_a_pipe(site: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(progress, "_FIRST", 0)
    assert do(capsys, *building(site)).err == ""
    assert run(*building(site, "--force"), drop=["CI"]).err == ""
    assert tree(site / "output")
