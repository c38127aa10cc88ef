"""Requests to a preview server, as bytes, and its answers."""

from __future__ import annotations

import contextlib
import json
import socket
from typing import NamedTuple

from tests.support.previews import Serving


class Answer(NamedTuple):
    """An answer; `status` is 0 if there was none."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(port: int, data: bytes, *, half: bool = False, first: bool = False) -> bytes:
    """Send bytes, and return everything until the server closes the connection, or only the first answer.

    With `half`, close the sending side of the connection.
    """
    found = b""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(data.replace(b"PORT", str(port).encode()))
            if half:
                with contextlib.suppress(OSError):  # the server may have closed the connection already
                    connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                found += part
                if first and b"\r\n\r\n" in found:
                    answer = read(found)
                    if len(answer.body) >= int(answer.headers.get("content-length", 0)):
                        break
        except ConnectionError:
            pass  # the server closed the connection early
    return found


def read(data: bytes) -> Answer:
    """The first answer in the received bytes."""
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
    """The answer to a normal browser."""
    return read(exchange(server.port, request(target.encode(), *headers, method=method)))


def status_of(server: Serving, query: str = "") -> dict[str, object]:
    """The status of the newest build, as for the script of a page."""
    found: dict[str, object] = json.loads(ask(server, f"/__sitegen/status?{query}").body)
    return found
