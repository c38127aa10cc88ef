"""The regions of a site: which files have some, and what they contain after a build."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sitegen.files.ownership import tag_of
from sitegen.files.sources import is_source
from sitegen.findings import Finding
from sitegen.formats import FORMATS
from sitegen.site.regions import Refreshed, RegionFile, refresh

if TYPE_CHECKING:
    from sitegen.build.project import Project
    from sitegen.build.records import UnitObject


def refresh_regions(
    project: Project,
    units: Mapping[str, UnitObject],
    outputs: Collection[str],
    files: Sequence[RegionFile],
    *,
    force: bool,
) -> tuple[list[Refreshed], list[Finding]]:
    """The files with regions in the formats that are refreshed, and all problems of regions and of their setting."""
    layout, settings = project.layout, project.site.settings
    files = [file for file in files if file.path.format in layout.regions and file.path.output not in outputs]
    findings = list(_setting_problems(project, files))
    texts = {key: text for unit in units.values() for key, text in unit.regions.items()}
    tag = tag_of(settings.title, "regions")

    def names() -> set[str]:
        return {path for unit in units.values() for path in unit.build.get().partial_paths}

    refreshed = []
    for file in {(file.path.format, file.path.name): file for file in files}.values():
        findings += file.findings
        if file.regions:
            refreshed.append(refresh(file, texts, names, tag, findings.append, force=force))
    return refreshed, findings


def _setting_problems(project: Project, files: Sequence[RegionFile]) -> Iterator[Finding]:
    """Paths and patterns without regions, and files of two formats."""
    formats: dict[str, str] = {}
    for name, setting in project.site.settings.regions:
        found = [file for file in files if (file.path.format, file.path.setting) == (name, setting.text)]
        opening, closing = FORMATS[name].comment
        if name not in project.layout.regions or any(file.findings for file in found):
            continue
        if is_source(posixpath.normpath(setting.text)):
            hint = "show the partial on the page: << partials.ID >>"
            yield Finding("no-region", f"'{setting.text}' is a source of the site", setting.place, hint)
        elif not found:
            hint = "a path begins in the folder of the site; files that sitegen writes have no regions"
            yield Finding("no-region", f"there is no file '{setting.text}'", setting.place, hint)
        elif not any(file.regions for file in found):
            hint = f"write {opening}sitegen begin PARTIAL{closing} and, below, {opening}sitegen end{closing}"
            yield Finding("no-region", f"'{setting.text}' has no region in the format '{name}'", setting.place, hint)
        for file in found:
            if file.regions and formats.setdefault(file.path.name, name) != name:
                message = (
                    f"the regions of '{file.path.name}' have two formats, '{formats[file.path.name]}' and '{name}'"
                )
                yield Finding("bad-region", message, setting.place, "name the file for one format")
