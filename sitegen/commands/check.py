"""`sitegen check`."""

from __future__ import annotations

from sitegen.commands.edge import OK, Options, load, report
from sitegen.dialects import DIALECTS
from sitegen.site import build_site


def run(options: Options) -> int:
    """Tell everything that is wrong with the content."""
    site, texts, day = load(options)
    result = build_site(site, day, tuple(DIALECTS))
    code = report(result.findings, texts, options)
    if code == OK and not options.quiet and options.format == "text":
        print(f"{len(result.files)} files would be built as of {day}; nothing is wrong")
    return code
