"""The build: compile each library, link the site.

    scan      list the sources with their digests
    load      settings, schema, shared facts, tables, pages and templates become a `Project`
    compile   a `Project` and the own files of a library become a `UnitObject`
    link      the `UnitObject`s of all libraries become a site
    commit    files move into the output, and the state is kept for the next build

`build` is this flow. A unit is compiled again if anything that it depends on has changed. Everything else uses the same
flow: a build with nothing to do has no such unit, worker processes compile some units each, the preview and `--check`
keep files in memory, and `--why` prints the reasons.

May import: frozen, findings, files, source, facts, evaluation, formats, site, data, rules.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple

from sitegen.build.records import NO_STATE, ChangedError, Input, Reason, SiteObject, State, UnitObject
from sitegen.build.scan import stat_of

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from datetime import date

    from sitegen.build.link import Linked
    from sitegen.build.output import Difference, WriteSummary
    from sitegen.build.project import Layout, Project
    from sitegen.build.scan import Sources
    from sitegen.build.staging import Stage
    from sitegen.build.store import Store
    from sitegen.findings import Finding
    from sitegen.rules import Group
    from sitegen.site.loading import Site, Texts
    from sitegen.site.regions import RegionFile


class Progress:
    """Observes a build. This one ignores all events."""

    def begin(self, phase: str) -> None:
        """A phase begins."""

    def tick(self, done: int, of: int) -> None:
        """Part of a phase is done."""


class Workers(NamedTuple):
    """Who compiles units: this number of processes, or the workers of an executor. The default depends on the site."""

    jobs: int | None = None
    executor: Callable[[], AbstractContextManager[Executor]] | None = None


class Request(NamedTuple):
    """What to build, and how.

    `key` is what all units depend on besides the sources: the engine, the date, the formats. `scan` lists the sources,
    given the state of the last build. `prepare` validates the rest of the request, given the sources, and returns the
    date and the layout of the output. With a reason to be `full`, the build ignores the last one. `check_paths` gets
    the paths of the output before anything is written, and may raise an exception to stop the build. `load` replaces
    the loader of the site. With `annotate`, the HTML site has the places of facts, for the preview.
    """

    key: Mapping[str, str]
    scan: Callable[[State], Sources]
    prepare: Callable[[Texts], tuple[date, Layout]]
    groups: tuple[Group, ...] = ("meaning",)
    workers: Workers = Workers()
    full: Reason | None = None
    load: Callable[[Texts], Site] | None = None
    annotate: bool = False
    strict: bool = False
    check_paths: Callable[[Collection[str]], None] = lambda _: None


class Plan(NamedTuple):
    """Which units to compile and why, and what is kept of the last build.

    `reasons` are those of single units; with `everything`, all units are compiled for one reason. `before` are the
    units of the last build, and `site` is what it linked, if the files of the whole site are intact. `changes` states
    what happened to each changed source. `in_place` are the marks of the files that have not changed since the last
    build. `regions` are the files with regions, unless there is nothing to do.
    """

    inputs: Mapping[str, Input]
    changes: Mapping[str, str]
    in_place: Mapping[str, str]
    everything: Reason | None = None
    reasons: Mapping[str, Reason] = {}
    before: Mapping[str, UnitObject] = {}
    site: SiteObject | None = None
    is_current: bool = False
    regions: tuple[RegionFile, ...] = ()

    @property
    def kept(self) -> dict[str, UnitObject]:
        """The units that are not compiled."""
        return {library: unit for library, unit in self.before.items() if library not in self.reasons}

    def all(self, reason: Reason) -> Plan:
        """The plan to compile all units."""
        return Plan(self.inputs, self.changes, self.in_place, reason, regions=self.regions)


class Result(NamedTuple):
    """What a build did.

    `sources` has the bytes of the sources with findings. If there was nothing to do, there is no `linked` site. If the
    build failed, there are no `differences`. If it wrote nothing, there is no `summary`.
    """

    before: State
    plan: Plan
    findings: Sequence[Finding]
    sources: Mapping[str, bytes]
    linked: Linked | None = None
    differences: Sequence[Difference] | None = None
    summary: WriteSummary | None = None

    @property
    def exported(self) -> Sequence[str]:
        """The libraries whose interface to other units changed."""
        reason = self.plan.everything
        return reason.names if reason is not None and reason.kind == "interface" else ()


def build(request: Request, store: Store, progress: Progress) -> Result:
    """Build a site. Raises OSError, and what the store and the functions of the request raise."""
    progress.begin("comparing")
    before = store.state()
    sources = request.scan(before if request.full is None else NO_STATE)
    try:
        plan = make_plan(request, store, before, sources)
        if plan.is_current:
            request.check_paths(before.files)
            store.keep(before, before._replace(inputs=sources.inputs))
            return Result(before, plan, before.findings, _sources_of(before.findings, sources))

        progress.begin("importing")
        from sitegen.build.causes import with_causes  # noqa: PLC0415 - takes longer than to compare
        from sitegen.build.link import is_failed, link  # noqa: PLC0415

        with closing(store.stage(plan.in_place)) as stage:
            plan, project, units = _compile(request, plan, sources, stage, progress)
            progress.begin("checking")
            linked = link(project, {**plan.kept, **units}, plan.site, stage, plan.regions)
            if is_failed(linked.findings, strict=False):
                linked = with_causes(linked, _texts_of(sources), plan.regions)
            result = Result(before, plan, linked.findings, _sources_of(linked.findings, sources), linked)
            if is_failed(linked.findings, strict=request.strict):
                return result
            request.check_paths({*linked.files, *before.files})
            progress.begin("writing")
            differences, summary = store.commit(before, linked, _new_state(request, before, sources, linked))
            return result._replace(differences=differences, summary=summary)
    except ChangedError:
        return build(request._replace(full=Reason("meanwhile")), store, progress)


def _compile(
    request: Request, plan: Plan, sources: Sources, stage: Stage, progress: Progress
) -> tuple[Plan, Project, Mapping[str, UnitObject]]:
    """Load the project and compile the units of a plan; all units, if the interface of one of these changed."""
    from sitegen.build.pool import compile_units  # noqa: PLC0415
    from sitegen.build.project import NotLoadedError, load_project  # noqa: PLC0415

    project = load_project(request, plan, sources, progress)
    if plan.everything is not None:
        return plan, project, compile_units(project, None, stage, request.workers, progress)
    try:
        units = compile_units(project, plan.reasons.keys(), stage, request.workers, progress)
        exported = [library for library, unit in units.items() if unit.visible != plan.before[library].visible]
    except NotLoadedError as error:
        exported = [str(error)]
    if not exported:
        return plan, project, units
    return _compile(request, plan.all(Reason("interface", tuple(exported))), sources, stage, progress)


def _sources_of(findings: Sequence[Finding], sources: Sources) -> dict[str, bytes]:
    return sources.read({finding.place.file for finding in findings} & sources.inputs.keys())


def _texts_of(sources: Sources) -> dict[str, bytes]:
    """The bytes of all sources of the site."""
    return sources.read(sources.inputs.keys() - {path.name for path in sources.regions})


def _new_state(request: Request, before: State, sources: Sources, linked: Linked) -> State:
    """The state that a build leaves, with the output files of the last build, which the commit replaces."""
    from sitegen.formats import added_files  # noqa: PLC0415 - takes longer than to compare

    own = {name: id_ for id_, unit in linked.units.items() for name in unit.own_files}
    as_of = {**before.as_of, **linked.as_of}
    groups = frozenset(linked.as_of)
    outputs = {path.name for path in sources.regions if path.output in linked.files}  # of a clone without a state
    return State(
        _with_files(request.key, added_files()),
        {name: each for name, each in sources.inputs.items() if name not in outputs},
        before.files,
        as_of,
        groups,
        tuple(linked.findings),
        own,
        regions=sources.setting,
    )


# --- what to compile -----------------------------------------------------------------


_FILE = "file "  # before the path of a file of another package, in a key


def _with_files(key: Mapping[str, str], paths: Iterable[str]) -> dict[str, str]:
    """A key with the stat of the files of packages that add formats."""
    stats = {f"{_FILE}{path}": stat_of(os.stat(path)) if os.path.isfile(path) else "" for path in paths}  # noqa: PTH113, PTH116
    return {**key, **stats}


def make_plan(request: Request, store: Store, before: State, sources: Sources) -> Plan:
    """Which units to compile."""
    inputs = sources.inputs
    changes = _changes(before.inputs, inputs)
    modified = store.modified(before)
    in_place = {
        path: entry.mark
        for path, entry in before.files.items()
        if entry.group in before.groups and entry.stat and path not in modified
    }
    plan = Plan(inputs, changes, in_place)
    key = _with_files(request.key, (name.removeprefix(_FILE) for name in before.key if name.startswith(_FILE)))
    if before.key == key and request.full is None and not changes and not modified:
        return plan._replace(is_current=True)
    if sources.regions:
        plan = plan._replace(regions=tuple(_region_files(sources)))
    if request.full is not None:
        return plan.all(request.full)
    if not before.key:
        return plan.all(Reason("first"))
    if before.key != key:
        differ = (name for name in before.key.keys() | key if before.key.get(name) != key.get(name))
        return plan.all(Reason("key", tuple(sorted(differ))))
    with_regions = {file.path.name for file in plan.regions}
    shared = [name for name in changes if name not in before.own and name not in with_regions]
    if shared:
        return plan.all(Reason("shared", tuple(shared)))
    last = store.units(before)
    if last is None:
        return plan.all(Reason("cache"))
    units, site = last
    known = {key for unit in units.values() for key in unit.build.regions}
    requested = {(file.path.format, region.name): file.path.name for file in plan.regions for region in file.regions}
    new = {name for key, name in requested.items() if key not in known and name in changes}
    if new:
        return plan.all(Reason("shared", tuple(sorted(new))))
    reasons = {id_: reason for id_, unit in units.items() if (reason := _reason(unit, before, changes, modified))}
    intact = not any(path in site.files for path in modified)
    return plan._replace(reasons=reasons, before=units, site=site if intact else None)


def _region_files(sources: Sources) -> Iterator[RegionFile]:
    from sitegen.site.regions import read_regions  # noqa: PLC0415 - takes longer than to compare

    for path in sources.regions:
        yield read_regions(path, sources.read([path.name])[path.name])


def _reason(unit: UnitObject, before: State, changes: Mapping[str, str], modified: Collection[str]) -> Reason | None:
    """Why a unit is compiled again; None if it is up to date."""
    if own := [name for name in changes if before.own.get(name) == unit.library]:
        return Reason("own", tuple(own))
    if outputs := [path for path in unit.files if path in modified]:
        return Reason("output", tuple(outputs))
    read = unit.reads & {before.own[name] for name in changes if name in before.own}
    return Reason("read", tuple(sorted(read))) if read else None


def _changes(before: Mapping[str, Input], now: Mapping[str, Input]) -> dict[str, str]:
    """What happened to each source that differs, by its name, in order."""
    changes = {}
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            changes[name] = "was removed"
        elif name not in before:
            changes[name] = "was added"
        elif before[name].digest != now[name].digest:
            changes[name] = "changed"
    return changes
