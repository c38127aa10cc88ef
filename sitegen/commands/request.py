"""The request of `build` and `partials`: the site, the output folder, the date, and the version of the engine.

This module imports little, since a build with nothing to do needs no more.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable
from functools import cache
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen import __version__
from sitegen.build import Request, Workers
from sitegen.build.records import Reason, State
from sitegen.build.scan import DiskSources, stat_of
from sitegen.commands.exit_codes import UsageError
from sitegen.files.sources import FILE, all_files, region_paths, templates_folder

if TYPE_CHECKING:
    from datetime import date

    from sitegen.build.project import Layout
    from sitegen.site.loading import Texts

# Files and folders that show that a folder is a site of Hugo, MkDocs, Docusaurus or Sphinx.
_CONFIGURATIONS = (
    *("hugo.toml", "hugo.yaml", "hugo.json", "config.toml", "config.yaml", "config/_default"),
    *("mkdocs.yml", "docusaurus.config.js", "docusaurus.config.ts", "docs/conf.py", "conf.py"),
)
# The packages that a build uses.
_PACKAGES = ("jinja2", "markdown_it", "markupsafe", "mdurl", "packaging", "yaml")


def output_folder(options: argparse.Namespace) -> Path:
    """The output folder of a command. Raises UsageError if it is a file, is inside sources, or contains them.

    The site of another program may contain the sources: what a build writes is next to them.
    """
    folder: Path = options.output or options.root / "output"
    site, output = options.root.resolve(), folder.resolve()
    if output.is_file():
        raise UsageError(f"the output folder {folder} is a file; name a folder")
    is_site = output in site.parents and any((output / name).exists() for name in _CONFIGURATIONS)
    if output == site or (output in site.parents and not is_site) or output == _home():
        raise UsageError(f"the output folder {folder} contains other files; name another folder")
    for name in ("content", "partials", "themes", ".git", "sitegen"):
        source = (site / name).resolve()
        if output == source or source in output.parents:
            raise UsageError(f"the output folder {folder} is inside the sources in {name}/; name another folder")
    return folder


def check_not_sources(root: Path, folder: Path, paths: Iterable[str]) -> None:
    """Raise UsageError if a path below the output folder, which may contain the site, is that of a source."""
    site, output = root.resolve(), folder.resolve()
    if output in site.parents:
        inside = f"{site.relative_to(output).as_posix()}/"
        for path in paths:
            if path.startswith(inside):
                raise UsageError(f"the output {folder / path} is inside the site; write another path in {FILE}")


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without one, as in a container
        return None


def request_for(
    options: argparse.Namespace,
    day: str,
    folder: Path,
    prepare: Callable[[Texts], tuple[date, Layout]],
    workers: Workers,
    check_paths: Callable[[Collection[str]], None],
) -> Request:
    """The request to build a site into a folder as of a day."""
    flags = tuple(f"--{name}" for name in ("check", "diff", "force") if getattr(options, name))
    key = {
        "command": options.command,
        "root": os.path.realpath(options.root),
        "output": os.path.realpath(folder),
        "formats": " ".join(sorted(set(getattr(options, "only", None) or ()))),
        "day": day,
        "python": sys.version,
        "sitegen": f"{__version__} {engine_digest()}",
    }
    return Request(
        key,
        lambda before: _scan(options.root, folder if options.command == "build" else None, before),
        prepare,
        workers=workers,
        full=Reason("option", flags) if flags else None,
        strict=options.strict,
        check_paths=check_paths,
    )


def require_settings(root: Path) -> None:
    """Raise UsageError if a folder is not a site."""
    if not (root / FILE).is_file():
        message = f"{root / FILE} does not exist; a site is a folder with {FILE} and content/"
        raise UsageError(f"{message} (--root names another folder)")


def _scan(root: Path, folder: Path | None, before: State) -> DiskSources:
    """The sources; for a build into a folder, also the files with regions, except those that the last one wrote."""
    require_settings(root)
    paths = all_files(root, templates_folder())
    file = DiskSources({FILE: paths[FILE]}, before.inputs)
    setting = before.regions
    if FILE not in before.inputs or before.inputs[FILE].digest != file.inputs[FILE].digest:
        from sitegen.site.loading import settings_of  # noqa: PLC0415 - not needed if there is nothing to do

        setting = tuple((name, path.text) for name, path in settings_of(file.read([FILE])).regions)
    found = region_paths(root, setting, folder) if folder is not None else []
    regions = [path for path in found if path.output not in before.files]
    sources = DiskSources(paths, before.inputs, setting, regions)
    has_changed = sources.inputs[FILE].digest != file.inputs[FILE].digest  # just now
    return _scan(root, folder, before) if has_changed else sources


def day_text(as_of: str | None) -> str:
    """The date of a command: that of `--as-of`, of SOURCE_DATE_EPOCH, or today in UTC. Raises UsageError."""
    if as_of is not None:
        return as_of
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    try:
        at = time.gmtime(int(epoch)) if epoch else time.gmtime()
    except (ValueError, OverflowError, OSError):
        at = None
    if at is None or not 1 <= at.tm_year <= 9999:
        raise UsageError(f"SOURCE_DATE_EPOCH is not a number of seconds: '{epoch}'")
    return f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}"


@cache
def engine_digest() -> str:
    """A digest of the stat of each file of the engine and of its packages, as of the first call."""
    files = [*_modules(os.path.dirname(os.path.dirname(__file__)))]  # noqa: PTH120 - pathlib takes longer
    for name in _PACKAGES:
        spec = PathFinder.find_spec(name)
        files.append(spec.origin if spec and spec.origin else os.devnull)
    stats = "\n".join(f"{path} {stat_of(os.stat(path))}" for path in files)  # noqa: PTH116
    return hashlib.sha256(stats.encode()).hexdigest()


def _modules(folder: str) -> Iterable[str]:
    with os.scandir(folder) as entries:
        found = sorted((entry.path, entry.is_dir()) for entry in entries)
    for path, is_folder in found:
        if path.endswith((".py", ".yaml", ".json")):
            yield path
        elif is_folder and not path.endswith("__pycache__"):
            yield from _modules(path)
