"""`sitegen clean`."""

from __future__ import annotations

import sys

from sitegen import output
from sitegen.commands.shortcut import output_folder
from sitegen.commands.telling import FINDINGS, OK, Options


def run(options: Options) -> int:
    """Remove the files that builds have written."""
    folder = output_folder(options)
    outcome = output.clean(folder)
    for path in outcome.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{outcome.removed} removed")
    return FINDINGS if outcome.kept else OK
