"""`sitegen partials`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sitegen.commands.build import write
from sitegen.commands.outcome import OK, Options, guarded
from sitegen.files.sources import source_files
from sitegen.preview.watching import changes, look_at

if TYPE_CHECKING:
    from sitegen.build.project import Layout


def run(options: Options) -> int:
    """Write the partials into the tree of a Hugo site that has files of its own."""
    code = OK
    options.why, options.profile = None, False
    for _ in changes(lambda: look_at(source_files(options.root)), threading.Event()):
        code = guarded(lambda options: write(options, _layout), options)
        if not options.watch or options.check or options.diff:
            break
    return code


def _layout() -> Layout:
    from sitegen.build.project import Layout  # noqa: PLC0415 - unless there is nothing to do

    return Layout(("hugo",), "partials")
