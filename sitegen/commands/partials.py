"""`sitegen partials`."""

from __future__ import annotations

import threading

from sitegen.build.project import Layout
from sitegen.commands.build import build_folder
from sitegen.commands.exit_codes import OK, Options, UsageError, run_guarded
from sitegen.files.sources import source_files
from sitegen.preview.watching import changes, fingerprint
from sitegen.site.loading import Texts


def run(options: Options) -> int:
    """Write the partials into the tree of a Hugo site, once or after each change of a source."""
    if options.watch and (options.check or options.diff):
        raise UsageError("--watch cannot be combined with --check or --diff, which write nothing")
    code = OK
    for _ in changes(lambda: fingerprint(source_files(options.root)), threading.Event()):
        code = run_guarded(lambda options: build_folder(options, _layout), options)
        if not options.watch:
            break
    return code


def _layout(options: Options, texts: Texts) -> Layout:
    """The layout of the partials in a format: that of `--only`, hugo, or the only one with partials."""
    from sitegen.build.project import Layout  # noqa: PLC0415 - not needed if there is nothing to do
    from sitegen.commands.inputs import chosen_formats  # noqa: PLC0415
    from sitegen.formats import FORMATS  # noqa: PLC0415

    names = [name for name in chosen_formats(options.only, texts) if FORMATS[name].fragments]
    if "hugo" in names and not options.only:
        names = ["hugo"]
    if len(names) != 1:
        raise UsageError("name one format of the partials with --only" if names else "no published format has partials")
    return Layout((names[0],), f"partials {names[0]}")
