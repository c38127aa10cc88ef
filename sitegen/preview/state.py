"""What a preview shows: the last good build, and what is wrong with the newest sources."""

from __future__ import annotations

import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import field, replace
from datetime import date
from pathlib import Path

from sitegen.dialects import DIALECTS
from sitegen.findings import Finding, Place
from sitegen.frozen import frozen
from sitegen.loading import Site, Texts
from sitegen.preview.making import NOTHING, Good, build, days_of, good, judged, load, over, with_findings
from sitegen.site import Build, build_site
from sitegen.sources import FILE

_BREATH = 0.1  # seconds in which browsers fetch the new page, while nothing else is done
_KEPT, _KEPT_FILES = 16, 100_000  # editions of other days, and how many files they may have together
_SHOWN = ("html",)
_OTHERS = tuple(name for name in DIALECTS if name not in _SHOWN)


@frozen
class Edition:
    """The site as of a day.

    `id` differs between any two builds, also of two servers. `html` is that of the build that
    the HTML site is of, and `others` that of the other dialects, which lag behind for a moment.
    `texts` and `findings` are those of the newest sources. Where their HTML site cannot be
    built, `good`, `site`, `days` and `build` are still those of the last that could. `days` are
    those on which the site may change by itself. `root` is the folder of the HTML site among the
    outputs, with its last slash. Documents are not kept.
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
    build: Build = NOTHING
    root: str = ""
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
        return self.html if path.startswith(self.root) else self.others


class Preview:
    """The newest edition of a site and, as they are asked for, those of other days."""

    def __init__(self, read: Callable[[], Texts], today: Callable[[], date]) -> None:
        """`read` may raise OSError; `today` is the day to speak of where none is chosen."""
        self._read = read
        self._today = today
        self._session = secrets.token_hex(4)
        self._count = 0
        # The newest edition with those of other days of the same sources, replaced as one.
        self._shown: tuple[Edition, dict[date, Edition]] = (Edition("", today()), {})
        self._good: Good | None = None
        self._others = NOTHING  # those of the newest edition
        self._building = threading.Lock()
        self._began: float | None = None

    @property
    def waits(self) -> float:
        """For how many seconds the newest sources have been built by now; 0 where they are done."""
        began = self._began
        return time.monotonic() - began if began is not None else 0.0

    def refresh(self) -> Iterator[Edition]:
        """Read and build the sources as they are now, on one thread. Raises AbandonedError, see `limits.asking`.

        The HTML site comes first, so that the page that somebody looks at does not wait for
        the other dialects; what is wrong in these comes with the second edition, of the same id.
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
        work = load(self._read(), newest.day, self._good)
        site, last = work.site, work.last
        html = build(work, _annotated(site), _SHOWN, last.html if last else None)
        newest = replace(newest, texts=work.texts, findings=with_findings(site, html).findings)
        days = {}
        if not newest.broken:
            days = days_of(work)
            newest = replace(newest, html=newest.id, good=work.texts, site=site, build=over(self._others, html))
            newest = replace(newest, root=_root(html), days=tuple(sorted(frozenset().union(*days.values()))))
            yield self._show(newest)
            time.sleep(_BREATH)
            started += _BREATH
        others = build(work, site, _OTHERS, last.others if last else None)
        whole = with_findings(site, over(others, html))
        found = judged(work, whole)
        newest = replace(newest, findings=tuple(found.findings), seconds=time.perf_counter() - started)
        if not newest.broken:
            self._good, self._others = good(work, html, others, found, days), others
            newest = replace(newest, build=whole, others=newest.id)
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
            if newest.site is None or day == newest.day:
                return newest
            if day not in others:
                most = min(_KEPT, _KEPT_FILES // max(1, len(newest.build.files)))
                while others and len(others) >= most:
                    del others[next(iter(others))]
                made = build_site(_annotated(newest.site), day, tuple(DIALECTS), documents=False)
                findings = newest.findings if newest.broken else made.findings
                others[day] = replace(newest, day=day, build=made, root=_root(made), findings=findings)
            return others[day]


def _root(made: Build) -> str:
    """The folder of the HTML site, with its last slash."""
    pages = (path for path in made.pages if made.files[path].dialect in _SHOWN)
    return next((f"{path.partition('/')[0]}/" for path in pages), "")


def _annotated(site: Site) -> Site:
    """The site with its values annotated by the places of their facts."""
    styles = {name: replace(style, annotate=True) for name, style in site.settings.styles.items()}
    return replace(site, settings=replace(site.settings, styles=styles))


def _failed(error: Exception) -> Finding:
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    message = f"sitegen itself has failed: {type(error).__name__}: {error} (in {where})"
    return Finding("internal-error", message, Place(FILE, 1, 1), "this is a fault of sitegen; please report it")


def _unreadable(error: OSError) -> Finding:
    where = str(error.filename or FILE)
    return Finding("unreadable-file", f"{where} cannot be read: {error.strerror or error}", Place(FILE, 1, 1))
