"""`sitegen build`, and what it shares with `sitegen partials`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING

from sitegen.build import Request, Workers, build
from sitegen.build.store import CheckStore, FolderStore, MemoryStore
from sitegen.commands.build_report import report_build
from sitegen.commands.executors import executor_of
from sitegen.commands.exit_codes import Options, UsageError
from sitegen.commands.progress import ProgressBar
from sitegen.commands.request import check_not_sources, day_text, output_folder, request_for

if TYPE_CHECKING:
    from datetime import date

    from sitegen.build.project import Layout
    from sitegen.build.records import Entry
    from sitegen.site.loading import Texts


def run(options: Options) -> int:
    """Write all pages and partials, or compare them with the output folder."""
    if options.why and (options.check or options.diff):
        raise UsageError("--why cannot be combined with --check or --diff, which write nothing")
    return build_folder(options, _layout)


def build_folder(options: Options, layout: Callable[[Options, Texts], Layout]) -> int:
    """Build a site into a folder, or compare it with the folder, and report that. Raises UsageError and OSError."""
    folder = output_folder(options)
    workers = Workers(options.jobs, (lambda: executor_of(options.executor)) if options.executor else None)

    def request(day: str) -> Request:
        return request_for(
            options, day, folder, lambda texts: _prepare(options, day, texts, layout), workers, check_paths
        )

    def check_paths(paths: Collection[str]) -> None:
        check_not_sources(options.root, folder, paths)
        if options.why:
            from sitegen.commands.rebuild_reasons import require_outputs  # noqa: PLC0415 - seldom needed

            require_outputs(options.why, paths, folder)

    def rebuild(day: date) -> Mapping[str, Entry]:
        linked = build(request(day.isoformat()), MemoryStore(), progress).linked
        return linked.files if linked is not None else {}

    with ProgressBar(options) as progress:
        is_check = options.check or options.diff
        store = CheckStore(folder) if is_check else FolderStore(folder, force=options.force, tick=progress.tick)
        result = build(request(day_text(options.as_of)), store, progress)
        return report_build(result, store, progress, options, rebuild)


def _prepare(
    options: Options, day: str, texts: Texts, layout: Callable[[Options, Texts], Layout]
) -> tuple[date, Layout]:
    from sitegen.commands.inputs import day_of, require_site  # noqa: PLC0415 - not needed if there is nothing to do

    require_site(options.root)
    return day_of(day), layout(options, texts)


def _layout(options: Options, texts: Texts) -> Layout:
    from sitegen.build.project import Layout  # noqa: PLC0415 - not needed if there is nothing to do
    from sitegen.commands.inputs import chosen_formats  # noqa: PLC0415
    from sitegen.formats import FORMATS  # noqa: PLC0415

    formats = chosen_formats(options.only, texts)
    retired = () if options.only else tuple(name for name in FORMATS if name not in formats)
    return Layout(formats, retired=retired, regions=formats if options.only else tuple(FORMATS), force=options.force)
