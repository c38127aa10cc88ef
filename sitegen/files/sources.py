"""The source files of a site: their names, paths and content.

A source is inside the site. A link may lead to another path inside it. `_follow` decides that, for a folder on disk and
for a revision of git. A refused source stays in the list of sources with the reason, so that it becomes a finding.

This module imports little, since each build uses it, even if nothing has changed.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal, NamedTuple, Protocol

FILE = "sitegen.yaml"
CONTENT = (FILE, "content")
# Images and fonts of a theme, which are not copied.
BINARY = (".avif", ".gif", ".ico", ".jpeg", ".jpg", ".otf", ".png", ".ttf", ".webp", ".woff", ".woff2")
# Extensions that look like those of pages or facts, and that are not read.
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
    """The path of a source that is not read, with the reason."""

    reason: Reason

    def __new__(cls, path: str, reason: Reason) -> Refused:
        """Create a refused path."""
        refused = super().__new__(cls, path)
        refused.reason = reason
        return refused


class Unread(bytes):
    """The content of a refused source: the reason."""


class Tree(Protocol):
    """The folder of a site, on disk or in a revision of git. Paths have slashes."""

    def entries(self, folder: str) -> Iterable[tuple[str, Kind]]:
        """The names in a folder with their kinds, sorted. Raises OSError."""

    def kind(self, path: str) -> Kind | None:
        """The kind of a path, or None if it does not exist. Links are not followed."""

    def real(self, path: str) -> str:
        """The path with all links resolved. Raises OSError if it does not exist."""

    def below(self, real: str) -> str | None:
        """A real path relative to the site, or None if it is outside."""


class Disk:
    """A folder on disk. If it is `trusted`, its links may lead outside."""

    def __init__(self, root: str, *, trusted: bool = False) -> None:
        self._root = root
        self._trusted = trusted

    def entries(self, folder: str) -> Iterable[tuple[str, Kind]]:
        """As in `Tree`."""
        try:
            with os.scandir(folder) as entries:
                return sorted((entry.name, _kind_of(entry)) for entry in entries)
        except (FileNotFoundError, NotADirectoryError):
            return ()

    def kind(self, path: str) -> Kind | None:
        """As in `Tree`."""
        if os.path.islink(path) or (_WINDOWS and _is_junction(path)):  # noqa: PTH114 - here and below for speed
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
    """Whether a path is a junction or another reparse point of Windows."""
    try:
        return bool(getattr(os.lstat(path), "st_reparse_tag", 0))
    except OSError:
        return False


def templates_folder() -> Path:
    """The folder with the default `partials` and `themes`: in an installed package, or next to it in a clone."""
    package = Path(__file__).resolve().parents[1]
    return package if (package / "partials").is_dir() else package.parent


def read_texts(root: Path, defaults: Path) -> dict[str, bytes]:
    """Read the sources of a site, with those templates of the folder `defaults` that it does not override.

    Refused ones are `Unread`. Raises OSError.
    """
    return {name: read_source(path) for name, path in all_files(root, defaults).items()}


def read_content(root: Path) -> dict[str, bytes]:
    """Read the settings and the content of a site; refused sources are `Unread`. Raises OSError."""
    site = Disk(str(root))
    paths = (path for name in CONTENT for path in files_below(site, str(root), name))
    return {name: read_source(path) for name, path in paths}


def all_files(root: Path, defaults: Path) -> dict[str, str]:
    """The paths of the sources of a site by name, with those templates of `defaults` that it does not override."""
    folder = Disk(str(defaults), trusted=True)  # an installer may create links
    templates: dict[str, str] = {}
    for name in ("partials", "themes"):
        templates.update(files_below(folder, str(defaults), name))
    return {**templates, **dict(source_files(root))}


def source_files(root: Path) -> Iterator[tuple[str, str]]:
    """The names and paths of the sources of a site, in order. Hidden files and folders are not sources."""
    site = Disk(str(root))
    for name in (FILE, *SOURCES):
        yield from files_below(site, str(root), name)


RegionSetting = tuple[tuple[str, str], ...]
"""The setting `regions`: formats with paths or patterns."""


class RegionPath(NamedTuple):
    """A file with regions: its name and path, its format, and the setting that names it.

    Its name is relative to the site, and its path has no links. In the output folder, `output` is its path there.
    """

    name: str
    path: str
    format: str
    setting: str
    output: str


def region_paths(root: Path, setting: RegionSetting, output: Path | None = None) -> list[RegionPath]:
    """The files that the setting `regions` names. A source has no regions."""
    found: list[RegionPath] = []
    if not setting:
        return found
    site, below = os.path.realpath(root), os.path.realpath(output or root / "output") + os.sep
    for format_, wanted in setting:
        is_pattern = any(sign in wanted for sign in "*?[") and not (root / wanted).exists()
        for match in sorted({*_matches(str(root), wanted)}) if is_pattern else [root / wanted]:
            path = os.path.realpath(match)
            name = os.path.relpath(path, site).replace(os.sep, "/")
            if os.path.isfile(path) and not is_source(name):  # noqa: PTH113
                in_output = path.removeprefix(below).replace(os.sep, "/")
                found.append(RegionPath(name, path, format_, wanted, in_output))
    return found


def _matches(folder: str, pattern: str) -> Iterator[str]:
    """The paths that a pattern matches. `**` does not follow links to folders, which may lead around in circles."""
    import re  # noqa: PLC0415 - most sites have no regions
    from glob import glob  # noqa: PLC0415 - Path.glob includes hidden files

    deep = re.fullmatch(r"(|.*?/)\*\*(?:/(.*))?", pattern)
    if deep is None:
        yield from (os.path.join(folder, match) for match in glob(pattern, root_dir=folder))  # noqa: PTH118, PTH207
        return
    for start in glob(deep[1], root_dir=folder) if deep[1] else [""]:  # noqa: PTH207
        for path, folders, _ in os.walk(os.path.join(folder, start)):  # noqa: PTH118
            folders[:] = [name for name in folders if not name.startswith(".")]
            yield from _matches(path, deep[2] or "*")


def is_source(name: str) -> bool:
    """Whether a file below the site is a source, by its name."""
    return name == FILE or name.endswith(SOURCES.get(name.partition("/")[0], ()))


def path_inside(root: Path, name: str) -> str:
    """The path of another file of a site, which may be missing; `Refused` if a link leads out of the site."""
    site, path = Disk(str(root)), str(root / name)
    real = os.path.realpath(path).replace(os.sep, "/")
    return path if site.below(real) is not None else Refused(path, "outside")


def files_below(tree: Tree, root: str, name: str) -> Iterator[tuple[str, str]]:
    """The names and real paths of the sources in a folder of a site, or of a single file; some may be `Refused`."""
    path = f"{root}/{name}"
    if tree.kind(path) == "link":
        path = _follow(tree, path, [])
    if isinstance(path, Refused) or name not in SOURCES:
        yield name, path
        return
    endings = SOURCES[name]
    visited: list[str] = []  # real folders and linked files
    stack = [(name, path, iter(tree.entries(path)))]
    while stack:
        folder, path, entries = stack[-1]
        entry, kind = next(entries, ("", None))
        if kind is None:
            stack.pop()
            continue
        if entry.startswith("."):
            continue
        below, real = f"{folder}/{entry}", f"{path}/{entry}"
        if kind == "link":
            visited = visited or [tree.real(stack[0][1])]
            real = _follow(tree, real, visited)
            kind = "link" if isinstance(real, Refused) else tree.kind(real)
        if kind == "folder":
            stack.append((below, real, iter(tree.entries(real))))
        elif entry.endswith(endings) or (kind == "link" and _may_be_folder(tree, real)):
            yield below, real if kind in ("file", "link") else Refused(real, "special")


def _follow(tree: Tree, path: str, visited: list[str]) -> str:
    """The real path of a link, or `Refused`. It is added to `visited`."""
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
        if any(_is_in(real, folder) for folder in visited):
            return Refused(path, "repeated")
        if any(_is_in(folder, real) for folder in visited):
            return Refused(path, "around")
        visited.append(real)
    return real


def _is_in(path: str, folder: str) -> bool:
    return f"{path}/".startswith(f"{folder.rstrip('/')}/")


def _may_be_folder(tree: Tree, path: str) -> bool:
    """Whether a refused link leads to a folder, or has a name without an extension."""
    if "." not in path.rpartition("/")[2]:
        return True
    try:
        return tree.kind(tree.real(path)) == "folder"
    except OSError:
        return False


def read_source(path: str) -> bytes:
    """The content of a source, up to one byte more than the maximum; `Unread` if it is refused.

    Raises OSError with its name. If the file has been replaced by a link meanwhile, that is not followed.
    """
    if isinstance(path, Refused):
        return Unread(path.reason.encode())
    try:
        with open(path, "rb", buffering=0, opener=_opened) as file:
            large = os.fstat(file.fileno()).st_size > MAX_BYTES
            return (file.read(MAX_BYTES + 1) if large else file.read()) or b""
    except OSError as error:
        error.filename = path  # the system sets it only if the file cannot be opened
        raise


def _opened(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0))


def source_lines(texts: Mapping[str, bytes]) -> dict[str, list[str]]:
    """The lines of each source, for the code frames of findings; an `Unread` one has none."""
    return {
        name: [] if isinstance(data, Unread) else data.decode("utf-8-sig", "replace").replace("\r\n", "\n").split("\n")
        for name, data in texts.items()
    }
