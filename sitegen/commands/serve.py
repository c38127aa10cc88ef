"""`sitegen serve`."""

from __future__ import annotations

import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen.build.scan import DiskSources
from sitegen.commands.edge import day_of, require_site
from sitegen.commands.outcome import IO, OK, Options, UsageError, fail
from sitegen.commands.telling import report
from sitegen.files.sources import all_files, source_files, templates_folder
from sitegen.preview.server import Address, BusyPortError, PreviewServer
from sitegen.preview.state import Edition, Preview
from sitegen.preview.watching import PAUSE_FACTOR, Look, changes, look_at
from sitegen.templates.limits import AbandonedError, interruptible

if TYPE_CHECKING:
    from sitegen.build.records import Input
    from sitegen.site.loading import Texts

_EACH = 0.25  # seconds between two looks while a build runs
_MOST_ABANDONED = 3  # builds one after the other; sources may never be at rest
_LOCAL = ("127.0.0.1", "localhost", "::1")


class Sources:
    """The sources of a site in memory. One whose times, size and inode are as before is not read again."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._inputs: Mapping[str, Input] = {}
        self._texts: dict[str, bytes] = {}

    def __call__(self) -> Texts:
        """The sources as they are now. Raises OSError."""
        paths = all_files(self._root, templates_folder())
        sources = DiskSources(paths, self._inputs)
        new = sources.read([name for name, found in sources.inputs.items() if self._inputs.get(name) != found])
        self._texts = {name: new[name] if name in new else self._texts[name] for name in paths}
        self._inputs = sources.inputs
        return self._texts


def run(options: Options) -> int:
    """Serve a preview that is built again whenever a source changes."""
    require_site(options.root)
    day_of(options.as_of)
    if not options.host:
        raise UsageError("--host takes a name or an address")
    if options.host not in _LOCAL and not options.allowed_host:
        hint = "name the host that browsers will ask for with --allowed-host"
        raise UsageError(f"--host {options.host} opens the preview to other machines; {hint}")

    def today() -> date:
        return day_of(options.as_of)

    def listening(url: str) -> None:
        print(f"{url} shows the site as of {today()}; to stop, press Ctrl-C", flush=True)
        if options.open:
            webbrowser.open(url)

    preview = Preview(Sources(options.root), today)
    address = Address(options.host, options.port, tuple(options.allowed_host))
    stop = threading.Event()
    try:
        PreviewServer(preview, options.root, _builds(preview, options, stop), address, listening).run()
    except BusyPortError as error:
        hint = "choose another with --port, or any free one with --port 0"
        return fail(f"port {options.port} on {options.host} is not free ({error}); {hint}", IO)
    except OSError as error:
        if error.filename:
            raise
        return fail(f"cannot listen on {options.host}: {error.strerror or error}", IO)
    finally:
        stop.set()
    return OK


class _Watch:
    """Abandons a build that runs when its sources are not any more as they were `seen` before it."""

    def __init__(self, look: Callable[[], Look], seen: Look) -> None:
        self._look, self._seen = look, seen
        self._next = time.monotonic() + _EACH

    def __call__(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        if self._look() != self._seen:
            raise AbandonedError
        self._next = time.monotonic() + max(_EACH, PAUSE_FACTOR * (time.monotonic() - now))


def _builds(preview: Preview, options: Options, stop: threading.Event) -> Iterator[Edition]:
    """Build after each change of the sources, and when a day has passed. What changes meanwhile is built next."""
    seen: Look = {}

    def look() -> Look:
        nonlocal seen
        seen = now()
        return seen

    def now() -> Look:
        try:
            return {"day": day_of(options.as_of), **look_at(source_files(options.root))}
        except OSError as error:  # a folder may be closed to us for a while
            return {"error": (error.errno, error.filename)}

    abandoned = 0
    for _ in changes(look, stop):
        edition = preview.edition()
        watched = _Watch(now, seen) if abandoned < _MOST_ABANDONED else lambda: None
        try:
            with interruptible(watched):
                for edition in preview.refresh():
                    yield edition
        except AbandonedError:
            abandoned += 1
            continue
        abandoned = 0
        _tell(edition, options)


def _tell(edition: Edition, options: Options) -> None:
    report(edition.findings, edition.texts, options)
    if not options.quiet and not edition.broken:
        now = time.strftime("%H:%M:%S")
        print(f"{now} built {len(edition.outputs.files)} files in {edition.seconds:.2f} s", flush=True)
