"""The build: compile each library, link the site.

    scan      the sources that there are, with their digests
    load      settings, schema, shared facts, tables, pages and templates become a `Project`
    compile   a `Project` and the own files of a library become a `UnitObject`
    link      the `UnitObject`s of all libraries become a site
    commit    files move into the output, and the state is kept for the next build

`build` is this flow. A unit is compiled again if anything that it was compiled from differs. All else is a use of that:
a build that has nothing to do finds no such unit, worker processes compile some of the units each, the preview and
`--check` keep the files in memory, and `--why` prints the reasons.

May import: frozen, findings, files, facts, evaluation, formats, site, changes, rules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, NamedTuple, Protocol

from sitegen.build.records import ChangedError, Input, Reason, SiteObject, State, UnitObject, Units

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from contextlib import AbstractContextManager
    from datetime import date

    from sitegen.build.link import Linked
    from sitegen.build.output import Difference, Memory, Stage, Written
    from sitegen.build.project import Layout, Project
    from sitegen.build.scan import Sources
    from sitegen.findings import Finding
    from sitegen.rules import Group
    from sitegen.site.loading import Site, Texts


class Progress:
    """Follows a build. This one shows nothing."""

    def begin(self, phase: str) -> None:
        """A phase begins."""

    def tick(self, done: int, of: int) -> None:
        """How far the phase is."""


class Workers(NamedTuple):
    """Who compiles units: this many processes, or the workers of an executor. By default, it depends on the site."""

    jobs: int | None = None
    executor: Callable[[], AbstractContextManager[Executor]] | None = None


class Request(NamedTuple):
    """What a build is asked for.

    `key` is what all units depend on besides the sources: the engine, the date, the formats. `scan` finds the sources,
    given what is known of them. `prepare` checks the rest of the request, and returns the date and the layout of the
    output. With a reason to be `full`, the build trusts no earlier one. `approve` may stop it before anything is
    written, given all paths. `load` may be a faster way to load the whole site. `annotate` has the HTML site show where
    values come from.
    """

    key: Mapping[str, str]
    scan: Callable[[Mapping[str, Input]], Sources]
    prepare: Callable[[], tuple[date, Layout]]
    groups: tuple[Group, ...] = ("meaning",)
    workers: Workers = Workers()
    full: Reason | None = None
    load: Callable[[Mapping[str, bytes]], Site] | None = None
    annotate: bool = False
    strict: bool = False
    approve: Callable[[Collection[str]], bool] = lambda _: True


class Store(Protocol):
    """Where the output and the state of builds are: in a folder, or in memory."""

    def state(self) -> State:
        """The state that the last build left."""

    def units(self, state: State) -> Units | None:
        """The units of a state; None where they are lost."""

    def modified(self, state: State) -> Collection[str]:
        """The files of the output that are not as the last build left them."""

    def stage(self, known: Mapping[str, str]) -> Stage | Memory:
        """Where the files of this build go, but for those with a `known` mark."""

    def commit(self, before: State, linked: Linked, state: State, stage: Stage | Memory) -> Written | list[Difference]:
        """Put the files into place, and keep the state with their entries. Raises ChangedError, see `output.write`."""

    def keep(self, before: State, state: State) -> None:
        """Keep a state that differs in the stat of sources only."""


class Plan(NamedTuple):
    """Which units to compile and why, and what is kept of the last build.

    `reasons` are those of single units; with `everything`, all are compiled for one reason. `before` are the units of
    the last build, and `site` is what it linked, if these files are intact. `changes` states what happened to each
    changed source. `in_place` are the marks of the files that are as the last build left them.
    """

    inputs: Mapping[str, Input]
    changes: Mapping[str, str]
    in_place: Mapping[str, str]
    everything: Reason | None = None
    reasons: Mapping[str, Reason] = {}
    before: Mapping[str, UnitObject] = {}
    site: SiteObject | None = None
    is_current: bool = False

    @property
    def kept(self) -> dict[str, UnitObject]:
        """The units that are not compiled."""
        return {library: unit for library, unit in self.before.items() if library not in self.reasons}

    def all(self, reason: Reason) -> Plan:
        """The plan to compile all units."""
        return Plan(self.inputs, self.changes, self.in_place, reason)


class Result(NamedTuple):
    """What a build did. Where it had nothing to do, there is no `linked` site; where it failed, there is no `outcome`.

    `sources` has the bytes of those in which something was found.
    """

    before: State
    plan: Plan
    findings: Sequence[Finding]
    sources: Mapping[str, bytes]
    linked: Linked | None = None
    outcome: Written | list[Difference] | None = None

    @property
    def exported(self) -> Sequence[str]:
        """The libraries of which other units see something else than before."""
        reason = self.plan.everything
        return reason.names if reason is not None and reason.kind == "interface" else ()


def build(request: Request, store: Store, progress: Progress) -> Result:
    """Build a site. Raises OSError, and what `request.prepare` and the store raise."""
    progress.begin("comparing")
    before = store.state()
    sources = request.scan(before.inputs if request.full is None else {})
    plan = make_plan(request, store, before, sources.inputs)
    try:
        if plan.is_current:
            store.keep(before, before._replace(inputs=sources.inputs))
            return Result(before, plan, before.findings, _sources_of(before.findings, sources))

        progress.begin("importing")
        from sitegen.build.link import is_failed, link  # noqa: PLC0415 - takes longer than to compare

        with closing(store.stage(plan.in_place)) as stage:
            plan, project, units = _compile(request, plan, sources, stage, progress)
            progress.begin("checking")
            linked = link(project, {**plan.kept, **units}, plan.site, stage)
            result = Result(before, plan, linked.findings, _sources_of(linked.findings, sources), linked)
            if is_failed(linked.findings, strict=request.strict) or not request.approve({*linked.files, *before.files}):
                return result
            progress.begin("writing")
            outcome = store.commit(before, linked, _new_state(request, before, plan, linked), stage)
            return result._replace(outcome=outcome)
    except ChangedError:
        return build(request._replace(full=Reason("meanwhile")), store, progress)


class _NoStage:
    """A stage that keeps no file, in any process."""

    is_shared = True

    def put(self, path: str, mark: str, data: bytes) -> None:
        """A file that nobody wants."""


def check_site(texts: Texts, day: date, layout: Layout, groups: tuple[Group, ...]) -> Linked:
    """Compile and link all of a site without its files, for what is found in it."""
    from sitegen.build.link import link  # noqa: PLC0415
    from sitegen.build.pool import compile_units  # noqa: PLC0415
    from sitegen.build.project import Project  # noqa: PLC0415

    project, stage = Project(texts, {}, day, layout, groups), _NoStage()
    return link(project, compile_units(project, None, stage, Workers(), Progress()), None, stage)


def _compile(
    request: Request, plan: Plan, sources: Sources, stage: Stage | Memory, progress: Progress
) -> tuple[Plan, Project, Mapping[str, UnitObject]]:
    """Load the project and compile the units of a plan; all units, if others would see something else of these."""
    from sitegen.build.pool import compile_units  # noqa: PLC0415
    from sitegen.build.project import NotLoadedError, load_project  # noqa: PLC0415

    project = load_project(request, plan, sources, progress)
    if plan.everything is not None:
        return plan, project, compile_units(project, None, stage, request.workers, progress)
    try:
        units = compile_units(project, plan.reasons.keys(), stage, request.workers, progress)
        exported = [library for library, unit in units.items() if unit.seen != plan.before[library].seen]
    except NotLoadedError as error:
        exported = [str(error)]
    if not exported:
        return plan, project, units
    return _compile(request, plan.all(Reason("interface", tuple(exported))), sources, stage, progress)


def _sources_of(findings: Sequence[Finding], sources: Sources) -> dict[str, bytes]:
    """The sources in which something was found."""
    return sources.read({finding.place.file for finding in findings} & sources.inputs.keys())


def _new_state(request: Request, before: State, plan: Plan, linked: Linked) -> State:
    """The state that a build leaves, but for the files of the output, which are known when they are in place."""
    own = {name: id_ for id_, unit in linked.units.items() for name in unit.own_files}
    as_of = {**before.as_of, **linked.as_of}
    groups = frozenset(linked.as_of)
    return State(request.key, plan.inputs, before.files, as_of, groups, tuple(linked.findings), own)


# --- what to compile -----------------------------------------------------------------


def make_plan(request: Request, store: Store, before: State, inputs: Mapping[str, Input]) -> Plan:
    """Which units to compile."""
    changes = _changes(before.inputs, inputs)
    modified = store.modified(before)
    seen = {path: entry for path, entry in before.files.items() if entry.group in before.groups}
    in_place = {path: entry.mark for path, entry in seen.items() if entry.stat and path not in modified}
    plan = Plan(inputs, changes, in_place)
    if request.full is not None:
        return plan.all(request.full)
    if not before.key:
        return plan.all(Reason("first"))
    if before.key != request.key:
        differ = (name for name in before.key.keys() | request.key if before.key.get(name) != request.key.get(name))
        return plan.all(Reason("key", tuple(sorted(differ))))
    if not changes and not modified:
        return plan._replace(is_current=True)
    shared = [name for name in changes if name not in before.own]
    if shared:
        return plan.all(Reason("shared", tuple(shared)))
    found = store.units(before)
    if found is None:
        return plan.all(Reason("cache"))
    units, site = found
    reasons = {id_: reason for id_, unit in units.items() if (reason := _reason(unit, before, changes, modified))}
    intact = not any(path in site.files for path in modified)
    return plan._replace(reasons=reasons, before=units, site=site if intact else None)


def _reason(unit: UnitObject, before: State, changes: Mapping[str, str], modified: Collection[str]) -> Reason | None:
    """Why a unit is compiled again, if it is."""
    if own := [name for name in changes if before.own[name] == unit.library]:
        return Reason("own", tuple(own))
    if lost := [path for path in unit.files if path in modified]:
        return Reason("output", tuple(lost))
    read = unit.reads & {before.own[name] for name in changes}
    return Reason("read", tuple(sorted(read))) if read else None


def _changes(before: Mapping[str, Input], now: Mapping[str, Input]) -> dict[str, str]:
    """The sources that differ, in order, each with what happened to it."""
    found = {}
    for name in sorted(before.keys() | now.keys()):
        if name not in now:
            found[name] = "was removed"
        elif name not in before:
            found[name] = "is new"
        elif before[name].digest != now[name].digest:
            found[name] = "has changed"
    return found
