"""The server of a preview, on livereload and tornado.

Of livereload come the server, the protocol and its script. Its watcher is replaced, since it
loses edits, and its file handler is not used: answers come from memory.
"""

from __future__ import annotations

import errno
import json
import logging
import re
import sys
import threading
from collections.abc import Callable, Iterator
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, urlsplit

from livereload import Server
from livereload.handlers import LiveReloadHandler
from livereload.watcher import Watcher
from tornado.concurrent import Future
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback
from tornado.netutil import bind_sockets
from tornado.web import Application, HTTPError, RequestHandler
from tornado.websocket import WebSocketHandler

from sitegen.dates import long_date
from sitegen.facts.values import exact_day
from sitegen.frozen import frozen
from sitegen.preview.answers import facts_at, finding_texts, status

if TYPE_CHECKING:
    from sitegen.preview.state import Edition, Preview

_Result = TypeVar("_Result")

_OWN = "/__sitegen/"
_LARGEST = 65536  # bytes of a request
_PATIENCE = 2.0  # seconds; a build that takes longer is mentioned
_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".xml": "application/xml",
    ".json": "application/json",
}
_DAY = re.compile(r"@([0-9]{4}-[0-9]{2}-[0-9]{2})/(.*)", re.DOTALL)
_AT = re.compile(r"@([0-9-]+)/")  # what is meant to be one
_SCRIPT = f'<script defer src="{_OWN}client.js" data-id="{{id}}" data-day="{{day}}" data-path="{{path}}"></script>\n'
_SHELL = f"""\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{{title}}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="{_OWN}client.css">
</head>
<body class="shell">
<main>
<h1>{{title}}</h1>
{{content}}
</main>
{{script}}</body>
</html>
"""
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


@frozen
class Address:
    """Where to listen. Port 0 is any free one. `allowed` are further host names by which browsers may ask."""

    host: str
    port: int
    allowed: tuple[str, ...] = ()


class BusyPortError(Exception):
    """Another program listens there."""


class _Watcher(Watcher):  # type: ignore[misc]
    """What livereload asks for changes; it is told of builds instead."""

    def __init__(self, builds: Iterator[Edition], first: Callable[[], None]) -> None:
        super().__init__()
        self._first = first
        self._tasks: dict[str, object] = {"sources": {}}  # with none, livereload would watch the current folder
        self._builds = builds

    def start(self, callback: object) -> bool:  # noqa: ARG002 - the signature is livereload's
        loop = IOLoop.current()
        threading.Thread(target=self._build, args=(loop,), name="build", daemon=True).start()
        return True  # so that livereload does not poll

    def examine(self) -> tuple[None, None]:
        return None, None

    def _build(self, loop: IOLoop) -> None:
        for edition in self._builds:
            # livereload's message has a path; ours says what there is, which spares the page a question.
            news = f"broken {edition.id}" if edition.broken else f"good {edition.id}"
            loop.add_callback(self._first)
            loop.add_callback(LiveReloadHandler.reload_waiters, news)


class PreviewServer(Server):  # type: ignore[misc]
    """livereload's server with handlers of our own. `builds` yields an edition after each build.

    `listening` gets the URL after the first build, or while that is still running.
    """

    def __init__(
        self,
        preview: Preview,
        root: Path,
        builds: Iterator[Edition],
        address: Address,
        listening: Callable[[str], None],
    ) -> None:
        super().__init__(watcher=_Watcher(builds, self._tell_url))
        self._preview = preview
        self._address = address
        self._world = {"preview": preview, "root": root, "names": _names(address)}
        self._listening: Callable[[str], None] | None = listening
        self._url = ""
        self._mentioned = False

    def run(self) -> None:
        """Serve until interrupted. Raises BusyPortError, and OSError for a host that is not there."""
        # A build is busy; answers may not wait for it longer than this.
        sys.setswitchinterval(0.001)
        self.serve(port=self._address.port, host=self._address.host)

    def application(self, port: int, host: str, **_: object) -> None:
        """Listen before the first build, so that a busy port is reported at once. Requests are answered meanwhile."""
        LiveReloadHandler.watcher = self.watcher
        LiveReloadHandler.live_css = False
        try:
            sockets = bind_sockets(port, address=host)
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                raise BusyPortError(error.strerror) from None
            raise
        handlers = [
            (r"/livereload", _Socket, self._world),
            (r"/livereload\.js", _Script, self._world),
            (rf"{_OWN}(client\.js|client\.css)", _Client, self._world),
            (rf"{_OWN}status", _Status, self._world),
            (rf"{_OWN}facts", _Facts, self._world),
            (rf"{_OWN}output/(.*)", _Output, self._world),
            (r"/(.*)", _Page, self._world),
        ]
        application = Application(
            handlers,
            default_handler_class=_Nothing,
            default_handler_args=self._world,
            websocket_max_message_size=_LARGEST,
            log_function=lambda _: None,
        )
        server = HTTPServer(
            application, max_body_size=_LARGEST, max_header_size=_LARGEST, idle_connection_timeout=60, body_timeout=10
        )
        server.add_sockets(sockets)
        PeriodicCallback(self._mention, 500).start()
        shown = f"[{host}]" if ":" in host else host
        self._url = f"http://{shown}:{sockets[0].getsockname()[1]}/"

    def _tell_url(self) -> None:
        if self._listening is not None:
            self._listening(self._url)
            self._listening = None

    def _mention(self) -> None:
        """Mention a build that takes long once: to pages, and if it is the first, to the terminal."""
        mentioned, self._mentioned = self._mentioned, self._preview.waits > _PATIENCE
        if self._mentioned and not mentioned:
            if self._listening is not None:
                self._tell_url()
                sys.stderr.write("still building\n")
            LiveReloadHandler.reload_waiters("building")

    def _setup_logging(self) -> None:
        for name in ("livereload", "tornado", "asyncio"):  # a browser that has gone is no news
            logging.getLogger(name).setLevel(logging.CRITICAL)


