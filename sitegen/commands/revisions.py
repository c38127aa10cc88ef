"""Reading the sources of a site at a revision of git. Nothing is checked out."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from sitegen.commands.exit_codes import UsageError
from sitegen.files.sources import CONTENT, FILE, Kind, Refused, Unread, files_below

_KINDS: dict[str, Kind] = {"100644": "file", "100755": "file", "120000": "link"}  # by the modes of git
_MAX_LINKS = 40  # in a path, as on Linux


def texts_at(root: Path, revision: str) -> dict[str, bytes]:
    """The settings and the content of a site at a revision, by their names below `root`.

    Raises UsageError if git is not installed, `root` is not in a repository, or the revision or its site is missing.
    """
    site = _Revision(root, _commit(root, revision))
    if site.kind(f"/{FILE}") is None:
        raise UsageError(f"the revision '{revision}' has no {FILE} in {root}")
    paths = dict(pair for name in CONTENT for pair in files_below(site, "", name))
    return dict(sorted(site.read(paths).items()))


def merge_base(root: Path, left: str, right: str) -> str:
    """The merge base of two revisions. Raises UsageError if there is none, or the clone lacks it."""
    commits = [_commit(root, revision) for revision in (left, right)]
    base = _git(root, "merge-base", *commits).decode().strip()
    if not base:
        raise UsageError(f"'{left}' and '{right}' have no common commit{_shallow(root)}")
    return base


def _commit(root: Path, revision: str) -> str:
    """The id of the commit of a revision. Raises UsageError."""
    if _git(root, "rev-parse", "--is-inside-work-tree").strip() != b"true":
        raise UsageError(f"{root} is not in a git repository; compare dates instead, such as 2026-04-01")
    commit = _parse(root, revision)
    if not commit:
        remote = f"; did you mean 'origin/{revision}'?" if _parse(root, f"origin/{revision}") else ""
        hint = remote or _shallow(root) or "; expected a commit, a branch, a tag or a date"
        raise UsageError(f"unknown revision '{revision}'{hint}")
    return commit


def _parse(root: Path, revision: str) -> str:
    name = f"{revision}^{{commit}}"
    return _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", name).decode().strip()


def _shallow(root: Path) -> str:
    """What to do if the clone does not have the whole history; empty if it has."""
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != b"true":
        return ""
    advice = "fetch the rest with 'git fetch --unshallow', or check out with 'fetch-depth: 0' in a pipeline"
    return f", but this clone is shallow and lacks older commits; {advice}"


class _Revision:
    """The folder of a site at a commit, as a `Tree` of sources. Its own path is empty, others begin with a slash."""

    def __init__(self, root: Path, commit: str) -> None:
        self._root = root
        self._blobs: dict[str, str] = {}
        self._kinds: dict[str, Kind] = {"": "folder"}
        self._names: dict[str, set[str]] = defaultdict(set)
        listing = _git(root, "ls-tree", "-r", "-z", commit).decode("utf-8", "surrogateescape")
        for entry in listing.split("\0")[:-1]:
            meta, _, path = entry.partition("\t")
            mode, _, blob = meta.split(" ")
            path = f"/{path}"
            self._blobs[path], self._kinds[path] = blob, _KINDS.get(mode, "other")
            while path:
                folder, _, name = path.rpartition("/")
                self._names[folder].add(name)
                self._kinds[folder] = "folder"
                path = folder
        links = [path for path, kind in self._kinds.items() if kind == "link"]
        self._links = {path: data.decode("utf-8", "surrogateescape") for path, data in self._read(links).items()}

    def entries(self, folder: str) -> Iterable[tuple[str, Kind]]:
        """See `Tree`."""
        return [(name, self._kinds[f"{folder}/{name}"]) for name in sorted(self._names.get(folder, ()))]

    def kind(self, path: str) -> Kind | None:
        """See `Tree`."""
        return self._kinds.get(path)

    def real(self, path: str) -> str:
        """See `Tree`; `..` if the path is outside."""
        real, links = "", 0
        waiting = path.split("/")[::-1]
        while waiting:
            part = waiting.pop()
            if part == ".." and not real:
                return ".."
            above = real.rpartition("/")[0]
            real = real if part in ("", ".") else above if part == ".." else f"{real}/{part}"
            if self._kinds.get(real) == "link":
                target = self._links[real]
                if target.startswith("/"):
                    return ".."
                waiting += target.split("/")[::-1]
                real, links = real.rpartition("/")[0], links + 1
            if real not in self._kinds or links > _MAX_LINKS:
                raise FileNotFoundError(path)
        return real

    def below(self, real: str) -> str | None:
        """See `Tree`."""
        return None if real == ".." else real.lstrip("/") or "."

    def read(self, paths: dict[str, str]) -> dict[str, bytes]:
        """The bytes of sources, by their names; `Unread` for refused ones."""
        data = self._read({path for path in paths.values() if not isinstance(path, Refused)})
        return {
            name: Unread(path.reason.encode()) if isinstance(path, Refused) else data[path]
            for name, path in paths.items()
        }

    def _read(self, paths: Iterable[str]) -> dict[str, bytes]:
        names = sorted(paths)
        blobs = "".join(f"{self._blobs[name]}\n" for name in names)
        batch = _git(self._root, "cat-file", "--batch", read=blobs.encode()) if names else b""
        return dict(zip(names, _contents(batch, len(names)), strict=True))


def _contents(batch: bytes, count: int) -> list[bytes]:
    """The contents in the output of `git cat-file --batch`: for each, a line with the size, the bytes, and a line end.

    Raises UsageError if the clone lacks one of them.
    """
    contents, position = [], 0
    for _ in range(count):
        end = batch.find(b"\n", position)
        size = batch[position:end].rsplit(b" ", 1)[-1]
        if not size.isdigit():  # git writes 'missing', or has failed
            raise UsageError("this clone lacks the contents of some files; fetch them with 'git fetch --refetch'")
        contents.append(batch[end + 1 : end + 1 + int(size)])
        position = end + int(size) + 2
    return contents


def _git(root: Path, *arguments: str, read: bytes = b"") -> bytes:
    """The output of a git command; empty if it fails. Raises UsageError if git is missing, or refuses to read."""
    try:
        done = subprocess.run(["git", "-C", root, *arguments], input=read, capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError:
        raise UsageError("git is not installed; compare dates instead, such as 2026-04-01") from None
    if b"dubious ownership" in done.stderr:
        raise UsageError(f"git does not read {root}, which another user owns; add it to git's 'safe.directory'")
    return done.stdout if done.returncode == 0 else b""
