"""`sitegen clean`."""

from __future__ import annotations

import sys

from sitegen.build import output
from sitegen.build.output import planned_for
from sitegen.build.project import Layout
from sitegen.commands.building import output_folder, refuse_sources
from sitegen.commands.outcome import FINDINGS, OK, Options
from sitegen.files.sources import FILE, read_source
from sitegen.formats import DIALECTS
from sitegen.site.settings import load_settings
from sitegen.source.nodes import decode
from sitegen.source.yaml_reader import parse_yaml


def run(options: Options) -> int:
    """Remove the files that builds have written."""
    folder = output_folder(options)
    refuse_sources(options.root, folder)
    file = options.root / FILE
    text = decode(read_source(str(file)), FILE, _ignored) if file.is_file() else ""
    settings = load_settings(parse_yaml(text or "", FILE, _ignored), _ignored)
    done = output.clean(folder, *(planned_for(settings, layout) for layout in _LAYOUTS))
    for path in done.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{done.removed} removed")
    return FINDINGS if done.kept else OK


_LAYOUTS = (Layout(tuple(DIALECTS)), Layout(("hugo",), "partials"))


def _ignored(_: object) -> None:
    """Nothing is built, so what is wrong with the settings is reported by others."""
