"""A package index on this machine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

JSON, HTML = "application/vnd.pypi.simple.v1+json", "text/html"


@dataclass
class Response:
    """The answer of the server for one path."""

    body: bytes = b""
    code: int = 200
    kind: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    missing: int = 0  # the number of announced bytes that are not sent
    seconds: float = 0  # how long it takes to send the body


class Server:
    """An index on this machine: answers by path, and the requests so far."""

    def __init__(self) -> None:
        self.answers: dict[str, Response | Callable[[str], Response]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.asked.append((self.path, {key.lower(): value for key, value in self.headers.items()}))
                answer = server.answers.get(self.path, Response(code=404))
                if callable(answer):
                    answer = answer(self.headers.get("If-None-Match", ""))
                self.send_response(answer.code)
                self.send_header("Content-Type", answer.kind)
                self.send_header("Content-Length", str(len(answer.body) + answer.missing))
                for key, value in answer.headers.items():
                    self.send_header(key, value)
                self.end_headers()
                for start in range(0, len(answer.body), len(answer.body) // 20 + 1):
                    time.sleep(answer.seconds / 20)
                    self.wfile.write(answer.body[start : start + len(answer.body) // 20 + 1])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}"
