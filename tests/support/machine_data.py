"""The data for machines of a site, as its readers see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from sitegen.data.library import with_data
from sitegen.documents.documents import Document
from sitegen.evaluation.context import Context
from sitegen.findings import Finding
from sitegen.formats.style import DATA
from sitegen.site.library import build_library
from sitegen.site.loading import Site
from sitegen.site.selection import units_on


class Data(NamedTuple):
    """The files of a site by path below the HTML site, its HTML pages by path, and its findings."""

    files: Mapping[str, str]
    documents: Mapping[str, Document]
    findings: tuple[Finding, ...]

    def json(self, path: str) -> Any:
        """The content of a JSON file."""
        return json.loads(self.files[path])

    @property
    def notices(self) -> list[str]:
        """The messages about what is left out."""
        return [finding.message for finding in self.findings if finding.code == "omitted-data"]


def data_of(site: Site, day: str, data: tuple[str, ...] = DATA, url: str = "https://example.com/site") -> Data:
    """The data of a site as of a day."""
    style = replace(site.settings.styles["html"], data=data, url=url)
    styles = {**site.settings.styles, "html": style}
    site = replace(site, settings=replace(site.settings, styles=styles))
    files: dict[str, str] = {}
    documents: dict[str, Document] = {}
    findings: list[Finding] = []
    for library in units_on(site, date.fromisoformat(day)):
        context = Context(site.facts, date.fromisoformat(day), "", library)
        build = with_data(site, context, build_library(site, context, ("html",), {}))
        documents |= {path.removeprefix("html/"): document for path, document in build.documents.items()}
        files |= {out.path.removeprefix("html/"): out.file.text for out in build.outputs if out.file is not None}
        findings += build.findings
    return Data(files, documents, tuple(findings))
