"""The files that a site is made of: their names, where they are, and what is in them.

A source lies inside the site. A link may lead to another place inside it; what it leads to is read from there.
`_follow` alone decides that, for a folder on disk and for a revision of git. What is refused stays in the list of
sources, with the reason, so that it becomes a finding.

This module imports little, since a build that has nothing to do needs no more.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Protocol

FILE = "sitegen.yaml"
# Pictures and fonts that a theme may hold, and that are not copied.
BINARY = (".avif", ".gif", ".ico", ".jpeg", ".jpg", ".otf", ".png", ".ttf", ".webp", ".woff", ".woff2")
# Files that somebody takes for a page or for facts, and that are not read.
MISNAMED = (".markdown", ".mdown", ".mdx", ".MD", ".YAML", ".YML")
FACTS = (".yaml", ".yml")
SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "content": (*FACTS, ".md", *MISNAMED),
        "partials": (".html",),
        "themes": (".html", ".css", ".js", ".svg", *BINARY),
    }
)
MAX_BYTES = 8 * 1024 * 1024  # of a source
_WINDOWS = os.name == "nt"

Kind = Literal["file", "folder", "link", "other"]
Reason = Literal["outside", "hidden", "nowhere", "around", "repeated", "special"]


class Refused(str):
    """The path of a source that is not read, and why."""

    reason: Reason

    def __new__(cls, path: str, reason: Reason) -> Refused:
        """A path that is refused for a reason."""
        refused = super().__new__(cls, path)
        refused.reason = reason
        return refused


class Unread(bytes):
    """Takes the place of the bytes of a refused source. It contains the reason."""


class Tree(Protocol):
    """The folder of a site, on disk or elsewhere. Paths have slashes."""

    def entries(self, folder: str) -> Iterable[tuple[str, Kind]]:
        """The names in a folder and what they are, in order. Raises OSError."""

    def kind(self, path: str) -> Kind | None:
        """What a path is; None where nothing is there. Links are not followed."""

    def real(self, path: str) -> str:
        """The path with all links followed. Raises OSError where that leads nowhere."""

    def below(self, real: str) -> str | None:
        """A real path as seen from the site; None where it is outside."""


class Disk:
    """A folder on disk. Where links are `trusted`, they may lead anywhere."""

    def __init__(self, root: str, *, trusted: bool = False) -> None:
        self._root = root
        self._trusted = trusted

    def entries(self, folder: str) -> Iterable[tuple[str, Kind]]:
        """As in `Tree`."""
        try:
            with os.scandir(folder) as found:
                return sorted((entry.name, _kind_of(entry)) for entry in found)
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def kind(self, path: str) -> Kind | None:
        """As in `Tree`."""
        if os.path.islink(path) or (_WINDOWS and _is_junction(path)):  # noqa: PTH114 - here and below in each look
            return "link"
        if os.path.isdir(path):  # noqa: PTH112
            return "folder"
        if os.path.isfile(path):  # noqa: PTH113
            return "file"
        return "other" if os.path.lexists(path) else None

    def real(self, path: str) -> str:
        """As in `Tree`."""
        return os.path.realpath(path, strict=True).replace(os.sep, "/")

    def below(self, real: str) -> str | None:
        """As in `Tree`."""
        if self._trusted:
            return "."
        try:
            below = os.path.relpath(real, os.path.realpath(self._root)).replace(os.sep, "/")
        except ValueError:  # on another drive
            return None
        return None if below.split("/")[0] == ".." else below


def _kind_of(entry: os.DirEntry[str]) -> Kind:
    if entry.is_symlink() or (_WINDOWS and _is_junction(entry.path)):
        return "link"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    return "file" if entry.is_file(follow_symlinks=False) else "other"


def _is_junction(path: str) -> bool:
    """Whether a path leads elsewhere in the way of Windows."""
    try:
        return bool(getattr(os.lstat(path), "st_reparse_tag", 0))
    except OSError:
        return False


def templates_folder() -> Path:
    """The folder that holds the default `partials`: inside the wheel, or beside the package in a clone."""
    package = Path(__file__).resolve().parents[1]
    return package if (package / "partials").is_dir() else package.parent


def read_texts(root: Path, defaults: Path) -> dict[str, bytes]:
    """Read the sources of a site: settings, content, and its templates over those in the folder `defaults`.

    One that is refused is `Unread`. Raises OSError.
    """
    return {name: read_source(path) for name, path in all_files(root, defaults).items()}


def all_files(root: Path, defaults: Path) -> dict[str, str]:
    """The path of each source of a site by its name, with the templates of `defaults` that it does not have."""
    default = Disk(str(defaults), trusted=True)  # an installer may link to them
    given = [pair for name in ("partials", "themes") for pair in files_below(default, str(defaults), name)]
    return {**dict(given), **dict(source_files(root))}


def source_files(root: Path) -> Iterator[tuple[str, str]]:
    """The name and the path of each source of a site, in order. Hidden files and folders are no sources."""
    site = Disk(str(root))
    for name in (FILE, *SOURCES):
        yield from files_below(site, str(root), name)


def inside(root: Path, name: str) -> str:
    """The real path of another file of a site, which need not be there; `Refused` where that leads out of the site."""
    site, path = Disk(str(root)), str(root / name)
    real = os.path.realpath(path).replace(os.sep, "/")
    return path if site.below(real) is not None else Refused(path, "outside")


def files_below(tree: Tree, root: str, name: str) -> Iterator[tuple[str, str]]:
    """The name and the real path of each source in a folder of a site, or of one file; some may be `Refused`."""
    path = f"{root}/{name}"
    if tree.kind(path) == "link":
        path = _follow(tree, path, [])
    if isinstance(path, Refused) or name not in SOURCES:
        yield name, path
        return
    endings = SOURCES[name]
    read: list[str] = []  # the real folders and linked files that are read
    above = [(name, path, iter(tree.entries(path)))]
    while above:
        folder, path, entries = above[-1]
        entry, kind = next(entries, ("", None))
        if kind is None:
            above.pop()
            continue
        if entry.startswith("."):
            continue
        below, found, linked = f"{folder}/{entry}", f"{path}/{entry}", kind == "link"
        if linked:
            read = read or [tree.real(above[0][1])]
            found = _follow(tree, found, read)
            kind = "link" if isinstance(found, Refused) else tree.kind(found)
        if kind == "folder":
            above.append((below, found, iter(tree.entries(found))))
        elif entry.endswith(endings) or (kind == "link" and _may_be_folder(tree, found)):
            yield below, found if kind in ("file", "link") else Refused(found, "special")


def _follow(tree: Tree, path: str, read: list[str]) -> str:
    """The real path of what a link leads to, or `Refused`. It is added to what is `read`."""
    try:
        real = tree.real(path)
    except OSError:
        return Refused(path, "nowhere")
    below = tree.below(real)
    if below is None:
        return Refused(path, "outside")
    if (below.startswith(".") and below != ".") or "/." in below:
        return Refused(path, "hidden")
    if tree.kind(real) == "folder" or (real.endswith(FACTS) and path.endswith(FACTS)):
        if any(_is_in(real, folder) for folder in read):
            return Refused(path, "repeated")
        if any(_is_in(folder, real) for folder in read):
            return Refused(path, "around")
        read.append(real)
    return real


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _may_be_folder(tree: Tree, path: str) -> bool:
    """Whether a refused link leads to a folder, or looks like that."""
    if "." not in path.rpartition("/")[2]:
        return True
    try:
        return tree.kind(tree.real(path)) == "folder"
    except OSError:
        return False


def read_source(path: str) -> bytes:
    """What a source contains, up to a little more than it may; `Unread` where it is refused.

    Raises OSError, which names it. A link that has just taken the place of the file is not followed.
    """
    if isinstance(path, Refused):
        return Unread(path.reason.encode())
    try:
        with open(path, "rb", buffering=0, opener=_opened) as file:
            large = os.fstat(file.fileno()).st_size > MAX_BYTES
            return (file.read(MAX_BYTES + 1) if large else file.read()) or b""
    except OSError as error:
        error.filename = path  # the system names it only where the file cannot be opened
        raise


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def source_lines(texts: Mapping[str, bytes]) -> dict[str, list[str]]:
    """The lines of each source, for the frames of findings; none of one that is `Unread`."""
    return {
        name: [] if isinstance(data, Unread) else data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
        for name, data in texts.items()
    }
