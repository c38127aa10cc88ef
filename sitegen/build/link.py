"""Linking: from the units of all libraries to the site.

Each path is claimed once, the files of the whole site are written, and the rules compare libraries.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from sitegen.build.project import Project, put_file
from sitegen.build.records import Entry, SiteObject, UnitObject
from sitegen.build.staging import Stage
from sitegen.findings import Finding
from sitegen.frozen import frozen
from sitegen.rules import with_rules
from sitegen.site.combine import combine, without_consequences
from sitegen.site.library import with_pages
from sitegen.site.regions import Refreshed, RegionFile, refresh, setting_problems
from sitegen.site.selection import units_on


@frozen
class Linked:
    """A linked site: its units in order, the files of the groups that are built, and all findings.

    `refreshed` are the files with regions.
    """

    project: Project
    units: Mapping[str, UnitObject]
    site: SiteObject
    files: Mapping[str, Entry]
    findings: Sequence[Finding]
    refreshed: Sequence[Refreshed] = ()

    @property
    def as_of(self) -> dict[str, str]:
        """The date of each group that is built or removed."""
        return dict.fromkeys(self.project.layout.groups, self.project.day.isoformat())


def link(
    project: Project,
    compiled: Mapping[str, UnitObject],
    before: SiteObject | None,
    stage: Stage,
    regions: Sequence[RegionFile] = (),
) -> Linked:
    """Link units. The files and findings of `before` are kept if the interfaces of all units are the same."""
    units = {library: compiled[library] for library in units_on(project.site, project.day) if library in compiled}
    interface = hashlib.sha256("".join(f"{id_} {unit.interface}\n" for id_, unit in units.items()).encode()).hexdigest()
    site = (
        before if before is not None and before.interface == interface else _link_site(project, units, interface, stage)
    )
    files = dict(site.files)
    for unit in units.values():
        files |= unit.files
    own = {name: id_ for id_, unit in units.items() for name in unit.own_files}
    findings = [f for f in project.site.findings if f.place.file not in own]
    findings += [finding for unit in units.values() for finding in unit.findings]
    findings = without_consequences([*findings, *site.findings])
    lint = {id_: unit.lint for id_, unit in units.items() if unit.lint is not None}
    findings = with_rules(project.common, findings, lint, project.groups)
    if is_failed(findings, strict=False):  # which data is omitted may depend on the errors
        findings = [finding for finding in findings if (finding.code, finding.severity) != ("omitted-data", "notice")]
    refreshed = _refreshed(project, units, files, regions, findings)
    shown = (unit.build.shown for unit in units.values())
    return Linked(project, units, site, files, with_pages(findings, shown, own), refreshed)


def _refreshed(
    project: Project,
    units: Mapping[str, UnitObject],
    files: Mapping[str, Entry],
    regions: Sequence[RegionFile],
    findings: list[Finding],
) -> list[Refreshed]:
    """The files with regions, with what they contain after the build. Adds their problems to the findings."""
    layout, settings = project.layout, project.site.settings
    chosen = [file for file in regions if file.path.format in layout.regions and file.path.output not in files]
    texts = {key: text for unit in units.values() for key, text in unit.build.regions.items()}
    problems = setting_problems(settings, layout.regions, chosen)

    def names() -> set[str]:
        return {partial.path for unit in units.values() for partial in unit.build.partials}

    refreshed = [
        refresh(file, texts, names, settings.title, problems.append, force=layout.force)
        for file in {file.path.path: file for file in chosen}.values()
    ]
    if is_failed(findings, strict=False):  # then partials may be missing
        problems = [finding for finding in problems if finding.code != "unknown-partial"]
    findings += problems
    return refreshed


def is_failed(findings: Iterable[Finding], *, strict: bool) -> bool:
    """Whether findings prevent a site from being written."""
    return any(f.severity == "error" or (strict and f.severity == "warning") for f in findings)


def _link_site(project: Project, units: Mapping[str, UnitObject], interface: str, stage: Stage) -> SiteObject:
    """Claim the paths of all units, and stage the files of the whole site."""
    build = combine(project.site, project.day, project.writers, (unit.build for unit in units.values()))
    files: dict[str, Entry] = {}
    for path, file in build.files.items():
        if not file.is_staged:
            put_file(project, path, file, stage, files)
    return SiteObject(files, build.findings, interface)
