"""The files that a site is made of: their names, where they stand, and what they hold.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

FILE = "sitegen.yaml"
# Pictures and fonts that a theme may hold, and that are not copied.
BINARY = (".avif", ".gif", ".ico", ".jpeg", ".jpg", ".otf", ".png", ".ttf", ".webp", ".woff", ".woff2")
# Files that somebody takes for a page or for facts, and that are not read.
MISNAMED = (".markdown", ".mdown", ".mdx", ".MD", ".YAML", ".YML")
SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "content": (".yaml", ".yml", ".md", *MISNAMED),
        "partials": (".html",),
        "themes": (".html", ".css", ".js", ".svg", *BINARY),
    }
)


def templates_folder() -> Path:
    """The folder that holds the default `partials`: inside the wheel, or beside the package in a clone."""
    package = Path(__file__).resolve().parent
    return package if (package / "partials").is_dir() else package.parent


def read_texts(root: Path, defaults: Path) -> dict[str, bytes]:
    """Read the sources of a site: settings, content, and its templates over those in the folder `defaults`.

    Raises OSError.
    """
    return {name: read_source(path) for name, path in all_files(root, defaults).items()}


def all_files(root: Path, defaults: Path) -> dict[str, str]:
    """The path of each source of a site by its name, with the templates of `defaults` that it does not have."""
    return {**dict(source_files(defaults, ("partials", "themes"))), **dict(source_files(root))}


def source_files(root: Path, folders: Iterable[str] = ("", *SOURCES)) -> Iterator[tuple[str, str]]:
    """The name and the path of each source of a site, in order. `""` stands for the settings.

    Hidden files and folders, and what links lead to as folders, are no sources.
    """
    for folder in folders:
        if not folder:
            yield FILE, str(root / FILE)
        else:
            yield from _files_below(str(root / folder), folder, SOURCES[folder])


def _files_below(path: str, name: str, endings: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    try:
        with os.scandir(path) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(entry.path, f"{name}/{entry.name}", endings)
        elif entry.name.endswith(endings) and _is_file(entry):
            yield f"{name}/{entry.name}", entry.path


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link that leads to itself
        return False


def read_noted(path: str) -> bytes:
    """What sitegen has noted in a file; nothing where there is none, or no real file. Raises OSError."""
    try:
        return Path(path).read_bytes() if Path(path).is_file() else b""
    except (FileNotFoundError, NotADirectoryError):
        return b""


def read_source(path: str) -> bytes:
    """What a source holds. Raises OSError, which names it."""
    try:
        return Path(path).read_bytes()
    except OSError as error:
        error.filename = path  # the system names it only where the file cannot be opened
        raise


def source_lines(texts: Mapping[str, bytes]) -> dict[str, list[str]]:
    """The lines of each source, for the frames of findings."""
    return {name: data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n") for name, data in texts.items()}