def _names(address: Address) -> frozenset[str]:
    """The host names by which a browser may ask: those of this machine, and what the user allows."""
    return frozenset(name.lower() for name in ("127.0.0.1", "localhost", "::1", address.host, *address.allowed))


class _Guard(RequestHandler):
    """Answers to its own address only, and no page of another site."""

    preview: Preview
    root: Path
    names: frozenset[str]

    def initialize(self, preview: Preview, root: Path, names: frozenset[str]) -> None:
        self.preview, self.root, self.names = preview, root, names

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in _HEADERS.items():
            self.set_header(name, value)

    def is_known(self) -> bool:
        """Whether the host is one of ours, against DNS rebinding, and no other site asks for more than to go here."""
        headers = self.request.headers
        hosts, origins = headers.get_list("Host"), headers.get_list("Origin")
        elsewhere = headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")
        if len(hosts) != 1 or "@" in hosts[0] or (elsewhere and headers.get("Sec-Fetch-Mode") != "navigate"):
            return False
        try:
            host = urlsplit(f"//{hosts[0]}")
            _ = host.port  # raises ValueError where it is none
            return host.hostname in self.names and all(urlsplit(origin).netloc == hosts[0] for origin in origins)
        except ValueError:
            return False

    def refuse(self, code: int, why: str) -> None:
        self.set_status(code)
        self.answer(f"{why}\n", "text/plain")

    def refuse_stranger(self) -> None:
        self.refuse(403, "This preview answers to its own address only. To reach it by another name: --allowed-host.")

    def log_exception(self, typ: object, value: BaseException | None, tb: object) -> None:  # noqa: ARG002 - tornado's
        if not isinstance(value, HTTPError):  # a fault of ours leaves a trace
            sys.stderr.write(f"sitegen: {self.request.path} failed: {value!r}\n")

    def write_error(self, status_code: int, **_: object) -> None:
        self.answer(f"{status_code} {self._reason}\n", "text/plain")

    def answer(self, body: str | bytes, kind: str) -> None:
        self.set_header("Content-Type", f"{kind}; charset=utf-8")
        self.finish(body)


class _Handler(_Guard):
    """What all answers have in common."""

    def prepare(self) -> None:
        if not self.is_known():
            self.refuse_stranger()
        elif self.request.method not in ("GET", "HEAD"):
            self.set_header("Allow", "GET, HEAD")
            self.refuse(405, "A preview can be read only.")

    def compute_etag(self) -> None:
        """No answer is kept."""

    async def head(self, *arguments: str) -> None:
        await self.get(*arguments)

    async def get(self, *arguments: str) -> None:
        raise NotImplementedError

    async def edition(self, day: str) -> Edition:
        """The edition of a day, built away from the loop; the newest where it is no day."""
        chosen = exact_day(day)
        if chosen is None:  # waits for nothing, neither for builds of other days nor for a thread
            return self.preview.edition()
        return await _aside(self.preview.edition, chosen)

    def answer_json(self, value: object) -> None:
        self.answer(json.dumps(value), "application/json")


class _Socket(_Guard, LiveReloadHandler):  # type: ignore[misc]
    """livereload's socket."""

    def prepare(self) -> None:
        if not self.is_known():
            self.refuse_stranger()

    def check_origin(self, origin: str) -> bool:
        """As in tornado; livereload's takes any. It is the origin in an older header, if there is no newer one."""
        return WebSocketHandler.check_origin(self, origin)

    def on_message(self, message: str | bytes) -> None:
        try:
            super().on_message(message)
        except (ValueError, TypeError, AttributeError, RecursionError):
            self.close(1003)


class _Nothing(_Handler):
    """What is asked for by something other than a path."""

    async def get(self, *_: str) -> None:
        self.refuse(404, "There is nothing of that name.")


