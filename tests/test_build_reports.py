"""Reports of a build about itself: progress, profile, and why a file was written or not."""

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
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from sitegen.cli import main
from sitegen.commands import progress
from tests.support.commands import Capture, Said, do, edit, run
from tests.support.requirements import needs_terminal
from tests.support.sites import large_site
from tests.support.small_site import DAY, only_pages, small_site, stamps, tree

OWN = "content/libraries/lib-1.yaml"
PAGE = "markdoc/asm/lib-1.md"
OTHER = "markdoc/asm/lib-2.md"


def written(folder: Path, libraries: int = 6) -> Path:
    """Write a site with some libraries, without the default templates."""
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
    """A site with six libraries before its first build."""
    return written(tmp_path / "site")


@pytest.fixture
def built(site: Path) -> Path:
    """A site with six libraries after a build."""
    assert main(building(site, "-q")) == 0
    return site


def why(capsys: Capture, site: Path, path: str, *more: str) -> str:
    """The explanation of a build for a file, below its name."""
    said = do(capsys, *building(site, "-q", "--why", path, *more))
    assert said.code == 0, said.err
    name, _, rest = said.out.partition(f"{path} ")
    assert name == f"{site / 'output'}/"
    return rest


# --- why -----------------------------------------------------------------------------

SAME = "was rebuilt; the content is unchanged, so it was not written.\n"
CURRENT = "was not rebuilt: up to date.\n"


def test_a_first_build_writes_everything(site: Path, capsys: Capture) -> None:
    assert why(capsys, site, PAGE) == (
        "was written.\n"
        "  Full rebuild: this folder has no cache of an earlier build.\n"
        f"  Depends on the library 'lib-1' ({OWN}) and 12 shared sources (-v lists them).\n"
    )


def test_a_build_with_nothing_to_do_rebuilds_nothing(built: Path, capsys: Capture) -> None:
    for path in (PAGE, "html/index.html"):
        assert why(capsys, built, path) == (
            "was not rebuilt: up to date.\n  Sources and output are unchanged since the last build.\n"
        )


def test_a_build_with_findings_and_nothing_to_do_rebuilds_nothing(built: Path, capsys: Capture) -> None:
    with (built / "content/facts.yaml").open("a", encoding="utf-8") as file:
        file.write("unused: {fields: {name: text}, records: {a: {name: A}}}\n")
    first = do(capsys, *building(built))
    assert "warning[never-shown]" in first.err
    again = do(capsys, *building(built, "--profile"))
    assert "\nNothing to do: " in again.out
    assert again.err == first.err, "the findings of the last build are printed again"


def test_the_sources_of_a_file_are_listed(built: Path, capsys: Capture) -> None:
    _own(built)
    said = why(capsys, built, PAGE, "-v")
    assert f"  Depends on the library 'lib-1' ({OWN}) and 12 shared sources:\n    content/facts.yaml\n" in said
    assert said.endswith("    themes/default/page.html\n")


def _as_it_is(site: Path) -> None:
    """Change nothing."""


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
    def change(site: Path) -> None:
        (site / path).write_bytes(b"mine\n")

    return change


def _without_cache(site: Path) -> None:
    shutil.rmtree(site / "output/.sitegen")


def _with_damaged_units(site: Path) -> None:
    _own(site)
    (site / "output/.sitegen/units").write_bytes(b"damaged")


