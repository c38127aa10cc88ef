"""Compiling a unit: from the project and the own files of a library to its outputs.

    Project + library -> UnitObject, and its files in a stage

A library depends on the shared sources, its own files, the ids that the files of other libraries define, and the facts
of the libraries that a table compares it with. `compile_unit` reads nothing else, so any process can run it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields, replace
from datetime import date
from functools import cached_property
from typing import Any

from sitegen.build import Plan, Progress, Request
from sitegen.build.records import Entry, UnitObject
from sitegen.build.scan import Sources
from sitegen.build.staging import Stage
from sitegen.evaluation.context import Context
from sitegen.facts.datasets import LIBRARIES, Datasets, Exports, Facts
from sitegen.files.ownership import marked, tag_of
from sitegen.formats import FormatWriter
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.rules import Group, UnitLint, are_facts_readable, lint_unit
from sitegen.rules.context import LintContext, library_unit
from sitegen.site.combine import writers_of
from sitegen.site.library import File, LibraryBuild, Output, build_library
from sitegen.site.loading import Site, Texts, load_site
from sitegen.site.regions import RegionFile
from sitegen.site.settings import Settings


@frozen
class Layout:
    """Which files of a build are written, and where.

    Files in the `retired` formats, which the site no longer publishes, are removed. A `group` is set for partials in
    the tree of another site: they are written without pages, and not in the folder for partials. Otherwise the group of
    a file is its format. `regions` are the formats of the files written by hand whose regions are refreshed; with
    `force`, also those that were edited.
    """

    formats: tuple[str, ...]
    group: str = ""
    retired: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    force: bool = False

    @property
    def owned(self) -> tuple[str, ...]:
        """The formats whose files are written or removed."""
        return (*self.formats, *self.retired)

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups of files that are written or removed."""
        return (self.group,) if self.group else self.owned

    def requested(self, files: Iterable[RegionFile]) -> frozenset[tuple[str, str]]:
        """The formats and names of the partials in the regions that are refreshed."""
        files = (file for file in files if file.path.format in self.regions)
        return frozenset((file.path.format, region.name) for file in files for region in file.regions)

    def path(self, settings: Settings, path: str, file: File) -> str:
        """The path of a file below the output folder; empty if it is not written."""
        if not self.group:
            return path
        return path.removeprefix(f"{settings.fragments[file.format]}/") if file.fragment else ""

    def roots(self, settings: Settings) -> tuple[str, ...]:
        """The folders that contain the files; an empty path is the output folder."""
        if self.group:
            return ("",)
        stated = [(name, paths[0]) for each in settings.page_paths.values() for name, paths in each.items()]
        paths = [*settings.pages.items(), *stated]
        folders = [path.text.rpartition("/")[0] for name, path in paths if name in self.owned]
        folders += filter(None, map(settings.fragments.get, self.owned))
        roots = {folder.partition("/")[0] for folder in folders}
        return ("",) if any(not root or "<" in root for root in roots) else tuple(sorted(roots))

    def tag(self, settings: Settings, format_: str, path: str) -> str:
        """The tag in the mark of a file. The tag of a partial does not depend on the folder for partials."""
        folder = settings.fragments.get(format_)
        is_partial = bool(self.group or (folder and path.startswith(f"{folder}/")))
        name = path.removeprefix(f"{folder}/") if is_partial and not self.group else path
        return tag_of(settings.title, f"{format_} {'partial' if is_partial else 'page'}:{name}")

    def is_own(self, settings: Settings, path: str, tag: str) -> bool:
        """Whether a mark with this tag belongs to a file of the site at this path."""
        return any(tag == self.tag(settings, format_, path) for format_ in self.owned)


@frozen
class Project(WithCachedProperties):
    """What units are compiled from. A process that receives it as a pickle loads the site again.

    `sources` are the shared ones and the own files of some libraries; `exports` is what the own files of all other
    libraries define. `groups` are the groups of rules that apply. To `annotate` adds the places of facts to the HTML.
    `regions` are the formats and names of the partials that files written by hand show.
    """

    sources: Texts
    exports: Mapping[str, Exports]
    day: date
    layout: Layout
    groups: tuple[Group, ...]
    annotate: bool = False
    regions: frozenset[tuple[str, str]] = frozenset()

    def __reduce__(self) -> tuple[Any, ...]:
        return Project, tuple(getattr(self, each.name) for each in fields(self))

    @cached_property
    def site(self) -> Site:
        """The loaded site, without the facts of libraries in `exports`."""
        site = load_site(self.sources, self.exports)
        return _annotated(site, annotate=self.annotate)

    @cached_property
    def writers(self) -> dict[str, FormatWriter]:
        """A writer for each format."""
        return writers_of(self.site, sorted({*self.layout.formats, *dict(self.regions)}))

    @cached_property
    def common(self) -> LintContext:
        """The shared sources as the rules see them."""
        return LintContext(self.site, self.sources, self.day)

    @cached_property
    def can_lint(self) -> bool:
        """Whether the facts can be read, so that rules can be applied to them."""
        return are_facts_readable(self.common, self.site.findings)

    @cached_property
    def own_files(self) -> dict[str, tuple[str, ...]]:
        """The own files of each library that has any in the sources."""
        files: dict[str, tuple[str, ...]] = {}
        for name, library in self.site.own_files.items():
            files[library] = (*files.get(library, ()), name)
        return files

    def only(self, libraries: Collection[str]) -> Project:
        """The project with the own files of only these libraries, and those of unknown ones, which break datasets."""
        exports, own = self.site.facts.exports, self.site.own_files
        known = self.site.facts.ids.get(LIBRARIES, {})
        others = exports.keys() & {*own.values()} & known.keys() - {*libraries}
        return replace(
            self,
            sources={name: data for name, data in self.sources.items() if own.get(name) not in others},
            exports={**self.exports, **{id_: exports[id_] for id_ in others}},
        )


