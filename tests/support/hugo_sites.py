"""Hugo sites of a team: their own configuration, layouts and pages, built by the real Hugo."""

from __future__ import annotations

import subprocess
from pathlib import Path

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


def run_hugo(hugo: Path, folder: Path) -> Path:
    """Build a site. A warning fails. Returns the folder that Hugo has written."""
    command = [str(hugo), "--source", str(folder), "--panicOnWarning", "--printPathWarnings", "--cleanDestinationDir"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder / "public"
