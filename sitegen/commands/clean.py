"""`sitegen clean`."""

from __future__ import annotations

import sys

from sitegen.build import output
from sitegen.build.project import Layout
from sitegen.commands.exit_codes import FINDINGS, OK, Options
from sitegen.commands.request import output_folder
from sitegen.files.sources import FILE, read_source
from sitegen.formats import FORMATS
from sitegen.site.settings import load_settings
from sitegen.source.nodes import decode
from sitegen.source.yaml_reader import parse_yaml

_LAYOUTS = (Layout(tuple(FORMATS)), Layout(("hugo",), "partials"))


def run(options: Options) -> int:
    """Remove the files that builds wrote, except edited ones."""
    folder = output_folder(options)
    file = options.root / FILE
    text = decode(read_source(str(file)), FILE, _ignore) if file.is_file() else ""
    settings = load_settings(parse_yaml(text or "", FILE, _ignore), _ignore)
    summary = output.clean(folder, settings, _LAYOUTS)
    for path in summary.kept:
        print(f"kept (edited by hand): {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{summary.removed} removed")
    return FINDINGS if summary.kept else OK


def _ignore(_: object) -> None:
    """Ignore a finding: nothing is built, so problems of the settings do not matter."""