LIBRARY = "Rebuilt with the library 'lib-1': "
WHOLE = "Full rebuild: "
REMOVED = "was written.\n  It had been removed since the last build.\n"
REASONS: dict[str, tuple[Callable[[Path], None], str, list[str], str]] = {
    "own files": (_own, PAGE, [], f"was written.\n  {LIBRARY}{OWN} changed.\n  Depends on"),
    "own files of another library": (
        _own,
        OTHER,
        [],
        f"{CURRENT}  The files of the library 'lib-2' and the shared sources are unchanged.\n  Depends on",
    ),
    "own files, for a file of the whole site": (
        _own,
        "html/index.html",
        [],
        f"{CURRENT}  Depends on the pages of all libraries and 12 shared sources (-v lists them).\n",
    ),
    "own files of four libraries": (_four, "markdoc/asm/lib-5.md", [], CURRENT),
    "a shared source": (_common, PAGE, [], f"was written.\n  {WHOLE}shared source content/facts.yaml changed.\n"),
    "a shared source that shows elsewhere": (
        _common,
        OTHER,
        [],
        f"{SAME}  {WHOLE}shared source content/facts.yaml changed.\n",
    ),
    "a shared source that is new": (
        _own_and_common,
        PAGE,
        [],
        f"was written.\n  {WHOLE}shared source content/_new.md was added.\n",
    ),
    "another record": (
        _another_record,
        PAGE,
        [],
        f"was written.\n  {WHOLE}the records or files of 'lib-1' changed, and any page may refer to them.\n",
    ),
    "a warning in another library": (_finding, OTHER, [], CURRENT),
    "removed": (
        _gone(f"output/{PAGE}"),
        PAGE,
        [],
        f"{REMOVED}  {LIBRARY}{PAGE} was modified or removed since the last build.\n",
    ),
    "removed, and another library has changed": (_two, PAGE, [], f"was written.\n  {LIBRARY}{OWN} changed."),
    "another file of the library was removed": (
        _gone("output/markdoc/aap/lib-1.md"),
        PAGE,
        [],
        f"{SAME}  {LIBRARY}markdoc/aap/lib-1.md was modified or removed since the last build.\n",
    ),
    "a file of the whole site was removed": (
        _gone("output/html/index.html"),
        "html/index.html",
        [],
        f"{REMOVED}  Depends on the pages of all libraries",
    ),
    "no cache": (_without_cache, PAGE, [], f"{SAME}  {WHOLE}this folder has no cache of an earlier build.\n"),
    "a damaged cache": (
        _with_damaged_units,
        PAGE,
        [],
        f"was written.\n  {WHOLE}the cache of the last build is damaged.\n",
    ),
    "another day": (
        _as_it_is,
        PAGE,
        ["--as-of", "2026-04-02"],
        f"{SAME}  {WHOLE}the date changed from {DAY} to 2026-04-02.\n",
    ),
    "another day, and one format": (
        _as_it_is,
        PAGE,
        ["--as-of", "2026-04-02", "--only", "markdoc"],
        f"{SAME}  {WHOLE}the date changed from {DAY} to 2026-04-02, and the last build was of all formats.\n",
    ),
    "other formats": (_as_it_is, PAGE, ["--only", "hugo"], "was not rebuilt: this build is of hugo only.\n"),
    "by force": (_as_it_is, PAGE, ["--force"], f"{SAME}  {WHOLE}--force requires it.\n"),
    "edited, and by force": (
        _mine(f"output/{PAGE}"),
        PAGE,
        ["--force"],
        "was overwritten; it had been edited by hand.\n",
    ),
}


@pytest.mark.parametrize("name", REASONS)
def test_why_a_file_was_written_or_not(name: str, built: Path, capsys: Capture) -> None:
    prepare, path, flags, expected = REASONS[name]
    prepare(built)
    assert why(capsys, built, path, *flags).startswith(expected)


def test_files_of_an_added_or_removed_page(built: Path, capsys: Capture) -> None:
    edit(built / "content/facts.yaml", "    lib-0: {name: Library 0}\n", "")
    edit(built / "content/facts.yaml", "    lib-1:", "    lib-9: {name: Library 9}\n    lib-1:")
    (built / "content/libraries/lib-0.yaml").unlink()
    _mine("output/markdoc/aap/lib-0.md")(built)
    paths = ("markdoc/asm/lib-0.md", "markdoc/aap/lib-0.md", "markdoc/asm/lib-9.md")
    said = do(capsys, *building(built, "-q", *(part for path in paths for part in ("--why", path))))
    assert said.code == 0
    gone, kept, new = (text.splitlines() for text in said.out.split(f"{built / 'output'}/")[1:])
    reason = "  Full rebuild: shared source content/facts.yaml changed."
    assert gone == [f"{paths[0]} was removed; it is no longer generated.", reason]
    assert kept[0] == f"{paths[1]} was kept because it was edited by hand; it is no longer generated."
    assert new == [
        f"{paths[2]} was written.",
        reason,
        "  Depends on the library 'lib-9' (no files of its own) and 12 shared sources (-v lists them).",
    ]


def test_why_for_a_foreign_file(site: Path, capsys: Capture) -> None:
    (site / "output" / PAGE).parent.mkdir(parents=True)
    _mine(f"output/{PAGE}")(site)
    said = do(capsys, *building(site, "--why", PAGE))
    assert said.code == 1
    assert said.out == f"{site / 'output' / PAGE} was not written: the build failed (see the errors above).\n"
    assert why(capsys, site, PAGE, "--force").startswith("was overwritten; it was not written by sitegen.\n")


