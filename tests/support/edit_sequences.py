"""Sequences of edits, each built in place and from scratch: both builds must report and write the same.

`python -m tests.support.edit_sequences --sequences 300` takes some minutes, and reports how often each kind of edit
occurred and changed the output. If the builds differ, it prints the shortest sequence of edits that it finds for the
difference. `--seed` is the number of the first sequence, so that a sequence can be repeated.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from typing import NamedTuple, Protocol

from sitegen.build import Progress, Request, build
from sitegen.build.project import Layout
from sitegen.build.scan import DiskSources
from sitegen.build.store import MemoryStore
from sitegen.cli import main as sitegen
from sitegen.files.sources import all_files, templates_folder
from sitegen.formats import USUAL
from tests.support.edited_site import COMMON_SITE, COMPARED_SITE, SITE
from tests.support.edits import FIRST_DAY, KINDS, SIMPLE, STATE, NothingToEdit, World
from tests.support.sites import ROOT
from tests.support.temporary import keep_files_in_memory

WHOLE = 0.02  # the share of builds in separate processes
REPAIRED = 0.8  # the share of sites with errors that are repaired before the next edit
DEALT = 4  # the edits of a sequence that are distributed so that each kind occurs; the others are random
Tree = dict[str, bytes]


# --- builds -------------------------------------------------------------


class Outcome(NamedTuple):
    """The exit code and the output of a build."""

    code: int
    out: str
    err: str


class Build(Protocol):
    """Builds the site at `root` into the folder `output`."""

    def __call__(self, root: Path, output: Path, *arguments: str) -> Outcome: ...


def in_process(root: Path, output: Path, *arguments: str) -> Outcome:
    """Build in this process."""
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()) as err:
        code = sitegen(["build", "--root", str(root), "-o", str(output), *arguments])
    return Outcome(code, out.getvalue(), err.getvalue())


def as_command(root: Path, output: Path, *arguments: str) -> Outcome:
    """Build in a separate process."""
    command = [sys.executable, "-m", "sitegen", "build", "--root", str(root), "-o", str(output), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, encoding="utf-8", cwd=ROOT)
    return Outcome(done.returncode, done.stdout, done.stderr)


@dataclass(frozen=True, slots=True)
class Variant:
    """A named way to build, with arguments and environment variables."""

    name: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    build: Build = in_process

    def __call__(self, root: Path, output: Path, *arguments: str, whole: bool = False) -> Outcome:
        """Build in this process, or in a separate process if `whole` is set."""
        before = {name: os.environ.get(name) for name in self.environment}
        os.environ.update(self.environment)
        try:
            build = as_command if whole and self.build is in_process else self.build
            return build(root, output, *arguments, *self.arguments)
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


# By the number of processes. All are compared with the first one.
VARIANTS: Mapping[str, Variant] = {
    "1": Variant("one process", arguments=("--jobs", "1")),
    "2": Variant("two processes", arguments=("--jobs", "2")),
    "4": Variant("four processes", arguments=("--jobs", "4")),
}


# --- a sequence ----------------------------------------------------------------------


class Step(NamedTuple):
    """A kind of edit, and the seed of its choices, which do not depend on earlier steps."""

    kind: str
    seed: str


def sequence(number: int) -> list[Step]:
    """The steps of a sequence: some distributed so that each kind occurs, the others random."""
    choose = Random(f"sequence {number}")
    names = sorted(KINDS)
    Random("the deck").shuffle(names)
    kinds = [names[(number * DEALT + place) % len(names)] for place in range(DEALT)]
    # Kinds that do more than edit a source occur more often than others.
    weights = [1 if name in SIMPLE else 2 for name in names]
    kinds += choose.choices(names, weights, k=choose.randrange(7))
    choose.shuffle(kinds)
    return [Step(kind, f"{number}.{place}") for place, kind in enumerate(kinds)]


class Mismatch(AssertionError):
    """A build in place differs from a clean build."""


@dataclass(slots=True)
class Statistics:
    """How often each kind of edit occurred, changed the output or the findings, caused an error, or was not possible."""

    builds: int = 0
    occurred: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)


class Run:
    """A running sequence."""

    def __init__(
        self, folder: Path, variants: Sequence[Variant], statistics: Statistics, site: Mapping[str, str]
    ) -> None:
        self.folder = folder
        self.variants = variants
        self.statistics = statistics
        self.world = World(folder / "site", tuple(folder / f"output {variant.name}" for variant in variants))
        self.world.create(site)
        self.log: list[str] = []
        self.memory = MemoryStore()
        self.wrong = False
        self.said = ""
        self.good: tuple[dict[str, str], str] = ({}, FIRST_DAY)
        self.build("", "the first build", Random(0))

    def step(self, step: Step) -> None:
        """Make the edits of a step, and build after each of them. Raises Mismatch."""
        chance = Random(f"{step.seed} beside")  # so that other steps do not affect the edit
        if self.wrong and chance.random() < REPAIRED:
            self._repair()
            self.build(step.kind, "what is wrong is repaired", chance)
        try:
            for said in KINDS[step.kind](self.world, Random(step.seed)):
                self.statistics.occurred[step.kind] += 1
                self.build(step.kind, said, chance)
        except NothingToEdit:
            self.statistics.left_out[step.kind] += 1

    def _repair(self) -> None:
        sources, self.world.day = self.good
        for name in self.world.sources():
            if name not in sources:
                self.world.remove(name)
        for name, text in sources.items():
            if not (self.world.root / name).exists() or self.world.text(name) != text:
                self.world.write(name, text)

    def build(self, kind: str, said: str, chance: Random) -> None:
        """Build from scratch and in place, and compare the two. Raises Mismatch."""
        world = self.world
        self.log.append(f"{kind}: {said}" if kind else said)
        arguments, world.arguments = (*world.arguments, "--as-of", world.day), ()
        fresh = self.folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        anew = next(iter(VARIANTS.values()))(world.root, fresh, *(a for a in arguments if a != "--check"))
        whole = chance.random() < WHOLE
        wanted = tree(fresh)
        before = tree(world.outputs[0])
        for variant, output in zip(self.variants, world.outputs, strict=True):
            _compare(Built(variant, output, arguments, whole), world, anew, wanted)
        if not {"--only", "--check", "--strict"} & {*arguments}:
            self._compare_memory(anew, wanted)
        self.statistics.builds += 1
        self.statistics.changed[kind] += tree(world.outputs[0]) != before
        self.statistics.told[kind] += anew.err != self.said
        self.said = anew.err
        self.statistics.wrong[kind] += anew.code != 0
        self.statistics.findings.update(set(re.findall(r"^(?:error|warning)\[(.*?)\]", anew.err, re.MULTILINE)))
        if "--check" in arguments:
            return
        if anew.code == 0:
            groups = _groups(arguments)
            world.tampered = {path for path in world.tampered if path.partition("/")[0] not in groups}
        if "--strict" not in arguments:
            self.wrong = anew.code != 0
        if not self.wrong:
            self.good = {name: world.text(name) for name in world.sources()}, world.day

    def _compare_memory(self, anew: Outcome, wanted: Tree) -> None:
        """Build in memory, based on the last build in memory, and compare the result."""
        root, day = self.world.root, date.fromisoformat(self.world.day)
        request = Request(
            {"day": self.world.day},
            lambda before: DiskSources(all_files(root, templates_folder()), before.inputs),
            lambda _: (day, Layout(USUAL)),
        )
        result = build(request, self.memory, Progress())
        _same("success in memory", anew.code == 0, not any(f.severity == "error" for f in result.findings))
        for finding in result.findings:
            _same(f"whether '{finding.message}' is found", True, finding.message in anew.err)
        if anew.code == 0:
            _same("files in memory", wanted, dict(self.memory.files))


# --- comparing -----------------------------------------------------------------------


def tree(folder: Path) -> Tree:
    """The files of an output folder, without the cache."""
    files: Tree = {}
    for place, folders, names in os.walk(folder):
        if STATE in folders:
            folders.remove(STATE)
        for name in names:
            path = Path(place, name)
            files[path.relative_to(folder).as_posix()] = path.read_bytes()
    return files


@dataclass(frozen=True, slots=True)
class Built:
    """How an output folder is built in place."""

    variant: Variant
    output: Path
    arguments: tuple[str, ...]
    whole: bool

    def __call__(self, *more: str) -> Outcome:
        """Build. In the output, the output folder reads OUTPUT."""
        code, out, err = self.variant(
            self.output.parent / "site", self.output, *self.arguments, *more, whole=self.whole
        )
        return Outcome(code, out.replace(str(self.output), "OUTPUT"), err.replace(str(self.output), "OUTPUT"))


def _groups(arguments: Sequence[str]) -> tuple[str, ...]:
    return tuple(format_name for format_name in USUAL if format_name in arguments) or USUAL


def _compare(built: Built, world: World, anew: Outcome, wanted: Tree) -> None:
    """Build in place, and compare the output and the files with those of a clean build."""
    before = tree(built.output)
    did = built()
    edited = world.tampered & {path for path in before if before[path] != wanted.get(path, before[path])}
    if anew.code == 0 and edited and "--check" not in built.arguments and edited & {*wanted}:
        refused = {path for path in edited if path in wanted}
        _same("files, though it refused to write", before, tree(built.output))
        _same("exit code of a build that refuses", 1, did.code)
        _same("files that are refused", refused, set(re.findall(r"--> OUTPUT/(\S+?):1:1", did.err)))
        did = built("--force")
    after = tree(built.output)
    groups = _groups(built.arguments)
    if anew.code != 0:
        _same("exit code", anew.code, did.code)
        _same("findings", anew.err, did.err)
        _same("files, though something is wrong", before, after)
        return
    ours = {path for path in before if path.partition("/")[0] in groups and path not in world.foreign}
    changed = {path for path in wanted if before.get(path) != wanted[path]}
    left_over = ours - wanted.keys()
    if "--check" in built.arguments:
        _same("files after --check", before, after)
        _same("findings", anew.err, re.sub(r"[0-9,]+ files? differs?\b.*\n\Z", "", did.err))
        _same("exit code of --check", int(bool(changed | left_over)), did.code)
        _same("paths that --check names", changed | left_over, set(re.findall(r"OUTPUT/(\S+)", did.out)))
        return
    _same("exit code", anew.code, did.code)
    edited = world.tampered & before.keys()
    kept = sorted(edited & left_over)
    overwritten = sorted(edited & changed)
    told = [f"kept (edited by hand): OUTPUT/{path}\n" for path in kept]
    told += [f"overwritten (edited by hand): OUTPUT/{path}\n" for path in overwritten]
    _same("findings", anew.err + "".join(told), did.err)
    counts = f"{len(changed)} written, {len(wanted) - len(changed)} unchanged, {len(left_over) - len(kept)} removed"
    _same("counts", counts, did.out.partition(" in ")[0])
    others = {path: data for path, data in before.items() if path not in ours or path in kept}
    _same("files", {**others, **wanted}, after)
    for path in kept:
        (built.output / path).unlink()


def _same(what: str, wanted: object, found: object) -> None:
    if wanted == found:
        return
    if isinstance(wanted, dict) and isinstance(found, dict):
        paths = sorted(path for path in wanted.keys() | found.keys() if wanted.get(path) != found.get(path))
        lines = [_difference(path, wanted.get(path), found.get(path)) for path in paths[:4]]
        raise Mismatch(f"{len(paths)} {what} differ:\n" + "\n".join(lines))
    raise Mismatch(f"{what} differ\n  anew:     {wanted!r}\n  in place: {found!r}")


def _difference(path: str, wanted: bytes | None, found: bytes | None) -> str:
    if wanted is None or found is None:
        return f"  {path} is there {'in place' if wanted is None else 'anew'} only"
    lines, others = wanted.splitlines(), found.splitlines()
    number = next(
        (n for n, (a, b) in enumerate(zip(lines, others, strict=False)) if a != b), min(len(lines), len(others))
    )
    first = [repr(side[number])[:300] if number < len(side) else "nothing" for side in (lines, others)]
    return f"  {path}, line {number + 1}\n    anew:     {first[0]}\n    in place: {first[1]}"


# --- running -------------------------------------------------------------------------


class Failure(NamedTuple):
    """The steps for which the builds differ, the edits, and the difference."""

    steps: tuple[Step, ...]
    log: tuple[str, ...]
    what: str


def run(
    steps: Sequence[Step],
    variants: Sequence[Variant],
    statistics: Statistics | None = None,
    site: Mapping[str, str] = SITE,
) -> Failure | None:
    """Run some steps on a new site."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            going = Run(Path(folder), variants, statistics or Statistics(), site)
        except Mismatch as mismatch:
            return Failure((), ("the first build",), str(mismatch))
        for number, step in enumerate(steps):
            try:
                going.step(step)
            except Mismatch as mismatch:
                return Failure(tuple(steps[: number + 1]), tuple(going.log), str(mismatch))
    return None


