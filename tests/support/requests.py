"""Requests to a preview server, as bytes, and its answers."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import NamedTuple

from tests.support.previews import Serving


class Answer(NamedTuple):
    """What came back; `status` is 0 where that is nothing."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(port: int, data: bytes, *, half: bool = False, first: bool = False) -> bytes:
    """Send bytes and return all that comes until the server closes, or the first answer only.

    With `half`, say that no more will come.
    """
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data.replace(b"PORT", str(port).encode()))
            if half:
                with contextlib.suppress(OSError):  # it may have had enough already
                    connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                found += part
                if first and b"\r\n\r\n" in found:
                    answer = read(found)
                    if len(answer.body) >= int(answer.headers.get("content-length", 0)):
                        break
        except ConnectionError:
            pass  # it had enough before it had all
    return found


def read(data: bytes) -> Answer:
    """The first answer in what came back."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if first.endswith("100 (Continue)"):
        return read(body)
    return Answer(int(first.split()[1]) if first else 0, headers, body)


HOST = b"127.0.0.1:PORT"


def request(
    target: bytes = b"/",
    *headers: bytes,
    method: bytes = b"GET",
    host: bytes | None = HOST,
    version: bytes = b"HTTP/1.1",
) -> bytes:
    """The bytes of a request."""
    hosts = [b"Host: " + host] if host is not None else []
    return b"\r\n".join([method + b" " + target + b" " + version, *hosts, b"Connection: close", *headers, b"", b""])


def ask(server: Serving, target: str, *headers: bytes, method: bytes = b"GET") -> Answer:
    """What a well-behaved browser gets."""
    return read(exchange(server.port, request(target.encode(), *headers, method=method)))


def status_of(server: Serving, query: str = "") -> dict[str, object]:
    """What the script of a page hears of the newest build."""
    found: dict[str, object] = json.loads(ask(server, f"/__sitegen/status?{query}").body)
    return found
