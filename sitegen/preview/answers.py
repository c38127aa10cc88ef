"""What the script of a preview asks for, as JSON: how the build went, and where a value comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sitegen.dates import long_date
from sitegen.explanation.facts import Origin, appearances, origins, value_text
from sitegen.files.sources import source_lines
from sitegen.findings import Place, as_text
from sitegen.formats import DIALECTS
from sitegen.formats.html import without_index
from sitegen.site.combine import build_site
from sitegen.site.selection import in_force
from sitegen.site.settings import EDITORS

if TYPE_CHECKING:
    from sitegen.documents.documents import Document
    from sitegen.facts.alternatives import Alternative
    from sitegen.facts.values import Value
    from sitegen.preview.state import Edition

MANY = 100
_TOGETHER = 20  # libraries of which documents are made together


def status(edition: Edition, path: str, root: Path, *, building: bool) -> dict[str, object]:
    """How the newest build went, with every finding, the days to choose from, and the other outputs of a page."""
    return {
        "id": edition.version(path),
        "day": edition.day.isoformat(),
        "build": edition.id,
        "broken": edition.broken,
        "building": building,
        "shows": edition.shows,
        "days": [day.isoformat() for day in edition.days],
        "outputs": _outputs(edition, path),
        "findings": [
            {
                "severity": finding.severity,
                "text": text,
                "place": str(finding.place),
                "editor": editor_url(edition, root, finding.place),
            }
            for finding, text in zip(edition.findings, finding_texts(edition), strict=True)
        ],
    }


def finding_texts(edition: Edition) -> list[str]:
    """What is wrong with the newest sources, as a terminal tells it."""
    wrong = {finding.place.file for finding in edition.findings} & edition.texts.keys()
    lines = source_lines({file: edition.texts[file] for file in wrong})
    return [as_text(finding, lines) for finding in edition.findings]


def _outputs(edition: Edition, path: str) -> list[dict[str, str]]:
    """The same page in every dialect."""
    entries, pages = edition.outputs.entries, edition.outputs.pages
    if path not in pages:
        return []
    return [
        {"name": entries[other].group, "path": other, "page": _page(edition, other)}
        for other, page in pages.items()
        if page == pages[path]
    ]


def facts_at(edition: Edition, places: Iterable[str], root: Path) -> list[dict[str, object]]:
    """The facts that stand at places, written `file:line:column`; places that hold none are left out."""
    if edition.site is None:
        return []
    found = {str(place): (place, origin) for place, origin in origins(edition.site.facts).items()}
    return [_fact(edition, *found[place], root) for place in dict.fromkeys(places) if place in found]


def _fact(edition: Edition, place: Place, origin: Origin, root: Path) -> dict[str, object]:
    lines = source_lines({place.file: edition.good[place.file]})[place.file]
    shown = _shown(edition, place)
    return {
        "dataset": origin.record.dataset,
        "record": origin.record.id,
        "field": origin.field,
        "place": str(place),
        "line": lines[place.line - 1].strip(),
        "editor": editor_url(edition, root, place),
        "alternatives": [_alternative(each, each.place == place, edition, root) for each in origin.fact.alternatives],
        "shown": shown[:MANY],
        "more": max(0, len(shown) - MANY),
    }


def _shown(edition: Edition, place: Place) -> list[dict[str, object]]:
    """What shows a fact, once, with the outputs that it is in."""
    found: dict[tuple[str, str, str], dict[str, str]] = {}
    for documents in _documents(edition, place):
        for appearance in appearances(documents, (place,)):
            about = documents[appearance.path].about
            key = (f"{about.product} · {about.library}", appearance.where, appearance.text)
            found.setdefault(key, {})[appearance.path] = _page(edition, appearance.path)
    return [
        {
            "title": title,
            "where": where,
            "text": text,
            "outputs": [
                {"name": edition.outputs.entries[path].group, "path": path, "page": page}
                for path, page in outputs.items()
            ],
        }
        for (title, where, text), outputs in found.items()
    ]


def _documents(edition: Edition, place: Place) -> Iterator[dict[str, Document]]:
    """The documents that may show a fact, made again: those of the library whose file it stands in, or all, in turn."""
    site, files = edition.site, edition.outputs.files
    if site is None:
        return
    own = site.own_files.get(place.file)
    libraries = in_force(site, edition.day) if own is None else [own]
    for first in range(0, len(libraries), _TOGETHER):
        some = libraries[first : first + _TOGETHER]
        made = build_site(site, edition.day, tuple(DIALECTS), libraries=some)
        yield {path: document for path, document in made.documents.items() if path in files}


def _alternative(alternative: Alternative[Value], here: object, edition: Edition, root: Path) -> dict[str, object]:
    return {
        "text": value_text(alternative.value),
        "for": sorted(alternative.scope),
        "library": edition.site.own_files.get(alternative.place.file, "") if edition.site else "",
        "from": long_date(alternative.since) if alternative.since else "",
        "reason": alternative.reason,
        "note": alternative.note,
        "source": alternative.source.text if alternative.source else "",
        "here": here,
        "editor": editor_url(edition, root, alternative.place),
    }


def _page(edition: Edition, path: str) -> str:
    """The address of a page below the first page of the site; empty for what is no page of the HTML site."""
    is_page = edition.outputs.root and path.startswith(edition.outputs.root)
    return quote(without_index(path.removeprefix(edition.outputs.root))) if is_page else ""


def editor_url(edition: Edition, root: Path, place: Place) -> str:
    """The link that opens a place in the editor of the site's choice."""
    template = edition.site.settings.editor if edition.site else EDITORS["vscode"]
    path = "/" + quote((root.resolve() / place.file).as_posix().lstrip("/"), safe="/:", errors="surrogateescape")
    return template.replace("{path}", path).replace("{line}", str(place.line)).replace("{column}", str(place.column))
