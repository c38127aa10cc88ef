"""Compiling a unit: from the project and the own files of a library to its outputs.

    Project + library -> UnitObject, and its files in a stage

A library sees the shared sources, its own files, the ids that the files of other libraries define, and the facts of
those that a table compares it with. `compile_unit` depends on nothing else, so any process can run it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from sitegen.build.records import Entry, Packed, UnitObject
from sitegen.changes.days import days_of_library
from sitegen.evaluation.context import Context
from sitegen.facts.datasets import Datasets, Exports, Facts
from sitegen.files.ownership import marked, tag_of
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.rules import Group, UnitLint, lint_unit
from sitegen.rules.parts import Common, library_part
from sitegen.site.combine import writers_of
from sitegen.site.library import File, LibraryBuild, Output, build_library
from sitegen.site.loading import Site, Texts, load_site

if TYPE_CHECKING:
    from sitegen.build import Plan, Progress, Request
    from sitegen.build.scan import Sources
    from sitegen.formats import Writer
    from sitegen.site.settings import Settings


class Stage(Protocol):
    """Where the files of units go. One that `is_shared` can be used by other processes of this machine."""

    is_shared: bool

    def put(self, path: str, mark: str, data: bytes) -> None:
        """Take a file of the output."""


@frozen
class Layout:
    """Which files of a build are written, and where.

    `formats` are those that are built. A `group` other than the format of a file is given for partials in the tree of
    another site, which are written without the pages and below no folder for partials.
    """

    formats: tuple[str, ...]
    group: str = ""

    def path(self, settings: Settings, path: str, file: File) -> str:
        """The path of a file below the output folder; empty where it is not written."""
        if not self.group:
            return path
        return path.removeprefix(f"{settings.fragments[file.dialect]}/") if file.fragment else ""

    def roots(self, settings: Settings) -> tuple[str, ...]:
        """The folders below which the files are."""
        if self.group:
            return ("",)
        folders = [settings.pages[name].text.rpartition("/")[0] for name in self.formats]
        folders += filter(None, map(settings.fragments.get, self.formats))
        roots = {folder.partition("/")[0] for folder in folders}
        return ("",) if any(not root or "<" in root for root in roots) else tuple(sorted(roots))

    def tag(self, settings: Settings, format_: str, path: str) -> str:
        """The tag in the mark of a file; that of a partial is the same wherever it is written."""
        folder = settings.fragments.get(format_)
        is_partial = bool(self.group or (folder and path.startswith(f"{folder}/")))
        name = path.removeprefix(f"{folder}/") if is_partial and not self.group else path
        return tag_of(settings.title, f"{format_} {'partial' if is_partial else 'page'}:{name}")

    def is_own(self, settings: Settings, path: str, tag: str) -> bool:
        """Whether a mark with this tag is that of a file of the site at this path."""
        return any(tag == self.tag(settings, format_, path) for format_ in self.formats)


@frozen
class Project(WithCachedProperties):
    """What units are compiled from. A process that gets it as a pickle loads the site again.

    `sources` are the shared ones and the own files of some libraries; `exports` is what the own files of all other
    libraries define. `groups` are those of the rules that are applied.
    """

    sources: Texts
    exports: Mapping[str, Exports]
    day: date
    layout: Layout
    groups: tuple[Group, ...]
    annotate: bool = False

    def __reduce__(self) -> tuple[Any, ...]:
        return Project, tuple(getattr(self, each.name) for each in fields(self))

    @cached_property
    def site(self) -> Site:
        """The loaded site, without the facts of libraries in `exports`."""
        site = load_site(self.sources, self.exports)
        return _annotated(site, annotate=self.annotate)

    @cached_property
    def writers(self) -> dict[str, Writer]:
        """A writer for each format."""
        return writers_of(self.site, self.layout.formats)

    @cached_property
    def common(self) -> Common:
        """What the rules need to know of the shared sources."""
        return Common(self.site, self.sources, self.day)

    @cached_property
    def can_lint(self) -> bool:
        """Whether the facts can be read, so that rules can be applied to them."""
        errors = (finding for finding in self.site.findings if finding.severity == "error")
        return bool(self.site.facts.datasets) and all(error.place.file.endswith(".md") for error in errors)

    @cached_property
    def own_files(self) -> dict[str, tuple[str, ...]]:
        """The own files of each library that has any among the sources."""
        found: dict[str, tuple[str, ...]] = {}
        for name, library in self.site.own_files.items():
            found[library] = (*found.get(library, ()), name)
        return found

    def only(self, libraries: Collection[str]) -> Project:
        """The project with the own files of these libraries alone."""
        exports, own = self.site.facts.exports, self.site.own_files
        others = exports.keys() & {*own.values()} - {*libraries}
        return replace(
            self,
            sources={name: data for name, data in self.sources.items() if own.get(name) not in others},
            exports={**self.exports, **{id_: exports[id_] for id_ in others}},
        )


def load_project(request: Request, plan: Plan, sources: Sources, progress: Progress) -> Project:
    """The project of a build: all sources, but for the own files of the units that are kept."""
    progress.begin("reading")
    kept = plan.kept
    own = {name for unit in kept.values() for name in unit.own_files}
    reads = {library for reason in plan.reasons for library in plan.before[reason].reads}
    own -= {name for library in reads & kept.keys() for name in kept[library].own_files}
    exports = {id_: unit.exports for id_, unit in kept.items() if unit.exports is not None and id_ not in reads}
    day, layout = request.prepare()
    if request.load is not None:
        own, exports = set(), {}
    texts = sources.read(plan.inputs.keys() - own)
    project = Project(texts, exports, day, layout, request.groups, annotate=request.annotate)
    progress.begin("loading")
    if request.load is not None:
        project.__dict__["site"] = _annotated(request.load(texts), annotate=request.annotate)
    _ = project.site  # loaded before the first unit, or a worker process, needs it
    return project


def _annotated(site: Site, *, annotate: bool) -> Site:
    """The site with its values annotated by the places of their facts, where that is asked for."""
    styles = {name: replace(style, annotate=annotate) for name, style in site.settings.styles.items()}
    return replace(site, settings=replace(site.settings, styles=styles))


class NotLoadedError(Exception):
    """A unit reads the facts of a library whose own files are not among the sources."""


class _ReadFacts(Facts):
    """Facts that note of which libraries somebody asks."""

    reads: set[str]
    unread: Collection[str]

    def of(self, library: str) -> Datasets:
        """As in `Facts`. Raises NotLoadedError."""
        self.reads.add(library)
        if library in self.unread:
            raise NotLoadedError(library)
        return super().of(library)


def compile_unit(project: Project, library: str, stage: Stage) -> UnitObject:
    """Compile a library: stage its files, and return all that linking needs. Raises NotLoadedError and OSError."""
    site = project.site
    facts = _ReadFacts(*(getattr(site.facts, each.name) for each in fields(site.facts)))
    facts.reads, facts.unread = set(), project.exports
    context = Context(facts, project.day, "", library)
    made = build_library(site, context, project.layout.formats, project.writers)
    files, outputs = _staged(project, made, stage)
    own = project.own_files.get(library, ())
    view = site.facts.by_library.get(library)
    lint: UnitLint | None = None
    if view is not None and project.can_lint:
        texts = {name: project.sources[name] for name in own}
        lint = lint_unit(library_part(project.common, library, view, texts), project.groups)
    partials = tuple(partial._replace(partial=None) for partial in made.partials)
    made = replace(made, outputs=outputs, partials=partials, documents={})
    return UnitObject(
        library,
        own,
        site.facts.exports.get(library),
        frozenset(facts.reads - {library}),
        files,
        (*(finding for finding in site.findings if finding.place.file in own), *made.findings),
        lint,
        interface_of(made),
        Packed(made),
        days_of_library(site.facts.datasets, view) if view is not None and project.annotate else frozenset(),
    )


def _staged(project: Project, made: LibraryBuild, stage: Stage) -> tuple[dict[str, Entry], tuple[Output, ...]]:
    """Stage the files of a library. Returns their entries, and the outputs without texts."""
    files: dict[str, Entry] = {}
    for output in made.outputs:
        if output.file is not None:
            put_file(project, output.path, output.file, stage, files)
    return files, tuple(
        output._replace(file=File((), output.file.dialect, fragment=output.file.fragment)) if output.file else output
        for output in made.outputs
    )


def put_file(project: Project, path: str, file: File, stage: Stage, files: dict[str, Entry]) -> None:
    """Stage a file of the output, unless it is not written, and add its entry to `files`."""
    layout, settings = project.layout, project.site.settings
    target = layout.path(settings, path, file)
    if target and target not in files:
        mark, data = marked(file.text, layout.tag(settings, file.dialect, target), target[target.rfind(".") :])
        files[target] = Entry(mark, layout.group or file.dialect)
        stage.put(target, mark, data)


def interface_of(made: LibraryBuild) -> str:
    """A digest of all that linking sees of a library: paths, names of pages, and products."""
    outputs = [(output.path, output.owner) for output in made.outputs]
    claims = [(path, owner) for path, owner, _, _ in made.partials]
    nav = {name: [(item.path, item.product, item.library) for item in items] for name, items in made.nav.items()}
    seen = (outputs, claims, nav, [*made.products.items()], sorted(made.paged))
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:24]
