"""The server of a preview, on tornado. Responses come from memory, and open pages are notified of each build."""

from __future__ import annotations

import contextlib
import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import ClassVar, TypeVar
from urllib.parse import quote, urlsplit

from tornado.concurrent import Future
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from sitegen.facts.values import exact_day
from sitegen.preview import responses
from sitegen.preview.state import Preview, Snapshot

_Result = TypeVar("_Result")

_MAX_SIZE = 65536  # bytes of a request
_LONG_BUILD = 2.0  # seconds; a build that takes longer is announced
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".json": "application/json",
    ".ics": "text/calendar",
}
_DAY = re.compile(r"@([0-9]{4}-[0-9]{2}-[0-9]{2})/(.*)", re.DOTALL)
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; "
    "media-src 'self' https:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": _POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class PreviewServer:
    """The server of a preview. `builds` yields a snapshot after each build. `allowed` are further host names to accept.

    `listening` is called once with the URL: after the first build, or during it if that takes long.
    """

    def __init__(
        self,
        preview: Preview,
        root: Path,
        builds: Iterator[Snapshot],
        allowed: Iterable[str],
        listening: Callable[[str], None],
    ) -> None:
        self._preview = preview
        self._builds = builds
        names = ("127.0.0.1", "localhost", "::1", *allowed)
        self._context = {"preview": preview, "root": root, "names": frozenset(map(str.lower, names))}
        self._listening: Callable[[str], None] | None = listening
        self._url = ""
        self._announced = False

    def run(self, host: str, port: int) -> None:
        """Serve until interrupted; port 0 is any free one. Raises OSError if it is busy, or the host cannot be used.

        It listens before the first build, so that a busy port is reported at once, and requests are answered.
        """
        # The longest time, in seconds, that a response waits for the thread of the build.
        sys.setswitchinterval(0.001)
        for name in ("tornado", "asyncio"):  # they report each closed connection
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self._listen(host, port)
        loop = IOLoop.current()
        threading.Thread(target=self._build, args=(loop,), name="build", daemon=True).start()
        PeriodicCallback(self._announce_long_build, 500).start()
        with contextlib.suppress(KeyboardInterrupt):
            loop.start()

    def _listen(self, host: str, port: int) -> None:
        sockets = bind_sockets(port, address=host)
        handlers = [
            (rf"{responses.OWN}(client\.js|client\.css)", _AssetHandler, self._context),
            (rf"{responses.OWN}builds", _BuildsSocket, self._context),
            (rf"{responses.OWN}status", _StatusHandler, self._context),
            (rf"{responses.OWN}facts", _FactsHandler, self._context),
            (rf"{responses.OWN}output/(.*)", _OutputHandler, self._context),
            (r"/(.*)", _PageHandler, self._context),
        ]
        application = Application(
            handlers,
            default_handler_class=_NotFoundHandler,
            default_handler_args=self._context,
            websocket_max_message_size=_MAX_SIZE,
            log_function=lambda _: None,
        )
        server = HTTPServer(
            application,
            max_body_size=_MAX_SIZE,
            max_header_size=_MAX_SIZE,
            idle_connection_timeout=60,
            body_timeout=10,
        )
        server.add_sockets(sockets)
        url_host = f"[{host}]" if ":" in host else host
        self._url = f"http://{url_host}:{sockets[0].getsockname()[1]}/"

    def _build(self, loop: IOLoop) -> None:
        """Announce each build. Its id is sent with it, so that a page need not request the status."""
        for snapshot in self._builds:
            loop.add_callback(self._announce_url)
            loop.add_callback(_BuildsSocket.notify, f"{'broken' if snapshot.broken else 'good'} {snapshot.id}")

    def _announce_url(self) -> None:
        if self._listening is not None:
            self._listening(self._url)
            self._listening = None

    def _announce_long_build(self) -> None:
        """Announce a build that takes long once: to pages, and if it is the first, on the terminal."""
        announced, self._announced = self._announced, self._preview.building_for > _LONG_BUILD
        if self._announced and not announced:
            if self._listening is not None:
                self._announce_url()
                sys.stderr.write("still building\n")
            _BuildsSocket.notify("building")