class _Script(_Handler):
    """The script of livereload."""

    async def get(self, *_: str) -> None:
        self.answer(files("livereload").joinpath("vendors/livereload.js").read_bytes(), "text/javascript")


class _Client(_Handler):
    """The script and the style of the preview itself."""

    async def get(self, *arguments: str) -> None:
        (name,) = arguments
        data = files("sitegen.preview").joinpath(name).read_bytes()
        self.answer(data, _TYPES[name[name.rindex(".") :]])


class _Status(_Handler):
    """How the newest build went."""

    async def get(self, *_: str) -> None:
        edition = await self.edition(self.get_query_argument("day", ""))
        path = self.get_query_argument("path", "")
        self.answer_json(status(edition, path, self.root, building=self.preview.waits > _PATIENCE))


class _Facts(_Handler):
    """The facts that stand at some places."""

    async def get(self, *_: str) -> None:
        edition = await self.edition(self.get_query_argument("day", ""))
        places = self.get_query_arguments("place")
        self.answer_json(await _aside(facts_at, edition, places, self.root))


class _Page(_Handler):
    """A file of the HTML site; `/@2026-04-01/` before its path asks for that day."""

    async def get(self, *arguments: str) -> None:
        match = _DAY.fullmatch(arguments[0])
        if match is None and _DAY.fullmatch(f"{arguments[0]}/"):
            self.redirect(quote(f"/{arguments[0]}/", safe="/@"))
            return
        day, path = (match[1], match[2]) if match and exact_day(match[1]) else ("", arguments[0])
        edition = await self.edition(day)
        files_ = edition.outputs.files
        name = edition.outputs.root + path
        if not path or path.endswith("/"):
            name += "index.html"
        elif name not in files_ and f"{name}/index.html" in files_:
            self.redirect(quote(f"/@{day}/{path}/" if day else f"/{path}/", safe="/@"))
            return
        self.show(edition, day, name)

    def show(self, edition: Edition, day: str, name: str) -> None:
        if not edition.id:
            self.set_status(503)
            self.set_header("Refresh", "1")
            self.answer(_shell("Still building", "<p>This page appears as soon as it is built.</p>", ""), "text/html")
            return
        outputs = edition.outputs
        ending = name[name.rfind(".") :]
        script = _SCRIPT.format(id=escape(edition.version(name)), day=escape(day), path=escape(name))
        if name not in outputs.files:
            self.set_status(404)
            self.answer(_nothing(edition, day, name, script), "text/html")
        elif ending == ".html" and name not in outputs.fragments:
            self.answer(_with_script(outputs.text(name), script), "text/html")
        elif "text/html" in self.request.headers.get("Accept", "") and ending in (".md", ".html", ".json"):
            self.answer(_shell(name, f'<pre tabindex="0">{escape(outputs.text(name))}</pre>', script), "text/html")
        else:
            self.answer(outputs.text(name), _TYPES.get(ending, "text/plain"))


class _Output(_Page):
    """A file of any dialect, by its path below the output folder."""

    async def get(self, *arguments: str) -> None:
        day = self.get_query_argument("day", "")
        if day and not exact_day(day):
            self.refuse(404, "There is no such day.")
        else:
            self.show(await self.edition(day), day, arguments[0])


async def _aside(work: Callable[..., _Result], *arguments: object) -> _Result:
    """Do some work on a thread of its own. Ctrl-C does not wait for it, as it would for those of an executor."""
    loop = IOLoop.current()
    result: Future[_Result] = Future()

    def run() -> None:
        try:
            loop.add_callback(result.set_result, work(*arguments))
        except Exception as error:  # noqa: BLE001 - told to whoever waits
            loop.add_callback(result.set_exception, error)

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await result


def _with_script(html: str, script: str) -> str:
    """A page with the preview's script before its end."""
    ends = [match.start() for match in re.finditer("</body", html, re.IGNORECASE)]
    return html[: ends[-1]] + script + html[ends[-1] :] if ends else html + script


def _nothing(edition: Edition, day: str, name: str, script: str) -> str:
    if edition.shows == "nothing":  # the script tells the findings too, and those of each later build
        findings = "\n".join(f'<pre tabindex="0">{escape(text)}</pre>' for text in finding_texts(edition))
        why = f"<p>The sources have not been right since the preview began.</p>\n<noscript>\n{findings}\n</noscript>"
        return _shell("Nothing is built yet", why, script)
    home = f'<p><a href="/{f"@{day}/" if day else ""}">The first page</a></p>'
    wrong = _AT.match(name.removeprefix(edition.outputs.root))
    why = f"{escape(wrong[1])} is no day" if wrong else f"There is no page here as of {long_date(edition.day)}"
    return _shell("Not there", f"<p>{why}.</p>\n{home}", script)


def _shell(title: str, content: str, script: str) -> str:
    return _SHELL.format(title=escape(title), content=content, script=script)
