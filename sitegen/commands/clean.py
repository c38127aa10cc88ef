"""`sitegen clean`."""

from __future__ import annotations

import sys

from sitegen import output
from sitegen.commands.edge import FINDINGS, OK, Options


def run(options: Options) -> int:
    """Remove the files that builds have written."""
    folder = options.output or options.root / "output"
    outcome = output.clean(folder)
    for path in outcome.kept:
        print(f"kept, since it was edited by hand: {folder / path}", file=sys.stderr)
    if not options.quiet:
        print(f"{outcome.removed} removed")
    return FINDINGS if outcome.kept else OK