def shrunk(failure: Failure, variants: Sequence[Variant], site: Mapping[str, str] = SITE) -> Failure:
    """The same failure with as few steps as possible."""
    index = len(failure.steps) - 2  # the last step is the one that fails
    while index >= 0:
        fewer = run([*failure.steps[:index], *failure.steps[index + 1 :]], variants, site=site)
        if fewer is not None:
            failure = fewer
        index = min(index, len(failure.steps) - 1) - 1
    return failure


def report(number: int, failure: Failure) -> str:
    """A report of the edits that cause a difference, and how to reproduce it."""
    edits = "\n".join(f"  {place}. {said}" for place, said in enumerate(failure.log))
    again = f"python -m tests.support.edit_sequences --sequences 1 --seed {number}"
    return f"sequence {number}: {failure.what}\nafter these builds:\n{edits}\nto see it again: {again}"


def failure_of(
    number: int, variants: Sequence[Variant], statistics: Statistics | None = None, edits: int | None = None
) -> str:
    """Run a sequence, or only its first edits. Returns a report of the shortest failure, or an empty text.

    They edit three sites in turn: one without tables of all libraries, one with them, and one with pages of all libraries.
    """
    site = (SITE, COMPARED_SITE, COMMON_SITE)[number % 3]
    failure = run(sequence(number)[:edits], variants, statistics, site)
    return report(number, shrunk(failure, variants, site)) if failure else ""


