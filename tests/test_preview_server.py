"""The preview server: it protects all other data, cannot be stopped by requests, and notifies pages of every edit."""

from __future__ import annotations

import asyncio
import json
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

from sitegen.cli import main
from tests.support.previews import Serving, serving
from tests.support.requests import HOST, Answer, ask, exchange, read, request, status_of
from tests.support.requirements import needs_links
from tests.support.sites import ROOT

DAY = "2026-04-01"
PLANTED = b"PLANTED-SECRET"
SOURCES = ("content", "partials", "themes")

pytestmark = needs_links


def copy_of_the_site(folder: Path) -> Path:
    """A copy of the sources of the site of this repository."""
    for name in SOURCES:
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "sitegen.yaml", folder)
    return folder


def with_secrets(folder: Path) -> Path:
    """A copy of the site of this repository, with secrets in it and next to it."""
    site = copy_of_the_site(folder / "site")
    outside = folder / "outside"
    for path in (
        folder / "outside.txt",
        outside / "index.html",
        outside / "page.md",
        site / ".env",
        site / ".git/config",
        site / "notes.txt",
        site / "content/.secret.md",
        site / "content/.hidden/page.md",
        site / "content/notes.txt",
        site / "output/html/index.html",
        site / "output/html/old.html",
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PLANTED)
    (site / "content/away.txt").symlink_to(folder / "outside.txt")
    (site / "output/away.html").symlink_to(folder / "outside.txt")
    (site / "output/html/away").symlink_to(outside, target_is_directory=True)
    for path in (site / "sitegen.yaml", site / "content/facts.yaml", site / "themes/default/assets/site.css"):
        if path.suffix == ".yaml":
            path.write_bytes(path.read_bytes() + b"\n# " + PLANTED + b"\n")
    return site


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A preview of a site with secrets."""
    with serving(with_secrets(tmp_path_factory.mktemp("secrets")), "--as-of", DAY) as served:
        yield served


UPGRADE = (
    b"Upgrade: websocket",
    b"Connection: Upgrade",
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    b"Sec-WebSocket-Version: 13",
)


def upgrade(*headers: bytes, host: bytes = HOST) -> bytes:
    """The bytes of a websocket request."""
    return b"\r\n".join([b"GET /__sitegen/builds HTTP/1.1", b"Host: " + host, *UPGRADE, *headers, b"", b""])


# --- attacks ------------------------------------------------------------

OK, BAD, REFUSED, NOWHERE, NO_METHOD = 200, 400, 403, 404, 405
NOTHING = 0

PATHS: dict[str, tuple[bytes, int]] = {
    "up": (b"/../outside.txt", NOWHERE),
    "up three times": (b"/../../../etc/passwd", NOWHERE),
    "up from a page": (b"/aap/../../outside.txt", NOWHERE),
    "up at the end": (b"/aap/..", NOWHERE),
    "dots as escapes": (b"/%2e%2e/outside.txt", NOWHERE),
    "one dot as an escape": (b"/.%2e/outside.txt", NOWHERE),
    "a slash as an escape": (b"/..%2foutside.txt", NOWHERE),
    "all as escapes": (b"/%2e%2e%2foutside.txt", NOWHERE),
    "escapes of escapes": (b"/%252e%252e%252foutside.txt", NOWHERE),
    "backslashes": (b"/..\\outside.txt", NOWHERE),
    "backslashes as escapes": (b"/..%5c..%5coutside.txt", NOWHERE),
    "a drive": (b"/C:/Windows/win.ini", NOWHERE),
    "a share": (b"/%5c%5chost%5cshare", NOWHERE),
    "an absolute path": (b"//etc/passwd", NOWHERE),
    "an absolute path as an escape": (b"/%2fetc%2fpasswd", NOWHERE),
    "a file of the system": (b"/proc/self/environ", NOWHERE),
    "a file by its scheme": (b"file:///etc/passwd", NOWHERE),
    "a whole address": (b"http://127.0.0.1:PORT/../outside.txt", NOWHERE),
    "a whole address of a page": (b"http://127.0.0.1:PORT/aap/python/", NOWHERE),
    "a whole address elsewhere": (b"http://evil.example/aap/python", NOWHERE),
    "a star": (b"*", NOWHERE),
    "no slash": (b"etc/passwd", NOWHERE),
    "no path": (b"", BAD),
    "a zero byte": (b"/index.html%00.txt", NOWHERE),
    "a zero byte as it is": (b"/index.html\0", BAD),
    "overlong UTF-8": (b"/%c0%ae%c0%ae/outside.txt", BAD),
    "an overlong slash": (b"/..%c0%afoutside.txt", BAD),
    "half a character": (b"/%ff", BAD),
    "half an escape": (b"/%2", NOWHERE),
    "wide dots": ("/\uff0e\uff0e/outside.txt".encode(), NOWHERE),
    "a name on a day": (b"/@2026-04-01/../outside.txt", NOWHERE),
    "up from a day": (b"/@2026-04-01/../", NOWHERE),
    "a path on a day": (b"/@2026-04-01//etc/passwd", NOWHERE),
    "a path for a day": (b"/@../../outside.txt", NOWHERE),
    "a day on a day": (b"/@2026-04-01/@2026-04-01/", NOWHERE),
    "a name among outputs": (b"/__sitegen/output/../sitegen.yaml", NOWHERE),
    "an absolute path among outputs": (b"/__sitegen/output//etc/passwd", NOWHERE),
    "escapes among outputs": (b"/__sitegen/output/%2e%2e%2fsitegen.yaml", NOWHERE),
    "a link among outputs": (b"/__sitegen/output/away.html", NOWHERE),
    "a file of the output folder": (b"/__sitegen/output/html/old.html", NOWHERE),
    "no output": (b"/__sitegen/output/", NOWHERE),
    "behind the script": (b"/__sitegen/client.js/../server.py", NOWHERE),
    "the server itself": (b"/__sitegen/server.py", NOWHERE),
    "its folder": (b"/__sitegen/", NOWHERE),
    "up from its folder": (b"/__sitegen/../outside.txt", NOWHERE),
    "the environment": (b"/.env", NOWHERE),
    "git": (b"/.git/config", NOWHERE),
    "the settings": (b"/sitegen.yaml", NOWHERE),
    "the facts": (b"/content/facts.yaml", NOWHERE),
    "the facts of a folder": (b"/facts.yaml", NOWHERE),
    "a hidden page": (b"/content/.secret.md", NOWHERE),
    "a page of a hidden folder": (b"/.hidden/page.md", NOWHERE),
    "a linked folder": (b"/away/page.md", NOWHERE),
    "a linked page": (b"/aap/away/", NOWHERE),
    "a linked file": (b"/away.txt", NOWHERE),
    "an old page": (b"/old.html", NOWHERE),
    "a template": (b"/themes/default/page.html", NOWHERE),
    "a folder": (b"/assets/", NOWHERE),
    "a file as a folder": (b"/index.html/", NOWHERE),
    "up from a file": (b"/index.html/../../outside.txt", NOWHERE),
    "two slashes within": (b"/aap//python/", NOWHERE),
    "a stream of a file": (b"/index.html::$DATA", NOWHERE),
    "a name in capitals": (b"/INDEX.HTML", NOWHERE),
    "forced reload": (b"/forcereload", NOWHERE),
    "no upgrade": (b"/__sitegen/builds", BAD),
    "a redirect elsewhere": (b"//evil.example/aap/python", NOWHERE),
    "a redirect elsewhere by a backslash": (b"/\\evil.example/aap/python", NOWHERE),
    "a redirect elsewhere on a day": (b"/@2026-04-01//evil.example/aap/python", NOWHERE),
    "a line end in a path": (b"/aap/python%0d%0aX-Evil:1", NOWHERE),
    "a day that is none": (b"/@2026-02-31/", NOWHERE),
    "a day before all": (b"/@0001-01-01/", NOWHERE),
    "a day in other digits": ("/@٢٠٢٦-04-01/".encode(), NOWHERE),
    "an output of a day that is none": (b"/__sitegen/output/html/index.html?day=2026-02-31", NOWHERE),
    "facts elsewhere": (b"/__sitegen/facts?place=../outside.txt:1:1&place=/etc/passwd:1:1&place=.env:1:1", OK),
    "facts of the last line": (
        b"/__sitegen/facts?" + b"&".join(b"place=content/facts.yaml:%d:1" % n for n in range(900)),
        OK,
    ),
    "facts nowhere": (
        b"/__sitegen/facts?place=&place=%00&place=::&place=content/facts.yaml:-1:99999999999999999999",
        OK,
    ),
    "facts on half a day": (b"/__sitegen/facts?day=%ff", BAD),
    "status of a path": (b"/__sitegen/status?path=../../etc/passwd&day=../..", OK),
    "status of markup": (b"/__sitegen/status?path=%3Cscript%3E&day=%3Cscript%3E", OK),
    "status of half a path": (b"/__sitegen/status?path=%ff", BAD),
}
HOSTS: dict[str, tuple[bytes | None, int]] = {
    "another": (b"evil.example", REFUSED),
    "another with our port": (b"evil.example:PORT", REFUSED),
    "none": (None, BAD),
    "an empty one": (b"", REFUSED),
    "two": (b"127.0.0.1:PORT\r\nHost: evil.example", BAD),
    "the same twice": (b"127.0.0.1:PORT\r\nHost: 127.0.0.1:PORT", BAD),
    "two in a line": (b"127.0.0.1, evil.example", BAD),
    "a name for our address": (b"127.0.0.1.nip.io:PORT", REFUSED),
    "our address with an ending": (b"127.0.0.1.evil:PORT", REFUSED),
    "our name with an ending": (b"localhost.evil.example", REFUSED),
    "our name with a beginning": (b"evil-localhost", REFUSED),
    "our name with a last dot": (b"localhost.:PORT", REFUSED),
    "a user": (b"a@127.0.0.1:PORT", BAD),
    "a user and a mark": (b"evil.example#@127.0.0.1", BAD),
    "a port that is a word": (b"127.0.0.1:evil", REFUSED),
    "a port and a port": (b"127.0.0.1:PORT:80", REFUSED),
    "a port that cannot be": (b"127.0.0.1:99999", REFUSED),
    "a path": (b"127.0.0.1/evil", BAD),
    "a backslash": (b"127.0.0.1\\evil", BAD),
    "a zero byte": (b"127.0.0.1\0.evil", BAD),
    "an escape": (b"127.0.0.1%00.evil", REFUSED),
    "no ASCII": (b"\xff", BAD),
    "a short address": (b"127.1", REFUSED),
    "an address as a number": (b"2130706433", REFUSED),
    "an address of all": (b"0.0.0.0:PORT", REFUSED),
    "our address in another kind": (b"[::ffff:127.0.0.1]:PORT", REFUSED),
    "our address in brackets": (b"[127.0.0.1]", REFUSED),
    "an open bracket": (b"[::1", REFUSED),
    "bare colons": (b"::1", REFUSED),
    "our address": (b"127.0.0.1:PORT", OK),
    "our address without its port": (b"127.0.0.1", OK),
    "our name": (b"localhost:PORT", OK),
    "our name in capitals": (b"LOCALHOST:PORT", OK),
    "our IPv6 address": (b"[::1]:PORT", OK),
}
ORIGINS: dict[str, tuple[bytes, bool]] = {
    "another": (b"Origin: http://evil.example", False),
    "none that is told": (b"Origin: null", False),
    "an empty one": (b"Origin: ", False),
    "another port": (b"Origin: http://127.0.0.1:1", False),
    "no port": (b"Origin: http://127.0.0.1", False),
    "another name of ours": (b"Origin: http://localhost:PORT", False),
    "a file": (b"Origin: file://", False),
    "an extension": (b"Origin: chrome-extension://abcdefgh", False),
    "no scheme": (b"Origin: 127.0.0.1:PORT", False),
    "our address with an ending": (b"Origin: http://127.0.0.1:PORT.evil.example", False),
    "our address as a user": (b"Origin: http://127.0.0.1:PORT@evil.example", False),
    "two": (b"Origin: http://127.0.0.1:PORT\r\nOrigin: http://evil.example", False),
    "two in a line": (b"Origin: http://127.0.0.1:PORT, http://evil.example", False),
    "another site": (b"Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors", False),
    "another port of this machine": (b"Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: cors", False),
    "ours": (b"Origin: http://127.0.0.1:PORT", True),
    "ours as a browser tells it": (b"Sec-Fetch-Site: same-origin\r\nOrigin: http://127.0.0.1:PORT", True),
}
RAW: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "a header of 100 KB": (request(b"/", b"X: " + b"a" * 100_000), (NOTHING,)),
    "20,000 headers": (request(b"/", *(b"X%d: a" % n for n in range(20_000))), (NOTHING,)),
    "500 headers": (request(b"/", *(b"X%d: a" % n for n in range(500))), (OK,)),
    "a URL of 100,000 bytes": (request(b"/" + b"a" * 100_000), (NOTHING,)),
    "a URL of 50,000 bytes": (request(b"/" + b"a" * 50_000), (NOWHERE,)),
    "a path of 20,000 folders": (request(b"/" + b"a/" * 20_000), (NOWHERE,)),
    "a body of 1 MB": (request(b"/", b"Content-Length: 1000000", method=b"POST") + b"a" * 1_000_000, (BAD, NOTHING)),
    "a body of 1 MB to come": (
        request(b"/", b"Expect: 100-continue", b"Content-Length: 1000000", method=b"POST"),
        (BAD,),
    ),
    "a body of a GET": (request(b"/", b"Content-Length: 4") + b"body", (OK,)),
    "a form": (
        request(b"/", b"Content-Type: multipart/form-data; boundary=x", b"Content-Length: 1", method=b"POST") + b"x",
        (BAD,),
    ),
    "a length that cannot be": (request(b"/", b"Content-Length: 99999999999999999999"), (BAD,)),
    "a length below nothing": (request(b"/", b"Content-Length: -1"), (BAD,)),
    "two lengths": (request(b"/", b"Content-Length: 1", b"Content-Length: 2") + b"ab", (BAD,)),
    "a length and chunks": (request(b"/", b"Content-Length: 4", b"Transfer-Encoding: chunked") + b"0\r\n\r\n", (BAD,)),
    "chunks of another kind": (request(b"/", b"Transfer-Encoding: xchunked") + b"0\r\n\r\n", (BAD,)),
    "chunks twice": (request(b"/", b"Transfer-Encoding: chunked, chunked") + b"0\r\n\r\n", (BAD,)),
    "a chunk of no size": (request(b"/", b"Transfer-Encoding: chunked") + b"zz\r\n", (BAD,)),
    "a chunk of a great size": (request(b"/", b"Transfer-Encoding: chunked") + b"fffffffff\r\n", (BAD,)),
    "a request behind chunks": (
        request(b"/", b"Transfer-Encoding: chunked") + b"0\r\n\r\n" + request(b"/.env", host=b"evil.example"),
        (OK,),
    ),
    "a space behind a header": (request(b"/", b"Content-Length : 5"), (BAD,)),
    # Tornado before 6.6 joins the lines, as RFC 9112 permits.
    "a header on two lines": (request(b"/", b"X: a\r\n b"), (BAD, OK)),
    "a host on two lines": (request(b"/", host=b"127.0.0.1:PORT\r\n .evil.example"), (BAD, REFUSED)),
    "no colon": (request(b"/", b"header"), (BAD,)),
    "a packed body": (
        request(b"/", b"Content-Encoding: gzip", b"Content-Length: 1", method=b"POST") + b"x",
        (NO_METHOD,),
    ),
    "HTTP/0.9": (b"GET /\r\n\r\n", (BAD,)),
    "HTTP/1.0": (b"GET / HTTP/1.0\r\n\r\n", (REFUSED,)),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (BAD,)),
    "HTTP/9.9": (request(version=b"HTTP/9.9"), (BAD,)),
    "a space in the path": (request(b"/ a"), (BAD,)),
    "another host forwarded": (
        request(b"/", b"X-Forwarded-Host: evil.example", b"X-HTTP-Method-Override: DELETE"),
        (OK,),
    ),
    "another host asked for": (request(b"http://127.0.0.1:PORT/", host=b"evil.example"), (REFUSED,)),
    "a part of a page": (request(b"/", b"Range: bytes=0-10"), (OK,)),
    "a page that is known": (
        request(b"/", b"If-None-Match: *", b"If-Modified-Since: Fri, 20 Nov 2026 00:00:00 GMT"),
        (OK,),
    ),
    "a websocket of an old kind": (
        request(b"/__sitegen/builds", b"Upgrade: websocket", b"Sec-WebSocket-Version: 1"),
        (BAD, 426),
    ),
    "a websocket without a key": (request(b"/__sitegen/builds", b"Upgrade: websocket"), (BAD,)),
}
CUT: dict[str, bytes] = {
    "all bytes there are": bytes(range(256)) * 40,
    "zeros": bytes(10_000),
    "a greeting of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
    "half a line": b"GET / HT",
    "half a header": b"GET / HTTP/1.1\r\nHost: 127",
    "half a body": request(b"/", b"Content-Length: 100", method=b"POST") + b"half",
    "half a chunk": request(b"/", b"Transfer-Encoding: chunked", method=b"POST") + b"64\r\nhalf",
    "half a websocket": upgrade() + b"\x81\xfe\x01\x00",
    "an open websocket frame": upgrade() + b"\x81\x05hello",
    "a great websocket frame": upgrade() + b"\x81\xff" + struct.pack(">Q", 2**62) + b"mask",
    "a websocket message of 3 MB": upgrade() + b"\x81\xff" + struct.pack(">Q", 3_000_000) + bytes(3_000_004),
    "a websocket frame of no kind": upgrade() + b"\x8f\x80mask",
    "nothing": b"",
}


def _attacks() -> dict[str, tuple[bytes, tuple[int, ...]]]:
    table = {f"path: {name}": (request(path), (code,)) for name, (path, code) in PATHS.items()}
    table |= {f"host: {name}": (request(host=host), (code,)) for name, (host, code) in HOSTS.items()}
    table |= {
        f"websocket for host: {name}": (upgrade(host=host), (code,))
        for name, (host, code) in HOSTS.items()
        if code != OK and host is not None
    }
    table |= {f"origin: {name}": (request(b"/", o), (OK if ours else REFUSED,)) for name, (o, ours) in ORIGINS.items()}
    methods = (b"POST", b"PUT", b"DELETE", b"PATCH", b"TRACE", b"CONNECT", b"OPTIONS", b"PROPFIND", b"get")
    for target in (b"/", b"/__sitegen/builds", b"/__sitegen/status", b"/.env"):
        for method in methods:
            table[f"{method.decode()} {target.decode()}"] = (request(target, method=method), (NO_METHOD,))
    return table | {f"raw: {name}": attack for name, attack in RAW.items()}


ATTACKS = _attacks()


def unharmed(server: Serving) -> None:
    """Check that the server answers and has printed no error."""
    answer = ask(server, "/")
    assert answer.status == OK
    assert b"Compatibility of the tracing libraries" in answer.body
    assert server.complaints() == ""


def harmless(data: bytes) -> None:
    """Check that an answer contains no secret."""
    assert PLANTED not in data
    assert b"root:" not in data
    assert b"Traceback" not in data
    assert b"HOME=" not in data
    assert b"\r\nServer:" not in data


def test_at_least_so_many_attacks_are_tried() -> None:
    assert len(ATTACKS) + len(CUT) > 200


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_no_data_and_does_no_harm(name: str, server: Serving) -> None:
    data, expected = ATTACKS[name]
    came = exchange(server.port, data, first=name.startswith("websocket"))
    harmless(came)
    assert read(came).status in expected
    if read(came).status == OK and not name.startswith("path: "):
        assert read(came).body == ask(server, "/").body
    unharmed(server)


@pytest.mark.parametrize("name", ORIGINS)
def test_a_websocket_is_only_for_pages_of_this_server(name: str, server: Serving) -> None:
    origin, ours = ORIGINS[name]
    came = exchange(server.port, upgrade(origin), first=True)
    harmless(came)
    assert read(came).status == (101 if ours else REFUSED)
    unharmed(server)


@pytest.mark.parametrize("name", CUT)
def test_invalid_requests_get_no_data_and_do_no_harm(name: str, server: Serving) -> None:
    came = exchange(server.port, CUT[name], half=True)
    harmless(came)
    assert read(came).status in (NOTHING, BAD, 101)
    unharmed(server)


def test_a_link_from_another_site_can_be_followed(server: Serving) -> None:
    answer = ask(server, "/", b"Sec-Fetch-Site: cross-site", b"Sec-Fetch-Mode: navigate", b"Sec-Fetch-Dest: document")
    assert answer.status == OK


def test_pipelined_requests_are_answered_in_order(server: Serving) -> None:
    first = request(b"/aap/python/").replace(b"Connection: close\r\n", b"")
    evil = request(b"/aap/python/", host=b"evil.example").replace(b"Connection: close\r\n", b"")
    came = exchange(server.port, first + evil + request(b"/.env") + request(b"/"))
    harmless(came)
    assert re.findall(rb"HTTP/1\.1 (\d+)", came) == [b"200", b"403", b"404"]


def test_slow_clients_do_not_delay_others(server: Serving) -> None:
    waiting = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    try:
        for number, connection in enumerate(waiting):
            connection.sendall([b"G", b"GET / HTTP/1.1\r\nHost: ", request(b"/", b"Content-Length: 9")][number % 3])
        started = time.monotonic()
        unharmed(server)
        assert time.monotonic() - started < 2
    finally:
        for connection in waiting:
            connection.close()
    unharmed(server)


def test_arbitrary_bytes_do_no_harm(server: Serving) -> None:
    choose = random.Random(7)
    model = request(b"/@2026-04-01/aap/python/?a=b", b"Origin: http://127.0.0.1:PORT", b"Content-Length: 0")
    for _ in range(150):
        data = bytearray(model)
        for _ in range(choose.randrange(1, 6)):
            data[choose.randrange(len(data))] = choose.randrange(256)
        harmless(exchange(server.port, bytes(data), half=True))
    unharmed(server)


# --- headers of answers --------------------------------------------------

HTML, TEXT = "text/html; charset=utf-8", "text/plain; charset=utf-8"
KINDS: dict[str, tuple[str, int, str]] = {
    "the first page": ("/", 200, HTML),
    "a page": ("/aap/python/", 200, HTML),
    "a page of a day": ("/@2023-09-20/asm/python/", 200, HTML),
    "a page of a far day": ("/@9999-12-31/", 200, HTML),
    "no page": ("/nothing", 404, HTML),
    "a style": ("/assets/site.css", 200, "text/css; charset=utf-8"),
    "a script": ("/assets/site.js", 200, "text/javascript; charset=utf-8"),
    "an icon": ("/assets/icon.svg", 200, "image/svg+xml; charset=utf-8"),
    "a map": ("/sitemap.xml", 200, "application/xml; charset=utf-8"),
    "a page of Hugo": ("/__sitegen/output/hugo/content/aap/python.md", 200, TEXT),
    "our script": ("/__sitegen/client.js", 200, "text/javascript; charset=utf-8"),
    "our style": ("/__sitegen/client.css", 200, "text/css; charset=utf-8"),
    "the status": ("/__sitegen/status", 200, "application/json; charset=utf-8"),
    "facts": ("/__sitegen/facts?place=a", 200, "application/json; charset=utf-8"),
    "a bad request": ("/%ff", 400, TEXT),
    "no upgrade": ("/__sitegen/builds", 400, "text/html; charset=UTF-8"),
    "no path": ("*", 404, TEXT),
    "a folder": ("/aap/python", 302, TEXT),
}


def guarded(answer: Answer) -> None:
    """Check the headers of an answer: no caching, framing, sniffing or foreign scripts, and no name of a server."""
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"
    assert answer.headers["referrer-policy"] == "no-referrer"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert not {"server", "etag", "last-modified", "access-control-allow-origin", "set-cookie"} & set(answer.headers)


@pytest.mark.parametrize("name", KINDS)
def test_an_answer_has_its_type_and_security_headers(name: str, server: Serving) -> None:
    path, code, kind = KINDS[name]
    answer = ask(server, path)
    assert answer.status == code
    guarded(answer)
    if code != 302:
        assert answer.headers["content-type"] == kind
        assert answer.headers["content-length"] == str(len(answer.body))
        answer.body.decode()


@pytest.mark.parametrize("data", [request(host=b"evil.example"), request(method=b"POST"), upgrade(b"Origin: null")])
def test_a_refusal_has_security_headers(data: bytes, server: Serving) -> None:
    answer = read(exchange(server.port, data, first=True))
    assert answer.status in (REFUSED, NO_METHOD)
    assert answer.headers["content-type"] == TEXT
    guarded(answer)


@pytest.mark.parametrize("name", [name for name in KINDS if name != "no upgrade"])
def test_head_is_get_without_a_body(name: str, server: Serving) -> None:
    path = KINDS[name][0]
    got, head = ask(server, path), ask(server, path, method=b"HEAD")
    assert head.body == b""
    assert head.status == got.status
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/aap/python", "/aap/python/"),
        ("/aap/python?x=//evil.example", "/aap/python/"),
        ("/@2023-09-20/asm/python", "/@2023-09-20/asm/python/"),
        ("/%61ap/python", "/aap/python/"),
    ],
)
def test_a_page_without_its_last_slash_redirects(path: str, target: str, server: Serving) -> None:
    answer = ask(server, path)
    assert answer.status == 302
    assert answer.headers["location"] == target


@pytest.mark.parametrize("path", ["/", "/nothing", "/@2026-02-31/", "/@0001-01-01/", "/aap/python/", "/%3Cscript%3E"])
def test_every_page_has_the_script_once(path: str, server: Serving) -> None:
    body = ask(server, path).body.decode()
    assert body.count('src="/__sitegen/client.js"') == 1
    assert "<script>" not in body
    assert body.rstrip().endswith("</html>")


@pytest.mark.parametrize("ending", ["md", "html"])
def test_an_output_that_is_not_html_is_shown_as_text_in_a_page(ending: str, server: Serving) -> None:
    outputs = {
        "md": "hugo/content/aap/python.md",
        "html": "hugo/layouts/partials/app_and_api_protection/python/capabilities.html",
    }
    bare = ask(server, f"/__sitegen/output/{outputs[ending]}")
    assert b"client.js" not in bare.body
    shown = ask(server, f"/__sitegen/output/{outputs[ending]}", b"Accept: text/html,*/*")
    assert shown.headers["content-type"] == HTML
    assert b'src="/__sitegen/client.js"' in shown.body
    assert b"<table" not in shown.body


@pytest.mark.parametrize(
    "query", ["path=%22%3E%3Cscript%3E", "day=%22%3E%3Cscript%3E", "day=2026-02-31", "day=0001-01-01"]
)
def test_the_status_accepts_any_query(query: str, server: Serving) -> None:
    status = status_of(server, query)
    assert status["broken"] is False
    assert status["outputs"] == []


def test_a_fact_is_answered_with_only_its_own_line(server: Serving) -> None:
    page = ask(server, "/aap/python/").body.decode()
    place = re.search(r'data-facts="\[&#?\w+;([^&]+)&', page) or re.search(r"data-facts='\[\"([^\"]+)\"", page)
    assert place is not None
    answer = ask(server, f"/__sitegen/facts?place={place[1]}")
    (fact,) = json.loads(answer.body)
    assert fact["place"] == place[1]
    assert "\n" not in fact["line"]
    harmless(answer.body)


# --- starting and ending -------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A copy of the site of this repository, for edits."""
    return copy_of_the_site(tmp_path / "site")


