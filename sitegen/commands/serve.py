"""`sitegen serve`."""

from __future__ import annotations

import errno
import threading
import time
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path

from sitegen.build.records import Input
from sitegen.build.scan import DiskSources
from sitegen.commands.exit_codes import IO, OK, Options, UsageError, fail
from sitegen.commands.inputs import day_of, require_site
from sitegen.commands.reporting import report
from sitegen.files.sources import all_files, source_files, templates_folder
from sitegen.preview.server import PreviewServer
from sitegen.preview.state import Preview, Snapshot
from sitegen.preview.watching import PAUSE_FACTOR, Fingerprint, changes, fingerprint
from sitegen.site.loading import Texts
from sitegen.templates.limits import AbandonedError, interruptible

_INTERVAL = 0.25  # seconds between two fingerprints during a build
_MAX_ABANDONED = 3  # consecutive builds; sources may never be at rest
_LOCAL = ("127.0.0.1", "localhost", "::1")


class CachedSources:
    """The sources of a site in memory. A source whose stat has not changed is not read again."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._inputs: Mapping[str, Input] = {}
        self._texts: dict[str, bytes] = {}

    def __call__(self) -> Texts:
        """The current sources. Raises OSError."""
        paths = all_files(self._root, templates_folder())
        sources = DiskSources(paths, self._inputs)
        new = sources.read([name for name, input_ in sources.inputs.items() if self._inputs.get(name) != input_])
        self._texts = {name: new[name] if name in new else self._texts[name] for name in paths}
        self._inputs = sources.inputs
        return self._texts


def run(options: Options) -> int:
    """Serve a preview that is rebuilt whenever a source changes."""
    require_site(options.root)
    day_of(options.as_of)
    if not options.host:
        raise UsageError("--host: expected a host name or an address")
    if options.host not in _LOCAL and not options.allowed_host:
        hint = "with --allowed-host, set the host name that their browsers use"
        raise UsageError(f"--host {options.host} opens the preview to other machines; {hint}")

    def today() -> date:
        return day_of(options.as_of)

    def listening(url: str) -> None:
        print(f"Serving {url} as of {today()}. Press Ctrl-C to stop.", flush=True)
        if options.open:
            webbrowser.open(url)

    preview = Preview(CachedSources(options.root), today)
    stop = threading.Event()
    try:
        builds, allowed = _builds(preview, options, stop), (options.host, *options.allowed_host)
        PreviewServer(preview, options.root, builds, allowed, listening).run(options.host, options.port)
    except OSError as error:
        if error.filename:
            raise
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            hint = "choose another one with --port, or any free one with --port 0"
            return fail(f"port {options.port} on {options.host} is not available ({error.strerror}); {hint}", IO)
        return fail(f"cannot listen on {options.host}: {error.strerror or error}", IO)
    finally:
        stop.set()
    return OK


class _ChangeDetector:
    """Abandons the current build when the sources no longer have the fingerprint `before` it."""

    def __init__(self, take: Callable[[], Fingerprint], before: Fingerprint) -> None:
        self._take, self._before = take, before
        self._next = time.monotonic() + _INTERVAL

    def __call__(self) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        if self._take() != self._before:
            raise AbandonedError
        self._next = time.monotonic() + max(_INTERVAL, PAUSE_FACTOR * (time.monotonic() - now))


def _builds(preview: Preview, options: Options, stop: threading.Event) -> Iterator[Snapshot]:
    """Build after each change of the sources or of the date. Changes during a build are built next."""

    def take() -> Fingerprint:
        return {"day": day_of(options.as_of), **fingerprint(source_files(options.root))}

    abandoned = 0
    for last in changes(take, stop):
        snapshot = preview.snapshot()
        detector = _ChangeDetector(take, last) if abandoned < _MAX_ABANDONED else lambda: None
        try:
            with interruptible(detector):
                for snapshot in preview.refresh():
                    yield snapshot
        except AbandonedError:
            abandoned += 1
            continue
        abandoned = 0
        _report(snapshot, options)


def _report(snapshot: Snapshot, options: Options) -> None:
    report(snapshot.findings, snapshot.texts, options)
    if not options.quiet and not snapshot.broken:
        now = time.strftime("%H:%M:%S")
        print(f"{now} built {len(snapshot.outputs.files)} files in {snapshot.seconds:.2f} s", flush=True)