def main() -> int:
    """Run sequences, and print the results."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.edit_sequences", description=__doc__)
    parser.add_argument("--sequences", type=int, default=300, metavar="N", help="how many (default: 300)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the number of the first one (default: 1)")
    parser.add_argument("--edits", type=int, metavar="N", help="at most so many in each sequence (default: all)")
    parser.add_argument("--jobs", default=",".join(VARIANTS), help=f"how to build (default: {','.join(VARIANTS)})")
    options = parser.parse_args()
    keep_files_in_memory()
    variants = [VARIANTS[number] for number in options.jobs.split(",")]
    statistics, started, failed = Statistics(), time.monotonic(), 0
    for number in range(options.seed, options.seed + options.sequences):
        failure = failure_of(number, variants, statistics, options.edits)
        if failure:
            failed += 1
            print(f"{failure}\n", flush=True)
        done = number - options.seed + 1
        if done % 10 == 0 or done == options.sequences:
            seconds = time.monotonic() - started
            print(f"{done} sequences, {statistics.builds} builds, {failed} failures, {seconds:.0f} s", flush=True)
    told = statistics
    columns = {"edits": told.occurred, "new output": told.changed, "new findings": told.told, "wrong": told.wrong}
    columns["nothing to edit"] = told.left_out
    print(f"\n{'':<58}" + "".join(f"  {name}" for name in columns))
    for kind in sorted(KINDS):
        print(f"{kind:<58}" + "".join(f"  {counts[kind]:>{len(name)}}" for name, counts in columns.items()))
    print(f"\nfindings: {', '.join(f'{code} {count}' for code, count in statistics.findings.most_common())}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
