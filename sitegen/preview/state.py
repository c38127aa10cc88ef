"""What a preview shows: the last successful build, and the findings of the newest sources.

The build is the same as on disk, with its output in memory: first of the HTML site, then of the other formats.
"""

from __future__ import annotations

import secrets
import threading
import time
import traceback
from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build import Progress, Request, Result, Workers, build
from sitegen.build.project import Layout
from sitegen.build.scan import TextSources
from sitegen.build.store import MemoryStore
from sitegen.changes.days import days_of_change
from sitegen.facts.datasets import Exports
from sitegen.files.sources import FILE
from sitegen.findings import Finding, Place, sorted_findings
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.site.loading import Site, Texts, load_site, with_own_files

if TYPE_CHECKING:
    from sitegen.build.link import Linked
    from sitegen.build.records import Entry
    from sitegen.rules import Group
    from sitegen.site.library import Output

_PAUSE = 0.1  # seconds after the HTML site is built, in which browsers fetch the new page
_MAX_SNAPSHOTS, _MAX_FILES = 16, 100_000  # of other dates: their number, and that of their files together
HTML = ("html",)
LoadSite = Callable[[Texts], Site]


@frozen
class Outputs(WithCachedProperties):
    """The files of some builds by path, and their entries, whose group is the format of the file."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    linked: tuple[Linked, ...] = ()

    @staticmethod
    def of(*stores: MemoryStore) -> Outputs:
        """The files of some stores. Those of the first one win."""
        linked = tuple(store.linked for store in stores if store.linked is not None)
        files, entries = (store.files for store in stores), (each.files for each in linked)
        return Outputs(ChainMap(*map(dict, files)), ChainMap(*map(dict, entries)), linked)

    @cached_property
    def pages(self) -> Mapping[str, str]:
        """The name of the page at each path that is a page."""
        return {output.path: output.page for output in self._compiled() if output.page}

    @cached_property
    def fragments(self) -> frozenset[str]:
        """The paths of partials."""
        return frozenset(o.path for o in self._compiled() if o.file is not None and o.file.fragment)

    def _compiled(self) -> Iterator[Output]:
        """The outputs of all libraries."""
        for linked in self.linked:
            for unit in linked.units.values():
                yield from unit.build.outputs

    @cached_property
    def root(self) -> str:
        """The folder of the HTML site, with a slash at its end; empty if there are no pages."""
        pages = (path for path in self.pages if self.entries[path].group in HTML)
        return next((f"{path.partition('/')[0]}/" for path in pages), "")


@frozen
class Snapshot(WithCachedProperties):
    """The site as of a date.

    `id` is different for each build, also of other servers. `html` is the id of the build that the HTML site is from,
    and `others` that of the other formats, which are built a moment later. `texts` and `findings` are those of the
    newest sources. If their HTML site cannot be built, `good`, `site` and `outputs` are those of the last successful
    build; `good` are its sources.
    """

    id: str
    day: date
    html: str = ""
    others: str = ""
    texts: Texts = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    good: Texts = field(default_factory=dict)
    site: Site | None = None
    outputs: Outputs = Outputs()
    seconds: float = 0.0

    @cached_property
    def days(self) -> tuple[date, ...]:
        """The dates on which the site changes although no source does."""
        return tuple(sorted(days_of_change(self.site))) if self.site is not None else ()

    @property
    def broken(self) -> bool:
        """Whether the newest sources cannot be built."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def shows(self) -> str:
        """What the preview shows: `all`, only `html` if another format has an error, the `old` site, or `nothing`."""
        if not self.broken:
            return "all"
        if self.site is None:
            return "nothing"
        return "html" if self.html == self.id else "old"

    def version(self, path: str) -> str:
        """The id of the build that an output is from."""
        return self.html if path.startswith(self.outputs.root) else self.others


