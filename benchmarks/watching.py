"""Measure the preview: edits at random times, many edits at once, no edits, and requests during a build.

`python benchmarks/watching.py edits|burst|idle|get` serves a site in a separate process, and prints a figure and its
target.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

ROOT = Path(__file__).resolve().parent.parent


class Server:
    """A running preview."""

    def __init__(self, process: subprocess.Popen[str], said: Path) -> None:
        self.process, self.said = process, said
        self.until(lambda: self.builds() > 0, 120)
        found = re.search(r" http://127\.0\.0\.1:(\d+)/", said.read_text("utf-8"))
        assert found, said.read_text("utf-8")  # noqa: S101 - a benchmark
        self.port = int(found[1])

    def builds(self) -> int:
        """The number of builds so far."""
        return self.said.read_text("utf-8").count(" built ")

    def last_build(self) -> float:
        """The seconds that the last build took."""
        return float(re.findall(r" built \d+ files in ([\d.]+) s", self.said.read_text("utf-8"))[-1])

    def until(self, what: Callable[[], bool], seconds: float = 60) -> None:
        """Wait until a condition is true."""
        deadline = time.monotonic() + seconds
        while not what():
            said = self.said.read_text("utf-8")
            if self.process.poll() is not None or "error" in said or time.monotonic() > deadline:
                sys.exit(f"The condition was not met in time, or the server failed:\n{said}")
            time.sleep(0.01)

    def page(self, path: str = "/") -> bytes:
        """The response to a GET request."""
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            host = f"Host: 127.0.0.1:{self.port}\r\nConnection: close"
            connection.sendall(f"GET {path} HTTP/1.1\r\n{host}\r\n\r\n".encode())
            return b"".join(iter(lambda: connection.recv(65536), b""))

    def cpu(self) -> float:
        """The seconds of CPU that the process has used so far."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(site: Path) -> Iterator[Server]:
    """Serve a site."""
    command = [sys.executable, "-m", "sitegen", "serve", "--port", "0", "--root", str(site)]
    said = site.parent / "said"
    with said.open("w") as out, subprocess.Popen(command, stdout=out, stderr=out, text=True) as process:
        try:
            yield Server(process, said)
        finally:
            process.kill()


@contextmanager
def copied_site() -> Iterator[Path]:
    """A copy of this repository's site."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        for name in ("content", "partials", "themes"):
            shutil.copytree(ROOT / name, site / name)
        shutil.copy(ROOT / "sitegen.yaml", site)
        yield site


def retitle(site: Path, title: str) -> None:
    """Edit the title, which is on the first page."""
    text = (site / "sitegen.yaml").read_text("utf-8")
    (site / "sitegen.yaml").write_text(re.sub(r"(?m)^title: .*$", f"title: {title}", text), "utf-8")


# --- edits ---------------------------------------------------------------------------


async def lost_edits(server: Server, site: Path, count: int, seed: int) -> tuple[int, int]:
    """Returns how many edits an open page did not show within 5 seconds, and how many others it showed late.

    An edit that is followed by another within half a second need not be built, and is not counted. An edit is late if
    it is not shown in the gap before the next edit.
    """
    choose = random.Random(seed)
    origin = f"http://127.0.0.1:{server.port}"
    connection = await websocket_connect(HTTPRequest(f"ws{origin[4:]}/__sitegen/builds", headers={"Origin": origin}))
    shown = b""

    async def listen() -> None:
        nonlocal shown
        while (message := await connection.read_message()) is not None:
            if message.startswith(("good ", "broken ")):
                shown = await asyncio.to_thread(server.page)

    listening = asyncio.create_task(listen())
    lost = late = 0
    for number in range(count):
        retitle(site, f"Edit {number} of {count}")
        gap = choose.random() * 3
        wanted, edited = f"Edit {number} of".encode(), time.monotonic()
        wait = 5 if gap > 0.5 or number == count - 1 else gap
        while time.monotonic() < edited + wait and wanted not in shown:
            await asyncio.sleep(0.01)
        if wait == 5:
            lost += wanted not in shown
            late += wanted in shown and time.monotonic() > edited + gap
        await asyncio.sleep(max(0, edited + gap - time.monotonic()))
    connection.close()
    await listening
    return lost, late


def edits(options: argparse.Namespace) -> None:
    """Edits at random times, each of which must be shown."""
    with copied_site() as site, serving(site) as server:
        lost, late = asyncio.run(lost_edits(server, site, options.count, options.seed))
    print(f"edits: {lost} of {options.count} lost, {late} late, with gaps of 0 to 3 s; the target is 0 lost")


# --- burst ---------------------------------------------------------------------------


def add_notes(site: Path, count: int, text: str) -> None:
    """Write small snippets."""
    for number in range(count):
        path = site / f"content/notes/{number // 100}/_note-{number}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", "utf-8")


def burst(options: argparse.Namespace) -> None:
    """Many files that change at once."""
    with copied_site() as site:
        add_notes(site, options.count, "One.")
        with serving(site) as server:
            before = server.builds()
            started = time.monotonic()
            add_notes(site, options.count, "Two.")
            wrote = time.monotonic() - started
            server.until(lambda: server.builds() > before)
            time.sleep(3)  # time for unnecessary builds
            count = server.builds() - before
    print(f"burst: {count} builds for {options.count} files written within {wrote:.2f} s; the target is 2 at most")


# --- idle ----------------------------------------------------------------------------


def idle(options: argparse.Namespace) -> None:
    """The cost of watching many files that do not change."""
    with copied_site() as site:
        add_notes(site, options.count, "One.")
        with serving(site) as server:
            time.sleep(2)
            before, started = server.cpu(), time.monotonic()
            time.sleep(options.seconds)
            share = (server.cpu() - before) / (time.monotonic() - started)
    print(f"idle: {share:.1%} of a core while {options.count} files do not change; the target is 5 % at most")


# --- get -----------------------------------------------------------------------------

# Sends requests from a separate process, so that nothing here delays them.
ASKING = """
import socket, sys, time
port, path, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
ask = f"GET {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nConnection: close\\r\\n\\r\\n".encode()
end = time.monotonic() + seconds
while time.monotonic() < end:
    started = time.perf_counter()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(ask)
        while connection.recv(1 << 20):
            pass
    print(time.time(), time.perf_counter() - started)
    time.sleep(0.005)
