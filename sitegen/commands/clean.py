"""`sitegen clean`."""

from __future__ import annotations

import sys

from sitegen import output
from sitegen.build.project import Layout
from sitegen.build.store import planned_for
from sitegen.commands.building import output_folder, refuse_sources
from sitegen.commands.outcome import FINDINGS, OK, Options
from sitegen.dialects import DIALECTS
from sitegen.loading import load_site
from sitegen.sources import FILE, read_source


def run(options: Options) -> int:
    """Remove the files that builds have written."""
    folder = output_folder(options)
    refuse_sources(options.root, folder)
    settings = options.root / FILE
    site = load_site({FILE: read_source(str(settings))} if settings.is_file() else {})
    done = output.clean(folder, *(planned_for(site, layout) for layout in _LAYOUTS))
    for path in done.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{done.removed} removed")
    return FINDINGS if done.kept else OK


_LAYOUTS = (Layout(tuple(DIALECTS)), Layout(("hugo",), "partials"))
