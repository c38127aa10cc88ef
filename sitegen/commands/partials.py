"""`sitegen partials`."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from sitegen.commands.build import build_folder
from sitegen.commands.exit_codes import OK, Options, run_guarded
from sitegen.files.sources import source_files
from sitegen.preview.watching import changes, fingerprint

if TYPE_CHECKING:
    from sitegen.build.project import Layout


def run(options: Options) -> int:
    """Write the partials into the tree of a Hugo site, once or after each change of a source."""
    code = OK
    for _ in changes(lambda: fingerprint(source_files(options.root)), threading.Event()):
        code = run_guarded(lambda options: build_folder(options, _layout), options)
        if not options.watch or options.check or options.diff:
            break
    return code


def _layout(_: Options) -> Layout:
    from sitegen.build.project import Layout  # noqa: PLC0415 - not needed if there is nothing to do

    return Layout(("hugo",), "partials")
