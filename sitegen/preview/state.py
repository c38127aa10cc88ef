"""What a preview shows: the last good build, and what is wrong with the newest sources."""

from __future__ import annotations

import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

from sitegen.changes.days import days_of_change
from sitegen.dialects import DIALECTS
from sitegen.findings import Finding, Place, in_order
from sitegen.loading import Site, Texts, load_site
from sitegen.rules import MEANING, judged
from sitegen.site import Build, build_site
from sitegen.sources import FILE

_BREATH = 0.1  # seconds in which browsers fetch the new page, while nothing else is done
_KEPT = 16  # editions of other days
_NOTHING = Build({}, (), {}, {})
_SHOWN = ("html",)
_OTHERS = tuple(name for name in DIALECTS if name not in _SHOWN)


@dataclass(frozen=True, slots=True)
class Edition:
    """The site as of a day.

    `id` differs between any two builds, also of two servers. `html` is that of the build that
    the HTML site is of, and `others` that of the other dialects, which lag behind for a moment.
    `texts` and `findings` are those of the newest sources. Where their HTML site cannot be
    built, `good`, `site`, `days` and `build` are still those of the last that could. `days` are
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
    build: Build = _NOTHING
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

    @property
    def root(self) -> str:
        """The folder of the HTML site among the outputs, with its last slash."""
        return next((f"{d.about.root}/" for d in self.build.documents.values() if d.about.nav), "")

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
        self._building = threading.Lock()

    def refresh(self) -> Iterator[Edition]:
        """Read and build the sources as they are now, on one thread.

        The HTML site comes first, so that the page that somebody looks at does not wait for
        the other dialects; what is wrong in these comes with the second edition, of the same id.
        """
        started = time.perf_counter()
        self._count += 1
        before, _ = self._shown
        newest = replace(before, id=f"{self._session}-{self._count}", day=self._today())
        try:
            yield from self._built(newest, before, started)
        except OSError as error:
            yield self._show(replace(newest, findings=(_unreadable(error),)))
        except Exception as error:  # noqa: BLE001 - a fault of ours must not end the preview
            yield self._show(replace(newest, findings=(_failed(error),)))

    def _built(self, newest: Edition, before: Edition, started: float) -> Iterator[Edition]:
        texts = self._read()
        site = load_site(texts)
        html = build_site(_annotated(site), newest.day, _SHOWN)
        newest = replace(newest, texts=texts, findings=html.findings)
        if not newest.broken:
            days = tuple(sorted(days_of_change(site)))
            build = _over(before.build, html)
            newest = replace(newest, html=newest.id, good=texts, site=site, days=days, build=build)
            yield self._show(newest)
            time.sleep(_BREATH)
            started += _BREATH
        whole = _over(build_site(site, newest.day, _OTHERS), html)
        findings = tuple(judged(site, texts, newest.day, whole, MEANING))
        newest = replace(newest, findings=findings, seconds=time.perf_counter() - started)
        yield self._show(newest if newest.broken else replace(newest, build=whole, others=newest.id))

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
                while len(others) >= _KEPT:
                    del others[next(iter(others))]
                build = build_site(_annotated(newest.site), day, tuple(DIALECTS))
                findings = newest.findings if newest.broken else build.findings
                others[day] = replace(newest, day=day, build=build, findings=findings)
            return others[day]


def _over(below: Build, above: Build) -> Build:
    """Two builds of different dialects as one."""
    return Build(
        {**below.files, **above.files},
        tuple(in_order((*below.findings, *above.findings))),
        {**below.documents, **above.documents},
        {**below.partials, **above.partials},
        (*below.shown, *above.shown),
    )


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
