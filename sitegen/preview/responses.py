"""What the preview sends besides the files of the site: JSON for its script, and pages about errors."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sitegen.dates import long_date
from sitegen.evaluation.context import Context
from sitegen.evaluation.notes import with_notes
from sitegen.explanation.facts import Origin, appearances, origins, value_text
from sitegen.facts.values import noted
from sitegen.files.sources import source_lines
from sitegen.findings import Place, as_text
from sitegen.formats.html import without_index
from sitegen.site.combine import build_site
from sitegen.site.selection import COMMON, units_on
from sitegen.site.settings import EDITORS

if TYPE_CHECKING:
    from sitegen.documents.documents import Document
    from sitegen.facts.alternatives import Alternative
    from sitegen.facts.values import Value
    from sitegen.preview.state import Snapshot

OWN = "/__sitegen/"
MAX_LISTED = 100
_BATCH = 20  # libraries whose documents are in memory at once
_DATE = re.compile(r"@([0-9-]+)/")  # what looks like the date of a path

# --- JSON ----------------------------------------------------------------------------


def status(snapshot: Snapshot, path: str, root: Path, *, building: bool) -> dict[str, object]:
    """The result of the newest build, with its findings, the dates to choose from, and the other outputs of a page."""
    return {
        "id": snapshot.version(path),
        "day": snapshot.day.isoformat(),
        "build": snapshot.id,
        "broken": snapshot.broken,
        "building": building,
        "shows": snapshot.shows,
        "days": [day.isoformat() for day in snapshot.days],
        "outputs": _outputs(snapshot, path),
        "findings": [
            {
                "severity": finding.severity,
                "text": text,
                "place": str(finding.place),
                "editor": _editor_url(snapshot, root, finding.place),
            }
            for finding, text in zip(snapshot.findings, finding_texts(snapshot), strict=True)
        ],
    }


def finding_texts(snapshot: Snapshot) -> list[str]:
    """The findings of the newest sources, as on a terminal."""
    files = {finding.place.file for finding in snapshot.findings} & snapshot.texts.keys()
    lines = source_lines({file: snapshot.texts[file] for file in files})
    return [as_text(finding, lines) for finding in snapshot.findings]


def _outputs(snapshot: Snapshot, path: str) -> list[dict[str, str]]:
    """The same page in each format."""
    pages = snapshot.outputs.pages
    return [_output(snapshot, other) for other, page in pages.items() if page == pages.get(path)]


def _output(snapshot: Snapshot, path: str) -> dict[str, str]:
    return {"name": snapshot.outputs.entries[path].group, "path": path, "page": _page_url(snapshot, path)}


def facts_at(snapshot: Snapshot, places: Iterable[str], root: Path) -> list[dict[str, object]]:
    """The facts at places, written `file:line:column`. A place without a fact is ignored."""
    if snapshot.site is None:
        return []
    by_place = {str(place): (place, origin) for place, origin in origins(snapshot.site.facts).items()}
    return [_fact(snapshot, *by_place[place], root) for place in dict.fromkeys(places) if place in by_place]


def _fact(snapshot: Snapshot, place: Place, origin: Origin, root: Path) -> dict[str, object]:
    lines = source_lines({place.file: snapshot.good[place.file]})[place.file]
    shown = _shown(snapshot, place)
    return {
        "dataset": origin.record.dataset,
        "record": origin.record.id,
        "field": origin.field,
        "place": str(place),
        "line": lines[place.line - 1].strip(),
        "editor": _editor_url(snapshot, root, place),
        "alternatives": [_alternative(each, each.place == place, snapshot, root) for each in origin.fact.alternatives],
        "shown": shown[:MAX_LISTED],
        "more": max(0, len(shown) - MAX_LISTED),
    }


def _shown(snapshot: Snapshot, place: Place) -> list[dict[str, object]]:
    """Each cell or sentence that shows a fact, with the outputs that it is in."""
    shown: dict[tuple[str, str, str], dict[str, dict[str, str]]] = {}
    for documents in _documents(snapshot, place):
        for appearance in appearances(documents, (place,)):
            about = documents[appearance.path].about
            title = " · ".join(filter(None, (about.product, about.library))) or about.page
            key = (title, appearance.where, appearance.text)
            shown.setdefault(key, {})[appearance.path] = _output(snapshot, appearance.path)
    return [
        {"title": title, "where": where, "text": text, "outputs": [*outputs.values()]}
        for (title, where, text), outputs in shown.items()
    ]


def _documents(snapshot: Snapshot, place: Place) -> Iterator[dict[str, Document]]:
    """The documents that may show a fact, in batches: those of the library whose own file it is in, or all."""
    site, files = snapshot.site, snapshot.outputs.files
    if site is None:
        return
    formats = (*dict.fromkeys((*site.settings.formats, "html")),)
    own = site.own_files.get(place.file)
    libraries = units_on(site, snapshot.day) if own is None else [own, COMMON]
    for first in range(0, len(libraries), _BATCH):
        build = build_site(site, snapshot.day, formats, libraries=libraries[first : first + _BATCH])
        yield {path: document for path, document in build.documents.items() if path in files}


def _alternative(written: Alternative[Value], here: bool, snapshot: Snapshot, root: Path) -> dict[str, object]:
    alternative, library = written, ""
    if snapshot.site is not None:
        library = snapshot.site.own_files.get(written.place.file, "")
        context = Context(snapshot.site.facts, snapshot.day, "", library)
        alternative = with_notes(context, written) or written
    notes = (alternative.note, *noted(alternative.value))
    return {
        "text": value_text(alternative.value),
        "for": alternative.scope.words,
        "library": library,
        "from": long_date(alternative.since) if alternative.since else "",
        "reason": alternative.reason,
        "note": " ".join(note.text for note in notes if note and note is not alternative.value),
        "source": alternative.source.text if alternative.source else "",
        "here": here,
        "editor": _editor_url(snapshot, root, alternative.place),
    }


def _page_url(snapshot: Snapshot, path: str) -> str:
    """The URL of a page, relative to the home page; empty if it is not a page of the HTML site."""
    is_page = snapshot.outputs.root and path.startswith(snapshot.outputs.root)
    return quote(without_index(path.removeprefix(snapshot.outputs.root))) if is_page else ""


def _editor_url(snapshot: Snapshot, root: Path, place: Place) -> str:
    """The URL that opens a place in the editor of the settings."""
    template = snapshot.site.settings.editor if snapshot.site else EDITORS["vscode"]
    path = "/" + quote((root.resolve() / place.file).as_posix().lstrip("/"), safe="/:", errors="surrogateescape")
    return template.replace("{path}", path).replace("{line}", str(place.line)).replace("{column}", str(place.column))


# --- pages ---------------------------------------------------------------------------

_SCRIPT = f'<script defer src="{OWN}client.js" data-id="{{id}}" data-day="{{day}}" data-path="{{path}}"></script>\n'
_MESSAGE = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{title}}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{OWN}client.css">
</head>
<body class="shell">
<main>
<h1>{{title}}</h1>
{{content}}
</main>
{{script}}</body>
</html>
"""


