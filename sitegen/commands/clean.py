"""`sitegen clean`."""

from __future__ import annotations

import sys
from pathlib import Path

from sitegen import output
from sitegen.build.project import Layout
from sitegen.build.store import planned_for
from sitegen.commands.building import output_folder, refuse_sources
from sitegen.commands.outcome import FINDINGS, OK, Options
from sitegen.dialects import DIALECTS
from sitegen.findings import Finding
from sitegen.settings import Settings, load_settings
from sitegen.source import decode
from sitegen.sources import FILE, read_source
from sitegen.yaml_reader import parse_yaml


def run(options: Options) -> int:
    """Remove the files that builds have written."""
    folder = output_folder(options)
    refuse_sources(options.root, folder)
    settings = _settings(options.root / FILE)
    done = output.clean(folder, *(planned_for(settings, layout) for layout in _LAYOUTS))
    for path in done.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{done.removed} removed")
    return FINDINGS if done.kept else OK


def _settings(file: Path) -> Settings:
    """The settings of the site, by which its files are recognized; the default ones where there are none."""
    text = decode(read_source(str(file)), FILE, _ignore) if file.is_file() else None
    return load_settings(parse_yaml(text or "", FILE, _ignore), _ignore)


def _ignore(_: Finding) -> None:
    """What is wrong with the settings does not matter here."""


_LAYOUTS = (Layout(tuple(DIALECTS)), Layout(("hugo",), "partials"))