"""


LARGE = {
    "sitegen.yaml": "title: Large\nbase-url: https://docs.example.com\n",
    "content/facts.yaml": """\
products:
  fields: {name: text}
  records:
    web: {name: Web}
libraries:
  fields: {name: text}
  records:
LIBRARIES
features:
  fields: {name: text, since: support}
  records:
FEATURES
""",
    "content/tables.yaml": """\
tables:
  features:
    caption: Features
    from: features
    columns:
      - {header: Feature, field: name}
      - {header: Since, field: since}
""",
    "content/page.md": "---\ntitle: Page\n---\n<< tables.features >>\n",
}


def large_site(site: Path, libraries: int) -> None:
    """Write a site with many libraries, each with a page."""
    names = [f"    lib{number}: {{name: Library {number}}}" for number in range(libraries)]
    features = [f"    feature{number}: {{name: Feature {number}, since: 1.{number}}}" for number in range(40)]
    (site / "content").mkdir(parents=True)
    for path, text in LARGE.items():
        text = text.replace("LIBRARIES", "\n".join(names)).replace("FEATURES", "\n".join(features))  # noqa: PLW2901
        (site / path).write_text(text, "utf-8")


def get(options: argparse.Namespace) -> None:
    """The response time during a build."""
    with tempfile.TemporaryDirectory() as folder:
        site = Path(folder) / "site"
        large_site(site, options.libraries)
        with serving(site) as server:
            path = "/web/lib1/"
            size = len(server.page(path))
            time.sleep(4)  # the server is idle again after its start
            before, began = server.builds(), time.time()
            asking = [sys.executable, "-c", ASKING, str(server.port), path]
            with subprocess.Popen([*asking, str(options.seconds)], stdout=subprocess.PIPE, text=True) as asker:
                retitle(site, "Larger")
                server.until(lambda: server.builds() > before, 120)
                ended = time.time()
                out = asker.communicate()[0]
            took = server.last_build()
    answers = [(float(at), float(seconds)) for at, seconds in (line.split() for line in out.splitlines())]
    during = sorted(seconds for at, seconds in answers if began <= at <= ended)
    calm = sorted(seconds for at, seconds in answers if at > ended) or [0.0]
    p50, p99, worst = (during[int((len(during) - 1) * share)] * 1000 for share in (0.5, 0.99, 1))
    print(
        f"get: p50 {p50:.1f}, p99 {p99:.1f}, max {worst:.1f} ms for {len(during)} GETs of {size / 1000:.0f} KB "
        f"during a build of {took:.1f} s (p50 {calm[len(calm) // 2] * 1000:.1f} ms at rest); "
        f"the target is a p99 of 50 ms at most"
    )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(required=True)
    for run, defaults in (
        (edits, {"count": 500, "seed": 1}),
        (burst, {"count": 1000}),
        (idle, {"count": 10_000, "seconds": 20}),
        (get, {"libraries": 1200, "seconds": 20}),
    ):
        command = commands.add_parser(run.__name__, help=run.__doc__)
        for name, default in defaults.items():
            command.add_argument(f"--{name}", type=int, default=default)
        command.set_defaults(run=run)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
