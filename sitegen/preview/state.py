"""What a preview shows: the last good build, and what is wrong with the newest sources.

It is the same build as on disk, with its output in memory: first of the HTML site, then of the other formats.
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
from sitegen.build.memory import MemoryStore
from sitegen.build.project import Layout
from sitegen.build.scan import TextSources
from sitegen.facts.datasets import Exports
from sitegen.files.sources import FILE
from sitegen.findings import Finding, Place, sorted_findings
from sitegen.formats import DIALECTS
from sitegen.frozen import WithCachedProperties, frozen
from sitegen.site.loading import Site, Texts, load_site, with_own_files

if TYPE_CHECKING:
    from sitegen.build.link import Linked
    from sitegen.build.records import Entry
    from sitegen.rules import Group

_BREATH = 0.1  # seconds in which browsers fetch the new page, while nothing else is done
_KEPT, _KEPT_FILES = 16, 100_000  # editions of other days, and how many files they may have together
_SHOWN = ("html",)
_OTHERS = tuple(name for name in DIALECTS if name not in _SHOWN)


@frozen
class Outputs(WithCachedProperties):
    """The files of some builds, by path, with their entries; the group of an entry is the format of the file."""

    files: Mapping[str, bytes] = field(default_factory=dict)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    linked: tuple[Linked, ...] = ()

    @staticmethod
    def of(*stores: MemoryStore) -> Outputs:
        """What is in some stores."""
        linked = tuple(store.linked for store in stores if store.linked is not None)
        files, entries = (store.files for store in stores), (each.files for each in linked)
        return Outputs(ChainMap(*map(dict, files)), ChainMap(*map(dict, entries)), linked)

    def text(self, path: str) -> str:
        """The text of a file."""
        return self.files[path].decode()

    @cached_property
    def pages(self) -> Mapping[str, str]:
        """The name of the page that a path is of."""
        made = (unit.build.get() for linked in self.linked for unit in linked.units.values())
        return {output.path: output.page for one in made for output in one.outputs if output.page}

    @cached_property
    def fragments(self) -> frozenset[str]:
        """The paths of partials."""
        made = (unit.build.get() for linked in self.linked for unit in linked.units.values())
        return frozenset(o.path for one in made for o in one.outputs if o.file is not None and o.file.fragment)

    @cached_property
    def root(self) -> str:
        """The folder of the HTML site, with its last slash."""
        pages = (path for path in self.pages if self.entries[path].group in _SHOWN)
        return next((f"{path.partition('/')[0]}/" for path in pages), "")


@frozen
class Edition:
    """The site as of a day.

    `id` differs between any two builds, also of two servers. `html` is that of the build that
    the HTML site is of, and `others` that of the other dialects, which lag behind for a moment.
    `texts` and `findings` are those of the newest sources. Where their HTML site cannot be
    built, `good`, `site`, `days` and `outputs` are still those of the last that could. `days` are
    those on which the site may change by itself.
    """

    id: str
    day: date
    html: str = ""
    others: str = ""
    texts: Texts = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    good: Texts = field(default_factory=dict)
    site: Site | None = None
    days: tuple[date, ...] = ()
    outputs: Outputs = Outputs()
    seconds: float = 0.0

    @property
    def broken(self) -> bool:
        """Whether the newest sources cannot be built."""
        return any(finding.severity == "error" for finding in self.findings)

    @property
    def shows(self) -> str:
        """What there is to see: `all`, `html` where another dialect is at fault, the `old` site, or `nothing`."""
        if not self.broken:
            return "all"
        if self.site is None:
            return "nothing"
        return "html" if self.html == self.id else "old"

    def version(self, path: str) -> str:
        """The id of the build that an output is of."""
        return self.html if path.startswith(self.outputs.root) else self.others


class Preview:
    """The newest edition of a site and, as they are asked for, those of other days."""

    def __init__(self, read: Callable[[], Texts], today: Callable[[], date]) -> None:
        """`read` may raise OSError; `today` is the day to build as of where none is chosen."""
        self._read = read
        self._today = today
        self._session = secrets.token_hex(4)
        self._count = 0
        # The newest edition with those of other days of the same sources, replaced as one.
        self._shown: tuple[Edition, dict[date, Edition]] = (Edition("", today()), {})
        self._loader = Loader()
        self._html, self._others = MemoryStore(), MemoryStore()
        self._building = threading.Lock()
        self._began: float | None = None

    @property
    def waits(self) -> float:
        """For how many seconds the newest sources have been built by now; 0 where they are done."""
        began = self._began
        return time.monotonic() - began if began is not None else 0.0

    def refresh(self) -> Iterator[Edition]:
        """Read and build the sources as they are now, on one thread. Raises AbandonedError, see `limits.interruptible`.

        The HTML site comes first, so that the page that somebody looks at does not wait for
        the other formats; what is wrong in these comes with the second edition, of the same id.
        """
        started = time.perf_counter()
        self._count += 1
        before, _ = self._shown
        newest = replace(before, id=f"{self._session}-{self._count}", day=self._today())
        self._began = time.monotonic()
        try:
            yield from self._built(newest, started)
        except OSError as error:
            yield self._show(replace(newest, findings=(_unreadable(error),)))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the preview
            yield self._show(replace(newest, findings=(_failed(error),)))
        finally:
            self._began = None

    def _built(self, newest: Edition, started: float) -> Iterator[Edition]:
        texts = self._read()
        html = _build(texts, newest.day, _SHOWN, (), self._html, self._loader)
        newest = replace(newest, texts=texts, findings=tuple(html.findings))
        linked = self._html.linked
        if not newest.broken and linked is not None:
            outputs, days = Outputs.of(self._others, self._html), tuple(sorted(linked.days))
            site = linked.project.site
            newest = replace(newest, html=newest.id, good=texts, site=site, outputs=outputs, days=days)
            yield self._show(newest)
            time.sleep(_BREATH)
            started += _BREATH
        others = _build(texts, newest.day, _OTHERS, ("meaning",), self._others, self._loader)
        findings = tuple(sorted_findings([*html.findings, *others.findings]))
        newest = replace(newest, findings=findings, seconds=time.perf_counter() - started)
        if not newest.broken:
            newest = replace(newest, outputs=Outputs.of(self._others, self._html), others=newest.id)
        yield self._show(newest)

    def _show(self, edition: Edition) -> Edition:
        self._shown = edition, {}
        return edition

    def edition(self, day: date | None = None) -> Edition:
        """The newest edition, or that of another day of the last good sources, which may take as long as a build."""
        newest, _ = self._shown
        if day is None or day == newest.day or newest.site is None:
            return newest
        with self._building:
            newest, others = self._shown
            site = newest.site
            if site is None or day == newest.day:
                return newest
            if day not in others:
                most = min(_KEPT, _KEPT_FILES // max(1, len(newest.outputs.files)))
                while others and len(others) >= most:
                    del others[next(iter(others))]
                store = MemoryStore()
                result = _build(newest.good, day, tuple(DIALECTS), (), store, lambda _: site)
                findings = newest.findings if newest.broken else tuple(result.findings)
                others[day] = replace(newest, day=day, outputs=Outputs.of(store), findings=findings)
            return others[day]


class Loader:
    """Loads a site; where only own files of libraries differ from the last one, only these."""

    def __init__(self) -> None:
        self._texts: Texts = {}
        self._site: Site | None = None

    def __call__(self, texts: Texts) -> Site:
        """The site of all these sources."""
        site = self._site
        if site is None or texts != self._texts:
            site = self._in_part(texts, site) if site is not None else None
            self._site = site = site or load_site(texts)
            self._texts = texts
        return site

    def _in_part(self, texts: Texts, before: Site) -> Site | None:
        """The site with the own files that have changed. None where more than that is to be loaded."""
        changed = [name for name, data in texts.items() if self._texts.get(name) != data]
        if len(texts) != len(self._texts) or not before.own_files.keys() >= {*changed}:
            return None
        libraries = {before.own_files[name] for name in changed}
        own = {name: texts[name] for name, library in before.own_files.items() if library in libraries}
        return with_own_files(before, own, Exports.merged(before.facts.exports.values()))


def _build(
    texts: Texts, day: date, formats: tuple[str, ...], groups: tuple[Group, ...], store: MemoryStore, load: Loading
) -> Result:
    """Build some formats in memory, with the values of the HTML site annotated."""
    key = {"day": day.isoformat(), "formats": " ".join(formats)}
    request = Request(
        key,
        lambda _: TextSources(texts),
        lambda: (day, Layout(formats)),
        groups=groups,
        workers=Workers(1),
        load=load,
        annotate=True,
    )
    return build(request, store, Progress())


Loading = Callable[[Texts], Site]


def _failed(error: Exception) -> Finding:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    message = f"sitegen itself has failed: {type(error).__name__}: {error} (in {where})"
    return Finding("internal-error", message, Place(FILE, 1, 1), "this is a fault of sitegen; please report it")


def _unreadable(error: OSError) -> Finding:
    where = str(error.filename or FILE)
    return Finding("unreadable-file", f"{where} cannot be read: {error.strerror or error}", Place(FILE, 1, 1))
