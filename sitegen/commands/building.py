"""What `build` and `partials` ask of the build, and where they keep it.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import TYPE_CHECKING

from sitegen import __version__
from sitegen.build import Request, Workers
from sitegen.build.records import Input, Reason
from sitegen.build.scan import DiskSources, stat_of
from sitegen.commands.outcome import UsageError
from sitegen.files.sources import FILE, all_files, templates_folder

if TYPE_CHECKING:
    from datetime import date

    from sitegen.build.project import Layout

# The packages that a build uses.
_PACKAGES = ("jinja2", "markdown_it", "markupsafe", "mdurl", "packaging", "yaml")


def output_folder(options: argparse.Namespace) -> Path:
    """The folder that a command writes to."""
    folder: Path = options.output or options.root / "output"
    return folder


def request_for(
    options: argparse.Namespace,
    day: str | None,
    prepare: Callable[[], tuple[date, Layout]],
    workers: Workers,
    approve: Callable[[Collection[str]], bool] = lambda _: True,
) -> Request:
    """What a command asks of the build."""
    asked = tuple(f"--{name}" for name in ("check", "diff", "force") if getattr(options, name, False))
    return Request(
        _key(options, day),
        lambda known: _scan(options.root, known),
        prepare,
        workers=workers,
        full=Reason("option", asked) if asked else None,
        strict=options.strict,
        approve=approve,
    )


def require_settings(root: Path) -> None:
    """Raise UsageError where there is no site."""
    if not (root / FILE).is_file():
        raise UsageError(
            f"{root / FILE} is not there; a site is a folder with {FILE} and content/, and --root names another folder"
        )


def _scan(root: Path, known: Mapping[str, Input]) -> DiskSources:
    require_settings(root)
    return DiskSources(all_files(root, templates_folder()), known)


def _key(options: argparse.Namespace, day: str | None) -> dict[str, str]:
    """What a build depends on besides its sources."""
    return {
        "command": options.command,
        "root": os.path.realpath(options.root),
        "output": os.path.realpath(output_folder(options)),
        "formats": " ".join(sorted(set(getattr(options, "only", None) or ()))),
        "day": day if day is not None else _today(),
        "python": sys.version,
        "sitegen": f"{__version__} {engine()}",
    }


def _today() -> str:
    try:
        return day_by_clock()
    except (ValueError, OverflowError, OSError):  # which is reported when the day is needed
        return ""


def day_by_clock() -> str:
    """The day of `SOURCE_DATE_EPOCH`, else today, in UTC. Raises ValueError, OverflowError and OSError."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    at = time.gmtime(int(epoch)) if epoch else time.gmtime()
    return f"{at.tm_year:04}-{at.tm_mon:02}-{at.tm_mday:02}"


def engine() -> str:
    """A digest of what the files of the program, and of the packages that it uses, show of a change."""
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
        if path.endswith(".py"):
            yield path
        elif is_folder and not path.endswith("__pycache__"):
            yield from _modules(path)


def refuse_sources(root: Path, folder: Path) -> None:
    """An output folder is no file, and neither the site's own folder, nor above it, nor inside its sources."""
    site, output = root.resolve(), folder.resolve()
    if output.is_file():
        raise UsageError(f"the output folder {folder} is a file; name a folder")
    if output == site or output in site.parents or output == _home():
        raise UsageError(f"the output folder {folder} holds more than output; name a folder of its own")
    for name in ("content", "partials", "themes", ".git", "sitegen"):
        source = (site / name).resolve()
        if output == source or source in output.parents:
            raise UsageError(f"the output folder {folder} is inside the sources in {name}/")


def _home() -> Path | None:
    try:
        return Path.home()
    except RuntimeError:  # a user without one, as in a container
        return None