class _GuardedHandler(RequestHandler):
    """Accepts requests to its own address only, and none from pages of another site."""

    preview: Preview
    root: Path
    names: frozenset[str]

    def initialize(self, preview: Preview, root: Path, names: frozenset[str]) -> None:
        self.preview, self.root, self.names = preview, root, names

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def is_allowed(self) -> bool:
        """Whether the host is accepted, against DNS rebinding, and another site only links here."""
        headers = self.request.headers
        hosts, origins = headers.get_list("Host"), headers.get_list("Origin")
        elsewhere = headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        if len(hosts) != 1 or "@" in hosts[0] or (elsewhere and headers.get("Sec-Fetch-Mode") != "navigate"):
            return False
        try:
            host = urlsplit(f"//{hosts[0]}")
            _ = host.port  # raises ValueError if it is not a number
            return host.hostname in self.names and all(urlsplit(origin).netloc == hosts[0] for origin in origins)
        except ValueError:
            return False

    def refuse(self, code: int, message: str) -> None:
        self.set_status(code)
        self.respond(f"{message}\n", "text/plain")

    def refuse_host(self) -> None:
        self.refuse(403, "Host not allowed. To accept another host name, start the preview with --allowed-host.")

    def log_exception(self, typ: object, value: BaseException | None, tb: object) -> None:  # noqa: ARG002 - tornado's
        if not isinstance(value, HTTPError):  # a bug
            sys.stderr.write(f"sitegen: {self.request.path} failed: {value!r}\n")

    def write_error(self, status_code: int, **_: object) -> None:
        self.respond(f"{status_code} {self._reason}\n", "text/plain")

    def respond(self, body: str | bytes, kind: str) -> None:
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish(body)


class _GetHandler(_GuardedHandler):
    """Answers GET and HEAD requests."""

    def prepare(self) -> None:
        if not self.is_allowed():
            self.refuse_host()
        elif self.request.method not in ("GET", "HEAD"):
            self.set_header("Allow", "GET, HEAD")
            self.refuse(405, "Method not allowed: the preview is read-only.")

    def compute_etag(self) -> None:
        """Return no ETag, since responses are not cached."""

    async def head(self, *arguments: str) -> None:
        await self.get(*arguments)

    async def get(self, *arguments: str) -> None:
        raise NotImplementedError

    async def snapshot(self, day: str) -> Snapshot:
        """The snapshot of a date, built on another thread; the newest one if the text is not a date."""
        chosen = exact_day(day)
        if chosen is None:  # without waiting for a thread, or for builds of other dates
            return self.preview.snapshot()
        return await _in_thread(self.preview.snapshot, chosen)

    def respond_json(self, value: object) -> None:
        self.respond(json.dumps(value), "application/json")


class _BuildsSocket(_GuardedHandler, WebSocketHandler):
    """Notifies a page of each build."""

    open_sockets: ClassVar[set[_BuildsSocket]] = set()

    @classmethod
    def notify(cls, message: str) -> None:
        """Send a message to all open pages."""
        for socket in [*cls.open_sockets]:
            with contextlib.suppress(WebSocketClosedError):
                socket.write_message(message)

    def prepare(self) -> None:
        if not self.is_allowed():
            self.refuse_host()

    def open(self, *_: str, **__: str) -> None:
        self.open_sockets.add(self)

    def on_close(self) -> None:
        self.open_sockets.discard(self)

    def on_message(self, message: str | bytes) -> None:  # noqa: ARG002 - the script of the preview sends none
        self.close(1003)


