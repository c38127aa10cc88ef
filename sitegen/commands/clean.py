"""`sitegen clean`."""

from __future__ import annotations

import sys

from sitegen.build import output
from sitegen.build.project import Layout
from sitegen.commands.exit_codes import FINDINGS, OK, Options
from sitegen.commands.request import output_folder
from sitegen.files.sources import FILE, read_source
from sitegen.formats import FORMATS
from sitegen.site.loading import settings_of


def run(options: Options) -> int:
    """Remove generated files, except edited ones."""
    folder = output_folder(options)
    file = options.root / FILE
    settings = settings_of({FILE: read_source(str(file))} if file.is_file() else {})
    with_partials = tuple(name for name in FORMATS if FORMATS[name].fragments)
    layouts = (Layout(tuple(FORMATS)), Layout(with_partials, "partials"))
    summary = output.clean(folder, settings, layouts)
    for path in summary.kept:
        print(f"kept (edited by hand): {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{summary.removed} removed")
    return FINDINGS if summary.kept else OK
