"""`sitegen build`, and what it shares with `sitegen partials`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from sitegen.build import Request, Workers, build
from sitegen.build.store import FolderStore
from sitegen.commands.building import output_folder, refuse_sources, request_for
from sitegen.commands.outcome import UsageError
from sitegen.commands.progress import Progress
from sitegen.commands.writing import report_build

if TYPE_CHECKING:
    from concurrent.futures import Executor
    from datetime import date

    from sitegen.build.project import Layout
    from sitegen.build.records import Entry


def run(options: argparse.Namespace) -> int:
    """Write all pages and partials, or compare them with the output folder."""
    if options.why and (options.check or options.diff):
        raise UsageError("--why reports what a build has done; --check and --diff build nothing")
    return write(options, lambda: _layout(options))


def write(options: argparse.Namespace, layout: Callable[[], Layout]) -> int:
    """Build a site into a folder, or compare it with that, and report it. Raises UsageError and OSError."""
    folder = output_folder(options)
    refuse_sources(options.root, folder)

    def request(day: str | None) -> Request:
        return request_for(options, day, lambda: _prepare(options, day, layout), _workers(options), approve)

    def approve(paths: Collection[str]) -> bool:
        from sitegen.commands.why import unknown  # noqa: PLC0415 - seldom needed

        return not options.why or not unknown(options.why, paths, folder)

    def rebuild(day: date) -> Mapping[str, Entry]:
        from sitegen.build.memory import MemoryStore  # noqa: PLC0415 - seldom needed

        linked = build(request(day.isoformat()), MemoryStore(), progress).linked
        return linked.files if linked is not None else {}

    with Progress(options) as progress:
        if options.check or options.diff:
            from sitegen.build.memory import CheckStore  # noqa: PLC0415

            store: FolderStore = CheckStore(folder)
        else:
            store = FolderStore(folder, force=options.force, tick=progress.tick)
        result = build(request(options.as_of), store, progress)
        return report_build(result, store, progress, options, rebuild)


def _prepare(options: argparse.Namespace, day: str | None, layout: Callable[[], Layout]) -> tuple[date, Layout]:
    from sitegen.commands.edge import day_of, require_site  # noqa: PLC0415 - unless there is nothing to do

    found = layout()
    require_site(options.root)
    return day_of(day), found


def _layout(options: argparse.Namespace) -> Layout:
    from sitegen.build.project import Layout  # noqa: PLC0415 - unless there is nothing to do
    from sitegen.commands.edge import dialects  # noqa: PLC0415

    return Layout(dialects(options.only))


def _workers(options: argparse.Namespace) -> Workers:
    jobs, name = getattr(options, "jobs", None), getattr(options, "executor", None)
    return Workers(jobs, (lambda: _executor(name)) if name else None)


def _executor(name: str) -> AbstractContextManager[Executor]:
    """The executor of `--executor`. Raises UsageError."""
    from sitegen.commands.executors import executor_of  # noqa: PLC0415 - seldom needed

    return executor_of(name)