class _NotFoundHandler(_GetHandler):
    """A request with something else than a path."""

    async def get(self, *_: str) -> None:
        self.refuse(404, "Not found.")


class _AssetHandler(_GetHandler):
    """The script of the preview, and its style."""

    async def get(self, *arguments: str) -> None:
        (name,) = arguments
        self.respond(files("sitegen.preview").joinpath(name).read_bytes(), _TYPES[name[name.rindex(".") :]])


class _StatusHandler(_GetHandler):
    """The result of the newest build."""

    async def get(self, *_: str) -> None:
        snapshot = await self.snapshot(self.get_query_argument("day", ""))
        path = self.get_query_argument("path", "")
        self.respond_json(responses.status(snapshot, path, self.root, building=self.preview.building_for > _LONG_BUILD))


class _FactsHandler(_GetHandler):
    """The facts at some places."""

    async def get(self, *_: str) -> None:
        snapshot = await self.snapshot(self.get_query_argument("day", ""))
        places = self.get_query_arguments("place")
        self.respond_json(await _in_thread(responses.facts_at, snapshot, places, self.root))


class _PageHandler(_GetHandler):
    """A file of the HTML site, as of a date if its path begins with that, such as `/@2026-04-01/`."""

    async def get(self, *arguments: str) -> None:
        match = _DAY.fullmatch(arguments[0])
        if match is None and _DAY.fullmatch(f"{arguments[0]}/"):
            self.redirect(quote(f"/{arguments[0]}/", safe="/@"))
            return
        day, path = (match[1], match[2]) if match and exact_day(match[1]) else ("", arguments[0])
        snapshot = await self.snapshot(day)
        files_ = snapshot.outputs.files
        name = snapshot.outputs.root + path
        if not path or path.endswith("/"):
            name += "index.html"
        elif name not in files_ and f"{name}/index.html" in files_:
            self.redirect(quote(f"/@{day}/{path}/" if day else f"/{path}/", safe="/@"))
            return
        self.send_file(snapshot, day, name)

    def send_file(self, snapshot: Snapshot, day: str, name: str) -> None:
        if not snapshot.id:
            self.set_status(503)
            self.set_header("Refresh", "1")
            why = "<p>This page reloads when the build is complete.</p>"
            self.respond(responses.message_page("Building the site", why), "text/html")
            return
        outputs = snapshot.outputs
        text, ending = outputs.files.get(name, b"").decode(), name[name.rfind(".") :]
        script = responses.script_tag(snapshot, day, name)
        if name not in outputs.files:
            self.set_status(404)
            self.respond(responses.missing_page(snapshot, day, name, script), "text/html")
        elif ending == ".html" and name not in outputs.fragments:
            self.respond(responses.with_script(text, script), "text/html")
        elif "text/html" in self.request.headers.get("Accept", "") and ending in (".md", ".html", ".json"):
            shown = f'<pre tabindex="0">{escape(text)}</pre>'
            self.respond(responses.message_page(name, shown, script), "text/html")
        else:
            self.respond(text, _TYPES.get(ending, "text/plain"))


class _OutputHandler(_PageHandler):
    """A file of any format, by its path below the output folder."""

    async def get(self, *arguments: str) -> None:
        day = self.get_query_argument("day", "")
        if day and not exact_day(day):
            self.refuse(404, f"'{day}' is not a date.")
        else:
            self.send_file(await self.snapshot(day), day, arguments[0])


async def _in_thread(work: Callable[..., _Result], *arguments: object) -> _Result:
    """Call a function on a new thread. Unlike a thread of an executor, it does not delay the end of the process."""
    loop = IOLoop.current()
    result: Future[_Result] = Future()

    def run() -> None:
        try:
            loop.add_callback(result.set_result, work(*arguments))
        except Exception as error:  # noqa: BLE001 - raised where the result is awaited
            loop.add_callback(result.set_exception, error)

    threading.Thread(target=run, name="request", daemon=True).start()
    return await result