def load_project(request: Request, plan: Plan, sources: Sources, progress: Progress) -> Project:
    """The project of a build: all sources except the own files of the units that are kept."""
    progress.begin("reading")
    kept = plan.kept
    own = {name for unit in kept.values() for name in unit.own_files}
    reads = {read for library in plan.reasons for read in plan.before[library].reads}
    own -= {name for library in reads & kept.keys() for name in kept[library].own_files}
    exports = {id_: unit.exports for id_, unit in kept.items() if unit.exports is not None and id_ not in reads}
    if request.load is not None:
        own, exports = set(), {}
    texts = sources.read(plan.inputs.keys() - own - {path.name for path in sources.regions})
    day, layout = request.prepare(texts)
    regions = layout.requested(plan.regions)
    project = Project(texts, exports, day, layout, request.groups, annotate=request.annotate, regions=regions)
    progress.begin("loading")
    if request.load is not None:
        project.__dict__["site"] = _annotated(request.load(texts), annotate=request.annotate)
    _ = project.site  # loaded before the first unit, or a worker process, needs it
    return project


def _annotated(site: Site, *, annotate: bool) -> Site:
    """The site, with formats that annotate values with the places of their facts or do not."""
    styles = {name: replace(style, annotate=annotate) for name, style in site.settings.styles.items()}
    return replace(site, settings=replace(site.settings, styles=styles))


class NotLoadedError(Exception):
    """A unit reads the facts of a library whose own files are not among the sources."""


class _TrackedFacts(Facts):
    """Facts that record which libraries are read."""

    reads: set[str]
    unread: Collection[str]

    def of(self, library: str) -> Datasets:
        """See `Facts.of`. Raises NotLoadedError."""
        self.reads.add(library)
        if library in self.unread:
            raise NotLoadedError(library)
        return super().of(library)


def compile_unit(project: Project, library: str, stage: Stage) -> UnitObject:
    """Compile a library: stage its files, and return what linking needs. Raises NotLoadedError and OSError."""
    site = project.site
    facts = _TrackedFacts(*(getattr(site.facts, each.name) for each in fields(site.facts)))
    vars(facts).update(vars(site.facts))  # the cached properties
    facts.reads, facts.unread = set(), project.exports
    context = Context(facts, project.day, "", library)
    build = build_library(site, context, project.layout.formats, project.writers, project.regions)
    if "html" in project.layout.formats and not project.layout.group and site.settings.styles["html"].data:
        from sitegen.data.library import with_data  # noqa: PLC0415 - most sites have no data

        build = with_data(replace(site, facts=facts), context, build)
    files, outputs = _stage_files(project, build, stage)
    own = project.own_files.get(library, ())
    view = site.facts.by_library.get(library)
    lint: UnitLint | None = None
    if view is not None and project.can_lint:
        texts = {name: project.sources[name] for name in own}
        lint = lint_unit(library_unit(project.common, library, view, texts), project.groups)
    partials = tuple(partial._replace(partial=None) for partial in build.partials)
    build = replace(build, outputs=outputs, partials=partials)
    return UnitObject(
        library,
        own,
        site.facts.exports.get(library),
        frozenset(facts.reads - {library}),
        files,
        (*(finding for finding in site.findings if finding.place.file in own), *build.findings),
        lint,
        _interface(build),
        build,
    )


def _stage_files(project: Project, build: LibraryBuild, stage: Stage) -> tuple[dict[str, Entry], tuple[Output, ...]]:
    """Stage the files of a library. Returns their entries, and the outputs without texts."""
    files: dict[str, Entry] = {}
    for output in build.outputs:
        if output.file is not None:
            put_file(project, output.path, output.file, stage, files)
    return files, tuple(
        output._replace(file=replace(output.file, text="", is_staged=True)) if output.file else output
        for output in build.outputs
    )


def put_file(project: Project, path: str, file: File, stage: Stage, files: dict[str, Entry]) -> None:
    """Stage a file of the output, unless it is not written, and add its entry to `files`."""
    layout, settings = project.layout, project.site.settings
    target = layout.path(settings, path, file)
    if target and target not in files:
        mark, data = marked(file.text, layout.tag(settings, file.format, target), target[target.rfind(".") :])
        files[target] = Entry(mark, layout.group or file.format)
        stage.put(target, mark, data)


def _interface(build: LibraryBuild) -> str:
    """A digest of all that linking reads of a library: paths, names of pages, and products."""
    outputs = [(output.path, output.owner) for output in build.outputs]
    claims = [(path, owner) for path, owner, _, _ in build.partials]
    nav = {
        name: [(item.path, item.product, item.library, item.label) for item in items]
        for name, items in build.nav.items()
    }
    interface = (outputs, claims, nav, [*build.products.items()], sorted(build.products_with_page))
    return hashlib.sha256(repr(interface).encode()).hexdigest()[:24]