def test_another_engine_rebuilds_everything(built: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sitegen.commands.request.engine_digest", lambda: "another")
    reason = "the version of sitegen, or of a package that it uses, changed"
    assert why(capsys, built, PAGE).startswith(f"{SAME}  {WHOLE}{reason}.\n")
    monkeypatch.setattr(sys, "version", "4.0.0")
    assert why(capsys, built, PAGE).startswith(f"{SAME}  {WHOLE}the version of Python changed.\n")


def test_another_command_or_output_folder_rebuilds_everything(built: Path, capsys: Capture) -> None:
    assert main(["partials", "--root", str(built), "-o", str(built / "output"), "--as-of", DAY, "-q"]) == 0
    reason = "the last build was by 'sitegen partials'"
    assert why(capsys, built, PAGE).startswith(f"{SAME}  {WHOLE}{reason}.\n")
    moved = built.rename(built.parent / "moved")
    reason = f"the folder of the output was {built / 'output'}, and the folder of the site was {built}"
    assert why(capsys, moved, PAGE).startswith(f"{SAME}  {WHOLE}{reason}.\n")


def test_the_output_is_unchanged_after_an_error(built: Path, capsys: Capture) -> None:
    broken = do(capsys, *building(with_mistake(built), "--why", OTHER))
    assert broken.code == 1
    assert broken.out == f"{built / 'output' / OTHER} was not written: the build failed (see the errors above).\n"


def with_mistake(site: Path) -> Path:
    """A site in which a fact cannot be read."""
    edit(site / OWN, "since: 1.1.5", "since: soon")
    return site


def test_a_path_can_be_written_in_several_ways(built: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(built)
    expected = why(capsys, built, PAGE)
    for path in (f"output/{PAGE}", f"./output/{PAGE}", f"./{PAGE}", str(built / "output" / PAGE), f"html/../{PAGE}"):
        said = do(capsys, *building(built, "-q", "--why", path))
        assert said == Said(0, f"{built / 'output' / PAGE} {expected}", "")


@pytest.mark.parametrize("change", [None, _own, _common])
def test_nothing_is_written_if_why_names_an_unknown_file(
    change: Callable[[Path], None] | None, built: Path, capsys: Capture
) -> None:
    if change:
        change(built)
    before = stamps(built / "output")
    said = do(capsys, *building(built, "--why", "markdoc/asm/lib1.md", "--why", PAGE, "--why", "../site/nowhere"))
    assert said.code == 2
    assert said.err == (
        "sitegen build: error: --why: not an output file: 'markdoc/asm/lib1.md' "
        "(did you mean 'markdoc/asm/lib-1.md'?), '../site/nowhere'\n"
    )
    assert stamps(built / "output") == before
    assert do(capsys, *building(built, "--check")).code == (1 if change else 0)
    shutil.rmtree(built / "output")
    assert do(capsys, *building(built, "--why", "nowhere.md")).code == 2
    assert not (built / "output").exists()


@pytest.mark.parametrize("flag", ["--check", "--diff"])
def test_what_needs_a_build_cannot_be_combined_with_a_comparison(flag: str, built: Path, capsys: Capture) -> None:
    said = do(capsys, *building(built, flag, "--why", PAGE))
    assert said.code == 2
    assert said.err == "sitegen build: error: --why cannot be combined with --check or --diff, which write nothing\n"
    said = do(capsys, "partials", "--root", str(built), "-o", str(built / "partials"), flag, "--watch")
    assert (said.code, (built / "partials").exists()) == (2, False)
    assert said.err.endswith("error: --watch cannot be combined with --check or --diff, which write nothing\n")


@pytest.mark.parametrize("more", [(), ("-v",), ("--profile",)])
def test_reasons_and_profiles_are_not_mixed_with_json(more: tuple[str, ...], built: Path, capsys: Capture) -> None:
    for change in (_as_it_is, _own, _common):
        change(built)
        said = do(capsys, *building(built, "--format", "json", "--why", PAGE, *more))
        assert said.code == 0
        assert json.loads(said.out) == {"version": 1, "findings": []}
        assert said.err.startswith(f"{built / 'output' / PAGE} was ")


# --- profile -------------------------------------------------------------------------


def profile(capsys: Capture, site: Path, *more: str) -> list[str]:
    """The lines of a profile, without times."""
    said = do(capsys, *building(site, "-q", "--profile", *more))
    assert said.code == 0, said.err
    lines = re.sub(r" +\d+\.\d\d +\d+%", " T", said.out).splitlines()
    assert lines[1] == "phase       seconds  share"
    return [lines[0], *lines[2:]]


def test_a_profile_has_the_reason_the_phases_and_the_counts_of_a_build(site: Path, capsys: Capture) -> None:
    usual = [f"{name:<10} T" for name in ("comparing", "importing", "reading", "loading", "building", "checking")]
    usual = [" ".join(line.split()) for line in usual]
    phases = [*usual, "writing T", "total T"]
    lines = profile(capsys, site)
    files = len(only_pages(tree(site / "output")))
    assert lines == [
        "Full rebuild: this folder has no cache of an earlier build.",
        *phases,
        "sources     18 read, 0 unchanged",
        "libraries   6 rebuilt, 0 up to date",
        f"files       {files} written, 0 unchanged, 0 removed",
    ]
    _own(site)
    lines = profile(capsys, site)
    changed = int(lines[-1].split()[1])
    assert lines == [
        f"Rebuilt 1 of 6 libraries: {OWN} changed.",
        *phases,
        "sources     13 read, 5 unchanged",
        "libraries   1 rebuilt, 5 up to date",
        f"files       {changed} written, {files - changed} unchanged, 0 removed",
    ]
    assert profile(capsys, site) == [
        "Nothing to do: sources and output are unchanged since the last build.",
        "comparing T",
        "total T",
        "sources     0 read, 18 unchanged",
        f"files       0 written, {files} unchanged, 0 removed",
    ]
    assert profile(capsys, site, "--check") == [
        "Full rebuild: --check requires it.",
        *phases,
        "sources     18 read, 0 unchanged",
        "libraries   6 rebuilt, 0 up to date",
    ]
    (site / "output/html/index.html").unlink()
    assert profile(capsys, site)[0] == (
        "No library was rebuilt: only files of the whole site were modified or removed."
    )


@pytest.mark.parametrize("change", [_as_it_is, _own, _common])
def test_a_profile_in_json_is_the_last_line_of_stderr(
    change: Callable[[Path], None], built: Path, capsys: Capture
) -> None:
    change(built)
    said = do(capsys, *building(built, "--profile", "--format", "json"))
    assert said.code == 0
    assert json.loads(said.out) == {"version": 1, "findings": []}
    found = json.loads(said.err.splitlines()[-1])
    rebuilt = 1 if change is _own else 6 if change is _common else 0
    assert found["version"] == 2
    assert len(found["build"]["rebuilt"]) == rebuilt
    assert found["build"]["interface"] == []
    assert found["build"]["reason"].endswith(".")
    assert found["seconds"] == pytest.approx(sum(one["seconds"] for one in found["phases"]), abs=0.001)
    assert found["counts"].get("libraries") == ({"rebuilt": rebuilt, "up to date": 6 - rebuilt} if rebuilt else None)
    assert sum(found["counts"]["sources"].values()) == 18
    assert sum(found["counts"]["files"].values()) > 30


def test_a_failed_build_prints_its_profile(built: Path, capsys: Capture) -> None:
    said = do(capsys, *building(with_mistake(built), "--profile"))
    assert said.code == 1
    assert said.err.startswith("error[")
    assert said.out.startswith(f"Rebuilt 1 of 6 libraries: {OWN} changed.\n")
    assert "\nfiles " not in said.out


def test_a_profile_of_a_build_with_nothing_to_do_imports_no_engine(built: Path) -> None:
    script = "import sys; from sitegen.cli import main; main(sys.argv[1:]); print(*sys.modules, file=sys.stderr)"
    command = [sys.executable, "-c", script, *building(built, "--profile", "-q")]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    assert done.stdout.startswith("Nothing to do: ")
    loaded = {name for name in done.stderr.split() if name.startswith("sitegen.")}
    assert not loaded & {
        "sitegen.site.loading",
        "sitegen.site.combine",
        "sitegen.build.project",
        "sitegen.commands.inputs",
    }


# --- progress on a terminal ----------------------------------------------------------


def screen(shown: str) -> list[str]:
    """The final content of a terminal, without spaces at the ends of lines."""
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
    """The progress lines that were drawn."""
    return [text.strip() for text in re.findall(r"\r([^\r\n]*)\r(?!\n)", shown) if text.strip()]


class Terminal:
    """A pseudo-terminal for standard error, and a clock that advances with each call."""

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
        """Use it as the terminal of this process."""
        self.patch.setattr(sys, "stderr", self.near)
        self.patch.delenv("CI", raising=False)
        self.patch.setenv("TERM", "xterm")
        self.patch.setattr("sitegen.commands.build.ProgressBar", partial(progress.ProgressBar, clock=self.clock))

    def clock(self) -> float:
        """The time."""
        self.now += self.step
        return self.now

    def shown(self) -> str:
        """The output since the last call."""
        found = b""
        with contextlib.suppress(BlockingIOError):
            while data := os.read(self.far, 65536):
                found += data
        return found.decode()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    """A terminal with 80 columns by default. The test opens it, since pytest uses its own before."""
    made = Terminal(monkeypatch, getattr(request, "param", 80))
    yield made
    monkeypatch.undo()
    made.near.close()
    os.close(made.far)


LONG = SimpleNamespace(quiet=False, format="text")


@needs_terminal
@pytest.mark.parametrize(
    ("phase", "of", "shown"),
    [
        ("reading", 150, "reading  3/150 pages  2%"),
        ("downloading pkg", 150, "downloading pkg  3/150 kB  2%"),
        ("downloading pkg", 0, "downloading pkg  3 kB"),
    ],
)
def test_progress_has_the_unit_of_its_phase(phase: str, of: int, shown: str) -> None:
    assert progress.line(phase, 3, of) == shown


def test_progress_is_drawn_after_a_second_and_at_most_ten_times_per_second(terminal: Terminal) -> None:
    terminal.open()
    with progress.ProgressBar(LONG, terminal.clock) as bar:  # type: ignore[arg-type]
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
def test_progress_fits_into_a_narrow_terminal(terminal: Terminal, columns: int) -> None:
    terminal.open()
    with progress.ProgressBar(LONG, terminal.clock) as bar:  # type: ignore[arg-type]
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
        "importing",
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
def test_no_progress_is_drawn_without_a_terminal(
    more: tuple[str, ...], environment: dict[str, str], site: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.open()
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    terminal.step = 0.6
    assert main(building(site, *more)) == 0
    assert terminal.shown() == ""


@needs_terminal
def test_findings_replace_the_progress_line(site: Path, terminal: Terminal) -> None:
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
def test_progress_is_erased_when_a_build_ends_early(
    error: BaseException, site: Path, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("sitegen.build.link.link", fail)
    terminal.open()
    terminal.step = 0.6
    assert main(building(site)) in (3, 130)
    shown = terminal.shown()
    assert drawn(shown)[-1].startswith("checking")
    assert screen(shown) in (["sitegen: there: No space left on device", ""], ["interrupted", ""])


# Builds like the command, but each library takes a while. The process owns the terminal, so that it receives Ctrl-C.
_SLOWLY = """
import fcntl, signal, sys, termios, time
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it in the background
from sitegen import cli
from sitegen.build import project
build_library = project.build_library
def slowly(*arguments, **more):
    time.sleep(float(sys.argv[1]))
    return build_library(*arguments, **more)
project.build_library = slowly
sys.exit(cli.main(sys.argv[2:]))
"""


def in_terminal(site: Path, pause: float, *more: str, interrupt: bool = False) -> tuple[int, str]:
    """Build in a terminal; each library takes a while. Returns the exit code and the output."""
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
            except OSError:  # Linux reports this when the other end is closed
                break
            if not data:
                break
            shown += data
            if interrupt and b"building" in shown:
                os.write(far, b"\x03")
                interrupt = False
    os.close(far)
    return process.returncode, shown.decode()


@pytest.mark.slow
@needs_terminal
@pytest.mark.parametrize("jobs", ["1", "2"])
def test_a_long_build_leaves_no_progress_line(jobs: str, site: Path) -> None:
    code, shown = in_terminal(site, 0.5, "--jobs", jobs)
    assert code == 0
    assert re.search(r"building  [1-5]/6 libraries  \d\d%", "\n".join(drawn(shown)))
    (last, end) = screen(shown)
    assert re.fullmatch(r"\d+ written, 0 unchanged, 0 removed in \d+\.\d\d s", last)
    assert end == ""


@needs_terminal
def test_ctrl_c_leaves_no_progress_line(site: Path) -> None:
    code, shown = in_terminal(site, 0.5, interrupt=True)
    assert code == 130
    assert "^C" in shown
    assert screen(shown) == ["interrupted", ""]
    assert not (site / "output").exists()


@needs_terminal
def test_a_short_build_shows_no_progress(tmp_path: Path) -> None:
    code, shown = in_terminal(small_site(tmp_path), 0)
    assert code == 0
    assert re.fullmatch(r"\d+ written, 0 unchanged, 0 removed in \d+\.\d\d s\r\n", shown)


def test_no_progress_is_drawn_into_a_pipe(site: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setattr(progress, "_DELAY", 0)
    assert do(capsys, *building(site)).err == ""
    assert run(*building(site, "--force"), drop=["CI"]).err == ""
    assert tree(site / "output")
