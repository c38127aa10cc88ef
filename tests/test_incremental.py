"""Earlier builds do not change the result: a build in place has the same files and findings as a clean build.

`python -m tests.support.edit_sequences` runs many more sequences than these tests.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.edit_sequences import (
    VARIANTS,
    Build,
    Outcome,
    Statistics,
    Step,
    Variant,
    failure_of,
    in_process,
    run,
    sequence,
    shrunk,
    tree,
)
from tests.support.edited_site import COMPARED_SITE
from tests.support.edits import KINDS
from tests.support.sites import ROOT

ONE = (VARIANTS["1"],)  # in this process; the others fork, which is safe only without threads


@pytest.mark.slow
def test_a_build_in_place_equals_a_clean_build() -> None:
    assert failure_of(0, ONE) == ""


@pytest.mark.slow
def test_an_edit_in_the_file_of_a_library_updates_every_page_that_shows_its_values() -> None:
    steps = [Step("a fact of a library", str(number)) for number in range(2)]
    statistics = Statistics()
    assert run(steps, ONE, statistics, COMPARED_SITE) is None
    assert statistics.changed["a fact of a library"] == 2


@pytest.mark.slow
def test_several_processes_build_the_same_files_as_one() -> None:
    command = [
        sys.executable,
        "-m",
        "tests.support.edit_sequences",
        "--jobs",
        "4",
        "--sequences",
        "1",
        "--seed",
        "1",
        "--edits",
        "4",
    ]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8", cwd=ROOT)
    assert " 0 failures" in done.stdout, done.stdout
    assert done.returncode == 0


def test_each_kind_of_edit_occurs() -> None:
    dealt = {step.kind for number in range(len(KINDS)) for step in sequence(number)}
    assert dealt == KINDS.keys()


# --- wrong builds, which the comparison must detect ------------------


def that_forgets_a_page(root: Path, output: Path, *arguments: str) -> Outcome:
    """Build, but do not update one page."""
    page = output / "markdoc/web/java.md"
    before = page.read_bytes() if page.exists() else None
    outcome = in_process(root, output, *arguments)
    if before is not None and page.exists():
        page.write_bytes(before)
    return outcome


def stamps(folder: Path) -> Iterator[str]:
    """The names, sizes and times of files."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and ".sitegen" not in path.parts:
            status = path.stat()
            yield f"{path} {status.st_size} {status.st_mtime_ns}"


def contents(folder: Path) -> Iterator[str]:
    """The names and contents of files."""
    for path, data in sorted(tree(folder).items()):
        yield f"{path} {hashlib.sha256(data).hexdigest()}"


def that_trusts(
    of_sources: Callable[[Path], Iterator[str]], of_output: Callable[[Path], Iterator[str]], *, days: bool = True
) -> Build:
    """Build only if a value that it compares differs."""
    seen: dict[str, tuple[list[str], Outcome]] = {}

    def build(root: Path, output: Path, *arguments: str) -> Outcome:
        asked = " ".join(arguments if days else arguments[:-1])
        looked = [*of_sources(root), *of_output(output), asked]
        if str(output) in seen and seen[str(output)][0] == looked:
            code, out, err = seen[str(output)][1]
            return Outcome(code, out, err)
        outcome = in_process(root, output, *arguments)
        files = len(tree(output))
        said = f"0 written, {files} unchanged, 0 removed in 0.00 s\n" if outcome.code == 0 else ""
        seen[str(output)] = [*of_sources(root), *of_output(output), asked], outcome._replace(out=said)
        return outcome

    return build


def that_looks_for_what_is_newer() -> Build:
    """Build only if a source is newer than all sources were before."""
    newest: dict[str, int] = {}

    def build(root: Path, output: Path, *arguments: str) -> Outcome:
        newer = max(path.stat().st_mtime_ns for path in root.rglob("*") if path.is_file())
        if newer > newest.get(str(output), 0):
            newest[str(output)] = newer
            return in_process(root, output, *arguments)
        return in_process(root, output, *arguments, "--check")

    return build


def that_repeats_its_findings() -> Build:
    """Build, and repeat the output of the first successful build."""
    said: dict[str, str] = {}

    def build(root: Path, output: Path, *arguments: str) -> Outcome:
        outcome = in_process(root, output, *arguments)
        return outcome._replace(err=said.setdefault(str(output), outcome.err)) if outcome.code == 0 else outcome

    return build


def that_trusts_its_record(root: Path, output: Path, *arguments: str) -> Outcome:
    """Build only if a record in the output folder does not contain these sources."""
    record = output / ".sitegen/record"
    looked = "\n".join([*contents(root), *arguments])
    known = json.loads(record.read_bytes()) if record.exists() else ["", ""]
    if known[0] == looked:
        return Outcome(0, f"0 written, {len(tree(output))} unchanged, 0 removed in 0.00 s\n", known[1])
    outcome = in_process(root, output, *arguments)
    if outcome.code == 0:
        record.write_text(json.dumps([looked, outcome.err]), "utf-8")
    return outcome


@pytest.mark.slow
@pytest.mark.parametrize(
    ("build", "kind"),
    [
        (that_looks_for_what_is_newer(), "an older source comes back"),
        (that_trusts(stamps, contents), "a file is replaced"),
        (that_trusts(contents, stamps), "output tampered with unseen"),
        (that_trusts(contents, contents, days=False), "another day"),
        (that_repeats_its_findings(), "a word that is rare here and frequent elsewhere"),
        (that_trusts_its_record, "output removed"),
        (that_trusts_its_record, "output folder removed"),
    ],
)
def test_a_build_that_reuses_too_much_is_detected(build: Build, kind: str) -> None:
    steps = [Step(kind, str(number)) for number in range(8)]
    assert run(steps, [Variant("wrong", build=build)]) is not None


@pytest.mark.slow
def test_a_failure_is_reported_with_the_necessary_edits() -> None:
    wrong = [Variant("wrong", build=that_forgets_a_page)]
    steps = [Step("a library comes", "a library comes"), Step("a shared fact", "a shared fact 2")]
    failure = run(steps, wrong)
    assert failure is not None
    few = shrunk(failure, wrong)
    assert len(few.steps) == 1
    assert few.steps[0].kind in ("a library comes", "a shared fact")
    assert "markdoc/web/java.md, line " in few.what
    assert "in place: " in few.what