def fails(root: Path, *options: str) -> tuple[int, str]:
    """The exit code and the one line of a server that cannot start."""
    done = subprocess.run(
        [sys.executable, "-m", "sitegen", "serve", "--root", str(root), *options],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=20,
    )
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(("sitegen: ", "sitegen serve: error: "))
    return done.returncode, done.stderr


def test_a_busy_port_is_reported_in_one_line(site: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = busy.getsockname()[1]
        code, line = fails(site, "--port", str(port))
    assert code == 3
    assert f"port {port} on 127.0.0.1 is not available" in line
    assert "--port 0" in line


def test_an_address_of_another_machine_is_reported_in_one_line(site: Path) -> None:
    assert fails(site, "--port", "0", "--host", "192.0.2.1", "--allowed-host", "a")[0] == 3


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1"])  # noqa: S104 - that it is refused is the point
def test_an_open_address_requires_an_allowed_host(host: str, site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--root", str(site), "--port", "0", "--host", host]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "--allowed-host" in said.err


def test_an_empty_address_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--root", str(site), "--port", "0", "--host", ""]) == 2
    assert capsys.readouterr().err == "sitegen serve: error: --host: expected a host name or an address\n"


def test_a_folder_that_is_not_a_site_is_reported_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", "--root", str(tmp_path), "--port", "0"]) == 2
    assert "sitegen.yaml does not exist" in capsys.readouterr().err


def test_an_open_address_accepts_only_allowed_hosts(site: Path) -> None:
    names = ("--allowed-host", "docs.example", "--allowed-host", "Other.Example")
    with serving(site, "--host", "0.0.0.0", *names) as server:  # noqa: S104 - to be asked by name

        def code(host: bytes, *headers: bytes) -> int:
            return read(exchange(server.port, request(b"/", *headers, host=host))).status

        assert code(b"docs.example:PORT") == OK
        assert code(b"docs.example:PORT", b"Origin: http://docs.example:PORT") == OK
        assert code(b"docs.example:PORT", b"Origin: http://other.example:PORT") == REFUSED
        assert code(b"other.example") == OK
        assert code(b"127.0.0.1:PORT") == OK
        assert code(b"a.docs.example") == REFUSED
        assert code(b"evil.example") == REFUSED


def slow_as_of(site: Path, year: str) -> None:
    """Make builds as of the dates of a year very slow."""
    loop = "<% for a in range(2) %><% for b in range(100000)|groupby('real') %><% endfor %><% endfor %>"
    for name in ("index.html", "page.html"):
        page = site / "themes/default" / name
        page.write_text(f"{page.read_text('utf-8')}<% if '{year}' in as_of %>{loop}<% endif %>", "utf-8")


def at_rest(server: Serving, site: Path) -> None:
    """Leave a server idle."""


def in_a_build(server: Serving, site: Path) -> None:
    """Start a build of many seconds."""
    slow_as_of(site, DAY[:4])
    time.sleep(0.3)  # the start of a build is not visible


def in_a_build_of_a_day(server: Serving, site: Path) -> None:
    """Start a build of another date, of many seconds, for a waiting client."""
    slow_as_of(site, "2023")
    server.until(lambda: server.builds() == 2)
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(request(b"/@2023-09-20/").replace(b"PORT", str(server.port).encode()))
    connection.settimeout(0.3)
    with pytest.raises(TimeoutError):
        connection.recv(1)
    assert ask(server, "/").status == OK
    connection.detach()


def in_conversation(server: Serving, site: Path) -> None:
    """Connect a browser to a server."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(upgrade().replace(b"PORT", str(server.port).encode()))
    assert connection.recv(12) == b"HTTP/1.1 101"
    connection.detach()


@pytest.mark.parametrize("busy", [at_rest, in_a_build, in_a_build_of_a_day, in_conversation])
def test_ctrl_c_ends_it_at_once_and_without_output(busy: Callable[[Serving, Path], None], site: Path) -> None:
    with serving(site, "--as-of", DAY) as server:
        busy(server, site)
        builds = server.builds()
        started = time.monotonic()
        assert server.interrupt() == 0
        assert server.builds() == builds
        assert time.monotonic() - started < 2
        assert server.complaints() == ""


# --- changes of sources ---------------------------------------------------------


def retitle(site: Path, title: str) -> None:
    """Change the title of the site, which is on the first page."""
    settings = site / "sitegen.yaml"
    settings.write_text(re.sub(r"(?m)^title: .*$", f"title: {title}", settings.read_text("utf-8")), "utf-8")


def shows(server: Serving, text: str) -> bool:
    """Whether the first page shows a text."""
    return text.encode() in ask(server, "/").body


def test_an_error_at_the_start_is_reported_and_can_be_fixed(site: Path) -> None:
    facts = site / "content/facts.yaml"
    good = facts.read_bytes()
    facts.write_bytes(good + b"\nnothing: [\n")
    with serving(site) as server:
        status = status_of(server)
        assert status["broken"] is True
        assert "facts.yaml" in str(status["findings"])
        assert ask(server, "/").status == NOWHERE
        assert b"client.js" in ask(server, "/").body
        facts.write_bytes(good)
        server.until(lambda: ask(server, "/").status == OK)
        assert status_of(server)["broken"] is False


HOSTILE = {
    "recursion of macros": "<% macro a() %><< a() >><% endmacro %><< a() >>",
    "a template within itself": "<% include 'page.html' %>",
    "a great text": "<< '%1000000000000d' % 1 >>",
    "an end of the program": "<< ().__class__.__base__.__subclasses__() >>",
    "a secret": "<< self.__init__.__globals__ >>",
    "many brackets": "<< " + "(" * 5000 + " >>",
    "many conditions": "<% if 1 %>" * 500,
    "no UTF-8": "\udcff",
}


@pytest.mark.slow
def test_hostile_templates_do_not_stop_the_server(site: Path) -> None:
    page = site / "themes/default/page.html"
    good = page.read_text("utf-8")
    with serving(site) as server:
        for template in HOSTILE.values():
            page.write_text(template + good, "utf-8", "surrogateescape")
            server.until(lambda: status_of(server)["broken"] is True)
            assert ask(server, "/aap/python/").status == OK
            page.write_text(good, "utf-8")
            server.until(lambda: status_of(server)["broken"] is False)
        retitle(site, "After all that")
        server.until(lambda: shows(server, "After all that"))
        assert "Traceback" not in server.complaints()


def test_temporarily_missing_sources_do_not_stop_the_server(site: Path) -> None:
    away = site.parent / "away"
    with serving(site) as server:
        for number, source in enumerate((site / "sitegen.yaml", site / "content", site)):
            source.rename(away)
            server.until(lambda: status_of(server)["broken"] is True)
            assert ask(server, "/aap/python/").status == OK  # the last successful build
            away.rename(source)
            server.until(lambda: status_of(server)["broken"] is False)
            retitle(site, f"Back {number}")
            server.until(lambda number=number: shows(server, f"Back {number}"))  # type: ignore[misc]
        assert "Traceback" not in server.complaints()


def test_unusual_files_among_the_sources_do_not_stop_the_server(site: Path) -> None:
    odd = site / "content"
    with serving(site) as server:

        def deeds() -> Iterator[Path]:
            (odd / "zeros.yaml").write_bytes(bytes(1000))
            yield odd / "zeros.yaml"
            (odd / "deep.yaml").write_bytes(b"[" * 100_000)
            yield odd / "deep.yaml"
            (odd / "bomb.yaml").write_bytes(b"a: &a [x]\n" + b"b: [*a, *a]\n" * 10)
            yield odd / "bomb.yaml"
            (odd / "two\nlines.md").write_bytes(b"---\nx: [\n---\n")
            yield odd / "two\nlines.md"
            (odd / ("n" * 200 + ".md")).write_bytes(b"---\nx: [\n---\n")
            yield odd / ("n" * 200 + ".md")

        for number, path in enumerate(deeds()):
            server.until(lambda: status_of(server)["broken"] is True)
            path.unlink()
            retitle(site, f"Even {number}")
            server.until(lambda number=number: shows(server, f"Even {number}"))  # type: ignore[misc]
        assert "Traceback" not in server.complaints()


def test_a_link_that_leads_out_of_the_site_is_reported_and_not_read(site: Path) -> None:
    secret = site.parent / "secret"
    secret.mkdir()
    (secret / "page.md").write_bytes(PLANTED)
    with serving(site) as server:
        for link, target in (("self.md", "self.md"), ("away", secret), ("away.md", secret / "page.md")):
            (site / "content" / link).symlink_to(target)
            server.until(lambda: status_of(server)["broken"] is True)
            server.until(lambda link=link: f"--> content/{link}:1:1" in server.complaints())  # type: ignore[misc]
            assert PLANTED not in ask(server, "/__sitegen/status").body
            (site / "content" / link).unlink()
            server.until(lambda: status_of(server)["broken"] is False)
        assert PLANTED.decode() not in server.complaints()


def test_an_error_in_a_file_whose_name_is_not_utf_8_is_reported(site: Path) -> None:
    with serving(site) as server:
        (site / "content/\udcff\udcfe.md").write_bytes(b"---\nx: [\n---\n")
        server.until(lambda: ".md:" in server.complaints())
        server.until(lambda: shows(server, "Compatibility"))
        assert ask(server, "/__sitegen/status").status == OK
        assert status_of(server)["broken"] is True


# --- notifications --------------------------------------------------------------------


class Browser:
    """Acts like a page: it listens, and requests the page again after each notification."""

    def __init__(self, server: Serving, connection: WebSocketClientConnection) -> None:
        self.server = server
        self.connection = connection
        self.told = 0
        self.shown = b""

    async def listen(self) -> None:
        """Listen until the connection is closed."""
        while (message := await self.connection.read_message()) is not None:
            if str(message).startswith("good "):
                self.told += 1
                self.shown = (await asyncio.to_thread(ask, self.server, "/")).body

    async def until(self, what: Callable[[], bool]) -> None:
        """Wait until a condition is true."""
        deadline = time.monotonic() + 10
        while not what():
            assert time.monotonic() < deadline, self.told
            await asyncio.sleep(0.005)


@asynccontextmanager
async def browsing(server: Serving) -> AsyncIterator[Browser]:
    """Open the first page as a browser does."""
    url = f"ws://127.0.0.1:{server.port}/__sitegen/builds"
    connection = await websocket_connect(HTTPRequest(url, headers={"Origin": server.url.rstrip("/")}))
    browser = Browser(server, connection)
    listening = asyncio.create_task(browser.listen())
    try:
        yield browser
    finally:
        connection.close()
        await listening


async def _edits(server: Serving, site: Path) -> None:
    choose = random.Random(11)
    async with browsing(server) as one, browsing(server) as other:
        for burst in range(3):
            for edit in range(4):
                title = f"Title {burst} {edit}"
                retitle(site, title)
                await asyncio.sleep(choose.random() ** 4)
            for browser in (one, other):
                await browser.until(lambda title=title, browser=browser: title.encode() in browser.shown)  # type: ignore[misc]
        assert one.told >= 3
        told, tries = 0, 0
        while told != one.told + other.told:
            told, tries = one.told + other.told, tries + 1
            assert tries < 10
            await asyncio.sleep(0.4)  # long enough for ten polls


@pytest.mark.slow
def test_every_page_is_notified_of_every_edit_and_of_nothing_else(site: Path) -> None:
    with serving(site) as server:
        asyncio.run(_edits(server, site))
        assert server.complaints() == ""


async def _refused(server: Serving) -> None:
    url = f"ws://127.0.0.1:{server.port}/__sitegen/builds"
    with pytest.raises(HTTPClientError, match="403"):
        await websocket_connect(HTTPRequest(url, headers={"Origin": "http://evil.example"}))


def test_a_page_of_another_site_gets_no_notifications(server: Serving) -> None:
    asyncio.run(_refused(server))


MESSAGES: dict[str, str | bytes] = {
    "nothing": "",
    "JSON": '{"command": "reload", "path": "/etc/passwd"}',
    "great depth": "[" * 60_000,
    "bytes": b"\xff\xfe\x00",
    "a great message": "x" * 100_000,
}


async def _say(server: Serving, message: str | bytes) -> None:
    connection = await websocket_connect(f"ws://127.0.0.1:{server.port}/__sitegen/builds")
    await connection.write_message(message, binary=isinstance(message, bytes))
    assert await asyncio.wait_for(connection.read_message(), 5) is None  # closed
    connection.close()


@pytest.mark.parametrize("name", MESSAGES)
def test_messages_of_any_kind_do_no_harm(name: str, server: Serving) -> None:
    asyncio.run(_say(server, MESSAGES[name]))
    unharmed(server)


def test_disconnected_pages_are_not_an_error(site: Path) -> None:
    with serving(site) as server:
        for number in range(3):
            for _ in range(5):
                connection = socket.create_connection(("127.0.0.1", server.port))
                connection.sendall(upgrade().replace(b"PORT", str(server.port).encode()))
                assert connection.recv(12) == b"HTTP/1.1 101"
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            retitle(site, f"Gone {number}")
            server.until(lambda number=number: shows(server, f"Gone {number}"))  # type: ignore[misc]
        assert server.complaints() == ""


def test_nothing_is_built_or_sent_while_nothing_changes(server: Serving) -> None:
    assert server.builds() == 1  # no test edits the site with the secrets