class Preview:
    """The newest snapshot of a site, and those of other dates, which are built on request."""

    def __init__(self, read: Callable[[], Texts], today: Callable[[], date]) -> None:
        """`read` returns the sources, and may raise OSError. `today` is the default date."""
        self._read = read
        self._today = today
        self._session = secrets.token_hex(4)
        self._count = 0
        # The newest snapshot, and those of the same sources on other dates; both are replaced at once.
        self._current: tuple[Snapshot, dict[date, Snapshot]] = (Snapshot("", today()), {})
        self._loader = SiteLoader()
        self._html, self._others = MemoryStore(), MemoryStore()
        self._building = threading.Lock()
        self._began: float | None = None

    @property
    def building_for(self) -> float:
        """The seconds since the current build began; 0 if there is none."""
        began = self._began
        return time.monotonic() - began if began is not None else 0.0

    def refresh(self) -> Iterator[Snapshot]:
        """Read and build the current sources. Not thread-safe. Raises AbandonedError, see `limits.interruptible`.

        The HTML site is built first, so that open pages do not wait for the other formats. The second snapshot, of the
        same id, has the findings of these.
        """
        started = time.perf_counter()
        self._count += 1
        before, _ = self._current
        newest = replace(before, id=f"{self._session}-{self._count}", day=self._today())
        self._began = time.monotonic()
        try:
            yield from self._build(newest, started)
        except Exception as error:  # noqa: BLE001 - a bug must not end the preview
            yield self._publish(replace(newest, findings=(_finding(error),)))
        finally:
            self._began = None

    def _build(self, newest: Snapshot, started: float) -> Iterator[Snapshot]:
        texts = self._read()
        html = _build_formats(texts, newest.day, HTML, (), self._html, self._loader)
        newest = replace(newest, texts=texts, findings=tuple(html.findings))
        linked = self._html.linked
        if not newest.broken and linked is not None:
            outputs, site = Outputs.of(self._others, self._html), linked.project.site
            newest = replace(newest, html=newest.id, good=texts, site=site, outputs=outputs)
            yield self._publish(newest)
            time.sleep(_PAUSE)
            started += _PAUSE
        formats = others_of(self._loader(texts)) or HTML
        others = _build_formats(texts, newest.day, formats, ("meaning",), self._others, self._loader)
        findings = tuple(sorted_findings([*html.findings, *others.findings]))
        newest = replace(newest, findings=findings, seconds=time.perf_counter() - started)
        if not newest.broken:
            newest = replace(newest, outputs=Outputs.of(self._others, self._html), others=newest.id)
        yield self._publish(newest)

    def _publish(self, snapshot: Snapshot) -> Snapshot:
        self._current = snapshot, {}
        return snapshot

    def snapshot(self, day: date | None = None) -> Snapshot:
        """The newest snapshot, or that of the last good sources on another date, which may take as long as a build."""
        newest, _ = self._current
        if day is None or day == newest.day or newest.site is None:
            return newest
        with self._building:
            newest, others = self._current
            site = newest.site
            if site is None or day == newest.day:
                return newest
            if day not in others:
                most = min(_MAX_SNAPSHOTS, _MAX_FILES // max(1, len(newest.outputs.files)))
                while others and len(others) >= most:
                    del others[next(iter(others))]
                store = MemoryStore()
                result = _build_formats(newest.good, day, HTML + others_of(site), (), store, lambda _: site)
                findings = newest.findings if newest.broken else tuple(result.findings)
                others[day] = replace(newest, day=day, outputs=Outputs.of(store), findings=findings)
            return others[day]


class SiteLoader:
    """Loads a site. If only own files of libraries have changed since the last one, loads only these."""

    def __init__(self) -> None:
        self._texts: Texts = {}
        self._site: Site | None = None

    def __call__(self, texts: Texts) -> Site:
        """The site of all these sources."""
        site = self._site
        if site is None or texts != self._texts:
            site = self._load_changed(texts, site) if site is not None else None
            self._site = site = site or load_site(texts)
            self._texts = texts
        return site

    def _load_changed(self, texts: Texts, before: Site) -> Site | None:
        """The site with the own files that have changed; None if other sources have changed too."""
        changed = [name for name, data in texts.items() if self._texts.get(name) != data]
        if len(texts) != len(self._texts) or not before.own_files.keys() >= {*changed}:
            return None
        libraries = {before.own_files[name] for name in changed}
        own = {name: texts[name] for name, library in before.own_files.items() if library in libraries}
        return with_own_files(before, own, Exports.merged(before.facts.exports.values()))


def others_of(site: Site) -> tuple[str, ...]:
    """The published formats apart from HTML, which the preview always shows."""
    return tuple(name for name in site.settings.formats if name not in HTML)


def _build_formats(
    texts: Texts, day: date, formats: tuple[str, ...], groups: tuple[Group, ...], store: MemoryStore, load: LoadSite
) -> Result:
    """Build some formats in memory, with the values of the HTML site annotated."""
    key = {"day": day.isoformat(), "formats": " ".join(formats)}
    sources, layout = TextSources(texts), Layout(formats)
    request = Request(key, lambda _: sources, lambda _: (day, layout), groups, Workers(1), load=load, annotate=True)
    return build(request, store, Progress())


def _finding(error: Exception) -> Finding:
    """The finding for a source that cannot be read, or for a bug."""
    place = Place(FILE, 1, 1)
    if isinstance(error, OSError):
        return Finding("unreadable-file", f"{error.filename or FILE} cannot be read: {error.strerror or error}", place)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    message = f"sitegen failed: {type(error).__name__}: {error} (in {where})"
    return Finding("internal-error", message, place, "this is a bug in sitegen; please report it")