def script_tag(snapshot: Snapshot, day: str, path: str) -> str:
    """The tag that loads the script of the preview into a page."""
    return _SCRIPT.format(id=escape(snapshot.version(path)), day=escape(day), path=escape(path))


def with_script(html: str, script: str) -> str:
    """A page with a script before the end of its body."""
    ends = [match.start() for match in re.finditer("</body", html, re.IGNORECASE)]
    return html[: ends[-1]] + script + html[ends[-1] :] if ends else html + script


def missing_page(snapshot: Snapshot, day: str, path: str, script: str) -> str:
    """The page for a path without a file, or for any path before the first successful build."""
    if snapshot.shows == "nothing":  # the script shows the findings too, and those of each later build
        findings = "\n".join(f'<pre tabindex="0">{escape(text)}</pre>' for text in finding_texts(snapshot))
        why = f"<p>No build has succeeded since the preview started.</p>\n<noscript>\n{findings}\n</noscript>"
        return message_page("Nothing to show yet", why, script)
    home = f'<p><a href="/{f"@{day}/" if day else ""}">Go to the home page</a></p>'
    date = _DATE.match(path.removeprefix(snapshot.outputs.root))
    why = f"{escape(date[1])} is not a date" if date else f"There is no such page as of {long_date(snapshot.day)}"
    return message_page("Page not found", f"<p>{why}.</p>\n{home}", script)


def message_page(title: str, content: str, script: str = "") -> str:
    """A page of the preview itself, with HTML as its content."""
    return _MESSAGE.format(title=escape(title), content=content, script=script)
