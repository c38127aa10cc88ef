"""A client of an editor's language server, over its standard streams."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from typing import Any

SECONDS = 30


class LanguageServer:
    """A running language server. Positions count from 0, as in its protocol."""

    def __init__(self, process: subprocess.Popen[bytes], settings: dict[str, Any]) -> None:
        self.process = process
        self.settings = settings
        self.came: Queue[dict[str, Any]] = Queue()
        self.last = 0
        threading.Thread(target=self._read, daemon=True).start()
        folder = {"processId": None, "rootUri": None, "capabilities": {"workspace": {"configuration": True}}}
        self.request("initialize", folder)
        self._send({"method": "initialized", "params": {}})

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        while line := stream.readline():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
                while stream.readline().strip():
                    pass
                self.came.put(json.loads(stream.read(length)))

    def _send(self, message: dict[str, Any]) -> None:
        data = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(data), data))
        self.process.stdin.flush()

    def _next(self) -> dict[str, Any]:
        """The next message that is not a request; those are answered with the settings."""
        while True:
            message = self.came.get(timeout=SECONDS)
            if "id" in message and "method" in message:
                items = message.get("params", {}).get("items", [])
                result = [self.settings.get(item.get("section", "")) for item in items]
                self._send({"id": message["id"], "result": result or None})
            else:
                return message

    def request(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a request."""
        self.last += 1
        self._send({"id": self.last, "method": method, "params": params})
        while (message := self._next()).get("id") != self.last:
            pass
        assert "error" not in message, message
        return message.get("result")

    def open(self, path: Path, text: str) -> list[dict[str, Any]]:
        """Open a file with a text. Returns the diagnostics."""
        self.last += 1  # a text with the same version is not read
        document = {"uri": path.as_uri(), "languageId": "yaml", "version": self.last, "text": text}
        self._send({"method": "textDocument/didOpen", "params": {"textDocument": document}})
        return self._diagnostics(path)

    def _diagnostics(self, path: Path) -> list[dict[str, Any]]:
        while True:
            message = self._next()
            params = message.get("params", {})
            if message.get("method") == "textDocument/publishDiagnostics" and params["uri"] == path.as_uri():
                diagnostics: list[dict[str, Any]] = params["diagnostics"]
                return diagnostics

    def close(self, path: Path) -> None:
        """Close a file."""
        self._send({"method": "textDocument/didClose", "params": {"textDocument": {"uri": path.as_uri()}}})
        assert self._diagnostics(path) == []

    def at(self, method: str, path: Path, line: int, character: int) -> Any:
        """The result of a request about a position in an open file."""
        position = {"line": line, "character": character}
        return self.request(f"textDocument/{method}", {"textDocument": {"uri": path.as_uri()}, "position": position})


@contextmanager
def yaml_language_server(node: Path, npm: Path) -> Iterator[LanguageServer]:
    """Start the language server for YAML that VS Code and others use."""
    program = npm / "node_modules/yaml-language-server/bin/yaml-language-server"
    settings = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
    with subprocess.Popen([node, program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            yield LanguageServer(process, settings)
        finally:
            process.kill()
